package model

import (
	"strings"

	"shardlab/wasm/protocol"
)

// Messages of undo and redo:
type (
	// PressUndo takes the last deed back.
	PressUndo struct{}
	// PressRedo puts back what the last undo took.
	PressRedo struct{}
)

// takeBack asks for an undo or a redo, when there is something to take back or to do again.
func (b Bench) takeBack(kind string) (Bench, []Ask) {
	if b.Phase != Ready || kind == protocol.Undo && b.Frame.Undo == "" || kind == protocol.Redo && b.Frame.Redo == "" {
		b.Said = "There is nothing to " + kind + "."
		return b, nil
	}
	b.Menu, b.Form = "", Form{asked: b.Form.asked + 1}
	return b, b.free(ask(protocol.Request{Kind: kind}))
}

// tookBack takes the answer.
func (b Bench) tookBack(kind string, r protocol.Reply) (Bench, []Ask) {
	b.Deed = Deed{Error: r.Error}
	if r.Error == nil {
		words := map[string]string{protocol.Undo: "Undone: ", protocol.Redo: "Done again: "}[kind] + r.Command
		if r.Reached != "" {
			words += ". " + strings.TrimSpace(r.Reached)
		}
		b.Deed = Deed{Command: "lab " + kind, Words: words}
	}
	return b.again()
}
