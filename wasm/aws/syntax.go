package aws

import "encoding/binary"

// syntax checks that a text is JSON, several times faster than the library, because most of a request is one long
// string after another.
type syntax struct {
	text    []byte
	pos     int
	depth   int
	tooDeep bool
}

// document is one value with nothing behind it.
func (s *syntax) document() bool {
	ok := s.value()
	s.space()
	return ok && s.pos == len(s.text)
}

func (s *syntax) space() {
	for s.pos < len(s.text) {
		if c := s.text[s.pos]; c != ' ' && c != '\t' && c != '\n' && c != '\r' {
			return
		}
		s.pos++
	}
}

// peek is the byte that comes, and 0 at the end.
func (s *syntax) peek() byte {
	if s.pos < len(s.text) {
		return s.text[s.pos]
	}
	return 0
}

// take takes the byte c if it comes.
func (s *syntax) take(c byte) bool {
	if s.peek() != c || s.pos == len(s.text) {
		return false
	}
	s.pos++
	return true
}

func (s *syntax) value() bool {
	s.space()
	switch c := s.peek(); c {
	case '{':
		return s.members('}', func() bool {
			s.space()
			if !s.string() {
				return false
			}
			s.space()
			return s.take(':') && s.value()
		})
	case '[':
		return s.members(']', s.value)
	case '"':
		return s.string()
	case 't':
		return s.word("true")
	case 'f':
		return s.word("false")
	case 'n':
		return s.word("null")
	}
	return s.number()
}

// members is what stands in brackets or braces, between commas.
func (s *syntax) members(end byte, member func() bool) bool {
	if s.depth++; s.depth > maxDepth {
		s.tooDeep = true
		return false
	}
	s.pos++
	s.space()
	if !s.take(end) {
		for {
			if !member() {
				return false
			}
			s.space()
			if s.take(end) {
				break
			}
			if !s.take(',') {
				return false
			}
		}
	}
	s.depth--
	return true
}

func (s *syntax) word(w string) bool {
	if len(s.text)-s.pos < len(w) || string(s.text[s.pos:s.pos+len(w)]) != w {
		return false
	}
	s.pos += len(w)
	return true
}

func (s *syntax) string() bool {
	if !s.take('"') {
		return false
	}
	text, i := s.text, s.pos
	for i < len(text) {
		for len(text)-i >= 8 && plain(binary.LittleEndian.Uint64(text[i:])) {
			i += 8
		}
		if i == len(text) {
			return false
		}
		switch c := text[i]; {
		case c == '"':
			s.pos = i + 1
			return true
		case c < ' ':
			return false
		case c == '\\':
			i++
			if i == len(text) {
				return false
			}
			switch text[i] {
			case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
			case 'u':
				if len(text)-i < 5 {
					return false
				}
				for _, h := range text[i+1 : i+5] {
					if !isDigit(h) && (h < 'a' || h > 'f') && (h < 'A' || h > 'F') {
						return false
					}
				}
				i += 4
			default:
				return false
			}
		}
		i++
	}
	return false
}

// plain reports whether eight bytes are neither quotation marks nor backslashes nor control characters: in none of them the
// highest bit is left by what finds a zero, or a byte below 32, among eight at once.
func plain(x uint64) bool {
	const ones, highs = 0x0101010101010101, 0x8080808080808080
	quote, slash := x^ones*'"', x^ones*'\\'
	return ((quote-ones)&^quote|(slash-ones)&^slash|(x-ones*' ')&^x)&highs == 0
}

func (s *syntax) number() bool {
	s.take('-')
	if !s.take('0') && !s.digits() {
		return false
	}
	if s.take('.') && !s.digits() {
		return false
	}
	if s.take('e') || s.take('E') {
		if !s.take('+') {
			s.take('-')
		}
		return s.digits()
	}
	return true
}

func (s *syntax) digits() bool {
	from := s.pos
	for isDigit(s.peek()) {
		s.pos++
	}
	return s.pos > from
}
