//go:build !js

package filter

import (
	"runtime"
	"runtime/metrics"
)

// heap is how many bytes the program's objects take. Rubbish does not count when clean is set.
func heap(clean bool) uint64 {
	if clean {
		runtime.GC()
	}
	sample := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	metrics.Read(sample)
	return sample[0].Value.Uint64()
}
