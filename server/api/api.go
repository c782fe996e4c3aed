// Package api answers the page in JSON: the course, its lessons, and a learner's progress. Handlers decode, call the
// store and encode; what an error's code means in HTTP stands in package reply.
//
//	GET  /api/course          the course map
//	GET  /api/lessons/{slug}  a lesson, whole
//	GET  /api/templates       the templates of the sandbox
//	GET  /api/progress        who the cookie stands for, and their events; ?after=n only those after the number n
//	POST /api/progress        takes events; makes a guest when the cookie stands for nobody
//	GET  /healthz             "ok" when the database answers
package api

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"shardlab/server/reply"
	"shardlab/server/store"
)

// Config says what the API works with. Log and Now may be left out.
type Config struct {
	Store *store.Store
	Log   *slog.Logger
	Now   func() time.Time

	Templates []byte // of the sandbox, a list of block.Template in JSON
}

// API is the handler.
type API struct {
	store  *store.Store
	log    *slog.Logger
	now    func() time.Time
	mux    *http.ServeMux
	kept   sync.Map // "course@hash" or slug@hash → *reply.Body
	limits limits
	starts store.Text // the templates
}

// New makes the API.
func New(c Config) *API {
	a := &API{store: c.Store, log: c.Log, now: c.Now, mux: http.NewServeMux()}
	if a.log == nil {
		a.log = slog.New(slog.DiscardHandler)
	}
	if a.now == nil {
		a.now = time.Now
	}
	a.limits = newLimits(a.now)
	sum := sha256.Sum256(c.Templates)
	a.starts = store.Text{JSON: c.Templates, Hash: hex.EncodeToString(sum[:12])}
	a.on("/api/course", methods{http.MethodGet: a.course})
	a.on("/api/lessons/{slug}", methods{http.MethodGet: a.lesson})
	a.on("/api/templates", methods{http.MethodGet: a.templates})
	a.on("/api/progress", methods{http.MethodGet: a.progress, http.MethodPost: a.takeProgress})
	a.on("/healthz", methods{http.MethodGet: a.health})
	a.mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		reply.Refuse(w, r, reply.NewError("not_found", "There is nothing at "+r.URL.Path+". The API has /api/course, /api/lessons/{slug}, /api/templates and /api/progress."))
	})
	return a
}

// ServeHTTP answers one request. A write that another site's page sends is refused.
func (a *API) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if err := http.NewCrossOriginProtection().Check(r); err != nil {
		reply.Refuse(w, r, reply.NewError("cross_site", "This write came from another site's page, so it was not done. Open Shardlab itself and try there."))
		return
	}
	a.mux.ServeHTTP(w, r)
}

// A handler answers or says why not.
type handler func(http.ResponseWriter, *http.Request) error

// methods are the handlers of one address.
type methods map[string]handler

func (a *API) on(pattern string, m methods) {
	a.mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
		method := r.Method
		if method == http.MethodHead {
			method = http.MethodGet
		}
		do, ok := m[method]
		if !ok {
			allow := "GET, HEAD"
			if m[http.MethodPost] != nil {
				allow += ", POST"
			}
			w.Header().Set("Allow", allow)
			reply.Refuse(w, r, reply.NewError("bad_method", r.URL.Path+" does not take "+r.Method+". It takes "+allow+"."))
			return
		}
		if err := do(w, r); err != nil {
			a.refuse(w, r, err)
		}
	})
}

// refuse answers with what went wrong. What is not meant for the learner goes to the log.
func (a *API) refuse(w http.ResponseWriter, r *http.Request, err error) {
	var e *reply.Error
	var unknown *store.UnknownLessonError
	switch {
	case errors.As(err, &e):
	case errors.As(err, &unknown):
		e = reply.NewError("unknown_lesson", "There is no lesson "+quoted(unknown.Lesson)+" in this course. Drop the event "+unknown.Event+" and send the others again.")
		e.Event = unknown.Event
	case errors.Is(err, store.ErrFull):
		e = reply.NewError("too_many_events", "This learner has all the events that are kept for one. What was sent before is safe; new events are not taken.")
	case errors.Is(err, context.Canceled):
		return // nobody is listening any more
	default:
		id := reply.RequestID(r.Context())
		a.log.Error("request failed", "id", id, "path", r.URL.Path, "error", err)
		e = reply.NewError("internal", "The server could not do this. Nothing was lost; try again in a moment. In the log it is "+id+".")
	}
	reply.Refuse(w, r, e)
}

func (a *API) health(w http.ResponseWriter, r *http.Request) error {
	ctx, cancel := context.WithTimeout(r.Context(), 2*time.Second)
	defer cancel()
	if err := a.store.Ready(ctx); err != nil {
		a.log.Error("database does not answer", "error", err)
		return reply.NewError("not_ready", "The database does not answer.")
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	_, err := w.Write([]byte("ok\n"))
	return err
}

func (a *API) course(w http.ResponseWriter, r *http.Request) error {
	t, err := a.store.CourseText(r.Context())
	if errors.Is(err, store.ErrNotFound) {
		return reply.NewError("not_ready", "The server has no course yet. Try again in a moment.")
	}
	if err != nil {
		return err
	}
	a.serve(w, r, "course", t)
	return nil
}

func (a *API) lesson(w http.ResponseWriter, r *http.Request) error {
	slug := r.PathValue("slug")
	t, err := a.store.LessonText(r.Context(), slug)
	if errors.Is(err, store.ErrNotFound) {
		return reply.NewError("not_found", "There is no lesson "+quoted(slug)+". The course map at / lists them all.")
	}
	if err != nil {
		return err
	}
	a.serve(w, r, slug, t)
	return nil
}

func (a *API) templates(w http.ResponseWriter, r *http.Request) error {
	if a.starts.JSON == nil {
		return reply.NewError("not_found", "This server has no templates.")
	}
	a.serve(w, r, "templates", a.starts)
	return nil
}

// serve answers with a text of the store, whose compressed form is made once.
func (a *API) serve(w http.ResponseWriter, r *http.Request, name string, t store.Text) {
	key := name + "@" + t.Hash
	body, ok := a.kept.Load(key)
	if !ok {
		body, _ = a.kept.LoadOrStore(key, reply.NewBody("application/json", t.Hash, t.JSON))
	}
	body.(*reply.Body).Serve(w, r, http.StatusOK)
}
