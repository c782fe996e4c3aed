// Package lessons reads the course from its files: modules, lessons with their front matter, and the labs beside them. It
// checks what a file must hold and says, with file and line, what to write where something is missing; it knows no HTML,
// no HTTP and no engine. What the words become is render's part, whether the lab does what it claims is lint's.
//
// The course is folders:
//
//	course/course.yaml                         title
//	course/10-shards/module.yaml               title, blurb
//	course/10-shards/10-first-lesson/lesson.md front matter and markdown
//	course/10-shards/10-first-lesson/lab.yaml  the lab, its goals, its plans and figures
//
// The number in a folder's name orders; the rest is the slug, which names the lesson for ever.
package lessons

import (
	"cmp"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Files holds the course, the sandbox's templates and the list of statements as they are in the repository.
//
//go:embed course templates statements.md
var Files embed.FS

// A Course is every module in order.
type Course struct {
	Title   string
	Modules []*Module
}

// A Module is a chapter.
type Module struct {
	Slug    string
	Title   string
	Blurb   string
	Path    string // of module.yaml
	Lessons []*Lesson

	number int
}

// A Lesson is one lesson as its author wrote it.
type Lesson struct {
	Slug   string
	Module *Module
	Path   string // of lesson.md
	Meta   Meta
	Body   string // the markdown after the front matter
	Line   int    // the line of lesson.md on which Body begins
	Lab    *Lab

	number int
}

// Meta is the front matter of a lesson.
type Meta struct {
	Title         string   `yaml:"title"`
	Blurb         string   `yaml:"blurb"`         // one sentence: what the learner will be able to do
	Minutes       int      `yaml:"minutes"`       // about how long it takes
	Misconception string   `yaml:"misconception"` // the one wrong belief this lesson attacks
	Teaches       []string `yaml:"teaches"`       // ids of statements.md that the words explain
	Shows         []string `yaml:"shows"`         // ids that the lab makes happen
}

// Lessons returns the lessons of all modules in the order of the course.
func (c *Course) Lessons() []*Lesson {
	var all []*Lesson
	for _, m := range c.Modules {
		all = append(all, m.Lessons...)
	}
	return all
}

// Lesson returns the lesson with the slug, or nil.
func (c *Course) Lesson(slug string) *Lesson {
	for _, l := range c.Lessons() {
		if l.Slug == slug {
			return l
		}
	}
	return nil
}

// An Error says what is wrong at a line of a file, and what to write instead. Line is 0 when the file as a whole is meant.
type Error struct {
	File string
	Line int
	Text string
}

func (e *Error) Error() string {
	if e.Line == 0 {
		return e.File + ": " + e.Text
	}
	return fmt.Sprintf("%s:%d: %s", e.File, e.Line, e.Text)
}

// Errorf returns an Error for a line of a file.
func Errorf(file string, line int, format string, args ...any) *Error {
	return &Error{file, line, fmt.Sprintf(format, args...)}
}

var folder = regexp.MustCompile(`^(\d{2,})-([a-z][a-z0-9]*(?:-[a-z0-9]+)*)$`)

// Load reads the course from fsys, whose folder course/ holds it. It goes on after an error, so that an author sees all of
// them at once; the error joins one *Error for each.
func Load(fsys fs.FS) (*Course, error) {
	r := reader{fsys: fsys, slugs: map[string]string{}}
	c := r.course()
	if len(r.errs) > 0 {
		return nil, errors.Join(r.errs...)
	}
	return c, nil
}

type reader struct {
	fsys  fs.FS
	errs  []error
	slugs map[string]string // slug of a lesson or module -> its file
}

func (r *reader) fail(err error) { r.errs = append(r.errs, err) }

func (r *reader) read(name string) ([]byte, bool) {
	b, err := fs.ReadFile(r.fsys, name)
	if err != nil {
		r.fail(Errorf(name, 0, "this file is missing: %s", purpose(name)))
		return nil, false
	}
	return b, true
}

// purpose says what a file of the course is for, to somebody who has not written it yet.
func purpose(name string) string {
	switch path.Base(name) {
	case "course.yaml":
		return "write the course's title into it, as in `title: Amazon Kinesis`"
	case "module.yaml":
		return "write the module's `title` and `blurb` into it"
	case "lesson.md":
		return "write the lesson, front matter first, between two lines of ---"
	case "lab.yaml":
		return "write the lesson's lab into it: name, start, open, world, goals, solution, wrong, figures"
	}
	return "write it"
}

func (r *reader) course() *Course {
	c := &Course{}
	const file = "course/course.yaml"
	if b, ok := r.read(file); ok {
		var head struct {
			Title string `yaml:"title"`
		}
		if r.decode(file, 1, b, &head) {
			c.Title = head.Title
			if c.Title == "" {
				r.fail(Errorf(file, 1, "`title` is missing: write the course's name, as in `title: Amazon Kinesis`"))
			}
		}
	}
	for _, name := range r.folders("course") {
		number, slug, ok := r.split("course/" + name)
		if !ok {
			continue
		}
		c.Modules = append(c.Modules, r.module("course/"+name, number, slug))
	}
	slices.SortStableFunc(c.Modules, func(a, b *Module) int { return cmp.Compare(a.number, b.number) })
	if len(c.Modules) == 0 {
		r.fail(Errorf("course", 0, "there is no module: make a folder like course/10-shards with a module.yaml"))
	}
	return c
}

func (r *reader) module(dir string, number int, slug string) *Module {
	m := &Module{Slug: slug, number: number, Path: dir + "/module.yaml"}
	r.unique(slug, m.Path)
	if b, ok := r.read(m.Path); ok {
		var head struct {
			Title string `yaml:"title"`
			Blurb string `yaml:"blurb"`
		}
		if r.decode(m.Path, 1, b, &head) {
			m.Title, m.Blurb = head.Title, head.Blurb
			r.need(m.Path, 1, "title", m.Title, "the module's name on the course map")
			r.need(m.Path, 1, "blurb", m.Blurb, "one sentence under the module's name on the course map")
		}
	}
	numbers := map[int]string{}
	for _, name := range r.folders(dir) {
		at, slug, ok := r.split(dir + "/" + name)
		if !ok {
			continue
		}
		if other, taken := numbers[at]; taken {
			r.fail(Errorf(dir+"/"+name, 0, "%s has the number %d too: give one of them another, the number is the order", other, at))
		}
		numbers[at] = name
		if l := r.lesson(dir+"/"+name, at, slug); l != nil {
			l.Module = m
			m.Lessons = append(m.Lessons, l)
		}
	}
	slices.SortStableFunc(m.Lessons, func(a, b *Lesson) int { return cmp.Compare(a.number, b.number) })
	if len(m.Lessons) == 0 {
		r.fail(Errorf(dir, 0, "the module has no lesson: make a folder like %s/10-first-steps with a lesson.md", dir))
	}
	return m
}

func (r *reader) lesson(dir string, number int, slug string) *Lesson {
	l := &Lesson{Slug: slug, number: number, Path: dir + "/lesson.md"}
	r.unique(slug, l.Path)
	b, ok := r.read(l.Path)
	if !ok {
		return nil
	}
	head, body, line, err := cut(l.Path, string(b))
	if err != nil {
		r.fail(err)
		return nil
	}
	l.Body, l.Line = body, line
	if r.decode(l.Path, 2, []byte(head), &l.Meta) {
		r.need(l.Path, 1, "title", l.Meta.Title, "the lesson's name")
		r.need(l.Path, 1, "blurb", l.Meta.Blurb, "one sentence that says what the learner will be able to do")
		r.need(l.Path, 1, "misconception", l.Meta.Misconception, "the one wrong belief this lesson attacks, in the learner's words")
		if l.Meta.Minutes <= 0 {
			r.fail(Errorf(l.Path, 1, "`minutes` is missing: write about how many minutes the lesson takes, as in `minutes: 5`"))
		}
		if len(l.Meta.Teaches) == 0 {
			r.fail(Errorf(l.Path, 1, "`teaches` is missing: list the ids of statements.md that the words explain, as in `teaches: [SH1, P2]`"))
		}
		if len(l.Meta.Shows) == 0 {
			r.fail(Errorf(l.Path, 1, "`shows` is missing: list the ids of statements.md that the lab makes happen, as in `shows: [P2]`"))
		}
	}
	if b, ok := r.read(dir + "/lab.yaml"); ok {
		l.Lab = r.lab(dir+"/lab.yaml", b)
	}
	return l
}

// cut parts a lesson into its front matter and its body, and says on which line the body begins.
func cut(file, text string) (head, body string, line int, err error) {
	text = strings.ReplaceAll(text, "\r\n", "\n")
	rest, ok := strings.CutPrefix(text, "---\n")
	if !ok {
		return "", "", 0, Errorf(file, 1, "a lesson begins with its front matter: write --- on the first line, then title, blurb, minutes, misconception, teaches, shows, then --- again")
	}
	head, body, ok = strings.Cut(rest, "\n---\n")
	if !ok {
		return "", "", 0, Errorf(file, 1, "the front matter does not end: write --- on a line of its own after it")
	}
	return head + "\n", body, strings.Count(head, "\n") + 4, nil
}

// folders returns the names of the folders in dir, sorted.
func (r *reader) folders(dir string) []string {
	entries, err := fs.ReadDir(r.fsys, dir)
	if err != nil {
		r.fail(Errorf(dir, 0, "cannot be read: %v", err))
		return nil
	}
	var names []string
	for _, e := range entries {
		if e.IsDir() {
			names = append(names, e.Name())
		}
	}
	return names
}

// split parts a folder's name into its number and its slug.
func (r *reader) split(dir string) (int, string, bool) {
	part := folder.FindStringSubmatch(path.Base(dir))
	if part == nil {
		r.fail(Errorf(dir, 0, "a folder of the course is named by its place and its slug, as in 10-hot-shard: at least two digits, then lower-case words joined by -"))
		return 0, "", false
	}
	n, err := strconv.Atoi(part[1])
	if err != nil {
		r.fail(Errorf(dir, 0, "the number of this folder is too large"))
		return 0, "", false
	}
	return n, part[2], true
}

func (r *reader) unique(slug, file string) {
	if other, ok := r.slugs[slug]; ok {
		r.fail(Errorf(file, 0, "the slug %q is taken by %s: a slug names one thing for ever, choose another", slug, other))
		return
	}
	r.slugs[slug] = file
}

func (r *reader) need(file string, line int, key, value, what string) {
	if strings.TrimSpace(value) == "" {
		r.fail(Errorf(file, line, "`%s` is missing: write %s, as in `%s: ...`", key, what, key))
	}
}
