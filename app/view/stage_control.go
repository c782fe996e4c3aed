package view

import (
	"strconv"

	"github.com/maxence-charriere/go-app/v9/pkg/app"

	"shardlab/app/model"
	"shardlab/wasm/protocol"
)

// A ControlCard draws an alarm, with its state and what it watches, or a function that scales, with its bounds and what it did last.
type ControlCard struct {
	app.Compo
	Out     *Out
	Box     model.Box
	Control protocol.Control
	Open    bool // its menu is open
}

// Render draws the card.
func (c *ControlCard) Render() app.UI {
	x := c.Control
	icon, words := Icon("bell"), x.Text
	tag := app.Span().Class("control-state").Text(x.State)
	if model.Scales(x) {
		icon, words = Icon("gauge"), x.Note
		tag = app.Span().Class("control-state plain").Text(x.Text)
	}
	body := []app.UI{
		app.Button().Type("button").Class("actor-hit").Aria("label", Attr(model.ControlWords(x)+". Inspect")).OnClick(c.look),
		app.Span().Class("control-head").Body(icon, app.B().Text(x.Name), tag),
		app.Span().Class("actor-note").Title(Attr(x.Text + ". " + x.Note)).Text(words),
		actorMenuButton(x.Name, c.Open, c.toggle),
	}
	if c.Open {
		body = append(body, &Deeds{Out: c.Out, Ref: x.Ref, Menu: true, Actions: model.ControlActions(x)})
	}
	return at(app.Div().Class("actor small control").DataSet("level", model.ControlLevel(x)), c.Box).Body(body...)
}

func (c *ControlCard) look(ctx app.Context, e app.Event) {
	e.Call("stopPropagation")
	c.Out.Send(ctx, model.Look{Ref: c.Control.Ref})
}

func (c *ControlCard) toggle(ctx app.Context, e app.Event) {
	e.Call("stopPropagation")
	c.Out.Send(ctx, model.Toggle{Menu: c.Control.Ref})
}

// acts says of each control by a letter what it does: "s" scales, "w" watches; an alarm is followed by the places of what it invokes.
func acts(all []protocol.Control) string {
	out := ""
	for _, c := range all {
		if model.Scales(c) {
			out += "s;"
			continue
		}
		out += "w"
		for _, to := range c.Acts {
			for i, o := range all {
				if o.Ref == to {
					out += strconv.Itoa(i)
				}
			}
		}
		out += ";"
	}
	return out
}

// controls draws what joins alarms and functions with the lanes above them and with each other: a dotted line to what is watched, an
// arrow to what is invoked and scaled.
func (w *Wires) controls(watch, act *path) {
	all := w.Layout.Controls
	arrow := func(x, y, dx, dy float64) {
		act.m(x-dx*5-dy*4, y-dy*5-dx*4).l(x, y).l(x-dx*5+dy*4, y-dy*5+dx*4)
	}
	join := func(p *path, b model.Box) (x, up float64) { // from its upper edge, or from its side where another card stands above
		x, up = b.MidX(), all[0].Y-13
		if b.Y > all[0].Y {
			x = b.X - 8
			p.m(b.X, b.MidY()).h(x).v(up)
		} else {
			p.m(x, b.Y).v(up)
		}
		return x, up
	}
	place := 0
	for _, letter := range w.Acts {
		if place >= len(all) {
			return
		}
		b := all[place]
		switch letter {
		case ';':
			place++
		case 'w':
			join(watch, b)
		case 's':
			x, up := join(act, b)
			arrow(x, up, 0, -1)
		default:
			to := all[min(int(letter-'0'), len(all)-1)]
			switch {
			case to.X == b.X:
				act.m(b.X+20, b.Bottom()).v(to.Y)
				arrow(b.X+20, to.Y, 0, 1)
			case to.X > b.X:
				mid := (b.Right() + to.X) / 2
				act.m(b.Right(), b.MidY()).c(mid, b.MidY(), mid, to.MidY(), to.X, to.MidY())
				arrow(to.X, to.MidY(), 1, 0)
			default:
				mid := (b.X + to.Right()) / 2
				act.m(b.X, b.MidY()).c(mid, b.MidY(), mid, to.MidY(), to.Right(), to.MidY())
				arrow(to.Right(), to.MidY(), -1, 0)
			}
		}
	}
}
