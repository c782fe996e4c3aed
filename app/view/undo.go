package view

import (
	"github.com/maxence-charriere/go-app/v9/pkg/app"

	"shardlab/app/model"
)

// UndoButtons take the learner's last deed back and put it back; each says what that is. The fields are console lines, "" when
// there is nothing to undo or to redo.
type UndoButtons struct {
	app.Compo
	Out  *Out
	Undo string
	Redo string
}

// Render draws the two buttons.
func (u *UndoButtons) Render() app.UI {
	return app.Div().Class("undo").Attr("role", "group").Aria("label", "Take back").Body(
		undoButton("Undo", "undo-2", u.Undo, "Ctrl+Z", "Control+Z").OnClick(u.undo),
		undoButton("Redo", "redo-2", u.Redo, "Ctrl+Shift+Z", "Control+Shift+Z").OnClick(u.redo))
}

// undoButton draws one; it keeps the focus when there is nothing more to take back.
func undoButton(name, icon, deed, key, keys string) app.HTMLButton {
	title := name + ": " + deed + " (" + key + ")"
	if deed == "" {
		title = "Nothing to " + map[string]string{"Undo": "undo", "Redo": "redo"}[name]
	}
	return app.Button().Type("button").Class("btn icon small quiet").Aria("label", name).Aria("keyshortcuts", keys).Aria("disabled", deed == "").Title(Attr(title)).Body(Icon(icon))
}

func (u *UndoButtons) undo(ctx app.Context, e app.Event) {
	e.Call("stopPropagation")
	u.Out.Send(ctx, model.PressUndo{})
}

func (u *UndoButtons) redo(ctx app.Context, e app.Event) {
	e.Call("stopPropagation")
	u.Out.Send(ctx, model.PressRedo{})
}
