package lambda

import (
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
	End          string        `json:"end"`
	Result       string        `json:"result"` // JSON; "null" when nothing was returned
	ErrorType    string        `json:"errorType,omitempty"`
	ErrorMessage string        `json:"errorMessage,omitempty"`
	Logs         []Line        `json:"logs,omitempty"`
	Waited       time.Duration `json:"waited"` // virtual time that timers took
}

// A Line is a line that the function wrote.
type Line struct {
	After time.Duration `json:"after"` // since it began
	Level string        `json:"level"` // INFO, WARN, ERROR, DEBUG, TRACE
	Text  string        `json:"text"`
}
