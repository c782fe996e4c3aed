package page

import (
	"context"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/maxence-charriere/go-app/v9/pkg/app"

	"shardlab/app/link"
	"shardlab/app/model"
	"shardlab/app/view"
	"shardlab/lessons/block"
)

// commands is the palette and the help sheet of every page. It is a component of its own: what is typed into it redraws it and
// nothing else. It alone listens to keys of the whole window.
type commands struct {
	app.Compo
	Device *link.Device
	Wire   *Wire // to the page's bench; nil when it has none

	ctx       app.Context
	ready     bool
	open      string
	query     string
	choice    int
	drawn     []model.Act // what the list has; it follows what is typed, and not the lab's frames: rows stay where they are
	course    block.Course
	templates []block.Template
	due       bool     // what is open will be shown with the next frame
	coming    bool     // the palette is on its way: what is typed is for its field
	early     []string // the keys that were until now
	caught    func()   // lets keys go again
	stop      func()
}

func (c *commands) OnMount(ctx app.Context) {
	c.ctx, c.ready, c.open, c.due, c.coming, c.early = ctx, true, "", false, false, nil
	c.stop = link.WatchKeys(func(k link.WindowKey) bool {
		act, ok := c.meant(k)
		if ok {
			if _, palette := act.Message.(view.OpenPalette); palette {
				c.expect()
			}
			ctx.Dispatch(func(app.Context) { c.do(act) })
		}
		return ok
	})
}

func (c *commands) OnDismount() {
	c.free()
	if c.stop != nil {
		c.stop()
	}
}

// expect catches keys, before the stage, which has keys of its own, until the first that the palette gets by itself.
func (c *commands) expect() {
	if c.coming = true; c.caught == nil {
		c.caught = link.CatchKeys(c.keep)
	}
}

// keep keeps what is typed while the palette is on its way, and says whether it did: a slow machine draws it after the next key.
// A key may be under way to where the focus was when the palette comes, and is the palette's too.
func (c *commands) keep(k link.WindowKey) bool {
	switch {
	case !c.coming && (k.Palette || !link.DialogOpen(view.PaletteID)):
		c.free()
		return false
	case k.Control && (k.Name == "k" || k.Name == "K"): // once is enough, but after an Escape
		if slices.Contains(c.early, "Escape") {
			c.early = nil
		}
		return true
	case k.Control || k.Alt || utf8.RuneCountInString(k.Name) > 1 && moves[k.Name] == 0 && k.Name != "Enter" && k.Name != "Escape" && k.Name != "Backspace":
		return false
	}
	if c.early = append(c.early, k.Name); !c.coming {
		c.ctx.Dispatch(func(app.Context) { c.came() })
	}
	return true
}

var moves = map[string]int{"ArrowDown": 1, "ArrowUp": -1, "PageDown": 8, "PageUp": -8}

func (c *commands) free() {
	if c.caught != nil {
		c.caught()
		c.caught = nil
	}
}

// came gives the palette what was typed before its field had the focus.
func (c *commands) came() {
	field := app.Window().GetElementByID(view.FindID)
	if c.open != "find" || !field.Truthy() { // closed since
		c.coming, c.early = false, nil
		c.free()
		return
	}
	text, keys := "", c.early
	if c.early = nil; c.coming { // which was closed just now perhaps: it keeps its field then, and the words in it
		field.Set("value", "")
		c.coming = false
	} else {
		text = field.Get("value").String()
	}
	found := text
	find := func() {
		if text != found {
			found = text
			field.Set("value", text)
			c.Send(c.ctx, view.FindActs{Query: text})
		}
	}
	for _, key := range keys {
		switch by := moves[key]; {
		case by != 0:
			find()
			c.Send(c.ctx, view.MoveAct{By: by})
		case key == "Enter":
			find()
			if c.Send(c.ctx, view.DoAct{Place: -1}); c.open != "find" { // else there was nothing to do
				return
			}
		case key == "Escape":
			c.Send(c.ctx, view.ClosePalette{})
			return
		case key == "Backspace":
			_, last := utf8.DecodeLastRuneInString(text)
			text = text[:len(text)-last]
		default:
			text += key
		}
	}
	find()
}

// meant is what a key of the window stands for. A key that somebody types with is left to them.
func (c *commands) meant(k link.WindowKey) (model.Act, bool) {
	switch {
	case c.coming || c.due || c.open != "" && link.DialogOpen(view.PaletteID): // which the browser closes itself, and says so later
	case k.Control && !k.Prompt && (k.Name == "k" || k.Name == "K"):
		return model.Act{Message: view.OpenPalette{}}, true
	case k.Alt || k.Typing || !k.Control && c.Device.Settings().NoKeys:
	case k.Control:
		name := strings.ToUpper(k.Name)
		if k.Shift {
			name = "Shift+" + name
		}
		return model.ByKey(c.acts(), "Ctrl+"+name)
	case k.Name == " " && !k.Control: // where a press would do nothing else
		if c.Wire != nil && c.Wire.acts != nil && k.Idle {
			for _, a := range c.Wire.acts() {
				if a.Key == "Space" {
					return a, true
				}
			}
		}
	default:
		return model.ByKey(c.acts(), k.Name)
	}
	return model.Act{}, false
}

// acts are all acts there are now.
func (c *commands) acts() []model.Act {
	var all []model.Act
	if c.Wire != nil && c.Wire.acts != nil {
		all = c.Wire.acts()
	}
	all = append(all, model.PageActs()...)
	all = append(all, model.LessonActs(c.course)...)
	return append(all, model.TemplateActs(c.templates)...)
}

// Send takes what the learner does.
func (c *commands) Send(_ app.Context, message any) {
	switch m := message.(type) {
	case view.OpenPalette:
		c.fetch()
		c.expect()
		c.show("find", view.FindID)
	case view.ClosePalette:
		c.shut()
	case view.PaletteClosed: // word of it comes late: it may be open again, or on its way
		if !c.coming && !c.due && !link.DialogOpen(view.PaletteID) {
			c.shut()
		}
	case view.FindActs:
		c.query, c.choice = m.Query, 0
		c.drawn = c.found()
	case view.MoveAct:
		if n := len(c.drawn); n > 0 {
			if c.choice += m.By; m.By == 1 || m.By == -1 { // by single steps the list has no ends
				c.choice = (c.choice + n) % n
			}
			c.choice = min(max(c.choice, 0), n-1)
			c.ctx.Defer(func(app.Context) { link.ScrollItem("act-", c.choice) })
		}
	case view.DoAct:
		found := c.drawn // what stands there, which the lab's newest frame may have moved
		if m.Place < 0 {
			m.Place = c.choice
		}
		if m.Place < len(found) {
			if _, help := found[m.Place].Message.(model.ShowHelp); !help { // which stands in the same dialog
				c.shut()
			}
			c.do(found[m.Place])
		}
	}
	c.Update()
}

func (c *commands) found() []model.Act { return model.Find(c.acts(), c.query) }

// show opens the dialog and puts the focus on what is in it.
func (c *commands) show(what, focus string) {
	c.open, c.due, c.query, c.choice = what, true, "", 0
	c.drawn = c.found()
	c.ctx.Defer(func(app.Context) {
		if c.due = false; c.open != what { // closed since
			return
		}
		if link.ShowDialog(view.PaletteID, focus); what == "find" {
			c.came()
		}
	})
}

func (c *commands) shut() {
	c.open, c.coming, c.early = "", false, nil
	c.free()
	link.CloseDialog(view.PaletteID)
}

// fetch brings the lessons and the templates, so that they can be found by name.
func (c *commands) fetch() {
	c.course, _ = c.Device.ReadyCourse()
	c.templates, _ = c.Device.ReadyTemplates()
	if c.course.Modules != nil && c.templates != nil {
		return
	}
	c.ctx.Async(func() {
		course, one := c.Device.Course(context.Background())
		templates, two := c.Device.Templates(context.Background())
		c.ctx.Dispatch(func(app.Context) {
			if one == nil {
				c.course = course
			}
			if two == nil {
				c.templates = templates
			}
			c.drawn = c.found()
		})
	})
}

// do does an act.
func (c *commands) do(a model.Act) {
	chosen := c.Device.Settings()
	switch m := a.Message.(type) {
	case nil:
		c.ctx.Navigate(a.Path)
	case view.OpenPalette:
		c.Send(c.ctx, m)
	case model.ShowHelp:
		c.coming, c.early = false, nil
		c.free()
		c.show("help", "help-title")
	case model.ChooseTheme:
		chosen.Theme = m.Theme
		c.Device.Choose(chosen)
	case model.ChooseMotion:
		chosen.Motion = m.Motion
		c.Device.Choose(chosen)
	default:
		if c.Wire != nil {
			c.Wire.Order(Order{Kind: OrderSend, Message: a.Message})
		}
	}
	c.Update()
}

// Render draws the button and what it has opened.
func (c *commands) Render() app.UI {
	p := view.Palette{Open: c.open, Ready: c.ready, To: c}
	switch c.open {
	case "find":
		p.Query, p.Choice, p.Found = c.query, c.choice, c.drawn
	case "help":
		p.Keys, p.Singles = model.Keys(c.acts()), !c.Device.Settings().NoKeys
	}
	return p.Draw()
}
