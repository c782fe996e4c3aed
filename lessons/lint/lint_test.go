package lint

import (
	"io/fs"
	"os"
	"strings"
	"testing"
	"testing/fstest"

	"shardlab/lessons"
	"shardlab/lessons/play"
)

// The course keeps every law. -run TestCourse/hot-shard plays one lesson, and with -v its figures are printed.
func TestCourse(t *testing.T) {
	c, err := lessons.Load(lessons.Files)
	if err != nil {
		t.Fatalf("the course cannot be read:\n%v", err)
	}
	for _, l := range c.Lessons() {
		t.Run(l.Slug, func(t *testing.T) {
			t.Parallel()
			if err := Lesson(lessons.Files, l.Slug); err != nil {
				t.Errorf("not ready to be taught:\n%v", err)
			}
			if testing.Verbose() {
				figures, err := play.Figures(l)
				t.Log(figures, err)
			}
		})
	}
}

// good returns the linter's own small course, which keeps every law, with one text replaced.
func good(t *testing.T, file, old, new string) fstest.MapFS {
	t.Helper()
	files := fstest.MapFS{}
	root := os.DirFS("testdata/good")
	err := fs.WalkDir(root, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := fs.ReadFile(root, name)
		files[name] = &fstest.MapFile{Data: b}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if file != "" {
		text := string(files[file].Data)
		if !strings.Contains(text, old) {
			t.Fatalf("%q is not in %s", old, file)
		}
		files[file].Data = []byte(strings.Replace(text, old, new, 1))
	}
	return files
}

func TestGood(t *testing.T) {
	if err := Course(good(t, "", "", "")); err != nil {
		t.Fatal(err)
	}
}

// part returns what stands in a file of the good course from one text up to another.
func part(t *testing.T, file, from, to string) string {
	t.Helper()
	b, err := os.ReadFile("testdata/good/" + file)
	if err != nil {
		t.Fatal(err)
	}
	_, rest, ok := strings.Cut(string(b), from)
	if !ok {
		t.Fatalf("%q is not in %s", from, file)
	}
	piece, _, _ := strings.Cut(rest, to)
	return from + piece
}

// Each law has a lesson that breaks it, and the author reads what to write.
func TestLaws(t *testing.T) {
	const md, lab = "course/10-shards/10-split/lesson.md", "course/10-shards/10-split/lab.yaml"
	predict := part(t, md, ":::predict", ":::run")
	run := part(t, md, ":::run", "## One")
	task := part(t, md, ":::task", ":::quiz")
	quiz := part(t, md, ":::quiz{#who", "Go on")
	filler := part(t, md, "A stream that", ":::try")
	for _, test := range []struct{ name, file, old, new, want string }{
		{"unknown key", md, "minutes: 4", "minuets: 4", `lesson.md:4: unknown key "minuets"`},
		{"unknown statement taught", md, "teaches: [P1, RS5]", "teaches: [P1, RS5, P77]", "`teaches` names P77, which lessons/statements.md does not list"},
		{"statement taught twice", md, "teaches: [P1, RS5]", "teaches: [P1, RS5, P1]", "`teaches` names P1 twice"},
		{"unknown statement shown", md, "shows: [P1, RS5]", "shows: [P77]", "`shows` names P77"},
		{"unknown statement asked", md, "asks=RS5", "asks=RS77", "the question #what-a-split-does asks RS77, which lessons/statements.md does not list"},
		{"asked before it is taught", md, "teaches: [P1, RS5]", "teaches: [P1]", "the question #what-a-split-does asks RS5, which no lesson up to here teaches"},
		{"no prediction", md, predict, "", "a lesson has one :::predict block, a number or a moment to guess before the run; this one has 0"},
		{"no run", md, run, "", "a lesson has a :::run block to its deciding moment"},
		{"run before the prediction", md, predict + run, run + predict, "the run comes before the prediction"},
		{"run without words", md, "It still has one.\n", "", "the run says nothing once it is reached"},
		{"no task", md, task, "", "a lesson has one :::task block; this one has 0"},
		{"task before the run", md, predict + run, predict + task + run, "a lesson has one :::task block; this one has 2"},
		{"one question", md, quiz, "", "a lesson ends with 2 :::quiz blocks; this one has 1"},
		{"question before the task", md, task + part(t, md, ":::quiz{#what", ":::quiz{#who"), part(t, md, ":::quiz{#what", ":::quiz{#who") + task, "a recall question comes before the task"},
		{"two hints", md, "hint: Look at `split-shard`.\n", "", "the task has 2 hints: write at least 3"},
		{"option without an explanation", md, ": They only write.\n", "", `the option "The producers" lacks its explanation: write a line under it that begins with a colon and says why it is wrong`},
		{"one wrong plan", lab, part(t, lab, "  - name: Delete", "figures:"), "", "the lab has 1 wrong plans: write at least 2"},
		{"no way to the sandbox", md, "[sandbox](/lab)", "sandbox", "a lesson ends with a way to the sandbox: add a link to /lab"},
		{"link to no lesson", md, "It can be cut.", "It can be [cut](/lessons/cut).", `the link leads to the lesson "cut", which is not there: the lessons are split`},
		{"link to no page", md, "It can be cut.", "It can be [cut](/cut).", "the link leads to /cut, which is no page"},
		{"sandbox of no lesson", md, "[sandbox](/lab)", "[sandbox](/lab#lab=cut)", `the link leads to the lab of the lesson "cut", which is not there: write /lab#lab=split`},
		{"exclamation mark", md, "It still has one.", "It still has one!", "there is an exclamation mark in block #half-a-minute"},
		{"dash between clauses", md, "It still has one.", "It has one — still.", "there is a dash between clauses"},
		{"blurb without an end", md, "Make two shards of one.", "Make two shards", "`blurb` is one sentence"},
		{"too short", md, filler, "", "the lesson takes about 2."},
		{"too long", md, filler, strings.Repeat(filler, 5), "a lesson takes 3 to 6, so cut it or add to it"},
		{"wrong number of minutes", md, "minutes: 4", "minutes: 6", "`minutes` says 6, and the lesson takes about"},
		{"figure that is not there", md, "{{shards}}", "{{shard}}", "there is no figure {{shard}}"},
		{"figure that is not shown", md, "{{shards}}", "one", "the figure shards is computed and never shown: write {{shards}}"},
		{"figure that finds nothing", lab, "length(streams[0].shards)", "streams[7]", "lab.yaml:36: figure shards: its query \"streams[7]\" finds nothing"},
		{"figure that is no query", lab, "length(streams[0].shards)", "length(", "is no JMESPath"},
		{"lab the engine does not take", lab, "kind: open-shards", "kind: open-doors", "the engine does not take this lab"},
		{"goal met at the start", lab, "min: 2", "min: 1", "all goals are met before the learner has done anything"},
		{"goal met by waiting", lab, "    do: lab.Note\n    with: {Text: Half a minute has passed.}", "    do: kinesis.SplitShard\n    with: {StreamName: trips, ShardToSplit: shardId-000000000000, NewStartingHashKey: \"170141183460469231731687303715884105728\"}", "all goals are met after two minutes in which the learner did nothing"},
		{"goal unmet after the solution", lab, "  - wait: 15s\nwrong", "wrong", "the solution does not meet the goals; wait longer in it, or mend it: two-open (1 shard is open.)"},
		{"solution that fails", lab, "--shard-to-split 0", "--shard-to-split 7", "a line of the solution fails: aws kinesis split-shard"},
		{"wrong plan that is right", lab, "      - wait: 60s\n    fails: two-open\n    message: 1 shard", "      - run: aws kinesis split-shard --stream-name trips --shard-to-split 0 --new-starting-hash-key 9999\n      - wait: 60s\n    fails: two-open\n    message: 1 shard", `the wrong plan "Wait for the stream to grow by itself" meets every goal`},
		{"wrong plan with another message", lab, "message: 1 shard is open", "message: no shard", `the learner reads "1 shard is open.", which does not match`},
		{"line that fails", md, "aws kinesis list-shards --stream-name trips", "aws kinesis list-shards --stream-name trip", "this line fails: aws kinesis list-shards --stream-name trip"},
		{"line that is to fail and does not", md, ":::try\n", ":::try{fails=ResourceNotFoundException}\n", "this line is to fail with ResourceNotFoundException, and it does not"},
		{"line that is no line", md, "aws kinesis list-shards --stream-name trips", "aws kinesis list-shards --stream-name 'trips", "this line fails"},
		{"transcript that prints something else", md, "\n1\n```", "\n2\n```", "prints\n1\nand the lesson says\n2\nwrite what it prints"},
		{"run to an event that never comes", md, "until=note at=60s", "until=lost", "the run waits for lost, and none comes"},
		{"run to the past", md, "until=note at=60s", "at=10s", "the run ends at an instant that is past already"},
	} {
		t.Run(test.name, func(t *testing.T) {
			err := Course(good(t, test.file, test.old, test.new))
			if err == nil {
				t.Fatal("the linter found nothing")
			}
			if !strings.Contains(err.Error(), test.want) {
				t.Errorf("the author reads\n%v\nwant\n%s", err, test.want)
			}
		})
	}
}

func TestMatches(t *testing.T) {
	for _, test := range []struct {
		name string
		want string
		got  string
		ok   bool
	}{
		{"the same", "a\nb", "a\nb\n", true},
		{"another line", "a\nb", "a\nc\n", false},
		{"dots for lines", "a\n...\nd", "a\nb\nc\nd\n", true},
		{"dots for nothing", "a\n...", "a\n", true},
		{"dots inside a line are dots", "a...", "abc\n", false},
		{"a line more", "a", "a\nb\n", false},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := matches(strings.Split(test.want, "\n"), test.got); got != test.ok {
				t.Errorf("matches is %v", got)
			}
		})
	}
}

// Every citation in the course and in the tests of this repository names a statement that is listed.
func TestCover(t *testing.T) {
	rows, err := Cover(lessons.Files, os.DirFS("../.."))
	if err != nil {
		t.Fatal(err)
	}
	covered := 0
	for _, r := range rows {
		if r.Covered() {
			covered++
		}
	}
	if covered < 15 {
		t.Errorf("%d statements are covered", covered)
	}

	tests := fstest.MapFS{"wasm/a_test.go": {Data: []byte("package a\n\n// A comment.\n//\n// shows: P1, P77\nfunc TestA(t *T) {}\n")}}
	rows, err = Cover(good(t, "", "", ""), tests)
	want := "wasm/a_test.go:5: P77 is not listed in lessons/statements.md"
	if err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("the author reads %v, want %s", err, want)
	}
	var b strings.Builder
	WriteCoverage(&b, rows)
	for _, want := range []string{
		"✓ P1    taught split | shown split, wasm.TestA | asked split#by-itself, split#who-chooses\n",
		"  G1    taught - | shown ∘ | asked -\n",
		"3 statements: 2 covered; 2 taught, 2 shown (1 need no showing), 2 asked\n",
	} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("the report is\n%s\nwant\n%s", b.String(), want)
		}
	}
}
