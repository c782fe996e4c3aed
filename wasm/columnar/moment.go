package columnar

import (
	"bytes"
	"strconv"
	"strings"
)

// secondsBelow is up to where a number of the OpenX SerDe counts seconds; from there on it counts milliseconds.
// Source: measured on AWS, floci-io/floci issue 3235.
const secondsBelow = 1_000_000_000_000

// moment reads a date or timestamp: days since 1970 and nanoseconds of the day.
func (c *Converter) moment(n *node, text []byte, quoted bool) (day, nano int64, failure *Failure) {
	if c.serde.Hive && len(c.serde.TimestampFormats) > 0 {
		for _, pattern := range c.serde.TimestampFormats {
			if day, nano, ok := joda(pattern, text); ok {
				return day, nano, nil
			}
		}
		return 0, 0, malformed("Invalid format: \"%s\"", plainText(text))
	}
	if n.Kind == Date {
		p := reader{text: text}
		y, m, d := p.date(1)
		if p.bad || p.pos < len(text) {
			return 0, 0, malformed("Date format must be yyyy-[m]m-[d]d, and it is \"%s\"", cut(text, 100))
		}
		return days(y, m, d), 0, nil
	}
	if !c.serde.Hive && numeric(text) {
		return epoch(text, n)
	}
	if day, nano, ok := stamp(text, !c.serde.Hive); ok {
		return day, nano, nil
	}
	return 0, 0, malformed("Timestamp format must be yyyy-mm-dd hh:mm:ss[.fffffffff]") // java.sql.Timestamp.valueOf
}

// epoch reads seconds or milliseconds since 1970.
func epoch(text []byte, n *node) (int64, int64, *Failure) {
	v, ok := decimal(text, 9)
	if !ok {
		return 0, 0, unread(text, true, n)
	}
	cut := max(0, len(v.digits)-9)
	seconds, err := strconv.ParseInt("0"+v.digits[:cut], 10, 64)
	if err != nil || seconds >= 1<<53 {
		return 0, 0, unread(text, true, n)
	}
	nano, _ := strconv.ParseInt("0"+v.digits[cut:], 10, 64) // nine digits at the most
	if v.negative {
		if seconds = -seconds; nano > 0 {
			seconds, nano = seconds-1, 1_000_000_000-nano
		}
	}
	if seconds >= secondsBelow {
		nano = seconds%1000*1_000_000 + nano/1000
		seconds /= 1000
	}
	day := seconds / 86400
	if seconds%86400 < 0 {
		day--
	}
	return day, (seconds-day*86400)*1_000_000_000 + nano, nil
}

// days is how many days lie between 1970 and a date of the Gregorian calendar.
func days(y, m, d int64) int64 {
	if m <= 2 {
		y--
		m += 12
	}
	era := y / 400
	if y < 0 {
		era = (y - 399) / 400
	}
	of := y - era*400
	return era*146097 + of*365 + of/4 - of/100 + (153*(m-3)+2)/5 + d - 1 - 719468
}

// date is what days counts.
func date(day int64) (y, m, d int64) {
	day += 719468
	era := day / 146097
	if day < 0 {
		era = (day - 146096) / 146097
	}
	of := day - era*146097
	year := (of - of/1460 + of/36524 - of/146096) / 365
	of -= 365*year + year/4 - year/100
	m = (5*of + 2) / 153
	d = of - (153*m+2)/5 + 1
	if m += 3; m > 12 {
		m -= 12
		year++
	}
	return year + era*400, m, d
}

// A reader takes numbers out of a text.
type reader struct {
	text []byte
	pos  int
	bad  bool
}

// number takes at least low and at most high digits.
func (p *reader) number(low, high int) (n int64) {
	from := p.pos
	for p.pos < len(p.text) && p.pos-from < high && isDigit(p.text[p.pos]) {
		n = n*10 + int64(p.text[p.pos]-'0')
		p.pos++
	}
	p.bad = p.bad || p.pos-from < low
	return n
}

func (p *reader) sign(c byte) bool {
	if p.pos < len(p.text) && p.text[p.pos] == c {
		p.pos++
		return true
	}
	return false
}

func (p *reader) need(c byte) { p.bad = p.bad || !p.sign(c) }

// date takes yyyy-MM-dd; low is how many digits month and day have at least.
func (p *reader) date(low int) (y, m, d int64) {
	y = p.number(4, 4)
	p.need('-')
	m = p.number(low, 2)
	p.need('-')
	d = p.number(low, 2)
	p.bad = p.bad || m < 1 || m > 12 || d < 1 || d > monthDays(y, m)
	return y, m, d
}

func monthDays(y, m int64) int64 {
	if m == 2 {
		if y%4 == 0 && (y%100 != 0 || y%400 == 0) {
			return 29
		}
		return 28
	}
	return 30 + (m+m/8)%2
}

// fraction takes digits behind a point, as nanoseconds.
func (p *reader) fraction(high int) (nano int64) {
	from := p.pos
	nano = p.number(1, high)
	for i := p.pos - from; i < 9; i++ {
		nano *= 10
	}
	return nano
}

// stamp reads yyyy-[M]M-[d]d [H]H:[m]m:[s]s[.fffffffff] and, where iso allows it, yyyy-MM-dd'T'HH:mm:ss[.fffffffff]'Z'.
func stamp(text []byte, iso bool) (day, nano int64, ok bool) {
	p := reader{text: bytes.TrimSpace(text)}
	low := 1
	if iso = iso && bytes.IndexByte(text, 'T') >= 0; iso {
		low = 2
	}
	day = days(p.date(low))
	if iso {
		p.need('T')
	} else {
		p.need(' ')
	}
	h := p.number(low, 2)
	p.need(':')
	m := p.number(low, 2)
	p.need(':')
	s := p.number(low, 2)
	if p.sign('.') {
		nano = p.fraction(9)
	}
	if iso {
		p.need('Z')
	}
	return day, (h*3600+m*60+s)*1_000_000_000 + nano, !p.bad && p.pos == len(p.text) && h < 24 && m < 60 && s < 60
}

var months = strings.Fields("jan feb mar apr may jun jul aug sep oct nov dec")

// joda reads a moment by a pattern of Joda-Time. Source: Joda-Time, DateTimeFormat.
func joda(pattern string, text []byte) (day, nano int64, ok bool) {
	if pattern == "millis" {
		ms, ok := integer(text)
		if day = ms / 86_400_000; ms%86_400_000 < 0 {
			day--
		}
		return day, (ms - day*86_400_000) * 1_000_000, ok
	}
	p := reader{text: text}
	y, mo, d := int64(1970), int64(1), int64(1)
	var h, mi, s, offset int64
	half := int64(-1)
	for i := 0; i < len(pattern) && !p.bad; {
		c := pattern[i]
		j := i
		for j < len(pattern) && pattern[j] == c {
			j++
		}
		width := j - i
		most := max(2, width)
		if j < len(pattern) && strings.IndexByte("yYuMdDHhKkmsS", pattern[j]) >= 0 {
			most = width // the next number follows at once
		}
		i = j
		switch c {
		case 'y', 'Y', 'u':
			if y = p.number(1, max(most, 4)); width == 2 && y < 100 {
				y += 2000
			}
		case 'M':
			if width > 2 {
				mo = p.month()
			} else {
				mo = p.number(1, most)
			}
		case 'd':
			d = p.number(1, most)
		case 'H', 'k':
			h = p.number(1, most) % 24
		case 'h', 'K':
			h = p.number(1, most) % 12
		case 'm':
			mi = p.number(1, most)
		case 's':
			s = p.number(1, most)
		case 'S':
			nano = p.fraction(9)
		case 'a':
			half = p.word("am", "pm")
		case 'E':
			for p.pos < len(text) && isLetter(text[p.pos]) {
				p.pos++
			}
		case 'Z', 'z':
			offset = p.offset()
		case '\'':
			if width%2 == 0 { // '' is a quotation mark
				for range width / 2 {
					p.need('\'')
				}
				continue
			}
			for ; i < len(pattern); i++ {
				if pattern[i] == '\'' {
					if i+1 == len(pattern) || pattern[i+1] != '\'' {
						break
					}
					i++
				}
				p.need(pattern[i])
			}
			i++
		default:
			for range width {
				p.need(c)
			}
		}
	}
	if half > 0 {
		h += 12
	}
	if p.bad || p.pos < len(text) || mo < 1 || mo > 12 || d < 1 || d > monthDays(y, mo) || h > 23 || mi > 59 || s > 59 {
		return 0, 0, false
	}
	seconds := days(y, mo, d)*86400 + h*3600 + mi*60 + s - offset
	if day = seconds / 86400; seconds%86400 < 0 {
		day--
	}
	return day, (seconds-day*86400)*1_000_000_000 + nano, true
}

// word takes one of some words, in any case, and says which.
func (p *reader) word(all ...string) int64 {
	for i, w := range all {
		if len(p.text)-p.pos >= len(w) && strings.EqualFold(string(p.text[p.pos:p.pos+len(w)]), w) {
			p.pos += len(w)
			return int64(i)
		}
	}
	p.bad = true
	return 0
}

// month takes the name of a month, short or long.
func (p *reader) month() int64 {
	m := p.word(months...) + 1
	for p.pos < len(p.text) && isLetter(p.text[p.pos]) && !isDigit(p.text[p.pos]) {
		p.pos++
	}
	return m
}

// offset takes Z, UTC, GMT, +hhmm or +hh:mm, as seconds.
func (p *reader) offset() int64 {
	minus := p.sign('-')
	if !minus && !p.sign('+') {
		p.word("utc", "gmt", "z")
		return 0
	}
	s := p.number(2, 2) * 3600
	p.sign(':')
	s += p.number(2, 2) * 60
	if minus {
		return -s
	}
	return s
}
