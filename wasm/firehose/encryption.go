package firehose

import (
	"slices"
	"time"

	"shardlab/wasm/aws"
	"shardlab/wasm/kms"
	"shardlab/wasm/sim"
)

// States of encryption at rest.
const (
	enabled   = "ENABLED"
	enabling  = "ENABLING"
	disabled  = "DISABLED"
	disabling = "DISABLING"
)

// encryption is how a Firehose stream encrypts what it keeps.
type encryption struct {
	Status, KeyType, KeyARN string
	starts, stops           []sim.Instant // in the last 24 hours
}

func (e encryption) clone() encryption {
	e.starts, e.stops = slices.Clone(e.starts), slices.Clone(e.stops)
	return e
}

// EncryptionInput is the request of StartDeliveryStreamEncryption and of StopDeliveryStreamEncryption, which has no key.
type EncryptionInput struct {
	DeliveryStreamName *string `aws:"required,len=1..64,pattern=firehose/DeliveryStreamName"`

	DeliveryStreamEncryptionConfigurationInput *EncryptionConfigurationInput `json:",omitempty"`
}

// EncryptionConfigurationInput names a key.
type EncryptionConfigurationInput struct {
	KeyARN  *string `aws:"len=1..512,pattern=firehose/KeyARN" json:",omitempty"`
	KeyType *string `aws:"required,enum=|AWS_OWNED_CMK|CUSTOMER_MANAGED_CMK"`
}

// NameInput names a Firehose stream.
type NameInput struct {
	DeliveryStreamName *string `aws:"required,len=1..64,pattern=firehose/DeliveryStreamName"`
}

// checkKey is the ARN of the key that is to be used; "" with a key of the service itself.
// Source of the rule: API Reference, DeliveryStreamEncryptionConfigurationInput.
func (s *Service) checkKey(keyType, arn string) (string, error) {
	if keyType == "AWS_OWNED_CMK" {
		if arn != "" {
			return "", aws.Errorf(aws.InvalidArgument, "KeyARN must not be specified for KeyType AWS_OWNED_CMK.").WithHint("Leave KeyARN out, or write KeyType=CUSTOMER_MANAGED_CMK.")
		}
		return "", nil
	}
	if arn == "" {
		return "", aws.Errorf(aws.InvalidArgument, "KeyARN must be specified for KeyType CUSTOMER_MANAGED_CMK.").WithHint("Give KeyARN=arn:aws:kms:...:key/...; aws kms list-keys shows the keys there are.")
	}
	if err := s.w.Keys.Use(s.caller, "DescribeKey", arn, "firehose", s.ARN("")); err != nil {
		return "", kmsError(err)
	}
	return arn, nil
}

// kmsError is what Firehose makes of an error of KMS.
// Source: API Reference, InvalidKMSResourceException, whose code says which it was.
func kmsError(err error) error {
	return aws.Errorf(InvalidKMSResource, "%s", err.Error()).WithHint("aws kms describe-key tells how the key stands.")
}

// encryptable refuses a stream whose encryption cannot be changed.
// Source of the words: ours, after the rules of StartDeliveryStreamEncryption.
func (s *Service) encryptable(name string) (*Stream, error) {
	st, err := s.find(name)
	switch {
	case err != nil:
		return nil, err
	case st.status != Active:
		return nil, notActive(st)
	case st.typ != DirectPut:
		return nil, aws.Errorf(aws.InvalidArgument, "This operation is not permitted on %s delivery stream type.", st.typ).
			WithHint("What a stream is read from encrypts it: aws kinesis start-stream-encryption.")
	case st.encryption.Status == enabling || st.encryption.Status == disabling:
		return nil, aws.Errorf(aws.ResourceInUse, "Encryption of Firehose %s is %s.", name, st.encryption.Status).WithHint("Try again in some seconds.")
	}
	return st, nil
}

// StartDeliveryStreamEncryption begins to encrypt at rest, or goes over to another key.
func (s *Service) StartDeliveryStreamEncryption(in *EncryptionInput) error {
	if err := s.control("StartDeliveryStreamEncryption"); err != nil {
		return err
	}
	st, err := s.encryptable(*in.DeliveryStreamName)
	if err != nil {
		return err
	}
	keyType, arn := "AWS_OWNED_CMK", ""
	if c := in.DeliveryStreamEncryptionConfigurationInput; c != nil {
		keyType, arn = *c.KeyType, deref(c.KeyARN)
	}
	if arn, err = s.checkKey(keyType, arn); err != nil {
		return err
	}
	e := &st.encryption
	if e.starts, err = s.oftenEnough(e.starts, "start"); err != nil {
		return err
	}
	e.Status, e.KeyType, e.KeyARN = enabling, keyType, arn
	s.after(st, encryptTakes, evSealed, 0)
	return nil
}

// StopDeliveryStreamEncryption ends encryption at rest.
func (s *Service) StopDeliveryStreamEncryption(in *NameInput) error {
	if err := s.control("StopDeliveryStreamEncryption"); err != nil {
		return err
	}
	st, err := s.encryptable(*in.DeliveryStreamName)
	if err != nil {
		return err
	}
	e := &st.encryption
	if e.stops, err = s.oftenEnough(e.stops, "stop"); err != nil {
		return err
	}
	e.Status = disabling
	s.after(st, encryptTakes, evSealed, 0)
	return nil
}

// oftenEnough counts a change of encryption.
func (s *Service) oftenEnough(calls []sim.Instant, what string) ([]sim.Instant, error) {
	now := s.now()
	calls = slices.DeleteFunc(slices.Clone(calls), func(t sim.Instant) bool { return now.Sub(t) >= 24*time.Hour })
	if len(calls) >= maxEncryptions {
		return calls, aws.Errorf(aws.LimitExceeded, "You can %s encryption of a delivery stream at most %d times in 24 hours.", what, maxEncryptions).WithHint("Wait; the oldest call leaves the 24 hours first.")
	}
	return append(calls, now), nil
}

// sealed ends a change of encryption.
func (s *Service) sealed(st *Stream) {
	switch e := &st.encryption; e.Status {
	case enabling:
		e.Status = enabled
	case disabling:
		e.Status, e.KeyType, e.KeyARN = disabled, "", ""
	}
	s.notify(Notice{Kind: EncryptionChanged, Stream: st, Status: st.encryption.Status})
}

// encrypted says whether records that come now are encrypted at rest.
func (st *Stream) encrypted() bool {
	return st.encryption.Status == enabled || st.encryption.Status == disabling
}

// useKey asks KMS for the key of a stream that encrypts with one of the account, as Firehose does for whoever set it. A metric
// counts what went wrong.
func (s *Service) useKey(st *Stream, action string) error {
	if !st.encrypted() || st.encryption.KeyARN == "" {
		return nil
	}
	err := s.w.Keys.Use("", action, st.encryption.KeyARN, "firehose", st.arn)
	if err == nil {
		return nil
	}
	metric := map[aws.Code]string{aws.AccessDenied: "KMSKeyAccessDenied", kms.Disabled: "KMSKeyDisabled", kms.InvalidState: "KMSKeyInvalidState", kms.NotFound: "KMSKeyNotFound"}[aws.CodeOf(err)]
	if metric != "" {
		s.count(st, metric, 1)
	}
	return err
}
