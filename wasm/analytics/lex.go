package analytics

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// An Error says what is wrong with a program, where, and what to write instead.
type Error struct {
	Line, Column int // from 1; 0 when it stands at no place
	Message      string
}

func (e *Error) Error() string {
	if e.Line == 0 {
		return e.Message
	}
	return fmt.Sprintf("line %d, column %d: %s", e.Line, e.Column, e.Message)
}

// A pos is a place in a program: its line and column.
type pos struct{ line, col int }

func (p pos) errorf(format string, args ...any) error {
	return &Error{p.line, p.col, fmt.Sprintf(format, args...)}
}

// Kinds of tokens.
const (
	tEnd    = iota
	tWord   // a name or a keyword, as written
	tQuoted // a name in double quotes, without them
	tNumber
	tText // in single quotes, without them
	tSign
)

type token struct {
	kind int
	text string
	at   pos
}

// is says whether the token is a keyword or a sign.
func (t token) is(word string) bool {
	return t.kind == tSign && t.text == word || t.kind == tWord && strings.EqualFold(t.text, word)
}

// Bounds of a program.
const (
	MaxBytes = 100_000 // of application code. Source: Kinesis Analytics API Reference, CreateApplication, ApplicationCode: 102,400
	maxDepth = 100     // of brackets in brackets. Ours
)

// lex cuts a program into tokens; the last one is the end.
func lex(text string) ([]token, error) {
	var all []token
	at := pos{1, 1}
	if len(text) > MaxBytes {
		return nil, at.errorf("the program has %d bytes, and at most %d are taken", len(text), MaxBytes)
	}
	if !utf8.ValidString(text) {
		return nil, at.errorf("the program is no UTF-8 text")
	}
	for i := 0; i < len(text); {
		start, c := i, text[i]
		take := func(kind, end int, word string) {
			all = append(all, token{kind, word, at})
			i = end
		}
		switch {
		case c == ' ' || c == '\t' || c == '\n' || c == '\r':
			i++
		case strings.HasPrefix(text[i:], "--"):
			for i < len(text) && text[i] != '\n' {
				i++
			}
		case strings.HasPrefix(text[i:], "/*"):
			n := strings.Index(text[i+2:], "*/")
			if n < 0 {
				return nil, at.errorf("the comment does not end: write */ behind it")
			}
			i += n + 4
		case c == '\'' || c == '"':
			var b strings.Builder
			end := i + 1
			for ; ; end++ {
				if end >= len(text) {
					return nil, at.errorf("the text that begins here does not end: write %c behind it", c)
				}
				if text[end] == c {
					if end+1 < len(text) && text[end+1] == c { // doubled
						end++
					} else {
						break
					}
				}
				b.WriteByte(text[end])
			}
			kind := tText
			if c == '"' {
				if kind = tQuoted; b.Len() == 0 {
					return nil, at.errorf("a name in double quotes is empty")
				}
			}
			take(kind, end+1, b.String())
		case isDigit(c) || c == '.' && i+1 < len(text) && isDigit(text[i+1]):
			end := i
			for end < len(text) && (isDigit(text[end]) || text[end] == '.') {
				end++
			}
			if end < len(text) && (text[end] == 'e' || text[end] == 'E') {
				n := end + 1
				if n < len(text) && (text[n] == '+' || text[n] == '-') {
					n++
				}
				if n < len(text) && isDigit(text[n]) {
					for end = n; end < len(text) && isDigit(text[end]); end++ {
					}
				}
			}
			take(tNumber, end, text[i:end])
		case isLetter(c):
			end := i
			for end < len(text) && (isLetter(text[end]) || isDigit(text[end]) || text[end] == '$') {
				end++
			}
			take(tWord, end, text[i:end])
		default:
			sign := ""
			for _, s := range [...]string{"<>", "!=", "<=", ">=", "||", "(", ")", ",", ".", ";", "*", "+", "-", "/", "%", "=", "<", ">"} {
				if strings.HasPrefix(text[i:], s) {
					sign = s
					break
				}
			}
			if sign == "" {
				r, _ := utf8.DecodeRuneInString(text[i:])
				return nil, at.errorf("%q means nothing here: names with other letters stand in double quotes, texts in single ones", r)
			}
			word := sign
			if sign == "!=" {
				word = "<>"
			}
			take(tSign, i+len(sign), word)
		}
		for _, r := range text[start:i] {
			at.col++
			if r == '\n' {
				at = pos{at.line + 1, 1}
			}
		}
	}
	return append(all, token{tEnd, "", at}), nil
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }
func isLetter(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '_'
}
