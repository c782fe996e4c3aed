package export

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"unicode"
)

// An obj is a structure whose members stay in order; a raw is a text that stands as it is.
type (
	obj  []pair
	pair struct {
		key string
		val any
	}
	raw string
)

// tree makes a structure of its keys, apart by a space, and its values.
func tree(keys string, vals ...any) obj {
	all := make(obj, len(vals))
	for i, k := range strings.Fields(keys) {
		all[i] = pair{k, vals[i]}
	}
	return all
}

func (o *obj) add(key string, val any) { *o = append(*o, pair{key, val}) }

// given adds a member unless it says nothing.
func (o *obj) given(key string, val any) {
	switch v := val.(type) {
	case string:
		if v == "" {
			return
		}
	case int:
		if v == 0 {
			return
		}
	case bool:
		if !v {
			return
		}
	case []any:
		if len(v) == 0 {
			return
		}
	}
	o.add(key, val)
}

func list[T any](all []T) []any {
	out := make([]any, len(all))
	for i := range all {
		out[i] = all[i]
	}
	return out
}

var plain = regexp.MustCompile(`^[A-Za-z/]([A-Za-z0-9_./:-]*[A-Za-z0-9_./-])?( [A-Za-z0-9_./-]+)*$`)

// scalar writes a value that has no members, for YAML.
func scalar(v any) string {
	switch v := v.(type) {
	case raw:
		return string(v)
	case string:
		switch strings.ToLower(v) {
		case "true", "false", "yes", "no", "on", "off", "null", "y", "n":
			return strconv.Quote(v)
		}
		if plain.MatchString(v) {
			return v
		}
		return quoted(v)
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	}
	return fmt.Sprint(v)
}

// quoted is a text in double quotes as YAML and Terraform read it: what they do not print they have by its number.
func quoted(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			b.WriteString(`\` + string(r))
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\t':
			b.WriteString(`\t`)
		case unicode.IsPrint(r):
			b.WriteRune(r)
		case r > 0xffff:
			fmt.Fprintf(&b, `\U%08x`, r)
		default:
			fmt.Fprintf(&b, `\u%04x`, r)
		}
	}
	return b.String() + `"`
}

// yaml writes a tree, each line with an indent.
func yaml(b *strings.Builder, v any, indent string) {
	switch v := v.(type) {
	case obj:
		for _, m := range v {
			b.WriteString(indent + m.key + ":")
			under(b, m.val, indent)
		}
	case []any:
		for _, el := range v {
			if o, ok := el.(obj); ok && len(o) > 0 {
				var inner strings.Builder
				yaml(&inner, o, indent+"  ")
				b.WriteString(indent + "- " + strings.TrimPrefix(inner.String(), indent+"  "))
				continue
			}
			b.WriteString(indent + "- " + scalar(el) + "\n")
		}
	}
}

func under(b *strings.Builder, v any, indent string) {
	switch x := v.(type) {
	case obj, []any:
		b.WriteString("\n")
		yaml(b, x, indent+"  ")
	case raw:
		if strings.Contains(string(x), "\n") { // a text of several lines
			b.WriteString(" |\n" + indented(string(x), indent+"  "))
			return
		}
		b.WriteString(" " + string(x) + "\n")
	default:
		b.WriteString(" " + scalar(v) + "\n")
	}
}

func indented(text, indent string) string {
	var b strings.Builder
	for _, line := range strings.Split(strings.TrimRight(text, "\n"), "\n") {
		if line != "" {
			b.WriteString(indent + line)
		}
		b.WriteString("\n")
	}
	return b.String()
}

// A block is a member of a body in Terraform that has braces and no equals sign.
type block struct{ body obj }

// hclText quotes a text of Terraform.
func hclText(s string) string {
	return strings.NewReplacer("${", "$${", "%{", "%%{").Replace(quoted(s))
}

// hcl writes the members of a body with the equals signs of neighbours in a column, as terraform fmt does: what takes several
// lines ends a column.
func hcl(b *strings.Builder, o obj, indent string) {
	wide := make([]int, len(o))
	for from := 0; from < len(o); {
		to, most := from, 0
		for ; to < len(o) && !isBlock(o[to].val) && !many(o[to].val); to++ {
			most = max(most, len(o[to].key))
		}
		for k := from; k < to; k++ {
			wide[k] = most
		}
		from = to + 1
	}
	for i, m := range o {
		if x, ok := m.val.(block); ok {
			if i > 0 {
				b.WriteString("\n")
			}
			b.WriteString(indent + m.key + " {\n")
			hcl(b, x.body, indent+"  ")
			b.WriteString(indent + "}\n")
			continue
		}
		if i > 0 && isBlock(o[i-1].val) {
			b.WriteString("\n")
		}
		fmt.Fprintf(b, "%s%-*s = %s\n", indent, wide[i], m.key, hclValue(m.val, indent))
	}
}

func isBlock(v any) bool {
	_, is := v.(block)
	return is
}

// many says whether a value takes several lines.
func many(v any) bool {
	switch v := v.(type) {
	case obj:
		return len(v) > 0
	case []any:
		for _, el := range v {
			if many(el) {
				return true
			}
		}
	case raw:
		return strings.Contains(string(v), "\n") && !strings.HasPrefix(string(v), "<<-")
	}
	return false
}

func hclValue(v any, indent string) string {
	var b strings.Builder
	switch v := v.(type) {
	case raw:
		return string(v)
	case string:
		return hclText(v)
	case obj:
		b.WriteString("{\n")
		hcl(&b, v, indent+"  ")
		return b.String() + indent + "}"
	case []any:
		if !many(v) {
			parts := make([]string, len(v))
			for i, el := range v {
				parts[i] = hclValue(el, indent)
			}
			return "[" + strings.Join(parts, ", ") + "]"
		}
		b.WriteString("[\n")
		for _, el := range v {
			b.WriteString(indent + "  " + hclValue(el, indent+"  ") + ",\n")
		}
		return b.String() + indent + "]"
	}
	return scalar(v)
}
