package console

import (
	"encoding/json"
	"fmt"
	"math/big"
	"regexp"
	"strconv"
	"strings"
)

// parseYAML reads what --cli-input-yaml takes: mappings and sequences by indentation or in brackets, texts plain, in quotes and in
// blocks, and !!binary. Anchors, other tags, several documents and plain texts over several lines are refused in words with their line.
// Source: YAML 1.2.2; what plain words mean is its core schema, as ruamel.yaml has it in the AWS CLI.
func parseYAML(text string) (v value, err error) {
	r := &yamlReader{}
	for i, line := range strings.Split(strings.ReplaceAll(text, "\r\n", "\n"), "\n") {
		body := strings.TrimLeft(line, " ")
		r.lines = append(r.lines, yamlLine{len(line) - len(body), body, i + 1})
	}
	defer func() {
		if p := recover(); p != nil {
			flaw, ok := p.(yamlFlaw)
			if !ok {
				panic(p)
			}
			v, err = nil, fmt.Errorf("Line %d: %s", flaw.line, flaw.why)
		}
	}()
	if l, ok := r.next(); ok && l.text == "---" {
		r.at++
	}
	l, ok := r.next()
	if !ok {
		return nil, nil
	}
	v = r.block(l.indent, 0)
	if l, ok = r.next(); ok && l.text != "..." {
		r.fail(l, "this belongs to nothing above; look at the indentation.")
	}
	return v, nil
}

type yamlLine struct {
	indent int
	text   string
	number int
}

type yamlFlaw struct {
	line int
	why  string
}

type yamlReader struct {
	lines []yamlLine
	at    int
}

func (r *yamlReader) fail(l yamlLine, format string, args ...any) {
	panic(yamlFlaw{l.number, fmt.Sprintf(format, args...)})
}

// next is the next line that is neither empty nor a comment.
func (r *yamlReader) next() (yamlLine, bool) {
	for ; r.at < len(r.lines); r.at++ {
		if l := r.lines[r.at]; l.text != "" && l.text[0] != '#' {
			if l.text[0] == '\t' {
				r.fail(l, "a tab indents nothing in YAML: write spaces.")
			}
			return l, true
		}
	}
	return yamlLine{}, false
}

// block reads the lines that stand at an indentation.
func (r *yamlReader) block(indent, depth int) value {
	l, _ := r.next()
	if depth > maxDepth {
		r.fail(l, "nested more than %d deep.", maxDepth)
	}
	if isItem(l.text) {
		list := []any{}
		for ; l.indent == indent && isItem(l.text); l, _ = r.next() {
			rest := strings.TrimLeft(l.text[1:], " ")
			inner := indent + len(l.text) - len(rest)
			if rest == "" || rest[0] == '#' {
				list = append(list, r.below(indent, depth))
				continue
			}
			if _, _, ok := r.key(yamlLine{inner, rest, l.number}); ok || isItem(rest) { // what is in the item begins in its line
				r.lines[r.at] = yamlLine{inner, rest, l.number}
				list = append(list, r.block(inner, depth+1))
				continue
			}
			r.at++
			list = append(list, r.scalar(l, rest, indent, depth))
		}
		r.over(l, indent)
		return list
	}
	if _, _, ok := r.key(l); !ok {
		r.at++
		return r.scalar(l, l.text, indent-1, depth)
	}
	o := object{}
	for l.indent == indent && l.text != "" && !isItem(l.text) && l.text != "..." {
		name, rest, ok := r.key(l)
		if !ok {
			r.fail(l, "a colon and a space are missing: Name: value. A text over several lines stands behind | or >.")
		}
		if _, twice := o.get(name); twice {
			r.fail(l, "%s is there twice.", name)
		}
		r.at++
		var v value
		if rest == "" || rest[0] == '#' {
			r.at-- // below looks from the key's line on
			v = r.below(indent, depth)
		} else {
			v = r.scalar(l, rest, indent, depth)
		}
		o = append(o, member{name, v})
		l, _ = r.next()
	}
	r.over(l, indent)
	return o
}

// over refuses a line that is deeper than what it would go on.
func (r *yamlReader) over(l yamlLine, indent int) {
	if l.text != "" && l.indent > indent {
		r.fail(l, "it is indented deeper than the line before asks for. A text over several lines stands behind | or >.")
	}
}

// below reads what stands deeper than the line here, null when nothing does. A sequence may stand as deep as its key.
func (r *yamlReader) below(indent, depth int) value {
	key := r.lines[r.at]
	r.at++
	l, ok := r.next()
	if ok && (l.indent > indent || l.indent == indent && isItem(l.text) && !isItem(key.text)) {
		return r.block(l.indent, depth+1)
	}
	return nil
}

func isItem(text string) bool { return text == "-" || strings.HasPrefix(text, "- ") }

// key cuts a line of a mapping into its key and what follows.
func (r *yamlReader) key(l yamlLine) (name, rest string, ok bool) {
	if l.text == "" || strings.IndexByte("[{|>&*!%@`", l.text[0]) >= 0 {
		return "", "", false
	}
	if l.text[0] == '"' || l.text[0] == '\'' {
		v, n := r.quoted(l, l.text)
		after := strings.TrimLeft(l.text[n:], " ")
		if after != ":" && !strings.HasPrefix(after, ": ") {
			return "", "", false
		}
		return v, strings.TrimSpace(after[1:]), true
	}
	name, rest, ok = strings.Cut(l.text, ": ")
	if !ok {
		name, ok = strings.CutSuffix(strings.TrimRight(l.text, " "), ":")
	}
	return strings.TrimRight(name, " "), strings.TrimSpace(rest), ok && !strings.Contains(name, " #")
}

// scalar reads the value that stands in a line; a block of text or brackets may go on in the lines after it.
func (r *yamlReader) scalar(l yamlLine, text string, indent, depth int) value {
	if isItem(text) {
		r.fail(l, "an item of a sequence begins in a line of its own.")
	}
	switch text[0] {
	case '|', '>':
		return r.text(l, text, indent)
	case '&', '*':
		r.fail(l, "anchors and aliases are not read here: write the value out.")
	case '!':
		tag, rest, _ := strings.Cut(text, " ")
		if tag != "!!binary" {
			r.fail(l, "the tag %s is not read here; of tags there is !!binary.", tag)
		}
		if rest = strings.TrimSpace(rest); rest == "" {
			r.fail(l, "base64 is missing behind !!binary.")
		}
		return strings.Join(strings.Fields(pyText(r.scalar(l, rest, indent, depth))), "")
	case '[', '{', '"', '\'':
		f := &yamlFlow{r: r, line: l, rest: text}
		v := f.value(depth)
		f.end()
		return v
	}
	if i := strings.Index(text, " #"); i >= 0 {
		text = strings.TrimRight(text[:i], " ")
	}
	if strings.Contains(text, ": ") {
		r.fail(l, "two keys in a line: put the text in quotes, or the second key in a line of its own.")
	}
	return plainYAML(text)
}

// text reads a block behind | or >.
func (r *yamlReader) text(l yamlLine, head string, indent int) value {
	folded := head[0] == '>'
	head, _, _ = strings.Cut(head[1:], " #")
	head = strings.TrimSpace(head)
	if head != "" && head != "-" && head != "+" {
		r.fail(l, "behind | and > stands -, + or nothing.")
	}
	var lines []string
	deep := -1
	for ; r.at < len(r.lines); r.at++ {
		x := r.lines[r.at]
		if x.text == "" {
			lines = append(lines, "")
			continue
		}
		if deep < 0 && x.indent > indent {
			deep = x.indent
		}
		if x.indent < deep || deep < 0 {
			break
		}
		lines = append(lines, strings.Repeat(" ", x.indent-deep)+x.text)
	}
	whole := strings.Join(lines, "\n")
	body := strings.TrimRight(whole, "\n")
	tail := whole[len(body):] + "\n"
	if folded {
		var b strings.Builder
		gap := 0
		for i, line := range strings.Split(body, "\n") {
			switch {
			case line == "":
				gap++
				continue
			case i > 0 && gap == 0:
				b.WriteByte(' ')
			}
			b.WriteString(strings.Repeat("\n", gap) + line)
			gap = 0
		}
		body = b.String()
	}
	switch {
	case head == "-" || body == "":
		return body
	case head == "+":
		return body + tail
	}
	return body + "\n"
}

// quoted reads a text in quotes at the beginning, and says how long it is with them.
func (r *yamlReader) quoted(l yamlLine, text string) (string, int) {
	if text[0] == '\'' {
		for i := 1; i < len(text); i++ {
			if text[i] == '\'' {
				if i+1 < len(text) && text[i+1] == '\'' {
					i++
					continue
				}
				return strings.ReplaceAll(text[1:i], "''", "'"), i + 1
			}
		}
	}
	for i := 1; i < len(text) && text[0] == '"'; i++ {
		switch text[i] {
		case '\\':
			i++
		case '"':
			v, err := decodeJSON([]byte(text[:i+1]))
			if err != nil {
				r.fail(l, "%s is no text in double quotes: a backslash stands before n, t, \", \\ and uXXXX; single quotes take it as it is.", text[:i+1])
			}
			return v.(string), i + 1
		}
	}
	r.fail(l, "a quote is not closed in its line.")
	return "", 0
}

// A yamlFlow reads brackets, which may go on over lines.
type yamlFlow struct {
	r    *yamlReader
	line yamlLine
	rest string
}

// peek is the next character that is no space; lines follow while there are some.
func (f *yamlFlow) peek() byte {
	for {
		f.rest = strings.TrimLeft(f.rest, " \t")
		if f.rest != "" && f.rest[0] != '#' {
			return f.rest[0]
		}
		if f.r.at >= len(f.r.lines) {
			f.r.fail(f.line, "a bracket is not closed.")
		}
		f.rest = f.r.lines[f.r.at].text
		f.r.at++
	}
}

// end refuses what follows in the line.
func (f *yamlFlow) end() {
	if rest := strings.TrimLeft(f.rest, " \t"); rest != "" && rest[0] != '#' {
		f.r.fail(f.line, "%q is not expected behind the value.", rest)
	}
}

func (f *yamlFlow) value(depth int) value {
	if depth > maxDepth {
		f.r.fail(f.line, "nested more than %d deep.", maxDepth)
	}
	switch c := f.peek(); c {
	case '"', '\'':
		v, n := f.r.quoted(f.line, f.rest)
		f.rest = f.rest[n:]
		return v
	case '[', '{':
		f.rest = f.rest[1:]
		list, o := []any{}, object{}
		for f.peek() != c+2 { // ] and } lie two behind
			v := f.value(depth + 1)
			if c == '{' {
				if f.peek() != ':' {
					f.r.fail(f.line, "a colon is missing behind %s.", pyText(v))
				}
				f.rest = f.rest[1:]
				var held value
				if next := f.peek(); next != ',' && next != '}' {
					held = f.value(depth + 1)
				}
				o = o.with(pyText(v), held)
			} else {
				list = append(list, v)
			}
			switch f.peek() {
			case ',':
				f.rest = f.rest[1:]
			case c + 2:
			default:
				f.r.fail(f.line, "a comma or a closing bracket is missing before %q.", f.rest)
			}
		}
		f.rest = f.rest[1:]
		if c == '{' {
			return o
		}
		return list
	}
	end := 0
	for end < len(f.rest) && strings.IndexByte(",[]{}", f.rest[end]) < 0 && !strings.HasPrefix(f.rest[end:], ": ") && !(f.rest[end] == ':' && end+1 == len(f.rest)) {
		end++
	}
	if end == 0 {
		f.r.fail(f.line, "a value is missing before %q.", f.rest)
	}
	word := strings.TrimRight(f.rest[:end], " ")
	f.rest = f.rest[end:]
	return plainYAML(word)
}

var (
	yamlInt   = regexp.MustCompile(`^[-+]?[0-9]+$`)
	yamlOther = regexp.MustCompile(`^0(o[0-7]+|x[0-9a-fA-F]+)$`)
	yamlFloat = regexp.MustCompile(`^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$`)
)

// plainYAML is what a word without quotes means.
func plainYAML(word string) value {
	switch word {
	case "", "~", "null", "Null", "NULL":
		return nil
	case "true", "True", "TRUE":
		return true
	case "false", "False", "FALSE":
		return false
	}
	switch {
	case yamlInt.MatchString(word) || yamlOther.MatchString(word):
		base := 10
		if yamlOther.MatchString(word) {
			base = 0
		}
		n, _ := new(big.Int).SetString(strings.TrimPrefix(word, "+"), base)
		return json.Number(n.String())
	case yamlFloat.MatchString(word):
		if f, err := strconv.ParseFloat(word, 64); err == nil {
			return pyFloat(f)
		}
	}
	return word
}
