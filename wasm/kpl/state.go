package kpl

import (
	"crypto/sha256"
	"fmt"
	"io"
)

// State writes everything that decides what the producer does next and what it did, in a fixed order.
func (p *Producer) State(w io.Writer) {
	fmt.Fprintf(w, "kpl %+v\n", p.set)
	dice := p.dice // a copy, so that looking throws nothing
	fmt.Fprintf(w, " dice=%x pace=%+v ordinal=%d last=%d wake=%d outstanding=%d held=%t sync=%d pending=%d\n",
		dice.Uint64(), p.pace, p.ordinal, p.lastAt, p.wakeAt, p.outstanding, p.held, p.syncAt, p.pendingAt)
	fmt.Fprintf(w, " map %+v\n", p.shards)
	for i := range p.lanes {
		l := &p.lanes[i]
		fmt.Fprintf(w, " lane %d due=%d size=%d drain=%d tokens=%d filled=%d held=%d collected=%d\n",
			l.shard, l.due, l.packed.Size(), l.drainAt, l.tokens, l.filledAt, l.heldAt, l.collected)
		stateUsers(w, l.records)
		stateRecords(w, l.queue)
	}
	fmt.Fprintf(w, " collector %d by=%d flush=%d\n", p.gathered, p.collectBy, p.flushAt)
	stateRecords(w, p.collected)
	for _, call := range p.waiting {
		fmt.Fprintf(w, " waiting\n")
		stateRecords(w, call)
	}
	for i := range p.requests {
		q := &p.requests[i]
		fmt.Fprintf(w, " request %d to %d %q %+v\n", q.sentAt, q.due, q.code, q.results)
		stateRecords(w, q.records)
	}
	fmt.Fprintf(w, " blocked=%q flushing=%d counted=%v/%d/%d/%d/%q total=%+v\n", p.blocked, p.flushing, p.counted, p.toldAt, p.retried, p.lost, p.lostCode, p.total)
	for _, r := range p.Results() {
		fmt.Fprintf(w, " result %+v\n", r)
	}
	p.seconds.State(w)
}

func stateRecords(w io.Writer, all []kinesisRecord) {
	for i := range all {
		k := &all[i]
		fmt.Fprintf(w, "  record %q %s lane=%d due=%d expires=%d %x\n", k.key, k.hash, k.lane, k.due, k.expires, sha256.Sum256(k.data))
		stateUsers(w, k.records)
	}
}

func stateUsers(w io.Writer, all []userRecord) {
	for i := range all {
		r := &all[i]
		fmt.Fprintf(w, "   user %d %q variant=%d bytes=%d arrival=%d due=%d expires=%d last=%d attempts=%d predicted=%d had=%t\n",
			r.ordinal, r.name(), r.variant, r.plan.Bytes(), r.arrival, r.due, r.expires, r.last, r.attempts, r.predicted, r.had)
	}
}
