package page

import (
	"github.com/maxence-charriere/go-app/v9/pkg/app"

	"shardlab/app/view"
)

// Missing is the page of every address that is none of ours.
type Missing struct {
	app.Compo
	house
}

// OnPreRender names the page.
func (m *Missing) OnPreRender(ctx app.Context) { describe(ctx, "Not found", description) }

// OnNav names the page.
func (m *Missing) OnNav(ctx app.Context) {
	if m.turn(ctx) {
		describe(ctx, "Not found", description)
	}
}

// Send takes what the learner does.
func (m *Missing) Send(_ app.Context, message any) { m.common(message) }

// Render draws the page.
func (m *Missing) Render() app.UI {
	return view.Shell(m.head("", false, nil, m), view.Notice{Title: "There is no such page", To: m,
		Words: "The address names nothing here. Lessons keep their addresses for ever, so the link may have lost a letter."}.Draw())
}
