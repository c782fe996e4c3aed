package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestGojqBuiltins holds _gojq/builtin.go to the file whose place it takes: both define the same names.
func TestGojqBuiltins(t *testing.T) {
	list := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/itchyny/gojq")
	list.Dir = "../../.."
	dir, err := list.Output()
	if err != nil {
		t.Fatal(err)
	}
	names := func(file, pattern string) (names []string) {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range regexp.MustCompile(pattern).FindAllStringSubmatch(string(text), -1) {
			names = append(names, m[1])
		}
		return names
	}
	gojq := strings.TrimSpace(string(dir))
	want := names(filepath.Join(gojq, "builtin.go"), `(?m)^\t\t"(\w+)":`)
	got := append(names(filepath.Join(gojq, "builtin.jq"), `(?m)^def (\w+)`), names("../_gojq/builtin.go", `"(\w+)": \{\}`)...)
	slices.Sort(want)
	slices.Sort(got)
	if got = slices.Compact(got); len(want) < 50 || !slices.Equal(got, want) {
		t.Errorf("gojq's builtin.go defines %q, ours %q", want, got)
	}
}
