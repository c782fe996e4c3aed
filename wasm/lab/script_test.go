package lab

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"shardlab/wasm/console"
	"shardlab/wasm/jq/filter"
	"shardlab/wasm/region"
)

// rewritten is the lab that another one's text makes, at the instant of that.
func rewritten(t interface{ Fatalf(string, ...any) }, l *Lab, text string) *Lab {
	next, to, flaws := l.Rewrite(text)
	for _, f := range flaws {
		t.Fatalf("%d:%d: %s %s\n%s", f.Line, f.Column, f.Message, f.Hint, text)
	}
	for !next.AdvanceTo(to, 0) {
		if next.Crashed() != nil || next.Stopped() != "" {
			t.Fatalf("stands still: %s", next.Stopped())
		}
	}
	return next
}

// quiet is a small world that most deeds fit.
var quiet = strings.Replace(strings.Replace(hotRack, "1700", "60", 1), `"open": "30s"`, `"open": "15s"`, 1)

// TestScriptIsTheLab lets a random learner act and holds that the lab's text, taken back, is the same lab at the same instant, to the
// byte, with the same log behind it, and gives the same text; and that the log of it restores it without the file it began with.
func TestScriptIsTheLab(t *testing.T) {
	typed := slices.DeleteFunc(slices.Clone(deeds), func(c region.Command) bool { // what a console line can say
		return c.Op == "NoSuch" || string(c.Body) == "not JSON" || c.Op == "KillWorker"
	})
	rapid.Check(t, func(t *rapid.T) {
		l, err := New([]byte(quiet), nil, Host{Console: console.Open(filter.Run)})
		if err != nil {
			t.Fatal(err)
		}
		for range rapid.IntRange(0, 5).Draw(t, "deeds") {
			c := rapid.SampledFrom(typed).Draw(t, "command")
			l.joined = rapid.IntRange(0, 3).Draw(t, "with") == 0
			l.DoAs(c.As, c.Service, c.Op, c.Body, "")
			l.joined = false
			for to := l.Now() + rapid.Int64Range(0, 1_500_000).Draw(t, "wait"); !l.AdvanceTo(to, 0); {
			}
		}
		text := l.Script()
		next := rewritten(t, l, text)
		same(t, "the lab of its text", l.State(), next.State())
		if again := next.Script(); again != text {
			t.Fatalf("the text became\n%s\nit was\n%s", again, text)
		}
		back, err := Restore([]byte(hotRack), next.Log())
		if err != nil {
			t.Fatal(err)
		}
		same(t, "restored from its log", l.State(), back.State())
	})
}

const smallScript = `# A stream of parcels.
name    small
start   2026-03-02T08:39:30Z
seed    7
profile 2026
open    20s

[0s]
aws kinesis create-stream --stream-name trips --shard-count 2

[12s]
# They come from the depots,
# all day.
lab put-producer --name bikes --stream-name trips --records-per-second 100
aws kinesis delete-stream --stream-name 'no where' || true
`

func TestScriptsText(t *testing.T) {
	l := open(t, hotRack)
	next := rewritten(t, l, strings.Replace(smallScript, " 'no where'", " nowhere", 1))
	if want := strings.Replace(smallScript, " 'no where'", " nowhere", 1); next.Script() != want {
		t.Errorf("the text became\n%s", next.Script())
	}
	loose := strings.ReplaceAll(strings.Replace(smallScript, " 'no where' || true", " \\\n  \"nowhere\"   || true # gone", 1), "name    small", "name small\n# Below.\n")
	if got := rewritten(t, l, loose).Script(); !strings.Contains(got, "# gone\naws kinesis delete-stream --stream-name nowhere || true") || !strings.Contains(got, "# Below.\nname    small") {
		t.Errorf("loosely written it became\n%s", got)
	}
	const late = "lab put-consumer --name late --stream-name trips --from AT_TIMESTAMP --timestamp 2026-03-02T08:39:35.25Z\nlab put-kcl-application --name fleet --stream-name trips --initial-position-in-stream AT_TIMESTAMP --initial-position-in-stream-extended 2026-03-02T08:39:35Z\n"
	if got := rewritten(t, l, strings.Replace(smallScript, "aws kinesis delete-stream --stream-name 'no where' || true\n", late, 1)).Script(); !strings.HasSuffix(got, late) {
		t.Errorf("readers that begin at an instant became\n%s", got)
	}
	if next.Name() != "small" || next.Now() != 30*second {
		t.Errorf("it is %s at %d", next.Name(), next.Now())
	}
	do(t, next, "s3api", "CreateBucket", `{"Bucket":"lake"}`)
	if got := next.Script(); !strings.HasSuffix(got, "|| true\n\n[you]\n[30s]\naws s3api create-bucket --bucket lake\n") {
		t.Errorf("what the learner did is not told:\n%s", got)
	}
	before := l.State()
	if _, _, flaws := l.Rewrite("nonsense"); len(flaws) == 0 {
		t.Error("nonsense is a lab")
	}
	same(t, "after a text that was not taken", before, l.State())
}

// TestScriptFlaws holds that what is wrong is told where it is, with what to write instead.
func TestScriptFlaws(t *testing.T) {
	l := open(t, hotRack)
	for _, row := range []struct {
		name, was, is string
		line, column  int
		says          string
	}{
		{"no name", "name    small\n", "", 1, 1, "write name rush-hour"},
		{"a name that is none", "name    small", "name    Small Lab", 2, 1, "is not a slug"},
		{"no start", "start   2026-03-02T08:39:30Z", "start   today", 3, 9, "write start 2026"},
		{"a seed of words", "seed    7", "seed    lucky", 4, 9, "not a whole number"},
		{"twice", "seed    7", "seed    7\nseed 8", 5, 1, "a second time"},
		{"no such head", "seed    7", "seeds   7", 4, 1, "not a line of the head"},
		{"a profile that is none", "profile 2026", "profile 2020", 5, 1, "write one of"},
		{"no unit", "open    20s", "open    20", 6, 9, "with its unit"},
		{"an open bracket", "[12s]", "[12s", 11, 1, "not closed"},
		{"back in time", "[12s]", "[12s]\n[3s]", 12, 2, "stands under [12s]"},
		{"no instant", "[0s]\n", "[goals]\n[you]\n", 10, 1, "No instant stands above"},
		{"no command", "lab put-producer", "put-producer", 14, 1, "begins with aws or lab"},
		{"a shell", "--shard-count 2", "--shard-count $N", 9, 61, "does not stand in a scenario"},
		{"a pipe", "--shard-count 2", "--shard-count 2 | cat", 9, 63, "does not stand in a scenario"},
		{"an or", "--shard-count 2", "--shard-count 2 || false", 9, 63, "does not stand here"},
		{"a quote that does not end", "'no where'", "'no where", 15, 41, "does not end"},
		{"no such service", "aws kinesis create-stream", "aws kinetics create-stream", 9, 5, "kinetics"},
		{"no such operation", "create-stream", "create-streams", 9, 13, "create-streams"},
		{"no such option", "--shard-count", "--shards", 9, 47, "--shards"},
		{"no number", "--shard-count 2", "--shard-count two", 9, 61, "two"},
		{"missing", "--stream-name trips --shard-count 2", "--shard-count 2", 9, 5, "--stream-name"},
		{"a member that is none", "--records-per-second 100", "--records-per-second 100 --keys Kind=sometimes", 14, 76, "sometimes"},
		{"below nothing", "--records-per-second 100", "--records-per-second -5", 14, 51, "-5"},
		{"refused while it opens", "aws kinesis delete-stream --stream-name 'no where' || true", "aws kinesis delete-stream --stream-name nowhere", 15, 1, "was refused"},
		{"not yet open", "|| true\n", "|| true\n[you]\n[3s]\naws kinesis list-streams\n", 17, 2, "before the lab opens"},
		{"an instant to come", "lab put-producer --name bikes --stream-name trips --records-per-second 100", "lab put-consumer --name late --stream-name trips --from AT_TIMESTAMP --timestamp 2026-03-02T08:39:43Z", 14, 70, "is yet to come: it is 2026-03-02T08:39:42Z"},
		{"a profile", "--shard-count 2", "--shard-count 2 --profile ana", 9, 63, "no place in a scenario"},
		{"a file", "--shard-count 2", "--shard-count 2 --tags file://tags.json", 9, 63, "whole by itself"},
		{"a goal that is none", "|| true\n", "|| true\n[goals]\n{\n", 17, 1, "not one object of JSON"},
	} {
		t.Run(row.name, func(t *testing.T) {
			text := strings.Replace(smallScript, row.was, row.is, 1)
			if text == smallScript {
				t.Fatal("the row changes nothing")
			}
			_, _, flaws := l.Rewrite(text)
			for _, f := range flaws {
				if f.Line == row.line && f.Column == row.column && strings.Contains(f.Message+" "+f.Hint, row.says) {
					return
				}
			}
			t.Errorf("want %d:%d %q, told %+v", row.line, row.column, row.says, flaws)
		})
	}
}
