package iam

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"shardlab/wasm/aws"
	"shardlab/wasm/sim"
)

var now = sim.At(time.Date(2026, 3, 2, 8, 39, 30, 0, time.UTC))

const (
	home    = "123456789012"
	other   = "999988887777"
	ana     = "arn:aws:iam::" + home + ":user/ana"
	reader1 = "arn:aws:sts::" + home + ":assumed-role/reader/board"
	guest   = "arn:aws:iam::" + other + ":user/guest"
	orders  = "arn:aws:kinesis:us-east-1:" + home + ":stream/orders"
	aKey    = "arn:aws:kms:us-east-1:" + home + ":key/1"
)

func service() *Service {
	return New(Config{Account: home, Region: "us-east-1", Seed: 7}, func() sim.Instant { return now })
}

// do runs an operation as a principal and fails the test unless it succeeds.
func do(t testing.TB, s *Service, as, op string, body any) []byte {
	t.Helper()
	out, err := try(s, as, op, body)
	if err != nil {
		t.Fatalf("%s %v: %v", op, body, err)
	}
	return out
}

func try(s *Service, as, op string, body any) ([]byte, error) {
	text, ok := body.(string)
	if !ok {
		b, err := json.Marshal(body)
		if err != nil {
			return nil, err
		}
		text = string(b)
	}
	decode := Decode
	if op == "GetCallerIdentity" {
		decode = DecodeToken
	}
	r, err := decode(op, []byte(text))
	if err != nil {
		return nil, err
	}
	out, err := s.Run(as, r)
	if err != nil {
		return nil, err
	}
	return aws.Encode(out)
}

type fields map[string]string

// world has a user ana, a role reader and a user guest of another account, each with the statements given.
func world(t testing.TB, statements string) *Service {
	t.Helper()
	s := service()
	do(t, s, "", "CreateUser", fields{"UserName": "ana"})
	do(t, s, "", "CreateRole", fields{"RoleName": "reader", "AssumeRolePolicyDocument": trust})
	do(t, s, rootARN(other), "CreateUser", fields{"UserName": "guest"})
	if statements != "" {
		doc := policy(statements)
		do(t, s, "", "PutUserPolicy", fields{"UserName": "ana", "PolicyName": "p", "PolicyDocument": doc})
		do(t, s, "", "PutRolePolicy", fields{"RoleName": "reader", "PolicyName": "p", "PolicyDocument": doc})
		do(t, s, rootARN(other), "PutUserPolicy", fields{"UserName": "guest", "PolicyName": "p", "PolicyDocument": doc})
	}
	return s
}

func policy(statements string) string {
	return `{"Version":"2012-10-17","Statement":[` + statements + `]}`
}

const trust = `{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},"Action":"sts:AssumeRole"}}`

const (
	allowPut  = `{"Effect":"Allow","Action":"kinesis:PutRecord","Resource":"` + orders + `"}`
	denyPut   = `{"Effect":"Deny","Action":"kinesis:Put*","Resource":"*"}`
	allowAll  = `{"Effect":"Allow","Action":"*","Resource":"*"}`
	notDelete = `{"Effect":"Allow","NotAction":"kinesis:Delete*","Resource":"*"}`
	elsewhere = `{"Effect":"Allow","Action":"kinesis:*","NotResource":"arn:aws:kinesis:*:*:stream/or*"}`
)

func with(condition string) string {
	return `{"Effect":"Allow","Action":"kinesis:*","Resource":"*","Condition":{` + condition + `}}`
}

func of(effect, principal, action string) string {
	return policy(`{"Effect":"` + effect + `","Principal":` + principal + `,"Action":"` + action + `","Resource":"*"}`)
}

// TestDecide holds the rule of deciding.
//
// shows: SE1
func TestDecide(t *testing.T) {
	const put = "kinesis:PutRecord"
	userOf := func(arn string) string { return `{"AWS":"` + arn + `"}` }
	rows := []struct {
		name       string
		statements string // of ana, reader and guest
		q          Query
		want       Reason
	}{
		{"the administrator needs no policy", "", Query{Action: put, Resource: orders}, Allowed},
		{"the administrator by its ARN", "", Query{As: rootARN(home), Action: put, Resource: orders}, Allowed},
		{"without a policy nothing is allowed", "", Query{As: ana, Action: put, Resource: orders}, NoIdentity},
		{"allowed", allowPut, Query{As: ana, Action: put, Resource: orders}, Allowed},
		{"allowed to a role, in its session", allowPut, Query{As: reader1, Action: put, Resource: orders}, Allowed},
		{"allowed to a role, by its own ARN", allowPut, Query{As: "arn:aws:iam::" + home + ":role/reader", Action: put, Resource: orders}, Allowed},
		{"actions have no case", allowPut, Query{As: ana, Action: "Kinesis:putrecord", Resource: orders}, Allowed},
		{"another action", allowPut, Query{As: ana, Action: "kinesis:PutRecords", Resource: orders}, NoIdentity},
		{"another stream", allowPut, Query{As: ana, Action: put, Resource: orders + "2"}, NoIdentity},
		{"ARNs have case", allowPut, Query{As: ana, Action: put, Resource: strings.Replace(orders, "orders", "Orders", 1)}, NoIdentity},
		{"a stream's ARN does not fit an action without one", allowPut, Query{As: ana, Action: "kinesis:ListStreams", Resource: "*"}, NoIdentity},
		{"nobody", allowPut, Query{As: ana + "2", Action: put, Resource: orders}, NobodyOfThisARN},
		{"no ARN at all", allowPut, Query{As: "ana", Action: put, Resource: orders}, NobodyOfThisARN},

		{"deny wins over allow", allowAll + "," + denyPut, Query{As: ana, Action: put, Resource: orders}, DeniedIdentity},
		{"deny wins, whatever stands first", denyPut + "," + allowAll, Query{As: ana, Action: put, Resource: orders}, DeniedIdentity},
		{"what is not denied stays allowed", denyPut + "," + allowAll, Query{As: ana, Action: "kinesis:GetRecords", Resource: orders}, Allowed},
		{"deny wins over the resource's allow", denyPut, Query{As: ana, Action: put, Resource: orders, Policy: of("Allow", `"*"`, "kinesis:*")}, DeniedIdentity},

		{"every action but those", notDelete, Query{As: ana, Action: put, Resource: orders}, Allowed},
		{"one of those", notDelete, Query{As: ana, Action: "kinesis:DeleteStream", Resource: orders}, NoIdentity},
		{"every resource but those", elsewhere, Query{As: ana, Action: put, Resource: strings.Replace(orders, "orders", "clicks", 1)}, Allowed},
		{"one of those resources", elsewhere, Query{As: ana, Action: put, Resource: orders}, NoIdentity},
		{"? is one character", `{"Effect":"Allow","Action":"kinesis:Put?ecord","Resource":"` + orders[:len(orders)-1] + `?"}`, Query{As: ana, Action: put, Resource: orders}, Allowed},
		{"? is not two", `{"Effect":"Allow","Action":"kinesis:PutRecord?","Resource":"*"}`, Query{As: ana, Action: put, Resource: orders}, NoIdentity},
		{"a variable", `{"Effect":"Allow","Action":"kinesis:*","Resource":"arn:aws:kinesis:*:*:stream/${aws:username}-*"}`, Query{As: ana, Action: put, Resource: strings.Replace(orders, "orders", "ana-1", 1)}, Allowed},
		{"a variable of somebody else", `{"Effect":"Allow","Action":"kinesis:*","Resource":"arn:aws:kinesis:*:*:stream/${aws:username}-*"}`, Query{As: ana, Action: put, Resource: strings.Replace(orders, "orders", "bob-1", 1)}, NoIdentity},
		{"a role has no user name", `{"Effect":"Allow","Action":"kinesis:*","Resource":"arn:aws:kinesis:*:*:stream/${aws:username}*"}`, Query{As: reader1, Action: put, Resource: orders}, NoIdentity},
		{"a star that is meant", `{"Effect":"Allow","Action":"kinesis:*","Resource":"arn:aws:kinesis:*:*:stream/${*}"}`, Query{As: ana, Action: put, Resource: orders}, NoIdentity},

		{"the resource allows a user", "", Query{As: ana, Action: put, Resource: orders, Policy: of("Allow", userOf(ana), put)}, Allowed},
		{"the resource allows another user", "", Query{As: ana, Action: put, Resource: orders, Policy: of("Allow", userOf(ana+"2"), put)}, NoIdentity},
		{"the resource allows a role", "", Query{As: reader1, Action: put, Resource: orders, Policy: of("Allow", userOf("arn:aws:iam::"+home+":role/reader"), put)}, Allowed},
		{"the resource allows one session", "", Query{As: reader1, Action: put, Resource: orders, Policy: of("Allow", userOf(reader1), put)}, Allowed},
		{"the resource allows another session", "", Query{As: reader1, Action: put, Resource: orders, Policy: of("Allow", userOf(reader1+"2"), put)}, NoIdentity},
		{"the resource allows everybody", "", Query{As: ana, Action: put, Resource: orders, Policy: of("Allow", `"*"`, "kinesis:Put*")}, Allowed},
		{"the own account named is no allow for its users", "", Query{As: ana, Action: put, Resource: orders, Policy: of("Allow", userOf(home), put)}, NoIdentity},
		{"the resource denies", allowAll, Query{As: ana, Action: put, Resource: orders, Policy: of("Deny", userOf(ana), "kinesis:PutRecord")}, DeniedResource},
		{"the resource denies the account", allowAll, Query{As: ana, Action: put, Resource: orders, Policy: of("Deny", userOf(home), "kinesis:PutRecord")}, DeniedResource},
		{"the resource denies all but one", allowAll, Query{As: ana, Action: put, Resource: orders, Policy: strings.Replace(of("Deny", userOf(reader1), "*"), `"Principal"`, `"NotPrincipal"`, 1)}, DeniedResource},
		{"and not that one", allowAll, Query{As: reader1, Action: put, Resource: orders, Policy: strings.Replace(of("Deny", userOf(reader1), "*"), `"Principal"`, `"NotPrincipal"`, 1)}, Allowed},
		{"a service is nobody here", "", Query{As: ana, Action: put, Resource: orders, Policy: of("Allow", `{"Service":"lambda.amazonaws.com"}`, put)}, NoIdentity},

		// Between accounts: which policy the message names is as in public experiments.
		{"both allow", allowAll, Query{As: guest, Action: put, Resource: orders, Policy: of("Allow", userOf(guest), put)}, Allowed},
		{"the guest's account is allowed, and the guest by it", allowAll, Query{As: guest, Action: put, Resource: orders, Policy: of("Allow", userOf(other), put)}, Allowed},
		{"only the guest's own policy allows", allowAll, Query{As: guest, Action: put, Resource: orders}, NoResource},
		{"only the resource allows the guest", "", Query{As: guest, Action: put, Resource: orders, Policy: of("Allow", userOf(guest), put)}, NoIdentity},
		{"only the resource allows the guest's account", "", Query{As: guest, Action: put, Resource: orders, Policy: of("Allow", userOf(other), put)}, NoResource},
		{"neither allows", "", Query{As: guest, Action: put, Resource: orders}, NoResource},
		{"the guest's own policy denies", denyPut, Query{As: guest, Action: put, Resource: orders, Policy: of("Allow", userOf(guest), put)}, DeniedIdentity},
		{"the resource denies the guest", allowAll, Query{As: guest, Action: put, Resource: orders, Policy: of("Deny", userOf(guest), put)}, DeniedResource},
		{"the root of the other account", "", Query{As: rootARN(other), Action: put, Resource: orders, Policy: of("Allow", userOf(other), put)}, Allowed},
		{"which needs the resource's word too", "", Query{As: rootARN(other), Action: put, Resource: orders}, NoResource},
		{"and none for what is about no resource", "", Query{As: rootARN(other), Action: "kinesis:ListStreams", Resource: "*"}, Allowed},
		{"at home it needs none", "", Query{As: rootARN(other), Action: put, Resource: strings.Replace(orders, home, other, 1)}, Allowed},

		// Keys: the key's policy has the first word.
		{"a key without a word for the account", allowAll, Query{As: ana, Action: "kms:Decrypt", Resource: aKey, KeyPolicy: true, Policy: of("Allow", userOf(reader1), "kms:*")}, NoResource},
		{"a key that lets the account decide", allowAll, Query{As: ana, Action: "kms:Decrypt", Resource: aKey, KeyPolicy: true, Policy: of("Allow", userOf(rootARN(home)), "kms:*")}, Allowed},
		{"and the account says nothing", "", Query{As: ana, Action: "kms:Decrypt", Resource: aKey, KeyPolicy: true, Policy: of("Allow", userOf(rootARN(home)), "kms:*")}, NoIdentity},
		{"a key that allows a user", "", Query{As: ana, Action: "kms:Decrypt", Resource: aKey, KeyPolicy: true, Policy: of("Allow", userOf(ana), "kms:*")}, Allowed},
		{"a key for a guest", allowAll, Query{As: guest, Action: "kms:Decrypt", Resource: aKey, KeyPolicy: true, Policy: of("Allow", userOf(other), "kms:*")}, Allowed},

		{"a version before variables", "", Query{As: ana, Action: put, Resource: orders, Policy: strings.Replace(of("Allow", `"*"`, put), "2012", "2008", 1)}, Allowed},
		{"a policy that cannot be read says nothing", "", Query{As: ana, Action: put, Resource: orders, Policy: "{"}, NoIdentity},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			if got := world(t, row.statements).Decide(row.q); got != row.want {
				t.Errorf("decided %d, want %d", got, row.want)
			}
		})
	}
}

func TestConditions(t *testing.T) {
	facts := []Fact{{"aws:ResourceTag/team", "bikes"}, {"aws:TagKeys", "team"}, {"aws:TagKeys", "city"}, {"lab:Count", "5"}}
	rows := []struct {
		condition string
		want      bool
	}{
		{`"StringEquals":{"aws:ResourceTag/team":"bikes"}`, true},
		{`"StringEquals":{"AWS:resourcetag/TEAM":["cars","bikes"]}`, true},
		{`"StringEquals":{"aws:ResourceTag/team":"Bikes"}`, false},
		{`"StringEqualsIgnoreCase":{"aws:ResourceTag/team":"Bikes"}`, true},
		{`"StringEquals":{"aws:ResourceTag/city":"lyon"}`, false},
		{`"StringEqualsIfExists":{"aws:ResourceTag/city":"lyon"}`, true},
		{`"StringNotEquals":{"aws:ResourceTag/city":"lyon"}`, true},
		{`"StringNotEquals":{"aws:ResourceTag/team":["cars","bikes"]}`, false},
		{`"StringLike":{"aws:ResourceTag/team":"b*s"}`, true},
		{`"StringLike":{"aws:ResourceTag/team":"b?s"}`, false},
		{`"StringNotLike":{"aws:ResourceTag/team":"b*"}`, false},
		{`"StringEquals":{"aws:ResourceTag/team":"b*s"}`, false},
		{`"StringEquals":{"aws:ResourceTag/team":"bikes","aws:PrincipalAccount":"` + home + `"}`, true},
		{`"StringEquals":{"aws:ResourceTag/team":"bikes"},"Bool":{"aws:SecureTransport":"false"}`, false},
		{`"Bool":{"aws:SecureTransport":true}`, true},
		{`"ArnEquals":{"aws:PrincipalArn":"` + ana + `"}`, true},
		{`"ArnLike":{"aws:PrincipalArn":"arn:aws:iam::*:user/a*"}`, true},
		{`"ArnLike":{"aws:PrincipalArn":"arn:aws:iam::*"}`, false}, // every part is matched by itself
		{`"ArnNotLike":{"aws:PrincipalArn":"arn:aws:iam::*:role/*"}`, true},
		{`"NumericLessThan":{"lab:Count":6}`, true},
		{`"NumericLessThan":{"lab:Count":5}`, false},
		{`"NumericLessThanEquals":{"lab:Count":"5"}`, true},
		{`"NumericGreaterThan":{"lab:Count":"4.5"}`, true},
		{`"NumericGreaterThanEquals":{"lab:Count":"5"}`, true},
		{`"NumericEquals":{"lab:Count":"5.0"}`, true},
		{`"NumericNotEquals":{"lab:Count":"5"}`, false},
		{`"DateGreaterThan":{"aws:CurrentTime":"2026-03-02T08:39:29Z"}`, true},
		{`"DateLessThan":{"aws:CurrentTime":"2026-03-02"}`, false},
		{`"DateEquals":{"aws:EpochTime":"` + fmt.Sprint(now.Second()) + `"}`, true},
		{`"Null":{"aws:ResourceTag/team":"true"}`, false},
		{`"Null":{"aws:ResourceTag/city":"true"}`, true},
		{`"ForAllValues:StringEquals":{"aws:TagKeys":["team","city","owner"]}`, true},
		{`"ForAllValues:StringEquals":{"aws:TagKeys":["team"]}`, false},
		{`"ForAllValues:StringEquals":{"aws:NoKey":["team"]}`, true},
		{`"ForAnyValue:StringEquals":{"aws:TagKeys":["city"]}`, true},
		{`"ForAnyValue:StringEquals":{"aws:TagKeys":["owner"]}`, false},
		{`"ForAnyValue:StringNotEquals":{"aws:TagKeys":["team","city"]}`, false},
		{`"StringEquals":{"aws:username":"${aws:username}"}`, true},
		{`"StringEquals":{"aws:ResourceTag/team":"${aws:PrincipalTag/team, 'bikes'}"}`, true},
		{`"StringEquals":{"aws:RequestedRegion":"us-east-1","aws:ResourceAccount":"` + home + `"}`, true},
		{`"StringLike":{"aws:userid":"AIDA*"}`, true},
	}
	for _, row := range rows {
		s := world(t, with(row.condition))
		if got := s.Decide(Query{As: ana, Action: "kinesis:GetRecords", Resource: orders, Facts: facts}) == Allowed; got != row.want {
			t.Errorf("%s holds: %t, want %t", row.condition, got, row.want)
		}
	}
}

func TestParse(t *testing.T) {
	st := func(text string) string { return policy(`{` + text + `}`) }
	const good = `"Effect":"Allow","Action":"kinesis:*","Resource":"*"`
	rows := []struct {
		name, text string
		kind       Kind
		message    string
	}{
		{"good", st(good), Identity, ""},
		{"one statement without brackets", `{"Statement":{` + good + `}}`, Identity, ""},
		{"a trust policy", trust, Trust, ""},
		{"everybody may", st(good + `,"Principal":"*"`), Resource, ""},
		{"several principals", st(good + `,"Principal":{"AWS":["123456789012","arn:aws:iam::123456789012:role/a"],"Service":"x.amazonaws.com"}`), Resource, ""},
		{"an ARN that ends early in a star", st(`"Effect":"Allow","Action":"kinesis:*","Resource":"arn:aws:kinesis:*"`), Identity, ""},
		{"nothing", "", Identity, "This policy contains invalid Json"},
		{"no JSON", "{", Identity, "This policy contains invalid Json"},
		{"no object", "[]", Identity, "Syntax errors in policy."},
		{"no statement", `{"Version":"2012-10-17"}`, Identity, "Syntax errors in policy."},
		{"no statements", `{"Statement":[]}`, Identity, "Syntax errors in policy."},
		{"small letters", `{"statement":[]}`, Identity, "Syntax errors in policy."},
		{"another version", `{"Version":"2026-01-01","Statement":{` + good + `}}`, Identity, "Policy document must be version 2012-10-17 or greater."},
		{"twice", st(good + `,"Effect":"Deny"`), Identity, "Syntax errors in policy."},
		{"an unknown element", st(good + `,"Actions":"*"`), Identity, "Syntax errors in policy."},
		{"no effect", st(`"Action":"kinesis:*","Resource":"*"`), Identity, "Missing required field Effect cannot be empty!"},
		{"an effect in small letters", st(`"Effect":"allow","Action":"kinesis:*","Resource":"*"`), Identity, "Invalid effect: allow"},
		{"no action", st(`"Effect":"Allow","Resource":"*"`), Identity, "Policy statement must contain actions."},
		{"no resource", st(`"Effect":"Allow","Action":"kinesis:*"`), Identity, "Policy statement must contain resources."},
		{"no list of texts", st(`"Effect":"Allow","Action":[1],"Resource":"*"`), Identity, "Syntax errors in policy."},
		{"an empty list", st(`"Effect":"Allow","Action":[],"Resource":"*"`), Identity, "Syntax errors in policy."},
		{"both forms", st(good + `,"NotAction":"kinesis:Put*"`), Identity, "Syntax errors in policy."},
		{"no service", st(`"Effect":"Allow","Action":"PutRecord","Resource":"*"`), Identity, "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc."},
		{"two colons", st(`"Effect":"Allow","Action":"kinesis:Put:Record","Resource":"*"`), Identity, "Actions/Condition can contain only one colon."},
		{"a service with a star", st(`"Effect":"Allow","Action":"kin*:PutRecord","Resource":"*"`), Identity, "Vendor kin* is not valid"},
		{"no operation", st(`"Effect":"Allow","Action":"kinesis:","Resource":"*"`), Identity, "Syntax errors in policy."},
		{"a resource by name", st(`"Effect":"Allow","Action":"kinesis:*","Resource":"orders"`), Identity, `Resource orders must be in ARN format or "*".`},
		{"a principal in a user's policy", st(good + `,"Principal":"*"`), Identity, "Policy document should not specify a principal."},
		{"no principal in a stream's policy", st(good), Resource, "Missing required field Principal cannot be empty!"},
		{"a principal by name", st(good + `,"Principal":"ana"`), Resource, "Invalid principal in policy: ana"},
		{"a principal with a star in it", st(good + `,"Principal":{"AWS":"arn:aws:iam::123456789012:user/*"}`), Resource, `Invalid principal in policy: "AWS":"arn:aws:iam::123456789012:user/*"`},
		{"a resource in a trust policy", st(good + `,"Principal":"*"`), Trust, "Has prohibited field Resource"},
		{"one Sid twice", policy(`{"Sid":"a",` + good + `},{"Sid":"a",` + good + `}`), Identity, "Statement IDs (SID) in a single policy must be unique."},
		{"an unknown operator", st(good + `,"Condition":{"StringSame":{"aws:username":"a"}}`), Identity, "Invalid Condition type : StringSame"},
		{"network addresses", st(good + `,"Condition":{"IpAddress":{"aws:SourceIp":"10.0.0.0/8"}}`), Identity, "Invalid Condition type : IpAddress"},
		{"a condition without a service", st(good + `,"Condition":{"StringEquals":{"username":"a"}}`), Identity, "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc."},
		{"no number", st(good + `,"Condition":{"NumericEquals":{"lab:Count":"five"}}`), Identity, "Syntax errors in policy."},
		{"no date", st(good + `,"Condition":{"DateLessThan":{"aws:CurrentTime":"soon"}}`), Identity, "Syntax errors in policy."},
		{"a condition that is a list", st(good + `,"Condition":[]`), Identity, "Syntax errors in policy."},
		{"too long", policy(`{"Sid":"` + strings.Repeat("a", MaxPolicyBytes) + `",` + good + `}`), Identity, "Syntax errors in policy."},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			p, err := Parse(row.text, row.kind)
			if row.message == "" {
				if err != nil || p == nil {
					t.Fatal(err)
				}
				return
			}
			var e *aws.Error
			if !errors.As(err, &e) || e.Code != MalformedPolicyDocument || e.Message != row.message || e.Hint == "" {
				t.Errorf("%v (hint %q), want %q", err, aws.HintOf(err), row.message)
			}
		})
	}
}

func TestAuthorize(t *testing.T) {
	s := world(t, allowAll+`,{"Effect":"Deny","Action":"kinesis:DeleteStream","Resource":"*"}`)
	do(t, s, "", "CreateUser", fields{"UserName": "bob"})
	bob := "arn:aws:iam::" + home + ":user/bob"
	rows := []struct {
		q    Query
		want string
	}{
		{Query{As: ana, Action: "kinesis:PutRecord", Resource: orders}, ""},
		{Query{As: bob, Action: "kinesis:PutRecord", Resource: orders},
			"AccessDeniedException: User: " + bob + " is not authorized to perform: kinesis:PutRecord on resource: " + orders + " because no identity-based policy allows the kinesis:PutRecord action"},
		{Query{As: "arn:aws:iam::" + home + ":role/reader", Action: "kinesis:DeleteStream", Resource: orders},
			"AccessDeniedException: User: arn:aws:sts::" + home + ":assumed-role/reader/lab is not authorized to perform: kinesis:DeleteStream on resource: " + orders + " with an explicit deny in an identity-based policy"},
		{Query{As: ana, Action: "kinesis:PutRecord", Resource: orders, Policy: of("Deny", `"*"`, "kinesis:PutRecord")},
			"AccessDeniedException: User: " + ana + " is not authorized to perform: kinesis:PutRecord on resource: " + orders + " with an explicit deny in a resource-based policy"},
		{Query{As: guest, Action: "kinesis:PutRecord", Resource: orders},
			"AccessDeniedException: User: " + guest + " is not authorized to perform: kinesis:PutRecord on resource: " + orders + " because no resource-based policy allows the kinesis:PutRecord action"},
		{Query{As: ana + "2", Action: "kinesis:PutRecord", Resource: orders}, "UnrecognizedClientException: The security token included in the request is invalid."},
	}
	for _, row := range rows {
		got := ""
		if err := s.Authorize(row.q); err != nil {
			got = err.Error()
			if err.Hint == "" || err.Status != 400 {
				t.Errorf("%s: hint %q, status %d", got, err.Hint, err.Status)
			}
		}
		if got != row.want {
			t.Errorf("answered\n %s\nwant\n %s", got, row.want)
		}
	}
}

func TestOperations(t *testing.T) {
	s := world(t, "")
	small := policy(allowPut)
	rows := []struct {
		as, op string
		body   any
		want   string // the answer, or the error
	}{
		{"", "ListUsers", "{}", `{"Users":[{"Path":"/","UserName":"ana","UserId":"AIDA`},
		{rootARN(other), "ListUsers", "{}", `"Arn":"` + guest + `"`},
		{"", "ListRoles", "{}", `"AssumeRolePolicyDocument":{"Version":"2012-10-17"`},
		{"", "CreateUser", "{}", "ValidationError: 1 validation error detected: Value null at 'userName' failed to satisfy constraint: Member must not be null"},
		{"", "CreateUser", fields{"UserName": "a b"}, "ValidationError: The specified value for userName is invalid. It must contain only alphanumeric characters and/or the following: +=,.@_-"},
		{"", "CreateUser", fields{"UserName": "ana"}, "EntityAlreadyExists: User with name ana already exists."},
		{"", "CreateRole", fields{"RoleName": "writer", "AssumeRolePolicyDocument": small}, "MalformedPolicyDocument: Missing required field Principal cannot be empty!"},
		{"", "PutUserPolicy", fields{"UserName": "eva", "PolicyName": "p", "PolicyDocument": small}, "NoSuchEntity: The user with name eva cannot be found."},
		{"", "PutUserPolicy", fields{"UserName": "ana", "PolicyName": "b", "PolicyDocument": small}, ""},
		{"", "PutUserPolicy", fields{"UserName": "ana", "PolicyName": "a", "PolicyDocument": small}, ""},
		{"", "PutUserPolicy", fields{"UserName": "ana", "PolicyName": "a", "PolicyDocument": policy(denyPut)}, ""},
		{"", "PutUserPolicy", fields{"UserName": "ana", "PolicyName": "c", "PolicyDocument": policy(`{"Sid":"` + strings.Repeat("a", 1800) + `","Effect":"Allow","Action":"*","Resource":"*"}`)}, "LimitExceeded: Maximum policy size of 2048 bytes exceeded for user ana"},
		{"", "ListUserPolicies", fields{"UserName": "ana"}, `{"PolicyNames":["a","b"]}`},
		{"", "GetUserPolicy", fields{"UserName": "ana", "PolicyName": "a"}, `{"UserName":"ana","PolicyName":"a","PolicyDocument":` + policy(denyPut) + `}`},
		{"", "GetUserPolicy", fields{"UserName": "ana", "PolicyName": "x"}, "NoSuchEntity: The user policy with name x cannot be found."},
		{"", "DeleteUser", fields{"UserName": "ana"}, "DeleteConflict: Cannot delete entity, must delete policies first."},
		{"", "SimulatePrincipalPolicy", map[string]any{"PolicySourceArn": ana, "ActionNames": []string{"kinesis:PutRecord", "kinesis:GetRecords"}, "ResourceArns": []string{orders}},
			`{"EvaluationResults":[{"EvalActionName":"kinesis:PutRecord","EvalResourceName":"` + orders + `","EvalDecision":"explicitDeny"},{"EvalActionName":"kinesis:GetRecords","EvalResourceName":"` + orders + `","EvalDecision":"implicitDeny"}]}`},
		{"", "DeleteUserPolicy", fields{"UserName": "ana", "PolicyName": "a"}, ""},
		{"", "SimulatePrincipalPolicy", map[string]any{"PolicySourceArn": ana, "ActionNames": []string{"kinesis:PutRecord"}, "ResourceArns": []string{orders}}, `"EvalDecision":"allowed"`},
		{"", "DeleteUserPolicy", fields{"UserName": "ana", "PolicyName": "b"}, ""},
		{"", "PutRolePolicy", fields{"RoleName": "reader", "PolicyName": "r", "PolicyDocument": policy(`{"Effect":"Allow","Action":"iam:List*","Resource":"*"}`)}, ""},
		{"", "GetRolePolicy", fields{"RoleName": "reader", "PolicyName": "r"}, `{"RoleName":"reader","PolicyName":"r"`},
		{"", "ListRolePolicies", fields{"RoleName": "reader"}, `{"PolicyNames":["r"]}`},
		{reader1, "ListUsers", "{}", `"UserName":"ana"`},
		{ana, "ListUsers", "{}", "AccessDenied: User: " + ana + " is not authorized to perform: iam:ListUsers on resource: arn:aws:iam::" + home + ":user/ because no identity-based policy allows the iam:ListUsers action"},
		{"", "GetCallerIdentity", "{}", `{"UserId":"` + home + `","Account":"` + home + `","Arn":"` + rootARN(home) + `"}`},
		{ana, "GetCallerIdentity", "{}", `"Account":"` + home + `","Arn":"` + ana + `"}`},
		{reader1, "GetCallerIdentity", "{}", `:board","Account":"` + home + `","Arn":"` + reader1 + `"}`},
		{ana + "2", "GetCallerIdentity", "{}", "UnrecognizedClientException: The security token included in the request is invalid."},
		{"", "DeleteUser", fields{"UserName": "ana"}, ""},
		{"", "DeleteUser", fields{"UserName": "ana"}, "NoSuchEntity: The user with name ana cannot be found."},
		{"", "DeleteRolePolicy", fields{"RoleName": "reader", "PolicyName": "r"}, ""},
		{"", "DeleteRole", fields{"RoleName": "reader"}, ""},
	}
	for i, row := range rows {
		out, err := try(s, row.as, row.op, row.body)
		got := string(out)
		if err != nil {
			got = err.Error()
			if aws.HintOf(err) == "" && !strings.Contains(got, "validation error") {
				t.Errorf("row %d, %s: no hint with %v", i, row.op, err)
			}
		}
		if !strings.Contains(got, row.want) || row.want == "" && got != "" {
			t.Errorf("row %d, %s answers\n %s\nwant\n %s", i, row.op, got, row.want)
		}
	}
}

func TestPrincipals(t *testing.T) {
	s := world(t, "")
	if got := fmt.Sprint(s.Profiles()); got != "[999988887777/guest ana reader]" {
		t.Errorf("profiles are %s", got)
	}
	for name, want := range map[string]string{
		"ana": ana, "reader": "arn:aws:sts::" + home + ":assumed-role/reader/board", "999988887777/guest": guest, "999988887777": rootARN(other),
		"guest": "", "eva": "", ana: ana, ana + "2": "", "arn:aws:s3:::x": "",
	} {
		if got, ok := s.Principal(name, "board"); ok != (want != "") || ok && got != want {
			t.Errorf("%s is %q (%t), want %q", name, got, ok, want)
		}
	}
}

// A clone answers as the original, and neither changes the other.
func TestClone(t *testing.T) {
	s := world(t, allowPut)
	state := func(s *Service) string {
		var b bytes.Buffer
		s.State(&b)
		return b.String()
	}
	c := s.Clone(func() sim.Instant { return now })
	before := state(s)
	if state(c) != before {
		t.Error("a clone has another state")
	}
	do(t, c, "", "DeleteUserPolicy", fields{"UserName": "ana", "PolicyName": "p"})
	do(t, c, "", "CreateUser", fields{"UserName": "eva"})
	if state(s) != before || state(c) == before {
		t.Error("a clone shares what changes with its original")
	}
	if s.Decide(Query{As: ana, Action: "kinesis:PutRecord", Resource: orders}) != Allowed || c.Decide(Query{As: ana, Action: "kinesis:PutRecord", Resource: orders}) != NoIdentity {
		t.Error("a policy of one counts for the other")
	}
}

// Law: a policy is read or refused with words, and one that was read never allows what a Deny beside it forbids.
func FuzzPolicy(f *testing.F) {
	for _, s := range []string{
		policy(allowPut), policy(denyPut), policy(allowAll), policy(notDelete), policy(elsewhere), trust,
		policy(with(`"StringLike":{"aws:username":["${aws:username}","${*}"]},"ForAnyValue:StringEqualsIfExists":{"aws:TagKeys":"a"}`)),
		of("Allow", `"*"`, "*"), of("Allow", `{"AWS":["`+ana+`","`+other+`"]}`, "kinesis:*"), `{"Statement":[{"Effect":"Allow"`, `{"Statement":{"a":{"a":[]}}}`, `"x"`, `{"Version":null}`,
	} {
		f.Add(s, "kinesis:PutRecord", orders)
	}
	s := world(f, "")
	deny := statement{deny: true, actions: []string{"*"}, resources: []string{"*"}, principals: []string{"*"}}
	f.Fuzz(func(t *testing.T, text, action, resource string) {
		for _, kind := range []Kind{Identity, Resource, Trust} {
			p, err := Parse(text, kind)
			if err != nil {
				var e *aws.Error
				if !errors.As(err, &e) || e.Code != MalformedPolicyDocument || e.Message == "" || e.Hint == "" {
					t.Fatalf("refused without words: %#v", err)
				}
				continue
			}
			a := asked{s: s, who: principal{account: home, kind: user, name: "ana"}, q: &Query{As: ana, Action: action, Resource: resource}, owner: home}
			a.effect(p, kind != Identity)
			for i := range len(p.statements) + 1 {
				q := *p
				q.statements = append(append(append([]statement(nil), p.statements[:i]...), deny), p.statements[i:]...)
				if a.effect(&q, kind != Identity) != denied {
					t.Fatalf("%s allows what a Deny at place %d forbids", text, i)
				}
			}
		}
	})
}
