// Package grade judges goals over log, state and metrics: yes or no, the record that proves it, and a message.
package grade

// A Verdict is how a goal stands.
type Verdict struct {
	Met      bool
	Message  string
	Figures  map[string]string
	Evidence string // a Ref of package protocol
}
