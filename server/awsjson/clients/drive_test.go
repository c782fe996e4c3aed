package clients

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// A question is what a client is asked to do.
type question struct {
	Do      string          `json:"do"`                // "call", "pages", "wait", "subscribe" or "shapes"
	Op      string          `json:"op,omitempty"`      // of call and pages: "PutRecord"
	Name    string          `json:"name,omitempty"`    // of wait: "stream-exists"
	In      json.RawMessage `json:"in,omitempty"`      // in the shape of the wire
	Size    int             `json:"size,omitempty"`    // of pages: items of a page
	Items   string          `json:"items,omitempty"`   // of pages: the member that is paged, "StreamNames"
	Records int             `json:"records,omitempty"` // of subscribe: leave when so many have come; 0 stays to the end
}

// An answer is what a client made of it.
type answer struct {
	Out      json.RawMessage // of call: the answer; of pages: the items of all pages; of subscribe: the events
	Err      *fault
	Pages    int    // 0 when the client does not say
	Ended    bool   // of subscribe: the stream came to its end
	Attempts int    // requests that were sent for it; 0 when the client does not say
	ID       string // of the request, as the client read it from the answer
	Lacks    string // what the client does not have: "a paginator"
	Version  string // of shapes: which client this is
	Sent     string // the media type of the request, where the client tells
}

// A fault is an exception as the client raised it.
type fault struct {
	Code    string // "" when it is not the service's
	Message string
	Status  int
	Type    string // its class; "" when the client has no classes
}

func (f *fault) String() string {
	if f == nil {
		return "no exception"
	}
	return fmt.Sprintf("%s: %s", f.Code, f.Message)
}

// Settings say how a client reaches the endpoint.
type settings struct {
	Endpoint string `json:"endpoint"`
	Region   string `json:"region"`
	Key      string `json:"key"`
	Secret   string `json:"secret"`
	HTTP     string `json:"http,omitempty"`     // "1.1" keeps a client from HTTP/2
	CA       string `json:"ca,omitempty"`       // file of the certificate that is trusted
	Attempts int    `json:"attempts,omitempty"` // requests for one call at the most; 1
}

// A client is a running AWS client.
type client interface {
	ask(q question) (answer, error)
}

// A kind is one of the clients.
type kind struct {
	name  string
	needs []string // variables that make test-clients sets; without the first one the client is not asked for
	start func(t *testing.T, s settings) client
	all   bool   // it knows every operation of the newest service model
	media string // what it sends, where that is its peculiarity
}

func (k *kind) String() string { return k.name }

// kinds are the clients of the suite. The Go SDK is always there.
var kinds = []*kind{
	{name: "go", start: startGo, all: true},
	{name: "cli", needs: []string{"CLIENT_AWS", "CLIENT_PYTHON"}, start: startCLI},
	{name: "boto3", needs: []string{"CLIENT_PYTHON"}, start: startPython},
	{name: "js", needs: []string{"CLIENT_NODE"}, start: startJS, all: true},
	{name: "java", needs: []string{"CLIENT_JAVA", "CLIENT_CLASSPATH"}, start: startJava, all: true, media: "application/x-amz-cbor-1.1"},
}

// alongside lets a test run beside others where only the Go SDK plays; five clients are enough for a machine at a time.
func alongside(t *testing.T) {
	if os.Getenv("CLIENTS") == "" {
		t.Parallel()
	}
}

// each runs a test for every client, each beside the others. Clients that nobody named are left out in a plain go test, and
// only there: with CLIENTS=all, as make test-clients has it, one that is missing is a failure.
func each(t *testing.T, run func(t *testing.T, k *kind)) {
	for _, k := range kinds {
		t.Run(k.name, func(t *testing.T) {
			for _, name := range k.needs {
				if os.Getenv(name) != "" {
					continue
				}
				if os.Getenv("CLIENTS") == "all" {
					t.Fatalf("%s is not set: make test-clients finds or installs the client", name)
				}
				t.Skipf("%s is not set; make test-clients runs this", name)
			}
			t.Parallel()
			run(t, k)
		})
	}
}

// patience is how long one question may take: a waiter of the AWS CLI looks every ten seconds.
const patience = 90 * time.Second

// A program is a client that is driven by lines.
type program struct {
	t     *testing.T
	name  string
	cmd   *exec.Cmd
	in    io.WriteCloser
	lines chan []byte
	err   bytes.Buffer
}

func startPython(t *testing.T, s settings) client {
	return startProgram(t, "boto3", nil, os.Getenv("CLIENT_PYTHON"), "testdata/python/client.py", text(s))
}

func startJS(t *testing.T, s settings) client {
	return startProgram(t, "js", []string{"NODE_NO_WARNINGS=1", "NODE_EXTRA_CA_CERTS=" + s.CA}, os.Getenv("CLIENT_NODE"), "testdata/js/client.mjs", text(s))
}

// startJava starts the Java client. Its signs of haste (no second compiler, a small heap) are for a machine of two cores.
func startJava(t *testing.T, s settings) client {
	args := []string{"-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xmx256m", "-cp", os.Getenv("CLIENT_CLASSPATH")}
	if s.CA != "" {
		args = append(args, "-Djavax.net.ssl.trustStore="+trustStore(t, s.CA), "-Djavax.net.ssl.trustStorePassword=changeit")
	}
	return startProgram(t, "java", nil, os.Getenv("CLIENT_JAVA"), append(args, "Client", text(s))...)
}

// trustStore makes Java's own form of a file of certificates.
func trustStore(t *testing.T, ca string) string {
	t.Helper()
	name := t.TempDir() + "/trust.p12"
	keytool := strings.TrimSuffix(os.Getenv("CLIENT_JAVA"), "java") + "keytool"
	out, err := exec.Command(keytool, "-importcert", "-noprompt", "-alias", "shardlab", "-file", ca, "-keystore", name, "-storepass", "changeit").CombinedOutput()
	if err != nil {
		t.Fatalf("keytool: %v\n%s", err, out)
	}
	return name
}

func text(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return string(b)
}

// plainEnv is this process's environment without what would tell an AWS client where to go and who it is.
func plainEnv(more ...string) []string {
	var env []string
	for _, e := range os.Environ() {
		name, _, _ := strings.Cut(e, "=")
		if strings.HasPrefix(name, "AWS_") || strings.HasPrefix(strings.ToLower(name), "http") && strings.HasSuffix(strings.ToLower(name), "_proxy") {
			continue
		}
		env = append(env, e)
	}
	return append(append(env, "AWS_EC2_METADATA_DISABLED=true", "AWS_CONFIG_FILE=/dev/null", "AWS_SHARED_CREDENTIALS_FILE=/dev/null"), more...)
}

func startProgram(t *testing.T, name string, env []string, path string, args ...string) client {
	t.Helper()
	p := &program{t: t, name: name, cmd: exec.Command(path, args...), lines: make(chan []byte)}
	p.cmd.Env = plainEnv(env...)
	p.cmd.Stderr = &p.err
	in, err := p.cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	p.in = in
	go func() {
		defer close(p.lines)
		r := bufio.NewReader(out)
		for {
			line, err := r.ReadBytes('\n')
			if err != nil {
				return
			}
			p.lines <- line
		}
	}()
	t.Cleanup(func() {
		p.in.Close()
		stop := time.AfterFunc(10*time.Second, func() { p.cmd.Process.Kill() })
		for range p.lines { // what it still says is read, so that it can end
		}
		p.cmd.Wait()
		stop.Stop()
		if t.Failed() && p.err.Len() > 0 {
			t.Logf("%s wrote to standard error:\n%s", name, p.err.String())
		}
	})
	return p
}

func (p *program) ask(q question) (answer, error) {
	if _, err := io.WriteString(p.in, text(q)+"\n"); err != nil {
		return answer{}, fmt.Errorf("ask %s: %w", p.name, err)
	}
	select {
	case line, ok := <-p.lines:
		if !ok {
			return answer{}, fmt.Errorf("%s ended", p.name)
		}
		var a answer
		if err := json.Unmarshal(line, &a); err != nil {
			return answer{}, fmt.Errorf("%s answered %q: %w", p.name, line, err)
		}
		return a, nil
	case <-time.After(patience):
		p.cmd.Process.Kill()
		return answer{}, fmt.Errorf("%s did not answer %s within %v", p.name, text(q), patience)
	}
}

// must asks, and fails the test when the client has nothing to say or the service refused.
func must(t *testing.T, c client, q question) answer {
	t.Helper()
	a, err := c.ask(q)
	if err != nil {
		t.Fatal(err)
	}
	if a.Err != nil {
		t.Fatalf("%s %.500s: %v (%s)", q.Op, q.In, a.Err, a.Err.Type)
	}
	return a
}

// call asks for an operation and reads its answer into out.
func call(t *testing.T, c client, op, in string, out any) answer {
	t.Helper()
	a := must(t, c, question{Do: "call", Op: op, In: json.RawMessage(in)})
	if out != nil {
		if err := json.Unmarshal(a.Out, out); err != nil {
			t.Fatalf("%s answered %s: %v", op, a.Out, err)
		}
	}
	return a
}

// within is a context for one question.
func within() (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.Background(), patience)
}
