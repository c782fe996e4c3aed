package kpl

import (
	"cmp"
	"slices"
	"time"

	"shardlab/wasm/aggregation"
	"shardlab/wasm/kinesis"
	"shardlab/wasm/sim"
)

// noShard is the prediction for a record when the shard map does not know.
const noShard int32 = -1

// Limits of the way to one shard. Source: ShardLimiter, Collector::should_flush, Pipeline::putrecords_buffer_duration.
const (
	limiterRecords  = 1000     // a second, at RateLimit 100
	limiterBytes    = 1 << 20  // a second, at RateLimit 100
	limiterBurst    = 10 << 20 // bytes
	collectShard    = 256 << 10
	collectMost     = 50 * time.Millisecond
	micro           = 1_000_000
	heldNews        = 5 * time.Second // without anything held back before it is news again
	collectFraction = 5               // the collector waits a fifth of RecordMaxBufferedTime
)

// A userRecord is one that the application added.
type userRecord struct {
	plan      *plan // of the settings it was made under
	ordinal   int64
	key       int32
	variant   int32
	arrival   sim.Instant
	due       sim.Instant // its deadline in the buffers
	expires   sim.Instant
	last      sim.Instant // arrival, or the end of the latest attempt
	attempts  int32
	predicted int32
	had       bool // the stream has it already
}

func (r *userRecord) name() string       { return r.plan.Names[r.key] }
func (r *userRecord) hash() kinesis.Hash { return r.plan.hashes[r.key] }
func (r *userRecord) data() []byte       { return r.plan.Record(r.key, r.variant, r.ordinal) }

// A kinesisRecord is what is sent as one record. It never changes but for its deadline.
type kinesisRecord struct {
	records []userRecord
	key     string
	hash    kinesis.Hash
	data    []byte
	lane    int // of its shard; -1 when it is not predicted
	due     sim.Instant
	expires sim.Instant
}

func (k *kinesisRecord) size() int64 { return int64(len(k.key) + len(k.data)) }

// A lane is the way to one shard: the buffer that is packed, and the limiter behind it.
type lane struct {
	shard   int32
	records []userRecord
	packed  aggregation.Builder // of records
	due     sim.Instant         // when the buffer is flushed; 0 when it is empty

	queue     []kinesisRecord // held back by the limiter, by deadline
	drainAt   sim.Instant     // when the limiter looks at the queue next
	tokens    [2]int64        // millionths of records and of bytes
	filledAt  sim.Instant     // tokens are as of then; 0 is never
	heldAt    sim.Instant     // when it held records back last
	collected int64           // bytes of data in the collector
}

func (l *lane) clone() lane {
	c := *l
	c.records = append([]userRecord(nil), l.records...)
	c.packed = l.packed.Clone()
	c.queue = append([]kinesisRecord(nil), l.queue...)
	return c
}

func (l *lane) look(now sim.Instant, rateLimit int64) Buffer {
	b := Buffer{Shard: l.shard, Records: len(l.records), Bytes: l.packed.KPLSize(), DueAt: l.due, Limited: len(l.queue)}
	for i := range l.queue {
		b.LimitedBytes += l.queue[i].size()
	}
	c := *l
	c.fill(now, rateLimit)
	b.Share = min(float64(c.tokens[0])/(limiterRecords*micro), float64(c.tokens[1])/(limiterBurst*micro))
	return b
}

// add takes a record into the buffer.
func (l *lane) add(r userRecord) {
	l.records = append(l.records, r)
	l.packed.Add(aggregation.Record{PartitionKey: r.name(), Data: r.data()})
	if l.due == 0 || r.due < l.due {
		l.due = r.due
	}
}

// put brings a user record into the buffer of its shard. Without a prediction it goes alone, past the limiter.
func (p *Producer) put(w World, r userRecord) {
	i := -1
	if p.set.AggregationEnabled {
		i = p.shards.lane(r.hash())
	}
	if i < 0 {
		r.predicted = noShard
		p.collect(w, kinesisRecord{records: []userRecord{r}, key: r.name(), hash: r.hash(), data: r.data(), lane: -1, due: r.due, expires: r.expires})
		return
	}
	l := &p.lanes[i]
	r.predicted = l.shard
	l.add(r)
	switch {
	case int64(len(l.records)) >= p.set.AggregationMaxCount:
		p.flushLane(w, i, ByCount)
	case int64(l.packed.KPLSize()) >= p.set.AggregationMaxSize:
		p.flushLane(w, i, BySize)
	}
}

// flushBuffers flushes the buffers of all shards by hand.
func (p *Producer) flushBuffers(w World) {
	for i := range p.lanes {
		if len(p.lanes[i].records) > 0 {
			p.flushLane(w, i, ByHand)
		}
	}
}

// flushLane packs what is in a buffer into a Kinesis record and hands it to the limiter. What does not fit, those with the
// latest deadlines, stays.
func (p *Producer) flushLane(w World, i int, why Reason) {
	l := &p.lanes[i]
	if !slices.IsSortedFunc(l.records, sooner) {
		sim.Sort(l.records, sooner)
		l.packed.Reset()
		for j := range l.records {
			l.packed.Add(aggregation.Record{PartitionKey: l.records[j].name(), Data: l.records[j].data()})
		}
	}
	n := len(l.records)
	for n > 1 && (int64(n) > p.set.AggregationMaxCount || int64(l.packed.SentSize()) > p.set.AggregationMaxSize) {
		l.packed.RemoveLast()
		n--
	}
	first := &l.records[0]
	k := kinesisRecord{records: l.records[:n:n], key: first.name(), hash: first.hash(), lane: i, due: l.records[0].due, expires: l.records[0].expires}
	if n == 1 {
		k.data = first.data()
	} else {
		k.key, k.data = aggregation.PartitionKey, l.packed.Append(nil)
	}
	for j := range k.records {
		k.expires = min(k.expires, k.records[j].expires)
	}
	rest := l.records[n:]
	l.records, l.due = nil, 0
	l.packed.Reset()
	for _, r := range rest {
		l.add(r)
	}
	p.flushed(0, why, n)
	p.limit(w, k)
}

func sooner(a, b userRecord) int { return cmp.Compare(a.due, b.due) }

// fill refills the limiter's tokens.
func (l *lane) fill(now sim.Instant, rateLimit int64) {
	most := [2]int64{limiterRecords * micro, limiterBurst * micro}
	for i, rate := range [2]int64{limiterRecords, limiterBytes} {
		if since := int64(now - l.filledAt); l.filledAt == 0 || since >= most[i]/(rate*rateLimit/100+1)+1 {
			l.tokens[i] = most[i]
		} else {
			l.tokens[i] = min(most[i], l.tokens[i]+since*rate*rateLimit/100)
		}
	}
	l.filledAt = now
}

// limit hands a Kinesis record to the limiter of its shard.
func (p *Producer) limit(w World, k kinesisRecord) {
	l := &p.lanes[k.lane]
	at, _ := slices.BinarySearchFunc(l.queue, k.due, func(x kinesisRecord, due sim.Instant) int {
		if x.due <= due {
			return -1
		}
		return 1
	})
	l.queue = sim.Insert(l.queue, at, k)
	p.drain(w, k.lane)
}

// drain lets Kinesis records of a shard pass as far as the limiter's tokens go; those that have expired go no further.
func (p *Producer) drain(w World, i int) {
	now := w.Sched.Now()
	l := &p.lanes[i]
	var late []kinesisRecord
	if l.drainAt <= now {
		l.queue = slices.DeleteFunc(l.queue, func(k kinesisRecord) bool {
			if k.expires >= now {
				return false
			}
			late = append(late, k)
			return true
		})
	}
	l.fill(now, p.set.RateLimit)
	n := 0
	for ; n < len(l.queue); n++ {
		cost := int64(len(l.queue[n].data)) * micro
		if l.tokens[0] < micro || l.tokens[1] < cost {
			break
		}
		l.tokens[0] -= micro
		l.tokens[1] -= cost
	}
	passed := l.queue[:n:n]
	l.queue = l.queue[n:]
	if len(l.queue) == 0 {
		l.queue = nil
	} else {
		every := sim.Instant(drainEvery.Microseconds())
		l.drainAt = (now/every + 1) * every
		if l.heldAt == 0 || now.Sub(l.heldAt) > heldNews {
			w.Notify(Notice{Kind: Throttled, N: int64(len(l.queue)), Shard: l.shard})
		}
		l.heldAt = now
	}
	for _, k := range passed {
		p.collect(w, k)
	}
	for _, k := range late {
		for _, r := range k.records {
			p.again(w, r, now, now, "Expired", len(k.records))
		}
	}
}

// collect gathers a Kinesis record for PutRecords.
func (p *Producer) collect(w World, k kinesisRecord) {
	if p.set.AggregationEnabled {
		wait := min(collectMost, p.set.buffered()/collectFraction)
		k.due = min(max(k.due, w.Sched.Now().Add(wait)), k.expires)
	}
	p.gather(k)
	crowded := k.lane >= 0 && p.lanes[k.lane].collected >= collectShard
	switch {
	case int64(len(p.collected)) >= p.set.CollectionMaxCount:
		p.flushCollector(w, ByCount)
	case p.gathered >= p.set.CollectionMaxSize:
		p.flushCollector(w, BySize)
	case crowded:
		p.flushCollector(w, ByShard)
	}
}

func (p *Producer) gather(k kinesisRecord) {
	p.collected = append(p.collected, k)
	p.gathered += k.size()
	if k.lane >= 0 {
		p.lanes[k.lane].collected += int64(len(k.data))
	}
	if p.collectBy == 0 || k.due < p.collectBy {
		p.collectBy = k.due
	}
}

// flushCollector makes a request of what was gathered. What does not fit, those with the latest deadlines, stays.
func (p *Producer) flushCollector(w World, why Reason) {
	all := p.collected
	if len(all) == 0 {
		return
	}
	sim.Sort(all, func(a, b kinesisRecord) int { return cmp.Compare(a.due, b.due) })
	n, size := len(all), p.gathered
	for n > 1 && (int64(n) > p.set.CollectionMaxCount || size > p.set.CollectionMaxSize) {
		n--
		size -= all[n].size()
	}
	for i := range all {
		if lane := all[i].lane; lane >= 0 {
			p.lanes[lane].collected -= int64(len(all[i].data))
		}
	}
	p.collected, p.gathered, p.collectBy = nil, 0, 0
	for _, k := range all[n:] {
		p.gather(k)
	}
	p.flushed(1, why, n)
	p.waiting = append(p.waiting, all[:n:n])
	p.send(w)
}

// flushed counts a flush of n records: of stage 0, a shard's buffer, or stage 1, the collector.
func (p *Producer) flushed(stage int, why Reason, n int) {
	p.total.Flushes[stage][why]++
	p.counted[stage][why].flushes++
	p.counted[stage][why].records += int64(n)
}
