package awsjson

import (
	"encoding/base64"
	"encoding/json"
	"strconv"

	"shardlab/wasm/aws"
	"shardlab/wasm/kinesis"
	"shardlab/wasm/region"
)

// encodeJSON writes an answer as region.Encode does, byte for byte. Those that carry many records are written by hand: a
// third of the time of a large read would go into finding out, record by record, what a record is.
func encodeJSON(out any) []byte {
	switch out := out.(type) {
	case *kinesis.PutRecordsOutput:
		return appendPutRecords(make([]byte, 0, 64+128*len(out.Records)), out)
	case *kinesis.GetRecordsOutput:
		b := appendRecords(make([]byte, 0, recordsSize(out.Records)), out.Records)
		if out.NextShardIterator != nil {
			b = appendString(append(b, `,"NextShardIterator":`...), *out.NextShardIterator)
		}
		return append(appendRest(b, out.MillisBehindLatest, out.ChildShards), '}')
	case *kinesis.SubscribeToShardEvent:
		b := appendRecords(make([]byte, 0, recordsSize(out.Records)), out.Records)
		if out.ContinuationSequenceNumber != nil {
			b = appendString(append(b, `,"ContinuationSequenceNumber":`...), *out.ContinuationSequenceNumber)
		}
		return append(appendRest(b, out.MillisBehindLatest, out.ChildShards), '}')
	}
	body, err := region.Encode(out)
	if err != nil {
		panic("awsjson: an answer does not encode: " + err.Error())
	}
	return body
}

func appendPutRecords(b []byte, out *kinesis.PutRecordsOutput) []byte {
	b = strconv.AppendInt(append(b, `{"FailedRecordCount":`...), out.FailedRecordCount, 10)
	if out.Records == nil {
		b = append(b, `,"Records":null`...)
	} else {
		b = append(b, `,"Records":[`...)
		for i := range out.Records {
			if i > 0 {
				b = append(b, ',')
			}
			r := &out.Records[i]
			b = append(b, '{')
			from := len(b)
			for _, m := range [...]struct {
				name  string
				value *string
			}{{`"SequenceNumber":`, r.SequenceNumber}, {`"ShardId":`, r.ShardId}, {`"ErrorCode":`, r.ErrorCode}, {`"ErrorMessage":`, r.ErrorMessage}} {
				if m.value == nil {
					continue
				}
				if len(b) > from {
					b = append(b, ',')
				}
				b = appendString(append(b, m.name...), *m.value)
			}
			b = append(b, '}')
		}
		b = append(b, ']')
	}
	if out.EncryptionType != "" {
		b = appendString(append(b, `,"EncryptionType":`...), out.EncryptionType)
	}
	return append(b, '}')
}

// recordsSize is about how long records are in JSON.
func recordsSize(records []kinesis.Record) int {
	n := 512
	for i := range records {
		n += len(records[i].Data)*4/3 + len(records[i].PartitionKey) + 192
	}
	return n
}

// appendRecords begins an object with its records.
func appendRecords(b []byte, records []kinesis.Record) []byte {
	if records == nil {
		return append(b, `{"Records":null`...)
	}
	b = append(b, `{"Records":[`...)
	for i := range records {
		if i > 0 {
			b = append(b, ',')
		}
		r := &records[i]
		b = appendString(append(b, `{"SequenceNumber":`...), r.SequenceNumber)
		b = appendTimestamp(append(b, `,"ApproximateArrivalTimestamp":`...), r.ApproximateArrivalTimestamp)
		if r.Data == nil {
			b = append(b, `,"Data":null`...)
		} else {
			b = base64.StdEncoding.AppendEncode(append(b, `,"Data":"`...), r.Data)
			b = append(b, '"')
		}
		if r.PartitionKey != "" {
			b = appendString(append(b, `,"PartitionKey":`...), r.PartitionKey)
		}
		if r.EncryptionType != "" {
			b = appendString(append(b, `,"EncryptionType":`...), r.EncryptionType)
		}
		b = append(b, '}')
	}
	return append(b, ']')
}

func appendRest(b []byte, behind int64, children []kinesis.ChildShard) []byte {
	b = strconv.AppendInt(append(b, `,"MillisBehindLatest":`...), behind, 10)
	if len(children) == 0 {
		return b
	}
	text, err := aws.Encode(children)
	if err != nil {
		panic("awsjson: child shards do not encode: " + err.Error())
	}
	return append(append(b, `,"ChildShards":`...), text...)
}

// appendTimestamp writes seconds with as many decimals as are needed.
func appendTimestamp(b []byte, t aws.Timestamp) []byte {
	if t < 0 {
		return append(b, t.String()...)
	}
	b = strconv.AppendInt(b, int64(t)/1000, 10)
	ms := int64(t) % 1000
	if ms == 0 {
		return b
	}
	b = append(b, '.', byte('0'+ms/100), byte('0'+ms/10%10), byte('0'+ms%10))
	for b[len(b)-1] == '0' {
		b = b[:len(b)-1]
	}
	return b
}

// appendString writes a text as encoding/json does without its escapes for HTML.
func appendString(b []byte, s string) []byte {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c == '"' || c == '\\' || c >= 0x7f {
			text, err := aws.Encode(s)
			if err != nil {
				panic("awsjson: a text does not encode: " + err.Error())
			}
			return append(b, text...)
		}
	}
	b = append(b, '"')
	b = append(b, s...)
	return append(b, '"')
}

// appendText writes a text that may be no UTF-8 as JSON.
func appendText(b, text []byte) []byte {
	for _, c := range text {
		if c < ' ' || c == '"' || c == '\\' || c >= 0x7f {
			quoted, err := json.Marshal(string(text))
			if err != nil {
				panic("awsjson: a text does not encode: " + err.Error())
			}
			return append(b, quoted...)
		}
	}
	b = append(b, '"')
	b = append(b, text...)
	return append(b, '"')
}
