package api

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"shardlab/server/reply"
	"shardlab/server/store"
)

// Bounds of one write.
const (
	maxBody  = 256 << 10
	maxBatch = 500
	maxData  = 64 << 10
	maxAt    = 4_102_444_800_000 // 2100: a clock may be wrong, but not by that much
)

// cookieName is the cookie that stands for a learner.
const cookieName = "shardlab"

// cookieAge is as long as browsers keep a cookie; every answer begins it anew.
const cookieAge = 400 * 24 * 60 * 60

// Kinds of events that pages send.
var kinds = []string{"opened", "predicted", "run", "goal", "solved", "quiz", "hint", "solution", "finished", "lab", "setting"}

// Kinds of events that may belong to no lesson.
var lonely = []string{"lab", "setting"}

var (
	eventID = regexp.MustCompile(`^[A-Za-z0-9_-]{16,64}$`)
	slug    = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)
	blockID = regexp.MustCompile(`^[A-Za-z0-9._:-]{0,64}$`)
)

// progress tells a learner what they did. Without a learner there is nothing to tell.
func (a *API) progress(w http.ResponseWriter, r *http.Request) error {
	var after int64
	if text := r.URL.Query().Get("after"); text != "" {
		var err error
		if after, err = strconv.ParseInt(text, 10, 64); err != nil || after < 0 {
			return reply.NewError("bad_request", "after="+quoted(text)+" is not a number of an event. Write the number that \"last\" had, or leave it out.")
		}
	}
	answer := struct {
		Learner string        `json:"learner"`
		Events  []store.Event `json:"events"`
		Last    int64         `json:"last"`
	}{Events: []store.Event{}}
	token, learner, err := a.who(r)
	if err != nil {
		return err
	}
	if learner.ID != 0 {
		if err := a.limits.learner(w, token); err != nil {
			return err
		}
		answer.Learner = learner.Name
		if answer.Events, answer.Last, err = a.store.Events(r.Context(), learner.ID, after); err != nil {
			return err
		}
		setCookie(w, r, token)
	}
	reply.JSON(w, r, answer)
	return nil
}

// takeProgress keeps what a learner did.
func (a *API) takeProgress(w http.ResponseWriter, r *http.Request) error {
	from := reply.Address(r)
	if err := a.limits.address(w, from); err != nil {
		return err
	}
	events, err := decodeEvents(w, r)
	if err != nil {
		return err
	}
	for i, e := range events {
		if fault := faultOf(e); fault != "" {
			bad := reply.NewError("bad_event", fmt.Sprintf("Event %d of %d: %s", i+1, len(events), fault))
			bad.Event = e.ID
			return bad
		}
	}
	answer := struct {
		Accepted int `json:"accepted"`
		Known    int `json:"known"`
	}{}
	if len(events) == 0 {
		reply.JSON(w, r, answer)
		return nil
	}
	token, learner, err := a.who(r)
	switch {
	case err != nil:
		return err
	case learner.ID != 0:
		err = a.limits.learner(w, token)
	default:
		// A token that stands for nobody is never taken over: who sent it could have got it from somebody.
		token = store.NewToken()
		err = a.limits.guest(w, from)
	}
	if err != nil {
		return err
	}
	taken, err := a.store.AddEvents(r.Context(), token, events, a.now())
	if err != nil {
		return err
	}
	answer.Accepted, answer.Known = taken.Accepted, taken.Known
	setCookie(w, r, token)
	reply.JSON(w, r, answer)
	return nil
}

// who finds the learner of a request; the zero learner when the cookie is missing or stands for nobody.
func (a *API) who(r *http.Request) (store.Token, store.Learner, error) {
	c, err := r.Cookie(cookieName)
	if err != nil {
		return store.Token{}, store.Learner{}, nil
	}
	token, ok := store.ParseToken(c.Value)
	if !ok {
		return store.Token{}, store.Learner{}, nil
	}
	l, err := a.store.Learner(r.Context(), token)
	if errors.Is(err, store.ErrNotFound) {
		return store.Token{}, store.Learner{}, nil
	}
	return token, l, err
}

func setCookie(w http.ResponseWriter, r *http.Request, t store.Token) {
	http.SetCookie(w, &http.Cookie{
		Name: cookieName, Value: t.String(), Path: "/", MaxAge: cookieAge,
		HttpOnly: true, SameSite: http.SameSiteLaxMode, Secure: reply.IsTLS(r),
	})
}

// decodeEvents reads the body of a write and says what to send instead when it is not one.
func decodeEvents(w http.ResponseWriter, r *http.Request) ([]store.Event, error) {
	if t, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || t != "application/json" {
		return nil, reply.NewError("not_json", "Send the events as JSON, with the header Content-Type: application/json.")
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		return nil, reply.NewError("too_large", fmt.Sprintf("The body is larger than %d KiB. Send fewer events at a time.", maxBody>>10))
	case err != nil:
		return nil, reply.NewError("bad_request", "The body did not arrive whole. Send it again.")
	case !utf8.Valid(body):
		return nil, reply.NewError("bad_request", "The body is not UTF-8. Send JSON in UTF-8.")
	}
	var in struct {
		Events []store.Event `json:"events"`
	}
	d := json.NewDecoder(bytes.NewReader(body))
	d.DisallowUnknownFields()
	if err := d.Decode(&in); err != nil {
		return nil, reply.NewError("bad_request", "The body is not what is asked for: "+jsonFault(err)+`. Send {"events":[…]}.`)
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, reply.NewError("bad_request", `Something follows the JSON object. Send {"events":[…]} and nothing after it.`)
	}
	if len(in.Events) > maxBatch {
		return nil, reply.NewError("too_large", fmt.Sprintf("%d events at once are too many. Send at most %d.", len(in.Events), maxBatch))
	}
	for i := range in.Events {
		if e := &in.Events[i]; string(e.Data) == "null" {
			e.Data = nil
		}
	}
	return in.Events, nil
}

// jsonFault is what is wrong with a JSON text, in words.
func jsonFault(err error) string {
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	switch {
	case errors.Is(err, io.EOF):
		return "it is empty"
	case errors.Is(err, io.ErrUnexpectedEOF):
		return "it ends too early"
	case errors.As(err, &syntax):
		return fmt.Sprintf("%s at byte %d", strings.TrimPrefix(syntax.Error(), "json: "), syntax.Offset)
	case errors.As(err, &kind):
		return fmt.Sprintf("%s is a %s", strings.TrimPrefix("."+kind.Field, "."), kind.Value)
	}
	return strings.TrimPrefix(err.Error(), "json: ")
}

// faultOf says in words what is wrong with an event; nothing when it is right.
func faultOf(e store.Event) string {
	switch {
	case !eventID.MatchString(e.ID):
		return "its id " + quoted(e.ID) + " is not 16 to 64 letters, digits, - or _."
	case !slices.Contains(kinds, e.Kind):
		return "its kind " + quoted(e.Kind) + " is none of " + strings.Join(kinds, ", ") + "."
	case e.Lesson == "" && !slices.Contains(lonely, e.Kind):
		return "an event of kind " + e.Kind + " belongs to a lesson; name its slug."
	case e.Lesson != "" && (len(e.Lesson) > 64 || !slug.MatchString(e.Lesson)):
		return "its lesson " + quoted(e.Lesson) + " is not a slug: lower-case letters and digits, joined by -, at most 64."
	case !blockID.MatchString(e.Block):
		return "its block " + quoted(e.Block) + " is not the id of a block: letters, digits, . _ : or -, at most 64."
	case e.At < 0 || e.At > maxAt:
		return "its at " + strconv.FormatInt(e.At, 10) + " is not an instant in Unix milliseconds."
	case len(e.Data) > maxData:
		return fmt.Sprintf("its data has %d bytes, at most %d are kept.", len(e.Data), maxData)
	case len(e.Data) > 0 && e.Data[0] != '{':
		return "its data is not a JSON object."
	}
	return ""
}

// quoted is a text of the asker as it may stand in an answer: short, and without what could break a line.
func quoted(text string) string {
	const most = 80
	if r := []rune(text); len(r) > most {
		text = string(r[:most]) + "…"
	}
	return strconv.Quote(text)
}
