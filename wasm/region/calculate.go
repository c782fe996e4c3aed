package region

import (
	"math"
	"time"

	"shardlab/wasm/aws"
	"shardlab/wasm/calculate"
	"shardlab/wasm/cloudwatch"
	"shardlab/wasm/firehose"
	"shardlab/wasm/pricing"
	"shardlab/wasm/sim"
)

// CalculateShardsInput says what is written to a provisioned stream and read from it.
type CalculateShardsInput struct {
	RecordsPerSecond *float64 `lab:"required" help:"records written a second"`
	RecordKiB        *float64 `lab:"required" help:"KiB of data and key of a record"`
	Consumers        *int64   `json:",omitempty" help:"how many read everything; 1 when left out"`
	FanOut           *bool    `json:",omitempty" help:"they read with enhanced fan-out"`
	Compare          *bool    `json:",omitempty" help:"beside the formula, what the run of these numbers gave: in its Lab, at Until"`
}

// CalculateCostInput says what a stream is used for.
type CalculateCostInput struct {
	RecordsPerSecond *float64 `lab:"required" help:"records written a second"`
	RecordKiB        *float64 `lab:"required" help:"KiB of data and key of a record"`
	Consumers        *int64   `json:",omitempty" help:"how many read everything; 1 when left out"`
	RetentionHours   *int64   `json:",omitempty" help:"for how long records are kept, 24 to 8,760; 24 when left out"`
	Advantage        *bool    `json:",omitempty" help:"the run is of an account that is committed to On-demand Advantage"`
	Compare          *bool    `json:",omitempty" help:"beside the formula, what the run of these numbers gave: in its Lab, at Until"`
}

// CalculateBufferInput says what a Firehose stream takes and how it buffers.
type CalculateBufferInput struct {
	RecordsPerSecond  *float64 `lab:"required" help:"records put a second"`
	RecordKiB         *float64 `lab:"required" help:"KiB of a record"`
	SizeInMBs         *int64   `json:",omitempty" help:"of the buffer, 1 to 128; 5 when left out"`
	IntervalInSeconds *int64   `json:",omitempty" help:"of the buffer, 1 to 900; 300 when left out"`
	Compare           *bool    `json:",omitempty" help:"beside the formula, what the run of these numbers gave: in its Lab, at Until"`
}

// CalculateHintsInput says what a Firehose stream takes and what is wanted of its files.
type CalculateHintsInput struct {
	RecordsPerSecond *float64 `lab:"required" help:"records put a second"`
	RecordKiB        *float64 `lab:"required" help:"KiB of a record"`
	WaitSeconds      *int64   `json:",omitempty" help:"that a record may wait in the buffer, 1 to 900; 300 when left out"`
	FileMiB          *int64   `json:",omitempty" help:"that a file shall hold, 1 to 128; 64 when left out"`
	Converted        *bool    `json:",omitempty" help:"the stream converts the format: SizeInMBs is 64 at least"`
	Compare          *bool    `json:",omitempty" help:"beside the formula, what the run of these numbers gave: in its Lab, at Until"`
}

// CalculateRetriesInput says how a writer's calls go and how it tries again.
type CalculateRetriesInput struct {
	RecordsPerSecond *float64 `lab:"required" help:"records made a second"`
	FailedPercentage *int64   `json:",omitempty" help:"of calls that fail with an error, 0 to 90; 0 when left out"`
	LostPercentage   *int64   `json:",omitempty" help:"of calls whose answer is lost, 0 to 90; 0 when left out"`
	Attempts         *int64   `json:",omitempty" help:"attempts in all, 1 to 10; 3 when left out"`
	BaseMillis       *int64   `json:",omitempty" help:"delay before the first retry at the most, which doubles; 100 when left out"`
	TimeoutMillis    *int64   `json:",omitempty" help:"until an answer counts as lost, 100 to 60,000; 1,000 when left out"`
	Compare          *bool    `json:",omitempty" help:"beside the formula, what the run of these numbers gave: in its Lab, at Until"`
}

func calculateOperations() []aws.Operation {
	return []aws.Operation{
		labRow("CalculateShards", "Compute how many shards a provisioned stream needs.", CalculateShardsInput{}, calculate.Result{}),
		labRow("CalculateCost", "Compute what a stream costs in each way to run it.", CalculateCostInput{}, calculate.Result{}),
		labRow("CalculateBuffer", "Compute which limit of a Firehose buffer trips first, and what files come of it.", CalculateBufferInput{}, calculate.Result{}),
		labRow("CalculateHints", "Choose the BufferingHints of a Firehose stream by how long a record may wait and what a file shall hold.", CalculateHintsInput{}, calculate.Result{}),
		labRow("CalculateRetries", "Compute how often records are sent and how many come twice.", CalculateRetriesInput{}, calculate.Result{}),
	}
}

// Bounds of what is calculated, so that all sums stay whole numbers of 64 bits. Ours.
const (
	mostRate     = 1e6
	mostKiB      = 10 << 10 // Source: Developer Guide, quotas: the largest record
	mostCapacity = 64 << 20 // KiB a second
)

// doCalculate runs the calculations; known says that the operation is one.
func (r *Region) doCalculate(op string, body []byte) (out any, faults Faults, err error, known bool) {
	number := func(path string, v *float64, low, high float64) float64 {
		if v == nil {
			faults.Add(path, "left out")
			return 0
		}
		if !(*v >= low && *v <= high) {
			faults.Add(path, "%v is outside %s to %s", *v, Decimal(low), Decimal(high))
		}
		return *v
	}
	whole := func(path string, v *int64, preset, low, high int64) int64 {
		if v == nil {
			return preset
		}
		if *v < low || *v > high {
			faults.Add(path, "%d is outside %s to %s", *v, Number(low), Number(high))
		}
		return *v
	}
	traffic := func(records, kib *float64, consumers *int64) calculate.Traffic {
		t := calculate.Traffic{Records: number("RecordsPerSecond", records, 0, mostRate), KiB: number("RecordKiB", kib, .05, mostKiB), Consumers: whole("Consumers", consumers, 1, 0, 50)}
		if len(faults) == 0 && t.Records*t.KiB > mostCapacity {
			faults.Add("RecordKiB", "RecordsPerSecond times RecordKiB is above 64 GiB a second")
		}
		return t
	}
	delivered := func(records, kib *float64) calculate.Traffic {
		t := traffic(records, kib, nil)
		if t.KiB > 1000 {
			faults.Add("RecordKiB", "%v is above 1,000: Firehose takes records of 1,000 KiB", t.KiB)
		}
		return t
	}
	yes := func(v *bool) bool { return v != nil && *v }
	var result calculate.Result
	var measure func(int) (float64, bool)
	compare := false
	prices := pricing.PricesOf(r.cfg.Profile)
	switch op {
	case "CalculateShards":
		var in CalculateShardsInput
		if faults = Decode(body, "", &in); len(faults) > 0 {
			break
		}
		t := traffic(in.RecordsPerSecond, in.RecordKiB, in.Consumers)
		if t.FanOut = yes(in.FanOut); len(faults) == 0 {
			result = calculate.Shards(t, r.calculateLimits())
		}
		compare, measure = yes(in.Compare), func(i int) (float64, bool) { return r.measureShards(i, t) }
	case "CalculateCost":
		var in CalculateCostInput
		if faults = Decode(body, "", &in); len(faults) > 0 {
			break
		}
		t := traffic(in.RecordsPerSecond, in.RecordKiB, in.Consumers)
		hours := whole("RetentionHours", in.RetentionHours, 24, 24, 8760)
		if yes(in.Advantage) && prices.Profile == "2024" {
			faults.Add("Advantage", "On-demand Advantage is of November 2025: the profile 2024 has none")
		}
		if len(faults) == 0 {
			result = calculate.Cost(t, hours, yes(in.Advantage), prices, r.calculateLimits())
		}
		compare, measure = yes(in.Compare), func(i int) (float64, bool) { return r.measureCost(i, yes(in.Advantage)) }
	case "CalculateBuffer":
		var in CalculateBufferInput
		if faults = Decode(body, "", &in); len(faults) > 0 {
			break
		}
		t := delivered(in.RecordsPerSecond, in.RecordKiB)
		b := calculate.Buffer{Records: t.Records, KiB: t.KiB, MiB: whole("SizeInMBs", in.SizeInMBs, 5, 1, 128), Interval: whole("IntervalInSeconds", in.IntervalInSeconds, 300, 1, 900)}
		if len(faults) == 0 {
			result = calculate.Files(b, prices, r.calculateLimits())
		}
		compare, measure = yes(in.Compare), r.measureBuffer
	case "CalculateHints":
		var in CalculateHintsInput
		if faults = Decode(body, "", &in); len(faults) > 0 {
			break
		}
		t := delivered(in.RecordsPerSecond, in.RecordKiB)
		w := calculate.Wish{Records: t.Records, KiB: t.KiB, Wait: whole("WaitSeconds", in.WaitSeconds, 300, 1, 900), MiB: whole("FileMiB", in.FileMiB, 64, 1, 128), Converted: yes(in.Converted)}
		if len(faults) == 0 {
			result = calculate.Hints(w, prices, r.calculateLimits())
		}
		compare, measure = yes(in.Compare), r.measureBuffer
	case "CalculateRetries":
		var in CalculateRetriesInput
		if faults = Decode(body, "", &in); len(faults) > 0 {
			break
		}
		x := calculate.Retry{Records: number("RecordsPerSecond", in.RecordsPerSecond, 0, mostRate), Failed: whole("FailedPercentage", in.FailedPercentage, 0, 0, 90), Lost: whole("LostPercentage", in.LostPercentage, 0, 0, 90),
			Attempts: whole("Attempts", in.Attempts, 3, 1, 10), Base: whole("BaseMillis", in.BaseMillis, 100, 1, 20_000), Timeout: whole("TimeoutMillis", in.TimeoutMillis, 1000, 100, 60_000)}
		if len(faults) == 0 {
			result = calculate.Retries(x)
		}
		compare, measure = yes(in.Compare), r.measureRetries
	default:
		return nil, nil, nil, false
	}
	if len(faults) > 0 {
		return nil, faults, nil, true
	}
	if compare {
		if at := r.bill.Since().Add(time.Duration(result.Until) * time.Microsecond); result.Lab == nil || r.Now() < at {
			return nil, nil, aws.Errorf(aws.InvalidArgument, "There is nothing to compare with yet: the run of these numbers stands at its instant %s.", Millis(result.Until/1000)).
				WithHint("Open the Lab of the answer without Compare, and let it run until then."), true
		}
		for i := range result.Figures {
			v, ok := measure(i)
			if !ok {
				return nil, nil, aws.Errorf(aws.InvalidArgument, "This lab is not the run of these numbers.").WithHint("Open the Lab of the answer without Compare."), true
			}
			result.Figures[i] = result.Figures[i].Measured(v)
		}
	}
	return result, nil, nil, true
}

func (r *Region) calculateLimits() calculate.Limits {
	l := r.kinesis.Limits()
	out := calculate.Limits{Capacity: pricing.Capacity{Records: l.ShardRecordsPerSecond, Bytes: l.ShardBytesPerSecond, ReadBytes: l.ShardReadBytesPerSecond}}
	out.FirehoseRecords, out.FirehoseBytes = firehose.PutQuota(r.cfg.Name)
	return out
}

// measuredOver is the time before now over which a run is measured.
const measuredOver = time.Minute

// lately is the sum of a metric over that time.
func (r *Region) lately(metric string, d cloudwatch.Dims) float64 {
	v, _ := r.meter.Over(metric, d, sim.Instant(r.Now().Second()*1e6), measuredOver, cloudwatch.Sum)
	return v
}

// measureShards is what a run gave for a figure of [calculate.Shards]: two for each of its streams, what was refused and what was read.
func (r *Region) measureShards(i int, t calculate.Traffic) (float64, bool) {
	st, ok := r.kinesis.Stream([]string{calculate.Enough, calculate.Short}[i/2])
	if !ok {
		return 0, false
	}
	d := cloudwatch.Dims{Stream: st.Name(), Shard: cloudwatch.StreamLevel}
	if i%2 == 0 {
		refused, taken := r.lately(cloudwatch.WriteProvisionedThroughputExceeded, d), r.lately(cloudwatch.IncomingRecords, d)
		return 100 * refused / max(1, refused+taken), true
	}
	bytes, records := r.lately(cloudwatch.GetRecordsBytes, d), r.lately(cloudwatch.GetRecordsRecords, d)
	for _, c := range st.Consumers() {
		d.Consumer = c.Name()
		bytes += r.lately(cloudwatch.SubscribeToShardEventBytes, d)
		records += r.lately(cloudwatch.SubscribeToShardEventRecords, d)
	}
	return bytes / measuredOver.Seconds() / 1024, true
}

// measureCost is what an hour of a figure's way costs in a run of [calculate.Cost].
func (r *Region) measureCost(i int, advantage bool) (float64, bool) {
	name := []string{calculate.Provisioned, calculate.FanOut, calculate.OnDemand, calculate.OnDemandFanOut}[i]
	if advantage { // the account's own lines are a part of it
		_, ok := r.kinesis.Stream(calculate.OnDemand)
		return float64(r.Bill("").PerHour) / 1e9, ok && r.kinesis.Advantage()
	}
	_, ok := r.kinesis.Stream(name)
	return float64(r.Bill(name).PerHour) / 1e9, ok
}

// measureBuffer is what a run gave for a figure of [calculate.Files].
func (r *Region) measureBuffer(i int) (float64, bool) {
	st, ok := r.firehose.Stream(calculate.Delivering)
	if !ok {
		return 0, false
	}
	t := st.Total()
	switch i {
	case 0:
		return float64(t.Deliveries), true
	case 1:
		return float64(t.DeliveredBytes) / float64(max(1, t.Deliveries)) / (1 << 20), true
	}
	return float64(r.Bill(FirehoseRef(calculate.Delivering)).Total) / 1e9 / (r.Now().Sub(r.bill.Since()) - calculate.Begin).Hours(), true
}

// measureRetries is what a run gave for a figure of [calculate.Retries].
func (r *Region) measureRetries(i int) (float64, bool) {
	p, ok := r.Producer(calculate.Writer)
	if !ok || p.Settings().StreamName != calculate.Retrying {
		return 0, false
	}
	t := p.Total()
	made := float64(max(1, t.Made))
	return math.Max(0, []float64{(made + float64(t.Retried)) / made, float64(t.Duplicates) / made * 1000, float64(t.Lost) / made * 1000, float64(p.Waiting())}[i]), true
}
