package view

import (
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"

	"github.com/maxence-charriere/go-app/v9/pkg/app"

	"shardlab/app/model"
	"shardlab/wasm/protocol"
)

// PromptID is the console's prompt, LogID its transcript.
const (
	PromptID = "bench-prompt"
	LogID    = "bench-log"
)

// A Console is the terminal: what was run with what it answered, and a prompt. The line being typed lives in the prompt
// itself; the bench hears of it when it is run or completed.
type Console struct {
	app.Compo
	Out     *Out
	Entries []model.Entry
	Typed   []string
	Offer   model.Offer
	Ready   bool
	Stream  string // the first of the account, empty when there is none

	back    int    // how far into Typed, from its end; 0 is the line being typed
	draft   string // the line being typed while one looks back
	leaving bool   // Escape was pressed: the next Tab leaves the prompt
	filled  int    // the Offer whose only option was put in
	shown   int    // the newest entry scrolled to
	busy    bool
	undress func() // ends the prompt's editor

	seeking bool     // the history is searched for what stands in the prompt
	hits    []string // what was run that holds it, the newest first
	hit     int      // the chosen one
}

// Render draws transcript and prompt.
func (c *Console) Render() app.UI {
	items := make([]app.UI, 0, len(c.Entries)+1)
	if len(c.Entries) == 0 {
		items = append(items, app.Div().Class("entry hello").Body(
			app.P().Text("The AWS CLI and a small shell, on this lab's own region. Tab completes, Enter runs."),
			app.Div().Class("try").Body(
				c.tryLine(c.first()), c.tryLine(c.second()), c.tryLine("help"))))
	}
	for _, e := range c.Entries {
		items = append(items, &ConsoleEntry{Out: c.Out, Entry: e})
	}
	prompt := app.Textarea().Class("prompt-input").ID(PromptID).Rows(1).Aria("label", "Console: a command").
		Attr("spellcheck", "false").Attr("autocapitalize", "off").Attr("autocomplete", "off").Attr("autocorrect", "off").
		Aria("controls", "bench-offer").Aria("autocomplete", "list").Aria("haspopup", "listbox").
		Aria("describedby", "bench-prompt-help").
		OnKeyDown(c.key).OnInput(c.input)
	if _, choice := c.listed(); choice >= 0 {
		prompt = prompt.Aria("activedescendant", "offer-"+strconv.Itoa(choice))
	}
	prompt = prompt.Disabled(!c.Ready)
	return app.Div().Class("console").Body(
		app.Div().Class("log").ID(LogID).Attr("role", "log").Aria("label", "Console transcript").TabIndex(0).Body(items...),
		app.Div().Class("prompt").Body(
			c.menu(),
			app.Span().Class("prompt-sign").Aria("hidden", "true").Text("$"), prompt,
			app.Button().Type("button").Class("btn icon small quiet").Aria("label", "Run the command").Title("Run (Enter)").Body(Icon("corner-down-left")).OnClick(c.run),
			app.Button().Type("button").Class("btn icon small quiet").Aria("label", "Search what was run").Title("Search what was run (Ctrl+R)").Aria("pressed", c.seeking).Disabled(len(c.Typed) == 0).Body(Icon("history")).OnClick(c.pressSeek),
			app.Button().Type("button").Class("btn icon small quiet").Aria("label", "Clear the transcript").Title("Clear").Body(Icon("eraser")).OnClick(c.clear),
			app.Span().ID("bench-prompt-help").Class("visually-hidden").Text("Enter runs, Shift and Enter begins a new line, Control and C ends what runs, Tab completes, Control and R searches what was run, Escape and then Tab leaves the prompt."),
		),
	)
}

func (c *Console) tryLine(line string) app.UI {
	return app.Button().Type("button").Class("try-line mono").Disabled(!c.Ready).Text(line).OnClick(func(ctx app.Context, _ app.Event) {
		c.Out.Send(ctx, model.RunLine{Line: line})
	}, line)
}

// first is a line to begin with: what streams there are.
func (c *Console) first() string {
	if strings.HasPrefix(c.Stream, model.FirehosePrefix) {
		return "aws firehose list-delivery-streams"
	}
	return "aws kinesis list-streams"
}

// second is a line to begin with that suits the account: what its stream is made of, or a first stream.
func (c *Console) second() string {
	if name, ok := strings.CutPrefix(c.Stream, model.FirehosePrefix); ok {
		return "aws firehose describe-delivery-stream --delivery-stream-name " + name
	}
	if c.Stream == "" {
		return "aws kinesis create-stream --stream-name trips --shard-count 2"
	}
	return "aws kinesis list-shards --stream-name " + c.Stream + " --output table"
}

// A listRow is a row of the menu: a text, and what it means.
type listRow struct{ text, help string }

// listed are the rows of the menu and the chosen one, -1 when there is none: completions, or what was run.
func (c *Console) listed() (rows []listRow, choice int) {
	if c.seeking {
		for _, h := range c.hits {
			rows = append(rows, listRow{text: oneLine(h)})
		}
		return rows, min(c.hit, len(rows)-1)
	}
	for _, o := range c.Offer.Options {
		rows = append(rows, listRow{o.Text, o.Help})
	}
	return rows, min(c.Offer.Choice, len(rows)-1)
}

// oneLine shows an entry of several lines in one.
func oneLine(text string) string {
	first, rest, more := strings.Cut(text, "\n")
	if more {
		return first + " ⏎ and " + plural(strings.Count(rest, "\n")+1, "line") + " more"
	}
	return first
}

// menu draws the completions, or what was run, over the prompt, those around the choice when there are many.
func (c *Console) menu() app.UI {
	const room = 9
	all, choice := c.listed()
	name := "Completions"
	if c.seeking {
		name = "What was run"
	}
	list := app.Ul().Class("offer").ID("bench-offer").Attr("role", "listbox").Aria("label", name).Hidden(len(all) == 0 && !c.seeking)
	from := min(max(choice-room/2, 0), max(len(all)-room, 0))
	items := make([]app.UI, 0, room+1)
	for i := from; i < min(from+room, len(all)); i++ {
		row := app.Li().ID("offer-"+strconv.Itoa(i)).Attr("role", "option").Aria("selected", i == choice)
		if c.seeking {
			row = row.Class("past").Body(app.Span().Class("offer-text mono").Body(c.marked(all[i].text)...))
		} else {
			row = row.Class("").Body(app.Span().Class("offer-text mono").Text(all[i].text), app.Span().Class("offer-help").Text(all[i].help))
		}
		items = append(items, row.On("mousedown", c.choose(i), i, c.seeking))
	}
	switch {
	case c.seeking && len(all) == 0:
		items = append(items, app.Li().Class("offer-more").Attr("role", "presentation").Text("Nothing was run that holds this. Escape leaves the search."))
	case c.seeking:
		items = append(items, app.Li().Class("offer-more").Attr("role", "presentation").Text(strconv.Itoa(choice+1)+" of "+strconv.Itoa(len(all))+" that were run: type to narrow, Enter takes it into the prompt"))
	case len(all) > room:
		items = append(items, app.Li().Class("offer-more").Attr("role", "presentation").Text(strconv.Itoa(choice+1)+" of "+strconv.Itoa(len(all))))
	}
	return list.Body(items...)
}

// marked marks in an entry what was searched for.
func (c *Console) marked(text string) []app.UI {
	what := strings.TrimSpace(c.line())
	at := strings.Index(strings.ToLower(text), strings.ToLower(what))
	if what == "" || at < 0 || at+len(what) > len(text) {
		return []app.UI{app.Text(text)}
	}
	return []app.UI{app.Text(text[:at]), app.Mark().Text(text[at : at+len(what)]), app.Text(text[at+len(what):])}
}

// seek searches the history for what stands in the prompt.
func (c *Console) seek() {
	c.seeking, c.hit = true, 0
	c.hits = model.Recall(c.Typed, c.line())
}

func (c *Console) pressSeek(ctx app.Context, _ app.Event) {
	if c.seeking {
		c.seeking = false
	} else {
		c.Out.Send(ctx, model.DropOffer{})
		c.seek()
	}
	if p := app.Window().GetElementByID(PromptID); p.Truthy() {
		p.Call("focus")
	}
}

// seekKey takes a key while the history is searched, and says whether it did.
func (c *Console) seekKey(e app.Event, key string) bool {
	switch key {
	case "Enter", "Tab":
		if len(c.hits) > 0 {
			text := c.hits[c.hit]
			c.set(text, len(text))
		}
		c.seeking = false
	case "Escape":
		e.Call("stopPropagation")
		c.seeking = false
	case "ArrowUp":
		c.hit = max(c.hit-1, 0)
	case "ArrowDown":
		c.hit = max(min(c.hit+1, len(c.hits)-1), 0)
	case "r":
		if !e.Get("ctrlKey").Bool() {
			return false
		}
		if c.hit++; c.hit >= len(c.hits) {
			c.hit = 0
		}
	default:
		return false
	}
	e.PreventDefault()
	return true
}

func (c *Console) choose(i int) app.EventHandler {
	return func(ctx app.Context, e app.Event) {
		e.PreventDefault() // the prompt keeps the focus
		if !c.seeking {
			c.accept(ctx, i)
		} else if i < len(c.hits) {
			c.seeking = false
			c.set(c.hits[i], len(c.hits[i]))
		}
	}
}

// OnUpdate follows the transcript to its end and puts an only completion in at once.
func (c *Console) OnUpdate(ctx app.Context) {
	c.dress()
	newest, busy := 0, false
	if n := len(c.Entries); n > 0 {
		newest, busy = c.Entries[n-1].ID, c.Entries[n-1].Busy
	}
	if newest != c.shown || busy != c.busy {
		c.shown, c.busy = newest, busy
		c.follow()
	}
	if len(c.Offer.Options) == 1 && c.filled != c.Offer.Asked {
		c.filled = c.Offer.Asked
		c.accept(ctx, 0)
	}
}

// OnMount shows the newest lines.
func (c *Console) OnMount(app.Context) { c.follow(); c.dress() }

// OnDismount ends the prompt's editor.
func (c *Console) OnDismount() {
	if c.undress != nil {
		c.undress()
	}
}

// dress makes the prompt an editor of shell once there is something to run a command on.
func (c *Console) dress() {
	if c.undress == nil && c.Ready && c.Out.Edit != nil {
		c.undress, _ = c.Out.Edit(PromptID, "shell")
	}
}

func (c *Console) follow() {
	if log := app.Window().GetElementByID(LogID); log.Truthy() {
		log.Set("scrollTop", log.Get("scrollHeight"))
	}
}

func (c *Console) input(ctx app.Context, _ app.Event) {
	c.back, c.leaving = 0, false
	c.grow()
	if c.seeking {
		c.seek()
		return
	}
	if len(c.Offer.Options) > 0 || c.Offer.Unanswered {
		if line := c.line(); strings.TrimSpace(line) != "" {
			c.Out.Send(ctx, model.AskCompletion{Line: line, Pos: c.caret(line)})
		} else {
			c.Out.Send(ctx, model.DropOffer{})
		}
	}
}

func (c *Console) key(ctx app.Context, e app.Event) {
	offered := len(c.Offer.Options) > 0
	shift := e.Get("shiftKey").Bool()
	if e.Get("isComposing").Bool() {
		return
	}
	key := e.Get("key").String()
	if c.seeking && c.seekKey(e, key) {
		return
	}
	switch key {
	case "r":
		if e.Get("ctrlKey").Bool() && !shift && !e.Get("altKey").Bool() && len(c.Typed) > 0 {
			e.PreventDefault()
			c.Out.Send(ctx, model.DropOffer{})
			c.seek()
		}
	case "Enter":
		if shift {
			return
		}
		e.PreventDefault()
		if offered {
			c.accept(ctx, c.Offer.Choice)
			return
		}
		c.run(ctx, e)
	case "Tab":
		line := c.line()
		if shift || c.leaving || strings.TrimSpace(line) == "" {
			if offered {
				c.Out.Send(ctx, model.DropOffer{})
			}
			return
		}
		e.PreventDefault()
		if offered {
			c.accept(ctx, c.Offer.Choice)
			return
		}
		c.Out.Send(ctx, model.AskCompletion{Line: line, Pos: c.caret(line)})
	case "Escape":
		if offered {
			e.Call("stopPropagation")
			c.Out.Send(ctx, model.DropOffer{})
			return
		}
		c.leaving = true
	case "ArrowUp", "ArrowDown":
		by := 1
		if key == "ArrowUp" {
			by = -1
		}
		if offered {
			e.PreventDefault()
			n := len(c.Offer.Options) // at once: an Enter may come before the page has drawn the menu anew
			c.Offer.Choice = (c.Offer.Choice + by + n) % n
			c.Out.Send(ctx, model.MoveChoice{By: by})
			return
		}
		line := c.line()
		at := c.caret(line)
		if by < 0 && strings.Contains(line[:at], "\n") || by > 0 && strings.Contains(line[at:], "\n") {
			return // within a pasted script the arrows move the cursor
		}
		if c.recall(by) {
			e.PreventDefault()
		}
	case "l":
		if e.Get("ctrlKey").Bool() {
			e.PreventDefault()
			c.Out.Send(ctx, model.ClearConsole{})
		}
	case "c": // with text chosen it copies, as everywhere
		box := e.Get("target")
		if e.Get("ctrlKey").Bool() && c.runs() && box.Get("selectionStart").Equal(box.Get("selectionEnd")) {
			e.PreventDefault()
			c.Out.Send(ctx, model.PressStop{})
		}
	}
}

// runs says whether an entry is on its way.
func (c *Console) runs() bool {
	return slices.ContainsFunc(c.Entries, func(e model.Entry) bool { return e.Busy })
}

// recall puts an earlier line into the prompt, or a later one, and the line that was being typed at the end.
func (c *Console) recall(by int) bool {
	to := c.back - by
	if to < 0 || to > len(c.Typed) {
		return false
	}
	if c.back == 0 {
		c.draft = c.line()
	}
	c.back = to
	text := c.draft
	if to > 0 {
		text = c.Typed[len(c.Typed)-to]
	}
	c.set(text, len(text))
	return true
}

func (c *Console) run(ctx app.Context, _ app.Event) {
	line := c.line()
	c.back, c.draft, c.leaving, c.seeking = 0, "", false, false
	c.set("", 0)
	c.Out.Send(ctx, model.RunLine{Line: line})
	if p := app.Window().GetElementByID(PromptID); p.Truthy() {
		p.Call("focus")
	}
}

func (c *Console) clear(ctx app.Context, _ app.Event) { c.Out.Send(ctx, model.ClearConsole{}) }

// accept puts a completion in place of what it completes.
func (c *Console) accept(ctx app.Context, i int) {
	o := c.Offer
	line := c.line()
	if i < len(o.Options) && line == o.Line && o.From >= 0 && o.From <= o.To && o.To <= len(line) {
		text := o.Options[i].Text
		if o.To == len(line) && !strings.ContainsRune("/=,:", rune(text[len(text)-1])) && !strings.Contains(text, "=") && strings.Count(line, "'")%2 == 0 && strings.Count(line, `"`)%2 == 0 {
			text += " " // the next word begins
		}
		c.set(line[:o.From]+text+line[o.To:], o.From+len(text))
	}
	c.Out.Send(ctx, model.DropOffer{})
}

func (c *Console) line() string {
	p := app.Window().GetElementByID(PromptID)
	if !p.Truthy() {
		return ""
	}
	return p.Get("value").String()
}

// caret returns the cursor's place in bytes; the browser counts in UTF-16.
func (c *Console) caret(line string) int {
	units := app.Window().GetElementByID(PromptID).Get("selectionStart").Int()
	at := 0
	for _, r := range line {
		if units <= 0 {
			break
		}
		units -= utf16.RuneLen(r)
		at += len(string(r))
	}
	return at
}

func (c *Console) set(line string, caret int) {
	p := app.Window().GetElementByID(PromptID)
	if !p.Truthy() {
		return
	}
	p.Set("value", line)
	units := len(utf16.Encode([]rune(line[:caret])))
	p.Call("setSelectionRange", units, units)
	c.grow()
}

// grow fits the prompt to its lines; the style sheet bounds it.
func (c *Console) grow() {
	p := app.Window().GetElementByID(PromptID)
	if !p.Truthy() {
		return
	}
	style := p.Get("style")
	style.Set("height", "auto")
	style.Set("height", strconv.Itoa(p.Get("scrollHeight").Int())+"px")
}

// A ConsoleEntry is one command with what it answered. Long answers are folded.
type ConsoleEntry struct {
	app.Compo
	Out   *Out
	Entry model.Entry

	whole bool
}

// foldedLines is how much of a long answer is shown at first.
const foldedLines = 18

// Render draws the entry.
func (e *ConsoleEntry) Render() app.UI {
	body := []app.UI{
		app.Div().Class("entry-line").Body(
			app.Span().Class("prompt-sign").Aria("hidden", "true").Text("$"),
			app.Pre().Class("entry-command").Text(e.Entry.Line),
			app.Button().Type("button").Class("copy").Aria("label", "Copy this command").Title("Copy").Body(Icon("copy")).OnClick(e.copy)),
	}
	if e.Entry.Busy {
		body = append(body, app.Div().Class("entry-busy").Body(app.Span().Class("spinner"), app.Text("running")))
	}
	outputs, hidden := e.Entry.Output, 0
	if !e.whole {
		outputs, hidden = fold(outputs)
	}
	for _, o := range outputs {
		switch o.To {
		case "err":
			body = append(body, app.Pre().Class("entry-err").Text(strings.Trim(o.Text, "\n")))
		case "hint":
			body = append(body, app.Div().Class("entry-hint").Body(Icon("lightbulb"), app.Span().Text(strings.TrimPrefix(strings.TrimSpace(o.Text), "hint: "))))
		default:
			text := strings.TrimRight(o.Text, "\n")
			out := app.Pre().Class("entry-out")
			if strings.Contains(text, "\n|") { // a table: its lines must not be broken, so it scrolls
				out = app.Pre().Class("entry-out table").TabIndex(0)
			}
			body = append(body, out.Text(text))
		}
	}
	if hidden > 0 {
		body = append(body, app.Button().Type("button").Class("fold").Text("Show "+model.Count(hidden)+" more lines").OnClick(e.open))
	}
	class := "entry"
	if e.Entry.Exit != 0 {
		class += " failed"
	}
	return app.Div().Class(class).Body(body...)
}

// fold returns the beginning of long output, and how many lines are left out. Errors and hints are never folded.
func fold(all []protocol.Output) (shown []protocol.Output, hidden int) {
	lines := 0
	for _, o := range all {
		if o.To == "out" {
			lines += strings.Count(strings.TrimRight(o.Text, "\n"), "\n") + 1
		}
	}
	if lines <= foldedLines+4 {
		return all, 0
	}
	left := foldedLines
	for _, o := range all {
		if o.To != "out" {
			shown = append(shown, o)
			continue
		}
		if left == 0 {
			continue
		}
		parts := strings.SplitAfterN(strings.TrimRight(o.Text, "\n"), "\n", left+1)
		if len(parts) > left {
			parts = parts[:left]
		}
		left -= len(parts)
		shown = append(shown, protocol.Output{To: o.To, Text: strings.Join(parts, "")})
	}
	return shown, lines - foldedLines
}

func (e *ConsoleEntry) copy(ctx app.Context, _ app.Event) { e.Out.Copy(ctx, e.Entry.Line) }
func (e *ConsoleEntry) open(app.Context, app.Event)       { e.whole = true; e.Update() }
