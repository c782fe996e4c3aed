package view

import (
	"strings"

	"github.com/maxence-charriere/go-app/v9/pkg/app"

	"shardlab/lessons/block"
)

// A Place is what the sandbox runs: a template, or a lesson's lab.
type Place struct {
	Start  string
	Lesson string
	Title  string
	Blurb  string
	Look   []string
}

// SandboxBar says what the sandbox runs and what to look at, and leads to the templates. Picking opens them.
func SandboxBar(now Place, templates []block.Template, picking bool, to Sender) app.UI {
	words := []app.UI{app.Text(now.Blurb)}
	if now.Lesson != "" {
		words = []app.UI{app.Text("The lab of a lesson, yours to try anything in. "), app.A().Href("/lessons/" + now.Lesson).Text("Back to the lesson")}
	}
	if len(now.Look) > 0 {
		words = append(words, app.Span().Class("sandbox-look").Body(app.B().Text("Look at this:"), app.Text(" "+strings.Join(now.Look, " "))))
	}
	body := []app.UI{
		app.H1().ID("title").TabIndex(-1).Class("sandbox-title").Body(app.Span().Class("visually-hidden").Text("Lab: "), app.Text(now.Title)),
		app.P().Class("sandbox-words").Body(words...),
		app.Button().Type("button").Class("btn small templates-open").Aria("expanded", picking).Aria("haspopup", "dialog").Aria("controls", "templates").Body(Icon("layout-grid"), app.Text("Templates")).
			OnClick(func(ctx app.Context, _ app.Event) { to.Send(ctx, ToggleTemplates{}) }),
	}
	if picking {
		body = append(body, &TemplatePicker{To: to, Templates: templates, Now: now.Start})
	}
	return app.Div().Class("sandbox-bar").Body(body...)
}
