package region

import (
	"strings"

	"shardlab/wasm/cloudwatch"
)

// Refs name things for the inspector, and for whoever points at them. They stand in hundreds of places, so they are not inlined.
//
//go:noinline
func StreamRef(stream string) string { return "stream:" + stream }

//go:noinline
func ShardRef(stream string, shard int32) string { return "shard:" + stream + "/" + ShardID(shard) }

//go:noinline
func ProducerRef(name string) string { return "producer:" + name }

//go:noinline
func ConsumerRef(name string) string { return "consumer:" + name }

//go:noinline
func BucketRef(bucket string) string { return "bucket:" + bucket }

//go:noinline
func ObjectRef(bucket, key string) string { return "object:" + bucket + "/" + key }

//go:noinline
func FirehoseRef(name string) string { return "firehose:" + name }

//go:noinline
func WorkerRef(application, worker string) string {
	return "worker:" + application + "/" + worker
}

//go:noinline
func LeaseRef(application string, shard int32) string {
	return "lease:" + application + "/" + ShardID(shard)
}

//go:noinline
func RecordRef(stream string, shard int32, sequence string) string {
	return "record:" + stream + "/" + ShardID(shard) + "/" + sequence
}

// MetricRef names a metric: "metric:AWS/Kinesis,IncomingRecords,StreamName=trips".
//
//go:noinline
func MetricRef(metric string, d cloudwatch.Dims) string {
	var b strings.Builder
	b.WriteString("metric:" + d.Namespace() + "," + metric)
	pairs := d.Pairs()
	for i := 0; i+1 < len(pairs); i += 2 {
		b.WriteString("," + pairs[i] + "=" + pairs[i+1])
	}
	return b.String()
}

// ReadMetricRef reads what MetricRef wrote, whatever the order of the dimensions; it is not ok when it is none.
//
//go:noinline
func ReadMetricRef(ref string) (metric string, d cloudwatch.Dims, ok bool) {
	text, ok := strings.CutPrefix(ref, "metric:")
	words := strings.Split(text, ",")
	if !ok || len(words) < 2 || words[0] == "" || words[1] == "" || strings.HasPrefix(words[1], cloudwatch.HiddenCount) {
		return "", d, false
	}
	var pairs []string
	for _, w := range words[2:] {
		name, value, ok := strings.Cut(w, "=")
		if !ok {
			return "", d, false
		}
		pairs = append(pairs, name, value)
	}
	d, ok = cloudwatch.Named(words[0], pairs...)
	return words[1], d, ok
}

// OwnSpace is the namespace of OpenShardCount, which is no metric of CloudWatch but a member of DescribeStreamSummary, drawn over
// time beside the metrics. A KCL application called lab has the same namespace, but no metric of that name.
const (
	OwnSpace       = "lab"
	OpenShardCount = "OpenShardCount"
)

// OwnMetric says whether a metric is the count of a stream's open shards.
func OwnMetric(metric string, d cloudwatch.Dims) bool {
	pairs := d.Pairs()
	return d.Namespace() == OwnSpace && metric == OpenShardCount && len(pairs) == 2 && pairs[0] == "StreamName"
}

// OfNoStream says whether a metric would be the count of open shards, were it of a stream and nothing else.
func OfNoStream(metric string, d cloudwatch.Dims) bool {
	return d.Namespace() == OwnSpace && metric == OpenShardCount && !OwnMetric(metric, d)
}
