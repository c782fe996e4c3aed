package view

import (
	"strconv"
	"strings"

	"github.com/maxence-charriere/go-app/v9/pkg/app"

	"shardlab/app/model"
)

// PaletteID is the dialog of the palette and the help sheet, FindID the palette's field.
const (
	PaletteID = "palette"
	FindID    = "palette-find"
)

// Messages of the palette:
type (
	// OpenPalette opens the palette.
	OpenPalette struct{}
	// ClosePalette closes palette or help sheet.
	ClosePalette struct{}
	// PaletteClosed says that the browser has closed either.
	PaletteClosed struct{}
	// FindActs says what was typed.
	FindActs struct{ Query string }
	// MoveAct moves the choice by By places.
	MoveAct struct{ By int }
	// DoAct does the act at Place.
	DoAct struct{ Place int }
)

// A Palette is the button in the header and the dialog it opens: acts by their words, or the help sheet.
type Palette struct {
	Open    string // "", "find" or "help"
	Ready   bool   // the page's program is there
	Query   string
	Found   []model.Act
	Choice  int
	Keys    []model.KeyGroup
	Singles bool // single keys act
	To      Sender
}

// Draw draws both.
func (p Palette) Draw() app.UI {
	button := app.Button().Type("button").Class("btn quiet small find-open").Aria("haspopup", "dialog").Title("Find a command (Ctrl+K)").Disabled(!p.Ready).
		Body(Icon("search"), app.Span().Body(app.Text("Find"), app.Span().Class("visually-hidden").Text(" a command")), app.Kbd().Class("key").Text("Ctrl K")).
		OnClick(func(ctx app.Context, _ app.Event) { p.To.Send(ctx, OpenPalette{}) })
	label, body := "Find a command", []app.UI(nil)
	switch p.Open {
	case "find":
		body = p.find()
	case "help":
		label, body = "Keyboard help", p.help()
	}
	dialog := app.Dialog().Class("palette").ID(PaletteID).Aria("label", label).DataSet("show", p.Open).Body(body...).
		On("close", func(ctx app.Context, _ app.Event) { p.To.Send(ctx, PaletteClosed{}) }).
		OnClick(func(ctx app.Context, e app.Event) { // the backdrop is the dialog itself
			if e.Get("target").Get("id").String() == PaletteID {
				p.To.Send(ctx, ClosePalette{})
			}
		})
	return app.Div().Class("find").Body(button, dialog)
}

func (p Palette) find() []app.UI {
	field := app.Input().Type("text").Class("palette-field").ID(FindID).Placeholder("What do you want to do?").AutoComplete(false).Attr("spellcheck", "false").
		Attr("role", "combobox").Aria("label", "Find a command").Aria("expanded", true).Aria("controls", "palette-list").Aria("autocomplete", "list").
		OnInput(func(ctx app.Context, _ app.Event) { p.To.Send(ctx, FindActs{ctx.JSSrc().Get("value").String()}) }).
		OnKeyDown(func(ctx app.Context, e app.Event) {
			var message any
			switch e.Get("key").String() {
			case "ArrowDown":
				message = MoveAct{1}
			case "ArrowUp":
				message = MoveAct{-1}
			case "PageDown":
				message = MoveAct{8}
			case "PageUp":
				message = MoveAct{-8}
			case "Enter":
				message = DoAct{-1}
			default:
				return
			}
			e.PreventDefault()
			p.To.Send(ctx, message)
		})
	if len(p.Found) > 0 {
		field = field.Aria("activedescendant", "act-"+strconv.Itoa(p.Choice))
	} else {
		field = field.Aria("activedescendant", "")
	}
	items, group := []app.UI{}, ""
	for i, a := range p.Found {
		if a.Group != group && p.Query == "" {
			group = a.Group
			items = append(items, app.Li().Class("palette-group").Attr("role", "presentation").Text(group))
		}
		item := app.Li().ID("act-"+strconv.Itoa(i)).Class("palette-act").Attr("role", "option").Aria("selected", i == p.Choice).Body(
			Icon(a.Icon), app.Span().Class("palette-words").Text(a.Words), app.Span().Class("palette-of").Text(map[bool]string{true: a.Group}[p.Query != ""]), keys(a.Key))
		items = append(items, item.OnClick(func(ctx app.Context, _ app.Event) { p.To.Send(ctx, DoAct{i}) }, i, a.Words))
	}
	list := app.Ul().Class("palette-list").ID("palette-list").Attr("role", "listbox").Aria("label", "Commands").Body(items...)
	count := strconv.Itoa(len(p.Found)) + " found"
	none := app.UI(app.P().Class("palette-none").Hidden(len(p.Found) > 0).Text("Nothing is called that here. The console knows every command of the AWS CLI: try “help” there."))
	return []app.UI{
		app.Div().Class("palette-top").Body(Icon("search"), field, app.Kbd().Class("key").Aria("hidden", "true").Text("Esc")),
		list, none,
		app.P().Class("visually-hidden").Role("status").Text(count),
		app.P().Class("palette-foot").Body(keys("↑ ↓"), app.Span().Text("choose"), keys("Enter"), app.Span().Text("do it"), keys("?"), app.Span().Text("all keys, when nothing is being typed")),
	}
}

func (p Palette) help() []app.UI {
	parts := make([]app.UI, 0, len(p.Keys))
	for _, g := range p.Keys {
		rows := make([]app.UI, 0, len(g.Lines))
		for _, l := range g.Lines {
			rows = append(rows, app.Div().Class("help-row").Body(app.Dt().Body(keys(l.Keys)), app.Dd().Text(l.Words)))
		}
		part := []app.UI{app.H3().Text(g.Title), app.Dl().Body(rows...)}
		if g.Note != "" {
			part = append(part, app.P().Class("soft").Text(g.Note))
		}
		parts = append(parts, app.Section().Class("help-part").Body(part...))
	}
	off := app.UI(app.Text(""))
	if !p.Singles {
		off = Note("warn", "info", app.P().Text("Single keys are turned off in the settings."))
	}
	return []app.UI{
		app.Div().Class("palette-top").Body(app.H2().ID("help-title").TabIndex(-1).Text("Keyboard help"),
			app.Button().Type("button").Class("btn icon small quiet").Aria("label", "Close").Body(Icon("x")).
				OnClick(func(ctx app.Context, _ app.Event) { p.To.Send(ctx, ClosePalette{}) })),
		app.Div().Class("help-sheet").TabIndex(0).Attr("role", "region").Aria("label", "All keys").Body(append([]app.UI{off}, parts...)...),
	}
}

// keys draws keys that are apart by a space; those of a chord are apart by a plus.
func keys(text string) app.UI {
	if text == "" {
		return app.Span()
	}
	var all []app.UI
	for _, chord := range strings.Fields(text) {
		together := strings.Split(chord, "+")
		if chord == "+" { // the key itself
			together = []string{chord}
		}
		for i, k := range together {
			if i > 0 {
				all = append(all, app.Text("+"))
			}
			all = append(all, app.Kbd().Class("key").Text(k))
		}
	}
	return app.Span().Class("keys").Body(all...)
}
