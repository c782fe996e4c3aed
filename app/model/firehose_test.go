package model

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"shardlab/wasm/protocol"
)

// TestTrip holds that what is said of a tank is what will happen to it as records come in now.
func TestTrip(t *testing.T) {
	const s, mib = protocol.Second, 1 << 20
	tank := func(bytes int64, rate float64) protocol.Tank {
		return protocol.Tank{Records: 1, Bytes: bytes, Size: 5 * mib, Interval: 60 * s, Since: 100 * s, DueAt: 160 * s, Rate: rate}
	}
	for _, x := range []struct {
		tank              protocol.Tank
		now               int64
		first, lead, also string
		in                int64
		then              float64
	}{
		{protocol.Tank{Size: 5 * mib, Interval: 60 * s}, 118 * s, "", "Empty.", "Its clock starts when the first record comes in.", 0, 0},
		{tank(mib, 10_000), 118 * s, "time", "Time trips it in 42 s.", "At this rate size would take 7 min.", 42 * s, .28},
		{tank(mib, mib), 118 * s, "size", "Size trips it in 4 s.", "Time would not be up for 42 s.", 4 * s, 1},
		{tank(mib, 0), 118 * s, "time", "Time trips it in 42 s.", "Nothing comes in now, so size never would.", 42 * s, .2},
		{tank(mib, 100), 118 * s, "time", "Time trips it in 42 s.", "At this rate size would take 11 h 39 min.", 42 * s, .2},
		{tank(5*mib, mib), 160 * s, "time", "Time trips it in less than a second.", "At this rate size would take less than a second.", 0, 1},
	} {
		got := TripOf(x.tank, x.now)
		if got.First != x.first || got.Lead != x.lead || got.Also != x.also || got.In != x.in || got.Then < x.then-.01 || got.Then > x.then+.01 {
			t.Errorf("%+v", got)
		}
	}
	if got := TripOf(tank(mib, 0), 118*s); got.Fill != .2 || got.Aged != .3 {
		t.Errorf("%+v", got)
	}
}

// TestFirehoseOnTheStage holds that a Firehose stream can be picked, comes to the stage by itself when it takes records directly,
// and leaves the stream that it reads where it is.
func TestFirehoseOnTheStage(t *testing.T) {
	frame := func(hoses ...protocol.Firehose) protocol.Frame {
		return protocol.Frame{Streams: []protocol.Stream{{Name: "trips"}}, Firehoses: hoses}
	}
	b := NewBench().take(FrameCame{Frame: frame()})
	b = b.take(FrameCame{Frame: frame(protocol.Firehose{Name: "copy", Source: "trips"})})
	if b.Stream != "trips" {
		t.Errorf("the stage shows %q", b.Stream)
	}
	b = b.take(FrameCame{Frame: frame(protocol.Firehose{Name: "copy", Source: "trips"}, protocol.Firehose{Name: "raw"})})
	if h, ok := FirehoseOf(b.Frame, b.Stream); !ok || h.Name != "raw" {
		t.Errorf("the stage shows %q", b.Stream)
	}
	if got := strings.Join(StreamNames(b.Frame), " "); got != "trips firehose:copy firehose:raw" {
		t.Error(got)
	}
	b = b.take(FrameCame{Frame: frame(protocol.Firehose{Name: "copy", Source: "trips"})})
	if b.Stream != "trips" {
		t.Errorf("it is gone, and the stage shows %q", b.Stream)
	}
}

// TestCrumbs holds that each part of a prefix leads to its folder.
func TestCrumbs(t *testing.T) {
	got := ""
	for _, c := range Crumbs(protocol.Listing{Bucket: "lake", Prefix: "2026/bike=7/"}) {
		got += c.Name + " " + c.Ref + "\n"
	}
	if want := "Buckets buckets:\nlake bucket:lake\n2026 bucket:lake/2026/\nbike=7 bucket:lake/2026/bike=7/\n"; got != want {
		t.Error(got)
	}
}

// TestFirehoseForm holds that the form of a Firehose stream makes what it says: the bucket that is missing, then the stream.
func TestFirehoseForm(t *testing.T) {
	w := FormWorld{Streams: []protocol.Stream{{Name: "trips", ARN: "arn:trips"}}}
	f := Form{Kind: "firehose", Stream: "trips"}
	s := Describe(f, w)
	v := s.Begin(nil)
	v["S3.BufferingHints.SizeInMBs"], v[".Query"], v[".Lambda"], v["S3.Prefix"], v[".Backup"] = "64", "{bike: .bike}", "clean", "bike=!{partitionKeyFromQuery:bike}/", "lake"
	steps, flaws := Plan(f, w, v)
	if len(flaws) > 0 || len(steps) != 2 || steps[0].Op != "CreateBucket" || steps[1].Op != "CreateDeliveryStream" || steps[1].Under != "S3." {
		t.Fatalf("%+v %v", steps, flaws)
	}
	body, err := json.Marshal(steps[1].Body)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`"DeliveryStreamName":"raw","DeliveryStreamType":"KinesisStreamAsSource"`, `"KinesisStreamARN":"arn:trips"`, `"BufferingHints":{"SizeInMBs":64,"IntervalInSeconds":300}`, `"DynamicPartitioningConfiguration":{"Enabled":true}`,
		`"ParameterValue":"arn:aws:lambda:us-east-1:123456789012:function:clean"`, `"S3BackupMode":"Enabled"`} {
		if !strings.Contains(string(body), want) {
			t.Errorf("%s lacks %s", body, want)
		}
	}
	v[".Table"], v[".Bucket"] = "trips", ""
	if _, flaws = Plan(f, w, v); flaws[".Table"] == "" || flaws[".Bucket"] == "" {
		t.Errorf("%v", flaws)
	}
	faults, _ := s.FaultsOf(&protocol.Error{Message: "1 validation error detected: Value '500' at 'extendedS3DestinationConfiguration.bufferingHints.sizeInMBs' failed to satisfy constraint: Member must have value less than or equal to 128"}, "S3.")
	if faults["S3.BufferingHints.SizeInMBs"] == "" {
		t.Errorf("%v", faults)
	}
}

// TestFirehoseProcessingIsChanged changes what is done to records on their way: UpdateDestination takes the processors whole, so those
// that the form does not show are sent as they are.
func TestFirehoseProcessingIsChanged(t *testing.T) {
	const lambda = `{"Type":"Lambda","Parameters":[{"ParameterName":"LambdaArn","ParameterValue":"arn:aws:lambda:us-east-1:123456789012:function:clean"},{"ParameterName":"BufferSizeInMBs","ParameterValue":"1"}]}`
	const jq = `{"Type":"MetadataExtraction","Parameters":[{"ParameterName":"MetadataExtractionQuery","ParameterValue":"{bike: .bike}"},{"ParameterName":"JsonParsingEngine","ParameterValue":"JQ-1.6"}]}`
	const line = `{"Type":"AppendDelimiterToRecord","Parameters":[{"ParameterName":"Delimiter","ParameterValue":"\\n"}]}`
	const logs = `{"Type":"Decompression","Parameters":[{"ParameterName":"CompressionFormat","ParameterValue":"GZIP"}]}`
	const other = `{"Type":"Lambda","Parameters":[{"ParameterName":"LambdaArn","ParameterValue":"arn:aws:lambda:us-east-1:123456789012:function:other"}]}`
	for _, tt := range []struct {
		structure, now, lambda, delimiter string // now: the processors there are
		want                              string // the processors that are sent; "" for nothing
	}{
		{"ExtendedS3", lambda + "," + jq, "clean", "false", ""},
		{"ExtendedS3", lambda + "," + jq, "", "false", jq},
		{"ExtendedS3", lambda + "," + jq, "clean", "true", lambda + "," + jq + "," + line},
		{"ExtendedS3", lambda + "," + line, "clean", "false", lambda},
		{"ExtendedS3", lambda, "", "false", "none"},
		{"ExtendedS3", logs + "," + jq, "other", "false", logs + "," + other + "," + jq},
		{"ExtendedS3", "", "other", "true", other + "," + line},
		{"Splunk", logs, "other", "", logs + "," + other},
		{"Splunk", lambda + "," + line, "other", "", strings.Replace(lambda, "clean", "other", 1) + "," + line},
		{"ExtendedS3", `{"Type":"AppendDelimiterToRecord"}`, "other", "true", other + `,{"Type":"AppendDelimiterToRecord"}`},
		{"ExtendedS3", `{"Type":"AppendDelimiterToRecord"}`, "", "false", "none"},
		{"HttpEndpoint", other, "", "", "none"},
	} {
		var now ClientSettings
		if err := json.Unmarshal([]byte(`{"BufferingHints":{"SizeInMBs":5,"IntervalInSeconds":60},"RetryOptions":{"DurationInSeconds":300},"S3BackupMode":"Disabled","ProcessingConfiguration":{"Enabled":true,"Processors":[`+tt.now+`]}}`), &now); err != nil {
			t.Fatal(err)
		}
		w := FormWorld{Firehoses: []protocol.Firehose{{Name: "raw", Structure: tt.structure, Version: 3}}}
		f := Form{Kind: "firehose", Target: "raw", Now: now}
		v := Describe(f, w).Begin(now)
		if strings.HasSuffix(v[".Lambda"], ":clean") && tt.lambda == "clean" { // left as it stands there
			tt.lambda = v[".Lambda"]
		}
		v[".Lambda"] = tt.lambda
		if tt.delimiter != "" {
			v[".Delimiter"] = tt.delimiter
		}
		steps, flaws := Plan(f, w, v)
		if tt.want == "" && len(flaws)+len(steps) == 0 {
			continue
		}
		if len(flaws) > 0 || len(steps) != 1 {
			t.Fatalf("%+v: %v %v", tt, steps, flaws)
		}
		body, _ := json.Marshal(steps[0].Body)
		_, got, _ := strings.Cut(string(body), `"ProcessingConfiguration":`)
		got = strings.TrimSuffix(got, "}}")
		want := tt.want
		switch want {
		case "":
		case "none":
			want = `{"Enabled":false,"Processors":[]}`
		default:
			want = `{"Enabled":true,"Processors":[` + want + `]}`
		}
		if sorted(got) != sorted(want) {
			t.Errorf("%s, %s, a function %q, lines %s sends\n%s, want\n%s", tt.structure, tt.now, tt.lambda, tt.delimiter, got, want)
		}
	}
}

// TestFirehoseMakesItsFunction makes the function that transforms in the form of the Firehose stream, or gives it other code.
func TestFirehoseMakesItsFunction(t *testing.T) {
	made := FormWorld{Firehoses: []protocol.Firehose{{Name: "raw", Structure: "Splunk", Version: 3}}, Buckets: []string{"lake"}}
	ops := func(f Form, w FormWorld, change Values) string {
		v := Describe(f, w).Begin(f.Now)
		for name, text := range change {
			v[name] = text
		}
		steps, flaws := Plan(f, w, v)
		if len(flaws) > 0 {
			t.Fatal(flaws)
		}
		words := ""
		for _, s := range steps {
			words += " " + s.Op
			if name, _ := s.Body.(Members); s.Service == "lambda" {
				words += ":" + textOf(name[0].Value)
			}
		}
		return words
	}
	create, change := Form{Kind: "firehose"}, Form{Kind: "firehose", Target: "raw", Now: ClientSettings{}}
	again := create
	again.done = []string{"CreateFunction"}
	for _, tt := range []struct {
		f     Form
		typed Values
		want  string
	}{
		{create, Values{".Lambda": "clean", ".Make": "new"}, " CreateFunction:clean CreateDeliveryStream"},
		{create, Values{".Lambda": "clean"}, " CreateDeliveryStream"},
		{create, Values{".Lambda": "", ".Make": "new"}, " CreateDeliveryStream"},
		{again, Values{".Lambda": "clean", ".Make": "new"}, " UpdateFunctionCode:clean CreateDeliveryStream"},
		{change, Values{".Lambda": "arn:aws:lambda:us-east-1:123456789012:function:clean", ".Make": "code"}, " UpdateFunctionCode:clean UpdateDestination"},
		{change, Values{".Lambda": "arn:aws:lambda:us-east-1:123456789012:function:clean:$LATEST", ".Make": "code"}, " UpdateFunctionCode:clean UpdateDestination"},
		{create, Values{".To": "splunk", ".Lambda": "clean", ".Make": "new"}, " CreateFunction:clean PutSink CreateDeliveryStream"},
	} {
		if got := ops(tt.f, made, tt.typed); got != tt.want {
			t.Errorf("%v does%s, want%s", tt.typed, got, tt.want)
		}
	}
}

// TestFirehoseProcessingRests changes a Firehose stream whose processors are not enabled: the form says so, and they stay until told.
func TestFirehoseProcessingRests(t *testing.T) {
	const lambda = `{"Type":"Lambda","Parameters":[{"ParameterName":"LambdaArn","ParameterValue":"arn:aws:lambda:us-east-1:123456789012:function:clean"}]}`
	const line = `{"Type":"AppendDelimiterToRecord","Parameters":[{"ParameterName":"Delimiter","ParameterValue":"\\n"}]}`
	for _, structure := range []string{"ExtendedS3", "Splunk"} {
		for _, tt := range []struct {
			now    string // "on" or "off", and the processors
			change Values
			want   string
		}{
			{"off " + lambda, Values{}, ""},
			{"off " + lambda, Values{".Processing": "true"}, `{"Enabled":true,"Processors":[` + lambda + `]}`},
			{"off " + lambda, Values{".Lambda": ""}, `{"Enabled":false,"Processors":[]}`},
			{"off " + lambda + "," + line, Values{".Lambda": ""}, `{"Enabled":false,"Processors":[` + line + `]}`},
			{"off " + lambda + "," + line, Values{".Lambda": "", ".Processing": "true"}, `{"Enabled":true,"Processors":[` + line + `]}`},
			{"off ", Values{".Lambda": "clean"}, `{"Enabled":true,"Processors":[` + lambda + `]}`},
			{"on " + lambda, Values{}, ""},
			{"unsaid " + lambda, Values{".Lambda": "", ".Processing": "false"}, `{"Enabled":false,"Processors":[]}`}, // which is off
			{"unsaid " + lambda + "," + line, Values{".Lambda": ""}, `{"Enabled":false,"Processors":[` + line + `]}`},
		} {
			on, processors, _ := strings.Cut(tt.now, " ")
			var now ClientSettings
			if err := json.Unmarshal(fmt.Appendf(nil, `{"BufferingHints":{"SizeInMBs":5,"IntervalInSeconds":60},"RetryOptions":{"DurationInSeconds":300},"S3BackupMode":"Disabled","ProcessingConfiguration":{"Enabled":%t,"Processors":[%s]}}`, on == "on", processors), &now); err != nil {
				t.Fatal(err)
			}
			if on == "unsaid" {
				delete(now["ProcessingConfiguration"].(map[string]any), "Enabled")
			}
			w := FormWorld{Firehoses: []protocol.Firehose{{Name: "raw", Structure: structure, Version: 3}}}
			f := Form{Kind: "firehose", Target: "raw", Now: now}
			s := Describe(f, w)
			if shown := slices.ContainsFunc(s.Fields, func(f Field) bool { return f.Name == ".Processing" }); shown != (on != "on" && processors != "") {
				t.Errorf("%s: the switch is shown: %t", tt.now, shown)
			}
			v := s.Begin(now)
			maps.Copy(v, tt.change)
			steps, flaws := Plan(f, w, v)
			if len(flaws) > 0 || len(steps) > 1 {
				t.Fatalf("%+v: %v %v", tt, steps, flaws)
			}
			got := ""
			for _, x := range steps {
				body, _ := json.Marshal(x.Body)
				_, got, _ = strings.Cut(string(body), `"ProcessingConfiguration":`)
				got = strings.TrimSuffix(got, "}}")
			}
			if sorted(got) != sorted(tt.want) {
				t.Errorf("%s, %s, %v sends\n%s, want\n%s", structure, tt.now, tt.change, got, tt.want)
			}
		}
	}
}

// TestFirehoseOffersTheCodeThereIs holds that whoever gives the function other code begins with its own.
func TestFirehoseOffersTheCodeThereIs(t *testing.T) {
	now := ClientSettings{"Code": "exports.handler = 1"}
	for _, structure := range []string{"ExtendedS3", "Splunk", "S3"} { // the form of the last shows no processing
		f := Form{Kind: "firehose", Target: "raw", Now: now}
		s := Describe(f, FormWorld{Firehoses: []protocol.Firehose{{Name: "raw", Structure: structure}}})
		v := s.Begin(now)
		if v[".Code"] != "exports.handler = 1" && structure != "S3" || v[".Make"] != "" {
			t.Errorf("%s begins with %v", structure, v)
		}
		for _, field := range s.Fields {
			if field.Name == ".Begin" && (v[".Begin"] != "own" || field.Options[0].Fill[".Code"] != v[".Code"] || len(field.Options) != 4) {
				t.Errorf("%s begins with %q of %v", structure, v[".Begin"], field.Options)
			}
		}
	}
	if v := Describe(Form{Kind: "firehose"}, FormWorld{}).Begin(nil); v[".Begin"] != "lines" || v[".Code"] != codeLines {
		t.Errorf("a new one begins with %v", v)
	}
}

// sorted writes JSON with its members by name.
func sorted(text string) string {
	var v any
	if json.Unmarshal([]byte(text), &v) != nil {
		return text
	}
	b, _ := json.Marshal(v)
	return string(b)
}

// TestFirehoseBackupIsSwitchedOn holds that the backup of source records can be begun, and is not offered where it runs.
func TestFirehoseBackupIsSwitchedOn(t *testing.T) {
	w := FormWorld{Firehoses: []protocol.Firehose{{Name: "raw", Structure: "ExtendedS3", Version: 1}}, Buckets: []string{"lake"}}
	f := Form{Kind: "firehose", Target: "raw", Now: ClientSettings{"S3BackupMode": "Disabled"}}
	v := Describe(f, w).Begin(f.Now)
	v[".Backup"] = "kept"
	steps, flaws := Plan(f, w, v)
	if len(flaws) > 0 || len(steps) != 2 || steps[0].Op != "CreateBucket" {
		t.Fatalf("%+v %v", steps, flaws)
	}
	if body, _ := json.Marshal(steps[1].Body); !strings.Contains(string(body), `"S3BackupMode":"Enabled","S3BackupUpdate":{"RoleARN":"`+firehoseRole+`","BucketARN":"arn:aws:s3:::kept"}`) {
		t.Errorf("it sends %s", body)
	}
	f.Now = ClientSettings{"S3BackupMode": "Enabled"}
	for _, x := range Describe(f, w).Fields {
		if x.Name == ".Backup" {
			t.Error("a backup that runs cannot be changed, and is offered")
		}
	}
}
