package link

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"shardlab/wasm/protocol"
)

// A State is how far the engine is.
type State string

// States of an engine.
const (
	Loading State = "loading" // its program is on its way
	Ready   State = "ready"   // it takes requests, and speaks our version
	Failed  State = "failed"  // it did not start, or ended; the words say why
	Stopped State = "stopped" // we ended it
)

// Codes of the errors that replies carry when the engine is gone.
const (
	CodeStopped = "Stopped"
)

// Hooks are what an engine calls, one at a time, from the browser's event goroutine: use ctx.Dispatch in them.
type Hooks struct {
	Frame   func(protocol.Frame)
	Panic   func(protocol.Panic)
	State   func(State, string)
	Loading func(total int64) // bytes of the program on the wire, 0 when unknown
}

// A worker is a Web Worker that runs worker.js; tests have their own.
type worker interface {
	post(text string)
	end()
}

// programs are the addresses that a worker needs.
type programs struct{ engine, exec, console string }

// workerNews is what worker.js itself says, beside the engine's texts.
type workerNews struct {
	State   string
	Message string
	Total   int64
}

// An Engine is the line to the stream engine in its worker. Requests are sent in the order of Send, and replies come back
// in that order; what is sent before the engine is ready waits for it.
type Engine struct {
	hooks   Hooks
	spawn   func(text func(string), news func(workerNews)) (worker, error)
	clock   func() time.Time
	state   State
	worker  worker
	life    int // counts the workers; news of an earlier one are dropped
	next    int64
	hello   int64
	queue   []protocol.Request
	pending []pending
}

type pending struct {
	id   int64
	at   time.Time
	done func(protocol.Reply)
}

// NewEngine returns an engine that is not started.
func NewEngine(d *Device, h Hooks) *Engine {
	return newEngine(h, func(text func(string), news func(workerNews)) (worker, error) {
		return spawnWorker(d.Asset("worker.js"), programs{d.Asset("engine.wasm"), d.Asset("wasm_exec.js"), d.Asset("console.wasm")}, text, news)
	})
}

func newEngine(h Hooks, spawn func(func(string), func(workerNews)) (worker, error)) *Engine {
	return &Engine{hooks: h, spawn: spawn, clock: time.Now, state: Stopped}
}

// Start makes the worker. An engine that runs is left alone.
func (e *Engine) Start() {
	if e.state == Loading || e.state == Ready {
		return
	}
	e.life++
	life := e.life
	e.become(Loading, "")
	w, err := e.spawn(
		func(text string) {
			if life == e.life {
				e.hear(text)
			}
		},
		func(n workerNews) {
			if life == e.life {
				e.learn(n)
			}
		})
	if err != nil {
		e.fail("This browser could not start the engine: " + err.Error())
		return
	}
	e.worker = w
}

// Send asks the engine for something; done gets the one reply, also when the engine ends before it answers. V and ID are
// filled in; the ID is returned.
func (e *Engine) Send(r protocol.Request, done func(protocol.Reply)) int64 {
	e.next++
	r.V, r.ID = protocol.Version, e.next
	e.pending = append(e.pending, pending{r.ID, e.clock(), done})
	if e.state != Ready {
		e.queue = append(e.queue, r)
		return r.ID
	}
	e.post(r)
	return r.ID
}

func (e *Engine) post(r protocol.Request) {
	text, err := json.Marshal(r)
	if err != nil {
		e.answer(protocol.Reply{ID: r.ID, Error: &protocol.Error{Code: "BadRequest", Message: "the request cannot be written as JSON: " + err.Error()}})
		return
	}
	e.worker.post(string(text))
}

// Waiting says how long the oldest request has been without an answer, and how many are.
func (e *Engine) Waiting() (oldest time.Duration, n int) {
	if len(e.pending) == 0 {
		return 0, 0
	}
	return e.clock().Sub(e.pending[0].at), len(e.pending)
}

// State is how far the engine is.
func (e *Engine) State() State { return e.state }

// Stop ends the worker, whatever it is doing. Requests without an answer get one with CodeStopped.
func (e *Engine) Stop() {
	if e.state == Stopped {
		return
	}
	e.end()
	e.become(Stopped, "")
	e.refuse("The engine was stopped before it answered.")
}

// Restart ends the worker and makes a new one. The caller opens its lab again.
func (e *Engine) Restart() {
	e.Stop()
	e.Start()
}

// end drops the worker and what it may still say.
func (e *Engine) end() {
	e.life++
	if e.worker != nil {
		e.worker.end()
		e.worker = nil
	}
}

func (e *Engine) become(s State, words string) {
	e.state = s
	if e.hooks.State != nil {
		e.hooks.State(s, words)
	}
}

func (e *Engine) fail(why string) {
	e.end()
	e.become(Failed, why)
	e.refuse(why)
}

// refuse answers everything that is open. Replies may send again; what they send waits for the next start.
func (e *Engine) refuse(why string) {
	open := e.pending
	e.pending, e.queue = nil, nil
	for _, p := range open {
		if p.done != nil {
			p.done(protocol.Reply{ID: p.id, Error: &protocol.Error{Code: CodeStopped, Message: why}})
		}
	}
}

// learn takes what worker.js says about the program.
func (e *Engine) learn(n workerNews) {
	switch n.State {
	case "loading":
		if e.hooks.Loading != nil {
			e.hooks.Loading(n.Total)
		}
	case "ready":
		e.next++
		e.hello = e.next
		e.post(protocol.Request{V: protocol.Version, ID: e.hello, Kind: protocol.Hello})
	case "exited":
		e.fail("The engine ended by itself.")
	case "failed":
		e.fail(n.Message)
	}
}

// hear takes one message of the engine.
func (e *Engine) hear(text string) {
	var m protocol.Message
	if err := json.Unmarshal([]byte(text), &m); err != nil {
		e.fail("The engine said something that is no message: " + err.Error())
		return
	}
	switch {
	case m.Frame != nil:
		if e.hooks.Frame != nil {
			e.hooks.Frame(*m.Frame)
		}
	case m.Reply != nil && m.Reply.ID == e.hello && e.hello != 0:
		e.greet(*m.Reply)
	case m.Reply != nil:
		e.answer(*m.Reply)
	case m.Panic != nil:
		e.end()
		e.become(Stopped, "")
		e.refuse("The engine stopped while it did this: " + m.Panic.Message)
		if e.hooks.Panic != nil {
			e.hooks.Panic(*m.Panic)
		}
	}
}

// greet reads the answer to hello and lets the queue go.
func (e *Engine) greet(r protocol.Reply) {
	e.hello = 0
	switch {
	case r.Error != nil:
		e.fail("The engine does not answer this page: " + r.Error.Message)
		return
	case r.Engine == nil || r.Engine.Version != protocol.Version:
		version := 0
		if r.Engine != nil {
			version = r.Engine.Version
		}
		e.fail(fmt.Sprintf("The engine speaks version %d of our protocol, this page speaks %d. Reload the page to have both from one build.", version, protocol.Version))
		return
	}
	queue := e.queue
	e.queue = nil
	e.become(Ready, "")
	for _, r := range queue {
		if e.state == Ready {
			e.post(r)
		}
	}
}

func (e *Engine) answer(r protocol.Reply) {
	i := slices.IndexFunc(e.pending, func(p pending) bool { return p.id == r.ID })
	if i < 0 {
		return
	}
	done := e.pending[i].done
	e.pending = slices.Delete(e.pending, i, i+1)
	if done != nil {
		done(r)
	}
}
