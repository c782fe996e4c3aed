package model

import (
	"encoding/json"
	"testing"

	"shardlab/wasm/protocol"
)

func TestCalcFields(t *testing.T) {
	for _, c := range Calculators {
		values := c.Begin()
		for _, f := range c.Fields {
			if f.Switch {
				continue
			}
			if f.At(0) != f.Min || f.At(Slide) != f.Max || f.Preset < f.Min || f.Preset > f.Max || values[f.Name] != f.Preset {
				t.Errorf("%s of %s: the slider goes from %v to %v, the field from %v to %v, preset %v", f.Name, c.ID, f.At(0), f.At(Slide), f.Min, f.Max, f.Preset)
			}
			before := f.Min - 1
			for i := range Slide + 1 {
				v := f.At(i)
				if v < before {
					t.Errorf("%s of %s: step %d is %v, the one before %v", f.Name, c.ID, i, v, before)
				}
				if j := f.StepOf(v); f.At(j) != v && f.At(min(j+1, Slide)) != v && f.At(max(j-1, 0)) != v {
					t.Errorf("%s of %s: %v is at step %d, which is %v", f.Name, c.ID, v, j, f.At(j))
				}
				if _, flaw := f.Read(CalcNumber(v)); flaw != "" {
					t.Errorf("%s of %s: the slider's %v is refused: %s", f.Name, c.ID, v, flaw)
				}
				before = v
			}
		}
	}
	records := CalculatorByID("shards").Fields[0]
	for text, want := range map[string]string{"1,200": "", " 7 ": "", "": "Write a number, like 2400.", "many": "Write a number, like 2400.", "0": "Write a number from 1 to 100000.", "1e9": "Write a number from 1 to 100000.", "NaN": "Write a number, like 2400."} {
		if _, flaw := records.Read(text); flaw != want {
			t.Errorf("%q gives %q, want %q", text, flaw, want)
		}
	}
	if _, flaw := CalculatorByID("retries").Fields[3].Read("2.5"); flaw != "Write a whole number." {
		t.Errorf("half an attempt gives %q", flaw)
	}
}

func TestCalcBody(t *testing.T) {
	c := CalculatorByID("shards")
	values := c.Begin()
	values["FanOut"] = 1
	b, err := json.Marshal(c.Body(values, true))
	if err != nil || string(b) != `{"RecordsPerSecond":2400,"RecordKiB":1.5,"Consumers":3,"FanOut":true,"Compare":true}` {
		t.Errorf("the body is %s, %v", b, err)
	}
	if c := CalculatorByID("nothing"); c.ID != "shards" {
		t.Errorf("an unknown calculator is %s", c.ID)
	}
}

func TestReadCalculation(t *testing.T) {
	a, flaw := ReadCalculation(protocol.Reply{Body: json.RawMessage(`{"Answer":"2 shards","Figures":[{"Name":"x","Formula":1,"Within":0.1,"Run":1.05,"Agrees":true},{"Name":"y","Formula":2,"Run":3,"Agrees":false}],"Lab":{"name":"l"},"Until":5}`)})
	if agree, of, ran := a.Proven(); flaw != nil || agree != 1 || of != 2 || !ran || a.Until != 5 || string(a.Lab) != `{"name":"l"}` {
		t.Errorf("read as %+v, %v", a, flaw)
	}
	if _, flaw := ReadCalculation(protocol.Reply{Error: &protocol.Error{Message: "no"}}); flaw == nil || flaw.Message != "no" {
		t.Errorf("a refusal is read as %v", flaw)
	}
	if _, flaw := ReadCalculation(protocol.Reply{Body: json.RawMessage(`[]`)}); flaw == nil || flaw.Code != "BadAnswer" {
		t.Errorf("nonsense is read as %v", flaw)
	}
}
