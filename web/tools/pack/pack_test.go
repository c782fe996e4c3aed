package main

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"encoding/json"
	"image/png"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/andybalholm/brotli"
)

// module is a WebAssembly program that holds a text and nothing else.
func module(text string) string {
	name := "\x01x" + text
	return "\x00asm\x01\x00\x00\x00\x00" + string(binary.AppendUvarint(nil, uint64(len(name)))) + name
}

// source lays out what the packer takes, small.
func source(t *testing.T) (web, wasm, exec, app string) {
	t.Helper()
	top := t.TempDir()
	put := func(name, text string) {
		t.Helper()
		name = filepath.Join(top, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	put("bin/app.wasm", module(strings.Repeat("app ", onlyPacked/4)))
	put("bin/engine.wasm", module("engine"))
	put("bin/console.wasm", module("console"))
	put("wasm_exec.js", strings.Repeat("go();", 100))
	for pkg, files := range fonts {
		for _, f := range files {
			put("web/node_modules/"+pkg+"/files/"+f, "font "+f)
		}
	}
	for _, i := range append(strings.Fields(icons), "rocket") {
		put("web/node_modules/lucide-static/icons/"+i+".svg", "<!-- licence -->\n<svg\n width=\"24\">\n  <path d=\"M1 1\" />\n  <path d=\"M2 2\" />\n</svg>\n")
	}
	put("app/view/bar.go", `package view; var x = Icon("rocket")`)
	put("web/app.js", "start();")
	put("web/editor/editor.js", `import { draw } from "@pen/ink"; import { word } from "./words.js"; window.edit = () => draw(word);`)
	put("web/editor/words.js", `export const word = "written"; export const unused = "left out";`)
	put("web/node_modules/@pen/ink/package.json", `{"name": "@pen/ink", "module": "ink.js"}`)
	put("web/node_modules/@pen/ink/ink.js", `/*! of the pen */ export const draw = (text) => "drawn " + text;`)
	put("web/css/base.css", `/* url(nothing.png) */ @font-face { src: url("/web/inter-latin-wght-normal.woff2") } a { background: url(icons.svg#play), url('data:image/png;base64,AA') }`)
	return filepath.Join(top, "web"), filepath.Join(top, "bin"), filepath.Join(top, "wasm_exec.js"), filepath.Join(top, "app")
}

func read(t *testing.T, web string) manifest {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(web, "built", "manifest.json"))
	if err != nil {
		t.Fatal(err)
	}
	var m manifest
	if err := json.Unmarshal(text, &m); err != nil {
		t.Fatal(err)
	}
	return m
}

func TestPack(t *testing.T) {
	web, wasm, exec, app := source(t)
	if err := run(web, wasm, exec, app, false, "", true); err != nil {
		t.Fatal(err)
	}
	first := read(t, web)
	built := filepath.Join(web, "built")
	f := first.Files["app.wasm"]
	if _, err := os.Stat(filepath.Join(built, f.Path)); err == nil {
		t.Error("a large asset is kept unpacked too")
	}
	want, _ := os.ReadFile(filepath.Join(wasm, "app.wasm"))
	br, err := os.Open(filepath.Join(built, f.Path+".br"))
	if err != nil {
		t.Fatal(err)
	}
	defer br.Close()
	if got, err := io.ReadAll(brotli.NewReader(br)); err != nil || !bytes.Equal(got, want) {
		t.Errorf("the brotli form says something else, %v", err)
	}
	gz, err := os.Open(filepath.Join(built, f.Path+".gz"))
	if err != nil {
		t.Fatal(err)
	}
	defer gz.Close()
	z, err := gzip.NewReader(gz)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := io.ReadAll(z); err != nil || !bytes.Equal(got, want) {
		t.Errorf("the gzip form says something else, %v", err)
	}
	css, err := os.ReadFile(filepath.Join(built, first.Files["base.css"].Path))
	if err != nil {
		t.Fatal(err)
	}
	for _, piece := range []string{`url("/web/` + first.Files["inter-latin-wght-normal.woff2"].Path + `")`, `url("/web/` + first.Files["icons.svg"].Path + `#play")`, "data:image/png"} {
		if !strings.Contains(string(css), piece) {
			t.Errorf("the style sheet lacks %s: %s", piece, css)
		}
	}
	icons, err := os.ReadFile(filepath.Join(built, first.Files["icons.svg"].Path))
	if err != nil || !strings.Contains(string(icons), `<symbol id="rocket" viewBox="0 0 24 24"`) || !strings.Contains(string(icons), `<path d="M1 1" /><path d="M2 2" /></symbol>`) {
		t.Errorf("the sprite is %.400s, %v", icons, err)
	}
	editor, err := os.ReadFile(filepath.Join(built, first.Files["editor.js"].Path))
	if err != nil || !strings.Contains(string(editor), "drawn ") || !strings.Contains(string(editor), `"written"`) || strings.Contains(string(editor), "import") ||
		strings.Contains(string(editor), "left out") || !strings.Contains(string(editor), "of the pen") || !strings.HasPrefix(string(editor), "/* With CodeMirror") {
		t.Errorf("the editor's bundle is %.400s, %v", editor, err)
	}
	if m := first.Files["mark.svg"]; m.Type != "image/svg+xml" {
		t.Errorf("the mark is %+v", m)
	}

	t.Run("the same again changes nothing", func(t *testing.T) {
		info, _ := os.Stat(filepath.Join(built, "manifest.json"))
		if err := run(web, wasm, exec, app, false, "", true); err != nil {
			t.Fatal(err)
		}
		if again, _ := os.Stat(filepath.Join(built, "manifest.json")); again.ModTime() != info.ModTime() {
			t.Error("the manifest was written again")
		}
	})
	t.Run("what changed gets a new name, and the old one goes", func(t *testing.T) {
		if err := os.WriteFile(filepath.Join(web, "app.js"), []byte("start(2);"), 0o644); err != nil {
			t.Fatal(err)
		}
		if err := run(web, wasm, exec, app, false, "", true); err != nil {
			t.Fatal(err)
		}
		m := read(t, web)
		if m.Version == first.Version || m.Files["app.js"].Path == first.Files["app.js"].Path || m.Files["app.wasm"] != first.Files["app.wasm"] {
			t.Errorf("manifest is %+v", m)
		}
		if _, err := os.Stat(filepath.Join(built, first.Files["app.js"].Path)); err == nil {
			t.Error("the old asset is still there")
		}
	})
	t.Run("the best compression is kept by a quick build", func(t *testing.T) {
		if err := run(web, wasm, exec, app, true, "app.wasm=1000000", true); err != nil {
			t.Fatal(err)
		}
		best := read(t, web).Files["app.wasm"]
		if err := run(web, wasm, exec, app, false, "", true); err != nil {
			t.Fatal(err)
		}
		if now := read(t, web).Files["app.wasm"]; now != best {
			t.Errorf("a quick build made %+v of %+v", now, best)
		}
	})
	for _, c := range []struct{ name, budget, says string }{
		{"over budget", "app.wasm=10", "over their budget"},
		{"a budget of nothing", "nothing.wasm=10", "write the name of an asset"},
		{"a budget that is no number", "app.wasm=ten", "write the name of an asset"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if err := run(web, wasm, exec, app, true, c.budget, true); err == nil || !strings.Contains(err.Error(), c.says) {
				t.Errorf("error is %v, want %q", err, c.says)
			}
		})
	}
}

func TestPackSaysWhatIsMissing(t *testing.T) {
	for _, c := range []struct {
		name  string
		spoil func(web, wasm, app string) error
		says  string
	}{
		{"a program", func(_, wasm, _ string) error { return os.Remove(filepath.Join(wasm, "engine.wasm")) }, "build it first"},
		{"the packages", func(web, _, _ string) error {
			return os.RemoveAll(filepath.Join(web, "node_modules", "@fontsource-variable"))
		}, "npm ci"},
		{"an icon", func(_, _, app string) error {
			return os.WriteFile(filepath.Join(app, "x.go"), []byte(`Icon("no-such-icon")`), 0o644)
		}, `icon "no-such-icon"`},
		{"a font of a style sheet", func(web, _, _ string) error {
			return os.WriteFile(filepath.Join(web, "css", "x.css"), []byte(`a{src:url(other.woff2)}`), 0o644)
		}, "url(other.woff2): there is no such asset"},
		{"a rule of its own file", func(web, _, _ string) error {
			return os.WriteFile(filepath.Join(web, "css", "x.css"), []byte(`@import "base.css";`), 0o644)
		}, "@import costs"},
	} {
		t.Run(c.name, func(t *testing.T) {
			web, wasm, exec, app := source(t)
			if err := c.spoil(web, wasm, app); err != nil {
				t.Fatal(err)
			}
			if err := run(web, wasm, exec, app, false, "", true); err == nil || !strings.Contains(err.Error(), c.says) {
				t.Errorf("error is %v, want %q", err, c.says)
			}
		})
	}
}

func TestMark(t *testing.T) {
	for _, name := range []string{"mark-192.png", "mark-maskable-512.png"} {
		body, err := marks[name]()
		if err != nil {
			t.Fatal(err)
		}
		img, err := png.Decode(bytes.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		if len(body) > 30_000 {
			t.Errorf("%s has %d bytes", name, len(body))
		}
		if _, _, _, a := img.At(0, 0).RGBA(); (a == 0) != (name == "mark-192.png") {
			t.Errorf("%s: the corner's alpha is %d", name, a)
		}
	}
}
