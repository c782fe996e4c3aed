package console

import (
	"cmp"
	"encoding/base64"
	"encoding/json"
	"math"
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

// A shape is a type on the wire.
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

// kinds are those of package aws.
var kinds = map[aws.Kind]kind{aws.String: kindString, aws.Int: kindInteger, aws.Float: kindDouble, aws.Bool: kindBoolean, aws.BlobKind: kindBlob,
	aws.TimeKind: kindTimestamp, aws.List: kindList, aws.Map: kindMap, aws.Structure: kindStructure, aws.Any: kindAny}

// shapeOf reads the shape off an outline.
func shapeOf(o *aws.Outline) *shape {
	if o == nil {
		return nil
	}
	s := &shape{kind: kinds[o.Kind], elem: shapeOf(o.Elem)}
	for _, f := range o.Fields {
		x := field{name: f.Name, flag: cmp.Or(f.Flag, aws.Kebab(f.Name)), shape: shapeOf(f.Of), required: f.Required, enum: f.Enum, help: f.Help, minLen: f.MinLen}
		if f.MinVal != nil {
			x.minVal, x.hasMin = *f.MinVal, true
		}
		s.fields = append(s.fields, x)
	}
	return s
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

// present turns an answer of the wire into what AWS CLI shows: members in the order of the model, instants as text.
func (s *shape) present(v value, floats bool) value {
	switch s.kind {
	case kindStructure:
		o, ok := v.(object)
		if !ok {
			return v
		}
		out := make(object, 0, len(o))
		for i := range s.fields {
			if got, ok := o.get(s.fields[i].name); ok {
				out = append(out, member{s.fields[i].name, s.fields[i].shape.present(got, floats)})
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
				out[i] = s.elem.present(list[i], floats)
			}
			return out
		}
	case kindMap:
		if o, ok := v.(object); ok {
			out := make(object, len(o))
			for i := range o {
				out[i] = member{o[i].key, s.elem.present(o[i].val, floats)}
			}
			return out
		}
	case kindDouble:
		if n, ok := v.(json.Number); ok && floats {
			if f, err := n.Float64(); err == nil {
				return pyFloat(f)
			}
		}
	case kindTimestamp:
		if n, ok := v.(json.Number); ok {
			return isoTime(n)
		}
	}
	return v
}

// present prepares an answer for printing. The AWS CLI prints members that are no whole numbers by their kind as Python does, 5.0; the
// lab's own are printed as people write them.
func (op *operation) present(v value) value { return op.output.present(v, op.Service != "lab") }

// pyFloat writes a number as Python does: never without a point or an exponent.
func pyFloat(f float64) json.Number {
	if math.IsInf(f, 0) { // which Python's json writes, though JSON has no such number
		return json.Number(map[bool]string{true: "Infinity", false: "-Infinity"}[f > 0])
	}
	if a := math.Abs(f); a != 0 && (a < 1e-4 || a >= 1e16) {
		return json.Number(strconv.FormatFloat(f, 'e', -1, 64))
	}
	text := strconv.FormatFloat(f, 'f', -1, 64)
	if !strings.Contains(text, ".") {
		text += ".0"
	}
	return json.Number(text)
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
