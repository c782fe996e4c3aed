package console

import (
	"encoding/base64"
	"encoding/json"
	"math"
	"reflect"
	"strconv"
	"strings"
	"time"

	"shardlab/wasm/aws"
)

// A kind is what a member of an operation holds.
type kind int

const (
	kindString kind = iota
	kindInteger
	kindDouble
	kindBoolean
	kindBlob
	kindTimestamp
	kindList
	kindMap
	kindStructure
	kindAny
)

func (k kind) String() string {
	return [...]string{"string", "integer", "double", "boolean", "blob", "timestamp", "list", "map", "structure", "json"}[k]
}

// A shape is a type on the wire, read off the Go type of an operation's input or output.
type shape struct {
	kind   kind
	fields []field // of a structure, in the order of the service's model
	elem   *shape  // of a list or a map
}

// A field is one member of a structure.
type field struct {
	name     string // as on the wire
	flag     string // as AWS CLI spells it, without the dashes
	shape    *shape
	required bool
	enum     []string
	help     string // one line
	minLen   int64  // botocore checks lower bounds itself, before it sends
	minVal   int64
	hasMin   bool
}

var (
	blobType      = reflect.TypeFor[aws.Blob]()
	timestampType = reflect.TypeFor[aws.Timestamp]()
	rawType       = reflect.TypeFor[json.RawMessage]()
)

// shapeOf reads the shape of t; a nil type is an empty structure.
func shapeOf(t reflect.Type) *shape {
	if t == nil {
		return &shape{kind: kindStructure}
	}
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch t {
	case blobType:
		return &shape{kind: kindBlob}
	case timestampType:
		return &shape{kind: kindTimestamp}
	case rawType:
		return &shape{kind: kindAny}
	}
	switch t.Kind() {
	case reflect.String:
		return &shape{kind: kindString}
	case reflect.Bool:
		return &shape{kind: kindBoolean}
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64, reflect.Uint, reflect.Uint32, reflect.Uint64:
		return &shape{kind: kindInteger}
	case reflect.Float32, reflect.Float64:
		return &shape{kind: kindDouble}
	case reflect.Slice:
		return &shape{kind: kindList, elem: shapeOf(t.Elem())}
	case reflect.Map:
		return &shape{kind: kindMap, elem: shapeOf(t.Elem())}
	case reflect.Struct:
		s := &shape{kind: kindStructure}
		for i := range t.NumField() {
			if f := t.Field(i); f.Anonymous && f.Type.Kind() == reflect.Struct { // its members are on the wire as if they were the outer's
				s.fields = append(s.fields, shapeOf(f.Type).fields...)
				continue
			}
			if f, ok := fieldOf(t.Field(i)); ok {
				s.fields = append(s.fields, f)
			}
		}
		return s
	}
	return &shape{kind: kindAny}
}

func fieldOf(sf reflect.StructField) (field, bool) {
	if !sf.IsExported() {
		return field{}, false
	}
	name, _, _ := strings.Cut(sf.Tag.Get("json"), ",")
	if name == "-" {
		return field{}, false
	}
	if name == "" {
		name = sf.Name
	}
	f := field{name: name, flag: aws.Kebab(name), shape: shapeOf(sf.Type)}
	for part := range strings.SplitSeq(sf.Tag.Get("aws"), ",") {
		key, arg, _ := strings.Cut(part, "=")
		low, _, _ := strings.Cut(arg, "..")
		n, _ := strconv.ParseInt(low, 10, 64)
		switch key {
		case "required":
			f.required = true
		case "len", "items":
			f.minLen = n
		case "val":
			f.minVal, f.hasMin = n, low != ""
		}
	}
	return f, true
}

// field returns the member called name.
func (s *shape) field(name string) (*field, bool) {
	for i := range s.fields {
		if s.fields[i].name == name {
			return &s.fields[i], true
		}
	}
	return nil, false
}

// annotate adds what the operation's table says of the members of s: help, fixed values, what is required.
func (s *shape) annotate(members []aws.Member) {
	for _, m := range members {
		f, ok := s.field(m.Name)
		if !ok {
			continue
		}
		f.help, f.enum, f.required = m.Help, m.Enum, f.required || m.Required
		if m.Flag != "" {
			f.flag = m.Flag
		}
		inner, deep := f.shape, m.Members
		if m.Elem != nil {
			deep = m.Elem.Members
			if f.enum == nil {
				f.enum = m.Elem.Enum
			}
		}
		for inner.elem != nil {
			inner = inner.elem
		}
		inner.annotate(deep)
	}
}

// present turns an answer of the wire into what AWS CLI shows: members in the order of the model, instants as text.
func (s *shape) present(v value) value {
	switch s.kind {
	case kindStructure:
		o, ok := v.(object)
		if !ok {
			return v
		}
		out := make(object, 0, len(o))
		for i := range s.fields {
			if got, ok := o.get(s.fields[i].name); ok {
				out = append(out, member{s.fields[i].name, s.fields[i].shape.present(got)})
			}
		}
		for _, m := range o {
			if _, known := s.field(m.key); !known {
				out = append(out, m)
			}
		}
		return out
	case kindList:
		if list, ok := v.([]any); ok {
			out := make([]any, len(list))
			for i := range list {
				out[i] = s.elem.present(list[i])
			}
			return out
		}
	case kindMap:
		if o, ok := v.(object); ok {
			out := make(object, len(o))
			for i := range o {
				out[i] = member{o[i].key, s.elem.present(o[i].val)}
			}
			return out
		}
	case kindTimestamp:
		if n, ok := v.(json.Number); ok {
			return isoTime(n)
		}
	}
	return v
}

// isoTime writes epoch seconds as AWS CLI v2 does: in ISO 8601 with an offset, microseconds only when there are any.
func isoTime(n json.Number) string {
	f, err := n.Float64()
	if err != nil || math.Abs(f) > 1e11 {
		return n.String()
	}
	t := time.UnixMicro(int64(math.Round(f * 1e6))).UTC()
	if t.Nanosecond() == 0 {
		return t.Format("2006-01-02T15:04:05+00:00")
	}
	return t.Format("2006-01-02T15:04:05.000000+00:00")
}

// parseTime reads a timestamp as AWS CLI does: epoch seconds, or ISO 8601; without an offset it is taken as UTC. The
// answer is epoch seconds as the wire has them.
func parseTime(text string) (json.Number, bool) {
	if f, err := strconv.ParseFloat(text, 64); err == nil && !math.IsInf(f, 0) && !math.IsNaN(f) && math.Abs(f) < 1e11 {
		return epoch(time.UnixMicro(int64(math.Round(f * 1e6)))), true
	}
	for _, layout := range []string{
		time.RFC3339Nano, "2006-01-02T15:04:05Z0700", "2006-01-02T15:04Z07:00", "2006-01-02T15:04:05", "2006-01-02T15:04", "2006-01-02 15:04:05", "2006-01-02 15:04:05Z07:00",
		"2006-01-02",
	} {
		if t, err := time.Parse(layout, text); err == nil {
			return epoch(t), true
		}
	}
	return "", false
}

func epoch(t time.Time) json.Number {
	us := t.UnixMicro()
	sign := ""
	if us < 0 {
		sign, us = "-", -us
	}
	whole := sign + strconv.FormatInt(us/1e6, 10)
	if us%1e6 == 0 {
		return json.Number(whole)
	}
	frac := strconv.FormatInt(us%1e6+1e6, 10)[1:]
	return json.Number(whole + "." + strings.TrimRight(frac, "0"))
}

// encodeBlob is the text of bytes on the wire.
func encodeBlob(b []byte) string { return base64.StdEncoding.EncodeToString(b) }
