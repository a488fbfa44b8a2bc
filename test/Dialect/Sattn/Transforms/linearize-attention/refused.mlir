// RUN: sattn-opt %s --sattn-linearize-attention="report force" --verify-diagnostics | FileCheck %s

!t = tensor<?x64xf32>
!l = tensor<?xf32>

// What cannot be rewritten stays as it is, and the remark says why.
// CHECK-LABEL: func.func @refused(
// CHECK-NOT: scf.
// CHECK-COUNT-10: sattn.attention
// CHECK-NOT: sattn.attention
// CHECK: return
func.func @refused(%q: !t, %k: !t, %v: !t, %init: !t, %lse: !l, %mask: tensor<?x?xi1>, %limit: index) -> (!t, !t) {
  // No remark: nobody expects softmax to be linear.
  %softmax = sattn.attention query(%q : !t) key(%k : !t) value(%v : !t) scale 0.125 outs(%init : !t) -> !t
  // expected-remark @+1 {{(Q K^T) V stays: pairs are dropped by data}}
  %0 = sattn.attention query(%softmax : !t) key(%k : !t) value(%v : !t) scale 0.125 mask(%mask : tensor<?x?xi1>) link identity outs(%init : !t) -> !t
  // expected-remark @+1 {{pairs are dropped by data}}
  %1 = sattn.attention query(%0 : !t) key(%k : !t) value(%v : !t) scale 0.125 key_limit(%limit : index) link linear outs(%init : !t) -> !t
  // expected-remark @+1 {{its window is not the causal one}}
  %2 = sattn.attention query(%1 : !t) key(%k : !t) value(%v : !t) scale 0.125 window <256, 0> link linear outs(%init : !t) -> !t
  // expected-remark @+1 {{its positions do not start at 0}}
  %3 = sattn.attention query(%2 : !t) key(%k : !t) value(%v : !t) scale 0.125 window <*, 0> query_offset(%limit : index) link identity outs(%init : !t) -> !t
  // expected-remark @+1 {{its log-sum-exp is asked for}}
  %4:2 = sattn.attention query(%3 : !t) key(%k : !t) value(%v : !t) scale 0.125 link linear outs(%init, %lse : !t, !l) -> !t, !l
  // expected-remark @+1 {{its tiling is given}}
  %5 = sattn.attention query(%4#0 : !t) key(%k : !t) value(%v : !t) scale 0.125 link identity tiling #sattn.tiling<query = 16, key = 16> outs(%init : !t) -> !t
  // expected-remark @+1 {{its levels are not aligned blocks}}
  %6 = sattn.attention query(%5 : !t) key(%k : !t) value(%v : !t) scale 0.125 structure #sattn.bands<ranks = [32, 32], widths = [*, 64]> link identity outs(%init : !t) -> !t
  // expected-remark @+1 {{no chunk of 8 to 128 rows fits its blocks}}
  %7 = sattn.attention query(%6 : !t) key(%k : !t) value(%v : !t) scale 0.125 structure #sattn.levels<ranks = [32, 32], blocks = [*, 257]> link identity outs(%init : !t) -> !t
  // expected-remark @+1 {{it has a score region}}
  %8 = sattn.attention query(%7 : !t) key(%k : !t) value(%v : !t) scale 0.125 link identity score {
  ^bb0(%score: f32, %i: index, %j: index):
    %square = arith.mulf %score, %score : f32
    sattn.yield %square : f32
  } outs(%init : !t) -> !t
  return %8, %4#0 : !t, !t
}
