package console

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"shardlab/wasm/terminal"
)

// Update says that transcripts are to be rewritten.
var Update = flag.Bool("update", false, "rewrite the transcripts in testdata")

func typeOf[T any]() reflect.Type { return reflect.TypeFor[T]() }

// TestTranscripts plays the files of testdata/*.txt: lines that begin with "$ " are entries ("> " goes on with one), the
// lines that begin with a dot are what the terminal writes: errors behind "! ", hints behind "? ", the exit status behind
// "= " when it is not 0. Comments (#) are kept.
func TestTranscripts(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("no transcripts: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			b, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			c, _ := newConsole()
			got := Replay(c.Run, string(b))
			far, _, _ := behindWire(t)
			if there := Replay(Local(far), string(b)); there != got {
				t.Errorf("a console in another program writes something else\n%s", FirstDifference(got, there))
			}
			if got == string(b) {
				return
			}
			if *Update {
				if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			t.Errorf("the transcript has changed; run with -update and read the difference\n%s", FirstDifference(string(b), got))
		})
	}
}

// Local is a terminal's Run with this package's outputs.
func Local(c terminal.Terminal) func(line string) ([]Output, int) {
	return func(line string) (out []Output, exit int) {
		wrote, exit := c.Run(line)
		for _, o := range wrote {
			out = append(out, Output(o))
		}
		return out, exit
	}
}

// Replay runs the entries of a transcript on a terminal and writes the transcript anew.
func Replay(run func(line string) ([]Output, int), text string) string {
	var b strings.Builder
	all := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	for i := 0; i < len(all); i++ {
		line := all[i]
		if strings.HasPrefix(line, "#") {
			b.WriteString(line + "\n")
			continue
		}
		entry, ok := strings.CutPrefix(line, "$ ")
		if !ok {
			continue
		}
		if b.Len() > 0 && !strings.HasPrefix(lastLine(b.String()), "#") {
			b.WriteString("\n")
		}
		b.WriteString(line + "\n")
		for i+1 < len(all) && (strings.HasPrefix(all[i+1], "> ") || all[i+1] == ">") {
			i++
			b.WriteString(all[i] + "\n")
			entry += "\n" + strings.TrimPrefix(strings.TrimPrefix(all[i], ">"), " ")
		}
		out, exit := run(entry)
		for _, o := range out {
			mark := map[string]string{ToOut: "", ToErr: "! ", ToHint: "? "}[o.To]
			for l := range strings.SplitSeq(strings.TrimSuffix(o.Text, "\n"), "\n") {
				b.WriteString(strings.TrimRight(". "+mark+l, " ") + "\n")
			}
		}
		if exit != 0 {
			fmt.Fprintf(&b, ". = %d\n", exit)
		}
	}
	return b.String()
}

func lastLine(s string) string {
	s = strings.TrimSuffix(s, "\n")
	return s[strings.LastIndexByte(s, '\n')+1:]
}

// FirstDifference shows the first line in which two transcripts differ.
func FirstDifference(want, got string) string {
	w, g := strings.Split(want, "\n"), strings.Split(got, "\n")
	for i := range max(len(w), len(g)) {
		a, b := "(end)", "(end)"
		if i < len(w) {
			a = w[i]
		}
		if i < len(g) {
			b = g[i]
		}
		if a != b {
			return fmt.Sprintf("line %d\n was: %s\n now: %s", i+1, a, b)
		}
	}
	return ""
}
