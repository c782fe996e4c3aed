package lint

import (
	"strings"
	"testing"
	"time"

	"shardlab/lessons"
	"shardlab/wasm/lab"
)

func TestTemplates(t *testing.T) {
	all, err := lessons.Templates(lessons.Files)
	if err != nil {
		t.Fatal(err)
	}
	if len(all) < 13 || all[0].Slug != lessons.EmptyTemplate {
		t.Fatalf("%d templates, the first %s", len(all), all[0].Slug)
	}
	for _, x := range all {
		t.Run(x.Slug, func(t *testing.T) {
			begun := time.Now()
			run, err := lab.New(x.Lab.JSON(), nil)
			if err != nil {
				t.Fatal(err)
			}
			t.Logf("takes %s to open", time.Since(begun))
			records := int64(0)
			for _, s := range run.Frame().Streams {
				for _, h := range s.Shards {
					records += h.Taken
				}
			}
			if records > 100_000 {
				t.Errorf("%d records are put before it opens, at most 100,000 open within a second in a browser", records)
			}
			if err := Template(x); err != nil {
				t.Error(err)
			}
		})
	}
}

// TestTemplateWithout holds that the law notices a reader whose stream is not there, and a stream that nobody reads.
func TestTemplateWithout(t *testing.T) {
	all, err := lessons.Templates(lessons.Files)
	if err != nil {
		t.Fatal(err)
	}
	steady := *all[1]
	for _, row := range []struct{ drop, want string }{{"bikes board billing", "nothing reads the stream trips"}, {"", ""}} {
		x := *steady.Lab
		x.World = nil
		for _, s := range steady.Lab.World {
			if name, _ := s.With["Name"].(string); name == "" || !strings.Contains(row.drop, name) {
				x.World = append(x.World, s)
			}
		}
		changed := steady
		changed.Lab = &x
		if err := Template(&changed); (err == nil) != (row.want == "") || err != nil && !strings.Contains(err.Error(), row.want) {
			t.Errorf("without %q: %v, want %q", row.drop, err, row.want)
		}
	}
}
