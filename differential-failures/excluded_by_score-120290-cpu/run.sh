#!/bin/sh
cd "$(dirname "$0")"
sattn-run ./case.mlir --pipeline=sattn-to-cpu --input=@./in0.npy --input=@./in1.npy --input=@./in2.npy --input=@./in3.npy --input=@./in4.npy --output=@./out0.npy
