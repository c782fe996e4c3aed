package kinesis

import (
	"fmt"
	"strconv"
	"strings"
)

// ShardID is the id of the shard with a number: shardId-000000000001. Like [aws.Error.WithHint] it stands in too many places to be inlined.
//
//go:noinline
func ShardID(number int32) string { return fmt.Sprintf("shardId-%012d", number) }

// ParseShardID reads a shard's number from its id, or from the shorter forms that the service takes too: "1",
// "shardId-1".
// Conf. C, kinesalite.
func ParseShardID(id string) (int32, bool) {
	digits := strings.TrimPrefix(id, "shardId-")
	for i := range len(digits) {
		if digits[i] < '0' || digits[i] > '9' {
			return 0, false
		}
	}
	n, err := strconv.ParseInt(digits, 10, 32)
	return int32(n), err == nil
}

// thousands writes a number with commas: 1,000.
func thousands(n int64) string {
	s := strconv.FormatInt(n, 10)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// byteRate writes a rate in the largest unit that keeps it whole: 1 MiB/s.
func byteRate(n int64) string {
	switch {
	case n >= 1<<20 && n%(1<<20) == 0:
		return thousands(n>>20) + " MiB/s"
	case n >= 1<<10 && n%(1<<10) == 0:
		return thousands(n>>10) + " KiB/s"
	}
	return thousands(n) + " B/s"
}

func deref[T any](p *T) T {
	if p == nil {
		var zero T
		return zero
	}
	return *p
}

func ptr[T any](v T) *T { return &v }
