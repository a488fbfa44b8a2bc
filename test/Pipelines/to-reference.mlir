// RUN: sattn-opt %s --sattn-to-reference | FileCheck %s

!q = tensor<2x?x16xf32>

// Everything is in the LLVM dialect, and nothing but libm and the C allocator is
// called: no run-time library of MLIR.
// CHECK-NOT: memrefCopy
// CHECK-NOT: unrealized_conversion_cast
// CHECK-LABEL: llvm.func @attention(
// CHECK: llvm.intr.exp
// CHECK-NOT: memrefCopy
// CHECK-NOT: unrealized_conversion_cast
// CHECK: llvm.return
func.func @attention(%q: !q, %k: !q, %v: !q, %o: !q) -> !q {
  %r = sattn.attention query(%q : !q) key(%k : !q) value(%v : !q) scale 0.125 window <*, 0> outs(%o : !q) -> !q
  return %r : !q
}
