package consumer

import (
	"fmt"
	"io"
	"maps"
	"slices"
)

// State writes everything that decides what the consumer does next and what it did, in a fixed order.
func (c *Consumer) State(w io.Writer) {
	dice := c.dice // a copy, so that looking throws nothing
	fmt.Fprintf(w, "consumer %+v\n dice=%x created=%d synced=%d busy=%d wake=%d blocked=%q/%t lagging=%t\n",
		c.set, dice.Uint64(), c.created, c.synced, c.busy, c.wakeAt, c.blocked, c.atRead, c.lagging)
	fmt.Fprintf(w, " total=%+v expired=%d late=%d/%q/%d\n", c.total, c.expired, c.late, c.lateKey, c.lateAt)
	fmt.Fprintf(w, " enrolled=%q registered=%t unwanted=%q latency %d of %d", c.enrolled, c.registered, c.unwanted, c.latency.n, c.latency.minute)
	for i := range latencyBuckets {
		if now, then := c.latency.now[i], c.latency.then[i]; now != 0 || then != 0 {
			fmt.Fprintf(w, " %d:%d+%d", i, now, then)
		}
	}
	fmt.Fprintln(w)
	for i := range c.places {
		p := &c.places[i]
		fmt.Fprintf(w, " shard %d parents=%v %s from=%s start=%d next=%d due=%d issued=%d answered=%d behind=%d fails=%d missed=%d sub=%d since=%d renew=%t\n",
			p.Shard, p.Parents, p.Phase, p.From, p.Start, p.Next, p.Due, p.issued, p.Answered, p.Behind, p.fails, p.Missed, p.sub, p.Subscribed, p.renew)
		for m := p.marks.First(); m < p.marks.Next(); m++ {
			fmt.Fprintf(w, "  mark %+v\n", *p.marks.At(m))
		}
	}
	for _, key := range slices.Sorted(maps.Keys(c.order)) {
		fmt.Fprintf(w, " key %q %+v\n", key, c.order[key])
	}
	for i := c.history.First(); i < c.history.Next(); i++ {
		fmt.Fprintf(w, " second %+v\n", *c.history.At(i))
	}
	fmt.Fprintf(w, " second %+v\n", c.cur)
}
