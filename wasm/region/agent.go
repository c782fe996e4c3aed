package region

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"shardlab/wasm/agent"
	"shardlab/wasm/aws"
	"shardlab/wasm/protocol"
	"shardlab/wasm/sim"
)

// MaxAgents is how many Kinesis Agents a world has at most: each has a host with a disk.
const MaxAgents = 10

// tailing is a Kinesis Agent as an actor.
type tailing struct{ *agent.Agent }

func (a tailing) name() string { return a.Settings().Name }
func (a tailing) clone() actor { return tailing{a.Agent.Clone()} }
func (a tailing) fire(r *Region, e sim.Event) int {
	set := a.Settings()
	r.kinesis.ActAs(r.actAs(set.Role, set.Name))
	defer r.kinesis.ActAs("")
	before := AgentTotals(a.Agent)
	work := a.Fire(r.tails(e.Owner, a.Agent))
	after := AgentTotals(a.Agent)
	r.counted(ProducerRef(set.Name), AgentCounts, before[:], after[:])
	return work
}

// Agents lists the Kinesis Agents in the order in which they were made, to look at.
func (r *Region) Agents() []*agent.Agent {
	var all []*agent.Agent
	for _, a := range actorsOf[tailing](r) {
		all = append(all, a.Agent)
	}
	return all
}

// Agent finds a Kinesis Agent by its name.
func (r *Region) Agent(name string) (*agent.Agent, bool) {
	a, _, ok := findActor[tailing](r, name)
	return a.Agent, ok
}

// tails is the world as a Kinesis Agent meets it.
func (r *Region) tails(owner sim.Owner, a *agent.Agent) agent.World {
	set := a.Settings()
	w := agent.World{Sched: r.sched, Owner: owner, Kinesis: r.kinesis, Deliver: r.deliver(r.actAs(set.Role, set.Name)), Meter: r.meter, Notify: func(n agent.Notice) { r.agentNotice(a, n) }}
	if t := r.trace; t != nil {
		w.Every = t.Every
		w.Flight = func(f agent.Flight) {
			kind := protocol.FlightTaken
			if f.Refused {
				kind = protocol.FlightRefused
			}
			t.Add(Flight{kind, f.SentAt, f.DueAt, a.Settings().Name, f.Stream, f.Shard, f.Key, 1})
		}
	}
	return w
}

// PutAgentInput makes a Kinesis Agent on a host of its own, or changes the members given of the one with that name.
type PutAgentInput struct {
	Name          *string `lab:"required" help:"the agent's name, and its host's"`
	Config        *string `json:",omitempty" help:"the text of its agent.json, such as file://agent.json; needed for a new one"`
	LatencyMillis *int64  `json:",omitempty" help:"until it has the answer to a call"`
	Running       *bool   `json:",omitempty" help:"whether it runs; a new one does"`
	Role          *string `json:",omitempty" help:"user or role it writes as; without one it may do all"`
}

// PutLogFileInput lets an application on an agent's host write a log file, or changes the members given of that log.
type PutLogFileInput struct {
	Agent          *string         `lab:"required" help:"the agent on whose host the file is"`
	Path           *string         `lab:"required" help:"the file, like /var/log/httpd/access.log"`
	Format         *string         `json:",omitempty" help:"what its lines look like; COMBINEDAPACHELOG for a new one" enum:"COMMONAPACHELOG|COMBINEDAPACHELOG|APACHEERRORLOG|SYSLOG|RFC3339SYSLOG|CSV|JSON|APP"`
	LinesPerSecond *float64        `json:",omitempty" help:"lines a second, 0 to 1,000; 10 for a new one"`
	Rotation       *agent.Rotation `json:",omitempty" help:"how and when it is rotated; never for a new one"`
	Running        *bool           `json:",omitempty" help:"whether the application runs; a new one does"`
}

// LogFileInput names a log file on an agent's host.
type LogFileInput struct {
	Agent *string `lab:"required" help:"the agent on whose host the file is"`
	Path  *string `lab:"required" help:"the file, like /var/log/httpd/access.log"`
}

// WriteLogFileInput is what the application adds to a log.
type WriteLogFileInput struct {
	Agent *string `lab:"required" help:"the agent on whose host the file is"`
	Path  *string `lab:"required" help:"the log as lab put-log-file named it"`
	Text  *string `lab:"required" help:"a line, or several"`
}

// ReadLogFileInput asks for the end of a file.
type ReadLogFileInput struct {
	Agent *string `lab:"required" help:"the agent on whose host the file is"`
	Path  *string `lab:"required" help:"the file"`
	Lines *int64  `json:",omitempty" help:"its last so many lines, 1 to 1,000; 10 when left out"`
}

// ReadLogFileOutput is the end of a file.
type ReadLogFileOutput struct{ Lines []string }

// AgentSummary is a Kinesis Agent in a few members.
type AgentSummary struct {
	Name      string
	Running   bool
	Flows     int64
	Lines     int64 // read in all
	Sent      int64 // records taken in all
	Refused   int64
	Waiting   int64
	ReadAgain int64
	Skipped   int64
}

// ListAgentsOutput lists the agents in the order in which they were made.
type ListAgentsOutput struct{ Agents []AgentSummary }

// LogFileSummary is a file on an agent's host. Offset is up to where a flow has read it, Checkpoint up to where it has
// sent it as far as the agent will know after a restart.
type LogFileSummary struct {
	Agent      string
	Path       string
	FileID     int64
	Size       int64
	Lines      int64
	Modified   aws.Timestamp
	Offset     *int64 `json:",omitempty"`
	Checkpoint *int64 `json:",omitempty"`
}

// ListLogFilesOutput lists the files of all hosts.
type ListLogFilesOutput struct{ LogFiles []LogFileSummary }

func agentOperations() []aws.Operation {
	return []aws.Operation{
		labRow("PutAgent", "Make a Kinesis Agent on a host of its own, or change what is given of the one with this name.", PutAgentInput{}, AgentSummary{}),
		labRow("StartAgent", "Start an agent: it goes on at its checkpoints.", NameInput{}, nil),
		labRow("StopAgent", "Stop an agent; it sends what it has read first.", NameInput{}, nil),
		labRow("KillAgent", "End an agent at once, as kill -9 does.", NameInput{}, nil),
		labRow("DeleteAgent", "Take an agent and its host out of the world.", NameInput{}, nil),
		labRow("ListAgents", "List the agents and what they did.", ListInput{}, ListAgentsOutput{}),
		labRow("PutLogFile", "Let an application write a log file, or change how.", PutLogFileInput{}, agent.Log{}),
		labRow("RotateLogFile", "Rotate a log file now.", LogFileInput{}, nil),
		labRow("WriteLogFile", "Add lines to a log file.", WriteLogFileInput{}, nil),
		labRow("DeleteLogFile", "End a log and delete its files.", LogFileInput{}, nil),
		labRow("ReadLogFile", "Show the end of a file.", ReadLogFileInput{}, ReadLogFileOutput{}),
		labRow("ListLogFiles", "List the log files and how far the agents are.", ListInput{}, ListLogFilesOutput{}),
	}
}

// doAgent runs an operation of service "lab" on Kinesis Agents and their hosts; known says that it is one.
func (r *Region) doAgent(op string, body []byte) (out any, faults Faults, err error, known bool) {
	switch op {
	case "PutAgent":
		var in PutAgentInput
		if faults = Decode(body, "", &in); len(faults) == 0 {
			out, err = r.putAgent(in)
		}
	case "StartAgent", "StopAgent", "KillAgent", "DeleteAgent":
		var in NameInput
		if faults = decodeNamed(body, &in); len(faults) == 0 {
			err = r.agentOp(op, *in.Name)
		}
	case "ListAgents":
		if faults = Decode(body, "", &ListInput{}); len(faults) == 0 {
			list := ListAgentsOutput{[]AgentSummary{}}
			for _, a := range r.Agents() {
				list.Agents = append(list.Agents, agentSummary(a))
			}
			out = list
		}
	case "PutLogFile":
		var in PutLogFileInput
		if faults = Decode(body, "", &in); len(faults) == 0 {
			out, err = r.putLogFile(in)
		}
	case "RotateLogFile", "DeleteLogFile":
		var in LogFileInput
		if faults = Decode(body, "", &in); len(faults) == 0 {
			err = r.logFileOp(op, in.Agent, in.Path, "")
		}
	case "WriteLogFile":
		var in WriteLogFileInput
		if faults = Decode(body, "", &in); len(faults) > 0 {
			break
		}
		if faults = checkText("Text", in.Text, 64<<10); len(faults) == 0 {
			err = r.logFileOp(op, in.Agent, in.Path, *in.Text)
		}
	case "ReadLogFile":
		var in ReadLogFileInput
		if faults = Decode(body, "", &in); len(faults) == 0 {
			n := 10
			between("Lines", in.Lines, 1, 1000, &n, &faults)
			if len(faults) == 0 {
				out, err = r.readLogFile(in, n)
			}
		}
	case "ListLogFiles":
		if faults = Decode(body, "", &ListInput{}); len(faults) == 0 {
			out = r.listLogFiles()
		}
	default:
		return nil, nil, nil, false
	}
	return out, faults, err, true
}

func agentSummary(a *agent.Agent) AgentSummary {
	s, t := a.Settings(), a.Total()
	return AgentSummary{s.Name, s.Running, int64(len(s.Flows)), t.Lines, t.Accepted, t.Refused, int64(a.Waiting()), t.ReadAgain, t.Skipped}
}

// putAgent makes or changes a Kinesis Agent.
func (r *Region) putAgent(in PutAgentInput) (any, error) {
	var faults Faults
	set := agent.Settings{LatencyMillis: int(agent.DefaultLatency.Milliseconds()), Running: true}
	old, owner, exists := named[tailing](r, in.Name, &set.Name, ProducerRef, &faults)
	if exists {
		set = old.Settings()
	} else {
		if in.Config == nil {
			faults.Add("Config", `left out: a new agent needs its agent.json, like '{"flows": [{"filePattern": "/var/log/app.log*", "kinesisStream": "trips"}]}'`)
		}
	}
	if in.Config != nil {
		r.agentConfig(*in.Config, &set, &faults)
	}
	between("LatencyMillis", in.LatencyMillis, 0, 10_000, &set.LatencyMillis, &faults)
	r.checkRole(in.Role, &set.Role, &faults)
	if in.Running != nil {
		set.Running = *in.Running
	}
	if len(faults) > 0 {
		return nil, invalid(faults)
	}
	if exists {
		r.sayActor(ProducerRef(set.Name), Info, "Kinesis Agent %s is changed: %s.", set.Name, agentWords(set))
		old.Apply(set, r.tails(owner, old.Agent))
		return agentSummary(old.Agent), nil
	}
	if len(r.Agents()) >= MaxAgents {
		return nil, aws.Errorf(aws.LimitExceeded, "There are %d Kinesis Agents already.", MaxAgents).WithHint("Delete one first, or give one more flows.")
	}
	a := agent.New(set, r.cfg.Seed)
	owner = r.addActor(tailing{a})
	word := "is there, stopped"
	if set.Running {
		word = "starts"
	}
	r.sayActor(ProducerRef(set.Name), Info, "Kinesis Agent %s %s: %s.", set.Name, word, agentWords(set))
	if set.Running {
		a.Start(r.tails(owner, a))
	}
	return agentSummary(a), nil
}

// agentConfig reads an agent.json into settings.
func (r *Region) agentConfig(text string, set *agent.Settings, faults *Faults) {
	var file agent.File
	if len(text) > 64<<10 {
		faults.Add("Config", "%d bytes long; at most 65,536 are taken", len(text))
		return
	}
	if wrong := Decode([]byte(text), "Config", &file); len(wrong) > 0 {
		*faults = append(*faults, wrong...)
		return
	}
	add := func(path, format string, args ...any) { faults.Add("Config."+path, format, args...) }
	set.Config, set.EmitMetrics = text, file.EmitMetrics == nil || *file.EmitMetrics
	set.Flows = file.Check(add)
	for _, e := range []struct{ name, host, given string }{
		{"cloudwatch.endpoint", "monitoring", file.CloudWatchEndpoint}, {"kinesis.endpoint", "kinesis", file.KinesisEndpoint}, {"firehose.endpoint", "firehose", file.FirehoseEndpoint},
	} {
		want := e.host + "." + r.cfg.Name + ".amazonaws.com"
		if e.given != "" && strings.TrimPrefix(e.given, "https://") != want {
			add(e.name, "%q is no endpoint of this lab: leave it out, or write %s", e.given, want)
		}
	}
	if arn := file.AssumeRoleARN; arn != "" {
		_, role, ok := strings.Cut(arn, ":role/")
		if !ok {
			add("assumeRoleARN", "%q is no ARN of a role: write it like arn:aws:iam::%s:role/logs", arn, r.cfg.Account)
			return
		}
		r.checkRole(&role, &set.Role, faults)
	}
}

// agentWords says what an agent does: "/var/log/app.log* to trips; /var/log/httpd/access.log* to clicks".
func agentWords(s agent.Settings) string {
	var all []string
	for _, f := range s.Flows {
		all = append(all, f.Pattern+" to "+f.Stream)
	}
	return strings.Join(all, "; ") + roleWords(s.Role)
}

// agentOp starts, stops, kills or deletes an agent.
func (r *Region) agentOp(op, name string) error {
	a, owner, err := r.findAgent(name)
	if err != nil {
		return err
	}
	running := a.Settings().Running
	w := r.tails(owner, a.Agent)
	switch op {
	case "StartAgent":
		if !running {
			r.sayActor(ProducerRef(name), Info, "Kinesis Agent %s starts: %s.", name, agentWords(a.Settings()))
			a.Start(w)
		}
	case "StopAgent":
		if running {
			r.sayActor(ProducerRef(name), Info, "Kinesis Agent %s stops: it reads no more and sends the %s that it has read.", name, Count(int64(a.Waiting()), "record"))
			a.Stop(w)
		}
	case "KillAgent":
		if running || a.Stopping() {
			a.Kill(w)
		}
	case "DeleteAgent":
		r.deleteActor(owner)
		r.sayActor("", Info, "Kinesis Agent %s is gone, with its host.", name)
	}
	return nil
}

// findAgent finds an agent that an operation names.
func (r *Region) findAgent(name string) (tailing, sim.Owner, error) {
	a, owner, ok := findActor[tailing](r, name)
	if ok {
		return a, owner, nil
	}
	var names []string
	for _, x := range r.Agents() {
		names = append(names, x.Settings().Name)
	}
	hint := "There is none yet: lab put-agent makes one."
	if len(names) > 0 {
		hint = "There are: " + strings.Join(names, ", ") + "."
	}
	return a, 0, aws.Errorf(aws.ResourceNotFound, "There is no Kinesis Agent %q.", name).WithHint("%s", hint)
}

// putLogFile makes or changes a log on an agent's host.
func (r *Region) putLogFile(in PutLogFileInput) (any, error) {
	var faults Faults
	if in.Agent == nil {
		faults.Add("Agent", "left out: say on whose host the file is")
	}
	if in.Path == nil {
		faults.Add("Path", "left out: name the file, like /var/log/httpd/access.log")
	}
	if len(faults) > 0 {
		return nil, invalid(faults)
	}
	a, owner, err := r.findAgent(*in.Agent)
	if err != nil {
		return nil, err
	}
	set, exists := a.Log(*in.Path)
	if !exists {
		set = agent.Log{Agent: *in.Agent, Path: *in.Path, Format: agent.CombinedApacheLog, LinesPerSecond: 10, Rotation: agent.Rotation{Mode: agent.NoRotation}, Running: true}
		if why := agent.CheckPath(set.Path); why != "" {
			faults.Add("Path", "%s", why)
		}
	}
	if v := in.Format; v != nil {
		if set.Format = *v; !slices.Contains(agent.Formats(), *v) {
			faults.Add("Format", "%q is none of %s", *v, strings.Join(agent.Formats(), ", "))
		}
	}
	if v := in.LinesPerSecond; v != nil {
		if set.LinesPerSecond = *v; *v < 0 || *v > agent.MaxLinesPerSecond || *v > 0 && *v < 0.001 {
			faults.Add("LinesPerSecond", "%v is outside 0.001 to %s, and not 0", *v, Number(agent.MaxLinesPerSecond))
		}
	}
	if in.Rotation != nil {
		set.Rotation = checkRotation(*in.Rotation, &faults)
	}
	if in.Running != nil {
		set.Running = *in.Running
	}
	if len(faults) > 0 {
		return nil, invalid(faults)
	}
	if !exists && len(a.Logs()) >= agent.MaxLogs {
		return nil, aws.Errorf(aws.LimitExceeded, "There are %d logs on %s already.", agent.MaxLogs, *in.Agent).WithHint("Delete one first, or make another agent.")
	}
	a.PutLog(set, r.tails(owner, a.Agent))
	word := "An application begins to write"
	switch {
	case exists:
		word = "Changed is"
	case !set.Running:
		word = "There is"
	}
	r.sayActor(ProducerRef(set.Agent), Info, "%s %s on %s: %s.", word, set.Path, set.Agent, set.Words())
	return set, nil
}

// checkRotation says what is wrong with a rotation and fills in what was left out.
func checkRotation(x agent.Rotation, faults *Faults) agent.Rotation {
	if !slices.Contains(agent.Rotations(), x.Mode) {
		faults.Add("Rotation.Mode", "%q is none of %s", x.Mode, strings.Join(agent.Rotations(), ", "))
		return x
	}
	if x.Mode == agent.NoRotation {
		if x.Bytes != 0 || x.Seconds != 0 || x.Keep != 0 {
			faults.Add("Rotation", "Bytes, Seconds and Keep have no meaning with NONE: leave them out, or use another Mode")
		}
		return x
	}
	x.Keep = cmp.Or(x.Keep, agent.DefaultKeep)
	for _, c := range []struct {
		path         string
		v, low, high int64
	}{{"Rotation.Bytes", x.Bytes, 1 << 10, 8 << 20}, {"Rotation.Seconds", x.Seconds, 1, 86400}, {"Rotation.Keep", int64(x.Keep), 1, agent.MaxKeep}} {
		if c.v != 0 && (c.v < c.low || c.v > c.high) {
			faults.Add(c.path, "%s is outside %s to %s", Number(c.v), Number(c.low), Number(c.high))
		}
	}
	return x
}

// logFileOp rotates or deletes a log, or adds lines to it.
func (r *Region) logFileOp(op string, host, path *string, text string) error {
	a, owner, err := r.findLog(host, path)
	if err != nil {
		return err
	}
	if _, ok := a.Log(*path); !ok {
		return aws.Errorf(aws.ResourceNotFound, "No application on %s writes %q.", *host, *path).WithHint("lab put-log-file lets one write a file.")
	}
	w := r.tails(owner, a.Agent)
	switch op {
	case "RotateLogFile":
		if l, _ := a.Log(*path); l.Rotation.Mode == agent.NoRotation {
			return aws.Errorf(aws.InvalidArgument, "%s is never rotated.", *path).WithHint("lab put-log-file --agent %s --path %s --rotation Mode=RENAME says how.", *host, *path)
		}
		if !a.RotateLog(*path, w) {
			return aws.Errorf(aws.InvalidArgument, "%s is empty: there is nothing to rotate.", *path)
		}
	case "DeleteLogFile":
		a.DeleteLog(*path, w)
		r.sayActor(ProducerRef(*host), Info, "%s and its rotated files are gone from %s.", *path, *host)
	case "WriteLogFile":
		if !a.Write(*path, text, w) {
			return aws.Errorf(aws.LimitExceeded, "The disk of %s is full: its files hold at most %s.", *host, Bytes(agent.MaxDiskBytes)).WithHint("lab rotate-log-file with a small Keep makes room.")
		}
	}
	return nil
}

// findLog finds the agent on whose host a file is meant to be.
func (r *Region) findLog(host, path *string) (tailing, sim.Owner, error) {
	var faults Faults
	if host == nil {
		faults.Add("Agent", "left out: say on whose host the file is")
	}
	if path == nil {
		faults.Add("Path", "left out: say which file")
	}
	if len(faults) > 0 {
		return tailing{}, 0, invalid(faults)
	}
	return r.findAgent(*host)
}

func (r *Region) readLogFile(in ReadLogFileInput, n int) (any, error) {
	a, _, err := r.findLog(in.Agent, in.Path)
	if err != nil {
		return nil, err
	}
	f, ok := a.Find(*in.Path)
	if !ok {
		return nil, aws.Errorf(aws.ResourceNotFound, "There is no file %q on %s.", *in.Path, *in.Agent).WithHint("lab list-log-files shows those there are.")
	}
	return ReadLogFileOutput{append([]string{}, f.Tail(n)...)}, nil
}

func (r *Region) listLogFiles() ListLogFilesOutput {
	out := ListLogFilesOutput{LogFiles: []LogFileSummary{}}
	for _, a := range r.Agents() {
		for _, f := range a.Files() {
			s := LogFileSummary{Agent: a.Settings().Name, Path: f.Path, FileID: f.ID, Size: f.Size, Lines: int64(f.Lines()), Modified: aws.Timestamp(f.Modified / 1000)}
			for _, t := range a.Tailers() {
				if _, id, offset, ok := t.At(); ok && id == f.ID {
					s.Offset = &offset
				}
			}
			for _, c := range a.Checkpoints() {
				if c.FileID == f.ID {
					s.Checkpoint = &c.Offset
				}
			}
			out.LogFiles = append(out.LogFiles, s)
		}
	}
	return out
}

// agentNotice turns what an agent tells into events.
func (r *Region) agentNotice(a *agent.Agent, n agent.Notice) {
	name := a.Settings().Name
	e := Event{Kind: protocol.EventActor, Level: Info, Ref: ProducerRef(name), Mark: true}
	switch n.Kind {
	case agent.Began:
		e.Text = fmt.Sprintf("%s reads %s from byte %s on: it has no checkpoint of it, and initialPosition is %s.", name, n.Path, Number(n.N), n.Flow.Initial)
	case agent.Resumed:
		e.Text = fmt.Sprintf("%s goes on in %s at byte %s, its checkpoint.", name, n.Path, Number(n.N))
	case agent.Untracked:
		e.Level = Bad
		e.Text = fmt.Sprintf("%s does not find the file of its checkpoint, %s, as it was: what it had still to read there is lost.", name, n.Path)
	case agent.NoFile:
		e.Level = Warn
		e.Text = fmt.Sprintf("%s finds no file that matches %s: it waits for one.", name, n.Flow.Pattern)
	case agent.Followed:
		e.Level = Good
		e.Text = fmt.Sprintf("%s was rotated, and %s has noticed: it reads the %s that are left in %s, then goes on with the newer file.", n.Path, name, Bytes(n.N), n.Next)
	case agent.LostTrack:
		e.Level = Bad
		next := "waits for a file"
		if n.Next != "" {
			next = "reads " + n.Next + " from its beginning"
		}
		e.Text = fmt.Sprintf("%s has lost track of %s: no file that matches %s is the one it read. %s in it were not read yet. It %s.", name, n.Path, n.Flow.Pattern, Bytes(n.N), next)
	case agent.ReadsAgain:
		e.Level = Warn
		e.Text = fmt.Sprintf("%s takes %s for a newer file and reads it from its beginning, although it has read %s of it: two files that grow match %s. Give each a flow of its own.", name, n.Path, Bytes(n.N), n.Flow.Pattern)
	case agent.Closed:
		e.Mark = false
		e.Text = fmt.Sprintf("%s sends %s (%s) of %s to %s: %s.", name, Count(n.N, "record"), Bytes(n.Bytes), n.Path, n.Flow.Stream, n.Why)
	case agent.QueueFull:
		e.Level = Warn
		e.Text = fmt.Sprintf("%s reads no more for now: %s wait to be sent to %s.", name, Count(n.N, "buffer"), n.Flow.Stream)
	case agent.Skipped:
		e.Level = Warn
		e.Text = fmt.Sprintf("%s drops %s of %s: LOGTOJSON does not match.", name, Count(n.N, "line"), n.Path)
	case agent.Truncated:
		e.Level = Warn
		e.Text = fmt.Sprintf("%s cuts a record of %s to %s.", name, Bytes(n.N), Bytes(agent.MaxRecordBytes))
	case agent.Retried:
		r.gather(topic{kind: protocol.EventRetry, actor: name}, n.N, 0)
		return
	case agent.Blocked:
		e.Level = Bad
		e.Text = fmt.Sprintf("%s cannot write: %s. Its lines wait in their files, and it tries again.", name, Barred(n.Code, n.Flow.Stream, a.Settings().Role, "write to"))
	case agent.Unblocked:
		e.Level = Good
		e.Text = fmt.Sprintf("%s writes to %s again.", name, n.Flow.Stream)
	case agent.Stopped:
		e.Text = fmt.Sprintf("Kinesis Agent %s has stopped, with all it had read sent.", name)
		if n.N > 0 {
			e.Level = Warn
			e.Text = fmt.Sprintf("Kinesis Agent %s has stopped without an answer for %s: after a start it reads them again.", name, Count(n.N, "record"))
		}
	case agent.Killed:
		e.Level = Warn
		e.Text = fmt.Sprintf("Kinesis Agent %s is killed with %s in its buffers or on their way. After a start it reads on from its checkpoints, if it finds their files: what was sent since then comes again.", name, Count(n.N, "record"))
	case agent.Rotated:
		switch n.Mode {
		case agent.Create:
			e.Text = fmt.Sprintf("%s was rotated on %s: its application goes on in %s.", n.Path, name, n.Next)
		case agent.CopyTruncate:
			e.Text = fmt.Sprintf("%s was rotated on %s: it was copied to %s and emptied.", n.Path, name, n.Next)
		default:
			e.Text = fmt.Sprintf("%s was rotated on %s: it is %s now, and there is a new, empty one.", n.Path, name, n.Next)
		}
	case agent.Gone:
		e.Level = Bad
		e.Text = fmt.Sprintf("Rotation has deleted %s on %s before the agent had read it: %s are lost.", n.Path, name, Bytes(n.N))
	case agent.DiskFull:
		e.Level = Bad
		e.Text = fmt.Sprintf("The disk of %s is full: its application cannot write to %s, and its lines are lost.", name, n.Path)
	default:
		return
	}
	r.Say(e)
}

// asProducer is how the agent looks on the stage.
func (a tailing) asProducer(r *Region) protocol.Producer {
	set, t, now := a.Settings(), a.Total(), r.Now()
	p := protocol.Producer{Kind: "Kinesis Agent", Noun: "Agent", Name: set.Name, Running: set.Running, Keys: "random keys", Retry: "retries for ever", Sent: t.Accepted, Waiting: a.Waiting()}
	p.Accepted, p.Refused = a.Lately(now)
	for _, l := range a.Logs() {
		if l.Running {
			p.Rate += l.LinesPerSecond
		}
	}
	if t.Accepted > 0 {
		p.Bytes = int(t.Bytes / t.Accepted)
	}
	switch {
	case a.Stopping():
		p.Note = "sends what it has read, then stops"
	case !set.Running:
		p.Note = "stopped: its logs go on growing"
	}
	for i, f := range set.Flows {
		switch {
		case i == 0:
			p.Stream = f.Stream
			if f.Key == agent.Deterministic {
				p.Keys = "keys from the data"
			}
		case f.Stream != p.Stream && !slices.Contains(p.Also, f.Stream):
			p.Also = append(p.Also, f.Stream)
		}
	}
	for _, t := range a.Tailers() {
		records, _, _ := t.Buffered()
		f := t.Flow()
		part := protocol.Part{Name: f.Glob, Text: fmt.Sprintf("%s to %s", Number(int64(records)), f.Stream), Fill: float64(records) / float64(f.Records)}
		if queued, again, _ := t.Queued(); queued+again > 0 {
			part.Text += fmt.Sprintf(", %s wait", Count(int64(queued+again), "buffer"))
		}
		p.Parts = append(p.Parts, part)
		if t.Blocked() != "" {
			p.Note = "cannot write: " + Barred(t.Blocked(), f.Stream, set.Role, "write to")
		}
	}
	return p
}

// sheet is what there is to know of an agent.
func (a tailing) sheet(r *Region) protocol.Sheet {
	set, t, now := a.Settings(), a.Total(), r.Now()
	name := func(text string) protocol.Cell { return protocol.Cell{Text: text} }
	mono := func(text string) protocol.Cell { return protocol.Cell{Text: text, Mono: true} }
	number := func(n int64) protocol.Cell { return protocol.Cell{Text: Number(n)} }
	s := protocol.Sheet{Ref: ProducerRef(set.Name), Kind: "Kinesis Agent", Title: set.Name, Settings: JSON(struct {
		Config, Role  string
		LatencyMillis int
		Logs          []agent.Log
	}{set.Config, set.Role, set.LatencyMillis, a.Logs()}), Commands: []string{
		"lab list-log-files", "lab stop-agent --name " + set.Name, "lab kill-agent --name " + set.Name, "lab start-agent --name " + set.Name,
	}}
	state := "running"
	switch {
	case a.Stopping():
		state = "stopping"
	case !set.Running:
		state = "stopped"
	}
	s.Sections = append(s.Sections, protocol.Section{Title: "What it did", Rows: [][]protocol.Cell{
		{name("State"), name(state)},
		{name("Lines read"), number(t.Lines)},
		{name("Records made of them"), number(t.Records)},
		{name("Lines dropped because LOGTOJSON did not match"), number(t.Skipped)},
		{name("Records sent, every attempt counted"), number(t.Sent)},
		{name("Records taken"), number(t.Accepted)},
		{name("Records refused"), number(t.Refused)},
		{name("Records read a second time"), {Text: Number(t.ReadAgain), Note: "after a kill, or because a rotation misled it"}},
		{name("Calls of PutRecords"), number(t.Calls)},
	}})
	for _, t := range a.Tailers() {
		f := t.Flow()
		records, bytes, since := t.Buffered()
		buffer := fmt.Sprintf("%s, %s", Count(int64(records), "record"), Bytes(int64(bytes)))
		if records > 0 {
			buffer += fmt.Sprintf("; the first waits for %s of %s", Millis(now.Sub(since).Milliseconds()), Millis(f.Age.Milliseconds()))
		}
		reads := "no file"
		if path, _, offset, ok := t.At(); ok {
			reads = fmt.Sprintf("%s at byte %s", path, Number(offset))
		}
		queued, again, underWay := t.Queued()
		s.Sections = append(s.Sections, protocol.Section{Title: "Flow " + f.Pattern, Rows: [][]protocol.Cell{
			{name("Stream"), {Text: f.Stream, Ref: r.streamIfThere(f.Stream)}},
			{name("Reads"), mono(reads)},
			{name("Not read yet"), name(Bytes(a.Behind(t)))},
			{name("Buffer"), name(buffer)},
			{name("Buffers that wait"), number(int64(queued))},
			{name("Buffers that go again"), number(int64(again))},
			{name("Calls under way"), number(int64(underWay))},
			{name("Partition keys"), mono(f.Key)},
		}})
	}
	files := protocol.Section{Title: "Log files of its host", Head: []string{"Path", "Bytes", "Lines", "Read up to", "Checkpoint"}}
	for _, f := range r.listLogFiles().LogFiles {
		if f.Agent != set.Name {
			continue
		}
		at := func(n *int64) protocol.Cell {
			if n == nil {
				return protocol.Cell{Text: "–"}
			}
			return number(*n)
		}
		files.Rows = append(files.Rows, []protocol.Cell{mono(f.Path), number(f.Size), number(f.Lines), at(f.Offset), at(f.Checkpoint)})
	}
	s.Sections = append(s.Sections, files)
	table := protocol.Section{Title: "Its table FILE_CHECKPOINTS", Head: []string{"Flow", "Path", "File", "Offset", "Updated"}}
	for _, c := range a.Checkpoints() {
		table.Rows = append(table.Rows, []protocol.Cell{mono(c.Flow), mono(c.Path), mono(strconv.FormatInt(c.FileID, 10)), number(c.Offset), name(c.Updated.Time().Format("15:04:05.000"))})
	}
	if len(table.Rows) > 0 {
		s.Sections = append(s.Sections, table)
	}
	return s
}
