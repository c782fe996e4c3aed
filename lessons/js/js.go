// Package js runs the JavaScript of functions natively, in goja: in tests, in the labs of lessons and wherever a server plays a
// run again. The browser runs the same [Source] in a sandbox of its own; both give the same answers, but for the words of errors
// that JavaScript itself throws, and but for what goja does not know: async generators, for await, and Intl.
package js

import (
	_ "embed"
	"errors"
	"runtime"
	"time"

	"github.com/dop251/goja"

	"shardlab/wasm/lambda"
)

// Source is what stands around a handler: one expression, as its first lines say.
//
//go:embed runtime.js
var Source string

// program is Source, read once. It never changes.
var program = goja.MustCompile("runtime.js", Source, false)

// Bounds of one invocation, of the host's time and memory; how much virtual time it takes is its own affair. An honest handler
// takes a few milliseconds; one that writes a result of 8 MB takes a second, and several on a machine that has much else to do.
// Nobody waits here as in a browser, whose bound is shorter.
const (
	wall      = 15 * time.Second
	memory    = 2 << 30 // of the heap, grown since it began; it is the whole program's, in which other labs run as well
	clean     = time.Second
	look      = 5 * time.Millisecond
	stackSize = 2000 // calls
)

// Reasons of an interrupt.
var (
	errHung   = errors.New("it does not end")
	errMemory = errors.New("it asks for more and more memory")
)

// Run is a [lambda.Runtime].
func Run(c lambda.Call) lambda.Answer { return runWithin(c, wall) }

func runWithin(c lambda.Call, bound time.Duration) lambda.Answer {
	vm := goja.New()
	vm.SetMaxCallStackSize(stackSize)
	stop := watch(vm, bound)
	defer stop()
	text, err := run(vm, string(c.JSON()))
	switch {
	case err == nil:
		return lambda.ReadAnswer(text)
	case interrupted(err, errMemory):
		return lambda.Answer{End: lambda.OutOfMem}
	case interrupted(err, errHung):
		return lambda.Answer{End: lambda.Hung}
	}
	var deep *goja.StackOverflowError
	if errors.As(err, &deep) { // which goja lets no handler catch
		const kind, message = "RangeError", "Maximum call stack size exceeded"
		return lambda.Answer{End: lambda.Threw, ErrorType: kind, ErrorMessage: message,
			Logs: []lambda.Line{{Level: "ERROR", Text: "Invoke Error \t{\"errorType\":\"" + kind + "\",\"errorMessage\":\"" + message + "\"}"}}}
	}
	return lambda.Answer{End: lambda.Threw, ErrorType: "Runtime.ExitError", ErrorMessage: err.Error()}
}

func interrupted(err, why error) bool {
	var i *goja.InterruptedError
	return errors.As(err, &i) && i.Value() == why
}

func run(vm *goja.Runtime, call string) (string, error) {
	v, err := vm.RunProgram(program)
	if err != nil {
		return "", err
	}
	host := v.ToObject(vm)
	begin, step, finish := method(host, "begin"), method(host, "step"), method(host, "finish")
	if _, err := begin(host, vm.ToValue(call)); err != nil { // promises settle when a call returns
		return "", err
	}
	for {
		more, err := step(host)
		if err != nil {
			return "", err
		}
		if !more.ToBoolean() {
			break
		}
	}
	text, err := finish(host)
	if err != nil {
		return "", err
	}
	return text.String(), nil
}

func method(host *goja.Object, name string) goja.Callable {
	f, ok := goja.AssertFunction(host.Get(name))
	if !ok {
		panic("js: the runtime has no " + name)
	}
	return f
}

// watch interrupts a machine that does not end or takes more and more memory. The function it returns ends the watching.
func watch(vm *goja.Runtime, bound time.Duration) func() {
	done := make(chan struct{})
	var before runtime.MemStats
	runtime.ReadMemStats(&before)
	go func() {
		tick := time.NewTicker(look)
		defer tick.Stop()
		begun := time.Now()
		cleaned := begun
		for n := 0; ; n++ {
			select {
			case <-done:
				return
			case <-tick.C:
			}
			if time.Since(begun) > bound {
				vm.Interrupt(errHung)
				return
			}
			if n < 10 || n%4 != 0 {
				continue // looking stops the world for a moment
			}
			var now runtime.MemStats
			if runtime.ReadMemStats(&now); now.HeapAlloc <= before.HeapAlloc+memory || time.Since(cleaned) < clean {
				continue
			}
			runtime.GC() // what others left behind does not count
			runtime.ReadMemStats(&now)
			if cleaned = time.Now(); now.HeapAlloc > before.HeapAlloc+memory {
				vm.Interrupt(errMemory)
				return
			}
		}
	}()
	return func() { close(done) }
}
