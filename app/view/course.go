package view

import (
	"fmt"
	"strings"

	"github.com/maxence-charriere/go-app/v9/pkg/app"

	"shardlab/app/model"
	"shardlab/lessons/block"
)

// Hero says what this is and offers the one next step.
func Hero(r model.Resume, done, all int) app.UI {
	step, sub := "Start with the first lesson", r.Title
	switch {
	case r.Slug == "":
		step, sub = "Open the lab", "Three streams to play with"
	case r.Done:
		step = "Start over"
	case r.Fresh:
	case r.Again:
		step = "Go on where you left"
	default:
		step = "Next lesson"
	}
	href := "/lessons/" + r.Slug
	if r.Slug == "" {
		href = "/lab"
	}
	deeds := []app.UI{app.A().Class("btn primary large hero-step").Href(href).Body(
		app.Span().Class("onward").Body(app.Span().Text(step), app.Small().Text(sub)), Icon("arrow-right"))}
	if r.Slug != "" {
		deeds = append(deeds, app.A().Class("btn large quiet").Href("/lab").Body(Icon("flask-conical"), app.Text("Open the lab")))
	}
	words := []app.UI{
		app.H1().ID("title").TabIndex(-1).Text("Learn Amazon Kinesis by running it"),
		app.P().Class("lead").Text("A real stream engine runs inside this page. Write records, watch a shard refuse them, split it, and see your fix hold. No AWS account, nothing to install, nothing on a bill."),
		app.Div().Class("deeds").Body(deeds...),
	}
	if r.Done {
		words = append(words, app.P().Class("aside").Text("Every lesson is finished. The sandbox has no end."))
	} else if !r.Fresh && all > 0 {
		words = append(words, app.P().Class("aside num").Text(fmt.Sprintf("%d of %d lessons finished", done, all)))
	}
	return app.Section().Class("hero").Body(app.Div().Class("hero-words").Body(words...), picture())
}

// Map lists the modules of the course with their lessons.
func Map(c block.Course, p model.Progress, resume string) app.UI {
	modules := make([]app.UI, 0, len(c.Modules))
	number := 0
	for _, m := range c.Modules {
		rows := make([]app.UI, 0, len(m.Lessons))
		done := 0
		for _, l := range m.Lessons {
			number++
			r := p.Lesson(l.Slug)
			if r.State == model.Completed {
				done++
			}
			rows = append(rows, app.Li().Body(lessonRow(l, r, number, l.Slug == resume)))
		}
		count := fmt.Sprintf("%d of %d finished", done, len(m.Lessons))
		if done == 0 {
			count = lessons(len(m.Lessons))
		}
		modules = append(modules, app.Section().Class("module").ID(m.Slug).Aria("labelledby", "m-"+m.Slug).Body(
			app.Div().Class("module-head").Body(
				app.H2().ID("m-"+m.Slug).Text(m.Title),
				app.P().Class("module-blurb").Text(m.Blurb),
				app.P().Class("aside num").Text(count),
			),
			app.Ol().Class("lessons").Body(rows...),
		))
	}
	if len(modules) == 0 {
		return app.Section().Class("module").Body(app.P().Class("aside").Text("The course on this server has no lessons yet. The lab works without them."))
	}
	return app.Div().Class("map").Body(modules...)
}

func lessons(n int) string {
	if n == 1 {
		return "1 lesson"
	}
	return fmt.Sprintf("%d lessons", n)
}

func lessonRow(l block.Entry, r model.Record, number int, next bool) app.UI {
	class, state := "lesson-row", [...]string{"new", "begun", "solved", "finished"}[r.State]
	if next {
		class += " next"
	}
	sign := app.UI(app.Text(fmt.Sprint(number)))
	if r.State == model.Completed {
		sign = Icon("check")
	}
	facts := []string{fmt.Sprintf("%d min", l.Minutes)}
	if l.Goals > 0 {
		facts = append(facts, "a task")
	}
	switch n := l.Quiz; {
	case n == 1:
		facts = append(facts, "1 question")
	case n > 1:
		facts = append(facts, fmt.Sprintf("%d questions", n))
	}
	word := r.State.Word()
	if r.State == model.TaskDone && l.Quiz > 0 {
		word = fmt.Sprintf("Solved, %d of %d questions", min(r.RightAnswers(), l.Quiz), l.Quiz)
	}
	if r.State == model.New {
		word = ""
	}
	return app.A().Class(class).Href("/lessons/"+l.Slug).DataSet("state", state).Body(
		app.Span().Class("row-sign").Aria("hidden", "true").Body(sign),
		app.Span().Class("row-words").Body(
			app.Span().Class("row-title").Text(l.Title),
			app.Span().Class("row-blurb").Text(l.Blurb),
		),
		app.Span().Class("row-facts num").Body(
			app.Span().Text(strings.Join(facts, " · ")),
			app.Span().Class("row-state").Text(word),
		),
	)
}

// picture is a still of the lab: four shards, one of them at its limit. It is decoration and says nothing the words do not.
func picture() app.UI {
	var b strings.Builder
	b.WriteString(`<svg class="picture" viewBox="0 0 540 330" aria-hidden="true" focusable="false">`)
	lanes := [4]struct {
		dots int
		hot  bool
		keys [3]int
	}{{9, false, [3]int{5, 3, 5}}, {17, true, [3]int{0, 0, 4}}, {7, false, [3]int{2, 1, 2}}, {6, false, [3]int{3, 5, 8}}}
	for i, lane := range lanes {
		y := 30 + i*78
		fmt.Fprintf(&b, `<path class="pic-wire" d="M92 165C124 165 120 %d 154 %d"></path><path class="pic-wire" d="M434 %d C460 %d 456 165 482 165"></path>`, y+24, y+24, y+24, y+24)
		fmt.Fprintf(&b, `<text class="pic-id" x="154" y="%d">shard %d</text>`, y-7, i)
		class := "pic-lane"
		if lane.hot {
			class = "pic-lane hot"
		}
		fmt.Fprintf(&b, `<rect class="%s" x="154" y="%d" width="280" height="48" rx="8"></rect><rect class="pic-tank" x="163" y="%d" width="6" height="34" rx="3"></rect>`, class, y, y+7)
		full := 4 + lane.dots*2
		if lane.hot {
			full = 34
		}
		fmt.Fprintf(&b, `<rect class="pic-fill" x="163" y="%d" width="6" height="%d" rx="3"></rect>`, y+41-full, full)
		for d := range lane.dots {
			x := 188 + d*(236/lane.dots) + d*d*7%5
			fmt.Fprintf(&b, `<circle class="k%d" cx="%d" cy="%d" r="4"></circle>`, lane.keys[d%3], x, y+13+(d*11)%23)
		}
	}
	for _, at := range [5][2]int{{142, 122}, {130, 136}, {140, 144}, {118, 150}, {126, 160}} {
		fmt.Fprintf(&b, `<g class="pic-refused" transform="translate(%d %d)"><circle r="4.4"></circle><path d="M-1.9-1.9L1.9 1.9M1.9-1.9L-1.9 1.9"></path></g>`, at[0], at[1])
	}
	b.WriteString(`<rect class="pic-flag" x="305" y="86" width="129" height="17" rx="5"></rect><text class="pic-flag-words" x="369.5" y="98.2" text-anchor="middle">1,000 records/s reached</text>` +
		`<rect class="pic-node" x="20" y="135" width="72" height="60" rx="9"></rect><path class="pic-glyph" d="M42 165h28m-9-9l9 9-9 9"></path><text x="56" y="213" text-anchor="middle">Producer</text>` +
		`<rect class="pic-node" x="482" y="135" width="44" height="60" rx="9"></rect><path class="pic-glyph" d="M496 157h16M496 165h16M496 173h10"></path><text x="504" y="213" text-anchor="middle">Consumer</text></svg>`)
	return app.Raw(b.String())
}
