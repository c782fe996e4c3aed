package lab

import (
	"errors"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"shardlab/wasm/aws"
	"shardlab/wasm/protocol"
	"shardlab/wasm/region"
	"shardlab/wasm/scenario"
	"shardlab/wasm/terminal"
)

// Script is the lab as a text: the scenario, and what the learner has done since under [you]. What a line cannot say, a request that is
// no JSON, is left out; no service ever took one.
func (l *Lab) Script() string {
	s := scriptOf(l.file, l.seed)
	for i := range l.log {
		e := &l.log[i]
		if e.raw != "" {
			continue
		}
		s.Yours = append(s.Yours, terminal.Act{At: e.at.Sub(l.start), Service: e.command.Service, Op: e.command.Op, Body: e.command.Body, As: e.command.As, With: e.with && len(s.Yours) > 0})
	}
	return s.Text()
}

// scriptOf is a lab file as a script.
func scriptOf(f *scenario.File, seed int64) *terminal.Script {
	s := &terminal.Script{Name: f.Name, Start: f.Start.Format(time.RFC3339Nano), Profile: f.Profile, Seed: seed, Open: f.Open, Goals: f.Goals, Incident: f.Incident}
	if f.Note != "" {
		s.Note = strings.Split(f.Note, "\n")
	}
	for _, step := range f.World {
		c := step.Command()
		s.World = append(s.World, terminal.Act{At: step.At, Service: c.Service, Op: c.Op, Body: terminal.InReadingOrder(c.Body), As: c.As, MayFail: step.MayFail, Note: step.Note})
	}
	return s
}

// ScriptOf writes a lab file as the text that [Lab.Script] writes.
func ScriptOf(file []byte) (string, error) {
	f, err := scenario.Parse(file)
	if err != nil {
		return "", err
	}
	return scriptOf(f, f.Seed).Text(), nil
}

// Rewrite makes another lab out of the text of a script, as [Lab.Script] writes it; AdvanceTo(to) leads it to the instant at which this
// one stands. This one stays as it is, whatever comes of it. The flaws are all that is wrong in the text, where it is.
func (l *Lab) Rewrite(text string) (next *Lab, to int64, flaws []protocol.Flaw) {
	if l.crash != nil {
		return nil, 0, []protocol.Flaw{{Line: 1, Column: 1, Message: l.dead().Error()}}
	}
	if l.console == nil {
		return nil, 0, []protocol.Flaw{{Line: 1, Column: 1, Message: "There is no console where this lab runs, and it reads a scenario."}}
	}
	if l.pair != nil {
		return nil, 0, []protocol.Flaw{{Line: 1, Column: 1, Message: "The lab has two timelines, and a text has one.", Hint: "Keep one of them first: lab keep A, or lab keep B."}}
	}
	reading := l.console.Read(text)
	for _, f := range reading.Flaws {
		flaws = append(flaws, protocol.Flaw{Line: f.Line, Column: f.Column, Message: f.Message, Hint: f.Hint})
	}
	if len(flaws) > 0 {
		return nil, 0, flaws
	}
	s := reading.Script
	file := s.File()
	next, err := prepare(file, nil)
	if err == nil {
		next.written = file
		next.on([]Host{l.host})
		next.speed, next.shown.board = l.speed, l.shown.board
		var entries []entry
		for _, a := range s.Yours {
			e := entry{at: next.start.Add(a.At), with: a.With, command: region.Command{Service: a.Service, Op: a.Op, Body: a.Body, As: a.As}}
			entries = append(entries, e)
			next.bytes += e.size()
		}
		if len(entries) > MaxCommands || next.bytes > MaxLogBytes {
			return nil, 0, []protocol.Flaw{{Line: 1, Column: 1, Message: "Under [you] stands more than the log of a run holds: " + region.Count(MaxCommands, "command") + "."}}
		}
		end := l.Now()
		if n := len(entries); n > 0 {
			end = max(end, next.since(entries[n-1].at))
		}
		next, to, err = next.relog(entries, end, l.Now(), nil)
	}
	if err != nil {
		return nil, 0, placed(s, text, err)
	}
	return next, to, nil
}

var worldPath = regexp.MustCompile(`^world\[(\d+)\](?:\.(?:with\.?)?([A-Za-z]*))?`)

// refusedMember is the member that a refusal names.
var refusedMember = regexp.MustCompile(`Exception: ([A-Z][A-Za-z]*)(?:[.\[][^ ]*)?: `)

// placed finds the lines of a script that an error is about.
func placed(s *terminal.Script, text string, err error) (flaws []protocol.Flaw) {
	var faults region.Faults
	if !errors.As(err, &faults) {
		return []protocol.Flaw{{Line: 1, Column: 1, Message: err.Error()}}
	}
	for _, f := range faults {
		flaw := protocol.Flaw{Line: 1, Column: 1, Message: strings.TrimSpace(f.Message)}
		if m := worldPath.FindStringSubmatch(f.Path); m != nil {
			if n, _ := strconv.Atoi(m[1]); n < len(s.World) {
				a := &s.World[n]
				flaw.Line, flaw.Column = a.Line, a.Column
				member := m[2]
				if said := refusedMember.FindStringSubmatch(flaw.Message); said != nil {
					member = said[1]
				}
				flag := "--" + aws.Kebab(member)
				if i := slices.IndexFunc(a.Words, func(w string) bool { return member != "" && (w == flag || strings.HasPrefix(w, flag+"=")) }); i >= 0 {
					flaw.Line, flaw.Column = a.Places[i][0], a.Places[i][1]
				}
				if path := strings.TrimPrefix(strings.TrimPrefix(f.Path, m[0]), "."); path != "" {
					flaw.Message = strings.TrimSpace(path + ": " + flaw.Message)
				}
			}
		} else if line := lineOf(text, f.Path); line > 0 {
			flaw.Line = line
		} else if f.Path != "" {
			flaw.Message = f.Path + ": " + flaw.Message
		}
		flaws = append(flaws, flaw)
	}
	return flaws
}

// lineOf is the line of the head, or of a section, that a path is about; 0 when there is none.
func lineOf(text, path string) int {
	name, _, _ := strings.Cut(path, "[")
	name, _, _ = strings.Cut(name, ".")
	if name == "" {
		return 0
	}
	for i, line := range strings.Split(text, "\n") {
		if strings.HasPrefix(line, name+" ") || strings.HasPrefix(line, "["+name+"]") {
			return i + 1
		}
	}
	return 0
}
