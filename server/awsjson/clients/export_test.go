package clients

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"shardlab/lessons"
	"shardlab/lessons/play"
	"shardlab/wasm/console"
	"shardlab/wasm/jq/filter"
	"shardlab/wasm/lab"
)

// forms are what a lab is exported as, with the ends of the files' names.
var forms = map[string]string{"cloudformation": ".yaml", "terraform": ".tf", "cli": ".sh", "go": ".go", "python": ".py"}

// exported writes a lab in every form into a folder, as its console prints it.
func exported(t *testing.T, l *lab.Lab, dir, name string) {
	t.Helper()
	for form, end := range forms {
		out, exit := l.Type("lab export " + form)
		var text strings.Builder
		for _, o := range out {
			if o.To == "out" {
				text.WriteString(o.Text)
			} else if o.To == "err" {
				t.Errorf("%s: lab export %s: %s", name, form, o.Text)
			}
		}
		if exit != 0 || text.Len() == 0 {
			t.Fatalf("%s: lab export %s ended with %d and %d bytes", name, form, exit, text.Len())
		}
		if err := os.WriteFile(filepath.Join(dir, name+end), []byte(text.String()), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func consoleHost() lab.Host { return lab.Host{Console: console.Open(filter.Run), JQ: filter.Run} }

// whole is a lab with one of everything that is exported and that the endpoint serves.
func whole(t *testing.T) *lab.Lab {
	t.Helper()
	l, err := lab.New([]byte(`{"name": "whole", "start": "2026-03-02T08:00:00Z", "seed": 5, "open": "1s", "world": []}`), nil, consoleHost())
	if err != nil {
		t.Fatal(err)
	}
	const firehose = "arn:aws:iam::123456789012:role/firehose_delivery_role"
	for _, line := range []string{
		"aws kinesis create-stream --stream-name trips --shard-count 3 --tags team=rack,stage=lab; wait 20s",
		"aws kinesis increase-stream-retention-period --stream-name trips --retention-period-hours 48; wait 20s",
		"aws kinesis start-stream-encryption --stream-name trips --encryption-type KMS --key-id alias/aws/kinesis; wait 20s",
		"aws kinesis enable-enhanced-monitoring --stream-name trips --shard-level-metrics IncomingBytes OutgoingBytes; wait 20s",
		"aws kinesis create-stream --stream-name clicks --stream-mode-details StreamMode=ON_DEMAND; wait 20s",
		"lab put-producer --name bikes --stream-name trips --records-per-second 200 --batch 25",
		"lab put-consumer --name board --stream-name trips --from TRIM_HORIZON",
		"lab put-consumer --name alerts --stream-name trips --retrieval-mode FANOUT --from TRIM_HORIZON",
		"lab put-kcl-application --name fleet --stream-name trips",
		"aws s3 mb s3://lake",
		"aws firehose create-delivery-stream --delivery-stream-name rides --delivery-stream-type KinesisStreamAsSource --kinesis-stream-source-configuration KinesisStreamARN=arn:aws:kinesis:us-east-1:123456789012:stream/trips,RoleARN=" + firehose +
			" --extended-s3-destination-configuration 'RoleARN=" + firehose + ",BucketARN=arn:aws:s3:::lake,BufferingHints={SizeInMBs=5,IntervalInSeconds=60},CompressionFormat=GZIP,Prefix=rides/'; wait 10s",
		"aws firehose create-delivery-stream --delivery-stream-name posts --extended-s3-destination-configuration 'RoleARN=" + firehose + ",BucketARN=arn:aws:s3:::lake'; wait 10s",
		"lab put-producer --name blog --delivery-stream-name posts --records-per-second 50 --batch 10",
		"aws cloudwatch put-metric-alarm --alarm-name hot --namespace AWS/Kinesis --metric-name WriteProvisionedThroughputExceeded --dimensions Name=StreamName,Value=trips --statistic Sum --period 60 --evaluation-periods 1 --threshold 0 --comparison-operator GreaterThanThreshold",
	} {
		if out, exit := l.Type(line); exit != 0 {
			t.Fatalf("%s: %v", line, out)
		}
	}
	return l
}

// needs skips a test whose variable is not set.
func needs(t *testing.T, names ...string) {
	t.Helper()
	for _, name := range names {
		if os.Getenv(name) == "" {
			t.Skipf("%s is not set; make test-clients runs this", name)
		}
	}
}

func command(t *testing.T, env []string, dir, name string, args ...string) string {
	t.Helper()
	cmd := exec.Command(name, args...)
	cmd.Dir, cmd.Env = dir, append(os.Environ(), env...)
	out, err := cmd.CombinedOutput()
	if err != nil {
		if len(out) > 6000 {
			out = out[len(out)-6000:]
		}
		t.Fatalf("%s %s: %v\n%s", filepath.Base(name), strings.Join(args[:min(len(args), 3)], " "), err, out)
	}
	return string(out)
}

// TestExports writes every template of the sandbox, a lesson's lab of each module and a lab with everything in each form, and has the
// tools read them: cfn-lint, terraform fmt and the provider's attributes, bash, the Go compiler and Python's.
func TestExports(t *testing.T) {
	alongside(t)
	needs(t, "CLIENT_PYTHON")
	dir := t.TempDir()
	exported(t, whole(t), dir, "whole")
	names := []string{"whole"}
	text, err := lessons.TemplatesJSON()
	if err != nil {
		t.Fatal(err)
	}
	var templates []struct {
		Slug string          `json:"slug"`
		Lab  json.RawMessage `json:"lab"`
	}
	if err := json.Unmarshal(text, &templates); err != nil || len(templates) < 10 {
		t.Fatalf("%d templates: %v", len(templates), err)
	}
	for _, x := range templates {
		l, err := lab.New(x.Lab, nil, consoleHost())
		if err != nil {
			t.Fatal(err)
		}
		exported(t, l, dir, "template-"+x.Slug)
		names = append(names, "template-"+x.Slug)
	}
	course, err := lessons.Load(lessons.Files)
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range course.Modules {
		for _, one := range m.Lessons[len(m.Lessons)-1:] {
			if one.Lab == nil {
				continue
			}
			l, err := play.Open(one.Lab)
			if err != nil {
				t.Fatal(err)
			}
			exported(t, l, dir, "lesson-"+one.Slug)
			names = append(names, "lesson-"+one.Slug)
		}
	}
	t.Logf("%d labs: %s", len(names), strings.Join(names, " "))
	all := func(end string) []string {
		found, _ := filepath.Glob(filepath.Join(dir, "*"+end))
		if len(found) != len(names) {
			t.Fatalf("%d files of %s, and %d labs", len(found), end, len(names))
		}
		return found
	}
	t.Run("bash", func(t *testing.T) {
		for _, f := range all(".sh") {
			command(t, nil, dir, "bash", "-n", f)
		}
	})
	t.Run("python", func(t *testing.T) {
		command(t, nil, dir, os.Getenv("CLIENT_PYTHON"), append([]string{"-W", "error", "-m", "py_compile"}, all(".py")...)...)
	})
	t.Run("go", func(t *testing.T) {
		here, _ := os.Getwd()
		vetted := map[string]bool{}
		for _, f := range all(".go") {
			if out := command(t, nil, here, "gofmt", "-l", f); out != "" {
				t.Errorf("gofmt writes %s in another way", filepath.Base(f))
			}
			text, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			head, _, _ := strings.Cut(string(text), "func main")
			_, imports, _ := strings.Cut(head, "import")
			if !vetted[imports] { // programs with the same parts differ in names alone
				command(t, nil, here, "go", "vet", f) // against the SDK that this module has
			}
			vetted[imports] = true
		}
	})
	t.Run("cloudformation", func(t *testing.T) {
		needs(t, "CLIENT_CHECKERS")
		command(t, nil, dir, os.Getenv("CLIENT_CHECKERS"), append([]string{"-c", "from cfnlint.runner import main; main()", "--regions", "us-east-1", "--"}, all(".yaml")...)...)
	})
	t.Run("terraform", func(t *testing.T) {
		if terraform, err := exec.LookPath("terraform"); err == nil {
			for _, f := range all(".tf") {
				command(t, []string{"TF_CLI_CONFIG_FILE=/dev/null"}, dir, terraform, "fmt", "-check", "-diff", f)
			}
		}
		needs(t, "CLIENT_CHECKERS")
		check, _ := filepath.Abs("testdata/terraform/check.py")
		command(t, nil, dir, os.Getenv("CLIENT_CHECKERS"), append([]string{check}, all(".tf")...)...)
	})
}

// takenAlong exports what a lab has into a folder and starts an endpoint where it can be played, in the name of an access key.
func takenAlong(t *testing.T, l *lab.Lab, key string) (dir string, env []string) {
	t.Helper()
	dir = t.TempDir()
	exported(t, l, dir, "lab")
	s := serve(t, "-aws-speed", speed).settings(key)
	s.Region = "us-east-1"
	return dir, append(bareEnv(s), "HOME="+dir, "CLIENT_AWS="+os.Getenv("CLIENT_AWS"))
}

// TestExportPlayed runs the script of the AWS CLI against the endpoint: what is described there is what stands on the lab's stage.
// Then the clients in Python and Go write and read there.
func TestExportPlayed(t *testing.T) {
	alongside(t)
	needs(t, "CLIENT_AWS", "CLIENT_PYTHON")
	l := whole(t)
	dir, env := takenAlong(t, l, "AKIAEXPORT")
	aws := "aws() { \"$CLIENT_AWS\" --endpoint-url \"$AWS_ENDPOINT_URL\" \"$@\"; }\n" // Debian's does not know AWS_ENDPOINT_URL
	script := filepath.Join(dir, "lab.sh")
	text, err := os.ReadFile(script)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(script, []byte(aws+string(text)), 0o600); err != nil {
		t.Fatal(err)
	}
	command(t, env, dir, "bash", script)
	there := func(line string) string {
		return command(t, env, dir, "bash", "-c", aws+line+" --output json 2>&1")
	}
	here := func(line string) string {
		out, exit := l.Type(line + " --output json")
		if exit != 0 {
			t.Fatalf("%s: %v", line, out)
		}
		return out[0].Text
	}
	settled := regexp.MustCompile(`(?m)[ \t]+$`)
	for _, line := range []string{
		"aws kinesis describe-stream-summary --stream-name trips --query 'StreamDescriptionSummary.[StreamName,StreamStatus,StreamModeDetails,RetentionPeriodHours,EncryptionType,KeyId,OpenShardCount]'",
		"aws kinesis describe-stream-summary --stream-name clicks --query 'StreamDescriptionSummary.[StreamName,StreamStatus,StreamModeDetails,RetentionPeriodHours,EncryptionType,OpenShardCount]'",
		"aws kinesis list-shards --stream-name trips --query 'Shards[].HashKeyRange'",
		"aws kinesis list-tags-for-stream --stream-name trips --query Tags",
		"aws firehose describe-delivery-stream --delivery-stream-name rides --query 'DeliveryStreamDescription.[DeliveryStreamName,DeliveryStreamType,Source.KinesisStreamSourceDescription.KinesisStreamARN,Destinations[0].ExtendedS3DestinationDescription.[BufferingHints,CompressionFormat,Prefix]]'",
		"aws cloudwatch describe-alarms --query 'MetricAlarms[].[AlarmName,Namespace,MetricName,Dimensions,Statistic,Period,EvaluationPeriods,Threshold,ComparisonOperator]'",
	} {
		want := strings.ReplaceAll(settled.ReplaceAllString(here(line), ""), "123456789012", "ACCOUNT")
		got := strings.ReplaceAll(settled.ReplaceAllString(there(line), ""), "123456789012", "ACCOUNT")
		if strings.TrimSpace(got) != strings.TrimSpace(want) {
			t.Errorf("%s\nin the lab:      %s\non the endpoint: %s", line, want, got)
		}
	}
	consumers := there("aws kinesis list-stream-consumers --stream-arn arn:aws:kinesis:us-east-1:123456789012:stream/trips --query 'Consumers[].ConsumerName'")
	if !strings.Contains(consumers, `"alerts"`) {
		t.Errorf("the registered consumers are %s", consumers)
	}

	python := os.Getenv("CLIENT_PYTHON")
	for name, client := range programs(t, dir, env) {
		t.Run(name, func(t *testing.T) {
			client("bikes", "60")
			for _, reader := range []string{"board", "alerts"} {
				if n := strings.Count(client(reader, "60"), "shardId-"); n < 60 {
					t.Errorf("%s read %d records of 60", reader, n)
				}
			}
			client("blog", "20")
		})
	}
	t.Run("refused entries are put again", func(t *testing.T) {
		const put = "import sys; sys.argv = ['lab.py', 'bikes', '3']\n" + `import importlib.util
spec = importlib.util.spec_from_file_location("lab", "lab.py")
lab = importlib.util.module_from_spec(spec)
spec.loader.exec_module(lab)
class Client:
    calls = []
    def put_records(self, StreamName, Records):
        self.calls.append(len(Records))
        return {"Records": [{"ErrorCode": "ProvisionedThroughputExceededException"} if i else {} for i, _ in enumerate(Records)]}
lab.put_all(Client(), "trips", [{"PartitionKey": str(i), "Data": b"x"} for i in range(3)])
print(Client.calls)
`
		if got := strings.TrimSpace(command(t, env, dir, python, "-c", put)); got != "[3, 2, 1]" {
			t.Errorf("calls had %s records", got)
		}
	})
}

// programs are what a lab was exported as in Python and Go, each to be run with its arguments for what it prints.
func programs(t *testing.T, dir string, env []string) map[string]func(args ...string) string {
	t.Helper()
	program := filepath.Join(dir, "lab")
	module, _ := os.Getwd()
	command(t, nil, module, "go", "build", "-o", program, filepath.Join(dir, "lab.go"))
	// boto3 reads AWS_ENDPOINT_URL from 1.28 on; Debian's is older, so the program is run as it is with the endpoint put into its clients.
	play := filepath.Join(dir, "play.py")
	if err := os.WriteFile(play, []byte(`import boto3, os, runpy, sys
client = boto3.client
boto3.client = lambda *a, **k: client(*a, endpoint_url=os.environ["AWS_ENDPOINT_URL"], **k)
sys.argv = sys.argv[1:]
runpy.run_path(sys.argv[0], run_name="__main__")
`), 0o644); err != nil {
		t.Fatal(err)
	}
	return map[string]func(args ...string) string{
		"python": func(args ...string) string {
			return command(t, env, dir, os.Getenv("CLIENT_PYTHON"), append([]string{play, filepath.Join(dir, "lab.py")}, args...)...)
		},
		"go": func(args ...string) string { return command(t, env, dir, program, args...) },
	}
}

// TestExportFollows holds that an exported reader reads a stream that was split and merged from its oldest record on: each record
// once, and a child only after all its parents.
func TestExportFollows(t *testing.T) {
	alongside(t)
	needs(t, "CLIENT_AWS", "CLIENT_PYTHON")
	l, err := lab.New([]byte(`{"name": "follows", "start": "2026-03-02T08:00:00Z", "seed": 5, "open": "1s", "world": []}`), nil, consoleHost())
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range []string{
		"aws kinesis create-stream --stream-name trips --shard-count 1; wait 20s",
		"lab put-consumer --name board --stream-name trips --from TRIM_HORIZON",
		"lab put-consumer --name alerts --stream-name trips --retrieval-mode FANOUT --from TRIM_HORIZON",
	} {
		if out, exit := l.Type(line); exit != 0 {
			t.Fatalf("%s: %v", line, out)
		}
	}
	dir, env := takenAlong(t, l, "AKIAFOLLOWS")
	text, err := os.ReadFile(filepath.Join(dir, "lab.sh"))
	if err != nil {
		t.Fatal(err)
	}
	const each = 12
	put := func(round string) string {
		var entries []string
		for i := range each {
			entries = append(entries, fmt.Sprintf(`{"PartitionKey":"%s-%d","Data":"eA=="}`, round, i))
		}
		return "aws kinesis put-records --stream-name trips --records '[" + strings.Join(entries, ",") + "]' > put.json; grep -q '\"FailedRecordCount\": 0' put.json\n"
	}
	const ready = "aws kinesis wait stream-exists --stream-name trips\n"
	script := "set -e\naws() { \"$CLIENT_AWS\" --endpoint-url \"$AWS_ENDPOINT_URL\" --output json --cli-binary-format base64 \"$@\"; }\n" + string(text) + put("one") +
		"aws kinesis split-shard --stream-name trips --shard-to-split shardId-000000000000 --new-starting-hash-key 170141183460469231731687303715884105728\n" + ready + put("split") +
		"aws kinesis merge-shards --stream-name trips --shard-to-merge shardId-000000000001 --adjacent-shard-to-merge shardId-000000000002\n" + ready + put("merged")
	if err := os.WriteFile(filepath.Join(dir, "play.sh"), []byte(script), 0o600); err != nil {
		t.Fatal(err)
	}
	command(t, env, dir, "bash", "play.sh")
	for name, client := range programs(t, dir, env) {
		for _, reader := range []string{"board", "alerts"} {
			t.Run(name+" "+reader, func(t *testing.T) {
				out := client(reader, strconv.Itoa(3*each))
				seen := map[string]bool{}
				var shards []string // in the order of their first records
				for line := range strings.Lines(out) {
					words := strings.Fields(line)
					if len(words) < 3 {
						t.Fatalf("it prints %q", line)
					}
					if seen[words[1]] {
						t.Errorf("%s comes twice", words[2])
					}
					seen[words[1]] = true
					if !slices.Contains(shards, words[0]) {
						shards = append(shards, words[0])
					}
					if last := shards[len(shards)-1]; words[0] < last && (words[0] != "shardId-000000000001" || last != "shardId-000000000002") {
						t.Errorf("%s of %s comes after records of its child %s", words[2], words[0], last)
					}
				}
				if len(seen) != 3*each || len(shards) != 4 {
					t.Errorf("it read %d records of %d, of %v", len(seen), 3*each, shards)
				}
			})
		}
	}
}
