// Package lint holds the laws of content. It reads every lesson as an author's strictest friend would and plays its lab on
// the engine: the goal is unmet before, met after the solution, and refused after every plan that is known to be wrong.
// Each message says what to write.
package lint

import (
	"errors"
	"fmt"
	"io/fs"
	"math"
	"regexp"
	"slices"
	"strings"

	"shardlab/lessons"
	"shardlab/lessons/block"
	"shardlab/lessons/play"
	"shardlab/lessons/render"
)

// What a lesson has to have.
const (
	MinWrong   = 2 // plans that people really try and that must not pass
	MinHints   = 3 // from a nudge to nearly the answer
	Questions  = 2 // recall questions after the task
	MinMinutes = 3
	MaxMinutes = 6
)

// Course checks the course in fsys against every law. The error joins one *lessons.Error for each breach.
func Course(fsys fs.FS) error { return check(fsys, "") }

// Lesson checks one lesson of the course in fsys, as Course does; what the lessons before it teach is known to it.
func Lesson(fsys fs.FS, slug string) error { return check(fsys, slug) }

// check checks the lesson with the slug, or all of them when it is empty.
func check(fsys fs.FS, slug string) error {
	c, err := lessons.Load(fsys)
	if err != nil {
		return err
	}
	if slug != "" && c.Lesson(slug) == nil {
		return fmt.Errorf("there is no lesson %q", slug)
	}
	list, err := lessons.Statements(fsys)
	if err != nil {
		return err
	}
	k := &checker{course: c, known: map[string]bool{}, taught: map[string]bool{}}
	for _, s := range list {
		k.known[s.ID] = true
	}
	for _, l := range c.Lessons() {
		for _, id := range l.Meta.Teaches {
			k.taught[id] = true
		}
		if slug == "" || slug == l.Slug {
			k.lesson(l)
		}
	}
	return errors.Join(k.errs...)
}

type checker struct {
	course *lessons.Course
	known  map[string]bool
	taught map[string]bool // by the lessons up to here
	begun  *play.Beginning // of the lesson's lab: it opens once for all that is played
	errs   []error
}

func (k *checker) fail(file string, line int, format string, args ...any) {
	k.errs = append(k.errs, lessons.Errorf(file, line, format, args...))
}

func (k *checker) lesson(l *lessons.Lesson) {
	k.ids(l, "teaches", l.Meta.Teaches)
	k.ids(l, "shows", l.Meta.Shows)
	begun, err := play.Begin(l.Lab)
	if err != nil {
		k.errs = append(k.errs, err)
		return
	}
	k.begun = begun
	figures, err := begun.Figures()
	if err != nil {
		k.errs = append(k.errs, err)
		return
	}
	page, err := render.Lesson(l, figures)
	if err != nil {
		k.errs = append(k.errs, err)
		return
	}
	least := MinWrong
	if l.Lab.Incident != nil {
		least = MinIncidentWrong
		k.incidentShape(l, page)
		k.causes(l)
	} else {
		k.shape(l, page)
	}
	k.questions(l, page)
	k.links(l, page)
	k.words(l, page)
	k.figures(l, page)
	if len(l.Lab.Wrong) < least {
		k.fail(l.Lab.File, l.Lab.Line("wrong"), "the lab has %d wrong plans: write at least %d under `wrong`, mistakes that people really make, each with the goal it fails and the message meant for it", len(l.Lab.Wrong), least)
	}
	k.lab(l, page)
}

func (k *checker) ids(l *lessons.Lesson, key string, ids []string) {
	seen := map[string]bool{}
	for _, id := range ids {
		if !k.known[id] {
			k.fail(l.Path, 1, "`%s` names %s, which lessons/statements.md does not list: correct the id or add the statement there", key, id)
		}
		if seen[id] {
			k.fail(l.Path, 1, "`%s` names %s twice: once is enough", key, id)
		}
		seen[id] = true
	}
}

// shape holds the order of a lesson: predict, run, task, two questions, the way to the sandbox.
func (k *checker) shape(l *lessons.Lesson, page *render.Page) {
	places := map[string][]int{}
	for i, b := range page.Blocks {
		places[b.Kind] = append(places[b.Kind], i)
	}
	line := func(i int) int { return page.Lines[i] }
	predict, run, task, quiz := places[block.Predict], places[block.Run], places[block.Task], places[block.Quiz]
	switch {
	case len(predict) != 1:
		k.fail(l.Path, l.Line, "a lesson has one :::predict block, a number or a moment to guess before the run; this one has %d", len(predict))
		return
	case len(run) == 0:
		k.fail(l.Path, l.Line, "a lesson has a :::run block to its deciding moment, after the prediction: write :::run{until=write-refused} Run to the first refusal")
		return
	case len(task) != 1:
		k.fail(l.Path, l.Line, "a lesson has one :::task block; this one has %d", len(task))
		return
	case len(quiz) != Questions:
		k.fail(l.Path, l.Line, "a lesson ends with %d :::quiz blocks; this one has %d", Questions, len(quiz))
		return
	case run[0] < predict[0]:
		k.fail(l.Path, line(run[0]), "the run comes before the prediction: move the :::predict block above it, or there is nothing left to guess")
	case task[0] < run[0]:
		k.fail(l.Path, line(task[0]), "the task comes before the run: first the learner sees what happens, then changes it")
	case quiz[0] < task[0]:
		k.fail(l.Path, line(quiz[0]), "a recall question comes before the task: move it behind, it is asked from memory")
	}
	if page.Blocks[0].Kind != block.Prose {
		k.fail(l.Path, line(0), "a lesson begins with words: say in two sentences which stream is in trouble")
	}
	for i, r := range run {
		if page.Blocks[r].Run.HTML == "" {
			k.fail(l.Path, line(run[i]), "the run says nothing once it is reached: write under :::run what the learner has seen")
		}
	}
	if hints := len(page.Blocks[task[0]].Task.Hints); hints < MinHints {
		k.fail(l.Path, line(task[0]), "the task has %d hints: write at least %d, from a nudge to nearly the answer", hints, MinHints)
	}
}

// questions holds that a question asks what has been taught by then.
func (k *checker) questions(l *lessons.Lesson, page *render.Page) {
	for i, b := range page.Blocks {
		q := b.Quiz
		if b.Kind == block.Predict {
			q = b.Predict
		}
		if q == nil {
			continue
		}
		for _, id := range q.Asks {
			switch {
			case !k.known[id]:
				k.fail(l.Path, page.Lines[i], "the question #%s asks %s, which lessons/statements.md does not list: correct the id or add the statement there", b.ID, id)
			case !k.taught[id]:
				k.fail(l.Path, page.Lines[i], "the question #%s asks %s, which no lesson up to here teaches: explain it and name it under `teaches`, or ask something else", b.ID, id)
			}
		}
	}
}

// places are the addresses of the site that are no lesson.
var places = []string{"/", "/lab", "/settings"}

func (k *checker) links(l *lessons.Lesson, page *render.Page) {
	sandbox := false
	for _, link := range page.Links {
		path, fragment, _ := strings.Cut(link.Dest, "#")
		if lab, ok := strings.CutPrefix(fragment, "lab="); ok && path == "/lab" && k.course.Lesson(lab) == nil {
			k.fail(l.Path, link.Line, "the link leads to the lab of the lesson %q, which is not there: write /lab#lab=%s", lab, l.Slug)
		}
		sandbox = sandbox || path == "/lab"
		slug, isLesson := strings.CutPrefix(path, "/lessons/")
		switch {
		case !strings.HasPrefix(path, "/") || slices.Contains(places, path):
		case isLesson && k.course.Lesson(slug) != nil:
		case isLesson:
			k.fail(l.Path, link.Line, "the link leads to the lesson %q, which is not there: the lessons are %s", slug, strings.Join(k.slugs(), ", "))
		default:
			k.fail(l.Path, link.Line, "the link leads to %s, which is no page: link to /lessons/<slug> or one of %s", path, strings.Join(places, ", "))
		}
	}
	if !sandbox {
		k.fail(l.Path, l.Line, "a lesson ends with a way to the sandbox: add a link to /lab after the questions")
	}
}

func (k *checker) slugs() []string {
	var list []string
	for _, l := range k.course.Lessons() {
		list = append(list, l.Slug)
	}
	return list
}

var (
	code = regexp.MustCompile(`(?s)<pre.*?</pre>|<code.*?</code>`)
	tag  = regexp.MustCompile(`<[^>]*>`)
)

// words holds how a lesson sounds and how long it takes.
func (k *checker) words(l *lessons.Lesson, page *render.Page) {
	for i, b := range page.Blocks {
		for _, html := range texts(b) {
			plain := tag.ReplaceAllString(code.ReplaceAllString(html, ""), "")
			switch {
			case strings.Contains(plain, "!"):
				k.fail(l.Path, page.Lines[i], "there is an exclamation mark in block #%s: the facts are exciting enough, write a full stop", b.ID)
			case strings.ContainsAny(plain, "—"):
				k.fail(l.Path, page.Lines[i], "there is a dash between clauses in block #%s: make two sentences of it", b.ID)
			}
		}
	}
	if !strings.HasSuffix(l.Meta.Blurb, ".") {
		k.fail(l.Path, 1, "`blurb` is one sentence that says what the learner will be able to do: end it with a full stop")
	}
	took := Minutes(page)
	if took < MinMinutes || took > MaxMinutes {
		k.fail(l.Path, l.Line, "the lesson takes about %.1f minutes (%d words to read, and what there is to do): a lesson takes %d to %d, so cut it or add to it", took, page.Words, MinMinutes, MaxMinutes)
	} else if math.Abs(took-float64(l.Meta.Minutes)) > 1 {
		k.fail(l.Path, 1, "`minutes` says %d, and the lesson takes about %.1f: write %d", l.Meta.Minutes, took, int(math.Round(took)))
	}
}

// Minutes estimates how long a lesson takes: the words at a calm 200 a minute, and what there is to do.
func Minutes(page *render.Page) float64 {
	took := float64(page.Words) / 200
	for _, b := range page.Blocks {
		switch b.Kind {
		case block.Predict, block.Quiz:
			took += 0.15 // thinking; the words are counted above
		case block.Run, block.Try:
			took += 0.2
		case block.Task:
			took += 1.5
		}
	}
	return took
}

// texts returns all HTML of a block.
func texts(b block.Block) []string {
	list := []string{b.HTML}
	for _, q := range []*block.Question{b.Predict, b.Quiz} {
		if q != nil {
			list = append(list, q.HTML)
			for _, o := range q.Options {
				list = append(list, o.HTML, o.Because)
			}
		}
	}
	if b.Task != nil {
		list = append(append(list, b.Task.HTML, b.Task.Solution, b.Task.Debrief), b.Task.Hints...)
	}
	if b.Try != nil {
		list = append(list, b.Try.HTML)
	}
	if b.Run != nil {
		list = append(list, b.Run.Label, b.Run.HTML)
	}
	return list
}

func (k *checker) figures(l *lessons.Lesson, page *render.Page) {
	for i, f := range l.Lab.Figures {
		if !page.Used[f.Name] {
			k.fail(l.Lab.File, l.Lab.Line(fmt.Sprintf("figures[%d]", i)), "the figure %s is computed and never shown: write {{%s}} where the lesson says this number, or delete it", f.Name, f.Name)
		}
	}
}
