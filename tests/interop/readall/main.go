// Readall reads traces with Go's own reader and prints one line for each:
//
//	FILE events=N last=NS ok
//	FILE events=N last=NS ok, but NN bytes are left
//	FILE events=N last=NS error: TEXT
//
// Sync events are not counted: readers place them differently around errors. The text of an error is cut
// at its first line. File names come from the command line, or one a line from the standard input.
package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/exp/trace"
)

type result struct {
	events int
	last   trace.Time
	left   int64 // bytes that were not read
	err    error
}

func read(name string) (r result) {
	defer func() {
		if p := recover(); p != nil {
			r.err = fmt.Errorf("panic: %v", p)
		}
	}()
	file, err := os.Open(name)
	if err != nil {
		return result{err: err}
	}
	defer file.Close()
	buffered := bufio.NewReader(file)
	reader, err := trace.NewReader(buffered)
	if err != nil {
		return result{err: err}
	}
	for {
		event, err := reader.ReadEvent()
		if err == io.EOF {
			r.left, _ = io.Copy(io.Discard, buffered)
			return r
		}
		if err != nil {
			r.err = err
			return r
		}
		r.last = event.Time()
		if event.Kind() != trace.EventSync {
			r.events++
		}
	}
}

func report(name string) {
	r := read(name)
	fmt.Printf("%s events=%d last=%d ", name, r.events, r.last)
	switch {
	case r.err != nil:
		text, _, _ := strings.Cut(r.err.Error(), "\n")
		fmt.Println("error:", text)
	case r.left > 0:
		fmt.Println("ok, but", r.left, "bytes are left")
	default:
		fmt.Println("ok")
	}
}

func main() {
	for _, name := range os.Args[1:] {
		report(name)
	}
	if len(os.Args) == 1 {
		names := bufio.NewScanner(os.Stdin)
		for names.Scan() {
			report(names.Text())
		}
	}
}
