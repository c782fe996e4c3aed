package region

import (
	"encoding/json"
	"regexp"
	"time"

	"shardlab/wasm/aws"
)

// Operations of the lab that only look, and that a run answers: a region alone does not know its log, and cannot ask itself.
const (
	State = "State" // a hash of all that decides how the run goes on
	Share = "Share" // a link that opens the run as it is
	Peek  = "Peek"  // what an operation of a service that reads would answer
)

// StateOutput says in which state a run is: two runs with the same hash go on in the same way.
type StateOutput struct {
	Instant  string // of virtual time
	Seed     int64
	Commands int64  // of the log
	Hash     string // SHA-256 of the state, in hex
}

// ShareOutput is a run as a link.
type ShareOutput struct {
	Link  string // the whole address, or from its path on where the lab has none
	State string // the first digits of the hash that the link carries
}

// PeekInput is a question to a service.
type PeekInput struct {
	Service   *string `lab:"required" help:"the service, as in kinesis"`
	Operation *string `lab:"required" help:"an operation that only reads, by the name of the API: its name begins with Describe, List, Get or Head"`
	Body      *string `json:",omitempty" help:"what it is asked, in JSON"`
}

func lookOperations() []aws.Operation {
	return []aws.Operation{
		labRow(State, "Tell the state of the lab as a hash: two labs with the same one are the same to the byte.", ListInput{}, StateOutput{}),
		labRow(Share, "Make a link that opens the lab in this very state.", ListInput{}, ShareOutput{}),
		labRow(Peek, "Ask a service something without a trace: it takes nothing from any limit and stands in no log.", PeekInput{}, nil),
	}
}

var reads = regexp.MustCompile(`^(Describe|List|Get|Head)`)

// Peek asks a copy of the world. Where the operation is throttled at this instant the copy lives on for a moment.
func (r *Region) Peek(body []byte) ([]byte, error) {
	var in PeekInput
	faults := Decode(body, "", &in)
	switch {
	case len(faults) > 0:
	case in.Service == nil:
		faults.Add("Service", "left out: write the service, like kinesis")
	case in.Operation == nil || !reads.MatchString(*in.Operation):
		faults.Add("Operation", "only what reads can be asked: write an operation whose name begins with Describe, List, Get or Head")
	}
	if len(faults) > 0 {
		return nil, invalid(faults)
	}
	c := Command{Service: *in.Service, Op: *in.Operation, Body: json.RawMessage("{}")}
	if in.Body != nil {
		c.Body = json.RawMessage(*in.Body)
	}
	for tries := 1; ; tries++ {
		copied := r.Clone()
		if tries > 1 {
			copied.AdvanceTo(r.Now().Add(time.Duration(tries-1)*time.Second), 0, nil)
		}
		reply := copied.Do(c)
		if reply.Err == nil {
			return reply.Body, nil
		}
		if tries == 3 || !aws.Throttled(reply.Err.Code) {
			return nil, reply.Err
		}
	}
}
