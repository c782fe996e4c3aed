package kinesis

import (
	"reflect"
	"strings"
	"time"

	"shardlab/wasm/aws"
)

// A Call is a call of an operation, as [Config].Inject is told of it before it does anything.
type Call struct {
	Op     string
	Stream *Stream // that it is about; nil when it names none that is there
	As     string  // ARN of the principal who calls; "" is the account's administrator
}

// A Fault is what befalls a call. The zero value lets it pass.
type Fault struct {
	Err     *aws.Error    // the call is answered with it and does nothing
	Lost    bool          // the call is done and its answer is lost: the client gets aws.ConnectionClosed
	Failing func() bool   // of PutRecords: whether the next entry fails with InternalFailure; nil is never
	Delay   time.Duration // the answer is so much longer on its way
}

// inject asks whether a call of the fast way in fails, and counts it when it does.
func (s *Service) inject(op string, st *Stream) (Fault, error) {
	s.late, s.failing = 0, nil
	if s.cfg.Inject == nil {
		return Fault{}, nil
	}
	f := s.cfg.Inject(Call{op, st, s.caller})
	s.late, s.failing = f.Delay, f.Failing
	if f.Err != nil {
		s.countFault(op, st)
		return f, f.Err
	}
	return f, nil
}

// countFault counts a call that failed by a fault as one without success. Nothing was throttled by a shard, so the
// metrics of throttling stay as they are. Ours: AWS does not say which metrics an injected fault moves.
func (s *Service) countFault(op string, st *Stream) {
	if st == nil {
		return
	}
	now := s.sched.Now()
	switch op {
	case "PutRecord":
		st.meters.putRecordSuccess.Add(now, 0)
	case "PutRecords":
		st.meters.putRecordsSuccess.Add(now, 0)
	case "GetRecords":
		st.meters.getSuccess.Add(now, 0)
	}
}

// lostAnswer is what a client gets whose call was done and whose answer was lost.
// Source of the words: botocore's exceptions.
func (s *Service) lostAnswer() error {
	return aws.Errorf(aws.ConnectionClosed, "Connection was closed before we received a valid response from endpoint URL: \"https://kinesis.%s.amazonaws.com/\".", s.cfg.Region).
		WithHint("The call may have been done all the same: only its answer is known to be lost.")
}

// Late is how much longer than usual the answer to the latest call of Put, Read or Iterate takes: a shard that fails over
// to another zone, and injected delays.
func (s *Service) Late() time.Duration { return s.late }

// streamOf is the stream that a request is about; nil when it names none that is there.
func (s *Service) streamOf(in any) *Stream {
	v := reflect.ValueOf(in).Elem()
	text := func(member string) string {
		if p, ok := valueOf(v, member).(*string); ok && p != nil {
			return *p
		}
		return ""
	}
	name := text("StreamName")
	for _, member := range [...]string{"StreamARN", "ResourceARN", "ConsumerARN"} {
		if _, behind, ok := strings.Cut(text(member), ":stream/"); ok {
			name, _, _ = strings.Cut(behind, "/")
		}
	}
	if it, ok := s.unsealIterator(text("ShardIterator")); ok {
		name = it.name
	}
	st, _ := s.Stream(name)
	return st
}

// valueOf is a member of a request by its name; nil when there is none.
func valueOf(v reflect.Value, member string) any {
	if f := v.FieldByName(member); f.IsValid() {
		return f.Interface()
	}
	return nil
}
