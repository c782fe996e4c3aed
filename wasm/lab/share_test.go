package lab

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"shardlab/wasm/share"
)

const sharedLab = `{"name": "shared", "start": "2026-03-02T08:00:00Z", "seed": 11, "open": "15s", "world": [
	{"do": "kinesis.CreateStream", "with": {"StreamName": "trips", "ShardCount": 2}},
	{"at": "12s", "do": "lab.PutProducer", "with": {"Name": "bikes", "StreamName": "trips", "RecordsPerSecond": 900, "Running": true}},
	{"at": "12s", "do": "lab.PutConsumer", "with": {"Name": "board", "StreamName": "trips", "Running": true}}]}`

// TestSharedStateIsTheSame opens links and files elsewhere: the state is the same to the byte, also where commands lie ahead.
func TestSharedStateIsTheSame(t *testing.T) {
	l, err := New([]byte(sharedLab), nil)
	if err != nil {
		t.Fatal(err)
	}
	l.AdvanceTo(31_234_567, 0)
	if _, err := l.Do("kinesis", "SplitShard", []byte(`{"StreamName":"trips","ShardToSplit":"shardId-000000000000","NewStartingHashKey":"7000"}`), "a split"); err != nil {
		t.Fatal(err)
	}
	l.AdvanceTo(60_000_000, 0)
	for _, at := range []int64{60_000_000, 40_000_001, 20_000_000} { // the last one before the split
		for !l.SeekTo(at) {
			l.AdvanceTo(at, 0)
		}
		want := l.State()
		for _, as := range []string{"link", "file"} {
			text, err := l.Shared().As(as)
			if err != nil {
				t.Fatal(err)
			}
			r, err := share.Read(text.Text)
			if err != nil {
				t.Fatal(err)
			}
			m, err := Restore(r.Lab, r.Log)
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(m.State(), want) || m.Hash() != l.Hash() || !strings.HasPrefix(m.Hash(), r.State) {
				t.Errorf("at %d the %s opens in another state: %s and %s, said was %s", at, as, l.Hash(), m.Hash(), r.State)
			}
			if m.Log() != l.Log() {
				t.Errorf("at %d the %s has another log", at, as)
			}
		}
	}
}

// TestLookingLeavesNoTrace asks for state, link and what services know: the log and the state stay as they are.
func TestLookingLeavesNoTrace(t *testing.T) {
	l, err := New([]byte(sharedLab), nil, Host{Address: "https://lab.example"})
	if err != nil {
		t.Fatal(err)
	}
	log, state := l.Log(), l.State()
	ask := func(op, body string) (out struct {
		Hash, Link               string
		StreamDescriptionSummary struct{ OpenShardCount int }
		StreamNames              []string
	}, err error) {
		b, err := l.Do("lab", op, []byte(body), "")
		if err == nil {
			err = json.Unmarshal(b, &out)
		}
		return out, err
	}
	if s, err := ask("State", ""); err != nil || s.Hash != l.Hash() {
		t.Errorf("State answers %v, %v", s, err)
	}
	if s, err := ask("Share", ""); err != nil || !strings.HasPrefix(s.Link, "https://lab.example/lab#s=A") {
		t.Errorf("Share answers %v, %v", s, err)
	}
	for range 50 { // of the service itself ListStreams takes five a second
		if s, err := ask("Peek", `{"Service":"kinesis","Operation":"ListStreams"}`); err != nil || len(s.StreamNames) != 1 {
			t.Fatalf("Peek answers %v, %v", s, err)
		}
	}
	if s, err := ask("Peek", `{"Service":"kinesis","Operation":"DescribeStreamSummary","Body":"{\"StreamName\":\"trips\"}"}`); err != nil || s.StreamDescriptionSummary.OpenShardCount != 2 {
		t.Errorf("Peek answers %v, %v", s, err)
	}
	for body, want := range map[string]string{
		`{"Service":"kinesis","Operation":"DeleteStream","Body":"{\"StreamName\":\"trips\"}"}`: "begins with Describe, List, Get or Head",
		`{"Operation":"ListStreams"}`: "Service: left out",
		`{"Service":"kinesis","Operation":"DescribeStreamSummary","Body":"{\"StreamName\":\"nowhere\"}"}`: "nowhere",
		`{"Service":"kinesis","Operation":"ListShards","Body":"{"}`:                                       "Exception",
		`{"Service":"sqs","Operation":"ListQueues"}`:                                                      "no service",
	} {
		if _, err := ask("Peek", body); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s is answered with %v, want %q", body, err, want)
		}
	}
	if l.Log() != log {
		t.Error("the log holds what only looked")
	}
	same(t, "after looking", state, l.State())
}
