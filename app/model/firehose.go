package model

import (
	"slices"
	"strings"

	"shardlab/wasm/protocol"
)

// FirehosePrefix begins the name of a Firehose stream where the name of a stream stands.
const FirehosePrefix = "firehose:"

// FirehoseOf finds the Firehose stream that the stage shows; false when it shows a stream.
func FirehoseOf(f protocol.Frame, name string) (protocol.Firehose, bool) {
	if name, ok := strings.CutPrefix(name, FirehosePrefix); ok {
		for _, h := range f.Firehoses {
			if h.Name == name {
				return h, true
			}
		}
	}
	return protocol.Firehose{}, false
}

// StageTitle is how a name of StreamNames is shown where one is picked.
func StageTitle(name string) string {
	if name, ok := strings.CutPrefix(name, FirehosePrefix); ok {
		return name + " (Firehose)"
	}
	return name
}

// A Trip is what becomes of a tank: what lets it go, and when.
type Trip struct {
	First string  // "size" or "time"; "" while it is empty
	In    int64   // microseconds until it goes
	Fill  float64 // how full it is, 0 to 1
	Aged  float64 // how much of its time has passed, 0 to 1
	Then  float64 // how full it will be when it goes, as records come in now, 0 to 1
	Lead  string  // what will happen, in words
	Also  string  // and how it stands with the other threshold
}

// TripOf looks ahead for a tank.
func TripOf(t protocol.Tank, now int64) Trip {
	if t.Records == 0 || t.Size <= 0 {
		return Trip{Lead: "Empty.", Also: "Its clock starts when the first record comes in."}
	}
	left := max(t.DueAt-now, 0)
	x := Trip{First: "time", In: left, Fill: part(float64(t.Bytes), float64(t.Size)), Aged: 1}
	if t.Interval > 0 {
		x.Aged = part(float64(now-t.Since), float64(t.Interval))
	}
	x.Then = x.Fill
	full := int64(-1) // microseconds until it is full; below 0 it never is
	if t.Rate > 0 {
		full = int64(float64(t.Size-t.Bytes) / t.Rate * 1e6)
		x.Then = part(float64(t.Bytes)+t.Rate*float64(left)/1e6, float64(t.Size))
	}
	switch {
	case full >= 0 && full < left:
		x.First, x.In, x.Then = "size", max(full, 0), 1
		x.Lead = "Size trips it in " + Ahead(x.In) + "."
		x.Also = "Time would not be up for " + Ahead(left) + "."
	case full >= 0:
		x.Lead = "Time trips it in " + Ahead(left) + "."
		x.Also = "At this rate size would take " + Ahead(full) + "."
	default:
		x.Lead = "Time trips it in " + Ahead(left) + "."
		x.Also = "Nothing comes in now, so size never would."
	}
	return x
}

// part is a share of a whole, 0 to 1.
func part(v, whole float64) float64 { return min(max(v/whole, 0), 1) }

// Ahead writes how long something takes, as far as one wants to know it when it is ahead: "42 s", "6 min", "2 h 5 min".
func Ahead(micro int64) string {
	s := (micro + 500_000) / 1_000_000
	switch {
	case micro < 950_000:
		return "less than a second"
	case s < 120:
		return Count(s) + " s"
	case s < 7200:
		return Count((s+30)/60) + " min"
	}
	text := Count(s/3600) + " h"
	if m := s / 60 % 60; m > 0 && s < 86_400 {
		text += " " + Count(m) + " min"
	}
	return text
}

// ParcelWords say how it stands with a delivery.
func ParcelWords(p protocol.Parcel, now int64) string {
	left := Ahead(max(p.NextAt-now, 0))
	switch {
	case p.Asking && p.Attempts > 1:
		return "tried again, attempt " + Count(p.Attempts)
	case p.Asking:
		return "on its way"
	case p.Why != "":
		return p.Why + " · again in " + left
	}
	return "again in " + left
}

// Stuck are the parcels that failed at least once.
func Stuck(h protocol.Firehose) (n int) {
	for _, p := range h.Parcels {
		if p.Why != "" {
			n++
		}
	}
	return n
}

// TankOf finds the fullest tank of a Firehose stream for something; false when it has none.
func TankOf(h protocol.Firehose, what string) (protocol.Tank, bool) {
	i := slices.IndexFunc(h.Tanks, func(t protocol.Tank) bool { return t.For == what })
	if i < 0 {
		return protocol.Tank{}, false
	}
	return h.Tanks[i], true
}

// FirehoseActions are what can be done with a Firehose stream.
func FirehoseActions(h protocol.Firehose) []Action {
	name := Members{{"DeliveryStreamName", h.Name}}
	all := []Action{{Icon: "sliders-horizontal", Text: "Change buffer and destination…", Form: Form{Kind: "firehose", Target: h.Name}}}
	if h.Source == "" {
		all = append(all, Action{Icon: "upload", Text: "Put a record…", Form: Form{Kind: "put-record", Target: h.Name}})
	}
	if h.Structure == "ExtendedS3" {
		all = append(all, connectAction(FirehosePrefix+h.Name, WireOut))
	}
	all = append(all, PlaceActions(h.To)...)
	return append(all, Action{Icon: "trash-2", Text: "Delete, with what it buffers", Danger: true, Press: Press{Service: "firehose", Op: "DeleteDeliveryStream", Body: name}})
}

// PlaceActions are what can be done with a destination.
func PlaceActions(p protocol.Place) []Action {
	all := []Action{{Icon: "zap-off", Text: "Put a fault on " + p.Name + "…", Form: Form{Kind: "fault", Target: p.Fault}}}
	for _, name := range strings.Fields(p.Ails) {
		all = append(all, Action{Icon: "rotate-ccw", Text: "Remove the fault " + name, Press: Press{"lab", "DeleteFault", Members{{"Name", name}}}})
	}
	return all
}

// withEnd are PlaceActions, and that it is deleted.
func withEnd(p protocol.Place) []Action {
	if strings.HasPrefix(p.Ref, "bucket:") {
		return append(PlaceActions(p), deleteBucket(p.Name))
	}
	return append(PlaceActions(p), deleteSink(p.Name))
}

func deleteBucket(name string) Action {
	return Action{Icon: "trash-2", Text: "Delete the bucket", Danger: true, Press: Press{"s3api", "DeleteBucket", Members{{"Bucket", name}}}}
}

func deleteSink(name string) Action {
	return Action{Icon: "trash-2", Text: "Delete the far end", Danger: true, Press: Press{"lab", "DeleteSink", Members{{"Name", name}}}}
}

// Crumbs are the folders on the way to a listing: the buckets, the bucket, and a part of the prefix each.
func Crumbs(l protocol.Listing) []protocol.File {
	all := []protocol.File{{Ref: "buckets:", Name: "Buckets"}}
	if l.Bucket == "" {
		return all
	}
	ref := "bucket:" + l.Bucket
	all = append(all, protocol.File{Ref: ref, Name: l.Bucket})
	if l.Prefix == "" {
		return all
	}
	ref += "/"
	for _, name := range strings.SplitAfter(l.Prefix, "/") {
		if name != "" {
			ref += name
			all = append(all, protocol.File{Ref: ref, Name: strings.TrimSuffix(name, "/")})
		}
	}
	return all
}

// A Download is an object on its way to the learner's own disk.
type Download struct {
	Ref, Name  string
	ETag       string // of the object whose bytes these are
	Got, Total int64
	Flaw       string
}
