package model

import (
	"encoding/json"
	"math"
	"strconv"
	"strings"

	"shardlab/wasm/protocol"
)

// A Calculator is one of the sums that people do before they build. The engine computes it: Op is an operation of the lab.
type Calculator struct {
	ID, Title, Op string
	Asks          string // what it answers
	Fields        []CalcField
}

// A CalcField is a number to be changed, or a switch when Max is 0. Wide ones have a slider whose steps grow with the number.
type CalcField struct {
	Name, Label, Unit   string
	Min, Max, Preset    float64
	Whole, Wide, Switch bool
}

var (
	calcRecords = CalcField{Name: "RecordsPerSecond", Label: "Records", Unit: "a second", Min: 1, Max: 100_000, Preset: 2400, Wide: true}
	calcKiB     = CalcField{Name: "RecordKiB", Label: "Size of a record", Unit: "KiB", Min: .1, Max: 1000, Preset: 1.5, Wide: true}
	calcReaders = CalcField{Name: "Consumers", Label: "Consumers that each read everything", Min: 0, Max: 20, Preset: 3, Whole: true}
)

// Calculators lists them.
var Calculators = []Calculator{
	{"shards", "Shards", "CalculateShards", "How many shards does a provisioned stream need?", []CalcField{calcRecords, calcKiB, calcReaders,
		{Name: "FanOut", Label: "They read with enhanced fan-out", Switch: true}}},
	{"cost", "Cost", "CalculateCost", "What does the same traffic cost provisioned, on-demand and with enhanced fan-out?", []CalcField{
		preset(calcRecords, 900), preset(calcKiB, 2), preset(calcReaders, 2),
		{Name: "RetentionHours", Label: "Records are kept", Unit: "hours", Min: 24, Max: 8760, Preset: 24, Whole: true, Wide: true},
		{Name: "Advantage", Label: "Run an account committed to On-demand Advantage", Switch: true}}},
	{"buffer", "Firehose buffer", "CalculateBuffer", "Which limit of a Firehose buffer trips first, and what files come of it?", []CalcField{
		preset(calcRecords, 300), preset(calcKiB, .5),
		{Name: "SizeInMBs", Label: "Buffer size", Unit: "MiB", Min: 1, Max: 128, Preset: 5, Whole: true},
		{Name: "IntervalInSeconds", Label: "Buffer interval", Unit: "seconds", Min: 1, Max: 900, Preset: 60, Whole: true}}},
	{"hints", "Firehose hints", "CalculateHints", "Which BufferingHints give files of the size you want, without records waiting too long?", []CalcField{
		preset(calcRecords, 400), preset(calcKiB, 2),
		{Name: "WaitSeconds", Label: "A record may wait", Unit: "seconds", Min: 1, Max: 900, Preset: 60, Whole: true},
		{Name: "FileMiB", Label: "A file shall hold", Unit: "MiB", Min: 1, Max: 128, Preset: 16, Whole: true},
		{Name: "Converted", Label: "It converts to Parquet or ORC", Switch: true}}},
	{"retries", "Retries and duplicates", "CalculateRetries", "How often are records sent, and how many come twice?", []CalcField{
		preset(calcRecords, 200),
		{Name: "FailedPercentage", Label: "Calls that fail", Unit: "%", Min: 0, Max: 90, Preset: 5, Whole: true},
		{Name: "LostPercentage", Label: "Answers that are lost", Unit: "%", Min: 0, Max: 90, Preset: 2, Whole: true},
		{Name: "Attempts", Label: "Attempts in all", Min: 1, Max: 10, Preset: 3, Whole: true},
		{Name: "BaseMillis", Label: "First backoff, at most", Unit: "ms", Min: 1, Max: 20_000, Preset: 100, Whole: true, Wide: true},
		{Name: "TimeoutMillis", Label: "Time-out of a call", Unit: "ms", Min: 100, Max: 60_000, Preset: 1000, Whole: true, Wide: true}}},
}

func preset(f CalcField, v float64) CalcField {
	f.Preset = v
	return f
}

// CalculatorByID is one of them, the first when there is no such one.
func CalculatorByID(id string) Calculator {
	for _, c := range Calculators {
		if c.ID == id {
			return c
		}
	}
	return Calculators[0]
}

// Begin are its first numbers.
func (c Calculator) Begin() map[string]float64 {
	v := map[string]float64{}
	for _, f := range c.Fields {
		v[f.Name] = f.Preset
	}
	return v
}

// Body is what the engine is asked with. Compare asks for what its run gave.
func (c Calculator) Body(values map[string]float64, compare bool) Members {
	var body Members
	for _, f := range c.Fields {
		switch v := values[f.Name]; {
		case f.Switch && v == 0:
		case f.Switch:
			body = append(body, Member{f.Name, true})
		case f.Whole:
			body = append(body, Member{f.Name, int64(v)})
		default:
			body = append(body, Member{f.Name, v})
		}
	}
	if compare {
		body = append(body, Member{"Compare", true})
	}
	return body
}

// Slide are the steps of a slider.
const Slide = 200

// At is the number at a step of the field's slider, StepOf the step nearest to a number.
func (f CalcField) At(step int) float64 {
	part := float64(step) / Slide
	v := f.Min + part*(f.Max-f.Min)
	if f.Wide {
		v = f.Min * math.Pow(f.Max/f.Min, part)
		digits := math.Pow(10, math.Floor(math.Log10(v))-1)
		v = math.Round(v/digits) * digits // two figures
	}
	if f.Whole {
		v = math.Round(v)
	}
	return math.Min(f.Max, math.Max(f.Min, math.Round(v*1000)/1000))
}

// StepOf is the step of the slider that is nearest to a number.
func (f CalcField) StepOf(v float64) int {
	part := (v - f.Min) / (f.Max - f.Min)
	if f.Wide {
		part = math.Log(math.Max(v, f.Min)/f.Min) / math.Log(f.Max/f.Min)
	}
	return int(math.Round(math.Min(1, math.Max(0, part)) * Slide))
}

// Read reads a typed number, or says what to write instead.
func (f CalcField) Read(text string) (v float64, flaw string) {
	v, err := strconv.ParseFloat(strings.ReplaceAll(strings.TrimSpace(text), ",", ""), 64)
	switch {
	case err != nil || math.IsNaN(v):
		return 0, "Write a number, like " + CalcNumber(f.Preset) + "."
	case v < f.Min || v > f.Max:
		return 0, "Write a number from " + CalcNumber(f.Min) + " to " + CalcNumber(f.Max) + "."
	case f.Whole && v != math.Trunc(v):
		return 0, "Write a whole number."
	}
	return v, ""
}

// CalcNumber writes a number as a field holds it.
func CalcNumber(v float64) string { return strconv.FormatFloat(v, 'f', -1, 64) }

// A Calculation is what the engine answered.
type Calculation struct {
	Answer, Words string
	Steps         []struct{ Name, Formula, Value string }
	Figures       []CalcFigure
	Ways          []CalcWay
	Lab           json.RawMessage
	Until         int64
	NoRun         string
}

// A CalcFigure is what the formula says of a run, and what the run gave once it was played.
type CalcFigure struct {
	Name, Unit      string
	Formula, Within float64
	Run             *float64
	Agrees          *bool
}

// A CalcWay is a way to run a stream, in dollars.
type CalcWay struct {
	Way                               string
	Shards                            int64
	PerHour, PerMonth, StoredPerMonth float64
}

// ReadCalculation reads an answer of the engine.
func ReadCalculation(r protocol.Reply) (Calculation, *protocol.Error) {
	var c Calculation
	if r.Error != nil {
		return c, r.Error
	}
	if err := json.Unmarshal(r.Body, &c); err != nil {
		return c, &protocol.Error{Code: "BadAnswer", Message: "The engine's answer cannot be read.", Hint: "Reload the page: it may be older than the engine."}
	}
	return c, nil
}

// Proven says how many figures the run agrees with, of how many; ran is false before it was played.
func (c Calculation) Proven() (agree, of int, ran bool) {
	for _, f := range c.Figures {
		if of++; f.Run != nil {
			ran = true
			if f.Agrees != nil && *f.Agrees {
				agree++
			}
		}
	}
	return agree, of, ran
}
