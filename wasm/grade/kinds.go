package grade

// A Kind documents a check for authors.
type Kind struct {
	Name    string
	Params  string   // with their defaults
	Means   string   // when it is met
	Figures []string // beside those of every check
	make    func() check
}

// Kinds lists the checks.
func Kinds() []Kind {
	return []Kind{
		{"no-refusals", "stream, for=10s, min-rate=1",
			"no write was refused in the last `for`, and all along it at least min-rate records a second were taken",
			[]string{"refused", "shard", "accepted", "rate", "last"}, func() check { return &noRefusals{} }},
		{"throughput", "stream or producer, at-least (records/s), for=10s",
			"on average at-least records a second were taken in the last `for`, and some in each fifth of it",
			[]string{"rate", "accepted", "sent", "at-least"}, func() check { return &throughput{} }},
		{"refused-seen", "stream, count=1, why=records|bytes",
			"at least count records were refused in this run, by that limit when one is named",
			[]string{"refused", "shard", "why"}, func() check { return &refusedSeen{} }},
		{"largest-share", "stream, at-most (0 to 1), for=10s, min-rate=1",
			"of the records taken in the last `for`, no shard took more than at-most, and at least min-rate a second came",
			[]string{"share", "shard", "rate", "at-most"}, func() check { return &largestShare{} }},
		{"metric", "stream, metric, shard, stat=Sum, for=10s, at-least, at-most",
			"the statistic of a metric over the last `for` lies within the bounds",
			[]string{"value", "metric", "shard"}, func() check { return &metric{} }},
		{"open-shards", "stream, min, max",
			"the stream is ACTIVE and has so many open shards",
			[]string{"open", "min", "max"}, func() check { return &openShards{} }},
		{"stream-status", "stream, status=ACTIVE",
			"the stream has that status; GONE means that there is none",
			[]string{"status"}, func() check { return &streamStatus{} }},
		{"key-order", "stream, consumer, producer, min=1",
			"every key's records were taken in the order the producer sent them, and read in the order they were taken; with a consumer, at least min were read",
			[]string{"keys", "read", "late", "key", "shard"}, func() check { return &keyOrder{} }},
		{"keys-on-one-shard", "stream, keys, by=learner",
			"all the keys lead to one shard; by learner: the learner's newest record of each lies there",
			[]string{"shards", "shard-count", "missing"}, func() check { return &keysShards{one: true} }},
		{"keys-apart", "stream, keys, min-shards=2, by=learner",
			"the keys lead to at least min-shards shards; by learner: the learner's newest records of them lie there",
			[]string{"shards", "shard-count", "missing"}, func() check { return &keysShards{} }},
		{"distinct-keys", "stream, for=10s, min, max",
			"so many different keys were taken in the last `for` (the newest 5,000 records of each shard are looked at)",
			[]string{"keys", "min", "max"}, func() check { return &distinctKeys{} }},
		{"record", "stream, key, shard, contains, count=1",
			"the learner's own commands put at least count such records",
			[]string{"found", "of", "shard", "sequence"}, func() check { return &ownRecord{} }},
		{"records-in-order", "stream, texts",
			"the learner's records that contain the texts (the newest of each counts) lie in one shard, in the order of the texts",
			[]string{"found", "of", "shards", "shard-count", "missing"}, func() check { return &ownTexts{ordered: true} }},
		{"records-apart", "stream, texts, min-shards=2",
			"the learner's records that contain the texts (the newest of each counts) lie in at least min-shards shards",
			[]string{"found", "of", "shards", "shard-count", "missing"}, func() check { return &ownTexts{} }},
		{"command", "op, with, count=1",
			"the learner called the operation with these members, successfully, at least count times",
			[]string{"calls", "failed", "error"}, func() check { return &command{} }},
		{"answer", "is, or check and figure; within=0",
			"the learner's latest `lab answer` is that text, or that figure; numbers may be off by the part `within`",
			[]string{"answer", "right"}, func() check { return &answer{} }},
		{"consumer-read", "consumer, min=1",
			"the consumer has read every record that its stream took since its beginning, those younger than 2 s aside",
			[]string{"read", "taken", "missed", "unread"}, func() check { return &consumerRead{} }},
		{"consumer-behind", "consumer, at-most=1s, for=0s",
			"the consumer runs, has read something, and was never further behind than at-most in the last `for`",
			[]string{"behind", "at-most", "read"}, func() check { return &consumerBehind{} }},
		{"closed-shard-drained", "consumer, count=1",
			"the consumer has read at least count closed shards to their end",
			[]string{"drained", "closed", "shard"}, func() check { return &drained{} }},
		{"running", "producer or consumer",
			"it is there and runs",
			[]string{"state"}, func() check { return &isRunning{} }},
		{"setting", "producer or consumer, member, is, at-least, at-most",
			"a member of its settings, like Batch, Retry.Mode or Keys.Count, is that",
			[]string{"value", "member"}, func() check { return &setting{} }},
		{"key", "stream, key, shard",
			"the key leads to that shard; for figures mostly",
			[]string{"shard", "md5", "hash"}, func() check { return &keyShard{} }},
	}
}
