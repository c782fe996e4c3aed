package site

import (
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"

	"shardlab/app/model"
	"shardlab/wasm/aws"
	"shardlab/wasm/lab"
	"shardlab/wasm/protocol"
	"shardlab/wasm/region"
)

// stage is a lab with a stream, on which forms are sent as the page sends them.
type stage struct {
	*testing.T
	lab *lab.Lab
}

func newStage(t *testing.T) stage {
	l, err := lab.New([]byte(`{"name": "forms", "start": "2026-03-02T08:00:00Z", "seed": 3, "open": "15s", "world": [{"do": "kinesis.CreateStream", "with": {"StreamName": "trips", "ShardCount": 2}}]}`), nil)
	if err != nil {
		t.Fatal(err)
	}
	return stage{t, l}
}

func (s stage) world() model.FormWorld { return model.FormWorld{Stream: s.lab.Frame().Streams[0]} }

// open opens a form, with the settings of who is changed.
func (s stage) open(f model.Form) (model.Form, model.Spec, model.Values) {
	s.Helper()
	f.Stream = "trips"
	if ref := f.Ref(); ref != "" {
		sheet, err := s.lab.Inspect(ref)
		if err != nil {
			s.Fatal(err)
		}
		f = f.Know(sheet)
	}
	spec := model.Describe(f, s.world())
	return f, spec, spec.Begin(f.Now)
}

// send does what a form is for; refusal and the fields' place are those of the first command that was refused.
func (s stage) send(f model.Form, v model.Values) (refusal *protocol.Error, under string) {
	s.Helper()
	steps, flaws := model.Plan(f, s.world(), v)
	if len(flaws) > 0 {
		s.Fatalf("cannot be sent: %v", flaws)
	}
	for _, x := range steps {
		body, err := json.Marshal(x.Body)
		if err != nil {
			s.Fatal(err)
		}
		if _, err := s.lab.Do(x.Service, x.Op, body, ""); err != nil {
			e, ok := err.(*aws.Error)
			if !ok {
				s.Fatal(err)
			}
			return &protocol.Error{Code: e.Code, Message: e.Message, Hint: e.Hint}, x.Under
		}
	}
	s.lab.AdvanceTo(s.lab.Now()+5_000_000, 0) // an event source mapping takes a moment
	return nil, ""
}

// changed is the form that changes what the form of a kind has made.
func changed(id string, s model.Spec) model.Form {
	if id == "log" {
		return model.Form{Kind: id, Target: "/var/log/app-2.log", Of: "web-1"}
	}
	return model.Form{Kind: id, Target: s.Fields[0].First}
}

func kinds() []string {
	all := []string{}
	for _, c := range model.Clients {
		all = append(all, c.ID)
	}
	return append(all, "log")
}

// on makes a stage on which the form of a kind was sent as it begins.
func on(t *testing.T, id string) (stage, model.Form) {
	t.Helper()
	s := newStage(t)
	if id == "log" {
		f, _, v := s.open(model.Form{Kind: "agent"})
		if e, _ := s.send(f, v); e != nil {
			t.Fatal(e.Message)
		}
	}
	f, spec, v := s.open(model.Form{Kind: id, Of: "web-1"})
	if e, _ := s.send(f, v); e != nil {
		t.Fatalf("as it begins it is refused: %s", e.Message)
	}
	return s, changed(id, spec)
}

// TestFormsAgreeWithTheEngine holds that what a form begins with is what the engine makes of it, whether a field is sent or left
// out, and that what is changed in a field is what the engine then has.
func TestFormsAgreeWithTheEngine(t *testing.T) {
	try := map[string]string{"Retry.Attempts": "5", "Mapping.MaximumRecordAgeInSeconds": "60", "AggregationMaxCount": "10", "CollectionMaxCount": "9", "MaxRecords": "9", "Log.LinesPerSecond": "", "Rotation.Bytes": "4096"}
	for _, id := range kinds() {
		t.Run(id, func(t *testing.T) {
			s, again := on(t, id)
			f, spec, v := s.open(again)
			for _, x := range spec.Fields {
				if x.First != "" && x.Shown(v) && v[x.Name] != x.First {
					t.Errorf("%s begins with %q, and the engine made %q of it", x.Name, x.First, v[x.Name])
				}
			}
			for _, x := range spec.Fields {
				if x.Kind != model.Number && x.Kind != model.Switch || !x.Shown(v) {
					continue
				}
				want := map[string]string{"true": "false", "false": "true"}[v[x.Name]]
				if x.Kind == model.Number {
					n, _ := strconv.Atoi(v[x.Name])
					want = strconv.Itoa(n + 1)
					if other, ok := try[x.Name]; ok {
						want = other
					}
				}
				if want == "" {
					continue
				}
				was, typed := v[x.Name], maps.Clone(v)
				typed[x.Name] = want
				if e, _ := s.send(f, typed); e != nil {
					t.Errorf("%s = %s is refused: %s", x.Name, want, e.Message)
					continue
				}
				if f, _, v = s.open(again); v[x.Name] != want {
					t.Errorf("%s was changed to %s and is %q", x.Name, want, v[x.Name])
				}
				typed = maps.Clone(v)
				typed[x.Name] = was
				if e, _ := s.send(f, typed); e != nil {
					t.Errorf("%s = %s, as it was, is refused: %s", x.Name, was, e.Message)
				}
				f, _, v = s.open(again)
			}
		})
	}
}

// TestRefusalsStandBesideTheirField holds that a number which no setting can have is refused beside the field it was typed in.
func TestRefusalsStandBesideTheirField(t *testing.T) {
	for _, id := range kinds() {
		t.Run(id, func(t *testing.T) {
			s, again := on(t, id)
			f, spec, v := s.open(again)
			if id == "producer" {
				v["Retry.Mode"], v["Keys.Kind"] = "backoff", "skewed"
			}
			if id == "log" {
				v["Rotation.Mode"] = "RENAME"
			}
			tried := 0
			for _, x := range spec.Fields {
				if x.Kind != model.Number || x.Name[0] == '.' || !x.Shown(v) {
					continue
				}
				typed := maps.Clone(v)
				typed[x.Name] = "-5"
				tried++
				e, under := s.send(f, typed)
				if e == nil {
					t.Errorf("%s = -5 is taken", x.Name)
					f, _, _ = s.open(again)
					continue
				}
				if faults, rest := spec.FaultsOf(e, under); faults[x.Name] == "" || rest != "" {
					t.Errorf("%s = -5 is refused beside %v, and %q stands nowhere", x.Name, faults, rest)
				}
			}
			if tried < 1 {
				t.Error("no field was tried")
			}
		})
	}
}

// TestFormsHoldEverySetting holds that whatever the lab's operations can set, a form can: each member, and each value of a choice.
func TestFormsHoldEverySetting(t *testing.T) {
	ops := map[string]string{"PutProducer": "producer", "PutKplProducer": "kpl", "PutAgent": "agent", "PutLogFile": "log", "PutConsumer": "consumer", "PutKclApplication": "kcl", "PutConnector": "connector", "PutFunction": "function", "PutSqlApplication": "sql"}
	left := []string{"Name", "StreamName", "DeliveryStreamName", "Running", "Agent", "Path", "Behavior"} // of the form's own, or of Start and Stop
	for _, o := range region.Operations() {
		id, ok := ops[o.Name]
		if !ok {
			continue
		}
		delete(ops, o.Name)
		spec := model.Describe(model.Form{Kind: id, Of: "web-1", Stream: "trips"}, model.FormWorld{})
		find := func(name string) *model.Field {
			i := slices.IndexFunc(spec.Fields, func(x model.Field) bool {
				return x.Name == name || strings.TrimPrefix(strings.TrimPrefix(x.Name, "Preset."), "Function.") == name
			})
			if i < 0 {
				return nil
			}
			return &spec.Fields[i]
		}
		var check func(prefix string, members []aws.Member)
		check = func(prefix string, members []aws.Member) {
			for _, m := range members {
				name := prefix + m.Name
				if len(m.Members) > 0 {
					check(name+".", m.Members)
					continue
				}
				x := find(name)
				if x == nil {
					if !slices.Contains(left, name) {
						t.Errorf("%s can set %s, and the form has no field for it", o.Name, name)
					}
					continue
				}
				for _, value := range m.Enum {
					if !slices.ContainsFunc(x.Options, func(y model.Option) bool { return y.Value == value }) {
						t.Errorf("%s of %s can be %q, and the form does not offer it", name, o.Name, value)
					}
				}
			}
		}
		check("", o.Members)
	}
	if len(ops) > 0 {
		t.Errorf("there are no operations %v", ops)
	}
}
