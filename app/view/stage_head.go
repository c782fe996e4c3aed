package view

import (
	"strconv"
	"strings"

	"github.com/maxence-charriere/go-app/v9/pkg/app"

	"shardlab/app/model"
)

// A StageHead says which stream this is, in what state, and how much of it is used.
type StageHead struct {
	app.Compo
	Out     *Out
	Streams []string
	Name    string
	Status  string
	Mode    string
	Hours   int64
	Key     string // the KMS key that encrypts it
	Hose    string // the Firehose stream on the stage; "" when a stream is
	Zones   string // the zones that are not IN_SYNC, each with its state: "us-east-1b LOST"
	Menu    string // "lab" or "change" when one is open
	View    string // what of it the stage shows, as Bench.View
	Seed    int64
	Undo    string // the deeds that undo and redo would take back and put back
	Redo    string
	Zoom    float64 // of the stage; 0 when what it shows cannot be zoomed
}

// Render draws the line above the stage.
func (h *StageHead) Render() app.UI {
	menu := app.Div().Class("menu-anchor lab-menu").Body(
		app.Button().Type("button").Class("btn icon small quiet").Aria("label", "Add a part").Title("Add a part").Aria("haspopup", "dialog").DataSet("form", "part").Body(Icon("plus")).OnClick(h.part),
		&UndoButtons{Out: h.Out, Undo: h.Undo, Redo: h.Redo},
		app.Button().Type("button").Class("btn icon small quiet").Aria("label", "Share this lab").Title("Share this lab").Aria("haspopup", "dialog").Body(Icon("share-2")).OnClick(h.share),
		app.Button().Type("button").Class("btn icon small quiet").Aria("label", "This lab").Title("This lab").Aria("haspopup", "true").Aria("expanded", h.Menu == "lab").
			Body(Icon("ellipsis-vertical")).OnClick(h.toggle),
		app.If(h.Menu == "lab", app.Div().Class("menu").DataSet("menu", "lab").Body(
			app.Button().Type("button").Class("menu-item").Body(Icon("plus"), app.Text("Create a stream…")).DataSet("form", "stream").OnClick(h.form),
			app.Button().Type("button").Class("menu-item").Body(Icon("plus"), app.Text("Create a Firehose stream…")).DataSet("form", "firehose").OnClick(h.form),
			app.Button().Type("button").Class("menu-item").Body(Icon("plus"), app.Text("Create a bucket…")).DataSet("form", "bucket").OnClick(h.form),
			app.Button().Type("button").Class("menu-item").Body(Icon("folder-open"), app.Text("Browse the buckets")).OnClick(h.buckets),
			app.Button().Type("button").Class("menu-item").Title("stage save svg").DataSet("format", "svg").Body(Icon("image-down"), app.Text("Save a picture, SVG")).OnClick(h.still),
			app.Button().Type("button").Class("menu-item").Title("stage save png").DataSet("format", "png").Body(Icon("image-down"), app.Text("Save a picture, PNG")).OnClick(h.still),
			app.Button().Type("button").Class("menu-item").Body(Icon("copy"), app.Text("Copy the lab's log")).OnClick(h.log),
			app.Button().Type("button").Class("menu-item danger").Body(Icon("rotate-ccw"), app.Text("Begin the lab again")).OnClick(h.again),
			app.Button().Type("button").Class("menu-item").Body(Icon("life-buoy"), app.Text("Drill: let the engine crash")).OnClick(h.drill),
			app.P().Class("menu-note").Text("Beginning again goes to the first instant; what was done in it is dropped. Seed "+strconv.FormatInt(h.Seed, 10)+"."))))
	var name app.UI
	if h.View == model.ViewAll {
		return app.Header().Class("stage-head").Body(app.Span().Class("stage-kind").Text("Lab"), app.Span().Class("stage-name").Text("All parts"),
			app.Span().Class("stage-facts").Text(plural(len(h.Streams), "stream")), h.views(), menu)
	}
	if h.Status == "" && len(h.Streams) < 2 {
		return app.Header().Class("stage-head").Body(app.Span().Class("stage-kind").Text("Stream"), app.Span().Class("stage-facts").Text("none yet"), h.views(), menu)
	}
	if len(h.Streams) > 1 {
		options := make([]app.UI, 0, len(h.Streams))
		for _, n := range h.Streams {
			o := app.Option().Value(n).Text(model.StageTitle(n))
			o.Selected(n == h.Name)
			options = append(options, o)
		}
		name = app.Select().Class("stream-pick").Aria("label", "Stream on the stage").Body(options...).OnChange(h.pick)
	} else {
		name = app.Button().Type("button").Class("stage-name").Title("Inspect this stream").Text(strings.TrimPrefix(h.Name, model.FirehosePrefix)).OnClick(h.look)
	}
	if h.Status == "" {
		return app.Header().Class("stage-head").Body(app.Span().Class("stage-kind").Text("Stream"), name, app.Span().Class("stage-facts").Text("not there"), h.views(), menu)
	}
	if h.Hose != "" {
		change := app.Button().Type("button").Class("btn small quiet").Aria("label", "Change").Body(Icon("sliders-horizontal"), app.Span().Text("Change")).DataSet("form", "firehose").OnClick(h.form)
		return app.Header().Class("stage-head").Body(app.Span().Class("stage-kind").Text("Firehose"), name, status(h.Status), h.views(), app.Div().Class("change-menu").Body(change), menu)
	}
	facts := []app.UI{app.Span().Class("stage-kind").Text("Stream"), name, status(h.Status)}
	words := map[bool]string{true: "on-demand", false: "provisioned"}[h.Mode == "ON_DEMAND"] + " · keeps " + model.Hours(h.Hours)
	if h.Key != "" {
		words += " · encrypted"
	}
	if h.Zones != "" {
		facts = append(facts, app.Button().Type("button").Class("zone-flag").Title("Inspect the Availability Zones").Body(Icon("zap-off"), app.Text(h.Zones)).OnClick(h.zones))
	}
	var changes []app.UI
	for _, c := range model.StreamChanges {
		changes = append(changes, app.Button().Type("button").Class("menu-item").Body(Icon(c[0]), app.Text(c[1])).DataSet("form", c[2]).OnClick(h.form))
	}
	changes = append(changes, app.Button().Type("button").Class("menu-item danger").Body(Icon("trash-2"), app.Text("Delete the stream")).OnClick(h.end))
	change := app.Div().Class("menu-anchor change-menu").Body(
		app.Button().Type("button").Class("btn small quiet").Aria("label", "Change").Aria("haspopup", "true").Aria("expanded", h.Menu == "change").
			Body(Icon("sliders-horizontal"), app.Span().Text("Change")).OnClick(h.change),
		app.If(h.Menu == "change", app.Div().Class("menu").DataSet("menu", "change").Body(changes...)))
	facts = append(facts, app.Span().Class("stage-facts").Text(words), h.views(), change, menu)
	return app.Header().Class("stage-head").Body(facts...)
}

// views chooses what the stage shows of the stream, and the whole lab beside it, and how near one looks.
func (h *StageHead) views() app.UI {
	all := [...][3]string{{model.ViewShards, "rows-3", "Shards"}, {model.ViewRing, "circle-dashed", "Ring"}, {model.ViewLineage, "git-fork", "Lineage"}, {model.ViewAll, "workflow", "All"}}
	var body []app.UI
	for _, v := range all {
		if v[0] != model.ViewAll && (h.Hose != "" || h.Status == "") && h.View != model.ViewAll {
			if v[0] != model.ViewShards {
				continue
			}
			v[2] = "Stage"
		}
		command := "stage " + strings.ToLower(v[2])
		body = append(body, app.Button().Type("button").Class("stage-view").Aria("pressed", v[0] == h.View).Aria("label", v[2]).Title(command).DataSet("view", v[0]).
			Body(Icon(v[1]), app.Span().Text(v[2])).OnClick(h.show))
	}
	return app.Div().Class("stage-looks").Body(app.Div().Class("stage-views").Attr("role", "group").Aria("label", "What the stage shows").Body(body...),
		app.If(h.Zoom > 0, &ZoomSteps{Out: h.Out, Zoom: h.Zoom}))
}

func (h *StageHead) still(ctx app.Context, _ app.Event) {
	h.Out.Send(ctx, model.SavePicture{Format: ctx.JSSrc().Get("dataset").Get("format").String()})
}

func (h *StageHead) show(ctx app.Context, e app.Event) {
	e.Call("stopPropagation")
	h.Out.Send(ctx, model.ShowView{View: ctx.JSSrc().Get("dataset").Get("view").String()})
}

// end deletes the stream with its registered consumers. Undo brings it back.
func (h *StageHead) end(ctx app.Context, e app.Event) {
	e.Call("stopPropagation")
	h.Out.Send(ctx, model.DeleteStream(h.Name))
}

func (h *StageHead) pick(ctx app.Context, _ app.Event) {
	h.Out.Send(ctx, model.ShowStream{Name: ctx.JSSrc().Get("value").String()})
}

func (h *StageHead) toggle(ctx app.Context, e app.Event) {
	e.Call("stopPropagation")
	h.Out.Send(ctx, model.Toggle{Menu: "lab"})
}

func (h *StageHead) change(ctx app.Context, e app.Event) {
	e.Call("stopPropagation")
	h.Out.Send(ctx, model.Toggle{Menu: "change"})
}

func (h *StageHead) zones(ctx app.Context, e app.Event) {
	e.Call("stopPropagation")
	h.Out.Send(ctx, model.Look{Ref: "zones:"})
}

// form opens the form that the pressed line of the menu names.
func (h *StageHead) form(ctx app.Context, e app.Event) {
	e.Call("stopPropagation")
	form := model.Form{Kind: ctx.JSSrc().Get("dataset").Get("form").String(), Target: h.Name, Stream: h.Name}
	switch {
	case h.Menu == "lab":
		form.Target, form.Stream = "", ""
	case h.Hose != "":
		form.Target, form.Stream = h.Hose, ""
	}
	h.Out.Send(ctx, model.OpenForm{Form: form})
}

// part opens the form of all that can be added.
func (h *StageHead) part(ctx app.Context, e app.Event) {
	e.Call("stopPropagation")
	h.Out.Send(ctx, model.OpenForm{Form: model.Form{Kind: "part", Stream: h.Name}})
}

func (h *StageHead) buckets(ctx app.Context, _ app.Event) {
	h.Out.Send(ctx, model.Look{Ref: "buckets:"})
}

func (h *StageHead) share(ctx app.Context, e app.Event) {
	e.Call("stopPropagation")
	h.Out.Send(ctx, model.OpenSharing{Tab: "link"})
}

func (h *StageHead) again(ctx app.Context, _ app.Event) { h.Out.Send(ctx, BeginAgain{}) }
func (h *StageHead) drill(ctx app.Context, _ app.Event) { h.Out.Send(ctx, DrillCrash{}) }
func (h *StageHead) log(ctx app.Context, _ app.Event)   { h.Out.Send(ctx, CopyLog{}) }

func (h *StageHead) look(ctx app.Context, _ app.Event) {
	if h.Hose != "" {
		h.Out.Send(ctx, model.Look{Ref: model.FirehosePrefix + h.Hose})
		return
	}
	h.Out.Send(ctx, model.Look{Ref: "stream:" + h.Name})
}

// status draws a stream's status; the passing ones turn, because something goes on.
func status(s string) app.UI {
	words := map[string]string{
		"CREATING": "being created, it takes no records yet",
		"UPDATING": "a change is under way; every shard still takes records",
		"DELETING": "being deleted",
	}[s]
	body := []app.UI{app.Text(s)}
	class := "status ok"
	if words != "" {
		class = "status busy"
		body = []app.UI{app.Span().Class("spinner"), app.Text(s), app.Span().Class("status-why").Text(words)}
	}
	return app.Span().Class(class).Body(body...)
}
