package kinesis

import (
	"cmp"
	"encoding/binary"

	"shardlab/wasm/aws"
	"shardlab/wasm/sim"
)

// listStreamsPage is how many streams ListStreams answers with, at the most and by default.
// Source: API Reference, ListStreams.
const listStreamsPage = 100

// ListStreams lists the account's streams by name, page by page.
func (s *Service) ListStreams(in *ListStreamsInput) (*ListStreamsOutput, error) {
	if err := s.admit("ListStreams", s.cfg.Limits.ListStreamsRate, ""); err != nil {
		return nil, err
	}
	after, err := s.unsealName(sealedStreams, in.NextToken)
	if err != nil {
		return nil, err
	}
	after = cmp.Or(after, deref(in.ExclusiveStartStreamName))
	limit := int(min(cmp.Or(deref(in.Limit), listStreamsPage), listStreamsPage))
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
		out.NextToken = ptr(s.sealName(sealedStreams, out.StreamNames[limit-1]))
	}
	return out, nil
}

// sealName makes the token of a listing by name, which goes on after a name.
func (s *Service) sealName(kind uint64, name string) string {
	b := binary.BigEndian.AppendUint64(nil, uint64(s.sched.Now()))
	b = append(b, byte(len(name)))
	return s.seal(kind, append(b, name...))
}

// unsealName is the name after which such a listing goes on; "" when there is no token.
func (s *Service) unsealName(kind uint64, token *string) (string, error) {
	if token == nil {
		return "", nil
	}
	b, ok := s.unseal(kind, *token)
	if !ok || len(b) < 9+int(b[8]) {
		return "", invalidToken()
	}
	return string(b[9 : 9+int(b[8])]), s.checkToken(b)
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
