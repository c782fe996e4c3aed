package region

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"shardlab/wasm/kcl"
)

// withConnector is a world with a stream, a producer and a connector.
func withConnector(t testing.TB, shards int, rate float64, more string) *Region {
	t.Helper()
	r := withKCL(t, 1, shards, rate, "")
	ok(t, r, Lab, "DeleteKclApplication", `{"Name":"app"}`)
	ok(t, r, Lab, "PutConnector", `{"Name":"pipe","StreamName":"trips"`+more+`}`)
	return r
}

func theConnector(t testing.TB, r *Region) *kcl.Application {
	t.Helper()
	a, err := r.connector("pipe")
	if err != nil {
		t.Fatal(err)
	}
	return a.Application
}

// leaseAt is the checkpoint of the only shard.
func leaseAt(r *Region) string { return r.Leases("pipe")[0].Checkpoint }

// CL1: a connector buffers, emits objects named by their sequence numbers, and checkpoints only then.
func TestConnectorEmitsThenCheckpoints(t *testing.T) {
	r := withConnector(t, 1, 0, `,"BufferRecordCountLimit":10,"Filter":"a"`)
	runFor(r, 20*time.Second)
	put := func(n int, data string) {
		for range n {
			ok(t, r, Kinesis, "PutRecord", fmt.Sprintf(`{"StreamName":"trips","PartitionKey":"k","Data":%q}`, data))
		}
		runFor(r, 5*time.Second)
	}
	put(9, "YQ==")  // a
	put(20, "Yg==") // b, which the filter drops
	if a := theConnector(t, r); a.Piping().Buffered != 9 || a.Piping().Filtered != 20 || a.Total().Checkpoint != 0 || leaseAt(r) != "TRIM_HORIZON" {
		t.Fatalf("before the tenth item: %+v, %d checkpoints", a.Piping(), a.Total().Checkpoint)
	}
	put(1, "YQ==")
	a := theConnector(t, r)
	all := a.Destination().Batches()
	if len(all) != 1 || all[0].Items != 10 || all[0].Bytes != 10 || !strings.HasSuffix(all[0].Name(), leaseAt(r)) || a.Total().Checkpoint != 1 {
		t.Errorf("after it: %+v, and the checkpoint is %s", all, leaseAt(r))
	}
}

// An emit that fails is tried three times with pauses of 10 s, while the shard stands; then fail() logs the items, and they are lost,
// or stores them.
func TestConnectorFails(t *testing.T) {
	for _, x := range []struct {
		fail               string
		lost, aside, shown int64
	}{{"logs", 1, 0, 0}, {"stores", 0, 1, 1}} {
		r := withConnector(t, 1, 0, `,"BufferRecordCountLimit":100,"RefusedPercent":100,"OnFail":"`+x.fail+`"`)
		ok(t, r, Lab, "PutProducer", `{"Name":"bikes","StreamName":"trips","RecordsPerSecond":10,"Batch":10}`)
		runFor(r, 20*time.Second)
		a, behind := theConnector(t, r), int64(0)
		for end := r.Now().Add(time.Minute); a.Piping().Failed == 0 && r.Now() < end; {
			behind = max(behind, mustStream(r).Shards()[0].Taken()-a.Total().Processed)
			runFor(r, 100*time.Millisecond)
		}
		if p, total := a.Piping(), a.Total(); p.Emitted != 0 || p.Retries != 2 || p.Failed < 100 || total.Skipped != x.lost*p.Failed || total.SetAside != x.aside*p.Failed || total.Checkpoint != 1 {
			t.Errorf("%s: %+v, %+v", x.fail, p, total)
		}
		if shown := int64(len(a.Destination().Batches())); shown != x.shown {
			t.Errorf("%s: shows %d batches", x.fail, shown)
		}
		if behind < 280 || behind > 340 {
			t.Errorf("%s: it is %d records behind after three pauses of 10 s at 10 records/s", x.fail, behind)
		}
	}
}

// A crash repeats what was emitted since the last checkpoint, a worker that stops emits nothing of its buffer, and nothing is lost.
func TestConnectorRepeatsAfterACrash(t *testing.T) {
	r := withConnector(t, 2, 100, `,"Workers":2,"BufferRecordCountLimit":200,"BufferMillisecondsLimit":5000`)
	runFor(r, 2*time.Minute)
	ok(t, r, Lab, "KillWorker", `{"Application":"pipe","Worker":"worker-1"}`)
	runFor(r, 3*time.Minute)
	ok(t, r, Lab, "StopConnector", `{"Name":"pipe"}`)
	ok(t, r, Lab, "StartConnector", `{"Name":"pipe"}`)
	ok(t, r, Lab, "StopProducer", `{"Name":"bikes"}`)
	runFor(r, 3*time.Minute)
	a := theConnector(t, r)
	taken := int64(0)
	for _, sh := range mustStream(r).Shards() {
		taken += sh.Taken()
	}
	if p, total := a.Piping(), a.Total(); p.Emitted-total.Twice != taken || total.Duplicates == 0 || p.Failed != 0 {
		t.Errorf("of %d records: %+v, %+v", taken, p, total)
	}
	var list ListConnectorsOutput
	got := r.Do(Command{Service: Lab, Op: "ListConnectors", Body: json.RawMessage(`{}`)})
	if err := json.Unmarshal(got.Body, &list); err != nil || len(list.Connectors) != 1 || list.Connectors[0].Emitted != a.Piping().Emitted || list.Connectors[0].Workers != 1 {
		t.Errorf("the list says %s", got.Body)
	}
	var emitted ListEmittedOutput
	got = r.Do(Command{Service: Lab, Op: "ListEmitted", Body: json.RawMessage(`{"Connector":"pipe"}`)})
	if err := json.Unmarshal(got.Body, &emitted); err != nil || len(emitted.Batches) < 20 || emitted.Batches[0].Name == "-" {
		t.Errorf("emitted: %.300s", got.Body)
	}
}

// At a shard's end the buffer is emitted before SHARD_END.
func TestConnectorAtShardEnd(t *testing.T) {
	r := withConnector(t, 1, 0, "")
	runFor(r, 20*time.Second)
	ok(t, r, Kinesis, "PutRecord", `{"StreamName":"trips","PartitionKey":"k","Data":"YQ=="}`)
	ok(t, r, Kinesis, "SplitShard", `{"StreamName":"trips","ShardToSplit":"shardId-000000000000","NewStartingHashKey":"170141183460469231731687303715884105728"}`)
	runFor(r, time.Minute)
	if p := theConnector(t, r).Piping(); p.Emitted != 1 || leaseAt(r) != "SHARD_END" && (len(r.Leases("pipe")) != 2 || theConnector(t, r).Total().Checkpoint < 2) {
		t.Errorf("%+v, and the lease says %s", p, leaseAt(r))
	}
}

// A copy goes on as the original, in the midst of an emit.
func TestConnectorClone(t *testing.T) {
	r := withConnector(t, 2, 300, `,"Workers":2,"BufferRecordCountLimit":150,"Emitter":"DynamoDBEmitter","RefusedPercent":20,"EmitMillis":700,"BackoffInterval":1500`)
	runFor(r, 65*time.Second)
	emitting := func() bool {
		for _, w := range theConnector(t, r).Workers(r.Now()) {
			for _, h := range w.Leases {
				if h.Pipe.Tries() > 0 {
					return true
				}
			}
		}
		return false
	}
	for !emitting() {
		runFor(r, 10*time.Millisecond)
	}
	c := r.Clone()
	for _, x := range []*Region{r, c} {
		runFor(x, time.Minute)
	}
	var a, b bytes.Buffer
	r.State(&a)
	c.State(&b)
	if !bytes.Equal(a.Bytes(), b.Bytes()) {
		t.Error("the copy went another way")
	}
	s, found := r.Sheet(ConsumerRef("pipe"))
	text, _ := json.Marshal(s)
	if !found || s.Kind != "Connector Library" || !bytes.Contains(text, []byte("bufferRecordCountLimit")) || !bytes.Contains(text, []byte("Newest in Amazon DynamoDB")) {
		t.Errorf("the sheet is %s", text)
	}
	if all := r.StagedConsumers(); len(all) != 1 || all[0].Noun != "Connector" || len(all[0].Parts) != 4 || !strings.HasPrefix(all[0].Parts[3].Text, "emit failed") {
		t.Errorf("the stage shows %+v", all)
	}
	if settings := string(r.ClientSettings(ConsumerRef("pipe"))); !strings.Contains(settings, `"BufferRecordCountLimit":150`) {
		t.Errorf("its settings are %s", settings)
	}
}

func TestConnectorOperationsRefuse(t *testing.T) {
	r := withConnector(t, 1, 0, "")
	ok(t, r, Lab, "PutKclApplication", `{"Name":"app","StreamName":"trips"}`)
	for _, x := range []struct{ name, op, body, want string }{
		{"a connector that is not there", "StartConnector", `{"Name":"none"}`, `no connector "none"`},
		{"an application that is none", "StopConnector", `{"Name":"app"}`, `no connector "app"`},
		{"an application that is none is not made one", "PutConnector", `{"Name":"app","Emitter":"S3Emitter"}`, "lab put-kcl-application"},
		{"nor the other way", "PutKclApplication", `{"Name":"pipe","Checkpoint":"never"}`, "lab put-connector"},
		{"another emitter", "PutConnector", `{"Name":"pipe","Emitter":"FirehoseEmitter"}`, "DynamoDBEmitter"},
		{"no try", "PutConnector", `{"Name":"pipe","RetryLimit":0}`, "outside 1 to 1,000"},
		{"a filter without end", "PutConnector", `{"Name":"pipe","Filter":"` + strings.Repeat("x", 201) + `"}`, "200 bytes"},
		{"what none emitted", "ListEmitted", `{"Connector":"app"}`, `no connector "app"`},
		{"no name", "DeleteConnector", `{}`, "say which one"},
	} {
		t.Run(x.name, func(t *testing.T) {
			if got := r.Do(Command{Service: Lab, Op: x.op, Body: json.RawMessage(x.body)}); got.Err == nil || !strings.Contains(got.Err.Error(), x.want) {
				t.Errorf("answers %v, want %q", got.Err, x.want)
			}
		})
	}
}
