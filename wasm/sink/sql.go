package sink

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"shardlab/wasm/aws"
	"shardlab/wasm/sim"
)

// A Result is what a statement answers: rows of texts, or Null.
type Result struct {
	Columns []Column
	Rows    [][]string
}

// A Statement is one that the Data API of Redshift ran.
type Statement struct {
	ID       string
	Cluster  string
	Database string
	SQL      string
	At       sim.Instant
	Took     time.Duration
	Rows     int64 // -1 when it has no result
	Failed   string
	result   *Result
}

// keptStatements is how many statements a world remembers. Ours; AWS keeps them for 24 hours.
const keptStatements = 100

// ReadTable reads what stands behind CREATE TABLE: name (column type, ...).
func ReadTable(text string) (name string, columns []Column, err error) {
	open := strings.IndexByte(text, '(')
	end := strings.LastIndexByte(text, ')')
	if open < 0 || end < open {
		return "", nil, fmt.Errorf("write the table as name (column type, column type)")
	}
	name = tableName(text[:open])
	if name == "" || strings.ContainsAny(name, " \t\n'") {
		return "", nil, fmt.Errorf("%q is no name of a table", strings.TrimSpace(text[:open]))
	}
	depth, from, body := 0, 0, text[open+1:end]
	for i := 0; i <= len(body); i++ {
		switch {
		case i < len(body) && body[i] == '(':
			depth++
		case i < len(body) && body[i] == ')':
			depth--
		case i == len(body) || body[i] == ',' && depth == 0:
			c, err := readColumn(body[from:i])
			if err != nil {
				return "", nil, err
			}
			if slices.ContainsFunc(columns, func(x Column) bool { return x.Name == c.Name }) {
				return "", nil, fmt.Errorf("column %q specified more than once", c.Name)
			}
			columns, from = append(columns, c), i+1
		}
	}
	return name, columns, nil
}

// readColumn reads a column's name and type; what follows changes nothing here.
func readColumn(text string) (Column, error) {
	words := fieldsOf(text)
	if len(words) < 2 {
		return Column{}, fmt.Errorf("column %q has no type: write name type, such as bike varchar(20)", strings.TrimSpace(text))
	}
	c := Column{Name: strings.ToLower(strings.Trim(words[0], `"`)), Type: types[strings.ToLower(words[1])]}
	if c.Type == "" {
		return c, fmt.Errorf(`type "%s" does not exist: this lab has smallint, integer, bigint, real, double precision, boolean, char, varchar, date, timestamp and super`, strings.ToLower(words[1]))
	}
	if text := c.Type == "varchar" || c.Type == "char"; text && len(words) > 2 && words[2][0] == '(' {
		c.Len, _ = strconv.Atoi(strings.TrimSpace(strings.Trim(words[2], "()"))) // MAX is any
	} else if text && words[1] != "string" {
		c.Len = map[string]int{"char": 1, "varchar": 256}[c.Type] // Redshift's own
	}
	return c, nil
}

// TableName is the name of a table as a sink has it: without its schema, in small letters.
func TableName(text string) string { return tableName(text) }

// tableName is a table's name without its schema, in small letters.
func tableName(text string) string {
	name := strings.ToLower(strings.ReplaceAll(strings.TrimSpace(text), `"`, ""))
	return name[strings.LastIndexByte(name, '.')+1:]
}

// run runs a statement on a cluster.
func (s *Service) run(k *Sink, as, sql string) (*Result, time.Duration, error) {
	words := fieldsOf(sql)
	upper := func(i int) string {
		if i >= len(words) {
			return ""
		}
		return strings.ToUpper(words[i])
	}
	switch {
	case upper(0) == "SELECT" || upper(0) == "WITH":
		if s.cfg.Query == nil {
			return nil, 0, fmt.Errorf("nobody answers queries here")
		}
		r, err := s.cfg.Query(sql, func(name string) *Table {
			if name = tableName(name); name == "stl_load_errors" {
				return k.loadErrors()
			}
			t, _ := k.Table(name)
			return t
		})
		return r, 0, err
	case upper(0) == "CREATE" && upper(1) == "TABLE":
		rest, exists := strings.TrimSpace(sql[strings.Index(strings.ToUpper(sql), "TABLE")+len("TABLE"):]), false
		if upper(2) == "IF" && upper(3) == "NOT" && upper(4) == "EXISTS" {
			rest, exists = rest[strings.Index(strings.ToUpper(rest), "EXISTS")+len("EXISTS"):], true
		}
		if i := closing(rest); i > 0 {
			rest = rest[:i] // what follows says where rows lie
		}
		name, columns, err := ReadTable(rest)
		if err != nil {
			return nil, 0, err
		}
		if _, there := k.Table(name); there && !exists {
			return nil, 0, fmt.Errorf(`Relation "%s" already exists`, name)
		}
		if !k.Make(name, columns) {
			return nil, 0, fmt.Errorf("a cluster of this lab has at most %d tables", maxTables)
		}
		return nil, 0, nil
	case (upper(0) == "DROP" || upper(0) == "TRUNCATE") && upper(1) == "TABLE" || upper(0) == "TRUNCATE" || upper(0) == "DELETE" && upper(1) == "FROM" && len(words) == 3:
		name := tableName(words[len(words)-1])
		i, there := k.search(name)
		switch {
		case !there && upper(2) == "IF":
		case !there:
			return nil, 0, fmt.Errorf(`relation "%s" does not exist`, name)
		case upper(0) == "DROP":
			k.tables = slices.Delete(k.tables, i, i+1)
		default:
			k.tables[i] = &Table{Name: name, Columns: k.tables[i].Columns}
		}
		return nil, 0, nil
	case upper(0) == "COPY":
		l, err := readCopy(words)
		if err != nil {
			return nil, 0, err
		}
		l.As = cmp.Or(l.As, as)
		_, took, err := s.copy(k, l)
		return nil, took, err
	}
	return nil, 0, fmt.Errorf("this lab's clusters run SELECT, CREATE TABLE, DROP TABLE, TRUNCATE, DELETE FROM a whole table, and COPY")
}

// closing is the place behind the bracket that closes the first one; 0 when none does.
func closing(s string) int {
	depth := 0
	for i := range len(s) {
		if s[i] == '(' {
			depth++
		} else if s[i] == ')' {
			if depth--; depth == 0 {
				return i + 1
			}
		}
	}
	return 0
}

// readCopy reads COPY table (columns) FROM 's3://...' IAM_ROLE '...' options.
func readCopy(words []string) (l Load, err error) {
	if words = words[1:]; len(words) > 0 {
		l.Table, words = tableName(words[0]), words[1:]
	}
	if len(words) > 0 && words[0][0] == '(' {
		l.Columns, words = strings.Split(strings.Trim(words[0], "()"), ","), words[1:]
	}
	if len(words) < 2 || !strings.EqualFold(words[0], "FROM") {
		return l, fmt.Errorf("write COPY table FROM 's3://bucket/key' IAM_ROLE 'arn' and the format")
	}
	rest, ok := strings.CutPrefix(unquote(words[1]), "s3://")
	if l.Bucket, l.Key, _ = strings.Cut(rest, "/"); !ok || l.Bucket == "" {
		return l, fmt.Errorf("COPY reads from S3 here: FROM 's3://bucket/key'")
	}
	words = words[2:]
	for len(words) > 1 {
		switch w := strings.ToUpper(words[0]); {
		case w == "WITH":
			words = words[1:]
		case w == "IAM_ROLE" || w == "CREDENTIALS":
			n := 1
			if strings.EqualFold(words[1], "AS") && len(words) > 2 {
				n = 2
			}
			l.As = strings.TrimPrefix(unquote(words[n]), "aws_iam_role=")
			if !strings.HasPrefix(l.As, "arn:") {
				l.As = "" // default
			}
			words = words[n+1:]
		default:
			l.Options = strings.Join(words, " ")
			return l, nil
		}
	}
	l.Options = strings.Join(words, " ")
	return l, nil
}

// loadErrors is stl_load_errors as a table.
func (k *Sink) loadErrors() *Table {
	t := &Table{Name: "stl_load_errors", Columns: []Column{{Name: "starttime", Type: "timestamp"}, {Name: "tbl", Type: "varchar"}, {Name: "filename", Type: "varchar"}, {Name: "line_number", Type: "bigint"}, {Name: "colname", Type: "varchar"},
		{Name: "type", Type: "varchar"}, {Name: "raw_line", Type: "varchar"}, {Name: "raw_field_value", Type: "varchar"}, {Name: "err_code", Type: "integer"}, {Name: "err_reason", Type: "varchar"}}}
	for _, e := range k.loads {
		t.rows.Append([]string{e.At.Time().Format("2006-01-02 15:04:05.999999"), e.Table, e.Filename, strconv.FormatInt(e.Line, 10), e.Column, e.Type, e.RawLine, e.RawField, strconv.Itoa(e.Code), e.Reason})
	}
	return t
}

// Copy is a COPY by a client from outside, on a cluster: nil, or what the cluster says is wrong.
func (s *Service) Copy(cluster string, l Load) (Reply, error) {
	k, x, r, ok := s.call(Redshift, cluster, "Copy", l.As)
	if !ok {
		return r, nil
	}
	_, d, err := s.copy(k, l)
	if r.Took += d; err != nil {
		k.total.Refused++
	}
	return took(x, r), err
}

// ExecuteStatementInput is the request of ExecuteStatement, StatementInput names a statement.
// Source: Redshift Data API Reference.
type ExecuteStatementInput struct {
	ClusterIdentifier *string `aws:"required"`
	Database          *string `json:",omitempty"`
	DbUser            *string `json:",omitempty"`
	Sql               *string `aws:"required"`
}

type StatementInput struct {
	Id *string `aws:"required"`
}

// ListStatementsInput has no members here.
type ListStatementsInput struct{}

// Field is a value of a result: exactly one member is set.
type Field struct {
	IsNull       *bool    `json:"isNull,omitempty"`
	BooleanValue *bool    `json:"booleanValue,omitempty"`
	DoubleValue  *float64 `json:"doubleValue,omitempty"`
	LongValue    *int64   `json:"longValue,omitempty"`
	StringValue  *string  `json:"stringValue,omitempty"`
}

// Answers.
type (
	ExecuteStatementOutput struct {
		Id                string
		ClusterIdentifier string
		CreatedAt         aws.Timestamp
		Database          string
	}
	DescribeStatementOutput struct {
		Id                string
		ClusterIdentifier string
		Database          string
		Status            string
		Error             string `json:",omitempty"`
		QueryString       string
		CreatedAt         aws.Timestamp
		Duration          int64 // nanoseconds
		HasResultSet      bool
		ResultRows        int64
	}
	ColumnMetadata struct {
		Name     string `json:"name"`
		TypeName string `json:"typeName"`
	}
	GetStatementResultOutput struct {
		ColumnMetadata []ColumnMetadata
		Records        [][]Field
		TotalNumRows   int64
	}
	ListStatementsOutput struct{ Statements []DescribeStatementOutput }
)

// DataName is the Data API's name behind the door.
const DataName = "redshift-data"

func help(path string) string {
	return map[string]string{"ClusterIdentifier": "The cluster: lab sinks lists those there are.", "Sql": "SELECT, CREATE TABLE, DROP TABLE, TRUNCATE, DELETE FROM or COPY.", "Id": "The statement, as execute-statement answered it.",
		"Database": "The database; a cluster of this lab has one.", "DbUser": "The user; without effect."}[path[strings.LastIndexByte(path, '.')+1:]]
}

// table lists the operations of the Data API by name. It never changes.
var table = aws.Table{
	aws.Op(DataName, "DescribeStatement", "Tells how a statement went.", help, (*Service).DescribeStatement),
	aws.Op(DataName, "ExecuteStatement", "Runs a statement on a cluster.", help, (*Service).ExecuteStatement),
	aws.Op(DataName, "GetStatementResult", "Gets the rows that a statement answered.", help, (*Service).GetStatementResult),
	aws.Op(DataName, "ListStatements", "Lists the statements that were run, newest first.", help, (*Service).ListStatements),
}

// Operations lists the operations of the Data API, Decode reads one.
func Operations() []aws.Operation                          { return table.Operations() }
func Decode(name string, body []byte) (aws.Request, error) { return table.Decode(name, body) }

// ExecuteStatement runs a statement. How it went is told by DescribeStatement.
func (s *Service) ExecuteStatement(in *ExecuteStatementInput) (*ExecuteStatementOutput, error) {
	k, ok := s.Find(Redshift, *in.ClusterIdentifier)
	if !ok {
		return nil, aws.Errorf(aws.Validation, "Redshift endpoint doesn't exist in this region.").WithHint("lab sinks lists the clusters there are; lab put-sink --kind redshift --name NAME makes one.")
	}
	s.asked++
	st := Statement{ID: fmt.Sprintf("%08x-5ca1-4b1e-8a7d-%012x", s.asked*2654435761&0xffffffff, s.asked), Cluster: k.set.Name, Database: "dev", SQL: *in.Sql, At: s.now(), Rows: -1}
	if in.Database != nil {
		st.Database = *in.Database
	}
	r, d, err := s.run(k, "", st.SQL)
	if st.Took = d + 50*time.Millisecond; err != nil {
		st.Failed = "ERROR: " + err.Error()
	} else if r != nil {
		st.result, st.Rows = r, int64(len(r.Rows))
	}
	if s.statements = append(s.statements, st); len(s.statements) > keptStatements {
		s.statements = slices.Delete(s.statements, 0, 1)
	}
	return &ExecuteStatementOutput{st.ID, st.Cluster, aws.Timestamp(st.At / 1000), st.Database}, nil
}

func (s *Service) statement(id string) (*Statement, error) {
	for i := range s.statements {
		if s.statements[i].ID == id {
			return &s.statements[i], nil
		}
	}
	return nil, aws.Errorf(aws.ResourceNotFound, "Query does not exist.").WithHint("aws redshift-data list-statements shows those there are.")
}

func (st *Statement) describe() DescribeStatementOutput {
	out := DescribeStatementOutput{st.ID, st.Cluster, st.Database, "FINISHED", st.Failed, st.SQL, aws.Timestamp(st.At / 1000), int64(st.Took), st.result != nil, st.Rows}
	if st.Failed != "" {
		out.Status = "FAILED"
	}
	return out
}

// DescribeStatement tells how a statement went.
func (s *Service) DescribeStatement(in *StatementInput) (*DescribeStatementOutput, error) {
	st, err := s.statement(*in.Id)
	if err != nil {
		return nil, err
	}
	out := st.describe()
	return &out, nil
}

// ListStatements lists the statements, newest first.
func (s *Service) ListStatements(*ListStatementsInput) (*ListStatementsOutput, error) {
	out := &ListStatementsOutput{[]DescribeStatementOutput{}}
	for i := range s.statements {
		out.Statements = append(out.Statements, s.statements[len(s.statements)-1-i].describe())
	}
	return out, nil
}

// GetStatementResult gets the rows of a statement.
func (s *Service) GetStatementResult(in *StatementInput) (*GetStatementResultOutput, error) {
	st, err := s.statement(*in.Id)
	switch {
	case err != nil:
		return nil, err
	case st.Failed != "":
		return nil, aws.Errorf(aws.ResourceNotFound, "Query does not have result. Please check query status with DescribeStatement.").WithHint("%s", st.Failed)
	case st.result == nil:
		return nil, aws.Errorf(aws.ResourceNotFound, "Query does not have result. Please check query status with DescribeStatement.").WithHint("Only a SELECT has rows.")
	}
	out := &GetStatementResultOutput{Records: [][]Field{}, TotalNumRows: st.Rows}
	for _, c := range st.result.Columns {
		out.ColumnMetadata = append(out.ColumnMetadata, ColumnMetadata{c.Name, c.Type})
	}
	for _, row := range st.result.Rows {
		fields := make([]Field, len(row))
		for i, v := range row {
			fields[i] = fieldOf(st.result.Columns[i].Type, v)
		}
		out.Records = append(out.Records, fields)
	}
	return out, nil
}

func fieldOf(typ, v string) (f Field) {
	yes := true
	n, bad := strconv.ParseInt(v, 10, 64)
	x, worse := strconv.ParseFloat(v, 64)
	switch {
	case v == Null:
		f.IsNull = &yes
	case typ == "boolean":
		b := v == "true"
		f.BooleanValue = &b
	case (typ == "smallint" || typ == "integer" || typ == "bigint") && bad == nil:
		f.LongValue = &n
	case (typ == "real" || typ == "double precision") && worse == nil:
		f.DoubleValue = &x
	default:
		f.StringValue = &v
	}
	return f
}
