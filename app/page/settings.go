package page

import (
	"github.com/maxence-charriere/go-app/v9/pkg/app"

	"shardlab/app/link"
	"shardlab/app/view"
)

// Settings is the page at "/settings".
type Settings struct {
	app.Compo
	house
}

// OnPreRender names the page.
func (s *Settings) OnPreRender(ctx app.Context) { describe(ctx, "Settings", description) }

// OnMount listens for progress.
func (s *Settings) OnMount(ctx app.Context) {
	s.until(s.device.Watch(func() { ctx.Dispatch(func(app.Context) {}) }))
}

// OnNav names the page.
func (s *Settings) OnNav(ctx app.Context) {
	if s.turn(ctx) {
		describe(ctx, "Settings", description)
	}
}

// OnAppUpdate offers the new build.
func (s *Settings) OnAppUpdate(app.Context) { s.update = true }

// OnDismount stops listening.
func (s *Settings) OnDismount() { s.leave() }

// Send takes what the learner does.
func (s *Settings) Send(_ app.Context, message any) {
	if s.common(message) {
		return
	}
	chosen := s.device.Settings()
	switch m := message.(type) {
	case view.PickTheme:
		chosen.Theme = m.Theme
		s.device.Choose(chosen)
	case view.PickMotion:
		chosen.Motion = m.Motion
		s.device.Choose(chosen)
	case view.PickKeys:
		chosen.NoKeys = !m.On
		s.device.Choose(chosen)
	case view.ExportProgress:
		link.Download("shardlab-progress.json", "application/json", []byte(s.device.Export()))
	}
}

// Render draws the page.
func (s *Settings) Render() app.UI {
	d := s.device
	return view.Shell(s.head("/settings", false, nil, s), view.SettingsPage(d.Settings(), view.Facts{
		Saved:   d.Saved().Words(),
		Events:  d.Progress().Len(),
		Learner: d.Learner(),
		Offline: d.OfflineReady(),
		Version: d.Version(),
	}, s))
}
