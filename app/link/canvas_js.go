//go:build js

package link

import (
	"strconv"
	"syscall/js"
)

// A Canvas paints what moves, in the browser's own rhythm and at the screen's own resolution. It stops by itself when the
// picture stands still, until Wake.
type Canvas struct {
	id     string
	draw   func(b *Brush, wall float64) (again bool)
	brush  Brush
	el     js.Value
	ctx    js.Value
	path   js.Value // Path2D
	frame  js.Func
	theme  js.Func
	watch  js.Value
	media  js.Value
	x, y   float64 // of the window that is painted, in the stage's pixels
	w, h   float64
	scale  float64 // CSS pixels a pixel of the stage
	dpr    float64
	inks   [slots + 1]string
	ink    string
	hot    string
	panel  string
	soft   string
	accent string
	stale  bool // colours must be read again
	asked  bool // the browser was asked for a frame
	gone   bool
	Paints int     // pictures painted
	Busy   float64 // milliseconds spent on them
}

// countEvery is after how many pictures the canvas tells how many dots it painted, as data-dots, for who measures it.
const countEvery = 30

// NewCanvas paints on the canvas element of that id, which must be in the page. draw is called before every picture with
// the page's clock in milliseconds, and says whether there is another one to come.
func NewCanvas(id string, draw func(b *Brush, wall float64) bool) *Canvas {
	c := &Canvas{id: id, draw: draw, stale: true, path: js.Global().Get("Path2D")}
	c.el = js.Global().Get("document").Call("getElementById", id)
	if !c.el.Truthy() {
		return c
	}
	c.ctx = c.el.Call("getContext", "2d")
	c.frame = js.FuncOf(func(_ js.Value, args []js.Value) any {
		c.asked = false
		if !c.gone {
			c.paint(args[0].Float())
		}
		return nil
	})
	c.theme = js.FuncOf(func(js.Value, []js.Value) any {
		c.stale = true
		c.Wake()
		return nil
	})
	root := js.Global().Get("document").Get("documentElement")
	c.watch = js.Global().Get("MutationObserver").New(c.theme)
	c.watch.Call("observe", root, map[string]any{"attributes": true})
	c.media = js.Global().Call("matchMedia", "(prefers-color-scheme: dark)")
	c.media.Call("addEventListener", "change", c.theme)
	return c
}

// View sets which part of the stage the canvas covers, in the stage's pixels, and how many CSS pixels one of them is.
func (c *Canvas) View(x, y, w, h, scale float64) {
	if x == c.x && y == c.y && w == c.w && h == c.h && scale == c.scale || !c.el.Truthy() {
		return
	}
	c.x, c.y, c.w, c.h, c.scale, c.dpr = x, y, w, h, scale, 0
	style := c.el.Get("style")
	for i, name := range [...]string{"left", "top", "width", "height"} {
		style.Set(name, strconv.FormatFloat([...]float64{x, y, w, h}[i], 'f', 2, 64)+"px")
	}
	c.Wake()
}

// Wake asks for the next picture.
func (c *Canvas) Wake() {
	if c.asked || c.gone || !c.el.Truthy() {
		return
	}
	c.asked = true
	js.Global().Call("requestAnimationFrame", c.frame)
}

// Close ends the painting.
func (c *Canvas) Close() {
	if c.gone || !c.el.Truthy() {
		c.gone = true
		return
	}
	c.gone = true
	c.watch.Call("disconnect")
	c.media.Call("removeEventListener", "change", c.theme)
	if !c.asked {
		c.frame.Release()
	}
	c.theme.Release()
}

func (c *Canvas) colours() {
	c.stale = false
	style := js.Global().Call("getComputedStyle", js.Global().Get("document").Get("documentElement"))
	get := func(name string) string { return style.Call("getPropertyValue", name).String() }
	for i := range slots {
		c.inks[i] = get("--k" + strconv.Itoa(i))
	}
	c.inks[slots] = get("--k-other")
	c.accent = get("--accent")
	c.ink, c.hot, c.panel, c.soft = get("--k-ink"), get("--hot"), get("--panel"), get("--ink")
}

func (c *Canvas) paint(wall float64) {
	begin := Now()
	if c.stale {
		c.colours()
	}
	if dpr := js.Global().Get("devicePixelRatio").Float(); dpr != c.dpr {
		c.dpr = dpr
		c.el.Set("width", int(c.w*c.scale*dpr+.5))
		c.el.Set("height", int(c.h*c.scale*dpr+.5))
	}
	zoom := c.dpr * c.scale
	c.brush.reset()
	again := c.draw(&c.brush, wall)
	x := c.ctx
	x.Call("setTransform", zoom, 0, 0, zoom, -c.x*zoom, -c.y*zoom)
	x.Call("clearRect", c.x, c.y, c.w, c.h)
	b := &c.brush
	x.Set("lineCap", "round")
	x.Set("lineJoin", "round")
	if len(b.reads) > 0 {
		p := c.path.New(string(b.reads))
		d := min(b.radius*1.6, 7.5)
		c.stroke(p, c.panel, d+3)
		c.stroke(p, c.soft, d)
		c.stroke(p, c.panel, d*.5)
	}
	for i, fade := range [...]float64{.35, 1} {
		group := &b.faint
		if i == 1 {
			group = &b.solid
		}
		x.Set("globalAlpha", fade)
		for slot := range group {
			if len(group[slot]) == 0 {
				continue
			}
			p := c.path.New(string(group[slot]))
			if b.small {
				x.Set("fillStyle", c.inks[slot])
				x.Call("fill", p)
			} else {
				c.stroke(p, c.inks[slot], 2*b.radius)
			}
		}
	}
	if len(b.ink) > 0 {
		c.stroke(c.path.New(string(b.ink)), c.ink, max(b.radius*.22, 1))
	}
	for i, fade := range [...]float64{1, .62, .28} {
		if len(b.cross[i]) == 0 {
			continue
		}
		x.Set("globalAlpha", fade)
		p := c.path.New(string(b.cross[i]))
		x.Set("fillStyle", c.panel)
		x.Call("fill", p)
		c.stroke(p, c.hot, 1.5)
	}
	x.Set("globalAlpha", 1)
	if len(b.own) > 0 {
		c.stroke(c.path.New(string(b.own)), c.accent, 2)
	}
	if len(b.counts) > 0 && len(b.counts) <= 48 {
		x.Set("font", "600 10px Inter, system-ui, sans-serif")
		x.Set("textAlign", "center")
		x.Set("fillStyle", c.soft)
		x.Set("strokeStyle", c.panel)
		x.Set("lineWidth", 3)
		for _, n := range b.counts {
			text := strconv.Itoa(n.n)
			x.Call("strokeText", text, n.x, n.y-8)
			x.Call("fillText", text, n.x, n.y-8)
		}
	}
	if c.Paints++; c.Paints%countEvery == 0 {
		c.el.Get("dataset").Set("dots", b.dots)
	}
	c.Busy += Now() - begin
	if again {
		c.Wake()
	}
}

func (c *Canvas) stroke(p js.Value, colour string, width float64) {
	c.ctx.Set("strokeStyle", colour)
	c.ctx.Set("lineWidth", width)
	c.ctx.Call("stroke", p)
}

// Now is the page's clock in milliseconds, the one that paintings are given.
func Now() float64 { return js.Global().Get("performance").Call("now").Float() }

// WatchSize calls changed with the size of the element of that id, now and whenever it changes.
func WatchSize(id string, changed func(w, h float64)) (stop func()) {
	el := js.Global().Get("document").Call("getElementById", id)
	if !el.Truthy() {
		return func() {}
	}
	f := js.FuncOf(func(_ js.Value, args []js.Value) any {
		for i := range args[0].Length() {
			r := args[0].Index(i).Get("contentRect")
			changed(r.Get("width").Float(), r.Get("height").Float())
		}
		return nil
	})
	o := js.Global().Get("ResizeObserver").New(f)
	o.Call("observe", el)
	return func() {
		o.Call("disconnect")
		f.Release()
	}
}

// Copy puts a text on the clipboard. Over plain http there is no clipboard, so an old way is tried then; done says whether
// it worked.
func Copy(text string, done func(ok bool)) {
	clip := js.Global().Get("navigator").Get("clipboard")
	if !clip.Truthy() {
		done(copyOld(text))
		return
	}
	var yes, no js.Func
	end := func(ok bool) js.Func {
		return js.FuncOf(func(js.Value, []js.Value) any {
			yes.Release()
			no.Release()
			if !ok {
				ok = copyOld(text)
			}
			done(ok)
			return nil
		})
	}
	yes, no = end(true), end(false)
	clip.Call("writeText", text).Call("then", yes, no)
}

func copyOld(text string) bool {
	doc := js.Global().Get("document")
	area := doc.Call("createElement", "textarea")
	area.Set("value", text)
	area.Set("className", "visually-hidden")
	doc.Get("documentElement").Call("appendChild", area)
	area.Call("select")
	ok := doc.Call("execCommand", "copy").Bool()
	area.Call("remove")
	return ok
}
