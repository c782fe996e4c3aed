package view

import (
	"strconv"

	"github.com/maxence-charriere/go-app/v9/pkg/app"

	"shardlab/app/model"
)

// ScriptID is the field of the scenario's text, which the page makes an editor.
const ScriptID = "scenario-text"

// PickScript lets the learner choose a file.
type PickScript struct{}

// A ScriptPanel is the scenario as a text: the field, what is wrong in it, and what can be done with it.
type ScriptPanel struct {
	app.Compo
	Out    *Out
	Script model.Script
	Ready  bool
}

// Render draws the panel. The field's text is the page's to set.
func (p *ScriptPanel) Render() app.UI {
	s := p.Script
	dirty := s.Dirty()
	apply := app.Button().Type("button").Class("btn small primary").Aria("keyshortcuts", "Control+Enter").Title("Apply (Ctrl+Enter)").Aria("disabled", !dirty || s.Busy || !p.Ready).Text("Apply").OnClick(p.apply)
	if s.Busy {
		apply = apply.Body(app.Span().Class("spinner"), app.Text("Apply"))
	}
	words := "Each line is a command at its instant. What you do on the stage or in the console appears under [you]."
	switch {
	case s.Said != "":
		words = s.Said
	case s.Stale:
		words = "Something was done on the picture since you began to write. Apply takes your text alone, Discard takes the picture's."
	case dirty:
		words = "Not applied yet. Apply opens the lab anew from this text and lives to the same instant."
	}
	var flaws []app.UI
	for _, f := range s.Flaws {
		text := "Line " + strconv.Itoa(f.Line) + ", column " + strconv.Itoa(f.Column)
		flaws = append(flaws, app.Li().Body(app.Button().Type("button").Class("script-flaw").DataSet("line", f.Line).DataSet("column", f.Column).Body(app.B().Text(text), app.Text(" "+f.Message), app.If(f.Hint != "", app.Span().Class("hint").Text(" "+f.Hint))).OnClick(p.show)))
	}
	return app.Div().Class("script").Body(
		app.Div().Class("script-bar").Body(
			apply,
			app.Button().Type("button").Class("btn small quiet").Aria("disabled", !dirty || s.Busy).Text("Discard").OnClick(p.drop),
			app.P().Class("script-words").ID("scenario-words").Aria("live", "polite").Text(words),
			app.Button().Type("button").Class("btn icon small quiet").Aria("label", "Open a scenario from a file").Title("Open a file").Body(Icon("folder-open")).OnClick(p.pick),
			app.Button().Type("button").Class("btn icon small quiet").Aria("label", "Download the scenario as a file").Title("Download").Body(Icon("download")).OnClick(p.save)),
		app.Ul().Class("script-flaws").Aria("label", "What is wrong").Attr("role", "list").Hidden(len(flaws) == 0).Body(flaws...),
		app.Div().Class("script-text").Body(
			app.Textarea().Class("mono").ID(ScriptID).Aria("label", "Scenario").Aria("describedby", "scenario-words").Aria("invalid", len(flaws) > 0).Attr("spellcheck", "false").Attr("autocapitalize", "off").Attr("autocomplete", "off").Attr("wrap", "off")))
}

func (p *ScriptPanel) apply(ctx app.Context, _ app.Event) {
	if p.Script.Dirty() {
		p.Out.Send(ctx, model.ApplyScript{})
	}
}

func (p *ScriptPanel) drop(ctx app.Context, _ app.Event) { p.Out.Send(ctx, model.DropScript{}) }
func (p *ScriptPanel) pick(ctx app.Context, _ app.Event) { p.Out.Send(ctx, PickScript{}) }
func (p *ScriptPanel) save(ctx app.Context, _ app.Event) { p.Out.Send(ctx, model.SaveScript{}) }

func (p *ScriptPanel) show(ctx app.Context, _ app.Event) {
	set := ctx.JSSrc().Get("dataset")
	line, _ := strconv.Atoi(set.Get("line").String())
	column, _ := strconv.Atoi(set.Get("column").String())
	p.Out.Send(ctx, model.ShowFlaw{Line: line, Column: column})
}
