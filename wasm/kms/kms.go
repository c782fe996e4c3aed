// Package kms is the Key Management Service as far as a stream needs it: keys with their states and policies, aliases, the
// use of a key by another service ([Service.Use]), and Encrypt and Decrypt for whoever encrypts for himself.
//
// The package knows no stream. Who may do what is asked of a function handed in, and so is the time. All of its state is
// plain data, so that a [Service.Clone] answers as the original would have.
//
// What Encrypt answers looks like KMS's and can be opened by Decrypt alone, but it is no AES-256-GCM, and its keys grow from
// the lab's seed: it keeps nothing secret outside of the lab.
package kms

import (
	"bufio"
	"encoding/hex"
	"fmt"
	"io"
	"strings"

	"shardlab/wasm/aws"
	"shardlab/wasm/iam"
	"shardlab/wasm/sim"
)

// Codes of KMS beside those of package aws.
// Source: KMS API Reference, the operations' Errors sections.
const (
	AlreadyExists           aws.Code = "AlreadyExistsException"
	Disabled                aws.Code = "DisabledException"
	IncorrectKey            aws.Code = "IncorrectKeyException"
	InvalidCiphertext       aws.Code = "InvalidCiphertextException"
	InvalidState            aws.Code = "KMSInvalidStateException"
	MalformedPolicyDocument aws.Code = "MalformedPolicyDocumentException"
	NotAuthorized           aws.Code = "NotAuthorizedException"
	NotFound                aws.Code = "NotFoundException"
	OptInRequired           aws.Code = "OptInRequired"
	UnsupportedOperation    aws.Code = "UnsupportedOperationException"
)

// Limits.
const (
	// RequestsPerSecond is how many cryptographic operations with symmetric keys an account may ask for in a second, those
	// that other services ask for on its behalf included.
	// Source: AWS Security Blog, "Manage your AWS KMS API request rates"; the quota differs by Region.
	RequestsPerSecond = 10_000
	// MaxKeys and MaxAliases bound a world. Ours: AWS allows 100,000 keys and 50 aliases a key.
	MaxKeys    = 100
	MaxAliases = 100
)

// States of a key.
const (
	enabled         = "Enabled"
	disabled        = "Disabled"
	pendingDeletion = "PendingDeletion"
)

// KinesisAlias names the key that AWS manages for Data Streams.
const KinesisAlias = "alias/aws/kinesis"

// Config says for whom a service stands.
type Config struct {
	Region  string // "us-east-1"
	Account string // twelve digits
	Seed    uint64 // of key ids and key material

	// Authorize judges who may do what; nil lets everybody do everything.
	Authorize func(iam.Query) *aws.Error
}

// A Service is the keys of an account in a Region.
type Service struct {
	cfg     Config
	now     func() sim.Instant
	keys    []*key  // in the order in which they were made
	aliases []alias // by name
	sealed  int64   // how often Encrypt was called

	account Account
	second  int64 // of the last request, and
	asked   int64 // how many there were in it
}

// Account says how the account stands with KMS.
type Account struct {
	OptedOut          bool  // it has no subscription of the service
	RequestsPerSecond int64 // its quota of cryptographic operations
}

// A key is a KMS key.
type key struct {
	id          string // "1234abcd-12ab-34cd-56ef-1234567890ab"
	description string
	managed     bool // by AWS
	state       string
	created     sim.Instant
	deleteAt    sim.Instant // while it waits for its deletion
	policy      string
}

// An alias is another name of a key.
type alias struct {
	name    string // "alias/orders"
	key     *key
	created sim.Instant
}

// New returns a service with the key that AWS manages for Data Streams.
func New(cfg Config, now func() sim.Instant) *Service {
	s := &Service{cfg: cfg, now: now, account: Account{RequestsPerSecond: RequestsPerSecond}}
	k := s.add("Default key that protects my Kinesis data when no other key is defined", s.managedPolicy())
	k.managed = true
	s.aliases = []alias{{KinesisAlias, k, now()}}
	return s
}

// Clone returns a service that goes on from here on its own; authorize judges in its world.
func (s *Service) Clone(now func() sim.Instant, authorize func(iam.Query) *aws.Error) *Service {
	c := *s
	c.now, c.cfg.Authorize = now, authorize
	c.keys = nil
	for _, k := range s.keys {
		copied := *k
		c.keys = append(c.keys, &copied)
	}
	c.aliases = append([]alias(nil), s.aliases...)
	for i := range c.aliases {
		c.aliases[i].key = c.find(c.aliases[i].key.id)
	}
	return &c
}

// State writes all that the service holds, in a fixed order.
func (s *Service) State(w io.Writer) {
	b := bufio.NewWriter(w)
	defer b.Flush()
	fmt.Fprintf(b, "kms %+v sealed %d asked %d in %d\n", s.account, s.sealed, s.asked, s.second)
	for _, k := range s.keys {
		fmt.Fprintf(b, " key %+v\n", *k)
	}
	for _, a := range s.aliases {
		fmt.Fprintf(b, " %s %s %d\n", a.name, a.key.id, a.created)
	}
}

// SetAccount changes how the account stands with KMS.
func (s *Service) SetAccount(a Account) { s.account = a }

// Account tells how the account stands with KMS.
func (s *Service) Account() Account { return s.account }

// KeyState is the state of the key that an id, ARN or alias names: "Enabled", "Disabled", "PendingDeletion"; "" when there is
// none.
func (s *Service) KeyState(id string) string {
	if k, err := s.resolve(id); err == nil {
		return k.state
	}
	return ""
}

// prefix begins the ARNs of the account's keys and aliases.
func (s *Service) prefix() string { return "arn:aws:kms:" + s.cfg.Region + ":" + s.cfg.Account + ":" }

func (s *Service) arn(k *key) string { return s.prefix() + "key/" + k.id }

// add makes a key.
func (s *Service) add(description, policy string) *key {
	dice := sim.NewRand(s.cfg.Seed, fmt.Sprintf("kms/%d", len(s.keys)))
	var raw [16]byte
	for i := range raw {
		raw[i] = byte(dice.Uint64())
	}
	text := hex.EncodeToString(raw[:])
	k := &key{id: strings.Join([]string{text[:8], text[8:12], "4" + text[13:16], "a" + text[17:20], text[20:]}, "-"),
		description: description, state: enabled, created: s.now(), policy: policy}
	s.keys = append(s.keys, k)
	return k
}

// defaultPolicy lets the account's own policies decide.
// Source: KMS Developer Guide, "Default key policy".
func (s *Service) defaultPolicy() string {
	return `{"Version":"2012-10-17","Id":"key-default-1","Statement":[{"Sid":"Enable IAM User Permissions","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::` +
		s.cfg.Account + `:root"},"Action":"kms:*","Resource":"*"}]}`
}

// managedPolicy is that of the key that AWS manages for Data Streams: whoever of the account uses a stream uses its key.
// Source: the policy that KMS shows of alias/aws/kinesis.
func (s *Service) managedPolicy() string {
	return `{"Version":"2012-10-17","Id":"auto-kinesis-1","Statement":[{"Sid":"Allow access through Kinesis for all principals in the account that are authorized to use Kinesis","Effect":"Allow",` +
		`"Principal":{"AWS":"*"},"Action":["kms:Encrypt","kms:Decrypt","kms:ReEncrypt*","kms:GenerateDataKey*","kms:CreateGrant","kms:DescribeKey"],"Resource":"*",` +
		`"Condition":{"StringEquals":{"kms:ViaService":"kinesis.` + s.cfg.Region + `.amazonaws.com","kms:CallerAccount":"` + s.cfg.Account + `"}}},` +
		`{"Sid":"Allow direct access to key metadata to the account","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::` + s.cfg.Account + `:root"},"Action":["kms:Describe*","kms:Get*","kms:List*"],"Resource":"*"}]}`
}

// find returns a key by its id; nil when there is none, or no longer.
func (s *Service) find(id string) *key {
	for _, k := range s.keys {
		if k.id == id && (k.state != pendingDeletion || s.now() < k.deleteAt) {
			return k
		}
	}
	return nil
}

// resolve finds the key that an id, a key's ARN, an alias or an alias's ARN names.
// Source of the words: answers of KMS in public issues.
func (s *Service) resolve(id string) (*key, error) {
	name, isARN := strings.CutPrefix(id, s.prefix())
	switch {
	case strings.HasPrefix(name, "alias/"):
		for _, a := range s.aliases {
			if a.name == name && s.find(a.key.id) != nil {
				return a.key, nil
			}
		}
		return nil, aws.Errorf(NotFound, "Alias %s is not found.", s.prefix()+name).
			WithHint("aws kms list-aliases shows those there are.")
	case strings.HasPrefix(id, "arn:") && !isARN:
		return nil, aws.Errorf(NotFound, "Invalid arn %s", id).
			WithHint("Keys of this account and Region have ARNs that begin with %s.", s.prefix()+"key/")
	}
	name = strings.TrimPrefix(name, "key/")
	if k := s.find(name); k != nil {
		return k, nil
	}
	return nil, aws.Errorf(NotFound, "Key '%s' does not exist", s.prefix()+"key/"+name).
		WithHint("aws kms list-keys shows those there are; a name of yours is an alias, and begins with alias/.")
}

// usable refuses the use of a key that does not serve.
// Source of the words: answers of KMS in public issues.
func (s *Service) usable(k *key) error {
	switch k.state {
	case disabled:
		return aws.Errorf(Disabled, "%s is disabled.", s.arn(k)).WithHint("aws kms enable-key makes it serve again.")
	case pendingDeletion:
		return aws.Errorf(InvalidState, "%s is pending deletion.", s.arn(k)).
			WithHint("aws kms cancel-key-deletion keeps it; it is disabled then, and enable-key makes it serve again.")
	}
	return nil
}

// authorize judges an action on a key.
func (s *Service) authorize(as, action string, k *key, facts ...iam.Fact) error {
	if s.cfg.Authorize == nil {
		return nil
	}
	q := iam.Query{As: as, Action: "kms:" + action, Resource: "*", Facts: append(facts, iam.Fact{Key: "kms:CallerAccount", Value: s.accountOf(as)})}
	if k != nil {
		q.Resource, q.Policy, q.KeyPolicy = s.arn(k), k.policy, true
	}
	if err := s.cfg.Authorize(q); err != nil {
		return err
	}
	return nil
}

// admit counts a cryptographic operation against the account's quota.
// Source of the words: AWS Security Blog, as above.
func (s *Service) admit() error {
	most := s.account.RequestsPerSecond
	if second := s.now().Second(); second != s.second {
		s.second, s.asked = second, 0
	}
	if s.asked >= most {
		return aws.Errorf(aws.Throttling, "You have exceeded the rate at which you may call KMS. Reduce the frequency of your calls.").
			WithHint("The account may ask for %d cryptographic operations a second, those of streams included. Wait a second.", most)
	}
	s.asked++
	return nil
}

// Use is the use of a key by another service on behalf of a principal: action is GenerateDataKey or Decrypt, via the service
// ("kinesis"), arn what is encrypted. id is the key as KeyARN found it. The error is KMS's own.
// Source: Kinesis Developer Guide, "Permissions to use user-generated KMS keys", for the encryption context.
func (s *Service) Use(as, action, id, via, arn string) error {
	if s.account.OptedOut {
		return aws.Errorf(OptInRequired, "The AWS Access Key Id needs a subscription for the service.").
			WithHint("lab put-account --kms-opt-in subscribes the account again.")
	}
	k, err := s.resolve(id)
	if err != nil {
		return err
	}
	err = s.authorize(as, action, k,
		iam.Fact{Key: "kms:ViaService", Value: via + "." + s.cfg.Region + ".amazonaws.com"},
		iam.Fact{Key: "kms:EncryptionContext:aws:" + via + ":arn", Value: arn},
		iam.Fact{Key: "kms:EncryptionContextKeys", Value: "aws:" + via + ":arn"})
	if err == nil {
		err = s.usable(k)
	}
	if err == nil {
		err = s.admit()
	}
	return err
}

// accountOf is the account of a principal.
func (s *Service) accountOf(as string) string {
	if parts := strings.SplitN(as, ":", 6); len(parts) == 6 {
		return parts[4]
	}
	return s.cfg.Account
}

// KeyARN is the ARN of the key that an id, ARN or alias names; the error is KMS's own.
func (s *Service) KeyARN(id string) (string, error) {
	k, err := s.resolve(id)
	if err != nil {
		return "", err
	}
	return s.arn(k), nil
}
