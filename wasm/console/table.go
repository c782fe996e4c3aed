package console

import (
	"math"
	"slices"
	"strings"
	"unicode/utf8"
)

// tableWidth is how wide a table may be before a section with one row is turned upright; the width that AWS CLI takes
// when it does not know its terminal.
const tableWidth = 80

// A section is one titled part of a table; nested answers are sections further in.
type section struct {
	title   string
	indent  int
	headers []string
	rows    [][]string
}

// renderTable draws v as AWS CLI's --output table does: one section an object or list, each level of nesting inside one
// more pair of bars.
func renderTable(title string, v value) string {
	t := &tableBuilder{}
	if !t.add(title, v, 0) {
		return ""
	}
	width := t.width()
	if width > tableWidth {
		for _, s := range t.sections {
			s.upright()
		}
		width = t.width()
	}
	var b strings.Builder
	b.WriteString(strings.Repeat("-", width) + "\n")
	for _, s := range t.sections {
		s.draw(&b, width-2*s.indent)
	}
	return b.String()
}

type tableBuilder struct{ sections []*section }

func (t *tableBuilder) open(title string, indent int) *section {
	s := &section{title: title, indent: indent}
	t.sections = append(t.sections, s)
	return s
}

func (t *tableBuilder) last() *section { return t.sections[len(t.sections)-1] }

func empty(v value) bool {
	switch v := v.(type) {
	case nil:
		return true
	case object:
		return len(v) == 0
	case []any:
		return len(v) == 0
	case string:
		return v == ""
	case bool:
		return !v
	}
	return false
}

// add adds what v holds and says whether there was anything.
func (t *tableBuilder) add(title string, v value, indent int) bool {
	if empty(v) {
		return false
	}
	if title != "" || len(t.sections) == 0 {
		t.open(title, indent)
	}
	switch v := v.(type) {
	case object:
		t.addObject(v, indent)
	case []any:
		if _, ok := v[0].(object); ok {
			t.addObjects(v, title, indent)
			return true
		}
		for _, el := range v {
			switch el := el.(type) {
			case []any:
				if slices.ContainsFunc(el, func(x any) bool { return !isScalar(x) }) {
					t.add("", el, indent)
					continue
				}
				row := make([]string, len(el))
				for i := range el {
					row[i] = scalarText(el[i])
				}
				t.row(title, indent, row)
			case object:
				t.addObject(el, indent)
			default:
				t.row(title, indent, []string{scalarText(el)})
			}
		}
	default:
		t.row(title, indent, []string{scalarText(v)})
	}
	return true
}

// row adds a row to the last section, or to a new one when it has another number of columns.
func (t *tableBuilder) row(title string, indent int, row []string) {
	s := t.last()
	if len(s.rows) > 0 && len(s.rows[0]) != len(row) {
		s = t.open(title, indent)
	}
	s.rows = append(s.rows, row)
}

func split(o object) (scalars, nested []string) {
	for _, m := range o {
		if isScalar(m.val) {
			scalars = append(scalars, m.key)
		} else {
			nested = append(nested, m.key)
		}
	}
	slices.Sort(scalars)
	slices.Sort(nested)
	return scalars, nested
}

func (t *tableBuilder) addObject(o object, indent int) {
	scalars, nested := split(o)
	s := t.last()
	switch {
	case len(scalars) == 1:
		v, _ := o.get(scalars[0])
		t.row("", indent, []string{scalars[0], scalarText(v)})
	case len(scalars) > 1:
		s.headers = scalars
		s.rows = append(s.rows, cells(o, scalars))
	}
	for _, k := range nested {
		v, _ := o.get(k)
		t.add(k, v, indent+1)
	}
}

func (t *tableBuilder) addObjects(list []any, title string, indent int) {
	var scalars, nested []string
	for _, el := range list {
		o, _ := el.(object)
		s, n := split(o)
		scalars, nested = append(scalars, s...), append(nested, n...)
	}
	slices.Sort(scalars)
	slices.Sort(nested)
	scalars, nested = slices.Compact(scalars), slices.Compact(nested)
	t.last().headers = scalars
	for i, el := range list {
		o, _ := el.(object)
		if i > 0 && len(nested) > 0 {
			t.open(title, indent).headers = scalars
		}
		s := t.last()
		s.rows = append(s.rows, cells(o, scalars))
		for _, k := range nested {
			if v, ok := o.get(k); ok {
				t.add(k, v, indent+1)
			}
		}
	}
}

func cells(o object, keys []string) []string {
	row := make([]string, len(keys))
	for i, k := range keys {
		if v, ok := o.get(k); ok {
			row[i] = scalarText(v)
		}
	}
	return row
}

func (t *tableBuilder) width() int {
	width := 0
	for _, s := range t.sections {
		width = max(width, s.width())
	}
	return width
}

// upright turns the only row of a section with headers into one row a column.
func (s *section) upright() {
	if len(s.rows) != 1 || len(s.headers) == 0 {
		return
	}
	rows := make([][]string, len(s.headers))
	for i := range s.headers {
		rows[i] = []string{s.headers[i], s.rows[0][i]}
	}
	s.headers, s.rows = nil, rows
}

// columns is the width of the widest cell of each column.
func (s *section) columns() []int {
	n := len(s.headers)
	if len(s.rows) > 0 {
		n = max(n, len(s.rows[0]))
	}
	widths := make([]int, n)
	measure := func(row []string) {
		for i, cell := range row {
			if i < n {
				widths[i] = max(widths[i], utf8.RuneCountInString(cell))
			}
		}
	}
	measure(s.headers)
	for _, row := range s.rows {
		measure(row)
	}
	return widths
}

func (s *section) width() int {
	total := 2 + 2*s.indent
	for _, w := range s.columns() {
		total += w + 4
	}
	return max(utf8.RuneCountInString(s.title)+2+2*s.indent, total)
}

// fit spreads a width over the columns in proportion to what they need.
func (s *section) fit(width int) []int {
	cols := s.columns()
	sum := 0
	for i := range cols {
		cols[i] += 4
		sum += cols[i]
	}
	if sum == 0 {
		return cols
	}
	off := -width
	for i := range cols {
		cols[i] = int(math.RoundToEven(float64(width) / float64(sum) * float64(cols[i])))
		off += cols[i]
	}
	for off != 0 {
		for i := range cols {
			if off > 0 {
				cols[i]--
				off--
			} else if off < 0 {
				cols[len(cols)-1-i]++
				off++
			}
		}
	}
	return cols
}

func (s *section) draw(b *strings.Builder, width int) {
	bars := strings.Repeat("|", s.indent)
	line := func(text string) { b.WriteString(bars + text + bars + "\n") }
	if s.title != "" {
		line(center(s.title, width, "|"))
		if len(s.headers) == 0 && len(s.rows) == 0 {
			line("+" + strings.Repeat("-", max(0, width-2)) + "+")
		}
	}
	cols := s.fit(width)
	if len(cols) == 0 {
		return
	}
	rule := "+"
	for i, w := range cols {
		n := w - 1
		if i == 0 {
			n--
		}
		rule += strings.Repeat("-", max(0, n)) + "+"
	}
	if len(s.headers) > 0 {
		line(rule)
		text := ""
		for i, h := range s.headers {
			text += center(h, cols[i], edge(i))
		}
		line(text)
	}
	if len(s.rows) == 0 {
		return
	}
	line(rule)
	for _, row := range s.rows {
		text := ""
		for i, cell := range row {
			text += left(cell, cols[i], edge(i))
		}
		line(text)
	}
	line(rule)
}

func edge(column int) string {
	if column == 0 {
		return "|"
	}
	return ""
}

func center(text string, width int, edge string) string {
	n := utf8.RuneCountInString(text)
	before := max(0, width/2-n/2-1)
	after := max(0, width-1-len(edge)-before-n)
	return edge + strings.Repeat(" ", before) + text + strings.Repeat(" ", after) + "|"
}

func left(text string, width int, edge string) string {
	n := utf8.RuneCountInString(text)
	before := 2
	if width < n+2+len(edge)+1 {
		before = 0
	}
	return edge + strings.Repeat(" ", before) + text + strings.Repeat(" ", max(0, width-len(edge)-before-n-1)) + "|"
}
