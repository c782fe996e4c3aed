package lab

import (
	"slices"
	"strings"

	"shardlab/wasm/protocol"
	"shardlab/wasm/region"
	"shardlab/wasm/sink"
)

// sinkSheet tells of a far end and shows what it holds.
func (l *Lab) sinkSheet(name string) (protocol.Sheet, bool) {
	all := l.run.region.Sinks().Sinks()
	i := slices.IndexFunc(all, func(k *sink.Sink) bool { return k.Settings().Name == name })
	if i < 0 {
		return protocol.Sheet{}, false
	}
	k, t := all[i], all[i].Total()
	state, why, _ := l.faulted(k.Ref())
	if why != "" {
		state += ": " + why
	}
	s := protocol.Sheet{Ref: region.SinkRef(name), Kind: sinkKinds[k.Settings().Kind], Title: name, Commands: []string{"lab read-sink --name " + name, "lab put-fault --name trouble --destination " + k.Ref() + " --kind unavailable"}}
	facts := protocol.Section{Title: s.Kind, Rows: [][]protocol.Cell{row("State", state), row("Requests", region.Number(t.Requests)+", "+region.Number(t.Refused)+" of them refused"),
		row("Took", region.Number(t.Items)+" of records, rows or documents, "+region.Bytes(t.Bytes)), row("Requests that came again", region.Number(t.Repeated))}}
	for _, st := range l.run.region.Firehose().Streams() {
		if kind, to := st.FarEnd(); kind+"/"+to == k.Ref() {
			facts.Rows = append(facts.Rows, link("Written by", st.Name(), region.FirehoseRef(st.Name())))
		}
	}
	s.Sections = []protocol.Section{facts}
	for _, x := range k.Tables() {
		p := protocol.Section{Title: x.Name, Note: region.Count(int64(x.Len()), "row") + "."}
		for _, c := range x.Columns {
			p.Head, p.Types = append(p.Head, c.Name), append(p.Types, c.Type)
		}
		if docs := x.Documents(); len(docs) > 0 {
			p.Head, p.Types, p.Note = []string{"_id", "Document"}, nil, region.Count(int64(len(docs)), "document")+"."
			for _, d := range docs[:min(len(docs), shownRecords)] {
				p.Rows = append(p.Rows, []protocol.Cell{{Text: d.ID, Mono: true}, {Text: text(d.Source), Mono: true}})
			}
		}
		x.Rows(func(r []string) {
			if len(p.Rows) == shownRecords {
				return
			}
			cells := make([]protocol.Cell, len(r))
			for i, v := range r {
				cells[i] = protocol.Cell{Text: strings.Replace(v, sink.Null, "null", 1), Mono: true}
			}
			p.Rows = append(p.Rows, cells)
		})
		if len(p.Rows) < x.Len() {
			p.Note += " The first " + region.Number(int64(len(p.Rows))) + " are shown."
		}
		s.Sections = append(s.Sections, p)
	}
	events := protocol.Section{Title: "What it took last", Head: []string{"When", "Data"}}
	var rows [][]protocol.Cell
	k.Events(func(e sink.Event) {
		rows = append(rows, []protocol.Cell{{Text: l.when(e.At)}, {Text: text(e.Data), Mono: true, Note: "request " + e.Request}})
	})
	slices.Reverse(rows)
	if events.Rows = rows[:min(len(rows), shownRecords)]; len(rows) > 0 {
		s.Sections = append(s.Sections, events)
	}
	return s, true
}

// sinkKinds are what people call the kinds of far ends.
var sinkKinds = map[string]string{sink.Redshift: "Amazon Redshift", sink.OpenSearch: "Amazon OpenSearch Service", sink.Splunk: "Splunk", sink.HTTP: "HTTP endpoint", sink.Snowflake: "Snowflake", sink.Iceberg: "Apache Iceberg tables"}
