package clients

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	_ "shardlab/server/awsjson" // so that go test runs this again when the endpoint or the engine has changed
)

// binary is the server: the one that SHARDLAB_BIN names, or one built here.
var binary = os.Getenv("SHARDLAB_BIN")

func TestMain(m *testing.M) {
	os.Exit(func() int {
		if binary == "" {
			dir, err := os.MkdirTemp("", "shardlab-clients-")
			if err != nil {
				fmt.Fprintln(os.Stderr, err)
				return 1
			}
			defer os.RemoveAll(dir)
			binary = filepath.Join(dir, "shardlab")
			if out, err := exec.Command("go", "build", "-o", binary, "shardlab/server").CombinedOutput(); err != nil {
				fmt.Fprintf(os.Stderr, "build the server: %v\n%s", err, out)
				return 1
			}
		}
		return m.Run()
	}())
}

// An endpoint is a server that was started.
type endpoint struct {
	url string
	ca  string // what clients must trust; "" without TLS
	log *safeBuffer
}

// A safeBuffer takes what a process writes while a test reads it.
type safeBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *safeBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *safeBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

// serve starts the endpoint on a free port, and ends it with the test.
func serve(t *testing.T, flags ...string) *endpoint {
	t.Helper()
	e := &endpoint{log: &safeBuffer{}}
	cmd := exec.Command(binary, append([]string{"endpoint", "-aws-addr", "127.0.0.1:0"}, flags...)...)
	cmd.Stderr = e.log
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cmd.Process.Signal(syscall.SIGTERM)
		stop := time.AfterFunc(15*time.Second, func() { cmd.Process.Kill() })
		err := cmd.Wait()
		stop.Stop()
		if err != nil {
			t.Errorf("the server ended with %v", err)
		}
		if strings.Contains(e.log.String(), "panic") {
			t.Errorf("the server's log tells of a panic")
		}
		if t.Failed() {
			t.Logf("the server's log:\n%s", e.log)
		}
	})
	r := bufio.NewReader(out)
	for e.url == "" || strings.HasPrefix(e.url, "https") && e.ca == "" {
		line, err := r.ReadString('\n')
		if m := regexp.MustCompile(`AWS_ENDPOINT_URL=(\S+)`).FindStringSubmatch(line); m != nil {
			e.url = m[1]
		}
		if m := regexp.MustCompile(`AWS_CA_BUNDLE=(\S+)`).FindStringSubmatch(line); m != nil {
			e.ca = m[1]
		}
		if err != nil {
			t.Fatalf("the server did not say where it is\n%s", e.log)
		}
	}
	go io.Copy(io.Discard, r)
	return e
}

// settings are a client's that has a world of its own, by its access key.
func (e *endpoint) settings(key string) settings {
	return settings{Endpoint: e.url, Region: "eu-central-1", Key: key, Secret: "secret-of-" + key, CA: e.ca}
}
