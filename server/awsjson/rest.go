package awsjson

import (
	"encoding/json"
	"net/http"
	"strings"

	"shardlab/wasm/aws"
	"shardlab/wasm/region"
)

// The REST protocol names an operation by method and path; what stands in the path and behind the question mark are members
// beside those of the body.
// Source: Smithy, "AWS restJson1 protocol"; AWS FIS API Reference.

// A route is where an operation is found. A part of the path in braces is a member.
type route struct{ service, method, path, op string }

// routes are those of the services that speak the REST protocol. The table never changes.
var routes = []route{
	{"fis", "POST", "/experimentTemplates", "CreateExperimentTemplate"},
	{"fis", "GET", "/experimentTemplates", "ListExperimentTemplates"},
	{"fis", "GET", "/experimentTemplates/{id}", "GetExperimentTemplate"},
	{"fis", "PATCH", "/experimentTemplates/{id}", "UpdateExperimentTemplate"},
	{"fis", "DELETE", "/experimentTemplates/{id}", "DeleteExperimentTemplate"},
	{"fis", "POST", "/experiments", "StartExperiment"},
	{"fis", "GET", "/experiments", "ListExperiments"},
	{"fis", "GET", "/experiments/{id}", "GetExperiment"},
	{"fis", "DELETE", "/experiments/{id}", "StopExperiment"},
	{"fis", "GET", "/actions", "ListActions"},
}

// findRoute finds the route of a request, and the members that stand in its path.
func findRoute(r *http.Request) (*route, map[string]string) {
	parts := strings.Split(r.URL.Path, "/")
next:
	for i := range routes {
		ours := strings.Split(routes[i].path, "/")
		if routes[i].method != r.Method || len(ours) != len(parts) {
			continue
		}
		members := map[string]string{}
		for j, p := range ours {
			if name, ok := strings.CutPrefix(p, "{"); ok && parts[j] != "" {
				members[strings.TrimSuffix(name, "}")] = parts[j]
			} else if p != parts[j] {
				continue next
			}
		}
		return &routes[i], members
	}
	return nil, nil
}

// rest answers a request of the REST protocol.
func (c *call) rest(found *route, members map[string]string) {
	c.form = &form{contentType: bareJSON, write: func(_ *call, out any) []byte { return encodeJSON(out) }, refuse: (*call).refuseREST}
	for i := range services {
		if services[i].name == found.service {
			c.service, c.op = &services[i], services[i].ops[found.op]
		}
	}
	if c.op == nil {
		c.refuse(&aws.Error{Code: aws.UnknownOperation, Status: http.StatusNotFound, Message: "This endpoint has no operation " + found.op + "."})
		return
	}
	body := map[string]json.RawMessage{}
	if len(c.body) > 0 && json.Unmarshal(c.body, &body) != nil {
		c.refuse(aws.Errorf(aws.Serialization, ""))
		return
	}
	for name, values := range c.r.URL.Query() {
		if !strings.HasPrefix(name, "X-Amz-") {
			members[name] = values[0]
		}
	}
	for name, value := range members {
		text, err := json.Marshal(value)
		if m, ok := c.op.Member(name); ok && m.Kind != aws.String && json.Valid([]byte(value)) {
			text = []byte(value)
		}
		if err == nil {
			body[name] = text
		}
	}
	if bad := c.authenticate(); bad != nil {
		c.refuse(bad)
		return
	}
	text, err := json.Marshal(body)
	if err != nil {
		panic("awsjson: a body of texts does not encode: " + err.Error())
	}
	request, bad := region.Prepare(region.Command{Service: c.service.name, Op: c.op.Name, Body: text})
	if bad != nil {
		c.refuse(bad)
		return
	}
	request.As = c.who.principal
	c.run(request)
}

// restStatus are the HTTP statuses of errors of the REST protocol that are not 400 as those of JSON.
// Source: AWS FIS API Reference, the operations' Errors sections and "Common errors".
var restStatus = map[string]int{
	aws.ResourceNotFound: 404, "ConflictException": 409, "ServiceQuotaExceededException": 402, aws.AccessDenied: 403,
	invalidSignature: 403, unrecognizedClient: 403, missingAuthentication: 403, expiredToken: 403, incompleteSignature: 403,
}

// refuseREST writes an error, whose name stands in the head alone.
func (c *call) refuseREST(err *aws.Error) []byte {
	if status, ok := restStatus[err.Code]; ok {
		err.Status = status
	}
	text, bad := aws.Encode(map[string]string{"message": err.Message})
	if bad != nil {
		panic("awsjson: an error does not encode: " + bad.Error())
	}
	return text
}
