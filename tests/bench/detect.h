/* detect.h: the speed of race detection by itself, with few and with thousands of goroutines. */
#pragma once

/* Prints lines `detect,GOROUTINES,LOCKS ops/s VALUE`: an operation is an acquire, a write or a release. */
void bench_detect(void);
