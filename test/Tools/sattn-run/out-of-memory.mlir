// A kernel that runs out of memory is an error, not a crash.

// RUN: sattn-run %s --entry=big --pipeline='%lower' --input=1000 | FileCheck %s
// CHECK: result #0: f32 = 2
// RUN: not sattn-run %s --entry=big --pipeline='%lower' --input=1152921504606846976 2>&1 | FileCheck %s --check-prefix=MEMORY
// MEMORY: error: out of memory: the kernel asked for 46116860184273{{[0-9]+}} bytes{{$}}
// MEMORY-NOT: error

// In a parallel loop, and where the number of bytes is none that a machine has.
// RUN: not sattn-run %s --entry=ragged --input=576460752303423488 2>&1 | FileCheck %s --check-prefix=PARALLEL
// PARALLEL: error: out of memory: the kernel asked for {{[0-9]+}} bytes{{$}}
// RUN: not sattn-run %s --entry=product --input=8589934592 2>&1 | FileCheck %s --check-prefix=OVERFLOW
// OVERFLOW: error: out of memory: the kernel asked for 18446744073709551615 bytes{{$}}

func.func @big(%n: index) -> f32 {
  %c0 = arith.constant 0 : index
  %two = arith.constant 2.0 : f32
  %empty = tensor.empty(%n) : tensor<?xf32>
  %full = linalg.fill ins(%two : f32) outs(%empty : tensor<?xf32>) -> tensor<?xf32>
  %first = tensor.extract %full[%c0] : tensor<?xf32>
  return %first : f32
}

func.func @ragged(%n: index) -> tensor<4xf32> {
  %one = arith.constant 1.0 : f32
  %e = tensor.empty() : tensor<4xf32>
  %r = scf.forall (%i) in (4) shared_outs(%o = %e) -> tensor<4xf32> {
    %rows = arith.addi %n, %i : index
    %t = tensor.empty(%rows) : tensor<?xf32>
    %ones = linalg.fill ins(%one : f32) outs(%t : tensor<?xf32>) -> tensor<?xf32>
    %exp = linalg.exp ins(%ones : tensor<?xf32>) outs(%ones : tensor<?xf32>) -> tensor<?xf32>
    %x = tensor.extract %exp[%i] : tensor<?xf32>
    %v = tensor.from_elements %x : tensor<1xf32>
    scf.forall.in_parallel {
      tensor.parallel_insert_slice %v into %o[%i] [1] [1] : tensor<1xf32> into tensor<4xf32>
    }
  }
  return %r : tensor<4xf32>
}

func.func @product(%n: index) -> f32 {
  %c0 = arith.constant 0 : index
  %two = arith.constant 2.0 : f32
  %empty = tensor.empty(%n, %n) : tensor<?x?xf32>
  %full = linalg.fill ins(%two : f32) outs(%empty : tensor<?x?xf32>) -> tensor<?x?xf32>
  %exp = linalg.exp ins(%full : tensor<?x?xf32>) outs(%full : tensor<?x?xf32>) -> tensor<?x?xf32>
  %first = tensor.extract %exp[%c0, %c0] : tensor<?x?xf32>
  return %first : f32
}
