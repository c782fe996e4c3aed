// Package shardlab has no code of its own, but the laws of the house, each a row of a test: who may import whom, where time, chance
// and the outside world may be touched, what stands at the top. ARCHITECTURE.md says why.
package shardlab

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "shardlab/"

// source is one Go file of the house, parsed.
type source struct {
	path string // "wasm/kinesis/shard.go"
	room string // "wasm/kinesis"
	test bool
	file *ast.File
	fset *token.FileSet
}

// imports lists what the file imports, our own packages without the module's name.
func (s source) imports() []string {
	var all []string
	for _, i := range s.file.Imports {
		p, _ := strconv.Unquote(i.Path.Value)
		all = append(all, p)
	}
	return all
}

// house reads every Go file of the main module.
func house(t *testing.T) []source {
	t.Helper()
	var all []source
	err := filepath.WalkDir(".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name = filepath.ToSlash(name)
		if d.IsDir() {
			switch {
			case name != "." && strings.HasPrefix(d.Name(), "."), d.Name() == "node_modules", d.Name() == "testdata":
				return filepath.SkipDir
			}
			if _, err := os.Stat(filepath.Join(name, "go.mod")); err == nil && name != "." {
				return filepath.SkipDir // a module of its own: build tools
			}
			return nil
		}
		if !strings.HasSuffix(name, ".go") {
			return nil
		}
		fset := token.NewFileSet()
		f, err := parser.ParseFile(fset, name, nil, parser.ParseComments)
		if err != nil {
			return err
		}
		all = append(all, source{name, path.Dir(name), strings.HasSuffix(name, "_test.go"), f, fset})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(all) < 20 {
		t.Fatalf("found only %d Go files: run the test in the top folder", len(all))
	}
	return all
}

// under says whether room is one of roots or inside it.
func under(room string, roots ...string) bool {
	for _, r := range roots {
		if room == r || strings.HasPrefix(room, r+"/") {
			return true
		}
	}
	return false
}

func TestImports(t *testing.T) {
	engine := []string{"wasm"}
	laws := []struct {
		law  string
		from func(source) bool
		bad  func(imported string) bool
	}{
		{"nothing imports app/ but app/ itself and server/site, for prerendering",
			func(s source) bool { return !under(s.room, "app", "server/site") },
			func(i string) bool { return under(i, module+"app") }},
		{"wasm/ imports nothing of app/, server/ or lessons/",
			func(s source) bool { return under(s.room, engine...) },
			func(i string) bool { return under(i, module+"app", module+"server", module+"lessons") }},
		{"of wasm/, app/ reaches protocol alone",
			func(s source) bool { return under(s.room, "app") },
			func(i string) bool { return under(i, module+"wasm") && i != module+"wasm/protocol" }},
		{"of lessons/, app/ reaches block alone, and nothing of server/",
			func(s source) bool { return under(s.room, "app") },
			func(i string) bool { return under(i, module+"lessons", module+"server") && i != module+"lessons/block" }},
		{"protocol and block import nothing of ours",
			func(s source) bool { return !s.test && under(s.room, "wasm/protocol", "lessons/block") },
			func(i string) bool { return strings.HasPrefix(i, module) }},
		{"kinesis and firehose know neither each other nor their clients",
			func(s source) bool { return under(s.room, "wasm/kinesis", "wasm/firehose") },
			func(i string) bool {
				return under(i, module+"wasm/producer", module+"wasm/consumer", module+"wasm/region", module+"wasm/lab",
					module+"wasm/console", module+"wasm/scenario", module+"wasm/grade", module+"wasm/protocol")
			}},
		{"calculations are pure: they know prices and faults, and no service",
			func(s source) bool { return !s.test && under(s.room, "wasm/calculate") },
			func(i string) bool {
				return strings.HasPrefix(i, module+"wasm/") && !under(i, module+"wasm/pricing", module+"wasm/calculate/shards", module+"wasm/fis")
			}},
		{"kinesis does not import firehose",
			func(s source) bool { return under(s.room, "wasm/kinesis") },
			func(i string) bool { return under(i, module+"wasm/firehose") }},
		{"firehose does not import kinesis",
			func(s source) bool { return under(s.room, "wasm/firehose") },
			func(i string) bool { return under(i, module+"wasm/kinesis") }},
		{"inside wasm/, only main may use os, net and syscall/js",
			func(s source) bool { return !s.test && under(s.room, engine...) && !program(s.room) },
			func(i string) bool {
				return i == "os" || under(i, "net", "os") || i == "syscall/js" || i == "syscall"
			}},
		{"of wasm/, the console's program and the native one alone import the console, its shell and jq: engine.wasm carries none of it",
			func(s source) bool {
				return !s.test && under(s.room, engine...) && s.path != "wasm/main_native.go" && !under(s.room, "wasm/jq", "wasm/console")
			},
			func(i string) bool {
				return under(i, module+"wasm/console", module+"wasm/jq/filter", "github.com/itchyny", "mvdan.cc", "github.com/jmespath")
			}},
		{"inside wasm/, chance comes from sim alone",
			func(s source) bool {
				return !s.test && under(s.room, engine...) && !program(s.room) && s.room != "wasm/sim"
			},
			func(i string) bool { return under(i, "math/rand") || i == "crypto/rand" }},
		{"in app/, only link uses syscall/js",
			func(s source) bool { return under(s.room, "app") && s.room != "app/link" },
			func(i string) bool { return i == "syscall/js" }},
		{"views and the model know no browser: no link",
			func(s source) bool { return !s.test && under(s.room, "app/model", "app/view") },
			func(i string) bool { return i == module+"app/link" || i == module+"app/page" }},
		{"the model imports no go-app",
			func(s source) bool { return under(s.room, "app/model") },
			func(i string) bool { return strings.Contains(i, "maxence-charriere/go-app") }},
		{"lessons.go knows no HTML and no HTTP",
			func(s source) bool { return s.room == "lessons" && !s.test },
			func(i string) bool {
				return under(i, "net", "html", "github.com/yuin/goldmark") || under(i, module+"lessons/render")
			}},
		{"the store knows no HTTP",
			func(s source) bool { return under(s.room, "server/store") },
			func(i string) bool { return under(i, "net/http", module+"server/api", module+"server/site") }},
	}
	for _, law := range laws {
		t.Run(law.law, func(t *testing.T) {
			for _, s := range house(t) {
				if !law.from(s) {
					continue
				}
				for _, i := range s.imports() {
					if law.bad(i) {
						t.Errorf("%s imports %s", s.path, i)
					}
				}
			}
		})
	}
}

// program says whether the room is a program of the learner's browser, which alone may touch it.
func program(room string) bool { return room == "wasm" || room == "wasm/console/worker" }

// TestFloors holds the engine's rooms in their order: a room knows only what lies below it.
func TestFloors(t *testing.T) {
	floor := map[string]int{
		"wasm/sim": 0, "wasm/protocol": 0, "wasm/jq": 0,
		"wasm/aws": 1, "wasm/jq/filter": 1,
		"wasm/terminal": 2, "wasm/share": 2, "wasm/cloudwatch": 2, "wasm/iam": 2, "wasm/pricing": 2, "wasm/fis": 2, "wasm/aggregation": 2, "wasm/load": 2, "wasm/analytics": 2,
		"wasm/kinesis": 3, "wasm/kms": 3, "wasm/dynamodb": 3, "wasm/connector": 3, "wasm/s3": 3, "wasm/sink": 3,
		"wasm/producer": 4, "wasm/kpl": 4, "wasm/consumer": 4, "wasm/scaler": 4, "wasm/lambda": 4, "wasm/kcl": 4, "wasm/agent": 4, "wasm/firehose": 4,
		"wasm/columnar": 2, "wasm/glue": 3, "wasm/calculate": 3, "wasm/calculate/shards": 0,
		"wasm/region":   5,
		"wasm/scenario": 6, "wasm/grade": 6, "wasm/console": 6, "wasm/console/export": 2,
		"wasm/lab": 7,
		"wasm":     8, "wasm/console/worker": 8,
	}
	for _, s := range house(t) {
		if !under(s.room, "wasm") || s.test {
			continue
		}
		from, known := floor[s.room]
		if !known {
			t.Errorf("%s is a new room: give it a floor in this test", s.room)
			continue
		}
		for _, i := range s.imports() {
			to, ours := floor[strings.TrimPrefix(i, module)]
			if ours && to >= from && strings.HasPrefix(i, module) {
				t.Errorf("%s (floor %d) imports %s (floor %d): the arrow runs up or sideways", s.path, from, i, to)
			}
		}
	}
}

// TestTimeAndGoroutines keeps clocks, timers and goroutines out of the engine.
func TestTimeAndGoroutines(t *testing.T) {
	clocks := []string{"Now", "Since", "Until", "Sleep", "After", "AfterFunc", "Tick", "NewTimer", "NewTicker"}
	for _, s := range house(t) {
		if s.test || !under(s.room, "wasm") || program(s.room) {
			continue
		}
		timeName := ""
		for _, i := range s.file.Imports {
			if i.Path.Value == `"time"` {
				timeName = "time"
				if i.Name != nil {
					timeName = i.Name.Name
				}
			}
		}
		ast.Inspect(s.file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.GoStmt:
				if s.room != "wasm/console" {
					t.Errorf("%s: a goroutine outside main and console", s.fset.Position(n.Pos()))
				}
			case *ast.SelectorExpr:
				if x, ok := n.X.(*ast.Ident); ok && x.Name == timeName && timeName != "" && slices.Contains(clocks, n.Sel.Name) {
					t.Errorf("%s: time.%s inside the engine; time is an argument", s.fset.Position(n.Pos()), n.Sel.Name)
				}
			}
			return true
		})
	}
}

// TestNothingGlobal keeps init functions and changing package variables out of the engine: a package variable is
// assigned where it is declared and nowhere else.
func TestNothingGlobal(t *testing.T) {
	vars := map[string]map[string]bool{} // room -> names of package variables
	all := house(t)
	for _, s := range all {
		if s.test || !under(s.room, "wasm") || program(s.room) {
			continue
		}
		for _, d := range s.file.Decls {
			switch d := d.(type) {
			case *ast.FuncDecl:
				if d.Recv == nil && d.Name.Name == "init" {
					t.Errorf("%s: init function", s.fset.Position(d.Pos()))
				}
			case *ast.GenDecl:
				if d.Tok != token.VAR {
					continue
				}
				for _, spec := range d.Specs {
					for _, n := range spec.(*ast.ValueSpec).Names {
						if vars[s.room] == nil {
							vars[s.room] = map[string]bool{}
						}
						vars[s.room][n.Name] = true
					}
				}
			}
		}
	}
	for _, s := range all {
		if s.test || vars[s.room] == nil {
			continue
		}
		for _, d := range s.file.Decls {
			f, ok := d.(*ast.FuncDecl)
			if !ok {
				continue
			}
			local := declared(f)
			ast.Inspect(f, func(n ast.Node) bool {
				a, ok := n.(*ast.AssignStmt)
				if !ok || a.Tok == token.DEFINE {
					return true
				}
				for _, l := range a.Lhs {
					if name := assigned(l); vars[s.room][name] && !local[name] {
						t.Errorf("%s: assigns package variable %s", s.fset.Position(a.Pos()), name)
					}
				}
				return true
			})
		}
	}
}

// assigned names the variable that an assignment to l changes: x of x, x[i] and x[i][j].
func assigned(l ast.Expr) string {
	for {
		switch e := l.(type) {
		case *ast.IndexExpr:
			l = e.X
		case *ast.Ident:
			return e.Name
		default:
			return ""
		}
	}
}

// declared collects every name that a function declares anywhere inside it.
func declared(f *ast.FuncDecl) map[string]bool {
	names := map[string]bool{}
	ast.Inspect(f, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.Field:
			for _, name := range n.Names {
				names[name.Name] = true
			}
		case *ast.ValueSpec:
			for _, name := range n.Names {
				names[name.Name] = true
			}
		case *ast.AssignStmt:
			if n.Tok == token.DEFINE {
				for _, l := range n.Lhs {
					names[assigned(l)] = true
				}
			}
		case *ast.RangeStmt:
			if n.Tok == token.DEFINE {
				for _, l := range []ast.Expr{n.Key, n.Value} {
					if l != nil {
						names[assigned(l)] = true
					}
				}
			}
		}
		return true
	})
	return names
}

// TestLimitsNameTheirSource holds that every limit of the engine says which page it comes from.
func TestLimitsNameTheirSource(t *testing.T) {
	seen := 0
	for _, s := range house(t) {
		if s.test || s.room != "wasm/kinesis" {
			continue
		}
		ast.Inspect(s.file, func(n ast.Node) bool {
			spec, ok := n.(*ast.TypeSpec)
			if !ok || spec.Name.Name != "Limits" {
				return true
			}
			st, ok := spec.Type.(*ast.StructType)
			if !ok {
				return true
			}
			for _, f := range st.Fields.List {
				seen++
				text := f.Doc.Text() + f.Comment.Text()
				if !strings.Contains(text, "Source:") && !strings.Contains(text, "Ours") {
					t.Errorf("%s: limit %v names no source; write `Source: <page>` in its comment, or `Ours` and why when AWS publishes none", s.fset.Position(f.Pos()), f.Names)
				}
			}
			return false
		})
	}
	if seen < 10 {
		t.Errorf("found %d limits in kinesis.Limits; the test no longer looks at the right place", seen)
	}
}

// TestPackageComments holds that every package says its part in the house.
func TestPackageComments(t *testing.T) {
	said, rooms := map[string]bool{}, map[string]bool{}
	for _, s := range house(t) {
		if s.test {
			continue
		}
		rooms[s.room] = true
		if s.file.Doc != nil && len(s.file.Doc.Text()) > 40 {
			said[s.room] = true
		}
	}
	for room := range rooms {
		if !said[room] {
			t.Errorf("package %s has no comment that says what it is for", room)
		}
	}
}

// TestTopLevel holds what may stand at the top of the repository.
func TestTopLevel(t *testing.T) {
	allowed := []string{
		"app", "wasm", "server", "lessons", "web", "go.mod", "Makefile", // fixed by the design
		"README.md", "ARCHITECTURE.md", "CHANGELOG.md", "LICENSE", "NOTICE", "go.sum", "tidy_test.go", // what a repository needs
		"bin", "dist", "shardlab.db", "shardlab.db-shm", "shardlab.db-wal", "test-results", // made, never committed
	}
	entries, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if !strings.HasPrefix(e.Name(), ".") && !slices.Contains(allowed, e.Name()) {
			t.Errorf("%s stands at the top; find it a room", e.Name())
		}
	}
}

// TestWebAssemblyDependencies keeps heavy packages out of what a learner downloads. go-app itself imports net/http and
// text/template; the linker drops them as long as nothing of ours calls them in the browser.
func TestWebAssemblyDependencies(t *testing.T) {
	programs := []struct {
		pkg      string
		anywhere []string // not even through others
		ours     []string // not imported by a package of ours
	}{
		{"./app",
			[]string{"github.com/yuin/goldmark", "github.com/dop251/goja", "github.com/goccy/go-yaml", "mvdan.cc/sh/v3/interp", "html/template", "database/sql"},
			[]string{"net/http", "text/template", "regexp"}},
		{"./wasm", // shell, JMESPath and jq are console.wasm's
			[]string{"mvdan.cc/sh/v3/interp", "github.com/itchyny/gojq", "github.com/jmespath/go-jmespath", "net/http", "github.com/maxence-charriere/go-app/v9/pkg/app", "github.com/dop251/goja", "github.com/goccy/go-yaml", "github.com/yuin/goldmark", "html/template", "text/template", "database/sql"},
			nil},
		{"./wasm/console/worker",
			[]string{module + "wasm/region", module + "wasm/lab", "net/http", "github.com/maxence-charriere/go-app/v9/pkg/app", "github.com/dop251/goja", "github.com/goccy/go-yaml", "github.com/yuin/goldmark", "html/template", "text/template", "database/sql"},
			nil},
	}
	for _, p := range programs {
		cmd := exec.Command("go", "list", "-deps", "-f", `{{.ImportPath}} {{join .Imports " "}}`, p.pkg)
		cmd.Env = append(os.Environ(), "GOOS=js", "GOARCH=wasm", "CGO_ENABLED=0")
		cmd.Stderr = os.Stderr
		out, err := cmd.Output()
		if err != nil {
			t.Fatal(fmt.Errorf("list dependencies of %s: %w", p.pkg, err))
		}
		for line := range strings.Lines(string(out)) {
			words := strings.Fields(line)
			if slices.Contains(p.anywhere, words[0]) {
				t.Errorf("%s pulls in %s, which costs every learner its download", p.pkg, words[0])
			}
			if !strings.HasPrefix(words[0], module) {
				continue
			}
			for _, bad := range p.ours {
				if slices.Contains(words[1:], bad) {
					t.Errorf("%s imports %s in the browser, which costs every learner its download", words[0], bad)
				}
			}
		}
	}
}
