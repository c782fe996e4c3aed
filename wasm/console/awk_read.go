package console

import (
	"fmt"
	"regexp"
	"strings"
)

// An awkReader reads a program and makes functions of it.
type awkReader struct {
	text string // what is left

	tok    string // the present token; "" at the end
	kind   byte   // n number, s text, r pattern, w word, o sign, \n end of a line, 0 end
	spaced bool   // there was space before it
	value  bool   // the token before ends a value, so a / divides
	depth  int
	noIn   bool // in the head of a for: `in` belongs to it
	noMore bool // in the list of print: > would be a file
}

type awkFault struct{ text string }

func (f awkFault) Error() string { return f.text }

func (r *awkReader) bad(format string, a ...any) {
	panic(awkFault{"syntax error: " + fmt.Sprintf(format, a...)})
}

var awkSigns = []string{"&&", "||", "==", "!=", "<=", ">=", "++", "--", "+=", "-=", "*=", "/=", "%=", "^=", "**", "!~"}

// advance takes the next token.
func (r *awkReader) advance() {
	r.value = r.kind == 'n' || r.kind == 's' || r.kind == 'r' || r.kind == 'w' && !awkWords[r.tok] || r.kind == 'o' && (r.tok == ")" || r.tok == "]" || r.tok == "$" || r.tok == "++" || r.tok == "--")
	was := len(r.text)
	for {
		r.text = strings.TrimLeft(r.text, " \t\r")
		if strings.HasPrefix(r.text, "\\\n") {
			r.text = r.text[2:]
			continue
		}
		if strings.HasPrefix(r.text, "#") {
			if end := strings.IndexByte(r.text, '\n'); end >= 0 {
				r.text = r.text[end:]
			} else {
				r.text = ""
			}
		}
		break
	}
	r.spaced = len(r.text) < was
	t := r.text
	take := func(n int, kind byte) { r.tok, r.kind, r.text = t[:n], kind, t[n:] }
	switch {
	case t == "":
		take(0, 0)
	case t[0] == '\n':
		take(1, '\n')
	case t[0] == '"' || t[0] == '/' && !r.value:
		n := 1
		class := false
		for n < len(t) && (t[n] != t[0] || class) {
			switch {
			case t[n] == '\\':
				n++
			case t[0] == '/' && t[n] == '[':
				class = true
			case t[n] == ']':
				class = false
			case t[n] == '\n':
				r.bad("a %c is not closed", t[0])
			}
			n++
		}
		if n >= len(t) {
			r.bad("a %c is not closed", t[0])
		}
		kind := byte('s')
		if t[0] == '/' {
			kind = 'r'
		}
		take(n+1, kind)
		if r.tok = t[1:n]; kind == 's' {
			r.tok = unescape(r.tok)
		} else {
			r.tok = strings.ReplaceAll(r.tok, `\/`, "/")
		}
	case t[0] >= '0' && t[0] <= '9' || t[0] == '.' && len(t) > 1 && t[1] >= '0' && t[1] <= '9':
		take(len(awkNumeral.FindString(t)), 'n')
	case isName(t[:1]):
		n := 1
		for n < len(t) && isName("a"+t[n:n+1]) {
			n++
		}
		take(n, 'w')
	default:
		for _, s := range awkSigns {
			if strings.HasPrefix(t, s) {
				take(2, 'o')
				return
			}
		}
		if strings.IndexByte("{}()[];,+-*/%^!<>~?:=$", t[0]) < 0 {
			r.bad("%q is not known here", t[:1])
		}
		take(1, 'o')
	}
}

var awkNumeral = regexp.MustCompile(`^(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?`)

var awkWords = map[string]bool{"BEGIN": true, "END": true, "if": true, "else": true, "while": true, "for": true, "do": true, "in": true, "next": true, "exit": true,
	"print": true, "printf": true, "delete": true, "break": true, "continue": true, "getline": true, "function": true, "func": true, "return": true}

func (r *awkReader) is(sign string) bool { return (r.kind == 'o' || r.kind == 'w') && r.tok == sign }

func (r *awkReader) accept(sign string) bool {
	if r.is(sign) {
		r.advance()
		return true
	}
	return false
}

func (r *awkReader) want(sign string) {
	if !r.accept(sign) {
		r.bad("%s is missing%s", sign, r.place())
	}
}

func (r *awkReader) place() string {
	if r.kind == 0 {
		return " at the end"
	}
	return fmt.Sprintf(" before %q", r.tok)
}

func (r *awkReader) newlines() {
	for r.kind == '\n' || r.is(";") {
		r.advance()
	}
}

func (r *awkReader) program() (rules []awkRule, err error) {
	defer func() {
		if p := recover(); p != nil {
			f, ok := p.(awkFault)
			if !ok {
				panic(p)
			}
			err = f
		}
	}()
	r.advance()
	for r.newlines(); r.kind != 0; r.newlines() {
		var rule awkRule
		switch {
		case r.is("function") || r.is("func"):
			r.bad("functions of your own are not known here")
		case r.is("BEGIN") || r.is("END"):
			rule.kind = r.tok
			r.advance()
			if !r.is("{") {
				r.bad("%s wants { ... }", rule.kind)
			}
		case !r.is("{"):
			rule.when = r.expr()
			if r.accept(",") {
				rule.until = r.expr()
			}
		}
		if r.is("{") {
			rule.do = r.block()
		} else if r.kind != 0 && r.kind != '\n' && !r.is(";") {
			r.bad("something is missing%s", r.place())
		}
		rules = append(rules, rule)
	}
	return rules, nil
}

func (r *awkReader) block() awkStmt {
	r.want("{")
	var all []awkStmt
	for r.newlines(); !r.is("}"); r.newlines() {
		if r.kind == 0 {
			r.bad("} is missing at the end")
		}
		all = append(all, r.statement())
	}
	r.advance()
	return func(a *awk) error {
		for _, s := range all {
			if err := s(a); err != nil {
				return err
			}
		}
		return nil
	}
}

func (r *awkReader) statement() awkStmt {
	if r.depth++; r.depth > 200 {
		r.bad("it is nested too deep")
	}
	defer func() { r.depth-- }()
	switch {
	case r.is("{"):
		return r.block()
	case r.accept("if"):
		return r.ifStatement()
	case r.accept("while"):
		r.want("(")
		cond := r.expr()
		r.want(")")
		r.breaks()
		return awkLoop(nil, cond, nil, r.statement())
	case r.accept("for"):
		return r.forStatement()
	}
	s := r.simple()
	if r.kind != 0 && r.kind != '\n' && !r.is("}") {
		r.want(";")
	}
	return s
}

// breaks passes over ends of lines.
func (r *awkReader) breaks() {
	for r.kind == '\n' {
		r.advance()
	}
}

func (r *awkReader) ifStatement() awkStmt {
	r.want("(")
	cond := r.expr()
	r.want(")")
	r.breaks()
	then := r.statement()
	save := *r
	r.newlines()
	var other awkStmt
	if r.accept("else") {
		r.breaks()
		other = r.statement()
	} else {
		*r = save
	}
	return func(a *awk) error {
		v, err := cond(a)
		switch {
		case err != nil:
			return err
		case v.truth():
			return then(a)
		case other != nil:
			return other(a)
		}
		return nil
	}
}

func (r *awkReader) forStatement() awkStmt {
	r.want("(")
	if r.kind == 'w' && !awkWords[r.tok] { // for (key in array)
		save := *r
		key := r.tok
		if r.advance(); r.accept("in") && r.kind == 'w' {
			name := r.tok
			if r.advance(); r.accept(")") {
				r.breaks()
				body := r.statement()
				return func(a *awk) error {
					for _, k := range append([]string(nil), a.array(name).keys...) {
						a.vars[key] = awkText(k)
						if err := body(a); err == errBreak {
							break
						} else if err != nil && err != errContinue {
							return err
						}
					}
					return nil
				}
			}
		}
		*r = save
	}
	var begin, after awkStmt
	var cond awkExpr
	if !r.is(";") {
		begin = r.simple()
	}
	r.want(";")
	if !r.is(";") {
		cond = r.expr()
	}
	r.want(";")
	if !r.is(")") {
		after = r.simple()
	}
	r.want(")")
	r.breaks()
	return awkLoop(begin, cond, after, r.statement())
}

func awkLoop(begin awkStmt, cond awkExpr, after, body awkStmt) awkStmt {
	return func(a *awk) error {
		if begin != nil {
			if err := begin(a); err != nil {
				return err
			}
		}
		for {
			if cond != nil {
				if v, err := cond(a); err != nil || !v.truth() {
					return err
				}
			}
			if err := body(a); err == errBreak {
				return nil
			} else if err != nil && err != errContinue {
				return err
			}
			if after != nil {
				if err := after(a); err != nil {
					return err
				}
			}
			if err := a.step(); err != nil {
				return err
			}
		}
	}
}

func (r *awkReader) simple() awkStmt {
	leave := map[string]error{"next": errNext, "break": errBreak, "continue": errContinue}
	switch {
	case r.kind == 'w' && leave[r.tok] != nil:
		err := leave[r.tok]
		r.advance()
		return func(*awk) error { return err }
	case r.accept("exit"):
		code := awkExpr(func(*awk) (awkValue, error) { return awkNumber(0), nil })
		if r.kind != 0 && r.kind != '\n' && !r.is(";") && !r.is("}") {
			code = r.expr()
		}
		return func(a *awk) error {
			v, err := code(a)
			if err != nil {
				return err
			}
			a.exit = int(uint8(int(v.number())))
			return errExit
		}
	case r.accept("delete"):
		name := r.tok
		r.advance()
		if !r.is("[") {
			return func(a *awk) error { delete(a.arrays, name); return nil }
		}
		key := r.subscript()
		return func(a *awk) error {
			k, err := key(a)
			a.array(name).drop(k.String())
			return err
		}
	case r.is("print") || r.is("printf"):
		return r.printing()
	case r.is("getline") || r.is("return"):
		r.bad("%s is not known here", r.tok)
	}
	e := r.expr()
	return func(a *awk) error { _, err := e(a); return err }
}

func (r *awkReader) printing() awkStmt {
	formatted := r.tok == "printf"
	r.advance()
	r.noMore = true
	var list []awkExpr
	for r.kind != 0 && r.kind != '\n' && !r.is(";") && !r.is("}") && !r.is(">") {
		list = append(list, r.expr())
		if !r.accept(",") {
			break
		}
		r.breaks()
	}
	r.noMore = false
	if r.is(">") {
		r.bad("print writes to standard output only; redirect awk itself: awk '...' > file")
	}
	if formatted && len(list) == 0 {
		r.bad("printf wants a format")
	}
	return func(a *awk) error {
		vals := make([]awkValue, len(list))
		words := make([]string, len(list))
		for i, e := range list {
			v, err := e(a)
			if err != nil {
				return err
			}
			vals[i], words[i] = v, v.String()
		}
		switch {
		case formatted:
			a.out.WriteString(awkFormat(words[0], vals[1:]))
		case len(list) == 0:
			a.out.WriteString(a.record() + a.vars["ORS"].String())
		default:
			a.out.WriteString(strings.Join(words, a.vars["OFS"].String()) + a.vars["ORS"].String())
		}
		return a.step()
	}
}

// subscript reads [a, b], whose parts are joined.
func (r *awkReader) subscript() awkExpr {
	r.want("[")
	more := r.noMore
	r.noMore = false
	keys := []awkExpr{r.expr()}
	for r.accept(",") {
		keys = append(keys, r.expr())
	}
	r.noMore = more
	r.want("]")
	return func(a *awk) (awkValue, error) {
		parts := make([]string, len(keys))
		for i, k := range keys {
			v, err := k(a)
			if err != nil {
				return v, err
			}
			parts[i] = v.String()
		}
		return awkText(strings.Join(parts, "\x1c")), nil
	}
}
