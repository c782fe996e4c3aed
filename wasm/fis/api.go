package fis

import (
	"strings"

	"shardlab/wasm/aws"
)

// Requests and answers spell their members as AWS FIS does, with a small letter first.
// Source: AWS Fault Injection Service API Reference.

// CreateExperimentTemplateInput describes an experiment: what is done to which targets, and when it is stopped.
type CreateExperimentTemplateInput struct {
	ClientToken       *string                 `json:"clientToken" aws:"len=1..1024"`
	Description       *string                 `json:"description" aws:"required,len=0..512"`
	StopConditions    []StopCondition         `json:"stopConditions" aws:"required"`
	Targets           map[string]Target       `json:"targets"`
	Actions           map[string]Action       `json:"actions" aws:"required"`
	RoleArn           *string                 `json:"roleArn" aws:"required,len=20..2048"`
	Tags              map[string]string       `json:"tags" aws:"items=0..50"`
	ExperimentOptions *ExperimentOptionsInput `json:"experimentOptions"`
}

// A StopCondition ends an experiment early: source is none, or aws:cloudwatch:alarm with the ARN of an alarm.
type StopCondition struct {
	Source *string `json:"source" aws:"required"`
	Value  *string `json:"value,omitempty"`
}

// A Target is a set of resources: streams by ARN or by tag, or roles by ARN.
type Target struct {
	ResourceType  *string           `json:"resourceType"`
	ResourceArns  []string          `json:"resourceArns,omitempty"`
	ResourceTags  map[string]string `json:"resourceTags,omitempty"`
	SelectionMode *string           `json:"selectionMode"`
}

// An Action is what is done to a target.
type Action struct {
	ActionID    *string           `json:"actionId"`
	Description *string           `json:"description,omitempty"`
	Parameters  map[string]string `json:"parameters,omitempty"`
	Targets     map[string]string `json:"targets,omitempty"`
	StartAfter  []string          `json:"startAfter,omitempty"`
}

// ExperimentOptionsInput says what to do when a target has no resources: fail or skip.
type ExperimentOptionsInput struct {
	AccountTargeting          *string `json:"accountTargeting,omitempty"`
	EmptyTargetResolutionMode *string `json:"emptyTargetResolutionMode,omitempty"`
}

// An ExperimentTemplate is a template as it was made.
type ExperimentTemplate struct {
	ID                string                  `json:"id"`
	Arn               string                  `json:"arn"`
	Description       string                  `json:"description"`
	Targets           map[string]Target       `json:"targets"`
	Actions           map[string]Action       `json:"actions"`
	StopConditions    []StopCondition         `json:"stopConditions"`
	CreationTime      aws.Timestamp           `json:"creationTime"`
	LastUpdateTime    aws.Timestamp           `json:"lastUpdateTime"`
	RoleArn           string                  `json:"roleArn"`
	Tags              map[string]string       `json:"tags"`
	ExperimentOptions *ExperimentOptionsInput `json:"experimentOptions,omitempty"`
}

// ExperimentTemplateOutput has one template.
type ExperimentTemplateOutput struct {
	ExperimentTemplate ExperimentTemplate `json:"experimentTemplate"`
}

// IDInput names a template or an experiment.
type IDInput struct {
	ID *string `json:"id" aws:"required,len=0..64"`
}

// ListInput asks for a page.
type ListInput struct {
	MaxResults *int64  `json:"maxResults" aws:"val=1..100"`
	NextToken  *string `json:"nextToken" aws:"len=1..1024"`
}

// ListExperimentTemplatesOutput lists templates, oldest first.
type ListExperimentTemplatesOutput struct {
	ExperimentTemplates []TemplateSummary `json:"experimentTemplates"`
	NextToken           *string           `json:"nextToken,omitempty"`
}

// TemplateSummary is a template in a few members.
type TemplateSummary struct {
	ID             string            `json:"id"`
	Arn            string            `json:"arn"`
	Description    string            `json:"description"`
	CreationTime   aws.Timestamp     `json:"creationTime"`
	LastUpdateTime aws.Timestamp     `json:"lastUpdateTime"`
	Tags           map[string]string `json:"tags"`
}

// StartExperimentInput starts what a template describes.
type StartExperimentInput struct {
	ClientToken          *string           `json:"clientToken" aws:"len=1..1024"`
	ExperimentTemplateID *string           `json:"experimentTemplateId" aws:"required,len=0..64"`
	Tags                 map[string]string `json:"tags" aws:"items=0..50"`
}

// An Experiment is a template under way, or done.
type Experiment struct {
	ID                   string                      `json:"id"`
	Arn                  string                      `json:"arn"`
	ExperimentTemplateID string                      `json:"experimentTemplateId"`
	RoleArn              string                      `json:"roleArn"`
	State                State                       `json:"state"`
	Targets              map[string]Target           `json:"targets"`
	Actions              map[string]ExperimentAction `json:"actions"`
	StopConditions       []StopCondition             `json:"stopConditions"`
	CreationTime         aws.Timestamp               `json:"creationTime"`
	StartTime            *aws.Timestamp              `json:"startTime,omitempty"`
	EndTime              *aws.Timestamp              `json:"endTime,omitempty"`
	Tags                 map[string]string           `json:"tags"`
}

// A State is how an experiment or one of its actions stands, and why.
type State struct {
	Status string `json:"status"`
	Reason string `json:"reason"`
}

// An ExperimentAction is an action of an experiment.
type ExperimentAction struct {
	Action
	State     State          `json:"state"`
	StartTime *aws.Timestamp `json:"startTime,omitempty"`
	EndTime   *aws.Timestamp `json:"endTime,omitempty"`
}

// ExperimentOutput has one experiment.
type ExperimentOutput struct {
	Experiment Experiment `json:"experiment"`
}

// ListExperimentsOutput lists experiments, oldest first.
type ListExperimentsOutput struct {
	Experiments []ExperimentSummary `json:"experiments"`
	NextToken   *string             `json:"nextToken,omitempty"`
}

// ExperimentSummary is an experiment in a few members.
type ExperimentSummary struct {
	ID                   string            `json:"id"`
	Arn                  string            `json:"arn"`
	ExperimentTemplateID string            `json:"experimentTemplateId"`
	State                State             `json:"state"`
	CreationTime         aws.Timestamp     `json:"creationTime"`
	Tags                 map[string]string `json:"tags"`
}

// ListActionsOutput lists what can be done.
type ListActionsOutput struct {
	Actions []ActionSummary `json:"actions"`
}

// ActionSummary is an action that templates may name.
type ActionSummary struct {
	ID          string                  `json:"id"`
	Description string                  `json:"description"`
	Targets     map[string]ActionTarget `json:"targets"`
}

// ActionTarget is the kind of resources that an action is done to.
type ActionTarget struct {
	ResourceType string `json:"resourceType"`
}

const service = "fis"

// table lists the operations by name. It never changes.
var table = aws.Table{
	aws.Op(service, "CreateExperimentTemplate", "Describes an experiment: faults, their targets, and when to stop.", helpOf, (*Service).CreateExperimentTemplate),
	aws.Op(service, "DeleteExperimentTemplate", "Deletes a template.", helpOf, (*Service).DeleteExperimentTemplate),
	aws.Op(service, "GetExperiment", "Tells how an experiment stands.", helpOf, (*Service).GetExperiment),
	aws.Op(service, "GetExperimentTemplate", "Tells what a template describes.", helpOf, (*Service).GetExperimentTemplate),
	aws.Op(service, "ListActions", "Lists the faults that can be injected.", helpOf, (*Service).ListActions),
	aws.Op(service, "ListExperimentTemplates", "Lists the templates.", helpOf, (*Service).ListExperimentTemplates),
	aws.Op(service, "ListExperiments", "Lists the experiments.", helpOf, (*Service).ListExperiments),
	aws.Op(service, "StartExperiment", "Starts what a template describes.", helpOf, (*Service).StartExperiment),
	aws.Op(service, "StopExperiment", "Stops an experiment.", helpOf, (*Service).StopExperiment),
}

// Operations lists the operations by name.
func Operations() []aws.Operation { return table.Operations() }

// Decode reads one operation as it comes over the wire.
func Decode(name string, body []byte) (aws.Request, error) { return table.Decode(name, body) }

// helpOf says a line about a member, in our own words.
func helpOf(path string) string { return help[path[strings.LastIndexByte(path, '.')+1:]] }

var help = map[string]string{
	"description":          "What the experiment is for.",
	"stopConditions":       "source=none, or source=aws:cloudwatch:alarm with an alarm's ARN as value.",
	"targets":              "Names of targets: streams by ARN or tag, roles by ARN.",
	"actions":              "Names of actions, each with actionId, parameters and targets.",
	"roleArn":              "ARN of the role that the experiment runs as.",
	"tags":                 "Keys and values to find it by.",
	"experimentOptions":    "emptyTargetResolutionMode: fail or skip.",
	"id":                   "Its id.",
	"experimentTemplateId": "Id of the template.",
	"maxResults":           "How many a page lists.",
	"nextToken":            "The token that the page before answered.",
	"clientToken":          "A text of your own: the same text again makes no second one.",
}
