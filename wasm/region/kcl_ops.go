package region

import (
	"cmp"
	"strings"
	"time"

	"shardlab/wasm/aws"
	"shardlab/wasm/dynamodb"
	"shardlab/wasm/kcl"
	"shardlab/wasm/kinesis"
	"shardlab/wasm/sim"
)

// PutKclApplicationInput makes a KCL application, or changes the members given of the one with that name.
type PutKclApplicationInput struct {
	Name                              *string  `lab:"required" help:"the application's name, which is that of its lease table and of its metrics' namespace"`
	StreamName                        *string  `json:",omitempty" help:"the stream it reads; needed for a new one"`
	RetrievalMode                     *string  `json:",omitempty" help:"whether its workers ask for records or have them pushed to a consumer that it registers under its name; POLLING for a new one here (the library's own default since 2.x is fan-out); KCL 1.x only asks" enum:"POLLING|FANOUT"`
	Version                           *int64   `json:",omitempty" help:"1, 2 or 3 for KCL 1.x, 2.x or 3.x; 2 for a new one"`
	Workers                           *int64   `json:",omitempty" help:"workers that a new one starts with, 0 to 100; 1 when left out"`
	FailoverTimeMillis                *int64   `json:",omitempty" help:"a lease that is not renewed for so long is taken, 1,000 to 3,600,000; 10,000 for a new one"`
	MaxRecords                        *int64   `json:",omitempty" help:"records of a GetRecords, 1 to 10,000; 10,000 for a new one"`
	IdleTimeBetweenReadsInMillis      *int64   `json:",omitempty" help:"pause between two GetRecords of a shard, 200 to 3,600,000; 1,500 for a new one, 1,000 in KCL 1.x"`
	MaxLeasesForWorker                *int64   `json:",omitempty" help:"leases that a worker takes at the most; 0 is unlimited"`
	MaxLeasesToStealAtOneTime         *int64   `json:",omitempty" help:"leases that a worker steals at one time; 1 for a new one"`
	InitialPositionInStream           *string  `json:",omitempty" help:"where a first lease begins" enum:"LATEST|TRIM_HORIZON|AT_TIMESTAMP"`
	InitialPositionInStreamExtended   *string  `json:",omitempty" help:"with AT_TIMESTAMP: the instant, 2026-03-02T08:40:00Z or seconds since 1970"`
	BillingMode                       *string  `json:",omitempty" help:"of the lease table it creates" enum:"PAY_PER_REQUEST|PROVISIONED"`
	InitialLeaseTableReadCapacity     *int64   `json:",omitempty" help:"read units of a provisioned lease table; 10 for a new one"`
	InitialLeaseTableWriteCapacity    *int64   `json:",omitempty" help:"write units of a provisioned lease table; 10 for a new one"`
	ShardSyncIntervalMillis           *int64   `json:",omitempty" help:"pause between two looks at the stream's shards; 60,000 for a new one"`
	ParentShardPollIntervalMillis     *int64   `json:",omitempty" help:"pause between two looks whether a parent is done; 10,000 for a new one"`
	IsGracefulLeaseHandoffEnabled     *bool    `json:",omitempty" help:"KCL 3.x: whether who holds a lease hands it over, with a checkpoint; a new one does"`
	GracefulLeaseHandoffTimeoutMillis *int64   `json:",omitempty" help:"KCL 3.x: for so long it may; 30,000 for a new one"`
	DisableWorkerMetrics              *bool    `json:",omitempty" help:"KCL 3.x: whether leases are shared by throughput alone, and not by the CPU that workers report"`
	CleanupLeasesUponShardCompletion  *bool    `json:",omitempty" help:"whether leases of shards that are done are deleted; a new one does"`
	Checkpoint                        *string  `json:",omitempty" help:"when the processor checkpoints" enum:"every-batch|every-records|every-interval|never"`
	CheckpointRecords                 *int64   `json:",omitempty" help:"records between two checkpoints, with every-records; 1,000 for a new one"`
	CheckpointMillis                  *int64   `json:",omitempty" help:"milliseconds between two checkpoints, with every-interval; 60,000 for a new one"`
	MillisPerRecord                   *float64 `json:",omitempty" help:"how long the processor takes for a record, 0 to 60,000; 0 for a new one"`
	MillisPerBatch                    *int64   `json:",omitempty" help:"and for each batch; 0 for a new one"`
	Poison                            *string  `json:",omitempty" help:"text in a record's data that the processor cannot process"`
	OnPoison                          *string  `json:",omitempty" help:"what it does then: throws, which the KCL swallows; stops its worker; or puts the record aside" enum:"throws|stops|dead-letter"`
	Idempotent                        *bool    `json:",omitempty" help:"whether it drops messages that it has seen"`
	Role                              *string  `json:",omitempty" help:"user or role it reads as; without one it may do all"`
}

// WorkerInput names a worker of an application.
type WorkerInput struct {
	Application *string `lab:"required" help:"the application's name"`
	Worker      *string `lab:"required" help:"the worker's id"`
}

// PauseWorkerInput lets a worker do nothing for a while.
type PauseWorkerInput struct {
	Application *string `lab:"required" help:"the application's name"`
	Worker      *string `lab:"required" help:"the worker's id"`
	Millis      *int64  `lab:"required" help:"for how long, 1 to 3,600,000"`
}

// ApplicationInput names an application.
type ApplicationInput struct {
	Application *string `lab:"required" help:"the application's name"`
}

// ListLeasesInput may name an application.
type ListLeasesInput struct {
	Application *string `json:",omitempty" help:"the application's name; all of them when left out"`
}

// WorkerOutput is the worker that was started.
type WorkerOutput struct{ Worker string }

// ListKclApplicationsOutput lists the applications in the order in which they were made.
type ListKclApplicationsOutput struct{ KclApplications []KclApplicationSummary }

// KclApplicationSummary is an application in a few members. Records are user records.
type KclApplicationSummary struct {
	Name               string
	StreamName         string
	Workers            int64
	MillisBehindLatest int64
	RecordsProcessed   int64
	Duplicates         int64
	Skipped            int64
	Checkpoints        int64
	LostLeases         int64
	ExpiredIterators   int64
	Throttled          int64 // calls to the lease table
}

// ListLeasesOutput is lease tables by shard.
type ListLeasesOutput struct{ Leases []LeaseSummary }

// LeaseSummary is a row of a lease table.
type LeaseSummary struct {
	Application                  string
	LeaseKey                     string
	LeaseOwner                   string
	LeaseCounter                 int64
	Checkpoint                   string
	CheckpointSubSequenceNumber  int64
	CheckpointOwner              string  `json:",omitempty"` // KCL 3.x: who hands it over
	ThroughputKBps               float64 `json:",omitempty"` // KCL 3.x
	OwnerSwitchesSinceCheckpoint int64
	ParentShardId                []string
}

// kclOperations are the rows of KCL applications in the lab's table.
func kclOperations() []aws.Operation {
	return []aws.Operation{
		labRow("PutKclApplication", "Make an application with the Kinesis Client Library, or change what is given of the one with this name.", PutKclApplicationInput{}, kcl.Settings{}),
		labRow("StartKclApplication", "Start a worker of an application that has none.", NameInput{}, nil),
		labRow("StopKclApplication", "Stop all workers of an application as they should.", NameInput{}, nil),
		labRow("DeleteKclApplication", "Kill an application's workers; its lease table stays.", NameInput{}, nil),
		labRow("RedeployKclApplication", "Stop all workers of an application and start as many new ones, as a deployment does.", NameInput{}, nil),
		labRow("ListKclApplications", "List the KCL applications and what they did.", ListInput{}, ListKclApplicationsOutput{}),
		labRow("StartWorker", "Start one more worker of a KCL application.", ApplicationInput{}, WorkerOutput{}),
		labRow("StopWorker", "Stop a worker as it should: it checkpoints first.", WorkerInput{}, nil),
		labRow("KillWorker", "Kill a worker: what it processed since its last checkpoint is processed again.", WorkerInput{}, nil),
		labRow("PauseWorker", "Let a worker do nothing for a while, as a lost network does.", PauseWorkerInput{}, nil),
		labRow("ListLeases", "Show the lease tables of KCL applications; it costs no capacity.", ListLeasesInput{}, ListLeasesOutput{}),
	}
}

// doKCL runs an operation of service "lab" on KCL applications; known says that it is one.
func (r *Region) doKCL(op string, body []byte) (out any, faults Faults, err error, known bool) {
	switch op {
	case "PutKclApplication":
		var in PutKclApplicationInput
		if faults = Decode(body, "", &in); len(faults) == 0 {
			out, err = r.putKclApplication(in)
		}
	case "StartKclApplication", "StopKclApplication", "DeleteKclApplication", "RedeployKclApplication":
		var in NameInput
		if faults = decodeNamed(body, &in); len(faults) == 0 {
			err = r.kclOp(op, *in.Name)
		}
	case "StartWorker":
		var in ApplicationInput
		if faults = Decode(body, "", &in); len(faults) == 0 {
			out, err = r.startWorker(in.Application)
		}
	case "ListLeases":
		var in ListLeasesInput
		if faults = Decode(body, "", &in); len(faults) == 0 {
			out, err = r.listLeases(in.Application)
		}
	case "StopWorker", "KillWorker", "PauseWorker":
		var in PauseWorkerInput
		if op == "PauseWorker" {
			faults = Decode(body, "", &in)
		} else {
			var one WorkerInput
			faults = Decode(body, "", &one)
			in.Application, in.Worker = one.Application, one.Worker
		}
		if len(faults) == 0 {
			err = r.workerOp(op, in)
		}
	case "ListKclApplications":
		if faults = Decode(body, "", &ListInput{}); len(faults) == 0 {
			list := ListKclApplicationsOutput{[]KclApplicationSummary{}}
			for _, a := range r.KCLApplications() {
				s, t := a.Settings(), a.Total()
				list.KclApplications = append(list.KclApplications, KclApplicationSummary{s.Name, s.StreamName, int64(len(a.Workers(r.Now()))), a.Behind(), t.Processed, t.Duplicates, t.Skipped, t.Checkpoint, t.LostLeases, t.Expired, t.Throttled})
			}
			out = list
		}
	default:
		return nil, nil, nil, false
	}
	return out, faults, err, true
}

// kclApplication finds an application that was named.
func (r *Region) kclApplication(name *string) (application, sim.Owner, error) {
	text := ""
	if name != nil {
		text = *name
	}
	a, owner, ok := findActor[application](r, text)
	if !ok {
		return a, 0, aws.Errorf(aws.ResourceNotFound, "There is no KCL application %q.", aws.Shorten(text, 64)).WithHint("lab list-kcl-applications shows the ones there are; lab put-kcl-application makes one.")
	}
	return a, owner, nil
}

// putKclApplication makes or changes an application.
func (r *Region) putKclApplication(in PutKclApplicationInput) (any, error) {
	var faults Faults
	version := int64(2)
	if in.Version != nil {
		version = *in.Version
	}
	set := kcl.Default(version)
	old, exists := r.nameApplication(in.Name, &set, &faults)
	r.checkStream(in.StreamName, exists, "a new application needs the stream it reads", cannotRead, &set.StreamName, &faults)
	workers := int64(1)
	checkBounds(&faults, []bounded{
		{"Version", in.Version, 1, 3, &set.Version},
		{"GracefulLeaseHandoffTimeoutMillis", in.GracefulLeaseHandoffTimeoutMillis, 0, kcl.MostMillis, &set.GracefulLeaseHandoffTimeoutMillis},
		{"Workers", in.Workers, 0, kcl.MostWorkers, &workers},
		{"FailoverTimeMillis", in.FailoverTimeMillis, 1000, kcl.MostMillis, &set.FailoverTimeMillis},
		{"MaxRecords", in.MaxRecords, 1, kcl.DefaultMaxRecords, &set.MaxRecords},
		{"IdleTimeBetweenReadsInMillis", in.IdleTimeBetweenReadsInMillis, kcl.LeastIdle, kcl.MostMillis, &set.IdleTimeBetweenReadsInMillis},
		{"MaxLeasesForWorker", in.MaxLeasesForWorker, 0, 10_000, &set.MaxLeasesForWorker},
		{"MaxLeasesToStealAtOneTime", in.MaxLeasesToStealAtOneTime, 1, 10_000, &set.MaxLeasesToStealAtOneTime},
		{"InitialLeaseTableReadCapacity", in.InitialLeaseTableReadCapacity, 1, dynamodb.MaxCapacity, &set.InitialLeaseTableReadCapacity},
		{"InitialLeaseTableWriteCapacity", in.InitialLeaseTableWriteCapacity, 1, dynamodb.MaxCapacity, &set.InitialLeaseTableWriteCapacity},
		{"ShardSyncIntervalMillis", in.ShardSyncIntervalMillis, 1000, kcl.MostMillis, &set.ShardSyncIntervalMillis},
		{"ParentShardPollIntervalMillis", in.ParentShardPollIntervalMillis, 100, kcl.MostMillis, &set.ParentShardPollIntervalMillis},
		{"CheckpointRecords", in.CheckpointRecords, 1, 1_000_000, &set.CheckpointRecords},
		{"CheckpointMillis", in.CheckpointMillis, 1, kcl.MostMillis, &set.CheckpointMillis},
		{"MillisPerBatch", in.MillisPerBatch, 0, kcl.MostMillis, &set.MillisPerBatch},
	})
	if v := in.MillisPerRecord; v != nil {
		if !(*v >= 0 && *v <= 60_000) {
			faults.Add("MillisPerRecord", "%v is outside 0 to 60,000", *v)
		} else {
			set.MicrosPerRecord = int64(*v * 1000)
		}
	}
	checkChoice("RetrievalMode", in.RetrievalMode, &set.RetrievalMode, &faults, kcl.Polling, kcl.FanOut)
	if set.Version == 1 && set.RetrievalMode == kcl.FanOut {
		faults.Add("RetrievalMode", "KCL 1.x has no enhanced fan-out: write POLLING, or Version 2")
	}
	checkChoice("InitialPositionInStream", in.InitialPositionInStream, &set.InitialPositionInStream, &faults, kinesis.Latest, kinesis.TrimHorizon, kinesis.AtTimestamp)
	r.checkInstant("InitialPositionInStreamExtended", "InitialPositionInStream", set.InitialPositionInStream, in.InitialPositionInStreamExtended, &set.InitialPositionInStreamExtended, &faults)
	checkChoice("BillingMode", in.BillingMode, &set.BillingMode, &faults, dynamodb.PayPerRequest, dynamodb.Provisioned)
	checkChoice("Checkpoint", in.Checkpoint, &set.Checkpoint, &faults, kcl.EveryBatch, kcl.EveryRecords, kcl.EveryInterval, kcl.Never)
	checkChoice("OnPoison", in.OnPoison, &set.OnPoison, &faults, kcl.Swallowed, kcl.Stops, kcl.DeadLetter)
	checkShort("Poison", in.Poison, &set.Poison, &faults)
	for _, x := range []struct{ v, into *bool }{{in.CleanupLeasesUponShardCompletion, &set.CleanupLeases}, {in.Idempotent, &set.Idempotent},
		{in.IsGracefulLeaseHandoffEnabled, &set.IsGracefulLeaseHandoffEnabled}, {in.DisableWorkerMetrics, &set.DisableWorkerMetrics}} {
		if x.v != nil {
			*x.into = *x.v
		}
	}
	r.checkRole(in.Role, &set.Role, &faults)
	return r.putApplication(set, old, exists, in.Workers, in.StreamName, workers, faults)
}

// bounded is a member that is a number within bounds.
type bounded struct {
	path      string
	v         *int64
	low, high int64
	into      *int64
}

// checkBounds says which members lie outside their bounds, and puts the others in place.
func checkBounds(faults *Faults, all []bounded) {
	for _, x := range all {
		n := int(*x.into)
		between(x.path, x.v, x.low, x.high, &n, faults)
		*x.into = int64(n)
	}
}

// checkShort says so when a text is too long, and puts it in place.
func checkShort(path string, v, into *string, faults *Faults) {
	if v == nil {
		return
	}
	if *into = *v; len(*v) > 200 {
		faults.Add(path, "give a text of at most 200 bytes")
	}
}

// nameApplication names the application that is to be made, or finds the one that is to be changed, with its settings.
func (r *Region) nameApplication(name *string, set *kcl.Settings, faults *Faults) (old application, exists bool) {
	kind := set.Connector.Emitter != ""
	old, _, exists = named[application](r, name, &set.Name, ConsumerRef, faults)
	if exists {
		*set = old.Settings()
	}
	switch {
	case len(*faults) > 0:
	case len(set.Name) < 3:
		faults.Add("Name", "%q is shorter than the three letters that a table of DynamoDB needs", set.Name)
	case exists && kind && set.Connector.Emitter == "":
		faults.Add("Name", "%s is a KCL application without the Connector Library: lab put-kcl-application changes it", set.Name)
	case exists && !kind && set.Connector.Emitter != "":
		faults.Add("Name", "%s is a connector: lab put-connector changes it", set.Name)
	}
	return old, exists
}

// putApplication makes an application with so many workers, or changes the old one: asked and stream are what was given of both.
func (r *Region) putApplication(set kcl.Settings, old application, exists bool, asked *int64, stream *string, workers int64, faults Faults) (any, error) {
	kind, words := "KCL application", kclWords(set)
	if set.Connector.Emitter != "" {
		kind, words = "Connector", connectorWords(set)
	}
	if exists && set.Version != old.Settings().Version && len(old.Workers(r.Now())) > 0 {
		faults.Add("Version", "its workers run KCL %d.x: stop them first, and start new ones with the other", old.Settings().Version)
	}
	if exists && asked != nil {
		faults.Add("Workers", "the application is there: lab start-worker and lab stop-worker change how many it has")
	}
	if exists && stream != nil && *stream != old.Settings().StreamName {
		faults.Add("StreamName", "the application reads %s: its leases are of that stream. Make one with another name", old.Settings().StreamName)
	}
	if len(faults) > 0 {
		return nil, invalid(faults)
	}
	if exists {
		_, owner, _ := findActor[application](r, set.Name)
		if set.RetrievalMode != old.Settings().RetrievalMode {
			old.HangUp(r.leases(owner, old.Application))
		}
		old.Apply(set)
		r.sayActor(ConsumerRef(set.Name), Info, "%s %s is changed: %s.", kind, set.Name, words)
		return set, nil
	}
	if len(r.KCLApplications()) >= MaxActors {
		return nil, aws.Errorf(aws.LimitExceeded, "There are %d KCL applications already.", MaxActors).WithHint("Delete one first, or start more workers of one.")
	}
	a := kcl.New(set, r.cfg.Seed)
	owner := r.addActor(application{a})
	r.sayActor(ConsumerRef(set.Name), Info, "%s %s reads %s with %s: %s.", kind, set.Name, set.StreamName, Count(workers, "worker"), words)
	for range workers {
		a.Start(r.leases(owner, a))
	}
	return set, nil
}

// kclOp starts, stops, redeploys or deletes an application.
func (r *Region) kclOp(op, name string) error {
	a, owner, err := r.kclApplication(&name)
	if err != nil {
		return err
	}
	defer a.act(r)()
	w, workers := r.leases(owner, a.Application), a.Workers(r.Now())
	switch op {
	case "StartKclApplication", "StartConnector":
		if len(workers) == 0 {
			a.Start(w)
			r.sayActor(ConsumerRef(name), Info, "%s starts with one worker.", name)
		}
	case "DeleteKclApplication", "DeleteConnector":
		a.HangUp(w)
		r.deleteActor(owner)
		r.sayActor("", Info, "%s is gone; its lease table %s stays, and the next application of that name goes on from it.", name, name)
	default:
		for _, x := range workers {
			a.Stop(w, x.ID)
		}
		if op == "RedeployKclApplication" {
			for range workers {
				a.Start(w)
			}
			r.sayActor(ConsumerRef(name), Info, "KCL application %s is deployed anew: %s stop and as many new ones start.", name, Count(int64(len(workers)), "worker"))
		}
	}
	return nil
}

// startWorker starts one more worker of an application.
func (r *Region) startWorker(name *string) (any, error) {
	a, owner, err := r.kclApplication(name)
	if err != nil {
		return nil, err
	}
	if len(a.Workers(r.Now())) >= kcl.MostWorkers {
		return nil, aws.Errorf(aws.LimitExceeded, "The application has %d workers already.", kcl.MostWorkers).WithHint("More workers than shards have nothing to do.")
	}
	id := a.Start(r.leases(owner, a.Application))
	r.sayActor(ConsumerRef(*name), Info, "%s of %s starts.", id, *name)
	return WorkerOutput{id}, nil
}

// listLeases shows the lease table of an application, or of all.
func (r *Region) listLeases(name *string) (any, error) {
	all := r.KCLApplications()
	if name != nil {
		a, _, err := r.kclApplication(name)
		if err != nil {
			return nil, err
		}
		all = []*kcl.Application{a.Application}
	}
	list := ListLeasesOutput{[]LeaseSummary{}}
	for _, a := range all {
		table := a.Settings().Name
		for _, l := range r.Leases(table) {
			parents := []string{}
			for _, n := range l.Parents {
				parents = append(parents, kinesis.ShardID(n))
			}
			list.Leases = append(list.Leases, LeaseSummary{table, kinesis.ShardID(l.Shard), l.Owner, l.Counter, l.Checkpoint, l.Sub, l.CheckpointOwner, max(0, l.KBps), l.Switches, parents})
		}
	}
	return list, nil
}

// workerOp stops, kills or pauses a worker.
func (r *Region) workerOp(op string, in PauseWorkerInput) error {
	a, owner, err := r.kclApplication(in.Application)
	if err != nil {
		return err
	}
	defer a.act(r)()
	var ids []string
	for _, x := range a.Workers(r.Now()) {
		ids = append(ids, x.ID)
	}
	id := ""
	if in.Worker != nil {
		id = *in.Worker
	}
	w, done := r.leases(owner, a.Application), false
	name := a.name()
	switch op {
	case "StopWorker":
		done = a.Stop(w, id)
	case "KillWorker":
		if done = a.Kill(w, id); done {
			r.sayActor(ConsumerRef(name), Warn, "%s of %s is killed. The others see within %s that it renews no more, and then take its leases.", id, name, Millis(a.Settings().FailoverTimeMillis))
		}
	case "PauseWorker":
		n := 0
		var faults Faults
		if in.Millis == nil {
			faults.Add("Millis", "left out: say for how long")
		}
		if between("Millis", in.Millis, 1, kcl.MostMillis, &n, &faults); len(faults) > 0 {
			return invalid(faults)
		}
		if done = a.Pause(w, id, time.Duration(n)*time.Millisecond); done {
			r.sayActor(ConsumerRef(name), Warn, "%s of %s hangs for %s: it renews nothing meanwhile.", id, name, Millis(int64(n)))
		}
	}
	if !done {
		return aws.Errorf(aws.ResourceNotFound, "Application %s has no worker %q.", name, aws.Shorten(id, 64)).WithHint("It has: %s.", cmp.Or(strings.Join(ids, ", "), "none; lab start-worker starts one"))
	}
	return nil
}
