package awsjson

import (
	"bytes"
	"cmp"
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"runtime/debug"
	"strconv"
	"strings"
	"sync"

	"shardlab/wasm/aws"
	"shardlab/wasm/kinesis"
	"shardlab/wasm/region"
)

// Content types of requests and answers.
const (
	json11   = "application/x-amz-json-1.1"
	json10   = "application/x-amz-json-1.0"
	cbor11   = "application/x-amz-cbor-1.1"
	bareJSON = "application/json"
	eventual = "application/vnd.amazon.eventstream"

	urlEncoded = "application/x-www-form-urlencoded"
)

const serviceUnavailable = "ServiceUnavailable"

// A call is one request on its way.
type call struct {
	e  *Endpoint
	w  http.ResponseWriter
	r  *http.Request
	id string // x-amzn-RequestId

	wrote   bool
	form    *form
	service *service
	op      *aws.Operation
	body    []byte // as it came
	free    func() // lets go of the body
	who     caller
	chunks  *chunks // of a body of S3 that came in chunks
}

// A caller is who sent a request.
type caller struct {
	tenant    tenantKey
	account   string
	principal string // ARN; "" for the account's administrator
}

// ServeHTTP answers one request.
func (e *Endpoint) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c := &call{e: e, w: w, r: r, form: jsonForm(json11)}
	begun := e.cfg.Now()
	defer func() {
		if p := recover(); p != nil {
			if err, ok := p.(error); ok && errors.Is(err, http.ErrAbortHandler) {
				panic(p)
			}
			e.cfg.Log.Error("panic in the AWS endpoint", "id", c.id, "target", r.Header.Get("X-Amz-Target"), "panic", p, "stack", string(debug.Stack()))
			if c.wrote {
				panic(http.ErrAbortHandler)
			}
			c.refuse(aws.Errorf(aws.InternalFailure, ""))
		}
		e.cfg.Log.Debug("aws request", "id", c.id, "target", r.Header.Get("X-Amz-Target"), "tenant", c.who.tenant.owner, "region", c.who.tenant.region,
			"ms", float64(e.cfg.Now().Sub(begun).Microseconds())/1000)
	}()
	c.name()
	found, members, objects := (*route)(nil), map[string]string(nil), isS3(r)
	if r.Header.Get("X-Amz-Target") == "" && !objects {
		found, members = findRoute(r)
	}
	if r.Method != http.MethodPost && found == nil && !objects {
		c.xml(http.StatusForbidden, unauthorizable)
		return
	}
	free, ok := c.read()
	if !ok {
		return
	}
	c.free = sync.OnceFunc(free)
	defer c.free()
	if objects {
		c.objects()
		return
	}
	if found != nil {
		c.rest(found, members)
		return
	}
	c.serve()
}

// name gives the request its ids. The service's header is spelled with small letters in front.
func (c *call) name() {
	var dice [16 + 72]byte
	rand.Read(dice[:])
	u := dice[:16]
	u[6], u[8] = u[6]&0x0f|0x40, u[8]&0x3f|0x80
	c.id = fmt.Sprintf("%x-%x-%x-%x-%x", u[:4], u[4:6], u[6:8], u[8:10], u[10:])
	h := c.w.Header()
	h["x-amzn-RequestId"] = []string{c.id}
	h["x-amz-id-2"] = []string{base64.StdEncoding.EncodeToString(dice[16:])}
}

// bodies are buffers for requests: most are of one size, and a world keeps nothing of them.
var bodies = sync.Pool{New: func() any { return new(bytes.Buffer) }}

// least is what a request counts at the least among those that are read: it bounds how many there are.
const least = 64 << 10

// pooled is how large a buffer may be to be kept for the next request.
const pooled = 2 << 20

// read reads the body. A body that is too large is refused with 413 and nothing else, as the service does. What it took is
// given back with free.
func (c *call) read() (free func(), ok bool) {
	l := &c.e.cfg.Limits
	size := c.r.ContentLength
	if size > l.BodyBytes {
		c.tooLarge()
		return nil, false
	}
	if size < 0 {
		size = l.BodyBytes
	}
	size = max(size, least)
	ctx, cancel := context.WithTimeout(c.r.Context(), l.WaitForRoom)
	defer cancel()
	if !c.e.room.enter(ctx, size) {
		c.e.tenants.warnBusy("reading", size)
		c.refuse(&aws.Error{Code: serviceUnavailable, Status: http.StatusServiceUnavailable,
			Message: fmt.Sprintf("The endpoint reads %d MiB of requests at a time, and is busy with them. Please retry after some time, or start the endpoint with a greater -aws-busy-memory.", l.BusyBytes>>20)})
		return nil, false
	}
	buf := bodies.Get().(*bytes.Buffer)
	buf.Reset()
	free = func() {
		c.body = nil
		if buf.Cap() <= pooled {
			bodies.Put(buf)
		}
		c.e.room.leave(size)
	}
	if c.r.ContentLength > 0 {
		buf.Grow(int(c.r.ContentLength) + bytes.MinRead) // or it grows once more at the end
	}
	_, err := buf.ReadFrom(http.MaxBytesReader(c.w, c.r.Body, l.BodyBytes))
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		free()
		c.tooLarge()
		return nil, false
	case err != nil: // the client has gone away, or sends too slowly
		free()
		panic(http.ErrAbortHandler)
	}
	c.body = buf.Bytes()
	return free, true
}

func (c *call) tooLarge() {
	c.w.Header().Set("Connection", "close")
	c.w.Header().Set("Content-Length", "0")
	c.w.WriteHeader(http.StatusRequestEntityTooLarge)
}

const unauthorizable = "<AccessDeniedException>\n  <Message>Unable to determine service/operation name to be authorized</Message>\n</AccessDeniedException>\n"

// serve answers a POST whose body was read. The order of the checks is the service's.
// Source: kinesalite, which compared it with the service; facts on the order of checks.
func (c *call) serve() {
	contentType, _, _ := strings.Cut(c.r.Header.Get("Content-Type"), ";")
	contentType = strings.TrimSpace(contentType)
	target := c.r.Header.Get("X-Amz-Target")
	if target == "" && c.r.URL.RawQuery != "" { // a signer that puts headers into the query string
		target = c.r.URL.Query().Get("X-Amz-Target")
	}
	rpc := strings.EqualFold(c.r.Header.Get("Smithy-Protocol"), rpcProtocol)
	if rpc {
		target = rpcTarget(c.r.URL.Path)
	}
	c.service, c.op = find(target)
	switch {
	case rpc:
		c.form = rpcForm()
		c.perform(true)
	case contentType == json11, contentType == json10:
		c.form = jsonForm(contentType)
		c.perform(false)
	case contentType == cbor11:
		c.form = cborForm()
		c.perform(false)
	case contentType == bareJSON:
		c.bare()
	case contentType == urlEncoded && len(c.body) > 0 && target == "":
		c.query()
	case len(c.body) == 0:
		c.form = cborForm() // as the service does
		if c.op == nil {
			c.refuse(aws.Errorf(aws.UnknownOperation, ""))
		} else {
			c.refuse(aws.Errorf(aws.Serialization, ""))
		}
	case !strings.Contains(strings.Trim(target, "."), "."):
		c.xml(http.StatusForbidden, unauthorizable)
	default:
		c.xml(http.StatusNotFound, "<UnknownOperationException/>\n")
	}
}

// perform reads the request in its form, checks it in order, and runs it. In some forms no body is as good as an empty one.
func (c *call) perform(mayBeEmpty bool) {
	var unknown *aws.Error
	if c.op == nil {
		unknown = aws.Errorf(aws.UnknownOperation, "")
	}
	body, err := []byte("{}"), (*aws.Error)(nil)
	switch {
	case len(c.body) > 0:
		body, err = c.form.read(c.body, c.op)
	case unknown != nil:
		c.refuse(unknown)
		return
	case len(c.op.Members) > 0 && !mayBeEmpty:
		c.refuse(aws.Errorf(aws.Serialization, ""))
		return
	}
	var request region.Request
	if err == nil && unknown == nil {
		request, err = region.Prepare(region.Command{Service: c.service.name, Op: c.op.Name, Body: body})
	} else if err == nil && !isObject(body) {
		err = aws.Errorf(aws.Serialization, "")
	}
	if err != nil && err.Code == aws.Serialization && err.Message == "" { // it cannot be read at all
		c.refuse(err)
		return
	}
	if unknown != nil {
		c.refuse(unknown)
		return
	}
	if bad := c.authenticate(); bad != nil {
		c.refuse(bad)
		return
	}
	if err != nil {
		c.refuse(err)
		return
	}
	request.As = c.who.principal
	if c.op.Name == "SubscribeToShard" && c.service.name == region.Kinesis {
		c.subscribe(body)
		return
	}
	c.run(request)
}

// rpcProtocol names Smithy's RPC in CBOR.
const rpcProtocol = "rpc-v2-cbor"

// rpcTarget is the target of a path of Smithy's RPC, /service/Name/operation/Name.
func rpcTarget(path string) string {
	parts := strings.Split(path, "/")
	if n := len(parts); n >= 4 && parts[n-4] == "service" && parts[n-2] == "operation" {
		return parts[n-3] + "." + parts[n-1]
	}
	return ""
}

// bare answers a request of type application/json as the service does: with 200, and an error inside.
func (c *call) bare() {
	code, key := aws.UnknownOperation, "message"
	if len(c.body) == 0 || !isObject(c.body) {
		code, key = aws.Serialization, "Message"
	}
	c.form = jsonForm(bareJSON)
	c.answer(http.StatusOK, []byte(`{"Output":{"__type":"com.amazon.coral.service#`+code+`","`+key+`":null},"Version":"1.0"}`))
}

// isObject reports whether a text is a JSON object.
func isObject(text []byte) bool {
	var none struct{}
	return aws.Decode(text, &none) == nil
}

// authenticate finds out who sent the request. Without credentials to verify, everybody is who they say; the signature has
// to be there all the same, as each client makes one.
func (c *call) authenticate() *aws.Error {
	s, err := readSignature(c.r)
	if err != nil {
		return err
	}
	c.who = caller{tenant: tenantKey{s.key, s.scope[1]}, account: c.e.cfg.Account}
	if isAccount(s.key) {
		c.who.account = s.key
	}
	if c.e.keys == nil {
		return nil
	}
	owner := c.e.keys[s.key]
	if err := s.verify(c.r, c.body, c.service.signing, owner, c.e.cfg.Now()); err != nil {
		return err
	}
	if c.chunks != nil && c.chunks.parts[0].signature != "" && !s.verifyChunks(c.chunks, owner.SecretKey) {
		return aws.Errorf(invalidSignature, "A chunk's signature does not match.")
	}
	c.who = caller{tenant: tenantKey{owner.Account, s.scope[1]}, account: owner.Account, principal: owner.Principal}
	return nil
}

// run runs the request in the caller's world and answers.
func (c *call) run(request region.Request) {
	t, refused := c.e.tenants.hold(c.who.tenant, c.who.account)
	if refused != nil {
		c.refuse(refused)
		return
	}
	more := c.grows()
	c.free()
	var out any
	failed := c.e.tenants.turn(t, func(world *region.Region) {
		if more > 0 {
			if !strings.HasPrefix(c.op.Name, "PutRecord") { // the few words before may have made a thousand shards meanwhile
				c.e.tenants.count(t)
			}
			if refused = c.e.tenants.admit(t, more, c.op.Name); refused != nil {
				return
			}
		}
		out, refused = world.Run(request)
	})
	c.e.tenants.release(t)
	if failed != nil {
		refused = failed
	}
	if refused != nil {
		c.refuse(refused)
		return
	}
	t.stir()
	size, ok := c.enterAnswers(out)
	if !ok {
		return
	}
	defer c.e.answers.leave(size)
	body := c.form.write(c, out)
	c.answer(cmp.Or(c.form.status, http.StatusOK), body)
}

// enterAnswers waits until there is room for a large answer beside those that are being written.
func (c *call) enterAnswers(out any) (size int64, ok bool) {
	records, large := out.(*kinesis.GetRecordsOutput)
	if !large {
		return 0, true
	}
	for i := range records.Records {
		size += int64(len(records.Records[i].Data))*4/3 + 512
	}
	if size < 64<<10 {
		return 0, true
	}
	size = min(size, c.e.cfg.Limits.BusyBytes)
	ctx, cancel := context.WithTimeout(c.r.Context(), c.e.cfg.Limits.WaitForRoom)
	defer cancel()
	if !c.e.answers.enter(ctx, size) {
		c.e.tenants.warnBusy("writing", size)
		c.refuse(&aws.Error{Code: serviceUnavailable, Status: http.StatusServiceUnavailable,
			Message: fmt.Sprintf("The endpoint writes %d MiB of large answers at a time, and is busy with them. Please retry after some time, or start the endpoint with a greater -aws-busy-memory.", c.e.cfg.Limits.BusyBytes>>20)})
		return 0, false
	}
	return size, true
}

// grows is how many bytes a request may add to what its world keeps, 0 when it adds nothing that lasts.
func (c *call) grows() int64 {
	switch name := c.op.Name; {
	case strings.HasPrefix(name, "Describe"), strings.HasPrefix(name, "Get"), strings.HasPrefix(name, "List"), strings.HasPrefix(name, "Delete"):
		return 0
	}
	return int64(len(c.body))
}

// answer writes an answer in the request's own content type. There is no x-amz-crc32 in its head: Data Streams sends none, and
// SDKs check one only where it is.
func (c *call) answer(status int, body []byte) {
	h := c.w.Header()
	if h.Set("Content-Type", c.form.contentType); c.form.contentType == "" {
		h["Content-Type"] = nil
	}
	if c.form.head != nil {
		c.form.head(h)
	}
	if h.Get("Content-Length") == "" && status != http.StatusNoContent { // the answer to a HEAD has one already
		h.Set("Content-Length", strconv.Itoa(len(body)))
	}
	c.wrote = true
	c.w.WriteHeader(status)
	c.w.Write(body) // a client that has gone away is no fault of ours
}

// refuse answers with an error of the service. An answer that an injected fault has lost is none: the connection closes.
func (c *call) refuse(err *aws.Error) {
	if err.Code == aws.ConnectionClosed { // an injected fault: the call may have been carried out, and nobody hears of it
		panic(http.ErrAbortHandler)
	}
	c.w.Header()["x-amzn-ErrorType"] = []string{err.Code}
	body := c.form.refuse(c, err)
	c.answer(err.Status, body)
}

// xml answers what is no request of the protocol.
func (c *call) xml(status int, text string) {
	c.w.Header()["Content-Type"] = nil // the service names none
	c.w.Header().Set("Content-Length", strconv.Itoa(len(text)))
	c.wrote = true
	c.w.WriteHeader(status)
	io.WriteString(c.w, text)
}
