package site

import (
	"cmp"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// cleanHTML mends what go-app 9.8.0 writes, and writes the same page always the same way:
//   - attribute values come quoted as Go does: a quote in one would end it; they are written as HTML
//   - a boolean attribute that is "false" would be true; it is left out
//   - "true" is left out of aria and data attributes, which need it; it is put back
//   - attributes come in no order; they are sorted
//   - a field that the page's program draws anew would lose what was entered before it came; it waits, disabled
//
// Raw HTML inside passes through unchanged but for that order.
func cleanHTML(doc string) string {
	var b strings.Builder
	b.Grow(len(doc) + len(doc)/16)
	for {
		i := strings.IndexByte(doc, '<')
		if i < 0 || i+1 == len(doc) {
			b.WriteString(doc)
			return b.String()
		}
		b.WriteString(doc[:i])
		doc = doc[i:]
		switch c := doc[1]; {
		case strings.HasPrefix(doc, "<!--"):
			doc = copyUntil(&b, doc, "-->")
		case c == '!' || c == '/':
			doc = copyUntil(&b, doc, ">")
		case c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z':
			doc = cleanTag(&b, doc)
		default:
			b.WriteString("&lt;")
			doc = doc[1:]
		}
	}
}

func copyUntil(b *strings.Builder, doc, end string) string {
	i := strings.Index(doc, end)
	if i < 0 {
		b.WriteString(doc)
		return ""
	}
	b.WriteString(doc[:i+len(end)])
	return doc[i+len(end):]
}

// An attribute of a start tag. Bare says that it has no value.
type attribute struct {
	name, value string
	bare        bool
}

// cleanTag writes the start tag that doc begins with, and gives what follows it.
func cleanTag(b *strings.Builder, doc string) string {
	i := 1
	for i < len(doc) && !strings.ContainsRune(" \t\r\n/>", rune(doc[i])) {
		i++
	}
	b.WriteString(doc[:i])
	var all []attribute
	if slices.Contains(fields, doc[1:i]) {
		all = append(all, attribute{name: "disabled", bare: true})
	}
	doc = doc[i:]
	closed := false
	for {
		doc = strings.TrimLeft(doc, " \t\r\n")
		switch {
		case doc == "" || doc[0] == '>':
			slices.SortStableFunc(all, func(x, y attribute) int { return cmp.Compare(x.name, y.name) })
			all = slices.CompactFunc(all, func(x, y attribute) bool { return x.name == y.name })
			for _, a := range all {
				a.write(b)
			}
			if closed {
				b.WriteByte('/')
			}
			b.WriteByte('>')
			return strings.TrimPrefix(doc, ">")
		case doc[0] == '/':
			closed, doc = true, doc[1:]
		default:
			var a attribute
			if a, doc = readAttribute(doc); attributeName.MatchString(a.name) {
				all = append(all, a)
			}
		}
	}
}

func readAttribute(doc string) (a attribute, rest string) {
	i := 1 // the first byte belongs to the name, whatever it is: so the tag ends
	for i < len(doc) && !strings.ContainsRune(" \t\r\n=/>", rune(doc[i])) {
		i++
	}
	a.name, doc = doc[:i], doc[i:]
	after, ok := strings.CutPrefix(strings.TrimLeft(doc, " \t\r\n"), "=")
	if !ok {
		a.bare = true
		return a, doc
	}
	doc = strings.TrimLeft(after, " \t\r\n")
	switch {
	case strings.HasPrefix(doc, `"`):
		// After a value go-app writes a space or the tag's end; anything else was raw HTML, where a backslash is itself.
		if quoted, err := strconv.QuotedPrefix(doc); err == nil {
			value, err := strconv.Unquote(quoted)
			rest = doc[len(quoted):]
			if err == nil && (rest == "" || strings.ContainsRune(" \t\r\n/>", rune(rest[0]))) {
				a.value = value
				return a, rest
			}
		}
		a.value, rest, _ = strings.Cut(doc[1:], `"`)
	case strings.HasPrefix(doc, "'"):
		a.value, rest, _ = strings.Cut(doc[1:], "'")
	default:
		i := strings.IndexAny(doc, " \t\r\n>")
		if i < 0 {
			i = len(doc)
		}
		a.value, rest = doc[:i], doc[i:]
	}
	return a, rest
}

// attributeName is what we let stand as one; nothing of ours has other names.
var attributeName = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_:.-]*$`)

// fields are the elements in which a learner enters something.
var fields = []string{"input", "select", "textarea"}

// booleans are attributes whose presence is their value.
var booleans = []string{
	"allowfullscreen", "async", "autofocus", "autoplay", "checked", "controls", "default", "defer", "disabled",
	"formnovalidate", "hidden", "inert", "ismap", "itemscope", "loop", "multiple", "muted", "novalidate", "open",
	"playsinline", "readonly", "required", "reversed", "selected",
}

// spelled are attributes whose "true" must be written.
var spelled = []string{
	"aria-atomic", "aria-busy", "aria-checked", "aria-current", "aria-disabled", "aria-expanded", "aria-haspopup",
	"aria-hidden", "aria-invalid", "aria-modal", "aria-multiline", "aria-multiselectable", "aria-pressed", "aria-readonly",
	"aria-required", "aria-selected", "contenteditable", "draggable", "spellcheck",
}

// entity is a character reference: an ampersand that is HTML already.
var entity = regexp.MustCompile(`^&(#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});`)

func (a attribute) write(b *strings.Builder) {
	if slices.Contains(booleans, a.name) {
		if a.bare || a.value != "false" {
			b.WriteString(" " + a.name)
		}
		return
	}
	if a.bare && (slices.Contains(spelled, a.name) || strings.HasPrefix(a.name, "data-")) {
		a.value, a.bare = "true", false
	}
	b.WriteString(" " + a.name)
	if a.bare {
		return
	}
	b.WriteString(`="`)
	for i := 0; i < len(a.value); i++ {
		switch c := a.value[i]; c {
		case '"':
			b.WriteString("&#34;")
		case '<':
			b.WriteString("&lt;")
		case '>':
			b.WriteString("&gt;")
		case '&':
			if entity.MatchString(a.value[i:]) {
				b.WriteByte('&')
			} else {
				b.WriteString("&amp;")
			}
		default:
			b.WriteByte(c)
		}
	}
	b.WriteByte('"')
}
