package model

import (
	"slices"
	"strings"

	"shardlab/wasm/protocol"
)

// where is where the run stands, as words for instants need it.
func (b Bench) where() protocol.Where {
	return protocol.Where{Now: b.Frame.Now, Opened: b.Frame.Opened, StartUnix: b.Frame.StartUnix}
}

// until runs until what the words say happens; an instant may lie behind, too.
func (b Bench) until(words string) (Bench, []Ask) {
	c, err := protocol.ReadCondition(words, b.where())
	if err != nil {
		b.Asking = Asking{Text: words, Flaw: err.Error()}
		if strings.HasPrefix(b.Asking.Flaw, "Write an instant") {
			b.Asking.Flaw += " Or in words: first throttle, flush, record expires, metric NAME of STREAM above 900."
		}
		return b, nil
	}
	b.Menu, b.Asking = "", Asking{}
	b.Deed = Deed{Command: `lab run until "` + strings.TrimSpace(words) + `"`}
	if c.At > 0 {
		b.Deed.Command = "lab go " + strings.TrimSpace(words)
		return b.goTo(c.At)
	}
	return b, b.free(ask(protocol.Request{Kind: protocol.Until, Until: &c}))
}

// MetricNames are the metrics of the charts with whose they are, as a condition names them.
func (b Bench) MetricNames() []string {
	var names []string
	for _, c := range b.Charts {
		if name := c.Metric + " of " + c.Of; !slices.Contains(names, name) && !strings.Contains(c.Of, " ") {
			names = append(names, name)
		}
	}
	return names
}

// justNow is how long ago the last event may be, in virtual time, that Back passes over while time goes on: who presses it
// twice wants to go further each time.
const justNow = protocol.Second / 2

// Before returns the instant of the last mark before now, or the instant the lab was handed over at.
func (b Bench) Before() int64 {
	at, until := b.Frame.Opened, b.Frame.Now
	if b.Frame.Playing {
		until -= justNow
	}
	for _, m := range b.Marks {
		if m.At < until && m.At > at {
			at = m.At
		}
	}
	return at
}

// lookAhead keeps the marks that lie ahead after the learner went back: the same will happen again, until a command of the
// learner gives that future up.
func (b *Bench) lookAhead(f protocol.Frame, first bool) {
	if f.History != b.Frame.History {
		b.ahead = append(slices.Clip(b.Marks), b.ahead...)
	}
	if first || f.Timeline != b.Frame.Timeline {
		b.ahead = nil
	}
	var kept []Mark
	for _, m := range b.ahead {
		if m.At > f.Now && m.At <= f.End {
			kept = append(kept, m)
		}
	}
	b.ahead = kept
}

// forked asks for what is to be done with timelines; line is the same in the console.
func (b Bench) forked(kind, name, line string) (Bench, []Ask) {
	b.Deed, b.Menu = Deed{Command: line}, ""
	return b, b.free(ask(protocol.Request{Kind: kind, Ref: name}))
}

// forkAct is what the palette and the key offer: a fork, or the other timeline once there is one.
func (b Bench) forkAct() Act {
	switch b.Frame.Timeline {
	case "A":
		return Act{Group: GroupTime, Icon: "git-branch", Words: "Go to timeline B", More: "fork switch", Key: "f", Message: ChooseTimeline{"B"}}
	case "B":
		return Act{Group: GroupTime, Icon: "git-branch", Words: "Go to timeline A", More: "fork switch", Key: "f", Message: ChooseTimeline{"A"}}
	}
	return Act{Group: GroupTime, Icon: "git-branch", Words: "Fork: go on in two timelines", More: "branch compare what if", Key: "f", Message: PressFork{}}
}

// ForkedAt is the instant from which a frame has two timelines; 0 when it has one.
func ForkedAt(f protocol.Frame) int64 {
	if f.Fork == nil {
		return 0
	}
	return f.Fork.At
}

// withCurves gives a comparison the curves of the one before, when it left them out.
func withCurves(f, before *protocol.Fork) {
	if f == nil || before == nil || f.Times != nil {
		return
	}
	f.Times = before.Times
	for i := range f.Rows {
		if i < len(before.Rows) {
			f.Rows[i].CurveA, f.Rows[i].CurveB = before.Rows[i].CurveA, before.Rows[i].CurveB
		}
	}
}

// A Knot is one mark of the time bar, or several that lie too close to be told apart.
type Knot struct {
	At    int64
	Place float64 // on the bar, in percent
	Level string  // of the worst
	Text  string  // of the first of the worst
	More  int     // how many others it stands for
}

// knotSpace is how far knots are apart at least, in percent of the bar: some 5 pixels on a phone.
const knotSpace = 1.5

// worse orders the levels of events and marks; none is the least.
func worse(level string) int { return slices.Index([]string{"info", "good", "warn", "bad"}, level) }

// Knots gathers marks for a bar that reaches from one instant to another.
func Knots(marks []Mark, from, to int64) []Knot {
	var all []Knot
	for _, m := range marks {
		place := 100 * float64(m.At-from) / float64(max(to-from, 1))
		if place < 0 || place > 100 {
			continue
		}
		if n := len(all); n > 0 && place-all[n-1].Place < knotSpace {
			k := &all[n-1]
			if k.More++; worse(m.Level) > worse(k.Level) {
				k.At, k.Level, k.Text = m.At, m.Level, m.Text
			}
			continue
		}
		all = append(all, Knot{At: m.At, Place: place, Level: m.Level, Text: m.Text})
	}
	return all
}
