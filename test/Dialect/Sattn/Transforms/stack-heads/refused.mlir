// RUN: sattn-opt %s --sattn-stack-heads --verify-diagnostics | FileCheck %s

!q = tensor<8x1x64xf32>
!k = tensor<?x64xf32>
// CHECK-LABEL: func.func @structure(
// CHECK: dims(b m r, n r, n e -> b m e)
func.func @structure(%q: !q, %k: !k, %o: !q, %i: index) -> !q {
  // expected-remark@+1 {{[sattn-stack-heads] keys and values are read once per head (its structure depends on the position of the query)}}
  %r = sattn.attention query(%q : !q) key(%k : !k) value(%k : !k) scale 0.125 structure #sattn.levels<ranks = [32, 32], blocks = [*, 16]>
         query_offset(%i : index) outs(%o : !q) dims(b m r, n r, n e -> b m e) -> !q
  return %r : !q
}

// CHECK-LABEL: func.func @left(
// CHECK: window <128, 0>
func.func @left(%q: !q, %k: !k, %o: !q, %i: index) -> !q {
  // expected-remark@+1 {{(its window is bounded on the left)}}
  %r = sattn.attention query(%q : !q) key(%k : !k) value(%k : !k) scale 0.125 window <128, 0>
         query_offset(%i : index) outs(%o : !q) dims(b m r, n r, n e -> b m e) -> !q
  return %r : !q
}

// CHECK-LABEL: func.func @position(
func.func @position(%q: !q, %k: !k, %o: !q, %i: index) -> !q {
  // expected-remark@+1 {{(its score region uses the position of the query)}}
  %r = sattn.attention query(%q : !q) key(%k : !k) value(%k : !k) scale 0.125
         query_offset(%i : index) score {
         ^bb0(%s: f32, %x: index, %y: index):
           %d = arith.subi %x, %y : index
           %z = arith.index_cast %d : index to i32
           %f = arith.sitofp %z : i32 to f32
           %t = arith.addf %s, %f : f32
           sattn.yield %t : f32
         } outs(%o : !q) dims(b m r, n r, n e -> b m e) -> !q
  return %r : !q
}

// Positions per head.
// CHECK-LABEL: func.func @limits(
func.func @limits(%q: !q, %k: !k, %o: !q, %limits: tensor<8xindex>) -> !q {
  // expected-remark@+1 {{(its heads have positions)}}
  %r = sattn.attention query(%q : !q) key(%k : !k) value(%k : !k) scale 0.125
         key_limit(%limits : tensor<8xindex>) outs(%o : !q) dims(b m r, n r, n e -> b m e) -> !q
  return %r : !q
}

// CHECK-LABEL: func.func @speculate(
// CHECK: dims(b m r, n r, n e -> b m e)
func.func @speculate(%q: tensor<8x4x64xf32>, %k: !k) -> tensor<8x4x64xf32> {
  // expected-remark@+1 {{(it has several queries)}}
  %r = sattn.attention query(%q : tensor<8x4x64xf32>) key(%k : !k) value(%k : !k) scale 0.125
         outs(%q : tensor<8x4x64xf32>) dims(b m r, n r, n e -> b m e) -> tensor<8x4x64xf32>
  return %r : tensor<8x4x64xf32>
}
