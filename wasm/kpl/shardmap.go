package kpl

import (
	"encoding/json"
	"slices"
	"time"

	"shardlab/wasm/aws"
	"shardlab/wasm/kinesis"
	"shardlab/wasm/sim"
)

// Times of the shard map. Source: ShardMap::kMinBackoff, kMaxBackoff, kClosedShardTtl.
const (
	mapLeastBackoff = time.Second
	mapMostBackoff  = 30 * time.Second
	closedShardTtl  = time.Minute
)

// States of the shard map.
const (
	unknown  = iota // nothing is known; it is listed anew when due
	updating        // ListShards is under way
	ready
)

// A ranged is a shard with its range.
type ranged struct {
	shard      int32
	start, end kinesis.Hash
	lane       int
}

// A shardMap is what the KPL knows of the open shards. It is loaded when it begins and when a record went elsewhere than
// predicted; meanwhile nothing is predicted.
// Invariant: known covers open; open is sorted by end.
type shardMap struct {
	state     int
	open      []ranged
	known     []ranged    // open ones, and for a minute closed ones
	due       sim.Instant // when the answer is there, or when it is tried again; 0 is never
	code      string      // of an answer that refuses
	backoff   time.Duration
	updatedAt sim.Instant
}

func (m *shardMap) clone() shardMap {
	c := *m
	c.open, c.known = slices.Clone(m.open), slices.Clone(m.known)
	return c
}

// lane is where a hash key is predicted to go; -1 when the map does not know.
func (m *shardMap) lane(h kinesis.Hash) int {
	if m.state != ready {
		return -1
	}
	i, _ := slices.BinarySearchFunc(m.open, h, func(x ranged, h kinesis.Hash) int { return x.end.Compare(h) })
	if i == len(m.open) {
		return -1
	}
	return m.open[i].lane
}

// find is the range of a shard that is open, or was until a short while ago.
func (m *shardMap) find(shard int32, now sim.Instant) (ranged, bool) {
	if m.state == ready && m.updatedAt.Add(closedShardTtl) < now {
		m.known = slices.Clone(m.open)
	}
	for _, x := range m.known {
		if x.shard == shard {
			return x, true
		}
	}
	return ranged{}, false
}

// load lists the shards; the answer takes its time.
func (m *shardMap) load(w World, p *Producer) {
	m.state, m.open, m.code = updating, nil, ""
	var token *string
	for {
		out, err := p.listShards(w, token)
		if err != nil {
			m.code = aws.CodeOf(err)
			break
		}
		for _, s := range out.Shards {
			start, _ := kinesis.ParseHash(s.HashKeyRange.StartingHashKey)
			end, _ := kinesis.ParseHash(s.HashKeyRange.EndingHashKey)
			number, _ := kinesis.ParseShardID(s.ShardId)
			m.open = append(m.open, ranged{number, start, end, p.laneOf(number)})
		}
		if token = out.NextToken; token == nil {
			break
		}
	}
	sim.Sort(m.open, func(a, b ranged) int { return a.end.Compare(b.end) })
	m.due = w.Sched.Now().Add(p.answer())
}

// advance sees to an answer that has come, and lists again when it is time to.
func (m *shardMap) advance(w World, p *Producer) {
	now := w.Sched.Now()
	if m.due == 0 || m.due > now {
		return
	}
	m.due = 0
	switch {
	case m.state == unknown:
		m.load(w, p)
	case m.code != "":
		m.backoff = max(m.backoff, mapLeastBackoff)
		w.Notify(Notice{Kind: Unmapped, Code: m.code})
		m.state, m.open, m.due = unknown, nil, now.Add(m.backoff)
		m.backoff = min(m.backoff*3/2, mapMostBackoff)
	default:
		m.state, m.backoff, m.updatedAt = ready, 0, now
		for _, x := range m.open {
			if !slices.ContainsFunc(m.known, func(k ranged) bool { return k.shard == x.shard }) {
				m.known = append(m.known, x)
			}
		}
		w.Notify(Notice{Kind: Mapped, N: int64(len(m.open))})
	}
}

// invalidate loads the map anew when a record that was sent after it was made went elsewhere than to an open shard of it.
func (m *shardMap) invalidate(w World, p *Producer, sentAt sim.Instant, predicted, actual int32) {
	if m.state == ready && sentAt > m.updatedAt && slices.ContainsFunc(m.open, func(x ranged) bool { return x.shard == predicted }) {
		w.Notify(Notice{Kind: Missed, Shard: predicted, Actual: actual})
		m.load(w, p)
	}
}

// listShards calls ListShards for the open shards.
func (p *Producer) listShards(w World, token *string) (*kinesis.ListShardsOutput, error) {
	st, ok := w.Kinesis.Stream(p.set.StreamName)
	if !ok {
		return nil, aws.Errorf(aws.ResourceNotFound, "Stream %s not found.", p.set.StreamName)
	}
	if err := w.Kinesis.Allow("ListShards", st.ARN()); err != nil {
		return nil, err
	}
	latest, in := "AT_LATEST", kinesis.ListShardsInput{NextToken: token}
	if token == nil {
		in.StreamName, in.ShardFilter = &p.set.StreamName, &kinesis.ShardFilter{Type: &latest}
	}
	body, err := json.Marshal(in)
	if err != nil {
		panic("kpl: a request does not encode: " + err.Error())
	}
	q, err := kinesis.Decode("ListShards", body)
	if err != nil {
		return nil, err
	}
	out, err := w.Kinesis.Run(q)
	if err != nil {
		return nil, err
	}
	return out.(*kinesis.ListShardsOutput), nil
}

// laneOf is the lane of a shard, made when there is none.
func (p *Producer) laneOf(shard int32) int {
	for i := range p.lanes {
		if p.lanes[i].shard == shard {
			return i
		}
	}
	p.lanes = append(p.lanes, lane{shard: shard})
	return len(p.lanes) - 1
}
