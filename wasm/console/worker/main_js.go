//go:build js

package main

import (
	"sync"
	"syscall/js"
	"time"

	"shardlab/wasm/console"
	"shardlab/wasm/jq"
	"shardlab/wasm/jq/filter"
)

// turnEvery is how long an entry runs before messages get their turn: so long Ctrl-C may take to be heard.
const turnEvery = 8 * time.Millisecond

func serve() {
	passed := make(chan struct{})
	channel := js.Global().Get("MessageChannel").New()
	here, there := channel.Get("port1"), channel.Get("port2")
	here.Set("onmessage", js.FuncOf(func(js.Value, []js.Value) any {
		go func() { passed <- struct{}{} }()
		return nil
	}))
	var mu sync.Mutex // one part of a pipeline at a time
	last := time.Now()
	turn := func() { // a message to oneself comes back behind those that wait
		mu.Lock()
		defer mu.Unlock()
		if time.Since(last) < turnEvery {
			return
		}
		there.Call("postMessage", js.Null())
		<-passed
		last = time.Now()
	}
	run := func(c jq.Call, look func() bool) (jq.Answer, error) {
		return filter.Run(c, func() bool {
			turn()
			return look != nil && look()
		})
	}
	s := console.NewServer(func(text []byte) { js.Global().Call("postMessage", string(text)) }, turn, run)
	js.Global().Set("onmessage", js.FuncOf(func(_ js.Value, args []js.Value) any {
		if data := args[0].Get("data"); data.Type() == js.TypeString {
			s.Receive([]byte(data.String()))
		}
		return nil
	}))
	s.Work()
}
