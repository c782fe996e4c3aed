package terminal

import (
	"bytes"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"time"

	"shardlab/wasm/protocol"
)

// A Script is a lab as a text that people read and write: a head, then console lines under the instants at which they happen.
//
//	name    rush-hour
//	start   2026-03-02T08:39:30Z
//	seed    23
//	profile 2026
//	open    25s
//
//	[0s]
//	aws kinesis create-stream --stream-name trips --shard-count 3
//
//	[1m30s]
//	# The stream may be there or not.
//	aws kinesis delete-stream --stream-name old || true
//	AWS_PROFILE=arn:aws:iam::123456789012:user/ana aws kinesis list-streams
//
//	[you]
//	[1m40s]
//	aws s3api create-bucket --bucket lake
//	&& aws firehose create-delivery-stream ...
//
//	[goals]
//	{"id": ...}
//
// Each line is one command of the world. || true lets it be refused, AWS_PROFILE is the ARN of who does it, lines with # before it
// stay with it. Under [you] stands what the learner has done, and && joins a command to the deed before. [goals] and [incident] hold
// JSON, one object a line.
type Script struct {
	Name, Start, Profile string
	Seed                 int64
	Open                 time.Duration
	Note                 []string // lines with # that belong to no command
	World, Yours         []Act    // in order of their instants
	Goals                []json.RawMessage
	Incident             json.RawMessage
}

// An Act is one command of a script.
type Act struct {
	At      time.Duration
	Service string
	Op      string
	Body    json.RawMessage
	As      string // ARN; the account's administrator when empty
	MayFail bool
	With    bool // it belongs to the deed before
	Note    string

	Line, Column int      // of its first word, counted from 1
	Places       [][2]int `json:",omitempty"` // line and column of each of its words
	Words        []string `json:",omitempty"`
}

// Head names of a script.
const (
	headYours    = "you"
	headGoals    = "goals"
	headIncident = "incident"
)

// Text writes the script; ReadScript reads it.
func (s *Script) Text() string {
	var b strings.Builder
	comment(&b, strings.Join(s.Note, "\n"))
	head := func(name, value string) { b.WriteString(name + strings.Repeat(" ", 8-len(name)) + value + "\n") }
	head("name", s.Name)
	head("start", s.Start)
	head("seed", strconv.FormatInt(s.Seed, 10))
	head("profile", s.Profile)
	head("open", Span(s.Open))
	acts(&b, s.World)
	if len(s.Yours) > 0 {
		b.WriteString("\n[" + headYours + "]")
		acts(&b, s.Yours)
	}
	objects := func(name string, all []json.RawMessage) {
		if len(all) > 0 {
			b.WriteString("\n[" + name + "]\n")
		}
		for _, x := range all {
			b.WriteString(compact(x) + "\n")
		}
	}
	objects(headGoals, s.Goals)
	if len(s.Incident) > 0 {
		objects(headIncident, []json.RawMessage{s.Incident})
	}
	return b.String()
}

func acts(b *strings.Builder, all []Act) {
	for i := range all {
		a := &all[i]
		if i == 0 || a.At != all[i-1].At {
			b.WriteString("\n[" + Span(a.At) + "]\n")
		}
		comment(b, a.Note)
		if a.With {
			b.WriteString("&& ")
		}
		if a.As != "" {
			b.WriteString("AWS_PROFILE=" + protocol.ShellWord(a.As) + " ")
		}
		b.WriteString(Line(a.Service, a.Op, a.Body))
		if a.MayFail {
			b.WriteString(" || true")
		}
		b.WriteString("\n")
	}
}

func comment(b *strings.Builder, note string) {
	if note == "" {
		return
	}
	for _, line := range strings.Split(note, "\n") {
		b.WriteString(strings.TrimRight("# "+line, " ") + "\n")
	}
}

// foremost are the members that say what a command is about; a reader looks for them first.
var foremost = [...]string{"Name", "StreamName", "DeliveryStreamName", "FunctionName", "Application", "Agent", "Bucket", "DatabaseName", "AlarmName"}

// InReadingOrder puts the members that say what a command is about before the others.
func InReadingOrder(body json.RawMessage) json.RawMessage {
	members, ok := membersOf(body)
	if !ok || len(members) < 2 {
		return body
	}
	rank := func(p pair) int {
		if i := slices.Index(foremost[:], p.key); i >= 0 {
			return i
		}
		return len(foremost)
	}
	slices.SortStableFunc(members, func(a, b pair) int { return rank(a) - rank(b) })
	var b bytes.Buffer
	for i, m := range members {
		b.WriteByte("{,"[min(i, 1)])
		key, _ := json.Marshal(m.key)
		b.Write(key)
		b.WriteByte(':')
		b.Write(m.val)
	}
	b.WriteByte('}')
	return b.Bytes()
}

// Span writes a duration without parts that are nothing: 20s, 1m30s, 27m, 0s.
func Span(d time.Duration) string {
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}

// File is the lab file of the script in JSON, without what the learner did.
func (s *Script) File() json.RawMessage {
	type step struct {
		At      string          `json:"at,omitempty"`
		Do      string          `json:"do"`
		With    json.RawMessage `json:"with"`
		As      string          `json:"as,omitempty"`
		MayFail bool            `json:"may-fail,omitempty"`
		Note    string          `json:"note,omitempty"`
	}
	f := struct {
		Name     string            `json:"name"`
		Note     string            `json:"note,omitempty"`
		Start    string            `json:"start"`
		Seed     int64             `json:"seed"`
		Profile  string            `json:"profile"`
		Open     string            `json:"open"`
		World    []step            `json:"world"`
		Goals    []json.RawMessage `json:"goals"`
		Incident json.RawMessage   `json:"incident,omitempty"`
	}{s.Name, strings.Join(s.Note, "\n"), s.Start, s.Seed, s.Profile, Span(s.Open), []step{}, append([]json.RawMessage{}, s.Goals...), s.Incident}
	for _, a := range s.World {
		x := step{Do: a.Service + "." + a.Op, With: a.Body, As: a.As, MayFail: a.MayFail, Note: a.Note}
		if a.At != 0 {
			x.At = Span(a.At)
		}
		f.World = append(f.World, x)
	}
	return bytes.TrimSpace(Encode(f))
}
