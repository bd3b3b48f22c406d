/* detect.h: the speed of race detection by itself, with few and with thousands of goroutines. */
#pragma once

/* Prints lines `detect,N,KIND ops/s VALUE`: an operation is an acquire, an access or a release. */
void bench_detect(void);
