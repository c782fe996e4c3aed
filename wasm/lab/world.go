package lab

import (
	"cmp"
	"errors"
	"time"

	"shardlab/wasm/aws"
	"shardlab/wasm/protocol"
	"shardlab/wasm/sim"
	"shardlab/wasm/terminal"
)

// world is the lab as its console acts on it. The console may call from goroutines of its own, one at a time; each call
// has its own rim, because a panic there would pass by the one around Type.
type world struct{ l *Lab }

// Do passes a command through the door; the first of an entry carries what was typed as its note.
func (w world) Do(as, service, op string, body []byte) ([]byte, error) {
	note := w.l.line
	commands := w.l.run.next
	out, err := w.l.DoAs(as, service, op, body, note)
	if w.l.run.next > commands { // the entry's further commands belong to this one
		w.l.line, w.l.joined = "", true
	}
	return out, err
}

// Undo takes the last deed back, or with again does once more what was taken back last, and tells it.
func (w world) Undo(again bool) (deed string, err error) {
	l := w.l
	take := l.Undo
	if again {
		take = l.Redo
	}
	var to int64
	if deed, to, err = take(); err == nil {
		l.joined = false
		w.reach(to)
	}
	return deed, err
}

// Profiles and Principal tell who may call instead of the account's administrator.
func (w world) Profiles() []string                      { return w.l.run.region.Profiles() }
func (w world) Principal(profile string) (string, bool) { return w.l.run.region.Principal(profile) }

// Now is the virtual instant.
func (w world) Now() sim.Instant { return w.l.run.region.Now() }

// Sleep lets virtual time pass, in slices.
func (w world) Sleep(d time.Duration) {
	w.reach(w.l.Now() + d.Microseconds())
}

// reach lives to an instant, in slices.
func (w world) reach(until int64) {
	for !w.l.AdvanceTo(until, perSlice) && w.l.slept() {
	}
}

// Time does what is asked of time itself, in slices.
func (w world) Time(r protocol.Request) (answer protocol.Reply) {
	l := w.l
	var u *Until
	switch r.Kind {
	case protocol.Until:
		if r.Until == nil {
			r.Until = &protocol.Condition{}
		}
		u = l.Until(*r.Until)
	case protocol.Step:
		u = l.Step()
	case protocol.Seek, protocol.Previous:
		at := max(r.At, l.Opened())
		if r.Kind == protocol.Previous {
			at = l.Before()
		}
		for there := l.SeekTo(at); !there && l.slept(); there = l.AdvanceTo(at, perSlice) {
		}
		answer.Reached = cmp.Or(l.stopped, "It is "+l.day(l.run.region.Now())+".")
	default:
		answer = l.Time(r)
	}
	if u != nil {
		for !l.Run(u, perSlice) && l.slept() {
		}
		answer.Reached, answer.Error = u.Reached, WireError(u.Err)
	}
	answer.Where = l.where()
	return answer
}

// slept gives the host its turn between two slices and says whether to go on.
func (l *Lab) slept() bool {
	if l.slice != nil {
		l.slice()
	}
	return !l.interrupted && l.crash == nil && l.stopped == ""
}

func (l *Lab) where() *protocol.Where {
	return &protocol.Where{Now: l.Now(), Opened: l.Opened(), StartUnix: int64(l.start)}
}

// Time does a request that is about time itself and takes none.
func (l *Lab) Time(r protocol.Request) (answer protocol.Reply) {
	answer = protocol.Reply{ID: r.ID, Where: l.where()}
	var err error
	l.rim(r.Kind, func() { err = l.time(r, &answer) })
	answer.Error = WireError(err)
	return answer
}

func (l *Lab) time(r protocol.Request, answer *protocol.Reply) (err error) {
	switch r.Kind {
	case protocol.Forked:
		if err = l.Fork(); err == nil {
			answer.Reached = "Two timelines go on from here: A as it was, and B. You are in B: what you do next happens there alone."
		}
	case protocol.Choose:
		if err = l.Choose(r.Ref); err == nil {
			answer.Reached = "You are in timeline " + r.Ref + "."
		}
	case protocol.Keep:
		if err = l.Keep(r.Ref); err == nil {
			answer.Reached = "Timeline " + r.Ref + " goes on alone."
		}
	case protocol.Compare:
		if answer.Fork = l.Compare(true); l.crash == nil {
			answer.Reached = forkWords(answer.Fork)
		}
	}
	return err
}

// WireError is an error as a page or a console reads it, nil for none; where a service refused it has the wire's own name.
func WireError(err error) *protocol.Error {
	if err == nil {
		return nil
	}
	var e *aws.Error
	if errors.As(err, &e) {
		return &protocol.Error{Code: e.Code, Message: e.Message, Hint: e.Hint}
	}
	return &protocol.Error{Code: "LabError", Message: err.Error()}
}

// Streams names the streams there are.
func (w world) Streams() []string {
	var names []string
	for _, st := range w.l.run.region.Kinesis().Streams() {
		names = append(names, st.Name())
	}
	return names
}

// Shards names the shards of a stream.
func (w world) Shards(stream string) []string {
	st, ok := w.l.run.region.Kinesis().Stream(stream)
	if !ok {
		return nil
	}
	var ids []string
	for _, sh := range st.Shards() {
		ids = append(ids, sh.ID())
	}
	return ids
}

// Type runs one console entry and returns what it wrote and its exit status.
func (l *Lab) Type(line string) (out []protocol.Output, exit int) {
	if l.crash != nil {
		return []protocol.Output{{To: terminal.ToErr, Text: l.dead().Error() + "\n"}}, 1
	}
	if l.console == nil {
		return []protocol.Output{{To: terminal.ToErr, Text: "There is no console where this lab runs.\n"}}, 1
	}
	l.line, l.joined, l.interrupted = line, false, false
	var written []terminal.Output
	l.rim("console", func() { written, exit = l.console.Run(line) })
	l.line, l.joined = "", false
	for _, o := range written {
		out = append(out, protocol.Output{To: o.To, Text: o.Text})
	}
	if l.crash != nil {
		exit = 1
	}
	return out, exit
}

// Complete offers texts for the console's line when its cursor stands at pos, in bytes.
func (l *Lab) Complete(line string, pos int) (c protocol.Completion) {
	c.Options = []protocol.Option{}
	if l.console == nil {
		return c
	}
	l.rim("complete", func() {
		from, to, options := l.console.Complete(line, pos)
		c = protocol.Completion{From: from, To: to, Options: []protocol.Option{}}
		for _, o := range options {
			c.Options = append(c.Options, protocol.Option{Text: o.Text, Help: o.Help})
		}
	})
	return c
}

// Command writes a command as the console line that does the same.
func (l *Lab) Command(service, op string, body []byte) string {
	return terminal.Line(service, op, body)
}
