package aws

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// maxViolations is how many broken constraints one ValidationException lists. Conf. C, kinesalite.
const maxViolations = 10

// maxShownValue cuts values that a message repeats. It is ours: the service repeats them whole.
const maxShownValue = 4096

// Validate checks a request against the constraints of its tags and returns one ValidationException that lists what is
// broken, member by member in their order.
func Validate(in any) error { return Compile(reflect.TypeOf(in).Elem()).Validate(in) }

// Validate does what the function Validate does for a structure that was compiled before.
func (s *Shape) Validate(in any) error {
	var c checker
	c.structure(s, "", reflect.ValueOf(in).Elem())
	return Violations(c.found...)
}

// Violations is the ValidationException for the given violations, and nil when there are none.
func Violations(found ...string) error {
	if len(found) == 0 {
		return nil
	}
	found = found[:min(len(found), maxViolations)]
	s := "s"
	if len(found) == 1 {
		s = ""
	}
	return Errorf(Validation, "%d validation error%s detected: %s", len(found), s, strings.Join(found, "; "))
}

// Violation words one broken constraint; value stands there with its quotation marks, or is null.
func Violation(value, path, rule string) string {
	return "Value " + value + " at '" + path + "' failed to satisfy constraint: " + rule
}

// BlobText is how a message shows a blob of n bytes.
func BlobText(n int) string {
	return fmt.Sprintf("'java.nio.HeapByteBuffer[pos=0 lim=%d cap=%d]'", n, n)
}

type checker struct{ found []string }

func (c *checker) structure(s *Shape, prefix string, v reflect.Value) {
	for i := range s.fields {
		f := &s.fields[i]
		c.member(f, prefix+f.path, v.Field(f.index))
		if len(c.found) >= maxViolations {
			return
		}
	}
}

func (c *checker) broken(v reflect.Value, f *field, path, rule string, args ...any) {
	if len(c.found) < maxViolations {
		c.found = append(c.found, Violation(f.show(v), path, fmt.Sprintf(rule, args...)))
	}
}

// member checks one member, and what it holds.
func (c *checker) member(f *field, path string, v reflect.Value) {
	if isNil(v) {
		if f.required {
			c.found = append(c.found, Violation("null", path, "Member must not be null"))
		}
		return
	}
	if v.Kind() == reflect.Pointer {
		v = v.Elem()
	}
	switch f.kind {
	case String:
		c.lengths(v, f, path, f.length, utf8.RuneCountInString(v.String()))
		if f.pattern != nil && !f.pattern.match(v.String()) {
			c.broken(v, f, path, "Member must satisfy regular expression pattern: %s", f.pattern.text)
		}
		if f.enum != nil && !slices.Contains(f.enum, v.String()) {
			c.broken(v, f, path, "Member must satisfy enum value set: [%s]", strings.Join(f.enum, ", "))
		}
	case Int:
		if n := v.Int(); f.value.low >= 0 && n < f.value.low {
			c.broken(v, f, path, "Member must have value greater than or equal to %d", f.value.low)
		} else if f.value.high >= 0 && n > f.value.high {
			c.broken(v, f, path, "Member must have value less than or equal to %d", f.value.high)
		}
	case BlobKind:
		c.lengths(v, f, path, f.bytes, v.Len())
	case Structure:
		c.structure(f.shape, path+".", v)
	case List:
		c.lengths(v, f, path, f.items, v.Len())
		if f.elem.kind == String {
			c.texts(f, path, v)
			return
		}
		for i := range v.Len() {
			if len(c.found) >= maxViolations {
				return
			}
			at := path + "." + strconv.Itoa(i+1) + ".member"
			if e := v.Index(i); f.elem.kind == Structure {
				c.structure(f.elem.shape, at+".", e)
			} else {
				c.member(f.elem, at, e)
			}
		}
	case Map:
		c.lengths(v, f, path, f.items, v.Len())
		keysFit, valuesFit := true, true
		for _, k := range v.MapKeys() { // in no order: what is broken is told once for all
			e := v.MapIndex(k)
			keysFit = keysFit && f.keys.hold(utf8.RuneCountInString(k.String()))
			valuesFit = valuesFit && (e.Kind() != reflect.String || f.length.hold(utf8.RuneCountInString(e.String())))
		}
		if !keysFit {
			c.broken(v, f, path, "Map keys must satisfy constraint: [%s]", f.keys)
		}
		if !valuesFit {
			c.broken(v, f, path, "Map value must satisfy constraint: [%s]", f.length)
		}
	}
}

// texts checks the items of a list of texts, which a message names by their list.
// Conf. C, kinesalite.
func (c *checker) texts(f *field, path string, v reflect.Value) {
	fit, known := true, true
	for i := range v.Len() {
		s := v.Index(i).String()
		fit = fit && f.length.hold(utf8.RuneCountInString(s))
		known = known && (f.enum == nil || slices.Contains(f.enum, s))
	}
	if !fit {
		c.broken(v, f, path, "Member must satisfy constraint: [%s]", f.length)
	}
	if !known {
		c.broken(v, f, path, "Member must satisfy constraint: [Member must satisfy enum value set: [%s]]", strings.Join(f.enum, ", "))
	}
}

func (c *checker) lengths(v reflect.Value, f *field, path string, b bounds, n int) {
	if b.low >= 0 && int64(n) < b.low {
		c.broken(v, f, path, "Member must have length greater than or equal to %d", b.low)
	}
	if b.high >= 0 && int64(n) > b.high {
		c.broken(v, f, path, "Member must have length less than or equal to %d", b.high)
	}
}

func (b bounds) hold(n int) bool {
	return (b.low < 0 || int64(n) >= b.low) && (b.high < 0 || int64(n) <= b.high)
}

// String words the bounds of a map's keys or values, the upper first, as the service does.
func (b bounds) String() string {
	return fmt.Sprintf("Member must have length less than or equal to %d, Member must have length greater than or equal to %d", b.high, b.low)
}

func isNil(v reflect.Value) bool {
	switch v.Kind() {
	case reflect.Pointer, reflect.Slice, reflect.Map:
		return v.IsNil()
	}
	return false
}

// show is a value as messages repeat it, in quotation marks.
func (f *field) show(v reflect.Value) string {
	var s string
	switch f.kind {
	case BlobKind:
		return BlobText(v.Len())
	case Int:
		s = strconv.FormatInt(v.Int(), 10)
	case List:
		var items []string
		for i := range min(v.Len(), 10) {
			if e := v.Index(i); e.Kind() == reflect.String {
				items = append(items, e.String())
			} else {
				items = append(items, e.Type().Name())
			}
		}
		if v.Len() > len(items) {
			items = append(items, fmt.Sprintf("... %d in all", v.Len()))
		}
		s = "[" + strings.Join(items, ", ") + "]"
	case Map:
		var items []string
		m, ok := v.Interface().(map[string]string)
		if ok {
			for _, k := range slices.Sorted(maps.Keys(m)) {
				items = append(items, k+"="+m[k])
			}
		}
		s = "{" + strings.Join(items, ", ") + "}"
	default:
		s = v.String()
	}
	if len(s) > maxShownValue {
		s = strings.ToValidUTF8(s[:maxShownValue], "") + "..."
	}
	return "'" + s + "'"
}
