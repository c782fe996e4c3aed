package aws

import (
	"reflect"
	"strings"
)

// A Table lists the operations of a service, by name, with what does them.
type Table []Row

// A Row is an operation with what does it.
type Row struct {
	Operation
	shape *Shape
	do    reflect.Value
}

// Op makes the row of an operation. do is a function of what the table's Do is given and of a pointer to the request's
// structure; it returns a pointer to the answer's structure and an error, or, when the answer has no body, an error alone.
// help is one line, members says one about each member by its path. A function for a row, and no generic one for each row,
// keeps what a learner downloads small.
func Op(service, name, help string, members func(path string) string, do any) Row {
	f := reflect.TypeOf(do)
	var out reflect.Type
	if f.NumOut() == 2 {
		out = f.Out(0).Elem()
	}
	return OpOf(service, name, help, members, do, f.In(1).Elem(), out)
}

// OpOf is Op of an operation whose structures have no names in the program: do takes any pointer and returns any value. out is
// nil when the answer has no body.
func OpOf(service, name, help string, members func(path string) string, do any, in, out reflect.Type) Row {
	r := Row{
		shape:     Compile(in),
		do:        reflect.ValueOf(do),
		Operation: Operation{Service: service, Name: name, Kebab: Kebab(name), Help: help, Input: in, Output: out},
	}
	r.Members = r.shape.Describe(members)
	return r
}

// Act is Op of an operation whose answer has no body.
func Act(service, name, help string, members func(path string) string, do any) Row {
	return Op(service, name, help, members, do)
}

// Operations lists the operations.
func (t Table) Operations() []Operation {
	out := make([]Operation, len(t))
	for i := range t {
		out[i] = t[i].Operation
	}
	return out
}

// A Request is an operation with its input, decoded and checked. It belongs to no service yet: whoever serves several
// clients decodes beside other work, and takes a turn only to run.
type Request struct {
	In  any // the operation's input structure
	row *Row
}

// Name is the operation's name.
func (r Request) Name() string { return r.row.Name }

// Run runs the request on a service now. The answer is the operation's output structure, nil when it has none. The error
// is an *Error.
func (r Request) Run(service any) (any, error) {
	results := r.row.do.Call([]reflect.Value{reflect.ValueOf(service), reflect.ValueOf(r.In)})
	err, _ := results[len(results)-1].Interface().(error)
	if err != nil || len(results) == 1 {
		return nil, err
	}
	return results[0].Interface(), nil
}

// Decode reads one operation as it comes over the wire: it decodes the body and checks types and constraints. The error
// is an *Error.
func (t Table) Decode(name string, body []byte) (Request, error) {
	for i := range t {
		if o := &t[i]; o.Name == name {
			in := reflect.New(o.Input).Interface()
			if err := o.shape.Decode(body, in); err != nil {
				return Request{}, err
			}
			if err := o.shape.Validate(in); err != nil {
				return Request{}, err
			}
			return Request{in, o}, nil
		}
	}
	known := make([]string, len(t))
	for i := range t {
		known[i] = t[i].Name
	}
	return Request{}, Errorf(UnknownOperation, "").
		WithHint("This lab has no operation %q. It has: %s.", Shorten(name, 64), strings.Join(known, ", "))
}

// Do decodes one operation, runs it on a service and encodes the answer, which is nil when the operation has none. The
// error is an *Error.
func (t Table) Do(service any, name string, body []byte) ([]byte, error) {
	r, err := t.Decode(name, body)
	if err != nil {
		return nil, err
	}
	out, err := r.Run(service)
	if err != nil || out == nil {
		return nil, err
	}
	return Encode(out)
}

// Shorten cuts a text for a message.
func Shorten(s string, n int) string {
	if len(s) <= n {
		return s
	}
	return s[:n] + "..."
}
