package console

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strconv"
	"strings"

	"mvdan.cc/sh/v3/interp"
	"mvdan.cc/sh/v3/syntax"
)

// parse reads an entry as Bash.
func parse(text string) (*syntax.File, error) {
	text = strings.ReplaceAll(text, "\r\n", "\n")
	return syntax.NewParser(syntax.Variant(syntax.LangBash)).Parse(strings.NewReader(text), "")
}

// parseMessage words a syntax error and what to do about it.
func parseMessage(err error) (text, hint string) {
	var pe syntax.ParseError
	if !errors.As(err, &pe) {
		return "shell: " + err.Error(), "Check quotes and brackets."
	}
	text = fmt.Sprintf("shell: line %d, column %d: %s", pe.Pos.Line(), pe.Pos.Col(), pe.Text)
	switch {
	case strings.Contains(pe.Text, "quote"):
		hint = "A quote is opened and not closed. Quotes come in pairs: '...' or \"...\"."
	case pe.Incomplete:
		hint = "The entry ends before the command does. Loops end in done, if in fi, $( in ), a here-document in its word alone on a line; Shift+Enter begins a new line."
	case strings.Contains(pe.Text, "must be followed by `do`"):
		hint = "A loop is written: for s in a b; do echo $s; done"
	default:
		hint = "Nothing was run. Text with spaces, quotes or brackets belongs in single quotes: '{\"bike\": 7}'."
	}
	return text, hint
}

// What prepare refuses, and why.
var (
	errBackground = &stopped{
		text: "shell: & is not known here: virtual time stands still while a command runs, so nothing can run beside it.",
		hint: "Drop the &. For a load that goes on by itself: lab put-producer help", exit: 2,
	}
	errProcess = &stopped{text: "shell: <(...) and >(...) are not known here.", hint: "Use a pipe, or a file: command > /tmp/a; other /tmp/a", exit: 2}
	errBraces  = &stopped{text: fmt.Sprintf("shell: the braces make more than %d words.", maxBraceWords), hint: "Use a loop: for ((i = 0; i < 1000; i++)); do ...; done", exit: 2}
)

const maxBraceWords = 10_000

// prepare makes a script safe to run: a `:` in front of every loop's body lets the shell's step counter see empty loops,
// `time` is told in virtual time, and what cannot be bounded or has no meaning here is refused.
func prepare(node syntax.Node) *stopped {
	var bad *stopped
	syntax.Walk(node, func(n syntax.Node) bool {
		switch n := n.(type) {
		case *syntax.Stmt:
			if n.Background || n.Coprocess || n.Disown {
				bad = errBackground
			}
			if t, ok := n.Cmd.(*syntax.TimeClause); ok {
				n.Cmd = timed(t)
			}
		case *syntax.ProcSubst:
			bad = errProcess
		case *syntax.WhileClause:
			n.Do = append([]*syntax.Stmt{call(":")}, n.Do...)
		case *syntax.ForClause:
			n.Do = append([]*syntax.Stmt{call(":")}, n.Do...)
		case *syntax.Word:
			if braceWords(n) > maxBraceWords {
				bad = errBraces
			}
		}
		return bad == nil
	})
	return bad
}

// call is a statement that calls a command.
func call(words ...string) *syntax.Stmt {
	c := &syntax.CallExpr{}
	for _, w := range words {
		c.Args = append(c.Args, &syntax.Word{Parts: []syntax.WordPart{&syntax.Lit{Value: w}}})
	}
	return &syntax.Stmt{Cmd: c}
}

// timed turns `time command` into a block whose ends note the virtual instant.
func timed(t *syntax.TimeClause) *syntax.Block {
	b := &syntax.Block{Stmts: []*syntax.Stmt{call(ours+"time", "begin")}}
	if t.Stmt != nil {
		b.Stmts = append(b.Stmts, t.Stmt)
	}
	b.Stmts = append(b.Stmts, call(ours+"time", "end"))
	return b
}

// braceWords is how many words {1..9} and {a,b} make of w; it stops counting past the bound.
func braceWords(w *syntax.Word) int {
	total := 1
	for _, part := range w.Parts {
		lit, ok := part.(*syntax.Lit)
		if !ok {
			continue
		}
		for rest := lit.Value; ; {
			open := strings.IndexByte(rest, '{')
			if open < 0 {
				break
			}
			rest = rest[open+1:]
			n := 1
			if end := strings.IndexAny(rest, "{}"); end >= 0 {
				inner := rest[:end]
				if from, to, ok := strings.Cut(inner, ".."); ok {
					to, step, _ := strings.Cut(to, "..")
					a, errA := strconv.ParseInt(from, 10, 64)
					b, errB := strconv.ParseInt(to, 10, 64)
					by, _ := strconv.ParseInt(step, 10, 64)
					if errA == nil && errB == nil {
						span := max(a, b) - min(a, b)
						if by = max(by, -by); by > 1 {
							span /= by
						}
						if span < 0 || span > maxBraceWords {
							return maxBraceWords + 1
						}
						n = int(span) + 1
					}
				} else {
					n = strings.Count(inner, ",") + 1
				}
			}
			if total *= n; total > maxBraceWords {
				return total
			}
		}
	}
	return total
}

// ours marks a command of ours whose name the shell keeps for itself.
const ours = "\x01"

// callHandler sees every simple command before it is run.
func (c *Console) callHandler(ctx context.Context, args []string) ([]string, error) {
	s := c.current()
	if s == nil {
		return nil, errors.New("the entry has ended")
	}
	hc := interp.HandlerCtx(ctx)
	if err := s.step(hc.Env, args); err != nil {
		return nil, err
	}
	switch args[0] {
	case "help", "hash", "wait", "type", "history":
		return append([]string{ours + args[0]}, args[1:]...), nil
	case "command":
		if len(args) > 2 && (args[1] == "-v" || args[1] == "-V") {
			return append([]string{ours + "which"}, args[2:]...), nil
		}
	case "eval":
		return c.rewrite(args, strings.Join(args[1:], " "))
	case "source", ".":
		if len(args) < 2 {
			return args, nil
		}
		text, err := c.disk.read(abs(hc.Dir, args[1]))
		if err != nil {
			return args, nil // the shell words it
		}
		return c.rewrite(args, string(text))
	case "trap":
		if len(args) > 2 && !strings.HasPrefix(args[1], "-") {
			rest, err := c.rewrite(args, args[1])
			if err != nil || len(rest) < 2 {
				return rest, err
			}
			return append([]string{"trap", rest[1]}, args[2:]...), nil
		}
	}
	return args, nil
}

// rewrite prepares text that the shell is about to parse by itself.
func (c *Console) rewrite(args []string, text string) ([]string, error) {
	file, err := parse(text)
	if err != nil {
		return args, nil // the shell words it
	}
	if stop := prepare(file); stop != nil {
		return nil, stop
	}
	var b strings.Builder
	if err := syntax.NewPrinter().Print(&b, file); err != nil {
		return nil, err
	}
	return []string{"eval", b.String()}, nil
}

// A command is a program of the terminal. It returns its exit status; a *stopped as error ends the entry.
type command func(p *process) (int, error)

// A process is a command while it runs.
type process struct {
	*session
	args  []string // with the name
	as    string   // ARN of the principal that --profile chose; "" is the administrator
	dir   string
	env   func(name string) string
	in    io.Reader
	out   io.Writer
	err   io.Writer
	debug bool                              // what is asked and answered is shown
	last  int                               // exit status of the command before it
	file  func(name string) ([]byte, error) // what file:// names; the terminal's own disk when nil
}

// execHandler runs every command that the shell does not know itself.
func (c *Console) execHandler(ctx context.Context, args []string) error {
	s := c.current()
	if s == nil {
		return errors.New("the entry has ended")
	}
	hc := interp.HandlerCtx(ctx)
	name := strings.TrimPrefix(args[0], ours)
	p := &process{
		session: s, args: append([]string{name}, args[1:]...), dir: hc.Dir, in: hc.Stdin, last: hc.LastExitStatus,
		env: func(name string) string { return hc.Env.Get(name).String() },
		out: &meter{w: hc.Stdout, s: s}, err: &meter{w: hc.Stderr, s: s},
	}
	return s.guard(func() error {
		run, ok := commands()[name]
		if !ok {
			return p.unknown()
		}
		status, err := run(p)
		var stop *stopped
		var full diskError
		switch {
		case errors.As(err, &stop):
			return stop
		case errors.As(err, &full):
			p.fail("write error: %v", full)
			p.hint("ls -l shows the files and their sizes, rm takes one away.")
			return interp.ExitStatus(1)
		case err != nil: // the reader of the pipe has gone
			return interp.ExitStatus(141)
		case status != 0:
			return interp.ExitStatus(uint8(status))
		}
		return nil
	})
}

// A meter counts what a command writes, wherever it goes, and gives the page its turn now and then.
type meter struct {
	w     io.Writer
	s     *session
	since int // bytes since the page had its turn
}

// breatheBytes is how much a command writes between two turns of the page.
const breatheBytes = 128 << 10

func (m *meter) Write(b []byte) (int, error) {
	if m.s.traffic.Add(int64(len(b))) > maxTraffic {
		return 0, errTraffic
	}
	if m.since += len(b) + 64; m.since > breatheBytes {
		m.since = 0
		m.s.breathe()
	}
	if m.s.interrupted.Load() {
		return 0, errInterrupted
	}
	return m.w.Write(b)
}

// print writes to standard output, fail to standard error; hint says what to try.
func (p *process) print(text string) error {
	_, err := io.WriteString(p.out, text)
	return err
}

func (p *process) fail(format string, a ...any) (int, error) {
	_, err := fmt.Fprintf(p.err, p.args[0]+": "+format+"\n", a...)
	return 1, err
}

// hint tells the learner what to try, once an entry, and only when errors go to the screen.
func (p *process) hint(text string) {
	if m, ok := p.err.(*meter); !ok || text == "" {
		return
	} else if _, screen := m.w.(recorderWriter); screen {
		p.rec.hint(text)
	}
}

func (p *process) unknown() error {
	name := p.args[0]
	fmt.Fprintf(p.err, "%s: command not found\n", name)
	known := commandNames()
	switch near := nearest(name, known); {
	case len(near) > 0:
		p.hint("Did you mean " + strings.Join(near, ", ") + "? All commands: help")
	case p.c.has(name) || slices.Contains(otherServices, name):
		p.hint("Services are called through aws: aws " + strings.Join(p.args, " "))
	case strings.HasPrefix(name, "./") || strings.HasPrefix(name, "/"):
		p.hint("To run a file of commands: source " + name)
	default:
		for _, s := range p.c.services() {
			if _, ok := p.c.operation(s, name); ok {
				p.hint("Operations begin with aws and their service: aws " + s + " " + name)
				return interp.ExitStatus(127)
			}
		}
		if _, ok := p.c.operation("lab", name); ok {
			p.hint("Commands of the lab begin with lab: lab " + name)
		} else {
			p.absent(name)
		}
	}
	return interp.ExitStatus(127)
}

func (c *Console) openHandler(ctx context.Context, name string, flag int, _ fs.FileMode) (io.ReadWriteCloser, error) {
	return c.disk.open(abs(interp.HandlerCtx(ctx).Dir, name), flag)
}

func (c *Console) statHandler(ctx context.Context, name string, _ bool) (fs.FileInfo, error) {
	return c.disk.stat(abs(interp.HandlerCtx(ctx).Dir, name))
}

func (c *Console) readDirHandler(ctx context.Context, name string) ([]fs.DirEntry, error) {
	return c.disk.readDir(abs(interp.HandlerCtx(ctx).Dir, name))
}

func (c *Console) accessHandler(ctx context.Context, name string, _ interp.AccessMode) error {
	_, err := c.disk.stat(abs(interp.HandlerCtx(ctx).Dir, name))
	return err
}
