package console

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"
	"time"

	"shardlab/wasm/aws"
)

// The commands of aws s3, and where aws s3api meets files. Source: AWS CLI, customizations/s3: subcommands.py and results.py.

// s3Command is one of aws s3.
type s3Command struct {
	name, use, help string
	options         []string // that stand alone
	run             func(p *process, words []string, opts map[string]bool) (int, error)
}

// s3Commands lists them by name.
func s3Commands() []s3Command {
	return []s3Command{
		{"cp", "<LocalPath> <S3Uri> or <S3Uri> <LocalPath> or <S3Uri> <S3Uri>", "Copies a file or an object; - is standard input or output.", []string{"recursive", "quiet", "only-show-errors", "no-progress"}, (*process).s3Copy},
		{"ls", "<S3Uri> or NONE", "Lists objects and common prefixes under a prefix, or all buckets.", []string{"recursive", "human-readable", "summarize"}, (*process).s3List},
		{"mb", "<S3Uri>", "Creates a bucket.", nil, (*process).s3Make},
		{"rb", "<S3Uri>", "Deletes an empty bucket; --force deletes the objects first.", []string{"force"}, (*process).s3RemoveBucket},
		{"rm", "<S3Uri>", "Deletes an object.", []string{"recursive", "quiet", "only-show-errors"}, (*process).s3Remove},
	}
}

const s3Title = "Objects as if they were files: cp, ls, mb, rb, rm"

// s3 runs a command of aws s3.
func (p *process) s3(words []string) (int, error) {
	all := s3Commands()
	if len(words) == 0 {
		e := usageErrorf("the following arguments are required: subcommand")
		e.hint = "aws s3 ls lists the buckets; aws s3 help lists the commands."
		return 0, e
	}
	if words[0] == "help" {
		return 0, p.print(helpS3())
	}
	i := slices.IndexFunc(all, func(c s3Command) bool { return c.name == words[0] })
	if i < 0 {
		names := make([]string, len(all))
		for i := range all {
			names[i] = all[i].name
		}
		return 0, invalidChoice("subcommand", words[0], names, "aws s3 help lists the commands.")
	}
	c, opts := all[i], map[string]bool{}
	var rest, unknown []string
	for _, w := range words[1:] {
		name, isOption := strings.CutPrefix(w, "--")
		switch {
		case !isOption || name == "":
			rest = append(rest, w)
		case slices.Contains(c.options, name):
			opts[name] = true
		default:
			unknown = append(unknown, w)
		}
	}
	want := 1
	switch c.name {
	case "cp":
		want = 2
	case "ls":
		want = 0
		if len(rest) > 0 {
			want = 1
		}
	}
	use := "aws s3 " + c.name + " " + c.use
	switch {
	case len(rest) == 1 && rest[0] == "help":
		return 0, p.print("aws s3 " + c.name + ": " + c.help + "\n\n  " + use + "\n" + optionLines(c.options))
	case len(rest) < want:
		missing := "path"
		if c.name == "cp" {
			missing = "paths"
		}
		e := usageErrorf("the following arguments are required: %s", missing)
		e.hint = use
		return 0, e
	case len(rest) > want:
		unknown = append(rest[want:], unknown...)
		fallthrough
	case len(unknown) > 0:
		if len(unknown) > 0 {
			e := paramError("Unknown options: %s", strings.Join(unknown, ","))
			e.hint = use
			if len(c.options) > 0 {
				e.hint += "; options: --" + strings.Join(c.options, ", --")
			}
			return 0, e
		}
	}
	return c.run(p, rest, opts)
}

func optionLines(options []string) string {
	var b strings.Builder
	for _, o := range options {
		b.WriteString("  --" + o + "\n")
	}
	return b.String()
}

func helpS3() string {
	var b strings.Builder
	b.WriteString("aws s3: " + s3Title + "\n\n")
	for _, c := range s3Commands() {
		fmt.Fprintf(&b, "  %-3s %s\n", c.name, c.help)
	}
	b.WriteString("\naws s3 COMMAND help shows how one is written. aws s3api has an operation for each call.\n")
	return b.String()
}

// s3Options completes a command of aws s3.
func s3Options(words []string) []Option {
	var all []Option
	for _, c := range s3Commands() {
		if len(words) == 0 {
			all = append(all, Option{c.name, c.help})
		} else if c.name == words[0] {
			all = append(all, Option{"s3://", "s3://BUCKET/KEY"})
			for _, o := range c.options {
				if !slices.Contains(words, "--"+o) {
					all = append(all, Option{"--" + o, ""})
				}
			}
		}
	}
	if len(words) == 0 {
		all = append(all, Option{"help", "the commands"})
	}
	return all
}

// splitURI cuts s3://bucket/key; ok is false when it is none.
func splitURI(s string) (bucket, key string, ok bool) {
	rest, ok := strings.CutPrefix(s, "s3://")
	bucket, key, _ = strings.Cut(rest, "/")
	return bucket, key, ok
}

// A thing is an object as a listing tells it.
type thing struct {
	key  string
	at   time.Time
	size int64
}

// s3Call makes a call of S3; what it answers is read into out, which may be nil.
func (p *process) s3Call(name string, body object, out any) (*operation, error) {
	op, ok := p.c.operation("s3api", aws.Kebab(name))
	if !ok {
		panic("console: no operation " + name + " of S3")
	}
	v, err := p.call(op, body)
	if err != nil || out == nil {
		return op, err
	}
	if err := json.Unmarshal(encodeJSON(v), out); err != nil {
		panic("console: an answer of " + name + " does not decode: " + err.Error())
	}
	return op, nil
}

// s3Walk lists the keys below a prefix, page by page, with what groups them.
func (p *process) s3Walk(bucket, prefix, delimiter string, page func(groups []string, things []thing) error) (*operation, error) {
	body := object{{"Bucket", bucket}, {"Prefix", prefix}}
	if delimiter != "" {
		body = body.with("Delimiter", delimiter)
	}
	for {
		var out struct {
			Contents []struct {
				Key          string
				Size         int64
				LastModified aws.Timestamp
			}
			CommonPrefixes        []struct{ Prefix string }
			NextContinuationToken string
		}
		op, err := p.s3Call("ListObjectsV2", body, &out)
		if err != nil {
			return op, err
		}
		groups, things := make([]string, len(out.CommonPrefixes)), make([]thing, len(out.Contents))
		for i, g := range out.CommonPrefixes {
			groups[i] = g.Prefix
		}
		for i, o := range out.Contents {
			things[i] = thing{o.Key, o.LastModified.Time(), o.Size}
		}
		if err := page(groups, things); err != nil || out.NextContinuationToken == "" {
			return op, err
		}
		body = body.with("ContinuationToken", out.NextContinuationToken)
	}
}

const lsTime = "2006-01-02 15:04:05"

// humanSize words bytes as AWS CLI does.
func humanSize(n int64) string {
	switch {
	case n == 1:
		return "1 Byte"
	case n < 1024:
		return fmt.Sprintf("%d Bytes", n)
	}
	v, unit := float64(n)/1024, 0
	for ; v >= 1023.5 && unit < 3; unit++ {
		v /= 1024
	}
	return fmt.Sprintf("%.1f %s", v, []string{"KiB", "MiB", "GiB", "TiB"}[unit])
}

func (p *process) s3List(words []string, opts map[string]bool) (int, error) {
	uri := "s3://"
	if len(words) > 0 {
		uri = "s3://" + strings.TrimPrefix(words[0], "s3://")
	}
	bucket, prefix, _ := splitURI(uri)
	size := func(n int64) string {
		if opts["human-readable"] {
			return humanSize(n)
		}
		return fmt.Sprint(n)
	}
	count, bytes, found := 0, int64(0), false
	if bucket == "" {
		var out struct {
			Buckets []struct {
				Name         string
				CreationDate aws.Timestamp
			}
		}
		if op, err := p.s3Call("ListBuckets", object{}, &out); err != nil {
			return p.failed(op, err)
		}
		for _, b := range out.Buckets {
			if err := p.print(b.CreationDate.Time().Format(lsTime) + " " + b.Name + "\n"); err != nil {
				return 1, err
			}
		}
	} else {
		delimiter := "/"
		if opts["recursive"] {
			delimiter = ""
		}
		op, err := p.s3Walk(bucket, prefix, delimiter, func(groups []string, things []thing) error {
			var b strings.Builder
			for _, g := range groups {
				fmt.Fprintf(&b, "%30s %s/\n", "PRE", path.Base(g))
			}
			for _, o := range things {
				name := o.key
				if delimiter != "" {
					name = name[strings.LastIndexByte(name, '/')+1:]
				}
				fmt.Fprintf(&b, "%s %10s %s\n", o.at.Format(lsTime), size(o.size), name)
				count++
				bytes += o.size
			}
			found = found || b.Len() > 0
			return p.print(b.String())
		})
		if err != nil {
			return p.failed(op, err)
		}
	}
	if opts["summarize"] {
		if err := p.print(fmt.Sprintf("\nTotal Objects: %d\n   Total Size: %s\n", count, size(bytes))); err != nil {
			return 1, err
		}
	}
	return status(found || prefix == ""), nil
}

// needsURI refuses what is no s3:// address.
func (p *process) needsURI(word, use string) (bucket, key string, bad *usageError) {
	bucket, key, ok := splitURI(word)
	if !ok || bucket == "" {
		return "", "", &usageError{text: use + "\nError: Invalid argument type", exit: exitOther, hint: "Write it as s3://BUCKET."}
	}
	return bucket, key, nil
}

// serviceFailed tells of a call that failed in one line, as aws s3 does.
func (p *process) serviceFailed(head string, op *operation, err error) (int, error) {
	var e *aws.Error
	var stop *stopped
	if errors.As(err, &stop) || !errors.As(err, &e) {
		return 1, err
	}
	text := head
	switch {
	case e.Code == aws.ConnectionClosed:
		text += e.Message
	case op.Name == "HeadObject" && e.Code == "404":
		text += "An error occurred (404) when calling the HeadObject operation: " + e.Message
	default:
		text += fmt.Sprintf("An error occurred (%s) when calling the %s operation: %s", e.Code, op.Name, e.Message)
	}
	if _, err := io.WriteString(p.err, text+"\n"); err != nil {
		return 1, err
	}
	p.hint(e.Hint)
	return 1, nil
}

func (p *process) s3Make(words []string, _ map[string]bool) (int, error) {
	bucket, _, bad := p.needsURI(words[0], "<S3Uri>")
	if bad != nil {
		return 0, bad
	}
	if op, err := p.s3Call("CreateBucket", object{{"Bucket", bucket}}, nil); err != nil {
		return p.serviceFailed("make_bucket failed: "+words[0]+" ", op, err)
	}
	return 0, p.print("make_bucket: " + bucket + "\n")
}

func (p *process) s3RemoveBucket(words []string, opts map[string]bool) (int, error) {
	bucket, key, bad := p.needsURI(words[0], "<S3Uri>")
	switch {
	case bad != nil:
		return 0, bad
	case key != "":
		return 0, &usageError{text: "Please specify a valid bucket name only. E.g. s3://" + bucket, exit: exitOther}
	case opts["force"]:
		if code, err := p.s3Remove([]string{"s3://" + bucket}, map[string]bool{"recursive": true}); code != 0 || err != nil {
			return code, err
		}
	}
	if op, err := p.s3Call("DeleteBucket", object{{"Bucket", bucket}}, nil); err != nil {
		return p.serviceFailed("remove_bucket failed: "+words[0]+" ", op, err)
	}
	return 0, p.print("remove_bucket: " + bucket + "\n")
}

// say prints what was done, unless that is not wanted.
func (p *process) say(opts map[string]bool, text string) error {
	if opts["quiet"] || opts["only-show-errors"] {
		return nil
	}
	return p.print(text + "\n")
}

// s3Keys are the keys that a command with an address acts on: one, or all below a prefix.
func (p *process) s3Keys(bucket, key string, recursive bool) (keys []string, op *operation, err error) {
	if !recursive {
		return []string{key}, nil, nil
	}
	op, err = p.s3Walk(bucket, key, "", func(_ []string, things []thing) error {
		for _, o := range things {
			keys = append(keys, o.key)
		}
		return nil
	})
	return keys, op, err
}

func (p *process) s3Remove(words []string, opts map[string]bool) (int, error) {
	bucket, key, bad := p.needsURI(words[0], "<S3Uri>")
	if bad != nil {
		return 0, bad
	}
	if key == "" && !opts["recursive"] {
		return 0, paramError("Invalid length for parameter Key, value: 0, valid min length: 1")
	}
	keys, op, err := p.s3Keys(bucket, key, opts["recursive"])
	if err != nil {
		return p.serviceFailed("fatal error: ", op, err)
	}
	code := 0
	for _, k := range keys {
		uri := "s3://" + bucket + "/" + k
		if op, err := p.s3Call("DeleteObject", object{{"Bucket", bucket}, {"Key", k}}, nil); err != nil {
			if code, err = p.serviceFailed("delete failed: "+uri+" ", op, err); err != nil {
				return code, err
			}
			continue
		}
		if err := p.say(opts, "delete: "+uri); err != nil {
			return 1, err
		}
	}
	return code, nil
}

// s3Get gets an object's bytes.
func (p *process) s3Get(bucket, key string) ([]byte, *operation, error) {
	var out struct{ Body aws.Blob }
	op, err := p.s3Call("GetObject", object{{"Bucket", bucket}, {"Key", key}}, &out)
	return out.Body, op, err
}

// s3Put puts bytes; the content type is guessed from the name, as AWS CLI guesses.
func (p *process) s3Put(bucket, key string, content []byte) (*operation, error) {
	body := object{{"Body", encodeBlob(content)}, {"Bucket", bucket}, {"Key", key}}
	if t := contentTypes[path.Ext(strings.TrimSuffix(key, ".gz"))]; t != "" {
		body = body.with("ContentType", t)
	}
	return p.s3Call("PutObject", body, nil)
}

// contentTypes are those of names. Source: Python's mimetypes.
var contentTypes = map[string]string{".json": "application/json", ".txt": "text/plain", ".csv": "text/csv", ".html": "text/html", ".xml": "text/xml", ".zip": "application/zip", ".js": "text/javascript"}

// shown is how AWS CLI names a local file.
func shown(name string) string {
	if path.IsAbs(name) || strings.HasPrefix(name, "~") {
		return name
	}
	if name = path.Clean(name); strings.Contains(name, "/") {
		return name
	}
	return "./" + name
}

func (p *process) s3Copy(words []string, opts map[string]bool) (int, error) {
	from, fromKey, download := splitURI(words[0])
	to, toKey, upload := splitURI(words[1])
	recursive := opts["recursive"]
	switch {
	case !download && !upload:
		return 0, &usageError{text: "usage: aws s3 cp <LocalPath> <S3Uri> or <S3Uri> <LocalPath> or <S3Uri> <S3Uri>\nError: Invalid argument type", exit: exitOther, hint: "One of the two is s3://BUCKET/KEY; cp copies a file to a file."}
	case words[0] == "-": // from standard input
		if p.in == nil {
			return 0, &usageError{text: "stdin is required for this operation, but is not available.", exit: exitOther, hint: "Pipe something into it: echo hello | aws s3 cp - " + words[1]}
		}
		content, err := io.ReadAll(io.LimitReader(p.in, maxTraffic))
		if err != nil {
			return 1, err
		}
		if op, err := p.s3Put(to, toKey, content); err != nil {
			return p.serviceFailed("upload failed: - to "+words[1]+" ", op, err)
		}
		return 0, nil
	case words[1] == "-": // to standard output
		content, op, err := p.s3Get(from, fromKey)
		if err != nil {
			return p.serviceFailed("download failed: "+words[0]+" to - ", op, err)
		}
		_, err = p.out.Write(content)
		return 0, err
	case !download:
		return p.s3Upload(words[0], to, toKey, recursive, opts)
	}
	keys, op, err := p.s3Keys(from, fromKey, recursive)
	if err == nil && !recursive { // AWS CLI looks at the object first
		if op, err = p.s3Call("HeadObject", object{{"Bucket", from}, {"Key", fromKey}}, nil); aws.CodeOf(err) == "404" {
			err = aws.Errorf("404", "Key %q does not exist", fromKey).WithHint("aws s3 ls --recursive s3://%s shows the keys there are.", from)
		}
	}
	if err != nil {
		return p.serviceFailed("fatal error: ", op, err)
	}
	code := 0
	for _, k := range keys {
		content, op, err := p.s3Get(from, k)
		rest := strings.TrimPrefix(strings.TrimPrefix(k, fromKey), "/")
		verb, target := "download", words[1]
		if upload {
			verb, target = "copy", toKey
		}
		switch {
		case recursive:
			target = strings.TrimSuffix(target, "/") + "/" + rest
			if upload {
				target = strings.TrimPrefix(target, "/")
			}
		case upload && (target == "" || strings.HasSuffix(target, "/")), !upload && (p.c.disk.isDir(abs(p.dir, target)) || strings.HasSuffix(target, "/")):
			target = path.Join(target, path.Base(k))
		}
		line := verb + ": s3://" + from + "/" + k + " to "
		if upload {
			line += "s3://" + to + "/" + target
		} else {
			line += shown(target)
		}
		if err == nil && upload {
			op, err = p.s3Put(to, target, content)
		} else if err == nil {
			name := abs(p.dir, target)
			p.c.disk.mkdir(path.Dir(name), true) // a file in the way is told by write
			if bad := p.c.disk.write(name, content); bad != nil {
				return p.fail("%s: %v", shown(target), bad)
			}
		}
		if err != nil {
			if code, err = p.serviceFailed(strings.Replace(line, ":", " failed:", 1)+" ", op, err); err != nil {
				return code, err
			}
			continue
		}
		if err := p.say(opts, line); err != nil {
			return 1, err
		}
	}
	return code, nil
}

// s3Upload copies a file, or all files of a directory.
func (p *process) s3Upload(name, bucket, key string, recursive bool, opts map[string]bool) (int, error) {
	root := abs(p.dir, name)
	files := []string{root}
	if recursive {
		var err error
		if files, err = p.c.disk.under(root); err != nil {
			return 0, &usageError{text: "The user-provided path " + name + " does not exist.", exit: exitOther, hint: "ls shows the files of this terminal."}
		}
	}
	code := 0
	for _, f := range files {
		content, err := p.c.disk.read(f)
		if err != nil {
			text := "The user-provided path " + name + " does not exist."
			if err == errIsDir {
				text = name + " is a directory"
			}
			return 0, &usageError{text: text, exit: exitOther, hint: "ls shows the files of this terminal; --recursive takes a directory."}
		}
		target, local := key, name
		switch {
		case recursive:
			local = path.Join(name, strings.TrimPrefix(f, root+"/"))
			target = strings.TrimPrefix(strings.TrimSuffix(key, "/")+"/"+strings.TrimPrefix(f, root+"/"), "/")
		case key == "" || strings.HasSuffix(key, "/"):
			target = key + path.Base(f)
		}
		line := ": " + shown(local) + " to s3://" + bucket + "/" + target
		if op, err := p.s3Put(bucket, target, content); err != nil {
			if code, err = p.serviceFailed("upload failed"+line+" ", op, err); err != nil {
				return code, err
			}
			continue
		}
		if err := p.say(opts, "upload"+line); err != nil {
			return 1, err
		}
	}
	return code, nil
}

// takesFile says whether a member is given as the name of a file, and the bytes are the file's.
func takesFile(op *operation, f *field) bool { return op.Service == "s3api" && f.name == "Body" }

// fileBody reads the file of a body.
func (p *process) fileBody(f *field, name string) (value, *usageError) {
	if p.file != nil { // of a scenario, which has the bytes themselves
		return (&reader{}).blob(name)
	}
	content, err := p.c.disk.read(abs(p.dir, name))
	if err != nil {
		e := &usageError{text: fmt.Sprintf("Error parsing parameter '--%s': Blob values must be a path to a file.", f.flag), exit: 252, code: "ParamValidation"}
		e.hint = "ls shows the files of this terminal; echo hello > file makes one."
		return nil, e
	}
	return encodeBlob(content), nil
}

// bodies are the members of answers that are bytes, for which the AWS CLI wants a file behind the options.
var bodies = map[string]string{"s3api.GetObject": "Body", "lambda.Invoke": "Payload"}

// takeFile takes the name of the file for an answer's bytes from the words that are no options. aws lambda invoke may go without one
// here: then the answer holds what the function said.
func takeFile(op *operation, unknown []string) (file string, rest []string, bad *usageError) {
	if bodies[op.Service+"."+op.Name] == "" || op.Service == "lambda" && len(unknown) == 0 {
		return "", unknown, nil
	}
	if len(unknown) == 0 || strings.HasPrefix(unknown[0], "--") {
		e := usageErrorf("the following arguments are required: outfile")
		e.hint = "aws s3api get-object --bucket BUCKET --key KEY FILE; /dev/stdout prints it, and so does aws s3 cp s3://BUCKET/KEY -"
		return "", nil, e
	}
	return unknown[0], unknown[1:], nil
}

// keepBody puts the bytes of an answer into a file, and takes them out of the answer.
func (p *process) keepBody(op *operation, file string, answer value) (value, error) {
	o, _ := answer.(object)
	at := slices.IndexFunc(o, func(m member) bool { return m.key == bodies[op.Service+"."+op.Name] })
	if file == "" || at < 0 {
		return answer, nil
	}
	text, _ := o[at].val.(string)
	content := []byte(text)
	if op.Service == "s3api" {
		var err error
		if content, err = base64.StdEncoding.DecodeString(text); err != nil {
			panic("console: an object's bytes are not base64: " + err.Error())
		}
	}
	o = slices.Delete(slices.Clone(o), at, at+1)
	if file == "/dev/stdout" {
		_, err := io.Copy(p.out, bytes.NewReader(content))
		return o, err
	}
	if err := p.c.disk.write(abs(p.dir, file), content); err != nil {
		return nil, &usageError{text: fmt.Sprintf("%s: %v", file, err), exit: exitOther}
	}
	return o, nil
}
