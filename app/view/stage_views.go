package view

import (
	"math"
	"strconv"
	"strings"

	"github.com/maxence-charriere/go-app/v9/pkg/app"

	"shardlab/app/model"
	"shardlab/wasm/protocol"
)

// StageViews draws the other pictures of what stands on the stage: all of the lab, the hash ring with the place of a key, and the
// lineage of the shards.
type StageViews struct {
	app.Compo
	Out      *Out
	View     string // as Bench.View
	Whole    model.Whole
	Lineage  model.Lineage
	Stream   protocol.Stream
	Key      string // whose place on the ring is shown
	Explicit bool   // Key is a hash key
	Side     float64
	Narrow   bool
	Start    int64 // Unix microseconds of instant 0
	Now      int64
	Playing  bool
	Wiring   model.Wiring
	Joints   []model.Joint // of the wire that is drawn
}

// Render draws the picture.
func (v *StageViews) Render() app.UI {
	switch v.View {
	case model.ViewAll:
		return v.whole()
	case model.ViewRing:
		return v.ring()
	}
	return v.lineage()
}

// whole draws every part of the lab and the ways between them.
func (v *StageViews) whole() app.UI {
	t := v.Whole
	if len(t.Nodes) == 0 {
		return app.Div().Class("stage-room").Body(app.Div().Class("empty").Body(app.H2().Text("Nothing stands here yet"),
			app.P().Text("Create a stream, and writers and readers come to it. What you add to the lab stands here, in the order in which records go.")))
	}
	var calm, live, hurt path
	for _, w := range t.Wires {
		p := &calm
		if w.Hurt {
			p = &hurt
		} else if w.Rate > 0 {
			p = &live
		}
		p.m(w.Path[0].X, w.Path[0].Y)
		for i := 1; i+2 < len(w.Path); i += 3 {
			a, b, c := w.Path[i], w.Path[i+1], w.Path[i+2]
			p.c(a.X, a.Y, b.X, b.Y, c.X, c.Y)
		}
	}
	class := "stage whole"
	if v.Playing {
		class += " playing"
	}
	body := []app.UI{svg("svg", "wires").Attr("width", num(t.W)).Attr("height", num(t.H)).Attr("viewBox", "0 0 "+num(t.W)+" "+num(t.H)).Aria("hidden", "true").Body(
		svg("path", "way").Attr("d", calm.String()), svg("path", "way-live").Attr("d", live.String()), svg("path", "way-hurt").Attr("d", hurt.String()))}
	for i, n := range t.Nodes {
		body = append(body, v.node(i, n))
	}
	return scaled(app.Div().Class(class).Attr("role", "list").Aria("label", "All parts of the lab, in the order in which records go").Body(body...), t.W, t.H, t.Scale)
}

// node draws one part. Its button says where its records go.
func (v *StageViews) node(place int, n model.Spot) app.UI {
	class := "node " + n.Level
	if n.Idle {
		class += " idle"
	}
	rate, words := "", n.Kind+" "+n.Name
	if n.Rate > 0 {
		rate = model.Rate(n.Rate) + "/s"
		words += ", " + model.Rate(n.Rate) + " records per second"
	}
	if n.Text != "" {
		words += ", " + n.Text
	}
	var to []string
	for _, w := range v.Whole.Wires {
		if w.From == place {
			to = append(to, v.Whole.Nodes[w.To].Name)
		}
	}
	if len(to) > 0 {
		words += ", to " + strings.Join(to, " and ")
	}
	inside := []app.UI{Icon(n.Icon), app.Span().Class("node-kind").Text(n.Kind), app.Span().Class("node-rate").Text(rate), app.B().Class("node-name").Text(n.Name), app.Span().Class("node-text").Text(n.Text)}
	drop := ""
	for _, j := range v.Joints {
		if j.Ref == model.JointRef(n) {
			class = jointClass(class, j, v.Wiring)
			drop = j.Ref
		}
	}
	box := at(app.Div().Class(class).Attr("role", "listitem"), n.Box)
	if drop != "" {
		box.DataSet("drop", Attr(drop))
	}
	if n.Stage == "" && n.Ref == "" {
		return box.Body(app.Span().Class("visually-hidden").Text(words), app.Div().Class("node-in").Aria("hidden", "true").Body(inside...))
	}
	if n.Stage != "" {
		words += ". Show it on the stage"
	} else {
		words += ". Inspect"
	}
	body := []app.UI{app.Button().Type("button").Class("actor-hit").Aria("label", Attr(words)).DataSet("ref", n.Ref).DataSet("stage", n.Stage).OnClick(v.open),
		app.Div().Class("node-in").Body(inside...)}
	for _, end := range strings.Fields(n.Ends) {
		body = append(body, wireHandle(v.Out, n.Ref, end))
	}
	return box.Body(body...)
}

func (v *StageViews) open(ctx app.Context, e app.Event) {
	e.Call("stopPropagation")
	data := ctx.JSSrc().Get("dataset")
	if stage := data.Get("stage").String(); stage != "" {
		v.Out.Send(ctx, model.ShowStream{Name: stage})
		return
	}
	v.Out.Send(ctx, model.Look{Ref: data.Get("ref").String()})
}

// scaled puts a stage of its own size into a room that is as large as it appears.
func scaled(stage app.HTMLDiv, w, h, scale float64) app.UI {
	return app.Div().Class("stage-room").Style("width", px(w*scale)).Style("height", px(h*scale)).Body(
		stage.Style("width", px(w)).Style("height", px(h)).Style("transform", "scale("+strconv.FormatFloat(scale, 'f', 4, 64)+")"))
}

// Radii of the ring in its own drawing, 220 wide: the outer ring of the open shards, and the room inside for closed ones.
const (
	ringOuter = 98.0
	ringInner = 82.0
	ringLeast = 30.0
)

// ring draws the hash ring, cut into the ranges of the shards, and where a key falls on it.
func (v *StageViews) ring() app.UI {
	arcs, rings := model.ArcsOf(v.Stream)
	each := ringEach(rings)
	fall := model.FallOf(v.Stream, v.Key, v.Explicit)
	found := fall.Shard.ID != ""
	var closed, ticks path
	var open []app.UI
	order := inOrder(v.Stream)
	for _, a := range arcs {
		if !a.Open {
			outer := ringInner - 2 - float64(a.Ring-1)*each
			closed.sector(a.From, a.To, outer-each+1.5, outer)
		}
	}
	for place, i := range order {
		sh := v.Stream.Shards[i]
		var p path
		p.sector(sh.From, sh.To, ringInner, ringOuter)
		part := "arc"
		if place%2 == 1 {
			part = "arc-b"
		}
		words := sh.ID + ", " + percent(sh.To-sh.From) + " of the ring, " + model.Count(sh.Records) + " records per second"
		if sh.Refused > 0 {
			part = "arc-hot"
			words += ", " + model.Count(sh.Refused) + " refused"
		}
		if found && sh.ID == fall.Shard.ID {
			part += " at"
			words += ", takes the key"
		}
		arc := svg("path", part).Attr("d", p.String()).Attr("id", "arc-"+strconv.Itoa(place)).Attr("role", "button").Attr("tabindex", "-1").
			Attr("data-place", place).Attr("data-ref", "shard:"+v.Stream.Name+"/"+sh.ID).Aria("label", words+". Inspect")
		if place == 0 {
			arc = arc.Attr("tabindex", "0")
		}
		open = append(open, arc.OnClick(v.lookAt).OnKeyDown(v.arcKey))
		if sh.To-sh.From > .026 {
			x, y := model.Turn((sh.From+sh.To)/2, (ringInner+ringOuter)/2)
			open = append(open, svg("text", "arc-name").Attr("x", num(x)).Attr("y", num(y+2)).Attr("text-anchor", "middle").Aria("hidden", "true").Text(strconv.Itoa(model.ShardNumber(sh.ID))))
		}
	}
	for i, name := range [...]string{"0", "¼", "½", "¾"} {
		x, y := model.Turn(float64(i)/4, ringOuter+7)
		x0, y0 := model.Turn(float64(i)/4, ringOuter+1)
		x1, y1 := model.Turn(float64(i)/4, ringOuter+3)
		ticks.m(x0, y0).l(x1, y1)
		open = append(open, svg("text", "ring-end").Attr("x", num(x)).Attr("y", num(y+2)).Attr("text-anchor", "middle").Aria("hidden", "true").Text(name))
	}
	drawn := []app.UI{svg("path", "arc-closed").Attr("d", closed.String()), svg("path", "arc-tick").Attr("d", ticks.String())}
	drawn = append(drawn, open...)
	if fall.Flaw == "" {
		var pin path
		at := fall.Hash.Part()
		x0, y0 := model.Turn(at, ringLeast-12)
		x1, y1 := model.Turn(at, ringOuter+2)
		pin.m(x0, y0).l(x1, y1)
		drawn = append(drawn, svg("path", "pin").Attr("d", pin.String()), svg("circle", "pin-head").Attr("cx", num(x1)).Attr("cy", num(y1)).Attr("r", "3.2"))
		middle := "no shard"
		if found {
			middle = "shard " + strconv.Itoa(model.ShardNumber(fall.Shard.ID))
		}
		drawn = append(drawn, svg("text", "ring-middle").Attr("y", "3").Attr("text-anchor", "middle").Text(middle))
	}
	class := "ring-view"
	if v.Narrow {
		class += " narrow"
	}
	return app.Div().Class("stage-room").Body(app.Div().Class(class).Body(
		svg("svg", "ring").Attr("viewBox", "-110 -110 220 220").Attr("width", num(v.Side)).Attr("height", num(v.Side)).Attr("role", "group").
			Aria("label", Attr("The hash ring of "+v.Stream.Name+", cut into the ranges of its shards")).Body(drawn...),
		v.keyPanel(fall)))
}

// inOrder are the places of the open shards in the order of the ring.
func inOrder(s protocol.Stream) []int {
	st := model.Lay(1000, 400, s, 0, 0, model.Parts{})
	var order []int
	for _, l := range st.Lanes {
		if l.Open {
			order = append(order, l.Shard)
		}
	}
	return order
}

// keyPanel asks for a key and says where it falls.
func (v *StageViews) keyPanel(fall model.Fall) app.UI {
	label, hint := "Partition key", "bike-7"
	if v.Explicit {
		label, hint = "Explicit hash key", "0"
	}
	body := []app.UI{
		app.H2().Text("Where does this key fall?"),
		app.Div().Class("key-field").Body(
			app.Label().For("ring-key").Text(label),
			app.Input().ID("ring-key").Class("field mono").Type("text").AutoComplete(false).Spellcheck(false).MaxLength(400).Placeholder(hint).Value(v.Key).OnInput(v.typeKey),
			app.Label().Class("key-kind").Body(app.Input().Type("checkbox").Class("tick").Checked(v.Explicit).OnChange(v.kindOfKey), app.Text("It is an explicit hash key")))}
	var facts []app.UI
	fact := func(name, value string, mono bool) {
		d := app.Dd().Text(value)
		if mono {
			d.Class("mono")
		}
		facts = append(facts, app.Dt().Text(name), d)
	}
	switch {
	case v.Key == "" || fall.Flaw != "":
		body = append(body, app.P().Class("soft").Text(fall.Flaw))
	default:
		if !v.Explicit {
			fact("Its MD5", fall.Hash.Hex(), true)
		}
		fact("As a number", fall.Hash.String(), true)
		fact("On the ring", strconv.FormatFloat(fall.Hash.Part()*100, 'f', 2, 64)+" % from 0", false)
		body = append(body, app.Dl().Class("key-facts").Body(facts...))
		if fall.Shard.ID != "" {
			body = append(body, app.Button().Type("button").Class("btn small").DataSet("ref", "shard:"+v.Stream.Name+"/"+fall.Shard.ID).Body(Icon("arrow-right"), app.Text(fall.Shard.ID)).OnClick(v.lookAt))
		} else {
			body = append(body, app.P().Class("bad").Text("No open shard of "+v.Stream.Name+" covers it now."))
		}
		for i, sh := range fall.Before {
			if i == 3 {
				break
			}
			body = append(body, app.P().Class("soft").Text("Before "+short(sh.Closed)+" it went to shard "+strconv.Itoa(model.ShardNumber(sh.ID))+", which can be read until "+short(sh.Expires)+"."))
		}
		if !v.Explicit {
			line := "hash " + protocol.ShellWord(v.Key) + " --stream-name " + v.Stream.Name
			body = append(body, app.Div().Class("key-command").Body(app.Code().Body(commandWords(line)...),
				app.Button().Type("button").Class("btn small quiet").Aria("label", Attr("Run "+line)).Body(Icon("play"), app.Text("Run")).DataSet("line", line).OnClick(v.run)))
		}
	}
	body = append(body, app.P().Class("soft ring-words").Text("Outside the open shards, inside the closed ones they came from, as long as their records can be read. A record goes where the MD5 of its partition key falls."))
	return app.Div().Class("key-panel").Body(body...)
}

// short is an instant without parts of a second.
func short(at int64) string {
	s := model.Clock(at)
	return s[:len(s)-2]
}

func (v *StageViews) typeKey(ctx app.Context, _ app.Event) {
	v.Out.Send(ctx, model.TypeKey{Key: ctx.JSSrc().Get("value").String(), Explicit: v.Explicit})
}

func (v *StageViews) kindOfKey(ctx app.Context, _ app.Event) {
	v.Out.Send(ctx, model.TypeKey{Key: v.Key, Explicit: ctx.JSSrc().Get("checked").Bool()})
}

func (v *StageViews) run(ctx app.Context, _ app.Event) {
	v.Out.Send(ctx, model.RunLine{Line: ctx.JSSrc().Get("dataset").Get("line").String()})
}

func (v *StageViews) lookAt(ctx app.Context, e app.Event) {
	e.Call("stopPropagation")
	v.Out.Send(ctx, model.Look{Ref: ctx.JSSrc().Get("dataset").Get("ref").String()})
}

// arcKey goes around the ring with the arrow keys.
func (v *StageViews) arcKey(ctx app.Context, e app.Event) {
	data := ctx.JSSrc().Get("dataset")
	at, err := strconv.Atoi(data.Get("place").String())
	if err != nil {
		return
	}
	n := len(inOrder(v.Stream))
	switch e.Get("key").String() {
	case "Enter", " ":
		v.Out.Send(ctx, model.Look{Ref: data.Get("ref").String()})
	case "ArrowRight", "ArrowDown":
		at = (at + 1) % n
	case "ArrowLeft", "ArrowUp":
		at = (at + n - 1) % n
	case "Home":
		at = 0
	case "End":
		at = n - 1
	default:
		return
	}
	e.PreventDefault()
	e.Call("stopPropagation")
	if arc := app.Window().GetElementByID("arc-" + strconv.Itoa(at)); arc.Truthy() {
		arc.Call("focus")
	}
}

// bond appends the way from a parent to its child, in the middle of what the child has from it.
func (p *path) bond(l model.Lineage, b model.Bond) {
	from, to := l.Kin[b.Parent].Box, l.Kin[b.Child].Box
	y := (max(from.Y, to.Y) + min(from.Bottom(), to.Bottom())) / 2
	p.m(from.Right(), y).h(to.X-1).m(to.X-4, y-3).l(to.X-1, y).l(to.X-4, y+3)
}

// ringEach is how thick the rings of closed shards are.
func ringEach(rings int) float64 { return min((ringInner-ringLeast)/float64(max(rings-1, 1)), 9) }

// sector appends a part of a ring between two radii.
func (p *path) sector(from, to, inner, outer float64) {
	if to-from < 1 {
		from, to = from+min(.0008, (to-from)*.15), to-min(.0008, (to-from)*.15)
	}
	mid := (from + to) / 2
	x0, y0 := model.Turn(from, outer)
	p.m(x0, y0)
	for _, at := range [...]float64{mid, to} { // in halves: a whole turn is none
		x, y := model.Turn(at, outer)
		p.op('A', outer, outer, 0, 0, 1, x, y)
	}
	x, y := model.Turn(to, inner)
	p.l(x, y)
	for _, at := range [...]float64{mid, from} {
		x, y := model.Turn(at, inner)
		p.op('A', inner, inner, 0, 0, 0, x, y)
	}
	p.z()
}

// lineage draws who came from whom: time from left to right, the ring from above to below.
func (v *StageViews) lineage() app.UI {
	l := v.Lineage
	if len(l.Kin) == 0 {
		return app.Div().Class("stage-room").Body(app.Div().Class("empty").Body(app.H2().Text("No shard yet"), app.P().Text("Shards open when the stream is ACTIVE.")))
	}
	var bonds, ages path
	for _, b := range l.Bonds {
		bonds.bond(l, b)
	}
	body := []app.UI{}
	last := math.Inf(-1)
	for i, a := range l.Ages {
		ages.m(a.X, 18).v(l.H - 12)
		words, end := short(a.At), i == len(l.Ages)-1
		if end {
			words = "now"
		}
		if a.X-last < 62 || !end && l.Ages[len(l.Ages)-1].X-a.X < 40 {
			continue
		}
		last = a.X
		age := app.Span().Class("age").Style("left", px(a.X)).Text(words)
		if end {
			age = age.Class("end")
		}
		body = append(body, age)
	}
	for _, k := range l.Kin {
		sh := v.Stream.Shards[k.Shard]
		number := strconv.Itoa(model.ShardNumber(sh.ID))
		class, words, small := "kin", sh.ID+", open since "+short(sh.Opened), ""
		switch {
		case !k.Open:
			class, words = "kin shut", sh.ID+", open from "+short(sh.Opened)+" to "+short(sh.Closed)+", readable until "+short(sh.Expires)
			small = "readable until " + short(sh.Expires)
			if to := children(v.Stream, sh); to != "" {
				words += ", now " + to
			}
		case sh.Refused > 0:
			class, small = "kin hot", "✕ "+model.Count(sh.Refused)+" refused/s"
		default:
			small = model.Count(sh.Records) + " records/s"
		}
		if sh.Parent != "" {
			words += ", from shard " + strconv.Itoa(model.ShardNumber(sh.Parent))
			if sh.AdjacentParent != "" {
				words += " and " + strconv.Itoa(model.ShardNumber(sh.AdjacentParent))
			}
		}
		inside := []app.UI{app.Button().Type("button").Class("actor-hit").Aria("label", words+". Inspect").Title(words).DataSet("ref", "shard:"+v.Stream.Name+"/"+sh.ID).OnClick(v.lookAt)}
		if k.Box.H >= 13 && k.Box.W >= 14 {
			inside = append(inside, app.B().Text(number))
		}
		if k.Box.H >= 34 && k.Box.W >= 148 {
			inside = append(inside, app.Span().Text(small))
		}
		body = append(body, at(app.Div().Class(class), k.Box).Body(inside...))
	}
	drawing := svg("svg", "wires").Attr("width", num(l.W)).Attr("height", num(l.H)).Attr("viewBox", "0 0 "+num(l.W)+" "+num(l.H)).Aria("hidden", "true").
		Body(svg("path", "age-line").Attr("d", ages.String()), svg("path", "bond").Attr("d", bonds.String()))
	return scaled(app.Div().Class("stage lineage").Body(append([]app.UI{drawing}, body...)...), l.W, l.H, 1)
}
