package kcl

import (
	"time"

	"shardlab/wasm/connector"
	"shardlab/wasm/sim"
)

// piped says whether the record processors are pipelines of the Connector Library.
func (s *Settings) piped() bool { return s.Connector.Emitter != "" }

// pipe does what a pipeline does with its batch: it buffers, and when that is due emits and then checkpoints. The record processor
// sleeps between two tries, and reads nothing meanwhile. A worker that stops or loses the lease leaves the buffer as it is.
// Source: KinesisConnectorRecordProcessor; that of an empty buffer nothing is emitted at a shard's end is ours.
func (a *Application) pipe(w World, x *worker, h *holding) int {
	now, p, b, set := w.Sched.Now(), h.pipe, &h.queue[0], &a.set.Connector
	n := 0
	switch {
	case !p.Emitting():
		n = len(b.records)
		a.deliver(w, x, h, n)
		if !p.ShouldFlush(set, now) && !(b.end && p.Len() > 0) {
			a.piped(w, x, h)
			return n
		}
		p.Begin()
		h.busyUntil = now.Add(millis(set.EmitMillis))
		return n
	case p.Spent(set): // and has slept after the last try
		a.emitted(w, x, h, p.Fail(&a.piping))
	default:
		out := a.mark(h.shard).out
		a.emitted(w, x, h, p.Try(set, &a.dice, &a.piping, func(it connector.Item) {
			if a.total.Effects++; !out.before(position{it.Index, it.Sub}) {
				a.total.Twice++
				a.last.Twice = now
			}
			if w.Process != nil {
				w.Process(x.id, h.shard, it.Index, it.Sub)
			}
		}))
		if left := p.Left(); left > 0 {
			if h.busyUntil = now.Add(millis(set.BackoffInterval)); !p.Spent(set) {
				h.busyUntil = h.busyUntil.Add(millis(set.EmitMillis))
			}
			w.Notify(Notice{Kind: NotEmitted, Worker: x.id, Shard: h.shard, N: int64(left), Tries: p.Tries()})
			return 0
		}
	}
	_, last := p.Ends()
	if m := a.mark(h.shard); m.out.before(position{last.Index, last.Sub}) {
		m.out = position{last.Index, last.Sub}
	}
	p.Clear(now)
	h.wanted, h.at = true, position{last.Index, 0} // checkpoint(sequenceNumber) is that with sub-number 0
	a.piped(w, x, h)
	return n
}

// piped ends the batch of a pipeline.
func (a *Application) piped(w World, x *worker, h *holding) {
	now := w.Sched.Now()
	a.ofShard(w, h, "RecordProcessor.processRecords.Time", float64(now.Sub(h.busySince)/time.Millisecond))
	if h.queue[0].end {
		h.wanted, h.final = true, true
	}
	h.queue = h.queue[1:]
	if h.checkAt, h.tries = now, 0; !h.wanted {
		a.occupy(w, x, h, now)
	}
}

// emitted notes what a try brought to the destination, or what was given to fail(), where it is stored or lost.
func (a *Application) emitted(w World, x *worker, h *holding, b connector.Batch) {
	if b.Items == 0 {
		return
	}
	now := w.Sched.Now()
	kind := Emitted
	switch {
	case b.Failed && a.set.Connector.OnFail == connector.Logs:
		kind = EmitLost
		a.total.Skipped += b.Items
		a.last.Skipped = now
	case b.Failed:
		kind = EmitStored
		a.total.SetAside += b.Items
	}
	w.Notify(Notice{Kind: kind, Worker: x.id, Shard: h.shard, N: b.Items, Tries: b.Tries})
	if kind == EmitLost {
		return
	}
	b.At, b.Shard, b.Worker = now, h.shard, x.id
	if st, ok := w.Kinesis.Stream(a.set.StreamName); ok {
		if sh, there := st.Shard(h.shard); there {
			first, last := h.pipe.Ends()
			b.First, b.Last = sh.SequenceNumber(first.Index, first.At), sh.SequenceNumber(last.Index, last.At)
		}
	}
	a.destination.Add(b)
}

// Piping is what the pipelines of the application did in all, and Destination what they emitted.
func (a *Application) Piping() connector.Totals            { return a.piping }
func (a *Application) Destination() *connector.Destination { return &a.destination }

// buffer is the pipeline at work with a record.
func (a *Application) buffer(h *holding, r record) bool {
	return h.pipe.Take(&a.set.Connector, connector.Item{Index: r.index, Sub: r.sub, At: r.at, Data: r.data}, &a.piping)
}

// pipeline is a new one, when the record processors are such.
func (a *Application) pipeline(now sim.Instant) *connector.Pipeline {
	if !a.set.piped() {
		return nil
	}
	return connector.New(now)
}
