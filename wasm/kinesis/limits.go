package kinesis

import "time"

// Limits is a profile: every limit of Data Streams that the engine keeps, under one name. A field's comment names the
// page it comes from; "ours" means that AWS publishes no figure and the lab chose one.
type Limits struct {
	Profile string // the profile's name, "2026". Ours

	// Writing.

	ShardBytesPerSecond   int64 // data and partition keys a shard takes; 1 MiB. Source: Developer Guide, "Quotas and limits".
	ShardRecordsPerSecond int64 // records a shard takes; 1,000. Source: Developer Guide, "Quotas and limits".
	// BurstMillis is how much of a second's quota an idle shard has saved up: the capacity of its token buckets. Ours: AWS
	// does not publish the length of its accounting window.
	BurstMillis int64
	// LargeRecordBurstBytes is the capacity of the byte bucket of a stream whose MaxRecordSizeInKiB is above
	// DefaultRecordKiB; 10 MiB. Source: Developer Guide, "Large records"; KPL's limiter counts the same.
	LargeRecordBurstBytes int64
	RoundBytes            int64 // a record of PutRecord, and a call's sum of PutRecords, count as whole KiB. Source: Developer Guide, "Troubleshooting producers".
	DefaultRecordKiB      int64 // data and key of one record; 1,024. Source: Developer Guide, "Quotas and limits".
	MaxRecordKiB          int64 // the most that MaxRecordSizeInKiB may say; 10,240 since October 2025. Source: API Reference, CreateStream.
	RequestRecords        int   // records of one PutRecords; 500. Source: API Reference, PutRecords.
	RequestBytes          int64 // data and keys of one PutRecords; 10 MiB, before October 2025 5 MiB. Source: Developer Guide, "Quotas and limits".

	// Reading.

	ShardReadCallsPerSecond    int           // GetRecords a shard, all consumers together; 5. Source: Developer Guide, "Quotas and limits".
	ShardReadBytesPerSecond    int64         // data and keys a shard gives out, all consumers together; 2 MiB. Source: the same.
	ShardIteratorsPerSecond    int           // GetShardIterator a shard; 5. Source: the same.
	AnswerRecords              int           // records of one GetRecords answer; 10,000. Source: API Reference, GetRecords.
	AnswerBytes                int64         // data and keys of one GetRecords answer; 10 MiB. Source: API Reference, GetRecords.
	IteratorLifetime           time.Duration // how long a shard iterator stays valid after it is returned; 5 minutes. Source: API Reference, GetShardIterator.
	TokenLifetime              time.Duration // how long a NextToken stays valid; 300 s. Source: API Reference, ListShards.
	PropagationLow             time.Duration // a record can be read this long after it was taken at the least. Ours: AWS says typically 70 ms from put to consumer with fan-out.
	PropagationHigh            time.Duration // and less than this at the most; about 50 ms on average. Ours, see spread.
	MinRetention, MaxRetention time.Duration // 24 hours, the default, and 365 days. Source: API Reference, IncreaseStreamRetentionPeriod.

	// How long the service works on a call, as PutRecord.Latency, PutRecords.Latency and GetRecords.Latency tell it; most
	// calls take little more than the low bound. Ours: AWS publishes no figures, only that the metrics are in milliseconds.
	PutLatencyLow, PutLatencyHigh time.Duration // 5 to 45 ms, median 7.5 ms. Ours
	GetLatencyLow, GetLatencyHigh time.Duration // 3 to 35 ms, median 5 ms. Ours

	// Enhanced fan-out.

	SubscriptionBytesPerSecond int64         // data and keys pushed to one consumer from one shard, its own; 2 MiB. Source: API Reference, SubscribeToShard.
	SubscriptionLifetime       time.Duration // how long a subscription lives; 5 minutes. Source: API Reference, SubscribeToShard.
	SubscriptionHold           time.Duration // how long after a call that succeeded the next one is refused; 5 s. Source: API Reference, SubscribeToShard.
	SubscriptionHeartbeat      time.Duration // after so long without records an event without any is pushed; 5 s. Ours: AWS says only that there are such events.
	EventRecords               int           // records of one event; 10,000, as of one answer. Ours.
	EventBytes                 int64         // data and keys of one event, unless it is one record; 256 KiB. Ours.
	StreamConsumers            int           // registered consumers of a stream; 20. Source: Developer Guide, "Quotas and limits".
	AdvantageConsumers         int           // the same with On-demand Advantage; 50. Source: the same.
	ConsumersCreating          int           // consumers in CREATING at a time, of the account; 5. Source: API Reference, RegisterStreamConsumer.
	ConsumerCreateDelay        time.Duration // a consumer's CREATING lasts; 10 s. Ours: AWS says nothing, readers wait some seconds.
	ConsumerDeleteDelay        time.Duration // a consumer's DELETING lasts; 5 s. Ours.

	// Calls a second of a stream; those of SubscribeToShard are of a consumer and a shard. The API Reference counts
	// RegisterStreamConsumer by account. Source: Developer Guide, "Quotas and limits", API limits.

	RegisterStreamConsumerRate   int // 5. Source: see above.
	DeregisterStreamConsumerRate int // 5. Source: see above.
	DescribeStreamConsumerRate   int // 20. Source: see above.
	ListStreamConsumersRate      int // 5. Source: see above.
	SubscribeToShardRate         int // 1. Source: see above.

	// FailoverLow and FailoverHigh bound how long a shard's calls wait when its primary replica is lost with its zone; 300 ms
	// to 3 s. Ours: AWS says that a lost zone loses nothing and stops nothing, and publishes no figure.
	FailoverLow, FailoverHigh time.Duration
	CatchUpLeast              time.Duration // replicas of a zone that is back catch up for so long at the least; 10 s. Ours
	CatchUpBytesPerSecond     int64         // and a second for so many bytes written meanwhile; 100 MiB. Ours

	// Control plane.

	CreateDelay time.Duration // CREATING of a stream or a channel lasts; 10 s. Ours: AWS says tens of seconds.
	DeleteDelay time.Duration // DELETING of them lasts; 5 s. Ours.
	UpdateDelay time.Duration // UPDATING lasts for one split or merge, or a change of settings; 5 s. Ours: AWS says some seconds.

	// StepDelay lies between two splits or merges of a plan; 1 s after the UpdateDelay that the first takes. Ours.
	StepDelay time.Duration
	// LongestPlan is when more than one of them is done at a time, so that all of them take no longer; 10 min. Ours: AWS says
	// a few minutes.
	LongestPlan time.Duration

	StreamsCreating int   // streams in CREATING at a time; 5. Source: API Reference, CreateStream.
	AccountShards   int64 // open shards of all provisioned streams; a lesson's value of 200. AWS's own is 1,000 to 20,000 by Region. Source: Developer Guide, "Quotas and limits".
	OnDemandStreams int   // on-demand streams of an account; 50. Source: Developer Guide, "Quotas and limits".
	OnDemandShards  int   // shards of a new on-demand stream; 4, for 4 MiB/s and 4,000 records/s. Source: Developer Guide, "Choose the data stream capacity mode".
	// OnDemandTick is how often an on-demand stream looks at its traffic and scales; 15 min. Ours: AWS says within 15 minutes.
	OnDemandTick time.Duration
	// OnDemandMemory is how long a peak counts; 30 days. Source: Developer Guide, "Choose the data stream capacity mode".
	OnDemandMemory time.Duration
	// A shard that takes more than this in a second, on average over a minute, is split: about half of what it can take, so
	// that a stream can take double its peak. 500 KiB; AWS writes KB. Source: Developer Guide, "Choose the data stream
	// capacity mode". For records it is ours: 500.
	OnDemandSplitBytes, OnDemandSplitRecords int64
	// OnDemandBytes is what an on-demand stream takes in a second at the most, and OnDemandBytesLarge in the three Regions
	// with the greater quota; 200 MiB and 10 GiB. Source: Developer Guide, "Quotas and limits".
	OnDemandBytes, OnDemandBytesLarge int64
	StreamShards                      int64 // open shards to which UpdateShardCount brings a stream; 10,000. Source: API Reference, UpdateShardCount.
	WarmMiBps                         int64 // WarmThroughputMiBps at the most; 10,240, and 0 before November 2025, when there was none. Source: API Reference, UpdateStreamWarmThroughput.
	ModeSwitches                      int   // switches between capacity modes in any 24 hours, of a stream; 2. Source: Developer Guide, "Quotas and limits".
	ShardCountCalls                   int   // UpdateShardCount answered in any 24 hours, of a stream; 10. Source: API Reference, UpdateShardCount.
	StreamTags                        int   // tags of a stream, a consumer or a channel; 50. Source: Developer Guide, "Quotas and limits".
	StreamChannels                    int   // channels of a stream to each kind of destination; 1. Source: Developer Guide, "Delivery quotas and limits".
	MinFreshness, MaxFreshness        int64 // DataFreshnessInSeconds of a channel; 300, the default, to 900. Source: Developer Guide, "Streaming tables and S3 delivery".
	PolicyBytes                       int   // of a resource policy; 20,480. Ours: AWS publishes none.
	EncryptionStarts, EncryptionStops int   // changes of a stream's encryption in any 24 hours; 25 each. Source: API Reference, StartStreamEncryption and StopStreamEncryption.
	// EncryptionDelay is how long after the stream is ACTIVE again records may still be as before a change of encryption; 5 s.
	// Source: API Reference, StartStreamEncryption.
	EncryptionDelay time.Duration
	// DataKeyLifetime is how long a data key serves before KMS is asked again; 5 min. Source: Developer Guide, "Costs, Regions,
	// and performance considerations".
	DataKeyLifetime time.Duration

	CommitmentDuration time.Duration // a minimum throughput billing commitment lasts at the least; 24 hours. Source: API Reference, MinimumThroughputBillingCommitmentInput.

	// Calls a second.

	CreateStreamRate          int // of the account; 5. Source: Developer Guide, "Quotas and limits", API limits.
	DeleteStreamRate          int // of the account; 5. Source: Developer Guide, "Quotas and limits", API limits.
	ListStreamsRate           int // of the account; 5. Source: Developer Guide, "Quotas and limits", API limits.
	DescribeStreamRate        int // of the account; 10. Source: Developer Guide, "Quotas and limits", API limits.
	DescribeStreamSummaryRate int // of the account; 20. Source: Developer Guide, "Quotas and limits", API limits.
	SplitShardRate            int // of a stream; 5. Source: Developer Guide, "Quotas and limits", API limits.
	MergeShardsRate           int // of a stream; 5. Source: Developer Guide, "Quotas and limits", API limits.
	ListShardsRate            int // of a stream; 1,000. Source: Developer Guide, "Quotas and limits", API limits.
	UpdateShardCountRate      int // of a stream; 10. Source: API Reference, UpdateShardCount.

	AddTagsToStreamRate               int // of the account; 5. Source: Developer Guide, "Quotas and limits", API limits.
	RemoveTagsFromStreamRate          int // of a stream; 5. Source: Developer Guide, "Quotas and limits", API limits.
	ListTagsForStreamRate             int // of a stream; 5. Source: Developer Guide, "Quotas and limits", API limits.
	IncreaseStreamRetentionPeriodRate int // of a stream; 5. Source: Developer Guide, "Quotas and limits", API limits.
	DecreaseStreamRetentionPeriodRate int // of a stream; 5. Source: Developer Guide, "Quotas and limits", API limits.
	EnableEnhancedMonitoringRate      int // of a stream; 5. Source: Developer Guide, "Quotas and limits", API limits.
	DisableEnhancedMonitoringRate     int // of a stream; 5. Source: Developer Guide, "Quotas and limits", API limits.
	PutResourcePolicyRate             int // of the account; 5. Source: Developer Guide, "Quotas and limits", API limits.
	GetResourcePolicyRate             int // of the account; 5. Source: Developer Guide, "Quotas and limits", API limits.
	DeleteResourcePolicyRate          int // of the account; 5. Source: Developer Guide, "Quotas and limits", API limits.
	DescribeLimitsRate                int // of the account; 1. Source: Developer Guide, "Quotas and limits", API limits.
	DescribeAccountSettingsRate       int // of the account; 5. Source: Developer Guide, "Quotas and limits", API limits.
	UpdateAccountSettingsRate         int // of the account; 5. Source: Developer Guide, "Quotas and limits", API limits.
	CreateChannelRate                 int // of the account; 5. Source: API Reference, CreateChannel.
	DescribeChannelRate               int // of the account; 5. Source: API Reference, DescribeChannel.
	UpdateChannelRate                 int // of the account; 5. Source: API Reference, UpdateChannel.
	DeleteChannelRate                 int // of the account; 5. Source: API Reference, DeleteChannel.
	ListChannelsRate                  int // of the account; 5. Source: API Reference, ListChannels.
	DryRunRate                        int // requests with DryRun of a stream, of all operations together; 1. Source: Developer Guide, "Test your permissions and request inputs with dry run".
	UpdateStreamWarmThroughputRate    int // of the account; 5. Source: API Reference, UpdateStreamWarmThroughput.
}

// Limits2026 is today's profile.
func Limits2026() Limits {
	return Limits{
		Profile:               "2026",
		ShardBytesPerSecond:   1 << 20,
		ShardRecordsPerSecond: 1000,
		BurstMillis:           1000,
		LargeRecordBurstBytes: 10 << 20,
		RoundBytes:            1 << 10,
		DefaultRecordKiB:      1 << 10,
		MaxRecordKiB:          10 << 10,
		RequestRecords:        500,
		RequestBytes:          10 << 20,

		ShardReadCallsPerSecond: 5,
		ShardReadBytesPerSecond: 2 << 20,
		ShardIteratorsPerSecond: 5,
		AnswerRecords:           10000,
		AnswerBytes:             10 << 20,
		IteratorLifetime:        5 * time.Minute,
		TokenLifetime:           300 * time.Second,
		PropagationLow:          30 * time.Millisecond,
		PropagationHigh:         100 * time.Millisecond,
		MinRetention:            24 * time.Hour,
		MaxRetention:            8760 * time.Hour,

		PutLatencyLow:  5 * time.Millisecond,
		PutLatencyHigh: 45 * time.Millisecond,
		GetLatencyLow:  3 * time.Millisecond,
		GetLatencyHigh: 35 * time.Millisecond,

		SubscriptionBytesPerSecond: 2 << 20,
		SubscriptionLifetime:       5 * time.Minute,
		SubscriptionHold:           5 * time.Second,
		SubscriptionHeartbeat:      5 * time.Second,
		EventRecords:               10000,
		EventBytes:                 256 << 10,
		StreamConsumers:            20,
		AdvantageConsumers:         50,
		ConsumersCreating:          5,
		ConsumerCreateDelay:        10 * time.Second,
		ConsumerDeleteDelay:        5 * time.Second,

		RegisterStreamConsumerRate:   5,
		DeregisterStreamConsumerRate: 5,
		DescribeStreamConsumerRate:   20,
		ListStreamConsumersRate:      5,
		SubscribeToShardRate:         1,

		FailoverLow:           300 * time.Millisecond,
		FailoverHigh:          3 * time.Second,
		CatchUpLeast:          10 * time.Second,
		CatchUpBytesPerSecond: 100 << 20,

		CreateDelay: 10 * time.Second,
		DeleteDelay: 5 * time.Second,
		UpdateDelay: 5 * time.Second,
		StepDelay:   time.Second,
		LongestPlan: 10 * time.Minute,

		StreamsCreating: 5,
		AccountShards:   200,
		OnDemandStreams: 50,
		OnDemandShards:  4,

		OnDemandTick:         15 * time.Minute,
		OnDemandMemory:       30 * day,
		OnDemandSplitBytes:   500 << 10,
		OnDemandSplitRecords: 500,
		OnDemandBytes:        200 << 20,
		OnDemandBytesLarge:   10 << 30,

		StreamTags:      50,
		StreamShards:    10_000,
		ModeSwitches:    2,
		WarmMiBps:       10 << 10,
		ShardCountCalls: 10,
		StreamChannels:  1,
		MinFreshness:    300,
		MaxFreshness:    900,
		PolicyBytes:     20 << 10,

		EncryptionStarts: 25,
		EncryptionStops:  25,
		EncryptionDelay:  5 * time.Second,
		DataKeyLifetime:  5 * time.Minute,

		CommitmentDuration: 24 * time.Hour,

		CreateStreamRate:          5,
		DeleteStreamRate:          5,
		ListStreamsRate:           5,
		DescribeStreamRate:        10,
		DescribeStreamSummaryRate: 20,
		SplitShardRate:            5,
		MergeShardsRate:           5,
		ListShardsRate:            1000,
		UpdateShardCountRate:      10,

		AddTagsToStreamRate:               5,
		RemoveTagsFromStreamRate:          5,
		ListTagsForStreamRate:             5,
		IncreaseStreamRetentionPeriodRate: 5,
		DecreaseStreamRetentionPeriodRate: 5,
		EnableEnhancedMonitoringRate:      5,
		DisableEnhancedMonitoringRate:     5,
		PutResourcePolicyRate:             5,
		GetResourcePolicyRate:             5,
		DeleteResourcePolicyRate:          5,
		DescribeLimitsRate:                1,
		DescribeAccountSettingsRate:       5,
		UpdateAccountSettingsRate:         5,
		CreateChannelRate:                 5,
		DescribeChannelRate:               5,
		UpdateChannelRate:                 5,
		DeleteChannelRate:                 5,
		ListChannelsRate:                  5,
		DryRunRate:                        1,
		UpdateStreamWarmThroughputRate:    5,
	}
}

// Limits2024 is the profile of the study note's date, November 2024: records of 1 MiB at the most, PutRecords of 5 MiB, the
// same ceiling for on-demand streams in every Region, and no warm throughput.
func Limits2024() Limits {
	l := Limits2026()
	l.Profile = "2024"
	l.MaxRecordKiB = 1 << 10
	l.LargeRecordBurstBytes = 1 << 20
	l.RequestBytes = 5 << 20
	l.OnDemandBytesLarge = l.OnDemandBytes
	l.WarmMiBps = 0
	return l
}

// Profiles names the profiles, today's first.
func Profiles() []string { return []string{"2026", "2024"} }

// LimitsOf returns the profile called name; "" is today's.
func LimitsOf(name string) (Limits, bool) {
	switch name {
	case "", "2026":
		return Limits2026(), true
	case "2024":
		return Limits2024(), true
	}
	return Limits{}, false
}
