package region

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"shardlab/wasm/aws"
	"shardlab/wasm/firehose"
	"shardlab/wasm/iam"
	"shardlab/wasm/kinesis"
	"shardlab/wasm/load"
	"shardlab/wasm/protocol"
	"shardlab/wasm/sim"
)

// deliveryRole is the role that Firehose's console makes: it may do all that a Firehose stream has to, also when IAM has none of
// that name.
const deliveryRole = "firehose_delivery_role"

// Firehose is the Firehose streams, to look at.
func (r *Region) Firehose() *firehose.Service { return r.firehose }

// deliveries is the world as Firehose meets it.
func (r *Region) deliveries() firehose.World {
	there := func(arn string) bool {
		_, ok := r.iam.Principal(roleName(arn), "")
		return ok
	}
	return firehose.World{Sched: r.sched, Owner: ownerFirehose, Meter: r.meter, S3: r.s3, Sink: r.sink, Keys: r.kms, Source: source{r}, JQ: r.cfg.JQ, Table: r.tableOf, Notify: r.firehoseNotice,
		Role: func(arn string) bool { return roleName(arn) == deliveryRole || there(arn) },
		As: func(arn, stream string) string {
			if roleName(arn) == deliveryRole && !there(arn) {
				return ""
			}
			return r.actAs(roleName(arn), stream)
		},
		Access: func(principal, action, arn string, tags, given map[string]string) error {
			return asError(r.iam.Authorize(iam.Query{As: principal, Action: action, Resource: arn, Facts: tagFacts(kinesis.Resource{Tags: tags, Given: given})}))
		},
		Invoke: func(as, arn string, payload []byte) ([]byte, time.Duration, string, error) {
			if as != "" {
				if err := r.iam.Authorize(iam.Query{As: as, Action: "lambda:InvokeFunction", Resource: arn}); err != nil {
					return nil, 0, "", err
				}
			}
			return r.lambda.Call(arn, payload)
		},
	}
}

// source is Data Streams as Firehose reads it.
type source struct{ r *Region }

// stream finds a stream and has a principal act until done is called.
func (x source) stream(as, name, op string) (st *kinesis.Stream, done func(), err error) {
	x.r.kinesis.ActAs(as)
	done = func() { x.r.kinesis.ActAs("") }
	st, ok := x.r.kinesis.Stream(name)
	if !ok || st.Status() == kinesis.Creating || st.Status() == kinesis.Deleting {
		return nil, done, aws.Errorf(aws.ResourceNotFound, "Stream %s under account %s not found.", name, x.r.cfg.Account)
	}
	if op != "" {
		err = x.r.kinesis.Allow(op, st.ARN())
	}
	return st, done, err
}

func (x source) Shards(as, stream string) (shards []firehose.SourceShard, made sim.Instant, err error) {
	st, done, err := x.stream(as, stream, "ListShards")
	defer done()
	if err != nil {
		return nil, 0, err
	}
	for _, sh := range st.Shards() {
		shards = append(shards, firehose.SourceShard{Number: sh.Number(), ID: sh.ID(), Parents: sh.Parents(), Open: sh.Open()})
	}
	return shards, st.Created(), nil
}

func (x source) Begin(as, stream string, shard int32, latest bool) (int64, error) {
	st, done, err := x.stream(as, stream, "")
	defer done()
	if err != nil {
		return 0, err
	}
	from := kinesis.Position{Type: kinesis.TrimHorizon}
	if latest {
		from.Type = kinesis.Latest
	}
	c, err := x.r.kinesis.Iterate(st, shard, from)
	return c.Index, err
}

func (x source) Read(as, stream string, shard int32, next int64) (b firehose.SourceBatch, err error) {
	st, done, err := x.stream(as, stream, "")
	defer done()
	if err != nil {
		return b, err
	}
	answer, err := x.r.kinesis.Read(st, kinesis.Cursor{Shard: shard, Index: next, Issued: x.r.Now()}, 0)
	if err != nil {
		return b, err
	}
	b = firehose.SourceBatch{Bytes: answer.Bytes, Next: answer.Next.Index, End: answer.End, MillisBehind: answer.MillisBehind}
	for i := range answer.Len() {
		rec, place := answer.Record(i)
		b.Records = append(b.Records, firehose.Record{Data: rec.Data, From: &firehose.Origin{Shard: answer.Shard().ID(), Sequence: answer.Shard().SequenceNumber(place, rec.At), PartitionKey: rec.Key, Arrival: rec.At}})
	}
	return b, nil
}

func (x source) Retention(stream string) time.Duration {
	if st, ok := x.r.kinesis.Stream(stream); ok {
		return st.Retention()
	}
	return 0
}

// firehoseNotice tells what befell a Firehose stream.
func (r *Region) firehoseNotice(n firehose.Notice) {
	st := n.Stream
	name := st.Name()
	e := Event{Kind: protocol.EventDelivery, Level: Info, Ref: FirehoseRef(name), Count: n.N}
	records := Count(n.N, "record")
	what := map[string]string{"backup": "the source records' backup", "errors": "the records that failed"}[n.Status]
	switch n.Kind {
	case firehose.StatusChanged:
		e.Kind, e.Mark = protocol.EventStreamStatus, true
		switch n.Status {
		case firehose.Creating:
			e.Text = fmt.Sprintf("Firehose stream %s is CREATING: it takes records once it is ACTIVE.", name)
		case firehose.Active:
			bytes, interval := st.Hints()
			e.Level = Good
			e.Text = fmt.Sprintf("Firehose stream %s is ACTIVE: it delivers to %s whenever %s or %s have come together, whichever is first.", name, st.Destination(), Bytes(bytes), Millis(interval.Milliseconds()))
			if from := st.SourceStream(); from != "" {
				e.Text += fmt.Sprintf(" It reads %s once a second, from the newest record on.", from)
			}
		case firehose.Deleting:
			e.Text = fmt.Sprintf("Firehose stream %s is DELETING.", name)
		default:
			e.Ref, e.Text = "", fmt.Sprintf("Firehose stream %s is gone.", name)
		}
	case firehose.Updated:
		e.Mark, e.Text = true, fmt.Sprintf("The destination of Firehose stream %s is changed: its configuration is version %d.", name, n.N)
	case firehose.EncryptionChanged:
		e.Mark, e.Text = true, fmt.Sprintf("Encryption at rest of Firehose stream %s is %s.", name, n.Status)
	case firehose.Throttled:
		e.Level = Bad
		if !r.gather(topic{kind: protocol.EventDelivery, actor: name, how: n.Why}, n.N, 0) {
			return
		}
		e.Mark, e.Text = true, fmt.Sprintf("Firehose stream %s begins to refuse records: its %s a second are used up. Slow down.", name, quotaWords(st, n.Why))
	case firehose.QuotaGrew:
		e.Level, e.Mark = Good, true
		e.Text = fmt.Sprintf("Firehose stream %s was throttled for a minute and scales itself: it takes %s a second from now on.", name, Bytes(n.N))
	case firehose.SourceBlocked:
		e.Level, e.Mark, e.Kind = Bad, true, protocol.EventBehind
		e.Text = fmt.Sprintf("Firehose stream %s cannot read: %s.", name, Barred(n.Why, st.SourceStream(), "its role", "read"))
	case firehose.SourceBack:
		e.Level, e.Text = Good, fmt.Sprintf("Firehose stream %s can read %s again.", name, st.SourceStream())
	case firehose.SourceEnded:
		e.Text = fmt.Sprintf("Firehose stream %s has read the closed %s to its end.", name, n.Why)
	case firehose.SourceHeld:
		e.Level, e.Mark = Warn, true
		e.Text = fmt.Sprintf("Firehose stream %s reads no more from %s for a while: %s wait.", name, st.SourceStream(), Count(n.N, "delivery that failed"))
		e.Text = strings.Replace(e.Text, "deliverys that failed", "deliveries that failed", 1)
	case firehose.Flushed:
		why := map[string]string{"size": "it was full", "time": "its time was up"}[n.Why]
		buffer := "buffer"
		if what != "" {
			buffer = "buffer for " + what
		}
		e.Flush = true
		e.Text = fmt.Sprintf("The %s of %s goes out because %s: %s, %s.", buffer, name, why, records, Bytes(n.Bytes))
	case firehose.Delivered, firehose.DeliveryBack:
		e.Level = Good
		to := n.To
		if n.Key != "" {
			e.Ref, to = ObjectRef(n.To, n.Key), n.To+" as "+n.Key
		}
		e.Text = fmt.Sprintf("%s delivered %s to %s.", name, records, to)
		if n.Kind == firehose.DeliveryBack {
			e.Mark, e.Text = true, fmt.Sprintf("%s delivered %s to %s, at the %s attempt.", name, records, to, ordinal(n.Attempts))
		}
		if what != "" {
			e.Level, e.Text = Info, e.Text+" They are "+what+"."
		}
	case firehose.DeliveryFailed:
		e.Level, e.Mark = Bad, true
		e.Text = fmt.Sprintf("%s could not deliver %s to %s and tries again: %s. %s", name, records, n.To, n.Why, n.Text)
	case firehose.BackedUp:
		e.Level, e.Mark = Bad, true
		e.Text = fmt.Sprintf("%s gave up delivering %s after %s (%s): they go to %s.", name, records, Count(n.Attempts, "attempt"), n.Why, n.To)
	case firehose.DocumentsFailed:
		e.Level, e.Mark = Warn, true
		e.Text = fmt.Sprintf("%s refused %s of a delivery of %s (%s: %s): they go to %s.", st.Destination(), records, name, n.Why, n.Text, n.To)
	case firehose.ProcessingFailed:
		if !r.news(topic{kind: protocol.EventDelivery, actor: name, op: "process", how: n.Why}) {
			return // the sheet counts them
		}
		e.Level, e.Mark = Warn, true
		e.Text = fmt.Sprintf("%s of %s failed in processing (%s: %s) and go where failed records go.", records, name, n.Why, n.Text)
	case firehose.ProcessingWaits:
		if !r.news(topic{kind: protocol.EventDelivery, actor: name, op: "wait"}) {
			return
		}
		e.Level, e.Mark = Warn, true
		e.Text = fmt.Sprintf("What comes into %s waits: %s. It is tried again each second.", name, n.Text)
	case firehose.PartitionsFull:
		if !r.news(topic{kind: protocol.EventDelivery, actor: name, op: "partition"}) {
			return
		}
		e.Level, e.Mark = Bad, true
		e.Text = fmt.Sprintf("%s has as many active partitions as it may: %s of others go where failed records go.", name, records)
	case firehose.BufferGrew:
		e.Mark, e.Text = true, fmt.Sprintf("Deliveries of %s are behind, so it buffers more at a time: %d MiB.", name, n.N)
	case firehose.Lost:
		e.Level, e.Mark, e.Kind = Bad, true, protocol.EventLost
		e.Text = fmt.Sprintf("%s of %s are lost: nobody took them in time (%s).", records, name, n.Why)
		if n.Why == "delete" {
			e.Text = fmt.Sprintf("%s that %s had not delivered are lost with it.", records, name)
		}
	}
	if n.N == 1 {
		e.Text = strings.NewReplacer(" are lost", " is lost", " go where", " goes where", "They are ", "It is ", ": they go to", ": it goes to").Replace(e.Text)
	}
	r.Say(e)
}

// quotaWords is a limit of Direct PUT in words.
func quotaWords(st *firehose.Stream, why string) string {
	records, requests, bytes := st.Throughput()
	switch why {
	case "records":
		return Count(records, "record")
	case "requests":
		return Count(requests, "request")
	}
	return Bytes(bytes)
}

// FirehoseSheet is what there is to know of a Firehose stream.
func (r *Region) FirehoseSheet(name string) (protocol.Sheet, bool) {
	st, ok := r.firehose.Stream(name)
	if !ok {
		return protocol.Sheet{}, false
	}
	now, t := r.Now(), st.Total()
	mono := func(name, value string) []protocol.Cell {
		return []protocol.Cell{{Text: name}, {Text: value, Mono: true}}
	}
	size, interval := st.Hints()
	config := st.Config()
	is := protocol.Section{Title: "Firehose stream", Rows: [][]protocol.Cell{row("State", st.Status()), mono("ARN", st.ARN()), row("VersionId", fmt.Sprint(st.Version())), row("Delivers to", st.Destination())}}
	if from := st.SourceStream(); from != "" {
		note := Millis(st.MillisBehind()) + " behind"
		switch {
		case st.Blocked() != "":
			note = "cannot read: " + Barred(st.Blocked(), from, "its role", "read")
		case st.Halted():
			note = "not read while deliveries wait"
		}
		is.Rows = append(is.Rows, []protocol.Cell{{Text: "Reads"}, {Text: from, Ref: StreamRef(from), Mono: true, Note: note}})
	} else {
		records, requests, bytes := st.Throughput()
		is.Rows = append(is.Rows, row("Takes a second", Count(records, "record")+", "+Count(requests, "request")+", "+Bytes(bytes)))
	}
	for _, c := range []struct{ name, member string }{{"Bucket", ""}, {"Bucket", "S3Configuration."}, {"Backup bucket", "S3BackupConfiguration."}} {
		if arn := config.Text(c.member + "BucketARN"); arn != "" {
			_, bucket, _ := strings.Cut(arn, ":::")
			is.Rows = append(is.Rows, []protocol.Cell{{Text: c.name}, {Text: bucket, Ref: BucketRef(bucket), Mono: true}})
		}
	}
	settings := []byte(config.JSON())
	if arn, does := st.Transforms(); arn != "" {
		note := ""
		if !does {
			note = "not now: processing is not enabled"
		}
		arn = strings.TrimSuffix(arn, ":$LATEST")
		function := arn[strings.LastIndexByte(arn, ':')+1:]
		is.Rows = append(is.Rows, []protocol.Cell{{Text: "Transformed by"}, {Text: function, Ref: functionRef + function, Mono: true, Note: note}})
		if f, _, ok := r.lambda.Function(function); ok && f.Code != "" { // a form offers it to be changed
			settings = append(append(settings[:len(settings)-1], `,"Code":`...), JSON(f.Code)...)
			settings = append(settings, '}')
		}
	}
	is.Rows = append(is.Rows, row("Buffer", Bytes(size)+" or "+Millis(interval.Milliseconds())+", whichever comes first"))
	sections := []protocol.Section{is}
	buffers := protocol.Section{Title: "What it buffers", Head: []string{"For", "Records", "Bytes", "Full at", "Goes in", "What trips first"}}
	for _, b := range st.Buffers() {
		what := cmp.Or(b.Key, b.Target)
		buffers.Rows = append(buffers.Rows, []protocol.Cell{{Text: what}, {Text: Number(b.Records)}, {Text: Bytes(b.Bytes)}, {Text: Bytes(b.Size)}, {Text: Millis(b.DueAt.Sub(now).Milliseconds())}, {Text: tripsFirst(b, now)}})
	}
	if records, bytes := st.Waiting(); records > 0 {
		buffers.Rows = append(buffers.Rows, []protocol.Cell{{Text: "the processor"}, {Text: Number(records)}, {Text: Bytes(bytes)}, {}, {}, {}})
	}
	if len(buffers.Rows) > 0 {
		sections = append(sections, buffers)
	}
	open := protocol.Section{Title: "Deliveries under way", Head: []string{"Oldest record", "Records", "Bytes", "Attempts", "Next", "Last failure"}}
	for _, x := range st.Undelivered() {
		next := "answer in " + Millis(x.NextAt.Sub(now).Milliseconds())
		if !x.Asking {
			next = "tried again in " + Millis(x.NextAt.Sub(now).Milliseconds())
		}
		open.Rows = append(open.Rows, []protocol.Cell{{Text: Millis(now.Sub(x.Oldest).Milliseconds()) + " old"}, {Text: Number(x.Records)}, {Text: Bytes(x.Bytes)}, {Text: Number(x.Attempts)}, {Text: next}, {Text: strings.TrimSpace(x.Code + " " + x.Message)}})
	}
	if len(open.Rows) > 0 {
		sections = append(sections, open)
	}
	shards := protocol.Section{Title: "Its source", Head: []string{"Shard", "Records read", "Behind"}}
	for _, x := range st.Readers() {
		behind := Millis(x.Lag)
		if x.Ended {
			behind = "read to its end"
		}
		shards.Rows = append(shards.Rows, []protocol.Cell{{Text: x.ID, Ref: ShardRef(st.SourceStream(), x.Shard), Mono: true}, {Text: Number(x.Read)}, {Text: behind}})
	}
	if len(shards.Rows) > 0 {
		sections = append(sections, shards)
	}
	all := protocol.Section{Title: "In all", Rows: [][]protocol.Cell{row("Records taken", Number(t.Records)), row("Bytes taken", Bytes(t.Bytes)), row("Records refused", Number(t.Throttled)),
		row("Records delivered", Number(t.Delivered)), row("Deliveries", Number(t.Deliveries)), row("Deliveries that failed", Number(t.Retries)), row("Source records backed up", Number(t.BackedUp)),
		row("Records that failed in processing", Number(t.ProcessingFailures)), row("Records written to the error place", Number(t.FailedRecords)), row("Dropped by a function", Number(t.DroppedRecords)), row("Lost", Number(t.LostRecords))}}
	sections = append(sections, all)
	d := firehose.Dims(name)
	metrics := protocol.Section{Title: "Metrics"}
	for _, k := range r.meter.Keys() {
		if k.Dims == d && !strings.HasPrefix(k.Metric, "bill/") {
			metrics.Rows = append(metrics.Rows, []protocol.Cell{{Text: k.Metric, Ref: MetricRef(k.Metric, d), Mono: true}})
		}
	}
	if len(metrics.Rows) > 0 {
		sections = append(sections, metrics)
	}
	flag := " --delivery-stream-name " + name
	return protocol.Sheet{Ref: FirehoseRef(name), Kind: "Firehose stream", Title: name, Sections: sections, Settings: settings,
		Commands: []string{"aws firehose describe-delivery-stream" + flag, "aws firehose put-record" + flag + " --record '{\"Data\":\"aGVsbG8K\"}'", "aws firehose delete-delivery-stream" + flag}}, true
}

// tripsFirst says what lets a buffer go first as it fills now: its size or its time.
func tripsFirst(b firehose.Buffer, now sim.Instant) string {
	age := now.Sub(b.Since)
	if age <= 0 || b.Bytes == 0 {
		return "time"
	}
	full := time.Duration(float64(age) * float64(b.Size) / float64(b.Bytes))
	if full < b.DueAt.Sub(b.Since) {
		return "size, in " + Millis((full - age).Milliseconds())
	}
	return "time, in " + Millis(b.DueAt.Sub(now).Milliseconds())
}

// deliver lets a client put records into Firehose streams as a principal.
func (r *Region) deliver(as string) load.Deliver {
	return func(stream string, data [][]byte, told func(int, bool)) error {
		r.firehose.ActAs(as)
		defer r.firehose.ActAs("")
		numbers := make([]int64, len(data))
		if _, err := r.firehose.Put(stream, data, numbers, len(data) > 1); err != nil {
			return err
		}
		for i, n := range numbers {
			told(i, n != 0)
		}
		return nil
	}
}

// PutDeliveryStreamOptionsInput changes what AWS has no operation for.
type PutDeliveryStreamOptionsInput struct {
	DeliveryStreamName *string `lab:"required" help:"the Firehose stream's name"`
	AutoRaise          *bool   `json:",omitempty" help:"whether its buffers grow by themselves while deliveries are behind; at first they do not"`
	MaxPartitions      *int64  `json:",omitempty" help:"partitions that may be active at once, 1 to 2,500; 500 at first"`
	NewObjectOnRetry   *bool   `json:",omitempty" help:"whether an object that is put again gets a new name, so that a lost answer makes a duplicate"`
}

func firehoseOperations() []aws.Operation {
	return []aws.Operation{labRow("PutDeliveryStreamOptions", "Change of a Firehose stream what AWS has no operation for.", PutDeliveryStreamOptionsInput{}, firehose.Options{})}
}

// doFirehose runs an operation of service "lab" on Firehose streams; known says that it is one.
func (r *Region) doFirehose(op string, body []byte) (out any, faults Faults, err error, known bool) {
	if op != "PutDeliveryStreamOptions" {
		return nil, nil, nil, false
	}
	var in PutDeliveryStreamOptionsInput
	if faults = Decode(body, "", &in); len(faults) > 0 {
		return nil, faults, nil, true
	}
	if in.DeliveryStreamName == nil {
		faults.Add("DeliveryStreamName", "left out: say which one")
	}
	if n := in.MaxPartitions; n != nil && (*n < 1 || *n > mostPartitions) {
		faults.Add("MaxPartitions", "%s is outside 1 to %s", Number(*n), Number(mostPartitions))
	}
	if len(faults) > 0 {
		return nil, faults, nil, true
	}
	out, err = r.firehose.SetOptions(*in.DeliveryStreamName, func(o *firehose.Options) {
		if in.AutoRaise != nil {
			o.AutoRaise = *in.AutoRaise
		}
		if in.MaxPartitions != nil {
			o.MaxPartitions = *in.MaxPartitions
		}
		if in.NewObjectOnRetry != nil {
			o.NewObjectOnRetry = *in.NewObjectOnRetry
		}
	})
	return out, nil, err, true
}

// mostPartitions is how many active partitions AWS grants on request. Source: Developer Guide of Firehose, "Amazon Data Firehose Quota".
const mostPartitions = 2500
