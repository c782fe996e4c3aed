package glue

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"shardlab/wasm/aws"
	"shardlab/wasm/sim"
)

const at sim.Instant = 1_790_000_000_000_000

func do(t *testing.T, s *Service, name, body string) (string, error) {
	t.Helper()
	out, err := operations.Do(s, name, []byte(body))
	return string(out), err
}

func must(t *testing.T, s *Service, name, body string) string {
	t.Helper()
	out, err := do(t, s, name, body)
	if err != nil {
		t.Fatalf("%s %s: %v", name, body, err)
	}
	return out
}

func state(s *Service) string {
	var b bytes.Buffer
	s.State(&b)
	return b.String()
}

func TestVersions(t *testing.T) {
	now := at
	s := New("123456789012", func() sim.Instant { return now })
	must(t, s, "CreateDatabase", `{"DatabaseInput":{"Name":"Sales"}}`)
	must(t, s, "CreateTable", `{"DatabaseName":"sales","TableInput":{"Name":"Orders","StorageDescriptor":{"Columns":[{"Name":"id","Type":"int"}],"Location":"s3://lake/orders/"}}}`)
	now = at + 5_000_000
	must(t, s, "UpdateTable", `{"DatabaseName":"sales","TableInput":{"Name":"orders","StorageDescriptor":{"Columns":[{"Name":"id","Type":"int"},{"Name":"city","Type":"nonsense"}]}}}`)
	for version, want := range map[string]string{"": "id int city nonsense of 1", "LATEST": "id int city nonsense of 1", "0": "id int of 0", "1": "id int city nonsense of 1"} {
		columns, of, err := s.Columns("SALES", "orders", version)
		if got := strings.Join(columns, " ") + " of " + of; err != nil || got != want {
			t.Errorf("version %q: %s, %v, want %s", version, got, err, want)
		}
	}
	if _, _, err := s.Columns("sales", "orders", "2"); aws.CodeOf(err) != EntityNotFound {
		t.Errorf("a version that is not there: %v", err)
	}
	var v struct{ TableVersions []struct{ VersionId string } }
	if err := json.Unmarshal([]byte(must(t, s, "GetTableVersions", `{"DatabaseName":"sales","TableName":"orders"}`)), &v); err != nil || len(v.TableVersions) != 2 || v.TableVersions[0].VersionId != "1" {
		t.Errorf("%+v, %v", v, err)
	}
	got := must(t, s, "GetTable", `{"DatabaseName":"sales","Name":"orders"}`)
	want := `{"Table":{"Name":"orders","DatabaseName":"sales","CreateTime":1790000000,"UpdateTime":1790000005,"StorageDescriptor":{"Columns":[{"Name":"id","Type":"int"},{"Name":"city","Type":"nonsense"}]},"CatalogId":"123456789012","VersionId":"1"}}`
	if got != want {
		t.Errorf("got %s\nwant %s", got, want)
	}
	for range 60 {
		must(t, s, "UpdateTable", `{"DatabaseName":"sales","TableInput":{"Name":"orders"}}`)
	}
	if _, of, err := s.Columns("sales", "orders", ""); err != nil || of != "61" {
		t.Errorf("after 60 more: version %s, %v", of, err)
	}
}

func TestRefused(t *testing.T) {
	s := New("123456789012", func() sim.Instant { return at })
	must(t, s, "CreateDatabase", `{"DatabaseInput":{"Name":"sales"}}`)
	must(t, s, "CreateTable", `{"DatabaseName":"sales","TableInput":{"Name":"orders"}}`)
	for _, row := range []struct{ op, body, code, words string }{
		{"CreateDatabase", `{"DatabaseInput":{"Name":"SALES"}}`, AlreadyExists, "Database already exists."},
		{"CreateDatabase", `{"DatabaseInput":{}}`, aws.Validation, "Value null at 'databaseInput.name' failed to satisfy constraint: Member must not be null"},
		{"CreateTable", `{"DatabaseName":"sales","TableInput":{"Name":"orders"}}`, AlreadyExists, "Table already exists."},
		{"CreateTable", `{"DatabaseName":"none","TableInput":{"Name":"orders"}}`, EntityNotFound, "Database none not found."},
		{"CreateTable", `{"DatabaseName":"sales","TableInput":{"Name":"x","StorageDescriptor":{"Columns":[{"Name":"a","Type":"int"},{"Name":"A","Type":"int"}]}}}`, InvalidInput, "Duplicate column name: a"},
		{"UpdateTable", `{"DatabaseName":"sales","TableInput":{"Name":"none"}}`, EntityNotFound, "Table none not found."},
		{"GetTable", `{"DatabaseName":"sales","Name":"none"}`, EntityNotFound, "Table none not found."},
		{"DeleteTable", `{"DatabaseName":"none","Name":"none"}`, EntityNotFound, "Database none not found."},
		{"GetTables", `{"CatalogId":"42","DatabaseName":"sales"}`, EntityNotFound, "Catalog 42 not found."},
		{"DeleteDatabase", `{"Name":"none"}`, EntityNotFound, "Database none not found."},
	} {
		if _, err := do(t, s, row.op, row.body); aws.CodeOf(err) != row.code || !strings.Contains(err.Error(), row.words) {
			t.Errorf("%s %s: %v, want %s: %s", row.op, row.body, err, row.code, row.words)
		}
	}
	must(t, s, "DeleteTable", `{"DatabaseName":"sales","Name":"ORDERS"}`)
	if got := must(t, s, "GetTables", `{"DatabaseName":"sales"}`); got != `{"TableList":[]}` {
		t.Errorf("after it is deleted: %s", got)
	}
	must(t, s, "DeleteDatabase", `{"Name":"sales"}`)
	if got := must(t, s, "GetDatabases", `{}`); got != `{"DatabaseList":[]}` {
		t.Errorf("after all is deleted: %s", got)
	}
}

func TestCopiesGoOnAlone(t *testing.T) {
	s := New("123456789012", func() sim.Instant { return at })
	must(t, s, "CreateDatabase", `{"DatabaseInput":{"Name":"b"}}`)
	must(t, s, "CreateTable", `{"DatabaseName":"b","TableInput":{"Name":"orders"}}`)
	c := s.Clone(func() sim.Instant { return at })
	before := state(c)
	if before != state(s) {
		t.Fatal("a fresh copy differs")
	}
	must(t, s, "CreateDatabase", `{"DatabaseInput":{"Name":"a"}}`)
	must(t, s, "UpdateTable", `{"DatabaseName":"b","TableInput":{"Name":"orders","Description":"x"}}`)
	must(t, s, "CreateTable", `{"DatabaseName":"b","TableInput":{"Name":"another"}}`)
	if state(c) != before {
		t.Error("the original changed its copy")
	}
	must(t, c, "DeleteTable", `{"DatabaseName":"b","Name":"orders"}`)
	if !strings.Contains(state(s), `"orders","Description":"x"`) {
		t.Error("the copy changed the original")
	}
}
