package page

import "github.com/maxence-charriere/go-app/v9/pkg/app"

// typing says whether a key is meant for where something is written, or is the browser's own.
func typing(e app.Event) bool {
	target := e.Get("target")
	return target.Get("isContentEditable").Truthy() || target.Call("closest", "input, select, textarea").Truthy() ||
		e.Get("ctrlKey").Truthy() || e.Get("metaKey").Truthy() || e.Get("altKey").Truthy()
}
