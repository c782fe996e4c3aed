//go:build js

package main

import (
	"errors"
	"syscall/js"
	"time"

	"shardlab/wasm/jq"
)

// lookEvery is how often somebody who waits for jq looks whether it is still wanted.
const lookEvery = 20 * time.Millisecond

// A jqWorker runs jq programs in a worker of their own, which is made when the first one is asked for: most learners never
// type jq, and it would be a tenth of what they download.
type jqWorker struct {
	worker js.Value
	ran    bool           // it has answered before
	calls  []chan jqReply // without an answer yet, in order
	funcs  []js.Func
}

type jqReply struct {
	text string
	err  error
}

var errGone = errors.New("it ended before it answered: it may have used too much memory")

var errNoJQ = errors.New("it could not be loaded: is there a network? It is fetched when it is first used")

// run is a [jq.Run]. Only the part of the pipeline that wants the answer waits.
func (w *jqWorker) run(c jq.Call, look func() bool) (jq.Answer, error) {
	text, err := c.JSON()
	if err != nil {
		return jq.Answer{}, err
	}
	if err := w.open(); err != nil {
		return jq.Answer{}, err
	}
	reply := make(chan jqReply, 1)
	w.calls = append(w.calls, reply)
	w.worker.Call("postMessage", string(text))
	again := time.NewTicker(lookEvery)
	defer again.Stop()
	for {
		select {
		case r := <-reply:
			if r.err != nil {
				return jq.Answer{}, r.err
			}
			return jq.ReadAnswer([]byte(r.text))
		case <-again.C:
			if look() {
				w.end(nil)
				return jq.Answer{Interrupted: true}, nil
			}
		}
	}
}

func (w *jqWorker) open() error {
	if w.worker.Truthy() {
		return nil
	}
	spawn := js.Global().Get("shardlabJQ")
	if !spawn.Truthy() {
		return errNoJQ
	}
	w.worker = spawn.Invoke()
	message := js.FuncOf(func(_ js.Value, args []js.Value) any {
		data := args[0].Get("data")
		switch {
		case data.Type() == js.TypeString:
			if len(w.calls) > 0 {
				w.calls[0] <- jqReply{text: data.String()}
				w.calls, w.ran = w.calls[1:], true
			}
		case data.Get("state").Equal(js.ValueOf("failed")), data.Get("state").Equal(js.ValueOf("exited")):
			w.end(w.lost())
		}
		return nil
	})
	broken := js.FuncOf(func(js.Value, []js.Value) any {
		w.end(w.lost())
		return nil
	})
	w.funcs = []js.Func{message, broken}
	w.worker.Set("onmessage", message)
	w.worker.Set("onerror", broken)
	return nil
}

// lost says why a worker is gone.
func (w *jqWorker) lost() error {
	if w.ran {
		return errGone
	}
	return errNoJQ
}

// end ends the worker and tells all who wait; the next call makes another.
func (w *jqWorker) end(why error) {
	if !w.worker.Truthy() {
		return
	}
	w.worker.Call("terminate")
	w.worker, w.ran = js.Undefined(), false
	for _, c := range w.calls {
		text, _ := jq.Answer{Interrupted: true}.JSON()
		c <- jqReply{string(text), why}
	}
	w.calls = nil
	for _, f := range w.funcs {
		defer f.Release()
	}
	w.funcs = nil
}
