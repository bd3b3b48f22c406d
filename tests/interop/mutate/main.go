// Mutate damages traces: the same seed gives the same files, OUT/00000.trace and so on.
//
//	mutate OUT COUNT SEED FILE...
package main

import (
	"fmt"
	"math/rand"
	"os"
	"path/filepath"
	"slices"
	"strconv"
)

func some(r *rand.Rand, n, below int) []byte {
	bytes := make([]byte, n)
	for i := range bytes {
		bytes[i] = byte(r.Intn(below))
	}
	return bytes
}

// damage changes one thing in the data, which is not empty.
func damage(r *rand.Rand, data []byte) []byte {
	at := r.Intn(len(data))
	to := min(at+1+r.Intn(8), len(data))
	switch r.Intn(8) {
	case 0:
		data[at] ^= 1 << r.Intn(8)
	case 1:
		data[at] = byte(r.Intn(256))
	case 2:
		data[at] = byte(r.Intn(64)) // likely an event, or a small number
	case 3:
		data[at]++
	case 4:
		data = slices.Delete(data, at, to)
	case 5:
		data = slices.Insert(data, at, some(r, to-at, 64)...)
	case 6:
		from := r.Intn(len(data))
		data = slices.Insert(data, at, slices.Clone(data[from:min(from+1+r.Intn(40), len(data))])...)
	case 7:
		data = data[:at]
	}
	return data
}

func main() {
	if len(os.Args) < 5 {
		fmt.Fprintln(os.Stderr, "usage: mutate OUT COUNT SEED FILE...")
		os.Exit(2)
	}
	count, _ := strconv.Atoi(os.Args[2])
	seed, _ := strconv.ParseInt(os.Args[3], 10, 64)
	r := rand.New(rand.NewSource(seed))
	for i := range count {
		data, err := os.ReadFile(os.Args[4+r.Intn(len(os.Args)-4)])
		for n := 1 + r.Intn(5)/2; n > 0 && len(data) > 0; n-- {
			data = damage(r, data)
		}
		if err == nil {
			err = os.WriteFile(filepath.Join(os.Args[1], fmt.Sprintf("%05d.trace", i)), data, 0o644)
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
}
