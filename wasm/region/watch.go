package region

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"shardlab/wasm/aws"
	"shardlab/wasm/cloudwatch"
	"shardlab/wasm/kinesis"
	"shardlab/wasm/protocol"
	"shardlab/wasm/scaler"
	"shardlab/wasm/sim"
)

// What stands around a stream: CloudWatch and the functions that its alarms invoke, and the zones.

// watchHooks ties CloudWatch to this world.
func (r *Region) watchHooks(cfg *cloudwatch.Config) { cfg.Shown, cfg.Notify = r.shown, r.alarmChanged }

// CloudWatch is the service, to look at; what changes it passes Do.
func (r *Region) CloudWatch() *cloudwatch.Service { return r.watch }

// shown says whether CloudWatch shows a series: those of shards only while enhanced monitoring is on for them.
func (r *Region) shown(k cloudwatch.Key) (sim.Instant, bool) {
	if k.Shard == cloudwatch.StreamLevel {
		return 0, true
	}
	st, ok := r.kinesis.Stream(k.Stream)
	return 0, ok && slices.Contains(st.ShardLevelMetrics(), k.Metric)
}

// alarmChanged tells of an alarm's new state and invokes the functions that are its actions.
func (r *Region) alarmChanged(c cloudwatch.Change) {
	e := Event{Kind: protocol.EventAlarm, Level: Info, Mark: c.New == cloudwatch.Alarm || c.Old == cloudwatch.Alarm,
		Text: fmt.Sprintf("Alarm %s goes from %s to %s. %s", c.Alarm, c.Old, c.New, c.Reason)}
	switch c.New {
	case cloudwatch.Alarm:
		e.Level = Bad
	case cloudwatch.OK:
		e.Level = Good
	}
	r.Say(e)
	if c.New == cloudwatch.Alarm {
		r.fis.AlarmChanged(r.watch.AlarmARN(c.Alarm))
		r.arm()
	}
	for _, arn := range c.Actions {
		name, _ := r.watch.Function(arn)
		_, owner, ok := findActor[function](r, name)
		if !ok {
			r.Say(Event{Kind: protocol.EventAlarm, Level: Warn, Text: fmt.Sprintf("Alarm %s invokes the function %s, but there is none of that name.", c.Alarm, name)})
			continue
		}
		r.sched.After(scaler.InvocationDelay, owner, scaler.EvInvoke, 0)
	}
}

// streamIfThere is a ref to a stream that is there; "" when it is not.
func (r *Region) streamIfThere(name string) string {
	if _, ok := r.kinesis.Stream(name); ok {
		return StreamRef(name)
	}
	return ""
}

// scales is the world as a scaler meets it.
func (r *Region) scales(owner sim.Owner, s *scaler.Scaler) scaler.World {
	name := s.Settings().Name
	return scaler.World{Sched: r.sched, Owner: owner, ARN: r.watch.FunctionARN(name), Notify: func(n scaler.Notice) { r.scalerNotice(s, n) },
		Do: func(service, op string, body []byte) ([]byte, *aws.Error) {
			reply := r.door(r, Command{Service: service, Op: op, Body: body, As: r.actAs(s.Settings().Role, name)})
			return reply.Body, reply.Err
		}}
}

func (r *Region) scalerNotice(s *scaler.Scaler, n scaler.Notice) {
	set := s.Settings()
	e := Event{Kind: protocol.EventActor, Level: Info, Ref: r.streamIfThere(set.StreamName), Mark: n.Kind == scaler.Scaled || n.Kind == scaler.Refused}
	switch n.Kind {
	case scaler.Scaled:
		e.Level = Good
		e.Text = fmt.Sprintf("%s scales %s from %s to %d: %s.", set.Name, set.StreamName, Count(n.From, "open shard"), n.To, n.Why)
	case scaler.Cooling:
		e.Text = fmt.Sprintf("%s would scale %s to %s (%s), but waits until %s, because its last change is too young.", set.Name, set.StreamName, Count(n.To, "open shard"), n.Why, n.Until.Time().Format("15:04:05"))
	case scaler.Bounded:
		e.Level = Warn
		e.Text = fmt.Sprintf("%s would scale %s (%s), but %s are its bound.", set.Name, set.StreamName, n.Why, Count(n.From, "open shard"))
	case scaler.Refused:
		e.Level = Bad
		e.Text = fmt.Sprintf("%s was refused %s: %s", set.Name, n.Op, n.Err.Error())
	}
	r.Say(e)
}

// PutScalerInput makes a scaler, or changes the members given of the one with that name.
type PutScalerInput struct {
	Name            *string  `lab:"required" help:"the scaler's name"`
	StreamName      *string  `json:",omitempty" help:"the stream it scales; needed for a new one"`
	Metric          *string  `json:",omitempty" help:"IncomingRecords or another metric of the stream; without one an alarm decides"`
	High            *float64 `json:",omitempty" help:"above so much of the metric, a second and open shard, it scales out"`
	Low             *float64 `json:",omitempty" help:"below so much it scales in"`
	Factor          *float64 `json:",omitempty" help:"by how much, 0.5 to 2; 2 for a new one"`
	Min             *int64   `json:",omitempty" help:"open shards at the least; 1 for a new one"`
	Max             *int64   `json:",omitempty" help:"open shards at the most; what the account has for a new one"`
	CooldownSeconds *int64   `json:",omitempty" help:"between two changes; 300 for a new one"`
	EverySeconds    *int64   `json:",omitempty" help:"how often it runs by itself, a multiple of 60; 0 is when an alarm invokes it"`
	Role            *string  `json:",omitempty" help:"user or role it acts as; none may do all"`
	ResetAlarm      *bool    `json:",omitempty" help:"whether it resets the alarm that invoked it, so that it can fire again"`
}

// ScalerSummary is a scaler in a few members.
type ScalerSummary struct {
	Name        string
	FunctionArn string
	StreamName  string
	Rule        string
	Invocations int64
	Scaled      int64
	Refused     int64
}

// ListScalersOutput lists the scalers in the order in which they were made.
type ListScalersOutput struct{ Scalers []ScalerSummary }

// ZoneInput names an Availability Zone.
type ZoneInput struct {
	AvailabilityZone *string `lab:"required" help:"the zone, such as us-east-1a"`
}

// ZoneSummary is an Availability Zone: how the replicas in it are, and how many shards have their primary there.
type ZoneSummary struct {
	AvailabilityZone string
	State            string
	Primaries        int64
	Since            *aws.Timestamp `json:",omitempty"` // LOST
	Until            *aws.Timestamp `json:",omitempty"` // CATCHING_UP
}

// ListZonesOutput lists the zones by name.
type ListZonesOutput struct{ Zones []ZoneSummary }

// doWatch runs an operation of service "lab" on what stands around a stream; known says that it is one.
func (r *Region) doWatch(op string, body []byte) (out any, faults Faults, err error, known bool) {
	switch op {
	case "PutScaler":
		var in PutScalerInput
		if faults = Decode(body, "", &in); len(faults) == 0 {
			out, err = r.putScaler(in)
		}
	case "Bill":
		var in BillInput
		if faults = Decode(body, "", &in); len(faults) == 0 {
			name := ""
			if in.StreamName != nil {
				name = *in.StreamName
			}
			out = r.Bill(name)
		}
	case "ProjectBill":
		var in ProjectBillInput
		if faults = Decode(body, "", &in); len(faults) == 0 {
			out, err = r.projectBill(in)
		}
	case "DeleteScaler", "InvokeScaler":
		var in NameInput
		if faults = decodeNamed(body, &in); len(faults) == 0 {
			err = r.scalerOp(op, *in.Name)
		}
	case "InterruptZone", "RestoreZone":
		var in ZoneInput
		if faults = decodeNamed(body, &in); len(faults) > 0 {
			break
		}
		if op == "InterruptZone" {
			err = r.kinesis.InterruptZone(*in.AvailabilityZone)
		} else {
			err = r.kinesis.RestoreZone(*in.AvailabilityZone)
		}
	case "PutAccount":
		var in PutAccountInput
		if faults = Decode(body, "", &in); len(faults) == 0 {
			out, faults = r.putAccount(in)
		}
	case "PutFault":
		var in PutFaultInput
		if faults = Decode(body, "", &in); len(faults) == 0 {
			out, err = r.putFault(in)
		}
	case "DeleteFault":
		var in NameInput
		if faults = decodeNamed(body, &in); len(faults) == 0 {
			err = r.deleteFault(*in.Name)
		}
	case "ListFaults":
		if faults = Decode(body, "", &ListInput{}); len(faults) == 0 {
			out = ListFaultsOutput{r.fis.Owns()}
		}
	case "ListScalers":
		if faults = Decode(body, "", &ListInput{}); len(faults) == 0 {
			list := ListScalersOutput{[]ScalerSummary{}}
			for _, s := range r.Scalers() {
				list.Scalers = append(list.Scalers, r.summary(s))
			}
			out = list
		}
	case "ListZones":
		if faults = Decode(body, "", &ListInput{}); len(faults) == 0 {
			out = r.listZones()
		}
	default:
		return nil, nil, nil, false
	}
	return out, faults, err, true
}

// decodeNamed is Decode for an input whose first member must be there.
func decodeNamed(body []byte, in any) Faults {
	faults := Decode(body, "", in)
	if v := reflect.ValueOf(in).Elem(); len(faults) == 0 && v.Field(0).IsNil() {
		faults.Add(v.Type().Field(0).Name, "left out: say which one")
	}
	return faults
}

func (r *Region) summary(s *scaler.Scaler) ScalerSummary {
	set, t := s.Settings(), s.Total()
	return ScalerSummary{set.Name, r.watch.FunctionARN(set.Name), set.StreamName, set.Words(), t.Invocations, t.Scaled, t.Refused}
}

// putScaler makes or changes a scaler.
func (r *Region) putScaler(in PutScalerInput) (any, error) {
	var faults Faults
	set := scaler.Settings{Factor: scaler.MostFactor, Min: 1, Max: r.kinesis.Limits().AccountShards, CooldownSeconds: int64(scaler.DefaultCooldown.Seconds())}
	old, owner, exists := named[function](r, in.Name, &set.Name, nil, &faults)
	if exists {
		set = old.Settings()
	} else if in.StreamName == nil {
		faults.Add("StreamName", "left out: a new scaler needs the stream it scales")
	}
	if in.StreamName != nil {
		set.StreamName = *in.StreamName
	}
	if in.Metric != nil {
		set.Metric = *in.Metric
		if !exists && in.EverySeconds == nil {
			set.EverySeconds = int64(scaler.DefaultEvery.Seconds())
		}
	}
	number := func(path string, v *float64, low, high float64, into *float64) {
		if v != nil && (*v < low || *v > high) {
			faults.Add(path, "%v is outside %s to %s", *v, Decimal(low), Decimal(high))
		} else if v != nil {
			*into = *v
		}
	}
	whole := func(path string, v *int64, low, high int64, into *int64) {
		if v != nil && (*v < low || *v > high) {
			faults.Add(path, "%s is outside %s to %s", Number(*v), Number(low), Number(high))
		} else if v != nil {
			*into = *v
		}
	}
	number("High", in.High, 0, 1e12, &set.High)
	number("Low", in.Low, 0, 1e12, &set.Low)
	number("Factor", in.Factor, scaler.LeastFactor, scaler.MostFactor, &set.Factor)
	whole("Min", in.Min, 1, scaler.MaxShards, &set.Min)
	whole("Max", in.Max, 1, scaler.MaxShards, &set.Max)
	whole("CooldownSeconds", in.CooldownSeconds, 0, scaler.MaxSeconds, &set.CooldownSeconds)
	whole("EverySeconds", in.EverySeconds, 0, scaler.MaxSeconds, &set.EverySeconds)
	r.checkRole(in.Role, &set.Role, &faults)
	if in.ResetAlarm != nil {
		set.ResetAlarm = *in.ResetAlarm
	}
	switch {
	case set.Metric != "" && set.High == 0 && set.Low == 0:
		faults.Add("High", "left out, and Low too: with a Metric give at least one bound")
	case set.Metric == "" && (set.High != 0 || set.Low != 0):
		faults.Add("Metric", "left out: High and Low are bounds of a metric, like IncomingRecords")
	case set.Metric == "" && set.EverySeconds != 0:
		faults.Add("EverySeconds", "without a Metric it would scale each time it runs: give a Metric, or let an alarm invoke it")
	case set.Low != 0 && set.High != 0 && set.Low >= set.High:
		faults.Add("Low", "%s is not below High, %s", Decimal(set.Low), Decimal(set.High))
	case set.Factor == 1 || set.Metric != "" && set.Factor < 1:
		faults.Add("Factor", "%s changes nothing, or scales the wrong way: give more than 1, or without a Metric less to scale in", Decimal(set.Factor))
	case set.EverySeconds%60 != 0:
		faults.Add("EverySeconds", "%d is no multiple of 60: the metrics have a point a minute", set.EverySeconds)
	case set.Min > set.Max:
		faults.Add("Min", "%d is above Max, %d", set.Min, set.Max)
	}
	if len(faults) > 0 {
		return nil, invalid(faults)
	}
	if exists {
		old.Apply(set, r.scales(owner, old.Scaler))
		r.sayActor(r.streamIfThere(set.StreamName), Info, "Scaler %s is changed: %s.", set.Name, set.Words())
		return r.summary(old.Scaler), nil
	}
	if len(r.Scalers()) >= MaxActors {
		return nil, aws.Errorf(aws.LimitExceeded, "There are %d scalers already.", MaxActors).WithHint("Delete one first.")
	}
	s := scaler.New(set)
	s.Start(r.scales(r.addActor(function{s}), s))
	r.sayActor(r.streamIfThere(set.StreamName), Info, "Scaler %s is there: %s.", set.Name, set.Words())
	return r.summary(s), nil
}

// scalerOp deletes a scaler or runs it now.
func (r *Region) scalerOp(op, name string) error {
	a, owner, ok := findActor[function](r, name)
	if !ok {
		return aws.Errorf(aws.ResourceNotFound, "There is no scaler %q.", name).WithHint("lab list-scalers shows the scalers there are; lab put-scaler makes one.")
	}
	if op == "InvokeScaler" {
		a.Invoke(r.scales(owner, a.Scaler))
		return nil
	}
	r.deleteActor(owner)
	r.sayActor("", Info, "Scaler %s is gone.", name)
	return nil
}

func (r *Region) listZones() ListZonesOutput {
	primaries := [kinesis.Zones]int64{}
	for _, st := range r.kinesis.Streams() {
		for _, sh := range st.Shards() {
			primaries[sh.Primary()]++
		}
	}
	out := ListZonesOutput{}
	for i, z := range r.kinesis.Zones() {
		s := ZoneSummary{AvailabilityZone: z.Name, State: z.State(), Primaries: primaries[i]}
		for at, into := range map[sim.Instant]**aws.Timestamp{z.Lost: &s.Since, z.Synced: &s.Until} {
			if at != 0 {
				ms := aws.Timestamp(at / 1000)
				*into = &ms
			}
		}
		out.Zones = append(out.Zones, s)
	}
	return out
}

// zoneNotice tells of a zone.
func (r *Region) zoneNotice(n kinesis.Notice) {
	e := Event{Kind: protocol.EventZone, Ref: "zones:", Mark: true}
	switch n.Kind {
	case kinesis.ZoneLost:
		e.Level = Bad
		e.Text = fmt.Sprintf("%s is lost, with a replica of every shard. Each record has two more, in the other zones: nothing is lost, writes go on.", n.Zone)
	case kinesis.FailedOver:
		e.Level, e.Ref = Warn, StreamRef(n.Stream)
		e.Text = fmt.Sprintf("%s of %s had their primary replica in %s and fail over to another zone: calls there wait a moment.", Count(n.N, "shard"), n.Stream, n.Zone)
		if n.N == 1 {
			e.Text = strings.Replace(e.Text, "their primary", "its primary", 1)
			e.Text = strings.Replace(e.Text, "and fail", "and fails", 1)
		}
	case kinesis.ZoneBack:
		e.Level = Info
		e.Text = fmt.Sprintf("%s is back. Its replicas catch up with the %s that were written meanwhile.", n.Zone, Bytes(n.N))
	case kinesis.ZoneSynced:
		e.Level = Good
		e.Text = fmt.Sprintf("The replicas in %s hold all records again: each record lies in three zones.", n.Zone)
	}
	r.Say(e)
}
