package lab

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"shardlab/wasm/aws"
	"shardlab/wasm/cloudwatch"
	"shardlab/wasm/kinesis"
	"shardlab/wasm/protocol"
	"shardlab/wasm/region"
	"shardlab/wasm/sim"
)

// Until is the target of a step or of a run until something happens.
type Until struct {
	Reached string // what ended it, in words; "" while it goes on
	Err     error  // why nothing of the kind can be waited for; set at once

	c       protocol.Condition
	at      int64
	given   bool // at was asked for
	step    bool
	since   int64
	metric  *meter
	stream  string // of the record that is to expire, its shard and place
	shard   int32
	place   int64
	taken   sim.Instant
	patient string // how long it goes on, in words
}

// A meter is the metric that a run waits for.
type meter struct {
	protocol.Crossing
	dims cloudwatch.Dims
	open string // the stream whose open shards are counted, which is no metric
}

// Ended is what a run says that would go on for longer than a run may live.
const Ended = "The lab ends here: no run is longer than 400 days."

// How long a run until something happens goes on without it, and how long a step does. A lab in which the same thing
// happens again and again, as refusals of a hot shard, has nothing new to stop at for hours: a step ends all the same. What
// expires may have a year to go.
const (
	giveUp   = 24 * time.Hour
	longWait = 366 * 24 * time.Hour
	longStep = time.Minute
)

// Step makes a target: the next event worth a stop, or a virtual minute without one.
func (l *Lab) Step() *Until {
	u := l.Until(protocol.Condition{})
	u.at, u.step = l.Now()+longStep.Microseconds(), true
	return u
}

// Until makes a target: the first event of one of the kinds (worth a stop when none is named), a metric that crosses a value, a
// record's expiry, or an instant. Without an instant it gives up after a virtual day, or a year and a day for what expires.
func (l *Lab) Until(c protocol.Condition) *Until {
	u := &Until{c: c, at: c.At, given: c.At > 0, since: l.run.region.NextEvent(), patient: "virtual day"}
	wait := giveUp
	if c.Record != "" || slices.Contains(c.Kinds, protocol.EventExpired) || slices.Contains(c.Kinds, protocol.EventShardExpired) {
		wait, u.patient = longWait, "virtual year"
	}
	if !u.given {
		u.at = l.Now() + wait.Microseconds()
	}
	switch {
	case c.Metric != nil:
		u.metric, u.Err = l.meter(*c.Metric)
	case c.Record != "":
		u.Err = l.aim(u)
	}
	return u
}

// Before is the instant of the last event worth a stop that lies before now, or the one at which the lab was handed over.
func (l *Lab) Before() int64 {
	at := l.Opened()
	for _, e := range l.run.region.Events(0) {
		if t := l.since(e.At); e.Mark && t > at && t < l.Now() {
			at = t
		}
	}
	return at
}

// shownNames is how many names a hint lists.
const shownNames = 24

// meter finds the metric that a condition names.
func (l *Lab) meter(c protocol.Crossing) (*meter, error) {
	var named, seen []string
	for _, chart := range l.metrics() {
		if !slices.Contains(named, chart.Name) {
			named = append(named, chart.Name)
		}
		if name := "." + strings.ToLower(chart.Name); chart.Ref != c.Metric && !strings.HasSuffix(name, "."+strings.ToLower(c.Metric)) {
			continue
		}
		seen = append(seen, chart.Of)
		if c.Of != "" && !strings.EqualFold(c.Of, chart.Of) {
			continue
		}
		m := &meter{Crossing: c}
		m.Metric, m.Of = chart.Name, chart.Of
		if c.Stat == "" {
			m.Stat = chart.Stat
		}
		var name string
		if name, m.dims, _ = region.ReadMetricRef(chart.Ref); region.OwnMetric(name, m.dims) {
			m.open = chart.Of
		}
		return m, nil
	}
	if seen != nil {
		return nil, aws.Errorf(aws.ResourceNotFound, "%s is not charted of %s.", c.Metric, c.Of).WithHint("It is charted of %s.", strings.Join(seen[:min(len(seen), shownNames)], ", "))
	}
	return nil, aws.Errorf(aws.ResourceNotFound, "No chart shows a metric %s.", c.Metric).WithHint("There are %s.", strings.Join(named[:min(len(named), shownNames)], ", "))
}

// read is the metric's value in the second that ended now; false when it had none.
func (m *meter) read(l *Lab) (float64, bool) {
	r := l.run.region
	if m.open != "" {
		st, ok := r.Kinesis().Stream(m.open)
		if !ok {
			return 0, false
		}
		return float64(len(st.OpenShards())), true
	}
	v, n := r.Meter().Over(m.Metric, m.dims, r.Now(), time.Second, m.Stat)
	return v, !math.IsNaN(v) && (n > 0 || m.Stat == cloudwatch.Sum)
}

// crossed says in words that the value is beyond the line, "" while it is not.
func (m *meter) crossed(l *Lab) string {
	v, ok := m.read(l)
	if !ok || m.Below && v >= m.Value || !m.Below && v <= m.Value {
		return ""
	}
	beyond := "above"
	if m.Below {
		beyond = "below"
	}
	return fmt.Sprintf("%s of %s is %s %s: %s (%s of the last second).", m.Metric, m.Of, beyond, figure(m.Value), figure(v), m.Stat)
}

// figure writes a metric's value: 1,400 or 0.25.
func figure(v float64) string {
	if v == math.Trunc(v) && math.Abs(v) < 1e15 {
		return region.Number(int64(v))
	}
	return fmt.Sprintf("%.4g", v)
}

// aim finds the record that is to expire.
func (l *Lab) aim(u *Until) error {
	now := l.run.region.Now()
	for _, st := range l.run.region.Kinesis().Streams() {
		for _, sh := range st.Shards() {
			record, place, found := sh.Find(u.c.Record)
			if u.c.Record == protocol.Oldest {
				for place = sh.First(); ; place++ { // those past retention may be kept a little longer
					if record = sh.Record(place); record == nil || record.At.Add(st.Retention()) > now {
						break
					}
				}
				found = record != nil && (u.stream == "" || record.At.Add(st.Retention()) < l.expiry(u))
			}
			if found {
				u.stream, u.shard, u.place, u.taken = st.Name(), sh.Number(), place, record.At
			}
		}
	}
	switch {
	case u.stream == "" && u.c.Record == protocol.Oldest && u.c.Before == 0:
		return nil // the first that comes
	case u.stream == "" && u.c.Record == protocol.Oldest:
		return aws.Errorf(aws.ResourceNotFound, "No stream holds a record yet.").WithHint("Put one, or let time pass.")
	case u.stream == "":
		return aws.Errorf(aws.ResourceNotFound, "No stream holds a record with the sequence number %s: it was never given out, or has expired.", aws.Shorten(u.c.Record, 140)).
			WithHint("PutRecord and GetRecords tell sequence numbers; \"lab run until record expires\" waits for the oldest record.")
	}
	if at := l.expiry(u).Add(-time.Duration(u.c.Before) * time.Microsecond); at < now {
		return aws.Errorf(aws.Validation, "That was at %s already: the record expires at %s.", l.day(at), l.day(l.expiry(u))).WithHint("Write a shorter time before it, or go back first.")
	}
	return nil
}

// expiry is when the record of a run expires, as retention stands; 0 when its stream is gone.
func (l *Lab) expiry(u *Until) sim.Instant {
	st, ok := l.run.region.Kinesis().Stream(u.stream)
	if !ok {
		return 0
	}
	return u.taken.Add(st.Retention())
}

// day writes an instant that may be days away.
func (l *Lab) day(at sim.Instant) string {
	if at.Sub(l.start) < 24*time.Hour {
		return l.clock(at)
	}
	return at.Time().Format("2006-01-02 15:04:05.000")
}

// hits says whether an event is one that the run waits for.
func (u *Until) hits(e *region.Event) bool {
	if _, name, _ := strings.Cut(e.Ref, ":"); u.c.Of != "" && name != u.c.Of && !strings.HasPrefix(name, u.c.Of+"/") {
		return false
	}
	if len(u.c.Kinds) == 0 {
		return e.Mark
	}
	return slices.Contains(u.c.Kinds, e.Kind) || slices.Contains(u.c.Kinds, protocol.UntilFlush) && e.Flush
}

// Run goes on towards a target and stops when the budget is used up; call it until it reports done. It is what happens in the
// chosen timeline that counts; the other one comes along.
func (l *Lab) Run(u *Until, budget int) (done bool) {
	switch {
	case u.Err != nil:
		return true
	case !l.Catch(budget):
		return false
	case u.Reached == "" && l.bothStop():
		u.Reached = l.stopped
	case u.Reached == "" && !l.toward(u, budget):
		return false
	}
	return l.Catch(budget)
}

func (l *Lab) toward(u *Until, budget int) (done bool) {
	none := u.c.Metric != nil || u.c.Record != "" || u.given && len(u.c.Kinds) == 0 // no event is waited for
	if u.c.Record == protocol.Oldest && u.stream == "" {
		l.aim(u)
	}
	var hit string
	look := false // what is waited for may have moved
	stop := func(e *region.Event) bool {
		if u.c.Record != "" && (e.Kind == protocol.EventStreamStatus || e.Kind == protocol.EventCommand) {
			look = true
			return true
		}
		if none || e.ID < u.since || !u.hits(e) {
			return false
		}
		if hit == "" {
			hit = e.Text
		}
		return true
	}
	target, last := u.at, false
	switch {
	case u.metric != nil:
		if hit = u.metric.crossed(l); hit == "" {
			target = min(u.at, l.since(sim.Instant((l.run.region.Now().Second()+1)*1e6)))
		}
	case u.stream != "":
		at := l.expiry(u)
		if at == 0 {
			u.Reached = "The stream of the record is gone, and the record with it."
			return true
		}
		target, last = l.since(at)-u.c.Before, true
	case u.c.Record != "":
		target = min(u.at, l.Now()+protocol.Second)
	}
	there := false
	if hit == "" {
		l.rim("advance", func() { there = l.forward(target, budget, stop) })
	}
	if u.metric != nil && there && l.crash == nil {
		hit = u.metric.crossed(l)
	}
	now := l.run.region.Now()
	switch {
	case l.crash != nil:
		u.Reached = "The engine has failed."
	case hit != "":
		u.Reached = hit
	case l.stopped != "":
		u.Reached = l.stopped
	case !there || look:
		return false
	case last && l.Now() < target || !last && l.Now() < u.at:
		if now < l.start.Add(MaxAge) {
			return false
		}
		u.Reached = Ended
	case last && u.c.Before > 0:
		u.Reached = fmt.Sprintf("A record of %s in %s expires in %s. It is %s.", kinesis.ShardID(u.shard), u.stream, span(u.c.Before), l.day(now))
	case last:
		u.Reached = fmt.Sprintf("A record of %s in %s expires: it was taken at %s, and retention has ended. It is %s.", kinesis.ShardID(u.shard), u.stream, l.day(u.taken), l.day(now))
	case u.step:
		u.Reached = "Nothing new happened for a minute. It is " + l.clock(now) + "."
	case u.given:
		u.Reached = "It is " + l.clock(now) + "."
	default:
		u.Reached = "Nothing of the kind happened within a " + u.patient + "."
	}
	return true
}

// span writes how long something lasts, in microseconds, without what is nought: 23h59m.
func span(us int64) string {
	text := (time.Duration(us) * time.Microsecond).String()
	if rest, ok := strings.CutSuffix(text, "m0s"); ok {
		text = rest + "m"
	}
	if rest, ok := strings.CutSuffix(text, "h0m"); ok {
		text = rest + "h"
	}
	return text
}
