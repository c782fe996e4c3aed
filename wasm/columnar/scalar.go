package columnar

import (
	"bytes"
	"math"
	"math/big"
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
		if !ok || len(strings.TrimPrefix(unscaled.Text(10), "-")) > n.Precision {
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

// decimal reads a number and rounds it, half up, to so many digits behind the point. Source: Hive, HiveDecimal.
func decimal(b []byte, scale int) (*big.Int, bool) {
	if !numeric(b) {
		return nil, false
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
	whole, fraction, _ := strings.Cut(strings.TrimPrefix(mantissa, "-"), ".")
	digits, shift := strings.TrimLeft(whole+fraction, "0"), exponent-len(fraction)+scale
	switch {
	case digits == "":
		return new(big.Int), true
	case len(digits)+shift > 2*maxPrecision: // it fits nowhere
		digits, shift = strings.Repeat("9", 2*maxPrecision), 0
	case len(digits)+shift < 0:
		return new(big.Int), true
	}
	up := false
	if shift >= 0 {
		digits += strings.Repeat("0", shift)
	} else {
		up = digits[len(digits)+shift] >= '5'
		digits = "0" + digits[:len(digits)+shift]
	}
	v, ok := new(big.Int).SetString(digits, 10)
	if !ok {
		return nil, false
	}
	if up {
		v.Add(v, big.NewInt(1))
	}
	if negative {
		v.Neg(v)
	}
	return v, true
}

// decimalBytes is how many bytes hold a decimal of so many digits.
func decimalBytes(precision int) int {
	most := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(precision)), nil)
	return most.BitLen()/8 + 1
}
