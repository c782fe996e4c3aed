package console

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"shardlab/wasm/console/export"
)

// exportWords are what lab export may be followed by, each with what it makes.
var exportWords = []Option{
	{"cloudformation", "a template in YAML"},
	{"terraform", "a configuration in HCL"},
	{"cli", "a script of the AWS CLI"},
	{"go", "the clients, with the AWS SDK for Go"},
	{"python", "the clients, with boto3"},
}

// export prints what stands on the stage for AWS. It asks a copy of the world, so it takes from no limit.
func (p *process) export(words []string) (int, error) {
	if len(words) != 1 || !slices.Contains(export.Forms, words[0]) {
		text := "export needs a form"
		if len(words) > 0 {
			text = fmt.Sprintf("there is no form %q", strings.Join(words, " "))
		}
		return 0, &usageError{text: text, exit: 252, hint: "Write lab export " + strings.Join(export.Forms, ", lab export ") + ". lab export terraform > main.tf keeps it as a file."}
	}
	stage, err := export.Look(func(service, op string, body any) ([]byte, error) {
		text, err := json.Marshal(body)
		if err != nil {
			return nil, err
		}
		if service == "lab" {
			return p.do(p.as, service, op, text)
		}
		question, err := json.Marshal(map[string]string{"Service": service, "Operation": op, "Body": string(text)})
		if err != nil {
			return nil, err
		}
		return p.do(p.as, "lab", "Peek", question)
	})
	if err != nil {
		return p.failed(&operation{Service: "lab", Name: "export", Kebab: "export"}, err)
	}
	text, err := stage.As(words[0])
	if err != nil {
		return 1, err
	}
	if n := len(stage.Left); n > 0 {
		p.hint(fmt.Sprintf("%d could not be carried over: the comment at the top names them with the reasons.", n))
	}
	return 0, p.print(text)
}
