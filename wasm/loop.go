package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"runtime/debug"
	"strings"
	"time"

	"shardlab/wasm/kinesis"
	"shardlab/wasm/lab"
	"shardlab/wasm/protocol"
)

// How the loop shares the one thread of a worker.
const (
	sliceTime   = 8 * time.Millisecond   // of work between two turns of the event loop
	frameTime   = 50 * time.Millisecond  // between two frames while the lab plays
	callTime    = 2 * time.Millisecond   // that one call into the lab is meant to take
	restTime    = 16 * time.Millisecond  // between two turns while playing keeps up
	lagTime     = 100 * time.Millisecond // of lag that is made good; more is given up, and told in Frame.Reached
	measureTime = time.Second            // over which the speed reached is measured
	maxQueue    = 1000                   // requests that may wait
	minBudget   = 200                    // units of work a call into the lab gets
	maxBudget   = 400_000
)

// A host is what the loop stands on.
type hostFuncs struct {
	wall  func() time.Duration // time since the loop began; it may only grow
	send  func(text []byte)    // to the page
	yield func()               // gives the outside its turn, so that messages come in; nil when they only come between turns
	lab   lab.Host
}

// A loop is the engine's one loop: requests in, in order, each answered once; frames out.
type loop struct {
	host  hostFuncs
	queue [][]byte
	lab   *lab.Lab
	task  *task
	over  bool // a panic was sent; nothing follows

	playing   bool
	speed     float64
	anchor    mark // where and when the present stretch of playing began
	since     mark // where and when measuring began
	reached   float64
	behind    time.Duration // wall time at which the loop last could not keep up
	wasBehind bool
	budget    int

	seq       int64
	history   int64 // of the last frame
	base      int64 // added to the lab's own, so that another lab never looks like the same history
	framed    time.Duration
	dirty     bool
	busy      string
	yielded   time.Duration
	typing    bool
	interrupt bool // the console entry was asked to end
	light     light
}

// A mark is a virtual instant and the wall time at which it was.
type mark struct {
	now  int64
	wall time.Duration
}

// A task is a request that takes more than one slice.
type task struct {
	id    int64
	kind  string
	until *lab.Until // of a step or an until
	at    int64      // where a seek or an open leads
	begun bool
	deed  string // of an undo or a redo

	shared *protocol.Shared // of an open: as what it was shared
}

func newLoop(host hostFuncs) *loop { return &loop{host: host, speed: 1, budget: 2000} }

// receive takes a message of the page; it is looked at in its turn.
func (l *loop) receive(text []byte) {
	if l.over {
		return
	}
	if len(l.queue) >= maxQueue {
		l.reply(protocol.Reply{ID: idOf(text), Error: &protocol.Error{Code: "Busy", Message: fmt.Sprintf("%d requests wait already.", maxQueue), Hint: "Wait until the engine has answered some."}})
		return
	}
	l.queue = append(l.queue, text)
}

// idle is what turn returns when only a message gives the loop something to do.
const idle = time.Duration(-1)

// turn works for about a slice and says after how long it wants the next turn: at once, later, or when a message comes.
func (l *loop) turn() (wait time.Duration) {
	if l.over {
		return idle
	}
	defer func() {
		if p := recover(); p != nil {
			l.panicked(fmt.Sprint(p), string(debug.Stack()))
			wait = idle
		}
	}()
	begun := l.host.wall()
	l.yielded = begun
	end := begun + sliceTime
	for !l.over {
		switch {
		case l.task != nil:
			l.work(end)
		case len(l.queue) > 0:
			text := l.queue[0]
			l.queue = l.queue[1:]
			l.request(text)
		case l.playing:
			kept := l.play(end)
			l.frames()
			if l.playing && !kept {
				return 0
			}
			if l.playing {
				return restTime
			}
			continue
		case l.lab != nil && l.lab.Lags(): // what was stopped in the middle
			l.timed(func() bool { return l.lab.Catch(l.budget) })
			l.dirty = true
		default:
			l.frames()
			return idle
		}
		l.check()
		if l.host.wall() >= end {
			break
		}
	}
	l.frames()
	if l.over {
		return idle
	}
	return 0
}

// work goes on with the task for the rest of the slice.
func (l *loop) work(end time.Duration) {
	t := l.task
	if l.interrupted(t) {
		l.finish(protocol.Reply{ID: t.id, Reached: "Stopped on request.", Command: t.deed})
		return
	}
	done := false
	for !done && l.host.wall() < end {
		switch {
		case t.until != nil:
			done = l.timed(func() bool { return l.lab.Run(t.until, l.budget) })
		case !t.begun:
			t.begun = true
			done = l.lab.SeekTo(t.at)
		default:
			done = l.timed(func() bool { return l.lab.AdvanceTo(t.at, l.budget) })
		}
		if l.lab.Crashed() != nil || l.lab.Stopped() != "" {
			break
		}
	}
	switch {
	case l.lab.Crashed() != nil:
	case done && t.until != nil:
		l.finish(protocol.Reply{ID: t.id, Reached: t.until.Reached, Error: lab.WireError(t.until.Err)})
	case l.lab.Stopped() != "":
		l.finish(protocol.Reply{ID: t.id, Reached: l.lab.Stopped(), Command: t.deed})
	case done && t.kind == protocol.Rewrite:
		l.finish(protocol.Reply{ID: t.id, Script: l.lab.Script()})
	case done:
		if t.shared != nil {
			was := t.shared.State
			t.shared.State = l.lab.Hash()
			t.shared.Other = !strings.HasPrefix(t.shared.State, was)
		}
		l.finish(protocol.Reply{ID: t.id, Command: t.deed, Shared: t.shared})
	}
	l.dirty = true
}

// interrupted says whether what waits in the queue makes the task pointless: a pause, or for a seek the next one.
func (l *loop) interrupted(t *task) bool {
	for _, text := range l.queue {
		kind := kindOf(text)
		switch {
		case kind == protocol.Open, kind == protocol.Pause && t.kind != protocol.Open, kind == protocol.Seek && t.kind == protocol.Seek:
			return true
		}
	}
	return false
}

func (l *loop) finish(r protocol.Reply) {
	if l.task.kind != protocol.Seek && l.task.deed == "" {
		l.playing = false
	}
	l.task = nil
	l.busy = ""
	l.anchorHere()
	l.reply(r)
	l.frame()
}

// play lets the lab catch up with the wall clock and says whether it has.
func (l *loop) play(end time.Duration) (kept bool) {
	for {
		wall := l.host.wall()
		target := l.anchor.now + int64(float64(wall-l.anchor.wall)/float64(time.Microsecond)*l.speed)
		before := l.lab.Now()
		there := l.timed(func() bool { return l.lab.AdvanceTo(target, l.budget) })
		if l.check(); l.over {
			return true
		}
		now := l.lab.Now()
		if now != before {
			l.dirty = true
		}
		switch {
		case l.lab.Stopped() != "":
			l.stop()
			return true
		case there && now < target:
			l.busy = lab.Ended
			l.stop()
			return true
		case there:
			l.measure(now)
			return true
		}
		if wall = l.host.wall(); wall >= end {
			if lag := time.Duration(float64(target-now)/l.speed) * time.Microsecond; lag > lagTime {
				l.anchor = mark{now, wall}
				l.behind, l.wasBehind = wall, true
			}
			l.measure(now)
			return false
		}
	}
}

// measure finds how fast the lab went lately, for as long as it has not kept up.
func (l *loop) measure(now int64) {
	wall := l.host.wall()
	if wall-l.since.wall < measureTime {
		return
	}
	l.reached = float64(now-l.since.now) / (float64(wall-l.since.wall) / float64(time.Microsecond))
	if !l.wasBehind || wall-l.behind > 2*measureTime {
		l.reached, l.wasBehind = 0, false
	}
	l.since = mark{now, wall}
}

func (l *loop) stop() {
	l.playing = false
	l.dirty = true
	l.framed = 0
}

// anchorHere begins a new stretch of playing: what was not caught up with is let go.
func (l *loop) anchorHere() {
	if l.lab == nil {
		return
	}
	l.anchor = mark{l.lab.Now(), l.host.wall()}
	l.since = l.anchor
	l.reached, l.wasBehind = 0, false
}

// timed makes a call into the lab, which says whether it got where it was to go, and finds the budget with which the next
// one takes about callTime. A call that got there says nothing about what more it could have done.
func (l *loop) timed(call func() bool) (there bool) {
	begun := l.host.wall()
	there = call()
	switch took := l.host.wall() - begun; {
	case took > 2*callTime:
		l.budget = max(minBudget, l.budget/2)
	case took < callTime/2 && !there:
		l.budget = min(maxBudget, l.budget*2)
	}
	return there
}

// check sends the lab's last word when it has failed.
func (l *loop) check() {
	if l.lab == nil || l.over {
		return
	}
	if p := l.lab.Crashed(); p != nil {
		l.over = true
		l.message(protocol.Message{Panic: p})
	}
}

// panicked is the loop's own last word.
func (l *loop) panicked(text, stack string) {
	if l.over {
		return
	}
	l.over = true
	p := protocol.Panic{Message: text, Stack: stack}
	func() {
		defer func() { recover() }() // a lab in pieces may not be able to say more
		if l.lab != nil {
			p.Seed, p.At = l.lab.Seed(), l.lab.Now()
			p.Log = l.lab.Log()
		}
	}()
	l.message(protocol.Message{Panic: &p})
}

// frames sends a frame when one is due.
func (l *loop) frames() {
	if l.lab == nil || l.over || !l.dirty {
		return
	}
	if wall := l.host.wall(); wall-l.framed < l.between() && (l.playing || l.task != nil) {
		return
	}
	l.frame()
}

// between is how long two frames are apart. The first frame of a long run comes soon, to say that there is one.
func (l *loop) between() time.Duration {
	if (l.task != nil || l.typing) && l.light.busy {
		return busyFrameTime
	}
	return frameTime
}

// frame sends what the learner sees now.
func (l *loop) frame() {
	if l.lab == nil || l.over {
		return
	}
	f := l.lab.Frame()
	if l.check(); l.over {
		return
	}
	l.seq++
	f.Seq = l.seq
	f.History += l.base
	l.history = f.History
	f.Playing, f.Speed = l.playing, l.speed
	if l.playing {
		f.Reached = l.reached
	}
	f.Busy = l.busy
	if t := l.task; t != nil {
		f.Busy = busyWords(t)
	} else if f.Busy == "" {
		f.Busy = l.lab.Stopped()
	}
	if l.typing {
		f.Busy = "A command is running."
	}
	l.framed, l.dirty = l.host.wall(), false
	l.light.lighten(&f, l.task != nil || l.typing, l.framed)
	l.message(protocol.Message{Frame: &f})
}

func busyWords(t *task) string {
	switch t.kind {
	case protocol.Seek:
		return "Going to another moment."
	case protocol.Open, protocol.Rewrite:
		return "Opening the lab."
	case protocol.Undo:
		return "Taking it back."
	case protocol.Redo:
		return "Doing it again."
	case protocol.Step:
		return "Running to the next event."
	}
	return "Running until it happens."
}

// slice is called while a console entry runs: it gives the outside its turn and shows what has happened so far.
func (l *loop) slice() {
	wall := l.host.wall()
	if wall-l.yielded < sliceTime {
		return
	}
	if l.host.yield != nil {
		l.host.yield()
	}
	for _, text := range l.queue {
		if k := kindOf(text); k == protocol.Pause && !l.interrupt {
			l.interrupt = true
			l.lab.Interrupt()
		}
	}
	if l.host.wall()-l.framed >= l.between() {
		l.frame()
	}
	l.yielded = l.host.wall()
}

func (l *loop) reply(r protocol.Reply) { l.message(protocol.Message{Reply: &r}) }

func (l *loop) message(m protocol.Message) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(m); err != nil {
		panic(fmt.Sprintf("wasm: a message does not encode: %v", err))
	}
	l.host.send(bytes.TrimSuffix(b.Bytes(), []byte("\n")))
}

// idOf and kindOf look into a message that may be none.
func idOf(text []byte) int64 {
	var r struct {
		ID int64 `json:"id"`
	}
	if json.Unmarshal(text, &r) != nil {
		return 0
	}
	return r.ID
}

func kindOf(text []byte) string {
	if len(text) > 1<<16 {
		text = text[:1<<16]
	}
	d := json.NewDecoder(bytes.NewReader(text)) // a long message may be cut, its kind stands in front
	if tok, err := d.Token(); err != nil || tok != json.Delim('{') {
		return ""
	}
	for d.More() {
		key, err := d.Token()
		if err != nil {
			return ""
		}
		if key == "kind" {
			val, _ := d.Token()
			kind, _ := val.(string)
			return kind
		}
		var skip json.RawMessage
		if d.Decode(&skip) != nil {
			return ""
		}
	}
	return ""
}

func (l *loop) engine() *protocol.Engine {
	return &protocol.Engine{Version: protocol.Version, Profiles: kinesis.Profiles()}
}
