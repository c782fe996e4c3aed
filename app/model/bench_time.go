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
	if first {
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
