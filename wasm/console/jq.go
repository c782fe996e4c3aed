package console

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/itchyny/gojq"
)

// jqSteps bounds what one jq program may do; nothing else stops an endless one in a browser, where no timer fires while a
// computation runs.
const jqSteps = 4_000_000

// budget is a context that ends after so many looks at it; gojq looks before every instruction.
type budget struct {
	context.Context
	left  int
	ended chan struct{}
	s     *session
}

func newBudget(s *session, steps int) *budget {
	return &budget{context.Background(), steps, make(chan struct{}), s}
}

func (b *budget) Done() <-chan struct{} {
	b.left--
	if b.left > 0 && b.left%20_000 == 0 {
		b.s.breathe()
		if b.s.interrupted.Load() {
			b.left = 0
		}
	}
	if b.left == 0 {
		close(b.ended)
	}
	return b.ended
}

func (b *budget) Err() error {
	if b.left <= 0 {
		return context.DeadlineExceeded
	}
	return nil
}

func (b *budget) Deadline() (time.Time, bool) { return time.Time{}, false }

func runJQ(p *process) (int, error) {
	var filter string
	var names, vars []string
	var vals []any
	have := false
	opts := map[rune]bool{}
	args := p.args[1:]
	for i := 0; i < len(args); i++ {
		a := args[i]
		long := map[string]string{"--raw-output": "-r", "--compact-output": "-c", "--slurp": "-s", "--null-input": "-n", "--exit-status": "-e", "--join-output": "-j", "--sort-keys": "-S", "--raw-input": "-R"}
		if short, ok := long[a]; ok {
			a = short
		}
		switch {
		case (a == "--arg" || a == "--argjson") && i+2 < len(args):
			vars = append(vars, "$"+args[i+1])
			var v any = args[i+2]
			if a == "--argjson" {
				got, err := decodeJSON([]byte(args[i+2]))
				if err != nil {
					return 2, p.jqError(fmt.Sprintf("Invalid JSON text passed to --argjson: %v", err))
				}
				v = plainNumbers(got)
			}
			vals = append(vals, v)
			i += 2
		case strings.HasPrefix(a, "-") && len(a) > 1 && a[1] != '-':
			for _, c := range a[1:] {
				if !strings.ContainsRune("rcsnejSR", c) {
					p.hint("jq knows here: -r, -c, -s, -n, -e, -j, -R, --arg NAME VALUE, --argjson NAME JSON")
					return 2, p.jqError("Unknown option: -" + string(c))
				}
				opts[c] = true
			}
		case strings.HasPrefix(a, "--"):
			p.hint("jq knows here: -r, -c, -s, -n, -e, -j, -R, --arg NAME VALUE, --argjson NAME JSON")
			return 2, p.jqError("Unknown option: " + a)
		case !have:
			filter, have = a, true
		default:
			names = append(names, a)
		}
	}
	if !have {
		filter = "."
	}
	q, err := gojq.Parse(filter)
	if err != nil {
		p.hint("A filter is .name, .list[], .list[].name, .list | length ...; put it in single quotes: jq -r '.Shards[].ShardId'")
		return 3, p.jqError(fmt.Sprintf("syntax error in %s: %v", filter, err))
	}
	now := float64(p.now()) / 1e6
	code, err := gojq.Compile(q, gojq.WithVariables(vars), gojq.WithFunction("now", 0, 0, func(any, []any) any { return now }))
	if err != nil {
		return 3, p.jqError("compile error: " + err.Error())
	}
	var inputs []any
	if opts['n'] {
		inputs = []any{nil}
	} else {
		b, ok, err := p.input(names)
		if !ok || err != nil {
			return 2, err
		}
		if inputs, err = jqInputs(b, opts['R']); err != nil {
			p.hint("jq reads JSON: --output json is the default of aws; --output text is not JSON.")
			return 2, p.jqError("parse error: " + err.Error())
		}
	}
	if opts['s'] {
		inputs = []any{append([]any{}, inputs...)}
	}
	last := any(nil)
	status := 0
	ctx := newBudget(p.session, jqSteps)
	for _, in := range inputs {
		iter := code.RunWithContext(ctx, in, vals...)
		for {
			v, ok := iter.Next()
			if !ok {
				break
			}
			if err, bad := v.(error); bad {
				var halt *gojq.HaltError
				if errors.As(err, &halt) && halt.Value() == nil {
					break
				}
				if errors.Is(err, context.DeadlineExceeded) {
					if p.interrupted.Load() {
						return exitInterrupt, errInterrupted
					}
					return 5, &stopped{text: "Stopped: the jq program does not seem to end.", exit: ExitTooMuch}
				}
				status = 5
				if werr := p.jqError("error: " + err.Error()); werr != nil {
					return 5, werr
				}
				break
			}
			last = v
			if err := p.print(jqText(v, opts)); err != nil {
				return 0, err
			}
		}
	}
	if opts['e'] && status == 0 && (last == nil || last == false) {
		status = 1
	}
	return status, nil
}

func (p *process) jqError(text string) error {
	_, err := io.WriteString(p.err, "jq: "+text+"\n")
	return err
}

// jqInputs reads the JSON texts in b, or its lines.
func jqInputs(b []byte, raw bool) ([]any, error) {
	var inputs []any
	if raw {
		for _, l := range lines(b) {
			inputs = append(inputs, l)
		}
		return inputs, nil
	}
	d := json.NewDecoder(bytes.NewReader(b))
	d.UseNumber()
	for {
		var v any
		err := d.Decode(&v)
		if errors.Is(err, io.EOF) {
			return inputs, nil
		}
		if err != nil {
			return nil, err
		}
		inputs = append(inputs, v)
	}
}

// jqText prints a result; a key's place is its alphabetical one, because gojq keeps no other.
func jqText(v any, opts map[rune]bool) string {
	end := "\n"
	if opts['j'] {
		end = ""
	}
	if s, ok := v.(string); ok && (opts['r'] || opts['j']) {
		return s + end
	}
	b, err := gojq.Marshal(v)
	if err != nil {
		return err.Error() + end
	}
	if opts['c'] || opts['j'] {
		return string(b) + end
	}
	tree, err := decodeJSON(b)
	if err != nil {
		return string(b) + end
	}
	var out bytes.Buffer
	writeJSON(&out, tree, "\n", "  ")
	return out.String() + end
}

// plainNumbers turns a value into what gojq works on.
func plainNumbers(v value) any {
	switch v := v.(type) {
	case object:
		m := make(map[string]any, len(v))
		for _, f := range v {
			m[f.key] = plainNumbers(f.val)
		}
		return m
	case []any:
		list := slices.Clone(v)
		for i := range list {
			list[i] = plainNumbers(list[i])
		}
		return list
	}
	return v
}
