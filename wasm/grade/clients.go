package grade

import (
	"encoding/json"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"shardlab/wasm/aws"
	"shardlab/wasm/cloudwatch"
	"shardlab/wasm/lambda"
	"shardlab/wasm/region"
	"shardlab/wasm/sim"
)

// who names a client of any kind, and a part of it.
type who struct {
	producer, consumer, function string // one of them
	log, worker                  string // of a Kinesis Agent's host, of a KCL application
}

func (w who) valid(path string, faults *region.Faults) bool {
	n := 0
	for _, name := range []string{w.producer, w.consumer, w.function} {
		if name != "" {
			n++
		}
	}
	switch {
	case n != 1:
		faults.Add(path, "name a producer or a consumer, or a function, one of them")
	case w.log != "" && w.producer == "":
		faults.Add(path+".log", "a log lies on the host of a Kinesis Agent: name that as the producer")
	case w.worker != "" && w.consumer == "":
		faults.Add(path+".worker", "a worker belongs to a KCL application: name that as the consumer")
	default:
		return true
	}
	return false
}

func (w who) ref(v *View) string {
	switch {
	case w.producer != "":
		return region.ProducerRef(w.producer)
	case w.consumer != "":
		return region.ConsumerRef(w.consumer)
	}
	for _, m := range v.Region.Lambda().Mappings() {
		if m.Settings().FunctionName == w.function {
			return region.ConsumerRef(m.Name())
		}
	}
	return ""
}

// stream is the one that it writes to or reads; the first of several.
func (w who) stream(v *View) string {
	if c, ok := v.Region.Client(w.ref(v)); ok && len(c.Streams) > 0 {
		return c.Streams[0]
	}
	return ""
}

type isRunning struct {
	Kind     string `json:"kind"`
	Producer string `json:"producer"`
	Consumer string `json:"consumer"`
	Log      string `json:"log"`
	Worker   string `json:"worker"`
}

func (c *isRunning) who() who { return who{c.Producer, c.Consumer, "", c.Log, c.Worker} }

func (c *isRunning) valid(path string, faults *region.Faults) { c.who().valid(path, faults) }

func (c *isRunning) about(v *View) (string, time.Duration) { return c.who().stream(v), 0 }

func (c *isRunning) judge(v *View, f Figures) (bool, string) {
	state, evidence := "not there", c.who().ref(v)
	x, ok := v.Region.Client(evidence)
	switch {
	case !ok:
	case c.Log != "":
		if a, ok := v.Region.Agent(c.Producer); ok {
			if l, ok := a.Log(c.Log); ok {
				state = runs(l.Running, "")
			}
		}
	case c.Worker != "":
		if a, ok := v.Region.KCLApplication(c.Consumer); ok {
			for _, w := range a.Workers(v.Region.Now()) {
				if w.ID == c.Worker {
					state = w.State
				}
			}
		}
	default:
		state = runs(x.Running, x.Blocked)
	}
	f.text("state", state)
	return state == "running", evidence
}

func runs(running bool, blocked string) string {
	switch {
	case !running:
		return "stopped"
	case blocked != "":
		return "without its stream"
	}
	return "running"
}

// A wanted is what a member of settings is to be.
type wanted struct {
	Member  string
	Is      string
	AtLeast *float64
	AtMost  *float64
}

// in says whether the member of settings is as wanted; nil are those of something that is not there.
func (w wanted) in(raw json.RawMessage, f Figures) bool {
	f.text("member", w.Member)
	f.text("value", "none")
	if raw == nil {
		return false
	}
	for _, name := range strings.Split(w.Member, ".") {
		var ok bool
		if raw, ok = inside(raw, name); !ok {
			return false
		}
	}
	text := strings.Trim(string(raw), `"`)
	n, err := strconv.ParseFloat(text, 64)
	f["value"] = Figure{text, n, err == nil}
	if err != nil && (w.AtLeast != nil || w.AtMost != nil) {
		n = math.NaN()
	}
	return (w.Is == "" || w.Is == text) && within(n, w.AtLeast, w.AtMost)
}

type setting struct {
	Kind     string   `json:"kind"`
	Producer string   `json:"producer"`
	Consumer string   `json:"consumer"`
	Function string   `json:"function"`
	Log      string   `json:"log"`
	Member   string   `json:"member"`
	Is       string   `json:"is"`
	AtLeast  *float64 `json:"at-least"`
	AtMost   *float64 `json:"at-most"`
}

func (c *setting) who() who { return who{c.Producer, c.Consumer, c.Function, c.Log, ""} }

func (c *setting) valid(path string, faults *region.Faults) {
	if !c.who().valid(path, faults) {
		return
	}
	var ops []string
	var known []string
	switch {
	case c.Log != "":
		ops = []string{"PutLogFile"}
	case c.Producer != "":
		ops = []string{"PutProducer", "PutKplProducer", "PutAgent"}
	case c.Consumer != "":
		ops = []string{"PutConsumer", "PutKclApplication", "PutConnector", "PutSqlApplication"}
		raw, _ := json.Marshal(lambda.MappingSettings{})
		known, _, _ = region.Members(raw)
		known = append(known, "Enabled")
	default:
		ops = []string{"PutFunction"}
		known = []string{"ReservedConcurrentExecutions", "Runtime", "Handler", "Role"}
	}
	for _, o := range region.Operations() {
		if slices.Contains(ops, o.Name) {
			for _, name := range members(o.Members, "") {
				if !slices.Contains(known, name) {
					known = append(known, name)
				}
			}
		}
	}
	if !slices.Contains(known, c.Member) && (c.Producer == "" || !strings.HasPrefix(c.Member, "Config.")) {
		faults.Add(path+".member", "%q is no member: write one of %s", c.Member, strings.Join(known, ", "))
	}
	if c.Is == "" && c.AtLeast == nil && c.AtMost == nil {
		faults.Add(path, enough+": is, at-least or at-most")
	}
}

// members names members of an operation, those inside others with a dot.
func members(all []aws.Member, before string) (names []string) {
	for _, m := range all {
		if len(m.Members) == 0 {
			names = append(names, before+m.Name)
		}
		names = append(names, members(m.Members, before+m.Name+".")...)
	}
	return names
}

func (c *setting) about(v *View) (string, time.Duration) { return c.who().stream(v), 0 }

func (c *setting) judge(v *View, f Figures) (bool, string) {
	evidence := c.who().ref(v)
	raw := v.Region.ClientSettings(evidence)
	switch {
	case c.Function != "":
		raw, _ = v.Region.FunctionSettings(c.Function)
	case c.Log != "":
		raw = nil
		if a, ok := v.Region.Agent(c.Producer); ok {
			if l, ok := a.Log(c.Log); ok {
				raw, _ = json.Marshal(l)
			}
		}
	}
	return wanted{c.Member, c.Is, c.AtLeast, c.AtMost}.in(raw, f), evidence
}

// inside finds a member of an object, or an item of a list by its number.
func inside(raw json.RawMessage, name string) (json.RawMessage, bool) {
	if i, err := strconv.Atoi(name); err == nil {
		var list []json.RawMessage
		if json.Unmarshal(raw, &list) != nil || i < 0 || i >= len(list) {
			return nil, false
		}
		return list[i], true
	}
	keys, values, _ := region.Members(raw)
	i := slices.Index(keys, name)
	if i < 0 {
		return nil, false
	}
	return values[i], true
}

// A figured is a check of one figure of a client.
type figured struct {
	Kind     string        `json:"kind"`
	Producer string        `json:"producer"`
	Consumer string        `json:"consumer"`
	Function string        `json:"function"`
	Figure   string        `json:"figure"`
	AtLeast  *float64      `json:"at-least"`
	AtMost   *float64      `json:"at-most"`
	For      time.Duration `json:"for"`

	param string // which of the three names the client
	names []string
	find  func(v *View, name string, window time.Duration, f Figures) (there bool)
}

func (c *figured) name() string { return c.Producer + c.Consumer + c.Function }

func (c *figured) who() who {
	return who{producer: c.Producer, consumer: c.Consumer, function: c.Function}
}

func (c *figured) valid(path string, faults *region.Faults) {
	given := map[string]string{"producer": c.Producer, "consumer": c.Consumer, "function": c.Function}
	need(path, c.param, given[c.param], faults)
	for _, other := range []string{"producer", "consumer", "function"} {
		if other != c.param && given[other] != "" {
			faults.Add(path+"."+other, "unknown here: the client is named by %s", c.param)
		}
	}
	switch {
	case c.Figure == "":
		faults.Add(path+".figure", enough+": which figure, and at-least or at-most")
		c.Figure = c.names[0]
	case !slices.Contains(c.names, c.Figure):
		faults.Add(path+".figure", "%q is no figure of %s: write one of %s", c.Figure, c.Kind, strings.Join(c.names, ", "))
	case c.AtLeast == nil && c.AtMost == nil:
		faults.Add(path, enough+": at-least or at-most")
	}
	if c.For != 0 {
		window(path, &c.For, faults)
		if c.param == "producer" && slices.Contains(wholeRun, c.Figure) {
			faults.Add(path+".for", "%s is counted over the whole run: leave it out", c.Figure)
		}
	}
}

func (c *figured) about(v *View) (string, time.Duration) { return c.who().stream(v), c.For }

func (c *figured) judge(v *View, f Figures) (bool, string) {
	for _, name := range c.names {
		f.count(name, 0)
	}
	there := c.find(v, c.name(), c.For, f)
	f["value"] = f[c.Figure]
	f.text("figure", c.Figure)
	return there && within(f["value"].Number, c.AtLeast, c.AtMost), c.who().ref(v)
}

// figuredKind documents a check of a client's figures.
func figuredKind(kind, param, means string, names []string, find func(*View, string, time.Duration, Figures) bool) Kind {
	return Kind{kind, param + ", figure, at-least, at-most, for (the whole run when left out)", means + "; times are in seconds",
		append([]string{"value", "figure"}, names...), func() check { return &figured{param: param, names: names, find: find} }}
}

// counted finds counts of a client: what they came to in the last window, the running second included, or ever.
func counted(v *View, ref string, names []string, ever []int64, window time.Duration, f Figures) {
	for i, name := range names {
		n := ever[i]
		if window > 0 {
			metric, dims := region.MeasureOf(ref, name)
			n = int64(total(lately(v, metric, dims, window, cloudwatch.Sum)))
		}
		f.count(name, n)
	}
}

// lately are a metric's values in the whole seconds of the window before now, and in the running one.
func lately(v *View, metric string, dims cloudwatch.Dims, window time.Duration, stat string) []float64 {
	to := sim.Instant((v.Region.Now().Second() + 1) * 1e6)
	return v.Region.Meter().Get(metric, dims, to.Add(-window-time.Second), to, time.Second, stat)
}

// most is the greatest of the values there are.
func most(points []float64) (m float64) {
	for _, p := range points {
		if p > m {
			m = p
		}
	}
	return m
}

// mean is the average of a metric over the window.
func mean(v *View, metric string, dims cloudwatch.Dims, window time.Duration) float64 {
	n := total(lately(v, metric, dims, window, cloudwatch.SampleCount))
	if n == 0 {
		return 0
	}
	return total(lately(v, metric, dims, window, cloudwatch.Sum)) / n
}

// millis is a figure of milliseconds, in seconds.
func (f Figures) millis(name string, ms float64) {
	f.span(name, time.Duration(ms*float64(time.Millisecond)))
}

// part is a figure of how many of one there are for each of another.
func (f Figures) part(name string, n, each float64) {
	if each == 0 {
		n, each = 0, 1
	}
	f.decimal(name, math.Round(n/each*100)/100)
}
