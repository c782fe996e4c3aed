package grade_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"shardlab/wasm/grade"
	"shardlab/wasm/lab"
	"shardlab/wasm/protocol"
	"shardlab/wasm/region"
)

const second = protocol.Second

// deed is a command of the learner at an instant.
type deed struct {
	at       float64 // seconds since the start
	service  string
	op, body string
}

// worlds begin labs: a stream of so many shards, and actors.
const (
	calm = `{"do":"kinesis.CreateStream","with":{"StreamName":"trips","ShardCount":4}},
		{"at":"10s","do":"lab.PutProducer","with":{"Name":"bikes","StreamName":"trips","RecordsPerSecond":800,"Keys":{"Kind":"uniform","Count":400,"Prefix":"rack-"}}}`
	hot = `{"do":"kinesis.CreateStream","with":{"StreamName":"trips","ShardCount":4}},
		{"at":"10s","do":"lab.PutProducer","with":{"Name":"bikes","StreamName":"trips","RecordsPerSecond":1600,"Keys":{"Kind":"skewed","Count":40,"Prefix":"rack-","Share":0.7}}}`
	quiet  = `{"do":"kinesis.CreateStream","with":{"StreamName":"trips","ShardCount":4}}`
	read   = calm + `,{"at":"10s","do":"lab.PutConsumer","with":{"Name":"board","StreamName":"trips","From":"TRIM_HORIZON"}}`
	shared = calm + `,{"at":"10s","do":"lab.PutKclApplication","with":{"Name":"map","StreamName":"trips","InitialPositionInStream":"TRIM_HORIZON","Workers":2,"Poison":"rack-7","OnPoison":"dead-letter"}}`
	pushed = calm + `,{"at":"10s","do":"lab.PutConsumer","with":{"Name":"board","StreamName":"trips","RetrievalMode":"FANOUT"}}`
)

// put is a record of the learner.
func put(at float64, key, data string) deed {
	return deed{at, "kinesis", "PutRecord", fmt.Sprintf(`{"StreamName":"trips","PartitionKey":%q,"Data":%q}`, key, data)}
}

// encrypt starts the encryption of the stream.
func encrypt(at float64, key string) deed {
	return deed{at, "kinesis", "StartStreamEncryption", fmt.Sprintf(`{"StreamName":"trips","EncryptionType":"KMS","KeyId":%q}`, key)}
}

// row is a check that is judged in a world.
type row struct {
	name    string
	world   string
	check   string
	words   string // of met and unmet alike
	deeds   []deed
	at      float64
	met     bool
	message string // figures filled in; "" is not compared
	proof   string // evidence; "" is not compared
}

// TestChecks judges each check where it is met and where it is not, with the figures that its words would show.
func TestChecks(t *testing.T) {
	rows := append([]row{
		{"no-refusals: calm traffic", calm, `"kind":"no-refusals","stream":"trips","for":"10s"`, "{refused} at {shard}, {accepted} in {for}, last {last}", nil, 30, true,
			"0 at none, 8,000 in 10 s, last never", "stream:trips"},
		{"no-refusals: an overload", hot, `"kind":"no-refusals","stream":"trips","for":"10s"`, "at {shard}, last {last}", nil, 30, false, "at shardId-000000000003, last now", "shard:trips/shardId-000000000003"},
		{"no-refusals: too early to tell", calm, `"kind":"no-refusals","stream":"trips","for":"10s"`, "{refused}", nil, 15, false, "0", ""},
		{"no-refusals: silence does not count", quiet, `"kind":"no-refusals","stream":"trips","for":"10s"`, "{accepted} of {producers}", nil, 40, false, "0 of 0", ""},
		{"no-refusals: stopping the producer does not count, while refusals are in the window", hot, `"kind":"no-refusals","stream":"trips","for":"10s"`, "{running} run", []deed{{20, "lab", "StopProducer", `{"Name":"bikes"}`}}, 29.9, false, "0 run", ""},
		{"no-refusals: nor when they have left it", hot, `"kind":"no-refusals","stream":"trips","for":"10s"`, "{refused} refused, {running} run, {stopped} stopped", []deed{{20, "lab", "StopProducer", `{"Name":"bikes"}`}}, 31, false, "0 refused, 0 run, 1 stopped", ""},
		{"no-refusals: nor does a trickle below min-rate", hot, `"kind":"no-refusals","stream":"trips","for":"10s","min-rate":1000`, "{rate}/s", []deed{{20, "lab", "PutProducer", `{"Name":"bikes","RecordsPerSecond":100}`}}, 45, false, "100/s", ""},
		{"no-refusals: no such stream", quiet, `"kind":"no-refusals","stream":"nowhere","for":"10s"`, "{refused} {open-shards}", nil, 30, false, "0 0", ""},

		{"throughput of a stream", calm, `"kind":"throughput","stream":"trips","at-least":800`, "{rate}/s, {accepted} of {sent}, wanted {at-least}", nil, 30, true, "800/s, 8,000 of 8,000, wanted 800", ""},
		{"throughput of a producer, part of it refused", hot, `"kind":"throughput","producer":"bikes","at-least":1500`, "wanted {at-least} of {stream}", nil, 40, false, "wanted 1,500 of trips", "producer:bikes"},
		{"throughput: in a burst only", quiet, `"kind":"throughput","stream":"trips","at-least":1,"for":"10s"`, "{producers}", []deed{
			{15, "lab", "PutProducer", `{"Name":"b","StreamName":"trips","RecordsPerSecond":500}`}, {16, "lab", "StopProducer", `{"Name":"b"}`}}, 20, false, "1", ""},
		{"throughput: no such producer", calm, `"kind":"throughput","producer":"cars","at-least":1`, "{rate}", nil, 30, false, "0", ""},

		{"refused-seen: yes, and why", hot, `"kind":"refused-seen","stream":"trips","why":"records"`, "{shard}: {why}", nil, 30, true, "shardId-000000000003: 1,000 records/s", "shard:trips/shardId-000000000003"},
		{"refused-seen: not for that reason", hot, `"kind":"refused-seen","stream":"trips","why":"bytes"`, "{refused}", nil, 30, false, "0", ""},
		{"refused-seen: none", calm, `"kind":"refused-seen","stream":"trips"`, "{refused}", nil, 30, false, "0", ""},

		{"largest-share: one shard has most", hot, `"kind":"largest-share","stream":"trips","at-most":0.5`, "{shard} takes more than {at-most}", nil, 30, false, "shardId-000000000003 takes more than 50 %", ""},
		{"largest-share: evenly", calm, `"kind":"largest-share","stream":"trips","at-most":0.3`, "at most {at-most}", nil, 30, true, "at most 30 %", ""},
		{"largest-share: silence", quiet, `"kind":"largest-share","stream":"trips","at-most":0.5`, "{share}", nil, 30, false, "0 %", ""},

		{"metric: sum", calm, `"kind":"metric","stream":"trips","metric":"IncomingRecords","for":"5s","at-least":4000`, "{value} {metric}", nil, 30, true, "4,000 IncomingRecords", ""},
		{"metric: maximum of a shard", hot, `"kind":"metric","stream":"trips","shard":"shardId-000000000003","metric":"IncomingRecords","stat":"SampleCount","for":"5s","at-most":1`, "{shard}", nil, 30, false, "shardId-000000000003", ""},
		{"metric: of a registered consumer", pushed, `"kind":"metric","stream":"trips","consumer":"board","metric":"SubscribeToShardEvent.Records","for":"5s","at-least":3800`, "{metric}", nil, 40, true, "SubscribeToShardEvent.Records", ""},
		{"metric: without data", quiet, `"kind":"metric","stream":"trips","metric":"IncomingRecords","at-most":5`, "{value}", nil, 30, false, "0", ""},

		{"open-shards: too few", calm, `"kind":"open-shards","stream":"trips","min":5`, "{open} of {min}, at most {max}", nil, 30, false, "4 of 5, at most any number", "stream:trips"},
		{"open-shards: after a split", calm, `"kind":"open-shards","stream":"trips","min":5,"max":5`, "{open}", []deed{{20, "kinesis", "SplitShard", `{"StreamName":"trips","ShardToSplit":"0","NewStartingHashKey":"4000"}`}}, 30, true, "5", ""},
		{"open-shards: not while it is UPDATING", calm, `"kind":"open-shards","stream":"trips","min":4`, "{open}", []deed{{20, "kinesis", "SplitShard", `{"StreamName":"trips","ShardToSplit":"0","NewStartingHashKey":"4000"}`}}, 21, false, "4", ""},

		{"cost: low enough", calm, `"kind":"cost","stream":"trips","at-most":0.11`, "{cost} of {at-most}, {month} a month, {rate}/s", nil, 90, true, "$0.1003 of $0.1100, $72.23 a month, 800/s", "stream:trips"},
		{"cost: a shard too many", calm, `"kind":"cost","stream":"trips","at-most":0.1`, "{cost}", nil, 90, false, "$0.1003", ""},
		{"cost: cheap because nothing is written", quiet, `"kind":"cost","stream":"trips","at-most":1`, "{cost}, {rate}/s", nil, 90, false, "$0.0600, 0/s", ""},
		{"encrypted: under a key of AWS's", calm, `"kind":"encrypted","stream":"trips"`, "{type} {key}", []deed{encrypt(20, "alias/aws/kinesis")}, 40, true, "KMS alias/aws/kinesis", "stream:trips"},
		{"encrypted: under another key than is wanted", calm, `"kind":"encrypted","stream":"trips","key":"alias/trips"`, "{key}", []deed{encrypt(20, "alias/aws/kinesis")}, 40, false, "alias/aws/kinesis", ""},
		{"encrypted: not yet", calm, `"kind":"encrypted","stream":"trips"`, "{type}, {records} of {before}", []deed{encrypt(20, "alias/aws/kinesis")}, 22, false, "NONE, 0 of 9,601", ""},
		{"encrypted: no more", quiet, `"kind":"encrypted","stream":"trips"`, "{type} {key}", []deed{encrypt(20, "alias/aws/kinesis"), {40, "kinesis", "StopStreamEncryption", `{"StreamName":"trips","EncryptionType":"KMS","KeyId":"alias/aws/kinesis"}`}}, 60, false, "NONE none", ""},
		{"zone: lost, and writes go on", calm, `"kind":"zone","stream":"trips","min":7000`, "{zone} is {state}: {taken} since, {moved} moved", []deed{{20, "lab", "InterruptZone", `{"AvailabilityZone":"us-east-1b"}`}}, 30, true, "us-east-1b is LOST: 8,008 since, 2 moved", "stream:trips"},
		{"zone: lost, without writes", quiet, `"kind":"zone","stream":"trips"`, "{state} {taken}", []deed{{20, "lab", "InterruptZone", `{"AvailabilityZone":"us-east-1b"}`}}, 30, false, "LOST 0", ""},
		{"zone: none is lost", calm, `"kind":"zone","stream":"trips","state":"IN_SYNC"`, "{zone} {state}", nil, 30, false, "none never lost", ""},
		{"zone: back", calm, `"kind":"zone","stream":"trips","state":"IN_SYNC"`, "{state}", []deed{{20, "lab", "InterruptZone", `{"AvailabilityZone":"us-east-1b"}`}, {25, "lab", "RestoreZone", `{"AvailabilityZone":"us-east-1b"}`}}, 40, true, "IN_SYNC", ""},
		{"zone: catching up", calm, `"kind":"zone","stream":"trips","state":"IN_SYNC"`, "{state}", []deed{{20, "lab", "InterruptZone", `{"AvailabilityZone":"us-east-1b"}`}, {25, "lab", "RestoreZone", `{"AvailabilityZone":"us-east-1b"}`}}, 30, false, "CATCHING_UP", ""},
		{"stream-mode: switched", quiet, `"kind":"stream-mode","stream":"trips"`, "{mode}", []deed{{20, "kinesis", "UpdateStreamMode", `{"StreamARN":"arn:aws:kinesis:us-east-1:123456789012:stream/trips","StreamModeDetails":{"StreamMode":"ON_DEMAND"}}`}}, 30, true, "ON_DEMAND", "stream:trips"},
		{"stream-mode: not yet switched", quiet, `"kind":"stream-mode","stream":"trips"`, "{mode}", []deed{{20, "kinesis", "UpdateStreamMode", `{"StreamARN":"arn:aws:kinesis:us-east-1:123456789012:stream/trips","StreamModeDetails":{"StreamMode":"ON_DEMAND"}}`}}, 22, false, "PROVISIONED", ""},
		{"stream-mode: provisioned", quiet, `"kind":"stream-mode","stream":"trips","mode":"PROVISIONED"`, "{mode}", nil, 30, true, "PROVISIONED", ""},

		{"shards-needed: what is written decides", calm + `,{"at":"10s","do":"lab.PutConsumer","with":{"Name":"a","StreamName":"trips"}}`, `"kind":"shards-needed","stream":"trips"`,
			"{in-kib} KiB of {record-kib} in: {by-in}; {readers} reader, {out-kib} out: {by-out}; records {by-records}; {need} of {open}", nil, 30, false,
			"800 KiB of 1 in: 0.781; 1 reader, 800 out: 0.391; records 0.8; 1 of 4", "stream:trips"},
		{"shards-needed: what is read decides", calm, `"kind":"shards-needed","stream":"trips"`, "{by-in}, {by-out}: {need}", []deed{
			{12, "lab", "PutProducer", `{"Name":"bikes","RecordBytes":1024}`},
			{12, "lab", "PutConsumer", `{"Name":"a","StreamName":"trips"}`}, {12, "lab", "PutConsumer", `{"Name":"b","StreamName":"trips"}`},
			{12, "lab", "PutConsumer", `{"Name":"c","StreamName":"trips"}`}, {12, "lab", "PutConsumer", `{"Name":"d","StreamName":"trips"}`},
			{12, "lab", "PutConsumer", `{"Name":"e","StreamName":"trips"}`}}, 30, true, "1.563, 3.906: 4", ""},
		{"shards-needed: who has room of his own is left out", calm + `,{"do":"lab.PutConsumer","with":{"Name":"a","StreamName":"trips","RetrievalMode":"FANOUT"}}`, `"kind":"shards-needed","stream":"trips"`, "{readers}: {need}", nil, 30, false, "0: 1", ""},
		{"shards-needed: nobody writes", quiet, `"kind":"shards-needed","stream":"trips"`, "{need}", nil, 30, false, "0", ""},

		{"retention: the default", quiet, `"kind":"retention","stream":"trips","max":24`, "{hours} of {min} to {max}", nil, 30, true, "24 of any number to 24", "stream:trips"},
		{"retention: too short", quiet, `"kind":"retention","stream":"trips","min":48`, "{hours}", nil, 30, false, "24", ""},

		{"stream-status: ACTIVE", quiet, `"kind":"stream-status","stream":"trips"`, "{status}", nil, 30, true, "ACTIVE", ""},
		{"stream-status: not yet", quiet, `"kind":"stream-status","stream":"trips"`, "{status}", nil, 5, false, "CREATING", ""},
		{"stream-status: gone", quiet, `"kind":"stream-status","stream":"trips","status":"GONE"`, "{status}", []deed{{20, "kinesis", "DeleteStream", `{"StreamName":"trips"}`}}, 30, true, "GONE", ""},

		{"key-order: of a good reader", read, `"kind":"key-order","consumer":"board","min":100`, "{late} late", nil, 30, true, "0 late", "consumer:board"},
		{"key-order: nothing read yet", read, `"kind":"key-order","consumer":"board"`, "{read}", nil, 10, false, "0", ""},
		{"key-order: no such consumer", calm, `"kind":"key-order","consumer":"board"`, "{read}", nil, 30, false, "0", ""},
		{"key-order: retries break the order of sending", hot, `"kind":"key-order","producer":"bikes"`, "{key}", []deed{{12, "lab", "PutProducer", `{"Name":"bikes","Retry":{"Mode":"backoff"}}`}}, 40, false, "rack-0", "producer:bikes"},

		{"may: nothing without a policy", quiet, `"kind":"may","principal":"ana","stream":"trips","ops":["PutRecord"]`, "{may}, not {may-not}", []deed{{20, "iam", "CreateUser", `{"UserName":"ana"}`}}, 30, false, "none, not PutRecord", "stream:trips"},
		{"may: what a policy allows", quiet, `"kind":"may","principal":"ana","stream":"trips","ops":["PutRecord","PutRecords"]`, "{may}", []deed{{20, "iam", "CreateUser", `{"UserName":"ana"}`},
			{21, "iam", "PutUserPolicy", `{"UserName":"ana","PolicyName":"p","PolicyDocument":"{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"kinesis:Put*\",\"Resource\":\"*\"}}"}`}}, 30, true, "PutRecord, PutRecords", ""},
		{"may: not what it does not", quiet, `"kind":"may","principal":"ana","stream":"trips","ops":["GetRecords","PutRecord"],"allowed":false`, "{may}, not {may-not}", []deed{{20, "iam", "CreateUser", `{"UserName":"ana"}`},
			{21, "iam", "PutUserPolicy", `{"UserName":"ana","PolicyName":"p","PolicyDocument":"{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"kinesis:Put*\",\"Resource\":\"*\"}}"}`}}, 30, false, "PutRecord, not GetRecords", ""},
		{"may: nobody of that name", quiet, `"kind":"may","principal":"ana","stream":"trips","ops":["GetRecords"],"allowed":false`, "{may}", nil, 30, false, "none", ""},

		{"key-state: enabled", quiet, `"kind":"key-state","key":"alias/aws/kinesis"`, "{state}", nil, 30, true, "Enabled", ""},
		{"key-state: no such key", quiet, `"kind":"key-state","key":"alias/trips","is":"Disabled"`, "{state}", nil, 30, false, "GONE", ""},

		{"scaled: by a function that runs each minute", calm, `"kind":"scaled","stream":"trips"`, "{scaler} {scaled} of {invoked}, {scalers}", []deed{{20, "lab", "PutScaler", `{"Name":"grow","StreamName":"trips","Metric":"IncomingRecords","High":100}`}}, 130, true, "grow 1 of 2, 1", "stream:trips"},
		{"scaled: by hand does not count", calm, `"kind":"scaled","stream":"trips"`, "{scaler}, {scaled}", []deed{{20, "kinesis", "UpdateShardCount", `{"StreamName":"trips","TargetShardCount":5,"ScalingType":"UNIFORM_SCALING"}`}}, 60, false, "none, 0", ""},

		{"key: where its hash lies", quiet, `"kind":"key","stream":"trips","key":"k1","shard":"shardId-000000000002"`, "{shard}, at {part} of the ring", nil, 30, true, "shardId-000000000002, at 71 % of the ring", ""},
		{"keys-on-one-shard: a key leads to one", calm, `"kind":"keys-on-one-shard","stream":"trips","keys":["rack-0","rack-0"]`, "{shards}", nil, 30, true, "shardId-000000000003", ""},
		{"keys-on-one-shard: two keys may not", calm, `"kind":"keys-on-one-shard","stream":"trips","keys":["k0","k1"]`, "{shards}, {shard-count}", nil, 30, false, "shardId-000000000000, shardId-000000000002, 2", ""},
		{"keys-apart: four keys on four shards", calm, `"kind":"keys-apart","stream":"trips","keys":["k0","k1","k2","k3"],"min-shards":4`, "{shard-count}", nil, 30, true, "4", ""},
		{"keys-apart: by the learner, one missing", quiet, `"kind":"keys-apart","stream":"trips","keys":["k0","k1"],"by":"learner"`, "{missing}", []deed{put(20, "k0", "YQ==")}, 30, false, "k1", ""},
		{"keys-apart: by the learner", quiet, `"kind":"keys-apart","stream":"trips","keys":["k0","k1"],"by":"learner"`, "{missing}", []deed{put(20, "k0", "YQ=="), put(21, "k1", "YQ==")}, 30, true, "none", ""},

		{"distinct-keys: enough", calm, `"kind":"distinct-keys","stream":"trips","min":300`, "at least {min}", nil, 30, true, "at least 300", ""},
		{"distinct-keys: too many", calm, `"kind":"distinct-keys","stream":"trips","max":10`, "at most {max}", nil, 30, false, "at most 10", ""},
		{"distinct-keys: silence", quiet, `"kind":"distinct-keys","stream":"trips","max":10`, "{keys}", nil, 30, false, "0", ""},

		{"record: the learner's", quiet, `"kind":"record","stream":"trips","key":"k1","shard":"shardId-000000000002","contains":"hello"`, "{found} of {of} in {shard}", []deed{put(20, "k1", "aGVsbG8=")}, 30, true, "1 of 1 in shardId-000000000002", ""},
		{"record: another shard is wanted", quiet, `"kind":"record","stream":"trips","key":"k1","shard":"shardId-000000000000"`, "{found} {shard}", []deed{put(20, "k1", "aGVsbG8=")}, 30, false, "0 none", ""},
		{"record: the producer's do not count", calm, `"kind":"record","stream":"trips"`, "{found}", nil, 30, false, "0", ""},
		{"record: a refused one does not count", quiet, `"kind":"record","stream":"trips"`, "{found}", []deed{put(5, "k1", "aGVsbG8=")}, 30, false, "0", ""},
		{"record: in a batch", quiet, `"kind":"record","stream":"trips","count":2`, "{found}", []deed{{20, "kinesis", "PutRecords", `{"StreamName":"trips","Records":[{"PartitionKey":"a","Data":"MQ=="},{"PartitionKey":"b","Data":"Mg=="}]}`}}, 30, true, "2", ""},

		{"records-in-order: yes", quiet, `"kind":"records-in-order","stream":"trips","texts":["one","two"]`, "{found} of {of} on {shard-count}", []deed{put(20, "k1", "b25l"), put(21, "k1", "dHdv")}, 30, true, "2 of 2 on 1", ""},
		{"records-in-order: the wrong way round", quiet, `"kind":"records-in-order","stream":"trips","texts":["one","two"]`, "{missing}", []deed{put(20, "k1", "dHdv"), put(21, "k1", "b25l")}, 30, false, "none", ""},
		{"records-in-order: tried again", quiet, `"kind":"records-in-order","stream":"trips","texts":["one","two"]`, "{missing}", []deed{put(20, "k1", "dHdv"), put(21, "k1", "b25l"), put(22, "k1", "dHdv")}, 30, true, "none", ""},
		{"records-in-order: on two shards", quiet, `"kind":"records-in-order","stream":"trips","texts":["one","two"]`, "{shards}", []deed{put(20, "k0", "b25l"), put(21, "k1", "dHdv")}, 30, false, "shardId-000000000000, shardId-000000000002", ""},
		{"records-in-order: one missing", quiet, `"kind":"records-in-order","stream":"trips","texts":["one","two"]`, "{missing}", []deed{put(20, "k0", "b25l")}, 30, false, "two", ""},
		{"records-apart: on two shards", quiet, `"kind":"records-apart","stream":"trips","texts":["one","two"]`, "{shard-count}", []deed{put(20, "k0", "b25l"), put(21, "k1", "dHdv")}, 30, true, "2", ""},
		{"records-apart: on one shard", quiet, `"kind":"records-apart","stream":"trips","texts":["one","two"]`, "{shards}", []deed{put(20, "k0", "b25l"), put(21, "k0", "dHdv")}, 30, false, "shardId-000000000000", ""},

		{"command: done", calm, `"kind":"command","op":"SplitShard","with":{"StreamName":"trips"}`, "{calls}", []deed{{20, "kinesis", "SplitShard", `{"StreamName":"trips","ShardToSplit":"0","NewStartingHashKey":"4000"}`}}, 30, true, "1", ""},
		{"command: refused", calm, `"kind":"command","op":"kinesis.SplitShard"`, "{calls} {failed} {error}", []deed{{20, "kinesis", "SplitShard", `{"StreamName":"trips","ShardToSplit":"9","NewStartingHashKey":"4000"}`}}, 30, false, "0 1 ResourceNotFoundException", ""},
		{"command: with another member", calm, `"kind":"command","op":"lab.StopProducer","with":{"Name":"cars"}`, "{calls}", []deed{{20, "lab", "StopProducer", `{"Name":"bikes"}`}}, 30, false, "0", ""},

		{"answer: none yet", calm, `"kind":"answer","is":"42"`, "{answer} {right}", nil, 30, false, "none 42", ""},
		{"answer: right", calm, `"kind":"answer","is":"shardId-000000000003"`, "{answer}", []deed{{20, "lab", "Answer", `{"Text":" shardid-000000000003 "}`}}, 30, true, "shardid-000000000003", ""},
		{"answer: the latest counts", calm, `"kind":"answer","is":"42"`, "{answer}", []deed{{20, "lab", "Answer", `{"Text":"42"}`}, {21, "lab", "Answer", `{"Text":"43"}`}}, 30, false, "43", ""},
		{"answer: near a figure", calm, `"kind":"answer","within":0.1,"check":{"kind":"throughput","stream":"trips"},"figure":"rate"`, "{answer} for {right}", []deed{{20, "lab", "Answer", `{"Text":"750 /s"}`}}, 30, true, "750 /s for 800", ""},
		{"answer: a percentage", hot, `"kind":"answer","within":0.2,"check":{"kind":"largest-share","stream":"trips"},"figure":"share"`, "{answer}", []deed{{20, "lab", "Answer", `{"Text":"68 %"}`}}, 30, true, "68 %", ""},
		{"answer: far from a figure", calm, `"kind":"answer","within":0.1,"check":{"kind":"throughput","stream":"trips"},"figure":"rate"`, "{answer}", []deed{{20, "lab", "Answer", `{"Text":"500"}`}}, 30, false, "500", ""},

		{"consumer-read: all", read, `"kind":"consumer-read","consumer":"board","min":1000`, "{missed} {unread}", nil, 30, true, "0 0", "consumer:board"},
		{"consumer-read: begun too late", calm, `"kind":"consumer-read","consumer":"late"`, "{unread}", []deed{{20, "lab", "PutConsumer", `{"Name":"late","StreamName":"trips"}`}}, 30, false, "0", ""},
		{"consumer-read: too slow", calm, `"kind":"consumer-read","consumer":"slow"`, "{missed}", []deed{{11, "lab", "PutConsumer", `{"Name":"slow","StreamName":"trips","From":"TRIM_HORIZON","RecordsPerSecond":100}`}}, 30, false, "0", ""},
		{"consumer-read: nobody", calm, `"kind":"consumer-read","consumer":"board"`, "{read}", nil, 30, false, "0", ""},

		{"consumer-behind: keeps up", read, `"kind":"consumer-behind","consumer":"board","at-most":"1s","for":"5s"`, "{behind} of {at-most}", nil, 30, true, "0 ms of 1 s", ""},
		{"consumer-behind: stopped", read, `"kind":"consumer-behind","consumer":"board"`, "{running}", []deed{{20, "lab", "StopConsumer", `{"Name":"board"}`}}, 30, false, "1", ""},
		{"consumer-behind: everybody keeps up", read, `"kind":"consumer-behind","stream":"trips","min":2,"for":"5s"`, "{behind}, {min} wanted", []deed{{12, "lab", "PutConsumer", `{"Name":"map","StreamName":"trips"}`}, {13, "lab", "PutConsumer", `{"Name":"board","PollMillis":500}`}, {13, "lab", "PutConsumer", `{"Name":"map","PollMillis":500}`}}, 40, true, "0 ms, 2 wanted", ""},
		{"consumer-behind: one of all is slow", read, `"kind":"consumer-behind","stream":"trips"`, "{consumer}", []deed{{12, "lab", "PutConsumer", `{"Name":"map","StreamName":"trips","RecordsPerSecond":100}`}}, 40, false, "map", "consumer:map"},
		{"consumer-behind: too few of them", read, `"kind":"consumer-behind","stream":"trips","min":2`, "{consumers} of {min}", nil, 40, false, "1 of 2", ""},
		{"consumer-behind: nobody reads", calm, `"kind":"consumer-behind","stream":"trips"`, "{consumer}", nil, 40, false, "none", "stream:trips"},
		{"consumer-latency: pushed to", pushed, `"kind":"consumer-latency","consumer":"board","at-most":"90ms","for":"5s"`, "{mode}, {records}", nil, 40, true, "FANOUT, 4,015", "consumer:board"},
		{"consumer-latency: one that asks takes longer", read, `"kind":"consumer-latency","consumer":"board","at-most":"90ms","for":"5s"`, "{mode}", nil, 40, false, "POLLING", ""},
		{"consumer-latency: nothing came", quiet + `,{"do":"lab.PutConsumer","with":{"Name":"board","StreamName":"trips"}}`, `"kind":"consumer-latency","consumer":"board","at-most":"90ms"`, "{latency} {records}", nil, 40, false, "0 ms 0", ""},
		{"consumers-registered: by a reader", pushed, `"kind":"consumers-registered","stream":"trips"`, "{names}: {active} of {registered}, {subscriptions} subscriptions, {min} to {max}", nil, 40, true, "board: 1 of 1, 4 subscriptions, 1 to any number", "stream:trips"},
		{"consumers-registered: not while CREATING", pushed, `"kind":"consumers-registered","stream":"trips"`, "{active} of {registered}", nil, 15, false, "0 of 1", ""},
		{"consumers-registered: the one that is named", pushed, `"kind":"consumers-registered","stream":"trips","consumer":"map"`, "{names}", nil, 40, false, "board", ""},
		{"consumers-registered: none is left", calm, `"kind":"consumers-registered","stream":"trips","max":0`, "{names}", nil, 40, true, "none", ""},
		{"consumers-registered: one too many", pushed, `"kind":"consumers-registered","stream":"trips","max":0`, "{registered} of {max}", nil, 40, false, "1 of 0", ""},
		{"shards-needed: who is pushed to needs nothing of the shared bytes", pushed, `"kind":"shards-needed","stream":"trips"`, "{readers}", nil, 40, false, "0", ""},
		{"consumer-behind: slow", read, `"kind":"consumer-behind","consumer":"board"`, "at most {at-most}", []deed{{15, "lab", "PutConsumer", `{"Name":"board","RecordsPerSecond":100}`}}, 40, false, "at most 1 s", ""},

		{"leases: evenly", shared, `"kind":"leases","application":"map","workers":2,"at-least":2,"at-most":2`, "{workers} workers, {leases} leases, {most} at {worker}, {idle} idle, {applications}", nil, 60, true, "2 workers, 4 leases, 2 at worker-1, 0 idle, 1", "consumer:map"},
		{"leases: more workers than shards", shared, `"kind":"leases","application":"map"`, "{idle} of {workers} idle", []deed{{20, "lab", "StartWorker", `{"Application":"map"}`}, {20, "lab", "StartWorker", `{"Application":"map"}`}, {20, "lab", "StartWorker", `{"Application":"map"}`}}, 90, false, "1 of 5 idle", ""},
		{"leases: too few workers", shared, `"kind":"leases","application":"map","workers":3`, "{workers}", nil, 60, false, "2", ""},
		{"leases: nobody", calm, `"kind":"leases","application":"map"`, "{workers} {leases}", nil, 60, false, "0 0", ""},
		{"spared: of lost leases", shared, `"kind":"spared","application":"map","of":"lost-leases","for":"20s","min-rate":700`, "{lost-leases}, last {last}, {workers}", nil, 90, true, "2, last 53.7 s ago, 2", "consumer:map"},
		{"spared: an exception is swallowed", shared, `"kind":"spared","application":"map","of":"skips","for":"20s"`, "skipped {count}, or {skips}", []deed{{20, "lab", "PutKclApplication", `{"Name":"map","OnPoison":"throws"}`}}, 60, false, "", ""},
		{"spared: it was, for long enough", shared, `"kind":"spared","application":"map","of":"skips","for":"20s"`, "{set-aside}", []deed{{20, "lab", "PutKclApplication", `{"Name":"map","OnPoison":"throws"}`}, {30, "lab", "PutKclApplication", `{"Name":"map","OnPoison":"dead-letter"}`}}, 60, true, "", ""},
		{"spared: who has no workers processes nothing", shared, `"kind":"spared","application":"map","of":"duplicates"`, "{rate}, {workers}", []deed{{20, "lab", "StopKclApplication", `{"Name":"map"}`}}, 60, false, "0, 0", ""},
		{"spared: a duplicate that took effect", shared, `"kind":"spared","application":"map","of":"double-effects","for":"20s"`, "{workers}", []deed{{20, "lab", "PutKclApplication", `{"Name":"map","Checkpoint":"never"}`}, {60, "lab", "KillWorker", `{"Application":"map","Worker":"worker-1"}`}}, 100, false, "1", ""},
		{"spared: of the duplicates of a kill, which take effect", shared, `"kind":"spared","application":"map","of":"double-effects","since":"KillWorker","despite":"duplicates"`, "{done} {provoked}", []deed{{20, "lab", "PutKclApplication", `{"Name":"map","Checkpoint":"never"}`}, {60, "lab", "KillWorker", `{"Application":"map","Worker":"worker-1"}`}}, 130, false, "1 1", ""},
		{"spared: of the duplicates of a kill, which take none", shared, `"kind":"spared","application":"map","of":"double-effects","since":"KillWorker","despite":"duplicates"`, "{done} {provoked}", []deed{{20, "lab", "PutKclApplication", `{"Name":"map","Checkpoint":"never","Idempotent":true}`}, {60, "lab", "KillWorker", `{"Application":"map","Worker":"worker-1"}`}}, 130, true, "1 1", ""},
		{"spared: a kill that repeats nothing yet", shared, `"kind":"spared","application":"map","of":"double-effects","since":"KillWorker","despite":"duplicates"`, "{done} {provoked}", []deed{{60, "lab", "KillWorker", `{"Application":"map","Worker":"worker-1"}`}}, 65, false, "1 0", ""},
		{"spared: without the kill that is asked for", shared, `"kind":"spared","application":"map","of":"double-effects","since":"KillWorker"`, "{done} {provoked}", nil, 65, false, "0 0", ""},
		{"unprocessed: none for long", shared, `"kind":"unprocessed","application":"map","min-rate":700`, "at most {at-most}, {rate}/s to {workers}", nil, 60, true, "at most 5 s, 800/s to 2", ""},
		{"unprocessed: what was fetched and waits counts", shared, `"kind":"unprocessed","application":"map"`, "{workers}", []deed{{20, "lab", "PutKclApplication", `{"Name":"map","MillisPerRecord":50}`}}, 60, false, "2", ""},
		{"unprocessed: where nothing comes in, nothing is late", shared, `"kind":"unprocessed","application":"map"`, "{age}, {waiting} wait, {rate}/s", []deed{{20, "lab", "StopProducer", `{"Name":"bikes"}`}}, 60, false, "0 ms, 0 wait, 0/s", "consumer:map"},
		{"spared: throttled calls", shared, `"kind":"spared","application":"map","of":"throttled-calls"`, "{count} {throttled-calls}", nil, 60, true, "0 0", ""},
		{"spared: expired iterators", shared, `"kind":"spared","application":"map","of":"expired-iterators"`, "{count}", nil, 60, true, "0", ""},
		{"spared: duplicates", shared, `"kind":"spared","application":"map","of":"duplicates","for":"40s"`, "{workers}", []deed{{20, "lab", "PutKclApplication", `{"Name":"map","Checkpoint":"never"}`}, {40, "lab", "KillWorker", `{"Application":"map","Worker":"worker-1"}`}}, 75, false, "1", ""},

		{"closed-shard-drained: none closed", read, `"kind":"closed-shard-drained","consumer":"board"`, "{drained} of {closed}", nil, 30, false, "0 of 0", ""},
		{"closed-shard-drained: after a split", read, `"kind":"closed-shard-drained","consumer":"board"`, "{drained} of {closed}: {shard}", []deed{{20, "kinesis", "SplitShard", `{"StreamName":"trips","ShardToSplit":"0","NewStartingHashKey":"4000"}`}}, 30, true, "1 of 1: shardId-000000000000", ""},

		{"running: a producer", calm, `"kind":"running","producer":"bikes"`, "{state}", nil, 30, true, "running", ""},
		{"running: stopped", calm, `"kind":"running","producer":"bikes"`, "{state}", []deed{{20, "lab", "StopProducer", `{"Name":"bikes"}`}}, 30, false, "stopped", ""},
		{"running: no such", calm, `"kind":"running","consumer":"board"`, "{state}", nil, 30, false, "not there", ""},
		{"running: without its stream", quiet, `"kind":"running","producer":"b"`, "{state}", []deed{{20, "lab", "PutProducer", `{"Name":"b","StreamName":"nowhere"}`}}, 30, false, "without its stream", ""},

		{"setting: inside", hot, `"kind":"setting","producer":"bikes","member":"Keys.Kind","is":"uniform"`, "{member} {value}", nil, 30, false, "Keys.Kind skewed", "producer:bikes"},
		{"setting: changed", hot, `"kind":"setting","producer":"bikes","member":"Keys.Count","at-least":100`, "{value}", []deed{{20, "lab", "PutProducer", `{"Name":"bikes","Keys":{"Kind":"uniform","Count":120}}`}}, 30, true, "120", ""},
		{"setting: of a consumer", read, `"kind":"setting","consumer":"board","member":"PollMillis","at-least":1000`, "{value}", nil, 30, false, "200", ""},

		{"key: where it leads", calm, `"kind":"key","stream":"trips","key":"a","shard":"shardId-000000000000"`, "{shard} {md5} {hash}", nil, 30, true, "shardId-000000000000 0cc175b9c0f1b6a831c399e269772661 16955237001963240173058271559858726497", ""},
		{"key: not there", calm, `"kind":"key","stream":"trips","key":"1","shard":"shardId-000000000000"`, "{shard}", nil, 30, false, "shardId-000000000003", ""},
	}, slices.Concat(clientRows, logRows, firehoseRows)...)
	seen := map[string][2]bool{}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			goal := fmt.Sprintf(`{"id":"g","text":"G","check":{%s},"met":%q,"unmet":%q}`, row.check, row.words, row.words)
			l, err := lab.New([]byte(`{"name":"t","start":"2026-03-02T08:00:00Z","seed":5,"world":[`+row.world+`],"goals":[`+goal+`]}`), nil)
			if err != nil {
				t.Fatal(err)
			}
			for _, d := range row.deeds {
				l.AdvanceTo(int64(d.at*float64(second)), 0)
				l.Do(d.service, d.op, []byte(d.body), "")
			}
			l.AdvanceTo(int64(row.at*float64(second)), 0)
			g := l.Goals()[0]
			if g.Met != row.met {
				t.Errorf("met: %t, want %t (%s)", g.Met, row.met, g.Message)
			}
			if row.message != "" && g.Message != row.message {
				t.Errorf("message %q, want %q", g.Message, row.message)
			}
			if row.proof != "" && g.Evidence != row.proof {
				t.Errorf("evidence %q, want %q", g.Evidence, row.proof)
			}
			if g.Evidence != "" {
				if _, err := l.Inspect(g.Evidence); err != nil {
					t.Errorf("the evidence cannot be looked at: %v", err)
				}
			}
		})
		kind, _, _ := strings.Cut(strings.TrimPrefix(row.check, `"kind":"`), `"`)
		s := seen[kind]
		if row.met {
			s[0] = true
		} else {
			s[1] = true
		}
		seen[kind] = s
	}
	for _, k := range grade.Kinds() {
		if s := seen[k.Name]; k.Name != grade.Diagnosis && (!s[0] || !s[1]) { // that one has TestIncident
			t.Errorf("check %s: met in a row: %t, unmet in a row: %t; both are wanted", k.Name, s[0], s[1])
		}
		if k.Params == "" || k.Means == "" || len(k.Figures) == 0 {
			t.Errorf("check %s is not documented", k.Name)
		}
	}
}

// TestFiguresAreFound holds that every figure that a check offers is filled in when it is judged.
func TestFiguresAreFound(t *testing.T) {
	params := map[string]string{
		"no-refusals": `"stream":"trips"`, "throughput": `"stream":"trips","at-least":1`, "refused-seen": `"stream":"trips"`, "largest-share": `"stream":"trips","at-most":0.5`,
		"metric": `"stream":"trips","metric":"IncomingBytes","at-least":1`, "open-shards": `"stream":"trips","min":1`, "stream-status": `"stream":"trips"`, "key-order": `"consumer":"board"`,
		"keys-on-one-shard": `"stream":"trips","keys":["a"]`, "keys-apart": `"stream":"trips","keys":["a"]`, "distinct-keys": `"stream":"trips","min":1`, "record": `"stream":"trips"`,
		"records-in-order": `"stream":"trips","texts":["a","b"]`, "records-apart": `"stream":"trips","texts":["a","b"]`, "command": `"op":"SplitShard"`, "answer": `"is":"a"`, "encrypted": `"stream":"trips"`,
		"leases": `"application":"map"`, "unprocessed": `"application":"map"`, "spared": `"application":"map","of":"skips"`,
		"consumer-read": `"consumer":"board"`, "consumer-behind": `"consumer":"board"`, "closed-shard-drained": `"consumer":"board"`, "consumer-latency": `"consumer":"board","at-most":"1s"`, "consumers-registered": `"stream":"trips"`, "running": `"producer":"bikes"`,
		"shards-needed": `"stream":"trips"`, "stream-mode": `"stream":"trips"`, "cost": `"stream":"trips","at-most":1`, "zone": `"stream":"trips"`, "scaled": `"stream":"trips"`, "key-state": `"key":"alias/aws/kinesis"`, "may": `"principal":"ana","stream":"trips","ops":["PutRecord"]`, "retention": `"stream":"trips","min":24`, "setting": `"producer":"bikes","member":"Batch","is":"1"`, "key": `"stream":"trips","key":"a","shard":"0"`,
	}
	for _, more := range []map[string]string{clientParams, firehoseParams} {
		for kind, p := range more {
			params[kind] = p
		}
	}
	l, err := lab.New([]byte(`{"name":"t","start":"2026-03-02T08:00:00Z","seed":5,"open":"20s","world":[`+read+`]}`), nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range grade.Kinds() {
		p, ok := params[k.Name]
		if ok {
			p += ","
		} else if k.Name != grade.Diagnosis {
			t.Errorf("check %s has no row here", k.Name)
			continue
		}
		goals, err := grade.Parse([]json.RawMessage{json.RawMessage(`{"id":"g","text":"G","check":{` + p + `"kind":"` + k.Name + `"},"met":"m","unmet":"u"}`)})
		if err != nil {
			t.Errorf("check %s: %v", k.Name, err)
			continue
		}
		v := goals[0].Judge(&grade.View{Region: l.Region(), Start: l.Start()})
		for _, figure := range append(slices.Clone(k.Figures), "for", "now", "stream", "open-shards", "closed-shards", "producers", "consumers", "running", "stopped") {
			if f, ok := v.Figures[figure]; !ok || f.Text == "" && figure != "shard" && figure != "stream" {
				t.Errorf("check %s: figure %s is not filled in", k.Name, figure)
			}
		}
	}
}

func TestUnmetMessages(t *testing.T) {
	goal := `{"id":"g","text":"G","check":{"kind":"no-refusals","stream":"trips"},"met":"m","unmet":[
		{"if":"consumers > 1","text":"readers"}, {"if":"refused >= 1","text":"refused at {shard}"}, {"if":"running == 0","text":"silent"}, {"text":"too early"}]}`
	rows := []struct {
		world string
		deeds []deed
		at    float64
		want  string
	}{
		{calm, nil, 12, "too early"},
		{hot, nil, 30, "refused at shardId-000000000003"},
		{quiet, nil, 30, "silent"},
		{read, []deed{{20, "lab", "PutConsumer", `{"Name":"x","StreamName":"trips"}`}, {21, "lab", "StopProducer", `{"Name":"bikes"}`}}, 40, "readers"},
	}
	for _, row := range rows {
		l, err := lab.New([]byte(`{"name":"t","start":"2026-03-02T08:00:00Z","seed":5,"world":[`+row.world+`],"goals":[`+goal+`]}`), nil)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range row.deeds {
			l.AdvanceTo(int64(d.at*float64(second)), 0)
			l.Do(d.service, d.op, []byte(d.body), "")
		}
		l.AdvanceTo(int64(row.at*float64(second)), 0)
		if g := l.Goals()[0]; g.Met || g.Message != row.want {
			t.Errorf("met %t, %q; want %q", g.Met, g.Message, row.want)
		}
	}
}

func TestFaults(t *testing.T) {
	goal := func(check, rest string) string {
		return `{"id":"g","text":"G","check":{` + check + `},` + rest + `}`
	}
	const words = `"met":"m","unmet":"u"`
	rows := []struct{ name, goal, path, want string }{
		{"unknown key", `{"id":"g","text":"G","chek":{},` + words + `}`, "goals[0].chek", "Did you mean check?"},
		{"no id", `{"text":"G","check":{"kind":"running","producer":"b"},` + words + `}`, "goals[0].id", "is no id"},
		{"no text", `{"id":"g","check":{"kind":"running","producer":"b"},` + words + `}`, "goals[0].text", "left out: say what is to be true"},
		{"no check", `{"id":"g","text":"G",` + words + `}`, "goals[0].check", "left out or not an object"},
		{"no kind", goal(`"stream":"trips"`, words), "goals[0].check.kind", "left out: write one of agent, answer, closed-shard-drained"},
		{"unknown kind", goal(`"kind":"no-refusal","stream":"trips"`, words), "goals[0].check.kind", "Did you mean no-refusals?"},
		{"unknown parameter", goal(`"kind":"no-refusals","streem":"trips"`, words), "goals[0].check.streem", "Did you mean stream?"},
		{"parameter left out", goal(`"kind":"no-refusals"`, words), "goals[0].check.stream", "left out: say which stream"},
		{"parameter of another type", goal(`"kind":"no-refusals","stream":"trips","for":10`, words), "goals[0].check.for", "10 is not a duration"},
		{"window of no whole seconds", goal(`"kind":"no-refusals","stream":"trips","for":"500ms"`, words), "goals[0].check.for", "not a whole number of seconds"},
		{"silence allowed", goal(`"kind":"no-refusals","stream":"trips","min-rate":0`, words), "goals[0].check.min-rate", "without traffic nothing could be refused"},
		{"unknown figure in met", goal(`"kind":"no-refusals","stream":"trips"`, `"met":"{refuzed}","unmet":"u"`), "goals[0].met", "the check has no figure {refuzed}; it has accepted, closed-shards"},
		{"unknown figure in unmet", goal(`"kind":"no-refusals","stream":"trips"`, `"met":"m","unmet":"{open}"`), "goals[0].unmet", "the check has no figure {open}"},
		{"no unmet", goal(`"kind":"no-refusals","stream":"trips"`, `"met":"m"`), "goals[0].unmet", "left out: say what is missing"},
		{"no met", goal(`"kind":"no-refusals","stream":"trips"`, `"unmet":"u"`), "goals[0].met", "left out: say how it stands"},
		{"unmet without a last text", goal(`"kind":"no-refusals","stream":"trips"`, `"met":"m","unmet":[{"if":"refused > 1","text":"a"}]`), "goals[0].unmet[0].if", "leave its if out"},
		{"unmet with two last texts", goal(`"kind":"no-refusals","stream":"trips"`, `"met":"m","unmet":[{"text":"a"},{"text":"b"}]`), "goals[0].unmet[0].if", "only the last text has none"},
		{"condition of an unknown figure", goal(`"kind":"no-refusals","stream":"trips"`, `"met":"m","unmet":[{"if":"readers > 1","text":"a"},{"text":"b"}]`), "goals[0].unmet[0].if", `no figure "readers"`},
		{"condition without an operator", goal(`"kind":"no-refusals","stream":"trips"`, `"met":"m","unmet":[{"if":"refused","text":"a"},{"text":"b"}]`), "goals[0].unmet[0].if", `write it like "consumers > 1"`},
		{"condition on a text", goal(`"kind":"no-refusals","stream":"trips"`, `"met":"m","unmet":[{"if":"shard > abc","text":"a"},{"text":"b"}]`), "goals[0].unmet[0].if", "== and != only"},
		{"unknown key in a message", goal(`"kind":"no-refusals","stream":"trips"`, `"met":"m","unmet":[{"when":"refused > 1","text":"a"},{"text":"b"}]`), "goals[0].unmet[0].when", "unknown key"},
		{"a free stream", goal(`"kind":"cost","stream":"trips","at-most":0`, words), "goals[0].check.at-most", "a stream is never free"},
		{"no price", goal(`"kind":"cost","stream":"trips"`, words), "goals[0].check.at-most", "say what is enough"},
		{"a zone in no such state", goal(`"kind":"zone","stream":"trips","state":"GONE"`, words), "goals[0].check.state", "write LOST or IN_SYNC"},
		{"a zone without writes", goal(`"kind":"zone","stream":"trips","min":0`, words), "goals[0].check.min", "0 is not at least 1"},
		{"no bound", goal(`"kind":"open-shards","stream":"trips"`, words), "goals[0].check", "min, max or both"},
		{"bounds crossed", goal(`"kind":"open-shards","stream":"trips","min":5,"max":3`, words), "goals[0].check", "min 5 is above max 3"},
		{"throughput of two things", goal(`"kind":"throughput","stream":"a","producer":"b","at-least":1`, words), "goals[0].check", "one of them"},
		{"throughput of nothing", goal(`"kind":"throughput","stream":"a"`, words), "goals[0].check.at-least", "say what is enough"},
		{"command unknown", goal(`"kind":"command","op":"SplitShards"`, words), "goals[0].check.op", "Did you mean kinesis.SplitShard?"},
		{"command with an unknown member", goal(`"kind":"command","op":"SplitShard","with":{"Stream":"trips"}`, words), "goals[0].check.with.Stream", "no such member"},
		{"answer without a right one", goal(`"kind":"answer"`, words), "goals[0].check", "is, or check and figure"},
		{"answer with an unknown figure", goal(`"kind":"answer","check":{"kind":"largest-share","stream":"trips"},"figure":"shares"`, words), "goals[0].check.figure", `no figure "shares"`},
		{"setting unknown", goal(`"kind":"setting","producer":"b","member":"Keys.Kinds","is":"x"`, words), "goals[0].check.member", "is no member: write one of Name, StreamName"},
		{"a consumer's metric without it", goal(`"kind":"metric","stream":"a","metric":"SubscribeToShardEvent.Bytes","at-least":1`, words), "goals[0].check.consumer", "name it, and no shard"},
		{"a consumer with another's metric", goal(`"kind":"metric","stream":"a","consumer":"c","metric":"IncomingBytes","at-least":1`, words), "goals[0].check.consumer", "other metrics have none"},
		{"latency without a bound", goal(`"kind":"consumer-latency","consumer":"a"`, words), "goals[0].check.at-most", "say what is enough: a time, like 100ms"},
		{"registered consumers without a stream", goal(`"kind":"consumers-registered"`, words), "goals[0].check.stream", "left out"},
		{"metric unknown", goal(`"kind":"metric","stream":"a","metric":"Incoming","at-least":1`, words), "goals[0].check.metric", "is no metric here"},
		{"may do what", goal(`"kind":"may","principal":"a","stream":"trips","ops":["PutRecrd"]`, words), "goals[0].check.ops", "Did you mean kinesis.PutRecord"},
		{"may do nothing named", goal(`"kind":"may","principal":"a","stream":"trips"`, words), "goals[0].check.ops", "list the operations"},
		{"a key in no state", goal(`"kind":"key-state","key":"alias/a","is":"Broken"`, words), "goals[0].check.is", "is no state"},
		{"behind who", goal(`"kind":"consumer-behind"`, words), "goals[0].check.consumer", "name a stream to mean all that read it"},
		{"so many of one consumer", goal(`"kind":"consumer-behind","consumer":"a","min":2`, words), "goals[0].check.min", "belongs to a stream"},
		{"spared of nothing", goal(`"kind":"spared","application":"a","of":"losses"`, words), "goals[0].check.of", "write one of duplicates"},
		{"spared since what", goal(`"kind":"spared","application":"a","of":"skips","since":"KillWorkers"`, words), "goals[0].check.since", "no operation of the lab"},
		{"spared despite what", goal(`"kind":"spared","application":"a","of":"skips","since":"KillWorker","despite":"rain"`, words), "goals[0].check.despite", "write one of duplicates"},
		{"spared despite something without a beginning", goal(`"kind":"spared","application":"a","of":"skips","despite":"duplicates"`, words), "goals[0].check.since", "say which command"},
		{"unprocessed where nothing comes in", goal(`"kind":"unprocessed","application":"a","min-rate":-1`, words), "goals[0].check.min-rate", "nothing is late"},
		{"spared while nothing is processed", goal(`"kind":"spared","application":"a","of":"skips","min-rate":0`, words), "goals[0].check.min-rate", "is spared everything"},
		{"leases of no workers", goal(`"kind":"leases","application":"a","workers":0`, words), "goals[0].check.workers", "is not at least 1"},
		{"leases of nobody", goal(`"kind":"leases"`, words), "goals[0].check.application", "left out"},
		{"shard unknown", goal(`"kind":"record","stream":"a","shard":"shard-1"`, words), "goals[0].check.shard", "is no shard id"},
		{"firehose: no figure", goal(`"kind":"firehose","firehose":"raw"`, words), "goals[0].check.figure", "which figure"},
		{"firehose: unknown figure", goal(`"kind":"firehose","firehose":"raw","figure":"speed","at-least":1`, words), "goals[0].check.figure", "write one of records, bytes"},
		{"firehose: without bounds", goal(`"kind":"firehose","firehose":"raw","figure":"records"`, words), "goals[0].check", "at-least or at-most"},
		{"firehose: flushes of a window", goal(`"kind":"firehose","firehose":"raw","figure":"by-size","at-least":1,"for":"60s"`, words), "goals[0].check.for", "leave it out"},
		{"firehose-setting unknown", goal(`"kind":"firehose-setting","firehose":"raw","member":"BufferingHints.Size","is":"1"`, words), "goals[0].check.member", "write it like BufferingHints.SizeInMBs"},
		{"firehose-setting wants nothing", goal(`"kind":"firehose-setting","firehose":"raw","member":"ProcessingConfiguration.Processors.0.Type"`, words), "goals[0].check", "is, at-least or at-most"},
		{"objects of no bucket", goal(`"kind":"objects","figure":"count","at-least":1`, words), "goals[0].check.bucket", "say which bucket"},
		{"objects that are not read", goal(`"kind":"objects","bucket":"lake","figure":"count","at-least":1,"contains":"x"`, words), "goals[0].check.contains", "bound one of lines"},
		{"status unknown", goal(`"kind":"stream-status","stream":"a","status":"OPEN"`, words), "goals[0].check.status", "is no status"},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			_, err := grade.Parse([]json.RawMessage{json.RawMessage(row.goal)})
			var faults region.Faults
			if !errors.As(err, &faults) {
				t.Fatalf("got %v, want faults", err)
			}
			for _, f := range faults {
				if f.Path == row.path && strings.Contains(f.Message, row.want) {
					return
				}
			}
			t.Errorf("got\n%v\nwant at %q: %s", err, row.path, row.want)
		})
	}
	if _, err := grade.Parse([]json.RawMessage{json.RawMessage(goal(`"kind":"running","producer":"b"`, words)), json.RawMessage(goal(`"kind":"running","producer":"b"`, words))}); err == nil || !strings.Contains(err.Error(), "there twice") {
		t.Errorf("two goals of one id: %v", err)
	}
}
