package iam

import (
	"slices"
	"strconv"
	"strings"

	"shardlab/wasm/aws"
)

// A Query asks whether a principal may do something.
type Query struct {
	As       string // ARN of who asks; "" is the root of the own account
	Action   string // "kinesis:PutRecord"
	Resource string // an ARN, or "*" for actions that are about none
	Policy   string // of the resource, a JSON text; "" when it has none
	// KeyPolicy says that policies of users and roles count only as far as the resource's own policy lets the account
	// decide, as it is with KMS keys.
	KeyPolicy bool
	Facts     []Fact // what conditions may ask for, beside who asks and when
}

// A Fact is a value that the request has for a key of conditions; several facts of one key are several values.
type Fact struct{ Key, Value string }

// A Reason says why a question was answered as it was.
type Reason uint8

// Reasons.
const (
	Allowed         Reason = iota
	NoIdentity             // no identity-based policy allows it
	NoResource             // no resource-based policy allows it
	DeniedIdentity         // an identity-based policy denies it explicitly
	DeniedResource         // a resource-based policy does
	NobodyOfThisARN        // there is no such principal
)

// Decide answers a query by the policies as they are now.
//
// Within an account, what an identity-based or a resource-based policy allows is allowed. Between accounts both have to
// allow it. An explicit deny in either wins. The root of an account needs no policy in it.
// Source: IAM User Guide, "Policy evaluation logic".
func (s *Service) Decide(q Query) Reason {
	p, ok := readPrincipal(q.As, s.cfg.Account)
	if !ok || !s.known(p) {
		return NobodyOfThisARN
	}
	owner := p.account // of what belongs to nobody in particular
	if parts := strings.SplitN(q.Resource, ":", 6); len(parts) == 6 && isAccount(parts[4]) {
		owner = parts[4]
	}
	if p.kind == "" && p.account == owner {
		return Allowed
	}
	a := asked{s: s, who: p, q: &q, owner: owner}
	var identity, resource effect
	if p.kind == "" {
		identity = allowed
	} else {
		e := s.find(p.account, p.kind, p.name)
		for i := range e.policies {
			identity = max(identity, a.effect(e.policies[i].policy, false))
		}
	}
	if policy := s.parsed(q.Policy); policy != nil {
		resource = a.effect(policy, true)
	}
	mayHere := resource == allowed || resource == delegated && identity == allowed // of the resource's own policy
	switch {
	case identity == denied:
		return DeniedIdentity
	case resource == denied:
		return DeniedResource
	case p.account != owner || q.KeyPolicy:
		// Which policy is named when both are missing: as accounts were seen to answer in public experiments.
		switch {
		case p.account == owner && mayHere, p.account != owner && resource >= delegated && identity == allowed:
			return Allowed
		case resource == allowed, p.account == owner && resource == delegated:
			return NoIdentity
		}
		return NoResource
	case identity == allowed || resource == allowed:
		return Allowed
	}
	return NoIdentity
}

// An effect is what a policy says about a request; the greater one wins.
type effect uint8

const (
	silent    effect = iota
	delegated        // it lets the principal's account decide
	allowed          // it allows the principal itself
	denied
)

// asked is a query with what is needed to evaluate policies on it.
type asked struct {
	s     *Service
	who   principal
	q     *Query
	owner string // account of the resource
}

// effect evaluates a policy; ofResource says that it is the resource's and names principals.
func (a *asked) effect(p *Policy, ofResource bool) effect {
	result := silent
	for i := range p.statements {
		st := &p.statements[i]
		applies := allowed
		if ofResource {
			applies = st.about(a.who)
			if st.deny && applies == delegated { // a denied account is everybody in it
				applies = allowed
			}
		}
		if applies == silent || !a.matches(p, st) {
			continue
		}
		if st.deny {
			return denied
		}
		result = max(result, applies)
	}
	return result
}

// about says whether the statement is about a principal itself, about its account, or not at all.
func (st *statement) about(p principal) effect {
	found := silent
	for _, x := range st.principals {
		switch x {
		case "*", p.entityARN(), p.arn():
			found = allowed
		case p.account:
			found = max(found, delegated)
		}
	}
	if p.kind == "" && found == delegated {
		found = allowed
	}
	switch {
	case !st.notPrincipal:
		return found
	case found == silent:
		return allowed
	}
	return silent
}

// matches says whether action, resource and conditions of a statement fit the request.
func (a *asked) matches(p *Policy, st *statement) bool {
	if slices.ContainsFunc(st.actions, func(x string) bool { return glob(x, a.q.Action, true) }) == st.notActions {
		return false
	}
	put := func(text string) (string, bool) {
		if !p.variables {
			return text, true
		}
		return fill(text, a.values)
	}
	if slices.ContainsFunc(st.resources, func(x string) bool {
		pattern, ok := put(x)
		return ok && glob(pattern, a.q.Resource, false)
	}) == st.notResources {
		return false
	}
	for i := range st.conditions {
		if c := &st.conditions[i]; !c.holds(a.values(c.key), put) {
			return false
		}
	}
	return true
}

// values are what the request has for a key of conditions; keys have no case.
// Source: IAM User Guide, "AWS global condition context keys".
func (a *asked) values(key string) []string {
	switch strings.ToLower(key) {
	case "aws:principalarn":
		return []string{a.who.entityARN()}
	case "aws:principalaccount":
		return []string{a.who.account}
	case "aws:resourceaccount":
		return []string{a.owner}
	case "aws:username":
		if a.who.kind == user {
			return []string{a.who.name}
		}
		return nil
	case "aws:userid":
		return []string{a.s.userID(a.who)}
	case "aws:securetransport": // every endpoint of the lab stands for AWS's, which speak HTTPS
		return []string{"true"}
	case "aws:requestedregion":
		return []string{a.s.cfg.Region}
	case "aws:currenttime":
		return []string{a.s.now().Time().Format("2006-01-02T15:04:05.999999Z07:00")}
	case "aws:epochtime":
		return []string{strconv.FormatInt(a.s.now().Second(), 10)}
	}
	var found []string
	for _, f := range a.q.Facts {
		if strings.EqualFold(f.Key, key) {
			found = append(found, f.Value)
		}
	}
	return found
}

// userID is the unique id of a principal as GetCallerIdentity tells it.
func (s *Service) userID(p principal) string {
	e := s.find(p.account, p.kind, p.name)
	switch {
	case e == nil:
		return p.account
	case p.kind == role:
		return e.id + ":" + p.session
	}
	return e.id
}

// keptParsed bounds how many policies of resources are kept read.
const keptParsed = 64

// parsed reads the policy of a resource; nil when there is none, or when it cannot be read, which whoever keeps it saw to.
func (s *Service) parsed(text string) *Policy {
	if text == "" {
		return nil
	}
	p, ok := s.read[text]
	if !ok {
		p, _ = Parse(text, Resource)
		if len(s.read) >= keptParsed {
			clear(s.read)
		}
		s.read[text] = p
	}
	return p
}

// Authorize answers a query with nil, or with the error that a service answers a caller who may not.
// Source of the words: IAM User Guide, "Troubleshoot access denied error messages".
func (s *Service) Authorize(q Query) *aws.Error {
	why := s.Decide(q)
	if why == Allowed {
		return nil
	}
	p, _ := readPrincipal(q.As, s.cfg.Account)
	if why == NobodyOfThisARN {
		return aws.Errorf(aws.UnrecognizedClient, "The security token included in the request is invalid.").
			WithHint("There is no %s: aws iam list-users and aws iam list-roles show who there is.", aws.Shorten(q.As, 200))
	}
	e := aws.Errorf(aws.AccessDenied, "User: %s is not authorized to perform: %s on resource: %s %s", p.arn(), q.Action, q.Resource, why.words(q.Action))
	return e.WithHint("%s", why.hint(p, &q))
}

// words are how the message of a refusal ends.
func (why Reason) words(action string) string {
	switch why {
	case NoResource:
		return "because no resource-based policy allows the " + action + " action"
	case DeniedIdentity:
		return "with an explicit deny in an identity-based policy"
	case DeniedResource:
		return "with an explicit deny in a resource-based policy"
	}
	return "because no identity-based policy allows the " + action + " action"
}

func (why Reason) hint(p principal, q *Query) string {
	switch why {
	case NoResource:
		return "Two have to allow it: the resource in its own policy (aws kinesis put-resource-policy, aws kms put-key-policy), and the caller's account in a policy of the caller."
	case DeniedIdentity:
		return "A statement with Effect Deny wins over every Allow: aws iam get-" + p.kind + "-policy shows the policies of " + p.name + "."
	case DeniedResource:
		return "The resource's own policy denies it, and a Deny wins over every Allow."
	}
	if p.kind == "" {
		return ""
	}
	return "What no policy allows is denied. aws iam put-" + p.kind + "-policy can give " + p.name + " a policy that allows " + q.Action + " on " + q.Resource + "."
}
