package view

import (
	"math"
	"strconv"
	"strings"

	"github.com/maxence-charriere/go-app/v9/pkg/app"

	"shardlab/app/model"
	"shardlab/wasm/protocol"
)

// A Lane draws one shard: its name and range, the limits of its current second, and room for its records to slide through.
type Lane struct {
	app.Compo
	Out      *Out
	Lane     model.Lane
	Shard    protocol.Shard
	Stream   string
	Active   bool // the stream can be resharded now
	Upright  bool
	Still    bool
	Open     bool   // its menu is open
	Left     string // the open neighbours it can be merged with
	Right    string
	Children string      // of a closed shard
	Lags     []model.Lag // of its readers
	Span     float64     // milliseconds that the lane shows
}

// Render draws the lane in the mode it has room for.
func (l *Lane) Render() app.UI {
	sh := l.Shard
	if sh.ID == "" { // too far from what is seen
		return app.Div().Class("lane away")
	}
	class := "lane " + string(l.Lane.Mode)
	if sh.Refused > 0 {
		class += " hot"
	}
	short := strconv.Itoa(l.Lane.Number)
	parts := []app.UI{
		app.Button().Type("button").Class("lane-hit").Aria("label", l.words()).Title(sh.ID).OnClick(l.look),
	}
	slowest := model.Slowest(l.Lags)
	if !l.Lane.Open {
		parts = append(parts, app.Span().Class("lane-closed").Body(
			app.Span().Class("mono").Text("shard "+short), app.Text(" closed · "+l.left(l.Lane.Box.W < 420)), lagFlag(slowest, l.Lane.Box.W, 420)))
		return at(app.Div().Class(class), l.Lane.Box).Body(parts...)
	}
	records := Meter{Used: sh.Records, Limit: sh.RecordLimit, Kind: "records", Slim: l.Lane.Mode != model.Roomy}
	bytes := Meter{Used: sh.Bytes, Limit: sh.ByteLimit, Kind: "bytes", Slim: l.Lane.Mode != model.Roomy}
	byBytes := strings.Contains(sh.RefusedWhy, "B/s")
	if sh.Refused > 0 && byBytes {
		bytes.Over = max(float64(sh.Refused)/math.Max(sh.Records+float64(sh.Refused), 1)*sh.ByteLimit, sh.ByteLimit*.04)
	} else {
		records.Over = float64(sh.Refused)
	}
	records.Tight = l.Lane.Mode == model.Row || l.Lane.Mode == model.Slim || l.Lane.Box.W < 330
	bytes.Tight = records.Tight
	near := &records
	if sh.ByteLimit > 0 && sh.RecordLimit > 0 && (sh.Bytes/sh.ByteLimit > sh.Records/sh.RecordLimit || bytes.Over > 0) {
		near = &bytes
	}
	near.Near = true
	out := readMeter(sh)
	out.Slim = l.Lane.Mode != model.Roomy
	menu := app.Button().Type("button").Class("lane-menu").Aria("label", "What to do with "+sh.ID).Aria("expanded", l.Open).Aria("haspopup", "true").Body(Icon("ellipsis")).OnClick(l.toggle)
	var flag app.UI
	if sh.Refused > 0 {
		flag = app.Span().Class("flag").Body(app.Span().Class("flag-limit").Text(sh.RefusedWhy+" reached"), app.Span().Text(model.Count(sh.Refused)+" refused"))
	}
	room := l.Lane.Box.W // for words of lag
	if flag != nil && room < 400 {
		room = 0
	}
	reads := app.If(sh.ReadsRefused > 0, app.Span().Class("flag reads").Text(plural(int(sh.ReadsRefused), "read")+" refused"))
	still := app.If(l.Still, app.Span().Class("lane-still").Text(model.Count(sh.Records)+" taken, "+model.Count(sh.Refused)+" refused in the last second · "+model.Count(sh.Held)+" held"))
	switch l.Lane.Mode {
	case model.Roomy:
		name := sh.ID
		if l.Lane.Box.W < 330 {
			name = "shard " + short
		}
		head := []app.UI{app.Span().Class("lane-id mono").Text(name), lagFlag(slowest, room, 480)}
		if flag == nil {
			head = append(head, app.Span().Class("lane-range mono").Text(model.Range(l.Lane.From, l.Lane.To)))
		} else {
			head = append(head, flag)
		}
		parts = append(parts,
			app.Div().Class("lane-head").Body(append(head, reads, menu)...),
			app.Div().Class("lane-body").Body(still),
			l.lags(l.Lags),
			app.Div().Class("lane-foot").Body(records.draw(), bytes.draw(), app.If(l.Lane.Box.W >= 560, out.draw())))
	case model.Mid:
		name := "shard " + short
		late := slowest.Level() != "good"
		head := []app.UI{app.Span().Class("lane-id mono").Text(name), lagFlag(slowest, room, 560)}
		if flag != nil {
			head = append(head, flag)
			if l.Lane.Box.W > 480 {
				head = append(head, near.draw())
			}
		} else if l.Lane.Box.W > 460 && (!late || l.Lane.Box.W >= 900) {
			head = append(head, records.draw(), bytes.draw(), app.If(l.Lane.Box.W >= 640, out.draw()))
		} else if late && l.Lane.Box.W >= 640 { // its words stand where the other budget stood
			head = append(head, near.draw(), out.draw())
		} else {
			head = append(head, near.draw())
		}
		parts = append(parts,
			app.Div().Class("lane-head").Body(append(head, reads, menu)...),
			app.Div().Class("lane-body").Body(still),
			l.lags(l.Lags))
	default:
		figure := near.draw()
		if sh.Refused > 0 {
			text := model.Short(float64(sh.Refused)) + " refused"
			if l.Lane.Box.W < 420 {
				text = "✕ " + model.Short(float64(sh.Refused))
			}
			figure = app.Span().Class("lane-refused").Text(text)
		}
		parts = append(parts,
			app.Span().Class("lane-id mono").Text(short),
			app.Div().Class("lane-body").Style("left", px(l.Lane.Body.X-l.Lane.Box.X)).Style("width", px(l.Lane.Body.W)),
			l.lags(l.Lags),
			app.Div().Class("lane-figure").Style("width", px(l.Lane.Box.Right()-l.Lane.Body.Right())).Body(figure, menu))
	}
	if l.Open {
		parts = append(parts, l.menu())
	}
	return at(app.Div().Class(class), l.Lane.Box).Body(parts...)
}

// readMeter is of the read budget that is nearer to its end: bytes, or calls.
func readMeter(sh protocol.Shard) Meter {
	m := Meter{Used: sh.ReadBytes, Limit: sh.ReadByteLimit, Kind: "reads"}
	if share(float64(sh.Reads), float64(sh.ReadLimit)) > share(sh.ReadBytes, sh.ReadByteLimit) {
		m = Meter{Used: float64(sh.Reads), Limit: float64(sh.ReadLimit), Kind: "calls"}
	}
	if sh.ReadsRefused > 0 {
		m.Over = max(m.Limit-m.Used, 0) + m.Limit*.04
	}
	return m
}

// words says the lane's state to those who do not see it.
func (l *Lane) words() string {
	sh := l.Shard
	lags := ""
	for _, x := range l.Lags {
		if x.Behind > 0 {
			lags += ", " + x.Words()
		}
	}
	if !l.Lane.Open {
		return Attr(sh.ID + ", closed, " + l.left(false) + lags + ". Inspect")
	}
	s := sh.ID + ", open, " + model.Count(sh.Records) + " of " + model.Count(sh.RecordLimit) + " records per second, " +
		model.Bytes(sh.Bytes) + " of " + model.Bytes(sh.ByteLimit) + " per second"
	if sh.Refused > 0 {
		s += ", " + model.Count(sh.Refused) + " refused: " + sh.RefusedWhy + " reached"
	}
	s += ", " + strconv.Itoa(sh.Reads) + " of " + strconv.Itoa(sh.ReadLimit) + " read calls per second"
	if sh.ReadsRefused > 0 {
		s += ", " + plural(int(sh.ReadsRefused), "read") + " refused"
	}
	return Attr(s + lags + ". Inspect")
}

// left says what is left of a closed shard, in few words where there is little room.
func (l *Lane) left(short bool) string {
	s, went := model.Count(l.Shard.Held)+" records stay to be read", " · its range went to "
	if short {
		s, went = model.Short(float64(l.Shard.Held))+" to be read", " · now "
	}
	if l.Shard.Held == 0 {
		s = "nothing left to read"
	}
	if l.Children != "" {
		s += went + l.Children
	}
	return s
}

func (l *Lane) menu() app.UI {
	items := []app.UI{
		app.Button().Type("button").Class("menu-item").Body(Icon("search"), app.Text("Inspect")).OnClick(l.look),
		app.Button().Type("button").Class("menu-item").Body(Icon("split"), app.Text("Split…")).OnClick(l.split),
	}
	if l.Left != "" || l.Right != "" {
		items = append(items, app.Button().Type("button").Class("menu-item").Body(Icon("merge"), app.Text("Merge…")).OnClick(l.merge))
	}
	if !l.Active {
		items = append(items, app.P().Class("menu-note").Text("The stream is being changed; wait until it is ACTIVE again."))
	}
	return app.Div().Class("menu").DataSet("menu", "shard").Body(items...)
}

func (l *Lane) look(ctx app.Context, e app.Event) {
	e.Call("stopPropagation")
	if e.Get("detail").Int() > 0 && l.Lane.Open { // a press with the pointer: there may be a record under it
		x, y := onStage(ctx.JSSrc().Call("closest", ".stage"), e)
		l.Out.Hit(ctx, x, y)
		return
	}
	l.Out.Send(ctx, model.Look{Ref: "shard:" + l.Stream + "/" + l.Shard.ID})
}

func (l *Lane) toggle(ctx app.Context, e app.Event) {
	e.Call("stopPropagation")
	l.Out.Send(ctx, model.Toggle{Menu: "shard:" + l.Shard.ID})
}

func (l *Lane) split(ctx app.Context, e app.Event) {
	e.Call("stopPropagation")
	l.Out.Send(ctx, model.OpenForm{Form: model.Form{Kind: "split", Target: l.Shard.ID, Stream: l.Stream}})
}

func (l *Lane) merge(ctx app.Context, e app.Event) {
	e.Call("stopPropagation")
	l.Out.Send(ctx, model.OpenForm{Form: model.Form{Kind: "merge", Target: l.Shard.ID, Stream: l.Stream}})
}

// A Meter shows how much of a limit this second has used. The bar goes a quarter past the limit, so that the limit is a
// line in it and what was asked beyond stands behind that line.
type Meter struct {
	Used, Limit, Over float64
	Kind              string // "records", "bytes", "reads" (in bytes) or "calls"
	Near              bool   // the limit that will be reached first
	Slim              bool   // little room: the limit is the line alone
	Tight             bool   // hardly any: the number alone
}

func (m Meter) draw() app.UI {
	const limitAt = 80.0
	part := func(v float64) string {
		if m.Limit <= 0 {
			return "0%"
		}
		return strconv.FormatFloat(min(max(v/m.Limit*limitAt, 0), 100), 'f', 1, 64) + "%"
	}
	class := "meter"
	if m.Near {
		class += " near"
	}
	if m.Over > 0 {
		class += " over"
	}
	number, unit := model.Count(m.Used), " of "+model.Count(m.Limit)+" records/s"
	if m.Kind == "bytes" {
		number, unit = model.Bytes(m.Used), " of "+model.Bytes(m.Limit)+"/s"
	}
	switch m.Kind {
	case "reads":
		class += " reads"
		number, unit = model.Bytes(m.Used), " of "+model.Bytes(m.Limit)+"/s read"
	case "calls":
		class += " reads"
		unit = " of " + model.Count(m.Limit) + " reads/s"
	}
	switch {
	case m.Tight:
		unit = ""
		if m.Kind == "bytes" {
			number = model.ShortBytes(m.Used)
		}
	case m.Slim:
		unit = map[string]string{"bytes": "/s", "records": " records/s", "reads": "/s read", "calls": " of " + model.Count(m.Limit) + " reads/s"}[m.Kind]
	}
	bar := app.Span().Class("meter-bar").Body(
		app.I().Class("fill").Style("width", part(min(m.Used, m.Limit))),
		app.I().Class("beyond").Style("width", part(min(m.Over, m.Limit*.25))),
		app.I().Class("limit"))
	return app.Span().Class(class).Body(bar, app.Span().Class("meter-num").Body(app.B().Text(number), app.Text(unit)))
}
