package console

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"math/big"
	"slices"
	"strconv"
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

// queryFlaw is what is wrong with an expression, as a panic of its reader.
type queryFlaw string

// A queryToken has the kind and the place that jmespath.py gives it.
type queryToken struct {
	kind string
	val  value
	at   int
}

type queryReader struct {
	text   string
	chars  []rune
	tokens []queryToken
	pos    int // in chars, then in tokens
	depth  int
	links  int
}

var queryMarks = map[rune]string{'.': "dot", '*': "star", ']': "rbracket", ',': "comma", ':': "colon", '@': "current", '(': "lparen", ')': "rparen", '{': "lbrace", '}': "rbrace"}

// queryPower says how closely a token binds; what binds less than 10 ends a projection.
var queryPower = map[string]int{"pipe": 1, "or": 2, "and": 3, "eq": 5, "gt": 5, "lt": 5, "gte": 5, "lte": 5, "ne": 5, "flatten": 9,
	"star": 20, "filter": 21, "dot": 40, "not": 45, "lbrace": 50, "lbracket": 55, "lparen": 60}

// spell refuses characters at a place.
func (x *queryReader) spell(at int, message string) {
	panic(queryFlaw("Bad jmespath expression: " + message + ":\n" + x.text + "\n" + strings.Repeat(" ", at) + "^"))
}

// fail refuses a token.
func (x *queryReader) fail(t queryToken, why string) {
	panic(queryFlaw(fmt.Sprintf("%s: Parse error at column %d, token %q (%s), for expression:\n\"%s\"\n%s^", why, t.at, rawWord(pyText(t.val)), strings.ToUpper(t.kind), x.text, strings.Repeat(" ", t.at+1))))
}

// rawWord is a text that %q leaves as it is.
type rawWord string

// Format writes the word between quotes, unescaped.
func (w rawWord) Format(f fmt.State, _ rune) { fmt.Fprint(f, `"`+string(w)+`"`) }

func (x *queryReader) incomplete() {
	panic(queryFlaw("Invalid jmespath expression: Incomplete expression:\n\"" + x.text + "\"\n" + strings.Repeat(" ", len(x.chars)+1) + "^"))
}

func within(c rune, digits bool) bool {
	return c == '_' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || digits && '0' <= c && c <= '9'
}

// lex cuts the text into tokens.
func (x *queryReader) lex() {
	if x.text == "" {
		panic(queryFlaw("Invalid JMESPath expression: cannot be empty."))
	}
	x.chars = []rune(x.text)
	peek := func() rune {
		if x.pos < len(x.chars) {
			return x.chars[x.pos]
		}
		return 0
	}
	add := func(kind string, val value, at int) { x.tokens = append(x.tokens, queryToken{kind, val, at}) }
	pair := func(c, second rune, both, alone string) {
		at := x.pos
		if x.pos++; peek() == second {
			x.pos++
			add(both, string(c)+string(second), at)
			return
		}
		add(alone, string(c), at)
	}
	for x.pos < len(x.chars) {
		at, c := x.pos, x.chars[x.pos]
		switch {
		case queryMarks[c] != "":
			add(queryMarks[c], string(c), at)
			x.pos++
		case within(c, false):
			for within(peek(), true) {
				x.pos++
			}
			add("unquoted_identifier", string(x.chars[at:x.pos]), at)
		case strings.ContainsRune(" \t\n\r", c):
			x.pos++
		case c == '[':
			x.pos++
			switch peek() {
			case ']':
				x.pos++
				add("flatten", "[]", at)
			case '?':
				x.pos++
				add("filter", "[?", at)
			default:
				add("lbracket", "[", at)
			}
		case c == '\'':
			add("literal", strings.ReplaceAll(x.until(c), `\'`, "'"), at)
		case c == '"':
			word := `"` + x.until(c) + `"`
			val, err := decodeJSON([]byte(word))
			if err != nil {
				x.spell(at, "Invalid \\escape")
			}
			add("quoted_identifier", val, at)
		case c == '`':
			word := strings.ReplaceAll(x.until(c), "\\`", "`")
			val, err := decodeJSON([]byte(word))
			if err != nil { // many examples have a text there as it is
				val, err = decodeJSON([]byte(`"` + strings.TrimLeft(word, " \t\r\n") + `"`))
			}
			if err != nil {
				x.spell(at, "Bad token "+word)
			}
			add("literal", val, at)
		case c == '|':
			pair(c, '|', "or", "pipe")
		case c == '&':
			pair(c, '&', "and", "expref")
		case c == '<':
			pair(c, '=', "lte", "lt")
		case c == '>':
			pair(c, '=', "gte", "gt")
		case c == '!':
			pair(c, '=', "ne", "not")
		case c == '=':
			if x.pos++; peek() != '=' {
				x.spell(min(at, len(x.chars)-1), "Unknown token '='")
			}
			x.pos++
			add("eq", "==", at)
		case c == '-' || '0' <= c && c <= '9':
			for x.pos++; '0' <= peek() && peek() <= '9'; x.pos++ {
			}
			word := string(x.chars[at:x.pos])
			if word == "-" {
				x.spell(at, "Unknown token '-'")
			}
			n, _ := new(big.Int).SetString(word, 10)
			add("number", json.Number(n.String()), at)
		default:
			x.spell(at, "Unknown token "+string(c))
		}
	}
	add("eof", "", len(x.chars))
	x.pos = 0
}

// until takes what stands before the next such character that no backslash stands before.
func (x *queryReader) until(end rune) string {
	at := x.pos
	for x.pos++; x.pos < len(x.chars) && x.chars[x.pos] != end; x.pos++ {
		if x.chars[x.pos] == '\\' {
			x.pos++
		}
	}
	if x.pos >= len(x.chars) {
		x.spell(at, "Unclosed "+string(end)+" delimiter")
	}
	x.pos++
	return string(x.chars[at+1 : x.pos-1])
}

func (x *queryReader) now() queryToken { return x.tokens[x.pos] }

// kind is the kind of a token that lies so many further.
func (x *queryReader) kind(further int) string {
	return x.tokens[min(x.pos+further, len(x.tokens)-1)].kind
}

// match takes a token of a kind.
func (x *queryReader) match(kinds ...string) queryToken {
	t := x.now()
	switch {
	case slices.Contains(kinds, t.kind):
		x.pos++
	case t.kind == "eof":
		x.incomplete()
	case len(kinds) == 1:
		x.fail(t, "Expecting: "+kinds[0]+", got: "+t.kind)
	default:
		x.fail(t, "Expecting: "+pyWords(kinds)+", got: "+t.kind)
	}
	return t
}

// pyWords shows texts as Python shows a list of them.
func pyWords(words []string) string {
	list := make([]any, len(words))
	for i, w := range words {
		list[i] = w
	}
	return pyText(list)
}

func branch(kind string, kids ...*node) *node { return &node{kind: kind, kids: kids} }

func identity() *node { return branch("current") }

// expression reads on while what follows binds closer than power.
func (x *queryReader) expression(power int) *node {
	if x.depth++; x.depth > maxQueryDepth {
		panic(queryFlaw("maximum recursion depth exceeded"))
	}
	defer func() { x.depth-- }()
	left := x.prefix()
	for power < queryPower[x.now().kind] {
		if x.links++; x.links > maxQueryLinks {
			panic(queryFlaw(fmt.Sprintf("more than %d expressions one behind the other. Give jq the whole answer, or cut the query in two.", maxQueryLinks)))
		}
		left = x.infix(left)
	}
	return left
}

// prefix reads what an expression can begin with.
func (x *queryReader) prefix() *node {
	t := x.now()
	x.pos++
	switch t.kind {
	case "literal":
		return &node{kind: "literal", lit: t.val}
	case "unquoted_identifier", "quoted_identifier":
		name, _ := t.val.(string)
		if p := x.now(); t.kind == "quoted_identifier" && p.kind == "lparen" {
			p.at = 0
			x.fail(p, "Quoted identifier not allowed for function names.")
		}
		return &node{kind: "field", text: name}
	case "star":
		right := identity()
		if x.now().kind != "rbracket" {
			right = x.projected(queryPower["star"])
		}
		return branch("values", identity(), right)
	case "filter":
		return x.filter(identity())
	case "lbrace":
		return x.hash()
	case "lparen":
		e := x.expression(0)
		x.match("rparen")
		return e
	case "flatten":
		return branch("projection", branch("flatten", identity()), x.projected(queryPower["flatten"]))
	case "not":
		return branch("not", x.expression(queryPower["not"]))
	case "lbracket":
		switch {
		case x.now().kind == "number" || x.now().kind == "colon":
			return x.index(identity())
		case x.now().kind == "star" && x.kind(1) == "rbracket":
			x.pos += 2
			return branch("projection", identity(), x.projected(queryPower["star"]))
		}
		return x.list()
	case "current":
		return identity()
	case "expref":
		return branch("expref", x.expression(0))
	case "eof":
		x.incomplete()
	}
	x.fail(t, "invalid token")
	return nil
}

// infix reads what follows an expression.
func (x *queryReader) infix(left *node) *node {
	t := x.now()
	x.pos++
	switch t.kind {
	case "dot":
		if x.now().kind == "star" {
			x.pos++
			return branch("values", left, x.projected(queryPower["dot"]))
		}
		return branch("pipe", left, x.member(queryPower["dot"]))
	case "pipe", "or", "and":
		return branch(t.kind, left, x.expression(queryPower[t.kind]))
	case "eq", "ne", "gt", "gte", "lt", "lte":
		n := branch("compare", left, x.expression(queryPower[t.kind]))
		n.text, _ = t.val.(string)
		return n
	case "lparen":
		if left.kind != "field" {
			p := x.tokens[x.pos-2]
			x.fail(p, "Invalid function name '"+pyText(p.val)+"'")
		}
		n := &node{kind: "call", text: left.text}
		for x.now().kind != "rparen" {
			n.kids = append(n.kids, x.expression(0))
			if x.now().kind == "comma" {
				x.pos++
			}
		}
		x.pos++
		return n
	case "filter":
		return x.filter(left)
	case "flatten":
		return branch("projection", branch("flatten", left), x.projected(queryPower["flatten"]))
	case "lbracket":
		if x.now().kind == "number" || x.now().kind == "colon" {
			return x.index(left)
		}
		x.match("star")
		x.match("rbracket")
		return branch("projection", left, x.projected(queryPower["star"]))
	}
	x.fail(t, "invalid token")
	return nil
}

func (x *queryReader) filter(left *node) *node {
	condition := x.expression(0)
	x.match("rbracket")
	right := identity()
	if x.now().kind != "flatten" {
		right = x.projected(queryPower["filter"])
	}
	return branch("filter", left, right, condition)
}

// index reads [1] or a slice [0:2]; its bracket was taken.
func (x *queryReader) index(left *node) *node {
	number := func(t queryToken) *int {
		n, _ := strconv.Atoi(pyText(t.val)) // the furthest there is, where a number is further
		return &n
	}
	if x.kind(0) != "colon" && x.kind(1) != "colon" {
		n := branch("index", left)
		n.cut[0] = number(x.now())
		x.pos++
		x.match("rbracket")
		return n
	}
	n := branch("slice", left)
	for part := 0; x.now().kind != "rbracket" && part < 3; {
		switch t := x.now(); {
		case t.kind == "colon" && part < 2:
			part++
		case t.kind == "number":
			n.cut[part] = number(t)
		default:
			x.fail(t, "syntax error")
		}
		x.pos++
	}
	x.match("rbracket")
	return branch("projection", n, x.projected(queryPower["star"]))
}

func (x *queryReader) list() *node {
	n := branch("list")
	for {
		n.kids = append(n.kids, x.expression(0))
		if x.now().kind == "rbracket" {
			break
		}
		x.match("comma")
	}
	x.pos++
	return n
}

func (x *queryReader) hash() *node {
	n := branch("hash")
	for {
		name := x.match("quoted_identifier", "unquoted_identifier")
		x.match("colon")
		member := branch("member", x.expression(0))
		member.text, _ = name.val.(string)
		n.kids = append(n.kids, member)
		switch x.now().kind {
		case "comma":
			x.pos++
		case "rbrace":
			x.pos++
			return n
		}
	}
}

// projected reads what is done with each element of a projection.
func (x *queryReader) projected(power int) *node {
	t := x.now()
	switch {
	case queryPower[t.kind] < 10:
		return identity()
	case t.kind == "lbracket" || t.kind == "filter":
		return x.expression(power)
	case t.kind == "dot":
		x.pos++
		return x.member(power)
	}
	x.fail(t, "syntax error")
	return nil
}

// member reads what may follow a dot.
func (x *queryReader) member(power int) *node {
	switch t := x.now(); t.kind {
	case "quoted_identifier", "unquoted_identifier", "star":
		return x.expression(power)
	case "lbracket":
		x.pos++
		return x.list()
	case "lbrace":
		x.pos++
		return x.hash()
	default:
		x.fail(t, "Expecting: ['quoted_identifier', 'unquoted_identifier', 'lbracket', 'lbrace'], got: "+t.kind)
	}
	return nil
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
