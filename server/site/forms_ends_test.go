package site

import (
	"strings"
	"testing"

	"shardlab/app/model"
	"shardlab/wasm/protocol"
)

// hoseWorld is the world of forms with Firehose streams and buckets.
func (s stage) hoseWorld() model.FormWorld {
	f := s.lab.Frame()
	return model.FormWorld{Stream: f.Streams[0], Streams: f.Streams, Firehoses: f.Firehoses, Buckets: f.Buckets}
}

// do does what a form is for, in the world with Firehose streams.
func (s stage) do(f model.Form, v model.Values) {
	s.Helper()
	steps, flaws := model.Plan(f, s.hoseWorld(), v)
	if len(flaws) > 0 {
		s.Fatalf("cannot be sent: %v", flaws)
	}
	for _, x := range steps {
		body, err := x.Body.(model.Members).MarshalJSON()
		if err != nil {
			s.Fatal(err)
		}
		if _, err := s.lab.Do(x.Service, x.Op, body, ""); err != nil {
			s.Fatalf("%s %s: %v", x.Op, body, err)
		}
	}
}

// TestEveryDestinationHasAForm makes a Firehose stream to every destination as its form begins, lets records go there, and holds that
// they arrive; that what the form begins with is what Firehose takes by itself; and that what is changed in the form is what it then has.
func TestEveryDestinationHasAForm(t *testing.T) {
	s := newStage(t)
	choice := model.Describe(model.Form{Kind: "firehose"}, s.hoseWorld())
	var to []model.Option
	for _, x := range choice.Fields {
		if x.Name == ".To" {
			to = x.Options
		}
	}
	if len(to) < 7 {
		t.Fatalf("%d destinations: %v", len(to), to)
	}
	for _, o := range to {
		t.Run(o.Value, func(t *testing.T) {
			s := newStage(t)
			f := model.Form{Kind: "firehose"}
			v := model.Describe(f, s.hoseWorld()).Begin(nil)
			v[".To"] = o.Value
			for name, text := range o.Fill {
				v[name] = text
			}
			s.do(f, v)
			if o.Value == "s3" {
				return // TestFormsAgreeWithTheEngine and the page's own tests have it
			}
			s.lab.AdvanceTo(s.lab.Now()+15*protocol.Second, 0)
			s.do(model.Form{Kind: "producer", Stream: "firehose:" + v[".Name"]}, model.Values{".Name": "bikes", "RecordsPerSecond": "20", "Keys.Kind": "uniform", "Keys.Prefix": "bike-", "Keys.Count": "10", "RecordBytes": "160", "Batch": "10", "Retry.Mode": "none"})
			hose := s.lab.Frame().Firehoses[0]
			f = model.Form{Kind: "firehose", Target: hose.Name}
			sheet, err := s.lab.Inspect(f.Ref())
			if err != nil {
				t.Fatal(err)
			}
			f = f.Know(sheet)
			now := model.Describe(f, s.hoseWorld()).Begin(f.Now)
			for _, name := range []string{"End.Size", "End.Seconds", "End.Retry"} {
				if now[name] != v[name] {
					t.Errorf("%s begins with %q, and Firehose made %q of it", name, v[name], now[name])
				}
			}
			now["End.Seconds"], now["End.Retry"] = "10", "30"
			s.do(f, now)
			if sheet, err = s.lab.Inspect(f.Ref()); err != nil {
				t.Fatal(err)
			}
			f = f.Know(sheet)
			if is := model.Describe(f, s.hoseWorld()).Begin(f.Now); is["End.Seconds"] != "10" || is["End.Retry"] != "30" {
				t.Errorf("changed to 10 s and 30 s, and it has %q and %q", is["End.Seconds"], is["End.Retry"])
			}
			s.lab.AdvanceTo(s.lab.Now()+400*protocol.Second, 0)
			for _, e := range s.lab.Events(0) {
				if e.Kind == protocol.EventDelivery && e.Level == "bad" {
					t.Errorf("it says: %s", e.Text)
					break
				}
			}
			sheet, err = s.lab.Inspect(s.lab.Frame().Firehoses[0].To.Ref)
			if err != nil {
				t.Fatal(err)
			}
			arrived := false
			for _, sec := range sheet.Sections {
				arrived = arrived || len(sec.Head) > 0 && len(sec.Rows) > 0
			}
			if !arrived {
				t.Errorf("nothing arrived: %+v", sheet.Sections)
			}
		})
	}
}

// TestDefaultsOfDestinations holds that what a form begins with is what Firehose has when nothing is said.
func TestDefaultsOfDestinations(t *testing.T) {
	for _, o := range []string{"opensearch", "redshift", "splunk", "http", "snowflake", "iceberg"} {
		s := newStage(t)
		f := model.Form{Kind: "firehose"}
		spec := model.Describe(f, s.hoseWorld())
		v := spec.Begin(nil)
		v[".To"] = o
		for _, x := range spec.Fields {
			for _, option := range x.Options {
				if x.Name == ".To" && option.Value == o {
					for name, text := range option.Fill {
						v[name] = text
					}
				}
			}
		}
		steps, _ := model.Plan(f, s.hoseWorld(), v)
		for _, x := range steps {
			body, _ := without(x.Body.(model.Members), "BufferingHints", "RetryOptions").MarshalJSON()
			if _, err := s.lab.Do(x.Service, x.Op, body, ""); err != nil {
				t.Fatalf("%s: %v", o, err)
			}
		}
		f.Target = v[".Name"]
		sheet, err := s.lab.Inspect(f.Ref())
		if err != nil {
			t.Fatal(err)
		}
		f = f.Know(sheet)
		now := model.Describe(f, s.hoseWorld()).Begin(f.Now)
		for _, name := range []string{"End.Size", "End.Seconds", "End.Retry"} {
			if now[name] != v[name] {
				t.Errorf("%s of %s begins with %q, and Firehose takes %q by itself", name, o, v[name], now[name])
			}
		}
	}
}

// without leaves members out, at any depth.
func without(all model.Members, names ...string) (out model.Members) {
	for _, m := range all {
		if strings.Contains(" "+strings.Join(names, " ")+" ", " "+m.Name+" ") {
			continue
		}
		if inner, ok := m.Value.(model.Members); ok {
			m.Value = without(inner, names...)
		}
		out = append(out, m)
	}
	return out
}

// TestFarEndsAndTablesHaveForms sends the forms of far ends and of the Data Catalog as they begin, and with what they offer.
func TestFarEndsAndTablesHaveForms(t *testing.T) {
	s := newStage(t)
	spec := model.Describe(model.Form{Kind: "sink"}, s.hoseWorld())
	for _, o := range spec.Fields[0].Options {
		v := spec.Begin(nil)
		v["Kind"], v["Name"] = o.Value, o.Fill["Name"]
		if o.Value == "redshift" || o.Value == "snowflake" || o.Value == "iceberg" {
			v["Tables"] = "rides (bike int, event varchar(12))"
		}
		s.do(model.Form{Kind: "sink"}, v)
	}
	table := model.Form{Kind: "table"}
	v := model.Describe(table, s.hoseWorld()).Begin(nil)
	s.do(table, v)
	v[".Table"], v[".Fresh"], v[".Columns"] = "docks", "false", "dock string, free int"
	s.do(table, v)
	v[".Columns"] = "dock"
	if _, flaws := model.Plan(table, s.hoseWorld(), v); flaws[".Columns"] == "" {
		t.Error("a column without a type is sent")
	}
}

// TestEveryPartHasAForm sends the form of each part as it begins, on the stage of a stream and on that of a Firehose stream, and holds
// that a second one begins with another name and that the first one's is refused in words.
func TestEveryPartHasAForm(t *testing.T) {
	for _, stream := range []string{"trips", "firehose:raw"} {
		for _, p := range model.PartsFor(stream) {
			t.Run(stream+" "+p.Kind, func(t *testing.T) {
				s := newStage(t)
				if stream != "trips" {
					hose := model.Form{Kind: "firehose"}
					s.do(hose, model.Describe(hose, s.hoseWorld()).Begin(nil))
					s.lab.AdvanceTo(s.lab.Now()+15*protocol.Second, 0)
				}
				f := model.Form{Kind: p.Kind, Stream: stream}
				if p.Kind == "stream" {
					f.Stream = "other"
				}
				v := model.Describe(f, s.hoseWorld()).Begin(nil)
				s.do(f, v)
				s.lab.AdvanceTo(s.lab.Now()+5*protocol.Second, 0)
				if c, ok := model.ClientByID(p.Kind); ok {
					w := s.hoseWorld()
					w.Taken = model.TakenNames(s.lab.Frame())
					if again := model.Describe(f, w).Begin(nil); again[".Name"] == v[".Name"] {
						t.Errorf("a second %s begins with the name of the first, %s", c.Kind, v[".Name"])
					}
					if _, flaws := model.Plan(f, w, v); !strings.Contains(flaws[".Name"], "already") {
						t.Errorf("a second %s of the same name is sent: %v", c.Kind, flaws)
					}
				}
			})
		}
	}
}

// TestClientsAreWired lets a writer and a reader be joined to another stream than the one on the stage, and joined anew.
func TestClientsAreWired(t *testing.T) {
	s := newStage(t)
	hose := model.Form{Kind: "firehose"}
	s.do(hose, model.Describe(hose, s.hoseWorld()).Begin(nil))
	s.do(model.Form{Kind: "stream"}, model.Values{"StreamName": "other", "ShardCount": "1"})
	s.lab.AdvanceTo(s.lab.Now()+15*protocol.Second, 0)
	for _, row := range []struct{ kind, to, then string }{{"producer", "other", "trips"}, {"producer", "firehose:raw", ""}, {"consumer", "other", "trips"}, {"kpl", "other", ""}, {"kcl", "other", ""}} {
		s.Run(row.kind+" to "+row.to, func(t *testing.T) {
			f := model.Form{Kind: row.kind, Stream: "trips"}
			v := model.Describe(f, s.hoseWorld()).Begin(nil)
			if v[".Wire"] != "trips" {
				t.Fatalf("it begins with %q", v[".Wire"])
			}
			name := row.kind + "-" + strings.TrimPrefix(row.to, "firehose:")
			v[".Name"], v[".Wire"] = name, row.to
			s.do(f, v)
			of := func() string {
				for _, p := range s.lab.Frame().Producers {
					if p.Name == name {
						return p.Stream
					}
				}
				for _, c := range s.lab.Frame().Consumers {
					if c.Name == name {
						return c.Stream
					}
				}
				return ""
			}
			if of() != row.to {
				t.Fatalf("it is joined to %q", of())
			}
			if row.then == "" {
				return
			}
			f = model.Form{Kind: row.kind, Target: name, Stream: row.to}
			sheet, err := s.lab.Inspect(f.Ref())
			if err != nil {
				t.Fatal(err)
			}
			f = f.Know(sheet)
			v = model.Describe(f, s.hoseWorld()).Begin(f.Now)
			if v[".Wire"] != row.to {
				t.Fatalf("to be changed, it begins with %q", v[".Wire"])
			}
			v[".Wire"] = row.then
			if s.do(f, v); of() != row.then {
				t.Errorf("joined anew it is joined to %q", of())
			}
		})
	}
}
