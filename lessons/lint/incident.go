package lint

import (
	"shardlab/lessons"
	"shardlab/lessons/block"
	"shardlab/lessons/play"
	"shardlab/lessons/render"
	"shardlab/wasm/grade"
)

// MinIncidentWrong is how many wrong plans an incident has at least: a wrong diagnosis, the right one without proof, and a cure that
// does not cure.
const MinIncidentWrong = 3

// incidentShape holds the order of an incident: a few words, the task with its pager, and a recall question or two. Nothing is
// taught before, and nothing is guessed.
func (k *checker) incidentShape(l *lessons.Lesson, page *render.Page) {
	places := map[string][]int{}
	for i, b := range page.Blocks {
		places[b.Kind] = append(places[b.Kind], i)
	}
	task, quiz := places[block.Task], places[block.Quiz]
	switch {
	case len(task) != 1:
		k.fail(l.Path, l.Line, "an incident has one :::task block, which shows its pager; this one has %d", len(task))
		return
	case len(places[block.Predict]) > 0 || len(places[block.Run]) > 0:
		k.fail(l.Path, l.Line, "an incident has no :::predict and no :::run block: the pager has gone off, and the learner looks")
	case len(quiz) < 1 || len(quiz) > Questions:
		k.fail(l.Path, l.Line, "an incident ends with one or %d :::quiz blocks; this one has %d", Questions, len(quiz))
	case quiz[0] < task[0]:
		k.fail(l.Path, page.Lines[quiz[0]], "a recall question comes before the task: move it behind, it would tell the cause")
	}
	if page.Blocks[0].Kind != block.Prose {
		k.fail(l.Path, page.Lines[0], "an incident begins with words: say in two sentences whose system it is")
	}
	if hints := len(page.Blocks[task[0]].Task.Hints); hints < MinHints {
		k.fail(l.Path, page.Lines[task[0]], "the task has %d hints: write at least %d, from where to look to nearly the cure", hints, MinHints)
	}
}

// causes states each cause as soon as the lab opens: something speaks against each wrong one. One wrong plan has the diagnosis right
// and does not cure.
func (k *checker) causes(l *lessons.Lesson) {
	at := l.Lab.Line("incident")
	for _, c := range l.Lab.Incident.Causes {
		run := k.begun.Open()
		if line := play.Type(run, "lab diagnose --cause "+c.ID); line.Exit != 0 {
			k.fail(l.Lab.File, at, "the cause %s cannot be stated: %s", c.ID, line.Err)
			continue
		}
		if said := run.Diagnosis(); len(c.Counter) > 0 && said.Outcome != grade.Countered {
			k.fail(l.Lab.File, at, "nothing speaks against the wrong cause %s when the lab opens: give it a counter whose check holds then", c.ID)
		}
	}
	for _, w := range l.Lab.Wrong {
		run := k.begun.Open()
		if _, err := play.Plan(run, w.Plan); err == nil && run.Diagnosis() != nil && run.Diagnosis().Outcome == grade.Proven {
			return
		}
	}
	k.fail(l.Lab.File, l.Lab.Line("wrong"), "no wrong plan states the cause with its proof: write one with a cure that does not cure")
}
