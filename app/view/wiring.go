package view

import (
	"strings"

	"github.com/maxence-charriere/go-app/v9/pkg/app"

	"shardlab/app/model"
)

// wireHandle is where a wire begins: it is dragged to what is to be connected, or pressed for a list.
func wireHandle(out *Out, from, end string) app.UI {
	_, name, _ := strings.Cut(from, ":")
	class, words := "wire-handle", "Connect "+name+" to…"
	if end == model.WireIn {
		class, words = class+" in", "Let "+name+" read…"
	}
	return app.Button().Type("button").Class(class).DataSet("wire", end).DataSet("from", Attr(from)).Aria("label", Attr(words)).Aria("haspopup", "dialog").Title(Attr(words+" Drag it there")).
		Body(Icon("cable")).OnClick(func(ctx app.Context, e app.Event) {
		e.Call("stopPropagation")
		out.Send(ctx, model.OpenForm{Form: model.ConnectForm(from, end)})
	}, from+end)
}

// A WireTray shows what a wire that is being drawn may be let go over, and what would come of it.
type WireTray struct {
	app.Compo
	Wiring model.Wiring
	Joints []model.Joint
	Placed string // refs of those that stand on the stage and take it there, with a space on each side
}

// Render draws it.
func (t *WireTray) Render() app.UI {
	_, name, _ := strings.Cut(t.Wiring.From, ":")
	words, level := name+": let go over what it is to write to", ""
	if t.Wiring.End == model.WireIn {
		words = name + ": let go over what it is to read"
	}
	chips := make([]app.UI, 0, len(t.Joints))
	for _, j := range t.Joints {
		if j.Ref == t.Wiring.Over {
			words, level = model.JointWords(t.Wiring, j)
		}
		if strings.Contains(t.Placed, " "+j.Ref+" ") {
			continue
		}
		chips = append(chips, app.Li().Class(jointClass("wire-to", j, t.Wiring)).DataSet("drop", Attr(j.Ref)).Body(Icon(j.Icon), app.Span().Body(app.Small().Text(j.Kind), app.B().Text(j.Name))))
	}
	class := "wire-tray"
	if t.Wiring.Low { // the tray is never where the wire comes from
		class += " high"
	}
	return app.Div().Class(class).Attr("role", "status").Body(app.P().DataSet("level", level).Text(words+"."), app.Ul().Body(chips...))
}

// jointClass says whether a joint takes the wire, has it, or refuses it, and whether the wire is held over it.
func jointClass(class string, j model.Joint, w model.Wiring) string {
	switch {
	case j.Now:
		class += " has"
	case j.Flaw != "":
		class += " refuses"
	default:
		class += " takes"
	}
	if j.Ref == w.Over {
		class += " over"
	}
	return class
}

// joints lists what may be connected, for who does not drag.
func (f *FormCard) joints() []app.UI {
	rows := make([]app.UI, 0, len(f.Joints))
	for _, j := range f.Joints {
		words, _ := model.JointWords(model.Wiring{From: f.Form.Target, End: f.Form.Of}, j)
		pick := app.Button().Type("button").Class("form-pick").DataSet("to", Attr(j.Ref)).Aria("disabled", j.Flaw != "" || j.Now).
			Body(Icon(j.Icon), app.B().Text(j.Kind+" "+j.Name), app.Span().Text(words+".")).OnClick(f.connect)
		rows = append(rows, app.Li().Body(pick))
	}
	if len(rows) == 0 {
		return []app.UI{app.P().Class("soft").Text("There is nothing that it could be connected to. Create a stream first."), app.Div().Class("row").Body(f.cancel())}
	}
	return []app.UI{app.Ul().Class("form-picks").Body(rows...), app.Div().Class("row").Body(f.cancel())}
}

func (f *FormCard) connect(ctx app.Context, _ app.Event) {
	if ctx.JSSrc().Get("ariaDisabled").String() == "true" { // its words say why, and the others can still be chosen
		return
	}
	f.Out.Send(ctx, model.Connect{From: f.Form.Target, End: f.Form.Of, To: ctx.JSSrc().Get("dataset").Get("to").String()})
}
