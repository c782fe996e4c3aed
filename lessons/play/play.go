// Package play plays the labs of lessons natively: it opens them on the engine, runs plans as console lines and waits, and
// computes the figures of the prose. With render it makes the whole course ready to be served.
package play

import (
	"cmp"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"shardlab/lessons"
	"shardlab/lessons/block"
	"shardlab/lessons/js"
	"shardlab/lessons/render"
	"shardlab/wasm/console"
	"shardlab/wasm/jq/filter"
	"shardlab/wasm/lab"
	"shardlab/wasm/protocol"
)

// Patience is how long a plan's `until` and a figure's `first` wait for their event, in virtual time.
const Patience = 10 * time.Minute

// Build reads the course from fsys, plays the labs for the figures of the prose and renders everything: the course map and
// the lessons in order, each with the hash of its content. A lab whose figures are known is not played again: known holds what an
// earlier Build has put there, and holds afterwards what this one used. Engine names the engine they came from; without a name
// nothing is known.
func Build(fsys fs.FS, engine string, known map[string]map[string]string) (block.Course, []block.Lesson, error) {
	c, err := lessons.Load(fsys)
	if err != nil {
		return block.Course{}, nil, err
	}
	all := c.Lessons()
	keys := make([]string, len(all))
	made := make([]map[string]string, len(all))
	errs := make([]error, len(all))
	var wait sync.WaitGroup
	// Each plays on engines of its own, as many at a time as there are processors: all at once would need the memory of all, and a
	// function's bounds of time count what others take.
	room := make(chan struct{}, runtime.GOMAXPROCS(0))
	for i, l := range all {
		if keys[i] = figuresKey(engine, l.Lab); engine != "" && known[keys[i]] != nil {
			made[i] = known[keys[i]]
			continue
		}
		wait.Go(func() {
			room <- struct{}{}
			made[i], errs[i] = Figures(l)
			<-room
		})
	}
	wait.Wait()
	if err := errors.Join(errs...); err != nil {
		return block.Course{}, nil, err
	}
	clear(known)
	figures := map[string]map[string]string{}
	for i, l := range all {
		figures[l.Slug] = made[i]
		if known != nil && engine != "" {
			known[keys[i]] = made[i]
		}
	}
	return render.Course(c, figures)
}

// source is what makes figures of a run; made otherwise they are others.
//
//go:embed play.go format.go
var source embed.FS

// figuresKey names all that the figures of a lab depend on.
func figuresKey(engine string, l *lessons.Lab) string {
	play, _ := source.ReadFile("play.go") // both are there, or nothing compiles
	format, _ := source.ReadFile("format.go")
	text, err := json.Marshal([]any{engine, l.Start, l.JSON(), l.Figures, play, format, js.Source})
	if err != nil {
		panic(fmt.Sprintf("play: a lab cannot be written as JSON: %v", err))
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:12])
}

// Open begins a run of a lab, as a learner gets it.
func Open(l *lessons.Lab) (*lab.Lab, error) {
	file := l.JSON()
	if err := lab.Check(file); err != nil {
		return nil, lessons.Errorf(l.File, 0, "the engine does not take this lab: %v", err)
	}
	run, err := lab.New(file, nil, host())
	if err != nil {
		return nil, lessons.Errorf(l.File, 0, "the engine cannot begin this lab: %v", err)
	}
	return run, nil
}

func host() lab.Host {
	return lab.Host{Run: js.Run, Console: console.Open(filter.Run), JQ: filter.Run}
}

// A Beginning is a lab that has lived until it opens, and from which many runs begin. One goroutine at a time uses it and its runs.
type Beginning struct {
	lab *lessons.Lab
	run *lab.Lab // left alone
}

// Begin lives what comes before a lab opens.
func Begin(l *lessons.Lab) (*Beginning, error) {
	run, err := Open(l)
	return &Beginning{l, run}, err
}

// Open begins a run, as [Open] does.
func (b *Beginning) Open() *lab.Lab { return lab.Again(b.run, host()) }

// A Line is a console line that was run, and what came of it.
type Line struct {
	Text string
	Out  string // what went to standard output
	Err  string // what went to standard error
	Exit int
}

// Plan runs the moves of a plan and returns its console lines with their outcomes. An error means that the plan could not
// be run to its end; a console line that failed is no error.
func Plan(run *lab.Lab, plan []lessons.Move) ([]Line, error) {
	var lines []Line
	for _, m := range plan {
		switch {
		case m.Run != "":
			lines = append(lines, Type(run, m.Run))
		case m.Wait != "":
			d, err := time.ParseDuration(m.Wait)
			if err != nil {
				return lines, fmt.Errorf("wait %s: %w", m.Wait, err)
			}
			Advance(run, run.Now()+d.Microseconds())
		case m.Until != "":
			if err := Until(run, m.Until); err != nil {
				return lines, err
			}
		}
		if p := run.Crashed(); p != nil {
			return lines, fmt.Errorf("the engine panicked: %s", p.Message)
		}
	}
	return lines, nil
}

// Type types a console line.
func Type(run *lab.Lab, line string) Line {
	outputs, exit := run.Type(line)
	l := Line{Text: line, Exit: exit}
	for _, o := range outputs {
		switch o.To {
		case "out":
			l.Out += o.Text
		case "err":
			l.Err += o.Text
		}
	}
	return l
}

// Advance runs to an instant since the lab's start.
func Advance(run *lab.Lab, t int64) {
	for !run.AdvanceTo(t, 0) && run.Crashed() == nil {
	}
}

// Until runs to the next event of a kind.
func Until(run *lab.Lab, kinds ...string) error {
	limit := run.Now() + Patience.Microseconds()
	after := lastEvent(run)
	u := run.Until(protocol.Condition{Kinds: kinds, At: limit})
	for !run.Run(u, 0) && run.Crashed() == nil {
	}
	for _, e := range run.Events(after + 1) {
		if slices.Contains(kinds, e.Kind) {
			return nil
		}
	}
	return fmt.Errorf("no event %s came within %s of virtual time", strings.Join(kinds, " or "), Patience)
}

func lastEvent(run *lab.Lab) int64 {
	last := int64(-1)
	for _, e := range run.Events(0) {
		last = max(last, e.ID)
	}
	return last
}

// Figures computes the figures of a lesson, as the prose shows them.
func Figures(l *lessons.Lesson) (map[string]string, error) {
	b, err := Begin(l.Lab)
	if err != nil {
		return nil, err
	}
	return b.Figures()
}

// Figures computes the figures of the lab's lesson.
func (b *Beginning) Figures() (map[string]string, error) {
	figures := map[string]string{}
	var errs []error
	for _, g := range groups(b.lab) {
		errs = append(errs, g.play(b.lab, b.Open(), figures))
	}
	return figures, errors.Join(errs...)
}

// A group is the figures that share a plan, and so a run.
type group struct {
	plan    []lessons.Move
	figures []int // places in Lab.Figures
}

func groups(l *lessons.Lab) []*group {
	var list []*group
	byPlan := map[string]*group{}
	for i, f := range l.Figures {
		key, err := json.Marshal(f.Plan)
		if err != nil {
			panic(fmt.Sprintf("play: a plan cannot be written as JSON: %v", err))
		}
		g, ok := byPlan[string(key)]
		if !ok {
			g = &group{plan: f.Plan}
			byPlan[string(key)] = g
			list = append(list, g)
		}
		g.figures = append(g.figures, i)
	}
	for _, g := range list {
		slices.SortStableFunc(g.figures, func(a, b int) int { return cmp.Compare(instant(l.Figures[a]), instant(l.Figures[b])) })
	}
	return list
}

// instant returns when a figure is taken, in microseconds since the start; 0 is where the plan ends. Moments of events come
// last, because they may run on.
func instant(f lessons.Figure) int64 {
	d, _ := time.ParseDuration(f.At) // checked by the loader
	if f.First != "" {
		d += 24 * time.Hour
	}
	return d.Microseconds()
}

func (g *group) play(l *lessons.Lab, run *lab.Lab, made map[string]string) error {
	opened := lastEvent(run)
	start, err := time.Parse(time.RFC3339, l.Start)
	if err != nil {
		return lessons.Errorf(l.File, l.Line("start"), "%v", err)
	}
	fail := func(i int, format string, args ...any) error {
		return lessons.Errorf(l.File, l.Line(fmt.Sprintf("figures[%d]", i)), "figure %s: "+format, append([]any{l.Figures[i].Name}, args...)...)
	}
	lines, err := Plan(run, g.plan)
	if err != nil {
		return fail(g.figures[0], "its plan does not run: %v", err)
	}
	for _, line := range lines {
		if line.Exit != 0 {
			return fail(g.figures[0], "a line of its plan failed: %s\n%s", line.Text, line.Err)
		}
	}
	for _, i := range g.figures {
		f := l.Figures[i]
		if f.First == "" && f.At != "" {
			if t := instant(f); t < run.Now() {
				return fail(i, "at %s is past already: the plan ends %s after the start", f.At, time.Duration(run.Now())*time.Microsecond)
			} else {
				Advance(run, t)
			}
		}
		var value any
		switch {
		case f.Frame != "":
			value, err = query(run.Frame(), f.Frame)
		case f.Metric != "":
			value, err = metric(run, f)
		case f.Check != nil:
			value, err = check(run, f.Check, f.Figure)
			if f.As == "" {
				f.As = "text"
			}
		case f.Run != "":
			line := Type(run, f.Run)
			value = strings.TrimSpace(line.Out)
			if line.Exit != 0 {
				err = fmt.Errorf("its console line failed: %s", line.Err)
			}
		case f.First != "":
			value, err = moment(run, f, opened)
		}
		if err != nil {
			return fail(i, "%v", err)
		}
		text, err := format(value, f, start)
		if err != nil {
			return fail(i, "%v", err)
		}
		made[f.Name] = text
	}
	return nil
}

// check returns a figure of a goal's check, as its message would say it.
func check(run *lab.Lab, params map[string]any, figure string) (any, error) {
	b, err := json.Marshal(params)
	if err != nil {
		return nil, fmt.Errorf("write check: %w", err)
	}
	return run.Figure(b, figure)
}

// metric returns the sum of a metric a second, on average over the time the figure looks back on.
func metric(run *lab.Lab, f lessons.Figure) (any, error) {
	span := 10 * time.Second
	if f.For != "" {
		span, _ = time.ParseDuration(f.For) // checked by the loader
	}
	params := map[string]any{"kind": "metric", "metric": f.Metric, "for": span.String()}
	stream, shard, ok := strings.Cut(f.Of, "/")
	params["stream"] = stream
	if ok {
		params["shard"] = shard
	}
	value, err := check(run, params, "value")
	if err != nil {
		return nil, err
	}
	n, err := strconv.ParseFloat(strings.ReplaceAll(value.(string), ",", ""), 64)
	if err != nil {
		return nil, fmt.Errorf("the metric says %q, which is no number", value)
	}
	return n / span.Seconds(), nil
}

// moment returns the instant of the first event of f.First after the lab opened, since the start or since that of f.Since.
func moment(run *lab.Lab, f lessons.Figure, opened int64) (any, error) {
	find := func(kind string) (int64, bool) {
		for _, e := range run.Events(opened + 1) {
			if e.Kind == kind {
				return e.At, true
			}
		}
		return 0, false
	}
	at, ok := find(f.First)
	if !ok {
		if err := Until(run, f.First); err != nil {
			return nil, err
		}
		at, _ = find(f.First)
	}
	if f.Since == "" {
		return float64(at), nil
	}
	from, ok := find(f.Since)
	if !ok {
		return nil, fmt.Errorf("no event %s came before %s", f.Since, f.First)
	}
	return float64(at - from), nil
}
