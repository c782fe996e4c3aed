package lambda_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"shardlab/wasm/aggregation"
	"shardlab/wasm/cloudwatch"
	"shardlab/wasm/lambda"
	"shardlab/wasm/region"
)

func fine(event, lambda.Call) (string, time.Duration, error) { return "null", 0, nil }

// TestParameters holds defaults, ranges and words of every parameter, at their very bounds.
func TestParameters(t *testing.T) {
	r := world(t, 1, fine)
	do(t, r, "lab", "PutFunction", `{"Name":"board"}`)
	base := `{"EventSourceArn":"` + streamARN + `","FunctionName":"board","StartingPosition":"LATEST"`
	var made lambda.EventSourceMapping
	if err := json.Unmarshal(do(t, r, "lambda", "CreateEventSourceMapping", base+`}`), &made); err != nil {
		t.Fatal(err)
	}
	if made.BatchSize != 100 || made.MaximumBatchingWindowInSeconds != 0 || made.ParallelizationFactor != 1 || made.MaximumRetryAttempts != -1 ||
		made.MaximumRecordAgeInSeconds != -1 || made.BisectBatchOnFunctionError || made.TumblingWindowInSeconds != 0 || len(made.FunctionResponseTypes) != 0 ||
		made.State != "Creating" || made.LastProcessingResult != "No records processed" || made.StateTransitionReason != "User action" {
		t.Errorf("a new mapping is %+v", made)
	}
	refused(t, r, "CreateEventSourceMapping", base+`}`, "ResourceConflictException", "already exists. Please update or delete the existing mapping with UUID "+made.UUID)
	refused(t, r, "UpdateEventSourceMapping", `{"UUID":"`+made.UUID+`","BatchSize":5}`, "ResourceInUseException", "Cannot update the event source mapping because it is in use.")
	run(r, 6*time.Second)
	for _, row := range []struct {
		member    string
		low, high int64
		code      string
	}{
		{"BatchSize", 1, 10_000, ""}, {"MaximumBatchingWindowInSeconds", 0, 300, ""}, {"ParallelizationFactor", 1, 10, ""}, {"MaximumRetryAttempts", -1, 10_000, ""},
		{"MaximumRecordAgeInSeconds", -1, 604_800, ""}, {"TumblingWindowInSeconds", 0, 900, ""},
	} {
		for _, n := range []int64{row.low, row.high} {
			var got map[string]any
			out := do(t, r, "lambda", "UpdateEventSourceMapping", fmt.Sprintf(`{"UUID":%q,"ParallelizationFactor":1,"TumblingWindowInSeconds":0,%q:%d}`, made.UUID, row.member, n))
			if json.Unmarshal(out, &got); got[row.member] != float64(n) || got["State"] != "Updating" {
				t.Errorf("%s %d answers %s", row.member, n, out)
			}
			run(r, 6*time.Second)
		}
		path := strings.ToLower(row.member[:1]) + row.member[1:]
		refused(t, r, "UpdateEventSourceMapping", fmt.Sprintf(`{"UUID":%q,%q:%d}`, made.UUID, row.member, row.low-1), "ValidationException",
			fmt.Sprintf("Value '%d' at '%s' failed to satisfy constraint: Member must have value greater than or equal to %d", row.low-1, path, row.low))
		refused(t, r, "UpdateEventSourceMapping", fmt.Sprintf(`{"UUID":%q,%q:%d}`, made.UUID, row.member, row.high+1), "ValidationException",
			fmt.Sprintf("Value '%d' at '%s' failed to satisfy constraint: Member must have value less than or equal to %d", row.high+1, path, row.high))
	}
	for _, age := range []int64{0, 59} {
		refused(t, r, "UpdateEventSourceMapping", fmt.Sprintf(`{"UUID":%q,"MaximumRecordAgeInSeconds":%d}`, made.UUID, age), "InvalidParameterValueException", "between 60 and 604800")
	}
	do(t, r, "lambda", "UpdateEventSourceMapping", fmt.Sprintf(`{"UUID":%q,"TumblingWindowInSeconds":0,"MaximumRecordAgeInSeconds":60}`, made.UUID))
	run(r, 6*time.Second)
	filters := strings.Repeat(`{"Pattern":"{}"},`, 6)
	for _, row := range []struct{ body, code, message string }{
		{`"FunctionResponseTypes":["Everything"]`, "ValidationException", "Member must satisfy enum value set: [ReportBatchItemFailures]"},
		{`"TumblingWindowInSeconds":30,"ParallelizationFactor":2`, "InvalidParameterValueException", "tumbling window"},
		{`"FilterCriteria":{"Filters":[` + filters[:len(filters)-1] + `]}`, "InvalidParameterValueException", "at most 5 filters"},
		{`"FilterCriteria":{"Filters":[{"Pattern":"{\"partitionKey\":[\"a\"]}"}]}`, "InvalidParameterValueException", "data alone"},
		{`"FilterCriteria":{"Filters":[{"Pattern":"{\"data\":{\"a\":[{\"wildcard\":\"x*\"}]}}"}]}`, "InvalidParameterValueException", "\"wildcard\", which the lab does not know"},
		{`"DestinationConfig":{"OnFailure":{"Destination":"kafka://orders"}}`, "InvalidParameterValueException", "no Kafka"},
		{`"DestinationConfig":{"OnFailure":{"Destination":"arn:aws:sqs:us-east-1:999999999999:q"}}`, "InvalidParameterValueException", "Invalid destination ARN"},
	} {
		refused(t, r, "UpdateEventSourceMapping", `{"UUID":"`+made.UUID+`",`+row.body+`}`, row.code, row.message)
	}
	for _, row := range []struct{ body, code, message string }{
		{`{"FunctionName":"board","StartingPosition":"LATEST"}`, "ValidationException", "Value null at 'eventSourceArn'"},
		{`{"EventSourceArn":"` + streamARN + `","StartingPosition":"LATEST"}`, "ValidationException", "Value null at 'functionName'"},
		{`{"EventSourceArn":"` + streamARN + `","FunctionName":"board"}`, "InvalidParameterValueException", "'startingPosition'"},
		{`{"EventSourceArn":"` + streamARN + `","FunctionName":"nobody","StartingPosition":"LATEST"}`, "ResourceNotFoundException", "Function not found: arn:aws:lambda:us-east-1:123456789012:function:nobody"},
		{`{"EventSourceArn":"` + streamARN + `x","FunctionName":"board","StartingPosition":"LATEST"}`, "InvalidParameterValueException", "Stream not found"},
		{`{"EventSourceArn":"arn:aws:sqs:us-east-1:123456789012:q","FunctionName":"board","StartingPosition":"LATEST"}`, "InvalidParameterValueException", "Unrecognized event source"},
		{`{"EventSourceArn":"` + streamARN + `","FunctionName":"board","StartingPosition":"AT_TIMESTAMP"}`, "InvalidParameterValueException", "must be specified"},
		{`{"EventSourceArn":"` + streamARN + `","FunctionName":"board","StartingPosition":"OLDEST"}`, "ValidationException", "[TRIM_HORIZON, LATEST, AT_TIMESTAMP]"},
	} {
		refused(t, r, "CreateEventSourceMapping", row.body, row.code, row.message)
	}
	state := func() string {
		var m lambda.EventSourceMapping
		json.Unmarshal(do(t, r, "lambda", "GetEventSourceMapping", `{"UUID":"`+made.UUID+`"}`), &m)
		return m.State
	}
	do(t, r, "lambda", "UpdateEventSourceMapping", `{"UUID":"`+made.UUID+`","Enabled":false}`)
	if s := state(); s != "Disabling" {
		t.Errorf("it is %s, want Disabling", s)
	}
	run(r, 6*time.Second)
	if s := state(); s != "Disabled" {
		t.Errorf("it is %s, want Disabled", s)
	}
	do(t, r, "lab", "StartEventSourceMapping", `{"Name":"board"}`)
	if s := state(); s != "Enabling" {
		t.Errorf("it is %s, want Enabling", s)
	}
	run(r, 6*time.Second)
	do(t, r, "lambda", "DeleteEventSourceMapping", `{"UUID":"`+made.UUID+`"}`)
	if s := state(); s != "Deleting" {
		t.Errorf("it is %s, want Deleting", s)
	}
	run(r, 6*time.Second)
	refused(t, r, "GetEventSourceMapping", `{"UUID":"`+made.UUID+`"}`, "ResourceNotFoundException", "The resource you requested does not exist.")
}

// TestNothingIsLost lets functions fail at random while shards split and merge, with any ParallelizationFactor: every record
// comes through, those of a key in their order, and twice only after a failure.
func TestNothingIsLost(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		factor := rapid.IntRange(1, 10).Draw(t, "ParallelizationFactor")
		failing := rapid.IntRange(0, 40).Draw(t, "per cent of invocations that fail")
		bisect := rapid.Bool().Draw(t, "BisectBatchOnFunctionError")
		report := rapid.Bool().Draw(t, "ReportBatchItemFailures")
		size := rapid.SampledFrom([]int{1, 7, 100}).Draw(t, "BatchSize")
		seed := rapid.Uint64().Draw(t, "seed of failures")
		dice := func(c lambda.Call) uint64 { // of the call alone, as a runtime's answer must be
			x := c.Seed ^ seed
			x ^= x >> 33
			x *= 0xff51afd7ed558ccd
			return x ^ x>>29
		}
		type got struct{ n, failed int }
		times := map[string]*got{}
		last := map[string]int{}
		fails := 0
		quiet := false
		r := world(t, 2, func(e event, c lambda.Call) (string, time.Duration, error) {
			d := dice(c)
			bad := int(d%100) < failing && !quiet
			stop := len(e.Records)
			if bad {
				stop = int(d>>8) % len(e.Records)
				fails++
			}
			for i, x := range e.Records {
				var n int
				fmt.Sscan(string(x.Kinesis.Data), &n)
				g := times[string(x.Kinesis.Data)]
				if g == nil {
					g = &got{}
					times[string(x.Kinesis.Data)] = g
				}
				if bad && (i >= stop || !report) {
					g.failed++
					continue
				}
				g.n++
				if before, ok := last[x.Kinesis.PartitionKey]; ok && n < before {
					t.Fatalf("key %s: %d after %d", x.Kinesis.PartitionKey, n, before)
				}
				last[x.Kinesis.PartitionKey] = n
			}
			wait := time.Duration(d>>16%400) * time.Millisecond
			switch {
			case bad && report:
				return fmt.Sprintf(`{"batchItemFailures":[{"itemIdentifier":%q}]}`, e.Records[stop].Kinesis.SequenceNumber), wait, nil
			case bad:
				return "", wait, fmt.Errorf("chance")
			}
			return "null", wait, nil
		})
		settings := fmt.Sprintf(`,"BatchSize":%d,"ParallelizationFactor":%d,"BisectBatchOnFunctionError":%t`, size, factor, bisect)
		if report {
			settings += `,"FunctionResponseTypes":["ReportBatchItemFailures"]`
		}
		create(t, r, settings)
		n := 0
		for range 6 {
			all := make([]string, 40)
			for i := range all {
				all[i] = fmt.Sprintf("key-%d=%d", n%13, n)
				n++
			}
			put(t, r, all...)
			switch rapid.IntRange(0, 3).Draw(t, "reshard") {
			case 0:
				if st, _ := r.Kinesis().Stream("trips"); len(st.OpenShards()) != 2 {
					break
				}
				do(t, r, "kinesis", "UpdateShardCount", `{"StreamName":"trips","TargetShardCount":4,"ScalingType":"UNIFORM_SCALING"}`)
				run(r, 30*time.Second)
			case 1:
				if st, _ := r.Kinesis().Stream("trips"); len(st.OpenShards()) == 4 {
					do(t, r, "kinesis", "UpdateShardCount", `{"StreamName":"trips","TargetShardCount":2,"ScalingType":"UNIFORM_SCALING"}`)
				}
				run(r, 30*time.Second)
			default:
				run(r, time.Duration(rapid.IntRange(0, 4000).Draw(t, "pause"))*time.Millisecond)
			}
		}
		if rapid.Bool().Draw(t, "clone") {
			r = r.Clone()
		}
		quiet = true
		run(r, 10*time.Minute)
		if len(times) != n {
			t.Fatalf("%d of %d records came", len(times), n)
		}
		for data, g := range times {
			if g.n != 1 {
				t.Fatalf("record %s was done %d times, after %d failures of its batches", data, g.n, g.failed)
			}
		}
		m := r.Lambda().Mappings()[0]
		if got := m.Total(); got.Handled != int64(n) || got.Discarded != 0 || got.Read != int64(n) {
			t.Fatalf("it counts %+v, want %d handled", got, n)
		}
	})
}

// TestParents holds that a child shard waits until its parent is processed, not only read.
func TestParents(t *testing.T) {
	var s seen
	var shards []string
	r := world(t, 1, func(e event, _ lambda.Call) (string, time.Duration, error) {
		s.take(e)
		shards = append(shards, e.Records[0].EventID[:20])
		return "null", 3 * time.Second, nil
	})
	put(t, r, many(30, 5)...)
	do(t, r, "kinesis", "SplitShard", `{"StreamName":"trips","ShardToSplit":"shardId-000000000000","NewStartingHashKey":"170141183460469231731687303715884105728"}`)
	run(r, 10*time.Second)
	put(t, r, many(30, 5)...)
	m := create(t, r, `,"BatchSize":10`)
	run(r, 5*time.Second)
	for _, p := range m.Places() {
		if want := map[bool]string{true: lambda.Reading, false: lambda.Waiting}[p.Shard == 0]; p.Phase != want {
			t.Errorf("shard %d is %s, want %s", p.Shard, p.Phase, want)
		}
	}
	run(r, time.Minute)
	if len(shards) < 6 || shards[2] != "shardId-000000000000" || slices.Contains(shards[3:], "shardId-000000000000") {
		t.Errorf("invocations went to %v, want the parent's three first", shards)
	}
	if m.Places()[0].Phase != lambda.Done {
		t.Errorf("the parent is %s, want finished", m.Places()[0].Phase)
	}
}

// TestConcurrency holds that shards × ParallelizationFactor invocations run at once, that a function's reserved concurrency
// bounds them, and that what is throttled waits and is no failure.
func TestConcurrency(t *testing.T) {
	play := func(factor int, reserved string) (most int64, r *region.Region) {
		r = world(t, 4, func(e event, c lambda.Call) (string, time.Duration, error) { return "null", 5 * time.Second, nil })
		for range 3 {
			put(t, r, many(1000, 400)...)
			run(r, time.Second)
		}
		create(t, r, fmt.Sprintf(`,"BatchSize":10,"ParallelizationFactor":%d`, factor))
		if reserved != "" {
			do(t, r, "lambda", "PutFunctionConcurrency", `{"FunctionName":"board","ReservedConcurrentExecutions":`+reserved+`}`)
		}
		for range 100 {
			run(r, 100*time.Millisecond)
			most = max(most, r.Lambda().Running("board"))
		}
		return most, r
	}
	for _, row := range []struct {
		factor   int
		reserved string
		want     int64
	}{{1, "", 4}, {5, "", 20}, {10, "", 40}, {10, "7", 7}, {1, "0", 0}} {
		most, r := play(row.factor, row.reserved)
		if row.reserved != "" {
			run(r, time.Minute)
			most = r.Lambda().Running("board")
		}
		if most != row.want {
			t.Errorf("with a factor of %d and %q reserved %d run at once, want %d", row.factor, row.reserved, most, row.want)
		}
		throttles := points(r, cloudwatch.Throttles, cloudwatch.Sum)
		if total := r.Lambda().Mappings()[0].Total(); (throttles > 0) != (row.reserved != "") || total.Failures != 0 || float64(total.Throttles) != throttles {
			t.Errorf("with %q reserved it counts %v throttles, and %+v", row.reserved, throttles, total)
		}
	}
	refused(t, world(t, 1, fine), "PutFunctionConcurrency", `{"FunctionName":"nobody","ReservedConcurrentExecutions":1}`, "ResourceNotFoundException", "Function not found")
	r := world(t, 1, fine)
	do(t, r, "lab", "PutFunction", `{"Name":"a"}`)
	do(t, r, "lambda", "PutFunctionConcurrency", `{"FunctionName":"a","ReservedConcurrentExecutions":900}`)
	refused(t, r, "PutFunctionConcurrency", `{"FunctionName":"a","ReservedConcurrentExecutions":901}`, "InvalidParameterValueException", "below its minimum value of [100]")
}

// TestAggregates holds who unpacks what the KPL packed: Lambda where the stream pushes, and nobody where Lambda polls.
//
// shows: L1
func TestAggregates(t *testing.T) {
	packed := string(aggregation.Encode([]aggregation.Record{{PartitionKey: "a", Data: []byte("one")}, {PartitionKey: "b", Data: []byte("two")}}))
	for _, push := range []bool{false, true} {
		var s seen
		r := world(t, 1, func(e event, _ lambda.Call) (string, time.Duration, error) {
			s.take(e)
			return "null", 0, nil
		})
		arn := streamARN
		if push {
			var out struct{ Consumer struct{ ConsumerARN string } }
			json.Unmarshal(do(t, r, "kinesis", "RegisterStreamConsumer", `{"StreamARN":"`+streamARN+`","ConsumerName":"app"}`), &out)
			arn = out.Consumer.ConsumerARN
			run(r, 10*time.Second)
		}
		put(t, r, "a="+packed, "c=plain")
		run(r, time.Second)
		do(t, r, "lab", "PutFunction", `{"Name":"board"}`)
		do(t, r, "lambda", "UpdateFunctionCode", `{"FunctionName":"board","ZipFile":"eA=="}`)
		do(t, r, "lambda", "CreateEventSourceMapping", `{"EventSourceArn":"`+arn+`","FunctionName":"board","StartingPosition":"TRIM_HORIZON"}`)
		run(r, 20*time.Second)
		want := [][]string{{packed, "plain"}}
		if push {
			want = [][]string{{"one", "two", "plain"}}
		}
		if fmt.Sprint(s.batches) != fmt.Sprint(want) {
			t.Errorf("pushed %t: it got %q, want %q", push, s.batches, want)
		}
	}
}

func TestFilter(t *testing.T) {
	for _, row := range []struct {
		pattern   string
		pass, not []string
	}{
		{`{"data":{"status":["lost","late"]}}`, []string{`{"status":"lost"}`, `{"status":"late","x":1}`, `{"status":["ok","late"]}`}, []string{`{"status":"ok"}`, `{}`, `lost`, `["lost"]`, ``}},
		{`{"data":{"speed":[{"numeric":[">",20,"<=",30]}]}}`, []string{`{"speed":30}`, `{"speed":20.5}`}, []string{`{"speed":20}`, `{"speed":30.01}`, `{"speed":"25"}`, `{}`}},
		{`{"data":{"speed":[5]}}`, []string{`{"speed":5}`, `{"speed":5.0}`}, []string{`{"speed":"5"}`, `{"speed":50}`}},
		{`{"data":{"a":{"b":[{"prefix":"x"}]}}}`, []string{`{"a":{"b":"xy"}}`}, []string{`{"a":{"b":"yx"}}`, `{"a":"x"}`, `{"b":"x"}`}},
		{`{"data":{"a":[{"suffix":"x"}]}}`, []string{`{"a":"yx"}`}, []string{`{"a":"xy"}`}},
		{`{"data":{"a":[{"equals-ignore-case":"Bike"}]}}`, []string{`{"a":"bIKE"}`}, []string{`{"a":"bikes"}`}},
		{`{"data":{"a":[{"anything-but":["x",1]}]}}`, []string{`{"a":"y"}`, `{"a":2}`}, []string{`{"a":"x"}`, `{"a":1}`, `{}`}},
		{`{"data":{"a":[{"anything-but":{"prefix":"x"}}]}}`, []string{`{"a":"y"}`}, []string{`{"a":"xy"}`}},
		{`{"data":{"a":[{"exists":false}]}}`, []string{`{"b":1}`}, []string{`{"a":1}`}},
		{`{"data":{"a":[{"exists":true}]}}`, []string{`{"a":null}`}, []string{`{"b":1}`}},
		{`{"data":{"a":[null,true]}}`, []string{`{"a":null}`, `{"a":true}`}, []string{`{"a":false}`, `{}`}},
		{`{"data":{"$or":[{"a":[1]},{"b":[2]}],"c":[3]}}`, []string{`{"a":1,"c":3}`, `{"b":2,"c":3}`}, []string{`{"a":1}`, `{"c":3}`}},
		{`{"data":["plain",{"prefix":"al"}]}`, []string{`plain`, `alarm`}, []string{`plainly`, `{}`}},
		{`{}`, []string{`anything`, `{}`}, nil},
	} {
		var s seen
		r := world(t, 1, func(e event, _ lambda.Call) (string, time.Duration, error) {
			s.take(e)
			return "null", 0, nil
		})
		quoted, _ := json.Marshal(row.pattern)
		m := create(t, r, `,"FilterCriteria":{"Filters":[{"Pattern":`+string(quoted)+`}]}`)
		for _, data := range append(slices.Clone(row.pass), row.not...) {
			if data == "" {
				data = " "
			}
			put(t, r, "key="+data)
		}
		run(r, 5*time.Second)
		var got []string
		for _, b := range s.batches {
			got = append(got, b...)
		}
		if !slices.Equal(got, row.pass) {
			t.Errorf("%s lets %q through, want %q", row.pattern, got, row.pass)
		}
		if n := m.Total(); n.Filtered != int64(len(row.not)) || n.Discarded != 0 {
			t.Errorf("%s: %+v", row.pattern, n)
		}
	}
	for _, bad := range []string{`x`, `[]`, `{"data":"x"}`, `{"data":{}}`, `{"data":{"a":[]}}`, `{"data":{"a":"x"}}`, `{"data":{"a":[{"numeric":[">"]}]}}`, `{"data":{"a":[{"prefix":1}]}}`,
		`{"data":{"$or":[{"a":[1]}]}}`, `{"data":{"a":[{"prefix":"x","suffix":"y"}]}}`} {
		r := world(t, 1, fine)
		do(t, r, "lab", "PutFunction", `{"Name":"board"}`)
		quoted, _ := json.Marshal(bad)
		refused(t, r, "CreateEventSourceMapping", `{"EventSourceArn":"`+streamARN+`","FunctionName":"board","StartingPosition":"LATEST","FilterCriteria":{"Filters":[{"Pattern":`+string(quoted)+`}]}}`,
			"InvalidParameterValueException", "Invalid filter pattern definition.")
	}
}

// TestTumblingWindow holds that a window's state goes from invocation to invocation, that the last one says so, and that windows
// follow arrival.
func TestTumblingWindow(t *testing.T) {
	type invoked struct {
		records     int
		state       string
		final       bool
		start, ends string
	}
	var all []invoked
	count := 0
	r := world(t, 1, func(e event, _ lambda.Call) (string, time.Duration, error) {
		all = append(all, invoked{len(e.Records), string(e.State), e.IsFinalInvokeForWindow, e.Window.Start, e.Window.End})
		if e.ShardID != "shardId-000000000000" {
			t.Errorf("shardId is %q", e.ShardID)
		}
		count += len(e.Records)
		return fmt.Sprintf(`{"state":{"n":%d}}`, count), 0, nil
	})
	create(t, r, `,"TumblingWindowInSeconds":30,"BatchSize":4`)
	run(r, 30*time.Second-time.Duration(int64(r.Now())%30_000_000)*time.Microsecond) // to the beginning of a window
	put(t, r, many(6, 2)...)
	run(r, 5*time.Second)
	put(t, r, many(2, 2)...)
	run(r, 40*time.Second)
	put(t, r, many(1, 1)...)
	run(r, 40*time.Second)
	want := []string{"4 {} false", `2 {"n":4} false`, `2 {"n":6} false`, `0 {"n":8} true`, "1 {} false", `0 {"n":9} true`}
	var got []string
	for _, x := range all {
		got = append(got, fmt.Sprintf("%d %s %t", x.records, x.state, x.final))
	}
	if !slices.Equal(got, want) {
		t.Fatalf("invocations were\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if all[0].ends != all[4].start {
		t.Errorf("windows are %s to %s and %s to %s", all[0].start, all[0].ends, all[4].start, all[4].ends)
	}
}

// TestTooMuchState ends a window early whose state is larger than 1 MB.
func TestTooMuchState(t *testing.T) {
	var early []bool
	r := world(t, 1, func(e event, _ lambda.Call) (string, time.Duration, error) {
		early = append(early, e.IsWindowTerminatedEarly)
		return `{"state":"` + strings.Repeat("x", 1<<20) + `"}`, 0, nil
	})
	create(t, r, `,"TumblingWindowInSeconds":30`)
	put(t, r, "a=1")
	run(r, 3*time.Second)
	if !slices.Equal(early, []bool{false, true}) {
		t.Errorf("invocations ended the window early: %v, want the second", early)
	}
}

// TestLogs holds the lines of invocations that worked, took too long and used too much memory.
func TestLogs(t *testing.T) {
	r := world(t, 1, fine)
	for _, row := range []struct{ behavior, kind, line string }{
		{"works", "", "Max Memory Used"},
		{"always-fails", "Error", "ERROR\tInvoke Error"},
		{"times-out", "Sandbox.Timedout", "Task timed out after 3.00 seconds"},
		{"out-of-memory", "Runtime.OutOfMemory", "Max Memory Used: 128 MB"},
	} {
		name := row.behavior
		do(t, r, "lab", "PutFunction", `{"Name":"`+name+`","Behavior":"`+row.behavior+`"}`)
		var out lambda.InvokeOutput
		json.Unmarshal(do(t, r, "lambda", "Invoke", `{"FunctionName":"`+name+`","LogType":"Tail"}`), &out)
		var fault struct{ ErrorType string }
		if json.Unmarshal([]byte(out.Payload), &fault); fault.ErrorType != row.kind || (out.FunctionError == "") != (row.kind == "") {
			t.Errorf("%s answers %+v, want the error %q", name, out, row.kind)
		}
		log := do(t, r, "logs", "FilterLogEvents", `{"logGroupName":"/aws/lambda/`+name+`"}`)
		var lines lambda.FilterLogEventsOutput
		json.Unmarshal(log, &lines)
		n := len(lines.Events)
		if n < 3 || !strings.HasPrefix(lines.Events[0].Message, "START RequestId: ") || !strings.HasPrefix(lines.Events[n-2].Message, "END RequestId: ") || !strings.HasPrefix(lines.Events[n-1].Message, "REPORT RequestId: ") {
			t.Errorf("%s logs %s", name, log)
		}
		quoted, _ := json.Marshal(row.line)
		if !bytes.Contains(log, quoted[1:len(quoted)-1]) {
			t.Errorf("%s logs %s, want %q in it", name, log, row.line)
		}
	}
}

// TestCloneAndState holds that a copy of a world in full swing goes on as the original does.
func TestCloneAndState(t *testing.T) {
	r := world(t, 2, fine)
	for _, f := range []string{`"Name":"a","Behavior":"fails-on-poison","Poison":"7"`, `"Name":"b","DurationMillis":700`} {
		do(t, r, "lab", "PutFunction", "{"+f+"}")
	}
	do(t, r, "lab", "PutProducer", `{"Name":"bikes","StreamName":"trips","RecordsPerSecond":300}`)
	mapTo(t, r, "a", `,"ParallelizationFactor":3,"BisectBatchOnFunctionError":true,"MaximumRetryAttempts":1,"DestinationConfig":{"OnFailure":{"Destination":"arn:aws:s3:::failed"}}`)
	mapTo(t, r, "b", `,"TumblingWindowInSeconds":10`)
	run(r, 7*time.Second)
	c := r.Clone()
	var before, after bytes.Buffer
	r.State(&before)
	c.State(&after)
	if !bytes.Equal(before.Bytes(), after.Bytes()) {
		t.Fatal("a copy has another state")
	}
	run(r, 20*time.Second)
	for range 2000 {
		c.AdvanceTo(c.Now().Add(10*time.Millisecond), 0, nil)
	}
	before.Reset()
	after.Reset()
	r.State(&before)
	c.State(&after)
	if !bytes.Equal(before.Bytes(), after.Bytes()) {
		t.Fatal("a copy went on otherwise")
	}
	if n := len(r.Lambda().Deliveries("arn:aws:s3:::failed")); n == 0 {
		t.Error("nothing came to the bucket")
	} else if d := r.Lambda().Deliveries("arn:aws:s3:::failed")[0]; !strings.HasPrefix(d.Key, "aws/lambda/"+r.Lambda().Mappings()[0].UUID()+"/shardId-00000000000") || !strings.Contains(d.Body, `"payload":"{\"Records\":[`) {
		t.Errorf("the bucket got %.300s %.900s", d.Key, d.Body)
	}
}

// TestStartingPosition holds where a mapping begins: LATEST misses what is put until polling starts.
func TestStartingPosition(t *testing.T) {
	for _, row := range []struct{ position, want string }{
		{`"LATEST"`, "[after]"},
		{`"TRIM_HORIZON"`, "[old before during after]"},
		{fmt.Sprintf(`"AT_TIMESTAMP","StartingPositionTimestamp":%d`, start.Second()+11), "[before during after]"},
	} {
		var s seen
		r := world(t, 1, func(e event, _ lambda.Call) (string, time.Duration, error) {
			s.take(e)
			return "null", 0, nil
		})
		put(t, r, "a=old")
		run(r, 2*time.Second)
		put(t, r, "a=before")
		run(r, time.Second)
		do(t, r, "lambda", "CreateFunction", `{"FunctionName":"board","ZipFile":"eA=="}`)
		do(t, r, "lambda", "CreateEventSourceMapping", `{"EventSourceArn":"`+streamARN+`","FunctionName":"board","StartingPosition":`+row.position+`}`)
		run(r, 2*time.Second)
		put(t, r, "a=during")
		run(r, 6*time.Second)
		put(t, r, "a=after")
		run(r, 3*time.Second)
		var got []string
		for _, b := range s.batches {
			got = append(got, b...)
		}
		if fmt.Sprint(got) != row.want {
			t.Errorf("from %s it got %v, want %s", row.position, got, row.want)
		}
	}
}

// TestDisabled holds that a mapping that is stopped keeps its place, and that one whose function is gone waits for another.
func TestDisabled(t *testing.T) {
	var s seen
	r := world(t, 2, func(e event, _ lambda.Call) (string, time.Duration, error) {
		s.done = append(s.done, s.take(e)...)
		return "null", 700 * time.Millisecond, nil
	})
	m := create(t, r, `,"BatchSize":5`)
	put(t, r, many(40, 9)...)
	run(r, 2*time.Second)
	do(t, r, "lab", "StopEventSourceMapping", `{"Name":"board"}`)
	run(r, 10*time.Second)
	n := len(s.done)
	run(r, time.Minute)
	if m.State() != lambda.Disabled || n == 0 || n == 40 || len(s.done) != n {
		t.Fatalf("it is %s after %d records, and a minute later after %d", m.State(), n, len(s.done))
	}
	do(t, r, "lambda", "DeleteFunction", `{"FunctionName":"board"}`)
	do(t, r, "lab", "StartEventSourceMapping", `{"Name":"board"}`)
	run(r, 20*time.Second)
	if m.Blocked() == "" || m.Result() != "PROBLEM: Function not found" {
		t.Errorf("without its function it is blocked by %q, and says %q", m.Blocked(), m.Result())
	}
	do(t, r, "lambda", "CreateFunction", `{"FunctionName":"board","ZipFile":"eA=="}`)
	run(r, 30*time.Second)
	slices.Sort(s.done)
	if len(slices.Compact(s.done)) != 40 || len(s.done) != 40 || m.Blocked() != "" || r.Lambda().Running("board") != 0 {
		t.Errorf("in the end %d records are done, blocked by %q", len(s.done), m.Blocked())
	}
}

// TestLagBeforeItBegins holds that a mapping that gets no iterator yet is behind what it will process, from the instant on at which it begins.
func TestLagBeforeItBegins(t *testing.T) {
	r := world(t, 1, fine)
	do(t, r, "iam", "CreateRole", `{"RoleName":"reader","AssumeRolePolicyDocument":"{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":{\"Service\":\"lambda.amazonaws.com\"},\"Action\":\"sts:AssumeRole\"}]}"}`)
	policy := func(actions string) {
		do(t, r, "iam", "PutRolePolicy", `{"RoleName":"reader","PolicyName":"p","PolicyDocument":"{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Action\":\"kinesis:`+actions+`\",\"Resource\":\"*\"}]}"}`)
	}
	policy("*")
	do(t, r, "lambda", "CreateFunction", `{"FunctionName":"board","ZipFile":"eA==","Role":"arn:aws:iam::123456789012:role/reader"}`)
	put(t, r, "a=old")
	run(r, 20*time.Second)
	do(t, r, "lambda", "CreateEventSourceMapping", fmt.Sprintf(`{"EventSourceArn":%q,"FunctionName":"board","StartingPosition":"AT_TIMESTAMP","StartingPositionTimestamp":%d}`, streamARN, r.Now().Second()-5))
	policy("List*")
	run(r, 10*time.Second)
	m := r.Lambda().Mappings()[0]
	if got := m.Behind(r.Kinesis(), r.Now()); got != 0 {
		t.Errorf("nothing came since, and it is %d ms behind", got)
	}
	put(t, r, "a=new")
	run(r, 3*time.Second)
	if got := m.Behind(r.Kinesis(), r.Now()); got < 2900 || got > 3100 {
		t.Errorf("3 s after a record came it is %d ms behind", got)
	}
}

// TestRole holds that a function reads with the rights of its role.
func TestRole(t *testing.T) {
	r := world(t, 1, fine)
	const trust = `{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":{\"Service\":\"lambda.amazonaws.com\"},\"Action\":\"sts:AssumeRole\"}]}`
	do(t, r, "iam", "CreateRole", `{"RoleName":"reader","AssumeRolePolicyDocument":"`+trust+`"}`)
	do(t, r, "lambda", "CreateFunction", `{"FunctionName":"board","ZipFile":"eA==","Role":"arn:aws:iam::123456789012:role/reader"}`)
	body := `{"EventSourceArn":"` + streamARN + `","FunctionName":"board","StartingPosition":"TRIM_HORIZON"}`
	refused(t, r, "CreateEventSourceMapping", body, "InvalidParameterValueException", "Please ensure the role can perform the GetRecords, GetShardIterator, DescribeStream, ListShards Actions")
	policy := func(effect string) {
		do(t, r, "iam", "PutRolePolicy", `{"RoleName":"reader","PolicyName":"p","PolicyDocument":"{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"`+effect+`\",\"Action\":\"kinesis:*\",\"Resource\":\"*\"}]}"}`)
	}
	policy("Allow")
	do(t, r, "lambda", "CreateEventSourceMapping", body)
	run(r, 10*time.Second)
	m := r.Lambda().Mappings()[0]
	put(t, r, many(10, 2)...)
	run(r, 3*time.Second)
	if m.Total().Handled != 10 {
		t.Errorf("with the right it handled %d of 10", m.Total().Handled)
	}
	policy("Deny")
	put(t, r, many(10, 2)...)
	run(r, 15*time.Second)
	if m.Total().Handled != 10 || m.Blocked() == "" {
		t.Errorf("without the right it handled %d, and is blocked by %q", m.Total().Handled, m.Blocked())
	}
	policy("Allow")
	run(r, 15*time.Second)
	if m.Total().Handled != 20 || m.Blocked() != "" {
		t.Errorf("with the right again it handled %d of 20, and is blocked by %q", m.Total().Handled, m.Blocked())
	}
}

// TestPushed holds that a mapping on a registered consumer reads on over a split, and after its five minutes.
func TestPushed(t *testing.T) {
	last, n := map[string]int{}, 0
	r := world(t, 1, func(e event, _ lambda.Call) (string, time.Duration, error) {
		for _, x := range e.Records {
			var i int
			fmt.Sscan(string(x.Kinesis.Data), &i)
			if before, ok := last[x.Kinesis.PartitionKey]; ok && i <= before {
				t.Errorf("key %s: %d after %d", x.Kinesis.PartitionKey, i, before)
			}
			last[x.Kinesis.PartitionKey] = i
			n++
		}
		return "null", 300 * time.Millisecond, nil
	})
	var out struct{ Consumer struct{ ConsumerARN string } }
	json.Unmarshal(do(t, r, "kinesis", "RegisterStreamConsumer", `{"StreamARN":"`+streamARN+`","ConsumerName":"app"}`), &out)
	run(r, 10*time.Second)
	do(t, r, "lambda", "CreateFunction", `{"FunctionName":"board","ZipFile":"eA=="}`)
	do(t, r, "lambda", "CreateEventSourceMapping", `{"EventSourceArn":"`+out.Consumer.ConsumerARN+`","FunctionName":"board","StartingPosition":"TRIM_HORIZON","ParallelizationFactor":3,"BatchSize":20}`)
	sent := 0
	for i := range 14 {
		all := make([]string, 50)
		for j := range all {
			all[j] = fmt.Sprintf("key-%d=%d", sent%7, sent)
			sent++
		}
		put(t, r, all...)
		if i == 4 {
			do(t, r, "kinesis", "SplitShard", `{"StreamName":"trips","ShardToSplit":"shardId-000000000000","NewStartingHashKey":"170141183460469231731687303715884105728"}`)
		}
		run(r, 30*time.Second)
	}
	run(r, 30*time.Second)
	if n != sent {
		t.Errorf("%d of %d records came", n, sent)
	}
	if m := r.Lambda().Mappings()[0]; m.Places()[0].Phase != lambda.Done || m.Behind(r.Kinesis(), r.Now()) != 0 {
		t.Errorf("the parent is %s, and it is %d ms behind", m.Places()[0].Phase, m.Behind(r.Kinesis(), r.Now()))
	}
}
