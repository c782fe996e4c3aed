package agent

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"shardlab/wasm/load"
	"shardlab/wasm/sim"
)

// tick is the shortest time between two looks at what applications write: lines carry their own instants.
const tick = 100 * time.Millisecond

// Ways in which a log file is rotated, by what happens to the file.
const (
	NoRotation   = "NONE"
	Rename       = "RENAME"       // app.log becomes app.log.1, and a new app.log is made
	Create       = "CREATE"       // each file has an instant in its name: app.log.2026-03-02-08-00-00
	CopyTruncate = "COPYTRUNCATE" // app.log is copied to app.log.1 and emptied
)

// Rotations lists the ways.
func Rotations() []string { return []string{NoRotation, Rename, Create, CopyTruncate} }

// A Rotation says how and when a log file is rotated.
type Rotation struct {
	Mode    string `help:"not at all; renamed; a new file with its instant in the name; copied and emptied" enum:"NONE|RENAME|CREATE|COPYTRUNCATE"`
	Bytes   int64  `json:",omitempty" help:"once it has so many bytes, 1,024 to 8,388,608"`
	Seconds int64  `json:",omitempty" help:"each so many seconds, 1 to 86,400"`
	Keep    int    `json:",omitempty" help:"rotated files that stay, 1 to 20; 4 when left out"`
}

// Log says what an application writes. It is complete and checked: the region fills defaults in.
type Log struct {
	Agent          string // on whose host
	Path           string
	Format         string
	LinesPerSecond float64
	Rotation       Rotation
	Running        bool
}

// Words says it in a few words.
func (l Log) Words() string {
	text := fmt.Sprintf("%s, %v lines/s", l.Format, l.LinesPerSecond)
	switch r := l.Rotation; {
	case r.Mode == NoRotation:
		text += ", never rotated"
	case r.Bytes > 0 && r.Seconds > 0:
		text += fmt.Sprintf(", %s at %d bytes and each %d s", r.Mode, r.Bytes, r.Seconds)
	case r.Bytes > 0:
		text += fmt.Sprintf(", %s at %d bytes", r.Mode, r.Bytes)
	case r.Seconds > 0:
		text += fmt.Sprintf(", %s each %d s", r.Mode, r.Seconds)
	default:
		text += fmt.Sprintf(", %s when told so", r.Mode)
	}
	return text
}

// A line is a line of a file with its newline, and where in the file it ends.
type line struct {
	text []byte
	end  int64
}

// A LogFile is a file on the agent's host.
type LogFile struct {
	Path     string
	ID       int64 // its inode
	Size     int64
	Modified sim.Instant // no two files of a host share it
	lines    sim.List[line]
}

// Lines is how many lines it holds.
func (f *LogFile) Lines() int { return f.lines.Len() }

// Tail returns the last n lines, without their newlines.
func (f *LogFile) Tail(n int) []string {
	var all []string
	for i := max(f.lines.First(), f.lines.Next()-int64(n)); i < f.lines.Next(); i++ {
		all = append(all, strings.TrimSuffix(string(f.lines.At(i).text), "\n"))
	}
	return all
}

// at is the line that holds the byte at an offset.
func (f *LogFile) at(offset int64) int64 {
	return f.lines.Search(func(l *line) bool { return l.end > offset })
}

// A writer is an application that writes a log.
type writer struct {
	set      Log
	lines    lines
	pace     load.Pace
	file     int64       // id of the file it writes now; 0 before the first line
	rotateAt sim.Instant // 0 when not by time
}

// nextAt is when it writes or rotates next; 0 is never.
func (o *writer) nextAt() sim.Instant {
	if !o.set.Running {
		return 0
	}
	at := sim.Instant(0)
	if o.set.LinesPerSecond > 0 {
		at = o.pace.NextAt(1, load.Milli(o.set.LinesPerSecond))
	}
	if o.rotateAt != 0 && (at == 0 || o.rotateAt < at) {
		at = o.rotateAt
	}
	return at
}

// disk is the files of an agent's host, and the applications that write them.
// Invariant: files are in the order in which they were made.
type disk struct {
	files   []*LogFile
	writers []*writer
	lastID  int64
	stamp   sim.Instant // of the last change
	version int64       // grows with every change
	bytes   int64
	full    bool
	dropped int64 // lines that found no room
	deleted int64 // files that rotation deleted
}

func (d *disk) clone() disk {
	c := *d
	c.files = make([]*LogFile, len(d.files))
	for i, f := range d.files {
		x := *f
		x.lines = f.lines.Clone()
		c.files[i] = &x
	}
	c.writers = make([]*writer, len(d.writers))
	for i, o := range d.writers {
		x := *o
		c.writers[i] = &x
	}
	return c
}

// touch stamps a change at an instant: a file that changed later has a later stamp, also within a microsecond.
func (d *disk) touch(f *LogFile, at sim.Instant) {
	d.stamp = max(at, d.stamp+1)
	d.version++
	f.Modified = d.stamp
}

func (d *disk) byID(id int64) *LogFile {
	for _, f := range d.files {
		if f.ID == id {
			return f
		}
	}
	return nil
}

func (d *disk) byPath(path string) *LogFile {
	for _, f := range d.files {
		if f.Path == path {
			return f
		}
	}
	return nil
}

func (d *disk) create(path string, at sim.Instant) *LogFile {
	d.lastID++
	f := &LogFile{Path: path, ID: d.lastID}
	d.files = append(d.files, f)
	d.touch(f, at)
	return f
}

func (d *disk) remove(f *LogFile) {
	d.files = slices.DeleteFunc(d.files, func(x *LogFile) bool { return x == f })
	d.bytes -= f.Size
	d.version++
}

// write adds lines to a file, as far as there is room.
func (d *disk) write(f *LogFile, text []byte, at sim.Instant) bool {
	if d.bytes+int64(len(text)) > MaxDiskBytes {
		d.dropped++
		d.full = true
		return false
	}
	d.full = false
	for len(text) > 0 {
		n := slices.Index(text, '\n') + 1
		if n == 0 {
			n = len(text)
		}
		f.Size += int64(n)
		d.bytes += int64(n)
		f.lines.Append(line{text[:n:n], f.Size})
		text = text[n:]
	}
	d.touch(f, at)
	return true
}

// current is the file that a writer writes, made when there is none.
func (d *disk) current(o *writer, at sim.Instant) *LogFile {
	if f := d.byID(o.file); f != nil {
		return f
	}
	path := o.set.Path
	if o.set.Rotation.Mode == Create {
		path = d.free(path + "." + at.Time().Format("2006-01-02-15-04-05"))
	}
	f := d.byPath(path)
	if f == nil {
		f = d.create(path, at)
	}
	o.file = f.ID
	return f
}

// free is a path that no file has: with a number when one has it.
func (d *disk) free(path string) string {
	for i, name := 1, path; ; i++ {
		if d.byPath(name) == nil {
			return name
		}
		name = fmt.Sprintf("%s-%d", path, i)
	}
}

// advance lets the applications write and rotate up to an instant, in order, and returns how many lines there were.
func (d *disk) advance(now sim.Instant, notify func(Notice)) (written int) {
	for {
		var first *writer
		at := sim.Instant(0)
		for _, o := range d.writers {
			if next := o.nextAt(); next != 0 && next <= now && (first == nil || next < at) {
				first, at = o, next
			}
		}
		if first == nil {
			return written
		}
		if first.rotateAt == at {
			first.rotateAt = at.Add(time.Duration(first.set.Rotation.Seconds) * time.Second)
			d.rotate(first, at, notify)
			continue
		}
		first.pace.Take(1)
		written++
		f, full := d.current(first, at), d.full
		if !d.write(f, first.lines.next(at), at) && !full {
			notify(Notice{Kind: DiskFull, Path: f.Path})
		}
		if n := first.set.Rotation.Bytes; n > 0 && f.Size >= n {
			d.rotate(first, at, notify)
		}
	}
}

// nextAt is when the applications write next; 0 is never.
func (d *disk) nextAt() sim.Instant {
	at := sim.Instant(0)
	for _, o := range d.writers {
		if next := o.nextAt(); next != 0 && (at == 0 || next < at) {
			at = next
		}
	}
	return at
}

// rotate begins a new file for a writer. An empty file is not rotated.
func (d *disk) rotate(o *writer, at sim.Instant, notify func(Notice)) {
	f := d.byID(o.file)
	if f == nil || f.Size == 0 || o.set.Rotation.Mode == NoRotation {
		return
	}
	keep := o.set.Rotation.Keep
	n := Notice{Kind: Rotated, Path: f.Path, Mode: o.set.Rotation.Mode}
	switch o.set.Rotation.Mode {
	case Create:
		o.file = 0
		n.Next = d.current(o, at).Path
		var older []*LogFile
		for _, x := range d.files {
			if strings.HasPrefix(x.Path, o.set.Path+".") && x.ID != o.file {
				older = append(older, x)
			}
		}
		for len(older) > keep {
			d.rotatedAway(older[0], notify)
			older = older[1:]
		}
	default:
		numbered := func(i int) string { return fmt.Sprintf("%s.%d", o.set.Path, i) }
		if old := d.byPath(numbered(keep)); old != nil {
			d.rotatedAway(old, notify)
		}
		for i := keep - 1; i >= 1; i-- {
			if old := d.byPath(numbered(i)); old != nil {
				old.Path = numbered(i + 1)
				d.version++
			}
		}
		n.Next = numbered(1)
		if o.set.Rotation.Mode == Rename {
			f.Path = n.Next
			o.file = d.create(o.set.Path, at).ID
			break
		}
		copied := d.create(n.Next, at)
		copied.Size, copied.lines = f.Size, f.lines.Clone()
		f.Size, f.lines = 0, sim.List[line]{}
		d.touch(f, at)
	}
	notify(n)
}

// rotatedAway deletes a file that rotation keeps no longer.
func (d *disk) rotatedAway(f *LogFile, notify func(Notice)) {
	d.deleted++
	d.remove(f)
	notify(Notice{Kind: Deleted, Path: f.Path, File: f.ID, N: f.Size})
}

// newest lists the files that a flow's pattern matches, those changed last first.
func (d *disk) newest(f *Flow) []*LogFile {
	var all []*LogFile
	for _, x := range d.files {
		if f.matches(x.Path) {
			all = append(all, x)
		}
	}
	sim.Sort(all, func(a, b *LogFile) int {
		if a.Modified > b.Modified {
			return -1
		}
		return 1
	})
	return all
}
