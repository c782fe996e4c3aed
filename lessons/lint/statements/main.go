// Command statements reports which lessons, labs, questions and engine tests teach, show and ask each statement of
// lessons/statements.md. It fails when something cites an id that is not listed there.
package main

import (
	"fmt"
	"os"

	"shardlab/lessons/lint"
)

func main() {
	root := os.DirFS(".")
	course := os.DirFS("lessons")
	rows, err := lint.Cover(course, root)
	lint.WriteCoverage(os.Stdout, rows)
	if err != nil {
		fmt.Fprintf(os.Stderr, "\n%v\n", err)
		os.Exit(1)
	}
}
