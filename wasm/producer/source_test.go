package producer_test

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"shardlab/wasm/region"
)

// TestSources holds the shapes of records that services give them: key and data as their documents have them, the same
// again in a second world.
//
// shows: SDK4
func TestSources(t *testing.T) {
	const uuid = `[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}`
	rows := []struct {
		name, settings string
		key            string // a pattern of every key
		distinct       bool   // no two keys are the same
	}{
		{"a subscription filter by log stream", `"Source":{"Kind":"CLOUDWATCH_LOGS","LogGroup":"/bikes/docks","LogEvents":5}`, `web-[0-3]`, false},
		{"a subscription filter by chance", `"Source":{"Kind":"CLOUDWATCH_LOGS","Distribution":"Random"}`, uuid, true},
		{"an IoT rule with newuuid()", `"Source":{"Kind":"IOT_RULE"}`, uuid, true},
		{"an IoT rule with topic()", `"Source":{"Kind":"IOT_RULE","Topic":"docks","PartitionKey":"t:${topic()}"}`, `t:docks/web-[0-3]`, false},
		{"an IoT rule with timestamp()", `"Source":{"Kind":"IOT_RULE","PartitionKey":"${timestamp()}"}`, `17724384\d{5}`, true},
		{"a Kafka connector", `"Source":{"Kind":"KAFKA_CONNECT"},"Batch":50`, `bikes-[0-3]-\d+`, true},
		{"devices", `"Source":{"Kind":"DEVICES","LatePercent":20}`, `web-[0-3]`, false},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			var before []string
			for range 2 {
				r := world(t, 4)
				put(t, r, `"RecordsPerSecond":50,"RecordBytes":120,"Keys":{"Kind":"round-robin","Count":4,"Prefix":"web-"},`+row.settings)
				run(r, 10*time.Second)
				all, seen := []string{}, map[string]bool{}
				for _, rec := range stored(t, r) {
					key := rec.Key
					if !regexp.MustCompile("^" + row.key + "$").MatchString(key) {
						t.Fatalf("key %q", key)
					}
					if row.distinct && seen[key] {
						t.Fatalf("key %q comes twice", key)
					}
					seen[key] = true
					all = append(all, key+" "+string(rec.Data))
				}
				if len(all) < 450 {
					t.Fatalf("%d records", len(all))
				}
				if before != nil && !slices.Equal(before, all) {
					t.Fatal("a second world differs")
				}
				before = all
			}
		})
	}
}

// TestDevices holds that each record of a device tells its time, that so many as were asked for come late and no later, and that records
// keep their size.
func TestDevices(t *testing.T) {
	r := world(t, 1)
	put(t, r, `"RecordsPerSecond":100,"RecordBytes":150,"Keys":{"Kind":"round-robin","Count":4,"Prefix":"dock-"},"LatencyMillis":0,"Source":{"Kind":"DEVICES","LatePercent":25,"LateMillis":8000}`)
	run(r, 20*time.Second)
	late, all := 0, stored(t, r)
	for _, rec := range all {
		var x struct {
			At   time.Time
			Dock string
		}
		if err := json.Unmarshal(rec.Data, &x); err != nil || x.Dock != rec.Key || len(rec.Data) != 150 {
			t.Fatalf("%s (%d bytes): %v", rec.Data, len(rec.Data), err)
		}
		switch age := rec.At.Time().Sub(x.At); {
		case age < -time.Second || age > 9*time.Second:
			t.Fatalf("%s came %v late", rec.Data, age)
		case age > 200*time.Millisecond:
			late++
		}
	}
	if share := float64(late) / float64(len(all)); share < 0.2 || share > 0.28 {
		t.Errorf("%d of %d came late", late, len(all))
	}
}

// TestLogBatches holds what is in the records of a subscription filter, and that a message costs less of a shard so.
func TestLogBatches(t *testing.T) {
	r := world(t, 1)
	put(t, r, `"RecordsPerSecond":10,"RecordBytes":200,"Keys":{"Kind":"round-robin","Count":2,"Prefix":"web-"},"Source":{"Kind":"CLOUDWATCH_LOGS","LogGroup":"/bikes/docks","LogEvents":50}`)
	run(r, 10*time.Second)
	control, ids := 0, map[string]bool{}
	for _, rec := range stored(t, r) {
		z, err := gzip.NewReader(bytes.NewReader(rec.Data))
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(z)
		if err != nil {
			t.Fatal(err)
		}
		var b struct {
			MessageType, Owner, LogGroup, LogStream string
			SubscriptionFilters                     []string
			LogEvents                               []struct {
				ID        string
				Timestamp int64
				Message   string
			}
		}
		if err := json.Unmarshal(text, &b); err != nil {
			t.Fatal(err)
		}
		if b.MessageType == "CONTROL_MESSAGE" {
			control++
			continue
		}
		if b.MessageType != "DATA_MESSAGE" || b.Owner != "123456789012" || b.LogGroup != "/bikes/docks" || b.LogStream != rec.Key || len(b.SubscriptionFilters) != 1 || len(b.LogEvents) != 50 {
			t.Fatalf("%s", text)
		}
		for _, e := range b.LogEvents {
			if len(e.ID) != 56 || ids[e.ID] || len(e.Message) != 200 || e.Timestamp < start.Time().UnixMilli() {
				t.Fatalf("%+v", e)
			}
			ids[e.ID] = true
		}
		if len(rec.Data) > len(text)/4 {
			t.Errorf("%d bytes are %d compressed", len(text), len(rec.Data))
		}
	}
	if control != 1 {
		t.Errorf("%d control messages, want one", control)
	}
}

// TestSourceRefused holds what bad sources are answered.
func TestSourceRefused(t *testing.T) {
	r := world(t, 1)
	for _, row := range [][2]string{
		{`"Source":{"Kind":"FLUME"}`, `Source.Kind: "FLUME" is no source: write one of SDK, CLOUDWATCH_LOGS, IOT_RULE, KAFKA_CONNECT, DEVICES`},
		{`"Source":{"Kind":"IOT_RULE","LogGroup":"x"}`, "Source.LogGroup: has no meaning with IOT_RULE: leave it out, or use CLOUDWATCH_LOGS"},
		{`"Source":{"Kind":"IOT_RULE","PartitionKey":"${rand()}"}`, "Source.PartitionKey: \"${rand()}\" has a substitution that this lab lacks"},
		{`"Source":{"Kind":"KAFKA_CONNECT"},"MessageIds":true`, "MessageIds: the records of Kafka Connect hold no id of ours"},
		{`"Source":{"Kind":"IOT_RULE"},"Batch":2`, "calls PutRecord for each message"},
		{`"Source":{"Kind":"CLOUDWATCH_LOGS","LogEvents":201}`, "201 is outside 1 to 200"},
		{`"Source":{"Kind":"CLOUDWATCH_LOGS","Distribution":"Even"}`, "is none of ByLogStream, Random"},
		{`"Source":{"Kind":"DEVICES","LatePercent":101}`, "Source.LatePercent: 101 is outside 0 to 100"},
		{`"RecordBytes":39,"Source":{"Kind":"DEVICES"}`, "RecordBytes: 39 is too small for DEVICES"},
		{`"Source":{"Kind":"IOT_RULE","LateMillis":5}`, "Source.LateMillis: has no meaning with IOT_RULE: leave it out, or use DEVICES"},
		{`"RecordBytes":100000,"Source":{"Kind":"CLOUDWATCH_LOGS"}`, "are more than the 1 MiB"},
	} {
		reply := r.Do(region.Command{Service: "lab", Op: "PutProducer", Body: json.RawMessage(`{"Name":"x","StreamName":"trips",` + row[0] + `}`)})
		if reply.Err == nil || !strings.Contains(reply.Err.Error(), row[1]) {
			t.Errorf("%s: %v", row[0], reply.Err)
		}
	}
}

// TestSourceClone holds that a copy of a producer with a source goes on as the original, retries included.
func TestSourceClone(t *testing.T) {
	for _, kind := range []string{"CLOUDWATCH_LOGS", "KAFKA_CONNECT"} {
		r := world(t, 1)
		put(t, r, fmt.Sprintf(`"RecordsPerSecond":1500,"RecordBytes":100,"Batch":100,"Retry":{"Mode":"failed-entries"},"Source":{"Kind":%q}`, kind))
		run(r, 2*time.Second)
		c := r.Clone()
		var was, a, b bytes.Buffer
		r.State(&was)
		run(c, 2*time.Second)
		r.State(&a)
		if !bytes.Equal(was.Bytes(), a.Bytes()) {
			t.Errorf("%s: what a copy does changes the original", kind)
		}
		run(r, 2*time.Second)
		a.Reset()
		r.State(&a)
		c.State(&b)
		if !bytes.Equal(a.Bytes(), b.Bytes()) {
			t.Errorf("%s: a copy goes on otherwise", kind)
		}
	}
}
