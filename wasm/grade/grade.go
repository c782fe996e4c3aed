// Package grade judges goals over state, metrics and the learner's deeds: yes or no, the record or shard that proves it,
// and a message with figures. It never looks at what was typed, and it changes nothing.
//
// A goal stands in the lab file:
//
//	goals:
//	  - id: no-refusals
//	    text: No write is refused for 10 seconds
//	    check: {kind: no-refusals, stream: trips, for: 10s}
//	    unmet: "{refused} writes were refused in the last {for}, most of them at {shard}."
//	    met: "No refusals for {for}, and {accepted} records arrived."
//
// {names} in met and unmet are figures of the check; an unknown one is an error. Instead of one text, unmet may be a list
// that is tried in order, the last without an if:
//
//	unmet:
//	  - if: "consumers > 1"
//	    text: "Readers do not help: writes are refused."
//	  - text: "{refused} writes were refused."
//
// An if compares a figure with a number (> >= < <= == !=) or a text (== !=). Durations are texts like "10s". Every check
// is judged on the state as it is now, so a goal can be met and become unmet again; a lab is solved when all its goals
// are met at one moment. No check of traffic can be met by silence: windows without records are unmet.
//
// # Checks
//
// [Kinds] lists the checks with their parameters and figures; `{for}` and `{now}` (seconds since the lab's start) are
// figures of every check, and of every check with a stream, producer or consumer also {stream}, {open-shards},
// {closed-shards}, {producers}, {consumers} (of that stream, those that run), {running} and {stopped} (of its producers): clients of every kind count.
package grade

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"shardlab/wasm/aws"
	"shardlab/wasm/region"
	"shardlab/wasm/sim"
	"shardlab/wasm/sink"
)

// A Deed is a command of the learner and how it went.
type Deed struct {
	At      sim.Instant
	As      string // ARN of the principal it was done as; "" for the account's administrator
	Service string
	Op      string
	Body    json.RawMessage
	Code    string   // of the error, "" when it was done
	Message string   // of the error
	Puts    []Put    // records that it put
	Finding *Finding // what came of it, when it stated the cause of an incident
}

// A Put is a record that the learner's own command put.
type Put struct {
	Stream   string
	Shard    int32
	Sequence string
	Key      string
	Data     string // the beginning of it, MaxPutData bytes at most
}

// MaxPutData is how much of a record's data a Put keeps.
const MaxPutData = 1024

// A View is what goals are judged on.
type View struct {
	Region *region.Region
	Start  sim.Instant
	Deeds  []Deed

	Evidence string // the ref of what the learner points at, while a statement is judged
}

// A Verdict is how a goal stands.
type Verdict struct {
	Met      bool
	Message  string
	Evidence string // a Ref of package protocol
	Figures  Figures
}

// A Figure is a number or a text that a check found.
type Figure struct {
	Text    string
	Number  float64
	Numeric bool
}

// Figures are what a check found, by name.
type Figures map[string]Figure

func (f Figures) count(name string, n int64) {
	f[name] = Figure{region.Number(n), float64(n), true}
}

func (f Figures) decimal(name string, n float64) {
	text := region.Decimal(n)
	if n >= 10 || n <= -10 {
		text = region.Number(int64(n + 0.5))
	}
	f[name] = Figure{text, n, true}
}

func (f Figures) percent(name string, share float64) {
	f[name] = Figure{strconv.FormatInt(int64(share*100+0.5), 10) + " %", share, true}
}

func (f Figures) span(name string, d time.Duration) {
	f[name] = Figure{region.Millis(d.Milliseconds()), d.Seconds(), true}
}

func (f Figures) text(name, s string) { f[name] = Figure{Text: s} }

// A check is one kind of condition with its parameters.
type check interface {
	// valid says what is wrong with the parameters, and fills in what was left out.
	valid(path string, faults *region.Faults)
	// judge finds whether the condition holds, the figures and the evidence.
	judge(v *View, f Figures) (met bool, evidence string)
	// about is the stream that the condition is about, and the window it looks at.
	about(v *View) (stream string, window time.Duration)
}

// A Goal is one condition of a lab's task, with its words.
type Goal struct {
	ID    string
	Text  string
	Kind  string
	check check
	met   string
	unmet []message
}

// A message is a text, and when it is the one to show.
type message struct {
	If   string `json:"if"`
	Text string `json:"text"`

	figure, op, value string
}

// written is a goal as the author wrote it.
type written struct {
	ID    string          `json:"id"`
	Text  string          `json:"text"`
	Check json.RawMessage `json:"check"`
	Met   string          `json:"met"`
	Unmet json.RawMessage `json:"unmet"`
}

var (
	idPattern     = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)
	placeholder   = regexp.MustCompile(`\{([^{}]*)\}`)
	conditionForm = regexp.MustCompile(`^([a-z0-9-]+) *(>=|<=|==|!=|>|<) *(.+)$`)
)

// Parse reads the goals of a lab file; all faults are returned at once, as region.Faults.
func Parse(raw []json.RawMessage) ([]Goal, error) {
	var faults region.Faults
	var goals []Goal
	seen := map[string]bool{}
	for i, text := range raw {
		path := fmt.Sprintf("goals[%d]", i)
		var w written
		if wrong := region.Decode(text, path, &w); len(wrong) > 0 {
			faults = append(faults, wrong...)
			continue
		}
		g := Goal{ID: w.ID, Text: w.Text, met: w.Met}
		if !idPattern.MatchString(w.ID) {
			faults.Add(path+".id", "%q is no id: write small letters, digits and dashes, like no-refusals", w.ID)
		} else if seen[w.ID] {
			faults.Add(path+".id", "%q is there twice", w.ID)
		}
		seen[w.ID] = true
		if strings.TrimSpace(w.Text) == "" {
			faults.Add(path+".text", "left out: say what is to be true")
		}
		var wrong region.Faults
		g.Kind, g.check, wrong = parseCheck(w.Check, path+".check", Kinds())
		faults = append(faults, wrong...)
		known := figuresOf(g.Kind)
		g.unmet = parseUnmet(w.Unmet, path+".unmet", known, &faults)
		if strings.TrimSpace(w.Met) == "" {
			faults.Add(path+".met", "left out: say how it stands when it is met")
		}
		if g.check != nil {
			checkPlaceholders(path+".met", w.Met, known, &faults)
		}
		goals = append(goals, g)
	}
	if err := faults.Err(); err != nil {
		return nil, err
	}
	return goals, nil
}

// parseCheck reads the kind and its parameters.
func parseCheck(raw json.RawMessage, path string, kinds []Kind) (string, check, region.Faults) {
	var faults region.Faults
	names := kindNames(kinds)
	keys, values, ok := region.Members(raw)
	if !ok {
		faults.Add(path, "left out or not an object: write {kind: ..., ...} with one of %s", strings.Join(names, ", "))
		return "", nil, faults
	}
	at := slices.Index(keys, "kind")
	var name string
	if at < 0 || json.Unmarshal(values[at], &name) != nil {
		faults.Add(path+".kind", "left out: write one of %s", strings.Join(names, ", "))
		return "", nil, faults
	}
	for _, k := range kinds {
		if k.Name != name {
			continue
		}
		c := k.make()
		faults = append(faults, region.Decode(raw, path, c)...)
		if len(faults) == 0 {
			c.valid(path, &faults)
		}
		return name, c, faults
	}
	hint := ""
	if near := aws.Nearest(name, names); near != "" {
		hint = fmt.Sprintf(" Did you mean %s?", near)
	}
	faults.Add(path+".kind", "%q is no check.%s There are: %s", name, hint, strings.Join(names, ", "))
	return "", nil, faults
}

// parseUnmet reads one text or a list of them.
func parseUnmet(raw json.RawMessage, path string, known []string, faults *region.Faults) []message {
	if len(raw) == 0 {
		faults.Add(path, "left out: say what is missing, with the figures of the check in {braces}")
		return nil
	}
	var one string
	if json.Unmarshal(raw, &one) == nil {
		checkPlaceholders(path, one, known, faults)
		return []message{{Text: one}}
	}
	var list struct {
		Unmet []message `json:"unmet"`
	}
	wrapped := append(append([]byte(`{"unmet":`), raw...), '}')
	if wrong := region.Decode(wrapped, "", &list); len(wrong) > 0 {
		for _, w := range wrong {
			faults.Add(strings.TrimSuffix(path, "unmet")+w.Path, "%s", w.Message)
		}
		return nil
	}
	if len(list.Unmet) == 0 {
		faults.Add(path, "an empty list: write at least one text")
	}
	for i := range list.Unmet {
		m := &list.Unmet[i]
		at := fmt.Sprintf("%s[%d]", path, i)
		checkPlaceholders(at+".text", m.Text, known, faults)
		last := i == len(list.Unmet)-1
		switch {
		case last && m.If != "":
			faults.Add(at+".if", "the last text stands for all other cases: leave its if out")
		case !last && m.If == "":
			faults.Add(at+".if", "left out: only the last text has none")
		case m.If != "":
			parts := conditionForm.FindStringSubmatch(m.If)
			if parts == nil {
				faults.Add(at+".if", `%q is no condition: write it like "consumers > 1"`, m.If)
				continue
			}
			m.figure, m.op, m.value = parts[1], parts[2], strings.TrimSpace(parts[3])
			if known != nil && !slices.Contains(known, m.figure) {
				faults.Add(at+".if", "the check has no figure %q; it has %s", m.figure, strings.Join(known, ", "))
			}
			if _, err := strconv.ParseFloat(m.value, 64); err != nil && m.op != "==" && m.op != "!=" {
				faults.Add(at+".if", "%q is no number: texts are compared by == and != only", m.value)
			}
		}
	}
	return list.Unmet
}

// checkPlaceholders finds names in braces that the check does not know.
func checkPlaceholders(path, text string, known []string, faults *region.Faults) {
	if strings.TrimSpace(text) == "" {
		faults.Add(path, "left out: write a sentence for the learner")
	}
	if known == nil {
		return
	}
	for _, m := range placeholder.FindAllStringSubmatch(text, -1) {
		if !slices.Contains(known, m[1]) {
			faults.Add(path, "the check has no figure {%s}; it has %s", m[1], strings.Join(known, ", "))
		}
	}
}

// Judge finds how the goal stands now.
func (g *Goal) Judge(v *View) Verdict {
	f := Figures{}
	common(v, g.check, f)
	met, evidence := g.check.judge(v, f)
	if !there(v.Region, evidence) {
		evidence = ""
	}
	text := g.met
	if !met {
		for _, m := range g.unmet {
			if m.If == "" || m.holds(f) {
				text = m.Text
				break
			}
		}
	}
	return Verdict{Met: met, Message: fill(text, f), Evidence: evidence, Figures: f}
}

// there says whether the stream, producer or consumer of a ref is there to be looked at.
func there(r *region.Region, ref string) bool {
	kind, name, _ := strings.Cut(ref, ":")
	ok := false
	switch kind {
	case "producer", "consumer":
		_, ok = r.Client(ref)
	case "worker", "lease":
		_, ok = r.PartSheet(ref)
	case "firehose":
		_, ok = r.Firehose().Stream(name)
	case "bucket":
		name, _, _ = strings.Cut(name, "/")
		_, ok = r.S3().Bucket(name)
	case "object":
		name, key, _ := strings.Cut(name, "/")
		if b, found := r.S3().Bucket(name); found {
			_, ok = b.Object(key)
		}
	case "sink":
		ok = slices.ContainsFunc(r.Sinks().Sinks(), func(x *sink.Sink) bool { return region.SinkRef(x.Settings().Name) == ref })
	case "metric":
		metric, dims, _ := region.ReadMetricRef(ref)
		_, ok = r.Meter().Lookup(metric, dims)
	default:
		name, _, _ = strings.Cut(name, "/")
		_, ok = r.Kinesis().Stream(name)
	}
	return ok
}

// holds says whether the figure stands to the value as the condition wants.
func (m *message) holds(f Figures) bool {
	have, ok := f[m.figure]
	if !ok {
		return false
	}
	if want, err := strconv.ParseFloat(m.value, 64); err == nil && have.Numeric {
		switch m.op {
		case ">":
			return have.Number > want
		case ">=":
			return have.Number >= want
		case "<":
			return have.Number < want
		case "<=":
			return have.Number <= want
		case "==":
			return have.Number == want
		}
		return have.Number != want
	}
	return (have.Text == m.value) == (m.op == "==")
}

// fill puts figures in place of their names.
func fill(text string, f Figures) string {
	return placeholder.ReplaceAllStringFunc(text, func(s string) string {
		if x, ok := f[s[1:len(s)-1]]; ok {
			return x.Text
		}
		return "–"
	})
}

// Find returns one figure of a check, as a lesson's prose wants it. Parameters that only say what is enough may be left
// out of the check.
func Find(v *View, raw json.RawMessage, figure string) (Figure, error) {
	kind, c, faults := parseCheck(raw, "check", Kinds())
	if c == nil {
		return Figure{}, faults.Err()
	}
	kept := faults[:0]
	for _, x := range faults {
		if !strings.HasPrefix(x.Message, enough) {
			kept = append(kept, x)
		}
	}
	if err := kept.Err(); err != nil {
		return Figure{}, err
	}
	known := figuresOf(kind)
	if !slices.Contains(known, figure) {
		return Figure{}, fmt.Errorf("check %s has no figure %q; it has %s", kind, figure, strings.Join(known, ", "))
	}
	f := Figures{}
	common(v, c, f)
	c.judge(v, f)
	return f[figure], nil
}

// enough begins the fault of a parameter that only says what is enough.
const enough = "left out: say what is enough"

// common finds the figures of every check.
func common(v *View, c check, f Figures) {
	r := v.Region
	stream, window := c.about(v)
	f.span("for", window)
	f.count("now", int64(r.Now().Sub(v.Start)/time.Second))
	f.text("stream", stream)
	open, closed := int64(0), int64(0)
	if st, ok := r.Kinesis().Stream(stream); ok {
		open = int64(len(st.OpenShards()))
		closed = int64(len(st.Shards())) - open
	}
	f.count("open-shards", open)
	f.count("closed-shards", closed)
	producers, running, stopped, consumers := int64(0), int64(0), int64(0), int64(0)
	for _, c := range r.Clients() {
		switch {
		case !slices.Contains(c.Streams, stream):
		case c.Reads && c.Running:
			consumers++
		case c.Reads:
		case c.Running:
			producers++
			running++
		default:
			producers++
			stopped++
		}
	}
	f.count("producers", producers)
	f.count("consumers", consumers)
	f.count("running", running)
	f.count("stopped", stopped)
}

// commonFigures names them.
var commonFigures = []string{"for", "now", "stream", "open-shards", "closed-shards", "producers", "consumers", "running", "stopped"}

// figuresOf lists the figures of a kind, nil when there is none of that name.
func figuresOf(kind string) []string {
	for _, k := range append(Kinds(), ChosenKinds()...) {
		if k.Name == kind {
			all := append(slices.Clone(k.Figures), commonFigures...)
			slices.Sort(all)
			return slices.Compact(all)
		}
	}
	return nil
}

func kindNames(kinds []Kind) []string {
	names := map[string]bool{}
	for _, k := range kinds {
		names[k.Name] = true
	}
	return slices.Sorted(maps.Keys(names))
}
