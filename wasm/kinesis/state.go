package kinesis

import (
	"bufio"
	"crypto/md5"
	"encoding/binary"
	"fmt"
	"io"
	"maps"
	"slices"

	"shardlab/wasm/sim"
)

// State writes all that the service holds, in a fixed order: two services that write the same behave the same from then
// on. Records are written as a hash for each shard.
func (s *Service) State(w io.Writer) {
	b := bufio.NewWriter(w)
	defer b.Flush()
	fmt.Fprintf(b, "kinesis %s %s profile %s seed %d made %d\n", s.cfg.Region, s.cfg.Account, s.cfg.Limits.Profile, s.cfg.Seed, s.made)
	for _, op := range slices.Sorted(maps.Keys(s.rates)) {
		fmt.Fprintf(b, "rate %s", op)
		s.rates[op].state(b)
	}
	for _, st := range s.streams {
		st.state(b)
	}
}

func (st *Stream) state(b *bufio.Writer) {
	fmt.Fprintf(b, "stream %d %q %s %s created %d active %d retention %d record %d initial %d quotas %v %v %v\n", st.id, st.name, st.status, st.mode,
		st.created, st.active, st.retention, st.recordKiB, st.initial, st.recordQuota, st.byteQuota, st.readQuota)
	for _, k := range slices.Sorted(maps.Keys(st.tags)) {
		fmt.Fprintf(b, " tag %q=%q\n", k, st.tags[k])
	}
	if st.pending != nil {
		fmt.Fprintf(b, " pending %d %d %v\n", st.pending.parent, st.pending.adjacent, st.pending.at)
	}
	for _, w := range []*window{&st.splits, &st.merges, &st.lists} {
		b.WriteString(" calls")
		w.state(b)
	}
	fmt.Fprintf(b, " shards %d\n", len(st.shards))
	for _, sh := range st.listed {
		sh.state(b)
	}
}

func (sh *ShardState) state(b *bufio.Writer) {
	fmt.Fprintf(b, " shard %d of %d %d to %v range %v %v since %d opened %d closed %d delay %d\n", sh.number, sh.parent, sh.adjacent, sh.children,
		sh.start, sh.end, sh.since, sh.opened, sh.closed, sh.delay)
	h, head := md5.New(), make([]byte, 0, 24)
	for i := sh.records.First(); i < sh.records.Next(); i++ {
		r := sh.records.At(i)
		head = binary.BigEndian.AppendUint64(head[:0], uint64(r.At))
		head = binary.BigEndian.AppendUint64(head, uint64(len(r.Key)))
		head = binary.BigEndian.AppendUint64(head, uint64(len(r.Data)))
		h.Write(append(head, r.Key...))
		h.Write(r.Data)
	}
	fmt.Fprintf(b, "  records %d to %d of %d bytes %x trim %d\n", sh.records.First(), sh.records.Next(), sh.held, h.Sum(nil), sh.trimAt)
	fmt.Fprintf(b, "  budgets %v %v %v overdrawn %v refused %d %d by %d\n", sh.recordBucket, sh.byteBucket, sh.readBucket, sh.overdrawn,
		sh.refused, sh.readsRefused, sh.why)
	b.WriteString("  reads")
	sh.reads.state(b)
	b.WriteString("  iterators")
	sh.iterators.state(b)
	for i, tick := range sh.recent.ticks {
		if tick != 0 {
			fmt.Fprintf(b, "  recent %d %v\n", tick, sh.recent.slot[i])
		}
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
