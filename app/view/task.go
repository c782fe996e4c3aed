package view

import (
	"fmt"
	"slices"
	"strings"

	"github.com/maxence-charriere/go-app/v9/pkg/app"

	"shardlab/app/model"
	"shardlab/lessons/block"
	"shardlab/wasm/protocol"
)

// TryLine is the message that types a line in the console; the try block and the solution send it.
type TryLine struct{ Block, Line string }

// ShowEvidence is the message that opens the inspector on what a goal's state rests on.
type ShowEvidence struct{ Ref string }

// A Task draws the card of a lesson's task. Its goals are a component of their own, handed in, because they change with
// every frame of the engine while the rest of the card does not.
type Task struct {
	app.Compo
	Block string
	Card  block.TaskCard
	Piece model.Piece
	Lab   string // how far the lab is
	Goals app.UI
	To    Sender

	Incident *model.Incident // nil when the lab is none
	Cause    string          // that is marked
	Proof    model.Proof     // that is selected in the lab
	Said     protocol.Goal   // how the diagnosis stands
}

// Render draws the card.
func (t *Task) Render() app.UI {
	kind, class := "Your task", "card task"
	if t.Piece.Solved {
		kind, class = "Your task, solved", "card task solved"
	}
	var body []app.UI
	if t.Incident != nil {
		kind = "Your incident"
		if t.Piece.Solved {
			kind = "Your incident, solved"
		}
		body = []app.UI{app.H2().Class("card-kind").ID("h-" + t.Block).TabIndex(-1).Text(kind), pager(t.Incident)}
	} else {
		body = []app.UI{app.H2().Class("card-kind").ID("h-" + t.Block).TabIndex(-1).Text(kind)}
	}
	body = append(body, Raw("div", "task-text", t.Card.HTML))
	if t.Incident != nil {
		body = append(body, t.diagnosis())
	}
	body = append(body, t.Goals, app.Div().Class("result").Aria("live", "polite").Body(t.solved()...))
	if t.Card.Debrief != "" && (t.Piece.Solved || t.Piece.Revealed) {
		body = append(body, app.Section().Class("solution").Aria("label", "Debrief").Body(app.H3().Class("hint-kind").Text("Debrief"), Raw("div", "", t.Card.Debrief)))
	}
	body = append(body, t.hints()...)
	body = append(body, t.solution()...)
	body = append(body, t.deeds())
	return app.Section().ID("b-"+t.Block).Class(class).Aria("labelledby", "h-"+t.Block).Body(body...)
}

func (t *Task) solved() []app.UI {
	if !t.Piece.Solved {
		return nil
	}
	words := "All goals were met. The lab is still yours: try to break it again."
	if t.Piece.Fresh {
		words = "Solved. All goals are met, by the state of the lab itself."
	}
	if t.Piece.Revealed {
		words = "Solved. Come back in a few days and do it once more without the solution."
	}
	return []app.UI{Note("ok", "circle-check", app.Text(words))}
}

func (t *Task) hints() []app.UI {
	shown := min(t.Piece.Hints, len(t.Card.Hints))
	if shown == 0 {
		return []app.UI{app.Ol().Class("hints").Aria("live", "polite").Hidden(true)}
	}
	list := make([]app.UI, 0, shown)
	for i, h := range t.Card.Hints[:shown] {
		list = append(list, app.Li().Body(
			app.Span().Class("hint-kind").Text(fmt.Sprintf("Hint %d of %d", i+1, len(t.Card.Hints))),
			Raw("div", "hint", h),
		))
	}
	return []app.UI{app.Ol().Class("hints").Aria("live", "polite").Hidden(false).Body(list...)}
}

func (t *Task) solution() []app.UI {
	switch {
	case t.Piece.Revealed:
		lines := make([]app.UI, 0, len(t.Card.Lines))
		for i, l := range t.Card.Lines {
			lines = append(lines, consoleLine(t.To, t.Block, fmt.Sprint(i), l))
		}
		return []app.UI{app.Section().Class("solution").Aria("label", "Solution").Body(
			app.H3().Class("hint-kind").Text("Solution"),
			Raw("div", "", t.Card.Solution),
			app.Div().Class("lines").Body(lines...),
		)}
	case t.Piece.Asking:
		words := "Show the solution? You learn more from one more try."
		if t.Piece.Hints < len(t.Card.Hints) {
			words = "Show the solution? There is a hint you have not seen."
		}
		return []app.UI{app.Div().Class("ask").Role("group").Aria("label", "Show the solution?").Body(
			app.P().Text(words),
			app.Div().Class("deeds").Body(
				app.Button().Type("button").ID("keep-"+t.Block).Class("btn small").Text("Keep trying").OnClick(func(ctx app.Context, _ app.Event) {
					t.To.Send(ctx, model.KeepTrying{Block: t.Block})
				}),
				app.Button().Type("button").Class("btn quiet small").Text("Show it").OnClick(func(ctx app.Context, _ app.Event) {
					t.To.Send(ctx, model.ShowSolution{Block: t.Block})
				}),
			),
		)}
	}
	return nil
}

func (t *Task) deeds() app.UI {
	var deeds []app.UI
	if n := len(t.Card.Hints); t.Piece.Hints < n {
		deeds = append(deeds, app.Button().Type("button").Class("btn").Body(Icon("lightbulb"), app.Text(fmt.Sprintf("Hint %d of %d", t.Piece.Hints+1, n))).
			OnClick(func(ctx app.Context, _ app.Event) { t.To.Send(ctx, model.NextHint{Block: t.Block}) }, "hint"))
	}
	if !t.Piece.Revealed && !t.Piece.Asking && t.Card.Solution != "" {
		deeds = append(deeds, app.Button().Type("button").Class("btn quiet").Text("Show the solution").
			OnClick(func(ctx app.Context, _ app.Event) { t.To.Send(ctx, model.AskSolution{Block: t.Block}) }, "solution"))
	}
	return app.Div().Class("deeds").Body(deeds...)
}

// Goals lists goals with how they stand. ever names those that were met at some time; what the one called quiet says is said elsewhere.
func Goals(goals []protocol.Goal, ever []string, quiet string, live bool, to Sender) app.UI {
	list := make([]app.UI, 0, len(goals))
	met := 0
	for _, g := range goals {
		state, icon, word := "open", "circle", "Open"
		switch {
		case g.Met:
			state, icon, word = "met", "circle-check", "Met"
			met++
		case slices.Contains(ever, g.ID):
			state, icon, word = "was", "circle-dashed", "Was met"
		}
		text := []app.UI{app.Span().Class("goal-text").Body(app.Span().Class("visually-hidden").Text(word+": "), app.Text(g.Text))}
		if g.ID != quiet && (g.Message != "" || g.Evidence != "") {
			said := []app.UI{app.Text(g.Message)}
			if g.Evidence != "" {
				ref := g.Evidence
				said = append(said, app.Text(" "), app.Button().Type("button").Class("evidence").Text("Look").Aria("label", Attr("Look at it in the lab: "+g.Text)).
					OnClick(func(ctx app.Context, _ app.Event) { to.Send(ctx, ShowEvidence{ref}) }, ref))
			}
			text = append(text, app.Span().Class("goal-message").Body(said...))
		}
		list = append(list, app.Li().DataSet("state", state).Body(Icon(icon), app.Div().Body(text...)))
	}
	status := "Goals are checked all the time, by what the lab does."
	if live {
		status = fmt.Sprintf("%d of %d goals met", met, len(goals))
	}
	return app.Div().Class("goals").Body(
		app.Ul().Body(list...),
		app.P().Class("goal-status").Role("status").Text(status),
	)
}

// consoleLine draws a line of the console with a button that types it there.
func consoleLine(to Sender, block, n, line string) app.UI {
	return app.Div().Class("line").Body(
		app.Pre().Body(app.Code().Body(append([]app.UI{app.Span().Class("tok-prompt").Aria("hidden", "true").Text("$ ")}, commandWords(line)...)...)),
		app.Button().Type("button").Class("btn small").Body(Icon("square-terminal"), app.Text("Run it")).
			OnClick(func(ctx app.Context, _ app.Event) { to.Send(ctx, TryLine{block, line}) }, block, n, line),
	)
}

// commandWords are the words of a console line. A flag is not broken behind one of its dashes.
func commandWords(line string) []app.UI {
	var all []app.UI
	for i, part := range strings.Split(line, " --") {
		if i == 0 {
			all = append(all, app.Text(part))
			continue
		}
		flag, rest, _ := strings.Cut(part, " ")
		if rest != "" {
			rest = " " + rest
		}
		all = append(all, app.Text(" "), app.Span().Class("flag-word").Text("--"+flag), app.Text(rest))
	}
	return all
}
