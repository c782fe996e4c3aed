package columnar

import (
	"bytes"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// scalar writes a value of a primitive type; from is where it stands in the document.
func (c *Converter) scalar(n *node, b []byte, from, rep int) *Failure {
	l, first := n.leaf, b[0]
	text := b
	if first == '"' {
		if text = b[1 : len(b)-1]; bytes.IndexByte(text, '\\') >= 0 {
			c.text = unquote(c.text[:0], b)
			text = c.text
		}
	}
	nested := first == '{' || first == '['
	switch n.Kind {
	case String, Char, Varchar, Binary:
		if nested {
			if c.serde.Hive {
				return &Failure{MalformedData, "One or more fields have incorrect format. Exception when validating field (root)"}
			}
			c.text = c.compact(c.text[:0], span{from, from + len(b)})
			text = c.text
		}
		if n.Precision > 0 {
			text = cut(text, n.Precision)
		}
		l.level(rep, n.def)
		l.bytes(text)
		return nil
	}
	if nested {
		if c.serde.Hive {
			return malformed("Current token (%s) not numeric, can not use numeric value accessors", token(b))
		}
		return malformed("%s cannot be cast to %s", javaType(b), n.class())
	}
	switch n.Kind {
	case Boolean:
		switch {
		case first == 't', first == 'f', first == '"' && !c.serde.Hive:
			l.level(rep, n.def)
			l.bit(bytes.EqualFold(text, []byte("true")))
			return nil
		case c.serde.Hive:
			return malformed("Current token (%s) not of boolean type", token(b))
		}
		return malformed("%s cannot be cast to java.lang.Boolean", javaType(b))
	case Date, Timestamp:
		day, nano, failure := c.moment(n, text, first == '"')
		if failure != nil {
			return failure
		}
		l.level(rep, n.def)
		if n.Kind == Date {
			l.i32(int32(day))
		} else {
			l.int96(day, nano)
		}
		return nil
	}
	if first == '"' && c.serde.Hive || first == 't' || first == 'f' {
		if c.serde.Hive {
			return malformed("Current token (%s) not numeric, can not use numeric value accessors", token(b))
		}
		return malformed("%s cannot be cast to %s", javaType(b), n.class())
	}
	switch n.Kind {
	case Float, Double:
		bits := 64
		if n.Kind == Float {
			bits = 32
		}
		v, err := strconv.ParseFloat(string(text), bits)
		if err != nil || math.IsInf(v, 0) || math.IsNaN(v) || !numeric(text) {
			return unread(text, numeric(text), n)
		}
		l.level(rep, n.def)
		if bits == 32 {
			l.i32(int32(math.Float32bits(float32(v))))
		} else {
			l.i64(int64(math.Float64bits(v)))
		}
		return nil
	case Decimal:
		unscaled, ok := decimal(text, n.Scale)
		if !ok || len(unscaled.digits) > n.Precision {
			return unread(text, ok || numeric(text), n)
		}
		l.level(rep, n.def)
		l.fixed(unscaled, decimalBytes(n.Precision))
		return nil
	}
	v, ok := integer(text)
	if !ok && first != '"' { // a fraction is cut off, as Java's longValue does
		if f, err := strconv.ParseFloat(string(text), 64); err == nil && math.Abs(f) < 1<<63 {
			v, ok = int64(f), true
		}
	}
	if !ok {
		return unread(text, first != '"', n)
	}
	most := int64(math.MaxInt64) >> (64 - [...]int{TinyInt: 8, SmallInt: 16, Int: 32, BigInt: 64}[n.Kind])
	if v > most || v < -most-1 {
		return unread(text, true, n)
	}
	l.level(rep, n.def)
	if n.Kind == BigInt {
		l.i64(v)
	} else {
		l.i32(int32(v))
	}
	return nil
}

// unread is the failure of what is no number, or one that does not fit.
func unread(text []byte, number bool, n *node) *Failure {
	switch shown := string(text[:min(len(text), 200)]); {
	case number:
		return malformed("Numeric value (%s) out of range of %s", shown, n.Type)
	case shown == "":
		return malformed("empty String")
	default:
		return malformed("For input string: \"%s\"", shown)
	}
}

// class is the Java class of a type's values.
func (t *Type) class() string {
	switch t.Kind {
	case TinyInt:
		return "java.lang.Byte"
	case SmallInt:
		return "java.lang.Short"
	case Int:
		return "java.lang.Integer"
	case BigInt:
		return "java.lang.Long"
	case Float:
		return "java.lang.Float"
	case Double:
		return "java.lang.Double"
	case Decimal:
		return "java.math.BigDecimal"
	case Boolean:
		return "java.lang.Boolean"
	case Date:
		return "java.sql.Date"
	}
	return "java.sql.Timestamp"
}

// token is what Jackson calls a value.
func token(b []byte) string {
	switch b[0] {
	case '{':
		return "START_OBJECT"
	case '[':
		return "START_ARRAY"
	case '"':
		return "VALUE_STRING"
	case 't':
		return "VALUE_TRUE"
	case 'f':
		return "VALUE_FALSE"
	}
	if bytes.ContainsAny(b, ".eE") {
		return "VALUE_NUMBER_FLOAT"
	}
	return "VALUE_NUMBER_INT"
}

// cut keeps the first characters of a text.
func cut(text []byte, characters int) []byte {
	if len(text) <= characters {
		return text
	}
	i := 0
	for range characters {
		if i >= len(text) {
			return text
		}
		_, size := utf8.DecodeRune(text[i:])
		i += size
	}
	return text[:i]
}

// integer reads a whole number.
func integer(b []byte) (n int64, ok bool) {
	if len(b) > 0 && len(b) < 19 {
		digits := b
		if b[0] == '-' || b[0] == '+' {
			digits = b[1:]
		}
		for _, d := range digits {
			if !isDigit(d) {
				return 0, false
			}
			n = n*10 + int64(d-'0')
		}
		if b[0] == '-' {
			n = -n
		}
		return n, len(digits) > 0
	}
	n, err := strconv.ParseInt(string(b), 10, 64)
	return n, err == nil
}

// numeric says whether a text is a number in JSON's form, a plus sign before it allowed.
func numeric(b []byte) bool {
	s := scanner{text: bytes.TrimPrefix(b, []byte("+"))}
	return len(s.text) > 0 && s.number() && s.pos == len(s.text)
}

// A whole is a whole number as its decimal digits, without zeros before them; none is 0. A decimal of Hive has at most 38, and
// what is done with them is little: package math/big would be a fiftieth of the engine.
type whole struct {
	digits   string
	negative bool
}

// decimal reads a number and rounds it, half up, to so many digits behind the point. Source: Hive, HiveDecimal.
func decimal(b []byte, scale int) (whole, bool) {
	if !numeric(b) {
		return whole{}, false
	}
	mantissa, exponent := strings.TrimPrefix(string(b), "+"), 0
	if i := strings.IndexAny(mantissa, "eE"); i >= 0 {
		e, err := strconv.Atoi(mantissa[i+1:])
		if err != nil || e > 10*maxPrecision || e < -1_000_000 {
			e = max(-1_000_000, min(e, 10*maxPrecision))
		}
		mantissa, exponent = mantissa[:i], e
	}
	negative := strings.HasPrefix(mantissa, "-")
	integer, fraction, _ := strings.Cut(strings.TrimPrefix(mantissa, "-"), ".")
	digits, shift := strings.TrimLeft(integer+fraction, "0"), exponent-len(fraction)+scale
	switch {
	case digits == "" || len(digits)+shift < 0:
		return whole{}, true
	case len(digits)+shift > 2*maxPrecision: // it fits nowhere
		digits, shift = strings.Repeat("9", 2*maxPrecision), 0
	}
	if shift >= 0 {
		digits += strings.Repeat("0", shift)
	} else if cut := len(digits) + shift; digits[cut] >= '5' {
		digits = next(digits[:cut])
	} else {
		digits = digits[:cut]
	}
	return whole{digits, negative && digits != ""}, true
}

// next is the number after that of some digits.
func next(digits string) string {
	b := []byte(digits)
	for i := len(b) - 1; i >= 0; i-- {
		if b[i] < '9' {
			b[i]++
			return string(b)
		}
		b[i] = '0'
	}
	return "1" + string(b)
}

// put writes a number into b: two's complement, the highest byte first. It has to fit.
func (v whole) put(b []byte) {
	clear(b)
	for _, d := range []byte(v.digits) {
		carry := int(d - '0')
		for i := len(b) - 1; i >= 0; i-- {
			carry += 10 * int(b[i])
			b[i], carry = byte(carry), carry>>8
		}
	}
	if v.negative {
		negate(b)
	}
}

// wholeOf reads what put wrote.
func wholeOf(b []byte) (v whole) {
	b = slices.Clone(b)
	if v.negative = len(b) > 0 && b[0] >= 128; v.negative {
		negate(b)
	}
	var digits []byte // the last comes first
	for slices.ContainsFunc(b, func(x byte) bool { return x != 0 }) {
		rest := 0
		for i, x := range b {
			rest = rest<<8 | int(x)
			b[i], rest = byte(rest/10), rest%10
		}
		digits = append(digits, '0'+byte(rest))
	}
	slices.Reverse(digits)
	v.digits = string(digits)
	return v
}

// negate makes the two's complement of b.
func negate(b []byte) {
	carry := 1
	for i := len(b) - 1; i >= 0; i-- {
		carry += int(^b[i])
		b[i], carry = byte(carry), carry>>8
	}
}

// decimalBytes is how many bytes hold a decimal of so many digits, each of which takes 3.322 bits.
func decimalBytes(precision int) int { return (precision*3322/1000+1)/8 + 1 }
