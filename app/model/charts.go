package model

import (
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"shardlab/wasm/protocol"
)

// Charts is how charts are looked at: which metrics, over which time, with which cursor. What is remembered of it on this device is
// its [Kept].
type Charts struct {
	Kept
	Large   string            // the key of the chart that is enlarged; "" when none is
	Picking bool              // the picker is open
	Metrics []protocol.Metric // what the picker offers; nil until it is known
	Cursor  int64             // the instant at the cursor, while Pointed
	Pointed bool
	Fork    int64 // the instant at which this history left the one before; 0 when it did not
	Flaw    *protocol.Error

	asked *protocol.Board // what the engine was asked for last
}

// Kept is what is remembered of charts, lab by lab.
type Kept struct {
	Plots  []protocol.Plot `json:"plots,omitempty"` // chosen by the learner; nil shows what tells the most of the stage
	Range  string          `json:"range,omitempty"` // one of Ranges
	Period int64           `json:"period,omitempty"`
}

// Ranges are the times that charts can show, the first one at first.
var Ranges = []struct {
	Name, Text string
	Last       int64
}{
	{"2m", "Last 2 minutes", 120 * protocol.Second},
	{"1m", "Last minute", 60 * protocol.Second},
	{"15m", "Last 15 minutes", 900 * protocol.Second},
	{"1h", "Last hour", 3600 * protocol.Second},
	{"1d", "Last day", 86400 * protocol.Second},
	{"run", "Whole run", 0},
	{"fork", "Since the fork", 0},
}

// Periods are those that are offered, in seconds; 0 is the finest that covers the time.
var Periods = []struct {
	Seconds int64
	Text    string
}{
	{0, "Finest period"}, {1, "1 second"}, {10, "10 seconds"}, {60, "1 minute"}, {300, "5 minutes"}, {3600, "1 hour"}, {86400, "1 day"},
}

// Stats are the statistics that are offered: those that CloudWatch keeps of every metric, and percentiles, which it has of times.
var Stats = []string{"Average", "Sum", "Minimum", "Maximum", "SampleCount", "p50", "p90", "p99"}

// Messages of the charts:
type (
	// PickRange shows another time.
	PickRange struct{ Name string }
	// PickPeriod makes a point stand for another time, in seconds.
	PickPeriod struct{ Seconds int64 }
	// PickStat shows another statistic of the chart with a key.
	PickStat struct{ Key, Stat string }
	// TurnPlot shows a metric, or takes its chart away.
	TurnPlot struct{ Plot protocol.Plot }
	// StandardPlots shows what tells the most of the stage, as at first.
	StandardPlots struct{}
	// OpenPicker opens the picker or closes it.
	OpenPicker struct{ On bool }
	// Enlarge enlarges the chart with a key; "" none.
	Enlarge struct{ Key string }
	// MoveCursor moves the cursor of all charts to an instant, or takes it away.
	MoveCursor struct {
		At int64
		On bool
	}
	// RecallCharts brings what is remembered of charts.
	RecallCharts struct{ Kept Kept }
)

// ChartKey tells one chart from another.
func ChartKey(c protocol.Chart) string { return c.Ref + " " + c.Stat }

func keyOf(p protocol.Plot) string { return p.Ref + " " + p.Stat }

// Shows says whether a metric has a chart.
func Shows(charts []protocol.Chart, ref string) bool {
	return slices.ContainsFunc(charts, func(c protocol.Chart) bool { return c.Ref == ref })
}

// charting takes the messages of the charts.
func (b Bench) charting(message any) (Bench, []Ask) {
	g := &b.Graph
	switch m := message.(type) {
	case PickRange:
		g.Range = m.Name
	case PickPeriod:
		g.Period = m.Seconds
	case PickStat:
		b.chosen()
		for i, p := range g.Plots {
			if keyOf(p) != m.Key {
				continue
			}
			to := protocol.Plot{Ref: p.Ref, Stat: m.Stat}
			if j := slices.Index(g.Plots, to); j >= 0 { // that chart is there already
				g.Plots = slices.Delete(g.Plots, i, i+1)
			} else {
				g.Plots[i] = to
			}
			if g.Large == m.Key {
				g.Large = keyOf(to)
			}
			break
		}
	case TurnPlot:
		b.chosen()
		n := len(g.Plots)
		if g.Plots = slices.DeleteFunc(g.Plots, func(p protocol.Plot) bool { return p.Ref == m.Plot.Ref }); len(g.Plots) == n {
			g.Plots = append(g.Plots, m.Plot)
		}
		if g.Large = ""; len(g.Plots) == 0 {
			g.Plots = nil
		}
	case StandardPlots:
		g.Plots, g.Large = nil, ""
	case OpenPicker:
		g.Picking = m.On
		if m.On {
			g.Large, b.Right, b.Phone, b.Low = "", "charts", "charts", false
			return b, ask(protocol.Request{Kind: protocol.Metrics})
		}
	case Enlarge:
		g.Large, g.Picking = m.Key, false
	case MoveCursor:
		g.Cursor, g.Pointed = m.At, m.On
	case RecallCharts:
		g.Kept = m.Kept
	default:
		return b.sharing(message)
	}
	return b.show()
}

// chosen makes the charts that are shown the learner's own, to be changed.
func (b *Bench) chosen() {
	g := &b.Graph
	plots := slices.Clone(g.Plots)
	if g.Plots == nil {
		plots = []protocol.Plot{}
		for _, c := range b.Charts {
			plots = append(plots, protocol.Plot{Ref: c.Ref, Stat: c.Stat})
		}
	}
	g.Plots = plots
}

// Remembers says whether charts differ from how they are at first.
func (k Kept) Remembers() bool { return k.Plots != nil || k.Range != "" || k.Period != 0 }

// Same says whether two remember the same.
func (k Kept) Same(o Kept) bool {
	return k.Range == o.Range && k.Period == o.Period && (k.Plots == nil) == (o.Plots == nil) && slices.Equal(k.Plots, o.Plots)
}

// board is what the engine is to show.
func (b Bench) board() protocol.Board {
	g := b.Graph
	board := protocol.Board{Of: b.Stream, Plots: g.Plots, Period: g.Period, Last: Ranges[0].Last}
	for _, r := range Ranges {
		if r.Name == g.Range {
			board.Last = r.Last
		}
	}
	if g.Range == "fork" {
		board.From = g.Fork
	}
	return board
}

// show asks for other charts when the engine shows other ones.
func (b Bench) show() (Bench, []Ask) {
	board := b.board()
	if b.Phase != Ready || b.Graph.asked != nil && reflect.DeepEqual(*b.Graph.asked, board) {
		return b, nil
	}
	b.Graph.asked = &board
	return b, ask(protocol.Request{Kind: protocol.Show, Board: &board})
}

// rewound takes note of another history.
func (g *Charts) rewound(now int64) { g.Fork, g.Pointed = now, false }

// MarksOf are the instants worth a line on a chart: what was done to its stream, what befell it, and what befell all.
func MarksOf(marks []Mark, c protocol.Chart) []Mark {
	var all []Mark
	end := c.From + int64(len(c.Points))*c.Period
	for _, m := range marks {
		if m.At >= c.From && m.At < end && markedKinds[m.Kind] {
			all = append(all, m)
		}
	}
	return all
}

var markedKinds = map[string]bool{
	protocol.EventShardOpened: true, protocol.EventShardClosed: true, protocol.EventStreamStatus: true, protocol.EventWriteRefused: true, protocol.EventReadRefused: true,
	protocol.EventFault: true, protocol.EventZone: true, protocol.EventAlarm: true, protocol.EventCommand: true, protocol.EventLost: true,
}

// PlaceAt is the place of the point of a chart in whose period an instant lies, and whether there is one.
func PlaceAt(c protocol.Chart, at int64) (int, bool) {
	if c.Period <= 0 || at < c.From {
		return 0, false
	}
	i := int((at - c.From) / c.Period)
	return i, i < len(c.Points)
}

// Points counts those of a chart that have data.
func Points(c protocol.Chart) int {
	n := 0
	for _, v := range c.Points {
		if !math.IsNaN(v) {
			n++
		}
	}
	return n
}

// CSV writes a chart as a table of comma-separated values, the instants in UTC; where no data was published, the value is left out.
func CSV(c protocol.Chart, startUnix int64) string {
	var b strings.Builder
	b.WriteString("Timestamp," + c.Metric + " " + c.Stat + " (" + c.Unit + ")\n")
	for i, v := range c.Points {
		b.WriteString(stamp(startUnix + c.From + int64(i)*c.Period))
		b.WriteByte(',')
		if !math.IsNaN(v) {
			b.WriteString(strconv.FormatFloat(v, 'f', -1, 64))
		}
		b.WriteByte('\n')
	}
	return b.String()
}

func stamp(unix int64) string { return time.UnixMicro(unix).UTC().Format("2006-01-02T15:04:05Z") }

// ChartCommand is the console line that gives the figures of a chart, "" when CloudWatch has none. CloudWatch has a point a minute:
// for shorter periods the line asks for minutes.
func ChartCommand(c protocol.Chart, startUnix int64) string {
	words := strings.Split(strings.TrimPrefix(c.Ref, "metric:"), ",")
	if c.Own || len(words) < 2 || len(c.Points) == 0 {
		return ""
	}
	period := max(c.Period, 60*protocol.Second)
	from, to := startUnix+c.From, startUnix+c.From+int64(len(c.Points))*c.Period
	from -= (from%period + period) % period
	if over := (to%period + period) % period; over > 0 {
		to += period - over
	}
	line := "aws cloudwatch get-metric-statistics --namespace " + protocol.ShellWord(words[0]) + " --metric-name " + protocol.ShellWord(words[1])
	for i, w := range words[2:] {
		if i == 0 {
			line += " --dimensions"
		}
		name, value, _ := strings.Cut(w, "=")
		line += " " + protocol.ShellWord("Name="+name+",Value="+value)
	}
	flag := " --statistics "
	if strings.HasPrefix(c.Stat, "p") {
		flag = " --extended-statistics "
	}
	return line + flag + c.Stat + " --period " + strconv.FormatInt(period/protocol.Second, 10) + " --start-time " + stamp(from) + " --end-time " + stamp(to)
}

// A Shelf is what the picker shows of one thing: its metrics that fit what is searched for.
type Shelf struct {
	Space, Of string
	Metrics   []protocol.Metric
}

// Shelves sorts metrics by namespace and what they are of, those alone that have every word of find somewhere in their names.
func Shelves(all []protocol.Metric, find string) []Shelf {
	words := strings.Fields(strings.ToLower(find))
	var shelves []Shelf
	place := map[[2]string]int{}
	for _, m := range all {
		text := strings.ToLower(m.Space + " " + m.Of + " " + m.Name)
		if slices.ContainsFunc(words, func(w string) bool { return !strings.Contains(text, w) }) {
			continue
		}
		k := [2]string{m.Space, m.Of}
		i, ok := place[k]
		if !ok {
			i = len(shelves)
			place[k] = i
			shelves = append(shelves, Shelf{Space: m.Space, Of: m.Of})
		}
		shelves[i].Metrics = append(shelves[i].Metrics, m)
	}
	slices.SortStableFunc(shelves, func(a, b Shelf) int { return spaceRank(a.Space) - spaceRank(b.Space) })
	return shelves
}

// spaceRank puts the stream's own namespace first and keeps each together.
func spaceRank(space string) int {
	switch {
	case space == "AWS/Kinesis":
		return 0
	case strings.HasPrefix(space, "AWS/"):
		return 1
	}
	return 2
}
