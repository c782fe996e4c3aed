package lint

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"shardlab/lessons"
	"shardlab/wasm/console"
	"shardlab/wasm/lab"
	"shardlab/wasm/region"
	"shardlab/wasm/scenario"
	"shardlab/wasm/terminal"
)

// meaning is a lab file's JSON as values, so that the order of members does not count.
func meaning(t *testing.T, file []byte) *scenario.File {
	t.Helper()
	f, err := scenario.Parse(file)
	if err != nil {
		t.Fatal(err)
	}
	flat := func(raw json.RawMessage) json.RawMessage {
		if len(raw) == 0 {
			return json.RawMessage("{}")
		}
		var v any
		d := json.NewDecoder(strings.NewReader(string(raw)))
		d.UseNumber()
		if err := d.Decode(&v); err != nil {
			t.Fatal(err)
		}
		b, _ := json.Marshal(v)
		return b
	}
	for i := range f.World {
		f.World[i].With, f.World[i].Place = flat(f.World[i].With), 0
	}
	for i := range f.Goals {
		f.Goals[i] = flat(f.Goals[i])
	}
	f.Incident = flat(f.Incident)
	return f
}

// TestScriptsOfAllLabs holds the law of the scenario's text over every template and every lesson's lab: file to text to file is the
// same lab, text to file to text the same text.
func TestScriptsOfAllLabs(t *testing.T) {
	course, err := lessons.Load(lessons.Files)
	if err != nil {
		t.Fatal(err)
	}
	templates, err := lessons.Templates(lessons.Files)
	if err != nil {
		t.Fatal(err)
	}
	files := map[string][]byte{}
	for _, l := range course.Lessons() {
		files[l.Slug] = l.Lab.JSON()
	}
	for _, x := range templates {
		files["template "+x.Slug] = x.Lab.JSON()
	}
	reader := console.Open(nil)(nil, terminal.Describe(region.Services()))
	for name, file := range files {
		t.Run(name, func(t *testing.T) {
			text, err := lab.ScriptOf(file)
			if err != nil {
				t.Fatal(err)
			}
			reading := reader.Read(text)
			for _, f := range reading.Flaws {
				t.Errorf("%d:%d: %s %s", f.Line, f.Column, f.Message, f.Hint)
			}
			if t.Failed() {
				t.Fatal(text)
			}
			again := reading.Script.File()
			if was, is := meaning(t, file), meaning(t, again); !reflect.DeepEqual(was, is) {
				for i := range was.World {
					if !reflect.DeepEqual(was.World[i], is.World[i]) {
						t.Errorf("was %+v\n%s\nis %+v\n%s", was.World[i], was.World[i].With, is.World[i], is.World[i].With)
					}
				}
				t.Fatal("the file is another one")
			}
			if twice, err := lab.ScriptOf(again); err != nil || twice != text {
				t.Errorf("%v: the text became\n%s\nit was\n%s", err, twice, text)
			}
		})
	}
}
