package view

import (
	"github.com/maxence-charriere/go-app/v9/pkg/app"

	"shardlab/app/model"
)

// Diagnosis is the body of the operation that states a cause.
type Diagnosis struct {
	Cause    string
	Evidence string `json:",omitempty"`
}

// pager draws the message with which an incident begins.
func pager(in *model.Incident) app.UI {
	return app.Section().Class("pager").Aria("label", "Pager").Body(
		app.P().Class("pager-head").Body(Icon("siren"), app.B().Text(in.Severity), app.Span().Text("since "+in.Since)),
		app.P().Class("pager-title").Text(in.Title),
		app.P().Class("pager-words").Text(in.Words))
}

// diagnosis draws the causes, what is selected as their proof, the button that states one, and what came of it.
func (t *Task) diagnosis() app.UI {
	name := "cause-" + t.Block
	all := []app.UI{app.Legend().Class("cause-words").Text("What is the cause?")}
	for _, c := range t.Incident.Causes {
		id, state := c.ID, ""
		if id == t.Cause {
			state = "chosen"
		}
		all = append(all, app.Div().Class("option").DataSet("state", state).Body(app.Label().For(name+"-"+id).Body(
			app.Input().Type("radio").ID(name+"-"+id).Name(name).Checked(id == t.Cause).
				OnChange(func(ctx app.Context, _ app.Event) { t.To.Send(ctx, model.MarkCause{ID: id}) }, id),
			app.Span().Class("option-text").Text(c.Text))))
	}
	proof := []app.UI{app.Span().Class("soft").Text("Proof: "), app.Span().Class("soft").Text("nothing is selected in the lab")}
	if t.Proof.Ref != "" {
		ref := t.Proof.Ref
		words := t.Proof.Title
		if t.Proof.Kind != "" {
			words = t.Proof.Kind + " " + words
		}
		proof = []app.UI{app.Span().Class("soft").Text("Proof: "), app.Button().Type("button").Class("evidence").Title(Attr(ref)).Text(words).
			OnClick(func(ctx app.Context, _ app.Event) { t.To.Send(ctx, ShowEvidence{ref}) }, ref)}
	}
	return app.Div().Class("diagnosis").Body(
		app.FieldSet().Body(all...),
		app.P().Class("proof").Aria("live", "polite").Body(proof...),
		app.P().Class("aside").Text("A shard, a record, a client, a worker, a lease or a metric: what is open in the inspector is your proof. The names of the charts open theirs."),
		app.Div().Class("deeds").Body(app.Button().Type("button").Class("btn primary").Disabled(t.Cause == "" || t.Lab != "ready").Body(Icon("gavel"), app.Text("State the cause")).
			OnClick(func(ctx app.Context, _ app.Event) { t.To.Send(ctx, model.StateCause{}) })),
		app.Div().Class("result").Aria("live", "polite").Body(t.said()...))
}

// said is what came of the latest statement, with what was pointed at.
func (t *Task) said() []app.UI {
	if t.Said.Message == "" {
		return nil
	}
	kind, icon := "", "circle-dashed"
	if t.Said.Met {
		kind, icon = "ok", "circle-check"
	}
	words := []app.UI{app.Text(t.Said.Message)}
	if ref := t.Said.Evidence; ref != "" {
		words = append(words, app.Text(" "), app.Button().Type("button").Class("evidence").Text("Look").Aria("label", "Look at the evidence in the lab").
			OnClick(func(ctx app.Context, _ app.Event) { t.To.Send(ctx, ShowEvidence{ref}) }, ref))
	}
	return []app.UI{Note(kind, icon, words...)}
}
