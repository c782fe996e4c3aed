package view

import (
	"cmp"
	"fmt"
	"math"
	"strconv"

	"github.com/maxence-charriere/go-app/v9/pkg/app"

	"shardlab/app/model"
	"shardlab/wasm/protocol"
)

// NoStream is the stage before there is a stream, with the clients that look for one.
type NoStream struct {
	app.Compo
	Out       *Out
	Form      model.Form
	Name      string // of the stream that clients look for
	Producers []protocol.Producer
	Consumers []protocol.Consumer
}

// command makes the stream that is looked for: with as many shards as what waits to be written needs, and two to look at when
// nobody waits.
func (n *NoStream) command() string {
	shards := 2
	if len(n.Producers)+len(n.Consumers) > 0 {
		rate, bytes := 0.0, 0.0
		for _, p := range n.Producers {
			rate, bytes = rate+p.Rate, bytes+p.Rate*float64(p.Bytes)
		}
		shards = int(math.Ceil(max(rate/1000, bytes/(1<<20), 1)))
	}
	return "aws kinesis create-stream --stream-name " + cmp.Or(n.Name, "trips") + " --shard-count " + strconv.Itoa(shards)
}

// Render says what a stream is for and how one is made.
func (n *NoStream) Render() app.UI {
	words := "A stream is a ring of hash keys cut into shards. Create one, and producers can write to it."
	title := "No stream yet"
	if n.Name != "" {
		title, words = "No stream "+n.Name, "A stream is a ring of hash keys cut into shards. These clients look for "+n.Name+" and find nothing there yet."
	}
	body := []app.UI{
		Raw("svg", "empty-art", emptyArt),
		app.H2().Text(title),
		app.P().Text(words),
	}
	var clients []app.UI
	for _, p := range n.Producers {
		clients = append(clients, n.client("producer:"+p.Name, cmp.Or(p.Kind, "Producer"), p.Name, model.Rate(p.Rate)+" records/s to write", p.Running))
	}
	for _, c := range n.Consumers {
		clients = append(clients, n.client(model.ConsumerRef(c), consumerKind(c), c.Name, "nothing to read", c.Running))
	}
	if len(clients) > 0 {
		body = append(body, app.Ul().Class("empty-clients").Aria("label", "Clients without a stream").Body(clients...))
	}
	body = append(body, app.Div().Class("empty-command").Body(app.Code().Body(commandWords(n.command())...),
		app.Button().Type("button").Class("btn small primary").Body(Icon("play"), app.Text("Run")).OnClick(n.run)))
	if n.Form.Kind == "stream" {
		body = append(body, &FormCard{Out: n.Out, Form: n.Form, Inline: true})
	} else {
		body = append(body, app.Button().Type("button").Class("btn small quiet").Text("Choose a name and shards…").OnClick(n.form))
	}
	return app.Div().Class("empty").Body(body...)
}

// client is a line for a client that looks for the stream; it leads to its sheet.
func (n *NoStream) client(ref, kind, name, words string, running bool) app.UI {
	if !running {
		words = "stopped"
	}
	return app.Li().Body(app.Button().Type("button").Class("empty-client").DataSet("ref", ref).Body(app.Span().Class("actor-kind").Text(kind), app.B().Text(name), app.Span().Class("soft").Text(words)).OnClick(n.look))
}

func (n *NoStream) look(ctx app.Context, _ app.Event) {
	n.Out.Send(ctx, model.Look{Ref: ctx.JSSrc().Get("dataset").Get("ref").String()})
}

func (n *NoStream) run(ctx app.Context, _ app.Event) {
	n.Out.Send(ctx, model.RunLine{Line: n.command()})
}

func (n *NoStream) form(ctx app.Context, _ app.Event) {
	n.Out.Send(ctx, model.OpenForm{Form: model.Form{Kind: "stream", Stream: n.Name}})
}

const emptyArt = `<path d="M3 6h18M3 12h18M3 18h18" stroke-dasharray="1.6 2.2"></path><circle cx="6" cy="6" r="1.3"></circle><circle cx="13" cy="12" r="1.3"></circle><circle cx="9" cy="18" r="1.3"></circle>`

// A Curtain stands in the stage's place while there is no lab to show: it loads, is restored, or has failed.
type Curtain struct {
	app.Compo
	Out     *Out
	Phase   model.Phase
	Words   string // of the loading: "37 %"
	Total   int64
	Trouble model.Trouble
	Alone   bool // no lesson stands beside it
	Framed  bool // in another page
}

// Render draws the state in words.
func (c *Curtain) Render() app.UI {
	switch c.Phase {
	case model.Failed:
		actions := []app.UI{app.Button().Type("button").Class("btn primary").Body(Icon("rotate-ccw"), app.Text("Begin the lab again")).OnClick(c.again)}
		if c.Trouble.Foreign {
			open := app.A().Class("btn primary").Href("/lab").Body(Icon("flask-conical"), app.Text("Open the lab"))
			if c.Framed {
				open = open.Target("_blank").Rel("noopener")
			}
			actions = []app.UI{open}
		} else if c.Trouble.Log == "" && c.Trouble.Detail == "" { // nothing is wrong with the run: the engine itself did not come
			actions = []app.UI{app.Button().Type("button").Class("btn primary").Body(Icon("rotate-ccw"), app.Text("Try again")).OnClick(c.retry)}
		}
		if c.Trouble.Log != "" || c.Trouble.Detail != "" {
			actions = append(actions, app.Button().Type("button").Class("btn").Body(Icon("copy"), app.Text("Copy the log")).OnClick(c.copy))
		}
		body := []app.UI{app.H2().Body(Icon("triangle-alert"), app.Text(c.Trouble.Title)), app.P().Text(c.Trouble.Text), app.P().Class("soft").Text(c.Trouble.Hint)}
		if c.Trouble.Detail != "" {
			body = append(body, app.Details().Body(app.Summary().Text("What the engine said last"), app.Pre().Text(c.Trouble.Detail)))
		}
		if c.Trouble.Seed != 0 {
			body = append(body, app.P().Class("soft mono").Text("seed "+strconv.FormatInt(c.Trouble.Seed, 10)))
		}
		return app.Div().Class("curtain failed").Aria("live", "assertive").Body(append(body, app.Div().Class("row").Body(actions...))...)
	case model.Restoring:
		body := []app.UI{
			app.H2().Body(app.Span().Class("spinner"), app.Text("The engine stopped; restoring the lab")),
			app.P().Text(c.Trouble.Text), app.P().Class("soft").Text(c.Trouble.Hint),
			app.P().Class("soft mono").Text("seed " + strconv.FormatInt(c.Trouble.Seed, 10)),
			app.Div().Class("row").Body(app.Button().Type("button").Class("btn small").Body(Icon("copy"), app.Text("Copy the log")).OnClick(c.copy)),
		}
		return app.Div().Class("curtain").Aria("live", "polite").Body(body...)
	}
	words := "Fetching the stream engine"
	if c.Total > 0 {
		words += ", " + fmt.Sprintf("%.1f MB", float64(c.Total)/1e6)
	}
	if c.Phase == model.Opening {
		words = "Setting the lab up"
	}
	if c.Words != "" && c.Phase == model.Loading {
		words += " · " + c.Words
	}
	return app.Div().Class("curtain loading").Aria("live", "polite").Body(
		app.Div().Class("ghost").Aria("hidden", "true").Body(
			app.I().Class("g-box"), app.Div().Class("g-lanes").Body(app.I(), app.I(), app.I(), app.I()), app.I().Class("g-box")),
		app.P().Class("row").Body(app.Span().Class("spinner"), app.Text(words+" …")),
		app.If(!c.Alone, app.P().Class("soft").Text("The lesson's words are ready to read meanwhile.")),
	)
}

func (c *Curtain) again(ctx app.Context, _ app.Event) { c.Out.Send(ctx, BeginAgain{}) }

func (c *Curtain) retry(ctx app.Context, _ app.Event) { c.Out.Send(ctx, RetryEngine{}) }

func (c *Curtain) copy(ctx app.Context, _ app.Event) {
	c.Out.Copy(ctx, c.Trouble.Title+"\n"+c.Trouble.Text+"\nseed "+strconv.FormatInt(c.Trouble.Seed, 10)+"\n\n"+c.Trouble.Detail+"\n\n"+c.Trouble.Log)
}

// RetryEngine asks the page to start the engine once more and to open the lab where it was left.
type RetryEngine struct{}

// BeginAgain asks the page for a fresh lab without its log.
type BeginAgain struct{}

// CopyLog asks the page to put the whole run on the clipboard.
type CopyLog struct{}

// DrillCrash asks the page to let the engine crash, so that its recovery can be seen: the lab comes back from its log.
type DrillCrash struct{}
