// Command worker is console.wasm: the console in a Web Worker of its own, which the engine starts when somebody first uses it. It
// speaks the messages of package terminal.
package main

func main() { serve() }
