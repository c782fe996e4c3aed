package view

import (
	"cmp"
	"strconv"
	"strings"

	"github.com/maxence-charriere/go-app/v9/pkg/app"

	"shardlab/app/model"
	"shardlab/wasm/protocol"
)

// A ProducerCard draws a client that writes: what it makes, what of it is taken, what waits.
type ProducerCard struct {
	app.Compo
	Out      *Out
	Box      model.Box
	Small    bool
	Open     bool // its menu is open
	Producer protocol.Producer
}

// Render draws the card.
func (c *ProducerCard) Render() app.UI {
	p := c.Producer
	class := "actor producer"
	if !p.Running {
		class += " stopped"
	}
	if p.Refused > 0 {
		class += " hurt"
	}
	if c.Small {
		class += " small"
	}
	rate := app.Span().Class("actor-rate").Body(app.B().Text(model.Rate(p.Rate)), app.Text(" records/s"))
	if !p.Running {
		rate = app.Span().Class("actor-rate").Text("stopped")
	}
	body := []app.UI{
		app.Button().Type("button").Class("actor-hit").Aria("label", c.words()).OnClick(c.look),
		app.Span().Class("actor-kind").Text(cmp.Or(p.Kind, "Producer")),
		actorName(p.Name, p.Kind, c.Small),
		rate,
	}
	if p.Refused > 0 {
		text := model.Count(p.Refused) + " refused/s"
		if p.Waiting > 0 && !c.Small {
			text += " · " + model.Short(float64(p.Waiting)) + " wait"
		}
		body = append(body, app.Span().Class("actor-note bad").Text(text))
	} else if p.Waiting > 0 && p.Noun == "" {
		body = append(body, app.Span().Class("actor-note").Text(model.Count(p.Waiting)+" wait to be sent again"))
	} else if note := cmp.Or(p.Note, p.Keys); !c.Small && len(p.Parts) == 0 {
		body = append(body, app.Span().Class("actor-note").Title(Attr(note)).Text(note))
	}
	if note := cmp.Or(p.Note, firstPart(p.Parts)); c.Small && p.Kind != "" && p.Refused == 0 && note != "" {
		body = append(body, app.Span().Class("actor-note").Title(Attr(note)).Text(note))
	}
	body = append(body, actorParts(p.Parts, c.Small, c.Box.H)...)
	body = append(body, wireHandle(c.Out, "producer:"+p.Name, model.WireOut), actorMenuButton(p.Name, c.Open, c.toggle))
	if c.Open {
		body = append(body, &Deeds{Out: c.Out, Ref: "producer:" + p.Name, Menu: true, Actions: model.ProducerActions(p)})
	}
	return at(app.Div().Class(class), c.Box).Body(body...)
}

func (c *ProducerCard) words() string {
	p := c.Producer
	kind := cmp.Or(p.Kind, "Producer")
	if !p.Running {
		return kind + " " + p.Name + ", stopped. Inspect"
	}
	s := kind + " " + p.Name + ", " + model.Rate(p.Rate) + " records per second, " + model.Count(p.Accepted) + " taken"
	if p.Refused > 0 {
		s += ", " + model.Count(p.Refused) + " refused"
	}
	if p.Keys != "" {
		s += ", keys: " + p.Keys
	}
	return Attr(s + partWords(p.Parts) + ". Inspect")
}

func (c *ProducerCard) look(ctx app.Context, e app.Event) {
	e.Call("stopPropagation")
	c.Out.Send(ctx, model.Look{Ref: "producer:" + c.Producer.Name})
}

func (c *ProducerCard) toggle(ctx app.Context, e app.Event) {
	e.Call("stopPropagation")
	c.Out.Send(ctx, model.Toggle{Menu: "producer:" + c.Producer.Name})
}

// A ConsumerCard draws a client that reads: how fast, and how far behind it is.
type ConsumerCard struct {
	app.Compo
	Out      *Out
	Box      model.Box
	Small    bool
	Open     bool
	Sign     int // its place on the stage
	Consumer protocol.Consumer
}

// Render draws the card.
func (c *ConsumerCard) Render() app.UI {
	k := c.Consumer
	class := "actor consumer"
	if !k.Running {
		class += " stopped"
	}
	if c.Small {
		class += " small"
	}
	behind := model.Behind(k.Behind) + " behind"
	if len(k.Parts) > 0 && c.Box.W > 0 && (c.Box.W < 170 || k.Behind >= 60_000) { // beside the rate, with a clock in front
		behind = model.Behind(k.Behind)
	}
	level, mark := model.Lag{Behind: k.Behind}.Level(), app.UI(sign(c.Sign, ""))
	if k.Barred && k.Behind == 0 {
		level, behind, mark = "bad", "cannot read", Icon("circle-alert")
	}
	if level == "bad" {
		class += " hurt"
	}
	lag := app.Span().Class("actor-lag "+level).Body(mark, app.Span().Text(behind))
	rate := app.Span().Class("actor-rate").Body(app.B().Text(model.Count(k.Rate)), app.Text(" records/s"))
	if !k.Running {
		rate = app.Span().Class("actor-rate").Text(model.Resting(k))
	} else if c.Small && k.Latency > 0 { // which tells fan-out from polling, and has no line of its own
		rate = app.Span().Class("actor-rate").Body(app.B().Text(model.Count(k.Rate)), app.Text("/s · "+model.Behind(k.Latency)+" from put"))
	}
	body := []app.UI{
		app.Button().Type("button").Class("actor-hit").Aria("label", c.words()).OnClick(c.look),
		app.Span().Class("actor-kind").Text(consumerKind(k)),
		actorName(k.Name, k.Kind, c.Small),
	}
	if len(k.Parts) > 0 && !c.Small { // whose lines need the room
		if k.Running {
			rate = app.Span().Class("actor-rate").Body(app.B().Text(model.Count(k.Rate)), app.Text("/s"))
		}
		body = append(body, app.Span().Class("actor-pace").Body(rate, lag))
	} else {
		body = append(body, rate, lag)
	}
	if k.Note != "" && !c.Small {
		body = append(body, app.Span().Class("actor-note").Title(Attr(k.Note)).Text(k.Note))
	}
	body = append(body, actorParts(k.Parts, c.Small, c.Box.H)...)
	body = append(body, wireHandle(c.Out, model.ConsumerRef(k), model.WireIn))
	if model.WritesOn(k) {
		body = append(body, wireHandle(c.Out, model.ConsumerRef(k), model.WireOut))
	}
	body = append(body, actorMenuButton(k.Name, c.Open, c.toggle))
	if c.Open {
		body = append(body, &Deeds{Out: c.Out, Ref: model.ConsumerRef(k), Menu: true, Actions: model.ConsumerActions(k)})
	}
	return at(app.Div().Class(class), c.Box).Body(body...)
}

// consumerKind is what a consumer is called on the stage.
func consumerKind(k protocol.Consumer) string {
	if k.Kind != "" {
		return k.Kind
	}
	if k.Mode == "FANOUT" {
		return "Fan-out consumer"
	}
	return "Consumer"
}

func (c *ConsumerCard) words() string {
	k := c.Consumer
	if !k.Running {
		return consumerKind(k) + " " + k.Name + ", " + model.Resting(k) + ". Inspect"
	}
	s := consumerKind(k) + " " + k.Name + ", reads " + model.Count(k.Rate) + " records per second, " + model.Behind(k.Behind) + " behind the newest"
	if k.Barred && k.Behind == 0 {
		s = consumerKind(k) + " " + k.Name
	}
	if k.Latency > 0 {
		s += ", " + model.Behind(k.Latency) + " from put to received"
	}
	if k.Note != "" {
		s += ", " + k.Note
	}
	return Attr(s + partWords(k.Parts) + ". Inspect")
}

func (c *ConsumerCard) look(ctx app.Context, e app.Event) {
	e.Call("stopPropagation")
	c.Out.Send(ctx, model.Look{Ref: model.ConsumerRef(c.Consumer)})
}

func (c *ConsumerCard) toggle(ctx app.Context, e app.Event) {
	e.Call("stopPropagation")
	c.Out.Send(ctx, model.Toggle{Menu: "consumer:" + c.Consumer.Name})
}

// actorName is a client's name. A small card has no line for what kind it is of, so it says so behind the name.
func actorName(name, kind string, small bool) app.UI {
	if !small || kind == "" {
		return app.Span().Class("actor-name").Text(name)
	}
	return app.Span().Class("actor-name").Body(app.Text(name), app.Small().Class("actor-tag").Text(kind))
}

// firstPart is what a small card has room to say of the parts.
func firstPart(parts []protocol.Part) string {
	if len(parts) == 0 {
		return ""
	}
	s := parts[0].Name + " " + parts[0].Text
	if len(parts) > 1 {
		s += ", +" + strconv.Itoa(len(parts)-1)
	}
	return s
}

// actorParts draws what a client is made of, a line each: its name, how full it is, its figures. What a card of this height has no room for is counted.
func actorParts(parts []protocol.Part, small bool, high float64) []app.UI {
	if small || len(parts) == 0 {
		return nil
	}
	var rows []app.UI
	shown := model.PartsIn(high)
	for i, p := range parts {
		if i == shown-1 && len(parts) > shown {
			rows = append(rows, app.Span().Class("part more").Text("and "+strconv.Itoa(len(parts)-i)+" more"))
			break
		}
		row := app.Span().Class("part "+p.Level).Title(Attr(p.Name+": "+p.Text)).Body(app.Span().Class("part-name").Text(p.Name), app.Span().Class("part-text").Text(p.Text))
		if p.Fill >= 0 {
			row.Style("--fill", strconv.FormatFloat(min(p.Fill, 1)*100, 'f', 1, 64)+"%")
		}
		rows = append(rows, row)
	}
	return []app.UI{app.Span().Class("actor-parts").Body(rows...)}
}

// partWords tells of the parts to who cannot see them.
func partWords(parts []protocol.Part) string {
	var b strings.Builder
	for _, p := range parts {
		b.WriteString(", " + p.Name + ": " + p.Text)
	}
	return b.String()
}

func actorMenuButton(name string, open bool, toggle app.EventHandler) app.UI {
	return app.Button().Type("button").Class("lane-menu").Aria("label", Attr("What to do with "+name)).Aria("expanded", open).Aria("haspopup", "true").
		Body(Icon("ellipsis")).OnClick(toggle)
}

// Deeds are buttons that do something with a client, or open its form: a menu on its card, a row on its sheet.
type Deeds struct {
	app.Compo
	Out     *Out
	Ref     string // of the client; as a menu it leads to its sheet
	Menu    bool
	Actions []model.Action
}

// Render draws the buttons.
func (d *Deeds) Render() app.UI {
	var items []app.UI
	if d.Menu {
		items = append(items, app.Button().Type("button").Class("menu-item").Body(Icon("search"), app.Text("Inspect")).OnClick(d.look))
	}
	for i, a := range d.Actions {
		class := "btn small quiet"
		if d.Menu {
			class = "menu-item"
		}
		if a.Danger {
			class += " danger"
		}
		items = append(items, app.Button().Type("button").Class(class).DataSet("place", i).Body(Icon(a.Icon), app.Text(a.Text)).OnClick(d.do))
	}
	if d.Menu {
		return app.Div().Class("menu").DataSet("menu", "actor").Body(items...)
	}
	return app.Div().Class("acts").Body(items...)
}

func (d *Deeds) look(ctx app.Context, e app.Event) {
	e.Call("stopPropagation")
	d.Out.Send(ctx, model.Look{Ref: d.Ref})
}

func (d *Deeds) do(ctx app.Context, e app.Event) {
	e.Call("stopPropagation")
	i, err := strconv.Atoi(ctx.JSSrc().Get("dataset").Get("place").String())
	if err != nil || i >= len(d.Actions) {
		return
	}
	if card := ctx.JSSrc().Call("closest", ".actor"); d.Menu && card.Truthy() { // the menu goes: the focus is to come back to what opened it
		card.Call("querySelector", ".lane-menu").Call("focus")
	}
	if a := d.Actions[i]; a.Stage != "" {
		d.Out.Send(ctx, model.ShowStream{Name: a.Stage})
	} else if a.Form.Kind != "" {
		d.Out.Send(ctx, model.OpenForm{Form: a.Form})
	} else {
		d.Out.Send(ctx, a.Press)
	}
}

// An AddCard is the place under the actors where one more can be added.
type AddCard struct {
	app.Compo
	Out    *Out
	Box    model.Box
	What   string // "writer" or "reader"
	Stream string
	First  bool
}

// Render draws the button.
func (a *AddCard) Render() app.UI {
	class := "actor-add"
	if a.First {
		class += " first"
	}
	return at(app.Button().Type("button").Class(class), a.Box).Body(Icon("plus"), app.Span().Text("Add a "+a.What)).OnClick(a.open)
}

func (a *AddCard) open(ctx app.Context, e app.Event) {
	e.Call("stopPropagation")
	a.Out.Send(ctx, model.OpenForm{Form: model.Form{Kind: map[string]string{"writer": "write", "reader": "read"}[a.What], Stream: a.Stream}})
}
