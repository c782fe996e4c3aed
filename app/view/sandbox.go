package view

import (
	"github.com/maxence-charriere/go-app/v9/pkg/app"
)

// A Place is what the sandbox runs: a starting point, or a lesson's lab.
type Place struct {
	Start  string
	Lesson string
	Title  string
	Blurb  string
}

// SandboxBar names what the sandbox runs and offers the starting points.
func SandboxBar(now Place, starts []Place) app.UI {
	tabs := make([]app.UI, 0, len(starts)+1)
	if now.Lesson != "" {
		tabs = append(tabs, app.A().Class("start").Href("/lab#lab="+now.Lesson).Aria("current", "true").Text(now.Title))
	}
	for _, s := range starts {
		a := app.A().Class("start").Href("/lab#start=" + s.Start).Title(s.Blurb).Text(s.Title)
		if s.Start == now.Start {
			a = a.Aria("current", "true")
		}
		tabs = append(tabs, a)
	}
	words := app.P().Class("sandbox-words").Text(now.Blurb)
	if now.Lesson != "" {
		words = app.P().Class("sandbox-words").Body(
			app.Text("The lab of a lesson, yours to try anything in. "), app.A().Href("/lessons/"+now.Lesson).Text("Back to the lesson"))
	}
	return app.Div().Class("sandbox-bar").Body(
		app.H1().ID("title").TabIndex(-1).Class("visually-hidden").Text("Lab: "+now.Title),
		app.Nav().Class("starts").Aria("label", "Starting points").Body(tabs...),
		words,
	)
}
