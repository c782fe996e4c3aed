package lambda_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"shardlab/wasm/cloudwatch"
	"shardlab/wasm/lambda"
	"shardlab/wasm/region"
	"shardlab/wasm/sim"
)

var start = sim.At(time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC))

const streamARN = "arn:aws:kinesis:us-east-1:123456789012:stream/trips"

// An event as a handler gets it.
type event struct {
	Records []struct {
		Kinesis struct {
			PartitionKey                string
			SequenceNumber              string
			Data                        []byte
			ApproximateArrivalTimestamp float64
		}
		EventID           string
		EventSourceARN    string
		AwsRegion         string
		InvokeIdentityArn string
	}
	Window                  *struct{ Start, End string }
	State                   json.RawMessage
	ShardID                 string
	IsFinalInvokeForWindow  bool
	IsWindowTerminatedEarly bool
}

// handler is a function's code in Go: what it returns is its result, and an error is thrown.
type handler func(e event, c lambda.Call) (result string, wait time.Duration, err error)

// A tester is a test or a property.
type tester interface {
	Helper()
	Fatal(args ...any)
	Fatalf(format string, args ...any)
	Errorf(format string, args ...any)
}

// world is a region with a stream, and functions whose JavaScript is the handler.
func world(t tester, shards int, h handler) *region.Region {
	t.Helper()
	r, err := region.New(region.Config{Seed: 5, Start: start, Runtime: func(c lambda.Call) lambda.Answer {
		var e event
		if err := json.Unmarshal(c.Event, &e); err != nil {
			t.Fatalf("event is no JSON: %v\n%.300s", err, c.Event)
		}
		result, wait, err := h(e, c)
		if err != nil {
			return lambda.Answer{End: lambda.Threw, ErrorType: "Error", ErrorMessage: err.Error(), Waited: wait}
		}
		return lambda.Answer{Result: result, Waited: wait}
	}})
	if err != nil {
		t.Fatal(err)
	}
	do(t, r, "kinesis", "CreateStream", fmt.Sprintf(`{"StreamName":"trips","ShardCount":%d}`, shards))
	run(r, 10*time.Second)
	return r
}

func do(t tester, r *region.Region, service, op, body string) []byte {
	t.Helper()
	reply := r.Do(region.Command{Service: service, Op: op, Body: json.RawMessage(body)})
	if reply.Err != nil {
		t.Fatalf("%s %s: %v", op, body, reply.Err)
	}
	return reply.Body
}

func refused(t tester, r *region.Region, op, body, code, message string) {
	t.Helper()
	reply := r.Do(region.Command{Service: "lambda", Op: op, Body: json.RawMessage(body)})
	if reply.Err == nil || reply.Err.Code != code || !strings.Contains(reply.Err.Message, message) {
		t.Errorf("%s %s answers %v, want %s: %s", op, body, reply.Err, code, message)
	} else if reply.Err.Hint == "" && code != "ValidationException" {
		t.Errorf("%s %s: no hint what to write instead", op, body)
	}
}

func run(r *region.Region, d time.Duration) { r.AdvanceTo(r.Now().Add(d), 0, nil) }

// create makes a function of code and maps the stream to it; settings are further members. The mapping polls when it returns.
func create(t tester, r *region.Region, settings string) *lambda.Mapping {
	t.Helper()
	do(t, r, "lambda", "CreateFunction", `{"FunctionName":"board","ZipFile":"`+base64.StdEncoding.EncodeToString([]byte("// the test's handler"))+`","Timeout":60}`)
	return mapTo(t, r, "board", settings)
}

func mapTo(t tester, r *region.Region, function, settings string) *lambda.Mapping {
	t.Helper()
	body := `{"EventSourceArn":"` + streamARN + `","FunctionName":"` + function + `","StartingPosition":"TRIM_HORIZON"` + settings + `}`
	do(t, r, "lambda", "CreateEventSourceMapping", body)
	run(r, 6*time.Second)
	all := r.Lambda().Mappings()
	m := all[len(all)-1]
	if m.State() != lambda.StateEnabled {
		t.Fatalf("the mapping is %s, want Enabled", m.State())
	}
	return m
}

// put writes records key=data.
func put(t tester, r *region.Region, records ...string) {
	t.Helper()
	for len(records) > 0 {
		n := min(len(records), 500)
		var b strings.Builder
		for i, x := range records[:n] {
			key, data, _ := strings.Cut(x, "=")
			if i > 0 {
				b.WriteByte(',')
			}
			fmt.Fprintf(&b, `{"PartitionKey":%q,"Data":%q}`, key, base64.StdEncoding.EncodeToString([]byte(data)))
		}
		out := do(t, r, "kinesis", "PutRecords", `{"StreamName":"trips","Records":[`+b.String()+`]}`)
		if !bytes.Contains(out, []byte(`"FailedRecordCount":0`)) {
			t.Fatalf("records were refused: %.300s", out)
		}
		records = records[n:]
	}
}

// many are n records of k keys.
func many(n, k int) []string {
	all := make([]string, n)
	for i := range all {
		all[i] = fmt.Sprintf("key-%d=%d", i%k, i)
	}
	return all
}

// seen gathers what a handler gets.
type seen struct {
	batches [][]string // data of each invocation
	done    []string   // of those that worked
}

func (s *seen) take(e event) []string {
	var batch []string
	for _, r := range e.Records {
		batch = append(batch, string(r.Kinesis.Data))
	}
	s.batches = append(s.batches, batch)
	return batch
}

func (s *seen) sizes() []int {
	var all []int
	for _, b := range s.batches {
		all = append(all, len(b))
	}
	return all
}

// TestBatchSize holds that a batch has up to BatchSize records, 10,000 at the most.
//
// shows: L1 L3
func TestBatchSize(t *testing.T) {
	for _, row := range []struct {
		size string
		n    int
		want []int
	}{
		{``, 250, []int{100, 100, 50}},
		{`,"BatchSize":1`, 3, []int{1, 1, 1}},
		{`,"BatchSize":10000`, 10_000, []int{10_000}},
		{`,"BatchSize":10000`, 10_001, []int{10_000, 1}},
	} {
		var s seen
		r := world(t, 16, func(e event, _ lambda.Call) (string, time.Duration, error) {
			s.take(e)
			return "null", 0, nil
		})
		records := make([]string, row.n)
		for i := range records {
			records[i] = fmt.Sprintf("one=%d", i)
		}
		for len(records) > 0 { // a shard takes 1,000 a second
			n := min(1000, len(records))
			put(t, r, records[:n]...)
			records = records[n:]
			run(r, 2*time.Second)
		}
		create(t, r, row.size)
		run(r, 10*time.Second)
		if got := s.sizes(); !slices.Equal(got, row.want) {
			t.Errorf("%s with %d records: batches of %v, want %v", row.size, row.n, got, row.want)
		}
	}
}

// TestEventBytes holds that no event is larger than 6 MB of JSON, in which the data are base64: that the engine's measure of a
// record is exact, and that a batch ends where the next record would not fit.
//
// shows: L3
func TestEventBytes(t *testing.T) {
	var s seen
	var sizes []int
	r := world(t, 4, func(e event, c lambda.Call) (string, time.Duration, error) {
		s.take(e)
		sizes = append(sizes, len(c.Event))
		return "null", 0, nil
	})
	data := strings.Repeat("x", 700_000)
	for range 12 {
		put(t, r, "wü\"n="+data)
		run(r, time.Second)
	}
	create(t, r, `,"BatchSize":10000`)
	run(r, 20*time.Second)
	// A record of 700,000 bytes takes 933,336 in base64: six of them fit into 6 MB and seven do not.
	if got := s.sizes(); !slices.Equal(got, []int{6, 6}) {
		t.Errorf("batches of %v records, want 6 and 6", got)
	}
	for _, n := range sizes {
		if n > lambda.MaxEventBytes || n+933_336 < lambda.MaxEventBytes {
			t.Errorf("an event has %d bytes; want at most %d, and no room for one more record", n, lambda.MaxEventBytes)
		}
	}
}

// TestEventIsExact holds the shape of an event, and that the measure of a record is the bytes it takes.
func TestEventIsExact(t *testing.T) {
	var raw []byte
	r := world(t, 1, func(e event, c lambda.Call) (string, time.Duration, error) {
		raw = c.Event
		return "null", 0, nil
	})
	put(t, r, `q"ü=hello`)
	run(r, time.Second)
	create(t, r, "")
	run(r, 3*time.Second)
	var generic map[string][]map[string]any
	if err := json.Unmarshal(raw, &generic); err != nil {
		t.Fatal(err)
	}
	rec := generic["Records"][0]
	k := rec["kinesis"].(map[string]any)
	number := k["sequenceNumber"].(string)
	delete(k, "approximateArrivalTimestamp")
	want := map[string]any{"kinesisSchemaVersion": "1.0", "partitionKey": `q"ü`, "sequenceNumber": number, "data": "aGVsbG8="}
	if fmt.Sprint(k) != fmt.Sprint(want) {
		t.Errorf("kinesis is %v, want %v", k, want)
	}
	delete(rec, "kinesis")
	want = map[string]any{"eventSource": "aws:kinesis", "eventVersion": "1.0", "eventID": "shardId-000000000000:" + number, "eventName": "aws:kinesis:record",
		"invokeIdentityArn": "arn:aws:iam::123456789012:role/lambda-role", "awsRegion": "us-east-1", "eventSourceARN": streamARN}
	if fmt.Sprint(rec) != fmt.Sprint(want) {
		t.Errorf("record is %v, want %v", rec, want)
	}
}

func TestBatchingWindow(t *testing.T) {
	var s seen
	var at []sim.Instant
	r := world(t, 1, func(e event, c lambda.Call) (string, time.Duration, error) {
		s.take(e)
		at = append(at, c.Now)
		return "null", 0, nil
	})
	create(t, r, `,"BatchSize":50,"MaximumBatchingWindowInSeconds":20`)
	begun := r.Now()
	for range 5 {
		put(t, r, many(4, 4)...)
		run(r, time.Second)
	}
	run(r, 30*time.Second)
	if got := s.sizes(); !slices.Equal(got, []int{20}) {
		t.Fatalf("batches of %v, want one of 20", got)
	}
	if d := at[0].Sub(begun); d < 20*time.Second || d > 22*time.Second {
		t.Errorf("it was invoked %s after the first record, want 20 to 22 s", d)
	}
	put(t, r, many(60, 4)...)
	run(r, 3*time.Second)
	if got := s.sizes(); !slices.Equal(got, []int{20, 50}) {
		t.Errorf("batches of %v: a full one does not wait for its window", got)
	}
}

// poison is a handler that throws on a batch with the text "poison" in it.
func poison(s *seen) handler {
	return func(e event, _ lambda.Call) (string, time.Duration, error) {
		batch := s.take(e)
		for _, x := range batch {
			if strings.Contains(x, "poison") {
				return "", 0, fmt.Errorf("bad record")
			}
		}
		s.done = append(s.done, batch...)
		return "null", 0, nil
	}
}

const queueARN = "arn:aws:sqs:us-east-1:123456789012:failed"

// TestPoisonRecord plays one bad record among 20 against each cure. Without one its shard is blocked for as long as the record
// lives; each cure lets all others through.
func TestPoisonRecord(t *testing.T) {
	good := func() []string {
		var all []string
		for i := range 20 {
			if i != 7 {
				all = append(all, fmt.Sprint(i))
			}
		}
		return all
	}()
	play := func(h handler, settings string, d time.Duration) *region.Region {
		r := world(t, 1, h)
		create(t, r, `,"BatchSize":10`+settings)
		records := many(20, 3)
		records[7] = "key-1=poison"
		put(t, r, records...)
		run(r, d)
		return r
	}
	totals := func(r *region.Region) lambda.MappingTotals { return r.Lambda().Mappings()[0].Total() }

	var s seen
	r := play(poison(&s), "", 5*time.Minute)
	if len(s.done) != 0 || totals(r).Discarded != 0 {
		t.Errorf("without a cure %d records went through and %d were given up, want none", len(s.done), totals(r).Discarded)
	}
	if age := points(r, cloudwatch.IteratorAge, cloudwatch.Maximum); age < 200_000 {
		t.Errorf("IteratorAge reached %v ms in 5 minutes, want more than 200,000", age)
	}
	if n := totals(r).Failures; n < 5 {
		t.Errorf("it failed %d times, want more", n)
	}

	s = seen{}
	r = play(poison(&s), `,"MaximumRetryAttempts":2`, time.Minute)
	if len(s.done) != 10 || totals(r).Discarded != 10 || totals(r).Failures != 3 {
		t.Errorf("with two retries %d went through, %d were given up after %d failures; want the other batch, one batch, 3", len(s.done), totals(r).Discarded, totals(r).Failures)
	}

	s = seen{}
	r = play(poison(&s), `,"MaximumRetryAttempts":0,"BisectBatchOnFunctionError":true,"DestinationConfig":{"OnFailure":{"Destination":"`+queueARN+`"}}`, time.Minute)
	slices.SortFunc(s.done, byNumber)
	if !slices.Equal(s.done, good) || totals(r).Discarded != 1 {
		t.Errorf("with bisect %v went through and %d were given up, want all but the bad one", s.done, totals(r).Discarded)
	}
	sent := r.Lambda().Deliveries(queueARN)
	if len(sent) != 1 || !strings.Contains(sent[0].Body, `"condition":"RetryAttemptsExhausted","approximateInvokeCount":1`) || !strings.Contains(sent[0].Body, `"batchSize":1,`) {
		t.Errorf("the queue got %v, want one record of a batch of 1", sent)
	}

	s = seen{}
	r = play(poison(&s), `,"MaximumRecordAgeInSeconds":60`, 4*time.Minute)
	if len(s.done) != 0 || totals(r).Discarded != 20 {
		t.Errorf("with an age of 60 s %d went through and %d were given up; want none and 20, because what waits behind grows too old, too", len(s.done), totals(r).Discarded)
	}
	put(t, r, many(5, 3)...)
	run(r, 3*time.Second)
	if len(s.done) != 5 {
		t.Errorf("after that %d of 5 new records went through", len(s.done))
	}

	s = seen{}
	report := func(e event, _ lambda.Call) (string, time.Duration, error) {
		for i, x := range s.take(e) {
			if x == "poison" {
				return fmt.Sprintf(`{"batchItemFailures":[{"itemIdentifier":%q}]}`, e.Records[i].Kinesis.SequenceNumber), 0, nil
			}
			s.done = append(s.done, x)
		}
		return `{"batchItemFailures":[]}`, 0, nil
	}
	r = play(report, `,"FunctionResponseTypes":["ReportBatchItemFailures"],"BisectBatchOnFunctionError":true,"MaximumRetryAttempts":1`, time.Minute)
	slices.SortFunc(s.done, byNumber)
	if !slices.Equal(s.done, good) || totals(r).Discarded != 1 {
		t.Errorf("with item failures %v went through and %d were given up, want all but the bad one", s.done, totals(r).Discarded)
	}
}

func byNumber(a, b string) int { return len(a)*100 + strings.Compare(a, b) - len(b)*100 }

// points is a statistic of a metric of the function over all time.
func points(r *region.Region, metric, stat string) float64 {
	all := r.Meter().Get(metric, cloudwatch.In(cloudwatch.Lambda, "FunctionName", "board"), start, r.Now().Add(time.Hour), time.Hour, stat)
	worst := 0.0
	for _, v := range all {
		if v == v {
			worst = max(worst, v)
		}
	}
	return worst
}
