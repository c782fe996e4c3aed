package sink

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"shardlab/wasm/sim"
)

// A Document is a document of an index. It never changes.
type Document struct {
	ID      string // "" in a bulk request lets OpenSearch give one
	Source  []byte
	At      sim.Instant
	Version int64
}

// Bulk indexes documents in an index of an OpenSearch domain, which is made when there is none. Each document is taken or refused on its
// own: the first value of a field says what the field holds from then on. failing says of each document whether a fault refuses it.
// Source: OpenSearch documentation, "Bulk" and "Dynamic mapping".
func (s *Service) Bulk(name, as, index string, docs []Document) (Reply, []Failure) {
	k, x, r, ok := s.call(OpenSearch, name, "Bulk", as)
	if !ok {
		return r, nil
	}
	if !k.Make(index, nil) {
		r.Status, r.Text = 400, fmt.Sprintf(`{"type":"validation_exception","reason":"this action would add [1] total shards, but this cluster currently has [%[1]d]/[%[1]d] maximum shards open"}`, maxTables)
		k.total.Refused++
		return r, nil
	}
	t, _ := k.Table(index)
	var failed []Failure
	for i, d := range docs {
		switch f := k.take(t, s.now(), d, x.Failing != nil && x.Failing()); {
		case f.Code != "":
			f.Index = i
			failed = append(failed, f)
		default:
			k.total.Items++
			k.total.Bytes += int64(len(d.Source))
		}
	}
	return took(x, r), failed
}

// take indexes a document.
func (k *Sink) take(t *Table, now sim.Instant, d Document, fault bool) Failure {
	refuse := func(code int, typ, format string, args ...any) Failure {
		text, _ := json.Marshal(map[string]string{"type": typ, "reason": fmt.Sprintf(format, args...)})
		return Failure{Code: fmt.Sprint(code), Message: string(text)}
	}
	if fault {
		return refuse(429, "es_rejected_execution_exception", "rejected execution of coordinating operation")
	}
	o, err := readObject(d.Source)
	if err != nil {
		return refuse(400, "mapper_parsing_exception", "failed to parse")
	}
	added := t.Columns
	for _, name := range sortedNames(o) {
		typ := fieldType(o[name])
		if typ == "" {
			continue
		}
		switch i := slices.IndexFunc(added, func(c Column) bool { return c.Name == name }); {
		case i < 0:
			added = append(slices.Clip(added), Column{Name: name, Type: typ})
		case !holds(added[i].Type, typ, o[name]):
			return refuse(400, "mapper_parsing_exception", "failed to parse field [%s] of type [%s] in document with id '%s'. Preview of field's value: '%s'", name, added[i].Type, d.ID, short(textOf(o[name])))
		}
	}
	k.made++
	if d.ID == "" {
		d.ID = fmt.Sprintf("auto-%012d", k.made)
	}
	i, there := slices.BinarySearchFunc(t.docs, d.ID, func(x *Document, id string) int { return cmp.Compare(x.ID, id) })
	if !there && len(t.docs) >= maxRows {
		return refuse(429, "cluster_block_exception", "index [%s] blocked by: [TOO_MANY_REQUESTS/12/disk usage exceeded flood-stage watermark, index has read-only-allow-delete block];", t.Name)
	}
	d.At, d.Version = now, 1
	if there {
		d.Version = t.docs[i].Version + 1
		t.docs[i] = &d
	} else {
		t.docs = sim.Insert(t.docs, i, &d)
	}
	t.Columns, t.sum = added, add(t.sum, d.ID, string(d.Source))
	return Failure{}
}

func sortedNames(o map[string]json.RawMessage) []string {
	names := make([]string, 0, len(o))
	for n := range o {
		names = append(names, n)
	}
	slices.Sort(names)
	return names
}

// fieldType is what a value makes of a field that nobody mapped; "" when it says nothing.
// Source: OpenSearch documentation, "Dynamic mapping".
func fieldType(v json.RawMessage) string {
	switch {
	case len(v) == 0 || v[0] == 'n':
		return ""
	case v[0] == '{':
		return "object"
	case v[0] == '[':
		var list []json.RawMessage
		if json.Unmarshal(v, &list) != nil || len(list) == 0 {
			return ""
		}
		return fieldType(list[0])
	case v[0] == 't' || v[0] == 'f':
		return "boolean"
	case v[0] != '"' && strings.ContainsAny(string(v), ".eE"):
		return "float"
	case v[0] != '"':
		return "long"
	}
	c := Column{Type: "timestamp"}
	if text := textOf(v); len(text) >= 10 {
		if _, bad := c.fit(text); bad == nil {
			return "date"
		}
	}
	return "text"
}

// holds says whether a field of a type takes a value of another: numbers as text are read, and text takes all but objects.
func holds(field, typ string, v json.RawMessage) bool {
	c := Column{Type: map[string]string{"long": "bigint", "float": "double precision", "boolean": "boolean", "date": "timestamp"}[field]}
	switch {
	case field == typ:
		return true
	case field == "object" || typ == "object":
		return false
	case field == "text", field == "date" && typ == "long", field == "float" && typ == "long", field == "long" && typ == "float":
		return true
	case field == "boolean":
		return textOf(v) == "true" || textOf(v) == "false"
	}
	_, bad := c.fit(textOf(v))
	return bad == nil && typ == "text"
}

// Search lists the documents of an index that hold a text, at most so many, newest first; a field before a colon is looked into alone.
func (t *Table) Search(query string, most int) []*Document {
	field, word, one := strings.Cut(query, ":")
	var found []*Document
	for _, d := range t.docs {
		in := string(d.Source)
		if one {
			o, _ := readObject(d.Source)
			in, query = textOf(o[field]), word
		}
		if strings.Contains(in, query) {
			found = append(found, d)
		}
	}
	sim.Sort(found, func(a, b *Document) int { return cmp.Compare(b.At, a.At) })
	return found[:min(len(found), most)]
}
