package kcl

import (
	"time"

	"shardlab/wasm/aggregation"
	"shardlab/wasm/aws"
	"shardlab/wasm/kinesis"
	"shardlab/wasm/sim"
)

// advance lets a lease's shard be read when its parents are done, and fetches.
func (a *Application) advance(w World, x *worker, h *holding) int {
	now := w.Sched.Now()
	if h.phase == waiting && now >= h.nextAt {
		waits := len(h.Parents) > 0
		for _, n := range h.Parents {
			it, err := w.DynamoDB.Get(a.set.Name, kinesis.ShardID(n), true)
			l, there := ReadLease(it)
			if err != nil || there && !l.Done() {
				a.throttled(w, x, err)
				a.ofAll(w, "Success", "BlockOnParentShardTask", 0)
				if h.nextAt = now.Add(millis(a.set.ParentShardPollIntervalMillis)); !h.told && err == nil {
					h.told = true
					w.Notify(Notice{Kind: Waits, Worker: x.id, Shard: h.shard})
				}
				return 0
			}
		}
		if waits {
			a.ofAll(w, "Success", "BlockOnParentShardTask", 1)
		}
		h.phase, h.nextAt = reading, now
	}
	if !a.fetches(x, h) || now < h.nextAt {
		return 0
	}
	return a.fetch(w, x, h)
}

// fetch asks the shard once.
func (a *Application) fetch(w World, x *worker, h *holding) int {
	now := w.Sched.Now()
	st, ok := w.Kinesis.Stream(a.set.StreamName)
	if !ok {
		h.nextAt = now.Add(time.Second)
		return 0
	}
	if a.set.RetrievalMode == FanOut {
		return a.subscribe(w, x, h, st)
	}
	if h.issued == 0 {
		from := kinesis.Position{Type: kinesis.TrimHorizon} // of a shard that is gone, as the answer says
		if sh, there := st.Shard(h.shard); there {
			from = a.start(h, sh)
		}
		c, err := w.Kinesis.Iterate(st, h.shard, from)
		a.ofAll(w, "KinesisDataFetcher.getIterator.Success", "InitializeTask", flag(err == nil))
		if err != nil {
			return a.refused(w, h, err)
		}
		h.cursor, h.issued = c.Index, now
		a.mark(h.shard).began = c.Index
	}
	answer, err := w.Kinesis.Read(st, kinesis.Cursor{Shard: h.shard, Index: h.cursor, Issued: h.issued}, int(a.set.MaxRecords))
	a.ofShard(w, h, "KinesisDataFetcher.getRecords.Success", flag(err == nil))
	if err != nil {
		return a.refused(w, h, err)
	}
	h.fails = 0
	a.unbar(w, true)
	late := a.latency() + w.Kinesis.Late()
	due := now.Add(late)
	a.ofShard(w, h, "KinesisDataFetcher.getRecords.Time", float64(late)/float64(time.Millisecond))
	n := a.took(w, x, h, &answer, due)
	h.nextAt = due.Add(millis(a.set.IdleTimeBetweenReadsInMillis))
	return n
}

// unpack takes the user records out of what was read, without those that were checkpointed before. An aggregated record of which a
// user record does not belong to the shard is dropped whole. Source: KCL, AggregatorUtil.deaggregate.
func (a *Application) unpack(h *holding, answer *kinesis.Batch) batch {
	b := batch{end: answer.End, bytes: answer.Bytes, records: make([]record, 0, answer.Len())}
	start, end := answer.Shard().Range()
	for i := range answer.Len() {
		r, index := answer.Record(i)
		parts, packed := aggregation.Decode(r.Data)
		if !packed {
			if p := (position{index, 0}); h.from.before(p) {
				b.records = append(b.records, record{p, r.At, r.Key, r.Data})
			}
			continue
		}
		kept := len(b.records)
		for j, part := range parts {
			hash := kinesis.HashKey(part.PartitionKey)
			if part.ExplicitHashKey != "" {
				if explicit, ok := kinesis.ParseHash(part.ExplicitHashKey); ok {
					hash = explicit
				}
			}
			if hash.Less(start) || end.Less(hash) {
				b.records = b.records[:kept]
				break
			}
			if p := (position{index, int64(j)}); h.from.before(p) {
				b.records = append(b.records, record{p, r.At, part.PartitionKey, part.Data})
			}
		}
	}
	return b
}

// refused waits after a call that was refused. After an expired iterator it takes a new one at the last position.
func (a *Application) refused(w World, h *holding, err error) int {
	now := w.Sched.Now()
	switch code := aws.CodeOf(err); {
	case code == aws.ExpiredIterator:
		h.issued = now
		h.nextAt = now.Add(millis(a.set.IdleTimeBetweenReadsInMillis))
		a.total.Expired++
		a.last.Expired = now
		a.ofShard(w, h, "ExpiredIterator", 1)
		w.Notify(Notice{Kind: Expired, Shard: h.shard})
	case code == aws.ResourceNotFound: // the shard's retention is over: there is nothing left of it
		h.ended = true
		h.queue = append(h.queue, batch{end: true})
		if h.busyUntil == 0 && !h.wanted {
			h.busySince, h.busyUntil = now, now
		}
	default:
		if aws.Denied(code) {
			a.bar(w, code, true)
		}
		a.total.Refused++
		h.fails = min(h.fails+1, 6)
		h.nextAt = now.Add(max(time.Millisecond, a.dice.Between(0, kinesisBase<<h.fails).Truncate(time.Microsecond)))
	}
	return 0
}

// kinesisBase is the pause of the SDK after a call to Kinesis that was refused. Source: AWS SDK for Java, SDKDefaultRetrySetting.
const kinesisBase = 500 * time.Millisecond

// occupy gives the processor its next batch.
func (a *Application) occupy(w World, x *worker, h *holding, from sim.Instant) {
	if len(h.queue) == 0 || x.state != running || h.handoff != 0 {
		h.busyUntil = 0
		return
	}
	b := &h.queue[0]
	h.busySince = from
	h.busyUntil = from.Add(time.Duration(int64(len(b.records))*a.set.MicrosPerRecord)*time.Microsecond + millis(a.set.MillisPerBatch))
}
