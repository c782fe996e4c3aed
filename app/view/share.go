package view

import (
	"fmt"
	"slices"
	"strings"

	"github.com/maxence-charriere/go-app/v9/pkg/app"

	"shardlab/app/model"
)

// A ShareCard hands the lab on: as a link, as a file, in another page. It lies over the stage.
type ShareCard struct {
	app.Compo
	Out     *Out
	Sharing model.Sharing

	opener app.Value // what had the focus before
}

var shareTabs = [][3]string{{"link", "link", "Link"}, {"file", "file-json", "File"}, {"embed", "code", "Embed"}, {"aws", "cloud", "Take it to AWS"}}

// OnMount puts the focus on the open tab.
func (s *ShareCard) OnMount(app.Context) {
	s.opener = app.Window().Get("document").Get("activeElement")
	s.focus()
}

func (s *ShareCard) focus() {
	if on := s.JSValue().Call("querySelector", "[role=tab][aria-selected=true]"); on.Truthy() {
		on.Call("focus", map[string]any{"preventScroll": true})
	}
}

// OnDismount gives the focus back.
func (s *ShareCard) OnDismount() {
	if s.opener != nil && s.opener.Truthy() && s.opener.Get("isConnected").Truthy() {
		s.opener.Call("focus", map[string]any{"preventScroll": true})
	}
}

// OnUpdate marks the text that could not be copied.
func (s *ShareCard) OnUpdate(app.Context) {
	if s.Sharing.Said != "" && !strings.HasPrefix(s.Sharing.Said, "Copied") {
		if f := s.JSValue().Call("querySelector", "[data-text]"); f.Truthy() {
			f.Call("focus")
			f.Call("select")
		}
	}
}

// Render draws the card.
func (s *ShareCard) Render() app.UI {
	tabs := make([]app.UI, 0, len(shareTabs))
	for _, t := range shareTabs {
		on := t[0] == s.Sharing.Tab
		tabs = append(tabs, app.Button().Type("button").ID("share-"+t[0]).Attr("role", "tab").Aria("selected", on).Aria("controls", "share-panel").
			TabIndex(map[bool]int{true: 0, false: -1}[on]).DataSet("tab", t[0]).Body(Icon(t[1]), app.Text(t[2])).OnClick(s.tab).OnKeyDown(s.arrows))
	}
	var body []app.UI
	switch s.Sharing.Tab {
	case "link":
		body = s.link()
	case "file":
		body = s.file()
	case "embed":
		body = s.embed()
	case "aws":
		body = s.aws()
	}
	return app.Section().Class("form-card broad share-card").Aria("labelledby", "share-title").Body(
		app.Header().Class("share-head").Body(app.H2().ID("share-title").Text("Share this lab"),
			app.Button().Type("button").Class("btn icon small quiet").Aria("label", "Close").Title("Close (Esc)").Body(Icon("x")).OnClick(s.close)),
		app.Div().Class("tabs share-tabs").Attr("role", "tablist").Aria("label", "Ways to share").Body(tabs...),
		app.Div().Class("share-body").ID("share-panel").Attr("role", "tabpanel").Aria("labelledby", "share-"+s.Sharing.Tab).Body(body...),
	).OnClick(hold).OnKeyDown(s.key)
}

// text is a field whose text is to be taken along.
func (s *ShareCard) text(label, text string, lines int) app.UI {
	if lines > 1 {
		return app.Textarea().Class("field mono share-text").DataSet("text", "").Aria("label", label).ReadOnly(true).Rows(lines).Attr("spellcheck", "false").Text(text)
	}
	return app.Input().Type("text").Class("field mono share-text").DataSet("text", "").Aria("label", label).ReadOnly(true).Attr("spellcheck", "false").Attr("value", text)
}

func (s *ShareCard) copyRow(words, text string) app.UI {
	return app.Div().Class("row").Body(
		app.Button().Type("button").Class("btn primary").Disabled(text == "").Body(Icon("copy"), app.Text(words)).OnClick(s.copy, text),
		app.P().Class("soft share-said").Role("status").Text(s.Sharing.Said))
}

func (s *ShareCard) copy(ctx app.Context, _ app.Event) {
	text := s.Sharing.Link()
	switch s.Sharing.Tab {
	case "embed":
		text = s.Sharing.HTML()
	case "aws":
		text = s.Sharing.Text
	}
	s.Out.Send(ctx, model.CopyShared{Text: text})
}

func (s *ShareCard) link() []app.UI {
	x := s.Sharing
	switch {
	case x.Flaw != nil:
		return []app.UI{Note("warn", "triangle-alert", app.P().Text(x.Flaw.Message+" "+x.Flaw.Hint))}
	case x.Shared == nil:
		return []app.UI{app.P().Class("row").Body(app.Span().Class("spinner"), app.Text("Making the link …"))}
	}
	text := x.Link()
	length := fmt.Sprintf("%s characters", model.Count(int64(len(text))))
	more := ""
	if len(text) > model.LongLink {
		more = " Some programs for messages cut links as long; a file stays whole."
	}
	body := []app.UI{
		app.P().Text("Whoever opens it has this lab in the state of " + model.Clock(x.At) + ", to the byte, and goes on from there."),
		s.text("Link to this lab", text, 1),
		s.copyRow("Copy the link", text),
		app.P().Class("soft").Text(length + ". The whole lab is in it, behind the #, which a browser sends to no server." + more),
		app.P().Class("soft mono").Text("state " + x.Shared.State[:16] + " · lab share"),
	}
	if x.Shared.Code {
		body = append(body, app.P().Class("soft").Text("The code of its functions goes along."))
	}
	return append(body, app.Div().Body(app.Button().Type("button").Class("btn small quiet").Body(Icon("rotate-cw"), app.Text("Make it of this moment")).OnClick(s.anew)))
}

func (s *ShareCard) file() []app.UI {
	return []app.UI{
		app.P().Text("The lab's file with its log: how the world began, what was done in it and when. Shardlab opens it again, here and elsewhere, in this very state."),
		app.Div().Class("row").Body(
			app.Button().Type("button").Class("btn primary").Body(Icon("download"), app.Text("Save the lab as a file")).OnClick(s.save),
			app.Button().Type("button").Class("btn").Body(Icon("folder-open"), app.Text("Open a lab's file…")).OnClick(s.pick)),
		app.P().Class("soft").Text("A file may also be dropped anywhere on the bench. What is here stays on this device as you leave it."),
	}
}

func (s *ShareCard) embed() []app.UI {
	e := s.Sharing.Embed
	field := func(label, name, value string) app.UI {
		return app.Label().Body(app.Span().Text(label), app.Input().Type("text").Class("field").Name(name).Attr("value", value).Attr("spellcheck", "false").OnChange(s.embedded, name))
	}
	check := func(label, name string, on bool) app.UI {
		return app.Label().Class("check").Body(app.Input().Type("checkbox").Name(name).Checked(on).OnChange(s.embedded, name), app.Span().Text(label))
	}
	theme := app.Select().Class("field").Name("theme").Body(
		app.Option().Value("").Text("the reader's").Selected(e.Theme == ""),
		app.Option().Value(model.Light).Text("light").Selected(e.Theme == model.Light),
		app.Option().Value(model.Dark).Text("dark").Selected(e.Theme == model.Dark)).OnChange(s.embedded)
	panels := strings.Split(e.Panels, ",")
	checks := []app.UI{
		check("Console and inspector", "console", slices.Contains(panels, "console")),
		check("Charts and events", "charts", slices.Contains(panels, "charts")),
		check("Plays by itself", "play", e.Play),
	}
	if s.Sharing.Place != "" {
		checks = append(checks, check("Begins where the lab opens, not at this moment", "fresh", e.Fresh))
	}
	html := s.Sharing.HTML()
	body := []app.UI{
		app.P().Text("The bench alone, in a page of yours. It keeps no progress, and a link in it opens it here."),
		app.Form().Class("embed-form").Aria("label", "How it stands in the page").Body(
			field("Width", "width", e.Width), field("Height", "height", e.Height), app.Label().Body(app.Span().Text("Theme"), theme),
			app.FieldSet().Body(append([]app.UI{app.Legend().Class("visually-hidden").Text("What it shows")}, checks...)...)).OnSubmit(hold),
	}
	if html == "" {
		if s.Sharing.Flaw != nil {
			return append(body, Note("warn", "triangle-alert", app.P().Text(s.Sharing.Flaw.Message+" Begin where the lab opens instead.")))
		}
		return append(body, app.P().Class("row").Body(app.Span().Class("spinner"), app.Text("Making it …")))
	}
	return append(body, s.text("HTML for your page", html, 4), s.copyRow("Copy the HTML", html))
}

func (s *ShareCard) aws() []app.UI {
	x := s.Sharing
	forms := make([]app.UI, 0, len(model.Exports))
	for _, f := range model.Exports {
		forms = append(forms, app.Button().Type("button").Class("btn small").Aria("pressed", f == x.Form).DataSet("form", f.Name).Text(f.Title).OnClick(s.form))
	}
	body := []app.UI{
		app.P().Text("What stands on this stage, for an account of your own: streams, consumers, Firehose, Lambda, alarms and who may do what. Nothing is made until you run it, and then AWS bills it."),
		app.Div().Class("row forms").Attr("role", "group").Aria("label", "Form").Body(forms...),
	}
	switch {
	case x.Flaw != nil:
		return append(body, Note("warn", "triangle-alert", app.P().Text(x.Flaw.Message)))
	case x.Text == "":
		return append(body, app.P().Class("row").Body(app.Span().Class("spinner"), app.Text("Writing it …")))
	}
	return append(body,
		app.Div().Class("row").Body(
			app.Button().Type("button").Class("btn primary").Body(Icon("copy"), app.Text("Copy")).OnClick(s.copy),
			app.Button().Type("button").Class("btn").Body(Icon("download"), app.Text("Save as "+x.Form.File)).OnClick(s.saveExport),
			app.Span().Class("soft mono").Text("lab export "+x.Form.Name),
			app.P().Class("soft share-said").Role("status").Text(x.Said)),
		s.text(x.Form.Title+", to take along", x.Text, 12))
}

func (s *ShareCard) form(ctx app.Context, _ app.Event) {
	s.Out.Send(ctx, model.PickExport{Name: ctx.JSSrc().Get("dataset").Get("form").String()})
}

func (s *ShareCard) saveExport(ctx app.Context, _ app.Event) { s.Out.Send(ctx, model.SaveExport{}) }

// embedded takes the form as it is.
func (s *ShareCard) embedded(ctx app.Context, _ app.Event) {
	form := s.JSValue().Call("querySelector", ".embed-form")
	val := func(name string) string { return form.Get("elements").Get(name).Get("value").String() }
	on := func(name string) bool {
		box := form.Get("elements").Get(name)
		return box.Truthy() && box.Get("checked").Bool()
	}
	var panels []string
	for _, p := range model.EmbedPanels {
		if on(p) {
			panels = append(panels, p)
		}
	}
	s.Out.Send(ctx, model.SetEmbed{Embed: model.Embed{Width: val("width"), Height: val("height"), Theme: val("theme"), Panels: strings.Join(panels, ","), Play: on("play"), Fresh: on("fresh")}})
}

func (s *ShareCard) tab(ctx app.Context, _ app.Event) {
	s.Out.Send(ctx, model.OpenSharing{Tab: ctx.JSSrc().Get("dataset").Get("tab").String()})
}

func (s *ShareCard) arrows(ctx app.Context, e app.Event) {
	by := map[string]int{"ArrowLeft": -1, "ArrowRight": 1}[e.Get("key").String()]
	at := slices.IndexFunc(shareTabs, func(t [3]string) bool { return t[0] == s.Sharing.Tab })
	if by == 0 || at < 0 {
		return
	}
	to := shareTabs[(at+by+len(shareTabs))%len(shareTabs)][0]
	s.Out.Send(ctx, model.OpenSharing{Tab: to})
	if el := app.Window().GetElementByID("share-" + to); el.Truthy() {
		el.Call("focus")
	}
}

func (s *ShareCard) key(ctx app.Context, e app.Event) {
	if e.Get("key").String() == "Escape" {
		e.Call("stopPropagation")
		s.Out.Send(ctx, model.CloseSharing{})
	}
}

func (s *ShareCard) close(ctx app.Context, _ app.Event) { s.Out.Send(ctx, model.CloseSharing{}) }
func (s *ShareCard) anew(ctx app.Context, _ app.Event)  { s.Out.Send(ctx, model.ShareAnew{}) }
func (s *ShareCard) save(ctx app.Context, _ app.Event)  { s.Out.Send(ctx, model.SaveLab{}) }
func (s *ShareCard) pick(ctx app.Context, _ app.Event)  { s.Out.Send(ctx, model.PickLab{}) }
