package region

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"shardlab/wasm/aws"
	"shardlab/wasm/consumer"
	"shardlab/wasm/producer"
	"shardlab/wasm/sim"
)

// Float is the kind of a member that is a number with a fraction.
const Float = aws.Float

// PutProducerInput makes a producer, or changes the members given of the one with that name.
type PutProducerInput struct {
	Name             *string
	StreamName       *string         `json:",omitempty"`
	RecordsPerSecond *float64        `json:",omitempty"`
	RecordBytes      *int64          `json:",omitempty"`
	Keys             *producer.Keys  `json:",omitempty"`
	Batch            *int64          `json:",omitempty"`
	Retry            *producer.Retry `json:",omitempty"`
	LatencyMillis    *int64          `json:",omitempty"`
	Running          *bool           `json:",omitempty"`
	Role             *string         `json:",omitempty"`
}

// PutConsumerInput makes a consumer, or changes the members given of the one with that name.
type PutConsumerInput struct {
	Name             *string
	StreamName       *string  `json:",omitempty"`
	PollMillis       *int64   `json:",omitempty"`
	Limit            *int64   `json:",omitempty"`
	From             *string  `json:",omitempty"`
	RecordsPerSecond *float64 `json:",omitempty"`
	ShardOrder       *string  `json:",omitempty"`
	RetrievalMode    *string  `json:",omitempty"`
	ConsumerName     *string  `json:",omitempty"`
	Running          *bool    `json:",omitempty"`
	Role             *string  `json:",omitempty"`
}

// NameInput names a producer or a consumer.
type NameInput struct{ Name *string }

// NoteInput is something the scenario says.
type NoteInput struct {
	Text  *string
	Level *string `json:",omitempty"`
}

// AnswerInput is a learner's answer to a question of the lab.
type AnswerInput struct{ Text *string }

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
	ShardOrder         string
	RetrievalMode      string
	RecordsRead        int64
	ReadsRefused       int64
	MillisBehindLatest int64
	LatencyMillis      int64 // from put to received, average of the last 10 s
}

// Operations is the table of service "lab", in the form of the AWS services' tables.
func Operations() []aws.Operation {
	member := func(name string, kind aws.Kind, required bool, help string) aws.Member {
		return aws.Member{Name: name, Flag: aws.Kebab(name), Kind: kind, Required: required, Help: help}
	}
	enum := func(name string, values []string, help string) aws.Member {
		m := member(name, aws.String, false, help)
		m.Enum = values
		return m
	}
	structure := func(name, help string, members ...aws.Member) aws.Member {
		m := member(name, aws.Structure, false, help)
		m.Members = members
		return m
	}
	names := member("Names", aws.List, false, "the keys themselves, instead of Count and Prefix")
	names.Elem = &aws.Member{Kind: aws.String}
	name := func(what string) aws.Member { return member("Name", aws.String, true, "the "+what+"'s name") }
	op := func(name, help string, input any, members ...aws.Member) aws.Operation {
		return aws.Operation{Service: Lab, Name: name, Kebab: aws.Kebab(name), Help: help, Input: reflect.TypeOf(input), Members: members}
	}
	list := func(name, help string, output any) aws.Operation {
		o := op(name, help, ListInput{})
		o.Output = reflect.TypeOf(output)
		return o
	}
	put := func(o aws.Operation, output any) aws.Operation {
		o.Output = reflect.TypeOf(output)
		return o
	}
	return append([]aws.Operation{
		put(op("PutProducer", "Make a producer, or change what is given of the one with this name.", PutProducerInput{},
			name("producer"),
			member("StreamName", aws.String, false, "the stream it writes to; needed for a new one"),
			member("RecordsPerSecond", Float, false, fmt.Sprintf("records it makes a second, 0 to %s; %d for a new one", Number(producer.MaxRecordsPerSecond), producer.DefaultRecordsPerSecond)),
			member("RecordBytes", aws.Int, false, fmt.Sprintf("bytes of data of a record, 1 to %s; %d for a new one", Number(producer.MaxRecordBytes), producer.DefaultRecordBytes)),
			structure("Keys", "how it chooses partition keys",
				enum("Kind", producer.KeyKinds(), "in turn, at random, with a hottest key, one key, a list"),
				member("Count", aws.Int, false, fmt.Sprintf("how many keys, 1 to %s", Number(producer.MaxKeys))),
				member("Prefix", aws.String, false, "keys are the prefix and a number from 0"),
				names,
				member("Share", Float, false, "part of the records that the first key takes, above 0 and below 1")),
			member("Batch", aws.Int, false, "records of a call: 1 is PutRecord, 2 to 500 PutRecords"),
			structure("Retry", "what it does with refused records",
				enum("Mode", producer.RetryModes(), "give up; the whole call at once; as AWS SDKs do; only what failed"),
				member("Attempts", aws.Int, false, fmt.Sprintf("attempts in all, 1 to %d", producer.MaxAttempts)),
				member("BaseMillis", aws.Int, false, "delay before the first retry at the most; doubles from retry to retry"),
				member("Queue", aws.Int, false, fmt.Sprintf("records that may wait for a retry, 1 to %s", Number(producer.MaxQueue)))),
			member("LatencyMillis", aws.Int, false, "until it has the answer to a call"),
			member("Running", aws.Bool, false, "whether it writes; a new one does"),
			member("Role", aws.String, false, "user or role it writes as; without one it may do all")), producer.Settings{}),
		op("StartProducer", "Let a producer write.", NameInput{}, name("producer")),
		op("StopProducer", "Stop a producer; what waits for a retry is lost.", NameInput{}, name("producer")),
		op("DeleteProducer", "Take a producer out of the world.", NameInput{}, name("producer")),
		put(op("PutConsumer", "Make a consumer, or change what is given of the one with this name.", PutConsumerInput{},
			name("consumer"),
			member("StreamName", aws.String, false, "the stream it reads; needed for a new one"),
			member("PollMillis", aws.Int, false, fmt.Sprintf("between two GetRecords on a shard; %d for a new one", consumer.DefaultPoll.Milliseconds())),
			member("Limit", aws.Int, false, fmt.Sprintf("most records of a call, 1 to %s", Number(consumer.DefaultLimit))),
			enum("From", []string{consumer.Latest, consumer.TrimHorizon}, "where it begins: after the newest record, or at the oldest"),
			member("RecordsPerSecond", Float, false, "how fast it processes what it read; 0 is at once"),
			enum("ShardOrder", []string{consumer.ParentsFirst, consumer.AllAtOnce}, "a shard after its parents, or all shards at once"),
			enum("RetrievalMode", []string{consumer.Polling, consumer.FanOut}, "asks for records, or has them pushed with enhanced fan-out"),
			member("ConsumerName", aws.String, false, "with FANOUT: the registered consumer it reads as; it registers one of its own name when left out"),
			member("Running", aws.Bool, false, "whether it reads; a new one does"),
			member("Role", aws.String, false, "user or role it reads as; without one it may do all")), consumer.Settings{}),
		op("StartConsumer", "Let a consumer read on.", NameInput{}, name("consumer")),
		op("StopConsumer", "Stop a consumer; it keeps its place.", NameInput{}, name("consumer")),
		op("DeleteConsumer", "Take a consumer out of the world.", NameInput{}, name("consumer")),
		list("ListProducers", "List the producers and what they did.", ListProducersOutput{}),
		list("ListConsumers", "List the consumers and how far they are.", ListConsumersOutput{}),
		op("Note", "Put a sentence into the list of events.", NoteInput{},
			member("Text", aws.String, true, "the sentence"),
			enum("Level", []string{Info, Good, Warn, Bad}, "how it is meant")),
		op("Answer", "Answer a question of the lab.", AnswerInput{}, member("Text", aws.String, true, "the answer")),
	}, watchOperations()...)
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
		if near := Nearest(c.Op, names); near != "" {
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
			if near := Nearest(k, known); near != "" {
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
	default:
		if out, wrong, err, known := r.doWatch(op, body); known {
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
		out.Consumers = append(out.Consumers, ConsumerSummary{s.Name, s.StreamName, s.Running, int64(s.PollMillis), s.RecordsPerSecond, s.From, s.ShardOrder,
			s.RetrievalMode, t.Read, t.Refused, c.Lag(r.kinesis, r.Now()), latency.Milliseconds()})
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

// actorOp starts, stops or deletes an actor.
func (r *Region) actorOp(op, name string) error {
	kind, find := "producer", r.findProducer
	if strings.HasSuffix(op, "Consumer") {
		kind, find = "consumer", r.findConsumer
	}
	i, ok := find(name)
	if !ok {
		return aws.Errorf(aws.ResourceNotFound, "There is no %s %q.", kind, name).WithHint("%s", r.actorNames(kind))
	}
	a := &r.actors[i]
	owner := ownerActors + sim.Owner(i)
	switch op {
	case "StartProducer":
		if !a.producer.Settings().Running {
			a.producer.Start(r.writes(owner))
			r.sayActor(ProducerRef(name), Info, "Producer %s starts: %s.", name, producerWords(a.producer.Settings()))
		}
	case "StopProducer":
		if a.producer.Settings().Running {
			lost := a.producer.Waiting()
			a.producer.Stop(r.writes(owner))
			more := ""
			if lost > 0 {
				more = fmt.Sprintf("; %s that waited for a retry went with it", Count(int64(lost), "record"))
			}
			r.sayActor(ProducerRef(name), Info, "Producer %s stops%s.", name, more)
		}
	case "DeleteProducer":
		a.producer = nil
		r.sayActor("", Info, "Producer %s is gone.", name)
	case "StartConsumer":
		if !a.consumer.Settings().Running {
			a.consumer.Start(r.reads(owner))
			r.sayActor(ConsumerRef(name), Info, "Consumer %s reads: %s.", name, consumerWords(a.consumer.Settings()))
		}
	case "StopConsumer":
		if a.consumer.Settings().Running {
			a.consumer.Stop(r.reads(owner))
			r.sayActor(ConsumerRef(name), Info, "Consumer %s stops and keeps its place.", name)
		}
	case "DeleteConsumer":
		a.consumer.Stop(r.reads(owner))
		a.consumer = nil
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
func answer(v any) ([]byte, error) {
	b, err := json.Marshal(v)
	if err != nil {
		panic("region: settings do not encode: " + err.Error())
	}
	return b, nil
}
