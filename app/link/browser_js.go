//go:build js

package link

import (
	"encoding/json"
	"errors"
	"strconv"
	"strings"
	"syscall/js"
	"time"

	"shardlab/app/model"
)

// Open returns the device of this browser. It is called once, before the first page is drawn.
func Open() *Device {
	b := &window{win: js.Global()}
	d := start(b)
	b.dress(d.settings.Theme, d.settings.Motion)
	return d
}

// window is the browser as JavaScript offers it.
type window struct {
	win  js.Value
	db   js.Value // IndexedDB, undefined until it is open or when there is none
	tabs js.Value // BroadcastChannel
	on   hooks
}

// once makes a callback that frees itself after its first call, and its partner, of which only one is ever called.
func once(first, second func(js.Value)) (js.Func, js.Func) {
	var a, b js.Func
	free := func() { a.Release(); b.Release() }
	arg := func(args []js.Value) js.Value {
		if len(args) == 0 {
			return js.Undefined()
		}
		return args[0]
	}
	a = js.FuncOf(func(_ js.Value, args []js.Value) any { free(); first(arg(args)); return nil })
	b = js.FuncOf(func(_ js.Value, args []js.Value) any { free(); second(arg(args)); return nil })
	return a, b
}

// then waits for a promise.
func then(promise js.Value, done, failed func(js.Value)) {
	a, b := once(done, failed)
	promise.Call("then", a, b)
}

// try runs JavaScript that may throw, such as storage that the browser forbids.
func try(do func()) (err error) {
	defer func() {
		if p := recover(); p != nil {
			if e, ok := p.(js.Error); ok {
				err = e
				return
			}
			panic(p)
		}
	}()
	do()
	return nil
}

func (w *window) pageData() []byte {
	tag := w.win.Get("document").Call("getElementById", "page-data")
	if !tag.Truthy() {
		return nil
	}
	return []byte(tag.Get("textContent").String())
}

func (w *window) now() int64 { return time.Now().UnixMilli() }

func (w *window) random(n int) []byte {
	array := w.win.Get("Uint8Array").New(n)
	w.win.Get("crypto").Call("getRandomValues", array)
	out := make([]byte, n)
	js.CopyBytesToGo(out, array)
	return out
}

func (w *window) online() bool { return w.win.Get("navigator").Get("onLine").Bool() }

const fetchTimeout = 15 * time.Second

func (w *window) fetch(method, path string, body []byte, done func(int, string, []byte, error)) {
	options := map[string]any{"method": method, "credentials": "same-origin"}
	if body != nil {
		options["body"] = string(body)
		options["headers"] = map[string]any{"Content-Type": "application/json"}
		if len(body) < 60<<10 {
			options["keepalive"] = true // survives the closing of the page
		}
	}
	abort := w.win.Get("AbortController").New()
	options["signal"] = abort.Get("signal")
	cancel := w.after(fetchTimeout, func() { abort.Call("abort") })
	fail := func(e js.Value) {
		cancel()
		done(0, "", nil, errors.New("the server cannot be reached"))
	}
	then(w.win.Call("fetch", path, options), func(resp js.Value) {
		status := resp.Get("status").Int()
		retry := ""
		if h := resp.Get("headers").Call("get", "Retry-After"); h.Type() == js.TypeString {
			retry = h.String()
		}
		then(resp.Call("text"), func(text js.Value) {
			cancel()
			done(status, retry, []byte(text.String()), nil)
		}, fail)
	}, fail)
}

func (w *window) after(d time.Duration, do func()) (cancel func()) {
	var f js.Func
	released := false
	release := func() {
		if !released {
			released = true
			f.Release()
		}
	}
	f = js.FuncOf(func(js.Value, []js.Value) any { release(); do(); return nil })
	id := w.win.Call("setTimeout", f, d.Milliseconds())
	return func() {
		if !released {
			w.win.Call("clearTimeout", id)
			release()
		}
	}
}

// listen is for the life of the page: its callbacks are never released.
func (w *window) listen(on hooks) {
	w.on = on
	call := func(do func()) js.Func {
		return js.FuncOf(func(js.Value, []js.Value) any { do(); return nil })
	}
	network := call(on.network)
	w.win.Call("addEventListener", "online", network)
	w.win.Call("addEventListener", "offline", network)
	w.win.Call("addEventListener", "pagehide", call(on.hide))
	doc := w.win.Get("document")
	doc.Call("addEventListener", "visibilitychange", call(func() {
		if doc.Get("visibilityState").String() == "hidden" {
			on.hide()
		} else {
			on.show()
		}
	}))
	w.win.Call("matchMedia", "(prefers-reduced-motion: reduce)").Call("addEventListener", "change", call(on.calm))
	if channel := w.win.Get("BroadcastChannel"); channel.Truthy() {
		w.tabs = channel.New("shardlab")
		w.tabs.Call("addEventListener", "message", js.FuncOf(func(_ js.Value, args []js.Value) any {
			var events []model.Event
			if data := args[0].Get("data"); data.Type() == js.TypeString && json.Unmarshal([]byte(data.String()), &events) == nil {
				on.told(events)
			}
			return nil
		}))
	}
}

func (w *window) tell(events []model.Event) {
	if w.tabs.Truthy() {
		text, _ := json.Marshal(events)
		w.tabs.Call("postMessage", string(text))
	}
}

func (w *window) read(key string) (value string) {
	_ = try(func() { // a browser that forbids storage throws: nothing is kept there
		if v := w.win.Get("localStorage").Call("getItem", key); v.Type() == js.TypeString {
			value = v.String()
		}
	})
	return value
}

func (w *window) write(key, value string) {
	_ = try(func() { w.win.Get("localStorage").Call("setItem", key, value) }) // forbidden or full: the choice holds until the page closes
}

func (w *window) dress(theme, motion string) {
	set := w.win.Get("document").Get("documentElement").Get("dataset")
	for name, value := range map[string]string{"theme": theme, "motion": motion} {
		if value == model.System {
			set.Delete(name)
		} else {
			set.Set(name, value)
		}
	}
}

func (w *window) calm() bool {
	return w.win.Call("matchMedia", "(prefers-reduced-motion: reduce)").Get("matches").Bool()
}

func (w *window) offlineReady() string {
	workers := w.win.Get("navigator").Get("serviceWorker")
	switch {
	case !workers.Truthy():
		return "unavailable"
	case workers.Get("controller").Truthy():
		return "ready"
	}
	return "installing"
}

// jsWorker is a Web Worker and the callbacks it was given.
type jsWorker struct {
	value js.Value
	funcs []js.Func
	frame js.Value // the sandbox in which functions run; undefined until the engine asks for it
}

// sandbox makes the frame in which functions run, with an origin of its own, and hands it the engine's port. It stands beside
// the body, of which go-app sweeps out what it did not put there. The build in its address lets a browser keep it.
func (w *jsWorker) sandbox(build string, port js.Value) {
	w.sweep()
	doc := js.Global().Get("document")
	w.frame = doc.Call("createElement", "iframe")
	for name, value := range map[string]string{"sandbox": "allow-scripts", "hidden": "", "title": "Where functions run", "src": "/sandbox.html?" + build} {
		w.frame.Call("setAttribute", name, value)
	}
	frame := w.frame
	loaded, _ := once(func(js.Value) {
		if inner := frame.Get("contentWindow"); inner.Truthy() {
			inner.Call("postMessage", map[string]any{"port": port}, "*", []any{port})
		}
	}, func(js.Value) {})
	frame.Call("addEventListener", "load", loaded, map[string]any{"once": true})
	doc.Get("documentElement").Call("append", frame)
}

// sweep takes the sandbox away.
func (w *jsWorker) sweep() {
	if w.frame.Truthy() {
		w.frame.Call("remove")
	}
	w.frame = js.Undefined()
}

// earlyWorker is where the page's loader leaves a worker that it has started beside the page's program.
const earlyWorker = "shardlabEngine"

// spawnWorker makes the engine's worker, or takes over the one that the loader has started.
func spawnWorker(url string, p programs, text func(string), news func(workerNews)) (worker, error) {
	w := &jsWorker{}
	early := js.Global().Get(earlyWorker)
	if early.Truthy() {
		js.Global().Set(earlyWorker, js.Null())
		w.value = early.Get("worker")
	} else if err := try(func() { w.value = js.Global().Get("Worker").New(url, map[string]any{"name": "shardlab engine"}) }); err != nil {
		return nil, err
	}
	message := js.FuncOf(func(_ js.Value, args []js.Value) any {
		data := args[0].Get("data")
		if data.Type() == js.TypeString {
			text(data.String())
			return nil
		}
		if port := data.Get("port"); word(data.Get("state")) == "sandbox" && port.Truthy() {
			w.sandbox(p.engine[strings.LastIndexByte(p.engine, '/')+1:], port)
			return nil
		}
		n := workerNews{State: word(data.Get("state")), Message: word(data.Get("message"))}
		if total := data.Get("total"); total.Type() == js.TypeNumber {
			n.Total = int64(total.Float())
		}
		news(n)
		return nil
	})
	broken := js.FuncOf(func(_ js.Value, args []js.Value) any {
		why := word(args[0].Get("message"))
		if why == "" {
			why = "The engine's program could not be loaded."
		}
		news(workerNews{State: "failed", Message: why})
		return nil
	})
	w.funcs = []js.Func{message, broken}
	w.value.Call("addEventListener", "error", broken)
	if early.Truthy() {
		early.Call("hand", message)
		return w, nil
	}
	w.value.Call("addEventListener", "message", message)
	w.value.Call("postMessage", map[string]any{"wasm": p.engine, "exec": p.exec, "shell": p.console})
	return w, nil
}

func word(v js.Value) string {
	if v.Type() != js.TypeString {
		return ""
	}
	return v.String()
}

func (w *jsWorker) post(text string) { w.value.Call("postMessage", text) }

// end frees the callbacks in a later turn, because it may be called from inside one of them.
func (w *jsWorker) end() {
	w.value.Call("terminate")
	w.sweep()
	for i, name := range []string{"message", "error"} {
		w.value.Call("removeEventListener", name, w.funcs[i])
	}
	Later(func() {
		for _, f := range w.funcs {
			f.Release()
		}
	})
}

// Focus moves the keyboard's focus to the element with this id, without scrolling.
func Focus(id string) {
	if e := js.Global().Get("document").Call("getElementById", id); e.Truthy() {
		e.Call("focus", map[string]any{"preventScroll": true})
	}
}

// FocusLost moves the focus to the element with this id when what had it is no longer on the page.
func FocusLost(id string) {
	doc := js.Global().Get("document")
	if active := doc.Get("activeElement"); !active.Truthy() || active.Equal(doc.Get("body")) {
		Focus(id)
	}
}

// KeepFocus watches where the focus is in the element with this id. When what had it is gone or hidden, check gives it to what is nearest
// to the place, so that who works by keyboard goes on from there. Who left by a press elsewhere did so knowingly, and where a button can
// no longer be pressed the browser itself goes on from its place.
func KeepFocus(id string) (check, stop func()) {
	doc := js.Global().Get("document")
	var path []js.Value // what has the focus, and what it lies in
	took := js.FuncOf(func(_ js.Value, args []js.Value) any {
		path = path[:0]
		for e := args[0].Get("target"); e.Truthy(); e = e.Get("parentElement") {
			if path = append(path, e); e.Get("id").String() == id {
				return nil
			}
		}
		path = path[:0]
		return nil
	})
	left := js.FuncOf(func(js.Value, []js.Value) any { path = path[:0]; return nil })
	doc.Call("addEventListener", "focusin", took)
	doc.Call("addEventListener", "pointerdown", left, true)
	there := func(e js.Value) bool { return e.Get("isConnected").Bool() && e.Call("getClientRects").Length() > 0 }
	check = func() {
		if len(path) == 0 || !doc.Get("activeElement").Equal(doc.Get("body")) || there(path[0]) {
			return
		}
		for _, e := range append([]js.Value(nil), path...) { // the nearest, which may be the place itself
			if !there(e) {
				continue
			}
			if e.Get("tabIndex").Int() == 0 {
				e.Call("focus", map[string]any{"preventScroll": true})
				return
			}
			near := e.Call("querySelectorAll", "button:not(:disabled, .danger), [tabindex='0'], a[href], select, input, summary")
			for i := range near.Length() {
				if n := near.Index(i); there(n) {
					n.Call("focus", map[string]any{"preventScroll": true})
					return
				}
			}
		}
	}
	return check, func() {
		doc.Call("removeEventListener", "focusin", took)
		doc.Call("removeEventListener", "pointerdown", left, true)
		took.Release()
		left.Release()
	}
}

// ScrollUp puts the page and the reading column at their top.
func ScrollUp() {
	js.Global().Call("scrollTo", 0, 0)
	if e := js.Global().Get("document").Call("querySelector", ".read"); e.Truthy() {
		e.Set("scrollTop", 0)
	}
}

// Scroll brings the element with this id into view.
func Scroll(id string) {
	if e := js.Global().Get("document").Call("getElementById", id); e.Truthy() {
		e.Call("scrollIntoView", map[string]any{"block": "nearest"})
	}
}

// WatchKeys calls take with every key pressed anywhere on the page that nothing nearer has taken, until stop is called; what
// it takes is no longer the browser's.
func WatchKeys(take func(WindowKey) bool) (stop func()) { return hearKeys(take, false) }

// CatchKeys is as WatchKeys, before anything nearer hears of a key. Of a key that is held nobody hears meanwhile: it was meant for
// what was there before.
func CatchKeys(take func(WindowKey) bool) (stop func()) { return hearKeys(take, true) }

func hearKeys(take func(WindowKey) bool, first bool) (stop func()) {
	win := js.Global()
	f := js.FuncOf(func(_ js.Value, args []js.Value) any {
		e := args[0]
		if held := e.Get("repeat").Bool(); held || e.Get("defaultPrevented").Bool() || e.Get("isComposing").Bool() {
			if held && first {
				e.Call("preventDefault")
				e.Call("stopPropagation")
			}
			return nil
		}
		k := WindowKey{Name: e.Get("key").String(), Control: e.Get("ctrlKey").Bool() || e.Get("metaKey").Bool(), Shift: e.Get("shiftKey").Bool(), Alt: e.Get("altKey").Bool()}
		if at := e.Get("target"); at.Truthy() && at.Get("closest").Truthy() {
			k.Typing = at.Call("closest", "input:not([type=radio]):not([type=checkbox]):not([type=range]), textarea, select, [contenteditable=true], dialog").Truthy()
			k.Prompt = k.Typing && at.Call("closest", "#panel-console").Truthy()
			k.Palette = k.Typing && at.Call("closest", "#palette").Truthy()
		}
		k.Idle = e.Get("target").Equal(win.Get("document").Get("body"))
		if take(k) {
			if e.Call("preventDefault"); first {
				e.Call("stopPropagation")
			}
		}
		return nil
	})
	win.Call("addEventListener", "keydown", f, first)
	return func() {
		win.Call("removeEventListener", "keydown", f, first)
		f.Release()
	}
}

// FocusIn moves the focus into the element with this id: to where one types, else to the first thing that can be used.
func FocusIn(id string) {
	e := js.Global().Get("document").Call("getElementById", id)
	if !e.Truthy() {
		return
	}
	for _, what := range [...]string{"[contenteditable=true], textarea", "[tabindex='0'], button, select, input"} {
		if in := e.Call("querySelector", what); in.Truthy() {
			in.Call("focus")
			return
		}
	}
}

// ScrollItem brings the element whose id ends with a number into view.
func ScrollItem(id string, n int) { Scroll(id + strconv.Itoa(n)) }

// ShowDialog opens the dialog with this id over the page and focuses what is in it.
func ShowDialog(id, focus string) {
	if d := js.Global().Get("document").Call("getElementById", id); d.Truthy() {
		if !d.Get("open").Bool() {
			d.Call("showModal")
		}
		Focus(focus)
	}
}

// DialogOpen tells whether the dialog with this id is open.
func DialogOpen(id string) bool {
	d := js.Global().Get("document").Call("getElementById", id)
	return d.Truthy() && d.Get("open").Bool()
}

// CloseDialog closes it; the focus goes back to where it was.
func CloseDialog(id string) {
	if d := js.Global().Get("document").Call("getElementById", id); d.Truthy() && d.Get("open").Bool() {
		d.Call("close")
	}
}

// Path is the path and fragment of the page's address.
func Path() (path, fragment string) {
	l := js.Global().Get("location")
	fragment = l.Get("hash").String()
	if fragment != "" {
		fragment = fragment[1:]
	}
	return l.Get("pathname").String(), fragment
}

// Download hands bytes, in parts, to the learner as a file.
func Download(name, kind string, parts ...[]byte) {
	win := js.Global()
	all := make([]any, len(parts))
	for i, part := range parts {
		bytes := win.Get("Uint8Array").New(len(part))
		js.CopyBytesToJS(bytes, part)
		all[i] = bytes
	}
	blob := win.Get("Blob").New(all, map[string]any{"type": kind})
	hand(name, blob)
}

// hand gives a blob to the learner as a file.
func hand(name string, blob js.Value) {
	win := js.Global()
	url := win.Get("URL").Call("createObjectURL", blob)
	a := win.Get("document").Call("createElement", "a")
	a.Set("href", url)
	a.Set("download", name)
	a.Call("click")
	win.Get("URL").Call("revokeObjectURL", url)
}

// Reload loads the page again.
func Reload() { js.Global().Get("location").Call("reload") }

// Later calls do in the next turn of the event loop, when what was drawn is on the page.
func Later(do func()) {
	var f js.Func
	f = js.FuncOf(func(js.Value, []js.Value) any { f.Release(); do(); return nil })
	js.Global().Call("setTimeout", f, 0)
}
