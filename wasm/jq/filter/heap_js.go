package filter

// heap is not asked in a browser: a program that takes too much ends its worker, and whoever waits is told.
func heap(bool) uint64 { return 0 }
