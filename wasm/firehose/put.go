package firehose

import (
	"slices"

	"shardlab/wasm/aws"
	"shardlab/wasm/cloudwatch"
	"shardlab/wasm/sim"
)

// RecordInput is a record as it is put.
type RecordInput struct {
	Data aws.Blob `aws:"required,bytes=0..1024000"`
}

// PutRecordInput is the request of PutRecord.
type PutRecordInput struct {
	DeliveryStreamName *string      `aws:"required,len=1..64,pattern=firehose/DeliveryStreamName"`
	Record             *RecordInput `aws:"required"`
}

// PutRecordOutput is the answer of PutRecord.
type PutRecordOutput struct {
	RecordId  string
	Encrypted bool
}

// PutRecordBatchInput is the request of PutRecordBatch.
type PutRecordBatchInput struct {
	DeliveryStreamName *string       `aws:"required,len=1..64,pattern=firehose/DeliveryStreamName"`
	Records            []RecordInput `aws:"required,items=1..500"`
}

// PutRecordBatchOutput is the answer of PutRecordBatch: as many entries as the request had records, in its order.
type PutRecordBatchOutput struct {
	FailedPutCount   int64
	Encrypted        bool
	RequestResponses []PutRecordBatchResponseEntry
}

// PutRecordBatchResponseEntry is one record's fate: its id, or an error.
type PutRecordBatchResponseEntry struct {
	RecordId     string `json:",omitempty"`
	ErrorCode    string `json:",omitempty"`
	ErrorMessage string `json:",omitempty"`
}

// Source of the words: answers of the service in boto3, issue 2804.
const slowDown = "Slow down."

// PutRecord takes one record.
func (s *Service) PutRecord(in *PutRecordInput) (*PutRecordOutput, error) {
	var n [1]int64
	st, err := s.Put(*in.DeliveryStreamName, [][]byte{in.Record.Data}, n[:], false)
	if err != nil {
		return nil, err
	}
	if n[0] == 0 {
		e := aws.Errorf(ServiceUnavailable, slowDown).WithHint("Firehose takes so much a second and had no more of it left. Try again a little later; its quota grows while it is throttled.")
		e.Status = 503
		return nil, e
	}
	return &PutRecordOutput{st.RecordID(n[0]), st.encrypted()}, nil
}

// PutRecordBatch takes up to 500 records. Each is taken or refused by itself.
func (s *Service) PutRecordBatch(in *PutRecordBatchInput) (*PutRecordBatchOutput, error) {
	data, numbers := make([][]byte, len(in.Records)), make([]int64, len(in.Records))
	for i := range in.Records {
		data[i] = in.Records[i].Data
	}
	st, err := s.Put(*in.DeliveryStreamName, data, numbers, true)
	if err != nil {
		return nil, err
	}
	out := &PutRecordBatchOutput{Encrypted: st.encrypted(), RequestResponses: make([]PutRecordBatchResponseEntry, len(numbers))}
	for i, n := range numbers {
		if n == 0 {
			out.FailedPutCount++
			out.RequestResponses[i] = PutRecordBatchResponseEntry{ErrorCode: ServiceUnavailable, ErrorMessage: slowDown}
			continue
		}
		out.RequestResponses[i].RecordId = st.RecordID(n)
	}
	return out, nil
}

// Put is PutRecord and PutRecordBatch without the wire, with the same limits, metrics and notices: numbers gets the number of each
// record that is taken, 0 of each that is not.
func (s *Service) Put(name string, data [][]byte, numbers []int64, batch bool) (*Stream, error) {
	st, err := s.find(name)
	if err != nil {
		return nil, err
	}
	op := "PutRecord"
	if batch {
		op = "PutRecordBatch"
	}
	if err := s.allow(op, st.arn, nil); err != nil {
		return nil, err
	}
	total := int64(0)
	for i, d := range data {
		if total += int64(len(d)); len(d) > MaxRecordBytes {
			path := "record.data"
			if batch {
				path = "records." + itoa(i+1) + ".member.data"
			}
			return nil, aws.Violations(aws.Violation(aws.BlobText(len(d)), path, "Member must have length less than or equal to "+itoa(MaxRecordBytes)))
		}
	}
	switch {
	case st.typ != DirectPut: // Source of the words: answers of the service
		return nil, aws.Errorf(aws.InvalidArgument, "This operation is not permitted on %s delivery stream type.", st.typ).
			WithHint("%s reads from the stream %s: put records there.", name, st.SourceStream())
	case processorOf(st.config, "Decompression") != nil && !compressed(data): // Source of the words: API Reference, PutRecord
		return nil, aws.Errorf(InvalidSource, "Only requests from CloudWatch Logs are supported when CloudWatch Logs decompression is enabled.").
			WithHint("%s decompresses what CloudWatch Logs sends: let a subscription filter send to it, or take the processor Decompression out.", name)
	case total > MaxBatchBytes: // Source of the words: localstack, after answers of the service
		return nil, aws.Errorf(aws.InvalidArgument, "Records size exceeds 4 MB limit").WithHint("PutRecordBatch takes 500 records and 4 MiB; these are %d bytes. Put fewer at a time.", total)
	case st.status == Creating: // ours: the service answers so while a stream is made
		return nil, aws.Errorf(aws.ResourceNotFound, "Firehose %s under account %s not found.", name, s.cfg.Account).WithHint("It is CREATING: try again when describe-delivery-stream says ACTIVE.")
	}
	if err := s.useKey(st, "GenerateDataKey"); err != nil {
		return nil, kmsError(err)
	}
	s.admit(st, data, numbers)
	s.counted(st, op, data, numbers)
	return st, nil
}

// compressed says whether all data are in GZIP, by which this lab knows what CloudWatch Logs sends.
func compressed(data [][]byte) bool {
	for _, d := range data {
		if len(d) < 2 || d[0] != 0x1f || d[1] != 0x8b {
			return false
		}
	}
	return true
}

// counted counts a call and takes its records in.
func (s *Service) counted(st *Stream, op string, data [][]byte, numbers []int64) {
	now := s.now()
	records := make([]Record, 0, len(data))
	for i, n := range numbers {
		if n != 0 {
			records = append(records, Record{Data: data[i], Arrival: now, N: n})
		}
	}
	bytes := sizeOf(records)
	s.count(st, op+".Requests", 1)
	s.count(st, op+".Latency", putLatency)
	s.count(st, op+".Bytes", float64(bytes))
	if op == "PutRecordBatch" {
		s.count(st, "PutRecordBatch.Records", float64(len(records)))
	}
	s.count(st, "BytesPerSecondLimit", float64(st.quota.now.Bytes))
	s.count(st, "RecordsPerSecondLimit", float64(st.quota.now.Records))
	s.count(st, "PutRequestsPerSecondLimit", float64(st.quota.now.Requests))
	if refused := int64(len(data) - len(records)); refused > 0 {
		st.total.Throttled += refused
		s.count(st, "ThrottledRecords", float64(refused))
		s.notify(Notice{Kind: Throttled, Stream: st, N: refused, Why: st.quota.why})
	}
	if len(records) == 0 {
		return
	}
	s.count(st, "IncomingPutRequests", 1)
	s.count(st, "IncomingRecords", float64(len(records)))
	s.count(st, "IncomingBytes", float64(bytes))
	s.take(st, records)
}

// putLatency is how long a call is on its way, in milliseconds, for its metric. Ours.
const putLatency = 20

// micro is how finely a bucket counts: a rate of units a second is the same number of micro-units a microsecond.
const micro = 1_000_000

// A quota is the throughput of Direct PUT. What was saved up lasts a second.
type quota struct {
	now       throughput // that a second has
	left      throughput // micro-units, at
	at        sim.Instant
	doubled   int64
	throttled sim.Instant // since when calls are refused now and then; 0 when none were lately
	latest    sim.Instant // when one was refused last
	why       string      // which limit did it
}

func (q *quota) fill(now sim.Instant) {
	since := min(int64(now-q.at), micro)
	up := func(left *int64, rate int64) { *left = min(*left+since*rate, rate*micro) }
	up(&q.left.Records, q.now.Records)
	up(&q.left.Requests, q.now.Requests)
	up(&q.left.Bytes, q.now.Bytes)
	q.at = now
}

// admit numbers the records that the throughput takes.
func (s *Service) admit(st *Stream, data [][]byte, numbers []int64) {
	q, now := &st.quota, s.now()
	q.fill(now)
	q.why = ""
	if q.left.Requests < micro {
		q.why = "requests"
	} else {
		q.left.Requests -= micro
	}
	for i, d := range data {
		bytes := int64(len(d)) * micro
		switch {
		case q.why == "requests":
		case q.left.Records < micro:
			q.why = "records"
		case q.left.Bytes < bytes:
			q.why = "bytes"
		default:
			q.left.Records -= micro
			q.left.Bytes -= bytes
			st.taken++
			numbers[i] = st.taken
			continue
		}
		numbers[i] = 0
		if q.throttled == 0 {
			q.throttled = now
			s.after(st, growAfter, evGrow, 0)
		}
		q.latest = now
	}
}

// grow doubles the quota of a stream that was throttled for growAfter, and still is.
func (s *Service) grow(st *Stream) {
	q, now := &st.quota, s.now()
	still := now.Sub(q.latest) < growAfter/2
	q.throttled = 0
	if !still || q.doubled >= maxGrowth {
		return
	}
	q.fill(now)
	q.doubled++
	q.now = throughput{q.now.Records * 2, q.now.Requests * 2, q.now.Bytes * 2}
	s.notify(Notice{Kind: QuotaGrew, Stream: st, N: q.now.Bytes})
}

// Throughput is what Direct PUT takes a second now: records, requests and bytes.
func (st *Stream) Throughput() (records, requests, bytes int64) {
	return st.quota.now.Records, st.quota.now.Requests, st.quota.now.Bytes
}

// take lets records in: a copy for the backup of source records, then the processor, or a buffer.
func (s *Service) take(st *Stream, records []Record) {
	bytes := sizeOf(records)
	st.total.Records += int64(len(records))
	st.total.Bytes += bytes
	st.handled += int64(len(records))
	billed := st.total.Bills.Ingested
	for i := range records {
		st.total.Bills.take(st, int64(len(records[i].Data)))
	}
	s.count(st, cloudwatch.FirehoseBytes, float64(st.total.Bills.Ingested-billed))
	s.watch(st)
	if st.backsUp() {
		s.lay(st, toBackup, "", slices.Clone(records))
	}
	if len(st.stages) == 0 {
		s.route(st, records)
		return
	}
	s.gather(st, records)
}
