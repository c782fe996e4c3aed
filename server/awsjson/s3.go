package awsjson

import (
	"bytes"
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"hash"
	"hash/crc32"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"shardlab/wasm/aws"
	"shardlab/wasm/region"
	"shardlab/wasm/s3"
)

// S3 speaks a REST of its own: the bucket and the key are the path, what else an operation needs stands behind the question mark and
// in headers, answers are XML and an object's bytes are the body.
// Source: Amazon S3 API Reference; "Authenticating Requests (AWS Signature Version 4)".

// isS3 reports whether a request is for S3: its signature says so.
func isS3(r *http.Request) bool {
	const scope = "/s3/" + terminator
	return strings.Contains(r.Header.Get("Authorization"), scope) || strings.Contains(r.URL.RawQuery, "X-Amz-Credential=") && strings.Contains(r.URL.Query().Get("X-Amz-Credential"), scope)
}

const (
	xmlType  = "application/xml"
	xmlHead  = `<?xml version="1.0" encoding="UTF-8"?>` + "\n"
	s3xmlns  = `xmlns="http://s3.amazonaws.com/doc/2006-03-01/"`
	metaHead = "X-Amz-Meta-"
)

// objects answers a request for S3.
func (c *call) objects() {
	c.form = &form{contentType: xmlType, write: (*call).writeObject, refuse: (*call).refuseObject}
	h := c.w.Header()
	delete(h, "x-amzn-RequestId")
	id := strings.ToUpper(strings.ReplaceAll(c.id, "-", "")[:16])
	h["x-amz-request-id"], h["Server"] = []string{id}, []string{"AmazonS3"}
	c.service = findSigned("s3")
	bucket, key := strings.TrimPrefix(c.r.URL.Path, "/"), ""
	host, _, _ := strings.Cut(c.r.Host, ":")
	if name, ok := strings.CutSuffix(host, ".localhost"); ok { // a bucket as a host's name
		bucket, key = name, bucket
	} else {
		bucket, key, _ = strings.Cut(bucket, "/")
	}
	query := c.r.URL.Query()
	name := c.objectOp(bucket, key, query)
	if c.op = c.service.ops[name]; c.op == nil {
		c.refuse(&aws.Error{Code: "NotImplemented", Status: http.StatusNotImplemented,
			Message: "This endpoint has no " + name + ". It has ListBuckets, CreateBucket, HeadBucket, GetBucketLocation, DeleteBucket, ListObjectsV2, PutObject in one piece, GetObject, HeadObject and DeleteObject."})
		return
	}
	body, bad := c.payload()
	if auth := c.authenticate(); auth != nil {
		bad = objectAuth(auth)
	}
	if bad != nil {
		c.refuse(bad)
		return
	}
	in := map[string]any{}
	if bucket != "" {
		in["Bucket"] = bucket
	}
	if key != "" {
		in["Key"] = key
	}
	for param, member := range map[string]string{"prefix": "Prefix", "delimiter": "Delimiter", "start-after": "StartAfter", "continuation-token": "ContinuationToken", "max-keys": "MaxKeys", "max-buckets": "MaxBuckets"} {
		if m, known := c.op.Member(member); known && query.Has(param) {
			in[member] = query.Get(param)
			if n, err := strconv.Atoi(query.Get(param)); m.Kind == aws.Int && err == nil {
				in[member] = n
			} else if m.Kind == aws.Int {
				c.refuse(&aws.Error{Code: s3.InvalidArgument, Status: 400, Message: "Provided " + param + " not an integer or within integer range"})
				return
			}
		}
	}
	for _, head := range []string{"Content-Type", "Content-Encoding", "Range", "If-Match"} {
		member := strings.ReplaceAll(head, "-", "")
		if _, known := c.op.Member(member); known && c.r.Header.Get(head) != "" {
			in[member] = c.r.Header.Get(head)
		}
	}
	switch name {
	case "CreateBucket":
		var x struct{ LocationConstraint string }
		if len(body) > 0 && xml.Unmarshal(body, &x) != nil {
			c.refuse(&aws.Error{Code: "MalformedXML", Status: 400, Message: "The XML you provided was not well-formed or did not validate against our published schema"})
			return
		}
		if x.LocationConstraint != "" {
			in["CreateBucketConfiguration"] = x
		}
	case "PutObject":
		meta := map[string]string{}
		for k := range c.r.Header {
			if m, ok := strings.CutPrefix(k, metaHead); ok {
				meta[strings.ToLower(m)] = c.r.Header.Get(k)
			}
		}
		in["Body"], in["Metadata"] = body, meta
		delete(in, "ContentEncoding")
		if e := plainEncoding(c.r.Header.Get("Content-Encoding")); e != "" {
			in["ContentEncoding"] = e
		}
	}
	text, err := json.Marshal(in)
	if err != nil {
		panic("awsjson: a request of S3 does not encode: " + err.Error())
	}
	request, bad := region.Prepare(region.Command{Service: c.service.name, Op: name, Body: text})
	if bad != nil {
		c.refuse(&aws.Error{Code: s3.InvalidArgument, Status: 400, Message: bad.Message})
		return
	}
	request.As = c.who.principal
	c.run(request)
}

// objectOp names the operation of a request.
func (c *call) objectOp(bucket, key string, query url.Values) string {
	for _, part := range []string{"uploads", "uploadId", "delete", "acl", "policy", "tagging", "versioning", "versions", "lifecycle", "cors", "website", "logging", "notification", "encryption", "publicAccessBlock",
		"ownershipControls", "replication", "object-lock", "retention", "legal-hold", "torrent", "select", "restore", "attributes", "accelerate", "requestPayment", "analytics", "inventory", "metrics", "intelligent-tiering", "versionId", "partNumber"} {
		if query.Has(part) {
			return "operation of ?" + part
		}
	}
	switch m := c.r.Method; {
	case bucket == "" && m == http.MethodGet:
		return "ListBuckets"
	case bucket == "":
	case key == "":
		switch {
		case m == http.MethodPut:
			return "CreateBucket"
		case m == http.MethodDelete:
			return "DeleteBucket"
		case m == http.MethodHead:
			return "HeadBucket"
		case m == http.MethodGet && query.Has("location"):
			return "GetBucketLocation"
		case m == http.MethodGet && query.Get("list-type") == "2":
			return "ListObjectsV2"
		case m == http.MethodGet:
			return "ListObjects, version 1"
		}
	case m == http.MethodPut && c.r.Header.Get("X-Amz-Copy-Source") != "":
		return "CopyObject"
	case m == http.MethodPut:
		return "PutObject"
	case m == http.MethodDelete:
		return "DeleteObject"
	case m == http.MethodHead:
		return "HeadObject"
	case m == http.MethodGet:
		return "GetObject"
	}
	return c.r.Method + " of this path"
}

// plainEncoding is a content encoding without the one that only carries the chunks.
func plainEncoding(s string) string {
	var all []string
	for part := range strings.SplitSeq(s, ",") {
		if part = strings.TrimSpace(part); part != "" && part != "aws-chunked" {
			all = append(all, part)
		}
	}
	return strings.Join(all, ",")
}

// checksums are those that clients send along. Source: S3 API Reference, "Checking object integrity".
var checksums = []struct {
	name string
	make func() hash.Hash
}{
	{"Crc32", func() hash.Hash { return crc32.NewIEEE() }}, {"Crc32c", func() hash.Hash { return crc32.New(crc32.MakeTable(crc32.Castagnoli)) }},
	{"Sha1", sha1.New}, {"Sha256", sha256.New},
}

// payload is what a request carries, taken out of its chunks and held to what the client says it is.
func (c *call) payload() ([]byte, *aws.Error) {
	body := c.body
	if declared := c.r.Header.Get("X-Amz-Content-Sha256"); strings.HasPrefix(declared, "STREAMING-") {
		chunks, err := readChunks(body)
		if err != nil {
			return nil, &aws.Error{Code: "IncompleteBody", Status: 400, Message: "The request body terminated unexpectedly"}
		}
		body, c.chunks = chunks.data, chunks
	} else if sum := sha256.Sum256(body); len(declared) == 64 && declared != hex.EncodeToString(sum[:]) {
		return nil, &aws.Error{Code: "XAmzContentSHA256Mismatch", Status: 400, Message: "The provided 'x-amz-content-sha256' header does not match what was computed."}
	}
	if want := c.r.Header.Get("Content-Md5"); want != "" {
		sum := md5.Sum(body)
		if given, err := base64.StdEncoding.DecodeString(want); err != nil || len(given) != md5.Size {
			return nil, &aws.Error{Code: "InvalidDigest", Status: 400, Message: "The Content-MD5 you specified was invalid."}
		} else if !bytes.Equal(given, sum[:]) {
			return nil, &aws.Error{Code: "BadDigest", Status: 400, Message: "The Content-MD5 you specified did not match what we received."}
		}
	}
	for _, k := range checksums {
		head := "X-Amz-Checksum-" + k.name
		want := c.r.Header.Get(head)
		if c.chunks != nil && want == "" {
			want = c.chunks.trailer[head]
		}
		if want == "" {
			continue
		}
		h := k.make()
		h.Write(body)
		if base64.StdEncoding.EncodeToString(h.Sum(nil)) != want {
			return nil, &aws.Error{Code: "BadDigest", Status: 400, Message: "The " + strings.ToUpper(k.name) + " you specified did not match the calculated checksum."}
		}
		if c.r.Method == http.MethodPut {
			c.w.Header().Set(head, want)
		}
	}
	return body, nil
}

// Chunks are a body in the encoding aws-chunked.
// Source: S3 API Reference, "Transferring payload in multiple chunks".
type chunks struct {
	data    []byte
	trailer map[string]string
	parts   []chunk
}

type chunk struct {
	data      []byte
	signature string
}

var errChunks = fmt.Errorf("no chunks")

func readChunks(body []byte) (*chunks, error) {
	out := &chunks{trailer: map[string]string{}}
	for {
		line, rest, ok := bytes.Cut(body, []byte("\r\n"))
		head, ext, _ := strings.Cut(string(line), ";")
		n, err := strconv.ParseInt(head, 16, 64)
		if !ok || err != nil || n < 0 || n > int64(len(rest)) {
			return nil, errChunks
		}
		out.parts = append(out.parts, chunk{rest[:n], strings.TrimPrefix(ext, "chunk-signature=")})
		if body = rest[n:]; n == 0 {
			break
		}
		out.data = append(out.data, rest[:n]...)
		if body, ok = bytes.CutPrefix(body, []byte("\r\n")); !ok {
			return nil, errChunks
		}
	}
	for line := range bytes.SplitSeq(body, []byte("\r\n")) {
		if name, value, ok := strings.Cut(string(line), ":"); ok {
			out.trailer[http.CanonicalHeaderKey(strings.TrimSpace(name))] = strings.TrimSpace(value)
		}
	}
	return out, nil
}

// verifyChunks holds each chunk's signature to the one before it, from the request's own on.
func (s *signature) verifyChunks(all *chunks, secret string) bool {
	before, none := s.value, sha256.Sum256(nil)
	for _, p := range all.parts {
		sum := sha256.Sum256(p.data)
		before = sign(secret, s.scope, algorithm+"-PAYLOAD\n"+s.at.UTC().Format(isoTime)+"\n"+s.scopeText()+"\n"+before+"\n"+hex.EncodeToString(none[:])+"\n"+hex.EncodeToString(sum[:]))
		if p.signature != before {
			return false
		}
	}
	return true
}

// objectAuth is the refusal of a signature in S3's words. Source: S3 API Reference, "Error responses".
func objectAuth(e *aws.Error) *aws.Error {
	says := func(status int, code, message string) *aws.Error {
		return &aws.Error{Code: code, Status: status, Message: message}
	}
	switch {
	case e.Code == unrecognizedClient:
		return says(403, "InvalidAccessKeyId", "The AWS Access Key Id you provided does not exist in our records.")
	case e.Code == expiredToken:
		return says(400, "ExpiredToken", "The provided token has expired.")
	case e.Code == missingAuthentication:
		return says(403, s3.AccessDenied, "Access Denied")
	case e.Code == incompleteSignature, strings.HasPrefix(e.Message, "Credential should be"):
		return says(400, "AuthorizationHeaderMalformed", "The authorization header is malformed; "+e.Message)
	case strings.HasPrefix(e.Message, "Signature "):
		return says(403, "RequestTimeTooSkewed", "The difference between the request time and the current time is too large.")
	}
	return says(403, "SignatureDoesNotMatch", "The request signature we calculated does not match the signature you provided. Check your key and signing method.")
}

// refuseObject writes an error; the answer to a HEAD has no body.
func (c *call) refuseObject(err *aws.Error) []byte {
	delete(c.w.Header(), "x-amzn-ErrorType")
	if c.r.Method == http.MethodHead {
		return nil
	}
	var b strings.Builder
	b.WriteString(xmlHead + "<Error>")
	tag(&b, "Code", err.Code)
	tag(&b, "Message", err.Message)
	tag(&b, "Resource", c.r.URL.Path)
	tag(&b, "RequestId", c.w.Header()["x-amz-request-id"][0])
	tag(&b, "HostId", c.w.Header()["x-amz-id-2"][0])
	b.WriteString("</Error>")
	return []byte(b.String())
}

// tag writes an element with a text.
func tag(b *strings.Builder, name, text string) {
	b.WriteString("<" + name + ">")
	xml.EscapeText(b, []byte(text)) // a Builder takes whatever is written
	b.WriteString("</" + name + ">")
}

const xmlTime = "2006-01-02T15:04:05.000Z"

// writeObject writes an answer: its head, and its body.
func (c *call) writeObject(out any) []byte {
	var b strings.Builder
	h := c.w.Header()
	switch out := out.(type) {
	case nil:
		c.form.status, c.form.contentType = http.StatusNoContent, ""
	case *s3.CreateBucketOutput:
		h.Set("Location", out.Location)
		h["x-amz-bucket-arn"] = []string{out.BucketArn}
		c.form.contentType = ""
	case *s3.HeadBucketOutput:
		h["x-amz-bucket-region"] = []string{out.BucketRegion}
		h["x-amz-bucket-arn"] = []string{out.BucketArn}
		h["x-amz-access-point-alias"] = []string{"false"}
	case *s3.PutObjectOutput:
		h["ETag"] = []string{out.ETag}
		h["x-amz-server-side-encryption"] = []string{out.ServerSideEncryption}
		c.form.contentType = ""
	case *s3.HeadObjectOutput:
		c.objectHead(out)
		h.Set("Content-Length", strconv.FormatInt(out.ContentLength, 10))
	case *s3.GetObjectOutput:
		c.objectHead(out.Head())
		return out.Body
	case *s3.GetBucketLocationOutput:
		b.WriteString(xmlHead + "<LocationConstraint " + s3xmlns + ">")
		if out.LocationConstraint != nil {
			b.WriteString(*out.LocationConstraint)
		}
		b.WriteString("</LocationConstraint>")
	case *s3.ListBucketsOutput:
		b.WriteString(xmlHead + "<ListAllMyBucketsResult " + s3xmlns + "><Owner>")
		tag(&b, "ID", out.Owner.ID)
		b.WriteString("</Owner><Buckets>")
		for _, x := range out.Buckets {
			b.WriteString("<Bucket>")
			tag(&b, "Name", x.Name)
			tag(&b, "CreationDate", x.CreationDate.Time().Format(xmlTime))
			tag(&b, "BucketArn", x.BucketArn)
			if x.BucketRegion != "" {
				tag(&b, "BucketRegion", x.BucketRegion)
			}
			b.WriteString("</Bucket>")
		}
		b.WriteString("</Buckets>")
		for _, x := range [...][2]string{{"Prefix", out.Prefix}, {"ContinuationToken", out.ContinuationToken}} {
			if x[1] != "" {
				tag(&b, x[0], x[1])
			}
		}
		b.WriteString("</ListAllMyBucketsResult>")
	case *s3.ListObjectsV2Output:
		c.writeListing(&b, out)
	default:
		panic(fmt.Sprintf("awsjson: %T is no answer of S3", out))
	}
	return []byte(b.String())
}

func (c *call) writeListing(b *strings.Builder, out *s3.ListObjectsV2Output) {
	name := func(s string) string { return s }
	b.WriteString(xmlHead + "<ListBucketResult " + s3xmlns + ">")
	if c.r.URL.Query().Get("encoding-type") == "url" {
		name = func(s string) string { return encode(s, true) }
		tag(b, "EncodingType", "url")
	}
	tag(b, "Name", out.Name)
	tag(b, "Prefix", name(out.Prefix))
	tag(b, "KeyCount", strconv.FormatInt(out.KeyCount, 10))
	tag(b, "MaxKeys", strconv.FormatInt(out.MaxKeys, 10))
	tag(b, "IsTruncated", strconv.FormatBool(out.IsTruncated))
	for _, x := range [...][2]string{{"Delimiter", name(out.Delimiter)}, {"StartAfter", name(out.StartAfter)}, {"ContinuationToken", out.ContinuationToken}, {"NextContinuationToken", out.NextContinuationToken}} {
		if x[1] != "" {
			tag(b, x[0], x[1])
		}
	}
	for _, o := range out.Contents {
		b.WriteString("<Contents>")
		tag(b, "Key", name(o.Key))
		tag(b, "LastModified", o.LastModified.Time().Format(xmlTime))
		tag(b, "ETag", o.ETag)
		tag(b, "Size", strconv.FormatInt(o.Size, 10))
		tag(b, "StorageClass", o.StorageClass)
		b.WriteString("</Contents>")
	}
	for _, p := range out.CommonPrefixes {
		b.WriteString("<CommonPrefixes>")
		tag(b, "Prefix", name(p.Prefix))
		b.WriteString("</CommonPrefixes>")
	}
	b.WriteString("</ListBucketResult>")
}

// objectHead writes what an answer's head says of an object.
func (c *call) objectHead(out *s3.HeadObjectOutput) {
	h := c.w.Header()
	h.Set("Last-Modified", out.LastModified.Time().Format(http.TimeFormat))
	h["ETag"] = []string{out.ETag}
	h["Accept-Ranges"] = []string{out.AcceptRanges}
	h["x-amz-server-side-encryption"] = []string{out.ServerSideEncryption}
	for k, v := range out.Metadata {
		h["x-amz-meta-"+k] = []string{v}
	}
	if out.ContentEncoding != "" {
		h.Set("Content-Encoding", out.ContentEncoding)
	}
	if c.form.contentType = out.ContentType; out.ContentRange != "" {
		h.Set("Content-Range", out.ContentRange)
		c.form.status = http.StatusPartialContent
	}
}
