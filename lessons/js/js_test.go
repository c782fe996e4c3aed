package js

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"shardlab/wasm/lambda"
	"shardlab/wasm/sim"
)

// A conformance case is one call with what must come of it, here and in the browser: web/e2e reads the same file.
// Messages of errors that are null are the host's own words.
type conformance struct {
	Name, Code, Handler string
	Event               json.RawMessage
	Timeout             int64
	Env                 map[string]string
	Want                struct {
		End, ErrorType string
		Result         *string
		ErrorMessage   *string
		Logs           any
		Waited         float64
	}
}

func (c conformance) call() lambda.Call {
	x := lambda.Call{Code: c.Code, Handler: c.Handler, Event: c.Event, Now: sim.At(time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)), Seed: 7<<32 | 5, RequestID: "req-1",
		Function: "board", ARN: "arn:aws:lambda:us-east-1:123456789012:function:board", MemoryMB: 128, Timeout: time.Duration(c.Timeout) * time.Millisecond}
	for name, value := range c.Env {
		x.Env = append(x.Env, lambda.Variable{Name: name, Value: value})
	}
	return x
}

// Code that has a loop without end is ended at any bound, so that nobody has to wait for that of [Run].
func RunLoop(c lambda.Call) lambda.Answer {
	if strings.Contains(c.Code, "for (;;) {}") || strings.Contains(c.Code, "for (;;) await null") {
		return runWithin(c, time.Second)
	}
	return Run(c)
}

// TestRunEndsALoop holds that [Run] ends a loop at the bound that it states, and no sooner. The other loops are ended at a shorter one.
func TestRunEndsALoop(t *testing.T) {
	t.Parallel()
	began := time.Now()
	a := Run(conformance{Code: "exports.handler = async () => { for (;;) {} }", Handler: "index.handler", Event: json.RawMessage("{}"), Timeout: 3000}.call())
	if a.End != lambda.Hung {
		t.Errorf("it ends with %q: %+v", a.End, a)
	}
	if took := time.Since(began); took < wall {
		t.Errorf("it was ended after %v, the bound is %v", took, wall)
	}
}

func TestConformance(t *testing.T) {
	text, err := os.ReadFile("testdata/conformance.json")
	if err != nil {
		t.Fatal(err)
	}
	var all []conformance
	if err := json.Unmarshal(text, &all); err != nil {
		t.Fatal(err)
	}
	for _, c := range all {
		t.Run(c.Name, func(t *testing.T) {
			a := RunLoop(c.call())
			if a.End != c.Want.End || a.ErrorType != c.Want.ErrorType {
				t.Fatalf("it ends with %q %q (%s), want %q %q; %+v", a.End, a.ErrorType, a.ErrorMessage, c.Want.End, c.Want.ErrorType, a)
			}
			if w := c.Want.Waited * float64(time.Millisecond); float64(a.Waited) != w {
				t.Errorf("it waited %s, want %s", a.Waited, time.Duration(w))
			}
			if m := c.Want.ErrorMessage; m != nil && a.ErrorMessage != *m {
				t.Errorf("it says %q, want %q", a.ErrorMessage, *m)
			}
			if r := c.Want.Result; r != nil && a.Result != *r {
				t.Errorf("it returned %s, want %s", a.Result, *r)
			}
			want, listed := c.Want.Logs.([]any)
			if !listed {
				if len(a.Logs) != 201 {
					t.Errorf("%d lines are kept, want 200 and one that tells of the rest", len(a.Logs))
				}
				return
			}
			if a.ErrorType == "Runtime.UserCodeSyntaxError" {
				return // its line repeats the message
			}
			if len(a.Logs) != len(want) {
				t.Fatalf("it wrote %+v, want %v", a.Logs, want)
			}
			for i, l := range a.Logs {
				if got := fmt.Sprint([]any{float64(l.After) / 1e6, l.Level, l.Text}); got != fmt.Sprint(want[i]) {
					t.Errorf("line %d is %s, want %s", i, got, want[i])
				}
			}
		})
	}
}

// TestMemory holds that a handler that asks for more and more memory is ended.
func TestMemory(t *testing.T) {
	a := Run(conformance{Code: `exports.handler = async () => { const all = []; for (;;) all.push({ a: [1, 2, 3], b: {} }) };`, Handler: "index.handler", Event: json.RawMessage("{}"), Timeout: 3000}.call())
	if a.End != lambda.OutOfMem && a.End != lambda.Hung {
		t.Errorf("it ends with %+v", a)
	}
}

func TestModuleHint(t *testing.T) {
	a := Run(conformance{Code: "export const handler = async () => 1;", Handler: "index.handler", Event: json.RawMessage("{}"), Timeout: 3000}.call())
	if !strings.Contains(a.ErrorMessage, "write exports.handler = async") {
		t.Errorf("it says %q, and not what to write instead", a.ErrorMessage)
	}
}

func BenchmarkRun(b *testing.B) {
	c := conformance{Code: "exports.handler = async (event) => event.n", Handler: "index.handler", Event: json.RawMessage(`{"n":1}`), Timeout: 3000}.call()
	for b.Loop() {
		Run(c)
	}
}
