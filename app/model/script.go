package model

import (
	"strings"

	"shardlab/wasm/protocol"
)

// A Script is the lab as a text beside the picture.
type Script struct {
	Text  string // as the engine tells it
	Draft string // what the learner has made of it; Text until something is typed
	Flaws []protocol.Flaw
	Busy  bool   // it is being applied
	Said  string // what came of it
	Stale bool   // something was done on the picture since the learner began to write

	asked scriptPlace // for which the text was asked last
}

// A scriptPlace is what a text depends on.
type scriptPlace struct {
	commands int
	history  int64
	known    bool
}

// Dirty says whether the learner has written something that is not applied.
func (s Script) Dirty() bool { return s.Draft != s.Text }

// Messages of the scenario's text:
type (
	// ScriptTyped brings the text as it is typed.
	ScriptTyped struct{ Text string }
	// ApplyScript opens the lab that the text says.
	ApplyScript struct{}
	// DropScript gives up what was typed and takes the picture's text.
	DropScript struct{}
	// OpenScript puts a text, of a file, in the editor's place; it is not applied yet.
	OpenScript struct{ Name, Text string }
	// SaveScript hands the text to the learner as a file.
	SaveScript struct{}
	// ShowFlaw puts the caret where something is wrong.
	ShowFlaw struct{ Line, Column int }
	// FollowScript asks for the text when it is shown and the lab has changed.
	FollowScript struct{}
)

// IsScript says whether a file's text is a scenario in words.
func IsScript(text string) bool {
	for _, line := range strings.Split(text, "\n") {
		if line = strings.TrimSpace(line); line != "" && line[0] != '#' {
			word, _, _ := strings.Cut(line, " ")
			return word == "name" || word == "start" || word == "seed" || word == "profile" || word == "open"
		}
	}
	return false
}

func (b Bench) scriptPlace() scriptPlace { return scriptPlace{b.Frame.Commands, b.Frame.History, true} }

// ScriptBehind says whether the text is shown and the lab has changed since it was asked for.
func (b Bench) ScriptBehind() bool {
	return b.Left == "scenario" && b.Phase == Ready && !b.Script.Busy && b.Script.asked != b.scriptPlace()
}

// scripting takes a message about the scenario's text; known is false when it is about something else.
func (b Bench) scripting(message any) (next Bench, asks []Ask, known bool) {
	s := &b.Script
	switch m := message.(type) {
	case ScriptTyped:
		s.Draft, s.Said = m.Text, ""
		if !s.Dirty() {
			s.Flaws, s.Stale = nil, false
		}
	case DropScript:
		s.Draft, s.Flaws, s.Stale, s.Said = s.Text, nil, false, ""
	case OpenScript:
		s.Draft, s.Flaws, s.Said = m.Text, nil, m.Name+" is open. Apply it to see it run."
		b.Left, b.Phone, b.Low = "scenario", "scenario", false
		next, asks := b.Update(FollowScript{})
		return next, asks, true
	case ApplyScript:
		if b.Phase != Ready || s.Busy {
			return b, nil, true
		}
		s.Busy, s.Said = true, ""
		return b, b.free(ask(protocol.Request{Kind: protocol.Rewrite, Script: s.Draft})), true
	case FollowScript:
		if !b.ScriptBehind() {
			return b, nil, true
		}
		s.asked = b.scriptPlace()
		return b, ask(protocol.Request{Kind: protocol.Script}), true
	default:
		return b, nil, false
	}
	return b, nil, true
}

// scripted takes the answer to a question about the text.
func (b Bench) scripted(kind string, r protocol.Reply) Bench {
	s := &b.Script
	if kind == protocol.Script {
		if r.Error == nil {
			if dirty := s.Dirty(); !dirty {
				s.Draft = r.Script
			} else if s.Text != "" && s.Text != r.Script {
				s.Stale = true
			}
			s.Text = r.Script
		}
		return b
	}
	s.Busy = false
	switch {
	case r.Error != nil:
		s.Said = strings.TrimSpace(r.Error.Message + " " + r.Error.Hint)
	case len(r.Flaws) > 0:
		s.Flaws, s.Said = r.Flaws, ""
	default:
		s.Text, s.Draft, s.Flaws, s.Stale = r.Script, r.Script, nil, false
		s.Said = "Applied. The lab was opened from this text and has lived to the same instant."
		if r.Reached != "" {
			s.Said = "Applied. " + r.Reached
		}
		b.Form, b.Ref, b.Sheet, b.Trail = Form{asked: b.Form.asked + 1}, "", nil, nil
	}
	return b
}
