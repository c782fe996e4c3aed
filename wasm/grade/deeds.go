package grade

import (
	"bytes"
	"encoding/json"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"shardlab/wasm/kinesis"
	"shardlab/wasm/region"
)

// newestPut finds the learner's newest record in a stream that f wants.
func newestPut(v *View, stream string, f func(*Put) bool) (Put, bool) {
	for i := len(v.Deeds) - 1; i >= 0; i-- {
		puts := v.Deeds[i].Puts
		for j := len(puts) - 1; j >= 0; j-- {
			if p := &puts[j]; p.Stream == stream && f(p) {
				return *p, true
			}
		}
	}
	return Put{}, false
}

func (p *Put) ref() string { return region.RecordRef(p.Stream, p.Shard, p.Sequence) }

type ownRecord struct {
	Kind     string `json:"kind"`
	Stream   string `json:"stream"`
	Key      string `json:"key"`
	Shard    string `json:"shard"`
	Contains string `json:"contains"`
	Count    *int64 `json:"count"`
	By       string `json:"by"`
}

func (c *ownRecord) valid(path string, faults *region.Faults) {
	need(path, "stream", c.Stream, faults)
	if c.Shard != "" {
		if _, ok := kinesis.ParseShardID(c.Shard); !ok {
			faults.Add(path+".shard", "%q is no shard id: write it like shardId-000000000001", c.Shard)
		}
	}
	if c.By != "" && c.By != "learner" {
		faults.Add(path+".by", "%q is not learner: the check looks at the learner's own records", c.By)
	}
	if c.Count == nil {
		one := int64(1)
		c.Count = &one
	}
	if *c.Count < 1 {
		faults.Add(path+".count", "%d is not at least 1", *c.Count)
	}
}

func (c *ownRecord) about(*View) (string, time.Duration) { return c.Stream, 0 }

func (c *ownRecord) judge(v *View, f Figures) (bool, string) {
	want, limited := kinesis.ParseShardID(c.Shard)
	limited = limited && c.Shard != ""
	n := int64(0)
	shard, sequence, evidence := "none", "none", region.StreamRef(c.Stream)
	for i := range v.Deeds {
		for j := range v.Deeds[i].Puts {
			p := &v.Deeds[i].Puts[j]
			if p.Stream == c.Stream && (c.Key == "" || p.Key == c.Key) && (!limited || p.Shard == want) && strings.Contains(p.Data, c.Contains) {
				n++
				shard, sequence, evidence = region.ShardID(p.Shard), p.Sequence, p.ref()
			}
		}
	}
	f.count("found", n)
	f.count("of", *c.Count)
	f.text("shard", shard)
	f.text("sequence", sequence)
	return n >= *c.Count, evidence
}

type ownTexts struct {
	Kind      string   `json:"kind"`
	Stream    string   `json:"stream"`
	Texts     []string `json:"texts"`
	MinShards *int64   `json:"min-shards"`
	ordered   bool
}

func (c *ownTexts) valid(path string, faults *region.Faults) {
	need(path, "stream", c.Stream, faults)
	if len(c.Texts) < 2 {
		faults.Add(path+".texts", "list at least two texts that the records contain")
	}
	if slices.Contains(c.Texts, "") {
		faults.Add(path+".texts", "an empty text is in every record")
	}
	if c.ordered && c.MinShards != nil {
		faults.Add(path+".min-shards", "belongs to records-apart")
	}
	if c.MinShards == nil {
		two := int64(2)
		c.MinShards = &two
	}
}

func (c *ownTexts) about(*View) (string, time.Duration) { return c.Stream, 0 }

func (c *ownTexts) judge(v *View, f Figures) (bool, string) {
	var shards []int32
	var puts []Put
	var missing []string
	rising := true
	for _, text := range c.Texts {
		p, ok := newestPut(v, c.Stream, func(p *Put) bool { return strings.Contains(p.Data, text) })
		if !ok {
			missing = append(missing, text)
			continue
		}
		if n := len(puts); n > 0 && !less(puts[n-1].Sequence, p.Sequence) {
			rising = false
		}
		puts, shards = append(puts, p), append(shards, p.Shard)
	}
	evidence := listShards(f, c.Stream, shards)
	if len(puts) > 0 {
		evidence = puts[len(puts)-1].ref()
	}
	f.count("found", int64(len(puts)))
	f.count("of", int64(len(c.Texts)))
	f.text("missing", listed(missing))
	if c.ordered {
		return len(missing) == 0 && rising && distinct(shards) == 1, evidence
	}
	return len(missing) == 0 && int64(distinct(shards)) >= *c.MinShards, evidence
}

// less compares sequence numbers as the numbers they are.
func less(a, b string) bool { return len(a) < len(b) || len(a) == len(b) && a < b }

type command struct {
	Kind  string          `json:"kind"`
	Op    string          `json:"op"`
	With  json.RawMessage `json:"with"`
	Count *int64          `json:"count"`
}

func (c *command) valid(path string, faults *region.Faults) {
	if !strings.Contains(c.Op, ".") {
		c.Op = region.Kinesis + "." + c.Op
	}
	service, op, _ := strings.Cut(c.Op, ".")
	body := c.With
	if len(body) == 0 {
		body = json.RawMessage("{}")
	}
	for _, x := range region.CheckCommand(region.Command{Service: service, Op: op, Body: body}, path) {
		switch {
		case x.Path == path+".do":
			faults.Add(path+".op", "%s", x.Message)
		case x.Path == path+".with" && strings.Contains(x.Message, " needs "):
			// with names only the members that matter
		default:
			faults.Add(x.Path, "%s", x.Message)
		}
	}
	if c.Count == nil {
		one := int64(1)
		c.Count = &one
	}
	if *c.Count < 1 {
		faults.Add(path+".count", "%d is not at least 1", *c.Count)
	}
}

func (c *command) about(*View) (string, time.Duration) { return "", 0 }

func (c *command) judge(v *View, f Figures) (bool, string) {
	calls, failed, last := int64(0), int64(0), "none"
	for i := range v.Deeds {
		d := &v.Deeds[i]
		if d.Service+"."+d.Op != c.Op || !covers(d.Body, c.With) {
			continue
		}
		if d.Code != "" {
			failed++
			last = d.Code
			continue
		}
		calls++
	}
	f.count("calls", calls)
	f.count("failed", failed)
	f.text("error", last)
	return calls >= *c.Count, ""
}

// covers says whether a body has every member that is wanted, with that value.
func covers(body, want json.RawMessage) bool {
	if len(want) == 0 {
		return true
	}
	keys, values, ok := region.Members(want)
	haveKeys, haveValues, ok2 := region.Members(body)
	if !ok || !ok2 {
		return false
	}
	for i, k := range keys {
		j := slices.Index(haveKeys, k)
		if j < 0 || !bytes.Equal(canonical(values[i]), canonical(haveValues[j])) {
			return false
		}
	}
	return true
}

// canonical writes JSON in one way, keys sorted.
func canonical(raw json.RawMessage) []byte {
	var x any
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	if d.Decode(&x) != nil {
		return raw
	}
	b, err := json.Marshal(x)
	if err != nil {
		return raw
	}
	return b
}

type answer struct {
	Kind   string          `json:"kind"`
	Is     string          `json:"is"`
	Check  json.RawMessage `json:"check"`
	Figure string          `json:"figure"`
	Within float64         `json:"within"`
}

func (c *answer) valid(path string, faults *region.Faults) {
	switch {
	case (c.Is == "") == (len(c.Check) == 0):
		faults.Add(path, "say the right answer: is, or check and figure")
	case len(c.Check) > 0:
		kind, _, wrong := parseCheck(c.Check, path+".check", Kinds())
		for _, x := range wrong {
			if !strings.HasPrefix(x.Message, enough) {
				*faults = append(*faults, x)
			}
		}
		if kind == "answer" {
			faults.Add(path+".check.kind", "an answer cannot be the answer")
		} else if known := figuresOf(kind); known != nil && !slices.Contains(known, c.Figure) {
			faults.Add(path+".figure", "check %s has no figure %q; it has %s", kind, c.Figure, strings.Join(known, ", "))
		}
	}
	if c.Within < 0 || c.Within > 1 {
		faults.Add(path+".within", "%v is not a part between 0 and 1", c.Within)
	}
}

// numberForm is the number with which an answer begins: "1,400 records/s" is 1400.
var numberForm = regexp.MustCompile(`^-?[0-9][0-9,]*(\.[0-9]+)?`)

func (c *answer) about(*View) (string, time.Duration) { return "", 0 }

func (c *answer) judge(v *View, f Figures) (bool, string) {
	right := Figure{Text: c.Is}
	if n, err := strconv.ParseFloat(strings.ReplaceAll(c.Is, ",", ""), 64); err == nil {
		right.Number, right.Numeric = n, true
	}
	if len(c.Check) > 0 {
		x, err := Find(v, c.Check, c.Figure)
		if err != nil {
			return false, ""
		}
		right = x
	}
	f.text("answer", "none")
	f["right"] = right
	for i := len(v.Deeds) - 1; i >= 0; i-- {
		d := &v.Deeds[i]
		if d.Service != region.Lab || d.Op != "Answer" || d.Code != "" {
			continue
		}
		var in region.AnswerInput
		if len(region.Decode(d.Body, "", &in)) > 0 || in.Text == nil {
			continue
		}
		given := strings.TrimSpace(*in.Text)
		f.text("answer", given)
		if strings.EqualFold(given, right.Text) {
			return true, ""
		}
		n, err := strconv.ParseFloat(strings.ReplaceAll(numberForm.FindString(given), ",", ""), 64)
		if right.Numeric && strings.HasSuffix(right.Text, "%") {
			n /= 100
		}
		return err == nil && right.Numeric && math.Abs(n-right.Number) <= c.Within*math.Abs(right.Number), ""
	}
	return false, ""
}
