package kinesis

import (
	"fmt"
	"strings"
	"time"

	"shardlab/wasm/aws"
	"shardlab/wasm/sim"
)

// Zones is over how many Availability Zones a record is replicated, synchronously, before the put is answered.
// Source: Developer Guide, introduction; FAQ.
const Zones = 3

// A Zone is an Availability Zone. Every shard has a replica in each; one of them, the primary, takes the calls. How a
// shard goes on when a zone is lost is ours, because AWS publishes only that nothing is lost and writes go on: shards whose
// primary lay there fail over to the next zone, and their calls wait for it a short while; the replicas of a zone that comes
// back catch up before the next one can be lost; primaries stay where they are.
type Zone struct {
	Name     string      // "us-east-1a"
	Lost     sim.Instant // since when it is lost; 0 while it is there
	LostLast sim.Instant // when it was lost last; 0 when it never was
	Synced   sim.Instant // until when its replicas catch up, after it has come back; 0 when they hold all records
}

// States of the replicas in a zone.
const (
	InSync     = "IN_SYNC"
	CatchingUp = "CATCHING_UP"
	Lost       = "LOST"
)

// State says how the replicas in the zone are.
func (z Zone) State() string {
	switch {
	case z.Lost != 0:
		return Lost
	case z.Synced != 0:
		return CatchingUp
	}
	return InSync
}

// Zones are the zones, in the order of their names.
func (s *Service) Zones() [Zones]Zone { return s.zones }

// Primary is the place in Zones of the zone whose replica takes the shard's calls.
func (sh *ShardState) Primary() int { return sh.primary }

// Failover is until when the shard fails over to its new primary: calls at it wait for that. It lies in the past when
// nothing is under way, and is 0 when the shard never did. Failovers is how often it did.
func (sh *ShardState) Failover() sim.Instant { return sh.failover }
func (sh *ShardState) Failovers() int64      { return sh.failovers }

// InterruptZone loses a zone with all the replicas in it. One zone can be lost at a time: with two of three lost a put
// has no second replica left, and AWS says nothing about what happens then.
func (s *Service) InterruptZone(name string) error {
	z, err := s.zone(name)
	if err != nil {
		return err
	}
	for i := range s.zones {
		switch o := &s.zones[i]; {
		case o.Lost != 0:
			return aws.Errorf(aws.ResourceInUse, "%s is lost already.", o.Name).WithHint("One zone can be lost at a time. Restore it first.")
		case o.Synced != 0 && i != z:
			return aws.Errorf(aws.ResourceInUse, "The replicas in %s are still catching up.", o.Name).
				WithHint("They will hold all records again at %s. Wait until then.", o.Synced.Time().Format("15:04:05.000"))
		}
	}
	now := s.sched.Now()
	s.zones[z].Lost, s.zones[z].LostLast, s.zones[z].Synced = now, now, 0
	s.notify(Notice{Kind: ZoneLost, Shard: -1, Zone: name})
	for _, st := range s.streams {
		n := int64(0)
		for _, sh := range st.listed {
			if sh.primary == z {
				s.failOver(st, sh)
				n++
			}
		}
		if n > 0 {
			s.notify(Notice{Kind: FailedOver, Stream: st.name, Shard: -1, N: n, Zone: name})
		}
	}
	return nil
}

// failOver moves a shard's primary to the next zone. Its calls wait until that is done; no record is lost, because the
// other two replicas hold them all.
func (s *Service) failOver(st *Stream, sh *ShardState) {
	now, l := s.sched.Now(), &s.cfg.Limits
	dice := sim.NewRand(s.cfg.Seed, fmt.Sprintf("kinesis/%s/%s/failover/%d", st.name, sh.ID(), sh.failovers))
	if sh.failover <= now {
		sh.paused = now
	}
	sh.primary = s.nextZone(sh.primary)
	sh.failover = now.Add(dice.Between(l.FailoverLow, l.FailoverHigh).Truncate(time.Millisecond))
	sh.failovers++
}

// nextZone is the first zone from one on that is not lost and holds all records.
func (s *Service) nextZone(from int) int {
	for i := range Zones {
		if z := (from + i) % Zones; s.zones[z].State() == InSync {
			return z
		}
	}
	panic("kinesis: no zone holds all records")
}

// RestoreZone brings a lost zone back. Its replicas catch up with what was written meanwhile.
func (s *Service) RestoreZone(name string) error {
	z, err := s.zone(name)
	if err != nil {
		return err
	}
	zone := &s.zones[z]
	if zone.Lost == 0 {
		return aws.Errorf(aws.InvalidArgument, "%s is not lost.", name).WithHint("lab list-zones shows how the zones are.")
	}
	missed := int64(0)
	for _, st := range s.streams {
		for _, sh := range st.listed {
			for i := sh.records.Next() - 1; i >= sh.records.First() && sh.records.At(i).At >= zone.Lost; i-- {
				missed += sh.records.At(i).Size()
			}
		}
	}
	l, now := &s.cfg.Limits, s.sched.Now()
	zone.Lost, zone.Synced = 0, now.Add(l.CatchUpLeast).Add(time.Duration(missed/l.CatchUpBytesPerSecond)*time.Second)
	s.sched.At(zone.Synced, s.owner, evCaughtUp, int64(z))
	s.notify(Notice{Kind: ZoneBack, Shard: -1, N: missed, Zone: name})
	return nil
}

// becomeCaughtUp ends the catching up of a zone's replicas.
func (s *Service) becomeCaughtUp(z int) {
	if zone := &s.zones[z]; zone.Synced == s.sched.Now() {
		zone.Synced = 0
		s.notify(Notice{Kind: ZoneSynced, Shard: -1, Zone: zone.Name})
	}
}

// zone finds a zone by its name.
func (s *Service) zone(name string) (int, error) {
	var names []string
	for i := range s.zones {
		if s.zones[i].Name == name {
			return i, nil
		}
		names = append(names, s.zones[i].Name)
	}
	return 0, aws.Errorf(aws.ResourceNotFound, "There is no Availability Zone %q.", name).WithHint("There are: %s.", strings.Join(names, ", "))
}

// wait is how long a call at the shard waits at now for its failover.
func (sh *ShardState) wait(now sim.Instant) time.Duration { return max(0, sh.failover.Sub(now)) }
