package render

import (
	"bytes"
	"fmt"
	"html"
	"regexp"
	"slices"
	"strings"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/renderer"
	"github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
)

// markdown is goldmark as this course uses it: GFM's tables and strike-through, heading ids, alerts, figures, our blocks.
// Raw HTML is left out by goldmark and refused by check, so an author is told.
func markdown(figures map[string]string) goldmark.Markdown {
	return goldmark.New(
		goldmark.WithExtensions(
			extension.NewTable(extension.WithTableCellAlignMethod(extension.TableCellAlignAttribute)),
			extension.Strikethrough,
		),
		goldmark.WithParserOptions(
			parser.WithAutoHeadingID(),
			parser.WithBlockParsers(util.Prioritized(directiveParser{}, 450)),
			parser.WithInlineParsers(util.Prioritized(figureParser{}, 50)),
			parser.WithASTTransformers(util.Prioritized(alertTransformer{}, 500)),
		),
		goldmark.WithRendererOptions(
			renderer.WithNodeRenderers(util.Prioritized(&nodes{figures}, 100)),
		),
	)
}

// Figures: {{name}} in running text.

type figure struct {
	ast.BaseInline
	name string
}

var kindFigure = ast.NewNodeKind("Figure")

func (f *figure) Kind() ast.NodeKind { return kindFigure }
func (f *figure) Dump(source []byte, level int) {
	ast.DumpHelper(f, source, level, map[string]string{"name": f.name}, nil)
}

type figureParser struct{}

func (figureParser) Trigger() []byte { return []byte{'{'} }

func (figureParser) Parse(_ ast.Node, block text.Reader, _ parser.Context) ast.Node {
	line, _ := block.PeekLine()
	part := braces.FindSubmatchIndex(line)
	if part == nil || part[0] != 0 {
		return nil
	}
	block.Advance(part[1])
	return &figure{name: string(line[part[2]:part[3]])}
}

var braces = regexp.MustCompile(`\{\{([^{}]*)\}\}`)

// fill puts the figures into text that is not markdown: code and console lines.
func fill(s string, figures map[string]string) string {
	return braces.ReplaceAllStringFunc(s, func(m string) string {
		if v, ok := figures[m[2:len(m)-2]]; ok {
			return v
		}
		return m
	})
}

// Alerts: a quotation that begins with [!NOTE].

// alerts are the kinds of alerts and what their title says.
var alerts = map[string]string{
	"NOTE": "Note", "TIP": "Tip", "IMPORTANT": "Important", "WARNING": "Warning", "CAUTION": "Caution",
	"EXAM": "On the exam, and today",
}

type alert struct {
	ast.BaseBlock
	name string
}

var kindAlert = ast.NewNodeKind("Alert")

func (a *alert) Kind() ast.NodeKind { return kindAlert }
func (a *alert) Dump(source []byte, level int) {
	ast.DumpHelper(a, source, level, map[string]string{"name": a.name}, nil)
}

type alertTransformer struct{}

var alertMark = regexp.MustCompile(`^\[!([A-Za-z]+)\]$`)

func (alertTransformer) Transform(doc *ast.Document, reader text.Reader, _ parser.Context) {
	var found []*ast.Blockquote
	_ = ast.Walk(doc, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if q, ok := n.(*ast.Blockquote); ok && entering {
			found = append(found, q)
		}
		return ast.WalkContinue, nil
	})
	for _, q := range found {
		p, ok := q.FirstChild().(*ast.Paragraph)
		if !ok || p.Lines().Len() == 0 {
			continue
		}
		first := p.Lines().At(0)
		mark := alertMark.FindSubmatch(bytes.TrimSpace(first.Value(reader.Source())))
		if mark == nil {
			continue
		}
		for c := p.FirstChild(); c != nil; {
			next := c.NextSibling()
			t, isText := c.(*ast.Text)
			p.RemoveChild(p, c)
			if isText && t.SoftLineBreak() {
				break
			}
			c = next
		}
		a := &alert{name: strings.ToUpper(string(mark[1]))}
		a.Lines().Append(first)
		q.Parent().ReplaceChild(q.Parent(), q, a)
		for c := q.FirstChild(); c != nil; {
			next := c.NextSibling()
			a.AppendChild(a, c)
			c = next
		}
		if !p.HasChildren() {
			a.RemoveChild(a, p)
		}
	}
}

// nodes renders what is ours, and code and links in our way.
type nodes struct{ figures map[string]string }

func (r *nodes) RegisterFuncs(reg renderer.NodeRendererFuncRegisterer) {
	reg.Register(kindFigure, r.figure)
	reg.Register(kindAlert, r.alert)
	reg.Register(ast.KindCodeSpan, r.codeSpan)
	reg.Register(ast.KindFencedCodeBlock, r.codeBlock)
	reg.Register(ast.KindCodeBlock, r.codeBlock)
	reg.Register(ast.KindLink, r.link)
}

func (r *nodes) figure(w util.BufWriter, _ []byte, n ast.Node, entering bool) (ast.WalkStatus, error) {
	if entering {
		fmt.Fprintf(w, `<span class="figure">%s</span>`, html.EscapeString(r.figures[n.(*figure).name]))
	}
	return ast.WalkContinue, nil
}

func (r *nodes) alert(w util.BufWriter, _ []byte, n ast.Node, entering bool) (ast.WalkStatus, error) {
	if !entering {
		_, err := w.WriteString("</aside>\n")
		return ast.WalkContinue, err
	}
	a := n.(*alert)
	fmt.Fprintf(w, "<aside class=\"alert alert-%s\" role=\"note\"><p class=\"alert-title\">%s</p>\n", strings.ToLower(a.name), alerts[a.name])
	return ast.WalkContinue, nil
}

func (r *nodes) codeSpan(w util.BufWriter, source []byte, n ast.Node, entering bool) (ast.WalkStatus, error) {
	if entering {
		fmt.Fprintf(w, "<code>%s</code>", html.EscapeString(fill(spanText(n, source), r.figures)))
	}
	return ast.WalkSkipChildren, nil
}

// spanText returns the text of a code span; a line end in it is a space.
func spanText(n ast.Node, source []byte) string {
	var b strings.Builder
	for c := n.FirstChild(); c != nil; c = c.NextSibling() {
		if t, ok := c.(*ast.Text); ok {
			b.WriteString(strings.ReplaceAll(string(t.Segment.Value(source)), "\n", " "))
		}
	}
	return b.String()
}

func (r *nodes) codeBlock(w util.BufWriter, source []byte, n ast.Node, entering bool) (ast.WalkStatus, error) {
	if !entering {
		return ast.WalkContinue, nil
	}
	language := ""
	if f, ok := n.(*ast.FencedCodeBlock); ok {
		language = string(f.Language(source))
	}
	writeCode(w, language, fill(linesText(n, source), r.figures))
	return ast.WalkContinue, nil
}

// linesText returns the lines of a raw block.
func linesText(n ast.Node, source []byte) string {
	var b strings.Builder
	for i := range n.Lines().Len() {
		s := n.Lines().At(i)
		b.Write(s.Value(source))
	}
	return b.String()
}

func (r *nodes) link(w util.BufWriter, _ []byte, n ast.Node, entering bool) (ast.WalkStatus, error) {
	if !entering {
		_, err := w.WriteString("</a>")
		return ast.WalkContinue, err
	}
	dest := string(n.(*ast.Link).Destination)
	if !safeLink(dest) {
		dest = ""
	}
	fmt.Fprintf(w, `<a href="%s"`, html.EscapeString(string(util.URLEscape([]byte(dest), true))))
	if strings.HasPrefix(dest, "https://") {
		w.WriteString(` rel="noopener noreferrer" target="_blank"`)
	}
	w.WriteByte('>')
	return ast.WalkContinue, nil
}

// safeLink says whether a lesson may link there: a place of this site, a heading of this page, or an https page.
func safeLink(dest string) bool {
	return strings.HasPrefix(dest, "https://") && len(dest) > len("https://") ||
		strings.HasPrefix(dest, "/") && !strings.HasPrefix(dest, "//") && !strings.HasPrefix(dest, "/\\") ||
		strings.HasPrefix(dest, "#") && len(dest) > 1
}

// check walks a parsed document and reports what a lesson may not hold. base is the line of lesson.md on which source
// begins; inner is true inside a ::: block.
func (p *pen) check(doc ast.Node, source []byte, base int, inner bool) {
	lineAt := func(offset int) int { return base + bytes.Count(source[:min(offset, len(source))], []byte("\n")) }
	line := base
	_ = ast.Walk(doc, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if !entering {
			return ast.WalkContinue, nil
		}
		if n.Type() == ast.TypeBlock && n.Lines() != nil && n.Lines().Len() > 0 {
			line = lineAt(n.Lines().At(0).Start)
		}
		if t, ok := n.(*ast.Text); ok {
			line = lineAt(t.Segment.Start)
			p.words += len(strings.Fields(string(t.Segment.Value(source))))
		}
		switch n := n.(type) {
		case *directive:
			if inner {
				p.fail(lineAt(n.at), "a ::: block cannot stand inside another one: end the outer block first")
			} else {
				p.fail(lineAt(n.at), "a ::: block stands on its own, not inside a list or a quotation: begin its line at the margin")
			}
			return ast.WalkSkipChildren, nil
		case *ast.HTMLBlock, *ast.RawHTML:
			p.fail(line, "raw HTML is not shown: write it as markdown, or as code between backquotes when the reader is to see it")
		case *ast.Image:
			p.fail(line, "a lesson has no images: the stage beside it is the picture; describe what to look for")
		case *ast.AutoLink:
			p.fail(line, "write a link with words, as in [the limits page](https://...), so that it can be read aloud")
		case *ast.Link:
			if dest := string(n.Destination); !safeLink(dest) {
				p.fail(line, "the link to %q is not safe: link to /lessons/<slug>, /lab, a #heading of this page or an https:// page", dest)
			} else {
				p.page.Links = append(p.page.Links, Link{dest, line})
			}
		case *ast.Heading:
			if n.Level == 1 {
				p.fail(line, "the title in the front matter is the page's only first-level heading: begin with ## here")
			}
			if inner {
				p.fail(line, "a ::: block has no headings of its own: write a sentence instead")
			}
			if id, ok := n.AttributeString("id"); ok {
				p.anchors = append(p.anchors, string(id.([]byte)))
			}
		case *alert:
			if alerts[n.name] == "" {
				p.fail(lineAt(n.Lines().At(0).Start), "[!%s] is no alert: write one of NOTE, TIP, IMPORTANT, WARNING, CAUTION, EXAM", n.name)
			}
		case *figure:
			p.use(n.name, line)
			p.words++
		case *ast.CodeSpan:
			p.useAll(spanText(n, source), line)
		case *ast.CodeBlock, *ast.FencedCodeBlock:
			code := linesText(n, source)
			p.useAll(code, line)
			info := ""
			if f, ok := n.(*ast.FencedCodeBlock); ok && f.Info != nil {
				info = string(f.Info.Segment.Value(source))
			}
			p.fence(info, fill(code, p.figures), line)
		}
		return ast.WalkContinue, nil
	})
}

// fence notes a fenced code block for the linter, which runs it.
func (p *pen) fence(info, code string, line int) {
	language, rest, _ := strings.Cut(strings.TrimSpace(info), " ")
	c := Code{Block: len(p.page.Blocks), Language: language, Text: code, Line: line}
	if !slices.Contains([]string{"sh", "console", "json", "text"}, language) {
		p.fail(line, "a code block names its language: ```sh for lines to type, ```console for lines with what they print, ```json or ```text; it says %q", language)
	}
	for field := range strings.FieldsSeq(rest) {
		if value, ok := strings.CutPrefix(field, "fails="); ok && language == "sh" {
			c.Fails = value
		} else {
			p.fail(line, "behind ```sh may stand fails=<error name> and nothing else; %q is not known", field)
		}
	}
	p.page.Code = append(p.page.Code, c)
}

// use notes that the prose shows a figure.
func (p *pen) use(name string, line int) {
	p.page.Used[name] = true
	if _, ok := p.figures[name]; !ok {
		have := slices.Sorted(func(yield func(string) bool) {
			for k := range p.figures {
				if !yield(k) {
					return
				}
			}
		})
		p.fail(line, "there is no figure {{%s}}: add it to `figures` in lab.yaml, or use one of: %s", name, strings.Join(have, ", "))
	}
}

func (p *pen) useAll(s string, line int) {
	for _, m := range braces.FindAllStringSubmatch(s, -1) {
		p.use(m[1], line)
	}
}
