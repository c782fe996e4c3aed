package pricing

import (
	"math/bits"
	"strconv"
	"strings"
)

// Dollars are US dollars in billionths, so that every price and sum is a whole number.
type Dollars int64

// String writes the dollars with as many decimals as are needed, at least two.
func (d Dollars) String() string {
	sign := ""
	if d < 0 {
		sign, d = "-", -d
	}
	s := strconv.FormatInt(int64(d/1e9), 10) + "." + strconv.FormatInt(int64(d%1e9)+1e9, 10)[1:]
	whole, frac, _ := strings.Cut(s, ".")
	frac = strings.TrimRight(frac, "0")
	return sign + whole + "." + frac + "00"[:max(0, 2-len(frac))]
}

// MarshalJSON writes the dollars as a number.
func (d Dollars) MarshalJSON() ([]byte, error) { return []byte(d.String()), nil }

// An item is something that is charged.
type item int

// The items, in the order of a bill.
const (
	shardHours item = iota // of provisioned streams
	payloadUnits
	consumerShardHours
	fanOut
	extendedShardHours // retention of more than 24 hours
	streamHours        // of on-demand streams
	dataIn
	dataOut
	fanOutOnDemand
	extendedStorage // records from 24 hours to 7 days old
	dataInAdvantage // with the commitment of On-demand Advantage
	dataOutAdvantage
	longStorage // records older than 7 days, of all streams
	retrieval
	commitmentIn // what the commitment promises and no traffic uses
	commitmentOut
	delivered // of Firehose streams: each record rounded up to 5 KB
	deliveredSnowflake
	deliveredIceberg // of those that read a data stream
	converted
	partitioned
	partitionObjects
	partitionQueries
	items
)

// A GB is what a gigabyte is in prices, and a month how long one is. Ours: AWS writes GB where elsewhere it means GiB, and
// counts the hours of each month.
const (
	gb    = 1 << 30
	hour  = 3600 * 1e6 // microseconds
	month = 720        // hours
)

// rows say how items are called and counted: unit is what a price is for, and per how many of what is counted make one.
var rows = [items]struct {
	name, unit string
	per        int64
}{
	shardHours:         {"Shards", "shard-hour", hour},
	payloadUnits:       {"PUT payload units", "million units of 25 KB", 1e6},
	consumerShardHours: {"Enhanced fan-out", "consumer-shard-hour", hour},
	fanOut:             {"Enhanced fan-out, data out", "GB", gb},
	extendedShardHours: {"Extended retention, to 7 days", "shard-hour", hour},
	streamHours:        {"On-demand stream", "stream-hour", hour},
	dataIn:             {"On-demand, data in", "GB", gb / 1024}, // counted in KiB, each record rounded up
	dataOut:            {"On-demand, data out", "GB", gb},
	fanOutOnDemand:     {"On-demand, enhanced fan-out data out", "GB", gb},
	extendedStorage:    {"On-demand, extended retention to 7 days", "GB-month", gb * month},
	dataInAdvantage:    {"On-demand Advantage, data in", "GB", gb / 1024},
	dataOutAdvantage:   {"On-demand Advantage, data out", "GB", gb},
	longStorage:        {"Long-term retention, over 7 days", "GB-month", gb * month},
	retrieval:          {"Long-term retention, retrieval", "GB", gb},
	commitmentIn:       {"On-demand Advantage, commitment not used, in", "GB", gb / 1024},
	commitmentOut:      {"On-demand Advantage, commitment not used, out", "GB", gb / 1024},
	delivered:          {"Firehose, data taken, each record rounded up to 5 KB", "GB", gb},
	deliveredSnowflake: {"Firehose, data taken for Snowflake", "GB", gb},
	deliveredIceberg:   {"Firehose, data taken for Iceberg tables", "GB", gb},
	converted:          {"Firehose, format conversion", "GB", gb},
	partitioned:        {"Firehose, dynamic partitioning", "GB", gb},
	partitionObjects:   {"Firehose, objects of dynamic partitioning", "thousand objects", 1000},
	partitionQueries:   {"Firehose, jq of dynamic partitioning", "hour", hour},
}

// Prices are what items cost, by their units.
type Prices struct {
	Profile string // of the limits, "2026"
	Read    string // when AWS's pages were read
	of      [items]Dollars
}

// PricesOf returns the prices of a limits profile, in us-east-1.
// Source: Amazon Kinesis Data Streams pricing, as of its Read. They are figures to learn with: look before you plan.
func PricesOf(profile string) *Prices {
	p := &Prices{Profile: "2026", Read: "autumn 2026", of: [items]Dollars{
		shardHours:         15_000_000,  // $0.015
		payloadUnits:       14_000_000,  // $0.014 per million
		consumerShardHours: 15_000_000,  // $0.015
		fanOut:             13_000_000,  // $0.013
		extendedShardHours: 20_000_000,  // $0.020
		streamHours:        40_000_000,  // $0.040
		dataIn:             80_000_000,  // $0.080
		dataOut:            40_000_000,  // $0.040
		fanOutOnDemand:     50_000_000,  // $0.050; unconfirmed: not on the pages that were read
		extendedStorage:    100_000_000, // $0.10
		dataInAdvantage:    32_000_000,  // $0.032
		dataOutAdvantage:   16_000_000,  // $0.016; enhanced fan-out costs no more
		longStorage:        23_000_000,  // $0.023
		retrieval:          21_000_000,  // $0.021
		commitmentIn:       32_000_000,  // as dataInAdvantage
		commitmentOut:      16_000_000,  // as dataOutAdvantage
		delivered:          29_000_000,  // $0.029, the first 500 TB of a month; source of these: Amazon Data Firehose pricing
		deliveredSnowflake: 71_000_000,  // $0.071
		deliveredIceberg:   45_000_000,  // $0.045
		converted:          18_000_000,  // $0.018
		partitioned:        20_000_000,  // $0.020
		partitionObjects:   5_000_000,   // $0.005
		partitionQueries:   70_000_000,  // $0.07
	}}
	if profile == "2024" { // the same figures; On-demand Advantage is of November 2025
		p.Profile, p.Read = "2024", "November 2024"
	}
	return p
}

// Committed is what an account with On-demand Advantage pays at the least, in each direction, in KiB a second: 25 MiB.
// Source: Developer Guide, on-demand mode; API Reference, UpdateAccountSettings.
const Committed = 25 << 10

// amount is what a quantity of an item costs, to the nearest billionth of a dollar.
func (p *Prices) amount(i item, quantity int64) Dollars {
	hi, lo := bits.Mul64(uint64(max(0, quantity)), uint64(p.of[i]))
	per := uint64(rows[i].per)
	lo, carry := bits.Add64(lo, per/2, 0)
	q, _ := bits.Div64(hi+carry, lo, per)
	return Dollars(q)
}
