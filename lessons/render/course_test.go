package render

import (
	"regexp"
	"testing"

	"shardlab/lessons"
	"shardlab/lessons/block"
)

// The course itself renders, with any figures, into HTML that a strict Content-Security-Policy takes.
func TestCourse(t *testing.T) {
	c, err := lessons.Load(lessons.Files)
	if err != nil {
		t.Fatal(err)
	}
	figures := map[string]map[string]string{}
	for _, l := range c.Lessons() {
		figures[l.Slug] = map[string]string{}
		for _, f := range l.Lab.Figures {
			figures[l.Slug][f.Name] = "1,000"
		}
	}
	course, all, err := Course(c, figures)
	if err != nil {
		t.Fatal(err)
	}
	if len(course.Modules) != len(c.Modules) || len(all) != len(c.Lessons()) {
		t.Fatalf("%d modules and %d lessons", len(course.Modules), len(all))
	}
	forbidden := regexp.MustCompile(`(?i)<(script|style|iframe|img|object|svg)|\son[a-z]+=|\sstyle=|javascript:`)
	hashes := map[string]bool{}
	for i, l := range all {
		if (l.Previous == "") != (i == 0) || (l.Next == "") != (i == len(all)-1) {
			t.Errorf("%s has %q before and %q after it", l.Slug, l.Previous, l.Next)
		}
		if l.Next != "" && (l.Next != all[i+1].Slug || l.NextTitle != all[i+1].Title) {
			t.Errorf("%s is followed by %s", l.Slug, l.Next)
		}
		if len(l.Hash) != 16 || hashes[l.Hash] {
			t.Errorf("%s has the hash %q", l.Slug, l.Hash)
		}
		hashes[l.Hash] = true
		for _, b := range l.Blocks {
			for _, html := range texts(b) {
				if m := forbidden.FindString(html); m != "" {
					t.Errorf("%s #%s holds %q", l.Slug, b.ID, m)
				}
			}
		}
	}

	const changed = "streams-and-shards"
	figures[changed]["read-by-board"] = "1,001"
	_, again, err := Course(c, figures)
	if err != nil {
		t.Fatal(err)
	}
	for i, l := range all {
		if (again[i].Hash != l.Hash) != (l.Slug == changed) {
			t.Errorf("a figure of %s changes: %s had the hash %s and has %s", changed, l.Slug, l.Hash, again[i].Hash)
		}
	}
}

// texts returns all HTML of a block.
func texts(b block.Block) []string {
	list := []string{b.HTML}
	for _, q := range []*block.Question{b.Predict, b.Quiz} {
		if q != nil {
			list = append(list, q.HTML)
			for _, o := range q.Options {
				list = append(list, o.HTML, o.Because)
			}
		}
	}
	if b.Task != nil {
		list = append(append(list, b.Task.HTML, b.Task.Solution), b.Task.Hints...)
	}
	if b.Try != nil {
		list = append(list, b.Try.HTML)
	}
	if b.Run != nil {
		list = append(list, b.Run.HTML)
	}
	return list
}
