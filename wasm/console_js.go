//go:build js

package main

import (
	"errors"
	"syscall/js"
	"time"
)

// lookEvery is how often somebody who waits for the console looks around.
const lookEvery = 20 * time.Millisecond

// A consolePipe leads to the worker that runs console.wasm, which is made when the first message goes there: the engine is smaller
// to download without a shell and jq, and a lab is open before anybody types. It is a terminal.Pipe.
type consolePipe struct {
	worker js.Value
	ran    bool        // it has said something
	news   chan string // what comes from it
	gone   chan error  // why nothing will come any more
	look   *time.Ticker
	funcs  []js.Func
}

var errGone = errors.New("it may have used too much memory")

var errNoConsole = errors.New("it could not be loaded: is there a network? It is fetched when it is first used")

// Send implements terminal.Pipe.
func (p *consolePipe) Send(text []byte) (fresh bool) {
	if !p.worker.Truthy() {
		p.open()
		return true
	}
	p.worker.Call("postMessage", string(text))
	return false
}

func (p *consolePipe) open() {
	news, gone := make(chan string, 64), make(chan error, 8)
	p.news, p.gone, p.ran, p.look = news, gone, false, time.NewTicker(lookEvery)
	lost := func() {
		why := errNoConsole
		if p.ran {
			why = errGone
		}
		select {
		case gone <- why:
		default:
		}
	}
	message := js.FuncOf(func(_ js.Value, args []js.Value) any {
		data := args[0].Get("data")
		switch {
		case data.Type() == js.TypeString:
			p.ran = true
			news <- data.String()
		case data.Get("state").Equal(js.ValueOf("failed")), data.Get("state").Equal(js.ValueOf("exited")):
			lost()
		}
		return nil
	})
	broken := js.FuncOf(func(js.Value, []js.Value) any {
		lost()
		return nil
	})
	p.funcs = []js.Func{message, broken}
	spawn := js.Global().Get("shardlabConsole")
	if !spawn.Truthy() {
		p.worker = js.ValueOf(map[string]any{"postMessage": js.FuncOf(nothing), "terminate": js.FuncOf(nothing)})
		gone <- errNoConsole
		return
	}
	p.worker = spawn.Invoke()
	p.worker.Set("onmessage", message)
	p.worker.Set("onerror", broken)
}

// Receive implements terminal.Pipe.
func (p *consolePipe) Receive() ([]byte, error) {
	if !p.worker.Truthy() {
		return nil, errGone
	}
	select {
	case text := <-p.news: // what was said before the end comes before the end
		return []byte(text), nil
	default:
	}
	select {
	case text := <-p.news:
		return []byte(text), nil
	case err := <-p.gone:
		return nil, err
	case <-p.look.C:
		return nil, nil
	}
}

// End implements terminal.Pipe.
func (p *consolePipe) End() {
	if !p.worker.Truthy() {
		return
	}
	p.worker.Set("onmessage", js.Null())
	p.worker.Set("onerror", js.Null())
	p.worker.Call("terminate")
	p.worker = js.Undefined()
	p.look.Stop()
	for _, f := range p.funcs {
		f.Release()
	}
	p.funcs = nil
}

func nothing(js.Value, []js.Value) any { return nil }
