package clients

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"math/big"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/aws-sdk-go-v2/service/kinesis"
	"github.com/aws/aws-sdk-go-v2/service/kinesis/types"
)

// TestVerified holds the endpoint with a certificate of its own and credentials that it verifies to every client: the right
// secret is let in over TLS, the wrong one and an unknown key get AWS's answers, and a certificate that nobody told the
// client of is not trusted.
func TestVerified(t *testing.T) {
	alongside(t)
	folder := t.TempDir()
	file := filepath.Join(folder, "credentials")
	text := ""
	accounts := map[string]string{}
	for i, k := range kinds {
		accounts[k.name] = fmt.Sprintf("1111222233%02d", i)
		key := "AKIAVERIFIED" + strings.ToUpper(k.name)
		text += fmt.Sprintf("[%s]\naws_access_key_id = %s\naws_secret_access_key = wJalr+%s/EXAMPLE\nshardlab_account = %s\n\n", k.name, key, key, accounts[k.name])
	}
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	e := serve(t, "-aws-speed", speed, "-aws-tls", filepath.Join(folder, "tls"), "-aws-credentials", file)
	each(t, func(t *testing.T, k *kind) {
		good := e.settings("AKIAVERIFIED" + strings.ToUpper(k.name))
		good.Secret = "wJalr+" + good.Key + "/EXAMPLE"
		c := k.start(t, good)
		var made struct{ StreamDescriptionSummary struct{ StreamARN string } }
		call(t, c, "CreateStream", `{"StreamName":"orders","ShardCount":1}`, nil)
		call(t, c, "DescribeStreamSummary", `{"StreamName":"orders"}`, &made)
		if want := "arn:aws:kinesis:eu-central-1:" + accounts[k.name] + ":stream/orders"; made.StreamDescriptionSummary.StreamARN != want {
			t.Errorf("the stream is %s, not %s", made.StreamDescriptionSummary.StreamARN, want)
		}
		// Names that a signature has to escape, and a body that is not ASCII.
		must(t, c, question{Do: "wait", Name: "stream-exists", In: json.RawMessage(`{"StreamName":"orders"}`)})
		call(t, c, "PutRecord", `{"StreamName":"orders","Data":"AP/+Cg==","PartitionKey":"ключ / + %20 €"}`, nil)

		wrong, unknown, nobody := good, good, good
		wrong.Secret = "guessed"
		unknown.Key = "AKIAUNKNOWN"
		nobody.CA = ""
		for _, row := range []struct {
			name     string
			settings settings
			code     string
			message  string
		}{
			{"a wrong secret", wrong, "InvalidSignatureException", "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details."},
			{"an unknown key", unknown, "UnrecognizedClientException", "The security token included in the request is invalid."},
			{"a certificate that is not trusted", nobody, "", ""},
		} {
			a, err := k.start(t, row.settings).ask(question{Do: "call", Op: "DescribeStreamSummary", In: json.RawMessage(`{"StreamName":"orders"}`)})
			switch {
			case err != nil:
				t.Errorf("%s: %v", row.name, err)
			case a.Err == nil:
				t.Errorf("%s is let in: %s", row.name, a.Out)
			case a.Err.Code != row.code || !strings.HasPrefix(a.Err.Message, row.message):
				t.Errorf("%s is refused with %v", row.name, a.Err)
			case row.code == "" && !strings.Contains(strings.ToLower(a.Err.Message), "certif"):
				t.Errorf("%s: %v", row.name, a.Err)
			}
		}
	})
}

// TestDenied holds that a user who may do nothing is told so by every client in the words of IAM and in the class of that
// exception, and that a policy of the stream lets in for what it names and nothing else.
func TestDenied(t *testing.T) {
	alongside(t)
	file := filepath.Join(t.TempDir(), "credentials")
	text := "[admin]\naws_access_key_id = AKIADENIEDADMIN\naws_secret_access_key = secret-of-AKIADENIEDADMIN\n"
	for _, k := range kinds {
		key := "AKIADENIED" + strings.ToUpper(k.name)
		text += fmt.Sprintf("[%s]\naws_access_key_id = %s\naws_secret_access_key = secret-of-%s\nshardlab_principal = arn:aws:iam::123456789012:user/%s\n", k.name, key, key, k.name)
	}
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	e := serve(t, "-aws-speed", speed, "-aws-credentials", file)
	admin := newSDK(t, e.settings("AKIADENIEDADMIN"))
	arn := newStream(t, admin, "orders", 1)
	var statements []string
	for _, k := range kinds {
		statements = append(statements, fmt.Sprintf(`{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::123456789012:user/%s"},"Action":"kinesis:PutRecord","Resource":%q}`, k.name, arn))
	}
	for _, k := range kinds {
		asForm(t, e.settings("AKIADENIEDADMIN"), "iam", url.Values{"Action": {"CreateUser"}, "Version": {"2010-05-08"}, "UserName": {k.name}})
	}
	ctx, cancel := within()
	defer cancel()
	if _, err := admin.PutResourcePolicy(ctx, &kinesis.PutResourcePolicyInput{ResourceARN: &arn,
		Policy: aws.String(`{"Version":"2012-10-17","Statement":[` + strings.Join(statements, ",") + `]}`)}); err != nil {
		t.Fatal(err)
	}
	each(t, func(t *testing.T, k *kind) {
		c := k.start(t, e.settings("AKIADENIED"+strings.ToUpper(k.name)))
		call(t, c, "PutRecord", `{"StreamName":"orders","Data":"eA==","PartitionKey":"k"}`, nil)
		for op, row := range map[string][2]string{
			"DescribeStream": {`{"StreamName":"orders"}`, " on resource: " + arn},
			"ListStreams":    {`{}`, " on resource: *"},
		} {
			a, err := c.ask(question{Do: "call", Op: op, In: json.RawMessage(row[0])})
			if err != nil {
				t.Fatal(err)
			}
			want := fmt.Sprintf("User: arn:aws:iam::123456789012:user/%s is not authorized to perform: kinesis:%s%s because no identity-based policy allows the kinesis:%s action", k.name, op, row[1], op)
			if a.Err == nil || a.Err.Code != "AccessDeniedException" || a.Err.Message != want || a.Err.Type != "" && a.Err.Type != a.Err.Code {
				t.Errorf("%s is answered with %v (%+v)\nwant %s", op, a.Err, a.Err, want)
			}
		}
	})
}

// asForm asks another service than Kinesis for something, in the protocol that IAM speaks.
func asForm(t *testing.T, s settings, service string, form url.Values) {
	t.Helper()
	ctx, cancel := within()
	defer cancel()
	body := form.Encode()
	r, err := http.NewRequestWithContext(ctx, "POST", s.Endpoint, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded; charset=utf-8")
	hash := sha256.Sum256([]byte(body))
	if err := v4.NewSigner().SignHTTP(ctx, aws.Credentials{AccessKeyID: s.Key, SecretAccessKey: s.Secret}, r, hex.EncodeToString(hash[:]), service, s.Region, time.Now()); err != nil {
		t.Fatal(err)
	}
	a, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer a.Body.Close()
	if answer, _ := io.ReadAll(a.Body); a.StatusCode != http.StatusOK {
		t.Fatalf("%s is answered with %s: %s", form.Get("Action"), a.Status, answer)
	}
}

// TestWorldsApart holds that each access key has a world of its own, and each Region of it too.
func TestWorldsApart(t *testing.T) {
	alongside(t)
	e := serve(t)
	each(t, func(t *testing.T, k *kind) {
		one := e.settings("AKIAAPART" + strings.ToUpper(k.name))
		other, elsewhere := e.settings("AKIAAPARTTOO"+strings.ToUpper(k.name)), one
		elsewhere.Region = "ap-southeast-2"
		call(t, k.start(t, one), "CreateStream", `{"StreamName":"orders","ShardCount":1}`, nil)
		for _, s := range []settings{other, elsewhere} {
			a, err := k.start(t, s).ask(question{Do: "call", Op: "DescribeStreamSummary", In: json.RawMessage(`{"StreamName":"orders"}`)})
			if err != nil {
				t.Fatal(err)
			}
			if a.Err == nil || a.Err.Code != "ResourceNotFoundException" {
				t.Errorf("%s in %s sees the stream of %s in %s: %s %v", s.Key, s.Region, one.Key, one.Region, a.Out, a.Err)
			}
		}
	})
}

// TestRefusedWhileUpdating asks for a change of a stream that is being changed. It has a world at the pace of the clock and
// a change of fifty steps, because some clients take seconds to begin.
func TestRefusedWhileUpdating(t *testing.T) {
	alongside(t)
	e := serve(t)
	s := e.settings("AKIAUPDATING")
	admin := newSDK(t, s)
	newStream(t, admin, "orders", 50)
	ctx, cancel := within()
	defer cancel()
	if _, err := admin.UpdateShardCount(ctx, &kinesis.UpdateShardCountInput{StreamName: aws.String("orders"), TargetShardCount: aws.Int32(100), ScalingType: types.ScalingTypeUniformScaling}); err != nil {
		t.Fatal(err)
	}
	each(t, func(t *testing.T, k *kind) {
		in := `{"StreamName":"orders","ShardToSplit":"shardId-000000000049","NewStartingHashKey":"340282366920938463463374607431768211000"}`
		a, err := k.start(t, s).ask(question{Do: "call", Op: "SplitShard", In: json.RawMessage(in)})
		if err != nil {
			t.Fatal(err)
		}
		if a.Err == nil || a.Err.Code != "ResourceInUseException" || !strings.Contains(a.Err.Message, "not ACTIVE, instead in state UPDATING") {
			t.Errorf("a split during the change: %s %+v", a.Out, a.Err)
		}
	})
}

// TestThrottled holds clients to a shard that is full: a call is refused with the code that makes a client try again, by its
// own rules, until there is room; entries of PutRecords are refused one by one, and no client tries those again.
func TestThrottled(t *testing.T) {
	alongside(t)
	e := serve(t)
	each(t, func(t *testing.T, k *kind) {
		s := e.settings("AKIATHROTTLED" + strings.ToUpper(k.name))
		admin := newSDK(t, s)
		newStream(t, admin, "orders", 1)
		w := tap(t, e)
		s.Endpoint, s.Attempts = w.url, 12
		c := k.start(t, s)
		call(t, c, "DescribeStreamSummary", `{"StreamName":"orders"}`, nil) // it is awake now

		// For two seconds others take all that the shard gives.
		ctx, cancel := within()
		defer cancel()
		others := make(chan int) // calls that were answered
		go func() {
			record := types.PutRecordsRequestEntry{Data: make([]byte, 20<<10), PartitionKey: aws.String("k")}
			many := make([]types.PutRecordsRequestEntry, 55)
			for i := range many {
				many[i] = record
			}
			n := 0
			for until := time.Now().Add(2 * time.Second); time.Now().Before(until); time.Sleep(10 * time.Millisecond) {
				if _, err := admin.PutRecords(ctx, &kinesis.PutRecordsInput{StreamName: aws.String("orders"), Records: many}); err != nil {
					t.Errorf("others: %v", err)
					break
				}
				n++
			}
			others <- n
		}()
		time.Sleep(100 * time.Millisecond)
		a := call(t, c, "PutRecord", fmt.Sprintf(`{"StreamName":"orders","PartitionKey":"k","Data":%q}`, base64.StdEncoding.EncodeToString(make([]byte, 900<<10))), nil)
		if n := <-others; n < 3 {
			t.Fatalf("others wrote only %d times", n)
		}
		tries := w.of("PutRecord")
		if len(tries) < 2 || tries[0].status != 400 || tries[len(tries)-1].status != 200 {
			t.Errorf("the client's requests were answered %+v", tries)
		}
		if a.Attempts != 0 && a.Attempts != len(tries) {
			t.Errorf("the client speaks of %d attempts; %d came", a.Attempts, len(tries))
		}

		// Four records of 400 KiB: two fit into what a shard takes at once.
		time.Sleep(1100 * time.Millisecond)
		var out struct {
			FailedRecordCount int
			Records           []struct{ ShardId, SequenceNumber, ErrorCode, ErrorMessage string }
		}
		entry := fmt.Sprintf(`{"PartitionKey":"k","Data":%q}`, base64.StdEncoding.EncodeToString(make([]byte, 400<<10)))
		call(t, c, "PutRecords", fmt.Sprintf(`{"StreamName":"orders","Records":[%s]}`, strings.Join([]string{entry, entry, entry, entry}, ",")), &out)
		if out.FailedRecordCount != 2 || len(out.Records) != 4 || out.Records[1].SequenceNumber == "" || out.Records[2].ErrorCode != "ProvisionedThroughputExceededException" ||
			out.Records[2].ErrorMessage != "Rate exceeded for shard shardId-000000000000 in stream orders under account 123456789012." {
			t.Errorf("four large records: %+v", out)
		}
		if n := len(w.of("PutRecords")); n != 1 {
			t.Errorf("the client sent them %d times", n)
		}
	})
}

// TestLargest holds that the largest request passes from every client: 10 MiB of data, which are 13.4 MiB of base64.
func TestLargest(t *testing.T) {
	alongside(t)
	e := serve(t, "-aws-speed", speed)
	each(t, func(t *testing.T, k *kind) {
		s := e.settings("AKIALARGEST" + strings.ToUpper(k.name))
		newStream(t, newSDK(t, s), "orders", 16)
		var entries []string
		data := base64.StdEncoding.EncodeToString(make([]byte, 655_359)) // with the key of one byte, 16 make 10 MiB
		for i := range 16 {
			hash := new(big.Int).Lsh(big.NewInt(int64(i)), 124) // where the shard begins
			entries = append(entries, fmt.Sprintf(`{"PartitionKey":"k","Data":%q,"ExplicitHashKey":"%s"}`, data, hash))
		}
		in := fmt.Sprintf(`{"StreamName":"orders","Records":[%s]}`, strings.Join(entries, ","))
		var out struct{ FailedRecordCount int }
		c := k.start(t, s)
		call(t, c, "PutRecords", in, &out)
		if out.FailedRecordCount != 0 {
			t.Errorf("%d records were refused", out.FailedRecordCount)
		}
		over := strings.Replace(in, `"PartitionKey":"k"`, `"PartitionKey":"kk"`, 1)
		a, err := c.ask(question{Do: "call", Op: "PutRecords", In: json.RawMessage(over)})
		if err != nil {
			t.Fatal(err)
		}
		if a.Err == nil || a.Err.Code != "InvalidArgumentException" {
			t.Errorf("a byte more: %v, %s", a.Err, a.Out)
		}
	})
}
