package region

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"shardlab/wasm/aws"
)

// A Fault is one thing wrong in a text that somebody wrote: where, and what to write instead.
type Fault struct {
	Path    string // "world[2].with.Keys.Kind"; empty for the whole
	Message string
}

// Faults are all that is wrong in a text, in the order of the text.
type Faults []Fault

// Error lists the faults, one a line.
func (f Faults) Error() string {
	var b strings.Builder
	for i, x := range f {
		if i > 0 {
			b.WriteByte('\n')
		}
		if x.Path != "" {
			b.WriteString(x.Path + ": ")
		}
		b.WriteString(x.Message)
	}
	return b.String()
}

// Add notes one more fault.
//
//go:noinline
func (f *Faults) Add(path, format string, args ...any) {
	*f = append(*f, Fault{path, fmt.Sprintf(format, args...)})
}

// Err returns the faults as an error, nil when there are none.
func (f Faults) Err() error {
	if len(f) == 0 {
		return nil
	}
	return f
}

// Decode reads JSON into a struct without mercy: an unknown key, a key given twice, a value of another type or text
// behind the end is a fault with its place and with what to write instead. A field is known by its json name, else by
// its Go name. Durations are texts like "10s" or "1m30s", times are RFC 3339.
func Decode(body []byte, path string, into any) Faults {
	d := decoder{}
	body = bytes.TrimSpace(body)
	if len(body) == 0 {
		body = []byte("{}")
	}
	if !json.Valid(body) {
		err := json.Unmarshal(body, new(any))
		d.faults.Add(path, "not JSON: %s", syntax(body, err))
		return d.faults
	}
	d.value(path, body, reflect.ValueOf(into).Elem())
	return d.faults
}

// syntax words a JSON error with its line.
func syntax(body []byte, err error) string {
	if e, ok := err.(*json.SyntaxError); ok {
		before := body[:min(int(e.Offset), len(body))]
		return fmt.Sprintf("line %d: %s", 1+bytes.Count(before, []byte("\n")), e.Error())
	}
	return err.Error()
}

type decoder struct{ faults Faults }

func (d *decoder) wrong(path string, raw []byte, want string) {
	text := string(raw)
	if len(text) > 60 {
		text = text[:57] + "..."
	}
	d.faults.Add(path, "%s is not %s", text, want)
}

// value reads raw into v.
func (d *decoder) value(path string, raw []byte, v reflect.Value) {
	if string(raw) == "null" && v.Kind() != reflect.Interface {
		if v.Type() != reflect.TypeFor[json.RawMessage]() {
			d.faults.Add(path, "null says nothing: leave the key out")
		}
		return
	}
	switch v.Type() {
	case reflect.TypeFor[json.RawMessage]():
		v.SetBytes(slices.Clone(raw))
		return
	case reflect.TypeFor[time.Duration]():
		var s string
		if json.Unmarshal(raw, &s) != nil {
			d.wrong(path, raw, `a duration: write a text like "10s", "1m30s" or "250ms"`)
			return
		}
		dur, err := time.ParseDuration(s)
		if err != nil || dur < 0 {
			d.wrong(path, raw, `a duration: write a text like "10s", "1m30s" or "250ms"`)
			return
		}
		v.SetInt(int64(dur))
		return
	case reflect.TypeFor[time.Time]():
		var t time.Time
		if json.Unmarshal(raw, &t) != nil {
			d.wrong(path, raw, `an instant: write it like "2026-03-02T08:39:30Z"`)
			return
		}
		v.Set(reflect.ValueOf(t.UTC()))
		return
	}
	switch v.Kind() {
	case reflect.Pointer:
		p := reflect.New(v.Type().Elem())
		d.value(path, raw, p.Elem())
		v.Set(p)
	case reflect.String:
		var s string
		if json.Unmarshal(raw, &s) != nil {
			d.wrong(path, raw, "a text: put it between quotes")
			return
		}
		v.SetString(s)
	case reflect.Bool:
		var b bool
		if json.Unmarshal(raw, &b) != nil {
			d.wrong(path, raw, "true or false")
			return
		}
		v.SetBool(b)
	case reflect.Int64, reflect.Int:
		n, err := strconv.ParseInt(string(raw), 10, 64)
		if err != nil {
			d.wrong(path, raw, "a whole number")
			return
		}
		v.SetInt(n)
	case reflect.Float64:
		var f float64
		if json.Unmarshal(raw, &f) != nil || math.IsInf(f, 0) {
			d.wrong(path, raw, "a number")
			return
		}
		v.SetFloat(f)
	case reflect.Slice:
		var items []json.RawMessage
		if json.Unmarshal(raw, &items) != nil {
			d.wrong(path, raw, "a list: write [ ... ]")
			return
		}
		list := reflect.MakeSlice(v.Type(), len(items), len(items))
		for i, item := range items {
			d.value(fmt.Sprintf("%s[%d]", path, i), item, list.Index(i))
		}
		v.Set(list)
	case reflect.Struct:
		d.object(path, raw, v)
	default:
		panic("region: Decode cannot read a " + v.Type().String())
	}
}

// object reads a JSON object into a struct.
func (d *decoder) object(path string, raw []byte, v reflect.Value) {
	keys, values, ok := members(raw)
	if !ok {
		d.wrong(path, raw, "an object: write { ... }")
		return
	}
	fields := map[string]int{}
	for i := range v.NumField() {
		f := v.Type().Field(i)
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		if name == "-" || !f.IsExported() {
			continue
		}
		if name == "" {
			name = f.Name
		}
		fields[name] = i
	}
	names := slices.Sorted(maps.Keys(fields))
	seen := map[string]bool{}
	for i, key := range keys {
		where := join(path, key)
		n, known := fields[key]
		switch {
		case !known:
			hint := ""
			if near := aws.Nearest(key, names); near != "" {
				hint = fmt.Sprintf(" Did you mean %s?", near)
			}
			d.faults.Add(where, "unknown key.%s Known here: %s", hint, strings.Join(names, ", "))
		case seen[key]:
			d.faults.Add(where, "given twice: keep one")
		default:
			d.value(where, values[i], v.Field(n))
		}
		seen[key] = true
	}
}

// members splits an object into its keys and values, in order, duplicates included.
func members(raw []byte) (keys []string, values []json.RawMessage, ok bool) {
	dec := json.NewDecoder(bytes.NewReader(raw))
	t, err := dec.Token()
	if err != nil || t != json.Delim('{') {
		return nil, nil, false
	}
	for dec.More() {
		k, err := dec.Token()
		if err != nil {
			return nil, nil, false
		}
		var value json.RawMessage
		if dec.Decode(&value) != nil {
			return nil, nil, false
		}
		keys, values = append(keys, k.(string)), append(values, value)
	}
	return keys, values, true
}

// Members splits a JSON object into its keys and values, in the order written; ok is false when it is not an object.
func Members(raw []byte) (keys []string, values []json.RawMessage, ok bool) { return members(raw) }

func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}
