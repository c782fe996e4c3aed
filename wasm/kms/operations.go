package kms

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"strings"
	"time"

	"shardlab/wasm/aws"
	"shardlab/wasm/iam"
	"shardlab/wasm/sim"
)

// The shapes of the operations, member for member as on the wire; what they have no use for in the lab is left out.
// Source: KMS API Reference.

// KeyInput names a key by its id, its ARN, an alias or an alias's ARN.
type KeyInput struct {
	KeyId *string `aws:"required,len=1..2048"`
}

// ListInput asks for a list; it has no members.
type ListInput struct{}

// CreateKeyInput is the request of CreateKey.
type CreateKeyInput struct {
	Description *string `aws:"len=0..8192" json:",omitempty"`
	Policy      *string `aws:"len=1..131072" json:",omitempty"`
}

// CreateAliasInput is the request of CreateAlias.
type CreateAliasInput struct {
	AliasName   *string `aws:"required,len=1..256"`
	TargetKeyId *string `aws:"required,len=1..2048"`
}

// ScheduleKeyDeletionInput is the request of ScheduleKeyDeletion.
type ScheduleKeyDeletionInput struct {
	KeyId               *string `aws:"required,len=1..2048"`
	PendingWindowInDays *int64  `aws:"val=7..30" json:",omitempty"`
}

// PutKeyPolicyInput is the request of PutKeyPolicy.
type PutKeyPolicyInput struct {
	KeyId  *string `aws:"required,len=1..2048"`
	Policy *string `aws:"required,len=1..131072"`
}

// EncryptInput is the request of Encrypt, DecryptInput that of Decrypt.
type EncryptInput struct {
	KeyId     *string  `aws:"required,len=1..2048"`
	Plaintext aws.Blob `aws:"required,bytes=1..4096"`
}

type DecryptInput struct {
	CiphertextBlob aws.Blob `aws:"required,bytes=1..6144"`
	KeyId          *string  `aws:"len=1..2048" json:",omitempty"`
}

// KeyMetadata is what KMS tells of a key.
type KeyMetadata struct {
	AWSAccountId string
	KeyId        string
	Arn          string
	CreationDate aws.Timestamp
	Enabled      bool
	Description  string
	KeyUsage     string
	KeyState     string
	DeletionDate *aws.Timestamp `json:",omitempty"`
	Origin       string
	KeyManager   string
	KeySpec      string
}

// KeyListEntry is a line of ListKeys, AliasListEntry one of ListAliases.
type KeyListEntry struct{ KeyId, KeyArn string }

type AliasListEntry struct {
	AliasName    string
	AliasArn     string
	TargetKeyId  string
	CreationDate aws.Timestamp
}

// Answers.
type (
	KeyOutput         struct{ KeyMetadata KeyMetadata }
	KeyIDOutput       struct{ KeyId string }
	ListKeysOutput    struct{ Keys []KeyListEntry }
	ListAliasesOutput struct{ Aliases []AliasListEntry }
	KeyPolicyOutput   struct{ Policy, PolicyName string }
	DeletionOutput    struct {
		KeyId               string
		DeletionDate        aws.Timestamp
		KeyState            string
		PendingWindowInDays int64
	}
	EncryptOutput struct {
		CiphertextBlob      aws.Blob
		KeyId               string
		EncryptionAlgorithm string
	}
	DecryptOutput struct {
		KeyId               string
		Plaintext           aws.Blob
		EncryptionAlgorithm string
	}
)

// A call is an operation's caller on the service.
type call struct {
	*Service
	as string
}

// help says a line about a member.
func help(path string) string {
	switch path {
	case "KeyId":
		return "The key: its id, its ARN, or alias/NAME."
	case "Description":
		return "What the key is for."
	case "Policy":
		return "The key's policy in JSON, or file://policy.json; the account's own policies decide when left out."
	case "AliasName":
		return "alias/ and a name."
	case "TargetKeyId":
		return "Id or ARN of the key that it names."
	case "PendingWindowInDays":
		return "Days until the key is gone, 7 to 30; 30 when left out."
	case "Plaintext":
		return "Up to 4,096 bytes to encrypt, in base64 or as fileb://."
	case "CiphertextBlob":
		return "What encrypt answered, in base64 or as fileb://."
	}
	return ""
}

func op(name, text string, do any) aws.Row { return aws.Op("kms", name, text, help, do) }

// table lists the operations by name. It never changes.
var table = aws.Table{
	op("CancelKeyDeletion", "Keeps a key that waits for its deletion; it is disabled then.", call.cancelKeyDeletion),
	op("CreateAlias", "Gives a key a name of yours.", call.createAlias),
	op("CreateKey", "Makes a key.", call.createKey),
	op("Decrypt", "Opens what encrypt answered.", call.decrypt),
	op("DescribeKey", "Tells what a key is and in which state.", call.describeKey),
	op("DisableKey", "Lets a key serve no more until it is enabled again.", call.disableKey),
	op("EnableKey", "Lets a key serve again.", call.enableKey),
	op("Encrypt", "Encrypts up to 4,096 bytes under a key.", call.encrypt),
	op("GetKeyPolicy", "Shows a key's policy.", call.getKeyPolicy),
	op("ListAliases", "Lists the names of keys.", call.listAliases),
	op("ListKeys", "Lists the keys.", call.listKeys),
	op("PutKeyPolicy", "Gives a key another policy.", call.putKeyPolicy),
	op("ScheduleKeyDeletion", "Lets a key be deleted after 7 to 30 days; it serves no more at once.", call.scheduleKeyDeletion),
}

// Operations lists the operations by name.
func Operations() []aws.Operation { return table.Operations() }

// Decode reads a request; the error is an *aws.Error.
func Decode(name string, body []byte) (aws.Request, error) { return table.Decode(name, body) }

// Run runs a request as a principal, "" for the account's administrator, if the policies let it. The answer is the
// operation's output structure, nil when it has none; the error is an *aws.Error.
func (s *Service) Run(as string, r aws.Request) (any, error) {
	c := call{s, as}
	if s.account.OptedOut {
		return nil, s.Use(as, "", "", "", "")
	}
	id := ""
	switch in := r.In.(type) {
	case *KeyInput:
		id = *in.KeyId
	case *CreateAliasInput:
		id = *in.TargetKeyId
	case *ScheduleKeyDeletionInput:
		id = *in.KeyId
	case *PutKeyPolicyInput:
		id = *in.KeyId
	case *EncryptInput:
		id = *in.KeyId
	case *DecryptInput:
		// Whose key it is says the ciphertext; a caller who may not use it learns nothing of it.
		k, _, err := s.open(in.CiphertextBlob)
		if err != nil {
			return nil, err
		}
		id = k.id
	}
	var k *key
	if id != "" {
		var err error
		if k, err = s.resolve(id); err != nil {
			return nil, err
		}
	}
	if err := s.authorize(as, r.Name(), k); err != nil {
		return nil, err
	}
	if k == nil && s.accountOf(as) != s.cfg.Account {
		return nil, aws.Errorf(UnsupportedOperation, "This lab keeps the keys of account %s only.", s.cfg.Account).
			WithHint("Leave --profile out to act in that account.")
	}
	return r.Run(c)
}

func seconds(at sim.Instant) aws.Timestamp { return aws.Timestamp(at.Second() * 1000) }

func (s *Service) describe(k *key) *KeyOutput {
	m := KeyMetadata{AWSAccountId: s.cfg.Account, KeyId: k.id, Arn: s.arn(k), CreationDate: seconds(k.created), Enabled: k.state == enabled,
		Description: k.description, KeyUsage: "ENCRYPT_DECRYPT", KeyState: k.state, Origin: "AWS_KMS", KeyManager: "CUSTOMER", KeySpec: "SYMMETRIC_DEFAULT"}
	if k.managed {
		m.KeyManager = "AWS"
	}
	if k.state == pendingDeletion {
		at := seconds(k.deleteAt)
		m.DeletionDate = &at
	}
	return &KeyOutput{m}
}

// own finds a key that the account manages itself. The words about one that AWS manages are ours.
func (c call) own(id string) (*key, error) {
	k, err := c.resolve(id)
	if err == nil && k.managed {
		err = aws.Errorf(UnsupportedOperation, "%s is managed by AWS and cannot be changed.", c.arn(k)).
			WithHint("aws kms create-key makes a key of your own.")
	}
	return k, err
}

func (c call) createKey(in *CreateKeyInput) (*KeyOutput, error) {
	policy := c.defaultPolicy()
	if in.Policy != nil {
		if err := c.checkPolicy(*in.Policy); err != nil {
			return nil, err
		}
		policy = *in.Policy
	}
	if len(c.keys) >= MaxKeys {
		return nil, aws.Errorf(aws.LimitExceeded, "The lab keeps %d keys.", MaxKeys).WithHint("Use one there is: aws kms list-keys.")
	}
	description := ""
	if in.Description != nil {
		description = *in.Description
	}
	return c.describe(c.add(description, policy)), nil
}

func (c call) describeKey(in *KeyInput) (*KeyOutput, error) {
	k, err := c.resolve(*in.KeyId)
	if err != nil {
		return nil, err
	}
	return c.describe(k), nil
}

func (c call) listKeys(*ListInput) (*ListKeysOutput, error) {
	out := &ListKeysOutput{Keys: []KeyListEntry{}}
	for _, k := range c.keys {
		if c.find(k.id) != nil {
			out.Keys = append(out.Keys, KeyListEntry{k.id, c.arn(k)})
		}
	}
	return out, nil
}

// createAlias gives a key a name.
// Source of the words: answers of KMS as moto records them; those for a name without alias/ are ours.
func (c call) createAlias(in *CreateAliasInput) error {
	k, err := c.own(*in.TargetKeyId)
	if err != nil {
		return err
	}
	name := *in.AliasName
	rest, ok := strings.CutPrefix(name, "alias/")
	switch {
	case !ok || rest == "" || strings.Trim(rest, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/_-") != "":
		return aws.Errorf(aws.Validation, "Alias must start with the prefix \"alias/\" and hold letters, digits, slashes, dashes and underscores. Please see http://docs.aws.amazon.com/kms/latest/developerguide/kms-alias.html").
			WithHint("Write it like alias/orders.")
	case strings.HasPrefix(rest, "aws/"):
		return aws.Errorf(NotAuthorized, "").WithHint("Names that begin with alias/aws/ are for keys that AWS manages.")
	case len(c.aliases) >= MaxAliases:
		return aws.Errorf(aws.LimitExceeded, "The lab keeps %d aliases.", MaxAliases).WithHint("Use one there is: aws kms list-aliases.")
	}
	at := len(c.aliases)
	for i := range c.aliases {
		if c.aliases[i].name == name {
			return aws.Errorf(AlreadyExists, "An alias with the name %s already exists", c.prefix()+name).WithHint("Choose another name.")
		}
		if name < c.aliases[i].name {
			at = min(at, i)
		}
	}
	c.aliases = append(c.aliases, alias{})
	copy(c.aliases[at+1:], c.aliases[at:])
	c.aliases[at] = alias{name, k, c.now()}
	return nil
}

func (c call) listAliases(*ListInput) (*ListAliasesOutput, error) {
	out := &ListAliasesOutput{Aliases: []AliasListEntry{}}
	for _, a := range c.aliases {
		if c.find(a.key.id) != nil {
			out.Aliases = append(out.Aliases, AliasListEntry{a.name, c.prefix() + a.name, a.key.id, seconds(a.created)})
		}
	}
	return out, nil
}

func (c call) enableKey(in *KeyInput) error  { return c.turn(*in.KeyId, enabled) }
func (c call) disableKey(in *KeyInput) error { return c.turn(*in.KeyId, disabled) }

// turn enables or disables a key.
func (c call) turn(id, state string) error {
	k, err := c.own(id)
	if err == nil && k.state == pendingDeletion {
		err = c.usable(k)
	}
	if err == nil {
		k.state = state
	}
	return err
}

func (c call) scheduleKeyDeletion(in *ScheduleKeyDeletionInput) (*DeletionOutput, error) {
	k, err := c.own(*in.KeyId)
	if err == nil && k.state == pendingDeletion {
		err = c.usable(k)
	}
	if err != nil {
		return nil, err
	}
	days := int64(30)
	if in.PendingWindowInDays != nil {
		days = *in.PendingWindowInDays
	}
	k.state, k.deleteAt = pendingDeletion, c.now().Add(time.Duration(days)*24*time.Hour)
	return &DeletionOutput{c.arn(k), seconds(k.deleteAt), k.state, days}, nil
}

func (c call) cancelKeyDeletion(in *KeyInput) (*KeyIDOutput, error) {
	k, err := c.own(*in.KeyId)
	if err != nil {
		return nil, err
	}
	if k.state != pendingDeletion {
		return nil, aws.Errorf(InvalidState, "%s is not pending deletion.", c.arn(k)).WithHint("aws kms describe-key shows its state.")
	}
	k.state, k.deleteAt = disabled, 0
	return &KeyIDOutput{c.arn(k)}, nil
}

func (c call) getKeyPolicy(in *KeyInput) (*KeyPolicyOutput, error) {
	k, err := c.resolve(*in.KeyId)
	if err != nil {
		return nil, err
	}
	return &KeyPolicyOutput{k.policy, "default"}, nil
}

func (c call) putKeyPolicy(in *PutKeyPolicyInput) error {
	k, err := c.own(*in.KeyId)
	if err == nil {
		err = c.checkPolicy(*in.Policy)
	}
	if err == nil {
		k.policy = *in.Policy
	}
	return err
}

func (c call) checkPolicy(text string) error {
	_, err := iam.Parse(text, iam.Resource)
	if e, ok := err.(*aws.Error); ok {
		e.Code = MalformedPolicyDocument // as this service calls it
	}
	return err
}

const algorithm = "SYMMETRIC_DEFAULT"

func (c call) encrypt(in *EncryptInput) (*EncryptOutput, error) {
	k, err := c.resolve(*in.KeyId)
	if err == nil {
		err = c.usable(k)
	}
	if err == nil {
		err = c.admit()
	}
	if err != nil {
		return nil, err
	}
	c.sealed++
	return &EncryptOutput{c.seal(k, in.Plaintext, c.sealed), c.arn(k), algorithm}, nil
}

func (c call) decrypt(in *DecryptInput) (*DecryptOutput, error) {
	k, plain, err := c.open(in.CiphertextBlob)
	if err == nil && in.KeyId != nil {
		var named *key
		if named, err = c.resolve(*in.KeyId); err == nil && named != k {
			err = aws.Errorf(IncorrectKey, "The key ID in the request does not identify a CMK that can perform this operation.").
				WithHint("Leave KeyId out: the ciphertext says which key it needs.")
		}
	}
	if err == nil {
		err = c.usable(k)
	}
	if err == nil {
		err = c.admit()
	}
	if err != nil {
		return nil, err
	}
	return &DecryptOutput{c.arn(k), plain, algorithm}, nil
}

// A ciphertext is two bytes that say what it is, the key's id, a number that is never given twice, the text masked, and a
// check value of all of it under the key.
const (
	head      = 2 + 16 + 8
	firstByte = 1 // and the second is 2: so KMS's own begin, AQI in base64
)

func (s *Service) seal(k *key, plain []byte, number int64) []byte {
	id, _ := hex.DecodeString(strings.ReplaceAll(k.id, "-", ""))
	b := append([]byte{firstByte, 2}, id...)
	b = binary.BigEndian.AppendUint64(b, uint64(number))
	b = append(b, s.mask(k, b, plain)...)
	return append(b, s.check(k, b)...)
}

// open takes a ciphertext apart. What was not sealed here, or changed since, is refused.
func (s *Service) open(text []byte) (*key, []byte, error) {
	if len(text) > head+sha256.Size && text[0] == firstByte && text[1] == 2 {
		body, check := text[:len(text)-sha256.Size], text[len(text)-sha256.Size:]
		for _, k := range s.keys {
			if s.find(k.id) != nil && strings.ReplaceAll(k.id, "-", "") == hex.EncodeToString(text[2:18]) && bytes.Equal(s.check(k, body), check) {
				return k, s.mask(k, body[:head], body[head:]), nil
			}
		}
	}
	return nil, nil, aws.Errorf(InvalidCiphertext, "").
		WithHint("It is not what aws kms encrypt answered here, or its key is gone. In base64 it begins with AQI; fileb:// reads it from a file of bytes.")
}

// mask turns a text into noise, and noise back.
func (s *Service) mask(k *key, nonce, text []byte) []byte {
	out := make([]byte, len(text))
	var pad [sha256.Size]byte
	for i := range text {
		if i%sha256.Size == 0 {
			pad = sha256.Sum256(fmt.Appendf(nil, "kms mask %d %s %x %d", s.cfg.Seed, k.id, nonce, i))
		}
		out[i] = text[i] ^ pad[i%sha256.Size]
	}
	return out
}

func (s *Service) check(k *key, body []byte) []byte {
	sum := sha256.Sum256(fmt.Appendf(nil, "kms check %d %s %x", s.cfg.Seed, k.id, body))
	return sum[:]
}
