package kinesis

// DeleteStream deletes a stream with all its shards and records. It is DELETING for a while, in which it takes and gives
// out nothing any more.
func (s *Service) DeleteStream(in *DeleteStreamInput) error {
	name, err := s.nameOf(in.StreamName, in.StreamARN)
	if err != nil {
		return err
	}
	l := &s.cfg.Limits
	if err := s.admit("DeleteStream", l.DeleteStreamRate, name); err != nil {
		return err
	}
	st, ok := s.Stream(name)
	if !ok {
		return s.notFound(name)
	}
	if err := s.needActive(st); err != nil {
		return err
	}
	s.setStatus(st, Deleting)
	s.sched.After(l.DeleteDelay, s.owner, evDeleted, st.id)
	return nil
}
