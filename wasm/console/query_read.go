package console

import (
	"encoding/json"
	"fmt"
	"math/big"
	"slices"
	"strconv"
	"strings"
)

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
