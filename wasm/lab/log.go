package lab

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"shardlab/wasm/protocol"
	"shardlab/wasm/region"
	"shardlab/wasm/scenario"
	"shardlab/wasm/sim"
)

// The log of a run is text: a header, then one command a line, each a JSON object. Instants are microseconds since the
// start of the lab.
//
//	{"engine":2,"profile":"2026","seed":7,"lab":"hot-rack","hash":"…","now":92000000,"end":92000000,"commands":1}
//	{"at":61250000,"service":"kinesis","op":"SplitShard","body":{…},"note":"aws kinesis split-shard …"}

// header is the first line of a log.
type header struct {
	Engine   int64  `json:"engine"`
	Profile  string `json:"profile"`
	Seed     int64  `json:"seed"`
	Lab      string `json:"lab"`
	Hash     string `json:"hash"` // of the lab file's meaning
	Now      int64  `json:"now"`
	End      int64  `json:"end"`
	Commands int64  `json:"commands"`
	Fork     int64  `json:"fork,omitempty"`     // the instant from which there are two timelines
	Timeline string `json:"timeline,omitempty"` // which of them this is, "A" or "B"; the other one's log stands below

	File json.RawMessage `json:"file,omitempty"` // the lab file, when the learner has written it anew
}

// line is a command of a log.
type line struct {
	At      int64           `json:"at"`
	Service string          `json:"service"`
	Op      string          `json:"op"`
	As      string          `json:"as,omitempty"` // the principal's ARN; the account's administrator when left out
	Body    json.RawMessage `json:"body,omitempty"`
	Raw     string          `json:"raw,omitempty"` // the body when it was no JSON
	Note    string          `json:"note,omitempty"`
	With    bool            `json:"with,omitempty"` // it belongs to the deed of the line above
}

// fileHash names what a lab file means for a run, however its JSON was laid out: everything but the goals and the
// incident, which are judged and decide nothing.
func fileHash(f *scenario.File) string {
	world := *f
	world.Goals, world.Incident, world.Note = nil, nil, ""
	world.World = append([]scenario.Step(nil), f.World...)
	for i := range world.World {
		world.World[i].With, world.World[i].Note = canonical(world.World[i].With), ""
	}
	text, err := json.Marshal(world)
	if err != nil {
		panic("lab: a lab file does not encode: " + err.Error())
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:8])
}

// canonical writes JSON in one way, keys sorted.
func canonical(raw json.RawMessage) json.RawMessage {
	var x any
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	if len(raw) == 0 || d.Decode(&x) != nil {
		return json.RawMessage("{}")
	}
	b, err := json.Marshal(x)
	if err != nil {
		return raw
	}
	return b
}

// Log is the whole run as text; Restore reads it.
func (l *Lab) Log() string {
	if l.crash != nil {
		return l.crash.Log
	}
	now := l.run.region.Now()
	if l.pair == nil {
		return l.text(l.log, now, l.end)
	}
	forked := func(log []entry, end sim.Instant, name string) string {
		return l.write(log, header{Now: l.since(now), End: l.since(max(end, now)), Fork: l.since(l.pair.at), Timeline: name})
	}
	return forked(l.log, l.end, l.pair.chosen) + forked(l.pair.other.log, l.pair.other.end, l.otherName())
}

func (l *Lab) text(log []entry, now, end sim.Instant) string {
	return l.write(log, header{Now: l.since(now), End: l.since(end)})
}

func (l *Lab) write(log []entry, h header) string {
	var b strings.Builder
	write := func(v any) {
		e := json.NewEncoder(&b)
		e.SetEscapeHTML(false)
		if err := e.Encode(v); err != nil {
			panic("lab: a line of the log does not encode: " + err.Error())
		}
	}
	h.Engine, h.Profile, h.Seed, h.Lab, h.Hash, h.Commands = Engine, l.file.Profile, l.seed, l.file.Name, l.hash, int64(len(log))
	h.File = l.written
	write(h)
	for i := range log {
		e := &log[i]
		x := line{At: l.since(e.at), Service: e.command.Service, Op: e.command.Op, As: e.command.As, Note: e.note, With: e.with}
		if e.raw != "" {
			x.Raw = e.raw
		} else {
			x.Body = e.command.Body
		}
		write(x)
	}
	return b.String()
}

// Restore begins a lab again from its log, in the very state in which it was saved.
func Restore(file []byte, log string, host ...Host) (*Lab, error) {
	l, now, err := Reopen(file, log, host...)
	if err != nil {
		return nil, err
	}
	for l.Now() < now || l.Lags() {
		if l.AdvanceTo(now, 0) {
			break
		}
		if l.crash != nil {
			return nil, fmt.Errorf("restore lab %s: the engine failed: %s", l.file.Name, l.crash.Message)
		}
		if l.stopped != "" {
			return nil, fmt.Errorf("restore lab %s: %s", l.file.Name, l.stopped)
		}
	}
	return l, nil
}

// Reopen begins a lab again from its log and leaves it where the lab opens; AdvanceTo(now), in slices if wished, leads to
// where it was saved. Errors name the line of the log and what is wrong with it.
func Reopen(file []byte, log string, host ...Host) (l *Lab, now int64, err error) {
	lines := strings.Split(strings.TrimRight(log, "\n"), "\n")
	if len(log) > protocol.MaxMessageBytes {
		return nil, 0, fmt.Errorf("the log has %d bytes; at most %d are read", len(log), protocol.MaxMessageBytes)
	}
	var h header
	if wrong := region.Decode([]byte(lines[0]), "", &h); len(wrong) > 0 || h.Engine == 0 {
		if h.Engine != 0 && h.Engine != Engine {
			return nil, 0, wrongEngine(h.Engine)
		}
		return nil, 0, fmt.Errorf("log, line 1: not the header of a lab's log%s", because(wrong))
	}
	if h.Engine != Engine {
		return nil, 0, wrongEngine(h.Engine)
	}
	if len(h.File) > 0 {
		file = h.File
	}
	if l, err = prepare(file, &h.Seed); err != nil {
		return nil, 0, err
	}
	l.written = h.File
	l.on(host)
	var other []string
	if h.Timeline != "" && h.Commands >= 0 && h.Commands < int64(len(lines)-1) {
		cut := h.Commands + 1
		lines, other = lines[:cut], lines[cut:]
	}
	entries, err := l.readLog(&h, lines, 0)
	if err != nil {
		return nil, 0, err
	}
	var g header
	var beside []entry
	if other != nil {
		if wrong := region.Decode([]byte(other[0]), "", &g); len(wrong) > 0 || g.Engine != h.Engine || g.Seed != h.Seed || g.Now != h.Now || g.Fork != h.Fork ||
			(g.Timeline != "A" || h.Timeline != "B") && (g.Timeline != "B" || h.Timeline != "A") || h.Fork < 0 || h.Fork > h.End {
			return nil, 0, fmt.Errorf("log, line %d: not the header of the other timeline%s", len(lines)+1, because(wrong))
		}
		if beside, err = l.readLog(&g, other, len(lines)); err != nil {
			return nil, 0, err
		}
	}
	return l.relog(entries, h.End, h.Now, func() {
		if other == nil {
			return
		}
		l.pair = &pair{other: l.timeline, chosen: h.Timeline, at: max(l.opened, l.start.Add(time.Duration(h.Fork)*time.Microsecond))}
		o := &l.pair.other
		o.run, o.points.points = l.run.clone(), slices.Clone(l.points.points)
		o.log, o.end = beside, max(l.opened, l.start.Add(time.Duration(g.End)*time.Microsecond))
		l.bytes, o.bytes = 0, 0
		for i := range l.log {
			l.bytes += l.log[i].size()
		}
		for i := range o.log {
			o.bytes += o.log[i].size()
		}
	})
}

// relog opens a prepared lab, which lies at its opening then, with a log and with the instant to which it had come: now, where it is to go
// on. opened is called once it is open and has its log, unless it is nil.
func (l *Lab) relog(entries []entry, end, now int64, opened func()) (*Lab, int64, error) {
	var err error
	l.rim("open the lab", func() { err = l.open() })
	if l.crash != nil {
		return nil, 0, fmt.Errorf("open lab %s: the engine failed: %s", l.file.Name, l.crash.Message)
	}
	if err != nil {
		return nil, 0, err
	}
	l.log, l.end = entries, max(l.opened, l.start.Add(time.Duration(end)*time.Microsecond))
	if opened != nil {
		opened()
	}
	if now = max(now, l.Opened()); now == l.Opened() {
		for l.pending() && l.crash == nil {
			l.rim("advance", func() { err = l.settle() })
		}
	}
	return l, now, err
}

// readLog reads the commands below a header; above is how many lines of the text stand over it.
func (l *Lab) readLog(h *header, lines []string, above int) (entries []entry, err error) {
	at := func(i int) int { return above + i }
	switch {
	case h.Lab != l.file.Name:
		return nil, fmt.Errorf("log, line %d: it is of lab %q, this is lab %q", at(1), h.Lab, l.file.Name)
	case h.Profile != l.file.Profile, h.Hash != l.hash:
		return nil, fmt.Errorf("log, line %d: it was made with another version of lab %q, whose world began differently: begin the lab anew", at(1), h.Lab)
	case h.Commands < 0 || h.Commands > MaxCommands:
		return nil, fmt.Errorf("log, line %d: %d commands; at most %d are read", at(1), h.Commands, MaxCommands)
	case int64(len(lines)-1) < h.Commands:
		return nil, fmt.Errorf("log, line %d: it ends after %d of %d commands: its end is missing", at(len(lines)), len(lines)-1, h.Commands)
	case int64(len(lines)-1) > h.Commands:
		return nil, fmt.Errorf("log, line %d: the header counts %d commands, and there are more", at(int(h.Commands)+2), h.Commands)
	case h.Now < 0 || h.End < h.Now || h.End > int64(MaxAge/time.Microsecond):
		return nil, fmt.Errorf("log, line %d: now %d and end %d are not instants of one run", at(1), h.Now, h.End)
	}
	for i, text := range lines[1:] {
		e, err := l.readLine(text, h.End)
		if err == nil && len(entries) > 0 && e.at < entries[len(entries)-1].at {
			err = fmt.Errorf("it happens before the line above")
		}
		if err != nil {
			return nil, fmt.Errorf("log, line %d: %w", at(i+2), err)
		}
		entries = append(entries, e)
		if l.bytes += e.size(); l.bytes > 2*MaxLogBytes {
			return nil, fmt.Errorf("log, line %d: bodies and notes have more than %d bytes together", at(i+2), MaxLogBytes)
		}
	}
	return entries, nil
}

func wrongEngine(made int64) error {
	return fmt.Errorf("the log was made by engine version %d, and this is version %d: the same commands would give another run, so it cannot be played again here", made, Engine)
}

func because(wrong region.Faults) string {
	if len(wrong) == 0 {
		return ""
	}
	return " (" + strings.ReplaceAll(wrong.Error(), "\n", "; ") + ")"
}

// readLine reads one command of a log.
func (l *Lab) readLine(text string, end int64) (entry, error) {
	var x line
	if wrong := region.Decode([]byte(text), "", &x); len(wrong) > 0 || text == "" {
		return entry{}, fmt.Errorf("not a command%s", because(wrong))
	}
	switch {
	case x.At < l.file.Open.Microseconds() || x.At > end:
		return entry{}, fmt.Errorf("at %d lies outside the run, which goes from %d to %d", x.At, l.file.Open.Microseconds(), end)
	case x.Service == "" || x.Op == "" || len(x.Service)+len(x.Op) > 200 || len(x.As) > 2048:
		return entry{}, fmt.Errorf("it names no service and operation")
	case len(x.Note) > MaxNoteBytes:
		return entry{}, fmt.Errorf("its note has %d bytes; at most %d are kept", len(x.Note), MaxNoteBytes)
	case x.Raw != "" && len(x.Body) > 0:
		return entry{}, fmt.Errorf("it has a body and a raw body")
	}
	e := entry{at: l.start.Add(time.Duration(x.At) * time.Microsecond), raw: x.Raw, note: x.Note, with: x.With,
		command: region.Command{Service: x.Service, Op: x.Op, Body: x.Body, As: x.As}}
	if len(x.Body) == 0 && x.Raw == "" {
		e.command.Body = json.RawMessage("{}")
	}
	return e, nil
}
