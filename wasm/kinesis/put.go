package kinesis

import (
	"strconv"
	"time"

	"shardlab/wasm/aws"
	"shardlab/wasm/sim"
)

// A PutEntry is a record to be put, as actors of the same world hand it in. Data is kept, not copied: it must not change
// afterwards, and many records may share it.
type PutEntry struct {
	Key      string
	Hash     Hash // the hash key, when the caller knows it; the zero value is computed from Key
	Explicit bool // Hash counts even if it is zero
	Data     []byte
}

// A PutResult is a record's fate.
type PutResult struct {
	Shard int32 // which took or refused it
	Why   Why   // the limit that refused it; 0 when it was taken
	Index int64 // its place in the shard, when it was taken
}

// OK reports whether the record was taken.
func (r PutResult) OK() bool { return r.Why == 0 }

// Elsewhere puts records of a client into what is no stream, which takes their data and tells of each whether it was taken.
func Elsewhere(records []PutEntry, results []PutResult, put func(data [][]byte, told func(i int, taken bool)) error) error {
	data := make([][]byte, len(records))
	for i := range records {
		data[i] = records[i].Data
	}
	return put(data, func(i int, taken bool) {
		if results[i] = (PutResult{}); !taken {
			results[i].Why = WhyBytes
		}
	})
}

// Put puts records as PutRecord does when there is one, as PutRecords does when there are more: the same limits, metrics
// and notices, without the wire. It writes a result for each record, in order. An error means that nothing was put; it
// is what the operation would have answered. Keys are taken as they are: the caller sees to it that they have 1 to 256
// characters.
//
// After aws.ConnectionClosed, an injected fault, the results hold: the records were put, and the client does not know.
func (s *Service) Put(st *Stream, records []PutEntry, results []PutResult) error {
	if len(records) == 1 {
		return s.put(st, "PutRecord", records, results)
	}
	return s.put(st, "PutRecords", records, results)
}

// PutBatch is Put with PutRecords, also of one record.
func (s *Service) PutBatch(st *Stream, records []PutEntry, results []PutResult) error {
	return s.put(st, "PutRecords", records, results)
}

func (s *Service) put(st *Stream, op string, records []PutEntry, results []PutResult) error {
	if err := s.Allow(op, st.arn); err != nil {
		return err
	}
	fault, err := s.inject(op, st)
	if err != nil {
		for i := range records {
			results[i] = PutResult{Shard: -1, Why: WhyFault}
			if st.takes() {
				results[i].Shard = st.route(records[i].hash()).number
			}
		}
		return err
	}
	switch {
	case !st.takes():
		return s.notFound(st.name)
	case len(records) == 0:
		return nil
	case op == "PutRecord":
		err = s.putOne(st, &records[0], &results[0])
	default:
		err = s.putBatch(st, records, results)
	}
	if err == nil && fault.Lost {
		return s.lostAnswer()
	}
	return err
}

// hash is the hash key that chooses the record's shard.
func (r *PutEntry) hash() Hash {
	if r.Explicit || r.Hash != (Hash{}) {
		return r.Hash
	}
	return HashKey(r.Key)
}

// putOne is PutRecord behind the wire.
func (s *Service) putOne(st *Stream, r *PutEntry, result *PutResult) error {
	if err := s.checkRecord(st, r, -1); err != nil {
		return err
	}
	if err := s.encrypt(st, "PutRecord"); err != nil {
		return err
	}
	s.call++
	*result = s.take(st, r)
	wait := s.settle(st)
	now, m := s.sched.Now(), &st.meters
	success, bytes := 1.0, float64(len(r.Data)+len(r.Key))
	if !result.OK() {
		success, bytes = 0, 0
	}
	m.putRecordSuccess.Add(now, success)
	m.putRecordBytes.Add(now, bytes)
	m.putRecordLatency.Add(now, s.putLatency(st, wait))
	return nil
}

// checkBatch refuses a call of PutRecords that is too large, or holds a record that is.
func (s *Service) checkBatch(st *Stream, records []PutEntry) error {
	l := &s.cfg.Limits
	if len(records) > l.RequestRecords {
		return aws.Violations(aws.Violation("'["+thousands(int64(len(records)))+" records]'", "records",
			"Member must have length less than or equal to "+thousands(int64(l.RequestRecords))))
	}
	total := int64(0)
	for i := range records {
		total += int64(len(records[i].Data) + len(records[i].Key))
	}
	if total > l.RequestBytes {
		return aws.Errorf(aws.InvalidArgument, "Records size exceeds %d MB limit", l.RequestBytes>>20).
			WithHint("The records of this call have %s bytes of data and keys; one PutRecords may carry %s. Send them in several calls.",
				thousands(total), thousands(l.RequestBytes))
	}
	for i := range records {
		if err := s.checkRecord(st, &records[i], i); err != nil {
			return err
		}
	}
	return nil
}

// putBatch is PutRecords behind the wire.
func (s *Service) putBatch(st *Stream, records []PutEntry, results []PutResult) error {
	if err := s.checkBatch(st, records); err != nil {
		return err
	}
	if err := s.encrypt(st, "PutRecords"); err != nil {
		return err
	}
	s.call++
	taken, failed, bytes := 0, 0, int64(0)
	for i := range records {
		if s.failing != nil && s.failing() {
			results[i] = PutResult{Shard: st.route(records[i].hash()).number, Why: WhyFault}
			failed++
			continue
		}
		r := s.take(st, &records[i])
		results[i] = r
		if r.OK() {
			taken++
			bytes += int64(len(records[i].Data) + len(records[i].Key))
		}
	}
	wait := s.settle(st)
	now, m := s.sched.Now(), &st.meters
	success := 0.0
	if taken > 0 {
		success = 1
	}
	m.putRecordsSuccess.Add(now, success)
	m.putRecordsBytes.Add(now, float64(bytes))
	m.putRecordsLatency.Add(now, s.putLatency(st, wait))
	m.putRecordsTotal.Add(now, float64(len(records)))
	m.putRecordsOK.Add(now, float64(taken))
	m.putRecordsFailed.Add(now, float64(failed))
	m.putRecordsSlow.Add(now, float64(len(records)-taken-failed))
	return nil
}

// checkRecord refuses a record that is larger than the stream takes; place is its place in PutRecords, or -1.
// Source of the words: answers of the service in public issues, of 2017 with and of December 2025 without the value.
func (s *Service) checkRecord(st *Stream, r *PutEntry, place int) error {
	most, size := st.recordKiB<<10, int64(len(r.Data)+len(r.Key))
	if size <= most {
		return nil
	}
	path := "data"
	if place >= 0 {
		path = "records." + strconv.Itoa(place+1) + ".member.data"
	}
	value := ""
	if s.cfg.Limits.MaxRecordKiB == s.cfg.Limits.DefaultRecordKiB { // the constraint stood in the model then
		value = aws.BlobText(len(r.Data)) + " "
	}
	return aws.Errorf(aws.Validation, "1 validation error detected: Value %sat '%s' failed to satisfy constraint: Member must have length less than or equal to %d", value, path, most).
		WithHint("The record has %s bytes of data and key; the stream takes records of %s bytes at the most.", thousands(size), thousands(most))
}

// take puts one record into its shard, or says which limit refused it. What a call does to a shard's metrics is gathered
// until settle.
func (s *Service) take(st *Stream, r *PutEntry) PutResult {
	h := r.Hash
	if h == (Hash{}) && !r.Explicit {
		s.key = append(s.key[:0], r.Key...)
		h = hashBytes(s.key)
	}
	now := s.sched.Now()
	sh := st.route(h)
	size := int64(len(r.Data) + len(r.Key))
	if st.auto && st.Spreads() {
		sh = s.spread(st, size)
	}
	if sh.call != s.call {
		s.touch(st, sh)
	}
	cost := s.cost(sh, size)
	switch {
	case sh.recordBucket.level < micro:
		sh.callRefused[0]++
		return PutResult{Shard: sh.number, Why: WhyRecords}
	case sh.byteBucket.level < cost*micro:
		sh.callRefused[1]++
		return PutResult{Shard: sh.number, Why: WhyBytes}
	}
	sh.recordBucket.level -= micro
	sh.byteBucket.level -= cost * micro
	sh.callRecords++
	sh.callBytes += size
	sh.callUnits += (size + PayloadUnit - 1) / PayloadUnit
	sh.callKiB += (size + 1<<10 - 1) >> 10
	sh.held += size
	return PutResult{Shard: sh.number, Index: sh.records.Append(Stored{At: now, Key: r.Key, Data: r.Data})}
}

// touch brings a shard into the call, if it is not yet.
func (s *Service) touch(st *Stream, sh *ShardState) {
	if sh.call == s.call {
		return
	}
	now := s.sched.Now()
	sh.call = s.call
	sh.callRecords, sh.callBytes, sh.callUnits, sh.callKiB, sh.callRefused = 0, 0, 0, 0, [2]int64{}
	sh.recordBucket.refill(st.recordQuota, now)
	sh.byteBucket.refill(st.byteQuota, now)
	s.touched = append(s.touched, sh)
}

// cost is what a record of so many bytes costs the shard. A call's bytes are rounded up once, so it is what the record
// adds to the rounded sum.
func (s *Service) cost(sh *ShardState, size int64) int64 {
	unit := s.cfg.Limits.RoundBytes
	return roundUp(sh.callBytes+size, unit) - roundUp(sh.callBytes, unit)
}

// settle counts what the call did to each shard it touched, and returns how long it waits for one that fails over.
func (s *Service) settle(st *Stream) (wait time.Duration) {
	now := s.sched.Now()
	records, bytes, refused, units, kib := int64(0), int64(0), int64(0), int64(0), int64(0)
	for i, sh := range s.touched {
		no := sh.callRefused[0] + sh.callRefused[1]
		if sh.callRecords+no == 0 { // the turn passed it over
			s.touched[i] = nil
			continue
		}
		wait = max(wait, sh.wait(now))
		last := sh.recent.now(now)
		if sh.callRecords > 0 {
			sh.meters.inRecords.Add(now, float64(sh.callRecords))
			sh.meters.inBytes.Add(now, float64(sh.callBytes))
			last.Records += sh.callRecords
			last.Bytes += sh.callBytes
			if st.tickAt != 0 {
				sh.load.add(now, sh.callRecords, sh.callBytes)
			}
			s.planTrim(st, sh, 0)
			if len(sh.subs) > 0 {
				if at := sh.spread.visible(now); sh.pushAt == 0 || at < sh.pushAt {
					s.planPush(st, sh)
				}
			}
		}
		if no > 0 {
			sh.meters.writeExceeded.Add(now, float64(no))
			last.Refused += no
			sh.refused += no
			s.refuse(st, sh)
		}
		records += sh.callRecords
		bytes += sh.callBytes
		units += sh.callUnits
		kib += sh.callKiB
		refused += no
		s.touched[i] = nil
	}
	s.touched = s.touched[:0]
	if records > 0 {
		st.meters.inRecords.Add(now, float64(records))
		st.meters.inBytes.Add(now, float64(bytes))
		st.meters.payloadUnits.Add(now, float64(units))
		st.meters.roundedKiB.Add(now, float64(kib))
		if st.tickAt != 0 {
			st.load.add(now, records, bytes)
		}
	}
	// Zeros are reported too, so that the chart shows that nothing was refused.
	st.meters.writeExceeded.Add(now, float64(refused))
	s.late += wait
	return wait
}

// refuse tells which limits of a shard refused records of this call.
func (s *Service) refuse(st *Stream, sh *ShardState) {
	for i, why := range [...]Why{WhyRecords, WhyBytes} {
		if n := sh.callRefused[i]; n > 0 {
			sh.why = why
			s.notify(Notice{Kind: WritesRefused, Stream: st.name, Shard: sh.number, N: n, Why: why})
		}
	}
}

// SequenceNumber is the number that a record was given; at is when it was put.
func (st *Stream) SequenceNumber(r PutResult, at sim.Instant) string {
	sh, ok := st.Shard(r.Shard)
	if !ok || !r.OK() {
		return ""
	}
	return sh.SequenceNumber(r.Index, at)
}

func roundUp(n, unit int64) int64 { return (n + unit - 1) / unit * unit }
