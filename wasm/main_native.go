//go:build !js

package main

import (
	"crypto/sha256"
	"flag"
	"fmt"
	"io"
	"os"

	"shardlab/wasm/console"
	"shardlab/wasm/jq/filter"
	"shardlab/wasm/lab"
)

// host runs the loop over standard input and output, or replays a log.
func host() {
	replay := flag.String("replay", "", "replay the log in this file and print the hash of the state at its end")
	file := flag.String("lab", "", "the lab file in JSON that -replay needs")
	tick := flag.Duration("clock", 0, "how much wall time passes with every look at the clock; \"wall 250ms\" on a line of its own lets more pass")
	flag.Usage = func() {
		fmt.Fprint(os.Stderr, "engine: the stream engine over standard input and output, one message of the protocol a line\n\n")
		flag.PrintDefaults()
	}
	flag.Parse()
	var err error
	if *replay != "" {
		err = replayed(os.Stdout, *file, *replay)
	} else {
		err = drive(os.Stdin, os.Stdout, *tick, lab.Host{Console: console.Open(filter.Run), JQ: filter.Run})
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "engine:", err)
		os.Exit(1)
	}
}

// replayed prints where a log ends and the hash of the state there.
func replayed(w io.Writer, file, log string) error {
	b, err := os.ReadFile(file)
	if err != nil {
		return fmt.Errorf("read lab: %w", err)
	}
	text, err := os.ReadFile(log)
	if err != nil {
		return fmt.Errorf("read log: %w", err)
	}
	l, err := lab.Restore(b, string(text))
	if err != nil {
		return fmt.Errorf("replay %s: %w", log, err)
	}
	_, err = fmt.Fprintf(w, "%x at %d\n", sha256.Sum256(l.State()), l.Now())
	return err
}
