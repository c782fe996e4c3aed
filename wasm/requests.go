package main

import (
	"fmt"

	"shardlab/wasm/lab"
	"shardlab/wasm/protocol"
	"shardlab/wasm/share"
)

// request answers one message of the page, or makes it the task.
func (l *loop) request(text []byte) {
	r, err := protocol.Decode(text)
	if err != nil {
		l.reply(protocol.Reply{ID: idOf(text), Error: &protocol.Error{Code: "BadRequest", Message: err.Error()}})
		return
	}
	refuse := func(code, message, hint string) {
		l.reply(protocol.Reply{ID: r.ID, Error: &protocol.Error{Code: code, Message: message, Hint: hint}})
	}
	switch r.Kind {
	case protocol.Hello:
		l.reply(protocol.Reply{ID: r.ID, Engine: l.engine()})
		return
	case protocol.Open:
		l.open(r)
		return
	case protocol.Do, protocol.Type, protocol.Complete, protocol.Play, protocol.Pause, protocol.Step, protocol.Until, protocol.Seek, protocol.Undo, protocol.Redo, protocol.Inspect, protocol.Word, protocol.Script, protocol.Rewrite, protocol.Save, protocol.Share, protocol.Read, protocol.Show, protocol.Metrics, protocol.Crash, protocol.Previous, protocol.Stand:
	case protocol.Forked, protocol.Choose, protocol.Keep, protocol.Compare:
	default:
		refuse("BadRequest", fmt.Sprintf("the engine knows no request of kind %q", r.Kind), "Reload the page: it may be older than the engine.")
		return
	}
	if l.lab == nil && (r.Kind != protocol.Share || r.Link == "") {
		refuse("NoLab", "no lab is open", "Send a request of kind open first.")
		return
	}
	answer := protocol.Reply{ID: r.ID}
	show := true
	switch r.Kind {
	case protocol.Do:
		do := l.lab.Do
		if r.With {
			do = l.lab.DoWith
		}
		out, err := do(r.Service, r.Op, r.Body, "")
		answer.Command = l.lab.Command(r.Service, r.Op, r.Body)
		if err != nil {
			answer.Error = lab.WireError(err)
		} else {
			answer.Body = out
		}
		l.anchorHere()
	case protocol.Type:
		l.typing, l.interrupt = true, false
		answer.Output, answer.Exit = l.lab.Type(r.Line)
		l.typing = false
		l.anchorHere()
	case protocol.Complete:
		c := l.lab.Complete(r.Line, r.Pos)
		answer.Completion, show = &c, false
	case protocol.Play:
		if r.Speed == 0 {
			r.Speed = l.speed
		}
		if !(r.Speed >= protocol.MinSpeed && r.Speed <= protocol.MaxSpeed) {
			refuse("BadRequest", fmt.Sprintf("speed %v is outside %v to %v", r.Speed, protocol.MinSpeed, protocol.MaxSpeed), "")
			return
		}
		l.speed, l.playing, l.busy = r.Speed, true, ""
		l.lab.Pace(r.Speed)
		l.anchorHere()
	case protocol.Pause:
		l.playing = false
	case protocol.Step, protocol.Until:
		var c protocol.Condition
		if r.Kind == protocol.Until {
			if r.Until == nil {
				refuse("BadRequest", "an until needs a condition", `For example {"kinds":["write-refused"]} or {"at":60000000}.`)
				return
			}
			c = *r.Until
		}
		l.playing, l.busy = false, ""
		l.task = &task{id: r.ID, kind: r.Kind, until: l.lab.Until(c)}
		if r.Kind == protocol.Step {
			l.task.until = l.lab.Step()
		}
		return
	case protocol.Seek, protocol.Previous:
		l.busy = ""
		l.task = &task{id: r.ID, kind: protocol.Seek, at: max(r.At, l.lab.Opened())}
		if r.Kind == protocol.Previous {
			l.task.at = l.lab.Before()
		}
		return
	case protocol.Undo, protocol.Redo:
		take := l.lab.Undo
		if r.Kind == protocol.Redo {
			take = l.lab.Redo
		}
		deed, at, err := take()
		if l.check(); l.over {
			return
		}
		if err == nil {
			l.busy = ""
			l.task = &task{id: r.ID, kind: r.Kind, at: at, begun: true, deed: deed}
			return
		}
		answer.Error = lab.WireError(err)
	case protocol.Inspect:
		sheet, err := l.lab.InspectFrom(r.Ref, r.From)
		if err != nil {
			answer.Error = lab.WireError(err)
		} else {
			answer.Sheet = &sheet
		}
		show = false
	case protocol.Read:
		b, err := l.lab.Read(r.Ref, r.From)
		if err != nil {
			answer.Error = lab.WireError(err)
		} else {
			answer.Bytes = &b
		}
		show = false
	case protocol.Show:
		if r.Board == nil {
			refuse("BadRequest", "a show needs a board", `For example {"of":"trips","last":60000000}.`)
			return
		}
		if err := l.lab.Show(*r.Board); err != nil {
			answer.Error, show = lab.WireError(err), false
		}
	case protocol.Metrics:
		answer.Metrics, show = l.lab.Metrics(), false
	case protocol.Word:
		answer.Command, show = l.lab.Command(r.Service, r.Op, r.Body), false
	case protocol.Script:
		answer.Script, show = l.lab.Script(), false
	case protocol.Rewrite:
		next, at, flaws := l.lab.Rewrite(r.Script)
		if flaws == nil {
			l.take(next, r.ID, protocol.Rewrite, at)
			return
		}
		answer.Flaws, show = flaws, false
	case protocol.Save:
		answer.Log, show = l.lab.Log(), false
	case protocol.Stand, protocol.Compare:
		answer, show = l.lab.Time(r), false
	case protocol.Share:
		shared, err := l.share(r)
		if err != nil {
			answer.Error = lab.WireError(err)
		} else {
			answer.Shared = &shared
		}
		show = false
	case protocol.Forked, protocol.Choose, protocol.Keep:
		answer = l.lab.Time(r)
		l.anchorHere()
	case protocol.Crash:
		l.lab.Drill()
	}
	if l.check(); l.over {
		return
	}
	if show { // before the answer: who has the answer has seen what came of it
		if l.frame(); l.over {
			return
		}
	}
	l.reply(answer)
}

// share writes the lab, or the one that somebody shared as the other of link and file.
func (l *loop) share(r protocol.Request) (protocol.Shared, error) {
	if r.Link == "" {
		return l.lab.Shared().As(r.Ref)
	}
	run, err := share.Read(r.Link)
	if err == nil {
		err = lab.Check(run.Lab)
	}
	if err != nil {
		return protocol.Shared{}, err
	}
	return run.As(r.Ref)
}

// open begins a lab, or begins it again from its log, which takes as many slices as it needs; the lab before stays when
// that fails.
func (l *loop) open(r protocol.Request) {
	var opened *lab.Lab
	var err error
	var shared *protocol.Shared
	at := r.At
	if r.Link != "" {
		var run share.Run
		if run, err = share.Read(r.Link); err != nil {
			l.reply(protocol.Reply{ID: r.ID, Error: lab.WireError(err)})
			return
		}
		shared = &protocol.Shared{Lab: run.Lab, Code: run.Code()}
		if r.Lab = run.Lab; r.Log == "" {
			r.Log, shared.State = run.Log, run.State
		}
	}
	if r.Log != "" {
		var saved int64
		if opened, saved, err = lab.Reopen(r.Lab, r.Log, l.host.lab); at <= 0 {
			at = saved
		}
	} else {
		opened, err = lab.New(r.Lab, r.Seed, l.host.lab)
	}
	if err != nil {
		l.reply(protocol.Reply{ID: r.ID, Error: lab.WireError(err)})
		return
	}
	l.take(opened, r.ID, protocol.Open, max(at, opened.Opened()))
	if shared != nil {
		shared.Name = opened.Name()
		l.task.shared = shared
	}
}

// take goes on with another lab, which is first led to an instant.
func (l *loop) take(opened *lab.Lab, id int64, kind string, at int64) {
	if l.lab != nil {
		l.base = l.history + 1
	}
	l.lab, l.playing, l.busy = opened, false, ""
	l.lab.SetSlice(l.slice)
	l.lab.Pace(l.speed)
	l.anchorHere()
	l.task = &task{id: id, kind: kind, at: at}
}
