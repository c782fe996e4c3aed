package view

import (
	"fmt"
	"math"
	"strconv"

	"github.com/maxence-charriere/go-app/v9/pkg/app"

	"shardlab/app/model"
)

// TimeMarks are the events above the scrubber. The lane is one control: the pointer tells the nearest event, the arrows move
// between events, Enter or a click goes there.
type TimeMarks struct {
	app.Compo
	Out   *Out
	Ready bool
	Marks []model.Mark
	From  int64
	To    int64
	Fork  int64

	at      int64 // the instant of the event that is pointed at
	pointed bool
}

// reachable is how far from an event the pointer may be, in percent of the lane.
const reachable = 2.5

// Render draws the lane.
func (m *TimeMarks) Render() app.UI {
	knots := model.Knots(m.Marks, m.From, m.To)
	if len(knots) == 0 {
		return app.Div().Class("marks")
	}
	here := m.nearest(knots)
	body := make([]app.UI, 0, len(knots)+1)
	for i, k := range knots {
		body = append(body, app.I().Class("tick").DataSet("level", k.Level).DataSet("on", m.pointed && i == here).Style("left", along(k.Place)))
	}
	k := knots[here]
	words := model.Brief(k.At) + " " + k.Text
	if k.More > 0 {
		words += fmt.Sprintf(" And %d more nearby.", k.More)
	}
	if m.pointed {
		body = append(body, app.Span().Class("marks-tip").Style("left", along(k.Place)).Style("transform", "translateX(-"+along(k.Place)+")").Body(
			app.B().Class("num").Text(model.Brief(k.At)), app.Text(words[len(model.Brief(k.At)):])))
	}
	return app.Div().Class("marks").Attr("role", "slider").TabIndex(0).Aria("label", "Events").Aria("valuemin", 1).Aria("valuemax", len(knots)).Aria("valuenow", here+1).
		Aria("valuetext", words).Aria("disabled", !m.Ready).Body(body...).
		OnMouseMove(m.move).On("mouseleave", m.leave).OnFocus(m.focus).OnBlur(m.leave).OnKeyDown(m.key).OnClick(m.press)
}

func along(place float64) string { return strconv.FormatFloat(place, 'f', 2, 64) + "%" }

// nearest is the knot that is pointed at; the last one when none was.
func (m *TimeMarks) nearest(knots []model.Knot) int {
	best := len(knots) - 1
	for i, k := range knots {
		if m.pointed && abs(k.At-m.at) < abs(knots[best].At-m.at) {
			best = i
		}
	}
	return best
}

func abs(n int64) int64 { return max(n, -n) }

// under is the event under the pointer.
func (m *TimeMarks) under(ctx app.Context, e app.Event) (model.Knot, bool) {
	box := ctx.JSSrc().Call("getBoundingClientRect")
	place := 100 * (e.Get("clientX").Float() - box.Get("left").Float()) / max(box.Get("width").Float(), 1)
	var found model.Knot
	best := reachable
	for _, k := range model.Knots(m.Marks, m.From, m.To) {
		if d := math.Abs(k.Place - place); d <= best {
			found, best = k, d
		}
	}
	return found, best < reachable
}

func (m *TimeMarks) move(ctx app.Context, e app.Event) {
	k, ok := m.under(ctx, e)
	m.pointed, m.at = ok, k.At
}

func (m *TimeMarks) leave(ctx app.Context, _ app.Event) { m.pointed = false }

func (m *TimeMarks) focus(ctx app.Context, _ app.Event) {
	if knots := model.Knots(m.Marks, m.From, m.To); len(knots) > 0 {
		m.at = knots[m.nearest(knots)].At
		m.pointed = true
	}
}

func (m *TimeMarks) press(ctx app.Context, e app.Event) {
	if k, ok := m.under(ctx, e); ok && m.Ready {
		m.Out.Send(ctx, model.GoTo{At: k.At})
	}
}

func (m *TimeMarks) key(ctx app.Context, e app.Event) {
	knots := model.Knots(m.Marks, m.From, m.To)
	if len(knots) == 0 {
		return
	}
	here := m.nearest(knots)
	switch e.Get("key").String() {
	case "ArrowLeft", "ArrowDown":
		here--
	case "ArrowRight", "ArrowUp":
		here++
	case "Home":
		here = 0
	case "End":
		here = len(knots) - 1
	case "Enter", " ":
		if e.PreventDefault(); m.Ready {
			m.Out.Send(ctx, model.GoTo{At: knots[here].At})
		}
		e.Call("stopPropagation")
		return
	default:
		return
	}
	e.PreventDefault()
	m.at, m.pointed = knots[min(max(here, 0), len(knots)-1)].At, true
}
