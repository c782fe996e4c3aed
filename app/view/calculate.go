package view

import (
	"strconv"

	"github.com/maxence-charriere/go-app/v9/pkg/app"

	"shardlab/app/model"
	"shardlab/wasm/protocol"
)

// Messages of the calculators.
type (
	// CalcTyped sets a number of the calculator.
	CalcTyped struct {
		Name  string
		Value float64
	}
	// CalcRun plays the run that proves the answer.
	CalcRun struct{}
	// CalcCopy copies the console line.
	CalcCopy struct{}
)

// Calculators is the calculator that is open: its numbers, its answer, and what the run beside it gave.
type Calculators struct {
	app.Compo
	To      Sender
	ID      string
	Values  map[string]float64
	Shown   int // grows with each change of the values, which are one map
	Answer  model.Calculation
	Command string
	Flaw    *protocol.Error
	Waits   bool // for an answer
	Playing bool // the run is on its way
	Stale   bool // the run beside it is of other numbers

	flaws map[string]string
}

// Render draws the panel.
func (c *Calculators) Render() app.UI {
	now := model.CalculatorByID(c.ID)
	links := make([]app.UI, 0, len(model.Calculators))
	for _, x := range model.Calculators {
		a := app.A().Class("calc-tab").Href("/lab#calculate=" + x.ID).Text(x.Title)
		if x.ID == now.ID {
			a = a.Aria("current", "page")
		}
		links = append(links, a)
	}
	fields := make([]app.UI, 0, len(now.Fields))
	for _, f := range now.Fields {
		fields = append(fields, c.field(f))
	}
	return app.Div().Class("calc").Body(
		app.Div().Class("calc-head").Body(app.H1().ID("title").TabIndex(-1).Text("Calculators"), app.A().Class("btn small quiet").Href("/lab").Text("Back to the lab")),
		app.Nav().Class("calc-tabs").Aria("label", "Calculators").Body(links...),
		app.P().Class("calc-asks").Text(now.Asks),
		app.Form().Class("calc-fields").Aria("label", Attr(now.Title)).Attr("novalidate", true).Body(fields...).OnSubmit(func(_ app.Context, e app.Event) { e.PreventDefault() }),
		c.answer())
}

// field draws a number with its slider, or a switch.
func (c *Calculators) field(f model.CalcField) app.UI {
	id := "calc-" + f.Name
	v := c.Values[f.Name]
	if f.Switch {
		return app.Label().Class("calc-field calc-switch").Body(app.Input().Type("checkbox").Class("tick").ID(id).Checked(v != 0).OnChange(func(ctx app.Context, _ app.Event) {
			on := 0.0
			if ctx.JSSrc().Get("checked").Bool() {
				on = 1
			}
			c.To.Send(ctx, CalcTyped{f.Name, on})
		}, c.ID+f.Name), app.Text(f.Label))
	}
	flaw := c.flaws[c.ID+" "+f.Name]
	unit := f.Unit
	label := f.Label
	if unit != "" {
		label += ", " + unit
	}
	number := app.Input().Type("text").Class("field calc-number").ID(id).Attr("inputmode", "decimal").AutoComplete(false).Attr("value", model.CalcNumber(v)).Aria("invalid", strconv.FormatBool(flaw != "")).Aria("describedby", id+"-flaw").
		OnInput(func(ctx app.Context, _ app.Event) { c.typed(ctx, f, ctx.JSSrc().Get("value").String()) }, c.ID+f.Name)
	slider := app.Input().Type("range").Class("calc-slider").Aria("label", Attr(label+", slider")).Attr("min", "0").Attr("max", strconv.Itoa(model.Slide)).Attr("step", "1").Attr("value", strconv.Itoa(f.StepOf(v))).
		Aria("valuetext", model.CalcNumber(v)+" "+unit).
		OnInput(func(ctx app.Context, _ app.Event) {
			if n, err := strconv.Atoi(ctx.JSSrc().Get("value").String()); err == nil {
				delete(c.flaws, c.ID+" "+f.Name)
				c.To.Send(ctx, CalcTyped{f.Name, f.At(n)})
			}
		}, c.ID+f.Name)
	return app.Div().Class("calc-field").Body(
		app.Label().For(id).Text(label), number, slider, app.Small().ID(id+"-flaw").Class("fault").Aria("live", "polite").Text(flaw))
}

// typed takes a number that was typed; what is none is told and changes nothing.
func (c *Calculators) typed(ctx app.Context, f model.CalcField, text string) {
	v, flaw := f.Read(text)
	if c.flaws == nil {
		c.flaws = map[string]string{}
	}
	was := c.flaws[c.ID+" "+f.Name]
	if c.flaws[c.ID+" "+f.Name] = flaw; flaw == "" {
		c.To.Send(ctx, CalcTyped{f.Name, v})
	}
	if was != flaw {
		c.Update()
	}
}

// answer draws the result.
func (c *Calculators) answer() app.UI {
	a := c.Answer
	if c.Flaw != nil {
		return app.Div().Class("calc-answer").Aria("live", "polite").Body(app.Div().Class("note hot").Body(Icon("circle-alert"), app.Div().Body(app.P().Text(c.Flaw.Message), app.P().Class("soft").Text(c.Flaw.Hint))))
	}
	if a.Answer == "" {
		return app.Div().Class("calc-answer").Aria("live", "polite").Body(app.P().Class("row soft").Body(app.Span().Class("spinner"), app.Text("The engine that computes this is on its way …")))
	}
	body := []app.UI{app.Div().Aria("live", "polite").Body(app.P().Class("calc-result").Text(a.Answer), app.P().Class("calc-words").Text(a.Words))}
	body = append(body, c.proof())
	if len(a.Ways) > 0 {
		rows := make([]app.UI, 0, len(a.Ways))
		for _, w := range a.Ways {
			shards := "–"
			if w.Shards > 0 {
				shards = strconv.FormatInt(w.Shards, 10)
			}
			rows = append(rows, app.Tr().Body(app.Th().Attr("scope", "row").Text(w.Way), app.Td().Class("num").Text(shards), app.Td().Class("num").Text(money(w.PerHour)), app.Td().Class("num").Text(money(w.StoredPerMonth)), app.Td().Class("num").Body(app.B().Text(money(w.PerMonth+w.StoredPerMonth)))))
		}
		body = append(body, calcTable("Ways to run the stream", []string{"Way", "Shards", "$ an hour", "Kept, $ a month", "$ a month"}, rows))
	}
	if len(a.Steps) > 0 {
		rows := make([]app.UI, 0, len(a.Steps))
		for _, s := range a.Steps {
			rows = append(rows, app.Tr().Body(app.Th().Attr("scope", "row").Text(s.Name), app.Td().Class("mono").Text(s.Formula), app.Td().Class("num").Body(app.B().Text(s.Value))))
		}
		body = append(body, calcTable("The formula with these numbers", []string{"Step", "Computed", "Result"}, rows))
	}
	if c.Command != "" {
		body = append(body, app.Div().Class("chart-command").Body(app.P().Class("soft").Text("The same in the console"), app.Div().Class("chart-line").Body(app.Code().Class("mono").TabIndex(0).Text(c.Command),
			app.Button().Type("button").Class("btn small quiet").Aria("label", "Copy the command").Body(Icon("copy"), app.Text("Copy")).OnClick(func(ctx app.Context, _ app.Event) { c.To.Send(ctx, CalcCopy{}) }))))
	}
	return app.Div().Class("calc-answer").Body(body...)
}

// proof is the button that plays the run, and what came of it.
func (c *Calculators) proof() app.UI {
	a := c.Answer
	if a.NoRun != "" {
		return app.P().Class("note").Body(Icon("info"), app.Span().Text(a.NoRun))
	}
	agree, of, ran := a.Proven()
	play := app.Button().Type("button").Class("btn primary").Body(Icon("play"), app.Text("See the run that proves it")).Disabled(c.Playing).OnClick(func(ctx app.Context, _ app.Event) { c.To.Send(ctx, CalcRun{}) })
	if c.Playing {
		play = app.Button().Type("button").Class("btn primary").Disabled(true).Body(app.Span().Class("spinner"), app.Text("The run is on its way …"))
	}
	head := []string{"What", "Formula", "Run"}
	rows := make([]app.UI, 0, len(a.Figures))
	for _, f := range a.Figures {
		run := app.Td().Class("num").Text("–")
		if f.Run != nil {
			class, word := "calc-agrees", "agrees"
			if f.Agrees == nil || !*f.Agrees {
				class, word = "calc-differs", "differs"
			}
			run = app.Td().Class("num "+class).Title("within "+calcValue(f.Within, f.Unit)).Body(app.B().Text(calcValue(*f.Run, f.Unit)), app.Small().Text(" "+word))
		}
		rows = append(rows, app.Tr().Body(app.Th().Attr("scope", "row").Text(f.Name), app.Td().Class("num").Text(calcValue(f.Formula, f.Unit)), run))
	}
	said := "The numbers become a lab beside this panel, which plays them; what it measures stands here beside the formula."
	switch {
	case ran && agree == of:
		said = "The run agrees with the formula in each of " + plural(of, "figure") + ". It stands beside this panel: look at its charts."
	case ran:
		said = "The run agrees in " + strconv.Itoa(agree) + " of " + plural(of, "figure") + ". Look at the charts of the run to see why."
	case c.Stale:
		said = "The lab beside this panel plays other numbers."
	}
	return app.Div().Class("calc-proof").Body(app.Div().Class("row").Body(play), app.P().Class("soft").Aria("live", "polite").Text(said), calcTable("Formula and run", head, rows))
}

func calcTable(caption string, head []string, rows []app.UI) app.UI {
	cells := make([]app.UI, 0, len(head))
	for _, h := range head {
		cells = append(cells, app.Th().Attr("scope", "col").Text(h))
	}
	return app.Div().Class("calc-table").TabIndex(0).Attr("role", "region").Aria("label", caption).Body(app.Table().Body(app.Caption().Text(caption), app.THead().Body(app.Tr().Body(cells...)), app.TBody().Body(rows...)))
}

func money(v float64) string {
	switch {
	case v == 0:
		return "0"
	case v < 1:
		return strconv.FormatFloat(v, 'f', 4, 64)
	case v < 1000:
		return strconv.FormatFloat(v, 'f', 2, 64)
	}
	return model.Count(v)
}

func calcValue(v float64, unit string) string {
	text := model.Count(v)
	switch {
	case unit == "$/hour":
		text = money(v)
	case v < 1000 && v != float64(int64(v)):
		text = strconv.FormatFloat(v, 'f', 2, 64)
	}
	if unit != "" {
		text += " " + unit
	}
	return text
}
