package analytics

import "math"

// An aggregate is one that a query asks for.
type aggregate struct {
	fn       string
	distinct bool
	arg      *expr // nil for COUNT(*)
}

const aggregateNames = "COUNT, SUM, AVG, MIN, MAX, STDDEV, STDDEV_POP, STDDEV_SAMP, VAR_POP, VAR_SAMP, FIRST_VALUE, LAST_VALUE"

func isAggregate(name string) bool {
	switch name {
	case "COUNT", "SUM", "AVG", "MIN", "MAX", "STDDEV", "STDDEV_POP", "STDDEV_SAMP", "VAR_POP", "VAR_SAMP", "FIRST_VALUE", "LAST_VALUE":
		return true
	}
	return false
}

// kind is what an aggregate gives of values of a kind.
func (g aggregate) kind(of Kind) Kind {
	switch g.fn {
	case "COUNT":
		return Int
	case "SUM", "MIN", "MAX", "FIRST_VALUE", "LAST_VALUE":
		return of
	}
	return Double
}

// A tally gathers values for an aggregate. NULLs are left out. Two tallies of neighbours join into the one of both; that of distinct
// values does not.
type tally struct {
	n           int64
	whole       int64 // their sum, as long as all are whole
	float       bool
	over        bool // the sum does not fit
	sum         float64
	mean, m2    float64 // of Welford's method
	low, high   Value
	first, last Value
	seen        map[string]struct{}
}

func (t *tally) add(g *aggregate, v Value) {
	if g.arg == nil {
		t.n++
		return
	}
	if v.kind == Null {
		return
	}
	if g.distinct {
		key := string(v.key(nil))
		if _, old := t.seen[key]; old {
			return
		}
		if t.seen == nil {
			t.seen = map[string]struct{}{}
		}
		t.seen[key] = struct{}{}
	}
	one := tally{n: 1, low: v, high: v, first: v, last: v}
	if f, ok := v.Number(); ok {
		one.sum, one.mean, one.float = f, f, v.kind == Double
	}
	if !one.float {
		one.whole = v.n
	}
	t.join(&one)
}

// join adds what a later neighbour gathered.
func (t *tally) join(o *tally) {
	if o.n == 0 {
		return
	}
	if t.n == 0 {
		seen := t.seen
		*t = *o
		t.seen = seen
		return
	}
	n := float64(t.n + o.n)
	d := o.mean - t.mean
	t.m2 += o.m2 + float64(float64(d*d)*float64(t.n))*float64(o.n)/n
	t.mean += float64(d*float64(o.n)) / n
	t.n += o.n
	t.sum += o.sum
	s := t.whole + o.whole
	t.over = t.over || o.over || (s > t.whole) != (o.whole > 0) && o.whole != 0
	t.whole, t.float = s, t.float || o.float
	if c, ok := Compare(o.low, t.low); ok && c < 0 {
		t.low = o.low
	}
	if c, ok := Compare(o.high, t.high); ok && c > 0 {
		t.high = o.high
	}
	t.last = o.last
}

// value is the aggregate's result: of no value NULL, but for COUNT.
func (t *tally) value(g *aggregate) Value {
	if g.fn == "COUNT" {
		return IntOf(t.n)
	}
	if t.n == 0 {
		return Value{}
	}
	n := float64(t.n)
	switch g.fn {
	case "SUM":
		if t.float || t.over {
			return DoubleOf(t.sum)
		}
		return Value{kind: t.low.kind, n: t.whole}
	case "AVG":
		if !t.float && !t.over {
			return DoubleOf(float64(t.whole) / n)
		}
		return DoubleOf(t.sum / n)
	case "MIN":
		return t.low
	case "MAX":
		return t.high
	case "FIRST_VALUE":
		return t.first
	case "LAST_VALUE":
		return t.last
	}
	over := n
	if g.fn == "STDDEV" || g.fn == "STDDEV_SAMP" || g.fn == "VAR_SAMP" {
		over = n - 1
	}
	if over == 0 {
		return Value{}
	}
	v := t.m2 / over
	if g.fn[0] == 'S' {
		v = math.Sqrt(v)
	}
	return DoubleOf(v)
}
