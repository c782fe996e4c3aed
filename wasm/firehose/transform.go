package firehose

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"

	"shardlab/wasm/aws"
)

// transform invokes a function with batches of records.
//
// The function gets {invocationId, deliveryStreamArn, region, records: [{recordId, approximateArrivalTimestamp, data}]} and returns
// {records: [{recordId, result, data}]}, with result Ok, Dropped or ProcessingFailed, and metadata.partitionKeys where it chooses
// partitions. What goes wrong with the invocation is tried again; an answer that is nonsense is not, because the function would give
// it again.
// Source: Developer Guide, "Transform source data", "Handle failure in data transformation"; codes and words of failures from its page on
// CloudWatch Logs and from records in error places that people have shown.
type transform struct {
	arn, role string
	again     int64
	parallel  int
}

// Limits of transformation.
const (
	// transformMiB, transformSeconds and so on are how much and how long is gathered for a function.
	// Source: Developer Guide, "Configure backup and buffering hints": 1 MB and 60 s; 0.25 MB for Splunk, 0.25 MB and 30 s for Snowflake.
	transformMiB              = 1.0
	transformSmallMiB         = 0.25
	transformSeconds          = 60
	transformSnowflakeSeconds = 30
	leastTransformMiB         = 0.2
	mostTransformMiB          = 3
	// transformRetries is how often an invocation is tried again. Source: service model, ProcessorParameterName NumberOfRetries.
	transformRetries = 3
	// maxEvent is how large a request to a function is at most, and maxInvocation how long it is waited for.
	// Source: Developer Guide, "Transform source data".
	maxEvent      = 6 << 20
	maxInvocation = 5 * time.Minute
	// maxQueryKeys is how many partition keys inline parsing finds. Source: Developer Guide, "Configure destination settings".
	maxQueryKeys = 50
	// maxSubRecords is how many records one is cut into. Source: Firehose API Reference, PutRecord.
	maxSubRecords = 500
	// jqPerRecord is how long jq takes for a record, for its metric and its price. Ours: AWS publishes none.
	jqPerRecord = 100 * time.Microsecond
)

func (t transform) retries() int64 { return t.again }
func (t transform) atOnce() int    { return t.parallel }

// head and metaRoom are what an event has beside its records, and a record beside its data, at most.
const (
	headRoom = 1000
	metaRoom = 700
)

func (t transform) run(s *Service, st *Stream, in []Record, attempt int64) (out []Record, took time.Duration, again *Failure) {
	more := Doc{"lambdaArn": t.arn}
	for from := 0; from < len(in); {
		to, size := from, headRoom
		for to < len(in) {
			n := base64.StdEncoding.EncodedLen(len(in[to].Data)) + metaRoom
			if to > from && size+n > maxEvent {
				break // the rest is an invocation of its own
			}
			size += n
			to++
		}
		batch := in[from:to]
		from = to
		if size > maxEvent {
			r := batch[0]
			r.failed("Lambda.RequestEntityTooLarge", fmt.Sprintf("Request must be smaller than %d bytes for the InvokeFunction operation", maxEvent), attempt, more)
			out = append(out, r)
			continue
		}
		answer, waited, why := t.invoke(s, st, batch, attempt)
		took = max(took, waited)
		if why != nil {
			why.More = more
			return nil, took, why
		}
		out = append(out, t.read(st, batch, answer, attempt, more)...)
	}
	s.count(st, "SucceedProcessing.Records", float64(countOf(out, Ok)))
	s.count(st, "SucceedProcessing.Bytes", float64(sizeOf(in)))
	return out, took, nil
}

func countOf(records []Record, fate Fate) (n int) {
	for i := range records {
		if records[i].Fate == fate {
			n++
		}
	}
	return n
}

// recordID is what a function knows a record by: a number, and its place in the batch, because records that one was cut into share
// their number. It has the form of a sequence number.
func (r *Record) recordID(place int) string { return fmt.Sprintf("49%054d%06d", r.N, place) }

// event is what a function gets.
func (s *Service) event(st *Stream, records []Record) []byte {
	b := []byte(`{"invocationId":"` + st.uuid() + `","deliveryStreamArn":"` + st.arn + `","region":"` + s.cfg.Region + `"`)
	if source := st.source.Text("KinesisStreamARN"); source != "" {
		b = append(b, `,"sourceKinesisStreamArn":"`+source+`"`...)
	}
	b = append(b, `,"records":[`...)
	for i := range records {
		r := &records[i]
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, `{"recordId":"`+r.recordID(i)+`","approximateArrivalTimestamp":`...)
		b = strconv.AppendInt(b, int64(r.Arrival)/1000, 10)
		b = append(b, `,"data":"`...)
		b = base64.StdEncoding.AppendEncode(b, r.Data)
		b = append(b, '"')
		if f := r.From; f != nil {
			key, _ := json.Marshal(f.PartitionKey)
			b = append(b, `,"kinesisRecordMetadata":{"sequenceNumber":"`+f.Sequence+`","subsequenceNumber":`...)
			b = strconv.AppendInt(b, f.Sub, 10)
			b = append(append(append(b, `,"partitionKey":`...), key...), `,"shardId":"`+f.Shard+`","approximateArrivalTimestamp":`...)
			b = append(strconv.AppendInt(b, int64(f.Arrival)/1000, 10), '}')
		}
		b = append(b, '}')
	}
	return append(b, "]}"...)
}

// invoke invokes the function with a batch: what it answered, or why that is to be tried again.
func (t transform) invoke(s *Service, st *Stream, batch []Record, attempt int64) (answer []byte, took time.Duration, why *Failure) {
	st.total.Invocations++
	payload := s.event(st, batch)
	role := st.config
	if t.role != "" {
		role = Doc{"RoleARN": t.role}
	}
	var fault string
	err := error(aws.Errorf(aws.ResourceNotFound, "This world has no functions."))
	if s.w.Invoke != nil {
		answer, took, fault, err = s.w.Invoke(s.roleOf(st, role), t.arn, payload)
	}
	code, message := "", ""
	switch {
	case err != nil:
		took = min(time.Second<<min(attempt-1, 6), time.Minute) // until the next one; ours
		switch aws.CodeOf(err) {
		case "TooManyRequestsException":
			code, message = "Lambda.InvokeLimitExceeded", "The Lambda concurrent execution limit is exceeded. Increase the concurrent execution limit."
		case aws.ResourceNotFound:
			code, message = "Lambda.ResourceNotFound", "The specified Lambda function does not exist. Use a different function that does exist."
		case aws.AccessDenied:
			code, message = "Lambda.InvokeAccessDenied", "Access was denied. Ensure that the access policy for the provided IAM role allows access to the Lambda function."
		default:
			code, message = "Lambda."+aws.CodeOf(err), err.Error()
		}
	case took > maxInvocation:
		took = maxInvocation
		code, message = "Lambda.FunctionRequestTimedOut", "The request timed out before the Lambda function returned: an invocation may take 5 minutes."
	case fault == "Sandbox.Timedout":
		code, message = "Lambda.FunctionTimedOut", "The Lambda function timed out. Increase the Timeout setting in the Lambda function."
	case fault != "":
		code, message = "Lambda.FunctionError", "The Lambda function was successfully invoked but it returned an error result."
	}
	s.count(st, "ExecuteProcessing.Duration", float64(took.Microseconds())/1000)
	s.count(st, "ExecuteProcessing.Success", float64(b2i(code == "")))
	if code != "" {
		return nil, took, &Failure{Type: "processing-failed", Code: code, Message: message, Attempts: attempt}
	}
	return answer, took, nil
}

func b2i(b bool) int {
	if b {
		return 1
	}
	return 0
}

// Words of answers that are nonsense.
const (
	noAnswer  = "There was an error parsing returned records from the Lambda function. Ensure that the returned records follow the status model required by Amazon Data Firehose."
	noBase64  = "There was an error parsing returned records from the Lambda function. Ensure that data field is base-64 encoded."
	noStatus  = "Check your function and make sure the output is in required format. In addition to that, make sure the processed records contain valid result status of Dropped, Ok, or ProcessingFailed"
	missingID = "One or more record Ids were not returned. Ensure that the Lambda function returns all received record Ids."
	doubledID = "Multiple records were returned with the same record Id. Ensure that the Lambda function returns unique record Ids for each record."
	failedID  = "ProcessingFailed status set for record"
)

// read says what became of each record of a batch by the function's answer.
func (t transform) read(st *Stream, batch []Record, answer []byte, attempt int64, more Doc) []Record {
	out := slices.Clone(batch)
	all := func(code, message string) []Record {
		for i := range out {
			out[i] = batch[i]
			out[i].failed(code, message, attempt, more)
		}
		return out
	}
	var said struct {
		Records []struct {
			RecordID string `json:"recordId"`
			Result   string `json:"result"`
			Data     string `json:"data"`
			Metadata struct {
				PartitionKeys map[string]json.RawMessage `json:"partitionKeys"`
			} `json:"metadata"`
		} `json:"records"`
	}
	if err := json.Unmarshal(answer, &said); err != nil {
		return all("Lambda.JsonProcessingException", noAnswer)
	}
	if said.Records == nil {
		return all("Lambda.FunctionError", noStatus)
	}
	places := make(map[string]int, len(batch))
	for i := range batch {
		places[batch[i].recordID(i)] = i
	}
	answered := make([]int, len(batch))
	for _, a := range said.Records {
		i, known := places[a.RecordID]
		if !known {
			continue // its own record counts as one without an answer
		}
		r := &out[i]
		if answered[i]++; answered[i] > 1 {
			*r = batch[i]
			r.failed("Lambda.DuplicatedRecordId", doubledID, attempt, more)
			continue
		}
		switch a.Result {
		case "Ok":
			data, err := base64.StdEncoding.DecodeString(a.Data)
			if err != nil {
				return all("Lambda.JsonMappingException", noBase64)
			}
			r.Data = data
			if st.partitioned() && a.Metadata.PartitionKeys != nil {
				keys, wrong := keyPairs("partitionKeyFromLambda:", a.Metadata.PartitionKeys)
				if wrong != "" {
					*r = batch[i]
					r.failed(extractionFailed, wrong, attempt, more)
					continue
				}
				r.Keys = keys
			}
		case "Dropped":
			r.Fate = Dropped
		case "ProcessingFailed":
			r.failed("Lambda.ProcessingFailedStatus", failedID, attempt, more)
		default:
			r.failed("Lambda.FunctionError", noStatus, attempt, more)
		}
	}
	for i, n := range answered {
		if n == 0 {
			out[i].failed("Lambda.MissingRecordId", missingID, attempt, more)
		}
	}
	return out
}

// sortedKeys are the names of a map in their order.
func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
