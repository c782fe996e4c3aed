package grade

import (
	"slices"
	"strings"
	"time"

	"shardlab/wasm/cloudwatch"
	"shardlab/wasm/kcl"
	"shardlab/wasm/region"
	"shardlab/wasm/sim"
)

type leases struct {
	Kind        string `json:"kind"`
	Application string `json:"application"`
	Workers     *int64 `json:"workers"`
	AtLeast     *int64 `json:"at-least"`
	AtMost      *int64 `json:"at-most"`
}

func (c *leases) valid(path string, faults *region.Faults) {
	need(path, "application", c.Application, faults)
	one := int64(1)
	if c.Workers == nil {
		c.Workers = &one
	}
	if c.AtLeast == nil {
		c.AtLeast = &one
	}
	if *c.Workers < 1 {
		faults.Add(path+".workers", "%d is not at least 1: without workers nobody holds a lease", *c.Workers)
	}
	bounds(path, c.AtLeast, c.AtMost, faults)
}

func (c *leases) about(v *View) (string, time.Duration) { return readBy(v, c.Application), 0 }

// readBy is the stream of a KCL application.
func readBy(v *View, application string) string {
	if a, ok := v.Region.KCLApplication(application); ok {
		return a.Settings().StreamName
	}
	return ""
}

func (c *leases) judge(v *View, f Figures) (bool, string) {
	workers, live, idle, most, worst, applications := int64(0), int64(0), int64(0), int64(0), "none", int64(0)
	met := true
	for _, o := range v.Region.KCLApplications() {
		if o.Settings().StreamName == readBy(v, c.Application) && len(o.Workers(v.Region.Now())) > 0 {
			applications++
		}
	}
	if a, ok := v.Region.KCLApplication(c.Application); ok {
		held := map[string]int64{}
		for _, l := range v.Region.Leases(c.Application) {
			if !l.Done() {
				live++
				held[l.Owner]++
			}
		}
		for _, w := range a.Workers(v.Region.Now()) {
			workers++
			n := held[w.ID]
			if n == 0 {
				idle++
			}
			if n > most {
				most, worst = n, w.ID
			}
			met = met && n >= *c.AtLeast && (c.AtMost == nil || n <= *c.AtMost)
		}
	}
	f.count("workers", workers)
	f.count("leases", live)
	f.count("idle", idle)
	f.count("most", most)
	f.text("worker", worst)
	f.count("applications", applications)
	return met && workers >= *c.Workers, region.ConsumerRef(c.Application)
}

// spares are what an application can be spared.
var spares = []string{"duplicates", "double-effects", "skips", "expired-iterators", "throttled-calls", "lost-leases"}

// befell is when one of the spares befell an application last, and how often in all.
func befell(a *kcl.Application, what string) (sim.Instant, int64) {
	t, l := a.Total(), a.Last()
	switch what {
	case "duplicates":
		return l.Duplicate, t.Duplicates
	case "double-effects":
		return l.Twice, t.Twice
	case "skips":
		return l.Skipped, t.Skipped
	case "expired-iterators":
		return l.Expired, t.Expired
	case "throttled-calls":
		return l.Throttled, t.Throttled
	}
	return l.LostLease, t.LostLeases
}

type spared struct {
	Kind        string        `json:"kind"`
	Application string        `json:"application"`
	Of          string        `json:"of"`
	Since       string        `json:"since"`
	Despite     string        `json:"despite"`
	For         time.Duration `json:"for"`
	MinRate     *float64      `json:"min-rate"`
}

func (c *spared) valid(path string, faults *region.Faults) {
	need(path, "application", c.Application, faults)
	window(path, &c.For, faults)
	if !slices.Contains(spares, c.Of) {
		faults.Add(path+".of", "%q is nothing that befalls an application: write one of %s", c.Of, strings.Join(spares, ", "))
	}
	if c.Despite != "" && !slices.Contains(spares, c.Despite) {
		faults.Add(path+".despite", "%q is nothing that befalls an application: write one of %s", c.Despite, strings.Join(spares, ", "))
	}
	if c.Since != "" && !slices.Contains(labOps(), c.Since) {
		faults.Add(path+".since", "%q is no operation of the lab: write one like KillWorker", c.Since)
	}
	if c.Despite != "" && c.Since == "" {
		faults.Add(path+".since", "left out: say which command of the learner brings the %s about", c.Despite)
	}
	if c.MinRate == nil {
		one := 1.0
		c.MinRate = &one
	}
	if *c.MinRate <= 0 {
		faults.Add(path+".min-rate", "%v is not above 0: who processes nothing is spared everything", *c.MinRate)
	}
}

func (c *spared) about(v *View) (string, time.Duration) { return readBy(v, c.Application), c.For }

func (c *spared) judge(v *View, f Figures) (bool, string) {
	now := v.Region.Now()
	last, count, met := Figure{"never", 1 << 31, true}, int64(0), false
	rate, workers, provoked := 0.0, int64(0), int64(0)
	since := v.deed(c.Since)
	a, ok := v.Region.KCLApplication(c.Application)
	if ok {
		at := sim.Instant(0)
		if at, count = befell(a, c.Of); at != 0 {
			ago := now.Sub(at)
			last = Figure{region.Millis(ago.Milliseconds()) + " ago", ago.Seconds(), true}
		}
		workers = int64(len(a.Workers(now)))
		done := processed(v, a, c.For)
		rate = total(done) / c.For.Seconds()
		met = (at == 0 || now.Sub(at) >= c.For) && steady(done, *c.MinRate)
		if c.Since != "" {
			met = met && since > 0 && at < since
		}
		if c.Despite != "" {
			if at, _ := befell(a, c.Despite); at > since && since > 0 {
				provoked = 1
			}
			met = met && provoked > 0
		}
	}
	f.count("count", count)
	f.count("done", int64(min(1, since)))
	f.count("provoked", provoked)
	f["last"] = last
	f.decimal("rate", rate)
	f.count("workers", workers)
	f.totals(a)
	return met, region.ConsumerRef(c.Application)
}

// deed is when the learner last did an operation of the lab; 0 is never.
func (v *View) deed(op string) sim.Instant {
	for i := len(v.Deeds) - 1; i >= 0; i-- {
		if d := &v.Deeds[i]; d.Service == region.Lab && d.Op == op && d.Code == "" {
			return d.At
		}
	}
	return 0
}

// labOps lists the operations of the lab.
func labOps() []string {
	var all []string
	for _, o := range region.Operations() {
		if o.Service == region.Lab {
			all = append(all, o.Name)
		}
	}
	return all
}

type unprocessed struct {
	Kind        string        `json:"kind"`
	Application string        `json:"application"`
	AtMost      time.Duration `json:"at-most"`
	For         time.Duration `json:"for"`
	MinRate     *float64      `json:"min-rate"`
}

func (c *unprocessed) valid(path string, faults *region.Faults) {
	need(path, "application", c.Application, faults)
	window(path, &c.For, faults)
	if c.AtMost == 0 {
		c.AtMost = 5 * time.Second
	}
	if c.MinRate == nil {
		one := 1.0
		c.MinRate = &one
	}
	if *c.MinRate <= 0 {
		faults.Add(path+".min-rate", "%v is not above 0: where nothing comes in, nothing is late", *c.MinRate)
	}
}

func (c *unprocessed) about(v *View) (string, time.Duration) { return readBy(v, c.Application), c.For }

// judge looks for the oldest record that no worker has processed: one that was fetched and waits is not processed either.
func (c *unprocessed) judge(v *View, f Figures) (bool, string) {
	now, stream := v.Region.Now(), readBy(v, c.Application)
	age, waiting, workers, evidence := time.Duration(0), int64(0), int64(0), region.ConsumerRef(c.Application)
	in := seconds(v, cloudwatch.IncomingRecords, cloudwatch.Dims{Stream: stream, Shard: cloudwatch.StreamLevel}, c.For)
	a, ok := v.Region.KCLApplication(c.Application)
	if st, there := v.Region.Kinesis().Stream(stream); ok && there {
		workers = int64(len(a.Workers(now)))
		progress := a.Progress()
		for _, sh := range st.Shards() {
			next := sh.First()
			if at, known := progress[sh.Number()]; known {
				next = max(next, at+1)
			}
			if next >= sh.Next() {
				continue
			}
			waiting += sh.Next() - next
			if r := sh.Record(next); now.Sub(r.At) > age {
				age, evidence = now.Sub(r.At), region.RecordRef(stream, sh.Number(), sh.SequenceNumber(next, r.At))
			}
		}
	}
	f.span("age", age)
	f.count("waiting", waiting)
	f.count("workers", workers)
	f.span("at-most", c.AtMost)
	f.decimal("rate", total(in)/c.For.Seconds())
	return ok && age <= c.AtMost && steady(in, *c.MinRate), evidence
}

// processed is how many user records an application processed in the whole seconds of the window before now, oldest first.
func processed(v *View, a *kcl.Application, d time.Duration) []float64 {
	points := make([]float64, d/time.Second)
	st, ok := v.Region.Kinesis().Stream(a.Settings().StreamName)
	if !ok {
		return points
	}
	for _, sh := range st.Shards() {
		of := cloudwatch.In(a.Settings().Name, "Operation", "ProcessTask", "ShardId", sh.ID())
		for i, p := range seconds(v, "RecordsProcessed", of, d) {
			points[i] += p
		}
	}
	return points
}

// totals are what an application did in all.
func (f Figures) totals(a *kcl.Application) {
	var t kcl.Totals
	if a != nil {
		t = a.Total()
	}
	for i, n := range []int64{t.Read, t.Processed, t.Duplicates, t.Twice, t.Skipped, t.SetAside, t.Throws, t.Expired, t.Throttled, t.LostLeases, t.Checkpoint} {
		f.count(totals[i], n)
	}
}

// totals names them.
var totals = []string{"read", "processed", "duplicates", "double-effects", "skips", "set-aside", "throws", "expired-iterators", "throttled-calls", "lost-leases", "checkpoints"}
