package render

import (
	"bytes"
	"regexp"
	"strings"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
)

// A directive is a block of ours in the markdown:
//
//	:::quiz{#first-limit asks=P2}
//	...
//	:::
//
// The parser takes its lines as they are; blocks.go reads them.
type directive struct {
	ast.BaseBlock
	kind   string            // "quiz"
	attrs  map[string]string // "id", "asks", ...
	label  string            // what stands behind the braces
	bad    string            // what is wrong with the opening line
	at     int               // offset of the opening line in the source
	closed bool
}

var kindDirective = ast.NewNodeKind("Directive")

func (d *directive) Kind() ast.NodeKind { return kindDirective }
func (d *directive) IsRaw() bool        { return true }
func (d *directive) Dump(source []byte, level int) {
	ast.DumpHelper(d, source, level, map[string]string{"kind": d.kind}, nil)
}

type directiveParser struct{}

func (directiveParser) Trigger() []byte { return []byte{':'} }

var opening = regexp.MustCompile(`^:::([a-z]+)(?:\{([^}]*)\})?[ \t]*(.*)$`)

func (directiveParser) Open(_ ast.Node, reader text.Reader, pc parser.Context) (ast.Node, parser.State) {
	line, segment := reader.PeekLine()
	pos := pc.BlockOffset()
	if pos < 0 || !bytes.HasPrefix(line[pos:], []byte(":::")) {
		return nil, parser.NoChildren
	}
	d := &directive{attrs: map[string]string{}, at: segment.Start}
	first := strings.TrimSpace(string(line[pos:]))
	part := opening.FindStringSubmatch(first)
	if part == nil {
		d.bad = "a block opens with its kind, as in :::quiz{#first-limit}; this line is " + quoted(first)
	} else {
		d.kind, d.label = part[1], part[3]
		for field := range strings.FieldsSeq(part[2]) {
			key, value, ok := strings.Cut(field, "=")
			switch {
			case strings.HasPrefix(field, "#"):
				d.attrs["id"] = field[1:]
			case ok && key != "":
				d.attrs[key] = value
			default:
				d.bad = "between the braces stand #id and key=value, as in {#first-limit asks=P2,P5}; " + quoted(field) + " is neither"
			}
		}
	}
	return d, parser.NoChildren
}

func (directiveParser) Continue(node ast.Node, reader text.Reader, _ parser.Context) parser.State {
	d := node.(*directive)
	line, segment := reader.PeekLine()
	if strings.TrimSpace(string(line)) == ":::" {
		d.closed = true
		reader.AdvanceToEOL()
		return parser.Close
	}
	d.Lines().Append(segment)
	reader.AdvanceToEOL()
	return parser.Continue | parser.NoChildren
}

func (directiveParser) Close(ast.Node, text.Reader, parser.Context) {}
func (directiveParser) CanInterruptParagraph() bool                 { return true }
func (directiveParser) CanAcceptIndentedLine() bool                 { return false }

func quoted(s string) string { return "\"" + s + "\"" }
