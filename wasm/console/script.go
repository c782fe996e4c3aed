package console

import (
	"encoding/json"
	"errors"
	"strings"

	"shardlab/wasm/terminal"
)

// Read reads a lab's script: what its lines would do is known here.
func (c *Console) Read(text string) terminal.Reading {
	return terminal.ReadScript(text, c.understand)
}

// understand makes an operation out of the words of a command, without doing it.
func (c *Console) understand(words []string) (service, op string, body json.RawMessage, at int, message, hint string) {
	row, req, bad := c.line(words)
	if bad != nil {
		text := strings.TrimSpace(strings.TrimPrefix(bad.text, "aws: [ERROR]: "))
		text, _, _ = strings.Cut(text, "\n\n")
		return "", "", nil, blamed(words, text), strings.TrimSpace(text), bad.hint
	}
	return row.Service, row.Name, encodeJSON(req.body), 0, "", ""
}

// blamed is the word that a message is about: the last option that it names, else the value it quotes, else the first behind the
// program's name.
func blamed(words []string, text string) int {
	best := min(1, len(words)-1)
	for i, w := range words {
		name, _, _ := strings.Cut(w, "=")
		if strings.HasPrefix(w, "--") && len(name) > 2 && (strings.Contains(text, name+" ") || strings.Contains(text, name+":") || strings.Contains(text, name+"'") || strings.HasSuffix(text, name)) {
			return i
		}
	}
	for i, w := range words[1:] {
		if strings.Contains(text, "'"+w+"'") || strings.Contains(text, `"`+w+`"`) {
			return i + 1
		}
	}
	for i, w := range words {
		if strings.HasPrefix(w, "--") && strings.Contains(text, strings.TrimPrefix(w, "--")) {
			return i
		}
	}
	return best
}

var errWhole = errors.New("a scenario is whole by itself: write the content in single quotes in place of the file")

// line finds the operation of a command and reads its request.
func (c *Console) line(words []string) (*operation, *request, *usageError) {
	inv, bad := splitGlobals(words[1:])
	if bad != nil {
		return nil, nil, bad
	}
	for _, g := range [...]string{"profile", "query", "output", "generate-cli-skeleton"} {
		if _, ok := inv.global[g]; ok {
			bad = usageErrorf("--%s has no place in a scenario", g)
			if g == "profile" {
				bad.hint = "Who does it stands before the command: AWS_PROFILE=arn:aws:iam::123456789012:user/ana aws ..."
			}
			return nil, nil, bad
		}
	}
	service, rest := "lab", inv.words
	if words[0] == "aws" {
		if len(rest) < 2 {
			return nil, nil, usageErrorf("an operation is missing: write it as in aws kinesis create-stream --stream-name trips")
		}
		if service, rest = rest[0], rest[1:]; service == "s3" {
			bad = usageErrorf("aws s3 does several operations at once")
			bad.hint = "Write the operation itself: aws s3api create-bucket --bucket lake, aws s3api put-object, aws s3api delete-object."
			return nil, nil, bad
		} else if !c.has(service) {
			return nil, nil, c.unknownService(service)
		}
	}
	if len(rest) == 0 {
		return nil, nil, usageErrorf("an operation is missing: write it as in lab put-producer --name bikes --stream-name trips")
	}
	name, rest := rest[0], rest[1:]
	if service == "lab" && (name == "note" || name == "answer") && len(rest) > 0 && !strings.HasPrefix(rest[0], "--") {
		rest = []string{"--text", strings.Join(rest, " ")}
	}
	op, ok := c.operation(service, name)
	switch {
	case ok && op.Kebab == name:
	case service == "lab":
		return nil, nil, c.unknownLab(name)
	default:
		return nil, nil, c.unknownOperation(service, name)
	}
	p := &process{session: &session{c: c}, dir: homeDir, env: func(string) string { return "" }, file: func(string) ([]byte, error) { return nil, errWhole }}
	req, bad := p.request(op, rest, inv.global)
	if bad == nil && req.skeleton != "" {
		bad = usageErrorf("--generate-cli-skeleton has no place in a scenario")
	}
	if bad == nil && len(req.body) == 0 {
		req.body = object{}
	}
	return op, req, bad
}
