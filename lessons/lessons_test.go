package lessons

import (
	"strings"
	"testing"
	"testing/fstest"
)

func TestCourse(t *testing.T) {
	c, err := Load(Files)
	if err != nil {
		t.Fatal(err)
	}
	if len(c.Modules) == 0 || c.Title == "" {
		t.Fatalf("course %q has %d modules", c.Title, len(c.Modules))
	}
	last := ""
	for _, m := range c.Modules {
		if m.Path < last {
			t.Errorf("%s comes after %s", m.Path, last)
		}
		last = m.Path
		for i, l := range m.Lessons {
			if i > 0 && l.Path < m.Lessons[i-1].Path {
				t.Errorf("%s comes after %s", l.Path, m.Lessons[i-1].Path)
			}
			if c.Lesson(l.Slug) != l || l.Module != m {
				t.Errorf("%s is not found by its slug", l.Slug)
			}
		}
	}
	if c.Lesson("none") != nil {
		t.Error("a slug that is not there finds a lesson")
	}
}

const goodLesson = `---
title: One
blurb: Two.
minutes: 4
misconception: Three.
teaches: [P2]
shows: [P2]
---
Words.
`

const goodLab = `name: one
start: 2026-03-02T08:39:30Z
seed: 7
world:
  - do: kinesis.CreateStream
    with: {StreamName: trips, ShardCount: 1}
goals:
  - id: open
    text: Two shards are open
    check: {kind: open-shards, stream: trips, min: 2}
    unmet: "{open} is open"
    met: Two are open.
solution:
  - run: aws kinesis list-shards --stream-name trips
wrong:
  - name: Wait
    plan: [{wait: 10s}]
    fails: open
    message: is open
figures:
  - name: shards
    frame: "length(streams)"
`

// small returns a course of one lesson, with files replaced; an empty text removes the file.
func small(replace map[string]string) fstest.MapFS {
	files := fstest.MapFS{}
	all := map[string]string{
		"course/course.yaml":               "title: Kinesis\n",
		"course/10-one/module.yaml":        "title: One\nblurb: Two.\n",
		"course/10-one/10-first/lesson.md": goodLesson,
		"course/10-one/10-first/lab.yaml":  goodLab,
	}
	for name, text := range replace {
		all[name] = text
	}
	for name, text := range all {
		if text != "" {
			files[name] = &fstest.MapFile{Data: []byte(text)}
		}
	}
	return files
}

func TestLoadSmall(t *testing.T) {
	c, err := Load(small(nil))
	if err != nil {
		t.Fatal(err)
	}
	l := c.Lesson("first")
	if l.Line != 9 || l.Body != "Words.\n" {
		t.Errorf("the body is %q and begins on line %d", l.Body, l.Line)
	}
	if got := l.Lab.Line("goals[0]"); got != 8 {
		t.Errorf("the goal stands on line %d", got)
	}
	want := `{"name":"one","start":"2026-03-02T08:39:30Z","seed":7,"world":[{"do":"kinesis.CreateStream","with":{"ShardCount":1,"StreamName":"trips"}}],"goals":[{"id":"open","text":"Two shards are open","check":{"kind":"open-shards","min":2,"stream":"trips"},"unmet":"{open} is open","met":"Two are open."}]}`
	if got := string(l.Lab.JSON()); got != want {
		t.Errorf("the engine gets\n%s\nwant\n%s", got, want)
	}
}

// goodIncident is the incident of a lab, its pager and one cause of each kind.
const goodIncident = `incident:
  title: Trips are late
  severity: SEV2
  since: "08:39"
  words: Readers lag.
  charts: [{metric: "metric:AWS/Kinesis,IncomingRecords,StreamName=trips"}]
  causes:
    - id: slow
      text: The reader is slow
      proof: [{of: ["consumer:*"], check: {kind: running, consumer: board}, text: "{state}"}]
      unproven: Point at it.
    - id: narrow
      text: The shard is full
      counter: [{check: {kind: no-refusals, stream: trips}, text: "{refused}"}]
`

func TestLoadIncident(t *testing.T) {
	const lab = "course/10-one/10-first/lab.yaml"
	c, err := Load(small(map[string]string{lab: goodLab + goodIncident}))
	if err != nil {
		t.Fatal(err)
	}
	want := `"incident":{"title":"Trips are late","severity":"SEV2","since":"08:39","words":"Readers lag.","charts":[{"metric":"metric:AWS/Kinesis,IncomingRecords,StreamName=trips"}],"causes":[` +
		`{"id":"slow","text":"The reader is slow","proof":[{"of":["consumer:*"],"check":{"consumer":"board","kind":"running"},"text":"{state}"}],"unproven":"Point at it."},` +
		`{"id":"narrow","text":"The shard is full","counter":[{"check":{"kind":"no-refusals","stream":"trips"},"text":"{refused}"}]}]}}`
	if got := string(c.Lesson("first").Lab.JSON()); !strings.HasSuffix(got, want) {
		t.Errorf("the engine gets\n%s\nwant at its end\n%s", got, want)
	}
	for _, test := range []struct{ name, old, new, want string }{
		{"unknown key", "severity", "severty", lab + `:25: unknown key "severty"`},
		{"unknown key of a cause", "unproven", "unprooven", `unknown key "unprooven"`},
		{"wrong type", "words: Readers lag.", "words: [Readers lag.]", "wrong type: a text"},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := Load(small(map[string]string{lab: goodLab + strings.Replace(goodIncident, test.old, test.new, 1)}))
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("the author reads\n%v\nwant\n%s", err, test.want)
			}
		})
	}
}

func TestLoadErrors(t *testing.T) {
	const lesson, lab = "course/10-one/10-first/lesson.md", "course/10-one/10-first/lab.yaml"
	edit := func(file, text, old, new string) map[string]string {
		if !strings.Contains(text, old) {
			t.Fatalf("%q is not in %s", old, file)
		}
		return map[string]string{file: strings.Replace(text, old, new, 1)}
	}
	for _, test := range []struct {
		name  string
		files map[string]string
		want  string
	}{
		{"no course.yaml", map[string]string{"course/course.yaml": ""}, "course/course.yaml: this file is missing: write the course's title"},
		{"no module.yaml", map[string]string{"course/10-one/module.yaml": ""}, "course/10-one/module.yaml: this file is missing"},
		{"no lab", map[string]string{lab: ""}, lab + ": this file is missing: write the lesson's lab into it"},
		{"folder without a number", map[string]string{"course/10-one/second/lesson.md": goodLesson}, "course/10-one/second: a folder of the course is named by its place and its slug"},
		{"two lessons in one place", map[string]string{"course/10-one/10-second/lesson.md": goodLesson, "course/10-one/10-second/lab.yaml": goodLab}, "course/10-one/10-second: 10-first has the number 10 too"},
		{"slug taken", map[string]string{"course/20-two/module.yaml": "title: Two\nblurb: Three.\n", "course/20-two/10-first/lesson.md": goodLesson, "course/20-two/10-first/lab.yaml": goodLab}, "course/20-two/10-first/lesson.md: the slug \"first\" is taken by course/10-one/10-first/lesson.md"},
		{"no front matter", map[string]string{lesson: "# One\n"}, lesson + ":1: a lesson begins with its front matter"},
		{"front matter without an end", map[string]string{lesson: "---\ntitle: One\n"}, lesson + ":1: the front matter does not end"},
		{"unknown key", edit(lesson, goodLesson, "minutes: 4", "minuets: 4"), lesson + `:4: unknown key "minuets": the keys here are title, blurb, minutes, misconception, teaches, shows`},
		{"wrong type", edit(lesson, goodLesson, "minutes: 4", "minutes: four"), lesson + ":4: wrong type: a whole number is to be written here, not a text"},
		{"list expected", edit(lesson, goodLesson, "teaches: [P2]", "teaches: P2"), lesson + ":6: "},
		{"missing key", edit(lesson, goodLesson, "misconception: Three.\n", ""), lesson + ":1: `misconception` is missing: write the one wrong belief"},
		{"broken YAML", edit(lesson, goodLesson, "title: One", "title: [One"), lesson + ":"},
		{"key twice", edit(lesson, goodLesson, "title: One", "title: One\ntitle: Two"), lesson + ":3: "},
		{"lab: unknown key", edit(lab, goodLab, "seed: 7", "sead: 7"), lab + `:3: unknown key "sead"`},
		{"lab: unknown key of a goal", edit(lab, goodLab, "    unmet:", "    umet:"), lab + `:11: unknown key "umet"`},
		{"lab: no start", edit(lab, goodLab, "start: 2026-03-02T08:39:30Z", "start: monday"), lab + ":2: `start` is the instant"},
		{"lab: bad duration", edit(lab, goodLab, "{wait: 10s}", "{wait: ten}"), lab + `:16: "ten" is no duration`},
		{"lab: bad operation", edit(lab, goodLab, "kinesis.CreateStream", "CreateStream"), lab + ":5: `do` names a service and an operation"},
		{"lab: goal without a message", edit(lab, goodLab, "    unmet: \"{open} is open\"\n", ""), lab + ":8: goal open lacks `unmet`"},
		{"lab: goal without a check", edit(lab, goodLab, "{kind: open-shards, stream: trips, min: 2}", "{stream: trips}"), lab + ":8: goal open lacks a check"},
		{"lab: plan with two moves in one", edit(lab, goodLab, "{wait: 10s}", "{wait: 10s, run: ls}"), lab + ":16: a move of a plan is exactly one of"},
		{"lab: no solution", edit(lab, goodLab, "solution:\n  - run: aws kinesis list-shards --stream-name trips\n", ""), lab + ":1: the plan is missing"},
		{"lab: wrong plan of no goal", edit(lab, goodLab, "fails: open", "fails: closed"), lab + ":16: `fails` names the goal that this plan does not meet"},
		{"lab: wrong plan without a message", edit(lab, goodLab, "message: is open", "message: \"\""), lab + ":16: `message` is a regular expression"},
		{"lab: figure without a source", edit(lab, goodLab, "    frame: \"length(streams)\"\n", ""), lab + ":21: figure shards takes its number from exactly one of"},
		{"lab: figure of an unknown kind", edit(lab, goodLab, "  - name: shards\n", "  - name: shards\n    as: roman\n"), lab + ":21: `as` of figure shards is one of number, percent"},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := Load(small(test.files))
			if err == nil {
				t.Fatal("loaded")
			}
			if !strings.Contains(err.Error(), test.want) {
				t.Errorf("the author reads\n%v\nwant\n%s", err, test.want)
			}
		})
	}
}

func TestStatements(t *testing.T) {
	list, err := Statements(Files)
	if err != nil {
		t.Fatal(err)
	}
	if len(list) != 94 {
		t.Errorf("%d statements, want 94", len(list))
	}
	facts := 0
	for _, s := range list {
		if s.Fact {
			facts++
		}
		if s.Text == "" || s.Section == "" {
			t.Errorf("%s has no text or no section", s.ID)
		}
	}
	if facts != 9 {
		t.Errorf("%d statements are plain facts, want 9", facts)
	}
	for _, test := range []struct{ name, text, want string }{
		{"id twice", "| id | statement |\n|---|---|\n| P2 | a |\n| P2 | b |\n", "statements.md:4: the id P2 is taken by line 3"},
		{"no id", "| id | statement |\n|---|---|\n| shard | a |\n", `statements.md:3: "shard" is no id`},
		{"three cells", "| P2 | a | b |\n", "statements.md:1: a row has two cells"},
		{"nothing", "words\n", "statements.md: there is no statement"},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := Statements(fstest.MapFS{"statements.md": &fstest.MapFile{Data: []byte(test.text)}})
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("the author reads %v, want %s", err, test.want)
			}
		})
	}
}
