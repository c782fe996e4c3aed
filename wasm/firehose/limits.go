package firehose

import "time"

// Limits of the service.
const (
	// MaxRecordBytes is how large the data of a record is at most, before base64: 1,000 KiB.
	// Source: Developer Guide, "Amazon Data Firehose Quota".
	MaxRecordBytes = 1_024_000
	// MaxBatchBytes is how much data PutRecordBatch takes in one call. Source: the same page.
	MaxBatchBytes = 4 << 20
	// MaxStreams is how many Firehose streams an account has in us-east-1. Source: the same page; other Regions have fewer.
	MaxStreams = 5000
	// maxStreams bounds a world. Ours.
	maxStreams = 50
	// controlRate is how often a second each control operation is answered. Source: the same page.
	controlRate = 5
	// MaxTags is how many tags a Firehose stream has. Source: service model, TagDeliveryStream.
	MaxTags = 50
	// MaxPartitions is how many partitions are active at once, with dynamic partitioning. Source: the same page.
	MaxPartitions = 500
	// maxEncryptions is how often encryption is started, and how often stopped, in 24 hours. Source: the same page.
	maxEncryptions = 25
	// concurrentInvocations is how often a function is invoked at once for a shard of a Firehose stream, and splunkInvocations for
	// one that delivers to Splunk. Source: the same page.
	concurrentInvocations = 5
	splunkInvocations     = 10
	// keptFor is how long data are kept while a destination does not take them and the source is Direct PUT. Source: the same page.
	keptFor = 24 * time.Hour
	// minPartitionedMiB and minConvertedMiB are the least size of a buffer with dynamic partitioning and with format conversion.
	// Source: Developer Guide, "Configure backup and buffering hints".
	minPartitionedMiB = 64
	minConvertedMiB   = 64
	// minBackupSeconds is the least interval of a backup bucket, and of a buffer with dynamic partitioning, for which AWS publishes
	// none. Source: the same page.
	minBackupSeconds = 60
)

// A throughput is how much Direct PUT takes a second.
type throughput struct{ Records, Requests, Bytes int64 }

// directPut is what a Firehose stream takes a second before its quota grows.
// Source: Developer Guide, "Amazon Data Firehose Quota".
func directPut(region string) throughput {
	switch region {
	case "us-east-1", "us-west-2", "eu-west-1":
		return throughput{500_000, 2_000, 5 << 20}
	}
	return throughput{100_000, 1_000, 1 << 20}
}

// PutQuota is how many records and bytes a second a Firehose stream of a Region takes by Direct PUT before its quota grows.
func PutQuota(region string) (records, bytes int64) {
	t := directPut(region)
	return t.Records, t.Bytes
}

// What AWS does not publish. Ours.
const (
	createTakes  = 10 * time.Second // CREATING
	deleteTakes  = 10 * time.Second // DELETING
	encryptTakes = 10 * time.Second // ENABLING and DISABLING
	// pollEvery is how often a shard of a source is asked for records. Source: Developer Guide, "Sending data using Kinesis data
	// streams": once a second for each shard.
	pollEvery = time.Second
	// gatherFor is how long records are gathered when the interval of a buffer is 0: zero buffering delivers within seconds.
	gatherFor = time.Second
	// growAfter is how long a stream is throttled until its quota doubles, maxGrowth how often that happens. AWS says that Firehose
	// scales by itself, and not how fast.
	growAfter = time.Minute
	maxGrowth = 6
	// partitionGather and partitionBytes are how long and how much is gathered before partition keys are found.
	partitionGather = time.Second
	partitionBytes  = 1 << 20
	behindIntervals = 2  // intervals that the oldest data wait until a buffer grows, when it grows by itself
	maxRaise        = 16 // times that a buffer grows at most
	// heldBack is how many deliveries of a stream wait until it reads no more from its source.
	heldBack = 8
)
