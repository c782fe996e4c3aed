package lessons

// An Incident makes a lab an incident: the pager's message, the charts that the dashboard opens with, and the causes that a learner
// may state. What the checks hold is read by the engine.
type Incident struct {
	Title    string  `yaml:"title" json:"title"`
	Severity string  `yaml:"severity" json:"severity"` // SEV1 to SEV4
	Since    string  `yaml:"since" json:"since"`       // as the pager shows it: 08:52
	Words    string  `yaml:"words" json:"words"`       // {{name}} stands for a figure
	Charts   []Graph `yaml:"charts" json:"charts"`
	Causes   []Cause `yaml:"causes" json:"causes"`
}

// A Graph is a chart of the dashboard.
type Graph struct {
	Metric string `yaml:"metric" json:"metric"` // "metric:AWS/Kinesis,IncomingRecords,StreamName=trips"
	Stat   string `yaml:"stat" json:"stat,omitempty"`
}

// A Cause is what a learner may state. One that has a proof is right, one that has a counter is wrong.
type Cause struct {
	ID       string   `yaml:"id" json:"id"`
	Text     string   `yaml:"text" json:"text"`
	Proof    []Speech `yaml:"proof" json:"proof,omitempty"`
	Unproven string   `yaml:"unproven" json:"unproven,omitempty"` // read by one who states it with evidence that proves nothing
	Counter  []Speech `yaml:"counter" json:"counter,omitempty"`
}

// A Speech is a check and what it says, with its figures, when it holds.
type Speech struct {
	Of    []string       `yaml:"of" json:"of,omitempty"` // of a proof: the evidence it takes, * for anything
	Check map[string]any `yaml:"check" json:"check"`
	Text  string         `yaml:"text" json:"text"`
}
