// Package filter runs jq programs with gojq.
package filter

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/itchyny/gojq"

	"shardlab/wasm/jq"
)

// Bounds of one run.
const (
	maxSteps   = 4_000_000 // instructions; nothing else stops an endless program in a browser
	lookEvery  = 20_000    // instructions
	maxWritten = 33 << 20  // bytes, which is more than a terminal takes
	maxHeap    = 512 << 20 // bytes by which the heap may grow; a text that is doubled ten times more would be all there is
	heapEvery  = 16        // instructions
)

// budget is a context that ends after so many looks at it; gojq looks before every instruction.
type budget struct {
	context.Context
	left        int
	ended       chan struct{}
	look        func() bool
	interrupted bool
	heap        uint64 // before it began
	heavy       bool   // it took too much
}

func (b *budget) Done() <-chan struct{} {
	b.left--
	if b.left > 0 && b.left%lookEvery == 0 && b.look != nil && b.look() {
		b.interrupted, b.left = true, 0
	}
	if b.left > 0 && b.left%heapEvery == 0 && heap(false) > b.heap+maxHeap && heap(true) > b.heap+maxHeap {
		b.heavy, b.left = true, 0
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

// Run runs a call; it is a [jq.Run].
func Run(c jq.Call, look func() bool) (jq.Answer, error) {
	var a jq.Answer
	written := 0
	write := func(text string, err bool) {
		written += len(text)
		a.Wrote = append(a.Wrote, jq.Piece{Text: text, Err: err})
	}
	fail := func(exit int, hint, format string, args ...any) (jq.Answer, error) {
		write("jq: "+fmt.Sprintf(format, args...)+"\n", true)
		a.Exit, a.Hint = exit, hint
		return a, nil
	}
	names, values := make([]string, len(c.Vars)), make([]any, len(c.Vars))
	for i, v := range c.Vars {
		names[i], values[i] = "$"+v.Name, v.Text
		if v.JSON {
			all, err := inputs(v.Text, false)
			if err == nil && len(all) != 1 {
				err = fmt.Errorf("it holds %d values, and one is wanted", len(all))
			}
			if err != nil {
				return fail(2, "", "Invalid JSON text passed to --argjson: %v", err)
			}
			values[i] = all[0]
		}
	}
	q, err := gojq.Parse(c.Filter)
	if err != nil {
		return fail(3, "A filter is .name, .list[], .list[].name, .list | length ...; put it in single quotes: jq -r '.Shards[].ShardId'",
			"syntax error in %s: %v", c.Filter, err)
	}
	if clock, err := gojq.Parse("def now: " + strconv.FormatFloat(c.Now, 'f', -1, 64) + "; ."); err == nil {
		q.FuncDefs = append(clock.FuncDefs, q.FuncDefs...) // gojq's own now is the host's clock, and WithFunction does not hide it
	}
	all := &supply{} // what input and inputs take as well
	code, err := gojq.Compile(q, gojq.WithVariables(names), gojq.WithInputIter(all))
	if err != nil {
		return fail(3, "", "compile error: %v", err)
	}
	if all.left, err = inputs(c.Input, c.Raw); err != nil {
		return fail(2, "jq reads JSON: --output json is the default of aws; --output text is not JSON.", "parse error: %v", err)
	}
	if c.Slurp {
		all.left = []any{append([]any{}, all.left...)}
	}
	next := all.Next
	if c.Null {
		begun := false
		next = func() (any, bool) {
			was := begun
			begun = true
			return nil, !was
		}
	}
	var last any
	b := &budget{Context: context.Background(), left: maxSteps, ended: make(chan struct{}), look: look, heap: heap(false)}
	for in, ok := next(); ok; in, ok = next() {
		iter := code.RunWithContext(b, in, values...)
		for written < maxWritten {
			v, ok := iter.Next()
			if !ok {
				break
			}
			if err, bad := v.(error); bad {
				var halt *gojq.HaltError
				if errors.As(err, &halt) && halt.Value() == nil {
					return a, nil
				}
				if b.heavy {
					return fail(5, "Texts and lists that are doubled again and again take all the memory there is.", "error: it asks for more and more memory")
				}
				if errors.Is(err, context.DeadlineExceeded) {
					a.Interrupted, a.Endless = b.interrupted, !b.interrupted
					return a, nil
				}
				a.Exit = 5
				why := err.Error()
				if why == "break" { // gojq's word for it
					why = "No more inputs"
				}
				write("jq: error: "+why+"\n", true)
				break
			}
			last = v
			write(text(v, c), false)
		}
	}
	if c.Status && a.Exit == 0 && (last == nil || last == false) {
		a.Exit = 1
	}
	return a, nil
}

// A supply gives inputs one after the other.
type supply struct{ left []any }

// Next implements gojq.Iter.
func (s *supply) Next() (any, bool) {
	if len(s.left) == 0 {
		return nil, false
	}
	v := s.left[0]
	s.left = s.left[1:]
	return v, true
}

// inputs reads the JSON texts in s, or its lines.
func inputs(s string, raw bool) ([]any, error) {
	var all []any
	if raw {
		for l := range strings.Lines(s) {
			all = append(all, strings.TrimSuffix(l, "\n"))
		}
		return all, nil
	}
	d := json.NewDecoder(strings.NewReader(s))
	d.UseNumber()
	for {
		var v any
		err := d.Decode(&v)
		if errors.Is(err, io.EOF) {
			return all, nil
		}
		if errors.Is(err, io.ErrUnexpectedEOF) {
			return nil, errors.New("the JSON text ends too early")
		}
		if err != nil {
			return nil, err
		}
		all = append(all, v)
	}
}

// text writes a result; a key's place is its alphabetical one, because gojq keeps no other.
func text(v any, c jq.Call) string {
	end := "\n"
	if c.Join {
		end = ""
	}
	if s, ok := v.(string); ok && (c.Plain || c.Join) {
		return s + end
	}
	b, err := gojq.Marshal(v)
	if err != nil {
		return err.Error() + end
	}
	if c.Compact || c.Join {
		return string(b) + end
	}
	var out bytes.Buffer
	if json.Indent(&out, b, "", "  ") != nil {
		return string(b) + end
	}
	return out.String() + end
}
