package analytics

import (
	"strconv"
	"strings"
)

// A Program is an application's SQL, read, checked and bound to its source. It never changes.
type Program struct {
	Source     Source
	Text       string
	statements []*Statement
	fields     []field
	eventTime  int // column of the source that is its event time; -1 when none is
	streams    []stream
	pumps      []*pump
	sequences  bool
}

// Sequences says whether the program asks for sequence numbers, which take time to write: otherwise a record needs none.
func (p *Program) Sequences() bool { return p.sequences }

// A stream is an in-application stream.
type stream struct {
	name    string
	columns []Column // ROWTIME first
	query   bool     // it has no name in the program: the rows of a plain SELECT, or of a query inside another
	shown   bool
}

// A pump reads streams and inserts what a query gives into one.
type pump struct {
	name    string
	inputs  []input
	width   int // of the frame
	where   *expr
	group   []*expr
	step    int64 // of a tumbling window, 0 when there is none
	window  int   // which of group is that window
	stagger int64 // length of a stagger window
	aggs    []aggregate
	overs   []over
	having  *expr
	items   []*expr
	places  []int // of the columns into which the items go
	into    int
	errors  bool // it reads error_stream, so that its own errors are counted and no more
}

// A Table is rows that hold still: a reference table, or what a query in one go reads and gives.
type Table struct {
	Name    string
	Columns []Column
	Rows    [][]Value
}

// Compile reads a program and binds it to its source and its reference tables.
func Compile(text string, src Source, tables ...Table) (*Program, error) {
	p := &Program{Source: src, Text: text, eventTime: -1}
	source := stream{name: SourceStream, columns: []Column{{RowTime, Type{Name: "TIMESTAMP"}}}, shown: true}
	nowhere := func(format string, args ...any) error { return pos{}.errorf(format, args...) }
	if len(src.Columns) == 0 || len(src.Columns) > MaxColumns {
		return nil, nowhere("the source has %d columns: give 1 to %d, each with Name, Path and Type", len(src.Columns), MaxColumns)
	}
	for i, c := range src.Columns {
		t, err := ParseType(c.Type)
		if err != nil {
			return nil, nowhere("column %s of the source: %q is no type: write one of %s", name(c.Name), c.Type, typeNames)
		}
		path, ok := parsePath(c.Path)
		if !ok {
			return nil, nowhere("column %s of the source: %q is no path: write it like $.bike or $.route[0].name", name(c.Name), c.Path)
		}
		for _, o := range append(source.columns, Meta...) {
			if same(o.Name, c.Name) {
				return nil, nowhere("column %s of the source is there twice, or has a name that every row has: %s, %s", name(c.Name), RowTime, columnNames(Meta))
			}
		}
		if c.Name == "" {
			return nil, nowhere("column %d of the source has no Name", i+1)
		}
		if same(c.Name, src.EventTime) {
			if p.eventTime = i; t.Name != "TIMESTAMP" {
				return nil, nowhere("the event time %s is a %s: make it a TIMESTAMP", name(c.Name), t)
			}
		}
		p.fields = append(p.fields, field{path, t})
		source.columns = append(source.columns, Column{c.Name, t})
	}
	if src.EventTime != "" && p.eventTime < 0 {
		return nil, nowhere("the event time %s is no column of the source: write one of %s", name(src.EventTime), columnNames(source.columns[1:]))
	}
	source.columns = append(source.columns, Meta...)
	text200 := func(n string, size int) Column { return Column{n, Type{Name: "VARCHAR", Size: size}} }
	p.streams = []stream{source, {name: ErrorStream, shown: true, columns: []Column{{RowTime, Type{Name: "TIMESTAMP"}}, {"ERROR_TIME", Type{Name: "TIMESTAMP"}}, text200("ERROR_LEVEL", 10), text200("ERROR_NAME", 32),
		text200("MESSAGE", 4096), {"DATA_ROWTIME", Type{Name: "TIMESTAMP"}}, text200("DATA_ROW", 49152), text200("PUMP_NAME", 128)}}}
	var err error
	if p.statements, err = Parse(text); err != nil {
		return nil, err
	}
	c := compiler{p, tables}
	for _, s := range p.statements {
		switch s.kind {
		case "STREAM":
			err = c.stream(s)
		case "PUMP":
			err = c.pump(s)
		default:
			n := 1
			for _, x := range p.streams {
				if x.query && x.shown {
					n++
				}
			}
			into := -1
			if into, err = c.query(s.query, "SELECT_"+strconv.Itoa(n), nil); err == nil {
				p.streams[into].shown = true
			}
		}
		if err != nil {
			return nil, err
		}
	}
	return p, c.sort()
}

func columnNames(all []Column) string {
	var list []string
	for _, c := range all {
		list = append(list, c.Name)
	}
	return names(list)
}

type compiler struct {
	*Program
	tables []Table
}

func (p *Program) find(called string) int {
	for i := range p.streams {
		if !p.streams[i].query && same(p.streams[i].name, called) {
			return i
		}
	}
	return -1
}

func (c *compiler) stream(s *Statement) error {
	if c.find(s.name) >= 0 {
		return s.at.errorf("there is a stream %s already: give this one another name", name(s.name))
	}
	st := stream{name: s.name, columns: []Column{{RowTime, Type{Name: "TIMESTAMP"}}}, shown: true}
	for _, col := range s.columns {
		for _, o := range st.columns {
			if same(o.Name, col.Name) {
				return s.at.errorf("stream %s has two columns %s (ROWTIME it has by itself)", name(s.name), name(col.Name))
			}
		}
		st.columns = append(st.columns, col)
	}
	if len(st.columns) > MaxColumns {
		return s.at.errorf("stream %s has %d columns, and at most %d are taken", name(s.name), len(st.columns), MaxColumns)
	}
	c.streams = append(c.streams, st)
	return nil
}

func (c *compiler) pump(s *Statement) error {
	for _, o := range c.pumps {
		if same(o.name, s.name) {
			return s.at.errorf("there is a pump %s already: give this one another name", name(s.name))
		}
	}
	into := c.find(s.into)
	switch {
	case into < 0:
		return s.at.errorf("there is no stream %s to insert into: write CREATE OR REPLACE STREAM %s (...) in front of the pump; there are %s", name(s.into), name(s.into), c.streamNames())
	case into < 2:
		return s.at.errorf("nothing can be inserted into %s: it is filled by the application itself", name(s.into))
	}
	to := c.streams[into]
	var places []int
	for _, col := range s.intoCol {
		at := -1
		for i, x := range to.columns[1:] {
			if same(x.Name, col) {
				at = i
			}
		}
		if at < 0 {
			return s.at.errorf("stream %s has no column %s: it has %s", name(to.name), name(col), columnNames(to.columns[1:]))
		}
		places = append(places, at)
	}
	if s.intoCol == nil {
		for i := range to.columns[1:] {
			places = append(places, i)
		}
	}
	if !s.query.stream {
		return s.query.at.errorf("a pump reads a stream without end: write SELECT STREAM")
	}
	_, err := c.query(s.query, s.name, &target{into, places})
	return err
}

func (c *compiler) streamNames() string {
	var list []string
	for _, s := range c.streams {
		if !s.query {
			list = append(list, s.name)
		}
	}
	return names(list)
}

// A target is a stream into which a pump inserts, and into which of its columns.
type target struct {
	stream int
	places []int
}

// query makes a pump of a query: into a target, or into a stream of its own, whose number it answers.
func (c *compiler) query(q *Select, called string, to *target) (into int, err error) {
	switch {
	case q.distinct:
		return 0, q.at.errorf("a stream has no end, so DISTINCT would have to remember all of it: write GROUP BY with a window")
	case len(q.order) > 0:
		return 0, q.order[0].at.errorf("a stream has no end to sort at: rows come in the order of ROWTIME. Leave ORDER BY out")
	case q.limit >= 0:
		return 0, q.at.errorf("a stream has no end, so LIMIT has no meaning: leave it out")
	}
	p := &pump{name: called, window: -1}
	s := &scope{}
	for i := range q.from {
		f := &q.from[i]
		in := input{as: f.as, name: f.name, base: s.width, stream: -1, left: f.left}
		if f.sub != nil {
			if in.stream, err = c.query(f.sub, called, nil); err != nil {
				return 0, err
			}
			in.name = "the query in brackets"
		} else if in.stream = c.find(f.name); in.stream < 0 {
			for _, t := range c.tables {
				if same(t.Name, f.name) {
					in.columns, in.rows = t.Columns, t.Rows
				}
			}
			if in.columns == nil {
				return 0, c.unknown(f)
			}
		}
		if in.stream >= 0 {
			in.columns = c.streams[in.stream].columns
			p.errors = p.errors || in.stream == 1
		}
		if err = s.add(in, f); err != nil {
			return 0, err
		}
	}
	for i := range s.inputs {
		c.sequences = c.sequences || s.inputs[i].stream == 0 && asks(q)
	}
	p.inputs, p.width = s.inputs, s.width
	if err = p.checkJoin(q); err != nil {
		return 0, err
	}
	if err = c.bindQuery(p, s, q); err != nil {
		return 0, err
	}
	if p.group != nil || p.aggs != nil {
		if err = p.findWindow(q); err != nil {
			return 0, err
		}
	}
	cols := p.columns(s, q)
	if to != nil {
		p.into, p.places = to.stream, to.places
		if n := len(p.items); n != len(to.places) {
			return 0, q.at.errorf("the query gives %d columns, and stream %s takes %d: %s", n, name(c.streams[to.stream].name), len(to.places), columnNames(c.streams[to.stream].columns[1:]))
		}
	} else {
		st := stream{name: called, columns: []Column{{RowTime, Type{Name: "TIMESTAMP"}}}, query: true}
		kept := p.items[:0:0]
		for i, col := range cols {
			if same(col.Name, RowTime) {
				continue // it has one
			}
			p.places = append(p.places, len(kept))
			kept, st.columns = append(kept, p.items[i]), append(st.columns, col)
		}
		p.items, p.into = kept, len(c.streams)
		c.streams = append(c.streams, st)
	}
	c.pumps = append(c.pumps, p)
	return p.into, nil
}

func (c *compiler) unknown(f *from) error {
	var all []string
	for _, s := range c.streams {
		if !s.query {
			all = append(all, s.name)
		}
	}
	for _, t := range c.tables {
		all = append(all, t.Name)
	}
	return f.at.errorf("there is no stream %s: write one of %s", name(f.name), names(all))
}

// asks says whether a query may ask for sequence numbers.
func asks(q *Select) bool {
	text := strings.ToUpper(q.String())
	return strings.Contains(text, "SEQUENCE_NUMBER") || strings.Contains(text, "*,") || strings.Contains(text, "*\n") || strings.Contains(text, ".*")
}

// add adds an input to a scope, with its condition.
func (s *scope) add(in input, f *from) (err error) {
	for i := range s.inputs {
		if same(s.inputs[i].called(), in.called()) {
			return f.at.errorf("two sources are called %s: give them short names, like %s AS a", name(in.called()), name(in.name))
		}
	}
	s.inputs = append(s.inputs, in)
	s.width += len(in.columns)
	last := &s.inputs[len(s.inputs)-1]
	if f.over != nil {
		if len(f.over.partition) > 0 {
			return f.over.at.errorf("a window behind FROM has no PARTITION BY: ON says which rows belong together")
		}
		if last.over, err = s.bindWindow(f.over); err != nil {
			return err
		}
	}
	if f.on != nil {
		if last.on, err = s.source("ON").bind(f.on); err != nil {
			return err
		}
		err = boolean(last.on, "ON")
	}
	return err
}

func boolean(e *expr, what string) error {
	if e != nil && e.kind != Bool && e.kind != Null {
		return e.at.errorf("%s takes a condition, and this is a %s", what, e.kind)
	}
	return nil
}

// checkJoin says what cannot be joined.
func (p *pump) checkJoin(q *Select) error {
	streams, windows := 0, 0
	for i := range p.inputs {
		in := &p.inputs[i]
		if in.stream < 0 {
			if in.over != nil {
				return q.from[i].at.errorf("%s is a table and has no ROWTIME: leave OVER out", name(in.name))
			}
			continue
		}
		if streams++; in.over != nil {
			windows++
		}
		if in.left {
			return q.from[i].at.errorf("LEFT JOIN of two streams would have to know what still comes: write JOIN; LEFT JOIN is of a reference table")
		}
	}
	switch {
	case streams == 0:
		return q.from[0].at.errorf("a query without end reads a stream, and %s is a table", name(q.from[0].name))
	case p.inputs[0].stream < 0:
		return q.from[0].at.errorf("%s is a table: put the stream first, and the table behind JOIN", name(q.from[0].name))
	case streams > 1 && windows == 0:
		return q.from[1].at.errorf("two streams are joined within a window: write FROM a OVER (RANGE INTERVAL '1' MINUTE PRECEDING) AS a JOIN b OVER (RANGE INTERVAL '1' MINUTE PRECEDING) AS b ON ...")
	case streams == 1 && windows == 1:
		return q.from[0].at.errorf("a window behind FROM is for joining two streams: write COUNT(*) OVER (...) for a sliding window, or GROUP BY STEP(...)")
	}
	return nil
}

// bindQuery binds all but FROM.
func (c *compiler) bindQuery(p *pump, s *scope, q *Select) (err error) {
	src := s.source("WHERE")
	if p.where, err = src.bind(q.where); err == nil {
		err = boolean(p.where, "WHERE")
	}
	if err != nil {
		return err
	}
	group := q.group
	if q.stagger != nil {
		if group != nil {
			return q.group[0].at.errorf("a stagger window groups by its PARTITION BY: leave GROUP BY out")
		}
		if group = q.stagger.partition; group == nil || q.stagger.micros <= 0 {
			return q.stagger.at.errorf("write WINDOWED BY STAGGER (PARTITION BY s.column RANGE INTERVAL '1' MINUTE)")
		}
		p.stagger = q.stagger.micros
	}
	src.where = "GROUP BY"
	for _, e := range group {
		x, err := src.bind(e)
		if err != nil {
			return err
		}
		p.group = append(p.group, x)
	}
	for _, w := range q.windows {
		b, err := s.bindWindow(w)
		if err != nil {
			return err
		}
		b.name = w.name
		s.windows = append(s.windows, b)
	}
	it := &scope{inputs: s.inputs, width: s.width, windows: s.windows, group: p.group, aggs: &p.aggs, overs: &p.overs}
	it.grouped = group != nil || q.having != nil || anyAggregate(q)
	if it.grouped {
		it.overs = nil
	} else {
		it.aggs = nil
	}
	for _, x := range q.items {
		all, err := it.items(x)
		if err != nil {
			return err
		}
		p.items = append(p.items, all...)
	}
	if p.having, err = it.bind(q.having); err == nil {
		err = boolean(p.having, "HAVING")
	}
	slot := p.width
	for i := range p.overs {
		p.overs[i].slot = slot
		slot += len(p.overs[i].aggs)
	}
	for _, e := range p.items {
		settle(e, p.overs)
	}
	return err
}

// items binds what a SELECT asks for: a * is all columns but ROWTIME.
func (s *scope) items(x item) (all []*expr, err error) {
	if x.e.op != opStar {
		e, err := s.bind(x.e)
		return []*expr{e}, err
	}
	err = x.e.at.errorf("there is no %s behind FROM", name(x.e.of))
	for i := range s.inputs {
		in := &s.inputs[i]
		if x.e.of != "" && !same(x.e.of, in.called()) {
			continue
		}
		err = nil
		for _, col := range in.columns {
			if in.stream >= 0 && col.Name == RowTime {
				continue
			}
			e, err := s.bind(&expr{op: opCol, of: in.called(), name: col.Name, at: x.e.at})
			if err != nil {
				return nil, err
			}
			all = append(all, e)
		}
	}
	return all, err
}

// anyAggregate says whether a query asks for an aggregate without OVER.
func anyAggregate(q *Select) bool {
	var look func(e *expr) bool
	look = func(e *expr) bool {
		if e == nil {
			return false
		}
		if e.op == opCall && isAggregate(e.name) {
			return e.over == nil
		}
		for _, a := range e.args {
			if look(a) {
				return true
			}
		}
		return false
	}
	for _, it := range q.items {
		if look(it.e) {
			return true
		}
	}
	return false
}

// columns names the columns that a query gives, as SQL does: by AS, by the column, or EXPR$0.
func (p *pump) columns(s *scope, q *Select) (all []Column) {
	add := func(called string) {
		if called == "" {
			called = "EXPR$" + strconv.Itoa(len(all))
		}
		for i := range all { // names are unique
			if same(all[i].Name, called) {
				called += strconv.Itoa(len(all))
			}
		}
		t := Type{Name: [...]string{"", "BOOLEAN", "BIGINT", "DOUBLE", "VARCHAR", "TIMESTAMP", ""}[p.items[len(all)].kind]}
		all = append(all, Column{called, t})
	}
	for _, it := range q.items {
		switch {
		case it.e.op == opStar:
			for i := range s.inputs {
				in := &s.inputs[i]
				for _, col := range in.columns {
					if (it.e.of == "" || same(it.e.of, in.called())) && (in.stream < 0 || col.Name != RowTime) {
						add(col.Name)
					}
				}
			}
		case it.as != "":
			add(it.as)
		case it.e.op == opCol:
			add(it.e.name)
		default:
			add("")
		}
	}
	return all
}

// findWindow finds the window of a query that groups: an expression that a later ROWTIME moves on.
func (p *pump) findWindow(q *Select) error {
	if p.stagger > 0 {
		return nil
	}
	for i, e := range p.group {
		if e.op != opStep && e.op != "FLOOR" || e.args[0].op != opCol {
			continue
		}
		for k := range p.inputs {
			if in := &p.inputs[k]; in.stream >= 0 && e.args[0].slot == in.base {
				p.step, p.window = e.val.n, i
			}
		}
	}
	if p.step == 0 {
		at := q.at
		if len(q.group) > 0 {
			at = q.group[0].at
		}
		s := name(p.inputs[0].called())
		return at.errorf("the query groups rows of a stream and no window ends: add STEP(%s.ROWTIME BY INTERVAL '60' SECOND) or FLOOR(%s.ROWTIME TO MINUTE) to GROUP BY", s, s)
	}
	return nil
}

// sort puts the pumps in an order in which each stands behind those whose streams it reads, and says so when there is none.
func (c *compiler) sort() error {
	var sorted []*pump
	left := c.pumps
	for len(left) > 0 {
		var rest []*pump
		for _, p := range left {
			ready := true
			for _, in := range p.inputs {
				for _, o := range left {
					ready = ready && o.into != in.stream
				}
			}
			if ready {
				sorted = append(sorted, p)
			} else {
				rest = append(rest, p)
			}
		}
		if len(rest) == len(left) {
			var list []string
			for _, p := range left {
				list = append(list, p.name)
			}
			return pos{}.errorf("the pumps %s run in a circle: one of them must not read what it fills", names(list))
		}
		left = rest
	}
	c.pumps = sorted
	return nil
}

// String writes the program so that it reads as the same.
func (p *Program) String() string { return Print(p.statements) }

// Print writes statements so that they read as the same.
func Print(all []*Statement) string {
	var b []string
	for _, s := range all {
		b = append(b, s.String()+";\n")
	}
	return strings.Join(b, "\n")
}
