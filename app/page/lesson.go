package page

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/maxence-charriere/go-app/v9/pkg/app"

	"shardlab/app/link"
	"shardlab/app/model"
	"shardlab/app/view"
	"shardlab/lessons/block"
	"shardlab/wasm/protocol"
)

// Lesson is the page at "/lessons/<slug>": the words beside the bench, or one of the two on a phone.
type Lesson struct {
	app.Compo
	house
	src   Source
	slug  string
	model model.Page
	wire  *Wire
	going bool // on the way to the sandbox
}

// OnInit shows at once what is already here, so that the words of the first HTML answer do not vanish for a moment.
func (l *Lesson) OnInit() {
	path, _ := link.Path()
	l.open(slugOf(path))
}

// open begins a lesson: from what is here, or empty until it comes.
func (l *Lesson) open(slug string) (here bool) {
	l.slug, l.going = slug, false
	l.wire = NewWire(l.device)
	l.model = model.Page{}
	if r, ok := l.src.(ready); ok {
		if lesson, ok := r.ReadyLesson(slug); ok {
			l.take(lesson)
			return true
		}
	}
	return false
}

// OnPreRender draws the words into the first HTML answer.
func (l *Lesson) OnPreRender(ctx app.Context) {
	l.slug = slugOf(ctx.Page().URL().Path)
	lesson, err := l.src.Lesson(ctx, l.slug)
	if err != nil {
		l.lose(err)
	} else {
		l.model, _ = l.model.Update(model.Arrived{Lesson: lesson})
	}
	l.name(ctx)
}

// OnMount listens for progress that comes from the device or the server after the first drawing.
func (l *Lesson) OnMount(ctx app.Context) {
	l.until(l.device.Watch(func() {
		ctx.Dispatch(func(app.Context) { l.apply(model.Remembered{Progress: l.device.Progress()}) })
	}))
}

// OnNav goes to another lesson; the first time it only fetches what is not here.
func (l *Lesson) OnNav(ctx app.Context) {
	if !l.turn(ctx) {
		return
	}
	slug := slugOf(l.path)
	here := l.model.State == model.Here
	if slug != l.slug {
		here = l.open(slug)
	}
	l.attach(ctx)
	l.name(ctx)
	if !here {
		l.fetch(ctx)
	}
}

// attach listens to the bench of this lesson.
func (l *Lesson) attach(ctx app.Context) {
	wire := l.wire
	stop := wire.Watch(func(n News) {
		if wire == l.wire {
			l.hear(ctx, n)
		}
	}, NewsGoals, NewsReached, NewsState, NewsSaved, NewsLook)
	l.until(stop)
}

// OnAppUpdate offers the new build.
func (l *Lesson) OnAppUpdate(app.Context) { l.update = true }

// OnDismount stops listening.
func (l *Lesson) OnDismount() { l.leave() }

func (l *Lesson) fetch(ctx app.Context) {
	slug := l.slug
	ctx.Async(func() {
		lesson, err := l.src.Lesson(context.Background(), slug)
		ctx.Dispatch(func(ctx app.Context) {
			switch {
			case slug != l.slug:
				return // another lesson was asked for meanwhile
			case err != nil:
				l.lose(err)
			default:
				l.take(lesson)
			}
			l.name(ctx)
			if l.device.Turned() {
				l.drawn(func() { link.Focus("title") })
			}
		})
	})
}

func (l *Lesson) take(lesson block.Lesson) {
	l.apply(model.Arrived{Lesson: lesson, Progress: l.device.Progress()})
}

func (l *Lesson) lose(err error) {
	l.apply(model.Stayed{Unknown: errors.Is(err, ErrNotFound), Problem: err.Error()})
}

func (l *Lesson) name(ctx app.Context) {
	switch l.model.State {
	case model.Here:
		describe(ctx, l.model.Lesson.Title, l.model.Lesson.Blurb)
	case model.Unknown:
		describe(ctx, "Not found", description)
	default:
		describe(ctx, "Lesson", description)
	}
}

// apply changes the model and records what the learner did.
func (l *Lesson) apply(message any) {
	next, steps := l.model.Update(message)
	l.model = next
	l.device.Record(steps...)
}

// hear takes news of the bench. Goals come with every frame: the page is drawn again only when what it shows has changed,
// the list of goals draws itself.
func (l *Lesson) hear(ctx app.Context, n News) {
	redraw := func() { ctx.Dispatch(func(app.Context) {}) }
	switch n.Kind {
	case NewsGoals:
		solved, met := l.solved(), len(l.model.Met)
		said, _ := l.model.Diagnosis()
		l.apply(model.GoalsStand{Goals: n.Goals})
		if now, _ := l.model.Diagnosis(); l.solved() != solved || len(l.model.Met) != met || now != said {
			redraw()
		}
	case NewsLook:
		l.apply(model.Selected{Proof: n.Proof})
		if l.model.Incident != nil {
			redraw()
		}
	case NewsReached:
		l.apply(model.EndRun{Block: n.Block, Reached: n.Reached, Problem: n.Message})
		redraw()
		l.drawn(func() { link.Scroll("b-" + n.Block) })
	case NewsState:
		l.apply(model.LabSaid{State: n.State, Words: n.Message})
		redraw()
	case NewsSaved:
		if l.going {
			l.device.KeepRun("lab:"+l.slug, n.Log)
			l.goToSandbox(ctx)
		}
	}
}

func (l *Lesson) solved() bool {
	for _, s := range l.model.Pieces {
		if s.Solved {
			return true
		}
	}
	return false
}

// Send takes what the learner does.
func (l *Lesson) Send(ctx app.Context, message any) {
	if l.common(message) {
		return
	}
	switch m := message.(type) {
	case view.TryAgain:
		l.model = model.Page{}
		l.fetch(l.ctx) // not by the button's context: the button goes with the notice
		return
	case view.TryLine:
		l.apply(model.ShowLab{On: true})
		l.wire.Order(Order{Kind: OrderTry, Line: m.Line, Block: m.Block})
		return
	case view.ShowEvidence:
		l.apply(model.ShowLab{On: true})
		l.wire.Order(Order{Kind: OrderLook, Line: m.Ref})
		return
	case view.TakeToSandbox:
		l.device.Record(model.TakenToLab(l.slug))
		if l.model.Lab != LabReady {
			l.goToSandbox(l.ctx)
			return
		}
		l.going = true
		l.wire.Order(Order{Kind: OrderSave})
		l.ctx.After(2*time.Second, func(ctx app.Context) { // a busy engine does not keep the learner
			if l.going {
				l.goToSandbox(ctx)
			}
		})
		return
	}
	before := l.model
	l.apply(message)
	switch m := message.(type) {
	case model.StartRun:
		if i := slices.IndexFunc(l.model.Lesson.Blocks, func(b block.Block) bool { return b.ID == m.Block }); i >= 0 {
			run := l.model.Lesson.Blocks[i].Run
			l.wire.Order(Order{Kind: OrderRun, Kinds: run.Kinds, At: run.At, Block: m.Block,
				Again: before.Pieces[m.Block].Run != model.NotRun})
		}
	case model.StateCause:
		if l.model.Cause != "" {
			l.wire.Order(Order{Kind: OrderDo, Op: "Diagnose", Body: view.Diagnosis{Cause: l.model.Cause, Evidence: l.model.Proof.Ref}})
		}
	case model.AskSolution:
		l.drawn(func() { link.Focus("keep-" + m.Block) })
	case model.KeepTrying:
		l.drawn(func() { link.Focus("h-" + m.Block) })
	case model.ShowSolution:
		l.drawn(func() { link.Focus("h-" + m.Block) })
	case model.NextHint:
		l.drawn(func() { link.FocusLost("h-" + m.Block) })
	case model.ShowLab:
		if to := l.model.BackTo; !m.On && to != "" {
			l.model.BackTo = ""
			l.drawn(func() { link.Scroll("b-" + to) })
		}
	}
}

func (l *Lesson) goToSandbox(ctx app.Context) {
	l.going = false
	ctx.Navigate("/lab#lab=" + l.slug)
}

// Render draws the page.
func (l *Lesson) Render() app.UI {
	m := l.model
	if m.State != model.Here {
		return view.Shell(l.head("/", false, nil, l), l.instead())
	}
	show := "read"
	if m.InLab {
		show = "lab"
	}
	// The tag carries the lesson, as with the bench: another lesson is drawn afresh, not changed word by word.
	parts := []app.UI{app.Elem("words-" + tagName(m.Lesson.Slug)).Class("read-key").Body(l.words())}
	if len(m.Lesson.Lab) > 0 {
		parts = append(parts, benchSlot(&Bench{Lab: m.Lesson.Lab, Slug: m.Lesson.Slug, Wire: l.wire}),
			view.PhoneTabs(m.InLab, m.Back, l))
	} else {
		show = "words-only"
	}
	return view.Shell(l.head("/", true, l.wire, l), app.Div().Class("lesson").DataSet("show", show).Body(parts...))
}

func (l *Lesson) instead() app.UI {
	switch l.model.State {
	case model.Unknown:
		return view.Notice{Title: "There is no such lesson", To: l,
			Words: fmt.Sprintf("The course has no lesson named “%s”. Lessons keep their names for ever, so the link may have lost a letter.", l.slug)}.Draw()
	case model.Lost:
		return view.Notice{Title: "The lesson did not come", Retry: true, To: l,
			Words: "The server cannot be reached, and this device has no copy of the lesson yet. Lessons that were opened once work without a network."}.Draw()
	}
	return view.LoadingPage("The lesson is on its way.")
}

// words draws the reading column.
func (l *Lesson) words() app.UI {
	m := l.model
	var steps []bool
	questions, question := 0, 0
	for _, b := range m.Lesson.Blocks {
		if counts, done := m.BlockDone(b); counts {
			steps = append(steps, done)
		}
		if b.Quiz != nil {
			questions++
		}
	}
	body := []app.UI{view.LessonHead(m.Lesson, steps)}
	for _, b := range m.Lesson.Blocks {
		s := m.Pieces[b.ID]
		switch {
		case b.Predict != nil:
			body = append(body, &view.Question{Block: b.ID, Predict: true, Q: *b.Predict, Piece: s, Shown: m.Shown(b.ID), To: l})
		case b.Run != nil:
			said, right := m.Said(b.ID)
			body = append(body, &view.Run{Block: b.ID, R: *b.Run, Piece: s, Lab: m.Lab, Said: said, Right: right, To: l})
		case b.Task != nil:
			said, _ := m.Diagnosis()
			body = append(body, &view.Task{Block: b.ID, Card: *b.Task, Piece: s, Lab: m.Lab, To: l, Incident: m.Incident, Cause: m.Cause, Proof: m.Proof, Said: said, Goals: &goals{
				Wire: l.wire, Start: model.GoalsOf(m.Lesson.Lab), Ever: slices.Sorted(maps.Keys(m.Met)), Quiet: said.ID, To: l}})
		case b.Quiz != nil:
			question++
			title := "Question"
			if questions > 1 {
				title = fmt.Sprintf("Question %d of %d", question, questions)
			}
			body = append(body, &view.Question{Block: b.ID, Title: title, Q: *b.Quiz, Piece: s, To: l})
		case b.Try != nil:
			body = append(body, view.Try(b.ID, *b.Try, l))
		default:
			body = append(body, app.Raw(b.HTML))
		}
	}
	done, all := m.Done()
	body = append(body, view.LessonEnd(m.Lesson, m.Finished, done, all, l))
	return app.Article().Class("read").Aria("labelledby", "title").Body(app.Div().Class("column").Body(body...))
}

// goals lists the goals as they stand. It listens by itself, so that a frame of the engine redraws this list and not the
// lesson around it.
type goals struct {
	app.Compo
	Wire  *Wire
	Start []protocol.Goal
	Ever  []string
	Quiet string // the id of the goal whose words stand elsewhere
	To    view.Sender

	now  []protocol.Goal
	live bool
	stop func()
}

func (g *goals) OnMount(ctx app.Context) {
	g.stop = g.Wire.Watch(func(n News) {
		g.now, g.live = n.Goals, true
		ctx.Dispatch(func(app.Context) {})
	}, NewsGoals)
}

func (g *goals) OnDismount() {
	if g.stop != nil {
		g.stop()
	}
}

func (g *goals) Render() app.UI {
	if !g.live {
		return view.Goals(g.Start, g.Ever, g.Quiet, false, g.To)
	}
	return view.Goals(g.now, g.Ever, g.Quiet, true, g.To)
}
