//go:build !js

package main

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"shardlab/wasm/protocol"
)

// TestWorker runs engine.wasm as a web worker would, and console.wasm in a worker beside it: built for js/wasm, messages as strings, the wall clock of the host. It
// plays, is interrupted in an endless entry, and crashes at the end; every request is answered in order.
func TestWorker(t *testing.T) {
	dir := t.TempDir()
	bin, shell := filepath.Join(dir, "engine.wasm"), filepath.Join(dir, "console.wasm")
	for program, room := range map[string]string{bin: ".", shell: "./console/worker"} {
		build := exec.Command("go", "build", "-trimpath", "-ldflags=-s -w", "-o", program, room)
		build.Env = append(os.Environ(), "GOOS=js", "GOARCH=wasm")
		if text, err := build.CombinedOutput(); err != nil {
			t.Fatalf("build %s: %v\n%s", room, err, text)
		}
	}
	type step struct {
		Send  any    `json:"send,omitempty"`
		Until string `json:"until,omitempty"`
	}
	id := int64(0)
	send := func(r protocol.Request) step {
		id++
		r.V, r.ID = protocol.Version, id
		return step{Send: r}
	}
	steps := []step{
		send(protocol.Request{Kind: protocol.Hello}),
		send(protocol.Request{Kind: protocol.Open, Lab: labFile(t)}),
		{Until: "m.frame"},
		send(protocol.Request{Kind: protocol.Play, Speed: 10}),
		{Until: "m.frame && m.frame.now > 25e6"},
		send(protocol.Request{Kind: protocol.Type, Line: "for i in 1 2 3; do aws kinesis put-record --stream-name trips --partition-key rack-$i --data YQ== --query ShardId --output text | cat; done"}),
		send(protocol.Request{Kind: protocol.Play, Speed: 3600}),
		{Until: "m.frame && m.frame.now > 120e6"},
		send(protocol.Request{Kind: protocol.Pause}),
		send(protocol.Request{Kind: protocol.Type, Line: "jq -n '[range(5)] | add' | grep 10"}),
		{Until: "m.reply && m.reply.output && !m.reply.exit"},
		send(protocol.Request{Kind: protocol.Type, Line: "while true; do wait 1s; done"}),
		{Until: "m.frame && m.frame.busy"},
		send(protocol.Request{Kind: protocol.Pause}),
		{Until: "m.reply && m.reply.exit == 130"},
		send(protocol.Request{Kind: protocol.Seek, At: 30 * protocol.Second}),
		send(protocol.Request{Kind: protocol.Crash}),
	}
	file := filepath.Join(dir, "steps.json")
	text, err := json.Marshal(steps)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, text, 0o644); err != nil {
		t.Fatal(err)
	}
	node := exec.Command("node", "testdata/worker.mjs", filepath.Join(goroot(t), "lib", "wasm", "wasm_exec.js"), bin, shell, file)
	var out, errs bytes.Buffer
	node.Stdout, node.Stderr = &out, &errs
	if err := node.Run(); err != nil {
		t.Fatalf("node: %v\n%s", err, errs.String())
	}
	t.Log(strings.TrimSpace(errs.String()))
	answered, frames, seq := int64(0), 0, int64(0)
	var panicked *protocol.Panic
	for line := range bytes.Lines(out.Bytes()) {
		var m protocol.Message
		if err := json.Unmarshal(line, &m); err != nil {
			t.Fatalf("not a message: %.200s", line)
		}
		if panicked != nil {
			t.Errorf("a message follows the last word: %.200s", line)
		}
		switch {
		case m.Reply != nil:
			if m.Reply.Error != nil || m.Reply.ID != answered+1 {
				t.Errorf("reply %d after %d: %+v", m.Reply.ID, answered, m.Reply.Error)
			}
			answered = m.Reply.ID
		case m.Frame != nil:
			if frames++; m.Frame.Seq <= seq {
				t.Errorf("frame %d after %d", m.Frame.Seq, seq)
			}
			seq = m.Frame.Seq
		case m.Panic != nil:
			panicked = m.Panic
		}
	}
	if answered != id-1 || panicked == nil || panicked.Log == "" || frames < 8 {
		t.Errorf("%d of %d requests answered, %d frames, last word %v", answered, id-1, frames, panicked != nil)
	}
}
