package view

import (
	"cmp"
	"strconv"
	"strings"

	"github.com/maxence-charriere/go-app/v9/pkg/app"

	"shardlab/app/model"
	"shardlab/wasm/protocol"
)

// An Inspector shows the sheet of one thing: what it is and where it has been.
type Inspector struct {
	app.Compo
	Out     *Out
	Ref     string
	Sheet   *protocol.Sheet
	Flaw    *protocol.Error
	Trail   int
	Actions []model.Action // what can be done with what it shows

	Download *model.Download // the latest

	shown string // the ref of the sheet that was drawn last
}

// OnUpdate begins another sheet at its top.
func (v *Inspector) OnUpdate(app.Context) {
	if v.Sheet != nil && v.shown != v.Sheet.Ref {
		v.shown = v.Sheet.Ref
		v.JSValue().Set("scrollTop", 0)
	}
}

// Render draws the sheet, or says how one is opened.
func (v *Inspector) Render() app.UI {
	if v.Ref == "" {
		return app.Div().Class("inspector none").Body(
			app.P().Class("soft").Text("Choose a shard, a record, a producer or a consumer on the stage, or a line in the event list: here it says what it is, where it has been, and which commands show or change it."))
	}
	body := []app.UI{}
	back := app.Button().Type("button").Class("btn icon small quiet").Aria("label", "Back to the sheet before").Body(Icon("arrow-left")).OnClick(v.back)
	if v.Trail == 0 {
		back = back.Disabled(true)
	}
	switch {
	case v.Flaw != nil:
		body = append(body, app.Div().Class("sheet-head").Body(back, app.H3().Text("Not there")),
			app.Div().Class("note warn").Body(Icon("circle-alert"), app.Span().Text(v.Flaw.Message+" "+v.Flaw.Hint)))
	case v.Sheet == nil:
		body = append(body, app.Div().Class("sheet-head").Body(back, app.H3().Body(app.Span().Class("spinner"), app.Text(v.Ref))))
	default:
		s := v.Sheet
		body = append(body, app.Div().Class("sheet-head").Body(back, app.Span().Class("sheet-kind").Text(s.Kind), app.H3().Text(s.Title)))
		if s.File != nil {
			body = append(body, &FileHead{Out: v.Out, File: *s.File, Download: v.Download})
		}
		if len(v.Actions) > 0 {
			body = append(body, &Deeds{Out: v.Out, Actions: v.Actions})
		}
		if s.Listing != nil {
			body = append(body, &FileList{Out: v.Out, Listing: *s.Listing})
		}
		rows := model.RowActions(*s)
		for i, sec := range model.InOrder(*s) {
			body = append(body, &SheetSection{Out: v.Out, Section: sec, Place: i, Actions: rows[sec.Title]})
		}
		if len(s.Commands) > 0 {
			rows := make([]app.UI, 0, len(s.Commands))
			for _, line := range s.Commands {
				rows = append(rows, &CommandRow{Out: v.Out, Line: line})
			}
			body = append(body, app.Section().Class("sheet-section").Body(app.H4().Text("Commands"), app.Ul().Class("sheet-commands").Body(rows...)))
		}
	}
	return app.Div().Class("inspector").TabIndex(0).Attr("role", "region").Aria("label", "Inspector").Body(body...)
}

func (v *Inspector) back(ctx app.Context, _ app.Event) { v.Out.Send(ctx, model.LookBack{}) }

// A SheetSection is a titled list of facts, or a table.
type SheetSection struct {
	app.Compo
	Out     *Out
	Section protocol.Section
	Place   int
	Actions map[string][]model.Action // of a table's rows, by the text of their first cell
}

// Render draws the facts.
func (v *SheetSection) Render() app.UI {
	s := v.Section
	body := []app.UI{}
	if s.Title != "" {
		body = append(body, app.H4().Text(s.Title))
	}
	if s.Note != "" {
		body = append(body, app.P().Class("sheet-note soft").Text(s.Note))
	}
	if s.Text != "" {
		return app.Section().Class("sheet-section").Body(append(body, app.Pre().Class("sheet-text mono").TabIndex(0).Attr("role", "region").Aria("label", Attr(s.Title)).Text(s.Text))...)
	}
	if len(s.Rows) == 0 {
		return app.Section().Class("sheet-section").Body(append(body, app.P().Class("soft").Text("none"))...)
	}
	if len(s.Head) == 0 {
		facts := make([]app.UI, 0, 2*len(s.Rows))
		for i, row := range s.Rows {
			if len(row) < 2 {
				continue
			}
			facts = append(facts, app.Div().Class("fact").Body(app.Dt().Body(v.cell(row[0], i, 0)), app.Dd().Body(v.cell(row[1], i, 1))))
		}
		return app.Section().Class("sheet-section").Body(append(body, app.Dl().Class("facts").Body(facts...))...)
	}
	head := make([]app.UI, 0, len(s.Head)+1)
	for i, h := range s.Head {
		if i < len(s.Types) {
			head = append(head, app.Th().Attr("scope", "col").Body(app.Text(h), app.Small().Class("column-type").Text(s.Types[i])))
			continue
		}
		head = append(head, app.Th().Attr("scope", "col").Text(h))
	}
	if v.Actions != nil {
		head = append(head, app.Th().Attr("scope", "col").Text("Do"))
	}
	rows := make([]app.UI, 0, len(s.Rows))
	for i, row := range s.Rows {
		cells := make([]app.UI, 0, len(row)+1)
		for j, c := range row {
			cell := app.Td().Body(v.cell(c, i, j))
			if j < len(s.Head) {
				cell = cell.DataSet("head", s.Head[j])
			}
			if full := fullOf(c.Text); full >= 0 {
				cell = cell.Class("filling").Style("--fill", strconv.FormatFloat(full*100, 'f', 1, 64)+"%")
			}
			cells = append(cells, cell)
		}
		if v.Actions != nil && len(row) > 0 {
			cells = append(cells, app.Td().Body(&Deeds{Out: v.Out, Actions: v.Actions[row[0].Text]}))
		}
		rows = append(rows, app.Tr().Body(cells...))
	}
	table := app.Div().Class("sheet-table"+map[bool]string{true: " many"}[len(s.Head) > 3]).TabIndex(0).Attr("role", "region").Aria("label", Attr(cmp.Or(s.Title, "Table"))).Body(app.Table().Body(app.THead().Body(app.Tr().Body(head...)), app.TBody().Body(rows...)))
	return app.Section().Class("sheet-section").Body(append(body, table)...)
}

// fullOf is how full a cell says that something is, "12,800 of 51,200", from 0 to 1; -1 when it says no such thing.
func fullOf(text string) float64 {
	part, whole, ok := strings.Cut(text, " of ")
	number := func(s string) float64 {
		n, err := strconv.ParseFloat(strings.ReplaceAll(s, ",", ""), 64)
		if err != nil {
			return -1
		}
		return n
	}
	p, w := number(part), number(whole)
	if !ok || p < 0 || w <= 0 {
		return -1
	}
	return min(p/w, 1)
}

func (v *SheetSection) cell(c protocol.Cell, i, j int) app.UI {
	class := "cell"
	if c.Mono {
		class += " mono"
	}
	var e app.UI
	if c.Ref != "" {
		ref := c.Ref
		e = app.Button().Type("button").Class(class+" link").Text(c.Text).OnClick(func(ctx app.Context, _ app.Event) {
			v.Out.Send(ctx, model.Look{Ref: ref})
		}, i, j, ref)
	} else {
		e = app.Span().Class(class).Text(c.Text)
	}
	if c.Note == "" {
		return e
	}
	return app.Span().Body(e, app.Small().Class("cell-note").Text(c.Note))
}

// A CommandRow is a command that can be run or copied.
type CommandRow struct {
	app.Compo
	Out  *Out
	Line string
}

// Render draws the row.
func (r *CommandRow) Render() app.UI {
	return app.Li().Body(app.Code().Body(commandWords(r.Line)...),
		app.Button().Type("button").Class("btn icon small quiet").Aria("label", "Copy this command").Title("Copy").Body(Icon("copy")).OnClick(r.copy),
		app.Button().Type("button").Class("btn small").Body(Icon("play"), app.Text("Run")).OnClick(r.run))
}

func (r *CommandRow) copy(ctx app.Context, _ app.Event) { r.Out.Copy(ctx, r.Line) }
func (r *CommandRow) run(ctx app.Context, _ app.Event)  { r.Out.Send(ctx, model.RunLine{Line: r.Line}) }

// A DeedLine shows the console line that a press of a button was equal to.
type DeedLine struct {
	app.Compo
	Out    *Out
	Deed   model.Deed
	Notice string

	Download *model.Download // the latest
}

// Render draws the line, or nothing.
func (d *DeedLine) Render() app.UI {
	body := []app.UI{}
	class := "deed"
	switch x := d.Download; {
	case x != nil && x.Flaw != "":
		class += " hot"
		body = append(body, Icon("circle-alert"), app.Span().Class("deed-words").Text(x.Flaw))
	case x != nil && x.Total > 0 && x.Got >= x.Total, x != nil && x.Name != "" && x.Total == 0:
		body = append(body, Icon("download"), app.Span().Class("deed-words").Text("Downloaded "+x.Name+", "+model.Bytes(float64(x.Total))+"."))
	case d.Notice != "":
		body = append(body, Icon("info"), app.Span().Class("deed-words").Text(d.Notice))
	case d.Deed.Error != nil:
		class += " hot"
		words := d.Deed.Error.Message
		if d.Deed.Error.Code != "" {
			words = d.Deed.Error.Code + ": " + words
		}
		body = append(body, Icon("circle-alert"), app.Span().Class("deed-words").Text(words+" "+d.Deed.Error.Hint))
	case d.Deed.Command != "":
		if d.Deed.Words != "" {
			body = append(body, Icon("history"), app.Span().Class("deed-words").Text(d.Deed.Words))
		}
		body = append(body, app.Span().Class("soft").Text("The same in the console"), app.Code().Class("deed-words").Body(commandWords(d.Deed.Command)...),
			app.Button().Type("button").Class("btn icon small quiet").Aria("label", "Copy this command").Title("Copy").Body(Icon("copy")).OnClick(d.copy))
	default:
		return app.Div().Class("deed").Hidden(true)
	}
	body = append(body, app.Button().Type("button").Class("btn icon small quiet").Aria("label", "Dismiss").Body(Icon("x")).OnClick(d.drop))
	return app.Div().Class(class).Hidden(false).Aria("live", "polite").Body(body...)
}

func (d *DeedLine) copy(ctx app.Context, _ app.Event) { d.Out.Copy(ctx, d.Deed.Command) }
func (d *DeedLine) drop(ctx app.Context, _ app.Event) { d.Out.Send(ctx, model.DropNotice{}) }
