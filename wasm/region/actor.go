package region

import (
	"io"
	"strings"

	"shardlab/wasm/consumer"
	"shardlab/wasm/kinesis"
	"shardlab/wasm/producer"
	"shardlab/wasm/protocol"
	"shardlab/wasm/scaler"
	"shardlab/wasm/sim"
)

// An actor is a client in the world.
type actor interface {
	name() string
	fire(r *Region, e sim.Event) (work int) // does what is due
	clone() actor
	State(w io.Writer)
}

// Beside the producers and consumers with an AWS SDK, an actor stands on the stage when it says how it looks there, and has
// a sheet of its own when it is one of inspected. Names are unique among all that write, and among all that read.
type (
	writing interface {
		asProducer(r *Region) protocol.Producer
	}
	reading interface {
		asConsumer(r *Region) protocol.Consumer
	}
	inspected interface {
		sheet(r *Region) protocol.Sheet
	}
	keyed interface { // its keys have colours
		keyShares() (names []string, shares []float64, recordsPerSecond float64)
	}
)

// StagedProducers are the clients that write and are none of Producers, as the stage draws them.
func (r *Region) StagedProducers() []protocol.Producer {
	var all []protocol.Producer
	for _, a := range r.actors {
		if a, ok := a.(writing); ok {
			all = append(all, a.asProducer(r))
		}
	}
	return all
}

// StagedConsumers are the clients that read and are none of Consumers, as the stage draws them.
func (r *Region) StagedConsumers() []protocol.Consumer {
	var all []protocol.Consumer
	for _, a := range r.actors {
		if a, ok := a.(reading); ok {
			all = append(all, a.asConsumer(r))
		}
	}
	return all
}

// StagedKeys tells yield of the keys of the clients of StagedProducers.
func (r *Region) StagedKeys(yield func(names []string, shares []float64, recordsPerSecond float64)) {
	for _, a := range r.actors {
		if a, ok := a.(keyed); ok {
			yield(a.keyShares())
		}
	}
}

// Lates are the shards of a stream in which a reader lags; each tells where it stands.
func (r *Region) Lates(stream string, each func(yield func(shard int32, next, behind int64))) (all []protocol.Late) {
	st, ok := r.kinesis.Stream(stream)
	if !ok {
		return nil
	}
	each(func(shard int32, next, behind int64) {
		if sh, ok := st.Shard(shard); ok && behind > 0 {
			all = append(all, protocol.Late{Shard: int(shard), Behind: behind, Unread: sh.Next() - max(next, sh.First())})
		}
	})
	return all
}

// Sheet is what there is to know of a client of StagedProducers or StagedConsumers by its ref.
func (r *Region) Sheet(ref string) (protocol.Sheet, bool) {
	for _, a := range r.actors {
		_, writes := a.(writing)
		_, reads := a.(reading)
		if s, ok := a.(inspected); ok && (writes && ProducerRef(a.name()) == ref || reads && ConsumerRef(a.name()) == ref) {
			return s.sheet(r), true
		}
	}
	return protocol.Sheet{}, false
}

// checkFree says so when a new client's name is taken: ref is ProducerRef or ConsumerRef of it.
func (r *Region) checkFree(ref string, faults *Faults) {
	for _, a := range r.actors {
		taken := ""
		switch a.(type) {
		case writer, writing:
			taken = ProducerRef(a.name())
		case reader, reading:
			taken = ConsumerRef(a.name())
		}
		if taken == ref {
			kind, name, _ := strings.Cut(ref, ":")
			faults.Add("Name", "there is a %s %q of another kind already: choose another name, or delete it first", kind, name)
			return
		}
	}
}

// A subscriber is an actor to whom streams push.
type subscriber interface {
	pushed(r *Region, n kinesis.Notice) (work int)
}

// actorsOf lists the actors of one kind in the order in which they were made.
func actorsOf[A actor](r *Region) []A {
	var all []A
	for _, a := range r.actors {
		if a, ok := a.(A); ok {
			all = append(all, a)
		}
	}
	return all
}

// findActor finds an actor of one kind by its name.
func findActor[A actor](r *Region, name string) (a A, owner sim.Owner, ok bool) {
	for i, x := range r.actors {
		if x, is := x.(A); is && x.name() == name {
			return x, ownerActors + sim.Owner(i), true
		}
	}
	return a, 0, false
}

// named checks the name of an actor that is to be made or changed, puts it in place, and finds who has it. ref makes the ref of a
// client, whose name nobody else may have; it is nil for what stands on no stage.
func named[A actor](r *Region, name, into *string, ref func(string) string, faults *Faults) (old A, owner sim.Owner, exists bool) {
	checkName("Name", name, faults)
	if name == nil {
		return old, 0, false
	}
	*into = *name
	if old, owner, exists = findActor[A](r, *name); !exists && ref != nil {
		r.checkFree(ref(*name), faults)
	}
	return old, owner, exists
}

// addActor puts an actor into the world.
func (r *Region) addActor(a actor) sim.Owner {
	r.actors = append(r.actors, a)
	return ownerActors + sim.Owner(len(r.actors)-1)
}

// deleteActor takes an actor out of the world. What is still due for it comes to nothing.
func (r *Region) deleteActor(owner sim.Owner) { r.actors[owner-ownerActors] = nil }

// writer is a producer as an actor.
type writer struct{ *producer.Producer }

func (a writer) name() string { return a.Settings().Name }
func (a writer) clone() actor { return writer{a.Producer.Clone()} }
func (a writer) fire(r *Region, e sim.Event) int {
	set := a.Settings()
	r.kinesis.ActAs(r.actAs(set.Role, set.Name))
	defer r.kinesis.ActAs("")
	return a.Fire(r.writes(e.Owner, a.Producer))
}

// reader is a consumer as an actor.
type reader struct{ *consumer.Consumer }

func (a reader) name() string { return a.Settings().Name }
func (a reader) clone() actor { return reader{a.Consumer.Clone()} }
func (a reader) fire(r *Region, e sim.Event) int {
	set := a.Settings()
	r.kinesis.ActAs(r.actAs(set.Role, set.Name))
	defer r.kinesis.ActAs("")
	return a.Fire(r.reads(e.Owner, a.Consumer))
}

func (a reader) pushed(r *Region, n kinesis.Notice) int {
	return a.Pushed(r.reads(n.By, a.Consumer), n)
}

// function is a scaler as an actor.
type function struct{ *scaler.Scaler }

func (a function) name() string { return a.Settings().Name }
func (a function) clone() actor { return function{a.Scaler.Clone()} }
func (a function) fire(r *Region, e sim.Event) int {
	a.Fire(r.scales(e.Owner, a.Scaler), e)
	return 1
}

// Producers lists the producers in the order in which they were made, to look at.
func (r *Region) Producers() []*producer.Producer {
	var all []*producer.Producer
	for _, a := range actorsOf[writer](r) {
		all = append(all, a.Producer)
	}
	return all
}

// Consumers lists the consumers in the order in which they were made, to look at.
func (r *Region) Consumers() []*consumer.Consumer {
	var all []*consumer.Consumer
	for _, a := range actorsOf[reader](r) {
		all = append(all, a.Consumer)
	}
	return all
}

// Scalers lists the scalers in the order in which they were made, to look at.
func (r *Region) Scalers() []*scaler.Scaler {
	var all []*scaler.Scaler
	for _, a := range actorsOf[function](r) {
		all = append(all, a.Scaler)
	}
	return all
}

// Producer finds a producer by its name.
func (r *Region) Producer(name string) (*producer.Producer, bool) {
	a, _, ok := findActor[writer](r, name)
	return a.Producer, ok
}

// Consumer finds a consumer by its name.
func (r *Region) Consumer(name string) (*consumer.Consumer, bool) {
	a, _, ok := findActor[reader](r, name)
	return a.Consumer, ok
}

// writes is the world as a producer meets it.
func (r *Region) writes(owner sim.Owner, p *producer.Producer) producer.World {
	set := p.Settings()
	w := producer.World{Sched: r.sched, Owner: owner, Kinesis: r.kinesis, Deliver: r.deliver(r.actAs(set.Role, set.Name)), Notify: func(n producer.Notice) { r.producerNotice(p, n) }}
	if t := r.trace; t != nil {
		w.Every = t.Every
		w.Flight = func(f producer.Flight) { t.wrote(p.Settings(), f) }
	}
	return w
}

// reads is the world as a consumer meets it.
func (r *Region) reads(owner sim.Owner, c *consumer.Consumer) consumer.World {
	w := consumer.World{Sched: r.sched, Owner: owner, Kinesis: r.kinesis, Notify: func(n consumer.Notice) { r.consumerNotice(c, n) }}
	if t := r.trace; t != nil {
		w.Flight = func(f consumer.Flight) { t.read(c.Settings(), f) }
	}
	return w
}
