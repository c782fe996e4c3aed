package lint

import (
	"fmt"
	"regexp"
	"strings"

	"shardlab/lessons"
	"shardlab/lessons/block"
	"shardlab/lessons/play"
	"shardlab/lessons/render"
	"shardlab/wasm/lab"
	"shardlab/wasm/protocol"
)

// idle is how long a lab is left alone to see that it does not solve itself, in microseconds.
const idle = 120 * protocol.Second

// lab plays a lesson's lab: at the start, left alone, with its solution, with each wrong plan, and as a reader would who
// does everything in the order of the page.
func (k *checker) lab(l *lessons.Lesson, page *render.Page) {
	left := k.begun.Open()
	if left.Solved() {
		k.fail(l.Lab.File, l.Lab.Line("goals"), "all goals are met before the learner has done anything: add a goal that the start does not meet, or begin the lab in trouble")
	} else if play.Advance(left, left.Now()+idle); left.Solved() {
		k.fail(l.Lab.File, l.Lab.Line("goals"), "all goals are met after two minutes in which the learner did nothing: the trouble has to last until it is mended")
	}
	solved := k.begun.Open()
	lines, err := play.Plan(solved, l.Lab.Solution)
	at := l.Lab.Line("solution")
	if err != nil {
		k.fail(l.Lab.File, at, "the solution does not run: %v", err)
	}
	for _, line := range lines {
		if line.Exit != 0 {
			k.fail(l.Lab.File, at, "a line of the solution fails: %s\n%s", line.Text, strings.TrimSpace(line.Err))
		}
	}
	if !solved.Solved() {
		k.fail(l.Lab.File, at, "the solution does not meet the goals; wait longer in it, or mend it: %s", unmet(solved))
	}
	for i, w := range l.Lab.Wrong {
		k.wrong(l, w, l.Lab.Line(fmt.Sprintf("wrong[%d]", i)))
	}
	k.read(l, page)
}

// unmet lists the goals that are not met, with their messages.
func unmet(run *lab.Lab) string {
	var list []string
	for _, g := range run.Goals() {
		if !g.Met {
			list = append(list, fmt.Sprintf("%s (%s)", g.ID, g.Message))
		}
	}
	return strings.Join(list, "; ")
}

func (k *checker) wrong(l *lessons.Lesson, w lessons.Wrong, at int) {
	run := k.begun.Open()
	if _, err := play.Plan(run, w.Plan); err != nil {
		k.fail(l.Lab.File, at, "the wrong plan %q does not run: %v", w.Name, err)
		return
	}
	if run.Solved() {
		k.fail(l.Lab.File, at, "the wrong plan %q meets every goal: add or sharpen a goal so that it is refused, or give it up as wrong", w.Name)
		return
	}
	for _, g := range run.Goals() {
		switch {
		case g.ID != w.Fails:
		case g.Met:
			k.fail(l.Lab.File, at, "the wrong plan %q meets the goal %s, which it is to fail; what it does not meet: %s", w.Name, w.Fails, unmet(run))
		case !regexp.MustCompile(w.Message).MatchString(g.Message):
			k.fail(l.Lab.File, at, "after the wrong plan %q the learner reads %q, which does not match `message: %s`: write the goal's `unmet` so that it speaks to this mistake", w.Name, g.Message, w.Message)
		}
	}
}

// read does everything on the page in its order.
func (k *checker) read(l *lessons.Lesson, page *render.Page) {
	run := k.begun.Open()
	code := page.Code
	for i, b := range page.Blocks {
		switch b.Kind {
		case block.Run:
			condition := protocol.Condition{Kinds: b.Run.Kinds, At: b.Run.At}
			from := run.Now()
			if b.Run.At > 0 && b.Run.At <= from {
				k.fail(l.Path, page.Lines[i], "the run ends at an instant that is past already when the reader comes here: write a later at=, or a kind of event")
				continue
			}
			if b.Run.At == 0 {
				condition.At = from + play.Patience.Microseconds()
			}
			u := run.Until(condition)
			for !run.Run(u, 0) && run.Crashed() == nil {
			}
			if b.Run.At == 0 && run.Now() >= condition.At {
				k.fail(l.Path, page.Lines[i], "the run waits for %s, and none comes in %s: choose an event that happens, or give it an end with at=", strings.Join(b.Run.Kinds, " or "), play.Patience)
			}
		case block.Task:
			if _, err := play.Plan(run, l.Lab.Solution); err != nil {
				k.fail(l.Path, page.Lines[i], "after everything above it, the solution does not run: %v", err)
			} else if !run.Solved() {
				k.fail(l.Path, page.Lines[i], "after everything above it, the solution does not meet the goals: %s", unmet(run))
			}
		}
		for len(code) > 0 && code[0].Block <= i {
			k.code(l, run, code[0])
			code = code[1:]
		}
	}
}

// code runs the console lines of a code block or a try line. Those of a transcript have to print what stands under them,
// where a line of three dots stands for any lines.
func (k *checker) code(l *lessons.Lesson, run *lab.Lab, c render.Code) {
	switch c.Language {
	case "sh":
		line := play.Type(run, strings.TrimRight(c.Text, "\n"))
		switch {
		case c.Fails == "" && line.Exit != 0:
			k.fail(l.Path, c.Line, "this line fails: %s\n%s\nmend it, or write fails=<error name> when the reader is to see that", c.Text, strings.TrimSpace(line.Err))
		case c.Fails != "" && (line.Exit == 0 || !strings.Contains(line.Err, c.Fails)):
			k.fail(l.Path, c.Line, "this line is to fail with %s, and it does not: it exits with %d and says %q", c.Fails, line.Exit, strings.TrimSpace(line.Err))
		}
	case "console":
		for _, part := range transcript(c.Text) {
			line := play.Type(run, part.line)
			if got := line.Out + line.Err; !matches(part.want, got) {
				k.fail(l.Path, c.Line, "the line %q prints\n%s\nand the lesson says\n%s\nwrite what it prints, with ... for what does not matter", part.line, strings.TrimSpace(got), strings.Join(part.want, "\n"))
			}
		}
	}
}

type exchange struct {
	line string
	want []string
}

func transcript(text string) []exchange {
	var list []exchange
	for line := range strings.SplitSeq(strings.TrimRight(text, "\n"), "\n") {
		if typed, ok := strings.CutPrefix(line, "$ "); ok {
			list = append(list, exchange{line: typed})
		} else if len(list) > 0 {
			last := &list[len(list)-1]
			last.want = append(last.want, line)
		}
	}
	return list
}

func matches(want []string, got string) bool {
	var quoted []string
	for _, w := range want {
		if strings.TrimSpace(w) == "..." {
			quoted = append(quoted, `(?:.*\n)*?`)
		} else {
			quoted = append(quoted, regexp.QuoteMeta(w)+`[ \t]*\n`)
		}
	}
	got = strings.TrimRight(got, "\n") + "\n"
	if len(want) == 0 {
		return strings.TrimSpace(got) == ""
	}
	return regexp.MustCompile(`^` + strings.Join(quoted, "") + `$`).MatchString(got)
}
