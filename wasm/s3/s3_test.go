package s3

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"shardlab/wasm/aws"
	"shardlab/wasm/fis"
	"shardlab/wasm/iam"
	"shardlab/wasm/sim"
)

type world struct {
	*Service
	at sim.Instant
}

func newWorld(cfg Config) *world {
	w := &world{at: sim.At(time.Date(2026, 11, 22, 10, 0, 0, 250_000_000, time.UTC))}
	cfg.Region, cfg.Account = "us-east-1", "123456789012"
	w.Service = New(cfg, func() sim.Instant { return w.at })
	return w
}

// do runs an operation and returns its answer, or its error with the status.
func (w *world) do(op, body string) string { return w.as("", op, body) }

func (w *world) as(as, op, body string) string {
	r, err := Decode(op, []byte(body))
	var out any
	if err == nil {
		out, err = w.Run(as, r)
	}
	if err != nil {
		e := err.(*aws.Error)
		if e.Hint == "" && e.Code != aws.Validation {
			return "no hint with " + err.Error()
		}
		return fmt.Sprintf("%d %v", e.Status, err)
	}
	b, err := aws.Encode(out)
	if err != nil {
		return err.Error()
	}
	return string(b)
}

func TestOperations(t *testing.T) {
	w := newWorld(Config{})
	for _, row := range []struct{ op, body, want string }{
		{"ListBuckets", `{}`, `{"Buckets":[],"Owner":{"ID":"` + owner("123456789012") + `"}}`},
		{"CreateBucket", `{"Bucket":"events"}`, `{"Location":"/events","BucketArn":"arn:aws:s3:::events"}`},
		{"CreateBucket", `{"Bucket":"events"}`, `{"Location":"/events","BucketArn":"arn:aws:s3:::events"}`},
		{"CreateBucket", `{"Bucket":"Events"}`, `400 InvalidBucketName: The specified bucket is not valid.`},
		{"CreateBucket", `{"Bucket":"192.168.5.4"}`, `400 InvalidBucketName: The specified bucket is not valid.`},
		{"CreateBucket", `{"Bucket":"more","CreateBucketConfiguration":{"LocationConstraint":"eu-west-1"}}`,
			`400 IllegalLocationConstraintException: The eu-west-1 location constraint is incompatible for the region specific endpoint this request was sent to.`},
		{"HeadBucket", `{"Bucket":"events"}`, `{"BucketArn":"arn:aws:s3:::events","BucketRegion":"us-east-1","AccessPointAlias":false}`},
		{"HeadBucket", `{"Bucket":"other"}`, `404 404: Not Found`},
		{"GetBucketLocation", `{"Bucket":"events"}`, `{"LocationConstraint":null}`},
		{"PutObject", `{"Bucket":"other","Key":"a","Body":"aGVsbG8="}`, `404 NoSuchBucket: The specified bucket does not exist`},
		{"PutObject", `{"Bucket":"events","Key":"a/1","Body":"aGVsbG8=","ContentType":"text/plain","Metadata":{"team":"bikes"}}`, `{"ETag":"\"5d41402abc4b2a76b9719d911017c592\"","ServerSideEncryption":"AES256"}`},
		{"GetObject", `{"Bucket":"events","Key":"a/1"}`,
			`{"Body":"aGVsbG8=","AcceptRanges":"bytes","LastModified":1795341600,"ContentLength":5,"ETag":"\"5d41402abc4b2a76b9719d911017c592\"","ContentType":"text/plain","ServerSideEncryption":"AES256","Metadata":{"team":"bikes"}}`},
		{"GetObject", `{"Bucket":"events","Key":"a/1","Range":"bytes=1-2"}`,
			`{"Body":"ZWw=","AcceptRanges":"bytes","LastModified":1795341600,"ContentLength":2,"ETag":"\"5d41402abc4b2a76b9719d911017c592\"","ContentRange":"bytes 1-2/5","ContentType":"text/plain","ServerSideEncryption":"AES256","Metadata":{"team":"bikes"}}`},
		{"GetObject", `{"Bucket":"events","Key":"a/1","Range":"bytes=3-9223372036854775807"}`,
			`{"Body":"bG8=","AcceptRanges":"bytes","LastModified":1795341600,"ContentLength":2,"ETag":"\"5d41402abc4b2a76b9719d911017c592\"","ContentRange":"bytes 3-4/5","ContentType":"text/plain","ServerSideEncryption":"AES256","Metadata":{"team":"bikes"}}`},
		{"GetObject", `{"Bucket":"events","Key":"a/1","Range":"bytes=5-"}`, `416 InvalidRange: The requested range is not satisfiable`},
		{"GetObject", `{"Bucket":"events","Key":"a/1","IfMatch":"\"0\""}`, `412 PreconditionFailed: At least one of the pre-conditions you specified did not hold`},
		{"GetObject", `{"Bucket":"events","Key":"b"}`, `404 NoSuchKey: The specified key does not exist.`},
		{"HeadObject", `{"Bucket":"events","Key":"b"}`, `404 404: Not Found`},
		{"PutObject", `{"Bucket":"events","Key":"` + strings.Repeat("k", 1025) + `"}`, `400 KeyTooLongError: Your key is too long`},
		{"PutObject", `{"Bucket":"events","Key":"k","Metadata":{"a":"` + strings.Repeat("v", 2048) + `"}}`, `400 MetadataTooLarge: Your metadata headers exceed the maximum allowed metadata size`},
		{"PutObject", `{"Bucket":"events","Key":"b"}`, `{"ETag":"\"d41d8cd98f00b204e9800998ecf8427e\"","ServerSideEncryption":"AES256"}`},
		{"GetObject", `{"Bucket":"events","Key":"b"}`,
			`{"Body":null,"AcceptRanges":"bytes","LastModified":1795341600,"ContentLength":0,"ETag":"\"d41d8cd98f00b204e9800998ecf8427e\"","ContentType":"binary/octet-stream","ServerSideEncryption":"AES256","Metadata":{}}`},
		{"ListObjectsV2", `{"Bucket":"events","Delimiter":"/"}`,
			`{"IsTruncated":false,"Contents":[{"Key":"b","LastModified":1795341600,"ETag":"\"d41d8cd98f00b204e9800998ecf8427e\"","Size":0,"StorageClass":"STANDARD"}],"Name":"events","Prefix":"","Delimiter":"/","MaxKeys":1000,"CommonPrefixes":[{"Prefix":"a/"}],"KeyCount":2}`},
		{"ListObjectsV2", `{"Bucket":"events","ContinuationToken":"?"}`, `400 InvalidArgument: The continuation token provided is incorrect`},
		{"DeleteBucket", `{"Bucket":"events"}`, `409 BucketNotEmpty: The bucket you tried to delete is not empty`},
		{"DeleteObject", `{"Bucket":"events","Key":"a/1"}`, ``},
		{"DeleteObject", `{"Bucket":"events","Key":"a/1"}`, ``},
		{"DeleteObject", `{"Bucket":"events","Key":"b"}`, ``},
		{"DeleteBucket", `{"Bucket":"events"}`, ``},
		{"ListBuckets", `{}`, `{"Buckets":[],"Owner":{"ID":"` + owner("123456789012") + `"}}`},
	} {
		if got := w.do(row.op, row.body); got != row.want {
			t.Errorf("%s %.60s: %s\nwant %s", row.op, row.body, got, row.want)
		}
	}
	if w.Bytes() != 0 || w.Len() != 0 {
		t.Errorf("%d bytes in %d objects are left", w.Bytes(), w.Len())
	}
}

// TestListing walks listings page by page and holds them to a listing by hand, for keys, prefixes and delimiters of all kinds.
func TestListing(t *testing.T) {
	key := rapid.StringOfN(rapid.SampledFrom([]rune("ab/-")), 1, 6, -1)
	rapid.Check(t, func(t *rapid.T) {
		w := newWorld(Config{})
		w.Create("b-1")
		keys := rapid.SliceOf(key).Draw(t, "keys")
		for _, k := range keys {
			if a := w.Put("", "b-1", Object{Key: k, Data: []byte(k)}); a.Err != nil {
				t.Fatal(a.Err)
			}
		}
		slices.Sort(keys)
		keys = slices.Compact(keys)
		prefix := rapid.SampledFrom([]string{"", "a", "a/", "b/-"}).Draw(t, "prefix")
		delimiter := rapid.SampledFrom([]string{"", "/", "-", "a/"}).Draw(t, "delimiter")
		start := rapid.OneOf(rapid.Just(""), key).Draw(t, "start")
		var want []string
		for _, k := range keys {
			rest, ok := strings.CutPrefix(k, prefix)
			if !ok || k <= start {
				continue
			}
			if i := strings.Index(rest, delimiter); delimiter != "" && i >= 0 {
				k = prefix + rest[:i] + delimiter + "*"
				if strings.HasPrefix(start, strings.TrimSuffix(k, "*")) {
					continue // the group began before
				}
			}
			if len(want) == 0 || want[len(want)-1] != k {
				want = append(want, k)
			}
		}
		slices.Sort(want)
		var got []string
		in := map[string]any{"Bucket": "b-1", "Prefix": prefix, "Delimiter": delimiter, "StartAfter": start, "MaxKeys": rapid.IntRange(1, 4).Draw(t, "page")}
		for range 100 {
			body, _ := json.Marshal(in)
			var out ListObjectsV2Output
			if err := json.Unmarshal([]byte(w.do("ListObjectsV2", string(body))), &out); err != nil {
				t.Fatal(err)
			}
			if out.KeyCount != int64(len(out.Contents)+len(out.CommonPrefixes)) || out.KeyCount > int64(in["MaxKeys"].(int)) {
				t.Fatalf("a page counts %d, and holds %d and %d", out.KeyCount, len(out.Contents), len(out.CommonPrefixes))
			}
			for _, o := range out.Contents {
				got = append(got, o.Key)
			}
			for _, p := range out.CommonPrefixes {
				got = append(got, p.Prefix+"*")
			}
			if !out.IsTruncated {
				break
			}
			in["ContinuationToken"] = out.NextContinuationToken
		}
		slices.Sort(got)
		if !slices.Equal(got, want) {
			t.Fatalf("listed %q, want %q", got, want)
		}
	})
}

func TestBound(t *testing.T) {
	w := newWorld(Config{MaxBytes: 10})
	w.Create("b-1")
	put := func(key string, n int) Answer {
		return w.Put("", "b-1", Object{Key: key, Data: bytes.Repeat([]byte{'x'}, n)})
	}
	if a := put("a", 8); a.Err != nil {
		t.Fatal(a.Err)
	}
	if a := put("b", 3); aws.CodeOf(a.Err) != aws.ServiceUnavailable || !strings.Contains(a.Err.Message, "This lab keeps at most") || a.Err.Hint == "" {
		t.Errorf("beyond the bound: %v", a.Err)
	}
	if a := put("a", 10); a.Err != nil { // in the place of the one before
		t.Error(a.Err)
	}
	if b, _ := w.Bucket("b-1"); b.Len() != 1 || b.Bytes() != 10 || w.Bytes() != 10 {
		t.Errorf("%d objects of %d bytes are kept, %d in all", b.Len(), b.Bytes(), w.Bytes())
	}
}

// TestFaults lets calls fail as S3 words it, and one be done whose answer is lost.
func TestFaults(t *testing.T) {
	var strike fis.Strike
	w := newWorld(Config{Inject: func(op, bucket, as string) fis.Strike {
		if bucket == "b-1" && op == "PutObject" {
			return strike
		}
		return fis.Strike{}
	}})
	w.Create("b-1")
	for kind, want := range map[string]string{
		fis.Throttled: "503 SlowDown: Please reduce your request rate.", fis.Refused: "403 AccessDenied: Access Denied", fis.Unavailable: "503 ServiceUnavailable: Service is unable to handle request."} {
		strike = fis.Strike{By: "f", Kind: kind}
		if got := w.do("PutObject", `{"Bucket":"b-1","Key":"a"}`); got != want {
			t.Errorf("%s: %s", kind, got)
		}
		if a := w.Put("", "b-1", Object{Key: "a"}); fmt.Sprintf("%d %v", a.Err.Status, a.Err) != want {
			t.Errorf("%s: %v", kind, a.Err)
		}
	}
	if w.Len() != 0 {
		t.Error("a call that failed put something")
	}
	strike = fis.Strike{By: "f", Lost: true, Delay: time.Second}
	if a := w.Put("", "b-1", Object{Key: "a", Data: []byte("x")}); aws.CodeOf(a.Err) != aws.ConnectionClosed || a.Took < time.Second+firstByte {
		t.Errorf("a lost answer: %v after %v", a.Err, a.Took)
	}
	if _, a := w.Get("", "b-1", "a"); a.Err != nil {
		t.Errorf("what was put before the answer was lost: %v", a.Err)
	}
	if a := w.Put("", "none", Object{Key: "a"}); aws.CodeOf(a.Err) != NoSuchBucket {
		t.Errorf("a bucket that is gone: %v", a.Err)
	}
}

// TestMay holds which action each call needs, and that who may not list is not told what is missing.
func TestMay(t *testing.T) {
	var asked []string
	allow := ""
	w := newWorld(Config{Authorize: func(q iam.Query) *aws.Error {
		asked = append(asked, q.Action+" "+q.Resource)
		if strings.Contains(allow, q.Action+" ") {
			return nil
		}
		return aws.Errorf(aws.AccessDenied, "not authorized to perform: %s", q.Action).WithHint("no")
	}})
	w.Create("b-1")
	const me = "arn:aws:iam::123456789012:role/firehose"
	if got := w.as(me, "GetObject", `{"Bucket":"b-1","Key":"a"}`); got != "403 AccessDenied: not authorized to perform: s3:GetObject" {
		t.Error(got)
	}
	allow = "s3:GetObject s3:PutObject "
	if got := w.as(me, "GetObject", `{"Bucket":"b-1","Key":"a"}`); got != "403 AccessDenied: not authorized to perform: s3:ListBucket" {
		t.Error(got)
	}
	if a := w.Put(me, "b-1", Object{Key: "a"}); a.Err != nil {
		t.Error(a.Err)
	}
	if got := w.as(me, "HeadObject", `{"Bucket":"b-1","Key":"b"}`); got != "403 403: Forbidden" {
		t.Error(got)
	}
	for _, op := range []string{"ListBuckets", "ListObjectsV2", "DeleteObject", "DeleteBucket", "HeadBucket", "CreateBucket", "GetBucketLocation"} {
		w.as(me, op, `{"Bucket":"b-1","Key":"a"}`)
	}
	want := "s3:GetObject arn:aws:s3:::b-1/a,s3:GetObject arn:aws:s3:::b-1/a,s3:ListBucket arn:aws:s3:::b-1,s3:PutObject arn:aws:s3:::b-1/a,s3:GetObject arn:aws:s3:::b-1/b,s3:ListBucket arn:aws:s3:::b-1," +
		"s3:ListAllMyBuckets *,s3:ListBucket arn:aws:s3:::b-1,s3:DeleteObject arn:aws:s3:::b-1/a,s3:DeleteBucket arn:aws:s3:::b-1,s3:ListBucket arn:aws:s3:::b-1,s3:CreateBucket arn:aws:s3:::b-1,s3:GetBucketLocation arn:aws:s3:::b-1"
	if got := strings.Join(asked, ","); got != want {
		t.Errorf("asked\n%s\nwant\n%s", got, want)
	}
}

// TestClone holds that a copy goes on on its own and shares the bytes.
func TestClone(t *testing.T) {
	w := newWorld(Config{})
	w.Create("b-1")
	w.Put("", "b-1", Object{Key: "b", Data: []byte("one"), Metadata: map[string]string{"k": "v"}})
	state := func(s *Service) string {
		var b bytes.Buffer
		s.State(&b)
		return b.String()
	}
	c := w.Clone(w.now, func(*Config) {})
	before := state(w.Service)
	if state(c) != before {
		t.Error("a copy is another")
	}
	a, _ := w.buckets[0].Object("b")
	b, _ := c.buckets[0].Object("b")
	if &a.Data[0] != &b.Data[0] {
		t.Error("the bytes are not shared")
	}
	c.Put("", "b-1", Object{Key: "b", Data: []byte("two")})
	c.Put("", "b-1", Object{Key: "a"})
	c.Create("a-1")
	if state(w.Service) != before || state(c) == before {
		t.Error("the copy and its original are not apart")
	}
	changed := state(c)
	w.Put("", "b-1", Object{Key: "c"})
	if state(c) != changed {
		t.Error("the original changes its copy")
	}
}
