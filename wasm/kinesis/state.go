package kinesis

import (
	"bufio"
	"fmt"
	"io"
	"maps"
	"math/bits"
	"slices"

	"shardlab/wasm/sim"
)

// State writes all that the service holds, in a fixed order: two services that write the same behave the same from then
// on. Records are written as a hash for each shard.
func (s *Service) State(w io.Writer) {
	b := bufio.NewWriter(w)
	defer b.Flush()
	fmt.Fprintf(b, "kinesis %s %s profile %s seed %d made %d registered %d subscribed %d\n", s.cfg.Region, s.cfg.Account, s.cfg.Limits.Profile, s.cfg.Seed, s.made,
		s.registered, s.subscribed)
	s.rates.state(b)
	fmt.Fprintf(b, "zones %v\n", s.zones)
	fmt.Fprintf(b, "commitment %v channelled %d\n", s.commitment, s.channelled)
	for _, c := range s.channels {
		c.state(b)
	}
	for _, st := range s.streams {
		st.state(b)
	}
}

func (st *Stream) state(b *bufio.Writer) {
	fmt.Fprintf(b, "stream %d %q %s %s created %d active %d retention %d trimmed %d record %d initial %d quotas %v %v %v\n", st.id, st.name, st.status, st.mode,
		st.created, st.active, st.retention, st.trimmed, st.recordKiB, st.initial, st.recordQuota, st.byteQuota, st.readQuota)
	fmt.Fprintf(b, " auto %v turn %d metrics %x\n", st.auto, st.turn, st.metrics)
	st.attached.state(b)
	st.encryption.state(b)
	if len(st.plan) > 0 {
		fmt.Fprintf(b, " plan %d at once %v\n", st.stride, st.plan)
	}
	if st.next != "" || st.tickAt != 0 || st.warm != 0 {
		fmt.Fprintf(b, " next mode %q warm %d demand %v\n", st.next, st.warm, st.demand)
	}
	st.rates.state(b)
	for _, c := range st.consumers {
		fmt.Fprintf(b, " consumer %d %q %s created %d\n", c.id, c.arn, c.status, c.created)
		c.attached.state(b)
	}
	fmt.Fprintf(b, " shards %d latency %v\n", len(st.shards), st.latency)
	for _, sh := range st.listed {
		sh.state(b)
	}
}

func (sh *ShardState) state(b *bufio.Writer) {
	fmt.Fprintf(b, " shard %d of %d %d to %v range %v %v since %d opened %d closed %d spread %v\n", sh.number, sh.parent, sh.adjacent, sh.children,
		sh.start, sh.end, sh.since, sh.opened, sh.closed, sh.spread)
	sum := digest(0)
	for i := sh.records.First(); i < sh.records.Next(); i++ {
		r := sh.records.At(i)
		sum = text(text(sum.word(uint64(r.At)), r.Key), r.Data)
	}
	fmt.Fprintf(b, "  records %d to %d of %d bytes %016x trim %d\n", sh.records.First(), sh.records.Next(), sh.held, uint64(sum), sh.trimAt)
	fmt.Fprintf(b, "  budgets %v %v %v overdrawn %v refused %d %d by %d\n", sh.recordBucket, sh.byteBucket, sh.readBucket, sh.overdrawn,
		sh.refused, sh.readsRefused, sh.why)
	if sh.load != (load{}) {
		fmt.Fprintf(b, "  load %v\n", sh.load)
	}
	fmt.Fprintf(b, "  primary %d failover %d to %d, %d in all\n", sh.primary, sh.paused, sh.failover, sh.failovers)
	b.WriteString("  reads")
	sh.reads.state(b)
	b.WriteString("  iterators")
	sh.iterators.state(b)
	for i := range sh.subs {
		fmt.Fprintf(b, "  subscription %+v\n", sh.subs[i])
	}
	if len(sh.subs) > 0 {
		fmt.Fprintf(b, "  push %d %d\n", sh.pushAt, sh.laterAt)
	}
	for i, tick := range sh.recent.ticks {
		if tick != 0 {
			fmt.Fprintf(b, "  recent %d %v\n", tick, sh.recent.slot[i])
		}
	}
}

// digest is a hash of all records of a shard, a word at a time, because there may be millions. It tells states apart; it is
// no defence against anybody.
type digest uint64

func (d digest) word(w uint64) digest {
	return digest(bits.RotateLeft64(uint64(d)^w, 29) * 0x9e3779b97f4a7c15)
}

func text[T string | []byte](d digest, t T) digest {
	d = d.word(uint64(len(t)))
	for ; len(t) >= 8; t = t[8:] {
		d = d.word(uint64(t[0]) | uint64(t[1])<<8 | uint64(t[2])<<16 | uint64(t[3])<<24 | uint64(t[4])<<32 | uint64(t[5])<<40 | uint64(t[6])<<48 | uint64(t[7])<<56)
	}
	last := uint64(0)
	for i := range len(t) {
		last = last<<8 | uint64(t[i])
	}
	return d.word(last)
}

// state writes the calls, operation by operation.
func (r rates) state(b *bufio.Writer) {
	for _, op := range slices.Sorted(maps.Keys(r)) {
		fmt.Fprintf(b, " rate %s", op)
		r[op].state(b)
	}
}

// state writes the calls from the oldest on.
func (w *window) state(b *bufio.Writer) {
	for i := range w.calls {
		fmt.Fprintf(b, " %d", w.calls[(w.next+i)%len(w.calls)])
	}
	b.WriteByte('\n')
}

// Oldest and Newest are when the oldest and the newest record held were taken; false when there is none.
func (sh *ShardState) Oldest() (sim.Instant, bool) {
	if sh.records.Len() == 0 {
		return 0, false
	}
	return sh.records.At(sh.records.First()).At, true
}

func (sh *ShardState) Newest() (sim.Instant, bool) {
	if sh.records.Len() == 0 {
		return 0, false
	}
	return sh.records.At(sh.records.Next() - 1).At, true
}
