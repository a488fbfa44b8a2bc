// A kernel that runs out of memory is an error, not a crash.

// RUN: sattn-run %s --pipeline='%lower' --input=1000 | FileCheck %s
// CHECK: result #0: f32 = 2
// RUN: not sattn-run %s --pipeline='%lower' --input=1152921504606846976 2>&1 | FileCheck %s --check-prefix=MEMORY
// MEMORY: error: out of memory: the kernel asked for 46116860184273{{[0-9]+}} bytes{{$}}
// MEMORY-NOT: error

func.func @big(%n: index) -> f32 {
  %c0 = arith.constant 0 : index
  %two = arith.constant 2.0 : f32
  %empty = tensor.empty(%n) : tensor<?xf32>
  %full = linalg.fill ins(%two : f32) outs(%empty : tensor<?xf32>) -> tensor<?xf32>
  %first = tensor.extract %full[%c0] : tensor<?xf32>
  return %first : f32
}
