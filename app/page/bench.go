package page

import (
	"encoding/json"
	"time"

	"github.com/maxence-charriere/go-app/v9/pkg/app"

	"shardlab/app/link"
	"shardlab/app/model"
	"shardlab/app/view"
	"shardlab/wasm/protocol"
)

// Bench is the lab beside a lesson, and alone as the sandbox: it owns the engine of one lab, keeps what is known of it, and
// frames the views. A page mounts a fresh one for every lab.
type Bench struct {
	app.Compo
	Lab   json.RawMessage // the lab's file, as the engine opens it
	Slug  string          // the run's key on this device
	Full  bool            // the whole width is the bench's
	Wire  *Wire
	Link  string      // a lab that somebody shared, in place of Lab
	Alone bool        // in another page: nothing is kept
	Fresh bool        // its run begins anew each time and is not kept
	Set   model.Embed // how it stands there

	state  model.Bench
	out    *view.Out
	ctx    app.Context
	engine *link.Engine
	drop   []func()
	refind func() // the focus, when what had it is gone
	closed bool

	stage   model.Stage
	whole   model.Whole // laid out while it is shown
	laid    laid
	w, h    float64
	x, y    float64 // how far the stage is scrolled
	scrolls int     // scrollings so far: the stage is laid out for the last of a row of them
	paint   painter
	log     string        // of the run as last saved
	saved   place         // where it stood at that moment
	saving  time.Duration // how long the planned saving waits; 0 when none is planned
	savings int           // savings planned so far: an older plan gives way to a nearer one
	looked  float64       // when the open sheet was last asked for
	words   string        // of the engine's loading
	proof   model.Proof   // what was told to be selected

	scriptEditor *link.Editor // of the scenario's text; nil before it is first shown
	scriptMade   bool
	scriptFlaw   scriptFlaw
}

// laid says what the stage was laid out for.
type laid struct {
	shape  int
	stream string
	view   string
	sight  model.Sight
	parts  model.Parts
}

// OnInit makes the bench as it is before anything has come; the server draws this.
func (b *Bench) OnInit() {
	b.state = model.NewBench()
	b.out = &view.Out{Send: b.send, Copy: b.copy, Hit: b.hit, Pan: b.pan, Edit: b.edit}
}

// typedKey is where the console's history lies on this device.
const typedKey = "shardlab.typed"

// chartsKey begins the names under which it is remembered which charts a lab has.
const chartsKey = "shardlab.charts."

// OnMount starts the engine and opens the lab, from where it was left when this device has kept its run.
func (b *Bench) OnMount(ctx app.Context) {
	b.ctx = ctx
	var typed []string
	if ctx.LocalStorage().Get(typedKey, &typed) == nil && len(typed) > 0 {
		b.update(model.RecallTyped{Lines: typed})
	}
	var charts model.Kept
	if ctx.LocalStorage().Get(chartsKey+b.Slug, &charts) == nil && charts.Remembers() {
		b.update(model.RecallCharts{Kept: charts})
	}
	device := link.Inert()
	if b.Wire != nil && b.Wire.Device != nil {
		device = b.Wire.Device
	}
	b.paint.still = device.Motion() == "reduced"
	b.drop = append(b.drop,
		device.OnSettings(func() {
			ctx.Dispatch(func(app.Context) { b.paint.still = device.Motion() == "reduced"; b.paint.wake() })
		}),
		link.WatchSize(view.StageID, func(w, h float64) {
			if w > 0 && h > 0 {
				ctx.Dispatch(func(app.Context) { b.w, b.h = w, h; b.lay() })
			}
		}),
		link.WatchHand(view.StageID,
			func(factor, x, y float64) {
				ctx.Dispatch(func(app.Context) { b.zoom(model.ZoomTo{Zoom: b.state.Zoom * factor}, x, y) })
			},
			func(x, y float64) { ctx.Dispatch(func(app.Context) { b.scrolled(x, y) }) }))
	tell := func(message any) { ctx.Dispatch(func(app.Context) { b.update(message) }) }
	refind, stop := link.KeepFocus(benchID)
	b.refind = refind
	b.drop = append(b.drop, stop, link.WatchWires(view.StageID,
		func(from, end string, low bool) { tell(model.BeginWire{From: from, End: end, Low: low}) },
		func(over string) { tell(model.HoldWire{Over: over}) },
		func(over string) { tell(model.DropWire{Over: over}) }))
	b.engine = link.NewEngine(device, link.Hooks{
		Frame: func(f protocol.Frame) { ctx.Dispatch(func(app.Context) { b.frame(f) }) },
		Panic: func(p protocol.Panic) { ctx.Dispatch(func(app.Context) { b.lost(p) }) },
		State: func(s link.State, words string) { ctx.Dispatch(func(app.Context) { b.became(s, words) }) },
		Loading: func(total int64) {
			ctx.Dispatch(func(app.Context) { b.update(model.EngineLoading{Total: total}) })
		},
	})
	b.tell(News{Kind: NewsState, State: LabLoading})
	b.engine.Start()
	if b.Alone || b.Fresh {
		b.open("")
	} else {
		device.Run(b.Slug, func(log string) { ctx.Dispatch(func(app.Context) { b.open(log) }) })
	}
	if !b.Alone {
		ctx.Defer(func(app.Context) {
			if !b.closed {
				b.drop = append(b.drop, link.TakeDrops(benchID, func(f link.LabFile) { ctx.Dispatch(func(app.Context) { b.openFile(f) }) }))
			}
		})
	}
	if b.Wire != nil {
		b.drop = append(b.drop, b.Wire.Bench(b.order))
		b.Wire.acts = b.acts
	}
}

// OnDismount keeps the run and ends the engine.
func (b *Bench) OnDismount() {
	b.closed = true
	for _, drop := range b.drop {
		drop()
	}
	b.paint.close()
	if b.engine == nil {
		return
	}
	if b.Alone || b.Fresh || b.state.Phase != model.Ready || placeOf(b.state.Frame) == b.saved && b.log != "" {
		b.engine.Stop()
		return
	}
	engine, device, slug := b.engine, b.Wire.Device, b.Slug
	engine.Send(protocol.Request{Kind: protocol.Save}, func(r protocol.Reply) {
		if r.Error == nil && r.Log != "" && device != nil {
			device.KeepRun(slug, r.Log)
		}
		engine.Stop()
	})
}

// edit makes a field of the bench an editor.
func (b *Bench) edit(id, language string) (close func(), flaw func(line, column int, message string)) {
	if b.Wire == nil || b.Wire.Device == nil {
		return func() {}, func(int, int, string) {}
	}
	e := b.Wire.Device.NewEditor(id, link.EditorOptions{Language: language})
	return e.Close, e.SetFlaw
}

// OnResize measures nothing itself: the stage's own size is watched.
func (b *Bench) OnResize(app.Context) { b.lay() }

func (b *Bench) tell(n News) {
	if b.Wire != nil {
		n.Now = b.state.Frame.Now
		b.Wire.Tell(n)
	}
}

// open opens the lab, or opens it again from a log.
func (b *Bench) open(log string) {
	if b.closed {
		return
	}
	b.log = log
	b.ask(model.Ask{Request: protocol.Request{Kind: protocol.Open, Lab: b.Lab, Link: b.Link, Log: log}})
}

// ask sends a request; its reply becomes a message.
func (b *Bench) ask(a model.Ask) {
	b.engine.Send(a.Request, func(r protocol.Reply) {
		b.ctx.Dispatch(func(app.Context) {
			if a.Request.Kind == protocol.Open && r.Error != nil && r.Error.Code == link.CodeStopped {
				return // the engine's own end says more
			}
			b.update(model.Replied{Ask: a, Reply: r})
			if r.Shared != nil && a.Request.Kind == protocol.Open {
				b.tell(News{Kind: NewsShared, Shared: *r.Shared})
			}
			if b.state.Phase == model.Failed {
				b.tell(News{Kind: NewsState, State: LabFailed, Message: b.state.Trouble.Text})
			}
		})
	})
}

// update takes a message into the state and sends what follows from it.
func (b *Bench) update(message any) {
	if b.closed {
		return
	}
	typed, charts := len(b.state.Typed), b.state.Graph.Kept
	var asks []model.Ask
	b.state, asks = b.state.Update(message)
	for _, a := range asks {
		b.ask(a)
	}
	if n := len(b.state.Typed); n != typed && n > 0 && b.ctx != nil {
		_ = b.ctx.LocalStorage().Set(typedKey, b.state.Typed) // a full or forbidden storage costs the history alone
	}
	if kept := b.state.Graph.Kept; b.ctx != nil && !kept.Same(charts) {
		_ = b.ctx.LocalStorage().Set(chartsKey+b.Slug, kept)
	}
	if proof := b.state.Proof(); proof != b.proof {
		b.proof = proof
		b.tell(News{Kind: NewsLook, Proof: proof})
	}
	b.lay()
	b.script()
	b.Update()
}

// send takes what a view says.
func (b *Bench) send(_ app.Context, message any) {
	switch m := message.(type) {
	case model.ShowFlaw:
		b.toFlaw(m)
		return
	case model.SaveScript:
		b.saveScript()
		return
	case view.PickScript:
		link.PickFile(scriptKinds, func(f link.LabFile) { b.ctx.Dispatch(func(app.Context) { b.openFile(f) }) })
		return
	case model.ZoomBy, model.ZoomTo:
		b.zoom(m, b.w/2, b.h/2)
		return
	case model.RunLine:
		if message, told, ok := model.StageLine(m.Line); ok {
			if b.update(told); message != nil {
				b.send(b.ctx, message)
			}
			return
		}
	case model.TypeKey: // it is shown on the ring
		if b.state.View != model.ViewRing {
			b.update(model.ShowView{View: model.ViewRing})
		}
	case model.SavePicture:
		b.savePicture(m)
		return
	case model.SaveObject:
		b.fetch(model.Download{Ref: m.Ref}, nil)
		return
	case view.BeginAgain:
		b.again()
		return
	case model.FocusPanel:
		b.update(model.ShowTab{Tab: m.Tab})
		b.ctx.Defer(func(app.Context) { link.FocusIn("panel-" + m.Tab) })
		return
	case view.RetryEngine:
		typed, charts := b.state.Typed, b.state.Graph.Kept
		b.state = model.NewBench()
		b.state.Typed, b.state.Graph.Kept = typed, charts
		b.engine.Restart()
		b.open(b.log)
		b.Update()
		return
	case view.DrillCrash:
		b.update(model.Toggle{})
		b.engine.Send(protocol.Request{Kind: protocol.Crash}, nil)
		return
	case model.OpenSharing:
		m.Address, m.Place = link.Origin(), placeNamed(b.Slug)
		b.update(m)
		return
	case model.CopyShared:
		link.Copy(m.Text, func(ok bool) { b.ctx.Dispatch(func(app.Context) { b.update(model.SharedCopied{OK: ok}) }) })
		return
	case model.SaveLab:
		b.saveLab()
		return
	case model.SaveExport:
		link.Download(b.state.Sharing.Form.File, "text/plain", []byte(b.state.Sharing.Text))
		return
	case model.PickLab:
		link.PickFile(".json,.shardlab.json,application/json", func(f link.LabFile) { b.ctx.Dispatch(func(app.Context) { b.openFile(f) }) })
		return
	case view.CopyLog:
		b.update(model.Toggle{})
		b.engine.Send(protocol.Request{Kind: protocol.Save}, func(r protocol.Reply) {
			b.ctx.Dispatch(func(ctx app.Context) { b.copy(ctx, r.Log) })
		})
		return
	}
	b.update(message)
}

// acts are what the palette offers for this bench.
func (b *Bench) acts() []model.Act {
	all := model.BenchActs(b.state)
	if b.state.Phase != model.Ready {
		return all
	}
	if b.scripts() {
		all = append(all, model.ScenarioActs(b.state.Script)...)
	}
	return append(all,
		model.Act{Group: model.GroupLab, Icon: "life-buoy", Words: "Drill: let the engine crash", More: "panic restore", Message: view.DrillCrash{}},
		model.Act{Group: model.GroupLab, Icon: "rotate-ccw", Words: "Begin the lab again", More: "restart reset empty fresh", Message: view.BeginAgain{}},
		model.Act{Group: model.GroupLab, Icon: "copy", Words: "Copy the log", More: "report bug replay", Message: view.CopyLog{}})
}

// fetch asks for the bytes of an object piece by piece and hands them to the learner as a file. An object that is written anew
// meanwhile is begun again.
func (b *Bench) fetch(d model.Download, parts [][]byte) {
	b.update(model.Downloading{Download: d})
	b.engine.Send(protocol.Request{Kind: protocol.Read, Ref: d.Ref, From: d.Got}, func(r protocol.Reply) {
		b.ctx.Dispatch(func(app.Context) {
			if r.Error != nil || r.Bytes == nil {
				d.Flaw = "The object could not be read."
				if r.Error != nil {
					d.Flaw = r.Error.Message
				}
				b.update(model.Downloading{Download: d})
				return
			}
			x := r.Bytes
			if d.ETag != "" && d.ETag != x.ETag {
				b.fetch(model.Download{Ref: d.Ref}, nil)
				return
			}
			d.Name, d.ETag, d.Total, d.Got = x.Name, x.ETag, x.Total, x.From+int64(len(x.Data))
			parts = append(parts, x.Data)
			if d.Got < d.Total && len(x.Data) > 0 {
				b.fetch(d, parts)
				return
			}
			link.Download(x.Name, x.Type, parts...)
			b.update(model.Downloading{Download: d})
		})
	})
}

func (b *Bench) copy(ctx app.Context, text string) {
	link.Copy(text, func(ok bool) {
		words := "Copied."
		if !ok {
			words = "This browser did not allow copying; mark the text and copy it by hand."
		}
		ctx.Dispatch(func(app.Context) { b.update(model.Say{Words: words}) })
	})
}

// again begins the lab from its first instant, without its log.
func (b *Bench) again() {
	if b.Wire != nil && b.Wire.Device != nil {
		b.Wire.Device.DropRun(b.Slug)
	}
	typed, charts := b.state.Typed, b.state.Graph.Kept
	b.state = model.NewBench()
	b.state.Typed, b.state.Graph.Kept = typed, charts
	b.saved, b.log = place{}, ""
	b.laid = laid{}
	b.engine.Restart()
	b.open("")
	b.Update()
}

func (b *Bench) became(s link.State, words string) {
	if b.closed {
		return
	}
	b.words = words
	switch s {
	case link.Ready:
		b.update(model.EngineStarted{})
	case link.Failed:
		if b.state.Phase == model.Ready || b.state.Phase == model.Restoring { // it ran, and ended without a last word
			b.lost(protocol.Panic{Message: words, Log: b.log, Seed: b.state.Frame.Seed, At: b.state.Frame.Now})
			return
		}
		hint := "Try again, or reload the page. Your lab is kept on this device."
		if !b.Full && !b.Fresh {
			hint += " The lesson can be read without the engine."
		}
		b.update(model.EngineFailed{Trouble: model.Trouble{Title: "The engine did not start", Text: "The browser says: " + words, Hint: hint}})
		b.tell(News{Kind: NewsState, State: LabFailed, Message: words})
	}
	b.Update()
}

// lost opens the lab again in a new worker, from the log the old one left.
func (b *Bench) lost(p protocol.Panic) {
	if p.Log == "" {
		p.Log = b.log
	}
	b.update(model.EngineLost{Panic: p})
	b.tell(News{Kind: NewsState, State: LabPanicked, Message: b.state.Trouble.Text})
	if b.state.Phase != model.Restoring {
		return
	}
	b.engine.Start()
	b.open(p.Log)
}

// frame takes one frame: figures into the state, flights into the air, news to the page.
func (b *Bench) frame(f protocol.Frame) {
	if b.closed {
		return
	}
	wall := link.Now()
	first := b.state.Phase != model.Ready
	b.update(model.FrameCame{Frame: f, Wall: wall})
	shown, _, _ := model.ShownOf(f, b.state.Stream, model.Room(b.w, b.h))
	keyed := f
	keyed.Keys = b.state.Frame.Keys
	keyed.Speed = b.state.Frame.Speed
	b.paint.air.Take(keyed, b.state.Palette, shown, b.stage, wall)
	b.paint.wake()
	if first {
		b.saved = placeOf(f)
		if b.Set.Play {
			b.update(model.PressPlay{})
		}
		b.tell(News{Kind: NewsState, State: LabReady})
	}
	b.tell(News{Kind: NewsGoals, Goals: f.Goals})
	for _, e := range f.Events {
		if e.Mark || e.Kind == protocol.EventGoal {
			b.tell(News{Kind: NewsEvent, Event: e})
		}
	}
	b.keep(f)
	if b.state.ScriptBehind() {
		b.update(model.FollowScript{})
	}
	if b.state.Ref != "" && b.state.Left == "inspector" && f.Playing && wall-b.looked > 1000 {
		b.looked = wall
		for _, a := range b.state.Inspection() {
			b.ask(a)
		}
	}
}

// A place is where a run stands, as far as keeping it is concerned.
type place struct {
	commands     int
	history, now int64
}

func placeOf(f protocol.Frame) place { return place{f.Commands, f.History, f.Now} }

// How long keep waits: for what the learner does next, and between two savings while nothing but time goes on.
const (
	keepSoon  = 400 * time.Millisecond
	keepLater = 5 * time.Second
)

// keep saves the run on this device soon after the learner has done something or time has moved.
func (b *Bench) keep(f protocol.Frame) {
	now := placeOf(f)
	if b.Alone || b.Fresh || now == b.saved || b.Wire == nil || b.Wire.Device == nil {
		return
	}
	wait := keepSoon
	if f.Playing && now.commands == b.saved.commands && now.history == b.saved.history {
		wait = keepLater
	}
	if b.saving > 0 && b.saving <= wait {
		return // a saving as near is planned
	}
	b.saving = wait
	b.savings++
	turn := b.savings
	b.ctx.After(wait, func(app.Context) {
		if b.closed || turn != b.savings {
			return
		}
		at := placeOf(b.state.Frame)
		b.engine.Send(protocol.Request{Kind: protocol.Save}, func(r protocol.Reply) {
			b.ctx.Dispatch(func(app.Context) {
				b.saving, b.saved = 0, at
				if r.Error == nil && r.Log != "" && !b.closed {
					b.log = r.Log
					b.Wire.Device.KeepRun(b.Slug, r.Log)
				}
			})
		})
	})
}

// order does what the page wants of the bench.
func (b *Bench) order(o Order) {
	switch o.Kind {
	case OrderTry:
		b.update(model.RunLine{Line: o.Line})
	case OrderLook:
		b.update(model.Look{Ref: o.Line})
	case OrderSend:
		b.send(b.ctx, o.Message)
	case OrderDo:
		b.update(model.Press{Service: "lab", Op: o.Op, Body: o.Body})
	case OrderAsk:
		body, err := json.Marshal(o.Body)
		if err != nil {
			panic("page: the body of a question is not JSON: " + err.Error())
		}
		b.engine.Send(protocol.Request{Kind: protocol.Do, Service: "lab", Op: o.Op, Body: body}, func(r protocol.Reply) {
			b.ctx.Dispatch(func(app.Context) { b.tell(News{Kind: NewsAnswer, Block: o.Block, Reply: r}) })
		})
	case OrderRun:
		b.update(model.ShowTab{Tab: "stage"})
		if o.Again { // once more from the beginning: what the learner did since is kept and lived again
			b.engine.Send(protocol.Request{Kind: protocol.Seek, At: b.state.Frame.Opened}, nil)
		}
		until := &protocol.Condition{Kinds: o.Kinds, At: o.At}
		b.engine.Send(protocol.Request{Kind: protocol.Until, Until: until}, func(r protocol.Reply) {
			b.ctx.Dispatch(func(app.Context) {
				n := News{Kind: NewsReached, Block: o.Block, Reached: r.Reached}
				if r.Error != nil {
					n.Message = r.Error.Message + " " + r.Error.Hint
				}
				b.tell(n)
			})
		})
	case OrderSave:
		b.engine.Send(protocol.Request{Kind: protocol.Save}, func(r protocol.Reply) {
			b.ctx.Dispatch(func(app.Context) {
				n := News{Kind: NewsSaved, Log: r.Log}
				if r.Error != nil {
					n.Message = r.Error.Message
				} else if b.Wire.Device != nil {
					b.log = r.Log
					b.Wire.Device.KeepRun(b.Slug, r.Log)
				}
				b.tell(n)
			})
		})
	}
}

// shownStream returns the stream on the stage with its figures.
func (b *Bench) shownStream() protocol.Stream {
	for _, s := range b.state.Figures.Streams {
		if s.Name == b.state.Stream {
			return s
		}
	}
	return protocol.Stream{}
}

// lay lays the stage out when its shape or its room has changed.
func (b *Bench) lay() {
	room := model.Room(b.w, b.h)
	_, producers, consumers := model.ShownOf(b.state.Figures, b.state.Stream, room)
	parts := model.PartsOf(producers, consumers, model.ControlsOf(b.state.Figures, b.state.Stream))
	now := laid{b.state.Shape, b.state.Stream, b.state.View, model.Sight{W: b.w, H: b.h, Zoom: b.state.Zoom, X: b.x, Y: b.y}, parts}
	if b.state.View == model.ViewAll && b.w > 0 { // its figures are in its boxes
		b.whole = model.WholeOf(b.state.Figures).Lay(now.sight)
	}
	if now == b.laid || b.w == 0 {
		return
	}
	if now.view != b.laid.view || now.stream != b.laid.stream {
		b.x, b.y, now.sight.X, now.sight.Y = 0, 0, 0, 0
		link.ScrollTo(view.StageID, 0, 0)
	}
	b.laid = now
	writers, _ := model.Cards(len(producers), room)
	readers, _ := model.Cards(len(consumers), room)
	next := now.sight.Lay(b.shownStream(), writers, readers, parts)
	if now.view == model.ViewAll {
		next = b.whole.Stage()
	}
	b.paint.move(b.stage, next)
	b.stage = next
	b.Update()
}

// hit looks at what lies under a point of the stage: a record, else a shard, else nothing, which closes what is open.
func (b *Bench) hit(_ app.Context, x, y float64) {
	at := b.paint.stage(link.Now())
	if d, ok := b.paint.air.Hit(at, x, y); ok {
		for _, s := range b.shownStream().Shards {
			if model.ShardNumber(s.ID) == d.Shard {
				b.update(model.Look{Ref: model.DotRef(b.state.Stream, s.ID, d)})
				return
			}
		}
	}
	for _, l := range b.stage.Lanes {
		if x >= l.Box.X && x <= l.Box.Right() && y >= l.Box.Y && y <= l.Box.Bottom() {
			if shards := b.shownStream().Shards; l.Shard < len(shards) {
				b.update(model.Look{Ref: "shard:" + b.state.Stream + "/" + shards[l.Shard].ID})
			}
			return
		}
	}
	if b.state.Menu != "" {
		b.update(model.Toggle{})
	}
}
