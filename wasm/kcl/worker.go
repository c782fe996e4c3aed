package kcl

import (
	"bytes"
	"cmp"
	"fmt"
	"hash/fnv"
	"io"
	"slices"
	"time"

	"shardlab/wasm/aggregation"
	"shardlab/wasm/aws"
	"shardlab/wasm/cloudwatch"
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
}

// A sighting is what a worker saw of a lease, and since when by its own clock the counter stands.
type sighting struct {
	Lease
	at sim.Instant
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
	issued  sim.Instant // of its iterator; 0 when it has none
	fails   int
	ended   bool // read to its end
	queue   []batch
	from    position // what lies at or before it was checkpointed by whoever had the lease before
	through position // handed to the processor

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
	key  string
	data []byte
}

func (x *worker) clone() *worker {
	c := *x
	c.seen, c.held = slices.Clone(x.seen), make([]*holding, len(x.held))
	for i, h := range x.held {
		o := *h
		o.queue = slices.Clone(h.queue)
		c.held[i] = &o
	}
	return &c
}

func (x *worker) writeState(w io.Writer) {
	fmt.Fprintf(w, " worker %d %s %s start=%d paused=%d wake=%d renew=%d take=%d sync=%d %t seen=%+v\n", x.number, x.id, x.state, x.startAt, x.pausedUntil, x.wakeAt, x.renewAt, x.takeAt, x.syncAt, x.synced, x.seen)
	for _, h := range x.held {
		o := *h
		o.queue = nil
		fmt.Fprintf(w, "  holds %+v\n", o)
		for _, b := range h.queue {
			fmt.Fprintf(w, "   batch %d bytes end=%t", b.bytes, b.end)
			for _, r := range b.records {
				fmt.Fprintf(w, " %v", r.position)
			}
			fmt.Fprintln(w)
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
			at(x.takeAt)
			at(x.syncAt)
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
	return h.phase == reading && x.state == running && !h.ended && len(h.queue) < room
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
		if x.state == running {
			if now >= x.syncAt {
				a.sync(w, x)
			}
			if now >= x.takeAt {
				a.take(w, x)
			}
		}
		for _, h := range slices.Clone(x.held) {
			if x.holds(h) {
				n += a.advance(w, x, h)
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
	x.held = nil
	w.Notify(Notice{Kind: why, Worker: x.id, Shard: shard})
}

func (x *worker) holds(h *holding) bool { return slices.Contains(x.held, h) }

func (x *worker) drop(h *holding) {
	x.held = slices.DeleteFunc(x.held, func(o *holding) bool { return o == h })
}

// begin makes the lease table when there is none, and waits until it is ACTIVE.
func (a *Application) begin(w World, x *worker) {
	now := w.Sched.Now()
	t, ok := w.DynamoDB.Table(a.set.Name)
	if !ok {
		c := dynamodb.Capacity{Mode: a.set.BillingMode}
		if c.Mode == dynamodb.Provisioned {
			c.Read, c.Write = a.set.InitialLeaseTableReadCapacity, a.set.InitialLeaseTableWriteCapacity
		}
		if w.DynamoDB.Create(a.set.Name, leaseKey, c) == nil {
			w.Notify(Notice{Kind: TableMade, Worker: x.id})
		}
	}
	if !ok || t.Status(now) != dynamodb.Active && t.Status(now) != dynamodb.Updating {
		x.startAt = now.Add(tablePoll)
		return
	}
	x.startAt, x.syncAt, x.takeAt, x.renewAt = 0, now, now, now.Add(a.set.renewEvery())
}

// throttled counts a call to the lease table that was refused for want of capacity.
func (a *Application) throttled(w World, x *worker, err error) bool {
	if !aws.Throttled(aws.CodeOf(err)) {
		return false
	}
	a.total.Throttled++
	if now := w.Sched.Now(); a.starved == 0 || now >= a.starved.Add(time.Minute) {
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

func (a *Application) ofShard(w World, h *holding, name string, n float64) {
	a.metric(w, name, "ProcessTask", "ShardId", kinesis.ShardID(h.shard), n)
}

func flag(ok bool) float64 {
	if ok {
		return 1
	}
	return 0
}

// renew raises the counter of every lease that is held, when it is time. A lease that could not be renewed for the failover time is
// given up: another may have it by now.
func (a *Application) renew(w World, x *worker) {
	now := w.Sched.Now()
	round := now >= x.renewAt
	if round {
		x.renewAt = now.Add(a.set.renewEvery())
		a.metric(w, "CurrentLeases", "RenewAllLeases", "WorkerIdentifier", x.id, float64(len(x.held)))
	}
	for _, h := range slices.Clone(x.held) {
		if round && h.renewal.due == 0 {
			h.renewal = retry{due: now}
		}
		if h.renewal.due == 0 || h.renewal.due > now {
			continue
		}
		if now >= h.renewed.Add(a.set.failover()) {
			a.lose(w, x, h)
			continue
		}
		err := w.DynamoDB.Update(a.set.Name, kinesis.ShardID(h.shard), dynamodb.Item{counter: dynamodb.Int(h.Counter + 1)}, nil, a.mine(x, h)...)
		a.metric(w, "RenewLease.Success", "RenewAllLeases", "WorkerIdentifier", x.id, flag(err == nil))
		switch {
		case err == nil:
			h.Counter++
			h.renewed, h.renewal = now, retry{}
		case a.throttled(w, x, err):
			if h.renewal.tries++; h.renewal.tries >= attempts {
				h.renewal = retry{} // until the next round
				continue
			}
			h.renewal.due = now.Add(a.pause(h.renewal.tries))
		default:
			a.lose(w, x, h)
		}
	}
}

// mine is the condition that the row is still as its holder wrote it.
func (a *Application) mine(x *worker, h *holding) []dynamodb.Condition {
	return []dynamodb.Condition{dynamodb.Is(counter, dynamodb.Int(h.Counter)), dynamodb.Is(leaseOwner, dynamodb.Text(x.id))}
}

// lose gives a lease up that another has, or may have.
func (a *Application) lose(w World, x *worker, h *holding) {
	x.drop(h)
	a.total.LostLeases++
	a.metric(w, "LostLeases", "RenewAllLeases", "WorkerIdentifier", x.id, 1)
	w.Notify(Notice{Kind: Lost, Worker: x.id, Shard: h.shard})
}

// scan reads the lease table and notes what has changed since, by this worker's own clock.
func (a *Application) scan(w World, x *worker) bool {
	now := w.Sched.Now()
	rows, err := w.DynamoDB.Scan(a.set.Name, false)
	if err != nil {
		a.throttled(w, x, err)
		return false
	}
	seen := make([]sighting, 0, len(rows))
	for _, it := range rows {
		l, ok := ReadLease(it)
		if !ok {
			continue
		}
		s := sighting{l, now}
		if i := slices.IndexFunc(x.seen, func(o sighting) bool { return o.Shard == l.Shard }); i >= 0 && x.seen[i].Counter == l.Counter {
			s.at = x.seen[i].at
		}
		seen = append(seen, s)
	}
	slices.SortFunc(seen, func(a, b sighting) int { return cmp.Compare(a.Shard, b.Shard) })
	x.seen = seen
	return true
}

// take takes leases that nobody holds or renews, up to its share, and steals when there are none.
// Source: KCL, DynamoDBLeaseTaker.
func (a *Application) take(w World, x *worker) {
	now := w.Sched.Now()
	x.takeAt = now.Add(a.set.takeEvery())
	if !a.scan(w, x) {
		return
	}
	var free []sighting
	counts := map[string]int64{x.id: 0}
	leases := int64(0)
	for _, s := range x.seen {
		if s.Done() {
			continue
		}
		leases++
		switch own := s.Owner == x.id; {
		case own && x.find(s.Shard) != nil:
			counts[x.id]++
		case s.Owner == "" || own || now >= s.at.Add(a.set.failover()):
			free = append(free, s)
		default:
			counts[s.Owner]++
		}
	}
	workers := int64(len(counts))
	target := int64(1)
	if workers < leases {
		target = (leases + workers - 1) / workers
	}
	if a.set.MaxLeasesForWorker > 0 {
		target = min(target, a.set.MaxLeasesForWorker)
	}
	need := target - counts[x.id]
	for name, n := range map[string]int64{"NumWorkers": workers, "TotalLeases": leases, "ExpiredLeases": int64(len(free)), "NeededLeases": max(0, need)} {
		a.metric(w, name, "TakeLeases", "WorkerIdentifier", x.id, float64(n))
	}
	var chosen []sighting
	switch {
	case need <= 0:
	case len(free) > 0:
		chosen = a.some(free, need)
	default:
		most, surplus := "", int64(-1)
		for _, s := range x.seen { // in the order of the shards, so that ties go one way
			if n := counts[s.Owner]; s.Owner != x.id && !s.Done() && n > surplus {
				most, surplus = s.Owner, n
			}
		}
		steal := int64(0)
		if surplus > target {
			steal = min(need, surplus-target)
		} else if surplus == target && need > 1 {
			steal = 1
		}
		var theirs []sighting
		for _, s := range x.seen {
			if s.Owner == most && !s.Done() {
				theirs = append(theirs, s)
			}
		}
		chosen = a.some(theirs, min(steal, a.set.MaxLeasesToStealAtOneTime))
	}
	taken := 0
	for _, s := range chosen {
		conditions := []dynamodb.Condition{dynamodb.Is(counter, dynamodb.Int(s.Counter))}
		if s.Owner != "" {
			conditions = append(conditions, dynamodb.Is(leaseOwner, dynamodb.Text(s.Owner)))
		}
		err := w.DynamoDB.Update(a.set.Name, kinesis.ShardID(s.Shard), dynamodb.Item{leaseOwner: dynamodb.Text(x.id), counter: dynamodb.Int(s.Counter + 1), switches: dynamodb.Int(s.Switches + 1)}, nil, conditions...)
		if err != nil {
			a.throttled(w, x, err)
			continue
		}
		taken++
		l := s.Lease
		l.Owner, l.Counter, l.Switches = x.id, s.Counter+1, s.Switches+1
		h := &holding{Lease: l, shard: s.Shard, renewed: now, phase: waiting, nextAt: now, checkpointed: now, from: position{-1, 0}, through: position{-1, 0}}
		x.held = append(x.held, h)
		slices.SortFunc(x.held, func(a, b *holding) int { return cmp.Compare(a.shard, b.shard) })
		kind := Took
		if s.Owner != "" && s.Owner != x.id && now < s.at.Add(a.set.failover()) {
			kind = Stole
		}
		w.Notify(Notice{Kind: kind, Worker: x.id, Other: s.Owner, Shard: s.Shard})
	}
	a.metric(w, "TakenLeases", "TakeLeases", "WorkerIdentifier", x.id, float64(taken))
}

// some chooses so many at random.
func (a *Application) some(all []sighting, n int64) []sighting {
	all = slices.Clone(all)
	for i := len(all) - 1; i > 0; i-- {
		j := a.dice.IntN(i + 1)
		all[i], all[j] = all[j], all[i]
	}
	return all[:max(0, min(n, int64(len(all))))]
}

func (x *worker) find(shard int32) *holding {
	for _, h := range x.held {
		if h.shard == shard {
			return h
		}
	}
	return nil
}

// sync sees to it that leases are there for the shards and not for those that are done. All workers do it when they begin, and the
// leader each shardSyncInterval: the first by name of those who hold leases. Ours: the KCL shuffles them.
func (a *Application) sync(w World, x *worker) {
	now := w.Sched.Now()
	x.syncAt = now.Add(millis(a.set.ShardSyncIntervalMillis))
	st, ok := w.Kinesis.Stream(a.set.StreamName)
	if !ok || st.Status() == kinesis.Creating || w.Kinesis.Allow("ListShards", st.ARN()) != nil || !a.scan(w, x) {
		x.syncAt = now.Add(tablePoll)
		return
	}
	leader := x.id
	for _, s := range x.seen {
		if s.Owner != "" && !s.Done() && now < s.at.Add(a.set.failover()) {
			leader = min(leader, s.Owner)
		}
	}
	if x.synced && leader != x.id {
		return
	}
	x.synced = true
	lease := func(n int32) *sighting {
		if i, ok := slices.BinarySearchFunc(x.seen, n, func(s sighting, n int32) int { return cmp.Compare(s.Shard, n) }); ok {
			return &x.seen[i]
		}
		return nil
	}
	for _, sh := range st.Shards() {
		if lease(sh.Number()) != nil {
			continue
		}
		l := Lease{Shard: sh.Number(), Checkpoint: kinesis.TrimHorizon, Parents: sh.Parents()}
		_, older := listed(st, l.Parents)
		done := slices.ContainsFunc(l.Parents, func(n int32) bool { s := lease(n); return s != nil && s.Done() })
		leased := func(n int32) bool { return lease(n) != nil }
		switch {
		case done && !slices.ContainsFunc(older, func(n int32) bool { return !leased(n) }):
		case a.set.InitialPositionInStream == kinesis.Latest && sh.Open() && !above(st, sh, leased):
			l.Checkpoint, l.Parents = kinesis.Latest, nil // they are not read
		case a.set.InitialPositionInStream != kinesis.Latest && len(older) == 0 && !below(st, sh, leased):
		default:
			continue
		}
		if err := w.DynamoDB.Put(a.set.Name, l.row(sh), dynamodb.Missing(leaseKey)); a.throttled(w, x, err) {
			x.synced, x.syncAt = false, now.Add(a.pause(4))
			return
		}
	}
	x.takeAt = min(x.takeAt, now)
	if !a.set.CleanupLeases {
		return
	}
	for _, s := range x.seen {
		sh, there := st.Shard(s.Shard)
		if !s.Done() || slices.ContainsFunc(s.Parents, func(n int32) bool { return lease(n) != nil }) {
			continue
		}
		if there && slices.ContainsFunc(sh.Children(), func(n int32) bool { c := lease(n); return c == nil || c.Checkpoint == kinesis.TrimHorizon }) {
			continue
		}
		if w.DynamoDB.Delete(a.set.Name, kinesis.ShardID(s.Shard)) == nil {
			w.Notify(Notice{Kind: Cleaned, Worker: x.id, Shard: s.Shard})
		}
	}
}

// listed are those of some shards that the stream still lists, and their numbers.
func listed(st *kinesis.Stream, numbers []int32) (all []*kinesis.ShardState, there []int32) {
	for _, n := range numbers {
		if sh, ok := st.Shard(n); ok {
			all, there = append(all, sh), append(there, n)
		}
	}
	return all, there
}

// above says whether what is asked for is so of an ancestor of a shard, below whether it is of a descendant.
func above(st *kinesis.Stream, sh *kinesis.ShardState, is func(int32) bool) bool {
	all, _ := listed(st, sh.Parents())
	return slices.ContainsFunc(all, func(p *kinesis.ShardState) bool { return is(p.Number()) || above(st, p, is) })
}

func below(st *kinesis.Stream, sh *kinesis.ShardState, is func(int32) bool) bool {
	all, _ := listed(st, sh.Children())
	return slices.ContainsFunc(all, func(c *kinesis.ShardState) bool { return is(c.Number()) || below(st, c, is) })
}

// advance lets a lease's shard be read when its parents are done, and fetches.
func (a *Application) advance(w World, x *worker, h *holding) int {
	now := w.Sched.Now()
	if h.phase == waiting && now >= h.nextAt {
		for _, n := range h.Parents {
			it, err := w.DynamoDB.Get(a.set.Name, kinesis.ShardID(n), true)
			l, there := ReadLease(it)
			if err != nil || there && !l.Done() {
				a.throttled(w, x, err)
				if h.nextAt = now.Add(millis(a.set.ParentShardPollIntervalMillis)); !h.told && err == nil {
					h.told = true
					w.Notify(Notice{Kind: Waits, Worker: x.id, Shard: h.shard})
				}
				return 0
			}
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
	if h.issued == 0 {
		from := kinesis.Position{Type: h.Checkpoint}
		if h.Checkpoint != kinesis.Latest && h.Checkpoint != kinesis.TrimHorizon {
			from = kinesis.Position{Type: kinesis.AtSequenceNumber, Number: h.Checkpoint}
		}
		c, err := w.Kinesis.Iterate(st, h.shard, from)
		if err != nil {
			return a.refused(w, h, err)
		}
		h.cursor, h.issued = c.Index, now
		if from.Type == kinesis.AtSequenceNumber {
			if sh, there := st.Shard(h.shard); there {
				if _, index, found := sh.Find(h.Checkpoint); found {
					h.from = position{index, h.Sub}
				}
			}
		}
	}
	answer, err := w.Kinesis.Read(st, kinesis.Cursor{Shard: h.shard, Index: h.cursor, Issued: h.issued}, int(a.set.MaxRecords))
	if err != nil {
		return a.refused(w, h, err)
	}
	h.fails = 0
	n := answer.Len()
	a.total.Read += int64(n)
	latency := a.dice.Between(quickest, slowest).Truncate(time.Microsecond) + w.Kinesis.Late()
	if n > 0 && w.Flight != nil {
		w.Flight(now, now.Add(latency), h.shard, n)
	}
	m := a.mark(h.shard)
	m.behind, m.at = answer.MillisBehind, now
	a.ofShard(w, h, "MillisBehindLatest", float64(answer.MillisBehind))
	h.cursor, h.issued, h.ended = answer.Next.Index, now, answer.End
	h.nextAt = now.Add(latency + millis(a.set.IdleTimeBetweenReadsInMillis))
	if b := a.unpack(h, &answer); len(b.records) > 0 || b.end {
		h.queue = append(h.queue, b)
		if h.busyUntil == 0 && !h.wanted {
			a.occupy(w, x, h, now.Add(latency))
		}
	}
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
				b.records = append(b.records, record{p, r.Key, r.Data})
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
				b.records = append(b.records, record{p, part.PartitionKey, part.Data})
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
		a.ofShard(w, h, "ExpiredIterator", 1)
		w.Notify(Notice{Kind: Expired, Shard: h.shard})
	case code == aws.ResourceNotFound: // the shard's retention is over: there is nothing left of it
		h.ended = true
		h.queue = append(h.queue, batch{end: true})
		if h.busyUntil == 0 && !h.wanted {
			h.busySince, h.busyUntil = now, now
		}
	default:
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
	if len(h.queue) == 0 || x.state != running {
		h.busyUntil = 0
		return
	}
	b := &h.queue[0]
	h.busySince = from
	h.busyUntil = from.Add(time.Duration(int64(len(b.records))*a.set.MicrosPerRecord)*time.Microsecond + millis(a.set.MillisPerBatch))
}

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
			return n
		}
	}
	return n
}

// finish does what the processor did with its batch, and decides on a checkpoint.
func (a *Application) finish(w World, x *worker, h *holding) int {
	now := w.Sched.Now()
	b := h.queue[0]
	a.ofShard(w, h, "RecordProcessor.processRecords.Time", float64((h.busyUntil-h.busySince)/1000))
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
	due = due && !threw || x.state == stopping && h.sinceCheckpoint > 0 && a.set.Checkpoint != Never
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
	bytesDone, done := int64(0), int64(0)
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
			h.through = b.records[len(b.records)-1].position
			w.Notify(Notice{Kind: Threw, Worker: x.id, Shard: h.shard, N: skipped})
			threw = true
			break
		}
		again := !(position{m.index, m.sub}).before(r.position)
		if again {
			a.total.Duplicates++
		} else {
			m.index, m.sub = r.index, r.sub
		}
		if !a.set.Idempotent || !a.remember(r) {
			a.total.Effects++
		}
		if h.through = r.position; w.Process != nil {
			w.Process(h.shard, r.index, r.sub)
		}
		done++
		bytesDone += int64(len(r.data))
	}
	a.total.Processed += done
	a.recent.n[0] += done
	if done > 0 {
		a.ofShard(w, h, "RecordsProcessed", float64(done))
		a.ofShard(w, h, "DataBytesProcessed", float64(bytesDone))
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
			if again(err) {
				return false
			}
			made++
		}
	}
	if !h.final {
		if sh == nil {
			h.wanted = false
			return true
		}
		r := sh.Record(h.at.index)
		if r == nil { // it has left the stream: its number is not needed any more
			h.wanted = false
			a.occupy(w, x, h, now)
			return true
		}
		set[checkpoint], set[subNumber] = dynamodb.Text(sh.SequenceNumber(h.at.index, r.At)), dynamodb.Int(h.at.sub)
	}
	err := error(nil)
	if now < h.renewed.Add(a.set.failover()) {
		err = w.DynamoDB.Update(a.set.Name, kinesis.ShardID(h.shard), set, nil, a.mine(x, h)...)
	} else {
		err = aws.Errorf(dynamodb.ConditionalCheckFailed, "the lease has expired")
	}
	a.ofShard(w, h, "UpdateLease.Success", flag(err == nil))
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
	h.wanted, h.tries, h.sinceCheckpoint = false, 0, 0
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
