package grade_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"shardlab/wasm/grade"
	"shardlab/wasm/lab"
	"shardlab/wasm/region"
)

// twice is an incident over the world lossy with an application beside it: the right cause has a proof of each kind.
const twice = `{"title":"Trips arrive twice","severity":"SEV2","since":"08:01","words":"Too many trips.",
	"charts":[{"metric":"metric:AWS/Kinesis,IncomingRecords,StreamName=trips"},{"metric":"metric:board,RecordsProcessed,Operation=ProcessTask,ShardId=shardId-000000000000","stat":"Sum"}],
	"causes":[
		{"id":"late-answers","text":"Answers come too late","unproven":"Point at a record that is there twice.","proof":[
			{"of":["record:trips/*"],"check":{"kind":"chosen-record","twice":true},"text":"{id} is there {copies} times"},
			{"of":["shard:trips/*"],"check":{"kind":"chosen-shard","metric":"IncomingRecords","at-least":200,"for":"20s"},"text":"{shard} took {value}"},
			{"of":["metric:AWS/Kinesis,PutRecords.*"],"check":{"kind":"chosen-metric","stat":"SampleCount","at-least":100,"for":"20s"},"text":"{metric} of {whose}"},
			{"of":["lease:board/*"],"check":{"kind":"chosen-lease","at-least":500},"text":"{since} since the checkpoint of {owner}"}]},
		{"id":"lost-leases","text":"Workers lose leases","counter":[{"check":{"kind":"kcl","consumer":"board","figure":"lost-leases","at-most":0},"text":"{lost-leases} were lost"}]},
		{"id":"refusals","text":"Writes are refused","counter":[
			{"check":{"kind":"producer","producer":"bikes","figure":"refused","at-least":1},"text":"never"},
			{"check":{"kind":"producer","producer":"bikes","figure":"refused","at-most":0,"for":"20s"},"text":"{refused} of {requests} calls in {for}"}]},
		{"id":"nobody","text":"It is somebody else","counter":[{"check":{"kind":"running","producer":"cars"},"text":"cars run"}]}]}`

const diagnosed = `{"id":"cause","text":"The cause","check":{"kind":"diagnosis"},"met":"{said} ({statements})","unmet":[{"if":"statements == 0","text":"nothing yet"},{"text":"{outcome}: {said}"}]}`

func withIncident(t *testing.T, incident string) *lab.Lab {
	t.Helper()
	world := lossy + `,{"at":"10s","do":"lab.PutKclApplication","with":{"Name":"board","StreamName":"trips","InitialPositionInStream":"TRIM_HORIZON","Checkpoint":"never"}}`
	l, err := lab.New([]byte(`{"name":"t","start":"2026-03-02T08:00:00Z","seed":5,"world":[`+world+`],"goals":[`+diagnosed+`],"incident":`+incident+`}`), nil)
	if err != nil {
		t.Fatal(err)
	}
	l.AdvanceTo(60*second, 0)
	return l
}

// TestIncident states causes with evidence and without.
func TestIncident(t *testing.T) {
	l := withIncident(t, twice)
	if g := l.Goals()[0]; g.Met || g.Message != "nothing yet" || l.Diagnosis() != nil {
		t.Errorf("before a statement: %+v", g)
	}
	st, _ := l.Region().Kinesis().Stream("trips")
	sh, _ := st.Shard(0)
	record := region.RecordRef("trips", 0, sh.SequenceNumber(5, sh.Record(5).At))
	n := 0
	for _, row := range []struct{ name, cause, evidence, outcome, text string }{
		{"a record that is there twice", "late-answers", record, grade.Proven, "is there"},
		{"a shard by its metric", "late-answers", "shard:trips/shardId-000000000000", grade.Proven, "shardId-000000000000 took"},
		{"a metric", "late-answers", "metric:AWS/Kinesis,PutRecords.TotalRecords,StreamName=trips", grade.Proven, "PutRecords.TotalRecords of trips"},
		{"a lease", "late-answers", "lease:board/shardId-000000000001", grade.Proven, "since the checkpoint of worker-1"},
		{"a metric that no proof takes", "late-answers", "metric:AWS/Kinesis,IncomingBytes,StreamName=trips", grade.Unproven, "Point at a record"},
		{"a client that no proof takes", "late-answers", "producer:bikes", grade.Unproven, "Point at a record"},
		{"no evidence", "late-answers", "", grade.Unproven, "Point at a record"},
		{"a wrong cause", "lost-leases", record, grade.Countered, "0 were lost"},
		{"a wrong cause, the second counter speaks", "refusals", "", grade.Countered, "0 of 600 calls in 20 s"},
		{"a wrong cause, nothing speaks", "nobody", "", grade.Idle, "Nothing in the lab speaks"},
	} {
		t.Run(row.name, func(t *testing.T) {
			body := fmt.Sprintf(`{"Cause":%q}`, row.cause)
			if row.evidence != "" {
				body = fmt.Sprintf(`{"Cause":%q,"Evidence":%q}`, row.cause, row.evidence)
			}
			if _, err := l.Do("lab", "Diagnose", []byte(body), ""); err != nil {
				t.Fatal(err)
			}
			n++
			f, g := l.Diagnosis(), l.Goals()[0]
			if f == nil || f.Outcome != row.outcome || !strings.Contains(f.Text, row.text) || f.Evidence != row.evidence {
				t.Errorf("found %+v, want %s with %q", f, row.outcome, row.text)
			}
			want := fmt.Sprintf("%s (%d)", f.Text, n)
			if row.outcome != grade.Proven {
				want = f.Outcome + ": " + f.Text
			}
			if g.Met != (row.outcome == grade.Proven) || g.Message != want || g.Evidence != row.evidence {
				t.Errorf("the goal says %+v, want %q", g, want)
			}
		})
	}
	for _, row := range []struct{ name, body, want string }{
		{"an unknown cause", `{"Cause":"gremlins"}`, `"gremlins" is no cause of this incident`},
		{"evidence that is not there", `{"Cause":"refusals","Evidence":"shard:trips/shardId-000000000077"}`, "The evidence is not there"},
		{"evidence that is none", `{"Cause":"refusals","Evidence":"the network"}`, "names nothing"},
		{"a metric that nobody writes", `{"Cause":"refusals","Evidence":"metric:AWS/Kinesis,Luck,StreamName=trips"}`, "there is no metric"},
		{"no cause", `{"Evidence":"producer:bikes"}`, "Cause"},
	} {
		t.Run(row.name, func(t *testing.T) {
			if _, err := l.Do("lab", "Diagnose", []byte(row.body), ""); err == nil || !strings.Contains(err.Error(), row.want) {
				t.Errorf("answers %v, want %q", err, row.want)
			}
		})
	}
}

// TestDiagnosisStays holds that a diagnosis is judged when it is stated: what the learner cures afterwards does not take its proof
// away, and a run that is restored from its log has found the same.
func TestDiagnosisStays(t *testing.T) {
	l := withIncident(t, twice)
	l.Do("lab", "Diagnose", []byte(`{"Cause":"late-answers","Evidence":"shard:trips/shardId-000000000000"}`), "")
	said := *l.Diagnosis()
	l.Do("lab", "StopProducer", []byte(`{"Name":"bikes"}`), "")
	l.AdvanceTo(180*second, 0)
	if g := l.Goals()[0]; !g.Met || *l.Diagnosis() != said {
		t.Errorf("after the cure: %+v", g)
	}
	if _, err := l.Do("lab", "Diagnose", []byte(`{"Cause":"late-answers","Evidence":"shard:trips/shardId-000000000000"}`), ""); err != nil || l.Diagnosis().Outcome != grade.Unproven {
		t.Errorf("stated anew when nothing comes any more: %v, %+v", err, l.Diagnosis())
	}
	world := lossy + `,{"at":"10s","do":"lab.PutKclApplication","with":{"Name":"board","StreamName":"trips","InitialPositionInStream":"TRIM_HORIZON","Checkpoint":"never"}}`
	again, err := lab.Restore([]byte(`{"name":"t","start":"2026-03-02T08:00:00Z","seed":5,"world":[`+world+`],"goals":[`+diagnosed+`],"incident":`+twice+`}`), l.Log())
	if err != nil || string(again.State()) != string(l.State()) {
		t.Errorf("restored: %v, the same state: %t", err, err == nil)
	}
}

func TestIncidentFaults(t *testing.T) {
	if in, err := grade.ParseIncident(nil); in != nil || err != nil {
		t.Errorf("without an incident: %v, %v", in, err)
	}
	for _, row := range []struct{ name, old, new, path, want string }{
		{"no title", `"title":"Trips arrive twice"`, `"title":" "`, "incident.title", "what the pager shows"},
		{"severity", "SEV2", "bad", "incident.severity", "none of SEV1"},
		{"unknown key", `"since"`, `"sinc"`, "incident.sinc", "Did you mean since?"},
		{"chart of nothing", `metric:AWS/Kinesis,IncomingRecords,StreamName=trips`, `IncomingRecords`, "incident.charts[0].metric", "is no metric"},
		{"open shards of no stream", `metric:AWS/Kinesis,IncomingRecords,StreamName=trips`, `metric:lab,OpenShardCount`, "incident.charts[0].metric", "write it like metric:lab,OpenShardCount,StreamName=trips"},
		{"open shards of a shard", `metric:AWS/Kinesis,IncomingRecords,StreamName=trips`, `metric:lab,OpenShardCount,ShardId=a,StreamName=trips`, "incident.charts[0].metric", "is of no stream"},
		{"statistic", `"stat":"Sum"`, `"stat":"p99"`, "incident.charts[1].stat", "is no statistic"},
		{"a cause twice", `"id":"nobody"`, `"id":"refusals"`, "incident.causes[3].id", "no id of its own"},
		{"a cause without words", `"text":"Workers lose leases"`, `"text":""`, "incident.causes[1].text", "what the learner states"},
		{"right and wrong", `"unproven":"Point at a record that is there twice.",`, `"unproven":"Point","counter":[{"check":{"kind":"running","producer":"a"},"text":"t"}],`, "incident.causes[0]", "one of them"},
		{"right without words", `"unproven":"Point at a record that is there twice.",`, ``, "incident.causes[0].unproven", "proves nothing"},
		{"evidence", `"record:trips/*"`, `"records"`, "incident.causes[0].proof[0].of[0]", "is no evidence"},
		{"no evidence", `"of":["record:trips/*"],`, ``, "incident.causes[0].proof[0].of", "which evidence it takes"},
		{"a figure that is not there", `{id} is there`, `{name} is there`, "incident.causes[0].proof[0].text", "has no figure {name}"},
		{"chosen in a counter", `{"kind":"running","producer":"cars"}`, `{"kind":"chosen-lease","at-least":1}`, "incident.causes[3].counter[0].check.kind", "is no check"},
		{"any record", `"twice":true`, `"twice":false`, "incident.causes[0].proof[0].check", "any record is a proof"},
	} {
		t.Run(row.name, func(t *testing.T) {
			if !strings.Contains(twice, row.old) {
				t.Fatalf("%q is not in the incident", row.old)
			}
			_, err := grade.ParseIncident([]byte(strings.Replace(twice, row.old, row.new, 1)))
			var faults region.Faults
			if !errors.As(err, &faults) {
				t.Fatalf("got %v", err)
			}
			for _, f := range faults {
				if f.Path == row.path && strings.Contains(f.Message, row.want) {
					return
				}
			}
			t.Errorf("got\n%v\nwant at %q: %s", err, row.path, row.want)
		})
	}
	for _, row := range []struct{ name, goals, incident string }{{"an incident without its goal", ``, twice}, {"the goal without an incident", diagnosed, ""}} {
		t.Run(row.name, func(t *testing.T) {
			more := ""
			if row.incident != "" {
				more = `,"incident":` + row.incident
			}
			err := lab.Check([]byte(`{"name":"t","start":"2026-03-02T08:00:00Z","seed":5,"world":[` + lossy + `],"goals":[` + row.goals + `]` + more + `}`))
			if err == nil || !strings.Contains(err.Error(), "both or neither") {
				t.Errorf("got %v", err)
			}
		})
	}
}
