package producer

import (
	"crypto/md5"
	"fmt"
	"io"
)

// State writes everything that decides what the producer does next and what it did, in a fixed order.
func (p *Producer) State(w io.Writer) {
	s := &p.set
	fmt.Fprintf(w, "producer %q stream=%q rate=%d bytes=%d keys=%s/%d/%q/%q/%v batch=%d retry=%+v latency=%d timeout=%d ids=%t running=%t role=%q\n",
		s.Name, s.StreamName, s.rateMilli(), s.RecordBytes, s.Keys.Kind, s.Keys.Count, s.Keys.Prefix, s.Keys.Names, s.Keys.Share,
		s.Batch, s.Retry, s.LatencyMillis, s.TimeoutMillis, s.MessageIds, s.Running, s.Role)
	fmt.Fprintf(w, " source=%+v offsets=%v\n", s.Source, p.shaper.Offsets())
	dice := p.dice // a copy, so that looking throws nothing
	fmt.Fprintf(w, " dice=%x pace=%+v ordinal=%d last=%d wake=%d tokens=%d blocked=%q\n",
		dice.Uint64(), p.pace, p.ordinal, p.lastAt, p.wakeAt, p.tokens, p.blocked)
	fmt.Fprintf(w, " total=%+v late=%d/%q/%d\n", p.total, p.late, p.lateKey, p.lateAt)
	for i := range p.queue {
		r := &p.queue[i]
		fmt.Fprintf(w, " waits due=%d ordinal=%d key=%q variant=%d bytes=%d tries=%d paid=%d had=%t\n",
			r.due, r.ordinal, r.name(), r.variant, r.plan.Bytes(), r.tries, r.paid, r.had)
		if r.made != nil {
			fmt.Fprintf(w, "  data %x\n", md5.Sum(r.made.Data))
		}
	}
	for i := range p.taken {
		if p.taken[i] != 0 || p.keyCount[i] != 0 {
			fmt.Fprintf(w, " key %q newest=%d taken=%d\n", p.plan.Names[i], p.taken[i], p.keyCount[i])
		}
	}
	p.seconds.State(w)
}
