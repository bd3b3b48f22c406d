// Compare holds what our reader said of some traces against what Go's reader said.
//
//	compare OURS GOS
//
// Both must accept the same files, with as many events and the same time of the last one. Where we refuse
// on purpose what Go accepts, the refusal must be one of those below. What Go refuses must be refused.
package main

import (
	"bufio"
	"fmt"
	"os"
	"regexp"
	"strings"
)

// We are stricter than Go's reader here, and why.
var stricter = []struct{ refusal, reason string }{
	{`^truncated: (the file ends behind its header|incomplete generation)`,
		"version 26: without its end mark a generation is not complete, also if it has no event yet"},
	{`the batch ends inside the record`,
		"Go takes a table record that is cut short for the end of the trace"},
	{`the clock's frequency is 0`, "no time can be computed"},
	{`invalid status for (goroutine|proc) -?\d+: \d{3,}`, "Go looks at the low byte only"},
	{`^not-a-trace: `, "Go takes any blank, also a line end, for the blank in the header"},
}

func explained(refusal, gos string) bool {
	if strings.Contains(gos, "bytes are left") {
		return true // the cut record again: Go did not read on
	}
	for _, s := range stricter {
		if regexp.MustCompile(s.refusal).MatchString(refusal) {
			return true
		}
	}
	return false
}

func lines(name string) []string {
	file, err := os.Open(name)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	defer file.Close()
	var all []string
	scanner := bufio.NewScanner(file)
	for scanner.Scan() {
		all = append(all, scanner.Text())
	}
	return all
}

// verdict is the part of a line behind "FILE events=N last=NS ".
func verdict(line string) string {
	fields := strings.SplitN(line, " ", 4)
	return fields[len(fields)-1]
}

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: compare OURS GOS")
		os.Exit(2)
	}
	ours, gos := lines(os.Args[1]), lines(os.Args[2])
	accepted, refused, onPurpose, wrong := 0, 0, 0, 0
	for i := range max(len(ours), len(gos)) {
		if i >= len(ours) || i >= len(gos) {
			fmt.Println("not as many lines")
			wrong++
			break
		}
		a, b := verdict(ours[i]), verdict(gos[i])
		switch {
		case a == "ok" && ours[i] == gos[i]:
			accepted++
		case a != "ok" && strings.HasPrefix(b, "error: "):
			refused++
		case a != "ok" && explained(strings.TrimPrefix(a, "error: "), b):
			onPurpose++
		default:
			fmt.Printf("ours: %s\nGo's: %s\n", ours[i], gos[i])
			wrong++
		}
	}
	fmt.Printf("%d accepted by both, %d refused by both, %d refused by us on purpose, %d differ\n",
		accepted, refused, onPurpose, wrong)
	if wrong > 0 {
		os.Exit(1)
	}
}
