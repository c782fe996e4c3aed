package clients

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// objects is a transcript of the page's console about buckets and objects.
const objects = "../../../wasm/console/testdata/lab/s3.txt"

// TestObjectsInTheShell plays the console's transcript about buckets and objects with the real AWS CLI: aws s3 prints the same text
// to the same stream and ends alike, instants, progress and what only newer ones say aside.
func TestObjectsInTheShell(t *testing.T) {
	each(t, func(t *testing.T, k *kind) {
		if k.name != "cli" {
			t.Skip("this one is about the AWS CLI")
		}
		b, err := os.ReadFile(objects)
		if err != nil {
			t.Fatal(err)
		}
		// What the console words for its learners, and what this endpoint or another AWS CLI does not do.
		ours := regexp.MustCompile(`^(lab |aws s3 (help|ls help|sync|cp a.json$|cp a.json copy|cp a.json s3://events/ --sse|cp nowhere|cp a.json s3://events/(lost|slow)|ls s3://events/lost|rb s3://more/x))|(list-buckets|get-object --bucket events --key new)$|help|/dev/stdout`)
		var entries []entry
		for _, e := range readTranscript(string(b)) {
			if strings.HasSuffix(e.line, "s3://events/copies/") { // the endpoint does not copy
				e.line = "aws s3 cp s3://events/2026/11/a.json - | aws s3 cp - s3://events/copies/a.json"
				e.out = ""
			}
			if !ours.MatchString(e.line) {
				entries = append(entries, e)
			}
		}
		if len(entries) < 25 {
			t.Fatalf("the transcript has %d entries that are asked", len(entries))
		}
		s := serve(t).settings("AKIAOBJECTS")
		s.Region = "us-east-1"
		instant := regexp.MustCompile(`\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(\.\d+)?(\+00:00|Z)?|"NextToken": "[^"]*"|[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT`)
		progress := regexp.MustCompile(`Completed [^\r\n]*\r`)
		plain := func(text string) string {
			text = progress.ReplaceAllString(strings.ReplaceAll(text, "aws: [ERROR]: ", ""), "")
			text = instant.ReplaceAllString(text, "T")
			var all []string
			for line := range strings.Lines(text) {
				all = append(all, strings.TrimRight(line, " \n"))
			}
			return strings.TrimSpace(strings.Join(all, "\n"))
		}
		newer := regexp.MustCompile(`(?m)^.*"(BucketArn|ChecksumCRC32|ChecksumCRC64NVME|ChecksumType)".*\n|^ *"RequestCharged": null,?\n|^ *"Prefix": "",?\n|An error occurred \(ParamValidation\): `)
		lines := func(text string) string { // which words stand there: members that only one of them knows end in no comma
			return strings.ReplaceAll(newer.ReplaceAllString(plain(text)+"\n", ""), ",\n", "\n")
		}
		got := runInShell(t, s, entries, 1)
		for i, want := range entries {
			g := got[i]
			if strings.Contains(want.line, "--recursive") || strings.Contains(want.line, "--force") { // it works on several at a time
				g.out, want.out = sorted(lines(g.out)), sorted(lines(want.out))
			}
			if lines(g.out) != lines(want.out) || lines(g.err) != lines(want.err) {
				t.Errorf("$ %s\nprints\n%s%s\nin the console\n%s%s", want.line, lines(g.out), lines(g.err), lines(want.out), lines(want.err))
			}
			if alike := g.exit == want.exit || want.exit >= 252 && g.exit > 1; !alike { // the first AWS CLI has other numbers
				t.Errorf("$ %s\nends with %d, in the console with %d", want.line, g.exit, want.exit)
			}
		}
	})
}

// sorted are lines in the order of their letters.
func sorted(text string) string {
	return strings.Join(slices.Sorted(strings.Lines(text)), "")
}

// TestObjectsOfBoto3 puts, lists page by page, reads in part and deletes with boto3, over TLS, with signatures that are verified.
func TestObjectsOfBoto3(t *testing.T) {
	python := os.Getenv("CLIENT_PYTHON")
	if python == "" {
		t.Skip("CLIENT_PYTHON is not set; make test-clients runs this")
	}
	folder := t.TempDir()
	file := filepath.Join(folder, "credentials")
	if err := os.WriteFile(file, []byte("[anna]\naws_access_key_id = AKIABOTO\naws_secret_access_key = s3cr3t/+\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	e := serve(t, "-aws-tls", filepath.Join(folder, "tls"), "-aws-credentials", file)
	script := fmt.Sprintf(`
import boto3, botocore
def client(secret):
    return boto3.client("s3", endpoint_url=%q, region_name="us-east-1", aws_access_key_id="AKIABOTO", aws_secret_access_key=secret, verify=%q)
c = client("s3cr3t/+")
c.create_bucket(Bucket="events")
for i in range(5):
    c.put_object(Bucket="events", Key=f"day={i %% 2}/ü + {i}.json", Body=b"x" * (i * 1000), Metadata={"n": str(i)}, ContentType="application/json")
keys = [o["Key"] for p in c.get_paginator("list_objects_v2").paginate(Bucket="events", PaginationConfig={"PageSize": 2}) for o in p["Contents"]]
assert keys == ["day=0/ü + 0.json", "day=0/ü + 2.json", "day=0/ü + 4.json", "day=1/ü + 1.json", "day=1/ü + 3.json"], keys
page = c.list_objects_v2(Bucket="events", Delimiter="/")
assert [p["Prefix"] for p in page["CommonPrefixes"]] == ["day=0/", "day=1/"] and page["KeyCount"] == 2, page
o = c.get_object(Bucket="events", Key="day=1/ü + 3.json", Range="bytes=10-19")
assert o["Body"].read() == b"x" * 10 and o["ContentRange"] == "bytes 10-19/3000" and o["Metadata"] == {"n": "3"} and o["ContentType"] == "application/json", o
assert c.head_object(Bucket="events", Key="day=1/ü + 3.json")["ContentLength"] == 3000
def refused(code, f):
    try:
        f()
    except botocore.exceptions.ClientError as e:
        assert e.response["Error"]["Code"] == code, e
        return
    raise AssertionError("nobody refused it")
refused("NoSuchKey", lambda: c.get_object(Bucket="events", Key="none"))
refused("404", lambda: c.head_object(Bucket="events", Key="none"))
refused("NoSuchBucket", lambda: c.list_objects_v2(Bucket="none"))
refused("BucketNotEmpty", lambda: c.delete_bucket(Bucket="events"))
refused("SignatureDoesNotMatch", lambda: client("guessed").list_buckets())
for k in keys:
    c.delete_object(Bucket="events", Key=k)
c.delete_bucket(Bucket="events")
assert c.list_buckets()["Buckets"] == []
`, e.url, e.ca)
	cmd := exec.Command(python, "-c", script)
	cmd.Env = plainEnv("PYTHONWARNINGS=ignore")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("boto3: %v\n%s", err, out)
	}
}
