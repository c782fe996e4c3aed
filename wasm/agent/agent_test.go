package agent_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"shardlab/wasm/agent"
	"shardlab/wasm/aws"
	"shardlab/wasm/cloudwatch"
	"shardlab/wasm/kinesis"
	"shardlab/wasm/region"
	"shardlab/wasm/sim"
)

var start = sim.At(time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC))

// world is a region with ACTIVE streams of so many shards, ten seconds after its start.
func world(t testing.TB, shards int, streams ...string) *region.Region {
	t.Helper()
	r, err := region.New(region.Config{Seed: 5, Start: start})
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range streams {
		do(t, r, "kinesis", "CreateStream", map[string]any{"StreamName": s, "ShardCount": shards})
	}
	run(r, 10*time.Second)
	return r
}

type failer interface{ Fatalf(string, ...any) }

func do(t failer, r *region.Region, service, op string, body any) []byte {
	text, _ := json.Marshal(body)
	reply := r.Do(region.Command{Service: service, Op: op, Body: text})
	if reply.Err != nil {
		t.Fatalf("%s %s: %v", op, text, reply.Err)
	}
	return reply.Body
}

// refuse runs an operation that must be refused and returns the words.
func refuse(t *testing.T, r *region.Region, op string, body any) string {
	t.Helper()
	text, _ := json.Marshal(body)
	reply := r.Do(region.Command{Service: "lab", Op: op, Body: text})
	if reply.Err == nil {
		t.Fatalf("%s %s is not refused", op, text)
	}
	return reply.Err.Error()
}

func run(r *region.Region, d time.Duration) { r.AdvanceTo(r.Now().Add(d), 0, nil) }

type m = map[string]any

// put makes the agent web with one flow of /var/log/app.log* to trips, with more of its settings.
func put(t failer, r *region.Region, flow m) *agent.Agent {
	f := m{"filePattern": "/var/log/app.log*", "kinesisStream": "trips", "initialPosition": "START_OF_FILE", "maxBufferAgeMillis": 1000}
	for k, v := range flow {
		f[k] = v
	}
	config, _ := json.Marshal(m{"flows": []m{f}})
	do(t, r, "lab", "PutAgent", m{"Name": "web", "Config": string(config)})
	a, _ := r.Agent("web")
	return a
}

func logFile(t failer, r *region.Region, more m) {
	l := m{"Agent": "web", "Path": "/var/log/app.log", "LinesPerSecond": 0}
	for k, v := range more {
		l[k] = v
	}
	do(t, r, "lab", "PutLogFile", l)
}

func write(t failer, r *region.Region, path, text string) {
	do(t, r, "lab", "WriteLogFile", m{"Agent": "web", "Path": path, "Text": text})
}

func agentOp(t failer, r *region.Region, op string) { do(t, r, "lab", op, m{"Name": "web"}) }

// stored lists the data of every record that a stream holds, shard by shard.
func stored(r *region.Region, stream string) (all []string) {
	st, _ := r.Kinesis().Stream(stream)
	for _, sh := range st.Shards() {
		for i := sh.First(); i < sh.Next(); i++ {
			all = append(all, string(sh.Record(i).Data))
		}
	}
	return all
}

// said tells whether an event with these words came up.
func said(r *region.Region, words string) bool {
	return slices.ContainsFunc(r.Events(0), func(e region.Event) bool { return strings.Contains(e.Text, words) })
}

// TestRotations holds AG2: over rotations of each kind, with restarts, no line is lost and none comes twice.
//
// shows: AG2
func TestRotations(t *testing.T) {
	for _, mode := range []string{agent.Rename, agent.Create, agent.CopyTruncate} {
		for _, format := range agent.Formats() {
			r := world(t, 2, "trips")
			a := put(t, r, nil)
			logFile(t, r, m{"Format": format, "LinesPerSecond": 50, "Rotation": m{"Mode": mode, "Bytes": 60_000, "Seconds": 17, "Keep": 20}})
			run(r, 45*time.Second)
			agentOp(t, r, "StopAgent")
			run(r, 3*time.Second)
			agentOp(t, r, "StartAgent")
			run(r, 45*time.Second)
			logFile(t, r, m{"LinesPerSecond": 0})
			run(r, 20*time.Second)
			var want []string
			for _, f := range a.Files() {
				want = append(want, f.Tail(100_000)...)
			}
			got := strings.Split(strings.TrimSuffix(strings.Join(stored(r, "trips"), ""), "\n"), "\n")
			slices.Sort(want)
			slices.Sort(got)
			if len(a.Files()) < 4 || len(want) < 4600 || !slices.Equal(want, got) {
				t.Errorf("%s %s: %d files with %d lines, the stream has %d", mode, format, len(a.Files()), len(want), len(got))
			}
			if x := a.Total(); x.ReadAgain != 0 {
				t.Errorf("%s %s: %d records were read again without a kill", mode, format, x.ReadAgain)
			}
		}
	}
}

// TestWalk is a random walk of growth, rotations, stops, kills and refusals: no line is lost, and none comes twice without
// a kill. After a kill only what was read since the checkpoint comes again.
func TestWalk(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r, err := region.New(region.Config{Seed: rapid.Uint64().Draw(t, "seed"), Start: start})
		if err != nil {
			t.Fatalf("%v", err)
		}
		do(t, r, "kinesis", "CreateStream", m{"StreamName": "trips", "ShardCount": rapid.IntRange(1, 2).Draw(t, "shards")})
		run(r, 10*time.Second)
		mode := rapid.SampledFrom([]string{agent.Rename, agent.Create, agent.CopyTruncate}).Draw(t, "mode")
		a := put(t, r, m{"maxBufferSizeRecords": rapid.IntRange(1, 50).Draw(t, "records"), "publishQueueCapacity": rapid.IntRange(1, 5).Draw(t, "queue"),
			"maxBufferAgeMillis": rapid.IntRange(1000, 3000).Draw(t, "age")})
		logFile(t, r, m{"Rotation": m{"Mode": mode, "Keep": 20}})
		write(t, r, "/var/log/app.log", "the first checkpoint")
		run(r, 10*time.Second)
		n, kills, rotations := 0, 0, 0
		for range rapid.IntRange(5, 40).Draw(t, "steps") {
			switch rapid.IntRange(0, 7).Draw(t, "step") {
			case 0, 1, 2:
				for range rapid.IntRange(1, 120).Draw(t, "lines") {
					n++
					write(t, r, "/var/log/app.log", fmt.Sprintf("line %d %s", n, strings.Repeat("x", n%7)))
				}
			case 3:
				if rotations++; rotations >= 20 {
					break
				}
				// A file that was emptied and grew past what the checkpoint knows while the agent was away is not told from one
				// that only grew: SourceFileTracker.java says so. So the agent is there, and its checkpoint passes the rotation.
				if mode == agent.CopyTruncate {
					run(r, 15*time.Second)
					agentOp(t, r, "StartAgent")
					run(r, time.Minute)
				}
				r.Do(region.Command{Service: "lab", Op: "RotateLogFile", Body: []byte(`{"Agent":"web","Path":"/var/log/app.log"}`)})
				if mode == agent.CopyTruncate {
					write(t, r, "/var/log/app.log", "rotated")
					run(r, time.Minute)
				}
			case 4:
				agentOp(t, r, "KillAgent")
				kills++
			case 5:
				agentOp(t, r, "StopAgent")
			default:
				agentOp(t, r, "StartAgent")
			}
			run(r, time.Duration(rapid.IntRange(0, 9000).Draw(t, "wait"))*time.Millisecond)
		}
		agentOp(t, r, "StartAgent")
		run(r, 60*time.Second)
		agentOp(t, r, "StartAgent") // a stop may have been under way
		run(r, 5*time.Minute)
		seen := map[string]int{}
		for _, s := range stored(r, "trips") {
			seen[strings.TrimSuffix(s, "\n")]++
		}
		twice := 0
		for i := 1; i <= n; i++ {
			line := fmt.Sprintf("line %d %s", i, strings.Repeat("x", i%7))
			switch c := seen[line]; {
			case c == 0:
				t.Fatalf("line %d of %d is lost", i, n)
			case c > 1:
				twice += c - 1
			}
		}
		if twice > 0 && kills == 0 {
			t.Fatalf("%d lines came again, without a kill", twice)
		}
		if a.Waiting() != 0 {
			t.Fatalf("%d records still wait", a.Waiting())
		}
	})
}

// TestKill holds AG2's other half: after a kill an agent goes on at its checkpoint, and what it had sent since comes again.
//
// shows: AG2
func TestKill(t *testing.T) {
	r := world(t, 1, "trips")
	a := put(t, r, m{"maxBufferAgeMillis": 5000})
	logFile(t, r, nil)
	write(t, r, "/var/log/app.log", "sent and checkpointed")
	run(r, 10*time.Second)
	if c := a.Checkpoints(); len(c) != 1 || c[0].Offset != 22 || c[0].Flow != "kinesis:trips:/var/log/app.log*" {
		t.Fatalf("checkpoints are %+v", c)
	}
	write(t, r, "/var/log/app.log", "sent, answer under way")
	// The buffer is closed five seconds after the agent reads the line; the stream has it, and the answer takes 21 ms and more.
	run(r, 5*time.Second+10*time.Millisecond)
	if got := stored(r, "trips"); len(got) != 2 {
		t.Fatalf("the stream has %q", got)
	}
	write(t, r, "/var/log/app.log", "only buffered")
	agentOp(t, r, "KillAgent")
	run(r, 10*time.Second)
	if got := stored(r, "trips"); len(got) != 2 {
		t.Fatalf("a killed agent wrote: the stream has %q", got)
	}
	agentOp(t, r, "StartAgent")
	run(r, 10*time.Second)
	want := []string{"sent and checkpointed\n", "sent, answer under way\n", "sent, answer under way\n", "only buffered\n"}
	if got := stored(r, "trips"); !slices.Equal(got, want) || a.Total().ReadAgain != 2 {
		t.Errorf("the stream has %q; %d were read again", got, a.Total().ReadAgain)
	}
	if !said(r, "goes on in /var/log/app.log at byte 22, its checkpoint") {
		t.Error("nothing tells where it goes on")
	}
}

// TestLost holds what an agent cannot know: the ways in which AWS's loses lines, each of which it tells of.
func TestLost(t *testing.T) {
	rows := []struct {
		name string
		flow m
		log  m
		play func(t *testing.T, r *region.Region)
		lost string
		says string
	}{
		{"a pattern without a wildcard does not find the renamed file", m{"filePattern": "/var/log/app.log", "minTimeBetweenFilePollsMillis": 5000}, m{"Rotation": m{"Mode": "RENAME"}},
			func(t *testing.T, r *region.Region) {
				run(r, 5*time.Second)
				write(t, r, "/var/log/app.log", "a")
				run(r, 10*time.Second)
				write(t, r, "/var/log/app.log", "b")
				run(r, time.Second)
				write(t, r, "/var/log/app.log", "late")
				do(t, r, "lab", "RotateLogFile", m{"Agent": "web", "Path": "/var/log/app.log"})
			}, "late", "has lost track of /var/log/app.log"},
		{"END_OF_FILE passes over what is there", m{"initialPosition": "END_OF_FILE"}, nil,
			func(t *testing.T, r *region.Region) {
				agentOp(t, r, "StopAgent")
				write(t, r, "/var/log/app.log", "before")
				run(r, time.Second)
				agentOp(t, r, "StartAgent")
			}, "before", "initialPosition is END_OF_FILE"},
		{"without a checkpoint it begins with the newest file", nil, m{"Rotation": m{"Mode": "RENAME"}},
			func(t *testing.T, r *region.Region) {
				agentOp(t, r, "KillAgent")
				write(t, r, "/var/log/app.log", "before")
				do(t, r, "lab", "RotateLogFile", m{"Agent": "web", "Path": "/var/log/app.log"})
				agentOp(t, r, "StartAgent")
			}, "before", "from byte 0 on: it has no checkpoint of it"},
		{"a file that was emptied and grew again while the agent was away is not told from one that only grew", nil, m{"Rotation": m{"Mode": "COPYTRUNCATE"}},
			func(t *testing.T, r *region.Region) {
				write(t, r, "/var/log/app.log", "first")
				run(r, 10*time.Second)
				agentOp(t, r, "StopAgent")
				run(r, time.Second)
				write(t, r, "/var/log/app.log", "unread")
				do(t, r, "lab", "RotateLogFile", m{"Agent": "web", "Path": "/var/log/app.log"})
				write(t, r, "/var/log/app.log", "this one is longer")
				agentOp(t, r, "StartAgent")
			}, "unread", "at byte 6, its checkpoint"},
		{"rotation deletes what was not read", nil, m{"Rotation": m{"Mode": "RENAME", "Keep": 1}},
			func(t *testing.T, r *region.Region) {
				write(t, r, "/var/log/app.log", "first")
				run(r, 10*time.Second)
				agentOp(t, r, "StopAgent")
				run(r, time.Second)
				for _, line := range []string{"unread", "two", "three"} {
					write(t, r, "/var/log/app.log", line)
					do(t, r, "lab", "RotateLogFile", m{"Agent": "web", "Path": "/var/log/app.log"})
				}
				agentOp(t, r, "StartAgent")
			}, "unread", "does not find the file of its checkpoint"},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			r := world(t, 1, "trips")
			put(t, r, row.flow)
			logFile(t, r, row.log)
			row.play(t, r)
			run(r, 30*time.Second)
			write(t, r, "/var/log/app.log", "after")
			run(r, 30*time.Second)
			got := strings.Join(stored(r, "trips"), "")
			if strings.Contains(got, row.lost) || !strings.Contains(got, "after") {
				t.Errorf("the stream has %q", got)
			}
			if !said(r, row.says) {
				t.Errorf("nobody says %q", row.says)
			}
		})
	}
}

// TestTwoFiles holds that of two files that both grow under one pattern an agent takes each for the other's successor.
func TestTwoFiles(t *testing.T) {
	r := world(t, 1, "trips")
	put(t, r, nil)
	logFile(t, r, nil)
	logFile(t, r, m{"Path": "/var/log/app.log-2"})
	for i := range 6 {
		write(t, r, []string{"/var/log/app.log", "/var/log/app.log-2"}[i%2], fmt.Sprintf("line %d", i))
		run(r, 20*time.Second)
	}
	if got := stored(r, "trips"); len(got) <= 6 || !said(r, "Give each a flow of its own") {
		t.Errorf("the stream has %q", got)
	}
}

// TestFlows holds AG6 and AG7: directories and file names decide which of several streams a line goes to.
//
// shows: AG6 AG7
func TestFlows(t *testing.T) {
	r := world(t, 1, "clicks", "errors", "docks")
	config := `{"cloudwatch.emitMetrics": true, "kinesis.endpoint": "kinesis.us-east-1.amazonaws.com", "flows": [
		{"filePattern": "/var/log/httpd/access.log*", "kinesisStream": "clicks", "initialPosition": "START_OF_FILE", "maxBufferAgeMillis": 1000},
		{"filePattern": "/var/log/httpd/error.log*", "kinesisStream": "errors", "initialPosition": "START_OF_FILE", "maxBufferAgeMillis": 1000},
		{"filePattern": "/opt/docks/*.csv", "kinesisStream": "docks", "initialPosition": "START_OF_FILE", "maxBufferAgeMillis": 1000}]}`
	do(t, r, "lab", "PutAgent", m{"Name": "web", "Config": config})
	files := []struct {
		path, stream string
	}{{"/var/log/httpd/access.log", "clicks"}, {"/var/log/httpd/error.log", "errors"}, {"/opt/docks/north.csv", "docks"}, {"/opt/docks/north.csv.gz", ""}, {"/var/log/messages", ""}}
	for _, f := range files {
		logFile(t, r, m{"Path": f.path})
		write(t, r, f.path, "from "+f.path)
	}
	run(r, 5*time.Second)
	for _, f := range files {
		if f.stream == "" {
			continue
		}
		if got := stored(r, f.stream); !slices.Equal(got, []string{"from " + f.path + "\n"}) {
			t.Errorf("%s has %q", f.stream, got)
		}
	}
}

// TestRetries holds AG3: what is refused goes again for ever with growing delays, only that, and the queue holds reading up.
//
// shows: AG3
func TestRetries(t *testing.T) {
	r := world(t, 1, "trips")
	a := put(t, r, m{"publishQueueCapacity": 2, "maxBufferSizeRecords": 500})
	logFile(t, r, nil)
	write(t, r, "/var/log/app.log", "the first checkpoint")
	run(r, 5*time.Second)
	agentOp(t, r, "StopAgent")
	logFile(t, r, m{"LinesPerSecond": 1000, "Format": agent.CSV})
	run(r, 20*time.Second)
	logFile(t, r, m{"LinesPerSecond": 0})
	agentOp(t, r, "StartAgent")
	run(r, 3*time.Second)
	x := a.Total()
	if x.Refused == 0 || a.Waiting() == 0 || a.Waiting() > 14*500 || !said(r, "reads no more for now: 2 buffers wait") || !said(r, "sends 500 records") {
		t.Errorf("%+v, %d wait", x, a.Waiting())
	}
	run(r, 5*time.Minute)
	x = a.Total()
	if x.Accepted != x.Records || x.Retried != x.Refused || a.Waiting() != 0 {
		t.Errorf("at the end %+v, and %d wait", x, a.Waiting())
	}
	if n := len(stored(r, "trips")); int64(n) != x.Records {
		t.Errorf("the stream has %d records, the agent made %d", n, x.Records)
	}
}

// TestBlocked holds that an agent whose stream is not there tries again without end and loses nothing.
func TestBlocked(t *testing.T) {
	r := world(t, 1)
	a := put(t, r, nil)
	logFile(t, r, nil)
	write(t, r, "/var/log/app.log", "patient")
	run(r, 10*time.Minute)
	// Delays double from 100 ms to 10 s, 30 % more or less: ten minutes hold some 60 of the longest.
	if x := a.Total(); x.Calls < 50 || x.Calls > 95 || x.Accepted != 0 {
		t.Errorf("%+v", x)
	}
	do(t, r, "kinesis", "CreateStream", m{"StreamName": "trips", "ShardCount": 1})
	run(r, time.Minute)
	if got := stored(r, "trips"); !slices.Equal(got, []string{"patient\n"}) || !said(r, "web writes to trips again") {
		t.Errorf("the stream has %q", got)
	}
}

// TestMetrics holds AG4: names, dimension, units and sums of a minute, an hour long.
//
// shows: AG4
func TestMetrics(t *testing.T) {
	r := world(t, 1, "trips")
	a := put(t, r, nil)
	logFile(t, r, m{"LinesPerSecond": 20, "Format": agent.JSON})
	calls := 0
	r.Kinesis().Hook(func(c *kinesis.Config) {
		c.Inject = func(kinesis.Call) kinesis.Fault {
			if calls++; calls%10 == 0 {
				return kinesis.Fault{Err: aws.Errorf(aws.InternalError, "")}
			}
			return kinesis.Fault{}
		}
	})
	run(r, 3*time.Minute)
	logFile(t, r, m{"LinesPerSecond": 0})
	run(r, 2*time.Minute)
	dims := cloudwatch.In("AWSKinesisAgent", "Destination", "KinesisStream:trips")
	x := a.Total()
	for name, want := range map[string]int64{"BytesSent": x.Bytes, "RecordSendAttempts": x.Sent, "RecordSendErrors": 0, "ServiceErrors": x.Calls / 10} {
		s, ok := r.Meter().Lookup(name, dims)
		if !ok || int64(s.Total()) != want {
			t.Errorf("%s is %v, want %d", name, s, want)
		}
	}
	if x.Retried == 0 || cloudwatch.Unit("BytesSent") != "Bytes" {
		t.Errorf("%+v", x)
	}
}

// TestConversions holds AG5.
//
// shows: AG5
func TestConversions(t *testing.T) {
	rows := []struct {
		name    string
		options []m
		flow    m
		lines   string
		want    []string
	}{
		{"CSV to JSON", []m{{"optionName": "CSVTOJSON", "customFieldNames": []string{"id", "bike", "note"}}}, nil,
			"7,bike-1,a \"quote\"\n8,bike-2\n9,,x,more\n", []string{`{"id":"7","bike":"bike-1","note":"a \"quote\""}`, `{"id":"8","bike":"bike-2","note":null}`, `{"id":"9","bike":"","note":"x"}`}},
		{"columns that are empty at the end are null", []m{{"optionName": "CSVTOJSON", "delimiter": `\|`, "customFieldNames": []string{"a", "b"}}}, nil, "1|\n", []string{`{"a":"1","b":null}`}},
		{"COMMONAPACHELOG", []m{{"optionName": "LOGTOJSON", "logFormat": "COMMONAPACHELOG"}}, nil,
			`64.242.88.10 - frank [07/Mar/2004:16:10:02 -0800] "GET /mailman/listinfo/hsdivision HTTP/1.1" 200 6291` + "\nno log line\n",
			[]string{`{"host":"64.242.88.10","ident":null,"authuser":"frank","datetime":"07/Mar/2004:16:10:02 -0800","request":"GET /mailman/listinfo/hsdivision HTTP/1.1","response":"200","bytes":"6291"}`}},
		{"COMBINEDAPACHELOG", []m{{"optionName": "LOGTOJSON", "logFormat": "COMBINEDAPACHELOG"}}, nil,
			`10.0.0.1 - - [07/Mar/2004:16:10:02 -0800] "GET / HTTP/1.1" 304 - "-" "curl/8.5.0"`,
			[]string{`{"host":"10.0.0.1","ident":null,"authuser":null,"datetime":"07/Mar/2004:16:10:02 -0800","request":"GET / HTTP/1.1","response":"304","bytes":null,"referer":null,"agent":"curl/8.5.0"}`}},
		{"APACHEERRORLOG", []m{{"optionName": "LOGTOJSON", "logFormat": "APACHEERRORLOG"}}, nil,
			`[Thu May 12 08:28:57.652118 2011] [core:error] [pid 8777:tid 4326490112] [client 10.0.0.1:8080] File does not exist: /x`,
			[]string{`{"timestamp":"Thu May 12 08:28:57.652118 2011","module":"core","severity":"error","processid":"8777","threadid":"4326490112","client":"10.0.0.1:8080","message":"File does not exist: /x"}`}},
		{"SYSLOG", []m{{"optionName": "LOGTOJSON", "logFormat": "SYSLOG"}}, nil, `Mar 12 12:01:02 server4 snort: Ping sweep`,
			[]string{`{"timestamp":"Mar 12 12:01:02","hostname":"server4","program":"snort","processid":null,"message":"Ping sweep"}`}},
		{"RFC3339SYSLOG", []m{{"optionName": "LOGTOJSON", "logFormat": "RFC3339SYSLOG"}}, nil, `2026-03-02T08:00:10.500Z server4 sshd[77]: ok`,
			[]string{`{"timestamp":"2026-03-02T08:00:10.500Z","hostname":"server4","program":"sshd","processid":"77","message":"ok"}`}},
		{"a pattern of one's own", []m{{"optionName": "LOGTOJSON", "logFormat": "SYSLOG", "matchPattern": `(\w+)=(\w+)`, "customFieldNames": []string{"key", "value"}}}, nil, "dock=7\ndock=\n", []string{`{"key":"dock","value":"7"}`}},
		{"several lines to one record, to one line", []m{{"optionName": "SINGLELINE"}}, m{"multiLineStartPattern": `\d{4}-`},
			"2026-03-02 boom\n    at Dock.lock\n    at Trip.end\n2026-03-02 fine\n", []string{"2026-03-02 boomat Dock.lockat Trip.end", "2026-03-02 fine"}},
		{"without SINGLELINE the record keeps its lines", nil, m{"multiLineStartPattern": `\d{4}-`}, "2026-03-02 boom\n  at\n2026-03-02 fine\n", []string{"2026-03-02 boom\n  at", "2026-03-02 fine"}},
		{"header lines are skipped", nil, m{"skipHeaderLines": 2}, "id,bike\n--,--\n1,2\n", []string{"1,2"}},
		{"options work one after the other", []m{{"optionName": "SINGLELINE", "parseOptions": []string{"NO_TRIM", "ESCAPE_NEW_LINE"}}, {"optionName": "CSVTOJSON", "customFieldNames": []string{"a", "b"}}}, m{"multiLineStartPattern": `\d`},
			"1, x\n y\n", []string{`{"a":"1","b":" x\\n y"}`}},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			r := world(t, 1, "trips")
			flow := m{"partitionKeyOption": "DETERMINISTIC"}
			for k, v := range row.flow {
				flow[k] = v
			}
			if row.options != nil {
				flow["dataProcessingOptions"] = row.options
			}
			put(t, r, flow)
			logFile(t, r, nil)
			write(t, r, "/var/log/app.log", row.lines)
			run(r, 10*time.Second)
			got := stored(r, "trips")
			for i := range got {
				got[i] = strings.TrimSuffix(got[i], "\n")
			}
			if !slices.Equal(got, row.want) {
				t.Errorf("got %q, want %q", got, row.want)
			}
		})
	}
}

// TestFormats holds that what the generator writes is what LOGTOJSON reads, whole.
func TestFormats(t *testing.T) {
	for _, format := range []string{agent.CommonApacheLog, agent.CombinedApacheLog, agent.ApacheErrorLog, agent.Syslog, agent.RFC3339Syslog} {
		r := world(t, 1, "trips")
		a := put(t, r, m{"dataProcessingOptions": []m{{"optionName": "LOGTOJSON", "logFormat": format}}})
		logFile(t, r, m{"Format": format, "LinesPerSecond": 100})
		run(r, 20*time.Second)
		if x := a.Total(); x.Skipped != 0 || x.Accepted < 1500 {
			t.Errorf("%s: %+v", format, x)
		}
		for _, s := range stored(r, "trips") {
			if !json.Valid([]byte(s)) {
				t.Fatalf("%s: %s", format, s)
			}
		}
	}
}

// TestBuffers holds the three ends of a buffer, and the cut of a record that is too large.
func TestBuffers(t *testing.T) {
	rows := []struct {
		name  string
		flow  m
		lines int
		bytes int
		calls int64
		after time.Duration
		why   string
	}{
		{"records", m{"maxBufferAgeMillis": 900_000}, 1000, 20, 2, 2 * time.Second, agent.ByRecords},
		{"fewer records", m{"maxBufferAgeMillis": 900_000, "maxBufferSizeRecords": 100}, 1000, 20, 10, 2 * time.Second, agent.ByRecords},
		{"bytes", m{"maxBufferAgeMillis": 900_000, "maxBufferSizeBytes": 10_000}, 100, 1000, 11, 2 * time.Second, agent.ByBytes},
		{"age", m{"maxBufferAgeMillis": 20_000}, 3, 20, 1, 21 * time.Second, agent.ByAge},
		{"age that is not over", m{"maxBufferAgeMillis": 20_000}, 3, 20, 0, 19 * time.Second, ""},
		{"age when left out is a minute", m{"maxBufferAgeMillis": nil}, 3, 20, 0, 59 * time.Second, ""},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			r := world(t, 4, "trips")
			if row.flow["maxBufferAgeMillis"] == nil {
				row.flow["maxBufferAgeMillis"] = 60_000
			}
			a := put(t, r, row.flow)
			logFile(t, r, nil)
			for range row.lines / 50 {
				write(t, r, "/var/log/app.log", strings.Repeat(strings.Repeat("x", row.bytes-1)+"\n", 50))
			}
			for range row.lines % 50 {
				write(t, r, "/var/log/app.log", strings.Repeat("x", row.bytes-1))
			}
			run(r, row.after)
			if x := a.Total(); x.Calls != row.calls || row.why != "" && !said(r, row.why) {
				t.Errorf("%d calls, want %d; %+v", x.Calls, row.calls, x)
			}
		})
	}
	t.Run("a large record is cut", func(t *testing.T) {
		r := world(t, 1, "trips")
		a := put(t, r, m{"multiLineStartPattern": "START", "truncatedRecordTerminator": "(cut)\n", "partitionKeyOption": "DETERMINISTIC"})
		logFile(t, r, nil)
		agentOp(t, r, "StopAgent")
		run(r, time.Second)
		write(t, r, "/var/log/app.log", "START")
		for range 20 {
			write(t, r, "/var/log/app.log", strings.Repeat("y", 60_000))
		}
		agentOp(t, r, "StartAgent")
		run(r, 10*time.Second)
		got := stored(r, "trips")
		if len(got) != 1 || len(got[0]) != 1<<20-32 || !strings.HasSuffix(got[0], "y(cut)\n") || a.Total().Truncated != 1 {
			t.Errorf("%d records, the first of %d bytes", len(got), len(strings.Join(got, "")))
		}
	})
}

// TestRefused holds what bad settings are answered.
func TestRefused(t *testing.T) {
	r := world(t, 1, "trips")
	put(t, r, nil)
	flow := func(text string) m {
		return m{"Name": "x", "Config": `{"flows": [{"filePattern": "/var/log/app.log*", ` + text + `}]}`}
	}
	rows := []struct {
		op   string
		body m
		want string
	}{
		{"PutAgent", m{"Name": "x"}, "Config: left out: a new agent needs its agent.json"},
		{"PutAgent", m{"Name": "x", "Config": "{"}, "Config: not JSON"},
		{"PutAgent", m{"Name": "x", "Config": "{}"}, "Config.flows: left out"},
		{"PutAgent", m{"Name": "x", "Config": `{"flow": []}`}, "Did you mean flows?"},
		{"PutAgent", m{"Name": "x", "Config": `{"kinesis.endpoint": "https://kinesis.eu-west-1.amazonaws.com", "flows": []}`}, "write kinesis.us-east-1.amazonaws.com"},
		{"PutAgent", flow(`"deliveryStream": "lake", "partitionKeyOption": "RANDOM"`), "Config.flows[0].partitionKeyOption: has no meaning for a deliveryStream"},
		{"PutAgent", flow(`"kinesisStream": "a", "deliveryStream": "lake"`), "a flow has one destination"},
		{"PutAgent", flow(`"kinesisStream": "a", "aggregatedRecordSizeBytes": 1000`), "has no meaning for a data stream"},
		{"PutAgent", flow(`"kinesisStream": "a", "maxBufferAgeMillis": 999`), "Config.flows[0].maxBufferAgeMillis: 999 is outside 1000 to 900000"},
		{"PutAgent", flow(`"kinesisStream": "a", "maxBufferSizeRecords": 501`), "501 is outside 1 to 500"},
		{"PutAgent", flow(`"kinesisStream": "a", "maxBufferSizeBytes": 4194305`), "outside 1 to 4194304"},
		{"PutAgent", flow(`"kinesisStream": "a", "initialPosition": "BEGIN"`), "is none of END_OF_FILE, START_OF_FILE"},
		{"PutAgent", flow(`"kinesisStream": "a", "partitionKeyOption": "NONE"`), "is none of RANDOM, DETERMINISTIC"},
		{"PutAgent", flow(`"kinesisStream": "a", "multiLineStartPattern": "(?<x"`), "is no regular expression here"},
		{"PutAgent", flow(`"kinesisStream": "a", "dataProcessingOptions": [{"optionName": "CSVTOJSON"}]`), "customFieldNames: left out"},
		{"PutAgent", flow(`"kinesisStream": "a", "dataProcessingOptions": [{"optionName": "CSVTOJSON", "customFieldNames": ["a"], "delimiter": "|"}]`), `"|" splits nowhere or everywhere`},
		{"PutAgent", flow(`"kinesisStream": "a", "dataProcessingOptions": [{"optionName": "LOGTOJSON", "logFormat": "NGINX"}]`), "is none of COMMONAPACHELOG"},
		{"PutAgent", flow(`"kinesisStream": "a", "dataProcessingOptions": [{"optionName": "LOGTOJSON", "logFormat": "SYSLOG", "matchPattern": "(.)(.)", "customFieldNames": ["a"]}]`), "has 2 groups, and there are 1 field names"},
		{"PutAgent", m{"Name": "x", "Config": `{"flows": [{"filePattern": "/var/*/app.log", "kinesisStream": "a"}]}`}, "make a flow for each directory"},
		{"PutAgent", m{"Name": "x", "Config": `{"flows": [{"filePattern": "app.log", "kinesisStream": "a"}]}`}, "does not begin with /"},
		{"PutLogFile", m{"Agent": "web"}, "Path: left out"},
		{"PutLogFile", m{"Agent": "nobody", "Path": "/a/b"}, `There is no Kinesis Agent "nobody"`},
		{"PutLogFile", m{"Agent": "web", "Path": "/a/b*"}, "a log file has one name"},
		{"PutLogFile", m{"Agent": "web", "Path": "/a/b", "Format": "XML"}, "is none of COMMONAPACHELOG"},
		{"PutLogFile", m{"Agent": "web", "Path": "/a/b", "Rotation": m{"Mode": "RENAME", "Bytes": 10}}, "Rotation.Bytes: 10 is outside 1,024 to 8,388,608"},
		{"PutLogFile", m{"Agent": "web", "Path": "/a/b", "LinesPerSecond": 5000}, "is outside 0.001 to 1,000"},
		{"RotateLogFile", m{"Agent": "web", "Path": "/a/b"}, `No application on web writes "/a/b"`},
		{"ReadLogFile", m{"Agent": "web", "Path": "/a/b"}, `There is no file "/a/b" on web`},
		{"StartAgent", m{"Name": "y"}, `There is no Kinesis Agent "y"`},
		{"PutProducer", m{"Name": "web", "StreamName": "trips"}, "of another kind already"},
	}
	for _, row := range rows {
		if got := refuse(t, r, row.op, row.body); !strings.Contains(got, row.want) {
			t.Errorf("%s %v: %s; want %s", row.op, row.body, got, row.want)
		}
	}
}

// TestClone holds that a copy in the middle of things goes on exactly as the original, and leaves it alone.
func TestClone(t *testing.T) {
	r := world(t, 1, "trips")
	put(t, r, m{"maxBufferSizeRecords": 100, "publishQueueCapacity": 3})
	logFile(t, r, m{"LinesPerSecond": 900, "Format": agent.App, "Rotation": m{"Mode": "RENAME", "Bytes": 100_000}})
	logFile(t, r, m{"Path": "/var/log/app.log.burst", "LinesPerSecond": 700, "Rotation": m{"Mode": "COPYTRUNCATE", "Seconds": 3}})
	run(r, 7*time.Second+33*time.Millisecond)
	state := func(r *region.Region) string {
		var b bytes.Buffer
		r.State(&b)
		return b.String()
	}
	was, c := state(r), r.Clone()
	if state(c) != was {
		t.Fatal("a copy differs")
	}
	on := func(r *region.Region) {
		run(r, 3*time.Second)
		agentOp(t, r, "KillAgent")
		run(r, time.Second)
		agentOp(t, r, "StartAgent")
		run(r, 4*time.Second)
		agentOp(t, r, "StopAgent")
		run(r, 4*time.Second)
	}
	on(c)
	if state(r) != was {
		t.Fatal("what a copy does changes the original")
	}
	on(r)
	if state(r) != state(c) {
		t.Fatal("the original goes on otherwise than its copy")
	}
}

// TestRestart holds that another agent.json is taken with a restart that sends what was read, and nothing twice.
func TestRestart(t *testing.T) {
	r := world(t, 1, "trips")
	a := put(t, r, m{"maxBufferAgeMillis": 900_000})
	logFile(t, r, m{"LinesPerSecond": 10})
	run(r, 10*time.Second)
	put(t, r, m{"maxBufferAgeMillis": 2000})
	run(r, 10*time.Second)
	logFile(t, r, m{"LinesPerSecond": 0})
	run(r, 10*time.Second)
	x := a.Total()
	if !a.Settings().Running || x.Records != x.Accepted || x.ReadAgain != 0 || x.Lines != 201 || !said(r, "goes on in /var/log/app.log at byte") {
		t.Errorf("%+v", x)
	}
}

func BenchmarkAgent(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		r := world(b, 4, "trips")
		put(b, r, nil)
		logFile(b, r, m{"LinesPerSecond": 1000, "Rotation": m{"Mode": "RENAME", "Bytes": 1 << 20}})
		run(r, time.Minute)
	}
}
