package aws

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// A Shape is a request structure read once: how its members are decoded, checked and described. It never changes.
type Shape struct {
	typ    reflect.Type
	fields []field
	byName map[string]int
}

// field is a member with its constraints. A bound that is not set is -1.
type field struct {
	name     string // on the wire: the Go field's, or that of its json tag
	path     string // in messages: first letter small
	index    int    // of the Go struct's field
	kind     Kind
	required bool
	length   bounds // of a string, in characters; of a map's values
	keys     bounds // of a map's keys
	value    bounds // of an integer
	items    bounds // of a list or map
	bytes    bounds // of a blob
	pattern  *pattern
	enum     []string
	elem     *field // what a list or map holds
	shape    *Shape // of a structure
}

type bounds struct{ low, high int64 }

var noBounds = bounds{-1, -1}

var (
	blobType = reflect.TypeFor[Blob]()
	timeType = reflect.TypeFor[Timestamp]()
)

// Compile reads the `aws` tags of a request structure. A tag that it does not understand is a fault in the program.
func Compile(t reflect.Type) *Shape {
	s := &Shape{typ: t, byName: map[string]int{}}
	for i := range t.NumField() {
		f := t.Field(i)
		c := compileType(f.Type)
		c.name, c.index = f.Name, i
		if name, _, _ := strings.Cut(f.Tag.Get("json"), ","); name != "" {
			c.name = name
		}
		c.path = lowerFirst(c.name)
		c.read(t.Name()+"."+f.Name, f.Tag.Get("aws"))
		s.byName[c.name] = len(s.fields)
		s.fields = append(s.fields, c)
	}
	return s
}

func compileType(t reflect.Type) field {
	f := field{length: noBounds, keys: noBounds, value: noBounds, items: noBounds, bytes: noBounds}
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch {
	case t == blobType:
		f.kind = BlobKind
	case t == timeType:
		f.kind = TimeKind
	case t.Kind() == reflect.String:
		f.kind = String
	case t.Kind() == reflect.Int64:
		f.kind = Int
	case t.Kind() == reflect.Float64:
		f.kind = Float
	case t.Kind() == reflect.Bool:
		f.kind = Bool
	case t.Kind() == reflect.Struct:
		f.kind, f.shape = Structure, Compile(t)
	case t.Kind() == reflect.Slice:
		e := compileType(t.Elem())
		f.kind, f.elem = List, &e
	case t.Kind() == reflect.Map:
		e := compileType(t.Elem())
		f.kind, f.elem = Map, &e
	default:
		panic(fmt.Sprintf("aws: a request cannot hold a %v", t))
	}
	return f
}

// read takes the constraints out of a tag: parts joined by commas, each a word or a word = value.
func (f *field) read(where, tag string) {
	if tag == "" {
		return
	}
	for part := range strings.SplitSeq(tag, ",") {
		word, val, _ := strings.Cut(part, "=")
		switch word {
		case "required":
			f.required = true
		case "len": // of a list: of its items
			f.length = readBounds(where, val)
		case "keylen":
			f.keys = readBounds(where, val)
		case "val":
			f.value = readBounds(where, val)
		case "items":
			f.items = readBounds(where, val)
		case "bytes":
			f.bytes = readBounds(where, val)
		case "pattern":
			p, ok := patterns[val]
			if text, expressed := expressions[val]; expressed {
				f.pattern = express(text)
				break
			}
			if !ok {
				panic("aws: " + where + " names an unknown pattern " + val)
			}
			f.pattern = &p
		case "enum": // the name of a set, or the values themselves with a bar before each
			e, ok := enums[val]
			if strings.HasPrefix(val, "|") {
				e, ok = strings.Split(val[1:], "|"), true
			}
			if !ok {
				panic("aws: " + where + " names an unknown enum " + val)
			}
			f.enum = e
		default:
			panic("aws: " + where + " has an unknown constraint " + part)
		}
	}
}

func readBounds(where, s string) bounds {
	low, high, ok := strings.Cut(s, "..")
	b := bounds{-1, -1}
	var err error
	if low != "" {
		b.low, err = strconv.ParseInt(low, 10, 64)
	}
	if err == nil && high != "" {
		b.high, err = strconv.ParseInt(high, 10, 64)
	}
	if err != nil || !ok {
		panic("aws: " + where + " has bounds that are not min..max: " + s)
	}
	return b
}

func lowerFirst(s string) string {
	r, n := utf8.DecodeRuneInString(s)
	return string(unicode.ToLower(r)) + s[n:]
}

// Describe lists the members for consoles and help. help says a line about a member by its path: "StreamName",
// "Records", "Records.Data".
func (s *Shape) Describe(help func(path string) string) []Member { return s.describe("", help) }

func (s *Shape) describe(prefix string, help func(string) string) []Member {
	var ms []Member
	for i := range s.fields {
		f := &s.fields[i]
		m := f.member(prefix+f.name, help)
		m.Name, m.Flag, m.Help = f.name, Kebab(f.name), help(prefix+f.name)
		ms = append(ms, m)
	}
	return ms
}

func (f *field) member(path string, help func(string) string) Member {
	m := Member{Kind: f.kind, Required: f.required, Enum: f.enum}
	if f.elem != nil {
		e := f.elem.member(path, help)
		if f.kind == List && f.enum != nil {
			e.Enum, m.Enum = f.enum, nil
		}
		m.Elem = &e
	}
	if f.shape != nil {
		m.Members = f.shape.describe(path+".", help)
	}
	return m
}
