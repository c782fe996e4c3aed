package kcl

import (
	"cmp"
	"slices"
	"strconv"

	"shardlab/wasm/dynamodb"
	"shardlab/wasm/kinesis"
	"shardlab/wasm/sim"
)

// renew raises the counter of every lease that is held, when it is time. A lease that could not be renewed for the failover time is
// given up: another may have it by now.
func (a *Application) renew(w World, x *worker) {
	now := w.Sched.Now()
	round := now >= x.renewAt
	if round {
		x.renewAt = now.Add(a.set.renewEvery())
		a.metric(w, "CurrentLeases", "RenewAllLeases", "WorkerIdentifier", x.id, float64(len(x.held)))
	}
	throttled := a.total.Throttled
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
		set := dynamodb.Item{counter: dynamodb.Int(h.Counter + 1)}
		if a.set.modern() && round {
			a.measure(h, set)
		}
		it, err := w.DynamoDB.Update(a.set.Name, kinesis.ShardID(h.shard), set, nil, a.mine(x, h)...)
		a.metric(w, "RenewLease.Success", "RenewAllLeases", "WorkerIdentifier", x.id, flag(err == nil))
		switch {
		case err == nil:
			h.Counter++
			h.renewed, h.renewal = now, retry{}
			if l, ok := ReadLease(it); ok && a.set.modern() {
				if h.Owner = l.Owner; l.CheckpointOwner == x.id && h.handoff == 0 {
					h.handoff = now
					w.Notify(Notice{Kind: Asked, Worker: x.id, To: l.Owner, Shard: h.shard})
				}
			}
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
	if round {
		a.metric(w, "Success", "RenewAllLeases", "WorkerIdentifier", x.id, flag(a.total.Throttled == throttled))
	}
}

// measure writes a lease's throughput into its row: the bytes since the last renewal, smoothed. Source: KCL, LeaseStatsRecorder.
func (a *Application) measure(h *holding, set dynamodb.Item) {
	kbps := float64(h.bytes) / 1024 / a.set.renewEvery().Seconds()
	if h.measured {
		kbps = average([]float64{h.KBps, kbps})
	}
	h.KBps, h.measured, h.bytes = kbps, true, 0
	text := strconv.FormatFloat(kbps, 'f', 4, 64)
	set[throughput] = dynamodb.AttributeValue{N: &text}
}

// mine is the condition that the row is still as its holder wrote it. In 3.x the leader may have written another owner into it, to whom
// the holder hands it over.
func (a *Application) mine(x *worker, h *holding) []dynamodb.Condition {
	if a.set.modern() {
		return []dynamodb.Condition{dynamodb.Is(counter, dynamodb.Int(h.Counter))}
	}
	return []dynamodb.Condition{dynamodb.Is(counter, dynamodb.Int(h.Counter)), dynamodb.Is(leaseOwner, dynamodb.Text(x.id))}
}

// lose gives a lease up that another has, or may have.
func (a *Application) lose(w World, x *worker, h *holding) {
	x.drop(h)
	h.hangUp(w)
	a.total.LostLeases++
	a.last.LostLease = w.Sched.Now()
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
		s := sighting{Lease: l, at: now, askedAt: now}
		if i := slices.IndexFunc(x.seen, func(o sighting) bool { return o.Shard == l.Shard }); i >= 0 {
			if x.seen[i].Counter == l.Counter {
				s.at = x.seen[i].at
			}
			if x.seen[i].CheckpointOwner == l.CheckpointOwner && x.seen[i].Owner == l.Owner {
				s.askedAt = x.seen[i].askedAt
			}
		}
		seen = append(seen, s)
	}
	sim.Sort(seen, func(a, b sighting) int { return cmp.Compare(a.Shard, b.Shard) })
	x.seen = seen
	return true
}

// take takes leases that nobody holds or renews, up to its share, and steals when there are none.
// Source: KCL, DynamoDBLeaseTaker.
func (a *Application) take(w World, x *worker) {
	now := w.Sched.Now()
	x.takeAt = now.Add(a.set.takeEvery())
	listed := a.scan(w, x)
	told := func(name string, n int64) { a.metric(w, name, "TakeLeases", "WorkerIdentifier", x.id, float64(n)) }
	told("ListLeases.Success", int64(flag(listed)))
	told("Success", int64(flag(listed)))
	if !listed {
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
	told("NumWorkers", workers)
	told("TotalLeases", leases)
	told("ExpiredLeases", int64(len(free)))
	told("NeededLeases", max(0, need))
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
	told("LeasesToTake", int64(len(chosen)))
	taken := 0
	for _, s := range chosen {
		conditions := []dynamodb.Condition{dynamodb.Is(counter, dynamodb.Int(s.Counter))}
		if s.Owner != "" {
			conditions = append(conditions, dynamodb.Is(leaseOwner, dynamodb.Text(s.Owner)))
		}
		_, err := w.DynamoDB.Update(a.set.Name, kinesis.ShardID(s.Shard), dynamodb.Item{leaseOwner: dynamodb.Text(x.id), counter: dynamodb.Int(s.Counter + 1), switches: dynamodb.Int(s.Switches + 1)}, nil, conditions...)
		told("TakeLease.Success", int64(flag(answered(err))))
		if err != nil {
			a.throttled(w, x, err)
			continue
		}
		taken++
		l := s.Lease
		l.Owner, l.Counter, l.Switches = x.id, s.Counter+1, s.Switches+1
		a.adopt(w, x, l)
		kind := Took
		if s.Owner != "" && s.Owner != x.id && now < s.at.Add(a.set.failover()) {
			kind = Stole
		}
		w.Notify(Notice{Kind: kind, Worker: x.id, Other: s.Owner, Shard: s.Shard})
	}
	a.metric(w, "TakenLeases", "TakeLeases", "WorkerIdentifier", x.id, float64(taken))
}

// adopt makes a lease one that a worker holds, with a record processor of its own.
func (a *Application) adopt(w World, x *worker, l Lease) {
	now := w.Sched.Now()
	x.held = append(x.held, &holding{Lease: l, shard: l.Shard, renewed: now, phase: waiting, nextAt: now, checkpointed: now, from: position{-1, 0}, through: position{-1, 0}, pipe: a.pipeline(now)})
	sim.Sort(x.held, func(a, b *holding) int { return cmp.Compare(a.shard, b.shard) })
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
