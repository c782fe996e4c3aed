package js

import (
	_ "embed"
	"encoding/json"
	"strings"
)

//go:embed sandbox.js
var sandbox string

// Policy is what [Page] may do: run what it is sent in workers of its own, and reach nothing. Its origin is nobody's.
const Policy = "sandbox allow-scripts; default-src 'none'; script-src 'unsafe-inline' 'unsafe-eval' blob:; worker-src blob:; frame-ancestors 'self'"

// Page is the page in whose workers a browser runs functions, for a server to send with [Policy]. The engine speaks to it
// through a port that it is handed in a message {port}.
func Page() []byte {
	runtime, err := json.Marshal(Source)
	if err != nil {
		panic("js: a text does not encode: " + err.Error())
	}
	text := "const RUNTIME = " + string(runtime) + ";\n" + sandbox
	if strings.Contains(text, "</script") {
		panic("js: the script would end in its middle")
	}
	return []byte("<!doctype html>\n<meta charset=\"utf-8\">\n<title>Where functions run</title>\n<script>\n" + text + "</script>\n")
}
