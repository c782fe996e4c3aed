package consumer

import (
	"sort"
	"time"

	"shardlab/wasm/aws"
	"shardlab/wasm/kinesis"
	"shardlab/wasm/sim"
)

// sync looks which shards there are, as ListShards would tell, and lets those be read whose turn has come.
func (c *Consumer) sync(w World) {
	now := w.Sched.Now()
	first := c.synced == 0
	c.synced = now
	stream, ok := w.Kinesis.Stream(c.set.StreamName)
	if !ok || stream.Status() == kinesis.Creating || stream.Status() == kinesis.Deleting {
		c.block(w, aws.ResourceNotFound, false)
		return
	}
	if err := w.Kinesis.Allow("ListShards", stream.ARN()); err != nil {
		c.block(w, aws.CodeOf(err), false)
		return
	}
	if c.created != 0 && c.created != stream.Created() {
		c.forget() // another stream of the same name
		c.synced, first = now, true
	}
	if c.blocked != "" && !c.atRead {
		c.unblock(w)
		first = first || len(c.places) == 0
	}
	c.created = stream.Created()
	first = first && len(c.places) == 0
	for _, s := range stream.Shards() {
		if c.place(s.Number()) != nil {
			continue
		}
		p := Place{Shard: s.Number(), Parents: s.Parents(), Phase: Waiting, From: kinesis.TrimHorizon, Due: now.Add(c.phase(s.Number()))}
		if first {
			p.From = c.set.From
			if !s.Open() && (p.From == Latest || p.From == AtTimestamp && s.ClosedAt().Time().Before(kinesis.Begin(AtTimestamp, c.set.Timestamp).At)) {
				p.Phase = Gone // closed before it began
			}
		}
		c.places = append(c.places, p)
	}
	sort.Slice(c.places, func(i, j int) bool { return c.places[i].Shard < c.places[j].Shard })
	for i := range c.places {
		p := &c.places[i]
		if _, there := stream.Shard(p.Shard); !there && p.Phase != Done {
			p.Phase = Gone
		}
	}
	for i := range c.places {
		c.begin(w, &c.places[i])
	}
	if c.set.RetrievalMode == FanOut {
		c.enroll(w, stream)
	}
}

// block notes what stops the consumer, and tells of it when it is news.
func (c *Consumer) block(w World, code string, atRead bool) {
	news := c.blocked != code
	c.blocked, c.atRead = code, atRead
	if news {
		w.Notify(Notice{Kind: Blocked, Code: code})
	}
}

func (c *Consumer) unblock(w World) {
	c.blocked, c.atRead = "", false
	w.Notify(Notice{Kind: Unblocked})
}

// phase spreads the polls of several shards over the pause between two polls.
func (c *Consumer) phase(shard int32) time.Duration {
	const parts = 16
	if c.set.RetrievalMode == FanOut {
		return 0
	}
	return c.set.poll() * time.Duration(int64(shard)*7%parts) / parts
}

// begin lets a waiting shard be read when its parents are read to their end, or at once when nobody asked for that.
func (c *Consumer) begin(w World, p *Place) {
	if p.Phase != Waiting {
		return
	}
	early := false
	for _, n := range p.Parents {
		if parent := c.place(n); parent != nil && parent.Phase != Done && parent.Phase != Gone {
			early = true
		}
	}
	if early && c.set.ShardOrder != AllAtOnce {
		return
	}
	p.Phase = Reading
	p.Due = max(p.Due, w.Sched.Now())
	if early {
		w.Notify(Notice{Kind: TooEarly, Shard: p.Shard})
	}
}

// read polls one shard and returns how many records came.
func (c *Consumer) read(w World, p *Place) int {
	now := w.Sched.Now()
	stream, ok := w.Kinesis.Stream(c.set.StreamName)
	if !ok {
		p.Due = now.Add(eagerSync)
		c.synced = min(c.synced, now.Add(-syncEvery))
		return 0
	}
	if p.issued == 0 && !c.iterate(w, stream, p) {
		return 0
	}
	sec := c.second(now)
	sec.Calls++
	c.total.Calls++
	answer, err := w.Kinesis.Read(stream, kinesis.Cursor{Shard: p.Shard, Index: p.Next, Issued: p.issued}, c.set.limit())
	if err != nil {
		c.refused(w, p, err)
		return 0
	}
	p.fails = 0
	if c.atRead {
		c.unblock(w)
	}
	latency := c.dice.Between(quickest, slowest).Truncate(micro) + w.Kinesis.Late()
	n := answer.Len()
	if n > 0 {
		c.take(w, p, &answer, now.Add(latency))
		if w.Take != nil {
			w.Take(p.Shard, &answer)
		}
		if w.Flight != nil {
			w.Flight(Flight{now, now.Add(latency), p.Shard, n})
		}
		sec.Read += int32(n)
		c.total.Read += int64(n)
		c.total.Bytes += answer.Bytes
		if c.set.RecordsPerSecond > 0 {
			c.busy = max(c.busy, now.Add(latency)).Add(c.set.processing(n))
		}
	}
	p.Next, p.issued = answer.Next.Index, now
	p.Answered, p.Behind = now, answer.MillisBehind
	sec.Behind = max(sec.Behind, answer.MillisBehind)
	p.Due = now.Add(latency + c.set.poll())
	if answer.End {
		p.Phase = Done
		w.Notify(Notice{Kind: Finished, Shard: p.Shard})
		c.sync(w) // the answer names the child shards
	}
	return n
}

// iterate gets the iterator with which reading a shard begins.
func (c *Consumer) iterate(w World, stream *kinesis.Stream, p *Place) bool {
	cursor, err := w.Kinesis.Iterate(stream, p.Shard, kinesis.Begin(p.From, c.set.Timestamp))
	if err != nil {
		c.refused(w, p, err)
		return false
	}
	p.Start, p.Next, p.issued = cursor.Index, cursor.Index, w.Sched.Now()
	return true
}

// refused waits after a call that was refused: SDKs try a call that was throttled, or failed in a way that may pass, three
// times in all, after a pause that doubles, with full jitter, before the program hears of it; a shard that is gone is left;
// after an expired iterator reading goes on where it stood.
func (c *Consumer) refused(w World, p *Place, err error) {
	now := w.Sched.Now()
	switch code := aws.CodeOf(err); {
	case aws.Retryable(code):
		c.second(now).Refused++
		c.total.Refused++
		if p.fails++; p.fails >= Attempts {
			p.fails = 0 // the SDK gives up, the program sleeps and reads again
			p.Due = now.Add(c.set.poll())
			return
		}
		base := TransientBase
		if aws.Throttled(code) {
			base = ThrottlingBase
		}
		d := min(MaxBackoff, base<<(p.fails-1))
		p.Due = now.Add(max(time.Millisecond, c.dice.Between(0, d)))
	case code == aws.ExpiredIterator:
		c.expired++
		old := now.Sub(p.issued) > w.Kinesis.Limits().IteratorLifetime
		p.issued = now // a new iterator, AFTER_SEQUENCE_NUMBER of the last record read
		p.Due = now.Add(c.set.poll())
		if old { // else the fault was injected, and whoever injects tells
			p.Due = now.Add(time.Millisecond)
			w.Notify(Notice{Kind: Expired, Shard: p.Shard})
		}
	case aws.Denied(code):
		c.block(w, code, true)
		p.Due = now.Add(deniedPause)
	default:
		p.Phase = Gone
		c.sync(w)
	}
}

// take looks at the records read: their order, how long they took until they were received, and who watches.
func (c *Consumer) take(w World, p *Place, batch *kinesis.Batch, received sim.Instant) {
	now := w.Sched.Now()
	n := batch.Len()
	c.latency.turn(now)
	sum := int64(0)
	for i := range n {
		r, _ := batch.Record(i)
		took := int64(received - r.At)
		sum += took
		c.latency.add(took / 1000)
		last, seen := c.order[r.Key]
		switch {
		case !seen && len(c.order) >= orderedKeys:
		case seen && r.At < last.taken && last.shard != p.Shard:
			c.late++
			c.lateKey, c.lateAt = r.Key, p.Shard
		default:
			c.order[r.Key] = newest{r.At, p.Shard}
		}
	}
	c.second(now).Latency += sum
	_, first := batch.Record(0)
	p.Missed += first - p.Next // expired before it came to them
	p.marks.Append(Mark{now, first + int64(n)})
	if p.marks.Len() > keptMarks {
		p.marks.TrimTo(p.marks.Next() - keptMarks)
	}
}
