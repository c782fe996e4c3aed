package lint

import (
	"strings"
	"testing"
	"testing/fstest"

	"shardlab/lessons"
)

// oneIncident returns the course with one incident alone in it, and one text of it replaced.
func oneIncident(t *testing.T, file, old, new string) fstest.MapFS {
	t.Helper()
	const from, to = "course/60-incidents/70-release-night/", "course/10-shards/10-release-night/"
	files := fstest.MapFS{"course/course.yaml": {Data: []byte("title: Kinesis\n")}, "course/10-shards/module.yaml": {Data: []byte("title: One\nblurb: Two.\n")}}
	for _, name := range []string{"lesson.md", "lab.yaml"} {
		b, err := lessons.Files.ReadFile(from + name)
		if err != nil {
			t.Fatal(err)
		}
		text := string(b)
		if name == file {
			if !strings.Contains(text, old) {
				t.Fatalf("%q is not in %s", old, file)
			}
			text = strings.Replace(text, old, new, 1)
		}
		files[to+name] = &fstest.MapFile{Data: []byte(text)}
	}
	list, err := lessons.Files.ReadFile("statements.md")
	if err != nil {
		t.Fatal(err)
	}
	files["statements.md"] = &fstest.MapFile{Data: list}
	return files
}

// Each law of incidents has one that breaks it, and the author reads what to write.
func TestIncidentLaws(t *testing.T) {
	if err := Course(oneIncident(t, "", "", "")); err != nil {
		t.Fatal(err)
	}
	const md, lab = "lesson.md", "lab.yaml"
	text, err := lessons.Files.ReadFile("course/60-incidents/70-release-night/lesson.md")
	if err != nil {
		t.Fatal(err)
	}
	_, quiz, _ := strings.Cut(string(text), ":::quiz")
	quiz, _, _ = strings.Cut(":::quiz"+quiz, "Go on")
	for _, test := range []struct{ name, file, old, new, want string }{
		{"a prediction", md, ":::task\n", ":::predict{#guess asks=T2}\nHow many?\n\n(x) One\n: So it is.\n( ) Two\n: No.\n:::\n\n:::task\n", "an incident has no :::predict and no :::run block"},
		{"no question", md, quiz, "", "an incident ends with one or 2 :::quiz blocks; this one has 0"},
		{"no debrief", md, "debrief: ", "", "an incident has a debrief after the solution"},
		{"debrief before the solution", md, "hint: All records", "debrief: Early.\nhint: All records", "one debrief stands after the solution"},
		{"two hints", md, "hint: Six shards, one alarm.", "Six shards, one alarm.", "the task has 2 hints"},
		{"unknown figure in the pager", lab, "{{refused}} plays a second", "{{refusals}} plays a second", "there is no figure {{refusals}}"},
		{"nothing speaks against a wrong cause", lab, "check: {kind: throughput, stream: plays, for: 30s, at-least: 1}", "check: {kind: throughput, stream: plays, for: 30s, at-least: 9999}",
			"nothing speaks against the wrong cause too-few when the lab opens"},
		{"no cure that does not cure", lab, "for: 30s, at-least: 1000}", "for: 30s, at-least: 999999}", "no wrong plan states the cause with its proof"},
	} {
		t.Run(test.name, func(t *testing.T) {
			err := Course(oneIncident(t, test.file, test.old, test.new))
			if err == nil {
				t.Fatal("the linter found nothing")
			}
			if !strings.Contains(err.Error(), test.want) {
				t.Errorf("the author reads\n%v\nwant\n%s", err, test.want)
			}
		})
	}
}
