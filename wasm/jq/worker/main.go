// Command worker is jq.wasm: jq in a Web Worker of its own, which the engine starts when somebody first types jq. A message is a
// [jq.Call] in JSON, and its answer a [jq.Answer]; they are answered in order.
package main

func main() { serve() }
