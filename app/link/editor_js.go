//go:build js

package link

import "syscall/js"

// An Editor makes a textarea of the page a place for code: colours, brackets, several lines, undo. CodeMirror is fetched when the
// first one is made and takes the textarea's place when it has come; until then, and when it does not come, the textarea is the
// editor. Nothing else changes: the textarea's value stays the text, and its events tell of it (web/editor/editor.js).
type Editor struct {
	area js.Value
	made js.Value // CodeMirror's side, undefined until it has come
	drop []func()
	flaw func() // said before CodeMirror came
	gone bool
}

// NewEditor makes the textarea with this id an editor. It must be in the page.
func (d *Device) NewEditor(id string, o EditorOptions) *Editor {
	e := &Editor{area: js.Global().Get("document").Call("getElementById", id)}
	if !e.area.Truthy() {
		e.gone = true
		return e
	}
	if o.OnChange != nil {
		e.listen("input", func(js.Value) { o.OnChange(e.Value()) })
	}
	if o.OnKey != nil {
		e.listen("keydown", func(event js.Value) {
			flag := func(name string) bool { return event.Get(name).Bool() }
			if !flag("isComposing") && o.OnKey(Key{event.Get("key").String(), flag("ctrlKey"), flag("shiftKey"), flag("altKey"), flag("metaKey")}) {
				event.Call("preventDefault")
			}
		})
	}
	d.editorScript(func(ok bool) {
		if e.gone {
			return
		}
		if ok {
			e.dress(o)
		}
		if o.OnReady != nil {
			o.OnReady(ok)
		}
	})
	return e
}

func (e *Editor) listen(event string, do func(js.Value)) {
	f := js.FuncOf(func(_ js.Value, args []js.Value) any { do(args[0]); return nil })
	e.area.Call("addEventListener", event, f)
	e.drop = append(e.drop, func() { e.area.Call("removeEventListener", event, f); f.Release() })
}

// dress puts CodeMirror in the textarea's place.
func (e *Editor) dress(o EditorOptions) {
	options := map[string]any{"language": o.Language, "lines": o.Lines}
	if o.Complete != nil {
		f := js.FuncOf(func(_ js.Value, args []js.Value) any {
			text := args[0].String()
			all := []any{}
			for _, c := range o.Complete(text, byteAt(text, args[1].Int())) {
				all = append(all, map[string]any{"label": c.Text, "detail": c.Help})
			}
			return all
		})
		e.drop = append(e.drop, f.Release)
		options["complete"] = f
	}
	e.made = js.Global().Call("shardlabEditor", e.area, options)
	if e.flaw != nil {
		e.flaw()
	}
}

// Value is the text.
func (e *Editor) Value() string {
	if !e.area.Truthy() {
		return ""
	}
	return e.area.Get("value").String()
}

// SetValue changes the text to another, as an edit that can be undone; OnChange does not hear of it. Where the two are alike the
// caret stays.
func (e *Editor) SetValue(text string) {
	if e.area.Truthy() && e.Value() != text {
		e.area.Set("value", text)
	}
}

// Selection is what is selected, in bytes of the text; the caret is both when nothing is.
func (e *Editor) Selection() (from, to int) {
	if !e.area.Truthy() {
		return 0, 0
	}
	text := e.Value()
	return byteAt(text, e.area.Get("selectionStart").Int()), byteAt(text, e.area.Get("selectionEnd").Int())
}

// Select selects from a byte of the text to another and shows it.
func (e *Editor) Select(from, to int) {
	if !e.area.Truthy() {
		return
	}
	text := e.Value()
	from, to = min(max(from, 0), len(text)), min(max(to, 0), len(text))
	e.area.Call("setSelectionRange", unitsOf(text[:from]), unitsOf(text[:to]))
}

// SetFlaw marks what is wrong at a line and column, counted from 1; an empty message takes the mark away. A textarea has no marks,
// so say it beside it too.
func (e *Editor) SetFlaw(line, column int, message string) {
	e.flaw = func() { e.made.Call("flaw", line, column, message) }
	if e.made.Truthy() {
		e.flaw()
	}
}

// Focus puts the keyboard's focus into the editor.
func (e *Editor) Focus() {
	if e.area.Truthy() {
		e.area.Call("focus")
	}
}

// Close gives the textarea back, with the text. It is called before the textarea leaves the page.
func (e *Editor) Close() {
	if e.gone {
		return
	}
	e.gone = true
	if e.made.Truthy() {
		e.made.Call("close")
	}
	for _, drop := range e.drop {
		drop()
	}
}

// editorScript fetches the editor's program once, when the page has nothing better to do, and says whether it is there. After a
// failure the next editor tries again.
func (d *Device) editorScript(done func(ok bool)) {
	const program, fetched = "shardlabEditor", "shardlabEditorScript"
	win := js.Global()
	there := func() bool { return win.Get(program).Truthy() }
	if there() {
		done(true)
		return
	}
	script := win.Get(fetched)
	if !script.Truthy() {
		script = win.Get("document").Call("createElement", "script")
		script.Set("src", d.Asset("editor.js"))
		win.Set(fetched, script)
		begin := func() { win.Get("document").Get("head").Call("append", script) }
		if win.Get("requestIdleCallback").Truthy() {
			idle, _ := once(func(js.Value) { begin() }, nil)
			win.Call("requestIdleCallback", idle, map[string]any{"timeout": 2000})
		} else {
			Later(begin)
		}
	}
	loaded, failed := once(func(js.Value) { done(there()) }, func(js.Value) {
		script.Call("remove")
		win.Set(fetched, js.Null())
		done(false)
	})
	script.Call("addEventListener", "load", loaded)
	script.Call("addEventListener", "error", failed)
}
