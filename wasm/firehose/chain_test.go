package firehose

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"shardlab/wasm/aws"
	"shardlab/wasm/columnar"
	"shardlab/wasm/s3"
)

// lines puts texts as records.
func (w *world) lines(name string, all ...string) {
	w.t.Helper()
	data := make([][]byte, len(all))
	for i, text := range all {
		data[i] = []byte(text)
	}
	if _, err := w.s.Put(name, data, make([]int64, len(all)), true); err != nil {
		w.t.Fatal(err)
	}
}

// under are the objects of the bucket lake below a prefix.
func (w *world) under(prefix string) []*s3.Object {
	b, _ := w.s3.Bucket("lake")
	return b.Objects(prefix)
}

// text is what objects below a prefix hold, one behind the other.
func (w *world) text(prefix string) string {
	var b strings.Builder
	for _, o := range w.under(prefix) {
		b.Write(o.Data)
	}
	return b.String()
}

// failures are the error records below a prefix: codes, messages and the records, and the first as it is written.
func (w *world) failures(prefix string) (all []string, first map[string]any) {
	w.t.Helper()
	for line := range strings.Lines(w.text(prefix)) {
		var v map[string]any
		if err := json.Unmarshal([]byte(line), &v); err != nil {
			w.t.Fatal(err)
		}
		raw, err := base64.StdEncoding.DecodeString(v["rawData"].(string))
		if err != nil {
			w.t.Fatal(err)
		}
		code, message := v["errorCode"], v["errorMessage"]
		if code == nil {
			code, message = v["lastErrorCode"], v["lastErrorMessage"]
		}
		all = append(all, fmt.Sprintf("%v: %v: %s", code, message, raw))
		if first == nil {
			first = v
		}
	}
	return all, first
}

// processing is the member of a configuration with processors: "Lambda LambdaArn=arn NumberOfRetries=1".
func processing(processors ...string) string {
	var all []string
	for _, p := range processors {
		words := strings.Split(p, "|")
		var parameters []string
		for _, w := range words[1:] {
			name, value, _ := strings.Cut(w, "=")
			parameters = append(parameters, fmt.Sprintf(`{"ParameterName":%q,"ParameterValue":%q}`, name, value))
		}
		all = append(all, fmt.Sprintf(`{"Type":%q,"Parameters":[%s]}`, words[0], strings.Join(parameters, ",")))
	}
	return `,"ProcessingConfiguration":{"Enabled":true,"Processors":[` + strings.Join(all, ",") + `]}`
}

const (
	functionARN = "arn:aws:lambda:us-east-1:123456789012:function:clean"
	lambda      = "Lambda|LambdaArn=" + functionARN
)

// echo answers with each record as it is, after what change makes of its answer.
func echo(event map[string]any, change func(i int, data []byte, a map[string]any)) string {
	var all []any
	for i, r := range event["records"].([]any) {
		in := r.(map[string]any)
		data, _ := base64.StdEncoding.DecodeString(in["data"].(string))
		a := map[string]any{"recordId": in["recordId"], "result": "Ok", "data": in["data"]}
		if change != nil {
			change(i, data, a)
		}
		if a["recordId"] != nil {
			all = append(all, a)
		}
	}
	b, _ := json.Marshal(map[string]any{"records": all})
	return string(b)
}

// TestTransform is FH4 and FH6: records are transformed by a function, dropped by it, or fail in it and lie in a place of their own, and all
// source records in another.
//
// shows: FH4 FH6
func TestTransform(t *testing.T) {
	w := newWorld(t)
	w.bucket("source")
	var seen map[string]any
	w.function = func(event map[string]any, _ int) (string, time.Duration, string, error) {
		seen = event
		return echo(event, func(i int, data []byte, a map[string]any) {
			switch {
			case bytes.Contains(data, []byte("drop")):
				a["result"] = "Dropped"
			case bytes.Contains(data, []byte("fail")):
				a["result"] = "ProcessingFailed"
			default:
				a["data"] = base64.StdEncoding.EncodeToString(append(bytes.ToUpper(data), '\n'))
			}
		}), 80 * time.Millisecond, "", nil
	}
	st := w.create("trips", hints1and60+processing(lambda+"|BufferSizeInMBs=0.2|BufferIntervalInSeconds=10")+`,"S3BackupMode":"Enabled","S3BackupConfiguration":{`+role+`,"BucketARN":"arn:aws:s3:::source"}`)
	w.lines("trips", "a", "drop me", "b", "fail me")
	w.after(9 * time.Second)
	if w.asked != 0 {
		t.Fatal("the function was invoked before the interval of its buffer was over")
	}
	w.after(10 * time.Minute)
	if got := w.text("2026"); got != "A\nB\n" {
		t.Errorf("delivered %q", got)
	}
	got, first := w.failures("processing-failed/2026/11/22/10/")
	if want := "Lambda.ProcessingFailedStatus: ProcessingFailed status set for record: fail me"; len(got) != 1 || got[0] != want {
		t.Errorf("failed %q, want %q", got, want)
	}
	if first["lambdaArn"] != functionARN || first["attemptsMade"] != 1.0 || first["arrivalTimestamp"] != float64(start.Add(createTakes))/1000 || first["attemptEndingTimestamp"].(float64) <= first["arrivalTimestamp"].(float64) {
		t.Errorf("the error record is %v", first)
	}
	b, _ := w.s3.Bucket("source")
	if all := b.Objects(""); len(all) != 1 || string(all[0].Data) != "adrop mebfail me" {
		t.Errorf("the backup holds %v", all)
	}
	if total := st.Total(); total.Records != 4 || total.Delivered != 2 || total.DroppedRecords != 1 || total.FailedRecords != 1 || total.BackedUp != 4 || total.Invocations != 1 {
		t.Errorf("%+v", total)
	}
	r := seen["records"].([]any)[0].(map[string]any)
	if seen["deliveryStreamArn"] != st.ARN() || seen["region"] != "us-east-1" || len(seen["invocationId"].(string)) != 36 || r["data"] != "YQ==" || r["approximateArrivalTimestamp"] != float64(start.Add(createTakes))/1000 || r["kinesisRecordMetadata"] != nil {
		t.Errorf("the event is %v", seen)
	}
}

// TestTransformsBySize holds that the function's own buffer goes when it is full, and that no event is larger than 6 MB.
func TestTransformsBySize(t *testing.T) {
	w := newWorld(t)
	w.function = func(event map[string]any, _ int) (string, time.Duration, string, error) {
		return echo(event, nil), time.Second, "", nil
	}
	st := w.create("trips", hints1and60+processing(lambda+"|BufferSizeInMBs=3|BufferIntervalInSeconds=900"))
	for range 20 {
		w.put("trips", 500, 500) // 5 MB in all: one batch by size, of more than 6 MB as an event
		w.after(time.Second)
	}
	if w.asked < 2 {
		t.Errorf("invoked %d times", w.asked)
	}
	w.after(20 * time.Minute)
	if got := st.Total(); got.Delivered != 10_000 || got.FailedRecords != 0 {
		t.Errorf("%+v", got)
	}
}

// TestInvocationIsTriedAgain holds that what goes wrong with an invocation is tried three times more, or as often as is set, and then fails
// the batch, with the number of attempts; and that one that works again loses nothing.
func TestInvocationIsTriedAgain(t *testing.T) {
	for _, row := range []struct {
		name, retries string
		fails         int
		took          time.Duration
		fault         string
		err           error
		asked         int
		want          string
	}{
		{"the third time works", "", 2, time.Second, "Error", nil, 3, ""},
		{"it always throws", "", 99, time.Second, "Error", nil, 4, "Lambda.FunctionError: The Lambda function was successfully invoked but it returned an error result.: a"},
		{"no retries", "0", 99, time.Second, "Error", nil, 1, "Lambda.FunctionError: The Lambda function was successfully invoked but it returned an error result.: a"},
		{"it times out", "1", 99, 3 * time.Second, "Sandbox.Timedout", nil, 2, "Lambda.FunctionTimedOut: The Lambda function timed out. Increase the Timeout setting in the Lambda function.: a"},
		{"it takes more than 5 minutes", "1", 99, 6 * time.Minute, "", nil, 2, "Lambda.FunctionRequestTimedOut: The request timed out before the Lambda function returned: an invocation may take 5 minutes.: a"},
		{"it is throttled", "", 99, 0, "", aws.Errorf("TooManyRequestsException", "Rate Exceeded."), 4, "Lambda.InvokeLimitExceeded: The Lambda concurrent execution limit is exceeded. Increase the concurrent execution limit.: a"},
		{"it is forbidden", "", 99, 0, "", aws.Errorf(aws.AccessDenied, "no"), 4, "Lambda.InvokeAccessDenied: Access was denied. Ensure that the access policy for the provided IAM role allows access to the Lambda function.: a"},
		{"it is not there", "", 99, 0, "", aws.Errorf(aws.ResourceNotFound, "no"), 4, "Lambda.ResourceNotFound: The specified Lambda function does not exist. Use a different function that does exist.: a"},
	} {
		t.Run(row.name, func(t *testing.T) {
			w := newWorld(t)
			w.function = func(event map[string]any, asked int) (string, time.Duration, string, error) {
				if asked <= row.fails {
					return `{"errorMessage":"x"}`, row.took, row.fault, row.err
				}
				return echo(event, nil), row.took, "", nil
			}
			more := ""
			if row.retries != "" {
				more = "|NumberOfRetries=" + row.retries
			}
			w.create("trips", hints1and60+processing(lambda+more))
			w.lines("trips", "a")
			w.after(time.Hour)
			got, first := w.failures("processing-failed/")
			if strings.Join(got, "\n") != row.want || w.asked != row.asked {
				t.Errorf("failed %q after %d invocations, want %q after %d", got, w.asked, row.want, row.asked)
			}
			if row.want != "" && first["attemptsMade"] != float64(row.asked) {
				t.Errorf("attemptsMade is %v", first["attemptsMade"])
			}
			if row.want == "" && w.text("2026") != "a" {
				t.Errorf("delivered %q", w.text("2026"))
			}
		})
	}
}

// TestNonsense holds what becomes of answers that no function should give: each record is in the error place, with Firehose's word for it.
func TestNonsense(t *testing.T) {
	const parse = "Lambda.JsonProcessingException: " + noAnswer
	for _, row := range []struct {
		name   string
		answer func(event map[string]any) string
		want   []string // codes of what failed, and the records
		ok     string
	}{
		{"no JSON", func(map[string]any) string { return "<html>" }, []string{parse + ": a", parse + ": b", parse + ": c"}, ""},
		{"null", func(map[string]any) string { return "null" }, []string{"Lambda.FunctionError: " + noStatus + ": a", "Lambda.FunctionError: " + noStatus + ": b", "Lambda.FunctionError: " + noStatus + ": c"}, ""},
		{"a list", func(map[string]any) string { return `[]` }, []string{parse + ": a", parse + ": b", parse + ": c"}, ""},
		{"no records", func(map[string]any) string { return `{"records":[]}` }, []string{"Lambda.MissingRecordId: " + missingID + ": a", "Lambda.MissingRecordId: " + missingID + ": b", "Lambda.MissingRecordId: " + missingID + ": c"}, ""},
		{"one is missing", func(e map[string]any) string {
			return echo(e, func(i int, _ []byte, a map[string]any) {
				if i == 1 {
					a["recordId"] = nil
				}
			})
		}, []string{"Lambda.MissingRecordId: " + missingID + ": b"}, "ac"},
		{"an id that was not asked for", func(e map[string]any) string {
			return echo(e, func(i int, _ []byte, a map[string]any) {
				if i == 0 {
					a["recordId"] = "42"
				}
			})
		}, []string{"Lambda.MissingRecordId: " + missingID + ": a"}, "bc"},
		{"an id twice", func(e map[string]any) string {
			id := e["records"].([]any)[0].(map[string]any)["recordId"]
			return echo(e, func(i int, _ []byte, a map[string]any) {
				if i == 1 {
					a["recordId"] = id
				}
			})
		}, []string{"Lambda.DuplicatedRecordId: " + doubledID + ": a", "Lambda.MissingRecordId: " + missingID + ": b"}, "c"},
		{"a result that is none", func(e map[string]any) string {
			return echo(e, func(i int, _ []byte, a map[string]any) {
				if i == 2 {
					a["result"] = "OK"
				}
			})
		}, []string{"Lambda.FunctionError: " + noStatus + ": c"}, "ab"},
		{"data that are not base64", func(e map[string]any) string {
			return echo(e, func(i int, _ []byte, a map[string]any) {
				if i == 0 {
					a["data"] = "not base64!"
				}
			})
		}, []string{"Lambda.JsonMappingException: " + noBase64 + ": a", "Lambda.JsonMappingException: " + noBase64 + ": b", "Lambda.JsonMappingException: " + noBase64 + ": c"}, ""},
		{"data that are a number", func(e map[string]any) string {
			return echo(e, func(i int, _ []byte, a map[string]any) { a["data"] = 5 })
		}, []string{parse + ": a", parse + ": b", parse + ": c"}, ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			w := newWorld(t)
			w.function = func(event map[string]any, _ int) (string, time.Duration, string, error) {
				return row.answer(event), time.Second, "", nil
			}
			st := w.create("trips", hints1and60+processing(lambda))
			w.lines("trips", "a", "b", "c")
			w.after(time.Hour)
			got, _ := w.failures("processing-failed/")
			if strings.Join(got, "\n") != strings.Join(row.want, "\n") || w.text("2026") != row.ok || w.asked != 1 {
				t.Errorf("failed %q and delivered %q after %d invocations, want %q and %q after 1", got, w.text("2026"), w.asked, row.want, row.ok)
			}
			if total := st.Total(); total.Delivered+total.FailedRecords != 3 {
				t.Errorf("%+v", total)
			}
		})
	}
}

// TestSourceOfTransform holds what a function is told of records of a stream.
func TestSourceOfTransform(t *testing.T) {
	w := newWorld(t)
	w.source.shards = []SourceShard{{ID: "shardId-000000000000", Open: true}}
	var seen map[string]any
	w.function = func(event map[string]any, _ int) (string, time.Duration, string, error) {
		seen = event
		return echo(event, nil), time.Second, "", nil
	}
	w.must("CreateDeliveryStream", `{"DeliveryStreamName":"trips","DeliveryStreamType":"KinesisStreamAsSource","KinesisStreamSourceConfiguration":{"KinesisStreamARN":"arn:aws:kinesis:us-east-1:123456789012:stream/in",`+role+`},
		"ExtendedS3DestinationConfiguration":{`+role+`,"BucketARN":"arn:aws:s3:::lake"`+hints1and60+processing(lambda)+`}}`)
	w.after(createTakes)
	w.source.add(0, []byte("x"))
	w.after(5 * time.Minute)
	if seen == nil || seen["sourceKinesisStreamArn"] != "arn:aws:kinesis:us-east-1:123456789012:stream/in" {
		t.Fatalf("the event is %v", seen)
	}
	m := seen["records"].([]any)[0].(map[string]any)["kinesisRecordMetadata"].(map[string]any)
	if m["shardId"] != "shardId-000000000000" || m["partitionKey"] != "k" || m["sequenceNumber"] != "0" || m["subsequenceNumber"] != 0.0 || m["approximateArrivalTimestamp"] == 0.0 {
		t.Errorf("kinesisRecordMetadata is %v", m)
	}
	if w.text("2026") != "x" {
		t.Errorf("delivered %q", w.text("2026"))
	}
}

// TestRecordTooLargeForAFunction holds that a record of a stream that does not fit into an event of 6 MB lies in the error place, and the
// others are transformed.
func TestRecordTooLargeForAFunction(t *testing.T) {
	w := newWorld(t)
	w.source.shards = []SourceShard{{ID: "shardId-000000000000", Open: true}}
	w.function = func(event map[string]any, _ int) (string, time.Duration, string, error) {
		return echo(event, nil), time.Second, "", nil
	}
	w.must("CreateDeliveryStream", `{"DeliveryStreamName":"trips","DeliveryStreamType":"KinesisStreamAsSource","KinesisStreamSourceConfiguration":{"KinesisStreamARN":"arn:aws:kinesis:us-east-1:123456789012:stream/in",`+role+`},
		"ExtendedS3DestinationConfiguration":{`+role+`,"BucketARN":"arn:aws:s3:::lake"`+hints1and60+processing(lambda)+`}}`)
	w.after(createTakes)
	w.source.add(0, []byte("small"))
	w.source.add(0, bytes.Repeat([]byte("x"), 5<<20))
	w.after(10 * time.Minute)
	got, first := w.failures("processing-failed/")
	if len(got) != 1 || !strings.HasPrefix(got[0], "Lambda.RequestEntityTooLarge: Request must be smaller than 6291456 bytes for the InvokeFunction operation: xxx") || first["lambdaArn"] != functionARN || w.text("2026") != "small" {
		t.Errorf("failed %.100q, delivered %.100q", got, w.text("2026"))
	}
}

const dynamic = `,"BufferingHints":{"SizeInMBs":64,"IntervalInSeconds":60},"DynamicPartitioningConfiguration":{"Enabled":true},"ErrorOutputPrefix":"failed/!{firehose:error-output-type}/","Prefix":`

// TestPartitions holds that records lie where their keys say, that jq is asked once for a batch, and that a record without JSON, one at which
// the query fails and one without a key are in the error place.
func TestPartitions(t *testing.T) {
	w := newWorld(t)
	st := w.create("trips", dynamic+`"city=!{partitionKeyFromQuery:city}/n=!{partitionKeyFromQuery:n}/"`+
		processing("MetadataExtraction|JsonParsingEngine=JQ-1.6|MetadataExtractionQuery={city:.city, n:(.n+1)}", "AppendDelimiterToRecord"))
	w.queries = 0
	w.lines("trips", `{"city":"Bonn","n":1}`, `{"city":"Köln","n":1}`, `not json`, `{"n":1}`, `{"city":"","n":2}`, `{"city":"Ulm","n":{"a":1}}`, `{"city":"Bonn","n":1,"again":true}`, `{"city":"Bonn","n":1}{"city":"Ulm","n":1}`)
	w.after(10 * time.Minute)
	if w.queries != 1 {
		t.Errorf("jq was asked %d times", w.queries)
	}
	if got := w.text("city=Bonn/n=2/"); got != "{\"city\":\"Bonn\",\"n\":1}\n{\"city\":\"Bonn\",\"n\":1,\"again\":true}\n" {
		t.Errorf("Bonn has %q", got)
	}
	if got := w.text("city=Köln/n=2/"); got != "{\"city\":\"Köln\",\"n\":1}\n" {
		t.Errorf("Köln has %q", got)
	}
	got, _ := w.failures("failed/processing-failed/")
	want := []string{
		extractionFailed + ": Non JSON record provided: not json",
		extractionFailed + ": partitionKeys values must not be null or empty: {\"n\":1}",
		extractionFailed + ": partitionKeys values must not be null or empty: {\"city\":\"\",\"n\":2}",
		extractionFailed + ": JQ expression could not be evaluated: cannot add: object ({\"a\":1}) and number (1): {\"city\":\"Ulm\",\"n\":{\"a\":1}}",
		extractionFailed + ": Non JSON record provided: {\"city\":\"Bonn\",\"n\":1}{\"city\":\"Ulm\",\"n\":1}",
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("failed\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if total := st.Total(); total.Delivered != 3 || total.FailedRecords != 5 || total.Bills.JQMicros != 6*jqPerRecord.Microseconds() || total.Bills.Objects != 2 {
		t.Errorf("%+v", total)
	}
}

// TestJQIsAway holds that records wait while the host cannot run jq, and that nothing of what the host says is written; a stream whose query
// cannot be checked is refused.
func TestJQIsAway(t *testing.T) {
	w := newWorld(t)
	more := dynamic + `"city=!{partitionKeyFromQuery:city}/"` + processing("MetadataExtraction|JsonParsingEngine=JQ-1.6|MetadataExtractionQuery={city}")
	w.noJQ = errors.New("fetch: connection refused")
	w.refused("CreateDeliveryStream", `{"DeliveryStreamName":"trips","ExtendedS3DestinationConfiguration":`+s3config(more)+`}`, aws.InvalidArgument, "MetadataExtractionQuery cannot be checked: jq is not available here at the moment.")
	w.noJQ = nil
	st := w.create("trips", more)
	w.noJQ = errors.New("fetch: connection refused")
	w.lines("trips", `{"city":"Bonn"}`, `not json`)
	w.after(10 * time.Minute)
	if n, _ := st.Waiting(); n != 2 || len(w.objects("lake")) != 0 || st.Total().Bills.JQMicros != 0 {
		t.Errorf("%d records wait, %+v, objects %q", n, st.Total(), w.objects("lake"))
	}
	if told := w.notices(ProcessingWaits); len(told) != 1 || told[0].Text != jqAway {
		t.Errorf("told %+v", told)
	}
	if strings.Contains(w.state(), "refused") {
		t.Error("the state has the host's words")
	}
	w.noJQ = nil
	w.after(10 * time.Minute)
	if got, _ := w.failures("failed/"); w.text("city=Bonn/") != `{"city":"Bonn"}` || len(got) != 1 || st.Total().Bills.JQMicros != jqPerRecord.Microseconds() {
		t.Errorf("Bonn has %q, failed %q, %+v", w.text("city=Bonn/"), got, st.Total())
	}
}

// TestPartitionsOfFunctions holds keys that a function returns, beside those of a query, and records that are cut before.
func TestPartitionsOfFunctions(t *testing.T) {
	w := newWorld(t)
	w.function = func(event map[string]any, _ int) (string, time.Duration, string, error) {
		return echo(event, func(i int, data []byte, a map[string]any) {
			if keys := map[string]any{"size": fmt.Sprint(len(data) > 9)}; !bytes.Contains(data, []byte("none")) {
				a["metadata"] = map[string]any{"partitionKeys": keys}
			}
		}), time.Second, "", nil
	}
	w.create("trips", dynamic+`"!{partitionKeyFromQuery:id}/!{partitionKeyFromLambda:size}/"`+
		processing("RecordDeAggregation|SubRecordType=JSON", lambda, "MetadataExtraction|JsonParsingEngine=JQ-1.6|MetadataExtractionQuery={id}"))
	w.lines("trips", "{\"id\":1}\n{\"id\":12345}", `{"id":"none"}`, `{"id":2}{`)
	w.after(10 * time.Minute)
	if got := []string{w.text("1/false/"), w.text("12345/true/")}; got[0] != `{"id":1}` || got[1] != `{"id":12345}` {
		t.Errorf("partitions hold %q; there are %q", got, w.objects("lake"))
	}
	got, _ := w.failures("failed/processing-failed/")
	if len(got) != 2 || !strings.HasPrefix(got[0], extractionFailed+": Non JSON record provided: Unexpected end-of-input") || got[1] != extractionFailed+`: partitionKeys values must not be null or empty: size: {"id":"none"}` {
		t.Errorf("failed %q", got)
	}
}

// TestCut holds records that are cut at a delimiter, and how many one may be cut into.
func TestCut(t *testing.T) {
	w := newWorld(t)
	w.create("trips", dynamic+`"!{partitionKeyFromQuery:id}/"`+processing("RecordDeAggregation|SubRecordType=DELIMITED|Delimiter="+base64.StdEncoding.EncodeToString([]byte("####")),
		"MetadataExtraction|JsonParsingEngine=JQ-1.6|MetadataExtractionQuery={id}", "AppendDelimiterToRecord|Delimiter=\\n"))
	w.lines("trips", `{"id":1}####{"id":2}####`, strings.Repeat(`{"id":3}####`, 501))
	w.after(10 * time.Minute)
	if got := []string{w.text("1/"), w.text("2/")}; got[0] != "{\"id\":1}\n" || got[1] != "{\"id\":2}\n" {
		t.Errorf("partitions hold %q", got)
	}
	if got, _ := w.failures("failed/processing-failed/"); len(got) != 1 || !strings.HasPrefix(got[0], "RecordDeAggregation.TooManyRecords: The record holds 501 records, more than 500.") {
		t.Errorf("failed %.200q", got)
	}
}

// TestTooManyPartitions holds that what belongs to partitions beyond the limit is in a place of its own, and that a partition that was
// delivered makes room.
func TestTooManyPartitions(t *testing.T) {
	w := newWorld(t)
	st := w.create("trips", dynamic+`"!{partitionKeyFromQuery:id}/"`+processing("MetadataExtraction|JsonParsingEngine=JQ-1.6|MetadataExtractionQuery={id}"))
	many := func(from, to int) {
		var all []string
		for i := from; i < to; i++ {
			all = append(all, fmt.Sprintf(`{"id":%d}`, i))
		}
		w.lines("trips", all...)
		w.after(2 * time.Second)
	}
	many(0, 300)
	many(300, 510)
	if n := st.Partitions(); n != MaxPartitions {
		t.Errorf("%d partitions are active", n)
	}
	w.after(10 * time.Minute)
	got, _ := w.failures("failed/activePartitionExceeded/")
	if len(got) != 10 || !strings.HasSuffix(got[0], `: {"id":500}`) {
		t.Errorf("failed %q", got)
	}
	many(500, 510)
	w.after(10 * time.Minute)
	if total := st.Total(); total.Delivered != 510 || total.FailedRecords != 10 {
		t.Errorf("%+v", total)
	}
}

const toParquet = `,"DataFormatConversionConfiguration":{"SchemaConfiguration":{` + role + `,"DatabaseName":"sales","TableName":"orders"},"InputFormatConfiguration":{"Deserializer":{"OpenXJsonSerDe":{}}},"OutputFormatConfiguration":{"Serializer":{"ParquetSerDe":{}}}}`

// TestConversion is FH4: JSON becomes Parquet by a table of Glue. What does not fit is in the error place, with what was wrong.
//
// shows: FH4
func TestConversion(t *testing.T) {
	w := newWorld(t)
	w.tables = map[string][]string{"sales.orders": {"id", "int", "city", "string", "tags", "array<string>"}}
	st := w.create("orders", toParquet+`,"Prefix":"orders/","ErrorOutputPrefix":"failed/"`)
	if size, _ := st.Hints(); size != 128<<20 {
		t.Errorf("the buffer has %d bytes", size)
	}
	w.lines("orders", `{"id":1,"city":"Bonn","tags":["a","b"]}`, `{"ID":"2"}{"id":3}`, `{"id":"oops"}`, `no json`, `[{"id":4}]`)
	w.after(20 * time.Minute)
	files := w.under("orders/")
	if len(files) != 1 || !strings.HasSuffix(files[0].Key, ".parquet") || files[0].ContentType != "application/octet-stream" {
		t.Fatalf("objects %q", w.objects("lake"))
	}
	table, err := columnar.ReadParquet(files[0].Data, 10)
	if got := fmt.Sprint(table.Names, table.Rows); err != nil || got != `[id city tags] [[1 Bonn ["a","b"]] [2 null null] [3 null null]]` {
		t.Errorf("the file holds %s, %v", got, err)
	}
	got, first := w.failures("failed/format-conversion-failed/")
	want := []string{
		`DataFormatConversion.MalformedData: Data does not match the schema. For input string: "oops": {"id":"oops"}`,
		"DataFormatConversion.ParseError: Encountered malformed JSON. Unrecognized token 'no': was expecting (JSON String, Number, Array, Object or token 'null', 'true' or 'false')\n at [Source: (byte[]); line: 1, column: 3]: no json",
		"DataFormatConversion.ParseError: Encountered malformed JSON. A record is one JSON object or several, {...}{...}; an array of them is not a valid input: [{\"id\":4}]",
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("failed\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	c, _ := first["dataCatalogTable"].(map[string]any)
	if c["databaseName"] != "sales" || c["tableName"] != "orders" || c["catalogId"] != "123456789012" || c["region"] != "us-east-1" || c["versionId"] != "LATEST" || c["catalogArn"] != "arn:aws:glue:us-east-1:123456789012:catalog" {
		t.Errorf("dataCatalogTable is %v", c)
	}
	if total := st.Total(); total.Delivered != 2 || total.FailedRecords != 3 || total.Bills.Converted != total.Bytes {
		t.Errorf("%+v", total)
	}

	w = newWorld(t) // a table that is not there, and one with a type that is none
	w.tables = map[string][]string{"sales.typed": {"id", "integer"}}
	w.create("lost", toParquet)
	w.create("typed", strings.Replace(toParquet, `"orders"`, `"typed"`, 1)+`,"Prefix":"typed/"`)
	w.lines("lost", `{"id":1}`)
	w.lines("typed", `{"id":1}`)
	w.after(20 * time.Minute)
	for _, name := range []string{"lost", "typed"} { // nothing was delivered
		if st, _ := w.s.Stream(name); st.Total().Deliveries != 0 || st.Total().FailedRecords != 1 || len(st.Undelivered()) != 0 || w.meter.Series("DeliveryToS3.Success", st.dims()).Total() != 1 {
			t.Errorf("%s: %+v", name, st.Total())
		}
	}
	for _, n := range w.notices(Delivered) {
		if n.Status != "errors" || n.N != 1 {
			t.Errorf("it is told that %d records were delivered to %s", n.N, n.Status)
		}
	}
	if got, _ := w.failures("format-conversion-failed/"); len(got) != 1 || got[0] != `DataFormatConversion.EntityNotFoundException: Entity Not Found: {"id":1}` {
		t.Errorf("without a table: %q", got)
	}
	if got, _ := w.failures("typed/format-conversion-failed/"); len(got) != 1 || got[0] != `DataFormatConversion.InvalidSchema: The schema is invalid. Error parsing the schema: Error: type expected at the position 0 of 'integer' but 'integer' is found.: {"id":1}` {
		t.Errorf("with a type that is none: %q", got)
	}
}

// TestCompression is FH4: objects are compressed, their names end so, and what is in them is what was put.
//
// shows: FH4
func TestCompression(t *testing.T) {
	for _, c := range columnar.Compressions {
		w := newWorld(t)
		w.create("trips", hints1and60+`,"CompressionFormat":"`+c.Format+`"`)
		w.lines("trips", "a\n", strings.Repeat("b", 50_000), "\nc")
		w.after(5 * time.Minute)
		all := w.under("2026")
		if len(all) != 1 || !strings.HasSuffix(all[0].Key, c.Ext) || all[0].ContentEncoding != c.Encoding {
			t.Fatalf("%s: objects %q", c.Format, w.objects("lake"))
		}
		got, err := columnar.Decompress(c.Format, all[0].Data, 1<<20)
		if want := "a\n" + strings.Repeat("b", 50_000) + "\nc"; err != nil || string(got) != want {
			t.Errorf("%s: %d bytes come out, %v", c.Format, len(got), err)
		}
	}
}

// TestLogs holds what becomes of records of CloudWatch Logs, and that nobody else may put to such a stream.
func TestLogs(t *testing.T) {
	gz := func(text string) string {
		b, err := columnar.Compress("GZIP", "", []byte(text))
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	const message = `{"messageType":"DATA_MESSAGE","owner":"123456789012","logGroup":"app","logEvents":[{"id":"1","timestamp":1,"message":"first"},{"id":"2","timestamp":2,"message":"second"}]}`
	w := newWorld(t)
	w.create("logs", hints1and60+`,"Prefix":"logs/"`+processing("Decompression|CompressionFormat=GZIP"))
	w.create("messages", hints1and60+`,"Prefix":"messages/"`+processing("Decompression|CompressionFormat=GZIP", "CloudWatchLogProcessing|DataMessageExtraction=true"))
	for _, name := range []string{"logs", "messages"} {
		w.lines(name, gz(message), gz(`{"messageType":"CONTROL_MESSAGE","logEvents":[]}`), gz("what is this"), "\x1f\x8bbroken")
		w.refused("PutRecord", `{"DeliveryStreamName":"`+name+`","Record":{"Data":"YWFh"}}`, InvalidSource, "Only requests from CloudWatch Logs are supported when CloudWatch Logs decompression is enabled.")
	}
	w.after(10 * time.Minute)
	if got := w.text("logs/2026"); got != message+`{"messageType":"CONTROL_MESSAGE","logEvents":[]}`+"what is this" {
		t.Errorf("logs %q", got)
	}
	if got := w.text("messages/2026"); got != "first\nsecond\n" {
		t.Errorf("messages %q", got)
	}
	if got, _ := w.failures("logs/processing-failed/"); len(got) != 1 || !strings.HasPrefix(got[0], "Decompression.Failed: ") {
		t.Errorf("logs failed %q", got)
	}
	if got, _ := w.failures("messages/processing-failed/"); len(got) != 2 || got[0] != "CloudWatchLogProcessing.Failed: The record is not a message of CloudWatch Logs.: what is this" {
		t.Errorf("messages failed %q", got)
	}
}

// TestProcessorsThatCannotBe holds the service's words for configurations that it refuses.
func TestProcessorsThatCannotBe(t *testing.T) {
	const query = "MetadataExtraction|JsonParsingEngine=JQ-1.6|MetadataExtractionQuery="
	for _, row := range []struct{ more, words string }{
		{`,"ProcessingConfiguration":{"Enabled":true,"Processors":[]}`, "A maximum of 5 and a minimum of 1 processor needs to be supplied when processing is enabled."},
		{processing("Lambda"), "LambdaArn is required when Lambda processor is used."},
		{processing(lambda, lambda), "Cannot have more than 1 Lambda processor."},
		{processing(lambda + "|BufferSizeInMBs=1"), "Both BufferSizeInMBs and BufferIntervalInSeconds are required to configure buffering for lambda processor."},
		{processing(lambda + "|BufferSizeInMBs=0.1|BufferIntervalInSeconds=60"), "BufferSizeInMBs for lambda processor must be between 0.2 and 3."},
		{processing(lambda + "|BufferSizeInMBs=much|BufferIntervalInSeconds=60"), "BufferSizeInMBs for lambda processor must be between 0.2 and 3."},
		{processing(lambda + "|BufferSizeInMBs=1|BufferIntervalInSeconds=901"), "BufferIntervalInSeconds for lambda processor must be between 0 and 900."},
		{processing(lambda + "|NumberOfRetries=301"), "Number of retries for lambda must be between 0 and 300."},
		{processing(lambda + "|RoleArn=arn:aws:iam::123456789012:role/nobody"), "Firehose is unable to assume role"},
		{processing(query + "{a}"), "class com.amazonaws.services.firehose.internal.model.MetadataExtractionProcessor can only be present when Dynamic Partitioning is enabled."},
		{processing("RecordDeAggregation|SubRecordType=JSON"), "class com.amazonaws.services.firehose.internal.model.RecordDeAggregationProcessor can only be present when Dynamic Partitioning is enabled."},
		{processing("CloudWatchLogProcessing|DataMessageExtraction=true"), "CloudWatchLogProcessingProcessor can only be enabled with DecompressionProcessor"},
		{processing("CloudWatchLogProcessing|DataMessageExtraction=yes", "Decompression"), "DataMessageExtraction has to be one of true, false"},
		{processing("Decompression|CompressionFormat=ZIP"), "CompressionFormat for Decompression processor has to be one of GZIP"},
		{dynamic + `"!{partitionKeyFromQuery:a}/"`, "does not have a MetadataExtraction or Lambda processor when Dynamic Partitioning is enabled."},
		{dynamic + `"!{partitionKeyFromQuery:a}/"` + processing("MetadataExtraction|MetadataExtractionQuery={a}"), "MetaDataExtraction JSON Parsing Engine has to be one of JQ-1.6"},
		{dynamic + `"!{partitionKeyFromQuery:a}/"` + processing(query+"{a:.a"), "MetadataExtractionQuery is not a valid JQ expression: jq: syntax error"},
		{dynamic + `"!{partitionKeyFromQuery:a}/"` + processing(query+"{a:nope}"), "MetadataExtractionQuery is not a valid JQ expression: jq: compile error: function not defined: nope/0"},
		{dynamic + `"!{partitionKeyFromQuery:a}/"` + processing(query+"{a,b}"), "MetaDataExtraction JQ Query can't contain keys that are not present in the S3 Prefix expression"},
		{dynamic + `"!{partitionKeyFromQuery:a}/"` + processing(query+"{a}", "RecordDeAggregation|SubRecordType=CSV"), "SubRecordType has to be one of JSON, DELIMITED"},
		{dynamic + `"!{partitionKeyFromQuery:a}/"` + processing(query+"{a}", "RecordDeAggregation|SubRecordType=DELIMITED"), "Delimiter should be present for DELIMITED"},
		{dynamic + `"!{partitionKeyFromQuery:a}/"` + processing(query+"{a}", "RecordDeAggregation|SubRecordType=DELIMITED|Delimiter=#"), "Delimiter should be base64 encoded"},
		{dynamic + `"!{partitionKeyFromQuery:a/"` + processing(query+"{a}"), "Prefix is invalid"},
		{toParquet + `,"CompressionFormat":"GZIP"`, "The S3 destination's compression format must be set to UNCOMPRESSED when data format conversion is enabled"},
		{toParquet + hints1and60, "BufferingHints.SizeInMBs must be at least 64 when data format conversion is enabled."},
		{strings.Replace(toParquet, `"ParquetSerDe":{}`, `"OrcSerDe":{}`, 1), "This lab writes Apache Parquet and not Apache ORC."},
		{strings.Replace(toParquet, `"ParquetSerDe":{}`, `"ParquetSerDe":{},"OrcSerDe":{}`, 1), "More than one serializer specified. Only one may be chosen."},
		{strings.Replace(toParquet, `"OpenXJsonSerDe":{}`, `"OpenXJsonSerDe":{},"HiveJsonSerDe":{}`, 1), "More than one deserializer specified. Only one may be chosen."},
		{strings.Replace(toParquet, `"ParquetSerDe":{}`, ``, 1), "Serializer must not be null"},
		{`,"DataFormatConversionConfiguration":{}`, "InputFormatConfiguration must not be null"},
		{strings.Replace(toParquet, `,"TableName":"orders"`, ``, 1), "TableName must not be null"},
	} {
		w := newWorld(t)
		_, err := w.do("CreateDeliveryStream", `{"DeliveryStreamName":"x","ExtendedS3DestinationConfiguration":{`+role+`,"BucketARN":"arn:aws:s3:::lake"`+row.more+`}}`)
		if aws.CodeOf(err) != aws.InvalidArgument || !strings.Contains(err.Error(), row.words) || aws.HintOf(err) == "" {
			t.Errorf("%s: got %v, want %q and a hint", row.more, err, row.words)
		}
	}
}

// TestChainGoesOnAlike holds that a copy of a world with records in a function goes on as the original.
func TestChainGoesOnAlike(t *testing.T) {
	w := newWorld(t)
	w.function = func(event map[string]any, _ int) (string, time.Duration, string, error) {
		if len(event["records"].([]any))%2 == 0 {
			return "", 40 * time.Second, "Error", nil
		}
		return echo(event, nil), 40 * time.Second, "", nil
	}
	w.create("trips", hints1and60+`,"CompressionFormat":"ZIP"`+processing(lambda+"|BufferSizeInMBs=0.2|BufferIntervalInSeconds=7", "AppendDelimiterToRecord"))
	for i := range 9 {
		w.put("trips", 3+i, 20_000)
		w.after(5 * time.Second)
	}
	c := w.clone()
	c.function = w.function
	if c.state() != w.state() {
		t.Fatal("a fresh copy differs")
	}
	before := c.state()
	w.after(time.Hour)
	if c.state() != before {
		t.Fatal("the original changed its copy")
	}
	c.after(time.Hour)
	if c.state() != w.state() {
		t.Error("the copy went on otherwise")
	}
}
