// Package scenario reads a lab file: how a lab's world begins and what befalls it, as timed commands. It holds no rule of
// Kinesis and runs nothing; its errors are for the author, with the place of the key and what to write instead.
//
// A lab file is one JSON object (authors write it as YAML beside the lesson):
//
//	name: hot-rack                 # slug of the lab
//	start: 2026-03-02T08:39:30Z    # instant 0 of virtual time
//	seed: 7                        # grows all chance in the world
//	profile: "2026"                # the limits that hold; "2024" for those of the exam's date
//	open: 30s                      # virtual time already lived when the learner gets the lab
//	world:                         # commands at their instants, 0s when left out
//	  - do: kinesis.CreateStream
//	    with: {StreamName: trips, ShardCount: 4}
//	  - at: 12s
//	    do: lab.PutProducer
//	    with: {Name: bikes, StreamName: trips, RecordsPerSecond: 1400}
//	  - at: 20s
//	    do: kinesis.DeleteStream
//	    with: {StreamName: nowhere}
//	    may-fail: true             # the world goes on when the operation is refused
//	    as: arn:aws:iam::123456789012:user/ana # who does it; the account's administrator when left out
//	    note: Nobody needs it.     # a remark, which the scenario's text shows above the command
//	goals: []                      # read by package grade
//	incident: {}                   # likewise; a lab may have one
package scenario

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"sort"
	"strings"
	"time"

	"shardlab/wasm/region"
)

// Bounds of a lab file.
const (
	MaxBytes = 1 << 20
	MaxSteps = 1000
	MaxGoals = 20
	MaxOpen  = 24 * time.Hour
	MaxSeed  = 1<<53 - 1 // JSON and JavaScript carry it whole
)

// A File is a lab as its author wrote it, checked.
type File struct {
	Name    string            `json:"name"`
	Note    string            `json:"note,omitempty"` // remarks, a line each; they decide nothing
	Start   time.Time         `json:"start"`
	Seed    int64             `json:"seed"`
	Profile string            `json:"profile"`
	Open    time.Duration     `json:"open"`
	World   []Step            `json:"world"` // in order of At; steps of one instant in the author's order
	Goals   []json.RawMessage `json:"goals"`

	Incident json.RawMessage `json:"incident,omitempty"`
}

// A Step is one command of the world.
type Step struct {
	At      time.Duration   `json:"at"`
	Do      string          `json:"do"` // "kinesis.CreateStream"
	With    json.RawMessage `json:"with"`
	As      string          `json:"as,omitempty"` // ARN of the principal who does it; the account's administrator when left out
	MayFail bool            `json:"may-fail"`
	Note    string          `json:"note,omitempty"` // remarks, a line each; they decide nothing
	Place   int             `json:"-"`              // its place in the author's list
}

// Path names the step in messages to the author.
func (s Step) Path() string { return fmt.Sprintf("world[%d]", s.Place) }

// Command returns the step as it passes the region's door.
func (s Step) Command() region.Command {
	service, op, _ := strings.Cut(s.Do, ".")
	body := s.With
	if len(body) == 0 {
		body = json.RawMessage("{}")
	}
	return region.Command{Service: service, Op: op, Body: body, As: s.As}
}

var slug = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)

// Parse reads a lab file and checks everything that can be known without running it. All faults are returned at once, as
// region.Faults.
func Parse(file []byte) (*File, error) {
	if len(file) > MaxBytes {
		return nil, region.Faults{{Message: fmt.Sprintf("the lab file has %d bytes; at most %d are read", len(file), MaxBytes)}}
	}
	f := &File{Profile: "2026"}
	faults := region.Decode(file, "", f)
	if len(faults) > 0 {
		return nil, faults
	}
	if !slug.MatchString(f.Name) || len(f.Name) > 64 {
		faults.Add("name", "%q is not a slug: write small letters, digits and dashes, like hot-rack", f.Name)
	}
	if f.Start.IsZero() {
		faults.Add("start", `left out: write the instant at which the lab begins, like "2026-03-02T08:39:30Z"`)
	} else if y := f.Start.Year(); y < 2013 || y > 2200 {
		faults.Add("start", "the year %d is outside 2013 to 2200", y)
	}
	if f.Seed < 0 || f.Seed > MaxSeed {
		faults.Add("seed", "%d is outside 0 to %d", f.Seed, int64(MaxSeed))
	}
	if profiles := region.Profiles(); !slices.Contains(profiles, f.Profile) {
		faults.Add("profile", "%q is not a limits profile: write one of %s, in quotes", f.Profile, strings.Join(profiles, ", "))
	}
	if f.Open > MaxOpen {
		faults.Add("open", "%s is more than %s", f.Open, MaxOpen)
	}
	if len(f.World) > MaxSteps {
		faults.Add("world", "%d commands; at most %d are taken", len(f.World), MaxSteps)
	}
	if len(f.Goals) > MaxGoals {
		faults.Add("goals", "%d goals; at most %d are taken", len(f.Goals), MaxGoals)
	}
	for i := range f.World {
		s := &f.World[i]
		s.Place = i
		if s.Do == "" {
			faults.Add(s.Path()+".do", `left out: write an operation, like kinesis.CreateStream or lab.PutProducer`)
			continue
		}
		if len(s.With) > 0 && s.With[0] != '{' {
			faults.Add(s.Path()+".with", "not an object: write the members of %s, like {StreamName: trips}", s.Do)
			continue
		}
		faults = append(faults, region.CheckCommand(s.Command(), s.Path())...)
	}
	if err := faults.Err(); err != nil {
		return nil, err
	}
	sort.SliceStable(f.World, func(i, j int) bool { return f.World[i].At < f.World[j].At })
	return f, nil
}
