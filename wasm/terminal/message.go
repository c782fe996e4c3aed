package terminal

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"shardlab/wasm/aws"
	"shardlab/wasm/protocol"
	"shardlab/wasm/sim"
)

// A Down is a message to the program that runs the console. One member is set.
type Down struct {
	Services  []Service       `json:"services,omitempty"` // the first message: the console begins
	Run       *string         `json:"run,omitempty"`      // an entry; answered by Done when it has ended
	Complete  *Completion     `json:"complete,omitempty"` // a line; answered by Complete
	Interrupt bool            `json:"interrupt,omitempty"`
	Script    *string         `json:"script,omitempty"` // a lab's script; answered by Script
	Answer    *Answer         `json:"answer,omitempty"` // to the latest Ask
	JQ        json.RawMessage `json:"jq,omitempty"`     // a jq.Call; answered by JQ, whatever the console does meanwhile
}

// An Up is a message from there. One member is set.
type Up struct {
	Ask      *Ask            `json:"ask,omitempty"` // the console asks the world, and waits
	Done     *Done           `json:"done,omitempty"`
	Complete *Completion     `json:"complete,omitempty"`
	Script   *Reading        `json:"script,omitempty"`
	JQ       json.RawMessage `json:"jq,omitempty"`     // a jq.Answer
	Broken   string          `json:"broken,omitempty"` // the console failed: nothing follows
}

// A Completion is a line and where the cursor stands; in an answer what is offered.
type Completion struct {
	Line    string   `json:"line,omitempty"`
	Pos     int      `json:"pos,omitempty"`
	From    int      `json:"from,omitempty"`
	To      int      `json:"to,omitempty"`
	Options []Option `json:"options,omitempty"`
}

// Done is how an entry ended.
type Done struct {
	Out  []Output `json:"out,omitempty"`
	Exit int      `json:"exit"`
}

// What a console asks the world: the methods of [World].
const (
	askDo        = "do"
	askProfiles  = "profiles"
	askPrincipal = "principal"
	askNow       = "now"
	askSleep     = "sleep"
	askUndo      = "undo"
	askTime      = "time"
	askStreams   = "streams"
	askShards    = "shards"
)

// An Ask is a call of a method of [World].
type Ask struct {
	What    string            `json:"what"`
	As      string            `json:"as,omitempty"`
	Service string            `json:"service,omitempty"`
	Op      string            `json:"op,omitempty"`
	Body    string            `json:"body,omitempty"` // as it is, because an operation may have something to say to it
	Name    string            `json:"name,omitempty"` // of a profile or a stream
	For     time.Duration     `json:"for,omitempty"`
	Again   bool              `json:"again,omitempty"` // of an undo: a redo
	Time    *protocol.Request `json:"time,omitempty"`
}

// An Answer is what the method gave.
type Answer struct {
	Body   string          `json:"body,omitempty"`
	Error  *aws.Error      `json:"error,omitempty"`  // of a service
	Failed string          `json:"failed,omitempty"` // another error
	Names  []string        `json:"names,omitempty"`
	Text   string          `json:"text,omitempty"`
	OK     bool            `json:"ok,omitempty"`
	Now    sim.Instant     `json:"now,omitempty"`
	Time   *protocol.Reply `json:"time,omitempty"`
}

// Answer calls the method that is asked for.
func (a *Ask) Answer(w World) *Answer {
	switch a.What {
	case askDo:
		out, err := w.Do(a.As, a.Service, a.Op, []byte(a.Body))
		return answer(string(out), err)
	case askUndo:
		return answer(w.Undo(a.Again))
	case askProfiles:
		return &Answer{Names: w.Profiles()}
	case askPrincipal:
		arn, ok := w.Principal(a.Name)
		return &Answer{Text: arn, OK: ok}
	case askNow:
		return &Answer{Now: w.Now()}
	case askSleep:
		w.Sleep(a.For)
		return &Answer{}
	case askTime:
		if a.Time != nil {
			r := w.Time(*a.Time)
			return &Answer{Time: &r}
		}
	case askStreams:
		return &Answer{Names: w.Streams()}
	case askShards:
		return &Answer{Names: w.Shards(a.Name)}
	}
	return &Answer{Failed: fmt.Sprintf("the world knows no %q", a.What)}
}

// answer is what a method gave that may fail.
func answer(body string, err error) *Answer {
	switch err := err.(type) {
	case nil:
		return &Answer{Body: body}
	case *aws.Error:
		return &Answer{Error: err}
	default:
		return &Answer{Failed: err.Error()}
	}
}

// Encode writes a message.
func Encode(m any) []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(m); err != nil {
		panic("terminal: a message does not encode: " + err.Error())
	}
	return b.Bytes()
}

// Asking is a [World] that lies behind a line: ask sends an Ask and waits for its answer.
type Asking func(Ask) *Answer

// Do implements World.
func (f Asking) Do(as, service, op string, body []byte) ([]byte, error) {
	a := f(Ask{What: askDo, As: as, Service: service, Op: op, Body: string(body)})
	if err := a.err(); err != nil {
		return nil, err
	}
	return []byte(a.Body), nil
}

func (a *Answer) err() error {
	switch {
	case a.Error != nil:
		return a.Error
	case a.Failed != "":
		return errors.New(a.Failed)
	}
	return nil
}

// Undo implements World.
func (f Asking) Undo(again bool) (string, error) {
	a := f(Ask{What: askUndo, Again: again})
	return a.Body, a.err()
}

// Profiles implements World.
func (f Asking) Profiles() []string { return f(Ask{What: askProfiles}).Names }

// Principal implements World.
func (f Asking) Principal(profile string) (string, bool) {
	a := f(Ask{What: askPrincipal, Name: profile})
	return a.Text, a.OK
}

// Now implements World.
func (f Asking) Now() sim.Instant { return f(Ask{What: askNow}).Now }

// Sleep implements World.
func (f Asking) Sleep(d time.Duration) { f(Ask{What: askSleep, For: d}) }

// Time implements World.
func (f Asking) Time(r protocol.Request) protocol.Reply {
	a := f(Ask{What: askTime, Time: &r})
	if a.Time == nil {
		return protocol.Reply{Error: &protocol.Error{Message: a.Failed}}
	}
	return *a.Time
}

// Streams implements World.
func (f Asking) Streams() []string { return f(Ask{What: askStreams}).Names }

// Shards implements World.
func (f Asking) Shards(stream string) []string { return f(Ask{What: askShards, Name: stream}).Names }
