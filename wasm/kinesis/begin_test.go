package kinesis

import (
	"testing"
	"time"
)

// TestBegin: a lease may keep AT_TIMESTAMP as its checkpoint when its application has been given another first position since, and then
// has no instant any more. It is read from its oldest record, as nothing of it was.
func TestBegin(t *testing.T) {
	at := time.Date(2026, 3, 2, 8, 40, 0, 0, time.UTC)
	for _, tt := range []struct {
		position, at string
		want         Position
	}{
		{AtTimestamp, "2026-03-02T08:40:00Z", Position{Type: AtTimestamp, At: at}},
		{AtTimestamp, "", Position{Type: TrimHorizon}},
		{Latest, "", Position{Type: Latest}},
		{TrimHorizon, "2026-03-02T08:40:00Z", Position{Type: TrimHorizon}},
	} {
		if got := Begin(tt.position, tt.at); got != tt.want {
			t.Errorf("%s %s is %+v, want %+v", tt.position, tt.at, got, tt.want)
		}
	}
}
