package view

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestSheets holds that the names of base.css, which every page has, are not given a second meaning by the sheet of a part: there
// they may only be met inside of something else.
func TestSheets(t *testing.T) {
	paths, err := filepath.Glob("../../web/css/*.css")
	if err != nil || len(paths) < 2 {
		t.Fatalf("%d style sheets, %v", len(paths), err)
	}
	comment, inner, head, name := regexp.MustCompile(`(?s)/\*.*?\*/`), regexp.MustCompile(`\([^()]*\)`), regexp.MustCompile(`[^{};]+\{`), regexp.MustCompile(`^\.[\w-]+$`)
	owner := map[string]string{}
	for _, base := range []bool{true, false} {
		for _, path := range paths {
			file := filepath.Base(path)
			if (file == "base.css") != base {
				continue
			}
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			for _, h := range head.FindAllString(inner.ReplaceAllString(comment.ReplaceAllString(string(text), ""), "()"), -1) {
				for _, s := range strings.Split(strings.TrimSuffix(h, "{"), ",") {
					switch s = strings.TrimSpace(s); {
					case !name.MatchString(s):
					case base:
						owner[s] = file
					case owner[s] != "":
						t.Errorf("%s: %s is a name of %s: take another, or say inside of what", file, s, owner[s])
					}
				}
			}
		}
	}
	if len(owner) < 50 {
		t.Errorf("base.css has %d names only: were they read?", len(owner))
	}
}
