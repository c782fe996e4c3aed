package iam

import (
	"strings"
	"unicode/utf8"
)

// Characters that fill puts in place of ${*}, ${?} and ${$}, which stand for themselves and not for a wildcard. JSON texts
// cannot hold them as they are, and an ARN has none.
const (
	literalStar     = '\x01'
	literalQuestion = '\x02'
)

// glob says whether text fits a pattern in which * stands for any characters, none included, and ? for exactly one.
func glob(pattern, text string, fold bool) bool {
	if fold {
		pattern, text = strings.ToLower(pattern), strings.ToLower(text)
	}
	p, t := 0, 0
	star, mark := -1, 0 // the last * and where the text stood then
	for t < len(text) {
		if p < len(pattern) {
			switch c := pattern[p]; {
			case c == '*':
				star, mark = p, t
				p++
				continue
			case c == '?':
				_, n := utf8.DecodeRuneInString(text[t:])
				p, t = p+1, t+n
				continue
			case c == text[t] || c == literalStar && text[t] == '*' || c == literalQuestion && text[t] == '?':
				p, t = p+1, t+1
				continue
			}
		}
		if star < 0 {
			return false
		}
		_, n := utf8.DecodeRuneInString(text[mark:])
		mark += n
		p, t = star+1, mark
	}
	for p < len(pattern) && pattern[p] == '*' {
		p++
	}
	return p == len(pattern)
}

// unescape turns what fill made literal into what it stands for.
func unescape(s string) string {
	if !strings.ContainsAny(s, string([]rune{literalStar, literalQuestion})) {
		return s
	}
	return strings.NewReplacer(string(literalStar), "*", string(literalQuestion), "?").Replace(s)
}

// fill puts the request's values in place of policy variables, ${aws:username}; false when the request has no such value,
// or several, and so nothing can match.
// Source: IAM User Guide, "IAM policy elements: Variables and tags".
func fill(text string, values func(key string) []string) (string, bool) {
	if !strings.Contains(text, "${") {
		return text, true
	}
	var b strings.Builder
	for {
		head, rest, ok := strings.Cut(text, "${")
		b.WriteString(head)
		if !ok {
			return b.String(), true
		}
		name, tail, closed := strings.Cut(rest, "}")
		if !closed {
			return "", false
		}
		name, standard, hasStandard := strings.Cut(name, ",")
		switch name = strings.TrimSpace(name); name {
		case "*":
			b.WriteByte(literalStar)
		case "?":
			b.WriteByte(literalQuestion)
		case "$":
			b.WriteByte('$')
		default:
			found := values(name)
			if len(found) != 1 && !hasStandard {
				return "", false
			}
			if len(found) == 1 {
				b.WriteString(found[0])
			} else {
				b.WriteString(strings.Trim(strings.TrimSpace(standard), "'"))
			}
		}
		text = tail
	}
}
