package console

import (
	"strings"
	"testing"
	"time"
)

func TestComplete(t *testing.T) {
	c, f := newConsole()
	for _, line := range []string{"aws kinesis create-stream --stream-name trips --shard-count 2", "aws kinesis create-stream --stream-name docks --shard-count 1", "wait 11s", "echo x > notes.txt"} {
		if _, exit := c.Run(line); exit != 0 {
			t.Fatalf("%s: %d", line, exit)
		}
	}
	rows := []struct {
		name, line string // the cursor stands at |
		from       int
		want       string // the first options, joined
	}{
		{"a command", "aw|", 0, "awk aws"},
		{"a service", "aws k|", 4, "kinesis"},
		{"an operation", "aws kinesis put|", 12, "put-record put-records"},
		{"operations by a part of their name", "aws kinesis iterator|", 12, "get-shard-iterator"},
		{"required options first", "aws kinesis put-record |", 23, "--stream-name --data --partition-key --explicit-hash-key"},
		{"given options are left out", "aws kinesis put-record --stream-name trips --d|", 43, "--data"},
		{"a stream", "aws kinesis list-shards --stream-name |", 38, "docks trips"},
		{"a stream in quotes", "aws kinesis list-shards --stream-name \"tr|", 39, "trips"},
		{"a shard of the stream", "aws kinesis split-shard --stream-name trips --shard-to-split |", 61, "shardId-000000000000 shardId-000000000001"},
		{"an enum", "aws kinesis get-shard-iterator --shard-iterator-type T|", 53, "TRIM_HORIZON"},
		{"a value of --output", "aws kinesis list-shards --output t|", 33, "text table"},
		{"behind an equals sign of a variable", "IT=$(aws kinesis get-r|", 17, "get-records"},
		{"behind a pipe", "aws kinesis list-streams | j|", 27, "jq"},
		{"behind do", "for i in 1 2; do aws kinesis list-st|", 29, "list-stream-consumers list-streams"},
		{"in the middle of a word", "aws kinesis lis|t-sh --stream-name trips", 12, "list-channels list-shards list-stream-consumers list-streams"},
		{"members of a structure", "aws kinesis list-shards --shard-filter T|", 39, "Type= Timestamp="},
		{"a fixed value in a structure", "aws kinesis list-shards --shard-filter Type=AT_L|", 39, "Type=AT_LATEST"},
		{"records", "aws kinesis put-records --records Data=YQ==,P|", 34, "Data=YQ==,PartitionKey="},
		{"a file", "cat no|", 4, "notes.txt"},
		{"a file behind file://", "aws kinesis put-record --data file://n|", 30, "file://notes.txt"},
		{"a file behind >", "echo a > n|", 9, "notes.txt"},
		{"a command of the lab", "lab put|", 4, "put-producer"},
		{"an option of the lab", "lab put-producer --k|", 17, "--keys"},
		{"a waiter", "aws kinesis wait |", 17, "channel-active stream-exists stream-not-exists"},
		{"a second line", "echo a\naws kin|", 11, "kinesis"},
		{"nothing", "aws kinesis xyzzy-q|", 12, ""},
	}
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			pos := strings.IndexByte(r.line, '|')
			if strings.Count(r.line, "|") > 1 {
				pos = strings.LastIndexByte(r.line, '|')
			}
			line := r.line[:pos] + r.line[pos+1:]
			from, to, options := c.Complete(line, pos)
			var got []string
			for _, o := range options {
				got = append(got, o.Text)
			}
			want := strings.Fields(r.want)
			if from != r.from || len(got) < len(want) || strings.Join(got[:len(want)], " ") != r.want || r.want == "" && len(got) > 0 {
				t.Errorf("%q: from %d to %d, %v; want from %d, %v", line, from, to, got, r.from, want)
			}
		})
	}
	if f.Now() == start {
		t.Error("time did not pass")
	}
	if _, _, options := c.Complete("aws kinesis put-record --stream-name trips --data", 49); len(options) != 1 || !strings.HasPrefix(options[0].Help, "required.") {
		t.Errorf("--data is not said to be required: %v", options)
	}
}

func TestSleepPassesVirtualTime(t *testing.T) {
	c, f := newConsole()
	for _, line := range []string{"wait 90s", "sleep 1.5m", "sleep 30 1m"} {
		before := f.Now()
		if _, exit := c.Run(line); exit != 0 || f.Now().Sub(before) != 90*time.Second {
			t.Errorf("%s: exit %d, %v passed", line, exit, f.Now().Sub(before))
		}
	}
}

func TestInterrupt(t *testing.T) {
	for _, line := range []string{"while true; do :; done", "yes | cat > /dev/null", "jq -n 'def f: f; f'", "while true; do wait 1s; done"} {
		c, _ := newConsole()
		turns := 0
		c.SetSlice(func() {
			if turns++; turns == 3 {
				c.Interrupt()
			}
		})
		out, exit := c.Run(line)
		if exit != exitInterrupt || len(out) == 0 || !strings.Contains(out[len(out)-1].Text, "Interrupted") {
			t.Errorf("%s: exit %d, %v", line, exit, out)
		}
		if _, exit := c.Run("echo on"); exit != 0 {
			t.Errorf("after %s the terminal is gone: %d", line, exit)
		}
	}
}

// TestPanicReachesTheCaller: a command that panics in a pipeline's goroutine panics where Run was called, so that the lab
// can be restored.
func TestPanicReachesTheCaller(t *testing.T) {
	c, f := newConsole()
	f.boom = true
	defer func() {
		if p := recover(); p == nil || !strings.Contains(p.(string), "a drill") {
			t.Errorf("recovered %v", p)
		}
		f.boom = false
		if _, exit := c.Run("aws kinesis list-streams"); exit != 0 {
			t.Errorf("afterwards: exit %d", exit)
		}
	}()
	c.Run("aws kinesis list-streams | cat")
}

func TestOutputIsBounded(t *testing.T) {
	c, _ := newConsole()
	out, exit := c.Run("yes")
	total := 0
	for _, o := range out {
		total += len(o.Text)
	}
	if exit != ExitTooMuch || total > maxOutput+1000 || !strings.Contains(out[1].Text, "longer than 1 MiB") {
		t.Errorf("exit %d, %d bytes, %d pieces", exit, total, len(out))
	}
	if _, exit := c.Run(strings.Repeat("#", maxEntryBytes+1)); exit != ExitTooMuch {
		t.Errorf("a long entry: exit %d", exit)
	}
}

func TestMillionBytesOfData(t *testing.T) {
	c, _ := newConsole()
	rows := []struct {
		name, line, code string
	}{
		{"as much as a record holds", "x=$(yes | head -c 1048570); aws kinesis put-record --stream-name trips --partition-key bike-7 --data \"$x\" --cli-binary-format raw-in-base64-out --query ShardId", ""},
		{"more", "x=$(yes | head -c 1048577); aws kinesis put-record --stream-name trips --partition-key bike-7 --data \"$x\" --cli-binary-format raw-in-base64-out --query ShardId", "Exception"},
	}
	c.Run("aws kinesis create-stream --stream-name trips --shard-count 1; wait 11s")
	for _, r := range rows {
		out, exit := c.Run(r.line)
		text := ""
		for _, o := range out {
			text += o.Text
		}
		if (exit == 0) != (r.code == "") || !strings.Contains(text, r.code) {
			t.Errorf("%s: exit %d, %.300s", r.name, exit, text)
		}
		c.Run("wait 2s")
	}
}

func TestVariablesAndFilesStay(t *testing.T) {
	c, _ := newConsole()
	c.Run("X=7; f() { echo f$X; }; echo kept > a.txt; cd /tmp")
	out, exit := c.Run("f; cat ~/a.txt; pwd")
	if exit != 0 || out[0].Text != "f7\nkept\n/tmp\n" {
		t.Errorf("exit %d, %q", exit, out)
	}
}
