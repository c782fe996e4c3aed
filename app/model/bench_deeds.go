package model

import (
	"cmp"
	"encoding/json"
	"slices"
	"strings"

	"shardlab/wasm/protocol"
)

func (b Bench) goTo(at int64) (Bench, []Ask) {
	b.Seeking = true
	return b, b.free(ask(protocol.Request{Kind: protocol.Seek, At: max(at, b.Frame.Opened)}))
}

func (b Bench) run(line string) (Bench, []Ask) {
	line = strings.TrimRight(line, " \t\r\n")
	b.Offer = Offer{Asked: b.Offer.Asked + 1}
	if line == "" {
		return b, nil
	}
	if n := len(b.Typed); n == 0 || b.Typed[n-1] != line {
		b.Typed = last(append(slices.Clip(b.Typed), line), MaxTyped)
	}
	if line == "clear" {
		b.Entries = nil
		return b, nil
	}
	b.entryID++
	b.Left, b.Phone, b.Low = "console", "console", false
	b.Entries = last(append(slices.Clip(b.Entries), Entry{ID: b.entryID, At: b.Frame.Now, Line: line, Busy: true}), MaxEntries)
	return b, b.free([]Ask{{Entry: b.entryID, Request: protocol.Request{Kind: protocol.Type, Line: line}}})
}

func (b Bench) look(ref string) (Bench, []Ask) {
	b.Ref, b.From, b.Sheet, b.SheetFlaw = ref, 0, nil, nil
	return b, b.Inspection()
}

// Inspection asks for the open sheet.
func (b Bench) Inspection() []Ask {
	return ask(protocol.Request{Kind: protocol.Inspect, Ref: b.Ref, From: int64(b.From)})
}

// press sends what a button does. The answer names the console line that does the same.
func (b Bench) press(m Press) (Bench, []Ask) {
	body, err := json.Marshal(m.Body)
	if err != nil {
		panic("model: a button's body is not JSON: " + err.Error())
	}
	b.Menu = ""
	b.Deed = Deed{Busy: true}
	return b, b.free(ask(protocol.Request{Kind: protocol.Do, Service: m.Service, Op: m.Op, Body: body}))
}

// step does the next of the form's commands.
func (b Bench) step() (Bench, []Ask) {
	if len(b.Form.steps) == 0 {
		b.Deed = Deed{Command: strings.Join(b.Form.told, "; ")}
		b.Form = Form{asked: b.Form.asked + 1}
		return b.again()
	}
	b.Form.asked++
	busy := b.Form
	next, asks := b.press(busy.steps[0].Press)
	next.Form, next.Deed = busy, Deed{}
	for i := range asks {
		asks[i].Entry = busy.asked
		asks[i].Request.With = asks[i].Request.Kind == protocol.Do && len(busy.told) > 0
	}
	return next, asks
}

// stepped takes the answer to one of the form's commands.
func (b Bench) stepped(r protocol.Reply) (Bench, []Ask) {
	at := b.Form.steps[0]
	if r.Error != nil {
		b.Form.Busy, b.Form.Error, b.Form.Under, b.Form.steps = false, r.Error, at.Under, nil
		return b.again()
	}
	b.Form.steps = b.Form.steps[1:]
	b.Form.done = append(slices.Clip(b.Form.done), at.Op)
	b.Form.told = append(slices.Clip(b.Form.told), b.Form.line(r.Command, at))
	return b.step()
}

// word asks for the console lines of what a form would do.
func (b Bench) word(steps []Step) (Bench, []Ask) {
	b.Form.asked++
	b.Form.Lines = make([]string, len(steps))
	b.Form.steps = steps
	var asks []Ask
	for i, s := range steps {
		body, err := json.Marshal(s.Body)
		if err != nil {
			panic("model: the body of a form is not JSON: " + err.Error())
		}
		asks = append(asks, Ask{Entry: b.Form.asked, Place: i, Request: protocol.Request{Kind: protocol.Word, Service: s.Service, Op: s.Op, Body: body}})
	}
	return b, asks
}

// line is a console line as a person would type it: code stands in a file.
func (f Form) line(command string, s Step) string {
	for _, m := range membersOf(s.Body) {
		if code, _ := m.Value.(string); m.Name == "ZipFile" && code != "" {
			return strings.Replace(command, code, "fileb://index.js", 1)
		}
		if before, rest, ok := strings.Cut(command, " --config "); ok && m.Name == "Config" {
			command = before + " --config file://agent.json"
			if i := strings.LastIndex(rest, "' --"); i >= 0 {
				command += rest[i+1:]
			}
			return command
		}
	}
	return command
}

func membersOf(body any) Members {
	m, _ := body.(Members)
	return m
}

func (b Bench) answered(m Replied) (Bench, []Ask) {
	r, req := m.Reply, m.Ask.Request
	switch req.Kind {
	case protocol.Metrics:
		b.Graph.Metrics, b.Graph.Flaw = r.Metrics, r.Error
	case protocol.Show:
		b.Graph.Flaw = r.Error
	case protocol.Open:
		b.Graph.asked = nil // a new lab shows nothing of what the one before was asked for
		if r.Error != nil {
			b.Phase = Failed
			b.Trouble = Trouble{Title: "This lab could not be opened", Text: r.Error.Message,
				Hint: cmp.Or(r.Error.Hint, "Begin the lab again; what you wrote in the lesson is kept."), Log: req.Log}
			if req.Link != "" && req.Log == "" {
				b.Trouble.Title, b.Trouble.Hint, b.Trouble.Foreign = "This lab does not open", cmp.Or(r.Error.Hint, "Ask whoever sent it to share the lab once more."), true
			}
		} else {
			b = b.opened(req, r.Shared)
		}
	case protocol.Share:
		return b.sharedAs(r), nil
	case protocol.Type:
		if m.Ask.Entry == exports {
			return b.exported(req.Line, r), nil
		}
		b.Restores = 0
		b.Entries = slices.Clone(b.Entries)
		for i := range b.Entries {
			if b.Entries[i].ID == m.Ask.Entry {
				e := &b.Entries[i]
				e.Busy, e.Exit, e.Output = false, r.Exit, r.Output
				if r.Error != nil {
					e.Exit, e.Output = 1, append(slices.Clone(r.Output), flaw(*r.Error)...)
				}
			}
		}
		return b.again()
	case protocol.Complete:
		if m.Ask.Entry != b.Offer.Asked { // the line has changed since
			return b, nil
		}
		b.Offer.Unanswered = false
		if r.Completion != nil {
			b.Offer.From, b.Offer.To, b.Offer.Options = r.Completion.From, r.Completion.To, r.Completion.Options
		}
	case protocol.Inspect:
		if m.Ask.Entry != 0 { // a form's
			if m.Ask.Entry == b.Form.asked && r.Sheet != nil {
				b.Form = b.Form.Know(*r.Sheet)
			} else if m.Ask.Entry == b.Form.asked {
				b.Form, b.Deed = Form{asked: b.Form.asked + 1}, Deed{Error: r.Error}
			}
			return b, nil
		}
		if req.Ref != b.Ref || req.From != int64(b.From) {
			return b, nil
		}
		b.Sheet, b.SheetFlaw = r.Sheet, r.Error
	case protocol.Word:
		if m.Ask.Entry == b.Form.asked && m.Ask.Place < min(len(b.Form.Lines), len(b.Form.steps)) && !b.Form.Busy {
			b.Form.Lines = slices.Clone(b.Form.Lines)
			b.Form.Lines[m.Ask.Place] = b.Form.line(r.Command, b.Form.steps[m.Ask.Place])
		}
	case protocol.Do:
		if m.Ask.Entry != 0 { // a form's
			if m.Ask.Entry != b.Form.asked || len(b.Form.steps) == 0 {
				return b.again()
			}
			return b.stepped(r)
		}
		b.Deed = Deed{Command: r.Command, Error: r.Error}
		return b.again()
	case protocol.Undo, protocol.Redo:
		return b.tookBack(req.Kind, r)
	case protocol.Script, protocol.Rewrite:
		return b.scripted(req.Kind, r), nil
	case protocol.Seek:
		b.Seeking = false
		if r.Error != nil {
			b.Notice = r.Error.Message + " " + r.Error.Hint
		}
		return b.again()
	case protocol.Step, protocol.Until:
		if r.Error != nil {
			b.Notice = strings.TrimSpace(r.Error.Message + " " + r.Error.Hint)
		} else if r.Reached != "" {
			b.Said = r.Reached
		}
		return b.again()
	default:
		if r.Error != nil {
			b.Notice = strings.TrimSpace(r.Error.Message + " " + r.Error.Hint)
		}
	}
	return b, nil
}

// again asks for the open sheet once more, because something has changed. The old one stays until the new one is there.
func (b Bench) again() (Bench, []Ask) {
	if b.Ref == "" {
		return b, nil
	}
	return b, b.Inspection()
}

func flaw(e protocol.Error) []protocol.Output {
	out := []protocol.Output{{To: "err", Text: e.Message}}
	if e.Hint != "" {
		out = append(out, protocol.Output{To: "hint", Text: e.Hint})
	}
	return out
}
