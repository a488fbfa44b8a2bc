// Every stage of sattn-to-cpu can be executed: the pipeline goes on from its text,
// and the result is that of the reference.

// REQUIRES: numpy
// RUN: %python %S/Inputs/stages.py %s %t | FileCheck %s
// CHECK:      entries: equal
// CHECK-NEXT: tilings: equal
// CHECK-NEXT: level-nest: equal
// CHECK-NEXT: vectors: equal
// CHECK-NEXT: llvm-dialect: equal

// A model graph of every kind of op: a projection, a norm, levels with a causal
// window, a second attention with a log-sum-exp, a merge, and linalg at the end.
!x = tensor<?x?x16xf32>
!h = tensor<?x?x16xf32>
!l = tensor<?x?xf32>
#levels = #sattn.levels<ranks = [8, 8], blocks = [*, 16], scales = [0.5, 2.0], mean>

func.func @layer(%x: !x, %right: tensor<16x16xf32>, %left: tensor<16x16xf32>, %gain: tensor<16xf32>, %v: !h) -> (!h, !l) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %b = tensor.dim %x, %c0 : !x
  %t = tensor.dim %x, %c1 : !x
  %p = sattn.project %x by #sattn.low_rank<rank = 16>(%left, %right : tensor<16x16xf32>, tensor<16x16xf32>) : !x -> !h
  %k = sattn.norm layer %p gain(%gain : tensor<16xf32>) : !h
  %o = tensor.empty(%b, %t) : !h
  %l = tensor.empty(%b, %t) : !l
  %near, %near_lse = sattn.attention query(%p : !h) key(%k : !h) value(%v : !h) scale 0.25 structure #levels window <*, 0>
    outs(%o, %l : !h, !l) -> !h, !l
  %far, %far_lse = sattn.attention query(%k : !h) key(%p : !h) value(%v : !h) scale 0.125 window <5, 9>
    outs(%o, %l : !h, !l) -> !h, !l
  %m, %lse = sattn.merge outputs(%near, %far : !h, !h) lse(%near_lse, %far_lse : !l, !l) -> !h, !l
  %r = linalg.add ins(%m, %v : !h, !h) outs(%o : !h) -> !h
  return %r, %lse : !h, !l
}
