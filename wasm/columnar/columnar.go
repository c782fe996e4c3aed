// Package columnar makes columns of JSON records and writes them as Apache Parquet, as record format conversion does in Amazon
// Data Firehose: a schema with the types of Hive, the rules of the OpenX and of the Hive JSON SerDe, the file format, and a reader
// that shows what is in such a file. Beside it stand the ways in which Firehose compresses an object. It is pure functions: it
// knows no stream, no bucket and no clock.
package columnar

import (
	"fmt"
	"strconv"
	"strings"
)

// A Kind is a type of Hive without its parameters.
type Kind uint8

// The types of Hive that a schema may name. Source: Glue API Reference, Column; Hive Language Manual, Types.
const (
	Boolean Kind = iota
	TinyInt
	SmallInt
	Int
	BigInt
	Float
	Double
	String
	Binary
	Date
	Timestamp
	Decimal
	Char
	Varchar
	Array
	Map
	Struct
)

var kinds = [...]string{"boolean", "tinyint", "smallint", "int", "bigint", "float", "double", "string", "binary", "date", "timestamp",
	"decimal", "char", "varchar", "array", "map", "struct"}

// Limits of types. Source: Hive Language Manual, Types.
const (
	maxPrecision = 38
	maxChar      = 255
	maxVarchar   = 65535
	maxDepth     = 32 // of types in types. Ours
)

// A Type is a type of Hive: decimal(10,2), array<struct<sku:string,qty:int>>.
type Type struct {
	Kind      Kind
	Precision int      // of a decimal; of char and varchar, the most characters
	Scale     int      // of a decimal
	Key       *Type    // of a map
	Elem      *Type    // of an array; of a map, its values
	Fields    []Column // of a struct
}

// A Column is a column of a table or a field of a struct.
type Column struct {
	Name string
	Type *Type
}

// String is the type as a table names it.
func (t *Type) String() string {
	name := kinds[t.Kind]
	switch t.Kind {
	case Decimal:
		return fmt.Sprintf("decimal(%d,%d)", t.Precision, t.Scale)
	case Char, Varchar:
		return fmt.Sprintf("%s(%d)", name, t.Precision)
	case Array:
		return "array<" + t.Elem.String() + ">"
	case Map:
		return "map<" + t.Key.String() + "," + t.Elem.String() + ">"
	case Struct:
		var b strings.Builder
		for i, f := range t.Fields {
			if i > 0 {
				b.WriteByte(',')
			}
			b.WriteString(f.Name + ":" + f.Type.String())
		}
		return "struct<" + b.String() + ">"
	}
	return name
}

// ParseType reads the name of a type. What is wrong is said as Hive says it, which is what Firehose reports of a schema.
// Source: Apache Hive, TypeInfoUtils.TypeInfoParser.
func ParseType(text string) (*Type, error) {
	p := typeParser{text: text}
	t, err := p.parse(0)
	if err == nil && p.pos < len(text) {
		err = fmt.Errorf("Error: unexpected character at the end of '%s'", text)
	}
	if err != nil {
		return nil, err
	}
	return t, nil
}

type typeParser struct {
	text string
	pos  int
}

// word is what comes up to the next sign; the position is behind it.
func (p *typeParser) word() string {
	from := p.pos
	for p.pos < len(p.text) && !strings.ContainsRune("<>(),:", rune(p.text[p.pos])) {
		p.pos++
	}
	return p.text[from:p.pos]
}

func (p *typeParser) take(sign string) error {
	if strings.HasPrefix(p.text[p.pos:], sign) {
		p.pos += len(sign)
		return nil
	}
	found := "end of string"
	if p.pos < len(p.text) {
		found = "'" + p.text[p.pos:p.pos+1] + "'"
	}
	return fmt.Errorf("Error: %s expected at the position %d of '%s' but %s is found.", sign, p.pos, p.text, found)
}

func (p *typeParser) has(sign string) bool { return strings.HasPrefix(p.text[p.pos:], sign) }

func (p *typeParser) number(low, high int) (int, error) {
	at := p.pos
	word := strings.TrimSpace(p.word())
	n, err := strconv.Atoi(word)
	if err != nil || n < low || n > high {
		return 0, fmt.Errorf("Error: a number from %d to %d expected at the position %d of '%s' but '%s' is found.", low, high, at, p.text, word)
	}
	return n, nil
}

func (p *typeParser) parse(depth int) (*Type, error) {
	at := p.pos
	word := p.word()
	t := &Type{}
	known := false
	for k, name := range kinds {
		if name == word {
			t.Kind, known = Kind(k), true
		}
	}
	if !known || depth > maxDepth {
		if word == "" && p.pos == len(p.text) {
			return nil, fmt.Errorf("Error: type expected at the end of '%s'", p.text)
		}
		return nil, fmt.Errorf("Error: type expected at the position %d of '%s' but '%s' is found.", at, p.text, word)
	}
	var err error
	then := func(sign string) {
		if err == nil {
			err = p.take(sign)
		}
	}
	inner := func() (in *Type) {
		if err == nil {
			in, err = p.parse(depth + 1)
		}
		return in
	}
	switch t.Kind {
	case Decimal:
		if t.Precision = 10; p.has("(") { // Source: Hive, HiveDecimal.USER_DEFAULT_PRECISION
			then("(")
			if t.Precision, err = p.number(1, maxPrecision); err == nil && p.has(",") {
				then(",")
				t.Scale, err = p.number(0, t.Precision)
			}
			then(")")
		}
	case Char, Varchar:
		then("(")
		most := maxVarchar
		if t.Kind == Char {
			most = maxChar
		}
		if err == nil {
			t.Precision, err = p.number(1, most)
		}
		then(")")
	case Array:
		then("<")
		t.Elem = inner()
		then(">")
	case Map:
		then("<")
		if t.Key = inner(); err == nil && t.Key.Kind >= Array {
			err = fmt.Errorf("Error: a map's key is of a primitive type, and that of '%s' is not.", p.text)
		}
		then(",")
		t.Elem = inner()
		then(">")
	case Struct:
		for sign := "<"; err == nil && (sign == "<" || p.has(",")); sign = "," {
			then(sign)
			f := Column{Name: strings.TrimSpace(p.word())}
			if f.Name == "" && err == nil {
				err = fmt.Errorf("Error: a name expected at the position %d of '%s'.", p.pos, p.text)
			}
			then(":")
			f.Type = inner()
			t.Fields = append(t.Fields, f)
		}
		then(">")
	}
	return t, err
}

// A Failure is why a record is not converted, as Firehose reports it.
type Failure struct{ Code, Message string }

func (f *Failure) Error() string { return f.Code + ": " + f.Message }

// Codes of failures. Source: records in error places that people have shown, floci-io/floci issues 3235 and 3521 among them.
const (
	ParseError    = "DataFormatConversion.ParseError"
	MalformedData = "DataFormatConversion.MalformedData"
	InvalidSchema = "DataFormatConversion.InvalidSchema"
)

// malformed is the failure of a value that is not of its column's type.
func malformed(format string, args ...any) *Failure {
	return &Failure{MalformedData, "Data does not match the schema. " + fmt.Sprintf(format, args...)}
}

// Schema reads names and types of columns, pair by pair.
func Schema(pairs ...string) ([]Column, *Failure) {
	var all []Column
	for i := 0; i+1 < len(pairs); i += 2 {
		t, err := ParseType(pairs[i+1])
		if err != nil {
			return nil, &Failure{InvalidSchema, "The schema is invalid. Error parsing the schema: " + err.Error()}
		}
		all = append(all, Column{pairs[i], t})
	}
	if len(all) == 0 {
		return nil, &Failure{InvalidSchema, "The schema is invalid. The specified table has no columns."}
	}
	return all, nil
}
