package console

import (
	"bytes"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"sort"
	"strings"
	"sync"
	"time"
)

// Bounds of the files of a terminal; they live in memory and go with the page.
const (
	maxFilesBytes = 16 << 20 // of all files together
	maxFiles      = 256
	maxPathBytes  = 512
)

const homeDir = "/home/learner"

// Flags of the shell's open calls, as Go and the kernel number them; package os is not for the engine.
const (
	openWrite  = 0x1
	openCreate = 0x40
	openTrunc  = 0x200
	openAppend = 0x400
)

// disk is the terminal's file system.
type disk struct {
	mu    sync.Mutex        // parts of a pipeline meet here
	files map[string][]byte // by clean absolute path
	dirs  map[string]bool
	bytes int
}

func newDisk() *disk {
	d := &disk{files: map[string][]byte{}, dirs: map[string]bool{}}
	for _, dir := range []string{"/", "/dev", "/home", homeDir, "/tmp"} {
		d.dirs[dir] = true
	}
	return d
}

// abs makes name an absolute, clean path as seen from dir.
func abs(dir, name string) string {
	if name == "~" || strings.HasPrefix(name, "~/") {
		name = homeDir + name[1:]
	}
	if !path.IsAbs(name) {
		name = path.Join(dir, name)
	}
	return path.Clean(name)
}

func pathError(op, name string, err error) error { return &fs.PathError{Op: op, Path: name, Err: err} }

type diskError string

func (e diskError) Error() string { return string(e) }

const (
	errNoFile  = diskError("No such file or directory")
	errIsDir   = diskError("Is a directory")
	errNotDir  = diskError("Not a directory")
	errDisk    = diskError("No space left: the terminal's files hold at most 16 MiB")
	errTooMany = diskError("No space left: the terminal holds at most 256 files")
	errLong    = diskError("File name too long")
	errExists  = diskError("File exists")
)

// Is lets errors.Is(err, fs.ErrNotExist) hold, which the shell asks.
func (e diskError) Is(target error) bool { return target == fs.ErrNotExist && e == errNoFile }

// read returns a file's bytes, which must not be changed.
func (d *disk) read(name string) ([]byte, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.readLocked(name)
}

func (d *disk) readLocked(name string) ([]byte, error) {
	if name == "/dev/null" {
		return nil, nil
	}
	if d.dirs[name] {
		return nil, errIsDir
	}
	b, ok := d.files[name]
	if !ok {
		return nil, errNoFile
	}
	return b, nil
}

// write replaces a file, or makes it.
func (d *disk) write(name string, content []byte) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if name == "/dev/null" {
		return nil
	}
	switch {
	case d.dirs[name]:
		return errIsDir
	case !d.dirs[path.Dir(name)]:
		return errNoFile
	case len(name) > maxPathBytes:
		return errLong
	}
	old, had := d.files[name]
	if !had && len(d.files)+len(d.dirs) >= maxFiles {
		return errTooMany
	}
	if d.bytes-len(old)+len(content) > maxFilesBytes {
		return errDisk
	}
	d.bytes += len(content) - len(old)
	d.files[name] = content
	return nil
}

func (d *disk) remove(name string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.removeLocked(name)
}

func (d *disk) removeLocked(name string) error {
	if d.dirs[name] {
		return errIsDir
	}
	b, ok := d.files[name]
	if !ok {
		return errNoFile
	}
	d.bytes -= len(b)
	delete(d.files, name)
	return nil
}

// removeDir takes a directory away with all that is in it; the terminal's own directories stay, emptied.
func (d *disk) removeDir(dir string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	prefix := strings.TrimSuffix(dir, "/") + "/"
	for name := range d.files {
		if strings.HasPrefix(name, prefix) {
			d.removeLocked(name)
		}
	}
	own := newDisk()
	for name := range d.dirs {
		if (name == dir || strings.HasPrefix(name, prefix)) && !own.dirs[name] {
			delete(d.dirs, name)
		}
	}
}

// mkdir makes a directory, and with parents those above it.
func (d *disk) mkdir(name string, parents bool) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	_, isFile := d.files[name]
	switch {
	case isFile || d.dirs[name] && !parents:
		return errExists
	case len(d.files)+len(d.dirs) >= maxFiles:
		return errTooMany
	case len(name) > maxPathBytes:
		return errLong
	case !d.dirs[path.Dir(name)] && !parents:
		return errNoFile
	}
	for ; !d.dirs[name]; name = path.Dir(name) {
		d.dirs[name] = true
	}
	return nil
}

// under lists the files below a directory, sorted.
func (d *disk) under(dir string) ([]string, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if !d.dirs[dir] {
		return nil, errNoFile
	}
	var names []string
	for name := range d.files {
		if strings.HasPrefix(name, strings.TrimSuffix(dir, "/")+"/") {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names, nil
}

func (d *disk) isDir(name string) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.dirs[name]
}

// list names what a directory holds, sorted; directories end in a slash.
func (d *disk) list(dir string) ([]string, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if !d.dirs[dir] {
		if _, ok := d.files[dir]; ok {
			return nil, errNotDir
		}
		return nil, errNoFile
	}
	var names []string
	for name := range d.files {
		if path.Dir(name) == dir {
			names = append(names, path.Base(name))
		}
	}
	for name := range d.dirs {
		if name != "/" && path.Dir(name) == dir {
			names = append(names, path.Base(name)+"/")
		}
	}
	slices.Sort(names)
	return names, nil
}

// open is the shell's redirection.
func (d *disk) open(name string, flag int) (io.ReadWriteCloser, error) {
	if flag&openWrite == 0 {
		b, err := d.read(name)
		if err != nil {
			return nil, pathError("open", name, err)
		}
		return &openFile{reader: bytes.NewReader(b)}, nil
	}
	f := &openFile{disk: d, name: name, write: true}
	old, err := d.read(name)
	if err == nil && flag&openAppend != 0 {
		f.content = slices.Clone(old)
	} else if err != nil && err != errNoFile {
		return nil, pathError("open", name, err)
	}
	if err := d.write(name, f.content); err != nil {
		return nil, pathError("open", name, err)
	}
	return f, nil
}

// openFile is a file while the shell has it open: what is written is in the file at once.
type openFile struct {
	reader  *bytes.Reader
	disk    *disk
	name    string
	write   bool
	content []byte
}

func (f *openFile) Read(p []byte) (int, error) {
	if f.reader == nil {
		return 0, io.EOF
	}
	return f.reader.Read(p)
}

func (f *openFile) Write(p []byte) (int, error) {
	if !f.write {
		return 0, pathError("write", f.name, fs.ErrPermission)
	}
	f.content = append(f.content, p...)
	if err := f.disk.write(f.name, f.content); err != nil {
		f.content = f.content[:len(f.content)-len(p)]
		return 0, fmt.Errorf("%s: %w", f.name, err)
	}
	return len(p), nil
}

func (f *openFile) Close() error { return nil }

// stat answers the shell's tests and globs.
func (d *disk) stat(name string) (fs.FileInfo, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.dirs[name] {
		return fileInfo{name: path.Base(name), dir: true}, nil
	}
	if name == "/dev/null" {
		return fileInfo{name: "null"}, nil
	}
	if b, ok := d.files[name]; ok {
		return fileInfo{name: path.Base(name), size: int64(len(b))}, nil
	}
	return nil, pathError("stat", name, errNoFile)
}

func (d *disk) readDir(name string) ([]fs.DirEntry, error) {
	names, err := d.list(name)
	if err != nil {
		return nil, pathError("open", name, err)
	}
	entries := make([]fs.DirEntry, len(names))
	for i, n := range names {
		base, isDir := strings.CutSuffix(n, "/")
		entries[i] = fs.FileInfoToDirEntry(fileInfo{name: base, dir: isDir})
	}
	sort.Slice(entries, func(i, j int) bool { return entries[i].Name() < entries[j].Name() })
	return entries, nil
}

type fileInfo struct {
	name string
	size int64
	dir  bool
}

func (i fileInfo) Name() string       { return i.name }
func (i fileInfo) Size() int64        { return i.size }
func (i fileInfo) ModTime() time.Time { return time.Time{} }
func (i fileInfo) IsDir() bool        { return i.dir }
func (i fileInfo) Sys() any           { return nil }
func (i fileInfo) Mode() fs.FileMode {
	if i.dir {
		return fs.ModeDir | 0o755
	}
	return 0o644
}
