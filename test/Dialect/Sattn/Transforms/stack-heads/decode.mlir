// RUN: sattn-opt %s --sattn-stack-heads | FileCheck %s

!q = tensor<?x2x4x1x64xf32>
!k = tensor<?x2x?x64xf32>
!l = tensor<?x2x4x1xf32>

// The four heads of a group take the label of queries.
// CHECK-LABEL: func.func @grouped(
// CHECK: sattn.attention
// CHECK-SAME: dims(b h m g r, b h n r, b h n e -> b h m g e)
func.func @grouped(%q: !q, %k: !k, %v: !k, %o: !q) -> !q {
  %r = sattn.attention query(%q : !q) key(%k : !k) value(%v : !k) scale 0.125 outs(%o : !q)
         dims(b h g m r, b h n r, b h n e -> b h g m e) -> !q
  return %r : !q
}

// So do heads of unknown number; tile sizes are chosen for few.
// CHECK-LABEL: func.func @dynamic(
// CHECK: sattn.attention
// CHECK-SAME: dims(b h m g r, b h n r, b h n e -> b h m g e)
// CHECK-SAME: sattn.few_queries
func.func @dynamic(%q: tensor<?x?x?x1x64xf32>, %k: tensor<?x?x?x64xf32>, %o: tensor<?x?x?x1x64xf32>) -> tensor<?x?x?x1x64xf32> {
  %r = sattn.attention query(%q : tensor<?x?x?x1x64xf32>) key(%k : tensor<?x?x?x64xf32>) value(%k : tensor<?x?x?x64xf32>) scale 0.125
         outs(%o : tensor<?x?x?x1x64xf32>) dims(b h g m r, b h n r, b h n e -> b h g m e) -> tensor<?x?x?x1x64xf32>
  return %r : tensor<?x?x?x1x64xf32>
}

// The window of the query at %i lets keys up to %i + 3 through; a limit may be less.
// CHECK-LABEL: func.func @window(
// CHECK-SAME: %[[I:[^:]+]]: index, %[[LIMIT:[^:]+]]: index
// CHECK: %[[C4:.+]] = arith.constant 4 : index
// CHECK: %[[END:.+]] = arith.addi %[[I]], %[[C4]]
// CHECK: %[[LEAST:.+]] = arith.minsi %[[LIMIT]], %[[END]]
// CHECK: sattn.attention
// CHECK-NOT: window
// CHECK-SAME: key_limit(%[[LEAST]] : index)
func.func @window(%q: !q, %k: !k, %v: !k, %o: !q, %i: index, %limit: index) -> !q {
  %r = sattn.attention query(%q : !q) key(%k : !k) value(%v : !k) scale 0.125 window <*, 3>
         query_offset(%i : index) key_limit(%limit : index) outs(%o : !q)
         dims(b h g m r, b h n r, b h n e -> b h g m e) -> !q
  return %r : !q
}

// Masks, score operands and the log-sum-exp keep the axes that they have.
// CHECK-LABEL: func.func @operands(
// CHECK: dims(b h m g r, b h n r, b h n e, b g n, h m -> b h m g e)
func.func @operands(%q: !q, %k: !k, %v: !k, %o: !q, %lse: !l, %mask: tensor<?x1x?xi1>, %bias: tensor<2x4xf32>) -> (!q, !l) {
  %r:2 = sattn.attention query(%q : !q) key(%k : !k) value(%v : !k) scale 0.125 mask(%mask : tensor<?x1x?xi1>)
           score(%bias : tensor<2x4xf32>) {
           ^bb0(%s: f32, %x: index, %y: index, %b: f32):
             %t = arith.addf %s, %b : f32
             sattn.yield %t : f32
           } outs(%o, %lse : !q, !l) dims(b h g m r, b h n r, b h n e, b m n, h g -> b h g m e) -> !q, !l
  return %r#0, %r#1 : !q, !l
}

// Whatever the order of axes is.
// CHECK-LABEL: func.func @order(
// CHECK: dims(m h r b, h n r, n e -> e b h m)
func.func @order(%q: tensor<4x2x64x1xf32>, %k: tensor<2x?x64xf32>, %v: tensor<?x8xf32>, %o: tensor<8x1x2x4xf32>) -> tensor<8x1x2x4xf32> {
  %r = sattn.attention query(%q : tensor<4x2x64x1xf32>) key(%k : tensor<2x?x64xf32>) value(%v : tensor<?x8xf32>) scale 0.125
         outs(%o : tensor<8x1x2x4xf32>) dims(h b r m, b n r, n e -> e m b h) -> tensor<8x1x2x4xf32>
  return %r : tensor<8x1x2x4xf32>
}

// Heads with keys of their own are left alone, and many queries, or perhaps many.
// CHECK-LABEL: func.func @plain(
// CHECK: sattn.attention
// CHECK-NOT: dims
// CHECK: return
func.func @plain(%q: tensor<8x1x64xf32>, %k: tensor<8x?x64xf32>) -> tensor<8x1x64xf32> {
  %r = sattn.attention query(%q : tensor<8x1x64xf32>) key(%k : tensor<8x?x64xf32>) value(%k : tensor<8x?x64xf32>) scale 0.125
         outs(%q : tensor<8x1x64xf32>) -> tensor<8x1x64xf32>
  return %r : tensor<8x1x64xf32>
}

// CHECK-LABEL: func.func @prefill(
// CHECK: dims(b m r, n r, n e -> b m e)
func.func @prefill(%q: tensor<8x?x64xf32>, %k: tensor<?x64xf32>) -> tensor<8x?x64xf32> {
  %r = sattn.attention query(%q : tensor<8x?x64xf32>) key(%k : tensor<?x64xf32>) value(%k : tensor<?x64xf32>) scale 0.125
         outs(%q : tensor<8x?x64xf32>) dims(b m r, n r, n e -> b m e) -> tensor<8x?x64xf32>
  return %r : tensor<8x?x64xf32>
}
