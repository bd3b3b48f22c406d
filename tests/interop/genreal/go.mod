module tracelab/interop/genreal

go 1.22.0
