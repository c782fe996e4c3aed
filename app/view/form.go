package view

import (
	"strconv"
	"strings"

	"github.com/maxence-charriere/go-app/v9/pkg/app"

	"shardlab/app/model"
)

// A FormCard is the form that adds or changes a client, reshards, or creates a stream. What is typed stays in its fields until
// it is sent; only then does it become part of the bench.
type FormCard struct {
	app.Compo
	Out    *Out
	Form   model.Form
	World  model.FormWorld
	Inline bool
	Joints []model.Joint // of a form that connects

	values model.Values
	flaws  map[string]string // what cannot be sent, by field
	shown  model.Form        // as the fields were last filled
	opener app.Value         // what had the focus before
}

// OnMount puts the focus into the first field.
func (f *FormCard) OnMount(ctx app.Context) {
	f.opener = app.Window().Get("document").Get("activeElement")
	f.begin(ctx)
}

// OnDismount gives the focus back to who opened the form, unless it is elsewhere by now.
func (f *FormCard) OnDismount() {
	now := app.Window().Get("document").Get("activeElement")
	if f.opener != nil && f.opener.Truthy() && f.opener.Get("isConnected").Truthy() && (!now.Truthy() || now.Get("tagName").String() == "BODY" || f.JSValue().Call("contains", now).Bool()) {
		f.opener.Call("focus", map[string]any{"preventScroll": true})
	}
}

// OnUpdate begins again when another form takes the place of this one or when the settings of who is changed have come, and
// shows a refusal whole.
func (f *FormCard) OnUpdate(ctx app.Context) {
	refused := f.Form.Error != nil && f.shown.Error != f.Form.Error
	f.shown.Error = f.Form.Error
	switch {
	case f.shown.Kind != f.Form.Kind || f.shown.Target != f.Form.Target || f.shown.Of != f.Form.Of || f.shown.Waits() != f.Form.Waits():
		f.begin(ctx)
	case refused:
		f.bring()
	}
}

// bring scrolls to what is wrong, or to the note that says it.
func (f *FormCard) bring() {
	for _, what := range [...]string{".form-field.flawed", ".note"} {
		if one := f.JSValue().Call("querySelector", what); one.Truthy() {
			one.Call("scrollIntoView", map[string]any{"block": "nearest"})
			return
		}
	}
}

// begin gives every field its first value, whatever an earlier form left in it, and the focus to the first.
func (f *FormCard) begin(ctx app.Context) {
	f.shown, f.flaws = f.Form, nil
	spec := model.Describe(f.Form, f.World)
	f.values = spec.Begin(f.Form.Now)
	f.put(f.values)
	if first := f.JSValue().Call("querySelector", ".form-pick, .form-field:not([hidden]) :is(input, select, textarea)"); first.Truthy() {
		first.Call("focus", map[string]any{"preventScroll": true})
	}
	f.tell(ctx)
	f.Update()
}

// field finds the element of a field.
func (f *FormCard) field(name string) app.Value {
	return f.JSValue().Call("querySelector", `[data-field="`+name+`"]`)
}

// put writes values into the fields.
func (f *FormCard) put(values model.Values) {
	for name, text := range values {
		el := f.field(name)
		switch {
		case !el.Truthy():
		case el.Get("type").String() == "checkbox":
			el.Set("checked", text == "true")
		default:
			el.Set("value", text)
		}
	}
}

// read takes what is typed out of the fields.
func (f *FormCard) read() {
	next := model.Values{}
	for _, x := range model.Describe(f.Form, f.World).Fields {
		el := f.field(x.Name)
		switch {
		case !el.Truthy():
			next[x.Name] = f.values[x.Name]
		case x.Kind == model.Switch:
			next[x.Name] = map[bool]string{true: "true", false: "false"}[el.Get("checked").Bool()]
		default:
			next[x.Name] = el.Get("value").String()
		}
	}
	f.values = next
}

// tell lets the bench ask for the console lines of what is typed.
func (f *FormCard) tell(ctx app.Context) {
	if f.Form.Waits() || len(f.values) == 0 {
		return
	}
	steps, flaws := model.Plan(f.Form, f.World, f.values)
	if len(flaws) > 0 {
		steps = nil
	}
	f.Out.Send(ctx, model.FormTyped{Steps: steps})
}

// Render draws the form of its kind.
func (f *FormCard) Render() app.UI {
	class := "form-card"
	if f.Inline {
		class += " inline"
	}
	var body []app.UI
	title := "Add a writer"
	switch f.Form.Kind {
	case "connect":
		_, name, _ := strings.Cut(f.Form.Target, ":")
		title, class = "Connect "+name+" to", class+" picks"
		if f.Form.Of == model.WireIn {
			title = "Let " + name + " read"
		}
		body = f.joints()
	case "part":
		title, class = "Add a part", class+" picks"
		body = f.picks(model.PartsFor(f.Form.Stream))
	case "read":
		title = "Add a reader"
		fallthrough
	case "write":
		class += " picks"
		body = f.picks(model.PartsThat(f.Form.Kind == "write", f.Form.Stream))
	default:
		spec := model.Describe(f.Form, f.World)
		title = spec.Title
		if spec.Wide {
			class += " broad"
		}
		body = f.fields(spec)
	}
	return app.Form().Class(class).Aria("label", Attr(title)).Attr("novalidate", true).Body(append([]app.UI{app.H2().Text(title)}, body...)...).
		OnSubmit(f.send).OnInput(f.typed).OnClick(hold).OnKeyDown(f.key)
}

// picks offers parts, by their groups when there are several.
func (f *FormCard) picks(parts []model.Part) []app.UI {
	var body, rows []app.UI
	for i, p := range parts {
		rows = append(rows, app.Li().Body(app.Button().Type("button").Class("form-pick").DataSet("kind", p.Kind).Body(Icon(p.Icon), app.B().Text(p.Title), app.Span().Text(p.What)).OnClick(f.pick)))
		if i+1 < len(parts) && (f.Form.Kind != "part" || parts[i+1].Group == p.Group) {
			continue
		}
		if f.Form.Kind == "part" {
			body = append(body, app.H3().Class("form-picks-group").Text(p.Group))
		}
		body, rows = append(body, app.Ul().Class("form-picks").Body(rows...)), nil
	}
	return append(body, app.Div().Class("row").Body(f.cancel()))
}

func (f *FormCard) pick(ctx app.Context, _ app.Event) {
	form := model.Form{Kind: ctx.JSSrc().Get("dataset").Get("kind").String(), Stream: f.Form.Stream}
	if form.Kind == "stream" { // another one
		form.Stream = ""
	}
	f.Out.Send(ctx, model.OpenForm{Form: form})
}

func (f *FormCard) cancel() app.UI {
	return app.Button().Type("button").Class("btn small quiet").Text("Cancel").OnClick(f.close)
}

// fields draws a form that is described as data.
func (f *FormCard) fields(spec model.Spec) []app.UI {
	if f.Form.Waits() {
		return []app.UI{app.P().Class("row soft").Body(app.Span().Class("spinner"), app.Text("Asks for its settings …")), app.Div().Class("row").Body(f.cancel())}
	}
	values := f.values
	if len(values) == 0 || f.shown.Kind != f.Form.Kind {
		values = spec.Begin(f.Form.Now)
	}
	faults, rest := spec.FaultsOf(f.Form.Error, f.Form.Under)
	for name, words := range f.flaws {
		faults[name] = words
	}
	var body []app.UI
	if spec.Intro != "" {
		body = append(body, app.P().Class("soft").Text(spec.Intro))
	}
	for _, group := range spec.Groups() {
		var all []app.UI
		flawed := false
		for _, x := range spec.Fields {
			if x.Group == group {
				all = append(all, formField(f.Out, x, values, faults[x.Name]))
				flawed = flawed || faults[x.Name] != ""
			}
		}
		fields := app.Div().Class("form-fields").Body(all...)
		if group == "" {
			body = append(body, fields)
			continue
		}
		more := app.Details().Class("form-more").Body(app.Summary().Text(group), fields)
		if flawed {
			more.Open(true)
		}
		body = append(body, more)
	}
	said := app.Div().Class("form-said").Aria("live", "polite") // always there, so that the buttons after it keep their place and the focus
	if e := f.Form.Error; e != nil || len(f.flaws) > 0 {
		words, hint := rest, ""
		if e != nil {
			hint = e.Hint
			if e.Code != "" {
				words = strings.TrimSuffix(e.Code+": "+rest, ": ")
			}
		}
		if len(faults) > 0 {
			words = strings.TrimSpace(words + " " + plural(len(faults), "field") + " to change, see above.")
		}
		said = said.Body(app.Div().Class("note hot").Body(Icon("circle-alert"), app.Div().Body(app.P().Text(words), app.If(hint != "", app.P().Class("hint").Text(hint)))))
	}
	line := strings.Join(f.Form.Lines, "\n")
	same := app.Details().Class("form-line").Hidden(line == "").Body(app.Summary().Text("The same in the console"), app.Pre().Class("mono").TabIndex(0).Aria("label", "Console lines").Attr("role", "region").Body(commandWords(line)...))
	send := app.Button().Type("submit").Class("btn small primary").Text(spec.Verb)
	if f.Form.Busy {
		send = app.Button().Type("submit").Class("btn small primary").Aria("disabled", true).Body(app.Span().Class("spinner"), app.Text(spec.Verb))
	}
	return append(body, said, app.Div().Class("row").Body(send, f.cancel(), same))
}

// hold keeps a press on a form from being one on the stage under it.
func hold(_ app.Context, e app.Event) { e.Call("stopPropagation") }

func (f *FormCard) close(ctx app.Context, _ app.Event) { f.Out.Send(ctx, model.CloseForm{}) }

// key closes the form with Escape, but not from lines of a program: they would be lost.
func (f *FormCard) key(ctx app.Context, e app.Event) {
	if e.Get("key").String() == "Escape" {
		e.Call("stopPropagation")
		if e.Get("target").Get("tagName").String() != "TEXTAREA" {
			f.Out.Send(ctx, model.CloseForm{})
		}
	}
}

// typed takes note of what is typed, because other fields and the console lines depend on it.
func (f *FormCard) typed(ctx app.Context, e app.Event) {
	f.read()
	name := e.Get("target").Get("dataset").Get("field").String()
	delete(f.flaws, name)
	for _, x := range model.Describe(f.Form, f.World).Fields {
		for _, o := range x.Options {
			if x.Name == name && o.Value == f.values[name] {
				f.put(o.Fill)
				for n, text := range o.Fill {
					f.values[n] = text
				}
			}
		}
	}
	f.tell(ctx)
	f.Update()
}

// send does what the form is for with what is typed.
func (f *FormCard) send(ctx app.Context, e app.Event) {
	e.PreventDefault()
	if f.Form.Busy || f.Form.Waits() || len(f.values) == 0 {
		return
	}
	f.read()
	steps, flaws := model.Plan(f.Form, f.World, f.values)
	if f.flaws = flaws; len(flaws) > 0 {
		f.Out.Send(ctx, model.KeepForm{})
		f.Update()
		ctx.Defer(func(app.Context) { f.bring() })
		return
	}
	f.Out.Send(ctx, model.SendForm{Steps: steps})
}

// told adds what assistive technology is told of an element.
func told[E interface{ Aria(k string, v any) E }](e E, say map[string]string) E {
	for k, v := range say {
		e = e.Aria(k, v)
	}
	return e
}

// formField draws one field with what is said about it.
func formField(out *Out, x model.Field, values model.Values, fault string) app.UI {
	id := "form-" + strings.Trim(strings.ReplaceAll(x.Name, ".", "-"), "-")
	value := values[x.Name]
	class := "form-field"
	var in app.UI
	described := ""
	if x.Help != "" {
		described = id + "-help"
	}
	if fault != "" {
		class += " flawed"
		described = strings.TrimSpace(described + " " + id + "-fault")
	}
	say := map[string]string{"invalid": strconv.FormatBool(fault != "")}
	if described != "" {
		say["describedby"] = described
	}
	switch x.Kind {
	case model.Choice:
		options := make([]app.UI, 0, len(x.Options))
		for _, o := range x.Options {
			option := app.Option().Attr("value", o.Value).Text(o.Text)
			option.Selected(o.Value == value)
			options = append(options, option)
		}
		class += " whole"
		in = told(app.Select(), say).Class("field").Name(x.Name).ID(id).DataSet("field", x.Name).Body(options...)
	case model.Lines:
		class += " whole"
		in = told(app.Textarea(), say).Class("field lines").Name(x.Name).ID(id).DataSet("field", x.Name).Rows(2).Attr("spellcheck", "false").Text(value)
	case model.Code:
		class += " whole"
		described = strings.TrimSpace(described + " " + id + "-keys")
		in = &CodeField{Out: out, ID: id, Name: x.Name, Lang: x.Lang, Text: value, Fault: fault, Told: described}
	default:
		kind := "text"
		switch x.Kind {
		case model.Number:
			kind = "number"
		case model.Switch:
			kind, class = "checkbox", class+" whole switch"
		default:
			class += " whole"
		}
		input := told(app.Input(), say).Class("field").Type(kind).Name(x.Name).ID(id).DataSet("field", x.Name).AutoComplete(false).Attr("spellcheck", "false")
		if kind == "checkbox" {
			input = input.Class("field tick")
			if value == "true" {
				input = input.Attr("checked", "")
			}
		} else {
			input = input.Attr("value", value)
		}
		if kind == "number" {
			input = input.Attr("step", "any")
		}
		in = input
	}
	if x.Short {
		class = strings.Replace(class, " whole", "", 1)
	}
	body := []app.UI{app.Label().For(id).ID(id + "-label").Text(x.Label), in}
	if x.Kind == model.Switch {
		body[0], body[1] = body[1], body[0]
	}
	if x.Help != "" {
		body = append(body, app.Small().ID(id+"-help").Class("soft").Text(x.Help))
	}
	if x.Kind == model.Code {
		body = append(body, app.Small().ID(id+"-keys").Class("soft").Text("Tab goes on to what follows; Ctrl+] indents a line, Ctrl+[ takes it back."))
	}
	if fault != "" {
		body = append(body, app.Small().ID(id+"-fault").Class("fault").Text(strings.ToUpper(fault[:1])+fault[1:]))
	}
	return app.Div().Class(class).Hidden(x.Hidden || !x.Shown(values)).Body(body...)
}
