package console

import (
	"math"
	"regexp"
	"strings"
)

// An awkCall is a function of AWK: what was read of its arguments.
type awkCall struct {
	args   []awkExpr
	places []*awkPlace
	names  []string // of arguments that are a bare word, such as an array
	re     func(a *awk) (*regexp.Regexp, error)
}

// An awkFunction is what a function does and how many arguments it takes, a pattern among them.
type awkFunction struct {
	least, most int
	pattern     int // which argument is a pattern; -1 none
	do          func(a *awk, c *awkCall, v []awkValue) (awkValue, error)
}

// awkFunctions are the functions that there are.
var awkFunctions = map[string]awkFunction{
	"length": {0, 1, -1, func(a *awk, c *awkCall, v []awkValue) (awkValue, error) {
		if len(v) == 0 {
			return awkNumber(float64(len([]rune(a.record())))), nil
		}
		if m := a.arrays[c.names[0]]; m != nil {
			return awkNumber(float64(len(m.keys))), nil
		}
		return awkNumber(float64(len([]rune(v[0].String())))), nil
	}},
	"substr": {2, 3, -1, func(_ *awk, _ *awkCall, v []awkValue) (awkValue, error) {
		text := []rune(v[0].String())
		from := math.Round(v[1].number())
		to := float64(len(text)) + 1
		if len(v) > 2 {
			to = min(to, from+math.Round(v[2].number()))
		}
		if from = max(from, 1); !(from < to) {
			return awkText(""), nil
		}
		return awkText(string(text[int(from)-1 : int(to)-1])), nil
	}},
	"index": {2, 2, -1, func(_ *awk, _ *awkCall, v []awkValue) (awkValue, error) {
		text := v[0].String()
		at := strings.Index(text, v[1].String())
		if at < 0 {
			return awkNumber(0), nil
		}
		return awkNumber(float64(len([]rune(text[:at])) + 1)), nil
	}},
	"tolower": {1, 1, -1, func(_ *awk, _ *awkCall, v []awkValue) (awkValue, error) {
		return awkText(strings.ToLower(v[0].String())), nil
	}},
	"toupper": {1, 1, -1, func(_ *awk, _ *awkCall, v []awkValue) (awkValue, error) {
		return awkText(strings.ToUpper(v[0].String())), nil
	}},
	"int": {1, 1, -1, func(_ *awk, _ *awkCall, v []awkValue) (awkValue, error) {
		return awkNumber(math.Trunc(v[0].number())), nil
	}},
	"sqrt": {1, 1, -1, func(_ *awk, _ *awkCall, v []awkValue) (awkValue, error) {
		return awkNumber(math.Sqrt(v[0].number())), nil
	}},
	"sprintf": {1, 50, -1, func(_ *awk, _ *awkCall, v []awkValue) (awkValue, error) {
		return awkText(awkFormat(v[0].String(), v[1:])), nil
	}},
	"split": {2, 3, 2, func(a *awk, c *awkCall, v []awkValue) (awkValue, error) {
		delete(a.arrays, c.names[1])
		into, parts := a.array(c.names[1]), []string(nil)
		if text := v[0].String(); c.re == nil && a.vars["FS"].String() == " " {
			parts = strings.Fields(text)
		} else if text != "" {
			re, err := a.separator(c)
			if err != nil {
				return awkValue{}, err
			}
			parts = re.Split(text, -1)
		}
		for i, part := range parts {
			into.put(awkNumber(float64(i+1)).String(), awkValue{text: part, looked: true})
		}
		return awkNumber(float64(len(parts))), nil
	}},
	"sub":  {2, 3, 0, func(a *awk, c *awkCall, v []awkValue) (awkValue, error) { return a.replace(c, v, 1) }},
	"gsub": {2, 3, 0, func(a *awk, c *awkCall, v []awkValue) (awkValue, error) { return a.replace(c, v, -1) }},
	"match": {2, 2, 1, func(a *awk, c *awkCall, v []awkValue) (awkValue, error) {
		re, err := c.re(a)
		if err != nil {
			return awkValue{}, err
		}
		text := v[0].String()
		start, length := 0, -1
		if m := re.FindStringIndex(text); m != nil {
			start, length = len([]rune(text[:m[0]]))+1, len([]rune(text[m[0]:m[1]]))
		}
		a.vars["RSTART"], a.vars["RLENGTH"] = awkNumber(float64(start)), awkNumber(float64(length))
		return awkNumber(float64(start)), nil
	}},
}

// separator is what a text is split at: the pattern that was given, else FS. A single character stands for itself.
func (a *awk) separator(c *awkCall) (*regexp.Regexp, error) {
	if c.re != nil {
		return c.re(a)
	}
	fs := a.vars["FS"].String()
	if len([]rune(fs)) == 1 {
		fs = regexp.QuoteMeta(fs)
	}
	return a.pattern(fs)
}

// replace is sub and gsub.
func (a *awk) replace(c *awkCall, v []awkValue, most int) (awkValue, error) {
	re, err := c.re(a)
	if err != nil {
		return awkValue{}, err
	}
	place := awkPlace{get: func(a *awk) (awkValue, error) { return a.field(0), nil }, set: func(a *awk, v awkValue) error { return a.setField(0, v) }}
	if len(c.args) > 1 {
		if c.places[1] == nil {
			return awkValue{}, awkFault{"the third argument of sub and gsub is a variable"}
		}
		place = *c.places[1]
	}
	was, err := place.get(a)
	if err != nil {
		return was, err
	}
	text, with := was.String(), v[0].String()
	var b strings.Builder
	at, n, told := 0, 0, 0
	const each = 64 // what a match counts, as a step does
	left := int(max(maxTraffic-a.p.traffic.Load(), 0)) / each
	if most < 0 || most > left {
		most = left + 1
	}
	for _, m := range re.FindAllStringIndex(text, most) {
		n++
		b.WriteString(text[at:m[0]])
		for i := 0; i < len(with); i++ {
			switch {
			case with[i] == '&':
				b.WriteString(text[m[0]:m[1]])
			case with[i] == '\\' && i+1 < len(with):
				i++
				b.WriteByte(with[i])
			default:
				b.WriteByte(with[i])
			}
		}
		at = m[1]
		a.p.traffic.Add(int64(each + b.Len() - told)) // so that a text does not grow without end
		if told = b.Len(); a.p.traffic.Load() > maxTraffic {
			return awkValue{}, errTraffic
		}
	}
	if n == 0 {
		return awkNumber(0), nil
	}
	b.WriteString(text[at:])
	return awkNumber(float64(n)), place.set(a, awkText(b.String()))
}

// call reads the arguments of a function.
func (r *awkReader) call(name string, f awkFunction) awkExpr {
	c := &awkCall{}
	n := 0
	if r.accept("(") {
		more := r.noMore
		r.noMore = false
		for ; !r.is(")"); n++ {
			if n == f.pattern {
				c.re = r.separatorPattern()
			} else {
				word := ""
				if r.kind == 'w' {
					word = r.tok
				}
				e, place := r.or()
				if r.is("=") || r.is("?") {
					r.bad("put brackets around what is behind %s(", name)
				}
				c.args, c.places, c.names = append(c.args, e), append(c.places, place), append(c.names, word)
			}
			if !r.accept(",") {
				n++
				break
			}
			r.breaks()
		}
		r.noMore = more
		r.want(")")
	}
	if n < f.least || n > f.most {
		r.bad("%s takes %d to %d arguments", name, f.least, f.most)
	}
	return func(a *awk) (awkValue, error) {
		v := make([]awkValue, len(c.args))
		for i, e := range c.args {
			var err error
			if v[i], err = e(a); err != nil {
				return v[i], err
			}
		}
		return f.do(a, c, v)
	}
}

// separatorPattern reads a pattern that is an argument; a text of one character stands for itself.
func (r *awkReader) separatorPattern() func(a *awk) (*regexp.Regexp, error) {
	if r.kind == 's' && len([]rune(r.tok)) == 1 && r.tok != " " {
		re := regexp.MustCompile(regexp.QuoteMeta(r.tok))
		r.advance()
		return func(*awk) (*regexp.Regexp, error) { return re, nil }
	}
	return r.regex()
}
