package console

import (
	"bytes"
	"compress/gzip"
	"crypto/md5"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"path"
	"slices"
	"strconv"
	"strings"
)

// digests are the hashes of md5sum, sha256sum and openssl.
var digests = map[string]func([]byte) []byte{
	"md5":    func(b []byte) []byte { s := md5.Sum(b); return s[:] },
	"sha256": func(b []byte) []byte { s := sha256.Sum256(b); return s[:] },
}

// runSum is md5sum and sha256sum.
func runSum(p *process) (int, error) {
	_, names, ok := p.options("bt", "")
	if !ok {
		return 1, nil
	}
	digest := digests[strings.TrimSuffix(p.args[0], "sum")]
	code, err := p.eachFile(names, func(name string, b []byte) error { return p.print(hex.EncodeToString(digest(b)) + "  " + name + "\n") })
	if len(names) == 0 && p.args[0] == "md5sum" {
		p.hint("echo adds a line end to what it prints; a partition key has none: printf '%s' KEY | md5sum. Or: hash KEY")
	}
	return code, err
}

// eachFile reads the files named, or standard input as "-", one after the other.
func (p *process) eachFile(names []string, do func(name string, b []byte) error) (int, error) {
	if len(names) == 0 {
		names = []string{"-"}
	}
	code := 0
	for _, name := range names {
		b, ok, err := p.input([]string{name})
		if err != nil {
			return 1, err
		}
		if !ok {
			code = 1
			continue
		}
		if err := do(name, b); err != nil {
			return 1, err
		}
	}
	return code, nil
}

// runOpenSSL is openssl as far as it makes hashes and base64.
func runOpenSSL(p *process) (int, error) {
	args := p.args[1:]
	if len(args) > 0 && args[0] == "dgst" {
		args = args[1:]
	}
	const knows = "openssl knows here: md5, sha256, dgst -md5 and the like, base64 and base64 -d."
	if len(args) == 0 {
		p.hint(knows)
		return p.fail("a command is needed")
	}
	name := strings.TrimPrefix(args[0], "-")
	if name == "base64" || name == "enc" {
		sub := *p
		sub.args = append([]string{"base64"}, slices.DeleteFunc(slices.Clone(args[1:]), func(a string) bool { return a == "-base64" || a == "-e" || a == "-in" })...)
		for i, a := range sub.args {
			if a == "-A" {
				sub.args[i] = "-w0"
			}
		}
		return runBase64(&sub)
	}
	digest := digests[name]
	if digest == nil {
		p.hint(knows)
		return p.fail("%s is not known here", args[0])
	}
	binary := false
	names := slices.DeleteFunc(slices.Clone(args[1:]), func(a string) bool {
		binary = binary || a == "-binary"
		return strings.HasPrefix(a, "-")
	})
	return p.eachFile(names, func(file string, b []byte) error {
		if binary {
			_, err := p.out.Write(digest(b))
			return err
		}
		if file == "-" {
			file = "stdin"
		}
		return p.print(strings.ToUpper(name) + "(" + file + ")= " + hex.EncodeToString(digest(b)) + "\n")
	})
}

// runUUID makes an identifier that looks like one of chance and is the same in every run: it follows from the virtual instant and from how
// many were made before.
func runUUID(p *process) (int, error) {
	s := sha256.Sum256(fmt.Appendf(nil, "uuid %d %d", p.now(), p.c.made.Add(1)))
	s[6], s[8] = s[6]&0x0f|0x40, s[8]&0x3f|0x80
	return 0, p.print(fmt.Sprintf("%x-%x-%x-%x-%x\n", s[0:4], s[4:6], s[6:8], s[8:10], s[10:16]))
}

func runBasename(p *process) (int, error) {
	if len(p.args) < 2 {
		return p.fail("missing operand")
	}
	name := path.Base(p.args[1])
	if len(p.args) > 2 && name != p.args[2] {
		name = strings.TrimSuffix(name, p.args[2])
	}
	return 0, p.print(name + "\n")
}

func runDirname(p *process) (int, error) {
	if len(p.args) < 2 {
		return p.fail("missing operand")
	}
	return 0, p.print(path.Dir(p.args[1]) + "\n")
}

// runTac, runRev and runNl turn lines around, turn each around, and number them.
func runTac(p *process) (int, error) {
	return p.filter(func(all []string) []string { slices.Reverse(all); return all })
}

func runRev(p *process) (int, error) {
	return p.filter(func(all []string) []string {
		for i, l := range all {
			r := []rune(l)
			slices.Reverse(r)
			all[i] = string(r)
		}
		return all
	})
}

func runNl(p *process) (int, error) {
	return p.filter(func(all []string) []string {
		n := 0
		for i, l := range all {
			if l == "" {
				all[i] = "       "
				continue
			}
			n++
			all[i] = fmt.Sprintf("%6d\t%s", n, l)
		}
		return all
	})
}

// filter is a program that makes lines of lines.
func (p *process) filter(do func(all []string) []string) (int, error) {
	_, names, ok := p.options("ba", "")
	if !ok {
		return 1, nil
	}
	b, ok, err := p.input(names)
	if err != nil {
		return 1, err
	}
	return status(ok), p.printLines(do(lines(b)))
}

// runPaste puts the lines of files beside each other; with -s each file becomes one line.
func runPaste(p *process) (int, error) {
	opts, names, ok := p.options("s", "d")
	if !ok {
		return 1, nil
	}
	glue := opts['d']
	if glue = unescape(glue); glue == "" {
		glue = "\t"
	}
	var columns [][]string
	code, err := p.eachFile(names, func(_ string, b []byte) error { columns = append(columns, lines(b)); return nil })
	if err != nil || code != 0 {
		return code, err
	}
	var out []string
	if opts['s'] != "" {
		for _, c := range columns {
			out = append(out, strings.Join(c, glue))
		}
		return 0, p.printLines(out)
	}
	for i := 0; ; i++ {
		row, more := make([]string, len(columns)), false
		for k, c := range columns {
			if i < len(c) {
				row[k], more = c[i], true
			}
		}
		if !more {
			return 0, p.printLines(out)
		}
		out = append(out, strings.Join(row, glue))
	}
}

// runColumn is column -t: fields under each other.
func runColumn(p *process) (int, error) {
	opts, names, ok := p.options("t", "s")
	if !ok {
		return 1, nil
	}
	b, ok, err := p.input(names)
	if err != nil || opts['t'] == "" {
		if err == nil {
			_, err = p.out.Write(b)
		}
		return status(ok), err
	}
	var rows [][]string
	var width []int
	for _, l := range lines(b) {
		row := strings.Fields(l)
		if sep := opts['s']; sep != "" {
			row = strings.FieldsFunc(l, func(r rune) bool { return strings.ContainsRune(sep, r) })
		}
		for i, cell := range row {
			if i == len(width) {
				width = append(width, 0)
			}
			width[i] = max(width[i], len([]rune(cell)))
		}
		rows = append(rows, row)
	}
	var out []string
	for _, row := range rows {
		line := ""
		for i, cell := range row {
			if line += cell; i < len(row)-1 {
				line += strings.Repeat(" ", width[i]-len([]rune(cell))+2)
			}
		}
		out = append(out, line)
	}
	return status(ok), p.printLines(out)
}

// runHex is xxd: bytes in hexadecimal, with what can be read of them beside; -p prints the digits alone, -r reads them.
func runHex(p *process) (int, error) {
	opts, names, ok := p.options("pr", "lc")
	if !ok {
		return 1, nil
	}
	b, ok, err := p.input(names)
	if !ok || err != nil {
		return 1, err
	}
	if opts['r'] != "" {
		raw, err := hex.DecodeString(strings.Join(strings.Fields(string(b)), ""))
		if err != nil {
			p.hint("xxd -r -p reads plain digits, as xxd -p prints them.")
			return p.fail("%v", err)
		}
		_, err = p.out.Write(raw)
		return 0, err
	}
	if n, has := opts['l']; has {
		most, err := strconv.Atoi(n)
		if err != nil || most < 0 {
			return p.fail("invalid length: '%s'", n)
		}
		b = b[:min(len(b), most)]
	}
	var out strings.Builder
	if opts['p'] != "" {
		for chunk := range slices.Chunk(b, 30) {
			out.WriteString(hex.EncodeToString(chunk) + "\n")
		}
		return 0, p.print(out.String())
	}
	for i := 0; i < len(b); i += 16 {
		row := b[i:min(len(b), i+16)]
		digits := ""
		for k, c := range row {
			if k%2 == 0 {
				digits += " "
			}
			digits += fmt.Sprintf("%02x", c)
		}
		seen := strings.Map(func(r rune) rune {
			if r < 0x20 || r > 0x7e {
				return '.'
			}
			return r
		}, string(latin(row)))
		fmt.Fprintf(&out, "%08x:%-40s  %s\n", i, digits, seen)
	}
	return 0, p.print(out.String())
}

// latin takes each byte for a character.
func latin(b []byte) []rune {
	r := make([]rune, len(b))
	for i, c := range b {
		r[i] = rune(c)
	}
	return r
}

// runGzip is gzip, gunzip and zcat. What is unpacked is bounded.
func runGzip(p *process) (int, error) {
	opts, names, ok := p.options("cdkf9", "")
	if !ok {
		return 1, nil
	}
	unpack := opts['d'] != "" || p.args[0] != "gzip"
	turn := func(b []byte) ([]byte, error) {
		if !unpack {
			var out bytes.Buffer
			w := gzip.NewWriter(&out)
			w.Write(b)
			w.Close()
			return out.Bytes(), nil
		}
		r, err := gzip.NewReader(bytes.NewReader(b))
		if err != nil {
			return nil, fmt.Errorf("not in gzip format")
		}
		out, err := io.ReadAll(io.LimitReader(r, maxTraffic))
		if err != nil {
			return nil, fmt.Errorf("unexpected end of file")
		}
		return out, nil
	}
	code := 0
	failed := func(name string, err error) { p.fail("%s: %v", name, err); code = 1 }
	c, err := p.eachFile(names, func(name string, b []byte) error {
		out, err := turn(b)
		if err != nil {
			if name == "-" {
				name = "stdin"
			}
			failed(name, err)
			return nil
		}
		if name == "-" || opts['c'] != "" || p.args[0] == "zcat" {
			_, err := p.out.Write(out)
			return err
		}
		to := name + ".gz"
		if unpack {
			if to = strings.TrimSuffix(name, ".gz"); to == name {
				failed(name, fmt.Errorf("unknown suffix -- ignored"))
				return nil
			}
		}
		if err := p.c.disk.write(abs(p.dir, to), out); err != nil {
			failed(to, err)
		} else if opts['k'] == "" {
			p.c.disk.remove(abs(p.dir, name))
		}
		return nil
	})
	return max(c, code), err
}

// runZip makes an archive of files, as a function's code is uploaded in one.
func runZip(p *process) (int, error) {
	opts, names, ok := p.options("rqj9", "")
	if !ok {
		return 1, nil
	}
	if len(names) < 2 {
		p.hint("For example: zip function.zip index.js")
		return p.fail("an archive and files are needed")
	}
	var files []string
	for _, name := range names[1:] {
		if full := abs(p.dir, name); p.c.disk.isDir(full) {
			inside, err := p.c.disk.under(full)
			if err != nil {
				return p.fail("%s: %v", name, err)
			}
			files = append(files, inside...)
		} else {
			files = append(files, full)
		}
	}
	var all []packed
	for _, full := range files {
		b, err := p.c.disk.read(full)
		name := strings.TrimPrefix(strings.TrimPrefix(full, p.dir), "/")
		if err != nil {
			p.fail("warning: name not matched: %s", name)
			return 12, nil
		}
		if opts['j'] != "" {
			name = path.Base(name)
		}
		all = append(all, packed{name, b})
		if opts['q'] == "" {
			if err := p.print("  adding: " + name + " (stored 0%)\n"); err != nil {
				return 1, err
			}
		}
	}
	to := names[0]
	if path.Ext(to) == "" {
		to += ".zip"
	}
	if err := p.c.disk.write(abs(p.dir, to), packZip(all)); err != nil {
		return p.fail("%s: %v", to, err)
	}
	return 0, nil
}

// runUnzip takes an archive apart; -l lists it, -p prints what is inside.
func runUnzip(p *process) (int, error) {
	opts, names, ok := p.options("lpqo", "d")
	if !ok {
		return 1, nil
	}
	if len(names) == 0 {
		return p.fail("an archive is needed: unzip function.zip")
	}
	b, err := p.c.disk.read(abs(p.dir, names[0]))
	if err != nil {
		return p.fail("cannot find or open %s", names[0])
	}
	files, err := unpackZip(b)
	if err != nil {
		return p.fail("%s: %v", names[0], err)
	}
	var out strings.Builder
	for _, f := range files {
		if len(names) > 1 && !slices.Contains(names[1:], f.name) {
			continue
		}
		if opts['l'] != "" {
			fmt.Fprintf(&out, "%9d  %s\n", len(f.content), f.name)
			continue
		}
		if opts['p'] != "" {
			out.Write(f.content)
			continue
		}
		to := abs(abs(p.dir, opts['d']), path.Clean("/" + f.name)[1:]) // never outside of where it is unpacked
		if err = p.c.disk.mkdir(path.Dir(to), true); err == nil {
			err = p.c.disk.write(to, slices.Clone(f.content))
		}
		if err != nil {
			return p.fail("%s: %v", f.name, err)
		}
		if opts['q'] == "" {
			out.WriteString("  inflating: " + f.name + "\n")
		}
	}
	return 0, p.print(out.String())
}

// unpackCode puts the source in place of an archive that holds it: the lab's functions are one file of JavaScript.
func unpackCode(op *operation, body object) *usageError {
	if op.Service != "lambda" {
		return nil
	}
	at := slices.IndexFunc(body, func(m member) bool { return m.key == "ZipFile" })
	if at < 0 {
		return nil
	}
	text, _ := body[at].val.(string)
	archive, whole := decodeQuads([]byte(text))
	if !whole || !bytes.HasPrefix(archive, []byte(zipLocal)) {
		return nil
	}
	bad := func(format string, a ...any) *usageError {
		return &usageError{text: "Error parsing parameter '--zip-file': " + fmt.Sprintf(format, a...), code: "ParamValidation", exit: 252,
			hint: "A function of the lab is one file of JavaScript: zip function.zip index.js, with --handler index.handler. Or without an archive: --zip-file fileb://index.js"}
	}
	files, err := unpackZip(archive)
	if err != nil {
		return bad("%v", err)
	}
	module := "index"
	if h, ok := body.get("Handler"); ok {
		if name, ok := h.(string); ok {
			module = strings.TrimSuffix(name, path.Ext(name))
		}
	}
	for _, f := range files {
		ext := path.Ext(f.name)
		if (ext == ".js" || ext == ".mjs" || ext == ".cjs") && (strings.TrimSuffix(f.name, ext) == module || len(files) == 1) {
			body[at].val = encodeBlob(f.content)
			return nil
		}
	}
	return bad("the archive holds no %s.js, of which the handler would be", module)
}

// elsewhere are programs that people type and that are not here, with what to do instead.
var elsewhere = [][2]string{
	{" nano vi vim emacs pico code ed ", "There is no editor of files here. Make one with: cat > name <<'EOF', its lines, and EOF alone on a line."},
	{" curl wget ping ssh scp telnet nc dig host ", "Nothing leaves this page, and nothing comes in. What the lab's services answer is asked with aws."},
	{" python python3 pip node npm npx java mvn javac go ruby php git docker terraform cdk sam eksctl kubectl brew apt apt-get yum dnf ", "Programs of other languages are not here. On your own machine they speak to this engine's AWS endpoint: shardlab endpoint, with AWS_ENDPOINT_URL set."},
	{" sudo su chmod chown ", "There are no users and no rights on these files: leave it out."},
	{" man info ", "help NAME says what there is; aws kinesis put-record help describes an operation."},
	{" watch tail-f ", "Time stands still while a command runs. A loop lets it pass: for i in $(seq 5); do aws kinesis describe-limits; wait 1s; done"},
	{" kill ps top jobs bg fg nohup ", "One entry runs at a time, and Ctrl+C ends it. For a load that goes on by itself: lab put-producer help"},
}

// absent says what to do about a program that is not here.
func (p *process) absent(name string) {
	for _, e := range elsewhere {
		if strings.Contains(e[0], " "+name+" ") {
			p.hint(e[1])
			return
		}
	}
	p.hint("This terminal knows aws, lab, wait and the tools of a shell: help lists them.")
}
