package firehose

import (
	"cmp"
	"slices"
	"time"

	"shardlab/wasm/aws"
	"shardlab/wasm/sim"
)

// A destination takes deliveries.
type destination interface {
	// deliver asks the destination once. What it does there happens now; Firehose knows of it when the answer comes.
	deliver(s *Service, st *Stream, x *shipment) answer
}

// A keeper is a destination that itself keeps what it could not take in time; others have error records written.
type keeper interface {
	giveUp(s *Service, st *Stream, x *shipment, code, message string)
}

// A teller is a destination whose error records tell more of a record.
type teller interface {
	more(st *Stream, x *shipment, i int) Doc // of the record with index i
}

// A pacer is a destination that is asked again after times of its own; 0 is the usual.
type pacer interface {
	pause(x *shipment) time.Duration
}

// An answer is what a destination answered.
type answer struct {
	Took          time.Duration // until Firehose knows
	Code, Message string        // "" when it took the delivery
	Final         bool          // asking again is of no use
	Drop          bool          // and nothing is kept: it is lost
	S3            bool          // it is S3 on the way there that failed, and is asked again as long as S3 is
	Documents     []document    // that it refused while it took the others
}

// A document is a record of a delivery that the destination refused.
type document struct {
	Index         int // in the delivery
	Code, Message string
	More          Doc // further members of its error record
}

// A shipment is a delivery.
type shipment struct {
	id          int64
	target      target
	key         string
	records     []Record
	bytes       int64
	oldest      sim.Instant
	version     int64 // of the configuration
	kind        *kind // of the destination that name, file and manifest were made for
	name        string
	file        *file       // nil until it is packed
	manifest    string      // of Redshift: the key of the list of its object, once that is written
	attempts    int64       // that were begun
	failedSince sim.Instant // 0 while it did not fail
	at          sim.Instant // when the answer comes, or the next attempt
	asking      bool
	answer      answer // that comes
	code        string // of the last failure
	message     string
}

// destinationOf is what a configuration delivers to.
func (s *Service) destinationOf(k *kind, config Doc) destination {
	switch k.name {
	case "Redshift":
		return redshift{config}
	case "Elasticsearch", "Amazonopensearchservice", "AmazonOpenSearchServerless":
		return indexes{k, config}
	case "Splunk":
		return splunk{config}
	case "HttpEndpoint":
		return endpoint{config}
	case "Snowflake", "Iceberg":
		return tables{k, config}
	}
	return objects{config}
}

// attempt asks the destination of a delivery.
func (s *Service) attempt(st *Stream, id int64) {
	i := slices.IndexFunc(st.shipments, func(x *shipment) bool { return x.id == id })
	if i < 0 || st.shipments[i].asking {
		return
	}
	x := st.shipments[i]
	d := st.to
	if x.target != toDestination {
		d = objects{st.bucketConfig(x.target)}
	} else if !x.kind.like(st.kind) {
		x.kind, x.name, x.file, x.manifest = st.kind, "", nil, ""
	}
	x.attempts++
	if err := s.useKey(st, "Decrypt"); err != nil {
		x.answer = answer{Code: aws.CodeOf(err), Message: err.Error()}
	} else {
		x.answer = d.deliver(s, st, x)
	}
	x.asking, x.at = true, s.now().Add(x.answer.Took)
	if x.answer.Took == 0 {
		s.answered(st, id)
		return
	}
	s.at(st, x.at, evAnswer, id)
}

// answered takes in what a destination answered.
func (s *Service) answered(st *Stream, id int64) {
	i := slices.IndexFunc(st.shipments, func(x *shipment) bool { return x.id == id })
	if i < 0 || !st.shipments[i].asking {
		return
	}
	x, now := st.shipments[i], s.now()
	a := x.answer
	x.asking, x.answer = false, answer{}
	if len(x.records) == 0 { // none could be converted: nothing was written
		s.remove(st, x)
		return
	}
	metric := st.metric(x.target)
	if a.Code == "" {
		s.count(st, metric+".Success", 1)
		s.delivered(st, x, a)
		return
	}
	s.count(st, metric+".Success", 0)
	st.total.Retries++
	x.code, x.message = a.Code, a.Message
	if x.failedSince == 0 {
		x.failedSince = now
		s.notify(Notice{Kind: DeliveryFailed, Stream: st, N: int64(len(x.records)), Why: a.Code, Text: a.Message, To: s.place(st, x.target), Status: x.target.String()})
	}
	if x.target == toDestination && !x.kind.like(st.kind) && !a.Drop { // meanwhile another one is to be delivered to
		x.at = now
		s.at(st, x.at, evAttempt, id)
		s.hold(st)
		return
	}
	until := x.failedSince.Add(s.patience(st, x, a.S3))
	last := x.failedSince.Add(s.patience(st, x, true))
	switch over := a.Final || now >= until; {
	case a.Drop, over && (now >= last || !s.stuck(st, x)):
		s.giveUp(st, x, a)
		return
	case over: // and the backup bucket takes nothing either: it waits until one of them does
		until = last
	}
	pause := s.backoff(st, x.attempts)
	if p, ok := st.to.(pacer); ok && x.target == toDestination {
		pause = cmp.Or(p.pause(x), pause)
	}
	x.at = min(now.Add(pause), until)
	s.at(st, x.at, evAttempt, id)
	s.hold(st)
}

// patience is how long a delivery is tried again after its first failure.
// Source: Developer Guide, "Understand data delivery failure handling".
func (s *Service) patience(st *Stream, x *shipment, toS3 bool) time.Duration {
	if x.target == toDestination && !st.kind.toS3() && !toS3 {
		return time.Duration(st.config.Int("RetryOptions.DurationInSeconds", st.kind.retry)) * time.Second
	}
	if st.typ == DirectPut {
		return keptFor
	}
	if kept := s.w.Source.Retention(st.SourceStream()); kept > 0 {
		return kept
	}
	return keptFor // the stream is gone
}

// stuck says whether the backup bucket, where a delivery is to go that was given up, takes nothing: then delivery stops until it, or the
// destination, works. Source: Developer Guide, "Understand data delivery failure handling".
func (s *Service) stuck(st *Stream, x *shipment) bool {
	return x.target == toDestination && !st.kind.toS3() && slices.ContainsFunc(st.shipments, func(y *shipment) bool { return y.target == toErrors && y.failedSince != 0 })
}

// backoff is how long it takes until a delivery is tried again: it doubles from a second to two minutes, 15 % more or less.
// Source: Developer Guide, "HTTP endpoint delivery request and response specifications"; for other destinations, ours.
func (s *Service) backoff(st *Stream, attempts int64) time.Duration {
	d := min(time.Second<<min(attempts-1, 7), 2*time.Minute)
	return st.dice.Between(d*85/100, d*115/100).Truncate(time.Microsecond)
}

// giveUp ends a delivery that nobody took: its records go where failed ones go, or are lost.
func (s *Service) giveUp(st *Stream, x *shipment, a answer) {
	s.remove(st, x)
	n := int64(len(x.records))
	if a.Drop || x.target != toDestination || st.kind.toS3() {
		s.lose(st, x.records, a.Code)
		return
	}
	s.notify(Notice{Kind: BackedUp, Stream: st, N: n, Attempts: x.attempts, Why: a.Code, To: s.place(st, toErrors)})
	if d, ok := st.to.(keeper); ok {
		d.giveUp(s, st, x, a.Code, a.Message)
		return
	}
	failed := slices.Clone(x.records)
	for i := range failed {
		failed[i].Fate, failed[i].Why = Failed, &Failure{Type: st.kind.errors, Code: a.Code, Message: a.Message, Attempts: x.attempts}
		if d, ok := st.to.(teller); ok {
			failed[i].Why.More = d.more(st, x, i)
		}
	}
	s.fail(st, failed)
}

// lose counts records that are nowhere any more.
func (s *Service) lose(st *Stream, records []Record, why string) {
	if len(records) == 0 {
		return
	}
	bytes := sizeOf(records)
	st.total.LostRecords += int64(len(records))
	st.total.LostBytes += bytes
	s.notify(Notice{Kind: Lost, Stream: st, N: int64(len(records)), Bytes: bytes, Why: why})
}

// remove takes a delivery off.
func (s *Service) remove(st *Stream, x *shipment) {
	st.shipments = slices.DeleteFunc(slices.Clone(st.shipments), func(y *shipment) bool { return y == x })
	s.hold(st)
}

// part takes in that the destination took some records of a delivery; the others are left of it.
func (s *Service) part(st *Stream, x *shipment, taken, left []Record) {
	n, bytes, metric := int64(len(taken)), sizeOf(taken), st.metric(x.target)
	x.records, x.bytes, x.file = left, sizeOf(left), nil
	if n == 0 {
		return
	}
	s.count(st, metric+".Records", float64(n))
	s.count(st, metric+".Bytes", float64(bytes))
	st.total.Delivered += n
	st.total.DeliveredBytes += bytes
}

// delivered ends a delivery that was taken.
func (s *Service) delivered(st *Stream, x *shipment, a answer) {
	s.remove(st, x)
	records := x.records
	if len(a.Documents) > 0 {
		refused := make(map[int]bool, len(a.Documents))
		var failed []Record
		for _, d := range a.Documents {
			r := x.records[d.Index]
			r.Fate, r.Why = Failed, &Failure{Type: st.kind.errors, Code: d.Code, Message: d.Message, Attempts: x.attempts, More: d.More}
			failed, refused[d.Index] = append(failed, r), true
		}
		records = nil
		for i := range x.records {
			if !refused[i] {
				records = append(records, x.records[i])
			}
		}
		s.notify(Notice{Kind: DocumentsFailed, Stream: st, N: int64(len(failed)), Why: a.Documents[0].Code, Text: a.Documents[0].Message, To: s.place(st, toErrors)})
		s.fail(st, failed)
	}
	n, bytes, metric := int64(len(records)), sizeOf(records), st.metric(x.target)
	age := s.now().Sub(x.oldest).Seconds()
	s.count(st, metric+".Records", float64(n))
	s.count(st, metric+".Bytes", float64(bytes))
	s.count(st, metric+".DataFreshness", age)
	switch x.target {
	case toDestination:
		st.total.Delivered += n
		st.total.DeliveredBytes += bytes
		st.total.Deliveries++
		if st.partitioned() {
			s.count(st, "DeliveryToS3.ObjectCount", 1)
			st.total.Bills.Objects++
		}
	case toBackup:
		st.total.BackedUp += n
	case toErrors:
		st.total.FailedRecords += n
		st.total.FailedBytes += bytes
	}
	kind := Delivered
	if x.failedSince != 0 {
		kind = DeliveryBack
	}
	s.notify(Notice{Kind: kind, Stream: st, N: n, Bytes: bytes, Attempts: x.attempts, To: s.place(st, x.target), Key: x.name, Status: x.target.String()})
	s.raise(st)
}

// metric is how the metrics of deliveries to a target begin.
func (st *Stream) metric(t target) string {
	if t == toDestination {
		return "DeliveryTo" + st.kind.metric
	}
	if st.kind.toS3() && t == toErrors {
		return "DeliveryToS3"
	}
	return "BackupToS3"
}

// place is where deliveries to a target go, in words: a bucket, or what the destination is.
func (s *Service) place(st *Stream, t target) string {
	if t == toDestination && !st.kind.toS3() {
		return st.kind.service
	}
	return bucketOf(st.bucketConfig(t))
}

// hold lets the source be read or not: deliveries that wait hold it back.
func (s *Service) hold(st *Stream) {
	n := 0
	for _, x := range st.shipments {
		if x.failedSince != 0 {
			n++
		}
	}
	if was := st.held; was != (n >= heldBack) && st.typ != DirectPut {
		if st.held = !was; st.held {
			s.notify(Notice{Kind: SourceHeld, Stream: st, N: int64(n)})
		}
	}
}

// watch has freshness measured each minute while something is in Firehose.
func (s *Service) watch(st *Stream) {
	if st.minuteAt == 0 {
		st.minuteAt = s.now().Add(time.Minute)
		s.at(st, st.minuteAt, evMinute, 0)
	}
}

// minute measures how old the oldest record is.
func (s *Service) minute(st *Stream) {
	st.minuteAt = 0
	if _, any := st.oldest(); !any {
		return
	}
	s.count(st, st.metric(toDestination)+".DataFreshness", s.behind(st).Seconds())
	s.watch(st)
}
