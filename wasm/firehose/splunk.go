package firehose

import (
	"strings"
	"time"

	"shardlab/wasm/sink"
)

// usualAck is HECAcknowledgmentTimeoutInSeconds when nobody gave it. Ours: what the console proposes.
const usualAck = 180

// splunk delivers to Splunk's HTTP Event Collector, and waits until what it sent is acknowledged.
type splunk struct{ config Doc }

func (d splunk) deliver(s *Service, st *Stream, x *shipment) answer {
	if x.name == "" {
		x.name = st.uuid()
	}
	e := sink.Envelope{ID: x.name, Key: d.config.Text("HECToken")}
	for _, r := range x.records {
		e.Records = append(e.Records, r.Data)
	}
	r, acknowledged := s.w.Sink.PostHEC(sink.At(d.config.Text("HECEndpoint")), e, d.config.Text("HECEndpointType") == "Event")
	a := d.read(r)
	if a.Took = r.Took; a.Code != "" {
		return a
	}
	if wait := time.Duration(d.config.Int("HECAcknowledgmentTimeoutInSeconds", usualAck)) * time.Second; !acknowledged || r.Took > wait {
		return answer{Took: wait, Code: "Splunk.AckTimeout", Message: "Did not receive an acknowledgement from HEC before the HEC acknowledgement timeout expired. Despite the acknowledgement timeout, it's possible the data was indexed successfully in Splunk. Amazon Data Firehose backs up in Amazon S3 data for which the acknowledgement timeout expired."}
	}
	s.count(st, "DeliveryToSplunk.DataAckLatency", r.Took.Seconds())
	return a
}

// read reads what HEC answered.
// Source of the codes and words: Developer Guide, "Splunk data delivery errors".
func (d splunk) read(r sink.Reply) answer {
	code := func(n string) bool { return strings.HasSuffix(r.Text, `"code":`+n+`}`) }
	switch {
	case r.Closed:
		return answer{Code: "Splunk.ConnectionClosed", Message: "Unable to send data to Splunk due to a connection failure. This might be a transient error. Invoking a re-connection to Splunk."}
	case r.Status == 200:
		return answer{}
	case r.Status == 401 || r.Status == 403:
		return answer{Code: "Splunk.InvalidToken", Message: "The HEC token is invalid. Update Amazon Data Firehose with a valid token."}
	case code("14"):
		return answer{Code: "Splunk.DisabledAck", Message: "Indexer acknowledgement is disabled for the HEC token. Enable indexer acknowledgement and try again."}
	case r.Status == 400:
		return answer{Code: "Splunk.InvalidDataFormat", Message: "The data is not formatted correctly. To see how to properly format data for Raw or Event HEC endpoints, see Splunk Event Data. " + r.Text}
	}
	return answer{Code: "Splunk.ServerError", Message: "Data delivery to Splunk failed due to a server error from the HEC node. Amazon Data Firehose will retry sending the data if the retry duration in your Amazon Data Firehose is greater than 0. If all the retries fail, Amazon Data Firehose backs up the data to Amazon S3. " + r.Text}
}

func (d splunk) more(st *Stream, x *shipment, i int) Doc {
	return Doc{"EventId": st.RecordID(x.records[i].N)}
}
