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
// "#calculate" opens the calculators there. Else the fragment says which lab: "#start=rush-hour", "#lab=hot-shard", "#s=…" for a lab that somebody shared. At "/embed" the bench
// stands alone, to be framed by another page.
type Sandbox struct {
	app.Compo
	house
	src   Source
	alone bool
	set   model.Embed // how it stands in another page
	link  string      // a lab that somebody shared
	drop  func()
	at    string // the fragment shown
	state model.Fetched
	place view.Place
	lab   json.RawMessage
	key   string // of the run on this device
	wire  *Wire

	templates []block.Template
	picking   bool // the picker of templates is open
}

// calculator is the calculator that a fragment opens, and whether it opens one.
func calculator(fragment string) (id string, ok bool) {
	rest, ok := strings.CutPrefix(fragment, "calculate")
	id, named := strings.CutPrefix(rest, "=")
	return id, ok && (named || rest == "")
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
		s.hear(ctx)
	}
	if _, fragment := link.Path(); fragment != s.at && (fragment == "" || names(fragment)) {
		s.open(fragment)
		s.hear(ctx)
	}
	if s.state == model.Awaited {
		s.fetch(ctx)
	}
}

// OnAppUpdate offers the new build.
func (s *Sandbox) OnAppUpdate(app.Context) { s.update = true }

// OnDismount stops listening.
func (s *Sandbox) OnDismount() {
	if s.drop != nil {
		s.drop()
	}
	s.leave()
}

// names says whether a fragment names a lab, were it one that is not there; the others are places on the page.
func names(fragment string) bool { return fragment != "" && fragment != mainPlace }

// mainPlace is where the link over the header leads.
const mainPlace = "main"

// open begins what a fragment names.
func (s *Sandbox) open(fragment string) {
	s.at, s.wire, s.picking = fragment, NewWire(s.device), false
	if _, ok := calculator(fragment); ok && !s.alone {
		s.place, s.lab, s.link, s.state = view.Place{}, nil, "", model.Here
		return
	}
	f, ok := model.ParseFragment(fragment)
	s.set, s.link = f.Embed, f.Link
	if s.alone && f.Embed.Theme != "" {
		link.Dress(f.Embed.Theme)
	}
	switch {
	case f.File:
		s.place, s.lab, s.state = view.Place{}, nil, model.Awaited
		return
	case f.Link != "":
		s.place, s.key, s.state = view.Place{Shared: true, Title: "A shared lab"}, keyOfLink(f.Link), model.Here
		return
	case isSlug(f.Lesson):
		s.place, s.lab, s.state = view.Place{Lesson: f.Lesson}, nil, model.Awaited
		if r, ok := s.src.(ready); ok {
			if l, ok := r.ReadyLesson(f.Lesson); ok {
				s.show(l.Title, l.Lab)
			}
		}
		return
	case !ok && names(fragment):
		s.place, s.lab, s.state = view.Place{}, nil, model.Unknown
		return
	}
	if r, ok := s.src.(ready); ok && s.templates == nil {
		s.templates, _ = r.ReadyTemplates()
	}
	s.place, s.lab, s.state = view.Place{Start: f.Start}, nil, model.Awaited
	if s.templates != nil {
		s.begin()
	}
}

// firstTemplate is what the sandbox opens with when its address names none.
const firstTemplate = "steady"

// begin begins the template that the address names.
func (s *Sandbox) begin() {
	slug := s.place.Start
	if slug == "" {
		slug = firstTemplate
	}
	i := slices.IndexFunc(s.templates, func(t block.Template) bool { return t.Slug == slug })
	if i < 0 {
		s.place, s.state = view.Place{}, model.Unknown
		return
	}
	t := s.templates[i]
	s.place = view.Place{Start: t.Slug, Title: t.Title, Blurb: t.Blurb, Look: t.Look}
	s.lab, s.key, s.state = t.Lab, "lab:start-"+t.Slug, model.Here
}

// hear listens to what the bench says of a lab that somebody shared: when it is that of a lesson, the page says of which.
func (s *Sandbox) hear(ctx app.Context) {
	if s.drop != nil {
		s.drop()
		s.drop = nil
	}
	if s.link == "" {
		return
	}
	at := s.at
	s.drop = s.wire.Watch(func(n News) {
		name := n.Shared.Name
		ctx.Async(func() {
			course, _ := s.src.Course(context.Background()) // without it, it is a lab like any other
			ctx.Dispatch(func(app.Context) {
				if at != s.at {
					return
				}
				s.place.Title, s.place.Code = name, n.Shared.Code
				for _, m := range course.Modules {
					for _, l := range m.Lessons {
						if l.Slug == name {
							s.place.Title, s.place.Of = l.Title, name
						}
					}
				}
			})
		})
	}, NewsShared)
}

// fetchFile takes the lab that was opened from a file, which this device has kept.
func (s *Sandbox) fetchFile(ctx app.Context) {
	at := s.at
	s.device.Run(fileKey, func(text string) {
		ctx.Dispatch(func(app.Context) {
			if at != s.at {
				return
			}
			if s.state = model.Unknown; text != "" {
				s.link, s.state = text, model.Here
				s.place, s.key = view.Place{Shared: true, Title: "A lab from a file"}, keyOfLink(text)
				s.hear(ctx)
			}
		})
	})
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
	if f, _ := model.ParseFragment(at); f.File {
		s.fetchFile(ctx)
		return
	}
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
	head := s.head("/lab", true, s.wire, s)
	switch s.state {
	case model.Awaited:
		return view.Shell(head, view.LoadingPage("The lab is on its way."))
	case model.Unknown:
		return view.Shell(head, view.Notice{Title: "There is no such lab", Lab: true, To: s,
			Words: "The address names a lesson or a template that there is not, or its end was lost or changed on the way here. The lab itself is open to you."}.Draw())
	case model.Lost:
		return view.Shell(head, view.Notice{Title: "The lab did not come", Retry: true, To: s,
			Words: "The server cannot be reached, and this device has no copy of it yet."}.Draw())
	}
	if id, ok := calculator(s.at); ok && !s.alone {
		return view.Shell(head, &Calculators{Device: s.device, ID: id})
	}
	bench := benchSlot(&Bench{Lab: s.lab, Link: s.link, Slug: s.key, Full: true, Wire: s.wire, Alone: s.alone, Set: s.set})
	if s.alone {
		return view.EmbedShell(s.place, s.at, bench)
	}
	return view.Shell(head, app.Div().Class("sandbox").Body(
		view.SandboxBar(s.place, s.templates, s.picking, s),
		bench,
	))
}
