package console

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"shardlab/wasm/sim"
)

// formats are the values of --output.
var formats = []string{"json", "text", "table", "yaml", "yaml-stream", "off"}

// render writes v as --output says. title is the operation's name, which a table carries on top.
func render(format, title string, v value) string {
	switch format {
	case "text":
		var b strings.Builder
		writeText(&b, v, "", nil)
		return b.String()
	case "table":
		return renderTable(title, v)
	case "yaml":
		if o, ok := v.(object); ok && len(o) == 0 {
			return ""
		}
		if isScalar(v) { // YAML would end it in dots; the AWS CLI prints JSON
			return string(encodeJSON(v)) + "\n"
		}
		return renderYAML(inOrder(v))
	case "yaml-stream":
		if o, ok := v.(object); ok && len(o) == 0 {
			return ""
		}
		return renderYAML([]any{inOrder(v)})
	case "off":
		return ""
	}
	if o, ok := v.(object); ok && len(o) == 0 {
		return ""
	}
	return indentJSON(v) + "\n"
}

// writeText writes v in tab-separated lines: an object's scalars on one line, sorted by name, behind the name of what
// they are; everything nested on lines of its own.
func writeText(b *strings.Builder, v value, name string, columns []string) {
	switch v := v.(type) {
	case object:
		writeTextObject(b, v, name, columns)
	case []any:
		writeTextList(b, v, name)
	default:
		b.WriteString(scalarText(v) + "\n")
	}
}

func writeTextObject(b *strings.Builder, o object, name string, columns []string) {
	keys := make([]string, 0, len(o))
	for _, m := range o {
		keys = append(keys, m.key)
	}
	slices.Sort(keys)
	var line, nested []string
	if columns == nil {
		for _, k := range keys {
			if v, _ := o.get(k); isScalar(v) {
				line = append(line, scalarText(v))
			} else {
				nested = append(nested, k)
			}
		}
	} else {
		for _, k := range columns {
			if v, ok := o.get(k); ok {
				line = append(line, scalarText(v))
			} else {
				line = append(line, "")
			}
		}
		for _, k := range keys {
			if !slices.Contains(columns, k) {
				nested = append(nested, k)
			}
		}
	}
	if len(line) > 0 {
		if name != "" {
			line = sim.Insert(line, 0, strings.ToUpper(name))
		}
		b.WriteString(strings.Join(line, "\t") + "\n")
	}
	for _, k := range nested {
		v, _ := o.get(k)
		writeText(b, v, k, nil)
	}
}

func writeTextList(b *strings.Builder, list []any, name string) {
	objects, lists := false, false
	for _, el := range list {
		switch el.(type) {
		case object:
			objects = true
		case []any:
			lists = true
		}
	}
	switch {
	case len(list) == 0:
	case objects:
		columns := scalarKeys(list)
		for _, el := range list {
			writeText(b, el, name, columns)
		}
	case lists:
		var scalars []any
		for _, el := range list {
			if isScalar(el) {
				scalars = append(scalars, el)
			}
		}
		if len(scalars) > 0 {
			writeTextList(b, scalars, name)
		}
		for _, el := range list {
			if !isScalar(el) {
				writeText(b, el, name, nil)
			}
		}
	case name != "":
		for _, el := range list {
			b.WriteString(strings.ToUpper(name) + "\t" + scalarText(el) + "\n")
		}
	default:
		for i, el := range list {
			if i > 0 {
				b.WriteByte('\t')
			}
			b.WriteString(scalarText(el))
		}
		b.WriteByte('\n')
	}
}

// scalarKeys lists the names under which any object of the list has a scalar, sorted.
func scalarKeys(list []any) []string {
	keys := []string{}
	for _, el := range list {
		o, _ := el.(object)
		for _, m := range o {
			if isScalar(m.val) && !slices.Contains(keys, m.key) {
				keys = append(keys, m.key)
			}
		}
	}
	slices.Sort(keys)
	return keys
}

// inOrder sorts the members of objects by name, as the AWS CLI's YAML has them.
// Source: AWS CLI v2, awscli/formatter.py, YAMLDumper: ruamel.yaml of the kind "safe".
func inOrder(v value) value {
	switch v := v.(type) {
	case object:
		all := make(object, len(v))
		for i, m := range v {
			all[i] = member{m.key, inOrder(m.val)}
		}
		sim.Sort(all, func(a, b member) int { return strings.Compare(a.key, b.key) })
		return all
	case []any:
		all := make([]any, len(v))
		for i := range v {
			all[i] = inOrder(v[i])
		}
		return all
	}
	return v
}

// renderYAML writes v in block style.
func renderYAML(v value) string {
	var b strings.Builder
	writeYAML(&b, v, 0, false)
	return b.String()
}

// writeYAML writes v at an indent; inline says that the cursor already stands behind a key or a dash.
func writeYAML(b *strings.Builder, v value, indent int, inline bool) {
	pad := strings.Repeat(" ", indent)
	switch v := v.(type) {
	case object:
		if len(v) == 0 {
			b.WriteString("{}\n")
			return
		}
		for i, m := range v {
			if i > 0 || !inline {
				b.WriteString(pad)
			}
			b.WriteString(yamlScalar(m.key) + ":")
			switch val := m.val.(type) {
			case object:
				if len(val) == 0 {
					b.WriteString(" {}\n")
					continue
				}
				b.WriteByte('\n')
				writeYAML(b, val, indent+2, false)
			case []any:
				if len(val) == 0 {
					b.WriteString(" []\n")
					continue
				}
				b.WriteByte('\n')
				writeYAML(b, val, indent, false)
			default:
				b.WriteString(" " + yamlScalar(val) + "\n")
			}
		}
	case []any:
		if len(v) == 0 {
			b.WriteString("[]\n")
			return
		}
		for i, el := range v {
			if i > 0 || !inline {
				b.WriteString(pad)
			}
			b.WriteString("- ")
			writeYAML(b, el, indent+2, true)
		}
	default:
		b.WriteString(yamlScalar(v) + "\n")
	}
}

// yamlScalar quotes text that YAML would read as something else.
func yamlScalar(v value) string {
	s, ok := v.(string)
	if !ok {
		return string(encodeJSON(v))
	}
	for _, r := range s {
		if r < 0x20 || r == 0x7f {
			return string(encodeJSON(s))
		}
	}
	if !yamlPlain(s) {
		return "'" + strings.ReplaceAll(s, "'", "''") + "'"
	}
	return s
}

// yamlPlain says whether s can stand without quotes and is still read as text.
func yamlPlain(s string) bool {
	if s == "" || strings.TrimSpace(s) != s || strings.Contains(s, ": ") || strings.Contains(s, " #") || strings.HasSuffix(s, ":") {
		return false
	}
	if strings.ContainsRune("-?:,[]{}#&*!|>'\"%@`=<~.", rune(s[0])) && !(len(s) > 1 && strings.ContainsRune("-?:", rune(s[0])) && s[1] != ' ') {
		return false
	}
	switch strings.ToLower(s) {
	case "true", "false", "yes", "no", "on", "off", "null", "y", "n":
		return false
	}
	digits := strings.TrimLeft(s, "+-")
	return digits == "" || digits[0] < '0' || digits[0] > '9' || !looksTyped(s)
}

// looksTyped says whether text that begins with a digit would be read as a number or an instant.
func looksTyped(s string) bool {
	if json.Valid([]byte(strings.TrimLeft(s, "+-0"))) {
		return true
	}
	for _, r := range s {
		if !strings.ContainsRune("0123456789.+-_:eExXoOabcdefABCDEFTtZz ", r) {
			return false
		}
	}
	return true
}

// errorText writes an error as AWS CLI v2 does: an empty line, then the line.
func errorText(message string) string { return "\naws: [ERROR]: " + message + "\n" }

// usageBlock is what follows an error in the use of a command.
// Source: AWS CLI v2, output of a command with a missing argument.
const usageBlock = `
usage: aws [options] <command> <subcommand> [<subcommand> ...] [parameters]
To see help text, you can run:

  aws help
  aws <command> help
  aws <command> <subcommand> help

`

func (e *usageError) render() string {
	text := e.text
	if e.code != "" {
		text = fmt.Sprintf("An error occurred (%s): %s", e.code, text)
	}
	text = errorText(text)
	if e.usage {
		text += usageBlock
	}
	return text
}
