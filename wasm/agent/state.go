package agent

import (
	"crypto/md5"
	"fmt"
	"io"
)

// State writes everything that decides what the agent does next and what it did, in a fixed order.
func (a *Agent) State(w io.Writer) {
	s := a.Settings()
	dice := a.dice // a copy, so that looking throws nothing
	fmt.Fprintf(w, "agent %q config=%q latency=%d running=%t role=%q up=%t next=%t stop=%d publish=%d grown=%d wake=%d dice=%x\n",
		s.Name, s.Config, s.LatencyMillis, s.Running, s.Role, a.up, a.next != nil, a.stopBy, a.publishAt, a.grownAt, a.wakeAt, dice.Uint64())
	fmt.Fprintf(w, " total=%+v seconds=%v said=%v metrics=%+v config=%q running=%t\n", a.total, a.seconds, a.said, a.metrics, a.set.Config, a.set.Running)
	d := &a.disk
	fmt.Fprintf(w, " disk last=%d stamp=%d version=%d bytes=%d full=%t dropped=%d deleted=%d\n", d.lastID, d.stamp, d.version, d.bytes, d.full, d.dropped, d.deleted)
	for _, o := range d.writers {
		dice := o.lines.dice
		fmt.Fprintf(w, " log %+v lines=%d dice=%x pace=%+v file=%d rotate=%d\n", o.set, o.lines.n, dice.Uint64(), o.pace, o.file, o.rotateAt)
	}
	for _, f := range d.files {
		sum := md5.New()
		for i := f.lines.First(); i < f.lines.Next(); i++ {
			sum.Write(f.lines.At(i).text)
		}
		fmt.Fprintf(w, " file %d %q size=%d modified=%d lines=%d md5=%x\n", f.ID, f.Path, f.Size, f.Modified, f.lines.Len(), sum.Sum(nil))
	}
	for _, c := range a.store {
		fmt.Fprintf(w, " checkpoint %+v\n", c)
	}
	for _, t := range a.tailers {
		fmt.Fprintf(w, " flow %q open=%t cur=%+v offset=%d list=%v skip=%d version=%d looked=%d rescan=%d held=%t\n",
			t.flow.ID, t.open, t.cur, t.offset, t.list, t.skip, t.version, t.looked, t.rescan, t.held)
		fmt.Fprintf(w, "  last=%d failing=%v hold=%d blocked=%q done=%v marks=%v\n", t.lastID, t.failing, t.holdTo, t.blocked, t.done, t.marks)
		for _, b := range append(append(append([]batch{t.buffer}, t.queue...), t.retry...), t.flight...) {
			sum := md5.New()
			for _, list := range [][]record{b.records, b.failed} {
				for _, r := range list {
					fmt.Fprintf(sum, "%q", r.key)
					sum.Write(r.data)
				}
			}
			fmt.Fprintf(w, "  batch %d records=%d bytes=%d file=%+v end=%d first=%d tries=%d answer=%d failed=%d code=%q sent=%d md5=%x\n",
				b.id, len(b.records), b.bytes, b.file, b.end, b.first, b.tries, b.answerAt, len(b.failed), b.code, b.sent, sum.Sum(nil))
		}
	}
}
