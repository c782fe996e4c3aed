package lab

import (
	"slices"
	"strings"

	"shardlab/wasm/aws"
	"shardlab/wasm/sim"
)

// A taken deed is what an undo took out of the log: the deed's commands and what was looked at after them. It can be put back
// at its place as long as the log stays as the undo left it, but for commands that only look.
type taken struct {
	place   int // of the first command in the log
	entries []entry
}

// looking are the beginnings of operations that change nothing.
var looking = []string{"Describe", "Get", "Head", "List", "Search"}

// changed says whether the command of the log at i, which has happened, left anything to take back.
func (l *Lab) changed(i int) bool {
	if l.run.deeds[i].Code != "" {
		return false
	}
	return !l.log[i].looks()
}

func (e *entry) looks() bool {
	return slices.ContainsFunc(looking, func(begin string) bool { return strings.HasPrefix(e.command.Op, begin) })
}

// lastDeed is the place in the log of the last deed before now: a command that changed something, or the first of several that one
// console entry or one form did; -1 when there is none.
func (l *Lab) lastDeed() int {
	i := l.run.next - 1
	for i >= 0 && !l.changed(i) {
		i--
	}
	for i > 0 && l.log[i].with {
		i--
	}
	return i
}

// maxDeedWords is how much of a deed's line is told.
const maxDeedWords = 160

// deedWords tells a deed by what was typed, or by the console line of its first command.
func (l *Lab) deedWords(entries []entry) string {
	first := &entries[0]
	for i := range entries {
		if !entries[i].looks() {
			first = &entries[i]
			break
		}
	}
	text := entries[0].note
	if text == "" {
		text = l.Command(first.command.Service, first.command.Op, first.body())
	}
	text = strings.Join(strings.Fields(text), " ")
	if r := []rune(text); len(r) > maxDeedWords {
		text = string(r[:maxDeedWords]) + "…"
	}
	return text
}

// CanUndo tells the deed that Undo would take back, "" when there is none; CanRedo likewise what Redo would put back.
func (l *Lab) CanUndo() string {
	if i := l.lastDeed(); i >= 0 {
		return l.deedWords(l.log[i:l.run.next])
	}
	return ""
}

// CanRedo tells the deed that Redo would put back.
func (l *Lab) CanRedo() string {
	if n := len(l.undone); n > 0 {
		return l.deedWords(l.undone[n-1].entries)
	}
	return ""
}

// Undo takes the learner's last deed before now out of the log and goes back to a checkpoint before it; AdvanceTo(to) then lives
// to the same instant again, without the deed. It tells the deed. What was only looked at after it goes with it; what lies ahead,
// because the learner went back, stays. The error says why nothing can be taken back.
func (l *Lab) Undo() (deed string, to int64, err error) {
	l.rim("undo", func() { deed, to, err = l.undo() })
	if l.crash != nil {
		return "", 0, l.dead()
	}
	return deed, to, err
}

func (l *Lab) undo() (string, int64, error) {
	if err := l.settle(); err != nil {
		return "", 0, err
	}
	now := l.Now()
	i := l.lastDeed()
	if i < 0 {
		e := aws.Errorf("NothingToUndo", "There is nothing to undo: since the lab was opened you have changed nothing.")
		if ahead := len(l.log) - l.run.next; ahead > 0 {
			e = aws.Errorf("NothingToUndo", "There is nothing to undo before this moment: what you did lies ahead.").WithHint("Go forward past it first, or begin something else here.")
		}
		return "", 0, e
	}
	t := taken{place: i, entries: slices.Clone(l.log[i:l.run.next])}
	l.undone = append(l.undone, t)
	l.log = slices.Concat(l.log[:i], l.log[l.run.next:])
	for j := range t.entries {
		l.bytes -= t.entries[j].size()
	}
	l.points.cutWhere(func(p point) bool { return p.run.next > i })
	l.relive()
	return l.deedWords(t.entries), now, nil
}

// Redo puts the deed that the last Undo took back into the log again, as Undo took it out.
func (l *Lab) Redo() (deed string, to int64, err error) {
	l.rim("redo", func() { deed, to, err = l.redo() })
	if l.crash != nil {
		return "", 0, l.dead()
	}
	return deed, to, err
}

func (l *Lab) redo() (string, int64, error) {
	n := len(l.undone)
	if n == 0 {
		return "", 0, aws.Errorf("NothingToRedo", "There is nothing to redo.").WithHint("Redo puts back what undo took, until you do something else.")
	}
	t := l.undone[n-1]
	l.undone = l.undone[:n-1]
	at := t.entries[0].at
	last := t.entries[len(t.entries)-1].at
	to := max(l.run.region.Now(), last)
	l.log = slices.Insert(slices.Clone(l.log), t.place, t.entries...)
	for j := range t.entries {
		l.bytes += t.entries[j].size()
	}
	l.points.cutWhere(func(p point) bool { return p.at >= at || p.run.next > t.place })
	l.end = max(l.end, to)
	l.relive()
	return l.deedWords(t.entries), l.since(to), nil
}

// relive goes back to the newest checkpoint before now, because the log is another one.
func (l *Lab) relive() {
	l.history++
	l.shown.reset()
	p := l.points.before(l.run.region.Now())
	l.paper.cut(p.at)
	l.jump(p)
}

// jump lets the run go on from a checkpoint.
func (l *Lab) jump(p point) {
	l.run = p.run.clone()
	l.trace.Take() // what was on its way is of another time
	l.run.region.Watch(&l.trace)
	l.stopped, l.full, l.heldBefore = "", false, l.held()
}

// cutWhere drops the points for which drop says so, the first aside.
func (c *checkpoints) cutWhere(drop func(point) bool) {
	kept := c.points[:1]
	for _, p := range c.points[1:] {
		if !drop(p) {
			kept = append(kept, p)
		}
	}
	clear(c.points[len(kept):])
	c.points = kept
}

// forget gives up what could be redone, because e makes another future. Who only looks, and not back in time, makes none.
func (l *Lab) forget(e *entry, now sim.Instant) {
	if !e.looks() || l.run.next < len(l.log) || l.end > now {
		l.undone = nil
	}
}
