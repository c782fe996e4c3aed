package awsjson

import (
	"encoding/base64"
	"net/http"
	"regexp"
	"strings"
	"testing"
)

// What the wire answers before an operation sees the request, in the service's order.
func TestWire(t *testing.T) {
	s := start(t, Config{Limits: Limits{BodyBytes: 1 << 10}})
	header := func(name, value string) func(*http.Request) {
		return func(r *http.Request) {
			if r.Header.Set(name, value); value == "" {
				r.Header.Del(name)
			}
		}
	}
	both := func(edits ...func(*http.Request)) func(*http.Request) {
		return func(r *http.Request) {
			for _, e := range edits {
				e(r)
			}
		}
	}
	method := func(m string) func(*http.Request) { return func(r *http.Request) { r.Method = m } }
	noAuth := header("Authorization", "")
	const unauthorized = "<AccessDeniedException>\n  <Message>Unable to determine service/operation name to be authorized</Message>\n</AccessDeniedException>\n"
	for _, row := range []struct {
		name, op, body string
		edit           func(*http.Request)
		status         int
		answer         string
		contentType    string
		errorType      string
	}{
		{"an answer with a body", "ListStreams", `{}`, nil, 200, `{"StreamNames":[],"HasMoreStreams":false,"StreamSummaries":[]}`, json11, ""},
		{"the same type comes back", "ListStreams", `{}`, header("Content-Type", json10), 200, `{"StreamNames":[],"HasMoreStreams":false,"StreamSummaries":[]}`, json10, ""},
		{"a type with a charset", "ListStreams", `{}`, header("Content-Type", json11+"; charset=utf-8"), 200, `{"StreamNames":[],"HasMoreStreams":false,"StreamSummaries":[]}`, json11, ""},
		{"an answer without a body", "CreateStream", `{"StreamName":"s","ShardCount":1}`, nil, 200, "", json11, ""},
		{"any path", "ListStreams", `{"Limit":1}`, func(r *http.Request) { r.URL.Path = "/some/where" }, 200, `{"StreamNames":["s"],"HasMoreStreams":false,"StreamSummaries":[{"StreamName":"s","StreamARN":"arn:aws:kinesis:us-east-1:123456789012:stream/s","StreamStatus":"CREATING","StreamModeDetails":{"StreamMode":"PROVISIONED"},"StreamCreationTimestamp":1772438400}]}`, json11, ""},
		{"GET", "ListStreams", "", method("GET"), 403, unauthorized, "", ""},
		{"PUT", "ListStreams", "{}", method("PUT"), 403, unauthorized, "", ""},
		{"a body that is too large", "ListStreams", `{"x":"` + strings.Repeat("x", 1<<10) + `"}`, nil, 413, "", "", ""},
		{"a body that is too large and does not say so", "ListStreams", `{"x":"` + strings.Repeat("x", 1<<10) + `"}`, func(r *http.Request) { r.ContentLength = -1 }, 413, "", "", ""},
		{"no body", "ListStreams", "", nil, 400, `{"__type":"SerializationException"}`, json11, "SerializationException"},
		{"no body and no operation", "ListStrims", "", nil, 400, `{"__type":"UnknownOperationException"}`, json11, "UnknownOperationException"},
		{"no type and no body", "ListStreams", "", header("Content-Type", ""), 400, "\xbf\x66__type\x76SerializationException\xff", cbor11, "SerializationException"},
		{"no type, no body and no operation", "X", "", header("Content-Type", ""), 400, "\xbf\x66__type\x78\x19UnknownOperationException\xff", cbor11, "UnknownOperationException"},
		{"another type", "ListStreams", "{}", header("Content-Type", "text/plain"), 404, "<UnknownOperationException/>\n", "", ""},
		{"another type without an operation", "ListStreams", "{}", both(header("Content-Type", "text/plain"), header("X-Amz-Target", "")), 403, unauthorized, "", ""},
		{"the type of a browser's JSON", "ListStreams", "{}", header("Content-Type", bareJSON), 200, `{"Output":{"__type":"com.amazon.coral.service#UnknownOperationException","message":null},"Version":"1.0"}`, bareJSON, ""},
		{"the same without JSON", "ListStreams", "x", header("Content-Type", bareJSON), 200, `{"Output":{"__type":"com.amazon.coral.service#SerializationException","Message":null},"Version":"1.0"}`, bareJSON, ""},
		{"no JSON comes before no operation", "ListStrims", "{", noAuth, 400, `{"__type":"SerializationException"}`, json11, "SerializationException"},
		{"no JSON comes before no signature", "ListStreams", "[1,", noAuth, 400, `{"__type":"SerializationException"}`, json11, "SerializationException"},
		{"no operation comes before no signature", "ListStrims", "{}", noAuth, 400, `{"__type":"UnknownOperationException"}`, json11, "UnknownOperationException"},
		{"an operation in another case", "listStreams", "{}", nil, 400, `{"__type":"UnknownOperationException"}`, json11, "UnknownOperationException"},
		{"another service", "", "{}", header("X-Amz-Target", "DynamoDB_20120810.ListTables"), 400, `{"__type":"UnknownOperationException"}`, json11, "UnknownOperationException"},
		{"no target", "", "{}", header("X-Amz-Target", ""), 400, `{"__type":"UnknownOperationException"}`, json11, "UnknownOperationException"},
		{"no signature comes before types", "ListStreams", `{"Limit":"x"}`, noAuth, 400, `{"__type":"MissingAuthenticationTokenException","message":"Missing Authentication Token"}`, json11, "MissingAuthenticationTokenException"},
		{"a signature in two places", "ListStreams", `{}`, func(r *http.Request) { r.URL.RawQuery = "X-Amz-Algorithm=AWS4-HMAC-SHA256" }, 400,
			`{"__type":"InvalidSignatureException","message":"Found both 'X-Amz-Algorithm' as a query-string param and 'Authorization' as HTTP header."}`, json11, "InvalidSignatureException"},
		{"half a signature", "ListStreams", `{}`, both(header("Authorization", "AWS4-HMAC-SHA256 Signature=1"), header("X-Amz-Date", "")), 400,
			`{"__type":"IncompleteSignatureException","message":"Authorization header requires 'Credential' parameter. Authorization header requires 'SignedHeaders' parameter. Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. Authorization=AWS4-HMAC-SHA256 Signature=1"}`, json11, "IncompleteSignatureException"},
		{"half a signature in the query", "ListStreams", `{}`, both(noAuth, func(r *http.Request) { r.URL.RawQuery = "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Date=1" }), 400,
			`{"__type":"IncompleteSignatureException","message":"AWS query-string parameters must include 'X-Amz-Credential'. AWS query-string parameters must include 'X-Amz-Signature'. AWS query-string parameters must include 'X-Amz-SignedHeaders'. Re-examine the query-string parameters."}`, json11, "IncompleteSignatureException"},
		{"a credential that is too short", "ListStreams", `{}`, header("Authorization", "AWS4-HMAC-SHA256 Credential=a/b, SignedHeaders=host, Signature=1"), 400,
			`{"__type":"IncompleteSignatureException","message":"Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got 'a/b'"}`, json11, "IncompleteSignatureException"},
		{"types come before constraints", "PutRecord", `{"StreamName":"","Data":5}`, nil, 400,
			`{"__type":"SerializationException","Message":"class com.amazon.coral.value.json.numbers.TruncatingBigNumber can not be converted to a Blob"}`, json11, "SerializationException"},
		{"constraints come before the stream", "PutRecord", `{"StreamName":"none","PartitionKey":"k"}`, nil, 400,
			`{"__type":"ValidationException","message":"1 validation error detected: Value null at 'data' failed to satisfy constraint: Member must not be null"}`, json11, "ValidationException"},
		{"the stream comes last", "PutRecord", `{"StreamName":"none","Data":"","PartitionKey":"k"}`, nil, 400,
			`{"__type":"ResourceNotFoundException","message":"Stream none under account 123456789012 not found."}`, json11, "ResourceNotFoundException"},
	} {
		t.Run(row.name, func(t *testing.T) {
			v := *s
			v.t = t
			a, body := v.do(row.op, row.body, row.edit)
			if a.StatusCode != row.status || body != row.answer {
				t.Errorf("answered with %d %q, want %d %q", a.StatusCode, body, row.status, row.answer)
			}
			if got := a.Header.Get("Content-Type"); got != row.contentType {
				t.Errorf("the answer is %q, want %q", got, row.contentType)
			}
			if got := a.Header.Get("X-Amzn-ErrorType"); got != row.errorType {
				t.Errorf("x-amzn-ErrorType is %q, want %q", got, row.errorType)
			}
			if id := a.Header.Get("X-Amzn-RequestId"); !regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`).MatchString(id) {
				t.Errorf("x-amzn-RequestId is %q", id)
			}
			if id, err := base64.StdEncoding.DecodeString(a.Header.Get("X-Amz-Id-2")); err != nil || len(id) != 72 {
				t.Errorf("x-amz-id-2 is %q", a.Header.Get("X-Amz-Id-2"))
			}
			if a.Header.Get("Date") == "" || row.status != 413 && a.ContentLength != int64(len(body)) {
				t.Errorf("Date is %q, Content-Length %d of %d", a.Header.Get("Date"), a.ContentLength, len(body))
			}
		})
	}
}
