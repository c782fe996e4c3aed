//go:build !js

package lab

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// TestIdentityOfNativeAndWebAssembly plays one run here and in WebAssembly under Node, and holds that their states are
// the same bytes.
func TestIdentityOfNativeAndWebAssembly(t *testing.T) {
	root, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		t.Fatalf("ask for GOROOT (%s): %v", runtime.Version(), err)
	}
	runner := filepath.Join(strings.TrimSpace(string(root)), "lib", "wasm", "go_js_wasm_exec")
	cmd := exec.Command("go", "test", "-count=1", "-vet=off", "-v", "-run=^TestStateSum$", "-exec="+runner, ".")
	cmd.Env = append(os.Environ(), "GOOS=js", "GOARCH=wasm", "CGO_ENABLED=0")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("the run in WebAssembly failed: %v\n%s", err, out)
	}
	want := stateSum(t)
	if !strings.Contains(string(out), want) {
		t.Errorf("in WebAssembly the run gives\n%s\nand here\n%s", out, want)
	}
}
