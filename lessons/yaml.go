package lessons

import (
	"errors"
	"fmt"
	"reflect"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
)

// decode reads strict YAML that begins on the given line of file: an unknown key and a wrong type are errors with their
// line and with what may stand there instead.
func (r *reader) decode(file string, line int, b []byte, into any) bool {
	err := yaml.UnmarshalWithOptions(b, into, yaml.Strict())
	if err == nil {
		return true
	}
	at, text := line, err.Error()
	var detail yaml.Error
	if errors.As(err, &detail) {
		text = detail.GetMessage()
		if t := detail.GetToken(); t != nil && t.Position != nil {
			at = line + t.Position.Line - 1
		}
	}
	var unknown *yaml.UnknownFieldError
	var wrong *yaml.TypeError
	switch {
	case errors.As(err, &unknown):
		key := strings.Trim(strings.TrimPrefix(text, "unknown field "), `"`)
		text = fmt.Sprintf("unknown key %q: the keys here are %s", key, keys(into))
	case errors.As(err, &wrong):
		text = fmt.Sprintf("wrong type: %s is to be written here, not %s", name(wrong.DstType), name(wrong.SrcType))
	}
	r.fail(Errorf(file, at, "%s", text))
	return false
}

// keys lists the keys that may stand in the structs reachable from v. When v holds several kinds of structs it lists all,
// struct by struct, because the error does not tell in which of them the key stood.
func keys(v any) string {
	var groups []string
	seen := map[reflect.Type]bool{}
	var walk func(t reflect.Type)
	walk = func(t reflect.Type) {
		for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice {
			t = t.Elem()
		}
		if t.Kind() != reflect.Struct || seen[t] {
			return
		}
		seen[t] = true
		var names []string
		for i := range t.NumField() {
			if key := t.Field(i).Tag.Get("yaml"); key != "" && key != "-" {
				names = append(names, key)
			}
		}
		group := strings.Join(names, ", ")
		if len(seen) > 1 {
			group = "of a " + strings.ToLower(t.Name()) + " " + group
		}
		groups = append(groups, group)
		for i := range t.NumField() {
			if t.Field(i).Tag.Get("yaml") != "-" {
				walk(t.Field(i).Type)
			}
		}
	}
	walk(reflect.TypeOf(v))
	return strings.Join(groups, "; ")
}

// name says in an author's words what a Go type is in YAML.
func name(t reflect.Type) string {
	if t == nil {
		return "nothing"
	}
	switch t.Kind() {
	case reflect.String:
		return "a text"
	case reflect.Int, reflect.Int64, reflect.Uint64, reflect.Uint8, reflect.Uint16, reflect.Uint32:
		return "a whole number"
	case reflect.Float64, reflect.Float32:
		return "a number"
	case reflect.Bool:
		return "true or false"
	case reflect.Slice:
		return "a list"
	case reflect.Map, reflect.Struct:
		return "keys with values"
	}
	return "a " + t.String()
}

// lines maps the paths of the nodes two levels deep, as in "goals[1]" and "start", to their lines.
func lines(b []byte) map[string]int {
	at := map[string]int{}
	file, err := parser.ParseBytes(b, 0)
	if err != nil {
		return at
	}
	for _, doc := range file.Docs {
		for key, value := range pairs(doc.Body) {
			at[key] = value.GetToken().Position.Line
			if list, ok := value.(*ast.SequenceNode); ok {
				for i, item := range list.Values {
					at[fmt.Sprintf("%s[%d]", key, i)] = first(item)
				}
			}
		}
	}
	return at
}

// first returns the line on which a node begins.
func first(n ast.Node) int {
	for _, value := range values(n) {
		return value.Key.GetToken().Position.Line
	}
	return n.GetToken().Position.Line
}

func values(n ast.Node) []*ast.MappingValueNode {
	switch m := n.(type) {
	case *ast.MappingNode:
		return m.Values
	case *ast.MappingValueNode:
		return []*ast.MappingValueNode{m}
	}
	return nil
}

func pairs(n ast.Node) map[string]ast.Node {
	found := map[string]ast.Node{}
	for _, v := range values(n) {
		found[v.Key.String()] = v.Value
	}
	return found
}
