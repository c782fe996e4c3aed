package view

import (
	"math"
	"strconv"

	"github.com/maxence-charriere/go-app/v9/pkg/app"

	"shardlab/app/model"
	"shardlab/wasm/protocol"
)

// The shards of a large stream are cells, row under row in the order of the hash ring. A cell fills from below as its write budget is
// used, a bar at its side as its read budget is; a cross stands on one that refuses.

const heatTipID = "heat-tip"

// heat draws a grid with one place in the order of the keyboard: arrow keys move in it.
func (f *Stage) heat() app.UI {
	l := f.Layout
	at, told := 0, false
	for i, lane := range l.Lanes {
		if f.cellShard(i).ID == f.Cell && f.Cell != "" && lane.Mode == model.Heat {
			at, told = i, true
		}
	}
	var rows []app.UI
	for from := 0; from < len(l.Lanes); from += max(l.Columns, 1) {
		cells := make([]app.UI, 0, l.Columns)
		for i := from; i < min(from+l.Columns, len(l.Lanes)); i++ {
			sh := f.cellShard(i)
			cells = append(cells, heatCell{Box: l.Lanes[i].Box, Place: i, Number: l.Lanes[i].Number, Write: level(writeShare(sh)), Read: level(readShare(sh)),
				Refused: sh.Refused > 0, ReadsRefused: sh.ReadsRefused > 0, At: told && i == at, First: i == at, Fold: l.Lanes[i].Box.W < 24}.draw())
		}
		rows = append(rows, app.Div().Attr("role", "row").Body(cells...))
	}
	body := []app.UI{app.Div().Class("heat").Attr("role", "grid").Aria("label", Attr("Shards of "+f.Stream.Name+" in the order of their hash ranges")).
		Body(rows...).On("focusin", f.pointCell).On("mouseover", f.pointCell).OnKeyDown(f.cellKey)}
	if told {
		body = append(body, f.cellTip(l.Lanes[at], f.cellShard(at)))
	}
	return app.Div().Class("heat-field").Body(body...)
}

func (f *Stage) cellShard(place int) protocol.Shard {
	if i := f.Layout.Lanes[place].Shard; i < len(f.Stream.Shards) {
		return f.Stream.Shards[i]
	}
	return protocol.Shard{}
}

// writeShare and readShare are how much of the nearest limit of its second a shard has used, 0 to 1.
func writeShare(sh protocol.Shard) float64 {
	return max(share(sh.Records, sh.RecordLimit), share(sh.Bytes, sh.ByteLimit))
}

func readShare(sh protocol.Shard) float64 {
	return max(share(sh.ReadBytes, sh.ReadByteLimit), share(float64(sh.Reads), float64(sh.ReadLimit)))
}

// level rounds a share to twentieths, so that a cell is drawn anew only when one would see it.
func level(v float64) int {
	if v > 0 && v < .05 {
		return 1
	}
	return int(math.Round(min(v, 1) * 20))
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
	return app.Div().Class("heat-tip").ID(heatTipID).Attr("role", "tooltip").Style("left", px(box.X)).Style("top", px(box.Y)).Style("width", px(box.W)).Body(body...)
}

// place is the cell that an event happened in, or -1.
func (f *Stage) cellOf(e app.Event) int {
	cell := e.Get("target").Call("closest", "[data-place]")
	if !cell.Truthy() {
		return -1
	}
	i, err := strconv.Atoi(cell.Get("dataset").Get("place").String())
	if err != nil || i >= len(f.Layout.Lanes) {
		return -1
	}
	return i
}

func (f *Stage) pointCell(ctx app.Context, e app.Event) {
	id := ""
	if i := f.cellOf(e); i >= 0 {
		id = f.cellShard(i).ID
	}
	if id != f.Cell {
		f.Out.Send(ctx, model.PointAt{Shard: id})
	}
}

func (f *Stage) cellKey(ctx app.Context, e app.Event) {
	i := f.cellOf(e)
	if i < 0 {
		return
	}
	switch key := e.Get("key").String(); key {
	case "Enter", " ":
		e.PreventDefault()
		e.Call("stopPropagation")
		f.Out.Send(ctx, model.Look{Ref: "shard:" + f.Stream.Name + "/" + f.cellShard(i).ID})
	case "Escape":
		f.Out.Send(ctx, model.PointAt{})
	default:
		to := f.Layout.CellAt(i, key)
		if to == i {
			return
		}
		e.PreventDefault()
		if cell := app.Window().GetElementByID("cell-" + strconv.Itoa(to)); cell.Truthy() {
			cell.Call("focus")
		}
	}
}

// A heatCell is one shard of a heat field.
type heatCell struct {
	Box          model.Box
	Place        int // in the order of the ring
	Number       int
	Write, Read  int // how full its budgets are, in twentieths
	Refused      bool
	ReadsRefused bool
	At           bool // it is pointed at
	First        bool // it is where the keyboard comes in
	Fold         bool // no room for its number
}

func (c heatCell) draw() app.UI {
	class := "heat-cell"
	words := "shard " + strconv.Itoa(c.Number) + ", " + strconv.Itoa(c.Write*5) + " % of its write budget used"
	if c.Refused {
		class += " hot"
		words += ", refuses writes"
	}
	if c.ReadsRefused {
		class += " dry"
		words += ", refuses reads"
	}
	cell := app.Div().Class(class).ID("cell-"+strconv.Itoa(c.Place)).Attr("role", "gridcell").DataSet("place", c.Place).Aria("label", words).TabIndex(-1).
		Style("--write", strconv.Itoa(c.Write*5)+"%").Style("--read", strconv.Itoa(c.Read*5)+"%")
	if c.First {
		cell.TabIndex(0)
	}
	if c.At {
		cell.Aria("describedby", heatTipID)
	}
	sign := app.Span().Text(strconv.Itoa(c.Number))
	if c.Refused {
		sign = app.Span().Text("✕")
	} else if c.Fold {
		sign = app.Span()
	}
	return at(cell, c.Box).Body(app.I().Class("heat-write"), app.I().Class("heat-read"), sign)
}
