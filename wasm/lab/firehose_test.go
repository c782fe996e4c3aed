package lab

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"shardlab/wasm/protocol"
)

// hoseLab is a lab with a Firehose stream "raw" that is put to directly and buffers 1 MiB or a minute into the bucket "lake".
func hoseLab(t *testing.T, more string) *Lab {
	t.Helper()
	l, err := New([]byte(`{"name":"hose","start":"2026-03-02T08:00:00Z","seed":3,"open":"15s","world":[{"do":"s3api.CreateBucket","with":{"Bucket":"lake"}},
		{"do":"firehose.CreateDeliveryStream","with":{"DeliveryStreamName":"raw","ExtendedS3DestinationConfiguration":{"RoleARN":"arn:aws:iam::123456789012:role/firehose_delivery_role","BucketARN":"arn:aws:s3:::lake","BufferingHints":{"SizeInMBs":1,"IntervalInSeconds":60}`+more+`}}}]}`), nil)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func order(t *testing.T, l *Lab, service, op, body string) {
	t.Helper()
	if _, err := l.Do(service, op, []byte(body), ""); err != nil {
		t.Fatal(err)
	}
}

// put puts records of a text.
func deliver(t *testing.T, l *Lab, texts ...string) {
	t.Helper()
	var records []map[string][]byte
	for _, s := range texts {
		records = append(records, map[string][]byte{"Data": []byte(s)})
	}
	b, _ := json.Marshal(map[string]any{"DeliveryStreamName": "raw", "Records": records})
	order(t, l, "firehose", "PutRecordBatch", string(b))
}

func later(l *Lab, seconds int64) { l.AdvanceTo(l.Now()+seconds*protocol.Second, 1<<30) }

// TestFrameShowsTheTank holds that a frame shows the buffer of a Firehose stream as it fills, and after it went what was delivered.
func TestFrameShowsTheTank(t *testing.T) {
	l := hoseLab(t, "")
	h := l.Frame().Firehoses[0]
	if tank := h.Tanks[0]; h.Name != "raw" || h.Status != "ACTIVE" || tank.Records != 0 || tank.Size != 1<<20 || tank.Interval != 60*protocol.Second || h.To.Name != "lake" || h.To.State != "up" || h.To.Holds != "0 objects, 0 B" {
		t.Errorf("%+v", h)
	}
	deliver(t, l, "one\n", "two\n")
	put := l.Now()
	later(l, 20)
	h = l.Frame().Firehoses[0]
	if tank := h.Tanks[0]; tank.Records != 2 || tank.Bytes != 8 || tank.Since != put || tank.DueAt != put+60*protocol.Second || h.Age != 20_000 || h.Taken != 2 {
		t.Errorf("%+v", h)
	}
	order(t, l, "lab", "PutFault", `{"Name":"down","Destination":"s3/lake","Kind":"unavailable"}`)
	order(t, l, "lab", "PutFault", `{"Name":"late","Destination":"s3/lake","Kind":"network-latency"}`)
	if to := l.Frame().Firehoses[0].To; to.Ails != "down late" || to.State != "down" || to.Why != "down: unavailable, 100 % of the calls, and 1 other fault" {
		t.Errorf("with two faults it is %+v", to)
	}
	order(t, l, "lab", "DeleteFault", `{"Name":"late"}`)
	later(l, 41)
	h = l.Frame().Firehoses[0]
	if h.To.State != "down" || !strings.HasPrefix(h.To.Why, "down: unavailable") || len(h.Parcels) != 1 || h.Parcels[0].Records != 2 || h.Parcels[0].Why == "" || h.Tanks[0].Records != 0 || h.Deliveries != 0 {
		t.Errorf("%+v", h)
	}
	order(t, l, "lab", "DeleteFault", `{"Name":"down"}`)
	later(l, 60)
	if h = l.Frame().Firehoses[0]; h.Deliveries != 1 || h.Delivered != 2 || len(h.Parcels) != 0 || h.Retries == 0 || h.To.State != "up" || h.To.Holds != "1 object, 8 B" {
		t.Errorf("%+v", h)
	}
}

// TestBrowse holds that a bucket is walked by its folders down to an object, whose preview and bytes are what was put.
func TestBrowse(t *testing.T) {
	for _, format := range []string{"UNCOMPRESSED", "GZIP", "ZIP", "Snappy", "HADOOP_SNAPPY"} {
		l := hoseLab(t, `,"CompressionFormat":"`+format+`"`)
		deliver(t, l, `{"bike":1,"km":2.5}`, `{"bike":2,"km":3}`)
		later(l, 62)
		ref := "buckets:"
		for depth := 0; !strings.HasPrefix(ref, "object:"); depth++ {
			s, err := l.Inspect(ref)
			if err != nil || s.Listing == nil || len(s.Listing.Entries) != 1 || depth > 6 {
				t.Fatalf("%s: %+v %v", ref, s, err)
			}
			if ref != "buckets:" && (s.Listing.Objects != 1 || s.Ref != ref) {
				t.Errorf("%s: %+v", ref, s)
			}
			ref = s.Listing.Entries[0].Ref
		}
		s, err := l.Inspect(ref)
		if err != nil {
			t.Fatal(err)
		}
		p := s.Sections[0]
		if want := "{\n  \"bike\": 1,\n  \"km\": 2.5\n}\n{\n  \"bike\": 2,\n  \"km\": 3\n}"; p.Text != want || !strings.HasPrefix(p.Note, "2 JSON records run together") {
			t.Errorf("%s: %+v", format, p)
		}
		if all := fmt.Sprint(s.Sections); format != "UNCOMPRESSED" && !strings.Contains(all, "{Compressed with  false } {"+format) {
			t.Errorf("%s: %s", format, all)
		}
		b, err := l.Read(ref, 0)
		name := strings.TrimPrefix(ref, "object:lake/")
		bucket, _ := l.run.region.S3().Bucket("lake")
		if o, _ := bucket.Object(name); err != nil || o == nil || !bytes.Equal(b.Data, o.Data) || b.Total != int64(len(o.Data)) || !strings.HasSuffix(name, "/"+b.Name) {
			t.Errorf("%s: %+v %v", format, b, err)
		}
	}
	l := hoseLab(t, "")
	for _, ref := range []string{"bucket:none", "bucket:lake/none/", "object:lake/none", "object:none"} {
		if _, err := l.Inspect(ref); err == nil || !strings.Contains(err.Error(), "there is no") {
			t.Errorf("%s: %v", ref, err)
		}
	}
	if _, err := l.Read("bucket:lake", 0); err == nil || !strings.Contains(err.Error(), "write it like object:") {
		t.Error(err)
	}
}

// TestBrowsePages holds that a folder of many objects is listed page by page, each object once.
func TestBrowsePages(t *testing.T) {
	l := hoseLab(t, "")
	const n = 2*protocol.PageEntries + 50
	for i := range n {
		order(t, l, "s3api", "PutObject", fmt.Sprintf(`{"Bucket":"lake","Key":"many/%04d","Body":"eA=="}`, i))
	}
	order(t, l, "s3api", "PutObject", `{"Bucket":"lake","Key":"many/deep/x","Body":"eA=="}`)
	seen := map[string]bool{}
	for from := 0; from <= n; from += protocol.PageEntries {
		s, err := l.InspectFrom("bucket:lake/many/", int64(from))
		if err != nil {
			t.Fatal(err)
		}
		if x := s.Listing; x.From != from || x.Files != n || x.Folders != 1 || x.Objects != n+1 || len(x.Entries) > protocol.PageEntries {
			t.Errorf("%+v", x)
		}
		for _, e := range s.Listing.Entries {
			seen[e.Ref] = true
		}
	}
	if len(seen) != n+1 {
		t.Errorf("%d entries were listed", len(seen))
	}
}

// TestReadInPieces holds that the bytes of a large object come in pieces that together are the object.
func TestReadInPieces(t *testing.T) {
	l := hoseLab(t, "")
	data := bytes.Repeat([]byte("0123456789abcdef"), 3*protocol.ReadBytes/16-1)
	b, _ := json.Marshal(map[string]any{"Bucket": "lake", "Key": "large.bin", "Body": data})
	order(t, l, "s3api", "PutObject", string(b))
	var all []byte
	for int64(len(all)) < int64(len(data)) {
		b, err := l.Read("object:lake/large.bin", int64(len(all)))
		if err != nil || b.From != int64(len(all)) || b.Total != int64(len(data)) || len(b.Data) == 0 || len(b.Data) > protocol.ReadBytes {
			t.Fatalf("%v %d of %d from %d", err, len(b.Data), b.Total, b.From)
		}
		all = append(all, b.Data...)
	}
	if !bytes.Equal(all, data) {
		t.Error("the pieces are not the object")
	}
	s, err := l.Inspect("object:lake/large.bin")
	if err != nil || len(s.Sections[0].Text) > previewText || !strings.Contains(s.Sections[0].Note, "the first 24 KiB of") {
		t.Errorf("%v %q", err, s.Sections[0].Note)
	}
}

// TestPreview holds that what lies in an object is shown as what it is.
func TestPreview(t *testing.T) {
	l := hoseLab(t, "")
	for _, x := range []struct{ data, text, note string }{
		{"", "", "It is empty."},
		{"a,b\n1,2\n", "a,b\n1,2\n", "2 lines of text."},
		{"{\"a\":1}\n{\"a\":2}\n", "{\n  \"a\": 1\n}\n{\n  \"a\": 2\n}", "2 JSON records, a line each."},
		{"{\"a\":1}\nnot json\n", "{\"a\":1}\nnot json\n", "2 lines of text."},
		{`{"entries":[{"url":"s3://lake/x"}]}`, "{\n  \"entries\": [\n    {\n      \"url\": \"s3://lake/x\"\n    }\n  ]\n}", "One JSON document."},
		{"\x00\x01\xff", "00000000  00 01 ff", "Bytes that are no text."},
	} {
		p := l.preview([]byte(x.data), true)
		if !strings.HasPrefix(p.Text, x.text) || p.Note != x.note {
			t.Errorf("%q is shown as %q, %q", x.data, p.Text, p.Note)
		}
	}
	p := l.preview([]byte(`{"attemptsMade":4,"arrivalTimestamp":1772438400000,"errorCode":"Lambda.FunctionError","errorMessage":"it threw","attemptEndingTimestamp":1772438400500,"rawData":"eyJiaWtlIjoxfQ=="}`+"\n"), true)
	if p.Title != "Records that failed" || len(p.Rows) != 1 || p.Rows[0][0].Text != "Lambda.FunctionError" || p.Rows[0][0].Note != "it threw" || p.Rows[0][1].Text != `{"bike":1}` || p.Rows[0][2].Text != "08:00:00.000" || p.Rows[0][3].Text != "4" {
		t.Errorf("%+v", p)
	}
}

// TestFarEnd holds that an HTTP endpoint that a Firehose stream delivers to is a place with a state, and its sheet shows what it took.
func TestFarEnd(t *testing.T) {
	l := hoseLab(t, "")
	order(t, l, "lab", "PutSink", `{"Name":"partner","Kind":"http"}`)
	order(t, l, "firehose", "DeleteDeliveryStream", `{"DeliveryStreamName":"raw"}`)
	later(l, 15)
	order(t, l, "firehose", "CreateDeliveryStream", `{"DeliveryStreamName":"raw","HttpEndpointDestinationConfiguration":{"EndpointConfiguration":{"Url":"https://partner.example.com/take","Name":"Partner"},"BufferingHints":{"SizeInMBs":1,"IntervalInSeconds":5},
		"RoleARN":"arn:aws:iam::123456789012:role/firehose_delivery_role","S3Configuration":{"RoleARN":"arn:aws:iam::123456789012:role/firehose_delivery_role","BucketARN":"arn:aws:s3:::lake"}}}`)
	later(l, 15)
	deliver(t, l, "hello")
	later(l, 10)
	h := l.Frame().Firehoses[0]
	if h.To.Name != "partner" || h.To.State != "up" || h.To.Ref != "sink:partner" || h.Errors == nil || h.Errors.Name != "lake" || !strings.HasPrefix(h.To.Holds, "1 taken") {
		t.Errorf("%+v", h)
	}
	s, err := l.Inspect(h.To.Ref)
	if got := fmt.Sprint(s.Sections); err != nil || !strings.Contains(got, "hello") || !strings.Contains(got, "{raw firehose:raw") {
		t.Errorf("%v %s", err, got)
	}
	order(t, l, "lab", "PutFault", `{"Name":"slow","Destination":"`+h.To.Fault+`","Kind":"network-latency"}`)
	if h = l.Frame().Firehoses[0]; h.To.State != "slow" {
		t.Errorf("%+v", h.To)
	}
}

// TestFunctionHasASheet follows a Firehose stream to the function that transforms for it, which no mapping names.
func TestFunctionHasASheet(t *testing.T) {
	l := hoseLab(t, "")
	const code = "exports.handler = async (event) => event;"
	order(t, l, "lab", "PutFunction", `{"Name":"clean"}`)
	order(t, l, "lambda", "CreateFunction", `{"FunctionName":"coded","ZipFile":"`+base64.StdEncoding.EncodeToString([]byte(code))+`"}`)
	order(t, l, "firehose", "UpdateDestination", `{"DeliveryStreamName":"raw","CurrentDeliveryStreamVersionId":"1","DestinationId":"destinationId-000000000001","ExtendedS3DestinationUpdate":{"ProcessingConfiguration":{"Enabled":true,"Processors":[{"Type":"Lambda","Parameters":[{"ParameterName":"LambdaArn","ParameterValue":"arn:aws:lambda:us-east-1:123456789012:function:clean:$LATEST"}]}]}}}`)
	deliver(t, l, "hello")
	later(l, 90)
	s, err := l.Inspect("firehose:raw")
	if got := fmt.Sprint(s.Sections); err != nil || !strings.Contains(got, "{Transformed by  false } {clean function:clean") {
		t.Fatalf("%v %s", err, got)
	}
	s, err = l.Inspect("function:clean")
	if err != nil || s.Kind != "Function" || s.Title != "clean" {
		t.Fatalf("%v %+v", err, s)
	}
	if got := fmt.Sprint(s.Sections); !strings.Contains(got, "{Invocations  false } {1 ") || !strings.Contains(got, "{Errors  false } {0 ") || !strings.Contains(got, "END RequestId") {
		t.Errorf("%s", got)
	}
	if coded, err := l.Inspect("function:coded"); err != nil || len(coded.Sections) != 2 || coded.Sections[1].Text != code || coded.Sections[1].Title != "index.handler" {
		t.Errorf("%v %+v", err, coded)
	}
	if got := fmt.Sprint(s.Sections[0].Rows[0]); !strings.HasPrefix(got, "[{Name  false } {clean  true }") {
		t.Errorf("it leads from itself to %s", got)
	}
	order(t, l, "firehose", "UpdateDestination", `{"DeliveryStreamName":"raw","CurrentDeliveryStreamVersionId":"2","DestinationId":"destinationId-000000000001","ExtendedS3DestinationUpdate":{"ProcessingConfiguration":{"Enabled":true,"Processors":[{"Type":"Lambda","Parameters":[{"ParameterName":"LambdaArn","ParameterValue":"arn:aws:lambda:us-east-1:123456789012:function:coded"}]}]}}}`)
	var settings struct {
		BucketARN, Code string
	}
	if s, err = l.Inspect("firehose:raw"); err != nil || json.Unmarshal(s.Settings, &settings) != nil || settings.Code != code || settings.BucketARN == "" {
		t.Errorf("%v, the settings are %s", err, s.Settings)
	}
	order(t, l, "firehose", "UpdateDestination", `{"DeliveryStreamName":"raw","CurrentDeliveryStreamVersionId":"3","DestinationId":"destinationId-000000000001","ExtendedS3DestinationUpdate":{"ProcessingConfiguration":{"Enabled":false,"Processors":[{"Type":"Lambda","Parameters":[{"ParameterName":"LambdaArn","ParameterValue":"arn:aws:lambda:us-east-1:123456789012:function:coded"}]}]}}}`)
	settings.Code = ""
	if s, err = l.Inspect("firehose:raw"); err != nil || json.Unmarshal(s.Settings, &settings) != nil || settings.Code != code || !strings.Contains(fmt.Sprint(s.Sections), "coded function:coded true not now: processing is not enabled") {
		t.Errorf("%v, not enabled it is %s %v", err, s.Settings, s.Sections)
	}
	order(t, l, "lambda", "DeleteFunction", `{"FunctionName":"clean"}`)
	if _, err = l.Inspect("function:clean"); err == nil || err.Error() != `there is no function "clean", or no longer` {
		t.Errorf("deleted it is %v", err)
	}
}
