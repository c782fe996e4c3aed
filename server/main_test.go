package main

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/fstest"
	"time"
)

// asServer makes the test's own program the server: the tests start, signal and kill a real process, with small assets
// in place of the built ones, so that they run in a fresh clone.
const asServer = "SHARDLAB_TEST_AS_SERVER"

func TestMain(m *testing.M) {
	if os.Getenv(asServer) == "1" {
		os.Exit(run(os.Args[1:], os.LookupEnv, testAssets(), os.Stdout, os.Stderr))
	}
	os.Exit(m.Run())
}

func testAssets() fstest.MapFS {
	return fstest.MapFS{
		"manifest.json":             {Data: []byte(`{"version":"0123456789ab","files":{"base.css":{"path":"base.0123456789abcdef.css","type":"text/css","size":4}}}`)},
		"base.0123456789abcdef.css": {Data: []byte("body")},
	}
}

// A process is a server that was started.
type process struct {
	t      *testing.T
	cmd    *exec.Cmd
	url    string
	client *http.Client
	errOut *bytes.Buffer
}

func program(dir string, args ...string) *exec.Cmd {
	cmd := exec.Command(os.Args[0], args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), asServer+"=1")
	return cmd
}

// start starts the server in dir and waits until it says where it is. Jar keeps the learner's cookie over restarts.
func start(t *testing.T, dir string, jar http.CookieJar, args ...string) *process {
	t.Helper()
	p := &process{t: t, cmd: program(dir, append([]string{"-addr", "127.0.0.1:0"}, args...)...), client: &http.Client{Jar: jar, Timeout: 10 * time.Second}, errOut: &bytes.Buffer{}}
	p.cmd.Stderr = p.errOut
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.cmd.Process.Kill(); p.cmd.Wait() })
	line, _ := bufio.NewReader(out).ReadString('\n')
	p.url = regexp.MustCompile(`http://\S+`).FindString(line)
	if p.url == "" {
		p.cmd.Wait()
		t.Fatalf("the server did not say where it is: %q\n%s", line, p.errOut)
	}
	return p
}

func (p *process) get(path string) (int, string) {
	p.t.Helper()
	r, err := p.client.Get(p.url + path)
	if err != nil {
		p.t.Fatal(err)
	}
	defer r.Body.Close()
	text, err := io.ReadAll(r.Body)
	if err != nil {
		p.t.Fatal(err)
	}
	return r.StatusCode, string(text)
}

func (p *process) post(events string) (int, string, error) {
	r, err := p.client.Post(p.url+"/api/progress", "application/json", strings.NewReader(events))
	if err != nil {
		return 0, "", err
	}
	defer r.Body.Close()
	text, err := io.ReadAll(r.Body)
	return r.StatusCode, string(text), err
}

func event(n int) string {
	return fmt.Sprintf(`{"events":[{"id":"event-%016d","kind":"setting","lesson":"","block":"","at":1772442000000,"data":{"n":%d}}]}`, n, n)
}

func newJar(t *testing.T) http.CookieJar {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return jar
}

// Every event that was answered is there after kill -9, in the middle of writing.
func TestNothingAnsweredIsLostByKill(t *testing.T) {
	dir, jar := t.TempDir(), newJar(t)
	p := start(t, dir, jar)
	if status, text, err := p.post(event(0)); status != 200 || err != nil { // the guest
		t.Fatalf("answer is %d %s, %v", status, text, err)
	}
	const enough = 30
	var mu sync.Mutex
	answered := map[int]bool{0: true}
	reached := make(chan struct{})
	var wg sync.WaitGroup
	for w := range 4 {
		wg.Go(func() {
			for n := w + 1; ; n += 4 {
				status, _, err := p.post(event(n))
				if err != nil {
					return // killed
				}
				if status == 429 {
					continue
				}
				if status != 200 {
					t.Errorf("event %d: %d", n, status)
					return
				}
				mu.Lock()
				answered[n] = true
				if len(answered) == enough {
					close(reached)
				}
				mu.Unlock()
			}
		})
	}
	<-reached
	if err := p.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	p.cmd.Wait()
	wg.Wait()

	// The cookie belongs to 127.0.0.1; cookies know no ports.
	p = start(t, dir, jar)
	_, text := p.get("/api/progress")
	var progress struct {
		Learner string
		Events  []struct{ ID string }
	}
	if err := json.Unmarshal([]byte(text), &progress); err != nil || progress.Learner == "" {
		t.Fatalf("progress is %s, %v", text, err)
	}
	there := map[string]bool{}
	for _, e := range progress.Events {
		there[e.ID] = true
	}
	for n := range answered {
		if !there[fmt.Sprintf("event-%016d", n)] {
			t.Errorf("event %d was answered and is lost", n)
		}
	}
}

func TestServesAloneInAnEmptyFolder(t *testing.T) {
	dir := t.TempDir()
	p := start(t, dir, newJar(t), "-log", "json")
	if status, text := p.get("/healthz"); status != 200 || text != "ok\n" {
		t.Errorf("health is %d %q", status, text)
	}
	var course struct {
		Title   string
		Modules []struct {
			Lessons []struct{ Slug, Title string }
		}
	}
	_, text := p.get("/api/course")
	if err := json.Unmarshal([]byte(text), &course); err != nil || len(course.Modules) == 0 || len(course.Modules[0].Lessons) == 0 {
		t.Fatalf("course is %s, %v", text, err)
	}
	for _, l := range course.Modules[0].Lessons {
		status, html := p.get("/lessons/" + l.Slug)
		if status != 200 {
			t.Errorf("%s: %d", l.Slug, status)
		}
		// A sentence of the lesson stands in the first answer as text.
		_, api := p.get("/api/lessons/" + l.Slug)
		var lesson struct{ Blocks []struct{ HTML string } }
		if err := json.Unmarshal([]byte(api), &lesson); err != nil || len(lesson.Blocks) == 0 {
			t.Fatalf("%s: %v in %.200s", l.Slug, err, api)
		}
		words := regexp.MustCompile(`<p>([^<]{20,})`).FindStringSubmatch(lesson.Blocks[0].HTML)
		body := html[strings.Index(html, "<body>"):]
		if words == nil || !strings.Contains(body, words[1]) {
			t.Errorf("%s: the page lacks the lesson's words %q", l.Slug, words)
		}
	}
	if status, _ := p.get("/lessons/no-such-lesson"); status != 404 {
		t.Errorf("a lesson that is not there: %d", status)
	}

	// Told to stop, it finishes, and the file alone is whole.
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := p.cmd.Wait(); err != nil {
		t.Fatalf("told to stop, it ended with %v\n%s", err, p.errOut)
	}
	files, err := os.ReadDir(dir)
	if err != nil || len(files) != 1 || files[0].Name() != "shardlab.db" {
		t.Errorf("the folder has %v, %v; want shardlab.db alone", files, err)
	}
	for line := range strings.Lines(p.errOut.String()) {
		var entry struct {
			Msg, ID, Path string
			Status        int
		}
		if err := json.Unmarshal([]byte(line), &entry); err != nil {
			t.Fatalf("the log is not JSON: %s", line)
		}
		if entry.Msg == "request" && (entry.ID == "" || entry.Path == "" || entry.Status == 0) {
			t.Errorf("a log line lacks something: %s", line)
		}
	}

	// And its copy opens.
	out, err := program(dir, "backup", "copy.db").CombinedOutput()
	if err != nil || !strings.Contains(string(out), "copy.db is a copy of shardlab.db") {
		t.Fatalf("backup: %v %s", err, out)
	}
	again := start(t, dir, newJar(t), "-db", "copy.db")
	if again.cmd.Process.Signal(syscall.SIGTERM); again.cmd.Wait() != nil || !strings.Contains(again.errOut.String(), "built=before") {
		t.Errorf("a program that has built the course builds it again:\n%s", again.errOut)
	}
}

// The AWS endpoint is on a port of its own beside the pages, and alone.
func TestAWSEndpoint(t *testing.T) {
	for _, c := range []struct {
		name string
		args []string
		url  string // of what the program says
	}{
		{"beside the pages", []string{"-addr", "127.0.0.1:0", "-aws-addr", "127.0.0.1:0"}, `AWS_ENDPOINT_URL=(http://\S+)`},
		{"alone", []string{"endpoint", "-aws-addr", "127.0.0.1:0"}, `AWS_ENDPOINT_URL=(http://\S+)`},
		{"with TLS", []string{"endpoint", "-aws-addr", "127.0.0.1:0", "-aws-tls", "tls"}, `AWS_ENDPOINT_URL=(https://\S+)`},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			cmd := program(dir, c.args...)
			var errOut bytes.Buffer
			cmd.Stderr = &errOut
			out, err := cmd.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { cmd.Process.Kill(); cmd.Wait() })
			said, url := "", []string(nil)
			for lines := bufio.NewScanner(out); url == nil && lines.Scan(); {
				said += lines.Text() + "\n"
				url = regexp.MustCompile(c.url).FindStringSubmatch(said)
			}
			if url == nil {
				t.Fatalf("it does not say where it is: %s%s", said, &errOut)
			}
			client := &http.Client{Timeout: 10 * time.Second}
			if strings.HasPrefix(url[1], "https") {
				text, err := os.ReadFile(filepath.Join(dir, "tls", "ca.pem"))
				if err != nil {
					t.Fatal(err)
				}
				roots := x509.NewCertPool()
				roots.AppendCertsFromPEM(text)
				client.Transport = &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}}
			}
			r, err := http.NewRequest("POST", url[1], strings.NewReader("{}"))
			if err != nil {
				t.Fatal(err)
			}
			r.Header.Set("Content-Type", "application/x-amz-json-1.1")
			r.Header.Set("X-Amz-Target", "Kinesis_20131202.ListStreams")
			r.Header.Set("X-Amz-Date", "20260302T080000Z")
			r.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=a/20260302/us-east-1/kinesis/aws4_request, SignedHeaders=host, Signature=00")
			a, err := client.Do(r)
			if err != nil {
				t.Fatal(err)
			}
			defer a.Body.Close()
			if body, _ := io.ReadAll(a.Body); a.StatusCode != 200 || !strings.HasPrefix(string(body), `{"StreamNames":[]`) {
				t.Errorf("it answers %d %s", a.StatusCode, body)
			}
			if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
				t.Fatal(err)
			}
			if err := cmd.Wait(); err != nil {
				t.Errorf("told to stop, it ended with %v\n%s", err, &errOut)
			}
		})
	}
}

func TestCommandLine(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "notes.txt"), []byte(strings.Repeat("no database\n", 200)), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name string
		args []string
		env  string
		code int
		says string
	}{
		{"the port is taken", []string{"-addr", taken.Addr().String()}, "", 1, "is taken by another program"},
		{"the variable's port is taken", nil, "SHARDLAB_ADDR=" + taken.Addr().String(), 1, "is taken by another program"},
		{"a flag wins over a variable", []string{"-addr", taken.Addr().String()}, "SHARDLAB_ADDR=nonsense", 1, "is taken"},
		{"not an address", []string{"-addr", "nonsense"}, "", 1, "write host:port"},
		{"a file that is no database", []string{"-addr", "127.0.0.1:0", "-db", "notes.txt"}, "", 1, "open database notes.txt"},
		{"a folder that is not there", []string{"-addr", "127.0.0.1:0", "-db", "no/such.db"}, "", 1, "does not exist"},
		{"an unknown flag", []string{"-port", "80"}, "", 2, "-help lists the flags"},
		{"an unknown command", []string{"server"}, "", 2, "there is no command"},
		{"something after the flags", []string{"serve", "-log", "json", "now"}, "", 2, "not understood"},
		{"a log of another kind", []string{"-log", "xml"}, "", 2, "write text or json"},
		{"a variable that is no truth", nil, "SHARDLAB_BEHIND_PROXY=perhaps", 2, "SHARDLAB_BEHIND_PROXY"},
		{"help", []string{"-help"}, "", 0, "learn Amazon Kinesis by running it"},
		{"the help command", []string{"help"}, "", 0, "-behind-proxy"},
		{"version", []string{"version"}, "", 0, "assets 0123456789ab"},
		{"a backup of nothing", []string{"backup", "copy.db"}, "", 1, "name the database with -db"},
		{"a backup to nowhere", []string{"backup"}, "", 2, "name the new file"},
		{"the AWS port is taken", []string{"-addr", "127.0.0.1:0", "-aws-addr", taken.Addr().String()}, "", 1, "choose another port, as in -aws-addr 127.0.0.1:4568"},
		{"the endpoint's port is taken", []string{"endpoint", "-aws-addr", taken.Addr().String()}, "", 1, "is taken by another program"},
		{"an endpoint that is off", []string{"endpoint"}, "SHARDLAB_AWS_ADDR=", 2, "nothing else to serve"},
		{"a speed that is none", []string{"endpoint", "-aws-addr", "127.0.0.1:0", "-aws-speed", "0.0"}, "", 2, "-aws-speed 0: write how many"},
		{"no tenants", []string{"endpoint", "-aws-addr", "127.0.0.1:0", "-aws-tenants", "0"}, "", 2, "from 1 to"},
		{"credentials that are not there", []string{"endpoint", "-aws-addr", "127.0.0.1:0", "-aws-credentials", "no.such"}, "", 1, "read credentials"},
		{"an endpoint with a database", []string{"endpoint", "-db", "x.db"}, "", 2, "-help lists the flags"},
		{"the endpoint's help", []string{"endpoint", "-help"}, "", 0, "-aws-speed"},
		{"lessons that are not there", []string{"check-lessons", "."}, "", 2, "no folder course"},
	} {
		t.Run(c.name, func(t *testing.T) {
			cmd := program(dir, c.args...)
			if c.env != "" {
				cmd.Env = append(cmd.Env, c.env)
			}
			out, err := cmd.CombinedOutput()
			if code := cmd.ProcessState.ExitCode(); code != c.code || !strings.Contains(string(out), c.says) {
				t.Errorf("exit %d (%v) with %s; want %d with %q", code, err, out, c.code, c.says)
			}
			if strings.Contains(string(out), "goroutine ") {
				t.Errorf("a stack was printed: %s", out)
			}
		})
	}
}
