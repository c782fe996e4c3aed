package console

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"sort"
	"strconv"
	"strings"
)

func runSort(p *process) (int, error) {
	opts, names, ok := p.options("rnuf", "kt")
	if !ok {
		return 1, nil
	}
	b, ok, err := p.input(names)
	if err != nil {
		return 1, err
	}
	column := 0
	if k, has := opts['k']; has {
		k, _, _ = strings.Cut(k, ",")
		if column, err = strconv.Atoi(strings.TrimRight(k, "nr")); err != nil || column < 1 {
			return p.fail("invalid field: '%s'", opts['k'])
		}
		if strings.Contains(k, "n") {
			opts['n'] = "yes"
		}
	}
	key := func(line string) string {
		if column > 0 {
			var fields []string
			if sep := opts['t']; sep != "" {
				fields = strings.Split(line, sep)
			} else {
				fields = strings.Fields(line)
			}
			if column > len(fields) {
				return ""
			}
			line = fields[column-1]
		}
		if opts['f'] != "" {
			line = strings.ToLower(line)
		}
		return line
	}
	all := lines(b)
	order := func(x, y string) int {
		a, b := key(x), key(y)
		if opts['n'] != "" {
			if c := cmp.Compare(leading(a), leading(b)); c != 0 {
				return c
			}
		}
		return cmp.Compare(a, b)
	}
	sort.SliceStable(all, func(i, j int) bool {
		if opts['r'] != "" {
			i, j = j, i
		}
		return order(all[i], all[j]) < 0
	})
	if opts['u'] != "" {
		all = slices.CompactFunc(all, func(x, y string) bool { return order(x, y) == 0 })
	}
	return status(ok), p.printLines(all)
}

// leading is the number at the start of a text.
func leading(s string) float64 {
	s = strings.TrimSpace(s)
	n := 0
	for n < len(s) && strings.IndexByte("+-.0123456789", s[n]) >= 0 {
		n++
	}
	f, _ := strconv.ParseFloat(s[:n], 64)
	return f
}

func runUniq(p *process) (int, error) {
	opts, names, ok := p.options("cdu", "")
	if !ok {
		return 1, nil
	}
	b, ok, err := p.input(names)
	if err != nil {
		return 1, err
	}
	var out []string
	all := lines(b)
	for i := 0; i < len(all); {
		n := 1
		for i+n < len(all) && all[i+n] == all[i] {
			n++
		}
		if (opts['d'] == "" || n > 1) && (opts['u'] == "" || n == 1) {
			line := all[i]
			if opts['c'] != "" {
				line = fmt.Sprintf("%7d %s", n, line)
			}
			out = append(out, line)
		}
		i += n
	}
	return status(ok), p.printLines(out)
}

func runCut(p *process) (int, error) {
	opts, names, ok := p.options("s", "dfc")
	if !ok {
		return 1, nil
	}
	spec, byChar := opts['f'], false
	if c, has := opts['c']; has {
		spec, byChar = c, true
	}
	want, good := ranges(spec)
	if !good {
		return p.fail("give the fields as -f 1,3 or -f 2-4, or characters as -c 1-8")
	}
	sep := opts['d']
	if sep == "" {
		sep = "\t"
	}
	b, ok, err := p.input(names)
	if err != nil {
		return 1, err
	}
	var out []string
	for _, line := range lines(b) {
		var parts []string
		glue := sep
		if byChar {
			glue = ""
			for _, r := range line {
				parts = append(parts, string(r))
			}
		} else if parts = strings.Split(line, sep); len(parts) == 1 {
			if opts['s'] == "" {
				out = append(out, line)
			}
			continue
		}
		var kept []string
		for i, part := range parts {
			if want(i + 1) {
				kept = append(kept, part)
			}
		}
		out = append(out, strings.Join(kept, glue))
	}
	return status(ok), p.printLines(out)
}

// ranges reads 1,3-5,7-.
func ranges(spec string) (want func(int) bool, ok bool) {
	type span struct{ low, high int }
	var spans []span
	for part := range strings.SplitSeq(spec, ",") {
		low, high, dash := strings.Cut(part, "-")
		s := span{1, 1 << 30}
		var err error
		if low != "" {
			if s.low, err = strconv.Atoi(low); err != nil || s.low < 1 {
				return nil, false
			}
		}
		switch {
		case !dash:
			s.high = s.low
		case high != "":
			if s.high, err = strconv.Atoi(high); err != nil {
				return nil, false
			}
		}
		if part == "" || part == "-" {
			return nil, false
		}
		spans = append(spans, s)
	}
	return func(n int) bool {
		return slices.ContainsFunc(spans, func(s span) bool { return s.low <= n && n <= s.high })
	}, true
}

func runTr(p *process) (int, error) {
	opts, sets, ok := p.options("dsc", "")
	if !ok {
		return 1, nil
	}
	if len(sets) == 0 || len(sets) < 2 && opts['d'] == "" && opts['s'] == "" {
		return p.fail("two sets are needed: tr SET1 SET2, or tr -d SET")
	}
	from := trSet(sets[0])
	var to []rune
	if len(sets) > 1 {
		to = trSet(sets[1])
	}
	b, ok, err := p.input(nil)
	if !ok || err != nil {
		return 1, err
	}
	var out strings.Builder
	last := rune(-1)
	for _, r := range string(b) {
		i := slices.Index(from, r)
		in := i >= 0
		if opts['c'] != "" {
			in, i = !in, len(to)
		}
		if in && opts['d'] != "" {
			continue
		}
		if in && len(to) > 0 {
			r = to[min(max(i, 0), len(to)-1)]
		}
		if in && opts['s'] != "" && r == last {
			continue
		}
		last = r
		if !in {
			last = -1
		}
		out.WriteRune(r)
	}
	return 0, p.print(out.String())
}

// trSet spells a set of tr out: a-z, [:upper:], \n.
func trSet(s string) []rune {
	for name, span := range map[string]string{"upper": "A-Z", "lower": "a-z", "digit": "0-9", "alpha": "A-Za-z", "alnum": "A-Za-z0-9", "space": " \t\n\r", "punct": "!-/:-@[-`{-~"} {
		s = strings.ReplaceAll(s, "[:"+name+":]", span)
	}
	var in []rune
	rs := []rune(s)
	for i := 0; i < len(rs); i++ {
		if rs[i] == '\\' && i+1 < len(rs) {
			i++
			if at := strings.IndexRune("ntr\\0", rs[i]); at >= 0 {
				in = append(in, []rune("\n\t\r\\\x00")[at])
				continue
			}
		}
		if i+2 < len(rs) && rs[i+1] == '-' && rs[i+2] >= rs[i] && rs[i+2]-rs[i] < 512 {
			for r := rs[i]; r <= rs[i+2]; r++ {
				in = append(in, r)
			}
			i += 2
			continue
		}
		in = append(in, rs[i])
	}
	return in
}

func runGrep(p *process) (int, error) {
	opts, rest, ok := p.options("ivcnoEFqwxhHlrs", "emABC")
	if !ok {
		return 2, nil
	}
	pat, has := opts['e']
	if !has {
		if len(rest) == 0 {
			p.fail("a pattern is needed: grep PATTERN [FILE]")
			return 2, nil
		}
		pat, rest = rest[0], rest[1:]
	}
	switch {
	case opts['F'] != "":
		pat = regexp.QuoteMeta(pat)
	case opts['E'] == "":
		pat = basicPattern(pat)
	}
	if opts['w'] != "" {
		pat = `\b(?:` + pat + `)\b`
	}
	if opts['x'] != "" {
		pat = `^(?:` + pat + `)$`
	}
	if opts['i'] != "" {
		pat = "(?i)" + pat
	}
	re, err := regexp.Compile(pat)
	if err != nil {
		p.fail("%v", err)
		p.hint("Characters such as ( [ * \\ have a meaning in patterns; grep -F takes them as they are.")
		return 2, nil
	}
	most := 1 << 30
	if m, has := opts['m']; has {
		if most, err = strconv.Atoi(m); err != nil {
			return p.fail("invalid max count")
		}
	}
	around := map[byte]int{} // lines shown after and before a match
	for _, c := range []byte("CAB") {
		if text, has := opts[c]; has {
			n, err := strconv.Atoi(text)
			if err != nil || n < 0 {
				p.fail("%s: invalid context length argument", text)
				return 2, nil
			}
			if around[c] = n; c == 'C' {
				around['A'], around['B'] = n, n
			}
		}
	}
	b, ok, err := p.input(rest)
	if err != nil {
		return 2, err
	}
	var out []string
	found, all := 0, lines(b)
	next, until := 0, 0 // the first line that was not shown, and up to where those after the last match are
	show := func(i int, mark string, texts ...string) {
		for _, s := range texts {
			if opts['n'] != "" {
				s = strconv.Itoa(i+1) + mark + s
			}
			out = append(out, s)
		}
		next = i + 1
	}
	for i, line := range all {
		if found == most || re.MatchString(line) == (opts['v'] != "") {
			if i < until && opts['o'] == "" {
				show(i, "-", line)
			}
			continue
		}
		found++
		until = i + 1 + around['A']
		if opts['o'] != "" {
			show(i, ":", re.FindAllString(line, -1)...)
			continue
		}
		from := max(next, i-around['B'])
		if next > 0 && from > next && around['A']+around['B'] > 0 {
			out = append(out, "--")
		}
		for j := from; j < i; j++ {
			show(j, "-", all[j])
		}
		show(i, ":", line)
	}
	switch {
	case opts['q'] != "":
		out = nil
	case opts['c'] != "":
		out = []string{strconv.Itoa(found)}
	}
	code := status(found > 0)
	if !ok {
		code = 2
	}
	return code, p.printLines(out)
}

// basicPattern turns a basic regular expression into an extended one: in it ( ) { } + ? | have their meaning only behind
// a backslash.
func basicPattern(s string) string {
	var b strings.Builder
	inClass := false
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case inClass:
			inClass = c != ']'
			b.WriteByte(c)
		case c == '[':
			inClass = true
			b.WriteByte(c)
			if i+1 < len(s) && s[i+1] == '^' {
				i++
				b.WriteByte('^')
			}
			if i+1 < len(s) && s[i+1] == ']' {
				i++
				b.WriteString(`\]`)
			}
		case c == '\\' && i+1 < len(s):
			i++
			if strings.IndexByte("(){}+?|", s[i]) < 0 {
				b.WriteByte('\\')
			}
			b.WriteByte(s[i])
		case strings.IndexByte("(){}+?|", c) >= 0:
			b.WriteByte('\\')
			b.WriteByte(c)
		default:
			b.WriteByte(c)
		}
	}
	return b.String()
}
