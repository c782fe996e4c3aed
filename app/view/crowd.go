package view

import (
	"strconv"
	"strings"

	"github.com/maxence-charriere/go-app/v9/pkg/app"

	"shardlab/app/model"
	"shardlab/wasm/protocol"
)

// A CrowdCard stands for the clients of a side that have no card of their own. Its menu leads to each of them.
type CrowdCard struct {
	app.Compo
	Out   *Out
	Box   model.Box
	What  string // "writer" or "reader"
	Names []string
	Refs  []string
	Rate  float64 // records a second, of all
	Note  string
	Hurt  bool // one of them is in trouble, as the note says
	Open  bool
}

func crowdOfProducers(out *Out, box model.Box, all []protocol.Producer, menu string) *CrowdCard {
	c := &CrowdCard{Out: out, Box: box, What: "writer"}
	refused, stopped := 0.0, 0
	for _, p := range all {
		c.add("producer:", p.Name, p.Rate)
		refused += p.Refused
		if !p.Running {
			stopped++
		}
	}
	switch {
	case refused > 0:
		c.Hurt, c.Note = true, model.Count(refused)+" refused/s"
	case stopped > 0:
		c.Note = strconv.Itoa(stopped) + " stopped"
	}
	c.Open = menu == c.menu()
	return c
}

func crowdOfConsumers(out *Out, box model.Box, all []protocol.Consumer, menu string) *CrowdCard {
	c := &CrowdCard{Out: out, Box: box, What: "reader"}
	var last int64
	barred := false
	for _, k := range all {
		c.add(strings.TrimSuffix(model.ConsumerRef(k), k.Name), k.Name, k.Rate)
		last = max(last, k.Behind)
		barred = barred || k.Barred
	}
	c.Note, c.Hurt = "the last "+model.Behind(last)+" behind", barred || last >= model.LateMillis
	if barred {
		c.Note = "one cannot read"
	}
	c.Open = menu == c.menu()
	return c
}

func (c *CrowdCard) add(kind, name string, rate float64) {
	c.Names, c.Refs, c.Rate = append(c.Names, name), append(c.Refs, kind+name), c.Rate+rate
}

func (c *CrowdCard) menu() string { return "crowd:" + c.What }

func (c *CrowdCard) title() string { return strconv.Itoa(len(c.Names)) + " more " + c.What + "s" }

// Render draws the card, with its menu when that is open.
func (c *CrowdCard) Render() app.UI {
	class := "actor small crowd producer"
	if c.What == "reader" {
		class = "actor small crowd consumer"
	}
	note := "actor-note"
	if c.Hurt {
		class, note = class+" hurt", note+" bad"
	}
	body := []app.UI{
		app.Button().Type("button").Class("actor-hit").Aria("label", c.title()+", "+model.Count(c.Rate)+" records per second. "+c.Note+". Show their names").
			Aria("expanded", c.Open).Aria("haspopup", "true").OnClick(c.toggle),
		app.Span().Class("actor-name").Text(c.title()),
		app.Span().Class("actor-rate").Body(app.B().Text(model.Count(c.Rate)), app.Text(" records/s")),
		app.Span().Class(note).Text(c.Note),
	}
	if c.Open {
		items := make([]app.UI, len(c.Names))
		for i, name := range c.Names {
			items[i] = &crowdItem{Out: c.Out, Name: name, Ref: c.Refs[i]}
		}
		body = append(body, app.Div().Class("menu").DataSet("menu", "crowd").Body(items...))
	}
	return at(app.Div().Class(class), c.Box).Body(body...)
}

func (c *CrowdCard) toggle(ctx app.Context, e app.Event) {
	e.Call("stopPropagation")
	c.Out.Send(ctx, model.Toggle{Menu: c.menu()})
}

// A crowdItem is one client of a crowd.
type crowdItem struct {
	app.Compo
	Out       *Out
	Name, Ref string
}

// Render draws its line of the menu.
func (i *crowdItem) Render() app.UI {
	return app.Button().Type("button").Class("menu-item").Body(Icon("search"), app.Text(i.Name)).OnClick(i.look)
}

func (i *crowdItem) look(ctx app.Context, e app.Event) {
	e.Call("stopPropagation")
	i.Out.Send(ctx, model.Look{Ref: i.Ref})
}
