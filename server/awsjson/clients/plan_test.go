package clients

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// speed is how many virtual seconds pass in a second while plans are played: a stream is CREATING for half a second.
const speed = "20"

// TestPlans plays every plan of testdata/plan with every client, each plan on a world of its own, and holds that a client
// with the newest service model met every operation that it knows.
//
// A plan is a transcript. A line that begins with a question's word asks, "< " is the answer it must get, "! " the
// exception; what follows indented belongs to the line before. In the answer, "<word>" stands for what differs from run
// to run (see the table marks), "<word:name>" keeps it, and ${name} puts it into a later question:
//
//	call PutRecord {"StreamName": "orders", "Data": "aGVsbG8=", "PartitionKey": "k"}
//	< {"ShardId": "shardId-000000000000", "SequenceNumber": "<sequence:first>"}
//	until GetRecords {"ShardIterator": "${it}"}       asks again until the answer is this one
//	pages ListStreams 2 StreamNames {}                follows the client's own paginator; the answer is the items of all pages
//	wait stream-exists {"StreamName": "orders"}       uses the client's own waiter
//	rest                                              lets two virtual seconds pass, for what may be asked so often a second
//	needs CreateChannel                               ends the plan for a client that does not know this operation
func TestPlans(t *testing.T) {
	alongside(t)
	files, err := filepath.Glob("testdata/plan/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("no plans: %v", err)
	}
	plans := map[string][]step{}
	for _, file := range files {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		name := strings.TrimSuffix(filepath.Base(file), ".txt")
		if plans[name], err = readPlan(string(b)); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
	}
	e := serve(t, "-aws-speed", speed)
	each(t, func(t *testing.T, k *kind) {
		p := &player{kind: k, met: map[string]bool{}, unknown: map[string]bool{}, lacks: map[string]bool{}}
		p.learn(t, e.settings("AKIASHAPES"+strings.ToUpper(k.name)))
		t.Run("plan", func(t *testing.T) { // ends when all have
			for _, name := range slices.Sorted(maps.Keys(plans)) {
				t.Run(name, func(t *testing.T) {
					if k.name == "cli" { // the other clients are done long before; each plan has a world and a client of its own
						t.Parallel()
					}
					key := fmt.Sprintf("AKIA%sPLAN%s", strings.ToUpper(k.name), strings.ToUpper(name))
					p.play(t, k.start(t, e.settings(key)), plans[name])
				})
			}
		})
		var unmet []string
		for _, op := range slices.Sorted(maps.Keys(p.shapes)) {
			if !p.met[op] && !elsewhere[op] {
				unmet = append(unmet, op)
			}
		}
		if len(unmet) > 0 && !t.Failed() {
			t.Errorf("no plan has what %s knows: %s", p.version, strings.Join(unmet, ", "))
		}
		unknown := slices.Sorted(maps.Keys(p.unknown))
		fmt.Printf("%s: %d operations\n%s%s", p.version, len(p.shapes),
			list("  not asked, because it does not know them: ", unknown), list("  not asked, because it has none: ", slices.Sorted(maps.Keys(p.lacks))))
		if k.all && len(unknown) > 0 {
			t.Errorf("%s is to know everything", p.version)
		}
	})
}

// list is a line about some things, and nothing when there are none.
func list(about string, all []string) string {
	if len(all) == 0 {
		return ""
	}
	return about + strings.Join(all, ", ") + "\n"
}

// elsewhere are the operations with a test of their own: subscribe_test.go.
var elsewhere = map[string]bool{"SubscribeToShard": true}

// A step is a question of a plan with what is expected.
type step struct {
	line  int
	do    string // call, until, pages, wait, rest or needs
	op    string // or the waiter's name
	size  int
	items string
	in    string // JSON, with ${...}
	want  string // JSON with marks; "" expects an answer and does not look at it
	err   string // "Code: message" with marks
}

func readPlan(plan string) ([]step, error) {
	var all []step
	var last *string
	for i, line := range strings.Split(plan, "\n") {
		word, rest, _ := strings.Cut(line, " ")
		switch {
		case strings.TrimSpace(line) == "" || strings.HasPrefix(line, "#"):
			last = nil
		case strings.HasPrefix(line, " "):
			if last == nil {
				return nil, fmt.Errorf("line %d goes on with nothing", i+1)
			}
			*last += " " + strings.TrimSpace(line)
		case word == "<" || word == "!":
			if len(all) == 0 {
				return nil, fmt.Errorf("line %d answers nothing", i+1)
			}
			last = &all[len(all)-1].want
			if word == "!" {
				last = &all[len(all)-1].err
			}
			if *last != "" {
				return nil, fmt.Errorf("line %d is a second answer", i+1)
			}
			*last = rest
		default:
			s := step{line: i + 1, do: word}
			s.op, s.in, _ = strings.Cut(rest, " ")
			if word == "pages" {
				var size string
				size, s.in, _ = strings.Cut(s.in, " ")
				s.items, s.in, _ = strings.Cut(s.in, " ")
				var err error
				if s.size, err = strconv.Atoi(size); err != nil {
					return nil, fmt.Errorf("line %d: %q is no size of a page", i+1, size)
				}
			}
			if !slices.Contains([]string{"call", "until", "pages", "wait", "rest", "needs"}, word) {
				return nil, fmt.Errorf("line %d: %q is no question", i+1, word)
			}
			all = append(all, s)
			last = &all[len(all)-1].in
		}
	}
	for _, s := range all {
		if s.want != "" && s.err != "" {
			return nil, fmt.Errorf("line %d expects an answer and an exception", s.line)
		}
	}
	return all, nil
}

// A player plays plans with one kind of client.
type player struct {
	kind    *kind
	version string
	shapes  map[string]shape
	mu      sync.Mutex // of what follows: plans are played side by side
	met     map[string]bool
	unknown map[string]bool // operations and members of the plans that the client does not know
	lacks   map[string]bool // paginators and waiters that it does not have
}

// A shape is what a client knows of an operation; nil trees know everything.
type shape struct{ In, Out tree }

// A tree holds the members of a structure, and theirs; nil for what has none.
type tree map[string]tree

// learn asks the client what it knows.
func (p *player) learn(t *testing.T, s settings) {
	t.Helper()
	a := must(t, p.kind.start(t, s), question{Do: "shapes"})
	p.version = a.Version
	if err := json.Unmarshal(a.Out, &p.shapes); err != nil {
		t.Fatal(err)
	}
	if len(p.shapes) < 28 {
		t.Fatalf("%s has %d operations: %s", p.version, len(p.shapes), a.Out)
	}
	if p.kind.all && len(p.shapes) != 45 {
		t.Errorf("%s has %d operations; the newest service model has 45", p.version, len(p.shapes))
	}
}

func (p *player) note(in map[string]bool, what string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	in[what] = true
}

// play plays a plan. What the client does not know is noted and left out: an operation, or one with members that it does
// not know. Its answers are held to the members that it knows.
func (p *player) play(t *testing.T, c client, plan []step) {
	kept := map[string]string{}
	for _, s := range plan {
		if s.do == "rest" {
			time.Sleep(100 * time.Millisecond)
			continue
		}
		if s.do == "needs" {
			if _, ok := p.shapes[s.op]; !ok {
				return
			}
			continue
		}
		in, ok := fillIn(s.in, kept)
		if !ok {
			if p.kind.all {
				t.Fatalf("line %d: %s uses what no answer gave", s.line, s.in)
			}
			continue
		}
		q := question{Do: s.do, Op: s.op, In: json.RawMessage(in), Size: s.size, Items: s.items}
		switch s.do {
		case "until":
			q.Do = "call"
		case "wait":
			q.Op, q.Name = "", s.op
		}
		known := tree(nil)
		if q.Op != "" {
			shape, ok := p.shapes[q.Op]
			if !ok || !p.knows(q.Op, shape.In, in) {
				if !ok {
					p.note(p.unknown, q.Op)
				}
				continue
			}
			p.note(p.met, q.Op)
			known = shape.Out
		}
		want, wantErr := s.want, s.err
		if s.do == "pages" && known != nil {
			below, ok := known, true
			for name := range strings.SplitSeq(s.items, ".") {
				below, ok = below[name]
			}
			if !ok {
				p.note(p.unknown, s.op+"."+s.items)
				continue
			}
			known = below
		}
		begun := time.Now()
		for {
			a, err := c.ask(q)
			if err != nil {
				t.Fatalf("line %d: %s %s: %v", s.line, s.op, in, err)
			}
			if a.Lacks != "" {
				p.note(p.lacks, a.Lacks+" of "+s.op)
				break
			}
			bad := p.check(q, a, known, want, wantErr, kept)
			if bad == "" {
				break
			}
			if s.do == "until" && a.Err == nil && time.Since(begun) < 10*time.Second {
				time.Sleep(50 * time.Millisecond)
				continue
			}
			t.Fatalf("line %d: %s %s\n%s", s.line, s.op, in, bad)
		}
	}
}

// knows says whether a client knows the members of a question.
func (p *player) knows(op string, known tree, in string) bool {
	if known == nil {
		return true
	}
	var members map[string]json.RawMessage
	if err := json.Unmarshal([]byte(in), &members); err != nil {
		return true
	}
	for name := range members {
		if _, ok := known[name]; !ok {
			p.note(p.unknown, op+"."+name)
			return false
		}
	}
	return true
}

// check says what is wrong with an answer; "" when nothing is.
func (p *player) check(q question, a answer, known tree, want, wantErr string, kept map[string]string) string {
	if p.kind.media != "" && a.Sent != p.kind.media {
		return fmt.Sprintf("it was sent as %q, not as %s", a.Sent, p.kind.media)
	}
	if wantErr != "" {
		if a.Err == nil {
			return fmt.Sprintf("was answered %s\nwant the exception %s", a.Out, wantErr)
		}
		filled, _ := fillIn(wantErr, kept)
		if !matches(filled, a.Err.String(), kept) {
			return fmt.Sprintf("was refused with\n %s (%s)\nwant\n %s", a.Err, a.Err.Type, filled)
		}
		// Java's classes write KMS as Kms.
		if a.Err.Type != "" && !strings.EqualFold(a.Err.Type, a.Err.Code) {
			return fmt.Sprintf("was refused with %s in an exception of the class %s", a.Err.Code, a.Err.Type)
		}
		return requestIDs(p.kind, a)
	}
	if a.Err != nil {
		return fmt.Sprintf("was refused with\n %s (%s)", a.Err, a.Err.Type)
	}
	if want == "" || q.Do == "wait" {
		return ""
	}
	filled, _ := fillIn(want, kept)
	var w, got any
	if err := json.Unmarshal([]byte(filled), &w); err != nil {
		return fmt.Sprintf("the plan expects %s: %v", filled, err)
	}
	d := json.NewDecoder(strings.NewReader(string(a.Out)))
	d.UseNumber()
	if err := d.Decode(&got); err != nil {
		return fmt.Sprintf("was answered %s: %v", a.Out, err)
	}
	if bad := differs("answer", w, got, known, kept); bad != "" {
		return fmt.Sprintf("%s\ngot  %s\nwant %s", bad, a.Out, filled)
	}
	if q.Do == "pages" && a.Pages > 0 {
		if n := len(got.([]any)); a.Pages < (n+q.Size-1)/q.Size {
			return fmt.Sprintf("%d items came in %d pages of %d", n, a.Pages, q.Size)
		}
	}
	if q.Do == "pages" {
		return ""
	}
	return requestIDs(p.kind, a)
}

// requestIDs holds that the client found a request's id where it looks for one; the AWS CLI does not show it.
func requestIDs(k *kind, a answer) string {
	if k.name != "cli" && !regexp.MustCompile(`^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`).MatchString(a.ID) {
		return fmt.Sprintf("the client has the request id %q", a.ID)
	}
	return ""
}

// marks are what may stand for something that differs from run to run.
var marks = map[string]string{
	"sequence": `[1-9]\d{55}`,
	"iterator": `AAAAAAAAAA[A-Za-z0-9+/=]{100,500}`,
	"token":    `[A-Za-z0-9+/=_-]{16,}`,
	"time":     `\d{10}(?:\.\d{1,6})?`,
	"number":   `\d+`,
	"account":  `\d{12}`,
	"hash":     `\d{1,39}`,
	"text":     `[^"]*`,
}

var mark = regexp.MustCompile(`<([a-z]+)(?::([a-z0-9]+))?>`)

// matches says whether got is want, marks aside, and keeps what was to be kept.
func matches(want, got string, kept map[string]string) bool {
	var names []string
	expr, at := "^", 0
	for _, m := range mark.FindAllStringSubmatchIndex(want, -1) {
		kind, ok := marks[want[m[2]:m[3]]]
		if !ok {
			continue
		}
		name := ""
		if m[4] >= 0 {
			name = want[m[4]:m[5]]
		}
		names = append(names, name)
		expr += regexp.QuoteMeta(want[at:m[0]]) + "(" + kind + ")"
		at = m[1]
	}
	found := regexp.MustCompile(expr + regexp.QuoteMeta(want[at:]) + "$").FindStringSubmatch(got)
	if found == nil {
		return false
	}
	for i, name := range names {
		if name != "" {
			kept[name] = found[i+1]
		}
	}
	return true
}

// fillIn puts what was kept into a text; false when something was not kept.
func fillIn(s string, kept map[string]string) (string, bool) {
	all := true
	return regexp.MustCompile(`\$\{([a-z0-9]+)\}`).ReplaceAllStringFunc(s, func(m string) string {
		v, ok := kept[m[2:len(m)-1]]
		all = all && ok
		return v
	}), all
}

// differs says where got is not want; "" when it is nowhere. Members that the client does not know are not missed.
func differs(path string, want, got any, known tree, kept map[string]string) string {
	switch w := want.(type) {
	case map[string]any:
		g, ok := got.(map[string]any)
		if !ok {
			return fmt.Sprintf("%s is %v, not a structure", path, got)
		}
		for _, name := range slices.Sorted(maps.Keys(w)) {
			v, there := g[name]
			below, knows := known[name]
			switch {
			case !there && known != nil && !knows:
			case !there:
				return fmt.Sprintf("%s.%s is missing", path, name)
			default:
				if bad := differs(path+"."+name, w[name], v, below, kept); bad != "" {
					return bad
				}
			}
		}
		for _, name := range slices.Sorted(maps.Keys(g)) {
			if _, ok := w[name]; !ok {
				return fmt.Sprintf("%s.%s was not expected: %v", path, name, g[name])
			}
		}
		return ""
	case []any:
		g, ok := got.([]any)
		if !ok || len(g) != len(w) {
			return fmt.Sprintf("%s is %v, not a list of %d", path, got, len(w))
		}
		for i := range w {
			if bad := differs(fmt.Sprintf("%s[%d]", path, i), w[i], g[i], known, kept); bad != "" {
				return bad
			}
		}
		return ""
	case string:
		g, ok := got.(string)
		if n, number := got.(json.Number); number && mark.MatchString(w) {
			g, ok = n.String(), true
		}
		if !ok || !matches(w, g, kept) {
			return fmt.Sprintf("%s is %v, not %s", path, got, w)
		}
		return ""
	case float64:
		n, ok := got.(json.Number)
		if f, err := n.Float64(); !ok || err != nil || f != w {
			return fmt.Sprintf("%s is %v, not %v", path, got, w)
		}
		return ""
	}
	if want != got {
		return fmt.Sprintf("%s is %v, not %v", path, got, want)
	}
	return ""
}
