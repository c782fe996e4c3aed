package iam

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"shardlab/wasm/aws"
)

// A Policy is a policy document, read and checked.
type Policy struct {
	variables  bool // ${aws:username} and the like stand for something: from version 2012-10-17 on
	statements []statement
}

// A statement allows or denies.
type statement struct {
	deny         bool
	actions      []string
	notActions   bool // every action but those
	resources    []string
	notResources bool
	principals   []string // "*", an account, an ARN, or "service:" and the name of a service; of a resource's policy
	notPrincipal bool
	conditions   []condition
}

// A Kind says what a policy is attached to.
type Kind uint8

// Kinds of policies.
const (
	Identity Kind = iota // of a user or role: it names no principal
	Resource             // of a stream, a consumer or a key: it names principals
	Trust                // of a role: who may take it on; it names no resource
)

// malformed is the error of a policy that cannot be read. The messages are those of IAM where it has one.
// Source: answers of IAM as public tests and issues record them.
func malformed(message, hint string, args ...any) error {
	return aws.Errorf(MalformedPolicyDocument, "%s", message).WithHint(hint, args...)
}

const (
	syntaxErrors = "Syntax errors in policy."
	example      = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"kinesis:PutRecord","Resource":"*"}]}`
)

// Parse reads a policy document strictly. The error is an *aws.Error with the code MalformedPolicyDocument; its hint says
// what to write instead.
func Parse(text string, kind Kind) (*Policy, error) {
	if len(text) > MaxPolicyBytes {
		return nil, malformed(syntaxErrors, "The policy has %d bytes; at most %d are read.", len(text), MaxPolicyBytes)
	}
	if !json.Valid([]byte(text)) {
		err := json.Unmarshal([]byte(text), new(any))
		return nil, malformed("This policy contains invalid Json", "Not JSON: %v. The smallest policy: %s", err, example)
	}
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	r := reader{kind: kind, policy: &Policy{}}
	if r.read(readNode(d)); r.err != nil {
		return nil, r.err
	}
	return r.policy, nil
}

// A node is a value of JSON that keeps the order of its members, and those that stand twice.
type node struct {
	text   string // of a string, number or bool
	isText bool   // a string; else a number, a bool or null when it is no list and no object
	list   []node
	isList bool
	keys   []string // of an object
	values []node
	isObj  bool
}

// readNode reads the next value of JSON that was found valid.
func readNode(d *json.Decoder) node {
	t, _ := d.Token()
	switch t := t.(type) {
	case string:
		return node{text: t, isText: true}
	case json.Delim:
		n := node{isList: t == '[', isObj: t == '{'}
		for d.More() {
			if n.isObj {
				k, _ := d.Token()
				n.keys = append(n.keys, k.(string))
				n.values = append(n.values, readNode(d))
			} else {
				n.list = append(n.list, readNode(d))
			}
		}
		_, _ = d.Token()
		return n
	}
	return node{text: fmt.Sprint(t)}
}

// A reader turns nodes into a policy; the first fault ends it.
type reader struct {
	kind   Kind
	policy *Policy
	err    error
}

func (r *reader) fail(message, hint string, args ...any) {
	if r.err == nil {
		r.err = malformed(message, hint, args...)
	}
}

// object calls f for each member of an object; where names it in hints.
func (r *reader) object(n node, where string, known string, f func(key string, v node)) {
	if !n.isObj {
		r.fail(syntaxErrors, "%s is to be an object: { ... }.", where)
		return
	}
	for i, k := range n.keys {
		if slices.Contains(n.keys[:i], k) {
			r.fail(syntaxErrors, "%s has %s twice: keep one.", where, k)
		}
		if known != "" && !slices.Contains(strings.Fields(known), k) {
			r.fail(syntaxErrors, "%s has no element %q. It may have: %s; capitals count.", where, k, strings.ReplaceAll(known, " ", ", "))
		}
		f(k, n.values[i])
	}
}

// texts are the strings of a string or of a list of strings.
func (r *reader) texts(n node, where string) []string {
	if n.isText {
		return []string{n.text}
	}
	if !n.isList || len(n.list) == 0 {
		r.fail(syntaxErrors, "%s is to be a text or a list of texts, and not empty.", where)
	}
	var all []string
	for _, e := range n.list {
		if !e.isText {
			r.fail(syntaxErrors, "%s is to be a text or a list of texts.", where)
		}
		all = append(all, e.text)
	}
	return all
}

func (r *reader) read(n node) {
	var statements []node
	found := false
	r.object(n, "A policy", "Version Id Statement", func(key string, v node) {
		switch key {
		case "Version":
			if v.text != "2012-10-17" && v.text != "2008-10-17" {
				r.fail("Policy document must be version 2012-10-17 or greater.", `Write "Version": "2012-10-17": it is the version of the language, not a date of yours.`)
			}
			r.policy.variables = v.text == "2012-10-17"
		case "Id":
			if !v.isText {
				r.fail(syntaxErrors, "Id is to be a text.")
			}
		case "Statement":
			found = true
			if statements = v.list; !v.isList {
				statements = []node{v}
			}
		}
	})
	if !found || len(statements) == 0 {
		r.fail(syntaxErrors, "A policy needs a Statement: %s", example)
	}
	var sids []string
	for i, s := range statements {
		if sid := r.statement(s, fmt.Sprintf("Statement %d", i+1)); sid != "" {
			if slices.Contains(sids, sid) {
				r.fail("Statement IDs (SID) in a single policy must be unique.", "The Sid %s stands twice: change one or leave both out.", sid)
			}
			sids = append(sids, sid)
		}
	}
}

// statement reads one statement and returns its Sid.
func (r *reader) statement(n node, where string) (sid string) {
	const known = "Sid Effect Principal NotPrincipal Action NotAction Resource NotResource Condition"
	var st statement
	effect, actions, resources, principals := "", 0, 0, 0
	r.object(n, where, known, func(key string, v node) {
		switch key {
		case "Sid":
			if sid = v.text; !v.isText {
				r.fail(syntaxErrors, "Sid is to be a text.")
			}
		case "Effect":
			effect = v.text
		case "Action", "NotAction":
			actions++
			st.actions, st.notActions = r.texts(v, key), key == "NotAction"
		case "Resource", "NotResource":
			resources++
			st.resources, st.notResources = r.texts(v, key), key == "NotResource"
		case "Principal", "NotPrincipal":
			principals++
			st.notPrincipal = key == "NotPrincipal"
			if r.kind != Identity {
				st.principals = r.principals(v, key)
			}
		case "Condition":
			r.object(v, "Condition", "", func(op string, v node) {
				r.object(v, op, "", func(key string, v node) { st.conditions = append(st.conditions, r.condition(op, key, v)) })
			})
		}
	})
	switch {
	case effect == "":
		r.fail("Missing required field Effect cannot be empty!", `Add "Effect": "Allow" or "Effect": "Deny" to %s.`, strings.ToLower(where))
	case effect != "Allow" && effect != "Deny":
		r.fail("Invalid effect: "+effect, "Effect is Allow or Deny, with a capital.")
	case actions == 0:
		r.fail("Policy statement must contain actions.", `Add "Action": "kinesis:PutRecord", or a list of actions.`)
	case actions > 1 || resources > 1 || principals > 1:
		r.fail(syntaxErrors, "%s has an element together with its Not form: keep one of the two.", where)
	case r.kind == Identity && principals > 0:
		r.fail("Policy document should not specify a principal.", "A policy of a user or role is about whoever has it: leave %s out.", "Principal")
	case r.kind != Identity && principals == 0:
		r.fail("Missing required field Principal cannot be empty!", `Say who: "Principal": {"AWS": "arn:aws:iam::123456789012:user/ana"}.`)
	case r.kind == Trust && resources > 0:
		r.fail("Has prohibited field Resource", "A trust policy is about the role itself: leave Resource out.")
	case r.kind != Trust && resources == 0:
		r.fail("Policy statement must contain resources.", `Add "Resource": "arn:aws:kinesis:us-east-1:123456789012:stream/orders", or "*".`)
	}
	st.deny = effect == "Deny"
	for _, a := range st.actions {
		r.action(a)
	}
	for _, a := range st.resources {
		if a != "*" && (!strings.HasPrefix(a, "arn:") || strings.Count(a, ":") < 5 && !strings.HasSuffix(a, "*")) {
			r.fail(fmt.Sprintf("Resource %s must be in ARN format or \"*\".", a), "An ARN of a stream: arn:aws:kinesis:us-east-1:123456789012:stream/orders.")
		}
	}
	r.policy.statements = append(r.policy.statements, st)
	return sid
}

// action checks the form of an action: service:Operation, with * and ?, or * alone.
func (r *reader) action(a string) {
	service, name, ok := strings.Cut(a, ":")
	switch {
	case a == "*":
	case !ok:
		r.fail("Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.", "Write the service before it: kinesis:%s.", a)
	case strings.Contains(name, ":"):
		r.fail("Actions/Condition can contain only one colon.", "An action is a service and an operation: kinesis:PutRecord.")
	case service == "" || strings.Trim(service, lettersOfVendor) != "":
		r.fail("Vendor "+service+" is not valid", "The service is written in small letters: kinesis.")
	case name == "":
		r.fail(syntaxErrors, "The action %s names no operation: kinesis:PutRecord, or kinesis:* for all.", a)
	}
}

const lettersOfVendor = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-"

// principals reads whom a statement is about.
func (r *reader) principals(n node, where string) []string {
	const hint = `A principal is "*", or {"AWS": ...} with an account, arn:aws:iam::ACCOUNT:user/NAME, arn:aws:iam::ACCOUNT:role/NAME or a list of them.`
	invalid := func(what string) { r.fail("Invalid principal in policy: "+what, hint) }
	if n.isText {
		if n.text != "*" {
			invalid(n.text)
		}
		return []string{"*"}
	}
	var all []string
	r.object(n, where, "AWS Service Federated", func(key string, v node) {
		for _, p := range r.texts(v, key) {
			if key != "AWS" { // a service or somebody from outside: nobody here calls as one
				all = append(all, strings.ToLower(key)+":"+p)
				continue
			}
			who, ok := readPrincipal(p, "")
			switch {
			case p == "*" || isAccount(p):
			case !ok || p == "" || strings.ContainsAny(p, "*?"):
				invalid(fmt.Sprintf("%q:%q", key, p))
			case who.kind == "":
				p = who.account
			}
			all = append(all, p)
		}
	})
	if len(all) == 0 {
		r.fail(syntaxErrors, hint)
	}
	return all
}
