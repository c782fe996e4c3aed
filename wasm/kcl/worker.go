package kcl

import (
	"fmt"
	"io"
	"slices"
	"time"

	"shardlab/wasm/aws"
	"shardlab/wasm/cloudwatch"
	"shardlab/wasm/connector"
	"shardlab/wasm/dynamodb"
	"shardlab/wasm/kinesis"
	"shardlab/wasm/sim"
)

// States of a worker.
const (
	running  = "running"
	stopping = "stopping"
)

// Phases of a lease that is held.
const (
	waiting = "waiting for its parents"
	reading = "reading"
)

// A worker is one process.
type worker struct {
	number      int64
	id          string
	state       string
	startAt     sim.Instant // when it looks again whether its table is there; 0 when it has begun
	pausedUntil sim.Instant
	wakeAt      sim.Instant
	renewAt     sim.Instant
	takeAt      sim.Instant
	syncAt      sim.Instant
	synced      bool       // it has seen to it that the first leases are there
	seen        []sighting // by shard
	held        []*holding // by shard
	coordination
}

// A sighting is what a worker saw of a lease, and since when by its own clock the counter stands.
type sighting struct {
	Lease
	at      sim.Instant
	askedAt sim.Instant // since when it has this owner, and who hands it over
}

// A holding is a lease that a worker holds, with its record processor.
type holding struct {
	Lease
	shard   int32
	renewed sim.Instant // when the counter was raised last, by its own clock
	renewal retry       // of the renewal that is under way

	phase   string
	nextAt  sim.Instant // when it fetches, or looks for the parents
	cursor  int64
	sub     int64       // the subscription that pushes to it; 0 when there is none
	held    bool        // it may push nothing: enough waits for the processor
	issued  sim.Instant // of its iterator; 0 when it has none
	fails   int
	ended   bool // read to its end
	queue   []batch
	pipe    *connector.Pipeline // its record processor, when that is one of the Connector Library
	from    position            // what lies at or before it was checkpointed by whoever had the lease before
	through position            // handed to the processor
	again   int64               // records processed that had been processed before, since the last new one

	handoff   sim.Instant // of 3.x: when its worker learnt that it is to hand it over; 0 when it is not
	bytes     int64       // processed since the last renewal
	measured  bool        // its throughput is known
	countedAt sim.Instant // up to when the time at work is counted

	busySince, busyUntil sim.Instant
	sinceCheckpoint      int64
	checkpointed         sim.Instant

	wanted  bool // a checkpoint is to be written
	final   bool // at SHARD_END
	at      position
	checkAt sim.Instant
	tries   int
	told    bool
}

type retry struct {
	due   sim.Instant // 0 when there is none
	tries int
}

// A position is a user record: its Kinesis record's place, and its place in that.
type position struct{ index, sub int64 }

func (p position) before(o position) bool {
	return p.index < o.index || p.index == o.index && p.sub < o.sub
}

// A batch is what one GetRecords gave, unpacked.
type batch struct {
	records []record
	bytes   int64
	end     bool
}

type record struct {
	position
	at   sim.Instant
	key  string
	data []byte
}

func (x *worker) clone() *worker {
	c := *x
	c.seen, c.held = slices.Clone(x.seen), make([]*holding, len(x.held))
	for i, h := range x.held {
		o := *h
		if o.queue = slices.Clone(h.queue); h.pipe != nil {
			o.pipe = h.pipe.Clone()
		}
		c.held[i] = &o
	}
	return &c
}

func (x *worker) writeState(w io.Writer) {
	fmt.Fprintf(w, " worker %d %s %s start=%d paused=%d wake=%d renew=%d take=%d sync=%d %t seen=%+v %+v\n", x.number, x.id, x.state, x.startAt, x.pausedUntil, x.wakeAt, x.renewAt, x.takeAt, x.syncAt, x.synced, x.seen, x.coordination)
	for _, h := range x.held {
		o := *h
		o.queue, o.pipe = nil, nil
		fmt.Fprintf(w, "  holds %+v\n", o)
		for _, b := range h.queue {
			fmt.Fprintf(w, "   batch %d bytes end=%t", b.bytes, b.end)
			for _, r := range b.records {
				fmt.Fprintf(w, " %v", r.position)
			}
			fmt.Fprintln(w)
		}
		if h.pipe != nil {
			h.pipe.State(w)
		}
	}
}

// wake asks to be told when the next thing of a worker is due.
func (a *Application) wake(w World, x *worker) {
	now := w.Sched.Now()
	next := sim.Instant(1 << 62)
	at := func(t sim.Instant) { next = min(next, max(t, now)) }
	switch {
	case now < x.pausedUntil:
		at(x.pausedUntil)
	case x.startAt != 0:
		at(x.startAt)
	default:
		at(x.renewAt)
		if x.state == running {
			at(x.syncAt)
			if a.set.modern() {
				at(min(x.reportAt, x.discoverAt, x.assignAt))
				if x.leads {
					at(x.beatAt)
				}
			} else {
				at(x.takeAt)
			}
		}
		for _, h := range x.held {
			if h.renewal.due != 0 {
				at(h.renewal.due)
			}
			switch {
			case h.wanted:
				at(h.checkAt)
			case h.busyUntil != 0:
				at(h.busyUntil)
			}
			switch late := h.handoff.Add(millis(a.set.GracefulLeaseHandoffTimeoutMillis)); {
			case h.handoff == 0:
			case h.busyUntil != 0 || h.wanted:
				at(max(late, now.Add(time.Second)))
			default:
				at(now.Add(time.Second))
			}
			if a.fetches(x, h) || h.phase == waiting {
				at(h.nextAt)
			}
		}
	}
	if x.wakeAt != 0 && x.wakeAt >= now && x.wakeAt <= next {
		return
	}
	x.wakeAt = next
	w.Sched.At(next, w.Owner, 0, x.number)
}

// fetches says whether a worker fetches more of a lease's shard: 1.x does when it has processed, later ones ahead of that.
func (a *Application) fetches(x *worker, h *holding) bool {
	room := pending
	if a.set.Version == 1 {
		room = 1
		if h.wanted {
			return false
		}
	}
	return h.phase == reading && x.state == running && !h.ended && h.sub == 0 && h.handoff == 0 && len(h.queue) < room
}

// work does all that is due of a worker.
func (a *Application) work(w World, x *worker) (n int) {
	now := w.Sched.Now()
	if now < x.pausedUntil {
		a.wake(w, x)
		return 0
	}
	if x.startAt != 0 {
		a.begin(w, x)
	}
	if x.startAt == 0 {
		for _, h := range slices.Clone(x.held) {
			if x.holds(h) {
				n += a.process(w, x, h)
			}
		}
		a.renew(w, x)
		for _, h := range slices.Clone(x.held) { // renewing tells of a handoff
			if h.handoff == now && x.holds(h) {
				n += a.process(w, x, h)
			}
		}
		if x.state == running {
			if now >= x.syncAt {
				a.sync(w, x)
			}
			if a.set.modern() {
				a.coordinate(w, x)
			} else if now >= x.takeAt {
				a.take(w, x)
			}
		}
		for _, h := range slices.Clone(x.held) {
			if x.holds(h) {
				n += a.advance(w, x, h)
				a.hold(w, x, h)
			}
		}
	}
	if x.state == stopping && !slices.ContainsFunc(x.held, func(h *holding) bool { return h.busyUntil != 0 || h.wanted }) {
		a.leave(w, x, Left, 0)
		return n
	}
	if slices.Contains(a.workers, x) {
		a.wake(w, x)
	}
	return n
}

// leave takes a worker out of the application.
func (a *Application) leave(w World, x *worker, why NoticeKind, shard int32) {
	a.workers = slices.DeleteFunc(slices.Clone(a.workers), func(o *worker) bool { return o == x })
	for _, h := range x.held {
		h.hangUp(w)
	}
	x.held = nil
	a.resign(w, x)
	w.Notify(Notice{Kind: why, Worker: x.id, Shard: shard})
}

func (x *worker) holds(h *holding) bool { return slices.Contains(x.held, h) }

func (x *worker) drop(h *holding) {
	x.held = slices.DeleteFunc(x.held, func(o *holding) bool { return o == h })
}

// begin makes the lease table when there is none, and waits until it is ACTIVE.
func (a *Application) begin(w World, x *worker) {
	now := w.Sched.Now()
	ready := a.table(w, x, "", leaseKey)
	if a.set.modern() {
		ready = a.table(w, x, Coordinator, stateKey) && ready
		ready = a.table(w, x, MetricStats, workerID) && ready
	}
	if !ready {
		x.startAt = now.Add(tablePoll)
		return
	}
	x.startAt, x.syncAt, x.takeAt, x.renewAt = 0, now, now, now.Add(a.set.renewEvery())
	x.begins(now)
}

// table makes one of an application's tables when it is not there, and says whether it can be used.
func (a *Application) table(w World, x *worker, suffix, key string) bool {
	now, name := w.Sched.Now(), a.set.Name+suffix
	t, ok := w.DynamoDB.Table(name)
	if !ok {
		c := dynamodb.Capacity{Mode: a.set.BillingMode}
		if c.Mode == dynamodb.Provisioned {
			c.Read, c.Write = a.set.InitialLeaseTableReadCapacity, a.set.InitialLeaseTableWriteCapacity
		}
		if w.DynamoDB.Create(name, key, c) == nil && suffix == "" {
			w.Notify(Notice{Kind: TableMade, Worker: x.id})
		}
	}
	return ok && (t.Status(now) == dynamodb.Active || t.Status(now) == dynamodb.Updating)
}

// throttled counts a call to the lease table that was refused for want of capacity.
func (a *Application) throttled(w World, x *worker, err error) bool {
	if !aws.Throttled(aws.CodeOf(err)) {
		return false
	}
	a.total.Throttled++
	now := w.Sched.Now()
	if a.last.Throttled = now; a.starved == 0 || now >= a.starved.Add(time.Minute) {
		a.starved = now
		w.Notify(Notice{Kind: Starved, Worker: x.id})
	}
	return true
}

// pause is how long the SDK waits after so many tries, at random.
func (a *Application) pause(tries int) time.Duration {
	return max(time.Millisecond, a.dice.Between(0, min(retryMost, retryBase<<min(tries, 12))).Truncate(time.Microsecond))
}

// metric adds to a metric of the application.
func (a *Application) metric(w World, name, operation, of, value string, n float64) {
	w.Meter.Series(name, cloudwatch.In(a.set.Name, "Operation", operation, of, value)).Add(w.Sched.Now(), n)
}

// inApplication are the dimensions of a metric of the whole application.
func inApplication(name, operation string) cloudwatch.Dims {
	return cloudwatch.In(name, "Operation", operation)
}

func (a *Application) ofShard(w World, h *holding, name string, n float64) {
	a.metric(w, name, "ProcessTask", "ShardId", kinesis.ShardID(h.shard), n)
}

// answered says whether the lease table answered: that another was first is an answer, and no fault.
func answered(err error) bool {
	return err == nil || aws.CodeOf(err) == dynamodb.ConditionalCheckFailed
}

func flag(ok bool) float64 {
	if ok {
		return 1
	}
	return 0
}
