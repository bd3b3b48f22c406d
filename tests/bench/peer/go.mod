module tracelab/bench/peer

go 1.22
