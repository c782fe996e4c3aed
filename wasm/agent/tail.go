package agent

import (
	"bytes"
	"crypto/md5"
	"encoding/hex"
	"slices"
	"strconv"

	"shardlab/wasm/kinesis"
	"shardlab/wasm/sim"
)

// A Checkpoint is a row of the table FILE_CHECKPOINTS: how far a flow has sent a file. It outlives the agent.
// Source: SQLiteFileCheckpointStore.java.
type Checkpoint struct {
	Flow     string
	Path     string
	FileID   int64
	Modified sim.Instant
	Size     int64
	Offset   int64
	Updated  sim.Instant
}

// seen is a file as a tailer saw it last.
type seen struct {
	id, size int64
	path     string
	modified sim.Instant
}

// A record is one that waits to be sent or is under way.
type record struct {
	key  string
	data []byte
}

// A batch is a buffer of records; what is in it never changes once it is closed.
type batch struct {
	id       int64
	records  []record
	bytes    int
	file     seen        // of the last record
	end      int64       // offset behind the last record
	first    sim.Instant // when its first record came
	tries    int
	answerAt sim.Instant // of a batch under way
	failed   []record    // of a batch under way: what goes again
	code     string      // of a batch under way: the error of the whole call
	sent     int64       // of a batch under way: bytes the stream took
}

// done is a batch that the stream has, whose checkpoint waits for older ones.
type done struct {
	id, end int64
	file    seen
}

// mark is how far a tailer has ever read a file.
type mark struct{ id, offset int64 }

// A Tailer is a flow at work: where it reads, what it buffers, what it sends.
type Tailer struct {
	flow *Flow

	open    bool
	cur     seen   // the file it reads
	offset  int64  // up to where
	list    []seen // the matching files as it saw them last, newest first
	skip    int    // header lines still to skip
	version int64  // of the disk when it looked last
	looked  sim.Instant
	rescan  sim.Instant // last look at the whole directory
	held    bool        // the queue is full: it does not read

	buffer  batch
	queue   []batch // closed buffers that were never sent
	retry   []batch // what goes again, before the queue
	flight  []batch // under way, by the instant of the answer
	done    []done
	lastID  int64
	failing float64     // failures in a row, in calls; a call that failed in part counts in part
	holdTo  sim.Instant // no call before
	blocked string

	marks []mark
}

// Flow is what it was told.
func (t *Tailer) Flow() *Flow { return t.flow }

// At is the file it reads and the offset up to where; false when it has none.
func (t *Tailer) At() (path string, file, offset int64, ok bool) {
	return t.cur.path, t.cur.id, t.offset, t.open
}

// Buffered is how many records and bytes its buffer holds, and since when.
func (t *Tailer) Buffered() (records, bytes int, since sim.Instant) {
	return len(t.buffer.records), t.buffer.bytes, t.buffer.first
}

// Queued is how many buffers wait to be sent, how many wait for a retry, and how many are under way.
func (t *Tailer) Queued() (waiting, again, underWay int) {
	return len(t.queue), len(t.retry), len(t.flight)
}

// Blocked is the error code that stops it, "" when writing works.
func (t *Tailer) Blocked() string { return t.blocked }

// Behind is how many bytes of the matching files it has not read.
func (a *Agent) Behind(t *Tailer) int64 {
	n := int64(0)
	for _, f := range a.disk.newest(t.flow) {
		switch {
		case !t.open || f.ID == t.cur.id:
			if t.open {
				n += max(0, f.Size-t.offset)
			}
			return n
		default:
			n += f.Size
		}
	}
	return n
}

func (t *Tailer) clone() *Tailer {
	c := *t
	c.list = slices.Clone(t.list)
	c.buffer.records = slices.Clip(t.buffer.records)
	c.queue, c.retry, c.flight = slices.Clone(t.queue), slices.Clone(t.retry), slices.Clone(t.flight)
	c.done, c.marks = slices.Clone(t.done), slices.Clone(t.marks)
	return &c
}

func look(f *LogFile) seen { return seen{f.ID, f.Size, f.Path, f.Modified} }

// begin opens the file of the flow's checkpoint, or else the newest one.
func (a *Agent) begin(t *Tailer, w World) {
	files := a.disk.newest(t.flow)
	if c, ok := a.checkpointOf(t.flow); ok {
		t.open, t.cur, t.offset = true, seen{c.FileID, c.Size, c.Path, c.Modified}, c.Offset
		t.list = []seen{t.cur}
		if f := a.find(t, files); f != nil && f.Size >= c.Offset {
			t.moved(c.FileID, f.ID)
			t.enter(f, c.Offset, files)
			w.Notify(Notice{Kind: Resumed, Flow: t.flow, Path: f.Path, N: c.Offset})
			return
		}
		w.Notify(Notice{Kind: Untracked, Flow: t.flow, Path: c.Path})
		t.open = false
	}
	if len(files) == 0 {
		w.Notify(Notice{Kind: NoFile, Flow: t.flow})
		return
	}
	f := files[0]
	if t.flow.Initial == EndOfFile {
		t.enter(f, f.Size, files)
	} else {
		t.enter(f, 0, files)
	}
	w.Notify(Notice{Kind: Began, Flow: t.flow, Path: f.Path, N: t.offset})
}

// enter goes on in a file at an offset.
func (t *Tailer) enter(f *LogFile, offset int64, files []*LogFile) {
	if !t.open || t.cur.id != f.ID || offset == 0 {
		t.skip = 0
		if offset == 0 {
			t.skip = t.flow.SkipLines
		}
	}
	t.open, t.cur, t.offset = true, look(f), offset
	t.list = t.list[:0:0]
	for _, x := range files {
		t.list = append(t.list, look(x))
	}
}

// find looks for the file that t reads among the files of now: the one with its id, or, when that was emptied, its copy.
// The copy is the oldest of the files not seen before that could have been it. nil is that there is none.
// Source: TrackedFileRotationAnalyzer.java.
func (a *Agent) find(t *Tailer, files []*LogFile) *LogFile {
	at := slices.IndexFunc(files, func(f *LogFile) bool { return f.ID == t.cur.id })
	if at < 0 {
		return nil
	}
	if files[at].Size >= t.cur.size {
		return files[at]
	}
	for i := len(files) - 1; i > at; i-- {
		f := files[i]
		known := slices.ContainsFunc(t.list, func(s seen) bool { return s.id == f.ID })
		if !known && f.Modified >= t.cur.modified && f.Size >= t.cur.size {
			return f
		}
	}
	return nil
}

// refresh looks at the directory: was the file that t reads rotated, emptied or deleted?
// Source: SourceFileTracker.java; it looks at once when a file more or less is there or its own has changed its name or
// shrunk, and each ten seconds anyhow.
func (a *Agent) refresh(t *Tailer, w World) {
	now := w.Sched.Now()
	files := a.disk.newest(t.flow)
	must := len(files) != len(t.list) || now.Sub(t.rescan) >= refreshEvery
	if t.open {
		f := a.disk.byPath(t.cur.path)
		must = must || f == nil || f.ID != t.cur.id || f.Size < t.cur.size
	}
	if !must {
		if f := a.disk.byID(t.cur.id); t.open && f != nil {
			t.cur = look(f)
		}
		return
	}
	t.rescan = now
	old := t.cur
	if !t.open {
		if len(files) > 0 {
			t.enter(files[0], 0, files)
			w.Notify(Notice{Kind: Began, Flow: t.flow, Path: files[0].Path})
		}
		return
	}
	if f := a.find(t, files); f != nil {
		t.moved(old.id, f.ID)
		t.enter(f, t.offset, files)
		if f.Path != old.path {
			w.Notify(Notice{Kind: Followed, Flow: t.flow, Path: old.path, Next: f.Path, N: f.Size - t.offset})
		}
		return
	}
	lost := max(0, old.size-t.offset)
	if f := a.disk.byID(old.id); f != nil && f.Size >= old.size {
		lost = f.Size - t.offset
	} else {
		t.moved(old.id, 0)
	}
	n := Notice{Kind: LostTrack, Flow: t.flow, Path: old.path, N: lost}
	t.open = false
	if len(files) > 0 {
		t.enter(files[0], 0, files)
		n.Next = files[0].Path
	} else {
		t.list = nil
	}
	w.Notify(n)
}

// poll reads what is new and puts it into the buffer. It returns how many records it handled.
func (a *Agent) poll(t *Tailer, w World) (work int) {
	now := w.Sched.Now()
	t.looked, t.version, t.held = now, a.disk.version, false
	a.refresh(t, w)
	for t.open {
		f := a.disk.byID(t.cur.id)
		if f == nil {
			return work
		}
		text := t.next(f)
		if text == nil {
			at := slices.IndexFunc(t.list, func(s seen) bool { return s.id == t.cur.id })
			if at <= 0 {
				return work // the newest: more may come
			}
			next := a.disk.byID(t.list[at-1].id)
			if next == nil {
				return work
			}
			if m := t.mark(next.ID); m != nil && m.offset > 0 {
				w.Notify(Notice{Kind: ReadsAgain, Flow: t.flow, Path: next.Path, N: m.offset})
			}
			files := a.disk.newest(t.flow)
			t.enter(next, 0, files)
			continue
		}
		if !a.offer(t, w, text) {
			t.held = true
			return work
		}
		work++
		t.offset += int64(len(text))
		a.total.Lines += int64(bytes.Count(text, []byte{'\n'}))
		if m := t.mark(f.ID); m == nil {
			t.marks = append(t.marks, mark{f.ID, t.offset})
			if len(t.marks) > 64 {
				t.marks = t.marks[1:]
			}
		} else if t.offset > m.offset {
			m.offset = t.offset
		} else {
			a.total.ReadAgain++
		}
		t.buffer.end, t.buffer.file = t.offset, t.cur
	}
	return work
}

// moved says that what was read of a file is in another now, as when it was copied and emptied.
func (t *Tailer) moved(from, to int64) {
	if m := t.mark(from); m != nil && from != to {
		m.id = to
	}
}

func (t *Tailer) mark(id int64) *mark {
	if i := slices.IndexFunc(t.marks, func(m mark) bool { return m.id == id }); i >= 0 {
		return &t.marks[i]
	}
	return nil
}

// next is the text of the record at the offset; nil when there is none yet.
func (t *Tailer) next(f *LogFile) []byte {
	for t.skip > 0 && t.offset < f.Size {
		t.offset = f.lines.At(f.at(t.offset)).end
		t.skip--
	}
	if t.offset >= f.Size {
		return nil
	}
	i := f.at(t.offset)
	l := f.lines.At(i)
	text := l.text[int64(len(l.text))-(l.end-t.offset):]
	if t.flow.start == nil {
		return text
	}
	// A record ends where the next begins, or with what is there: the agent does not wait for more lines.
	for i++; i < f.lines.Next() && !t.flow.start.Match(f.lines.At(i).text); i++ {
		text = append(slices.Clip(text), f.lines.At(i).text...)
	}
	return text
}

// offer converts a record and puts it into the buffer; false when there is no room for it in buffer and queue.
func (a *Agent) offer(t *Tailer, w World, text []byte) bool {
	now := w.Sched.Now()
	data := text
	if len(t.flow.convert) > 0 {
		s, ok := string(text), true
		for _, c := range t.flow.convert {
			if s, ok = c(s); !ok {
				a.total.Skipped++
				a.tell(w, Notice{Kind: Skipped, Flow: t.flow, Path: t.cur.path, N: 1})
				return true
			}
		}
		data = []byte(s)
	}
	// The key is chosen again when the record is offered again, as a new record's is.
	key := ""
	if t.flow.Key == Deterministic {
		sum := md5.Sum(data)
		key = hex.EncodeToString(sum[:])
	} else {
		key = strconv.FormatFloat(a.dice.Float64()*randomKeys, 'f', -1, 64)
	}
	cut := int64(0)
	if most := MaxRecordBytes - len(key); len(data) > most {
		cut = int64(len(data))
		data = append(slices.Clone(data[:most-len(t.flow.Terminator)]), t.flow.Terminator...)
	}
	size := len(data) + len(key)
	b := &t.buffer
	if len(b.records) > 0 && b.bytes+size > t.flow.Bytes && !t.closeBuffer(w, a, ByBytes) {
		return false
	}
	if len(b.records) >= t.flow.Records && !t.closeBuffer(w, a, ByRecords) {
		return false
	}
	if len(b.records) == 0 {
		b.first = now
	}
	b.records = append(b.records, record{key, data})
	b.bytes += size
	a.total.Records++
	if cut > 0 {
		a.total.Truncated++
		a.tell(w, Notice{Kind: Truncated, Flow: t.flow, Path: t.cur.path, N: cut})
	}
	if len(b.records) >= t.flow.Records {
		b.end, b.file = t.offset+int64(len(text)), t.cur
		t.closeBuffer(w, a, ByRecords)
	}
	return true
}

// Why a buffer was closed.
const (
	ByRecords  = "it has as many records as a buffer takes"
	ByBytes    = "it has as many bytes as a buffer takes"
	ByAge      = "its first record has waited as long as a record may"
	ByShutdown = "the agent stops"
)

// closeBuffer puts the buffer into the queue; false when the queue is full.
func (t *Tailer) closeBuffer(w World, a *Agent, why string) bool {
	if len(t.buffer.records) == 0 {
		return true
	}
	if len(t.queue) >= t.flow.Queue {
		a.tell(w, Notice{Kind: QueueFull, Flow: t.flow, N: int64(len(t.queue))})
		return false
	}
	t.lastID++
	t.buffer.id = t.lastID
	t.queue = append(t.queue, t.buffer)
	a.tell(w, Notice{Kind: Closed, Flow: t.flow, Path: t.buffer.file.path, Why: why, N: int64(len(t.buffer.records)), Bytes: int64(t.buffer.bytes)})
	t.buffer = batch{}
	return true
}

// commit saves the checkpoint of the newest batch with none older outstanding. AWS's agent lets a newer batch's
// checkpoint pass an older one that is sent again, and so can lose that one when it is killed then (Checkpointer.java says
// so); ours waits, which repeats more and loses nothing.
func (a *Agent) commit(t *Tailer, now sim.Instant) {
	oldest := t.lastID + 1
	for _, list := range [][]batch{t.queue, t.retry, t.flight} {
		for i := range list {
			oldest = min(oldest, list[i].id)
		}
	}
	best := -1
	for i := range t.done {
		if t.done[i].id < oldest && (best < 0 || t.done[i].id > t.done[best].id) {
			best = i
		}
	}
	if best < 0 {
		return
	}
	d := t.done[best]
	t.done = slices.DeleteFunc(t.done, func(x done) bool { return x.id < oldest })
	row := Checkpoint{t.flow.ID, d.file.path, d.file.id, d.file.modified, d.file.size, d.end, now}
	a.store = slices.DeleteFunc(a.store, func(c Checkpoint) bool {
		return c.Flow == row.Flow && c.Path == row.Path || now.Sub(c.Updated) > checkpointLife
	})
	a.store = append(a.store, row)
}

// checkpointOf is the newest row of a flow.
func (a *Agent) checkpointOf(f *Flow) (Checkpoint, bool) {
	for i := len(a.store) - 1; i >= 0; i-- {
		if a.store[i].Flow == f.ID {
			return a.store[i], true
		}
	}
	return Checkpoint{}, false
}

// entries are the records of a batch for the service.
func (b *batch) entries(into []kinesis.PutEntry) []kinesis.PutEntry {
	for i := range b.records {
		into = append(into, kinesis.PutEntry{Key: b.records[i].key, Data: b.records[i].data})
	}
	return into
}
