package kinesis

import (
	"bufio"
	"fmt"
	"maps"
	"strings"
	"time"

	"shardlab/wasm/aws"
	"shardlab/wasm/sim"
)

// StreamEncryptionInput is the request of StartStreamEncryption and of StopStreamEncryption; the answers have no body.
type StreamEncryptionInput struct {
	StreamName     *string `aws:"len=1..128,pattern=StreamName" json:",omitempty"`
	EncryptionType *string `aws:"required,enum=EncryptionType"`
	KeyId          *string `aws:"required,len=1..2048"`
	StreamARN      *string `aws:"len=1..2048,pattern=StreamARN" json:",omitempty"`
	StreamId       *string `aws:"len=1..24,pattern=StreamId" json:",omitempty"`
}

// Types of encryption.
const (
	NoEncryption  = "NONE"
	KMSEncryption = "KMS"
)

// Keys is KMS as a stream uses it. Its errors carry KMS's own codes.
type Keys interface {
	// KeyARN is the ARN of the key that an id, ARN or alias names.
	KeyARN(id string) (string, error)
	// Use asks for the use of a key on behalf of a principal: action is GenerateDataKey, Decrypt or DescribeKey, service is
	// "kinesis", and arn what is encrypted.
	Use(principal, action, key, service, arn string) error
}

// encryption is how a stream's records are encrypted at rest.
type encryption struct {
	keyID string // as StartStreamEncryption named the key; "" while nothing is to be encrypted
	// A change under way while the stream is UPDATING.
	changing       bool
	nextID, nextAt string // the key as it was named, and its ARN; "" to stop
	// spans say since when records are encrypted under which key, oldest first. What a record is follows from the instant at
	// which it was taken, so no record has to remember it.
	spans []span
	// dataKeys are until when a data key is used without asking KMS again, by who uses it, for what, under which key.
	dataKeys map[dataKey]sim.Instant
}

// A span begins where another key, or none, holds for records.
type span struct {
	from sim.Instant
	key  string // its ARN; "" for none
}

type dataKey struct{ principal, action, key string }

func (e *encryption) clone() encryption {
	c := *e
	c.spans = e.spans[:len(e.spans):len(e.spans)]
	c.dataKeys = maps.Clone(e.dataKeys)
	return c
}

func (e *encryption) state(b *bufio.Writer) {
	if len(e.spans) == 0 && !e.changing {
		return
	}
	fmt.Fprintf(b, " encryption %q changing %v to %q %q spans %v\n", e.keyID, e.changing, e.nextID, e.nextAt, e.spans)
	fmt.Fprintf(b, "  data keys %v\n", e.dataKeys) // fmt writes a map in the order of its keys
}

// EncryptionType is KMS when records are encrypted at rest, else NONE; KeyID is the key as it was named, "" for none.
func (st *Stream) EncryptionType() string {
	if st.keyID == "" {
		return NoEncryption
	}
	return KMSEncryption
}

func (st *Stream) KeyID() string { return st.keyID }

// EncryptedSince is when all records began to be encrypted as they are now, or in time will be; 0 when they never were.
func (st *Stream) EncryptedSince() sim.Instant {
	if n := len(st.spans); n > 0 && st.keyID != "" {
		return st.spans[n-1].from
	}
	return 0
}

// keyAt is the ARN of the key under which a record taken at an instant is encrypted; "" for none.
func (st *Stream) keyAt(at sim.Instant) string {
	for i := len(st.spans) - 1; i >= 0; i-- {
		if st.spans[i].from <= at {
			return st.spans[i].key
		}
	}
	return ""
}

// Encrypted reports whether a record of the stream is encrypted at rest.
func (st *Stream) Encrypted(r *Stored) bool { return st.keyAt(r.At) != "" }

// encryptionAt is EncryptionType as answers about records have it: KMS, or nothing.
func (st *Stream) encryptionAt(at sim.Instant) string {
	if st.keyAt(at) == "" {
		return ""
	}
	return KMSEncryption
}

// describeKey is KeyId as descriptions have it.
func (st *Stream) describeKey() *string {
	if st.keyID == "" {
		return nil
	}
	return ptr(st.keyID)
}

// StartStreamEncryption begins to encrypt records at rest, or goes over to another key. The stream is UPDATING for a while;
// some seconds after it is ACTIVE again all records are encrypted. Those that are there already stay as they are.
func (s *Service) StartStreamEncryption(in *StreamEncryptionInput) error {
	st, err := s.checkEncryption(in)
	if err != nil {
		return err
	}
	arn, err := s.usableKey(st, *in.KeyId)
	if err != nil {
		return err
	}
	l := &s.cfg.Limits
	if !st.rates.admitWithin("StartStreamEncryption", 24*time.Hour, l.EncryptionStarts, s.sched.Now()) {
		return tooManyKeys(l.EncryptionStarts, "successfully apply a new AWS KMS key for server-side encryption")
	}
	st.changing, st.nextID, st.nextAt = true, *in.KeyId, arn
	s.beginPlan(st, nil)
	return nil
}

// StopStreamEncryption lets new records be unencrypted. The words about a stream that is not encrypted, and about another
// key than the stream's, are ours.
func (s *Service) StopStreamEncryption(in *StreamEncryptionInput) error {
	st, err := s.checkEncryption(in)
	if err != nil {
		return err
	}
	if st.keyID == "" {
		return aws.Errorf(aws.InvalidArgument, "Stream %s under account %s is not encrypted.", st.name, s.cfg.Account).
			WithHint("There is nothing to stop: describe-stream-summary says EncryptionType NONE.")
	}
	// A stream whose key is gone can be freed of it all the same.
	if now := st.spans[len(st.spans)-1].key; *in.KeyId != st.keyID && *in.KeyId != now {
		arn, err := s.keyOf(st, *in.KeyId)
		if err != nil {
			return err
		}
		if now != arn {
			return aws.Errorf(aws.InvalidArgument, "Stream %s under account %s is encrypted with the key %s and not with %s.", st.name, s.cfg.Account, now, arn).
				WithHint("Name the stream's own key: --key-id %s.", st.keyID)
		}
	}
	l := &s.cfg.Limits
	if !st.rates.admitWithin("StopStreamEncryption", 24*time.Hour, l.EncryptionStops, s.sched.Now()) {
		return tooManyKeys(l.EncryptionStops, "successfully disable server-side encryption")
	}
	st.changing, st.nextID, st.nextAt = true, "", ""
	s.beginPlan(st, nil)
	return nil
}

// checkEncryption finds the stream of a request, if it can be changed now.
func (s *Service) checkEncryption(in *StreamEncryptionInput) (*Stream, error) {
	st, err := s.find(in.StreamName, in.StreamARN)
	if err == nil && *in.EncryptionType != KMSEncryption {
		err = aws.Errorf(aws.InvalidArgument, "EncryptionType %s is not valid. The only valid value is KMS.", *in.EncryptionType). // ours
																		WithHint("Write --encryption-type KMS, also to stop.")
	}
	if err == nil {
		err = s.needActive(st)
	}
	return st, err
}

// tooManyKeys is the answer to one change of encryption too many.
// Source of the words: API Reference, StartStreamEncryption and StopStreamEncryption; that they are the answer is ours.
func tooManyKeys(limit int, what string) error {
	return aws.Errorf(aws.LimitExceeded, "You can %s %d times in a rolling 24-hour period.", what, limit).
		WithHint("A day after the oldest of the last %d changes the next one is answered.", limit)
}

// keyOf is the ARN of the key that an id names.
func (s *Service) keyOf(st *Stream, id string) (string, error) {
	if s.cfg.Keys == nil {
		return "", aws.Errorf(aws.KMSNotFound, "Key '%s' does not exist", id).WithHint("There is no KMS beside this service.")
	}
	arn, err := s.cfg.Keys.KeyARN(id)
	if err != nil {
		return "", s.kmsError(st, "DescribeKey", err)
	}
	return arn, nil
}

// usableKey is the ARN of a key that whoever calls can encrypt with.
func (s *Service) usableKey(st *Stream, id string) (string, error) {
	arn, err := s.keyOf(st, id)
	if err == nil {
		if err := s.cfg.Keys.Use(s.caller, "DescribeKey", arn, "kinesis", st.arn); err != nil {
			return "", s.kmsError(st, "DescribeKey", err)
		}
	}
	return arn, err
}

// becomeEncrypted ends a change of encryption: records that come now are still as before, and within some seconds all are as
// was asked for.
func (s *Service) becomeEncrypted(st *Stream) {
	now := s.sched.Now()
	dice := sim.NewRand(s.cfg.Seed, fmt.Sprintf("encryption/%d/%d", st.id, now))
	from := now.Add(dice.Between(0, s.cfg.Limits.EncryptionDelay).Truncate(time.Microsecond))
	// What no record can be of any more need not be told from what came before it.
	first := 0
	for first+1 < len(st.spans) && st.spans[first+1].from.Add(st.retention) <= now {
		first++
	}
	kept := append([]span(nil), st.spans[first:]...)
	st.spans = append(kept, span{from, st.nextAt})
	st.keyID = st.nextID
	st.changing, st.nextID, st.nextAt = false, "", ""
	s.notify(Notice{Kind: EncryptionChanged, Stream: st.name, Shard: -1, Status: st.keyID, N: int64(from)})
}

// encrypt sees to the data key for records that are put now. A call that fails by KMS is one without success.
func (s *Service) encrypt(st *Stream, op string) error {
	key := st.keyAt(s.sched.Now())
	if key == "" {
		return nil
	}
	err := s.dataKey(st, key, "GenerateDataKey")
	if err != nil {
		s.countFault(op, st)
	}
	return err
}

// decrypt sees to the data keys of the records of a batch.
func (s *Service) decrypt(st *Stream, b *Batch) error {
	if len(st.spans) == 0 || b.Len() == 0 {
		return nil
	}
	first, last := b.shard.records.At(b.first).At, b.shard.records.At(b.next-1).At
	for i, sp := range st.spans {
		if sp.key == "" || sp.from > last || i+1 < len(st.spans) && st.spans[i+1].from <= first {
			continue
		}
		if err := s.dataKey(st, sp.key, "Decrypt"); err != nil {
			return err
		}
	}
	return nil
}

// dataKey asks KMS for a data key, unless whoever acts has one that is young enough.
// Source: Developer Guide, "Costs, Regions, and performance considerations": a data key is rotated about every five
// minutes, and each user credential needs calls of its own.
func (s *Service) dataKey(st *Stream, key, action string) error {
	k, now := dataKey{s.caller, action, key}, s.sched.Now()
	if st.dataKeys[k] > now {
		return nil
	}
	if err := s.cfg.Keys.Use(s.caller, action, key, "kinesis", st.arn); err != nil {
		return s.kmsError(st, action, err)
	}
	for old, until := range st.dataKeys {
		if until <= now {
			delete(st.dataKeys, old)
		}
	}
	if st.dataKeys == nil {
		st.dataKeys = map[dataKey]sim.Instant{}
	}
	st.dataKeys[k] = now.Add(s.cfg.Limits.DataKeyLifetime)
	return nil
}

// kmsError is how the service answers an error of KMS: with a code of its own and KMS's words. A reader who may not decrypt
// is answered in the service's own.
// Source of those: a client's log in a public pull request (spring-cloud-stream-binder-aws-kinesis, 188), with the ids
// blackened; that they are account and user, and account, name and second of making of the stream, is ours.
func (s *Service) kmsError(st *Stream, action string, err error) error {
	e := *err.(*aws.Error)
	switch e.Code {
	case "DisabledException":
		e.Code = aws.KMSDisabled
	case "NotFoundException":
		e.Code = aws.KMSNotFound
	case "OptInRequired":
		e.Code = aws.KMSOptIn
	case aws.Throttling:
		e.Code = aws.KMSThrottling
	case aws.AccessDenied:
		e.Code = aws.KMSAccessDenied
		if action == "Decrypt" {
			_, name, _ := strings.Cut(s.caller, "/")
			e.Message = fmt.Sprintf("User %s:%s is not authorized to decrypt records in stream %s:%s:%d", accountOf(s.caller), name, s.cfg.Account, st.name, st.created.Second())
		}
	}
	return &e
}
