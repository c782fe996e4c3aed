package console

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// sedKnows is what runSed understands.
const sedKnows = "sed knows here: s/PATTERN/TEXT/ with g, p, i and a number, y/abc/xyz/, d, p, q, =, a i c TEXT, { ... }; addresses 3, $, /PATTERN/, 2,5, !; -n, -E, -i, -e. Branches and the hold space are left out."

// A sedCommand is one command of a script with the lines it is for.
type sedCommand struct {
	from, to *sedAddress
	not      bool
	in       bool // between from and to
	name     byte
	re       *regexp.Regexp
	text     string // what s and y put in, and what a, i and c write
	nth      int    // which match of s is replaced
	all, out bool   // from there on all; and the line is printed
	block    []sedCommand
}

// A sedAddress is a line by number, the last one, or those that match.
type sedAddress struct {
	line int // -1 is the last
	re   *regexp.Regexp
}

// A sedReader reads a script.
type sedReader struct {
	text     string
	extended bool
}

func runSed(p *process) (int, error) {
	var script []string
	var names []string
	quiet, extended, inPlace, given := false, false, false, false
	for i := 1; i < len(p.args); i++ {
		switch a := p.args[i]; {
		case a == "--":
			names = append(names, p.args[i+1:]...)
			i = len(p.args)
		case a == "-e" || a == "--expression":
			if i++; i >= len(p.args) {
				return p.fail("option requires an argument -- 'e'")
			}
			script, given = append(script, p.args[i]), true
		case len(a) > 1 && a[0] == '-' && strings.Trim(a[1:], "nErisu") == "":
			quiet = quiet || strings.Contains(a, "n")
			extended = extended || strings.ContainsAny(a, "Er")
			inPlace = inPlace || strings.Contains(a, "i")
		case len(a) > 1 && a[0] == '-':
			p.hint(sedKnows)
			return p.fail("unknown option -- '%s'", strings.TrimLeft(a, "-"))
		case !given && len(script) == 0:
			script = append(script, a)
		default:
			names = append(names, a)
		}
	}
	if len(script) == 0 {
		p.hint(sedKnows)
		return p.fail("a script is needed: sed 's/old/new/' [FILE]")
	}
	read := func() ([]sedCommand, error) {
		return (&sedReader{strings.Join(script, "\n"), extended}).commands(false)
	}
	commands, err := read()
	if err != nil {
		p.hint(sedKnows)
		return p.fail("-e expression: %v", err)
	}
	if !inPlace {
		b, ok, err := p.input(names)
		if err != nil {
			return 1, err
		}
		return status(ok), p.print(edit(commands, string(b), quiet))
	}
	code := 0
	for _, name := range names {
		b, ok, err := p.input([]string{name})
		if err != nil {
			return 1, err
		}
		if !ok {
			code = 1
			continue
		}
		fresh, _ := read() // a range does not go on into the next file
		if err := p.c.disk.write(abs(p.dir, name), []byte(edit(fresh, string(b), quiet))); err != nil {
			return p.fail("%s: %v", name, err)
		}
	}
	return code, nil
}

// skip drops leading characters of a set.
func (r *sedReader) skip(set string) { r.text = strings.TrimLeft(r.text, set) }

// next takes one character; 0 at the end.
func (r *sedReader) next() byte {
	if r.text == "" {
		return 0
	}
	c := r.text[0]
	r.text = r.text[1:]
	return c
}

// until takes what stands before an unescaped sep, which is taken too. A sep behind a backslash loses it; in a pattern it may stand
// between brackets.
func (r *sedReader) until(sep byte, pattern bool) (string, error) {
	var b strings.Builder
	class := false
	for i := 0; i < len(r.text); i++ {
		c := r.text[i]
		switch {
		case c == '\\' && i+1 < len(r.text):
			i++
			if r.text[i] != sep {
				b.WriteByte('\\')
			}
			b.WriteByte(r.text[i])
			continue
		case c == '[' && pattern && sep != '[':
			class = true
		case c == ']':
			class = false
		case c == sep && !class:
			r.text = r.text[i+1:]
			return b.String(), nil
		}
		b.WriteByte(c)
	}
	return "", fmt.Errorf("unterminated: a %q is missing", string(sep))
}

func (r *sedReader) pattern(text string, fold bool) (*regexp.Regexp, error) {
	if !r.extended {
		text = basicPattern(text)
	}
	if fold {
		text = "(?i)" + text
	}
	return regexp.Compile(text)
}

func (r *sedReader) address() (*sedAddress, error) {
	n := 0
	for n < len(r.text) && r.text[n] >= '0' && r.text[n] <= '9' {
		n++
	}
	switch {
	case n > 0:
		line, err := strconv.Atoi(r.text[:n])
		r.text = r.text[n:]
		return &sedAddress{line: line}, err
	case strings.HasPrefix(r.text, "$"):
		r.next()
		return &sedAddress{line: -1}, nil
	case strings.HasPrefix(r.text, "/"):
		r.next()
		text, err := r.until('/', true)
		if err != nil {
			return nil, err
		}
		re, err := r.pattern(text, false)
		return &sedAddress{re: re}, err
	}
	return nil, nil
}

// commands reads commands up to the end, or up to a closing brace.
func (r *sedReader) commands(inner bool) (all []sedCommand, err error) {
	for {
		r.skip(" \t\n;")
		if r.text == "" {
			if inner {
				return nil, fmt.Errorf("unmatched `{'")
			}
			return all, nil
		}
		if inner && r.text[0] == '}' {
			r.next()
			return all, nil
		}
		var c sedCommand
		if c.from, err = r.address(); err != nil {
			return nil, err
		}
		if r.skip(" "); c.from != nil && strings.HasPrefix(r.text, ",") {
			r.next()
			r.skip(" ")
			if c.to, err = r.address(); err != nil || c.to == nil {
				return nil, fmt.Errorf("unexpected `,'")
			}
		}
		for r.skip(" "); strings.HasPrefix(r.text, "!"); r.skip(" !") {
			c.not = true
		}
		if c.name = r.next(); c.name == 0 {
			return nil, fmt.Errorf("missing command")
		}
		switch c.name {
		case '{':
			c.block, err = r.commands(true)
		case 's':
			err = r.substitution(&c)
		case 'y':
			err = r.letters(&c)
		case 'a', 'i', 'c':
			line, rest, _ := strings.Cut(r.text, "\n")
			r.text = rest
			line = strings.TrimLeft(line, " ")
			if strings.HasPrefix(line, "\\") {
				if line = strings.TrimLeft(line[1:], " "); line == "" { // its text is the next line
					line, r.text, _ = strings.Cut(r.text, "\n")
				}
			}
			c.text = line
		case 'd', 'p', 'q', '=':
		default:
			return nil, fmt.Errorf("unknown command: `%c'", c.name)
		}
		if err != nil {
			return nil, err
		}
		all = append(all, c)
		if r.skip(" \t"); r.text != "" && !strings.ContainsRune(";\n}", rune(r.text[0])) && !slices.Contains([]byte("aic{"), c.name) {
			return nil, fmt.Errorf("extra characters after command")
		}
	}
}

func (r *sedReader) substitution(c *sedCommand) error {
	sep := r.next()
	pat, err := r.until(sep, true)
	if err != nil {
		return fmt.Errorf("unterminated `s' command")
	}
	if c.text, err = r.until(sep, false); err != nil {
		return fmt.Errorf("unterminated `s' command")
	}
	fold := false
	for c.nth = 1; r.text != "" && !strings.ContainsRune("; \t\n}", rune(r.text[0])); {
		switch f := r.next(); {
		case f == 'g':
			c.all = true
		case f == 'p':
			c.out = true
		case f == 'i' || f == 'I':
			fold = true
		case f >= '1' && f <= '9':
			c.nth = int(f - '0')
		default:
			return fmt.Errorf("unknown option to `s'")
		}
	}
	c.re, err = r.pattern(pat, fold)
	return err
}

func (r *sedReader) letters(c *sedCommand) error {
	sep := r.next()
	from, err := r.until(sep, false)
	if err != nil {
		return err
	}
	to, err := r.until(sep, false)
	if err != nil {
		return err
	}
	if len([]rune(from)) != len([]rune(to)) {
		return fmt.Errorf("strings for `y' command are different lengths")
	}
	pairs := []string{}
	for i, f := range []rune(from) {
		pairs = append(pairs, string(f), string([]rune(to)[i]))
	}
	c.text = strings.Join(pairs, "\x00")
	return nil
}

func (a *sedAddress) is(n int, last bool, line string) bool {
	if a.re != nil {
		return a.re.MatchString(line)
	}
	return a.line == n || a.line < 0 && last
}

// applies says whether a command is for a line.
func (c *sedCommand) applies(n int, last bool, line string) bool {
	yes := c.from == nil
	switch {
	case c.from != nil && c.to == nil:
		yes = c.from.is(n, last, line)
	case c.in:
		yes = true
		if c.to.is(n, last, line) || c.to.re == nil && c.to.line >= 0 && n >= c.to.line {
			c.in = false
		}
	case c.to != nil && c.from.is(n, last, line):
		yes = true
		c.in = c.to.re != nil || c.to.line < 0 && !last || c.to.line > n
	}
	return yes != c.not
}

// edit runs a script over a text.
func edit(script []sedCommand, text string, quiet bool) string {
	if text == "" {
		return ""
	}
	var out strings.Builder
	all := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	for i, line := range all {
		s := sedLine{n: i + 1, last: i == len(all)-1, text: line, out: &out}
		s.run(script)
		if !s.gone && !quiet {
			out.WriteString(s.text + "\n")
		}
		if out.WriteString(s.after); s.quit {
			break
		}
	}
	if got := out.String(); strings.HasSuffix(text, "\n") {
		return got
	} else {
		return strings.TrimSuffix(got, "\n")
	}
}

// A sedLine is a line while a script runs over it.
type sedLine struct {
	n          int
	last       bool
	text       string
	after      string
	gone, quit bool
	out        *strings.Builder
}

func (s *sedLine) run(script []sedCommand) {
	for i := range script {
		c := &script[i]
		if s.gone || s.quit {
			return
		}
		if !c.applies(s.n, s.last, s.text) {
			continue
		}
		switch c.name {
		case '{':
			s.run(c.block)
		case 's':
			if c.substitute(&s.text) && c.out {
				s.out.WriteString(s.text + "\n")
			}
		case 'y':
			if c.text != "" {
				s.text = strings.NewReplacer(strings.Split(c.text, "\x00")...).Replace(s.text)
			}
		case 'p':
			s.out.WriteString(s.text + "\n")
		case '=':
			s.out.WriteString(strconv.Itoa(s.n) + "\n")
		case 'i':
			s.out.WriteString(c.text + "\n")
		case 'a':
			s.after += c.text + "\n"
		case 'd':
			s.gone = true
		case 'c':
			s.gone = true
			if !c.in || c.not {
				s.out.WriteString(c.text + "\n")
			}
		case 'q':
			s.quit = true
		}
	}
}

// substitute replaces the matches that are meant, and says whether there was one.
func (c *sedCommand) substitute(line *string) bool {
	var b strings.Builder
	at, done := 0, false
	for i, m := range c.re.FindAllStringSubmatchIndex(*line, -1) {
		if i+1 < c.nth || done && !c.all {
			continue
		}
		done = true
		b.WriteString((*line)[at:m[0]])
		for j := 0; j < len(c.text); j++ {
			k := 0
			switch ch := c.text[j]; {
			case ch == '&':
			case ch == '\\' && j+1 < len(c.text):
				j++
				if k = int(c.text[j]) - '0'; k < 0 || k > 9 {
					b.WriteString(map[byte]string{'n': "\n", 't': "\t"}[c.text[j]])
					if strings.IndexByte("nt", c.text[j]) < 0 {
						b.WriteByte(c.text[j])
					}
					continue
				}
			default:
				b.WriteByte(ch)
				continue
			}
			if 2*k+1 < len(m) && m[2*k] >= 0 {
				b.WriteString((*line)[m[2*k]:m[2*k+1]])
			}
		}
		at = m[1]
	}
	b.WriteString((*line)[at:])
	*line = b.String()
	return done
}
