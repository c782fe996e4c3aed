package kcl

import (
	"cmp"
	"slices"
	"strconv"
	"time"

	"shardlab/wasm/dynamodb"
	"shardlab/wasm/kinesis"
	"shardlab/wasm/sim"
)

// Tables of KCL 3.x beside the lease table, by what is behind the application's name. Source: DG:kcl-dynamoDB.
const (
	MetricStats = "-WorkerMetricStats"
	Coordinator = "-CoordinatorState"
)

// How KCL 3.x assigns leases. Source: KCL 3.5.1, LeaseManagementConfig, WorkerUtilizationAwareAssignmentConfig, CoordinatorConfig,
// MigrationAwareLAMDataManager and LeaseAssignmentManager.
const (
	DefaultHandoff = 30_000 // gracefulLeaseHandoffTimeoutMillis

	reportEvery  = 30 * time.Second  // workerMetricsReporterFreqInMillis
	lockLease    = 120 * time.Second // of the leader's lock
	heartbeat    = 30 * time.Second  // of the leader, and how seldom another asks who leads
	threshold    = 0.10              // reBalanceThresholdPercentage
	dampening    = 0.60              // dampeningPercentage
	emaAlpha     = 0.5               // workerMetricsEMAAlpha, and that of a lease's throughput
	balanceEach  = 3                 // varianceBalancingFrequency: runs
	failuresMost = 3                 // runs that fail until the leader gives up
	active       = 2 * reportEvery   // a worker that has not reported for so long gets nothing
	staleAfter   = 24 * time.Hour    // its entry is deleted
	keptLoads    = 10                // values of an entry. Ours
	// cores is how many CPUs a worker's host has: a processor at work takes one of them whole. Ours: what the KCL reads from the
	// operating system, the lab can know by the time that processing takes alone.
	cores = 4
)

// Attributes of the other tables. Source: WorkerMetricStats, and the items of the DynamoDB lock client. The lab's items hold no maps:
// the statistics stand in a text.
const (
	workerID    = "wid"
	updated     = "lut"
	statistics  = "sts"
	stateKey    = "key"
	leaderKey   = "Leader"
	lockOwner   = "ownerName"
	lockVersion = "recordVersionNumber"
	lockLasts   = "leaseDuration"
)

// A coordination is what a worker of KCL 3.x does beside its leases: it reports its load, finds the leases that it was given, and
// gives them out when it is the leader.
type coordination struct {
	reportAt, discoverAt, assignAt, beatAt sim.Instant

	reported sim.Instant // last
	busy     time.Duration
	loads    []float64 // percent of its host's CPU, the newest last

	leads    bool
	holder   string // of the lock, and its version, as seen last
	version  int64
	standsAt sim.Instant // since when it stands so, by its own clock
	askedAt  sim.Instant
	runs     int64
	failed   int64
}

// modern says whether a leader gives the leases out, as in KCL 3.x.
func (s *Settings) modern() bool { return s.Version == 3 }

// begins starts what a worker of 3.x does beside.
func (x *worker) begins(now sim.Instant) {
	x.reportAt, x.discoverAt, x.assignAt, x.reported = now, now, now, now
}

// coordinate does what is due of that.
func (a *Application) coordinate(w World, x *worker) {
	now := w.Sched.Now()
	if now >= x.reportAt {
		a.report(w, x)
	}
	if x.leads && now >= x.beatAt {
		x.beatAt = now.Add(heartbeat)
		a.lock(w, x, dynamodb.Is(lockOwner, dynamodb.Text(x.id)))
	}
	if now >= x.assignAt {
		x.assignAt = now.Add(2 * a.set.failover()) // leaseAssignmentIntervalMillis
		a.assign(w, x)
	}
	if now >= x.discoverAt {
		x.discoverAt = now.Add(a.set.failover() - millis(marginMillis))
		a.discover(w, x)
	}
}

// worked adds the time that a lease's processor was at work up to now to what its worker reports next.
func (x *worker) worked(h *holding, now sim.Instant) {
	if h.busyUntil != 0 {
		if from, until := max(h.busySince, h.countedAt), min(now, h.busyUntil); until > from {
			x.busy += until.Sub(from)
		}
	}
	h.countedAt = now
}

// report writes a worker's entry: its CPU utilization since the last one, beside those before.
func (a *Application) report(w World, x *worker) {
	now := w.Sched.Now()
	x.reportAt = now.Add(reportEvery)
	it := dynamodb.Item{workerID: dynamodb.Text(x.id), updated: dynamodb.Int(now.Second())}
	if !a.set.DisableWorkerMetrics {
		for _, h := range x.held {
			x.worked(h, now)
		}
		load := 0.0
		if since := now.Sub(x.reported); since > 0 {
			load = min(100, 100*float64(x.busy)/float64(since*cores))
		}
		x.loads = append(slices.Clone(x.loads[max(0, len(x.loads)-keptLoads+1):]), load)
		text := `{"C":[`
		for i, v := range x.loads {
			if i > 0 {
				text += ","
			}
			text += strconv.FormatFloat(v, 'f', 3, 64)
		}
		it[statistics] = dynamodb.Text(text + "]}")
	}
	x.busy, x.reported = 0, now
	err := w.DynamoDB.Put(a.set.Name+MetricStats, it)
	a.throttled(w, x, err)
	a.metric(w, "Success", "WorkerMetricStatsReporter", "WorkerIdentifier", x.id, flag(err == nil))
}

// average is the exponential moving average of some values, the newest last. Source: KCL, ExponentialMovingAverage.
func average(all []float64) (ema float64) {
	for i, v := range all {
		if ema = float64(emaAlpha*v) + float64((1-emaAlpha)*ema); i == 0 {
			ema = v
		}
	}
	return ema
}

// lock writes the leader's lock, when it is still as it was seen, and says whether the worker has it.
func (a *Application) lock(w World, x *worker, was ...dynamodb.Condition) bool {
	err := w.DynamoDB.Put(a.set.Name+Coordinator, dynamodb.Item{stateKey: dynamodb.Text(leaderKey), lockOwner: dynamodb.Text(x.id),
		lockVersion: dynamodb.Text(strconv.FormatInt(x.version+1, 10)), lockLasts: dynamodb.Text(strconv.FormatInt(lockLease.Milliseconds(), 10))}, was...)
	if a.throttled(w, x, err) {
		return x.leads
	}
	if x.leads = err == nil; x.leads {
		x.version++
	}
	return x.leads
}

// isLeader says whether a worker leads. Who does not asks seldom, and takes the lock when nobody has it, or when it did not change for
// its whole duration. Source: KCL, DynamoDBLockBasedLeaderDecider.
func (a *Application) isLeader(w World, x *worker) bool {
	now := w.Sched.Now()
	if !x.leads && x.askedAt != 0 && now < x.askedAt.Add(heartbeat) {
		return false
	}
	x.askedAt = now
	it, err := w.DynamoDB.Get(a.set.Name+Coordinator, leaderKey, true)
	if err != nil {
		a.throttled(w, x, err)
		return false
	}
	text := func(name string) string {
		if v := it[name]; v.S != nil {
			return *v.S
		}
		return ""
	}
	holder := text(lockOwner)
	version, _ := strconv.ParseInt(text(lockVersion), 10, 64)
	switch led := x.leads; {
	case it == nil:
		x.version = 0
		a.lock(w, x, dynamodb.Missing(stateKey))
	case holder == x.id:
		x.leads, x.version = true, version
	case holder != x.holder || version != x.version || led:
		x.leads, x.holder, x.version, x.standsAt = false, holder, version, now
	case now >= x.standsAt.Add(lockLease):
		a.lock(w, x, dynamodb.Is(lockOwner, dynamodb.Text(holder)), dynamodb.Is(lockVersion, dynamodb.Text(text(lockVersion))))
	}
	return x.leads
}

// resign gives the lock back.
func (a *Application) resign(w World, x *worker) {
	if x.leads {
		x.leads = false
		w.DynamoDB.Delete(a.set.Name+Coordinator, leaderKey, dynamodb.Is(lockOwner, dynamodb.Text(x.id)))
	}
}

// A host is a worker as the leader sees it.
type host struct {
	id     string
	load   float64 // percent, or that of the mean throughput when nobody reports a load
	kbps   float64 // of its leases
	leases int
}

// room is how much more load a host can take to reach the mean, in parts of what it has. Source: KCL,
// WorkerMetricStats.computePercentageToReachAverage.
func (h *host) room(mean float64) float64 {
	if h.load == 0 {
		return 1
	}
	return (mean - h.load) / h.load
}

// A plan is what a run of the leader goes by. Source: KCL, LeaseAssignmentManager and VarianceBasedLeaseAssignmentDecider.
type plan struct {
	hosts     []host
	mean      float64 // load
	kbps      float64 // mean throughput of a host
	perHost   float64 // leases
	given     map[int32]string
	maxLeases int64
}

// adds is how much load a lease's throughput would be.
func (p *plan) adds(kbps float64) float64 {
	if p.kbps > 0 {
		return kbps * p.mean / p.kbps
	}
	return p.mean / p.perHost
}

// least is the host with the most room; of equals that with the fewest leases, of those the first by name. Ours: the KCL's queue has
// no order among equals.
func (p *plan) least() *host {
	var best *host
	for i := range p.hosts {
		h := &p.hosts[i]
		if p.maxLeases > 0 && int64(h.leases) >= p.maxLeases {
			continue
		}
		if best == nil || h.room(p.mean) > best.room(p.mean) || h.room(p.mean) == best.room(p.mean) && h.leases < best.leases {
			best = h
		}
	}
	return best
}

func (p *plan) host(id string) *host {
	for i := range p.hosts {
		if p.hosts[i].id == id {
			return &p.hosts[i]
		}
	}
	return nil
}

// give plans that a host gets a lease.
func (p *plan) give(s *sighting, kbps float64, h *host, expired bool) {
	was := s.actual()
	if was == h.id && !(expired && s.CheckpointOwner != "") {
		return
	}
	h.load += p.adds(kbps)
	h.kbps += kbps
	h.leases++
	if o := p.host(was); o != nil {
		o.kbps -= kbps
		o.leases--
	}
	p.given[s.Shard] = h.id
}

// actual is who processes a lease: during a handoff the old owner.
func (l *Lease) actual() string { return cmp.Or(l.CheckpointOwner, l.Owner) }

// assign is a run of the leader: leases that nobody holds or renews go to the worker with the most room, and every third time who has
// more than the mean gives some. Source: KCL, LeaseAssignmentManager.performAssignment.
func (a *Application) assign(w World, x *worker) {
	now, led := w.Sched.Now(), x.leads
	if !a.isLeader(w, x) {
		return
	}
	if !led {
		x.beatAt, x.runs, x.failed, x.seen = now.Add(heartbeat), 0, 0, nil
		w.Notify(Notice{Kind: Leads, Worker: x.id})
	}
	entries, err := w.DynamoDB.Scan(a.set.Name+MetricStats, false)
	if a.throttled(w, x, err); err != nil || !a.scan(w, x) {
		if x.failed++; x.failed >= failuresMost {
			a.resign(w, x)
		}
		return
	}
	x.failed = 0
	p := plan{given: map[int32]string{}, maxLeases: a.set.MaxLeasesForWorker}
	for _, it := range entries {
		if h, at := readHost(it); now < at.Add(active) {
			p.hosts = append(p.hosts, h)
		} else if now >= at.Add(staleAfter) {
			w.DynamoDB.Delete(a.set.Name+MetricStats, h.id)
		}
	}
	var live, free []*sighting
	known, sum := 0, 0.0
	for i := range x.seen {
		if s := &x.seen[i]; !s.Done() {
			live = append(live, s)
			if s.KBps >= 0 {
				known++
				sum += s.KBps
			}
			if s.Owner == "" || now >= s.at.Add(a.set.failover()) {
				free = append(free, s)
			}
		}
	}
	mean := sum / float64(max(1, known))
	kbps := func(s *sighting) float64 {
		if s.KBps < 0 {
			return mean
		}
		return s.KBps
	}
	hosts := float64(max(1, len(p.hosts)))
	p.kbps, p.perHost = mean*float64(len(live))/hosts, float64(max(1, len(live)/max(1, len(p.hosts))))
	for _, s := range live {
		if h := p.host(s.actual()); h != nil {
			h.kbps += kbps(s)
			h.leases++
		}
	}
	for i := range p.hosts {
		if h := &p.hosts[i]; h.load < 0 { // it reports none: its throughput stands for it
			if h.load = 0; p.kbps > 0 {
				h.load = 100 * h.kbps / p.kbps
			}
		}
		p.mean += p.hosts[i].load / hosts
	}
	sim.Sort(free, func(a, b *sighting) int {
		if (a.Owner == "") != (b.Owner == "") {
			return cmp.Compare(len(a.Owner), len(b.Owner))
		}
		return cmp.Compare(a.at, b.at)
	})
	for _, s := range free {
		h := p.least()
		if h == nil {
			break
		}
		p.give(s, kbps(s), h, true)
	}
	told := func(name string, n int) { a.ofAll(w, name, "LeaseAssignmentManager", float64(n)) }
	told("TotalLeases", len(x.seen))
	told("NumWorkers", len(p.hosts))
	told("ExpiredLeases", len(free))
	if first := len(p.given); x.runs%balanceEach == 0 {
		a.balance(&p, live, kbps)
		told("NumOfLeasesReassignment", len(p.given)-first)
	}
	x.runs++
	for _, s := range live {
		if to, ok := p.given[s.Shard]; ok {
			a.giveTo(w, x, s, to, slices.Contains(free, s))
		}
	}
}

// readHost reads a worker's entry; its load is negative when it reports none.
func readHost(it dynamodb.Item) (h host, at sim.Instant) {
	if v := it[workerID]; v.S != nil {
		h.id = *v.S
	}
	if v := it[updated]; v.N != nil {
		seconds, _ := strconv.ParseInt(*v.N, 10, 64)
		at = sim.Instant(seconds * int64(time.Second/time.Microsecond))
	}
	h.load = -1
	if v := it[statistics]; v.S != nil {
		var all []float64
		for _, text := range splitNumbers(*v.S) {
			if f, err := strconv.ParseFloat(text, 64); err == nil {
				all = append(all, f)
			}
		}
		h.load = average(all)
	}
	return h, at
}

// splitNumbers are the numbers in a text.
func splitNumbers(text string) (all []string) {
	from := -1
	for i := 0; i <= len(text); i++ {
		if digit := i < len(text) && (text[i] >= '0' && text[i] <= '9' || text[i] == '.'); digit && from < 0 {
			from = i
		} else if !digit && from >= 0 {
			all, from = append(all, text[from:i]), -1
		}
	}
	return all
}

// balance plans what hosts above the mean give. Source: KCL, VarianceBasedLeaseAssignmentDecider.balanceWorkerVariance.
func (a *Application) balance(p *plan, live []*sighting, kbps func(*sighting) float64) {
	type giver struct {
		host *host
		kbps float64
	}
	var givers []giver
	var most *host
	off := false
	take := func(h *host) float64 { return h.kbps * ((h.load - p.mean) / h.load * dampening) }
	for i := range p.hosts {
		h := &p.hosts[i]
		off = off || h.load > p.mean*(1+threshold) || h.load < p.mean*(1-threshold)
		if h.load >= p.mean*(1+threshold) && h.load > 0 {
			givers = append(givers, giver{h, take(h)})
		}
		if most == nil || most.load < h.load {
			most = h
		}
	}
	if !off {
		return
	}
	if len(givers) == 0 && most.load > 0 {
		givers = append(givers, giver{most, take(most)})
	}
	sim.Sort(givers, func(a, b giver) int { return cmp.Compare(b.kbps, a.kbps) })
	for _, g := range givers {
		var theirs, chosen []*sighting
		for _, s := range live {
			if _, planned := p.given[s.Shard]; !planned && s.actual() == g.host.id {
				theirs = append(theirs, s)
			}
		}
		switch {
		case len(theirs) == 0:
			continue
		case g.host.kbps == 0:
			chosen = theirs[:1]
		default:
			for i := len(theirs) - 1; i > 0; i-- {
				j := a.dice.IntN(i + 1)
				theirs[i], theirs[j] = theirs[j], theirs[i]
			}
			left, least := g.kbps, theirs[0]
			for _, s := range theirs {
				if k := kbps(s); left-k > 0 {
					left -= k
					chosen = append(chosen, s)
				}
				if kbps(s) < kbps(least) {
					least = s
				}
			}
			if len(chosen) == 0 { // allowThroughputOvershoot
				chosen = append(chosen, least)
			}
		}
		for _, s := range chosen {
			to := p.least()
			if to == nil || to.load+p.adds(kbps(s)) > p.mean {
				break
			}
			p.give(s, kbps(s), to, false)
		}
	}
}

// giveTo writes that a worker gets a lease: who processes it hands it over when it can, and at once when it has expired.
// Source: KCL, DynamoDBLeaseRefresher.initiateGracefulLeaseHandoff and assignLease.
func (a *Application) giveTo(w World, x *worker, s *sighting, to string, expired bool) {
	now := w.Sched.Now()
	conditions := []dynamodb.Condition{dynamodb.Is(leaseKey, dynamodb.Text(kinesis.ShardID(s.Shard)))}
	if s.Owner != "" {
		conditions = append(conditions, dynamodb.Is(leaseOwner, dynamodb.Text(s.Owner)))
	} else {
		conditions = append(conditions, dynamodb.Missing(leaseOwner))
	}
	set, kind := dynamodb.Item{leaseOwner: dynamodb.Text(to)}, Assigned
	var remove []string
	switch {
	case !expired && s.CheckpointOwner != "" && now < s.askedAt.Add(millis(a.set.GracefulLeaseHandoffTimeoutMillis)+a.set.failover()):
		return // its handoff goes on
	case !expired && s.CheckpointOwner == "" && a.set.IsGracefulLeaseHandoffEnabled:
		set[checkpointOwner], kind = dynamodb.Text(s.Owner), HandsOff
		conditions = append(conditions, dynamodb.Missing(checkpointOwner))
	default:
		set[counter], set[switches], remove = dynamodb.Int(s.Counter+1), dynamodb.Int(s.Switches+1), []string{checkpointOwner}
		conditions = append(conditions, dynamodb.Is(counter, dynamodb.Int(s.Counter)))
	}
	if _, err := w.DynamoDB.Update(a.set.Name, kinesis.ShardID(s.Shard), set, remove, conditions...); err != nil {
		a.throttled(w, x, err)
		a.ofAll(w, "FailedAssignmentCount", "LeaseAssignmentManager", 1)
		return
	}
	w.Notify(Notice{Kind: kind, Worker: x.id, Other: s.actual(), To: to, Shard: s.Shard})
}

// discover finds the leases that a worker was given and that nobody hands over any more, by the lease table's index on leaseOwner. What
// the writes of the index cost beside those of the table is left out. Ours. Source: KCL, DynamoDBLeaseDiscoverer.
func (a *Application) discover(w World, x *worker) {
	rows, err := w.DynamoDB.Query(a.set.Name, leaseOwner, x.id)
	if a.throttled(w, x, err); err != nil {
		return
	}
	found := 0
	for _, it := range rows {
		if l, ok := ReadLease(it); ok && l.CheckpointOwner == "" && !l.Done() && x.find(l.Shard) == nil {
			found++
			a.adopt(w, x, l)
			w.Notify(Notice{Kind: Found, Worker: x.id, Shard: l.Shard})
		}
	}
	a.metric(w, "NewLeasesDiscovered", "LeaseDiscovery", "WorkerIdentifier", x.id, float64(found))
}

// handOver gives a lease to whom the leader gave it, when the processor is done: in shutdownRequested it checkpoints first. After
// gracefulLeaseHandoffTimeoutMillis it is given as it is. Source: KCL, LeaseGracefulShutdownHandler.
func (a *Application) handOver(w World, x *worker, h *holding) {
	now := w.Sched.Now()
	late := now >= h.handoff.Add(millis(a.set.GracefulLeaseHandoffTimeoutMillis))
	if !late && (h.busyUntil != 0 || h.wanted) {
		return
	}
	if !late && h.sinceCheckpoint > 0 && a.set.Checkpoint != Never {
		h.wanted, h.at, h.checkAt, h.tries = true, h.through, now, 0
		return
	}
	_, err := w.DynamoDB.Update(a.set.Name, kinesis.ShardID(h.shard), dynamodb.Item{counter: dynamodb.Int(h.Counter + 1), switches: dynamodb.Int(h.Switches + 1)}, []string{checkpointOwner}, a.mine(x, h)...)
	if a.throttled(w, x, err) {
		return // until it is woken again
	}
	if err != nil || late {
		a.lose(w, x, h)
		return
	}
	x.drop(h)
	h.hangUp(w)
	w.Notify(Notice{Kind: HandedOver, Worker: x.id, To: h.Owner, Shard: h.shard})
}

// ofAll adds to a metric of the whole application.
func (a *Application) ofAll(w World, name, operation string, n float64) {
	w.Meter.Series(name, inApplication(a.set.Name, operation)).Add(w.Sched.Now(), n)
}
