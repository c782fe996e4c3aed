package lambda

import (
	"encoding/json"
	"slices"
	"sort"
	"time"

	"shardlab/wasm/sim"
)

// windowOf is the beginning of the tumbling window in which a record lies.
func (m *Mapping) windowOf(at sim.Instant) sim.Instant {
	w := sim.Instant(m.set.TumblingWindowInSeconds) * sim.Instant(time.Second/time.Microsecond)
	return at - at%w
}

func (m *Mapping) windowEnd(p *place) sim.Instant {
	return p.window.start.Add(time.Duration(m.set.TumblingWindowInSeconds) * time.Second)
}

// batchOf is how many records of the queue the next batch holds, and whether it is full: it has BatchSize records, the next one
// would not fit into the event, or belongs to a later tumbling window.
func (m *Mapping) batchOf(p *place, l *lane) (n int, full bool) {
	room := MaxEventBytes - len(eventBegin) - len(eventEnd) + 1
	tumbling := m.set.TumblingWindowInSeconds > 0
	var end sim.Instant
	if tumbling {
		room -= windowRoom + len(p.window.state)
		if end = m.windowEnd(p); !p.window.open {
			end = m.windowOf(l.queue[0].at).Add(time.Duration(m.set.TumblingWindowInSeconds) * time.Second)
		}
	}
	size := 0
	for i := range l.queue {
		it := &l.queue[i]
		if int64(i) == m.set.BatchSize || size+it.size > room && i > 0 || tumbling && it.at >= end {
			return i, true
		}
		size += it.size
	}
	n = len(l.queue)
	return n, int64(n) == m.set.BatchSize || p.ended
}

// ready says when a lane has something to invoke its function for, false when nothing is known of it yet.
func (m *Mapping) ready(p *place, l *lane, now sim.Instant) (sim.Instant, bool) {
	if l.flight != 0 {
		return 0, false
	}
	if len(l.parts) > 0 {
		return l.notBefore, true
	}
	at, any := sim.Instant(0), false
	if len(l.queue) > 0 {
		n, full := m.batchOf(p, l)
		switch {
		case n == 0: // the next record is of a later window, so this one is over
			return l.notBefore, true
		case full:
			at, any = max(now, l.notBefore), true
		default:
			at, any = max(l.since.Add(time.Duration(m.set.MaximumBatchingWindowInSeconds)*time.Second), l.notBefore), true
		}
	}
	if p.window.open {
		end := m.windowEnd(p).Add(lateData)
		if p.window.early || p.ended && len(l.queue) == 0 {
			end = now
		}
		if len(l.queue) == 0 && (p.ended || p.window.early || p.answered >= end) || p.window.early {
			return max(end, l.notBefore, now), true
		}
		if len(l.queue) == 0 && m.consumer == "" {
			return max(end, p.due), true // it looks once more; where the stream pushes, a push wakes it
		}
	}
	return at, any
}

// dispatch invokes the function for every lane that is ready, and ends shards that are through.
func (s *Service) dispatch(m *Mapping) (n int) {
	now := s.w.Sched.Now()
	for i := range m.places {
		p := &m.places[i]
		if p.Phase != Reading {
			continue
		}
		for j := range p.lanes {
			for {
				l := &p.lanes[j]
				at, any := m.ready(p, l, now)
				if !any || at > now {
					break
				}
				did, went := s.next(m, p, j)
				n += did
				if !went {
					break
				}
			}
		}
		if p.ended && m.idle(p) {
			p.Phase = Done
			s.w.Notify(Notice{Kind: Finished, Mapping: m, Shard: p.Shard})
			m.synced = min(m.synced, now.Add(-syncEvery))
			m.begin()
		}
	}
	return n
}

// next takes the next batch of a lane and invokes the function for it; went says that it may have more to do at once.
func (s *Service) next(m *Mapping, p *place, j int) (n int, went bool) {
	now := s.w.Sched.Now()
	l := &p.lanes[j]
	if len(l.parts) == 0 {
		b, ok := s.form(m, p, l)
		if !ok {
			return 0, false
		}
		l.parts = append(l.parts, b)
	}
	b := &l.parts[0]
	s.dropOld(m, p, l, b)
	if len(b.items) == 0 && !b.final {
		l.parts = l.parts[1:]
		return 0, true
	}
	f := s.find(m.set.FunctionName)
	if f == nil {
		m.result = "PROBLEM: Function not found"
		s.block(m, noFunction)
		l.notBefore = now.Add(deniedPause)
		return 0, false
	}
	if m.blocked == noFunction {
		s.unblock(m)
	}
	if !s.room(f) {
		s.throttle(f)
		m.total.Throttles++
		m.result = "PROBLEM: Function call failed"
		if l.throttled++; l.throttled == 1 {
			s.w.Notify(Notice{Kind: Throttled, Mapping: m, Shard: p.Shard})
		}
		l.notBefore = now.Add(pause(l.throttled))
		return 0, false
	}
	l.throttled = 0
	batch := *b
	l.parts = slices.Clone(l.parts[1:])
	if len(l.parts) == 0 {
		l.parts = nil
	}
	m.flown++
	m.total.Invocations++
	o := s.begin(f, batch.items, func() []byte { return s.event(m, p, &batch) })
	if f.Code == "" && m.set.TumblingWindowInSeconds > 0 && o.fault == "" && f.Behavior.Kind == Works {
		o.payload = countState(p.window.state, len(batch.items))
	}
	if k := len(batch.items); k > 0 {
		f.meters.age.Add(now, float64(now.Sub(batch.items[k-1].at)/time.Millisecond))
	}
	l.flight = m.flown
	fl := flight{id: m.flown, shard: p.Shard, lane: j, end: now.Add(o.took()), batch: batch, outcome: &o}
	at := sort.Search(len(m.flights), func(i int) bool { return m.flights[i].end > fl.end })
	m.flights = sim.Insert(slices.Clone(m.flights), at, fl)
	if s.w.Flight != nil && len(batch.items) > 0 {
		s.w.Flight(m, now, now.Add(morePause/4), p.Shard, len(batch.items))
	}
	return len(batch.items), false
}

// noFunction is what a mapping is blocked by whose function is gone.
const noFunction = "FunctionNotFound"

// countState is the state that a function without JavaScript keeps in a tumbling window: how many records there were.
func countState(state []byte, n int) []byte {
	var old struct {
		Count int64 `json:"count"`
	}
	if json.Unmarshal(state, &old) != nil {
		old.Count = 0
	}
	b, err := json.Marshal(map[string]any{"state": map[string]int64{"count": old.Count + int64(n)}})
	if err != nil {
		panic("lambda: a number does not encode: " + err.Error())
	}
	return b
}

// form makes a batch of what waits in a lane's queue, or the last one of its tumbling window.
func (s *Service) form(m *Mapping, p *place, l *lane) (batch, bool) {
	if m.set.TumblingWindowInSeconds > 0 {
		if p.window.early {
			return batch{final: true, early: true}, true
		}
		if !p.window.open && len(l.queue) > 0 {
			p.window = window{open: true, start: m.windowOf(l.queue[0].at)}
		}
	}
	n := 0
	if len(l.queue) > 0 {
		n, _ = m.batchOf(p, l)
	}
	if n == 0 {
		now := s.w.Sched.Now()
		over := len(l.queue) > 0 || p.ended || p.answered >= m.windowEnd(p).Add(lateData) && now >= m.windowEnd(p).Add(lateData)
		return batch{final: true}, p.window.open && over
	}
	if n == 1 && l.queue[0].size > MaxEventBytes-len(eventBegin)-len(eventEnd)+1 {
		b := batch{items: l.queue[:1:1]}
		s.w.Notify(Notice{Kind: TooLarge, Mapping: m, Shard: p.Shard, N: int64(b.items[0].size)})
		s.cut(m, l, 1)
		s.discard(m, p, &b, RecordTooLarge)
		return batch{}, true
	}
	b := batch{items: l.queue[:n:n]}
	s.cut(m, l, n)
	return b, true
}

// cut takes the first n records off a queue.
func (s *Service) cut(m *Mapping, l *lane, n int) {
	for i := range n {
		l.bytes -= l.queue[i].size
	}
	if l.queue = l.queue[n:]; len(l.queue) == 0 {
		l.queue = nil
	}
	l.since = s.w.Sched.Now()
}

// dropOld gives up what is older than the mapping lets it become, or has left the stream.
func (s *Service) dropOld(m *Mapping, p *place, l *lane, b *batch) {
	now := s.w.Sched.Now()
	drop := func(limit time.Duration, condition string) {
		n := 0
		for n < len(b.items) && now.Sub(b.items[n].at) > limit {
			n++
		}
		if n == 0 {
			return
		}
		old := *b
		old.items = b.items[:n]
		b.items = b.items[n:]
		b.attempts, b.last = 0, nil
		s.discard(m, p, &old, condition)
	}
	if age := m.set.MaximumRecordAgeInSeconds; age >= 0 {
		drop(time.Duration(age)*time.Second, AgeExceeded)
	}
	if st, ok := s.w.Kinesis.Stream(m.stream); ok {
		drop(st.Retention(), RecordExpired)
	}
}

// pause is how long to wait after so many failures.
func pause(failures int) time.Duration {
	return min(retryMost, retryBase<<min(max(failures, 1)-1, 10))
}

// land ends the invocations that are over by now.
func (s *Service) land(m *Mapping) (n int) {
	now := s.w.Sched.Now()
	for len(m.flights) > 0 && m.flights[0].end <= now {
		fl := m.flights[0]
		m.flights = slices.Clone(m.flights[1:])
		if f := s.find(m.set.FunctionName); f != nil {
			s.finish(f, fl.outcome)
		}
		p := m.place(fl.shard)
		if p == nil || fl.lane >= len(p.lanes) || p.lanes[fl.lane].flight != fl.id {
			continue // the stream was made anew meanwhile
		}
		l := &p.lanes[fl.lane]
		l.flight = 0
		n++
		s.settle(m, p, l, fl.batch, fl.outcome)
	}
	return n
}

// settle sees to a batch after its invocation.
func (s *Service) settle(m *Mapping, p *place, l *lane, b batch, o *outcome) {
	now := s.w.Sched.Now()
	good := len(b.items) // records that are done
	failed := o.fault != ""
	if failed {
		good = 0
	} else if m.set.ReportBatchItemFailures {
		good, failed = reported(o.payload, b.items)
	}
	if good > 0 {
		p.Handled += int64(good)
		m.total.Handled += int64(good)
		m.recent.add(now, int64(good))
	}
	if !failed {
		m.result = "OK"
		if b.attempts > 0 {
			s.w.Notify(Notice{Kind: Recovered, Mapping: m, Shard: p.Shard, N: int64(len(b.items)), Attempts: b.attempts})
		}
		s.turnWindow(m, p, &b, o)
		return
	}
	m.result = "PROBLEM: Function call failed"
	m.total.Failures++
	why := o.fault + ": " + o.message
	if o.fault == "" {
		why = "it returned batchItemFailures"
	}
	rest := b
	rest.last = o
	rest.items = b.items[good:]
	if good > 0 {
		rest.attempts = 0 // of what now stands in front
	}
	s.w.Notify(Notice{Kind: Failed, Mapping: m, Shard: p.Shard, N: int64(len(rest.items)), Attempts: rest.attempts + 1, Why: why})
	// Halving does not use up attempts; a batch of which a record was named is cut there, and halved only when the first is named.
	if m.set.BisectBatchOnFunctionError && good == 0 && len(rest.items) > 1 {
		half := len(rest.items) / 2
		first, second := rest, rest
		first.items, second.items = rest.items[:half:half], rest.items[half:]
		l.parts = append([]batch{first, second}, l.parts...)
		l.notBefore = now
		s.w.Notify(Notice{Kind: Split, Mapping: m, Shard: p.Shard, N: int64(len(rest.items))})
		return
	}
	rest.attempts++
	if most := m.set.MaximumRetryAttempts; most >= 0 && rest.attempts > most {
		s.discard(m, p, &rest, RetriesExhausted)
		if b.final {
			p.window = window{}
		}
		l.notBefore = now
		return
	}
	l.parts = append([]batch{rest}, l.parts...)
	l.notBefore = now.Add(pause(int(min(rest.attempts, 20))))
}

// turnWindow keeps the state that an invocation returned, and closes the window after its last one.
// Source: Lambda Developer Guide, services-kinesis-windows.
func (s *Service) turnWindow(m *Mapping, p *place, b *batch, o *outcome) {
	if m.set.TumblingWindowInSeconds == 0 {
		return
	}
	if b.final {
		p.window = window{}
		return
	}
	var answer struct {
		State json.RawMessage `json:"state"`
	}
	if json.Unmarshal(o.payload, &answer) != nil || string(answer.State) == "null" {
		answer.State = nil
	}
	p.window.state = append([]byte(nil), answer.State...)
	p.window.early = len(p.window.state) > MaxStateBytes
	if p.window.early {
		p.window.state = p.window.state[:0]
	}
}

// reported reads a response with batchItemFailures: how many records at the front are done, and whether the rest failed.
// Source: Lambda Developer Guide, services-kinesis-batchfailurereporting.
func reported(payload []byte, items []item) (good int, failed bool) {
	var response map[string]json.RawMessage
	if json.Unmarshal(payload, &response) != nil {
		var text any
		if json.Unmarshal(payload, &text) == nil && (text == nil || text == "") {
			return len(items), false
		}
		return 0, true // no object: not a response that says what is done
	}
	list, there := response["batchItemFailures"]
	if !there || string(list) == "null" {
		return len(items), false
	}
	var failures []map[string]json.RawMessage
	if json.Unmarshal(list, &failures) != nil {
		return 0, true
	}
	good = len(items)
	for _, f := range failures {
		var number string
		raw, ok := f["itemIdentifier"]
		if !ok || json.Unmarshal(raw, &number) != nil || number == "" {
			return 0, true
		}
		at := slices.IndexFunc(items, func(it item) bool { return it.number == number })
		if at < 0 {
			return 0, true
		}
		good = min(good, at)
	}
	return good, len(failures) > 0
}
