package console

import (
	"encoding/json"
	"slices"
	"time"

	"shardlab/wasm/aws"
	"shardlab/wasm/cloudwatch"
	"shardlab/wasm/jq/filter"
	"shardlab/wasm/kinesis"
	"shardlab/wasm/protocol"
	"shardlab/wasm/sim"
)

// start is where virtual time stands at the beginning of a test.
var start = sim.At(time.Date(2026, 3, 2, 8, 39, 30, 0, time.UTC))

// fake is a world of one real Kinesis service, without actors: what the console says is checked against the wire itself.
type fake struct {
	sched *sim.Schedule
	svc   *kinesis.Service
	calls []string // service.Op of every call
	notes []string
	boom  bool // the next call panics
}

type putProducerInput struct {
	Name             *string `aws:"required,len=1..64"`
	StreamName       *string
	RecordsPerSecond *float64
	Keys             *keys
	Running          *bool
}

type keys struct {
	Kind  *string
	Count *int64
	Names []string
}

type noteInput struct {
	Text *string `aws:"required,len=1..200"`
}

type caller struct{ Arn string }

type producers struct {
	Producers []producerRow
}

type producerRow struct {
	Name             string
	StreamName       string
	RecordsPerSecond float64
}

// labOperations is a small table of the kind that the lab has.
func labOperations() []aws.Operation {
	return []aws.Operation{
		{
			Service: "lab", Name: "PutProducer", Kebab: "put-producer", Help: "Add a producer, or change one.", Input: typeOf[putProducerInput](),
			Members: []aws.Member{
				{Name: "Name", Flag: "name", Required: true, Help: "The producer's name."},
				{Name: "Keys", Flag: "keys", Kind: aws.Structure, Help: "How its partition keys are spread.", Members: []aws.Member{{Name: "Kind", Flag: "kind", Enum: []string{"round-robin", "uniform", "skewed"}}}},
			},
		},
		{Service: "lab", Name: "Note", Kebab: "note", Help: "Say something in the list of events.", Input: typeOf[noteInput]()},
		{Service: "lab", Name: "ListProducers", Kebab: "list-producers", Output: typeOf[producers]()},
	}
}

func newFake() *fake {
	f := &fake{sched: sim.NewSchedule(start)}
	limits, ok := kinesis.LimitsOf("2026")
	if !ok {
		panic("no limits of 2026")
	}
	f.svc = kinesis.New(kinesis.Config{Region: "us-east-1", Account: "123456789012", Seed: 7, Limits: limits}, f.sched, 1, cloudwatch.New())
	return f
}

func (f *fake) Profiles() []string { return []string{"ana"} }

func (f *fake) Principal(profile string) (string, bool) {
	return "arn:aws:iam::123456789012:user/ana", profile == "ana"
}

func (f *fake) Do(as, service, op string, body []byte) ([]byte, error) {
	f.calls = append(f.calls, service+"."+op)
	if service == "whoami" {
		return aws.Encode(caller{as})
	}
	if f.boom {
		panic("kinesis: a drill")
	}
	if service == "kinesis" {
		return f.svc.Do(op, body)
	}
	switch op {
	case "ListProducers":
		return []byte(`{"Producers":[{"Name":"bikes","StreamName":"trips","RecordsPerSecond":1400},{"Name":"docks","StreamName":"trips","RecordsPerSecond":12.5}]}`), nil
	case "Note":
		var in noteInput
		if err := json.Unmarshal(body, &in); err != nil {
			return nil, err
		}
		f.notes = append(f.notes, *in.Text)
		return nil, nil
	case "PutProducer":
		var in putProducerInput
		if err := json.Unmarshal(body, &in); err != nil {
			return nil, err
		}
		f.notes = append(f.notes, string(body))
		if in.StreamName == nil {
			return nil, aws.Errorf(aws.Validation, "a new producer needs a StreamName").WithHint("Add --stream-name.")
		}
		return nil, nil
	}
	return nil, aws.Errorf(aws.UnknownOperation, "no operation %s", op)
}

func (f *fake) Now() sim.Instant { return f.sched.Now() }

func (f *fake) Sleep(d time.Duration) {
	until := f.sched.Now().Add(d)
	for {
		e, ok := f.sched.Pop(until)
		if !ok {
			return
		}
		f.svc.Fire(e)
	}
}

// Time knows where it stands, and goes to instants.
func (f *fake) Time(r protocol.Request) protocol.Reply {
	f.calls = append(f.calls, "time."+r.Kind)
	switch {
	case r.Kind == protocol.Until && r.Until.At > 0:
		f.Sleep(start.Add(time.Duration(r.Until.At) * time.Microsecond).Sub(f.Now()))
		return protocol.Reply{Reached: "It is " + f.Now().Time().Format(time.TimeOnly) + "."}
	case r.Kind == protocol.Until:
		b, err := json.Marshal(r.Until)
		if err != nil {
			panic(err)
		}
		return protocol.Reply{Reached: string(b)}
	}
	return protocol.Reply{Where: &protocol.Where{Now: int64(f.Now() - start), StartUnix: int64(start)}}
}

func (f *fake) Streams() []string {
	var names []string
	for _, s := range f.svc.Streams() {
		names = append(names, s.Name())
	}
	slices.Sort(names)
	return names
}

// Undo takes nothing back: the fake has no log.
func (f *fake) Undo(bool) (string, error) {
	return "", aws.Errorf("NothingToUndo", "There is nothing to undo.").WithHint("Do something first.")
}

func (f *fake) Shards(stream string) []string {
	st, ok := f.svc.Stream(stream)
	if !ok {
		return nil
	}
	var ids []string
	for _, sh := range st.Shards() {
		ids = append(ids, sh.ID())
	}
	return ids
}

func newConsole() (*Console, *fake) {
	f := newFake()
	c := New(f, fakeServices()...)
	c.SetJQ(filter.Run)
	return c, f
}

func fakeServices() []aws.Service {
	return []aws.Service{
		{Name: "kinesis", Title: "Amazon Kinesis Data Streams", Operations: kinesis.Operations()},
		{Name: "whoami", Title: "A service of the test", Operations: []aws.Operation{{Service: "whoami", Name: "GetCaller", Kebab: "get-caller", Output: typeOf[caller]()}}},
		{Name: "lab", Operations: labOperations()},
	}
}
