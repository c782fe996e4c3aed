package grade

import (
	"encoding/json"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"shardlab/wasm/consumer"
	"shardlab/wasm/region"
)

// young is the age below which nobody is expected to have read a record.
const young = 2 * time.Second

type consumerRead struct {
	Kind     string `json:"kind"`
	Stream   string `json:"stream"`
	Consumer string `json:"consumer"`
	All      *bool  `json:"all"`
	Min      *int64 `json:"min"`
}

func (c *consumerRead) valid(path string, faults *region.Faults) {
	need(path, "consumer", c.Consumer, faults)
	if c.Min == nil {
		one := int64(1)
		c.Min = &one
	}
	if *c.Min < 1 {
		faults.Add(path+".min", "%d is not at least 1", *c.Min)
	}
}

func (c *consumerRead) about(v *View) (string, time.Duration) {
	return streamOf(v, c.Consumer, c.Stream), 0
}

// streamOf is the stream of a consumer, or the one named when there is none.
func streamOf(v *View, name, stream string) string {
	if x, ok := v.Region.Consumer(name); ok {
		return x.Settings().StreamName
	}
	return stream
}

func (c *consumerRead) judge(v *View, f Figures) (bool, string) {
	x, there := v.Region.Consumer(c.Consumer)
	read, taken, missed, unread := int64(0), int64(0), int64(0), int64(0)
	evidence := region.ConsumerRef(c.Consumer)
	old := v.Region.Now().Add(-young)
	st, ok := v.Region.Kinesis().Stream(streamOf(v, c.Consumer, c.Stream))
	if ok {
		for _, sh := range st.Shards() {
			taken += sh.Taken()
			next := int64(0)
			if p := placeOf(x, sh.Number()); p != nil && (p.Phase == consumer.Reading || p.Phase == consumer.Done) {
				next = p.Next
				missed += p.Start + p.Missed
			} else if p != nil && p.Phase == consumer.Gone {
				missed += sh.Taken()
				next = sh.Next()
			}
			for i := sh.Next() - 1; i >= max(next, sh.First()); i-- {
				if sh.Record(i).At <= old {
					unread += i + 1 - max(next, sh.First())
					evidence = region.RecordRef(st.Name(), sh.Number(), sh.SequenceNumber(i, sh.Record(i).At))
					break
				}
			}
		}
	}
	if there {
		read = x.Total().Read
	}
	f.count("read", read)
	f.count("taken", taken)
	f.count("missed", missed)
	f.count("unread", unread)
	return there && ok && read >= *c.Min && missed == 0 && unread == 0, evidence
}

func placeOf(x *consumer.Consumer, shard int32) *consumer.Place {
	if x == nil {
		return nil
	}
	places := x.Places()
	for i := range places {
		if places[i].Shard == shard {
			return &places[i]
		}
	}
	return nil
}

type consumerBehind struct {
	Kind     string        `json:"kind"`
	Stream   string        `json:"stream"`
	Consumer string        `json:"consumer"`
	Min      *int64        `json:"min"`
	AtMost   time.Duration `json:"at-most"`
	For      time.Duration `json:"for"`
}

func (c *consumerBehind) valid(path string, faults *region.Faults) {
	switch {
	case c.Consumer == "" && c.Stream == "":
		faults.Add(path+".consumer", "left out: say which consumer, or name a stream to mean all that read it")
	case c.Consumer != "" && c.Min != nil:
		faults.Add(path+".min", "belongs to a stream: it is how many consumers there have to be")
	case c.Min != nil && *c.Min < 1:
		faults.Add(path+".min", "%d is not at least 1", *c.Min)
	}
	if c.Min == nil {
		one := int64(1)
		c.Min = &one
	}
	if c.AtMost == 0 {
		c.AtMost = time.Second
	}
	if c.For > MaxWindow || c.For%time.Second != 0 {
		faults.Add(path+".for", "%s is not a whole number of seconds up to %s", c.For, MaxWindow)
	}
}

func (c *consumerBehind) about(v *View) (string, time.Duration) {
	return streamOf(v, c.Consumer, c.Stream), c.For
}

func (c *consumerBehind) judge(v *View, f Figures) (bool, string) {
	worst, behind, total, n, met := c.Consumer, time.Duration(0), int64(0), int64(0), true
	now := v.Region.Now()
	for _, x := range v.Region.Consumers() {
		s := x.Settings()
		if c.Consumer != "" && s.Name != c.Consumer || c.Consumer == "" && (s.StreamName != c.Stream || !s.Running) {
			continue
		}
		lately := x.Lately(now, int64(c.For/time.Second))
		late := time.Duration(max(x.Lag(v.Region.Kinesis(), now), lately.Behind)) * time.Millisecond
		read := x.Total().Read
		if c.For > 0 {
			read = int64(lately.Read)
		}
		n++
		total += read
		met = met && s.Running && x.Blocked() == "" && read > 0 && late <= c.AtMost
		if late > behind || worst == "" {
			worst, behind = s.Name, late
		}
	}
	evidence := region.ConsumerRef(worst)
	if worst == "" {
		worst, evidence = "none", region.StreamRef(c.Stream)
	}
	f.span("behind", behind)
	f.span("at-most", c.AtMost)
	f.count("read", total)
	f.text("consumer", worst)
	f.count("min", *c.Min)
	return met && n >= *c.Min, evidence
}

type drained struct {
	Kind     string `json:"kind"`
	Stream   string `json:"stream"`
	Consumer string `json:"consumer"`
	Count    *int64 `json:"count"`
}

func (c *drained) valid(path string, faults *region.Faults) {
	need(path, "consumer", c.Consumer, faults)
	if c.Count == nil {
		one := int64(1)
		c.Count = &one
	}
	if *c.Count < 1 {
		faults.Add(path+".count", "%d is not at least 1", *c.Count)
	}
}

func (c *drained) about(v *View) (string, time.Duration) { return streamOf(v, c.Consumer, c.Stream), 0 }

func (c *drained) judge(v *View, f Figures) (bool, string) {
	n, closed, shard, evidence := int64(0), int64(0), "none", region.ConsumerRef(c.Consumer)
	stream := streamOf(v, c.Consumer, c.Stream)
	x, ok := v.Region.Consumer(c.Consumer)
	if st, there := v.Region.Kinesis().Stream(stream); there {
		for _, sh := range st.Shards() {
			if sh.Open() {
				continue
			}
			closed++
			if p := placeOf(x, sh.Number()); p != nil && p.Phase == consumer.Done && p.Next > p.Start {
				n++
				shard, evidence = sh.ID(), region.ShardRef(stream, sh.Number())
			}
		}
	}
	f.count("drained", n)
	f.count("closed", closed)
	f.text("shard", shard)
	return ok && n >= *c.Count, evidence
}

type isRunning struct {
	Kind     string `json:"kind"`
	Producer string `json:"producer"`
	Consumer string `json:"consumer"`
}

func (c *isRunning) valid(path string, faults *region.Faults) {
	if (c.Producer == "") == (c.Consumer == "") {
		faults.Add(path, "name a producer or a consumer, one of them")
	}
}

func (c *isRunning) about(v *View) (string, time.Duration) {
	if p, ok := v.Region.Producer(c.Producer); ok {
		return p.Settings().StreamName, 0
	}
	return streamOf(v, c.Consumer, ""), 0
}

func (c *isRunning) judge(v *View, f Figures) (bool, string) {
	state, evidence := "not there", ""
	if p, ok := v.Region.Producer(c.Producer); ok && c.Producer != "" {
		state, evidence = runs(p.Settings().Running, p.Blocked()), region.ProducerRef(c.Producer)
	}
	if x, ok := v.Region.Consumer(c.Consumer); ok && c.Consumer != "" {
		state, evidence = runs(x.Settings().Running, x.Blocked()), region.ConsumerRef(c.Consumer)
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

type setting struct {
	Kind     string   `json:"kind"`
	Producer string   `json:"producer"`
	Consumer string   `json:"consumer"`
	Member   string   `json:"member"`
	Is       string   `json:"is"`
	AtLeast  *float64 `json:"at-least"`
	AtMost   *float64 `json:"at-most"`
}

func (c *setting) valid(path string, faults *region.Faults) {
	if (c.Producer == "") == (c.Consumer == "") {
		faults.Add(path, "name a producer or a consumer, one of them")
		return
	}
	op := "PutProducer"
	if c.Consumer != "" {
		op = "PutConsumer"
	}
	var known []string
	for _, o := range region.Operations() {
		if o.Name != op {
			continue
		}
		for _, m := range o.Members {
			if len(m.Members) == 0 {
				known = append(known, m.Name)
			}
			for _, sub := range m.Members {
				known = append(known, m.Name+"."+sub.Name)
			}
		}
	}
	if !slices.Contains(known, c.Member) {
		faults.Add(path+".member", "%q is no member: write one of %s", c.Member, strings.Join(known, ", "))
	}
	if c.Is == "" && c.AtLeast == nil && c.AtMost == nil {
		faults.Add(path, enough+": is, at-least or at-most")
	}
}

func (c *setting) about(v *View) (string, time.Duration) {
	if p, ok := v.Region.Producer(c.Producer); ok {
		return p.Settings().StreamName, 0
	}
	return streamOf(v, c.Consumer, ""), 0
}

func (c *setting) judge(v *View, f Figures) (bool, string) {
	var set any
	evidence := ""
	if p, ok := v.Region.Producer(c.Producer); ok && c.Producer != "" {
		set, evidence = p.Settings(), region.ProducerRef(c.Producer)
	} else if x, ok := v.Region.Consumer(c.Consumer); ok && c.Consumer != "" {
		set, evidence = x.Settings(), region.ConsumerRef(c.Consumer)
	}
	f.text("member", c.Member)
	f.text("value", "none")
	raw, err := json.Marshal(set)
	if set == nil || err != nil {
		return false, evidence
	}
	for _, name := range strings.Split(c.Member, ".") {
		keys, values, _ := region.Members(raw)
		i := slices.Index(keys, name)
		if i < 0 {
			return false, evidence
		}
		raw = values[i]
	}
	text := strings.Trim(string(raw), `"`)
	n, err := strconv.ParseFloat(text, 64)
	f["value"] = Figure{text, n, err == nil}
	if err != nil && (c.AtLeast != nil || c.AtMost != nil) {
		n = math.NaN()
	}
	return (c.Is == "" || c.Is == text) && (c.AtLeast == nil || n >= *c.AtLeast) && (c.AtMost == nil || n <= *c.AtMost), evidence
}
