package kinesis

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"shardlab/wasm/aws"
)

// says checks an answer over the wire.
func (w *world) says(op, body, want string) {
	w.t.Helper()
	got, err := w.do(op, body)
	w.must(err)
	if got != want {
		w.t.Errorf("%s %s answered\n %s\nwant\n %s", op, body, got, want)
	}
}

// refuses checks a refusal over the wire.
func (w *world) refuses(op, body string, code aws.Code, message string) {
	w.t.Helper()
	before := w.states()
	_, err := w.do(op, body)
	w.refused(err, code, message)
	if aws.HintOf(err) == "" && code != aws.Validation {
		w.t.Errorf("%s %s is refused without a hint", op, body)
	}
	if after := w.states(); withoutRates(after) != withoutRates(before) {
		w.t.Errorf("%s %s was refused and changed something:\n%s", op, body, diff(before, after))
	}
}

// withoutRates leaves out the calls counted, which a refusal may change.
func withoutRates(state string) string {
	var lines []string
	for line := range strings.Lines(state) {
		if !strings.HasPrefix(line, " rate ") {
			lines = append(lines, line)
		}
	}
	return strings.Join(lines, "")
}

func TestTags(t *testing.T) {
	w, st := streamOf(t, 1)
	arn := st.ARN()
	w.says("ListTagsForStream", `{"StreamName":"orders"}`, `{"Tags":[],"HasMoreTags":false}`)
	w.says("ListTagsForResource", `{"ResourceARN":"`+arn+`"}`, `{}`)
	w.says("AddTagsToStream", `{"StreamName":"orders","Tags":{"team":"rack","Größe":"7 µ_./=+-%@"}}`, "")
	w.says("TagResource", `{"ResourceARN":"`+arn+`","Tags":{"team":"bikes","a:b":""}}`, "")
	w.says("ListTagsForStream", `{"StreamARN":"`+arn+`"}`, `{"Tags":[{"Key":"Größe","Value":"7 µ_./=+-%@"},{"Key":"a:b","Value":""},{"Key":"team","Value":"bikes"}],"HasMoreTags":false}`)
	w.says("ListTagsForStream", `{"StreamName":"orders","Limit":2}`, `{"Tags":[{"Key":"Größe","Value":"7 µ_./=+-%@"},{"Key":"a:b","Value":""}],"HasMoreTags":true}`)
	w.says("ListTagsForStream", `{"StreamName":"orders","ExclusiveStartTagKey":"a:b","Limit":2}`, `{"Tags":[{"Key":"team","Value":"bikes"}],"HasMoreTags":false}`)
	w.says("RemoveTagsFromStream", `{"StreamName":"orders","TagKeys":["Größe","nobody"]}`, "")
	w.says("UntagResource", `{"ResourceARN":"`+arn+`","TagKeys":["a:b"]}`, "")
	w.says("ListTagsForResource", `{"ResourceARN":"`+arn+`"}`, `{"Tags":[{"Key":"team","Value":"bikes"}]}`)
}

// A consumer carries tags and a policy of its own, from the moment it is ACTIVE.
func TestWhatIsAttachedToAConsumer(t *testing.T) {
	w, st := streamOf(t, 1)
	out, err := w.RegisterStreamConsumer(&RegisterStreamConsumerInput{StreamARN: ptr(ordersARN), ConsumerName: ptr("app"), Tags: map[string]string{"team": "rack"}})
	w.must(err)
	arn := `"ResourceARN":"` + out.Consumer.ConsumerARN + `"`
	const policy = `"Policy":"{\"Statement\":{\"Effect\":\"Allow\",\"Principal\":\"*\",\"Action\":\"kinesis:SubscribeToShard\",\"Resource\":\"*\"}}"`
	const busy = "Consumer app, account 123456789012 not ACTIVE, instead in state CREATING"
	w.refuses("TagResource", `{`+arn+`,"Tags":{"a":"b"}}`, aws.ResourceInUse, busy)
	w.refuses("PutResourcePolicy", `{`+arn+`,`+policy+`}`, aws.ResourceInUse, busy)
	w.wait(10 * time.Second)
	w.says("TagResource", `{`+arn+`,"Tags":{"a":"b"}}`, "")
	w.says("UntagResource", `{`+arn+`,"TagKeys":["team"]}`, "")
	w.says("ListTagsForResource", `{`+arn+`}`, `{"Tags":[{"Key":"a","Value":"b"}]}`)
	w.says("PutResourcePolicy", `{`+arn+`,`+policy+`}`, "")
	w.says("GetResourcePolicy", `{`+arn+`}`, `{`+policy+`}`)
	if w.Policy(out.Consumer.ConsumerARN) == "" || w.Policy(st.ARN()) != "" || len(st.Tags()) != 0 {
		t.Errorf("the stream has the policy %q and the tags %v", w.Policy(st.ARN()), st.Tags())
	}
}

func TestTagRefusals(t *testing.T) {
	w, st := streamOf(t, 1)
	arn := st.ARN()
	const invalid = "Some tags contain invalid characters. Valid characters: Unicode letters, digits, white space, _ . / = + - % @."
	const reserved = "aws: prefixed tag key names are not allowed for external use."
	tags := func(n int) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, `,"k%d":"v"`, i)
		}
		return "{" + b.String()[1:] + "}"
	}
	for _, row := range []struct {
		op, body string
		code     aws.Code
		message  string
	}{
		{"AddTagsToStream", `{"StreamName":"orders","Tags":{"a":"b;c"}}`, aws.InvalidArgument, invalid},
		{"AddTagsToStream", `{"StreamName":"orders","Tags":{"a:b":"c"}}`, aws.InvalidArgument, invalid},
		{"RemoveTagsFromStream", `{"StreamName":"orders","TagKeys":["nobody's"]}`, aws.InvalidArgument, invalid},
		{"TagResource", `{"ResourceARN":"` + arn + `","Tags":{"a%":"c"}}`, aws.InvalidArgument, strings.Replace(strings.Replace(invalid, "% ", "", 1), "_ . /", "_ . : /", 1)},
		{"UntagResource", `{"ResourceARN":"` + arn + `","TagKeys":["a#"]}`, aws.InvalidArgument, strings.Replace(strings.Replace(invalid, "% ", "", 1), "_ . /", "_ . : /", 1)},
		{"AddTagsToStream", `{"StreamName":"orders","Tags":{"aws:cost":"c"}}`, aws.InvalidArgument, reserved},
		{"TagResource", `{"ResourceARN":"` + arn + `","Tags":{"AWS:cost":"c"}}`, aws.InvalidArgument, reserved},
		{"UntagResource", `{"ResourceARN":"` + arn + `","TagKeys":["aws:x"]}`, aws.InvalidArgument, reserved},
		{"CreateStream", `{"StreamName":"more","ShardCount":1,"Tags":{"aws:x":""}}`, aws.InvalidArgument, reserved},
		{"CreateStream", `{"StreamName":"more","ShardCount":1,"Tags":` + tags(51) + `}`, aws.InvalidArgument,
			"Failed to add tags to stream more under account 123456789012 because a given stream cannot have more than 50 tags associated with it."},
		{"AddTagsToStream", `{"StreamName":"none","Tags":{"a":"b"}}`, aws.ResourceNotFound, "Stream none under account 123456789012 not found."},
		{"TagResource", `{"ResourceARN":"arn:aws:kinesis:us-east-1:123456789012:stream/none","Tags":{"a":"b"}}`, aws.ResourceNotFound, "Stream none under account 123456789012 not found."},
		{"TagResource", `{"ResourceARN":"arn:aws:kinesis:eu-west-1:123456789012:stream/orders","Tags":{"a":"b"}}`, aws.ResourceNotFound, "Stream arn arn:aws:kinesis:eu-west-1:123456789012:stream/orders under account 123456789012 not found."},
		{"TagResource", `{"ResourceARN":"` + arn + `/consumer/c:1772440770","Tags":{"a":"b"}}`, aws.ResourceNotFound, "Consumer " + arn + "/consumer/c:1772440770, account 123456789012 not found."},
		{"AddTagsToStream", `{"StreamName":"orders","Tags":{}}`, aws.Validation,
			"1 validation error detected: Value '{}' at 'tags' failed to satisfy constraint: Member must have length greater than or equal to 1"},
		{"RemoveTagsFromStream", `{"StreamName":"orders","TagKeys":[""]}`, aws.Validation,
			"1 validation error detected: Value '[]' at 'tagKeys' failed to satisfy constraint: Member must satisfy constraint: [Member must have length less than or equal to 128, Member must have length greater than or equal to 1]"},
		{"ListTagsForStream", `{"StreamName":"orders","Limit":51}`, aws.Validation,
			"1 validation error detected: Value '51' at 'limit' failed to satisfy constraint: Member must have value less than or equal to 50"},
	} {
		w.wait(time.Second)
		w.refuses(row.op, row.body, row.code, row.message)
	}
	// 50 tags fit, and new values for them; one more does not.
	w.says("AddTagsToStream", `{"StreamName":"orders","Tags":`+tags(50)+`}`, "")
	w.says("AddTagsToStream", `{"StreamName":"orders","Tags":{"k7":"new"}}`, "")
	w.refuses("TagResource", `{"ResourceARN":"`+arn+`","Tags":{"k7":"newer","one":"more"}}`, aws.InvalidArgument,
		"Failed to add tags to stream orders under account 123456789012 because a given stream cannot have more than 50 tags associated with it.")
	if st.Tags()["k7"] != "new" {
		t.Errorf("k7 is %q", st.Tags()["k7"])
	}
	w.must(w.split("0", "100"))
	const busy = "Stream orders under account 123456789012 not ACTIVE, instead in state UPDATING"
	w.refuses("AddTagsToStream", `{"StreamName":"orders","Tags":{"k7":"b"}}`, aws.ResourceInUse, busy)
	w.refuses("UntagResource", `{"ResourceARN":"`+arn+`","TagKeys":["k7"]}`, aws.ResourceInUse, busy)
}

// Raised or lowered, retention counts from the call on: what has expired stays expired, and what is older is gone.
//
// shows: R2
func TestChangeRetention(t *testing.T) {
	w, st := streamOf(t, 1)
	sh, _ := st.Shard(0)
	hours := func(op string, n int) {
		t.Helper()
		w.says(op, fmt.Sprintf(`{"StreamName":"orders","RetentionPeriodHours":%d}`, n), "")
		if st.Status() != Updating || st.Retention() != time.Duration(n)*time.Hour {
			t.Errorf("after %s it is %s with %v", op, st.Status(), st.Retention())
		}
		w.wait(5*time.Second - time.Microsecond)
		if st.Status() != Updating {
			t.Errorf("after 5 s less 1 µs it is %s", st.Status())
		}
		w.wait(time.Microsecond)
		if st.Status() != Active {
			t.Errorf("after 5 s it is %s", st.Status())
		}
	}
	held := func() int64 { n, _ := st.Held(sh, w.sched.Now()); return n }
	w.put(st, 0, 3, 10)
	first := w.sched.Now()
	w.wait(23 * time.Hour)
	w.put(st, 0, 2, 10)
	second := w.sched.Now()
	run(w.Service, first.Add(24*time.Hour)) // three expire
	hours("IncreaseStreamRetentionPeriod", 8760)
	if held() != 2 {
		t.Errorf("held are %d", held())
	}
	run(w.Service, second.Add(8760*time.Hour-1))
	if held() != 2 {
		t.Errorf("1 µs before a year held are %d", held())
	}
	w.put(st, 0, 1, 10)
	hours("DecreaseStreamRetentionPeriod", 24)
	if held() != 1 {
		t.Errorf("lowered to a day, held are %d", held())
	}
	for _, row := range []struct {
		op      string
		hours   int
		message string
	}{
		{"IncreaseStreamRetentionPeriod", 8761, "Maximum allowed retention period is 8760 hours. Requested retention period (8761 hours) is too long."},
		{"IncreaseStreamRetentionPeriod", 23, "Minimum allowed retention period is 24 hours. Requested retention period (23 hours) is too short."},
		{"DecreaseStreamRetentionPeriod", 23, "Minimum allowed retention period is 24 hours. Requested retention period (23 hours) is too short."},
		{"DecreaseStreamRetentionPeriod", -1, "Minimum allowed retention period is 24 hours. Requested retention period (-1 hours) is too short."},
		{"DecreaseStreamRetentionPeriod", 48, "Requested retention period (48 hours) for stream orders can not be longer than existing retention period (24 hours). Use IncreaseRetentionPeriod API."},
		{"IncreaseStreamRetentionPeriod", 24, "Requested retention period (24 hours) for stream orders is the existing retention period."},
		{"DecreaseStreamRetentionPeriod", 24, "Requested retention period (24 hours) for stream orders is the existing retention period."},
	} {
		w.wait(time.Second)
		w.refuses(row.op, fmt.Sprintf(`{"StreamARN":"%s","RetentionPeriodHours":%d}`, st.ARN(), row.hours), aws.InvalidArgument, row.message)
	}
	hours("IncreaseStreamRetentionPeriod", 25)
	w.refuses("IncreaseStreamRetentionPeriod", `{"StreamName":"orders","RetentionPeriodHours":24}`, aws.InvalidArgument,
		"Requested retention period (24 hours) for stream orders can not be shorter than existing retention period (25 hours). Use DecreaseRetentionPeriod API.")
	w.must(w.split("0", "100"))
	w.refuses("IncreaseStreamRetentionPeriod", `{"StreamName":"orders","RetentionPeriodHours":26}`, aws.ResourceInUse,
		"Stream orders under account 123456789012 not ACTIVE, instead in state UPDATING")
}

func TestResourcePolicies(t *testing.T) {
	w, st := streamOf(t, 1)
	arn := `"ResourceARN":"` + st.ARN() + `"`
	const policy = `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"AWS":"111122223333"},"Action":"kinesis:GetRecords","Resource":"*"}}`
	quoted := strings.ReplaceAll(policy, `"`, `\"`)
	w.says("GetResourcePolicy", `{`+arn+`}`, `{"Policy":"{}"}`)
	w.refuses("DeleteResourcePolicy", `{`+arn+`}`, aws.ResourceNotFound, "No resource policy found for resource ARN "+st.ARN())
	w.says("PutResourcePolicy", `{`+arn+`,"Policy":"`+quoted+`"}`, "")
	w.says("GetResourcePolicy", `{`+arn+`}`, `{"Policy":"`+quoted+`"}`)
	if w.Policy(st.ARN()) != policy || w.Policy(st.ARN()+"x") != "" {
		t.Errorf("the policy is %q", w.Policy(st.ARN()))
	}
	allow := func(without string) string {
		members := []string{`"Effect":"Allow"`, `"Principal":"*"`, `"Action":["kinesis:*"]`, `"Resource":"*"`}
		kept := members[:0:0]
		for _, m := range members {
			if without == "" || !strings.HasPrefix(m, `"`+without) {
				kept = append(kept, m)
			}
		}
		return "{" + strings.Join(kept, ",") + "}"
	}
	fill := func(bytes int) string {
		text := `{"Id":"","Statement":[` + allow("") + `]}`
		return strings.Replace(text, `""`, `"`+strings.Repeat("x", bytes-len(text))+`"`, 1)
	}
	for _, row := range []struct{ name, policy, message string }{
		{"no JSON", `{`, "This policy contains invalid Json"},
		{"a list", `[]`, "Syntax errors in policy."},
		{"nothing", `{}`, "Syntax errors in policy."},
		{"no statements", `{"Statement":[]}`, "Syntax errors in policy."},
		{"a text for a statement", `{"Statement":["Allow"]}`, "Syntax errors in policy."},
		{"another language", `{"Version":"2026-01-01","Statement":` + allow("") + `}`, "Policy document must be version 2012-10-17 or greater."},
		{"no effect", `{"Statement":[` + allow("") + `,` + allow("Effect") + `]}`, "Missing required field Effect cannot be empty!"},
		{"no principal", `{"Statement":` + allow("Principal") + `}`, "Missing required field Principal cannot be empty!"},
		{"no action", `{"Statement":` + allow("Action") + `}`, "Policy statement must contain actions."},
		{"no resource", `{"Statement":` + allow("Resource") + `}`, "Policy statement must contain resources."},
		{"too long", fill(20481), "It has 20481 bytes and may have 20480."},
	} {
		w.wait(time.Second)
		err := w.PutResourcePolicy(&PutResourcePolicyInput{ResourceARN: ptr(st.ARN()), Policy: &row.policy})
		if aws.CodeOf(err) != aws.InvalidArgument || err.(*aws.Error).Message != "Invalid resource policy. "+row.message {
			t.Errorf("%s: %v", row.name, err)
		}
	}
	w.wait(time.Second)
	w.must(w.PutResourcePolicy(&PutResourcePolicyInput{ResourceARN: ptr(st.ARN()), Policy: ptr(fill(20480))}))
	w.must(w.split("0", "100"))
	busy := "Stream orders under account 123456789012 not ACTIVE, instead in state UPDATING"
	w.refuses("DeleteResourcePolicy", `{`+arn+`}`, aws.ResourceInUse, busy)
	w.refuses("PutResourcePolicy", `{`+arn+`,"Policy":"`+quoted+`"}`, aws.ResourceInUse, busy)
	w.wait(5 * time.Second)
	w.says("DeleteResourcePolicy", `{`+arn+`}`, "")
	w.says("GetResourcePolicy", `{`+arn+`}`, `{"Policy":"{}"}`)
}

// The commitment lasts for a day at the least: ended sooner, it goes on until then.
func TestCommitment(t *testing.T) {
	w := newWorld(t, Limits2026())
	answer := func(members string) string { return `{"MinimumThroughputBillingCommitment":{` + members + `}}` }
	set := func(status, want string) {
		t.Helper()
		w.says("UpdateAccountSettings", answer(`"Status":"`+status+`"`), answer(want))
		w.says("DescribeAccountSettings", `{}`, answer(want))
	}
	const times = `"StartedAt":1772440770,"EarliestAllowedEndAt":1772527170`
	w.says("DescribeAccountSettings", `{}`, answer(`"Status":"DISABLED"`))
	set("DISABLED", `"Status":"DISABLED"`)
	set("ENABLED", `"Status":"ENABLED",`+times)
	if !w.Advantage() {
		t.Error("there is no Advantage")
	}
	w.wait(time.Hour)
	set("ENABLED", `"Status":"ENABLED",`+times)
	set("DISABLED", `"Status":"ENABLED_UNTIL_EARLIEST_ALLOWED_END",`+times)
	set("DISABLED", `"Status":"ENABLED_UNTIL_EARLIEST_ALLOWED_END",`+times)
	w.wait(time.Hour)
	set("ENABLED", `"Status":"ENABLED",`+times) // which takes the end back
	run(w.Service, begin.Add(24*time.Hour))
	w.says("DescribeAccountSettings", `{}`, answer(`"Status":"ENABLED",`+times))
	w.wait(time.Second)
	set("DISABLED", `"Status":"DISABLED","StartedAt":1772440770,"EndedAt":1772527171,"EarliestAllowedEndAt":1772527170`)
	if w.Advantage() {
		t.Error("Advantage outlives the commitment")
	}
	w.wait(time.Second)
	set("ENABLED", `"Status":"ENABLED","StartedAt":1772527172,"EarliestAllowedEndAt":1772613572`)
	set("DISABLED", `"Status":"ENABLED_UNTIL_EARLIEST_ALLOWED_END","StartedAt":1772527172,"EarliestAllowedEndAt":1772613572`)
	w.wait(24*time.Hour - time.Microsecond)
	if !w.Advantage() {
		t.Error("1 µs before the day is over there is no Advantage")
	}
	w.wait(time.Microsecond)
	if w.Advantage() {
		t.Error("when the day is over there is still Advantage")
	}
	w.says("DescribeAccountSettings", `{}`, answer(`"Status":"DISABLED","StartedAt":1772527172,"EndedAt":1772613572,"EarliestAllowedEndAt":1772613572`))
	w.refuses("UpdateAccountSettings", answer(`"Status":"ENABLED_UNTIL_EARLIEST_ALLOWED_END"`), aws.Validation,
		"1 validation error detected: Value 'ENABLED_UNTIL_EARLIEST_ALLOWED_END' at 'minimumThroughputBillingCommitment.status' failed to satisfy constraint: Member must satisfy enum value set: [ENABLED, DISABLED]")
}

func TestDescribeLimits(t *testing.T) {
	w, _ := streamOf(t, 3)
	w.must(w.CreateStream(&CreateStreamInput{StreamName: ptr("demand")}))
	w.must(w.CreateStream(&CreateStreamInput{StreamName: ptr("more"), ShardCount: ptr(int64(2))}))
	w.must(w.split("0", "100"))
	w.says("DescribeLimits", `{}`, `{"ShardLimit":200,"OpenShardCount":6,"OnDemandStreamCount":1,"OnDemandStreamCountLimit":50,"ChannelCount":0,"ChannelCountLimit":100}`)
}

func TestEnhancedMonitoring(t *testing.T) {
	w, st := streamOf(t, 1)
	ends := `"StreamARN":"` + st.ARN() + `"}`
	call := func(op, metrics, current, desired string) {
		t.Helper()
		w.says(op, `{"StreamName":"orders","ShardLevelMetrics":[`+metrics+`]}`,
			`{"StreamName":"orders","CurrentShardLevelMetrics":[`+current+`],"DesiredShardLevelMetrics":[`+desired+`],`+ends)
		if st.Status() != Updating {
			t.Errorf("after %s it is %s", op, st.Status())
		}
		w.wait(5 * time.Second)
	}
	const all = `"IncomingBytes","IncomingRecords","OutgoingBytes","OutgoingRecords","WriteProvisionedThroughputExceeded","ReadProvisionedThroughputExceeded","IteratorAgeMilliseconds"`
	call("EnableEnhancedMonitoring", `"OutgoingBytes","IncomingBytes"`, "", `"IncomingBytes","OutgoingBytes"`)
	call("EnableEnhancedMonitoring", `"ALL"`, `"IncomingBytes","OutgoingBytes"`, all)
	for _, op := range []string{"DescribeStream", "DescribeStreamSummary"} {
		if got, err := w.do(op, `{"StreamName":"orders"}`); err != nil || !strings.Contains(got, `"EnhancedMonitoring":[{"ShardLevelMetrics":[`+all+`]}]`) {
			t.Errorf("%s answers %s (%v)", op, got, err)
		}
	}
	call("DisableEnhancedMonitoring", `"IncomingRecords"`, all, strings.Replace(all, `"IncomingRecords",`, "", 1))
	call("DisableEnhancedMonitoring", `"ALL"`, strings.Replace(all, `"IncomingRecords",`, "", 1), "")
	w.refuses("EnableEnhancedMonitoring", `{"StreamName":"orders","ShardLevelMetrics":["Latency"]}`, aws.Validation,
		"1 validation error detected: Value '[Latency]' at 'shardLevelMetrics' failed to satisfy constraint: Member must satisfy constraint: [Member must satisfy enum value set: [IncomingBytes, IncomingRecords, OutgoingBytes, OutgoingRecords, WriteProvisionedThroughputExceeded, ReadProvisionedThroughputExceeded, IteratorAgeMilliseconds, ALL]]")
	w.must(w.split("0", "100"))
	w.refuses("DisableEnhancedMonitoring", `{"StreamName":"orders","ShardLevelMetrics":["ALL"]}`, aws.ResourceInUse, "Stream orders under account 123456789012 not ACTIVE, instead in state UPDATING")
}

// The capacity of the byte bucket follows the largest record: 10 MiB at once from 1,025 KiB on, and 1 MiB below.
func TestUpdateMaxRecordSize(t *testing.T) {
	w, st := streamOf(t, 1)
	sh, _ := st.Shard(0)
	set := func(kib int) {
		t.Helper()
		w.says("UpdateMaxRecordSize", fmt.Sprintf(`{"StreamARN":"%s","MaxRecordSizeInKiB":%d}`, st.ARN(), kib), "")
		if st.Status() != Updating || st.MaxRecordKiB() != int64(kib) {
			t.Errorf("it is %s and takes %d KiB", st.Status(), st.MaxRecordKiB())
		}
	}
	var r [1]PutResult
	record := func(bytes int) []PutEntry { return []PutEntry{{Key: "k", Data: make([]byte, bytes-1)}} }
	set(1025)
	w.must(w.Put(st, record(1025<<10), r[:]))
	if r[0].Why != WhyBytes { // the bucket holds what it held
		t.Errorf("at once it is %+v", r[0])
	}
	w.wait(9 * time.Second)
	if _, b := st.WriteBudgets(sh, w.sched.Now()); b.Capacity != 10<<20 || b.Left != 10<<20 {
		t.Errorf("after 9 s the bucket is %+v", b)
	}
	w.must(w.Put(st, record(1025<<10), r[:]))
	if !r[0].OK() {
		t.Errorf("a record of 1,025 KiB is %+v", r[0])
	}
	w.refused(w.Put(st, record(1025<<10+1), r[:]), aws.Validation, "1 validation error detected: Value at 'data' failed to satisfy constraint: Member must have length less than or equal to 1049600")
	set(1024)
	if _, b := st.WriteBudgets(sh, w.sched.Now()); b.Capacity != 1<<20 || b.Left != 1<<20 {
		t.Errorf("back at 1,024 KiB the bucket is %+v", b)
	}
	w.refused(w.Put(st, record(1<<20+1), r[:]), aws.Validation, "1 validation error detected: Value at 'data' failed to satisfy constraint: Member must have length less than or equal to 1048576")
	arn := `"StreamARN":"` + st.ARN() + `"`
	w.refuses("UpdateMaxRecordSize", `{`+arn+`,"MaxRecordSizeInKiB":2048}`, aws.ResourceInUse, "Stream orders under account 123456789012 not ACTIVE, instead in state UPDATING")
	w.refuses("UpdateMaxRecordSize", `{`+arn+`,"MaxRecordSizeInKiB":1023}`, aws.Validation, "1 validation error detected: Value '1023' at 'maxRecordSizeInKiB' failed to satisfy constraint: Member must have value greater than or equal to 1024")
	w.refuses("UpdateMaxRecordSize", `{`+arn+`,"MaxRecordSizeInKiB":10241}`, aws.Validation, "1 validation error detected: Value '10241' at 'maxRecordSizeInKiB' failed to satisfy constraint: Member must have value less than or equal to 10240")
	w.refuses("UpdateMaxRecordSize", `{"MaxRecordSizeInKiB":2048}`, aws.InvalidArgument, "StreamARN should be provided.")
	old := newWorld(t, Limits2024())
	old.stream("orders", 1)
	old.refuses("UpdateMaxRecordSize", `{`+arn+`,"MaxRecordSizeInKiB":1025}`, aws.InvalidArgument, "MaxRecordSizeInKiB must not be greater than 1024. Specified value was 1025")
}

// With AUTO the service gives each record to the next shard with room, whatever its key.
func TestAutomaticDistribution(t *testing.T) {
	w := newWorld(t, Limits2026())
	w.says("CreateStream", `{"StreamName":"orders","RecordDistributionStrategy":"AUTO"}`, "")
	w.wait(10 * time.Second)
	st, _ := w.Stream("orders")
	if got, _ := w.do("DescribeStreamSummary", `{"StreamName":"orders"}`); !strings.Contains(got, `"RecordDistributionStrategy":"AUTO"`) {
		t.Errorf("summary is %s", got)
	}
	for i := range 8 {
		out, err := w.PutRecord(&PutRecordInput{StreamName: ptr("orders"), PartitionKey: ptr("hot"), ExplicitHashKey: ptr("340282366920938463463374607431768211456"), Data: []byte{}})
		w.must(err)
		if want := ShardID(int32(i % 4)); out.ShardId != want {
			t.Errorf("record %d went to %s, want %s", i, out.ShardId, want)
		}
	}
	w.says("PutRecord", `{"StreamName":"orders","Data":""}`, `{"ShardId":"shardId-000000000000","SequenceNumber":"`+SequenceNumber{begin.Second(), 0, 3, w.sched.Now().Second()}.String()+`"}`)
	w.wait(time.Second)
	sh, _ := st.Shard(0)
	it := w.sealIterator(st, Cursor{Shard: 0, Index: 1, Issued: w.sched.Now()})
	number := func(i int64) string { return sh.SequenceNumber(i, sh.records.At(i).At) }
	at := aws.Timestamp(int64(sh.records.At(1).At) / 1000).String()
	out, err := w.do("GetRecords", `{"ShardIterator":"`+it+`","Limit":2}`)
	w.must(err)
	want := `{"Records":[{"SequenceNumber":"` + number(1) + `","ApproximateArrivalTimestamp":` + at + `,"Data":"","PartitionKey":"hot"},` +
		`{"SequenceNumber":"` + number(2) + `","ApproximateArrivalTimestamp":` + at + `,"Data":""}]`
	if !strings.HasPrefix(out, want) {
		t.Errorf("read\n %s\nwant\n %s", out, want)
	}
	w.refuses("PutRecord", `{"StreamName":"orders","Data":"","SequenceNumberForOrdering":"`+number(1)+`"}`, aws.InvalidArgument,
		"SequenceNumberForOrdering is not supported for stream orders under account 123456789012, whose RecordDistributionStrategy is AUTO.")
	// A full shard is passed over; only when all are full is a record refused.
	taken := w.put(st, 2, 500, 1) + w.put(st, 2, 500, 1) // explicit hash keys, which do not matter
	for range 10 {
		taken += w.put(st, 2, 500, 1)
	}
	if taken != 4000 {
		t.Errorf("the four shards took %d records in an instant, want 4,000", taken)
	}
	// The change counts at once, and what is there stays.
	strategy := func(s string) string {
		return `{"StreamARN":"` + st.ARN() + `","RecordDistributionStrategy":"` + s + `"}`
	}
	w.wait(time.Second)
	w.says("UpdateStreamRecordDistributionStrategy", strategy(UserPartitionKey), "")
	if st.Status() != Active || w.put(st, 2, 500, 1) != 500 || w.put(st, 2, 500, 1) != 500 || w.put(st, 2, 1, 1) != 0 {
		t.Error("the stream does not go by keys")
	}
	w.refuses("PutRecord", `{"StreamName":"orders","Data":""}`, aws.Validation, "1 validation error detected: Value null at 'partitionKey' failed to satisfy constraint: Member must not be null")
	w.says("UpdateStreamRecordDistributionStrategy", strategy(Auto), "")
	if w.put(st, 2, 1, 1) != 1 {
		t.Error("the stream does not spread its records")
	}

	w.stream("provisioned", 1)
	const words = "RecordDistributionStrategy AUTO is not supported for stream provisioned under account 123456789012, which is in Provisioned mode."
	w.refuses("UpdateStreamRecordDistributionStrategy", strings.Replace(strategy(Auto), "orders", "provisioned", 1), aws.InvalidArgument, words)
	w.refuses("CreateStream", `{"StreamName":"provisioned","ShardCount":1,"RecordDistributionStrategy":"AUTO"}`, aws.InvalidArgument, words)
	w.says("UpdateStreamRecordDistributionStrategy", strings.Replace(strategy(UserPartitionKey), "orders", "provisioned", 1), "")
	if got, _ := w.do("DescribeStreamSummary", `{"StreamName":"provisioned"}`); strings.Contains(got, "RecordDistributionStrategy") {
		t.Errorf("summary is %s", got)
	}
}

// A request with DryRun passes the same checks as without, and then nothing is done.
func TestDryRun(t *testing.T) {
	w, st := streamOf(t, 1)
	w.put(st, 0, 1, 1)
	w.wait(time.Second)
	app := w.consumer("app")
	it := w.sealIterator(st, Cursor{Issued: w.sched.Now()})
	const good = "Request would have succeeded, but DryRun flag is set."
	big := strings.Repeat("AAAA", (1<<20)/3+1)
	for _, row := range []struct {
		name, op, body string
		code           aws.Code
		message        string
	}{
		{"a good record", "PutRecord", `{"StreamName":"orders","PartitionKey":"k","Data":""`, aws.DryRunOperation, good},
		{"no stream", "PutRecord", `{"StreamName":"none","PartitionKey":"k","Data":""`, aws.ResourceNotFound, "Stream none under account 123456789012 not found."},
		{"no key", "PutRecord", `{"StreamName":"orders","Data":""`, aws.Validation, "1 validation error detected: Value null at 'partitionKey' failed to satisfy constraint: Member must not be null"},
		{"a record that is too large", "PutRecord", `{"StreamName":"orders","PartitionKey":"k","Data":"` + big + `"`, aws.Validation, "1 validation error detected: Value at 'data' failed to satisfy constraint: Member must have length less than or equal to 1048576"},
		{"a bad hash key", "PutRecord", `{"StreamName":"orders","PartitionKey":"k","Data":"","ExplicitHashKey":"340282366920938463463374607431768211456"`, aws.InvalidArgument,
			"Invalid ExplicitHashKey. ExplicitHashKey must be in the range: [0, 2^128-1]. Specified value was 340282366920938463463374607431768211456"},
		{"good records", "PutRecords", `{"StreamName":"orders","Records":[{"PartitionKey":"k","Data":""}]`, aws.DryRunOperation, good},
		{"records of which one is too large", "PutRecords", `{"StreamName":"orders","Records":[{"PartitionKey":"k","Data":""},{"PartitionKey":"k","Data":"` + big + `"}]`, aws.Validation,
			"1 validation error detected: Value at 'records.2.member.data' failed to satisfy constraint: Member must have length less than or equal to 1048576"},
		{"a good iterator", "GetRecords", `{"ShardIterator":"` + it + `"`, aws.DryRunOperation, good},
		{"no iterator", "GetRecords", `{"ShardIterator":"AAAA"`, aws.InvalidArgument, "Invalid ShardIterator."},
		{"a good place", "GetShardIterator", `{"StreamName":"orders","ShardId":"0","ShardIteratorType":"LATEST"`, aws.DryRunOperation, good},
		{"no shard", "GetShardIterator", `{"StreamName":"orders","ShardId":"7","ShardIteratorType":"LATEST"`, aws.ResourceNotFound, "Shard shardId-000000000007 in stream orders under account 123456789012 does not exist"},
	} {
		t.Run(row.name, func(t *testing.T) {
			v := *w
			v.t = t
			w.wait(time.Second)
			v.refuses(row.op, row.body+`,"DryRun":true}`, row.code, row.message)
			if row.code != aws.DryRunOperation {
				return
			}
			if _, err := w.do(row.op, row.body+`,"DryRun":false}`); err != nil {
				t.Errorf("without DryRun: %v", err)
			}
		})
	}
	subscribe := func(shard string) error {
		w.wait(time.Second)
		_, err := w.Subscribe(&SubscribeToShardInput{ConsumerARN: ptr(app.ARN()), ShardId: &shard, StartingPosition: &StartingPosition{Type: ptr(Latest)}, DryRun: ptr(true)}, 0)
		return err
	}
	w.refused(subscribe("0"), aws.DryRunOperation, good)
	w.refused(subscribe("0"), aws.DryRunOperation, good) // which no subscription hinders
	w.refused(subscribe("9"), aws.ResourceNotFound, "Shard shardId-000000000009 in stream orders under account 123456789012 does not exist")
	// The limits of the shard do not matter to it.
	w.wait(2 * time.Second)
	w.put(st, 0, 500, 1)
	w.put(st, 0, 500, 1)
	w.refuses("PutRecord", `{"StreamName":"orders","PartitionKey":"k","Data":"","DryRun":true}`, aws.DryRunOperation, good)
	w.wait(5 * time.Minute)
	_, err := w.do("GetRecords", `{"ShardIterator":"`+it+`","DryRun":true}`)
	if aws.CodeOf(err) != aws.ExpiredIterator {
		t.Errorf("an old iterator: %v", err)
	}
}
