package model

import (
	"strings"
	"testing"
)

func TestRecall(t *testing.T) {
	typed := []string{"aws kinesis list-streams", "echo A", "date", "aws kinesis list-streams", "echo a\ndate"}
	for text, want := range map[string]string{
		"":        "echo a\ndate|aws kinesis list-streams|date|echo A",
		"echo":    "echo a\ndate|echo A",
		"echo a":  "echo a\ndate|echo A",
		"echo A ": "echo A",
		"streams": "aws kinesis list-streams",
		"nothing": "",
	} {
		if got := strings.Join(Recall(typed, text), "|"); got != want {
			t.Errorf("%q recalls %q, want %q", text, got, want)
		}
	}
}
