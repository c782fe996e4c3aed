package web

import (
	"errors"
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"
)

func TestReadManifest(t *testing.T) {
	if _, err := ReadManifest(fstest.MapFS{"README": {}}); !errors.Is(err, ErrNotBuilt) {
		t.Errorf("before a build the error is %v", err)
	}
	if _, err := ReadManifest(fstest.MapFS{"manifest.json": {Data: []byte("{")}}); err == nil || !strings.Contains(err.Error(), "manifest of assets") {
		t.Errorf("a broken manifest: %v", err)
	}
	m, err := ReadManifest(fstest.MapFS{"manifest.json": {Data: []byte(`{"version":"v","files":{"app.js":{"path":"app.0123456789abcdef.js","size":3}}}`)}})
	if err != nil || m.Version != "v" || m.URL("app.js") != "/web/app.0123456789abcdef.js" || m.URL("other.js") != "" {
		t.Errorf("manifest is %+v, %v", m, err)
	}
	if _, err := fs.Stat(Files(), "README"); err != nil {
		t.Errorf("the built folder is not embedded: %v", err)
	}
}
