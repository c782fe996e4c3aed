package grade

import (
	"fmt"
	"sort"
	"time"

	"shardlab/wasm/kinesis"
	"shardlab/wasm/pricing"
	"shardlab/wasm/region"
)

// money is a figure of dollars, to the hundredth of a cent.
func (f Figures) money(name string, d pricing.Dollars) {
	n := float64(d) / 1e9
	text := fmt.Sprintf("$%.4f", n)
	if n >= 1 {
		text = fmt.Sprintf("$%.2f", n)
	}
	f[name] = Figure{text, n, true}
}

type cost struct {
	Kind    string        `json:"kind"`
	Stream  string        `json:"stream"`
	AtMost  *float64      `json:"at-most"`
	For     time.Duration `json:"for"`
	MinRate *float64      `json:"min-rate"`
}

func (c *cost) valid(path string, faults *region.Faults) {
	need(path, "stream", c.Stream, faults)
	window(path, &c.For, faults)
	if c.AtMost == nil {
		faults.Add(path+".at-most", enough+": dollars an hour, like 0.05")
	} else if *c.AtMost <= 0 {
		faults.Add(path+".at-most", "%v is not above 0: a stream is never free", *c.AtMost)
	}
	if c.MinRate == nil {
		one := 1.0
		c.MinRate = &one
	}
	if *c.MinRate <= 0 {
		faults.Add(path+".min-rate", "%v is not above 0: without traffic it would be cheap", *c.MinRate)
	}
}

func (c *cost) about(*View) (string, time.Duration) { return c.Stream, c.For }

func (c *cost) judge(v *View, f Figures) (bool, string) {
	b := v.Region.Bill(c.Stream)
	rate := total(ofShard(v, "IncomingRecords", c.Stream, -1, c.For)) / c.For.Seconds()
	f.money("cost", b.PerHour)
	f.money("month", b.PerHour*720)
	f.money("total", b.Total)
	f.decimal("rate", rate)
	mode := "none"
	if st, ok := v.Region.Kinesis().Stream(c.Stream); ok {
		mode = st.Mode()
	}
	f.text("mode", mode)
	most := 0.0
	if c.AtMost != nil {
		most = *c.AtMost
	}
	f.money("at-most", pricing.Dollars(most*1e9+0.5))
	return len(b.Lines) > 0 && float64(b.PerHour) <= most*1e9 && c.MinRate != nil && rate >= *c.MinRate, region.StreamRef(c.Stream)
}

type encrypted struct {
	Kind   string `json:"kind"`
	Stream string `json:"stream"`
	Key    string `json:"key"`
}

func (c *encrypted) valid(path string, faults *region.Faults) {
	need(path, "stream", c.Stream, faults)
}

func (c *encrypted) about(*View) (string, time.Duration) { return c.Stream, 0 }

// judge counts the records that were taken since they all are encrypted as they are now, and those that were before.
func (c *encrypted) judge(v *View, f Figures) (bool, string) {
	kind, key, met := kinesis.NoEncryption, "none", false
	records, before := int64(0), int64(0)
	if st, ok := v.Region.Kinesis().Stream(c.Stream); ok {
		since := st.EncryptedSince()
		for _, sh := range st.Shards() {
			held := int(sh.Next() - sh.First())
			old := held
			if since != 0 {
				old = sort.Search(held, func(i int) bool { return sh.Record(sh.First()+int64(i)).At >= since })
			}
			records += int64(held - old)
			before += int64(old)
		}
		if kind = st.EncryptionType(); kind != kinesis.NoEncryption {
			key = st.KeyID()
			is, _ := v.Region.KMS().KeyARN(key)
			want, err := v.Region.KMS().KeyARN(c.Key)
			met = since != 0 && since <= v.Region.Now() && (c.Key == "" || err == nil && is == want)
		}
	}
	f.text("type", kind)
	f.text("key", key)
	f.count("records", records)
	f.count("before", before)
	return met, region.StreamRef(c.Stream)
}

type zone struct {
	Kind   string `json:"kind"`
	Stream string `json:"stream"`
	State  string `json:"state"`
	Min    *int64 `json:"min"`
}

func (c *zone) valid(path string, faults *region.Faults) {
	need(path, "stream", c.Stream, faults)
	switch c.State {
	case "":
		c.State = kinesis.Lost
	case kinesis.Lost, kinesis.InSync:
	default:
		faults.Add(path+".state", "%q is no state to wait for: write LOST or IN_SYNC", c.State)
	}
	if c.Min == nil {
		one := int64(1)
		c.Min = &one
	}
	if *c.Min < 1 {
		faults.Add(path+".min", "%d is not at least 1: without writes nothing shows that they go on", *c.Min)
	}
}

func (c *zone) about(*View) (string, time.Duration) { return c.Stream, 0 }

// judge looks at the zone that was lost last: whether it is in the wanted state now, and what the stream took since.
func (c *zone) judge(v *View, f Figures) (bool, string) {
	last := kinesis.Zone{Name: "none"}
	for _, z := range v.Region.Kinesis().Zones() {
		if z.LostLast > last.LostLast {
			last = z
		}
	}
	taken, moved := int64(0), int64(0)
	if st, ok := v.Region.Kinesis().Stream(c.Stream); ok && last.LostLast != 0 {
		for _, sh := range st.Shards() {
			held := int(sh.Next() - sh.First())
			taken += int64(held - sort.Search(held, func(i int) bool { return sh.Record(sh.First()+int64(i)).At >= last.LostLast }))
			if sh.Failovers() > 0 {
				moved++
			}
		}
	}
	state := last.State()
	if last.LostLast == 0 {
		state = "never lost"
	}
	f.text("zone", last.Name)
	f.text("state", state)
	f.count("taken", taken)
	f.count("moved", moved)
	return state == c.State && taken >= *c.Min, region.StreamRef(c.Stream)
}

type scaled struct {
	Kind   string `json:"kind"`
	Stream string `json:"stream"`
	Count  *int64 `json:"count"`
}

func (c *scaled) valid(path string, faults *region.Faults) {
	need(path, "stream", c.Stream, faults)
	if c.Count == nil {
		one := int64(1)
		c.Count = &one
	}
	if *c.Count < 1 {
		faults.Add(path+".count", "%d is not at least 1", *c.Count)
	}
}

func (c *scaled) about(*View) (string, time.Duration) { return c.Stream, 0 }

func (c *scaled) judge(v *View, f Figures) (bool, string) {
	scaled, invoked, refused, there, name := int64(0), int64(0), int64(0), int64(0), "none"
	for _, s := range v.Region.Scalers() {
		if set := s.Settings(); set.StreamName == c.Stream {
			t := s.Total()
			scaled, invoked, refused = scaled+t.Scaled, invoked+t.Invocations, refused+t.Refused
			there++
			name = set.Name
		}
	}
	f.count("scaled", scaled)
	f.count("invoked", invoked)
	f.count("refused", refused)
	f.count("scalers", there)
	f.text("scaler", name)
	return scaled >= *c.Count, region.StreamRef(c.Stream)
}

type may struct {
	Kind      string   `json:"kind"`
	Principal string   `json:"principal"`
	Stream    string   `json:"stream"`
	Ops       []string `json:"ops"`
	Allowed   *bool    `json:"allowed"`
}

func (c *may) valid(path string, faults *region.Faults) {
	need(path, "principal", c.Principal, faults)
	need(path, "stream", c.Stream, faults)
	if len(c.Ops) == 0 {
		faults.Add(path+".ops", "left out: list the operations that are meant, as in [PutRecord, PutRecords]")
	}
	for _, op := range c.Ops {
		for _, x := range region.CheckCommand(region.Command{Service: region.Kinesis, Op: op, Body: []byte("{}")}, path) {
			if x.Path == path+".do" {
				faults.Add(path+".ops", "%s", x.Message)
			}
		}
	}
	if c.Allowed == nil {
		yes := true
		c.Allowed = &yes
	}
}

func (c *may) about(*View) (string, time.Duration) { return c.Stream, 0 }

func (c *may) judge(v *View, f Figures) (bool, string) {
	var can, cannot []string
	arn, known := v.Region.Principal(c.Principal)
	st, there := v.Region.Kinesis().Stream(c.Stream)
	for _, op := range c.Ops {
		if known && there && v.Region.May(arn, op, st.ARN()) {
			can = append(can, op)
		} else {
			cannot = append(cannot, op)
		}
	}
	f.text("may", listed(can))
	f.text("may-not", listed(cannot))
	if *c.Allowed {
		return len(cannot) == 0, region.StreamRef(c.Stream)
	}
	return known && len(can) == 0, region.StreamRef(c.Stream)
}
