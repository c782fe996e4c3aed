package awsjson

import (
	"encoding/json"
	"encoding/xml"
	"fmt"
	"net/http"
	"net/url"
	"reflect"
	"strconv"
	"strings"
	"time"

	"shardlab/wasm/aws"
	"shardlab/wasm/region"
)

// The Query protocol is the older one, which the services that say who may do what still speak: a request is a form with
// the operation as its Action, an answer is XML. Its members become those of the door.
// Source: AWS Query protocol of Smithy; IAM and STS API References, "Making query requests".

// query answers a request of the Query protocol. Which service it is for only its signature says.
func (c *call) query() {
	c.form = &form{contentType: "text/xml", write: (*call).writeXML, refuse: (*call).refuseXML}
	s, bad := readSignature(c.r)
	if bad != nil {
		c.refuse(bad)
		return
	}
	values, err := url.ParseQuery(string(c.body))
	action := values.Get("Action")
	if c.service = findSigned(s.scope[2]); c.service == nil || c.service.xmlns == "" || err != nil || action == "" {
		c.xml(http.StatusForbidden, unauthorizable)
		return
	}
	if c.op = c.service.ops[action]; c.op == nil {
		c.refuse(aws.Errorf("InvalidAction", "Could not find operation %s for version %s", action, values.Get("Version")))
		return
	}
	if bad := c.authenticate(); bad != nil {
		c.refuse(bad)
		return
	}
	body, err := json.Marshal(fromQuery(values, "", c.op.Members))
	if err != nil {
		panic("awsjson: a form does not encode: " + err.Error())
	}
	request, bad := region.Prepare(region.Command{Service: c.service.name, Op: c.op.Name, Body: body})
	if bad != nil {
		c.refuse(bad)
		return
	}
	request.As = c.who.principal
	c.run(request)
}

// fromQuery is a structure of a form: a member is a name, one of a structure in it has a dot before its own, and items of
// lists are counted from 1 behind ".member.".
func fromQuery(values url.Values, prefix string, members []aws.Member) map[string]any {
	m := map[string]any{}
	for i := range members {
		if v, ok := queryValue(values, prefix+members[i].Name, &members[i]); ok {
			m[members[i].Name] = v
		}
	}
	return m
}

// queryItems bounds the items of a list. It is ours: no list of these services is longer.
const queryItems = 1000

func queryValue(values url.Values, name string, m *aws.Member) (any, bool) {
	switch m.Kind {
	case aws.Structure:
		s := fromQuery(values, name+".", m.Members)
		return s, len(s) > 0
	case aws.List:
		var list []any
		for i := 1; i <= queryItems; i++ {
			v, ok := queryValue(values, name+".member."+strconv.Itoa(i), m.Elem)
			if !ok {
				break
			}
			list = append(list, v)
		}
		return list, list != nil
	case aws.Map:
		entries := map[string]any{}
		for i := 1; i <= queryItems; i++ {
			entry := name + ".entry." + strconv.Itoa(i)
			if !values.Has(entry + ".key") {
				break
			}
			entries[values.Get(entry+".key")], _ = queryValue(values, entry+".value", m.Elem)
		}
		return entries, len(entries) > 0
	}
	if !values.Has(name) {
		return nil, false
	}
	text := values.Get(name)
	switch m.Kind {
	case aws.Int, aws.Float:
		if json.Valid([]byte(text)) {
			return json.RawMessage(text), true
		}
	case aws.Bool:
		if b, err := strconv.ParseBool(text); err == nil {
			return b, true
		}
	case aws.TimeKind:
		if at, err := time.Parse(time.RFC3339, text); err == nil {
			return aws.Timestamp(at.UnixMilli()), true
		}
	}
	return text, true // of a wrong kind: the door says so
}

// writeXML writes an answer. Policies, which are JSON inside, are escaped as in an address.
func (c *call) writeXML(out any) []byte {
	var b strings.Builder
	fmt.Fprintf(&b, `<%sResponse xmlns="%s">`, c.op.Name, c.service.xmlns)
	if out != nil {
		fmt.Fprintf(&b, `<%sResult>`, c.op.Name)
		appendXML(&b, reflect.ValueOf(out))
		fmt.Fprintf(&b, `</%sResult>`, c.op.Name)
	}
	fmt.Fprintf(&b, `<ResponseMetadata><RequestId>%s</RequestId></ResponseMetadata></%sResponse>`, c.id, c.op.Name)
	return []byte(b.String())
}

func appendXML(b *strings.Builder, v reflect.Value) {
	switch x := v.Interface().(type) {
	case json.RawMessage:
		b.WriteString(encode(string(x), false))
		return
	case aws.Timestamp:
		b.WriteString(x.Time().Format("2006-01-02T15:04:05.999Z07:00"))
		return
	}
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		appendXML(b, v.Elem())
	case reflect.Struct:
		for _, f := range fieldsOf(v.Type()) {
			e := v.FieldByIndex(f.index)
			if isEmpty(e) && (f.omitempty || e.Kind() == reflect.Pointer) {
				continue
			}
			b.WriteString("<" + f.name + ">")
			appendXML(b, e)
			b.WriteString("</" + f.name + ">")
		}
	case reflect.Slice:
		for i := range v.Len() {
			b.WriteString("<member>")
			appendXML(b, v.Index(i))
			b.WriteString("</member>")
		}
	case reflect.Map:
		for _, key := range sortedKeys(v) {
			b.WriteString("<entry><key>")
			xml.EscapeText(b, []byte(key.String()))
			b.WriteString("</key><value>")
			appendXML(b, v.MapIndex(key))
			b.WriteString("</value></entry>")
		}
	default:
		xml.EscapeText(b, []byte(fmt.Sprint(v.Interface())))
	}
}

// queryStatus are the HTTP statuses of errors of the Query protocol that are not 400 as those of JSON.
// Source: IAM API Reference, the operations' Errors sections and "Common errors".
var queryStatus = map[string]int{
	"NoSuchEntity": 404, "EntityAlreadyExists": 409, "DeleteConflict": 409, "LimitExceeded": 409, "AccessDenied": 403,
	"InvalidClientTokenId": 403, "SignatureDoesNotMatch": 403, "MissingAuthenticationToken": 403, "ExpiredToken": 403, "IncompleteSignature": 400,
}

// queryCodes are the names that the Query protocol has for errors of the protocol itself.
var queryCodes = map[string]string{
	aws.AccessDenied: "AccessDenied", unrecognizedClient: "InvalidClientTokenId", invalidSignature: "SignatureDoesNotMatch",
	missingAuthentication: "MissingAuthenticationToken", expiredToken: "ExpiredToken", incompleteSignature: "IncompleteSignature",
	aws.Validation: "ValidationError", aws.Serialization: "MalformedInput", aws.InternalFailure: "InternalFailure", aws.LimitExceeded: "LimitExceeded",
}

// refuseXML writes an error.
func (c *call) refuseXML(err *aws.Error) []byte {
	kind, code := "Sender", err.Code
	if err.Status >= 500 {
		kind = "Receiver"
	}
	if name, ok := queryCodes[code]; ok {
		code = name
	}
	if status, ok := queryStatus[code]; ok {
		err.Status = status
	}
	var b strings.Builder
	b.WriteString("<ErrorResponse")
	if c.service != nil {
		b.WriteString(` xmlns="` + c.service.xmlns + `"`)
	}
	b.WriteString("><Error><Type>" + kind + "</Type><Code>" + code + "</Code><Message>")
	xml.EscapeText(&b, []byte(err.Message))
	b.WriteString("</Message></Error><RequestId>" + c.id + "</RequestId></ErrorResponse>")
	return []byte(b.String())
}
