package dynamodb

import (
	"strings"

	"shardlab/wasm/aws"
)

// The shapes of the operations, member for member as on the wire; what they have no use for in the lab is left out.
// Source: DynamoDB API Reference.

// AttributeDefinition is the type of a key, KeySchemaElement its part in the key.
type AttributeDefinition struct {
	AttributeName *string `aws:"required,len=1..255"`
	AttributeType *string `aws:"required"`
}

type KeySchemaElement struct {
	AttributeName *string `aws:"required,len=1..255"`
	KeyType       *string `aws:"required"`
}

// ProvisionedThroughput is capacity in units a second.
type ProvisionedThroughput struct {
	ReadCapacityUnits  *int64 `aws:"required,val=1.."`
	WriteCapacityUnits *int64 `aws:"required,val=1.."`
}

// CreateTableInput is the request of CreateTable.
type CreateTableInput struct {
	TableName             *string                `aws:"required,len=3..255"`
	AttributeDefinitions  []AttributeDefinition  `aws:"required"`
	KeySchema             []KeySchemaElement     `aws:"required,items=1..2"`
	BillingMode           *string                `json:",omitempty"`
	ProvisionedThroughput *ProvisionedThroughput `json:",omitempty"`
}

// UpdateTableInput is the request of UpdateTable.
type UpdateTableInput struct {
	TableName             *string                `aws:"required,len=3..255"`
	BillingMode           *string                `json:",omitempty"`
	ProvisionedThroughput *ProvisionedThroughput `json:",omitempty"`
}

// TableInput names a table.
type TableInput struct {
	TableName *string `aws:"required,len=3..255"`
}

// ListTablesInput asks for the names; it has no members here.
type ListTablesInput struct{}

// GetItemInput is the request of GetItem.
type GetItemInput struct {
	TableName      *string                   `aws:"required,len=3..255"`
	Key            map[string]AttributeValue `aws:"required"`
	ConsistentRead *bool                     `json:",omitempty"`
}

// ScanInput is the request of Scan.
type ScanInput struct {
	TableName      *string `aws:"required,len=3..255"`
	ConsistentRead *bool   `json:",omitempty"`
}

// PutItemInput is the request of PutItem.
type PutItemInput struct {
	TableName                 *string                   `aws:"required,len=3..255"`
	Item                      map[string]AttributeValue `aws:"required"`
	ConditionExpression       *string                   `json:",omitempty"`
	ExpressionAttributeNames  map[string]string         `json:",omitempty"`
	ExpressionAttributeValues map[string]AttributeValue `json:",omitempty"`
}

// UpdateItemInput is the request of UpdateItem, DeleteItemInput that of DeleteItem.
type UpdateItemInput struct {
	TableName                 *string                   `aws:"required,len=3..255"`
	Key                       map[string]AttributeValue `aws:"required"`
	UpdateExpression          *string                   `json:",omitempty"`
	ConditionExpression       *string                   `json:",omitempty"`
	ExpressionAttributeNames  map[string]string         `json:",omitempty"`
	ExpressionAttributeValues map[string]AttributeValue `json:",omitempty"`
}

type DeleteItemInput struct {
	TableName                 *string                   `aws:"required,len=3..255"`
	Key                       map[string]AttributeValue `aws:"required"`
	ConditionExpression       *string                   `json:",omitempty"`
	ExpressionAttributeNames  map[string]string         `json:",omitempty"`
	ExpressionAttributeValues map[string]AttributeValue `json:",omitempty"`
}

// TableDescription is what DynamoDB tells of a table.
type TableDescription struct {
	TableName             string
	TableStatus           string
	TableArn              string
	TableId               string
	CreationDateTime      aws.Timestamp
	ItemCount             int64
	TableSizeBytes        int64
	AttributeDefinitions  []AttributeDefinition
	KeySchema             []KeySchemaElement
	ProvisionedThroughput ProvisionedThroughput
	BillingModeSummary    BillingModeSummary
}

// BillingModeSummary is how a table is billed.
type BillingModeSummary struct{ BillingMode string }

// Answers.
type (
	TableDescriptionOutput struct{ TableDescription TableDescription }
	DescribeTableOutput    struct{ Table TableDescription }
	ListTablesOutput       struct{ TableNames []string }
	GetItemOutput          struct {
		Item Item `json:",omitempty"`
	}
	ScanOutput struct {
		Items        []Item
		Count        int64
		ScannedCount int64
	}
	WriteOutput struct{}
)

// help says a line about a member.
func help(path string) string { return helps[path[strings.LastIndexByte(path, '.')+1:]] }

// helps never changes.
var helps = map[string]string{
	"TableName":                 "The table's name.",
	"AttributeDefinitions":      "The key and its type: AttributeName=leaseKey,AttributeType=S.",
	"KeySchema":                 "The key: AttributeName=leaseKey,KeyType=HASH.",
	"BillingMode":               "PROVISIONED or PAY_PER_REQUEST.",
	"ProvisionedThroughput":     "ReadCapacityUnits=10,WriteCapacityUnits=10: what it may take a second.",
	"Key":                       `The key: {"leaseKey": {"S": "shardId-000000000000"}}.`,
	"Item":                      `Attributes with their types: {"leaseKey": {"S": "a"}, "leaseCounter": {"N": "1"}}.`,
	"ConsistentRead":            "Whether it is a strongly consistent read, which costs double.",
	"UpdateExpression":          "SET a = :v, b = b + :n REMOVE c.",
	"ConditionExpression":       "What must be so: a = :v AND attribute_exists(b) AND attribute_not_exists(c).",
	"ExpressionAttributeNames":  "What names beginning with # stand for.",
	"ExpressionAttributeValues": `What values beginning with : stand for: {":v": {"S": "x"}}.`,
}

func op(name, text string, do any) aws.Row { return aws.Op("dynamodb", name, text, help, do) }

// table lists the operations by name. It never changes.
var table = aws.Table{
	op("CreateTable", "Makes a table.", (*Service).CreateTable),
	op("DeleteItem", "Deletes an item, if a condition holds.", (*Service).DeleteItem),
	op("DeleteTable", "Deletes a table with its items.", (*Service).DeleteTable),
	op("DescribeTable", "Tells how a table stands.", (*Service).DescribeTable),
	op("GetItem", "Reads an item by its key.", (*Service).GetItem),
	op("ListTables", "Lists the tables.", (*Service).ListTables),
	op("PutItem", "Writes an item, if a condition holds.", (*Service).PutItem),
	op("Scan", "Reads all items of a table.", (*Service).ScanTable),
	op("UpdateItem", "Changes attributes of an item, if a condition holds.", (*Service).UpdateItem),
	op("UpdateTable", "Changes how a table is billed and what it may take.", (*Service).UpdateTable),
}

// Operations lists the operations by name.
func Operations() []aws.Operation { return table.Operations() }

// Decode reads one operation as it comes over the wire.
func Decode(name string, body []byte) (aws.Request, error) { return table.Decode(name, body) }

func invalid(format string, args ...any) *aws.Error {
	return aws.Errorf(aws.Validation, format, args...)
}

// capacity reads what a request says of capacity over what was.
func capacity(was Capacity, mode *string, p *ProvisionedThroughput) (Capacity, error) {
	c := was
	if mode != nil {
		c.Mode = *mode
	}
	switch {
	case c.Mode != Provisioned && c.Mode != PayPerRequest:
		return c, invalid("1 validation error detected: Value '%s' at 'billingMode' failed to satisfy constraint: Member must satisfy enum value set: [PROVISIONED, PAY_PER_REQUEST]", aws.Shorten(c.Mode, 64))
	case c.Mode == PayPerRequest && p != nil:
		return c, invalid("One or more parameter values were invalid: Neither ReadCapacityUnits nor WriteCapacityUnits can be specified when BillingMode is PAY_PER_REQUEST")
	case c.Mode == PayPerRequest:
		c.Read, c.Write = 0, 0
	case p != nil:
		c.Read, c.Write = *p.ReadCapacityUnits, *p.WriteCapacityUnits
	case c.Read == 0:
		return c, invalid("One or more parameter values were invalid: ReadCapacityUnits and WriteCapacityUnits must both be specified when BillingMode is PROVISIONED")
	}
	if c.Read > MaxCapacity || c.Write > MaxCapacity {
		return c, aws.Errorf(aws.LimitExceeded, "The requested capacity is above the %d units that a table may have.", MaxCapacity)
	}
	return c, nil
}

// CreateTable makes a table. Its key is one string; AWS's may have a sort key and other types.
func (s *Service) CreateTable(in *CreateTableInput) (*TableDescriptionOutput, error) {
	c, err := capacity(Capacity{Mode: Provisioned}, in.BillingMode, in.ProvisionedThroughput)
	if err != nil {
		return nil, err
	}
	if len(in.KeySchema) != 1 || *in.KeySchema[0].KeyType != "HASH" || len(in.AttributeDefinitions) != 1 ||
		*in.AttributeDefinitions[0].AttributeName != *in.KeySchema[0].AttributeName || *in.AttributeDefinitions[0].AttributeType != "S" {
		return nil, invalid("This lab's tables have a partition key of type S and no other key or index.").
			WithHint("Write --attribute-definitions AttributeName=id,AttributeType=S --key-schema AttributeName=id,KeyType=HASH.")
	}
	if err := s.Create(*in.TableName, *in.KeySchema[0].AttributeName, c); err != nil {
		return nil, err
	}
	t, _ := s.Table(*in.TableName)
	return &TableDescriptionOutput{s.describe(t)}, nil
}

func (s *Service) describe(t *Table) TableDescription {
	now := s.now()
	c := t.Capacity(now)
	d := TableDescription{TableName: t.name, TableStatus: t.Status(now), TableArn: "arn:aws:dynamodb:" + s.cfg.Region + ":" + s.cfg.Account + ":table/" + t.name, TableId: t.id,
		CreationDateTime: aws.Timestamp(t.created / 1000), ItemCount: int64(len(t.items)), BillingModeSummary: BillingModeSummary{c.Mode},
		ProvisionedThroughput: ProvisionedThroughput{&c.Read, &c.Write}}
	for _, e := range t.items {
		d.TableSizeBytes += int64(e.item.Size())
	}
	text, hash := "S", "HASH"
	d.AttributeDefinitions = []AttributeDefinition{{&t.key, &text}}
	d.KeySchema = []KeySchemaElement{{&t.key, &hash}}
	return d
}

// exists finds a table that is there in whichever state.
func (s *Service) exists(name string) (*Table, error) {
	t, ok := s.Table(name)
	if !ok {
		return nil, aws.Errorf(aws.ResourceNotFound, "Requested resource not found: Table: %s not found", aws.Shorten(name, 64)).
			WithHint("aws dynamodb list-tables shows the tables there are.")
	}
	return t, nil
}

// DescribeTable tells how a table stands.
func (s *Service) DescribeTable(in *TableInput) (*DescribeTableOutput, error) {
	t, err := s.exists(*in.TableName)
	if err != nil {
		return nil, err
	}
	return &DescribeTableOutput{s.describe(t)}, nil
}

// ListTables lists the tables by name.
func (s *Service) ListTables(*ListTablesInput) (*ListTablesOutput, error) {
	out := &ListTablesOutput{[]string{}}
	for _, t := range s.tables {
		if !t.gone(s.now()) {
			out.TableNames = append(out.TableNames, t.name)
		}
	}
	return out, nil
}

// changeable finds a table that is ACTIVE.
func (s *Service) changeable(name string) (*Table, error) {
	t, err := s.exists(name)
	if err == nil && t.Status(s.now()) != Active {
		err = aws.Errorf(aws.ResourceInUse, "Attempt to change a resource which is still in use: Table is being %s: %s", map[string]string{Creating: "created", Updating: "updated", Deleting: "deleted"}[t.Status(s.now())], t.name)
	}
	return t, err
}

// UpdateTable changes how a table is billed and what it may take, some seconds later.
func (s *Service) UpdateTable(in *UpdateTableInput) (*TableDescriptionOutput, error) {
	t, err := s.changeable(*in.TableName)
	if err != nil {
		return nil, err
	}
	now := s.now()
	t.settle(now)
	c, err := capacity(t.capacity, in.BillingMode, in.ProvisionedThroughput)
	if err != nil {
		return nil, err
	}
	if c == t.capacity {
		return nil, invalid("The provisioned throughput for the table will not change. The requested value equals the current value.")
	}
	t.next, t.readyAt = &c, now.Add(changeTakes)
	return &TableDescriptionOutput{s.describe(t)}, nil
}

// DeleteTable deletes a table with its items, some seconds later.
func (s *Service) DeleteTable(in *TableInput) (*TableDescriptionOutput, error) {
	t, err := s.changeable(*in.TableName)
	if err != nil {
		return nil, err
	}
	t.goneAt = s.now().Add(changeTakes)
	return &TableDescriptionOutput{s.describe(t)}, nil
}

// keyed reads the key of a request.
func (s *Service) keyed(name string, key Item) (string, error) {
	t, err := s.open(name)
	if err != nil {
		return "", err
	}
	if len(key) != 1 || key[t.key].S == nil {
		return "", invalid("The provided key element does not match the schema").WithHint(`The key of this table is {"%s": {"S": "..."}}.`, t.key)
	}
	return *key[t.key].S, nil
}

// GetItem reads an item.
func (s *Service) GetItem(in *GetItemInput) (*GetItemOutput, error) {
	key, err := s.keyed(*in.TableName, in.Key)
	if err != nil {
		return nil, err
	}
	it, err := s.Get(*in.TableName, key, in.ConsistentRead != nil && *in.ConsistentRead)
	if err != nil {
		return nil, err
	}
	return &GetItemOutput{it}, nil
}

// ScanTable reads all items.
func (s *Service) ScanTable(in *ScanInput) (*ScanOutput, error) {
	all, err := s.Scan(*in.TableName, in.ConsistentRead != nil && *in.ConsistentRead)
	if err != nil {
		return nil, err
	}
	return &ScanOutput{all, int64(len(all)), int64(len(all))}, nil
}

// PutItem writes an item.
func (s *Service) PutItem(in *PutItemInput) (*WriteOutput, error) {
	e := expression{names: in.ExpressionAttributeNames, values: in.ExpressionAttributeValues}
	conditions, err := e.conditions(in.ConditionExpression)
	if err != nil {
		return nil, err
	}
	for name, v := range in.Item {
		if v.kinds() != 1 {
			return nil, e.odd(name)
		}
	}
	return &WriteOutput{}, s.Put(*in.TableName, in.Item, conditions...)
}

// DeleteItem deletes an item.
func (s *Service) DeleteItem(in *DeleteItemInput) (*WriteOutput, error) {
	e := expression{names: in.ExpressionAttributeNames, values: in.ExpressionAttributeValues}
	conditions, err := e.conditions(in.ConditionExpression)
	if err != nil {
		return nil, err
	}
	key, err := s.keyed(*in.TableName, in.Key)
	if err != nil {
		return nil, err
	}
	return &WriteOutput{}, s.Delete(*in.TableName, key, conditions...)
}

// UpdateItem changes attributes of an item.
func (s *Service) UpdateItem(in *UpdateItemInput) (*WriteOutput, error) {
	e := expression{names: in.ExpressionAttributeNames, values: in.ExpressionAttributeValues}
	conditions, err := e.conditions(in.ConditionExpression)
	if err != nil {
		return nil, err
	}
	key, err := s.keyed(*in.TableName, in.Key)
	if err != nil {
		return nil, err
	}
	t, _ := s.Table(*in.TableName)
	var old Item
	if i, ok := t.find(key); ok {
		old = t.items[i].item
	}
	set, remove, err := e.update(in.UpdateExpression, old)
	if err != nil {
		return nil, err
	}
	if _, its := set[t.key]; its {
		return nil, invalid("One or more parameter values were invalid: Cannot update attribute %s. This attribute is part of the key", t.key)
	}
	_, err = s.Update(*in.TableName, key, set, remove, conditions...)
	return &WriteOutput{}, err
}
