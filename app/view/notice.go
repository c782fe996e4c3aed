package view

import (
	"github.com/maxence-charriere/go-app/v9/pkg/app"
)

// A Notice fills a page that cannot show what was asked for: what is, and what to do.
type Notice struct {
	Title string
	Words string
	Retry bool // offer to fetch again
	Lab   bool // offer the lab
	To    Sender
}

// Draw draws the notice.
func (n Notice) Draw() app.UI {
	var deeds []app.UI
	if n.Retry {
		deeds = append(deeds, app.Button().Type("button").Class("btn primary").Body(Icon("rotate-cw"), app.Text("Try again")).
			OnClick(func(ctx app.Context, _ app.Event) { n.To.Send(ctx, TryAgain{}) }))
	}
	if n.Lab {
		deeds = append(deeds, app.A().Class("btn primary").Href("/lab").Body(Icon("flask-conical"), app.Text("Open the lab")))
	}
	deeds = append(deeds, app.A().Class("btn").Href("/").Body(Icon("map"), app.Text("To the course")))
	return app.Section().Class("notice").Body(
		app.H1().ID("title").TabIndex(-1).Text(n.Title),
		app.P().Text(n.Words),
		app.Div().Class("deeds").Body(deeds...),
	)
}

// Note draws a short message beside what it is about. Kind is "", "ok", "warn" or "hot".
func Note(kind, icon string, body ...app.UI) app.UI {
	return app.Div().Class("note "+kind).Body(Icon(icon), app.Div().Body(body...))
}

// LoadingPage stands for a page whose content is on its way.
func LoadingPage(words string) app.UI {
	bar := func(width string) app.UI { return app.Div().Class("bone " + width) }
	return app.Div().Class("skeleton").Aria("busy", "true").Body(
		app.P().Class("visually-hidden").Role("status").Text(words),
		bar("w30"), bar("w70 tall"), bar("w100"), bar("w90"), bar("w60"), bar("w100 block"), bar("w80"), bar("w50"),
	)
}
