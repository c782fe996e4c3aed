package console

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// A value is JSON that keeps the order of its keys: nil, bool, json.Number, string, []any or object.
type value = any

// An object is a JSON object in the order in which it was written.
type object []member

// A member is one key of an object.
type member struct {
	key string
	val value
}

// get returns the value of key.
func (o object) get(key string) (value, bool) {
	for i := range o {
		if o[i].key == key {
			return o[i].val, true
		}
	}
	return nil, false
}

// with returns the object with key set, in place when it is there, else at the end.
func (o object) with(key string, v value) object {
	for i := range o {
		if o[i].key == key {
			o[i].val = v
			return o
		}
	}
	return append(o, member{key, v})
}

// maxDepth bounds the nesting of JSON that is read.
const maxDepth = 200

// decodeJSON reads exactly one JSON text.
func decodeJSON(text []byte) (value, error) {
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	v, err := decodeNext(d, 0)
	if err != nil {
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			return nil, errors.New("the JSON text ends too early")
		}
		return nil, err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("text follows after the end of the JSON")
	}
	return v, nil
}

func decodeNext(d *json.Decoder, depth int) (value, error) {
	if depth > maxDepth {
		return nil, fmt.Errorf("nested more than %d deep", maxDepth)
	}
	tok, err := d.Token()
	if err != nil {
		return nil, err
	}
	delim, ok := tok.(json.Delim)
	if !ok {
		return tok, nil
	}
	if delim == '[' {
		list := []any{}
		for d.More() {
			v, err := decodeNext(d, depth+1)
			if err != nil {
				return nil, err
			}
			list = append(list, v)
		}
		_, err := d.Token()
		return list, err
	}
	o := object{}
	for d.More() {
		k, err := d.Token()
		if err != nil {
			return nil, err
		}
		v, err := decodeNext(d, depth+1)
		if err != nil {
			return nil, err
		}
		o = o.with(k.(string), v)
	}
	_, err = d.Token()
	return o, err
}

// encodeJSON writes v without spaces, as it goes to the world.
func encodeJSON(v value) []byte {
	var b bytes.Buffer
	writeJSON(&b, v, "", "")
	return b.Bytes()
}

// indentJSON writes v as AWS CLI prints it: four spaces a level, text as it is, no newline at the end.
func indentJSON(v value) string {
	var b bytes.Buffer
	writeJSON(&b, v, "\n", "    ")
	return b.String()
}

func writeJSON(b *bytes.Buffer, v value, newline, indent string) {
	sep := func(i int, deeper string) {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(deeper)
	}
	deeper := newline
	if indent != "" {
		deeper += indent
	}
	colon := ":"
	if indent != "" {
		colon = ": "
	}
	switch v := v.(type) {
	case object:
		if len(v) == 0 {
			b.WriteString("{}")
			return
		}
		b.WriteByte('{')
		for i, m := range v {
			sep(i, deeper)
			writeString(b, m.key)
			b.WriteString(colon)
			writeJSON(b, m.val, deeper, indent)
		}
		b.WriteString(newline)
		b.WriteByte('}')
	case []any:
		if len(v) == 0 {
			b.WriteString("[]")
			return
		}
		b.WriteByte('[')
		for i, el := range v {
			sep(i, deeper)
			writeJSON(b, el, deeper, indent)
		}
		b.WriteString(newline)
		b.WriteByte(']')
	case string:
		writeString(b, v)
	case json.Number:
		b.WriteString(v.String())
	case bool:
		fmt.Fprint(b, v)
	case nil:
		b.WriteString("null")
	case expref: // as a text, which to_string makes of one
		writeString(b, pyExpref)
	default:
		panic(fmt.Sprintf("console: %T is not JSON", v))
	}
}

// writeString writes a JSON string in which everything but quotes, backslashes and control characters stands for itself.
func writeString(b *bytes.Buffer, s string) {
	b.WriteByte('"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\r':
			b.WriteString(`\r`)
		case r == '\t':
			b.WriteString(`\t`)
		case r < 0x20 || r == 0x7f:
			fmt.Fprintf(b, `\u%04x`, r)
		case r == utf8.RuneError:
			b.WriteString("\uFFFD")
		default:
			b.WriteRune(r)
		}
	}
	b.WriteByte('"')
}

// isScalar says whether v is neither an object nor a list.
func isScalar(v value) bool {
	switch v.(type) {
	case object, []any:
		return false
	}
	return true
}

// scalarText is a scalar as --output text and table show it; AWS CLI is written in Python and shows it.
func scalarText(v value) string {
	switch v := v.(type) {
	case nil:
		return "None"
	case bool:
		if v {
			return "True"
		}
		return "False"
	case json.Number:
		return v.String()
	case string:
		return v
	}
	return strings.TrimSpace(string(encodeJSON(v)))
}
