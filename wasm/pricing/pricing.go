// Package pricing is the bill: what streams used, and what that costs.
//
// A [Ledger] is told what stands (shards, modes, retention, consumers) whenever that changes, and holds what was used until
// then as whole numbers; time and traffic in between follow from what stood. So the bill is exact, costs nothing while
// nothing changes, and does not depend on how often it is looked at. The package knows no service; whoever wires the world
// says what stands and what the meters count.
package pricing

import (
	"cmp"
	"fmt"
	"io"
	"math"
	"slices"
	"time"

	"shardlab/wasm/aws"
	"shardlab/wasm/sim"
)

// A Standing is what is charged of a stream while time passes.
type Standing struct {
	Stream    string
	OnDemand  bool
	Advantage bool  // the account is committed to On-demand Advantage
	Shards    int64 // open
	Consumers int64 // registered, with enhanced fan-out
	Extended  bool  // retention is more than 24 hours
}

// Counted is what meters have counted of a stream, ever.
type Counted struct {
	Units  int64 // PUT payload units
	KiB    int64 // taken, each record rounded up
	Out    int64 // bytes given out by GetRecords
	FanOut int64 // bytes pushed to consumers
	Old    int64 // bytes given out by GetRecords of records older than seven days
}

func (c Counted) minus(o Counted) Counted {
	return Counted{c.Units - o.Units, c.KiB - o.KiB, c.Out - o.Out, c.FanOut - o.FanOut, c.Old - o.Old}
}

// An account is what one stream's name used.
type account struct {
	standing Standing // since at; without shards nothing stands
	there    bool
	at       sim.Instant
	counted  Counted // at at
	used     usage
}

type usage [items]int64

// settled is what was used until now.
func (a *account) settled(now sim.Instant, counted Counted) usage {
	u := a.used
	if a.there {
		u.add(a.standing, int64(now-a.at), counted.minus(a.counted))
	}
	return u
}

// add counts what stood for some microseconds, and the traffic in them.
func (u *usage) add(s Standing, micros int64, c Counted) {
	u[retrieval] += c.Old
	switch {
	case !s.OnDemand:
		u[shardHours] += s.Shards * micros
		u[consumerShardHours] += s.Shards * s.Consumers * micros
		if s.Extended {
			u[extendedShardHours] += s.Shards * micros
		}
		u[payloadUnits] += c.Units
		u[fanOut] += c.FanOut
	case s.Advantage:
		u[dataInAdvantage] += c.KiB
		u[dataOutAdvantage] += c.Out + c.FanOut
	default:
		u[streamHours] += micros
		u[dataIn] += c.KiB
		u[dataOut] += c.Out
		u[fanOutOnDemand] += c.FanOut
	}
}

// A Ledger holds what was used.
type Ledger struct {
	prices   *Prices
	since    sim.Instant
	accounts []*account // by stream

	committed   int64       // microseconds of commitment until committedAt
	committing  bool        // since committedAt
	committedAt sim.Instant // when that began or ended last
}

// New returns an empty ledger that begins now.
func New(prices *Prices, now sim.Instant) *Ledger { return &Ledger{prices: prices, since: now} }

// Since is when the bill begins.
func (l *Ledger) Since() sim.Instant { return l.since }

// Clone returns a ledger that goes on from here on its own.
func (l *Ledger) Clone() *Ledger {
	c := *l
	c.accounts = slices.Clone(l.accounts)
	for i, a := range l.accounts {
		copied := *a
		c.accounts[i] = &copied
	}
	return &c
}

// State writes all that the ledger holds, in a fixed order.
func (l *Ledger) State(w io.Writer) {
	fmt.Fprintf(w, "bill %s since %d committed %d %t since %d\n", l.prices.Profile, l.since, l.committed, l.committing, l.committedAt)
	for i := range l.accounts {
		fmt.Fprintf(w, " %+v\n", *l.accounts[i])
	}
}

// Observe is told what stands now, and with counted what the meters of a stream have counted, also of one that stands no
// longer. It costs little while nothing has changed, and may be told as often as one likes.
func (l *Ledger) Observe(now sim.Instant, committed bool, standing []Standing, counted func(stream string) Counted) {
	if committed != l.committing {
		l.committed, l.committing, l.committedAt = l.commitment(now), committed, now
	}
	for _, s := range standing {
		at, known := l.search(s.Stream)
		if !known {
			l.accounts = sim.Insert(l.accounts, at, &account{standing: Standing{Stream: s.Stream}})
		}
		if a := l.accounts[at]; !a.there || a.standing != s {
			c := counted(s.Stream)
			a.used = a.settled(now, c)
			a.standing, a.there, a.at, a.counted = s, true, now, c
		}
	}
	there := 0
	for i := range l.accounts {
		if l.accounts[i].there {
			there++
		}
	}
	if there == len(standing) {
		return
	}
	for i := range l.accounts { // a stream is on its way out
		a := l.accounts[i]
		if a.there && !slices.ContainsFunc(standing, func(s Standing) bool { return s.Stream == a.standing.Stream }) {
			a.used = a.settled(now, counted(a.standing.Stream))
			a.there = false
		}
	}
}

func (l *Ledger) commitment(now sim.Instant) int64 {
	if l.committing {
		return l.committed + int64(now-l.committedAt)
	}
	return l.committed
}

func (l *Ledger) search(stream string) (int, bool) {
	return slices.BinarySearchFunc(l.accounts, stream, func(a *account, name string) int { return cmp.Compare(a.standing.Stream, name) })
}

// Keep counts that a stream has kept so many bytes of records from 24 hours to 7 days old, and so many older ones, for an
// hour. Of a provisioned stream the former are charged by shard-hours.
func (l *Ledger) Keep(stream string, extended, long int64) {
	i, ok := l.search(stream)
	if !ok {
		return
	}
	a := l.accounts[i]
	if a.standing.OnDemand {
		a.used[extendedStorage] += extended
	}
	a.used[longStorage] += long
}

// A Reading is how a stream stands when the bill is asked for.
type Reading struct {
	Stream         string
	Counted        Counted // until now
	LastMinute     Counted // in the minute before
	Extended, Long int64   // bytes held of records from 24 hours to 7 days old, and older
}

// A Line is an item of a bill.
type Line struct {
	Stream   string `json:",omitempty"`
	Item     string
	Quantity float64 // to six decimals; the amount is of the exact one
	Unit     string
	Price    Dollars // of a unit
	Amount   Dollars // so far
	PerHour  Dollars // as it goes now
}

// A Bill is what was used until now and what it costs.
type Bill struct {
	From, To aws.Timestamp
	Prices   string // of which profile, and when they were read
	Total    Dollars
	PerHour  Dollars // of what stands, and of the traffic of the last minute
	Lines    []Line
}

// Bill returns the bill as it stands now; of one stream, when it is named. It changes nothing.
func (l *Ledger) Bill(now sim.Instant, stream string, readings []Reading) Bill {
	b := Bill{From: aws.Timestamp(l.since / 1000), To: aws.Timestamp(now / 1000), Prices: l.prices.Profile + " (" + l.prices.Read + ", us-east-1)", Lines: []Line{}}
	all, rate := usage{}, usage{}
	for i := range l.accounts {
		a := l.accounts[i]
		name := a.standing.Stream
		total, perHour := a.used, usage{}
		if at := slices.IndexFunc(readings, func(r Reading) bool { return r.Stream == name }); a.there && at >= 0 {
			r := readings[at]
			total = a.settled(now, r.Counted)
			m := r.LastMinute
			perHour.add(a.standing, hour, Counted{m.Units * 60, m.KiB * 60, m.Out * 60, m.FanOut * 60, m.Old * 60})
			if perHour[longStorage] = r.Long; a.standing.OnDemand {
				perHour[extendedStorage] = r.Extended
			}
		}
		for j := range items {
			all[j] += total[j]
			rate[j] += perHour[j]
		}
		if stream == "" || stream == name {
			b.lines(l.prices, name, total, perHour)
		}
	}
	if stream == "" { // what the account promised and did not use
		promised, perHour := Committed*(l.commitment(now)/1e6), int64(0)
		if l.committing {
			perHour = Committed * hour / 1e6
		}
		var total, more usage
		total[commitmentIn] = max(0, promised-all[dataInAdvantage])
		total[commitmentOut] = max(0, promised-all[dataOutAdvantage]>>10)
		more[commitmentIn] = max(0, perHour-rate[dataInAdvantage])
		more[commitmentOut] = max(0, perHour-rate[dataOutAdvantage]>>10)
		b.lines(l.prices, "", total, more)
	}
	return b
}

// lines adds the items of which there are any.
func (b *Bill) lines(p *Prices, stream string, total, perHour usage) {
	for i := range items {
		if total[i] == 0 && perHour[i] == 0 {
			continue
		}
		x := Line{stream, rows[i].name, math.Round(float64(total[i])/float64(rows[i].per)*1e6) / 1e6, rows[i].unit, p.of[i], p.amount(i, total[i]), p.amount(i, perHour[i])}
		b.Total += x.Amount
		b.PerHour += x.PerHour
		b.Lines = append(b.Lines, x)
	}
}

// A Delivery is what a Firehose stream used, in bytes but for the last two.
type Delivery struct {
	Snowflake, Iceberg bool  // where it delivers to, and in the second case reads a data stream: then Taken has another price
	Taken              int64 // each record rounded up, but for Snowflake
	Converted          int64
	Partitioned        int64
	Objects, JQMicros  int64
	TakenInLastMinute  int64
}

// Deliver adds what a Firehose stream used to a bill. Of what it will use, only what it takes is told.
func (l *Ledger) Deliver(b *Bill, name string, d Delivery) {
	taken := delivered
	switch {
	case d.Snowflake:
		taken = deliveredSnowflake
	case d.Iceberg:
		taken = deliveredIceberg
	}
	total, perHour := usage{converted: d.Converted, partitioned: d.Partitioned, partitionObjects: d.Objects, partitionQueries: d.JQMicros}, usage{}
	total[taken], perHour[taken] = d.Taken, d.TakenInLastMinute*60
	b.lines(l.prices, name, total, perHour)
}

// Traffic is what a stream is used for, as a projection wants it.
type Traffic struct {
	RecordsPerSecond float64
	RecordBytes      float64 // data and key
	Consumers        int64   // that each read everything
	RetentionHours   int64   // up to 24 when left out
}

// Capacity is what a shard takes and gives out a second.
type Capacity struct{ Records, Bytes, ReadBytes int64 }

// A Way is a way to run a stream under some traffic, and what it costs.
type Way struct {
	Way      string
	Shards   int64 `json:",omitempty"` // that are needed
	PerHour  Dollars
	PerMonth Dollars // of 30 days

	// StoredPerMonth is what the records cost that are kept longer than 24 hours, once as many are kept as the retention lets stand.
	StoredPerMonth Dollars `json:",omitempty"`
}

// Project says what traffic costs in each way to run a stream.
// Source of the number of shards: Developer Guide, "Choose the data stream capacity mode", and the records a second of a shard.
func Project(p *Prices, t Traffic, c Capacity) []Way {
	per := func(n float64) int64 { return int64(n*3600 + 0.5) } // an hour's
	bytes := t.RecordsPerSecond * t.RecordBytes
	up := func(n, unit float64) float64 { return math.Ceil(n / unit) }
	units := per(t.RecordsPerSecond * up(t.RecordBytes, 25<<10))
	kib := per(t.RecordsPerSecond * up(t.RecordBytes, 1<<10))
	out := per(bytes * float64(t.Consumers))
	shards := func(read float64) int64 {
		n := int64(1)
		for _, x := range [][2]float64{{bytes, float64(c.Bytes)}, {t.RecordsPerSecond, float64(c.Records)}, {read, float64(c.ReadBytes)}} {
			n = max(n, int64(up(x[0], x[1])))
		}
		return n
	}
	shared, own := shards(bytes*float64(t.Consumers)), shards(0)
	ways := []struct {
		name   string
		shards int64
		used   usage
	}{
		{"Provisioned, shared reading", shared, usage{shardHours: shared * hour, payloadUnits: units}},
		{"Provisioned, enhanced fan-out", own, usage{shardHours: own * hour, payloadUnits: units, consumerShardHours: own * t.Consumers * hour, fanOut: out}},
		{"On-demand, shared reading", 0, usage{streamHours: hour, dataIn: kib, dataOut: out}},
		{"On-demand, enhanced fan-out", 0, usage{streamHours: hour, dataIn: kib, fanOutOnDemand: out}},
		{"On-demand Advantage", 0, usage{dataInAdvantage: max(kib, Committed*3600), dataOutAdvantage: max(out, Committed*3600<<10)}},
	}
	// Bytes that stand between 24 hours and 7 days, and beyond, in the long run.
	held := func(from, to int64) int64 {
		return int64(bytes * 3600 * float64(max(0, min(t.RetentionHours, to)-from)))
	}
	extended, long := held(24, 7*24), held(7*24, math.MaxInt64)
	var all []Way
	for i, w := range ways {
		stored := p.amount(longStorage, long) * month
		if i >= 2 {
			stored += p.amount(extendedStorage, extended) * month
		} else if t.RetentionHours > 24 {
			w.used[extendedShardHours] = w.shards * hour
		}
		sum := Dollars(0)
		for i := range items {
			sum += p.amount(i, w.used[i])
		}
		all = append(all, Way{w.name, w.shards, sum, sum * month, stored})
	}
	if p.Profile == "2024" {
		all = all[:len(all)-1]
	}
	return all
}

// DeliveredPerHour is what a Firehose stream that takes records by Direct PUT or from a data stream is charged for an hour of them.
func (p *Prices) DeliveredPerHour(recordsPerSecond, recordBytes float64) Dollars {
	return p.amount(delivered, int64(recordsPerSecond*3600*math.Ceil(recordBytes/5120)*5120+.5))
}

// AgingEvery is how often what is kept longer than 24 hours is measured: at whole hours. Ours: AWS charges by GB and month.
const AgingEvery = time.Hour
