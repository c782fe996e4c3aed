// Package producer holds the clients that write: what AWS SDKs do around PutRecord and PutRecords, with batches, retries
// and backoff. It knows the streams it writes to by their service and no other client; who made it and who watches it is
// the region's business.
//
// A producer is plain data with its own dice. It is woken by the schedule in ticks, writes what has become due through
// the service's fast path, and asks to be woken again. The shard takes a record at the instant it is sent; the client has
// its answer LatencyMillis later, and only then does it try again.
package producer

import (
	"time"

	"shardlab/wasm/kinesis"
	"shardlab/wasm/load"
	"shardlab/wasm/sim"
)

// Tick is the shortest time between two wakings: what becomes due within it is sent together.
const Tick = 10 * time.Millisecond

// orderedKeys is for how many keys (the first of the table) the order of the taken records is watched.
const orderedKeys = 4096

// A Notice says what befell a producer's records. Kinds are the constants below.
type Notice struct {
	Kind     NoticeKind
	N        int64
	Attempts int
	Code     string // of the error that stopped it
}

// A NoticeKind says what a Notice is about.
type NoticeKind uint8

// The notices of a producer.
const (
	Retried   NoticeKind = iota // N records will be sent again
	Lost                        // N records were given up
	Blocked                     // the stream does not take anything: Code
	Unblocked                   // it does again
	TimedOut                    // a call was not answered in time
)

// A Flight is a record on its way, for whoever watches. Refused says that the shard did not take it.
type Flight struct {
	SentAt, DueAt sim.Instant
	Shard         int32
	Key           string
	Refused       bool
}

// World is what a producer acts on, handed in with every waking.
type World struct {
	Sched   *sim.Schedule
	Owner   sim.Owner
	Kinesis *kinesis.Service
	Deliver load.Deliver
	Notify  func(Notice)
	Flight  func(Flight) // nil when nobody watches
	Every   int64        // one flight stands for so many records
}

// Totals is what a producer did in all.
type Totals struct{ Made, Accepted, Refused, Retried, Lost, Duplicates, Calls, TimedOut int64 }

// A plan is what a producer writes, with the hashes of the keys.
type plan struct {
	*load.Plan
	hashes []kinesis.Hash // of Names
}

func newPlan(set Settings) *plan {
	keys := load.NewPlan(set.Keys, set.RecordBytes-set.Source.Head())
	if set.MessageIds {
		keys.WithIDs(set.Name)
	}
	return &plan{keys, kinesis.HashKeys(keys.Names)}
}

// A Producer is one client that writes.
// Invariant: the queue is a heap by due, then by ordinal.
type Producer struct {
	set    Settings
	plan   *plan // the keys and payloads that follow from set; never changed, shared with clones
	dice   sim.Rand
	shaper load.Shaper // of a source that is not plain

	pace    load.Pace
	ordinal int64       // records made in all; the next one's number
	lastAt  sim.Instant // of the last waking that sent
	wakeAt  sim.Instant // the next waking that was asked for; 0 is none

	queue   []waiting // records that wait to be sent again
	tokens  int64     // of the SDK's retry quota
	blocked string    // the code that stopped it, "" when writing works

	seconds load.Seconds
	total   Totals

	taken    []int64 // per key of the first orderedKeys: ordinal of the newest record taken, plus one
	late     int64   // records taken after a later one of their key
	lateKey  string  // of the last of them
	lateAt   sim.Instant
	keyCount []int64 // records taken per key, of the first orderedKeys

	entries []kinesis.PutEntry // scratch
	results []kinesis.PutResult
	call    []waiting
}

// New returns a producer with settings that were checked; seed is the world's.
func New(set Settings, seed uint64) *Producer {
	p := &Producer{set: set, dice: sim.NewRand(seed, "producer/"+set.Name), tokens: quotaTokens}
	p.plan, p.shaper = newPlan(set), load.NewShaper(set.Source)
	p.resetOrder()
	return p
}

// Settings are what the producer was told.
func (p *Producer) Settings() Settings { return p.set }

// Total is what it did in all.
func (p *Producer) Total() Totals { return p.total }

// Waiting is how many records wait to be sent again.
func (p *Producer) Waiting() int { return len(p.queue) }

// Blocked is the error code that stops it, "" when writing works.
func (p *Producer) Blocked() string { return p.blocked }

// Late is how many records were taken after a later one of their key, and the last such key with the instant.
func (p *Producer) Late() (n int64, key string, at sim.Instant) { return p.late, p.lateKey, p.lateAt }

// Keys lists the table of keys with the share of the records that each is meant to get, the table's order.
func (p *Producer) Keys() ([]string, []float64) { return p.plan.Names, p.plan.Shares }

// Taken is how many records with the key at place i of the table were taken; places past the watched ones count 0.
func (p *Producer) Taken(i int) int64 {
	if i < len(p.keyCount) {
		return p.keyCount[i]
	}
	return 0
}

// Uses reports whether a partition key is in its table.
func (p *Producer) Uses(key string) bool { return p.plan.Uses(key) }

// At is what it did in one second since the Unix epoch, as far as it remembers.
func (p *Producer) At(second int64) load.Second { return p.seconds.At(second) }

// Lately sums what it did in the n whole seconds before the second of now, and in the running one when n is 0.
func (p *Producer) Lately(now sim.Instant, n int64) load.Second { return p.seconds.Lately(now, n) }

// Apply gives the producer other settings from now on; what waits to be sent again stays, unless the stream changes.
func (p *Producer) Apply(set Settings, w World) {
	old := p.set
	p.set = set
	if old.Keys.Differs(set.Keys) || old.RecordBytes != set.RecordBytes || old.MessageIds != set.MessageIds {
		p.plan = newPlan(set)
		p.resetOrder()
	}
	if old.Source != set.Source {
		p.shaper = load.NewShaper(set.Source)
	}
	if old.StreamName != set.StreamName || !set.Running {
		p.giveUp(w.Sched.Now())
		p.blocked = ""
	}
	p.pace.Begin(w.Sched.Now())
	p.wake(w)
}

// Start makes it write from now on.
func (p *Producer) Start(w World) {
	p.set.Running = true
	p.pace.Begin(w.Sched.Now())
	p.wake(w)
}

// Stop ends it: what waits to be sent again is lost with it.
func (p *Producer) Stop(w World) {
	p.set.Running = false
	p.giveUp(w.Sched.Now())
}

// Clone returns a producer that goes on from here on its own.
func (p *Producer) Clone() *Producer {
	c := *p
	c.queue = append([]waiting(nil), p.queue...)
	c.seconds = p.seconds.Clone()
	c.shaper = p.shaper.Clone()
	c.taken = append([]int64(nil), p.taken...)
	c.keyCount = append([]int64(nil), p.keyCount...)
	c.entries, c.results, c.call = nil, nil, nil
	return &c
}

func (p *Producer) resetOrder() {
	n := min(len(p.plan.Names), orderedKeys)
	p.taken, p.keyCount = make([]int64, n), make([]int64, n)
}

// Fire sends what is due and returns how many records it handled.
func (p *Producer) Fire(w World) int {
	now := w.Sched.Now()
	if now < p.wakeAt || p.wakeAt == 0 {
		return 1 // an earlier request that a later one made needless
	}
	p.wakeAt = 0
	if !p.set.Running {
		return 1
	}
	work := 1 + p.again(w)
	work += p.fresh(w)
	p.lastAt = now
	p.wake(w)
	return work
}

// callSize is how many records go into one call: the batch, but no more than are made in a second.
func (p *Producer) callSize() int64 {
	return max(1, min(int64(p.set.Batch), p.set.rateMilli()/1000))
}

// fresh makes and sends the records that have become due.
func (p *Producer) fresh(w World) int {
	now := w.Sched.Now()
	size := p.callSize()
	work := 0
	for p.pace.Ready(now, p.set.rateMilli()) >= size {
		p.call = p.call[:0]
		for range size {
			key, variant := p.plan.Pick(p.ordinal, &p.dice)
			r := waiting{plan: p.plan, ordinal: p.ordinal, key: key, variant: variant}
			if !p.set.Source.Plain() {
				r.made = p.shaper.Make(p.plan.Plan, p.ordinal, key, variant, now, &p.dice)
			}
			p.call = append(p.call, r)
			p.ordinal++
		}
		p.pace.Take(size)
		p.total.Made += size
		p.seconds.Now(now).Made += int32(size)
		p.send(w, p.call)
		work += int(size)
	}
	return work
}

// wake asks to be woken when the next thing is due.
func (p *Producer) wake(w World) {
	if !p.set.Running {
		return
	}
	now := w.Sched.Now()
	next := sim.Instant(0)
	if p.set.rateMilli() > 0 {
		next = max(p.pace.NextAt(p.callSize(), p.set.rateMilli()), p.lastAt.Add(Tick))
	}
	if len(p.queue) > 0 {
		if again := max(p.queue[0].due, p.lastAt.Add(Tick/2)); next == 0 || again < next {
			next = again
		}
	}
	if next == 0 {
		return
	}
	next = max(next, now)
	if p.wakeAt != 0 && p.wakeAt <= next {
		return
	}
	p.wakeAt = next
	w.Sched.At(next, w.Owner, 0, 0)
}
