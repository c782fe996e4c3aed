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
	for i := range c.places {
		p := &c.places[i]
		fmt.Fprintf(w, " shard %d parents=%v %s from=%s start=%d next=%d due=%d issued=%d answered=%d behind=%d fails=%d missed=%d\n",
			p.Shard, p.Parents, p.Phase, p.From, p.Start, p.Next, p.Due, p.issued, p.Answered, p.Behind, p.fails, p.Missed)
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
