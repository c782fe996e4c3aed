package region

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"shardlab/wasm/aws"
	"shardlab/wasm/kinesis"
	"shardlab/wasm/lambda"
	"shardlab/wasm/protocol"
	"shardlab/wasm/sim"
)

// eventSource is an event source mapping as an actor. All it knows lies in the service.
type eventSource struct {
	uuid, reader string // its id, and what it is called on the stage
}

func (a eventSource) name() string      { return a.reader }
func (a eventSource) clone() actor      { return a }
func (a eventSource) State(w io.Writer) { fmt.Fprintf(w, "event source mapping %s\n", a.uuid) }
func (a eventSource) mapping(r *Region) *lambda.Mapping {
	m, _ := r.lambda.Mapping(a.uuid)
	return m
}

func (a eventSource) fire(r *Region, e sim.Event) int {
	defer a.act(r)()
	return a.tallied(r, func() int { return r.lambda.Fire(a.uuid, e) })
}

// tallied does f and keeps what the mapping counted meanwhile.
func (a eventSource) tallied(r *Region, f func() int) int {
	m := a.mapping(r)
	if m == nil {
		return f()
	}
	before := MappingTotals(m)
	work := f()
	after := MappingTotals(m)
	r.counted(ConsumerRef(a.reader), MappingCounts, before[:], after[:])
	return work
}

func (a eventSource) pushed(r *Region, n kinesis.Notice) int {
	defer a.act(r)()
	return a.tallied(r, func() int { return r.lambda.Pushed(a.uuid, n) })
}

// act lets it read as its function's role until what it returns is called.
func (a eventSource) act(r *Region) func() {
	as := ""
	if m := a.mapping(r); m != nil {
		as = r.lambda.As(m.Settings().FunctionName)
	}
	r.kinesis.ActAs(as)
	return func() { r.kinesis.ActAs("") }
}

// functions is the world as Lambda meets it.
func (r *Region) functions() lambda.World {
	return lambda.World{Sched: r.sched, Kinesis: r.kinesis, Meter: r.meter, Run: r.cfg.Runtime, Notify: r.lambdaNotice,
		Enlist: func(uuid string) sim.Owner {
			m, _ := r.lambda.Mapping(uuid)
			return r.addActor(eventSource{uuid, m.Name()})
		},
		Dismiss: r.deleteActor,
		Role: func(name string) bool {
			_, ok := r.iam.Principal(name, "")
			return ok
		},
		As: r.actAs,
		Taken: func(name string) bool {
			var taken Faults
			r.checkFree(ConsumerRef(name), &taken)
			return len(taken) > 0
		},
		Flight: func(m *lambda.Mapping, sent, due sim.Instant, shard int32, records int) {
			if t := r.trace; t != nil {
				t.Add(Flight{Kind: protocol.FlightRead, SentAt: sent, DueAt: due, Actor: m.Name(), Stream: m.Stream(), Shard: shard, Records: records})
			}
		}}
}

// Lambda is the functions and their event source mappings, to look at.
func (r *Region) Lambda() *lambda.Service { return r.lambda }

// asConsumer is the mapping as the stage draws it.
func (a eventSource) asConsumer(r *Region) protocol.Consumer {
	m, now := a.mapping(r), r.Now()
	t := m.Total()
	c := protocol.Consumer{Kind: "Lambda function", Noun: "EventSourceMapping", Name: a.reader, Stream: m.Stream(), Running: m.State() == lambda.StateEnabled,
		Rate: m.Rate(now), Behind: m.Behind(r.kinesis, now), Read: t.Handled, Refused: t.Throttles, Mode: "POLLING", Note: r.mappingNote(m), Barred: m.State() == lambda.StateEnabled && m.Blocked() != ""}
	c.Late = r.Lates(c.Stream, func(yield func(shard int32, next, behind int64)) { m.Lags(r.kinesis, now, yield) })
	if m.FanOut() {
		c.Mode = "FANOUT"
	}
	if to := m.Settings().OnFailure; to != "" {
		c.To = []protocol.Place{{Kind: "On-failure destination", Name: to[strings.LastIndexByte(to, ':')+1:]}}
	}
	size := m.Settings().BatchSize
	for _, p := range m.Places() {
		if p.Phase == lambda.Done || p.Phase == lambda.Gone {
			continue
		}
		part := protocol.Part{Name: fmt.Sprintf("shard %d", p.Shard), Text: p.Phase, Fill: -1}
		if p.Phase == lambda.Reading {
			part.Text, part.Level = placeWords(p, now)
			part.Fill = min(1, float64(p.Waiting)/float64(size))
		}
		c.Parts = append(c.Parts, part)
	}
	worse := func(p protocol.Part) int { return slices.Index([]string{Bad, Warn, ""}, p.Level) }
	sim.Sort(c.Parts, func(a, b protocol.Part) int { return cmp.Compare(worse(a), worse(b)) }) // a card has room for one
	return c
}

// placeWords says how it stands with a shard.
func placeWords(p lambda.Place, now sim.Instant) (text, level string) {
	with, attempt, failed := 0, int64(0), int64(0)
	var again time.Duration
	for _, l := range p.Lanes {
		with += l.Records
		attempt = max(attempt, l.Attempt)
		if l.Failed > failed {
			failed, again = l.Failed, max(0, l.NotUntil.Sub(now))
		}
	}
	switch {
	case failed > 0:
		text, level = fmt.Sprintf("failed %s, tried again in %s", times(failed), Millis(again.Milliseconds())), Bad
	case attempt > 1:
		text, level = fmt.Sprintf("attempt %d with %s", attempt, Count(int64(with), "record")), Warn
	case with > 0:
		text = Count(int64(with), "record") + " with the function"
	default:
		text = "waits for records"
	}
	if p.Waiting > 0 {
		text += ", " + Number(int64(p.Waiting)) + " wait"
	}
	return text, level
}

func times(n int64) string {
	if n == 1 {
		return "once"
	}
	return Number(n) + " times"
}

// mappingNote says what holds a mapping up, "" when nothing does.
func (r *Region) mappingNote(m *lambda.Mapping) string {
	set := m.Settings()
	f, _, there := r.lambda.Function(set.FunctionName)
	switch {
	case !there:
		return "cannot invoke: there is no function " + set.FunctionName
	case m.Blocked() != "":
		return "cannot read: " + Barred(m.Blocked(), m.Stream(), roleName(f.Role), "read")
	case m.State() != lambda.StateEnabled:
		return strings.ToLower(m.State())
	}
	for _, p := range m.Places() {
		if p.Phase == lambda.Waiting {
			return fmt.Sprintf("waits with %s until its parents are through", kinesis.ShardID(p.Shard))
		}
	}
	return ""
}

func roleName(arn string) string { return arn[strings.LastIndexByte(arn, '/')+1:] }

// lambdaNotice tells what befell a mapping.
func (r *Region) lambdaNotice(n lambda.Notice) {
	m := n.Mapping
	set := m.Settings()
	e := Event{Kind: protocol.EventActor, Level: Info, Ref: ConsumerRef(m.Name()), Count: n.N}
	shard := kinesis.ShardID(n.Shard)
	switch n.Kind {
	case lambda.Enabled:
		e.Mark = true
		e.Text = fmt.Sprintf("The event source mapping %s is Enabled: Lambda polls %s once a second and invokes %s with up to %s.", m.Name(), m.Stream(), set.FunctionName, Count(set.BatchSize, "record"))
		if m.FanOut() {
			e.Text = fmt.Sprintf("The event source mapping %s is Enabled: %s pushes to it with enhanced fan-out, and it invokes %s with up to %s.", m.Name(), m.Stream(), set.FunctionName, Count(set.BatchSize, "record"))
		}
	case lambda.Stopped:
		e.Text, e.Mark = fmt.Sprintf("The event source mapping %s is Disabled and keeps its place.", m.Name()), true
	case lambda.Blocked:
		e.Level, e.Mark, e.Kind = Bad, true, protocol.EventBehind
		e.Text = fmt.Sprintf("The event source mapping %s is held up: %s.", m.Name(), r.mappingNote(m))
	case lambda.Unblocked:
		e.Level, e.Text = Good, fmt.Sprintf("The event source mapping %s can read %s again.", m.Name(), m.Stream())
	case lambda.Failed:
		if e.Level, e.Kind, e.Mark = Warn, protocol.EventRetry, n.Attempts == 1; !news(n.Attempts) {
			return
		}
		e.Text = fmt.Sprintf("%s failed with %s of %s, for the %s time: %s.", set.FunctionName, Count(n.N, "record"), shard, ordinal(n.Attempts), strings.TrimSuffix(n.Why, "."))
		if n.Attempts > 1 || set.MaximumRetryAttempts != 0 {
			e.Text += " Nothing behind them in their shard goes on meanwhile."
		}
	case lambda.Split:
		e.Kind, e.Text = protocol.EventRetry, fmt.Sprintf("%s that failed are tried again in two halves, to find the bad ones.", Count(n.N, "record"))
	case lambda.Throttled:
		e.Level, e.Mark, e.Kind = Warn, true, protocol.EventReadRefused
		e.Text = fmt.Sprintf("Lambda may not run %s more often at once: the batch of %s waits.", set.FunctionName, shard)
	case lambda.Recovered:
		e.Level, e.Kind = Good, protocol.EventCaughtUp
		e.Text = fmt.Sprintf("The batch of %s that had failed %s went through.", shard, times(n.Attempts))
	case lambda.Discarded:
		e.Level, e.Mark, e.Kind = Bad, true, protocol.EventLost
		e.Text = fmt.Sprintf("%s of %s are given up (%s) and told to nobody: they are lost for %s.", Count(n.N, "record"), shard, n.Why, set.FunctionName)
		if n.To != "" {
			e.Level = Warn
			e.Text = fmt.Sprintf("%s of %s are given up (%s), and %s is told which.", Count(n.N, "record"), shard, n.Why, n.To)
		}
		if n.N == 1 {
			e.Text = strings.Replace(e.Text, " are given up", " is given up", 1)
			e.Text = strings.Replace(e.Text, "they are lost", "it is lost", 1)
		}
	case lambda.TooLarge:
		e.Level, e.Text = Bad, fmt.Sprintf("A record of %s takes %s in an event, in base64, and no event may have more than 6 MB.", shard, Bytes(n.N))
	case lambda.Finished:
		e.Text = fmt.Sprintf("%s has processed the closed %s to its end.", set.FunctionName, shard)
	}
	r.Say(e)
}

// news says whether the n-th failure of one batch is worth a word: the first three, then 10, 100 and so on.
func news(n int64) bool {
	for n > 9 && n%10 == 0 {
		n /= 10
	}
	return n <= 3
}

func ordinal(n int64) string {
	switch {
	case n%100 >= 11 && n%100 <= 13:
		return Number(n) + "th"
	case n%10 == 1:
		return Number(n) + "st"
	case n%10 == 2:
		return Number(n) + "nd"
	case n%10 == 3:
		return Number(n) + "rd"
	}
	return Number(n) + "th"
}

// sheet is what there is to know of a mapping.
func (a eventSource) sheet(r *Region) protocol.Sheet {
	m, now := a.mapping(r), r.Now()
	set, t := m.Settings(), m.Total()
	f, _, there := r.lambda.Function(set.FunctionName)
	noted := func(name, value, note string) []protocol.Cell {
		return []protocol.Cell{{Text: name}, {Text: value, Note: note}}
	}
	mono := func(name, value string) []protocol.Cell {
		return []protocol.Cell{{Text: name}, {Text: value, Mono: true}}
	}
	seconds := func(n int64, none string) string {
		if n <= 0 {
			return none
		}
		return Count(n, "second")
	}
	source := "asked once a second"
	if m.FanOut() {
		source = "pushed with enhanced fan-out; what the KPL packed is unpacked"
	}
	retries := Count(set.MaximumRetryAttempts, "retry")
	retries = strings.Replace(retries, "retrys", "retries", 1)
	if set.MaximumRetryAttempts < 0 {
		retries = "until the record leaves the stream"
	}
	mapping := protocol.Section{Title: "Event source mapping", Rows: [][]protocol.Cell{
		row("State", cmp.Or(r.mappingNote(m), m.State())), row("LastProcessingResult", m.Result()), mono("UUID", m.UUID()),
		{{Text: "Stream"}, {Text: m.Stream(), Ref: StreamRef(m.Stream()), Mono: true}}, row("Records", source),
		noted("BatchSize", Count(set.BatchSize, "record"), "or 6 MB of JSON, in which data are base64"), row("MaximumBatchingWindowInSeconds", seconds(set.MaximumBatchingWindowInSeconds, "0: as soon as records are there")),
		row("ParallelizationFactor", Number(set.ParallelizationFactor)), row("MaximumRetryAttempts", retries), row("MaximumRecordAgeInSeconds", seconds(set.MaximumRecordAgeInSeconds, "-1: any age")),
		row("BisectBatchOnFunctionError", fmt.Sprint(set.BisectBatchOnFunctionError)), row("ReportBatchItemFailures", fmt.Sprint(set.ReportBatchItemFailures)),
		row("On-failure destination", cmp.Or(set.OnFailure, "none: what is given up is lost")),
	}}
	if set.TumblingWindowInSeconds > 0 {
		mapping.Rows = append(mapping.Rows, row("TumblingWindowInSeconds", Count(set.TumblingWindowInSeconds, "second")))
	}
	for _, p := range set.Patterns {
		mapping.Rows = append(mapping.Rows, mono("Filter", p))
	}
	all := protocol.Section{Title: "In all", Rows: [][]protocol.Cell{
		row("Records read", Number(t.Read)), row("Left out by the filter", Number(t.Filtered)), row("Processed", Number(t.Handled)), row("Given up", Number(t.Discarded)),
		row("Invocations", Number(t.Invocations)), row("That failed", Number(t.Failures)), row("Throttled", Number(t.Throttles)),
		row("Oldest record not processed", Millis(m.Behind(r.kinesis, now))+" old"),
	}}
	table := protocol.Section{Title: "Its shards", Head: []string{"Shard", "Lane", "How it stands", "Wait", "Processed in the shard", "Given up"}}
	for _, p := range m.Places() {
		cell := protocol.Cell{Text: kinesis.ShardID(p.Shard), Ref: ShardRef(m.Stream(), p.Shard), Mono: true}
		for i, l := range p.Lanes {
			one := p
			one.Lanes, one.Waiting = []lambda.Lane{l}, 0
			text := p.Phase
			if p.Phase == lambda.Reading {
				text, _ = placeWords(one, now)
			}
			table.Rows = append(table.Rows, []protocol.Cell{cell, {Text: fmt.Sprint(i + 1)}, {Text: text}, {Text: Number(int64(l.Waiting))}, {Text: Number(p.Handled)}, {Text: Number(p.Discarded)}})
		}
	}
	sections := []protocol.Section{mapping}
	if there {
		sections = append(sections, r.functionFacts(f.Name))
	}
	sections = append(append(sections, all, table), r.functionLog(set.FunctionName)...)
	told := protocol.Section{Title: "What its destination was told", Head: []string{"When", "What"}}
	sent := r.lambda.Deliveries(set.OnFailure)
	for _, d := range sent[max(0, len(sent)-shownSent):] {
		told.Rows = append(told.Rows, []protocol.Cell{{Text: d.At.Time().Format("15:04:05.000")}, {Text: cutText(d.Key+" "+d.Body, 1000), Mono: true}})
	}
	if len(told.Rows) > 0 {
		sections = append(sections, told)
	}
	change := "aws lambda update-event-source-mapping --uuid " + m.UUID()
	stop := change + " --no-enabled"
	if m.State() == lambda.Disabled {
		stop = change + " --enabled"
	}
	return protocol.Sheet{Ref: ConsumerRef(a.reader), Kind: "Lambda function", Title: a.reader, Sections: sections, Settings: JSON(struct {
		lambda.MappingSettings
		UUID     string
		Function lambda.Settings
	}{set, m.UUID(), f}),
		Commands: []string{stop, change + " --bisect-batch-on-function-error --maximum-retry-attempts 2", "aws logs filter-log-events --log-group-name /aws/lambda/" + set.FunctionName, "aws lambda get-function --function-name " + set.FunctionName}}
}

// FunctionSheet is what there is to know of a function, whoever invokes it; false when there is none of that name.
func (r *Region) FunctionSheet(name string) (protocol.Sheet, bool) {
	f, _, ok := r.lambda.Function(name)
	if !ok {
		return protocol.Sheet{}, false
	}
	sections := []protocol.Section{r.functionFacts(name)}
	sections[0].Rows[0][1].Ref = "" // this very sheet
	if f.Code != "" {
		sections = append(sections, protocol.Section{Title: f.Handler, Text: f.Code})
	}
	flag := " --function-name " + name
	return protocol.Sheet{Ref: functionRef + name, Kind: "Function", Title: name, Sections: append(sections, r.functionLog(name)...),
		Commands: []string{"aws logs filter-log-events --log-group-name /aws/lambda/" + name, "aws lambda get-function" + flag, "aws lambda delete-function" + flag}}, true
}

// functionRef begins the ref of a function's sheet.
const functionRef = "function:"

func (r *Region) functionFacts(name string) protocol.Section {
	f, t, _ := r.lambda.Function(name)
	does := "JavaScript, " + Bytes(int64(len(f.Code)))
	if f.Code == "" {
		does = behaviorWords(f.Behavior)
	}
	s := protocol.Section{Title: "Function", Rows: [][]protocol.Cell{
		{{Text: "Name"}, {Text: name, Ref: functionRef + name, Mono: true}}, row("Does", does), row("Timeout", Count(f.Timeout, "second")), row("Memory", fmt.Sprintf("%d MB", f.MemoryMB)), row("Runs now", Count(r.lambda.Running(name), "time")),
		row("Invocations", Number(t.Invocations)), row("Errors", Number(t.Errors)), row("Throttles", Number(t.Throttles)),
	}}
	if f.Reserved >= 0 {
		s.Rows = append(s.Rows, row("Reserved concurrency", Number(f.Reserved)))
	}
	return s
}

// functionLog are the newest lines of a function's log, as a section when there are any.
func (r *Region) functionLog(name string) []protocol.Section {
	log := protocol.Section{Title: "Log, newest last", Head: []string{"When", "Line"}}
	lines := r.lambda.Logs(name)
	for _, l := range lines[max(0, len(lines)-shownLog):] {
		log.Rows = append(log.Rows, []protocol.Cell{{Text: l.At.Time().Format("15:04:05.000")}, {Text: l.Text, Mono: true}})
	}
	if len(log.Rows) == 0 {
		return nil
	}
	return []protocol.Section{log}
}

// How many lines of the log, and messages of a destination, a sheet shows.
const shownLog, shownSent = 40, 5

func cutText(s string, n int) string { return strings.TrimSpace(aws.Shorten(s, n)) }

func behaviorWords(b lambda.Behavior) string {
	text := b.Kind
	if b.Poison != "" {
		text += fmt.Sprintf(" (%q)", b.Poison)
	}
	text += fmt.Sprintf(", %s an invocation", Millis(b.DurationMillis))
	if b.MicrosPerRecord > 0 {
		text += fmt.Sprintf(" and %s ms a record", Decimal(float64(b.MicrosPerRecord)/1000))
	}
	return text
}

// PutFunctionInput makes a function that needs no code, or changes the members given of the one with that name.
type PutFunctionInput struct {
	Name            *string  `lab:"required" help:"the function's name"`
	Behavior        *string  `json:",omitempty" help:"what it does; works for a new one" enum:"works|fails-on-poison|always-fails|reports-item-failures|drops-poison|times-out|out-of-memory"`
	Poison          *string  `json:",omitempty" help:"text in a record's data that makes it fail; poison for a new one"`
	DurationMillis  *int64   `json:",omitempty" help:"how long an invocation takes; 20 for a new one"`
	MillisPerRecord *float64 `json:",omitempty" help:"and how much longer for each record; 0 for a new one"`
	Timeout         *int64   `json:",omitempty" help:"seconds it may take, 1 to 900; 3 for a new one"`
	MemorySize      *int64   `json:",omitempty" help:"MB it may use, 128 to 10240; 128 for a new one"`
}

// FunctionSummary is a function in a few members.
type FunctionSummary struct {
	Name        string
	FunctionArn string
	Does        string
}

// MappingSummary is an event source mapping in a few members.
type MappingSummary struct {
	Name         string
	UUID         string
	StreamName   string
	FunctionName string
	State        string
	Processed    int64
	Discarded    int64
	Invocations  int64
	Failures     int64
	Throttles    int64
	MillisBehind int64
}

// ListMappingsOutput lists the event source mappings in the order in which they were made.
type ListMappingsOutput struct{ EventSourceMappings []MappingSummary }

// ReadDestinationInput names a destination; all when left out.
type ReadDestinationInput struct {
	Destination *string `json:",omitempty" help:"ARN of a queue, topic or bucket; all when left out"`
}

// DestinationRecord is what a destination was sent: JSON, and the key where it is an object of S3.
type DestinationRecord struct {
	Destination string
	At          string
	Key         string `json:",omitempty"`
	Body        string
}

// ReadDestinationOutput lists what destinations were sent, oldest first.
type ReadDestinationOutput struct{ Records []DestinationRecord }

// doLambda runs an operation of service "lab" on functions and what invokes them; known says that it is one.
func (r *Region) doLambda(op string, body []byte) (out any, faults Faults, err error, known bool) {
	switch op {
	case "PutFunction":
		var in PutFunctionInput
		if faults = decodeNamed(body, &in); len(faults) == 0 {
			out, faults, err = r.putFunction(in)
		}
	case "StartEventSourceMapping", "StopEventSourceMapping", "DeleteEventSourceMapping":
		var in NameInput
		if faults = decodeNamed(body, &in); len(faults) == 0 {
			err = r.mappingOp(op, *in.Name)
		}
	case "ListEventSourceMappings":
		if faults = Decode(body, "", &ListInput{}); len(faults) == 0 {
			list := ListMappingsOutput{[]MappingSummary{}}
			for _, m := range r.lambda.Mappings() {
				t := m.Total()
				list.EventSourceMappings = append(list.EventSourceMappings, MappingSummary{m.Name(), m.UUID(), m.Stream(), m.Settings().FunctionName, m.State(),
					t.Handled, t.Discarded, t.Invocations, t.Failures, t.Throttles, m.Behind(r.kinesis, r.Now())})
			}
			out = list
		}
	case "ReadDestination":
		var in ReadDestinationInput
		if faults = Decode(body, "", &in); len(faults) == 0 {
			list := ReadDestinationOutput{[]DestinationRecord{}}
			arns, _ := r.lambda.Destinations()
			for _, arn := range arns {
				if in.Destination != nil && *in.Destination != arn {
					continue
				}
				for _, d := range r.lambda.Deliveries(arn) {
					list.Records = append(list.Records, DestinationRecord{arn, d.At.Time().Format("2006-01-02T15:04:05.000Z"), d.Key, d.Body})
				}
			}
			out = list
		}
	default:
		return nil, nil, nil, false
	}
	return out, faults, err, true
}

func (r *Region) putFunction(in PutFunctionInput) (any, Faults, error) {
	var faults Faults
	checkName("Name", in.Name, &faults)
	b := lambda.Behavior{Kind: lambda.Works, DurationMillis: 20, DurationDeviation: 10}
	if old, _, ok := r.lambda.Function(*in.Name); ok && old.Code == "" {
		b = old.Behavior
	}
	if in.Behavior != nil {
		b.Kind = *in.Behavior
	}
	if in.Poison != nil {
		b.Poison = *in.Poison
	}
	known := false
	for _, k := range lambda.Behaviors() {
		known = known || k == b.Kind
	}
	poisoned := b.Kind == lambda.FailsOn || b.Kind == lambda.ItemFailures || b.Kind == lambda.DropsOn
	switch {
	case !known:
		faults.Add("Behavior", "%q is no behavior: write one of %s", b.Kind, strings.Join(lambda.Behaviors(), ", "))
	case poisoned && b.Poison == "" && in.Poison == nil:
		b.Poison = "poison"
	case poisoned && b.Poison == "" || len(b.Poison) > 200:
		faults.Add("Poison", "give a text of 1 to 200 bytes")
	case !poisoned && in.Poison != nil:
		faults.Add("Poison", "only %s, %s and %s look for it", lambda.FailsOn, lambda.ItemFailures, lambda.DropsOn)
	case !poisoned:
		b.Poison = ""
	}
	duration := int(b.DurationMillis)
	between("DurationMillis", in.DurationMillis, 1, lambda.MaxTimeout*1000, &duration, &faults)
	b.DurationMillis = int64(duration)
	if v := in.MillisPerRecord; v != nil {
		if !(*v >= 0 && *v <= 60_000) {
			faults.Add("MillisPerRecord", "%v is outside 0 to 60,000", *v)
		}
		b.MicrosPerRecord = int64(*v * 1000)
	}
	within := func(path string, n *int64, low, high int64) {
		var whole int
		between(path, n, low, high, &whole, &faults)
	}
	within("Timeout", in.Timeout, 1, lambda.MaxTimeout)
	within("MemorySize", in.MemorySize, lambda.DefaultMemory, lambda.MaxMemory)
	if len(faults) > 0 {
		return nil, faults, nil
	}
	set, err := r.lambda.PutBehavior(*in.Name, b, in.Timeout, in.MemorySize)
	if err != nil {
		return nil, nil, err
	}
	r.sayActor("", Info, "Function %s is there: %s.", set.Name, behaviorWords(set.Behavior))
	return FunctionSummary{set.Name, r.lambda.FunctionARN(set.Name), behaviorWords(set.Behavior)}, nil, nil
}

// mappingOp starts, stops or deletes a mapping by its name on the stage.
func (r *Region) mappingOp(op, name string) error {
	a, _, ok := findActor[eventSource](r, name)
	if !ok {
		return aws.Errorf(aws.ResourceNotFound, "There is no event source mapping %q.", name).WithHint("lab list-event-source-mappings shows those there are; aws lambda create-event-source-mapping makes one.")
	}
	do, body := "UpdateEventSourceMapping", fmt.Sprintf(`{"UUID":%q,"Enabled":%t}`, a.uuid, op == "StartEventSourceMapping")
	if op == "DeleteEventSourceMapping" {
		do, body = op, fmt.Sprintf(`{"UUID":%q}`, a.uuid)
	}
	return asError(r.door(r, Command{Service: Lambda, Op: do, Body: []byte(body)}).Err)
}
