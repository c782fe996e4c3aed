package kinesis

import "time"

// putLatency throws how long the service works on a put, in milliseconds, wait for a failover included; getLatency does
// the same for GetRecords.
func (s *Service) putLatency(st *Stream, wait time.Duration) float64 {
	return st.work(s.cfg.Limits.PutLatencyLow, s.cfg.Limits.PutLatencyHigh, wait)
}

func (s *Service) getLatency(st *Stream, wait time.Duration) float64 {
	return st.work(s.cfg.Limits.GetLatencyLow, s.cfg.Limits.GetLatencyHigh, wait)
}

// work throws a time between low and high, in whole microseconds, that is mostly near low: half of the throws lie in the
// first sixteenth of the way. The wait comes on top.
func (st *Stream) work(low, high, wait time.Duration) float64 {
	u := st.latency.Float64()
	return float64((low + wait + time.Duration(float64(high-low)*u*u*u*u)).Microseconds()) / 1000
}
