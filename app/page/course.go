package page

import (
	"context"

	"github.com/maxence-charriere/go-app/v9/pkg/app"

	"shardlab/app/model"
	"shardlab/app/view"
	"shardlab/lessons/block"
)

// Course is the page at "/": what this is, where to go on, and the map of all lessons.
type Course struct {
	app.Compo
	house
	src     Source
	state   model.Fetched
	course  block.Course
	problem string
}

// OnInit shows at once what is already here.
func (c *Course) OnInit() {
	if r, ok := c.src.(ready); ok {
		if course, ok := r.ReadyCourse(); ok {
			c.course, c.state = course, model.Here
		}
	}
}

// OnPreRender draws the map into the first HTML answer.
func (c *Course) OnPreRender(ctx app.Context) {
	describe(ctx, "", description)
	course, err := c.src.Course(ctx)
	c.take(course, err)
}

// OnMount listens for progress and fetches the course when the page came without it.
func (c *Course) OnMount(ctx app.Context) {
	c.until(c.device.Watch(func() { ctx.Dispatch(func(app.Context) {}) }))
	if c.state != model.Here {
		c.fetch(ctx)
	}
}

// OnNav names the page.
func (c *Course) OnNav(ctx app.Context) {
	if c.turn(ctx) {
		describe(ctx, "", description)
	}
}

// OnAppUpdate offers the new build.
func (c *Course) OnAppUpdate(app.Context) { c.update = true }

// OnDismount stops listening.
func (c *Course) OnDismount() { c.leave() }

func (c *Course) fetch(ctx app.Context) {
	c.state = model.Awaited
	ctx.Async(func() {
		course, err := c.src.Course(context.Background())
		ctx.Dispatch(func(app.Context) { c.take(course, err) })
	})
}

func (c *Course) take(course block.Course, err error) {
	if err != nil {
		c.state, c.problem = model.Lost, err.Error()
		return
	}
	c.course, c.state = course, model.Here
}

// Send takes what the learner does.
func (c *Course) Send(_ app.Context, message any) {
	if c.common(message) {
		return
	}
	if _, ok := message.(view.TryAgain); ok {
		c.fetch(c.ctx) // not by the button's context: the button goes with the notice
	}
}

// Render draws the page.
func (c *Course) Render() app.UI {
	head := c.head("/", false, nil, c)
	switch c.state {
	case model.Awaited:
		return view.Shell(head, view.LoadingPage("The course is on its way."))
	case model.Lost:
		return view.Shell(head, view.Notice{Title: "The course did not come", Retry: true, To: c,
			Words: "The server cannot be reached, and this device has no copy of the course yet. The lab works without it."}.Draw())
	}
	p := c.device.Progress()
	resume := p.Resume(c.course)
	done, all := p.FinishedOf(c.course)
	return view.Shell(head, view.Hero(resume, done, all), view.Map(c.course, p, resume.Slug))
}
