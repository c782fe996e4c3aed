// Package kpl is the Kinesis Producer Library as a client of the world: an application adds user records to it, and it
// packs, paces, sends and repeats them by itself. It knows the stream that it writes to by its service, and no other client.
//
// A user record goes through the stages of the library as they are coded: its hash and the shard map predict a shard;
// a buffer for each shard packs what comes within RecordMaxBufferedTime into one Kinesis record (aggregation); a limiter
// holds each shard to its share; what is left is gathered for PutRecords (collection); what failed goes back to the first
// stage until RecordTtl ends. When all is done, the record's future has its result.
// Source: awslabs/amazon-kinesis-producer 1.0.7, aws/kinesis/core.
package kpl

import (
	"time"

	"shardlab/wasm/cloudwatch"
	"shardlab/wasm/kinesis"
	"shardlab/wasm/load"
	"shardlab/wasm/sim"
)

const (
	// Tick is the shortest time between two additions of the application: what becomes due within it is added together.
	Tick = 10 * time.Millisecond
	// drainEvery is how often the limiter looks whether more may pass. Source: Limiter::kDrainDelayMillis.
	drainEvery = 25 * time.Millisecond
	// flushDelay is how long after the buffers of the shards the collector is flushed by hand. Source: Pipeline::flush.
	flushDelay = 80 * time.Millisecond
	// syncEvery is how long flushSync sleeps before it looks again. Source: KinesisProducer.java, flushSync.
	syncEvery = 500 * time.Millisecond
	// pendingEvery is how often UserRecordsPending is measured. Source: KinesisProducer::report_outstanding.
	pendingEvery = 200 * time.Millisecond
)

// Reasons for which a buffer is flushed.
type Reason uint8

const (
	ByTime  Reason = iota // RecordMaxBufferedTime of its oldest record is over
	ByCount               // AggregationMaxCount or CollectionMaxCount
	BySize                // AggregationMaxSize or CollectionMaxSize
	ByShard               // of the collector: one shard has 256 KiB in it
	ByHand                // flush() or flushSync()
	reasons
)

// A Notice says what the KPL does.
type Notice struct {
	Kind   NoticeKind
	N      int64
	Reason Reason
	Code   string
	Shard  int32 // predicted
	Actual int32
}

// A NoticeKind says what a Notice is about.
type NoticeKind uint8

// The notices of a KPL.
const (
	Flushing   NoticeKind = iota // its buffers are flushed for another Reason than before; N user records in a Kinesis record
	Retried                      // N user records go back to the buffers
	Lost                         // N user records were given up: Code
	Throttled                    // the limiter holds N Kinesis records of a Shard back
	Mapped                       // it knows N open shards
	Unmapped                     // it could not list the shards: Code
	Missed                       // a record went to the shard Actual, not to the predicted Shard: it loads its map anew
	Held                         // N records wait in the application, because too many are outstanding
	Released                     // none does any more
	Blocked                      // the stream takes nothing: Code
	Unblocked                    // it does again
	Unanswered                   // a call was not answered in time
)

// A Flight is a Kinesis record on its way, for whoever watches.
type Flight struct {
	SentAt, DueAt sim.Instant
	Shard         int32
	Key           string // of its first user record
	Records       int    // user records in it
	Refused       bool
}

// World is what a KPL acts on, handed in with every waking.
type World struct {
	Sched   *sim.Schedule
	Owner   sim.Owner
	Kinesis *kinesis.Service
	Meter   *cloudwatch.Store
	Notify  func(Notice)
	Flight  func(Flight) // nil when nobody watches
	Every   int64        // one flight stands for so many records
}

// Totals is what a KPL did in all. Records are user records where nothing else is said.
type Totals struct {
	Made, Accepted, Retried, Lost, Duplicates int64
	Calls, Sent, SentBytes, Refused           int64 // PutRecords requests, Kinesis records in them with their bytes, and those refused
	WrongShard, Expired, TimedOut             int64
	Flushes                                   [2][reasons]int64 // of the buffers of shards, and of the collector
}

// A Result is what a future told.
type Result struct {
	At       sim.Instant // when it was told
	Ordinal  int64
	Key      string
	OK       bool
	Shard    int32 // of the record, when it is there
	Index    int64
	TakenAt  sim.Instant
	Attempts int
	Took     time.Duration // from addUserRecord on
	With     int           // user records in the same Kinesis record
	Code     string        // why it failed
}

// keptResults is how many results are remembered.
const keptResults = 8

// A plan is what it writes, with the hashes of the keys.
type plan struct {
	*load.Plan
	hashes []kinesis.Hash // of Names
}

func newPlan(set Settings) *plan {
	keys := load.NewPlan(set.Keys, set.RecordBytes)
	if set.MessageIds {
		keys.WithIDs(set.Name)
	}
	return &plan{keys, kinesis.HashKeys(keys.Names)}
}

// A Producer is one application with its KPL.
type Producer struct {
	set  Settings
	plan *plan // never changed, shared with clones
	dice sim.Rand

	pace        load.Pace
	ordinal     int64       // records made in all; the next one's number
	lastAt      sim.Instant // of the last waking
	wakeAt      sim.Instant // the next waking that was asked for; 0 is none
	outstanding int         // records without a result
	held        bool        // more are due than may be outstanding
	syncAt      sim.Instant // when flushSync looks again; 0 when the application is not in it
	pendingAt   sim.Instant // UserRecordsPending is measured next

	shards    shardMap
	lanes     []lane
	collected []kinesisRecord // in the collector
	gathered  int64           // bytes in it
	collectBy sim.Instant     // its deadline; 0 when it is empty
	flushAt   sim.Instant     // when it is flushed by hand; 0 is never
	waiting   [][]kinesisRecord
	requests  []request // under way, in the order in which they were sent

	blocked  string
	flushing Reason              // why buffers are flushed mostly, as was told last
	counted  [2][reasons]counted // flushes since then
	seconds  load.Seconds
	total    Totals
	toldAt   int64 // second in which the flushes were looked at
	retried  int64 // since the last notice
	lost     int64
	lostCode string
	results  [keptResults]Result
	told     int // results in all

	meters  meters             // scratch
	entries []kinesis.PutEntry // scratch
}

type counted struct{ flushes, records int64 }

// New returns a producer with settings that were checked; seed is the world's.
func New(set Settings, seed uint64) *Producer {
	return &Producer{set: set, plan: newPlan(set), dice: sim.NewRand(seed, "kpl/"+set.Name), flushing: reasons}
}

// Settings are what the producer was told.
func (p *Producer) Settings() Settings { return p.set }

// Total is what it did in all, At and Lately what it did in one second and in the n whole seconds before now.
func (p *Producer) Total() Totals                               { return p.total }
func (p *Producer) At(second int64) load.Second                 { return p.seconds.At(second) }
func (p *Producer) Lately(now sim.Instant, n int64) load.Second { return p.seconds.Lately(now, n) }

// Outstanding is how many records have no result yet, as getOutstandingRecordsCount says.
func (p *Producer) Outstanding() int { return p.outstanding }

// Held is how many records are due and not added, because too many are outstanding.
func (p *Producer) Held(now sim.Instant) int64 {
	if !p.held {
		return 0
	}
	pace := p.pace // a copy, so that looking changes nothing
	return pace.Ready(now, p.set.milli())
}

// Blocked is the error code of calls that fail as a whole, "" when writing works.
func (p *Producer) Blocked() string { return p.blocked }

// Keys lists the table of keys with the share of the records that each is meant to get.
func (p *Producer) Keys() ([]string, []float64) { return p.plan.Names, p.plan.Shares }

// Uses reports whether a partition key is in its table.
func (p *Producer) Uses(key string) bool { return p.plan.Uses(key) }

// Flushing is the reason for which its buffers are flushed mostly; false before any was.
func (p *Producer) Flushing() (Reason, bool) { return p.flushing, p.flushing != reasons }

// Requests is how many calls are under way and how many wait for a connection.
func (p *Producer) Requests() (underWay, waiting int) { return len(p.requests), len(p.waiting) }

// Collected is what waits in the collector: Kinesis records and their bytes.
func (p *Producer) Collected() (records int, bytes int64) { return len(p.collected), p.gathered }

// Results lists what the latest futures told, the newest first.
func (p *Producer) Results() []Result {
	var all []Result
	for i := p.told - 1; i >= 0 && i >= p.told-keptResults; i-- {
		all = append(all, p.results[i%keptResults])
	}
	return all
}

// A Buffer is how the way to one shard stands.
type Buffer struct {
	Shard        int32
	Records      int // user records that are being packed
	Bytes        int // as the KPL weighs them
	DueAt        sim.Instant
	Limited      int // Kinesis records that the limiter holds back
	LimitedBytes int64
	Share        float64 // of the limiter's tokens that are there, 0 to 1: the scarcer of records and bytes
}

// Buffers lists the ways to the shards, in the order in which they were first used.
func (p *Producer) Buffers(now sim.Instant) []Buffer {
	all := make([]Buffer, len(p.lanes))
	for i := range p.lanes {
		all[i] = p.lanes[i].look(now, p.set.RateLimit)
	}
	return all
}

// Apply gives the producer other settings from now on. What is on its way stays, unless the stream changes.
func (p *Producer) Apply(set Settings, w World) {
	old := p.set
	p.set = set
	if old.Keys.Differs(set.Keys) || old.RecordBytes != set.RecordBytes || old.MessageIds != set.MessageIds {
		p.plan = newPlan(set)
	}
	if old.StreamName != set.StreamName {
		p.abandon(w.Sched.Now())
	}
	switch {
	case set.Running:
		p.Start(w)
	case old.Running:
		p.Stop(w)
	}
}

// Start lets the application add records from now on.
func (p *Producer) Start(w World) {
	p.set.Running, p.held = true, false
	p.pace.Begin(w.Sched.Now())
	if p.shards.state == unknown {
		p.shards.load(w, p)
	}
	p.wake(w)
}

// Stop ends the application as it should end: no more records come, and what is in the buffers is flushed.
func (p *Producer) Stop(w World) {
	p.set.Running, p.held, p.syncAt = false, false, 0
	p.Flush(w)
}

// Flush sends what is in the buffers now, and what is gathered for PutRecords a moment later, as flush does.
func (p *Producer) Flush(w World) {
	p.flushBuffers(w)
	p.flushAt = w.Sched.Now().Add(flushDelay)
	p.wake(w)
}

// abandon ends the process: what has no result is lost.
func (p *Producer) abandon(now sim.Instant) {
	n := p.Unsaved()
	p.seconds.Now(now).Lost += int32(n)
	p.total.Lost += n
	p.outstanding, p.shards, p.lanes, p.collected, p.gathered = 0, shardMap{}, nil, nil, 0
	p.collectBy, p.flushAt, p.syncAt, p.waiting, p.requests, p.blocked = 0, 0, 0, nil, nil, ""
}

// Unsaved is how many records would be lost if the process ended now: they have no result, and the stream has not got them.
func (p *Producer) Unsaved() int64 {
	n := int64(p.outstanding)
	each := func(all []userRecord) {
		for i := range all {
			if all[i].had {
				n--
			}
		}
	}
	for i := range p.lanes {
		each(p.lanes[i].records)
		for j := range p.lanes[i].queue {
			each(p.lanes[i].queue[j].records)
		}
	}
	for i := range p.collected {
		each(p.collected[i].records)
	}
	for _, call := range p.waiting {
		for i := range call {
			each(call[i].records)
		}
	}
	for i := range p.requests {
		q := &p.requests[i]
		for j := range q.records {
			if q.results[j].OK() {
				n -= int64(len(q.records[j].records))
			} else {
				each(q.records[j].records)
			}
		}
	}
	return n
}

// Clone returns a producer that goes on from here on its own.
func (p *Producer) Clone() *Producer {
	c := *p
	c.shards = p.shards.clone()
	c.lanes = make([]lane, len(p.lanes))
	for i := range p.lanes {
		c.lanes[i] = p.lanes[i].clone()
	}
	c.collected = append([]kinesisRecord(nil), p.collected...)
	c.waiting = append([][]kinesisRecord(nil), p.waiting...)
	c.requests = append([]request(nil), p.requests...)
	c.seconds = p.seconds.Clone()
	c.meters, c.entries = meters{}, nil
	return &c
}

// Fire does what is due and returns how many records it handled.
func (p *Producer) Fire(w World) int {
	now := w.Sched.Now()
	if now < p.wakeAt || p.wakeAt == 0 {
		return 1 // an earlier request that a later one made needless
	}
	p.wakeAt = 0
	work := 1 + p.answers(w)
	p.shards.advance(w, p)
	work += p.make(w)
	for i := range p.lanes {
		if l := &p.lanes[i]; l.due != 0 && l.due <= now {
			p.flushLane(w, i, ByTime)
		}
		if l := &p.lanes[i]; len(l.queue) > 0 && l.drainAt <= now {
			p.drain(w, i)
		}
	}
	if p.flushAt != 0 && p.flushAt <= now {
		p.flushAt = 0
		p.flushCollector(w, ByHand)
	}
	if p.collectBy != 0 && p.collectBy <= now {
		p.flushCollector(w, ByTime)
	}
	p.send(w)
	p.lastAt = now
	p.measure(w)
	p.tell(w)
	p.wake(w)
	return work
}

// make lets the application add the records that have become due.
func (p *Producer) make(w World) int {
	now := w.Sched.Now()
	if !p.set.Running {
		return 0
	}
	ready := p.pace.Ready(now, p.set.milli())
	room := int64(p.set.MaxOutstanding - p.outstanding)
	if p.set.FlushSync {
		room = p.syncing(w)
	}
	n := max(0, min(ready, room))
	if wait := ready > n; wait != p.held && (wait || p.outstanding <= p.set.MaxOutstanding/2) {
		p.held = wait
		kind := Released
		if wait {
			kind = Held
		}
		if !p.set.FlushSync {
			w.Notify(Notice{Kind: kind, N: ready - n})
		}
	}
	if n == 0 {
		return 0
	}
	p.pace.Take(n)
	p.total.Made += n
	p.seconds.Now(now).Made += int32(n)
	p.outstanding += int(n)
	p.meters.add(w, p, received, streamLevel, same(n, 1))
	for range n {
		key, variant := p.plan.Pick(p.ordinal, &p.dice)
		p.put(w, userRecord{plan: p.plan, ordinal: p.ordinal, key: key, variant: variant, arrival: now, last: now,
			due: now.Add(p.set.buffered()), expires: now.Add(millis(p.set.RecordTtl)), predicted: noShard})
		p.ordinal++
	}
	if p.set.FlushSync {
		p.syncAt = now.Add(syncEvery)
		p.flushBuffers(w)
		p.flushAt = now.Add(flushDelay)
	}
	return int(n)
}

// syncing says whether an application that calls flushSync after each record may add one: not before flushSync has slept and
// then found nothing outstanding.
func (p *Producer) syncing(w World) int64 {
	now := w.Sched.Now()
	switch {
	case p.syncAt > now:
		return 0
	case p.outstanding > 0:
		p.syncAt = now.Add(syncEvery)
		p.flushBuffers(w)
		p.flushAt = now.Add(flushDelay)
		return 0
	}
	return 1
}

// measure reports how many records are outstanding, while any is.
func (p *Producer) measure(w World) {
	if now := w.Sched.Now(); p.pendingAt <= now {
		p.pendingAt = now.Add(pendingEvery)
		p.meters.add(w, p, pending, streamLevel, same(1, int64(p.outstanding)))
	}
}

// wake asks to be woken when the next thing is due.
func (p *Producer) wake(w World) {
	next := sim.Instant(0)
	at := func(t sim.Instant) {
		if t != 0 && (next == 0 || t < next) {
			next = t
		}
	}
	if milli := p.set.milli(); p.set.Running && milli > 0 {
		switch {
		case p.set.FlushSync && p.syncAt > w.Sched.Now():
			at(max(p.syncAt, p.pace.NextAt(1, milli)))
		case !p.held:
			at(max(p.pace.NextAt(1, milli), p.lastAt.Add(Tick)))
		default: // results make room
		}
	}
	for i := range p.lanes {
		l := &p.lanes[i]
		at(l.due)
		if len(l.queue) > 0 {
			at(l.drainAt)
		}
	}
	at(p.collectBy)
	at(p.flushAt)
	for i := range p.requests {
		at(p.requests[i].due)
	}
	at(p.shards.due)
	if next == 0 {
		return
	}
	next = max(next, w.Sched.Now())
	if p.wakeAt != 0 && p.wakeAt <= next {
		return
	}
	p.wakeAt = next
	w.Sched.At(next, w.Owner, 0, 0)
}
