package kinesis

import (
	"strings"

	"shardlab/wasm/aws"
)

// op makes the row of an operation, act of one whose answer has no body.
func op(name, help string, do any) aws.Row {
	return aws.Op("kinesis", name, help, memberHelpOf(name), do)
}

func act(name, help string, do any) aws.Row { return op(name, help, do) }

func memberHelpOf(op string) func(path string) string {
	return func(path string) string { return memberHelp(op, path) }
}

// table lists the operations by name. It never changes.
var table = aws.Table{
	act("AddTagsToStream", "Gives a stream tags, or new values to the tags it has.", (*Service).AddTagsToStream),
	op("CreateChannel", "Makes a channel from an on-demand stream to S3; this lab has no S3, so nothing is delivered.", (*Service).CreateChannel),
	act("CreateStream", "Makes a stream with a number of shards; it is CREATING at first.", (*Service).CreateStream),
	act("DecreaseStreamRetentionPeriod", "Keeps records for a shorter time; older ones are gone at once.", (*Service).DecreaseStreamRetentionPeriod),
	act("DeleteChannel", "Deletes a channel.", (*Service).DeleteChannel),
	act("DeleteResourcePolicy", "Takes the resource policy off a stream or a consumer.", (*Service).DeleteResourcePolicy),
	act("DeleteStream", "Deletes a stream with all its shards and records.", (*Service).DeleteStream),
	act("DeregisterStreamConsumer", "Takes away a consumer with enhanced fan-out; its subscriptions end.", (*Service).DeregisterStreamConsumer),
	op("DescribeAccountSettings", "Tells the settings of the account.", (*Service).DescribeAccountSettings),
	op("DescribeChannel", "Tells what a channel is.", (*Service).DescribeChannel),
	op("DescribeLimits", "Tells the quotas of the account and how much of them is used.", (*Service).DescribeLimits),
	op("DescribeStream", "Tells what a stream is, shard by shard.", (*Service).DescribeStream),
	op("DescribeStreamConsumer", "Tells what a registered consumer is, and whether it is ACTIVE.", (*Service).DescribeStreamConsumer),
	op("DescribeStreamSummary", "Tells what a stream is, without its shards.", (*Service).DescribeStreamSummary),
	op("DisableEnhancedMonitoring", "Turns metrics of single shards off.", (*Service).DisableEnhancedMonitoring),
	op("EnableEnhancedMonitoring", "Turns metrics of single shards on.", (*Service).EnableEnhancedMonitoring),
	op("GetRecords", "Reads records of a shard, in order, from where an iterator stands.", (*Service).GetRecords),
	op("GetResourcePolicy", "Answers with the resource policy of a stream or a consumer.", (*Service).GetResourcePolicy),
	op("GetShardIterator", "Gives a place in a shard from which get-records reads on; it lives five minutes.", (*Service).GetShardIterator),
	act("IncreaseStreamRetentionPeriod", "Keeps records longer, up to 8760 hours.", (*Service).IncreaseStreamRetentionPeriod),
	op("ListChannels", "Lists the channels of the account, or of some streams.", (*Service).ListChannels),
	op("ListShards", "Lists the shards of a stream, open and closed.", (*Service).ListShards),
	op("ListStreamConsumers", "Lists the consumers with enhanced fan-out of a stream.", (*Service).ListStreamConsumers),
	op("ListStreams", "Lists the streams of the account by name.", (*Service).ListStreams),
	op("ListTagsForResource", "Lists the tags of what has an ARN.", (*Service).ListTagsForResource),
	op("ListTagsForStream", "Lists the tags of a stream.", (*Service).ListTagsForStream),
	act("MergeShards", "Joins two adjacent shards into one.", (*Service).MergeShards),
	op("PutRecord", "Writes one record; its partition key chooses the shard.", (*Service).PutRecord),
	op("PutRecords", "Writes up to 500 records; each succeeds or fails by itself.", (*Service).PutRecords),
	act("PutResourcePolicy", "Says in a policy who else may use a stream or a consumer.", (*Service).PutResourcePolicy),
	op("RegisterStreamConsumer", "Registers a consumer for enhanced fan-out; it is CREATING at first.", (*Service).RegisterStreamConsumer),
	act("RemoveTagsFromStream", "Takes tags off a stream.", (*Service).RemoveTagsFromStream),
	act("SplitShard", "Splits a shard in two at a hash key.", (*Service).SplitShard),
	act("StartStreamEncryption", "Encrypts records at rest with a KMS key, or goes over to another key.", (*Service).StartStreamEncryption),
	act("StopStreamEncryption", "Lets new records be unencrypted at rest.", (*Service).StopStreamEncryption),
	op("SubscribeToShard", "Pushes a shard's records to a registered consumer, for five minutes.", (*Service).subscribeByDo),
	act("TagResource", "Gives tags to what has an ARN.", (*Service).TagResource),
	act("UntagResource", "Takes tags off what has an ARN.", (*Service).UntagResource),
	op("UpdateAccountSettings", "Begins or ends the commitment that makes On-demand Advantage.", (*Service).UpdateAccountSettings),
	op("UpdateChannel", "Changes how fresh a channel's data is, or where it logs.", (*Service).UpdateChannel),
	act("UpdateMaxRecordSize", "Sets how large a record of a stream may be.", (*Service).UpdateMaxRecordSize),
	op("UpdateShardCount", "Scales a stream to a number of shards of even ranges.", (*Service).UpdateShardCount),
	act("UpdateStreamMode", "Switches a stream between provisioned and on-demand; its shards stay.", (*Service).UpdateStreamMode),
	act("UpdateStreamRecordDistributionStrategy", "Says how an on-demand stream spreads records over shards.", (*Service).UpdateStreamRecordDistributionStrategy),
	op("UpdateStreamWarmThroughput", "Makes write capacity of an on-demand stream ready before it is needed.", (*Service).UpdateStreamWarmThroughput),
}

// Operations lists the operations by name.
func Operations() []aws.Operation { return table.Operations() }

// Decode reads one operation as it comes over the wire: it decodes the body and checks types and constraints. The error
// is an *aws.Error.
func Decode(name string, body []byte) (aws.Request, error) { return table.Decode(name, body) }

// Run runs a request now. The answer is the operation's output structure, nil when it has none; nothing in it changes
// later. The error is an *aws.Error.
func (s *Service) Run(r aws.Request) (any, error) {
	var st *Stream
	if s.cfg.Inject != nil {
		st = s.streamOf(r.In)
	}
	fault, err := s.inject(r.Name(), st)
	if err != nil {
		return nil, err
	}
	out, err := r.Run(s)
	if err == nil && fault.Lost {
		return nil, s.lostAnswer()
	}
	return out, err
}

// Do runs one operation as it comes over the wire: Decode, Run, and the answer encoded, which is nil when the operation
// has none. The error is an *aws.Error.
func (s *Service) Do(name string, body []byte) ([]byte, error) {
	r, err := Decode(name, body)
	if err != nil {
		return nil, err
	}
	out, err := s.Run(r)
	if err != nil || out == nil {
		return nil, err
	}
	return aws.Encode(out)
}

// memberHelp says a line about a member: what stands for the operation's own, else what stands for its path
// or for the end of it.
func memberHelp(op, path string) string {
	if h, ok := help[op+"."+path]; ok {
		return h
	}
	for more := true; more; _, path, more = strings.Cut(path, ".") {
		if h, ok := help[path]; ok {
			return h
		}
	}
	return ""
}

// help holds the lines about members, in our own words.
var help = map[string]string{
	"StreamName":            "Name of the stream.",
	"StreamARN":             "ARN of the stream; it may stand in place of the name.",
	"StreamId":              "Reserved by the service; it has no effect.",
	"ShardId":               "Id of the shard, such as shardId-000000000000.",
	"NextToken":             "The token that the page before answered, to go on with the next page.",
	"ExclusiveStartShardId": "Lists the shards after this one.",
	"ResourceARN":           "ARN of the stream, consumer or channel.",
	"DryRun":                "Only checks the request; DryRunOperationException is the good answer.",
	"Tags":                  "Keys and values, 50 at the most.",
	"TagKeys":               "The keys of the tags to take off.",
	"ShardLevelMetrics":     "Names of metrics; ALL stands for every one.",
	"RetentionPeriodHours":  "How many hours records are kept, 24 to 8760.",

	"RecordDistributionStrategy": "USER_PARTITION_KEY, or AUTO: the service spreads records and keys do not matter.",

	"StreamCreationTimestamp": "When the stream was made, to tell it from a deleted one of the same name.",

	"ConsumerName": "Name of the registered consumer.",
	"ConsumerARN":  "ARN of the registered consumer, as list-stream-consumers shows it.",

	"CreateStream.StreamName":          "Name of the new stream: letters, digits, dots, dashes and underscores.",
	"CreateStream.ShardCount":          "How many shards a provisioned stream begins with.",
	"CreateStream.StreamModeDetails":   "How capacity is chosen: PROVISIONED by shard count, ON_DEMAND by the service.",
	"StreamModeDetails.StreamMode":     "PROVISIONED or ON_DEMAND.",
	"CreateStream.Tags":                "Keys and values to find and bill the stream by.",
	"CreateStream.WarmThroughputMiBps": "Write capacity ready at once, for accounts with On-demand Advantage.",
	"CreateStream.MaxRecordSizeInKiB":  "The largest record the stream takes, 1024 to 10240 KiB.",

	"ChannelARN":                             "ARN of the channel.",
	"ChannelName":                            "Name of the new channel: letters, digits, dots, dashes and underscores.",
	"ServiceExecutionRoleARN":                "ARN of the role in which the channel writes.",
	"StreamConfigurationList":                "The stream to read: one, with the format of its records.",
	"StreamConfigurationList.StreamARN":      "ARN of the stream.",
	"RecordConfiguration":                    "What the records hold.",
	"RecordFormatType":                       "JSON, STRING or BYTE_ARRAY for a bucket, JSON or GSR_JSON for a table.",
	"GSRSchemaARN":                           "ARN of the schema in the Glue Schema Registry; a table needs it.",
	"S3DestinationConfiguration":             "The bucket to deliver to; this or a table.",
	"S3TablesDestinationConfiguration":       "The streaming table to deliver to; this or a bucket.",
	"DataFreshnessInSeconds":                 "How old undelivered data may be, 300 to 900 seconds.",
	"DeadLetterQueueS3Configuration":         "The bucket for records that cannot be delivered.",
	"StorageConfiguration":                   "How objects are written.",
	"S3TablesConfigurationList":              "The table: one.",
	"BucketARN":                              "ARN of the bucket.",
	"ExpectedBucketOwner":                    "Account that owns the bucket.",
	"ErrorOutputPrefix":                      "How the keys of failed records begin.",
	"OutputKeyTemplate":                      "How keys of objects are made.",
	"StorageClass":                           "Storage class of the objects.",
	"CompressionType":                        "How data is compressed.",
	"TableBucketARN":                         "ARN of the table bucket.",
	"Namespace":                              "Namespace of the table.",
	"TableName":                              "Name of the table.",
	"PartitionSpec":                          "How the table is partitioned.",
	"PartitionFields":                        "The columns to partition by.",
	"Transform":                              "TIME_HOUR.",
	"SourceName":                             "A column of times.",
	"EncryptionConfiguration":                "The key that encrypts what is delivered.",
	"EncryptionConfiguration.EncryptionType": "KMS.",
	"EncryptionConfiguration.KeyId":          "A key of your own; not aws/kinesis.",
	"LoggingConfiguration":                   "Where the channel logs.",
	"CloudWatchLogs":                         "A log stream of CloudWatch.",
	"Enabled":                                "Whether it logs.",
	"LogGroupName":                           "The log group.",
	"LogStreamName":                          "The log stream.",
	"ListChannels.MaxResults":                "How many channels a page lists; 100 at the most.",
	"StreamFilter":                           "Lists the channels of these streams.",

	"DeleteStream.EnforceConsumerDeletion": "Deletes the stream even if consumers are registered.",

	"ListTagsForStream.Limit":                "How many tags a page lists.",
	"ListTagsForStream.ExclusiveStartTagKey": "Lists the tags after this key.",

	"PutResourcePolicy.Policy": "The policy, a JSON text.",

	"MinimumThroughputBillingCommitment":        "Whether the account commits itself, for a day at the least.",
	"MinimumThroughputBillingCommitment.Status": "ENABLED or DISABLED.",

	"UpdateMaxRecordSize.MaxRecordSizeInKiB": "The largest record the stream takes, 1024 to 10240 KiB.",

	"DescribeStream.Limit": "How many shards to list; 100 at the most.",

	"DeregisterStreamConsumer.StreamARN": "ARN of the consumer's stream, with its name in place of its own ARN.",
	"DescribeStreamConsumer.StreamARN":   "ARN of the consumer's stream, with its name in place of its own ARN.",
	"RegisterStreamConsumer.StreamARN":   "ARN of the stream.",
	"ListStreamConsumers.StreamARN":      "ARN of the stream.",

	"ListStreamConsumers.MaxResults": "How many consumers a page lists; 100 at the most.",

	"RegisterStreamConsumer.ConsumerName": "Name of the new consumer: letters, digits, dots, dashes and underscores.",
	"RegisterStreamConsumer.Tags":         "Keys and values to find and bill the consumer by.",

	"SubscribeToShard.StartingPosition":                "Where in the shard to begin.",
	"SubscribeToShard.StartingPosition.Type":           "Where to begin: oldest record, newest, a moment, or at or after a record.",
	"SubscribeToShard.StartingPosition.SequenceNumber": "The record's number for AT_SEQUENCE_NUMBER and AFTER_SEQUENCE_NUMBER.",
	"SubscribeToShard.StartingPosition.Timestamp":      "The moment for AT_TIMESTAMP, in seconds since 1970.",

	"ListStreams.Limit":                    "How many streams a page lists.",
	"ListStreams.ExclusiveStartStreamName": "Lists the streams after this one.",

	"ListShards.MaxResults":            "How many shards a page lists.",
	"ListShards.ShardFilter":           "Which shards to list; all of them when left out.",
	"ListShards.ShardFilter.Type":      "Which rule chooses the shards.",
	"ListShards.ShardFilter.ShardId":   "With AFTER_SHARD_ID: lists the shards after this one.",
	"ListShards.ShardFilter.Timestamp": "With AT_TIMESTAMP and FROM_TIMESTAMP: the moment, in seconds since 1970.",

	"PutRecord.Data":                      "What the record holds, in base64.",
	"PutRecord.PartitionKey":              "Text of 1 to 256 characters; its MD5 chooses the shard.",
	"PutRecord.ExplicitHashKey":           "A hash key that chooses the shard in place of the partition key's.",
	"PutRecord.SequenceNumberForOrdering": "Number of the record before of this key, so that this one's is greater.",

	"PutRecords.Records":                 "The records, 1 to 500.",
	"PutRecords.Records.Data":            "What the record holds, in base64.",
	"PutRecords.Records.PartitionKey":    "Text of 1 to 256 characters; its MD5 chooses the shard.",
	"PutRecords.Records.ExplicitHashKey": "A hash key that chooses the shard in place of the partition key's.",

	"GetShardIterator.ShardIteratorType":      "Where to begin: oldest record, newest, a moment, or at or after a record.",
	"GetShardIterator.StartingSequenceNumber": "The record's number for AT_SEQUENCE_NUMBER and AFTER_SEQUENCE_NUMBER.",
	"GetShardIterator.Timestamp":              "The moment for AT_TIMESTAMP, in seconds since 1970.",

	"GetRecords.ShardIterator": "The iterator that get-shard-iterator or the last get-records answered.",
	"GetRecords.Limit":         "How many records to read; 10,000 at the most.",

	"EncryptionType":              "KMS.",
	"StartStreamEncryption.KeyId": "The key: its id or ARN, alias/NAME, or alias/aws/kinesis for the one that AWS manages.",
	"StopStreamEncryption.KeyId":  "The stream's key.",

	"SplitShard.ShardToSplit":       "Id of the shard to split.",
	"SplitShard.NewStartingHashKey": "The hash key at which the upper of the two shards begins.",

	"MergeShards.ShardToMerge":         "Id of the lower of the two shards.",
	"MergeShards.AdjacentShardToMerge": "Id of the shard whose range follows.",

	"UpdateShardCount.TargetShardCount":    "How many open shards the stream shall have: half to double of what it has.",
	"UpdateStreamMode.StreamModeDetails":   "How capacity is chosen from now on.",
	"UpdateStreamMode.WarmThroughputMiBps": "With ON_DEMAND: write capacity ready at once, for accounts with On-demand Advantage.",

	"UpdateStreamWarmThroughput.WarmThroughputMiBps": "Write capacity in MiB/s; a lower one lets go of what is not needed.",

	"UpdateShardCount.ScalingType": "UNIFORM_SCALING: shards of even ranges.",
}
