package kinesis

import (
	"cmp"
	"encoding/binary"

	"shardlab/wasm/aws"
	"shardlab/wasm/sim"
)

// listShardsPage is how many shards ListShards answers with, at the most and by default.
// Source: API Reference, ListShards.
const listShardsPage = 1000

// Types of shard filters.
const (
	afterShardID    = "AFTER_SHARD_ID"
	atTrimHorizon   = "AT_TRIM_HORIZON"
	fromTrimHorizon = "FROM_TRIM_HORIZON"
	atLatest        = "AT_LATEST"
	atTimestamp     = "AT_TIMESTAMP"
	fromTimestamp   = "FROM_TIMESTAMP"
)

var filterTypes = [...]string{fromTrimHorizon, afterShardID, atTrimHorizon, atLatest, atTimestamp, fromTimestamp}

// A listing is what a ListShards asks for; a NextToken carries it from page to page.
type listing struct {
	after  int32 // number of the last shard listed
	filter byte  // place in filterTypes
	at     aws.Timestamp
}

// ListShards lists the shards of a stream, open and closed, page by page.
func (s *Service) ListShards(in *ListShardsInput) (*ListShardsOutput, error) {
	st, l, err := s.listing(in)
	if err != nil {
		return nil, err
	}
	if err := s.admitOn(st, "ListShards", s.cfg.Limits.ListShardsRate); err != nil {
		return nil, err
	}
	if !st.takes() {
		return nil, s.needActive(st)
	}
	limit := int(min(cmp.Or(deref(in.MaxResults), listShardsPage), listShardsPage))
	out := &ListShardsOutput{Shards: []Shard{}}
	for _, sh := range st.listed {
		if sh.number <= l.after || !s.passes(st, sh, l) {
			continue
		}
		if len(out.Shards) == limit {
			out.NextToken = ptr(s.sealListing(st, l))
			break
		}
		out.Shards = append(out.Shards, sh.describe())
		l.after = sh.number
	}
	return out, nil
}

// listing reads what is asked for, from the request or from its token.
func (s *Service) listing(in *ListShardsInput) (*Stream, listing, error) {
	refuse := func(message, hint string) (*Stream, listing, error) {
		return nil, listing{}, aws.Errorf(aws.InvalidArgument, "%s", message).WithHint("%s", hint)
	}
	const whole = "A NextToken says what is listed; give nothing with it but MaxResults."
	named := in.StreamName != nil || in.StreamARN != nil
	switch {
	case in.NextToken == nil && !named:
		return refuse("Either NextToken or StreamName should be provided.", "Name the stream: --stream-name orders.")
	case in.NextToken != nil && named:
		return refuse("NextToken and StreamName cannot be provided together.", whole)
	case in.NextToken != nil && in.StreamCreationTimestamp != nil:
		return refuse("NextToken and StreamCreationTimestamp cannot be provided together.", whole)
	case in.NextToken != nil && in.ExclusiveStartShardId != nil:
		return refuse("NextToken and ExclusiveStartShardId cannot be provided together.", whole)
	case in.NextToken != nil && in.ShardFilter != nil:
		return refuse("NextToken and ShardFilter cannot be provided together.", whole)
	case in.NextToken != nil:
		return s.unsealListing(*in.NextToken)
	}
	st, err := s.find(in.StreamName, in.StreamARN)
	if err != nil {
		return nil, listing{}, err
	}
	if err := s.madeAt(st, in.StreamCreationTimestamp); err != nil {
		return nil, listing{}, err
	}
	l := listing{after: -1}
	if id := in.ExclusiveStartShardId; id != nil {
		n, ok := ParseShardID(*id)
		if !ok {
			return nil, listing{}, s.couldNotFind(st, *id)
		}
		l.after = n
	}
	f := in.ShardFilter
	if f == nil {
		return st, l, nil
	}
	for i, t := range filterTypes {
		if t == *f.Type {
			l.filter = byte(i)
		}
	}
	timed := *f.Type == atTimestamp || *f.Type == fromTimestamp
	switch {
	case *f.Type == afterShardID && f.ShardId == nil:
		return refuse("ShardId must be provided when the ShardFilter type is AFTER_SHARD_ID.", "Add ShardId=shardId-000000000000 to the filter.")
	case *f.Type != afterShardID && f.ShardId != nil:
		return refuse("ShardId can only be provided when the ShardFilter type is AFTER_SHARD_ID.", "Leave ShardId out of the filter.")
	case timed && f.Timestamp == nil:
		return refuse("Timestamp must be provided when the ShardFilter type is "+*f.Type+".", "Add Timestamp= with a moment to the filter.")
	case !timed && f.Timestamp != nil:
		return refuse("Timestamp can only be provided when the ShardFilter type is AT_TIMESTAMP or FROM_TIMESTAMP.", "Leave Timestamp out of the filter.")
	case timed:
		l.at = *f.Timestamp
	case f.ShardId != nil:
		n, ok := ParseShardID(*f.ShardId)
		if !ok {
			return nil, listing{}, s.couldNotFind(st, *f.ShardId)
		}
		l.after = max(l.after, n)
	}
	return st, l, nil
}

// madeAt refuses a stream that was made at another second than a request says.
func (s *Service) madeAt(st *Stream, at *aws.Timestamp) error {
	if at == nil || int64(*at)/1000 == st.created.Second() {
		return nil
	}
	return s.notFound(st.name).WithHint("A stream of this name was made at another time; leave StreamCreationTimestamp out.")
}

// passes reports whether a filter lets a shard through.
// Source: API Reference, ShardFilter.
func (s *Service) passes(st *Stream, sh *ShardState, l listing) bool {
	millis := func(at sim.Instant) aws.Timestamp { return aws.Timestamp(int64(at) / 1000) }
	at := max(l.at, millis(st.active), millis(st.trimmed), millis(s.sched.Now().Add(-st.retention))) // nothing is older than the trim horizon
	switch filterTypes[l.filter] {
	case atLatest:
		return sh.Open()
	case atTrimHorizon, atTimestamp:
		return millis(sh.opened) <= at && (sh.Open() || millis(sh.closed) >= at)
	case fromTimestamp:
		return sh.Open() || millis(sh.closed) >= at
	}
	return true
}

func (s *Service) sealListing(st *Stream, l listing) string {
	b := binary.BigEndian.AppendUint64(nil, uint64(s.sched.Now()))
	b = binary.BigEndian.AppendUint64(b, uint64(st.id))
	b = binary.BigEndian.AppendUint32(b, uint32(l.after))
	b = binary.BigEndian.AppendUint64(b, uint64(l.at))
	return s.seal(sealedShards, append(b, l.filter))
}

func (s *Service) unsealListing(token string) (*Stream, listing, error) {
	b, ok := s.unseal(sealedShards, token)
	if !ok {
		return nil, listing{}, invalidToken()
	}
	if err := s.checkToken(b); err != nil {
		return nil, listing{}, err
	}
	st, ok := s.byID(int64(binary.BigEndian.Uint64(b[8:])))
	if !ok {
		return nil, listing{}, aws.Errorf(aws.ResourceNotFound, "The stream of the NextToken under account %s not found.", s.cfg.Account).
			WithHint("The stream was deleted since.")
	}
	return st, listing{
		after:  int32(binary.BigEndian.Uint32(b[16:])),
		at:     aws.Timestamp(binary.BigEndian.Uint64(b[20:])),
		filter: b[28],
	}, nil
}
