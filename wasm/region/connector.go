package region

import (
	"cmp"
	"fmt"
	"slices"

	"shardlab/wasm/aws"
	"shardlab/wasm/connector"
	"shardlab/wasm/dynamodb"
	"shardlab/wasm/kcl"
	"shardlab/wasm/kinesis"
	"shardlab/wasm/protocol"
)

// PutConnectorInput makes a KCL application with the Connector Library, or changes the members given of the one with that name.
type PutConnectorInput struct {
	Name                           *string `lab:"required" help:"the connector's name, which is that of its lease table and of its metrics' namespace"`
	StreamName                     *string `json:",omitempty" help:"the stream it reads; needed for a new one"`
	Workers                        *int64  `json:",omitempty" help:"workers that a new one starts with, 0 to 100; 1 when left out"`
	Transformer                    *string `json:",omitempty" help:"what it makes of a record: the text, a JSON value or nothing, or each line an item" enum:"StringToStringTransformer|JsonToByteArrayTransformer|ICollectionTransformer"`
	Filter                         *string `json:",omitempty" help:"text that an item must hold to be kept; empty keeps all, as for a new one"`
	BufferRecordCountLimit         *int64  `json:",omitempty" help:"items at which the buffer is emitted, 1 to 1,000,000; 1,000 for a new one"`
	BufferByteSizeLimit            *int64  `json:",omitempty" help:"bytes at which it is, 1 to 67,108,864; 1,048,576 for a new one"`
	BufferMillisecondsLimit        *int64  `json:",omitempty" help:"milliseconds after which it is; 0 is unlimited, as for a new one"`
	Emitter                        *string `json:",omitempty" help:"where it goes: S3, Redshift by way of S3, DynamoDB or Elasticsearch" enum:"S3Emitter|S3ManifestEmitter|DynamoDBEmitter|ElasticsearchEmitter"`
	RetryLimit                     *int64  `json:",omitempty" help:"tries of an emit in all, 1 to 1,000; 3 for a new one"`
	BackoffInterval                *int64  `json:",omitempty" help:"milliseconds that it sleeps after a try that failed; 10,000 for a new one"`
	OnFail                         *string `json:",omitempty" help:"what fail() does with items tried in vain: logs them, so that they are lost, or stores them" enum:"logs|stores"`
	EmitMillis                     *int64  `json:",omitempty" help:"how long the destination takes for a try; 100 for a new one"`
	RefusedPercent                 *int64  `json:",omitempty" help:"of the tries, or of the items of DynamoDB and Elasticsearch, what the destination refuses, 0 to 100; 0 for a new one"`
	FailoverTimeMillis             *int64  `json:",omitempty" help:"a lease that is not renewed for so long is taken; 30,000 for a new one"`
	InitialPositionInStream        *string `json:",omitempty" help:"where a first lease begins; TRIM_HORIZON for a new one" enum:"LATEST|TRIM_HORIZON"`
	InitialLeaseTableWriteCapacity *int64  `json:",omitempty" help:"write units of the lease table it creates; 10 for a new one"`
	Role                           *string `json:",omitempty" help:"user or role it reads as; without one it may do all"`
}

// ListConnectorsOutput lists the connectors in the order in which they were made.
type ListConnectorsOutput struct{ Connectors []ConnectorSummary }

// ConnectorSummary is a connector in a few members. Items are what its transformer made of records.
type ConnectorSummary struct {
	Name               string
	StreamName         string
	Emitter            string
	Workers            int64
	MillisBehindLatest int64
	RecordsProcessed   int64
	Untransformed      int64 // records at which the transformer threw
	Filtered           int64
	Buffered           int64 // items that wait in the buffers now
	Emitted            int64
	Batches            int64
	Retries            int64
	Failed             int64 // items given to fail()
	Duplicates         int64 // records that were handed to it before
	EmittedTwice       int64
	Checkpoints        int64
}

// ListEmittedInput may name a connector.
type ListEmittedInput struct {
	Connector *string `json:",omitempty" help:"the connector's name; all of them when left out"`
}

// ListEmittedOutput lists what connectors brought to their destinations, oldest first: the newest 200 of each.
type ListEmittedOutput struct{ Batches []EmittedBatch }

// EmittedBatch is an object of S3, or the items of one emit.
type EmittedBatch struct {
	Connector string
	Name      string // first and last sequence number of the buffer
	ShardId   string
	Worker    string
	Time      string
	Items     int64
	Bytes     int64
	Requests  int64
	Tries     int64
	Failed    bool // fail() stored it
}

// connectorOperations are the rows of the Connector Library in the lab's table.
func connectorOperations() []aws.Operation {
	return []aws.Operation{
		labRow("PutConnector", "Make an application with the Connector Library, or change what is given of the one with this name.", PutConnectorInput{}, kcl.Settings{}),
		labRow("StartConnector", "Start a worker of a connector that has none.", NameInput{}, nil),
		labRow("StopConnector", "Stop all workers of a connector: what they have buffered is read again.", NameInput{}, nil),
		labRow("DeleteConnector", "Kill a connector's workers; its lease table stays.", NameInput{}, nil),
		labRow("ListConnectors", "List the connectors and what they did.", ListInput{}, ListConnectorsOutput{}),
		labRow("ListEmitted", "Look at what connectors brought to their destinations.", ListEmittedInput{}, ListEmittedOutput{}),
	}
}

// doConnector runs an operation of service "lab" on connectors; known says that it is one.
func (r *Region) doConnector(op string, body []byte) (out any, faults Faults, err error, known bool) {
	switch op {
	case "PutConnector":
		var in PutConnectorInput
		if faults = Decode(body, "", &in); len(faults) == 0 {
			out, err = r.putConnector(in)
		}
	case "StartConnector", "StopConnector", "DeleteConnector":
		var in NameInput
		if faults = decodeNamed(body, &in); len(faults) == 0 {
			if _, err = r.connector(*in.Name); err == nil {
				err = r.kclOp(op, *in.Name)
			}
		}
	case "ListConnectors":
		if faults = Decode(body, "", &ListInput{}); len(faults) == 0 {
			list := ListConnectorsOutput{[]ConnectorSummary{}}
			for _, a := range r.KCLApplications() {
				s, t, p, waits := a.Settings(), a.Total(), a.Piping(), 0
				if s.Connector.Emitter == "" {
					continue
				}
				workers := a.Workers(r.Now())
				for _, w := range workers {
					for _, h := range w.Leases {
						waits += h.Pipe.Len()
					}
				}
				list.Connectors = append(list.Connectors, ConnectorSummary{s.Name, s.StreamName, s.Connector.Emitter, int64(len(workers)), a.Behind(), t.Processed,
					p.Untransformed, p.Filtered, int64(waits), p.Emitted, p.Batches, p.Retries, p.Failed, t.Duplicates, t.Twice, t.Checkpoint})
			}
			out = list
		}
	case "ListEmitted":
		var in ListEmittedInput
		if faults = Decode(body, "", &in); len(faults) == 0 {
			out, err = r.listEmitted(in.Connector)
		}
	default:
		return nil, nil, nil, false
	}
	return out, faults, err, true
}

// listEmitted shows what a connector brought to its destination, or all of them.
func (r *Region) listEmitted(name *string) (any, error) {
	all := r.KCLApplications()
	if name != nil {
		a, err := r.connector(*name)
		if err != nil {
			return nil, err
		}
		all = []*kcl.Application{a.Application}
	}
	list := ListEmittedOutput{[]EmittedBatch{}}
	for _, a := range all {
		for _, b := range a.Destination().Batches() {
			list.Batches = append(list.Batches, EmittedBatch{a.Settings().Name, b.Name(), kinesis.ShardID(b.Shard), b.Worker, b.At.Time().Format("2006-01-02T15:04:05.000Z"), b.Items, b.Bytes, b.Requests, b.Tries, b.Failed})
		}
	}
	return list, nil
}

// connector finds a connector by its name.
func (r *Region) connector(name string) (application, error) {
	a, _, ok := findActor[application](r, name)
	if !ok || a.Settings().Connector.Emitter == "" {
		return a, aws.Errorf(aws.ResourceNotFound, "There is no connector %q.", aws.Shorten(name, 64)).WithHint("lab list-connectors shows the ones there are; lab put-connector makes one.")
	}
	return a, nil
}

// putConnector makes or changes a connector.
func (r *Region) putConnector(in PutConnectorInput) (any, error) {
	var faults Faults
	set := kcl.Connector()
	old, exists := r.nameApplication(in.Name, &set, &faults)
	c, workers := &set.Connector, int64(1)
	r.checkStream(in.StreamName, exists, "a new connector needs the stream it reads", cannotRead, &set.StreamName, &faults)
	checkBounds(&faults, []bounded{
		{"Workers", in.Workers, 0, kcl.MostWorkers, &workers},
		{"BufferRecordCountLimit", in.BufferRecordCountLimit, 1, 1_000_000, &c.BufferRecordCountLimit},
		{"BufferByteSizeLimit", in.BufferByteSizeLimit, 1, 64 << 20, &c.BufferByteSizeLimit},
		{"BufferMillisecondsLimit", in.BufferMillisecondsLimit, 0, kcl.MostMillis, &c.BufferMillisecondsLimit},
		{"RetryLimit", in.RetryLimit, 1, 1000, &c.RetryLimit},
		{"BackoffInterval", in.BackoffInterval, 1, kcl.MostMillis, &c.BackoffInterval},
		{"EmitMillis", in.EmitMillis, 1, kcl.MostMillis, &c.EmitMillis},
		{"RefusedPercent", in.RefusedPercent, 0, 100, &c.RefusedPercent},
		{"FailoverTimeMillis", in.FailoverTimeMillis, 1000, kcl.MostMillis, &set.FailoverTimeMillis},
		{"InitialLeaseTableWriteCapacity", in.InitialLeaseTableWriteCapacity, 1, dynamodb.MaxCapacity, &set.InitialLeaseTableWriteCapacity},
	})
	checkChoice("Transformer", in.Transformer, &c.Transformer, &faults, connector.StringToString, connector.JSONToByteArray, connector.Lines)
	checkChoice("Emitter", in.Emitter, &c.Emitter, &faults, connector.S3, connector.Redshift, connector.DynamoDB, connector.Elasticsearch)
	checkChoice("OnFail", in.OnFail, &c.OnFail, &faults, connector.Logs, connector.Stores)
	checkChoice("InitialPositionInStream", in.InitialPositionInStream, &set.InitialPositionInStream, &faults, kinesis.Latest, kinesis.TrimHorizon)
	checkShort("Filter", in.Filter, &c.Filter, &faults)
	r.checkRole(in.Role, &set.Role, &faults)
	return r.putApplication(set, old, exists, in.Workers, in.StreamName, workers, faults)
}

// connectorWords says what a connector does with records.
func connectorWords(s kcl.Settings) string {
	c := &s.Connector
	keeps := "keeps all"
	if c.Filter != "" {
		keeps = fmt.Sprintf("keeps what holds %q", c.Filter)
	}
	text := fmt.Sprintf("%s, %s, buffers %s or %s", c.Transformer, keeps, Count(c.BufferRecordCountLimit, "item"), Bytes(c.BufferByteSizeLimit))
	if c.BufferMillisecondsLimit > 0 {
		text += " or " + Millis(c.BufferMillisecondsLimit)
	}
	return text + ", " + c.Emitter + " to " + emitsTo(c.Emitter) + roleWords(s.Role)
}

// emitsTo is where an emitter brings its items.
func emitsTo(emitter string) string {
	switch emitter {
	case connector.S3:
		return "Amazon S3"
	case connector.Redshift:
		return "Amazon Redshift by way of S3"
	case connector.DynamoDB:
		return "Amazon DynamoDB"
	}
	return "Elasticsearch"
}

// pipeWords says how it stands with the pipelines of a worker; it is "" when it has none.
func pipeWords(w kcl.Worker, set kcl.Settings) (text, level string) {
	waits, tries := 0, int64(0)
	for _, h := range w.Leases {
		if h.Pipe == nil {
			return "", ""
		}
		if waits += h.Pipe.Len(); h.Pipe.Emitting() {
			tries = max(tries, h.Pipe.Tries())
		}
	}
	if tries > 0 {
		return fmt.Sprintf("emit failed %s, sleeps %s", times(tries), Millis(set.Connector.BackoffInterval)), Bad
	}
	return Count(int64(waits), "item") + " buffered", ""
}

// pipeSections are the sections of a connector's sheet that another KCL application has not.
func (a application) pipeSections() []protocol.Section {
	set, p, t := a.Settings(), a.Piping(), a.Total()
	c := &set.Connector
	limit := "unlimited"
	if c.BufferMillisecondsLimit > 0 {
		limit = Number(c.BufferMillisecondsLimit)
	}
	pipeline := protocol.Section{Title: "Pipeline", Rows: [][]protocol.Cell{
		row("ITransformer", c.Transformer), row("IFilter", cmp.Or(c.Filter, "AllPassFilter")), row("bufferRecordCountLimit", Number(c.BufferRecordCountLimit)),
		row("bufferByteSizeLimit", Number(c.BufferByteSizeLimit)), row("bufferMillisecondsLimit", limit), row("IEmitter", c.Emitter), row("retryLimit", Number(c.RetryLimit)),
		row("backoffInterval", Number(c.BackoffInterval)), row("fail()", c.OnFail), row("The destination refuses", Number(c.RefusedPercent)+" %"),
	}}
	did := protocol.Section{Title: "What the pipelines did", Rows: [][]protocol.Cell{
		row("Records the transformer could not read", Number(p.Untransformed)), row("Items filtered out", Number(p.Filtered)), row("Items buffered", Number(p.Buffered)), row("Items emitted", Number(p.Emitted)),
		row("Of those twice", Number(t.Twice)), row("In batches", Number(p.Batches)), row("Tries after the first", Number(p.Retries)), row("Given to fail()", Number(p.Failed)),
	}}
	out := protocol.Section{Title: "Newest in " + emitsTo(c.Emitter), Head: []string{"Time", "First to last sequence number", "Items", "Bytes", "Tries", ""}}
	all := a.Destination().Batches()
	slices.Reverse(all)
	for _, b := range all[:min(len(all), 20)] {
		note := ""
		if b.Failed {
			note = "stored by fail()"
		}
		out.Rows = append(out.Rows, []protocol.Cell{{Text: b.At.Time().Format("15:04:05.000")}, {Text: b.Name(), Ref: ShardRef(set.StreamName, b.Shard), Mono: true}, {Text: Number(b.Items)}, {Text: Bytes(b.Bytes)}, {Text: Number(b.Tries)}, {Text: note}})
	}
	return []protocol.Section{pipeline, did, out}
}

// pipeNotice turns what a pipeline tells into an event; kind and level are what it is when they say nothing.
func pipeNotice(set kcl.Settings, n kcl.Notice, e *Event) {
	shard, to := kinesis.ShardID(n.Shard), emitsTo(set.Connector.Emitter)
	switch n.Kind {
	case kcl.Unreadable:
		e.Level, e.Kind, e.Text = Bad, protocol.EventLost, fmt.Sprintf("%s of %s throws an IOException at %s of %s: logged and skipped.", set.Connector.Transformer, n.Worker, Count(n.N, "record"), shard)
	case kcl.Emitted:
		e.Kind, e.Mark, e.Flush, e.Text = protocol.EventBuffer, false, true, fmt.Sprintf("%s emits %s of %s to %s.", n.Worker, Count(n.N, "item"), shard, to)
	case kcl.NotEmitted:
		e.Level, e.Text = Warn, fmt.Sprintf("%s refuses %s of %s, try %d. The record processor sleeps for %s, and nothing of %s is processed meanwhile.", to, Count(n.N, "item"), n.Worker, n.Tries, Millis(set.Connector.BackoffInterval), shard)
	case kcl.EmitLost:
		e.Level, e.Kind, e.Text = Bad, protocol.EventLost, fmt.Sprintf("After %d tries the emitter of %s gives %s of %s to fail(), which logs them. The checkpoint goes past them: they are lost.", n.Tries, n.Worker, Count(n.N, "item"), shard)
	case kcl.EmitStored:
		e.Level, e.Text = Warn, fmt.Sprintf("After %d tries the emitter of %s gives %s of %s to fail(), which stores them.", n.Tries, n.Worker, Count(n.N, "item"), shard)
	}
}
