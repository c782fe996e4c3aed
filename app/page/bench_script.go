package page

import (
	"strings"

	"github.com/maxence-charriere/go-app/v9/pkg/app"

	"shardlab/app/link"
	"shardlab/app/model"
	"shardlab/app/view"
)

// scripts says whether the scenario's text stands beside the picture: in the sandbox, not beside a lesson, whose lab is its author's.
func (b *Bench) scripts() bool { return b.Full && !b.Alone }

// leftTabs are the tabs of the left dock.
func (b *Bench) leftTabs() string {
	if b.scripts() {
		return "console inspector scenario"
	}
	return "console inspector"
}

// scriptPanel is the scenario's text, nil where there is none.
func (b *Bench) scriptPanel() app.UI {
	if !b.scripts() {
		return app.Div().Class("panel").Hidden(true)
	}
	s := b.state
	return app.Div().Class("panel").ID("panel-scenario").Attr("role", "tabpanel").Aria("labelledby", "tab-scenario").DataSet("on", s.Left == "scenario").Body(
		&view.ScriptPanel{Out: b.out, Script: s.Script, Ready: s.Phase == model.Ready})
}

// script makes the field an editor once it is shown, and keeps the two in step.
func (b *Bench) script() {
	if !b.scripts() || b.state.Left != "scenario" || b.Wire == nil || b.Wire.Device == nil || b.ctx == nil || b.closed {
		return
	}
	if b.scriptEditor == nil {
		b.scriptEditor = &link.Editor{}
		b.ctx.Defer(func(app.Context) {
			if b.closed {
				return
			}
			b.scriptEditor = b.Wire.Device.NewEditor(view.ScriptID, link.EditorOptions{Language: "shell", Lines: true,
				OnChange: func(text string) { b.ctx.Dispatch(func(app.Context) { b.update(model.ScriptTyped{Text: text}) }) },
				OnKey: func(k link.Key) bool {
					if k.Key != "Enter" || !k.Ctrl && !k.Meta {
						return false
					}
					b.ctx.Dispatch(func(app.Context) { b.update(model.ApplyScript{}) })
					return true
				}})
			b.drop = append(b.drop, func() { b.scriptEditor.Close() })
			b.scriptMade = true
			b.script()
		})
	}
	if !b.scriptMade {
		return
	}
	s := b.state.Script
	if b.scriptEditor.Value() != s.Draft {
		b.scriptEditor.SetValue(s.Draft)
	}
	line, column, message := 0, 0, ""
	if len(s.Flaws) > 0 {
		line, column, message = s.Flaws[0].Line, s.Flaws[0].Column, s.Flaws[0].Message
	}
	if flaw := (scriptFlaw{line, column, message}); flaw != b.scriptFlaw {
		b.scriptFlaw = flaw
		b.scriptEditor.SetFlaw(max(line, 1), max(column, 1), message)
	}
}

// A scriptFlaw is what is marked in the editor.
type scriptFlaw struct {
	line, column int
	message      string
}

// toFlaw puts the caret where something is wrong.
func (b *Bench) toFlaw(m model.ShowFlaw) {
	if !b.scriptMade {
		return
	}
	lines := strings.SplitAfter(b.scriptEditor.Value(), "\n")
	at := 0
	for i := 0; i < m.Line-1 && i < len(lines); i++ {
		at += len(lines[i])
	}
	if m.Line-1 < len(lines) {
		for i := range lines[m.Line-1] {
			if m.Column--; m.Column == 0 {
				at += i
				break
			}
		}
	}
	b.scriptEditor.Select(at, at)
	b.scriptEditor.Focus()
}

// scriptKinds are the files of a scenario, as an input accepts them.
const scriptKinds = ".txt,.lab,text/plain"

// saveScript hands the text to the learner as a file.
func (b *Bench) saveScript() {
	name := "lab"
	for _, line := range strings.Split(b.state.Script.Draft, "\n") {
		if value, ok := strings.CutPrefix(line, "name "); ok {
			name = strings.TrimSpace(value)
			break
		}
	}
	link.Download(name+".lab.txt", "text/plain", []byte(b.state.Script.Draft))
}
