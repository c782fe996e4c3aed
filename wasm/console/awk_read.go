package console

import (
	"fmt"
	"math"
	"regexp"
	"strconv"
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

// expr reads an expression: assignments and ?: bind least.
func (r *awkReader) expr() awkExpr {
	if r.depth++; r.depth > 200 {
		r.bad("it is nested too deep")
	}
	defer func() { r.depth-- }()
	left, place := r.or()
	if place != nil && r.kind == 'o' {
		op := r.tok
		switch op {
		case "=", "+=", "-=", "*=", "/=", "%=", "^=":
			r.advance()
			r.breaks()
			right := r.expr()
			return func(a *awk) (awkValue, error) {
				v, err := right(a)
				if err == nil && op != "=" {
					var was awkValue
					if was, err = place.get(a); err == nil {
						v, err = awkMath(op[:1], was, v)
					}
				}
				if err != nil {
					return v, err
				}
				return v, place.set(a, v)
			}
		}
	}
	if r.accept("?") {
		yes := r.expr()
		r.want(":")
		no := r.expr()
		return func(a *awk) (awkValue, error) {
			v, err := left(a)
			if err != nil {
				return v, err
			}
			if v.truth() {
				return yes(a)
			}
			return no(a)
		}
	}
	return left
}

func (r *awkReader) or() (awkExpr, *awkPlace) {
	left, place := r.and()
	for r.accept("||") {
		r.breaks()
		a0, b0 := left, awkExpr(nil)
		b0, _ = r.and()
		left, place = awkEither(a0, b0, true), nil
	}
	return left, place
}

func (r *awkReader) and() (awkExpr, *awkPlace) {
	left, place := r.in()
	for r.accept("&&") {
		r.breaks()
		a0, b0 := left, awkExpr(nil)
		b0, _ = r.in()
		left, place = awkEither(a0, b0, false), nil
	}
	return left, place
}

// awkEither is || when enough is true, else &&.
func awkEither(x, y awkExpr, enough bool) awkExpr {
	return func(a *awk) (awkValue, error) {
		v, err := x(a)
		if err != nil || v.truth() == enough {
			return awkBool(enough), err
		}
		v, err = y(a)
		return awkBool(v.truth()), err
	}
}

func (r *awkReader) in() (awkExpr, *awkPlace) {
	left, place := r.match()
	for r.is("in") {
		r.advance()
		key, name := left, r.tok
		r.advance()
		left, place = func(a *awk) (awkValue, error) {
			k, err := key(a)
			_, has := a.array(name).at[k.String()]
			return awkBool(has), err
		}, nil
	}
	return left, place
}

func (r *awkReader) match() (awkExpr, *awkPlace) {
	left, place := r.compare()
	for r.is("~") || r.is("!~") {
		not := r.tok == "!~"
		r.advance()
		text := left
		pat := r.regex()
		left, place = func(a *awk) (awkValue, error) {
			v, err := text(a)
			if err != nil {
				return v, err
			}
			re, err := pat(a)
			if err != nil {
				return v, err
			}
			return awkBool(re.MatchString(v.String()) != not), nil
		}, nil
	}
	return left, place
}

// regex reads a pattern: /.../, or an expression whose text is one.
func (r *awkReader) regex() func(a *awk) (*regexp.Regexp, error) {
	if r.kind == 'r' {
		re, err := regexp.Compile(r.tok)
		if err != nil {
			r.bad("%v", err)
		}
		r.advance()
		return func(*awk) (*regexp.Regexp, error) { return re, nil }
	}
	e, _ := r.compare()
	return func(a *awk) (*regexp.Regexp, error) {
		v, err := e(a)
		if err != nil {
			return nil, err
		}
		return a.pattern(v.String())
	}
}

func (r *awkReader) compare() (awkExpr, *awkPlace) {
	left, place := r.concat()
	if r.kind != 'o' {
		return left, place
	}
	switch op := r.tok; op {
	case "==", "!=", "<", "<=", ">", ">=":
		if op == ">" && r.noMore {
			break
		}
		r.advance()
		right, _ := r.concat()
		return func(a *awk) (awkValue, error) {
			x, err := left(a)
			if err != nil {
				return x, err
			}
			y, err := right(a)
			c := strings.Compare(x.String(), y.String())
			if x.asNumber() && (y.asNumber() || y.looked && y.text == "") || y.asNumber() && x.looked && x.text == "" {
				c = 0
				if d := x.number() - y.number(); d < 0 {
					c = -1
				} else if d > 0 {
					c = 1
				}
			}
			yes := map[string]bool{"==": c == 0, "!=": c != 0, "<": c < 0, "<=": c <= 0, ">": c > 0, ">=": c >= 0}[op]
			return awkBool(yes), err
		}, nil
	}
	return left, place
}

// concat reads values that stand beside each other.
func (r *awkReader) concat() (awkExpr, *awkPlace) {
	left, place := r.sum()
	for r.kind == 'n' || r.kind == 's' || r.kind == 'w' && !awkWords[r.tok] || r.is("$") || r.is("(") || r.is("!") || r.is("-") && r.spaced {
		x := left
		y, _ := r.sum()
		left, place = func(a *awk) (awkValue, error) {
			v, err := x(a)
			if err != nil {
				return v, err
			}
			w, err := y(a)
			text := v.String() + w.String()
			a.p.traffic.Add(int64(len(text))) // so that a text does not grow without end
			return awkText(text), err
		}, nil
	}
	return left, place
}

func awkMath(op string, x, y awkValue) (awkValue, error) {
	a, b := x.number(), y.number()
	switch op {
	case "+":
		return awkNumber(a + b), nil
	case "-":
		return awkNumber(a - b), nil
	case "*":
		return awkNumber(a * b), nil
	case "^":
		return awkNumber(math.Pow(a, b)), nil
	}
	if b == 0 {
		return awkNumber(0), fmt.Errorf("division by zero")
	}
	if op == "%" {
		return awkNumber(math.Mod(a, b)), nil
	}
	return awkNumber(a / b), nil
}

func awkTwo(op string, x, y awkExpr) awkExpr {
	return func(a *awk) (awkValue, error) {
		v, err := x(a)
		if err != nil {
			return v, err
		}
		w, err := y(a)
		if err != nil {
			return w, err
		}
		return awkMath(op, v, w)
	}
}

func (r *awkReader) sum() (awkExpr, *awkPlace) {
	left, place := r.product()
	for r.is("+") || r.is("-") {
		op := r.tok
		r.advance()
		right, _ := r.product()
		left, place = awkTwo(op, left, right), nil
	}
	return left, place
}

func (r *awkReader) product() (awkExpr, *awkPlace) {
	left, place := r.unary()
	for r.is("*") || r.is("/") || r.is("%") {
		op := r.tok
		r.advance()
		right, _ := r.unary()
		left, place = awkTwo(op, left, right), nil
	}
	return left, place
}

func (r *awkReader) unary() (awkExpr, *awkPlace) {
	if r.is("!") || r.is("-") || r.is("+") {
		op := r.tok
		r.advance()
		e, _ := r.unary()
		return func(a *awk) (awkValue, error) {
			v, err := e(a)
			switch op {
			case "!":
				return awkBool(!v.truth()), err
			case "-":
				return awkNumber(-v.number()), err
			}
			return awkNumber(v.number()), err
		}, nil
	}
	left, place := r.postfix()
	if r.is("^") || r.is("**") {
		r.advance()
		right, _ := r.unary()
		return awkTwo("^", left, right), nil
	}
	return left, place
}

func (r *awkReader) postfix() (awkExpr, *awkPlace) {
	if r.is("++") || r.is("--") {
		op := r.tok[:1]
		r.advance()
		_, place := r.primary()
		if place == nil {
			r.bad("%s%s wants a variable", op, op)
		}
		return place.shift(op, false), nil
	}
	e, place := r.primary()
	if place != nil && (r.is("++") || r.is("--")) {
		op := r.tok[:1]
		r.advance()
		return place.shift(op, true), nil
	}
	return e, place
}

// shift is ++ and --; before says that the value is the one before.
func (p *awkPlace) shift(op string, before bool) awkExpr {
	return func(a *awk) (awkValue, error) {
		was, err := p.get(a)
		if err != nil {
			return was, err
		}
		now, _ := awkMath(op, was, awkNumber(1))
		if err := p.set(a, now); before {
			return awkNumber(was.number()), err
		} else {
			return now, err
		}
	}
}

func (r *awkReader) primary() (awkExpr, *awkPlace) {
	tok, kind := r.tok, r.kind
	fixed := func(v awkValue) (awkExpr, *awkPlace) {
		r.advance()
		return func(*awk) (awkValue, error) { return v, nil }, nil
	}
	switch {
	case kind == 'n':
		f, err := strconv.ParseFloat(tok, 64)
		if err != nil {
			r.bad("%q is no number", tok)
		}
		return fixed(awkNumber(f))
	case kind == 's':
		return fixed(awkText(tok))
	case kind == 'r':
		re := r.regex()
		return func(a *awk) (awkValue, error) {
			m, err := re(a)
			if err != nil {
				return awkValue{}, err
			}
			return awkBool(m.MatchString(a.record())), nil
		}, nil
	case r.accept("("):
		more := r.noMore
		r.noMore = false
		e := r.expr()
		r.noMore = more
		r.want(")")
		return e, nil
	case r.accept("$"):
		e, _ := r.postfix()
		return awkIsPlace(awkPlace{
			get: func(a *awk) (awkValue, error) {
				v, err := e(a)
				if n := v.number(); err != nil || n < 0 {
					return v, fmt.Errorf("there is no field %v", v)
				}
				return a.field(int(v.number())), nil
			},
			set: func(a *awk, v awkValue) error {
				n, err := e(a)
				if err != nil {
					return err
				}
				return a.setField(int(n.number()), v)
			},
		})
	case kind == 'w' && !awkWords[tok]:
		r.advance()
		if f, ok := awkFunctions[tok]; ok && (r.is("(") || tok == "length") {
			return r.call(tok, f), nil
		}
		if r.is("(") && !r.spaced {
			r.bad("there is no function %s here", tok)
		}
		if r.is("[") {
			key := r.subscript()
			return awkIsPlace(awkPlace{
				get: func(a *awk) (awkValue, error) {
					k, err := key(a)
					return a.array(tok).at[k.String()], err
				},
				set: func(a *awk, v awkValue) error {
					k, err := key(a)
					if err == nil {
						a.array(tok).put(k.String(), v)
					}
					return err
				},
			})
		}
		return awkIsPlace(awkPlace{
			get: func(a *awk) (awkValue, error) {
				v, has := a.vars[tok]
				if !has {
					v.looked = true // neither text nor number yet: it is both
				}
				return v, nil
			},
			set: func(a *awk, v awkValue) error { a.vars[tok] = v; return nil },
		})
	}
	r.bad("something is missing%s", r.place())
	return nil, nil
}

func awkIsPlace(p awkPlace) (awkExpr, *awkPlace) { return p.get, &p }
