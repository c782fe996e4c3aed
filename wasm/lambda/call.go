package lambda

import (
	"encoding/json"
	"fmt"
	"time"

	"shardlab/wasm/sim"
)

// A Runtime runs a function's JavaScript once. Its answer depends on the call alone.
type Runtime func(Call) Answer

// A Call is one invocation of a function written in JavaScript.
//
// The contract is that of a handler in Node.js, exports.handler = async (event, context) => …, with these differences: time is
// virtual, so that a timer costs Answer.Waited and Date begins at Now; Math.random is grown from Seed; there is no network, no
// file and no require; every invocation begins with the source anew, so that nothing is left of the one before.
type Call struct {
	Code    string
	Handler string // "index.handler": what stands behind the dot is exported
	Event   []byte // JSON
	Env     []Variable
	Now     sim.Instant
	Seed    uint64

	RequestID string
	Function  string // name
	ARN       string
	MemoryMB  int64
	Timeout   time.Duration
}

// A Variable is an environment variable.
type Variable struct{ Name, Value string }

// Ends of an invocation in JavaScript.
const (
	Returned  = ""           // Answer.Result holds what the handler returned
	Threw     = "threw"      // ErrorType and ErrorMessage say what
	Hung      = "hung"       // it would not end, or its timers reach behind the time-out
	OutOfMem  = "memory"     // it asked for more memory than it has
	NoRuntime = "no-runtime" // nobody runs JavaScript here
)

// An Answer is what came of a Call. Lines and texts may be of any length: the service cuts them.
type Answer struct {
	End          string
	Result       string // JSON; "null" when nothing was returned
	ErrorType    string
	ErrorMessage string
	Logs         []Line
	Waited       time.Duration // virtual time that timers took
}

// A Line is a line that the function wrote.
type Line struct {
	After time.Duration // since it began
	Level string        // INFO, WARN, ERROR, DEBUG, TRACE
	Text  string
}

// JSON is the call as the JavaScript around a handler reads it; times are milliseconds.
func (c *Call) JSON() []byte {
	env := map[string]string{}
	for _, v := range c.Env {
		env[v.Name] = v.Value
	}
	b, err := json.Marshal(map[string]any{"code": c.Code, "handler": c.Handler, "event": string(c.Event), "env": env, "now": int64(c.Now) / 1000,
		"seed": []uint32{uint32(c.Seed >> 32), uint32(c.Seed)}, "requestId": c.RequestID, "function": c.Function, "arn": c.ARN, "memory": c.MemoryMB, "timeout": c.Timeout.Milliseconds()})
	if err != nil {
		panic("lambda: a call does not encode: " + err.Error())
	}
	return b
}

// ReadAnswer reads what the JavaScript around a handler wrote. What is no answer counts as a crash of the function.
func ReadAnswer(text string) Answer {
	var x struct {
		End, Result, ErrorType, ErrorMessage string
		Waited                               float64
		Logs                                 []struct {
			After       float64
			Level, Text string
		}
	}
	if err := json.Unmarshal([]byte(text), &x); err != nil {
		return Answer{End: Threw, ErrorType: "Runtime.ExitError", ErrorMessage: fmt.Sprintf("the runtime answered what is no answer: %v", err)}
	}
	span := func(ms float64) time.Duration {
		return time.Duration(min(max(ms, 0), MaxTimeout*1000) * float64(time.Millisecond)).Truncate(time.Microsecond)
	}
	a := Answer{End: x.End, Result: x.Result, ErrorType: x.ErrorType, ErrorMessage: x.ErrorMessage, Waited: span(x.Waited)}
	for _, l := range x.Logs {
		a.Logs = append(a.Logs, Line{span(l.After), l.Level, l.Text})
	}
	return a
}
