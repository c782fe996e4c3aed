package firehose

import "shardlab/wasm/sink"

// FarEnd is where it delivers to, as faults name it: the kind, "s3" or one of package sink, and the name.
func (st *Stream) FarEnd() (kind, name string) {
	switch d := st.to.(type) {
	case redshift:
		return sink.Redshift, sink.At(d.config.Text("ClusterJDBCURL"))
	case indexes:
		return sink.OpenSearch, d.domain()
	case splunk:
		return sink.Splunk, sink.At(d.config.Text("HECEndpoint"))
	case endpoint:
		return sink.HTTP, sink.At(d.config.Text("EndpointConfiguration.Url"))
	case tables:
		kind, name, _ = d.where()
		return kind, name
	}
	return "s3", bucketOf(st.config)
}
