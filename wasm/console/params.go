package console

import (
	"cmp"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math/big"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// A usage error is one that AWS CLI finds before it sends anything.
type usageError struct {
	text  string // as AWS CLI words it, without the prefix
	code  string // "ParamValidation" or "" for errors without one
	usage bool   // the usage block follows
	exit  int
	hint  string
}

func (e *usageError) Error() string { return e.text }

func paramError(format string, a ...any) *usageError {
	return &usageError{text: fmt.Sprintf(format, a...), code: "ParamValidation", exit: 252}
}

func usageErrorf(format string, a ...any) *usageError {
	e := paramError(format, a...)
	e.usage = true
	return e
}

// A reader turns the words of a command line into members of a request.
type reader struct {
	rawBlobs bool                              // --cli-binary-format raw-in-base64-out
	file     func(name string) ([]byte, error) // what file:// names
}

// argument reads the words given for one flag.
func (r *reader) argument(f *field, words []string) (value, *usageError) {
	name := "--" + f.flag
	if f.shape.kind == kindList {
		return r.listArgument(name, f.shape, words)
	}
	text := words[0]
	content, isBytes, err := r.load(name, text)
	if err != nil {
		return nil, err
	}
	if isBytes {
		if f.shape.kind == kindBlob {
			return encodeBlob(content), nil
		}
		return string(content), nil
	}
	return r.single(name, f.shape, string(content))
}

// load follows file:// and fileb://; anything else stands for itself.
func (r *reader) load(name, text string) (content []byte, isBytes bool, bad *usageError) {
	prefix := ""
	switch {
	case strings.HasPrefix(text, "fileb://"):
		prefix = "fileb://"
	case strings.HasPrefix(text, "file://"):
		prefix = "file://"
	default:
		return []byte(text), false, nil
	}
	content, err := r.file(text[len(prefix):])
	if err == errWhole {
		return nil, false, usageErrorf("%s %s: %v", name, text, err)
	}
	if err != nil {
		e := paramError("Error parsing parameter '%s': Unable to load paramfile %s: [Errno 2] %v: '%s'", name, text, err, text[len(prefix):])
		e.hint = "ls shows the files of this terminal; make one with: cat > name <<'EOF' ... EOF"
		return nil, false, e
	}
	if prefix == "file://" && !utf8.Valid(content) {
		e := paramError("Error parsing parameter '%s': Unable to load paramfile (%s), text contents could not be decoded.  If this is a binary file, please use the fileb:// prefix instead of the file:// prefix.", name, text)
		return nil, false, e
	}
	return content, prefix == "fileb://", nil
}

// single reads one word as whatever s is.
func (r *reader) single(name string, s *shape, text string) (value, *usageError) {
	switch s.kind {
	case kindStructure, kindMap, kindAny:
		trimmed := strings.TrimSpace(text)
		if strings.HasPrefix(trimmed, "{") || strings.HasPrefix(trimmed, "[") || s.kind == kindAny {
			v, err := r.json(name, trimmed)
			if err != nil {
				return nil, err
			}
			return r.coerce(s, v), nil
		}
		o, err := parseShorthand(text)
		if err != nil {
			e := paramError("Error parsing parameter '%s': %v", name, err)
			e.hint = "Write " + shorthandExample(s) + ", or JSON in single quotes, or file://name.json."
			return nil, e
		}
		return r.coerceText(s, o), nil
	case kindBlob:
		return r.blob(text)
	case kindInteger:
		n, ok := new(big.Int).SetString(strings.TrimPrefix(strings.TrimSpace(strings.ReplaceAll(text, "_", "")), "+"), 10)
		if !ok {
			return nil, &usageError{text: fmt.Sprintf("invalid literal for int() with base 10: %s", pyRepr(text)), exit: 255, hint: name + " takes a whole number."}
		}
		return json.Number(n.String()), nil
	case kindDouble:
		f, err := strconv.ParseFloat(strings.TrimSpace(text), 64)
		if err != nil || f-f != 0 {
			return nil, &usageError{text: fmt.Sprintf("could not convert string to float: %s", pyRepr(text)), exit: 255, hint: name + " takes a number."}
		}
		return json.Number(strconv.FormatFloat(f, 'f', -1, 64)), nil
	case kindTimestamp:
		n, ok := parseTime(text)
		if !ok {
			e := paramError("Parameter validation failed:\nInvalid type for parameter %s, value: %s, type: <class 'str'>, valid types: <class 'datetime.datetime'>, timestamp-string", strings.TrimPrefix(name, "--"), text)
			e.hint = "A moment is 2026-03-02T08:40:00Z or seconds since 1970; date -u +%Y-%m-%dT%H:%M:%SZ prints the present one."
			return nil, e
		}
		return n, nil
	}
	return text, nil
}

// listArgument reads the words of a list: JSON, or one element a word.
func (r *reader) listArgument(name string, s *shape, words []string) (value, *usageError) {
	if len(words) == 1 {
		content, _, err := r.load(name, words[0])
		if err != nil {
			return nil, err
		}
		if text := strings.TrimSpace(string(content)); strings.HasPrefix(text, "[") {
			v, err := r.json(name, text)
			if err != nil {
				return nil, err
			}
			return r.coerce(s, v), nil
		}
		words = []string{string(content)}
	}
	out := []any{}
	for _, w := range words {
		v, err := r.single(name, s.elem, w)
		if err != nil {
			return nil, err
		}
		out = append(out, v)
	}
	return out, nil
}

func (r *reader) json(name, text string) (value, *usageError) {
	v, err := decodeJSON([]byte(text))
	if err == nil {
		return v, nil
	}
	e := paramError("Error parsing parameter '%s': Invalid JSON: %s\nJSON received: %s", name, cmp.Or(jsonFlaw(text), err.Error()), text)
	e.hint = "JSON wants double quotes around names and texts, and the shell wants single quotes around the whole: '{\"Key\": \"value\"}'."
	return nil, e
}

// blob reads binary data: base64 text, or the text itself when raw-in-base64-out is set. The answer is base64.
func (r *reader) blob(text string) (value, *usageError) {
	if r.rawBlobs {
		return encodeBlob([]byte(text)), nil
	}
	b, ok := lenientBase64(text)
	if !ok {
		e := &usageError{text: fmt.Sprintf("Invalid base64: \"%s\"", text), exit: exitOther}
		e.hint = "AWS CLI v2 takes --data as base64. Send text as it is with --cli-binary-format raw-in-base64-out, or encode it: --data \"$(echo -n hello | base64)\"."
		return nil, e
	}
	return encodeBlob(b), nil
}

// lenientBase64 decodes as Python does: characters that are not base64 are passed over, padding ends the text.
func lenientBase64(text string) ([]byte, bool) {
	kept := make([]byte, 0, len(text))
	pads := 0
	for i := range len(text) {
		c := text[i]
		if c == '=' {
			if pads++; len(kept)%4 >= 2 && len(kept)%4+pads >= 4 {
				break
			}
			continue
		}
		if c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '+' || c == '/' {
			kept = append(kept, c)
			pads = 0
		}
	}
	switch len(kept) % 4 {
	case 1:
		return nil, false
	case 2, 3:
		if len(kept)%4+pads < 4 {
			return nil, false
		}
	}
	b, err := base64.RawStdEncoding.DecodeString(string(kept))
	return b, err == nil
}

// coerce prepares JSON that was given: blobs become what the wire wants, timestamps numbers. What has the wrong type is
// left for the check that follows.
func (r *reader) coerce(s *shape, v value) value {
	switch s.kind {
	case kindStructure:
		if o, ok := v.(object); ok {
			for i := range o {
				if f, ok := s.field(o[i].key); ok {
					o[i].val = r.coerce(f.shape, o[i].val)
				}
			}
		}
	case kindMap:
		if o, ok := v.(object); ok {
			for i := range o {
				o[i].val = r.coerce(s.elem, o[i].val)
			}
		}
	case kindList:
		if list, ok := v.([]any); ok {
			for i := range list {
				list[i] = r.coerce(s.elem, list[i])
			}
		}
	case kindBlob:
		if text, ok := v.(string); ok {
			b, err := r.blob(text)
			if err != nil {
				return badBlob(text)
			}
			return b
		}
	case kindTimestamp:
		if text, ok := v.(string); ok {
			if n, ok := parseTime(text); ok {
				return n
			}
		}
	}
	return v
}

// badBlob is text that should have been base64; check reports it.
type badBlob string

// coerceText does for shorthand, in which every scalar is text, what coerce does for JSON.
func (r *reader) coerceText(s *shape, v value) value {
	text, isText := v.(string)
	switch s.kind {
	case kindStructure:
		if o, ok := v.(object); ok {
			for i := range o {
				if f, ok := s.field(o[i].key); ok {
					o[i].val = r.coerceText(f.shape, o[i].val)
				}
			}
		}
	case kindMap:
		if o, ok := v.(object); ok {
			for i := range o {
				o[i].val = r.coerceText(s.elem, o[i].val)
			}
		}
	case kindList:
		list, ok := v.([]any)
		if !ok {
			list = []any{v}
		}
		for i := range list {
			list[i] = r.coerceText(s.elem, list[i])
		}
		return list
	case kindInteger, kindDouble:
		if isText {
			if f, err := strconv.ParseFloat(text, 64); err == nil && f-f == 0 && json.Valid([]byte(text)) {
				return json.Number(text)
			}
		}
	case kindBoolean:
		if isText && (text == "true" || text == "false") {
			return text == "true"
		}
	case kindBlob, kindTimestamp:
		return r.coerce(s, v)
	}
	return v
}

// check finds what botocore finds before a request is sent: missing and unknown members, wrong types, values and lengths
// below the least.
func check(s *shape, v value) *usageError {
	c := &checker{}
	c.visit(s, v, "", nil)
	if c.blob != nil {
		return c.blob
	}
	if len(c.found) == 0 {
		return nil
	}
	e := paramError("Parameter validation failed:\n%s", strings.Join(c.found, "\n"))
	e.hint = c.hint
	return e
}

type checker struct {
	found []string
	blob  *usageError
	hint  string
}

func (c *checker) say(format string, a ...any) { c.found = append(c.found, fmt.Sprintf(format, a...)) }

func (c *checker) visit(s *shape, v value, path string, f *field) {
	where := path
	if where == "" {
		where = "input"
	}
	wrong := func(valid string) {
		c.say("Invalid type for parameter %s, value: %s, type: <class '%s'>, valid types: %s", where, pyText(v), pyType(v), valid)
	}
	least := func(n int) {
		if f != nil && int64(n) < f.minLen {
			c.say("Invalid length for parameter %s, value: %d, valid min length: %d", where, n, f.minLen)
			if n == 0 && c.hint == "" {
				c.hint = "The value is empty; an empty one usually comes from a variable that is not set: echo \"$NAME\" shows it."
			}
		}
	}
	switch s.kind {
	case kindStructure:
		o, ok := v.(object)
		if !ok {
			wrong("<class 'dict'>")
			return
		}
		for i := range s.fields {
			got, ok := o.get(s.fields[i].name)
			if s.fields[i].required && (!ok || got == nil) {
				c.say("Missing required parameter in %s: %q", where, s.fields[i].name)
			}
		}
		for _, m := range o {
			sub, ok := s.field(m.key)
			if !ok {
				var names []string
				for i := range s.fields {
					names = append(names, s.fields[i].name)
				}
				c.say("Unknown parameter in %s: %q, must be one of: %s", where, m.key, strings.Join(names, ", "))
				if name, _, ok := strings.Cut(m.key, ":"); ok && slices.Contains(names, name) {
					c.hint = "Shorthand joins a name and its value with =, as in " + name + "=..."
				} else if near := nearest(m.key, names); len(near) > 0 {
					c.hint = "Did you mean " + strings.Join(near, ", ") + "? Capitals count."
				}
				continue
			}
			if m.val == nil {
				wrongNil := path
				if wrongNil != "" {
					wrongNil += "."
				}
				c.say("Invalid type for parameter %s%s, value: None, type: <class 'NoneType'>, valid types: %s", wrongNil, m.key, validTypes(sub.shape))
				continue
			}
			deeper := m.key
			if path != "" {
				deeper = path + "." + m.key
			}
			c.visit(sub.shape, m.val, deeper, sub)
		}
	case kindMap:
		o, ok := v.(object)
		if !ok {
			wrong(validTypes(s))
			return
		}
		for _, m := range o {
			c.visit(s.elem, m.val, path+"."+m.key, nil)
		}
	case kindList:
		list, ok := v.([]any)
		if !ok {
			wrong(validTypes(s))
			return
		}
		least(len(list))
		for i := range list {
			c.visit(s.elem, list[i], path+"["+strconv.Itoa(i)+"]", nil)
		}
	case kindString:
		text, ok := v.(string)
		if !ok {
			wrong(validTypes(s))
			return
		}
		least(utf8.RuneCountInString(text))
	case kindInteger:
		n, ok := v.(json.Number)
		if !ok || strings.ContainsAny(n.String(), ".eE") {
			wrong(validTypes(s))
			return
		}
		if i, err := n.Int64(); err == nil && f != nil && f.hasMin && i < f.minVal {
			c.say("Invalid value for parameter %s, value: %d, valid min value: %d", where, i, f.minVal)
		}
	case kindDouble, kindTimestamp:
		if _, ok := v.(json.Number); !ok {
			wrong(validTypes(s))
		}
	case kindBoolean:
		if _, ok := v.(bool); !ok {
			wrong(validTypes(s))
		}
	case kindBlob:
		if bad, ok := v.(badBlob); ok {
			if c.blob == nil { // the AWS CLI tells of the first
				_, c.blob = (&reader{}).blob(string(bad))
			}
		} else if _, ok := v.(string); !ok {
			wrong(validTypes(s))
		}
	}
}

func validTypes(s *shape) string {
	return [...]string{
		kindString: "<class 'str'>", kindInteger: "<class 'int'>", kindDouble: "<class 'float'>, <class 'decimal.Decimal'>, <class 'int'>",
		kindBoolean: "<class 'bool'>", kindBlob: "<class 'bytes'>, <class 'bytearray'>, file-like object",
		kindTimestamp: "<class 'datetime.datetime'>, timestamp-string", kindList: "<class 'list'>, <class 'tuple'>", kindMap: "<class 'dict'>",
		kindStructure: "<class 'dict'>", kindAny: "<class 'dict'>",
	}[s.kind]
}

func pyType(v value) string {
	switch v := v.(type) {
	case bool:
		return "bool"
	case json.Number:
		if !whole(v) {
			return "float"
		}
		return "int"
	case []any:
		return "list"
	case object:
		return "dict"
	case nil:
		return "NoneType"
	}
	return "str"
}

// pyText shows a value as Python's str does.
func pyText(v value) string {
	if s, ok := v.(string); ok {
		return s
	}
	return pyNested(v)
}

func pyNested(v value) string {
	switch v := v.(type) {
	case string:
		return pyRepr(v)
	case badBlob:
		return pyRepr(string(v))
	case expref:
		return pyExpref
	case []any:
		parts := make([]string, len(v))
		for i := range v {
			parts[i] = pyNested(v[i])
		}
		return "[" + strings.Join(parts, ", ") + "]"
	case object:
		parts := make([]string, len(v))
		for i := range v {
			parts[i] = pyRepr(v[i].key) + ": " + pyNested(v[i].val)
		}
		return "{" + strings.Join(parts, ", ") + "}"
	}
	return scalarText(v)
}

// pyRepr puts text in quotes as Python's repr does.
func pyRepr(s string) string {
	quote := "'"
	if strings.Contains(s, "'") && !strings.Contains(s, `"`) {
		quote = `"`
	}
	s = strings.NewReplacer(`\`, `\\`, quote, `\`+quote, "\n", `\n`, "\r", `\r`, "\t", `\t`).Replace(s)
	return quote + s + quote
}

// shorthandExample writes how s looks in shorthand.
func shorthandExample(s *shape) string {
	switch s.kind {
	case kindStructure:
		var parts []string
		for i := range s.fields {
			parts = append(parts, s.fields[i].name+"="+s.fields[i].shape.kind.String())
		}
		return strings.Join(parts, ",")
	case kindMap:
		return "KeyName1=string,KeyName2=string"
	}
	return "string"
}
