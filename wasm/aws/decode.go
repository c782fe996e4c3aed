package aws

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"math"
	"reflect"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Words of the wire for values of the wrong type. Conf. C, kinesalite; "an" before every type is the service's own.
const (
	listNotExpected = "Start of list found where not expected"
	mapNotExpected  = "Start of structure or map found where not expected."
	javaNumber      = "class com.amazon.coral.value.json.numbers.TruncatingBigNumber"
	javaString      = "class java.lang.String"
	javaBool        = "class java.lang.Boolean"
)

// maxDepth bounds how deeply a request may be nested. It is ours: no request of a service is nested more than thrice.
const maxDepth = 64

// Decode reads a request as JSON into the structure that into points to. A body that is no JSON object is a
// SerializationException without a message, a member of the wrong type one that says so. Unknown members are passed
// over, and null is as good as absent.
func Decode(body []byte, into any) error {
	return Compile(reflect.TypeOf(into).Elem()).Decode(body, into)
}

// Decode does what the function Decode does for a structure that was compiled before.
func (s *Shape) Decode(body []byte, into any) error {
	if err := checkJSON(body); err != nil {
		return err
	}
	d := decoder{text: body}
	d.space()
	if d.text[d.pos] != '{' {
		return Errorf(Serialization, "").WithHint("The request must be a JSON object such as {\"StreamName\": \"orders\"}; this is something else.")
	}
	return d.object(s, reflect.ValueOf(into).Elem())
}

// checkJSON refuses what is no JSON or nested too deeply; what passes can be walked without looking for syntax.
func checkJSON(body []byte) error {
	if len(body) == 0 {
		return Errorf(Serialization, "").WithHint("The request has no body; send at least {}.")
	}
	s := syntax{text: body}
	if s.document() {
		return nil
	}
	if s.tooDeep {
		return Errorf(Serialization, "").WithHint("The request is nested more than %d levels deep; no operation needs that.", maxDepth)
	}
	var v any
	err := json.Unmarshal(body, &v)
	if err == nil {
		panic("aws: invalid JSON decodes")
	}
	return Errorf(Serialization, "").WithHint("The request is not JSON: %v.", err)
}

// endOfString returns the place behind the JSON string that begins at from.
func endOfString(text []byte, from int) int {
	i := from + 1
	for {
		end := i + bytes.IndexByte(text[i:], '"')
		esc := bytes.IndexByte(text[i:end], '\\')
		if esc < 0 {
			return end + 1
		}
		i += esc + 2
	}
}

// decoder walks a valid JSON text.
type decoder struct {
	text []byte
	pos  int
}

func (d *decoder) space() {
	for d.pos < len(d.text) {
		switch d.text[d.pos] {
		case ' ', '\t', '\n', '\r':
			d.pos++
		default:
			return
		}
	}
}

// raw takes the next value as it stands.
func (d *decoder) raw() []byte {
	d.space()
	from := d.pos
	switch d.text[d.pos] {
	case '"':
		d.pos = endOfString(d.text, d.pos)
	case '{', '[':
		depth := 0
		for {
			switch d.text[d.pos] {
			case '"':
				d.raw()
				continue
			case '{', '[':
				depth++
			case '}', ']':
				depth--
			}
			d.pos++
			if depth == 0 {
				return d.text[from:d.pos]
			}
		}
	default:
		for d.pos < len(d.text) && !strings.ContainsRune(" \t\n\r,]}", rune(d.text[d.pos])) {
			d.pos++
		}
	}
	return d.text[from:d.pos]
}

// more steps into a list or object, or over a comma; it is false at the end, which it takes.
func (d *decoder) more(end byte) bool {
	d.space()
	if c := d.text[d.pos]; c == end {
		d.pos++
		return false
	} else if c == ',' {
		d.pos++
		d.space()
	}
	return true
}

// object reads an object into a structure; the decoder stands at its brace.
func (d *decoder) object(s *Shape, v reflect.Value) error {
	d.pos++
	for d.more('}') {
		key := text(d.raw())
		d.space()
		d.pos++ // the colon
		i, known := s.byName[key]
		if !known {
			d.raw()
			continue
		}
		f := &s.fields[i]
		if err := d.value(f, v.Field(f.index)); err != nil {
			return err
		}
	}
	return nil
}

// value reads what a member holds. A null leaves it absent.
func (d *decoder) value(f *field, v reflect.Value) error {
	d.space()
	c := d.text[d.pos]
	if c == 'n' {
		d.raw()
		v.SetZero()
		return nil
	}
	if msg := f.wrongType(c); msg != "" {
		raw := d.raw()
		if f.kind == Bool && c == '"' {
			msg = "'" + strings.ToUpper(text(raw)) + msg
		}
		return Errorf(Serialization, "%s", msg).WithHint("%s must be %s.", f.hintName(), hintKinds[f.kind])
	}
	if v.Kind() == reflect.Pointer {
		p := reflect.New(v.Type().Elem())
		v.Set(p)
		v = p.Elem()
	}
	switch f.kind {
	case Structure:
		return d.object(f.shape, v)
	case List:
		d.pos++
		n := d.countItems()
		list := reflect.MakeSlice(v.Type(), n, n)
		for i := 0; d.more(']'); i++ {
			if err := d.value(f.elem, list.Index(i)); err != nil {
				return err
			}
		}
		v.Set(list)
	case Map:
		d.pos++
		m := reflect.MakeMap(v.Type())
		for d.more('}') {
			key := text(d.raw())
			d.space()
			d.pos++
			e := reflect.New(v.Type().Elem()).Elem()
			if err := d.value(f.elem, e); err != nil {
				return err
			}
			m.SetMapIndex(reflect.ValueOf(key).Convert(v.Type().Key()), e)
		}
		v.Set(m)
	case BlobKind:
		raw := d.raw()
		b, ok := plainBlob(raw[1 : len(raw)-1])
		if !ok {
			var err error
			if b, err = blob(text(raw)); err != nil {
				return err
			}
		}
		v.SetBytes(b)
	case String:
		v.SetString(text(d.raw()))
	case Bool:
		v.SetBool(c == 't')
		d.raw()
	case Int:
		v.SetInt(integer(string(d.raw())))
	case Float:
		n, _ := strconv.ParseFloat(string(d.raw()), 64) // an overflow is infinite
		v.SetFloat(n)
	case TimeKind:
		t, err := parseTimestamp(string(d.raw()))
		if err != nil {
			panic("aws: valid JSON holds the number " + err.Error())
		}
		v.SetInt(int64(t))
	}
	return nil
}

// countItems counts the items of the list in which the decoder stands, so that it is allocated once.
func (d *decoder) countItems() int {
	ahead, n := *d, 0
	for ahead.more(']') {
		ahead.raw()
		n++
	}
	return n
}

var hintKinds = map[Kind]string{
	String: "a text in quotation marks", Int: "a whole number without quotation marks", Float: "a number without quotation marks", Bool: "true or false", BlobKind: "base64 text in quotation marks",
	TimeKind: "a number of seconds since 1970", Structure: "an object in braces", List: "a list in brackets", Map: "an object in braces",
}

func (f *field) hintName() string {
	if f.name == "" {
		return "An item of the list"
	}
	return f.name
}

// wrongType says in the service's words why a value that begins with c cannot be what the member holds.
func (f *field) wrongType(c byte) string {
	switch c {
	case '[':
		if f.kind == List {
			return ""
		}
		return listNotExpected
	case '{':
		if f.kind == Structure || f.kind == Map {
			return ""
		}
		return mapNotExpected
	}
	switch f.kind {
	case List:
		return "Expected list or null"
	case Map:
		return "Expected map or null"
	case Structure:
		return "Expected null"
	}
	class := javaNumber
	switch c {
	case '"':
		class = javaString
		if f.kind == String || f.kind == BlobKind {
			return ""
		}
		if f.kind == Bool {
			return "' can not be converted to an Boolean"
		}
	case 't', 'f':
		class = javaBool
		if f.kind == Bool {
			return ""
		}
	default:
		if f.kind == Int || f.kind == Float || f.kind == TimeKind {
			return ""
		}
	}
	switch f.kind {
	case Int:
		return class + " can not be converted to an Integer"
	case Float:
		return class + " can not be converted to a Double"
	case TimeKind:
		return class + " can not be converted to milliseconds since epoch"
	case BlobKind:
		return class + " can not be converted to a Blob"
	case Bool:
		return class + " can not be converted to an Boolean"
	}
	return class + " can not be converted to an String"
}

// text takes the quotation marks and escapes off a JSON string. Bytes that are no UTF-8 become U+FFFD.
func text(raw []byte) string {
	in := raw[1 : len(raw)-1]
	if bytes.IndexByte(in, '\\') >= 0 {
		var s string
		if err := json.Unmarshal(raw, &s); err != nil {
			panic("aws: valid JSON holds a string that does not decode: " + err.Error())
		}
		return s
	}
	if !utf8.Valid(in) {
		return strings.ToValidUTF8(string(in), "\uFFFD")
	}
	return string(in)
}

// integer reads a JSON number as the service does: fractions are cut off, and what is too large becomes the largest.
func integer(s string) int64 {
	if n, err := strconv.ParseInt(s, 10, 64); err == nil {
		return n
	}
	f, _ := strconv.ParseFloat(s, 64) // an overflow is ±Inf, and is cut below
	f = math.Floor(f)
	switch {
	case f >= math.MaxInt64:
		return math.MaxInt64
	case f <= math.MinInt64:
		return math.MinInt64
	}
	return int64(f)
}

// plainBlob decodes base64 that has no escapes, without a copy of the text; false when it has some or is none.
func plainBlob(in []byte) (Blob, bool) {
	enc := base64.StdEncoding.Strict()
	b, err := enc.AppendDecode(make([]byte, 0, enc.DecodedLen(len(in))), in)
	return b, err == nil // a backslash is no base64, and line ends cannot stand in a string of valid JSON
}

// blob decodes base64 with the service's own complaints.
func blob(s string) (Blob, error) {
	bad := func(format string, args ...any) error {
		short := s
		if len(short) > 1024 {
			short = strings.ToValidUTF8(short[:1024], "") + "..."
		}
		args = append([]any{short}, args...)
		return Errorf(Serialization, "'%s' can not be converted to a Blob: "+format, args...).
			WithHint("Data must be base64 text. Encode it first, or let the command line do it with --cli-binary-format raw-in-base64-out.")
	}
	b, err := base64.StdEncoding.Strict().AppendDecode(make([]byte, 0, base64.StdEncoding.DecodedLen(len(s))), []byte(s))
	if err == nil && strings.IndexByte(s, '\r') < 0 && strings.IndexByte(s, '\n') < 0 { // which the decoder passes over
		return b, nil
	}
	if len(s)%4 != 0 {
		return nil, bad("Base64 encoded length is expected a multiple of 4 bytes but found: %d", len(s))
	}
	for i := range len(s) {
		c := s[i]
		pad := c == '='
		if !isLower(c) && !isUpper(c) && !isDigit(c) && c != '+' && c != '/' && !pad || pad && i+1 < len(s) && s[i+1] != '=' {
			return nil, bad("Invalid Base64 character: '%c'", c)
		}
	}
	return nil, bad("Invalid last non-pad Base64 character dectected")
}
