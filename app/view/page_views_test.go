package view

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/maxence-charriere/go-app/v9/pkg/app"

	"shardlab/app/model"
	"shardlab/lessons/block"
	"shardlab/wasm/protocol"
)

type nobody struct{}

func (nobody) Send(app.Context, any) {}

var ask = block.Question{HTML: "<p>How many?</p>", Options: []block.Option{
	{HTML: "None", Because: "<p>because-none</p>"}, {HTML: "Some", Right: true, Because: "<p>because-some</p>"}}}

// TestPageViews holds what each state of a block says and what it keeps to itself.
func TestPageViews(t *testing.T) {
	card := block.TaskCard{HTML: "<p>cure</p>", Hints: []string{"<p>nudge</p>", "<p>push</p>"}, Solution: "<p>the-cure</p>", Lines: []string{"aws kinesis split-shard"}}
	goals := []protocol.Goal{{ID: "a", Text: "No refusals", Message: "412 refused", Evidence: "shard:trips/x"}, {ID: "b", Text: "Five shards", Met: true}, {ID: "c", Text: "In order"}}
	task := func(p model.Piece) app.UI {
		return &Task{Block: "t", Card: card, Piece: p, Goals: Goals(goals, []string{"c"}, "", true, nobody{}), To: nobody{}}
	}
	run := func(p model.Piece, lab string) app.UI {
		return &Run{Block: "r", R: block.RunTo{Label: "Run to it", HTML: "<p>the-sight</p>"}, Piece: p, Lab: lab, Said: "None", To: nobody{}}
	}
	late := card
	late.Debrief = "<p>what-proved-it</p>"
	incident := func(p model.Piece, cause string, proof model.Proof, said protocol.Goal) app.UI {
		return &Task{Block: "t", Card: late, Piece: p, Lab: "ready", Goals: Goals(append(goals, said), nil, said.ID, true, nobody{}), To: nobody{}, Cause: cause, Proof: proof, Said: said,
			Incident: &model.Incident{Title: "Trips lag", Severity: "SEV2", Since: "08:39", Words: "Readers are late.", Causes: []model.Cause{{ID: "slow", Text: "The reader is slow"}, {ID: "full", Text: "The shard is full"}}}}
	}
	rows := []struct {
		name string
		ui   app.UI
		says string // words separated by |
		not  string
	}{
		{"a prediction not made", &Question{Block: "q", Predict: true, Q: ask, To: nobody{}}, "Predict before you run|How many?|None", "because|Right"},
		{"a prediction made", &Question{Block: "q", Predict: true, Q: ask, Piece: model.Piece{Chosen: []int{0}, Answered: true}, To: nobody{}}, "Noted", "because|This happens"},
		{"a prediction beside what happened", &Question{Block: "q", Predict: true, Q: ask, Shown: true, Piece: model.Piece{Chosen: []int{0}, Answered: true}, To: nobody{}},
			"because-none|because-some|You said this|This happens", "Not this|Try again"},
		{"a question not answered", &Question{Block: "q", Title: "Question 1 of 2", Q: ask, Piece: model.Piece{Chosen: []int{0}}, To: nobody{}}, "Question 1 of 2|Answer", "because|Right"},
		{"a wrong answer explains every option", &Question{Block: "q", Q: ask, Piece: model.Piece{Chosen: []int{0}, Answered: true, Tries: 1}, To: nobody{}},
			"because-none|because-some|Not this|Right answer|Try again", "Noted"},
		{"a right answer at the second try", &Question{Block: "q", Q: ask, Piece: model.Piece{Chosen: []int{1}, Answered: true, Right: true, Tries: 2}, To: nobody{}}, "Right, at try 2.|because-none", "Not this"},
		{"several right ones", &Question{Block: "q", Q: block.Question{Many: true, Options: []block.Option{{Right: true}, {}, {Right: true}}},
			Piece: model.Piece{Chosen: []int{0, 1}, Answered: true}, To: nobody{}}, "1 of the 2 right ones, and 1 that should not be marked", ""},

		{"a run not begun", run(model.Piece{}, "ready"), "Run to it", "the-sight|You said"},
		{"a run while the lab starts", run(model.Piece{Run: model.Running}, "loading"), "Starting the lab", "the-sight"},
		{"a run that got there", run(model.Piece{Run: model.Reached, Words: "0:29 refused"}, "ready"), "the-sight|You said|0:29 refused|Run again", ""},
		{"a run that did not", run(model.Piece{Run: model.NotReached, Words: "a day went by"}, "ready"), "a day went by", "the-sight"},
		{"a run without a lab", run(model.Piece{}, "failed"), "The lab did not start", "the-sight"},

		{"a task with its goals", task(model.Piece{}), "cure|No refusals|412 refused|Look|Five shards|1 of 3 goals met|Was met|Hint 1 of 2|Show the solution", "nudge|the-cure|Solved"},
		{"one hint", task(model.Piece{Hints: 1}), "nudge|Hint 2 of 2", "push|the-cure"},
		{"all hints", task(model.Piece{Hints: 2}), "nudge|push", "Hint 3"},
		{"the solution is asked for", task(model.Piece{Asking: true}), "There is a hint you have not seen|Keep trying|Show it", "the-cure"},
		{"the solution", task(model.Piece{Revealed: true}), "the-cure|aws kinesis split-shard|Run it", "Show the solution"},
		{"solved", task(model.Piece{Solved: true, Fresh: true}), "Your task, solved|by the state of the lab itself", ""},

		{"an incident when the pager goes off", incident(model.Piece{}, "", model.Proof{}, protocol.Goal{ID: "d", Text: "Stated", Message: "Nothing was stated yet."}),
			"Your incident|SEV2|since 08:39|Trips lag|Readers are late.|The reader is slow|The shard is full|nothing is selected in the lab|State the cause|Nothing was stated yet.|Stated", "what-proved-it|chosen"},
		{"an incident with a cause and a proof", incident(model.Piece{}, "full", model.Proof{Ref: "shard:trips/x", Kind: "Shard", Title: "shardId-000000000001"}, protocol.Goal{ID: "d", Text: "Stated"}),
			"Shard shardId-000000000001|chosen", "nothing is selected"},
		{"an incident that was diagnosed", incident(model.Piece{}, "slow", model.Proof{}, protocol.Goal{ID: "d", Text: "Stated", Met: true, Message: "It needs 3 s a record.", Evidence: "consumer:board"}),
			"note ok|It needs 3 s a record.|Look at the evidence in the lab", "what-proved-it"},
		{"an incident that is solved", incident(model.Piece{Solved: true}, "slow", model.Proof{}, protocol.Goal{ID: "d", Text: "Stated", Met: true}), "Your incident, solved|Debrief|what-proved-it", ""},
		{"a chart whose metric is selected", &Chart{Chart: protocol.Chart{Metric: "IncomingRecords", Stat: "Sum", Of: "dashboard", Whose: "trips", Ref: "metric:AWS/Kinesis,IncomingRecords,StreamName=trips", Period: protocol.Second}, Chosen: true},
			"Look at the metric IncomingRecords of trips|Enlarge IncomingRecords of trips|aria-pressed|chart chosen|Statistic of IncomingRecords of trips|each second", ""},
		{"a chart that is no metric", &Chart{Chart: protocol.Chart{Metric: "OpenShardCount", Stat: "Maximum", Of: "trips", Ref: "metric:lab,OpenShardCount,StreamName=trips", Own: true, Period: protocol.Second}}, "OpenShardCount", "Look at the metric"},

		{"a line of the console", Try("y", block.TryLine{Line: `echo "<b>"`, HTML: "<p>look-here</p>"}, nobody{}), "echo &#34;&lt;b&gt;&#34;|look-here|Run it", "<b>"},
		{"the last lesson, finished", LessonEnd(block.Lesson{}, true, 3, 3, nobody{}), "Lesson finished|Back to the course|Open in the sandbox", "Next lesson|Previous lesson"},
		{"a lesson in the middle", LessonEnd(block.Lesson{Previous: "a", Next: "b", NextTitle: "Order"}, false, 1, 3, nobody{}), "Next lesson|Order|Previous lesson|1 of 3 steps done", "Lesson finished"},

		{"the first visit", Hero(model.Resume{Slug: "a", Title: "Streams", Fresh: true}, 0, 4), "Start with the first lesson|Streams|/lessons/a", "finished"},
		{"the second visit", Hero(model.Resume{Slug: "b", Title: "Keys", Again: true}, 1, 4), "Go on where you left|Keys|1 of 4 lessons finished", "first lesson"},
		{"everything done", Hero(model.Resume{Slug: "a", Title: "Streams", Done: true}, 4, 4), "Start over|Every lesson is finished", ""},
		{"a course without lessons", Hero(model.Resume{}, 0, 0), "/lab|Open the lab", "/lessons/"},
		{"an empty map", Map(block.Course{}, model.Progress{}, ""), "no lessons yet", ""},

		{"the phone in the lab, with a way back", PhoneTabs(true, "Read what happened", nobody{}), "Read what happened|Read|Lab", ""},
		{"the phone in the words", PhoneTabs(false, "Read what happened", nobody{}), "Read|Lab", "Read what happened"},
		{"a notice that can be tried again", Notice{Title: "It did not come", Words: "No network.", Retry: true}.Draw(), "It did not come|No network.|Try again|To the course", ""},
		{"settings of a new learner", SettingsPage(model.ReadSettings(""), Facts{Offline: "unavailable"}, nobody{}), "Nothing to save yet|None yet|only over https|unknown", ""},
		{"the sandbox from a lesson", SandboxBar(Place{Lesson: "hot", Title: "Hot"}, nil, false, nobody{}), "Hot|Back to the lesson|Templates", "Look at this"},
		{"the sandbox on a template", SandboxBar(Place{Start: "steady", Title: "Steady", Blurb: "Two write.", Look: []string{"The keys.", "The shards."}}, nil, false, nobody{}), "Steady|Two write.|Look at this:|The keys.|The shards.", "dialog\" id"},
	}
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			html := app.HTMLString(r.ui)
			for _, words := range strings.Split(r.says, "|") {
				if !strings.Contains(html, words) {
					t.Errorf("does not say %q:\n%s", words, html)
				}
			}
			for _, words := range strings.Split(r.not, "|") {
				if words != "" && strings.Contains(html, words) {
					t.Errorf("says %q too early:\n%s", words, html)
				}
			}
		})
	}
}

// TestShellKeepsItsPlaces holds that a notice does not push the page to another place, where go-app would mount it anew.
func TestShellKeepsItsPlaces(t *testing.T) {
	places := func(update bool) int {
		return strings.Count(app.HTMLString(Shell(Head{Saved: SavedState("", false), Update: update, To: nobody{}})), `class="update"`)
	}
	if places(false) != 1 || places(true) != 1 {
		t.Errorf("the notice has %d and %d places", places(false), places(true))
	}
}

func TestRaw(t *testing.T) {
	UseSprite("/web/icons.abc.svg")
	UseSprite("")
	if html := app.HTMLString(Icon("play")); !strings.Contains(html, `href="/web/icons.abc.svg#play"`) || !strings.Contains(html, `aria-hidden="true"`) {
		t.Error(html)
	}
	if got := Attr("a \"b\" <c>\u00a0d\\e\n"); strings.ContainsAny(got, "\"<>\\\n\u00a0") {
		t.Errorf("%q is not safe in an attribute", got)
	}
}

// TestKeys holds that each key of a chord is a cap of its own, and that the plus between them is none.
func TestKeys(t *testing.T) {
	for text, caps := range map[string][]string{"Ctrl+K": {"Ctrl", "K"}, "+ - 0": {"+", "-", "0"}, "Ctrl+Shift+Z Ctrl+Y": {"Ctrl", "Shift", "Z", "Ctrl", "Y"}} {
		var got []string
		for _, m := range regexp.MustCompile(`(?s)<kbd[^>]*>(.*?)</kbd>`).FindAllStringSubmatch(app.HTMLString(keys(text)), -1) {
			got = append(got, strings.TrimSpace(m[1]))
		}
		if !slices.Equal(got, caps) {
			t.Errorf("%s has the caps %q, not %q", text, got, caps)
		}
	}
}
