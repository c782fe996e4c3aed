package region

import (
	"cmp"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"shardlab/wasm/aws"
	"shardlab/wasm/consumer"
	"shardlab/wasm/kinesis"
	"shardlab/wasm/load"
	"shardlab/wasm/producer"
)

// MaxActors is how many clients of a kind a world has at most.
const MaxActors = 200

// checkName says what is wrong with an actor's name.
func checkName(path string, name *string, faults *Faults) {
	if name == nil || *name == "" {
		faults.Add(path, "left out: name it, with letters, digits, dots, dashes and underscores")
		return
	}
	bad := func(c rune) bool {
		return !(c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-' || c == '_' || c == '.')
	}
	if len(*name) > 64 || strings.ContainsFunc(*name, bad) {
		faults.Add(path, "%q is no name here: use at most 64 letters, digits, dots, dashes and underscores", *name)
	}
}

// between checks a whole number that may be left out, and puts it in place.
func between(path string, n *int64, low, high int64, into *int, faults *Faults) {
	switch {
	case n == nil:
	case *n < low || *n > high:
		faults.Add(path, "%s is outside %s to %s", Number(*n), Number(low), Number(high))
	default:
		*into = int(*n)
	}
}

// checkStream says what is wrong with the name of the stream that an actor is about, and puts it in place; need says why a new
// one has to name it, and barred why that cannot be a Firehose stream.
func (r *Region) checkStream(name *string, exists bool, need, barred string, into *string, faults *Faults) {
	switch {
	case name == nil && !exists:
		faults.Add("StreamName", "left out: %s", need)
	case name == nil:
	case *name == "" || len(*name) > 128:
		faults.Add("StreamName", "%q is no name of a stream", *name)
	case r.onlyFirehose(*name) || barred != cannotName && strings.HasPrefix(*name, load.ToFirehose("")):
		faults.Add("StreamName", "%s is a Firehose stream, and %s", *name, barred)
	default:
		*into = *name
	}
}

// onlyFirehose says whether a Firehose stream has that name, and no stream.
func (r *Region) onlyFirehose(name string) bool {
	_, delivers := r.firehose.Stream(name)
	_, there := r.kinesis.Stream(name)
	return delivers && !there
}

// Why no client can be about a Firehose stream.
// Source: Developer Guide of Amazon Data Firehose: it has no shards, no iterators and no GetRecords; KPL Developer Guide: the KPL
// writes to Kinesis Data Streams.
const (
	cannotRead  = "nobody reads from one: it has no shards and keeps no records, so neither a consumer nor the KCL nor Spark can. Read the stream that it reads, or what it delivers"
	cannotName  = "a producer puts to one that is named by DeliveryStreamName: --delivery-stream-name"
	cannotWrite = "this client writes to streams of Kinesis Data Streams. Write to a stream, and have the Firehose stream read that: aws firehose create-delivery-stream --delivery-stream-type KinesisStreamAsSource"
)

// checkRate says what is wrong with the rate of a client that writes, and puts it in place.
func checkRate(v, into *float64, faults *Faults) {
	switch {
	case v == nil:
	case *v < 0 || *v > load.MaxRecordsPerSecond || *v > 0 && *v < 0.001:
		faults.Add("RecordsPerSecond", "%v is outside 0.001 to %s, and not 0", *v, Number(load.MaxRecordsPerSecond))
	default:
		*into = math.Round(*v*1000) / 1000
	}
}

// checkIDs says so when records are too small for their ids, and puts in place whether they have any.
func checkIDs(v, into *bool, name string, bytes int, faults *Faults) {
	if v != nil {
		*into = *v
	}
	if least := load.LeastBytes(name); *into && bytes < least {
		faults.Add("RecordBytes", "%d is too small for MessageIds: a record of %s with its id has %d bytes at the least", bytes, name, least)
	}
}

// checkChoice says so when a text is none of those that it may be, and puts it in place.
func checkChoice(path string, v, into *string, faults *Faults, values ...string) {
	switch {
	case v == nil:
	case !slices.Contains(values, *v):
		faults.Add(path, "%q is none of %s", *v, strings.Join(values, ", "))
	default:
		*into = *v
	}
}

// checkInstant says what is wrong with the instant at which a reader begins, and puts it in place: AT_TIMESTAMP, chosen with the member
// of, has one and it has been; other positions have none.
func (r *Region) checkInstant(path, of, position string, v, into *string, faults *Faults) {
	given := ""
	if v != nil {
		given = *v
	}
	switch {
	case position != kinesis.AtTimestamp:
		if *into = ""; given != "" {
			faults.Add(path, "is the instant of AT_TIMESTAMP: leave it out, or let %s be AT_TIMESTAMP", of)
		}
		return
	case v == nil && *into != "":
		return
	case given == "":
		faults.Add(path, `AT_TIMESTAMP needs an instant: write it like "2026-03-02T08:40:00Z"`)
		return
	}
	at, err := time.Parse(time.RFC3339, strings.ToUpper(given))
	ms := at.UnixMilli()
	if seconds := aws.Timestamp(0); err != nil && json.Unmarshal([]byte(given), &seconds) == nil {
		ms, err = int64(seconds), nil
	}
	switch now := int64(r.Now()) / 1000; {
	case err != nil || ms < 0:
		faults.Add(path, `%q is no instant: write it like "2026-03-02T08:40:00Z", or in seconds since 1970`, given)
	case ms > now:
		faults.Add(path, "%s is yet to come: it is %s; LATEST waits for what comes", given, instant(now))
	default:
		*into = instant(ms)
	}
}

// instant writes milliseconds since 1970 in RFC 3339.
func instant(ms int64) string {
	return time.UnixMilli(ms).UTC().Format("2006-01-02T15:04:05.999Z07:00")
}

// checkRole says what is wrong with the user or role that an actor acts as, and puts it in place; "" takes it off.
func (r *Region) checkRole(name, into *string, faults *Faults) {
	if name == nil {
		return
	}
	if *name != "" {
		if _, ok := r.iam.Principal(*name, ""); !ok {
			faults.Add("Role", "there is no user and no role %q: aws iam create-role makes one", *name)
		}
	}
	*into = *name
}

// actAs is the principal that an actor acts as: its user, or its role in a session of the actor's name. One that was
// deleted meanwhile stays named, and is refused.
func (r *Region) actAs(role, actor string) string {
	if role == "" {
		return ""
	}
	if arn, ok := r.iam.Principal(role, actor); ok {
		return arn
	}
	return "arn:aws:sts::" + r.cfg.Account + ":assumed-role/" + role + "/" + actor
}

// roleWords tells of a role behind other words.
func roleWords(role string) string {
	if role == "" {
		return ""
	}
	return ", as " + role
}

// putProducer makes or changes a producer.
func (r *Region) putProducer(in PutProducerInput) ([]byte, error) {
	var faults Faults
	set := producer.Settings{RecordsPerSecond: load.DefaultRecordsPerSecond, RecordBytes: load.DefaultRecordBytes,
		Keys:  load.Keys{Kind: load.RoundRobin, Count: 8, Prefix: "key-"},
		Batch: 1, Retry: producer.Retry{Mode: producer.None}, LatencyMillis: int(producer.DefaultLatency.Milliseconds()), Running: true}
	old, owner, exists := named[writer](r, in.Name, &set.Name, ProducerRef, &faults)
	if exists {
		set = old.Settings()
	}
	if in.DeliveryStreamName != nil {
		if in.StreamName != nil {
			faults.Add("DeliveryStreamName", "stands beside StreamName: a producer writes to one of them")
		}
		to := load.ToFirehose(*in.DeliveryStreamName)
		in.StreamName = &to
	}
	r.checkStream(in.StreamName, exists, "a new producer needs the stream it writes to, or DeliveryStreamName", cannotName, &set.StreamName, &faults)
	checkRate(in.RecordsPerSecond, &set.RecordsPerSecond, &faults)
	between("RecordBytes", in.RecordBytes, 1, load.MaxRecordBytes, &set.RecordBytes, &faults)
	between("Batch", in.Batch, 1, producer.MaxBatch, &set.Batch, &faults)
	between("LatencyMillis", in.LatencyMillis, 0, producer.MaxLatency.Milliseconds(), &set.LatencyMillis, &faults)
	between("TimeoutMillis", in.TimeoutMillis, producer.LeastTimeout.Milliseconds(), producer.MostTimeout.Milliseconds(), &set.TimeoutMillis, &faults)
	checkIDs(in.MessageIds, &set.MessageIds, set.Name, set.RecordBytes, &faults)
	if in.Keys != nil {
		set.Keys = checkKeys(*in.Keys, &faults)
	}
	if in.Retry != nil {
		set.Retry = checkRetry(*in.Retry, &faults)
	}
	if in.Source != nil {
		set.Source = checkSource(*in.Source, &faults)
		if !exists && in.Retry == nil && set.Source.Kind == load.CloudWatch {
			// CloudWatch Logs tries for up to 24 hours; these attempts last for minutes.
			set.Retry = checkRetry(producer.Retry{Mode: producer.FailedEntries, Attempts: producer.MaxAttempts, BaseMillis: 1000}, &faults)
		}
	}
	if n := set.Source.LogEvents * set.RecordBytes; set.Source.Kind == load.CloudWatch && n > 1<<20 {
		faults.Add("Source.LogEvents", "%d log events of %s are more than the %s that a record of CloudWatch Logs holds", set.Source.LogEvents, Bytes(int64(set.RecordBytes)), Bytes(1<<20))
	}
	if least := set.Source.Head() + load.LeastObject; set.Source.Kind == load.Devices && set.RecordBytes < least {
		faults.Add("RecordBytes", "%d is too small for DEVICES: a record with its time has %d bytes at the least", set.RecordBytes, least)
	}
	if set.Source.Kind == load.IoT && set.Batch > 1 {
		faults.Add("Batch", "%d records of a call: the Kinesis action of an IoT rule calls PutRecord for each message, so leave it at 1", set.Batch)
	}
	if set.MessageIds && !set.Source.Plain() {
		faults.Add("MessageIds", "the records of %s hold no id of ours: leave it out, or write with an SDK", set.Source.Title())
	}
	r.checkRole(in.Role, &set.Role, &faults)
	if in.Running != nil {
		set.Running = *in.Running
	}
	if len(faults) > 0 {
		return nil, invalid(faults)
	}
	if exists {
		old.Apply(set, r.writes(owner, old.Producer))
		r.sayActor(ProducerRef(set.Name), Info, "Producer %s is changed: %s.", set.Name, producerWords(set))
		return answer(set)
	}
	if len(r.Producers()) >= MaxActors {
		return nil, aws.Errorf(aws.LimitExceeded, "There are %d producers already.", MaxActors).WithHint("Delete one first, or let one write more.")
	}
	p := producer.New(set, r.cfg.Seed)
	owner = r.addActor(writer{p})
	word := "is there, stopped"
	if set.Running {
		word = "starts"
		p.Start(r.writes(owner, p))
	}
	r.sayActor(ProducerRef(set.Name), Info, "Producer %s %s: %s.", set.Name, word, producerWords(set))
	return answer(set)
}

// checkKeys says what is wrong with a key distribution and fills in what was left out.
func checkKeys(k load.Keys, faults *Faults) load.Keys {
	if !slices.Contains(load.KeyKinds(), k.Kind) {
		faults.Add("Keys.Kind", "%q is no way to choose keys: write one of %s", k.Kind, strings.Join(load.KeyKinds(), ", "))
		return k
	}
	if len(k.Names) > 0 && (k.Count != 0 || k.Prefix != "") {
		faults.Add("Keys.Names", "stands beside Count or Prefix: give the keys by name, or by number and prefix")
	}
	if len(k.Names) > load.MaxNames {
		faults.Add("Keys.Names", "%s names; at most %s are taken", Number(int64(len(k.Names))), Number(load.MaxNames))
	}
	seen := map[string]bool{}
	for i, n := range k.Names {
		path := fmt.Sprintf("Keys.Names[%d]", i)
		if c := utf8.RuneCountInString(n); c == 0 || c > 256 {
			faults.Add(path, "a partition key has 1 to 256 characters, this one has %d", c)
		} else if seen[n] {
			faults.Add(path, "%q is there twice", n)
		}
		seen[n] = true
	}
	if utf8.RuneCountInString(k.Prefix) > 240 {
		faults.Add("Keys.Prefix", "longer than 240 characters")
	}
	switch k.Kind {
	case load.Fixed:
		if k.Count > 1 || len(k.Names) > 1 {
			faults.Add("Keys", "fixed is one key: give one of Names, or leave Count out")
		}
		if len(k.Names) == 0 && k.Prefix == "" {
			faults.Add("Keys.Names", `left out: fixed needs the key, like "Names": ["rack-90"]`)
		}
	case load.List:
		if len(k.Names) == 0 {
			faults.Add("Keys.Names", `left out: list needs the keys, like "Names": ["a", "b"]`)
		}
	default:
		if len(k.Names) == 0 && (k.Count < 1 || k.Count > load.MaxKeys) {
			faults.Add("Keys.Count", "%d is outside 1 to %s", k.Count, Number(load.MaxKeys))
		}
		if len(k.Names) == 0 && k.Prefix == "" {
			k.Prefix = "key-"
		}
	}
	switch k.Kind {
	case load.Skewed, load.Zipf:
		if k.Share <= 0 || k.Share >= 1 {
			faults.Add("Keys.Share", "%v is not above 0 and below 1: say which part the first key takes, like 0.7", k.Share)
		}
	case load.List:
		if k.Share < 0 || k.Share >= 1 {
			faults.Add("Keys.Share", "%v is not above 0 and below 1: say which part the first key takes, like 0.7", k.Share)
		}
	default:
		if k.Share != 0 {
			faults.Add("Keys.Share", "has no meaning with %s: leave it out, or use skewed", k.Kind)
		}
	}
	return k
}

// checkSource says what is wrong with a source and fills in what was left out.
func checkSource(s load.Source, faults *Faults) load.Source {
	if !slices.Contains(load.SourceKinds(), s.Kind) {
		faults.Add("Source.Kind", "%q is no source: write one of %s", s.Kind, strings.Join(load.SourceKinds(), ", "))
		return s
	}
	of := func(path string, given bool, kinds ...string) {
		if given && !slices.Contains(kinds, s.Kind) {
			faults.Add("Source."+path, "has no meaning with %s: leave it out, or use %s", s.Kind, strings.Join(kinds, " or "))
		}
	}
	of("LogGroup", s.LogGroup != "", load.CloudWatch)
	of("LogEvents", s.LogEvents != 0, load.CloudWatch)
	of("Distribution", s.Distribution != "", load.CloudWatch)
	of("Topic", s.Topic != "", load.IoT, load.KafkaConnect)
	of("PartitionKey", s.PartitionKey != "", load.IoT)
	of("LatePercent", s.LatePercent != 0, load.Devices)
	of("LateMillis", s.LateMillis != 0, load.Devices)
	if len(s.LogGroup) > 512 || len(s.Topic) > 200 {
		faults.Add("Source", "LogGroup has at most 512 characters, Topic 200")
	}
	switch s.Kind {
	case load.CloudWatch:
		s.LogGroup, s.LogEvents, s.Distribution = cmp.Or(s.LogGroup, load.DefaultLogGroup), cmp.Or(s.LogEvents, load.DefaultLogEvents), cmp.Or(s.Distribution, load.ByLogStream)
		if s.LogEvents < 1 || s.LogEvents > load.MaxLogEvents {
			faults.Add("Source.LogEvents", "%d is outside 1 to %d", s.LogEvents, load.MaxLogEvents)
		}
		if s.Distribution != load.ByLogStream && s.Distribution != load.RandomKey {
			faults.Add("Source.Distribution", "%q is none of %s, %s", s.Distribution, load.ByLogStream, load.RandomKey)
		}
	case load.IoT:
		s.Topic, s.PartitionKey = cmp.Or(s.Topic, load.DefaultTopic), cmp.Or(s.PartitionKey, load.DefaultPartitionKey)
		if why := load.CheckPartitionKey(s.PartitionKey); why != "" {
			faults.Add("Source.PartitionKey", "%s", why)
		}
	case load.KafkaConnect:
		s.Topic = cmp.Or(s.Topic, load.DefaultTopic)
	case load.Devices:
		s.LateMillis = cmp.Or(s.LateMillis, 30_000)
		if s.LatePercent < 0 || s.LatePercent > 100 {
			faults.Add("Source.LatePercent", "%d is outside 0 to 100", s.LatePercent)
		}
		if s.LateMillis < 1 || s.LateMillis > 3_600_000 {
			faults.Add("Source.LateMillis", "%d is outside 1 to 3,600,000", s.LateMillis)
		}
	}
	return s
}

// checkRetry says what is wrong with a retry policy and fills in what was left out.
func checkRetry(p producer.Retry, faults *Faults) producer.Retry {
	if !slices.Contains(producer.RetryModes(), p.Mode) {
		faults.Add("Retry.Mode", "%q is no way to retry: write one of %s", p.Mode, strings.Join(producer.RetryModes(), ", "))
		return p
	}
	if p.Mode == producer.None {
		if p.Attempts > 1 || p.BaseMillis != 0 || p.Queue != 0 {
			faults.Add("Retry", "Attempts, BaseMillis and Queue have no meaning with none: leave them out, or use another Mode")
		}
		return producer.Retry{Mode: producer.None}
	}
	if p.Attempts == 0 {
		p.Attempts = producer.DefaultAttempts
	}
	if p.Attempts < 1 || p.Attempts > producer.MaxAttempts {
		faults.Add("Retry.Attempts", "%d is outside 1 to %d", p.Attempts, producer.MaxAttempts)
	}
	if p.Queue == 0 {
		p.Queue = producer.DefaultQueue
	}
	if p.Queue < 1 || p.Queue > producer.MaxQueue {
		faults.Add("Retry.Queue", "%d is outside 1 to %s", p.Queue, Number(producer.MaxQueue))
	}
	switch {
	case p.Mode == producer.Immediate && p.BaseMillis != 0:
		faults.Add("Retry.BaseMillis", "has no meaning with immediate: leave it out, or use failed-entries")
	case p.BaseMillis < 0 || p.BaseMillis > 60_000:
		faults.Add("Retry.BaseMillis", "%d is outside 1 to 60,000", p.BaseMillis)
	case p.BaseMillis == 0 && p.Mode == producer.Backoff:
		p.BaseMillis = int(producer.ThrottlingBase.Milliseconds())
	case p.BaseMillis == 0 && p.Mode == producer.FailedEntries:
		p.BaseMillis = int(producer.FailedEntriesBase.Milliseconds())
	}
	return p
}

// producerWords says what a producer does: "1,400 records/s of 512 B to trips, 8 racks, rack-0 takes 70 %, no retries".
func producerWords(s producer.Settings) string {
	return fmt.Sprintf("%s records/s of %s to %s, %s, %s", Decimal(s.RecordsPerSecond), Bytes(int64(s.RecordBytes)), load.StreamWords(s.StreamName), s.Keys.Words(), s.Retry.Words()) + sourceWords(s.Source) + roleWords(s.Role)
}

// sourceWords tells of a source behind other words.
func sourceWords(s load.Source) string {
	if s.Plain() {
		return ""
	}
	return ", as " + s.Words()
}

// putConsumer makes or changes a consumer.
func (r *Region) putConsumer(in PutConsumerInput) ([]byte, error) {
	var faults Faults
	set := consumer.Settings{PollMillis: int(consumer.DefaultPoll.Milliseconds()), From: consumer.Latest, ShardOrder: consumer.ParentsFirst, RetrievalMode: consumer.Polling, Running: true}
	old, owner, exists := named[reader](r, in.Name, &set.Name, ConsumerRef, &faults)
	if exists {
		set = old.Settings()
	}
	r.checkStream(in.StreamName, exists, "a new consumer needs the stream it reads", cannotRead, &set.StreamName, &faults)
	between("PollMillis", in.PollMillis, consumer.MinPoll.Milliseconds(), consumer.MaxPoll.Milliseconds(), &set.PollMillis, &faults)
	between("Limit", in.Limit, 1, consumer.DefaultLimit, &set.Limit, &faults)
	if v := in.RecordsPerSecond; v != nil {
		if *v < 0 || *v > consumer.MaxRate || *v > 0 && *v < 0.1 {
			faults.Add("RecordsPerSecond", "%v is outside 0.1 to %s, and not 0", *v, Number(consumer.MaxRate))
		} else {
			set.RecordsPerSecond = *v
		}
	}
	checkChoice("From", in.From, &set.From, &faults, consumer.Latest, consumer.TrimHorizon, consumer.AtTimestamp)
	r.checkInstant("Timestamp", "From", set.From, in.Timestamp, &set.Timestamp, &faults)
	checkChoice("ShardOrder", in.ShardOrder, &set.ShardOrder, &faults, consumer.ParentsFirst, consumer.AllAtOnce)
	r.checkRole(in.Role, &set.Role, &faults)
	checkChoice("RetrievalMode", in.RetrievalMode, &set.RetrievalMode, &faults, consumer.Polling, consumer.FanOut)
	fanOut := set.RetrievalMode == consumer.FanOut
	if in.ConsumerName != nil {
		checkName("ConsumerName", in.ConsumerName, &faults)
		set.ConsumerName = *in.ConsumerName
	}
	const pushed = "has no meaning with FANOUT, which does not ask for records: leave it out"
	if fanOut && in.PollMillis != nil {
		faults.Add("PollMillis", pushed)
	}
	if fanOut && in.Limit != nil {
		faults.Add("Limit", pushed)
	}
	if !fanOut {
		if in.ConsumerName != nil {
			faults.Add("ConsumerName", "has no meaning with POLLING: leave it out, or say FANOUT")
		}
		set.ConsumerName = ""
	}
	if in.Running != nil {
		set.Running = *in.Running
	}
	if len(faults) > 0 {
		return nil, invalid(faults)
	}
	if exists {
		old.Apply(set, r.reads(owner, old.Consumer))
		r.sayActor(ConsumerRef(set.Name), Info, "Consumer %s is changed: %s.", set.Name, consumerWords(set))
		return answer(set)
	}
	if len(r.Consumers()) >= MaxActors {
		return nil, aws.Errorf(aws.LimitExceeded, "There are %d consumers already.", MaxActors).WithHint("Delete one first.")
	}
	c := consumer.New(set, r.cfg.Seed)
	owner = r.addActor(reader{c})
	word := "is there, stopped"
	if set.Running {
		word = "begins to read"
		c.Start(r.reads(owner, c))
	}
	r.sayActor(ConsumerRef(set.Name), Info, "Consumer %s %s: %s.", set.Name, word, consumerWords(set))
	return answer(set)
}

// consumerWords says what a consumer does: "trips, each shard every 200 ms, from LATEST".
func consumerWords(s consumer.Settings) string {
	text := fmt.Sprintf("%s, each shard every %s, from %s", s.StreamName, Millis(int64(s.PollMillis)), s.Begins())
	if s.RetrievalMode == consumer.FanOut {
		text = fmt.Sprintf("%s with enhanced fan-out as %s, from %s", s.StreamName, s.RegisteredAs(), s.Begins())
	}
	if s.RecordsPerSecond > 0 {
		text += fmt.Sprintf(", %s records/s", Decimal(s.RecordsPerSecond))
	}
	if s.ShardOrder == consumer.AllAtOnce {
		text += ", all shards at once"
	}
	return text + roleWords(s.Role)
}

// Decimal writes a number with commas and at most three decimals: 1,400 or 0.5. One for which these are too few, or the commas too many,
// is written as programs write it: 0.0002, 1e+20.
func Decimal(f float64) string {
	size := math.Abs(f)
	if !(size < 1e12) || size > 0 && size < 0.0005 {
		return strconv.FormatFloat(f, 'g', -1, 64)
	}
	n := int64(math.Round(size * 1000))
	s := Number(n / 1000)
	if frac := n % 1000; frac != 0 {
		s += strings.TrimRight(fmt.Sprintf(".%03d", frac), "0")
	}
	if f < 0 {
		s = "-" + s
	}
	return s
}
