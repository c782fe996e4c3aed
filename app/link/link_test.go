package link

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"shardlab/app/model"
)

// fake is a browser, its network and its server in one, with a clock that tests turn.
type fake struct {
	t       *testing.T
	on      hooks
	page    string
	clock   int64
	ids     byte
	storage map[string]string
	disk    map[string]kept
	broken  bool // IndexedDB does not open
	runs    map[string]string
	timers  []*timer
	net     bool
	answers func(method, path string, body []byte) (int, string) // the server; nil uses events
	events  map[string]model.Event
	learner string
	sent    []string // ids in the order of their messages, "|" between messages
	told    []model.Event
	theme   string
	opened  func([]kept, error)
	early   bool // open answers only when the test says so
}

type timer struct {
	at   int64
	do   func()
	dead bool
}

func newFake(t *testing.T) *fake {
	return &fake{t: t, storage: map[string]string{}, disk: map[string]kept{}, runs: map[string]string{}, net: true, events: map[string]model.Event{}}
}

func (f *fake) pageData() []byte { return []byte(f.page) }
func (f *fake) now() int64       { return f.clock }
func (f *fake) random(n int) []byte {
	f.ids++
	return []byte(strings.Repeat(string([]byte{f.ids}), n))
}
func (f *fake) online() bool                      { return f.net }
func (f *fake) listen(on hooks)                   { f.on = on }
func (f *fake) read(key string) string            { return f.storage[key] }
func (f *fake) write(key, value string)           { f.storage[key] = value }
func (f *fake) keepRun(key, log string)           { f.runs[key] = log }
func (f *fake) dropRun(key string)                { delete(f.runs, key) }
func (f *fake) run(key string, done func(string)) { done(f.runs[key]) }
func (f *fake) tell(events []model.Event)         { f.told = append(f.told, events...) }
func (f *fake) dress(theme, motion string)        { f.theme = theme + "/" + motion }
func (f *fake) calm() bool                        { return true }
func (f *fake) offlineReady() string              { return "ready" }

func (f *fake) keep(events []kept) {
	for _, e := range events {
		f.disk[e.ID] = e
	}
}

func (f *fake) open(done func([]kept, error)) {
	f.opened = done
	if !f.early {
		f.openNow()
	}
}

func (f *fake) openNow() {
	if f.broken {
		f.opened(nil, errors.New("forbidden"))
		return
	}
	var all []kept
	for _, e := range f.disk {
		all = append(all, e)
	}
	f.opened(all, nil)
}

func (f *fake) after(d time.Duration, do func()) func() {
	one := &timer{at: f.clock + d.Milliseconds(), do: do}
	f.timers = append(f.timers, one)
	return func() { one.dead = true }
}

// pass lets time go by.
func (f *fake) pass(d time.Duration) {
	end := f.clock + d.Milliseconds()
	for {
		var next *timer
		for _, one := range f.timers {
			if !one.dead && one.at <= end && (next == nil || one.at < next.at) {
				next = one
			}
		}
		if next == nil {
			break
		}
		f.clock = max(f.clock, next.at)
		next.dead = true
		next.do()
	}
	f.clock = end
}

func (f *fake) fetch(method, path string, body []byte, done func(int, string, []byte, error)) {
	if !f.net {
		done(0, "", nil, errors.New("no network"))
		return
	}
	if f.answers != nil {
		if status, text := f.answers(method, path, body); status != 0 {
			done(status, "7", []byte(text), nil)
			return
		}
	}
	switch method + " " + path {
	case "GET /api/progress":
		var known struct {
			Learner string        `json:"learner"`
			Events  []model.Event `json:"events"`
		}
		known.Learner = f.learner
		for _, e := range f.events {
			known.Events = append(known.Events, e)
		}
		text, _ := json.Marshal(known)
		done(200, "", text, nil)
	case "POST /api/progress":
		var m struct{ Events []model.Event }
		if err := json.Unmarshal(body, &m); err != nil {
			f.t.Fatal(err)
		}
		f.learner = "guest-1"
		for _, e := range m.Events {
			f.events[e.ID] = e
			f.sent = append(f.sent, e.Kind)
		}
		f.sent = append(f.sent, "|")
		done(200, "", []byte(`{"accepted":1,"known":0}`), nil)
	default:
		done(404, "", nil, nil)
	}
}

func did(kind string) model.Event { return model.Event{Kind: kind, Lesson: "hot"} }

func (f *fake) expect(what, got, want string) {
	f.t.Helper()
	if got != want {
		f.t.Errorf("%s is %q, want %q", what, got, want)
	}
}

// unsent counts what lies on the device and is not marked as sent.
func (f *fake) unsent() int {
	n := 0
	for _, e := range f.disk {
		if !e.Sent {
			n++
		}
	}
	return n
}

// TestProgressReachesTheServer follows steps from the page over the device to the server and back to another device.
func TestProgressReachesTheServer(t *testing.T) {
	f := newFake(t)
	d := start(f)
	f.expect("saved", d.Saved().Words(), "")
	d.Record(did(model.DidOpen), did(model.DidPredict))
	f.expect("saved at once", d.Saved().Words(), "Saved on this device")
	if len(f.disk) != 2 || len(f.told) != 2 {
		t.Errorf("%d events on the device, %d told to other tabs", len(f.disk), len(f.told))
	}
	f.pass(time.Second)
	f.expect("saved after a second", d.Saved().Words(), "Saved")
	f.expect("learner", d.Learner(), "guest-1")
	f.expect("messages", strings.Join(f.sent, " "), "opened predicted |")
	if f.unsent() != 0 {
		t.Errorf("%d events still count as not sent", f.unsent())
	}

	other := newFake(t)
	other.events, other.learner, other.ids = f.events, f.learner, 100
	d2 := start(other)
	if d2.Progress().Len() != 2 || len(other.disk) != 2 || other.unsent() != 0 {
		t.Errorf("the other device knows %d events and keeps %d", d2.Progress().Len(), len(other.disk))
	}
}

func TestOfflineThenOnline(t *testing.T) {
	f := newFake(t)
	f.net = false
	d := start(f)
	d.Record(did(model.DidOpen))
	f.pass(10 * time.Minute)
	f.expect("saved", d.Saved().Words(), "Offline, kept on this device")
	if f.unsent() != 1 || len(f.sent) != 0 {
		t.Errorf("%d events wait, %v sent", f.unsent(), f.sent)
	}

	// The page is closed; the next one finds the event on the device.
	next := newFake(t)
	next.disk, next.net, next.ids = f.disk, false, 50
	d = start(next)
	if d.Progress().Len() != 1 {
		t.Fatalf("the next page knows %d events", d.Progress().Len())
	}
	d.Record(did(model.DidSolve))
	next.net = true
	next.on.network()
	next.pass(time.Second)
	next.expect("saved", d.Saved().Words(), "Saved")
	if len(next.events) != 2 {
		t.Errorf("the server has %d events", len(next.events))
	}
}

// TestServerComesBack holds that a server that was away is found again without any sign from the browser.
func TestServerComesBack(t *testing.T) {
	f := newFake(t)
	d := start(f)
	away := true
	f.answers = func(string, string, []byte) (int, string) {
		if away {
			return 502, "bad gateway"
		}
		return 0, ""
	}
	d.Record(did(model.DidOpen))
	f.pass(5 * time.Minute)
	f.expect("saved", d.Saved().Words(), "Saved on this device")
	away = false
	f.pass(longestPause)
	f.expect("saved later", d.Saved().Words(), "Saved")
}

func TestRefusals(t *testing.T) {
	t.Run("one bad event does not hold up the rest", func(t *testing.T) {
		f := newFake(t)
		d := start(f)
		f.answers = func(method, _ string, body []byte) (int, string) {
			if i := strings.Index(string(body), `"kind":"solved"`); method == "POST" && i >= 0 {
				var m struct{ Events []model.Event }
				_ = json.Unmarshal(body, &m)
				for _, e := range m.Events {
					if e.Kind == model.DidSolve {
						return 422, fmt.Sprintf(`{"error":{"code":"bad_event","message":"no","event":%q}}`, e.ID)
					}
				}
			}
			return 0, ""
		}
		d.Record(did(model.DidOpen), did(model.DidSolve), did(model.DidFinish))
		f.pass(time.Minute)
		f.expect("messages", strings.Join(f.sent, " "), "opened finished |")
		if d.Progress().Len() != 3 || f.unsent() != 0 {
			t.Errorf("the device knows %d events, %d wait", d.Progress().Len(), f.unsent())
		}
	})
	t.Run("a refusal that names no event gives up one at a time", func(t *testing.T) {
		f := newFake(t)
		d := start(f)
		tries := 0
		f.answers = func(method, _ string, _ []byte) (int, string) {
			if method == "POST" {
				tries++
				return 400, "?"
			}
			return 0, ""
		}
		d.Record(did(model.DidOpen), did(model.DidSolve))
		f.pass(time.Hour)
		if tries != 2 {
			t.Errorf("%d tries for two events", tries)
		}
	})
	t.Run("too many events: they stay here", func(t *testing.T) {
		f := newFake(t)
		d := start(f)
		tries := 0
		f.answers = func(method, _ string, _ []byte) (int, string) {
			if method == "POST" {
				tries++
				return 409, `{"error":{"code":"too_many_events","message":"enough"}}`
			}
			return 0, ""
		}
		d.Record(did(model.DidOpen))
		f.pass(time.Hour)
		d.Record(did(model.DidSolve))
		f.pass(time.Hour)
		if tries != 1 || f.unsent() != 2 {
			t.Errorf("%d tries, %d wait on the device", tries, f.unsent())
		}
	})
	t.Run("asked to wait", func(t *testing.T) {
		f := newFake(t)
		d := start(f)
		tries := 0
		f.answers = func(method, _ string, _ []byte) (int, string) {
			if method == "POST" {
				if tries++; tries == 1 {
					return 429, "{}"
				}
			}
			return 0, ""
		}
		d.Record(did(model.DidOpen))
		f.pass(6 * time.Second)
		if tries != 1 {
			t.Errorf("%d tries before the seven seconds were over", tries)
		}
		f.pass(3 * time.Second)
		f.expect("saved", d.Saved().Words(), "Saved")
	})
}

// TestManyEvents holds that a long time offline is sent in parts the server takes.
func TestManyEvents(t *testing.T) {
	f := newFake(t)
	f.net = false
	d := start(f)
	for i := range 1000 {
		e := did(model.DidHint)
		e.Data = json.RawMessage(fmt.Sprintf(`{"hint":%d,"pad":%q}`, i, strings.Repeat("x", 600)))
		e.ID = ""
		f.clock++
		d.progress = d.progress.With(model.Event{ID: fmt.Sprint("e", i), Kind: e.Kind, Lesson: "hot", At: f.clock, Data: e.Data})
		d.outbox.add(model.Event{ID: fmt.Sprint("e", i), Kind: e.Kind, Lesson: "hot", At: f.clock, Data: e.Data})
	}
	f.answers = func(method, _ string, body []byte) (int, string) {
		if len(body) > 256<<10 {
			t.Errorf("a message of %d bytes", len(body))
		}
		return 0, ""
	}
	f.net = true
	f.on.network()
	f.pass(time.Minute)
	if len(f.events) != 1000 {
		t.Errorf("the server has %d events", len(f.events))
	}
	if n := strings.Count(strings.Join(f.sent, ""), "|"); n < 3 {
		t.Errorf("all in %d messages", n)
	}
}

func TestNewServer(t *testing.T) {
	f := newFake(t)
	d := start(f)
	d.Record(did(model.DidOpen))
	f.pass(time.Second)
	again := newFake(t)
	again.disk = f.disk // everything counts as sent, and the server has nothing
	d = start(again)
	again.pass(time.Second)
	if len(again.events) != 1 {
		t.Errorf("the new server has %d events", len(again.events))
	}
	_ = d
}

// TestBrowserThatKeepsNothing holds that the page works where IndexedDB is forbidden, and says the truth.
func TestBrowserThatKeepsNothing(t *testing.T) {
	f := newFake(t)
	f.broken = true
	d := start(f)
	d.Record(did(model.DidOpen))
	f.expect("saved", d.Saved().Words(), "Kept until this page closes")
	f.pass(time.Second)
	f.expect("saved later", d.Saved().Words(), "Saved")
	if len(f.disk) != 0 {
		t.Error("something was kept")
	}
}

// TestEarlySteps holds that a step taken before the storage is open is kept once it is.
func TestEarlySteps(t *testing.T) {
	f := newFake(t)
	f.early = true
	d := start(f)
	d.Record(did(model.DidOpen))
	asked := ""
	f.runs["hot"] = "log"
	d.Run("hot", func(log string) { asked = log })
	if asked != "" || len(f.disk) != 0 {
		t.Fatal("something was read or kept before the storage was open")
	}
	f.openNow()
	if asked != "log" || len(f.disk) != 1 {
		t.Errorf("run %q, %d events kept", asked, len(f.disk))
	}
	f.pass(time.Second)
	f.expect("saved", d.Saved().Words(), "Saved")
}

func TestOtherTab(t *testing.T) {
	f := newFake(t)
	d := start(f)
	changes := 0
	stop := d.Watch(func() { changes++ })
	f.on.told([]model.Event{{ID: "x", Kind: model.DidSolve, Lesson: "hot", At: 1}})
	if changes != 1 || d.Progress().Lesson("hot").State != model.TaskDone || len(f.disk) != 0 {
		t.Errorf("%d changes, %v", changes, d.Progress().Events())
	}
	stop()
	d.Record(did(model.DidOpen))
	if changes != 1 {
		t.Error("a watcher that was stopped is still called")
	}
}

func TestSettingsAreKeptAndWorn(t *testing.T) {
	f := newFake(t)
	d := start(f)
	f.expect("motion", d.Motion(), model.Reduced) // the system asks for it
	heard := 0
	d.OnSettings(func() { heard++ })
	d.Choose(model.Settings{Theme: model.Dark, Motion: model.Full})
	f.expect("dress", f.theme, "dark/full")
	f.expect("motion", d.Motion(), model.Full)
	f.expect("kept", f.storage[settingsKey], `{"theme":"dark","motion":"full"}`)
	f.on.calm()
	if heard != 2 {
		t.Errorf("heard %d changes", heard)
	}
	next := newFake(t)
	next.storage = f.storage
	next.expect("the next page", start(next).Settings().Theme, model.Dark)
}

func TestPageData(t *testing.T) {
	f := newFake(t)
	f.page = `{"version":"v7","assets":{"engine.wasm":"/web/engine.abc.wasm"},"course":{"title":"Kinesis"},"lesson":{"slug":"hot","title":"Hot"}}`
	d := start(f)
	f.expect("version", d.Version(), "v7")
	f.expect("asset", d.Asset("engine.wasm"), "/web/engine.abc.wasm")
	f.expect("an asset nobody named", d.Asset("worker.js"), "/web/worker.js")
	if c, ok := d.ReadyCourse(); !ok || c.Title != "Kinesis" {
		t.Errorf("course %v %v", c, ok)
	}
	if l, ok := d.ReadyLesson("hot"); !ok || l.Title != "Hot" {
		t.Errorf("lesson %v %v", l, ok)
	}
	if _, ok := d.ReadyLesson("cold"); ok {
		t.Error("a lesson is here that was not sent")
	}
}

func TestLesson(t *testing.T) {
	f := newFake(t)
	status, body := 200, `{"slug":"hot","title":"Hot"}`
	f.answers = func(_, path string, _ []byte) (int, string) {
		if strings.HasPrefix(path, "/api/lessons/") {
			return status, body
		}
		return 0, ""
	}
	d := start(f)
	if _, err := d.Lesson(context.Background(), "hot"); err != nil {
		t.Fatal(err)
	}
	status = 404
	if _, err := d.Lesson(context.Background(), "hot"); err != nil {
		t.Errorf("a lesson once here is fetched again: %v", err)
	}
	if _, err := d.Lesson(context.Background(), "gone"); !errors.Is(err, ErrNotFound) {
		t.Errorf("got %v", err)
	}
	status, body = 500, `{"error":{"code":"internal","message":"the store is closed"}}`
	if _, err := d.Lesson(context.Background(), "new"); err == nil || !strings.Contains(err.Error(), "the store is closed") {
		t.Errorf("got %v", err)
	}
	status, body = 200, `<html>`
	if _, err := d.Lesson(context.Background(), "new"); err == nil {
		t.Error("a page was taken for a lesson")
	}
	f.net = false
	if _, err := d.Lesson(context.Background(), "new"); err == nil || errors.Is(err, ErrNotFound) {
		t.Errorf("got %v", err)
	}
}

func TestExport(t *testing.T) {
	f := newFake(t)
	d := start(f)
	d.Record(did(model.DidOpen))
	var out struct{ Events []model.Event }
	if err := json.Unmarshal([]byte(d.Export()), &out); err != nil || len(out.Events) != 1 {
		t.Errorf("%v, %d events", err, len(out.Events))
	}
}

func TestInert(t *testing.T) {
	d := Inert()
	d.Record(did(model.DidOpen))
	d.KeepRun("a", "b")
	d.Choose(model.Settings{Theme: model.Dark})
	got := "x"
	d.Run("a", func(log string) { got = log })
	if d.Progress().Len() != 0 || got != "" || d.Motion() == "" {
		t.Error("a device outside a browser kept something")
	}
	if _, err := d.Course(context.Background()); err == nil {
		t.Error("a device outside a browser fetched something")
	}
}
