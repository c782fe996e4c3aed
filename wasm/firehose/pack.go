package firehose

import (
	"strings"

	"shardlab/wasm/columnar"
)

// A file is what a delivery to S3 writes.
type file struct {
	Data      []byte
	Extension string // with its dot; ""
	Type      string // of its content
	Encoding  string
}

// A GlueTable is a table of the Glue Data Catalog as format conversion needs it.
type GlueTable struct {
	Version string   // of the table that was read
	Columns []string // name and type of Hive, pair by pair
}

// pack makes a file of records as a configuration of S3 wants it. Records that cannot be converted are in failed, in their order.
func (s *Service) pack(st *Stream, config Doc, records []Record) (f file, failed []Record) {
	f.Type = "application/octet-stream"
	if config.True("DataFormatConversionConfiguration.Enabled") {
		f.Extension = ".parquet"
		f.Data, failed = s.convert(st, config.Doc("DataFormatConversionConfiguration"), records)
		return f, failed
	}
	format, name := config.Text("CompressionFormat"), ""
	if format == "" {
		format = "UNCOMPRESSED"
	}
	for _, c := range columnar.Compressions {
		if c.Format == format {
			f.Extension, f.Encoding = c.Ext, c.Encoding
		}
	}
	if format == "ZIP" {
		name = st.uuid()
	}
	c, err := columnar.NewCompressor(format, name)
	if err != nil {
		panic("firehose: " + err.Error()) // the format was checked
	}
	for i := range records {
		c.Write(records[i].Data)
	}
	f.Data = c.Finish()
	return f, nil
}

// convert makes a file of Parquet by the table of Glue that a configuration names.
// Source: Developer Guide, "Convert input data format"; what fails is said as records in error places show it, and the catalog's own
// errors under its codes.
func (s *Service) convert(st *Stream, config Doc, records []Record) (data []byte, failed []Record) {
	schema, region := config.Doc("SchemaConfiguration"), config.Text("SchemaConfiguration.Region")
	catalog := schema.Text("CatalogId")
	if catalog == "" {
		catalog = s.cfg.Account
	}
	if region == "" {
		region = s.cfg.Region
	}
	version := schema.Text("VersionId")
	if version == "" {
		version = "LATEST"
	}
	more := Doc{"dataCatalogTable": Doc{"catalogId": catalog, "databaseName": schema.Text("DatabaseName"), "tableName": schema.Text("TableName"), "region": region, "versionId": version,
		"catalogArn": "arn:aws:glue:" + region + ":" + catalog + ":catalog"}}
	fail := func(r Record, why *columnar.Failure) {
		r.Fate, r.Why = Failed, &Failure{Type: "format-conversion-failed", Code: why.Code, Message: why.Message, Attempts: 1, More: more}
		failed = append(failed, r)
	}
	var converter *columnar.Converter
	table, why := s.table(st, schema)
	if why == nil {
		var columns []columnar.Column
		if columns, why = columnar.Schema(table.Columns...); why == nil {
			converter = columnar.NewConverter(columns, serde(config.Doc("InputFormatConfiguration.Deserializer")), parquet(config.Doc("OutputFormatConfiguration.Serializer.ParquetSerDe")))
		}
	}
	converted := int64(0)
	for _, r := range records {
		reason := why
		if converter != nil {
			reason = converter.Add(r.Data)
		}
		if reason != nil {
			fail(r, reason)
			continue
		}
		converted += int64(len(r.Data))
	}
	s.count(st, "SucceedConversion.Records", float64(len(records)-len(failed)))
	s.count(st, "SucceedConversion.Bytes", float64(converted))
	s.count(st, "FailedConversion.Records", float64(len(failed)))
	s.count(st, "FailedConversion.Bytes", float64(sizeOf(failed)))
	if converter == nil || len(failed) == len(records) {
		return nil, failed
	}
	return converter.Finish(), failed
}

// table reads the table that a schema names.
func (s *Service) table(st *Stream, schema Doc) (GlueTable, *columnar.Failure) {
	if s.w.Table == nil {
		return GlueTable{}, &columnar.Failure{Code: "DataFormatConversion.EntityNotFoundException", Message: "This world has no tables of AWS Glue."}
	}
	table, err := s.w.Table(s.roleOf(st, schema), schema.Text("DatabaseName"), schema.Text("TableName"), schema.Text("VersionId"))
	if err != nil {
		code, message, _ := strings.Cut(err.Error(), ": ")
		return GlueTable{}, &columnar.Failure{Code: "DataFormatConversion." + code, Message: message}
	}
	return table, nil
}

func serde(config Doc) columnar.SerDe {
	if config.Has("HiveJsonSerDe") {
		return columnar.SerDe{Hive: true, TimestampFormats: config.Texts("HiveJsonSerDe.TimestampFormats")}
	}
	x := config.Doc("OpenXJsonSerDe")
	d := columnar.SerDe{CaseSensitive: x.Has("CaseInsensitive") && !x.True("CaseInsensitive"), Dots: x.True("ConvertDotsInJsonKeysToUnderscores")}
	keys := x.Doc("ColumnToJsonKeyMappings")
	for _, column := range sortedKeys(keys) {
		d.Keys = append(d.Keys, column, keys.Text(column))
	}
	return d
}

func parquet(config Doc) columnar.Output {
	out := columnar.Parquet()
	if c := config.Text("Compression"); c != "" {
		out.Compression = c
	}
	out.Dictionary, out.V2 = config.True("EnableDictionaryCompression"), config.Text("WriterVersion") == "V2"
	out.BlockBytes = int(config.Int("BlockSizeBytes", columnar.DefaultBlockBytes))
	out.PageBytes = int(config.Int("PageSizeBytes", columnar.DefaultPageBytes))
	out.Padding = int(config.Int("MaxPaddingBytes", 0))
	return out
}
