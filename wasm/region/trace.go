package region

import (
	"slices"

	"shardlab/wasm/consumer"
	"shardlab/wasm/kinesis"
	"shardlab/wasm/producer"
	"shardlab/wasm/protocol"
	"shardlab/wasm/sim"
)

// MaxFlights is how many flights a trace holds until they are taken; older ones make room.
const MaxFlights = 2000

// Learner is the actor of flights that the learner's own commands caused.
const Learner = ""

// A Flight is something on its way, for the eyes of whoever watches.
type Flight struct {
	Kind          int // protocol.FlightTaken, FlightRefused, FlightRead
	SentAt, DueAt sim.Instant
	Actor         string // name of the producer or consumer; Learner for the learner's own commands
	Stream        string
	Shard         int32
	Key           string
	Records       int // of FlightRead
}

// A Trace catches flights, one record in Every. It belongs to no state: a world with and one without go on alike.
type Trace struct {
	Every   int64 // one flight stands for so many records; at least 1
	flights []Flight
}

// Watch lets t catch what is on its way from now on; nil ends the watching.
func (r *Region) Watch(t *Trace) { r.trace = t }

// Take returns what was caught since the last Take, oldest first.
func (t *Trace) Take() []Flight {
	f := t.flights
	t.flights = nil
	return f
}

// Clone returns a copy that catches for itself.
func (t *Trace) Clone() Trace { return Trace{Every: t.Every, flights: slices.Clone(t.flights)} }

// Add catches a flight, as of a command of the learner.
func (t *Trace) Add(f Flight) {
	if len(t.flights) >= MaxFlights {
		t.flights = append(t.flights[:0], t.flights[MaxFlights/2:]...)
	}
	t.flights = append(t.flights, f)
}

func (t *Trace) wrote(p producer.Settings, f producer.Flight) {
	kind := protocol.FlightTaken
	if f.Refused {
		kind = protocol.FlightRefused
	}
	t.Add(Flight{kind, f.SentAt, f.DueAt, p.Name, p.StreamName, f.Shard, f.Key, 1})
}

func (t *Trace) read(c consumer.Settings, f consumer.Flight) {
	t.Add(Flight{protocol.FlightRead, f.SentAt, f.DueAt, c.Name, c.StreamName, f.Shard, "", f.Records})
}

// ShardID is the id of the shard with a number.
//
//go:noinline
func ShardID(number int32) string { return kinesis.ShardID(number) }
