package model

import (
	"cmp"
	"encoding/json"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"

	"shardlab/wasm/protocol"
)

// A FieldKind says how a setting is typed.
type FieldKind string

// The kinds of fields.
const (
	Text   FieldKind = "text"
	Number FieldKind = "number"
	Choice FieldKind = "choice"
	Switch FieldKind = "switch" // its values are "true" and "false"
	List   FieldKind = "list"   // texts with commas between
	Lines  FieldKind = "lines"  // texts, one a line
	Code   FieldKind = "code"   // lines of a program or of a file
)

// An Option is one value of a choice. Fill gives other fields other values when it is picked.
type Option struct {
	Value, Text string
	Fill        map[string]string
}

// A Field is one setting in a form.
type Field struct {
	Name    string // the member of the request: "RecordTtl", "Keys.Kind"; with a dot before it, it is the form's own
	Label   string
	Help    string
	Group   string // fields with one stand folded under it
	Kind    FieldKind
	First   string // what a new one begins with
	Options []Option
	When    string  // it has a meaning with these values of another field alone: "Keys.Kind=skewed,zipf"; without =, when that is not empty
	Times   float64 // what is typed times this is the member; 0 is 1
	As      string  // its name among the settings, when that is another
	AsTimes float64 // the setting times this is what is typed; 0 is 1
	Or      string  // what the field holds when the setting is empty or 0
	Fresh   bool    // it can be chosen for a new one only
	Hidden  bool    // it is sent and not seen
	Short   bool    // half the form's width will do
	Sent    bool    // of a new one it is sent even when it is left as it is
	Lang    string  // of Code: javascript, sql or json; empty is text
}

// A Spec is a form as data: what can be typed into it.
type Spec struct {
	Title, Verb, Intro string
	Fields             []Field
	Wide               bool // it holds lines of a program
}

// Values are what is typed in a form, by the names of its fields.
type Values map[string]string

// Shown says whether a field has a meaning with what is typed.
func (f Field) Shown(v Values) bool {
	name, want, of := strings.Cut(f.When, "=")
	if !of && name != "" {
		return v[name] != ""
	}
	return f.When == "" || slices.Contains(strings.Split(want, ","), v[name])
}

// ClientSettings are those of a client as its sheet tells them.
type ClientSettings map[string]any

// at finds a setting by its path; nil when it is not there. In a list of processors or parameters a key is the Type or the
// ParameterName of one.
func (s ClientSettings) at(path string) any {
	var v any = map[string]any(s)
	for _, key := range strings.Split(path, ".") {
		list, _ := v.([]any)
		m, _ := v.(map[string]any)
		v = m[key]
		for _, x := range list {
			if one, _ := x.(map[string]any); one["Type"] == key || one["ParameterName"] == key {
				v = one
			}
		}
	}
	return v
}

// Text is how a setting stands in the field, and whether it is there.
func (f Field) Text(s ClientSettings) (text string, there bool) {
	switch v := s.at(cmp.Or(f.As, f.Name)).(type) {
	case string:
		if f.Kind == Switch { // something of that name is there
			return strconv.FormatBool(v != ""), true
		}
		text, there = v, true
	case bool:
		return strconv.FormatBool(v), true
	case float64:
		text, there = strconv.FormatFloat(math.Round(v*cmp.Or(f.AsTimes, 1)/cmp.Or(f.Times, 1)*1e6)/1e6, 'f', -1, 64), true
	case []any:
		var all []string
		for _, x := range v {
			all = append(all, textOf(x))
		}
		if text, there = strings.Join(all, ", "), true; f.Kind == Lines {
			for i := range all {
				all[i] = strings.ReplaceAll(all[i], "\n", " ")
			}
			text = strings.Join(all, "\n")
		}
	}
	if f.Kind == Number && f.First == "" && text == "0" { // not set: the engine chooses
		return "", true
	}
	if f.Or != "" && (text == "" || text == "0") {
		return f.Or, true
	}
	return text, there
}

func textOf(v any) string {
	s, _ := v.(string)
	return s
}

// Begin is what the fields hold before anything is typed: the settings of who is changed, else what a new one begins with.
func (s Spec) Begin(now ClientSettings) Values {
	v := Values{}
	for _, f := range s.Fields {
		text, there := "", false
		if now != nil {
			if text, there = f.Text(now); !there && f.Kind == Switch {
				text, there = "false", true
			}
		}
		_, given := v[f.Name]
		switch {
		case there && (!given || f.Shown(v)):
			v[f.Name] = text
		case !given:
			v[f.Name] = f.First
			if now != nil && f.When == "" && f.Kind == Text {
				v[f.Name] = ""
			}
		}
	}
	return v
}

// read turns what is typed into the member that it stands for; ok is false when it is not one.
func (f Field) read(text string) (v any, ok bool) {
	switch f.Kind {
	case Number:
		n, err := strconv.ParseFloat(text, 64)
		n = math.Round(n*cmp.Or(f.Times, 1)*1e9) / 1e9
		if err != nil || math.IsNaN(n) || math.IsInf(n, 0) {
			return nil, false
		}
		return json.Number(strconv.FormatFloat(n, 'f', -1, 64)), true
	case Switch:
		return text == "true", true
	case List, Lines:
		between := ","
		if f.Kind == Lines {
			between = "\n"
		}
		all := []string{}
		for _, x := range strings.Split(text, between) {
			if x = strings.TrimSpace(x); x != "" {
				all = append(all, x)
			}
		}
		return all, true
	}
	return text, true
}

// A Member is one member of a request. Members keep the order of the form, so that its console line reads alike.
type Member struct {
	Name  string
	Value any
}

// Members are a request's body.
type Members []Member

// MarshalJSON writes an object.
func (m Members) MarshalJSON() ([]byte, error) {
	b := []byte{'{'}
	for i, x := range m {
		if i > 0 {
			b = append(b, ',')
		}
		name, _ := json.Marshal(x.Name)
		value, err := json.Marshal(x.Value)
		if err != nil {
			return nil, err
		}
		b = append(append(append(b, name...), ':'), value...)
	}
	return append(b, '}'), nil
}

// has says whether there is a member of that name.
func (m Members) has(name string) bool {
	return slices.ContainsFunc(m, func(x Member) bool { return x.Name == name })
}

// Fill makes the members out of what is typed: of a new one what differs from what the engine takes by itself, of one that
// is changed what differs from how it is. Only fields whose name begins with under are taken, and the name is cut by it.
// Flaws say what cannot be read, by field.
func (s Spec) Fill(v Values, now ClientSettings, under string) (out Members, flaws map[string]string) {
	flaws = map[string]string{}
	begun := s.Begin(now)
	whole := map[string]bool{} // objects of which a member is sent: they are sent whole
	for _, f := range s.Fields {
		if group, _, ok := strings.Cut(strings.TrimPrefix(f.Name, under), "."); ok && f.Shown(v) && f.sent(v, begun, now) {
			whole[group] = true
		}
	}
	for _, f := range s.Fields {
		name, ours := strings.CutPrefix(f.Name, under)
		if !ours || name == "" || name[0] == '.' || !f.Shown(v) || f.Fresh && now != nil {
			continue
		}
		group, inner, grouped := strings.Cut(name, ".")
		text := v[f.Name]
		if grouped && (!whole[group] || text == "") || !grouped && !f.sent(v, begun, now) {
			continue
		}
		value, ok := f.read(text)
		if !ok {
			flaws[f.Name] = f.Label + " must be a number, for example " + cmp.Or(f.First, "100") + "."
			continue
		}
		if !grouped {
			out = append(out, Member{name, value})
			continue
		}
		i := slices.IndexFunc(out, func(m Member) bool { return m.Name == group })
		if i < 0 {
			i = len(out)
			out = append(out, Member{group, Members{}})
		}
		out[i].Value = append(out[i].Value.(Members), Member{inner, value})
	}
	return out, flaws
}

// sent says whether a field is sent.
func (f Field) sent(v, begun Values, now ClientSettings) bool {
	text := v[f.Name]
	if now == nil {
		return text != "" && (f.Sent || text != f.First)
	}
	return text != begun[f.Name] && (text != "" || f.Kind == Text || f.Kind == Code || f.Kind == List || f.Kind == Lines)
}

// FaultsOf shares a refusal out among the fields that it names; rest is what names none.
func (s Spec) FaultsOf(e *protocol.Error, under string) (faults map[string]string, rest string) {
	faults = map[string]string{}
	if e == nil {
		return faults, ""
	}
	find := func(path string) string { // the field that is meant, the better the more of its name is there
		best, rank := "", 0
		for _, f := range s.Fields {
			name, ours := strings.CutPrefix(f.Name, under)
			group, _, _ := strings.Cut(name, ".")
			last := f.Name[strings.LastIndexByte(f.Name, '.')+1:]
			r := 0
			switch {
			case ours && strings.EqualFold(name, path):
				r = 4
			case ours && (strings.HasPrefix(path, name+".") || strings.HasPrefix(path, name+"[")):
				r = 3
			case strings.EqualFold(last, path[strings.LastIndexByte(path, '.')+1:]):
				r = 2
			case ours && group != "" && strings.EqualFold(group, path):
				r = 1
			}
			if r > rank {
				best, rank = f.Name, r
			}
		}
		return best
	}
	var other []string
	for _, line := range strings.Split(e.Message, "\n") {
		name := ""
		path, words, ok := strings.Cut(line, ": ")
		if ok && !strings.Contains(path, " ") {
			name = find(path)
		}
		if _, at, ok := strings.Cut(line, " at '"); ok && name == "" { // AWS's words: Value '0' at 'batchSize' failed to satisfy constraint
			member, _, _ := strings.Cut(at, "'")
			name, words = find(member), line
		}
		if name == "" {
			other = append(other, line)
			continue
		}
		faults[name] = strings.TrimSpace(faults[name] + " " + words)
	}
	return faults, strings.Join(other, "\n")
}

// Groups are the groups of the fields, in their order.
func (s Spec) Groups() []string {
	var all []string
	for _, f := range s.Fields {
		if !slices.Contains(all, f.Group) {
			all = append(all, f.Group)
		}
	}
	return all
}

// FormWorld is what forms of the stage are about.
type FormWorld struct {
	Stream      protocol.Stream // on the stage
	Streams     []protocol.Stream
	Firehoses   []protocol.Firehose
	Buckets     []string
	Shard       protocol.Shard // that is split or merged
	Left, Right string         // its open neighbours
	Zones       []protocol.Zone
	Taken       string // names of clients, with a space on each side
}

// Describe describes a form.
func Describe(f Form, w FormWorld) Spec {
	if c, ok := ClientByID(f.Kind); ok {
		return c.spec(f, w)
	}
	if make, ok := otherForms[f.Kind]; ok {
		return make(f, w)
	}
	return Spec{}
}

// Plan is what a form does with what is typed: commands, one after another. Flaws say by field what cannot be sent.
func Plan(f Form, w FormWorld, v Values) (steps []Step, flaws map[string]string) {
	s := Describe(f, w)
	v = v.clean(s)
	if c, ok := ClientByID(f.Kind); ok {
		return c.plan(f, w, s, v)
	}
	switch f.Kind {
	case "log":
		return logPlan(f, s, v)
	case "firehose":
		return firehosePlan(f, w, s, v)
	case "sink":
		return sinkPlan(s, v)
	case "table":
		return tablePlan(f, v)
	case "scaler":
		return scalerPlan(f, s, v)
	}
	body, flaws := s.Fill(v, nil, "")
	switch f.Kind {
	case "bucket", "put-record", "fault":
		return []Step{{Press: firehoseStep(f, v, body)}}, flaws
	}
	return []Step{{Press: streamPlan(f, w, body)}}, flaws
}

// A Step is one command of a form. Its members stand under the fields whose names begin with Under.
type Step struct {
	Press
	Under string
}

// clean makes a copy of values without white space around them.
func (v Values) clean(s Spec) Values {
	out := maps.Clone(v)
	for _, f := range s.Fields {
		if f.Kind != Code {
			out[f.Name] = strings.TrimSpace(out[f.Name])
		}
	}
	return out
}
