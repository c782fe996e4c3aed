//go:build js

package main

import (
	"syscall/js"

	"shardlab/wasm/jq"
	"shardlab/wasm/jq/filter"
)

func serve() {
	calls := make(chan string, 64)
	js.Global().Set("onmessage", js.FuncOf(func(_ js.Value, args []js.Value) any {
		if data := args[0].Get("data"); data.Type() == js.TypeString {
			calls <- data.String()
		}
		return nil
	}))
	for text := range calls {
		js.Global().Call("postMessage", answer(text))
	}
}

// answer never fails: what went wrong is in the answer.
func answer(text string) string {
	c, err := jq.ReadCall([]byte(text))
	var a jq.Answer
	if err == nil {
		a, err = filter.Run(c, nil) // who interrupts it ends the worker
	}
	if err == nil {
		var b []byte
		if b, err = a.JSON(); err == nil {
			return string(b)
		}
	}
	b, _ := jq.Answer{Exit: 2, Wrote: []jq.Piece{{Text: "jq: " + err.Error() + "\n", Err: true}}}.JSON()
	return string(b)
}
