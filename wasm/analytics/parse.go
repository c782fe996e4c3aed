package analytics

import (
	"math"
	"strconv"
	"strings"
)

// An expr is an expression: an operator with its operands. Of a program that was read, name and of are as written; bind
// makes of it one that can be computed.
type expr struct {
	op       string // one of ops
	name     string // of a column, a function, a unit or a named window
	of       string // what a column is of, "" when left out
	val      Value
	typ      Type
	args     []*expr
	distinct bool
	over     *window
	at       pos

	slot int  // bound: of a column, or of an aggregate's result
	kind Kind // bound: what it is, Null when only a run can tell
}

// Operators that are no signs and no words of SQL.
const (
	opLit  = "literal"
	opCol  = "column"
	opCall = "call" // of a function or an aggregate, by name
	opStar = "*all" // of COUNT(*) and SELECT *
	opAgg  = "aggregate"
	opNeg  = "negate"
	opStep = "STEP"

	opCaseOf = "CASE OF"
)

// A window is a frame of rows up to the current one.
type window struct {
	name      string // of a named one
	partition []*expr
	micros    int64 // RANGE INTERVAL ... PRECEDING
	rows      int64 // ROWS ... PRECEDING: so many before the current one
	byRows    bool
	unbounded bool
	at        pos
}

// item is one of what a SELECT asks for.
type item struct {
	e  *expr
	as string
}

// from is one of what a SELECT reads.
type from struct {
	name string
	sub  *Select
	as   string
	over *window
	left bool
	on   *expr
	at   pos
}

// A Select is a query.
type Select struct {
	stream, distinct bool
	items            []item
	from             []from
	where            *expr
	group            []*expr
	stagger          *window // WINDOWED BY STAGGER
	having           *expr
	windows          []*window
	order            []*expr
	desc             []bool
	limit            int64 // -1 when left out
	at               pos
}

// A Column is a column of a stream or a table.
type Column struct {
	Name string
	Type Type
}

// A Statement is one statement of a program: a stream, a pump or a plain query.
type Statement struct {
	kind    string // "STREAM", "PUMP", "SELECT"
	replace bool
	name    string
	columns []Column // of a stream
	into    string   // of a pump
	intoCol []string
	query   *Select
	at      pos
}

// reserved are the words that are no names unless they stand in double quotes.
const reserved = " all and as asc between by case cast create cross current_row_timestamp current_timestamp date day desc distinct else end escape exists extract false for from full group having hour in inner insert interval into is join left like limit localtimestamp minute month not null on or order outer over partition preceding pump range right row rows second select stagger step stream then timestamp to true union unknown using values view when where window windowed with year "

func isReserved(s string) bool { return strings.Contains(reserved, " "+strings.ToLower(s)+" ") }

// units of time, and their microseconds.
var units = []struct {
	name   string
	micros int64
}{{"SECOND", 1e6}, {"MINUTE", 60e6}, {"HOUR", 3600e6}, {"DAY", 24 * 3600e6}}

type parser struct {
	all   []token
	i     int
	depth int
}

// Parse reads a program: statements with semicolons between them.
func Parse(text string) (all []*Statement, err error) {
	p := &parser{}
	if p.all, err = lex(text); err != nil {
		return nil, err
	}
	for {
		for p.eat(";") {
		}
		if p.next().kind == tEnd {
			break
		}
		s, err := p.statement()
		if err != nil {
			return nil, err
		}
		all = append(all, s)
		if !p.eat(";") && p.next().kind != tEnd {
			return nil, p.unexpected("a semicolon, or the end of the program")
		}
	}
	if len(all) == 0 {
		return nil, pos{1, 1}.errorf("there is no statement: write CREATE OR REPLACE STREAM, CREATE OR REPLACE PUMP or SELECT STREAM")
	}
	return all, nil
}

func (p *parser) next() token { return p.all[p.i] }

func (p *parser) take() token {
	t := p.all[p.i]
	if t.kind != tEnd {
		p.i++
	}
	return t
}

// peek says whether the next tokens are words, or signs.
func (p *parser) peek(words ...string) bool {
	for k, w := range words {
		if p.i+k >= len(p.all) || !p.all[p.i+k].is(w) {
			return false
		}
	}
	return true
}

// eat takes the next tokens when they are words, or signs.
func (p *parser) eat(words ...string) bool {
	if !p.peek(words...) {
		return false
	}
	p.i += len(words)
	return true
}

func (p *parser) need(words ...string) error {
	for _, w := range words {
		if !p.eat(w) {
			return p.unexpected(w)
		}
	}
	return nil
}

func (p *parser) unexpected(want string) error {
	t := p.next()
	found := strconv.Quote(shorten(t.text))
	switch {
	case t.kind == tEnd:
		found = "the end of the program"
	case t.kind == tText:
		found = "the text '" + shorten(t.text) + "'"
	}
	return t.at.errorf("found %s: write %s here", found, want)
}

// ident reads a name.
func (p *parser) ident(what string) (string, error) {
	t := p.next()
	if t.kind == tQuoted || t.kind == tWord && !isReserved(t.text) {
		return p.take().text, nil
	}
	if t.kind == tWord {
		return "", t.at.errorf("%s is a word of SQL: write %s, or put it into double quotes to use it as a name", strings.ToUpper(t.text), what)
	}
	return "", p.unexpected(what)
}

func (p *parser) statement() (s *Statement, err error) {
	s = &Statement{at: p.next().at}
	switch {
	case p.peek("SELECT"):
		s.kind = "SELECT"
		s.query, err = p.query()
		return s, err
	case p.eat("CREATE"):
	case p.peek("INSERT"):
		return nil, s.at.errorf(`INSERT stands inside a pump: write CREATE OR REPLACE PUMP "name" AS INSERT INTO ...`)
	default:
		return nil, p.unexpected("CREATE or SELECT")
	}
	s.replace = p.eat("OR", "REPLACE")
	switch {
	case p.eat("STREAM"):
		s.kind = "STREAM"
	case p.eat("PUMP"):
		s.kind = "PUMP"
	case p.peek("VIEW"), p.peek("FUNCTION"):
		return nil, p.unexpected("STREAM or PUMP (views and functions of one's own are not built here)")
	default:
		return nil, p.unexpected("STREAM or PUMP")
	}
	if s.name, err = p.ident("the name of the " + strings.ToLower(s.kind)); err != nil {
		return nil, err
	}
	if s.kind == "STREAM" {
		if err = p.need("("); err != nil {
			return nil, err
		}
		for {
			var c Column
			if c.Name, err = p.ident("a column's name"); err != nil {
				return nil, err
			}
			if c.Type, err = p.typ(); err != nil {
				return nil, err
			}
			p.eat("NOT", "NULL")
			s.columns = append(s.columns, c)
			if !p.eat(",") {
				break
			}
		}
		return s, p.need(")")
	}
	p.eat("STOPPED")
	if err = p.need("AS", "INSERT", "INTO"); err != nil {
		return nil, err
	}
	if s.into, err = p.ident("the stream into which the pump inserts"); err != nil {
		return nil, err
	}
	if p.eat("(") {
		for {
			c, err := p.ident("a column's name")
			if err != nil {
				return nil, err
			}
			s.intoCol = append(s.intoCol, c)
			if !p.eat(",") {
				break
			}
		}
		if err = p.need(")"); err != nil {
			return nil, err
		}
	}
	s.query, err = p.query()
	return s, err
}

// typ reads a type.
func (p *parser) typ() (t Type, err error) {
	at := p.next()
	t.Name = strings.ToUpper(at.text)
	switch t.Name {
	case "CHARACTER":
		if t.Name = "CHAR"; p.all[min(p.i+1, len(p.all)-1)].is("VARYING") {
			p.i++
			t.Name = "VARCHAR"
		}
	case "DEC":
		t.Name = "DECIMAL"
	}
	if k, _ := t.kind(); at.kind != tWord || k == Null {
		return t, p.unexpected("a type, one of " + typeNames)
	}
	p.take()
	if t.Name == "DOUBLE" {
		p.eat("PRECISION")
	}
	if t.Name == "INT" {
		t.Name = "INTEGER"
	}
	if p.eat("(") {
		n, err := p.whole("how many", 65_535)
		if err != nil {
			return t, err
		}
		t.Size = int(n)
		if p.eat(",") {
			if n, err = p.whole("how many behind the point", int64(t.Size)); err != nil {
				return t, err
			}
			t.Scale = int(n)
		}
		if err := p.need(")"); err != nil {
			return t, err
		}
		if k, _ := t.kind(); k != Text && t.Name != "DECIMAL" && t.Name != "NUMERIC" {
			t.Size, t.Scale = 0, 0 // TIMESTAMP(3) is TIMESTAMP
		} else if t.Size == 0 || k == Text && t.Scale > 0 {
			return t, at.at.errorf("write the type as one of %s", typeNames)
		}
	}
	return t, nil
}

// whole reads a whole number from 0 to most.
func (p *parser) whole(what string, most int64) (int64, error) {
	t := p.next()
	n, err := strconv.ParseInt(t.text, 10, 64)
	if t.kind != tNumber || err != nil || n > most {
		return 0, p.unexpected(what + ", a whole number of at most " + strconv.FormatInt(most, 10))
	}
	p.take()
	return n, nil
}

func (p *parser) query() (q *Select, err error) {
	if p.depth++; p.depth > maxDepth {
		return nil, p.next().at.errorf("there are more than %d queries and brackets in each other", maxDepth)
	}
	defer func() { p.depth-- }()
	q = &Select{at: p.next().at, limit: -1}
	if err = p.need("SELECT"); err != nil {
		return nil, err
	}
	q.stream = p.eat("STREAM")
	if q.distinct = p.eat("DISTINCT"); !q.distinct {
		p.eat("ALL")
	}
	for {
		var it item
		if p.peek("*") {
			it.e = &expr{op: opStar, at: p.take().at}
		} else if it.e, err = p.expr(); err != nil {
			return nil, err
		} else if p.eat("AS") {
			if it.as, err = p.ident("the column's name"); err != nil {
				return nil, err
			}
		} else if t := p.next(); t.kind == tQuoted || t.kind == tWord && !isReserved(t.text) {
			it.as = p.take().text
		}
		q.items = append(q.items, it)
		if !p.eat(",") {
			break
		}
	}
	if err = p.need("FROM"); err != nil {
		return nil, err
	}
	for {
		f, err := p.source()
		if err != nil {
			return nil, err
		}
		if n := len(q.from); n > 0 { // behind JOIN
			f.left = q.from[n-1].left
			q.from[n-1].left = false
			if err = p.need("ON"); err != nil {
				return nil, err
			}
			if f.on, err = p.expr(); err != nil {
				return nil, err
			}
		}
		q.from = append(q.from, f)
		last := &q.from[len(q.from)-1]
		switch {
		case p.eat("JOIN"), p.eat("INNER", "JOIN"):
			continue
		case p.eat("LEFT", "OUTER", "JOIN"), p.eat("LEFT", "JOIN"):
			last.left = true // for the next one, which takes it
			continue
		case p.peek(","), p.peek("CROSS"), p.peek("RIGHT"), p.peek("FULL"):
			return nil, p.unexpected("JOIN ... ON or LEFT JOIN ... ON")
		}
		break
	}
	if p.eat("WHERE") {
		if q.where, err = p.expr(); err != nil {
			return nil, err
		}
	}
	if p.peek("WINDOWED") {
		at := p.take().at
		if !p.eat("BY", "STAGGER") {
			return nil, p.unexpected("BY STAGGER")
		}
		if q.stagger, err = p.window(at); err != nil {
			return nil, err
		}
	}
	if p.eat("GROUP", "BY") {
		if q.group, err = p.list(); err != nil {
			return nil, err
		}
	}
	if p.eat("HAVING") {
		if q.having, err = p.expr(); err != nil {
			return nil, err
		}
	}
	if p.eat("WINDOW") {
		for {
			at := p.next().at
			name, err := p.ident("the window's name")
			if err != nil {
				return nil, err
			}
			if err = p.need("AS"); err != nil {
				return nil, err
			}
			w, err := p.window(at)
			if err != nil {
				return nil, err
			}
			w.name = name
			q.windows = append(q.windows, w)
			if !p.eat(",") {
				break
			}
		}
	}
	if p.eat("ORDER", "BY") {
		for {
			e, err := p.expr()
			if err != nil {
				return nil, err
			}
			q.order = append(q.order, e)
			desc := p.eat("DESC")
			if !desc {
				p.eat("ASC")
			}
			q.desc = append(q.desc, desc)
			if !p.eat(",") {
				break
			}
		}
	}
	if p.eat("LIMIT") {
		if q.limit, err = p.whole("how many rows", math.MaxInt32); err != nil {
			return nil, err
		}
	}
	if p.peek("UNION") {
		return nil, p.unexpected("the end of the query (two pumps that insert into one stream do what UNION ALL does)")
	}
	return q, nil
}

// source reads what a query reads.
func (p *parser) source() (f from, err error) {
	f.at = p.next().at
	if p.eat("(") {
		if f.sub, err = p.query(); err == nil {
			err = p.need(")")
		}
	} else {
		p.eat("STREAM")
		f.name, err = p.ident("the name of a stream")
		for err == nil && p.eat(".") { // schema.name: the schema says nothing here
			f.name, err = p.ident("the name of a stream")
		}
	}
	if err != nil {
		return f, err
	}
	if p.peek("OVER") {
		at := p.take().at
		if f.over, err = p.window(at); err != nil {
			return f, err
		}
	}
	if t := p.next(); p.eat("AS") || t.kind == tQuoted || t.kind == tWord && !isReserved(t.text) {
		f.as, err = p.ident("a short name for it")
	}
	return f, err
}

// window reads a frame in brackets.
func (p *parser) window(at pos) (w *window, err error) {
	w = &window{at: at}
	if err = p.need("("); err != nil {
		return nil, err
	}
	if p.eat("PARTITION", "BY") {
		if w.partition, err = p.list(); err != nil {
			return nil, err
		}
	}
	if p.peek("ORDER") {
		return nil, p.unexpected("RANGE or ROWS (rows stand in the order of ROWTIME, so ORDER BY is left out)")
	}
	if w.byRows = p.eat("ROWS"); !w.byRows && !p.eat("RANGE") {
		return nil, p.unexpected("RANGE INTERVAL '1' MINUTE PRECEDING, or ROWS 10 PRECEDING")
	}
	between := p.eat("BETWEEN")
	switch {
	case p.eat("CURRENT", "ROW"):
		w.byRows = true
		return w, p.need(")")
	case p.eat("UNBOUNDED"):
		w.unbounded = true
	case w.byRows:
		if w.rows, err = p.whole("how many rows", 100_000); err != nil {
			return nil, err
		}
	default:
		if w.micros, err = p.interval(); err != nil {
			return nil, err
		}
	}
	if !p.eat("PRECEDING") && between {
		return nil, p.unexpected("PRECEDING")
	}
	if between {
		if err = p.need("AND", "CURRENT", "ROW"); err != nil {
			return nil, err
		}
	}
	return w, p.need(")")
}

// interval reads INTERVAL '10' SECOND.
func (p *parser) interval() (micros int64, err error) {
	if err = p.need("INTERVAL"); err != nil {
		return 0, err
	}
	t := p.next()
	n, bad := strconv.ParseFloat(strings.TrimSpace(t.text), 64)
	if t.kind != tText || bad != nil || !(math.Abs(n) <= 10_000) {
		return 0, p.unexpected("a number in single quotes, at most 10,000, like INTERVAL '10' SECOND")
	}
	p.take()
	unit, err := p.unit()
	if err != nil {
		return 0, err
	}
	if p.eat("(") {
		if _, err = p.whole("how many digits", 18); err != nil {
			return 0, err
		}
		err = p.need(")")
	}
	return int64(math.Round(n * float64(unit))), err
}

func (p *parser) unit() (micros int64, err error) {
	for _, u := range units {
		if p.eat(u.name) {
			return u.micros, nil
		}
	}
	return 0, p.unexpected("SECOND, MINUTE, HOUR or DAY")
}

func (p *parser) list() (all []*expr, err error) {
	for {
		e, err := p.expr()
		if err != nil {
			return nil, err
		}
		all = append(all, e)
		if !p.eat(",") {
			return all, nil
		}
	}
}

// binary lists the operators with two operands from the weakest to the strongest; comparisons stand between.
var binary = [][]string{{"OR"}, {"AND"}, nil, {"||"}, {"+", "-"}, {"*", "/", "%"}}

const levelNot = 2

func (p *parser) expr() (*expr, error) { return p.level(0) }

func (p *parser) level(n int) (*expr, error) {
	if p.depth++; p.depth > maxDepth*8 {
		return nil, p.next().at.errorf("the expression has too many brackets in each other")
	}
	defer func() { p.depth-- }()
	if n == levelNot {
		return p.comparison()
	}
	if n == len(binary) {
		return p.unary()
	}
	e, err := p.level(n + 1)
	for links := 0; err == nil; links++ {
		op := ""
		for _, o := range binary[n] {
			if p.peek(o) {
				op = o
			}
		}
		if op == "" {
			return e, nil
		}
		if links > 500 {
			return nil, p.next().at.errorf("the expression has more than 500 parts")
		}
		at := p.take().at
		var right *expr
		if right, err = p.level(n + 1); err == nil {
			e = &expr{op: op, args: []*expr{e, right}, at: at}
		}
	}
	return nil, err
}

func (p *parser) comparison() (*expr, error) {
	if p.peek("NOT") {
		at := p.take().at
		e, err := p.level(levelNot)
		return &expr{op: "NOT", args: []*expr{e}, at: at}, err
	}
	e, err := p.level(levelNot + 1)
	for err == nil {
		at := p.next().at
		one := func(op string, more ...*expr) { e = &expr{op: op, args: append([]*expr{e}, more...), at: at} }
		for _, op := range [...]string{"=", "<>", "<=", ">=", "<", ">"} {
			if p.eat(op) {
				right, err := p.level(levelNot + 1)
				if err != nil {
					return nil, err
				}
				if one(op, right); p.peek("=") || p.peek("<") || p.peek(">") {
					return nil, p.unexpected("AND between two comparisons")
				}
				return e, nil
			}
		}
		if p.eat("IS") {
			not := ""
			if p.eat("NOT") {
				not = "NOT "
			}
			switch {
			case p.eat("NULL"):
				one("IS " + not + "NULL")
			case p.eat("TRUE"):
				one("IS " + not + "TRUE")
			case p.eat("FALSE"):
				one("IS " + not + "FALSE")
			default:
				return nil, p.unexpected("NULL, TRUE or FALSE")
			}
			continue
		}
		not := p.peek("NOT")
		if not {
			p.take()
		}
		switch {
		case p.eat("LIKE"):
			var pattern *expr
			if pattern, err = p.level(levelNot + 1); err != nil {
				return nil, err
			}
			one("LIKE", pattern)
			if p.eat("ESCAPE") {
				t := p.next()
				if t.kind != tText || len(t.text) != 1 {
					return nil, p.unexpected(`one character in single quotes, like ESCAPE '\'`)
				}
				p.take()
				e.args = append(e.args, &expr{op: opLit, val: TextOf(t.text), at: t.at})
			}
		case p.eat("BETWEEN"):
			low, err := p.level(levelNot + 1)
			if err == nil {
				err = p.need("AND")
			}
			if err != nil {
				return nil, err
			}
			high, err := p.level(levelNot + 1)
			if err != nil {
				return nil, err
			}
			one("BETWEEN", low, high)
		case p.eat("IN"):
			if err = p.need("("); err != nil {
				return nil, err
			}
			if p.peek("SELECT") {
				return nil, p.unexpected("the values themselves (a query inside IN is a JOIN here)")
			}
			all, err := p.list()
			if err == nil {
				err = p.need(")")
			}
			if err != nil {
				return nil, err
			}
			one("IN", all...)
		case not:
			return nil, p.unexpected("LIKE, BETWEEN or IN behind NOT")
		default:
			return e, nil
		}
		if not {
			e = &expr{op: "NOT", args: []*expr{e}, at: at}
		}
	}
	return nil, err
}

func (p *parser) unary() (*expr, error) {
	if p.depth++; p.depth > maxDepth*8 {
		return nil, p.next().at.errorf("the expression has too many brackets in each other")
	}
	defer func() { p.depth-- }()
	at := p.next().at
	if p.eat("-") {
		e, err := p.unary()
		if err != nil {
			return nil, err
		}
		if e.op == opLit && e.val.kind == Int {
			e.val.n = -e.val.n
			return e, nil
		}
		if e.op == opLit && e.val.kind == Double {
			e.val = DoubleOf(-e.val.float())
			return e, nil
		}
		return &expr{op: opNeg, args: []*expr{e}, at: at}, nil
	}
	p.eat("+")
	return p.primary()
}

func (p *parser) primary() (e *expr, err error) {
	t := p.next()
	lit := func(v Value) (*expr, error) { return &expr{op: opLit, val: v, at: t.at}, nil }
	inside := func(op string) error { // reads the operands in brackets
		if err := p.need("("); err != nil {
			return err
		}
		e = &expr{op: op, at: t.at}
		one, err := p.expr()
		e.args = []*expr{one}
		return err
	}
	switch {
	case t.kind == tNumber:
		p.take()
		if n, err := strconv.ParseInt(t.text, 10, 64); err == nil {
			return lit(IntOf(n))
		}
		f, err := strconv.ParseFloat(t.text, 64)
		if err != nil {
			return nil, t.at.errorf("%q is no number", shorten(t.text))
		}
		return lit(DoubleOf(f))
	case t.kind == tText:
		p.take()
		return lit(TextOf(t.text))
	case p.eat("("):
		if p.peek("SELECT") {
			return nil, p.unexpected("a value (a query inside an expression is a JOIN here)")
		}
		if e, err = p.expr(); err == nil {
			err = p.need(")")
		}
		return e, err
	case p.eat("NULL"):
		return lit(Value{})
	case p.eat("TRUE"):
		return lit(BoolOf(true))
	case p.eat("FALSE"):
		return lit(BoolOf(false))
	case p.peek("INTERVAL"):
		n, err := p.interval()
		if err != nil {
			return nil, err
		}
		return lit(intervalOf(n))
	case (p.peek("TIMESTAMP") || p.peek("DATE")) && p.all[min(p.i+1, len(p.all)-1)].kind == tText:
		p.take()
		v, why := Type{Name: strings.ToUpper(t.text)}.cast(TextOf(p.next().text))
		if why != "" {
			return nil, p.next().at.errorf("%s", why)
		}
		p.take()
		return lit(v)
	case p.eat("CURRENT_TIMESTAMP"), p.eat("CURRENT_ROW_TIMESTAMP"), p.eat("LOCALTIMESTAMP"):
		return &expr{op: opCall, name: "CURRENT_ROW_TIMESTAMP", at: t.at}, nil
	case p.eat("CASE"):
		return p.cases(t.at)
	case p.eat("CAST"):
		if err = inside("CAST"); err == nil {
			if err = p.need("AS"); err == nil {
				if e.typ, err = p.typ(); err == nil {
					err = p.need(")")
				}
			}
		}
		return e, err
	case p.eat("STEP"):
		if err = inside(opStep); err == nil {
			if err = p.need("BY"); err == nil {
				if e.val.n, err = p.interval(); err == nil {
					e.val.kind = Interval
					if err = p.need(")"); err == nil && e.val.n <= 0 {
						err = t.at.errorf("a step is longer than nothing: write INTERVAL '10' SECOND")
					}
				}
			}
		}
		return e, err
	case p.eat("EXTRACT"):
		if err = p.need("("); err != nil {
			return nil, err
		}
		unit := strings.ToUpper(p.next().text)
		if !strings.Contains(" YEAR MONTH DAY HOUR MINUTE SECOND ", " "+unit+" ") || p.next().kind != tWord {
			return nil, p.unexpected("YEAR, MONTH, DAY, HOUR, MINUTE or SECOND")
		}
		p.take()
		if err = p.need("FROM"); err != nil {
			return nil, err
		}
		e = &expr{op: "EXTRACT", name: unit, at: t.at, args: make([]*expr, 1)}
		if e.args[0], err = p.expr(); err == nil {
			err = p.need(")")
		}
		return e, err
	case t.kind == tWord && p.all[min(p.i+1, len(p.all)-1)].is("(") && !isReserved(t.text):
		return p.call()
	}
	name, err := p.ident("a value: a column, a number, a text in single quotes or a function")
	if err != nil {
		return nil, err
	}
	e = &expr{op: opCol, name: name, at: t.at}
	if p.eat(".") {
		e.of = name
		if p.peek("*") {
			p.take()
			return &expr{op: opStar, of: name, at: t.at}, nil
		}
		if e.name, err = p.ident("a column of " + name); err != nil {
			return nil, err
		}
	}
	return e, nil
}

// cases reads CASE behind its first word. Its operands are pairs of condition and value, and last what else there is; in front of
// them, for CASE x WHEN, is x.
func (p *parser) cases(at pos) (e *expr, err error) {
	e = &expr{op: "CASE", at: at}
	var x *expr
	if !p.peek("WHEN") {
		if x, err = p.expr(); err != nil {
			return nil, err
		}
		e.op, e.args = opCaseOf, append(e.args, x)
	}
	if !p.peek("WHEN") {
		return nil, p.unexpected("WHEN")
	}
	for p.eat("WHEN") {
		if x, err = p.expr(); err != nil {
			return nil, err
		}
		e.args = append(e.args, x)
		if err = p.need("THEN"); err != nil {
			return nil, err
		}
		if x, err = p.expr(); err != nil {
			return nil, err
		}
		e.args = append(e.args, x)
	}
	if p.eat("ELSE") {
		if x, err = p.expr(); err != nil {
			return nil, err
		}
		e.args = append(e.args, x)
	}
	return e, p.need("END")
}

// call reads a function's call. FLOOR(x TO MINUTE), SUBSTRING(x FROM 2 FOR 3), POSITION(a IN b) and TRIM(BOTH 'x' FROM y) have a
// form of their own.
func (p *parser) call() (e *expr, err error) {
	t := p.take()
	p.take()
	e = &expr{op: opCall, name: strings.ToUpper(t.text), at: t.at}
	add := func() error {
		x, err := p.expr()
		e.args = append(e.args, x)
		return err
	}
	switch {
	case p.eat(")"):
		return e, p.overs(e)
	case p.peek("*"):
		e.args = []*expr{{op: opStar, at: p.take().at}}
	case e.name == "POSITION":
		var what *expr
		if what, err = p.level(levelNot + 1); err == nil {
			e.args = []*expr{what}
			if err = p.need("IN"); err == nil {
				err = add()
			}
		}
	case e.name == "TRIM":
		e.typ.Name = "BOTH"
		for _, side := range [...]string{"BOTH", "LEADING", "TRAILING"} {
			if p.eat(side) {
				e.typ.Name = side
			}
		}
		if !p.peek("FROM") {
			err = add()
		} else {
			e.args = []*expr{{op: opLit, val: TextOf(" "), at: t.at}}
		}
		if err == nil && p.eat("FROM") {
			err = add()
		} else if err == nil {
			e.args = []*expr{{op: opLit, val: TextOf(" "), at: t.at}, e.args[0]}
		}
	default:
		e.distinct = p.eat("DISTINCT")
		if err = add(); err != nil {
			return nil, err
		}
		switch {
		case (e.name == "FLOOR" || e.name == "CEIL") && p.eat("TO"):
			e.op, e.val.kind = e.name, Interval
			e.val.n, err = p.unit()
		case e.name == "SUBSTRING" && p.eat("FROM"):
			if err = add(); err == nil && p.eat("FOR") {
				err = add()
			}
		default:
			for err == nil && p.eat(",") {
				err = add()
			}
		}
	}
	if err == nil {
		err = p.need(")")
	}
	if err != nil {
		return nil, err
	}
	return e, p.overs(e)
}

// overs reads OVER behind a call.
func (p *parser) overs(e *expr) (err error) {
	if e.op != opCall || !p.peek("OVER") {
		return nil
	}
	at := p.take().at
	if p.peek("(") {
		e.over, err = p.window(at)
		return err
	}
	e.over = &window{at: at}
	e.over.name, err = p.ident("a window's name, or the window in brackets")
	return err
}
