// Package glue is the AWS Glue Data Catalog as far as record format conversion needs it: databases, and tables whose columns are the
// schema of what Firehose writes. A table keeps its versions. The package knows no Firehose and no file; it takes the type of a
// column as it is written, as Glue does, so that one that is none is found by whoever uses it.
package glue

import (
	"bufio"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"shardlab/wasm/aws"
	"shardlab/wasm/sim"
)

// Codes of Glue beside those of package aws.
// Source: Glue API Reference, the operations' Errors sections.
const (
	EntityNotFound        aws.Code = "EntityNotFoundException"
	AlreadyExists         aws.Code = "AlreadyExistsException"
	InvalidInput          aws.Code = "InvalidInputException"
	ResourceLimitExceeded aws.Code = "ResourceNumberLimitExceededException"
)

// Bounds of a world. Ours: AWS allows 10,000 databases, 200,000 tables in one and 100,000 versions of a table.
const (
	maxDatabases = 50
	maxTables    = 200
	maxVersions  = 50
	maxColumns   = 1000
)

// Latest is the version of a table that is asked for when it is the latest. Source: Firehose API Reference, SchemaConfiguration.
const Latest = "LATEST"

type database struct {
	input   DatabaseInput
	created sim.Instant
	tables  []*table // by name
}

// A table is replaced and never changed, so copies of a world share it.
type table struct {
	created  sim.Instant
	versions []tableVersion // oldest first
}

type tableVersion struct {
	number int64
	at     sim.Instant
	input  TableInput
}

func (t *table) latest() *tableVersion { return &t.versions[len(t.versions)-1] }
func (t *table) name() string          { return *t.latest().input.Name }

// A Service is the Data Catalog of an account in a Region.
type Service struct {
	account   string
	now       func() sim.Instant
	databases []*database // by name
}

// New returns an empty catalog of an account.
func New(account string, now func() sim.Instant) *Service {
	return &Service{account: account, now: now}
}

// Clone returns a catalog that goes on from here on its own.
func (s *Service) Clone(now func() sim.Instant) *Service {
	c := *s
	c.now = now
	c.databases = slices.Clone(s.databases)
	for i, d := range s.databases {
		copied := *d
		copied.tables = slices.Clone(d.tables)
		c.databases[i] = &copied
	}
	return &c
}

// State writes all that the catalog holds, in a fixed order.
func (s *Service) State(w io.Writer) {
	b := bufio.NewWriter(w)
	defer b.Flush()
	text := func(v any) string {
		t, err := json.Marshal(v)
		if err != nil {
			panic("glue: a structure does not encode: " + err.Error())
		}
		return string(t)
	}
	for _, d := range s.databases {
		fmt.Fprintf(b, "glue database created %d %s\n", d.created, text(d.input))
		for _, t := range d.tables {
			for _, v := range t.versions {
				fmt.Fprintf(b, " table created %d version %d at %d %s\n", t.created, v.number, v.at, text(v.input))
			}
		}
	}
}

// Columns are the columns of a table, name and type by turns, and the version that they are of; version is a number, "" or Latest.
func (s *Service) Columns(database, table, version string) (columns []string, of string, err error) {
	t, err := s.table(database, table)
	if err != nil {
		return nil, "", err
	}
	v := t.latest()
	if version != "" && version != Latest {
		i := slices.IndexFunc(t.versions, func(v tableVersion) bool { return v.id() == version })
		if i < 0 {
			return nil, "", aws.Errorf(EntityNotFound, "Table version %s not found.", aws.Shorten(version, 64))
		}
		v = &t.versions[i]
	}
	if d := v.input.StorageDescriptor; d != nil {
		for _, c := range d.Columns {
			columns = append(columns, *c.Name, deref(c.Type))
		}
	}
	return columns, v.id(), nil
}

func (v tableVersion) id() string { return strconv.FormatInt(v.number, 10) }

func deref(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

func (s *Service) search(name string) (int, bool) {
	return slices.BinarySearchFunc(s.databases, strings.ToLower(name), func(d *database, name string) int { return cmp.Compare(*d.input.Name, name) })
}

func (d *database) search(name string) (int, bool) {
	return slices.BinarySearchFunc(d.tables, strings.ToLower(name), func(t *table, name string) int { return cmp.Compare(t.name(), name) })
}

// Source of the words: answers of the service.
func (s *Service) database(name string) (*database, error) {
	i, ok := s.search(name)
	if !ok {
		return nil, aws.Errorf(EntityNotFound, "Database %s not found.", aws.Shorten(name, 255)).
			WithHint("aws glue get-databases shows those there are; aws glue create-database --database-input Name=%s makes one.", aws.Shorten(name, 64))
	}
	return s.databases[i], nil
}

func (s *Service) table(database, name string) (*table, error) {
	d, err := s.database(database)
	if err != nil {
		return nil, err
	}
	i, ok := d.search(name)
	if !ok {
		return nil, aws.Errorf(EntityNotFound, "Table %s not found.", aws.Shorten(name, 255)).WithHint("aws glue get-tables --database-name %s shows those there are.", *d.input.Name)
	}
	return d.tables[i], nil
}
