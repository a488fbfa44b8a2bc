// A pipeline written out; nothing of sattn in it.

// RUN: sattn-run %s --pipeline='%lower' --input=2x3xf32=2 --input=3x2xf32=0.5 | FileCheck %s
// CHECK: result #0: 2x2xf32 = {{\[\[3, 3\], \[3, 3\]\]}}

// RUN: not sattn-run %s --pipeline='%lower' --input=2x3xf32 --input=4x2xf32 2>&1 | FileCheck %s --check-prefix=EXTENT
// EXTENT: error: @matmul, input #1: expected axis 0 of extent 3 (as input #0, axis 1), got 4 in 4x2xf32
// EXTENT-NOT: error

// RUN: not sattn-run %s --pipeline=canonicalize --input=2x3xf32 --input=3x2xf32 2>&1 | FileCheck %s --check-prefix=LEFT
// LEFT: :[[#@LINE + 12]]:11: error: expected the pipeline to lower everything to the LLVM dialect, got 'arith.constant'
// LEFT-NOT: error

// RUN: not sattn-run %s --pipeline='canonicalize,nonsense' --input=2x3xf32 --input=3x2xf32 2>&1 | FileCheck %s --check-prefix=UNKNOWN
// UNKNOWN: error: expected a pass pipeline, got 'canonicalize,nonsense': 'nonsense' does not refer to a registered pass or pass pipeline
// UNKNOWN-NOT: error

func.func @matmul(%a: tensor<?x?xf32>, %b: tensor<?x?xf32>) -> tensor<?x?xf32> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %m = tensor.dim %a, %c0 : tensor<?x?xf32>
  %n = tensor.dim %b, %c1 : tensor<?x?xf32>
  %zero = arith.constant 0.0 : f32
  %empty = tensor.empty(%m, %n) : tensor<?x?xf32>
  %init = linalg.fill ins(%zero : f32) outs(%empty : tensor<?x?xf32>) -> tensor<?x?xf32>
  %r = linalg.matmul ins(%a, %b : tensor<?x?xf32>, tensor<?x?xf32>) outs(%init : tensor<?x?xf32>) -> tensor<?x?xf32>
  return %r : tensor<?x?xf32>
}
