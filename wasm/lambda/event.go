package lambda

import (
	"encoding/base64"
	"strings"

	"shardlab/wasm/aggregation"
	"shardlab/wasm/aws"
	"shardlab/wasm/kinesis"
	"shardlab/wasm/sim"
)

// An item is a record that waits for its function, or is with it. A user record that was unpacked has the number of the Kinesis
// record it lay in.
type item struct {
	index  int64 // place in the shard
	at     sim.Instant
	key    string
	lane   string // partition key of the Kinesis record, which is another than the key when it was unpacked
	data   []byte
	number string // sequence number
	size   int    // bytes in the event, with a comma
}

// recordParts are what stands around the variable parts of a record in an event. What differs from mapping to mapping is in tail.
// Source: Lambda Developer Guide, with-kinesis, "Example Kinesis Data Streams event".
const (
	partKey      = `{"kinesis":{"kinesisSchemaVersion":"1.0","partitionKey":`
	partNumber   = `,"sequenceNumber":"`
	partData     = `","data":"`
	partArrival  = `","approximateArrivalTimestamp":`
	partEventID  = `},"eventSource":"aws:kinesis","eventVersion":"1.0","eventID":"`
	partRest     = `","eventName":"aws:kinesis:record","invokeIdentityArn":"`
	partRegion   = `","awsRegion":"`
	partSource   = `","eventSourceARN":"`
	partEnd      = `"}`
	eventBegin   = `{"Records":[`
	eventEnd     = `]}`
	recordFrames = len(partKey) + len(partNumber) + len(partData) + len(partArrival) + len(partEventID) + len(partRest) + len(partRegion) + len(partSource) + len(partEnd) + 1
)

// windowRoom is what an event with a tumbling window holds beside its records and its state, at most.
const windowRoom = 400

// measure finds how many bytes an item takes in an event of the mapping.
func (s *Service) measure(m *Mapping, it *item) {
	key := len(it.key) + 2
	if !plainText(it.key) {
		key = len(quoted(it.key))
	}
	it.size = recordFrames + key + 2*len(it.number) + base64.StdEncoding.EncodedLen(len(it.data)) + len(arrival(it.at)) +
		len("shardId-000000000000:") + len(m.identity(s)) + len(s.cfg.Region) + len(m.set.EventSourceArn)
}

// plainText says whether a text stands in JSON as it is.
func plainText(s string) bool {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c >= 0x7f || c == '"' || c == '\\' {
			return false
		}
	}
	return true
}

func arrival(at sim.Instant) string { return aws.Timestamp(int64(at) / 1000).String() }

// identity is the invokeIdentityArn: the function's role.
func (m *Mapping) identity(s *Service) string {
	if f := s.find(m.set.FunctionName); f != nil && f.Role != "" {
		return f.Role
	}
	return "arn:aws:iam::" + s.cfg.Account + ":role/lambda-role"
}

// event is what the function is invoked with.
func (s *Service) event(m *Mapping, p *place, b *batch) []byte {
	size := len(eventBegin) + len(eventEnd) + windowRoom + len(p.window.state)
	for i := range b.items {
		size += b.items[i].size
	}
	out := append(make([]byte, 0, size), eventBegin...)
	shard, identity := kinesis.ShardID(p.Shard), m.identity(s)
	for i := range b.items {
		it := &b.items[i]
		if i > 0 {
			out = append(out, ',')
		}
		out = append(out, partKey...)
		out = append(out, quoted(it.key)...)
		out = append(append(out, partNumber...), it.number...)
		out = append(out, partData...)
		out = base64.StdEncoding.AppendEncode(out, it.data)
		out = append(append(out, partArrival...), arrival(it.at)...)
		out = append(append(append(append(out, partEventID...), shard...), ':'), it.number...)
		out = append(append(out, partRest...), identity...)
		out = append(append(out, partRegion...), s.cfg.Region...)
		out = append(append(out, partSource...), m.set.EventSourceArn...)
		out = append(out, partEnd...)
	}
	if m.set.TumblingWindowInSeconds == 0 {
		return append(out, eventEnd...)
	}
	flag := func(name string, on bool) {
		out = append(append(out, `,"`+name+`":`...), map[bool]string{true: "true", false: "false"}[on]...)
	}
	state := p.window.state
	if len(state) == 0 {
		state = []byte("{}")
	}
	stamp := func(at sim.Instant) string { return at.Time().Format("2006-01-02T15:04:05Z") }
	out = append(out, `],"window":{"start":"`+stamp(p.window.start)+`","end":"`+stamp(m.windowEnd(p))+`"},"state":`...)
	out = append(out, state...)
	out = append(out, `,"shardId":"`+shard+`","eventSourceARN":"`+m.set.EventSourceArn+`"`...)
	flag("isFinalInvokeForWindow", b.final)
	flag("isWindowTerminatedEarly", b.early)
	return append(out, '}')
}

// items are the records of a batch that was read, those that the filter drops left out. Where the stream pushes, Lambda unpacks
// what the KPL packed; where Lambda polls, the function sees the packed record as it is. Unpacked records whose key leads to
// another shard are left out.
// Source: Lambda Developer Guide, with-kinesis.
func (s *Service) items(m *Mapping, p *place, b *kinesis.Batch) (all []item, dropped int64) {
	sh := b.Shard()
	lo, hi := sh.Range()
	for i := range b.Len() {
		r, place := b.Record(i)
		base := item{index: place, at: r.At, key: r.Key, lane: r.Key, data: r.Data, number: sh.SequenceNumber(place, r.At)}
		packed, ok := []aggregation.Record(nil), false
		if m.consumer != "" {
			packed, ok = aggregation.Decode(r.Data)
		}
		if !ok {
			all, dropped = s.keep(m, all, dropped, base)
			continue
		}
		for _, u := range packed {
			h := kinesis.HashKey(u.PartitionKey)
			if u.ExplicitHashKey != "" {
				if h, ok = kinesis.ParseHash(u.ExplicitHashKey); !ok {
					continue
				}
			}
			if h.Less(lo) || hi.Less(h) {
				continue
			}
			it := base
			it.key, it.data = u.PartitionKey, u.Data
			all, dropped = s.keep(m, all, dropped, it)
		}
	}
	return all, dropped
}

func (s *Service) keep(m *Mapping, all []item, dropped int64, it item) ([]item, int64) {
	if len(m.filters) > 0 && !m.passes(it.data) {
		return all, dropped + 1
	}
	s.measure(m, &it)
	return append(all, it), dropped
}

// session is the name under which a function's role is assumed.
func session(name string) string { return strings.ReplaceAll(name, ":", "-") }
