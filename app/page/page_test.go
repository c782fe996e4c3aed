package page

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/maxence-charriere/go-app/v9/pkg/app"

	"shardlab/lessons/block"
	"shardlab/wasm/protocol"
)

// shelf is a Source of one lesson.
type shelf struct{}

func (shelf) Course(context.Context) (block.Course, error) {
	return block.Course{Title: "Kinesis", Modules: []block.Module{{Slug: "shards", Title: "Shards", Lessons: []block.Entry{hot().Entry}}}}, nil
}

func (shelf) Lesson(_ context.Context, slug string) (block.Lesson, error) {
	if slug != "hot" {
		return block.Lesson{}, ErrNotFound
	}
	return hot(), nil
}

func (shelf) Templates(context.Context) ([]block.Template, error) {
	return []block.Template{{Slug: "steady", Title: "A steady stream", Blurb: "Four shards.", Look: []string{"Look at the keys."}, Lab: json.RawMessage(`{"name":"steady","world":[]}`)}}, nil
}

// The course and lessons are fetched, the templates are here.
func (s shelf) ReadyTemplates() ([]block.Template, bool) {
	all, err := s.Templates(context.Background())
	return all, err == nil
}
func (shelf) ReadyCourse() (block.Course, bool)       { return block.Course{}, false }
func (shelf) ReadyLesson(string) (block.Lesson, bool) { return block.Lesson{}, false }

func (shelf) Asset(name string) string { return "/web/hashed-" + name }

func hot() block.Lesson {
	return block.Lesson{
		Entry: block.Entry{Slug: "hot", Title: `One "hot" <shard>`, Blurb: "Cure it.", Minutes: 4, Goals: 1, Quiz: 1},
		Place: 1, Of: 1, Chapter: "Shards", Module: "shards",
		Lab: json.RawMessage(`{"name":"hot","goals":[{"id":"calm","text":"No write is refused"}]}`),
		Blocks: []block.Block{
			{ID: "w", Kind: block.Prose, HTML: `<div class="prose"><p>It is 08:40.</p></div>`},
			{ID: "p", Kind: block.Predict, Predict: &block.Question{HTML: "<p>How many?</p>", Options: []block.Option{{HTML: "None", Right: true, Because: "<p>Secret because</p>"}, {HTML: "All"}}}},
			{ID: "r", Kind: block.Run, Run: &block.RunTo{Label: "Run to the first refusal", HTML: "<p>Secret sight</p>"}},
			{ID: "t", Kind: block.Task, Task: &block.TaskCard{HTML: "<p>Cure it.</p>", Hints: []string{"<p>Secret hint</p>"}, Solution: "<p>Secret solution</p>"}},
			{ID: "y", Kind: block.Try, Try: &block.TryLine{Line: `aws kinesis list-streams --query "x"`}},
			{ID: "q", Kind: block.Quiz, Quiz: &block.Question{HTML: "<p>And now?</p>", Options: []block.Option{{HTML: "Yes", Right: true}, {HTML: "No", Because: "<p>Secret why</p>"}}}},
		},
	}
}

// TestFirstAnswer holds what a page says before any program runs in the browser: its words, and nothing it should not say yet.
func TestFirstAnswer(t *testing.T) {
	Routes(shelf{})
	handler := &app.Handler{Name: "Shardlab", Icon: app.Icon{Default: "/i.png", Large: "/i.png", SVG: "/i.svg", AppleTouch: "/i.png"}}
	rows := []struct {
		path string
		says []string
	}{
		{"/", []string{"Learn Amazon Kinesis by running it", "<title>Shardlab: learn", "Start with the first lesson", `href="/lessons/hot"`, "One &#34;hot&#34; &lt;shard&gt;", `href="/web/hashed-icons.svg#map"`}},
		{"/lessons/hot", []string{"It is 08:40.", "One &#34;hot&#34; &lt;shard&gt;", "How many?", "Run to the first refusal", "No write is refused", "And now?", "list-streams", "Hint 1 of 1"}},
		{"/lessons/gone", []string{"There is no such lesson", "gone"}},
		{"/lab", []string{"A steady stream", "Four shards.", "Look at the keys.", "Templates"}},
		{"/settings", []string{"Theme", "Motion", "Export as JSON"}},
		{"/nowhere/at/all", []string{"There is no such page"}},
	}
	for _, r := range rows {
		t.Run(r.path, func(t *testing.T) {
			answer := httptest.NewRecorder()
			handler.ServeHTTP(answer, httptest.NewRequest(http.MethodGet, r.path, nil))
			html := answer.Body.String()
			for _, words := range append(r.says, "Skip to the content", `id="main"`) {
				if !strings.Contains(html, words) {
					t.Errorf("the page does not say %q", words)
				}
			}
			if strings.Contains(html, "Secret") {
				t.Error("the page says before the answer what comes after it")
			}
			if n := strings.Count(html, "<h1"); n != 1 {
				t.Errorf("the page has %d titles", n)
			}
		})
	}
}

func TestExists(t *testing.T) {
	for path, want := range map[string]bool{
		"/": true, "/lab": true, "/settings": true, "/lessons/hot-shard": true, "/lessons/2026": true,
		"": false, "/lessons/": false, "/lessons/Hot": false, "/lessons/a/b": false, "/lab/": false, "/exam": false, "/lessons/..": false,
	} {
		if Exists(path) != want {
			t.Errorf("%q: %v", path, !want)
		}
	}
}

func TestWire(t *testing.T) {
	w := NewWire(nil)
	var took, heard []string
	w.Order(Order{Kind: OrderRun, Block: "early"})
	drop := w.Bench(func(o Order) { took = append(took, o.Kind+" "+o.Block) })
	w.Order(Order{Kind: OrderTry, Block: "t"})
	stop := w.Watch(func(n News) { heard = append(heard, n.Kind+" "+n.State) }, NewsGoals, NewsState)
	goals := []protocol.Goal{{ID: "a"}}
	w.Tell(News{Kind: NewsGoals, Goals: goals})
	w.Tell(News{Kind: NewsGoals, Goals: []protocol.Goal{{ID: "a"}}}) // the same
	goals[0].Met = true
	w.Tell(News{Kind: NewsGoals, Goals: goals}) // changed in place by the bench
	w.Tell(News{Kind: NewsState, State: LabReady})
	w.Tell(News{Kind: NewsReached})
	if got := strings.Join(heard, ","); got != "goals ,goals ,state ready" {
		t.Errorf("heard %s", got)
	}
	var late []string
	w.Watch(func(n News) { late = append(late, n.Kind) }, NewsGoals, NewsState)
	if got := strings.Join(late, ","); got != "state,goals" {
		t.Errorf("a late watcher heard %s", got)
	}
	stop()
	w.Tell(News{Kind: NewsState, State: LabFailed})
	if len(heard) != 3 {
		t.Error("a watcher that was stopped heard more")
	}
	w.Bench(func(o Order) { took = append(took, "second "+o.Kind) })
	drop() // of the first bench: the second one stays
	w.Order(Order{Kind: OrderSave})
	if got := strings.Join(took, ","); got != "run early,try t,second save" {
		t.Errorf("took %s", got)
	}
}

func TestTagName(t *testing.T) {
	if got := tagName("lab:Start_1-ä"); got != "lab--tart-1---" {
		t.Errorf("got %s", got)
	}
}
