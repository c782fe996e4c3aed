package kinesis

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"shardlab/wasm/aws"
	"shardlab/wasm/cloudwatch"
)

const (
	keyA = "arn:aws:kms:us-east-1:123456789012:key/a"
	keyB = "arn:aws:kms:us-east-1:123456789012:key/b"
)

// fakeKeys is a KMS with the keys a and b, which fails as it is told.
type fakeKeys struct {
	asked []string         // what was asked for, oldest first
	fail  map[string]error // by action, or by action and key's ARN
}

func (f *fakeKeys) KeyARN(id string) (string, error) {
	switch id = strings.TrimPrefix(id, "alias/"); id {
	case "a", "b", keyA, keyB:
		return "arn:aws:kms:us-east-1:123456789012:key/" + id[len(id)-1:], nil
	}
	return "", aws.Errorf("NotFoundException", "Key '%s' does not exist", id)
}

func (f *fakeKeys) Use(principal, action, key, service, arn string) error {
	_, name, _ := strings.Cut(principal, "/")
	f.asked = append(f.asked, strings.TrimSpace(fmt.Sprint(action, " ", key[len(key)-1:], " ", name)))
	if service != "kinesis" || !strings.HasPrefix(arn, "arn:aws:kinesis:us-east-1:123456789012:stream/") {
		return aws.Errorf(aws.InternalFailure, "used for %s of %s", arn, service)
	}
	if err := f.fail[action+" "+key]; err != nil {
		return err
	}
	return f.fail[action]
}

// gone is a KMS in which no key is left.
type gone struct{ *fakeKeys }

func (gone) KeyARN(string) (string, error) { return "", aws.Errorf("NotFoundException", "gone") }

// encrypts begins to encrypt a stream and waits until all records are.
func (w *world) encrypts(st *Stream, key string) *fakeKeys {
	w.t.Helper()
	f, ok := w.cfg.Keys.(*fakeKeys)
	if !ok {
		f = &fakeKeys{fail: map[string]error{}}
		w.cfg.Keys = f
	}
	w.must(w.StartStreamEncryption(w.encryption(key)))
	w.wait(w.Limits().UpdateDelay + w.Limits().EncryptionDelay)
	if st.EncryptionType() != KMSEncryption {
		w.t.Fatal("the stream is not encrypted")
	}
	f.asked = nil
	return f
}

func (w *world) encryption(key string) *StreamEncryptionInput {
	return &StreamEncryptionInput{StreamName: ptr("orders"), EncryptionType: ptr(KMSEncryption), KeyId: ptr(key)}
}

// one puts a record by the wire and says with which EncryptionType it was answered.
func (w *world) one() (string, error) {
	out, err := w.PutRecord(&PutRecordInput{StreamName: ptr("orders"), PartitionKey: ptr("k"), Data: aws.Blob("x")})
	if err != nil {
		return "", err
	}
	return out.EncryptionType, nil
}

// types are the EncryptionTypes of all records of shard 0, a letter each: K or -.
func (w *world) types() string {
	w.t.Helper()
	w.wait(time.Second)
	out, err := w.GetRecords(&GetRecordsInput{ShardIterator: ptr(w.iterator(0, TrimHorizon))})
	w.must(err)
	var b strings.Builder
	for _, r := range out.Records {
		b.WriteString((r.EncryptionType + "-")[:1])
	}
	return b.String()
}

// TestEncryptionOverTime holds that a stream is UPDATING, then ACTIVE, that up to five seconds later records are as before,
// and that old records stay as they were, also when the key changes and when encryption stops.
//
// shows: SE2
func TestEncryptionOverTime(t *testing.T) {
	w, st := streamOf(t, 1)
	w.cfg.Keys = &fakeKeys{fail: map[string]error{}}
	put := func(want string) {
		t.Helper()
		if got, err := w.one(); err != nil || got != want {
			t.Errorf("%v: a put is answered with EncryptionType %q (%v), want %q", w.sched.Now().Time(), got, err, want)
		}
	}
	describe := func() string {
		out, err := w.DescribeStreamSummary(&DescribeStreamSummaryInput{StreamName: ptr("orders")})
		w.must(err)
		d := out.StreamDescriptionSummary
		full, err := w.DescribeStream(&DescribeStreamInput{StreamName: ptr("orders")})
		w.must(err)
		if f := full.StreamDescription; f.EncryptionType != d.EncryptionType || deref(f.KeyId) != deref(d.KeyId) {
			t.Errorf("DescribeStream says %s %s, the summary %s %s", f.EncryptionType, deref(f.KeyId), d.EncryptionType, deref(d.KeyId))
		}
		return d.StreamStatus + " " + d.EncryptionType + " " + deref(d.KeyId)
	}
	put("")
	w.must(w.StartStreamEncryption(w.encryption("alias/a")))
	if got := describe(); got != "UPDATING NONE " {
		t.Errorf("at once it is %s", got)
	}
	put("") // reads and writes go on
	w.wait(w.Limits().UpdateDelay)
	if got := describe(); got != "ACTIVE KMS alias/a" {
		t.Errorf("then it is %s", got)
	}
	since := st.EncryptedSince()
	if delay := since.Sub(w.sched.Now()); delay <= 0 || delay > 5*time.Second {
		t.Errorf("records are encrypted %s after the stream is ACTIVE", delay)
	}
	put("")
	w.wait(since.Sub(w.sched.Now()) - time.Microsecond)
	put("")
	w.wait(time.Microsecond)
	put("KMS")
	w.wait(5 * time.Second)
	put("KMS")
	if got := w.types(); got != "----KK" {
		t.Errorf("records are %s", got)
	}
	w.must(w.StartStreamEncryption(w.encryption("b")))
	w.wait(time.Minute)
	put("KMS")
	w.must(w.StopStreamEncryption(w.encryption(keyB)))
	w.wait(time.Minute)
	put("")
	if got := describe(); got != "ACTIVE NONE " {
		t.Errorf("stopped, it is %s", got)
	}
	if got := w.types(); got != "----KKK-" {
		t.Errorf("records are %s", got)
	}
	many, err := w.PutRecords(&PutRecordsInput{StreamName: ptr("orders"), Records: []PutRecordsRequestEntry{{PartitionKey: ptr("a"), Data: aws.Blob("x")}}})
	w.must(err)
	w.encrypts(st, "a")
	more, err := w.PutRecords(&PutRecordsInput{StreamName: ptr("orders"), Records: []PutRecordsRequestEntry{{PartitionKey: ptr("a"), Data: aws.Blob("x")}}})
	w.must(err)
	if many.EncryptionType != "" || more.EncryptionType != "KMS" {
		t.Errorf("PutRecords says %q and then %q", many.EncryptionType, more.EncryptionType)
	}
	// A copy goes on alike, and what a key held for long ago is forgotten.
	c := w.Clone(w.sched.Clone(), w.meter.Clone(), func(cfg *Config) { cfg.Keys = w.cfg.Keys })
	var a, b bytes.Buffer
	w.State(&a)
	c.State(&b)
	if a.String() != b.String() {
		t.Error("a copy has another state")
	}
	w.wait(25 * time.Hour)
	w.encrypts(st, "b")
	if len(st.spans) > 2 {
		t.Errorf("a day later it remembers %d spans", len(st.spans))
	}
	if cs, _ := c.Stream("orders"); len(cs.spans) < 4 {
		t.Errorf("the copy forgot too: %d spans", len(cs.spans))
	}
}

func TestEncryptionIsRefused(t *testing.T) {
	w, st := streamOf(t, 1)
	w.refused(w.StartStreamEncryption(w.encryption("a")), aws.KMSNotFound, "Key 'a' does not exist")
	f := &fakeKeys{fail: map[string]error{}}
	w.cfg.Keys = f
	w.refused(w.StopStreamEncryption(w.encryption("a")), aws.InvalidArgument, "Stream orders under account 123456789012 is not encrypted.")
	w.refused(w.StartStreamEncryption(w.encryption("c")), aws.KMSNotFound, "Key 'c' does not exist")
	none := w.encryption("a")
	none.EncryptionType = ptr(NoEncryption)
	w.refused(w.StartStreamEncryption(none), aws.InvalidArgument, "EncryptionType NONE is not valid. The only valid value is KMS.")
	for code, want := range map[string]string{
		"DisabledException": aws.KMSDisabled, "KMSInvalidStateException": aws.KMSInvalidState, "NotFoundException": aws.KMSNotFound, "OptInRequired": aws.KMSOptIn,
		aws.Throttling: aws.KMSThrottling, aws.AccessDenied: aws.KMSAccessDenied,
	} {
		f.fail["DescribeKey"] = aws.Errorf(code, "no")
		w.refused(w.StartStreamEncryption(w.encryption("a")), want, "no")
	}
	f.fail = map[string]error{}
	w.must(w.StartStreamEncryption(w.encryption("a")))
	w.refused(w.StartStreamEncryption(w.encryption("a")), aws.ResourceInUse, "Stream orders under account 123456789012 not ACTIVE, instead in state UPDATING")
	w.wait(time.Minute)
	w.refused(w.StopStreamEncryption(w.encryption("b")), aws.InvalidArgument, "Stream orders under account 123456789012 is encrypted with the key "+keyA+" and not with "+keyB+".")
	if st.KeyID() != "a" {
		t.Errorf("its key is %s", st.KeyID())
	}
	w.cfg.Keys = gone{f}
	w.refused(w.StopStreamEncryption(w.encryption("b")), aws.KMSNotFound, "gone")
	w.must(w.StopStreamEncryption(w.encryption("a"))) // a stream can be freed of a key that is gone
}

// TestDataKeys holds when KMS is asked, and that it is asked again for each principal and after five minutes: so long a
// stream goes on after its key was disabled.
func TestDataKeys(t *testing.T) {
	w, st := streamOf(t, 1)
	f := w.encrypts(st, "a")
	asked := func(want ...string) {
		t.Helper()
		if got := strings.Join(f.asked, ", "); got != strings.Join(want, ", ") {
			t.Errorf("KMS was asked for %s, want %s", got, want)
		}
		f.asked = nil
	}
	read := func() error {
		_, err := w.GetRecords(&GetRecordsInput{ShardIterator: ptr(w.iterator(0, TrimHorizon))})
		w.wait(time.Second)
		return err
	}
	put := func() error { _, err := w.one(); return err }
	w.must(put())
	w.must(put())
	asked("GenerateDataKey a")
	w.wait(time.Second)
	w.must(read())
	w.must(read())
	asked("Decrypt a")
	w.ActAs(caller)
	w.must(put())
	w.must(put())
	asked("GenerateDataKey a ana")
	w.ActAs("")

	f.fail["GenerateDataKey"] = aws.Errorf("DisabledException", keyA+" is disabled.")
	f.fail["Decrypt"] = f.fail["GenerateDataKey"]
	w.wait(4 * time.Minute)
	w.must(put())
	w.must(read())
	w.wait(time.Minute)
	before := w.sum(cloudwatch.PutRecordSuccess, cloudwatch.StreamLevel)
	w.refused(put(), aws.KMSDisabled, keyA+" is disabled.")
	w.refused(read(), aws.KMSDisabled, keyA+" is disabled.")
	if after := w.sum(cloudwatch.PutRecordSuccess, cloudwatch.StreamLevel); after != before {
		t.Error("a put that failed by KMS counts as a success")
	}
	_, err := w.PutRecords(&PutRecordsInput{StreamName: ptr("orders"), Records: []PutRecordsRequestEntry{{PartitionKey: ptr("a"), Data: aws.Blob("x")}}})
	w.refused(err, aws.KMSDisabled, keyA+" is disabled.")
	results := make([]PutResult, 1)
	w.refused(w.Put(st, []PutEntry{{Key: "a"}}, results), aws.KMSDisabled, keyA+" is disabled.")
	f.asked = nil
	_, err = w.PutRecord(&PutRecordInput{StreamName: ptr("orders"), PartitionKey: ptr("k"), Data: aws.Blob("x"), DryRun: ptr(true)})
	if aws.CodeOf(err) != aws.DryRunOperation || len(f.asked) > 0 {
		t.Errorf("a request that only checks asked KMS for %v: %v", f.asked, err)
	}

	// Who may not decrypt hears it in the service's own words.
	f.fail = map[string]error{"Decrypt": aws.Errorf(aws.AccessDenied, "no"), "GenerateDataKey": aws.Errorf(aws.AccessDenied, "not this either")}
	w.ActAs(caller)
	w.wait(time.Second)
	it, err := w.Iterate(st, 0, Position{Type: TrimHorizon})
	w.must(err)
	_, err = w.Read(st, it, 0)
	w.refused(err, aws.KMSAccessDenied, fmt.Sprintf("User 123456789012:ana is not authorized to decrypt records in stream 123456789012:orders:%d", st.created.Second()))
	w.refused(put(), aws.KMSAccessDenied, "not this either")
	w.ActAs("")

	// Records under an older key need that key, and unencrypted ones none.
	f.fail = map[string]error{}
	w.encrypts(st, "b")
	w.must(put())
	w.wait(6 * time.Minute)
	f.fail["Decrypt "+keyA] = aws.Errorf("KMSInvalidStateException", keyA+" is pending deletion.")
	w.refused(read(), aws.KMSInvalidState, keyA+" is pending deletion.")
	w.must(put())
	latest, err := w.Iterate(st, 0, Position{Type: AtTimestamp, At: w.sched.Now().Time()})
	w.must(err)
	w.wait(time.Second)
	b, err := w.Read(st, latest, 0)
	if err != nil || b.Len() != 1 {
		t.Errorf("a record under the new key: %d records, %v", b.Len(), err)
	}
}

// TestSubscriptionEndsByKMS holds that a subscription whose reader may no longer use the key ends with the error, once the
// data key that it has is too old.
func TestSubscriptionEndsByKMS(t *testing.T) {
	w, st := streamOf(t, 1)
	f := w.encrypts(st, "a")
	w.put(st, 0, 1, 10)
	w.wait(time.Second)
	w.ActAs(caller)
	it, err := w.Iterate(st, 0, Position{Type: TrimHorizon})
	w.must(err)
	_, err = w.Read(st, it, 0)
	w.must(err)
	w.wait(2 * time.Minute)
	id := w.subscribed0(Latest)
	w.ActAs("")
	f.fail["Decrypt"] = aws.Errorf("DisabledException", keyA+" is disabled.")
	w.put(st, 0, 1, 10)
	w.wait(time.Second)
	events, end := w.pushed(id)
	if records := events[len(events)-1].Records; len(records) != 1 || records[0].EncryptionType != "KMS" || end != nil {
		t.Errorf("while the data key serves: %+v, %v", records, end)
	}
	w.wait(3 * time.Minute)
	w.put(st, 0, 1, 10)
	w.wait(time.Second)
	events, end = w.pushed(id)
	if end == nil || end.Err == nil || end.Err.Code != aws.KMSDisabled {
		t.Errorf("then: %d events, %+v", len(events), end)
	}
	if got := strings.Join(f.asked, ", "); got != "GenerateDataKey a, Decrypt a ana, GenerateDataKey a, Decrypt a ana" {
		t.Errorf("KMS was asked for %s", got)
	}
}
