package lab

import (
	"cmp"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"shardlab/wasm/grade"
	"shardlab/wasm/kinesis"
	"shardlab/wasm/protocol"
	"shardlab/wasm/region"
)

// body reads the members of a command that words are made of; what does not fit is left empty.
type body struct {
	StreamName           string
	StreamARN            string
	ShardCount           int64
	AlarmName            string
	AlarmNames           []string
	PartitionKey         string
	Data                 []byte
	ShardToSplit         string
	ShardToMerge         string
	AdjacentShardToMerge string
	ShardId              string
	Text                 string
	Cause                string
	UserName             string
	RoleName             string
	PolicyName           string
	KeyId                string
	TargetKeyId          string
	AliasName            string
	Records              []struct {
		PartitionKey string
		Data         []byte
	}
}

func (e *entry) read() body {
	var b body
	if json.Unmarshal(e.body(), &b) != nil {
		return body{}
	}
	if b.StreamName == "" {
		_, b.StreamName, _ = strings.Cut(b.StreamARN, ":stream/")
	}
	return b
}

// words says what the learner does, "" when the event that follows says it already or when nothing but looking is done.
func words(e *entry) string {
	b := e.read()
	switch e.command.Op {
	case "CreateStream":
		if b.ShardCount > 0 {
			return fmt.Sprintf("You create %s with %s.", b.StreamName, region.Count(b.ShardCount, "shard"))
		}
		return fmt.Sprintf("You create %s.", b.StreamName)
	case "DeleteStream":
		return fmt.Sprintf("You delete %s.", b.StreamName)
	case "PutRecord":
		return fmt.Sprintf("You put a record with the key %s into %s.", b.PartitionKey, b.StreamName)
	case "PutRecords":
		return fmt.Sprintf("You put %s into %s in one call.", region.Count(int64(len(b.Records)), "record"), b.StreamName)
	case "SplitShard":
		return fmt.Sprintf("You split %s of %s.", b.ShardToSplit, b.StreamName)
	case "MergeShards":
		return fmt.Sprintf("You merge %s and %s of %s.", b.ShardToMerge, b.AdjacentShardToMerge, b.StreamName)
	case "GetRecords":
		return "You read with a shard iterator."
	case "Answer":
		return fmt.Sprintf("You answer: %s", b.Text)
	case region.Diagnose:
		return fmt.Sprintf("You state the cause: %s.", b.Cause)
	case "PutMetricAlarm":
		return fmt.Sprintf("You make the alarm %s.", b.AlarmName)
	case "DeleteAlarms":
		return fmt.Sprintf("You delete the alarms %s.", strings.Join(b.AlarmNames, ", "))
	case "StartExperiment":
		return "You start an experiment."
	}
	if form, ok := accessWords[e.command.Op]; ok {
		return fmt.Sprintf(form, cmp.Or(b.UserName+b.RoleName+b.KeyId+b.TargetKeyId, "a KMS key"), cmp.Or(b.PolicyName+b.AliasName, b.StreamName))
	}
	return ""
}

// accessWords say what changes who may do what, and keys: %[1]s is the user, role or key, %[2]s the policy, alias or stream.
var accessWords = map[string]string{
	"CreateKey": "You create %[1]s.", "CreateAlias": "You call the KMS key %[1]s %[2]s.", "DisableKey": "You disable the KMS key %[1]s.",
	"EnableKey": "You enable the KMS key %[1]s.", "ScheduleKeyDeletion": "You let the KMS key %[1]s be deleted.",
	"CancelKeyDeletion": "You keep the KMS key %[1]s.", "PutKeyPolicy": "You give the KMS key %[1]s another policy.",
	"StartStreamEncryption": "You encrypt %[2]s with the KMS key %[1]s.", "StopStreamEncryption": "You encrypt %[2]s no more.",
	"CreateUser": "You create the user %[1]s.", "CreateRole": "You create the role %[1]s.",
	"DeleteUser": "You delete the user %[1]s.", "DeleteRole": "You delete the role %[1]s.",
	"PutUserPolicy": "You give %[1]s the policy %[2]s.", "PutRolePolicy": "You give %[1]s the policy %[2]s.",
	"DeleteUserPolicy": "You take the policy %[2]s off %[1]s.", "DeleteRolePolicy": "You take the policy %[2]s off %[1]s.",
}

// who is the principal of a command in a word, "" for the account's administrator.
func (e *entry) who() string {
	_, name, _ := strings.Cut(e.command.As, "/")
	name, _, _ = strings.Cut(name, "/")
	return name
}

// changes says whether an operation changes more than a record.
func changes(op string) bool {
	switch op {
	case "CreateStream", "DeleteStream", "SplitShard", "MergeShards":
		return true
	}
	return accessWords[op] != ""
}

// refOf is what a command is about.
func refOf(e *entry) string {
	b := e.read()
	if b.StreamName == "" {
		return ""
	}
	for _, id := range []string{b.ShardToSplit, b.ShardToMerge, b.ShardId} {
		if n, ok := kinesis.ParseShardID(id); ok && id != "" {
			return region.ShardRef(b.StreamName, n)
		}
	}
	return region.StreamRef(b.StreamName)
}

// puts lists the records that a command put, as its answer tells.
func (l *Lab) puts(e *entry, reply []byte) []grade.Put {
	if e.command.Service != region.Kinesis || e.command.Op != "PutRecord" && e.command.Op != "PutRecords" {
		return nil
	}
	var out struct {
		ShardId        string
		SequenceNumber string
		Records        []struct{ ShardId, SequenceNumber string }
	}
	if json.Unmarshal(reply, &out) != nil {
		panic("lab: an answer of PutRecord does not decode: " + string(reply))
	}
	in := e.read()
	var all []grade.Put
	add := func(key string, data []byte, shard, sequence string) {
		n, ok := kinesis.ParseShardID(shard)
		if !ok || sequence == "" {
			return // this one was refused
		}
		if len(data) > grade.MaxPutData {
			data = data[:grade.MaxPutData]
		}
		all = append(all, grade.Put{Stream: in.StreamName, Shard: n, Sequence: sequence, Key: key, Data: string(data)})
	}
	if e.command.Op == "PutRecord" {
		add(in.PartitionKey, in.Data, out.ShardId, out.SequenceNumber)
	}
	for i := range out.Records {
		if i < len(in.Records) {
			add(in.Records[i].PartitionKey, in.Records[i].Data, out.Records[i].ShardId, out.Records[i].SequenceNumber)
		}
	}
	return all
}

// ownFlight is how long a record of the learner's own is drawn on its way.
const ownFlight = 40 * time.Millisecond

// watchPuts lets the learner's own records be seen on their way. It changes nothing.
// staged shows what the scenario itself put: each record is told, ringed on its way, and its key gets a colour.
func (l *Lab) staged(e *entry, reply []byte) {
	puts := l.puts(e, reply)
	l.watchPuts(puts)
	for _, p := range puts {
		l.run.staged = append(l.run.staged, p.Key)
		shard := kinesis.ShardID(p.Shard)
		l.run.region.Say(region.Event{Kind: protocol.EventNote, Level: region.Info, Text: fmt.Sprintf("A record with the key %s was put and lies in %s.", p.Key, shard),
			Ref: "record:" + p.Stream + "/" + shard + "/" + p.Sequence})
	}
}

func (l *Lab) watchPuts(puts []grade.Put) {
	now := l.run.region.Now()
	for _, p := range puts {
		l.trace.Add(region.Flight{Kind: protocol.FlightTaken, SentAt: now, DueAt: now.Add(ownFlight), Actor: region.Learner, Stream: p.Stream, Shard: p.Shard, Key: p.Key, Records: 1})
	}
}
