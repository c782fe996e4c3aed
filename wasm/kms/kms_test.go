package kms

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"shardlab/wasm/aws"
	"shardlab/wasm/iam"
	"shardlab/wasm/sim"
)

const (
	home   = "123456789012"
	prefix = "arn:aws:kms:us-east-1:" + home + ":"
	ana    = "arn:aws:iam::" + home + ":user/ana"
	guest  = "arn:aws:iam::999988887777:root"
	stream = "arn:aws:kinesis:us-east-1:" + home + ":stream/orders"
)

// world is a service with a clock, and users whose policies decide.
type world struct {
	*Service
	iam *iam.Service
	at  sim.Instant
}

func newWorld(t testing.TB) *world {
	w := &world{at: sim.At(time.Date(2026, 3, 2, 8, 39, 30, 0, time.UTC))}
	now := func() sim.Instant { return w.at }
	w.iam = iam.New(iam.Config{Account: home, Region: "us-east-1", Seed: 7}, now)
	w.Service = New(Config{Region: "us-east-1", Account: home, Seed: 7, Authorize: w.iam.Authorize}, now)
	w.user(t, "CreateUser", `{"UserName":"ana"}`)
	return w
}

func (w *world) user(t testing.TB, op, body string) {
	t.Helper()
	r, err := iam.Decode(op, []byte(body))
	if err == nil {
		_, err = w.iam.Run("", r)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// may gives ana a policy that allows an action on every key.
func (w *world) may(t testing.TB, action string) {
	doc, _ := json.Marshal(`{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"` + action + `","Resource":"*"}}`)
	w.user(t, "PutUserPolicy", `{"UserName":"ana","PolicyName":"p","PolicyDocument":`+string(doc)+`}`)
}

// do runs an operation and returns its answer, or its error.
func (w *world) do(as, op, body string) string {
	r, err := Decode(op, []byte(body))
	if err != nil {
		return err.Error()
	}
	out, err := w.Run(as, r)
	if err != nil {
		if e := err.(*aws.Error); e.Hint == "" {
			return "no hint with " + err.Error()
		}
		return err.Error()
	}
	b, err := aws.Encode(out)
	if err != nil {
		return err.Error()
	}
	return string(b)
}

// key makes a key and returns its id.
func (w *world) key(t testing.TB) string {
	t.Helper()
	var out KeyOutput
	if err := json.Unmarshal([]byte(w.do("", "CreateKey", `{"Description":"for orders"}`)), &out); err != nil {
		t.Fatal(err)
	}
	return out.KeyMetadata.KeyId
}

func TestKeysAndAliases(t *testing.T) {
	w := newWorld(t)
	k := w.key(t)
	arn := prefix + "key/" + k
	pending := "KMSInvalidStateException: " + arn + " is pending deletion."
	for i, row := range []struct{ as, op, body, want string }{
		{"", "DescribeKey", `{"KeyId":"` + k + `"}`, `"Enabled":true,"Description":"for orders","KeyUsage":"ENCRYPT_DECRYPT","KeyState":"Enabled"`},
		{"", "DescribeKey", `{"KeyId":"alias/aws/kinesis"}`, `"KeyManager":"AWS"`},
		{"", "DescribeKey", `{"KeyId":"nokey"}`, "NotFoundException: Key '" + prefix + "key/nokey' does not exist"},
		{"", "DescribeKey", `{"KeyId":"alias/orders"}`, "NotFoundException: Alias " + prefix + "alias/orders is not found."},
		{"", "DescribeKey", `{"KeyId":"arn:aws:kms:eu-west-1:123456789012:key/x"}`, "NotFoundException: Invalid arn arn:aws:kms:eu-west-1:123456789012:key/x"},
		{"", "DescribeKey", `{}`, "ValidationException: 1 validation error detected: Value null at 'keyId' failed to satisfy constraint: Member must not be null"},
		{"", "CreateAlias", `{"AliasName":"alias/orders","TargetKeyId":"` + k + `"}`, ""},
		{"", "CreateAlias", `{"AliasName":"alias/orders","TargetKeyId":"` + k + `"}`, "AlreadyExistsException: An alias with the name " + prefix + "alias/orders already exists"},
		{"", "CreateAlias", `{"AliasName":"orders","TargetKeyId":"` + k + `"}`, `ValidationException: Alias must start with the prefix "alias/"`},
		{"", "CreateAlias", `{"AliasName":"alias/aws/orders","TargetKeyId":"` + k + `"}`, "NotAuthorizedException"},
		{"", "CreateAlias", `{"AliasName":"alias/a","TargetKeyId":"alias/orders"}`, ""},
		{"", "ListAliases", `{}`, `{"Aliases":[{"AliasName":"alias/a",`},
		{"", "ListKeys", `{}`, `{"KeyId":"` + k + `","KeyArn":"` + arn + `"}]}`},
		{"", "DisableKey", `{"KeyId":"alias/orders"}`, ""},
		{"", "Encrypt", `{"KeyId":"alias/orders","Plaintext":"aGk="}`, "DisabledException: " + arn + " is disabled."},
		{"", "EnableKey", `{"KeyId":"` + prefix + `alias/orders"}`, ""},
		{"", "DisableKey", `{"KeyId":"alias/aws/kinesis"}`, "UnsupportedOperationException: "},
		{"", "CancelKeyDeletion", `{"KeyId":"` + k + `"}`, "KMSInvalidStateException: " + arn + " is not pending deletion."},
		{"", "ScheduleKeyDeletion", `{"KeyId":"` + k + `","PendingWindowInDays":6}`, "ValidationException: 1 validation error detected: Value '6' at 'pendingWindowInDays'"},
		{"", "ScheduleKeyDeletion", `{"KeyId":"` + k + `","PendingWindowInDays":7}`, `"KeyState":"PendingDeletion","PendingWindowInDays":7}`},
		{"", "ScheduleKeyDeletion", `{"KeyId":"` + k + `"}`, pending},
		{"", "EnableKey", `{"KeyId":"` + k + `"}`, pending},
		{"", "Encrypt", `{"KeyId":"` + k + `","Plaintext":"aGk="}`, pending},
		{"", "DescribeKey", `{"KeyId":"` + k + `"}`, `"DeletionDate":`},
		{"", "CancelKeyDeletion", `{"KeyId":"` + k + `"}`, `{"KeyId":"` + arn + `"}`},
		{"", "DescribeKey", `{"KeyId":"` + k + `"}`, `"KeyState":"Disabled"`},
		{"", "GetKeyPolicy", `{"KeyId":"` + k + `"}`, `arn:aws:iam::123456789012:root`},
		{"", "PutKeyPolicy", `{"KeyId":"` + k + `","Policy":"{}"}`, "MalformedPolicyDocumentException: Syntax errors in policy."},
		{"", "CreateKey", `{"Policy":"{"}`, "MalformedPolicyDocumentException: This policy contains invalid Json"},
		{ana, "DescribeKey", `{"KeyId":"` + k + `"}`, "AccessDeniedException: User: " + ana + " is not authorized to perform: kms:DescribeKey on resource: " + arn + " because no identity-based policy allows the kms:DescribeKey action"},
		{ana, "ListKeys", `{}`, "AccessDeniedException: User: " + ana + " is not authorized to perform: kms:ListKeys on resource: * because"},
		{guest, "ListKeys", `{}`, "UnsupportedOperationException: This lab keeps the keys of account 123456789012 only."},
		{guest, "DescribeKey", `{"KeyId":"` + arn + `"}`, "because no resource-based policy allows the kms:DescribeKey action"},
	} {
		if got := w.do(row.as, row.op, row.body); !strings.Contains(got, row.want) || row.want == "" && got != "" {
			t.Errorf("row %d, %s %s answers\n %s\nwant\n %s", i, row.op, row.body, got, row.want)
		}
	}
	// After its window it is gone, with its aliases.
	w.do("", "ScheduleKeyDeletion", `{"KeyId":"`+k+`","PendingWindowInDays":7}`)
	w.at = w.at.Add(7*24*time.Hour - time.Microsecond)
	if w.KeyState(k) != "PendingDeletion" {
		t.Error("it is gone before its time")
	}
	w.at++
	if w.KeyState(k) != "" || w.KeyState("alias/orders") != "" || strings.Contains(w.do("", "ListAliases", `{}`), "alias/orders") || strings.Contains(w.do("", "ListKeys", `{}`), k) {
		t.Error("it is not gone after seven days")
	}
}

// TestClientSideEncryption holds that what Encrypt answers says nothing to whoever may not decrypt.
//
// shows: SE3
func TestClientSideEncryption(t *testing.T) {
	w := newWorld(t)
	k := w.key(t)
	seal := func(text string) aws.Blob {
		in, _ := aws.Encode(EncryptInput{KeyId: &k, Plaintext: aws.Blob(text)})
		var out EncryptOutput
		if answer := w.do("", "Encrypt", string(in)); json.Unmarshal([]byte(answer), &out) != nil {
			t.Fatal(answer)
		}
		return out.CiphertextBlob
	}
	open := func(as string, blob aws.Blob) string {
		in, _ := aws.Encode(DecryptInput{CiphertextBlob: blob})
		return w.do(as, "Decrypt", string(in))
	}
	a, b := seal("bike 7 is in the river"), seal("bike 7 is in the river")
	if bytes.Contains(a, []byte("bike")) || bytes.Equal(a, b) || a[0] != 1 || a[1] != 2 {
		t.Errorf("encrypted as %x and %x", a, b)
	}
	if got := open("", a); !strings.Contains(got, `"Plaintext":"YmlrZSA3IGlzIGluIHRoZSByaXZlcg=="`) || !strings.Contains(got, k) {
		t.Errorf("decrypted as %s", got)
	}
	for i := range a {
		bad := bytes.Clone(a)
		bad[i] ^= 4
		if got := open("", bad); got != InvalidCiphertext {
			t.Fatalf("changed at byte %d it is %s", i, got)
		}
	}
	if got := open("", aws.Blob("hello")); got != InvalidCiphertext {
		t.Errorf("what was never encrypted is %s", got)
	}
	other := w.key(t)
	in, _ := aws.Encode(DecryptInput{CiphertextBlob: a, KeyId: &other})
	if got := w.do("", "Decrypt", string(in)); !strings.HasPrefix(got, IncorrectKey) {
		t.Errorf("with another key: %s", got)
	}
	w.may(t, "kms:Encrypt")
	if got := open(ana, a); !strings.HasPrefix(got, "AccessDeniedException: User: "+ana+" is not authorized to perform: kms:Decrypt on resource: "+prefix+"key/"+k) {
		t.Errorf("who may only encrypt gets %s", got)
	}
	w.may(t, "kms:Decrypt")
	if got := open(ana, a); !strings.Contains(got, "YmlrZSA3") {
		t.Errorf("who may decrypt gets %s", got)
	}
	w.do("", "DisableKey", `{"KeyId":"`+k+`"}`)
	if got := open(ana, a); !strings.HasPrefix(got, Disabled) {
		t.Errorf("with a disabled key: %s", got)
	}
}

// TestUse holds what another service hears that uses a key for somebody.
func TestUse(t *testing.T) {
	w := newWorld(t)
	k := w.key(t)
	use := func(as, action, key string) string {
		if err := w.Use(as, action, key, "kinesis", stream); err != nil {
			return err.(*aws.Error).Code
		}
		return ""
	}
	check := func(what, got, want string) {
		t.Helper()
		if got != want {
			t.Errorf("%s: %q, want %q", what, got, want)
		}
	}
	check("the administrator", use("", "GenerateDataKey", k), "")
	check("who has no policy", use(ana, "GenerateDataKey", k), aws.AccessDenied)
	check("who has none, with the key that AWS manages", use(ana, "GenerateDataKey", KinesisAlias), "")
	check("another account with that key", use(guest, "GenerateDataKey", KinesisAlias), aws.AccessDenied)
	if got := w.do(ana, "Encrypt", `{"KeyId":"alias/aws/kinesis","Plaintext":"aGk="}`); !strings.HasPrefix(got, aws.AccessDenied) {
		t.Errorf("the key that AWS manages, without the stream: %s", got)
	}
	w.may(t, "kms:GenerateDataKey")
	check("who may", use(ana, "GenerateDataKey", k), "")
	check("but not decrypt", use(ana, "Decrypt", k), aws.AccessDenied)
	doc, _ := json.Marshal(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"` + ana + `"},"Action":"kms:Decrypt","Resource":"*","Condition":{"StringEquals":{"kms:EncryptionContext:aws:kinesis:arn":"` + stream + `"}}}]}`)
	w.do("", "PutKeyPolicy", `{"KeyId":"`+k+`","Policy":`+string(doc)+`}`)
	check("by the key's own policy", use(ana, "Decrypt", k), "")
	check("whose word counts for what it leaves out, too", use(ana, "GenerateDataKey", k), aws.AccessDenied)
	if err := w.Use(ana, "Decrypt", k, "kinesis", stream+"2"); err == nil {
		t.Error("a key that is for one stream serves another")
	}
	doc, _ = json.Marshal(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"*"},"Action":"kms:Encrypt","Resource":"*","Condition":{"StringEquals":{"kms:CallerAccount":"` + home + `"}}}]}`)
	w.do("", "PutKeyPolicy", `{"KeyId":"`+k+`","Policy":`+string(doc)+`}`)
	if got := w.do(ana, "Encrypt", `{"KeyId":"`+k+`","Plaintext":"aGk="}`); !strings.Contains(got, "CiphertextBlob") {
		t.Errorf("a caller of the account, itself: %s", got)
	}
	if got := w.do(guest, "Encrypt", `{"KeyId":"`+prefix+"key/"+k+`","Plaintext":"aGk="}`); !strings.HasPrefix(got, aws.AccessDenied) {
		t.Errorf("a caller of another account, itself: %s", got)
	}
	w.do("", "DisableKey", `{"KeyId":"`+k+`"}`)
	check("disabled", use("", "Decrypt", k), Disabled)
	w.do("", "ScheduleKeyDeletion", `{"KeyId":"`+k+`"}`)
	check("to be deleted", use("", "Decrypt", k), InvalidState)
	w.at = w.at.Add(31 * 24 * time.Hour)
	check("deleted", use("", "Decrypt", k), NotFound)
	w.SetAccount(Account{OptedOut: true, RequestsPerSecond: 5})
	check("without a subscription", use("", "Decrypt", KinesisAlias), OptInRequired)
	w.SetAccount(Account{RequestsPerSecond: 3})
	for range 3 {
		check("within the quota", use("", "Decrypt", KinesisAlias), "")
	}
	check("one more", use("", "Decrypt", KinesisAlias), aws.Throttling)
	w.at = w.at.Add(time.Second)
	check("a second later", use("", "Decrypt", KinesisAlias), "")
}

// A clone answers as the original, and neither changes the other.
func TestClone(t *testing.T) {
	w := newWorld(t)
	k := w.key(t)
	w.do("", "CreateAlias", `{"AliasName":"alias/orders","TargetKeyId":"`+k+`"}`)
	state := func(s *Service) string {
		var b bytes.Buffer
		s.State(&b)
		return b.String()
	}
	c := &world{Service: w.Clone(func() sim.Instant { return w.at }, w.iam.Authorize), iam: w.iam, at: w.at}
	before := state(w.Service)
	if state(c.Service) != before {
		t.Error("a clone has another state")
	}
	c.do("", "DisableKey", `{"KeyId":"alias/orders"}`)
	c.do("", "CreateAlias", `{"AliasName":"alias/a","TargetKeyId":"`+k+`"}`)
	c.key(t)
	if state(w.Service) != before || c.KeyState(k) != "Disabled" || w.KeyState(k) != "Enabled" {
		t.Error("a clone shares what changes with its original")
	}
}
