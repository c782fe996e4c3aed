//go:build js

package link

import (
	"fmt"
	"syscall/js"
)

// Origin is the address of the server that the page came from: "http://127.0.0.1:8080".
func Origin() string { return js.Global().Get("location").Get("origin").String() }

// A LabFile is a file that the learner has chosen or dropped. Text is empty when it could not be read; Why says so in words.
type LabFile struct{ Name, Text, Why string }

// maxFile is how large a file is read: the engine takes no larger one either.
const maxFile = 12 << 20

func readFile(file js.Value, take func(LabFile)) {
	f := LabFile{Name: file.Get("name").String()}
	if n := file.Get("size").Float(); n > maxFile {
		f.Why = fmt.Sprintf("It has %.0f MB; a lab has %d MB at most.", n/1e6, maxFile>>20)
		take(f)
		return
	}
	then(file.Call("text"), func(text js.Value) {
		f.Text = text.String()
		take(f)
	}, func(js.Value) {
		f.Why = "The browser could not read it."
		take(f)
	})
}

// PickFile lets the learner choose a file of the kinds named, as in the accept of an input.
func PickFile(kinds string, take func(LabFile)) {
	in := js.Global().Get("document").Call("createElement", "input")
	in.Set("type", "file")
	in.Set("accept", kinds)
	var chosen js.Func
	chosen = js.FuncOf(func(js.Value, []js.Value) any {
		chosen.Release()
		if file := in.Get("files").Index(0); file.Truthy() {
			readFile(file, take)
		}
		return nil
	})
	in.Call("addEventListener", "change", chosen)
	in.Call("click")
}

// TakeDrops calls take with each file that is dropped on the element with this id, until stop is called. A drop that somebody
// nearer has taken is left to them.
func TakeDrops(id string, take func(LabFile)) (stop func()) {
	el := js.Global().Get("document").Call("getElementById", id)
	if !el.Truthy() {
		return func() {}
	}
	files := func(e js.Value) js.Value { return e.Get("dataTransfer").Get("files") }
	mark := func(on bool) { el.Get("classList").Call("toggle", "dropping", on) }
	over := js.FuncOf(func(_ js.Value, args []js.Value) any {
		if types := args[0].Get("dataTransfer").Get("types"); types.Call("includes", "Files").Bool() {
			args[0].Call("preventDefault")
			mark(true)
		}
		return nil
	})
	leave := js.FuncOf(func(_ js.Value, args []js.Value) any {
		if to := args[0].Get("relatedTarget"); !to.Truthy() || !el.Call("contains", to).Bool() {
			mark(false)
		}
		return nil
	})
	drop := js.FuncOf(func(_ js.Value, args []js.Value) any {
		mark(false)
		if e := args[0]; !e.Get("defaultPrevented").Bool() && files(e).Length() > 0 {
			e.Call("preventDefault")
			readFile(files(e).Index(0), take)
		}
		return nil
	})
	on := map[string]js.Func{"dragover": over, "dragleave": leave, "drop": drop}
	for name, f := range on {
		el.Call("addEventListener", name, f)
	}
	return func() {
		for name, f := range on {
			el.Call("removeEventListener", name, f)
			f.Release()
		}
	}
}

// Dress shows the page in a theme without remembering it.
func Dress(theme string) {
	js.Global().Get("document").Get("documentElement").Get("dataset").Set("theme", theme)
}
