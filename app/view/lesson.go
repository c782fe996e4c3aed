package view

import (
	"fmt"

	"github.com/maxence-charriere/go-app/v9/pkg/app"

	"shardlab/app/model"
	"shardlab/lessons/block"
)

// TakeToSandbox is the message that opens the lab as it stands in the sandbox.
type TakeToSandbox struct{}

// A Run draws the button that runs the lab to its deciding moment, and what to see there once it is reached.
type Run struct {
	app.Compo
	Block string
	To    Sender
	R     block.RunTo
	Piece model.Piece
	Lab   string // how far the lab is; "failed" takes the button away
	Said  string // the prediction this run decides, as HTML
	Right bool
}

// Render draws the block.
func (r *Run) Render() app.UI {
	running := r.Piece.Run == model.Running
	label := r.R.Label
	class, icon := "btn primary", "play"
	if r.Piece.Run == model.Reached {
		class, icon, label = "btn", "rotate-cw", "Run again"
	}
	button := app.Button().Type("button").Class(class).Disabled(running || r.Lab == "failed").OnClick(r.run)
	if running {
		words := "Running"
		if r.Lab != "ready" {
			words = "Starting the lab"
		}
		button = button.Aria("busy", "true").Body(app.Span().Class("spinner"), app.Text(words))
	} else {
		button = button.Body(Icon(icon), app.Text(label))
	}
	return app.Section().ID("b-"+r.Block).Class("run").DataSet("state", [...]string{"idle", "running", "reached", "missed"}[r.Piece.Run]).
		Aria("label", Attr(r.R.Label)).Body(
		app.Div().Class("deeds").Body(button),
		app.Div().Class("result").Aria("live", "polite").Body(r.result()...),
	)
}

func (r *Run) run(ctx app.Context, _ app.Event) {
	r.To.Send(ctx, model.StartRun{Block: r.Block})
}

func (r *Run) result() []app.UI {
	switch {
	case r.Lab == "failed":
		return []app.UI{Note("hot", "circle-alert", app.Text("The lab did not start, so nothing can run. The lab says why, and how to try again."))}
	case r.Piece.Run == model.NotReached:
		return []app.UI{Note("warn", "circle-alert", app.Text(r.Piece.Words))}
	case r.Piece.Run != model.Reached:
		return nil
	}
	var all []app.UI
	if r.Piece.Words != "" {
		all = append(all, app.P().Class("reached").Body(Icon("flag"), app.Span().Text(r.Piece.Words)))
	}
	if r.Said != "" {
		kind := ""
		if r.Right {
			kind = "ok"
		}
		all = append(all, app.Div().Class("said "+kind).Body(app.Span().Class("said-kind").Text("You said"), Raw("span", "", r.Said)))
	}
	if r.R.HTML != "" {
		all = append(all, Raw("div", "saw", r.R.HTML))
	}
	return all
}

// Try draws a console line that can be typed by one press.
func Try(id string, t block.TryLine, to Sender) app.UI {
	body := []app.UI{consoleLine(to, id, "try", t.Line)}
	if t.HTML != "" {
		body = append(body, Raw("div", "look-for", t.HTML))
	}
	return app.Section().ID("b-"+id).Class("try-it").Aria("label", "Try it").Body(body...)
}

// LessonHead draws where the learner is: chapter and place, title, and how much of the lesson is done.
func LessonHead(l block.Lesson, steps []bool) app.UI {
	done := 0
	dots := make([]app.UI, 0, len(steps))
	for _, ok := range steps {
		state := "open"
		if ok {
			state = "done"
			done++
		}
		dots = append(dots, app.Span().DataSet("state", state))
	}
	crumb := fmt.Sprintf("%d of %d", l.Place, l.Of)
	body := []app.UI{
		app.P().Class("crumb").Body(
			app.A().Href("/#"+l.Module).Text(l.Chapter),
			app.Span().Text(crumb), app.Span().Text(fmt.Sprintf("about %d min", l.Minutes)),
		),
		app.H1().ID("title").TabIndex(-1).Text(l.Title),
	}
	if len(steps) > 0 {
		body = append(body, app.Div().Class("steps").Role("img").
			Aria("label", fmt.Sprintf("%d of %d steps of this lesson are done", done, len(steps))).Body(dots...))
	}
	return app.Div().Class("lesson-head").Body(body...)
}

// LessonEnd draws what comes after the last block: that it is finished, where to go on, and the way to the sandbox.
func LessonEnd(l block.Lesson, finished bool, done, all int, to Sender) app.UI {
	body := []app.UI{app.Div().Class("result").Aria("live", "polite").Body(ended(finished, done, all)...)}
	onward := app.A().Class("btn large primary").Href("/").Body(app.Span().Text("Back to the course"), Icon("arrow-right"))
	if l.Next != "" {
		onward = app.A().Class("btn large").Href("/lessons/"+l.Next).Body(
			app.Span().Class("onward").Body(app.Small().Text("Next lesson"), app.Span().Text(l.NextTitle)), Icon("arrow-right"))
		if finished {
			onward = onward.Class("primary")
		}
	}
	body = append(body, app.Div().Class("onwards").Body(onward.OnClick(func(ctx app.Context, _ app.Event) {
		to.Send(ctx, model.GoOn{})
	})))
	more := []app.UI{app.Button().Type("button").Class("btn quiet").Body(Icon("flask-conical"), app.Text("Open in the sandbox")).
		OnClick(func(ctx app.Context, _ app.Event) { to.Send(ctx, TakeToSandbox{}) })}
	if l.Previous != "" {
		more = append([]app.UI{app.A().Class("btn quiet").Href("/lessons/"+l.Previous).Body(Icon("arrow-left"), app.Text("Previous lesson"))}, more...)
	}
	body = append(body, app.Div().Class("deeds").Body(more...))
	return app.Footer().Class("lesson-end").Body(body...)
}

func ended(finished bool, done, all int) []app.UI {
	switch {
	case finished:
		return []app.UI{Note("ok", "circle-check", app.Text("Lesson finished."))}
	case all > 0 && done > 0 && done < all:
		return []app.UI{app.P().Class("aside").Text(fmt.Sprintf("%d of %d steps done. Nothing is lost if you go on now.", done, all))}
	}
	return nil
}

// PhoneTabs switches between the words and the lab where there is room for only one of them. back is a word about what
// happened in the lab while it was shown, with the way back to the words.
func PhoneTabs(inLab bool, back string, to Sender) app.UI {
	tab := func(icon, words string, lab bool) app.UI {
		b := app.Button().Type("button").Class("phone-tab").Body(Icon(icon), app.Span().Text(words)).
			OnClick(func(ctx app.Context, _ app.Event) { to.Send(ctx, model.ShowLab{On: lab}) }, words)
		if lab == inLab {
			b = b.Aria("current", "true")
		}
		return b
	}
	var ways []app.UI
	if back != "" && inLab {
		ways = append(ways, app.Button().Type("button").Class("btn primary").Body(app.Text(back), Icon("arrow-right")).
			OnClick(func(ctx app.Context, _ app.Event) { to.Send(ctx, model.ShowLab{On: false}) }))
	}
	body := []app.UI{app.Div().Class("phone-back").Aria("live", "polite").Body(ways...)}
	body = append(body, app.Nav().Class("phone-tabs").Aria("label", "Words or lab").Body(
		tab("book-open", "Read", false), tab("flask-conical", "Lab", true)))
	return app.Div().Class("phone-foot").Body(body...)
}
