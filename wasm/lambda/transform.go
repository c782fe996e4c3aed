package lambda

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
)

// transformed are the records of an event of Firehose, which transforms records by a function; nil when it is none.
// Source: Firehose Developer Guide, "Transform source data".
func transformed(payload []byte) []item {
	var event struct {
		DeliveryStreamArn string
		Records           []struct {
			RecordID string `json:"recordId"`
			Data     []byte
		}
	}
	if json.Unmarshal(payload, &event) != nil || event.DeliveryStreamArn == "" {
		return nil
	}
	items := make([]item, len(event.Records))
	for i, r := range event.Records {
		items[i] = item{data: r.Data, key: r.RecordID, number: r.RecordID}
	}
	return items
}

// transform is what a function without JavaScript answers to Firehose: each record as it is, but that those with the poison failed, or
// are dropped.
func (b *Behavior) transform(items []item) []byte {
	out := []byte(`{"records":[`)
	for i := range items {
		it := &items[i]
		result := "Ok"
		if b.Poison != "" && bytes.Contains(it.data, []byte(b.Poison)) {
			switch b.Kind {
			case ItemFailures:
				result = "ProcessingFailed"
			case DropsOn:
				result = "Dropped"
			}
		}
		if i > 0 {
			out = append(out, ',')
		}
		out = append(out, `{"recordId":"`+it.number+`","result":"`+result+`","data":"`...)
		out = append(base64.StdEncoding.AppendEncode(out, it.data), `"}`...)
	}
	return append(out, "]}"...)
}
