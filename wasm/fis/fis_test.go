package fis

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"shardlab/wasm/aws"
	"shardlab/wasm/sim"
)

var begin = sim.At(time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC))

// lab is a service among three streams, of which two have a tag.
type lab struct {
	t testing.TB
	*Service
	told []Notice
}

func newLab(t testing.TB) *lab {
	l := &lab{t: t}
	l.Service = New(Config{Region: "us-east-1", Account: "123456789012", Seed: 7, Streams: streamsThere, Notify: func(n Notice) { l.told = append(l.told, n) }}, sim.NewSchedule(begin), 1)
	return l
}

func streamsThere() []Stream {
	arn := "arn:aws:kinesis:us-east-1:123456789012:stream/"
	return []Stream{{"orders", arn + "orders", map[string]string{"team": "shop"}}, {"trips", arn + "trips", nil}, {"visits", arn + "visits", map[string]string{"team": "shop"}}}
}

func (l *lab) wait(d time.Duration) {
	until := l.sched.Now().Add(d)
	for {
		e, ok := l.sched.Pop(until)
		if !ok {
			return
		}
		l.Fire(e)
	}
}

func (l *lab) ask(op, body string) (string, error) {
	r, err := Decode(op, []byte(body))
	if err != nil {
		return "", err
	}
	out, err := r.Run(l.Service)
	if err != nil {
		return "", err
	}
	b, err := aws.Encode(out)
	return string(b), err
}

func (l *lab) must(op, body string) string {
	l.t.Helper()
	out, err := l.ask(op, body)
	if err != nil {
		l.t.Fatalf("%s %s: %v", op, body, err)
	}
	return out
}

// throttle is the example of the Kinesis developer guide, with the target by ARN; parts of it are replaced by tests.
const throttle = `{"description":"Kinesis stream experiment","targets":{"KinesisStreams-Target-1":{"resourceType":"aws:kinesis:stream","resourceArns":["arn:aws:kinesis:us-east-1:123456789012:stream/trips"],"selectionMode":"ALL"}},
	"actions":{"kinesis":{"actionId":"aws:kinesis:stream-provisioned-throughput-exception","description":"my-stream","parameters":{"duration":"PT5M","percentage":"100","service":"kinesis"},"targets":{"KinesisStreams":"KinesisStreams-Target-1"}}},
	"stopConditions":[{"source":"none"}],"roleArn":"arn:aws:iam::123456789012:role/role-name","tags":{},"experimentOptions":{"accountTargeting":"single-account","emptyTargetResolutionMode":"fail"}}`

// start makes a template and starts it, and returns the experiment's id.
func (l *lab) start(template string) string {
	l.t.Helper()
	var t ExperimentTemplateOutput
	var e ExperimentOutput
	if err := json.Unmarshal([]byte(l.must("CreateExperimentTemplate", template)), &t); err != nil {
		l.t.Fatal(err)
	}
	if err := json.Unmarshal([]byte(l.must("StartExperiment", `{"experimentTemplateId":"`+t.ExperimentTemplate.ID+`"}`)), &e); err != nil {
		l.t.Fatal(err)
	}
	return e.Experiment.ID
}

func (l *lab) status(id string) (string, map[string]string) {
	l.t.Helper()
	var e ExperimentOutput
	if err := json.Unmarshal([]byte(l.must("GetExperiment", `{"id":"`+id+`"}`)), &e); err != nil {
		l.t.Fatal(err)
	}
	all := map[string]string{}
	for name, a := range e.Experiment.Actions {
		all[name] = a.State.Status
	}
	return e.Experiment.State.Status, all
}

// An experiment is initiating, runs for its duration and strikes only then, the operations it names on its stream.
func TestExperiment(t *testing.T) {
	l := newLab(t)
	id := l.start(throttle)
	if status, _ := l.status(id); status != "initiating" || l.Active() || !strings.HasPrefix(id, "EXP") {
		t.Errorf("%s begins %s, active: %t", id, status, l.Active())
	}
	l.wait(Initiating)
	if status, actions := l.status(id); status != "running" || actions["kinesis"] != "running" || !l.Active() {
		t.Errorf("then it is %s, %v", status, actions)
	}
	rows := []struct {
		op, stream string
		code       aws.Code
	}{
		{"PutRecord", "trips", aws.ProvisionedThroughputExceeded}, {"PutRecords", "trips", aws.ProvisionedThroughputExceeded}, {"GetRecords", "trips", aws.ProvisionedThroughputExceeded},
		{"GetShardIterator", "trips", aws.ProvisionedThroughputExceeded}, {"DescribeStream", "trips", ""}, {"PutRecord", "orders", ""}, {"ListStreams", "", ""},
	}
	for _, row := range rows {
		code := ""
		if x := l.Strike(row.op, row.stream, ""); x.Err != nil {
			code = x.Err.Code
			if x.Err.Message != "Rate exceeded for stream trips under account 123456789012." || !strings.Contains(x.Err.Hint, id) || x.By != "aws:kinesis:stream-provisioned-throughput-exception" {
				t.Errorf("it says %+v", x)
			}
		}
		if code != row.code {
			t.Errorf("%s on %q gets %q, want %q", row.op, row.stream, code, row.code)
		}
	}
	l.wait(5*time.Minute - time.Microsecond)
	if l.Strike("PutRecord", "trips", "").Err == nil {
		t.Error("in its last microsecond it does not strike")
	}
	l.wait(time.Microsecond)
	if status, actions := l.status(id); status != "completed" || actions["kinesis"] != "completed" || l.Active() || l.Strike("PutRecord", "trips", "").Err != nil {
		t.Errorf("after its duration it is %s, %v", status, actions)
	}
	if len(l.told) != 3 || l.told[0].Kind != Began || l.told[0].Percentage != 100 || l.told[1].Kind != Ended || l.told[2].Kind != Finished || l.told[2].Status != "completed" {
		t.Errorf("it told %+v", l.told)
	}
	if out := l.must("ListExperiments", `{}`); !strings.Contains(out, `"status":"completed","reason":"Experiment completed."`) {
		t.Errorf("it is listed as %s", out)
	}
}

// TestPercentage holds that a part of the calls fails, by the experiment's own dice.
func TestPercentage(t *testing.T) {
	l := newLab(t)
	l.start(strings.ReplaceAll(throttle, `"100"`, `"25"`))
	l.wait(time.Minute)
	hits := 0
	for range 4000 {
		if l.Strike("PutRecord", "trips", "").Err != nil {
			hits++
		}
	}
	if hits < 900 || hits > 1100 {
		t.Errorf("of 4,000 calls %d fail", hits)
	}
}

// TestActions holds the error that each action injects.
func TestActions(t *testing.T) {
	const role = "arn:aws:iam::123456789012:role/writer"
	byRole := func(action string) string {
		s := strings.ReplaceAll(throttle, "aws:kinesis:stream-provisioned-throughput-exception", action)
		s = strings.ReplaceAll(s, `"resourceType":"aws:kinesis:stream","resourceArns":["arn:aws:kinesis:us-east-1:123456789012:stream/trips"]`, `"resourceType":"aws:iam:role","resourceArns":["`+role+`"]`)
		s = strings.ReplaceAll(s, `{"KinesisStreams":`, `{"Roles":`)
		return strings.ReplaceAll(s, `"service":"kinesis"`, `"service":"kinesis","operations":"PutRecord, DescribeStream"`)
	}
	rows := []struct {
		name, template, op, stream, as string
		code                           aws.Code
		status                         int
	}{
		{"expired iterators", strings.ReplaceAll(throttle, "provisioned-throughput", "expired-iterator"), "GetRecords", "trips", "", aws.ExpiredIterator, 400},
		{"not of iterators", strings.ReplaceAll(throttle, "provisioned-throughput", "expired-iterator"), "GetShardIterator", "trips", "", "", 0},
		{"internal error of a role", byRole("aws:fis:inject-api-internal-error"), "PutRecord", "orders", role, aws.InternalError, 500},
		{"of its session", byRole("aws:fis:inject-api-internal-error"), "PutRecord", "orders", "arn:aws:sts::123456789012:assumed-role/writer/bikes", aws.InternalError, 500},
		{"of another role", byRole("aws:fis:inject-api-internal-error"), "PutRecord", "orders", "arn:aws:iam::123456789012:role/reader", "", 0},
		{"of the administrator", byRole("aws:fis:inject-api-internal-error"), "PutRecord", "orders", "", "", 0},
		{"throttling", byRole("aws:fis:inject-api-throttle-error"), "DescribeStream", "orders", role, aws.Throttling, 400},
		{"unavailable", byRole("aws:fis:inject-api-unavailable-error"), "PutRecord", "", role, aws.ServiceUnavailable, 503},
		{"of another operation", byRole("aws:fis:inject-api-unavailable-error"), "PutRecords", "", role, "", 0},
		{"of a stream, which is ours", strings.ReplaceAll(strings.ReplaceAll(throttle, "aws:kinesis:stream-provisioned-throughput-exception", "aws:fis:inject-api-internal-error"), `"service":"kinesis"`, `"service":"kinesis","operations":"PutRecords"`), "PutRecords", "trips", "", aws.InternalError, 500},
		{"waiting", strings.NewReplacer("aws:kinesis:stream-provisioned-throughput-exception", "aws:fis:wait", `"percentage":"100","service":"kinesis"`, `"duration":"PT5M"`, `,"targets":{"KinesisStreams":"KinesisStreams-Target-1"}`, "").Replace(throttle), "PutRecord", "trips", "", "", 0},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			l := newLab(t)
			l.start(row.template)
			l.wait(time.Minute)
			x := l.Strike(row.op, row.stream, row.as)
			if x.Err == nil != (row.code == "") || x.Err != nil && (x.Err.Code != row.code || x.Err.Status != row.status) {
				t.Errorf("it gets %+v", x.Err)
			}
		})
	}
}

// TestTargets holds which streams a target is.
func TestTargets(t *testing.T) {
	tagged := strings.ReplaceAll(throttle, `"resourceArns":["arn:aws:kinesis:us-east-1:123456789012:stream/trips"]`, `"resourceTags":{"team":"shop"}`)
	rows := []struct {
		name, template string
		most           int
		want           string // of what is struck, when it is all
		status         string
	}{
		{"by ARN", throttle, 1, "trips", "running"},
		{"by tag", tagged, 2, "orders visits", "running"},
		{"one by tag", strings.ReplaceAll(tagged, `"ALL"`, `"COUNT(1)"`), 1, "", "running"},
		{"more than there are", strings.ReplaceAll(tagged, `"ALL"`, `"COUNT(5)"`), 2, "orders visits", "running"},
		{"a part, rounded up", strings.ReplaceAll(tagged, `"ALL"`, `"PERCENT(30)"`), 1, "", "running"},
		{"nothing", strings.ReplaceAll(throttle, "stream/trips", "stream/none"), 0, "", "failed"},
		{"nothing is skipped", strings.ReplaceAll(strings.ReplaceAll(throttle, "stream/trips", "stream/none"), `"fail"`, `"skip"`), 0, "", "running"},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			l := newLab(t)
			id := l.start(row.template)
			l.wait(time.Minute)
			if status, _ := l.status(id); status != row.status {
				t.Errorf("it is %s, want %s", status, row.status)
			}
			var struck []string
			for _, st := range streamsThere() {
				if l.Strike("PutRecord", st.Name, "").Err != nil {
					struck = append(struck, st.Name)
				}
			}
			if len(struck) != row.most || row.want != "" && strings.Join(struck, " ") != row.want {
				t.Errorf("it strikes %v", struck)
			}
		})
	}
}

// TestOrder holds that actions begin after those that they name, and what stopping does to each.
func TestOrder(t *testing.T) {
	two := strings.Replace(throttle, `"actions":{`, `"actions":{"first":{"actionId":"aws:fis:wait","parameters":{"duration":"PT2M"}},"last":{"actionId":"aws:fis:wait","parameters":{"duration":"PT1M"},"startAfter":["kinesis"]},`, 1)
	two = strings.Replace(two, `"description":"my-stream"`, `"startAfter":["first"]`, 1)
	follow := func(l *lab, id string) string {
		_, a := l.status(id)
		return a["first"] + " " + a["kinesis"] + " " + a["last"]
	}
	l := newLab(t)
	id := l.start(two)
	rows := []struct {
		wait time.Duration
		want string
	}{{0, "pending pending pending"}, {Initiating, "running pending pending"}, {2 * time.Minute, "completed running pending"}, {5 * time.Minute, "completed completed running"}, {time.Minute, "completed completed completed"}}
	for _, row := range rows {
		if l.wait(row.wait); follow(l, id) != row.want {
			t.Errorf("after %v it is %s, want %s", row.wait, follow(l, id), row.want)
		}
	}
	id = l.start(two)
	l.wait(3 * time.Minute)
	out := l.must("StopExperiment", `{"id":"`+id+`"}`)
	if got := follow(l, id); got != "completed stopped cancelled" || !strings.Contains(out, `"status":"stopped"`) || l.Active() {
		t.Errorf("stopped it is %s", got)
	}
	l.wait(time.Hour)
	if status, _ := l.status(id); status != "stopped" {
		t.Errorf("an hour after it was stopped it is %s", status)
	}
	id = l.start(strings.ReplaceAll(throttle, `{"source":"none"}`, `{"source":"aws:cloudwatch:alarm","value":"arn:aws:cloudwatch:us-east-1:123456789012:alarm:hot"}`))
	l.wait(time.Minute)
	l.AlarmChanged("arn:aws:cloudwatch:us-east-1:123456789012:alarm:cold")
	if status, _ := l.status(id); status != "running" {
		t.Errorf("after another alarm it is %s", status)
	}
	l.AlarmChanged("arn:aws:cloudwatch:us-east-1:123456789012:alarm:hot")
	if out := l.must("GetExperiment", `{"id":"`+id+`"}`); !strings.Contains(out, `"state":{"status":"stopped","reason":"Experiment halted by stop condition."}`) {
		t.Errorf("after its alarm it is %s", out)
	}
}

func TestTemplates(t *testing.T) {
	l := newLab(t)
	one := l.must("CreateExperimentTemplate", strings.Replace(throttle, "{", `{"clientToken":"a",`, 1))
	if again := l.must("CreateExperimentTemplate", strings.Replace(throttle, "{", `{"clientToken":"a",`, 1)); again != one {
		t.Errorf("the same token makes another template: %s", again)
	}
	for range 4 {
		l.must("CreateExperimentTemplate", throttle)
	}
	var out ListExperimentTemplatesOutput
	var ids []string
	token := ""
	for range 3 {
		if err := json.Unmarshal([]byte(l.must("ListExperimentTemplates", `{"maxResults":2`+token+`}`)), &out); err != nil {
			t.Fatal(err)
		}
		for _, x := range out.ExperimentTemplates {
			ids = append(ids, x.ID)
		}
		if out.NextToken != nil {
			token = `,"nextToken":"` + *out.NextToken + `"`
		}
		out = ListExperimentTemplatesOutput{NextToken: nil}
	}
	if len(ids) != 5 || !strings.Contains(one, `"id":"`+ids[0]+`"`) || !strings.HasPrefix(ids[4], "EXT") {
		t.Errorf("listed are %v", ids)
	}
	l.must("DeleteExperimentTemplate", `{"id":"`+ids[0]+`"}`)
	if _, err := l.ask("GetExperimentTemplate", `{"id":"`+ids[0]+`"}`); aws.CodeOf(err) != aws.ResourceNotFound {
		t.Errorf("a deleted template: %v", err)
	}
	if got := l.must("GetExperimentTemplate", `{"id":"`+ids[1]+`"}`); !strings.Contains(got, `"actionId":"aws:kinesis:stream-provisioned-throughput-exception"`) {
		t.Errorf("a template is %s", got)
	}
	if got := l.must("ListActions", `{}`); strings.Count(got, `"id":"aws:`) != 6 {
		t.Errorf("the actions are %s", got)
	}
}

// TestRefusals holds what is refused, and that each refusal says what to write instead.
func TestRefusals(t *testing.T) {
	swap := func(old, new string) string { return strings.Replace(throttle, old, new, 1) }
	rows := []struct {
		name, op, body string
		code           aws.Code
		want           string
	}{
		{"no members", "CreateExperimentTemplate", `{}`, aws.Validation, "Value null at 'description'"},
		{"no stop condition", "CreateExperimentTemplate", swap(`[{"source":"none"}]`, `[]`), aws.Validation, "at least one stop condition"},
		{"an unknown stop condition", "CreateExperimentTemplate", swap(`"source":"none"`, `"source":"luck"`), aws.Validation, "Invalid stop condition"},
		{"an alarm without ARN", "CreateExperimentTemplate", swap(`"source":"none"`, `"source":"aws:cloudwatch:alarm"`), aws.Validation, "Invalid stop condition"},
		{"other resources", "CreateExperimentTemplate", swap("aws:kinesis:stream", "aws:ec2:instance"), aws.Validation, "resourceType that is not supported"},
		{"neither ARN nor tag", "CreateExperimentTemplate", swap(`"resourceArns":["arn:aws:kinesis:us-east-1:123456789012:stream/trips"],`, ""), aws.Validation, "either resourceArns or resourceTags"},
		{"no selection", "CreateExperimentTemplate", swap(`,"selectionMode":"ALL"`, ""), aws.Validation, "selectionMode that is not ALL"},
		{"a bad selection", "CreateExperimentTemplate", swap(`"ALL"`, `"PERCENT(101)"`), aws.Validation, "selectionMode that is not ALL"},
		{"no action", "CreateExperimentTemplate", `{"description":"","stopConditions":[{"source":"none"}],"actions":{},"roleArn":"arn:aws:iam::123456789012:role/r"}`, aws.Validation, "at least one action"},
		{"an unknown action", "CreateExperimentTemplate", swap("aws:kinesis:stream-provisioned-throughput-exception", "aws:ec2:stop-instances"), aws.Validation, "actionId that is not supported"},
		{"the name in the steps of the guide", "CreateExperimentTemplate", swap("stream-provisioned", "inject-api-provisioned"), aws.Validation, "actionId that is not supported"},
		{"no percentage", "CreateExperimentTemplate", swap(`"percentage":"100",`, ""), aws.Validation, "from 1 to 100"},
		{"none per cent", "CreateExperimentTemplate", swap(`"100"`, `"0"`), aws.Validation, "from 1 to 100"},
		{"half a minute", "CreateExperimentTemplate", swap(`PT5M`, `PT30S`), aws.Validation, "from one minute to 12 hours"},
		{"thirteen hours", "CreateExperimentTemplate", swap(`PT5M`, `PT13H`), aws.Validation, "from one minute to 12 hours"},
		{"five minutes otherwise", "CreateExperimentTemplate", swap(`PT5M`, `5m`), aws.Validation, "in ISO 8601"},
		{"another service", "CreateExperimentTemplate", swap(`"service":"kinesis"`, `"service":"ec2"`), aws.Validation, "service must be kinesis"},
		{"an unknown parameter", "CreateExperimentTemplate", swap(`"service":"kinesis"`, `"speed":"1"`), aws.Validation, "has no parameter speed"},
		{"operations left out", "CreateExperimentTemplate", swap("aws:kinesis:stream-provisioned-throughput-exception", "aws:fis:inject-api-internal-error"), aws.Validation, "operations is missing"},
		{"no target", "CreateExperimentTemplate", swap(`{"KinesisStreams":"KinesisStreams-Target-1"}`, `{}`), aws.Validation, "must have one target"},
		{"an unknown target", "CreateExperimentTemplate", swap(`{"KinesisStreams":"KinesisStreams-Target-1"}`, `{"KinesisStreams":"x"}`), aws.Validation, "no fitting target x"},
		{"a role of a stream's fault", "CreateExperimentTemplate", swap(`{"KinesisStreams":`, `{"Roles":`), aws.Validation, "has no target Roles"},
		{"too many actions", "CreateExperimentTemplate", swap(`"actions":{`, `"actions":{`+many(maxActions, `"a%d":{"actionId":"aws:fis:wait","parameters":{"duration":"PT1M"}},`)), quota, "has 21 actions, and may have 20"},
		{"too many targets", "CreateExperimentTemplate", swap(`"targets":{"K`, `"targets":{`+many(maxTargets, `"t%d":{"resourceType":"aws:kinesis:stream","resourceTags":{"a":"b"},"selectionMode":"ALL"},`)+`"K`), quota, "has 21 targets, and may have 20"},
		{"too many stop conditions", "CreateExperimentTemplate", swap(`"stopConditions":[`, `"stopConditions":[`+many(maxStops, `{"source":"none"},`)), quota, "has 6 stop conditions, and may have 5"},
		{"after nothing", "CreateExperimentTemplate", swap(`"description":"my-stream"`, `"startAfter":["x"]`), aws.Validation, "startAfter names x"},
		{"after itself", "CreateExperimentTemplate", swap(`"description":"my-stream"`, `"startAfter":["kinesis"]`), aws.Validation, "leads back to itself"},
		{"an unknown template", "StartExperiment", `{"experimentTemplateId":"EXT1"}`, aws.ResourceNotFound, "Experiment template EXT1 not found."},
		{"an unknown experiment", "StopExperiment", `{"id":"EXP1"}`, aws.ResourceNotFound, "Experiment EXP1 not found."},
		{"a bad token", "ListExperiments", `{"nextToken":"x"}`, aws.Validation, "Invalid nextToken."},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			out, err := newLab(t).ask(row.op, row.body)
			if err == nil {
				t.Fatalf("not refused: %s", out)
			}
			if e := err.(*aws.Error); e.Code != row.code || !strings.Contains(e.Message, row.want) || e.Hint == "" && row.name != "no members" {
				t.Errorf("refused with %v (hint %q), want %s: %s", e, e.Hint, row.code, row.want)
			}
		})
	}
	l := newLab(t)
	id := l.start(throttle)
	l.must("StopExperiment", `{"id":"`+id+`"}`)
	if _, err := l.ask("StopExperiment", `{"id":"`+id+`"}`); aws.CodeOf(err) != conflict {
		t.Errorf("stopped twice: %v", err)
	}
}

func TestParseDuration(t *testing.T) {
	for text, want := range map[string]string{"PT1M": "1m0s", "PT1H30M": "1h30m0s", "PT90S": "1m30s", "PT1H2M3S": "1h2m3s", "PT": "bad", "P1D": "bad", "PT1": "bad", "PT1M1H": "bad", "PT-1M": "bad", "1M": "bad", "": "bad", "PTM": "bad"} {
		got := "bad"
		if d, ok := ParseDuration(text); ok {
			got = d.String()
		}
		if got != want {
			t.Errorf("%q is %s, want %s", text, got, want)
		}
	}
}

// TestOwn holds what the lab's own faults do.
func TestOwn(t *testing.T) {
	l := newLab(t)
	for _, o := range []Own{{Name: "c", StreamName: "trips", Kind: "network-latency", Percentage: 100, Millis: 1000}, {Name: "a", StreamName: "trips", Kind: "lost-answers", Percentage: 50}, {Name: "b", StreamName: "trips", Kind: "failed-entries", Percentage: 10}} {
		if err := l.Put(o); err != nil {
			t.Fatal(err)
		}
	}
	lost, failed := 0, 0
	for range 1000 {
		x := l.Strike("PutRecords", "trips", "")
		if x.Lost {
			lost++
		}
		for range 10 {
			if x.Failing() {
				failed++
			}
		}
		if x.Err != nil || x.Delay < 700*time.Millisecond || x.Delay >= 1300*time.Millisecond {
			t.Fatalf("a call gets %+v", x)
		}
	}
	if lost < 450 || lost > 550 || failed < 900 || failed > 1100 {
		t.Errorf("of 1,000 answers %d are lost, of 10,000 entries %d fail", lost, failed)
	}
	if x := l.Strike("DescribeStream", "trips", ""); x.Lost || x.Failing != nil || x.Delay == 0 {
		t.Errorf("another operation gets %+v", x)
	}
	if x := l.Strike("PutRecords", "orders", ""); x.Lost || x.Failing != nil || x.Delay != 0 {
		t.Errorf("another stream gets %+v", x)
	}
	if got := fmt.Sprint(l.Owns()); got != fmt.Sprintf("[{a trips lost-answers [] 50 0 1000 %d } {b trips failed-entries [] 10 0 10000 %d } {c trips network-latency [] 100 1000 1001 1001 }]", lost, failed) {
		t.Errorf("they are %s", got)
	}
	if err := l.Put(Own{Name: "a", StreamName: "trips", Kind: "lost-answers", Operations: []string{"PutRecord"}, Percentage: 100}); err != nil || fmt.Sprint(l.Owns()[0].Operations) != "[PutRecord]" {
		t.Errorf("a is %+v, %v", l.Owns()[0], err)
	}
	if !l.Strike("PutRecord", "trips", "").Lost || l.Strike("GetRecords", "trips", "").Lost {
		t.Error("a fault of PutRecord befalls other operations, or not its own")
	}
	if !l.Delete("b") || l.Delete("b") || len(l.Owns()) != 2 {
		t.Error("b is not deleted once")
	}
}

// A clone goes on as the original does, dice included, and neither touches the other.
func TestClone(t *testing.T) {
	l := newLab(t)
	l.start(strings.ReplaceAll(throttle, `"100"`, `"50"`))
	if err := l.Put(Own{Name: "a", StreamName: "orders", Kind: "lost-answers", Percentage: 50}); err != nil {
		t.Fatal(err)
	}
	l.wait(time.Minute)
	c := &lab{t: t}
	c.Service = l.Clone(l.sched.Clone(), func(cfg *Config) { cfg.Streams = streamsThere })
	play := func(l *lab) string {
		var b strings.Builder
		for range 50 {
			b.WriteString(fmt.Sprint(l.Strike("PutRecord", "trips", "").Err != nil, l.Strike("PutRecord", "orders", "").Lost))
		}
		l.wait(10 * time.Minute)
		l.State(&b)
		return b.String()
	}
	var before strings.Builder
	l.State(&before)
	played := play(c)
	var after strings.Builder
	if l.State(&after); after.String() != before.String() {
		t.Error("the clone touches the original")
	}
	if play(l) != played {
		t.Error("the original goes on otherwise")
	}
}

// many repeats a part of a template, with a number in place of %d.
func many(n int, part string) string {
	all := ""
	for i := range n {
		all += strings.ReplaceAll(part, "%d", strconv.Itoa(i))
	}
	return all
}
