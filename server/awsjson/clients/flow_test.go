package clients

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"
)

// gettingStarted is AWS's tutorial for the AWS CLI as the page's console answers it; tutorials are others, AWS's own examples, and the
// tools of a shell.
const (
	gettingStarted = "../../../wasm/console/testdata/getting-started.txt"
	tutorials      = "../../../wasm/console/testdata/tutorials/*.txt"
)

// consoleAlone are tutorials that cannot be played at the endpoint, and why.
var consoleAlone = map[string]string{"lambda.txt": "the endpoint speaks no Lambda"}

// TestTutorials plays AWS's tutorials and examples word for word with the real AWS CLI in a real bash, and holds its answers to those
// of the page's console: the same text on the same stream and the same exit code. What must differ is masked: see evened; and members
// that this AWS CLI is too old to know are taken out of the console's answers. The world runs twenty times as fast as the clock, and so
// do sleeps.
func TestTutorials(t *testing.T) {
	each(t, func(t *testing.T, k *kind) {
		if k.name != "cli" {
			t.Skip("this one is about the AWS CLI")
		}
		files, err := filepath.Glob(tutorials)
		if err != nil || len(files) < 5 {
			t.Fatalf("found %d tutorials, %v", len(files), err)
		}
		for _, file := range append(files, gettingStarted) {
			name := filepath.Base(file)
			t.Run(strings.TrimSuffix(name, ".txt"), func(t *testing.T) {
				if why := consoleAlone[name]; why != "" {
					t.Skip(why)
				}
				b, err := os.ReadFile(file)
				if err != nil {
					t.Fatal(err)
				}
				entries := readTranscript(string(b))
				if len(entries) < 8 {
					t.Fatalf("the tutorial has %d entries", len(entries))
				}
				speed := 20
				if file == gettingStarted {
					speed = 1
				}
				e := serve(t, "-aws-speed", strconv.Itoa(speed), "-aws-shards", "200")
				s := e.settings("AKIATUTORIAL")
				s.Region = "us-east-1"
				p := &player{kind: k}
				p.learn(t, s)
				got := runInShell(t, s, entries, speed)
				for i, want := range entries {
					if bad := want.differs(got[i], p.shapes); bad != "" {
						t.Errorf("$ %s\n%s", want.line, bad)
					}
				}
			})
		}
	})
}

// An entry is a line of a transcript with what it printed.
type entry struct {
	line, out, err string
	exit           int
}

// readTranscript reads the form of package console's transcripts; its hints are the console's own and left out.
func readTranscript(text string) []entry {
	var all []entry
	for line := range strings.Lines(text) {
		line = strings.TrimSuffix(line, "\n")
		if entryLine, ok := strings.CutPrefix(line, "$ "); ok {
			all = append(all, entry{line: entryLine})
			continue
		}
		if more, ok := strings.CutPrefix(line, ">"); ok && len(all) > 0 {
			all[len(all)-1].line += "\n" + strings.TrimPrefix(more, " ")
			continue
		}
		printed, ok := strings.CutPrefix(line, ".")
		if !ok || len(all) == 0 {
			continue
		}
		e, printed := &all[len(all)-1], strings.TrimPrefix(printed, " ")
		switch mark, rest, _ := strings.Cut(printed, " "); mark {
		case "?":
		case "!":
			e.err += rest + "\n"
		case "=":
			fmt.Sscan(rest, &e.exit)
		default:
			e.out += printed + "\n"
		}
	}
	return all
}

// runInShell runs the lines one after the other in one shell, in which sleeps are so many times shorter.
func runInShell(t *testing.T, s settings, entries []entry, speed int) []entry {
	t.Helper()
	dir := t.TempDir()
	// The flag, because the AWS CLI heeds the variable only since 2.13.
	script := "aws() { \"$CLIENT_AWS\" --endpoint-url \"$AWS_ENDPOINT_URL\" \"$@\"; }\n" +
		fmt.Sprintf("sleep() { command sleep \"$(awk \"BEGIN { print $1 / %d }\")\"; }\n", speed)
	for i, e := range entries {
		script += fmt.Sprintf("{\n%s\n} >%[2]d.out 2>%[2]d.err; echo $? >%[2]d.exit\n", e.line, i)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "bash", "-c", script)
	cmd.Dir = dir
	cmd.Env = append(bareEnv(s), "TZ=UTC", "HOME="+dir, "CLIENT_AWS="+os.Getenv("CLIENT_AWS"))
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("bash: %v\n%s", err, out)
	}
	got := make([]entry, len(entries))
	for i := range got {
		read := func(what string) string {
			b, err := os.ReadFile(filepath.Join(dir, fmt.Sprintf("%d.%s", i, what)))
			if err != nil {
				t.Fatal(err)
			}
			return string(b)
		}
		got[i] = entry{line: entries[i].line, out: read("out"), err: read("err")}
		fmt.Sscan(read("exit"), &got[i].exit)
	}
	return got
}

// differs says where the AWS CLI's answer is not the console's.
func (want entry) differs(got entry, shapes map[string]shape) string {
	if got.exit != want.exit {
		return fmt.Sprintf("ends with %d, in the console with %d\n%s", got.exit, want.exit, got.err)
	}
	wantErr := strings.ReplaceAll(want.err, "aws: [ERROR]: ", "") // newer ones say so, the console with them
	if g, w := strings.TrimSpace(got.err), strings.TrimSpace(wantErr); g != w {
		return fmt.Sprintf("says\n%s\nin the console\n%s", g, w)
	}
	out := want.out
	if strings.HasPrefix(out, "{") {
		// A line may hold several commands; the one that prints is known by what it prints.
		var known tree
		first := regexp.MustCompile(`"(\w+)"`).FindStringSubmatch(out)[1]
		for op, s := range shapes {
			if _, prints := s.Out[first]; prints && strings.Contains(want.line+" ", " "+kebab(op)+" ") {
				known = s.Out
			}
		}
		var b bytes.Buffer
		if err := json.Indent(&b, []byte(withoutUnknown(json.NewDecoder(strings.NewReader(out)), known)), "", "    "); err != nil {
			return err.Error()
		}
		out = b.String() + "\n"
	}
	if g, w := evened(got.out), evened(out); g != w {
		return fmt.Sprintf("prints\n%s\nin the console\n%s", g, w)
	}
	return ""
}

// withoutUnknown writes the next JSON value anew, in its order, without members that a client does not know.
func withoutUnknown(d *json.Decoder, known tree) string {
	d.UseNumber()
	token, err := d.Token()
	if err != nil {
		return ""
	}
	switch token {
	case json.Delim('{'):
		var all []string
		for d.More() {
			name, _ := d.Token()
			below, knows := known[name.(string)]
			value := withoutUnknown(d, below)
			if knows || len(known) == 0 {
				all = append(all, text(name)+":"+value)
			}
		}
		d.Token()
		return "{" + strings.Join(all, ",") + "}"
	case json.Delim('['):
		var all []string
		for d.More() {
			all = append(all, withoutUnknown(d, known))
		}
		d.Token()
		return "[" + strings.Join(all, ",") + "]"
	}
	return text(token)
}

// masks are what differs from run to run, each under the word that stands in its place.
var masks = []struct {
	word string
	text *regexp.Regexp
}{
	{"sequence", regexp.MustCompile(`\b[1-9]\d{55}\b`)},
	{"iterator", regexp.MustCompile(`\bAAAAAAAAAA[A-Za-z0-9+/]{100,500}={0,2}`)},
	{"time", regexp.MustCompile(`\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?(\+00:00|Z)?`)},
	{"consumer's instant", regexp.MustCompile(`\b(consumer/\w+):\d{10}\b`)},
	{"role's id", regexp.MustCompile(`\bAROA[A-Z2-7]{17}\b`)},
	{"record's id", regexp.MustCompile(`"RecordId": "[A-Za-z0-9+/]{200,}={0,2}"`)},
	{"object's hour and name", regexp.MustCompile(`\b\d{4}/\d\d/\d\d/\d\d/(my-stream-1)-[-0-9a-f]+`)},
	{"Firehose's version", regexp.MustCompile(`"VersionId": "\d+"`)},
}

// evened puts words in place of what differs from run to run.
func evened(s string) string {
	for _, m := range masks {
		s = m.text.ReplaceAllString(s, "<"+m.word+">")
	}
	return s
}
