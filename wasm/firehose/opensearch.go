package firehose

import (
	"fmt"
	"strings"

	"shardlab/wasm/sink"
)

// indexes delivers to OpenSearch: documents by bulk requests, one for each index.
type indexes struct {
	kind   *kind
	config Doc
}

// domain is the name of the domain, or of the collection, that is delivered to.
func (d indexes) domain() string {
	if _, name, ok := strings.Cut(d.config.Text("DomainARN"), ":domain/"); ok {
		return name
	}
	return sink.At(d.config.Text("ClusterEndpoint") + d.config.Text("CollectionEndpoint"))
}

// index is the index of a record: with rotation a part of its arrival stands behind the name.
// Source: Developer Guide, "Index rotation for the OpenSearch Service destination".
func (d indexes) index(r *Record) string {
	name, at := d.config.Text("IndexName"), r.Arrival.Time()
	switch d.config.Text("IndexRotationPeriod") {
	case "OneHour":
		return name + at.Format("-2006-01-02-15")
	case "", "OneDay":
		if d.kind.name == "AmazonOpenSearchServerless" { // which rotates nothing
			return name
		}
		return name + at.Format("-2006-01-02")
	case "OneWeek":
		year, week := at.ISOWeek()
		return fmt.Sprintf("%s-%04d-w%02d", name, year, week)
	case "OneMonth":
		return name + at.Format("-2006-01")
	}
	return name
}

// code is a code with how it begins: ES of the older configuration.
func (d indexes) code(name string) string {
	if d.kind.name == "Elasticsearch" {
		return "ES." + name
	}
	return "OS." + name
}

// deliver sends what was not taken yet. What the domain cannot read fails at once, what it has no room for now is tried again.
func (d indexes) deliver(s *Service, st *Stream, x *shipment) (a answer) {
	if x.name == "" {
		x.name = "bulk-" + itoa(int(x.id))
	}
	var order []string
	byIndex := map[string][]int{}
	for i := range x.records {
		index := d.index(&x.records[i])
		if byIndex[index] == nil {
			order = append(order, index)
		}
		byIndex[index] = append(byIndex[index], i)
	}
	fate := make([]uint8, len(x.records)) // 0: try again, 1: taken, 2: refused
	for _, index := range order {
		docs := make([]sink.Document, 0, len(byIndex[index]))
		for _, i := range byIndex[index] {
			r := &x.records[i]
			doc := sink.Document{Source: r.Data}
			if d.keepsIDs() {
				doc.ID = d.id(st, x, i)
			}
			docs = append(docs, doc)
		}
		r, failed := s.w.Sink.Bulk(d.domain(), s.roleOf(st, d.config), index, docs)
		a.Took += r.Took
		switch {
		case r.Closed:
			a.Code, a.Message = d.code("ServiceException"), "The Amazon OpenSearch Service cluster did not answer. If the error is due to a transient issue, it will be retried."
			continue
		case r.Status == 403:
			a.Code, a.Message = d.code("AccessDenied"), "Access was denied. Ensure that the provided IAM role associated with Firehose is not deleted. "+r.Text
			continue
		case r.Status != 200:
			a.Code, a.Message = d.code("ServiceException"), "The Amazon OpenSearch Service cluster returned an error: "+fmt.Sprint(r.Status)+" "+r.Text
			continue
		}
		for _, i := range byIndex[index] {
			fate[i] = 1
		}
		for _, f := range failed {
			i := byIndex[index][f.Index]
			if fate[i] = 2; f.Code == "429" {
				fate[i] = 0
				a.Code, a.Message = f.Code, f.Message
				continue
			}
			a.Documents = append(a.Documents, document{i, f.Code, f.Message, d.more(st, x, i)})
		}
	}
	if a.Code == "" {
		return a
	}
	var taken, left, refused []Record
	for i, r := range x.records {
		switch fate[i] {
		case 0:
			left = append(left, r)
		case 1:
			taken = append(taken, r)
		}
	}
	for _, f := range a.Documents {
		r := x.records[f.Index]
		r.Fate, r.Why = Failed, &Failure{Type: d.kind.errors, Code: f.Code, Message: f.Message, Attempts: x.attempts, More: f.More}
		refused = append(refused, r)
	}
	a.Documents = nil
	s.part(st, x, taken, left)
	if len(refused) > 0 {
		s.notify(Notice{Kind: DocumentsFailed, Stream: st, N: int64(len(refused)), Why: refused[0].Why.Code, Text: refused[0].Why.Message, To: s.place(st, toErrors)})
		s.fail(st, refused)
	}
	return a
}

// keepsIDs says whether Firehose gives documents their ids; else the domain does.
func (d indexes) keepsIDs() bool {
	return d.config.Text("DocumentIdOptions.DefaultDocumentIdFormat") != "NO_DOCUMENT_ID"
}

// id is a document's id, the same at each attempt: the record's number, and its place among those that share it.
// Source: API Reference, DocumentIdOptions.
func (d indexes) id(st *Stream, x *shipment, i int) string {
	r := &x.records[i]
	sub := 0
	for j := i - 1; j >= 0 && x.records[j].N == r.N; j-- {
		sub++
	}
	if r.From != nil {
		return fmt.Sprintf("%s.%s.%d.%d", r.From.Shard, r.From.Sequence, r.From.Sub, sub)
	}
	return fmt.Sprintf("%s.%012d.%d", st.name, r.N, sub)
}

func (d indexes) more(st *Stream, x *shipment, i int) Doc {
	id, r := "", &x.records[i]
	if d.keepsIDs() {
		id = d.id(st, x, i)
	}
	if d.kind.name == "AmazonOpenSearchServerless" {
		return Doc{"osDocumentId": id, "osIndexName": d.index(r)}
	}
	return Doc{"esDocumentId": id, "esIndexName": d.index(r), "esTypeName": d.config.Text("TypeName")}
}
