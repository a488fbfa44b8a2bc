// RUN: sattn-opt %s --sattn-tile-attention --canonicalize --cse | FileCheck %s

// Batch axes behind the axes of the tile: dropping them in the slice itself would
// let canonicalization drop the unit axis e instead and swap the extents.
// CHECK-LABEL: func.func @trailing_batch(
// CHECK: scf.forall
// CHECK: %[[V:.+]] = tensor.extract_slice %{{.+}} : tensor<1x?x?x?xf32> to tensor<1x?x1x1xf32>
// CHECK: tensor.collapse_shape %[[V]] {{\[\[}}0], [1, 2, 3]] : tensor<1x?x1x1xf32> into tensor<1x?xf32>
// CHECK: sattn.finalize
// CHECK: %[[E:.+]] = tensor.expand_shape %{{.+}} {{\[\[}}0], [1, 2, 3]]{{.*}} into tensor<1x?x1x1xf32>
// CHECK: tensor.parallel_insert_slice %[[E]]
func.func @trailing_batch(%q: tensor<?x?x?x4xf32>, %k: tensor<?x?x?x4xf32>, %v: tensor<1x?x?x?xf32>, %o: tensor<1x?x?x?xf32>) -> tensor<1x?x?x?xf32> {
  %r = sattn.attention query(%q : tensor<?x?x?x4xf32>) key(%k : tensor<?x?x?x4xf32>) value(%v : tensor<1x?x?x?xf32>) scale 0.5
         tiling <query = 16, key = 32> outs(%o : tensor<1x?x?x?xf32>) dims(b h m r, b h n r, e n b h -> e m b h) -> tensor<1x?x?x?xf32>
  return %r : tensor<1x?x?x?xf32>
}

// The layouts that models use lose their axes in one step.
// CHECK-LABEL: func.func @tokens_before_heads(
// CHECK-NOT: tensor.collapse_shape
// CHECK: sattn.finalize
// CHECK-NOT: tensor.expand_shape
// CHECK: return
func.func @tokens_before_heads(%q: tensor<2x?x8x64xf32>, %o: tensor<2x?x8x64xf32>) -> tensor<2x?x8x64xf32> {
  %r = sattn.attention query(%q : tensor<2x?x8x64xf32>) key(%q : tensor<2x?x8x64xf32>) value(%q : tensor<2x?x8x64xf32>) scale 0.5
         tiling <query = 16, key = 32> outs(%o : tensor<2x?x8x64xf32>) dims(b m h r, b n h r, b n h e -> b m h e) -> tensor<2x?x8x64xf32>
  return %r : tensor<2x?x8x64xf32>
}
