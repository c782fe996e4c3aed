// Package iam says who may do what: users and roles with their inline policies, policies of resources, and the rule by
// which AWS decides. Nothing is allowed unless a policy allows it, and an explicit deny wins over every allow.
//
// The package knows no service and no stream: an action is a text ("kinesis:PutRecord"), a resource an ARN, and what else
// a condition asks for comes with the question ([Query.Facts]). It has no clock; whoever makes a [Service] hands one in.
// All of its state is plain data, so that a [Service.Clone] answers as the original would have.
package iam

import (
	"bufio"
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"

	"shardlab/wasm/aws"
	"shardlab/wasm/sim"
)

// Codes of IAM and of the token service beside those of package aws.
// Source: IAM API Reference, the operations' Errors sections and "Common errors".
const (
	DeleteConflict          aws.Code = "DeleteConflict"
	EntityAlreadyExists     aws.Code = "EntityAlreadyExists"
	LimitExceeded           aws.Code = "LimitExceeded"
	MalformedPolicyDocument aws.Code = "MalformedPolicyDocument"
	NoSuchEntity            aws.Code = "NoSuchEntity"
	ValidationError         aws.Code = "ValidationError"
	accessDenied            aws.Code = "AccessDenied" // of IAM itself; other services say AccessDeniedException
)

// Limits of an account and of a policy.
const (
	// MaxUserPolicyBytes and MaxRolePolicyBytes bound all inline policies of a user or role together, white space aside.
	// Source: IAM User Guide, "IAM and AWS STS quotas".
	MaxUserPolicyBytes = 2048
	MaxRolePolicyBytes = 10_240
	// MaxPolicyBytes bounds the text of one policy that is read at all. Ours.
	MaxPolicyBytes = 32 << 10
	// MaxEntities bounds the users and roles of a world. Ours: AWS allows 5,000 users and 1,000 roles.
	MaxEntities = 200
)

// Kinds of entities.
const (
	user = "user"
	role = "role"
)

// Config says for which account a service stands.
type Config struct {
	Account string // twelve digits
	Region  string // "us-east-1"
	Seed    uint64 // of the ids of users and roles
}

// A Service is the users and roles that a world knows. Those of other accounts are there so that sharing a stream between
// accounts can be tried; a call by the root of such an account makes them.
type Service struct {
	cfg      Config
	now      func() sim.Instant
	entities []*entity // by ARN
	made     int64     // ever

	read map[string]*Policy // policies by their text; what can be parsed again at any time is no state
}

// An entity is a user or a role.
type entity struct {
	account, kind, name string
	id                  string // "AIDA..." or "AROA..."
	created             sim.Instant
	trust               string   // a role's trust policy
	policies            []inline // by name
}

// An inline policy belongs to one entity.
type inline struct {
	name, text string
	policy     *Policy // of text
}

// New returns a service without users and roles.
func New(cfg Config, now func() sim.Instant) *Service {
	return &Service{cfg: cfg, now: now, read: map[string]*Policy{}}
}

// Clone returns a service that goes on from here on its own, on another clock.
func (s *Service) Clone(now func() sim.Instant) *Service {
	c := New(s.cfg, now)
	c.made = s.made
	for _, e := range s.entities {
		copied := *e
		copied.policies = append([]inline(nil), e.policies...)
		c.entities = append(c.entities, &copied)
	}
	return c
}

// State writes all that the service holds, in a fixed order.
func (s *Service) State(w io.Writer) {
	b := bufio.NewWriter(w)
	defer b.Flush()
	fmt.Fprintf(b, "iam %s made %d\n", s.cfg.Account, s.made)
	for _, e := range s.entities {
		fmt.Fprintf(b, " %s %s %d trust %q\n", e.arn(), e.id, e.created, e.trust)
		for _, p := range e.policies {
			fmt.Fprintf(b, "  policy %q %q\n", p.name, p.text)
		}
	}
}

func (e *entity) arn() string { return "arn:aws:iam::" + e.account + ":" + e.kind + "/" + e.name }

// find returns an entity, nil when there is none.
func (s *Service) find(account, kind, name string) *entity {
	for _, e := range s.entities {
		if e.account == account && e.kind == kind && e.name == name {
			return e
		}
	}
	return nil
}

// policy is the place of an inline policy, len(e.policies) when there is none of that name.
func (e *entity) policy(name string) int {
	for i := range e.policies {
		if e.policies[i].name == name {
			return i
		}
	}
	return len(e.policies)
}

// A principal is who calls, read off an ARN.
type principal struct {
	account string
	kind    string // user, role, or "" for the account's root
	name    string
	session string // of a role
}

// sessionName is what a role's session is called when nobody says so.
const sessionName = "lab"

// readPrincipal reads the ARN of a user, a role, a role's session or an account's root; "" is the root of the account
// home.
func readPrincipal(arn, home string) (principal, bool) {
	if arn == "" {
		return principal{account: home}, true
	}
	parts := strings.SplitN(arn, ":", 6)
	if len(parts) != 6 || parts[0] != "arn" || parts[1] != "aws" || !isAccount(parts[4]) {
		return principal{}, false
	}
	p := principal{account: parts[4]}
	kind, name, _ := strings.Cut(parts[5], "/")
	switch {
	case parts[2] == "iam" && parts[5] == "root":
		return p, true
	case parts[2] == "iam" && (kind == user || kind == role) && name != "":
		p.kind, p.name = kind, name
		if kind == role {
			p.session = sessionName
		}
		return p, true
	case parts[2] == "sts" && kind == "assumed-role":
		p.kind = role
		p.name, p.session, _ = strings.Cut(name, "/")
		return p, p.name != "" && p.session != ""
	}
	return principal{}, false
}

// arn is the ARN under which the principal calls: a role's is that of its session.
func (p principal) arn() string {
	switch p.kind {
	case "":
		return rootARN(p.account)
	case role:
		return "arn:aws:sts::" + p.account + ":assumed-role/" + p.name + "/" + p.session
	}
	return p.entityARN()
}

// entityARN is the ARN of the user or role itself, as aws:PrincipalArn gives it.
func (p principal) entityARN() string {
	if p.kind == "" {
		return rootARN(p.account)
	}
	return "arn:aws:iam::" + p.account + ":" + p.kind + "/" + p.name
}

func rootARN(account string) string { return "arn:aws:iam::" + account + ":root" }

func isAccount(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return len(s) == 12
}

// Account is the account that a principal belongs to; "" is the service's own.
func (s *Service) Account(as string) string {
	p, _ := readPrincipal(as, s.cfg.Account)
	return p.account
}

// Profiles names the users and roles that a call may be made as, those of other accounts behind their account:
// "ana", "999988887777/bob".
func (s *Service) Profiles() []string {
	var names []string
	for _, e := range s.entities {
		name := e.name
		if e.account != s.cfg.Account {
			name = e.account + "/" + name
		}
		names = append(names, name)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// Principal is the ARN of whom a name stands for: a user, else a role, of the own account; "ACCOUNT/NAME" is one of another
// account, and "ACCOUNT" its root. A role's ARN is that of a session called session. An ARN stands for itself.
func (s *Service) Principal(name, session string) (arn string, ok bool) {
	if strings.HasPrefix(name, "arn:") {
		p, ok := readPrincipal(name, s.cfg.Account)
		return name, ok && s.known(p)
	}
	account := s.cfg.Account
	if head, rest, other := strings.Cut(name, "/"); isAccount(head) {
		if !other {
			return rootARN(head), true
		}
		account, name = head, rest
	}
	for _, kind := range []string{user, role} {
		if s.find(account, kind, name) != nil {
			return principal{account, kind, name, cmp.Or(session, sessionName)}.arn(), true
		}
	}
	return "", false
}

// known says whether a principal is there.
func (s *Service) known(p principal) bool {
	return p.kind == "" || s.find(p.account, p.kind, p.name) != nil
}
