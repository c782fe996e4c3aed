package model

import (
	"strings"

	"shardlab/wasm/protocol"
)

// mostControls is how many alarms and functions that scale stand on a stage; the picture of the whole lab has all.
const mostControls = 6

// ControlsOf are what watches a stream and acts on it, as far as it stands on the stream's stage.
func ControlsOf(f protocol.Frame, stream string) (all []protocol.Control) {
	for _, c := range f.Controls {
		if c.Stream == stream && len(all) < mostControls {
			all = append(all, c)
		}
	}
	return all
}

// Scales says whether a control is a function that scales; else it is an alarm.
func Scales(c protocol.Control) bool { return c.State == "" }

// ControlKind is what a control is called.
func ControlKind(c protocol.Control) string {
	if Scales(c) {
		return "Function that scales"
	}
	return "CloudWatch alarm"
}

// ControlLevel is how its state is meant, as Spot.Level.
func ControlLevel(c protocol.Control) string {
	return map[string]string{"ALARM": "bad", "OK": "good"}[c.State]
}

// ControlWords tell of it to who does not see it.
func ControlWords(c protocol.Control) string {
	words := ControlKind(c) + " " + c.Name
	if c.State != "" {
		words += ", " + c.State
	}
	words += ", " + spoken.Replace(c.Text)
	if Scales(c) {
		words += ", " + c.Note
	}
	for _, to := range c.Acts {
		words += ", invokes " + strings.TrimPrefix(to, "scaler:")
	}
	return words
}

// spoken is for signs that are not read aloud.
var spoken = strings.NewReplacer(" > ", " above ", " ≥ ", " at or above ", " < ", " below ", " ≤ ", " at or below ")

// ControlActions are what can be done with it.
func ControlActions(c protocol.Control) []Action {
	if Scales(c) {
		return []Action{{Icon: "play", Text: "Invoke now", Press: Press{"lab", "InvokeScaler", Members{{"Name", c.Name}}}},
			{Icon: "trash-2", Text: "Delete", Danger: true, Press: Press{"lab", "DeleteScaler", Members{{"Name", c.Name}}}}}
	}
	return []Action{{Icon: "triangle-alert", Text: "Set to ALARM", Press: Press{"cloudwatch", "SetAlarmState", Members{{"AlarmName", c.Name}, {"StateValue", "ALARM"}, {"StateReason", "Set by hand"}}}},
		{Icon: "trash-2", Text: "Delete", Danger: true, Press: Press{"cloudwatch", "DeleteAlarms", Members{{"AlarmNames", []string{c.Name}}}}}}
}
