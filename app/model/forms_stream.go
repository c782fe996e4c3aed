package model

import (
	"cmp"
	"encoding/json"
	"slices"
	"strconv"

	"shardlab/wasm/protocol"
)

// otherForms describe the forms that are about no client: they change a stream or make one, or a log file.
var otherForms = map[string]func(f Form, w FormWorld) Spec{
	"log": logSpec, "firehose": firehoseSpec, "bucket": bucketSpec, "put-record": putRecordSpec, "fault": faultSpec, "sink": sinkSpec, "table": tableSpec, "scaler": scalerSpec,
	"stream": func(f Form, _ FormWorld) Spec {
		return Spec{Title: "Create a stream", Verb: "Create stream", Fields: []Field{
			{Name: "StreamName", Short: true, Label: "Name", Kind: Text, First: cmp.Or(f.Stream, "trips"), Sent: true},
			{Name: "ShardCount", Label: "Shards", Kind: Number, First: "2", Sent: true, Help: "each takes 1,000 records/s and 1 MiB/s"},
		}}
	},
	"split": func(f Form, w FormWorld) Spec {
		return Spec{Title: "Split shard " + strconv.Itoa(ShardNumber(f.Target)), Verb: "Split shard",
			Intro: "The shard closes and two open, one on each side of the hash key you cut at. What it holds stays readable until it expires.",
			Fields: []Field{{Name: "NewStartingHashKey", Label: "First hash key of the upper half", Kind: Text, First: Middle(w.Shard.StartHash, w.Shard.EndHash), Sent: true,
				Help: "The middle of its range. Keys whose MD5 is below go left."}}}
	},
	"merge": func(f Form, w FormWorld) Spec {
		with := Field{Name: "AdjacentShardToMerge", Label: "With its neighbour", Kind: Choice, Sent: true}
		for _, id := range [...]string{w.Left, w.Right} {
			if id != "" {
				with.Options = append(with.Options, Option{Value: id, Text: id})
			}
		}
		return Spec{Title: "Merge shard " + strconv.Itoa(ShardNumber(f.Target)), Verb: "Merge shards",
			Intro: "Both shards close and one opens over both ranges. Only open shards whose ranges touch can be merged.", Fields: []Field{with.begin()}}
	},
	"shards": func(_ Form, w FormWorld) Spec {
		open := 0
		for _, sh := range w.Stream.Shards {
			if sh.State == "OPEN" {
				open++
			}
		}
		return Spec{Title: "Change the shard count", Verb: "Update shard count",
			Intro: "The service splits and merges until the ranges are even. One call may go to the double or down to the half of what is open.",
			Fields: []Field{{Name: "TargetShardCount", Label: "Shards", Kind: Number, First: strconv.Itoa(min(2*open, open+1)), Sent: true,
				Help: strconv.Itoa(open) + " are open now"}}}
	},
	"mode": func(_ Form, w FormWorld) Spec {
		to := []Option{{Value: "ON_DEMAND", Text: "ON_DEMAND, the service chooses the shards"}, {Value: "PROVISIONED", Text: "PROVISIONED, you choose the shards"}}
		if w.Stream.Mode == "ON_DEMAND" {
			slices.Reverse(to)
		}
		return Spec{Title: "Change the capacity mode", Verb: "Update stream mode",
			Intro:  "The shards stay as they are. A stream may change its mode twice in 24 hours.",
			Fields: []Field{Field{Name: "StreamModeDetails.StreamMode", Label: "Capacity mode", Kind: Choice, Options: to, Sent: true}.begin()}}
	},
	"retention": func(_ Form, w FormWorld) Spec {
		return Spec{Title: "Change the retention", Verb: "Change retention",
			Intro: "How long a record stays readable. More costs more; when it is lowered, older records are gone at once.",
			Fields: []Field{{Name: "RetentionPeriodHours", Label: "Hours", Kind: Number, First: strconv.FormatInt(w.Stream.RetentionHours, 10), Sent: true,
				Help: "24 hours to 8,760, which is 365 days"}}}
	},
	"encryption": func(_ Form, w FormWorld) Spec {
		if w.Stream.Key != "" {
			return Spec{Title: "End the encryption", Verb: "Stop encryption", Intro: "New records are kept as they are from then on. Older ones stay encrypted.",
				Fields: []Field{{Name: "KeyId", Label: "Key", Kind: Text, First: w.Stream.Key, Sent: true}}}
		}
		return Spec{Title: "Encrypt with KMS", Verb: "Start encryption", Intro: "New records are encrypted at rest with this key. Older ones stay as they are.",
			Fields: []Field{{Name: "KeyId", Label: "Key", Kind: Text, First: "alias/aws/kinesis", Sent: true, Help: "an id, an ARN or an alias; this one is AWS's own"}}}
	},
	"zone": func(_ Form, w FormWorld) Spec {
		zone := Field{Name: "AvailabilityZone", Label: "Zone", Kind: Choice, Sent: true}
		for _, z := range w.Zones {
			words := "lose " + z.Name
			if z.State == "LOST" {
				words = "bring " + z.Name + " back"
			}
			zone.Options = append(zone.Options, Option{Value: z.Name, Text: words})
		}
		return Spec{Title: "Lose a zone, or bring it back", Verb: "Do it",
			Intro: "Every record lies in three Availability Zones. See what is lost with one of them.", Fields: []Field{zone.begin()}}
	},
}

// begin lets a choice begin with its first option.
func (f Field) begin() Field {
	if len(f.Options) > 0 {
		f.First = f.Options[0].Value
	}
	return f
}

// streamPlan is the command of a form that changes a stream.
func streamPlan(f Form, w FormWorld, body Members) Press {
	value := func(name string) any {
		for _, m := range body {
			if m.Name == name {
				return m.Value
			}
		}
		return nil
	}
	put := func(name string, v any) { body = slices.Insert(body, 0, Member{name, v}) }
	service, op := "kinesis", ""
	switch f.Kind {
	case "stream":
		op = "CreateStream"
	case "split":
		op = "SplitShard"
		put("ShardToSplit", f.Target)
		put("StreamName", f.Stream)
	case "merge":
		op = "MergeShards"
		put("ShardToMerge", f.Target)
		put("StreamName", f.Stream)
	case "shards":
		op = "UpdateShardCount"
		body = append(body, Member{"ScalingType", "UNIFORM_SCALING"})
		put("StreamName", f.Stream)
	case "mode":
		op = "UpdateStreamMode"
		put("StreamARN", w.Stream.ARN)
	case "retention":
		op = "IncreaseStreamRetentionPeriod"
		if n, _ := value("RetentionPeriodHours").(json.Number); n != "" {
			if h, err := n.Float64(); err == nil && h < float64(w.Stream.RetentionHours) {
				op = "DecreaseStreamRetentionPeriod"
			}
		}
		put("StreamName", f.Stream)
	case "encryption":
		op = "StartStreamEncryption"
		if w.Stream.Key != "" {
			op = "StopStreamEncryption"
		}
		put("EncryptionType", "KMS")
		put("StreamName", f.Stream)
	case "zone":
		service, op = "lab", "InterruptZone"
		name := value("AvailabilityZone")
		if slices.ContainsFunc(w.Zones, func(z protocol.Zone) bool { return z.Name == name && z.State == "LOST" }) {
			op = "RestoreZone"
		}
	}
	return Press{Service: service, Op: op, Body: body}
}

// DeleteStream deletes a stream, with the consumers that are registered with it.
func DeleteStream(name string) Press {
	return Press{"kinesis", "DeleteStream", Members{{"StreamName", name}, {"EnforceConsumerDeletion", true}}}
}
