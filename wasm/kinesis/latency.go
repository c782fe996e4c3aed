package kinesis

import "time"

// putLatency throws how long the service works on a put, in milliseconds; getLatency the same for GetRecords.
func (s *Service) putLatency(st *Stream) float64 {
	return st.work(s.cfg.Limits.PutLatencyLow, s.cfg.Limits.PutLatencyHigh)
}

func (s *Service) getLatency(st *Stream) float64 {
	return st.work(s.cfg.Limits.GetLatencyLow, s.cfg.Limits.GetLatencyHigh)
}

// work throws a time between low and high, in whole microseconds, that is mostly near low: half of the throws lie in the
// first sixteenth of the way.
func (st *Stream) work(low, high time.Duration) float64 {
	u := st.latency.Float64()
	return float64((low + time.Duration(float64(high-low)*u*u*u*u)).Microseconds()) / 1000
}
