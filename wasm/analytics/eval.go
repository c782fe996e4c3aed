package analytics

import (
	"math"
	"strings"
	"unicode"
	"unicode/utf8"

	"shardlab/wasm/sim"
)

// A calc computes expressions on one frame: the values of all that a query reads, beside each other.
type calc struct {
	frame []Value
	at    int64  // ROWTIME, for CURRENT_ROW_TIMESTAMP
	fault string // of the first thing that could not be computed; a NULL stands for it
}

func (c *calc) fail(why string) Value {
	if c.fault == "" {
		c.fault = why
	}
	return Value{}
}

// holds says whether a condition is true; one that is left out is.
func (c *calc) holds(e *expr) bool { return e == nil || c.eval(e).true() }

func (c *calc) eval(e *expr) Value {
	arg := func(i int) Value { return c.eval(e.args[i]) }
	switch e.op {
	case opLit:
		return e.val
	case opCol:
		return c.frame[e.slot]
	case opCall:
		return c.call(e)
	case "AND", "OR":
		a := arg(0)
		decided := int64(0) // one FALSE decides AND, one TRUE decides OR
		if e.op == "OR" {
			decided = 1
		}
		if a.kind == Bool && a.n == decided {
			return a
		}
		if b := arg(1); b.kind != Bool || b.n == decided || a.kind == Bool {
			return b
		}
		return Value{}
	case "NOT":
		if a := arg(0); a.kind == Bool {
			return BoolOf(a.n == 0)
		}
		return Value{}
	case "=", "<>", "<", "<=", ">", ">=":
		return c.compare(e.op, arg(0), arg(1))
	case "IS NULL":
		return BoolOf(arg(0).kind == Null)
	case "IS NOT NULL":
		return BoolOf(arg(0).kind != Null)
	case "IS TRUE":
		return BoolOf(arg(0).true())
	case "IS NOT TRUE":
		return BoolOf(!arg(0).true())
	case "IS FALSE", "IS NOT FALSE":
		a := arg(0)
		return BoolOf((a.kind == Bool && a.n == 0) == (e.op == "IS FALSE"))
	case "BETWEEN":
		a := arg(0)
		low, high := c.compare(">=", a, arg(1)), c.compare("<=", a, arg(2))
		switch {
		case low.true() && high.true():
			return low
		case low.kind == Bool && low.n == 0 || high.kind == Bool && high.n == 0:
			return BoolOf(false)
		}
		return Value{}
	case "IN":
		a, some := arg(0), false
		for i := 1; i < len(e.args); i++ {
			switch eq := c.compare("=", a, arg(i)); {
			case eq.true():
				return eq
			case eq.kind == Null:
				some = true
			}
		}
		if some {
			return Value{}
		}
		return BoolOf(false)
	case "LIKE":
		a, b, escape := arg(0), arg(1), byte(0)
		if len(e.args) == 3 {
			escape = e.args[2].val.s[0]
		}
		if a.kind != Text || b.kind != Text {
			if a.kind == Null || b.kind == Null {
				return Value{}
			}
			return c.fail("LIKE compares texts: CAST the value AS VARCHAR(32)")
		}
		return BoolOf(like(a.s, b.s, escape))
	case "CASE", opCaseOf:
		pairs, of := e.args, Value{}
		if e.op == opCaseOf {
			of, pairs = arg(0), pairs[1:]
		}
		for ; len(pairs) > 1; pairs = pairs[2:] {
			when := c.eval(pairs[0])
			if e.op == opCaseOf {
				when = c.compare("=", of, when)
			}
			if when.true() {
				return c.eval(pairs[1])
			}
		}
		if len(pairs) == 1 {
			return c.eval(pairs[0])
		}
		return Value{}
	case "CAST":
		v, why := e.typ.cast(arg(0))
		if why != "" {
			return c.fail(why)
		}
		return v
	case opStep, "FLOOR", "CEIL":
		v := arg(0)
		switch {
		case v.kind == Null:
			return v
		case v.kind != Time && v.kind != Interval:
			return c.fail("a " + v.kind.String() + " has no steps of time: CAST it AS TIMESTAMP")
		}
		if rest := mod(v.n, e.val.n); rest != 0 {
			if v.n -= rest; e.op == "CEIL" {
				v.n += e.val.n
			}
		}
		return v
	case "EXTRACT":
		v := arg(0)
		if v.kind != Time {
			if v.kind == Null {
				return v
			}
			return c.fail("EXTRACT takes a TIMESTAMP, not a " + v.kind.String())
		}
		t := sim.Instant(v.n).Time()
		return IntOf(int64(map[string]int{"YEAR": t.Year(), "MONTH": int(t.Month()), "DAY": t.Day(), "HOUR": t.Hour(), "MINUTE": t.Minute(), "SECOND": t.Second()}[e.name]))
	case opNeg:
		return c.arith("-", IntOf(0), arg(0))
	case "||":
		a, b := arg(0), arg(1)
		if a.kind == Null || b.kind == Null {
			return Value{}
		}
		if len(a.s)+len(b.s) > MaxBytes {
			return c.fail("the text is longer than 100,000 bytes")
		}
		return TextOf(a.String() + b.String())
	}
	return c.arith(e.op, arg(0), arg(1))
}

func (c *calc) compare(op string, a, b Value) Value {
	n, ok := Compare(a, b)
	if !ok {
		if a.kind != Null && b.kind != Null {
			return c.fail("a " + a.kind.String() + " and a " + b.kind.String() + " do not compare: CAST one of them")
		}
		return Value{}
	}
	switch op {
	case "=":
		return BoolOf(n == 0)
	case "<>":
		return BoolOf(n != 0)
	case "<":
		return BoolOf(n < 0)
	case "<=":
		return BoolOf(n <= 0)
	case ">":
		return BoolOf(n > 0)
	}
	return BoolOf(n >= 0)
}

// arith computes with whole numbers as long as both are, and says so when a result does not fit.
func (c *calc) arith(op string, a, b Value) Value {
	if a.kind == Null || b.kind == Null {
		return Value{}
	}
	whole := a.kind == Int && b.kind == Int
	kind := Int
	switch {
	case op == "-" && a.kind == Time && b.kind == Time:
		whole, kind = true, Interval
	case (op == "+" || op == "-") && a.kind == Time && b.kind == Interval, op == "+" && a.kind == Interval && b.kind == Time:
		whole, kind = true, Time
	case (op == "+" || op == "-") && a.kind == Interval && b.kind == Interval:
		whole, kind = true, Interval
	case op == "*" && (a.kind == Interval && b.kind == Int || a.kind == Int && b.kind == Interval), op == "/" && a.kind == Interval && b.kind == Int,
		op == "-" && a == IntOf(0) && b.kind == Interval:
		whole, kind = true, Interval
	}
	if whole {
		x, y := a.n, b.n
		n, fits := int64(0), true
		switch op {
		case "+":
			n = x + y
			fits = (n > x) == (y > 0)
		case "-":
			n = x - y
			fits = (n < x) == (y > 0)
		case "*":
			n = x * y
			fits = x == 0 || n/x == y && !(x == -1 && y == math.MinInt64)
		default:
			if y == 0 {
				return c.fail("division by zero: NULLIF(x, 0) makes it NULL")
			}
			if op == "%" {
				n = x % y
			} else {
				n = x / y
				fits = !(y == -1 && x == math.MinInt64)
			}
		}
		if !fits {
			return c.fail("the result of " + op + " does not fit into BIGINT: CAST one side AS DOUBLE")
		}
		return Value{kind: kind, n: n}
	}
	x, okX := a.Number()
	y, okY := b.Number()
	if !okX || !okY {
		return c.fail("a " + a.kind.String() + " " + op + " a " + b.kind.String() + " cannot be computed: CAST them to numbers")
	}
	f := 0.0
	switch op {
	case "+":
		f = x + y
	case "-":
		f = x - y
	case "*":
		f = x * y
	default:
		if y == 0 {
			return c.fail("division by zero: NULLIF(x, 0) makes it NULL")
		}
		if f = x / y; op == "%" {
			f = math.Mod(x, y)
		}
	}
	return DoubleOf(f)
}

// like matches a text with a pattern in which % stands for any text and _ for one character.
func like(s, pattern string, escape byte) bool {
	type mark struct{ s, p string }
	var back *mark // where the latest % may take one more
	for {
		switch {
		case pattern == "" && s == "":
			return true
		case pattern != "" && pattern[0] == '%' && escape != '%':
			pattern = pattern[1:]
			back = &mark{s, pattern}
			continue
		case pattern != "" && s != "":
			want, n := utf8.DecodeRuneInString(pattern)
			any := want == '_'
			if escape != 0 && pattern[0] == escape && len(pattern) > 1 {
				pattern, any = pattern[1:], false
				want, n = utf8.DecodeRuneInString(pattern)
			}
			got, m := utf8.DecodeRuneInString(s)
			if any || want == got {
				s, pattern = s[m:], pattern[n:]
				continue
			}
		}
		if back == nil || back.s == "" {
			return false
		}
		_, n := utf8.DecodeRuneInString(back.s)
		back.s = back.s[n:]
		s, pattern = back.s, back.p
	}
}

// A function is one that may be called: how many operands it takes, of which kinds, and what it gives. Null stands for any kind, and
// as a result for that of the operands. What the letters mean: n number, s text, t timestamp, i interval, * any.
type function struct {
	name  string
	least int
	most  int
	takes string // a letter an operand; the last one goes on
	gives Kind
}

var functions = []function{
	{"ABS", 1, 1, "n", Null}, {"CEIL", 1, 1, "n", Null}, {"CEILING", 1, 1, "n", Null}, {"FLOOR", 1, 1, "n", Null}, {"ROUND", 1, 2, "n", Null}, {"SIGN", 1, 1, "n", Int},
	{"MOD", 2, 2, "n", Null}, {"POWER", 2, 2, "n", Double}, {"SQRT", 1, 1, "n", Double}, {"GREATEST", 1, 20, "*", Null}, {"LEAST", 1, 20, "*", Null},
	{"COALESCE", 1, 20, "*", Null}, {"NULLIF", 2, 2, "*", Null}, {"UPPER", 1, 1, "s", Text}, {"LOWER", 1, 1, "s", Text}, {"INITCAP", 1, 1, "s", Text},
	{"CHAR_LENGTH", 1, 1, "s", Int}, {"CHARACTER_LENGTH", 1, 1, "s", Int}, {"SUBSTRING", 2, 3, "snn", Text}, {"POSITION", 2, 2, "s", Int}, {"REPLACE", 3, 3, "s", Text},
	{"TRIM", 2, 2, "s", Text}, {"CONCAT", 1, 20, "*", Text}, {"CURRENT_ROW_TIMESTAMP", 0, 0, "*", Time}, {"UNIX_TIMESTAMP", 1, 1, "t", Int},
	{"TO_TIMESTAMP", 1, 1, "n", Time}, {"TSDIFF", 2, 2, "t", Int},
}

func findFunction(name string) *function {
	for i := range functions {
		if functions[i].name == name {
			return &functions[i]
		}
	}
	return nil
}

func (c *calc) call(e *expr) Value {
	var room [3]Value
	a := room[:0]
	for _, x := range e.args {
		a = append(a, c.eval(x))
	}
	switch e.name {
	case "CURRENT_ROW_TIMESTAMP":
		return Value{kind: Time, n: c.at}
	case "COALESCE":
		for _, v := range a {
			if v.kind != Null {
				return v
			}
		}
		return Value{}
	case "NULLIF":
		if c.compare("=", a[0], a[1]).true() {
			return Value{}
		}
		return a[0]
	case "CONCAT":
		var s []byte
		for _, v := range a {
			if v.kind != Null {
				s = append(s, v.String()...)
			}
			if len(s) > MaxBytes {
				return c.fail("the text is longer than 100,000 bytes")
			}
		}
		return TextOf(string(s))
	}
	takes := findFunction(e.name).takes
	for i, v := range a {
		if v.kind == Null {
			return v
		}
		if want := takes[min(i, len(takes)-1)]; !fits(v.kind, want) {
			return c.fail(e.name + " takes " + letters(want) + " here, not a " + v.kind.String())
		}
	}
	switch e.name {
	case "GREATEST", "LEAST":
		best := a[0]
		for _, v := range a[1:] {
			op := ">"
			if e.name == "LEAST" {
				op = "<"
			}
			if c.compare(op, v, best).true() {
				best = v
			}
		}
		return best
	case "MOD":
		return c.arith("%", a[0], a[1])
	case "ABS":
		if c.compare("<", a[0], IntOf(0)).true() {
			return c.arith("-", IntOf(0), a[0])
		}
		return a[0]
	case "SIGN":
		n, _ := Compare(a[0], IntOf(0))
		return IntOf(int64(n))
	case "CEIL", "CEILING", "FLOOR", "ROUND":
		f := a[0].float()
		switch {
		case a[0].kind == Int:
			return a[0]
		case e.name == "FLOOR":
			f = math.Floor(f)
		case e.name != "ROUND":
			f = math.Ceil(f)
		case len(a) == 1:
			f = math.Round(f)
		default:
			p := math.Pow(10, float64(max(-15, min(15, int64(a[1].float())))))
			f = math.Round(float64(f*p)) / p
		}
		return DoubleOf(f)
	case "POWER":
		return DoubleOf(math.Pow(a[0].float(), a[1].float()))
	case "SQRT":
		if a[0].float() < 0 {
			return c.fail("SQRT of " + a[0].String() + " is no number")
		}
		return DoubleOf(math.Sqrt(a[0].float()))
	case "UNIX_TIMESTAMP":
		return IntOf((a[0].n - mod(a[0].n, 1000)) / 1000)
	case "TO_TIMESTAMP":
		if f := a[0].float(); !(math.Abs(f) < 2.5e14) {
			return c.fail("TO_TIMESTAMP takes milliseconds since 1970, and " + a[0].String() + " lies beyond the year 9999")
		}
		return Value{kind: Time, n: int64(a[0].float()) * 1000}
	case "TSDIFF":
		return IntOf((a[0].n - a[1].n) / 1000)
	}
	s := a[0].s
	switch e.name {
	case "UPPER":
		return TextOf(strings.ToUpper(s))
	case "LOWER":
		return TextOf(strings.ToLower(s))
	case "INITCAP":
		start := true
		return TextOf(strings.Map(func(r rune) rune {
			first := start
			start = !unicode.IsLetter(r) && !unicode.IsDigit(r)
			if first {
				return unicode.ToUpper(r)
			}
			return unicode.ToLower(r)
		}, s))
	case "CHAR_LENGTH", "CHARACTER_LENGTH":
		return IntOf(int64(utf8.RuneCountInString(s)))
	case "SUBSTRING": // the first character is 1
		all := []rune(s)
		first, end := int64(a[1].float()), int64(len(all)+1)
		if len(a) == 3 {
			n := int64(a[2].float())
			if n < 0 {
				return c.fail("SUBSTRING takes no length below 0")
			}
			if n < end && first < end {
				end = min(end, max(first, math.MinInt32)+n)
			}
		}
		if first = max(first, 1); first >= end {
			return TextOf("")
		}
		return TextOf(string(all[first-1 : end-1]))
	case "POSITION":
		n := strings.Index(a[1].s, s)
		if n > 0 {
			n = utf8.RuneCountInString(a[1].s[:n])
		}
		return IntOf(int64(n + 1))
	case "REPLACE":
		if a[1].s == "" {
			return a[0]
		}
		if s = strings.ReplaceAll(s, a[1].s, a[2].s); len(s) > MaxBytes {
			return c.fail("the text is longer than 100,000 bytes")
		}
		return TextOf(s)
	}
	switch cut := a[0].s; e.typ.Name { // TRIM
	case "LEADING":
		return TextOf(strings.TrimLeft(a[1].s, cut))
	case "TRAILING":
		return TextOf(strings.TrimRight(a[1].s, cut))
	default:
		return TextOf(strings.Trim(a[1].s, cut))
	}
}

// fits says whether a kind is what a letter of a function's operands means.
func fits(k Kind, letter byte) bool {
	switch letter {
	case 'n':
		return k == Int || k == Double
	case 's':
		return k == Text
	case 't':
		return k == Time
	case 'i':
		return k == Interval
	}
	return true
}

func letters(letter byte) string {
	switch letter {
	case 'n':
		return "a number"
	case 's':
		return "a text"
	case 't':
		return "a timestamp"
	}
	return "an interval"
}
