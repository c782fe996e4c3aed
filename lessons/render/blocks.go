package render

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"shardlab/lessons"
	"shardlab/lessons/block"
	"shardlab/wasm/protocol"
)

// A line of a block's body, with its place in lesson.md.
type line struct {
	text string
	at   int
}

var (
	blockID   = regexp.MustCompile(`^[a-z][a-z0-9]*(-[a-z0-9]+)*$`)
	statement = regexp.MustCompile(`^[A-Z]+[0-9]+$`)
)

// attributes each kind may have, beside its id.
var attributes = map[string][]string{
	block.Predict: {"asks"},
	block.Quiz:    {"asks"},
	block.Task:    {},
	block.Try:     {"fails"},
	block.Run:     {"until", "at"},
}

// directive makes a ::: block of the markdown into a block of the lesson.
func (p *pen) directive(d *directive, source []byte, at int) {
	allowed, known := attributes[d.kind]
	switch {
	case d.bad != "":
		p.fail(at, "%s", d.bad)
		return
	case !known:
		p.fail(at, ":::%s is no block: write one of :::predict, :::run, :::task, :::try, :::quiz", d.kind)
		return
	case !d.closed:
		p.fail(at, "this :::%s block does not end: write ::: on a line of its own after it", d.kind)
		return
	}
	for key := range d.attrs {
		if key != "id" && !slices.Contains(allowed, key) {
			p.fail(at, ":::%s has no attribute %q: it may have %s", d.kind, key, strings.Join(append([]string{"#id"}, allowed...), ", "))
		}
	}
	if d.label != "" && d.kind != block.Run {
		p.fail(at, "only :::run has a label on its first line: write %q on the next line", d.label)
	}
	b := block.Block{ID: d.attrs["id"], Kind: d.kind}
	switch {
	case b.ID == "" && (d.kind == block.Predict || d.kind == block.Quiz):
		p.fail(at, "a question has an id, under which the answer is kept: write :::%s{#short-name}", d.kind)
		return
	case b.ID == "":
		b.ID = d.kind
		for n := 2; p.ids[b.ID] > 0; n++ {
			b.ID = fmt.Sprintf("%s-%d", d.kind, n)
		}
	case !blockID.MatchString(b.ID) || len(b.ID) > 64:
		p.fail(at, "the id #%s is not one: write lower-case words joined by -", b.ID)
		return
	}
	var body []line
	for i := range d.Lines().Len() {
		s := d.Lines().At(i)
		body = append(body, line{strings.TrimRight(string(s.Value(source)), " \t\r\n"), at + 1 + i})
	}
	switch d.kind {
	case block.Predict:
		b.Predict = p.question(d, body, at)
	case block.Quiz:
		b.Quiz = p.question(d, body, at)
	case block.Task:
		b.Task = p.task(body, at)
	case block.Try:
		b.Try = p.try(d, body, at)
	case block.Run:
		b.Run = p.run(d, body, at)
	}
	p.add(b, at)
}

var option = regexp.MustCompile(`^(?:\(([ x])\)|\[([ x])\])\s+(.*)$`)

// question reads a prompt, its options and each option's explanation:
//
//	Which limit is reached first?
//
//	( ) The bytes
//	: Because ...
//	(x) The records
//	: Because ...
//
// Options with square brackets mean that several are right.
func (p *pen) question(d *directive, body []line, at int) *block.Question {
	q := &block.Question{}
	i := 0
	for i < len(body) && !option.MatchString(body[i].text) {
		i++
	}
	q.HTML = p.html(join(body[:i]), at+1)
	if q.HTML == "" {
		p.fail(at, "the question is missing: write it before the first option")
	}
	right, square, round := 0, 0, 0
	for i < len(body) {
		part, here := option.FindStringSubmatch(body[i].text), body[i].at
		if part[2] != "" {
			square++
		} else {
			round++
		}
		o := block.Option{HTML: p.inline(part[3], here), Right: part[1] == "x" || part[2] == "x"}
		i++
		var because []line
		for i < len(body) && !option.MatchString(body[i].text) {
			l := body[i]
			if len(because) == 0 && l.text == "" {
				i++
				continue
			}
			if len(because) == 0 && !strings.HasPrefix(l.text, ":") {
				p.fail(l.at, "an explanation begins with a colon: write `: Because ...` under the option")
				return q
			}
			if len(because) == 0 {
				l.text = strings.TrimSpace(l.text[1:])
			} else {
				l.text = strings.TrimPrefix(l.text, "  ")
			}
			because = append(because, l)
			i++
		}
		if strings.TrimSpace(join(because)) == "" {
			p.fail(here, "the option %s lacks its explanation: write a line under it that begins with a colon and says why it is %s", quoted(part[3]), rightness(o.Right))
		} else {
			words := p.words
			o.Because = p.html(join(because), because[0].at)
			p.words = words + (p.words-words)/3 // a learner reads the explanation of about one option in three
		}
		if o.Right {
			right++
		}
		q.Options = append(q.Options, o)
	}
	q.Many = square > 0
	switch {
	case len(q.Options) < 2:
		p.fail(at, "a question has at least two options: write them as lines that begin with ( ), the right one with (x)")
	case square > 0 && round > 0:
		p.fail(at, "the options mix ( ) and [ ]: use ( ) when one is right, [ ] when several are")
	case right == 0:
		p.fail(at, "no option is marked as right: mark it with (x)")
	case right > 1 && !q.Many:
		p.fail(at, "%d options are marked as right: mark one with (x), or write all options with [ ] when several are right", right)
	}
	q.Asks = p.asks(d, at)
	return q
}

func rightness(right bool) string {
	if right {
		return "right"
	}
	return "wrong"
}

// asks reads the statement ids a question tests.
func (p *pen) asks(d *directive, at int) []string {
	list := d.attrs["asks"]
	if list == "" {
		if d.kind == block.Quiz {
			p.fail(at, "a question names the statements it tests: write :::quiz{#%s asks=P2}", d.attrs["id"])
		}
		return nil
	}
	var ids []string
	for id := range strings.SplitSeq(list, ",") {
		if !statement.MatchString(id) {
			p.fail(at, "%q is no statement id: they look like P2 or SH1 and are listed in lessons/statements.md", id)
			continue
		}
		ids = append(ids, id)
	}
	return ids
}

var section = regexp.MustCompile(`^(hint|solution|debrief):\s*(.*)$`)

// task reads what to do, the ladder of hints and the solution's words:
//
//	Make the refusals end.
//
//	hint: ...
//	hint: ...
//	hint: ...
//	solution: ...
//	debrief: ...
//
// An incident has a debrief, which is shown once it is solved.
func (p *pen) task(body []line, at int) *block.TaskCard {
	t := &block.TaskCard{Hints: []string{}, Lines: []string{}}
	i := 0
	for i < len(body) && !section.MatchString(body[i].text) {
		i++
	}
	t.HTML = p.html(join(body[:i]), at+1)
	if t.HTML == "" {
		p.fail(at, "the task is missing: say what to do, without how, before the first hint")
	}
	words, debrief := p.words, 0
	for i < len(body) {
		part, here := section.FindStringSubmatch(body[i].text), body[i].at
		lines := []line{{part[2], here}}
		for i++; i < len(body) && !section.MatchString(body[i].text); i++ {
			lines = append(lines, line{strings.TrimPrefix(body[i].text, "  "), body[i].at})
		}
		before := p.words
		html := p.html(join(lines), here)
		switch {
		case html == "":
			p.fail(here, "this %s is empty: write it behind the colon", part[1])
		case part[1] == "solution" && t.Solution != "":
			p.fail(here, "the task has a second solution: there is one")
		case part[1] == "solution":
			t.Solution = html
		case part[1] == "debrief" && (t.Solution == "" || t.Debrief != ""):
			p.fail(here, "one debrief stands after the solution: move it there")
		case part[1] == "debrief":
			t.Debrief, debrief = html, p.words-before
		case t.Solution != "":
			p.fail(here, "a hint comes before the solution")
		default:
			t.Hints = append(t.Hints, html)
		}
	}
	p.words = words + debrief
	if t.Solution == "" {
		p.fail(at, "the solution is missing: write `solution: ...` after the hints, saying what does it and why")
	}
	if incident := p.lesson.Lab != nil && p.lesson.Lab.Incident != nil; incident != (t.Debrief != "") {
		p.fail(at, "an incident has a debrief after the solution, and no other task has one: write `debrief: ...`, saying what proved it, or leave it out")
	}
	if p.lesson.Lab != nil {
		t.Lines = append(t.Lines, lessons.Lines(p.lesson.Lab.Solution)...)
	}
	return t
}

// try reads a console line, which may go on over several lines with \ or as a loop, and what to look for behind a colon.
func (p *pen) try(d *directive, body []line, at int) *block.TryLine {
	i := slices.IndexFunc(body, func(l line) bool { return l.text == ":" || strings.HasPrefix(l.text, ": ") })
	if i < 0 {
		i = len(body)
	}
	t := &block.TryLine{}
	code := strings.TrimSpace(join(body[:i]))
	p.useAll(code, at+1)
	t.Line = fill(code, p.figures)
	if t.Line == "" {
		p.fail(at, "the console line is missing: write it under :::try")
	}
	if i < len(body) {
		note := slices.Clone(body[i:])
		note[0].text = strings.TrimSpace(note[0].text[1:])
		t.HTML = p.html(join(note), note[0].at)
	}
	p.page.Code = append(p.page.Code, Code{len(p.page.Blocks), "sh", t.Line, d.attrs["fails"], at + 1})
	return t
}

// eventKinds are the kinds of events a run may stop at.
var eventKinds = []string{
	protocol.EventStreamStatus, protocol.EventFanOut, protocol.EventShardOpened, protocol.EventShardClosed, protocol.EventShardExpired,
	protocol.EventWriteRefused, protocol.EventReadRefused, protocol.EventRetry, protocol.EventLost, protocol.EventCaughtUp,
	protocol.EventBehind, protocol.EventExpired, protocol.EventActor, protocol.EventCommand, protocol.EventGoal, protocol.EventNote,
}

// run reads a button that runs the lab: its label on the first line, until= event kinds or at= an instant, and under it
// what is shown once the moment is reached.
func (p *pen) run(d *directive, body []line, at int) *block.RunTo {
	r := &block.RunTo{Label: d.label}
	if r.Label == "" {
		p.fail(at, "the button has no label: write :::run{until=write-refused} Run to the first refusal")
	}
	if list := d.attrs["until"]; list != "" {
		for kind := range strings.SplitSeq(list, ",") {
			if !slices.Contains(eventKinds, kind) {
				p.fail(at, "%q is no kind of event: the kinds are %s", kind, strings.Join(eventKinds, ", "))
			}
			r.Kinds = append(r.Kinds, kind)
		}
	}
	if span := d.attrs["at"]; span != "" {
		t, err := time.ParseDuration(span)
		if err != nil || t <= 0 {
			p.fail(at, "at=%s is no instant of the lab: write it as a duration since its start, as in at=40s", strconv.Quote(span))
		}
		r.At = t.Microseconds()
	}
	if r.At == 0 && len(r.Kinds) == 0 {
		p.fail(at, "the run has no end: write until=<event kind>, at=<instant> or both")
	}
	r.HTML = p.html(join(body), at+1)
	return r
}

func join(lines []line) string {
	var b strings.Builder
	for _, l := range lines {
		b.WriteString(l.text)
		b.WriteByte('\n')
	}
	return b.String()
}
