package view

import (
	"strconv"
	"strings"

	"github.com/maxence-charriere/go-app/v9/pkg/app"
)

// A CodeField is a field for a program. Until its editor has come, and where it does not come, it is a textarea.
type CodeField struct {
	app.Compo
	Out                  *Out
	ID, Name, Lang, Text string
	Fault                string // what is wrong, in words
	Told                 string // ids of what describes it

	lang   string // of the editor
	marked string // the fault that is marked
	close  func()
	flaw   func(line, column int, message string)
}

// OnMount makes the textarea an editor.
func (c *CodeField) OnMount(app.Context) { c.dress() }

// OnUpdate marks what was refused, and begins again for a program of another language.
func (c *CodeField) OnUpdate(app.Context) { c.dress() }

// OnDismount gives the textarea back.
func (c *CodeField) OnDismount() {
	if c.close != nil {
		c.close()
	}
}

func (c *CodeField) dress() {
	if c.Out == nil || c.Out.Edit == nil {
		return
	}
	if c.close != nil && c.lang != c.Lang {
		c.close()
		c.close = nil
	}
	if c.close == nil {
		c.lang, c.marked = c.Lang, ""
		c.close, c.flaw = c.Out.Edit(c.ID, c.Lang)
	}
	if c.marked != c.Fault {
		c.marked = c.Fault
		line, column := placeIn(c.Fault)
		words := c.Fault
		if line == 0 {
			words = ""
		}
		c.flaw(max(line, 1), max(column, 1), words)
	}
}

// placeIn finds the line and column that words speak of, "line 2, column 15", 0 when they speak of none.
func placeIn(words string) (line, column int) {
	fields := strings.FieldsFunc(strings.ToLower(words), func(r rune) bool { return r == ' ' || r == ',' || r == ':' || r == '.' })
	for i := 0; i+1 < len(fields); i++ {
		n, err := strconv.Atoi(fields[i+1])
		switch {
		case err != nil:
		case fields[i] == "line" && line == 0:
			line = n
		case fields[i] == "column" && line > 0:
			return line, n
		}
	}
	return line, 0
}

// Render draws the textarea.
func (c *CodeField) Render() app.UI {
	area := app.Textarea().Class("field mono").Name(c.Name).ID(c.ID).DataSet("field", c.Name).Rows(max(4, min(14, strings.Count(c.Text, "\n")+1))).
		Attr("spellcheck", "false").Attr("autocapitalize", "off").Attr("wrap", "off").Aria("invalid", strconv.FormatBool(c.Fault != "")).Text(c.Text)
	if c.Told != "" {
		area = area.Aria("describedby", c.Told)
	}
	return area
}
