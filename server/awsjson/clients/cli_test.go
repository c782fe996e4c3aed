package clients

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// A cliClient drives the AWS CLI: a command line for each question, as a person would write it.
type cliClient struct {
	env []string
	dir string // for its configuration, and for values that no command line holds
}

// startCLI gives the AWS CLI its settings as a person would: by environment and configuration file. Timestamps are wanted
// as on the wire.
func startCLI(t *testing.T, s settings) client {
	t.Helper()
	dir := t.TempDir()
	name := filepath.Join(dir, "config")
	if err := os.WriteFile(name, []byte("[default]\ncli_timestamp_format = wire\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return &cliClient{append(bareEnv(s), "AWS_CONFIG_FILE="+name, "HOME="+dir), dir}
}

// bareEnv is what a person exports before using the AWS CLI with the endpoint.
func bareEnv(s settings) []string {
	env := plainEnv("AWS_ACCESS_KEY_ID="+s.Key, "AWS_SECRET_ACCESS_KEY="+s.Secret, "AWS_DEFAULT_REGION="+s.Region,
		"AWS_ENDPOINT_URL="+s.Endpoint, "AWS_PAGER=")
	if s.Attempts > 0 {
		env = append(env, "AWS_MAX_ATTEMPTS="+strconv.Itoa(s.Attempts))
	}
	if s.CA != "" {
		env = append(env, "AWS_CA_BUNDLE="+s.CA)
	}
	return env
}

// kebab is the AWS CLI's rule for the names of commands and flags.
// Source: botocore, xform_name.
func kebab(name string) string {
	name = regexp.MustCompile(`(.)([A-Z][a-z]+)`).ReplaceAllString(name, "$1-$2")
	return strings.ToLower(regexp.MustCompile(`([a-z0-9])([A-Z])`).ReplaceAllString(name, "$1-$2"))
}

// flags writes an operation's members as flags: texts and numbers as they are, structures and lists as JSON; what is too
// long for a command line stands in a file of the folder.
func flags(in json.RawMessage, folder string) ([]string, error) {
	if len(in) == 0 {
		return nil, nil
	}
	var members map[string]json.RawMessage
	if err := json.Unmarshal(in, &members); err != nil {
		return nil, err
	}
	var all []string
	for _, name := range slices.Sorted(maps.Keys(members)) {
		flag, value := "--"+kebab(name), string(members[name])
		var s string
		switch {
		case value == "true":
			all = append(all, flag)
		case value == "false":
			all = append(all, "--no-"+kebab(name))
		case json.Unmarshal(members[name], &s) == nil:
			all = append(all, flag, s)
		default:
			all = append(all, flag, value)
		}
		if last := &all[len(all)-1]; len(*last) > 50_000 {
			file := filepath.Join(folder, "long"+flag)
			if err := os.WriteFile(file, []byte(*last), 0o600); err != nil {
				return nil, err
			}
			*last = "file://" + file
		}
	}
	return all, nil
}

func (c *cliClient) ask(q question) (answer, error) {
	args := []string{kebab(q.Op)}
	switch q.Do {
	case "shapes":
		out, err := exec.Command(os.Getenv("CLIENT_PYTHON"), "testdata/python/client.py", "cli").Output()
		if err != nil {
			return answer{}, fmt.Errorf("ask what the AWS CLI knows: %w", err)
		}
		var a answer
		if err := json.Unmarshal(out, &a); err != nil {
			return a, err
		}
		var known map[string]json.RawMessage
		if err := json.Unmarshal(a.Out, &known); err != nil {
			return a, err
		}
		delete(known, "SubscribeToShard") // the AWS CLI leaves event streams out
		a.Out = json.RawMessage(text(known))
		return a, nil
	case "wait":
		args = []string{"wait", q.Name}
	case "pages":
		args = append(args, "--page-size", strconv.Itoa(q.Size))
	case "call":
		args = append(args, "--no-paginate")
	default:
		return answer{}, fmt.Errorf("the AWS CLI has no %s", q.Do)
	}
	more, err := flags(q.In, c.dir)
	if err != nil {
		return answer{}, err
	}
	out, errOut, err := c.run(append(args, more...)...)
	if err != nil {
		return answer{Err: cliFault(errOut, err)}, nil
	}
	a := answer{Out: json.RawMessage(out)}
	switch {
	case len(bytes.TrimSpace(out)) == 0:
		a.Out = json.RawMessage("{}") // operations without an answer print nothing
	case q.Do == "pages":
		for name := range strings.SplitSeq(q.Items, ".") {
			var members map[string]json.RawMessage
			if err := json.Unmarshal(a.Out, &members); err != nil {
				return answer{}, fmt.Errorf("the AWS CLI printed %q: %w", out, err)
			}
			a.Out = members[name]
		}
	}
	return a, nil
}

func (c *cliClient) run(args ...string) (out, errOut []byte, err error) {
	ctx, cancel := within()
	defer cancel()
	endpoint := ""
	for _, e := range c.env {
		if v, ok := strings.CutPrefix(e, "AWS_ENDPOINT_URL="); ok {
			endpoint = v
		}
	}
	// The flag, because the AWS CLI heeds the variable only since 2.13.
	cmd := exec.CommandContext(ctx, os.Getenv("CLIENT_AWS"), append([]string{"--endpoint-url", endpoint, "kinesis"}, args...)...)
	cmd.Env = c.env
	var o, e bytes.Buffer
	cmd.Stdout, cmd.Stderr = &o, &e
	err = cmd.Run()
	return o.Bytes(), e.Bytes(), err
}

// serviceError is how the AWS CLI tells that the service refused. Newer ones say "aws: [ERROR]: " before it.
var serviceError = regexp.MustCompile(`(?s)An error occurred \((\w+)\) when calling the \w+ operation(?: \(reached max retries: \d+\))?: (.*)\n`)

func cliFault(errOut []byte, err error) *fault {
	if m := serviceError.FindSubmatch(errOut); m != nil {
		f := &fault{Code: string(m[1]), Message: string(m[2])}
		var exit *exec.ExitError
		if errors.As(err, &exit) && exit.ExitCode() != 254 {
			f.Message += fmt.Sprintf(" (and the AWS CLI ended with %d, not 254)", exit.ExitCode())
		}
		return f
	}
	return &fault{Message: fmt.Sprintf("%v: %s", err, bytes.TrimSpace(errOut))}
}
