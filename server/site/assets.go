package site

import (
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"path"
	"strconv"
	"strings"

	"shardlab/server/reply"
	"shardlab/web"
)

// assets sends what was built. It knows every file by name, so no path leads elsewhere.
type assets struct {
	files  fs.FS
	hashed map[string]web.File // by file name with hash
	plain  map[string]web.File // by the name others know them by
}

func newAssets(files fs.FS, m web.Manifest) (*assets, error) {
	a := &assets{files: files, hashed: map[string]web.File{}, plain: m.Files}
	for name, f := range m.Files {
		a.hashed[f.Path] = f
		for form, has := range map[string]bool{".br": f.Br > 0, ".gz": f.Gz > 0, "": f.Gz == 0} {
			if !has {
				continue
			}
			if _, err := fs.Stat(files, f.Path+form); err != nil {
				return nil, fmt.Errorf("%s: the manifest names a file that is not there: %w", name, err)
			}
		}
	}
	return a, nil
}

func (a *assets) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	name := strings.TrimPrefix(r.URL.Path, "/web/")
	if f, ok := a.hashed[name]; ok {
		a.send(w, r, f, "public, max-age=31536000, immutable")
		return
	}
	a.named(w, r, name)
}

// named sends an asset under the name that stays.
func (a *assets) named(w http.ResponseWriter, r *http.Request, name string) {
	f, ok := a.plain[name]
	if !ok {
		reply.Refuse(w, r, reply.NewError("not_found", "There is no asset "+strconv.Quote(name)+" in this version. Reload the page to get the new one."))
		return
	}
	a.send(w, r, f, "no-cache")
}

// send sends the smallest form that the asker takes.
func (a *assets) send(w http.ResponseWriter, r *http.Request, f web.File, cache string) {
	h := w.Header()
	h.Set("Cache-Control", cache)
	h.Set("Content-Type", f.Type)
	form, encoding, size := "", "", f.Size
	if f.Br > 0 || f.Gz > 0 {
		h.Add("Vary", "Accept-Encoding")
	}
	switch {
	case f.Br > 0 && reply.Accepts(r, "br"):
		form, encoding, size = ".br", "br", f.Br
	case f.Gz > 0 && reply.Accepts(r, "gzip"):
		form, encoding, size = ".gz", "gzip", f.Gz
	}
	tag := `"` + hashOf(f.Path)
	if encoding != "" {
		tag += "-" + encoding
		h.Set("Content-Encoding", encoding)
	}
	tag += `"`
	h.Set("ETag", tag)
	if reply.Matches(r, tag) {
		h.Del("Content-Encoding")
		h.Del("Content-Type")
		w.WriteHeader(http.StatusNotModified)
		return
	}
	body, err := a.open(f, form)
	if err != nil {
		panic("site: an asset that was there is gone: " + err.Error())
	}
	defer body.Close()
	h.Set("Content-Length", strconv.FormatInt(size, 10))
	if r.Method == http.MethodHead {
		return
	}
	io.Copy(w, body) // an asker who has gone away is no fault of ours
}

// open opens a form of an asset; one that is kept packed alone is unpacked on the way.
func (a *assets) open(f web.File, form string) (io.ReadCloser, error) {
	file, err := a.files.Open(f.Path + form)
	if form != "" || !errors.Is(err, fs.ErrNotExist) {
		return file, err
	}
	packed, err := a.files.Open(f.Path + ".gz")
	if err != nil {
		return nil, err
	}
	z, err := gzip.NewReader(packed)
	if err != nil {
		packed.Close()
		return nil, err
	}
	return struct {
		io.Reader
		io.Closer
	}{z, packed}, nil
}

// hashOf is the hash in a file's name: app.0123456789abcdef.wasm.
func hashOf(file string) string {
	stem := strings.TrimSuffix(file, path.Ext(file))
	return strings.TrimPrefix(path.Ext(stem), ".")
}
