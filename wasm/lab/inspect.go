package lab

import (
	"cmp"
	"fmt"
	"slices"
	"sort"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"shardlab/wasm/aggregation"
	"shardlab/wasm/consumer"
	"shardlab/wasm/kinesis"
	"shardlab/wasm/load"
	"shardlab/wasm/producer"
	"shardlab/wasm/protocol"
	"shardlab/wasm/region"
	"shardlab/wasm/sim"
)

// shownRecords is how many of a shard's newest records its sheet lists, shownBytes how much of a record's data.
const (
	shownRecords = 20
	shownBytes   = 2000
)

// Inspect tells of one thing what it is and where it has been. A ref is "stream:trips", "shard:trips/shardId-…",
// "record:trips/shardId-…/<sequence number>", the same with @<instant> in place of the number for the first record taken
// then or later, "producer:bikes", "consumer:board", "worker:board/worker-1", "lease:board/shardId-…",
// "firehose:raw", "bucket:lake/2026/" (a prefix may follow the name), "object:lake/<key>", "sink:partner", "alarm:trips-hot", "scaler:auto",
// "metric:AWS/Kinesis,IncomingRecords,StreamName=trips", "buckets:", "bill:" or "zones:".
func (l *Lab) Inspect(ref string) (protocol.Sheet, error) { return l.InspectFrom(ref, 0) }

// InspectFrom is Inspect; the listing of a bucket begins at an entry.
func (l *Lab) InspectFrom(ref string, from int64) (s protocol.Sheet, err error) {
	l.rim("inspect", func() { s, err = l.inspect(ref, from) })
	if l.crash != nil {
		return s, l.dead()
	}
	return s, err
}

func (l *Lab) inspect(ref string, from int64) (protocol.Sheet, error) {
	kind, name, _ := strings.Cut(ref, ":")
	switch kind {
	case "stream":
		if st, ok := l.run.region.Kinesis().Stream(name); ok {
			return l.streamSheet(st), nil
		}
	case "shard", "record":
		parts := strings.SplitN(name, "/", 3)
		if len(parts) < 2 {
			break
		}
		st, ok := l.run.region.Kinesis().Stream(parts[0])
		if !ok {
			break
		}
		number, ok := kinesis.ParseShardID(parts[1])
		if !ok {
			break
		}
		sh, ok := st.Shard(number)
		if !ok {
			return protocol.Sheet{}, fmt.Errorf("%s of %s is gone: a closed shard expires with its last record", parts[1], parts[0])
		}
		if kind == "shard" || len(parts) < 3 {
			return l.shardSheet(st, sh), nil
		}
		place, ok := l.findRecord(sh, parts[2])
		if !ok && strings.HasPrefix(parts[2], "@") {
			return l.shardSheet(st, sh), nil
		}
		if !ok {
			return protocol.Sheet{}, fmt.Errorf("%s holds no record %s, or no longer", parts[1], parts[2])
		}
		return l.recordSheet(st, sh, place), nil
	case "producer":
		if p, ok := l.run.region.Producer(name); ok {
			s := l.producerSheet(p)
			s.Settings = region.JSON(p.Settings())
			return s, nil
		}
		if s, ok := l.run.region.Sheet(ref); ok {
			return s, nil
		}
	case "consumer":
		if c, ok := l.run.region.Consumer(name); ok {
			s := l.consumerSheet(c)
			s.Settings = region.JSON(c.Settings())
			return s, nil
		}
		if s, ok := l.run.region.Sheet(ref); ok {
			return s, nil
		}
		if s, ok := l.run.region.FirehoseSheet(name); ok {
			return s, nil
		}
	case "firehose":
		if s, ok := l.run.region.FirehoseSheet(name); ok {
			return s, nil
		}
	case "function":
		if s, ok := l.run.region.FunctionSheet(name); ok {
			return s, nil
		}
	case "bucket":
		if s, ok := l.bucketSheet(name, from); ok {
			return s, nil
		}
	case "buckets":
		return l.bucketsSheet(from), nil
	case "sink":
		if s, ok := l.sinkSheet(name); ok {
			return s, nil
		}
	case "object":
		if bucket, o, ok := l.object(name); ok {
			return l.objectSheet(bucket, o), nil
		}
	case "worker", "lease":
		if s, ok := l.run.region.PartSheet(ref); ok {
			return s, nil
		}
	case "metric":
		if s, ok := l.run.region.MetricSheet(ref); ok {
			return s, nil
		}
		return protocol.Sheet{}, fmt.Errorf("there is no metric %q: write it like metric:AWS/Kinesis,IncomingRecords,StreamName=trips, with the dimensions that list-metrics shows", name)
	case "alarm", "scaler":
		if s, ok := l.controlSheet(ref); ok {
			return s, nil
		}
	case "bill":
		return l.billSheet(), nil
	case "zones":
		return l.zonesSheet(), nil
	default:
		return protocol.Sheet{}, fmt.Errorf("%q names nothing: a ref begins with stream:, shard:, record:, producer:, consumer:, worker:, lease:, firehose:, bucket:, object:, sink:, function:, alarm:, scaler: or metric:, or is buckets:, bill: or zones:", ref)
	}
	return protocol.Sheet{}, fmt.Errorf("there is no %s %q, or no longer", kind, name)
}

// findRecord finds a record by its sequence number, or the one that was on its way to arrive at @instant.
func (l *Lab) findRecord(sh *kinesis.ShardState, text string) (int64, bool) {
	if after, ok := strings.CutPrefix(text, "@"); ok {
		us, err := strconv.ParseInt(after, 10, 64)
		if err != nil || sh.Next() == sh.First() {
			return 0, false
		}
		// A flight is drawn to arrive a little after its record was taken: look for the newest taken by then.
		due := l.start.Add(time.Duration(us) * time.Microsecond)
		n := int(sh.Next() - sh.First())
		i := sort.Search(n, func(i int) bool { return sh.Record(sh.First()+int64(i)).At > due })
		return sh.First() + int64(max(0, i-1)), true
	}
	_, place, ok := sh.Find(text)
	return place, ok
}

// row is a fact: a name and a value.
func row(name, value string) []protocol.Cell { return []protocol.Cell{{Text: name}, {Text: value}} }

func mono(name, value, note string) []protocol.Cell {
	return []protocol.Cell{{Text: name}, {Text: value, Mono: true, Note: note}}
}

func link(name, text, ref string) []protocol.Cell {
	return []protocol.Cell{{Text: name}, {Text: text, Ref: ref, Mono: true}}
}

func (l *Lab) when(at sim.Instant) string {
	if at == 0 {
		return "–"
	}
	if at.Time().YearDay() != l.start.Time().YearDay() || at.Time().Year() != l.start.Time().Year() {
		return at.Time().Format("2 Jan 15:04:05.000")
	}
	return l.clock(at)
}

// perSecond writes how full a second is: "612 of 1,000 (61 %)".
func perSecond(n, limit int64, write func(int64) string) string {
	if limit <= 0 {
		return write(n)
	}
	return fmt.Sprintf("%s of %s (%d %%)", write(n), write(limit), (n*100+limit/2)/limit)
}

func (l *Lab) streamSheet(st *kinesis.Stream) protocol.Sheet {
	now := l.run.region.Now()
	open, closed := len(st.OpenShards()), len(st.Shards())-len(st.OpenShards())
	facts := protocol.Section{Title: "Stream", Rows: [][]protocol.Cell{
		row("Status", st.Status()), row("Capacity mode", st.Mode()), mono("ARN", st.ARN(), ""),
		row("Created", l.when(st.Created())), row("Retention", fmt.Sprintf("%d hours", st.Retention()/time.Hour)),
		row("Shards", fmt.Sprintf("%d open, %d closed", open, closed)),
	}}
	if splits, merges := st.Steps(); splits+merges > 0 {
		facts.Rows = append(facts.Rows, row("Still to be done", region.Count(int64(splits), "split")+", "+region.Count(int64(merges), "merge")))
	}
	if at := st.TickAt(); at != 0 {
		records, bytes := st.Peak()
		facts.Rows = append(facts.Rows, row("Peak minute of 30 days", fmt.Sprintf("%s/s, %s records/s", region.Bytes(int64(bytes)), region.Number(int64(records)))),
			row("Looks at its traffic again", l.when(at)))
	}
	if st.KeyID() != "" {
		facts.Rows = append(facts.Rows, mono("Encrypted at rest with", st.KeyID(), "Records that came before "+l.when(st.EncryptedSince())+" stay as they were."))
	}
	limits := l.run.region.Kinesis().Limits()
	can := protocol.Section{Title: "What its open shards can do together", Rows: [][]protocol.Cell{
		row("Take in", fmt.Sprintf("%s records/s, %s/s", region.Number(int64(open)*limits.ShardRecordsPerSecond), region.Bytes(int64(open)*limits.ShardBytesPerSecond))),
		row("Give out", fmt.Sprintf("%s/s, %s GetRecords/s", region.Bytes(int64(open)*limits.ShardReadBytesPerSecond), region.Number(int64(open)*int64(limits.ShardReadCallsPerSecond)))),
	}}
	table := protocol.Section{Title: "Shards", Head: []string{"Shard", "State", "Hash keys", "Taken in the last second", "Refused in all", "Held"}}
	for _, sh := range st.Shards() {
		last := sh.Last(now)
		held, _ := st.Held(sh, now)
		lo, hi := sh.Range()
		table.Rows = append(table.Rows, []protocol.Cell{
			{Text: sh.ID(), Ref: region.ShardRef(st.Name(), sh.Number()), Mono: true}, {Text: state(sh)},
			{Text: fmt.Sprintf("%s to %s", load.Percent(round(lo.Part())), load.Percent(round(endPart(hi))))},
			{Text: region.Count(last.Records, "record")}, {Text: region.Number(sh.RefusedTotal())}, {Text: region.Count(held, "record")},
		})
	}
	sections := []protocol.Section{facts, can, table}
	fanOut := protocol.Section{Title: "Registered consumers", Head: []string{"Consumer", "Status", "Subscribed to"}}
	for _, c := range st.Consumers() {
		n := int64(0)
		for _, sh := range st.Shards() {
			for _, sub := range l.run.region.Kinesis().Subscriptions(st, sh) {
				if sub.Consumer == c.Name() {
					n++
				}
			}
		}
		fanOut.Rows = append(fanOut.Rows, []protocol.Cell{{Text: c.Name(), Mono: true, Note: c.ARN()}, {Text: c.Status()}, {Text: region.Count(n, "shard")}})
	}
	if len(fanOut.Rows) > 0 {
		sections = append(sections, fanOut)
	}
	return protocol.Sheet{Ref: region.StreamRef(st.Name()), Kind: "Stream", Title: st.Name(), Sections: sections,
		Commands: []string{"aws kinesis describe-stream-summary --stream-name " + st.Name(), "aws kinesis list-shards --stream-name " + st.Name()}}
}

func round(part float64) float64 { return float64(int64(part*1000+0.5)) / 1000 }

func state(sh *kinesis.ShardState) string {
	if sh.Open() {
		return "OPEN"
	}
	return "CLOSED"
}

func (l *Lab) shardSheet(st *kinesis.Stream, sh *kinesis.ShardState) protocol.Sheet {
	now := l.run.region.Now()
	limits := l.run.region.Kinesis().Limits()
	lo, hi := sh.Range()
	last := sh.Last(now)
	held, bytes := st.Held(sh, now)
	facts := protocol.Section{Title: "Shard", Rows: [][]protocol.Cell{
		row("State", state(sh)), link("Stream", st.Name(), region.StreamRef(st.Name())),
		mono("First hash key", lo.String(), ""), mono("Last hash key", hi.String(), ""),
		row("Part of the ring", fmt.Sprintf("%s to %s", load.Percent(round(lo.Part())), load.Percent(round(endPart(hi))))),
		row("Opened", l.when(sh.OpenedAt())),
	}}
	for _, p := range sh.Parents() {
		facts.Rows = append(facts.Rows, link("Parent", kinesis.ShardID(p), region.ShardRef(st.Name(), p)))
	}
	if !sh.Open() {
		facts.Rows = append(facts.Rows, row("Closed", l.when(sh.ClosedAt())),
			row("Expires", l.when(sh.ClosedAt().Add(st.Retention()))+", with its last record"))
	}
	for _, c := range sh.Children() {
		facts.Rows = append(facts.Rows, link("Child", kinesis.ShardID(c), region.ShardRef(st.Name(), c)))
	}
	facts.Rows = append(facts.Rows, mono("First sequence number", sh.StartingSequenceNumber(), ""))
	if !sh.Open() {
		facts.Rows = append(facts.Rows, mono("Last sequence number", sh.EndingSequenceNumber(), ""))
	}
	full := protocol.Section{Title: "In the last second", Rows: [][]protocol.Cell{
		row("Records taken", perSecond(last.Records, limits.ShardRecordsPerSecond, region.Number)),
		row("Bytes taken", perSecond(last.Bytes, limits.ShardBytesPerSecond, region.Bytes)),
		row("Records refused", region.Number(last.Refused)),
		row("GetRecords answered", perSecond(last.Reads, int64(limits.ShardReadCallsPerSecond), region.Number)),
		row("Bytes given out", perSecond(last.ReadBytes, limits.ShardReadBytesPerSecond, region.Bytes)),
		row("GetRecords refused", region.Number(last.ReadsRefused)),
	}}
	pushed := protocol.Section{Title: "Subscriptions", Head: []string{"Consumer", "Since", "Until", "Not yet pushed"}}
	for _, sub := range l.run.region.Kinesis().Subscriptions(st, sh) {
		pushed.Rows = append(pushed.Rows, []protocol.Cell{{Text: sub.Consumer, Mono: true}, {Text: l.when(sub.Opened)}, {Text: l.when(sub.Ends)},
			{Text: region.Count(sh.Next()-max(sub.Next, sh.First()), "record")}})
	}
	if len(pushed.Rows) > 0 {
		full.Rows = append(full.Rows, row("Bytes pushed with enhanced fan-out",
			fmt.Sprintf("%s, of %s for each of %s", region.Bytes(last.PushBytes), limits.Text(kinesis.WhyReadBytes), region.Count(int64(len(pushed.Rows)), "subscription"))))
	}
	if at := l.run.region.Kinesis().ReadableAt(st, sh); at > now {
		full.Rows = append(full.Rows, row("Answers reads again", l.when(at)))
	}
	ever := protocol.Section{Title: "Since it opened", Rows: [][]protocol.Cell{
		row("Records taken", region.Number(sh.Taken())), row("Records refused", region.Number(sh.RefusedTotal())),
		row("Held now", fmt.Sprintf("%s, %s", region.Count(held, "record"), region.Bytes(bytes))),
	}}
	if sh.LastWhy() != 0 {
		ever.Rows = append(ever.Rows, row("Limit that refused last", limits.Text(sh.LastWhy())))
	}
	latest := protocol.Section{Title: "Newest records", Head: []string{"Sequence number", "Partition key", "Taken", "Size"}}
	for i := sh.Next() - 1; i >= max(sh.First(), sh.Next()-shownRecords); i-- {
		r := sh.Record(i)
		sequence := sh.SequenceNumber(i, r.At)
		latest.Rows = append(latest.Rows, []protocol.Cell{
			{Text: sequence, Ref: region.RecordRef(st.Name(), sh.Number(), sequence), Mono: true}, {Text: r.Key, Mono: true},
			{Text: l.when(r.At)}, {Text: region.Bytes(r.Size())}})
	}
	s := protocol.Sheet{Ref: region.ShardRef(st.Name(), sh.Number()), Kind: "Shard", Title: sh.ID(), Sections: []protocol.Section{facts, full, ever}}
	if len(pushed.Rows) > 0 {
		s.Sections = append(s.Sections, pushed)
	}
	if len(latest.Rows) > 0 {
		s.Sections = append(s.Sections, latest)
	}
	s.Commands = []string{"aws kinesis list-shards --stream-name " + st.Name(),
		fmt.Sprintf("aws kinesis get-shard-iterator --stream-name %s --shard-id %s --shard-iterator-type TRIM_HORIZON", st.Name(), sh.ID())}
	if sh.Open() && lo.Add(1).Less(hi) {
		s.Commands = append(s.Commands, fmt.Sprintf("aws kinesis split-shard --stream-name %s --shard-to-split %s --new-starting-hash-key %s", st.Name(), sh.ID(), lo.Middle(hi).String()))
	}
	return s
}

func (l *Lab) recordSheet(st *kinesis.Stream, sh *kinesis.ShardState, place int64) protocol.Sheet {
	r := sh.Record(place)
	now := l.run.region.Now()
	sequence := sh.SequenceNumber(place, r.At)
	hash := kinesis.HashKey(r.Key)
	lo, hi := sh.Range()
	what := protocol.Section{Title: "Record", Rows: [][]protocol.Cell{
		mono("Partition key", r.Key, ""), mono("Data", text(r.Data), ""),
		row("Size", fmt.Sprintf("%s of data and %s of key", region.Bytes(int64(len(r.Data))), region.Bytes(int64(len(r.Key))))),
		mono("Sequence number", sequence, ""),
	}}
	if st.Encrypted(r) {
		what.Rows = append(what.Rows, row("At rest", "encrypted with a KMS key"))
	}
	packed := protocol.Section{Title: "User records in it", Head: []string{"Partition key", "Data"}}
	if users, ok := aggregation.Decode(r.Data); ok {
		what.Rows = append(what.Rows, []protocol.Cell{{Text: "Packed by the KPL"}, {Text: region.Count(int64(len(users)), "user record"),
			Note: "Who reads without unpacking sees one opaque blob: KCL, Lambda with enhanced fan-out, Firehose and the kinesis-aggregation modules unpack."}})
		for _, u := range users[:min(len(users), shownRecords)] {
			packed.Rows = append(packed.Rows, []protocol.Cell{{Text: u.PartitionKey, Mono: true}, {Text: text(u.Data), Mono: true}})
		}
	}
	way := protocol.Section{Title: "Where it has been", Head: []string{"When", "What"}}
	step := func(at sim.Instant, cell protocol.Cell) {
		way.Rows = append(way.Rows, []protocol.Cell{{Text: l.when(at)}, cell})
	}
	step(r.At, l.sentBy(st, sh, sequence, r))
	hashed := fmt.Sprintf("MD5 of its key is %016x%016x, hash key %s", hash[0], hash[1], hash)
	if hash.Less(lo) || hi.Less(hash) {
		hashed = "An ExplicitHashKey chose the shard: the MD5 of its key lies outside the shard's range"
	}
	step(r.At, protocol.Cell{Text: hashed, Mono: true})
	step(r.At, protocol.Cell{Text: fmt.Sprintf("%s takes hash keys %s to %s, and took it as its record number %s", sh.ID(), lo, hi, region.Number(place+1)), Ref: region.ShardRef(st.Name(), sh.Number())})
	step(sh.VisibleAt(r.At), protocol.Cell{Text: "readable in all three Availability Zones"})
	for _, c := range l.run.region.Consumers() {
		if s := c.Settings(); s.StreamName == st.Name() {
			if at, ok := c.ReadAt(sh.Number(), place); ok {
				step(at, protocol.Cell{Text: fmt.Sprintf("read by %s, %s after it was taken", s.Name, region.Millis(int64(at.Sub(r.At)/time.Millisecond))), Ref: region.ConsumerRef(s.Name)})
			} else {
				way.Rows = append(way.Rows, []protocol.Cell{{Text: "–"}, {Text: "not read by " + s.Name, Ref: region.ConsumerRef(s.Name)}})
			}
		}
	}
	step(r.At.Add(st.Retention()), protocol.Cell{Text: fmt.Sprintf("expires, at the end of its %d hours", st.Retention()/time.Hour)})
	looks := protocol.Section{Title: "How its sequence number looks", Rows: [][]protocol.Cell{}}
	if n, err := kinesis.ParseSequenceNumber(sequence); err == nil {
		looks.Rows = append(looks.Rows,
			row("Shard created", time.Unix(n.Created, 0).UTC().Format(time.DateTime)), row("Index in the shard", region.Number(n.Index)),
			row("Second of arrival", time.Unix(n.Second, 0).UTC().Format(time.DateTime)), row("Shard number", strconv.Itoa(int(n.Shard))))
		looks.Rows = append(looks.Rows, []protocol.Cell{{Text: "Beware"}, {Text: "AWS promises only that it is unique in the stream and rises within the shard.", Note: "The layout is not documented; never compute with it."}})
	}
	age := protocol.Section{Title: "Now", Rows: [][]protocol.Cell{row("Age", region.Millis(int64(now.Sub(r.At)/time.Millisecond)))}}
	sections := []protocol.Section{what, packed, way, looks, age}
	if packed.Rows == nil {
		sections = slices.Delete(sections, 1, 2)
	}
	return protocol.Sheet{Ref: region.RecordRef(st.Name(), sh.Number(), sequence), Kind: "Record", Title: r.Key + " in " + sh.ID(), Sections: sections,
		Commands: []string{fmt.Sprintf("aws kinesis get-shard-iterator --stream-name %s --shard-id %s --shard-iterator-type AT_SEQUENCE_NUMBER --starting-sequence-number %s", st.Name(), sh.ID(), sequence)}}
}

// sentBy tells who sent a record: the learner, or the producers that use its key.
func (l *Lab) sentBy(st *kinesis.Stream, sh *kinesis.ShardState, sequence string, r *kinesis.Stored) protocol.Cell {
	for i := range l.run.deeds {
		for _, p := range l.run.deeds[i].Puts {
			if p.Stream == st.Name() && p.Shard == sh.Number() && p.Sequence == sequence {
				return protocol.Cell{Text: "put by you, with " + l.run.deeds[i].Op}
			}
		}
	}
	for _, p := range l.run.region.Producers() {
		if s := p.Settings(); s.StreamName == st.Name() && p.Uses(r.Key) {
			return protocol.Cell{Text: "sent by " + s.Name, Ref: region.ProducerRef(s.Name)}
		}
	}
	key := r.Key
	if users, packed := aggregation.Decode(r.Data); packed && len(users) > 0 {
		key = users[0].PartitionKey
	}
	for _, p := range l.run.region.KPLProducers() {
		if s := p.Settings(); s.StreamName == st.Name() && p.Uses(key) {
			return protocol.Cell{Text: "sent by " + s.Name + ", with the KPL", Ref: region.ProducerRef(s.Name)}
		}
	}
	return protocol.Cell{Text: "sent, by a client that is gone"}
}

// text shows data as text when it is one.
func text(data []byte) string {
	cut := data[:min(len(data), shownBytes)]
	for i := 0; i < utf8.UTFMax-1 && len(cut) < len(data) && len(cut) > 0 && !utf8.Valid(cut); i++ {
		cut = cut[:len(cut)-1]
	}
	if !utf8.Valid(cut) {
		return fmt.Sprintf("% x", data[:min(len(data), 64)]) + more(len(data)-min(len(data), 64))
	}
	return string(cut) + more(len(data)-len(cut))
}

func more(n int) string {
	if n == 0 {
		return ""
	}
	return fmt.Sprintf(" … and %s more", region.Bytes(int64(n)))
}

func (l *Lab) producerSheet(p *producer.Producer) protocol.Sheet {
	s, t := p.Settings(), p.Total()
	op := "PutRecord, one record a call"
	if s.Batch > 1 {
		op = fmt.Sprintf("PutRecords, up to %d records a call", s.Batch)
	}
	does := "runs"
	if !s.Running {
		does = "stopped"
	} else if p.Blocked() != "" {
		does = "cannot write: " + region.Barred(p.Blocked(), s.StreamName, s.Role, "write to")
	}
	facts := protocol.Section{Title: "Producer", Rows: [][]protocol.Cell{
		row("State", does), link("Stream", s.StreamName, region.StreamRef(s.StreamName)),
		row("Rate", region.Decimal(s.RecordsPerSecond)+" records/s"), row("Record", region.Bytes(int64(s.RecordBytes))+" of data"),
		row("Keys", s.Keys.Words()), row("Calls", op), row("Retries", s.Retry.Words()), row("Answers after", fmt.Sprintf("about %d ms", s.LatencyMillis)),
	}}
	if s.Role != "" {
		facts.Rows = append(facts.Rows, row("Acts as", s.Role))
	}
	lately := p.Lately(l.run.region.Now(), 1)
	second := protocol.Section{Title: "In the last whole second", Rows: [][]protocol.Cell{
		row("Made", region.Number(int64(lately.Made))), row("Taken", region.Number(int64(lately.Accepted))), row("Refused", region.Number(int64(lately.Refused))),
		row("Sent again", region.Number(int64(lately.Retried))), row("Given up", region.Number(int64(lately.Lost))),
	}}
	late, key, _ := p.Late()
	all := protocol.Section{Title: "In all", Rows: [][]protocol.Cell{
		row("Made", region.Number(t.Made)), row("Calls", region.Number(t.Calls)), row("Taken", region.Number(t.Accepted)), row("Refused", region.Number(t.Refused)),
		row("Waiting for a retry", region.Number(int64(p.Waiting()))), row("Given up", region.Number(t.Lost)),
		row("Calls not answered in time", region.Number(t.TimedOut)), row("Taken twice", region.Number(t.Duplicates)), row("Taken after a later one of their key", region.Number(late)),
	}}
	if late > 0 {
		all.Rows = append(all.Rows, mono("The last such key", key, "Its record was refused, and sent again after the next one had been taken."))
	}
	table := protocol.Section{Title: "Its keys", Head: []string{"Partition key", "Meant share", "Taken", "Shard now"}}
	names, shares := p.Keys()
	st, there := l.run.region.Kinesis().Stream(s.StreamName)
	for i := range min(len(names), shownRecords) {
		cell := protocol.Cell{Text: "–"}
		if there {
			if sh, ok := st.ShardFor(kinesis.HashKey(names[i])); ok {
				cell = protocol.Cell{Text: sh.ID(), Ref: region.ShardRef(s.StreamName, sh.Number()), Mono: true}
			}
		}
		table.Rows = append(table.Rows, []protocol.Cell{{Text: names[i], Mono: true}, {Text: load.Percent(round(shares[i]))}, {Text: region.Number(p.Taken(i))}, cell})
	}
	stop := "lab stop-producer --name " + s.Name
	if !s.Running {
		stop = "lab start-producer --name " + s.Name
	}
	return protocol.Sheet{Ref: region.ProducerRef(s.Name), Kind: "Producer", Title: s.Name, Sections: []protocol.Section{facts, second, all, table},
		Commands: []string{stop, fmt.Sprintf("lab put-producer --name %s --records-per-second %s", s.Name, strconv.FormatFloat(s.RecordsPerSecond, 'f', -1, 64))}}
}

func (l *Lab) consumerSheet(c *consumer.Consumer) protocol.Sheet {
	s, t := c.Settings(), c.Total()
	now := l.run.region.Now()
	does := consumerNote(c, now)
	if does == "" {
		does = "reads"
	}
	facts := protocol.Section{Title: "Consumer", Rows: [][]protocol.Cell{
		row("State", does), link("Stream", s.StreamName, region.StreamRef(s.StreamName)),
		row("Polls", "each shard every "+region.Millis(int64(s.PollMillis))), row("Began at", s.Begins()), row("Order of shards", s.ShardOrder),
		row("Behind", region.Millis(c.Lag(l.run.region.Kinesis(), now))),
	}}
	fanOut := s.RetrievalMode == consumer.FanOut
	if fanOut {
		facts.Rows[2] = row("Polls", "nothing: records are pushed to it, with enhanced fan-out")
		facts.Rows = append(facts.Rows, row("Registered consumer", s.RegisteredAs()+", "+cmp.Or(c.Enrolled(), "not there")))
	}
	if mean, n := c.Latency(now, latencySpan); n > 0 {
		facts.Rows = append(facts.Rows, row("From put to received", fmt.Sprintf("%s on average of the last %d s; of the last minute 99 of 100 within %s",
			region.Millis(mean.Milliseconds()), latencySpan, region.Millis(c.LatencyPercentile(now, 0.99).Milliseconds()))))
	}
	if s.Role != "" {
		facts.Rows = append(facts.Rows, row("Acts as", s.Role))
	}
	if s.RecordsPerSecond > 0 {
		facts.Rows = append(facts.Rows, row("Processes", region.Decimal(s.RecordsPerSecond)+" records/s"))
	}
	late, key, _ := c.Late()
	all := protocol.Section{Title: "In all", Rows: [][]protocol.Cell{
		row("GetRecords calls", region.Number(t.Calls)), row("Calls refused", region.Number(t.Refused)),
		row("Records read", fmt.Sprintf("%s, %s", region.Number(t.Read), region.Bytes(t.Bytes))),
		row("Read after a later one of their key", region.Number(late)),
	}}
	if late > 0 {
		all.Rows = append(all.Rows, mono("The last such key", key, "Its older records lay in a parent shard that was not read to its end."))
	}
	change := fmt.Sprintf("lab put-consumer --name %s --poll-millis %d", s.Name, s.PollMillis)
	if fanOut {
		all.Rows[0] = row("SubscribeToShard calls", region.Number(t.Calls))
		all.Rows = sim.Insert(all.Rows, 2, row("Events pushed to it", region.Number(t.Events)))
		change = fmt.Sprintf("lab put-consumer --name %s --retrieval-mode %s", s.Name, consumer.Polling)
	}
	table := protocol.Section{Title: "Its place in each shard", Head: []string{"Shard", "State", "Read", "Not yet read", "Behind"}}
	st, there := l.run.region.Kinesis().Stream(s.StreamName)
	for _, p := range c.Places() {
		left := "–"
		if there {
			if sh, ok := st.Shard(p.Shard); ok && p.Phase != consumer.Gone {
				left = region.Count(sh.Next()-max(p.Next, sh.First()), "record")
			}
		}
		table.Rows = append(table.Rows, []protocol.Cell{{Text: kinesis.ShardID(p.Shard), Ref: region.ShardRef(s.StreamName, p.Shard), Mono: true},
			{Text: l.phase(p)}, {Text: region.Count(p.Next-p.Start-p.Missed, "record")}, {Text: left}, {Text: region.Millis(p.Behind)}})
	}
	stop := "lab stop-consumer --name " + s.Name
	if !s.Running {
		stop = "lab start-consumer --name " + s.Name
	}
	return protocol.Sheet{Ref: region.ConsumerRef(s.Name), Kind: "Consumer", Title: s.Name, Sections: []protocol.Section{facts, all, table},
		Commands: []string{stop, change}}
}

// phase says how it stands with a shard.
func (l *Lab) phase(p consumer.Place) string {
	if p.Subscribed == 0 {
		return p.Phase
	}
	return "subscribed until " + l.when(p.Subscribed.Add(l.run.region.Kinesis().Limits().SubscriptionLifetime))
}

// consumerNote says what holds a consumer up, "" when nothing does.
func consumerNote(c *consumer.Consumer, now sim.Instant) string {
	switch s := c.Settings(); {
	case !s.Running:
		return "stopped"
	case c.Blocked() != "":
		return "cannot read: " + region.Barred(c.Blocked(), s.StreamName, s.Role, "read")
	case s.RetrievalMode == consumer.FanOut && c.Enrolled() != kinesis.Active:
		return fmt.Sprintf("cannot subscribe: its registered consumer is %s", cmp.Or(c.Enrolled(), "not there"))
	case c.Busy() > now.Add(time.Second):
		return fmt.Sprintf("processes for another %s", region.Millis(int64(c.Busy().Sub(now)/time.Millisecond)))
	case c.Lately(now, latelySecond).Refused > 0 && s.RetrievalMode == consumer.FanOut:
		return "may not subscribe yet, and tries again"
	case c.Lately(now, latelySecond).Refused > 0:
		return "reads are refused: the shard's reads are used up"
	}
	for _, p := range c.Places() {
		if p.Phase == consumer.Waiting {
			return fmt.Sprintf("waits with %s until its parents are read", kinesis.ShardID(p.Shard))
		}
	}
	return ""
}
