package console

import (
	"fmt"
	"strings"
)

// jsonFlaw is what Python says of a text that is no JSON: "Expecting value: line 1 column 2 (char 1)". A text without a flaw that
// Python would name gives "".
// Source: CPython 3.13, Lib/json/decoder.py and scanner.py.
func jsonFlaw(text string) string {
	s := jsonScan{chars: []rune(text)}
	end := s.value(s.space(0), 0)
	if s.flaw == "" {
		if end = s.space(end); end < len(s.chars) {
			s.fail("Extra data", end)
		}
	}
	return s.flaw
}

type jsonScan struct {
	chars []rune
	flaw  string
}

// fail notes the first flaw and where it is; the scan ends there.
func (s *jsonScan) fail(what string, at int) int {
	if s.flaw == "" {
		before := s.chars[:min(at, len(s.chars))]
		line, column := 1, at+1
		for i, c := range before {
			if c == '\n' {
				line, column = line+1, at-i
			}
		}
		s.flaw = fmt.Sprintf("%s: line %d column %d (char %d)", what, line, column, at)
	}
	return len(s.chars)
}

func (s *jsonScan) at(i int) rune {
	if i < len(s.chars) {
		return s.chars[i]
	}
	return 0
}

func (s *jsonScan) space(i int) int {
	for i < len(s.chars) && strings.ContainsRune(" \t\n\r", s.chars[i]) {
		i++
	}
	return i
}

// value scans what begins at i and returns where it ends.
func (s *jsonScan) value(i, depth int) int {
	switch c := s.at(i); {
	case depth > maxDepth:
		return s.fail("maximum recursion depth exceeded", i)
	case c == '"':
		return s.text(i)
	case c == '{' || c == '[':
		return s.inside(i, depth)
	case c == '-' && s.at(i+1) >= '0' && s.at(i+1) <= '9' || c >= '0' && c <= '9':
		return s.number(i)
	}
	for _, word := range []string{"null", "true", "false", "NaN", "Infinity", "-Infinity"} {
		if strings.HasPrefix(string(s.chars[i:min(len(s.chars), i+len(word))]), word) {
			return i + len(word)
		}
	}
	return s.fail("Expecting value", i)
}

// inside scans an object or an array.
func (s *jsonScan) inside(i, depth int) int {
	object := s.chars[i] == '{'
	end, what := ']', "array"
	if object {
		end, what = '}', "object"
	}
	if i = s.space(i + 1); s.at(i) == end {
		return i + 1
	}
	for s.flaw == "" {
		if object {
			if s.at(i) != '"' {
				return s.fail("Expecting property name enclosed in double quotes", i)
			}
			if i = s.space(s.text(i)); s.flaw == "" && s.at(i) != ':' {
				return s.fail("Expecting ':' delimiter", i)
			}
			i = s.space(i + 1)
		}
		if s.flaw == "" {
			i = s.space(s.value(i, depth+1))
		}
		if s.flaw != "" {
			break
		}
		switch s.at(i) {
		case end:
			return i + 1
		case ',':
			comma := i
			if i = s.space(i + 1); s.at(i) == end {
				return s.fail("Illegal trailing comma before end of "+what, comma)
			}
		default:
			return s.fail("Expecting ',' delimiter", i)
		}
	}
	return i
}

func (s *jsonScan) text(from int) int {
	for i := from + 1; i < len(s.chars); i++ {
		switch c := s.chars[i]; {
		case c == '"':
			return i + 1
		case c < ' ':
			return s.fail("Invalid control character at", i)
		case c == '\\':
			i++
			switch e := s.at(i); {
			case i >= len(s.chars):
				return s.fail("Unterminated string starting at", from)
			case e == 'u':
				for n := 1; n <= 4; n++ {
					if !strings.ContainsRune("0123456789abcdefABCDEF", s.at(i+n)) || i+n >= len(s.chars) {
						return s.fail(`Invalid \uXXXX escape`, i)
					}
				}
				i += 4
			case !strings.ContainsRune(`"\/bfnrt`, e):
				return s.fail(`Invalid \escape`, i-1)
			}
		}
	}
	return s.fail("Unterminated string starting at", from)
}

func (s *jsonScan) number(i int) int {
	digits := func() int {
		n := 0
		for c := s.at(i); c >= '0' && c <= '9'; c = s.at(i) {
			i, n = i+1, n+1
		}
		return n
	}
	if s.at(i) == '-' {
		i++
	}
	if s.at(i) == '0' {
		i++
	} else {
		digits()
	}
	if s.at(i) == '.' {
		if i++; digits() == 0 {
			return i - 1
		}
	}
	if c := s.at(i); c == 'e' || c == 'E' {
		before := i
		if i++; s.at(i) == '+' || s.at(i) == '-' {
			i++
		}
		if digits() == 0 {
			return before
		}
	}
	return i
}
