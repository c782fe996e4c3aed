//go:build js

package link

import (
	"math"
	"strconv"
	"syscall/js"
)

// WatchWires tells of wires that are drawn by hand from the handles in the element of that id, which are marked with data-wire, the end,
// and data-from, the ref of whose it is: when one is begun and whether in the lower half, what it is held over, "" for nothing, and what
// it is let go over. What takes wires is marked with data-drop. Escape lets it go over nothing.
func WatchWires(id string, begin func(from, end string, low bool), hold, drop func(over string)) (stop func()) {
	doc := js.Global().Get("document")
	el := doc.Call("getElementById", id)
	if !el.Truthy() {
		return func() {}
	}
	var handle, line, path js.Value
	var x0, y0, fromX, fromY float64 // the middle of the handle, and where it was pressed
	var drawn bool
	over := ""
	window := js.Global()
	var off []func()
	on := func(of js.Value, name string, f func(e js.Value)) {
		h := js.FuncOf(func(_ js.Value, args []js.Value) any { f(args[0]); return nil })
		of.Call("addEventListener", name, h, true)
		off = append(off, func() { of.Call("removeEventListener", name, h, true); h.Release() })
	}
	var move js.Func // heard only while a handle is held: the pointer moves all the time
	end := func(at string) {
		window.Call("removeEventListener", "pointermove", move, true)
		if drawn {
			line.Call("remove")
			drop(at)
		}
		handle, drawn, over = js.Value{}, false, ""
	}
	swallow := false
	on(js.Global(), "pointerdown", func(js.Value) { swallow = false }) // a touch that drew a wire ends without a click
	on(el, "pointerdown", func(e js.Value) {
		if h := e.Get("target").Call("closest", "[data-wire]"); h.Truthy() && e.Get("button").Int() == 0 {
			e.Call("stopPropagation")
			box := h.Call("getBoundingClientRect")
			fromX, fromY = e.Get("clientX").Float(), e.Get("clientY").Float()
			window.Call("addEventListener", "pointermove", move, true)
			handle, x0, y0 = h, box.Get("left").Float()+box.Get("width").Float()/2, box.Get("top").Float()+box.Get("height").Float()/2
		}
	})
	move = js.FuncOf(func(_ js.Value, args []js.Value) any {
		e := args[0]
		if !handle.Truthy() {
			return nil
		}
		x, y := e.Get("clientX").Float(), e.Get("clientY").Float()
		if !drawn {
			if math.Hypot(x-fromX, y-fromY) < 8 {
				return nil
			}
			const ns = "http://www.w3.org/2000/svg"
			drawn, line, path = true, doc.Call("createElementNS", ns, "svg"), doc.Call("createElementNS", ns, "path")
			line.Call("setAttribute", "class", "wire-line")
			line.Call("append", path)
			doc.Get("body").Call("append", line)
			data := handle.Get("dataset")
			box := el.Call("getBoundingClientRect")
			begin(data.Get("from").String(), data.Get("wire").String(), y0 > box.Get("top").Float()+box.Get("height").Float()/2)
		}
		e.Call("preventDefault")
		mid := tenths((x0 + x) / 2)
		path.Call("setAttribute", "d", "M"+tenths(x0)+" "+tenths(y0)+"C"+mid+" "+tenths(y0)+" "+mid+" "+tenths(y)+" "+tenths(x)+" "+tenths(y))
		now := ""
		if at := doc.Call("elementFromPoint", x, y); at.Truthy() {
			if to := at.Call("closest", "[data-drop]"); to.Truthy() {
				now = to.Get("dataset").Get("drop").String()
			}
		}
		if now != over {
			over = now
			hold(now)
		}
		return nil
	})
	off = append(off, move.Release)
	on(window, "pointerup", func(js.Value) {
		swallow = drawn
		end(over)
	})
	on(window, "pointercancel", func(js.Value) { end("") })
	on(window, "click", func(e js.Value) { // the press that ends a wire is none
		if swallow {
			swallow = false
			e.Call("stopPropagation")
			e.Call("preventDefault")
		}
	})
	on(window, "keydown", func(e js.Value) {
		swallow = false
		if drawn && e.Get("key").String() == "Escape" {
			e.Call("stopPropagation")
			end("")
		}
	})
	return func() {
		end("")
		for _, f := range off {
			f()
		}
	}
}

func tenths(v float64) string { return strconv.FormatFloat(v, 'f', 1, 64) }
