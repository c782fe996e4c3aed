package view

import (
	"strconv"

	"github.com/maxence-charriere/go-app/v9/pkg/app"

	"shardlab/app/model"
)

// sign is the mark of a reader: a shape by its place on the stage, a colour by how far it is behind.
func sign(place int, level string) app.HTMLSpan {
	return app.Span().Class("sign").DataSet("sign", strconv.Itoa(place%model.Signs)).DataSet("level", level).Aria("hidden", "true")
}

// lags draws how far the readers of a lane have come: a bar over what the slowest has not read, and where there is room each reader's
// sign. Its words are the lane's own.
func (l *Lane) lags(lags []model.Lag) app.UI {
	b, slowest := l.Lane.Body, model.Slowest(lags)
	if slowest.Reader == "" {
		return nil
	}
	marks := model.MarkLags(lags, b.W, l.Span)
	body := []app.UI{app.I().Class("lag-bar").DataSet("level", slowest.Level()).Style("width", px(marks[len(marks)-1].At))}
	if l.Lane.Mode == model.Roomy || l.Lane.Mode == model.Mid {
		for _, m := range marks {
			body = append(body, sign(m.Lag.Sign, m.Level()).Title(Attr(m.Words())).Style("left", px(m.Mid)))
		}
	}
	return app.Div().Class("lane-lags").Style("left", px(b.X-l.Lane.Box.X)).Style("top", px(b.Y-l.Lane.Box.Y)).Style("width", px(b.W)).Style("height", px(b.H)).Body(body...)
}

// lagFlag says who is furthest behind, when that is a second or more. In a lane of less width it says less: its sign tells who, and
// stands alone where the width is 0.
func lagFlag(slowest model.Lag, wide, enough float64) app.UI {
	words := ""
	if wide > 0 {
		words = model.Behind(slowest.Behind)
	}
	if wide >= 400 {
		words += " behind"
	}
	if wide >= enough {
		words = slowest.Reader + " " + words
	}
	return app.If(slowest.Level() != "good" && slowest.Reader != "", app.Span().Class("lane-lag").DataSet("level", slowest.Level()).Title(Attr(slowest.Words())).
		Body(sign(slowest.Sign, slowest.Level()), app.If(words != "", app.Span().Text(words))))
}
