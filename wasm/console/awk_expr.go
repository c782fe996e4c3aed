package console

import (
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
)

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
