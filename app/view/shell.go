package view

import (
	"github.com/maxence-charriere/go-app/v9/pkg/app"
)

// A Sender takes what the learner does to the page. Views hold it instead of functions: a pointer that stays the same
// lets go-app see that nothing else has changed, where a function would always be drawn again.
type Sender interface {
	Send(ctx app.Context, message any)
}

// Messages of the shell, beside those of package model.
type (
	// SkipToContent moves the focus past the header.
	SkipToContent struct{}
	// LoadNewVersion reloads the page for a new build.
	LoadNewVersion struct{}
	// TryAgain fetches again what did not come.
	TryAgain struct{}
)

// A Head is what the shell shows around a page.
type Head struct {
	Here   string // the path of the area the page belongs to: "/", "/lab", "/settings"
	Wide   bool   // the page fills the window and scrolls inside
	Update bool   // a new build is there
	Saved  app.UI // where the progress is; nil leaves it out
	Find   app.UI // the palette; nil leaves it out
	To     Sender
}

// Shell frames a page: skip link, header, the page's main part.
func Shell(h Head, main ...app.UI) app.UI {
	class := "app"
	if h.Wide {
		class += " wide"
	}
	body := []app.UI{
		app.A().Class("skip").Href("#main").Text("Skip to the content").OnClick(func(ctx app.Context, e app.Event) {
			e.PreventDefault()
			h.To.Send(ctx, SkipToContent{})
		}),
		header(h),
	}
	// The notice has its place also when it is empty: go-app matches children by their place, and a place more would mount
	// the page below it anew, lab included.
	var update []app.UI
	if h.Update {
		update = []app.UI{
			app.Span().Text("A new version of Shardlab is ready. Your lab and your progress are kept."),
			app.Button().Type("button").Class("btn small").Text("Reload").OnClick(func(ctx app.Context, _ app.Event) {
				h.To.Send(ctx, LoadNewVersion{})
			}),
		}
	}
	body = append(body, app.Div().Class("update").Role("status").Body(update...))
	body = append(body, app.Main().ID("main").TabIndex(-1).Body(main...))
	return app.Div().Class(class).Body(body...)
}

func header(h Head) app.UI {
	link := func(path, icon, words string) app.UI {
		a := app.A().Class("nav-link").Href(path)
		if h.Here == path {
			a = a.Aria("current", "page")
		}
		return a.Body(Icon(icon), app.Span().Text(words))
	}
	row := []app.UI{
		app.A().Class("brand").Href("/").Aria("label", "Shardlab, the course").Body(mark(), app.Span().Text("Shardlab")),
		app.Nav().Aria("label", "Areas").Body(
			link("/", "map", "Course"),
			link("/lab", "flask-conical", "Lab"),
			link("/settings", "settings-2", "Settings"),
		),
	}
	if h.Find != nil {
		row = append(row, h.Find)
	}
	if h.Saved != nil {
		row = append(row, h.Saved)
	}
	return app.Header().Class("head").Body(row...)
}

// mark is the sign of the house, as on the icon: the hash ring cut into four shards, the hot one pulled out.
func mark() app.UI {
	return app.Raw(`<svg class="brand-mark" viewBox="0 0 100 100" aria-hidden="true" focusable="false">` +
		`<path class="hot" d="M58.09 12.88A33.5 33.5 0 0 1 87.12 41.91"></path><path d="M83.24 54.20A33.5 33.5 0 0 1 41.67 82.45"></path>` +
		`<path d="M33.86 79.36A33.5 33.5 0 0 1 16.57 47.90"></path><path d="M18.14 39.65A33.5 33.5 0 0 1 45.80 16.76"></path>` +
		`<circle cx="50" cy="50" r="6.8"></circle></svg>`)
}

// SavedState says where the progress is. The live region is polite: it speaks when the place changes, not at every step.
func SavedState(words string, offline bool) app.UI {
	icon := "check"
	switch {
	case words == "":
		return app.Div().Class("saved").Role("status")
	case offline:
		icon = "cloud-off"
	}
	return app.Div().Class("saved").Role("status").Title(words).Body(Icon(icon), app.Span().Text(words))
}
