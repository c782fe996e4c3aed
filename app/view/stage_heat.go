package view

import (
	"strconv"
	"strings"

	"github.com/maxence-charriere/go-app/v9/pkg/app"

	"shardlab/app/model"
	"shardlab/wasm/protocol"
)

// The shards of a large stream are cells, row under row in the order of the hash ring. A cell fills from below as its write budget is
// used, a bar at its side as its read budget is; a cross stands on one that refuses.

const heatTipID = "heat-tip"

// heat draws the cells: how full they are as a few paths, so that new figures change four elements and not hundreds, and over them a
// grid to point at and to go about in, which changes only when a shard begins or ends to refuse.
func (f *Stage) heat() app.UI {
	l := f.Layout
	var write, read, hot, dry, late, last path
	behind := model.SlowestIn(f.Consumers)
	grid := &heatGrid{Out: f.Out, Layout: l, Stream: f.Stream.Name, Cell: f.Cell, Hot: " ", Dry: " "}
	body := []app.UI{}
	for i, lane := range l.Lanes {
		if lane.Shard >= len(f.Stream.Shards) {
			continue
		}
		sh := f.Stream.Shards[lane.Shard]
		b, number := lane.Box, strconv.Itoa(lane.Number)+" "
		in, out := &write, &read
		if sh.Refused > 0 {
			in, grid.Hot = &hot, grid.Hot+number
		}
		if sh.ReadsRefused > 0 {
			out, grid.Dry = &dry, grid.Dry+number
		}
		bar := func(p *path, x, w, part float64) {
			if part > 0 {
				p.m(x, b.Bottom()-1).h(x + w).v(b.Bottom() - 1 - max((b.H-2)*part, 1)).h(x).z()
			}
		}
		bar(in, b.X+1, b.W-6, writeShare(sh))
		bar(out, b.Right()-5, 4, readShare(sh))
		if lag := behind[lane.Number]; lag.Behind > 0 { // along its upper edge, as long as a lane is
			p := &late
			if lag.Level() == "bad" {
				p = &last
			}
			p.m(b.X+1, b.Y+1).h(b.X + 1 + max((b.W-6)*min(float64(lag.Behind)/f.Span, 1), 1)).v(b.Y + 4).h(b.X + 1).z()
		}
		if sh.ID == f.Cell {
			body = append(body, f.cellTip(l.Lanes[i], sh))
		}
	}
	return app.Div().Class("heat-field").Body(append([]app.UI{grid,
		svg("svg", "heat").Attr("width", num(l.W)).Attr("height", num(l.H)).Attr("viewBox", "0 0 "+num(l.W)+" "+num(l.H)).Aria("hidden", "true").Body(
			svg("path", "heat-write").Attr("d", write.String()), svg("path", "heat-hot").Attr("d", hot.String()),
			svg("path", "heat-read").Attr("d", read.String()), svg("path", "heat-dry").Attr("d", dry.String()),
			svg("path", "heat-late").Attr("d", late.String()), svg("path", "heat-last").Attr("d", last.String()))}, body...)...)
}

// A heatGrid is the cells of a heat bar, with one place in the order of the keyboard: arrow keys move in it.
type heatGrid struct {
	app.Compo
	Out      *Out
	Layout   model.Stage
	Stream   string
	Cell     string // the shard that is pointed at
	Hot, Dry string // the numbers of the shards that refuse writes, and reads, apart by spaces and with one at each end
}

// Render draws the grid.
func (g *heatGrid) Render() app.UI {
	l := g.Layout
	at := 0
	for i := range l.Lanes {
		if g.id(i) == g.Cell {
			at = i
		}
	}
	var rows []app.UI
	for from := 0; from < len(l.Lanes); from += max(l.Columns, 1) {
		cells := make([]app.UI, 0, l.Columns)
		for i := from; i < min(from+l.Columns, len(l.Lanes)); i++ {
			cells = append(cells, g.cell(i, i == at))
		}
		rows = append(rows, app.Div().Attr("role", "row").Body(cells...))
	}
	return app.Div().Class("heat").Attr("role", "grid").Aria("label", Attr("Shards of "+g.Stream+" in the order of their hash ranges")).
		Body(rows...).On("focusin", g.point).On("mouseover", g.point).OnKeyDown(g.key)
}

// id is the shard of the cell at a place.
func (g *heatGrid) id(place int) string {
	number := strconv.Itoa(g.Layout.Lanes[place].Number)
	return "shardId-" + "000000000000"[:max(12-len(number), 0)] + number
}

func (g *heatGrid) cell(place int, first bool) app.UI {
	l := g.Layout.Lanes[place]
	number := strconv.Itoa(l.Number)
	class, words, sign := "heat-cell", "shard "+number+", open", number
	if l.Box.W < 24 {
		sign = ""
	}
	if strings.Contains(g.Hot, " "+number+" ") {
		class, words, sign = class+" hot", words+", refuses writes", "✕"
	}
	if strings.Contains(g.Dry, " "+number+" ") {
		class, words = class+" dry", words+", refuses reads"
	}
	cell := at(app.Div().Class(class).ID("cell-"+strconv.Itoa(place)).Attr("role", "gridcell").DataSet("place", place).Aria("label", words).TabIndex(-1), l.Box)
	if first {
		cell.TabIndex(0)
	}
	if g.id(place) == g.Cell {
		cell.Aria("describedby", heatTipID)
	}
	return cell.Text(sign)
}

// writeShare and readShare are how much of the nearest limit of its second a shard has used, 0 to 1.
func writeShare(sh protocol.Shard) float64 {
	return max(share(sh.Records, sh.RecordLimit), share(sh.Bytes, sh.ByteLimit))
}

func readShare(sh protocol.Shard) float64 {
	return max(share(sh.ReadBytes, sh.ReadByteLimit), share(float64(sh.Reads), float64(sh.ReadLimit)))
}

// tip tells what the cell that is pointed at stands for.
func (f *Stage) cellTip(l model.Lane, sh protocol.Shard) app.UI {
	out := Meter{Used: sh.ReadBytes, Limit: sh.ReadByteLimit, Kind: "reads"} // its calls are told below
	records := Meter{Used: sh.Records, Limit: sh.RecordLimit, Kind: "records", Near: true, Over: float64(sh.Refused)}
	bytes := Meter{Used: sh.Bytes, Limit: sh.ByteLimit, Kind: "bytes", Near: true}
	last := model.Count(sh.Held) + " held · " + strconv.Itoa(sh.Reads) + " of " + strconv.Itoa(sh.ReadLimit) + " reads/s"
	box := model.Box{X: l.Box.Right() + 6, Y: l.Box.Y, W: 268}
	if box.Right() > f.Layout.Seen.Right()-8 {
		box.X = max(l.Box.X-6-box.W, f.Layout.Seen.X+8)
	}
	if over := box.Y + 132 - (f.Layout.Seen.Bottom() - 8); over > 0 {
		box.Y = max(box.Y-over, 0)
	}
	body := []app.UI{
		app.B().Class("mono").Text(sh.ID),
		app.Span().Class("soft mono").Text(model.Range(l.From, l.To)),
		records.draw(), bytes.draw(), out.draw(),
	}
	if sh.Refused > 0 {
		body = append(body, app.Span().Class("bad").Text("✕ "+model.Count(sh.Refused)+" refused: "+sh.RefusedWhy+" reached"))
	}
	if sh.ReadsRefused > 0 {
		body = append(body, app.Span().Class("bad").Text("✕ "+plural(int(sh.ReadsRefused), "read")+" refused"))
	}
	body = append(body, app.Span().Class("soft").Text(last))
	for i, lag := range model.LagsIn(f.Consumers, l.Number) {
		if i < 4 {
			body = append(body, app.Span().Class("lane-lag").DataSet("level", lag.Level()).Body(sign(lag.Sign, lag.Level()), app.Span().Text(lag.Words())))
		}
	}
	return app.Div().Class("heat-tip").ID(heatTipID).Attr("role", "tooltip").Style("left", px(box.X)).Style("top", px(box.Y)).Style("width", px(box.W)).Body(body...)
}

// place is the cell that an event happened in, or -1.
func (g *heatGrid) place(e app.Event) int {
	cell := e.Get("target").Call("closest", "[data-place]")
	if !cell.Truthy() {
		return -1
	}
	i, err := strconv.Atoi(cell.Get("dataset").Get("place").String())
	if err != nil || i >= len(g.Layout.Lanes) {
		return -1
	}
	return i
}

func (g *heatGrid) point(ctx app.Context, e app.Event) {
	id := ""
	if i := g.place(e); i >= 0 {
		id = g.id(i)
	}
	if id != g.Cell {
		g.Out.Send(ctx, model.PointAt{Shard: id})
	}
}

func (g *heatGrid) key(ctx app.Context, e app.Event) {
	i := g.place(e)
	if i < 0 {
		return
	}
	switch key := e.Get("key").String(); key {
	case "Enter", " ":
		e.PreventDefault()
		e.Call("stopPropagation")
		g.Out.Send(ctx, model.Look{Ref: "shard:" + g.Stream + "/" + g.id(i)})
	case "Escape":
		g.Out.Send(ctx, model.PointAt{})
	default:
		to := g.Layout.CellAt(i, key)
		if to == i {
			return
		}
		e.PreventDefault()
		if cell := app.Window().GetElementByID("cell-" + strconv.Itoa(to)); cell.Truthy() {
			cell.Call("focus")
		}
	}
}
