// Package analytics is continuous SQL over a stream, as Kinesis Data Analytics for SQL Applications had it: in-application streams,
// pumps between them, and windows that tumble, slide or stagger. It has a lexer, a parser, a planner and operators of its own, and knows
// neither the stream that is read nor who reads it.
//
// A [Program] is read, checked and bound by [Compile] and never changes; an [App] runs it: [App.Ingest] takes records, [App.Advance]
// closes windows. Time is an argument, rows come out in the order of ROWTIME, and [App.Clone] goes on as the original would. [Query]
// answers one SELECT over rows that hold still.
//
// Source: Amazon Kinesis Data Analytics for SQL Applications Developer Guide, Streaming SQL Concepts; Amazon Kinesis Data Analytics SQL
// Reference. The service is gone: no new SQL applications since 15 October 2025, all deleted from 27 January 2026. Managed Service for
// Apache Flink goes on.
package analytics

import (
	"math"
	"strconv"
	"strings"
	"time"

	"shardlab/wasm/sim"
)

// A Kind says what a value is.
type Kind uint8

// The kinds of values. A column of type DECIMAL, REAL, FLOAT or DOUBLE holds a Double, one of any whole type an Int.
const (
	Null Kind = iota
	Bool
	Int
	Double
	Text
	Time     // microseconds since 1970, UTC
	Interval // microseconds
)

func (k Kind) String() string {
	return [...]string{"NULL", "BOOLEAN", "INTEGER", "DOUBLE", "VARCHAR", "TIMESTAMP", "INTERVAL"}[k]
}

// A Value is one value of SQL; the zero value is NULL.
type Value struct {
	kind Kind
	n    int64 // of all kinds but Text; the bits of a Double
	s    string
}

// Values of each kind.
func BoolOf(b bool) Value {
	if b {
		return Value{kind: Bool, n: 1}
	}
	return Value{kind: Bool}
}
func IntOf(n int64) Value         { return Value{kind: Int, n: n} }
func TextOf(s string) Value       { return Value{kind: Text, s: s} }
func TimeOf(at sim.Instant) Value { return Value{kind: Time, n: int64(at)} }
func intervalOf(n int64) Value    { return Value{kind: Interval, n: n} }

// DoubleOf is a Double, or NULL when f is no number.
func DoubleOf(f float64) Value {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return Value{}
	}
	return Value{kind: Double, n: int64(math.Float64bits(f + 0))} // -0 stays apart from 0 in no key: see key
}

// Kind is what the value is.
func (v Value) Kind() Kind { return v.kind }

// Number is an Int or a Double as a number; it is not ok for all else.
func (v Value) Number() (f float64, ok bool) {
	switch v.kind {
	case Int:
		return float64(v.n), true
	case Double:
		return math.Float64frombits(uint64(v.n)), true
	}
	return 0, false
}

func (v Value) float() float64 { f, _ := v.Number(); return f }

// true says whether a condition holds: NULL does not.
func (v Value) true() bool { return v.kind == Bool && v.n == 1 }

// timeForm is how timestamps are written.
const timeForm = "2006-01-02 15:04:05.000"

// String writes the value as a cell of a table: NULL is "NULL", a timestamp has three decimals.
func (v Value) String() string {
	switch v.kind {
	case Bool:
		return strings.ToUpper(strconv.FormatBool(v.n == 1))
	case Int:
		return strconv.FormatInt(v.n, 10)
	case Double:
		return formatDouble(v.float())
	case Text:
		return v.s
	case Time:
		return sim.Instant(v.n).Time().Format(timeForm)
	case Interval:
		return strconv.FormatFloat(float64(v.n)/1e6, 'f', -1, 64) + " s"
	}
	return "NULL"
}

// formatDouble writes at most 12 digits that count, without an exponent where one can do without.
func formatDouble(f float64) string {
	s := strconv.FormatFloat(f, 'g', 12, 64)
	if a := math.Abs(f); a >= 1e-6 && a < 1e15 {
		r, _ := strconv.ParseFloat(s, 64)
		s = strconv.FormatFloat(r, 'f', -1, 64)
	}
	return s
}

// JSON appends the value as JSON.
func (v Value) JSON(b []byte) []byte {
	switch v.kind {
	case Null:
		return append(b, "null"...)
	case Bool:
		return strconv.AppendBool(b, v.n == 1)
	case Int, Double:
		return append(b, v.String()...)
	}
	return quoteJSON(b, v.String())
}

// key appends what tells the value from every other in a key of a map: 1 and 1.0 are the same.
func (v Value) key(b []byte) []byte {
	n := v.n
	if f := v.float(); v.kind == Double && f == math.Trunc(f) && math.Abs(f) < 1<<53 {
		v.kind, n = Int, int64(f)
	}
	b = append(b, byte(v.kind))
	if v.kind == Text {
		return append(append(strconv.AppendInt(b, int64(len(v.s)), 10), ':'), v.s...)
	}
	return append(strconv.AppendInt(b, n, 36), ';')
}

// Compare is -1, 0 or 1; it is not ok when the two cannot be compared, or one is NULL.
func Compare(a, b Value) (c int, ok bool) {
	switch {
	case a.kind == Null || b.kind == Null:
		return 0, false
	case a.kind == Text && b.kind == Text:
		return strings.Compare(a.s, b.s), true
	case a.kind == b.kind && a.kind != Double:
		return order(a.n < b.n, a.n > b.n), true
	}
	x, okX := a.Number()
	y, okY := b.Number()
	return order(x < y, x > y), okX && okY
}

func order(less, more bool) int {
	switch {
	case less:
		return -1
	case more:
		return 1
	}
	return 0
}

// A Type is a type of SQL: a name of types, and what stands in its brackets.
type Type struct {
	Name        string
	Size, Scale int
}

// types lists the types that columns may have.
var types = []struct {
	name string
	kind Kind
	bits int // of a whole type
}{{"TINYINT", Int, 8}, {"SMALLINT", Int, 16}, {"INTEGER", Int, 32}, {"INT", Int, 32}, {"BIGINT", Int, 64}, {"DECIMAL", Double, 0}, {"NUMERIC", Double, 0}, {"REAL", Double, 0},
	{"FLOAT", Double, 0}, {"DOUBLE", Double, 0}, {"BOOLEAN", Bool, 0}, {"VARCHAR", Text, 0}, {"CHAR", Text, 0}, {"TIMESTAMP", Time, 0}, {"DATE", Time, 0}}

const typeNames = "BOOLEAN, TINYINT, SMALLINT, INTEGER, BIGINT, DECIMAL, REAL, DOUBLE, VARCHAR(n), CHAR(n), DATE, TIMESTAMP"

func (t Type) kind() (k Kind, bits int) {
	for _, x := range types {
		if x.name == t.Name {
			return x.kind, x.bits
		}
	}
	return Null, 0
}

func (t Type) String() string {
	switch {
	case t.Scale > 0:
		return t.Name + "(" + strconv.Itoa(t.Size) + "," + strconv.Itoa(t.Scale) + ")"
	case t.Size > 0:
		return t.Name + "(" + strconv.Itoa(t.Size) + ")"
	}
	return t.Name
}

// cast makes a value one of a type; why says what stands against it. A text that is too long is cut.
func (t Type) cast(v Value) (Value, string) {
	k, bits := t.kind()
	bad := func() (Value, string) {
		return Value{}, "a " + v.kind.String() + " like " + strconv.Quote(shorten(v.String())) + " is no " + t.String()
	}
	if v.kind == Null {
		return v, ""
	}
	text := strings.TrimSpace(v.s)
	switch k {
	case Int:
		n := v.n
		switch v.kind {
		case Int, Bool:
		case Interval:
			n /= 1e6
		case Double, Text:
			f := v.float()
			if v.kind == Text {
				var err error
				if n, err = strconv.ParseInt(text, 10, 64); err == nil {
					break
				}
				if f, err = strconv.ParseFloat(text, 64); err != nil {
					return bad()
				}
			}
			if !(math.Abs(f) < 1<<63) {
				return bad()
			}
			n = int64(f)
		default:
			return bad()
		}
		if bits < 64 && (n < -1<<(bits-1) || n >= 1<<(bits-1)) {
			return Value{}, strconv.FormatInt(n, 10) + " does not fit into " + t.String()
		}
		return IntOf(n), ""
	case Double:
		f, ok := v.Number()
		if v.kind == Text {
			var err error
			f, err = strconv.ParseFloat(text, 64)
			ok = err == nil && !math.IsInf(f, 0) && !math.IsNaN(f)
		}
		if !ok {
			return bad()
		}
		if t.Name == "REAL" {
			f = float64(float32(f))
			f, _ = strconv.ParseFloat(strconv.FormatFloat(f, 'g', 7, 32), 64)
		}
		if t.Size > 0 && (t.Name == "DECIMAL" || t.Name == "NUMERIC") {
			f, _ = strconv.ParseFloat(strconv.FormatFloat(f, 'f', t.Scale, 64), 64)
		}
		return DoubleOf(f), ""
	case Bool:
		switch {
		case v.kind == Bool:
			return v, ""
		case v.kind == Int:
			return BoolOf(v.n != 0), ""
		case v.kind == Text && (strings.EqualFold(text, "true") || strings.EqualFold(text, "false")):
			return BoolOf(strings.EqualFold(text, "true")), ""
		}
		return bad()
	case Text:
		s := v.String()
		if t.Size > 0 && len(s) > t.Size {
			runes := 0
			for i := range s {
				if runes == t.Size {
					s = s[:i]
					break
				}
				runes++
			}
		}
		return TextOf(s), ""
	case Time:
		switch v.kind {
		case Text:
			at, ok := parseTime(text)
			if !ok {
				return Value{}, strconv.Quote(shorten(text)) + " is no " + t.Name + ": write it like 2026-03-02 08:00:00.000"
			}
			v = TimeOf(at)
		case Time:
		default:
			return bad()
		}
		if t.Name == "DATE" {
			v.n -= mod(v.n, 24*3600e6)
		}
		return v, ""
	}
	return bad()
}

// parseTime reads a timestamp as SQL or ISO 8601 writes it. Without a zone it is UTC.
func parseTime(text string) (sim.Instant, bool) {
	for _, form := range [...]string{"2006-01-02 15:04:05", "2006-01-02T15:04:05Z07:00", "2006-01-02T15:04:05", "2006-01-02"} {
		if t, err := time.Parse(form, text); err == nil && t.Year() >= 1 && t.Year() < 10000 {
			return sim.At(t), true
		}
	}
	return 0, false
}

// mod is what is left of a by b, never below 0.
func mod(a, b int64) int64 {
	if a %= b; a < 0 {
		a += b
	}
	return a
}

func shorten(s string) string {
	const most = 60
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + "…"
}

// quoteJSON appends a text as JSON.
func quoteJSON(b []byte, s string) []byte {
	b = append(b, '"')
	for _, r := range strings.ToValidUTF8(s, "\uFFFD") {
		switch {
		case r == '"' || r == '\\':
			b = append(b, '\\', byte(r))
		case r < ' ':
			b = append(b, `\u00`...)
			b = append(b, "0123456789abcdef"[r>>4], "0123456789abcdef"[r&15])
		default:
			b = append(b, string(r)...)
		}
	}
	return append(b, '"')
}
