// Genreal writes an execution trace of a program that does a little of everything: goroutines, channels,
// select, locks, timers, the network, system calls, coroutines, garbage collection, tasks, regions, logs.
//
//	genreal FILE [milliseconds]
package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"runtime"
	"runtime/debug"
	"runtime/pprof"
	"runtime/trace"
	"strconv"
	"sync"
	"time"
)

var sink []byte

// garbage allocates while the collector marks, so that there are assists, sweeps and stopped worlds.
func garbage(until time.Time) {
	keep := make([][]byte, 256)
	for i := 0; time.Now().Before(until); i++ {
		keep[i%len(keep)] = make([]byte, 8<<10)
		sink = keep[i%len(keep)]
	}
}

func channels(until time.Time) {
	request, reply := make(chan int), make(chan int, 4)
	go func() {
		for n := range request {
			reply <- n + 1
		}
		close(reply)
	}()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for time.Now().Before(until) {
		select {
		case request <- 1:
		case <-reply:
		case <-tick.C:
		}
	}
	close(request)
	for range reply {
	}
}

func locks(until time.Time) {
	var mu sync.Mutex
	var wg sync.WaitGroup
	for range 4 {
		wg.Add(1)
		go func() {
			defer wg.Done()
			for time.Now().Before(until) {
				mu.Lock()
				time.Sleep(50 * time.Microsecond)
				mu.Unlock()
				runtime.Gosched()
			}
		}()
	}
	wg.Wait()
}

func network(until time.Time) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return // no network here: the trace does without
	}
	defer listener.Close()
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go io.Copy(conn, conn)
		}
	}()
	conn, err := net.Dial("tcp", listener.Addr().String())
	if err != nil {
		return
	}
	defer conn.Close()
	buffer := make([]byte, 64)
	for time.Now().Before(until) {
		conn.Write(buffer)
		io.ReadFull(conn, buffer)
	}
}

func syscalls(until time.Time) {
	for time.Now().Before(until) {
		os.ReadFile("/proc/self/stat")
		exec.Command("/bin/true").Run()
	}
}

func annotations(until time.Time) {
	for i := 0; time.Now().Before(until); i++ {
		ctx, task := trace.NewTask(context.Background(), "request")
		trace.WithRegion(ctx, "outer", func() {
			trace.Log(ctx, "number", strconv.Itoa(i))
			_, child := trace.NewTask(ctx, "child")
			region := trace.StartRegion(ctx, "inner")
			time.Sleep(100 * time.Microsecond)
			region.End()
			child.End()
		})
		task.End()
	}
}

func main() {
	if len(os.Args) < 2 {
		fmt.Fprintln(os.Stderr, "usage: genreal FILE [milliseconds]")
		os.Exit(2)
	}
	length := 300 * time.Millisecond
	if len(os.Args) > 2 {
		ms, _ := strconv.Atoi(os.Args[2])
		length = time.Duration(ms) * time.Millisecond
	}
	file, err := os.Create(os.Args[1])
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	debug.SetGCPercent(20)
	pprof.StartCPUProfile(io.Discard) // its samples go into the trace
	if err := trace.Start(file); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	until := time.Now().Add(length)
	var wg sync.WaitGroup
	for _, work := range []func(time.Time){garbage, channels, locks, network, syscalls, coroutines, annotations} {
		wg.Add(1)
		go func() {
			defer wg.Done()
			work(until)
		}()
	}
	wg.Wait()
	runtime.GOMAXPROCS(runtime.GOMAXPROCS(0) + 1)
	runtime.GC()
	trace.Stop()
	pprof.StopCPUProfile()
	file.Close()
}
