//go:build js

package main

import (
	"syscall/js"
	"time"

	"shardlab/wasm/lab"
	"shardlab/wasm/terminal"
)

// host runs the loop in a Web Worker until it has said its last word, and then only waits for the page to end the worker.
func host() {
	begun := time.Now()
	signal := make(chan struct{}, 1) // a message has come
	passed := make(chan struct{}, 1) // the event loop had its turn
	channel := js.Global().Get("MessageChannel").New()
	here, there := channel.Get("port1"), channel.Get("port2")
	here.Set("onmessage", js.FuncOf(func(js.Value, []js.Value) any {
		passed <- struct{}{}
		return nil
	}))
	yield := func() { // a message to oneself comes back behind those that wait, and sooner than any timer
		there.Call("postMessage", js.Null())
		<-passed
	}
	link := terminal.NewLink(&consolePipe{})
	l := newLoop(hostFuncs{
		wall:  func() time.Duration { return time.Since(begun) },
		send:  func(text []byte) { js.Global().Call("postMessage", string(text)) },
		yield: yield,
		lab:   lab.Host{Address: origin(), Run: (&sandbox{}).run, Console: link.Open, JQ: link.JQ},
	})
	js.Global().Set("onmessage", js.FuncOf(func(_ js.Value, args []js.Value) any {
		if data := args[0].Get("data"); data.Type() == js.TypeString {
			l.receive([]byte(data.String()))
			select {
			case signal <- struct{}{}:
			default:
			}
		}
		return nil
	}))
	for !l.over {
		switch wait := l.turn(); {
		case l.over:
		case wait == idle && len(l.queue) == 0:
			<-signal
		case wait <= 0:
			yield()
		default:
			timer := time.NewTimer(wait)
			select {
			case <-signal:
			case <-timer.C:
			}
			timer.Stop()
		}
	}
	// The last word is said. Returning would make every timer and message still on its way an uncaught error in the
	// worker; the page ends the worker instead.
	here.Call("close")
	js.Global().Set("onmessage", js.Null())
	select {}
}

// origin is the address of the pages that this worker belongs to, "" where there are none, as under Node.
func origin() string {
	if at := js.Global().Get("location"); at.Truthy() {
		return at.Get("origin").String()
	}
	return ""
}
