package render

import (
	"html"
	"io"
	"regexp"
	"strings"
)

// writeCode writes a code block. It can be scrolled by keyboard, so it takes the focus.
func writeCode(w io.Writer, language, code string) {
	io.WriteString(w, `<pre class="code" tabindex="0"><code class="language-`+html.EscapeString(language)+`">`)
	switch language {
	case "sh":
		shell(w, code)
	case "console":
		for line := range strings.Lines(code) {
			if rest, ok := strings.CutPrefix(line, "$ "); ok {
				span(w, "prompt", "$ ")
				shell(w, rest)
			} else {
				body := strings.TrimSuffix(line, "\n")
				span(w, "output", body)
				io.WriteString(w, line[len(body):])
			}
		}
	case "json":
		jsonCode(w, code)
	default:
		io.WriteString(w, html.EscapeString(code))
	}
	io.WriteString(w, "</code></pre>\n")
}

func span(w io.Writer, class, s string) {
	switch {
	case s == "":
	case class == "":
		io.WriteString(w, html.EscapeString(s))
	default:
		io.WriteString(w, `<span class="tok-`+class+`">`+html.EscapeString(s)+`</span>`)
	}
}

// A rule gives what its pattern matches at the reading position a class.
type rule struct {
	class   string
	pattern *regexp.Regexp
}

var shellRules = []rule{
	{"", regexp.MustCompile(`^\\\n`)},
	{"space", regexp.MustCompile(`^[ \t]+`)},
	{"newline", regexp.MustCompile(`^\n+`)},
	{"comment", regexp.MustCompile(`^#[^\n]*`)},
	{"string", regexp.MustCompile(`^'[^']*'`)},
	{"quote", regexp.MustCompile(`^"`)},
	{"opens", regexp.MustCompile(`^\$\(`)},
	{"variable", regexp.MustCompile(`^\$(?:\{[^}]*\}|[A-Za-z_][A-Za-z0-9_]*|[0-9?#@*!$])`)},
	{"starts", regexp.MustCompile(`^(?:\|\||&&|;;|[|;&({])`)},
	{"operator", regexp.MustCompile(`^(?:<<<|<<|>>|[<>)}])`)},
	{"option", regexp.MustCompile(`^--?[A-Za-z][A-Za-z0-9-]*`)},
	{"number", regexp.MustCompile(`^[0-9]+(?:\.[0-9]+)?(?:[ \t\n;|)]|$)`)},
	{"assign", regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*=`)},
	{"word", regexp.MustCompile(`^(?:\\.|[^\s'"$|;&<>(){}\\])+`)},
	{"", regexp.MustCompile(`^.`)},
}

var shellKeywords = map[string]bool{
	"for": true, "in": true, "do": true, "done": true, "while": true, "until": true, "if": true, "then": true, "else": true,
	"elif": true, "fi": true, "case": true, "esac": true,
}

// shell marks up console lines: which word is the command, what is an option, a string, a variable.
func shell(w io.Writer, code string) {
	command, quoted, wordStart := true, false, true
	var nested []bool // whether each open $( stands inside double quotes
	for code != "" {
		if quoted {
			n := strings.IndexAny(code, "\"$")
			switch {
			case n < 0:
				span(w, "string", code)
				return
			case n > 0:
				span(w, "string", code[:n])
				code = code[n:]
				continue
			case code[0] == '"':
				span(w, "string", `"`)
				code, quoted = code[1:], false
				continue
			case !strings.HasPrefix(code, "$(") && shellRules[7].pattern.FindString(code) == "":
				span(w, "string", "$")
				code = code[1:]
				continue
			}
		}
		for _, r := range shellRules {
			m := r.pattern.FindString(code)
			if m == "" || r.class == "comment" && !wordStart || (r.class == "option" || r.class == "number" || r.class == "assign") && !wordStart {
				continue
			}
			if r.class == "number" {
				m = strings.TrimRight(m, " \t\n;|)")
			}
			code = code[len(m):]
			wordStart = false
			switch r.class {
			case "space":
				span(w, "", m)
				wordStart = true
			case "newline":
				span(w, "", m)
				command, wordStart = true, true
			case "quote":
				span(w, "string", m)
				quoted, command = true, false
			case "opens":
				span(w, "operator", m)
				nested = append(nested, quoted)
				quoted, command, wordStart = false, true, true
			case "starts":
				span(w, "operator", m)
				command, wordStart = true, true
			case "operator":
				span(w, "operator", m)
				if m == ")" && len(nested) > 0 {
					quoted, nested = nested[len(nested)-1], nested[:len(nested)-1]
					command = false
				}
				wordStart = true
			case "assign":
				span(w, "variable", m)
			case "word":
				switch {
				case shellKeywords[m]:
					span(w, "keyword", m)
					command = m != "for" && m != "case" && m != "in"
				case command:
					span(w, "command", m)
					command = false
				default:
					span(w, "", m)
				}
			default:
				span(w, r.class, m)
				if r.class != "comment" {
					command = false
				}
			}
			break
		}
	}
}

var jsonRules = []rule{
	{"key", regexp.MustCompile(`^"(?:[^"\\\n]|\\.)*"(?:\s*:)`)},
	{"string", regexp.MustCompile(`^"(?:[^"\\\n]|\\.)*"`)},
	{"number", regexp.MustCompile(`^-?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?`)},
	{"constant", regexp.MustCompile(`^(?:true|false|null)`)},
	{"operator", regexp.MustCompile(`^[{}\[\],:]`)},
	{"", regexp.MustCompile(`^(?:\s+|.)`)},
}

func jsonCode(w io.Writer, code string) {
	for code != "" {
		for _, r := range jsonRules {
			m := r.pattern.FindString(code)
			if m == "" {
				continue
			}
			if r.class == "key" {
				m = strings.TrimRight(strings.TrimSuffix(m, ":"), " \t\n")
			}
			span(w, r.class, m)
			code = code[len(m):]
			break
		}
	}
}
