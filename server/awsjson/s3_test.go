package awsjson

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/smithy-go"
)

// objects sends a request for S3 as the key anna would; nobody verifies it.
func (s *server) objects(method, path, body string, head ...string) (*http.Response, string) {
	s.t.Helper()
	return s.do("", body, func(r *http.Request) {
		u, err := url.Parse(path)
		if err != nil {
			s.t.Fatal(err)
		}
		r.Method, r.URL.Path, r.URL.RawPath, r.URL.RawQuery = method, u.Path, u.RawPath, u.RawQuery
		r.Header.Del("X-Amz-Target")
		r.Header.Del("Content-Type")
		r.Header.Set("Authorization", strings.Replace(signed("anna", "us-east-1"), "/kinesis/", "/s3/", 1))
		for i := 0; i < len(head); i += 2 {
			if r.Header.Set(head[i], head[i+1]); head[i] == "Host" {
				r.Host = head[i+1]
			}
		}
	})
}

func TestObjects(t *testing.T) {
	s := start(t, Config{})
	crc := crc32.ChecksumIEEE([]byte("hello"))
	sum := base64.StdEncoding.EncodeToString([]byte{byte(crc >> 24), byte(crc >> 16), byte(crc >> 8), byte(crc)})
	chunked := "5\r\nhello\r\n6\r\n world\r\n0\r\nx-amz-checksum-crc32:" // and the sum of it
	crc = crc32.ChecksumIEEE([]byte("hello world"))
	whole := base64.StdEncoding.EncodeToString([]byte{byte(crc >> 24), byte(crc >> 16), byte(crc >> 8), byte(crc)})
	const listing = `<?xml version="1.0" encoding="UTF-8"?>` + "\n" + `<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">`
	for _, row := range []struct {
		name, method, path, body string
		head                     []string
		status                   int
		says                     string            // the body begins so, or holds it
		tells                    map[string]string // headers of the answer
	}{
		{"no bucket", "GET", "/", "", nil, 200, "<Buckets></Buckets></ListAllMyBucketsResult>", map[string]string{"Content-Type": "application/xml", "Server": "AmazonS3"}},
		{"a bucket", "PUT", "/events", "", nil, 200, "", map[string]string{"Location": "/events", "X-Amz-Bucket-Arn": "arn:aws:s3:::events"}},
		{"a bad name", "PUT", "/Ev", "", nil, 400, "<Code>InvalidBucketName</Code><Message>The specified bucket is not valid.</Message><Resource>/Ev</Resource><RequestId>", nil},
		{"elsewhere", "PUT", "/other", `<CreateBucketConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><LocationConstraint>eu-west-1</LocationConstraint></CreateBucketConfiguration>`, nil, 400, "<Code>IllegalLocationConstraintException</Code>", nil},
		{"no XML", "PUT", "/other", `{`, nil, 400, "<Code>MalformedXML</Code>", nil},
		{"the buckets", "GET", "/", "", nil, 200, "<Bucket><Name>events</Name><CreationDate>2026-03-02T08:00:00.000Z</CreationDate>", nil},
		{"an object", "PUT", "/events/a%20b/%C3%BC+1", "hello", []string{"Content-Type", "text/plain", "X-Amz-Meta-Team", "bikes", "X-Amz-Checksum-Crc32", sum, "Content-MD5", "XUFAKrxLKna5cZ2REBfFkg=="}, 200, "",
			map[string]string{"Etag": `"5d41402abc4b2a76b9719d911017c592"`, "X-Amz-Checksum-Crc32": sum}},
		{"another sum", "PUT", "/events/x", "hellO", []string{"X-Amz-Checksum-Crc32", sum}, 400, "<Code>BadDigest</Code><Message>The CRC32 you specified did not match", nil},
		{"another MD5", "PUT", "/events/x", "hellO", []string{"Content-MD5", "XUFAKrxLKna5cZ2REBfFkg=="}, 400, "<Code>BadDigest</Code>", nil},
		{"no MD5", "PUT", "/events/x", "hello", []string{"Content-MD5", "XUFA"}, 400, "<Code>InvalidDigest</Code>", nil},
		{"another hash", "PUT", "/events/x", "hello", []string{"X-Amz-Content-Sha256", strings.Repeat("0", 64)}, 400, "<Code>XAmzContentSHA256Mismatch</Code>", nil},
		{"in chunks", "PUT", "/events/z", chunked + whole + "\r\n\r\n", []string{"X-Amz-Content-Sha256", "STREAMING-UNSIGNED-PAYLOAD-TRAILER", "Content-Encoding", "aws-chunked,zstd"}, 200, "", map[string]string{"X-Amz-Checksum-Crc32": whole}},
		{"in chunks with another sum", "PUT", "/events/x", chunked + sum + "\r\n\r\n", []string{"X-Amz-Content-Sha256", "STREAMING-UNSIGNED-PAYLOAD-TRAILER"}, 400, "<Code>BadDigest</Code>", nil},
		{"in half a chunk", "PUT", "/events/x", "ff\r\nhello", []string{"X-Amz-Content-Sha256", "STREAMING-UNSIGNED-PAYLOAD-TRAILER"}, 400, "<Code>IncompleteBody</Code>", nil},
		{"the chunks joined", "GET", "/events/z", "", nil, 200, "hello world", map[string]string{"Content-Encoding": "zstd", "Content-Length": "11"}},
		{"it is read", "GET", "/events/a%20b/%C3%BC+1", "", nil, 200, "hello", map[string]string{"Content-Type": "text/plain", "X-Amz-Meta-Team": "bikes", "Last-Modified": "Mon, 02 Mar 2026 08:00:00 GMT", "Accept-Ranges": "bytes", "Etag": `"5d41402abc4b2a76b9719d911017c592"`}},
		{"in part", "GET", "/events/a%20b/%C3%BC+1", "", []string{"Range", "bytes=1-3"}, 206, "ell", map[string]string{"Content-Range": "bytes 1-3/5", "Content-Length": "3"}},
		{"beyond its end", "GET", "/events/a%20b/%C3%BC+1", "", []string{"Range", "bytes=5-"}, 416, "<Code>InvalidRange</Code>", nil},
		{"only its head", "HEAD", "/events/a%20b/%C3%BC+1", "", nil, 200, "", map[string]string{"Content-Length": "5", "Content-Type": "text/plain"}},
		{"the head of none", "HEAD", "/events/none", "", nil, 404, "", map[string]string{"Content-Type": "application/xml"}},
		{"none", "GET", "/events/none", "", nil, 404, "<Code>NoSuchKey</Code><Message>The specified key does not exist.</Message>", nil},
		{"of no bucket", "GET", "/none/none", "", nil, 404, "<Code>NoSuchBucket</Code>", nil},
		{"a listing", "GET", "/events?list-type=2&delimiter=%2F&prefix=", "", nil, 200, listing + "<Name>events</Name><Prefix></Prefix><KeyCount>2</KeyCount><MaxKeys>1000</MaxKeys><IsTruncated>false</IsTruncated><Delimiter>/</Delimiter>" +
			"<Contents><Key>z</Key><LastModified>2026-03-02T08:00:00.000Z</LastModified><ETag>&#34;5eb63bbbe01eeed093cb22bb8f5acdc3&#34;</ETag><Size>11</Size><StorageClass>STANDARD</StorageClass></Contents><CommonPrefixes><Prefix>a b/</Prefix></CommonPrefixes></ListBucketResult>", nil},
		{"with names escaped", "GET", "/events?list-type=2&encoding-type=url", "", nil, 200, "<Key>a%20b/%C3%BC%2B1</Key>", nil},
		{"a page", "GET", "/events?list-type=2&max-keys=1", "", nil, 200, "<IsTruncated>true</IsTruncated><NextContinuationToken>", nil},
		{"a page of no number", "GET", "/events?list-type=2&max-keys=x", "", nil, 400, "<Code>InvalidArgument</Code><Message>Provided max-keys not an integer", nil},
		{"an older listing", "GET", "/events", "", nil, 501, "<Code>NotImplemented</Code><Message>This endpoint has no ListObjects, version 1. It has", nil},
		{"in parts", "POST", "/events/x?uploads", "", nil, 501, "has no operation of ?uploads.", nil},
		{"a copy", "PUT", "/events/x", "", []string{"X-Amz-Copy-Source", "/events/z"}, 501, "has no CopyObject.", nil},
		{"where", "GET", "/events?location", "", nil, 200, `<LocationConstraint xmlns="http://s3.amazonaws.com/doc/2006-03-01/"></LocationConstraint>`, nil},
		{"the bucket as a host", "GET", "/z", "", []string{"Host", "events.localhost:4567"}, 200, "hello world", nil},
		{"it is full", "DELETE", "/events", "", nil, 409, "<Code>BucketNotEmpty</Code>", nil},
		{"it is emptied", "DELETE", "/events/z", "", nil, 204, "", nil},
		{"and again", "DELETE", "/events/z", "", nil, 204, "", nil},
		{"of the other", "DELETE", "/events/a%20b/%C3%BC+1", "", nil, 204, "", nil},
		{"it goes", "DELETE", "/events", "", nil, 204, "", nil},
		{"it is gone", "HEAD", "/events", "", nil, 404, "", nil},
	} {
		t.Run(row.name, func(t *testing.T) {
			v := *s
			v.t = t
			a, body := v.objects(row.method, row.path, row.body, row.head...)
			if a.StatusCode != row.status || !strings.Contains(body, row.says) || row.says == "" && body != "" {
				t.Errorf("answered with %d\n%s\nand not %d\n%s", a.StatusCode, body, row.status, row.says)
			}
			for k, want := range row.tells {
				if got := a.Header.Get(k); got != want {
					t.Errorf("%s is %q, not %q", k, got, want)
				}
			}
			if a.Header.Get("X-Amz-Request-Id") == "" {
				t.Error("the answer has no id")
			}
		})
	}
}

// The Go SDK, unchanged, with signatures that are verified: what it puts in one piece, in signed chunks or without a hash.
func TestGoSDKOfObjects(t *testing.T) {
	s := start(t, Config{Now: time.Now, Credentials: []Credential{{Name: "anna", AccessKey: testKey, SecretKey: testSecret}}})
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	client := func(key, secret string) *s3.Client {
		return s3.New(s3.Options{BaseEndpoint: aws.String(s.url), Region: "us-east-1", UsePathStyle: true, RetryMaxAttempts: 1,
			Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
				return aws.Credentials{AccessKeyID: key, SecretAccessKey: secret}, nil
			})})
	}
	c, bucket := client(testKey, testSecret), aws.String("events")
	if _, err := c.CreateBucket(ctx, &s3.CreateBucketInput{Bucket: bucket}); err != nil {
		t.Fatal(err)
	}
	big := bytes.Repeat([]byte("0123456789abcdef"), 10_000)
	for i := range 5 {
		key := fmt.Sprintf("day=%d/ü %% + %d.json", i%2, i)
		if _, err := c.PutObject(ctx, &s3.PutObjectInput{Bucket: bucket, Key: &key, Body: bytes.NewReader(big[:i*1000]), Metadata: map[string]string{"n": fmt.Sprint(i)}}); err != nil {
			t.Fatalf("%s: %v", key, err)
		}
	}
	if _, err := c.PutObject(ctx, &s3.PutObjectInput{Bucket: bucket, Key: aws.String("big"), Body: bytes.NewReader(big)}); err != nil {
		t.Fatal(err)
	}
	var keys []string
	pages := s3.NewListObjectsV2Paginator(c, &s3.ListObjectsV2Input{Bucket: bucket, Prefix: aws.String("day="), MaxKeys: aws.Int32(2)})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			t.Fatal(err)
		}
		for _, o := range page.Contents {
			keys = append(keys, *o.Key)
		}
	}
	if got := strings.Join(keys, "|"); got != "day=0/ü % + 0.json|day=0/ü % + 2.json|day=0/ü % + 4.json|day=1/ü % + 1.json|day=1/ü % + 3.json" {
		t.Errorf("listed %s", got)
	}
	get, err := c.GetObject(ctx, &s3.GetObjectInput{Bucket: bucket, Key: aws.String("day=1/ü % + 3.json"), Range: aws.String("bytes=-5")})
	if err != nil {
		t.Fatal(err)
	}
	if b, err := io.ReadAll(get.Body); err != nil || string(b) != string(big[2995:3000]) || get.Metadata["n"] != "3" || *get.ContentRange != "bytes 2995-2999/3000" {
		t.Errorf("read %q, %v of %+v", b, err, get)
	}
	link, err := s3.NewPresignClient(c).PresignGetObject(ctx, &s3.GetObjectInput{Bucket: bucket, Key: aws.String("big")})
	if err != nil {
		t.Fatal(err)
	}
	for want, address := range map[int]string{200: link.URL, 403: strings.Replace(link.URL, "/big?", "/day?", 1)} {
		a, err := http.Get(address)
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(a.Body)
		a.Body.Close()
		if a.StatusCode != want || err != nil || want == 200 && !bytes.Equal(b, big) {
			t.Errorf("a link of 15 minutes answers with %d, %d bytes, not %d", a.StatusCode, len(b), want)
		}
	}
	for want, c := range map[string]*s3.Client{"SignatureDoesNotMatch": client(testKey, "wrong"), "InvalidAccessKeyId": client("AKIANOBODY", "x"), "NoSuchKey": c} {
		_, err := c.GetObject(ctx, &s3.GetObjectInput{Bucket: bucket, Key: aws.String("none")})
		var e smithy.APIError
		if !errors.As(err, &e) || e.ErrorCode() != want {
			t.Errorf("it is refused with %v, not %s", err, want)
		}
	}
}

// A chunk that somebody changed on the way is refused by its signature.
func TestSignedChunks(t *testing.T) {
	c, err := readChunks([]byte("10000;chunk-signature=ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648\r\n" + strings.Repeat("a", 65536) +
		"\r\n400;chunk-signature=0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497\r\n" + strings.Repeat("a", 1024) +
		"\r\n0;chunk-signature=b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9\r\n\r\n"))
	if err != nil || len(c.data) != 66560 {
		t.Fatal(err)
	}
	// The example of AWS's own page. Source: S3 API Reference, "Signature calculations for the Authorization header: Transferring payload in multiple chunks".
	s := &signature{scope: [4]string{"20130524", "us-east-1", "s3", terminator}, value: "4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9", at: time.Date(2013, 5, 24, 0, 0, 0, 0, time.UTC)}
	const secret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
	if !s.verifyChunks(c, secret) {
		t.Error("the signatures of AWS's example do not hold")
	}
	c.parts[1].data = append([]byte{'b'}, c.parts[1].data[1:]...)
	if s.verifyChunks(c, secret) {
		t.Error("a changed chunk passes")
	}
}
