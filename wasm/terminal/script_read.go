package terminal

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// A Flaw is what is wrong at a place of a script, and what to write instead.
type Flaw struct {
	Line    int    `json:"line"` // counted from 1
	Column  int    `json:"column"`
	Message string `json:"message"`
	Hint    string `json:"hint,omitempty"`
}

// A word is a word of a line, as the shell takes it, and where it begins.
type word struct {
	text         string
	line, column int
	bare         bool // nothing of it was quoted
}

// Reading is what a script's text says, with all that is wrong in it. File and Yours are set when nothing is.
type Reading struct {
	Script *Script `json:"script,omitempty"`
	Flaws  []Flaw  `json:"flaws,omitempty"`
}

// An Understand makes an operation out of the words of a command. at is the word that is wrong, of what it says.
type Understand func(words []string) (service, op string, body json.RawMessage, at int, message, hint string)

// MaxScript bounds a script, in bytes.
const MaxScript = 4 << 20

// ReadScript reads a script. All flaws are found at once.
func ReadScript(text string, understand Understand) Reading {
	if len(text) > MaxScript {
		return Reading{Flaws: []Flaw{{1, 1, fmt.Sprintf("The text has %d bytes; at most %d are read.", len(text), MaxScript), "Put large data into a file of the console instead."}}}
	}
	r := &scriptReader{text: strings.ReplaceAll(text, "\r\n", "\n"), line: 1, column: 1, understand: understand}
	r.s.Profile, r.s.Goals = "2026", []json.RawMessage{}
	r.read()
	if len(r.flaws) > 0 {
		slices.SortStableFunc(r.flaws, func(a, b Flaw) int { return a.Line - b.Line })
		return Reading{Flaws: r.flaws}
	}
	return Reading{Script: &r.s}
}

type scriptReader struct {
	text         string
	at           int // byte that comes next
	line, column int
	understand   Understand

	s       Script
	flaws   []Flaw
	notes   []string
	section string // "" is the head, "at" commands under an instant, else goals or incident
	yours   bool
	instant time.Duration
	timed   bool // an instant was given since the section began
	heads   map[string]bool
}

func (r *scriptReader) fail(line, column int, hint, form string, args ...any) {
	r.flaws = append(r.flaws, Flaw{line, column, fmt.Sprintf(form, args...), hint})
}

func (r *scriptReader) next() byte {
	c := r.text[r.at]
	r.at++
	switch {
	case c == '\n':
		r.line, r.column = r.line+1, 1
	case c < 0x80 || c >= 0xc0: // columns count characters, not bytes
		r.column++
	}
	return c
}

func (r *scriptReader) peek() byte {
	if r.at < len(r.text) {
		return r.text[r.at]
	}
	return 0
}

// rest takes the rest of the line.
func (r *scriptReader) rest() string {
	begin := r.at
	for r.at < len(r.text) && r.peek() != '\n' {
		r.next()
	}
	return strings.TrimRight(r.text[begin:r.at], " \t")
}

func (r *scriptReader) read() {
	r.heads = map[string]bool{}
	for r.at < len(r.text) {
		switch c := r.peek(); {
		case c == ' ' || c == '\t' || c == '\n':
			r.next()
		case c == '#':
			r.next()
			r.notes = append(r.notes, strings.TrimPrefix(r.rest(), " "))
		case c == '[':
			r.header()
		case r.section == headGoals || r.section == headIncident:
			r.object()
		case r.section == "":
			r.head()
		default:
			r.command()
		}
	}
	r.s.Note = append(r.s.Note, r.notes...)
	for _, name := range [...]string{"name", "start", "seed"} {
		if !r.heads[name] {
			r.fail(1, 1, "", "The head has no %s: write %s on a line of its own, above the first instant.", name, examples[name])
		}
	}
}

var examples = map[string]string{"name": "name rush-hour", "start": "start 2026-03-02T08:39:30Z", "seed": "seed 7", "profile": "profile 2026", "open": "open 30s"}

// head reads a line of the head.
func (r *scriptReader) head() {
	line, column := r.line, r.column
	text := r.rest()
	name, value, _ := strings.Cut(text, " ")
	if value = strings.TrimSpace(value); examples[name] == "" {
		hint := "Commands stand under an instant, as in [12s]."
		if name != "aws" && name != "lab" {
			hint = "The head has name, start, seed, profile and open; then come instants, as in [12s], with commands under them."
		}
		r.fail(line, column, hint, "%q is not a line of the head.", name)
		return
	}
	if r.heads[name] {
		r.fail(line, column, "", "%s stands here a second time.", name)
		return
	}
	r.heads[name] = true
	r.s.Note, r.notes = append(r.s.Note, r.notes...), nil
	at := column + len(text) - len(strings.TrimLeft(text[len(name):], " "))
	switch name {
	case "name":
		r.s.Name = value
	case "start":
		if _, err := time.Parse(time.RFC3339, value); err != nil {
			r.fail(line, at, "", "%q is not an instant: write %s.", value, examples[name])
		}
		r.s.Start = value
	case "seed":
		n, err := strconv.ParseInt(value, 10, 64)
		if err != nil {
			r.fail(line, at, "", "%q is not a whole number: write %s.", value, examples[name])
		}
		r.s.Seed = n
	case "profile":
		r.s.Profile = value
	case "open":
		r.s.Open = r.span(value, line, at)
	}
}

func (r *scriptReader) span(text string, line, column int) time.Duration {
	d, err := time.ParseDuration(text)
	if err != nil || d < 0 {
		r.fail(line, column, "", "%q is not a span of time: write it with its unit, like 12s, 1m30s or 2h.", text)
		return 0
	}
	return d
}

// header reads [12s], [you], [goals] or [incident].
func (r *scriptReader) header() {
	line, column := r.line, r.column
	text := r.rest()
	inner, rest, ok := strings.Cut(strings.TrimPrefix(text, "["), "]")
	if !ok {
		r.fail(line, column, "", "The bracket is not closed: write an instant as in [12s].")
		return
	}
	if rest = strings.TrimSpace(rest); rest != "" && !strings.HasPrefix(rest, "#") {
		r.fail(line, column+len(inner)+2, "Commands stand on the lines under it.", "Nothing stands behind an instant.")
	}
	switch inner = strings.TrimSpace(inner); inner {
	case headYours:
		r.section, r.yours, r.timed, r.instant = "at", true, false, 0
	case headGoals, headIncident:
		r.section = inner
	default:
		at := r.span(inner, line, column+1)
		if r.timed && at < r.instant {
			r.fail(line, column+1, "Instants rise from the top to the bottom.", "[%s] stands under [%s].", inner, Span(r.instant))
		}
		if r.yours && at < r.s.Open {
			r.fail(line, column+1, "What stands above [you] is the lab's own.", "You can do nothing before the lab opens, at %s.", Span(r.s.Open))
		}
		r.section, r.instant, r.timed = "at", at, true
	}
}

// object reads a line of JSON.
func (r *scriptReader) object() {
	line, column := r.line, r.column
	text := r.rest()
	if !json.Valid([]byte(text)) || text[0] != '{' {
		r.fail(line, column, "", "This is not one object of JSON on a line.")
		return
	}
	if r.section == headGoals {
		r.s.Goals = append(r.s.Goals, json.RawMessage(text))
	} else if r.s.Incident != nil {
		r.fail(line, column, "", "A lab has one incident.")
	} else {
		r.s.Incident = json.RawMessage(text)
	}
}

// plain says what a scenario's lines do not have.
const plain = "A scenario holds plain commands: no variables, pipes, loops or files. Put a text with such a sign into single quotes."

// words splits a line into words as the shell does; a comment ends it. ok is false when something of the shell stands there that a
// scenario does not have.
func (r *scriptReader) words() (all []word, ok bool) {
	ok = true
	var w *word
	var text strings.Builder
	begin := func() *word {
		if w == nil {
			w = &word{line: r.line, column: r.column, bare: true}
		}
		return w
	}
	end := func() {
		if w != nil {
			w.text = text.String()
			all, w = append(all, *w), nil
			text.Reset()
		}
	}
	for r.at < len(r.text) {
		switch c := r.peek(); {
		case c == '\n':
			end()
			return all, ok
		case c == ' ' || c == '\t':
			end()
			r.next()
		case c == '#' && w == nil:
			r.next()
			r.notes = append(r.notes, strings.TrimPrefix(r.rest(), " "))
		case c == '\\':
			if r.at+1 < len(r.text) && r.text[r.at+1] == '\n' { // the line goes on
				r.next()
				r.next()
				continue
			}
			begin().bare = false
			r.next()
			if r.at < len(r.text) {
				text.WriteByte(r.next())
			}
		case c == '\'' || c == '"':
			line, column := r.line, r.column
			begin().bare = false
			if !r.quoted(&text, r.next()) {
				r.fail(line, column, "Close it with the same sign.", "The quote that begins here does not end.")
				ok = false
			}
		case strings.IndexByte("$`;|&<>(){}", c) >= 0 && (w == nil || c != '{' && c != '}'):
			if two := r.text[r.at:min(r.at+2, len(r.text))]; two == "||" || two == "&&" {
				end()
				begin()
				text.WriteString(two)
				r.next()
				r.next()
				end()
				continue
			}
			if ok {
				r.fail(r.line, r.column, plain, "%q does not stand in a scenario.", string(c))
			}
			ok = false
			r.next()
		default:
			begin()
			text.WriteByte(r.next())
		}
	}
	end()
	return all, ok
}

// quoted takes the inside of a quote.
func (r *scriptReader) quoted(text *strings.Builder, by byte) bool {
	for r.at < len(r.text) {
		c := r.next()
		switch {
		case c == by:
			return true
		case c == '\\' && by == '"' && r.at < len(r.text) && strings.IndexByte("\"\\$`\n", r.peek()) >= 0:
			if c = r.next(); c != '\n' {
				text.WriteByte(c)
			}
		default:
			text.WriteByte(c)
		}
	}
	return false
}

// command reads a line under an instant.
func (r *scriptReader) command() {
	line, column := r.line, r.column
	all, ok := r.words()
	if !ok || len(all) == 0 {
		return
	}
	a := Act{At: r.instant, Line: line, Column: column}
	if !r.timed {
		r.fail(line, column, "", "No instant stands above: write one in brackets, as in [%s].", Span(r.s.Open))
		return
	}
	if all[0].text == "&&" && all[0].bare {
		if a.With, all = true, all[1:]; !r.yours || len(r.s.Yours) == 0 {
			r.fail(line, column, "", "&& joins a command to the one that you did before; there is none.")
			return
		}
	}
	if n := len(all); n >= 2 && all[n-2].text == "||" && all[n-2].bare && all[n-1].text == "true" {
		a.MayFail, all = true, all[:n-2]
	}
	for _, w := range all {
		if w.bare && (w.text == "||" || w.text == "&&") {
			r.fail(w.line, w.column, "|| true at the end of a line lets a command be refused. Commands stand on lines of their own.", "%q does not stand here.", w.text)
			return
		}
	}
	if len(all) > 0 {
		if arn, is := strings.CutPrefix(all[0].text, "AWS_PROFILE="); is {
			a.As, all = arn, all[1:]
			if !strings.HasPrefix(arn, "arn:") {
				r.fail(line, column, "", "AWS_PROFILE names who does it by an ARN, like arn:aws:iam::123456789012:user/ana.")
				return
			}
		}
	}
	if len(all) == 0 || all[0].text != "aws" && all[0].text != "lab" {
		name := "nothing"
		if len(all) > 0 {
			name = strconv.Quote(all[0].text)
		}
		r.fail(line, column, "For example: aws kinesis create-stream --stream-name trips --shard-count 2", "A line begins with aws or lab; here stands %s.", name)
		return
	}
	for _, w := range all {
		a.Words, a.Places = append(a.Words, w.text), append(a.Places, [2]int{w.line, w.column})
	}
	service, op, body, at, message, hint := r.understand(a.Words)
	if message != "" {
		w := all[min(max(at, 0), len(all)-1)]
		r.fail(w.line, w.column, hint, "%s", message)
		return
	}
	a.Service, a.Op, a.Body = service, op, body
	a.Note, r.notes = strings.Join(r.notes, "\n"), nil
	if r.yours {
		r.s.Yours = append(r.s.Yours, a)
	} else {
		r.s.World = append(r.s.World, a)
	}
}
