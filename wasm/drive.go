package main

import (
	"bufio"
	"fmt"
	"io"
	"strings"
	"time"

	"shardlab/wasm/lab"
	"shardlab/wasm/protocol"
)

// A clock is a wall clock that moves when it is told to, and a little with every look, so that slices end.
type clock struct{ now, tick time.Duration }

func (c *clock) wall() time.Duration {
	c.now += c.tick
	return c.now
}

// maxTurns bounds what one line of input may set going.
const maxTurns = 10_000_000

// drive runs the loop over lines: a message of the protocol each, or "wall 250ms", which lets wall time pass. Everything
// that a line sets going is done before the next line is read. The same lines give the same output, byte for byte,
// wherever they run.
func drive(in io.Reader, out io.Writer, tick time.Duration, host lab.Host) error {
	c := &clock{tick: tick}
	w := bufio.NewWriter(out)
	l := newLoop(hostFuncs{wall: c.wall, lab: host, send: func(text []byte) {
		w.Write(text)
		w.WriteByte('\n')
	}})
	lines := bufio.NewScanner(in)
	lines.Buffer(nil, protocol.MaxMessageBytes+1)
	for n := 1; lines.Scan() && !l.over; n++ {
		line := strings.TrimSpace(lines.Text())
		if text, ok := strings.CutPrefix(line, "wall "); ok {
			d, err := time.ParseDuration(text)
			if err != nil || d < 0 {
				return fmt.Errorf("line %d: %q is no duration: write \"wall 250ms\"", n, text)
			}
			for end := c.now + d; c.now < end && !l.over; {
				switch wait := l.turn(); {
				case wait == idle:
					c.now = end
				default:
					c.now = min(end, c.now+max(wait, time.Millisecond))
				}
			}
			continue
		}
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		l.receive([]byte(line))
		for range maxTurns {
			if l.turn(); l.over || l.task == nil && len(l.queue) == 0 {
				break
			}
		}
	}
	if err := lines.Err(); err != nil {
		return fmt.Errorf("read input: %w", err)
	}
	return w.Flush()
}
