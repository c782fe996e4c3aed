package page

import (
	"strings"

	"github.com/maxence-charriere/go-app/v9/pkg/app"

	"shardlab/app/model"
)

// watchUndo listens for the keys of undo and redo on the whole page, because after a press on the stage nothing has the focus. Text
// fields keep their own.
func (b *Bench) watchUndo(ctx app.Context) (drop func()) {
	return app.Window().AddEventListener("keydown", func(_ app.Context, e app.Event) {
		key := strings.ToLower(e.Get("key").String())
		again := key == "y" || key == "z" && e.Get("shiftKey").Bool()
		if !(e.Get("ctrlKey").Bool() || e.Get("metaKey").Bool()) || e.Get("altKey").Bool() || key != "z" && key != "y" || e.Get("defaultPrevented").Bool() || typesIn(e.Get("target")) {
			return
		}
		e.PreventDefault()
		ctx.Dispatch(func(app.Context) {
			if again {
				b.update(model.PressRedo{})
			} else {
				b.update(model.PressUndo{})
			}
		})
	})
}

// typesIn says whether an element takes text.
func typesIn(el app.Value) bool {
	if !el.Truthy() || !el.Get("closest").Truthy() {
		return false
	}
	return el.Call("closest", "input:not([type=checkbox]):not([type=radio]):not([type=button]), textarea, select, [contenteditable=true], [contenteditable='']").Truthy()
}
