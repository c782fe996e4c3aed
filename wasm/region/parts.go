package region

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"shardlab/wasm/cloudwatch"
	"shardlab/wasm/kcl"
	"shardlab/wasm/kinesis"
	"shardlab/wasm/protocol"
	"shardlab/wasm/sim"
)

// Lease finds the row of a shard in the lease table of an application, to look at.
func (r *Region) Lease(application string, shard int32) (kcl.Lease, bool) {
	for _, l := range r.Leases(application) {
		if l.Shard == shard {
			return l, true
		}
	}
	return kcl.Lease{}, false
}

// Unchecked is how many Kinesis records of a lease's shard were processed behind its checkpoint: whoever takes the lease begins with
// them again.
func (r *Region) Unchecked(application string, l kcl.Lease) int64 {
	a, ok := r.KCLApplication(application)
	if !ok || l.Done() {
		return 0
	}
	st, ok := r.kinesis.Stream(a.Settings().StreamName)
	if !ok {
		return 0
	}
	sh, ok := st.Shard(l.Shard)
	done, known := a.Progress()[l.Shard]
	if !ok || !known || done < 0 {
		return 0
	}
	from := sh.First()
	if _, place, ok := sh.Find(l.Checkpoint); ok {
		from = place + 1
	} else if l.Checkpoint == kinesis.Latest {
		return 0
	} else if l.Checkpoint == kinesis.AtTimestamp {
		from = max(from, sh.Since(kinesis.Begin(l.Checkpoint, a.Settings().InitialPositionInStreamExtended).At))
	}
	return max(0, done+1-from)
}

// PartSheet is what there is to know of a part of a KCL application by its ref: a worker, or a lease.
func (r *Region) PartSheet(ref string) (protocol.Sheet, bool) {
	kind, path, _ := strings.Cut(ref, ":")
	name, part, _ := strings.Cut(path, "/")
	a, ok := r.KCLApplication(name)
	if !ok {
		return protocol.Sheet{}, false
	}
	set := a.Settings()
	of := []protocol.Cell{{Text: "Application"}, {Text: name, Ref: ConsumerRef(name)}}
	metric := func(m string, d cloudwatch.Dims) []protocol.Cell {
		return []protocol.Cell{{Text: "Metric"}, {Text: m, Ref: MetricRef(m, d), Mono: true}}
	}
	switch kind {
	case "worker":
		for _, w := range a.Workers(r.Now()) {
			if w.ID != part {
				continue
			}
			text, _ := workerWords(w)
			held := protocol.Section{Title: "Leases it holds", Head: []string{"Shard", "Phase", "Fetched and not processed"}}
			for _, h := range w.Leases {
				held.Rows = append(held.Rows, []protocol.Cell{{Text: ShardID(h.Shard), Ref: LeaseRef(name, h.Shard), Mono: true}, {Text: h.Phase}, {Text: Number(int64(h.Waiting))}})
			}
			return protocol.Sheet{Ref: ref, Kind: "Worker", Title: part, Sections: []protocol.Section{{Title: "Worker", Rows: [][]protocol.Cell{of, row("State", w.State), row("How it stands", text),
				metric("LostLeases", cloudwatch.In(name, "Operation", "RenewAllLeases", "WorkerIdentifier", part))}}, held},
				Commands: []string{"lab stop-worker --application " + name + " --worker " + part, "lab kill-worker --application " + name + " --worker " + part}}, true
		}
	case "lease":
		number, ok := kinesis.ParseShardID(part)
		l, found := r.Lease(name, number)
		if !ok || !found {
			break
		}
		owner := protocol.Cell{Text: cmp.Or(l.Owner, "nobody")}
		if l.Owner != "" {
			owner.Ref = WorkerRef(name, l.Owner)
		}
		of := [][]protocol.Cell{of, {{Text: "Shard"}, {Text: part, Ref: ShardRef(set.StreamName, number), Mono: true}}, {{Text: "leaseOwner"}, owner}, row("leaseCounter", Number(l.Counter)),
			{{Text: "checkpoint"}, {Text: l.Checkpoint, Mono: true}}, row("ownerSwitchesSinceCheckpoint", Number(l.Switches)),
			{{Text: "Processed since the checkpoint"}, {Text: Count(r.Unchecked(name, l), "record"), Note: "Whoever takes the lease begins with them again."}}}
		for _, m := range []string{"MillisBehindLatest", "RecordProcessor.processRecords.Time", "RecordsProcessed"} {
			of = append(of, metric(m, cloudwatch.In(name, "Operation", "ProcessTask", "ShardId", part)))
		}
		return protocol.Sheet{Ref: ref, Kind: "Lease", Title: part + " of " + name, Sections: []protocol.Section{{Title: "Lease", Rows: of}},
			Commands: []string{"lab list-leases --application " + name, "aws dynamodb scan --table-name " + name}}, true
	}
	return protocol.Sheet{}, false
}

// MetricSheet is what there is to know of a metric by its ref: what it was over some times until now.
func (r *Region) MetricSheet(ref string) (protocol.Sheet, bool) {
	name, d, ok := ReadMetricRef(ref)
	if !ok {
		return protocol.Sheet{}, false
	}
	if _, ok := r.meter.Lookup(name, d); !ok {
		return protocol.Sheet{}, false
	}
	unit := cloudwatch.Unit(name)
	write := func(v float64) string {
		switch {
		case v != v: // NaN: no values
			return "–"
		case unit == "Bytes":
			return Bytes(int64(v))
		case unit == "Milliseconds":
			return Millis(int64(v))
		}
		return Decimal(v)
	}
	facts := protocol.Section{Title: "Metric", Rows: [][]protocol.Cell{row("Namespace", d.Namespace()), row("MetricName", name), row("Unit", unit)}}
	dims := ""
	for i, pairs := 0, d.Pairs(); i+1 < len(pairs); i += 2 {
		facts.Rows = append(facts.Rows, []protocol.Cell{{Text: pairs[i]}, {Text: pairs[i+1], Ref: r.refOf(pairs[i], pairs[i+1], d), Mono: true}})
		dims += " Name=" + pairs[i] + ",Value=" + pairs[i+1]
	}
	values := protocol.Section{Title: "Until now", Head: []string{"Over", "Sum", "Average", "Minimum", "Maximum", "SampleCount"}}
	if cloudwatch.Single(cloudwatch.Key{Metric: name, Dims: d}) {
		values.Head = append(values.Head, "p50", "p99")
	}
	for _, over := range []time.Duration{10 * time.Second, time.Minute, 5 * time.Minute, 10 * time.Minute} {
		cells := []protocol.Cell{{Text: Millis(over.Milliseconds())}}
		for _, stat := range values.Head[1:] {
			v, _ := r.meter.Over(name, d, r.Now(), over, stat)
			cells = append(cells, protocol.Cell{Text: write(v)})
			if stat == cloudwatch.SampleCount {
				cells[len(cells)-1].Text = Number(int64(v))
			}
		}
		values.Rows = append(values.Rows, cells)
	}
	at := func(t sim.Instant) string { return t.Time().Format("2006-01-02T15:04:05Z") }
	if dims != "" {
		dims = " --dimensions" + dims
	}
	line := fmt.Sprintf("aws cloudwatch get-metric-statistics --namespace %s --metric-name %s%s --statistics Sum Maximum --period 60 --start-time %s --end-time %s",
		d.Namespace(), name, dims, at(r.Now().Add(-10*time.Minute)), at(r.Now()))
	return protocol.Sheet{Ref: ref, Kind: "Metric", Title: name, Sections: []protocol.Section{facts, values}, Commands: []string{line}}, true
}

// refOf is the ref of what a dimension names, "" when that has no sheet.
func (r *Region) refOf(name, value string, d cloudwatch.Dims) string {
	switch name {
	case "StreamName":
		return r.streamIfThere(value)
	case "FunctionName":
		for _, m := range r.lambda.Mappings() {
			if m.Settings().FunctionName == value {
				return ConsumerRef(m.Name())
			}
		}
	case "TableName", "WorkerIdentifier", "ShardId":
		application := d.Namespace()
		if name == "TableName" {
			application = value
		}
		a, ok := r.KCLApplication(application)
		switch number, isShard := kinesis.ParseShardID(value); {
		case d.Stream != "" && isShard:
			return ShardRef(d.Stream, number)
		case !ok:
		case name == "TableName":
			return ConsumerRef(value)
		case isShard:
			return ShardRef(a.Settings().StreamName, number)
		}
	}
	return ""
}
