package lint

import (
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"

	"shardlab/lessons"
	"shardlab/lessons/block"
	"shardlab/lessons/render"
)

// A Coverage says for one statement what teaches, shows and asks it.
type Coverage struct {
	lessons.Statement
	Taught []string // slugs of lessons
	Shown  []string // slugs of lessons, and tests as "wasm/kinesis.TestPutRecord"
	Asked  []string // questions as "shard-limits#which-limit"
}

// Covered says whether the statement needs nothing more.
func (c Coverage) Covered() bool {
	return len(c.Taught) > 0 && len(c.Asked) > 0 && (c.Fact || len(c.Shown) > 0)
}

// Cover reads the course in fsys and the tests under root, and returns every statement with what covers it. The error joins
// the citations of ids that are not listed.
func Cover(fsys, root fs.FS) ([]Coverage, error) {
	c, err := lessons.Load(fsys)
	if err != nil {
		return nil, err
	}
	list, err := lessons.Statements(fsys)
	if err != nil {
		return nil, err
	}
	rows := map[string]*Coverage{}
	var errs []error
	row := func(id, file string, line int) *Coverage {
		if r, ok := rows[id]; ok {
			return r
		}
		errs = append(errs, lessons.Errorf(file, line, "%s is not listed in lessons/statements.md: correct the id or add the statement there", id))
		return &Coverage{}
	}
	for _, s := range list {
		rows[s.ID] = &Coverage{Statement: s}
	}
	for _, l := range c.Lessons() {
		for _, id := range l.Meta.Teaches {
			r := row(id, l.Path, 1)
			r.Taught = append(r.Taught, l.Slug)
		}
		for _, id := range l.Meta.Shows {
			r := row(id, l.Path, 1)
			r.Shown = append(r.Shown, l.Slug)
		}
		page, err := render.Lesson(l, anyFigures(l))
		if err != nil {
			errs = append(errs, err)
			continue
		}
		for i, b := range page.Blocks {
			for _, q := range []*block.Question{b.Predict, b.Quiz} {
				if q == nil {
					continue
				}
				for _, id := range q.Asks {
					r := row(id, l.Path, page.Lines[i])
					r.Asked = append(r.Asked, l.Slug+"#"+b.ID)
				}
			}
		}
	}
	tests, err := Tests(root)
	if err != nil {
		errs = append(errs, err)
	}
	for _, t := range tests {
		for _, id := range t.Shows {
			r := row(id, t.File, t.Line)
			r.Shown = append(r.Shown, t.Name)
		}
	}
	var all []Coverage
	for _, s := range list {
		all = append(all, *rows[s.ID])
	}
	return all, errors.Join(errs...)
}

// anyFigures stands in for the engine where only the questions of a lesson are wanted.
func anyFigures(l *lessons.Lesson) map[string]string {
	figures := map[string]string{}
	for _, f := range l.Lab.Figures {
		figures[f.Name] = "0"
	}
	return figures
}

// A Test is a Go test that shows statements.
type Test struct {
	Name  string // "wasm/kinesis.TestPutRecord"
	Shows []string
	File  string
	Line  int
}

// Tests finds the tests under root that say in their comment which statements they show, as in
//
//	// shows: P2, T1
//	func TestShardTakesAThousandRecords(t *testing.T) {
func Tests(root fs.FS) ([]Test, error) {
	var found []Test
	files := token.NewFileSet()
	err := fs.WalkDir(root, ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && name != "." && (strings.HasPrefix(d.Name(), ".") || d.Name() == "node_modules" || d.Name() == "testdata"):
			return fs.SkipDir
		case d.IsDir() || !strings.HasSuffix(name, "_test.go"):
			return nil
		}
		b, err := fs.ReadFile(root, name)
		if err != nil {
			return err
		}
		tree, err := parser.ParseFile(files, name, b, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			return fmt.Errorf("read tests: %w", err)
		}
		for _, decl := range tree.Decls {
			f, ok := decl.(*ast.FuncDecl)
			if !ok || f.Doc == nil || f.Recv != nil {
				continue
			}
			for _, c := range f.Doc.List {
				ids, ok := strings.CutPrefix(c.Text, "// shows:")
				if !ok {
					continue
				}
				t := Test{Name: path.Dir(name) + "." + f.Name.Name, File: name, Line: files.Position(c.Pos()).Line}
				for id := range strings.FieldsFuncSeq(ids, func(r rune) bool { return r == ',' || r == ' ' }) {
					t.Shows = append(t.Shows, id)
				}
				found = append(found, t)
			}
		}
		return nil
	})
	return found, err
}

// WriteCoverage writes the report: a row for each statement, section by section, and the totals.
func WriteCoverage(w io.Writer, rows []Coverage) {
	section := ""
	var taught, shown, asked, covered, facts int
	for _, r := range rows {
		if r.Section != section {
			section = r.Section
			fmt.Fprintf(w, "\n%s\n", section)
		}
		if len(r.Taught) > 0 {
			taught++
		}
		if len(r.Shown) > 0 {
			shown++
		}
		if len(r.Asked) > 0 {
			asked++
		}
		if r.Fact {
			facts++
		}
		mark := " "
		if r.Covered() {
			covered++
			mark = "✓"
		}
		fmt.Fprintf(w, "%s %-5s taught %s | shown %s | asked %s\n", mark, r.ID, names(r.Taught), shows(r), names(r.Asked))
	}
	fmt.Fprintf(w, "\n%d statements: %d covered; %d taught, %d shown (%d need no showing), %d asked\n", len(rows), covered, taught, shown, facts, asked)
}

func shows(r Coverage) string {
	if r.Fact && len(r.Shown) == 0 {
		return "∘"
	}
	return names(r.Shown)
}

// names lists names once each, sorted; a dash when there is none.
func names(list []string) string {
	if len(list) == 0 {
		return "-"
	}
	set := map[string]bool{}
	for _, s := range list {
		set[s] = true
	}
	return strings.Join(slices.Sorted(maps.Keys(set)), ", ")
}
