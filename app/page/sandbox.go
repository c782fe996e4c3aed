package page

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"

	"github.com/maxence-charriere/go-app/v9/pkg/app"

	"shardlab/app/link"
	"shardlab/app/model"
	"shardlab/app/view"
	"shardlab/lessons/block"
)

// Sandbox is the page at "/lab": the bench over the whole width, on a template or on a lesson's lab.
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

	templates []block.Template
	picking   bool // the picker of templates is open
}

// OnInit shows the template, or the lesson, when it is here.
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
	s.at, s.wire, s.picking = fragment, NewWire(s.device), false
	if slug, ok := strings.CutPrefix(fragment, "lab="); ok && isSlug(slug) {
		s.place, s.lab, s.state = view.Place{Lesson: slug}, nil, model.Awaited
		if r, ok := s.src.(ready); ok {
			if l, ok := r.ReadyLesson(slug); ok {
				s.show(l.Title, l.Lab)
			}
		}
		return
	}
	if r, ok := s.src.(ready); ok && s.templates == nil {
		s.templates, _ = r.ReadyTemplates()
	}
	s.place, s.lab, s.state = view.Place{Start: strings.TrimPrefix(fragment, "start=")}, nil, model.Awaited
	if s.templates != nil {
		s.begin()
	}
}

// firstTemplate is what the sandbox opens with when its address names none.
const firstTemplate = "steady"

// begin begins the template that the address names.
func (s *Sandbox) begin() {
	slug := s.place.Start
	if !names(s.at) {
		slug = firstTemplate
	}
	i := slices.IndexFunc(s.templates, func(t block.Template) bool { return t.Slug == slug })
	if i < 0 || names(s.at) && slug == s.at {
		s.place, s.state = view.Place{}, model.Unknown
		return
	}
	t := s.templates[i]
	s.place = view.Place{Start: t.Slug, Title: t.Title, Blurb: t.Blurb, Look: t.Look}
	s.lab, s.key, s.state = t.Lab, "lab:start-"+t.Slug, model.Here
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
	if slug == "" {
		s.fetchTemplates(ctx)
		return
	}
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

func (s *Sandbox) fetchTemplates(ctx app.Context) {
	ctx.Async(func() {
		all, err := s.src.Templates(context.Background())
		ctx.Dispatch(func(app.Context) {
			if err == nil {
				s.templates = all
			}
			switch {
			case s.place.Lesson != "" || s.state != model.Awaited: // they were wanted for the picker
			case err != nil:
				s.state = model.Lost
			default:
				s.begin()
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
	case view.ToggleTemplates:
		if s.picking = !s.picking; !s.picking {
			s.ctx.Defer(func(app.Context) {
				if open := app.Window().Get("document").Call("querySelector", ".templates-open"); open.Truthy() {
					open.Call("focus")
				}
			})
		} else if s.templates == nil {
			s.fetchTemplates(s.ctx)
		}
	case view.TryAgain:
		s.fetch(s.ctx) // not by the button's context: the button goes with the notice
	}
}

// Render draws the page.
func (s *Sandbox) Render() app.UI {
	head := s.head("/lab", true, s)
	switch s.state {
	case model.Awaited:
		return view.Shell(head, view.LoadingPage("The lab is on its way."))
	case model.Unknown:
		return view.Shell(head, view.Notice{Title: "There is no such lab", To: s,
			Words: "The address names a lesson or a template that there is not, or its end was lost or changed on the way here. The lab itself is open to you."}.Draw())
	case model.Lost:
		return view.Shell(head, view.Notice{Title: "The lab did not come", Retry: true, To: s,
			Words: "The server cannot be reached, and this device has no copy of it yet."}.Draw())
	}
	return view.Shell(head, app.Div().Class("sandbox").Body(
		view.SandboxBar(s.place, s.templates, s.picking, s),
		benchSlot(&Bench{Lab: s.lab, Slug: s.key, Full: true, Wire: s.wire}),
	))
}
