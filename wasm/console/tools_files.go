package console

import (
	"errors"
	"fmt"
	"path"
	"slices"
)

func runLs(p *process) (int, error) {
	opts, names, ok := p.options("la1hAR", "")
	if !ok {
		return 1, nil
	}
	if len(names) == 0 {
		names = []string{p.dir}
	}
	code := 0
	for i, name := range names {
		full := abs(p.dir, name)
		list, err := p.c.disk.list(full)
		if errors.Is(err, errNotDir) {
			list, err = []string{name}, nil
			full = path.Dir(full)
		}
		if err != nil {
			p.fail("cannot access '%s': %v", name, err)
			code = 2
			continue
		}
		if len(names) > 1 {
			head := name + ":\n"
			if i > 0 {
				head = "\n" + head
			}
			if err := p.print(head); err != nil {
				return 1, err
			}
		}
		for _, entry := range list {
			line := entry + "\n"
			if opts['l'] != "" {
				size := 0
				if b, err := p.c.disk.read(abs(full, entry)); err == nil {
					size = len(b)
				}
				line = fmt.Sprintf("%9d  %s\n", size, entry)
			}
			if err := p.print(line); err != nil {
				return 1, err
			}
		}
	}
	return code, nil
}

func runRm(p *process) (int, error) {
	opts, names, ok := p.options("rf", "")
	if !ok {
		return 1, nil
	}
	code := 0
	for _, name := range names {
		full := abs(p.dir, name)
		err := p.c.disk.remove(full)
		if errors.Is(err, errIsDir) && opts['r'] != "" {
			p.c.disk.removeDir(full)
			err = nil
		}
		if err != nil && !(opts['f'] != "" && errors.Is(err, errNoFile)) {
			p.fail("cannot remove '%s': %v", name, err)
			code = 1
		}
	}
	if len(names) == 0 && opts['f'] == "" {
		return p.fail("missing operand")
	}
	return code, nil
}

// place is where a file goes that is copied to name: into it when it is a directory.
func (p *process) place(from, name string) string {
	full := abs(p.dir, name)
	if p.c.disk.isDir(full) {
		return path.Join(full, path.Base(from))
	}
	return full
}

func runCp(p *process) (int, error) {
	_, names, ok := p.options("f", "")
	if !ok {
		return 1, nil
	}
	if len(names) != 2 {
		return p.fail("two names are needed: %s FROM TO", p.args[0])
	}
	b, err := p.c.disk.read(abs(p.dir, names[0]))
	if err == nil {
		err = p.c.disk.write(p.place(names[0], names[1]), slices.Clone(b))
	}
	if err != nil {
		return p.fail("'%s': %v", names[0], err)
	}
	return 0, nil
}

func runMv(p *process) (int, error) {
	_, names, ok := p.options("f", "")
	if ok && len(names) == 2 && abs(p.dir, names[0]) == p.place(names[0], names[1]) {
		return p.fail("'%s' and '%s' are the same file", names[0], names[1])
	}
	code, err := runCp(p)
	if code == 0 && err == nil {
		p.c.disk.remove(abs(p.dir, names[0]))
	}
	return code, err
}

func runMkdir(p *process) (int, error) {
	opts, names, ok := p.options("p", "")
	if !ok {
		return 1, nil
	}
	for _, name := range names {
		if err := p.c.disk.mkdir(abs(p.dir, name), opts['p'] != ""); err != nil {
			return p.fail("cannot create directory '%s': %v", name, err)
		}
	}
	return 0, nil
}

func runTouch(p *process) (int, error) {
	for _, name := range p.args[1:] {
		full := abs(p.dir, name)
		if _, err := p.c.disk.read(full); errors.Is(err, errNoFile) {
			if err := p.c.disk.write(full, nil); err != nil {
				return p.fail("cannot touch '%s': %v", name, err)
			}
		}
	}
	return 0, nil
}

func runTee(p *process) (int, error) {
	opts, names, ok := p.options("a", "")
	if !ok {
		return 1, nil
	}
	b, ok, err := p.input(nil)
	if !ok || err != nil {
		return 1, err
	}
	code := 0
	for _, name := range names {
		full, content := abs(p.dir, name), slices.Clone(b)
		if old, err := p.c.disk.read(full); err == nil && opts['a'] != "" {
			content = slices.Concat(old, b)
		}
		if err := p.c.disk.write(full, content); err != nil {
			p.fail("%s: %v", name, err)
			code = 1
		}
	}
	_, err = p.out.Write(b)
	return code, err
}
