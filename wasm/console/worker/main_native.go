//go:build !js

package main

import (
	"fmt"
	"os"
)

func serve() {
	fmt.Fprintln(os.Stderr, "console.wasm runs in a Web Worker: build it with GOOS=js GOARCH=wasm")
	os.Exit(2)
}
