// Command pack makes web/built out of the page's parts: the three WebAssembly programs, scripts, the editor's bundle, style sheets,
// fonts, icons and the mark. Every asset gets a name that carries the hash of its content, so that it may be kept for ever, and its
// brotli and gzip forms beside it; manifest.json names them all. What has not changed is not compressed again.
//
//	pack -web web -wasm bin -exec "$(go env GOROOT)/lib/wasm/wasm_exec.js" -app app [-best] [-budget app.wasm=1900000] [-lines]
package main

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// An asset is a part of the page under the name the others know it by.
type asset struct {
	name string // "app.wasm"
	body []byte
	hash string
	file file
}

// A file is an entry of manifest.json.
type file struct {
	Path string `json:"path"` // "app.0123456789abcdef.wasm"
	Type string `json:"type"` // "application/wasm"
	Size int    `json:"size"`
	Br   int    `json:"br,omitempty"` // size of the brotli form; 0 when there is none
	Gz   int    `json:"gz,omitempty"`
}

// A manifest is manifest.json.
type manifest struct {
	Version string          `json:"version"` // changes with any asset
	Files   map[string]file `json:"files"`
}

// onlyPacked is the size from which an asset is kept in its compressed forms alone: the rare asker who takes neither gets
// it unpacked on the way, and the server's binary stays small.
const onlyPacked = 1 << 20

// types are the kinds of assets and whether compressing them is worth it.
var types = map[string]struct {
	mime string
	pack bool
}{
	".wasm":  {"application/wasm", true},
	".js":    {"text/javascript; charset=utf-8", true},
	".css":   {"text/css; charset=utf-8", true},
	".svg":   {"image/svg+xml", true},
	".png":   {"image/png", false},
	".woff2": {"font/woff2", false},
}

// fonts are the npm packages and files that are taken. More alphabets would be more files here.
var fonts = map[string][]string{
	"@fontsource-variable/inter":          {"inter-latin-wght-normal.woff2", "inter-latin-ext-wght-normal.woff2"},
	"@fontsource-variable/jetbrains-mono": {"jetbrains-mono-latin-wght-normal.woff2"},
}

func main() {
	web := flag.String("web", "web", "the folder web/")
	wasm := flag.String("wasm", "bin", "where the WebAssembly programs are")
	exec := flag.String("exec", "", "the toolchain's wasm_exec.js")
	app := flag.String("app", "app", "the folder app/, whose Icon(\"…\") names are taken into the sprite")
	best := flag.Bool("best", false, "compress as well as possible, which is slow the first time")
	budget := flag.String("budget", "", "name=bytes,…: fail when an asset's brotli form is larger")
	lines := flag.Bool("lines", false, "keep the names of files and the numbers of lines, for stack traces")
	flag.Parse()
	if err := run(*web, *wasm, *exec, *app, *best, *budget, *lines); err != nil {
		fmt.Fprintln(os.Stderr, "pack:", err)
		os.Exit(1)
	}
}

func run(web, wasm, exec, app string, best bool, budget string, lines bool) error {
	assets, err := collect(web, wasm, exec, app, lines)
	if err != nil {
		return err
	}
	built := filepath.Join(web, "built")
	m, err := write(assets, built, newPacker(filepath.Join(built, ".cache"), best))
	if err != nil {
		return err
	}
	return report(m, best, budget)
}

// collect reads or makes every asset; style sheets come last, with the hashed names of what they ask for.
func collect(web, wasm, exec, app string, lines bool) ([]*asset, error) {
	var all []*asset
	add := func(name string, body []byte, err error) error {
		if err != nil {
			return err
		}
		if _, ok := types[path.Ext(name)]; !ok {
			return fmt.Errorf("%s: no type is known for this kind of file; add it to types", name)
		}
		sum := sha256.Sum256(body)
		all = append(all, &asset{name: name, body: body, hash: hex.EncodeToString(sum[:8])})
		return nil
	}
	read := func(name, from string) error {
		body, err := os.ReadFile(from)
		return add(name, body, err)
	}
	edit := dropLines
	if lines {
		edit = func([]byte) error { return nil }
	}
	for _, name := range []string{"app.wasm", "engine.wasm", "console.wasm"} {
		from := filepath.Join(wasm, name)
		body, err := os.ReadFile(from)
		if err != nil {
			return nil, fmt.Errorf("%w: build it first (make build does)", err)
		}
		if body, err = editData(body, edit); errors.Is(err, errTables) {
			return nil, fmt.Errorf("%s: %w; build with KEEP_LINES=1, which leaves them alone, and compare pack/lines.go with "+
				"src/runtime/symtab.go and src/cmd/link/internal/ld/pcln.go of this Go", from, err)
		} else if err != nil {
			return nil, fmt.Errorf("%s: %w", from, err)
		}
		if err := add(name, body, nil); err != nil {
			return nil, err
		}
	}
	if err := read("wasm_exec.js", exec); err != nil {
		return nil, err
	}
	for pkg, files := range fonts {
		for _, f := range files {
			if err := read(f, filepath.Join(web, "node_modules", filepath.FromSlash(pkg), "files", f)); err != nil {
				return nil, fmt.Errorf("%w: fetch the packages first (npm ci in web/)", err)
			}
		}
	}
	editor, err := bundle(web)
	if err != nil {
		return nil, fmt.Errorf("bundle the editor: %w\nfetch the packages first (npm ci in web/)", err)
	}
	if err := add("editor.js", editor, nil); err != nil {
		return nil, err
	}
	sprite, err := sprite(filepath.Join(web, "node_modules", "lucide-static", "icons"), app)
	if err := add("icons.svg", sprite, err); err != nil {
		return nil, err
	}
	for name, draw := range marks {
		body, err := draw()
		if err := add(name, body, err); err != nil {
			return nil, err
		}
	}
	scripts, err := filepath.Glob(filepath.Join(web, "*.js"))
	if err != nil {
		return nil, err
	}
	for _, f := range scripts {
		if err := read(filepath.Base(f), f); err != nil {
			return nil, err
		}
	}
	names := map[string]string{}
	for _, a := range all {
		names[a.name] = a.path()
	}
	sheets, err := filepath.Glob(filepath.Join(web, "css", "*.css"))
	if err != nil {
		return nil, err
	}
	for _, f := range sheets {
		text, err := os.ReadFile(f)
		if err != nil {
			return nil, err
		}
		text, err = hashURLs(text, names)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", f, err)
		}
		if err := add(filepath.Base(f), text, nil); err != nil {
			return nil, err
		}
	}
	slices.SortFunc(all, func(a, b *asset) int { return cmp.Compare(a.name, b.name) })
	for i := 1; i < len(all); i++ {
		if all[i].name == all[i-1].name {
			return nil, fmt.Errorf("two assets are named %s", all[i].name)
		}
	}
	return all, nil
}

// path is the asset's file: name, hash, extension.
func (a *asset) path() string {
	ext := path.Ext(a.name)
	return strings.TrimSuffix(a.name, ext) + "." + a.hash + ext
}

var (
	cssURL    = regexp.MustCompile(`url\(\s*("[^"]*"|'[^']*'|[^)"'\s]*)\s*\)`)
	cssImport = regexp.MustCompile(`@import\b`)
	comment   = regexp.MustCompile(`(?s)/\*.*?\*/`)
)

// hashURLs writes the hashed names of assets into a style sheet. A name nobody has would be a request that fails in every
// browser, so it fails here.
func hashURLs(css []byte, names map[string]string) ([]byte, error) {
	css = comment.ReplaceAll(css, nil)
	if cssImport.Match(css) {
		return nil, errors.New("@import costs a round trip; put the rules into a file of their own, pages link every sheet")
	}
	var bad error
	css = cssURL.ReplaceAllFunc(css, func(m []byte) []byte {
		ref := strings.Trim(string(cssURL.FindSubmatch(m)[1]), `"'`)
		if strings.HasPrefix(ref, "data:") || strings.HasPrefix(ref, "#") {
			return m
		}
		name, frag, _ := strings.Cut(ref, "#")
		hashed, ok := names[path.Base(name)]
		if !ok {
			bad = errors.Join(bad, fmt.Errorf("url(%s): there is no such asset", ref))
			return m
		}
		if frag != "" {
			hashed += "#" + frag
		}
		return []byte(`url("/web/` + hashed + `")`)
	})
	return css, bad
}

// write puts the assets with their packed forms into the folder built, and takes out what no longer belongs there.
func write(assets []*asset, built string, p *packer) (manifest, error) {
	m := manifest{Files: map[string]file{}}
	if err := os.MkdirAll(p.cache, 0o755); err != nil {
		return m, err
	}
	var wg sync.WaitGroup
	errs := make([]error, len(assets))
	turns := make(chan struct{}, 2) // brotli at its best needs memory
	for i, a := range assets {
		wg.Go(func() {
			turns <- struct{}{}
			defer func() { <-turns }()
			errs[i] = a.write(built, p)
		})
	}
	wg.Wait()
	if err := errors.Join(errs...); err != nil {
		return m, err
	}
	version := sha256.New()
	keep := map[string]bool{"README": true, ".cache": true, "manifest.json": true}
	for _, a := range assets {
		m.Files[a.name] = a.file
		fmt.Fprintln(version, a.name, a.hash)
		for _, ext := range []string{"", ".br", ".gz"} {
			keep[a.file.Path+ext] = true
		}
	}
	m.Version = hex.EncodeToString(version.Sum(nil)[:6])
	text, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return m, err
	}
	if err := writeFile(filepath.Join(built, "manifest.json"), append(text, '\n')); err != nil {
		return m, err
	}
	entries, err := os.ReadDir(built)
	if err != nil {
		return m, err
	}
	for _, e := range entries {
		if !keep[e.Name()] {
			if err := os.Remove(filepath.Join(built, e.Name())); err != nil {
				return m, err
			}
		}
	}
	return m, p.prune()
}

func (a *asset) write(built string, p *packer) error {
	kind := types[path.Ext(a.name)]
	a.file = file{Path: a.path(), Type: kind.mime, Size: len(a.body)}
	to := filepath.Join(built, a.file.Path)
	if !kind.pack {
		return writeFile(to, a.body)
	}
	br, gz, err := p.pack(a.body)
	if err != nil {
		return err
	}
	for ext, form := range map[string][]byte{".br": br, ".gz": gz} {
		if len(form) >= len(a.body) { // nothing is gained
			os.Remove(to + ext)
			continue
		}
		if err := writeFile(to+ext, form); err != nil {
			return err
		}
		if ext == ".br" {
			a.file.Br = len(form)
		} else {
			a.file.Gz = len(form)
		}
	}
	if len(a.body) >= onlyPacked && a.file.Gz > 0 {
		if err := os.Remove(to); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		return nil
	}
	return writeFile(to, a.body)
}

// writeFile writes a file unless it already says the same, so that what depends on it is not built again.
func writeFile(name string, body []byte) error {
	if has, err := os.ReadFile(name); err == nil && string(has) == string(body) {
		return nil
	}
	temp := name + ".part"
	if err := os.WriteFile(temp, body, 0o644); err != nil {
		return err
	}
	return os.Rename(temp, name)
}

// report prints the sizes that count, and fails when one is over its budget.
func report(m manifest, best bool, budget string) error {
	limits := map[string]int{}
	for _, part := range strings.FieldsFunc(budget, func(r rune) bool { return r == ',' }) {
		name, bytes, _ := strings.Cut(part, "=")
		n, err := strconv.Atoi(bytes)
		if _, ok := m.Files[name]; err != nil || !ok {
			return fmt.Errorf("budget %q: write the name of an asset, =, and bytes", part)
		}
		limits[name] = n
	}
	if len(limits) > 0 && !best {
		return errors.New("a budget is about the best compression: add -best")
	}
	over := 0
	for _, name := range slices.Sorted(func(yield func(string) bool) {
		for name := range m.Files {
			if !yield(name) {
				return
			}
		}
	}) {
		f := m.Files[name]
		limit, limited := limits[name]
		if !limited && path.Ext(name) != ".wasm" {
			continue
		}
		line := fmt.Sprintf("%-12s %9s raw  %9s gzip  %9s brotli", name, kB(f.Size), kB(f.Gz), kB(f.Br))
		if limited {
			line += fmt.Sprintf("  of %s", kB(limit))
			if f.Br > limit {
				line += "  OVER BUDGET"
				over++
			}
		}
		fmt.Println(line)
	}
	if over > 0 {
		return fmt.Errorf("%d assets are over their budget: find what grew with `go tool nm -size -sort size`", over)
	}
	return nil
}

func kB(n int) string { return fmt.Sprintf("%.1f kB", float64(n)/1000) }
