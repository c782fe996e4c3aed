package kcl

import (
	"strconv"
	"strings"

	"shardlab/wasm/dynamodb"
	"shardlab/wasm/kinesis"
)

// A Lease is a row of a lease table. Source: KCL, DynamoDBLeaseSerializer.
type Lease struct {
	Shard      int32
	Owner      string
	Counter    int64
	Switches   int64  // ownerSwitchesSinceCheckpoint
	Checkpoint string // a sequence number, TRIM_HORIZON, LATEST, AT_TIMESTAMP or SHARD_END
	Sub        int64  // checkpointSubSequenceNumber
	Parents    []int32

	CheckpointOwner string  // of 3.x: who hands the lease over to its owner; "" when nobody does
	KBps            float64 // of 3.x: throughputKBps; negative when it is not known
}

// Attributes of a row.
const (
	leaseKey   = "leaseKey"
	leaseOwner = "leaseOwner"
	counter    = "leaseCounter"
	switches   = "ownerSwitchesSinceCheckpoint"
	checkpoint = "checkpoint"
	subNumber  = "checkpointSubSequenceNumber"
	parentIDs  = "parentShardId"
	startHash  = "startingHashKey"
	endHash    = "endingHashKey"

	checkpointOwner = "checkpointOwner"
	throughput      = "throughputKBps"
)

func shardNumber(id string) (int32, bool) {
	text, ok := strings.CutPrefix(id, "shardId-")
	n, err := strconv.ParseInt(text, 10, 32)
	return int32(n), ok && err == nil
}

// row writes a new lease.
func (l Lease) row(sh *kinesis.ShardState) dynamodb.Item {
	start, end := sh.Range()
	it := dynamodb.Item{leaseKey: dynamodb.Text(kinesis.ShardID(l.Shard)), counter: dynamodb.Int(l.Counter), switches: dynamodb.Int(l.Switches),
		checkpoint: dynamodb.Text(l.Checkpoint), subNumber: dynamodb.Int(l.Sub), startHash: dynamodb.Text(start.String()), endHash: dynamodb.Text(end.String())}
	if len(l.Parents) > 0 {
		var all []string
		for _, n := range l.Parents {
			all = append(all, kinesis.ShardID(n))
		}
		it[parentIDs] = dynamodb.Texts(all)
	}
	return it
}

// ReadLease reads a row; it is not ok when it is none that the KCL could read.
func ReadLease(it dynamodb.Item) (l Lease, ok bool) {
	text := func(name string) string {
		if v := it[name]; v.S != nil {
			return *v.S
		}
		return ""
	}
	number := func(name string) int64 {
		if v := it[name]; v.N != nil {
			n, _ := strconv.ParseInt(*v.N, 10, 64)
			return n
		}
		return 0
	}
	l = Lease{Owner: text(leaseOwner), Counter: number(counter), Switches: number(switches), Checkpoint: text(checkpoint), Sub: number(subNumber), CheckpointOwner: text(checkpointOwner), KBps: -1}
	if v := it[throughput]; v.N != nil {
		l.KBps, _ = strconv.ParseFloat(*v.N, 64)
	}
	for _, id := range it[parentIDs].SS {
		if n, ok := shardNumber(id); ok {
			l.Parents = append(l.Parents, n)
		}
	}
	l.Shard, ok = shardNumber(text(leaseKey))
	return l, ok && l.Checkpoint != ""
}

// Done says whether a lease's shard is processed to its end.
func (l Lease) Done() bool { return l.Checkpoint == shardEnd }
