package model

import (
	"slices"
	"strings"

	"shardlab/lessons/block"
)

// StreamChanges are what can be changed of a stream: icon, words, and the kind of the form.
var StreamChanges = [][3]string{{"split", "Shard count…", "shards"}, {"gauge", "Capacity mode…", "mode"}, {"timer", "Retention…", "retention"}, {"lock", "Encryption…", "encryption"}, {"zap-off", "Lose a zone…", "zone"}}

// TemplateActs begin the sandbox from a template.
func TemplateActs(all []block.Template) []Act {
	var acts []Act
	for _, t := range all {
		acts = append(acts, Act{Group: GroupTemplates, Icon: "layout-grid", Words: "Begin from: " + t.Title, More: "template sandbox " + t.Group + " " + t.Blurb, Path: "/lab#start=" + t.Slug})
	}
	return acts
}

// ScenarioActs are those of the text beside the picture.
func ScenarioActs(s Script) []Act {
	acts := []Act{{Group: GroupPanels, Icon: "file-text", Words: "Scenario", More: "text file commands script edit", Message: FocusPanel{"scenario"}}}
	if s.Text != "" {
		acts = append(acts, Act{Group: GroupLab, Icon: "download", Words: "Download the scenario as a file", More: "text script save", Message: SaveScript{}})
	}
	if s.Dirty() {
		acts = append(acts, Act{Group: GroupLab, Icon: "check", Words: "Apply the scenario", More: "text script run edit", Message: ApplyScript{}},
			Act{Group: GroupLab, Icon: "undo-2", Words: "Give up the changes to the scenario", More: "text script drop discard", Message: DropScript{}})
	}
	return acts
}

// timelineActs end a fork.
func (b Bench) timelineActs() []Act {
	if b.Frame.Timeline == "" {
		return nil
	}
	var acts []Act
	for _, name := range []string{"A", "B"} {
		acts = append(acts, Act{Group: GroupTime, Icon: "git-branch", Words: "Keep timeline " + name, More: "fork end drop the other", Message: KeepTimeline{name}})
	}
	return acts
}

// chartActs are those of the charts and of the panels.
func (b Bench) chartActs() []Act {
	acts := []Act{{Group: GroupPanels, Icon: "chart-line", Words: "The standard charts", More: "metrics reset default", Message: StandardPlots{}},
		{Group: GroupPanels, Icon: "list", Words: "Charts as tables", More: "metrics numbers csv", Message: ShowTable{On: true}},
		{Group: GroupPanels, Icon: "chevron-down", Words: "Fold charts and events away", More: "dock hide room", Message: FoldDock{}},
		{Group: GroupPanels, Icon: "x", Words: "Clear the console", More: "empty transcript", Message: ClearConsole{}}}
	if b.Table {
		acts[1].Words, acts[1].Message = "Charts as pictures", ShowTable{}
	}
	if b.Low {
		acts[2].Icon, acts[2].Words, acts[2].More = "chevron-up", "Show charts and events", "dock unfold"
	}
	for _, r := range Ranges {
		if r.Name != "fork" || b.Frame.Timeline != "" {
			acts = append(acts, Act{Group: GroupPanels, Icon: "chart-line", Words: "Charts: " + strings.ToLower(r.Text[:1]) + r.Text[1:], More: "range time window", Message: PickRange{r.Name}})
		}
	}
	return acts
}

// changes are what can be done with the stream on the stage, its shards, and all clients, Firehose streams, alarms and scalers.
func (b Bench) changes() []Act {
	var acts []Act
	for _, s := range b.Figures.Streams {
		if s.Name != b.Stream {
			continue
		}
		for _, c := range StreamChanges {
			acts = append(acts, Act{Group: GroupChange, Icon: c[0], Words: "Stream " + s.Name + ": " + c[1], More: "change update", Message: OpenForm{Form{Kind: c[2], Target: s.Name, Stream: s.Name}}})
		}
		acts = append(acts, Act{Group: GroupChange, Icon: "trash-2", Words: "Stream " + s.Name + ": Delete the stream", More: "change remove", Message: DeleteStream(s.Name)})
		for _, h := range s.Shards[:min(len(s.Shards), MaxLooks)] {
			if h.State == "OPEN" {
				acts = append(acts, Act{Group: GroupChange, Icon: "split", Words: "Shard " + h.ID + ": Split…", More: "change reshard of " + s.Name, Message: OpenForm{Form{Kind: "split", Target: h.ID, Stream: s.Name}}})
			}
		}
	}
	do := func(what, more string, all []Action) {
		for _, a := range all {
			act := Act{Group: GroupChange, Icon: a.Icon, Words: what + ": " + a.Text, More: more + " change", Message: a.Press}
			switch {
			case a.Stage != "":
				act.Message = ShowStream{a.Stage}
			case a.Form.Kind != "":
				act.Message = OpenForm{a.Form}
			}
			if !slices.ContainsFunc(acts, func(o Act) bool { return o.Words == act.Words }) {
				acts = append(acts, act)
			}
		}
	}
	f := b.Figures
	for _, p := range f.Producers[:min(len(f.Producers), MaxLooks)] {
		do("Producer "+p.Name, p.Noun, ProducerActions(p))
	}
	for _, c := range f.Consumers[:min(len(f.Consumers), MaxLooks)] {
		if c.Noun != firehoseNoun {
			do("Consumer "+c.Name, c.Noun, ConsumerActions(c))
		}
	}
	for _, h := range f.Firehoses {
		do("Firehose "+h.Name, "delivery stream", FirehoseActions(h))
	}
	for _, c := range f.Controls {
		do(ControlKind(c)+" "+c.Name, "cloudwatch", ControlActions(c))
	}
	return acts
}
