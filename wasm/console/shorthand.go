package console

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"
)

// parseShorthand reads AWS CLI's shorthand syntax, as in Data=aGVsbG8=,PartitionKey=bike-7 or {Type=LATEST} or
// Names=[a,b]. Every scalar comes out as text; the shape decides later what it is.
// Source: AWS CLI user guide, "Using shorthand syntax with the AWS CLI".
func parseShorthand(text string) (object, error) {
	p := &shorthand{text: text}
	p.spaces()
	o, err := p.pairs(-1)
	if err != nil {
		return nil, err
	}
	if !p.done() {
		return nil, p.expected(",")
	}
	return o, nil
}

// shorthand is a cursor in a shorthand text.
type shorthand struct {
	text  string
	pos   int
	depth int
}

const eof = rune(-1)

func (p *shorthand) done() bool { return p.pos >= len(p.text) }

func (p *shorthand) peek() rune {
	if p.done() {
		return eof
	}
	r, _ := utf8.DecodeRuneInString(p.text[p.pos:])
	return r
}

func (p *shorthand) skip() { _, n := utf8.DecodeRuneInString(p.text[p.pos:]); p.pos += n }

func (p *shorthand) spaces() {
	for !p.done() && strings.ContainsRune(" \t\n\r", p.peek()) {
		p.skip()
	}
}

// expected is the error of something else standing where one of what is wanted.
func (p *shorthand) expected(what string) error {
	got := "EOF"
	if r := p.peek(); r != eof {
		got = string(r)
	}
	line := strings.LastIndexByte(p.text[:min(p.pos, len(p.text))], '\n') + 1
	rest := p.text[line:]
	end := strings.IndexByte(rest, '\n')
	before, after := p.text, ""
	if end >= 0 {
		before, after = p.text[:line+end], p.text[line+end:]
	}
	caret := strings.Repeat(" ", utf8.RuneCountInString(p.text[line:min(p.pos, len(p.text))])) + "^"
	return fmt.Errorf("Expected: '%s', received: '%s' for input:\n%s\n%s%s", what, got, before, caret, after)
}

// pairs reads key=value, key=value until the text or, inside braces, the closing one ends.
func (p *shorthand) pairs(closing rune) (object, error) {
	if p.depth++; p.depth > maxDepth {
		return nil, fmt.Errorf("nested more than %d deep", maxDepth)
	}
	defer func() { p.depth-- }()
	o := object{}
	for {
		key, err := p.key()
		if err != nil {
			return nil, err
		}
		if _, twice := o.get(key); twice {
			return nil, fmt.Errorf("Second instance of key %q encountered for input:\n%s\nThis is often because there is a preceding \",\" instead of a space.", key, p.text)
		}
		p.spaces()
		if p.peek() != '=' {
			return nil, p.expected("=")
		}
		p.skip()
		p.spaces()
		v, err := p.values(closing)
		if err != nil {
			return nil, err
		}
		o = append(o, member{key, v})
		p.spaces()
		if p.done() || p.peek() == closing && closing != eof {
			return o, nil
		}
		if p.peek() != ',' {
			return nil, p.expected(",")
		}
		p.skip()
		p.spaces()
	}
}

func (p *shorthand) key() (string, error) {
	start := p.pos
	for !p.done() {
		r := p.peek()
		if !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("-_.#/:", r)) {
			break
		}
		p.skip()
	}
	if p.pos == start {
		return "", p.expected("=")
	}
	return p.text[start:p.pos], nil
}

// values reads what stands behind an equals sign: a list or object in brackets, or one or more values joined by commas.
func (p *shorthand) values(closing rune) (value, error) {
	switch p.peek() {
	case '[':
		return p.list()
	case '{':
		return p.hash()
	}
	first, err := p.scalar(closing)
	if err != nil {
		return nil, err
	}
	all := []any{first}
	for {
		back := p.pos
		p.spaces()
		if p.peek() != ',' {
			break
		}
		p.skip()
		p.spaces()
		if p.startsPair() {
			p.pos = back
			break
		}
		next, err := p.scalar(closing)
		if err != nil {
			return nil, err
		}
		all = append(all, next)
	}
	if len(all) == 1 {
		return first, nil
	}
	return all, nil
}

// startsPair says whether a key and an equals sign come next, so that the comma before parted two pairs.
func (p *shorthand) startsPair() bool {
	look := *p
	if _, err := look.key(); err != nil {
		return false
	}
	look.spaces()
	return look.peek() == '='
}

// scalar reads one value: quoted, or up to the next comma or closing bracket.
func (p *shorthand) scalar(closing rune) (string, error) {
	if q := p.peek(); q == '\'' || q == '"' {
		return p.quoted(q)
	}
	var b strings.Builder
	for !p.done() {
		r := p.peek()
		if r == ',' || closing != eof && r == closing {
			break
		}
		if r == '\\' && p.pos+1 < len(p.text) && (p.text[p.pos+1] == ',' || p.text[p.pos+1] == '\\') {
			p.skip()
			r = p.peek()
		}
		b.WriteRune(r)
		p.skip()
	}
	return strings.TrimRight(b.String(), " \t\n\r"), nil
}

func (p *shorthand) quoted(q rune) (string, error) {
	p.skip()
	var b strings.Builder
	for !p.done() {
		r := p.peek()
		p.skip()
		if r == q {
			return b.String(), nil
		}
		if r == '\\' && (p.peek() == q || p.peek() == '\\') {
			r = p.peek()
			p.skip()
		}
		b.WriteRune(r)
	}
	return "", p.expected(string(q))
}

func (p *shorthand) list() (value, error) {
	if p.depth++; p.depth > maxDepth {
		return nil, errors.New("nested too deep")
	}
	defer func() { p.depth-- }()
	p.skip()
	out := []any{}
	for p.spaces(); p.peek() != ']'; p.spaces() {
		var v value
		var err error
		switch p.peek() {
		case '[':
			v, err = p.list()
		case '{':
			v, err = p.hash()
		case eof:
			return nil, p.expected("]")
		default:
			v, err = p.scalar(']')
		}
		if err != nil {
			return nil, err
		}
		out = append(out, v)
		p.spaces()
		if p.peek() == ',' {
			p.skip()
		} else if p.peek() != ']' {
			return nil, p.expected(",")
		}
	}
	p.skip()
	return out, nil
}

func (p *shorthand) hash() (value, error) {
	p.skip()
	p.spaces()
	if p.peek() == '}' {
		p.skip()
		return object{}, nil
	}
	o, err := p.pairs('}')
	if err != nil {
		return nil, err
	}
	if p.peek() != '}' {
		return nil, p.expected("}")
	}
	p.skip()
	return o, nil
}
