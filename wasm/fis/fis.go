// Package fis is AWS Fault Injection Service as far as it reaches Kinesis Data Streams, and the lab's own faults that it
// lacks.
//
// An experiment is a template under way: its actions begin and end at instants that are known when it starts, and while one
// runs, its dice decide for each call whether it fails. Whoever wires the world asks [Service.Strike] before a call, and
// need not ask while nothing is [Service.Active]. The package knows no stream but by name, and no client.
package fis

import (
	"cmp"
	"encoding/base64"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"shardlab/wasm/aws"
	"shardlab/wasm/sim"
)

// Bounds.
const (
	// MinDuration and MaxDuration bound an action.
	// Source: AWS FIS user guide, Actions reference.
	MinDuration = time.Minute
	MaxDuration = 12 * time.Hour
	// Initiating is how long an experiment prepares before its first actions begin. Ours: AWS says nothing, seconds are usual.
	Initiating = 2 * time.Second
	// maxActions, maxTargets and maxStops bound one template. Ours.
	maxActions, maxTargets, maxStops = 20, 20, 5

	maxThings = 100 // templates, experiments and faults of the lab's own. Ours: AWS's quotas are higher
	pageSize  = 100 // Source: API Reference, ListExperiments
)

// Codes of FIS's own. Source: API Reference.
const (
	conflict aws.Code = "ConflictException"
	quota    aws.Code = "ServiceQuotaExceededException"
)

// Kinds of resources.
const (
	streams = "aws:kinesis:stream"
	roles   = "aws:iam:role"
)

// What a fault does to a call.
const (
	Fail    = iota // it is answered with an error
	Lost           // it is done, and its answer is lost
	Entries        // single entries of PutRecords fail
	Slow           // its answer takes longer
	Told           // it fails as the destination itself words it, by the fault's kind
)

// Kinds of the lab's own faults that befall destinations alone.
const (
	Throttled   = "throttled"   // it takes no more for now
	Refused     = "refused"     // it does not let the caller in
	Unavailable = "unavailable" // it is down
)

// An action is a fault that can be injected.
type action struct {
	id, help string
	target   string // the key of its target
	resource string
	effect   int
	code     aws.Code
	message  string
	ops      []string // that it can befall; nil is those that its parameter names
	kind     string   // of the lab's own: how lab put-fault calls it
}

// actions lists them, FIS's own first. The messages of exceptions are those of the common errors; those of the first two are
// ours.
// Source: AWS FIS user guide, Actions reference; Kinesis API Reference, Common Errors.
var actions = []action{
	{id: "aws:kinesis:stream-provisioned-throughput-exception", help: "Requests on the streams get ProvisionedThroughputExceededException.", target: "KinesisStreams", resource: streams,
		code: aws.ProvisionedThroughputExceeded, message: "Rate exceeded for stream %s under account %s.", ops: []string{"GetRecords", "GetShardIterator", "PutRecord", "PutRecords"}},
	{id: "aws:kinesis:stream-expired-iterator-exception", help: "GetRecords on the streams gets ExpiredIteratorException.", target: "KinesisStreams", resource: streams,
		code: aws.ExpiredIterator, message: "Iterator expired.", ops: []string{"GetRecords"}},
	{id: "aws:fis:inject-api-internal-error", help: "Requests of the roles get InternalFailure.", target: "Roles", resource: roles,
		code: aws.InternalError, message: "The request processing has failed because of an unknown error, exception or failure."},
	{id: "aws:fis:inject-api-throttle-error", help: "Requests of the roles get ThrottlingException.", target: "Roles", resource: roles,
		code: aws.Throttling, message: "The request was denied due to request throttling."},
	{id: "aws:fis:inject-api-unavailable-error", help: "Requests of the roles get ServiceUnavailable.", target: "Roles", resource: roles,
		code: aws.ServiceUnavailable, message: "The request has failed due to a temporary failure of the server."},
	{id: "aws:fis:wait", help: "Nothing happens for a while."},
	{kind: "lost-answers", effect: Lost}, {kind: "failed-entries", effect: Entries}, {kind: "network-latency", effect: Slow},
	{kind: Throttled, effect: Told}, {kind: Refused, effect: Told}, {kind: Unavailable, effect: Told},
}

// Kinds names the lab's own faults.
func Kinds() []string {
	var all []string
	for _, a := range actions {
		if a.kind != "" {
			all = append(all, a.kind)
		}
	}
	return all
}

// A Stream is a stream as targets find it.
type Stream struct {
	Name, ARN string
	Tags      map[string]string
}

// Config says where and for whom the service runs.
type Config struct {
	Region, Account string
	Seed            uint64

	Streams func() []Stream // those there are, by name
	Notify  func(Notice)    // told of what happens; nil tells nobody
}

// A NoticeKind says what a notice is about.
type NoticeKind uint8

// The notices of the service.
const (
	Began    NoticeKind = iota // an action of an experiment begins: Action, Streams, Percentage, Until
	Ended                      // an action is over
	Finished                   // an experiment is over: Status and Reason
)

// A Notice is something that happened.
type Notice struct {
	Kind           NoticeKind
	Experiment     string
	Action         string // its id, "aws:fis:wait"
	Percentage     int64
	Streams        []string
	Roles          []string
	Until          sim.Instant
	Status, Reason string
}

// A template is a template as it was made; it is never changed.
type template struct {
	ExperimentTemplate
	token string
}

// An experiment is a template under way or done.
type experiment struct {
	id, token string
	template  ExperimentTemplate
	tags      map[string]string
	created   sim.Instant
	begin     sim.Instant // when its first actions begin
	end       sim.Instant // when the last is over, or when it was stopped
	status    string
	reason    string
	faults    []fault // by the actions' names
}

// A fault is an action that runs, or one of the lab's own.
type fault struct {
	name       string // of the action in its template, or of the lab's own
	action     int    // place in actions
	streams    []string
	roles      []string
	ops        []string
	percentage int64
	millis     int64
	from, to   sim.Instant // to is 0 for a fault that lasts until it is taken away
	dice       sim.Rand
	calls      int64 // that could have failed
	hits       int64 // that did
}

// A Service is FIS in one account and Region, with the lab's own faults.
type Service struct {
	cfg         Config
	sched       *sim.Schedule
	owner       sim.Owner
	templates   []*template
	experiments []experiment
	own         []*fault // by name
	made        int64    // templates and experiments ever made
}

// New returns a service without experiments. Its events come back to Fire under owner.
func New(cfg Config, sched *sim.Schedule, owner sim.Owner) *Service {
	return &Service{cfg: cfg, sched: sched, owner: owner}
}

// Clone returns a service that goes on from here on its own. hooks sets the functions of its Config; the copy has none of
// the original's.
func (s *Service) Clone(sched *sim.Schedule, hooks func(*Config)) *Service {
	c := *s
	c.sched = sched
	c.cfg.Streams, c.cfg.Notify = nil, nil
	hooks(&c.cfg)
	c.templates = slices.Clone(s.templates)
	c.experiments = slices.Clone(s.experiments)
	for i := range c.experiments {
		c.experiments[i].faults = slices.Clone(s.experiments[i].faults)
	}
	c.own = slices.Clone(s.own)
	for i, f := range s.own {
		copied := *f
		c.own[i] = &copied
	}
	return &c
}

// State writes all that the service holds, in a fixed order.
func (s *Service) State(w io.Writer) {
	fmt.Fprintf(w, "fis made %d\n", s.made)
	for _, t := range s.templates {
		b, err := aws.Encode(t.ExperimentTemplate)
		if err != nil {
			panic("fis: a template does not encode: " + err.Error())
		}
		fmt.Fprintf(w, " template %s %q\n", b, t.token)
	}
	for i := range s.experiments {
		e := &s.experiments[i]
		fmt.Fprintf(w, " experiment %s of %s %q %v created %d from %d to %d %s %q\n", e.id, e.template.ID, e.token, e.tags, e.created, e.begin, e.end, e.status, e.reason)
		for _, f := range e.faults {
			fmt.Fprintf(w, "  %+v\n", f)
		}
	}
	for _, f := range s.own {
		fmt.Fprintf(w, " own %+v\n", *f)
	}
}

// id makes the id of the next template or experiment.
func (s *Service) id(prefix string) string {
	s.made++
	return idOf(prefix, s.cfg.Seed, s.made)
}

// FirstTemplate is the id of the first template that is created in a world with a seed, for whoever writes down beforehand what
// happens in it.
func FirstTemplate(seed uint64) string { return idOf("EXT", seed, 1) }

func idOf(prefix string, seed uint64, n int64) string {
	dice := sim.NewRand(seed, fmt.Sprintf("fis/%d", n))
	const letters = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	b := []byte(prefix)
	for range 13 {
		b = append(b, letters[dice.IntN(len(letters))])
	}
	return string(b)
}

func (s *Service) arn(kind, id string) string {
	return "arn:aws:fis:" + s.cfg.Region + ":" + s.cfg.Account + ":" + kind + "/" + id
}

func milli(at sim.Instant) aws.Timestamp { return aws.Timestamp(at / 1000) }

// invalid refuses a template. The words are ours.
func invalid(format string, args ...any) *aws.Error {
	return aws.Errorf(aws.Validation, format, args...)
}

// CreateExperimentTemplate checks a template and keeps it.
func (s *Service) CreateExperimentTemplate(in *CreateExperimentTemplateInput) (*ExperimentTemplateOutput, error) {
	token := ""
	if in.ClientToken != nil {
		token = *in.ClientToken
	}
	for _, t := range s.templates {
		if t.token == token && token != "" {
			return &ExperimentTemplateOutput{t.ExperimentTemplate}, nil
		}
	}
	if err := s.check(in); err != nil {
		return nil, err
	}
	if len(s.templates) >= maxThings {
		return nil, aws.Errorf(quota, "The account has %d experiment templates already.", maxThings).WithHint("Delete one first.")
	}
	id, now := s.id("EXT"), milli(s.sched.Now())
	t := ExperimentTemplate{ID: id, Arn: s.arn("experiment-template", id), Description: *in.Description, Targets: in.Targets, Actions: in.Actions, StopConditions: in.StopConditions,
		CreationTime: now, LastUpdateTime: now, RoleArn: *in.RoleArn, Tags: in.Tags, ExperimentOptions: in.ExperimentOptions}
	if t.Targets == nil {
		t.Targets = map[string]Target{}
	}
	if t.Tags == nil {
		t.Tags = map[string]string{}
	}
	s.templates = append(s.templates, &template{t, token})
	return &ExperimentTemplateOutput{t}, nil
}

// check says what is wrong with a template.
func (s *Service) check(in *CreateExperimentTemplateInput) error {
	if len(in.StopConditions) == 0 {
		return invalid("Experiment template must have at least one stop condition.").WithHint(`Without one write --stop-conditions source=none.`)
	}
	for _, c := range in.StopConditions {
		switch {
		case *c.Source == "none" && c.Value == nil:
		case *c.Source == "aws:cloudwatch:alarm" && c.Value != nil && strings.HasPrefix(*c.Value, "arn:aws:cloudwatch:"):
		default:
			return invalid("Invalid stop condition source or value: %s.", *c.Source).WithHint("A stop condition is source=none, or source=aws:cloudwatch:alarm with the ARN of an alarm as value.")
		}
	}
	for _, x := range []struct {
		what    string
		n, most int
	}{{"actions", len(in.Actions), maxActions}, {"targets", len(in.Targets), maxTargets}, {"stop conditions", len(in.StopConditions), maxStops}} {
		if x.n > x.most {
			return aws.Errorf(quota, "The experiment template has %d %s, and may have %d.", x.n, x.what, x.most).WithHint("Make several templates.")
		}
	}
	for _, name := range slices.Sorted(maps.Keys(in.Targets)) {
		t := in.Targets[name]
		if t.ResourceType == nil || *t.ResourceType != streams && *t.ResourceType != roles {
			return invalid("Target %s has a resourceType that is not supported.", name).WithHint("The lab has %s and %s.", streams, roles)
		}
		if (len(t.ResourceArns) == 0) == (len(t.ResourceTags) == 0) {
			return invalid("Target %s must have either resourceArns or resourceTags.", name).WithHint("Name the resources by ARN, or find them by tag.")
		}
		if *t.ResourceType == roles && len(t.ResourceTags) > 0 {
			return invalid("Target %s: roles are named by resourceArns.", name).WithHint("A role's ARN is arn:aws:iam::%s:role/NAME.", s.cfg.Account)
		}
		if _, _, ok := selection(t.SelectionMode); !ok {
			return invalid("Target %s has a selectionMode that is not ALL, COUNT(n) or PERCENT(n).", name).WithHint("ALL is every resource, COUNT(1) one of them at random.")
		}
	}
	if len(in.Actions) == 0 {
		return invalid("Experiment template must have at least one action.").WithHint("aws fis list-actions shows what can be done.")
	}
	for _, name := range slices.Sorted(maps.Keys(in.Actions)) {
		if err := s.checkAction(name, in); err != nil {
			return err
		}
	}
	_, err := timeline(in.Actions, 0)
	return err
}

func (s *Service) checkAction(name string, in *CreateExperimentTemplateInput) error {
	a := in.Actions[name]
	i := slices.IndexFunc(actions, func(x action) bool { return a.ActionID != nil && x.id == *a.ActionID && x.id != "" })
	if i < 0 {
		return invalid("Action %s has an actionId that is not supported.", name).WithHint("aws fis list-actions shows what this lab can inject.")
	}
	known := []string{"duration"}
	if actions[i].code != "" {
		known = append(known, "percentage", "service")
		if actions[i].ops == nil {
			known = append(known, "operations")
		}
		if p := a.Parameters["percentage"]; percent(p) == 0 {
			return invalid("Action %s: parameter percentage must be a whole number from 1 to 100, not %q.", name, p).WithHint("It is the part of the calls that fail.")
		}
		if v, ok := a.Parameters["service"]; ok && v != "kinesis" || !ok && actions[i].ops == nil {
			return invalid("Action %s: parameter service must be kinesis.", name).WithHint("Other services of AWS are not in this lab.")
		}
		if actions[i].ops == nil && strings.TrimSpace(a.Parameters["operations"]) == "" {
			return invalid("Action %s: parameter operations is missing.", name).WithHint("Name the operations of Kinesis, with commas between: PutRecord,PutRecords.")
		}
	}
	for _, p := range slices.Sorted(maps.Keys(a.Parameters)) {
		if !slices.Contains(known, p) {
			return invalid("Action %s has no parameter %s.", name, p).WithHint("It has: %s.", strings.Join(known, ", "))
		}
	}
	if d, ok := ParseDuration(a.Parameters["duration"]); !ok || d < MinDuration || d > MaxDuration {
		return invalid("Action %s: parameter duration must be from one minute to 12 hours in ISO 8601, not %q.", name, a.Parameters["duration"]).WithHint("PT5M is five minutes, PT1H30M an hour and a half.")
	}
	if actions[i].target == "" {
		if len(a.Targets) > 0 {
			return invalid("Action %s takes no targets.", name).WithHint("Leave targets out.")
		}
		return nil
	}
	if len(a.Targets) != 1 {
		return invalid("Action %s must have one target.", name).WithHint(`Write "targets": {"%s": NAME}, with the name of a target of the template.`, actions[i].target)
	}
	for key, target := range a.Targets {
		t, ok := in.Targets[target]
		// AWS's inject-api actions take roles alone. That they take streams here is ours: a lab need not have roles.
		if key != actions[i].target && key != "KinesisStreams" {
			return invalid("Action %s has no target %s.", name, key).WithHint("Its target is %s.", actions[i].target)
		}
		if !ok || (key == "Roles") != (*t.ResourceType == roles) {
			return invalid("Action %s: there is no fitting target %s in the template.", name, target).WithHint("%s are targets of resourceType %s.", actions[i].target, actions[i].resource)
		}
	}
	return nil
}

// percent reads a whole number from 1 to 100; 0 is none.
func percent(text string) int64 {
	if n, err := strconv.ParseInt(text, 10, 64); err == nil && n >= 1 && n <= 100 {
		return n
	}
	return 0
}

// selection reads a selectionMode: how many at the most, or which part in per cent.
func selection(mode *string) (count, part int, ok bool) {
	if mode == nil {
		return 0, 0, false
	}
	if *mode == "ALL" {
		return 0, 100, true
	}
	kind, rest, _ := strings.Cut(*mode, "(")
	n, err := strconv.Atoi(strings.TrimSuffix(rest, ")"))
	if err != nil || n < 1 || !strings.HasSuffix(rest, ")") {
		return 0, 0, false
	}
	switch {
	case kind == "COUNT":
		return n, 0, true
	case kind == "PERCENT" && n <= 100:
		return 0, n, true
	}
	return 0, 0, false
}

// ParseDuration reads a duration in ISO 8601 of hours, minutes and seconds: PT1H30M.
func ParseDuration(text string) (time.Duration, bool) {
	rest, ok := strings.CutPrefix(text, "PT")
	if !ok || rest == "" {
		return 0, false
	}
	total := time.Duration(0)
	for _, u := range []struct {
		letter string
		unit   time.Duration
	}{{"H", time.Hour}, {"M", time.Minute}, {"S", time.Second}} {
		number, after, found := strings.Cut(rest, u.letter)
		if !found {
			continue
		}
		n, err := strconv.ParseUint(number, 10, 20)
		if err != nil {
			return 0, false
		}
		total, rest = total+time.Duration(n)*u.unit, after
	}
	return total, rest == ""
}

// timeline says when each action begins and ends when the first begin at an instant.
func timeline(all map[string]Action, begin sim.Instant) (map[string][2]sim.Instant, error) {
	at := map[string][2]sim.Instant{}
	names := slices.Sorted(maps.Keys(all))
	for range names {
		for _, name := range names {
			from, ready := begin, true
			for _, before := range all[name].StartAfter {
				if _, there := all[before]; !there {
					return nil, invalid("Action %s: startAfter names %s, which is no action of the template.", name, before).WithHint("It names actions of the same template.")
				}
				x, known := at[before]
				from, ready = max(from, x[1]), ready && known
			}
			if ready {
				d, _ := ParseDuration(all[name].Parameters["duration"])
				at[name] = [2]sim.Instant{from, from.Add(d)}
			}
		}
	}
	for _, name := range names {
		if _, ok := at[name]; !ok {
			return nil, invalid("Action %s: startAfter leads back to itself.", name).WithHint("One of the actions must begin without waiting for another.")
		}
	}
	return at, nil
}

func (s *Service) template(id string) (int, error) {
	i := slices.IndexFunc(s.templates, func(t *template) bool { return t.ID == id })
	if i < 0 {
		return 0, aws.Errorf(aws.ResourceNotFound, "Experiment template %s not found.", id).WithHint("aws fis list-experiment-templates shows the templates there are.")
	}
	return i, nil
}

// GetExperimentTemplate tells what a template describes.
func (s *Service) GetExperimentTemplate(in *IDInput) (*ExperimentTemplateOutput, error) {
	i, err := s.template(*in.ID)
	if err != nil {
		return nil, err
	}
	return &ExperimentTemplateOutput{s.templates[i].ExperimentTemplate}, nil
}

// DeleteExperimentTemplate deletes a template; experiments that were started from it go on.
func (s *Service) DeleteExperimentTemplate(in *IDInput) (*ExperimentTemplateOutput, error) {
	i, err := s.template(*in.ID)
	if err != nil {
		return nil, err
	}
	t := s.templates[i].ExperimentTemplate
	s.templates = slices.Delete(s.templates, i, i+1)
	return &ExperimentTemplateOutput{t}, nil
}

// window is the part of a list that a page shows, and the token of the next one.
func window(n int, in *ListInput) (from, to int, next *string, err error) {
	size := pageSize
	if in.MaxResults != nil {
		size = int(*in.MaxResults)
	}
	if in.NextToken != nil {
		b, bad := base64.StdEncoding.DecodeString(*in.NextToken)
		if from, err = strconv.Atoi(string(b)); bad != nil || err != nil || from < 1 {
			return 0, 0, nil, invalid("Invalid nextToken.").WithHint("Give the nextToken of the page before, whole and unchanged.")
		}
	}
	from = min(from, n)
	to = min(n, from+size)
	if to < n {
		t := base64.StdEncoding.EncodeToString([]byte(strconv.Itoa(to)))
		next = &t
	}
	return from, to, next, nil
}

// ListExperimentTemplates lists the templates, page by page.
func (s *Service) ListExperimentTemplates(in *ListInput) (*ListExperimentTemplatesOutput, error) {
	from, to, next, err := window(len(s.templates), in)
	if err != nil {
		return nil, err
	}
	out := &ListExperimentTemplatesOutput{ExperimentTemplates: []TemplateSummary{}, NextToken: next}
	for _, t := range s.templates[from:to] {
		out.ExperimentTemplates = append(out.ExperimentTemplates, TemplateSummary{t.ID, t.Arn, t.Description, t.CreationTime, t.LastUpdateTime, t.Tags})
	}
	return out, nil
}

// ListActions lists the faults of FIS that the lab can inject.
func (s *Service) ListActions(*ListInput) (*ListActionsOutput, error) {
	out := &ListActionsOutput{Actions: []ActionSummary{}}
	for _, a := range actions {
		if a.id == "" {
			continue
		}
		x := ActionSummary{a.id, a.help, map[string]ActionTarget{}}
		if a.target != "" {
			x.Targets[a.target] = ActionTarget{a.resource}
		}
		out.Actions = append(out.Actions, x)
	}
	return out, nil
}

// Statuses of an experiment and its actions.
const (
	pending    = "pending"
	initiating = "initiating"
	running    = "running"
	completed  = "completed"
	stopped    = "stopped"
	cancelled  = "cancelled"
	failed     = "failed"
)

// StartExperiment finds the targets and lets the actions begin, after it has been initiating for a moment.
func (s *Service) StartExperiment(in *StartExperimentInput) (*ExperimentOutput, error) {
	token := ""
	if in.ClientToken != nil {
		token = *in.ClientToken
	}
	for i := range s.experiments {
		if s.experiments[i].token == token && token != "" {
			return &ExperimentOutput{s.describe(&s.experiments[i])}, nil
		}
	}
	i, err := s.template(*in.ExperimentTemplateID)
	if err != nil {
		return nil, err
	}
	if len(s.experiments) >= maxThings {
		return nil, aws.Errorf(quota, "The account has had %d experiments already.", maxThings).WithHint("The lab keeps no more: begin it anew.")
	}
	now, t := s.sched.Now(), s.templates[i].ExperimentTemplate
	e := experiment{id: s.id("EXP"), token: token, template: t, tags: in.Tags, created: now, begin: now.Add(Initiating), status: initiating, reason: "Experiment is initiating."}
	if e.tags == nil {
		e.tags = map[string]string{}
	}
	at, err := timeline(t.Actions, e.begin)
	if err != nil {
		panic("fis: a template that was checked has no order")
	}
	for _, name := range slices.Sorted(maps.Keys(t.Actions)) {
		a := t.Actions[name]
		f := fault{name: name, action: slices.IndexFunc(actions, func(x action) bool { return x.id == *a.ActionID }), percentage: percent(a.Parameters["percentage"]),
			from: at[name][0], to: at[name][1], dice: sim.NewRand(s.cfg.Seed, "fis/"+e.id+"/"+name)}
		if f.ops = actions[f.action].ops; f.ops == nil {
			for op := range strings.SplitSeq(a.Parameters["operations"], ",") {
				f.ops = append(f.ops, strings.TrimSpace(op))
			}
		}
		for _, target := range a.Targets { // one at the most
			if x := t.Targets[target]; *x.ResourceType == roles {
				f.roles = x.ResourceArns
			} else if f.streams = s.resolve(x, &f.dice); len(f.streams) == 0 && !skips(t.ExperimentOptions) {
				e.status, e.reason = failed, fmt.Sprintf("Target resolution returned empty set: %s.", target)
			}
		}
		e.end = max(e.end, f.to)
		e.faults = append(e.faults, f)
	}
	if e.status == failed {
		e.begin, e.end, e.faults = now, now, nil
	} else {
		number := int64(len(s.experiments))
		moments := []sim.Instant{e.begin}
		for _, f := range e.faults {
			moments = append(moments, f.from, f.to)
		}
		slices.Sort(moments)
		for _, m := range slices.Compact(moments) {
			s.sched.At(m, s.owner, 0, number)
		}
	}
	s.experiments = append(s.experiments, e)
	if e.status == failed {
		s.notify(Notice{Kind: Finished, Experiment: e.id, Status: failed, Reason: e.reason})
	}
	return &ExperimentOutput{s.describe(&e)}, nil
}

func skips(o *ExperimentOptionsInput) bool {
	return o != nil && o.EmptyTargetResolutionMode != nil && *o.EmptyTargetResolutionMode == "skip"
}

// resolve finds the streams of a target: all that fit, or some of them by the dice.
func (s *Service) resolve(t Target, dice *sim.Rand) []string {
	var found []string
	for _, st := range s.cfg.Streams() {
		fits := slices.Contains(t.ResourceArns, st.ARN)
		if len(t.ResourceTags) > 0 {
			fits = true
			for k, v := range t.ResourceTags {
				fits = fits && st.Tags[k] == v
			}
		}
		if fits {
			found = append(found, st.Name)
		}
	}
	count, part, _ := selection(t.SelectionMode)
	if part > 0 {
		count = (len(found)*part + 99) / 100
	}
	for len(found) > count {
		i := dice.IntN(len(found))
		found = slices.Delete(found, i, i+1)
	}
	return found
}

// Fire lets actions of an experiment begin and end.
func (s *Service) Fire(event sim.Event) {
	e, now := &s.experiments[event.Arg], s.sched.Now()
	if e.status != initiating && e.status != running {
		return // it was stopped
	}
	e.status, e.reason = running, "Experiment is running."
	for i := range e.faults {
		if f := &e.faults[i]; f.to == now && f.from < now {
			s.notify(Notice{Kind: Ended, Experiment: e.id, Action: actions[f.action].id})
		}
	}
	for i := range e.faults {
		if f := &e.faults[i]; f.from == now {
			s.notify(Notice{Kind: Began, Experiment: e.id, Action: actions[f.action].id, Percentage: f.percentage, Streams: f.streams, Roles: f.roles, Until: f.to})
		}
	}
	if e.end == now {
		s.finish(e, completed, "Experiment completed.")
	}
}

func (s *Service) finish(e *experiment, status, reason string) {
	e.status, e.reason, e.end = status, reason, s.sched.Now()
	s.notify(Notice{Kind: Finished, Experiment: e.id, Status: status, Reason: reason})
}

func (s *Service) notify(n Notice) {
	if s.cfg.Notify != nil {
		s.cfg.Notify(n)
	}
}

func (s *Service) experiment(id string) (*experiment, error) {
	i := slices.IndexFunc(s.experiments, func(e experiment) bool { return e.id == id })
	if i < 0 {
		return nil, aws.Errorf(aws.ResourceNotFound, "Experiment %s not found.", id).WithHint("aws fis list-experiments shows the experiments there are.")
	}
	return &s.experiments[i], nil
}

// StopExperiment ends an experiment and its faults at once.
func (s *Service) StopExperiment(in *IDInput) (*ExperimentOutput, error) {
	e, err := s.experiment(*in.ID)
	if err != nil {
		return nil, err
	}
	if e.status != initiating && e.status != running {
		return nil, aws.Errorf(conflict, "Experiment %s is %s and cannot be stopped.", e.id, e.status).WithHint("It is over.")
	}
	s.finish(e, stopped, "Experiment was stopped.")
	return &ExperimentOutput{s.describe(e)}, nil
}

// AlarmChanged stops the experiments of which an alarm that is now in ALARM is a stop condition.
func (s *Service) AlarmChanged(arn string) {
	for i := range s.experiments {
		e := &s.experiments[i]
		if (e.status == initiating || e.status == running) && slices.ContainsFunc(e.template.StopConditions, func(c StopCondition) bool { return c.Value != nil && *c.Value == arn }) {
			s.finish(e, stopped, "Experiment halted by stop condition.")
		}
	}
}

// GetExperiment tells how an experiment stands.
func (s *Service) GetExperiment(in *IDInput) (*ExperimentOutput, error) {
	e, err := s.experiment(*in.ID)
	if err != nil {
		return nil, err
	}
	return &ExperimentOutput{s.describe(e)}, nil
}

// ListExperiments lists the experiments, page by page.
func (s *Service) ListExperiments(in *ListInput) (*ListExperimentsOutput, error) {
	from, to, next, err := window(len(s.experiments), in)
	if err != nil {
		return nil, err
	}
	out := &ListExperimentsOutput{Experiments: []ExperimentSummary{}, NextToken: next}
	for i := range s.experiments[from:to] {
		e := &s.experiments[from+i]
		out.Experiments = append(out.Experiments, ExperimentSummary{e.id, s.arn("experiment", e.id), e.template.ID, State{e.status, e.reason}, milli(e.created), e.tags})
	}
	return out, nil
}

func (s *Service) describe(e *experiment) Experiment {
	t := &e.template
	x := Experiment{ID: e.id, Arn: s.arn("experiment", e.id), ExperimentTemplateID: t.ID, RoleArn: t.RoleArn, State: State{e.status, e.reason}, Targets: t.Targets,
		Actions: map[string]ExperimentAction{}, StopConditions: t.StopConditions, CreationTime: milli(e.created), Tags: e.tags}
	now := s.sched.Now()
	over := e.status == completed || e.status == stopped || e.status == failed
	stamp := func(at sim.Instant) *aws.Timestamp { ms := milli(at); return &ms }
	if now >= e.begin {
		x.StartTime = stamp(e.begin)
	}
	if over {
		x.EndTime = stamp(e.end)
	}
	for _, f := range e.faults {
		a := ExperimentAction{Action: t.Actions[f.name], State: State{pending, "Initial state"}}
		until := now
		if over {
			until = min(now, e.end)
		}
		switch {
		case until < f.from && over:
			a.State = State{cancelled, "Action was cancelled."}
		case until < f.from:
		case until < f.to && over:
			a.State, a.StartTime, a.EndTime = State{stopped, "Action was stopped."}, stamp(f.from), stamp(e.end)
		case until < f.to:
			a.State, a.StartTime = State{running, "Action is running."}, stamp(f.from)
		default:
			a.State, a.StartTime, a.EndTime = State{completed, "Action was completed."}, stamp(f.from), stamp(f.to)
		}
		x.Actions[f.name] = a
	}
	return x
}

// A Strike is what befalls a call. The zero value lets it pass.
type Strike struct {
	By      string        // what strikes: the action's id, or the name of the lab's own fault
	Kind    string        // of a destination's fault: Throttled, Refused or Unavailable
	Err     *aws.Error    // of Fail
	Lost    bool          // its answer is lost
	Failing func() bool   // of PutRecords: whether the next entry fails
	Delay   time.Duration // its answer is so much later
}

// Active reports whether a fault may strike now.
func (s *Service) Active() bool {
	return len(s.own) > 0 || slices.ContainsFunc(s.experiments, func(e experiment) bool { return e.status == running })
}

// Strike decides what befalls a call of an operation on a stream by a principal; stream is "" when it is about none.
func (s *Service) Strike(op, stream, principal string) Strike {
	out := Strike{}
	for i := range s.experiments {
		if e := &s.experiments[i]; e.status == running {
			for j := range e.faults {
				if s.strike(&e.faults[j], op, stream, principal, e.id, &out); out.Err != nil {
					return out
				}
			}
		}
	}
	for i := range s.own {
		s.strike(s.own[i], op, stream, principal, "", &out)
	}
	return out
}

// strike adds what one fault does to a call.
func (s *Service) strike(f *fault, op, stream, principal, experiment string, out *Strike) {
	a, now := &actions[f.action], s.sched.Now()
	if now < f.from || f.to != 0 && now >= f.to || len(f.ops) > 0 && !slices.Contains(f.ops, op) || f.roles != nil && !slices.ContainsFunc(f.roles, func(arn string) bool { return isRole(principal, arn) }) ||
		f.streams != nil && !slices.Contains(f.streams, stream) || f.streams == nil && f.roles == nil {
		return
	}
	if a.effect == Entries { // decided entry by entry
		out.By = f.name
		out.Failing = func() bool { return f.hit() }
		return
	}
	if !f.hit() {
		return
	}
	out.By = cmp.Or(a.id, f.name)
	switch a.effect {
	case Fail:
		words := a.message
		if strings.Contains(words, "%s") {
			words = fmt.Sprintf(words, stream, s.cfg.Account)
		}
		out.Err = aws.Errorf(a.code, "%s", words).
			WithHint("Experiment %s injects this into %d %% of such calls until %s. Clients are meant to try again.", experiment, f.percentage, f.to.Time().Format("15:04:05"))
	case Told:
		out.Kind = a.kind
	case Lost:
		out.Lost = true
	case Slow:
		low := time.Duration(f.millis) * time.Millisecond * 7 / 10
		out.Delay += f.dice.Between(low, low*13/7).Truncate(time.Microsecond)
	}
}

// hit throws the dice for a call or an entry.
func (f *fault) hit() bool {
	f.calls++
	if f.dice.Float64()*100 >= float64(f.percentage) {
		return false
	}
	f.hits++
	return true
}

// isRole reports whether a principal is a role, by the role's ARN or in a session of it.
func isRole(principal, arn string) bool {
	if principal == arn {
		return principal != ""
	}
	_, role, ok := strings.Cut(arn, ":role/")
	_, session, in := strings.Cut(principal, ":assumed-role/")
	name, _, _ := strings.Cut(session, "/")
	return ok && in && name == role[strings.LastIndexByte(role, '/')+1:]
}

// Own is a fault of the lab's own, that FIS lacks.
type Own struct {
	Name       string
	StreamName string   // "" when it befalls a destination
	Kind       string   // lost-answers, failed-entries, network-latency, or, of a destination, throttled, refused or unavailable
	Operations []string `json:",omitempty"` // of which it strikes the calls; none is all that it can
	Percentage int64    // of the calls, of failed-entries of the entries
	Millis     int64    // of network-latency: how much longer, a third more or less
	Calls      int64    // that could have been struck
	Struck     int64
	// Destination is where records go: a service and a name, "s3/events"; "" when the fault befalls a stream.
	Destination string `json:",omitempty"`
}

// Befits reports whether a kind of the lab's own faults befalls destinations, or else streams.
func Befits(kind string, destination bool) bool {
	switch kind {
	case "lost-answers", "network-latency", "failed-entries":
		return true
	}
	return destination
}

// Befalls lists the operations whose calls a kind of the lab's own faults can strike; nil is all of Data Streams.
func Befalls(kind string) []string {
	switch kind {
	case "failed-entries":
		return []string{"PutRecords"}
	case "lost-answers":
		return []string{"PutRecord", "PutRecords", "GetRecords"}
	}
	return nil
}

// Owns lists the lab's own faults by name.
func (s *Service) Owns() []Own {
	all := []Own{}
	for _, f := range s.own {
		o := Own{f.name, f.streams[0], actions[f.action].kind, f.ops, f.percentage, f.millis, f.calls, f.hits, ""}
		if strings.Contains(o.StreamName, "/") { // no stream is called so
			o.StreamName, o.Destination = "", o.StreamName
		}
		if slices.Equal(f.ops, Befalls(o.Kind)) {
			o.Operations = nil
		}
		all = append(all, o)
	}
	return all
}

// Put makes a fault of the lab's own, or changes the one of that name. It was checked.
func (s *Service) Put(o Own) error {
	i, ok := slices.BinarySearchFunc(s.own, o.Name, func(f *fault, name string) int { return cmp.Compare(f.name, name) })
	f := &fault{name: o.Name, action: slices.IndexFunc(actions, func(a action) bool { return a.kind == o.Kind }), streams: []string{cmp.Or(o.Destination, o.StreamName)}, percentage: o.Percentage, millis: o.Millis,
		dice: sim.NewRand(s.cfg.Seed, "fault/"+o.Name), from: s.sched.Now()}
	if f.ops = slices.Clone(o.Operations); len(f.ops) == 0 && o.Destination == "" {
		f.ops = Befalls(o.Kind)
	}
	if ok {
		s.own[i] = f
		return nil
	}
	if len(s.own) >= maxThings {
		return aws.Errorf(aws.LimitExceeded, "There are %d faults already.", maxThings).WithHint("Delete one first.")
	}
	s.own = sim.Insert(s.own, i, f)
	return nil
}

// Delete takes a fault of the lab's own away, and reports whether it was there.
func (s *Service) Delete(name string) bool {
	n := len(s.own)
	s.own = slices.DeleteFunc(s.own, func(f *fault) bool { return f.name == name })
	return len(s.own) < n
}
