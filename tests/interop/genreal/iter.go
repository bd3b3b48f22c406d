//go:build go1.23

package main

import (
	"iter"
	"time"
)

// coroutines hands over between goroutines without the scheduler.
func coroutines(until time.Time) {
	for time.Now().Before(until) {
		next, stop := iter.Pull(func(yield func(int) bool) {
			for i := 0; yield(i); i++ {
			}
		})
		for range 20 {
			next()
		}
		stop()
		time.Sleep(time.Millisecond)
	}
}
