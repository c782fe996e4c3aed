package console

import (
	"errors"
	"fmt"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// awkKnows is what runAwk understands.
const awkKnows = "awk knows here: -F, -v, BEGIN, END, /pattern/, $1, NF, NR, arrays, if, for, while, next, exit, print, printf, length, substr, index, split, sub, gsub, match, sprintf, tolower, toupper, int. Functions of your own, getline and pipes inside awk are left out."

// An awkValue is a text, a number, or a text that looks like a number and came from outside.
type awkValue struct {
	text   string
	num    float64
	isNum  bool
	looked bool // of input: compared as a number when it looks like one
}

func awkNumber(f float64) awkValue { return awkValue{num: f, isNum: true} }
func awkText(s string) awkValue    { return awkValue{text: s} }
func awkBool(b bool) awkValue {
	if b {
		return awkNumber(1)
	}
	return awkNumber(0)
}

func (v awkValue) number() float64 {
	if v.isNum {
		return v.num
	}
	return leading(v.text)
}

func (v awkValue) String() string {
	switch {
	case !v.isNum:
		return v.text
	case v.num == math.Trunc(v.num) && math.Abs(v.num) < 1e16:
		return strconv.FormatFloat(v.num, 'f', -1, 64)
	}
	return strconv.FormatFloat(v.num, 'g', 6, 64)
}

// asNumber says whether a value counts as a number in a comparison.
func (v awkValue) asNumber() bool {
	if v.isNum {
		return true
	}
	_, err := strconv.ParseFloat(strings.TrimSpace(v.text), 64)
	return v.looked && err == nil
}

func (v awkValue) truth() bool {
	if v.asNumber() {
		return v.number() != 0
	}
	return v.text != ""
}

// Words with which a program leaves what it does.
var (
	errNext     = errors.New("next")
	errExit     = errors.New("exit")
	errBreak    = errors.New("break")
	errContinue = errors.New("continue")
)

// An awk is a program while it runs.
type awk struct {
	p      *process
	out    strings.Builder
	vars   map[string]awkValue
	arrays map[string]*awkArray
	fields []string // from $1 on
	whole  string
	stale  bool // whole must be put together anew
	exit   int
	res    map[string]*regexp.Regexp
}

// An awkArray keeps its keys in the order in which they came: AWK leaves the order open, and here it must be the same each time.
type awkArray struct {
	keys []string
	at   map[string]awkValue
}

type (
	awkExpr func(a *awk) (awkValue, error)
	awkStmt func(a *awk) error
	// An awkPlace is what can be assigned to.
	awkPlace struct {
		get awkExpr
		set func(a *awk, v awkValue) error
	}
	awkRule struct {
		kind    string // "", BEGIN, END
		when    awkExpr
		until   awkExpr // of a range
		do      awkStmt // nil prints
		between bool
	}
)

func runAwk(p *process) (int, error) {
	a := &awk{p: p, vars: map[string]awkValue{"FS": awkText(" "), "OFS": awkText(" "), "ORS": awkText("\n")}, arrays: map[string]*awkArray{}, res: map[string]*regexp.Regexp{}}
	args := p.args[1:]
	for len(args) > 0 && len(args[0]) > 1 && args[0][0] == '-' {
		flag, val := args[0][:2], args[0][2:]
		if args = args[1:]; flag == "--" {
			break
		}
		if val == "" && len(args) > 0 {
			val, args = args[0], args[1:]
		}
		name, text, ok := strings.Cut(val, "=")
		switch {
		case flag == "-F":
			a.vars["FS"] = awkText(unescape(val))
		case flag == "-v" && ok:
			a.vars[name] = awkValue{text: unescape(text), looked: true}
		default:
			p.hint(awkKnows)
			return p.fail("unknown option %s", flag)
		}
	}
	if len(args) == 0 {
		p.hint("For example: awk '{print $1}' FILE. " + awkKnows)
		return p.fail("a program is needed")
	}
	r := &awkReader{text: args[0]}
	rules, err := r.program()
	if err != nil {
		p.hint(awkKnows)
		return p.fail("%v", err)
	}
	main := slices.ContainsFunc(rules, func(r awkRule) bool { return r.kind != "BEGIN" })
	err = a.special(rules, "BEGIN")
	ok := true
	if err == nil && main {
		var b []byte
		if b, ok, err = p.input(args[1:]); err != nil {
			return 1, err
		}
		err = a.lines(rules, lines(b))
	}
	if err == nil || err == errExit && main {
		if e := a.special(rules, "END"); e != nil {
			err = e
		}
	}
	if e := p.print(a.out.String()); e != nil {
		return 1, e
	}
	var stop *stopped
	switch {
	case errors.As(err, &stop):
		return 1, stop
	case err != nil && err != errExit:
		return p.fail("%v", err)
	case a.exit != 0:
		return a.exit, nil
	}
	return status(ok), nil
}

func (a *awk) special(rules []awkRule, kind string) error {
	for i := range rules {
		if rules[i].kind == kind {
			if err := rules[i].do(a); err != nil {
				return err
			}
		}
	}
	return nil
}

func (a *awk) lines(rules []awkRule, all []string) error {
	for n, line := range all {
		a.vars["NR"] = awkNumber(float64(n + 1))
		a.take(line)
		for i := range rules {
			r := &rules[i]
			if r.kind != "" {
				continue
			}
			yes, err := r.meets(a)
			if err == nil && yes {
				if r.do == nil {
					a.out.WriteString(a.record() + a.vars["ORS"].String())
				} else {
					err = r.do(a)
				}
			}
			if err == errNext {
				break
			}
			if err != nil {
				return err
			}
		}
		if err := a.step(); err != nil {
			return err
		}
	}
	return nil
}

// step counts work, so that a program without an end has one.
func (a *awk) step() error {
	if a.p.traffic.Add(64) > maxTraffic || a.out.Len() > maxTraffic {
		return errTraffic
	}
	if a.p.interrupted.Load() {
		return errInterrupted
	}
	return nil
}

func (r *awkRule) meets(a *awk) (bool, error) {
	if r.when == nil {
		return true, nil
	}
	if r.until == nil || !r.between {
		v, err := r.when(a)
		if err != nil || !v.truth() || r.until == nil {
			return v.truth(), err
		}
	}
	v, err := r.until(a)
	r.between = !v.truth()
	return true, err
}

// take makes a line the record.
func (a *awk) take(line string) {
	a.whole, a.stale = line, false
	switch fs := a.vars["FS"].String(); {
	case fs == " ":
		a.fields = strings.Fields(line)
	case line == "":
		a.fields = nil
	case len([]rune(fs)) == 1:
		a.fields = strings.Split(line, fs)
	default:
		a.fields = []string{line}
		if re, err := a.pattern(fs); err == nil {
			a.fields = re.Split(line, -1)
		}
	}
	a.vars["NF"] = awkNumber(float64(len(a.fields)))
}

func (a *awk) record() string {
	if a.stale {
		a.whole, a.stale = strings.Join(a.fields, a.vars["OFS"].String()), false
	}
	return a.whole
}

func (a *awk) field(n int) awkValue {
	switch {
	case n == 0:
		return awkValue{text: a.record(), looked: true}
	case n > len(a.fields):
		return awkValue{looked: true}
	}
	return awkValue{text: a.fields[n-1], looked: true}
}

func (a *awk) setField(n int, v awkValue) error {
	switch {
	case n < 0 || n > 10_000:
		return fmt.Errorf("there is no field %d", n)
	case n == 0:
		a.take(v.String())
		return nil
	}
	a.fields = slices.Clone(a.fields)
	for len(a.fields) < n {
		a.fields = append(a.fields, "")
	}
	a.fields[n-1] = v.String()
	a.vars["NF"] = awkNumber(float64(len(a.fields)))
	a.stale = true
	return nil
}

func (a *awk) pattern(text string) (*regexp.Regexp, error) {
	if re := a.res[text]; re != nil {
		return re, nil
	}
	re, err := regexp.Compile(text)
	if err == nil && len(a.res) < 200 {
		a.res[text] = re
	}
	return re, err
}

func (a *awk) array(name string) *awkArray {
	if a.arrays[name] == nil {
		a.arrays[name] = &awkArray{at: map[string]awkValue{}}
	}
	return a.arrays[name]
}

func (m *awkArray) put(key string, v awkValue) {
	if _, has := m.at[key]; !has {
		m.keys = append(m.keys, key)
	}
	m.at[key] = v
}

func (m *awkArray) drop(key string) {
	if _, has := m.at[key]; has {
		delete(m.at, key)
		m.keys = slices.DeleteFunc(m.keys, func(k string) bool { return k == key })
	}
}

// unescape reads \n, \t and the like in a text of a program.
func unescape(s string) string {
	if !strings.Contains(s, `\`) {
		return s
	}
	return strings.NewReplacer(`\\`, `\`, `\n`, "\n", `\t`, "\t", `\"`, `"`, `\/`, "/", `\r`, "\r").Replace(s)
}

// awkFormat is printf.
func awkFormat(format string, args []awkValue) string {
	var b strings.Builder
	next := func() (v awkValue) {
		if len(args) > 0 {
			v, args = args[0], args[1:]
		}
		return v
	}
	for i := 0; i < len(format); i++ {
		if format[i] != '%' || i+1 == len(format) {
			b.WriteByte(format[i])
			continue
		}
		j := i + 1
		spec := "%"
		for j < len(format) && strings.IndexByte("-+ #0123456789.*", format[j]) >= 0 {
			if format[j] == '*' {
				spec += strconv.Itoa(int(max(-999, min(999, next().number()))))
			} else {
				spec += format[j : j+1]
			}
			j++
		}
		if j == len(format) || len(spec) > 12 {
			b.WriteString(format[i:])
			break
		}
		switch verb := format[j]; verb {
		case '%':
			b.WriteByte('%')
		case 'd', 'i':
			fmt.Fprintf(&b, spec+"d", int64(next().number()))
		case 'o', 'x', 'X', 'u':
			fmt.Fprintf(&b, strings.Replace(spec+string(verb), "u", "d", 1), int64(next().number()))
		case 'e', 'f', 'g', 'E', 'G':
			fmt.Fprintf(&b, spec+string(verb), next().number())
		case 'c':
			v := next()
			text := v.String()
			if v.isNum {
				text = string(rune(v.num))
			}
			if r := []rune(text); len(r) > 0 {
				fmt.Fprintf(&b, spec+"c", r[0])
			}
		case 's':
			fmt.Fprintf(&b, spec+"s", next().String())
		default:
			b.WriteString(format[i : j+1])
		}
		i = j
	}
	return b.String()
}
