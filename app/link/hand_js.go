//go:build js

package link

import (
	"math"
	"strconv"
	"syscall/js"
)

// quietMs is how long after a zoom what lies on the element moves at once and does not slide.
const quietMs = 200

// WatchHand tells what pointers do on the scrolling element of that id beside pressing. zoom is by how much two fingers, or a
// wheel with Ctrl, come nearer, at a point of the element; scrolled is told where it is scrolled to. A mouse that drags scrolls it.
// The element's parent has --view-x, --view-y, --view-w and --view-h: what is seen, as parts of 1.
func WatchHand(id string, zoom func(factor, x, y float64), scrolled func(x, y float64)) (stop func()) {
	el := js.Global().Get("document").Call("getElementById", id)
	if !el.Truthy() {
		return func() {}
	}
	at := func(x, y js.Value) (float64, float64) {
		box := el.Call("getBoundingClientRect")
		return x.Float() - box.Get("left").Float(), y.Float() - box.Get("top").Float()
	}
	var off []func()
	on := func(of js.Value, name string, f func(e js.Value)) {
		h := js.FuncOf(func(_ js.Value, args []js.Value) any { f(args[0]); return nil })
		of.Call("addEventListener", name, h, map[string]any{"passive": false})
		off = append(off, func() { of.Call("removeEventListener", name, h); h.Release() })
	}
	on(el, "wheel", func(e js.Value) {
		if !e.Get("ctrlKey").Bool() && !e.Get("metaKey").Bool() {
			return
		}
		e.Call("preventDefault")
		by := e.Get("deltaY").Float()
		if e.Get("deltaMode").Int() != 0 { // lines
			by *= 24
		}
		x, y := at(e.Get("clientX"), e.Get("clientY"))
		zoom(math.Exp(-max(min(by, 120), -120)*.0025), x, y)
	})
	apart := 0.0
	on(el, "touchmove", func(e js.Value) {
		touches := e.Get("touches")
		if touches.Length() != 2 {
			apart = 0
			return
		}
		e.Call("preventDefault")
		a, b := touches.Index(0), touches.Index(1)
		now := math.Hypot(a.Get("clientX").Float()-b.Get("clientX").Float(), a.Get("clientY").Float()-b.Get("clientY").Float())
		if apart > 0 && now > 0 {
			ax, ay := at(a.Get("clientX"), a.Get("clientY"))
			bx, by := at(b.Get("clientX"), b.Get("clientY"))
			zoom(now/apart, (ax+bx)/2, (ay+by)/2)
		}
		apart = now
	})
	on(el, "touchend", func(js.Value) { apart = 0 })
	on(el, "scroll", func(js.Value) {
		view(el)
		scrolled(el.Get("scrollLeft").Float(), el.Get("scrollTop").Float())
	})

	var held, dragged bool
	var x0, y0 float64
	on(el, "pointerdown", func(e js.Value) {
		room := el.Get("scrollWidth").Int() > el.Get("clientWidth").Int()+1 || el.Get("scrollHeight").Int() > el.Get("clientHeight").Int()+1
		typed := e.Get("target").Call("closest", "input, select, textarea, .menu, [data-wire]").Truthy()
		held = room && !typed && e.Get("pointerType").String() == "mouse" && e.Get("button").Int() == 0
		dragged = false
		x0, y0 = e.Get("clientX").Float(), e.Get("clientY").Float()
	})
	window := js.Global()
	on(window, "pointermove", func(e js.Value) {
		if !held {
			return
		}
		x, y := e.Get("clientX").Float(), e.Get("clientY").Float()
		if !dragged && math.Hypot(x-x0, y-y0) < 5 {
			return
		}
		if !dragged {
			dragged = true
			el.Get("classList").Call("add", "dragged")
		}
		e.Call("preventDefault")
		el.Call("scrollBy", x0-x, y0-y)
		x0, y0 = x, y
	})
	on(window, "pointerup", func(js.Value) {
		if held && dragged {
			el.Get("classList").Call("remove", "dragged")
		}
		held = false
	})
	swallow := js.FuncOf(func(_ js.Value, args []js.Value) any { // the press that ends a drag is none
		if dragged {
			dragged = false
			args[0].Call("stopPropagation")
			args[0].Call("preventDefault")
		}
		return nil
	})
	el.Call("addEventListener", "click", swallow, true)
	view(el)
	return func() {
		for _, f := range off {
			f()
		}
		el.Call("removeEventListener", "click", swallow, true)
		swallow.Release()
	}
}

// view writes what is seen of a scrolling element on its parent.
func view(el js.Value) {
	w, h := max(el.Get("scrollWidth").Float(), 1), max(el.Get("scrollHeight").Float(), 1)
	style := el.Get("parentElement").Get("style")
	for name, v := range map[string]float64{
		"--view-x": el.Get("scrollLeft").Float() / w, "--view-y": el.Get("scrollTop").Float() / h,
		"--view-w": el.Get("clientWidth").Float() / w, "--view-h": el.Get("clientHeight").Float() / h,
	} {
		style.Call("setProperty", name, strconv.FormatFloat(v, 'f', 4, 64))
	}
}

// ScrollTo scrolls the element of that id, at once.
func ScrollTo(id string, x, y float64) {
	if el := js.Global().Get("document").Call("getElementById", id); el.Truthy() {
		el.Set("scrollLeft", x)
		el.Set("scrollTop", y)
		view(el)
	}
}

// Quiet lets what lies on the element of that id take its place at once for a moment.
func Quiet(id string) {
	el := js.Global().Get("document").Call("getElementById", id)
	if !el.Truthy() {
		return
	}
	el.Get("classList").Call("add", "quiet")
	mark := strconv.FormatFloat(Now(), 'f', 3, 64)
	el.Get("dataset").Set("quiet", mark)
	var f js.Func
	f = js.FuncOf(func(js.Value, []js.Value) any {
		if el.Get("dataset").Get("quiet").String() == mark {
			el.Get("classList").Call("remove", "quiet")
		}
		f.Release()
		return nil
	})
	js.Global().Call("setTimeout", f, quietMs)
}
