// RUN: sattn-opt %s --sattn-fuse-attention | FileCheck %s

// Batch 1, heads behind the time axis, a 3-D product and a transposed result.
// CHECK-LABEL: func.func @reshaped(
// CHECK-SAME: %[[Q:[a-z0-9]+]]: tensor<1x8x3x4xf16>, %[[K:[a-z0-9]+]]: tensor<1x8x3x4xf16>, %[[V:[a-z0-9]+]]: tensor<3x8x5xf16>
// CHECK: %[[R:.+]] = sattn.attention query(%[[Q]] : tensor<1x8x3x4xf16>) key(%[[K]] : tensor<1x8x3x4xf16>)
// CHECK-SAME: value(%[[V]] : tensor<3x8x5xf16>) scale 0.5 outs(%{{[a-z0-9]+}} : tensor<1x8x3x5xf16>)
// CHECK-SAME: dims(b m h r, b n h r, h n e -> b m h e) -> tensor<1x8x3x5xf16>
// CHECK-NOT: linalg.batch_matmul
// CHECK: return
func.func @reshaped(%q: tensor<1x8x3x4xf16>, %k: tensor<1x8x3x4xf16>, %v: tensor<3x8x5xf16>) -> tensor<8x3x5xf16> {
  %zero = arith.constant 0.0 : f32
  %es = tensor.empty() : tensor<1x3x8x8xf32>
  %s = sattn.score query(%q : tensor<1x8x3x4xf16>) key(%k : tensor<1x8x3x4xf16>) scale 0.5 outs(%es : tensor<1x3x8x8xf32>)
         dims(b m h r, b n h r -> b h m n) -> tensor<1x3x8x8xf32>
  %p = linalg.softmax dimension(3) ins(%s : tensor<1x3x8x8xf32>) outs(%es : tensor<1x3x8x8xf32>) -> tensor<1x3x8x8xf32>
  %p3 = tensor.collapse_shape %p [[0, 1], [2], [3]] : tensor<1x3x8x8xf32> into tensor<3x8x8xf32>
  %eo = tensor.empty() : tensor<3x8x5xf32>
  %zo = linalg.fill ins(%zero : f32) outs(%eo : tensor<3x8x5xf32>) -> tensor<3x8x5xf32>
  %o = linalg.batch_matmul ins(%p3, %v : tensor<3x8x8xf32>, tensor<3x8x5xf16>) outs(%zo : tensor<3x8x5xf32>) -> tensor<3x8x5xf32>
  %et = tensor.empty() : tensor<8x3x5xf16>
  %t = linalg.generic {indexing_maps = [affine_map<(m, h, e) -> (h, m, e)>, affine_map<(m, h, e) -> (m, h, e)>],
                       iterator_types = ["parallel", "parallel", "parallel"]}
         ins(%o : tensor<3x8x5xf32>) outs(%et : tensor<8x3x5xf16>) {
  ^bb0(%in: f32, %out: f16):
    %c = arith.truncf %in : f32 to f16
    linalg.yield %c : f16
  } -> tensor<8x3x5xf16>
  return %t : tensor<8x3x5xf16>
}

// No batch axis, one query, an offset.
// CHECK-LABEL: func.func @one_query(
// CHECK-SAME: %[[T:[a-z0-9]+]]: index
// CHECK: sattn.attention {{.*}} window <7, 0> query_offset(%[[T]] : index) outs(
// CHECK-NOT: linalg.matmul
// CHECK: return
func.func @one_query(%q: tensor<1x4xf32>, %k: tensor<?x4xf32>, %v: tensor<?x5xf32>, %t: index, %es: tensor<1x?xf32>) -> tensor<1x5xf32> {
  %zero = arith.constant 0.0 : f32
  %s = sattn.score query(%q : tensor<1x4xf32>) key(%k : tensor<?x4xf32>) scale 0.5 window <7, 0> query_offset(%t : index) outs(%es : tensor<1x?xf32>) -> tensor<1x?xf32>
  %p = linalg.softmax dimension(1) ins(%s : tensor<1x?xf32>) outs(%es : tensor<1x?xf32>) -> tensor<1x?xf32>
  %eo = tensor.empty() : tensor<1x5xf32>
  %zo = linalg.fill ins(%zero : f32) outs(%eo : tensor<1x5xf32>) -> tensor<1x5xf32>
  %o = linalg.matmul ins(%p, %v : tensor<1x?xf32>, tensor<?x5xf32>) outs(%zo : tensor<1x5xf32>) -> tensor<1x5xf32>
  return %o : tensor<1x5xf32>
}
