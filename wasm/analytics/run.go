package analytics

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"shardlab/wasm/sim"
)

// Bounds of what an application remembers.
const (
	KeptRows = 1000    // of each stream, to look at. Ours
	MaxHeld  = 200_000 // rows in windows and joins, groups, and rows that wait for older ones, of an application. Ours

	// MaxFrames is how many combinations of rows the joins of a pump try for a row of the source, and for a group that closes. Ours
	MaxFrames = 50_000
)

// A Row is a row of a stream.
type Row struct {
	At     sim.Instant // ROWTIME
	Values []Value
}

// An Out is a row that a destination wants.
type Out struct {
	Stream int
	Row    Row
}

// Totals is what an application counted.
type Totals struct {
	Records, Bytes int64 // read
	Rows           int64 // that records became
	Late           int64 // older than the watermark, and left out
	Errors         int64
	Results        int64 // rows that pumps inserted
}

// An App runs a program. It is plain data: [App.Clone] goes on as the original would.
type App struct {
	*Program
	rows    []sim.List[Row] // by stream
	pumps   []state         // by pump
	waiting []Row           // of an event-time source: rows that wait for older ones, oldest first
	bound   int64           // of an event-time source: its watermark; 0 before the first row
	held    int
	sweepAt int
	failing bool // an error's row is on its way
	wanted  []bool
	out     []Out
	closed  []Closing
	total   Totals
	late    string // the latest late row, in words
}

// state is what a pump remembers.
type state struct {
	sides  [][]Row // by input: rows of its window, oldest first
	groups []*group
	index  map[string]*group
	owner  *App  // who may change groups and index; whoever else copies them first
	close  int64 // when the first group closes
	overs  [][]*part
	parts  []map[string]*part
	frames int   // combinations that its joins tried since the row of the source that is on its way
	calc   *calc // room for the frame: a pump never runs inside itself
}

// A group is rows that a window gathers.
type group struct {
	key    string
	values []Value
	tally  []tally
	close  int64
	rows   int64
}

// A part is the rows of one partition of a sliding window. Their aggregates are computed without looking at all of them again: front
// holds, for each row up to mid, what it and the later ones up to mid come to; back is what came since. front never changes.
type part struct {
	key   string
	rows  sim.List[entry]
	mid   int64
	base  int64 // of front
	front [][]tally
	back  []tally
}

type entry struct {
	at   int64
	args []Value
}

// Start returns an application at its beginning.
func (p *Program) Start() *App {
	a := &App{Program: p, rows: make([]sim.List[Row], len(p.streams)), pumps: make([]state, len(p.pumps)), wanted: make([]bool, len(p.streams)), sweepAt: 4096}
	for i, x := range p.pumps {
		a.pumps[i] = state{close: never, sides: make([][]Row, len(x.inputs)), index: map[string]*group{}, overs: make([][]*part, len(x.overs)), parts: make([]map[string]*part, len(x.overs))}
		for k := range x.overs {
			a.pumps[i].parts[k] = map[string]*part{}
		}
	}
	return a
}

// Want asks for the rows of a stream, for Take.
func (a *App) Want(stream int) { a.wanted[stream] = true }

// Take hands out the rows that were asked for since the last time.
func (a *App) Take() []Out {
	out := a.out
	a.out = nil
	return out
}

// A Closing is windows of a pump that closed at an instant, and how many rows they gave.
type Closing struct {
	Pump    string
	At      sim.Instant
	Rows    int64
	Stagger bool
}

// Closed tells which windows closed since the last time, at most 50.
func (a *App) Closed() []Closing {
	all := a.closed
	a.closed = nil
	return all
}

// JSON writes a row as a destination gets it: an object with the columns, without ROWTIME.
func (p *Program) JSON(o Out) []byte {
	b := []byte{'{'}
	for i, c := range p.streams[o.Stream].columns[1:] {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(quoteJSON(b, c.Name), ':')
		b = o.Row.Values[i].JSON(b)
	}
	return append(b, '}')
}

// Total is what it counted, and Late the latest late row in words.
func (a *App) Total() Totals { return a.total }
func (a *App) Late() string  { return a.late }

// Watermark is up to when an event-time source is complete, as far as the application waits; 0 before its first row and of a source
// without event time.
func (a *App) Watermark() sim.Instant { return sim.Instant(a.bound) }

// Waiting is how many rows wait for older ones, Held how many those, windows and joins hold, groups included.
func (a *App) Waiting() int { return len(a.waiting) }
func (a *App) Held() int    { return a.held }

// A View is a stream to look at. Columns begin with ROWTIME.
type View struct {
	Name    string
	Columns []Column
	Total   int64 // rows that ever were
	Rows    []Row // the latest, oldest first; at most KeptRows
}

// Views are the streams of an application with their latest rows, at most so many.
func (a *App) Views(most int) []View {
	var all []View
	for i, s := range a.streams {
		if !s.shown {
			continue
		}
		v := View{s.name, s.columns, a.rows[i].Next(), nil}
		for n := max(a.rows[i].First(), a.rows[i].Next()-int64(most)); n < a.rows[i].Next(); n++ {
			v.Rows = append(v.Rows, *a.rows[i].At(n))
		}
		all = append(all, v)
	}
	return all
}

// Stream finds a stream by its name, as it may be written.
func (p *Program) Stream(called string) (stream int, columns []Column, ok bool) {
	for i, s := range p.streams {
		if s.shown && same(s.name, called) {
			return i, s.columns, true
		}
	}
	return 0, nil, false
}

// A WindowView is the open windows of a pump.
type WindowView struct {
	Pump, Words string
	Open        int         // groups, or partitions of a sliding window
	Rows        int64       // in them
	Close       sim.Instant // when the first one closes; 0 of a sliding window
}

// Windows are the windows that are open.
func (a *App) Windows() []WindowView {
	var all []WindowView
	for i, p := range a.Program.pumps {
		s := &a.pumps[i]
		w := WindowView{Pump: p.name}
		switch {
		case p.stagger > 0:
			w.Words = "stagger, " + interval(p.stagger)
		case p.step > 0:
			w.Words = "tumbling, " + interval(p.step)
		}
		if w.Words != "" {
			if w.Open = len(s.groups); w.Open > 0 {
				w.Close = sim.Instant(s.close)
			}
			for _, g := range s.groups {
				w.Rows += g.rows
			}
			all = append(all, w)
		}
		for k := range p.overs {
			w := WindowView{Pump: p.name, Words: "sliding, " + p.overs[k].words, Open: len(s.overs[k])}
			for _, x := range s.overs[k] {
				w.Rows += int64(x.rows.Len())
			}
			all = append(all, w)
		}
		for k := range p.inputs {
			if p.inputs[k].over != nil {
				all = append(all, WindowView{Pump: p.name, Words: "join, " + p.inputs[k].called(), Open: 1, Rows: int64(len(s.sides[k]))})
			}
		}
	}
	return all
}

// NextClose is when a window closes next if nothing more comes, false when none does: of an event-time source only a row moves time.
func (a *App) NextClose() (sim.Instant, bool) {
	next := int64(never)
	if a.eventTime < 0 {
		for i := range a.pumps {
			next = min(next, a.pumps[i].close)
		}
	}
	return sim.Instant(next), next != never
}

// Ingest takes records that were read at an instant.
func (a *App) Ingest(now sim.Instant, records []Record) {
	for i := range records {
		r := &records[i]
		a.begin()
		a.total.Records++
		a.total.Bytes += int64(len(r.Data))
		v, why := a.row(r)
		if why == "" && a.eventTime >= 0 && v[a.eventTime].kind == Null {
			why = "column " + name(a.streams[0].columns[a.eventTime+1].Name) + " is NULL, and it is the event time"
		}
		if why != "" {
			a.Advance(now)
			at := now
			if a.eventTime >= 0 {
				at = sim.Instant(a.bound)
			}
			a.fail(at, "source", why, string(r.Data), now)
			continue
		}
		a.total.Rows++
		if a.eventTime < 0 {
			a.Advance(now)
			a.begin()
			a.push(0, Row{now, v})
			continue
		}
		row := Row{sim.Instant(v[a.eventTime].n), v}
		if int64(row.At) < a.bound {
			a.total.Late++
			a.late = fmt.Sprintf("%s, %s behind the watermark %s", row.At.Time().Format(timeForm), sim.Instant(a.bound).Sub(row.At), sim.Instant(a.bound).Time().Format(timeForm))
			continue
		}
		a.bound = max(a.bound, int64(row.At)-a.Source.LatenessMillis*1000)
		a.release()
		switch {
		case int64(row.At) <= a.bound:
			a.begin()
			a.push(0, row)
			a.advance(a.bound)
		case a.full(a.bound):
			why := fmt.Sprintf("%d rows are held already, and %d of them wait for older ones: make LatenessMillis or the windows shorter", a.held, len(a.waiting))
			a.fail(sim.Instant(a.bound), "source", why, string(r.Data), now)
		default:
			a.wait(row)
		}
	}
}

// wait puts a row among those that wait for older ones. Most come nearly in order, so its place is looked for from the end.
func (a *App) wait(row Row) {
	n := len(a.waiting)
	for n > 0 && a.waiting[n-1].At > row.At {
		n--
	}
	a.waiting = append(a.waiting, Row{})
	copy(a.waiting[n+1:], a.waiting[n:])
	a.waiting[n] = row
	a.held++
}

// release lets rows go that wait for nothing any more. Those that stay are not moved: nobody else has the list.
func (a *App) release() {
	for len(a.waiting) > 0 && int64(a.waiting[0].At) <= a.bound {
		r := a.waiting[0]
		a.waiting[0], a.waiting = Row{}, a.waiting[1:]
		a.held--
		a.advance(int64(r.At))
		a.begin()
		a.push(0, r)
	}
	a.advance(a.bound)
}

// begin lets the joins try as much as they may again.
func (a *App) begin() {
	for i := range a.pumps {
		a.pumps[i].frames = 0
	}
}

// Advance closes the windows that end at an instant or before.
func (a *App) Advance(now sim.Instant) {
	if a.eventTime < 0 {
		a.advance(int64(now))
	}
}

// advance closes windows in the order in which they end.
func (a *App) advance(bound int64) {
	for {
		first, at := -1, bound
		for i := range a.pumps {
			if c := a.pumps[i].close; c <= at && (first < 0 || c < at) {
				first, at = i, c
			}
		}
		if first < 0 {
			return
		}
		a.closeGroups(first, at)
	}
}

// closeGroups gives out the groups of a pump that close at an instant.
func (a *App) closeGroups(i int, at int64) {
	p, s := a.Program.pumps[i], a.own(i)
	var due, left []*group
	s.close = never
	for _, g := range s.groups {
		if g.close <= at {
			due = append(due, g)
			delete(s.index, g.key)
		} else {
			left = append(left, g)
			s.close = min(s.close, g.close)
		}
	}
	s.groups = left
	a.held -= len(due)
	results := a.total.Results
	for _, g := range due {
		a.begin()
		c := calc{frame: make([]Value, 0, len(p.group)+len(p.aggs)), at: at}
		c.frame = append(c.frame, g.values...)
		for k := range p.aggs {
			c.frame = append(c.frame, g.tally[k].value(&p.aggs[k]))
		}
		if c.holds(p.having) {
			a.emit(p, &c, sim.Instant(at))
		} else if c.fault != "" {
			a.fault(p, &c)
		}
	}
	const told = 50
	if len(a.closed) < told {
		a.closed = append(a.closed, Closing{p.name, sim.Instant(at), a.total.Results - results, p.stagger > 0})
	}
}

// push puts a row into a stream, and through the pumps that read it.
func (a *App) push(stream int, r Row) {
	rows := &a.rows[stream]
	if rows.Append(r); rows.Len() > KeptRows+KeptRows/4 {
		rows.TrimTo(rows.Next() - KeptRows)
	}
	if a.wanted[stream] {
		a.out = append(a.out, Out{stream, r})
	}
	for i, p := range a.Program.pumps {
		fed := false
		for k := range p.inputs {
			if p.inputs[k].stream == stream {
				for a.pumps[i].close <= int64(r.At) {
					a.closeGroups(i, a.pumps[i].close)
				}
				a.feed(i, k, r)
				fed = true
			}
		}
		if fed && a.pumps[i].frames > MaxFrames {
			c := calc{at: int64(r.At), frame: make([]Value, 1+len(r.Values))}
			fill(c.frame, r)
			c.fail(fmt.Sprintf("the joins try more than %d combinations of rows for this row, and leave out the rest: make the windows or the table shorter", MaxFrames))
			a.fault(p, &c)
		}
	}
}

// feed gives a row to an input of a pump.
func (a *App) feed(i, input int, r Row) {
	p, s := a.Program.pumps[i], &a.pumps[i]
	if s.calc == nil {
		s.calc = &calc{frame: make([]Value, p.width, p.width+8)}
	}
	c := s.calc
	c.at, c.fault = int64(r.At), ""
	fill(c.frame[p.inputs[input].base:], r)
	a.join(i, input, 0, c)
	if w := p.inputs[input].over; w != nil && a.hold(p, c) {
		s.sides[input] = append(s.sides[input], r)
		a.leave(s, p, input, c.at)
	}
}

// leave lets go of the rows that left the window of an input.
func (a *App) leave(s *state, p *pump, n int, now int64) {
	side, w, drop := s.sides[n], p.inputs[n].over, 0
	for drop < len(side) && (w.byRows && int64(len(side)-drop) > w.rows+1 || !w.byRows && !w.unbounded && int64(side[drop].At) < now-w.micros) {
		drop++
	}
	s.sides[n] = side[drop:]
	a.held -= drop
}

func fill(frame []Value, r Row) {
	frame[0] = TimeOf(r.At)
	copy(frame[1:], r.Values)
}

// full says whether no more rows can be remembered.
func (a *App) full(now int64) bool {
	if a.held >= MaxHeld {
		a.sweep(now)
	}
	return a.held >= MaxHeld
}

// hold counts a row that is to be remembered; it is not ok when there are too many.
func (a *App) hold(p *pump, c *calc) bool {
	if a.full(c.at) {
		why := fmt.Sprintf("the windows hold %d rows already: make them shorter, or group", a.held-len(a.waiting))
		if len(a.waiting) > 0 {
			why += fmt.Sprintf("; %d more wait for older ones: make LatenessMillis shorter", len(a.waiting))
		}
		c.fail(why)
		a.fault(p, c)
		return false
	}
	a.held++
	return true
}

// join fills the frame with rows of the inputs from n on, given is filled, and lets each match go on. It ends early once MaxFrames were
// tried.
func (a *App) join(i, given, n int, c *calc) {
	p, s := a.Program.pumps[i], &a.pumps[i]
	if n == len(p.inputs) {
		a.filter(i, c)
		return
	}
	in := &p.inputs[n]
	on := func() bool {
		if c.holds(in.on) {
			return true
		}
		if c.fault != "" {
			a.fault(p, c)
		}
		return false
	}
	switch {
	case n == given:
		if on() {
			a.join(i, given, n+1, c)
		}
	case in.stream < 0:
		met := false
		for _, row := range in.rows {
			if s.frames++; s.frames > MaxFrames {
				return
			}
			copy(c.frame[in.base:], row)
			if on() {
				met = true
				a.join(i, given, n+1, c)
			}
		}
		if !met && in.left {
			for k := range in.columns {
				c.frame[in.base+k] = Value{}
			}
			a.join(i, given, n+1, c)
		}
	case in.over != nil:
		a.leave(s, p, n, c.at)
		for _, row := range s.sides[n] {
			if s.frames++; s.frames > MaxFrames {
				return
			}
			fill(c.frame[in.base:], row)
			if on() {
				a.join(i, given, n+1, c)
			}
		}
	}
}

// filter lets a frame through WHERE, and to what gathers it or to the result.
func (a *App) filter(i int, c *calc) {
	p, s := a.Program.pumps[i], &a.pumps[i]
	if len(p.inputs) > 1 { // what was joined is there when the later row is
		for k := range p.inputs {
			if in := &p.inputs[k]; in.stream >= 0 {
				c.frame[in.base] = Value{kind: Time, n: c.at}
			}
		}
	}
	pass := c.holds(p.where)
	if c.fault != "" || !pass {
		if c.fault != "" {
			a.fault(p, c)
		}
		return
	}
	if p.step > 0 || p.stagger > 0 {
		a.gather(i, c)
		return
	}
	for k := range p.overs {
		a.slide(p, s, k, c)
	}
	if c.fault != "" {
		a.fault(p, c)
	} else {
		a.emit(p, c, sim.Instant(c.at))
	}
	c.frame = c.frame[:p.width]
}

// own is what a pump remembers, to be changed: groups that a copy of the application may look at are copied first.
func (a *App) own(i int) *state {
	s := &a.pumps[i]
	if s.owner == a {
		return s
	}
	s.owner, s.groups, s.index = a, append([]*group(nil), s.groups...), make(map[string]*group, len(s.groups))
	for i, g := range s.groups {
		n := *g
		n.tally = append([]tally(nil), g.tally...)
		for k := range n.tally {
			n.tally[k].seen = maps.Clone(n.tally[k].seen)
		}
		s.groups[i], s.index[n.key] = &n, &n
	}
	return s
}

// gather adds a frame to its group.
func (a *App) gather(i int, c *calc) {
	p, s := a.Program.pumps[i], a.own(i)
	var key []byte
	values, args := make([]Value, len(p.group)), make([]Value, len(p.aggs))
	for k, e := range p.group {
		values[k] = c.eval(e)
		key = values[k].key(key)
	}
	for k := range p.aggs {
		if p.aggs[k].arg != nil {
			args[k] = c.eval(p.aggs[k].arg)
		}
	}
	g := s.index[string(key)]
	switch {
	case c.fault != "":
		a.fault(p, c)
		return
	case g == nil:
		if !a.hold(p, c) {
			return
		}
		g = &group{key: string(key), values: values, tally: make([]tally, len(p.aggs)), close: c.at + p.stagger}
		if p.step > 0 {
			g.close = values[p.window].n + p.step
		}
		s.index[g.key] = g
		s.groups = append(s.groups, g)
		s.close = min(s.close, g.close)
	}
	g.rows++
	for k := range p.aggs {
		g.tally[k].add(&p.aggs[k], args[k])
	}
}

// slide puts a frame into a sliding window and adds what the window comes to.
func (a *App) slide(p *pump, s *state, k int, c *calc) {
	o := &p.overs[k]
	var key []byte
	for _, e := range o.w.partition {
		key = c.eval(e).key(key)
	}
	args := make([]Value, len(o.aggs))
	for n := range o.aggs {
		if o.aggs[n].arg != nil {
			args[n] = c.eval(o.aggs[n].arg)
		}
	}
	if a.held >= a.sweepAt {
		a.sweep(c.at)
	}
	if c.fault != "" || !a.hold(p, c) {
		return
	}
	x := s.parts[k][string(key)]
	if x == nil {
		x = &part{key: string(key), back: make([]tally, len(o.aggs))}
		s.parts[k][x.key] = x
		s.overs[k] = append(s.overs[k], x)
	}
	x.rows.Append(entry{c.at, args})
	for n := range o.aggs {
		if !o.aggs[n].distinct {
			x.back[n].add(&o.aggs[n], args[n])
		}
	}
	a.held -= x.evict(o, c.at)
	for n := range o.aggs {
		c.frame = append(c.frame, x.value(o, n))
	}
}

// evict lets go of the rows that left the window and says how many.
func (x *part) evict(o *over, now int64) int {
	first := x.rows.First()
	switch {
	case o.w.unbounded:
		return 0
	case o.w.byRows:
		first = max(first, x.rows.Next()-o.w.rows-1)
	default:
		for first < x.rows.Next() && x.rows.At(first).at < now-o.w.micros {
			first++
		}
	}
	gone := int(first - x.rows.First())
	x.rows.TrimTo(first)
	if first <= x.mid {
		return gone
	}
	// Rows left that back holds: all become front.
	n := x.rows.Len()
	x.mid, x.base, x.front, x.back = x.rows.Next(), first, make([][]tally, n), make([]tally, len(o.aggs))
	room := make([]tally, n*len(o.aggs))
	for i := n - 1; i >= 0; i-- {
		x.front[i] = room[i*len(o.aggs) : (i+1)*len(o.aggs)]
		for k := range o.aggs {
			if o.aggs[k].distinct {
				continue
			}
			x.front[i][k].add(&o.aggs[k], x.rows.At(first + int64(i)).args[k])
			if i+1 < n {
				x.front[i][k].join(&x.front[i+1][k])
			}
		}
	}
	return gone
}

func (x *part) value(o *over, n int) Value {
	g := &o.aggs[n]
	var t tally
	if g.distinct {
		for i := x.rows.First(); i < x.rows.Next(); i++ {
			t.add(g, x.rows.At(i).args[n])
		}
		return t.value(g)
	}
	if first := x.rows.First(); first < x.mid {
		t = x.front[first-x.base][n]
	}
	t.join(&x.back[n])
	return t.value(g)
}

// sweep lets go of what left sliding windows of partitions that get no rows any more.
func (a *App) sweep(now int64) {
	for i, p := range a.Program.pumps {
		s := &a.pumps[i]
		for k := range p.overs {
			kept := s.overs[k][:0:0]
			for _, x := range s.overs[k] {
				if a.held -= x.evict(&p.overs[k], now); x.rows.Len() == 0 {
					delete(s.parts[k], x.key)
				} else {
					kept = append(kept, x)
				}
			}
			s.overs[k] = kept
		}
	}
	a.sweepAt = max(4096, 2*a.held)
}

// emit computes what a query gives of a frame and inserts it.
func (a *App) emit(p *pump, c *calc, at sim.Instant) {
	cols := a.streams[p.into].columns[1:]
	row := Row{at, make([]Value, len(cols))}
	for k, e := range p.items {
		v := c.eval(e)
		col := &cols[p.places[k]]
		if c.fault == "" && col.Type.Name != "" && v.kind != Null {
			why := ""
			if v, why = col.Type.cast(v); why != "" {
				c.fail("column " + name(col.Name) + ": " + why)
			}
		}
		row.Values[p.places[k]] = v
	}
	if c.fault != "" {
		a.fault(p, c)
		return
	}
	a.total.Results++
	a.push(p.into, row)
}

// fault puts a frame that could not be computed into error_stream.
func (a *App) fault(p *pump, c *calc) {
	var b strings.Builder
	for i, v := range c.frame {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(v.String())
	}
	why := c.fault
	c.fault = ""
	if p.errors || a.failing {
		a.total.Errors++
		return
	}
	a.fail(sim.Instant(c.at), p.name, why, b.String(), sim.Instant(c.at))
}

// fail puts a row into error_stream.
func (a *App) fail(at sim.Instant, who, why, data string, rowTime sim.Instant) {
	a.total.Errors++
	a.failing = true
	a.push(1, Row{at, []Value{TimeOf(rowTime), TextOf("ERROR"), TextOf("DATA_ERROR"), TextOf(why), TimeOf(rowTime), TextOf(shorten(data)), TextOf(who)}})
	a.failing = false
}

// Refuse puts a row that its destination can never take into error_stream.
func (a *App) Refuse(now sim.Instant, o Out, why string) {
	if a.eventTime >= 0 {
		now = sim.Instant(a.bound)
	}
	a.begin()
	a.fail(now, "output", why, string(a.JSON(o)), o.Row.At)
}

// Clone returns an application that goes on from here on its own.
func (a *App) Clone() *App {
	if a == nil {
		return nil
	}
	n := *a
	n.rows = append([]sim.List[Row](nil), a.rows...)
	for i := range n.rows {
		n.rows[i] = a.rows[i].Clone()
	}
	n.pumps = append([]state(nil), a.pumps...)
	for i := range n.pumps {
		s := &n.pumps[i]
		s.sides = append([][]Row(nil), s.sides...)
		for k, side := range s.sides {
			s.sides[k] = side[:len(side):len(side)]
		}
		s.owner, a.pumps[i].owner, s.calc = nil, nil, nil
		s.overs, s.parts = append([][]*part(nil), s.overs...), append([]map[string]*part(nil), s.parts...)
		for k, all := range s.overs {
			s.overs[k], s.parts[k] = make([]*part, len(all)), make(map[string]*part, len(all))
			for j, x := range all {
				c := *x
				c.rows, c.back = x.rows.Clone(), append([]tally(nil), x.back...)
				s.overs[k][j], s.parts[k][c.key] = &c, &c
			}
		}
	}
	n.waiting = append([]Row(nil), a.waiting...)
	n.wanted = append([]bool(nil), a.wanted...)
	n.out, n.closed = append([]Out(nil), a.out...), append([]Closing(nil), a.closed...)
	return &n
}

// State writes all that decides how the application goes on.
func (a *App) State(w io.Writer) {
	fmt.Fprintf(w, "sql %q %+v\n", a.Text, a.Source)
	fmt.Fprintf(w, "bound %d held %d sweep %d total %+v late %q wanted %v\n", a.bound, a.held, a.sweepAt, a.total, a.late, a.wanted)
	for i := range a.rows {
		l := &a.rows[i]
		fmt.Fprintf(w, "stream %d %d-%d\n", i, l.First(), l.Next())
		for n := l.First(); n < l.Next(); n++ {
			fmt.Fprintf(w, "%v\n", *l.At(n))
		}
	}
	for i := range a.pumps {
		s := &a.pumps[i]
		fmt.Fprintf(w, "pump %d close %d %v\n", i, s.close, s.sides)
		for _, g := range s.groups {
			fmt.Fprintf(w, "group %q %v %d %d\n", g.key, g.values, g.close, g.rows)
			for k := range g.tally {
				t := g.tally[k]
				seen := slices.Sorted(maps.Keys(t.seen))
				t.seen = nil
				fmt.Fprintf(w, "%+v %q\n", t, seen)
			}
		}
		for k := range s.overs {
			for _, x := range s.overs[k] {
				fmt.Fprintf(w, "part %q %d-%d mid %d base %d\n", x.key, x.rows.First(), x.rows.Next(), x.mid, x.base)
				for n := x.rows.First(); n < x.rows.Next(); n++ {
					fmt.Fprintf(w, "%v\n", *x.rows.At(n))
				}
			}
		}
	}
	fmt.Fprintf(w, "waiting %v out %v closed %v\n", a.waiting, a.out, a.closed)
}
