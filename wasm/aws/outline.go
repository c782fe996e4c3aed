package aws

import (
	"encoding/json"
	"reflect"
	"strconv"
	"strings"
)

// Any is the kind of a member that may hold any JSON.
const Any Kind = "json"

// An Outline is a type on the wire as a terminal needs it: to read options, to lay out answers, to help. It goes through JSON, so
// that a terminal may live in another program than the services.
type Outline struct {
	Kind   Kind           `json:"kind"`
	Fields []OutlineField `json:"fields,omitempty"` // of a structure, in the order of the service's model
	Elem   *Outline       `json:"elem,omitempty"`   // of a list or a map
}

// An OutlineField is one member of a structure.
type OutlineField struct {
	Name     string   `json:"name"`           // on the wire
	Flag     string   `json:"flag,omitempty"` // as AWS CLI spells it, without the dashes, when that is not Kebab(Name)
	Of       *Outline `json:"of"`
	Required bool     `json:"required,omitempty"`
	Enum     []string `json:"enum,omitempty"`
	Help     string   `json:"help,omitempty"` // one line
	MinLen   int64    `json:"minLen,omitempty"`
	MinVal   *int64   `json:"minVal,omitempty"`
}

// InOut outlines an operation's request and its answer.
func (o *Operation) InOut() (in, out *Outline) {
	if o.Outlines != nil {
		return o.Outlines()
	}
	in = OutlineOf(o.Input)
	in.annotate(o.Members)
	return in, OutlineOf(o.Output)
}

// field finds a member by its name on the wire.
func (o *Outline) field(name string) *OutlineField {
	for i := range o.Fields {
		if o.Fields[i].Name == name {
			return &o.Fields[i]
		}
	}
	return nil
}

var rawType = reflect.TypeFor[json.RawMessage]()

// OutlineOf reads the outline off the Go type of an operation's input or output; a nil type is an empty structure.
func OutlineOf(t reflect.Type) *Outline {
	if t == nil {
		return &Outline{Kind: Structure}
	}
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch t {
	case blobType:
		return &Outline{Kind: BlobKind}
	case timeType:
		return &Outline{Kind: TimeKind}
	case rawType:
		return &Outline{Kind: Any}
	}
	switch t.Kind() {
	case reflect.String:
		return &Outline{Kind: String}
	case reflect.Bool:
		return &Outline{Kind: Bool}
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64, reflect.Uint, reflect.Uint32, reflect.Uint64:
		return &Outline{Kind: Int}
	case reflect.Float32, reflect.Float64:
		return &Outline{Kind: Float}
	case reflect.Slice:
		return &Outline{Kind: List, Elem: OutlineOf(t.Elem())}
	case reflect.Map:
		return &Outline{Kind: Map, Elem: OutlineOf(t.Elem())}
	case reflect.Struct:
		o := &Outline{Kind: Structure}
		for i := range t.NumField() {
			if f := t.Field(i); f.Anonymous && f.Type.Kind() == reflect.Struct { // its members are on the wire as if they were the outer's
				o.Fields = append(o.Fields, OutlineOf(f.Type).Fields...)
				continue
			}
			if f, ok := outlineField(t.Field(i)); ok {
				o.Fields = append(o.Fields, f)
			}
		}
		return o
	}
	return &Outline{Kind: Any}
}

func outlineField(sf reflect.StructField) (OutlineField, bool) {
	name, _, _ := strings.Cut(sf.Tag.Get("json"), ",")
	if !sf.IsExported() || name == "-" {
		return OutlineField{}, false
	}
	if name == "" {
		name = sf.Name
	}
	f := OutlineField{Name: name, Of: OutlineOf(sf.Type)}
	for part := range strings.SplitSeq(sf.Tag.Get("aws"), ",") {
		key, arg, _ := strings.Cut(part, "=")
		low, _, _ := strings.Cut(arg, "..")
		n, _ := strconv.ParseInt(low, 10, 64)
		switch key {
		case "required":
			f.Required = true
		case "len", "items":
			f.MinLen = n
		case "val":
			if low != "" {
				f.MinVal = &n
			}
		}
	}
	return f, true
}

// annotate adds what the operation's table says of members: help, fixed values, what is required.
func (o *Outline) annotate(members []Member) {
	for _, m := range members {
		f := o.field(m.Name)
		if f == nil {
			continue
		}
		f.Help, f.Enum, f.Required = m.Help, m.Enum, f.Required || m.Required
		if m.Flag != "" && m.Flag != Kebab(m.Name) {
			f.Flag = m.Flag
		}
		inner, deep := f.Of, m.Members
		if m.Elem != nil {
			deep = m.Elem.Members
			if f.Enum == nil {
				f.Enum = m.Elem.Enum
			}
		}
		for inner.Elem != nil {
			inner = inner.Elem
		}
		inner.annotate(deep)
	}
}
