package grade

import (
	"encoding/json"
	"fmt"
	"path"
	"slices"
	"strings"
	"time"

	"shardlab/wasm/cloudwatch"
	"shardlab/wasm/region"
)

// An Incident is what a pager says, the charts that its dashboard opens with, and the causes that can be stated. It stands in the lab
// file:
//
//	incident:
//	  title: Fares arrive twice
//	  severity: SEV2
//	  since: 08:52
//	  words: Accounting counts more fares than were paid.
//	  charts:
//	    - {metric: "metric:AWS/Kinesis,IncomingRecords,StreamName=fares", stat: Sum}
//	  causes:
//	    - id: network-retries
//	      text: Producers send again what was taken, because answers come too late
//	      proof:
//	        - of: ["record:fares/*"]
//	          check: {kind: chosen-record, twice: true}
//	          text: "The record with the id {id} is in the stream {copies} times."
//	      unproven: It may be so. Point at a record that is there twice.
//	    - id: lease-lost
//	      text: Workers lose their leases
//	      counter:
//	        - check: {kind: kcl, consumer: totals, figure: lost-leases, at-most: 0, for: 5m}
//	          text: "No lease was lost in the last {for}."
//
// A cause that has a proof is right, one that has a counter is wrong. Of a proof, `of` says which evidence it takes (* stands for
// anything), and its check is judged at that moment, as are the checks of a counter: the first that holds speaks.
type Incident struct {
	Title    string          `json:"title"`
	Severity string          `json:"severity"`
	Since    string          `json:"since"`
	Words    string          `json:"words"`
	Charts   []IncidentChart `json:"charts"`
	Causes   []Cause         `json:"causes"`
}

// An IncidentChart is a chart of the dashboard.
type IncidentChart struct {
	Metric string `json:"metric"` // region.MetricRef
	Stat   string `json:"stat"`
}

// A Cause is what a learner may state.
type Cause struct {
	ID       string   `json:"id"`
	Text     string   `json:"text"`
	Proof    []Speech `json:"proof"`
	Unproven string   `json:"unproven"`
	Counter  []Speech `json:"counter"`
}

// A Speech is a check and what it says when it holds.
type Speech struct {
	Of    []string        `json:"of"`
	Check json.RawMessage `json:"check"`
	Text  string          `json:"text"`

	check check
}

// Outcomes of a statement.
const (
	Proven    = "proven"    // the right cause, and the evidence proves it
	Unproven  = "unproven"  // the right cause, and the evidence proves nothing
	Countered = "countered" // another cause, and something speaks against it
	Idle      = "idle"      // another cause, and nothing speaks against it at this moment
)

// A Finding is what came of a statement of the learner.
type Finding struct {
	Cause    string
	Evidence string
	Outcome  string
	Text     string
}

var severities = []string{"SEV1", "SEV2", "SEV3", "SEV4"}

// ParseIncident reads the incident of a lab file, nil when it has none; all faults are returned at once, as region.Faults.
func ParseIncident(raw json.RawMessage) (*Incident, error) {
	if len(raw) == 0 {
		return nil, nil
	}
	in := &Incident{}
	faults := region.Decode(raw, "incident", in)
	if len(faults) > 0 {
		return nil, faults
	}
	for _, x := range [][2]string{{"title", in.Title}, {"since", in.Since}, {"words", in.Words}} {
		if strings.TrimSpace(x[1]) == "" {
			faults.Add("incident."+x[0], "left out: write what the pager shows")
		}
	}
	if !slices.Contains(severities, in.Severity) {
		faults.Add("incident.severity", "%q is none of %s", in.Severity, strings.Join(severities, ", "))
	}
	for i := range in.Charts {
		c := &in.Charts[i]
		at := fmt.Sprintf("incident.charts[%d]", i)
		switch metric, d, ok := region.ReadMetricRef(c.Metric); {
		case !ok:
			faults.Add(at+".metric", "%q is no metric: write it like metric:AWS/Kinesis,IncomingRecords,StreamName=trips", c.Metric)
		case region.OfNoStream(metric, d):
			faults.Add(at+".metric", "%q is of no stream: write it like metric:lab,OpenShardCount,StreamName=trips", c.Metric)
		}
		if c.Stat == "" {
			c.Stat = cloudwatch.Sum
		} else if !slices.Contains(statistics, c.Stat) {
			faults.Add(at+".stat", "%q is no statistic: write one of %s", c.Stat, strings.Join(statistics, ", "))
		}
	}
	if len(in.Charts) == 0 {
		faults.Add("incident.charts", "left out: a dashboard opens with at least one chart")
	}
	right, wrong := 0, 0
	seen := map[string]bool{}
	for i := range in.Causes {
		c := &in.Causes[i]
		at := fmt.Sprintf("incident.causes[%d]", i)
		if !idPattern.MatchString(c.ID) || seen[c.ID] {
			faults.Add(at+".id", "%q is no id of its own: write small letters, digits and dashes, like hot-key", c.ID)
		}
		seen[c.ID] = true
		if strings.TrimSpace(c.Text) == "" {
			faults.Add(at+".text", "left out: say what the learner states")
		}
		switch {
		case (len(c.Proof) > 0) == (len(c.Counter) > 0):
			faults.Add(at, "give the right cause a proof, and a wrong one a counter: one of them")
		case len(c.Proof) > 0:
			right++
			if strings.TrimSpace(c.Unproven) == "" {
				faults.Add(at+".unproven", "left out: say what one reads whose evidence proves nothing")
			}
		default:
			wrong++
			if c.Unproven != "" {
				faults.Add(at+".unproven", "belongs to a cause with a proof")
			}
		}
		for j := range c.Proof {
			c.Proof[j].parse(fmt.Sprintf("%s.proof[%d]", at, j), true, &faults)
		}
		for j := range c.Counter {
			c.Counter[j].parse(fmt.Sprintf("%s.counter[%d]", at, j), false, &faults)
		}
	}
	if right < 1 || wrong < 2 {
		faults.Add("incident.causes", "%d right and %d wrong: write at least one right and two wrong ones", right, wrong)
	}
	if err := faults.Err(); err != nil {
		return nil, err
	}
	return in, nil
}

func (s *Speech) parse(at string, proof bool, faults *region.Faults) {
	kinds := Kinds()
	switch {
	case proof && len(s.Of) == 0:
		faults.Add(at+".of", `left out: say which evidence it takes, like ["record:trips/*"]`)
	case !proof && len(s.Of) > 0:
		faults.Add(at+".of", "belongs to a proof: what speaks against a cause does so whatever is pointed at")
	case proof:
		kinds = append(kinds, ChosenKinds()...)
	}
	for i, p := range s.Of {
		if _, err := path.Match(wild(p), ""); err != nil || !strings.Contains(p, ":") {
			faults.Add(fmt.Sprintf("%s.of[%d]", at, i), "%q is no evidence: write a ref, with * for any part of it, like shard:trips/*", p)
		}
	}
	kind, c, wrong := parseCheck(s.Check, at+".check", kinds)
	*faults = append(*faults, wrong...)
	s.check = c
	if c != nil {
		checkPlaceholders(at+".text", s.Text, figuresOf(kind), faults)
	}
}

// wild makes a pattern of package path of a ref, whose slashes mean nothing: * passes them.
func wild(ref string) string {
	return strings.NewReplacer("/", "\x01", "[", `\[`, "?", `\?`).Replace(ref)
}

// takes says whether a proof takes the evidence.
func (s *Speech) takes(evidence string) bool {
	return slices.ContainsFunc(s.Of, func(p string) bool {
		ok, _ := path.Match(wild(p), strings.ReplaceAll(evidence, "/", "\x01"))
		return ok
	})
}

// holds judges the check and fills its figures in.
func (s *Speech) holds(v *View) (string, bool) {
	f := Figures{}
	common(v, s.check, f)
	met, _ := s.check.judge(v, f)
	return fill(s.Text, f), met
}

// Cause finds a cause by its id.
func (in *Incident) Cause(id string) (*Cause, bool) {
	i := slices.IndexFunc(in.Causes, func(c Cause) bool { return c.ID == id })
	if i < 0 {
		return nil, false
	}
	return &in.Causes[i], true
}

// State judges the statement that a cause is the one, with what was pointed at, by the world as it is.
func (in *Incident) State(v *View, cause, evidence string) *Finding {
	out := &Finding{Cause: cause, Evidence: evidence}
	c, ok := in.Cause(cause)
	if !ok {
		return nil
	}
	at := *v
	at.Evidence = evidence
	for i := range c.Proof {
		if s := &c.Proof[i]; s.takes(evidence) {
			if text, ok := s.holds(&at); ok {
				out.Outcome, out.Text = Proven, text
				return out
			}
		}
	}
	for i := range c.Counter {
		if text, ok := c.Counter[i].holds(&at); ok {
			out.Outcome, out.Text = Countered, text
			return out
		}
	}
	if len(c.Proof) > 0 {
		out.Outcome, out.Text = Unproven, c.Unproven
		return out
	}
	out.Outcome, out.Text = Idle, "Nothing in the lab speaks for this cause at this moment. Look again at the dashboard."
	return out
}

// Diagnosis is the kind of the goal that an incident has.
const Diagnosis = "diagnosis"

// diagnosis is met when the learner's latest statement names a right cause, with evidence that proved it at that moment.
type diagnosis struct {
	Kind string `json:"kind"`
}

func (c *diagnosis) valid(string, *region.Faults) {}

func (c *diagnosis) about(*View) (string, time.Duration) { return "", 0 }

func (c *diagnosis) judge(v *View, f Figures) (bool, string) {
	said, n := Finding{Cause: "none", Outcome: "none", Text: "Nothing was stated yet."}, int64(0)
	for i := range v.Deeds {
		if x := v.Deeds[i].Finding; x != nil {
			said = *x
			n++
		}
	}
	f.text("said", said.Text)
	f.text("cause", said.Cause)
	f.text("outcome", said.Outcome)
	f.count("statements", n)
	return said.Outcome == Proven, said.Evidence
}
