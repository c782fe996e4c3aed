package region

import (
	"shardlab/wasm/firehose"
	"shardlab/wasm/iam"
)

// tableOf reads a table of the Data Catalog for a conversion, by the role of its schema.
// Source of the action: Developer Guide, "Grant Firehose access to AWS Glue for data format conversion".
func (r *Region) tableOf(as, database, table, version string) (firehose.GlueTable, error) {
	if as != "" {
		if err := r.iam.Authorize(iam.Query{As: as, Action: "glue:GetTableVersions", Resource: "arn:aws:glue:" + r.cfg.Name + ":" + r.cfg.Account + ":table/" + database + "/" + table}); err != nil {
			return firehose.GlueTable{}, err
		}
	}
	columns, of, err := r.glue.Columns(database, table, version)
	return firehose.GlueTable{Version: of, Columns: columns}, err
}
