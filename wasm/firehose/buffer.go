package firehose

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"

	"shardlab/wasm/sim"
)

func itoa(n int) string { return strconv.Itoa(n) }

// A target is where records of a buffer go.
type target uint8

// The targets.
const (
	toDestination target = iota
	toBackup             // source records, to the backup bucket
	toErrors             // records that failed, to the error place
)

// A buffer gathers records that leave together.
type buffer struct {
	id      int64
	target  target
	key     string // the evaluated prefix of a partition, or the error-output-type
	records []Record
	bytes   int64
	since   sim.Instant // when its first record came
	dueAt   sim.Instant
	oldest  sim.Instant // arrival
}

// route lays what went through the processor into the buffers of the destination.
func (s *Service) route(st *Stream, records []Record) {
	if len(records) == 0 {
		return
	}
	if !st.partitioned() {
		s.lay(st, toDestination, "", records)
		return
	}
	var failed []Record
	from := 0
	key := ""
	active, counted := int64(0), false // partitions, as long as no buffer comes or goes
	flush := func(to int) {
		buffers, shipments := len(st.buffers), len(st.shipments)
		if from < to {
			s.lay(st, toDestination, key, records[from:to])
		}
		from = to
		counted = counted && buffers == len(st.buffers) && shipments == len(st.shipments)
	}
	over := func(k string) bool {
		if st.active(k) {
			return false
		}
		if !counted {
			active, counted = st.partitions(), true
		}
		return active >= st.Options.MaxPartitions
	}
	full := int64(0)
	for i := range records {
		r := &records[i]
		k, why := s.partition(st, r)
		if why == nil && k != key {
			flush(i) // so that its partition counts
		}
		switch {
		case why != nil:
		case k != key && over(k):
			full++
			why = &Failure{Type: "activePartitionExceeded", Code: "DynamicPartitioning.ActivePartitionLimitExceeded", Message: "The number of active partitions exceeds the limit of " + strconv.FormatInt(st.Options.MaxPartitions, 10) + ".", Attempts: 1}
		}
		if why != nil {
			flush(i)
			from = i + 1
			bad := *r
			bad.Fate, bad.Why = Failed, why
			failed = append(failed, bad)
			continue
		}
		if k != key {
			flush(i)
			key = k
		}
	}
	flush(len(records))
	s.count(st, "PartitionCount", float64(st.partitions()))
	if full > 0 {
		s.notify(Notice{Kind: PartitionsFull, Stream: st, N: full})
	}
	s.count(st, "PartitionCountExceeded", float64(min(full, 1)))
	if len(failed) > 0 {
		if n := int64(len(failed)) - full; n > 0 {
			st.total.ProcessingFailures += n
			i := slices.IndexFunc(failed, func(r Record) bool { return r.Why.Type != "activePartitionExceeded" })
			s.notify(Notice{Kind: ProcessingFailed, Stream: st, N: n, Why: failed[i].Why.Code, Text: failed[i].Why.Message})
		}
		s.fail(st, failed)
	}
}

// fail lays records into the buffers of failed ones, one for each error-output-type.
func (s *Service) fail(st *Stream, failed []Record) {
	for len(failed) > 0 {
		typ := failed[0].Why.Type
		var of, rest []Record
		for _, r := range failed {
			if r.Why.Type == typ {
				of = append(of, r)
			} else {
				rest = append(rest, r)
			}
		}
		s.lay(st, toErrors, typ, of)
		failed = rest
	}
}

// lay lays records into a buffer and lets it go as often as it is full.
func (s *Service) lay(st *Stream, t target, key string, records []Record) {
	h := st.hintsOf(t)
	for len(records) > 0 {
		b := st.buffer(t, key)
		if b == nil {
			b = &buffer{id: st.id64(), target: t, key: key, since: s.now(), oldest: records[0].Arrival}
			b.dueAt = b.since + sim.Instant(h.micro)
			st.buffers = append(st.buffers, b)
			s.at(st, b.dueAt, evFlush, b.id)
		}
		n := 0
		for n < len(records) && b.bytes < h.bytes {
			b.bytes += int64(len(records[n].Data))
			b.oldest = min(b.oldest, records[n].Arrival)
			n++
		}
		if len(b.records)+n > cap(b.records) { // doubled: append alone grows long lists by a quarter, and copies them five times
			b.records = slices.Grow(b.records, max(n, len(b.records)))
		}
		b.records = append(b.records, records[:n]...)
		records = records[n:]
		if b.bytes >= h.bytes {
			s.flush(st, b, "size")
		}
	}
}

// buffer finds a buffer; nil when nothing waits for it.
func (st *Stream) buffer(t target, key string) *buffer {
	for _, b := range st.buffers {
		if b.target == t && b.key == key {
			return b
		}
	}
	return nil
}

// active says whether a partition is: something of it waits, or is not delivered.
func (st *Stream) active(key string) bool {
	if st.buffer(toDestination, key) != nil {
		return true
	}
	return slices.ContainsFunc(st.shipments, func(x *shipment) bool { return x.target == toDestination && x.key == key })
}

// partitions is how many partitions are active.
func (st *Stream) partitions() int64 {
	keys := make(map[string]bool)
	for _, b := range st.buffers {
		if b.target == toDestination {
			keys[b.key] = true
		}
	}
	for _, x := range st.shipments {
		if x.target == toDestination {
			keys[x.key] = true
		}
	}
	return int64(len(keys))
}

// flushDue lets a buffer go that is old enough.
func (s *Service) flushDue(st *Stream, id int64) {
	if i := slices.IndexFunc(st.buffers, func(b *buffer) bool { return b.id == id }); i >= 0 {
		s.flush(st, st.buffers[i], "time")
	}
}

// flush makes a delivery of a buffer.
func (s *Service) flush(st *Stream, b *buffer, why string) {
	st.buffers = slices.DeleteFunc(slices.Clone(st.buffers), func(x *buffer) bool { return x == b })
	x := &shipment{id: st.id64(), target: b.target, key: b.key, records: b.records, bytes: b.bytes, oldest: b.oldest, version: st.version, kind: st.kind}
	st.shipments = append(st.shipments, x)
	st.handled += int64(len(b.records))
	if b.target == toDestination {
		switch why {
		case "size":
			st.total.BySize++
		case "time":
			st.total.ByTime++
		}
	}
	s.notify(Notice{Kind: Flushed, Stream: st, N: int64(len(b.records)), Bytes: b.bytes, Why: why, Status: b.target.String(), Key: b.key})
	s.raise(st)
	s.attempt(st, x.id)
}

// String is what the target is, in words.
func (t target) String() string { return [...]string{"destination", "backup", "errors"}[t] }

// hintsOf are size and interval of the buffers of a target. Those for the errors are of the bucket that they go to.
func (st *Stream) hintsOf(t target) hints {
	k, config := st.kind, st.config
	if t != toDestination && !k.toS3() || t == toBackup {
		config = st.bucketConfig(t)
		k = kindOf("S3")
	} else if k.name == "Redshift" { // whose buffer is that of the intermediate bucket
		config = config.Doc("S3Configuration")
	}
	size, seconds := config.Int("BufferingHints.SizeInMBs", k.size.Usual), config.Int("BufferingHints.IntervalInSeconds", k.seconds.Usual)
	h := hints{size << 20, seconds * micro}
	if t == toDestination {
		h.bytes *= max(1, st.raised)
	} else if st.config.True("DataFormatConversionConfiguration.Enabled") && t == toErrors {
		h.bytes = k.size.Usual << 20
	}
	if seconds == 0 {
		h.micro = gatherFor.Microseconds()
	}
	return h
}

// raise lets the buffers of a stream grow when its deliveries are behind, and shrink when they are not.
func (s *Service) raise(st *Stream) {
	if !st.Options.AutoRaise {
		return
	}
	plain := st.hintsOf(toDestination)
	late := s.behind(st) > behindIntervals*time.Duration(plain.micro)*time.Microsecond
	was := max(1, st.raised)
	switch {
	case late && was < maxRaise:
		st.raised = was * 2
	case !late && was > 1:
		st.raised = was / 2
	}
	if now := max(1, st.raised); now > was {
		s.notify(Notice{Kind: BufferGrew, Stream: st, N: st.hintsOf(toDestination).bytes >> 20})
	}
}

// backupConfig is the configuration of the bucket for what is backed up; nil when there is none.
func (st *Stream) backupConfig() Doc {
	for _, name := range []string{"S3BackupConfiguration", "S3Configuration"} {
		if c := st.config.Doc(name); c != nil {
			return c
		}
	}
	return nil
}

// bucketConfig is the configuration of the bucket that a target is; with the destination it is the destination's.
func (st *Stream) bucketConfig(t target) Doc {
	switch {
	case t == toDestination || st.kind.toS3() && t == toErrors:
		return st.config
	case t == toErrors: // of Redshift that is the intermediate bucket
		return st.config.Doc("S3Configuration")
	}
	if b := st.backupConfig(); b != nil {
		return b
	}
	return st.kept
}

// backsUp says whether all source records are kept in the backup bucket.
func (st *Stream) backsUp() bool {
	return st.kind.all != "" && st.config.Text("S3BackupMode") == st.kind.all && st.backupConfig() != nil
}

// partitioned says whether records are partitioned dynamically.
func (st *Stream) partitioned() bool {
	return st.config.True("DynamicPartitioningConfiguration.Enabled")
}

// A Buffer is how a buffer stands, to look at.
type Buffer struct {
	Target         string // "destination", "backup" or "errors"
	Key            string // evaluated prefix of a partition, or error-output-type
	Records        int64
	Bytes          int64
	Size           int64 // bytes at which it goes
	Since, DueAt   sim.Instant
	Oldest, Newest sim.Instant // arrival of its records
}

// Buffers are the buffers in which something waits, the destination's first. What waits for the processor is Waiting.
func (st *Stream) Buffers() []Buffer {
	var all []Buffer
	for _, b := range st.buffers {
		all = append(all, Buffer{b.target.String(), b.key, int64(len(b.records)), b.bytes, st.hintsOf(b.target).bytes, b.since, b.dueAt, b.oldest, b.records[len(b.records)-1].Arrival})
	}
	sim.Sort(all, func(a, b Buffer) int { return strings.Compare(order(a.Target), order(b.Target)) })
	return all
}

func order(target string) string {
	return map[string]string{"destination": "0", "backup": "1", "errors": "2"}[target]
}

// Hints are size in bytes and interval of the buffers for the destination.
func (st *Stream) Hints() (bytes int64, interval time.Duration) {
	h := st.hintsOf(toDestination)
	return h.bytes, time.Duration(h.micro) * time.Microsecond
}

// Waiting are how many records wait for the processor, or are in it, and their bytes.
func (st *Stream) Waiting() (records, bytes int64) {
	records, bytes = int64(len(st.waiting)), st.waitBytes
	for _, j := range st.jobs {
		records += int64(len(j.records))
		bytes += sizeOf(j.records)
	}
	return records, bytes
}

// Held is about how many bytes of memory it takes: records, and files that wait to be delivered.
func (st *Stream) Held() (bytes int64) {
	const each = 96 // of a record beside its data
	add := func(records []Record) { bytes += sizeOf(records) + int64(len(records))*each }
	add(st.waiting)
	for _, j := range st.jobs {
		add(j.records)
		add(j.out)
	}
	for _, b := range st.buffers {
		add(b.records)
	}
	for _, x := range st.shipments {
		if add(x.records); x.file != nil {
			bytes += int64(len(x.file.Data))
		}
	}
	return bytes
}

// Partitions is how many partitions are active.
func (st *Stream) Partitions() int64 { return st.partitions() }

// Undelivered are the deliveries under way, oldest first.
type Undelivered struct {
	Target   string
	Key      string
	Records  int64
	Bytes    int64
	Oldest   sim.Instant
	Attempts int64
	Since    sim.Instant // of its first failure; 0 when it did not fail
	NextAt   sim.Instant // when it is tried again, or answered
	Asking   bool
	Code     string // of the last failure
	Message  string
}

// Undelivered are the deliveries that are under way or wait to be tried again.
func (st *Stream) Undelivered() []Undelivered {
	var all []Undelivered
	for _, x := range st.shipments {
		all = append(all, Undelivered{x.target.String(), x.key, int64(len(x.records)), x.bytes, x.oldest, x.attempts, x.failedSince, x.at, x.asking, x.code, x.message})
	}
	sim.Sort(all, func(a, b Undelivered) int { return cmp.Compare(a.Oldest, b.Oldest) })
	return all
}
