package terminal

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"strings"
	"unicode"
	"unicode/utf8"

	"shardlab/wasm/aws"
	"shardlab/wasm/protocol"
)

// Line returns the console line that does what the operation op of service does with body; a button shows it. Members
// that a line cannot hold in words are JSON in quotes.
func Line(service, op string, body []byte) string {
	words := []string{"aws", service, aws.Kebab(op)}
	if service == "lab" {
		words = []string{"lab", aws.Kebab(op)}
	}
	members, _ := membersOf(body)
	raw := false
	var whole []string // members that only the request as a whole can hold
	for _, m := range members {
		flag := "--" + aws.Kebab(m.key)
		switch m.val[0] {
		case 'n':
		case 't':
			words = append(words, flag)
		case 'f':
			words = append(words, "--no-"+flag[2:])
		case '"':
			val := textOf(m.val)
			if text, ok := plainData(m.key, val); ok {
				raw, val = true, text
			}
			if fromFile(val) {
				whole = append(whole, `"`+m.key+`":`+compact(m.val))
				continue
			}
			words = append(words, valued(flag, protocol.ShellWord(val)))
		case '{':
			words = append(words, valued(flag, objectWord(m.val)))
		case '[':
			words = append(words, flag, listWords(m.val))
		default:
			words = append(words, flag, string(m.val))
		}
	}
	if raw {
		words = append(words, "--cli-binary-format", "raw-in-base64-out")
	}
	if len(whole) > 0 {
		words = append(words, "--cli-input-json", protocol.ShellWord("{"+strings.Join(whole, ",")+"}"))
	}
	return strings.Join(words, " ")
}

// valued is an option with its value, which would be an option of its own where it begins as one.
func valued(flag, word string) string {
	if strings.HasPrefix(strings.TrimPrefix(word, "'"), "-") {
		return flag + "=" + word
	}
	return flag + " " + word
}

// A pair is one member of a JSON object.
type pair struct {
	key string
	val []byte // JSON without spaces around it
}

// membersOf lists the members of a JSON object in the order in which they were written, a key that comes twice with its last
// value; false when text is no object.
func membersOf(text []byte) ([]pair, bool) {
	d := json.NewDecoder(bytes.NewReader(text))
	if t, err := d.Token(); err != nil || t != json.Delim('{') || !json.Valid(text) {
		return nil, false
	}
	var all []pair
next:
	for d.More() {
		k, _ := d.Token()
		var v json.RawMessage
		if d.Decode(&v) != nil {
			return nil, false
		}
		for i := range all {
			if all[i].key == k.(string) {
				all[i].val = v
				continue next
			}
		}
		all = append(all, pair{k.(string), v})
	}
	return all, true
}

// elementsOf lists what a JSON list holds.
func elementsOf(text []byte) []json.RawMessage {
	var all []json.RawMessage
	json.Unmarshal(text, &all) // it was read before
	return all
}

func textOf(text []byte) string {
	var s string
	json.Unmarshal(text, &s) // it was read before
	return s
}

// compact writes JSON without spaces, < > and & as they are.
func compact(text []byte) string {
	var b bytes.Buffer
	if json.Compact(&b, text) != nil {
		return string(text)
	}
	in := b.String()
	var out strings.Builder
	for i := 0; i < len(in); i++ {
		if in[i] != '\\' {
			out.WriteByte(in[i])
			continue
		}
		if i+6 <= len(in) {
			if at := strings.Index("\\u003c \\u003e \\u0026", strings.ToLower(in[i:i+6])); at >= 0 {
				out.WriteByte("<>&"[at/7])
				i += 5
				continue
			}
		}
		out.WriteString(in[i : i+2])
		i++
	}
	return out.String()
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
	return text, !strings.HasPrefix(text, "-") && !fromFile(text)
}

// fromFile says whether the AWS CLI takes a value for a file whose content it sends.
func fromFile(text string) bool {
	return strings.HasPrefix(text, "file://") || strings.HasPrefix(text, "fileb://")
}

// objectWord writes an object as one word: in shorthand when it has a simple one.
func objectWord(val []byte) string {
	if text, ok := shorthandText(val); ok {
		return protocol.ShellWord(text)
	}
	return protocol.ShellWord(compact(val))
}

func listWords(list []byte) string {
	var words []string
	for _, el := range elementsOf(list) {
		switch el[0] {
		case '"':
			text := textOf(el)
			if fromFile(text) || text != "" && strings.Contains("-[{", text[:1]) {
				return protocol.ShellWord(compact(list))
			}
			words = append(words, protocol.ShellWord(text))
		case '{':
			text, ok := shorthandText(el)
			if !ok {
				return protocol.ShellWord(compact(list))
			}
			words = append(words, protocol.ShellWord(text))
		default:
			return protocol.ShellWord(compact(list))
		}
	}
	if len(words) == 0 {
		return "'[]'"
	}
	return strings.Join(words, " ")
}

// shorthandText writes an object in shorthand when it has a simple one.
func shorthandText(val []byte) (string, bool) {
	members, _ := membersOf(val)
	var parts []string
	for _, m := range members {
		text := string(m.val)
		switch m.val[0] {
		case 'n', '{':
			return "", false
		case '"':
			text = textOf(m.val)
		case '[':
			var words []string
			for _, el := range elementsOf(m.val) {
				if el[0] != '"' || !simple(textOf(el)) {
					return "", false
				}
				words = append(words, textOf(el))
			}
			parts = append(parts, m.key+"=["+strings.Join(words, ",")+"]")
			continue
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
