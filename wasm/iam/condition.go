package iam

import (
	"slices"
	"strconv"
	"strings"
	"time"
)

// A condition is one key of a Condition block: the request's values of the key stand to the policy's as the operator says.
type condition struct {
	test     test
	negate   bool
	ifExists bool // it holds when the request has no such key
	every    bool // ForAllValues: each of the request's values
	some     bool // ForAnyValue: one of them
	key      string
	values   []string
}

// A test compares a value of the request with one of the policy.
type test uint8

const (
	isNull test = iota // the policy says whether the key is absent
	equal
	equalFold
	like
	likeARN
	truth
	numberEqual
	numberLess
	numberLessEqual
	dateEqual
	dateLess
	dateLessEqual
)

// operators lists the condition operators. GreaterThan is LessThanEquals negated, and so on.
// Source: IAM User Guide, "IAM JSON policy elements: Condition operators".
var operators = []struct {
	name   string
	test   test
	negate bool
}{
	{"StringEquals", equal, false}, {"StringNotEquals", equal, true},
	{"StringEqualsIgnoreCase", equalFold, false}, {"StringNotEqualsIgnoreCase", equalFold, true},
	{"StringLike", like, false}, {"StringNotLike", like, true},
	{"ArnEquals", likeARN, false}, {"ArnLike", likeARN, false}, {"ArnNotEquals", likeARN, true}, {"ArnNotLike", likeARN, true},
	{"Bool", truth, false}, {"Null", isNull, false},
	{"NumericEquals", numberEqual, false}, {"NumericNotEquals", numberEqual, true},
	{"NumericLessThan", numberLess, false}, {"NumericGreaterThanEquals", numberLess, true},
	{"NumericLessThanEquals", numberLessEqual, false}, {"NumericGreaterThan", numberLessEqual, true},
	{"DateEquals", dateEqual, false}, {"DateNotEquals", dateEqual, true},
	{"DateLessThan", dateLess, false}, {"DateGreaterThanEquals", dateLess, true},
	{"DateLessThanEquals", dateLessEqual, false}, {"DateGreaterThan", dateLessEqual, true},
}

// condition reads one key of a Condition block.
func (r *reader) condition(op, key string, n node) condition {
	c := condition{key: key}
	name := op
	if rest, ok := strings.CutPrefix(name, "ForAllValues:"); ok {
		name, c.every = rest, true
	} else if rest, ok := strings.CutPrefix(name, "ForAnyValue:"); ok {
		name, c.some = rest, true
	}
	name, c.ifExists = strings.CutSuffix(name, "IfExists")
	at := 0
	for at < len(operators) && operators[at].name != name {
		at++
	}
	if at == len(operators) {
		hint := "Operators here are StringEquals, StringNotEquals, StringLike, ArnLike, Bool, Null, Numeric... and Date..., each also with IfExists."
		if strings.HasSuffix(name, "IpAddress") {
			hint = "The lab has no network addresses, so aws:SourceIp has no value here: use another condition. " + hint
		}
		r.fail("Invalid Condition type : "+op, "%s", hint)
		return c
	}
	c.test, c.negate = operators[at].test, operators[at].negate
	if vendor, rest, ok := strings.Cut(key, ":"); !ok || vendor == "" || rest == "" {
		r.fail("Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.", "A key of a condition is like aws:PrincipalArn or aws:ResourceTag/team; %q is none.", key)
	}
	if n.isText || n.isList {
		for i := range n.list { // true and 5 may stand without quotes
			n.list[i].isText = n.list[i].isText || !n.list[i].isList && !n.list[i].isObj
		}
		c.values = r.texts(n, key)
	} else if n.isObj {
		r.fail(syntaxErrors, "%s is to be a text or a list of texts.", key)
	} else {
		c.values = []string{n.text}
	}
	for _, v := range c.values {
		if !c.test.reads(v) && !strings.Contains(v, "${") {
			r.fail(syntaxErrors, "%q is no value for %s.", v, op)
		}
	}
	return c
}

// reads says whether a value of a policy has the form that the test needs.
func (t test) reads(v string) bool {
	switch t {
	case isNull, truth:
		return strings.EqualFold(v, "true") || strings.EqualFold(v, "false")
	case numberEqual, numberLess, numberLessEqual:
		_, err := strconv.ParseFloat(v, 64)
		return err == nil
	case dateEqual, dateLess, dateLessEqual:
		_, ok := readDate(v)
		return ok
	}
	return true
}

// holds says whether the condition is fulfilled by the values that the request has for its key.
// Source: IAM User Guide, "Conditions with multiple context keys or values".
func (c *condition) holds(have []string, fill func(string) (string, bool)) bool {
	if c.test == isNull {
		return slices.ContainsFunc(c.values, func(v string) bool { return strings.EqualFold(v, "true") == (len(have) == 0) })
	}
	if len(have) == 0 {
		return c.ifExists || c.every || c.negate && !c.some
	}
	match := func(value string) bool {
		return slices.ContainsFunc(c.values, func(v string) bool {
			pattern, ok := fill(v)
			return ok && c.test.match(value, pattern)
		})
	}
	switch {
	case c.some:
		return slices.ContainsFunc(have, func(v string) bool { return match(v) != c.negate })
	case c.every || c.negate:
		return !slices.ContainsFunc(have, func(v string) bool { return match(v) == c.negate })
	}
	return slices.ContainsFunc(have, match)
}

// match compares one value of the request with one of the policy.
func (t test) match(value, pattern string) bool {
	switch t {
	case equal:
		return value == unescape(pattern)
	case equalFold:
		return strings.EqualFold(value, unescape(pattern))
	case like:
		return glob(pattern, value, false)
	case likeARN:
		v, p := strings.SplitN(value, ":", 6), strings.SplitN(pattern, ":", 6)
		if len(v) != 6 || len(p) != 6 {
			return false
		}
		for i := range v {
			if !glob(p[i], v[i], false) {
				return false
			}
		}
		return true
	case truth:
		return strings.EqualFold(value, pattern)
	case numberEqual, numberLess, numberLessEqual:
		v, err1 := strconv.ParseFloat(value, 64)
		p, err2 := strconv.ParseFloat(pattern, 64)
		return err1 == nil && err2 == nil && (v == p && t != numberLess || v < p && t != numberEqual)
	case dateEqual, dateLess, dateLessEqual:
		v, ok1 := readDate(value)
		p, ok2 := readDate(pattern)
		return ok1 && ok2 && (v == p && t != dateLess || v < p && t != dateEqual)
	}
	return false
}

// readDate reads ISO 8601 or seconds since 1970, as microseconds.
func readDate(s string) (int64, bool) {
	if n, err := strconv.ParseInt(s, 10, 64); err == nil && n < 1<<40 && n > -1<<40 {
		return n * 1e6, true
	}
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02"} {
		if t, err := time.Parse(layout, s); err == nil {
			return t.UnixMicro(), true
		}
	}
	return 0, false
}
