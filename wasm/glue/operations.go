package glue

import (
	"slices"
	"strings"

	"shardlab/wasm/aws"
	"shardlab/wasm/sim"
)

// The shapes of the operations, member for member as on the wire; what they have no use for in the lab is left out.
// Source: Glue API Reference.

// DatabaseInput is a database as it is made.
type DatabaseInput struct {
	Name        *string           `aws:"required,len=1..255"`
	Description *string           `json:",omitempty" aws:"len=0..2048"`
	LocationUri *string           `json:",omitempty" aws:"len=1..1024"`
	Parameters  map[string]string `json:",omitempty"`
}

// Column is a column of a table.
type Column struct {
	Name    *string `aws:"required,len=1..255"`
	Type    *string `json:",omitempty" aws:"len=0..131072"`
	Comment *string `json:",omitempty" aws:"len=0..255"`
}

// SerDeInfo is how a table's files are read.
type SerDeInfo struct {
	Name                 *string           `json:",omitempty" aws:"len=1..255"`
	SerializationLibrary *string           `json:",omitempty"`
	Parameters           map[string]string `json:",omitempty"`
}

// StorageDescriptor is where a table's files are, and its columns.
type StorageDescriptor struct {
	Columns      []Column          `json:",omitempty"`
	Location     *string           `json:",omitempty" aws:"len=0..2056"`
	InputFormat  *string           `json:",omitempty" aws:"len=0..128"`
	OutputFormat *string           `json:",omitempty" aws:"len=0..128"`
	Compressed   *bool             `json:",omitempty"`
	SerdeInfo    *SerDeInfo        `json:",omitempty"`
	Parameters   map[string]string `json:",omitempty"`
}

// TableInput is a table as it is made.
type TableInput struct {
	Name              *string            `aws:"required,len=1..255"`
	Description       *string            `json:",omitempty" aws:"len=0..2048"`
	Owner             *string            `json:",omitempty" aws:"len=1..255"`
	StorageDescriptor *StorageDescriptor `json:",omitempty"`
	PartitionKeys     []Column           `json:",omitempty"`
	TableType         *string            `json:",omitempty" aws:"len=0..255"`
	Parameters        map[string]string  `json:",omitempty"`
}

// Requests.
type (
	CreateDatabaseInput struct {
		CatalogId     *string        `aws:"len=1..255"`
		DatabaseInput *DatabaseInput `aws:"required"`
	}
	// DatabaseNameInput names a database.
	DatabaseNameInput struct {
		CatalogId *string `aws:"len=1..255"`
		Name      *string `aws:"required,len=1..255"`
	}
	GetDatabasesInput struct {
		CatalogId *string `aws:"len=1..255"`
	}
	// WriteTableInput is the request of CreateTable and of UpdateTable.
	WriteTableInput struct {
		CatalogId    *string     `aws:"len=1..255"`
		DatabaseName *string     `aws:"required,len=1..255"`
		TableInput   *TableInput `aws:"required"`
	}
	// TableNameInput names a table.
	TableNameInput struct {
		CatalogId    *string `aws:"len=1..255"`
		DatabaseName *string `aws:"required,len=1..255"`
		Name         *string `aws:"required,len=1..255"`
	}
	GetTablesInput struct {
		CatalogId    *string `aws:"len=1..255"`
		DatabaseName *string `aws:"required,len=1..255"`
	}
	GetTableVersionsInput struct {
		CatalogId    *string `aws:"len=1..255"`
		DatabaseName *string `aws:"required,len=1..255"`
		TableName    *string `aws:"required,len=1..255"`
	}
)

// Answers.
type (
	Database struct {
		Name        *string
		Description *string           `json:",omitempty"`
		LocationUri *string           `json:",omitempty"`
		Parameters  map[string]string `json:",omitempty"`
		CreateTime  aws.Timestamp
		CatalogId   string
	}
	Table struct {
		Name              *string
		DatabaseName      string
		Description       *string `json:",omitempty"`
		Owner             *string `json:",omitempty"`
		CreateTime        aws.Timestamp
		UpdateTime        aws.Timestamp
		StorageDescriptor *StorageDescriptor `json:",omitempty"`
		PartitionKeys     []Column           `json:",omitempty"`
		TableType         *string            `json:",omitempty"`
		Parameters        map[string]string  `json:",omitempty"`
		CatalogId         string
		VersionId         string
	}
	TableVersion struct {
		Table     Table
		VersionId string
	}
	EmptyOutput        struct{}
	GetDatabaseOutput  struct{ Database Database }
	GetDatabasesOutput struct{ DatabaseList []Database }
	GetTableOutput     struct{ Table Table }
	GetTablesOutput    struct{ TableList []Table }
	GetVersionsOutput  struct{ TableVersions []TableVersion }
)

// help says a line about a member.
func help(path string) string { return helps[path[strings.LastIndexByte(path, '.')+1:]] }

// helps never changes.
var helps = map[string]string{
	"CatalogId":         "The account whose catalog it is; the caller's own is the only one here.",
	"DatabaseInput":     "Name=sales.",
	"DatabaseName":      "The database's name.",
	"TableName":         "The table's name.",
	"Name":              "The name, in small letters.",
	"TableInput":        `Name=orders,StorageDescriptor={Columns=[{Name=id,Type=int},{Name=city,Type=string}]}.`,
	"StorageDescriptor": "Columns, and where the files are.",
	"Columns":           "The columns of the files: Name=id,Type=int Name=tags,Type=array<string>.",
	"Type":              "A type of Hive: boolean, tinyint, smallint, int, bigint, float, double, decimal(10,2), string, char(2), varchar(20), binary, date, timestamp, array<string>, map<string,int>, struct<a:int,b:string>.",
	"PartitionKeys":     "Columns that stand in the path and not in the files.",
	"Location":          "s3://bucket/prefix/.",
}

func op(name, text string, do any) aws.Row { return aws.Op("glue", name, text, help, do) }

// operations lists the operations by name. It never changes.
var operations = aws.Table{
	op("CreateDatabase", "Makes a database in the Data Catalog.", (*Service).CreateDatabase),
	op("CreateTable", "Makes a table: the columns by which Firehose converts records.", (*Service).CreateTable),
	op("DeleteDatabase", "Deletes a database with its tables.", (*Service).DeleteDatabase),
	op("DeleteTable", "Deletes a table with its versions.", (*Service).DeleteTable),
	op("GetDatabase", "Tells of a database.", (*Service).GetDatabase),
	op("GetDatabases", "Lists the databases.", (*Service).GetDatabases),
	op("GetTable", "Tells of a table.", (*Service).GetTable),
	op("GetTableVersions", "Lists the versions of a table, the newest first.", (*Service).GetTableVersions),
	op("GetTables", "Lists the tables of a database.", (*Service).GetTables),
	op("UpdateTable", "Gives a table another definition, which is its next version.", (*Service).UpdateTable),
}

// Operations lists the operations by name.
func Operations() []aws.Operation { return operations.Operations() }

// Decode reads one operation as it comes over the wire.
func Decode(name string, body []byte) (aws.Request, error) { return operations.Decode(name, body) }

// own refuses another account's catalog.
func (s *Service) own(catalog *string) error {
	if catalog != nil && *catalog != s.account {
		return aws.Errorf(EntityNotFound, "Catalog %s not found.", aws.Shorten(*catalog, 64)).WithHint("The catalog of this world is that of the account %s; leave CatalogId out.", s.account)
	}
	return nil
}

// CreateDatabase makes a database.
func (s *Service) CreateDatabase(in *CreateDatabaseInput) (*EmptyOutput, error) {
	if err := s.own(in.CatalogId); err != nil {
		return nil, err
	}
	input := *in.DatabaseInput
	name := strings.ToLower(*input.Name)
	i, there := s.search(name)
	switch {
	case there:
		return nil, aws.Errorf(AlreadyExists, "Database already exists.")
	case len(s.databases) >= maxDatabases:
		return nil, aws.Errorf(ResourceLimitExceeded, "Number of databases exceeded the limit of %d.", maxDatabases)
	}
	input.Name = &name
	s.databases = sim.Insert(s.databases, i, &database{input: input, created: s.now()})
	return &EmptyOutput{}, nil
}

func (s *Service) tell(d *database) Database {
	in := &d.input
	return Database{in.Name, in.Description, in.LocationUri, in.Parameters, aws.Timestamp(d.created / 1000), s.account}
}

// GetDatabase tells of a database.
func (s *Service) GetDatabase(in *DatabaseNameInput) (*GetDatabaseOutput, error) {
	if err := s.own(in.CatalogId); err != nil {
		return nil, err
	}
	d, err := s.database(*in.Name)
	if err != nil {
		return nil, err
	}
	return &GetDatabaseOutput{s.tell(d)}, nil
}

// GetDatabases lists the databases by name.
func (s *Service) GetDatabases(in *GetDatabasesInput) (*GetDatabasesOutput, error) {
	out := &GetDatabasesOutput{[]Database{}}
	for _, d := range s.databases {
		out.DatabaseList = append(out.DatabaseList, s.tell(d))
	}
	return out, s.own(in.CatalogId)
}

// DeleteDatabase deletes a database with its tables.
func (s *Service) DeleteDatabase(in *DatabaseNameInput) (*EmptyOutput, error) {
	if err := s.own(in.CatalogId); err != nil {
		return nil, err
	}
	if _, err := s.database(*in.Name); err != nil {
		return nil, err
	}
	i, _ := s.search(*in.Name)
	s.databases = slices.Delete(s.databases, i, i+1)
	return &EmptyOutput{}, nil
}

// check refuses a table that cannot be.
func check(in *TableInput) error {
	if d := in.StorageDescriptor; d != nil {
		if len(d.Columns) > maxColumns {
			return aws.Errorf(InvalidInput, "The table has %d columns, more than %d.", len(d.Columns), maxColumns)
		}
		seen := map[string]bool{}
		for _, c := range append(d.Columns[:len(d.Columns):len(d.Columns)], in.PartitionKeys...) {
			name := strings.ToLower(*c.Name)
			if seen[name] {
				return aws.Errorf(InvalidInput, "Duplicate column name: %s", name).WithHint("Names of columns differ in more than capital letters.")
			}
			seen[name] = true
		}
	}
	return nil
}

// CreateTable makes a table. Its name is folded to small letters, as Hive has it.
func (s *Service) CreateTable(in *WriteTableInput) (*EmptyOutput, error) {
	if err := s.own(in.CatalogId); err != nil {
		return nil, err
	}
	d, err := s.database(*in.DatabaseName)
	if err != nil {
		return nil, err
	}
	input := *in.TableInput
	name := strings.ToLower(*input.Name)
	i, there := d.search(name)
	switch {
	case there:
		return nil, aws.Errorf(AlreadyExists, "Table already exists.").WithHint("aws glue update-table gives it another definition.")
	case len(d.tables) >= maxTables:
		return nil, aws.Errorf(ResourceLimitExceeded, "Number of tables exceeded the limit of %d.", maxTables)
	}
	if err := check(&input); err != nil {
		return nil, err
	}
	input.Name = &name
	d.tables = sim.Insert(d.tables, i, &table{created: s.now(), versions: []tableVersion{{0, s.now(), input}}})
	return &EmptyOutput{}, nil
}

// UpdateTable gives a table its next version.
func (s *Service) UpdateTable(in *WriteTableInput) (*EmptyOutput, error) {
	if err := s.own(in.CatalogId); err != nil {
		return nil, err
	}
	t, err := s.table(*in.DatabaseName, *in.TableInput.Name)
	if err != nil {
		return nil, err
	}
	input := *in.TableInput
	if err := check(&input); err != nil {
		return nil, err
	}
	name := strings.ToLower(*input.Name)
	input.Name = &name
	next := *t
	next.versions = append(slices.Clone(t.versions), tableVersion{t.latest().number + 1, s.now(), input})
	if n := len(next.versions); n > maxVersions {
		next.versions = next.versions[n-maxVersions:]
	}
	d, _ := s.database(*in.DatabaseName)
	i, _ := d.search(name)
	d.tables[i] = &next
	return &EmptyOutput{}, nil
}

// DeleteTable deletes a table.
func (s *Service) DeleteTable(in *TableNameInput) (*EmptyOutput, error) {
	if err := s.own(in.CatalogId); err != nil {
		return nil, err
	}
	if _, err := s.table(*in.DatabaseName, *in.Name); err != nil {
		return nil, err
	}
	d, _ := s.database(*in.DatabaseName)
	i, _ := d.search(*in.Name)
	d.tables = slices.Delete(d.tables, i, i+1)
	return &EmptyOutput{}, nil
}

func (s *Service) describe(database string, t *table, v *tableVersion) Table {
	in := &v.input
	return Table{in.Name, strings.ToLower(database), in.Description, in.Owner, aws.Timestamp(t.created / 1000), aws.Timestamp(v.at / 1000),
		in.StorageDescriptor, in.PartitionKeys, in.TableType, in.Parameters, s.account, v.id()}
}

// GetTable tells of a table.
func (s *Service) GetTable(in *TableNameInput) (*GetTableOutput, error) {
	if err := s.own(in.CatalogId); err != nil {
		return nil, err
	}
	t, err := s.table(*in.DatabaseName, *in.Name)
	if err != nil {
		return nil, err
	}
	return &GetTableOutput{s.describe(*in.DatabaseName, t, t.latest())}, nil
}

// GetTables lists the tables of a database by name.
func (s *Service) GetTables(in *GetTablesInput) (*GetTablesOutput, error) {
	if err := s.own(in.CatalogId); err != nil {
		return nil, err
	}
	d, err := s.database(*in.DatabaseName)
	if err != nil {
		return nil, err
	}
	out := &GetTablesOutput{[]Table{}}
	for _, t := range d.tables {
		out.TableList = append(out.TableList, s.describe(*in.DatabaseName, t, t.latest()))
	}
	return out, nil
}

// GetTableVersions lists the versions of a table, the newest first.
func (s *Service) GetTableVersions(in *GetTableVersionsInput) (*GetVersionsOutput, error) {
	if err := s.own(in.CatalogId); err != nil {
		return nil, err
	}
	t, err := s.table(*in.DatabaseName, *in.TableName)
	if err != nil {
		return nil, err
	}
	out := &GetVersionsOutput{[]TableVersion{}}
	for i := range slices.Backward(t.versions) {
		v := &t.versions[i]
		out.TableVersions = append(out.TableVersions, TableVersion{s.describe(*in.DatabaseName, t, v), v.id()})
	}
	return out, nil
}
