package awsjson

import (
	"bytes"
	"reflect"
	"testing"

	"pgregory.net/rapid"

	"shardlab/wasm/kinesis"
	"shardlab/wasm/region"
)

// Law: answers written by hand are those of the library, to the byte, whatever is in them or left out.
func TestEncodeJSONIsTheLibrarys(t *testing.T) {
	for _, typ := range []reflect.Type{reflect.TypeFor[kinesis.PutRecordsOutput](), reflect.TypeFor[kinesis.GetRecordsOutput](), reflect.TypeFor[kinesis.SubscribeToShardEvent](), reflect.TypeFor[kinesis.ListStreamsOutput]()} {
		t.Run(typ.Name(), func(t *testing.T) {
			check := func(t interface{ Fatalf(string, ...any) }, out any) {
				want, err := region.Encode(out)
				if err != nil {
					t.Fatalf("%v", err)
				}
				if got := encodeJSON(out); !bytes.Equal(got, want) {
					t.Fatalf("it is\n%s, want\n%s", got, want)
				}
			}
			check(t, reflect.New(typ).Interface())
			rapid.Check(t, func(t *rapid.T) {
				out := reflect.New(typ)
				fill(t, out.Elem())
				check(t, out.Interface())
			})
		})
	}
}
