package region

import (
	"fmt"
	"slices"
	"strings"

	"shardlab/wasm/aws"
	"shardlab/wasm/fis"
	"shardlab/wasm/kinesis"
	"shardlab/wasm/protocol"
	"shardlab/wasm/sink"
)

// faultHooks ties FIS to this world.
func (r *Region) faultHooks(cfg *fis.Config) { cfg.Streams, cfg.Notify = r.faultTargets, r.faultNotice }

// FIS is the service, to look at; what changes it passes Do.
func (r *Region) FIS() *fis.Service { return r.fis }

// faultTargets are the streams as targets of experiments find them.
func (r *Region) faultTargets() []fis.Stream {
	var all []fis.Stream
	for _, st := range r.kinesis.Streams() {
		all = append(all, fis.Stream{Name: st.Name(), ARN: st.ARN(), Tags: st.Tags()})
	}
	return all
}

// arm lets calls be asked about while a fault may strike, and no longer.
func (r *Region) arm() { r.kinesis.Hook(r.injector) }

// injector ties faults to Data Streams; without any, calls are not asked about.
func (r *Region) injector(cfg *kinesis.Config) {
	cfg.Inject = nil
	if r.fis.Active() {
		cfg.Inject = r.inject
	}
}

// inject asks whether a fault strikes a call.
func (r *Region) inject(c kinesis.Call) kinesis.Fault {
	stream := ""
	if c.Stream != nil {
		stream = c.Stream.Name()
	}
	x := r.fis.Strike(c.Op, stream, c.As)
	told := func(why string) {
		r.gather(topic{kind: protocol.EventFault, stream: stream, actor: x.By, op: c.Op, how: why}, 1, 0)
	}
	f := kinesis.Fault{Err: x.Err, Lost: x.Lost, Delay: x.Delay}
	switch {
	case x.Err != nil:
		told("failed")
	case x.Lost:
		told("lost")
	}
	if x.Failing != nil {
		f.Failing = func() bool {
			hit := x.Failing()
			if hit {
				told("entries")
			}
			return hit
		}
	}
	return f
}

// destinations are the kinds of places where records go, as faults name them.
var destinations = append([]string{"s3"}, sink.Kinds()...)

// befall asks whether a fault strikes a call of a destination.
func (r *Region) befall(destination, op, as string) fis.Strike {
	if !r.fis.Active() {
		return fis.Strike{}
	}
	x := r.fis.Strike(op, destination, as)
	how := x.Kind
	if x.Lost {
		how = "lost"
	}
	if hit := x.Failing; hit != nil {
		x.Failing = func() bool {
			struck := hit()
			if struck {
				r.gather(topic{kind: protocol.EventFault, stream: destination, actor: x.By, op: op, how: "entries"}, 1, 0)
			}
			return struck
		}
	}
	if how != "" {
		r.gather(topic{kind: protocol.EventFault, stream: destination, actor: x.By, op: op, how: how}, 1, 0)
	}
	return x
}

// faultSum words what a fault did in a second.
func faultSum(g gathered) string {
	t := g.topic
	on := ""
	if t.stream != "" {
		on = " on " + t.stream
	}
	switch t.how {
	case "lost":
		return fmt.Sprintf("%s lost the answers to %s of %s%s: they were done, and their clients do not know.", t.actor, Count(g.n, "call"), t.op, on)
	case "entries":
		entries := "1 entry"
		if g.n > 1 {
			entries = Number(g.n) + " entries"
		}
		if strings.Contains(t.stream, "/") {
			return fmt.Sprintf("%s failed %s of %s%s.", t.actor, Count(g.n, "document"), t.op, on)
		}
		return fmt.Sprintf("%s failed %s of %s%s with InternalFailure.", t.actor, entries, t.op, on)
	}
	if strings.Contains(t.stream, "/") { // a destination
		return fmt.Sprintf("%s: %s answers %s of %s as %s.", t.actor, t.stream, Count(g.n, "call"), t.op, t.how)
	}
	return fmt.Sprintf("%s failed %s of %s%s.", t.actor, Count(g.n, "call"), t.op, on)
}

// faultNotice tells of experiments.
func (r *Region) faultNotice(n fis.Notice) {
	e := Event{Kind: protocol.EventFault, Level: Info, Mark: true}
	if len(n.Streams) > 0 {
		e.Ref = StreamRef(n.Streams[0])
	}
	switch n.Kind {
	case fis.Began:
		e.Level = Bad
		what := fmt.Sprintf("into %d %% of the calls ", n.Percentage)
		switch {
		case n.Percentage == 0:
			what = ""
		case len(n.Roles) > 0:
			what += "of " + strings.Join(n.Roles, ", ") + " "
		case len(n.Streams) > 0:
			what += "on " + strings.Join(n.Streams, ", ") + " "
		default:
			what = "into nothing, because no stream fits, "
		}
		e.Text = fmt.Sprintf("%s of experiment %s begins: %suntil %s.", n.Action, n.Experiment, what, n.Until.Time().Format("15:04:05"))
	case fis.Ended:
		e.Text = fmt.Sprintf("%s of experiment %s ends.", n.Action, n.Experiment)
	case fis.Finished:
		if n.Status == "completed" {
			e.Level = Good
		}
		e.Text = fmt.Sprintf("Experiment %s is %s. %s", n.Experiment, n.Status, n.Reason)
	}
	r.Say(e)
}

// PutFaultInput makes a fault of the lab's own, that FIS lacks, or changes the members given of the one with that name.
type PutFaultInput struct {
	Name       *string  `lab:"required" help:"the fault's name"`
	StreamName *string  `json:",omitempty" help:"the stream whose calls it befalls; a new one needs it, or Destination"`
	Kind       *string  `json:",omitempty" help:"answers lost after the work was done, entries of PutRecords or documents that fail, answers that take longer, or a destination that takes no more for now, lets nobody in or is down; needed for a new one" enum:"lost-answers|failed-entries|network-latency|throttled|refused|unavailable"`
	Operations []string `json:",omitempty" help:"only calls of these, like PutRecord and PutRecords; all that it can befall when left out"`
	Percentage *int64   `json:",omitempty" help:"which part of the calls, or entries, 1 to 100; 100 for a new one"`
	Millis     *int64   `json:",omitempty" help:"of network-latency: how much longer an answer takes, a third more or less; 500 for a new one"`

	Destination *string `json:",omitempty" help:"where records go, instead of a stream: s3/BUCKET, or a kind of sink and its name, splunk/NAME"`
}

// ListFaultsOutput lists the lab's own faults by name.
type ListFaultsOutput struct{ Faults []fis.Own }

// Bounds of network-latency.
const (
	defaultFaultMillis = 500
	maxFaultMillis     = 60_000
)

// putFault makes or changes a fault of the lab's own.
func (r *Region) putFault(in PutFaultInput) (any, error) {
	var faults Faults
	checkName("Name", in.Name, &faults)
	o := fis.Own{Percentage: 100}
	exists := false
	for _, x := range r.fis.Owns() {
		if in.Name != nil && x.Name == *in.Name {
			o, exists = x, true
		}
	}
	if in.Name != nil {
		o.Name = *in.Name
	}
	switch {
	case in.StreamName != nil && in.Destination != nil:
		faults.Add("Destination", "a fault befalls a stream or a destination: leave one of them out")
	case in.StreamName != nil:
		o.StreamName, o.Destination = *in.StreamName, ""
	case in.Destination != nil:
		o.StreamName, o.Destination = "", *in.Destination
		kind, name, ok := strings.Cut(o.Destination, "/")
		if !ok || !slices.Contains(destinations, kind) {
			faults.Add("Destination", "%q is none: write %s/NAME", o.Destination, strings.Join(destinations, "/NAME, "))
		} else {
			checkName("Destination", &name, &faults)
		}
	case !exists:
		faults.Add("StreamName", "left out: a new fault needs the stream whose calls it befalls, or a Destination")
	}
	var kinds []string
	for _, k := range fis.Kinds() {
		if fis.Befits(k, o.Destination != "") {
			kinds = append(kinds, k)
		}
	}
	if in.Kind != nil {
		o.Kind = *in.Kind
	}
	switch {
	case in.Kind == nil && !exists:
		faults.Add("Kind", "left out: write one of %s", strings.Join(kinds, ", "))
	case o.Kind == "failed-entries" && o.Destination != "" && !strings.HasPrefix(o.Destination, sink.OpenSearch+"/"):
		faults.Add("Kind", "failed-entries befalls the documents of an opensearch, and no other destination")
	case !slices.Contains(kinds, o.Kind):
		faults.Add("Kind", "%q is none that it can have: write one of %s", o.Kind, strings.Join(kinds, ", "))
	}
	if in.Operations != nil {
		o.Operations = in.Operations
	}
	if o.Destination != "" && len(o.Operations) > 0 {
		faults.Add("Operations", "has no meaning with a Destination: leave it out")
	}
	known := fis.Befalls(o.Kind)
	if known == nil {
		for _, op := range kinesis.Operations() {
			known = append(known, op.Name)
		}
	}
	for i, op := range o.Operations {
		if !slices.Contains(known, op) {
			faults.Add(fmt.Sprintf("Operations[%d]", i), "%q is none that it can befall: write one of %s", op, strings.Join(known, ", "))
		}
	}
	whole := func(path string, v *int64, high int64, into *int64) {
		if v != nil && (*v < 1 || *v > high) {
			faults.Add(path, "%s is outside 1 to %s", Number(*v), Number(high))
		} else if v != nil {
			*into = *v
		}
	}
	whole("Percentage", in.Percentage, 100, &o.Percentage)
	whole("Millis", in.Millis, maxFaultMillis, &o.Millis)
	switch slow := o.Kind == "network-latency"; {
	case slow && o.Millis == 0:
		o.Millis = defaultFaultMillis
	case !slow && in.Millis != nil:
		faults.Add("Millis", "has no meaning with %s: leave it out", o.Kind)
	case !slow:
		o.Millis = 0
	}
	if len(faults) > 0 {
		return nil, invalid(faults)
	}
	o.Calls, o.Struck = 0, 0
	if err := r.fis.Put(o); err != nil {
		return nil, err
	}
	r.arm()
	what := map[string]string{
		"lost-answers":    "the answers to %d %% of the calls are lost after the work is done",
		"failed-entries":  "%d %% of the entries of PutRecords fail with InternalFailure",
		"network-latency": "%d %% of the answers take longer",
		fis.Throttled:     "%d %% of the calls are told to slow down",
		fis.Refused:       "%d %% of the calls are not let in",
		fis.Unavailable:   "%d %% of the calls find it down",
	}[o.Kind]
	if o.Destination != "" && o.Kind == "failed-entries" {
		what = "%d %% of the documents are refused"
	}
	text := fmt.Sprintf("Fault %s: "+what, o.Name, o.Percentage)
	if o.Millis > 0 {
		text += ", by " + Millis(o.Millis) + ", a third more or less"
	}
	if len(o.Operations) > 0 {
		text += ", of " + strings.Join(o.Operations, " and ")
	}
	ref, on := r.streamIfThere(o.StreamName), o.StreamName
	if o.Destination != "" {
		ref, on = "", o.Destination
	}
	r.Say(Event{Kind: protocol.EventFault, Level: Bad, Ref: ref, Mark: true, Text: text + ", on " + on + "."})
	return o, nil
}

// deleteFault takes a fault of the lab's own away.
func (r *Region) deleteFault(name string) error {
	if !r.fis.Delete(name) {
		return aws.Errorf(aws.ResourceNotFound, "There is no fault %q.", name).WithHint("lab list-faults shows the faults there are; an experiment ends with aws fis stop-experiment.")
	}
	r.arm()
	r.Say(Event{Kind: protocol.EventFault, Level: Good, Mark: true, Text: fmt.Sprintf("Fault %s is gone.", name)})
	return nil
}
