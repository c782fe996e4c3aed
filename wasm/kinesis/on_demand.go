package kinesis

import (
	"slices"
	"sort"
	"time"

	"shardlab/wasm/sim"
)

// A load is what a shard or a stream takes, minute by minute.
type load struct {
	minute                 int64 // the minute under way
	records, bytes         int64 // taken in it
	peakRecords, peakBytes int64 // the most of a whole minute, since they were last taken
}

// add counts what was taken now.
func (l *load) add(now sim.Instant, records, bytes int64) {
	l.close(now)
	l.records += records
	l.bytes += bytes
}

// close ends the minute under way when it is over.
func (l *load) close(now sim.Instant) {
	if minute := now.Second() / 60; minute != l.minute {
		l.peakRecords, l.peakBytes = max(l.peakRecords, l.records), max(l.peakBytes, l.bytes)
		l.minute, l.records, l.bytes = minute, 0, 0
	}
}

// peaks are the greatest of what was measured at some instants: of two, the older is kept only if it is greater. So the
// first of those since an instant is the greatest since then, and a list is short. Copies share it: it never changes.
type peaks []peak

type peak struct {
	at sim.Instant
	n  int64
}

// add takes in a measurement and forgets those before since.
func (p *peaks) add(at sim.Instant, n int64, since sim.Instant) {
	kept := p.since(since)
	for len(kept) > 0 && kept[len(kept)-1].n <= n {
		kept = kept[:len(kept)-1]
	}
	*p = append(slices.Clone(kept), peak{at, n})
}

// since are those at an instant and later.
func (p peaks) since(at sim.Instant) peaks {
	for len(p) > 0 && p[0].at < at {
		p = p[1:]
	}
	return p
}

func (p peaks) greatest() int64 {
	if len(p) == 0 {
		return 0
	}
	return p[0].n
}

// A demand is what an on-demand stream knows of its traffic.
type demand struct {
	tickAt         sim.Instant // when it next looks; 0 when it is provisioned
	load           load
	records, bytes peaks // of a minute
}

// Peak is the most that an on-demand stream took in a minute of the last 30 days, as records and bytes a second. The
// minutes since it last looked at its traffic do not count yet.
func (st *Stream) Peak() (records, bytes float64) {
	return float64(st.demand.records.greatest()) / 60, float64(st.demand.bytes.greatest()) / 60
}

// TickAt is when an on-demand stream looks at its traffic again; 0 for a provisioned one.
func (st *Stream) TickAt() sim.Instant { return st.tickAt }

// largeRegions have the greater quota for on-demand streams.
// Source: Developer Guide, "Quotas and limits".
var largeRegions = []string{"us-east-1", "us-west-2", "eu-west-1"}

// onDemandCeiling is how many shards an on-demand stream scales itself to at the most.
func (s *Service) onDemandCeiling() int {
	l := &s.cfg.Limits
	if slices.Contains(largeRegions, s.cfg.Region) {
		return int(l.OnDemandBytesLarge / l.ShardBytesPerSecond)
	}
	return int(l.OnDemandBytes / l.ShardBytesPerSecond)
}

// watchDemand begins to look at the traffic of a stream, if it is on-demand.
func (s *Service) watchDemand(st *Stream) {
	st.demand = demand{}
	for _, sh := range st.listed {
		sh.load = load{}
	}
	if st.mode == OnDemand {
		s.planTick(st)
	}
}

func (s *Service) planTick(st *Stream) {
	st.tickAt = s.sched.Now().Add(s.cfg.Limits.OnDemandTick)
	s.sched.At(st.tickAt, s.owner, evTick, st.id)
}

// notePeak closes the minute under way and takes in the peak of those since the last look.
func (s *Service) notePeak(st *Stream) {
	now, d := s.sched.Now(), &st.demand
	d.load.close(now)
	since := now.Add(-s.cfg.Limits.OnDemandMemory + time.Microsecond)
	d.records.add(now, d.load.peakRecords, since)
	d.bytes.add(now, d.load.peakBytes, since)
	d.load.peakRecords, d.load.peakBytes = 0, 0
}

// double is how many shards take double the records and bytes of a minute, and calm how many there must be so that none of
// them takes so much that it is split, when all take the same.
func (s *Service) double(records, bytes int64) int {
	l := &s.cfg.Limits
	return int(max(ceilDiv(2*records, 60*l.ShardRecordsPerSecond), ceilDiv(2*bytes, 60*l.ShardBytesPerSecond)))
}

func (s *Service) calm(records, bytes int64) int {
	l := &s.cfg.Limits
	return int(max(ceilDiv(records, 60*l.OnDemandSplitRecords), ceilDiv(bytes, 60*l.OnDemandSplitBytes)))
}

func ceilDiv(n, by int64) int64 { return (n + by - 1) / by }

// tick looks at the traffic of the last quarter of an hour and scales the stream. What a stream can take therefore follows
// its peak by up to a quarter of an hour, and what goes beyond is refused until then: by its shards, as ever.
//
// A shard that takes more than half of what it can is split in the middle; if double the peak of 30 days asks for more,
// the stream is scaled to that, and if half of its shards would do, to so many. Named onDemandTick in the notes on what AWS
// does not publish.
func (s *Service) tick(st *Stream) {
	l := &s.cfg.Limits
	s.planTick(st)
	s.notePeak(st)
	hot := s.hotShards(st)
	for _, sh := range st.open {
		sh.load.peakRecords, sh.load.peakBytes = 0, 0
	}
	if st.status != Active {
		return // what is under way comes first
	}
	open, ceiling := len(st.open), s.onDemandCeiling()
	records, bytes := st.demand.records.greatest(), st.demand.bytes.greatest()
	warm := s.warmShards(st)
	need, least := max(min(s.double(records, bytes), ceiling), warm), max(s.calm(records, bytes), l.OnDemandShards, warm)
	// One key cannot be spread, however often its shard is split: so splits take a stream to less than double what would do
	// for its peak. Ours.
	split := hot[:max(0, min(len(hot), 2*least-1-open, ceiling-open))]
	switch {
	case need > open+len(split):
		s.scale(st, uniformScalingPlan(st.open, int32(len(st.shards)), need), need, PeakGrew)
	case len(split) > 0:
		var plan []reshard
		for _, sh := range split {
			plan = append(plan, reshard{parent: sh.number, adjacent: -1, at: sh.start.Middle(sh.end).Add(1)})
		}
		s.scale(st, plan, open+len(split), HotShardsSplit)
	case len(hot) == 0 && open >= 2*least:
		n := open
		for n/2 >= least {
			n /= 2
		}
		s.scale(st, uniformScalingPlan(st.open, int32(len(st.shards)), n), n, PeakFell)
	}
}

// hotShards are the open shards that took too much in a minute since the last look, the hottest first. A shard of so few
// keys that it cannot be split is none of them.
func (s *Service) hotShards(st *Stream) []*ShardState {
	l, now := &s.cfg.Limits, s.sched.Now()
	heat := func(sh *ShardState) int64 { // the part of what it is split for, in a unit of its own
		return max(sh.load.peakRecords*l.OnDemandSplitBytes, sh.load.peakBytes*l.OnDemandSplitRecords)
	}
	var hot []*ShardState
	for _, sh := range st.open {
		sh.load.close(now)
		if heat(sh) > 60*l.OnDemandSplitBytes*l.OnDemandSplitRecords && sh.start.Add(3).Less(sh.end) {
			hot = append(hot, sh)
		}
	}
	sort.SliceStable(hot, func(i, j int) bool { return heat(hot[i]) > heat(hot[j]) })
	return hot
}
