// Package consumer holds the clients that read: an SDK poller around GetShardIterator and GetRecords, and a reader with
// enhanced fan-out around SubscribeToShard. It knows the streams it reads by their service and no other client; who made it
// and who watches it is the region's business.
//
// A consumer is plain data with its own dice. It polls every shard of its stream or subscribes to it, by default a shard's
// parents to their end before the shard itself, finds new shards after a reshard, waits after a refused call as SDKs do, and
// needs time to process what it read when it is told so.
package consumer

import (
	"maps"
	"time"

	"shardlab/wasm/kinesis"
	"shardlab/wasm/sim"
)

// Bounds of what a consumer remembers.
const (
	keptSeconds = 3600
	keptMarks   = 20_000 // reads remembered per shard, for "who read this record, when"
	orderedKeys = 4096   // keys whose order is watched
)

// Delays.
const (
	// Attempts, ThrottlingBase and MaxBackoff are the SDKs' retries after throttling: three attempts, the first included,
	// with pauses of random(0,1) * min(20 s, 1 s * 2^i); after a failure of the service TransientBase stands for the second.
	// Source: AWS SDKs and Tools Reference Guide, Retry behavior.
	Attempts       = 3
	ThrottlingBase = time.Second
	TransientBase  = 50 * time.Millisecond
	MaxBackoff     = 20 * time.Second
	// syncEvery is how often it looks for new shards beside the child shards that a closed shard's end names.
	syncEvery = 10 * time.Second
	// eagerSync is the same for a consumer that reads all shards at once; it also paces the wait for a missing stream.
	eagerSync = time.Second
	// deniedPause is how long it waits before it asks again after it was told that it may not read. Ours.
	deniedPause = time.Second
	// quickest and slowest bound the time until an answer or an event is there; the next poll counts from then, as in a
	// program that reads, sleeps and reads again. So the phases of several readers drift, and each gets its share. Ours.
	quickest, slowest = 10 * time.Millisecond, 30 * time.Millisecond
	micro             = time.Microsecond
	// BehindAlarm is the lag at which a consumer counts as falling behind, CaughtUp the one at which it no longer does.
	BehindAlarm = 5 * time.Second
	CaughtUpAt  = time.Second
)

// A NoticeKind says what a Notice is about.
type NoticeKind uint8

// The notices of a consumer.
const (
	Behind    NoticeKind = iota // it fell behind by N milliseconds
	CaughtUp                    // it no longer is
	Blocked                     // its stream is not there, or it may not read it: Code
	Unblocked                   // it can read it again
	Finished                    // it read the closed shard Shard to its end
	Expired                     // its iterator of shard Shard expired before it was used
	TooEarly                    // it began shard Shard although a parent is not read to its end
)

// A Notice says what befell a consumer.
type Notice struct {
	Kind  NoticeKind
	N     int64
	Shard int32
	Code  string
}

// A Flight is an answer with records on its way to the consumer, for whoever watches.
type Flight struct {
	SentAt, DueAt sim.Instant
	Shard         int32
	Records       int
}

// World is what a consumer acts on, handed in with every waking.
type World struct {
	Sched   *sim.Schedule
	Owner   sim.Owner
	Kinesis *kinesis.Service
	Notify  func(Notice)
	Flight  func(Flight)                        // nil when nobody watches
	Take    func(shard int32, b *kinesis.Batch) // gets what was read; nil when nobody needs it
}

// A Second is what a consumer did in one second of virtual time.
type Second struct {
	At      int64
	Read    int32 // records
	Calls   int32
	Refused int32 // calls
	Behind  int64 // most milliseconds that an answer lay behind
	Latency int64 // microseconds from put to received, of all records together
}

// Totals is what a consumer did in all. Calls are of GetRecords, or of SubscribeToShard, whose events are Events.
type Totals struct{ Read, Bytes, Calls, Refused, Events int64 }

// A Mark says up to which record a shard was read at an instant.
type Mark struct {
	At   sim.Instant
	Next int64
}

// Phases of a shard.
const (
	Waiting = "waiting"  // a parent is not read to its end
	Reading = "reading"  // polled or subscribed to
	Done    = "finished" // closed, and read to its end
	Gone    = "gone"     // expired, or older than where the reader began
)

// ahead is how many polls may be missed before the lag is computed from the records.
const ahead = 2

// A Place is how far a consumer is in one shard.
type Place struct {
	Shard    int32
	Parents  []int32
	From     string // where it begins: LATEST, TRIM_HORIZON or AT_TIMESTAMP
	Phase    string
	Start    int64 // index of the first record it wants
	Next     int64 // index of the next record it will get
	Due      sim.Instant
	Answered sim.Instant // of the latest answer
	Behind   int64       // MillisBehindLatest of that answer
	issued   sim.Instant // of its iterator; 0 when it has none, and no place yet
	Missed   int64       // records that expired before it came to them
	fails    int
	marks    sim.List[Mark]

	Subscribed sim.Instant // since when the shard pushes to it; 0 when it does not
	sub        int64       // id of that subscription
	renew      bool        // the one before was over after its five minutes
}

// newest is where the youngest record read of a key lies.
type newest struct {
	taken sim.Instant
	shard int32
}

// A Consumer is one client that reads.
type Consumer struct {
	set  Settings
	dice sim.Rand

	places  []Place // by shard number
	created sim.Instant
	synced  sim.Instant // when it last looked for shards; 0 never
	busy    sim.Instant // processing until then
	wakeAt  sim.Instant
	blocked string
	atRead  bool // it is blocked in reading, not in looking for shards
	lagging bool

	enrolled   string // status of its registered consumer
	registered bool   // it had one since it was started
	unwanted   string // why it has none: error code, "" when it may have one
	latency    latencies

	cur     Second
	history sim.List[Second]
	total   Totals
	expired int64 // iterators that expired while it processed

	order   map[string]newest
	late    int64
	lateKey string
	lateAt  int32 // shard
}

// New returns a consumer with settings that were checked; seed is the world's.
func New(set Settings, seed uint64) *Consumer {
	return &Consumer{set: set, dice: sim.NewRand(seed, "consumer/"+set.Name), order: map[string]newest{}}
}

// Settings are what the consumer was told.
func (c *Consumer) Settings() Settings { return c.set }

// Total is what it did in all.
func (c *Consumer) Total() Totals { return c.total }

// Blocked is the error code that stops it, "" when reading works.
func (c *Consumer) Blocked() string { return c.blocked }

// Places is how far it is in each shard it knows, by number. They must not be changed.
func (c *Consumer) Places() []Place { return c.places }

// Late is how many records it read after a younger one of their key, the last such key and the shard it lay in.
func (c *Consumer) Late() (n int64, key string, shard int32) { return c.late, c.lateKey, c.lateAt }

// Keys is how many different keys it has seen, as far as it watches them.
func (c *Consumer) Keys() int { return len(c.order) }

// Busy is until when it processes what it read.
func (c *Consumer) Busy() sim.Instant { return c.busy }

// ReadAt says when the record with an index was read, false when it was not.
func (c *Consumer) ReadAt(shard int32, index int64) (sim.Instant, bool) {
	p := c.place(shard)
	if p == nil || index < p.Start || index >= p.Next {
		return 0, false
	}
	i := p.marks.Search(func(m *Mark) bool { return m.Next > index })
	if i == p.marks.Next() {
		return 0, false
	}
	return p.marks.At(i).At, true
}

// Lately sums what it did in the n whole seconds before the second of now.
func (c *Consumer) Lately(now sim.Instant, n int64) Second {
	s := now.Second()
	sum := Second{At: s}
	add := func(x *Second) {
		if x.At < s && x.At >= s-n {
			sum.Read += x.Read
			sum.Calls += x.Calls
			sum.Refused += x.Refused
			sum.Behind = max(sum.Behind, x.Behind)
			sum.Latency += x.Latency
		}
	}
	add(&c.cur)
	for i := c.history.Next() - 1; i >= c.history.First() && c.history.At(i).At >= s-n; i-- {
		add(c.history.At(i))
	}
	return sum
}

// Lag is how many milliseconds the shard that is furthest behind lies behind.
func (c *Consumer) Lag(k *kinesis.Service, now sim.Instant) (worst int64) {
	c.Lags(k, now, func(_ int32, _, behind int64) { worst = max(worst, behind) })
	return worst
}

// Lags tells of each shard in which it lags: the index of the record that comes next, and how many milliseconds it lies behind, as its
// latest answer said, or, when it has not asked lately, by the age of the oldest record it could read and did not.
func (c *Consumer) Lags(k *kinesis.Service, now sim.Instant, yield func(shard int32, next, behind int64)) {
	stream, ok := k.Stream(c.set.StreamName)
	if !ok {
		return
	}
	begin := kinesis.Begin(AtTimestamp, c.set.Timestamp).At
	aged := func(shard *kinesis.ShardState, next int64, from string) {
		switch from { // that of one that has not begun
		case Latest:
			return
		case AtTimestamp:
			next = shard.Since(begin)
		}
		if next = max(next, shard.First()); next < shard.Next() {
			yield(shard.Number(), next, int64(now.Sub(shard.Record(next).At)/time.Millisecond))
		}
	}
	if c.blocked != "" && len(c.places) == 0 { // it may not even list the shards
		for _, shard := range stream.Shards() {
			aged(shard, 0, c.set.From)
		}
	}
	for i := range c.places {
		p := &c.places[i]
		if p.Phase == Done || p.Phase == Gone {
			continue
		}
		patience := ahead * c.set.poll()
		if c.set.RetrievalMode == FanOut {
			if patience = k.Limits().SubscriptionHeartbeat; p.sub == 0 {
				patience = -CaughtUpAt
			}
		}
		if p.Phase == Reading && p.Answered != 0 && now.Sub(p.Answered) <= patience+CaughtUpAt/2 {
			yield(p.Shard, p.Next, p.Behind)
			continue
		}
		shard, ok := stream.Shard(p.Shard)
		if !ok {
			continue
		}
		from := p.From
		if p.issued != 0 {
			from = ""
		}
		aged(shard, p.Next, from)
	}
}

// Apply gives the consumer other settings from now on. Another stream or another beginning makes it begin again.
func (c *Consumer) Apply(set Settings, w World) {
	old := c.set
	c.set = set
	now := w.Sched.Now()
	if old.StreamName != set.StreamName || old.RetrievalMode != set.RetrievalMode || old.RegisteredAs() != set.RegisteredAs() {
		c.hangUp(w)
		c.enrolled, c.registered, c.unwanted, c.synced = "", false, "", 0
	}
	if old.StreamName != set.StreamName || old.From != set.From || old.Timestamp != set.Timestamp {
		c.hangUp(w)
		c.forget()
	}
	for i := range c.places {
		p := &c.places[i]
		p.Due = min(p.Due, now.Add(set.poll()))
		if p.issued != 0 {
			p.issued = now // the iterator, or the subscription, with which it goes on is a new one
		}
		w.Kinesis.LetGo(p.sub)
	}
	c.busy = min(c.busy, w.Sched.Now())
	c.wake(w)
}

// Start makes it read from now on, from where it stopped.
func (c *Consumer) Start(w World) {
	c.set.Running = true
	c.enrolled, c.registered, c.unwanted = "", false, ""
	c.wake(w)
}

// Stop ends its reading; it keeps its place.
func (c *Consumer) Stop(w World) {
	c.set.Running, c.lagging = false, false
	c.hangUp(w)
}

// Clone returns a consumer that goes on from here on its own.
func (c *Consumer) Clone() *Consumer {
	n := *c
	n.places = append([]Place(nil), c.places...)
	for i := range n.places {
		n.places[i].marks = c.places[i].marks.Clone()
	}
	n.history = c.history.Clone()
	n.order = maps.Clone(c.order)
	return &n
}

func (c *Consumer) forget() {
	c.places, c.synced, c.created, c.blocked, c.atRead, c.lagging = nil, 0, 0, "", false, false
	c.enrolled, c.registered, c.unwanted = "", false, ""
	c.order = map[string]newest{}
}

func (c *Consumer) place(shard int32) *Place {
	for i := range c.places {
		if c.places[i].Shard == shard {
			return &c.places[i]
		}
	}
	return nil
}

// Fire does what is due and returns how many records it handled.
func (c *Consumer) Fire(w World) int {
	now := w.Sched.Now()
	if now < c.wakeAt || c.wakeAt == 0 {
		return 1 // an earlier request that a later one made needless
	}
	c.wakeAt = 0
	if !c.set.Running {
		return 1
	}
	work := 1
	if c.synced == 0 || now >= c.synced.Add(c.syncPause()) {
		c.sync(w)
	}
	if c.set.RetrievalMode == FanOut {
		c.subscribe(w)
	}
	for c.busy <= now && c.set.RetrievalMode != FanOut {
		p := c.next()
		if p == nil || p.Due > now {
			break
		}
		work += 1 + c.read(w, p)
	}
	c.watch(w)
	c.wake(w)
	return work
}

func (c *Consumer) syncPause() time.Duration {
	if c.blocked != "" || c.set.ShardOrder == AllAtOnce || c.set.RetrievalMode == FanOut && c.enrolled != kinesis.Active {
		return eagerSync
	}
	return syncEvery
}

// next is the place that is due first; one that is pushed to never is.
func (c *Consumer) next() *Place {
	var first *Place
	for i := range c.places {
		if p := &c.places[i]; p.Phase == Reading && p.sub == 0 && (first == nil || p.Due < first.Due) {
			first = p
		}
	}
	return first
}

// wake asks to be woken when the next thing is due.
func (c *Consumer) wake(w World) {
	if !c.set.Running {
		return
	}
	now := w.Sched.Now()
	next := now
	if c.synced != 0 {
		next = c.synced.Add(c.syncPause())
		switch p := c.next(); {
		case p == nil || c.set.RetrievalMode == FanOut && c.enrolled != kinesis.Active:
		case c.set.RetrievalMode == FanOut:
			next = min(next, p.Due)
		default:
			next = min(next, max(p.Due, c.busy))
		}
		next = max(next, now)
	}
	if c.wakeAt != 0 && c.wakeAt <= next {
		return
	}
	c.wakeAt = next
	w.Sched.At(next, w.Owner, 0, 0)
}

// watch says when it falls behind and when it has caught up.
func (c *Consumer) watch(w World) {
	lag := c.Lag(w.Kinesis, w.Sched.Now())
	switch {
	case !c.lagging && lag >= BehindAlarm.Milliseconds():
		c.lagging = true
		w.Notify(Notice{Kind: Behind, N: lag})
	case c.lagging && lag <= CaughtUpAt.Milliseconds():
		c.lagging = false
		w.Notify(Notice{Kind: CaughtUp})
	}
}

// second returns the counters of the running second.
func (c *Consumer) second(now sim.Instant) *Second {
	if s := now.Second(); c.cur.At != s {
		if c.cur != (Second{At: c.cur.At}) {
			c.history.Append(c.cur)
			if c.history.Len() > keptSeconds {
				c.history.TrimTo(c.history.Next() - keptSeconds)
			}
		}
		c.cur = Second{At: s}
	}
	return &c.cur
}
