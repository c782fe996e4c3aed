package kpl

import (
	"shardlab/wasm/cloudwatch"
	"shardlab/wasm/kinesis"
	"shardlab/wasm/sim"
)

// A stat is values that are added to a metric at once.
type stat struct{ n, sum, least, most int64 }

// same is n times a value.
func same(n, value int64) stat { return stat{n, n * value, value, value} }

func (s *stat) add(value int64) {
	if s.n == 0 {
		s.least, s.most = value, value
	}
	s.n++
	s.sum += value
	s.least, s.most = min(s.least, value), max(s.most, value)
}

// Metrics by their place in metrics.
const (
	received = iota
	pending
	usersPut
	usersData
	kinesisPut
	kinesisData
	errorsByCode
	allErrors
	retries
	expired
	bufferingTime
	requestTime
	usersPerRecord
	recordsPerRequest
	usersPerRequest
	metricCount
)

// metrics are the KPL's, with those that MetricsLevel summary writes too.
// Source: awslabs/amazon-kinesis-producer, aws/metrics/metrics_constants.cc.
var metrics = [metricCount]struct {
	name    string
	summary bool
}{
	received: {cloudwatch.UserRecordsReceived, false}, pending: {cloudwatch.UserRecordsPending, false},
	usersPut: {cloudwatch.UserRecordsPut, true}, usersData: {cloudwatch.UserRecordsDataPut, false},
	kinesisPut: {cloudwatch.KinesisRecordsPut, true}, kinesisData: {cloudwatch.KinesisRecordsDataPut, false},
	errorsByCode: {cloudwatch.ErrorsByCode, true}, allErrors: {cloudwatch.AllErrors, true},
	retries: {cloudwatch.RetriesPerRecord, false}, expired: {cloudwatch.UserRecordExpired, true},
	bufferingTime: {cloudwatch.BufferingTime, true}, requestTime: {cloudwatch.RequestTime, false},
	usersPerRecord: {cloudwatch.UserRecordsPerKinesisRecord, false}, recordsPerRequest: {cloudwatch.KinesisRecordsPerPutRecordsRequest, false},
	usersPerRequest: {cloudwatch.UserRecordsPerPutRecordsRequest, false},
}

// Levels of a series beside the numbers of shards.
const (
	streamLevel int32 = -1 // as noShard: a record without a prediction counts for its stream
	globalLevel int32 = -2
)

// meters are the series of a KPL, found when first used. They are no state: whoever has none asks for them anew.
type meters struct {
	store  *cloudwatch.Store
	epoch  int
	stream string
	above  [2][metricCount]*cloudwatch.Series // of all streams and of the stream
	shards map[int32]*[metricCount]*cloudwatch.Series
}

// add adds values to a metric of a shard, and with it to that of the stream and of all streams, as far as the configuration
// asks for them. The real KPL uploads its sums each MetricsUploadDelay; here they are there at once.
func (m *meters) add(w World, p *Producer, metric int, shard int32, v stat) {
	c := &p.set.Config
	if v.n == 0 || c.MetricsLevel == None || c.MetricsLevel == Summary && !metrics[metric].summary {
		return
	}
	if m.store != w.Meter || m.epoch != w.Meter.Epoch() || m.stream != p.set.StreamName {
		*m = meters{store: w.Meter, epoch: w.Meter.Epoch(), stream: p.set.StreamName, shards: map[int32]*[metricCount]*cloudwatch.Series{}}
	}
	m.at(globalLevel, metric, w, v)
	if c.MetricsGranularity != Global {
		m.at(streamLevel, metric, w, v)
	}
	if shard >= 0 && c.MetricsGranularity == Shard {
		m.at(shard, metric, w, v)
	}
}

func (m *meters) at(level int32, metric int, w World, v stat) {
	var all *[metricCount]*cloudwatch.Series
	if level < 0 {
		all = &m.above[level-globalLevel]
	} else if all = m.shards[level]; all == nil {
		all = new([metricCount]*cloudwatch.Series)
		m.shards[level] = all
	}
	if all[metric] == nil {
		all[metric] = m.store.Series(metrics[metric].name, cloudwatch.In(cloudwatch.ProducerLibrary, m.pairs(level)...))
	}
	all[metric].AddSet(w.Sched.Now(), v.n, float64(v.sum), float64(v.least), float64(v.most))
}

func (m *meters) pairs(level int32) []string {
	switch level {
	case globalLevel:
		return nil
	case streamLevel:
		return []string{"StreamName", m.stream}
	}
	return []string{"StreamName", m.stream, "ShardId", kinesis.ShardID(level)}
}

// failed counts an error by its code.
func (m *meters) failed(w World, p *Producer, code string, shard int32) {
	one := same(1, 1)
	m.add(w, p, allErrors, shard, one)
	if p.set.MetricsLevel == None {
		return
	}
	levels := []int32{globalLevel, streamLevel, shard}
	switch {
	case p.set.MetricsGranularity == Global:
		levels = levels[:1]
	case p.set.MetricsGranularity == Stream || shard < 0:
		levels = levels[:2]
	}
	m.at(globalLevel, errorsByCode, w, one)
	for _, level := range levels {
		pairs := m.pairs(level)
		if code != "" {
			pairs = append(pairs, "ErrorCode", code)
		} else if level == globalLevel {
			continue // it has no dimension at all, and was counted
		}
		m.store.Series(cloudwatch.ErrorsByCode, cloudwatch.In(cloudwatch.ProducerLibrary, pairs...)).Add(w.Sched.Now(), 1)
	}
}

// settled gathers the metrics of user records that are done together.
type settled struct{ put, data, buffering, retries stat }

func (s *settled) add(u *userRecord, began sim.Instant) {
	s.put.add(1)
	s.data.add(int64(u.plan.Bytes()))
	s.buffering.add(int64(began-u.last) / 1000)
	s.retries.add(int64(u.attempts - 1))
}

func (s *settled) write(w World, p *Producer, shard int32) {
	p.meters.add(w, p, usersPut, shard, s.put)
	p.meters.add(w, p, usersData, shard, s.data)
	p.meters.add(w, p, bufferingTime, shard, s.buffering)
	p.meters.add(w, p, retries, shard, s.retries)
}
