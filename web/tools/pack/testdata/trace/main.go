// Command trace does what a Go program needs its tables of functions for, tells how it went, and ends as its argument says.
package main

import (
	"errors"
	"fmt"
	"os"
	"reflect"
	"runtime"
	"runtime/debug"
	"sort"
	"strings"
	"sync"
)

func main() {
	callers()
	recovered()
	deferred()
	deep()
	collected()
	reflected()
	routines()
	switch os.Args[1] {
	case "panic":
		defer fmt.Println("deferred by main")
		outer([]int{1, 2, 3}, 7)
	case "wrapped":
		defer func() { panic(fmt.Errorf("again: %v", recover())) }()
		var m map[string]int
		m["x"] = 1
	case "overflow":
		debug.SetMaxStack(1 << 18)
		fmt.Println(endless(1))
	case "deadlock":
		<-make(chan int)
	case "goroutine":
		go outer(nil, 0)
		runtime.Gosched()
		select {}
	}
}

// callers names the functions that call, inlined ones included.
func callers() {
	for skip := range 4 {
		fmt.Println("callers", skip, names(skip))
	}
	one(func() { fmt.Println("closure", names(0)) })
	fmt.Println("function", runtime.FuncForPC(reflect.ValueOf(outer).Pointer()).Name())
	fmt.Println("method", runtime.FuncForPC(reflect.ValueOf(shape.area).Pointer()).Name())
	_, _, _, ok := runtime.Caller(1)
	fmt.Println("caller", ok)
	fmt.Println("stack", functions(string(debug.Stack())))
}

func names(skip int) string {
	pcs := make([]uintptr, 32)
	frames := runtime.CallersFrames(pcs[:runtime.Callers(skip, pcs)])
	var all []string
	for {
		f, more := frames.Next()
		all = append(all, f.Function)
		if !more {
			return strings.Join(all, " < ")
		}
	}
}

func one(f func()) { two(f) }
func two(f func()) { three(f) }

//go:noinline
func three(f func()) { f() }

// functions keeps of a stack trace the lines that name functions.
func functions(stack string) string {
	var all []string
	for line := range strings.Lines(stack) {
		if name, _, ok := strings.Cut(line, "("); ok && !strings.HasPrefix(line, "\t") {
			all = append(all, name)
		}
	}
	return strings.Join(all, " < ")
}

//go:noinline
func outer(list []int, i int) int { return middle(list, i) + 1 }

func middle(list []int, i int) int { return inner(list, i) + 1 }

func inner(list []int, i int) int { return list[i] }

// recovered panics in every way and goes on.
func recovered() {
	for i, f := range []func(){
		func() { outer([]int{1}, 5) },
		func() { var p *square; fmt.Println(p.side) },
		func() { var m map[string]int; m["x"] = 1 },
		func() { var s shape; s.area() },
		func() { var a any = "text"; fmt.Println(a.(int)) },
		func() { zero := 0; fmt.Println(1 / zero) },
		func() { panic(errors.New("an error")) },
		func() { defer func() { panic("second") }(); panic("first") },
		func() { close((chan int)(nil)) },
	} {
		func() {
			defer func() { fmt.Println("recovered", i, recover(), functions(string(debug.Stack()))) }()
			f()
		}()
	}
}

// deferred runs open-coded defers, defers in a loop and a Goexit.
func deferred() {
	var order []string
	func() {
		defer func() { order = append(order, "last") }()
		for i := range 3 {
			defer func() { order = append(order, fmt.Sprint(i)) }()
		}
		if len(order) == 0 {
			defer func() { order = append(order, "first") }()
		}
	}()
	done := make(chan bool)
	go func() {
		defer close(done)
		defer func() { order = append(order, "exit") }()
		runtime.Goexit()
	}()
	<-done
	fmt.Println("deferred", order)
}

// deep makes a stack grow while pointers into it live, and walks it.
func deep() {
	total := 0
	fmt.Println("deep", recursion(20_000, &total), total)
}

func recursion(n int, total *int) int {
	here := [4]int{n, n, n, n}
	if n == 0 {
		runtime.GC()
		return len(names(0))
	}
	length := recursion(n-1, &here[n%4])
	*total += here[n%4] + 1
	return length
}

type node struct {
	left, right *node
	text        string
}

// collected builds and drops trees while the collector runs.
func collected() {
	defer debug.SetGCPercent(debug.SetGCPercent(5))
	sum := 0
	for round := range 10 {
		sum += count(tree(10, fmt.Sprint(round)))
	}
	freed := false
	for range 100 {
		if freed {
			break
		}
		p := &node{text: strings.Repeat("x", 100)}
		runtime.SetFinalizer(p, func(*node) { freed = true })
		p = nil
		runtime.GC()
		runtime.Gosched()
	}
	fmt.Println("collected", sum, freed)
}

func tree(depth int, text string) *node {
	if depth == 0 {
		return &node{text: text + "leaf"}
	}
	return &node{tree(depth-1, text), tree(depth-1, text), text + fmt.Sprint(depth)}
}

func count(n *node) int {
	if n == nil {
		return 0
	}
	return len(n.text) + count(n.left) + count(n.right)
}

type shape interface{ area() int }

type square struct{ side int }

func (s square) area() int { return s.side * s.side }

// Scaled is called by its name.
func (s square) Scaled(by int) (square, string) { return square{s.side * by}, names(0) }

// reflected calls what is known by name alone.
func reflected() {
	out := reflect.ValueOf(square{3}).MethodByName("Scaled").Call([]reflect.Value{reflect.ValueOf(4)})
	fmt.Println("reflected", out[0].Interface().(square).area(), out[1])
	swap := reflect.MakeFunc(reflect.TypeOf(func(int, string) (string, int) { return "", 0 }), func(in []reflect.Value) []reflect.Value {
		return []reflect.Value{in[1], in[0]}
	}).Interface().(func(int, string) (string, int))
	text, number := swap(1, "one")
	fmt.Println("made", text, number)
}

// routines let many goroutines grow their stacks while the collector runs, and lists those that wait.
func routines() {
	var wg sync.WaitGroup
	sums := make([]int, 50)
	for i := range sums {
		wg.Go(func() {
			for range 5 {
				recursion(200+i, &sums[i])
				runtime.Gosched()
			}
		})
	}
	wg.Wait()
	sort.Ints(sums)
	fmt.Println("routines", sums)
	stop := make(chan bool)
	for range 3 {
		go func() { <-stop }()
	}
	runtime.Gosched()
	all := make([]byte, 1<<16)
	fmt.Println("waiting", strings.Count(string(all[:runtime.Stack(all, true)]), "main.routines.func"))
	close(stop)
}

func endless(n int) int { return endless(n+1) + n }
