package grade

import (
	"cmp"
	"time"

	"shardlab/wasm/cloudwatch"
	"shardlab/wasm/region"
)

// lambdaFigures are those of a function, from its metrics, then what its event source mappings counted.
var lambdaFigures = append([]string{"invocations", "errors", "throttles", "duration", "age", "concurrency", "lag", "per-batch"}, region.MappingCounts...)

func findLambda(v *View, name string, window time.Duration, f Figures) bool {
	_, t, ok := v.Region.Lambda().Function(name)
	if !ok {
		return false
	}
	dims := cloudwatch.In(cloudwatch.Lambda, "FunctionName", name)
	for _, x := range []struct {
		figure, metric string
		ever           int64
	}{{"invocations", cloudwatch.Invocations, t.Invocations}, {"errors", cloudwatch.Errors, t.Errors}, {"throttles", cloudwatch.Throttles, t.Throttles}} {
		f.count(x.figure, x.ever)
		if window > 0 {
			f.count(x.figure, int64(total(lately(v, x.metric, dims, window, cloudwatch.Sum))))
		}
	}
	far := cmp.Or(window, MaxWindow)
	f.millis("duration", mean(v, cloudwatch.Duration, dims, far))
	f.millis("age", most(lately(v, cloudwatch.IteratorAge, dims, far, cloudwatch.Maximum)))
	f.count("concurrency", int64(most(lately(v, cloudwatch.ConcurrentExecutions, dims, far, cloudwatch.Maximum))))
	sum, lag := map[string]float64{}, int64(0)
	for _, m := range v.Region.Lambda().Mappings() {
		if m.Settings().FunctionName != name {
			continue
		}
		ever, one := region.MappingTotals(m), Figures{}
		counted(v, region.ConsumerRef(m.Name()), region.MappingCounts, ever[:], window, one)
		for _, count := range region.MappingCounts {
			sum[count] += one[count].Number
		}
		lag = max(lag, m.Behind(v.Region.Kinesis(), v.Region.Now()))
	}
	for _, count := range region.MappingCounts {
		f.count(count, int64(sum[count]))
	}
	f.millis("lag", float64(lag))
	f.part("per-batch", sum["processed"], sum["batches"]-sum["failures"])
	return true
}
