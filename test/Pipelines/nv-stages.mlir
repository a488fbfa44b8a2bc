// Every stage of sattn-to-nvvm can be executed in the interpreter: the pipeline goes on
// from its text, and the result is that of the reference.

// REQUIRES: numpy
// RUN: %python %S/Inputs/stages.py %s %t sm_80 | FileCheck %s
// CHECK:      tilings: equal
// CHECK-NEXT: level-nest: equal
// CHECK-NEXT: fragments: equal
// CHECK-NEXT: kernels: equal
// CHECK-NEXT: nvvm: equal

// Kernels with a log-sum-exp between code of the host: a projection, a norm, a merge,
// linalg at the end.
!x = tensor<?x?x16xf16>
!l = tensor<?x?xf32>

func.func @layer(%x: !x, %right: tensor<16x16xf16>, %left: tensor<16x16xf16>, %gain: tensor<16xf16>, %v: !x) -> (!x, !l) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %b = tensor.dim %x, %c0 : !x
  %t = tensor.dim %x, %c1 : !x
  %p = sattn.project %x by #sattn.low_rank<rank = 16>(%left, %right : tensor<16x16xf16>, tensor<16x16xf16>) : !x -> !x
  %k = sattn.norm layer %p gain(%gain : tensor<16xf16>) : !x
  %o = tensor.empty(%b, %t) : !x
  %l = tensor.empty(%b, %t) : !l
  %near, %near_lse = sattn.attention query(%p : !x) key(%k : !x) value(%v : !x) scale 0.25 window <*, 0>
    outs(%o, %l : !x, !l) -> !x, !l
  %m, %lse = sattn.merge outputs(%near, %v : !x, !x) lse(%near_lse, %near_lse : !l, !l) -> !x, !l
  %r = linalg.add ins(%m, %v : !x, !x) outs(%o : !x) -> !x
  return %r, %lse : !x, !l
}
