package region

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"shardlab/wasm/protocol"
)

// TestFunctionWithoutItsStream holds that the card of a function whose stream is gone says that it cannot read, and why.
func TestFunctionWithoutItsStream(t *testing.T) {
	r := withKCL(t, 1, 1, 0, "")
	ok(t, r, Lab, "PutFunction", `{"Name":"notify"}`)
	ok(t, r, "lambda", "CreateEventSourceMapping", `{"FunctionName":"notify","EventSourceArn":"arn:aws:kinesis:us-east-1:123456789012:stream/trips","StartingPosition":"LATEST"}`)
	runFor(r, time.Minute)
	find := func() (barred bool, note string) {
		for _, c := range r.StagedConsumers() {
			if c.Kind == "Lambda function" {
				return c.Barred, c.Note
			}
		}
		t.Fatal("no function stands on the stage")
		return false, ""
	}
	if barred, note := find(); barred {
		t.Errorf("with its stream it cannot read: %q", note)
	}
	ok(t, r, Kinesis, "DeleteStream", `{"StreamName":"trips","EnforceConsumerDeletion":true}`)
	runFor(r, time.Minute)
	if barred, note := find(); !barred || note == "" {
		t.Errorf("without its stream it is barred: %t, %q", barred, note)
	}
}

// TestAgentOfSeveralStreams holds that the stage knows every stream that an agent's flows lead to, each once.
func TestAgentOfSeveralStreams(t *testing.T) {
	r := withKCL(t, 1, 1, 0, "")
	ok(t, r, Lab, "PutAgent", `{"Name":"web-1","Config":"{\"flows\":[{\"filePattern\":\"/var/log/a.log*\",\"kinesisStream\":\"trips\"},{\"filePattern\":\"/var/log/b.log*\",\"kinesisStream\":\"requests\"},{\"filePattern\":\"/var/log/c.log*\",\"kinesisStream\":\"requests\"}]}"}`)
	all := r.StagedProducers()
	if p := all[len(all)-1]; p.Name != "web-1" || p.Stream != "trips" || fmt.Sprint(p.Also) != "[requests]" {
		t.Errorf("%s writes to %s and also %v", p.Name, p.Stream, p.Also)
	}
}

// TestApplicationWithoutRights holds the same of a KCL application: denied when it looks for shards, and when it reads.
func TestApplicationWithoutRights(t *testing.T) {
	r := withKCL(t, 1, 2, 100, "")
	trust := `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":"*","Action":"sts:AssumeRole"}}`
	ok(t, r, "iam", "CreateRole", fmt.Sprintf(`{"RoleName":"reader","AssumeRolePolicyDocument":%q}`, trust))
	ok(t, r, Lab, "PutKclApplication", `{"Name":"app","Role":"reader"}`)
	may := func(actions string) {
		ok(t, r, "iam", "PutRolePolicy", fmt.Sprintf(`{"RoleName":"reader","PolicyName":"p","PolicyDocument":%q}`,
			`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":[`+actions+`],"Resource":"*"}}`))
		runFor(r, 2*time.Minute)
	}
	card := func() protocol.Consumer { return r.StagedConsumers()[0] }
	runFor(r, 2*time.Minute)
	before := theApp(t, r).Total().Processed
	if c := card(); !c.Barred || !strings.Contains(c.Note, "no policy lets reader") {
		t.Errorf("with no rights: %t, %q", c.Barred, c.Note)
	}
	may(`"kinesis:ListShards","kinesis:GetShardIterator"`)
	if c := card(); !c.Barred {
		t.Error("it may list shards and read none, and says nothing")
	}
	if n := theApp(t, r).Total().Processed; n != before {
		t.Errorf("it processed %d records that it may not read", n-before)
	}
	may(`"kinesis:ListShards","kinesis:GetShardIterator","kinesis:GetRecords"`)
	if c := card(); c.Barred || c.Note != "" || theApp(t, r).Total().Processed == before {
		t.Errorf("with all rights: %t, %q", c.Barred, c.Note)
	}
}

// TestPartsAndMetricsHaveSheets holds that a worker, a lease and a metric can be looked at by their refs, that the sheet of an
// application leads to the first two, and that a ref of something that is not there finds nothing.
func TestPartsAndMetricsHaveSheets(t *testing.T) {
	r := withKCL(t, 1, 2, 100, `,"Workers":2,"Checkpoint":"never"`)
	runFor(r, 2*time.Minute)
	app, _ := r.Sheet("consumer:app")
	for _, want := range []string{"worker:app/worker-1", "lease:app/shardId-000000000001"} {
		if !strings.Contains(fmt.Sprint(app), want) {
			t.Errorf("the application's sheet does not lead to %s", want)
		}
		if s, ok := r.PartSheet(want); !ok || s.Ref != want || len(s.Sections) == 0 {
			t.Errorf("%s: %t, %+v", want, ok, s)
		}
	}
	l, ok := r.Lease("app", 0)
	if n := r.Unchecked("app", l); !ok || n < 1000 {
		t.Errorf("without checkpoints %d records lie behind the checkpoint of shard 0", n)
	}
	if s, ok := r.MetricSheet("metric:app,RecordsProcessed,ShardId=shardId-000000000000,Operation=ProcessTask"); !ok || s.Title != "RecordsProcessed" || !strings.Contains(s.Commands[0], "--namespace app --metric-name RecordsProcessed --dimensions Name=") {
		t.Errorf("a metric: %t, %+v", ok, s)
	}
	for _, ref := range []string{"worker:app/worker-9", "worker:other/worker-1", "lease:app/shardId-000000000009", "lease:app/1x", "worker:app"} {
		if s, ok := r.PartSheet(ref); ok {
			t.Errorf("%s: %+v", ref, s)
		}
	}
	for _, ref := range []string{"metric:AWS/Kinesis", "metric:AWS/Kinesis,IncomingRecords", "metric:AWS/Kinesis,IncomingRecords,Stream=trips", "metric:lab,lab/read,Client=consumer:app", "metric:AWS/Kinesis,IncomingRecords,trips"} {
		if s, ok := r.MetricSheet(ref); ok {
			t.Errorf("%s: %+v", ref, s)
		}
	}
}
