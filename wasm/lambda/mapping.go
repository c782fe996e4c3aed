package lambda

import (
	"bufio"
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"shardlab/wasm/aws"
	"shardlab/wasm/kinesis"
	"shardlab/wasm/sim"
)

// Delays of a mapping.
const (
	// pollEvery is how often a shard is polled; while more waits there, it is asked again after morePause.
	// Source: Lambda Developer Guide, with-kinesis; the second figure is what a shard grants one reader.
	pollEvery = time.Second
	morePause = 200 * time.Millisecond
	// syncEvery is how often it looks for new shards beside those that a closed shard's end names. Ours.
	syncEvery = 10 * time.Second
	// changeTakes is how long a mapping is Creating, Enabling, Updating, Disabling or Deleting. Ours: AWS says that it takes
	// minutes until polling starts.
	changeTakes = 5 * time.Second
	// retryBase and retryMost bound the pause before a batch is tried again, which doubles; after a throttled invocation the
	// same. Ours: AWS gives no figures.
	retryBase = time.Second
	retryMost = time.Minute
	// deniedPause is how long it waits after it was told that it may not read. Ours.
	deniedPause = time.Second
	// lateData is how long a tumbling window waits for records after its end, when none of a later window came.
	// Ours: AWS waits up to two minutes.
	lateData = time.Second
)

// States of a mapping. Source: Lambda API Reference, EventSourceMappingConfiguration.
const (
	Creating     = "Creating"
	Enabling     = "Enabling"
	StateEnabled = "Enabled"
	Disabling    = "Disabling"
	Disabled     = "Disabled"
	Updating     = "Updating"
	Deleting     = "Deleting"
)

// Phases of a shard.
const (
	Waiting = "waiting"  // a parent is not processed to its end
	Reading = "reading"  // polled or subscribed to
	Done    = "finished" // closed, and processed to its end
	Gone    = "gone"     // expired, or older than where the mapping began
)

// MappingSettings are what a mapping was told, complete and checked.
type MappingSettings struct {
	EventSourceArn                 string
	FunctionName                   string
	BatchSize                      int64
	MaximumBatchingWindowInSeconds int64
	ParallelizationFactor          int64
	StartingPosition               string
	StartingPositionTimestamp      int64 // ms
	MaximumRecordAgeInSeconds      int64
	BisectBatchOnFunctionError     bool
	MaximumRetryAttempts           int64
	TumblingWindowInSeconds        int64
	ReportBatchItemFailures        bool
	OnFailure                      string // ARN; "" is none
	Patterns                       []string
}

// MappingTotals is what a mapping did in all.
type MappingTotals struct{ Read, Filtered, Handled, Discarded, Invocations, Failures, Throttles int64 }

// A Mapping is an event source mapping: it reads a stream and invokes a function.
type Mapping struct {
	set      MappingSettings
	filters  []pattern
	name     string // of the reader it is on the stage
	uuid     string
	owner    sim.Owner
	stream   string
	consumer string // ARN of the registered consumer it reads as; "" when it polls
	dice     sim.Rand

	state    string
	enabled  bool        // whether it is to poll once its state has changed
	stateAt  sim.Instant // when the change is done; 0 when there is none
	next     *MappingSettings
	result   string // LastProcessingResult
	modified sim.Instant
	blocked  string

	places  []place // by number
	since   sim.Instant
	synced  sim.Instant
	flights []flight // by when they end
	flown   int64
	wakeAt  sim.Instant
	total   MappingTotals
	recent  recent
}

// A Place is how far a mapping is in one shard.
type Place struct {
	Shard     int32
	Phase     string
	Behind    int64 // MillisBehindLatest of the latest answer
	Waiting   int   // records that were read and are not with the function
	Handled   int64
	Discarded int64
	Filtered  int64
	Lanes     []Lane
}

// A Lane is one of the batches of a shard that may be under way at once.
type Lane struct {
	Records  int // of the batch that is with the function, 0 when none is
	Attempt  int64
	Waiting  int
	Failed   int64       // attempts of the batch that comes next
	NotUntil sim.Instant // when it is tried
}

type place struct {
	Place
	parents  []int32
	from     kinesis.Position
	next     int64       // place of the next record to read
	issued   sim.Instant // of its iterator; 0 when it has none
	due      sim.Instant
	answered sim.Instant
	fails    int
	ended    bool // read to its end
	sub      int64
	lanes    []lane
	window   window
}

// A lane is one batch at a time. What is left of a failed batch is tried before the queue.
type lane struct {
	queue     []item // read, in order; never changed, only cut and appended to
	bytes     int
	since     sim.Instant // when the first of the queue came
	parts     []batch
	flight    int64 // that is under way; 0 when none is
	notBefore sim.Instant
	throttled int
}

// A window is an open tumbling window.
type window struct {
	open  bool
	start sim.Instant
	state []byte
	early bool // it ends early, because its state is too large
}

// A batch is what one invocation is for.
type batch struct {
	items    []item
	attempts int64    // that failed
	last     *outcome // of the latest of them
	final    bool     // of a tumbling window
	early    bool
}

// A flight is an invocation under way.
type flight struct {
	id      int64
	shard   int32
	lane    int
	end     sim.Instant
	batch   batch
	outcome *outcome
}

// recent counts what was handled in the last whole seconds.
type recent struct {
	second  int64
	handled [3]int64
}

func (r *recent) add(now sim.Instant, n int64) {
	r.turn(now)
	r.handled[0] += n
}

func (r *recent) turn(now sim.Instant) {
	for s := now.Second(); r.second < s; {
		if s-r.second > 3 {
			*r = recent{second: s}
			return
		}
		r.handled = [3]int64{0, r.handled[0], r.handled[1]}
		r.second++
	}
}

// Settings are what the mapping was told, Name what it is called on the stage, UUID its id, State how it stands.
func (m *Mapping) Settings() MappingSettings { return m.set }
func (m *Mapping) Name() string              { return m.name }
func (m *Mapping) UUID() string              { return m.uuid }
func (m *Mapping) State() string             { return m.state }
func (m *Mapping) Result() string            { return m.result }
func (m *Mapping) Blocked() string           { return m.blocked }
func (m *Mapping) Total() MappingTotals      { return m.total }
func (m *Mapping) Stream() string            { return m.stream }
func (m *Mapping) FanOut() bool              { return m.consumer != "" }

// Rate is how many records a second went through lately.
func (m *Mapping) Rate(now sim.Instant) float64 {
	r := m.recent
	r.turn(now)
	return float64(r.handled[1]+r.handled[2]) / 2
}

// Places is how far it is in each shard it knows, by number.
func (m *Mapping) Places() []Place {
	all := make([]Place, len(m.places))
	for i := range m.places {
		p := &m.places[i]
		all[i] = p.Place
		for j := range p.lanes {
			l := &p.lanes[j]
			x := Lane{Waiting: len(l.queue)}
			for _, b := range l.parts {
				x.Waiting += len(b.items)
			}
			if len(l.parts) > 0 {
				x.Failed, x.NotUntil = l.parts[0].attempts, l.notBefore
			}
			for k := range m.flights {
				if f := &m.flights[k]; f.id == l.flight && l.flight != 0 {
					x.Records, x.Attempt = len(f.batch.items), f.batch.attempts+1
				}
			}
			all[i].Waiting += x.Waiting
			all[i].Lanes = append(all[i].Lanes, x)
		}
	}
	return all
}

// Behind is how many milliseconds ago the oldest record was taken that it still has to process.
func (m *Mapping) Behind(k *kinesis.Service, now sim.Instant) (worst int64) {
	m.Lags(k, now, func(_ int32, _, behind int64) { worst = max(worst, behind) })
	return worst
}

// Lags tells of each shard: the place of the record that it reads next, and how many milliseconds ago the oldest record of the shard
// was taken that it still has to process.
func (m *Mapping) Lags(k *kinesis.Service, now sim.Instant, yield func(shard int32, next, behind int64)) {
	st, ok := k.Stream(m.stream)
	if !ok {
		return
	}
	for i := range m.places {
		p := &m.places[i]
		if p.Phase == Done || p.Phase == Gone {
			continue
		}
		oldest := now
		for j := range p.lanes {
			if l := &p.lanes[j]; len(l.parts) > 0 && len(l.parts[0].items) > 0 {
				oldest = min(oldest, l.parts[0].items[0].at)
			} else if len(l.queue) > 0 {
				oldest = min(oldest, l.queue[0].at)
			}
		}
		if sh, ok := st.Shard(p.Shard); ok && (p.issued != 0 || p.from.Type != kinesis.Latest) {
			next := p.next
			if p.issued == 0 && p.from.Type == kinesis.AtTimestamp { // it has not begun
				next = sh.Since(p.from.At)
			}
			if next = max(next, sh.First()); next < sh.Next() && now.Sub(sh.Record(next).At) > 2*pollEvery {
				oldest = min(oldest, sh.Record(next).At)
			}
		}
		for j := range m.flights {
			if f := &m.flights[j]; f.shard == p.Shard && len(f.batch.items) > 0 {
				oldest = min(oldest, f.batch.items[0].at)
			}
		}
		yield(p.Shard, p.next, int64(now.Sub(oldest)/time.Millisecond))
	}
}

func (m *Mapping) clone() *Mapping {
	c := *m
	c.filters = m.filters[:len(m.filters):len(m.filters)]
	c.places = slices.Clone(m.places)
	for i := range c.places {
		p := &c.places[i]
		p.lanes = slices.Clone(p.lanes)
		for j := range p.lanes {
			l := &p.lanes[j]
			l.queue = l.queue[:len(l.queue):len(l.queue)]
			l.parts = slices.Clone(l.parts)
		}
	}
	c.flights = slices.Clone(m.flights)
	return &c
}

// writeState writes all that decides how the mapping goes on, in a fixed order.
func (m *Mapping) writeState(b *bufio.Writer) {
	dice := m.dice
	fmt.Fprintf(b, " mapping %s %q owner=%d %+v\n  dice=%x %s/%t until %d next=%+v result=%q modified=%d blocked=%q since=%d synced=%d flown=%d wake=%d %+v %+v\n",
		m.uuid, m.name, m.owner, m.set, dice.Uint64(), m.state, m.enabled, m.stateAt, m.next, m.result, m.modified, m.blocked, m.since, m.synced, m.flown, m.wakeAt, m.total, m.recent)
	for i := range m.places {
		p := &m.places[i]
		fmt.Fprintf(b, "  shard %+v parents=%v from=%+v next=%d issued=%d due=%d answered=%d fails=%d ended=%t sub=%d window=%t %d %q %t\n",
			p.Place, p.parents, p.from, p.next, p.issued, p.due, p.answered, p.fails, p.ended, p.sub, p.window.open, p.window.start, p.window.state, p.window.early)
		for j := range p.lanes {
			l := &p.lanes[j]
			fmt.Fprintf(b, "   lane %d flight=%d bytes=%d since=%d not before %d throttled=%d", j, l.flight, l.bytes, l.since, l.notBefore, l.throttled)
			for _, it := range l.queue {
				it.state(b)
			}
			fmt.Fprintln(b)
			for k := range l.parts {
				l.parts[k].state(b)
			}
		}
	}
	for i := range m.flights {
		f := &m.flights[i]
		fmt.Fprintf(b, "   flight %d %d/%d until %d %+v", f.id, f.shard, f.lane, f.end, *f.outcome)
		f.batch.state(b)
	}
}

func (it *item) state(b *bufio.Writer) { fmt.Fprintf(b, " %d:%d", it.index, it.size) }

func (x *batch) state(b *bufio.Writer) {
	fmt.Fprintf(b, "   batch attempts=%d final=%t early=%t last=%t", x.attempts, x.final, x.early, x.last != nil)
	for i := range x.items {
		x.items[i].state(b)
	}
	fmt.Fprintln(b)
}

// Fire does what is due for a mapping and returns how many records it handled.
func (s *Service) Fire(uuid string, _ sim.Event) int {
	m, ok := s.Mapping(uuid)
	if !ok {
		return 1
	}
	now := s.w.Sched.Now()
	if now < m.wakeAt || m.wakeAt == 0 {
		return 1 // an earlier request that a later one made needless
	}
	m.wakeAt = 0
	return 1 + s.work(m)
}

// work does all that is due of a mapping.
func (s *Service) work(m *Mapping) int {
	n := s.land(m)
	s.change(m)
	if m.state == StateEnabled {
		now := s.w.Sched.Now()
		if m.synced == 0 || now >= m.synced.Add(m.syncPause()) {
			s.sync(m)
		}
		n += s.read(m)
		n += s.dispatch(m)
	}
	s.plan(m)
	return n
}

func (m *Mapping) syncPause() time.Duration {
	if m.blocked != "" {
		return deniedPause
	}
	return syncEvery
}

// plan asks to be woken when the next thing is due.
func (s *Service) plan(m *Mapping) {
	if _, there := s.Mapping(m.uuid); !there {
		return
	}
	now := s.w.Sched.Now()
	next := sim.Instant(1 << 62)
	at := func(t sim.Instant) { next = min(next, max(t, now)) }
	if m.stateAt > now || m.stateAt != 0 && len(m.flights) == 0 {
		at(m.stateAt)
	}
	if len(m.flights) > 0 {
		at(m.flights[0].end)
	}
	if m.state == StateEnabled {
		at(m.synced.Add(m.syncPause()))
		for i := range m.places {
			p := &m.places[i]
			if p.Phase != Reading {
				continue
			}
			if !p.ended && p.sub == 0 && m.hasRoom(p) {
				at(p.due)
			}
			for j := range p.lanes {
				if t, any := m.ready(p, &p.lanes[j], now); any {
					at(t)
				}
			}
		}
	}
	if next == 1<<62 || m.wakeAt != 0 && m.wakeAt <= next {
		return
	}
	m.wakeAt = next
	s.w.Sched.At(next, m.owner, 0, 0)
}

// become begins a change of state.
func (s *Service) become(m *Mapping, state string) {
	m.state, m.stateAt, m.modified = state, s.w.Sched.Now().Add(changeTakes), s.w.Sched.Now()
	if state == Disabling || state == Deleting {
		s.hangUp(m)
	}
	s.plan(m)
}

// change ends a change of state when its time has come and no invocation is under way that it must wait for.
func (s *Service) change(m *Mapping) {
	now := s.w.Sched.Now()
	if m.stateAt == 0 || now < m.stateAt {
		return
	}
	if m.state != Creating && m.state != Enabling && len(m.flights) > 0 {
		return
	}
	m.stateAt = 0
	if m.next != nil {
		s.apply(m, *m.next)
		m.next = nil
	}
	switch {
	case m.state == Deleting:
		s.mappings = slices.DeleteFunc(slices.Clone(s.mappings), func(x *Mapping) bool { return x == m })
		s.w.Dismiss(m.owner)
	case !m.enabled:
		stopped := m.state == Disabling
		if m.state = Disabled; stopped {
			s.w.Notify(Notice{Kind: Stopped, Mapping: m})
		}
	default:
		m.state = StateEnabled
		for i := range m.places {
			m.places[i].due = max(m.places[i].due, now)
			if m.places[i].issued != 0 {
				m.places[i].issued = now // with a new iterator
			}
		}
		m.synced = 0
		s.w.Notify(Notice{Kind: Enabled, Mapping: m})
	}
}

// apply gives a mapping other settings. What it has read is dealt out anew.
func (s *Service) apply(m *Mapping, set MappingSettings) {
	m.set = set
	m.filters = nil
	for _, text := range set.Patterns {
		f, err := parsePattern(text)
		if err != nil {
			panic("lambda: a pattern that was checked is refused: " + err.Error())
		}
		m.filters = append(m.filters, f)
	}
	for i := range m.places {
		p := &m.places[i]
		var all []item
		for j := range p.lanes {
			for _, b := range p.lanes[j].parts {
				all = append(all, b.items...)
			}
			all = append(all, p.lanes[j].queue...)
		}
		sim.Sort(all, func(a, b item) int { return cmp.Compare(a.index, b.index) })
		p.lanes = make([]lane, set.ParallelizationFactor)
		p.window = window{}
		s.take(m, p, all)
	}
}

// take puts records into the queues of their lanes.
func (s *Service) take(m *Mapping, p *place, all []item) {
	now := s.w.Sched.Now()
	for _, it := range all {
		l := &p.lanes[m.laneOf(it)]
		if len(l.queue) == 0 {
			l.since = now
		}
		l.queue = append(l.queue, it)
		l.bytes += it.size
	}
}

// laneOf is the lane of a record: that of the partition key with which it came. So user records of one key that lay in
// aggregates of several keys may overtake one another.
// Source: Lambda Developer Guide, with-kinesis, on aggregated records and ParallelizationFactor.
func (m *Mapping) laneOf(it item) int {
	if m.set.ParallelizationFactor == 1 {
		return 0
	}
	h := kinesis.HashKey(it.lane)
	return int((h[1] ^ h[1]>>32) % uint64(m.set.ParallelizationFactor))
}

// hasRoom says whether a shard may be read on: less waits than its lanes can take at once.
func (m *Mapping) hasRoom(p *place) bool {
	n := int64(0)
	for i := range p.lanes {
		n += int64(len(p.lanes[i].queue))
	}
	return n < m.set.BatchSize*m.set.ParallelizationFactor
}

// sync looks which shards there are and lets those be read whose turn has come.
func (s *Service) sync(m *Mapping) {
	now, k := s.w.Sched.Now(), s.w.Kinesis
	m.synced = now
	st, ok := k.Stream(m.stream)
	if !ok || st.Status() == kinesis.Creating || st.Status() == kinesis.Deleting {
		s.block(m, aws.ResourceNotFound)
		return
	}
	if err := k.Allow("ListShards", st.ARN()); err != nil {
		s.block(m, aws.CodeOf(err))
		return
	}
	if m.since != 0 && m.since != st.Created() {
		m.places, m.blocked = nil, "" // another stream of the same name
	}
	s.unblock(m)
	first := m.since != st.Created()
	m.since = st.Created()
	for _, sh := range st.Shards() {
		if m.place(sh.Number()) != nil {
			continue
		}
		p := place{Place: Place{Shard: sh.Number(), Phase: Waiting}, parents: sh.Parents(), due: now, lanes: make([]lane, m.set.ParallelizationFactor),
			from: kinesis.Position{Type: kinesis.TrimHorizon}}
		if first {
			p.from.Type = m.set.StartingPosition
			if p.from.Type == kinesis.AtTimestamp {
				p.from.At = time.UnixMilli(m.set.StartingPositionTimestamp)
			}
			if p.from.Type == kinesis.Latest && !sh.Open() {
				p.Phase = Gone // closed before it began
			}
		}
		m.places = append(m.places, p)
	}
	sim.Sort(m.places, func(a, b place) int { return cmp.Compare(a.Shard, b.Shard) })
	for i := range m.places {
		p := &m.places[i]
		if _, there := st.Shard(p.Shard); !there && p.Phase != Done && m.idle(p) {
			p.Phase = Gone
		}
	}
	m.begin()
}

// begin lets a waiting shard be read when its parents are processed to their end.
func (m *Mapping) begin() {
	for i := range m.places {
		p := &m.places[i]
		if p.Phase != Waiting {
			continue
		}
		early := false
		for _, n := range p.parents {
			if parent := m.place(n); parent != nil && parent.Phase != Done && parent.Phase != Gone {
				early = true
			}
		}
		if !early {
			p.Phase = Reading
		}
	}
}

func (m *Mapping) place(shard int32) *place {
	for i := range m.places {
		if m.places[i].Shard == shard {
			return &m.places[i]
		}
	}
	return nil
}

// idle says whether nothing of a shard waits or is under way.
func (m *Mapping) idle(p *place) bool {
	for i := range p.lanes {
		if l := &p.lanes[i]; len(l.queue) > 0 || len(l.parts) > 0 || l.flight != 0 {
			return false
		}
	}
	return !p.window.open
}

func (s *Service) block(m *Mapping, code string) {
	if m.blocked == code {
		return
	}
	m.blocked = code
	m.result = "PROBLEM: " + code
	s.w.Notify(Notice{Kind: Blocked, Mapping: m, Why: code})
}

func (s *Service) unblock(m *Mapping) {
	if m.blocked != "" {
		m.blocked = ""
		s.w.Notify(Notice{Kind: Unblocked, Mapping: m})
	}
}

// read polls the shards that are due, or subscribes to them.
func (s *Service) read(m *Mapping) (n int) {
	now := s.w.Sched.Now()
	st, ok := s.w.Kinesis.Stream(m.stream)
	for i := range m.places {
		p := &m.places[i]
		if !ok {
			p.due = max(p.due, now.Add(deniedPause))
		}
		if p.Phase != Reading || p.ended || p.due > now || p.sub != 0 || !m.hasRoom(p) {
			continue
		}
		if m.consumer != "" {
			s.subscribe(m, p, st)
			continue
		}
		n += s.poll(m, p, st)
	}
	return n
}

// poll asks a shard once and returns how many records came.
func (s *Service) poll(m *Mapping, p *place, st *kinesis.Stream) int {
	now, k := s.w.Sched.Now(), s.w.Kinesis
	if p.issued == 0 {
		cursor, err := k.Iterate(st, p.Shard, p.from)
		if err != nil {
			s.refused(m, p, err)
			return 0
		}
		p.next, p.issued = cursor.Index, now
	}
	answer, err := k.Read(st, kinesis.Cursor{Shard: p.Shard, Index: p.next, Issued: p.issued}, 0)
	if err != nil {
		s.refused(m, p, err)
		return 0
	}
	s.unblock(m)
	p.fails = 0
	s.received(m, p, &answer)
	p.due = now.Add(pollEvery)
	if answer.MillisBehind > 0 {
		p.due = now.Add(morePause)
	}
	return 1 + answer.Len()
}

// received takes records that were read or pushed.
func (s *Service) received(m *Mapping, p *place, b *kinesis.Batch) {
	now := s.w.Sched.Now()
	all, dropped := s.items(m, p, b)
	m.total.Read += int64(b.Len())
	m.total.Filtered += dropped
	p.Filtered += dropped
	s.take(m, p, all)
	p.next, p.issued = b.Next.Index, now
	p.answered, p.Behind = now, b.MillisBehind
	if b.End {
		p.ended, p.sub = true, 0
		m.synced = min(m.synced, now.Add(-syncEvery)) // the answer names the child shards
	}
}

// refused waits after a call that was refused.
func (s *Service) refused(m *Mapping, p *place, err error) {
	now := s.w.Sched.Now()
	p.due = now.Add(pollEvery)
	switch code := aws.CodeOf(err); {
	case aws.Retryable(code):
		p.fails++
		p.due = now.Add(max(time.Millisecond, m.dice.Between(pollEvery/2, pollEvery<<min(p.fails, 4))).Truncate(time.Microsecond))
	case code == aws.ExpiredIterator:
		p.issued = now // a new one, after the last record read
		p.due = now.Add(time.Millisecond)
	case aws.Denied(code):
		s.block(m, code)
	default:
		if _, there := s.w.Kinesis.Stream(m.stream); !there {
			s.block(m, aws.ResourceNotFound)
			return
		}
		p.ended = true // the shard is gone
	}
}

// subscribe subscribes to a shard as the registered consumer.
func (s *Service) subscribe(m *Mapping, p *place, st *kinesis.Stream) {
	now, k := s.w.Sched.Now(), s.w.Kinesis
	_, c, ok := k.ConsumerOf(m.consumer)
	if !ok {
		s.block(m, aws.ResourceNotFound)
		p.due = now.Add(deniedPause)
		return
	}
	from := p.from
	if p.issued != 0 {
		if sh, ok := st.Shard(p.Shard); ok {
			from = kinesis.Position{Type: kinesis.AfterSequenceNumber, Number: sh.Continuation(p.next, now)}
		}
	}
	sub, at, err := k.SubscribeFrom(c, p.Shard, from, m.owner)
	switch code := aws.CodeOf(err); {
	case err == nil:
		p.sub, p.next, p.issued = sub, at.Index, now
		s.unblock(m)
	case code == aws.ResourceInUse || aws.Retryable(code):
		p.due = now.Add(pollEvery)
	default:
		s.refused(m, p, err)
	}
}

// hangUp closes the subscriptions; the places are kept.
func (s *Service) hangUp(m *Mapping) {
	for i := range m.places {
		if p := &m.places[i]; p.sub != 0 {
			s.w.Kinesis.Unsubscribe(p.sub)
			p.sub = 0
		}
	}
}

// Pushed takes what a subscription of a mapping pushed, or its end, and returns how many records came.
func (s *Service) Pushed(uuid string, n kinesis.Notice) int {
	m, ok := s.Mapping(uuid)
	if !ok {
		return 0
	}
	p := m.place(n.Shard)
	if p == nil || p.sub == 0 || p.sub != n.Subscription {
		return 0
	}
	now := s.w.Sched.Now()
	count := 0
	if n.Kind == kinesis.EventPushed {
		s.unblock(m)
		count = n.Batch.Len()
		s.received(m, p, n.Batch)
		if p.sub != 0 && !m.hasRoom(p) {
			s.w.Kinesis.HoldBack(p.sub, now.Add(morePause))
		}
	} else {
		p.sub, p.due = 0, now
		switch {
		case n.Err == nil:
		case aws.Denied(n.Err.Code):
			p.due = now.Add(s.w.Kinesis.Limits().SubscriptionHold)
			s.block(m, n.Err.Code)
		default:
			p.due = now.Add(pollEvery)
			m.synced = min(m.synced, now.Add(-syncEvery))
		}
	}
	if m.state == StateEnabled {
		count += s.dispatch(m)
	}
	s.plan(m)
	return count
}

// streamOf is the name of the stream that an event source's ARN names, and the ARN itself when it is a consumer's.
func streamOf(arn string) (stream, consumer string) {
	_, rest, _ := strings.Cut(arn, ":stream/")
	name, _, isConsumer := strings.Cut(rest, "/consumer/")
	if isConsumer {
		return name, arn
	}
	return name, ""
}
