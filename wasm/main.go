// Command wasm is the stream engine: one loop that takes a message in, lets the lab live, and gives frames out.
//
// In the browser (GOOS=js) it is engine.wasm: it runs in a Web Worker, messages are strings, the wall clock is the
// browser's, and it gives the event loop its turn every few milliseconds. Natively it is the same loop over standard input
// and output, one message a line, with a wall clock that only moves when it is told to; or it replays a log and prints
// the hash of the state, which is the same on both.
//
// The loop itself ([loop]) knows neither: clock, yield and way out are handed in.
package main

func main() { host() }
