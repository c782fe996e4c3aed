package analytics

import "sort"

// MaxRows is how many rows a query in one go looks at, and gives. Ours
const MaxRows = 1_000_000

// Query answers one SELECT over tables that hold still, once: with ORDER BY, LIMIT, DISTINCT, GROUP BY of anything and joins. tables
// finds a table by its name as it is written, and names is those there are, for errors.
func Query(text string, tables func(name string) (*Table, bool), names []string) (*Table, error) {
	all, err := Parse(text)
	if err != nil {
		return nil, err
	}
	s := all[0]
	switch {
	case len(all) > 1:
		return nil, all[1].at.errorf("one SELECT is answered at a time: leave the other statements out")
	case s.kind != "SELECT":
		return nil, s.at.errorf("write a SELECT: streams and pumps are for an application")
	case s.query.stream:
		return nil, s.at.errorf("SELECT STREAM has no end: write SELECT for the rows there are now")
	}
	steps := 0
	return answer(s.query, tables, names, &steps)
}

func answer(q *Select, tables func(string) (*Table, bool), known []string, steps *int) (*Table, error) {
	if q.stagger != nil {
		return nil, q.stagger.at.errorf("a stagger window opens as rows come, and these rows are there: write GROUP BY")
	}
	p, s := &pump{window: -1}, &scope{}
	for i := range q.from {
		f := &q.from[i]
		in := input{as: f.as, name: f.name, base: s.width, stream: -1, left: f.left}
		var t *Table
		var err error
		switch ok := true; {
		case f.over != nil:
			return nil, f.over.at.errorf("a window behind FROM is for streams: leave OVER out")
		case f.sub != nil:
			t, err = answer(f.sub, tables, known, steps)
			in.name = "the query in brackets"
		default:
			if t, ok = tables(f.name); !ok {
				return nil, f.at.errorf("there is no table %s: write one of %s", name(f.name), names(known))
			}
		}
		if err != nil {
			return nil, err
		}
		in.columns, in.rows = t.Columns, t.Rows
		if err = s.add(in, f); err != nil {
			return nil, err
		}
	}
	p.inputs, p.width = s.inputs, s.width
	out := &Table{}
	c := compiler{}
	if err := c.bindQuery(p, s, q); err != nil {
		return nil, err
	}
	if len(p.overs) > 0 {
		return nil, q.at.errorf("OVER is for streams here: write GROUP BY")
	}
	out.Columns = p.columns(s, q)
	// ORDER BY may name what SELECT gives, by name or by number, or anything else that a row has.
	by := &scope{inputs: s.inputs, width: s.width, group: p.group, grouped: p.group != nil || len(p.aggs) > 0, aggs: &p.aggs}
	var order []*expr
	var given []int
	for _, e := range q.order {
		place := -1
		for i, col := range out.Columns {
			if e.op == opCol && e.of == "" && same(col.Name, e.name) || e.op == opLit && e.val == IntOf(int64(i+1)) {
				place = i
				break
			}
		}
		var b *expr
		if place < 0 {
			var err error
			if b, err = by.bind(e); err != nil {
				return nil, err
			}
		}
		order, given = append(order, b), append(given, place)
	}
	type result struct{ row, by []Value }
	var all []result
	seen := map[string]bool{}
	var fault error
	give := func(c *calc) {
		r := result{row: make([]Value, len(p.items))}
		var key []byte
		for i, e := range p.items {
			r.row[i] = c.eval(e)
			key = r.row[i].key(key)
		}
		for i, e := range order {
			if given[i] >= 0 {
				r.by = append(r.by, r.row[given[i]])
			} else {
				r.by = append(r.by, c.eval(e))
			}
		}
		if q.distinct && seen[string(key)] {
			return
		}
		if q.distinct {
			seen[string(key)] = true
		}
		all = append(all, r)
	}
	var groups []*group
	index := map[string]*group{}
	grouped := p.group != nil || len(p.aggs) > 0 || p.having != nil
	one := func(c *calc) {
		if !grouped {
			give(c)
			return
		}
		var key []byte
		values := make([]Value, len(p.group))
		for k, e := range p.group {
			values[k] = c.eval(e)
			key = values[k].key(key)
		}
		g := index[string(key)]
		if g == nil {
			g = &group{values: values, tally: make([]tally, len(p.aggs))}
			index[string(key)] = g
			groups = append(groups, g)
		}
		for k := range p.aggs {
			v := Value{}
			if p.aggs[k].arg != nil {
				v = c.eval(p.aggs[k].arg)
			}
			g.tally[k].add(&p.aggs[k], v)
		}
	}
	check := func(c *calc) bool {
		if *steps++; *steps > MaxRows && fault == nil {
			fault = q.at.errorf("the query looks at more than 1,000,000 rows, those of joins counted: ask for fewer")
		}
		if c.fault != "" && fault == nil {
			fault = q.at.errorf("%s", c.fault)
		}
		return fault == nil
	}
	var join func(n int, c *calc)
	join = func(n int, c *calc) {
		if n == len(p.inputs) {
			if c.holds(p.where) && check(c) {
				one(c)
			}
			check(c)
			return
		}
		in, met := &p.inputs[n], false
		for _, row := range in.rows {
			copy(c.frame[in.base:], row)
			if on := c.holds(in.on); !check(c) {
				return
			} else if on {
				met = true
				join(n+1, c)
			}
		}
		if !met && in.left {
			for k := range in.columns {
				c.frame[in.base+k] = Value{}
			}
			join(n+1, c)
		}
	}
	join(0, &calc{frame: make([]Value, p.width)})
	if grouped && len(p.group) == 0 && len(groups) == 0 {
		groups = append(groups, &group{tally: make([]tally, len(p.aggs))}) // of no rows there is one group too
	}
	for _, g := range groups {
		c := &calc{frame: append([]Value(nil), g.values...)}
		for k := range p.aggs {
			c.frame = append(c.frame, g.tally[k].value(&p.aggs[k]))
		}
		if c.holds(p.having) {
			give(c)
		}
		check(c)
	}
	if fault != nil {
		return nil, fault
	}
	sort.SliceStable(all, func(i, j int) bool {
		for k, x := range all[i].by {
			y := all[j].by[k]
			n, ok := Compare(x, y)
			if !ok {
				n = orderKinds(x, y) // NULLs stand last
			} else if q.desc[k] {
				n = -n
			}
			if n != 0 {
				return n < 0
			}
		}
		return false
	})
	if q.limit >= 0 && int64(len(all)) > q.limit {
		all = all[:q.limit]
	}
	for _, r := range all {
		out.Rows = append(out.Rows, r.row)
	}
	return out, nil
}

// orderKinds orders values that do not compare: by kind, and NULL behind all.
func orderKinds(a, b Value) int {
	kind := func(v Value) int { return int(v.kind+6) % 7 }
	return order(kind(a) < kind(b), kind(a) > kind(b))
}
