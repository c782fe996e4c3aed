package kinesis

import (
	"fmt"
	"strings"
	"testing"

	"shardlab/wasm/aws"
)

const (
	caller  = "arn:aws:iam::123456789012:user/ana"
	guest   = "arn:aws:iam::999988887777:user/guest"
	someARN = "arn:aws:kinesis:us-east-1:123456789012:stream/orders"
)

// runAs runs an operation over the wire as a principal.
func runAs(s *Service, as, op, body string) error {
	r, err := Decode(op, []byte(body))
	if err == nil {
		_, err = s.RunAs(as, r)
	}
	return err
}

// TestWhatIsAskedFor holds what the judge of access is asked, and that it is asked after types and constraints and before
// the operation's own rules.
func TestWhatIsAskedFor(t *testing.T) {
	w, st := streamOf(t, 1)
	st.tags = map[string]string{"team": "bikes"}
	at, err := w.Iterate(st, 0, Position{Type: TrimHorizon})
	w.must(err)
	iterator := w.sealIterator(st, at)
	token := w.sealListing(st, listing{after: -1})
	elsewhere := strings.Replace(someARN, "123456789012", "999988887777", 1)
	rows := []struct{ as, op, body, asked, code string }{
		{caller, "PutRecord", `{"StreamName":"orders","PartitionKey":"a","Data":"YQ=="}`, "kinesis:PutRecord " + someARN + " map[team:bikes] map[] []", ""},
		{caller, "PutRecord", `{"StreamARN":"` + someARN + `","PartitionKey":"a","Data":"YQ=="}`, "kinesis:PutRecord " + someARN + " map[team:bikes] map[] []", ""},
		{caller, "PutRecord", `{"StreamName":"nowhere","PartitionKey":"a","Data":"YQ=="}`, "kinesis:PutRecord " + strings.Replace(someARN, "orders", "nowhere", 1) + " map[] map[] []", aws.ResourceNotFound},
		{caller, "PutRecord", `{"PartitionKey":"a","Data":"YQ=="}`, "kinesis:PutRecord * map[] map[] []", aws.InvalidArgument},
		{caller, "PutRecord", `{"StreamName":5}`, "", aws.Serialization},
		{caller, "PutRecord", `{"StreamName":"orders"}`, "", aws.Validation},
		{caller, "GetRecords", `{"ShardIterator":"` + iterator + `"}`, "kinesis:GetRecords " + someARN + " map[team:bikes] map[] []", ""},
		{caller, "GetRecords", `{"ShardIterator":"AAAA"}`, "kinesis:GetRecords * map[] map[] []", aws.InvalidArgument},
		{caller, "ListShards", `{"NextToken":"` + token + `"}`, "kinesis:ListShards " + someARN + " map[team:bikes] map[] []", ""},
		{caller, "ListStreams", `{}`, "kinesis:ListStreams * map[] map[] []", ""},
		{caller, "CreateStream", `{"StreamName":"new","ShardCount":1,"Tags":{"b":"2","a":"1"}}`, "kinesis:CreateStream " + strings.Replace(someARN, "orders", "new", 1) + " map[] map[a:1 b:2] [a b]", ""},
		{guest, "PutRecord", `{"StreamARN":"` + someARN + `","PartitionKey":"a","Data":"YQ=="}`, "kinesis:PutRecord " + someARN + " map[team:bikes] map[] []", ""},
		{guest, "PutRecord", `{"StreamName":"orders","PartitionKey":"a","Data":"YQ=="}`, "kinesis:PutRecord " + elsewhere + " map[] map[] []", aws.ResourceNotFound},
		{guest, "ListStreams", `{}`, "kinesis:ListStreams * map[] map[] []", aws.InvalidArgument},
		{"", "PutRecord", `{"StreamName":"orders","PartitionKey":"a","Data":"YQ=="}`, "", ""},
	}
	for i, row := range rows {
		asked := ""
		w.cfg.Access = func(principal, action string, x Resource) error {
			if principal != row.as {
				t.Errorf("row %d: asked about %s", i, principal)
			}
			asked = fmt.Sprint(action, " ", x.ARN, " ", x.Tags, " ", x.Given, " ", x.TagKeys)
			return nil
		}
		if err := runAs(w.Service, row.as, row.op, row.body); aws.CodeOf(err) != row.code || asked != row.asked {
			t.Errorf("row %d, %s %s: asked %q (%v)\nwant %q", i, row.op, row.body, asked, err, row.asked)
		}
		w.cfg.Access = func(string, string, Resource) error { return aws.Errorf(aws.AccessDenied, "no") }
		want := aws.AccessDenied
		if row.asked == "" {
			want = row.code
		}
		if err := runAs(w.Service, row.as, row.op, row.body); aws.CodeOf(err) != want {
			t.Errorf("row %d, %s %s, denied: %v", i, row.op, row.body, err)
		}
	}
}

// TestActAs holds that the fast ways in keep the same rules.
func TestActAs(t *testing.T) {
	w, st := streamOf(t, 1)
	var asked []string
	w.cfg.Access = func(_, action string, x Resource) error {
		asked = append(asked, action+" "+x.ARN)
		return aws.Errorf(aws.AccessDenied, "no")
	}
	entries, results := []PutEntry{{Key: "a"}, {Key: "b"}}, make([]PutResult, 2)
	calls := func() []error {
		_, read := w.Read(st, Cursor{Issued: w.sched.Now()}, 0)
		_, iterate := w.Iterate(st, 0, Position{Type: Latest})
		return []error{w.Put(st, entries[:1], results), w.Put(st, entries, results), read, iterate, w.Allow("ListShards", st.arn)}
	}
	w.ActAs(caller)
	for i, err := range calls() {
		if aws.CodeOf(err) != aws.AccessDenied {
			t.Errorf("call %d: %v", i, err)
		}
	}
	if got, want := strings.Join(asked, "\n"), strings.ReplaceAll("GetRecords\nGetShardIterator\nPutRecord\nPutRecords\nListShards", "\n", " "+someARN+"\nkinesis:"); got != "kinesis:"+want+" "+someARN {
		t.Errorf("asked\n%s", got)
	}
	w.ActAs("")
	for i, err := range calls() {
		if err != nil {
			t.Errorf("call %d of the administrator: %v", i, err)
		}
	}
}
