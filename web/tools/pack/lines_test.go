package main

import (
	"bytes"
	"encoding/binary"
	"errors"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
)

// trace is testdata/trace as WebAssembly, built as the engine is.
var trace = sync.OnceValues(func() ([]byte, error) {
	dir, err := os.MkdirTemp("", "trace")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	out := filepath.Join(dir, "trace.wasm")
	build := exec.Command("go", "build", "-trimpath", "-buildvcs=false", "-ldflags=-s -w", "-gcflags=strings=-l", "-o", out, "./testdata/trace")
	build.Env = append(os.Environ(), "GOOS=js", "GOARCH=wasm", "CGO_ENABLED=0")
	if text, err := build.CombinedOutput(); err != nil {
		return nil, errors.New(string(text))
	}
	return os.ReadFile(out)
})

func traceProgram(t *testing.T) []byte {
	t.Helper()
	program, err := trace()
	if err != nil {
		t.Fatal(err)
	}
	return program
}

// start runs a program to its end.
func start(t *testing.T, program []byte, arg string) (stdout, stderr string, code int) {
	t.Helper()
	at := filepath.Join(t.TempDir(), "program.wasm")
	if err := os.WriteFile(at, program, 0o644); err != nil {
		t.Fatal(err)
	}
	var out, errs strings.Builder
	run := exec.Command("../wasm-exec.sh", at, arg)
	run.Stdout, run.Stderr = &out, &errs
	if err := run.Run(); err != nil {
		var exit *exec.ExitError
		if !errors.As(err, &exit) {
			t.Fatal(err)
		}
		code = exit.ExitCode()
	}
	return out.String(), errs.String(), code
}

var (
	sourceLine = regexp.MustCompile(`(?m)^\t\S+\.(?:go|s):\d+`)
	// Addresses of stacks and of the heap and the runtime's own goroutines differ from run to run.
	differs = regexp.MustCompile(`(?m)^(?:0{8}| {18}).*\n|\b(?:fp|sp|stack)=.*$|^goroutine \d+ gp=\S+ m=nil (?:.+\n)+|0x[0-9a-f]{6,}`)
)

func TestDropLinesKeepsEverythingElse(t *testing.T) {
	whole := traceProgram(t)
	packed, err := editData(whole, dropLines)
	if err != nil {
		t.Fatal(err)
	}
	for _, end := range []struct {
		arg  string
		code int
		says []string // on stderr
	}{
		{"return", 0, nil},
		{"panic", 2, []string{"index out of range [7] with length 3", "main.inner(...)\n\t?:0", "main.outer("}},
		{"wrapped", 2, []string{"assignment to entry in nil map", "again: ", "main.main.func"}},
		{"overflow", 2, []string{"stack overflow", "main.endless("}},
		{"deadlock", 2, []string{"all goroutines are asleep - deadlock!", "main.main()"}},
		{"goroutine", 2, []string{"index out of range [0] with length 0", "main.outer(", "created by main.main in goroutine 1"}},
	} {
		t.Run(end.arg, func(t *testing.T) {
			wantOut, wantErr, wantCode := start(t, whole, end.arg)
			gotOut, gotErr, gotCode := start(t, packed, end.arg)
			if wantCode != end.code || gotCode != end.code {
				t.Errorf("it ended with %d and %d, want %d:\n%s", wantCode, gotCode, end.code, gotErr)
			}
			if !strings.Contains(wantOut, "reflected 144") || gotOut != wantOut {
				t.Errorf("it says\n%s\nwith lines it says\n%s", gotOut, wantOut)
			}
			want := differs.ReplaceAllString(sourceLine.ReplaceAllString(wantErr, "\t?:0"), "")
			if got := differs.ReplaceAllString(gotErr, ""); got != want {
				t.Errorf("its trace is\n%s\nwith lines it is\n%s", got, want)
			}
			for _, part := range end.says {
				if !strings.Contains(gotErr, part) {
					t.Errorf("its trace lacks %q:\n%s", part, gotErr)
				}
			}
		})
	}
	if joined, err := editData(whole, asItIs); err != nil || len(packed) > len(joined)-len(joined)/50 {
		t.Errorf("%d bytes of %d are left, %v", len(packed), len(joined), err)
	}
	if again, err := editData(whole, dropLines); err != nil || !bytes.Equal(again, packed) {
		t.Errorf("the second time it is another program, %v", err)
	}
}

// traceMemory is the memory of the program at its start.
func traceMemory(t *testing.T) (m []byte) {
	t.Helper()
	if _, err := editData(traceProgram(t), func(memory []byte) error { m = bytes.Clone(memory); return nil }); err != nil {
		t.Fatal(err)
	}
	return m
}

func TestDropLinesRefuses(t *testing.T) {
	whole := traceMemory(t)
	head := bytes.Index(whole, []byte(pcHeader))
	module := bytes.Index(whole, binary.LittleEndian.AppendUint64(binary.LittleEndian.AppendUint64(nil, uint64(head)), uint64(head+headerSize)))
	table := func(m []byte) *lineTables {
		tables, err := findTables(m)
		if err != nil {
			t.Fatal(err)
		}
		if err := tables.check(); err != nil {
			t.Fatal(err)
		}
		return tables
	}
	// inlining finds a function that others are inlined into.
	inlining := func(tables *lineTables) int {
		for _, at := range tables.records {
			if len(tables.inlined(at)) > 0 {
				return at
			}
		}
		t.Fatal("there is none")
		return 0
	}
	// longest finds the function with the longest table of lines, which no other has.
	longest := func(tables *lineTables) (found int) {
		for _, at := range tables.records {
			if found == 0 || tables.sizes[get(tables.funcs[at+atLine:])] > tables.sizes[get(tables.funcs[found+atLine:])] {
				found = at
			}
		}
		return found
	}
	add := func(b []byte, n uint32) { put(b, get(b)+n) }
	for _, tt := range []struct {
		name  string
		spoil func(m []byte)
		says  string
	}{
		{"a program of another Go", func(m []byte) { m[head] = 0xf2 }, "there are none"},
		{"other pointers", func(m []byte) { m[head+7] = 4 }, "there are none"},
		{"no moduledata", func(m []byte) { m[module]++ }, "there are none"},
		{"two", func(m []byte) { copy(m[module-8*moduleWords:], m[module:][:8*moduleWords]) }, "there are two"},
		{"tables in another order", func(m []byte) { m[module+8*4]++ }, "do not agree on table 1"},
		{"a slice with a capacity", func(m []byte) { m[module+8*12]++ }, "do not agree on table 3"},
		{"a function more", func(m []byte) { m[head+8]++ }, "ftab has"},
		{"instructions elsewhere", func(m []byte) { m[module+8*20]++ }, "instructions from"},
		{"more instructions than functions", func(m []byte) { m[module+8*21+4]++ }, "lie outside"},
		{"another first function", func(m []byte) { m[module+8*20+2]++ }, "does not begin at the first instruction"},
		{"a record out of line", func(m []byte) { add(table(m).funcs[12:], 8) }, "is not behind the one before"},
		{"another function's record", func(m []byte) { x := table(m); add(x.funcs[x.records[3]:], 1) }, "does not begin where it should"},
		{"a new kind of pcdata", func(m []byte) { x := table(m); add(x.funcs[x.records[0]+atPCData:], 6) }, "pcdata"},
		{"more funcdata", func(m []byte) { x := table(m); x.funcs[x.records[0]+atFuncData] += 3 }, "is not behind the one before"},
		{"a table outside", func(m []byte) { x := table(m); put(x.funcs[x.records[0]+atSP:], uint32(len(x.pcs))) }, "lies outside"},
		{"a table that nobody needs", func(m []byte) { x := table(m); put(x.funcs[longest(x)+atLine:], 0) }, "nobody refers to"},
		{"frames of another size", func(m []byte) { x := table(m); x.pcs[get(x.funcs[longest(x)+atSP:])] += 2 }, "has the value"},
		{"a name of no file", func(m []byte) {
			x := table(m)
			for i := range x.files {
				x.files[i] = 'x'
			}
		}, "has the value"},
		{"an inlined call without a name", func(m []byte) { x := table(m); put(x.inlined(inlining(x))[0][4:], uint32(len(x.names))) }, "no name"},
		{"an inlined call of another form", func(m []byte) { x := table(m); x.inlined(inlining(x))[0][2] = 1 }, "no name"},
		{"functions that can be interrupted", func(m []byte) {
			x := table(m)
			copy(x.names[bytes.Index(x.names, []byte("\x00runtime.initMetrics\x00")):], "\x00runtime.isAsyncSafePoint\x00")
		}, "can be interrupted"},
		{"another way to find functions", func(m []byte) { x := table(m); x.find[40*bucketSize+4]++ }, "findfunctab has"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			m := bytes.Clone(whole)
			tt.spoil(m)
			spoiled := bytes.Clone(m)
			err := dropLines(m)
			if !errors.Is(err, errTables) || !strings.Contains(err.Error(), tt.says) {
				t.Errorf("error is %v, want %q", err, tt.says)
			}
			if !bytes.Equal(m, spoiled) {
				t.Error("something was changed")
			}
		})
	}
	t.Run("no data", func(t *testing.T) {
		if err := dropLines(nil); !errors.Is(err, errTables) {
			t.Error(err)
		}
	})
	t.Run("anything at all", func(t *testing.T) {
		chance := rand.New(rand.NewPCG(1, 2))
		for range 300 { // it may be taken or refused; what counts is that no index runs out of its table
			m := bytes.Clone(whole)
			from, to := head, module+8*moduleWords
			if chance.IntN(3) == 0 {
				from, to = module, module+8*moduleWords
			} else if chance.IntN(2) == 0 {
				to = head + headerSize
			}
			for range 1 + chance.IntN(3) {
				m[min(from, to)+chance.IntN(max(from, to)-min(from, to))] = byte(chance.IntN(256))
			}
			if err := dropLines(m); err != nil && !errors.Is(err, errTables) {
				t.Error(err)
			}
		}
	})
}
