package main

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// A contender is a program that is measured.
type contender struct {
	name    string
	command []string
	port    string // the flag that takes a port, or
	addr    string // the flag that takes host:port
}

// A process is a contender that runs.
type process struct {
	cmd *exec.Cmd
	url string
	log bytes.Buffer
}

// start runs the contender on a free port and waits for its first answer.
func (c *contender) start(ctx context.Context) (*process, time.Duration, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, 0, err
	}
	addr := l.Addr().String()
	l.Close()
	_, port, _ := net.SplitHostPort(addr)
	args := slices.Clone(c.command[1:])
	if c.port != "" {
		args = append(args, c.port, port)
	} else {
		args = append(args, c.addr, addr)
	}
	p := &process{cmd: exec.CommandContext(ctx, c.command[0], args...), url: "http://" + addr}
	p.cmd.Stdout, p.cmd.Stderr = &p.log, &p.log
	begun := time.Now()
	if err := p.cmd.Start(); err != nil {
		return nil, 0, err
	}
	list := newCaller(p.url)
	for {
		_, err := list.call("ListStreams", []byte("{}"))
		took := time.Since(begun)
		switch {
		case err == nil:
			return p, took, nil
		case took > 20*time.Second, ctx.Err() != nil:
			p.stop()
			return nil, 0, fmt.Errorf("it does not answer: %w\n%s", err, &p.log)
		}
		time.Sleep(time.Millisecond)
	}
}

// stop ends the process and waits until it is gone.
func (p *process) stop() {
	p.cmd.Process.Signal(syscall.SIGTERM)
	kill := time.AfterFunc(5*time.Second, func() { p.cmd.Process.Kill() })
	p.cmd.Wait()
	kill.Stop()
}

// memory is what the process holds of the machine's memory, and the most that it ever held where the system counts that;
// elsewhere both are the same.
func (p *process) memory() (now, peak int64, err error) {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid))
	if err == nil {
		for line := range strings.Lines(string(status)) {
			words := strings.Fields(line)
			if len(words) < 2 {
				continue
			}
			kib, _ := strconv.ParseInt(words[1], 10, 64)
			switch words[0] {
			case "VmRSS:":
				now = kib << 10
			case "VmHWM:":
				peak = kib << 10
			}
		}
		return now, peak, nil
	}
	out, err := exec.Command("ps", "-o", "rss=", "-p", strconv.Itoa(p.cmd.Process.Pid)).Output()
	if err != nil {
		return 0, 0, fmt.Errorf("ask ps for memory: %w", err)
	}
	kib, err := strconv.ParseInt(strings.TrimSpace(string(out)), 10, 64)
	return kib << 10, kib << 10, err
}

// measure runs a contender through everything.
func measure(ctx context.Context, c *contender, phase time.Duration) (f figures, err error) {
	var took []time.Duration
	for range starts {
		p, t, err := c.start(ctx)
		if err != nil {
			return f, err
		}
		took = append(took, t)
		p.stop()
	}
	slices.Sort(took)
	f.start = took[len(took)/2]

	// Memory, in a process that has done nothing else.
	p, _, err := c.start(ctx)
	if err != nil {
		return f, err
	}
	time.Sleep(time.Second)
	if f.idle, _, err = p.memory(); err == nil {
		err = p.keep(ctx)
	}
	if err == nil {
		_, f.peak, err = p.memory()
	}
	p.stop()
	if err != nil {
		return f, err
	}

	// Rates, each driver on a process of its own.
	for _, d := range []struct {
		drive    func(url string) driver
		put, get *float64
	}{{newBodies, &f.putBodies, &f.getBodies}, {newSDK, &f.putSDK, &f.getSDK}} {
		if p, _, err = c.start(ctx); err != nil {
			return f, err
		}
		*d.put, *d.get, err = rates(ctx, d.drive(p.url), p.url, phase)
		p.stop()
		if err != nil {
			return f, err
		}
	}
	return f, nil
}

// keep lets the process take the records whose memory is measured, and reads them once.
func (p *process) keep(ctx context.Context) error {
	if err := prepare(ctx, p.url); err != nil {
		return err
	}
	d := newBodies(p.url)
	for range kept {
		if _, err := d.put(ctx, 0); err != nil {
			return err
		}
	}
	for shard := range shards {
		it, err := d.iterator(ctx, shard)
		if err != nil {
			return err
		}
		for {
			n, next, err := d.get(ctx, it)
			if err != nil {
				return err
			}
			if n == 0 {
				break
			}
			it = next
		}
	}
	return nil
}

// prepare makes the stream.
func prepare(ctx context.Context, url string) error {
	c := newCaller(url)
	if _, err := c.call("CreateStream", fmt.Appendf(nil, `{"StreamName":%q,"ShardCount":%d}`, stream, shards)); err != nil {
		return err
	}
	for begun := time.Now(); ; time.Sleep(20 * time.Millisecond) {
		answer, err := c.call("DescribeStreamSummary", fmt.Appendf(nil, `{"StreamName":%q}`, stream))
		switch {
		case err != nil:
			return err
		case bytes.Contains(answer, []byte(`"ACTIVE"`)):
			return nil
		case time.Since(begun) > 20*time.Second, ctx.Err() != nil:
			return fmt.Errorf("the stream does not become ACTIVE: %s", answer)
		}
	}
}
