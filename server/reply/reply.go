// Package reply is how an answer leaves the server: JSON and its errors, entity tags, encodings, and the headers every
// answer carries. It knows neither lessons nor learners.
package reply

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
)

// An Error is what a refused request is told: a code for the program, a sentence for the person that says what to do.
type Error struct {
	Status  int    `json:"-"`
	Code    string `json:"code"`
	Message string `json:"message"`
	Event   string `json:"event,omitempty"` // the id of the event that is at fault
}

func (e *Error) Error() string { return e.Message }

// Statuses of the codes; one table, so that a code always has the same one.
var statuses = map[string]int{
	"bad_request":     http.StatusBadRequest,
	"not_found":       http.StatusNotFound,
	"bad_method":      http.StatusMethodNotAllowed,
	"cross_site":      http.StatusForbidden,
	"too_many_events": http.StatusConflict,
	"too_large":       http.StatusRequestEntityTooLarge,
	"not_json":        http.StatusUnsupportedMediaType,
	"bad_event":       http.StatusUnprocessableEntity,
	"unknown_lesson":  http.StatusUnprocessableEntity,
	"rate_limited":    http.StatusTooManyRequests,
	"internal":        http.StatusInternalServerError,
	"not_ready":       http.StatusServiceUnavailable,
}

// NewError is an error of a known code.
func NewError(code, message string) *Error {
	status, ok := statuses[code]
	if !ok {
		panic("reply: no status for the code " + code)
	}
	return &Error{Status: status, Code: code, Message: message}
}

// Refuse answers with an error.
func Refuse(w http.ResponseWriter, r *http.Request, e *Error) {
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Del("ETag")
	body, err := json.Marshal(map[string]*Error{"error": e})
	if err != nil {
		panic("reply: an error cannot be written: " + err.Error())
	}
	write(w, r, e.Status, "application/json", append(body, '\n'))
}

// JSON answers with a value that nobody keeps.
func JSON(w http.ResponseWriter, r *http.Request, v any) {
	body, err := json.Marshal(v)
	if err != nil {
		Refuse(w, r, NewError("internal", "The answer could not be written. Try again; if it stays, tell who runs this server."))
		return
	}
	w.Header().Set("Cache-Control", "no-store")
	write(w, r, http.StatusOK, "application/json", append(body, '\n'))
}

// A Body is a text that many ask for: kept with its gzip form and its tag.
type Body struct {
	Type string // "text/html; charset=utf-8"
	tag  string
	text []byte
	zip  []byte
}

// NewBody makes a body. Tag names its content: another content, another tag.
func NewBody(contentType, tag string, text []byte) *Body {
	return &Body{contentType, tag, text, zipped(text, gzip.BestCompression)}
}

// Text is the body as it was given; not to be changed.
func (b *Body) Text() []byte { return b.text }

// Serve answers with the body, or with 304 when the asker has it. A browser keeps it, but asks each time.
func (b *Body) Serve(w http.ResponseWriter, r *http.Request, status int) {
	b.ServeFor(w, r, status, "no-cache")
}

// ServeFor is Serve with the Cache-Control that says for how long a browser keeps it.
func (b *Body) ServeFor(w http.ResponseWriter, r *http.Request, status int, cache string) {
	h := w.Header()
	h.Set("Cache-Control", cache)
	h.Add("Vary", "Accept-Encoding")
	tag, body, encoding := `"`+b.tag+`"`, b.text, ""
	if len(b.zip) < len(b.text) && Accepts(r, "gzip") {
		tag, body, encoding = `"`+b.tag+`-gzip"`, b.zip, "gzip"
	}
	if status == http.StatusOK {
		h.Set("ETag", tag)
		if Matches(r, tag) {
			w.WriteHeader(http.StatusNotModified)
			return
		}
	}
	if encoding != "" {
		h.Set("Content-Encoding", encoding)
	}
	send(w, r, status, b.Type, body)
}

// Matches says whether the asker already has what tag names.
func Matches(r *http.Request, tag string) bool {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		return false
	}
	for _, header := range r.Header.Values("If-None-Match") {
		for t := range strings.SplitSeq(header, ",") {
			if t = strings.TrimSpace(t); t == "*" || strings.TrimPrefix(t, "W/") == tag {
				return true
			}
		}
	}
	return false
}

// Accepts says whether the asker takes an encoding: it is named, or a star stands for it, and its weight is not 0.
func Accepts(r *http.Request, encoding string) bool {
	star := false
	for _, header := range r.Header.Values("Accept-Encoding") {
		for part := range strings.SplitSeq(header, ",") {
			name, params, _ := strings.Cut(part, ";")
			name = strings.ToLower(strings.TrimSpace(name))
			if name != encoding && name != "*" {
				continue
			}
			takes := true
			for p := range strings.SplitSeq(params, ";") {
				if q, ok := strings.CutPrefix(strings.ToLower(strings.TrimSpace(p)), "q="); ok {
					weight, err := strconv.ParseFloat(q, 64)
					takes = err == nil && weight > 0
				}
			}
			if name == encoding {
				return takes
			}
			star = takes
		}
	}
	return star
}

// write answers with a body that is made for this answer alone.
func write(w http.ResponseWriter, r *http.Request, status int, contentType string, body []byte) {
	w.Header().Add("Vary", "Accept-Encoding")
	if len(body) > 1400 && Accepts(r, "gzip") { // less fits into one packet as it is
		body = zipped(body, gzip.BestSpeed)
		w.Header().Set("Content-Encoding", "gzip")
	}
	send(w, r, status, contentType, body)
}

// send answers with these bytes.
func send(w http.ResponseWriter, r *http.Request, status int, contentType string, body []byte) {
	w.Header().Set("Content-Type", contentType)
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	if r.Method != http.MethodHead {
		w.Write(body) // an asker who has gone away is no fault of ours
	}
}

var zippers = map[int]*sync.Pool{
	gzip.BestSpeed:       newZippers(gzip.BestSpeed),
	gzip.BestCompression: newZippers(gzip.BestCompression),
}

func newZippers(level int) *sync.Pool {
	return &sync.Pool{New: func() any {
		z, err := gzip.NewWriterLevel(io.Discard, level)
		if err != nil {
			panic("reply: " + err.Error())
		}
		return z
	}}
}

func zipped(text []byte, level int) []byte {
	var b bytes.Buffer
	z := zippers[level].Get().(*gzip.Writer)
	defer zippers[level].Put(z)
	z.Reset(&b)
	z.Write(text) // a buffer takes everything
	z.Close()
	return b.Bytes()
}
