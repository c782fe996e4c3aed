package firehose

import (
	"encoding/json"
	"fmt"
	"strings"

	"shardlab/wasm/sink"
)

// tables delivers rows to tables of Snowflake or Apache Iceberg. Both know which delivery they took last, so that one whose answer was lost
// is taken once. Source: Developer Guide, "Understand data delivery in Amazon Data Firehose".
type tables struct {
	kind   *kind
	config Doc
}

// where is the kind of sink, its name and the table.
func (d tables) where() (kind, name, table string) {
	if d.kind.name == "Snowflake" {
		return sink.Snowflake, sink.At(d.config.Text("AccountUrl")), d.config.Text("Table")
	}
	if list := d.config.Docs("DestinationTableConfigurationList"); len(list) > 0 {
		return sink.Iceberg, list[0].Text("DestinationDatabaseName"), list[0].Text("DestinationTableName")
	}
	return sink.Iceberg, "", ""
}

// row is a record as a row: by the names of its members, or whole in a column of its own.
// Source: API Reference, SnowflakeDestinationConfiguration, DataLoadingOption.
func (d tables) row(st *Stream, r *Record) []byte {
	option := d.config.Text("DataLoadingOption")
	if d.kind.name != "Snowflake" || !strings.HasPrefix(option, "VARIANT") {
		return r.Data
	}
	o := map[string]json.RawMessage{d.config.Text("ContentColumnName"): r.Data}
	if !json.Valid(r.Data) {
		return r.Data // which is no object, and refused
	}
	if option == "VARIANT_CONTENT_AND_METADATA_MAPPING" {
		o[d.config.Text("MetaDataColumnName")] = json.RawMessage(fmt.Sprintf(`{"firehoseDeliveryStreamName":%q,"IngestionTime":%d}`, st.name, r.Arrival/1000))
	}
	b, err := json.Marshal(o)
	if err != nil {
		panic("firehose: a row of valid JSON does not encode: " + err.Error())
	}
	return b
}

func (d tables) deliver(s *Service, st *Stream, x *shipment) answer {
	kind, name, table := d.where()
	if x.name == "" {
		x.name = st.uuid()
	}
	rows := make([]sink.Row, len(x.records))
	for i := range x.records {
		rows[i] = sink.Row{Table: table, Data: d.row(st, &x.records[i])}
	}
	r, failed := s.w.Sink.Insert(kind, name, s.roleOf(st, d.config), x.name, rows)
	a := answer{Took: r.Took}
	switch {
	case r.Closed:
		a.Code, a.Message = d.kind.name+".ConnectionFailed", "The connection to "+d.kind.service+" failed."
	case r.Status == 403: // source: facts, "bad payload, role or table not retried"
		a.Code, a.Message, a.Final = d.kind.name+".AccessDenied", "The role or user may not write to table "+table+".", true
	case r.Status != 200:
		a.Code, a.Message = d.kind.name+".Throttled", d.kind.service+" takes no more for now: "+r.Text
	}
	for _, f := range failed {
		a.Documents = append(a.Documents, document{f.Index, d.kind.name + "." + f.Code, f.Message, nil})
	}
	if a.Code != "" {
		a.Documents = nil
	}
	return a
}
