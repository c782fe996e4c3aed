package model

import (
	"cmp"
	"slices"
	"strings"

	"shardlab/lessons/block"
	"shardlab/wasm/protocol"
)

// An Act is something that can be done by its words, from the palette, and by a key where it has one.
type Act struct {
	Group   string // the heading of the palette and of the help sheet
	Icon    string
	Words   string
	More    string // other words it is found by
	Key     string // a single key, or chords apart by a space: "Ctrl+Shift+Z Ctrl+Y"; "Space" is the bench's own
	Path    string // of the page that it opens; else Message says what is to be done
	Message any
}

// Groups of acts, in the order in which they are shown.
const (
	GroupTime      = "Time"
	GroupPanels    = "Panels"
	GroupLook      = "Look at"
	GroupAdd       = "Add"
	GroupChange    = "Change"
	GroupSpeed     = "Speed"
	GroupLab       = "This lab"
	GroupPages     = "Pages"
	GroupLessons   = "Lessons"
	GroupTemplates = "Templates"
	GroupView      = "Appearance"
)

var groups = []string{GroupTime, GroupPanels, GroupLab, GroupLook, GroupAdd, GroupChange, GroupSpeed, GroupPages, GroupTemplates, GroupLessons, GroupView}

// MaxFound is how many acts the palette shows at most; more words narrow them.
const MaxFound = 40

// MaxLooks is how many shards, clients or streams of one kind the palette offers.
const MaxLooks = 50

// FocusPanel opens a panel of the bench and puts the focus inside.
type FocusPanel struct{ Tab string }

// PageActs are what every page offers.
func PageActs() []Act {
	return []Act{
		{Group: GroupPages, Icon: "map", Words: "Course", More: "lessons home map", Path: "/"},
		{Group: GroupPages, Icon: "flask-conical", Words: "Lab", More: "sandbox playground", Path: "/lab"},
		{Group: GroupPages, Icon: "scale", Words: "Calculators", More: "shards cost price buffer hints retries duplicates formula", Path: "/lab#calculate"},
		{Group: GroupPages, Icon: "settings-2", Words: "Settings", More: "preferences progress export", Path: "/settings"},
		{Group: GroupView, Icon: "sun", Words: "Light theme", More: "appearance bright", Message: ChooseTheme{Light}},
		{Group: GroupView, Icon: "moon", Words: "Dark theme", More: "appearance night", Message: ChooseTheme{Dark}},
		{Group: GroupView, Icon: "monitor", Words: "Theme of the system", More: "appearance", Message: ChooseTheme{System}},
		{Group: GroupView, Icon: "pause", Words: "Reduced motion", More: "animation still", Message: ChooseMotion{Reduced}},
		{Group: GroupView, Icon: "play", Words: "Full motion", More: "animation", Message: ChooseMotion{Full}},
		{Group: GroupView, Icon: "keyboard", Words: "Keyboard help", More: "shortcuts keys", Key: "?", Message: ShowHelp{}},
	}
}

// Messages of acts that a page itself carries out.
type (
	// ChooseTheme chooses light, dark or the system's.
	ChooseTheme struct{ Theme string }
	// ChooseMotion chooses full, reduced or the system's.
	ChooseMotion struct{ Motion string }
	// ShowHelp opens the help sheet.
	ShowHelp struct{}
)

// LessonActs are the lessons of the course.
func LessonActs(c block.Course) []Act {
	var all []Act
	for _, m := range c.Modules {
		for _, l := range m.Lessons {
			all = append(all, Act{Group: GroupLessons, Icon: "book-open", Words: l.Title, More: m.Title + " " + l.Blurb, Path: "/lessons/" + l.Slug})
		}
	}
	return all
}

// BenchActs are what the bench offers as it stands.
func BenchActs(b Bench) []Act {
	if b.Phase != Ready {
		return nil
	}
	play := Act{Group: GroupTime, Icon: "play", Words: "Play", More: "start run resume", Key: "Space", Message: PressPlay{}}
	if b.Frame.Playing {
		play.Icon, play.Words, play.More = "pause", "Pause", "stop halt"
	}
	all := []Act{play,
		{Group: GroupTime, Icon: "skip-forward", Words: "Run to the next event", More: "step forward", Key: ".", Message: PressStep{}},
		{Group: GroupTime, Icon: "skip-back", Words: "Back to the event before", More: "previous rewind", Key: ",", Message: PressBack{}},
		{Group: GroupTime, Icon: "fast-forward", Words: "Run until…", More: "condition instant goto", Key: "u", Message: Toggle{Menu: "until"}},
		b.forkAct(),
		{Group: GroupTime, Icon: "rewind", Words: "Back to where the lab opened", More: "rewind start first", Message: GoTo{At: b.Frame.Opened}},
	}
	all = append(all, b.timelineActs()...)
	for _, s := range Speeds {
		all = append(all, Act{Group: GroupSpeed, Icon: "gauge", Words: "Speed " + Speed(s), More: "faster slower virtual", Message: PickSpeed{Speed: s}})
	}
	all = append(all,
		Act{Group: GroupPanels, Icon: "square-terminal", Words: "Console", More: "prompt shell aws cli type", Key: "/", Message: FocusPanel{"console"}},
		Act{Group: GroupPanels, Icon: "scan-search", Words: "Inspector", More: "sheet detail", Key: "i", Message: FocusPanel{"inspector"}},
		Act{Group: GroupPanels, Icon: "chart-line", Words: "Charts", More: "metrics cloudwatch", Key: "c", Message: FocusPanel{"charts"}},
		Act{Group: GroupPanels, Icon: "plus", Words: "Choose metrics for the charts", More: "picker cloudwatch add statistic", Key: "m", Message: OpenPicker{On: true}},
		Act{Group: GroupPanels, Icon: "list", Words: "Events", More: "history log what happened", Key: "e", Message: FocusPanel{"events"}},
	)
	all = append(all, b.chartActs()...)
	all = append(all, StageActs()...)
	if b.Frame.Undo != "" {
		all = append(all, Act{Group: GroupLab, Icon: "undo-2", Words: "Undo", More: "take back " + b.Frame.Undo, Key: "Ctrl+Z", Message: PressUndo{}})
	}
	if b.Frame.Redo != "" {
		all = append(all, Act{Group: GroupLab, Icon: "redo-2", Words: "Redo", More: "again " + b.Frame.Redo, Key: "Ctrl+Shift+Z Ctrl+Y", Message: PressRedo{}})
	}
	all = append(all,
		Act{Group: GroupLab, Icon: "share-2", Words: "Share this lab", More: "link url copy send", Key: "s", Message: OpenSharing{Tab: "link"}},
		Act{Group: GroupLab, Icon: "download", Words: "Save or open the lab as a file", More: "download upload export import json", Message: OpenSharing{Tab: "file"}},
		Act{Group: GroupLab, Icon: "folder-open", Words: "Open a lab's file…", More: "upload import json", Message: PickLab{}},
		Act{Group: GroupLab, Icon: "code", Words: "Embed this lab in a page", More: "iframe html teacher", Message: OpenSharing{Tab: "embed"}},
		Act{Group: GroupLab, Icon: "cloud", Words: "Take it to AWS", More: "export cloudformation terraform cli go python boto3", Message: OpenSharing{Tab: "aws"}})
	f := b.Figures
	for _, name := range StreamNames(f) {
		all = append(all, Act{Group: GroupLook, Icon: "waypoints", Words: "Stream " + name, More: "stage show", Message: ShowStream{Name: name}})
	}
	all = append(all, looks(f, b.Stream)...)
	all = append(all, b.changes()...)
	for _, c := range Clients {
		all = append(all, Act{Group: GroupAdd, Icon: c.Icon, Words: "Add: " + c.Kind, More: c.Title + " new put create " + map[bool]string{true: "writer producer", false: "reader consumer"}[c.Writes],
			Message: OpenForm{Form{Kind: c.ID, Stream: b.Stream}}})
	}
	all = append(all, Act{Group: GroupAdd, Icon: "plus", Words: "Add a part…", More: "new build pipeline palette", Key: "a", Message: OpenForm{Form{Kind: "part", Stream: b.Stream}}})
	for _, p := range PartsFor(b.Stream) {
		if _, client := ClientByID(p.Kind); !client {
			form := Form{Kind: p.Kind, Stream: b.Stream}
			if p.Kind == "stream" {
				form.Stream = ""
			}
			all = append(all, Act{Group: GroupAdd, Icon: p.Icon, Words: "Add: " + p.Title, More: p.What + " new create", Message: OpenForm{form}})
		}
	}
	return all
}

// looks are the sheets of the parts on the stage.
func looks(f protocol.Frame, stream string) []Act {
	var all []Act
	look := func(icon, words, more, ref string) {
		all = append(all, Act{Group: GroupLook, Icon: icon, Words: words, More: more + " inspect sheet", Message: Look{Ref: ref}})
	}
	for _, s := range f.Streams {
		if s.Name != stream {
			continue
		}
		look("scan-search", "Sheet of stream "+s.Name, "facts settings", "stream:"+s.Name)
		look("zap-off", "Availability Zones", "az outage", "zones:")
		for _, h := range s.Shards[:min(len(s.Shards), MaxLooks)] {
			look("split", "Shard "+h.ID, "of "+s.Name, "shard:"+s.Name+"/"+h.ID)
		}
	}
	for _, p := range f.Producers[:min(len(f.Producers), MaxLooks)] {
		look("upload", "Producer "+p.Name, p.Noun, "producer:"+p.Name)
	}
	for _, c := range f.Consumers[:min(len(f.Consumers), MaxLooks)] {
		look("download", "Consumer "+c.Name, c.Noun, ConsumerRef(c))
	}
	for _, c := range f.Controls {
		look("gauge", ControlKind(c)+" "+c.Name, "cloudwatch", c.Ref)
	}
	look("receipt", "Bill", "cost price dollars", "bill:")
	look("database", "Buckets", "s3 objects files", "buckets:")
	return all
}

// Find returns the acts that have every word of the query, the nearest first; without a query all in the order of their groups.
func Find(all []Act, query string) []Act {
	words := strings.Fields(strings.ToLower(query))
	type found struct {
		Act
		far int
	}
	var list []found
	for _, c := range all {
		name, more := strings.ToLower(c.Words), strings.ToLower(c.More+" "+c.Group)
		far, ok := 0, true
		for i, w := range words {
			switch at := strings.Index(name, w); {
			case at == 0 && i == 0:
			case at > 0 && strings.Contains(" :/-", name[at-1:at]), at == 0:
				far++
			case at > 0:
				far += 3
			case strings.HasPrefix(more, w), strings.Contains(more, " "+w):
				far += 5
			default:
				ok = false
			}
		}
		if ok {
			list = append(list, found{c, far})
		}
	}
	slices.SortStableFunc(list, func(a, b found) int {
		return cmp.Or(cmp.Compare(a.far, b.far), cmp.Compare(slices.Index(groups, a.Group), slices.Index(groups, b.Group)))
	})
	out := make([]Act, 0, min(len(list), MaxFound))
	for _, f := range list[:min(len(list), MaxFound)] {
		out = append(out, f.Act)
	}
	return out
}

// ByKey is the act that a single key stands for, or one with Control: "Ctrl+Z".
func ByKey(all []Act, key string) (Act, bool) {
	for _, c := range all {
		if slices.Contains(strings.Fields(c.Key), key) && (len(key) == 1 || strings.HasPrefix(key, "Ctrl+")) {
			return c, true
		}
	}
	return Act{}, false
}

// A KeyLine is a line of the help sheet: keys, apart by a space, and what they do.
type KeyLine struct{ Keys, Words string }

// A KeyGroup is a part of the help sheet.
type KeyGroup struct {
	Title string
	Note  string
	Lines []KeyLine
}

// Keys are all keys of the page, for the help sheet; those of a single key come from the acts.
func Keys(acts []Act) []KeyGroup {
	anywhere := KeyGroup{Title: "Anywhere", Lines: []KeyLine{{"Ctrl+K", "Find a command, a lesson or a part of the lab; in the prompt the shell has it"}}}
	bench := KeyGroup{Title: "The lab", Note: "A single key acts where nothing is being typed. The settings turn single keys off."}
	for _, c := range acts {
		switch {
		case c.Key == "":
		case c.Group == GroupView || c.Group == GroupPages:
			anywhere.Lines = append(anywhere.Lines, KeyLine{c.Key, c.Words})
		default:
			bench.Lines = append(bench.Lines, KeyLine{c.Key, c.Words})
		}
	}
	anywhere.Lines = append(anywhere.Lines, KeyLine{"Tab Shift+Tab", "Go through everything that can be used"}, KeyLine{"Esc", "Close what is open: a menu, a form, this sheet"})
	list := []KeyGroup{anywhere}
	if len(bench.Lines) > 0 {
		bench.Lines = append(bench.Lines, KeyLine{"← →", "On the instant: a second back, a second on"}, KeyLine{"PgUp PgDn", "On the instant: ten seconds"},
			KeyLine{"← →", "On tabs: the next one"}, KeyLine{"Enter", "On a part of the stage: look at it"}, KeyLine{"+ - 0", "On the stage: nearer, farther, all of it"},
			KeyLine{"← → Enter", "On charts and marks: along their instants, and go there"})
		list = append(list, bench, KeyGroup{Title: "The console", Lines: []KeyLine{
			{"Enter", "Run the line"}, {"Shift+Enter", "Begin a new line"}, {"Tab", "Complete"}, {"↑ ↓", "Lines typed before"}, {"Ctrl+R", "Search the lines typed before"},
			{"Ctrl+C", "End what runs"}, {"Ctrl+L", "Empty the transcript"}, {"Esc Tab", "Leave the prompt"},
		}})
	}
	return list
}
