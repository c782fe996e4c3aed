package console

import (
	"errors"
	"fmt"

	"shardlab/wasm/aws"
)

// undoWords are the commands of lab that take deeds back, with what they do.
var undoWords = []Option{
	{"undo", "take your last deed back and live to this instant without it"},
	{"redo", "put back what undo took"},
}

// undo is lab undo and lab redo.
func (p *process) undo(name string, words []string) (int, error) {
	if len(words) > 0 {
		return 0, &usageError{text: fmt.Sprintf("%s takes nothing after it", name), exit: 252, hint: "Several times: for i in 1 2 3; do lab " + name + "; done"}
	}
	deed, err := p.takeBack(name == "redo")
	if err != nil {
		var stop *stopped
		if errors.As(err, &stop) {
			return 0, stop
		}
		bad := &usageError{text: messageOf(err), exit: 1}
		var e *aws.Error
		if errors.As(err, &e) {
			bad.hint = e.Hint
		}
		return 0, bad
	}
	did := map[string]string{"undo": "Undone: ", "redo": "Done again: "}[name]
	return 0, p.print(did + deed + "\n")
}

// takeBack passes an undo or a redo to the world.
func (s *session) takeBack(again bool) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.over {
		return "", errors.New("the entry has ended")
	}
	defer s.turn()
	return s.c.world.Undo(again)
}
