package kinesis

import (
	"maps"
	"slices"
	"sort"
	"time"

	"shardlab/wasm/aws"
	"shardlab/wasm/cloudwatch"
	"shardlab/wasm/sim"
)

// Statuses of a stream.
const (
	Creating = "CREATING"
	Active   = "ACTIVE"
	Updating = "UPDATING"
	Deleting = "DELETING"
)

// Capacity modes of a stream.
const (
	Provisioned = "PROVISIONED"
	OnDemand    = "ON_DEMAND"
)

// A Stream is a stream with its shards.
// Invariant: once it has been ACTIVE, the ranges of its open shards cover every hash key exactly once.
type Stream struct {
	id        int64 // of this stream and no other, also none of the same name
	name      string
	arn       string
	status    string
	mode      string
	created   sim.Instant
	active    sim.Instant // when it first became ACTIVE
	retention time.Duration
	trimmed   sim.Instant // what is not younger went before retention was raised
	recordKiB int64       // MaxRecordSizeInKiB
	auto      bool        // the service spreads records over the shards, as long as the stream is on-demand
	turn      int         // place in open of the shard whose turn it is then
	metrics   uint16      // enhanced monitoring: bit i is metric i of MetricsName
	initial   int         // shards it begins with
	plan      []reshard   // splits and merges under way while UPDATING, the next first; copies share it
	stride    int         // how many of them are done at once
	next      string      // the mode at the end of UPDATING, when it is another
	warm      int64       // WarmThroughputMiBps that was asked for

	demand // of an on-demand stream

	shards []*ShardState // by number; nil once expired
	listed []*ShardState // those that are not, by number
	open   []*ShardState // those that take records, by range
	starts []Hash        // where each of open begins

	consumers []*ConsumerState // by name

	rates rates // calls of operations that are counted by stream

	recordQuota, byteQuota, readQuota quota

	latency sim.Rand // of its calls

	attached
	encryption

	meters streamMeters
}

// streamMeters are the stream-level metrics.
type streamMeters struct {
	inBytes, inRecords, writeExceeded                                  *cloudwatch.Series
	putRecordBytes, putRecordLatency, putRecordSuccess                 *cloudwatch.Series
	putRecordsBytes, putRecordsLatency, putRecordsSuccess              *cloudwatch.Series
	putRecordsTotal, putRecordsOK, putRecordsFailed, putRecordsSlow    *cloudwatch.Series
	getBytes, getRecords, getLatency, getSuccess, getAge, readExceeded *cloudwatch.Series
	payloadUnits, roundedKiB, fanOutBytes, oldBytes                    *cloudwatch.Series // of the bill
}

func (m *streamMeters) wire(store *cloudwatch.Store, stream string) {
	at := func(metric string) *cloudwatch.Series {
		return store.Series(metric, cloudwatch.Dims{Stream: stream, Shard: cloudwatch.StreamLevel})
	}
	*m = streamMeters{
		inBytes: at(cloudwatch.IncomingBytes), inRecords: at(cloudwatch.IncomingRecords),
		writeExceeded:  at(cloudwatch.WriteProvisionedThroughputExceeded),
		putRecordBytes: at(cloudwatch.PutRecordBytes), putRecordLatency: at(cloudwatch.PutRecordLatency), putRecordSuccess: at(cloudwatch.PutRecordSuccess),
		putRecordsBytes: at(cloudwatch.PutRecordsBytes), putRecordsLatency: at(cloudwatch.PutRecordsLatency), putRecordsSuccess: at(cloudwatch.PutRecordsSuccess),
		putRecordsTotal: at(cloudwatch.PutRecordsTotalRecords), putRecordsOK: at(cloudwatch.PutRecordsSuccessfulRecords),
		putRecordsFailed: at(cloudwatch.PutRecordsFailedRecords), putRecordsSlow: at(cloudwatch.PutRecordsThrottledRecords),
		getBytes: at(cloudwatch.GetRecordsBytes), getRecords: at(cloudwatch.GetRecordsRecords), getLatency: at(cloudwatch.GetRecordsLatency),
		getSuccess: at(cloudwatch.GetRecordsSuccess), getAge: at(cloudwatch.GetRecordsIteratorAge),
		readExceeded: at(cloudwatch.ReadProvisionedThroughputExceeded),
		payloadUnits: at(cloudwatch.PayloadUnits), roundedKiB: at(cloudwatch.RoundedKiB), fanOutBytes: at(cloudwatch.FanOutBytes), oldBytes: at(cloudwatch.OldBytes),
	}
}

// Name, ARN, Status, Mode, Created, Retention and MaxRecordKiB tell what DescribeStreamSummary would.
func (st *Stream) Name() string             { return st.name }
func (st *Stream) ARN() string              { return st.arn }
func (st *Stream) Status() string           { return st.status }
func (st *Stream) Mode() string             { return st.mode }
func (st *Stream) Created() sim.Instant     { return st.created }
func (st *Stream) Retention() time.Duration { return st.retention }
func (st *Stream) MaxRecordKiB() int64      { return st.recordKiB }

// Tags is a copy of the stream's tags.
func (st *Stream) Tags() map[string]string { return maps.Clone(st.tags) }

// Shards lists the shards that are open or closed, by number; those that expired are gone. The list must not be changed.
func (st *Stream) Shards() []*ShardState { return st.listed }

// OpenShards lists the shards that take records, by range. The list must not be changed.
func (st *Stream) OpenShards() []*ShardState { return st.open }

// Shard finds a shard by its number; an expired one is gone.
func (st *Stream) Shard(number int32) (*ShardState, bool) {
	if number < 0 || int(number) >= len(st.shards) || st.shards[number] == nil {
		return nil, false
	}
	return st.shards[number], true
}

// ShardFor returns the open shard that takes a hash key; false while the stream has no shards.
func (st *Stream) ShardFor(h Hash) (*ShardState, bool) {
	if len(st.open) == 0 {
		return nil, false
	}
	return st.route(h), true
}

// route is ShardFor of a stream that has shards: the last whose range begins at h or before.
func (st *Stream) route(h Hash) *ShardState {
	lo, hi := 0, len(st.starts)
	for hi-lo > 1 {
		mid := int(uint(lo+hi) >> 1)
		if h.Less(st.starts[mid]) {
			hi = mid
		} else {
			lo = mid
		}
	}
	return st.open[lo]
}

// takes reports whether the stream takes and gives out records.
func (st *Stream) takes() bool { return st.status == Active || st.status == Updating }

// index brings listed, open and starts in line with shards.
func (st *Stream) index() {
	st.listed, st.open, st.starts = nil, nil, nil
	for _, sh := range st.shards {
		if sh == nil {
			continue
		}
		st.listed = append(st.listed, sh)
		if sh.Open() {
			st.open = append(st.open, sh)
		}
	}
	sort.Slice(st.open, func(i, j int) bool { return st.open[i].start.Less(st.open[j].start) })
	for _, sh := range st.open {
		st.starts = append(st.starts, sh.start)
	}
}

func (st *Stream) clone(meter *cloudwatch.Store) *Stream {
	c := *st
	c.attached, c.encryption = st.attached.clone(), st.encryption.clone()
	c.rates = st.rates.clone()
	c.shards = make([]*ShardState, len(st.shards))
	for i, sh := range st.shards {
		if sh != nil {
			c.shards[i] = sh.clone(meter, st.name)
		}
	}
	c.consumers = make([]*ConsumerState, len(st.consumers))
	for i, consumer := range st.consumers {
		c.consumers[i] = consumer.clone(meter, st.name)
	}
	c.index()
	c.meters.wire(meter, st.name)
	return &c
}

// setStatus moves the stream to a status and tells of it.
func (s *Service) setStatus(st *Stream, status string) {
	st.status = status
	s.notify(Notice{Kind: StatusChanged, Stream: st.name, Shard: -1, Status: status})
}

// becomeActive ends CREATING: the stream has its shards now.
func (s *Service) becomeActive(st *Stream) {
	if st.status != Creating {
		return
	}
	n := st.initial
	st.active = s.sched.Now()
	for i := range n {
		end := MaxHash
		if i+1 < n {
			end = evenStart(i+1, n).Sub(1)
		}
		s.openShard(st, evenStart(i, n), end, st.created.Second(), -1, -1)
	}
	st.index()
	for _, sh := range st.listed {
		s.notify(Notice{Kind: ShardOpened, Stream: st.name, Shard: sh.number})
	}
	s.watchDemand(st)
	s.setStatus(st, Active)
}

// becomeGone ends DELETING: name and records are free.
func (s *Service) becomeGone(st *Stream) {
	if st.status != Deleting {
		return
	}
	for _, sh := range st.listed {
		s.meter.Drop(cloudwatch.Dims{Stream: st.name, Shard: sh.number})
	}
	for len(st.consumers) > 0 {
		s.dropConsumer(st, st.consumers[0])
	}
	i, ok := s.search(st.name)
	if !ok {
		panic("kinesis: a stream that is being deleted is not there")
	}
	s.streams = slices.Delete(s.streams, i, i+1)
	s.setStatus(st, "")
}

// find returns the stream that a request names by its name, its ARN or both.
func (s *Service) find(name, arn *string) (*Stream, error) {
	wanted, err := s.nameOf(name, arn)
	if err != nil {
		return nil, err
	}
	st, ok := s.Stream(wanted)
	if !ok {
		return nil, s.notFound(wanted)
	}
	return st, nil
}

// findTaking is find for reads and writes, which know no stream that is not there yet, or any more.
func (s *Service) findTaking(name, arn *string) (*Stream, error) {
	st, err := s.find(name, arn)
	if err == nil && !st.takes() {
		err = s.notFound(st.name).WithHint("The stream is %s; it can be read and written once it is ACTIVE.", st.status)
	}
	if err != nil {
		return nil, err
	}
	return st, nil
}

// nameOf is the name of the stream that a request names. The message for a missing name is ours.
func (s *Service) nameOf(name, arn *string) (string, error) {
	switch {
	case name == nil && arn == nil:
		return "", aws.Errorf(aws.InvalidArgument, "Either StreamName or StreamARN should be provided.").
			WithHint("Name the stream: --stream-name orders.")
	case arn == nil:
		return *name, nil
	}
	prefix := s.arnOf("")
	if len(*arn) <= len(prefix) || (*arn)[:len(prefix)] != prefix {
		return "", aws.Errorf(aws.ResourceNotFound, "Stream arn %s under account %s not found.", *arn, s.cfg.Account).
			WithHint("Streams of this account and Region have ARNs that begin with %s.", prefix)
	}
	fromARN := (*arn)[len(prefix):]
	if name != nil && *name != fromARN {
		return "", aws.Errorf(aws.InvalidArgument, "StreamName %s and StreamARN %s do not name the same stream.", *name, *arn).
			WithHint("Leave one of the two out.")
	}
	return fromARN, nil
}

func (s *Service) arnOf(name string) string {
	return "arn:aws:kinesis:" + s.cfg.Region + ":" + s.cfg.Account + ":stream/" + name
}

func (s *Service) notFound(name string) *aws.Error {
	return aws.Errorf(aws.ResourceNotFound, "Stream %s under account %s not found.", name, s.cfg.Account).
		WithHint("list-streams shows the streams there are.")
}

// needActive refuses control calls on a stream that is under way from one status to another.
func (s *Service) needActive(st *Stream) error {
	if st.status == Active {
		return nil
	}
	return aws.Errorf(aws.ResourceInUse, "Stream %s under account %s not ACTIVE, instead in state %s", st.name, s.cfg.Account, st.status).
		WithHint("One change at a time: wait until describe-stream-summary says ACTIVE.")
}

// SetRetention sets how long records are kept. Records that have expired stay expired when it is raised; when it is
// lowered the older ones leave at once.
func (s *Service) SetRetention(st *Stream, d time.Duration) {
	now := s.sched.Now()
	for _, sh := range st.listed {
		s.dropTo(st, sh, sh.horizon(now, st.retention))
	}
	st.trimmed = max(st.trimmed, now.Add(-st.retention))
	st.retention = d
	for _, sh := range slices.Clone(st.listed) {
		s.trim(st, sh)
		if !sh.Open() {
			s.sched.At(sh.closed.Add(d), s.owner, evExpire, shardArg(st, sh.number))
		}
	}
}
