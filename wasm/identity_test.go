package main

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"shardlab/wasm/lab"
	"shardlab/wasm/lambda"
	"shardlab/wasm/protocol"
)

// dumpTo names the file into which the binary for js/wasm writes what it got, for the native test to compare.
var dumpTo = flag.String("identity.out", "", "write the identity scenario's messages and state into this file")

// A script is what a learner does in the identity test, as lines for drive.
type script struct {
	t    testing.TB
	file []byte // of the lab
	id   int
	strings.Builder
}

// begin begins a script with the lab in a file.
func begin(t testing.TB, name string) *script {
	file, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	s := &script{t: t, file: file}
	var flat bytes.Buffer
	if err := json.Compact(&flat, file); err != nil {
		t.Fatal(err)
	}
	s.ask(protocol.Request{Kind: protocol.Hello})
	s.ask(protocol.Request{Kind: protocol.Open, Lab: flat.Bytes()})
	return s
}

func (s *script) ask(r protocol.Request) {
	s.id++
	r.V, r.ID = protocol.Version, int64(s.id)
	text, err := json.Marshal(r)
	if err != nil {
		s.t.Fatal(err)
	}
	s.Write(append(text, '\n'))
}

func (s *script) wall(d time.Duration) { fmt.Fprintf(s, "wall %v\n", d) }

// hotRack is a learner at a hot shard: the console, steps, looks and ways back.
func hotRack(t testing.TB) *script {
	s := begin(t, "testdata/lab.json")
	ask, wall := s.ask, s.wall
	ask(protocol.Request{Kind: protocol.Play, Speed: 4})
	wall(2 * time.Second)
	ask(protocol.Request{Kind: protocol.Type, Line: "SHARD=$(aws kinesis list-shards --stream-name trips --query 'Shards[0].ShardId' --output text)\naws kinesis split-shard --stream-name trips --shard-to-split shardId-000000000001 --new-starting-hash-key 127605887595351923798765477786913079296; echo $SHARD"})
	ask(protocol.Request{Kind: protocol.Do, Service: "kinesis", Op: "PutRecord", Body: json.RawMessage(`{"StreamName":"trips","PartitionKey":"rack-1","Data":"aGVsbG8="}`)})
	wall(time.Second)
	ask(protocol.Request{Kind: protocol.Step})
	ask(protocol.Request{Kind: protocol.Until, Until: &protocol.Condition{Kinds: []string{protocol.EventWriteRefused}}})
	ask(protocol.Request{Kind: protocol.Seek, At: 22 * protocol.Second})
	ask(protocol.Request{Kind: protocol.Inspect, Ref: "stream:trips"})
	ask(protocol.Request{Kind: protocol.Inspect, Ref: "shard:trips/shardId-000000000001"})
	ask(protocol.Request{Kind: protocol.Complete, Line: "aws kinesis put", Pos: 15})
	ask(protocol.Request{Kind: protocol.Seek, At: 40 * protocol.Second})
	ask(protocol.Request{Kind: protocol.Type, Line: "wait 30s; aws kinesis describe-stream-summary --stream-name trips --output table; aws kinesis list-shards --stream-name nowhere"})
	ask(protocol.Request{Kind: protocol.Play, Speed: 3600})
	wall(200 * time.Millisecond)
	ask(protocol.Request{Kind: protocol.Pause})
	ask(protocol.Request{Kind: protocol.Save})
	return s
}

// clients is a world of functions and of applications of every kind, with sheets, a way back and a way on.
func clients(t testing.TB) *script {
	s := begin(t, "testdata/clients.json")
	s.ask(protocol.Request{Kind: protocol.Play, Speed: 20})
	s.wall(time.Second)
	s.ask(protocol.Request{Kind: protocol.Do, Service: "kinesis", Op: "SplitShard", Body: json.RawMessage(`{"StreamName":"trips","ShardToSplit":"shardId-000000000001","NewStartingHashKey":"170141183460469231731687303715884105728"}`)})
	s.wall(2 * time.Second)
	s.ask(protocol.Request{Kind: protocol.Seek, At: 45 * protocol.Second})
	s.ask(protocol.Request{Kind: protocol.Seek, At: 240 * protocol.Second})
	for _, ref := range []string{"consumer:alerts", "consumer:charge", "consumer:pushed", "consumer:modern", "consumer:archive"} {
		s.ask(protocol.Request{Kind: protocol.Inspect, Ref: ref})
	}
	s.ask(protocol.Request{Kind: protocol.Type, Line: "lab list-event-source-mappings; lab read-destination; aws logs filter-log-events --log-group-name /aws/lambda/charge --limit 5; lab list-leases; lab list-emitted"})
	s.ask(protocol.Request{Kind: protocol.Save})
	return s
}

// stub stands for whoever runs a function's JavaScript: what it answers depends on the call alone.
func stub(c lambda.Call) lambda.Answer {
	numbers := bytes.Count(c.Event, []byte(`"sequenceNumber"`))
	a := lambda.Answer{Result: "null", Waited: time.Duration(c.Seed%50) * time.Millisecond,
		Logs: []lambda.Line{{After: time.Millisecond, Level: "INFO", Text: fmt.Sprintf("%d records, %d bytes, %x", numbers, len(c.Event), c.Seed)}}}
	switch c.Seed % 8 {
	case 0:
		a = lambda.Answer{End: lambda.Threw, ErrorType: "Error", ErrorMessage: "no lock", Logs: a.Logs}
	case 1:
		a = lambda.Answer{End: lambda.Hung}
	}
	return a
}

// run plays the scripts and returns all messages and, behind those of each, the state to which the saved log leads.
func run(t testing.TB) []byte {
	return slices.Concat(play(t, hotRack(t)), play(t, clients(t)))
}

func play(t testing.TB, s *script) []byte {
	var out bytes.Buffer
	if err := drive(strings.NewReader(s.String()), &out, 50*time.Microsecond, lab.Host{Run: stub}); err != nil {
		t.Fatal(err)
	}
	log := ""
	for line := range bytes.Lines(out.Bytes()) {
		var m protocol.Message
		if err := json.Unmarshal(line, &m); err != nil {
			t.Fatalf("not a message: %v: %.200s", err, line)
		}
		if m.Panic != nil {
			t.Fatalf("the engine panicked: %s\n%s", m.Panic.Message, m.Panic.Stack)
		}
		if m.Reply != nil && m.Reply.Error != nil {
			t.Fatalf("a request is refused: %+v", m.Reply.Error)
		}
		if m.Reply != nil && m.Reply.Log != "" {
			log = m.Reply.Log
		}
	}
	l, err := lab.Restore(s.file, log, lab.Host{Run: stub})
	if err != nil {
		t.Fatalf("restore from the saved log: %v", err)
	}
	out.Write(l.State())
	return out.Bytes()
}

// TestIdentityDump writes what the script gives here, when it is told where to.
func TestIdentityDump(t *testing.T) {
	if *dumpTo == "" {
		return
	}
	if err := os.WriteFile(*dumpTo, run(t), 0o644); err != nil {
		t.Fatal(err)
	}
}

// TestIdentity: the same lab, the same requests, the same clock give the same messages and the same state, byte for byte,
// natively and as WebAssembly. It builds the test binary for js/wasm itself and runs it under node.
func TestIdentity(t *testing.T) {
	if runtime.GOOS == "js" {
		return // this side is run by the other one
	}
	here := run(t)
	if again := run(t); !bytes.Equal(here, again) {
		t.Fatalf("two native runs differ: %s", difference(here, again))
	}
	for _, want := range []string{"RetryAttemptsExhausted", "no lock", "Task timed out", "moves the lease", "subscribes to", "emits ", "refuses"} {
		if !bytes.Contains(here, []byte(want)) {
			t.Errorf("the scripts never come to %q: they show less than they should", want)
		}
	}
	dir := t.TempDir()
	bin, out := filepath.Join(dir, "engine.test.wasm"), filepath.Join(dir, "out")
	build := exec.Command("go", "test", "-c", "-o", bin, ".")
	build.Env = append(os.Environ(), "GOOS=js", "GOARCH=wasm")
	if text, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build for js/wasm: %v\n%s", err, text)
	}
	node := exec.Command(filepath.Join(goroot(t), "lib", "wasm", "go_js_wasm_exec"), bin, "-test.run=^TestIdentityDump$", "-identity.out="+out)
	node.Env = slimEnv()
	if text, err := node.CombinedOutput(); err != nil {
		t.Fatalf("run under node: %v\n%s", err, text)
	}
	there, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(here, there) {
		t.Fatalf("native and js/wasm differ: %s", difference(here, there))
	}
	t.Logf("%d bytes of messages and state are the same", len(here))
}

func goroot(t testing.TB) string {
	b, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(b))
}

// slimEnv is a small environment: wasm_exec.js refuses arguments and environment of more than 12 kB together.
func slimEnv() []string {
	return []string{"PATH=" + os.Getenv("PATH"), "HOME=" + os.Getenv("HOME"), "TMPDIR=" + os.TempDir()}
}

// difference shows the first line in which two outputs differ.
func difference(a, b []byte) string {
	x, y := bytes.Split(a, []byte("\n")), bytes.Split(b, []byte("\n"))
	for i := range max(len(x), len(y)) {
		if i >= len(x) || i >= len(y) {
			return fmt.Sprintf("one ends after line %d", i)
		}
		if !bytes.Equal(x[i], y[i]) {
			at := 0
			for at < min(len(x[i]), len(y[i])) && x[i][at] == y[i][at] {
				at++
			}
			from := max(0, at-80)
			return fmt.Sprintf("line %d, byte %d\n%.240s\n%.240s", i+1, at, x[i][from:], y[i][from:])
		}
	}
	return "nowhere"
}
