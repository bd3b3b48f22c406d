// The peer of tests/bench/bench.c: the same two programs on the real Go runtime, with its execution tracer
// on, and what a parked goroutine costs there. Prints the same kind of lines.
package main

import (
	"fmt"
	"io"
	"os"
	"runtime"
	"runtime/trace"
	"sync"
	"time"
)

func pair(n int) {
	ping, pong := make(chan struct{}), make(chan struct{})
	go func() {
		for range ping {
			pong <- struct{}{}
		}
	}()
	for i := 0; i < n; i++ {
		ping <- struct{}{}
		<-pong
	}
	close(ping)
}

// Each round trip blocks, unblocks and starts each side once: six scheduling events.
func pingpong(n int) float64 {
	var wg sync.WaitGroup
	start := time.Now()
	for i := 0; i < 8; i++ {
		wg.Add(1)
		go func() { defer wg.Done(); pair(n) }()
	}
	wg.Wait()
	return float64(8*n*6) / time.Since(start).Seconds()
}

func parked(n int) float64 {
	var before, after runtime.MemStats
	gate := make(chan struct{})
	runtime.GC()
	runtime.ReadMemStats(&before)
	for i := 0; i < n; i++ {
		go func() { <-gate }()
	}
	time.Sleep(100 * time.Millisecond)
	runtime.ReadMemStats(&after)
	close(gate)
	return float64(after.HeapInuse+after.StackInuse-before.HeapInuse-before.StackInuse) / float64(n)
}

func main() {
	runtime.GOMAXPROCS(1)
	fmt.Printf("pingpong events/s %.0f\n", pingpong(50000))
	if err := trace.Start(io.Discard); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Printf("pingpong,traced,detecting events/s %.0f\n", pingpong(50000))
	trace.Stop()
	fmt.Printf("parked bytes/goroutine %.0f\n", parked(100000))
}
