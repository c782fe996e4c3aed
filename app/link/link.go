// Package link holds the page's lines out: the engine's worker, the server, the browser's storage. It is the only room of
// app/ that touches JavaScript. What needs a browser stands behind one small interface, so that the rules (what is kept
// where, what is sent when, what happens when there is no network) are plain Go and tested natively; outside a browser a
// [Device] is inert, which lets the server draw the same pages.
package link

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"time"

	"shardlab/app/model"
	"shardlab/lessons/block"
)

// ErrNotFound says that the course has no such lesson.
var ErrNotFound = errors.New("there is no such lesson")

// A browser is what a Device needs of the world. Callbacks run one at a time and never inside the call that takes them,
// except on a fake in tests.
type browser interface {
	pageData() []byte
	now() int64 // Unix milliseconds
	random(n int) []byte
	online() bool
	fetch(method, path string, body []byte, done func(status int, retryAfter string, body []byte, err error))
	after(d time.Duration, do func()) (cancel func())
	listen(on hooks)
	read(key string) string // localStorage; "" when there is none
	write(key, value string)
	open(done func(events []kept, err error)) // IndexedDB
	keep(events []kept)
	run(key string, done func(log string))
	keepRun(key, log string)
	dropRun(key string)
	tell(events []model.Event) // the other tabs of this browser
	dress(theme, motion string)
	calm() bool // prefers-reduced-motion
	offlineReady() string
}

// hooks are what a browser calls by itself.
type hooks struct {
	network func()                     // went online or offline
	hide    func()                     // the page is left or put aside
	show    func()                     // and comes back
	told    func(events []model.Event) // another tab recorded something
	calm    func()                     // the system's wish for less motion changed
}

// kept is an event as it lies on the device.
type kept struct {
	model.Event
	Sent bool `json:"-"`
}

// pageData is what the server writes into a page's first answer, so that nothing need be fetched at the start.
type pageData struct {
	Version string            `json:"version"`
	Assets  map[string]string `json:"assets"`
	Course  *block.Course     `json:"course"`
	Lesson  *block.Lesson     `json:"lesson"`

	Templates []block.Template `json:"templates"`
}

// A Device is this browser as the page uses it: what the server sent, what the learner did, how they like it.
type Device struct {
	b       browser
	data    pageData
	lessons map[string]block.Lesson
	course  *block.Course

	progress  model.Progress
	learner   string
	settings  model.Settings
	outbox    outbox
	loaded    bool     // IndexedDB was read, or could not be
	early     []func() // asked of IndexedDB before it was read
	kept      bool     // IndexedDB keeps what it is given
	reachable bool     // the server answered lately
	turns     int
	watchers  []*func()
	liking    []*func()
}

// Inert is a device outside any browser: it knows nothing, keeps nothing and sends nothing.
func Inert() *Device {
	return &Device{lessons: map[string]block.Lesson{}, settings: model.ReadSettings(""), reachable: true}
}

// start reads what is on the page and on the device, and begins to exchange progress with the server.
func start(b browser) *Device {
	d := Inert()
	d.b = b
	_ = json.Unmarshal(b.pageData(), &d.data) // a page without data fetches what it needs
	d.course = d.data.Course
	if l := d.data.Lesson; l != nil {
		d.lessons[l.Slug] = *l
	}
	d.settings = model.ReadSettings(b.read(settingsKey))
	d.outbox.device = d
	b.listen(hooks{
		network: func() { d.reachable = b.online(); d.outbox.now(); d.changed() },
		hide:    func() { d.outbox.now() },
		show:    func() { d.outbox.now() },
		told:    d.hear,
		calm:    func() { d.wake(d.liking) },
	})
	d.reachable = b.online()
	b.open(func(events []kept, err error) {
		d.loaded, d.kept = true, err == nil
		all := make([]model.Event, 0, len(events))
		for _, e := range events {
			all = append(all, e.Event)
			if !e.Sent {
				d.outbox.add(e.Event)
			}
		}
		// What was recorded before the storage was open is kept now.
		var early []kept
		for _, e := range d.progress.Events() {
			early = append(early, kept{Event: e})
		}
		if len(early) > 0 && d.kept {
			b.keep(early)
		}
		d.progress = d.progress.With(all...)
		asked := d.early
		d.early = nil
		for _, do := range asked {
			do()
		}
		d.changed()
		d.outbox.meet()
	})
	return d
}

// Turn counts the pages shown and says whether this one was reached from another, without loading anew.
func (d *Device) Turn() bool {
	d.turns++
	return d.turns > 1
}

// Turned says whether the page now shown was reached from another.
func (d *Device) Turned() bool { return d.turns > 1 }

// Asset is the address of a file of this build by its plain name.
func (d *Device) Asset(name string) string {
	if u := d.data.Assets[name]; u != "" {
		return u
	}
	return "/web/" + name
}

// Version names the build the page was served by; empty when unknown.
func (d *Device) Version() string { return d.data.Version }

// Course returns the course: from the page, else from the server.
func (d *Device) Course(ctx context.Context) (block.Course, error) {
	if d.course != nil {
		return *d.course, nil
	}
	var c block.Course
	if err := d.get(ctx, "/api/course", &c); err != nil {
		return c, fmt.Errorf("load the course: %w", err)
	}
	d.course = &c
	return c, nil
}

// Lesson returns a lesson: from the page, from memory, else from the server, which may be the service worker's copy.
func (d *Device) Lesson(ctx context.Context, slug string) (block.Lesson, error) {
	if l, ok := d.lessons[slug]; ok {
		return l, nil
	}
	var l block.Lesson
	if err := d.get(ctx, "/api/lessons/"+url.PathEscape(slug), &l); err != nil {
		return l, fmt.Errorf("load lesson %s: %w", slug, err)
	}
	d.lessons[slug] = l
	return l, nil
}

// ReadyCourse is the course when it is here already.
func (d *Device) ReadyCourse() (block.Course, bool) {
	if d.course == nil {
		return block.Course{}, false
	}
	return *d.course, true
}

// ReadyLesson is a lesson when it is here already.
func (d *Device) ReadyLesson(slug string) (block.Lesson, bool) {
	l, ok := d.lessons[slug]
	return l, ok
}

// Templates returns the templates of the sandbox: from the page, from memory, else from the server.
func (d *Device) Templates(ctx context.Context) ([]block.Template, error) {
	if d.data.Templates == nil {
		if err := d.get(ctx, "/api/templates", &d.data.Templates); err != nil {
			return nil, fmt.Errorf("load the templates: %w", err)
		}
	}
	return d.data.Templates, nil
}

// ReadyTemplates are the templates when they are here already.
func (d *Device) ReadyTemplates() ([]block.Template, bool) {
	return d.data.Templates, d.data.Templates != nil
}

// get fetches JSON and waits for it.
func (d *Device) get(ctx context.Context, path string, into any) error {
	if d.b == nil {
		return errors.New("no browser to fetch with")
	}
	type answer struct {
		status int
		body   []byte
		err    error
	}
	came := make(chan answer, 1)
	d.b.fetch("GET", path, nil, func(status int, _ string, body []byte, err error) { came <- answer{status, body, err} })
	select {
	case <-ctx.Done():
		return ctx.Err()
	case a := <-came:
		switch {
		case a.err != nil:
			return a.err
		case a.status == 404:
			return ErrNotFound
		case a.status != 200:
			return fmt.Errorf("the server answered %d: %s", a.status, refusal(a.body).Message)
		}
		return json.Unmarshal(a.body, into)
	}
}

// apiError is what the server says when it refuses.
type apiError struct {
	Code    string `json:"code"`
	Message string `json:"message"`
	Event   string `json:"event"` // the event at fault
}

func refusal(body []byte) apiError {
	var r struct {
		Error apiError `json:"error"`
	}
	if json.Unmarshal(body, &r) != nil || r.Error.Message == "" {
		r.Error.Message = "no reason given"
	}
	return r.Error
}

// Watch calls do whenever progress, or where it is saved, has changed, until stop is called.
func (d *Device) Watch(do func()) (stop func()) {
	return watch(&d.watchers, do)
}

// OnSettings calls do whenever a setting or the system's wish for less motion has changed, until stop is called.
func (d *Device) OnSettings(do func()) (stop func()) {
	return watch(&d.liking, do)
}

func watch(list *[]*func(), do func()) (stop func()) {
	one := &do
	*list = append(*list, one)
	return func() {
		*list = slices.DeleteFunc(slices.Clone(*list), func(o *func()) bool { return o == one })
	}
}

func (d *Device) wake(list []*func()) {
	for _, w := range slices.Clone(list) {
		(*w)()
	}
}

func (d *Device) changed() { d.wake(d.watchers) }

const settingsKey = "shardlab.settings"

// Settings are the learner's, or the system's where they have not chosen.
func (d *Device) Settings() model.Settings { return d.settings }

// Choose keeps the settings and dresses the page in them.
func (d *Device) Choose(s model.Settings) {
	s = model.ReadSettings(model.WriteSettings(s)) // what is unknown becomes the system's choice
	d.settings = s
	if d.b == nil {
		return
	}
	d.b.write(settingsKey, model.WriteSettings(s))
	d.b.dress(s.Theme, s.Motion)
	d.wake(d.liking)
}

// Motion is model.Full or model.Reduced, whoever decided it.
func (d *Device) Motion() string {
	switch {
	case d.settings.Motion != model.System:
		return d.settings.Motion
	case d.b != nil && d.b.calm():
		return model.Reduced
	}
	return model.Full
}

// KeepRun keeps the log of a lab on this device under a key; the last one wins.
func (d *Device) KeepRun(key, log string) {
	d.whenLoaded(func() { d.b.keepRun(key, log) })
}

// Run calls done once with the log kept under a key, empty when there is none.
func (d *Device) Run(key string, done func(log string)) {
	if d.b == nil {
		done("")
		return
	}
	d.whenLoaded(func() { d.b.run(key, done) })
}

// DropRun forgets the log kept under a key.
func (d *Device) DropRun(key string) {
	d.whenLoaded(func() { d.b.dropRun(key) })
}

// whenLoaded does what needs the storage, now or when it is open.
func (d *Device) whenLoaded(do func()) {
	switch {
	case d.b == nil:
	case d.loaded:
		do()
	default:
		d.early = append(d.early, do)
	}
}

// OfflineReady says in words whether the page opens without a network: "ready", "installing", "unavailable".
func (d *Device) OfflineReady() string {
	if d.b == nil {
		return "installing"
	}
	return d.b.offlineReady()
}

// Export is all that is known of the learner, as JSON to keep.
func (d *Device) Export() string {
	text, _ := json.MarshalIndent(struct { // events always marshal: their data came from JSON
		Made    string        `json:"made_by"`
		Version string        `json:"version"`
		Learner string        `json:"learner,omitempty"`
		Events  []model.Event `json:"events"`
	}{"Shardlab", d.data.Version, d.learner, d.progress.Events()}, "", "  ")
	return string(text)
}
