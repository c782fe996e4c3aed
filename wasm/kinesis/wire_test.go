package kinesis

import (
	"strings"
	"testing"
	"time"

	"shardlab/wasm/aws"
)

// What the wire refuses before an operation sees it: first types, then constraints, in the service's words.
func TestWireRefusals(t *testing.T) {
	w, _ := streamOf(t, 1)
	long := strings.Repeat("ü", 257)
	for _, row := range []struct {
		name, op, body string
		code           aws.Code
		message        string
	}{
		{"no operation", "DropStream", `{}`, aws.UnknownOperation, ""},
		{"an operation in another case", "putRecord", `{}`, aws.UnknownOperation, ""},
		{"no body", "ListStreams", ``, aws.Serialization, ""},
		{"no JSON", "ListStreams", `{"Limit":`, aws.Serialization, ""},
		{"no object", "ListStreams", `[]`, aws.Serialization, ""},
		{"a text for a number", "ListStreams", `{"Limit":"5"}`, aws.Serialization, "class java.lang.String can not be converted to an Integer"},
		{"a number for a text", "DescribeStream", `{"StreamName":5}`, aws.Serialization, "class com.amazon.coral.value.json.numbers.TruncatingBigNumber can not be converted to an String"},
		{"a list for a text", "DescribeStream", `{"StreamName":["orders"]}`, aws.Serialization, "Start of list found where not expected"},
		{"an object for a text", "DescribeStream", `{"StreamName":{}}`, aws.Serialization, "Start of structure or map found where not expected."},
		{"a text for a list", "PutRecords", `{"Records":"x"}`, aws.Serialization, "Expected list or null"},
		{"a text for a record", "PutRecords", `{"Records":["x"]}`, aws.Serialization, "Expected null"},
		{"a text for a time", "GetShardIterator", `{"Timestamp":"2026-03-02"}`, aws.Serialization, "class java.lang.String can not be converted to milliseconds since epoch"},
		{"data of odd length", "PutRecord", `{"Data":"abc"}`, aws.Serialization, "'abc' can not be converted to a Blob: Base64 encoded length is expected a multiple of 4 bytes but found: 3"},
		{"data that is no base64", "PutRecord", `{"Data":"ab~d"}`, aws.Serialization, "'ab~d' can not be converted to a Blob: Invalid Base64 character: '~'"},
		{"types come before constraints", "PutRecord", `{"StreamName":"","Data":5}`, aws.Serialization, "class com.amazon.coral.value.json.numbers.TruncatingBigNumber can not be converted to a Blob"},
		{"nothing given", "PutRecord", `{}`, aws.Validation,
			"1 validation error detected: Value null at 'data' failed to satisfy constraint: Member must not be null"},
		{"no key", "PutRecord", `{"StreamName":"orders","Data":""}`, aws.Validation,
			"1 validation error detected: Value null at 'partitionKey' failed to satisfy constraint: Member must not be null"},
		{"null is nothing", "DescribeStreamSummary", `{"StreamName":null}`, aws.InvalidArgument, "Either StreamName or StreamARN should be provided."},
		{"an empty key", "PutRecord", `{"StreamName":"orders","Data":"","PartitionKey":""}`, aws.Validation,
			"1 validation error detected: Value '' at 'partitionKey' failed to satisfy constraint: Member must have length greater than or equal to 1"},
		{"a key of 257 characters", "PutRecord", `{"StreamName":"orders","Data":"","PartitionKey":"` + long + `"}`, aws.Validation,
			"1 validation error detected: Value '" + long + "' at 'partitionKey' failed to satisfy constraint: Member must have length less than or equal to 256"},
		{"a hash key with a leading zero", "PutRecord", `{"StreamName":"orders","Data":"","PartitionKey":"k","ExplicitHashKey":"01"}`, aws.Validation,
			`1 validation error detected: Value '01' at 'explicitHashKey' failed to satisfy constraint: Member must satisfy regular expression pattern: 0|([1-9]\d{0,38})`},
		{"a bad name", "DescribeStream", `{"StreamName":"my stream"}`, aws.Validation,
			"1 validation error detected: Value 'my stream' at 'streamName' failed to satisfy constraint: Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+"},
		{"a name without characters breaks two rules", "DeleteStream", `{"StreamName":""}`, aws.Validation,
			"2 validation errors detected: Value '' at 'streamName' failed to satisfy constraint: Member must have length greater than or equal to 1; Value '' at 'streamName' failed to satisfy constraint: Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+"},
		{"no shards", "CreateStream", `{"StreamName":"s","ShardCount":0}`, aws.Validation,
			"1 validation error detected: Value '0' at 'shardCount' failed to satisfy constraint: Member must have value greater than or equal to 1"},
		{"a mode of nobody", "CreateStream", `{"StreamName":"s","StreamModeDetails":{"StreamMode":"AUTO"}}`, aws.Validation,
			"1 validation error detected: Value 'AUTO' at 'streamModeDetails.streamMode' failed to satisfy constraint: Member must satisfy enum value set: [PROVISIONED, ON_DEMAND]"},
		{"a kind of iterator of nobody", "GetShardIterator", `{"StreamName":"orders","ShardId":"0","ShardIteratorType":"OLDEST"}`, aws.Validation,
			"1 validation error detected: Value 'OLDEST' at 'shardIteratorType' failed to satisfy constraint: Member must satisfy enum value set: [AFTER_SEQUENCE_NUMBER, LATEST, AT_TIMESTAMP, AT_SEQUENCE_NUMBER, TRIM_HORIZON]"},
		{"no records", "PutRecords", `{"StreamName":"orders","Records":[]}`, aws.Validation,
			"1 validation error detected: Value '[]' at 'records' failed to satisfy constraint: Member must have length greater than or equal to 1"},
		{"a record without a key", "PutRecords", `{"StreamName":"orders","Records":[{"Data":"","PartitionKey":"k"},{"Data":""}]}`, aws.Validation,
			"1 validation error detected: Value null at 'records.2.member.partitionKey' failed to satisfy constraint: Member must not be null"},
		{"501 records", "PutRecords", `{"StreamName":"orders","Records":[` + strings.Repeat(`{"Data":"","PartitionKey":"k"},`, 500) + `{"Data":"","PartitionKey":"k"}]}`, aws.Validation,
			"1 validation error detected: Value '[" + strings.Repeat("PutRecordsRequestEntry, ", 10) + "... 501 in all]' at 'records' failed to satisfy constraint: Member must have length less than or equal to 500"},
		{"ten violations at the most", "PutRecords", `{"StreamName":"","Records":[` + strings.Repeat(`{"PartitionKey":""},`, 19) + `{}]}`, aws.Validation,
			"10 validation errors detected: " + strings.Join(broken(5), "; ")},
		{"data above the model", "PutRecord", `{"StreamName":"orders","PartitionKey":"k","Data":"` + strings.Repeat("AAAA", (10<<20+2)/3) + `"}`, aws.Validation,
			"1 validation error detected: Value 'java.nio.HeapByteBuffer[pos=0 lim=10485762 cap=10485762]' at 'data' failed to satisfy constraint: Member must have length less than or equal to 10485760"},
		{"tags that are too long", "CreateStream", `{"StreamName":"s","Tags":{"":"v"}}`, aws.Validation,
			"1 validation error detected: Value '{=v}' at 'tags' failed to satisfy constraint: Map keys must satisfy constraint: [Member must have length less than or equal to 128, Member must have length greater than or equal to 1]"},
		{"an ARN of something else", "DescribeStream", `{"StreamARN":"arn:aws:sqs:us-east-1:123456789012:stream/x"}`, aws.Validation,
			`1 validation error detected: Value 'arn:aws:sqs:us-east-1:123456789012:stream/x' at 'streamARN' failed to satisfy constraint: Member must satisfy regular expression pattern: arn:aws.*:kinesis:.*:\d{12}:stream/\S+`},
		{"name and ARN of two streams", "DescribeStream", `{"StreamName":"orders","StreamARN":"arn:aws:kinesis:us-east-1:123456789012:stream/other"}`, aws.InvalidArgument,
			"StreamName orders and StreamARN arn:aws:kinesis:us-east-1:123456789012:stream/other do not name the same stream."},
	} {
		t.Run(row.name, func(t *testing.T) {
			v := *w
			v.t = t
			_, err := w.do(row.op, row.body)
			v.refused(err, row.code, row.message)
		})
	}
	// After all that the world goes on.
	if _, err := w.do("PutRecord", `{"StreamName":"orders","PartitionKey":"k","Data":"","Unknown":[{"x":"]}"},1],"ExplicitHashKey":null}`); err != nil {
		t.Errorf("a member that nobody knows: %v", err)
	}
}

// broken are the violations of records without data and with an empty key.
func broken(records int) []string {
	var out []string
	for i := range records {
		at := "at 'records." + string(rune('1'+i)) + ".member."
		out = append(out, "Value null "+at+"data' failed to satisfy constraint: Member must not be null",
			"Value '' "+at+"partitionKey' failed to satisfy constraint: Member must have length greater than or equal to 1")
	}
	return out
}

// A whole path over the wire: what was put is what is read.
func TestWireRoundTrip(t *testing.T) {
	w, _ := streamOf(t, 1)
	put, err := w.do("PutRecord", `{"StreamName":"orders","Data":"SGVsbG8sIDxXw7xyZmVsPiE=","PartitionKey":"Z\u00fcrich"}`)
	w.must(err)
	number := SequenceNumber{begin.Second(), 0, 1, begin.Second() + 10}.String()
	if want := `{"ShardId":"shardId-000000000000","SequenceNumber":"` + number + `"}`; put != want {
		t.Errorf("PutRecord answered %s, want %s", put, want)
	}
	batch, err := w.do("PutRecords", `{"StreamName":"orders","Records":[{"Data":"","PartitionKey":"<k>"}]}`)
	w.must(err)
	next := SequenceNumber{begin.Second(), 0, 2, begin.Second() + 10}.String()
	if want := `{"FailedRecordCount":0,"Records":[{"SequenceNumber":"` + next + `","ShardId":"shardId-000000000000"}]}`; batch != want {
		t.Errorf("PutRecords answered %s, want %s", batch, want)
	}
	w.wait(1500 * time.Millisecond)
	got, err := w.do("GetRecords", `{"ShardIterator":"`+w.iterator(0, TrimHorizon)+`","Limit":2}`)
	w.must(err)
	want := `{"Records":[{"SequenceNumber":"` + number + `","ApproximateArrivalTimestamp":1772440780,"Data":"SGVsbG8sIDxXw7xyZmVsPiE=","PartitionKey":"Zürich"},` +
		`{"SequenceNumber":"` + next + `","ApproximateArrivalTimestamp":1772440780,"Data":"","PartitionKey":"<k>"}],"NextShardIterator":"`
	if !strings.HasPrefix(got, want) || !strings.HasSuffix(got, `","MillisBehindLatest":0}`) {
		t.Errorf("GetRecords answered %s", got)
	}
}

// The table says enough to make a command line of: every operation and member has a flag and a line of help.
func TestOperationsDescribeThemselves(t *testing.T) {
	ops := Operations()
	if len(ops) < 12 {
		t.Errorf("there are %d operations", len(ops))
	}
	named := func(name string) *aws.Operation {
		for _, o := range ops {
			if o.Name == name {
				return &o
			}
		}
		t.Fatalf("there is no operation %s", name)
		return nil
	}
	var check func(where string, ms []aws.Member)
	check = func(where string, ms []aws.Member) {
		for _, m := range ms {
			if m.Name == "" || m.Flag == "" || m.Help == "" || m.Kind == "" {
				t.Errorf("%s.%s lacks something: %+v", where, m.Name, m)
			}
			check(where+"."+m.Name, m.Members)
			if m.Elem != nil {
				if m.Elem.Kind == "" {
					t.Errorf("%s.%s holds nobody knows what", where, m.Name)
				}
				check(where+"."+m.Name, m.Elem.Members)
			}
		}
	}
	for i, o := range ops {
		if o.Service != "kinesis" || o.Kebab == "" || o.Help == "" || o.Input == nil || i > 0 && ops[i-1].Name >= o.Name {
			t.Errorf("%s lacks something: %+v", o.Name, o)
		}
		check(o.Name, o.Members)
	}
	put := named("PutRecord")
	if m, ok := put.Member("partition-key"); put.Kebab != "put-record" || !ok || m.Name != "PartitionKey" || m.Required || m.Kind != aws.String {
		t.Errorf("%s has --partition-key as %+v", put.Kebab, m)
	}
	if m, _ := named("GetShardIterator").Member("ShardIteratorType"); len(m.Enum) != 5 {
		t.Errorf("--shard-iterator-type may be %v", m.Enum)
	}
	if m, _ := named("CreateStream").Member("max-record-size-in-ki-b"); m.Kind != aws.Int {
		t.Errorf("--max-record-size-in-ki-b is %+v", m)
	}
	if m, _ := named("PutRecords").Member("Records"); m.Kind != aws.List || m.Elem.Kind != aws.Structure || len(m.Elem.Members) != 3 || m.Elem.Members[0].Kind != aws.BlobKind {
		t.Errorf("--records is %+v", m)
	}
	if m, _ := named("CreateStream").Member("Tags"); m.Kind != aws.Map || m.Elem.Kind != aws.String {
		t.Errorf("--tags is %+v", m)
	}
	used := map[string]bool{}
	for _, o := range ops {
		var walk func(prefix string, ms []aws.Member)
		walk = func(prefix string, ms []aws.Member) {
			for _, m := range ms {
				used[m.Help] = true
				walk(prefix+m.Name+".", m.Members)
				if m.Elem != nil {
					walk(prefix+m.Name+".", m.Elem.Members)
				}
			}
		}
		walk("", o.Members)
	}
	for k, line := range help {
		if !used[line] {
			t.Errorf("nobody sees the help of %s", k)
		}
	}
}
