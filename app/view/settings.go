package view

import (
	"fmt"

	"github.com/maxence-charriere/go-app/v9/pkg/app"

	"shardlab/app/model"
)

// Messages of the settings.
type (
	// PickTheme chooses light, dark or the system's.
	PickTheme struct{ Theme string }
	// PickMotion chooses full, reduced or the system's.
	PickMotion struct{ Motion string }
	// PickKeys lets single keys act, or not.
	PickKeys struct{ On bool }
	// ExportProgress hands the learner all that is known of them.
	ExportProgress struct{}
)

// Facts are what the settings page says beside the choices.
type Facts struct {
	Saved   string
	Events  int
	Learner string
	Offline string // "ready", "installing", "unavailable"
	Version string
}

// SettingsPage draws the settings.
func SettingsPage(s model.Settings, f Facts, to Sender) app.UI {
	if f.Saved == "" {
		f.Saved = "Nothing to save yet"
	}
	progress := []app.UI{
		fact("Where it is", app.Text(f.Saved)),
		fact("Steps recorded", app.Span().Class("num").Text(fmt.Sprint(f.Events))),
	}
	learner := "None yet: one is made with the first step you take."
	if f.Learner != "" {
		learner = f.Learner
		progress = append(progress, fact("Learner", app.Code().Text(learner)))
	} else {
		progress = append(progress, fact("Learner", app.Text(learner)))
	}
	offline := map[string]string{
		"ready":       "Ready. What you have opened works without a network, lab included.",
		"installing":  "Being prepared. Reload once and this page works without a network.",
		"unavailable": "Not available here: the browser offers it only over https or on this machine.",
	}[f.Offline]
	version := f.Version
	if version == "" {
		version = "unknown"
	}
	return app.Div().Class("settings").Body(
		app.H1().ID("title").TabIndex(-1).Text("Settings"),
		section("Appearance",
			segmented("Theme", "theme", s.Theme, []segment{{model.System, "System", "monitor"}, {model.Light, "Light", "sun"}, {model.Dark, "Dark", "moon"}},
				func(ctx app.Context, v string) { to.Send(ctx, PickTheme{v}) }),
			segmented("Motion", "motion", s.Motion, []segment{{model.System, "System", "monitor"}, {model.Full, "Full", "play"}, {model.Reduced, "Reduced", "pause"}},
				func(ctx app.Context, v string) { to.Send(ctx, PickMotion{v}) }),
			segmented("Single keys", "keys", map[bool]string{true: "off", false: "on"}[s.NoKeys], []segment{{"on", "On", "keyboard"}, {"off", "Off", "ban"}},
				func(ctx app.Context, v string) { to.Send(ctx, PickKeys{v == "on"}) }),
			app.P().Class("aside").Text("Single keys act where nothing is being typed; the question mark shows them all. Turn them off when they get in your way, as with speech input. Ctrl+K stays."),
			app.P().Class("aside").Text("Reduced motion stops the moving records and shows counts instead. Nothing is lost by it."),
		),
		section("Progress",
			app.Dl().Class("known").Body(progress...),
			app.Div().Class("deeds").Body(
				app.Button().Type("button").Class("btn").Disabled(f.Events == 0).Body(Icon("download"), app.Text("Export as JSON")).
					OnClick(func(ctx app.Context, _ app.Event) { to.Send(ctx, ExportProgress{}) }),
			),
			app.P().Class("aside").Text("Every step is kept on this device first and sent to this server when it can be reached. Other devices of the same learner are merged, never overwritten."),
		),
		section("Without a network", app.P().Text(offline)),
		section("About",
			app.P().Text("Shardlab is a lab for learning Amazon Kinesis. The stream engine is written in Go, compiled to WebAssembly, and runs in this page in virtual time: a minute can take a second, and every run can be played back."),
			app.P().Class("aside").Text("Shardlab is not affiliated with Amazon Web Services. Names of its services are used to say what is being taught."),
			app.Dl().Class("known").Body(fact("Version", app.Code().Text(version))),
		),
	)
}

func section(title string, body ...app.UI) app.UI {
	return app.Section().Class("card").Body(append([]app.UI{app.H2().Text(title)}, body...)...)
}

func fact(name string, value app.UI) app.UI {
	return app.Div().Body(app.Dt().Text(name), app.Dd().Body(value))
}

type segment struct{ value, words, icon string }

// segmented draws one of a few as a row of radio buttons.
func segmented(title, name, now string, options []segment, pick func(app.Context, string)) app.UI {
	row := make([]app.UI, 0, len(options))
	for _, o := range options {
		id := name + "-" + o.value
		row = append(row, app.Label().For(id).Body(
			app.Input().Type("radio").Class("visually-hidden").Name(name).ID(id).Checked(now == o.value).
				OnChange(func(ctx app.Context, _ app.Event) { pick(ctx, o.value) }, id),
			app.Span().Class("segment").Body(Icon(o.icon), app.Span().Text(o.words)),
		))
	}
	return app.FieldSet().Class("choice").Body(app.Legend().Text(title), app.Div().Class("segments").Body(row...))
}
