package console

import (
	"encoding/json"
	"fmt"
	"sync/atomic"

	"shardlab/wasm/jq"
	"shardlab/wasm/terminal"
)

// A Server runs consoles for an engine in another program: [terminal.Link] is its other end. [Server.Receive] takes messages in
// order and never waits; [Server.Work] runs what they ask for.
type Server struct {
	send    func(text []byte)
	turn    func()
	jq      jq.Run
	console atomic.Pointer[Console]
	work    chan func()
	answers chan *terminal.Answer
}

// NewServer returns a server that sends its messages with send. turn is called now and then while an entry runs, so that messages
// come in; run runs jq programs.
func NewServer(send func(text []byte), turn func(), run jq.Run) *Server {
	return &Server{send: send, turn: turn, jq: run, work: make(chan func(), 64), answers: make(chan *terminal.Answer, 1)}
}

// Receive takes one message, a [terminal.Down] in JSON.
func (s *Server) Receive(text []byte) {
	var m terminal.Down
	if err := json.Unmarshal(text, &m); err != nil {
		s.send(terminal.Encode(terminal.Up{Broken: "a message of the engine is none: " + err.Error()}))
		return
	}
	switch {
	case m.Services != nil:
		s.work <- func() { s.begin(m.Services) }
	case m.Run != nil:
		s.work <- func() { s.run(*m.Run) }
	case m.Complete != nil:
		s.work <- func() { s.complete(m.Complete) }
	case m.Script != nil:
		s.work <- func() { s.read(*m.Script) }
	case m.Answer != nil:
		s.answers <- m.Answer
	case m.Interrupt:
		if c := s.console.Load(); c != nil {
			c.Interrupt()
		}
	case m.JQ != nil:
		go s.runJQ(m.JQ) // beside an entry that waits for the world
	}
}

// Work does what messages ask for until a console fails, which is told as the last message.
func (s *Server) Work() {
	defer func() {
		if p := recover(); p != nil {
			s.send(terminal.Encode(terminal.Up{Broken: fmt.Sprint(p)}))
		}
	}()
	for f := range s.work {
		f()
	}
}

// Close lets Work return.
func (s *Server) Close() { close(s.work) }

// ask is the world at the other end.
func (s *Server) ask(a terminal.Ask) *terminal.Answer {
	s.send(terminal.Encode(terminal.Up{Ask: &a}))
	return <-s.answers
}

func (s *Server) begin(services []terminal.Service) {
	c := consoleOf(terminal.Asking(s.ask), services)
	c.SetJQ(s.jq)
	c.SetSlice(s.turn)
	s.console.Store(c)
}

func (s *Server) run(line string) {
	out, exit := face{s.console.Load()}.Run(line)
	s.send(terminal.Encode(terminal.Up{Done: &terminal.Done{Out: out, Exit: exit}}))
}

func (s *Server) complete(q *terminal.Completion) {
	from, to, options := face{s.console.Load()}.Complete(q.Line, q.Pos)
	s.send(terminal.Encode(terminal.Up{Complete: &terminal.Completion{From: from, To: to, Options: options}}))
}

func (s *Server) read(text string) {
	r := face{s.console.Load()}.Read(text)
	s.send(terminal.Encode(terminal.Up{Script: &r}))
}

// runJQ answers whatever happens: what went wrong is in the answer.
func (s *Server) runJQ(text []byte) {
	c, err := jq.ReadCall(text)
	var a jq.Answer
	if err == nil {
		a, err = s.jq(c, nil)
	}
	if err != nil {
		a = jq.Answer{Exit: 2, Wrote: []jq.Piece{{Text: "jq: " + err.Error() + "\n", Err: true}}}
	}
	b, err := a.JSON()
	if err != nil {
		b = []byte(`{"exit":2}`)
	}
	s.send(terminal.Encode(terminal.Up{JQ: b}))
}
