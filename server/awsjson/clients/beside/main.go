// Command beside measures the AWS endpoint beside kinesalite, the emulator that its port comes from: in one run, with the
// same drivers, one program after the other on this machine, over loopback. It prints the figures, their ratios and the
// goals; a goal that is missed is said, and is no failure, because a busy machine is none either.
//
// Two drivers: one sends request bodies that were prepared before, and so measures the server; the other is the AWS SDK for
// Go, which itself takes most of two cores. Kinesalite keeps no limit of a shard. Ours does, in virtual time: it is given as
// many shards as kinesalite and a clock that runs faster, so that what is measured is work, with every limit in force.
//
//	beside -shardlab dist/shardlab -node node -kinesalite server/awsjson/clients/testdata/js/node_modules/kinesalite
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"strings"
	"time"
)

// What both are given.
const (
	shards      = 16
	connections = 4
	batch       = 500  // records of a PutRecords
	recordBytes = 1024 // data of a record
	kept        = 40   // PutRecords after which the peak of memory is read: 20,000 records
	starts      = 5    // of which the median counts
)

func main() {
	server := flag.String("shardlab", "dist/shardlab", "the server's `program`")
	node := flag.String("node", "node", "the `program` that runs kinesalite")
	folder := flag.String("kinesalite", "server/awsjson/clients/testdata/js/node_modules/kinesalite", "the `folder` of kinesalite")
	phase := flag.Duration("phase", 3*time.Second, "how long each measurement of a rate lasts")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Stdout, *server, *node, *folder, *phase); err != nil {
		fmt.Fprintf(os.Stderr, "beside: %v\n", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, out io.Writer, server, node, folder string, phase time.Duration) error {
	both := []contender{
		{name: "kinesalite", command: []string{node, filepath.Join(folder, "cli.js"), "--shardLimit", "1000", "--createStreamMs", "50"}, port: "--port"},
		{name: "Shardlab", command: []string{server, "endpoint", "-aws-speed", "200", "-aws-region-memory", "8192", "-aws-memory", "8192"}, addr: "-aws-addr"},
	}
	version, err := versionOf(filepath.Join(folder, "package.json"))
	if err != nil {
		return fmt.Errorf("read kinesalite's version: %w; make test-clients fetches it", err)
	}
	nodeVersion, err := exec.Command(node, "--version").Output()
	if err != nil {
		return fmt.Errorf("run %s: %w", node, err)
	}
	var all [2]figures
	for i := range both {
		fmt.Fprintf(os.Stderr, "measuring %s ...\n", both[i].name)
		if all[i], err = measure(ctx, &both[i], phase); err != nil {
			return fmt.Errorf("measure %s: %w", both[i].name, err)
		}
	}
	fmt.Fprintf(out, "kinesalite %s on Node %s, Shardlab on %s, %d cores shared by server and driver; %d shards, %d connections,\n"+
		"PutRecords of %d x %d bytes, GetRecords of %d, %v a measurement\n\n",
		version, strings.TrimSpace(string(nodeVersion)), runtime.Version(), runtime.NumCPU(), shards, connections, batch, recordBytes, batch, phase)
	print(out, all[0], all[1])
	return nil
}

func versionOf(file string) (string, error) {
	b, err := os.ReadFile(file)
	if err != nil {
		return "", err
	}
	var p struct{ Version string }
	err = json.Unmarshal(b, &p)
	return p.Version, err
}

// figures are what was measured of one program.
type figures struct {
	start      time.Duration // to the first answer, from the start of the process
	idle, peak int64         // bytes of memory: after the start, and with the records kept
	putBodies  float64       // records a second, by driver
	getBodies  float64
	putSDK     float64
	getSDK     float64
}

// print shows both programs side by side.
func print(out io.Writer, theirs, ours figures) {
	fmt.Fprintf(out, "%-46s %14s %14s %8s\n", "", "kinesalite", "Shardlab", "ratio")
	rate := func(name string, theirs, ours, goal float64) {
		ratio, aim := ours/theirs, ""
		if goal > 0 {
			aim = fmt.Sprintf("   goal %.0f x%s", goal, verdict(ratio >= goal))
		}
		fmt.Fprintf(out, "%-46s %12s/s %12s/s %6.1f x%s\n", name, count(theirs), count(ours), ratio, aim)
	}
	rate("PutRecords, prepared bodies: records", theirs.putBodies, ours.putBodies, 10)
	rate("PutRecords, AWS SDK for Go: records", theirs.putSDK, ours.putSDK, 3)
	rate("GetRecords, prepared bodies: records", theirs.getBodies, ours.getBodies, 0)
	rate("GetRecords, AWS SDK for Go: records", theirs.getSDK, ours.getSDK, 0)
	less := func(name, unit string, theirs, ours, goal float64) {
		aim := ""
		if goal > 0 {
			aim = fmt.Sprintf("   goal under %.0f %s%s", goal, unit, verdict(ours < goal))
		}
		fmt.Fprintf(out, "%-46s %10.1f %s %10.1f %s %6.2f x%s\n", name, theirs, pad(unit), ours, pad(unit), ours/theirs, aim)
	}
	ms := func(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
	less("start to the first answer", "ms", ms(theirs.start), ms(ours.start), 100)
	const mib = 1 << 20
	less("memory, idle", "MiB", float64(theirs.idle)/mib, float64(ours.idle)/mib, 30)
	less(fmt.Sprintf("memory, peak with %s records kept", count(kept*batch)), "MiB", float64(theirs.peak)/mib, float64(ours.peak)/mib, 0)
}

func verdict(met bool) string {
	if met {
		return ", met"
	}
	return ", MISSED"
}

func pad(unit string) string { return fmt.Sprintf("%-3s", unit) }

// count writes a number with its thousands apart.
func count[N int | float64](n N) string {
	s := fmt.Sprintf("%.0f", float64(n))
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
