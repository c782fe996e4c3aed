//go:build !js

package columnar

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/parquet-go/parquet-go"
)

// A tool is the program of testdata/tools, which asks readers that are not ours.
type tool struct {
	in  io.Writer
	out *bufio.Scanner
}

type toolAnswer struct {
	Rows  []map[string]any
	Text  []byte
	Error string
}

// openTool starts it. In a plain go test without what npm brings it is left out; make test-files brings it.
func openTool(t *testing.T) *tool {
	t.Helper()
	if _, err := os.Stat("testdata/tools/node_modules/.package-lock.json"); err != nil {
		if os.Getenv("READERS") == "all" {
			t.Fatal("testdata/tools/node_modules is not there: make test-files brings it")
		}
		t.Skip("testdata/tools/node_modules is not there; make test-files runs this")
	}
	node := exec.Command("node", "testdata/tools/read.mjs")
	node.Stderr = os.Stderr
	in, err := node.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := node.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := node.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		in.Close()
		node.Wait()
	})
	lines := bufio.NewScanner(out)
	lines.Buffer(nil, 64<<20)
	return &tool{in, lines}
}

func (p *tool) read(t *testing.T, name, file string) toolAnswer {
	t.Helper()
	path, err := filepath.Abs(file)
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprintf(p.in, "{\"tool\":%q,\"file\":%q}\n", name, path)
	if !p.out.Scan() {
		t.Fatalf("%s does not answer: %v", name, p.out.Err())
	}
	var a toolAnswer
	if err := json.Unmarshal(p.out.Bytes(), &a); err != nil {
		t.Fatal(err)
	}
	if a.Error != "" {
		t.Fatalf("%s cannot read %s: %s", name, file, a.Error)
	}
	return a
}

func TestParquetIsReadByOthers(t *testing.T) {
	p := openTool(t)
	for _, s := range samples(t) {
		path := filepath.Join(t.TempDir(), s.name)
		if err := os.WriteFile(path, s.file, 0o600); err != nil {
			t.Fatal(err)
		}
		want := texts(s.table)
		for _, name := range []string{"duckdb", "hyparquet", "arrow"} {
			t.Run(s.name+"/"+name, func(t *testing.T) {
				got := p.read(t, name, path).Rows
				if len(got) != len(want) {
					t.Fatalf("%d rows, want %d", len(got), len(want))
				}
				for i := range want {
					row := maps.Clone(want[i])
					if name == "hyparquet" {
						delete(row, "huge") // it makes a double of a decimal
						delete(got[i], "huge")
					}
					if !reflect.DeepEqual(got[i], row) {
						a, _ := json.Marshal(got[i])
						b, _ := json.Marshal(row)
						t.Fatalf("row %d is\n%s, want\n%s", i, a, b)
					}
				}
			})
		}
	}
}

// TestParquetGo reads every sample with parquet-go, level by level and value by value.
func TestParquetGo(t *testing.T) {
	for _, s := range samples(t) {
		t.Run(s.name, func(t *testing.T) {
			f, err := parquet.OpenFile(bytes.NewReader(s.file), int64(len(s.file)))
			if err != nil {
				t.Fatal(err)
			}
			if f.NumRows() != s.table.Total {
				t.Fatalf("%d rows, want %d", f.NumRows(), s.table.Total)
			}
			meta := footer(t, s.file)
			for g, group := range f.RowGroups() {
				sr := schemaReader{elements: meta.get(2).in}
				sr.node(0, 0)
				for i, chunk := range group.ColumnChunks() {
					ours := sr.leaves[i]
					if err := ours.read(s.file, meta.get(4).in[g].get(1).in[i].get(3), 1<<30); err != nil {
						t.Fatal(err)
					}
					at := 0
					pages := chunk.Pages()
					for {
						page, err := pages.ReadPage()
						if err == io.EOF {
							break
						}
						if err != nil {
							t.Fatalf("column %d: %v", i, err)
						}
						values := make([]parquet.Value, page.NumValues())
						if n, err := page.Values().ReadValues(values); n != len(values) || err != nil && err != io.EOF {
							t.Fatalf("column %d: %d of %d values, %v", i, n, len(values), err)
						}
						for _, v := range values {
							if uint32(v.DefinitionLevel()) != ours.defs[at] || uint32(v.RepetitionLevel()) != ours.reps[at] {
								t.Fatalf("column %s entry %d has levels %d %d, want %d %d", ours.name, at, v.DefinitionLevel(), v.RepetitionLevel(), ours.defs[at], ours.reps[at])
							}
							if at++; v.IsNull() {
								continue
							}
							if text := ours.text(v.Bytes()); ours.physical != parquetBool && text != ours.cells[ours.next] || ours.physical == parquetBool && fmt.Sprint(v.Boolean()) != ours.cells[ours.next] {
								t.Fatalf("column %s holds %s, want %s", ours.name, text, ours.cells[ours.next])
							}
							ours.next++
						}
					}
					pages.Close()
					if at != len(ours.defs) || ours.next != len(ours.cells) {
						t.Fatalf("column %s has %d entries and %d values, want %d and %d", ours.name, at, ours.next, len(ours.defs), len(ours.cells))
					}
				}
			}
		})
	}
}

// texts are rows as a tool answers them: every value a text, or lists and objects of such.
func texts(t Table) (all []map[string]any) {
	for _, row := range t.Rows {
		cells := map[string]any{}
		for i, cell := range row {
			switch {
			case cell == "null":
				cells[t.Names[i]] = nil
			case strings.ContainsAny(t.Types[i], "<"):
				d := json.NewDecoder(strings.NewReader(cell))
				d.UseNumber()
				var v any
				if err := d.Decode(&v); err != nil {
					panic(cell)
				}
				cells[t.Names[i]] = asText(v)
			default:
				cells[t.Names[i]] = cell
			}
		}
		all = append(all, cells)
	}
	return all
}

func asText(v any) any {
	switch v := v.(type) {
	case nil:
		return nil
	case []any:
		for i := range v {
			v[i] = asText(v[i])
		}
		return v
	case map[string]any:
		for k := range v {
			v[k] = asText(v[k])
		}
		return v
	}
	return fmt.Sprint(v)
}

func TestCompressedIsReadByOthers(t *testing.T) {
	p := openTool(t)
	for name, data := range objects() {
		dir := t.TempDir()
		for _, c := range Compressions[1:] {
			path := filepath.Join(dir, "object"+c.Ext)
			packed, err := Compress(c.Format, "0f9c4d0e-5a52", data)
			if err == nil {
				err = os.WriteFile(path, packed, 0o600)
			}
			if err != nil {
				t.Fatal(err)
			}
			var got []byte
			switch c.Format {
			case "GZIP":
				got = run(t, "gzip", "-dc", path)
			case "ZIP":
				if got = run(t, "unzip", "-p", path); !strings.Contains(string(run(t, "unzip", "-tv", path)), "No errors") {
					t.Errorf("%s: unzip finds an error", name)
				}
			case "Snappy":
				got = p.read(t, "kafkajs-snappy", path).Text
			default:
				got = p.read(t, "snappyjs", path).Text
				if python, err := exec.LookPath("/usr/bin/python3"); err == nil && exec.Command(python, "-c", "import snappy.hadoop_snappy").Run() == nil {
					if run(t, python, "-m", "snappy", "-d", "-t", "hadoop_snappy", path, path+".out"); !bytes.Equal(data, readFile(t, path+".out")) {
						t.Errorf("%s: python-snappy reads something else", name)
					}
				}
			}
			if !bytes.Equal(got, data) {
				t.Errorf("%s in %s: %d bytes come out, %d went in", name, c.Format, len(got), len(data))
			}
		}
	}
}

func readFile(t *testing.T, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func run(t *testing.T, name string, args ...string) []byte {
	t.Helper()
	cmd := exec.Command(name, args...)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s %s: %v", name, strings.Join(args, " "), err)
	}
	return out
}
