package kcl

import (
	"time"

	"shardlab/wasm/aws"
	"shardlab/wasm/kinesis"
	"shardlab/wasm/sim"
)

// How the workers get records: they ask for them, or they are pushed to the consumer that the application registers.
// Source: KCL, RetrievalConfig; 1.x only asks. The library's own default is fan-out since 2.x; that of the lab is to ask, by which
// readers share a shard's limits. Ours.
const (
	Polling = "POLLING"
	FanOut  = "FANOUT"
)

const (
	// pushedAhead is how many events of a subscription wait for the processor before no more are asked for.
	// Source: KCL, FanOutRecordsPublisher, MAX_EVENT_BURST_FROM_SERVICE.
	pushedAhead = 10
	// resubscribe is how long a worker waits after a SubscribeToShard that was refused: sooner nobody is answered.
	// Source: API Reference, SubscribeToShard.
	resubscribe = time.Second
	longest     = 24 * time.Hour // of a hold; it is let go before
)

// enrol finds the consumer that the application is registered as, under its own name: it registers one when there is none, and none
// a second time, and waits until it is ACTIVE. It stays when the application ends. Source: KCL, FanOutConsumerRegistration; what a
// worker does whose consumer is taken away is ours: it waits until somebody brings it back.
func (a *Application) enrol(w World, st *kinesis.Stream, h *holding) *kinesis.ConsumerState {
	c, ok := st.Consumer(a.set.Name)
	arn := st.ARN()
	about := arn
	if ok {
		about = c.ARN()
	}
	err := w.Kinesis.Allow("DescribeStreamConsumer", about)
	switch {
	case err != nil:
	case ok:
		if a.registered, a.unwanted = true, ""; c.Status() == kinesis.Active {
			return c
		}
	case a.registered:
		a.refuse(w, h, aws.ResourceNotFound)
	default:
		if err = w.Kinesis.Allow("RegisterStreamConsumer", arn); err == nil {
			if _, err = w.Kinesis.RegisterStreamConsumer(&kinesis.RegisterStreamConsumerInput{StreamARN: &arn, ConsumerName: &a.set.Name}); err == nil {
				a.registered = true
				w.Notify(Notice{Kind: Registered})
			}
		}
	}
	h.nextAt = w.Sched.Now().Add(resubscribe)
	if code := aws.CodeOf(err); aws.Denied(code) {
		a.bar(w, code, true)
	} else if err != nil && code != aws.ResourceInUse { // a stream that is UPDATING is soon ACTIVE again
		a.refuse(w, h, code)
	}
	return nil
}

// refuse tells, when it is news, why the application has no consumer to read as.
func (a *Application) refuse(w World, h *holding, code string) {
	if a.unwanted != code {
		a.unwanted = code
		w.Notify(Notice{Kind: NotRegistered, Shard: h.shard, Code: code})
	}
}

// subscribe lets a lease's shard be pushed to its worker: at first from the checkpoint, later from where the last subscription ended.
func (a *Application) subscribe(w World, x *worker, h *holding, st *kinesis.Stream) int {
	now := w.Sched.Now()
	sh, ok := st.Shard(h.shard)
	if !ok {
		return a.refused(w, h, aws.Errorf(aws.ResourceNotFound, "the shard is gone"))
	}
	c := a.enrol(w, st, h)
	if c == nil {
		return 0
	}
	from := a.start(h, sh)
	if h.issued != 0 {
		from = kinesis.Position{Type: kinesis.AfterSequenceNumber, Number: sh.Continuation(h.cursor, now)}
	}
	id, at, err := w.Kinesis.SubscribeFrom(c, h.shard, from, w.Owner)
	if err != nil {
		a.refused(w, h, err)
		h.nextAt = now.Add(resubscribe)
		return 0
	}
	if h.issued == 0 {
		a.mark(h.shard).began = at.Index
	}
	h.sub, h.cursor, h.issued, h.fails = id, at.Index, now, 0
	w.Notify(Notice{Kind: Subscribed, Worker: x.id, Shard: h.shard})
	a.hold(w, x, h)
	return 0
}

// hold lets a subscription push nothing while its worker hangs, or while enough events wait for its processor.
func (a *Application) hold(w World, x *worker, h *holding) {
	switch now := w.Sched.Now(); {
	case h.sub == 0:
	case now < x.pausedUntil:
		w.Kinesis.HoldBack(h.sub, x.pausedUntil)
	case len(h.queue) >= pushedAhead:
		if !h.held {
			h.held = true
			w.Kinesis.HoldBack(h.sub, now.Add(longest))
		}
	case h.held:
		h.held = false
		w.Kinesis.LetGo(h.sub)
	}
}

// hangUp closes the subscription of a lease, as a worker does that gives it up or dies.
func (h *holding) hangUp(w World) {
	if h.sub != 0 {
		w.Kinesis.Unsubscribe(h.sub)
		h.sub, h.held = 0, false
	}
}

// HangUp closes all subscriptions, as the end of the application does; while it goes on, its workers subscribe again or ask.
func (a *Application) HangUp(w World) {
	for _, x := range a.workers {
		for _, h := range x.held {
			h.hangUp(w)
		}
	}
}

// Pushed takes what a subscription pushed, or its end, and returns how many records came. After five minutes, or when another
// subscribed as the same consumer, the worker subscribes again while it holds the lease. Source: KCL, FanOutRecordsPublisher.
func (a *Application) Pushed(w World, n kinesis.Notice) int {
	for _, x := range a.workers {
		for _, h := range x.held {
			if h.sub != n.Subscription || h.sub == 0 {
				continue
			}
			count := 0
			if n.Kind == kinesis.EventPushed {
				count = a.received(w, x, h, n.Batch)
			} else {
				a.ended(w, h, n.Err)
			}
			a.wake(w, x)
			return count
		}
	}
	return 0
}

func (a *Application) received(w World, x *worker, h *holding, b *kinesis.Batch) int {
	now := w.Sched.Now()
	a.unbar(w, true)
	n := a.took(w, x, h, b, now.Add(a.latency()))
	if h.ended {
		h.sub, h.held = 0, false
	}
	a.hold(w, x, h)
	return n
}

// ended goes on after the end of a subscription.
func (a *Application) ended(w World, h *holding, err *aws.Error) {
	now := w.Sched.Now()
	h.sub, h.held, h.nextAt = 0, false, now
	switch {
	case err == nil: // after five minutes
	case aws.Denied(err.Code): // of a KMS key
		a.bar(w, err.Code, true)
		h.nextAt = now.Add(w.Kinesis.Limits().SubscriptionHold)
	default:
		h.nextAt = now.Add(resubscribe)
	}
}

// latency is how long an answer takes to a worker.
func (a *Application) latency() time.Duration {
	return a.dice.Between(quickest, slowest).Truncate(time.Microsecond)
}

// start is where a lease's shard is read from at first. What the checkpoint covers of an aggregated record is left out later.
func (a *Application) start(h *holding, sh *kinesis.ShardState) kinesis.Position {
	switch h.Checkpoint {
	case kinesis.Latest, kinesis.TrimHorizon, kinesis.AtTimestamp:
		return kinesis.Begin(h.Checkpoint, a.set.InitialPositionInStreamExtended)
	}
	if _, index, found := sh.Find(h.Checkpoint); found {
		h.from = position{index, h.Sub}
	}
	return kinesis.Position{Type: kinesis.AtSequenceNumber, Number: h.Checkpoint}
}

// took puts what was read or pushed into the queue of the processor, which has it at due.
func (a *Application) took(w World, x *worker, h *holding, answer *kinesis.Batch, due sim.Instant) int {
	now, n := w.Sched.Now(), answer.Len()
	a.total.Read += int64(n)
	if n > 0 && w.Flight != nil {
		w.Flight(now, due, h.shard, n)
	}
	m := a.mark(h.shard)
	m.behind, m.at = answer.MillisBehind, now
	a.ofShard(w, h, "MillisBehindLatest", float64(answer.MillisBehind))
	h.cursor, h.issued, h.ended = answer.Next.Index, now, answer.End
	if b := a.unpack(h, answer); len(b.records) > 0 || b.end || h.pipe != nil { // the Connector Library sets callProcessRecordsEvenForEmptyRecordList
		h.queue = append(h.queue, b)
		if h.busyUntil == 0 && !h.wanted {
			a.occupy(w, x, h, due)
		}
	}
	return n
}
