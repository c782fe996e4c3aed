package region

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"shardlab/wasm/s3"
	"shardlab/wasm/sim"
)

// TestObjects takes a bucket through the door, lets a role be refused, and befalls it with faults.
func TestObjects(t *testing.T) {
	r, err := New(Config{Seed: 1, Start: sim.At(time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC))})
	if err != nil {
		t.Fatal(err)
	}
	do := func(as, service, op, body, want string) {
		t.Helper()
		reply := r.Do(Command{Service: service, Op: op, Body: []byte(body), As: as})
		got := string(reply.Body)
		if reply.Err != nil {
			got = reply.Err.Error()
		}
		if !strings.HasPrefix(got, want) {
			t.Errorf("%s %s: %s\nwant %s", op, body, got, want)
		}
	}
	do("", s3.Name, "CreateBucket", `{"Bucket":"events"}`, `{"Location":"/events"`)
	do("", s3.Name, "PutObject", `{"Bucket":"events","Key":"a","Body":"aGVsbG8="}`, `{"ETag"`)
	const as = "arn:aws:iam::123456789012:role/writer"
	do("", "iam", "CreateRole", `{"RoleName":"writer","AssumeRolePolicyDocument":"{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Principal\":{\"Service\":\"firehose.amazonaws.com\"},\"Action\":\"sts:AssumeRole\"}]}"}`, "{")
	do(as, s3.Name, "PutObject", `{"Bucket":"events","Key":"b"}`, `AccessDenied: User: arn:aws:sts::123456789012:assumed-role/writer/lab is not authorized to perform: s3:PutObject on resource: arn:aws:s3:::events/b`)
	do("", "iam", "PutRolePolicy", `{"RoleName":"writer","PolicyName":"put","PolicyDocument":"{\"Version\":\"2012-10-17\",\"Statement\":[{\"Effect\":\"Allow\",\"Action\":\"s3:PutObject\",\"Resource\":\"arn:aws:s3:::events/*\"}]}"}`, "")
	do(as, s3.Name, "PutObject", `{"Bucket":"events","Key":"b"}`, `{"ETag"`)
	do("", Lab, "PutFault", `{"Name":"f","Destination":"events","Kind":"throttled"}`, `ValidationException: Destination: "events" is none: write s3/NAME`)
	do("", Lab, "PutFault", `{"Name":"f","Destination":"s3/events","Kind":"melted"}`, `ValidationException: Kind: "melted" is none that it can have: write one of lost-answers`)
	do("", Lab, "PutFault", `{"Name":"f","StreamName":"trips","Kind":"throttled"}`, `ValidationException: Kind: "throttled" is none that it can have`)
	do("", Lab, "PutFault", `{"Name":"f","Destination":"s3/events","Kind":"throttled"}`, `{"Name":"f","StreamName":"","Kind":"throttled"`)
	do("", s3.Name, "PutObject", `{"Bucket":"events","Key":"c"}`, `SlowDown: Please reduce your request rate.`)
	do("", s3.Name, "ListBuckets", `{}`, `{"Buckets":[{"Name":"events"`)
	do("", Lab, "ListFaults", `{}`, `{"Faults":[{"Name":"f","StreamName":"","Kind":"throttled","Percentage":100,"Millis":0,"Calls":1,"Struck":1,"Destination":"s3/events"}]}`)
	do("", Lab, "DeleteFault", `{"Name":"f"}`, "")
	r.AdvanceTo(r.Now()+2_000_000, 0, nil)
	told := ""
	for _, e := range r.Events(0) {
		told += e.Text + "\n"
	}
	for _, want := range []string{"Bucket events is there.", "a is put into events, 5 B.", "Fault f: 100 % of the calls are told to slow down, on s3/events.", "f: s3/events answers 1 call of PutObject as throttled."} {
		if !strings.Contains(told, want) {
			t.Errorf("no event says %q:\n%s", want, told)
		}
	}
	c := r.Clone()
	state := func(r *Region) string {
		var b bytes.Buffer
		r.State(&b)
		return b.String()
	}
	if state(r) != state(c) || !strings.Contains(state(r), "5d41402abc4b2a76b9719d911017c592") {
		t.Error("a copy is another, or the state does not hold the object")
	}
	if r.Footprint() <= r.S3().Bytes() {
		t.Error("the footprint is less than the objects")
	}
}
