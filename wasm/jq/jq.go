// Package jq says what a jq program is asked and what it answers. Who runs lines of a terminal needs no more of jq than this:
// the program itself is package filter, which natively is a call away and in the browser a worker of its own, fetched when
// somebody first types jq.
package jq

import "encoding/json"

// A Call is one run of jq.
type Call struct {
	Filter string  `json:"filter"`
	Vars   []Var   `json:"vars,omitempty"`
	Now    float64 `json:"now"` // seconds since 1970, as the filter now gives them

	Input string `json:"input"`
	Null  bool   `json:"null,omitempty"`  // -n: the input is null, once; what there is to read, input and inputs take
	Raw   bool   `json:"raw,omitempty"`   // -R: the inputs are lines
	Slurp bool   `json:"slurp,omitempty"` // -s: all inputs as one list

	Plain   bool `json:"plain,omitempty"`   // -r: a text is written as it is
	Join    bool `json:"join,omitempty"`    // -j: as -r, and no line ends
	Compact bool `json:"compact,omitempty"` // -c: a result is a line
	Status  bool `json:"status,omitempty"`  // -e: exit 1 when the last result is null or false
}

// A Var is a variable that --arg or --argjson sets.
type Var struct {
	Name string `json:"name"` // without its $
	Text string `json:"text"`
	JSON bool   `json:"json,omitempty"` // the text is JSON
}

// An Answer is what a run wrote and how it ended.
type Answer struct {
	Wrote       []Piece `json:"wrote,omitempty"`
	Exit        int     `json:"exit"`                  // 2 for the input, 3 for the filter, 5 for a failure while it ran
	Hint        string  `json:"hint,omitempty"`        // what to write instead
	Endless     bool    `json:"endless,omitempty"`     // it was ended because it took too many steps
	Interrupted bool    `json:"interrupted,omitempty"` // it was ended because somebody asked for it
}

// A Piece is text to standard output, or to standard error.
type Piece struct {
	Text string `json:"text"`
	Err  bool   `json:"err,omitempty"`
}

// A Run answers calls. It calls look now and then, and gives up when look says so. An error is the host's: jq did not run.
type Run func(c Call, look func() (end bool)) (Answer, error)

// JSON is the call as it goes to a worker.
func (c Call) JSON() ([]byte, error) { return json.Marshal(c) }

// ReadCall reads it there.
func ReadCall(text []byte) (c Call, err error) {
	err = json.Unmarshal(text, &c)
	return c, err
}

// JSON is the answer as it comes from a worker.
func (a Answer) JSON() ([]byte, error) { return json.Marshal(a) }

// ReadAnswer reads it here.
func ReadAnswer(text []byte) (a Answer, err error) {
	err = json.Unmarshal(text, &a)
	return a, err
}
