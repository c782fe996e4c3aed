package awsjson

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"shardlab/wasm/region"
)

func as(key, region string) func(*http.Request) {
	return func(r *http.Request) { r.Header.Set("Authorization", signed(key, region)) }
}

// Each access key has its own world in each Region; nobody sees another's streams.
func TestTenantsAreApart(t *testing.T) {
	s := start(t, Config{Account: "111111111111"})
	for i, who := range [][2]string{{"anna", "us-east-1"}, {"anna", "eu-west-1"}, {"bert", "us-east-1"}, {"222222222222", "us-east-1"}} {
		if a, body := s.do("CreateStream", fmt.Sprintf(`{"StreamName":"s%d","ShardCount":1}`, i), as(who[0], who[1])); a.StatusCode != 200 {
			t.Fatal(body)
		}
		_, body := s.do("ListStreams", `{}`, as(who[0], who[1]))
		account := "111111111111"
		if isAccount(who[0]) {
			account = who[0]
		}
		if !strings.HasPrefix(body, fmt.Sprintf(`{"StreamNames":["s%d"],`, i)) || !strings.Contains(body, fmt.Sprintf(`"arn:aws:kinesis:%s:%s:stream/s%d"`, who[1], account, i)) {
			t.Errorf("%v has the streams %s", who, body)
		}
	}
}

// The quota of shards is AWS's own for the Region, or what was asked for.
func TestShardQuota(t *testing.T) {
	s := start(t, Config{})
	for region, want := range map[string]string{"us-east-1": "20000", "eu-central-1": "1000"} {
		if _, body := s.do("DescribeLimits", ``, as("anna", region)); !strings.Contains(body, `"ShardLimit":`+want+`,`) {
			t.Errorf("in %s: %s", region, body)
		}
	}
	small := start(t, Config{Shards: 3})
	if a, body := small.do("CreateStream", `{"StreamName":"s","ShardCount":4}`, nil); a.Header.Get("x-amzn-ErrorType") != "LimitExceededException" {
		t.Errorf("four shards of three: %d %s", a.StatusCode, body)
	}
	big := start(t, Config{Limits: Limits{RegionBytes: 4 << 20}})
	big.stream("many", "2000")
	if a, body := big.do("CreateStream", `{"StreamName":"more","ShardCount":2000}`, nil); a.Header.Get("x-amzn-ErrorType") != "LimitExceededException" || !strings.Contains(body, "-aws-region-memory") {
		t.Errorf("shards beyond the memory: %d %s", a.StatusCode, body)
	}
}

// Where credentials are verified, a world belongs to their account: two of one account see the same streams.
func TestTenantsOfAnAccount(t *testing.T) {
	e, err := New(Config{Credentials: []Credential{
		{Name: "a", AccessKey: "A", SecretKey: "s", Principal: "arn:aws:iam::333333333333:user/a"}, {Name: "b", AccessKey: "B", SecretKey: "s", Account: "333333333333"}, {Name: "c", AccessKey: "C", SecretKey: "s"},
	}})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	for key, account := range map[string]string{"A": "333333333333", "B": "333333333333", "C": "123456789012"} {
		if got := e.keys[key].Account; got != account {
			t.Errorf("%s is of %s, want %s", key, got, account)
		}
	}
}

// Time passes in a world as the wall clock says, as fast as was asked for, also while nobody asks.
func TestTime(t *testing.T) {
	s := start(t, Config{Speed: 60})
	s.must("CreateStream", `{"StreamName":"s","ShardCount":1}`)
	status := func() string {
		_, body := s.do("DescribeStreamSummary", `{"StreamName":"s"}`, nil)
		return body
	}
	if body := status(); !strings.Contains(body, `"StreamStatus":"CREATING"`) {
		t.Errorf("at once: %s", body)
	}
	s.wall.pass(160 * time.Millisecond) // 9.6 virtual seconds
	if body := status(); !strings.Contains(body, `"StreamStatus":"CREATING"`) {
		t.Errorf("after 9.6 s: %s", body)
	}
	s.wall.pass(10 * time.Millisecond)
	if body := status(); !strings.Contains(body, `"StreamStatus":"ACTIVE"`) {
		t.Errorf("after 10.2 s: %s", body)
	}
	s.must("PutRecord", `{"StreamName":"s","Data":"aGk=","PartitionKey":"k"}`)
	s.wall.pass(24 * time.Minute) // a day
	s.tenants.sweep()
	t1, refused := s.tenants.hold(tenantKey{"anna", "us-east-1"}, "123456789012")
	if refused != nil {
		t.Fatal(refused)
	}
	defer s.tenants.release(t1)
	if records, _ := t1.world.Kinesis().Kept(); records != 0 {
		t.Errorf("after a day of retention %d records are kept", records)
	}
	s.wall.pass(-time.Hour)
	if got := status(); !strings.Contains(got, `"StreamStatus":"ACTIVE"`) {
		t.Errorf("with a clock set back: %s", got)
	}
}

// A world that keeps as much as it may refuses more, in the service's words for a limit inside it, and says in the log what
// to raise; when records expire there is room again.
func TestMemoryIsBounded(t *testing.T) {
	s := start(t, Config{Speed: 60, Limits: Limits{RegionBytes: 1 << 20, TotalBytes: 1<<20 + 1<<19}})
	fill := func(who func(*http.Request)) (taken int, a *http.Response, body string) {
		if a, body := s.do("CreateStream", `{"StreamName":"s","ShardCount":4}`, who); a.StatusCode != 200 {
			t.Fatal(body)
		}
		s.wall.pass(time.Second)
		record := `{"StreamName":"s","PartitionKey":"k","Data":"` + strings.Repeat("AAAA", 25<<10) + `"}` // 75 KiB
		for range 40 {
			if a, body = s.do("PutRecord", record, who); a.StatusCode != 200 {
				return taken, a, body
			}
			taken++
			s.wall.pass(time.Second)
		}
		t.Fatalf("40 records are taken: %d bytes", taken*75<<10)
		return
	}
	taken, a, body := fill(nil)
	if a.StatusCode != 500 || a.Header.Get("x-amzn-ErrorType") != "InternalFailureException" || !strings.Contains(body, "-aws-region-memory") {
		t.Errorf("the last is refused with %d %s", a.StatusCode, body)
	}
	if taken < 8 || taken > 13 {
		t.Errorf("%d records of 75 KiB fit into a MiB", taken)
	}
	if a, body := s.do("CreateStream", `{"StreamName":"t","ShardCount":1}`, nil); a.StatusCode != 200 && (a.Header.Get("x-amzn-ErrorType") != "LimitExceededException" || !strings.Contains(body, "-aws-region-memory")) {
		t.Errorf("a stream is answered with %d %s", a.StatusCode, body)
	}
	taken, a, body = fill(as("bert", "us-east-1"))
	if a.StatusCode != 500 || !strings.Contains(body, "-aws-memory") || taken > 8 {
		t.Errorf("of another tenant %d records are taken, and the next is answered with %d %s", taken, a.StatusCode, body)
	}
	for _, flag := range []string{"raise -aws-region-memory", "raise -aws-memory"} {
		if n := strings.Count(s.log.String(), flag); n != 1 {
			t.Errorf("the log says %q %d times:\n%s", flag, n, s.log)
		}
	}
	s.wall.pass(25 * time.Minute)
	if a, body := s.do("PutRecord", `{"StreamName":"s","PartitionKey":"k","Data":"`+strings.Repeat("AAAA", 25<<10)+`"}`, nil); a.StatusCode != 200 {
		t.Errorf("after a day: %d %s", a.StatusCode, body)
	}
}

// Whatever can be set up counts, not records alone: policies, tags, alarms, templates, keys, users, tables and clients.
func TestAllThatIsKeptCounts(t *testing.T) {
	long := strings.Repeat("x", 10<<10)
	policy := func(kind string) string {
		return `{\"Statement\":{\"Sid\":\"` + long + `\",\"Effect\":\"Deny\",` + kind + `\"Action\":\"kinesis:*\",\"Resource\":\"*\"}}`
	}
	for _, row := range []struct{ name, service, op, body string }{
		{"policies of streams", "kinesis", "PutResourcePolicy", `{"ResourceARN":"arn:aws:kinesis:us-east-1:123456789012:stream/s","Policy":"` + policy(`\"Principal\":\"*\",`) + `"}`},
		{"tags", "kinesis", "AddTagsToStream", `{"StreamName":"s","Tags":{` + strings.TrimSuffix(strings.Repeat(`"k%":"`+long[:250]+`",`, 40), ",") + `}}`},
		{"policies of users", "iam", "PutRolePolicy", `{"RoleName":"r","PolicyName":"p","PolicyDocument":"` + strings.Replace(policy(""), long, long[:9<<10], 1) + `"}`},
		{"policies of keys", "kms", "CreateKey", `{"Policy":"` + policy(`\"Principal\":\"*\",`) + `"}`},
		{"alarms", "cloudwatch", "PutMetricAlarm", `{"AlarmName":"a","Namespace":"AWS/Kinesis","MetricName":"IncomingRecords","Statistic":"Sum","ComparisonOperator":"GreaterThanThreshold","Threshold":1,"EvaluationPeriods":1,"Period":60,
			"AlarmActions":["arn:aws:lambda:us-east-1:123456789012:function:` + long + `"]}`},
		{"templates of experiments", "fis", "CreateExperimentTemplate", `{"description":"d","targets":{"t":{"resourceType":"aws:kinesis:stream","resourceArns":["` + long + `"],"selectionMode":"ALL"}},"actions":{"a":{"actionId":"aws:fis:wait","parameters":{"duration":"PT1M"}}},"stopConditions":[{"source":"none"}],"roleArn":"arn:aws:iam::123456789012:role/r"}`},
		{"items of tables", "dynamodb", "PutItem", `{"TableName":"table","Item":{"k":{"S":"a"},"text":{"S":"` + long + `"}}}`},
		{"workers of KCL applications", "lab", "PutKclApplication", `{"Name":"app","StreamName":"s","Workers":40}`},
	} {
		world, err := region.New(region.Config{})
		if err != nil {
			t.Fatal(err)
		}
		do := func(service, op, body string) {
			t.Helper()
			for n := 0; strings.Contains(body, `"k%"`); n++ {
				body = strings.Replace(body, `"k%"`, fmt.Sprintf(`"k%d"`, n), 1)
			}
			if reply := world.Do(region.Command{Service: service, Op: op, Body: []byte(body)}); reply.Err != nil {
				t.Fatalf("%s: %v", row.name, reply.Err)
			}
		}
		do("kinesis", "CreateStream", `{"StreamName":"s","ShardCount":1}`)
		do("iam", "CreateRole", `{"RoleName":"r","AssumeRolePolicyDocument":"{\"Statement\":{\"Effect\":\"Allow\",\"Principal\":\"*\",\"Action\":\"sts:AssumeRole\"}}"}`)
		do("dynamodb", "CreateTable", `{"TableName":"table","AttributeDefinitions":[{"AttributeName":"k","AttributeType":"S"}],"KeySchema":[{"AttributeName":"k","KeyType":"HASH"}],"BillingMode":"PAY_PER_REQUEST"}`)
		world.AdvanceTo(world.Now().Add(time.Minute), 0, nil)
		before := world.Footprint()
		do(row.service, row.op, row.body)
		if got := world.Footprint() - before; got < 9<<10 || got > 64<<10 {
			t.Errorf("%s: 10 KiB more count %d bytes", row.name, got)
		}
	}
}

// What nobody looks at does not gather: streams that come and go leave no metrics behind for ever.
func TestWorldsAreTidied(t *testing.T) {
	s := start(t, Config{Speed: 1440})
	for i := range 20 {
		name := fmt.Sprintf(`{"StreamName":"s%d","ShardCount":1}`, i)
		s.must("CreateStream", name)
		s.wall.pass(100 * time.Millisecond)
		s.must("PutRecord", fmt.Sprintf(`{"StreamName":"s%d","Data":"aGk=","PartitionKey":"k"}`, i))
		s.must("DeleteStream", fmt.Sprintf(`{"StreamName":"s%d"}`, i))
		s.wall.pass(100 * time.Millisecond)
	}
	held, _ := s.tenants.hold(tenantKey{"anna", "us-east-1"}, "123456789012")
	s.tenants.release(held)
	if n := len(held.world.Meter().Keys()); n < 20 {
		t.Errorf("at first %d metrics are kept", n)
	}
	s.wall.pass(15 * time.Minute) // fifteen days
	s.tenants.sweep()
	if n, events := len(held.world.Meter().Keys()), len(held.world.Events(0)); n != 0 || events > keptEvents {
		t.Errorf("after fifteen days %d metrics are kept, and %d events", n, events)
	}
}

// Tenants are as many as may be; one that was silent long makes room, and one in use never does.
func TestTenantsAreBounded(t *testing.T) {
	s := start(t, Config{Limits: Limits{Tenants: 2, Idle: time.Hour, MayGo: time.Minute}})
	list := func(key string) (*http.Response, string) { return s.do("ListStreams", `{}`, as(key, "us-east-1")) }
	list("anna")
	list("bert")
	a, body := list("cleo")
	if a.StatusCode != 400 || a.Header.Get("x-amzn-ErrorType") != "LimitExceededException" || !strings.Contains(body, "-aws-tenants") {
		t.Errorf("a third is answered with %d %s", a.StatusCode, body)
	}
	if !strings.Contains(s.log.String(), "raise -aws-tenants") {
		t.Errorf("the log says nothing of it:\n%s", s.log)
	}
	s.wall.pass(2 * time.Minute)
	list("bert")
	if a, body = list("cleo"); a.StatusCode != 200 {
		t.Errorf("when anna was silent: %d %s", a.StatusCode, body)
	}
	if _, there := s.tenants.byKey[tenantKey{"anna", "us-east-1"}]; there || len(s.tenants.byKey) != 2 {
		t.Errorf("anna is there: %v, of %d", there, len(s.tenants.byKey))
	}
	held, refused := s.tenants.hold(tenantKey{"bert", "us-east-1"}, "123456789012")
	if refused != nil {
		t.Fatal(refused)
	}
	s.wall.pass(2 * time.Hour)
	s.tenants.sweep()
	if _, there := s.tenants.byKey[held.key]; !there || len(s.tenants.byKey) != 1 {
		t.Errorf("after an hour the one in use is there: %v, of %d", there, len(s.tenants.byKey))
	}
	s.tenants.release(held)
	if s.tenants.sweep(); s.tenants.total < 0 {
		t.Errorf("%d bytes are kept", s.tenants.total)
	}
}

// Requests that are read at a time are bounded: whoever finds no room in time is told to come again, and the log says what to
// raise.
func TestRequestsAreBounded(t *testing.T) {
	s := start(t, Config{Limits: Limits{BodyBytes: 1 << 20, BusyBytes: 1 << 20, WaitForRoom: 20 * time.Millisecond}})
	s.must("ListStreams", `{}`)
	if !s.room.enter(t.Context(), 1<<20) { // a request that is not read to its end
		t.Fatal("the room is full")
	}
	for range 2 {
		a, body := s.do("ListStreams", `{}`, nil)
		if a.StatusCode != 503 || a.Header.Get("x-amzn-ErrorType") != "ServiceUnavailable" || !strings.Contains(body, "-aws-busy-memory") {
			t.Errorf("without room it answers %d %s", a.StatusCode, body)
		}
	}
	if n := strings.Count(s.log.String(), "raise -aws-busy-memory"); n != 1 {
		t.Errorf("the log says %d times what to raise:\n%s", n, s.log)
	}
	s.room.leave(1 << 20)
	s.must("ListStreams", `{}`)
}

// An injected fault that loses answers closes the connection after the work is done.
func TestALostAnswerIsNone(t *testing.T) {
	s := start(t, Config{})
	s.stream("s", "1")
	held, _ := s.tenants.hold(tenantKey{"anna", "us-east-1"}, "123456789012")
	defer s.tenants.release(held)
	if failed := s.tenants.turn(held, func(r *region.Region) {
		if reply := r.Do(region.Command{Service: "lab", Op: "PutFault", Body: []byte(`{"Name":"gone","StreamName":"s","Kind":"lost-answers"}`)}); reply.Err != nil {
			t.Fatal(reply.Err)
		}
	}); failed != nil {
		t.Fatal(failed)
	}
	if a, err := http.DefaultClient.Do(s.request("PutRecord", `{"StreamName":"s","PartitionKey":"k","Data":"YQ=="}`, nil)); err == nil {
		a.Body.Close()
		t.Errorf("answered with %s", a.Status)
	}
	_ = s.tenants.turn(held, func(r *region.Region) {
		if st, _ := r.Kinesis().Stream("s"); st.Shards()[0].Taken() != 1 {
			t.Errorf("%d records were taken", st.Shards()[0].Taken())
		}
	})
	if strings.Contains(s.log.String(), "panic") {
		t.Errorf("the log says\n%s", s.log)
	}
}

// A world that breaks is a failure of the service to whoever met it, and the next request finds a new one.
func TestABrokenWorldIsThrownAway(t *testing.T) {
	s := start(t, Config{})
	s.stream("s", "1")
	held, _ := s.tenants.hold(tenantKey{"anna", "us-east-1"}, "123456789012")
	failed := s.tenants.turn(held, func(*region.Region) { panic("two shards took one key") })
	s.tenants.release(held)
	if failed == nil || failed.Status != 500 || !strings.Contains(s.log.String(), "two shards took one key") {
		t.Errorf("it fails with %v, and the log says\n%s", failed, s.log)
	}
	if body := s.must("ListStreams", `{}`); !strings.HasPrefix(body, `{"StreamNames":[],`) {
		t.Errorf("afterwards there are %s", body)
	}
}
