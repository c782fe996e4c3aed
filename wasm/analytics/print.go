package analytics

import (
	"strconv"
	"strings"
)

// name writes a name so that it reads as the same.
func name(s string) string {
	plain := s != "" && isLetter(s[0]) && !isReserved(s)
	for i := range len(s) {
		plain = plain && (isLetter(s[i]) || isDigit(s[i]) || s[i] == '$')
	}
	if plain {
		return s
	}
	return `"` + strings.ReplaceAll(s, `"`, `""`) + `"`
}

func names(all []string) string {
	var b []string
	for _, s := range all {
		b = append(b, name(s))
	}
	return strings.Join(b, ", ")
}

func quote(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }

// interval writes a length of time in the largest unit that it is a whole number of.
func interval(micros int64) string {
	n, unit := strconv.FormatFloat(float64(micros)/1e6, 'f', -1, 64), "SECOND"
	for _, u := range units {
		if micros != 0 && micros%u.micros == 0 {
			n, unit = strconv.FormatInt(micros/u.micros, 10), u.name
		}
	}
	return "INTERVAL '" + n + "' " + unit
}

func unitName(micros int64) string {
	for _, u := range units {
		if u.micros == micros {
			return u.name
		}
	}
	return ""
}

func exprs(all []*expr) string {
	var b []string
	for _, e := range all {
		b = append(b, e.String())
	}
	return strings.Join(b, ", ")
}

// operand writes an expression that stands beside an operator.
func (e *expr) operand() string {
	s := e.String()
	switch e.op {
	case opCol, opCall, "CAST", "CASE", opCaseOf, "EXTRACT", opStep, "FLOOR", "CEIL":
		return s
	case opLit:
		if e.val.kind == Text || !strings.HasPrefix(s, "-") {
			return s
		}
	}
	return "(" + s + ")"
}

func (e *expr) String() string {
	arg := func(i int) string { return e.args[i].operand() }
	switch e.op {
	case opLit:
		switch e.val.kind {
		case Text:
			return quote(e.val.s)
		case Time:
			return "TIMESTAMP " + quote(e.val.String())
		case Interval:
			return interval(e.val.n)
		case Double:
			s := strconv.FormatFloat(e.val.float(), 'g', -1, 64)
			if !strings.ContainsAny(s, ".e") {
				s += ".0"
			}
			return s
		}
		return e.val.String()
	case opCol:
		if e.of != "" {
			return name(e.of) + "." + name(e.name)
		}
		return name(e.name)
	case opStar:
		if e.of != "" {
			return name(e.of) + ".*"
		}
		return "*"
	case opNeg:
		return "-" + arg(0)
	case "NOT":
		return "NOT " + arg(0)
	case "BETWEEN":
		return arg(0) + " BETWEEN " + arg(1) + " AND " + arg(2)
	case "IN":
		return arg(0) + " IN (" + exprs(e.args[1:]) + ")"
	case "LIKE":
		s := arg(0) + " LIKE " + arg(1)
		if len(e.args) == 3 {
			s += " ESCAPE " + arg(2)
		}
		return s
	case "CASE", opCaseOf:
		s, pairs := "CASE", e.args
		if e.op == opCaseOf {
			s, pairs = s+" "+arg(0), pairs[1:]
		}
		for i := 0; i+1 < len(pairs); i += 2 {
			s += " WHEN " + pairs[i].String() + " THEN " + pairs[i+1].String()
		}
		if len(pairs)%2 == 1 {
			s += " ELSE " + pairs[len(pairs)-1].String()
		}
		return s + " END"
	case "CAST":
		return "CAST(" + e.args[0].String() + " AS " + e.typ.String() + ")"
	case opStep:
		return "STEP(" + e.args[0].String() + " BY " + interval(e.val.n) + ")"
	case "FLOOR", "CEIL":
		return e.op + "(" + e.args[0].String() + " TO " + unitName(e.val.n) + ")"
	case "EXTRACT":
		return "EXTRACT(" + e.name + " FROM " + e.args[0].String() + ")"
	case opCall:
		s := e.name + "("
		switch {
		case e.name == "CURRENT_ROW_TIMESTAMP":
			return e.name
		case e.name == "POSITION" && len(e.args) == 2:
			s += arg(0) + " IN " + e.args[1].String()
		case e.name == "TRIM" && len(e.args) == 2:
			s += e.typ.Name + " " + e.args[0].String() + " FROM " + e.args[1].String()
		default:
			if e.distinct {
				s += "DISTINCT "
			}
			s += exprs(e.args)
		}
		s += ")"
		if e.over != nil {
			s += " OVER "
			if e.over.name != "" {
				return s + name(e.over.name)
			}
			s += e.over.String()
		}
		return s
	}
	if strings.HasPrefix(e.op, "IS ") {
		return arg(0) + " " + e.op
	}
	return arg(0) + " " + e.op + " " + arg(1)
}

func (w *window) String() string {
	s := "("
	if len(w.partition) > 0 {
		s += "PARTITION BY " + exprs(w.partition) + " "
	}
	switch {
	case w.unbounded && w.byRows:
		s += "ROWS UNBOUNDED PRECEDING"
	case w.unbounded:
		s += "RANGE UNBOUNDED PRECEDING"
	case w.byRows:
		s += "ROWS " + strconv.FormatInt(w.rows, 10) + " PRECEDING"
	default:
		s += "RANGE " + interval(w.micros) + " PRECEDING"
	}
	return s + ")"
}

func (q *Select) String() string {
	var b strings.Builder
	b.WriteString("SELECT ")
	if q.stream {
		b.WriteString("STREAM ")
	}
	if q.distinct {
		b.WriteString("DISTINCT ")
	}
	for i, it := range q.items {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(it.e.String())
		if it.as != "" {
			b.WriteString(" AS " + name(it.as))
		}
	}
	for i, f := range q.from {
		switch {
		case i == 0:
			b.WriteString("\nFROM ")
		case f.left:
			b.WriteString("\nLEFT JOIN ")
		default:
			b.WriteString("\nJOIN ")
		}
		if f.sub != nil {
			b.WriteString("(" + f.sub.String() + ")")
		} else {
			b.WriteString(name(f.name))
		}
		if f.over != nil {
			b.WriteString(" OVER " + f.over.String())
		}
		if f.as != "" {
			b.WriteString(" AS " + name(f.as))
		}
		if f.on != nil {
			b.WriteString(" ON " + f.on.String())
		}
	}
	if q.where != nil {
		b.WriteString("\nWHERE " + q.where.String())
	}
	if q.stagger != nil {
		b.WriteString("\nWINDOWED BY STAGGER " + q.stagger.String())
	}
	if len(q.group) > 0 {
		b.WriteString("\nGROUP BY " + exprs(q.group))
	}
	if q.having != nil {
		b.WriteString("\nHAVING " + q.having.String())
	}
	for i, w := range q.windows {
		if i == 0 {
			b.WriteString("\nWINDOW ")
		} else {
			b.WriteString(", ")
		}
		b.WriteString(name(w.name) + " AS " + w.String())
	}
	for i, e := range q.order {
		if i == 0 {
			b.WriteString("\nORDER BY ")
		} else {
			b.WriteString(", ")
		}
		b.WriteString(e.String())
		if q.desc[i] {
			b.WriteString(" DESC")
		}
	}
	if q.limit >= 0 {
		b.WriteString("\nLIMIT " + strconv.FormatInt(q.limit, 10))
	}
	return b.String()
}

// String writes a statement so that it reads as the same.
func (s *Statement) String() string {
	if s.kind == "SELECT" {
		return s.query.String()
	}
	text := "CREATE "
	if s.replace {
		text += "OR REPLACE "
	}
	text += s.kind + " " + name(s.name)
	if s.kind == "STREAM" {
		text += " ("
		for i, c := range s.columns {
			if i > 0 {
				text += ", "
			}
			text += name(c.Name) + " " + c.Type.String()
		}
		return text + ")"
	}
	text += " AS\nINSERT INTO " + name(s.into)
	if len(s.intoCol) > 0 {
		text += " (" + names(s.intoCol) + ")"
	}
	return text + "\n" + s.query.String()
}
