package region_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"shardlab/wasm/aws"
	"shardlab/wasm/consumer"
	"shardlab/wasm/fis"
	"shardlab/wasm/kpl"
	"shardlab/wasm/load"
	"shardlab/wasm/producer"
	"shardlab/wasm/region"
	"shardlab/wasm/scaler"
	"shardlab/wasm/sim"
)

var update = flag.Bool("update", false, "rewrite the transcripts")

var start = sim.At(time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC))

func world(t testing.TB) *region.Region {
	t.Helper()
	r, err := region.New(region.Config{Seed: 5, Start: start})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// TestTranscripts plays testdata/*.txt: a line "> service Op {body}" is a command, "> wait 5s" lets time pass, and what
// stands below is what happened, as the event list says it.
func TestTranscripts(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("no transcripts: %v", err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			got := play(t, string(want))
			if *update {
				if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if got != string(want) {
				t.Errorf("the transcript differs (run with -update and read the diff):\n%s", got)
			}
		})
	}
}

func play(t *testing.T, text string) string {
	r := world(t)
	var b strings.Builder
	seen := int64(0)
	for line := range strings.Lines(text) {
		line = strings.TrimSuffix(line, "\n")
		if strings.HasPrefix(line, "#") {
			b.WriteString(line + "\n")
			continue
		}
		command, ok := strings.CutPrefix(line, "> ")
		if !ok {
			continue // what happened; written anew
		}
		b.WriteString(line + "\n")
		parts := strings.SplitN(command, " ", 3)
		if parts[0] == "wait" {
			d, err := time.ParseDuration(parts[1])
			if err != nil {
				t.Fatal(err)
			}
			r.AdvanceTo(r.Now().Add(d), 0, nil)
		} else if reply := r.Do(region.Command{Service: parts[0], Op: parts[1], Body: json.RawMessage(parts[2])}); reply.Err != nil {
			fmt.Fprintf(&b, "refused: %s\n", reply.Err.Error())
		}
		for _, e := range r.Events(seen) {
			mark := " "
			if e.Mark {
				mark = "*"
			}
			fmt.Fprintf(&b, "%9.3f %s %-13s %-4s %s", e.At.Sub(start).Seconds(), mark, e.Kind, e.Level, e.Text)
			if e.Ref != "" {
				fmt.Fprintf(&b, " [%s]", e.Ref)
			}
			b.WriteString("\n")
			seen = e.ID + 1
		}
	}
	return b.String()
}

func TestRefusals(t *testing.T) {
	rows := []struct{ name, op, body, code, want string }{
		{"unknown operation", "Dance", `{}`, aws.UnknownOperation, `no operation "Dance"`},
		{"not JSON", "PutProducer", `{"Name":`, aws.Validation, "not JSON: line 1"},
		{"not an object", "PutProducer", `[]`, aws.Validation, "[] is not an object"},
		{"unknown member with a near one", "PutProducer", `{"Name":"a","StreamName":"s","RecordPerSecond":5}`, aws.Validation, "RecordPerSecond: unknown key. Did you mean RecordsPerSecond? Known here: Batch, DeliveryStreamName, Keys,"},
		{"unknown member inside", "PutProducer", `{"Name":"a","StreamName":"s","Keys":{"Kind":"uniform","Cuont":5}}`, aws.Validation, "Keys.Cuont: unknown key. Did you mean Count?"},
		{"twice", "PutProducer", `{"Name":"a","Name":"b","StreamName":"s"}`, aws.Validation, "Name: given twice"},
		{"null", "PutProducer", `{"Name":null,"StreamName":"s"}`, aws.Validation, "Name: null says nothing"},
		{"no name", "PutProducer", `{"StreamName":"s"}`, aws.Validation, "Name: left out: name it"},
		{"bad name", "PutProducer", `{"Name":"a b","StreamName":"s"}`, aws.Validation, `"a b" is no name here`},
		{"no stream", "PutProducer", `{"Name":"a"}`, aws.Validation, "StreamName: left out: a new producer needs"},
		{"text for a number", "PutProducer", `{"Name":"a","StreamName":"s","Batch":"ten"}`, aws.Validation, `Batch: "ten" is not a whole number`},
		{"fraction for a whole number", "PutProducer", `{"Name":"a","StreamName":"s","Batch":1.5}`, aws.Validation, "Batch: 1.5 is not a whole number"},
		{"batch too large", "PutProducer", `{"Name":"a","StreamName":"s","Batch":501}`, aws.Validation, "Batch: 501 is outside 1 to 500"},
		{"rate too high", "PutProducer", `{"Name":"a","StreamName":"s","RecordsPerSecond":1e9}`, aws.Validation, "RecordsPerSecond: 1e+09 is outside 0.001 to 200,000"},
		{"negative rate", "PutProducer", `{"Name":"a","StreamName":"s","RecordsPerSecond":-1}`, aws.Validation, "is outside"},
		{"no bytes", "PutProducer", `{"Name":"a","StreamName":"s","RecordBytes":0}`, aws.Validation, "RecordBytes: 0 is outside 1 to 10,485,760"},
		{"unknown kind of keys", "PutProducer", `{"Name":"a","StreamName":"s","Keys":{"Kind":"random"}}`, aws.Validation, `"random" is no way to choose keys: write one of round-robin, uniform`},
		{"no count", "PutProducer", `{"Name":"a","StreamName":"s","Keys":{"Kind":"uniform"}}`, aws.Validation, "Keys.Count: 0 is outside 1 to 100,000"},
		{"share left out", "PutProducer", `{"Name":"a","StreamName":"s","Keys":{"Kind":"skewed","Count":3}}`, aws.Validation, "Keys.Share: 0 is not above 0"},
		{"share without meaning", "PutProducer", `{"Name":"a","StreamName":"s","Keys":{"Kind":"uniform","Count":3,"Share":0.5}}`, aws.Validation, "has no meaning with uniform"},
		{"fixed without a key", "PutProducer", `{"Name":"a","StreamName":"s","Keys":{"Kind":"fixed"}}`, aws.Validation, "fixed needs the key"},
		{"names and count", "PutProducer", `{"Name":"a","StreamName":"s","Keys":{"Kind":"uniform","Count":3,"Names":["x"]}}`, aws.Validation, "by name, or by number and prefix"},
		{"a name twice", "PutProducer", `{"Name":"a","StreamName":"s","Keys":{"Kind":"list","Names":["x","x"]}}`, aws.Validation, `Keys.Names[1]: "x" is there twice`},
		{"a key too long", "PutProducer", `{"Name":"a","StreamName":"s","Keys":{"Kind":"list","Names":["` + strings.Repeat("é", 257) + `"]}}`, aws.Validation, "1 to 256 characters, this one has 257"},
		{"retry without meaning", "PutProducer", `{"Name":"a","StreamName":"s","Retry":{"Mode":"none","Attempts":3}}`, aws.Validation, "have no meaning with none"},
		{"unknown retry", "PutProducer", `{"Name":"a","StreamName":"s","Retry":{"Mode":"often"}}`, aws.Validation, "write one of none, immediate, backoff, failed-entries"},
		{"base without meaning", "PutProducer", `{"Name":"a","StreamName":"s","Retry":{"Mode":"immediate","BaseMillis":5}}`, aws.Validation, "has no meaning with immediate"},
		{"unknown place to begin", "PutConsumer", `{"Name":"a","StreamName":"s","From":"NOW"}`, aws.Validation, `"NOW" is none of LATEST, TRIM_HORIZON`},
		{"limit too high", "PutConsumer", `{"Name":"a","StreamName":"s","Limit":10001}`, aws.Validation, "Limit: 10,001 is outside 1 to 10,000"},
		{"unknown retrieval mode", "PutConsumer", `{"Name":"a","StreamName":"s","RetrievalMode":"PUSH"}`, aws.Validation, `RetrievalMode: "PUSH" is none of POLLING, FANOUT`},
		{"polls of a fan-out reader", "PutConsumer", `{"Name":"a","StreamName":"s","RetrievalMode":"FANOUT","PollMillis":100}`, aws.Validation, "PollMillis: has no meaning with FANOUT"},
		{"limit of a fan-out reader", "PutConsumer", `{"Name":"a","StreamName":"s","RetrievalMode":"FANOUT","Limit":100}`, aws.Validation, "Limit: has no meaning with FANOUT"},
		{"registered name of a poller", "PutConsumer", `{"Name":"a","StreamName":"s","ConsumerName":"b"}`, aws.Validation, "ConsumerName: has no meaning with POLLING"},
		{"bad registered name", "PutConsumer", `{"Name":"a","StreamName":"s","RetrievalMode":"FANOUT","ConsumerName":"b c"}`, aws.Validation, `ConsumerName: "b c" is no name here`},
		{"unknown producer", "StopProducer", `{"Name":"nobody"}`, aws.ResourceNotFound, `There is no producer "nobody"`},
		{"unknown consumer", "DeleteConsumer", `{"Name":"nobody"}`, aws.ResourceNotFound, `There is no consumer "nobody"`},
		{"note without text", "Note", `{}`, aws.Validation, "Text: left out"},
		{"note of no level", "Note", `{"Text":"a","Level":"loud"}`, aws.Validation, "write one of info, good, warn, bad"},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			r := world(t)
			reply := r.Do(region.Command{Service: "lab", Op: row.op, Body: json.RawMessage(row.body)})
			if reply.Err == nil {
				t.Fatalf("it was done: %s", reply.Body)
			}
			if reply.Err.Code != row.code || !strings.Contains(reply.Err.Message, row.want) {
				t.Errorf("refused with %s, want %s with %q", reply.Err, row.code, row.want)
			}
			if reply.Err.Hint == "" {
				t.Error("no hint says what to do")
			}
		})
	}
	if reply := world(t).Do(region.Command{Service: "s3", Op: "PutObject"}); reply.Err == nil || reply.Err.Hint == "" {
		t.Errorf("an unknown service is answered by %v", reply.Err)
	}
}

// TestWatchingChangesNothing holds that a world with a trace and one without go on alike.
func TestWatchingChangesNothing(t *testing.T) {
	states := map[bool]string{}
	for _, watched := range []bool{false, true} {
		r := world(t)
		trace := &region.Trace{Every: 3}
		if watched {
			r.Watch(trace)
		}
		for _, c := range [][2]string{
			{"kinesis CreateStream", `{"StreamName":"trips","ShardCount":2}`},
			{"lab PutProducer", `{"Name":"bikes","StreamName":"trips","RecordsPerSecond":2600,"Retry":{"Mode":"immediate"}}`},
			{"lab PutConsumer", `{"Name":"board","StreamName":"trips"}`},
		} {
			service, op, _ := strings.Cut(c[0], " ")
			if reply := r.Do(region.Command{Service: service, Op: op, Body: json.RawMessage(c[1])}); reply.Err != nil {
				t.Fatal(reply.Err)
			}
		}
		r.AdvanceTo(start.Add(20*time.Second), 0, nil)
		var b strings.Builder
		r.State(&b)
		states[watched] = b.String()
		kinds := map[int]int{}
		flights := trace.Take()
		for _, f := range flights {
			kinds[f.Kind]++
			if f.DueAt < f.SentAt || f.Stream != "trips" || f.Actor == "" {
				t.Fatalf("a flight is %+v", f)
			}
		}
		if watched && (kinds[0] == 0 || kinds[1] == 0 || kinds[2] == 0 || len(flights) > region.MaxFlights) {
			t.Errorf("%d flights were caught: taken %d, refused %d, read %d", len(flights), kinds[0], kinds[1], kinds[2])
		}
	}
	if states[false] != states[true] {
		t.Error("watching has changed the world")
	}
}

// TestBudget holds that work is cut into slices of about the size asked for.
func TestBudget(t *testing.T) {
	r := world(t)
	for _, c := range [][2]string{
		{"CreateStream", `{"StreamName":"trips","ShardCount":8}`},
	} {
		r.Do(region.Command{Service: "kinesis", Op: c[0], Body: json.RawMessage(c[1])})
	}
	r.Do(region.Command{Service: "lab", Op: "PutProducer", Body: json.RawMessage(`{"Name":"bikes","StreamName":"trips","RecordsPerSecond":4000}`)})
	slices := 0
	for {
		reached, used := r.AdvanceTo(start.Add(30*time.Second), 1000, nil)
		slices++
		if used > 1500 {
			t.Fatalf("a slice of 1,000 took %d units", used)
		}
		if reached {
			break
		}
	}
	if slices < 100 {
		t.Errorf("120,000 records took %d slices of 1,000", slices)
	}
}

func TestWords(t *testing.T) {
	rows := []struct{ got, want string }{
		{region.Number(0), "0"}, {region.Number(999), "999"}, {region.Number(1000), "1,000"}, {region.Number(-1234567), "-1,234,567"},
		{region.Count(1, "record"), "1 record"}, {region.Count(1000, "record"), "1,000 records"},
		{region.Bytes(512), "512 B"}, {region.Bytes(1024), "1 KiB"}, {region.Bytes(1536), "1.5 KiB"}, {region.Bytes(1 << 20), "1 MiB"}, {region.Bytes(10 << 20), "10 MiB"},
		{region.Millis(20), "20 ms"}, {region.Millis(5200), "5.2 s"}, {region.Millis(10_000), "10 s"}, {region.Millis(200_000), "3 min 20 s"}, {region.Millis(7_200_000), "2 h"}, {region.Millis(7_260_000), "2 h 1 min"},
		{region.Decimal(1400), "1,400"}, {region.Decimal(0.5), "0.5"}, {region.Decimal(333.333), "333.333"},
		{region.Decimal(-0.5), "-0.5"}, {region.Decimal(-1400.25), "-1,400.25"}, {region.Decimal(0), "0"}, {region.Decimal(0.0002), "0.0002"}, {region.Decimal(-0.00001), "-1e-05"}, {region.Decimal(1e20), "1e+20"}, {region.Decimal(999_999_999_999.5), "999,999,999,999.5"},
		{aws.Nearest("put-producer", []string{"PutProducer", "StopProducer"}), "PutProducer"}, {aws.Nearest("SplitShards", []string{"SplitShard", "MergeShards"}), "SplitShard"}, {aws.Nearest("x", []string{"Name"}), ""},
	}
	for _, row := range rows {
		if row.got != row.want {
			t.Errorf("got %q, want %q", row.got, row.want)
		}
	}
}

// TestOperationsTable holds that the table that console and completion read and the structs that the door reads agree.
func TestOperationsTable(t *testing.T) {
	for _, o := range region.Operations() {
		if o.Service != region.Lab || o.Kebab != aws.Kebab(o.Name) || o.Help == "" {
			t.Errorf("%s: %+v", o.Name, o)
		}
		if o.Input.NumField() != len(o.Members) {
			t.Errorf("%s has %d members in the table and %d at the door", o.Name, len(o.Members), o.Input.NumField())
		}
		for _, m := range o.Members {
			f, ok := o.Input.FieldByName(m.Name)
			if !ok || m.Help == "" {
				t.Errorf("%s.%s: at the door %t, help %q", o.Name, m.Name, ok, m.Help)
				continue
			}
			if len(m.Members) > 0 && f.Type.Elem().NumField() != len(m.Members) {
				t.Errorf("%s.%s has %d members in the table and %d at the door", o.Name, m.Name, len(m.Members), f.Type.Elem().NumField())
			}
		}
	}
}

// TestHelpOfTheLab holds that the figures and values in the help of the lab's operations are those that count.
func TestHelpOfTheLab(t *testing.T) {
	find := func(op, path string) aws.Member {
		for _, o := range region.Operations() {
			if o.Name != op {
				continue
			}
			m := aws.Member{Members: o.Members}
			for name := range strings.SplitSeq(path, ".") {
				i := slices.IndexFunc(m.Members, func(x aws.Member) bool { return x.Name == name })
				if i < 0 {
					t.Fatalf("%s has no %s", op, path)
				}
				m = m.Members[i]
			}
			return m
		}
		t.Fatalf("there is no %s", op)
		return aws.Member{}
	}
	for path, want := range map[string]string{
		"PutProducer RecordsPerSecond":         "0 to " + region.Number(load.MaxRecordsPerSecond) + "; " + region.Number(load.DefaultRecordsPerSecond) + " for",
		"PutProducer RecordBytes":              "1 to " + region.Number(load.MaxRecordBytes) + "; " + region.Number(load.DefaultRecordBytes) + " for",
		"PutProducer Keys.Count":               "1 to " + region.Number(load.MaxKeys),
		"PutProducer Retry.Attempts":           "1 to " + region.Number(producer.MaxAttempts),
		"PutProducer Retry.Queue":              "1 to " + region.Number(producer.MaxQueue),
		"PutConsumer PollMillis":               region.Number(consumer.DefaultPoll.Milliseconds()) + " for",
		"PutConsumer Limit":                    "1 to " + region.Number(consumer.DefaultLimit),
		"PutProducer TimeoutMillis":            region.Number(producer.LeastTimeout.Milliseconds()) + " to " + region.Number(producer.MostTimeout.Milliseconds()) + "; " + region.Number(producer.DefaultTimeout.Milliseconds()) + " for",
		"PutKplProducer RecordBytes":           "1 to " + region.Number(kpl.MaxRecordBytes),
		"PutKplProducer AggregationMaxSize":    region.Number(kpl.LeastAggregationSize) + " to " + region.Number(kpl.MostAggregationSize) + "; " + region.Number(kpl.Default().AggregationMaxSize) + " for",
		"PutKplProducer CollectionMaxSize":     region.Number(kpl.LeastCollectionSize) + " to " + region.Number(kpl.MostCollectionSize) + "; " + region.Number(kpl.Default().CollectionMaxSize) + " for",
		"PutKplProducer RecordMaxBufferedTime": region.Number(kpl.Default().RecordMaxBufferedTime) + " for",
		"PutKplProducer RecordTtl":             region.Number(kpl.Default().RecordTtl) + " for",
		"PutKplProducer MaxConnections":        "1 to " + region.Number(kpl.MostConnections) + "; " + region.Number(kpl.Default().MaxConnections) + " for",
		"PutKplProducer RequestTimeout":        region.Number(kpl.LeastRequestTimeout) + " to " + region.Number(kpl.MostRequestTimeout) + "; " + region.Number(kpl.Default().RequestTimeout) + " for",
		"PutKplProducer MaxOutstanding":        "1 to " + region.Number(kpl.MaxOutstanding) + "; " + region.Number(kpl.DefaultOutstanding) + " for",
		"PutScaler Factor":                     region.Decimal(scaler.LeastFactor) + " to " + region.Decimal(scaler.MostFactor),
		"PutScaler CooldownSeconds":            region.Number(int64(scaler.DefaultCooldown.Seconds())) + " for",
	} {
		op, member, _ := strings.Cut(path, " ")
		if m := find(op, member); !strings.Contains(m.Help, want) {
			t.Errorf("the help of %s is %q, which does not say %q", path, m.Help, want)
		}
	}
	for path, want := range map[string][]string{
		"PutProducer Keys.Kind": load.KeyKinds(), "PutProducer Retry.Mode": producer.RetryModes(), "PutConsumer From": {consumer.Latest, consumer.TrimHorizon, consumer.AtTimestamp},
		"PutConsumer ShardOrder": {consumer.ParentsFirst, consumer.AllAtOnce}, "PutConsumer RetrievalMode": {consumer.Polling, consumer.FanOut},
		"PutKplProducer MetricsLevel": kpl.MetricsLevels(), "PutKplProducer MetricsGranularity": kpl.MetricsGranularities(), "PutKplProducer Keys.Kind": load.KeyKinds(),
		"Note Level": {region.Info, region.Good, region.Warn, region.Bad}, "PutFault Kind": fis.Kinds(),
	} {
		op, member, _ := strings.Cut(path, " ")
		if m := find(op, member); !slices.Equal(m.Enum, want) {
			t.Errorf("the values of %s are %v, want %v", path, m.Enum, want)
		}
	}
}

// TestServices holds that every service of the door has a name of its own, words, and operations that tell where they belong.
func TestServices(t *testing.T) {
	r := world(t)
	seen := map[string]bool{}
	for _, s := range region.Services() {
		if seen[s.Name] || s.Name == "" || s.Title == "" || len(s.Operations) == 0 {
			t.Errorf("service %q (%q) with %d operations", s.Name, s.Title, len(s.Operations))
		}
		seen[s.Name] = true
		for _, o := range s.Operations {
			if o.Service != s.Name || o.Kebab != aws.Kebab(o.Name) || o.Help == "" || o.Input == nil {
				t.Errorf("%s.%s: %+v", s.Name, o.Name, o)
			}
			if r.Do(region.Command{Service: s.Name, Op: o.Name, Body: json.RawMessage("[]")}).Err == nil {
				t.Errorf("%s.%s takes a list for a request", s.Name, o.Name)
			}
		}
		if err := r.Do(region.Command{Service: s.Name, Op: "NoSuch"}).Err; err == nil || err.Code != aws.UnknownOperation || err.Hint == "" {
			t.Errorf("%s.NoSuch: %v", s.Name, err)
		}
	}
	if err := r.Do(region.Command{Service: "s3", Op: "ListBuckets"}).Err; err == nil || !strings.Contains(err.Hint, "kinesis, ") || !strings.Contains(err.Hint, "lab") {
		t.Errorf("an unknown service: %v", err)
	}
}

func FuzzDo(f *testing.F) {
	f.Add("PutProducer", `{"Name":"a","StreamName":"trips","RecordsPerSecond":1400,"Keys":{"Kind":"skewed","Count":8,"Prefix":"rack-","Share":0.7},"Retry":{"Mode":"backoff"}}`)
	f.Add("PutKplProducer", `{"Name":"a","StreamName":"trips","RecordsPerSecond":1400,"AggregationMaxSize":1000,"RecordMaxBufferedTime":10,"FlushSync":false}`)
	f.Add("PutConsumer", `{"Name":"a","StreamName":"trips","PollMillis":200,"From":"LATEST","ShardOrder":"all-at-once"}`)
	f.Add("PutConsumer", `{"Name":"a","StreamName":"trips","RetrievalMode":"FANOUT","ConsumerName":"b"}`)
	f.Add("Note", `{"Text":"a","Level":"good"}`)
	f.Add("StopProducer", `{"Name":"a"}`)
	f.Fuzz(func(t *testing.T, op, body string) {
		r := world(t)
		r.Do(region.Command{Service: "kinesis", Op: "CreateStream", Body: json.RawMessage(`{"StreamName":"trips","ShardCount":1}`)})
		r.AdvanceTo(start.Add(10*time.Second), 0, nil)
		reply := r.Do(region.Command{Service: "lab", Op: op, Body: json.RawMessage(body)})
		if reply.Err != nil && (reply.Err.Code == "" || reply.Err.Message == "") {
			t.Fatalf("refused without words: %+v", reply.Err)
		}
		r.AdvanceTo(r.Now().Add(50*time.Millisecond), 20_000, nil)
		r.Clone()
	})
}
