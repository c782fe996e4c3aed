package region

import (
	"fmt"
	"slices"
	"strings"

	"shardlab/wasm/fis"
	"shardlab/wasm/protocol"
	"shardlab/wasm/sink"
)

// States of a far end, or of a bucket.
const (
	EndUp       = "up"
	EndSlow     = "slow"
	EndRefusing = "refusing"
	EndDown     = "down"
)

// slowSink is a latency at which a far end counts as slow. Ours.
const slowSink = 5000

// EndState says how a place to which data are delivered stands, "s3/lake" or "splunk/hec", and why: the faults that befall it, and what
// it was told.
func (r *Region) EndState(ref string) (state, why string) {
	kind, name, _ := strings.Cut(ref, "/")
	state = EndUp
	worse := func(s, text string, args ...any) {
		order := []string{EndUp, EndSlow, EndRefusing, EndDown}
		if slices.Index(order, s) > slices.Index(order, state) {
			state = s
		}
		if why != "" {
			why += "; "
		}
		why += fmt.Sprintf(text, args...)
	}
	if kind == "s3" {
		if _, ok := r.s3.Bucket(name); !ok {
			worse(EndDown, "there is no such bucket")
		}
	} else if k, ok := r.sink.Find(kind, name); !ok {
		worse(EndDown, "there is no such sink")
	} else {
		set := k.Settings()
		if set.LatencyMillis >= slowSink {
			worse(EndSlow, "it answers after %s", Millis(set.LatencyMillis))
		}
		if kind == sink.HTTP && set.Answer != sink.Proper {
			worse(EndRefusing, "it answers %s", set.Answer)
		}
		if kind == sink.Splunk && set.AckMillis == 0 {
			worse(EndRefusing, "it acknowledges nothing")
		}
	}
	for _, f := range r.fis.Owns() {
		if f.Destination != ref {
			continue
		}
		of := fmt.Sprintf("%d %% of the calls", f.Percentage)
		switch f.Kind {
		case fis.Unavailable:
			worse(EndDown, "fault %s: %s find it down", f.Name, of)
		case fis.Refused:
			worse(EndRefusing, "fault %s: %s are not let in", f.Name, of)
		case fis.Throttled:
			worse(EndRefusing, "fault %s: %s are told to slow down", f.Name, of)
		case "failed-entries":
			worse(EndRefusing, "fault %s: %d %% of the documents are refused", f.Name, f.Percentage)
		case "network-latency":
			worse(EndSlow, "fault %s: %s take %s longer", f.Name, of, Millis(f.Millis))
		default:
			worse(EndSlow, "fault %s: the answers to %s are lost", f.Name, of)
		}
	}
	return state, why
}

// sheetRows is how many rows, documents or events a sheet shows. Ours.
const sheetRows = 20

// FarEndSheet is what there is to know of a far end, by its ref "sink:hec".
func (r *Region) FarEndSheet(ref string) (protocol.Sheet, bool) {
	k := r.sinkNamed(strings.TrimPrefix(ref, "sink:"))
	if k == nil {
		return protocol.Sheet{}, false
	}
	set, t := k.Settings(), k.Total()
	state, why := r.EndState(k.Ref())
	how := protocol.Section{Title: "How it stands", Rows: [][]protocol.Cell{row("State", state)}}
	if why != "" {
		how.Rows = append(how.Rows, row("Because", why))
	}
	how.Rows = append(how.Rows, row("It answers after", Millis(set.LatencyMillis)))
	switch set.Kind {
	case sink.Splunk:
		how.Rows = append(how.Rows, row("It acknowledges after", Millis(set.AckMillis)))
	case sink.HTTP:
		how.Rows = append(how.Rows, row("It answers", set.Answer))
	}
	for _, st := range r.firehose.Streams() {
		if st.FarEnd() == k.Ref() {
			how.Rows = append(how.Rows, []protocol.Cell{{Text: "Firehose delivers"}, {Text: st.Name(), Ref: FirehoseRef(st.Name())}})
		}
	}
	sections := []protocol.Section{how}
	if list := k.Tables(); len(list) > 0 {
		s := protocol.Section{Title: "Tables", Head: []string{"Name", "Rows", "Columns"}}
		if set.Kind == sink.OpenSearch {
			s.Title, s.Head = "Indexes", []string{"Name", "Documents", "Fields"}
		}
		for _, x := range list {
			var columns []string
			for _, c := range x.Columns {
				columns = append(columns, c.Name+" "+c.Type)
			}
			s.Rows = append(s.Rows, []protocol.Cell{{Text: x.Name, Mono: true}, {Text: Number(int64(x.Len()))}, {Text: strings.Join(columns, ", ")}})
		}
		sections = append(sections, s)
	}
	items := sinkItems(k, "", "")
	if len(items) > 0 {
		newest := protocol.Section{Title: "Newest", Head: []string{"Where", "What"}}
		for i := len(items) - 1; i >= max(0, len(items)-sheetRows); i-- {
			newest.Rows = append(newest.Rows, []protocol.Cell{{Text: items[i].Place, Mono: true}, {Text: items[i].Text, Mono: true}})
		}
		sections = append(sections, newest)
	}
	if list := k.LoadErrors(); len(list) > 0 {
		s := protocol.Section{Title: "stl_load_errors, newest first", Head: []string{"Time", "Line", "Column", "Value", "err_reason"}}
		for i := len(list) - 1; i >= max(0, len(list)-sheetRows); i-- {
			e := list[i]
			s.Rows = append(s.Rows, []protocol.Cell{{Text: e.At.Time().Format("15:04:05")}, {Text: Number(e.Line), Note: e.Filename}, {Text: e.Column}, {Text: e.RawField, Mono: true}, {Text: e.Reason}})
		}
		sections = append(sections, s)
	}
	sections = append(sections, protocol.Section{Title: "In all", Rows: [][]protocol.Cell{row("Requests", Number(t.Requests)), row("Refused", Number(t.Refused)), row("Items taken", Number(t.Items)),
		row("Bytes taken", Bytes(t.Bytes)), row("Requests that came before", Number(t.Repeated))}})
	commands := []string{"lab read-sink --name " + set.Name, "lab put-sink --name " + set.Name + " --latency-millis 10000", "lab put-fault --name outage --destination " + k.Ref() + " --kind unavailable"}
	if set.Kind == sink.Redshift {
		commands = append(commands, "aws redshift-data execute-statement --cluster-identifier "+set.Name+" --sql 'SELECT * FROM TABLE'")
	}
	return protocol.Sheet{Ref: SinkRef(set.Name), Kind: sinkTitle(set.Kind), Title: set.Name, Sections: sections, Settings: JSON(set), Commands: commands}, true
}
