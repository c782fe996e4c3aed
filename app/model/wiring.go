package model

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"shardlab/wasm/protocol"
)

// A Joint is something that a client or a Firehose stream may be connected to: a stream, a Firehose stream, a function or a bucket.
type Joint struct {
	Ref  string // "stream:trips", "firehose:raw", "function:notify", "bucket:lake"
	Icon string
	Kind string
	Name string
	Now  bool   // it is connected to it
	Flaw string // why it cannot be, and what to do instead
	Press
}

// Ends of a wire that is drawn by hand, from where it begins.
const (
	WireOut = "out" // what a writer writes to, and an SQL application or a Firehose stream its results
	WireIn  = "in"  // what a reader reads
)

// A Wiring is a wire that is being drawn, or asked for.
type Wiring struct {
	From string // the ref of the client; "" when none is
	End  string
	Over string // the ref of what it is held over
	Low  bool   // whether it comes from the lower half of the stage
}

// Messages of wires.
type (
	// BeginWire begins to draw a wire.
	BeginWire struct {
		From, End string
		Low       bool
	}
	// HoldWire says over what it is held, "" for nothing.
	HoldWire struct{ Over string }
	// DropWire lets it go: over something it connects. Escape drops it over nothing.
	DropWire struct{ Over string }
	// Connect does what such a wire would: an end of From leads to To from now on.
	Connect struct{ From, End, To string }
)

// jointsOf gathers what a wire may lead to, before it is known whose it is.
type jointsOf struct {
	f   protocol.Frame
	all []Joint
}

func (j *jointsOf) add(ref, icon, kind string, now bool, flaw string, service, op string, body Members) {
	_, name, _ := strings.Cut(ref, ":")
	if now {
		flaw = ""
	}
	j.all = append(j.all, Joint{ref, icon, kind, name, now, flaw, Press{service, op, body}})
}

// streams adds every stream, which an operation of the lab takes as StreamName.
func (j *jointsOf) streams(name, noun string, now func(stream string) bool, flaw func(stream string) string) {
	for _, s := range j.f.Streams {
		j.add("stream:"+s.Name, "layers", "Stream", now(s.Name), flaw(s.Name), "lab", "Put"+noun, Members{{"Name", name}, {"StreamName", s.Name}})
	}
}

// hoses adds every Firehose stream, with what an operation takes to put to it.
func (j *jointsOf) hoses(name, noun string, now func(stream string) bool, flaw func(h protocol.Firehose) string, member func(h string) Member) {
	for _, h := range j.f.Firehoses {
		j.add(FirehosePrefix+h.Name, "inbox", "Firehose", now(FirehosePrefix+h.Name), flaw(h), "lab", "Put"+noun, Members{{"Name", name}, member(h.Name)})
	}
}

// JointsOf are what a client, or a Firehose stream, may be connected to at an end: that which takes it, that which it is connected to,
// and that which does not take it, with the reason.
func JointsOf(f protocol.Frame, from, end string) []Joint {
	j := jointsOf{f: f}
	kind, name, _ := strings.Cut(from, ":")
	for _, p := range f.Producers {
		if kind == "producer" && p.Name == name && end == WireOut {
			j.writer(p)
		}
	}
	for _, c := range f.Consumers {
		switch {
		case kind != "consumer" || c.Name != name || c.Noun == firehoseNoun:
		case end == WireIn:
			j.reader(c)
		case c.Noun == sqlNoun:
			j.results(c)
		}
	}
	for _, h := range f.Firehoses {
		if kind == "firehose" && h.Name == name {
			if end == WireOut {
				j.delivery(h)
			} else if h.Source != "" {
				j.streams(h.Name, "", func(s string) bool { return s == h.Source }, func(s string) string {
					return "A Firehose stream keeps its source. Create another one that reads " + s + "."
				})
			}
		}
	}
	return j.all
}

const (
	sqlNoun = "SqlApplication"
	fh3     = "A Firehose stream is not read: it delivers what it takes, and keeps nothing for a reader. Read the stream that it reads, or what it delivers."
)

func (j *jointsOf) writer(p protocol.Producer) {
	now := func(stream string) bool { return stream == p.Stream || slices.Contains(p.Also, stream) }
	noun, stream := p.Noun, ""
	direct := func(h protocol.Firehose) string {
		if h.Source != "" {
			return h.Name + " reads the stream " + h.Source + " and takes no records put to it. Write to " + h.Source + "."
		}
		return ""
	}
	switch p.Noun {
	case "":
		noun = "Producer"
	case "KplProducer":
		direct = func(h protocol.Firehose) string {
			return "The KPL packs records by the shard they go to, and a Firehose stream has none. Let it write to a stream that " + h.Name + " reads."
		}
	default:
		stream = "Where an agent writes stands in the flows of its agent.json. Change them in its form."
		direct = func(protocol.Firehose) string { return stream }
	}
	j.streams(p.Name, noun, now, func(string) string { return stream })
	j.hoses(p.Name, noun, now, direct, func(h string) Member { return Member{"DeliveryStreamName", h} })
}

func (j *jointsOf) reader(c protocol.Consumer) {
	noun, flaw := c.Noun, func(string) string { return "" }
	switch c.Noun {
	case "":
		noun = "Consumer"
	case "KclApplication", "Connector":
		flaw = func(s string) string {
			return "The leases of " + c.Name + " are of " + c.Stream + ". Add another application that reads " + s + "."
		}
	case "EventSourceMapping":
		flaw = func(s string) string {
			return "An event source mapping keeps its stream. Add one from " + s + ", and delete this one."
		}
	}
	now := func(stream string) bool { return stream == c.Stream }
	j.streams(c.Name, noun, now, flaw)
	j.hoses(c.Name, noun, now, func(protocol.Firehose) string { return fh3 }, func(h string) Member { return Member{"StreamName", h} })
}

// results are where an SQL application may write its rows to.
func (j *jointsOf) results(c protocol.Consumer) {
	none := ""
	if len(c.To) == 0 {
		none = c.Name + " puts its rows nowhere yet, and a wire does not say which of its streams goes out. Choose that in its form, and where to."
	}
	now := func(ref string) bool {
		return slices.ContainsFunc(c.To, func(p protocol.Place) bool { return p.Ref == ref })
	}
	to := func(ref, icon, kind, flaw string) {
		j.add(ref, icon, kind, now(ref), cmp.Or(flaw, none), "lab", "Put"+sqlNoun, Members{{"Name", c.Name}, {"OutputTo", strings.Replace(ref, ":", "/", 1)}})
	}
	for _, s := range j.f.Streams {
		flaw := ""
		if s.Name == c.Stream {
			flaw = c.Name + " reads " + s.Name + ": it would read its own rows again. Write to another stream."
		}
		to("stream:"+s.Name, "layers", "Stream", flaw)
	}
	for _, h := range j.f.Firehoses {
		flaw := ""
		if h.Source != "" {
			flaw = h.Name + " reads the stream " + h.Source + " and takes no records put to it. Write to " + h.Source + "."
		}
		to(FirehosePrefix+h.Name, "inbox", "Firehose", flaw)
	}
	for _, l := range j.f.Consumers {
		if l.Noun == "EventSourceMapping" {
			to("function:"+l.Name, "zap", "Lambda function", "")
		}
	}
}

// delivery is where a Firehose stream may deliver to.
func (j *jointsOf) delivery(h protocol.Firehose) {
	for _, b := range j.f.Buckets {
		ref, flaw := "bucket:"+b, ""
		if h.Structure != "ExtendedS3" {
			flaw = h.Name + " delivers to " + h.To.Kind + ". Another kind of destination needs all its settings, which a wire does not give. Create another one that delivers to " + b + "."
		}
		j.add(ref, "folder-open", "Bucket", ref == h.To.Ref, flaw, "firehose", "UpdateDestination", Members{{"DeliveryStreamName", h.Name}, {"CurrentDeliveryStreamVersionId", strconv.FormatInt(h.Version, 10)},
			{"DestinationId", "destinationId-000000000001"}, {"ExtendedS3DestinationUpdate", Members{{"BucketARN", "arn:aws:s3:::" + b}}}})
	}
}

// WritesOn says whether a reader writes on what it makes of the records, or delivers it: then it has two ends.
func WritesOn(c protocol.Consumer) bool { return c.Noun == sqlNoun || c.Noun == firehoseNoun }

// ConnectForm is the list of what an end may be connected to.
func ConnectForm(from, end string) Form { return Form{Kind: "connect", Target: from, Of: end} }

// JointRef is the ref of the joint that a part of the whole lab is.
func JointRef(n Spot) string {
	if n.Kind == "Lambda function" {
		return "function:" + n.Name
	}
	return n.Ref
}

func connectAction(from, end string) Action {
	a := Action{Icon: "cable", Text: "Connect to…", Form: ConnectForm(from, end)}
	if end == WireIn {
		a.Text = "Read another stream…"
	}
	return a
}

// JointWords say what comes of connecting, and how it is meant, as Spot.Level.
func JointWords(w Wiring, j Joint) (words, level string) {
	_, name, _ := strings.Cut(w.From, ":")
	verb := " writes to "
	switch {
	case w.End == WireIn:
		verb = " reads "
	case strings.HasPrefix(w.From, FirehosePrefix):
		verb = " delivers to "
	}
	switch {
	case j.Now:
		return name + verb + j.Name + " already", ""
	case j.Flaw != "":
		return strings.TrimSuffix(j.Flaw, "."), "bad"
	}
	return name + verb + j.Name + " from now on", "good"
}

// wire takes a message about wires.
func (b Bench) wire(m any) (Bench, []Ask) {
	switch m := m.(type) {
	case BeginWire:
		b.Menu, b.Wiring = "", Wiring{From: m.From, End: m.End, Low: m.Low}
	case HoldWire:
		if b.Wiring.From != "" {
			b.Wiring.Over = m.Over
		}
	case DropWire:
		w := b.Wiring
		b.Wiring = Wiring{}
		return b.connect(Connect{w.From, w.End, m.Over})
	case Connect:
		b.Form = Form{asked: b.Form.asked + 1}
		return b.connect(m)
	}
	return b, nil
}

// connect does what the joint of a wire does, or says why it does not.
func (b Bench) connect(m Connect) (Bench, []Ask) {
	for _, x := range JointsOf(b.Frame, m.From, m.End) {
		switch {
		case x.Ref != m.To:
		case x.Flaw != "":
			b.Deed = Deed{Error: &protocol.Error{Message: x.Flaw}}
		case x.Now:
			b.Deed = Deed{Words: "Nothing changes: it is connected to " + x.Name + "."}
		default:
			return b.press(x.Press)
		}
	}
	return b, nil
}
