//go:build js

package main

import (
	"crypto/sha256"
	"syscall/js"
	"time"

	"shardlab/wasm/lambda"
)

// How long one invocation in the sandbox may take, and how long the sandbox itself may: then the engine goes on without it.
const (
	callWall    = 2 * time.Second
	againWall   = callWall / 4 // of code that did not end before
	sandboxWall = 15 * time.Second
)

// Bounds of the answers that are kept, because a run that is played again asks the same.
const (
	keptAnswers = 4000
	keptText    = 8 << 20 // bytes of results and lines
)

// A sandbox runs the JavaScript of functions in a page of its own. The page of the lab makes it when the engine asks with
// {state: "sandbox", port}, and from then on the two speak through the port.
type sandbox struct {
	port    js.Value
	answers chan answered
	asked   int
	kept    map[[sha256.Size]byte]lambda.Answer
	text    int
	endless map[[sha256.Size]byte]bool // code that did not end
}

type answered struct {
	id   int
	text string
}

// run is a lambda.Runtime. It waits, as the whole engine does meanwhile, until the sandbox has answered.
func (s *sandbox) run(c lambda.Call) lambda.Answer {
	call := c.JSON()
	key := sha256.Sum256(call)
	if a, ok := s.kept[key]; ok {
		return a
	}
	if s.kept == nil {
		s.open()
	}
	s.asked++
	code, wall := sha256.Sum256([]byte(c.Code)), callWall
	if s.endless[code] {
		wall = againWall
	}
	s.port.Call("postMessage", map[string]any{"id": s.asked, "call": string(call), "wall": wall.Milliseconds()})
	patience := time.NewTimer(sandboxWall)
	defer patience.Stop()
	for {
		select {
		case x := <-s.answers:
			if x.id != s.asked {
				continue // of a call that was given up
			}
			a := lambda.ReadAnswer(x.text)
			if s.keep(key, a); a.End == lambda.Hung && a.Waited == 0 {
				s.endless[code] = true
			}
			return a
		case <-patience.C:
			return lambda.Answer{End: lambda.NoRuntime, ErrorMessage: "The sandbox in which this browser runs functions does not answer. Reload the page to have a new one."}
		}
	}
}

func (s *sandbox) open() {
	s.kept, s.endless = map[[sha256.Size]byte]lambda.Answer{}, map[[sha256.Size]byte]bool{}
	s.answers = make(chan answered, 16)
	channel := js.Global().Get("MessageChannel").New()
	s.port = channel.Get("port1")
	s.port.Set("onmessage", js.FuncOf(func(_ js.Value, args []js.Value) any {
		data := args[0].Get("data")
		if id, text := data.Get("id"), data.Get("answer"); id.Type() == js.TypeNumber && text.Type() == js.TypeString {
			select {
			case s.answers <- answered{id.Int(), text.String()}:
			default: // nobody asked for so many
			}
		}
		return nil
	}))
	port := channel.Get("port2")
	js.Global().Call("postMessage", map[string]any{"state": "sandbox", "port": port}, []any{port})
}

func (s *sandbox) keep(key [sha256.Size]byte, a lambda.Answer) {
	size := len(a.Result) + len(a.ErrorMessage)
	for _, l := range a.Logs {
		size += len(l.Text)
	}
	if len(s.kept) >= keptAnswers || s.text+size > keptText {
		clear(s.kept)
		s.text = 0
	}
	s.kept[key] = a
	s.text += size
}
