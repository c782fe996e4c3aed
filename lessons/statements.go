package lessons

import (
	"errors"
	"io/fs"
	"regexp"
	"strings"
)

// A Statement is a row of statements.md.
type Statement struct {
	ID      string // "P2"
	Fact    bool   // marked ∘: taught and asked are enough, nothing can show it
	Text    string
	Section string // the heading it stands under
	Line    int    // in statements.md
}

var statementID = regexp.MustCompile(`^([A-Z]+[0-9]+)( ∘)?$`)

// Statements reads the list of statements from fsys, in the order of the file.
func Statements(fsys fs.FS) ([]Statement, error) {
	const file = "statements.md"
	b, err := fs.ReadFile(fsys, file)
	if err != nil {
		return nil, Errorf(file, 0, "this file is missing: it lists the statements that the lessons teach, show and ask")
	}
	var list []Statement
	var errs []error
	lines := map[string]int{}
	section := ""
	for i, text := range strings.Split(string(b), "\n") {
		if heading, ok := strings.CutPrefix(text, "## "); ok {
			section = heading
			continue
		}
		if !strings.HasPrefix(text, "|") || strings.HasPrefix(text, "|---") {
			continue
		}
		cells := strings.Split(strings.Trim(strings.TrimSpace(text), "|"), "|")
		if len(cells) == 2 && strings.TrimSpace(cells[0]) == "id" {
			continue
		}
		if len(cells) != 2 {
			errs = append(errs, Errorf(file, i+1, "a row has two cells, the id and the statement; this one has %d", len(cells)))
			continue
		}
		part := statementID.FindStringSubmatch(strings.TrimSpace(cells[0]))
		switch {
		case part == nil:
			errs = append(errs, Errorf(file, i+1, "%q is no id: write capitals and a number, as in P2, and ∘ behind it when nothing can show it", strings.TrimSpace(cells[0])))
			continue
		case lines[part[1]] > 0:
			errs = append(errs, Errorf(file, i+1, "the id %s is taken by line %d: give this statement another", part[1], lines[part[1]]))
		}
		lines[part[1]] = i + 1
		list = append(list, Statement{part[1], part[2] != "", strings.TrimSpace(cells[1]), section, i + 1})
	}
	if len(list) == 0 && len(errs) == 0 {
		errs = append(errs, Errorf(file, 0, "there is no statement: write a table with the columns id and statement"))
	}
	return list, errors.Join(errs...)
}
