package kcl

import (
	"cmp"
	"slices"

	"shardlab/wasm/aws"
	"shardlab/wasm/dynamodb"
	"shardlab/wasm/kinesis"
)

// sync sees to it that leases are there for the shards and not for those that are done. All workers do it when they begin, and the
// leader each shardSyncInterval: the first by name of those who hold leases. Ours: the KCL shuffles them.
func (a *Application) sync(w World, x *worker) {
	now := w.Sched.Now()
	x.syncAt = now.Add(millis(a.set.ShardSyncIntervalMillis))
	st, ok := w.Kinesis.Stream(a.set.StreamName)
	var err error
	if ok {
		err = w.Kinesis.Allow("ListShards", st.ARN())
	}
	switch {
	case !ok || st.Status() == kinesis.Creating:
		a.bar(w, aws.ResourceNotFound, false)
	case err != nil:
		a.bar(w, aws.CodeOf(err), false)
	default:
		a.unbar(w, false)
		ok = a.scan(w, x)
	}
	if a.blocked != "" && !a.atRead || !ok {
		x.syncAt = now.Add(tablePoll)
		return
	}
	leader := x.id
	for _, s := range x.seen {
		if s.Owner != "" && !s.Done() && now < s.at.Add(a.set.failover()) {
			leader = min(leader, s.Owner)
		}
	}
	if x.synced && (leader != x.id && !a.set.modern() || !x.leads && a.set.modern()) {
		return
	}
	x.synced = true
	lease := func(n int32) *sighting {
		if i, ok := slices.BinarySearchFunc(x.seen, n, func(s sighting, n int32) int { return cmp.Compare(s.Shard, n) }); ok {
			return &x.seen[i]
		}
		return nil
	}
	missing := false
	for _, sh := range st.Shards() {
		if lease(sh.Number()) != nil {
			continue
		}
		l := Lease{Shard: sh.Number(), Checkpoint: kinesis.TrimHorizon, Parents: sh.Parents()}
		parents, older := listed(st, l.Parents)
		done := slices.ContainsFunc(l.Parents, func(n int32) bool { s := lease(n); return s != nil && s.Done() })
		leased := func(n int32) bool { return lease(n) != nil }
		switch {
		case done && !slices.ContainsFunc(older, func(n int32) bool { return !leased(n) }):
		case a.set.InitialPositionInStream == kinesis.Latest && sh.Open() && !above(st, sh, leased):
			l.Checkpoint, l.Parents = kinesis.Latest, nil // they are not read
		case a.set.InitialPositionInStream == kinesis.AtTimestamp && a.openAt(sh) && !slices.ContainsFunc(parents, a.openAt) && !below(st, sh, leased):
			l.Checkpoint = kinesis.AtTimestamp // its parents are not read either: they closed before
		case a.set.InitialPositionInStream == kinesis.TrimHorizon && len(older) == 0 && !below(st, sh, leased):
		default:
			continue
		}
		err := w.DynamoDB.Put(a.set.Name, l.row(sh), dynamodb.Missing(leaseKey))
		a.ofAll(w, "CreateLease.Success", "ShardSyncTask", flag(answered(err)))
		if missing = true; a.throttled(w, x, err) {
			x.synced, x.syncAt = false, now.Add(a.pause(4))
			return
		}
	}
	a.ofAll(w, "NumStreamsToSync", "PeriodicShardSyncManager", flag(missing))
	a.ofAll(w, "Success", "PeriodicShardSyncManager", 1)
	if missing {
		a.ofAll(w, "SyncShards.Success", "ShardSyncTask", 1)
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

// openAt says whether a shard was open at the instant of AT_TIMESTAMP or later: the first leases are those of the oldest such shards,
// and those of their children follow. Source: KCL, HierarchicalShardSyncer, which lists the shards AT_TIMESTAMP.
func (a *Application) openAt(sh *kinesis.ShardState) bool {
	return sh.Open() || !sh.ClosedAt().Time().Before(kinesis.Begin(kinesis.AtTimestamp, a.set.InitialPositionInStreamExtended).At)
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
