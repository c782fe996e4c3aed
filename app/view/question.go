package view

import (
	"fmt"
	"slices"
	"strconv"

	"github.com/maxence-charriere/go-app/v9/pkg/app"

	"shardlab/app/model"
	"shardlab/lessons/block"
)

// A Question draws a prediction or a recall question: a group of options that explain themselves once it is time.
type Question struct {
	app.Compo
	Block   string
	Predict bool
	Title   string // "Question 1 of 2"
	Q       block.Question
	Piece   model.Piece
	Shown   bool // of a prediction: the run has shown what happens
	To      Sender
}

// Render draws the question.
func (q *Question) Render() app.UI {
	class, kind := "card question quiz", q.Title
	if q.Predict {
		class, kind = "card question predict", "Predict before you run"
	}
	body := []app.UI{
		app.H2().Class("card-kind").ID("h-" + q.Block).Text(kind),
		app.FieldSet().Aria("describedby", "r-"+q.Block).Body(append(
			[]app.UI{app.Legend().Body(Raw("div", "question-words", q.Q.HTML))},
			q.options()...,
		)...),
	}
	if q.Q.Many && !q.Piece.Answered {
		body = append(body, app.P().Class("aside").Text("More than one is right: mark them all."))
	}
	body = append(body, app.Div().Class("result").ID("r-"+q.Block).Aria("live", "polite").Body(q.result()...))
	if !q.Predict {
		body = append(body, app.Div().Class("deeds").Body(q.deed()))
	}
	return app.Section().ID("b-"+q.Block).Class(class).Aria("labelledby", "h-"+q.Block).Body(body...)
}

// open says whether the options may explain themselves.
func (q *Question) open() bool { return q.Piece.Answered && (!q.Predict || q.Shown) }

func (q *Question) options() []app.UI {
	kind := "radio"
	if q.Q.Many {
		kind = "checkbox"
	}
	all := make([]app.UI, 0, len(q.Q.Options))
	for i, o := range q.Q.Options {
		chosen := slices.Contains(q.Piece.Chosen, i)
		id := q.Block + "-" + strconv.Itoa(i)
		input := app.Input().Type(kind).ID("o-"+id).Name("q-"+q.Block).Checked(chosen).Disabled(q.open()).
			OnChange(func(ctx app.Context, _ app.Event) {
				q.To.Send(ctx, model.Choose{Block: q.Block, Option: i})
			}, id)
		state := ""
		line := []app.UI{input, Raw("span", "option-text", o.HTML)}
		if q.open() {
			var mark app.UI
			state, mark = q.judge(o.Right, chosen)
			if mark != nil {
				line = append(line, mark)
			}
		} else if chosen {
			state = "chosen"
		}
		parts := []app.UI{app.Label().For("o-" + id).Body(line...)}
		if q.open() && o.Because != "" {
			parts = append(parts, Raw("div", "because", o.Because))
		}
		all = append(all, app.Div().Class("option").DataSet("state", state).Body(parts...))
	}
	return all
}

// judge says how an option came out. A prediction is never called wrong: it is set beside what happened.
func (q *Question) judge(right, chosen bool) (state string, mark app.UI) {
	switch {
	case right && chosen && q.Predict:
		return "right", verdict("check", "You said this")
	case right && chosen:
		return "right", verdict("check", "Right")
	case right && q.Predict:
		return "missed", verdict("check", "This happens")
	case right:
		return "missed", verdict("check", "Right answer")
	case chosen && q.Predict:
		return "said", app.Span().Class("verdict").Text("You said this")
	case chosen:
		return "wrong", verdict("x", "Not this")
	}
	return "other", nil
}

func verdict(icon, words string) app.UI {
	return app.Span().Class("verdict").Body(Icon(icon), app.Span().Text(words))
}

func (q *Question) result() []app.UI {
	p := q.Piece
	if !p.Answered {
		return nil
	}
	words := func(kind, text string) []app.UI {
		return []app.UI{app.P().Class("result-words " + kind).Text(text)}
	}
	switch {
	case q.Predict && !q.Shown:
		return words("", "Noted. Run the lab and see.")
	case q.Predict && p.Right:
		return words("ok", "You saw it coming.")
	case q.Predict:
		return words("", "The lab says otherwise. That is worth more than a lucky guess.")
	case p.Right && p.Tries > 1:
		return words("ok", fmt.Sprintf("Right, at try %d.", p.Tries))
	case p.Right:
		return words("ok", "Right.")
	case q.Q.Many:
		hit, extra, all := 0, 0, 0
		for i, o := range q.Q.Options {
			chosen := slices.Contains(p.Chosen, i)
			switch {
			case o.Right && chosen:
				hit, all = hit+1, all+1
			case o.Right:
				all++
			case chosen:
				extra++
			}
		}
		text := fmt.Sprintf("Not yet: %d of the %d right ones", hit, all)
		if extra > 0 {
			text += fmt.Sprintf(", and %d that should not be marked", extra)
		}
		return words("hot", text+".")
	}
	return words("hot", "Not yet. Read why, then try again.")
}

// deed is the one button of a recall question. It stays the same element, so the focus stays on it.
func (q *Question) deed() app.UI {
	button := app.Button().Type("button")
	switch {
	case q.Piece.Answered && q.Piece.Right:
		return button.Class("btn quiet small").Body(Icon("rotate-ccw"), app.Text("Answer again")).OnClick(q.act, "again")
	case q.Piece.Answered:
		return button.Class("btn").Body(Icon("rotate-ccw"), app.Text("Try again")).OnClick(q.act, "again")
	}
	return button.Class("btn primary").Disabled(len(q.Piece.Chosen) == 0).Body(Icon("check"), app.Text("Answer")).OnClick(q.act, "answer")
}

func (q *Question) act(ctx app.Context, _ app.Event) {
	if q.Piece.Answered {
		q.To.Send(ctx, model.Retry{Block: q.Block})
		return
	}
	q.To.Send(ctx, model.Submit{Block: q.Block})
}
