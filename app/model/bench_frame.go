package model

import (
	"cmp"
	"slices"

	"shardlab/wasm/protocol"
)

// FiguresEvery is how often the numbers on the stage change, in milliseconds of wall time. Frames come up to twenty times
// a second; digits, charts and lists that fast cannot be read and would cost the page its time, so they take every fourth or so.
const FiguresEvery = 240

// SayEvery is how much wall time, in milliseconds, lies between two words of the live region at least: a screen reader that
// is told every event of a lab at 60× says nothing that can be understood. The event list has them all.
const SayEvery = 2500

// take merges a frame: what is gathered grows by what is new, and falls when the history is another.
func (b Bench) take(m FrameCame) Bench {
	f := m.Frame
	first := b.Phase != Ready
	b.lookAhead(f, first)
	if first || f.History != b.Frame.History {
		b.Events, b.Marks, b.Charts = nil, nil, nil
	}
	b.Phase, b.Trouble = Ready, Trouble{}
	news := b.gather(f.Events)
	if first || f.History != b.Frame.History { // what a new history tells again is no news, and what waited has not happened
		b.unsaid = protocol.Event{}
		news = slices.DeleteFunc(news, func(e protocol.Event) bool { return first || e.At < f.Now })
	}
	b.voice(news, m.Wall, f.Playing || f.Busy != "")
	if f.Charts != nil {
		b.Charts = f.Charts
	}
	if f.History == b.Frame.History {
		withCurves(f.Fork, b.Frame.Fork)
	}
	f.Events, f.Flights, f.Charts = nil, nil, nil
	if f.Keys == nil && f.History == b.Frame.History {
		f.Keys = b.Frame.Keys
	}
	if f.Speed == 0 {
		f.Speed = cmp.Or(b.Frame.Speed, 1)
	}
	if f.History != b.Frame.History {
		b.Palette = Palette{}
		if !first {
			b.Graph.rewound(f.Now)
		}
	}
	if at := ForkedAt(f); at > 0 {
		b.Graph.Fork = at
	}
	b.Palette = b.Palette.Give(f.Keys)
	if name := newcomer(b, f); name != "" && !first {
		b.Stream = name
		b.Shape++
	}
	b.Frame = f
	shape := sameShape(f, b.Figures)
	if !shape {
		b.Shape++
	}
	if !f.Playing || m.Wall-b.shownAt >= FiguresEvery || m.Wall < b.shownAt || !shape {
		b.Figures, b.shownAt = f, m.Wall
		b.Listed, b.Marked, b.Plotted = b.Events, append(slices.Clip(b.Marks), b.ahead...), b.Charts
	}
	if !slices.Contains(StreamNames(f), b.Stream) {
		b.Stream = firstStream(f)
		b.Shape++
	}
	return b
}

// firstStream is what the stage shows where nobody has chosen: the first stream that a producer writes to, for there it begins.
func firstStream(f protocol.Frame) string {
	for _, s := range f.Streams {
		if slices.ContainsFunc(f.Producers, func(p protocol.Producer) bool { return p.Stream == s.Name }) {
			return s.Name
		}
	}
	if names := StreamNames(f); len(names) > 0 {
		return names[0]
	}
	return ""
}

// newcomer is a stream that has just come and wants to be seen: one that clients have been looking for, or any while the one
// on the stage is not there.
func newcomer(b Bench, f protocol.Frame) string {
	there := func(all []protocol.Stream, name string) bool {
		return slices.ContainsFunc(all, func(s protocol.Stream) bool { return s.Name == name })
	}
	if f.History != b.Frame.History {
		return ""
	}
	for _, s := range f.Streams {
		if !there(b.Frame.Streams, s.Name) && (!there(b.Frame.Streams, b.Stream) || slices.Contains(StreamNames(b.Frame), s.Name)) {
			return s.Name
		}
	}
	for _, h := range f.Firehoses { // one that reads a stream stands on that stream's stage
		name := FirehosePrefix + h.Name
		if h.Source == "" && !slices.Contains(StreamNames(b.Frame), name) {
			return name
		}
	}
	return ""
}

// gather adds events, and returns those that were not there already (a rewound stretch is told again).
func (b *Bench) gather(events []protocol.Event) []protocol.Event {
	newest := int64(-1)
	if n := len(b.Events); n > 0 {
		newest = b.Events[n-1].ID
	}
	var fresh []protocol.Event
	for _, e := range events {
		if e.ID > newest {
			fresh, newest = append(fresh, e), e.ID
		}
	}
	if len(fresh) == 0 {
		return nil
	}
	marks := slices.Clip(b.Marks)
	for _, e := range fresh {
		if e.Mark {
			marks = append(marks, Mark{e.At, e.Level, e.Text, e.Kind})
		}
	}
	grown := append(slices.Clip(b.Events), fresh...)
	if len(grown) > MaxEvents { // many at once, since every row of the list changes its place
		grown = last(grown, MaxEvents-dropEvents)
	}
	b.Events, b.Marks = grown, last(marks, MaxMarks)
	return fresh
}

// voice chooses what the live region says at wall, in milliseconds. In a lab that plays, a mark that comes too soon after the
// last word waits, and of those that wait the worst is said, of equals the first: a cause comes before what it causes.
func (b *Bench) voice(news []protocol.Event, wall float64, playing bool) {
	for _, e := range news {
		if e.Mark && (b.unsaid.Text == "" || worse(e.Level) > worse(b.unsaid.Level)) {
			b.unsaid = e
		}
	}
	if b.unsaid.Text != "" && (!playing || wall-b.saidAt >= SayEvery || wall < b.saidAt) {
		b.Said, b.saidAt, b.unsaid = b.unsaid.Text, wall, protocol.Event{}
	}
}

// sameShape reports whether two frames draw the same boxes, so that only numbers differ.
func sameShape(a, b protocol.Frame) bool {
	return a.History == b.History && a.Playing == b.Playing &&
		slices.EqualFunc(a.Streams, b.Streams, func(s, t protocol.Stream) bool {
			return s.Name == t.Name && s.Status == t.Status && slices.EqualFunc(s.Shards, t.Shards, func(x, y protocol.Shard) bool {
				return x.ID == y.ID && x.State == y.State && (x.Refused > 0) == (y.Refused > 0)
			})
		}) &&
		slices.EqualFunc(a.Firehoses, b.Firehoses, func(h, i protocol.Firehose) bool { return h.Name == i.Name && h.Status == i.Status }) &&
		slices.EqualFunc(a.Producers, b.Producers, func(p, q protocol.Producer) bool {
			return p.Name == q.Name && p.Running == q.Running && p.Rate == q.Rate
		}) &&
		slices.EqualFunc(a.Consumers, b.Consumers, func(p, q protocol.Consumer) bool { return p.Name == q.Name && p.Running == q.Running }) &&
		slices.EqualFunc(a.Controls, b.Controls, func(p, q protocol.Control) bool { return p.Ref == q.Ref && p.State == q.State })
}

// MaxRestores is how many engines may be lost in a row before the bench stops opening new ones by itself.
const MaxRestores = 3

func (b Bench) lose(p protocol.Panic) Bench {
	b.Restores++
	b.Form, b.Menu, b.Offer = Form{asked: b.Form.asked + 1}, "", Offer{Asked: b.Offer.Asked + 1}
	b.Deed.Busy, b.Script.Busy = false, false
	b.Entries = slices.Clone(b.Entries)
	for i := range b.Entries {
		if b.Entries[i].Busy {
			b.Entries[i].Busy, b.Entries[i].Exit = false, 1
			b.Entries[i].Output = []protocol.Output{{To: "err", Text: "The engine stopped while it ran this."},
				{To: "hint", Text: "The lab is restored to the moment before it."}}
		}
	}
	b.Trouble = Trouble{
		Title:  "The engine stopped",
		Text:   p.Message,
		Hint:   "The lab is being restored from its log, up to the command before. Nothing you did earlier is lost.",
		Detail: p.Stack, Log: p.Log, Seed: p.Seed,
	}
	if p.Command != "" {
		b.Trouble.Text += ". It was doing: " + p.Command
	}
	b.Phase = Restoring
	b.Notice = "The engine stopped and the lab was restored from its log, to the moment before. Its last word: " + p.Message
	if b.Restores > MaxRestores {
		b.Phase, b.Notice = Failed, ""
		b.Trouble.Hint = "It stopped several times in a row, so it is not started again by itself. Copy the log for a report, then begin the lab again."
	}
	return b
}

// Figures are what a stream and its readers come to at one moment.
type Figures struct {
	Open, Closed          int
	In, InRoom            float64 // records a second taken, and that could be
	InBytes, InBytesRoom  float64 // bytes a second
	Out, OutRoom          float64 // bytes a second given out by GetRecords, and that could be
	Pushed                float64 // bytes a second pushed to fan-out consumers
	Refused, ReadsRefused int64   // in the last second
	Readers               int     // consumers that run
	Age                   int64   // milliseconds that the slowest of them is behind
	Slowest               string
	Barred                string // one of them who cannot read at all; "" when all can
}

// FiguresOf adds a stream's shards and readers up.
func FiguresOf(s protocol.Stream, readers []protocol.Consumer) Figures {
	var f Figures
	for _, sh := range s.Shards {
		f.Out += sh.ReadBytes
		if sh.State == "OPEN" || sh.Reads > 0 || sh.ReadBytes > 0 { // a closed shard is room to read only while somebody reads it
			f.OutRoom += sh.ReadByteLimit
		}
		f.Pushed += sh.PushBytes
		f.ReadsRefused += sh.ReadsRefused
		if sh.State != "OPEN" {
			f.Closed++
			continue
		}
		f.Open++
		f.In += sh.Records
		f.InRoom += sh.RecordLimit
		f.InBytes += sh.Bytes
		f.InBytesRoom += sh.ByteLimit
		f.Refused += sh.Refused
	}
	for _, c := range readers {
		if !c.Running {
			continue
		}
		f.Readers++
		if c.Barred && f.Barred == "" {
			f.Barred = c.Name
		}
		if f.Slowest == "" || c.Behind > f.Age {
			f.Age, f.Slowest = c.Behind, c.Name
		}
	}
	return f
}

// FiguresOfAll adds all streams and their readers up.
func FiguresOfAll(f protocol.Frame) (all Figures) {
	for _, s := range f.Streams {
		one := FiguresOf(s, slices.DeleteFunc(slices.Clone(f.Consumers), func(c protocol.Consumer) bool { return c.Stream != s.Name }))
		all.Open, all.Closed, all.Refused, all.ReadsRefused, all.Readers = all.Open+one.Open, all.Closed+one.Closed, all.Refused+one.Refused, all.ReadsRefused+one.ReadsRefused, all.Readers+one.Readers
		all.In, all.InRoom, all.InBytes, all.InBytesRoom = all.In+one.In, all.InRoom+one.InRoom, all.InBytes+one.InBytes, all.InBytesRoom+one.InBytesRoom
		all.Out, all.OutRoom, all.Pushed, all.Barred = all.Out+one.Out, all.OutRoom+one.OutRoom, all.Pushed+one.Pushed, cmp.Or(all.Barred, one.Barred)
		if one.Age >= all.Age && one.Slowest != "" {
			all.Age, all.Slowest = one.Age, one.Slowest
		}
	}
	return all
}
