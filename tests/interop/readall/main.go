// Readall reads traces with Go's own reader and prints one line for each:
//
//	FILE events=N last=NS ok
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

func read(name string) (events int, last trace.Time, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v", p)
		}
	}()
	file, err := os.Open(name)
	if err != nil {
		return 0, 0, err
	}
	defer file.Close()
	reader, err := trace.NewReader(bufio.NewReader(file))
	if err != nil {
		return 0, 0, err
	}
	for {
		event, err := reader.ReadEvent()
		if err == io.EOF {
			return events, last, nil
		}
		if err != nil {
			return events, last, err
		}
		last = event.Time()
		if event.Kind() != trace.EventSync {
			events++
		}
	}
}

func report(name string) {
	events, last, err := read(name)
	fmt.Printf("%s events=%d last=%d ", name, events, last)
	if err != nil {
		text, _, _ := strings.Cut(err.Error(), "\n")
		fmt.Println("error:", text)
	} else {
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
