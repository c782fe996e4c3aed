package kinesis

import (
	"encoding/binary"

	"shardlab/wasm/aws"
	"shardlab/wasm/sim"
)

// listStreamsPage is how many streams ListStreams answers with by default.
// Source: API Reference, ListStreams.
const listStreamsPage = 100

// ListStreams lists the account's streams by name, page by page.
func (s *Service) ListStreams(in *ListStreamsInput) (*ListStreamsOutput, error) {
	if err := s.admit("ListStreams", s.cfg.Limits.ListStreamsRate, ""); err != nil {
		return nil, err
	}
	after := deref(in.ExclusiveStartStreamName)
	if in.NextToken != nil {
		b, ok := s.unseal(sealedStreams, *in.NextToken)
		if !ok || len(b) < 9+int(b[8]) {
			return nil, invalidToken()
		}
		if err := s.checkToken(b); err != nil {
			return nil, err
		}
		after = string(b[9 : 9+int(b[8])])
	}
	limit := listStreamsPage
	if in.Limit != nil {
		limit = int(*in.Limit)
	}
	out := &ListStreamsOutput{StreamNames: []string{}, StreamSummaries: []StreamSummary{}}
	for _, st := range s.streams {
		if st.name <= after {
			continue
		}
		if len(out.StreamNames) == limit {
			out.HasMoreStreams = true
			break
		}
		out.StreamNames = append(out.StreamNames, st.name)
		out.StreamSummaries = append(out.StreamSummaries, StreamSummary{
			StreamName: st.name, StreamARN: st.arn, StreamStatus: st.status,
			StreamModeDetails: StreamModeDetails{ptr(st.mode)}, StreamCreationTimestamp: seconds(st.created),
		})
	}
	if out.HasMoreStreams {
		last := out.StreamNames[limit-1]
		b := binary.BigEndian.AppendUint64(nil, uint64(s.sched.Now()))
		b = append(b, byte(len(last)))
		out.NextToken = ptr(s.seal(sealedStreams, append(b, last...)))
	}
	return out, nil
}

// checkToken refuses a token that is too old; its first eight bytes say when it was handed out.
func (s *Service) checkToken(b []byte) error {
	issued, l := sim.Instant(binary.BigEndian.Uint64(b)), s.cfg.Limits.TokenLifetime
	if s.sched.Now().Sub(issued) <= l {
		return nil
	}
	return aws.Errorf(aws.ExpiredNextToken, "NextToken has expired. It was created more than %d seconds ago.", int(l.Seconds())).
		WithHint("Begin the listing again, without NextToken.")
}

func invalidToken() error {
	return aws.Errorf(aws.InvalidArgument, "Invalid NextToken.").
		WithHint("Give the NextToken of the page before, whole and unchanged.")
}
