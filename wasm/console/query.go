package console

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"math/big"
	"slices"
	"strings"
)

// A query is a JMESPath expression of --query, read and put as jmespath.py does, which is in the AWS CLI: members keep their order,
// texts are compared, whole numbers stay whole, and what is wrong has the same words.
// Source: jmespath.py 1.1, lexer.py, parser.py, visitor.py, functions.py.
type query struct{ root *node }

// maxQueryDepth is how deep expressions lie in each other; Python ends there too, at its own depth.
const maxQueryDepth = 300

// maxQueryLinks bounds what is written one behind the other, as a|b|c, in a whole query.
const maxQueryLinks = 10_000

// maxQueryWork bounds what one query does to an answer: every expression that is put, every element and every eighth byte that is
// looked at is one. The largest answers need a tenth of it; a few doublings, as [@,@]|[@,@], would need more than there is anywhere.
const maxQueryWork = 4 << 20

// A node of an expression: what kind it is, its name or literal, and the expressions in it.
type node struct {
	kind string
	text string
	lit  value
	kids []*node
	cut  [3]*int // of a slice
}

// compileQuery reads a --query.
func compileQuery(text string) (q *query, bad *usageError) {
	defer func() {
		if r := recover(); r != nil {
			err, ok := r.(queryFlaw)
			if !ok {
				panic(r)
			}
			bad = paramError("Bad value for --query %s: %s", text, string(err))
			bad.hint = "A query picks parts of the answer: ShardIterator, Shards[].ShardId, Shards[?ParentShardId=='shardId-000000000000'].ShardId. Put it in single quotes."
		}
	}()
	x := &queryReader{text: text}
	x.lex()
	root := x.expression(0)
	if t := x.now(); t.kind != "eof" {
		x.fail(t, "Unexpected token: "+pyText(t.val))
	}
	return &query{root}, nil
}

// search puts the query to an answer.
func (q *query) search(v value) (found value, err error) {
	defer func() {
		if r := recover(); r != nil {
			flaw, ok := r.(queryFlaw)
			if !ok {
				panic(r)
			}
			found, err = nil, errors.New(string(flaw))
		}
	}()
	w := querying{maxQueryWork}
	if found, err = w.eval(q.root, v); err != nil {
		return nil, err
	}
	w.measure(found)
	return printable(found)
}

// querying is a query as it is put to an answer, with the work that is left to it.
type querying struct{ left int }

// spend takes from what is left.
func (w *querying) spend(work int) {
	if w.left -= work; w.left < 0 {
		panic(queryFlaw("The query makes more of the answer than the lab holds: it repeats lists or texts in themselves. Ask for less at once."))
	}
}

// measure spends what it takes to look at all of a value.
func (w *querying) measure(v value) {
	w.spend(1)
	switch v := v.(type) {
	case string:
		w.spend(len(v) / 8)
	case json.Number:
		w.spend(len(v) / 8)
	case []any:
		for _, el := range v {
			w.measure(el)
		}
	case object:
		for _, m := range v {
			w.spend(len(m.key) / 8)
			w.measure(m.val)
		}
	}
}

// An expref is an expression as a value, for a function.
type expref struct{ *node }

// pyExpref is how Python shows one, but for the place in its memory.
const pyExpref = "<jmespath.visitor._Expression object>"

// printable is what was found with its numbers as Python prints them; an expression is nothing that it prints.
func printable(v value) (_ value, err error) {
	switch v := v.(type) {
	case expref:
		return nil, errors.New("Object of type _Expression is not JSON serializable")
	case json.Number:
		if !whole(v) {
			return pyFloat(float(v)), nil
		}
	case []any:
		list := make([]any, len(v))
		for i := range v {
			if list[i], err = printable(v[i]); err != nil {
				return nil, err
			}
		}
		return list, nil
	case object:
		o := make(object, len(v))
		for i, m := range v {
			o[i].key = m.key
			if o[i].val, err = printable(m.val); err != nil {
				return nil, err
			}
		}
		return o, nil
	}
	return v, nil
}

// isFalse says whether a value counts as false.
func isFalse(v value) bool {
	switch v := v.(type) {
	case nil:
		return true
	case bool:
		return !v
	case string:
		return v == ""
	case []any:
		return len(v) == 0
	case object:
		return len(v) == 0
	}
	return false
}

// eval puts a node to a value.
func (w *querying) eval(n *node, v value) (value, error) {
	w.spend(1)
	switch n.kind {
	case "current":
		return v, nil
	case "literal":
		return n.lit, nil
	case "expref":
		return expref{n.kids[0]}, nil
	case "field":
		o, _ := v.(object)
		found, _ := o.get(n.text)
		return found, nil
	case "list", "hash":
		return w.evalParts(n, v)
	case "call":
		args := make([]value, len(n.kids))
		for i, k := range n.kids {
			var err error
			if args[i], err = w.eval(k, v); err != nil {
				return nil, err
			}
		}
		return w.call(n.text, args)
	}
	left, err := w.eval(n.kids[0], v)
	if err != nil {
		return nil, err
	}
	switch n.kind {
	case "pipe":
		return w.eval(n.kids[1], left)
	case "or", "and":
		if isFalse(left) == (n.kind == "or") {
			return w.eval(n.kids[1], v)
		}
		return left, nil
	case "not":
		return isFalse(left), nil
	case "compare":
		right, err := w.eval(n.kids[1], v)
		if err != nil {
			return nil, err
		}
		w.measure(left)
		w.measure(right)
		return compareQuery(n.text, left, right)
	}
	if o, ok := left.(object); ok && n.kind == "values" {
		all := make([]any, len(o))
		for i, m := range o {
			all[i] = m.val
		}
		return w.project(all, n.kids[1], nil)
	}
	list, ok := left.([]any)
	if !ok {
		return nil, nil
	}
	switch n.kind {
	case "index":
		i := *n.cut[0]
		if i < 0 {
			i += len(list)
		}
		if i < 0 || i >= len(list) {
			return nil, nil
		}
		return list[i], nil
	case "slice":
		w.spend(len(list))
		return cutList(list, n.cut)
	case "flatten":
		flat := []any{}
		for _, el := range list {
			if inner, ok := el.([]any); ok {
				w.spend(len(inner))
				flat = append(flat, inner...)
			} else {
				flat = append(flat, el)
			}
		}
		return flat, nil
	case "filter":
		return w.project(list, n.kids[1], n.kids[2])
	case "projection":
		return w.project(list, n.kids[1], nil)
	}
	return nil, nil // values of a list
}

// evalParts makes a list or an object of several expressions.
func (w *querying) evalParts(n *node, v value) (value, error) {
	if v == nil {
		return nil, nil
	}
	list, o := []any{}, object{}
	for _, k := range n.kids {
		e := k
		if k.kind == "member" {
			e = k.kids[0]
		}
		part, err := w.eval(e, v)
		if err != nil {
			return nil, err
		}
		list = append(list, part)
		o = o.with(k.text, part)
	}
	if n.kind == "list" {
		return list, nil
	}
	return o, nil
}

// project puts an expression to each element, of those that meet a condition; what is null is left out.
func (w *querying) project(list []any, each, condition *node) (value, error) {
	w.spend(len(list))
	found := []any{}
	for _, el := range list {
		if condition != nil {
			if met, err := w.eval(condition, el); err != nil {
				return nil, err
			} else if isFalse(met) {
				continue
			}
		}
		got, err := w.eval(each, el)
		if err != nil {
			return nil, err
		}
		if got != nil {
			found = append(found, got)
		}
	}
	return found, nil
}

// cutList is a slice with Python's meaning of start, stop and step.
func cutList(list []any, cut [3]*int) (value, error) {
	step := 1
	if cut[2] != nil {
		step = *cut[2]
	}
	if step == 0 {
		return nil, errors.New("slice step cannot be zero")
	}
	low, high := 0, len(list)
	if step < 0 {
		low, high = -1, len(list)-1
	}
	bound := func(at *int, without int) int {
		if at == nil {
			return without
		}
		i := *at
		if i < 0 {
			i += len(list)
		}
		return max(low, min(i, high))
	}
	found := []any{}
	if step > 0 {
		for i, end := bound(cut[0], low), bound(cut[1], high); i < end; i += min(step, end-i) {
			found = append(found, list[i])
		}
	} else {
		for i, end := bound(cut[0], high), bound(cut[1], low); i > end; i += max(step, end-i) {
			found = append(found, list[i])
		}
	}
	return found, nil
}

// compareQuery compares two values. Numbers and texts have an order among their own kind; other values have none.
func compareQuery(op string, a, b value) (value, error) {
	if op == "==" || op == "!=" {
		return same(a, b) == (op == "=="), nil
	}
	comparable := func(v value) bool { return jmesType(v) == "number" || jmesType(v) == "string" }
	if !comparable(a) || !comparable(b) {
		return nil, nil
	}
	order, err := ordered(op, a, b)
	if err != nil {
		return nil, err
	}
	switch op {
	case "<":
		return order < 0, nil
	case "<=":
		return order <= 0, nil
	case ">":
		return order > 0, nil
	}
	return order >= 0, nil
}

// ordered says how two numbers or two texts stand; the error has Python's words for the operator.
func ordered(op string, a, b value) (int, error) {
	x, xText := a.(string)
	y, yText := b.(string)
	switch {
	case xText && yText:
		return strings.Compare(x, y), nil
	case xText || yText:
		return 0, fmt.Errorf("'%s' not supported between instances of '%s' and '%s'", op, pyType(a), pyType(b))
	}
	n, _ := a.(json.Number)
	m, _ := b.(json.Number)
	return orderOf(n, m), nil
}

func float(v value) float64 {
	n, _ := v.(json.Number)
	f, _ := n.Float64()
	return f
}

// orderOf says how two numbers stand, however great they are.
func orderOf(a, b json.Number) int {
	if f, g := float(a), float(b); math.Abs(f) < 1<<53 && math.Abs(g) < 1<<53 {
		return cmp.Compare(f, g)
	}
	exact := func(n json.Number) *big.Float {
		if i, ok := bigWhole(n); ok {
			return new(big.Float).SetInt(i)
		}
		return big.NewFloat(float(n))
	}
	return exact(a).Cmp(exact(b))
}

// bigWhole is a number that Python has as an int.
func bigWhole(n json.Number) (*big.Int, bool) { return new(big.Int).SetString(n.String(), 10) }

// whole says whether Python has a number as an int.
func whole(n json.Number) bool { return !strings.ContainsAny(n.String(), ".eEI") }

// same says whether two values are equal, whatever the order of members.
func same(a, b value) bool {
	switch x := a.(type) {
	case json.Number:
		y, ok := b.(json.Number)
		return ok && orderOf(x, y) == 0
	case []any:
		y, ok := b.([]any)
		return ok && slices.EqualFunc(x, y, same)
	case object:
		y, ok := b.(object)
		return ok && len(x) == len(y) && !slices.ContainsFunc(x, func(m member) bool {
			v, there := y.get(m.key)
			return !there || !same(m.val, v)
		})
	case expref:
		return false
	}
	switch b.(type) {
	case json.Number, []any, object, expref:
		return false
	}
	return a == b
}

// missed says which names of a query that found nothing the answer does not have; "" when it has all of them.
func (q *query) missed(s *shape) string {
	known := map[string]bool{}
	if s == nil || !s.names(known, 0) {
		return ""
	}
	q.root.walk(func(n *node) {
		if n.kind == "member" {
			known[n.text] = true
		}
	})
	hint := ""
	q.root.walk(func(n *node) {
		if n.kind == "compare" && n.kids[1].kind == "field" && !known[n.kids[1].text] {
			word := n.kids[1].text
			hint = fmt.Sprintf("%s beside %s is the name of a member, and there is none; a text stands in single quotes: '%s'. Around the whole query put double quotes then.", word, n.text, word)
		}
		if n.kind != "field" || known[n.text] || hint != "" {
			return
		}
		var names []string
		for name := range known {
			names = append(names, name)
		}
		slices.Sort(names)
		hint = "The answer has no member " + n.text + "."
		if near := nearest(n.text, names); len(near) > 0 {
			hint += " Did you mean " + near[0] + "?"
		}
	})
	return hint
}

// walk visits a node and what is in it.
func (n *node) walk(visit func(*node)) {
	visit(n)
	for _, k := range n.kids {
		k.walk(visit)
	}
}

// names collects the names of all members; false when there may be others.
func (s *shape) names(known map[string]bool, depth int) bool {
	switch {
	case s.kind == kindAny || s.kind == kindMap || depth > 20:
		return false
	case s.elem != nil:
		return s.elem.names(known, depth+1)
	}
	for i := range s.fields {
		if known[s.fields[i].name] = true; !s.fields[i].shape.names(known, depth+1) {
			return false
		}
	}
	return true
}

// queryHint says what to try when a query does not fit the answer.
func queryHint(err error) string {
	switch words := err.Error(); {
	case strings.Contains(words, "not supported between") || strings.Contains(words, "requires string"):
		return "Between backticks stands JSON, so `1` is a number; a text stands in single quotes inside: '1'. Around the whole query put double quotes then."
	case strings.Contains(words, `received: "null"`):
		return "The member is not there, or is null: run the command without --query to see the answer's members."
	case strings.HasPrefix(words, "Unknown function"):
		return "Functions of JMESPath: length, contains, starts_with, sort_by, max_by, join, sum, keys, to_string and others."
	}
	return ""
}
