package view

import (
	"cmp"
	"strconv"
	"strings"

	"github.com/maxence-charriere/go-app/v9/pkg/app"

	"shardlab/app/model"
	"shardlab/wasm/protocol"
)

// A ProducerCard draws a client that writes: what it makes, what of it is taken, what waits.
type ProducerCard struct {
	app.Compo
	Out      *Out
	Box      model.Box
	Small    bool
	Open     bool // its menu is open
	Producer protocol.Producer
}

// Render draws the card.
func (c *ProducerCard) Render() app.UI {
	p := c.Producer
	class := "actor producer"
	if !p.Running {
		class += " stopped"
	}
	if p.Refused > 0 {
		class += " hurt"
	}
	if c.Small {
		class += " small"
	}
	rate := app.Span().Class("actor-rate").Body(app.B().Text(model.Count(p.Rate)), app.Text(" records/s"))
	if !p.Running {
		rate = app.Span().Class("actor-rate").Text("stopped")
	}
	body := []app.UI{
		app.Button().Type("button").Class("actor-hit").Aria("label", c.words()).OnClick(c.look),
		app.Span().Class("actor-kind").Text(cmp.Or(p.Kind, "Producer")),
		actorName(p.Name, p.Kind, c.Small),
		rate,
	}
	if p.Refused > 0 {
		text := model.Count(p.Refused) + " refused/s"
		if p.Waiting > 0 && !c.Small {
			text += " · " + model.Short(float64(p.Waiting)) + " wait"
		}
		body = append(body, app.Span().Class("actor-note bad").Text(text))
	} else if p.Waiting > 0 && p.Kind == "" {
		body = append(body, app.Span().Class("actor-note").Text(model.Count(p.Waiting)+" wait to be sent again"))
	} else if note := cmp.Or(p.Note, p.Keys); !c.Small && len(p.Parts) == 0 {
		body = append(body, app.Span().Class("actor-note").Title(Attr(note)).Text(note))
	}
	if note := cmp.Or(p.Note, firstPart(p.Parts)); c.Small && p.Kind != "" && p.Refused == 0 && note != "" {
		body = append(body, app.Span().Class("actor-note").Title(Attr(note)).Text(note))
	}
	body = append(body, actorParts(p.Parts, c.Small)...)
	body = append(body, actorMenuButton(p.Name, c.Open, c.toggle))
	if c.Open {
		var change app.EventHandler = c.form
		if p.Noun != "" {
			change = nil
		}
		body = append(body, actorMenu(p.Running, c.look, change, c.run, c.remove))
	}
	return at(app.Div().Class(class), c.Box).Body(body...)
}

func (c *ProducerCard) words() string {
	p := c.Producer
	kind := cmp.Or(p.Kind, "Producer")
	if !p.Running {
		return kind + " " + p.Name + ", stopped. Inspect"
	}
	s := kind + " " + p.Name + ", " + model.Count(p.Rate) + " records per second, " + model.Count(p.Accepted) + " taken"
	if p.Refused > 0 {
		s += ", " + model.Count(p.Refused) + " refused"
	}
	if p.Keys != "" {
		s += ", keys: " + p.Keys
	}
	return Attr(s + partWords(p.Parts) + ". Inspect")
}

func (c *ProducerCard) look(ctx app.Context, e app.Event) {
	e.Call("stopPropagation")
	c.Out.Send(ctx, model.Look{Ref: "producer:" + c.Producer.Name})
}

func (c *ProducerCard) toggle(ctx app.Context, e app.Event) {
	e.Call("stopPropagation")
	c.Out.Send(ctx, model.Toggle{Menu: "producer:" + c.Producer.Name})
}

func (c *ProducerCard) form(ctx app.Context, e app.Event) {
	e.Call("stopPropagation")
	c.Out.Send(ctx, model.OpenForm{Form: model.Form{Kind: "producer", Target: c.Producer.Name, Stream: c.Producer.Stream}})
}

func (c *ProducerCard) run(ctx app.Context, e app.Event) {
	e.Call("stopPropagation")
	op := "Start"
	if c.Producer.Running {
		op = "Stop"
	}
	c.Out.Send(ctx, model.Press{Service: "lab", Op: op + cmp.Or(c.Producer.Noun, "Producer"), Body: map[string]any{"Name": c.Producer.Name}})
}

func (c *ProducerCard) remove(ctx app.Context, e app.Event) {
	e.Call("stopPropagation")
	c.Out.Send(ctx, model.Press{Service: "lab", Op: "Delete" + cmp.Or(c.Producer.Noun, "Producer"), Body: map[string]any{"Name": c.Producer.Name}})
}

// A ConsumerCard draws a client that reads: how fast, and how far behind it is.
type ConsumerCard struct {
	app.Compo
	Out      *Out
	Box      model.Box
	Small    bool
	Open     bool
	Consumer protocol.Consumer
}

// Render draws the card.
func (c *ConsumerCard) Render() app.UI {
	k := c.Consumer
	class := "actor consumer"
	if !k.Running {
		class += " stopped"
	}
	if c.Small {
		class += " small"
	}
	lag := app.Span().Class("actor-lag").Body(Icon("timer"), app.Span().Text(model.Behind(k.Behind)+" behind"))
	switch {
	case k.Barred && k.Behind == 0:
		lag = app.Span().Class("actor-lag bad").Body(Icon("circle-alert"), app.Span().Text("cannot read"))
		class += " hurt"
	case k.Behind >= 10_000:
		lag = app.Span().Class("actor-lag bad").Body(Icon("timer"), app.Span().Text(model.Behind(k.Behind)+" behind"))
		class += " hurt"
	case k.Behind < 1000:
		lag = app.Span().Class("actor-lag ok").Body(Icon("timer"), app.Span().Text(model.Behind(k.Behind)+" behind"))
	}
	rate := app.Span().Class("actor-rate").Body(app.B().Text(model.Count(k.Rate)), app.Text(" records/s"))
	if !k.Running {
		rate = app.Span().Class("actor-rate").Text("stopped")
	}
	body := []app.UI{
		app.Button().Type("button").Class("actor-hit").Aria("label", c.words()).OnClick(c.look),
		app.Span().Class("actor-kind").Text(consumerKind(k)),
		actorName(k.Name, k.Kind, c.Small),
	}
	if len(k.Parts) > 0 && !c.Small { // whose lines need the room
		if k.Running {
			rate = app.Span().Class("actor-rate").Body(app.B().Text(model.Count(k.Rate)), app.Text("/s"))
		}
		body = append(body, app.Span().Class("actor-pace").Body(rate, lag))
	} else {
		body = append(body, rate, lag)
	}
	if k.Note != "" && !c.Small {
		body = append(body, app.Span().Class("actor-note").Title(Attr(k.Note)).Text(k.Note))
	}
	body = append(body, actorParts(k.Parts, c.Small)...)
	body = append(body, actorMenuButton(k.Name, c.Open, c.toggle))
	if c.Open {
		var change app.EventHandler = c.form
		if k.Noun != "" {
			change = nil
		}
		body = append(body, actorMenu(k.Running, c.look, change, c.run, c.remove))
	}
	return at(app.Div().Class(class), c.Box).Body(body...)
}

// consumerKind is what a consumer is called on the stage.
func consumerKind(k protocol.Consumer) string {
	if k.Kind != "" {
		return k.Kind
	}
	if k.Mode == "FANOUT" {
		return "Fan-out consumer"
	}
	return "Consumer"
}

func (c *ConsumerCard) words() string {
	k := c.Consumer
	if !k.Running {
		return consumerKind(k) + " " + k.Name + ", stopped. Inspect"
	}
	s := consumerKind(k) + " " + k.Name + ", reads " + model.Count(k.Rate) + " records per second, " + model.Behind(k.Behind) + " behind the newest"
	if k.Barred && k.Behind == 0 {
		s = consumerKind(k) + " " + k.Name
	}
	if k.Latency > 0 {
		s += ", " + model.Behind(k.Latency) + " from put to received"
	}
	if k.Note != "" {
		s += ", " + k.Note
	}
	return Attr(s + partWords(k.Parts) + ". Inspect")
}

func (c *ConsumerCard) look(ctx app.Context, e app.Event) {
	e.Call("stopPropagation")
	c.Out.Send(ctx, model.Look{Ref: "consumer:" + c.Consumer.Name})
}

func (c *ConsumerCard) toggle(ctx app.Context, e app.Event) {
	e.Call("stopPropagation")
	c.Out.Send(ctx, model.Toggle{Menu: "consumer:" + c.Consumer.Name})
}

func (c *ConsumerCard) form(ctx app.Context, e app.Event) {
	e.Call("stopPropagation")
	c.Out.Send(ctx, model.OpenForm{Form: model.Form{Kind: "consumer", Target: c.Consumer.Name, Stream: c.Consumer.Stream}})
}

func (c *ConsumerCard) run(ctx app.Context, e app.Event) {
	e.Call("stopPropagation")
	op := "Start"
	if c.Consumer.Running {
		op = "Stop"
	}
	c.Out.Send(ctx, model.Press{Service: "lab", Op: op + cmp.Or(c.Consumer.Noun, "Consumer"), Body: map[string]any{"Name": c.Consumer.Name}})
}

func (c *ConsumerCard) remove(ctx app.Context, e app.Event) {
	e.Call("stopPropagation")
	c.Out.Send(ctx, model.Press{Service: "lab", Op: "Delete" + cmp.Or(c.Consumer.Noun, "Consumer"), Body: map[string]any{"Name": c.Consumer.Name}})
}

// actorName is a client's name. A small card has no line for what kind it is of, so it says so behind the name.
func actorName(name, kind string, small bool) app.UI {
	if !small || kind == "" {
		return app.Span().Class("actor-name").Text(name)
	}
	return app.Span().Class("actor-name").Body(app.Text(name), app.Small().Class("actor-tag").Text(kind))
}

// firstPart is what a small card has room to say of the parts.
func firstPart(parts []protocol.Part) string {
	if len(parts) == 0 {
		return ""
	}
	s := parts[0].Name + " " + parts[0].Text
	if len(parts) > 1 {
		s += ", +" + strconv.Itoa(len(parts)-1)
	}
	return s
}

// shownParts is how many parts a card draws; the rest is counted.
const shownParts = 2

// actorParts draws what a client is made of, a line each: its name, how full it is, its figures.
func actorParts(parts []protocol.Part, small bool) []app.UI {
	if small || len(parts) == 0 {
		return nil
	}
	var rows []app.UI
	for i, p := range parts {
		if i == shownParts-1 && len(parts) > shownParts {
			rows = append(rows, app.Span().Class("part more").Text("and "+strconv.Itoa(len(parts)-i)+" more"))
			break
		}
		row := app.Span().Class("part "+p.Level).Title(Attr(p.Name+": "+p.Text)).Body(app.Span().Class("part-name").Text(p.Name), app.Span().Class("part-text").Text(p.Text))
		if p.Fill >= 0 {
			row.Style("--fill", strconv.FormatFloat(min(p.Fill, 1)*100, 'f', 1, 64)+"%")
		}
		rows = append(rows, row)
	}
	return []app.UI{app.Span().Class("actor-parts").Body(rows...)}
}

// partWords tells of the parts to who cannot see them.
func partWords(parts []protocol.Part) string {
	var b strings.Builder
	for _, p := range parts {
		b.WriteString(", " + p.Name + ": " + p.Text)
	}
	return b.String()
}

func actorMenuButton(name string, open bool, toggle app.EventHandler) app.UI {
	return app.Button().Type("button").Class("lane-menu").Aria("label", Attr("What to do with "+name)).Aria("expanded", open).Aria("haspopup", "true").
		Body(Icon("ellipsis")).OnClick(toggle)
}

// actorMenu is what can be done with a client; form is nil when it is changed in the console, as its sheet shows.
func actorMenu(running bool, look, form, run, remove app.EventHandler) app.UI {
	runs := app.Button().Type("button").Class("menu-item").Body(Icon("play"), app.Text("Start"))
	if running {
		runs = app.Button().Type("button").Class("menu-item").Body(Icon("pause"), app.Text("Stop"))
	}
	items := []app.UI{app.Button().Type("button").Class("menu-item").Body(Icon("search"), app.Text("Inspect")).OnClick(look)}
	if form != nil {
		items = append(items, app.Button().Type("button").Class("menu-item").Body(Icon("sliders-horizontal"), app.Text("Change…")).OnClick(form))
	}
	items = append(items, runs.OnClick(run), app.Button().Type("button").Class("menu-item danger").Body(Icon("trash-2"), app.Text("Delete")).OnClick(remove))
	return app.Div().Class("menu").DataSet("menu", "actor").Body(items...)
}

// An AddCard is the place under the actors where one more can be added.
type AddCard struct {
	app.Compo
	Out    *Out
	Box    model.Box
	What   string // "producer" or "consumer"
	Stream string
	First  bool
}

// Render draws the button.
func (a *AddCard) Render() app.UI {
	class := "actor-add"
	if a.First {
		class += " first"
	}
	return at(app.Button().Type("button").Class(class), a.Box).Body(Icon("plus"), app.Span().Text("Add a "+a.What)).OnClick(a.open)
}

func (a *AddCard) open(ctx app.Context, e app.Event) {
	e.Call("stopPropagation")
	a.Out.Send(ctx, model.OpenForm{Form: model.Form{Kind: a.What, Stream: a.Stream}})
}

// A FormCard is the small form that adds or changes an actor, reshards, or creates a stream. What is typed stays in its
// fields until it is sent; only then does it become part of the bench.
type FormCard struct {
	app.Compo
	Out      *Out
	Form     model.Form
	Inline   bool
	Shard    protocol.Shard
	Left     string
	Right    string
	Of       protocol.Stream // on the stage
	Zones    []protocol.Zone
	Producer protocol.Producer
	Consumer protocol.Consumer

	keys  string     // which kind of keys is chosen, because other fields depend on it
	shown model.Form // as the fields were last filled
}

// OnMount puts the focus into the first field.
func (f *FormCard) OnMount(app.Context) { f.begin() }

// OnUpdate begins again when another form takes the place of this one, and shows a refusal whole.
func (f *FormCard) OnUpdate(app.Context) {
	refused := f.Form.Error != nil && f.shown.Error != f.Form.Error
	f.shown.Error = f.Form.Error
	switch note := f.JSValue().Call("querySelector", ".note"); {
	case f.shown.Kind != f.Form.Kind || f.shown.Target != f.Form.Target:
		f.keys = ""
		f.begin()
	case refused && note.Truthy():
		note.Call("scrollIntoView", map[string]any{"block": "nearest"})
	}
}

// begin gives every field its first value, whatever an earlier form left in it, and the focus to the first.
func (f *FormCard) begin() {
	f.shown = f.Form
	fields := f.JSValue().Call("querySelectorAll", "input, select")
	for i := range fields.Get("length").Int() {
		one, value := fields.Index(i), ""
		if one.Get("tagName").String() == "SELECT" {
			one.Set("selectedIndex", 0)
			continue
		}
		if first := one.Get("dataset").Get("first"); first.Truthy() {
			value = first.String()
		}
		one.Set("value", value)
	}
	if first := fields.Index(0); first.Truthy() {
		first.Call("focus", map[string]any{"preventScroll": true})
	}
}

// Render draws the form of its kind.
func (f *FormCard) Render() app.UI {
	title, verb := "", ""
	var fields []app.UI
	fresh := f.Form.Target == ""
	switch f.Form.Kind {
	case "producer":
		title, verb = "Add a producer", "Add producer"
		rate, bytes := "100", "256"
		if !fresh {
			title, verb = "Change "+f.Form.Target, "Apply"
			rate, bytes = strconv.FormatFloat(f.Producer.Rate, 'f', -1, 64), strconv.Itoa(f.Producer.Bytes)
		} else {
			fields = append(fields, formField("Name", "Name", "bikes", "text", ""))
		}
		fields = append(fields, app.Div().Class("form-pair").Body(
			formField("RecordsPerSecond", "Records a second", rate, "number", ""),
			formField("RecordBytes", "Bytes of data each", bytes, "number", "")))
		fields = append(fields, f.keyFields(fresh)...)
		retries := [][2]string{{"none", "no retry"}, {"immediate", "at once, the whole call again"}, {"backoff", "as the AWS SDKs, backoff with jitter"}, {"failed-entries", "only the entries that failed"}}
		if !fresh {
			retries = append([][2]string{{"", "as now: " + f.Producer.Retry}}, retries...)
		}
		batch := [][2]string{{"1", "PutRecord, one by one"}, {"25", "PutRecords of 25"}, {"100", "PutRecords of 100"}, {"500", "PutRecords of 500"}}
		if !fresh {
			batch = append([][2]string{{"", "as now"}}, batch...)
		}
		fields = append(fields, formChoice("Batch", "Sends with", batch, nil), formChoice("Retry", "After a refusal", retries, nil))
	case "consumer":
		title, verb = "Add a consumer", "Add consumer"
		if !fresh {
			title, verb = "Change "+f.Form.Target, "Apply"
		} else {
			fields = append(fields, formField("Name", "Name", "board", "text", ""))
		}
		poll, pace := "200", "0"
		if !fresh {
			poll, pace = "", ""
		}
		fields = append(fields, app.Div().Class("form-pair").Body(
			formField("PollMillis", "Polls every … ms", poll, "number", "GetRecords: 5 calls a second and shard, for all readers together"),
			formField("RecordsPerSecond", "Can process a second", pace, "number", "0: at once")))
		from := [][2]string{{"LATEST", "LATEST, what comes from now on"}, {"TRIM_HORIZON", "TRIM_HORIZON, the oldest still held"}}
		if !fresh {
			from = append([][2]string{{"", "as now"}}, from...)
		}
		mode := [][2]string{{"POLLING", "by GetRecords, from what all readers share"}, {"FANOUT", "pushed, by enhanced fan-out of its own"}}
		if !fresh {
			mode = append([][2]string{{"", "as now"}}, mode...)
		}
		fields = append(fields, formChoice("RetrievalMode", "Gets records", mode, nil), formChoice("From", "Begins at", from, nil))
	case "split":
		title, verb = "Split shard "+strconv.Itoa(model.ShardNumber(f.Form.Target)), "Split shard"
		fields = append(fields,
			app.P().Class("soft").Text("The shard closes and two open, one on each side of the hash key you cut at. What it holds stays readable until it expires."),
			formField("NewStartingHashKey", "First hash key of the upper half", model.Middle(f.Shard.StartHash, f.Shard.EndHash), "text", "The middle of its range. Keys whose MD5 is below go left."))
	case "merge":
		title, verb = "Merge shard "+strconv.Itoa(model.ShardNumber(f.Form.Target)), "Merge shards"
		var with [][2]string
		for _, id := range [...]string{f.Left, f.Right} {
			if id != "" {
				with = append(with, [2]string{id, id})
			}
		}
		fields = append(fields,
			app.P().Class("soft").Text("Both shards close and one opens over both ranges. Only open shards whose ranges touch can be merged."),
			formChoice("AdjacentShardToMerge", "With its neighbour", with, nil))
	case "shards":
		title, verb = "Change the shard count", "Update shard count"
		open := 0
		for _, sh := range f.Of.Shards {
			if sh.State == "OPEN" {
				open++
			}
		}
		fields = append(fields,
			app.P().Class("soft").Text("The service splits and merges until the ranges are even. One call may go to the double or down to the half of what is open."),
			formField("TargetShardCount", "Shards", strconv.Itoa(min(2*open, open+1)), "number", strconv.Itoa(open)+" are open now"))
	case "mode":
		title, verb = "Change the capacity mode", "Update stream mode"
		to := [][2]string{{"ON_DEMAND", "ON_DEMAND, the service chooses the shards"}, {"PROVISIONED", "PROVISIONED, you choose the shards"}}
		if f.Of.Mode == "ON_DEMAND" {
			to[0], to[1] = to[1], to[0]
		}
		fields = append(fields, app.P().Class("soft").Text("The shards stay as they are. A stream may change its mode twice in 24 hours."), formChoice("StreamMode", "Capacity mode", to, nil))
	case "retention":
		title, verb = "Change the retention", "Change retention"
		fields = append(fields,
			app.P().Class("soft").Text("How long a record stays readable. More costs more; when it is lowered, older records are gone at once."),
			formField("RetentionPeriodHours", "Hours", strconv.FormatInt(f.Of.RetentionHours, 10), "number", "24 hours to 8,760, which is 365 days"))
	case "encryption":
		title, verb = "Encrypt with KMS", "Start encryption"
		if f.Of.Key != "" {
			title, verb = "End the encryption", "Stop encryption"
			fields = append(fields, app.P().Class("soft").Text("New records are kept as they are from then on. Older ones stay encrypted."), formField("KeyId", "Key", f.Of.Key, "text", ""))
			break
		}
		fields = append(fields, app.P().Class("soft").Text("New records are encrypted at rest with this key. Older ones stay as they are."),
			formField("KeyId", "Key", "alias/aws/kinesis", "text", "an id, an ARN or an alias; this one is AWS's own"))
	case "zone":
		title, verb = "Lose a zone, or bring it back", "Do it"
		var zones [][2]string
		for _, z := range f.Zones {
			words := "lose " + z.Name
			if z.State == "LOST" {
				words = "bring " + z.Name + " back"
			}
			zones = append(zones, [2]string{z.Name, words})
		}
		fields = append(fields, app.P().Class("soft").Text("Every record lies in three Availability Zones. See what is lost with one of them."), formChoice("AvailabilityZone", "Zone", zones, nil))
	case "stream":
		title, verb = "Create a stream", "Create stream"
		fields = append(fields, app.Div().Class("form-pair").Body(
			formField("StreamName", "Name", "trips", "text", ""), formField("ShardCount", "Shards", "2", "number", "each takes 1,000 records/s and 1 MiB/s")))
	}
	said := app.Div().Class("form-said").Aria("live", "polite") // always there, so that the buttons after it keep their place and the focus
	if f.Form.Error != nil {
		words := f.Form.Error.Message
		if f.Form.Error.Code != "" {
			words = f.Form.Error.Code + ": " + words
		}
		said = said.Body(app.Div().Class("note hot").Body(Icon("circle-alert"), app.Div().Body(app.P().Text(words), app.If(f.Form.Error.Hint != "", app.P().Class("hint").Text(f.Form.Error.Hint)))))
	}
	fields = append(fields, said)
	send := app.Button().Type("submit").Class("btn small primary").Text(verb)
	if f.Form.Busy {
		send = app.Button().Type("submit").Class("btn small primary").Aria("disabled", true).Body(app.Span().Class("spinner"), app.Text(verb))
	}
	fields = append(fields, app.Div().Class("row").Body(send, app.Button().Type("button").Class("btn small quiet").Text("Cancel").OnClick(f.close)))
	class := "form-card"
	if f.Inline {
		class += " inline"
	}
	return app.Form().Class(class).Aria("label", Attr(title)).Body(append([]app.UI{app.H2().Text(title)}, fields...)...).OnSubmit(f.send).OnClick(hold).OnKeyDown(f.key)
}

// hold keeps a press on a form from being one on the stage under it.
func hold(_ app.Context, e app.Event) { e.Call("stopPropagation") }

func (f *FormCard) keyFields(fresh bool) []app.UI {
	kinds := [][2]string{{"uniform", "at random, all alike"}, {"round-robin", "in turn"}, {"skewed", "one key takes more"}, {"zipf", "a few keys take most"}, {"fixed", "one key only"}}
	if !fresh {
		kinds = append([][2]string{{"", "as now: " + f.Producer.Keys}}, kinds...)
	}
	out := []app.UI{formChoice("Keys", "Partition keys", kinds, f.pickKeys)}
	if fresh || f.keys != "" {
		if f.keys != "fixed" {
			out = append(out, app.Div().Class("form-pair").Body(formField("Prefix", "Keys begin with", "bike-", "text", ""), formField("Count", "How many keys", "100", "number", "")))
		} else {
			out = append(out, formField("Prefix", "The key", "bike-1", "text", ""))
		}
		if f.keys == "skewed" || f.keys == "zipf" {
			out = append(out, formField("Share", "Share of the first key, in %", "70", "number", ""))
		}
	}
	return out
}

func (f *FormCard) pickKeys(ctx app.Context, _ app.Event) { f.keys = ctx.JSSrc().Get("value").String() }

func (f *FormCard) close(ctx app.Context, _ app.Event) { f.Out.Send(ctx, model.CloseForm{}) }

func (f *FormCard) key(ctx app.Context, e app.Event) {
	if e.Get("key").String() == "Escape" {
		e.Call("stopPropagation")
		f.Out.Send(ctx, model.CloseForm{})
	}
}

// send reads the fields and presses the command they make up. A field left empty keeps what is.
func (f *FormCard) send(ctx app.Context, e app.Event) {
	e.PreventDefault()
	if f.Form.Busy {
		return
	}
	body := map[string]any{}
	get := func(name string) string {
		el := f.JSValue().Call("querySelector", `[name="`+name+`"]`)
		if !el.Truthy() {
			return ""
		}
		return strings.TrimSpace(el.Get("value").String())
	}
	bad := ""
	number := func(into map[string]any, as, name, label string) {
		s := get(name)
		if s == "" {
			return
		}
		v, err := strconv.ParseFloat(s, 64)
		if err != nil {
			bad = label + " must be a number, for example 100."
			return
		}
		into[as] = v
	}
	text := func(name string) {
		if s := get(name); s != "" {
			body[name] = s
		}
	}
	service, op := "lab", ""
	switch f.Form.Kind {
	case "producer":
		op = "PutProducer"
		f.name(body, get("Name"), &bad)
		number(body, "RecordsPerSecond", "RecordsPerSecond", "Records a second")
		number(body, "RecordBytes", "RecordBytes", "Bytes of data")
		number(body, "Batch", "Batch", "The batch")
		if kind := get("Keys"); kind != "" {
			keys := map[string]any{"Kind": kind}
			if kind == "fixed" {
				keys["Names"] = []string{get("Prefix")}
			} else {
				keys["Prefix"] = get("Prefix")
				number(keys, "Count", "Count", "How many keys")
			}
			if s, err := strconv.ParseFloat(get("Share"), 64); err == nil {
				keys["Share"] = s / 100
			}
			body["Keys"] = keys
		}
		if mode := get("Retry"); mode != "" {
			body["Retry"] = map[string]any{"Mode": mode}
		}
	case "consumer":
		op = "PutConsumer"
		f.name(body, get("Name"), &bad)
		if text("RetrievalMode"); get("RetrievalMode") != "FANOUT" { // which does not ask for records
			number(body, "PollMillis", "PollMillis", "Polls every")
		}
		number(body, "RecordsPerSecond", "RecordsPerSecond", "Can process")
		text("From")
	case "split":
		service, op = "kinesis", "SplitShard"
		body["StreamName"], body["ShardToSplit"] = f.Form.Stream, f.Form.Target
		text("NewStartingHashKey")
	case "merge":
		service, op = "kinesis", "MergeShards"
		body["StreamName"], body["ShardToMerge"] = f.Form.Stream, f.Form.Target
		text("AdjacentShardToMerge")
	case "shards":
		service, op = "kinesis", "UpdateShardCount"
		body["StreamName"], body["ScalingType"] = f.Form.Stream, "UNIFORM_SCALING"
		number(body, "TargetShardCount", "TargetShardCount", "Shards")
	case "mode":
		service, op = "kinesis", "UpdateStreamMode"
		body["StreamARN"], body["StreamModeDetails"] = f.Of.ARN, map[string]any{"StreamMode": get("StreamMode")}
	case "retention":
		service, op = "kinesis", "IncreaseStreamRetentionPeriod"
		body["StreamName"] = f.Form.Stream
		number(body, "RetentionPeriodHours", "RetentionPeriodHours", "Hours")
		if h, ok := body["RetentionPeriodHours"].(float64); ok && h < float64(f.Of.RetentionHours) {
			op = "DecreaseStreamRetentionPeriod"
		}
	case "encryption":
		service, op = "kinesis", "StartStreamEncryption"
		if f.Of.Key != "" {
			op = "StopStreamEncryption"
		}
		body["StreamName"], body["EncryptionType"] = f.Form.Stream, "KMS"
		text("KeyId")
	case "zone":
		op = "InterruptZone"
		text("AvailabilityZone")
		for _, z := range f.Zones {
			if z.Name == body["AvailabilityZone"] && z.State == "LOST" {
				op = "RestoreZone"
			}
		}
	case "stream":
		service, op = "kinesis", "CreateStream"
		text("StreamName")
		number(body, "ShardCount", "ShardCount", "Shards")
	}
	if bad != "" {
		f.Out.Send(ctx, model.RefuseForm{Why: bad})
		return
	}
	f.Out.Send(ctx, model.Press{Service: service, Op: op, Body: body})
}

func (f *FormCard) name(body map[string]any, typed string, bad *string) {
	if f.Form.Target != "" {
		body["Name"] = f.Form.Target
		return
	}
	if typed == "" {
		*bad = "Give it a name, for example bikes."
	}
	body["Name"], body["StreamName"] = typed, f.Form.Stream
}

func formField(name, label, value, kind, help string) app.UI {
	in := app.Input().Class("field").Type(kind).Name(name).ID("form-"+name).Attr("value", value).DataSet("first", value).AutoComplete(false).Attr("spellcheck", "false")
	if kind == "number" {
		in = in.Attr("min", "0").Attr("step", "any")
	}
	body := []app.UI{app.Label().For("form-" + name).Text(label), in}
	if help != "" {
		in.Aria("describedby", "form-"+name+"-help")
		body = append(body, app.Small().ID("form-"+name+"-help").Class("soft").Text(help))
	}
	return app.Div().Class("form-field").Body(body...)
}

func formChoice(name, label string, options [][2]string, picked app.EventHandler) app.UI {
	list := make([]app.UI, 0, len(options))
	for _, o := range options {
		list = append(list, app.Option().Attr("value", o[0]).Text(o[1]))
	}
	pick := app.Select().Class("field").Name(name).ID("form-" + name).Body(list...)
	if picked != nil {
		pick = pick.OnChange(picked)
	}
	return app.Div().Class("form-field").Body(app.Label().For("form-"+name).Text(label), pick)
}
