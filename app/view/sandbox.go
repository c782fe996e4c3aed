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

	Shared bool   // somebody shared it
	Of     string // of a shared one: the lesson whose lab it is
	Code   bool   // of a shared one: it brings the code of functions along
}

// SandboxBar says what the sandbox runs and what to look at, and leads to the templates. Picking opens them.
func SandboxBar(now Place, templates []block.Template, picking bool, to Sender) app.UI {
	words := []app.UI{app.Text(now.Blurb)}
	if now.Lesson != "" {
		words = []app.UI{app.Text("The lab of a lesson, yours to try anything in. "), app.A().Href("/lessons/" + now.Lesson).Text("Back to the lesson")}
	}
	if now.Shared {
		words = []app.UI{app.Text("Somebody shared this lab as it stands. It runs in this page alone; your own labs are as you left them.")}
		if now.Code {
			words = append(words, app.Text(" It brings code of functions along, written by whoever shared it: it runs in a sandbox that reaches nothing."))
		}
		if now.Of != "" {
			words = append(words, app.Text(" "), app.A().Href("/lessons/"+now.Of).Text("Its lesson"))
		}
	}
	if len(now.Look) > 0 {
		words = append(words, app.Span().Class("sandbox-look").Body(app.B().Text("Look at this:"), app.Text(" "+strings.Join(now.Look, " "))))
	}
	body := []app.UI{
		app.H1().ID("title").TabIndex(-1).Class("sandbox-title").Body(app.Span().Class("visually-hidden").Text("Lab: "), app.Text(now.Title)),
		app.P().Class("sandbox-words").Body(words...),
		app.A().Class("btn small quiet calc-open").Href("/lab#calculate").Body(Icon("scale"), app.Span().Text("Calculators")),
		app.Button().Type("button").Class("btn small templates-open").Aria("expanded", picking).Aria("haspopup", "dialog").Aria("controls", "templates").Body(Icon("layout-grid"), app.Text("Templates")).
			OnClick(func(ctx app.Context, _ app.Event) { to.Send(ctx, ToggleTemplates{}) }),
	}
	if picking {
		body = append(body, &TemplatePicker{To: to, Templates: templates, Now: now.Start})
	}
	return app.Div().Class("sandbox-bar").Body(body...)
}

// EmbedShell frames a bench that stands in another page: the bench, and a line that leads to where it is kept.
func EmbedShell(now Place, fragment string, bench app.UI) app.UI {
	open := "/lab"
	if fragment != "" {
		open += "#" + fragment
	}
	title := now.Title
	if title == "" {
		title = "Lab"
	}
	return app.Div().Class("app wide embed").Body(
		app.Main().ID("main").TabIndex(-1).Body(
			app.Div().Class("sandbox").Body(
				app.H1().ID("title").TabIndex(-1).Class("visually-hidden").Text("Lab: "+title),
				bench,
			),
			app.P().Class("embed-foot").Body(
				app.A().Class("brand").Href(open).Target("_blank").Rel("noopener").Body(mark(), app.Span().Text("Open in Shardlab")),
				app.Span().Class("soft").Text(title+". What you do here is not kept: open it in Shardlab to keep it.")),
		))
}
