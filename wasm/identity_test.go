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
	"strings"
	"testing"
	"time"

	"shardlab/wasm/lab"
	"shardlab/wasm/protocol"
)

// dumpTo names the file into which the binary for js/wasm writes what it got, for the native test to compare.
var dumpTo = flag.String("identity.out", "", "write the identity scenario's messages and state into this file")

// script is what a learner does in the identity test, as lines for drive.
func script(t testing.TB) string {
	file, err := os.ReadFile("testdata/lab.json")
	if err != nil {
		t.Fatal(err)
	}
	var flat bytes.Buffer
	if err := json.Compact(&flat, file); err != nil {
		t.Fatal(err)
	}
	id := 0
	var b strings.Builder
	ask := func(r protocol.Request) {
		id++
		r.V, r.ID = protocol.Version, int64(id)
		text, err := json.Marshal(r)
		if err != nil {
			t.Fatal(err)
		}
		b.Write(append(text, '\n'))
	}
	wall := func(d time.Duration) { fmt.Fprintf(&b, "wall %v\n", d) }
	ask(protocol.Request{Kind: protocol.Hello})
	ask(protocol.Request{Kind: protocol.Open, Lab: flat.Bytes()})
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
	return b.String()
}

// run plays the script and returns all messages and, behind them, the state to which the saved log leads.
func run(t testing.TB) []byte {
	var out bytes.Buffer
	if err := drive(strings.NewReader(script(t)), &out, 50*time.Microsecond, lab.Host{}); err != nil {
		t.Fatal(err)
	}
	file, err := os.ReadFile("testdata/lab.json")
	if err != nil {
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
		if m.Reply != nil && m.Reply.Log != "" {
			log = m.Reply.Log
		}
	}
	l, err := lab.Restore(file, log)
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
