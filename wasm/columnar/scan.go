package columnar

import (
	"encoding/binary"
	"fmt"
	"strconv"
	"unicode/utf8"
)

// A scanner goes through JSON text. It tells where values are; nothing is copied.
type scanner struct {
	text  []byte
	pos   int
	depth int
	fail  string // what is wrong, in the words of Jackson
}

const maxNesting = 1000 // of values. Source: Jackson, StreamReadConstraints

// wrong notes what is wrong at the position.
func (s *scanner) wrong(format string, args ...any) bool {
	if s.fail == "" {
		line, column := 1, 1
		for _, c := range s.text[:min(s.pos, len(s.text))] {
			if column++; c == '\n' {
				line, column = line+1, 1
			}
		}
		s.fail = fmt.Sprintf(format, args...) + fmt.Sprintf("\n at [Source: (byte[]); line: %d, column: %d]", line, column)
	}
	return false
}

// unexpected says that the character at the position is not what was expected.
func (s *scanner) unexpected(expecting string) bool {
	if s.pos >= len(s.text) {
		return s.wrong("Unexpected end-of-input: was expecting %s", expecting)
	}
	r, _ := utf8.DecodeRune(s.text[s.pos:])
	if r < ' ' {
		return s.wrong("Illegal character ((CTRL-CHAR, code %d)): only regular white space (\\r, \\n, \\t) is allowed between tokens", r)
	}
	return s.wrong("Unexpected character ('%c' (code %d)): was expecting %s", r, r, expecting)
}

func (s *scanner) space() byte {
	for s.pos < len(s.text) {
		if c := s.text[s.pos]; c != ' ' && c != '\n' && c != '\t' && c != '\r' {
			return c
		}
		s.pos++
	}
	return 0
}

// value goes over one value.
func (s *scanner) value() bool {
	switch c := s.space(); c {
	case '{':
		return s.object(func([]byte, int, int) {})
	case '[':
		return s.array(nil)
	case '"':
		return s.string()
	default:
		if c == '-' || isDigit(c) {
			return s.number()
		}
		from := s.pos
		for s.pos < len(s.text) && isLetter(s.text[s.pos]) {
			s.pos++
		}
		switch word := s.text[from:s.pos]; string(word) {
		case "true", "false", "null":
			return true
		case "":
			return s.unexpected("a valid value (JSON String, Number, Array, Object or token 'null', 'true' or 'false')")
		default:
			return s.wrong("Unrecognized token '%s': was expecting (JSON String, Number, Array, Object or token 'null', 'true' or 'false')", word)
		}
	}
}

// object goes over an object and tells each member: its name with quotation marks, and where its value is.
func (s *scanner) object(member func(name []byte, from, to int)) bool {
	if s.depth++; s.depth > maxNesting {
		return s.wrong("Document nesting depth (%d) exceeds the maximum allowed (%d)", s.depth, maxNesting)
	}
	s.pos++
	if s.space() == '}' {
		s.pos++
		s.depth--
		return true
	}
	for {
		if s.space() != '"' {
			return s.unexpected("double-quote to start field name")
		}
		at := s.pos
		if !s.string() {
			return false
		}
		name := s.text[at:s.pos]
		if s.space() != ':' {
			return s.unexpected("a colon to separate field name and value")
		}
		s.pos++
		s.space()
		from := s.pos
		if !s.value() {
			return false
		}
		member(name, from, s.pos)
		switch s.space() {
		case ',':
			s.pos++
		case '}':
			s.pos++
			s.depth--
			return true
		default:
			return s.unexpected("comma to separate Object entries")
		}
	}
}

// array goes over an array and tells where each value is.
func (s *scanner) array(each func(from, to int)) bool {
	if s.depth++; s.depth > maxNesting {
		return s.wrong("Document nesting depth (%d) exceeds the maximum allowed (%d)", s.depth, maxNesting)
	}
	s.pos++
	if s.space() == ']' {
		s.pos++
		s.depth--
		return true
	}
	for {
		s.space()
		from := s.pos
		if !s.value() {
			return false
		}
		if each != nil {
			each(from, s.pos)
		}
		switch s.space() {
		case ',':
			s.pos++
		case ']':
			s.pos++
			s.depth--
			return true
		default:
			return s.unexpected("comma to separate Array entries")
		}
	}
}

func (s *scanner) string() bool {
	text, i := s.text, s.pos+1
	for i < len(text) {
		for len(text)-i >= 8 && ordinary(binary.LittleEndian.Uint64(text[i:])) {
			i += 8
		}
		if i == len(text) {
			break
		}
		switch c := text[i]; {
		case c == '"':
			s.pos = i + 1
			return true
		case c < ' ':
			s.pos = i
			return s.wrong("Illegal unquoted character ((CTRL-CHAR, code %d)): has to be escaped using backslash to be included in string value", c)
		case c == '\\':
			if i++; i == len(text) {
				break
			}
			switch c := text[i]; c {
			case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
			case 'u':
				if len(text)-i < 5 {
					i = len(text)
					break
				}
				if _, err := strconv.ParseUint(string(text[i+1:i+5]), 16, 16); err != nil {
					s.pos = i
					return s.wrong("Unexpected character ('%c' (code %d)): expected a hex-digit for character escape sequence", text[i+1], text[i+1])
				}
				i += 4
			default:
				s.pos = i
				return s.wrong("Unrecognized character escape '%c' (code %d)", c, c)
			}
		}
		i++
	}
	s.pos = len(text)
	return s.wrong("Unexpected end-of-input in VALUE_STRING")
}

// ordinary says whether eight bytes are without quotation mark, backslash and control character; a byte that is one leaves its
// highest bit behind.
func ordinary(x uint64) bool {
	const ones, highs = 0x0101010101010101, 0x8080808080808080
	q, b := x^ones*'"', x^ones*'\\'
	return ((q-ones)&^q|(b-ones)&^b|(x-ones*' ')&^x)&highs == 0
}

func (s *scanner) number() bool {
	digits := func(why string) bool {
		from := s.pos
		for s.pos < len(s.text) && isDigit(s.text[s.pos]) {
			s.pos++
		}
		return s.pos > from || s.unexpected(why)
	}
	at := func(c byte) bool {
		if s.pos < len(s.text) && s.text[s.pos] == c {
			s.pos++
			return true
		}
		return false
	}
	at('-')
	zero := s.pos < len(s.text) && s.text[s.pos] == '0'
	from := s.pos
	if !digits("digit (0-9) to follow minus sign, for valid numeric value") {
		return false
	}
	if zero && s.pos > from+1 {
		s.pos = from
		return s.wrong("Invalid numeric value: Leading zeroes not allowed")
	}
	if at('.') && !digits("digit (0-9) to follow a decimal point") {
		return false
	}
	if at('e') || at('E') {
		if !at('+') {
			at('-')
		}
		return digits("digit (0-9) in the exponent")
	}
	return true
}

// Documents cuts JSON objects that stand one behind the other. What is wrong is said in the words of Jackson.
func Documents(data []byte) (all [][]byte, wrong string) {
	s := scanner{text: data}
	for s.space() == '{' {
		from := s.pos
		if !s.value() {
			return nil, s.fail
		}
		all = append(all, data[from:s.pos:s.pos])
	}
	if s.pos < len(data) || len(all) == 0 {
		s.unexpected("a JSON object")
	}
	return all, s.fail
}

func isDigit(c byte) bool  { return '0' <= c && c <= '9' }
func isLetter(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' || isDigit(c) || c == '_' }

// unquote appends the text of a JSON string, which was gone over before, to dst.
func unquote(dst, quoted []byte) []byte {
	in := quoted[1 : len(quoted)-1]
	for {
		i := 0
		for i < len(in) && in[i] != '\\' {
			i++
		}
		dst = append(dst, in[:i]...)
		if i == len(in) {
			return dst
		}
		c := in[i+1]
		in = in[i+2:]
		switch c {
		case 'u':
			r := hex4(in)
			in = in[4:]
			if r >= 0xd800 && r < 0xdc00 && len(in) >= 6 && in[0] == '\\' && in[1] == 'u' {
				if low := hex4(in[2:]); low >= 0xdc00 && low < 0xe000 {
					r, in = 0x10000+(r-0xd800)<<10+(low-0xdc00), in[6:]
				}
			}
			dst = utf8.AppendRune(dst, r)
		case 'b':
			dst = append(dst, '\b')
		case 'f':
			dst = append(dst, '\f')
		case 'n':
			dst = append(dst, '\n')
		case 'r':
			dst = append(dst, '\r')
		case 't':
			dst = append(dst, '\t')
		default:
			dst = append(dst, c)
		}
	}
}

func hex4(b []byte) rune {
	n, _ := strconv.ParseUint(string(b[:4]), 16, 16)
	return rune(n)
}
