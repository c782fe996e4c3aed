package console

import (
	"archive/zip"
	"bytes"
	"io"
	"strings"
	"testing"
)

// TestZip: what is packed here Go's reader opens, and what Go packs is opened here; what is broken is told.
func TestZip(t *testing.T) {
	files := []packed{{"index.js", []byte("exports.handler = 1\n")}, {"src/ü.txt", bytes.Repeat([]byte("bike "), 5000)}, {"empty", nil}}
	ours := packZip(files)
	r, err := zip.NewReader(bytes.NewReader(ours), int64(len(ours)))
	if err != nil || len(r.File) != len(files) {
		t.Fatalf("Go reads %v, %v", r, err)
	}
	for i, f := range r.File {
		in, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		if got, err := io.ReadAll(in); err != nil || f.Name != files[i].name || !bytes.Equal(got, files[i].content) {
			t.Errorf("%s holds %.40q, %v", f.Name, got, err)
		}
	}
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	w.Create("folder/")
	for _, f := range files {
		in, _ := w.Create(f.name)
		in.Write(f.content)
	}
	w.Close()
	for name, archive := range map[string][]byte{"ours": ours, "Go's": b.Bytes()} {
		got, err := unpackZip(archive)
		if err != nil || len(got) != len(files) {
			t.Fatalf("%s: %d files, %v", name, len(got), err)
		}
		for i := range got {
			if got[i].name != files[i].name || !bytes.Equal(got[i].content, files[i].content) {
				t.Errorf("%s: %s holds %.40q", name, got[i].name, got[i].content)
			}
		}
		for cut := range archive { // whatever is missing, it ends in an error or in the same files
			if got, err := unpackZip(archive[:cut]); err == nil {
				t.Fatalf("%s cut at %d has %d files", name, cut, len(got))
			}
		}
		for i := range archive {
			bad := bytes.Clone(archive)
			bad[i] ^= 0xff
			unpackZip(bad) // must not panic
		}
	}
	var large bytes.Buffer
	w = zip.NewWriter(&large)
	in, _ := w.Create("bomb")
	io.Copy(in, io.LimitReader(zeros{}, maxFilesBytes+1))
	w.Close()
	if _, err := unpackZip(large.Bytes()); err == nil || !strings.Contains(err.Error(), "No space left") {
		t.Errorf("an archive of more than there is room for: %v", err)
	}
}

type zeros struct{}

func (zeros) Read(b []byte) (int, error) { clear(b); return len(b), nil }
