package console

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// commands are the programs of the terminal, by name.
func commands() map[string]command {
	return map[string]command{
		"aws": runAWS, "lab": runLab, "help": runHelp, "hash": runHash, "shards": runShards, "wait": runWait, "sleep": runSleep, "date": runDate, "time": runTime,
		"type": runType, "which": runType, "clear": runClear, "history": runHistory,
		"cat": runCat, "head": runHead, "tail": runTail, "wc": runWc, "sort": runSort, "uniq": runUniq, "cut": runCut, "tr": runTr, "grep": runGrep,
		"base64": runBase64, "seq": runSeq, "jq": runJQ, "md5sum": runSum, "sha256sum": runSum, "ls": runLs, "rm": runRm, "cp": runCp, "mv": runMv, "mkdir": runMkdir,
		"touch": runTouch, "tee": runTee, "yes": runYes, "xargs": runXargs, "env": runEnv, "less": runCat, "more": runCat, "printenv": runPrintenv,
		"sed": runSed, "awk": runAwk, "gawk": runAwk, "openssl": runOpenSSL, "uuidgen": runUUID, "basename": runBasename, "dirname": runDirname, "tac": runTac, "rev": runRev, "nl": runNl,
		"paste": runPaste, "column": runColumn, "xxd": runHex, "gzip": runGzip, "gunzip": runGzip, "zcat": runGzip, "zip": runZip, "unzip": runUnzip, "whoami": runWhoami, "uname": runWhoami,
	}
}

// builtins are the commands of the shell itself that are worth naming.
var builtins = []string{"echo", "printf", "export", "unset", "read", "test", "source", "for", "while", "if", "true", "false", "cd", "pwd", "set", "eval", "exit", "function", "until", "case"}

// commandNames lists every command, sorted.
func commandNames() []string {
	names := slices.Clone(builtins)
	for name := range commands() {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// options reads a program's short options: letters that stand alone, and letters that take a value. What is left are its
// operands. Values may be joined to their letter or follow it.
func (p *process) options(alone, valued string) (opts map[byte]string, rest []string, ok bool) {
	opts = map[byte]string{}
	for i := 1; i < len(p.args); i++ {
		a := p.args[i]
		if a == "--" {
			rest = append(rest, p.args[i+1:]...)
			break
		}
		if len(a) < 2 || a[0] != '-' {
			rest = append(rest, a)
			continue
		}
		if valued != "" && strings.ContainsRune(valued, 'n') && a[1] >= '0' && a[1] <= '9' { // head -3
			opts['n'] = a[1:]
			continue
		}
		for j := 1; j < len(a); j++ {
			c := a[j]
			switch {
			case strings.IndexByte(alone, c) >= 0:
				opts[c] = "yes"
				continue
			case strings.IndexByte(valued, c) >= 0:
				val := a[j+1:]
				if val == "" {
					if i+1 >= len(p.args) {
						p.fail("option requires an argument -- '%c'", c)
						return nil, nil, false
					}
					i++
					val = p.args[i]
				}
				opts[c] = val
			default:
				p.fail("invalid option -- '%s'", strings.TrimLeft(a[j:], "-"))
				p.hint(p.args[0] + " knows here: " + optionList(alone, valued))
				return nil, nil, false
			}
			break
		}
	}
	return opts, rest, true
}

func optionList(alone, valued string) string {
	var list []string
	for i := range len(alone) {
		list = append(list, "-"+alone[i:i+1])
	}
	for i := range len(valued) {
		list = append(list, "-"+valued[i:i+1]+" value")
	}
	if len(list) == 0 {
		return "no options"
	}
	return strings.Join(list, ", ")
}

// input reads the files named, or standard input when there are none. A file that is missing is reported; ok is false
// then.
func (p *process) input(names []string) (content []byte, ok bool, err error) {
	if len(names) == 0 {
		names = []string{"-"}
	}
	ok = true
	var b bytes.Buffer
	for _, name := range names {
		if name == "-" {
			if p.in == nil {
				p.fail("there is nothing to read")
				p.hint("Name a file, or pipe something into it: aws kinesis list-streams | " + p.args[0])
				return nil, false, nil
			}
			if _, err := io.Copy(&b, io.LimitReader(p.in, maxTraffic)); err != nil {
				return nil, false, err
			}
			continue
		}
		text, err := p.c.disk.read(abs(p.dir, name))
		if err != nil {
			p.fail("%s: %v", name, err)
			ok = false
			continue
		}
		b.Write(text)
	}
	return b.Bytes(), ok, nil
}

// lines cuts text into lines without their ends.
func lines(b []byte) []string {
	if len(b) == 0 {
		return nil
	}
	return strings.Split(strings.TrimSuffix(string(b), "\n"), "\n")
}

func status(ok bool) int {
	if ok {
		return 0
	}
	return 1
}

func runCat(p *process) (int, error) {
	opts, names, ok := p.options("n", "")
	if !ok {
		return 1, nil
	}
	if len(names) == 0 && p.in != nil && opts['n'] == "" { // as it comes, so that yes | cat | head ends
		_, err := io.Copy(p.out, p.in)
		return 0, err
	}
	b, ok, err := p.input(names)
	if err != nil {
		return 1, err
	}
	if opts['n'] != "" {
		var out strings.Builder
		for i, l := range lines(b) {
			fmt.Fprintf(&out, "%6d\t%s\n", i+1, l)
		}
		return status(ok), p.print(out.String())
	}
	_, err = p.out.Write(b)
	return status(ok), err
}

func runHead(p *process) (int, error) {
	opts, names, ok := p.options("", "nc")
	if !ok {
		return 1, nil
	}
	n, count := 10, "n"
	for c, v := range opts {
		i, err := strconv.Atoi(v)
		if err != nil || i < 0 {
			return p.fail("invalid number: '%s'", v)
		}
		n, count = i, string(c)
	}
	var src io.Reader = p.in
	if len(names) > 0 || p.in == nil {
		b, ok, err := p.input(names)
		if !ok || err != nil {
			return 1, err
		}
		src = bytes.NewReader(b)
	}
	buf, one := []byte{}, make([]byte, 4096)
	for seen := 0; seen < n; {
		k, err := src.Read(one)
		part := one[:k]
		if count == "c" {
			part = part[:min(len(part), n-seen)]
			seen += len(part)
		} else {
			for i, c := range part {
				if c == '\n' {
					if seen++; seen == n {
						part = part[:i+1]
						break
					}
				}
			}
		}
		buf = append(buf, part...)
		if err != nil {
			break
		}
		if len(buf) > maxTraffic {
			return 1, errTraffic
		}
	}
	_, err := p.out.Write(buf)
	return 0, err
}

func runTail(p *process) (int, error) {
	opts, names, ok := p.options("f", "nc")
	if !ok {
		return 1, nil
	}
	if opts['f'] != "" {
		p.hint("tail -f would wait for ever: time stands still while a command runs. Read again after: wait 10s")
	}
	b, ok, err := p.input(names)
	if err != nil {
		return 1, err
	}
	n, from, bytes := 10, false, false
	for _, unit := range []string{"lines", "bytes"} {
		c := map[string]byte{"lines": 'n', "bytes": 'c'}[unit]
		v, has := opts[c]
		if !has {
			continue
		}
		from, bytes = strings.HasPrefix(v, "+"), c == 'c'
		if n, err = strconv.Atoi(strings.TrimLeft(v, "+-")); err != nil {
			return p.fail("invalid number of %s: '%s'", unit, v)
		}
	}
	if bytes && from {
		return status(ok), p.print(string(b[min(max(n-1, 0), len(b)):]))
	}
	if bytes {
		return status(ok), p.print(string(b[max(0, len(b)-max(0, n)):]))
	}
	all := lines(b)
	if from {
		all = all[min(max(n-1, 0), len(all)):]
	} else {
		all = all[max(0, len(all)-n):]
	}
	return status(ok), p.printLines(all)
}

func (p *process) printLines(all []string) error {
	if len(all) == 0 {
		return nil
	}
	return p.print(strings.Join(all, "\n") + "\n")
}

func runWc(p *process) (int, error) {
	opts, names, ok := p.options("lwcm", "")
	if !ok {
		return 1, nil
	}
	var out strings.Builder
	row := func(b []byte, name string) {
		var parts []string
		add := func(c byte, n int) {
			if len(opts) == 0 && c != 'm' || opts[c] != "" {
				parts = append(parts, strconv.Itoa(n))
			}
		}
		add('l', bytes.Count(b, []byte("\n")))
		add('w', len(bytes.Fields(b)))
		add('m', utf8.RuneCount(b))
		add('c', len(b))
		if name != "" {
			parts = append(parts, name)
		}
		if len(parts) > 1 && len(opts) != 1 {
			for i := range parts[:len(parts)-len(name[:min(1, len(name))])] {
				parts[i] = fmt.Sprintf("%7s", parts[i])
			}
		}
		out.WriteString(strings.Join(parts, " ") + "\n")
	}
	if len(names) == 0 {
		b, ok, err := p.input(nil)
		if !ok || err != nil {
			return 1, err
		}
		row(b, "")
		return 0, p.print(out.String())
	}
	var total []byte
	code, err := p.eachFile(names, func(name string, b []byte) error {
		total = append(total, b...)
		row(b, name)
		return nil
	})
	if err != nil {
		return code, err
	}
	if len(names) > 1 {
		row(total, "total")
	}
	return code, p.print(out.String())
}

func runBase64(p *process) (int, error) {
	for i, a := range p.args {
		switch {
		case a == "--decode":
			p.args[i] = "-d"
		case strings.HasPrefix(a, "--wrap="):
			p.args[i] = "-w" + a[len("--wrap="):]
		}
	}
	opts, names, ok := p.options("dDi", "w")
	if !ok {
		return 1, nil
	}
	b, ok, err := p.input(names)
	if !ok || err != nil {
		return 1, err
	}
	if opts['d'] != "" || opts['D'] != "" {
		out, whole := decodeQuads(bytes.Join(bytes.Fields(b), nil))
		if _, err := p.out.Write(out); err != nil || whole {
			return 0, err
		}
		return p.fail("invalid input")
	}
	text := base64.StdEncoding.EncodeToString(b)
	wrap := 76
	if w, has := opts['w']; has {
		if wrap, err = strconv.Atoi(w); err != nil || wrap < 0 {
			return p.fail("invalid wrap size: '%s'", w)
		}
	}
	if wrap == 0 {
		return 0, p.print(text)
	}
	var out strings.Builder
	for len(text) > wrap {
		out.WriteString(text[:wrap] + "\n")
		text = text[wrap:]
	}
	if text != "" {
		out.WriteString(text + "\n")
	}
	return 0, p.print(out.String())
}

// decodeQuads decodes base64 four letters at a time, so that encoded texts may follow one another, each with its padding.
func decodeQuads(text []byte) (out []byte, whole bool) {
	for len(text) > 0 {
		n := bytes.IndexByte(text, '=')
		if n < 0 {
			n = len(text)
		} else {
			n = min(len(text), (n+4)/4*4)
		}
		part := make([]byte, base64.StdEncoding.DecodedLen(n))
		k, err := base64.StdEncoding.Decode(part, text[:n])
		out = append(out, part[:k]...)
		if err != nil {
			return out, false
		}
		text = text[n:]
	}
	return out, true
}

func runSeq(p *process) (int, error) {
	args := p.args[1:]
	n := make([]int64, len(args))
	for i, a := range args {
		v, err := strconv.ParseInt(a, 10, 64)
		if err != nil {
			return p.fail("invalid number: '%s'", a)
		}
		n[i] = v
	}
	first, step, last := int64(1), int64(1), int64(0)
	switch len(n) {
	case 1:
		last = n[0]
	case 2:
		first, last = n[0], n[1]
	case 3:
		first, step, last = n[0], n[1], n[2]
	default:
		return p.fail("usage: seq LAST, seq FIRST LAST, seq FIRST STEP LAST")
	}
	if step == 0 {
		return p.fail("the step must not be 0")
	}
	if count := (last - first) / step; count > 1_000_000 {
		return p.fail("more than a million numbers")
	}
	var b strings.Builder
	for i := first; step > 0 && i <= last || step < 0 && i >= last; i += step {
		b.WriteString(strconv.FormatInt(i, 10) + "\n")
	}
	return 0, p.print(b.String())
}

func runYes(p *process) (int, error) {
	word := "y"
	if len(p.args) > 1 {
		word = strings.Join(p.args[1:], " ")
	}
	block := strings.Repeat(word+"\n", max(1, 4096/(len(word)+1)))
	for {
		if err := p.print(block); err != nil {
			return 0, err
		}
	}
}

func runXargs(p *process) (int, error) {
	each, every := "", 0
	args := p.args[1:]
	for len(args) > 0 && strings.HasPrefix(args[0], "-") {
		flag, val := args[0][:min(2, len(args[0]))], args[0][min(2, len(args[0])):]
		args = args[1:]
		if val == "" && len(args) > 0 {
			val, args = args[0], args[1:]
		}
		switch n, err := strconv.Atoi(val); {
		case flag == "-I" && val != "":
			each = val
		case (flag == "-n" || flag == "-L") && err == nil && n > 0:
			every = n
		default:
			return p.fail("invalid option -- '%s'", strings.TrimPrefix(flag, "-"))
		}
	}
	if len(args) == 0 {
		args = []string{"echo"}
	}
	b, ok, err := p.input(nil)
	if !ok || err != nil {
		return 1, err
	}
	var calls [][]string
	if each != "" {
		for _, l := range lines(b) {
			c := make([]string, len(args))
			for i := range args {
				c[i] = strings.ReplaceAll(args[i], each, strings.TrimSpace(l))
			}
			calls = append(calls, c)
		}
	} else {
		words := strings.Fields(string(b))
		if every == 0 {
			every = max(1, len(words))
		}
		for chunk := range slices.Chunk(words, every) {
			calls = append(calls, slices.Concat(args, chunk))
		}
	}
	code := 0
	for _, c := range calls {
		sub := *p
		sub.args, sub.in = c, nil
		run, known := commands()[c[0]]
		switch {
		case c[0] == "echo":
			run = func(p *process) (int, error) { return 0, p.print(strings.Join(p.args[1:], " ") + "\n") }
		case !known:
			return 127, sub.unknown()
		}
		if stop := p.countStep(c); stop != nil {
			return 1, stop
		}
		n, err := run(&sub)
		if err != nil {
			return n, err
		}
		if n != 0 {
			code = 123
		}
	}
	return code, nil
}

func runEnv(p *process) (int, error) {
	for _, name := range []string{"AWS_DEFAULT_OUTPUT", "AWS_DEFAULT_REGION", "AWS_MAX_ATTEMPTS", "AWS_PROFILE", "AWS_REGION", "HOME", "PWD", "USER"} {
		if v := p.env(name); v != "" {
			if err := p.print(name + "=" + v + "\n"); err != nil {
				return 1, err
			}
		}
	}
	return 0, nil
}

func runPrintenv(p *process) (int, error) {
	if len(p.args) < 2 {
		return runEnv(p)
	}
	v := p.env(p.args[1])
	if v == "" {
		return 1, nil
	}
	return 0, p.print(v + "\n")
}

// runWhoami is whoami and uname.
func runWhoami(p *process) (int, error) {
	if p.args[0] == "uname" {
		return 0, p.print("Shardlab\n")
	}
	p.hint("Who calls AWS is another question: aws sts get-caller-identity")
	return 0, p.print("learner\n")
}
