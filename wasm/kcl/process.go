package kcl

import (
	"bytes"
	"hash/fnv"
	"slices"

	"shardlab/wasm/aws"
	"shardlab/wasm/dynamodb"
	"shardlab/wasm/kinesis"
)

// process ends the batch that the processor is done with, and writes the checkpoint that is wanted.
func (a *Application) process(w World, x *worker, h *holding) (n int) {
	now := w.Sched.Now()
	for x.holds(h) {
		switch {
		case h.wanted && now >= h.checkAt:
			if !a.write(w, x, h) {
				return n
			}
		case h.wanted:
			return n
		case h.busyUntil != 0 && now >= h.busyUntil:
			n += a.finish(w, x, h)
		default:
			if h.handoff == 0 {
				return n
			}
			if a.handOver(w, x, h); !h.wanted {
				return n
			}
		}
	}
	return n
}

// finish does what the processor did with its batch, and decides on a checkpoint.
func (a *Application) finish(w World, x *worker, h *holding) int {
	if h.pipe != nil {
		return a.pipe(w, x, h)
	}
	now := w.Sched.Now()
	b := h.queue[0]
	x.worked(h, now)
	a.ofShard(w, h, "RecordProcessor.processRecords.Time", float64((h.busyUntil-h.busySince)/1000))
	a.ofShard(w, h, "Time", float64((h.busyUntil-h.busySince)/1000))
	a.ofShard(w, h, "Success", 1) // also when processRecords threw: that is caught
	threw := a.deliver(w, x, h, len(b.records))
	if !x.holds(h) || !slices.Contains(a.workers, x) {
		return len(b.records) // it stopped itself
	}
	h.queue = h.queue[1:]
	h.sinceCheckpoint += int64(len(b.records))
	due := false
	switch a.set.Checkpoint {
	case EveryBatch:
		due = len(b.records) > 0
	case EveryRecords:
		due = h.sinceCheckpoint >= a.set.CheckpointRecords
	case EveryInterval:
		due = h.sinceCheckpoint > 0 && now >= h.checkpointed.Add(millis(a.set.CheckpointMillis))
	}
	due = due && !threw || (x.state == stopping || h.handoff != 0) && h.sinceCheckpoint > 0 && a.set.Checkpoint != Never
	switch {
	case b.end:
		h.wanted, h.final = true, true // in shardEnded, where a processor must checkpoint
	case due && h.through.index >= 0:
		h.wanted, h.at = true, h.through
	}
	if h.checkAt, h.tries = now, 0; !h.wanted {
		a.occupy(w, x, h, now)
	}
	return len(b.records)
}

// deliver hands the first records of the batch to the processor; it says whether that threw.
func (a *Application) deliver(w World, x *worker, h *holding, n int) (threw bool) {
	now := w.Sched.Now()
	b := h.queue[0]
	m := a.mark(h.shard)
	bytesDone, done, unreadable := int64(0), int64(0), int64(0)
	a.recent.turn(now)
	for i, r := range b.records[:n] {
		if a.set.Poison != "" && bytes.Contains(r.data, []byte(a.set.Poison)) {
			if a.set.OnPoison == DeadLetter {
				a.total.SetAside++
				h.through = r.position
				w.Notify(Notice{Kind: SetAside, Worker: x.id, Shard: h.shard, N: 1})
				continue
			}
			a.total.Throws++
			if a.set.OnPoison == Stops {
				a.leave(w, x, Stopped, h.shard)
				return true
			}
			skipped := int64(len(b.records) - i)
			a.total.Skipped += skipped
			a.last.Skipped = now
			h.through = b.records[len(b.records)-1].position
			w.Notify(Notice{Kind: Threw, Worker: x.id, Shard: h.shard, N: skipped})
			threw = true
			break
		}
		again := !(position{m.index, m.sub}).before(r.position)
		if again {
			a.total.Duplicates++
			a.last.Duplicate = now
			h.again++
		} else if m.index, m.sub = r.index, r.sub; h.again > 0 {
			w.Notify(Notice{Kind: Repeated, Worker: x.id, Shard: h.shard, N: h.again})
			h.again = 0
		}
		switch {
		case h.pipe != nil:
			if !a.buffer(h, r) {
				unreadable++
			}
		case !a.set.Idempotent || !a.remember(r):
			if a.total.Effects++; again {
				a.total.Twice++
				a.last.Twice = now
			}
		}
		if h.through = r.position; w.Process != nil && h.pipe == nil {
			w.Process(x.id, h.shard, r.index, r.sub)
		}
		done++
		bytesDone += int64(len(r.data))
	}
	h.bytes += bytesDone
	a.total.Processed += done
	a.recent.n[0] += done
	if done > 0 {
		a.ofShard(w, h, "RecordsProcessed", float64(done))
		a.ofShard(w, h, "DataBytesProcessed", float64(bytesDone))
	}
	if unreadable > 0 {
		a.total.Skipped += unreadable
		a.last.Skipped = now
		w.Notify(Notice{Kind: Unreadable, Worker: x.id, Shard: h.shard, N: unreadable})
	}
	return threw
}

// remember says whether a message is known, and knows it from now on: by its key and data, which hold its id.
func (a *Application) remember(r record) bool {
	f := fnv.New64a()
	f.Write([]byte(r.key))
	f.Write([]byte{0})
	f.Write(r.data)
	id := f.Sum64()
	if _, known := a.seen[id]; known {
		return true
	}
	a.seen[id] = struct{}{}
	a.order.Append(id)
	if a.order.Len() > seenMessages {
		delete(a.seen, *a.order.At(a.order.First()))
		a.order.TrimTo(a.order.First() + 1)
	}
	return false
}

// write writes the checkpoint that is wanted, and says whether the processor goes on. At SHARD_END the leases of the children are
// made first: they wait until the parent's says SHARD_END, and so none is forgotten when the worker dies in between.
// Source: KCL, ShutdownTask.takeShardEndAction.
func (a *Application) write(w World, x *worker, h *holding) bool {
	now := w.Sched.Now()
	made := int64(0)
	st, ok := w.Kinesis.Stream(a.set.StreamName)
	var sh *kinesis.ShardState
	if ok {
		sh, _ = st.Shard(h.shard)
	}
	set := dynamodb.Item{counter: dynamodb.Int(h.Counter + 1), switches: dynamodb.Int(0), checkpoint: dynamodb.Text(shardEnd), subNumber: dynamodb.Int(0)}
	again := func(err error) bool {
		if !a.throttled(w, x, err) {
			return false
		}
		h.checkAt = now.Add(a.pause(h.tries + 1))
		if h.tries++; h.tries%attempts == 0 {
			h.checkAt = now.Add(backoff)
		}
		return true
	}
	if h.final && sh != nil {
		for _, n := range sh.Children() {
			child, there := st.Shard(n)
			if !there {
				continue
			}
			other := false // the other parent of a merge has no lease yet: when it ends, the child gets one
			for _, p := range child.Parents() {
				if _, exists := st.Shard(p); exists && p != h.shard {
					it, err := w.DynamoDB.Get(a.set.Name, kinesis.ShardID(p), true)
					if again(err) {
						return false
					}
					other = other || it == nil
				}
			}
			if other {
				continue
			}
			err := w.DynamoDB.Put(a.set.Name, Lease{Shard: n, Checkpoint: kinesis.TrimHorizon, Parents: child.Parents()}.row(child), dynamodb.Missing(leaseKey))
			a.ofAll(w, "CreateLease.Success", "ShutdownTask", flag(answered(err)))
			if again(err) {
				return false
			}
			made++
		}
	}
	if !h.final {
		var r *kinesis.Stored
		if sh != nil {
			r = sh.Record(h.at.index)
		}
		if r == nil { // it has left the stream, or the stream is gone: its number is not needed any more
			h.wanted, h.sinceCheckpoint = false, 0
			a.occupy(w, x, h, now)
			return true
		}
		set[checkpoint], set[subNumber] = dynamodb.Text(sh.SequenceNumber(h.at.index, r.At)), dynamodb.Int(h.at.sub)
	}
	err := error(nil)
	if now < h.renewed.Add(a.set.failover()) {
		_, err = w.DynamoDB.Update(a.set.Name, kinesis.ShardID(h.shard), set, nil, a.mine(x, h)...)
	} else {
		err = aws.Errorf(dynamodb.ConditionalCheckFailed, "the lease has expired")
	}
	if h.final {
		a.ofAll(w, "UpdateLease.Success", "ShutdownTask", flag(err == nil))
	} else {
		a.ofShard(w, h, "UpdateLease.Success", flag(err == nil))
	}
	switch {
	case err == nil:
	case again(err):
		return false
	default: // ShutdownException: another has the lease
		a.total.Shutdowns++
		w.Notify(Notice{Kind: Refused, Worker: x.id, Shard: h.shard})
		a.lose(w, x, h)
		return false
	}
	h.Counter++
	h.renewed, h.checkpointed, h.renewal = now, now, retry{}
	h.wanted, h.tries, h.sinceCheckpoint, h.Switches = false, 0, 0, 0
	a.total.Checkpoint++
	if h.final {
		x.drop(h)
		x.takeAt = min(x.takeAt, now)
		w.Notify(Notice{Kind: Ended, Worker: x.id, Shard: h.shard, N: made})
		return false
	}
	a.occupy(w, x, h, now)
	return true
}
