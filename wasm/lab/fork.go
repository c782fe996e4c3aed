package lab

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"shardlab/wasm/aws"
	"shardlab/wasm/cloudwatch"
	"shardlab/wasm/protocol"
	"shardlab/wasm/sim"
)

// A timeline is one way in which a lab goes on: its run, its log, what it has lived and can go back to. A lab has one, after a fork
// two that began as one and move together.
// Invariant: run.next <= len(log); the commands before it have happened, those behind it lie ahead, because the learner went back.
type timeline struct {
	run        *run
	log        []entry
	bytes      int         // of the log
	undone     []taken     // what Redo puts back, the last undone last
	end        sim.Instant // the furthest instant of this history
	points     checkpoints
	stopped    string
	full       bool  // time stands still until the learner does something
	heldBefore int64 // records held a second ago
	paper      paper
}

// A pair is two timelines. The lab's own fields are those of the chosen one; other has the rest.
type pair struct {
	other  timeline
	chosen string      // "A" or "B": the lab's own; A is the one that was there, B began with the fork
	at     sim.Instant // of the fork
	last   protocol.Fork
	shown  int64 // second of the last frame's curves
}

// The figures that are compared, in the order of a sample.
const (
	figAccepted = iota
	figRefused
	figRead
	figLag
	figCost
	figures
)

// figureNames and figureUnits say what they are; a lag is what is, the others are what came together since the fork.
var (
	figureNames = [figures]string{"Records accepted", "Records refused", "Records read", "Lag", "Cost"}
	figureUnits = [figures]string{"Count", "Count", "Count", "Milliseconds", "Microdollars"}
)

// maxSamples is how many instants a curve has at most; when there are more, every other one goes.
const maxSamples = 96

// paper is what a timeline's figures were since the fork, at instants that both timelines share.
type paper struct {
	at    []sim.Instant
	value [][figures]float64
	space time.Duration
}

// sample notes the figures of this instant when it is time for them.
func (l *Lab) sample() {
	p, now := &l.paper, l.run.region.Now()
	n := len(p.at)
	if now < l.pair.at || n > 0 && now < p.at[n-1].Add(p.space) { // what was lived before is noted already
		return
	}
	if n == maxSamples {
		for i := 0; i < n/2; i++ {
			p.at[i], p.value[i] = p.at[2*i], p.value[2*i]
		}
		p.at, p.value, p.space = p.at[:n/2], p.value[:n/2], 2*p.space
	}
	p.at, p.value = append(p.at, now), append(p.value, l.figures())
	p.space = max(p.space, time.Second)
}

// cut forgets what was noted after an instant.
func (p *paper) cut(after sim.Instant) {
	for n := len(p.at); n > 0 && p.at[n-1] > after; n-- {
		p.at, p.value = p.at[:n-1], p.value[:n-1]
	}
}

// figures are what is compared, as they stand.
func (l *Lab) figures() (f [figures]float64) {
	r, now := l.run.region, l.run.region.Now()
	total := func(metric string, d cloudwatch.Dims) float64 {
		if s, ok := r.Meter().Lookup(metric, d); ok {
			return s.Total()
		}
		return 0
	}
	for _, st := range r.Kinesis().Streams() {
		d := cloudwatch.Dims{Stream: st.Name(), Shard: cloudwatch.StreamLevel}
		f[figAccepted] += total(cloudwatch.IncomingRecords, d)
		f[figRefused] += total(cloudwatch.WriteProvisionedThroughputExceeded, d)
		f[figRead] += total(cloudwatch.GetRecordsRecords, d)
		for _, c := range st.Consumers() {
			d.Consumer = c.Name()
			f[figRead] += total(cloudwatch.SubscribeToShardEventRecords, d)
		}
	}
	for _, h := range r.Firehose().Streams() {
		if h.SourceStream() == "" { // what is put to it directly; one that reads a stream is a reader
			f[figAccepted] += float64(h.Total().Records)
			f[figRead] += float64(h.Total().Delivered)
		}
		f[figLag] = max(f[figLag], float64(h.MillisBehind()))
	}
	for _, c := range r.Consumers() {
		f[figLag] = max(f[figLag], float64(c.Lag(r.Kinesis(), now)))
	}
	for _, c := range r.StagedConsumers() {
		f[figLag] = max(f[figLag], float64(c.Behind))
	}
	f[figCost] = float64(r.Bill("").Total / 1000)
	return f
}

// Fork lets the lab go on in two timelines from here: A, as it was with the future that it has had, and B, in which nothing lies
// ahead. What the learner does next happens in B.
func (l *Lab) Fork() (err error) {
	l.rim("fork", func() { err = l.doFork() })
	return err
}

func (l *Lab) doFork() error {
	if l.pair != nil {
		return aws.Errorf("TwoTimelines", "There are two timelines already.").WithHint("Keep one of them first: lab keep A, or lab keep B.")
	}
	if err := l.settle(); err != nil {
		return err
	}
	now := l.run.region.Now()
	l.run.region.Watch(nil)
	p := &pair{other: l.timeline, chosen: "B", at: now}
	l.run = l.run.clone()
	l.run.region.Watch(&l.trace)
	l.points.points = slices.Clone(l.points.points)
	l.undone = slices.Clone(l.undone)
	l.pair = p
	l.log, p.other.log = slices.Clone(l.log), slices.Clip(l.log) // each appends to its own
	l.cutAhead()
	l.undone = slices.DeleteFunc(l.undone, func(t taken) bool { return t.place > len(l.log) })
	l.sample()
	p.other.paper = paper{slices.Clone(l.paper.at), slices.Clone(l.paper.value), l.paper.space}
	return nil
}

// aside does something with the timeline that is not chosen as if it were; nobody watches it.
func (l *Lab) aside(f func()) {
	trace := l.trace
	turn := func() { l.timeline, l.pair.other = l.pair.other, l.timeline }
	defer func() {
		l.run.region.Watch(nil)
		turn() // also when it panics: the chosen one is what is left
		l.trace = trace
	}()
	turn()
	f()
}

// Lags says whether the timeline that is not chosen has yet to come to this instant and can.
func (l *Lab) Lags() (lags bool) {
	if l.pair == nil || l.crash != nil || l.pair.other.stopped != "" || l.pair.other.run.region.Now() > l.run.region.Now() {
		return false
	}
	now := l.run.region.Now()
	l.rim("look at the other timeline", func() { l.aside(func() { lags = l.run.region.Now() < now || l.pending() }) })
	return lags
}

// Catch lets the other timeline come to this instant and stops when the budget is used up; it reports whether both stand together.
func (l *Lab) Catch(budget int) bool {
	if l.Lags() {
		to := l.Now()
		l.rim("advance in the other timeline", func() { l.aside(func() { l.forward(to, budget, nil) }) })
	}
	return !l.Lags()
}

// bothStop says whether neither timeline goes on, because the other one cannot. A timeline that is full itself keeps its own words.
func (l *Lab) bothStop() bool {
	if l.pair == nil || l.pair.other.stopped == "" {
		return false
	}
	if !l.full {
		l.stopped = "In timeline " + l.otherName() + ": " + l.pair.other.stopped
	}
	return true
}

func (l *Lab) otherName() string { return map[string]string{"A": "B", "B": "A"}[l.pair.chosen] }

// Choose makes a timeline, "A" or "B", the one that is shown and that commands go to.
func (l *Lab) Choose(name string) error {
	if l.pair == nil {
		return aws.Errorf("OneTimeline", "There is one timeline.").WithHint("lab fork makes a second one that begins here.")
	}
	if name != "A" && name != "B" {
		return aws.Errorf("OneTimeline", "There is no timeline %q.", aws.Shorten(name, 40)).WithHint("They are A, as it was, and B, which began with the fork.")
	}
	if name == l.pair.chosen {
		return nil
	}
	for !l.Catch(0) {
	}
	if !l.full {
		l.stopped = "" // what the other one said: it is not what stops this one
	}
	l.timeline, l.pair.other = l.pair.other, l.timeline
	l.pair.chosen = name
	l.pair.other.run.region.Watch(nil)
	l.trace.Take()
	l.run.region.Watch(&l.trace)
	l.history++
	l.shown.reset()
	return nil
}

// Keep goes on with one timeline, "A" or "B"; the other one is gone.
func (l *Lab) Keep(name string) error {
	if err := l.Choose(name); err != nil {
		return err
	}
	l.pair, l.paper, l.full, l.stopped = nil, paper{}, false, ""
	return nil
}

// parts is the place in both logs of the first command that differs, and the instant from which the timelines differ at most.
func (l *Lab) parts() (place int, at sim.Instant) {
	a, b := l.log, l.pair.other.log
	for place < len(a) && place < len(b) && a[place].same(&b[place]) {
		place++
	}
	at = l.pair.at
	for _, log := range [][]entry{a, b} {
		if place < len(log) {
			at = min(at, log[place].at)
		}
	}
	return place, at
}

func (e *entry) same(o *entry) bool {
	return e.at == o.at && e.command.Service == o.command.Service && e.command.Op == o.command.Op && e.command.As == o.command.As && string(e.body()) == string(o.body())
}

// toldDeeds is how many deeds of each timeline a comparison tells.
const toldDeeds = 12

// own tells the deeds of a log from a place on.
func (l *Lab) own(log []entry, place int) (all []protocol.Told, more int) {
	for i := place; i < len(log); i++ {
		if log[i].looks() || log[i].with {
			continue
		}
		if len(all) == toldDeeds {
			more++
			continue
		}
		all = append(all, protocol.Told{At: l.since(log[i].at), Text: l.deedWords(log[i : i+1])})
	}
	return all, more
}

// Compare tells how the two timelines stand; nil when there is one. While the other one is still on its way to this instant the last
// comparison stands.
func (l *Lab) Compare(curves bool) *protocol.Fork {
	p := l.pair
	if p == nil {
		return nil
	}
	if p.last.Chosen != "" && p.other.run.region.Now() != l.run.region.Now() {
		f := p.last
		f.Chosen = p.chosen
		return &f
	}
	papers := [2]*paper{&l.paper, &p.other.paper}
	var now [2][figures]float64
	now[0] = l.figures()
	l.aside(func() { now[1] = l.figures() })
	logs := [2][]entry{l.log, p.other.log}
	if p.chosen == "B" {
		papers[0], papers[1] = papers[1], papers[0]
		now[0], now[1] = now[1], now[0]
		logs[0], logs[1] = logs[1], logs[0]
	}
	place, at := l.parts()
	f := protocol.Fork{At: l.since(at), Chosen: p.chosen, Rows: make([]protocol.Row, figures)}
	forked := l.run.region.Now() >= p.at && len(papers[0].at) > 0
	var shared [][2]int // places of the samples that both have, up to now
	for i, j := 0, 0; curves && forked && i < len(papers[0].at) && j < len(papers[1].at) && papers[0].at[i] <= l.run.region.Now(); {
		switch a, b := papers[0].at[i], papers[1].at[j]; {
		case a < b:
			i++
		case b < a:
			j++
		default:
			shared = append(shared, [2]int{i, j})
			f.Times = append(f.Times, l.since(a))
			i, j = i+1, j+1
		}
	}
	for i := range f.Rows {
		row := &f.Rows[i]
		row.Name, row.Unit = figureNames[i], figureUnits[i]
		base := 0.0
		if i != figLag && forked {
			base = papers[0].value[0][i]
		}
		if row.A, row.B = now[0][i]-base, now[1][i]-base; !forked { // both stand before it
			row.A, row.B = 0, 0
		}
		for _, at := range shared {
			row.CurveA = append(row.CurveA, papers[0].value[at[0]][i]-base)
			row.CurveB = append(row.CurveB, papers[1].value[at[1]][i]-base)
		}
	}
	f.OnlyA, f.MoreA = l.own(logs[0], place)
	f.OnlyB, f.MoreB = l.own(logs[1], place)
	l.aside(func() { f.Twin = l.twin() })
	f.End = l.since(p.other.end)
	p.last = f
	p.last.Times, p.last.Rows = nil, slices.Clone(f.Rows)
	for i := range p.last.Rows {
		p.last.Rows[i].CurveA, p.last.Rows[i].CurveB = nil, nil
	}
	return &f
}

// shownTwin is how many shards of a stream the small picture of the other timeline shows.
const shownTwin = 64

// twin is the small picture of a timeline.
func (l *Lab) twin() (all []protocol.Twin) {
	now := l.run.region.Now()
	for _, st := range l.run.region.Kinesis().Streams() {
		t := protocol.Twin{Name: st.Name(), Status: st.Status()}
		for _, x := range l.stream(st, now).Shards {
			if x.State == "OPEN" {
				t.In += x.Records
			}
			t.Refused += x.Refused
			if len(t.Shards) < shownTwin {
				t.Shards = append(t.Shards, protocol.TwinShard{ID: x.ID, Open: x.State == "OPEN", Refused: x.Refused,
					Fill: max(x.Records/max(x.RecordLimit, 1), x.Bytes/max(x.ByteLimit, 1))})
			}
		}
		all = append(all, t)
	}
	return all
}

// forkWords tells a comparison as the console prints it.
func forkWords(f *protocol.Fork) string {
	if f == nil {
		return "There is one timeline. lab fork makes a second one that begins here."
	}
	rows := [][4]string{{"since " + clockOf(f.At), "A", "B", "B - A"}}
	for _, r := range f.Rows {
		sign := ""
		if r.B > r.A {
			sign = "+"
		}
		rows = append(rows, [4]string{r.Name, amount(r.A, r.Unit), amount(r.B, r.Unit), sign + amount(r.B-r.A, r.Unit)})
	}
	var width [4]int
	for _, r := range rows {
		for i := range r {
			width[i] = max(width[i], len([]rune(r[i])))
		}
	}
	var b strings.Builder
	for _, r := range rows {
		for i := range r {
			pad := strings.Repeat(" ", width[i]-len([]rune(r[i])))
			if i == 0 {
				b.WriteString(r[i] + pad)
			} else {
				b.WriteString("  " + pad + r[i])
			}
		}
		b.WriteString("\n")
	}
	for _, side := range []struct {
		name string
		told []protocol.Told
		more int
	}{{"A", f.OnlyA, f.MoreA}, {"B", f.OnlyB, f.MoreB}} {
		for _, d := range side.told {
			b.WriteString("only in " + side.name + ", at " + clockOf(d.At) + ": " + d.Text + "\n")
		}
		if side.more > 0 {
			b.WriteString("only in " + side.name + ": " + figure(float64(side.more)) + " more\n")
		}
	}
	return b.String() + "You are in " + f.Chosen + "."
}

func amount(v float64, unit string) string {
	switch unit {
	case "Milliseconds":
		return figure(v) + " ms"
	case "Microdollars":
		return strings.Replace(fmt.Sprintf("$%.6f", v/1e6), "$-", "-$", 1)
	}
	return figure(v)
}

// clockOf writes an instant since the start of the lab: 1:02.5.
func clockOf(at int64) string {
	d := (time.Duration(at) * time.Microsecond).Truncate(100 * time.Millisecond)
	return cmp.Or(d.String(), "0s")
}
