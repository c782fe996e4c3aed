package analytics

import (
	"strconv"
	"strings"

	"shardlab/wasm/aws"
)

// RowTime is the column that every stream has: when a row is there.
const RowTime = "ROWTIME"

// An input is one of what a query reads: a stream, or a table that holds still.
type input struct {
	name, as string
	columns  []Column // of a stream ROWTIME first
	base     int      // its first slot in the frame
	stream   int      // number of the stream; -1 of a table
	rows     [][]Value
	over     *window
	on       *expr
	left     bool
}

func (in *input) called() string {
	if in.as != "" {
		return in.as
	}
	return in.name
}

// A scope is what names mean in a query.
type scope struct {
	inputs  []input
	width   int
	windows []*window // named ones, bound

	// Of a query that groups: what it groups by, bound, in the slots from 0 on; its aggregates follow.
	grouped bool
	group   []*expr
	aggs    *[]aggregate // where aggregates go; nil where none may stand
	overs   *[]over      // where those with OVER go
	where   string       // what is being read, for errors: "WHERE"
}

// An over is what is computed over one window, and where the results go.
type over struct {
	w     *window
	words string // of the window as the learner wrote it
	aggs  []aggregate
	slot  int
}

func same(a, b string) bool { return strings.EqualFold(a, b) }

// find finds what a column means.
func (s *scope) find(e *expr) (slot int, c Column, err error) {
	found, from := -1, 0
	var all []string
	for i := range s.inputs {
		in := &s.inputs[i]
		if e.of != "" && !same(e.of, in.called()) {
			continue
		}
		from++
		hit := -1
		for k, col := range in.columns {
			if all = append(all, col.Name); col.Name == e.name || hit < 0 && same(col.Name, e.name) {
				hit, c = k, col
			}
		}
		if hit >= 0 {
			if found >= 0 && !same(e.name, RowTime) {
				return 0, c, e.at.errorf("%s is a column of %s and of %s: write which, like %s.%s", e.name, s.inputs[0].called(), in.called(), name(in.called()), name(e.name))
			}
			if found < 0 {
				found = in.base + hit
			}
		}
	}
	switch {
	case found >= 0:
		return found, c, nil
	case from == 0:
		var called []string
		for i := range s.inputs {
			called = append(called, name(s.inputs[i].called()))
		}
		return 0, c, e.at.errorf("there is no %s behind FROM: write one of %s in front of the point", name(e.of), strings.Join(called, ", "))
	}
	hint := ""
	if near := aws.Nearest(e.name, all); near != "" {
		hint = " Did you mean " + name(near) + "?"
	}
	return 0, c, e.at.errorf("there is no column %s.%s There are %s", name(e.name), hint, names(all))
}

// column is an expression that reads a slot. Its name tells the slot, so that two expressions that were bound are the same when they
// are written the same.
func column(slot int, k Kind, at pos) *expr {
	return &expr{op: opCol, name: "#" + strconv.Itoa(slot), slot: slot, kind: k, at: at}
}

// source is the scope of what stands inside an aggregate, or behind GROUP BY.
func (s *scope) source(where string) *scope {
	return &scope{inputs: s.inputs, width: s.width, windows: s.windows, where: where}
}

// bind finds what every name of an expression means and of what kind it is.
func (s *scope) bind(e *expr) (*expr, error) {
	if e == nil {
		return nil, nil
	}
	if s.grouped {
		if b, err := s.source("").bind(e); err == nil { // is it what is grouped by?
			for i, g := range s.group {
				if g.String() == b.String() {
					return column(i, g.kind, e.at), nil
				}
			}
			if e.op == opCol {
				return nil, e.at.errorf("%s is neither in GROUP BY nor inside an aggregate: add it to GROUP BY, or write MAX(%s)", e, e)
			}
		} else if e.op == opCol {
			return nil, err
		}
	}
	b := *e
	b.args = nil
	if e.op == opCall && isAggregate(e.name) {
		return s.aggregate(e)
	}
	if e.op == opStar {
		return nil, e.at.errorf("* stands in COUNT(*) and alone behind SELECT: write a column here")
	}
	if e.op == opCol {
		slot, c, err := s.find(e)
		if err != nil {
			return nil, err
		}
		k, _ := c.Type.kind()
		return column(slot, k, e.at), nil
	}
	for _, a := range e.args {
		x, err := s.bind(a)
		if err != nil {
			return nil, err
		}
		b.args = append(b.args, x)
	}
	kinds := func(i int) Kind { return b.args[i].kind }
	need := func(i int, want Kind, what string) error {
		if k := kinds(i); k != want && k != Null {
			return b.args[i].at.errorf("%s takes a %s, and this is a %s", what, want, k)
		}
		return nil
	}
	// alike says so when two operands cannot be compared.
	alike := func(i, j int) error {
		x, y := kinds(i), kinds(j)
		if x == Null || y == Null || x == y || fits(x, 'n') && fits(y, 'n') {
			return nil
		}
		hint := "CAST one of them"
		if x == Time && y == Text || x == Text && y == Time {
			hint = "write TIMESTAMP '2026-03-02 08:00:00', or CAST it AS TIMESTAMP"
		}
		return e.at.errorf("a %s and a %s do not compare: %s", x, y, hint)
	}
	if e.over != nil {
		return nil, e.at.errorf("%s is no aggregate, so it takes no OVER: the aggregates are %s", e.name, aggregateNames)
	}
	var err error
	switch e.op {
	case opLit:
		b.kind = e.val.kind
	case "AND", "OR":
		if err = need(0, Bool, e.op); err == nil {
			err = need(1, Bool, e.op)
		}
		b.kind = Bool
	case "NOT":
		err, b.kind = need(0, Bool, e.op), Bool
	case "=", "<>", "<", "<=", ">", ">=":
		err, b.kind = alike(0, 1), Bool
	case "BETWEEN", "IN":
		for i := 1; i < len(b.args) && err == nil; i++ {
			err = alike(0, i)
		}
		b.kind = Bool
	case "LIKE":
		if err = need(0, Text, e.op); err == nil {
			err = need(1, Text, e.op)
		}
		b.kind = Bool
	case "CASE", opCaseOf:
		first := 0
		if e.op == opCaseOf {
			first = 1
		}
		for i := first; i < len(b.args) && err == nil; i++ {
			condition := (i-first)%2 == 0 && i+1 < len(b.args)
			switch {
			case condition && first == 1:
				err = alike(0, i)
			case condition:
				err = need(i, Bool, "WHEN")
			case b.kind == Null || b.kind == Int && kinds(i) == Double:
				b.kind = kinds(i)
			}
		}
	case "CAST":
		b.kind, _ = e.typ.kind()
	case opStep, "FLOOR", "CEIL":
		if b.kind = kinds(0); b.kind != Null && b.kind != Time && b.kind != Interval {
			err = e.at.errorf("%s takes a timestamp, and this is a %s: CAST it AS TIMESTAMP", e.op, b.kind)
		}
	case "EXTRACT":
		err, b.kind = need(0, Time, e.op), Int
	case "||":
		b.kind = Text
	case "+", "-", "*", "/", "%", opNeg:
		for i := range b.args {
			if k := kinds(i); k == Text || k == Bool {
				return nil, b.args[i].at.errorf("%s takes numbers, and this is a %s: CAST it AS DOUBLE", strings.Replace(e.op, opNeg, "-", 1), k)
			}
		}
		b.kind = kinds(0)
		if len(b.args) == 2 {
			x, y := kinds(0), kinds(1)
			switch {
			case x == Null || y == Null:
				b.kind = Null
			case x == Int && y == Double, x == Int && y == Interval:
				b.kind = y
			case x == Time && y == Time:
				b.kind = Interval
			case x == Interval && y == Time:
				b.kind = Time
			}
		}
	case opCall:
		f := findFunction(e.name)
		if f == nil {
			return nil, unknownFunction(e)
		}
		if e.distinct {
			return nil, e.at.errorf("%s takes no DISTINCT: it stands in COUNT(DISTINCT x)", e.name)
		}
		if n := len(b.args); n < f.least || n > f.most {
			return nil, e.at.errorf("%s takes %s, and here are %d", e.name, howMany(f.least, f.most), n)
		}
		b.kind = f.gives
		for i := range b.args {
			if want := f.takes[min(i, len(f.takes)-1)]; kinds(i) != Null && !fits(kinds(i), want) {
				return nil, b.args[i].at.errorf("%s takes %s here, and this is a %s: CAST it", e.name, letters(want), kinds(i))
			}
			if f.gives == Null && (b.kind == Null || b.kind == Int && kinds(i) == Double) {
				b.kind = kinds(i)
			}
		}
	default: // IS ...
		b.kind = Bool
	}
	return &b, err
}

func howMany(least, most int) string {
	s := strconv.Itoa(least)
	if most > least {
		s += " to " + strconv.Itoa(most)
	}
	if s == "1" {
		return "1 operand"
	}
	return s + " operands"
}

func unknownFunction(e *expr) error {
	var all []string
	for _, f := range functions {
		all = append(all, f.name)
	}
	switch e.name {
	case "RANDOM_CUT_FOREST", "RANDOM_CUT_FOREST_WITH_EXPLANATION", "HOTSPOTS", "TOP_K_ITEMS_TUMBLING", "COUNT_DISTINCT_ITEMS_TUMBLING":
		return e.at.errorf("%s of the retired service is not built here: the lab has windows, joins and aggregates", e.name)
	}
	hint := ""
	if near := aws.Nearest(e.name, append(all, strings.Split(aggregateNames, ", ")...)); near != "" {
		hint = " Did you mean " + near + "?"
	}
	return e.at.errorf("there is no function %s.%s There are %s, and the aggregates %s", name(e.name), hint, strings.Join(all, ", "), aggregateNames)
}

// aggregate binds an aggregate to the slot of its result.
func (s *scope) aggregate(e *expr) (*expr, error) {
	g := aggregate{fn: e.name, distinct: e.distinct}
	if len(e.args) != 1 {
		return nil, e.at.errorf("%s takes one operand: write %s(x)", e.name, e.name)
	}
	k := Null
	if e.args[0].op == opStar {
		if e.name != "COUNT" || e.args[0].of != "" {
			return nil, e.at.errorf("* stands in COUNT(*) alone: write %s of a column", e.name)
		}
	} else {
		var err error
		if g.arg, err = s.source("inside " + e.name).bind(e.args[0]); err != nil {
			return nil, err
		}
		if k = g.arg.kind; !strings.Contains("COUNT MIN MAX FIRST_VALUE LAST_VALUE", e.name) && k != Null && !fits(k, 'n') && (k != Interval || e.name != "SUM") {
			return nil, e.args[0].at.errorf("%s takes numbers, and this is a %s: CAST it AS DOUBLE", e.name, k)
		}
	}
	kind := g.kind(k)
	if e.over == nil {
		if s.aggs == nil {
			if s.where != "" {
				return nil, e.at.errorf("%s cannot stand in %s: an aggregate's result is asked for in HAVING", e.name, s.where)
			}
			return nil, e.at.errorf("%s needs to know of which rows: add GROUP BY with a window, like GROUP BY STEP(s.ROWTIME BY INTERVAL '60' SECOND), or write %s OVER (RANGE INTERVAL '1' MINUTE PRECEDING)", e.name, e)
		}
		for i, o := range *s.aggs {
			if o.fn == g.fn && o.distinct == g.distinct && text(o.arg) == text(g.arg) {
				return column(len(s.group)+i, kind, e.at), nil
			}
		}
		*s.aggs = append(*s.aggs, g)
		return column(len(s.group)+len(*s.aggs)-1, kind, e.at), nil
	}
	if s.overs == nil {
		what := s.where
		if what == "" {
			what = "a query that groups: a sliding window is a query of its own"
		}
		return nil, e.at.errorf("OVER cannot stand in %s", what)
	}
	words := e.over.String()
	w, err := s.window(e.over)
	if err != nil {
		return nil, err
	}
	at := -1
	slot := s.width
	for i, o := range *s.overs {
		if o.w.String() == w.String() {
			at = i
		}
		slot += len(o.aggs)
	}
	if at < 0 {
		*s.overs = append(*s.overs, over{w: w, words: words})
		at = len(*s.overs) - 1
	}
	// Results lie one behind the other in the order in which they were found: a slot is fixed when all are.
	o := &(*s.overs)[at]
	o.aggs = append(o.aggs, g)
	c := column(slot, kind, e.at)
	c.of, c.slot = "over", at<<16|len(o.aggs)-1 // settle makes a slot of it
	return c, nil
}

func text(e *expr) string {
	if e == nil {
		return "*"
	}
	return e.String()
}

// settle gives the results of windows their slots, once all windows are known.
func settle(e *expr, overs []over) {
	if e == nil {
		return
	}
	if e.op == opCol && e.of == "over" {
		e.of, e.slot = "", overs[e.slot>>16].slot+e.slot&0xffff
	}
	for _, a := range e.args {
		settle(a, overs)
	}
}

// window binds a window, or finds a named one.
func (s *scope) window(w *window) (*window, error) {
	if w.name != "" {
		var all []string
		for _, n := range s.windows {
			if same(n.name, w.name) {
				return n, nil
			}
			all = append(all, n.name)
		}
		return nil, w.at.errorf("there is no window %s: write WINDOW %s AS (RANGE INTERVAL '1' MINUTE PRECEDING) at the end of the query%s", name(w.name), name(w.name), behind("; there are ", names(all)))
	}
	return s.bindWindow(w)
}

func behind(words, list string) string {
	if list == "" {
		return ""
	}
	return words + list
}

func (s *scope) bindWindow(w *window) (*window, error) {
	b := *w
	b.partition = nil
	for _, e := range w.partition {
		x, err := s.source("PARTITION BY").bind(e)
		if err != nil {
			return nil, err
		}
		b.partition = append(b.partition, x)
	}
	if !w.byRows && !w.unbounded && w.micros <= 0 {
		return nil, w.at.errorf("the window is as long as nothing: write RANGE INTERVAL '1' MINUTE PRECEDING")
	}
	return &b, nil
}
