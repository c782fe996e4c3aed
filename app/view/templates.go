package view

import (
	"fmt"
	"strings"

	"github.com/maxence-charriere/go-app/v9/pkg/app"

	"shardlab/app/model"
	"shardlab/lessons/block"
)

// ToggleTemplates opens the picker of templates, or closes it.
type ToggleTemplates struct{}

// A TemplatePicker offers the labs that the sandbox can begin with, each with a picture of its topology.
type TemplatePicker struct {
	app.Compo
	To        Sender
	Templates []block.Template
	Now       string // the slug of the one that runs
}

// OnMount puts the focus on the one that runs.
func (p *TemplatePicker) OnMount(ctx app.Context) {
	ctx.Defer(func(app.Context) {
		for _, which := range [...]string{"[aria-current]", ".template"} {
			if one := p.JSValue().Call("querySelector", which); one.Truthy() {
				one.Call("focus", map[string]any{"preventScroll": true})
				one.Call("scrollIntoView", map[string]any{"block": "nearest"})
				return
			}
		}
	})
}

// Render draws the picker.
func (p *TemplatePicker) Render() app.UI {
	var groups []app.UI
	for i := 0; i < len(p.Templates); {
		group := p.Templates[i].Group
		var cards []app.UI
		for ; i < len(p.Templates) && p.Templates[i].Group == group; i++ {
			cards = append(cards, p.card(p.Templates[i]))
		}
		id := "group-" + strings.ToLower(group)
		groups = append(groups, app.Section().Class("template-group").Aria("labelledby", id).Body(app.H3().ID(id).Text(group), app.Ul().Body(cards...)))
	}
	return app.Div().Class("templates").ID("templates").Attr("role", "dialog").Aria("label", "Templates").OnKeyDown(p.key).Body(
		app.Div().Class("templates-head").Body(
			app.Div().Body(app.H2().Text("Start from a template"), app.P().Class("soft").Text("Each is a whole pipeline that runs. What you do in it is kept on this device, and “Begin the lab again” brings it back as it was.")),
			app.Button().Type("button").Class("btn icon small quiet").Aria("label", "Close the templates").Body(Icon("x")).OnClick(p.close)),
		app.Div().Class("templates-body").Body(append(groups, app.P().Class("soft").Role("status").Hidden(len(groups) > 0).Text("The templates are on their way. Without a network they come when it is there again."))...))
}

func (p *TemplatePicker) card(t block.Template) app.UI {
	topology := model.TopologyOf(t.Lab)
	a := app.A().Class("template").Href("/lab#start=" + t.Slug).OnClick(p.pick)
	if t.Slug == p.Now {
		a = a.Aria("current", "true")
	}
	return app.Li().Body(a.Body(Picture(topology), app.Span().Class("template-title").Text(t.Title), app.Span().Class("template-blurb").Text(t.Blurb),
		app.Span().Class("visually-hidden").Text(" Parts: "+topology.Words()+".")))
}

// pick closes the picker when the one that runs is chosen; the address changes with any other, and the page with it.
func (p *TemplatePicker) pick(ctx app.Context, e app.Event) {
	if e.Get("ctrlKey").Bool() || e.Get("metaKey").Bool() || e.Get("shiftKey").Bool() { // a tab of its own
		return
	}
	p.To.Send(ctx, ToggleTemplates{})
}

func (p *TemplatePicker) close(ctx app.Context, _ app.Event) { p.To.Send(ctx, ToggleTemplates{}) }

// key closes with Escape, and moves with the arrows from card to card.
func (p *TemplatePicker) key(ctx app.Context, e app.Event) {
	switch key := e.Get("key").String(); key {
	case "Escape":
		e.Call("stopPropagation")
		p.To.Send(ctx, ToggleTemplates{})
	case "ArrowRight", "ArrowDown", "ArrowLeft", "ArrowUp", "Home", "End":
		cards := p.JSValue().Call("querySelectorAll", ".template")
		now, n := app.Window().Get("document").Get("activeElement"), cards.Length()
		at := -1
		for i := range n {
			if cards.Index(i).Equal(now) {
				at = i
			}
		}
		if at < 0 || n == 0 {
			return
		}
		e.PreventDefault()
		to := map[string]int{"ArrowRight": at + 1, "ArrowLeft": at - 1, "Home": 0, "End": n - 1}
		next, ok := to[key]
		if !ok {
			next = rowStep(cards, at, key == "ArrowDown")
		}
		cards.Index(min(max(next, 0), n-1)).Call("focus")
	}
}

// rowStep is the card above or below one on the screen: the nearest in the next row that has one.
func rowStep(cards app.Value, at int, down bool) int {
	box := func(i int) (x, y float64) {
		r := cards.Index(i).Call("getBoundingClientRect")
		return r.Get("left").Float(), r.Get("top").Float()
	}
	x, y := box(at)
	best, bestY, bestX := at, 0.0, 0.0
	for i := range cards.Length() {
		cx, cy := box(i)
		far := cy - y
		if !down {
			far = -far
		}
		if far < 8 {
			continue
		}
		off := max(cx-x, x-cx)
		if best == at || far < bestY-8 || far < bestY+8 && off < bestX {
			best, bestY, bestX = i, far, off
		}
	}
	return best
}

// Sizes of a picture of a topology, in its own units.
const (
	pictureWide, pictureHigh = 240.0, 104.0
	pictureEdge              = 22.0
)

// Picture draws a topology as a small picture: writers left, what they lead to right of them. It is decoration, the words stand beside
// it.
func Picture(t model.Topology) app.UI {
	var b strings.Builder
	at := func(n model.Node) (x, y float64) {
		x = pictureWide / 2
		if t.Columns > 1 {
			x = pictureEdge + float64(n.Column)*(pictureWide-2*pictureEdge)/float64(t.Columns-1)
		}
		step := min(30, (pictureHigh-16)/float64(max(n.Height, 1)))
		return x, pictureHigh/2 + (float64(n.Row)-float64(n.Height-1)/2)*step
	}
	for _, e := range t.Edges {
		x1, y1 := at(t.Nodes[e.From])
		x2, y2 := at(t.Nodes[e.To])
		fmt.Fprintf(&b, `<path class="way" d="M%.1f %.1fC%.1f %.1f %.1f %.1f %.1f %.1f"/>`, x1, y1, (x1+x2)/2, y1, (x1+x2)/2, y2, x2, y2)
	}
	for _, n := range t.Nodes {
		x, y := at(n)
		switch n.Kind {
		case model.NodeWriter:
			fmt.Fprintf(&b, `<circle class="writer" cx="%.1f" cy="%.1f" r="7"/>`, x, y)
		case model.NodeStream:
			high := min(26, (pictureHigh-16)/float64(max(n.Height, 1))-6)
			if n.Height == 1 {
				high = min(64, 16+10*float64(max(n.Count, 3)))
			}
			fmt.Fprintf(&b, `<rect class="stream" x="%.1f" y="%.1f" width="32" height="%.1f" rx="4"/>`, x-16, y-high/2, high)
			lanes := min(max(n.Count, 1), 8)
			for i := 1; i < lanes; i++ {
				fmt.Fprintf(&b, `<path class="lane" d="M%.1f %.1fh32"/>`, x-16, y-high/2+high*float64(i)/float64(lanes))
			}
		case model.NodeFirehose:
			fmt.Fprintf(&b, `<path class="hose" d="M%.1f %.1fh22v10a6 6 0 0 1-6 6h-10a6 6 0 0 1-6-6z"/><path class="fill" d="M%.1f %.1fh22"/>`, x-11, y-8, x-11, y)
		case model.NodePlace:
			fmt.Fprintf(&b, `<path class="place" d="M%.1f %.1fa9 3.5 0 0 1 18 0v11a9 3.5 0 0 1-18 0zm0 0a9 3.5 0 0 0 18 0"/>`, x-9, y-6)
		case model.NodeControl:
			fmt.Fprintf(&b, `<path class="control" d="M%.1f %.1fl8 8-8 8-8-8z"/>`, x, y-8)
		default:
			fmt.Fprintf(&b, `<rect class="reader" x="%.1f" y="%.1f" width="14" height="14" rx="3"/>`, x-7, y-7)
		}
	}
	if len(t.Nodes) == 0 {
		fmt.Fprintf(&b, `<rect class="none" x="%.1f" y="%.1f" width="48" height="40" rx="6"/><path class="plus" d="M%.1f %.1fv16m-8-8h16"/>`, pictureWide/2-24, pictureHigh/2-20, pictureWide/2, pictureHigh/2-8)
	}
	return Raw("span", "template-picture", `<svg viewBox="0 0 240 104" aria-hidden="true" focusable="false">`+b.String()+"</svg>")
}
