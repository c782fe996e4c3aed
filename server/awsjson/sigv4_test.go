package awsjson

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
)

// The example of AWS's own documentation on how a signature is made.
func TestSignatureOfTheDocumentation(t *testing.T) {
	r, err := http.NewRequest("GET", "https://iam.amazonaws.com/?Action=ListUsers&Version=2010-05-08", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded; charset=utf-8")
	r.Header.Set("X-Amz-Date", "20150830T123600Z")
	r.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/iam/aws4_request, SignedHeaders=content-type;host;x-amz-date, "+
		"Signature=5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7")
	s, refused := readSignature(r)
	if refused != nil {
		t.Fatal(refused)
	}
	canonical := s.canonicalRequest(r, strings.Split(s.signedHeaders, ";"), nil)
	hash := sha256.Sum256([]byte(canonical))
	if got, want := hex.EncodeToString(hash[:]), "f536975d06c0309214f805bb90ccff089219ecd68b2577efef23edd43b7e1a59"; got != want {
		t.Errorf("the canonical request is\n%s\nwith hash %s, want %s", canonical, got, want)
	}
	owner := &Credential{AccessKey: "AKIDEXAMPLE", SecretKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"}
	at := time.Date(2015, 8, 30, 12, 36, 0, 0, time.UTC)
	if err := s.verify(r, nil, "iam", owner, at); err != nil {
		t.Errorf("it is refused: %v", err)
	}
	if err := s.verify(r, []byte("x"), "iam", owner, at); err == nil {
		t.Error("another body is taken")
	}
}

const (
	testKey    = "AKIAANNA"
	testSecret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
)

// What the Go SDK signs is taken, and nothing else; each refusal is in the service's words.
func TestVerifyWhatTheSDKSigns(t *testing.T) {
	anna := Credential{Name: "anna", AccessKey: testKey, SecretKey: testSecret}
	guest := Credential{Name: "guest", AccessKey: "ASIAGUEST", SecretKey: "guest", SessionToken: "token/+=", Expires: moment.Add(time.Hour)}
	s := start(t, Config{Credentials: []Credential{anna, guest}})
	sdk := func(key, secret, token, service, region string, at time.Time, presign bool) func(*http.Request) {
		return func(r *http.Request) {
			r.Header.Del("Authorization")
			r.Header.Del("X-Amz-Date")
			hash := sha256.Sum256([]byte(`{}`))
			credentials := aws.Credentials{AccessKeyID: key, SecretAccessKey: secret, SessionToken: token}
			signer := v4.NewSigner()
			if !presign {
				if err := signer.SignHTTP(context.Background(), credentials, r, hex.EncodeToString(hash[:]), service, region, at); err != nil {
					t.Fatal(err)
				}
				return
			}
			q := r.URL.Query()
			q.Set("X-Amz-Expires", "60")
			r.URL.RawQuery = q.Encode()
			text, headers, err := signer.PresignHTTP(context.Background(), credentials, r, hex.EncodeToString(hash[:]), service, region, at)
			if err != nil {
				t.Fatal(err)
			}
			if r.URL, err = url.Parse(text); err != nil {
				t.Fatal(err)
			}
			r.Header = headers // the target now stands in the query
		}
	}
	header := func(at time.Time) func(*http.Request) {
		return sdk(testKey, testSecret, "", "kinesis", "us-east-1", at, false)
	}
	also := func(first func(*http.Request), then func(*http.Request)) func(*http.Request) {
		return func(r *http.Request) { first(r); then(r) }
	}
	set := func(name, value string) func(*http.Request) {
		return func(r *http.Request) { r.Header.Set(name, value) }
	}
	for _, row := range []struct {
		name string
		edit func(*http.Request)
		code string // "" when it is taken
		says string
	}{
		{"as it should be", header(moment), "", ""},
		{"five minutes old", header(moment.Add(-5 * time.Minute)), "", ""},
		{"of the next five minutes", header(moment.Add(5 * time.Minute)), "", ""},
		{"too old", header(moment.Add(-5*time.Minute - time.Second)), invalidSignature, "Signature expired: 20260302T075459Z is now earlier than 20260302T075500Z (20260302T080000Z - 5 min.)"},
		{"too early", header(moment.Add(5*time.Minute + time.Second)), invalidSignature, "Signature not yet current: 20260302T080501Z is still later than 20260302T080500Z (20260302T080000Z + 5 min.)"},
		{"a query on the path", also(func(r *http.Request) { r.URL.Path, r.URL.RawQuery = "/a b/ü", "b=2&a=%C3%BC&a=1+1&c" }, header(moment)), "", ""},
		{"spaces in a header", also(set("X-Amz-Note", "  a   b  "), header(moment)), "", ""},
		{"a secret that is wrong", sdk(testKey, "wrong", "", "kinesis", "us-east-1", moment, false), invalidSignature, "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.\n\nThe Canonical String for this request should have been\n'POST\n/\n\n"},
		{"a key of nobody", sdk("AKIANOBODY", testSecret, "", "kinesis", "us-east-1", moment, false), unrecognizedClient, "The security token included in the request is invalid."},
		{"a token with a key that has none", sdk(testKey, testSecret, "token", "kinesis", "us-east-1", moment, false), unrecognizedClient, "The security token included in the request is invalid."},
		{"a session", sdk("ASIAGUEST", "guest", "token/+=", "kinesis", "eu-west-1", moment, false), "", ""},
		{"a session without its token", sdk("ASIAGUEST", "guest", "", "kinesis", "eu-west-1", moment, false), unrecognizedClient, "The security token included in the request is invalid."},
		{"another service", sdk(testKey, testSecret, "", "dynamodb", "us-east-1", moment, false), invalidSignature, "Credential should be scoped to correct service: 'kinesis'."},
		{"a date of yesterday in the scope", also(header(moment), func(r *http.Request) {
			r.Header.Set("Authorization", strings.Replace(r.Header.Get("Authorization"), "/20260302/", "/20260301/", 1))
		}), invalidSignature, "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '20260301' != '20260302', from '20260302T080000Z'."},
		{"another terminator", also(header(moment), func(r *http.Request) {
			r.Header.Set("Authorization", strings.Replace(r.Header.Get("Authorization"), "/aws4_request", "/aws5_request", 1))
		}), invalidSignature, "Credential should be scoped with a valid terminator: 'aws4_request', not 'aws5_request'."},
		{"another algorithm", also(header(moment), func(r *http.Request) {
			r.Header.Set("Authorization", strings.Replace(r.Header.Get("Authorization"), "AWS4-HMAC-SHA256", "AWS4-ECDSA-P256-SHA256", 1))
		}), incompleteSignature, "Unsupported AWS 'algorithm': 'AWS4-ECDSA-P256-SHA256'."},
		{"a date of no form", also(header(moment), set("X-Amz-Date", "today")), incompleteSignature, "Date must be in ISO-8601 'basic format'. Got 'today'. See http://en.wikipedia.org/wiki/ISO_8601"},
		{"a header changed on the way", also(header(moment), set("X-Amz-Target", "Kinesis_20131202.DescribeStream")), invalidSignature, "The request signature we calculated does not match"},
		{"a header of AWS that is not signed", also(header(moment), set("X-Amz-Extra", "1")), invalidSignature, "'x-amz-extra' must be a 'SignedHeader' in the AWS Authorization."},
		{"the host not signed", also(header(moment), func(r *http.Request) {
			r.Header.Set("Authorization", strings.Replace(r.Header.Get("Authorization"), "host;", "", 1))
		}), invalidSignature, "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization."},
		{"a body that is said to be unsigned", also(set("X-Amz-Content-Sha256", "UNSIGNED-PAYLOAD"), func(r *http.Request) {
			r.Header.Del("Authorization")
			r.Header.Del("X-Amz-Date")
			if err := v4.NewSigner().SignHTTP(context.Background(), aws.Credentials{AccessKeyID: testKey, SecretAccessKey: testSecret}, r, "UNSIGNED-PAYLOAD", "kinesis", "us-east-1", moment); err != nil {
				t.Fatal(err)
			}
		}), invalidSignature, "The request signature we calculated does not match"},
		{"in the query", sdk(testKey, testSecret, "", "kinesis", "us-east-1", moment, true), "", ""},
		{"a session in the query", sdk("ASIAGUEST", "guest", "token/+=", "kinesis", "us-east-1", moment, true), "", ""},
		{"in the query at its end", sdk(testKey, testSecret, "", "kinesis", "us-east-1", moment.Add(-time.Minute), true), "", ""},
		{"in the query, too old", sdk(testKey, testSecret, "", "kinesis", "us-east-1", moment.Add(-61*time.Second), true), invalidSignature, "Signature expired: 20260302T075859Z is now earlier than 20260302T075900Z (20260302T080000Z - 60 s.)"},
		{"in the query, changed", also(sdk(testKey, testSecret, "", "kinesis", "us-east-1", moment, true), func(r *http.Request) { r.URL.RawQuery += "&x=1" }), invalidSignature, "The request signature we calculated does not match"},
	} {
		t.Run(row.name, func(t *testing.T) {
			v := *s
			v.t = t
			a, body := v.do("ListShards", `{}`, row.edit) // which has no rate, and comes to its own rules when the signature is taken
			switch {
			case row.code == "" && a.Header.Get("x-amzn-ErrorType") != "InvalidArgumentException":
				t.Errorf("refused with %d %s", a.StatusCode, body)
			case row.code != "" && (a.StatusCode != 400 || a.Header.Get("x-amzn-ErrorType") != row.code || !strings.Contains(unquoted(body), row.says)):
				t.Errorf("answered with %d %s, want %s %s", a.StatusCode, body, row.code, row.says)
			}
		})
	}
	s.wall.pass(2 * time.Hour)
	a, body := s.do("ListStreams", `{}`, sdk("ASIAGUEST", "guest", "token/+=", "kinesis", "eu-west-1", s.wall.Now(), false))
	if a.StatusCode != 400 || !strings.Contains(body, expiredToken) {
		t.Errorf("after its end a session is answered with %d %s", a.StatusCode, body)
	}
}

func unquoted(body string) string { return strings.ReplaceAll(body, `\n`, "\n") }

// Whatever the query, the canonical form is one: sorting and escaping it again changes nothing.
func TestCanonicalQuery(t *testing.T) {
	for in, want := range map[string]string{
		"":                        "",
		"b=2&a=1":                 "a=1&b=2",
		"a=2&a=1":                 "a=1&a=2",
		"a":                       "a=",
		"a=%7e&b=%2f":             "a=~&b=%2F",
		"a=x+y":                   "a=x%20y",
		"a-b=1&a=1":               "a=1&a-b=1",
		"X-Amz-Signature=1&a=1":   "a=1",
		"a=%zz":                   "a=%25zz",
		"&&a=1&":                  "a=1",
		"ü=1":                     "%C3%BC=1",
		"X-Amz-Credential=a/b&A=": "A=&X-Amz-Credential=a%2Fb",
	} {
		got := canonicalQuery(in)
		if got != want || canonicalQuery(got) != got {
			t.Errorf("%q becomes %q and then %q, want %q", in, got, canonicalQuery(got), want)
		}
	}
}
