package lab

import (
	"fmt"
	"io"
	"runtime/debug"
	"strings"

	"shardlab/wasm/grade"
	"shardlab/wasm/protocol"
	"shardlab/wasm/region"
	"shardlab/wasm/sim"
)

// A run is the part of a lab that time changes, and that a checkpoint copies.
type run struct {
	region *region.Region
	step   int          // the next command of the world
	next   int          // the next command of the log
	deeds  []grade.Deed // what the learner did and how it went; only added to
	staged []string     // keys of the scenario's own records, to give them a colour; only added to
	goals  []standing
	graded int64 // second at which the goals were last judged on time
	solved bool
}

// A standing is how a goal stood when it was judged last.
type standing struct {
	met      bool
	message  string
	evidence string
}

func newRun(r *region.Region, goals int) *run {
	return &run{region: r, goals: make([]standing, goals), graded: r.Now().Second()}
}

func (r *run) clone() *run {
	c := *r
	c.region = r.region.Clone()
	c.deeds = r.deeds[:len(r.deeds):len(r.deeds)]
	c.staged = r.staged[:len(r.staged):len(r.staged)]
	c.goals = append([]standing(nil), r.goals...)
	return &c
}

func (r *run) state(w io.Writer) {
	fmt.Fprintf(w, "run step=%d next=%d graded=%d solved=%t\n", r.step, r.next, r.graded, r.solved)
	for i := range r.goals {
		fmt.Fprintf(w, "goal %d %+v\n", i, r.goals[i])
	}
	for i := range r.deeds {
		d := &r.deeds[i]
		fmt.Fprintf(w, "deed %d %q %s.%s %q %q %q %+v\n", d.At, d.As, d.Service, d.Op, d.Body, d.Code, d.Message, d.Puts)
		if d.Finding != nil {
			fmt.Fprintf(w, " found %+v\n", *d.Finding)
		}
	}
	r.region.State(w)
}

// perSlice is about how much work is done between two calls of the slice function.
const perSlice = 20_000

// advance lets time pass to t. On the way the world's commands, and those of the log that lie ahead, happen at their
// instants; at every whole second, from the opening on, the goals are judged and now and then a checkpoint is kept. At one
// instant the order is: what is due, the world's commands, the goals, the learner's commands, whatever slices the way was
// cut into.
func (l *Lab) advance(t sim.Instant, budget int, stop func(*region.Event) bool) (reached bool, used int, err error) {
	seen := l.run.region.NextEvent()
	halted := func() bool {
		if stop == nil {
			return false
		}
		halt := false
		for _, e := range l.run.region.Events(seen) {
			halt = stop(&e) || halt
			seen = e.ID + 1
		}
		return halt
	}
	if l.full && t > l.run.region.Now() {
		return false, 0, nil
	}
	l.stopped = ""
	for {
		r := l.run.region
		left := 0
		if budget > 0 {
			if left = budget - used; left <= 0 {
				return false, used, nil
			}
		}
		there, work := r.AdvanceTo(l.nextStop(t), left, stop)
		used += work + 1
		if !there {
			halted()
			return false, used, nil
		}
		did, err := l.arrive()
		if err != nil {
			return false, used, err
		}
		if l.stopped != "" {
			return false, used, nil
		}
		if r.Now() >= t && !did {
			halted()
			return true, used, nil // nothing is left to do at this instant, what a command made due at once included
		}
		if halted() {
			return false, used, nil
		}
	}
}

// nextStop is the next instant at which more than the region's own business is due, t at the latest.
func (l *Lab) nextStop(t sim.Instant) sim.Instant {
	r := l.run
	now := r.region.Now()
	next := min(t, sim.Instant((r.graded+1)*1e6))
	if l.pair != nil && len(l.paper.at) == 0 && l.pair.at >= now {
		next = min(next, l.pair.at)
	}
	if r.step < len(l.file.World) {
		next = min(next, l.start.Add(l.file.World[r.step].At))
	}
	if r.next < len(l.log) {
		next = min(next, l.log[r.next].at)
	}
	return max(next, now)
}

// pending says whether anything is still due at this instant, of the lab's own or, after a command, of the region's.
func (l *Lab) pending() bool {
	r, now := l.run, l.run.region.Now()
	if at, any := r.region.NextAt(); any && at <= now {
		return true
	}
	return r.step < len(l.file.World) && l.start.Add(l.file.World[r.step].At) <= now ||
		r.next < len(l.log) && l.log[r.next].at <= now ||
		now.Second() > r.graded
}

// arrive does one thing that is due of the lab's own, once the region has done what is due of its, and says whether there
// was one.
func (l *Lab) arrive() (did bool, err error) {
	r := l.run
	now := r.region.Now()
	if l.pair != nil && len(l.paper.at) == 0 {
		l.sample()
	}
	if r.step < len(l.file.World) && l.start.Add(l.file.World[r.step].At) <= now {
		step := l.file.World[r.step]
		r.step++
		command := step.Command()
		reply := r.region.Do(command)
		if reply.Err == nil {
			l.staged(&entry{command: command}, reply.Body)
		}
		if reply.Err != nil && !step.MayFail {
			if now <= l.opened {
				return true, region.Faults{{Path: step.Path(), Message: fmt.Sprintf("%s was refused: %s", step.Do, reply.Err.Error())}}
			}
			r.region.Say(region.Event{Kind: protocol.EventNote, Level: region.Warn, Text: fmt.Sprintf("The lab's own %s was refused: %s", step.Do, reply.Err.Error())})
		}
		return true, nil
	}
	if now.Second() > r.graded {
		r.graded = now.Second()
		if now >= l.opened { // before, nobody has a task
			l.judge()
		}
		held := l.held()
		most := int64(MaxHeld)
		if l.pair != nil { // two worlds share the page
			most /= 2
			l.sample()
		}
		if held > most && held > l.heldBefore {
			l.full = true
			l.stopped = fmt.Sprintf("Time stands still: the streams hold more than %s, as many as this page can. Delete a stream, or go back.", region.Count(most, "record"))
		}
		l.heldBefore = held
		l.points.offer(l.run, l.opened)
		return true, nil
	}
	if r.next < len(l.log) && l.log[r.next].at <= now {
		l.perform(&l.log[r.next])
		r.next++
		return true, nil
	}
	return false, nil
}

// held is how many records all streams hold.
func (l *Lab) held() int64 {
	n := int64(0)
	for _, st := range l.run.region.Kinesis().Streams() {
		for _, sh := range st.Shards() {
			n += sh.Next() - sh.First()
		}
	}
	return n
}

// perform does a command of the learner and judges the goals after it.
func (l *Lab) perform(e *entry) region.Reply {
	r := l.run
	e.command.Body = e.body()
	if text := words(e); text != "" {
		if who := e.who(); who != "" {
			text = strings.TrimSuffix(text, ".") + ", as " + who + "."
		}
		r.region.Say(region.Event{Kind: protocol.EventCommand, Level: region.Info, Text: text, Ref: refOf(e), Mark: changes(e.command.Op)})
	}
	reply := r.region.Do(e.command)
	d := grade.Deed{At: r.region.Now(), As: e.command.As, Service: e.command.Service, Op: e.command.Op, Body: e.command.Body}
	if reply.Err != nil {
		d.Code, d.Message = reply.Err.Code, reply.Err.Message
		r.region.Say(region.Event{Kind: protocol.EventCommand, Level: region.Warn, Text: fmt.Sprintf("%s was refused: %s", e.command.Op, reply.Err.Error()), Ref: refOf(e)})
	} else {
		d.Puts = l.puts(e, reply.Body)
		l.watchPuts(d.Puts)
		d.Finding = l.diagnosed(e)
	}
	r.deeds = append(r.deeds, d)
	l.judge()
	return reply
}

// judge finds how the goals stand and tells what changed.
func (l *Lab) judge() {
	r, view := l.run, l.view()
	all := len(l.goals) > 0
	for i := range l.goals {
		g, s := &l.goals[i], &r.goals[i]
		v := g.Judge(view)
		if v.Met != s.met {
			e := region.Event{Kind: protocol.EventGoal, Level: region.Good, Text: "Goal met: " + g.Text, Ref: v.Evidence, Mark: true}
			if !v.Met {
				e.Level, e.Text = region.Warn, "No longer met: "+g.Text
			}
			r.region.Say(e)
		}
		*s = standing{v.Met, v.Message, v.Evidence}
		all = all && v.Met
	}
	if all && !r.solved {
		r.region.Say(region.Event{Kind: protocol.EventGoal, Level: region.Good, Text: "All goals are met.", Mark: true})
	}
	r.solved = all
}

// caught is deferred at the rim.
func (l *Lab) caught(what string) {
	x := recover()
	if x == nil {
		return
	}
	at := l.start
	if l.run != nil {
		at = l.run.region.Now()
	}
	back := at
	if what == "advance" && l.run != nil {
		back = max(l.opened, at-1) // what panics is due at this very instant and would panic again
	}
	l.crash = &protocol.Panic{Message: fmt.Sprint(x), Stack: string(debug.Stack()), Command: what, Seed: l.seed, At: l.since(at)}
	if l.run != nil {
		l.crash.Log = l.text(l.log[:min(l.run.next, len(l.log))], back, back)
	}
}

// clock writes an instant as the learner reads it: the time of day of the lab.
func (l *Lab) clock(at sim.Instant) string { return at.Time().Format("15:04:05.000") }

// Events lists what happened from the event with an ID on.
func (l *Lab) Events(from int64) []protocol.Event {
	var all []protocol.Event
	for _, e := range l.run.region.Events(from) {
		all = append(all, l.event(e))
	}
	return all
}

func (l *Lab) event(e region.Event) protocol.Event {
	return protocol.Event{ID: e.ID, At: l.since(e.At), Kind: e.Kind, Level: e.Level, Text: e.Text, Ref: e.Ref, Count: e.Count, Mark: e.Mark}
}
