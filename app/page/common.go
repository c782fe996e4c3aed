package page

import (
	"github.com/maxence-charriere/go-app/v9/pkg/app"

	"shardlab/app/link"
	"shardlab/app/model"
	"shardlab/app/view"
)

// house is what every page has: the device, and whether a new build is ready.
type house struct {
	device *link.Device
	update bool
	path   string // of the last navigation, so that a new fragment alone does not count as a new page
	stops  []func()
	ctx    app.Context // of the page itself: what is deferred through an element dies with it
}

// drawn does something once what has changed is on the page.
func (h *house) drawn(do func()) {
	if h.ctx != nil {
		h.ctx.Defer(func(app.Context) { do() })
	}
}

// until keeps what is to be stopped when the page is left.
func (h *house) until(stop func()) { h.stops = append(h.stops, stop) }

func (h *house) leave() {
	for _, stop := range h.stops {
		stop()
	}
	h.stops = nil
}

// turn says whether the address is another page than before; where it was reached by a link inside the page, the view
// starts at the top and the focus goes to the title.
func (h *house) turn(ctx app.Context) bool {
	h.ctx = ctx
	path := ctx.Page().URL().Path
	if path == h.path {
		return false
	}
	h.path = path
	if h.device.Turn() {
		place := ctx.Page().URL().Fragment
		h.drawn(func() {
			if place == "" { // else go-app has scrolled there already
				link.ScrollUp()
			}
			link.Focus("title")
		})
	}
	return true
}

// head is the shell of a page; wire leads to its bench, nil when it has none.
func (h *house) head(here string, wide bool, wire *Wire, to view.Sender) view.Head {
	return view.Head{Here: here, Wide: wide, Update: h.update, Saved: &saved{Device: h.device}, Find: &commands{Device: h.device, Wire: wire}, To: to}
}

// common does what the shell of every page asks for, and says whether it was that.
func (h *house) common(message any) bool {
	switch message.(type) {
	case view.SkipToContent:
		link.Focus("main")
	case view.LoadNewVersion:
		link.Reload()
	default:
		return false
	}
	return true
}

// describe puts title and description on the page; for a search engine as for a tab.
func describe(ctx app.Context, title, words string) {
	if title == "" {
		title = "Shardlab: learn Amazon Kinesis by running it"
	} else {
		title += " · Shardlab"
	}
	ctx.Page().SetTitle(title)
	if words != "" {
		ctx.Page().SetDescription(words)
	}
}

const description = "A browser lab for learning Amazon Kinesis: a real stream engine runs inside the page, and the lessons stand beside it."

// saved says in the header where the progress is. It is a component of its own, so that a step recorded anywhere redraws
// these few words and nothing else.
type saved struct {
	app.Compo
	Device *link.Device
	stop   func()
	words  model.Saved
}

func (s *saved) OnMount(ctx app.Context) {
	s.words = s.Device.Saved()
	s.stop = s.Device.Watch(func() {
		ctx.Dispatch(func(app.Context) { s.words = s.Device.Saved() })
	})
}

func (s *saved) OnDismount() {
	if s.stop != nil {
		s.stop()
	}
}

func (s *saved) Render() app.UI {
	return view.SavedState(s.words.Words(), s.words == model.Offline)
}
