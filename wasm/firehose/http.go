package firehose

import (
	"encoding/base64"
	"encoding/json"
	"time"

	"shardlab/wasm/aws"
	"shardlab/wasm/sink"
)

// Of HTTP endpoints. Source: Developer Guide, "HTTP endpoint delivery request and response specifications".
const (
	maxHTTPRecords = 10_000          // of one request
	httpPatience   = 3 * time.Minute // until a request without an answer has failed
	maxHTTPAnswer  = 1 << 20         // bytes of an answer
)

// endpoint delivers to an HTTP endpoint: requests of at most 10,000 records, each with an id that stays while it is tried again.
type endpoint struct{ config Doc }

func (d endpoint) deliver(s *Service, st *Stream, x *shipment) answer {
	var took time.Duration
	for {
		if x.name == "" {
			x.name = st.uuid()
		}
		n := min(len(x.records), maxHTTPRecords)
		e := sink.Envelope{ID: x.name, Key: d.config.Text("EndpointConfiguration.AccessKey"), Bytes: 64}
		for _, r := range x.records[:n] {
			e.Records = append(e.Records, r.Data)
			e.Bytes += int64(base64.StdEncoding.EncodedLen(len(r.Data))) + int64(len(`{"data":""},`))
		}
		s.count(st, "DeliveryToHttpEndpoint.ProcessedBytes", float64(e.Bytes))
		s.count(st, "DeliveryToHttpEndpoint.ProcessedRecords", float64(n))
		r := s.w.Sink.PostHTTP(sink.At(d.config.Text("EndpointConfiguration.Url")), e)
		took += min(r.Took, httpPatience)
		a := d.read(r, x.name)
		if a.Took = took; a.Code != "" || n == len(x.records) {
			return a
		}
		s.part(st, x, x.records[:n], x.records[n:])
		x.name = ""
	}
}

// read reads what an endpoint answered.
// Source of the codes and words: Developer Guide, "Troubleshooting HTTP endpoints" and "HTTP endpoint delivery errors".
func (d endpoint) read(r sink.Reply, id string) answer {
	var said struct {
		RequestID *string `json:"requestId"`
		Timestamp *int64  `json:"timestamp"`
	}
	switch {
	case r.Took > httpPatience:
		return answer{Code: "HttpEndpoint.RequestTimeout", Message: "The response was not received before the request timeout limit and will be retried. If this error persists, contact the owner of the endpoint to resolve this issue."}
	case r.Closed:
		return answer{Code: "HttpEndpoint.ConnectionFailed", Message: "Unable to connect to the destination endpoint. Contact the owner of the endpoint to resolve this issue."}
	case len(r.Text) > maxHTTPAnswer:
		return answer{Code: "HttpEndpoint.ResponseTooLarge", Message: "The response received from the endpoint is too large. Contact the owner of the endpoint to resolve this issue."}
	case r.Status == 413: // the only one that is for ever, and the data go with it
		return answer{Code: "HttpEndpoint.DestinationException", Message: "The following response was received from the endpoint destination. " + r.Text, Drop: true}
	case r.Status != 200:
		return answer{Code: "HttpEndpoint.DestinationException", Message: "The following response was received from the endpoint destination. " + r.Text}
	case json.Unmarshal([]byte(r.Text), &said) != nil || said.RequestID == nil || *said.RequestID != id || said.Timestamp == nil:
		return answer{Code: "HttpEndpoint.InvalidResponseFromDestination", Message: "The response received from the endpoint is invalid. See Troubleshooting HTTP Endpoints in the Firehose documentation for more information. Reason: the answer to request " + id + " was " + aws.Shorten(r.Text, 200)}
	}
	return answer{}
}

func (d endpoint) more(st *Stream, x *shipment, i int) Doc {
	r, sub := &x.records[i], int64(0)
	if r.From != nil {
		sub = r.From.Sub
	}
	return Doc{"subsequenceNumber": float64(sub), "dataId": st.RecordID(r.N)}
}
