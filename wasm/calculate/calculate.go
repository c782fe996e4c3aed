// Package calculate is the sums that people do before they build: how many shards, what it costs, which limit of a buffer trips
// first, what retries do. Each answers with its formula, with words that explain the result, and with a lab that plays the same
// numbers: what a [Figure] says by formula, that run measures. The package is pure; whoever has a run measures it.
package calculate

import (
	"crypto/md5"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"
	"math/bits"
	"slices"
	"strconv"
	"strings"
	"time"

	"shardlab/wasm/calculate/shards"
	"shardlab/wasm/fis"
	"shardlab/wasm/pricing"
)

// A Result is what a calculation comes to.
type Result struct {
	Answer  string // "4 shards"
	Words   string // why
	Steps   []Step
	Figures []Figure        `json:",omitempty"` // what a run can be held to
	Ways    []pricing.Way   `json:",omitempty"`
	Lab     json.RawMessage `json:",omitempty"` // the lab whose run measures the figures
	Until   int64           `json:",omitempty"` // microseconds: the instant of that run at which they are measured
	NoRun   string          `json:",omitempty"` // why there is no such lab
}

// A Step is a line of a formula with its numbers.
type Step struct{ Name, Formula, Value string }

// A Figure is what the formula says of a run, and what the run gave.
type Figure struct {
	Name, Unit string
	Formula    float64
	Within     float64  // how far a run may be from it
	Run        *float64 `json:",omitempty"`
	Agrees     *bool    `json:",omitempty"`
}

// Measured is the figure with what a run gave.
func (f Figure) Measured(v float64) Figure {
	v = math.Round(v*1e6) / 1e6
	agrees := math.Abs(v-f.Formula) <= f.Within
	f.Run, f.Agrees = &v, &agrees
	return f
}

// Limits are what a shard takes and gives out a second, and what a Firehose stream takes by Direct PUT.
type Limits struct {
	pricing.Capacity
	FirehoseRecords, FirehoseBytes int64
}

// Bounds of the labs: a page plays them in a few seconds.
const (
	mostRecords   = 20_000   // a second
	mostShards    = 40       // of a stream
	mostDelivered = 96 << 20 // bytes of files
	seed          = 11       // of their chance
	begin         = 12       // seconds after which clients start: streams are ACTIVE
)

// Begin is the instant of the labs at which their clients start.
const Begin = begin * time.Second

// Names of the streams in the labs.
const (
	Enough, Short = "enough", "one-less"

	Provisioned, FanOut, OnDemand, OnDemandFanOut = "provisioned", "fan-out", "on-demand", "on-demand-fan-out"

	Delivering, Bucket = "files", "lake"

	Retrying, Writer = "retried", "writer"
)

// number writes a number with at most three decimals and commas between thousands.
func number(v float64) string {
	s := strconv.FormatFloat(math.Round(v*1000)/1000, 'f', -1, 64)
	whole, frac, dot := strings.Cut(s, ".")
	for i := len(whole) - 3; i > 0 && whole[i-1] != '-'; i -= 3 {
		whole = whole[:i] + "," + whole[i:]
	}
	if dot {
		whole += "." + frac
	}
	return whole
}

// about writes a number to one decimal.
func about(v float64) string { return number(math.Round(v*10) / 10) }

// sized writes bytes as MiB, or as KiB where that would be next to nothing.
func sized(bytes float64, write func(float64) string) string {
	if bytes < 1<<20/10 {
		return write(bytes/1024) + " KiB"
	}
	return write(bytes/(1<<20)) + " MiB"
}

// arrivals are the records that come in so many seconds, evenly apart and the first at once.
func arrivals(rate, seconds float64) float64 { return math.Ceil(rate*seconds - 1e-9) }

func count(n int64, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return number(float64(n)) + " " + thing + "s"
}

// A command of a lab's world.
type command struct {
	At   string `json:"at,omitempty"`
	Do   string `json:"do"`
	With any    `json:"with"`
}

type members = map[string]any

// lab writes the file of a lab that is handed over before its clients start.
func lab(name string, world ...command) json.RawMessage {
	text, err := json.Marshal(members{"name": name, "start": "2026-03-02T08:00:00Z", "seed": seed, "profile": "2026", "open": "11s", "world": world, "goals": []int{}})
	if err != nil {
		panic("calculate: a lab does not encode: " + err.Error())
	}
	return text
}

func later(do string, with members) command {
	return command{At: strconv.Itoa(begin) + "s", Do: do, With: with}
}

// keysFor finds a partition key for each of n equal shards, so that records spread evenly, as the formulas have it.
func keysFor(n int64) []string {
	keys := make([]string, n)
	for i, left := 0, n; left > 0; i++ {
		key := fmt.Sprintf("key-%04d", i)
		sum := md5.Sum([]byte(key))
		at, _ := bits.Mul64(binary.BigEndian.Uint64(sum[:8]), uint64(n))
		if keys[at] == "" {
			keys[at] = key
			left--
		}
	}
	return keys
}

// writers are producers that write evenly to a stream of n shards, as many records a second in all.
func writers(stream string, n int64, rate, kib float64, batch int) []command {
	const each = 5_000 // records a second of one producer
	keys := keysFor(n)
	var all []command
	crowd := int(math.Ceil(rate / each))
	for i := range crowd {
		all = append(all, later("lab.PutProducer", members{"Name": fmt.Sprintf("%s-writer-%d", stream, i+1), "StreamName": stream, "RecordsPerSecond": math.Round(rate/float64(crowd)*1000) / 1000,
			"RecordBytes": dataBytes(kib), "Batch": batch, "Keys": members{"Kind": "round-robin", "Names": keys}, "Retry": members{"Mode": "none"}}))
	}
	return all
}

// dataBytes is how many bytes of data a record has whose key takes eight.
func dataBytes(kib float64) int { return max(1, int(math.Round(kib*1024))-8) }

// readers are consumers that each read everything of a stream. Those that share it poll as often as five calls a second of a shard
// allow.
func readers(stream string, n int64, fanOut bool) []command {
	var all []command
	for i := range n {
		with := members{"Name": fmt.Sprintf("%s-reader-%d", stream, i+1), "StreamName": stream, "From": "TRIM_HORIZON", "PollMillis": 1000 * ((n + 4) / 5)}
		if fanOut {
			with = members{"Name": with["Name"], "StreamName": stream, "From": "TRIM_HORIZON", "RetrievalMode": "FANOUT"}
		}
		all = append(all, later("lab.PutConsumer", with))
	}
	return all
}

func stream(name string, shards int64) command {
	return command{Do: "kinesis.CreateStream", With: members{"StreamName": name, "ShardCount": shards}}
}

// Traffic is what is written to a stream and read from it.
type Traffic struct {
	Records   float64 // a second
	KiB       float64 // of data and key of a record
	Consumers int64   // that each read everything
	FanOut    bool
}

// What a run takes at least and at most. A stream's records are 1 MiB at the most unless it is told otherwise; a rate below a thousandth
// is refused by the lab's producers.
const (
	leastRecords = 0.001
	largestKiB   = 1024
	largest      = "A run is offered up to records of 1,024 KiB: larger ones need a stream with MaxRecordSizeInKiB."
)

// Shards computes how many shards a provisioned stream needs.
func Shards(t Traffic, l Limits) Result {
	reads := float64(t.Consumers)
	if t.FanOut { // of what is theirs alone
		reads = 0
	}
	need := shards.For(t.Records, t.KiB, reads, shards.Capacity(l.Capacity))
	whole, in, out, byIn, byOut, byRecords, guide := need.KiB, need.In, need.Out, need.ByIn, need.ByOut, need.ByRecords, need.Guide
	capIn, capOut, capRecords := float64(l.Bytes)/1024, float64(l.ReadBytes)/1024, float64(l.Capacity.Records)
	n := int64(need.Shards)
	r := Result{Answer: count(n, "shard")}
	reading := fmt.Sprintf("%s KiB/s × %s", number(in), count(t.Consumers, "consumer"))
	if t.FanOut {
		reading = "none: each consumer with enhanced fan-out has its own"
	}
	r.Steps = []Step{
		{"incoming_write_bandwidth_in_KiB", fmt.Sprintf("%s records/s × %s KiB, each record's KiB rounded up", number(t.Records), number(whole)), number(in) + " KiB/s"},
		{"outgoing_read_bandwidth_in_KiB", reading, number(out) + " KiB/s"},
		{"shards to write", fmt.Sprintf("%s / %s", number(in), number(capIn)), number(byIn)},
		{"shards to read", fmt.Sprintf("%s / %s", number(out), number(capOut)), number(byOut)},
		{"shards for records", fmt.Sprintf("%s / %s", number(t.Records), number(capRecords)), number(byRecords)},
		{"number_of_shards", fmt.Sprintf("max(%s, %s), rounded up: bytes alone", number(byIn), number(byOut)), number(guide)},
		{"with records", fmt.Sprintf("max(%s, %s, %s), rounded up", number(byIn), number(byOut), number(byRecords)), number(float64(n))},
	}
	switch most := max(byIn, byOut, byRecords); {
	case n == 1:
		r.Words = "One shard is enough for writing and reading."
	case most == byRecords && byRecords > max(byIn, byOut):
		r.Words = fmt.Sprintf("%s, because of the number of records: a shard takes %s a second, however small they are.", r.Answer, number(capRecords))
	case most == byOut && byOut > byIn:
		r.Words = fmt.Sprintf("%s, because reading needs more than writing: %s share the 2 MiB/s of each shard.", r.Answer, count(t.Consumers, "consumer"))
	default:
		r.Words = fmt.Sprintf("%s, because of the bytes written: a shard takes 1 MiB/s.", r.Answer)
	}
	if guide < float64(n) {
		r.Words += fmt.Sprintf(" The Developer Guide's formula counts bytes alone and says %s.", number(guide))
	}
	exact := t.Records * t.KiB
	exactOut := exact * float64(t.Consumers)
	if t.FanOut {
		exactOut = 0
	}
	if need := int64(max(1, math.Ceil(max(exact/capIn, exactOut/capOut, byRecords)))); need < n {
		r.Words += fmt.Sprintf(" The formula rounds each record up to whole KiB; PutRecords counts exact bytes, and by these %s would do.", number(float64(need)))
	}
	if !t.FanOut && t.Consumers > 5 {
		r.Words += " Five GetRecords calls a second is all a shard answers: more than five consumers must poll less than once a second, or use enhanced fan-out."
	}
	if t.KiB > largestKiB {
		r.NoRun = largest
		return r
	}
	if t.Records > mostRecords || n > mostShards || t.Records < leastRecords {
		r.NoRun = fmt.Sprintf("A run is offered up to %s records a second and %d shards, and from a record in a thousand seconds on: a page plays no more in a few seconds.", number(mostRecords), mostShards)
		return r
	}
	world := append([]command{stream(Enough, n)}, writers(Enough, n, t.Records, t.KiB, 50)...)
	world = append(world, readers(Enough, t.Consumers, t.FanOut)...)
	expect := func(name string, n int64) {
		refused := max(0, 1-min(capRecords*float64(n)/t.Records, capIn*float64(n)/exact))
		read := exact * (1 - refused) * float64(t.Consumers)
		within := .06
		if most := capOut * float64(n); !t.FanOut && read > most {
			read, within = most, .12 // whoever polls a shard whose budget is used up waits for its next turn
		}
		r.Figures = append(r.Figures, Figure{Name: "Refused by " + count(n, "shard"), Unit: "%", Formula: 100 * refused, Within: 2},
			Figure{Name: "Read from " + count(n, "shard"), Unit: "KiB/s", Formula: read, Within: read*within + 2})
	}
	expect(Enough, n)
	if n > 1 {
		expect(Short, n-1)
		world = append(append(append(world, stream(Short, n-1)), writers(Short, n-1, t.Records, t.KiB, 50)...), readers(Short, t.Consumers, t.FanOut)...)
	}
	r.Lab, r.Until = lab("how-many-shards", ordered(world)...), (begin+120)*1e6
	return r
}

// ordered puts what happens at once before what happens later: "", "11s", "12s".
func ordered(world []command) []command {
	slices.SortStableFunc(world, func(a, b command) int { return strings.Compare(a.At, b.At) })
	return world
}

// cents is what a way costs in a month, to the cent.
func cents(w pricing.Way) string {
	const cent = 1e7
	d := (w.PerMonth + w.StoredPerMonth + cent/2) / cent
	return fmt.Sprintf("%s.%02d", number(float64(d/100)), d%100)
}

// Cost says what traffic costs in each way to run a stream that keeps its records for some hours. Advantage asks for the run of an
// account that is committed to On-demand Advantage.
func Cost(t Traffic, hours int64, advantage bool, p *pricing.Prices, l Limits) Result {
	all := pricing.Project(p, pricing.Traffic{RecordsPerSecond: t.Records, RecordBytes: t.KiB * 1024, Consumers: t.Consumers, RetentionHours: hours}, l.Capacity)
	best := 0
	for i := range all {
		if all[i].PerMonth+all[i].StoredPerMonth < all[best].PerMonth+all[best].StoredPerMonth {
			best = i
		}
	}
	r := Result{Ways: all, Answer: all[best].Way}
	r.Words = fmt.Sprintf("%s costs least: $%s in a month of 30 days.", all[best].Way, cents(all[best]))
	if all[0].PerHour > 0 {
		second := all[0]
		if best == 0 {
			second = all[min(2, len(all)-1)]
		}
		r.Words += fmt.Sprintf(" %s would be $%s.", second.Way, cents(second))
	}
	if hours > 24 {
		r.Words += " Keeping records longer than 24 hours is charged by the shard-hour where shards are provisioned, and by the GB-month on-demand; past 7 days by the GB-month everywhere."
	}
	r.Words += " Prices: " + p.Profile + ", read " + p.Read + ", us-east-1. Advantage bills at least 25 MiB/s in and out for the whole account."
	mib := t.Records * t.KiB / 1024
	if t.KiB > largestKiB {
		r.NoRun = largest
		return r
	}
	if t.Records > 3000 || mib > 3 || mib*float64(t.Consumers) > 6 || t.Consumers > 5 || t.Records < leastRecords {
		r.NoRun = "A run is offered up to 3,000 records and 3 MiB a second, read by five: an on-demand stream that is new takes no more at first."
		return r
	}
	kept := func(name string) []command {
		if hours <= 24 {
			return nil
		}
		return []command{{At: "11s", Do: "kinesis.IncreaseStreamRetentionPeriod", With: members{"StreamName": name, "RetentionPeriodHours": hours}}}
	}
	var world []command
	add := func(way int, name string, made command, shards int64, fanOut bool) {
		world = append(append(append(append(world, made), kept(name)...), writers(name, shards, t.Records, t.KiB, 25)...), readers(name, t.Consumers, fanOut)...)
		r.Figures = append(r.Figures, Figure{Name: all[way].Way, Unit: "$/hour", Formula: float64(all[way].PerHour) / 1e9, Within: float64(all[way].PerHour)/1e9*.03 + .0005})
	}
	onDemand := func(name string) command {
		return command{Do: "kinesis.CreateStream", With: members{"StreamName": name, "StreamModeDetails": members{"StreamMode": "ON_DEMAND"}}}
	}
	if advantage {
		world = append(world, command{Do: "kinesis.UpdateAccountSettings", With: members{"MinimumThroughputBillingCommitment": members{"Status": "ENABLED"}}})
		add(len(all)-1, OnDemand, onDemand(OnDemand), 4, false)
	} else {
		add(0, Provisioned, stream(Provisioned, all[0].Shards), all[0].Shards, false)
		add(1, FanOut, stream(FanOut, all[1].Shards), all[1].Shards, true)
		add(2, OnDemand, onDemand(OnDemand), 4, false)
		add(3, OnDemandFanOut, onDemand(OnDemandFanOut), 4, true)
	}
	r.Lab, r.Until = lab("what-it-costs", ordered(world)...), (begin+120)*1e6
	return r
}

// Buffer is a Firehose stream with Direct PUT that delivers to S3.
type Buffer struct {
	Records  float64 // a second
	KiB      float64 // of a record
	MiB      int64   // SizeInMBs
	Interval int64   // IntervalInSeconds
}

// Files says which limit of a buffer trips first, and what files come of it.
// Source: Firehose Developer Guide, "Understand buffering hints"; prices as of package pricing.
func Files(b Buffer, p *pricing.Prices, l Limits) Result {
	bytes := b.KiB * 1024
	size := float64(b.MiB << 20)
	if b.Records == 0 {
		return Result{Answer: "No files", Words: "Nothing is put, and an empty buffer delivers nothing.", NoRun: "There is nothing to play."}
	}
	bySize := math.Ceil(size/bytes) / b.Records
	cycle, waits, first := bySize, bySize, "size"
	if waits = min(waits, float64(b.Interval)); waits < bySize { // the next buffer begins with the first record that comes then
		cycle, first = arrivals(b.Records, waits)/b.Records, "time"
	}
	held := math.Round(min(cycle*b.Records, math.Ceil(size/bytes)))
	file := held * bytes
	perHour := p.DeliveredPerHour(b.Records, bytes)
	delay := "from its file's first record to its last, half of it on average"
	if first == "time" && held == 1 {
		delay = "a file holds one record, which waits for the interval"
	}
	r := Result{Answer: map[string]string{"size": "Size trips first", "time": "Time trips first"}[first]}
	if first == "size" {
		r.Words = fmt.Sprintf("The buffer holds %d MiB after %s s, before its %d s are over: a larger interval changes nothing, a smaller size gives smaller files sooner.", b.MiB, number(bySize), b.Interval)
	} else {
		r.Words = fmt.Sprintf("After %d s the buffer holds %s of its %d MiB: a larger size changes nothing, a longer interval gives larger files later.", b.Interval, sized(file, number), b.MiB)
	}
	if billed := math.Ceil(bytes/5120) * 5120; billed > bytes*1.2 {
		r.Words += fmt.Sprintf(" Each record is billed as %s KiB, %s times its size: records that are packed together cost less.", number(billed/1024), number(billed/bytes))
	}
	r.Steps = []Step{
		{"by size", fmt.Sprintf("%d MiB / (%s records/s × %s KiB)", b.MiB, number(b.Records), number(b.KiB)), number(bySize) + " s"},
		{"by time", "IntervalInSeconds", strconv.FormatInt(b.Interval, 10) + " s"},
		{"a file", count(int64(held), "record") + " × " + number(b.KiB) + " KiB", sized(file, number)},
		{"files a day", fmt.Sprintf("86,400 / %s", number(cycle)), number(86400 / cycle)},
		{"delay of a record", delay, "up to " + number(waits) + " s"},
		{"cost", "records rounded up to 5 KB, by the GB", "$" + perHour.String() + " an hour, $" + cents(pricing.Way{PerMonth: perHour * 720}) + " in 30 days"},
	}
	k := int64(min(max(4, math.Ceil(30/cycle)), math.Floor(mostDelivered/file)))
	switch {
	case b.Records > float64(l.FirehoseRecords) || b.Records*bytes > float64(l.FirehoseBytes):
		r.NoRun = fmt.Sprintf("Direct PUT takes %s records or %s MiB a second at first: what is above is refused until the quota is raised.", number(float64(l.FirehoseRecords)), number(float64(l.FirehoseBytes)/(1<<20)))
		return r
	case b.Records < leastRecords:
		r.NoRun = "A run is offered from a record in a thousand seconds on."
		return r
	case k == 0 || b.Records > mostRecords || b.Records*float64(k)*cycle > 4e6:
		r.NoRun = "The files are too large for a page to play."
		return r
	}
	for k > 1 && b.Records*float64(k)*cycle > 1e6 {
		k--
	}
	// A delivery takes up to two seconds of its own; the measuring waits for it, but not for the next.
	until := begin + float64(k-1)*cycle + waits + min(cycle/2, 8)
	r.Figures = []Figure{
		{Name: "Files by then", Unit: "", Formula: float64(k), Within: math.Floor(2 / cycle)},
		{Name: "A file holds", Unit: "MiB", Formula: file / (1 << 20), Within: file/(1<<20)*.02 + bytes*2/(1<<20)},
		{Name: "Billed", Unit: "$/hour", Formula: float64(perHour) / 1e9, Within: float64(perHour)/1e9*(.03+1/(b.Records*float64(k)*cycle)) + 1e-6}, // and a record more or less
	}
	batch := max(1, math.Floor(min(50, b.Records/4, b.Records*cycle/100))) // small beside a file, which it may be too much for
	r.Lab = lab("which-trips-first",
		command{Do: "s3api.CreateBucket", With: members{"Bucket": Bucket}},
		command{Do: "firehose.CreateDeliveryStream", With: members{"DeliveryStreamName": Delivering, "ExtendedS3DestinationConfiguration": members{
			"RoleARN": "arn:aws:iam::123456789012:role/firehose_delivery_role", "BucketARN": "arn:aws:s3:::" + Bucket, "BufferingHints": members{"SizeInMBs": b.MiB, "IntervalInSeconds": b.Interval}}}},
		later("lab.PutProducer", members{"Name": Writer, "DeliveryStreamName": Delivering, "RecordsPerSecond": b.Records, "RecordBytes": int(math.Round(bytes)), "Batch": int(batch)}))
	r.Until = int64(math.Ceil(until * 1e6))
	return r
}

// A Wish is what somebody wants of a Firehose stream with Direct PUT that delivers to S3.
type Wish struct {
	Records   float64 // a second
	KiB       float64 // of a record
	Wait      int64   // seconds that a record may wait in the buffer
	MiB       int64   // that a file shall hold
	Converted bool    // the stream converts the format
}

// Bounds of BufferingHints at S3. Source: Firehose API Reference, BufferingHints; the least size of a stream that converts:
// Developer Guide, "Understand buffering hints".
const (
	mostInterval = 900
	leastConvert = 64
)

// Hints chooses the BufferingHints that come nearest to a wish, and says what files come of them.
func Hints(w Wish, p *pricing.Prices, l Limits) Result {
	if w.Records == 0 {
		return Files(Buffer{MiB: w.MiB, Interval: w.Wait}, p, l)
	}
	full := math.Ceil(float64(w.MiB<<20)/(w.KiB*1024)) / w.Records // seconds until the file that is wanted is there
	b := Buffer{Records: w.Records, KiB: w.KiB, MiB: w.MiB, Interval: w.Wait}
	size := Step{"SizeInMBs", "the file that is wanted", ""}
	interval := Step{"IntervalInSeconds", "the longest that a record may wait", ""}
	raised := w.Converted && w.MiB < leastConvert
	if raised {
		b.MiB, size.Formula = leastConvert, "the least where the format is converted"
		if full < float64(w.Wait) {
			b.Interval, interval.Formula = max(1, int64(full)), "the whole seconds in which the file that is wanted comes"
		}
	}
	size.Value, interval.Value = strconv.FormatInt(b.MiB, 10), strconv.FormatInt(b.Interval, 10)
	r := Files(b, p, l)
	r.Answer = fmt.Sprintf("SizeInMBs %d, IntervalInSeconds %d", b.MiB, b.Interval)
	comes := sized(arrivals(w.Records, float64(b.Interval))*w.KiB*1024, about)
	switch {
	case full <= float64(w.Wait) && raised:
		r.Words = fmt.Sprintf("Both can be had. The size cannot be less than %d MiB where the format is converted, so the interval keeps files as you want them: %d s bring %s, and no record waits longer.", b.MiB, b.Interval, comes)
	case full <= float64(w.Wait):
		r.Words = fmt.Sprintf("Both can be had. The size trips after %s s, so files hold %d MiB and no record waits longer; the interval of %d s ends a buffer only in quieter hours, and files are smaller then.", about(full), b.MiB, b.Interval)
	case full <= mostInterval:
		r.Words = fmt.Sprintf("Not both: in %d s come %s, and the interval trips before %d MiB are together. Files of %[3]d MiB need an IntervalInSeconds of %[4]s.", w.Wait, comes, w.MiB, number(math.Ceil(full)))
		if !raised {
			r.Words += " With the size as it is they come by themselves when the rate rises."
		}
	default:
		r.Words = fmt.Sprintf("Not both: in %d s come %s, and %d MiB need %s s, when the longest interval is %d s. Join the small files later, as a job over the bucket can, or let records of several sources share the stream.", w.Wait, comes, w.MiB, number(math.Ceil(full)), mostInterval)
	}
	r.Steps = append([]Step{size, interval}, r.Steps...)
	return r
}

// Retry is a writer whose calls may fail, or succeed unheard.
type Retry struct {
	Records  float64 // a second
	Failed   int64   // of 100 calls, that fail with an error the service answers
	Lost     int64   // of 100 calls, whose answer is lost after the work was done
	Attempts int64   // in all
	Base     int64   // milliseconds before the first retry at the most; doubles, with full jitter
	Timeout  int64   // milliseconds until an answer counts as lost
}

// Latency is that of a call in the lab, in milliseconds, on average.
const Latency = 30

// Retries says how often records are sent, how many come twice, and what retrying costs in time.
// Source of backoff with full jitter: AWS SDKs and Tools Reference Guide, "Retry behavior".
func Retries(x Retry) Result {
	e, a, n := float64(x.Failed)/100, float64(x.Lost)/100, x.Attempts
	again := 1 - (1-e)*(1-a)
	sent, delay := 0.0, 0.0
	base := float64(x.Base)
	for k := int64(0); k < n; k++ {
		sent += math.Pow(again, float64(k))
		if k > 0 && again > 0 {
			wait := (a*float64(x.Timeout) + (again-a)*Latency) / again
			delay += math.Pow(again, float64(k)) * (wait + min(base*math.Pow(2, float64(k-1)), 20_000)/2)
		}
	}
	never := math.Pow(e, float64(n))
	twice := sent*(1-e) - (1 - never)
	r := Result{Answer: about(twice*1000) + " duplicates in 1,000 records"}
	switch {
	case x.Lost == 0 && x.Failed == 0:
		r.Words = "Nothing fails, so nothing is sent twice."
	case x.Lost == 0:
		r.Words = "An error that the service answers makes no duplicates: nothing was written. Only an answer that is lost does."
	case n == 1:
		r.Words = "Without retries nothing comes twice, and the client does not know of " + about(a*(1-e)*1000) + " records in 1,000 that they are there."
	default:
		r.Words = fmt.Sprintf("A record whose answer is lost is there already and is sent again: %s in 1,000 come once more. A unique id in the record lets the reader know them.", about(twice*1000))
	}
	if x.Failed > 0 {
		r.Words += fmt.Sprintf(" After %s, %s in 1,000 are given up and not there.", count(n, "attempt"), about(never*1000))
	}
	r.Steps = []Step{
		{"tried again", fmt.Sprintf("1 − (1 − %s)(1 − %s)", number(e), number(a)), number(again)},
		{"sent for each record", fmt.Sprintf("Σ %s^k, k from 0 to %d", number(again), n-1), number(sent)},
		{"never written", fmt.Sprintf("%s^%d", number(e), n), number(never*1000) + " in 1,000"},
		{"written more than once", fmt.Sprintf("%s × (1 − %s) − (1 − %s)", number(sent), number(e), number(never)), number(twice*1000) + " in 1,000"},
		{"delay added, on average", "Σ of the waits, each with its chance: time-out or latency, then half the backoff", number(delay) + " ms"},
		{"requests", fmt.Sprintf("%s records/s × %s", number(x.Records), number(sent)), number(x.Records*sent) + " records/s sent"},
	}
	rate := min(max(x.Records, 50), 400)
	if x.Records < leastRecords {
		r.NoRun = "There is nothing to play."
		return r
	}
	const seconds = 180
	made := rate * seconds
	noise := func(share float64) float64 { return 4*math.Sqrt(share/made)*1000 + share*1000*.03 + .3 }
	r.Figures = []Figure{
		{Name: "Sent for each record", Unit: "", Formula: sent, Within: sent * .03},
		{Name: "Duplicates in 1,000 records", Unit: "", Formula: twice * 1000, Within: noise(twice)},
		{Name: "Given up in 1,000 records", Unit: "", Formula: never * 1000, Within: noise(never)},
		{Name: "Records that wait for a retry", Unit: "", Formula: rate * delay / 1000, Within: rate*delay/1000*.35 + 5*math.Sqrt(rate*delay/1000) + 2},
	}
	shards := int64(math.Ceil(rate*sent*2/1000)) + 1
	world := []command{stream(Retrying, shards), later("lab.PutProducer", members{"Name": Writer, "StreamName": Retrying, "RecordsPerSecond": rate, "RecordBytes": 100, "Batch": 1, "MessageIds": true, "TimeoutMillis": x.Timeout,
		"Keys": members{"Kind": "round-robin", "Names": keysFor(shards)}, "Retry": members{"Mode": "failed-entries", "Attempts": n, "BaseMillis": x.Base, "Queue": 20_000}})}
	if x.Failed > 0 {
		world = append(world, command{At: "11s", Do: "fis.CreateExperimentTemplate", With: members{"description": "Writes fail", "roleArn": "arn:aws:iam::123456789012:role/fis", "stopConditions": []members{{"source": "none"}},
			"targets": members{"streams": members{"resourceType": "aws:kinesis:stream", "selectionMode": "ALL", "resourceArns": []string{"arn:aws:kinesis:us-east-1:123456789012:stream/" + Retrying}}},
			"actions": members{"fail": members{"actionId": "aws:kinesis:stream-provisioned-throughput-exception", "parameters": members{"duration": "PT1H", "percentage": strconv.FormatInt(x.Failed, 10)}, "targets": members{"KinesisStreams": "streams"}}}}},
			command{At: "11s", Do: "fis.StartExperiment", With: members{"experimentTemplateId": fis.FirstTemplate(seed)}})
	}
	if x.Lost > 0 {
		world = append(world, command{At: "11s", Do: "lab.PutFault", With: members{"Name": "cable", "StreamName": Retrying, "Kind": "lost-answers", "Operations": []string{"PutRecord"}, "Percentage": x.Lost}})
	}
	r.Lab, r.Until = lab("retries-and-duplicates", ordered(world)...), (begin+seconds)*1e6
	return r
}
