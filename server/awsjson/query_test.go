package awsjson

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"

	"shardlab/wasm/cloudwatch"
)

// form makes a request of the Query protocol.
func (s *server) form(service string, values url.Values) *http.Request {
	s.t.Helper()
	return s.request("", values.Encode(), func(r *http.Request) {
		r.Header.Set("Content-Type", urlEncoded+"; charset=utf-8")
		r.Header.Del("X-Amz-Target")
		r.Header.Set("Authorization", strings.Replace(signed("anna", "us-east-1"), "/kinesis/", "/"+service+"/", 1))
	})
}

// The services that say who may do what speak forms and XML.
func TestQuery(t *testing.T) {
	s := start(t, Config{})
	const policy = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"kinesis:Get*","Resource":"*"}]}`
	for _, row := range []struct {
		name, service, form string
		status              int
		says                []string
	}{
		{"who one is", "sts", "Action=GetCallerIdentity&Version=2011-06-15", 200,
			[]string{`<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult>`, "<Arn>arn:aws:iam::123456789012:root</Arn>", "</GetCallerIdentityResult><ResponseMetadata><RequestId>"}},
		{"a user is made", "iam", "Action=CreateUser&UserName=bert", 200, []string{"<User><Path>/</Path><UserName>bert</UserName>", "<CreateDate>2026-03-02T08:00:00Z</CreateDate>"}},
		{"and again", "iam", "Action=CreateUser&UserName=bert", 409, []string{`<ErrorResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/"><Error><Type>Sender</Type><Code>EntityAlreadyExists</Code><Message>User with name bert already exists.</Message></Error><RequestId>`}},
		{"a policy, which has no answer", "iam", "Action=PutUserPolicy&UserName=bert&PolicyName=p&PolicyDocument=" + url.QueryEscape(policy), 200, []string{`<PutUserPolicyResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/"><ResponseMetadata>`}},
		{"the policy is escaped", "iam", "Action=GetUserPolicy&UserName=bert&PolicyName=p", 200, []string{"<PolicyDocument>%7B%22Version%22%3A%222012-10-17%22%2C%22Statement%22%3A%5B"}},
		{"a list", "iam", "Action=ListUsers", 200, []string{"<ListUsersResult><Users><member><Path>/</Path><UserName>bert</UserName>"}},
		{"lists are counted", "iam", "Action=SimulatePrincipalPolicy&PolicySourceArn=arn:aws:iam::123456789012:user/bert&ActionNames.member.1=kinesis:GetRecords&ActionNames.member.2=kinesis:PutRecord", 200,
			[]string{"<EvalActionName>kinesis:GetRecords</EvalActionName><EvalResourceName>*</EvalResourceName><EvalDecision>allowed<", "<EvalActionName>kinesis:PutRecord</EvalActionName><EvalResourceName>*</EvalResourceName><EvalDecision>implicitDeny<"}},
		{"nobody", "iam", "Action=CreateUser&UserName=%3Cnobody%3E", 400, []string{"<Code>ValidationError</Code>", "userName is invalid"}},
		{"nobody at all", "iam", "Action=DeleteUser&UserName=%26nobody", 404, []string{"<Code>NoSuchEntity</Code>", "name &amp;nobody cannot"}},
		{"nothing given", "iam", "Action=DeleteUser", 400, []string{"<Code>ValidationError</Code>", "&#39;userName&#39;"}},
		{"an action of nobody", "iam", "Action=Dance&Version=1", 400, []string{"<Code>InvalidAction</Code><Message>Could not find operation Dance for version 1</Message>"}},
		{"metrics as older clients ask for them", "monitoring", "Action=DescribeAlarms", 200, []string{"<DescribeAlarmsResult><MetricAlarms></MetricAlarms>"}},
		{"a service without forms", "kinesis", "Action=ListStreams", 403, []string{"<AccessDeniedException>"}},
		{"no action", "iam", "UserName=bert", 403, []string{"<AccessDeniedException>"}},
	} {
		t.Run(row.name, func(t *testing.T) {
			v := *s
			v.t = t
			values, err := url.ParseQuery(row.form)
			if err != nil {
				t.Fatal(err)
			}
			a, body := v.send(v.form(row.service, values))
			if a.StatusCode != row.status {
				t.Errorf("answered with %d %s", a.StatusCode, body)
			}
			for _, want := range row.says {
				if !strings.Contains(body, want) {
					t.Errorf("it is\n%s\nand lacks %s", body, want)
				}
			}
		})
	}
	r := s.form("iam", url.Values{"Action": {"ListUsers"}})
	r.Header.Del("Authorization")
	if a, body := s.send(r); a.StatusCode != 403 || !strings.Contains(body, "<Code>MissingAuthenticationToken</Code>") {
		t.Errorf("without a signature: %d %s", a.StatusCode, body)
	}
}

// Fault injection speaks REST: the operation is where the request goes.
func TestREST(t *testing.T) {
	s := start(t, Config{})
	s.stream("s", "1")
	const template = `{"description":"d","stopConditions":[{"source":"none"}],"roleArn":"arn:aws:iam::123456789012:role/fis","targets":{"t":{"resourceType":"aws:kinesis:stream","resourceArns":["arn:aws:kinesis:us-east-1:123456789012:stream/s"],"selectionMode":"ALL"}},` +
		`"actions":{"a":{"actionId":"aws:kinesis:stream-provisioned-throughput-exception","parameters":{"duration":"PT1M","percentage":"100"},"targets":{"KinesisStreams":"t"}}}}`
	rest := func(method, path, body string) (*http.Response, string) {
		return s.do("", body, func(r *http.Request) {
			u, err := url.Parse(path)
			if err != nil {
				t.Fatal(err)
			}
			r.Method, r.URL.Path, r.URL.RawQuery = method, u.Path, u.RawQuery
			r.Header.Set("Content-Type", bareJSON)
			r.Header.Del("X-Amz-Target")
			r.Header.Set("Authorization", strings.Replace(signed("anna", "us-east-1"), "/kinesis/", "/fis/", 1))
		})
	}
	a, text := rest("POST", "/experimentTemplates", template)
	id := regexp.MustCompile(`"id":"(EXT[^"]+)"`).FindStringSubmatch(text)
	if a.StatusCode != 200 || a.Header.Get("Content-Type") != bareJSON || id == nil {
		t.Fatalf("a template: %d %s", a.StatusCode, text)
	}
	if a, text := rest("GET", "/experimentTemplates/"+id[1], ""); a.StatusCode != 200 || !strings.Contains(text, `"description":"d"`) {
		t.Errorf("it is read: %d %s", a.StatusCode, text)
	}
	if a, text := rest("GET", "/experimentTemplates?maxResults=1", ""); a.StatusCode != 200 || !strings.Contains(text, id[1]) {
		t.Errorf("it is listed: %d %s", a.StatusCode, text)
	}
	if a, text := rest("GET", "/experimentTemplates?maxResults=0", ""); a.StatusCode != 400 || a.Header.Get("x-amzn-ErrorType") != "ValidationException" || !strings.HasPrefix(text, `{"message":"1 validation error`) {
		t.Errorf("none is listed: %d %s", a.StatusCode, text)
	}
	a, text = rest("POST", "/experiments", `{"experimentTemplateId":"`+id[1]+`"}`)
	experiment := regexp.MustCompile(`"id":"(EXP[^"]+)"`).FindStringSubmatch(text)
	if a.StatusCode != 200 || experiment == nil {
		t.Fatalf("an experiment: %d %s", a.StatusCode, text)
	}
	s.pass(5e9)
	if a, text := s.do("PutRecord", `{"StreamName":"s","Data":"aGk=","PartitionKey":"k"}`, nil); a.Header.Get("x-amzn-ErrorType") != "ProvisionedThroughputExceededException" {
		t.Errorf("meanwhile a record is answered with %d %s", a.StatusCode, text)
	}
	if a, text := rest("DELETE", "/experiments/"+experiment[1], ""); a.StatusCode != 200 {
		t.Errorf("it is stopped: %d %s", a.StatusCode, text)
	}
	if a, text := rest("GET", "/experiments/EXPnone", ""); a.StatusCode != 404 || a.Header.Get("x-amzn-ErrorType") != "ResourceNotFoundException" {
		t.Errorf("one that is not there: %d %s", a.StatusCode, text)
	}
	if a, text := rest("GET", "/somewhere", ""); a.StatusCode != 403 || !strings.Contains(text, "AccessDeniedException") {
		t.Errorf("somewhere else: %d %s", a.StatusCode, text)
	}
	if a, text := rest("POST", "/experiments", "[]"); a.StatusCode != 400 {
		t.Errorf("no object: %d %s", a.StatusCode, text)
	}
}

// Smithy's RPC in CBOR names the operation in its path, and its moments are seconds.
func TestRPC(t *testing.T) {
	s := start(t, Config{})
	s.stream("s", "1")
	s.must("PutRecord", `{"StreamName":"s","Data":"aGk=","PartitionKey":"k"}`)
	s.pass(61e9)
	rpc := func(op string, in any) (*http.Response, string) {
		return s.do("", string(cbor{seconds: true}.encode(in)), func(r *http.Request) {
			r.URL.Path = "/service/GraniteServiceVersion20100801/operation/" + op
			r.Header.Set("Content-Type", "application/cbor")
			r.Header.Set("Smithy-Protocol", "rpc-v2-cbor")
			r.Header.Del("X-Amz-Target")
			r.Header.Set("Authorization", strings.Replace(signed("anna", "us-east-1"), "/kinesis/", "/monitoring/", 1))
		})
	}
	in := services[1].ops["GetMetricStatistics"]
	if services[1].signing != "monitoring" || in == nil {
		t.Fatal("the second service is not CloudWatch")
	}
	body, refused := cbor{seconds: true}.decode(cbor{seconds: true}.encode(map[string]string{}), nil)
	if refused != nil || string(body) != "{}" {
		t.Fatalf("%s %v", body, refused)
	}
	a, text := rpc("ListMetrics", map[string]string{"MetricName": cloudwatch.IncomingRecords})
	if a.StatusCode != 200 || a.Header.Get("Content-Type") != "application/cbor" || a.Header.Get("smithy-protocol") != "rpc-v2-cbor" || !strings.Contains(text, "\x69Namespace\x6bAWS/Kinesis") {
		t.Errorf("ListMetrics: %d %v %q", a.StatusCode, a.Header, text)
	}
	if a, text := rpc("ListMetrics", nil); a.StatusCode != 200 || !strings.Contains(text, "Metrics") {
		t.Errorf("without a body: %d %q", a.StatusCode, text)
	}
	alarm := map[string]string{"AlarmName": "none", "StateValue": "OK", "StateReason": "r"}
	if a, text := rpc("SetAlarmState", alarm); a.StatusCode != 400 || !strings.HasPrefix(text, "\xbf\x66__type\x70ResourceNotFound\x67message") {
		t.Errorf("an alarm that is not there: %d %q", a.StatusCode, text)
	}
	if a, text := rpc("Dance", nil); a.StatusCode != 400 || text != "\xbf\x66__type\x78\x19UnknownOperationException\xff" {
		t.Errorf("an operation of nobody: %d %q", a.StatusCode, text)
	}
	got, refused := cbor{seconds: true}.decode([]byte("\xa1\x69StartTime\xc1\xfb\x41\xda\x69\x51\x1b\x80\x00\x00"), in.Members)
	if refused != nil || string(got) != `{"StartTime":1772438638}` {
		t.Errorf("seconds are read as %s, %v", got, refused)
	}
}

// A key that belongs to a user may do what the user's policies say, in the words of the service.
func TestPrincipals(t *testing.T) {
	s := start(t, Config{Credentials: []Credential{
		{Name: "admin", AccessKey: "AKIAADMIN", SecretKey: "a", Account: "123456789012"},
		{Name: "bert", AccessKey: "AKIABERT", SecretKey: "b", Principal: "arn:aws:iam::123456789012:user/bert"},
	}})
	send := func(key, secret, service string, r *http.Request, body string) (*http.Response, string) {
		r.Header.Del("Authorization")
		hash := sha256.Sum256([]byte(body))
		if err := v4.NewSigner().SignHTTP(context.Background(), aws.Credentials{AccessKeyID: key, SecretAccessKey: secret}, r, hex.EncodeToString(hash[:]), service, "us-east-1", s.wall.Now()); err != nil {
			t.Fatal(err)
		}
		return s.send(r)
	}
	kinesis := func(key, secret, op, body string) (int, string) {
		a, text := send(key, secret, "kinesis", s.request(op, body, nil), body)
		return a.StatusCode, text
	}
	iam := func(values url.Values) {
		t.Helper()
		if a, text := send("AKIAADMIN", "a", "iam", s.form("iam", values), values.Encode()); a.StatusCode != 200 {
			t.Fatalf("%v: %d %s", values, a.StatusCode, text)
		}
	}
	if status, text := kinesis("AKIAADMIN", "a", "CreateStream", `{"StreamName":"s","ShardCount":1}`); status != 200 {
		t.Fatal(text)
	}
	if status, text := kinesis("AKIABERT", "b", "ListStreams", `{}`); status != 400 || !strings.Contains(text, "UnrecognizedClientException") {
		t.Errorf("a user that was not made: %d %s", status, text)
	}
	iam(url.Values{"Action": {"CreateUser"}, "UserName": {"bert"}})
	if status, text := kinesis("AKIABERT", "b", "DescribeStreamSummary", `{"StreamName":"s"}`); status != 400 || text != `{"__type":"AccessDeniedException","message":"User: arn:aws:iam::123456789012:user/bert is not authorized to perform: kinesis:DescribeStreamSummary on resource: arn:aws:kinesis:us-east-1:123456789012:stream/s because no identity-based policy allows the kinesis:DescribeStreamSummary action"}` {
		t.Errorf("a user without a policy: %d %s", status, text)
	}
	iam(url.Values{"Action": {"PutUserPolicy"}, "UserName": {"bert"}, "PolicyName": {"p"}, "PolicyDocument": {`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"kinesis:Describe*","Resource":"*"}]}`}})
	if status, text := kinesis("AKIABERT", "b", "DescribeStreamSummary", `{"StreamName":"s"}`); status != 200 {
		t.Errorf("with one: %d %s", status, text)
	}
}
