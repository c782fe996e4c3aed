package console

import (
	"encoding/base64"
	"encoding/json"
	"strings"
	"unicode"
	"unicode/utf8"

	"shardlab/wasm/aws"
)

// Line returns the console line that does what the operation op of service does with body; a button shows it. Members
// that a line cannot hold make it end in --cli-input-json.
func Line(service, op string, body []byte) string {
	words := []string{"aws", service, aws.Kebab(op)}
	if service == "lab" {
		words = []string{"lab", aws.Kebab(op)}
	}
	v, err := decodeJSON(body)
	o, ok := v.(object)
	if len(body) == 0 || err != nil || !ok {
		return strings.Join(words, " ")
	}
	raw := false
	for _, m := range o {
		flag := "--" + aws.Kebab(m.key)
		switch val := m.val.(type) {
		case nil:
		case bool:
			if val {
				words = append(words, flag)
			} else {
				words = append(words, "--no-"+flag[2:])
			}
		case json.Number:
			words = append(words, flag, val.String())
		case string:
			if text, ok := plainData(m.key, val); ok {
				raw, val = true, text
			}
			words = append(words, flag, quote(val))
		case object:
			if text, ok := shorthandText(val); ok {
				words = append(words, flag, quote(text))
			} else {
				words = append(words, flag, quote(string(encodeJSON(val))))
			}
		case []any:
			words = append(words, flag, listWords(val))
		}
	}
	if raw {
		words = append(words, "--cli-binary-format", "raw-in-base64-out")
	}
	return strings.Join(words, " ")
}

// plainData is the text of a Data member that holds printable text.
func plainData(key, val string) (string, bool) {
	if key != "Data" {
		return "", false
	}
	b, err := base64.StdEncoding.DecodeString(val)
	if err != nil || len(b) == 0 || len(b) > 200 || !utf8.Valid(b) {
		return "", false
	}
	for _, r := range string(b) {
		if !unicode.IsPrint(r) {
			return "", false
		}
	}
	text := string(b)
	return text, !strings.HasPrefix(text, "-") && !strings.HasPrefix(text, "file://") && !strings.HasPrefix(text, "fileb://")
}

func listWords(list []any) string {
	var words []string
	for _, el := range list {
		switch el := el.(type) {
		case string:
			words = append(words, quote(el))
		case object:
			text, ok := shorthandText(el)
			if !ok {
				return quote(string(encodeJSON(list)))
			}
			words = append(words, quote(text))
		default:
			return quote(string(encodeJSON(list)))
		}
	}
	if len(words) == 0 {
		return "'[]'"
	}
	return strings.Join(words, " ")
}

// shorthandText writes an object in shorthand when it has a simple one.
func shorthandText(o object) (string, bool) {
	var parts []string
	for _, m := range o {
		text := ""
		switch v := m.val.(type) {
		case string:
			text = v
		case json.Number:
			text = v.String()
		case bool:
			text = string(encodeJSON(v))
		case []any:
			for i, el := range v {
				s, ok := el.(string)
				if !ok || !simple(s) {
					return "", false
				}
				if i > 0 {
					text += ","
				}
				text += s
			}
			text = "[" + text + "]"
			parts = append(parts, m.key+"="+text)
			continue
		default:
			return "", false
		}
		if !simple(text) {
			return "", false
		}
		parts = append(parts, m.key+"="+text)
	}
	return strings.Join(parts, ","), len(parts) > 0
}

// simple says whether text stands for itself in shorthand.
func simple(text string) bool {
	return text != "" && !strings.ContainsAny(text, ",=[]{}\\'\" \t\n\r")
}

// quote puts a word in single quotes when the shell would take it apart.
func quote(s string) string {
	for _, r := range s {
		if !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("-_./:=,@%+", r)) {
			return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
		}
	}
	if s == "" {
		return "''"
	}
	return s
}
