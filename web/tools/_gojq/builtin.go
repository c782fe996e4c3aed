// Package gojq with what jq itself is written in read from builtin.jq when the program starts. The file of this name that gojq
// brings holds the same tree as 300 kB of code that builds it. Make puts this one in its place for the engine.
package gojq

import _ "embed"

//go:embed builtin.jq
var builtinJQ string

func init() {
	q, err := Parse(builtinJQ)
	if err != nil {
		panic(err)
	}
	builtinFuncDefs = map[string][]*FuncDef{"_assign": {}, "_modify": {}, "_last": {}} // the compiler's own
	for _, fd := range q.FuncDefs {
		builtinFuncDefs[fd.Name] = append(builtinFuncDefs[fd.Name], fd)
	}
}
