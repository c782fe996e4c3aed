package kinesis

// A reshard is a split or merge to come, a step of a plan.
type reshard struct {
	parent, adjacent int32 // adjacent is -1 for a split
	at               Hash  // where the upper child of a split begins
}

// evenEnough is how far a shard may begin from where an even one would, so that it is left there: 2^96 of 2^128 hash keys.
// Halves of halves miss even ranges by a few keys. Ours.
const evenEnough = 1 << 32

// uniformScalingPlan is the fewest splits and merges that turn the open shards into n of even ranges, from the lowest hash
// key up: a shard is split where an even one begins, and what lies between two such places is merged. The children of a
// step have the next numbers, of which next is the first.
//
// Ours, as AWS publishes no plan. It gives the shards of a scaling of the service from 4 to 3 that was made public:
// 6, 9 and 10 (risingwavelabs/risingwave, issue 9961).
func uniformScalingPlan(open []*ShardState, next int32, n int) []reshard {
	type piece struct {
		number     int32
		start, end Hash
	}
	var plan []reshard
	var rest []piece // the upper part of a shard that was split, when it is not yet shared out
	take := func() piece {
		if len(rest) > 0 {
			p := rest[0]
			rest = rest[:0]
			return p
		}
		sh := open[0]
		open = open[1:]
		return piece{sh.number, sh.start, sh.end}
	}
	for i := range n {
		// place says where a range ends: -1 before shard i of n, 1 behind it, 0 with it.
		var until Hash // where the next one begins
		if i+1 < n {
			until = evenStart(i+1, n)
		}
		place := func(end Hash) int {
			switch {
			case i+1 == n && end == MaxHash:
				return 0
			case i+1 == n:
				return -1
			case end == MaxHash:
				return 1
			}
			end = end.Add(1)
			if over := end.minus(until); over[0] < evenEnough || ^over[0] < evenEnough {
				return 0
			}
			return end.Compare(until)
		}
		// cut takes from a shard that reaches too far what belongs here.
		cut := func(p piece) piece {
			if place(p.end) <= 0 {
				return p
			}
			plan = append(plan, reshard{parent: p.number, adjacent: -1, at: until})
			rest = append(rest, piece{next + 1, until, p.end})
			p = piece{next, p.start, until.Sub(1)}
			next += 2
			return p
		}
		p := cut(take())
		for place(p.end) < 0 {
			q := cut(take())
			plan = append(plan, reshard{parent: p.number, adjacent: q.number})
			p = piece{next, p.start, q.end}
			next++
		}
	}
	return plan
}

// mostOpen is how many shards are open at the most while a plan is carried out, when open are at its beginning.
func mostOpen(open int, plan []reshard) int {
	most := open
	for _, r := range plan {
		if r.adjacent < 0 {
			open++
		} else {
			open--
		}
		most = max(most, open)
	}
	return most
}

// Steps are how many splits and merges are still to be done while the stream is UPDATING.
func (st *Stream) Steps() (splits, merges int) {
	for _, r := range st.plan {
		if r.adjacent < 0 {
			splits++
		} else {
			merges++
		}
	}
	return splits, merges
}

// scale begins to bring the stream to n open shards and tells that it does, and why.
func (s *Service) scale(st *Stream, plan []reshard, n int, why NoticeKind) {
	st.plan = plan
	s.notify(Notice{Kind: why, Stream: st.name, Shard: -1, N: int64(n)})
	s.beginPlan(st, plan)
}

// beginPlan begins to carry out splits and merges. The stream is UPDATING until the last is done; for a change of settings
// there are none.
func (s *Service) beginPlan(st *Stream, plan []reshard) {
	l := &s.cfg.Limits
	st.plan, st.stride = plan, 1+(len(plan)-1)/(1+int(l.LongestPlan/l.StepDelay))
	s.setStatus(st, Updating)
	s.sched.After(l.UpdateDelay, s.owner, evResharded, st.id)
}

// goOnWithPlan does the next steps of a plan, and ends UPDATING with the last.
func (s *Service) goOnWithPlan(st *Stream) {
	if st.status != Updating {
		return
	}
	var told []Notice
	for range min(st.stride, len(st.plan)) {
		told = append(told, s.reshard(st, st.plan[0])...)
		st.plan = st.plan[1:]
	}
	st.index()
	for _, n := range told {
		s.notify(n)
	}
	if len(st.plan) > 0 {
		s.sched.After(s.cfg.Limits.StepDelay, s.owner, evResharded, st.id)
		return
	}
	st.plan, st.stride = nil, 0
	if st.next != "" {
		s.becomeMode(st, st.next)
	}
	if st.changing {
		s.becomeEncrypted(st)
	}
	s.setStatus(st, Active)
}

// reshard does a split or merge: parents close and children open at the same instant, so every hash key has one open shard
// throughout. In their sequence numbers children are a second younger than the closing and than their parents, so that
// their numbers are greater than their parents'. The caller indexes the stream and tells what there is to tell.
// Conf. C, kinesalite.
func (s *Service) reshard(st *Stream, r reshard) []Notice {
	next := int32(len(st.shards))
	parent := st.shards[r.parent]
	since := max(s.sched.Now().Second(), parent.since) + 1
	closed, opened := []*ShardState{parent}, []*ShardState(nil)
	if r.adjacent < 0 {
		s.closeShard(st, parent, next, next+1)
		opened = append(opened,
			s.openShard(st, parent.start, r.at.Sub(1), since, parent.number, -1),
			s.openShard(st, r.at, parent.end, since, parent.number, -1))
	} else {
		adjacent := st.shards[r.adjacent]
		since = max(since, adjacent.since+1)
		closed = append(closed, adjacent)
		s.closeShard(st, parent, next)
		s.closeShard(st, adjacent, next)
		opened = append(opened, s.openShard(st, parent.start, adjacent.end, since, parent.number, adjacent.number))
	}
	var told []Notice
	for _, sh := range closed {
		told = append(told, Notice{Kind: ShardClosed, Stream: st.name, Shard: sh.number})
	}
	for _, sh := range opened {
		told = append(told, Notice{Kind: ShardOpened, Stream: st.name, Shard: sh.number})
	}
	return told
}
