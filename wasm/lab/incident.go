package lab

import (
	"cmp"
	"strings"

	"shardlab/wasm/aws"
	"shardlab/wasm/grade"
	"shardlab/wasm/protocol"
	"shardlab/wasm/region"
)

// mayDiagnose says what is wrong with a statement before it becomes a deed.
func (l *Lab) mayDiagnose(body []byte) error {
	var in region.DiagnoseInput
	if len(region.Decode(body, "", &in)) > 0 || in.Cause == nil {
		return nil // the operation itself says so
	}
	if l.crisis == nil {
		return aws.Errorf(aws.InvalidArgument, "This lab has no incident: there is nothing to diagnose.").WithHint("lab answer is for its questions.")
	}
	if _, ok := l.crisis.Cause(*in.Cause); !ok {
		var all []string
		for _, c := range l.crisis.Causes {
			all = append(all, c.ID+" ("+c.Text+")")
		}
		return aws.Errorf(aws.InvalidArgument, "%q is no cause of this incident.", aws.Shorten(*in.Cause, 64)).WithHint("Write one of: %s.", strings.Join(all, "; "))
	}
	if in.Evidence == nil {
		return nil
	}
	if _, err := l.inspect(*in.Evidence, 0); err != nil {
		return aws.Errorf(aws.InvalidArgument, "The evidence is not there: %s.", err).WithHint("Open it in the inspector and press State the cause, or write its ref, like shard:trips/shardId-000000000001.")
	}
	return nil
}

// diagnosed judges a statement by the world as it stands; nil when the command is none.
func (l *Lab) diagnosed(e *entry) *grade.Finding {
	var in region.DiagnoseInput
	if e.command.Service != region.Lab || e.command.Op != region.Diagnose || l.crisis == nil || len(region.Decode(e.command.Body, "", &in)) > 0 || in.Cause == nil {
		return nil
	}
	evidence := ""
	if in.Evidence != nil {
		evidence = *in.Evidence
	}
	said := l.crisis.State(l.view(), *in.Cause, evidence)
	if said == nil {
		return nil
	}
	level := region.Warn
	if said.Outcome == grade.Proven {
		level = region.Good
	}
	l.run.region.Say(region.Event{Kind: protocol.EventNote, Level: level, Text: said.Text, Ref: evidence, Mark: true})
	return said
}

// Incident is the lab's incident, nil when it has none.
func (l *Lab) Incident() *grade.Incident { return l.crisis }

// Diagnosis is what came of the learner's latest statement, nil before the first.
func (l *Lab) Diagnosis() *grade.Finding {
	for i := len(l.run.deeds) - 1; i >= 0; i-- {
		if f := l.run.deeds[i].Finding; f != nil {
			return f
		}
	}
	return nil
}

// whose says in a word whose a metric is: its last dimension but the operation, or its namespace.
func whose(pairs []string, namespace string) string {
	text := ""
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i] != "Operation" {
			text += " " + pairs[i+1]
		}
	}
	return cmp.Or(strings.TrimSpace(text), namespace)
}
