package awsjson

import (
	"fmt"
	"os"
	"strings"
	"time"
)

// A Credential is an access key whose signatures an endpoint verifies.
type Credential struct {
	Name         string // of its section in the file, for messages
	AccessKey    string
	SecretKey    string
	SessionToken string    // that requests must carry; "" for a long-lived key, whose requests carry none
	Expires      time.Time // of a session; the zero value never
	Account      string    // twelve digits; the endpoint's own when empty
	Principal    string    // ARN of whom the key belongs to; the account's administrator, who may do all, when empty
}

// check refuses what cannot work, and fills the account in.
func (c *Credential) check(account string) error {
	if c.Account == "" {
		c.Account = account
		if parts := strings.SplitN(c.Principal, ":", 6); len(parts) == 6 {
			c.Account = parts[4]
		}
	}
	where := fmt.Sprintf("credential %q", c.Name)
	switch {
	case c.AccessKey == "":
		return fmt.Errorf("%s has no access key: write aws_access_key_id = AKIA...", where)
	case strings.ContainsAny(c.AccessKey, "/, \t"):
		return fmt.Errorf("%s has an access key with a slash, a comma or a space in it: a signature could not name it", where)
	case c.SecretKey == "":
		return fmt.Errorf("%s has no secret: write aws_secret_access_key = ...", where)
	case !isAccount(c.Account):
		return fmt.Errorf("%s is of account %q: an account is twelve digits, as 123456789012", where, c.Account)
	}
	if c.Principal == "" {
		return nil
	}
	parts := strings.SplitN(c.Principal, ":", 6)
	if len(parts) != 6 || parts[0] != "arn" || parts[2] != "iam" && parts[2] != "sts" {
		return fmt.Errorf("%s belongs to %q: write an ARN, as arn:aws:iam::%s:user/anna", where, c.Principal, c.Account)
	}
	if parts[4] != c.Account {
		return fmt.Errorf("%s is of account %s, but its principal %s is of %s: leave the account out, or write the same", where, c.Account, c.Principal, parts[4])
	}
	return nil
}

// ReadCredentials reads a file of credentials. It has the form of AWS's own shared credentials file, so that a client can
// be pointed at the same one; three keys are ours:
//
//	[anna]
//	aws_access_key_id     = AKIAANNA
//	aws_secret_access_key = wJalrXUtnFEMI
//	aws_session_token     = FwoGZXIvYXdz            # only of a temporary credential
//	shardlab_principal    = arn:aws:iam::123456789012:user/anna
//	shardlab_account      = 123456789012            # when there is no principal
//	shardlab_expires      = 2026-12-31T18:00:00Z    # of a temporary credential
func ReadCredentials(file string) ([]Credential, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("read credentials: %w", err)
	}
	all, err := parseCredentials(string(text))
	if err != nil {
		return nil, fmt.Errorf("read credentials of %s: %w", file, err)
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("read credentials of %s: there are none; begin one with a line [name]", file)
	}
	return all, nil
}

func parseCredentials(text string) ([]Credential, error) {
	var all []Credential
	seen := map[string]bool{}
	line := 0
	for l := range strings.Lines(text) {
		line++
		l = strings.TrimSpace(l)
		if l == "" || l[0] == '#' || l[0] == ';' {
			continue
		}
		if name, ok := strings.CutPrefix(l, "["); ok {
			name, ok = strings.CutSuffix(name, "]")
			name = strings.TrimSpace(name)
			switch {
			case !ok || name == "":
				return nil, fmt.Errorf("line %d: write the name of a credential in brackets, as [anna]", line)
			case seen[name]:
				return nil, fmt.Errorf("line %d: there are two of the name %s", line, name)
			}
			seen[name] = true
			all = append(all, Credential{Name: name})
			continue
		}
		key, value, ok := strings.Cut(l, "=")
		key, value = strings.TrimSpace(key), strings.TrimSpace(value)
		if i := strings.Index(value, " #"); i >= 0 {
			value = strings.TrimSpace(value[:i])
		}
		switch {
		case len(all) == 0:
			return nil, fmt.Errorf("line %d: a line [name] has to stand before it", line)
		case !ok:
			return nil, fmt.Errorf("line %d: write key = value", line)
		}
		c := &all[len(all)-1]
		switch strings.ToLower(key) {
		case "aws_access_key_id":
			c.AccessKey = value
		case "aws_secret_access_key":
			c.SecretKey = value
		case "aws_session_token":
			c.SessionToken = value
		case "shardlab_principal":
			c.Principal = value
		case "shardlab_account":
			c.Account = value
		case "shardlab_expires":
			at, err := time.Parse(time.RFC3339, value)
			if err != nil {
				return nil, fmt.Errorf("line %d: %q is no moment; write it as 2026-12-31T18:00:00Z", line, value)
			}
			c.Expires = at
		default:
			if strings.HasPrefix(strings.ToLower(key), "shardlab_") {
				return nil, fmt.Errorf("line %d: there is no key %s; ours are shardlab_principal, shardlab_account and shardlab_expires", line, key)
			} // AWS's files hold other keys, as region
		}
	}
	return all, nil
}
