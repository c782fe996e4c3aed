package lab

import (
	"crypto/sha256"
	"encoding/hex"
	"time"

	"shardlab/wasm/aws"
	"shardlab/wasm/region"
	"shardlab/wasm/share"
)

// Hash is the SHA-256 of State, in hex: runs with the same one go on in the same way.
func (l *Lab) Hash() string {
	h := sha256.New()
	l.run.state(h)
	return hex.EncodeToString(h.Sum(nil))
}

// Shared is the run as it is handed on.
func (l *Lab) Shared() share.Run {
	return share.Run{Name: l.file.Name, Lab: l.source, Log: l.Log(), State: l.Hash()}
}

// Link is the address that opens the run as it is, from its path on where the host has no page.
func (l *Lab) Link() (string, error) {
	text, err := share.Link(l.Shared())
	return l.host.Address + "/lab#s=" + text, err
}

// tell answers the operations that a region alone cannot.
func (l *Lab) tell(op string, body []byte) (out []byte, err error, known bool) {
	switch op {
	case region.Peek:
		out, err = l.run.region.Peek(body)
		return out, err, true
	case region.State, region.Share:
	default:
		return nil, nil, false
	}
	if faults := region.Decode(body, "", &region.ListInput{}); len(faults) > 0 {
		return nil, aws.Errorf(aws.Validation, "%s", faults.Error()), true
	}
	hash := l.Hash()
	if op == region.State {
		return region.JSON(region.StateOutput{Instant: l.run.region.Now().Time().Format(time.RFC3339Nano), Seed: l.seed, Commands: int64(l.run.next), Hash: hash}), nil, true
	}
	link, err := l.Link()
	if err != nil {
		return nil, err, true
	}
	return region.JSON(region.ShareOutput{Link: link, State: hash[:share.StateDigits]}), nil, true
}
