package region

import (
	"cmp"
	"encoding/json"
	"slices"

	"shardlab/wasm/agent"
	"shardlab/wasm/cloudwatch"
	"shardlab/wasm/connector"
	"shardlab/wasm/kcl"
	"shardlab/wasm/lambda"
)

// A Client is who writes to streams or reads one, whatever it is made with, in what all of them have.
type Client struct {
	Ref     string   // of its card and sheet
	Name    string   //
	Streams []string // each once
	Reads   bool
	Running bool
	Blocked string // code of the error that stops it, "" when its calls are answered
	Behind  int64  // of one that reads: milliseconds
	Read    int64  // records
}

// known is an actor that writes to streams or reads one.
type known interface {
	client(r *Region) Client
	settings(r *Region) any // encodes as JSON, under the names of the operation that makes it
}

// Clients lists all that write or read in the order in which they were made, to look at.
func (r *Region) Clients() []Client {
	var all []Client
	for _, a := range r.actors {
		if a, ok := a.(known); ok {
			all = append(all, a.client(r))
		}
	}
	return all
}

// Client finds who has a ref, ProducerRef or ConsumerRef of a name.
func (r *Region) Client(ref string) (Client, bool) {
	for _, a := range r.actors {
		if a, ok := a.(known); ok {
			if c := a.client(r); c.Ref == ref {
				return c, true
			}
		}
	}
	return Client{}, false
}

// ClientSettings is what the client with a ref was told, as JSON; nil when there is none.
func (r *Region) ClientSettings(ref string) json.RawMessage {
	for _, a := range r.actors {
		if a, ok := a.(known); ok && a.client(r).Ref == ref {
			settings, _ := answer(a.settings(r))
			return settings
		}
	}
	return nil
}

func (a writer) client(*Region) Client {
	s := a.Settings()
	return Client{Ref: ProducerRef(s.Name), Name: s.Name, Streams: []string{s.StreamName}, Running: s.Running, Blocked: a.Blocked()}
}
func (a writer) settings(*Region) any { return a.Settings() }

func (a reader) client(r *Region) Client {
	s := a.Settings()
	return Client{Ref: ConsumerRef(s.Name), Name: s.Name, Streams: []string{s.StreamName}, Reads: true, Running: s.Running, Blocked: a.Blocked(),
		Behind: a.Lag(r.kinesis, r.Now()), Read: a.Total().Read}
}
func (a reader) settings(*Region) any { return a.Settings() }

func (a library) client(*Region) Client {
	s := a.Settings()
	return Client{Ref: ProducerRef(s.Name), Name: s.Name, Streams: []string{s.StreamName}, Running: s.Running, Blocked: a.Blocked()}
}
func (a library) settings(*Region) any { return a.Settings() }

func (a tailing) client(*Region) Client {
	s := a.Settings()
	c := Client{Ref: ProducerRef(s.Name), Name: s.Name, Running: s.Running && !a.Stopping()}
	for _, f := range s.Flows {
		if !slices.Contains(c.Streams, f.Stream) {
			c.Streams = append(c.Streams, f.Stream)
		}
	}
	for _, t := range a.Tailers() {
		c.Blocked = cmp.Or(c.Blocked, t.Blocked())
	}
	return c
}

func (a tailing) settings(*Region) any {
	s := a.Settings()
	return struct {
		Name          string
		Config        json.RawMessage
		LatencyMillis int
		Running       bool
		Role          string
	}{s.Name, json.RawMessage(s.Config), s.LatencyMillis, s.Running, s.Role}
}

func (a application) client(r *Region) Client {
	s := a.Settings()
	return Client{Ref: ConsumerRef(s.Name), Name: s.Name, Streams: []string{s.StreamName}, Reads: true, Running: len(a.Workers(r.Now())) > 0, Blocked: a.Blocked(),
		Behind: a.Behind(), Read: a.Total().Read}
}

func (a application) settings(r *Region) any {
	type pipeline = connector.Settings
	s := a.Settings()
	var piped *pipeline
	if s.Connector.Emitter != "" {
		piped = &s.Connector
	}
	return struct {
		kcl.Settings
		*pipeline
		Workers                          int
		MillisPerRecord                  float64
		CleanupLeasesUponShardCompletion bool
	}{s, piped, len(a.Workers(r.Now())), float64(s.MicrosPerRecord) / 1000, s.CleanupLeases}
}

func (a eventSource) client(r *Region) Client {
	m := a.mapping(r)
	return Client{Ref: ConsumerRef(a.reader), Name: a.reader, Streams: []string{m.Stream()}, Reads: true, Running: m.State() == lambda.StateEnabled, Blocked: m.Blocked(),
		Behind: m.Behind(r.kinesis, r.Now()), Read: m.Total().Read}
}

func (a eventSource) settings(r *Region) any {
	m := a.mapping(r)
	return struct {
		lambda.MappingSettings
		Enabled bool
	}{m.Settings(), m.State() == lambda.StateEnabled}
}

// FunctionSettings is what a function was told, as JSON under the names of PutFunction and of Lambda's operations.
func (r *Region) FunctionSettings(name string) (json.RawMessage, bool) {
	f, _, ok := r.lambda.Function(name)
	if !ok {
		return nil, false
	}
	b := f.Behavior
	if f.Code != "" {
		b = lambda.Behavior{Kind: "code"}
	}
	raw, _ := answer(struct {
		Behavior, Poison             string
		DurationMillis               int64
		MillisPerRecord              float64
		Timeout, MemorySize          int64
		ReservedConcurrentExecutions int64
		Runtime, Handler, Role       string
	}{b.Kind, b.Poison, b.DurationMillis, float64(b.MicrosPerRecord) / 1000, f.Timeout, f.MemoryMB, f.Reserved, f.Runtime, f.Handler, f.Role})
	return raw, true
}

// What clients count of themselves and no metric of AWS's tells is kept as measures beside the metrics, so that it can be asked for
// over a while; CloudWatch's API does not show it. What it ever was, their totals tell.
var (
	KCLCounts     = []string{"read", "processed", "duplicates", "effects", "skipped", "set-aside", "throws", "refused", "expired", "throttled", "checkpoints", "lost-leases", "shutdowns"}
	MappingCounts = []string{"read", "filtered", "processed", "discarded", "batches", "failures"}
	AgentCounts   = []string{"lines", "records", "skipped", "calls", "attempts", "sent", "refused", "read-again"}
)

// KCLTotals, MappingTotals and AgentTotals are totals in the order of the names of their counts.
func KCLTotals(a *kcl.Application) [13]int64 {
	t := a.Total()
	return [...]int64{t.Read, t.Processed, t.Duplicates, t.Effects, t.Skipped, t.SetAside, t.Throws, t.Refused, t.Expired, t.Throttled, t.Checkpoint, t.LostLeases, t.Shutdowns}
}

func MappingTotals(m *lambda.Mapping) [6]int64 {
	t := m.Total()
	return [...]int64{t.Read, t.Filtered, t.Handled, t.Discarded, t.Invocations, t.Failures}
}

func AgentTotals(a *agent.Agent) [8]int64 {
	t := a.Total()
	return [...]int64{t.Lines, t.Records, t.Skipped, t.Calls, t.Sent, t.Accepted, t.Refused, t.ReadAgain}
}

// MeasureOf is the name and the dimensions of the measure of a count: ref is the client's.
func MeasureOf(ref, count string) (string, cloudwatch.Dims) {
	return cloudwatch.HiddenCount + count, cloudwatch.In("lab", "Client", ref)
}

// counted writes what grew since before into the measures.
func (r *Region) counted(ref string, names []string, before, after []int64) {
	for i, name := range names {
		if n := after[i] - before[i]; n > 0 {
			name, dims := MeasureOf(ref, name)
			r.meter.Series(name, dims).Add(r.Now(), float64(n))
		}
	}
}
