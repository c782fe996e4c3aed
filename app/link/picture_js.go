//go:build js

package link

import (
	"encoding/base64"
	"syscall/js"

	"shardlab/app/model"
)

// Theme is the theme that is seen now: light or dark.
func Theme() string {
	switch t := js.Global().Get("document").Get("documentElement").Call("getAttribute", "data-theme"); {
	case t.Truthy() && t.String() != model.System:
		return t.String()
	case js.Global().Call("matchMedia", "(prefers-color-scheme: dark)").Get("matches").Bool():
		return model.Dark
	}
	return model.Light
}

// Font hands over the page's font as base64 of its file, "" when it cannot be had.
func Font(done func(base64 string)) {
	of := js.Global().Get("document").Call("querySelector", `link[rel="preload"][as="font"]`)
	if !of.Truthy() {
		done("")
		return
	}
	none := func(js.Value) { done("") }
	then(js.Global().Call("fetch", of.Get("href")), func(answer js.Value) {
		if !answer.Get("ok").Bool() {
			done("")
			return
		}
		then(answer.Call("arrayBuffer"), func(buffer js.Value) {
			from := js.Global().Get("Uint8Array").New(buffer)
			file := make([]byte, from.Length())
			js.CopyBytesToGo(file, from)
			done(base64.StdEncoding.EncodeToString(file))
		}, none)
	}, none)
}

// sharp is how many pixels of a PNG there are for one of its drawing, each way.
const sharp = 2

// SavePNG draws an SVG of w by h pixels and hands it to the learner as a PNG.
func SavePNG(name, svg string, w, h int, done func(ok bool)) {
	image := js.Global().Get("Image").New()
	loaded, failed := once(func(js.Value) {
		canvas := js.Global().Get("document").Call("createElement", "canvas")
		canvas.Set("width", w*sharp)
		canvas.Set("height", h*sharp)
		canvas.Call("getContext", "2d").Call("drawImage", image, 0, 0, w*sharp, h*sharp)
		var f js.Func
		f = js.FuncOf(func(_ js.Value, args []js.Value) any {
			f.Release()
			if !args[0].Truthy() {
				done(false)
				return nil
			}
			hand(name, args[0])
			done(true)
			return nil
		})
		canvas.Call("toBlob", f, "image/png")
	}, func(js.Value) { done(false) })
	image.Set("onload", loaded)
	image.Set("onerror", failed)
	image.Set("src", "data:image/svg+xml;base64,"+base64.StdEncoding.EncodeToString([]byte(svg)))
}
