//go:build !go1.23

package main

import "time"

func coroutines(until time.Time) { time.Sleep(time.Until(until)) }
