package lessons

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
)

// A Lab is a lesson's lab as its author wrote it: the part the engine runs (everything up to Incident) and the plans with
// which the linter proves it and the figures are computed, which never leave the server.
type Lab struct {
	Name    string `yaml:"name"`
	Start   string `yaml:"start"`   // instant 0, RFC 3339
	Seed    int64  `yaml:"seed"`    //
	Profile string `yaml:"profile"` // limits profile
	Open    string `yaml:"open"`    // virtual time already lived when the learner gets the lab
	World   []Step `yaml:"world"`
	Goals   []Goal `yaml:"goals"`

	Incident *Incident `yaml:"incident"` // the lab is an incident

	Solution []Move   `yaml:"solution"`
	Wrong    []Wrong  `yaml:"wrong"`
	Figures  []Figure `yaml:"figures"`

	File  string         `yaml:"-"` // of lab.yaml
	lines map[string]int // path of a node -> its line
}

// A Step is a timed command of the world.
type Step struct {
	At   string         `yaml:"at" json:"at,omitempty"`
	Do   string         `yaml:"do" json:"do"`
	With map[string]any `yaml:"with" json:"with"`

	MayFail bool `yaml:"may-fail" json:"may-fail,omitempty"` // the engine may refuse it; the world goes on
}

// A Goal is a part of the task, checked by the engine.
type Goal struct {
	ID    string         `yaml:"id" json:"id"`
	Text  string         `yaml:"text" json:"text"`
	Check map[string]any `yaml:"check" json:"check"`
	Unmet any            `yaml:"unmet" json:"unmet"`
	Met   string         `yaml:"met" json:"met,omitempty"`
}

// A Move is one step of a plan: a console line, a wait, or a run until the first event of a kind. One field is set.
type Move struct {
	Run   string `yaml:"run"`
	Wait  string `yaml:"wait"`
	Until string `yaml:"until"`
}

// A Wrong is a plan that people really make and that must not pass: the goal it fails and what the learner then reads.
type Wrong struct {
	Name    string `yaml:"name"`
	Plan    []Move `yaml:"plan"`
	Fails   string `yaml:"fails"`   // id of the goal that stays unmet
	Message string `yaml:"message"` // a regular expression the goal's message matches
}

// A Figure is a number of the prose, computed by playing the lab. Exactly one of Frame, Metric, Check, Run and First is set.
// Figures with the same plan share one run, in the order of their instants.
type Figure struct {
	Name string `yaml:"name"`
	Plan []Move `yaml:"plan"` // played from the moment the lab opens
	At   string `yaml:"at"`   // then to this instant since the lab's start; where the plan ends when left out

	Frame  string         `yaml:"frame"`  // JMESPath over the frame the page gets
	Metric string         `yaml:"metric"` // a CloudWatch metric: its sum a second, on average over For
	Of     string         `yaml:"of"`     // with Metric: "trips" or "trips/shardId-000000000000"
	For    string         `yaml:"for"`    // with Metric: the time looked back on; 10s when left out
	Check  map[string]any `yaml:"check"`  // a goal's check
	Figure string         `yaml:"figure"` // with Check: which of its figures, in the words of a goal's message
	Run    string         `yaml:"run"`    // a console line; the figure is what it prints
	First  string         `yaml:"first"`  // the moment of the first event of this kind after the lab opened
	Since  string         `yaml:"since"`  // with First: counted from the first event of this kind

	As    string `yaml:"as"`    // number (default), percent, clock, seconds, bytes, dollars, text (default of Check)
	Round int    `yaml:"round"` // to a multiple of this; 0 leaves the number as it is
}

// Line returns the line in lab.yaml of the node at path, as in "goals[1]", or of the nearest node around it.
func (l *Lab) Line(path string) int {
	for path != "" {
		if n, ok := l.lines[path]; ok {
			return n
		}
		path = path[:max(0, strings.LastIndexAny(path, ".["))]
	}
	return 1
}

// JSON returns the lab as the engine reads it: without plans and figures.
func (l *Lab) JSON() []byte {
	b, err := json.Marshal(struct {
		Name    string `json:"name"`
		Start   string `json:"start"`
		Seed    int64  `json:"seed"`
		Profile string `json:"profile,omitempty"`
		Open    string `json:"open,omitempty"`
		World   []Step `json:"world"`
		Goals   []Goal `json:"goals"`

		Incident *Incident `json:"incident,omitempty"`
	}{l.Name, l.Start, l.Seed, l.Profile, l.Open, l.World, l.Goals, l.Incident})
	if err != nil {
		panic(fmt.Sprintf("lessons: lab %s was decoded from YAML and cannot be written as JSON: %v", l.Name, err))
	}
	return b
}

// Lines returns the console lines of a plan, in order.
func Lines(plan []Move) []string {
	var lines []string
	for _, m := range plan {
		if m.Run != "" {
			lines = append(lines, strings.TrimRight(m.Run, "\n"))
		}
	}
	return lines
}

// Formats are the values Figure.As may have.
var Formats = []string{"number", "percent", "clock", "seconds", "bytes", "dollars", "text"}

var figureName = regexp.MustCompile(`^[a-z][a-z0-9]*(-[a-z0-9]+)*$`)

func (r *reader) lab(file string, b []byte) *Lab {
	l := &Lab{File: file}
	if !r.decode(file, 1, b, l) {
		return nil
	}
	l.lines = lines(b)
	before := len(r.errs)
	bad := func(path, format string, args ...any) { r.fail(Errorf(file, l.Line(path), format, args...)) }

	r.need(file, 1, "name", l.Name, "the lab's slug")
	l.world(bad)
	if len(l.World) == 0 {
		bad("world", "`world` is missing: list the commands that make the lab's world, as in `- do: kinesis.CreateStream`")
	}
	ids := map[string]bool{}
	for i, g := range l.Goals {
		at := fmt.Sprintf("goals[%d]", i)
		switch {
		case !figureName.MatchString(g.ID):
			bad(at, "`id` names the goal, in lower-case words joined by -; it is %q", g.ID)
		case ids[g.ID]:
			bad(at, "the goal id %q is there twice: give one of them another", g.ID)
		case strings.TrimSpace(g.Text) == "":
			bad(at, "goal %s lacks `text`: say what is to be true, as in `text: No write is refused for 10 seconds`", g.ID)
		case g.Check["kind"] == nil:
			bad(at, "goal %s lacks a check with a kind, as in `check: {kind: no-refusals, stream: trips, for: 10s}`", g.ID)
		case g.Unmet == nil || g.Unmet == "":
			bad(at, "goal %s lacks `unmet`: write the message a learner reads when it is not met, with the figures of the check, as in `unmet: \"{refused} writes were refused\"`", g.ID)
		case strings.TrimSpace(g.Met) == "":
			bad(at, "goal %s lacks `met`: write the message a learner reads when it is met", g.ID)
		}
		ids[g.ID] = true
	}
	if len(l.Goals) == 0 {
		bad("goals", "`goals` is missing: a lab has at least one goal")
	}
	plan(bad, "solution", l.Solution)
	for i, w := range l.Wrong {
		at := fmt.Sprintf("wrong[%d]", i)
		if strings.TrimSpace(w.Name) == "" {
			bad(at, "a wrong plan has a `name`: say what somebody who makes this mistake believes")
		}
		if !ids[w.Fails] {
			bad(at, "`fails` names the goal that this plan does not meet; %q is none of this lab's goals", w.Fails)
		}
		if _, err := regexp.Compile(w.Message); err != nil || w.Message == "" {
			bad(at, "`message` is a regular expression that the goal's message must match after this plan: %q is none", w.Message)
		}
		plan(bad, at, w.Plan)
	}
	names := map[string]bool{}
	for i, f := range l.Figures {
		at := fmt.Sprintf("figures[%d]", i)
		sources := 0
		for _, set := range []bool{f.Frame != "", f.Metric != "", f.Check != nil, f.Run != "", f.First != ""} {
			if set {
				sources++
			}
		}
		switch {
		case !figureName.MatchString(f.Name):
			bad(at, "`name` names the figure for the prose, in lower-case words joined by -; it is %q", f.Name)
		case names[f.Name]:
			bad(at, "the figure %q is there twice: give one of them another name", f.Name)
		case sources != 1:
			bad(at, "figure %s takes its number from exactly one of `frame` (JMESPath), `metric` (of CloudWatch), `check` (as of a goal), `run` (a console line) and `first` (an event kind); it has %d", f.Name, sources)
		case f.As != "" && !slices.Contains(Formats, f.As):
			bad(at, "`as` of figure %s is one of %s; it is %q", f.Name, strings.Join(Formats, ", "), f.As)
		case f.Since != "" && f.First == "":
			bad(at, "`since` of figure %s counts to the moment of `first`: write both", f.Name)
		case (f.Metric != "") != (f.Of != ""):
			bad(at, "figure %s takes a metric `of` a stream or a shard: write both, as in `metric: IncomingRecords` and `of: trips/shardId-000000000000`", f.Name)
		case f.For != "" && f.Metric == "":
			bad(at, "`for` of figure %s is the time a metric looks back on: write it with `metric`", f.Name)
		case (f.Check != nil) != (f.Figure != ""):
			bad(at, "figure %s takes one `figure` of a `check`: write both, as in `figure: share`", f.Name)
		}
		names[f.Name] = true
		span(bad, at, f.At)
		span(bad, at, f.For)
		if len(f.Plan) > 0 {
			plan(bad, at, f.Plan)
		}
	}
	if len(r.errs) > before {
		return nil
	}
	return l
}

// world checks when a lab begins and the commands that make its world.
func (l *Lab) world(bad func(path, format string, args ...any)) {
	if _, err := time.Parse(time.RFC3339, l.Start); err != nil {
		bad("start", "`start` is the instant at which the lab begins, as in `start: 2026-03-02T08:39:30Z`; it is %q", l.Start)
	}
	if l.Seed == 0 {
		bad("seed", "`seed` is missing: write any number other than 0, as in `seed: 7`; the same seed gives the same dice")
	}
	span(bad, "open", l.Open)
	for i, s := range l.World {
		at := fmt.Sprintf("world[%d]", i)
		if service, op, ok := strings.Cut(s.Do, "."); !ok || service == "" || op == "" {
			bad(at, "`do` names a service and an operation, as in `do: kinesis.CreateStream`; it is %q", s.Do)
		}
		span(bad, at, s.At)
	}
}

// plan checks the moves of a plan that must be there.
func plan(bad func(path, format string, args ...any), path string, plan []Move) {
	if len(plan) == 0 {
		bad(path, "the plan is missing: list its moves, as in `- run: aws kinesis list-shards --stream-name trips` and `- wait: 10s`")
	}
	for i, m := range plan {
		at := fmt.Sprintf("%s[%d]", path, i)
		set := 0
		for _, s := range []string{m.Run, m.Wait, m.Until} {
			if s != "" {
				set++
			}
		}
		if set != 1 {
			bad(at, "a move of a plan is exactly one of `run` (a console line), `wait` (a duration) and `until` (an event kind)")
		}
		span(bad, at, m.Wait)
	}
}

// span checks a duration that may be left out.
func span(bad func(path, format string, args ...any), path, text string) {
	if text == "" {
		return
	}
	if d, err := time.ParseDuration(text); err != nil || d < 0 {
		bad(path, "%q is no duration: write it with its unit, as in 10s or 1m30s", text)
	}
}
