package console

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"sort"
	"strconv"
	"strings"

	"github.com/jmespath/go-jmespath"
)

// A query is a JMESPath expression of --query.
type query struct {
	expr   *jmespath.JMESPath
	labels []string         // the names that {Name: ...} in it makes, in order
	shape  *shape           // of the answer it is put to; keeps members in order
	whole  map[float64]bool // numbers of the answer that are whole by their kind
	counts bool             // length( is in it, which is whole
	broken map[float64]bool // and those that are not, which Python prints as 5.0; JMESPath works on one kind of number
}

// compileQuery reads a --query.
func compileQuery(text string, op *operation) (q *query, bad *usageError) {
	defer func() {
		if recover() != nil { // the parser of some malformed expressions gives up this way
			q, bad = nil, queryError(text, errors.New("malformed expression"))
		}
	}()
	expr, err := jmespath.Compile(strictLiterals(text))
	if err != nil {
		return nil, queryError(text, err)
	}
	q = &query{expr: expr, labels: labelsOf(text), shape: op.output, whole: map[float64]bool{}, broken: map[float64]bool{}}
	q.counts = strings.Contains(text, "length(")
	return q, nil
}

// strictLiterals puts quotes around what stands between backticks and is no JSON: the AWS CLI takes it for a text, as many of its
// examples have it, and this JMESPath does not.
// Source: jmespath.py, lexer.py, _consume_literal.
func strictLiterals(text string) string {
	var b strings.Builder
	for i := 0; i < len(text); i++ {
		c := text[i]
		if c != '\'' && c != '"' && c != '`' {
			b.WriteByte(c)
			continue
		}
		end := i + 1
		for end < len(text) && text[end] != c {
			if text[end] == '\\' {
				end++
			}
			end++
		}
		if end >= len(text) {
			b.WriteString(text[i:])
			break
		}
		inner := text[i+1 : end]
		if c == '`' && !json.Valid([]byte(inner)) {
			plain := strings.ReplaceAll(strings.TrimLeft(inner, " \t\r\n"), "\\`", "`")
			inner = strings.ReplaceAll(string(encodeJSON(plain)), "`", "\\`")
		}
		b.WriteString(string(c) + inner + string(c))
		i = end
	}
	return b.String()
}

func queryError(text string, err error) *usageError {
	what := strings.TrimPrefix(err.Error(), "SyntaxError: ")
	e := paramError("Bad value for --query %s: Bad jmespath expression: %s", text, what)
	e.hint = "A query picks parts of the answer: ShardIterator, Shards[].ShardId, Shards[?ParentShardId=='shardId-000000000000'].ShardId. Put it in single quotes."
	return e
}

// search puts the query to an answer.
func (q *query) search(v value) (found value, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("%v", p)
		}
	}()
	got, err := q.expr.Search(q.plain(v))
	if err != nil {
		return nil, err
	}
	return q.order(got), nil
}

// plain turns a value into what JMESPath works on, which keeps no order.
func (q *query) plain(v value) any {
	switch v := v.(type) {
	case object:
		m := make(map[string]any, len(v))
		for _, f := range v {
			m[f.key] = q.plain(f.val)
		}
		return m
	case []any:
		list := make([]any, len(v))
		for i := range v {
			list[i] = q.plain(v[i])
		}
		return list
	case json.Number:
		f, _ := v.Float64()
		if strings.ContainsAny(v.String(), ".e") {
			q.broken[f] = true
		} else {
			q.whole[f] = true
		}
		return f
	}
	return v
}

// number writes a number that was found or computed: as a whole one, or one that is not by its kind.
func (q *query) number(f float64) json.Number {
	if q.broken[f] && !q.whole[f] || len(q.broken) > 0 && len(q.whole) == 0 && !q.counts {
		return pyFloat(f)
	}
	return number(f)
}

// order puts the members of what was found back into an order: the query's own for objects that it made, the model's for
// those of the answer.
func (q *query) order(v any) value {
	switch v := v.(type) {
	case map[string]any:
		keys := make([]string, 0, len(v))
		for k := range v {
			keys = append(keys, k)
		}
		slices.Sort(keys)
		ranks := q.ranks(keys)
		sort.SliceStable(keys, func(i, j int) bool { return ranks(keys[i]) < ranks(keys[j]) })
		o := make(object, len(keys))
		for i, k := range keys {
			o[i] = member{k, q.order(v[k])}
		}
		return o
	case []any:
		list := make([]any, len(v))
		for i := range v {
			list[i] = q.order(v[i])
		}
		return list
	case float64:
		return q.number(v)
	case int:
		return json.Number(strconv.Itoa(v))
	case string, bool, nil:
		return v
	}
	return fmt.Sprint(v)
}

func number(f float64) json.Number {
	if f == math.Trunc(f) && math.Abs(f) < 1e15 {
		return json.Number(strconv.FormatInt(int64(f), 10))
	}
	return json.Number(strconv.FormatFloat(f, 'g', -1, 64))
}

func (q *query) ranks(keys []string) func(string) int {
	if len(q.labels) > 0 && !slices.ContainsFunc(keys, func(k string) bool { return !slices.Contains(q.labels, k) }) {
		return func(k string) int { return slices.Index(q.labels, k) }
	}
	if s := q.shape.holding(keys); s != nil {
		return func(k string) int {
			return slices.IndexFunc(s.fields, func(f field) bool { return f.name == k })
		}
	}
	return func(string) int { return 0 }
}

// holding finds the structure within s that has all of the members named.
func (s *shape) holding(keys []string) *shape {
	if s == nil {
		return nil
	}
	if s.kind == kindStructure && !slices.ContainsFunc(keys, func(k string) bool { _, ok := s.field(k); return !ok }) {
		return s
	}
	if s.elem != nil {
		return s.elem.holding(keys)
	}
	for i := range s.fields {
		if found := s.fields[i].shape.holding(keys); found != nil {
			return found
		}
	}
	return nil
}

// labelsOf lists the names that a query gives in {Name: ...}, in order of appearance.
func labelsOf(text string) []string {
	var labels []string
	depth := 0
	for i := 0; i < len(text); {
		switch c := text[i]; {
		case c == '\'' || c == '`':
			i++
			for i < len(text) && text[i] != c {
				i++
			}
			i++
			continue
		case c == '{':
			depth++
		case c == '}':
			depth--
		}
		if depth > 0 {
			name, rest := "", text[i:]
			if rest[0] == '"' {
				if end := strings.IndexByte(rest[1:], '"'); end >= 0 {
					name = rest[1 : 1+end]
					rest = rest[2+end:]
				}
			} else {
				n := 0
				for n < len(rest) && (rest[n] == '_' || rest[n] >= '0' && rest[n] <= '9' || rest[n] >= 'a' && rest[n] <= 'z' || rest[n] >= 'A' && rest[n] <= 'Z') {
					n++
				}
				name, rest = rest[:n], rest[n:]
			}
			if name != "" {
				if strings.HasPrefix(strings.TrimLeft(rest, " \t\n"), ":") && !slices.Contains(labels, name) {
					labels = append(labels, name)
				}
				i = len(text) - len(rest)
				continue
			}
		}
		i++
	}
	return labels
}
