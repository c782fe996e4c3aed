// Package page has one component for every address: it fetches what the page shows, keeps the model, and frames the views.
// The same components draw the first HTML answer on the server, where nothing is clicked and no engine runs.
package page

import (
	"context"
	"strings"

	"github.com/maxence-charriere/go-app/v9/pkg/app"

	"shardlab/app/link"
	"shardlab/app/view"
	"shardlab/lessons/block"
)

// ErrNotFound is what a Source answers for a lesson that the course does not have.
var ErrNotFound = link.ErrNotFound

// A Source knows the course. On the server it is the store, in the browser the device: the page's own data first, then
// the server, then what the service worker kept.
type Source interface {
	Course(ctx context.Context) (block.Course, error)
	Lesson(ctx context.Context, slug string) (block.Lesson, error)
	Templates(ctx context.Context) ([]block.Template, error) // of the sandbox
}

// ready is a Source that may have the course, a lesson or the templates at once, so that the first drawing shows it.
type ready interface {
	ReadyCourse() (block.Course, bool)
	ReadyLesson(slug string) (block.Lesson, bool)
	ReadyTemplates() ([]block.Template, bool)
}

const lessonPath = "/lessons/"

// Routes puts every page at its address. A Source that also has Asset(name) says where the icons are.
func Routes(src Source) {
	device, ok := src.(*link.Device)
	if !ok {
		device = link.Inert()
	}
	if a, ok := src.(interface{ Asset(string) string }); ok {
		view.UseSprite(a.Asset("icons.svg"))
	}
	app.RouteFunc("/", func() app.Composer { return &Course{src: src, house: house{device: device}} })
	app.RouteFunc("/lab", func() app.Composer { return &Sandbox{src: src, house: house{device: device}} })
	app.RouteFunc("/embed", func() app.Composer { return &Sandbox{src: src, alone: true, house: house{device: device}} })
	app.RouteFunc("/settings", func() app.Composer { return &Settings{house: house{device: device}} })
	app.RouteWithRegexpFunc("^"+lessonPath+"[a-z0-9-]+$", func() app.Composer { return &Lesson{src: src, house: house{device: device}} })
	app.RouteWithRegexpFunc("^/.*$", func() app.Composer { return &Missing{house: house{device: device}} })
}

// Exists says whether a path is one of ours. A lesson's path may still name a lesson that the course does not have.
func Exists(path string) bool {
	switch path {
	case "/", "/lab", "/embed", "/settings":
		return true
	}
	slug, ok := strings.CutPrefix(path, lessonPath)
	return ok && isSlug(slug)
}

func isSlug(s string) bool {
	for _, c := range s {
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' {
			return false
		}
	}
	return s != ""
}

// slugOf is the lesson a path names.
func slugOf(path string) string {
	slug, _ := strings.CutPrefix(path, lessonPath)
	return slug
}
