package firehose

import (
	"encoding/base64"
	"encoding/json"

	"shardlab/wasm/sim"
)

// errorFile is the object of records that failed: a JSON object a line.
// Source: Developer Guide, "Understand data delivery failure handling" and "Data transformation failure handling"; section 9 of the
// facts. Timestamps are milliseconds since 1970. Of format conversion the code and the message have names of their own.
func (s *Service) errorFile(st *Stream, records []Record) file {
	f := file{Type: "application/octet-stream"}
	text := func(name, value string) {
		b, _ := json.Marshal(value)
		f.Data = append(append(f.Data, `,"`+name+`":`...), b...)
	}
	for i := range records {
		r := &records[i]
		code, message := "errorCode", "errorMessage"
		if r.Why.Type == "format-conversion-failed" {
			code, message = "lastErrorCode", "lastErrorMessage"
		}
		f.Data = append(f.Data, `{"attemptsMade":`...)
		f.Data = append(f.Data, itoa(int(max(1, r.Why.Attempts)))...)
		f.Data = append(f.Data, `,"arrivalTimestamp":`...)
		f.Data = append(f.Data, itoa(int(r.Arrival/1000))...)
		text(code, r.Why.Code)
		text(message, r.Why.Message)
		f.Data = append(f.Data, `,"attemptEndingTimestamp":`...)
		f.Data = append(f.Data, itoa(int(s.now()/1000))...)
		text("rawData", base64.StdEncoding.EncodeToString(r.Data))
		if r.Why.Type == "format-conversion-failed" && r.From != nil {
			text("sequenceNumber", r.From.Sequence)
			f.Data = append(f.Data, `,"subSequenceNumber":`...)
			f.Data = append(f.Data, itoa(int(r.From.Sub))...)
		}
		if more := r.Why.More.JSON(); len(r.Why.More) > 0 {
			f.Data = append(f.Data, ',')
			f.Data = append(f.Data, more[1:len(more)-1]...)
		}
		f.Data = append(f.Data, "}\n"...)
	}
	return f
}

// Used is what a Firehose stream is charged for.
type Used struct {
	Ingested    int64 // bytes, each record rounded up to 5 KB
	Converted   int64 // bytes
	Partitioned int64 // bytes
	Objects     int64 // with dynamic partitioning
	JQMicros    int64
}

// ingestUnit is what a record is rounded up to. Source: Amazon Data Firehose pricing: 5 KB, 5,120 bytes.
const ingestUnit = 5120

// take counts a record that came in. Of Snowflake nothing is rounded.
func (u *Used) take(st *Stream, bytes int64) {
	if st.kind.name == "Snowflake" {
		u.Ingested += bytes
	} else {
		u.Ingested += (bytes + ingestUnit - 1) / ingestUnit * ingestUnit
	}
	if st.partitioned() {
		u.Partitioned += bytes
	}
	if st.config.True("DataFormatConversionConfiguration.Enabled") {
		u.Converted += bytes
	}
}

// Charged is what a Firehose stream used, also one that is gone.
type Charged struct {
	Name  string
	Kind  string // of its destination
	Reads bool   // from a data stream
	Used  Used
}

func (st *Stream) charged() Charged {
	return Charged{st.name, st.kind.name, st.typ != DirectPut, st.total.Bills}
}

// Charges lists what was used, by streams that are gone first.
func (s *Service) Charges() []Charged {
	all := append([]Charged(nil), s.gone...)
	for _, st := range s.streams {
		all = append(all, st.charged())
	}
	return all
}

// Freshness is when the oldest record arrived that is still in Firehose; false when none is.
func (st *Stream) Freshness() (sim.Instant, bool) { return st.oldest() }
