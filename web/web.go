// Package web carries what `make build` made of the page's parts: programs, scripts, style sheets, fonts and icons, each
// under a name with the hash of its content and with its packed forms beside it. It knows names and sizes; who sends them
// how is package site's part.
package web

import (
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
)

//go:embed built
var built embed.FS

// Files is the folder of built assets, as it was when this program was compiled.
func Files() fs.FS {
	files, err := fs.Sub(built, "built")
	if err != nil {
		panic("web: " + err.Error()) // the folder's name is a constant
	}
	return files
}

// A File is one built asset.
type File struct {
	Path string `json:"path"` // its name with the hash: "app.0123456789abcdef.wasm"
	Type string `json:"type"` // its media type
	Size int64  `json:"size"` // of the asset itself
	Br   int64  `json:"br"`   // of its brotli form, Path + ".br"; 0 when there is none
	Gz   int64  `json:"gz"`   // of its gzip form, Path + ".gz"; 0 when there is none
}

// A Manifest names the built assets. The asset itself may be missing from the folder when it has a gzip form.
type Manifest struct {
	Version string          `json:"version"` // changes with any asset
	Files   map[string]File `json:"files"`   // by the name others know it by: "app.wasm"
}

// ErrNotBuilt says that this program was compiled before the assets were built.
var ErrNotBuilt = errors.New("this server was compiled without the page's assets: run `make build`, or `make dist` for a binary of its own")

// ReadManifest reads the manifest of a folder of built assets.
func ReadManifest(files fs.FS) (Manifest, error) {
	var m Manifest
	text, err := fs.ReadFile(files, "manifest.json")
	if errors.Is(err, fs.ErrNotExist) {
		return m, ErrNotBuilt
	}
	if err == nil {
		err = json.Unmarshal(text, &m)
	}
	if err != nil {
		return m, fmt.Errorf("read manifest of assets: %w", err)
	}
	return m, nil
}

// URL is the address of an asset, or "" when there is none of that name.
func (m Manifest) URL(name string) string {
	f, ok := m.Files[name]
	if !ok {
		return ""
	}
	return "/web/" + f.Path
}
