package page

import (
	"context"
	"encoding/json"
	"errors"
	"strings"

	"github.com/maxence-charriere/go-app/v9/pkg/app"

	"shardlab/app/link"
	"shardlab/app/model"
	"shardlab/app/view"
)

// Sandbox is the page at "/lab": the bench over the whole width, on one of a few starting points or on a lesson's lab.
// The fragment says which: "#start=rush-hour", "#lab=hot-shard".
type Sandbox struct {
	app.Compo
	house
	src   Source
	at    string // the fragment shown
	state model.Fetched
	place view.Place
	lab   json.RawMessage
	key   string // of the run on this device
	wire  *Wire
}

// OnInit shows the starting point, or the lesson when it is here.
func (s *Sandbox) OnInit() {
	_, fragment := link.Path()
	s.open(fragment)
}

// OnPreRender names the page.
func (s *Sandbox) OnPreRender(ctx app.Context) { describe(ctx, "Lab", description) }

// OnNav follows the fragment.
func (s *Sandbox) OnNav(ctx app.Context) {
	if s.turn(ctx) {
		describe(ctx, "Lab", description)
	}
	if _, fragment := link.Path(); fragment != s.at && (fragment == "" || names(fragment)) {
		s.open(fragment)
	}
	if s.state == model.Awaited {
		s.fetch(ctx)
	}
}

// OnAppUpdate offers the new build.
func (s *Sandbox) OnAppUpdate(app.Context) { s.update = true }

// OnDismount stops listening.
func (s *Sandbox) OnDismount() { s.leave() }

// names says whether a fragment names a lab, were it one that is not there; the others are places on the page.
func names(fragment string) bool { return fragment != "" && fragment != mainPlace }

// mainPlace is where the link over the header leads.
const mainPlace = "main"

// open begins what a fragment names.
func (s *Sandbox) open(fragment string) {
	s.at, s.wire = fragment, NewWire(s.device)
	if slug, ok := strings.CutPrefix(fragment, "lab="); ok && isSlug(slug) {
		s.place, s.lab, s.state = view.Place{Lesson: slug}, nil, model.Awaited
		if r, ok := s.src.(ready); ok {
			if l, ok := r.ReadyLesson(slug); ok {
				s.show(l.Title, l.Lab)
			}
		}
		return
	}
	slug := strings.TrimPrefix(fragment, "start=")
	start := model.FindStart(slug)
	if names(fragment) && (slug == fragment || slug != start.Slug) {
		s.place, s.lab, s.state = view.Place{}, nil, model.Unknown
		return
	}
	s.place = view.Place{Start: start.Slug, Title: start.Title, Blurb: start.Blurb}
	s.lab, s.key, s.state = start.Lab, "lab:start-"+start.Slug, model.Here
}

func (s *Sandbox) show(title string, lab json.RawMessage) {
	s.place.Title, s.lab, s.key, s.state = title, lab, "lab:"+s.place.Lesson, model.Here
	if len(lab) == 0 {
		s.state = model.Unknown
	}
}

func (s *Sandbox) fetch(ctx app.Context) {
	at, slug := s.at, s.place.Lesson
	s.state = model.Awaited
	ctx.Async(func() {
		l, err := s.src.Lesson(context.Background(), slug)
		ctx.Dispatch(func(app.Context) {
			switch {
			case at != s.at:
			case errors.Is(err, ErrNotFound):
				s.state = model.Unknown
			case err != nil:
				s.state = model.Lost
			default:
				s.show(l.Title, l.Lab)
			}
		})
	})
}

// Send takes what the learner does.
func (s *Sandbox) Send(_ app.Context, message any) {
	if s.common(message) {
		return
	}
	switch message.(type) {
	case view.TryAgain:
		s.fetch(s.ctx) // not by the button's context: the button goes with the notice
	}
}

// Render draws the page.
func (s *Sandbox) Render() app.UI {
	head := s.head("/lab", true, s)
	switch s.state {
	case model.Awaited:
		return view.Shell(head, view.LoadingPage("The lab of the lesson is on its way."))
	case model.Unknown:
		return view.Shell(head, view.Notice{Title: "There is no such lab", To: s,
			Words: "The address names a lesson that the course does not have, or its end was lost or changed on the way here. The lab itself is open to you."}.Draw())
	case model.Lost:
		return view.Shell(head, view.Notice{Title: "The lesson's lab did not come", Retry: true, To: s,
			Words: "The server cannot be reached, and this device has no copy of the lesson yet. The starting points of the lab work without it."}.Draw())
	}
	var starts []view.Place
	for _, one := range model.Starts() {
		starts = append(starts, view.Place{Start: one.Slug, Title: one.Title, Blurb: one.Blurb})
	}
	return view.Shell(head, app.Div().Class("sandbox").Body(
		view.SandboxBar(s.place, starts),
		benchSlot(&Bench{Lab: s.lab, Slug: s.key, Full: true, Wire: s.wire}),
	))
}
