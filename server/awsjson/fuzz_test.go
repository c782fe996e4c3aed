package awsjson

import (
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
)

// Law: whatever is sent, the endpoint answers with a status and a body of the type that it names, and breaks no world.
func FuzzRequest(f *testing.F) {
	for _, row := range [][5]string{
		{"POST", "/", json11, "Kinesis_20131202.ListStreams", `{}`},
		{"POST", "/", json11, "Kinesis_20131202.PutRecords", `{"StreamName":"s","Records":[{"Data":"aGk=","PartitionKey":"k"},{"Data":"","PartitionKey":""}]}`},
		{"POST", "/", json10, "GraniteServiceVersion20100801.DescribeAlarms", `{"AlarmNames":["a"]}`},
		{"POST", "/", cbor11, "Kinesis_20131202.PutRecord", "\xa3\x6aStreamName\x61s\x64Data\x42hi\x6cPartitionKey\x61k"},
		{"POST", "/?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=a", json11, "Kinesis_20131202.ListShards", `{"StreamName":"s"}`},
		{"POST", "/service/GraniteServiceVersion20100801/operation/ListMetrics", "application/cbor", "", "\xa0"},
		{"POST", "/", urlEncoded, "", "Action=CreateUser&UserName=u"},
		{"GET", "/experiments", "", "", ""},
		{"POST", "/experiments", bareJSON, "", `{"experimentTemplateId":"x"}`},
		{"OPTIONS", "*", "", "", ""},
		{"POST", "/", bareJSON, "Kinesis_20131202.ListStreams", `[`},
	} {
		for _, auth := range []string{signed("anna", "us-east-1"), "", "AWS4-HMAC-SHA256 Credential=a/b/c/iam/e,SignedHeaders=host,Signature=1"} {
			f.Add(row[0], row[1], row[2], row[3], auth, []byte(row[4]))
		}
	}
	s := start(f, Config{Limits: Limits{Tenants: 10, Subscriptions: 1, RegionBytes: 8 << 20}})
	s.stream("s", "1")
	f.Fuzz(func(t *testing.T, method, target, contentType, amzTarget, auth string, body []byte) {
		r, err := http.NewRequest(method, "http://localhost", strings.NewReader(string(body)))
		if err != nil {
			t.Skip()
		}
		if u, err := r.URL.Parse(target); err == nil {
			r.URL = u
		}
		r.Header.Set("Content-Type", contentType)
		r.Header.Set("X-Amz-Date", "20260302T080000Z")
		for name, value := range map[string]string{"X-Amz-Target": amzTarget, "Authorization": auth} {
			if value != "" {
				r.Header.Set(name, value)
			}
		}
		if strings.HasPrefix(r.URL.Path, "/service/") {
			r.Header.Set("Smithy-Protocol", rpcProtocol)
		}
		w := httptest.NewRecorder()
		func() {
			defer func() {
				if p := recover(); p != nil {
					if err, ok := p.(error); !ok || !errors.Is(err, http.ErrAbortHandler) {
						panic(p)
					}
				}
			}()
			s.ServeHTTP(w, r)
		}()
		text := w.Body.Bytes()
		if w.Code < 200 || w.Code > 599 || strings.Contains(s.log.String(), "panic") {
			t.Fatalf("answered with %d %q\n%s", w.Code, text, s.log)
		}
		switch kind := w.Header().Get("Content-Type"); kind {
		case json10, json11, bareJSON:
			if len(text) > 0 && !json.Valid(text) {
				t.Errorf("%s is %q", kind, text)
			}
		case cbor11, "application/cbor":
			if _, err := (cbor{}).decode(text, nil); len(text) > 0 && err != nil {
				t.Errorf("%s is %x", kind, text)
			}
		case "", "text/xml":
			for d := xml.NewDecoder(strings.NewReader(string(text))); ; {
				if _, err := d.Token(); err == io.EOF {
					break
				} else if err != nil {
					t.Fatalf("no XML: %q: %v", text, err)
				}
			}
		default:
			t.Errorf("answered with type %q", kind)
		}
	})
}

// Law: whatever stands in Authorization is taken apart or refused, and what is taken apart names a key and a Region.
func FuzzAuthorization(f *testing.F) {
	f.Add(signed("anna", "us-east-1"), "")
	f.Add("AWS4-HMAC-SHA256 Credential=a/b/c/d/e/f, SignedHeaders=;, Signature=/=,", "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=%2f&X-Amz-Date=20260302T080000Z&X-Amz-Expires=-1&X-Amz-SignedHeaders=host&X-Amz-Signature=1")
	f.Add("", "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=a/20260302/b/kinesis/aws4_request&X-Amz-Date=20260302T080000Z&X-Amz-Expires=60&X-Amz-SignedHeaders=host&X-Amz-Signature=1")
	f.Fuzz(func(t *testing.T, auth, query string) {
		r := &http.Request{Method: "POST", Host: "localhost", Header: http.Header{"X-Amz-Date": {"20260302T080000Z"}, "Authorization": {auth}}, URL: mustURL(query)}
		s, refused := readSignature(r)
		if refused != nil {
			if refused.Message == "" || refused.Status != 400 {
				t.Errorf("it is refused with %v", refused)
			}
			return
		}
		if s.key == "" || s.scope[1] == "" {
			t.Errorf("it is taken as %+v", s)
		}
		if err := s.verify(r, nil, "kinesis", &Credential{SecretKey: "nobody knows", SessionToken: s.token}, moment); err == nil {
			t.Errorf("it verifies")
		}
	})
}

func mustURL(query string) *url.URL { return &url.URL{Path: "/", RawQuery: query} }
