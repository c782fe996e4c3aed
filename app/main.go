// Command app is the page: it puts the routes in their places and hands over to the browser. Compiled for GOOS=js it is
// web/app.wasm; the server draws the same pages through app/page.
package main

import (
	"github.com/maxence-charriere/go-app/v9/pkg/app"

	"shardlab/app/link"
	"shardlab/app/page"
)

func main() {
	page.Routes(link.Open())
	app.RunWhenOnBrowser()
}
