// Package render makes a lesson's markdown into blocks: HTML that is safe under a strict Content-Security-Policy, and our
// own blocks (predict, run, task, try, quiz) as data. It knows the loader and goldmark; it knows no engine (the figures of
// the prose are handed in) and no HTTP.
package render

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"shardlab/lessons"
	"shardlab/lessons/block"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/text"
)

// A Page is a rendered lesson and what the linter wants to know of it.
type Page struct {
	Blocks []block.Block
	Lines  []int           // of lesson.md, on which each block begins
	Links  []Link          // every link of the prose
	Code   []Code          // every code block and every try line, in reading order
	Used   map[string]bool // figures that the prose shows
	Lab    *lessons.Lab    // with figures in its pager's words
	Words  int             // what a reader reads: the prose and the questions, without hints and explanations
}

// A Link is a link of the prose.
type Link struct {
	Dest string
	Line int
}

// A Code is a code block or a try line.
type Code struct {
	Block    int    // place in Page.Blocks of the block it stands in
	Language string // "sh", "console", "json", "text"; a try line is "sh"
	Text     string
	Fails    string // name of the error it is there to show
	Line     int
}

// Course renders the whole course. figures holds the figures of each lesson by its slug.
func Course(c *lessons.Course, figures map[string]map[string]string) (block.Course, []block.Lesson, error) {
	course := block.Course{Title: c.Title}
	var all []block.Lesson
	var errs []error
	for _, m := range c.Modules {
		module := block.Module{Slug: m.Slug, Title: m.Title, Blurb: m.Blurb}
		for i, l := range m.Lessons {
			page, err := Lesson(l, figures[l.Slug])
			if err != nil {
				errs = append(errs, err)
				continue
			}
			entry := block.Entry{
				Slug: l.Slug, Title: l.Meta.Title, Blurb: l.Meta.Blurb, Minutes: l.Meta.Minutes,
				Goals: len(l.Lab.Goals), Teaches: l.Meta.Teaches,
			}
			for _, b := range page.Blocks {
				if b.Kind == block.Quiz {
					entry.Quiz++
				}
			}
			module.Lessons = append(module.Lessons, entry)
			all = append(all, block.Lesson{
				Entry: entry, Module: m.Slug, Chapter: m.Title, Place: i + 1, Of: len(m.Lessons),
				Blocks: page.Blocks, Lab: page.Lab.JSON(),
			})
		}
		course.Modules = append(course.Modules, module)
	}
	if len(errs) > 0 {
		return block.Course{}, nil, errors.Join(errs...)
	}
	for i := range all {
		if i > 0 {
			all[i].Previous = all[i-1].Slug
		}
		if i+1 < len(all) {
			all[i].Next, all[i].NextTitle = all[i+1].Slug, all[i+1].Title
		}
		all[i].Hash = hash(all[i])
	}
	return course, all, nil
}

// hash returns the hash of a lesson's content, without its own field.
func hash(l block.Lesson) string {
	l.Hash = ""
	b, err := json.Marshal(l)
	if err != nil {
		panic(fmt.Sprintf("render: lesson %s cannot be written as JSON: %v", l.Slug, err))
	}
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:8])
}

// A pen renders one lesson.
type pen struct {
	lesson  *lessons.Lesson
	figures map[string]string
	md      goldmark.Markdown
	page    *Page
	anchors []string
	ids     map[string]int // block id -> line
	words   int
	errs    []error
}

func (p *pen) fail(line int, format string, args ...any) {
	p.errs = append(p.errs, lessons.Errorf(p.lesson.Path, line, format, args...))
}

// Lesson renders one lesson. The error joins one *lessons.Error for each fault, with its line in lesson.md.
func Lesson(l *lessons.Lesson, figures map[string]string) (*Page, error) {
	p := &pen{lesson: l, figures: figures, md: markdown(figures), page: &Page{Used: map[string]bool{}}, ids: map[string]int{}}
	source := []byte(l.Body)
	doc := p.md.Parser().Parse(text.NewReader(source))
	lineAt := func(offset int) int { return l.Line + strings.Count(l.Body[:offset], "\n") }

	var prose []ast.Node
	part := 0
	flush := func() {
		if len(prose) == 0 {
			return
		}
		part++
		begin := lineAt(start(prose[0]))
		for _, n := range prose {
			p.check(n, source, l.Line, false)
		}
		var b strings.Builder
		b.WriteString(`<div class="prose">`)
		for _, n := range prose {
			if err := p.md.Renderer().Render(&b, source, n); err != nil {
				p.fail(begin, "cannot be rendered: %v", err)
			}
		}
		b.WriteString(`</div>`)
		p.add(block.Block{ID: fmt.Sprintf("text-%d", part), Kind: block.Prose, HTML: b.String()}, begin)
		prose = nil
	}
	for n := doc.FirstChild(); n != nil; n = n.NextSibling() {
		d, ok := n.(*directive)
		if !ok {
			prose = append(prose, n)
			continue
		}
		flush()
		p.directive(d, source, lineAt(d.at))
	}
	flush()
	p.pager()
	p.page.Words = p.words
	for _, link := range p.page.Links {
		if anchor, ok := strings.CutPrefix(link.Dest, "#"); ok && !has(p.anchors, anchor) {
			p.fail(link.Line, "there is no heading #%s on this page: its headings are %s", anchor, strings.Join(p.anchors, ", "))
		}
	}
	if len(p.page.Blocks) == 0 && len(p.errs) == 0 {
		p.fail(l.Line, "the lesson has no words: write it under the front matter")
	}
	if len(p.errs) > 0 {
		return nil, errors.Join(p.errs...)
	}
	return p.page, nil
}

// pager fills figures into the words of an incident's pager.
func (p *pen) pager() {
	p.page.Lab = p.lesson.Lab
	if p.page.Lab == nil || p.page.Lab.Incident == nil {
		return
	}
	lab, in := *p.lesson.Lab, *p.lesson.Lab.Incident
	p.useAll(in.Words, 1)
	in.Words = fill(in.Words, p.figures)
	p.words += len(strings.Fields(in.Words))
	for _, c := range in.Causes {
		p.words += len(strings.Fields(c.Text))
	}
	lab.Incident = &in
	p.page.Lab = &lab
}

// add appends a block, once its id is known to be its own.
func (p *pen) add(b block.Block, line int) {
	if other, taken := p.ids[b.ID]; taken {
		p.fail(line, "the id #%s is taken by the block on line %d: give this one another, progress is kept under it", b.ID, other)
	}
	p.ids[b.ID] = line
	p.page.Blocks = append(p.page.Blocks, b)
	p.page.Lines = append(p.page.Lines, line)
}

// start returns where a block begins in the source.
func start(n ast.Node) int {
	at := -1
	_ = ast.Walk(n, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if entering && n.Type() == ast.TypeBlock && n.Lines() != nil && n.Lines().Len() > 0 {
			at = n.Lines().At(0).Start
			return ast.WalkStop, nil
		}
		return ast.WalkContinue, nil
	})
	return max(at, 0)
}

// html renders a piece of markdown that stands inside a block of ours, beginning on the given line.
func (p *pen) html(markdown string, line int) string {
	if strings.TrimSpace(markdown) == "" {
		return ""
	}
	source := []byte(markdown)
	doc := p.md.Parser().Parse(text.NewReader(source))
	p.check(doc, source, line, true)
	var b strings.Builder
	b.WriteString(`<div class="prose">`)
	if err := p.md.Renderer().Render(&b, source, doc); err != nil {
		p.fail(line, "cannot be rendered: %v", err)
	}
	b.WriteString(`</div>`)
	return b.String()
}

// inline renders one paragraph without its <p>, for a label.
func (p *pen) inline(markdown string, line int) string {
	source := []byte(markdown)
	doc := p.md.Parser().Parse(text.NewReader(source))
	p.check(doc, source, line, true)
	para, ok := doc.FirstChild().(*ast.Paragraph)
	if !ok || para.NextSibling() != nil {
		p.fail(line, "an option is one sentence: write the rest into its explanation")
		return ""
	}
	var b strings.Builder
	b.WriteString(`<span class="prose">`)
	for c := para.FirstChild(); c != nil; c = c.NextSibling() {
		if err := p.md.Renderer().Render(&b, source, c); err != nil {
			p.fail(line, "cannot be rendered: %v", err)
		}
	}
	b.WriteString(`</span>`)
	return b.String()
}

func has(list []string, s string) bool {
	for _, v := range list {
		if v == s {
			return true
		}
	}
	return false
}
