package region

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"shardlab/wasm/aws"
	"shardlab/wasm/consumer"
	"shardlab/wasm/fis"
	"shardlab/wasm/load"
	"shardlab/wasm/pricing"
	"shardlab/wasm/producer"
)

// Float is the kind of a member that is a number with a fraction.
const Float = aws.Float

// PutProducerInput makes a producer, or changes the members given of the one with that name.
type PutProducerInput struct {
	Name               *string         `lab:"required" help:"the producer's name"`
	StreamName         *string         `json:",omitempty" help:"the stream it writes to; a new one needs it, or DeliveryStreamName"`
	DeliveryStreamName *string         `json:",omitempty" help:"in its place: the Firehose stream it puts to"`
	RecordsPerSecond   *float64        `json:",omitempty" help:"records it makes a second, 0 to 200,000; 100 for a new one"`
	RecordBytes        *int64          `json:",omitempty" help:"bytes of data of a record, 1 to 10,485,760; 256 for a new one"`
	Keys               *load.Keys      `json:",omitempty" help:"how it chooses partition keys"`
	Batch              *int64          `json:",omitempty" help:"records of a call: 1 is PutRecord, 2 to 500 PutRecords"`
	Retry              *producer.Retry `json:",omitempty" help:"what it does with refused records"`
	LatencyMillis      *int64          `json:",omitempty" help:"until it has the answer to a call"`
	TimeoutMillis      *int64          `json:",omitempty" help:"until a call that is not answered counts as failed and is tried again, 10 to 600,000; 60,000 for a new one"`
	MessageIds         *bool           `json:",omitempty" help:"whether each record holds a unique id, by which a reader knows one that was put twice"`
	Running            *bool           `json:",omitempty" help:"whether it writes; a new one does"`
	Source             *load.Source    `json:",omitempty" help:"what its records look like: those of a program, or of a service that feeds streams"`
	Role               *string         `json:",omitempty" help:"user or role it writes as; without one it may do all"`
}

// PutConsumerInput makes a consumer, or changes the members given of the one with that name.
type PutConsumerInput struct {
	Name             *string  `lab:"required" help:"the consumer's name"`
	StreamName       *string  `json:",omitempty" help:"the stream it reads; needed for a new one"`
	PollMillis       *int64   `json:",omitempty" help:"between two GetRecords on a shard; 200 for a new one"`
	Limit            *int64   `json:",omitempty" help:"most records of a call, 1 to 10,000"`
	From             *string  `json:",omitempty" help:"where it begins: after the newest record, at the oldest, or at an instant" enum:"LATEST|TRIM_HORIZON|AT_TIMESTAMP"`
	Timestamp        *string  `json:",omitempty" help:"with AT_TIMESTAMP: the instant, 2026-03-02T08:40:00Z or seconds since 1970"`
	RecordsPerSecond *float64 `json:",omitempty" help:"how fast it processes what it read; 0 is at once"`
	ShardOrder       *string  `json:",omitempty" help:"a shard after its parents, or all shards at once" enum:"parents-first|all-at-once"`
	RetrievalMode    *string  `json:",omitempty" help:"asks for records, or has them pushed with enhanced fan-out" enum:"POLLING|FANOUT"`
	ConsumerName     *string  `json:",omitempty" help:"with FANOUT: the registered consumer it reads as; it registers one of its own name when left out"`
	Running          *bool    `json:",omitempty" help:"whether it reads; a new one does"`
	Role             *string  `json:",omitempty" help:"user or role it reads as; without one it may do all"`
}

// NameInput names a producer, a consumer, a scaler or a fault.
type NameInput struct {
	Name *string `lab:"required" help:"its name"`
}

// NoteInput is something the scenario says.
type NoteInput struct {
	Text  *string `lab:"required" help:"the sentence"`
	Level *string `json:",omitempty" help:"how it is meant" enum:"info|good|warn|bad"`
}

// AnswerInput is a learner's answer to a question of the lab.
type AnswerInput struct {
	Text *string `lab:"required" help:"the answer"`
}

// Diagnose is the operation that states the cause of an incident.
const Diagnose = "Diagnose"

// DiagnoseInput is a learner's diagnosis.
type DiagnoseInput struct {
	Cause    *string `lab:"required" help:"the id of the cause, as the incident lists it"`
	Evidence *string `json:",omitempty" help:"what proves it: a ref as the inspector names it, like shard:trips/shardId-000000000001"`
}

// ListInput asks for a list; it has no members.
type ListInput struct{}

// ListProducersOutput lists the producers in the order in which they were made.
type ListProducersOutput struct{ Producers []ProducerSummary }

// ProducerSummary is a producer in a few members.
type ProducerSummary struct {
	Name             string
	StreamName       string
	Running          bool
	RecordsPerSecond float64
	RecordBytes      int64
	Keys             string
	Batch            int64
	Retry            string
	Accepted         int64 // records taken in all
	Refused          int64
	Waiting          int64
	Lost             int64
}

// ListConsumersOutput lists the consumers in the order in which they were made.
type ListConsumersOutput struct{ Consumers []ConsumerSummary }

// ConsumerSummary is a consumer in a few members.
type ConsumerSummary struct {
	Name               string
	StreamName         string
	Running            bool
	PollMillis         int64
	RecordsPerSecond   float64
	From               string
	Timestamp          string `json:",omitempty"`
	ShardOrder         string
	RetrievalMode      string
	RecordsRead        int64
	ReadsRefused       int64
	MillisBehindLatest int64
	LatencyMillis      int64  // from put to received, average of the last 10 s
	ConsumerName       string `json:",omitempty"` // the registered consumer it reads as, when that has another name
}

// Looks says of an operation of service "lab" that it only looks: it changes nothing, and a log need not hold it.
func Looks(op string) bool {
	return strings.HasPrefix(op, "List") || op == "Bill" || op == "Select" || op == "DiscoverInputSchema" || op == "ProjectBill" || strings.HasPrefix(op, "Calculate") || op == "ReadDestination" || op == "ReadSink" || op == State || op == Share || op == Peek
}

// Operations is the table of service "lab", in the form of the AWS services' tables. What its requests hold is read from the
// tags of their structures.
func Operations() []aws.Operation {
	return slices.Concat([]aws.Operation{
		labRow("PutProducer", "Make a producer, or change what is given of the one with this name.", PutProducerInput{}, producer.Settings{}),
		labRow("StartProducer", "Let a producer write.", NameInput{}, nil),
		labRow("StopProducer", "Stop a producer; what waits for a retry is lost.", NameInput{}, nil),
		labRow("DeleteProducer", "Take a producer out of the world.", NameInput{}, nil),
		labRow("PutConsumer", "Make a consumer, or change what is given of the one with this name.", PutConsumerInput{}, consumer.Settings{}),
		labRow("StartConsumer", "Let a consumer read on.", NameInput{}, nil),
		labRow("StopConsumer", "Stop a consumer; it keeps its place.", NameInput{}, nil),
		labRow("DeleteConsumer", "Take a consumer out of the world.", NameInput{}, nil),
		labRow("ListProducers", "List the producers and what they did.", ListInput{}, ListProducersOutput{}),
		labRow("ListConsumers", "List the consumers and how far they are.", ListInput{}, ListConsumersOutput{}),
		labRow("Note", "Put a sentence into the list of events.", NoteInput{}, nil),
		labRow("Answer", "Answer a question of the lab.", AnswerInput{}, nil),
		labRow(Diagnose, "State the cause of the incident and point at what proves it.", DiagnoseInput{}, nil),
		labRow("Bill", "Tell what the streams cost so far, and an hour as it goes now.", BillInput{}, pricing.Bill{}),
		labRow("ProjectBill", "Tell what some traffic costs in each way to run a stream.", ProjectBillInput{}, ProjectBillOutput{}),
		labRow("PutScaler", "Make a function that scales a stream, or change it.", PutScalerInput{}, ScalerSummary{}),
		labRow("DeleteScaler", "Take a scaler out of the world.", NameInput{}, nil),
		labRow("InvokeScaler", "Run a scaler now.", NameInput{}, nil),
		labRow("ListScalers", "List the scalers and what they did.", ListInput{}, ListScalersOutput{}),
		labRow("PutFault", "Make a fault that FIS lacks, or change it.", PutFaultInput{}, fis.Own{}),
		labRow("DeleteFault", "Take a fault away.", NameInput{}, nil),
		labRow("ListFaults", "List the lab's own faults and how often they struck.", ListInput{}, ListFaultsOutput{}),
		labRow("InterruptZone", "Lose an Availability Zone, as when its power fails.", ZoneInput{}, nil),
		labRow("RestoreZone", "Bring a lost Availability Zone back.", ZoneInput{}, nil),
		labRow("PutFunction", "Make a Lambda function that needs no code, or change what it does.", PutFunctionInput{}, FunctionSummary{}),
		labRow("StartEventSourceMapping", "Let an event source mapping read on.", NameInput{}, nil),
		labRow("StopEventSourceMapping", "Stop an event source mapping; it keeps its place.", NameInput{}, nil),
		labRow("DeleteEventSourceMapping", "Take an event source mapping out of the world.", NameInput{}, nil),
		labRow("ListEventSourceMappings", "List the event source mappings by the names they have on the stage.", ListInput{}, ListMappingsOutput{}),
		labRow("ReadDestination", "Look at what on-failure destinations were sent; it stays there.", ReadDestinationInput{}, ReadDestinationOutput{}),
		labRow("PutAccount", "Change how the account stands with KMS.", PutAccountInput{}, PutAccountInput{}),
		labRow("ListZones", "List the Availability Zones and how they are.", ListInput{}, ListZonesOutput{}),
	}, kplOperations(), agentOperations(), kclOperations(), connectorOperations(), sinkOperations(), firehoseOperations(), sqlOperations(), lookOperations(), calculateOperations())
}

// labRow makes a row of service "lab".
func labRow(name, help string, in, out any) aws.Operation {
	t := reflect.TypeOf(in)
	return aws.Operation{Service: Lab, Name: name, Kebab: aws.Kebab(name), Help: help, Input: t, Output: reflect.TypeOf(out), Members: labMembers(t)}
}

// labMembers reads the tags of a structure: help, enum with bars between the values, and lab:"required".
func labMembers(t reflect.Type) []aws.Member {
	var all []aws.Member
	for i := range t.NumField() {
		f := t.Field(i)
		m := aws.Member{Name: f.Name, Flag: aws.Kebab(f.Name), Kind: aws.String, Required: f.Tag.Get("lab") == "required", Help: f.Tag.Get("help")}
		inner := f.Type
		if inner.Kind() == reflect.Pointer {
			inner = inner.Elem()
		}
		switch inner.Kind() {
		case reflect.Int64, reflect.Int:
			m.Kind = aws.Int
		case reflect.Float64:
			m.Kind = aws.Float
		case reflect.Bool:
			m.Kind = aws.Bool
		case reflect.Slice:
			m.Kind, m.Elem = aws.List, &aws.Member{Kind: aws.String}
		case reflect.Struct:
			m.Kind, m.Members = aws.Structure, labMembers(inner)
		}
		if e := f.Tag.Get("enum"); e != "" {
			m.Enum = strings.Split(e, "|")
		}
		all = append(all, m)
	}
	return all
}

// CheckCommand says what can be known to be wrong in a command without running it; path is where it stands in the
// author's text.
func CheckCommand(c Command, path string) (faults Faults) {
	s, ok := findService(c.Service)
	if !ok {
		faults.Add(path+".do", "there is no service %q: write kinesis.<Operation> or lab.<Operation>; there are %s", c.Service, strings.Join(serviceNames(), ", "))
		return faults
	}
	table := s.operations()
	var names []string
	at := -1
	for i, o := range table {
		names = append(names, o.Name)
		if o.Name == c.Op {
			at = i
		}
	}
	if at < 0 {
		hint := ""
		if near := aws.Nearest(c.Op, names); near != "" {
			hint = fmt.Sprintf(" Did you mean %s.%s?", c.Service, near)
		}
		faults.Add(path+".do", "service %s has no operation %q.%s It has: %s", c.Service, c.Op, hint, strings.Join(names, ", "))
		return faults
	}
	if c.Service == Lab {
		in := reflect.New(table[at].Input)
		return append(faults, Decode(c.Body, path+".with", in.Interface())...)
	}
	keys, _, ok := Members(c.Body)
	if !ok {
		faults.Add(path+".with", "not an object: write the members of %s", c.Op)
		return faults
	}
	var known []string
	for _, m := range table[at].Members {
		known = append(known, m.Name)
		if m.Required && !slices.Contains(keys, m.Name) {
			faults.Add(path+".with", "%s needs %s", c.Op, m.Name)
		}
	}
	for _, k := range keys {
		if !slices.Contains(known, k) {
			hint := ""
			if near := aws.Nearest(k, known); near != "" {
				hint = fmt.Sprintf(" Did you mean %s?", near)
			}
			faults.Add(join(path+".with", k), "%s has no such member.%s It has: %s", c.Op, hint, strings.Join(known, ", "))
		}
	}
	return faults
}

// invalid is how the lab refuses a body.
func invalid(faults Faults) *aws.Error {
	e := aws.Errorf(aws.Validation, "%s", faults.Error())
	if len(faults) > 0 {
		e.Hint = "Change what is named and send it again; `lab <operation> help` shows the members."
	}
	return e
}

// doLab runs an operation of service "lab".
func (r *Region) doLab(op string, body []byte) ([]byte, error) {
	var faults Faults
	switch op {
	case "PutProducer":
		var in PutProducerInput
		if faults = Decode(body, "", &in); len(faults) == 0 {
			return r.putProducer(in)
		}
	case "PutConsumer":
		var in PutConsumerInput
		if faults = Decode(body, "", &in); len(faults) == 0 {
			return r.putConsumer(in)
		}
	case "StartProducer", "StopProducer", "DeleteProducer", "StartConsumer", "StopConsumer", "DeleteConsumer":
		var in NameInput
		if faults = Decode(body, "", &in); len(faults) == 0 {
			if in.Name == nil {
				faults.Add("Name", "left out: say which one")
				break
			}
			return nil, r.actorOp(op, *in.Name)
		}
	case "ListProducers", "ListConsumers":
		if faults = Decode(body, "", &ListInput{}); len(faults) == 0 {
			return answer(r.list(op))
		}
	case "Note":
		var in NoteInput
		faults = Decode(body, "", &in)
		level := Info
		if in.Level != nil {
			level = *in.Level
		}
		if len(faults) == 0 && !slices.Contains([]string{Info, Good, Warn, Bad}, level) {
			faults.Add("Level", "%q is no level: write one of info, good, warn, bad", level)
		}
		if len(faults) == 0 {
			faults = checkText("Text", in.Text, 500)
		}
		if len(faults) == 0 {
			r.Say(Event{Kind: "note", Level: level, Text: *in.Text, Mark: true})
			return nil, nil
		}
	case "Answer":
		var in AnswerInput
		faults = Decode(body, "", &in)
		if len(faults) == 0 {
			faults = checkText("Text", in.Text, 200)
		}
		if len(faults) == 0 {
			return nil, nil // goals look for it among the learner's deeds
		}
	case Diagnose:
		var in DiagnoseInput
		if faults = Decode(body, "", &in); len(faults) == 0 {
			faults = checkText("Cause", in.Cause, 100)
		}
		if in.Evidence != nil && len(faults) == 0 {
			faults = checkText("Evidence", in.Evidence, 500)
		}
		if len(faults) == 0 {
			return nil, nil // the lab judges it, as the world stands
		}
	case State, Share, Peek:
		return nil, aws.Errorf(aws.UnknownOperation, "Only a lab that runs can tell that.")
	default:
		for _, do := range []func(*Region, string, []byte) (any, Faults, error, bool){(*Region).doWatch, (*Region).doLambda, (*Region).doKPL, (*Region).doAgent, (*Region).doKCL, (*Region).doConnector, (*Region).doSink, (*Region).doFirehose, (*Region).doSQL, (*Region).doCalculate} {
			out, wrong, err, known := do(r, op, body)
			if !known {
				continue
			}
			if len(wrong) > 0 {
				return nil, invalid(wrong)
			}
			if err != nil || out == nil {
				return nil, err
			}
			return answer(out)
		}
		var names []string
		for _, o := range Operations() {
			names = append(names, o.Name)
		}
		return nil, aws.Errorf(aws.UnknownOperation, "There is no operation %q of the lab.", op).WithHint("There are: %s.", strings.Join(names, ", "))
	}
	return nil, invalid(faults)
}

// list is what ListProducers or ListConsumers answers.
func (r *Region) list(op string) any {
	if op == "ListProducers" {
		out := ListProducersOutput{Producers: []ProducerSummary{}}
		for _, p := range r.Producers() {
			s, t := p.Settings(), p.Total()
			out.Producers = append(out.Producers, ProducerSummary{s.Name, s.StreamName, s.Running, s.RecordsPerSecond, int64(s.RecordBytes), s.Keys.Words(),
				int64(s.Batch), s.Retry.Words(), t.Accepted, t.Refused, int64(p.Waiting()), t.Lost})
		}
		return out
	}
	out := ListConsumersOutput{Consumers: []ConsumerSummary{}}
	for _, c := range r.Consumers() {
		s, t := c.Settings(), c.Total()
		latency, _ := c.Latency(r.Now(), 10)
		if s.RetrievalMode == consumer.FanOut {
			s.PollMillis = 0 // it does not ask
		}
		out.Consumers = append(out.Consumers, ConsumerSummary{s.Name, s.StreamName, s.Running, int64(s.PollMillis), s.RecordsPerSecond, s.From, s.Timestamp, s.ShardOrder,
			s.RetrievalMode, t.Read, t.Refused, c.Lag(r.kinesis, r.Now()), latency.Milliseconds(), s.ConsumerName})
	}
	return out
}

func checkText(path string, text *string, most int) (faults Faults) {
	switch {
	case text == nil || strings.TrimSpace(*text) == "":
		faults.Add(path, "left out: write a text")
	case len(*text) > most:
		faults.Add(path, "%d bytes long; at most %d are taken", len(*text), most)
	}
	return faults
}

// actorOp starts, stops or deletes a producer or a consumer.
func (r *Region) actorOp(op, name string) error {
	p, owner, ok := findActor[writer](r, name)
	kind := "producer"
	var c reader
	if strings.HasSuffix(op, "Consumer") {
		kind = "consumer"
		c, owner, ok = findActor[reader](r, name)
	}
	if !ok {
		return aws.Errorf(aws.ResourceNotFound, "There is no %s %q.", kind, name).WithHint("%s", r.actorNames(kind))
	}
	switch op {
	case "StartProducer":
		if !p.Settings().Running {
			p.Start(r.writes(owner, p.Producer))
			r.sayActor(ProducerRef(name), Info, "Producer %s starts: %s.", name, producerWords(p.Settings()))
		}
	case "StopProducer":
		if p.Settings().Running {
			lost := p.Waiting()
			p.Stop(r.writes(owner, p.Producer))
			more := ""
			if lost > 0 {
				more = fmt.Sprintf("; %s that waited for a retry went with it", Count(int64(lost), "record"))
			}
			r.sayActor(ProducerRef(name), Info, "Producer %s stops%s.", name, more)
		}
	case "DeleteProducer":
		r.deleteActor(owner)
		r.sayActor("", Info, "Producer %s is gone.", name)
	case "StartConsumer":
		if !c.Settings().Running {
			c.Start(r.reads(owner, c.Consumer))
			r.sayActor(ConsumerRef(name), Info, "Consumer %s reads: %s.", name, consumerWords(c.Settings()))
		}
	case "StopConsumer":
		if c.Settings().Running {
			c.Stop(r.reads(owner, c.Consumer))
			r.sayActor(ConsumerRef(name), Info, "Consumer %s stops and keeps its place.", name)
		}
	case "DeleteConsumer":
		c.Stop(r.reads(owner, c.Consumer))
		r.deleteActor(owner)
		r.sayActor("", Info, "Consumer %s is gone.", name)
	}
	return nil
}

func (r *Region) actorNames(kind string) string {
	var names []string
	for _, p := range r.Producers() {
		if kind == "producer" {
			names = append(names, p.Settings().Name)
		}
	}
	for _, c := range r.Consumers() {
		if kind == "consumer" {
			names = append(names, c.Settings().Name)
		}
	}
	if len(names) == 0 {
		return fmt.Sprintf("There is no %s yet: lab put-%s makes one.", kind, kind)
	}
	return "There are: " + strings.Join(names, ", ") + "."
}

func (r *Region) sayActor(ref, level, format string, args ...any) {
	r.Say(Event{Kind: "actor", Level: level, Ref: ref, Mark: true, Text: fmt.Sprintf(format, args...)})
}

// answer encodes what an operation of the lab answers.
func answer(v any) ([]byte, error) { return JSON(v), nil }

// JSON encodes settings, or what an operation of the lab answers.
func JSON(v any) json.RawMessage {
	b, err := json.Marshal(v)
	if err != nil {
		panic("region: settings do not encode: " + err.Error())
	}
	return b
}
