package kinesis

import (
	"shardlab/wasm/aws"
)

// DeleteStream deletes a stream with all its shards and records. It is DELETING for a while, in which it takes and gives
// out nothing any more. One with registered consumers is deleted with them, when the request says so, or not at all.
// Source of the words about consumers: answers of the service in public issues.
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
	if len(st.consumers) > 0 && !deref(in.EnforceConsumerDeletion) {
		return aws.Errorf(aws.ResourceInUse, "DeleteStream can't delete %s:%s because there are consumers associated with this data stream. To delete %s anyway, set the EnforceConsumerDeletion parameter to true to force the deletion of all the consumers that are associated with it.",
			s.cfg.Account, st.name, st.name).WithHint("Add --enforce-consumer-deletion, or deregister the consumers first: list-stream-consumers shows them.")
	}
	if err := s.needNoChannels(st, "DeleteStream"); err != nil {
		return err
	}
	s.setStatus(st, Deleting)
	for _, c := range st.consumers {
		if c.status != Deleting {
			s.setConsumerStatus(st, c, Deleting)
		}
	}
	s.endAll(st, 0, s.notFound(st.name))
	s.sched.After(l.DeleteDelay, s.owner, evDeleted, st.id)
	return nil
}
