// RUN: sattn-opt %s -split-input-file -sattn-export-entries | FileCheck %s

// A destination that is never read becomes a tensor.empty of the argument's shape.

// CHECK-LABEL: func.func @attention(
// CHECK-SAME:    %[[Q:[a-z0-9]+]]: memref<2x?x64xf32>, %[[K:[a-z0-9]+]]: memref<2x?x64xf32>, %[[V:[a-z0-9]+]]: memref<2x?x32xf32>, %[[O:[a-z0-9]+]]: memref<2x?x32xf32>, %[[R:[a-z0-9]+]]: memref<2x?x32xf32>)
// CHECK:         %[[OT:.+]] = bufferization.to_tensor %[[O]]
// CHECK:         %[[DIM:.+]] = tensor.dim %[[OT]], %{{.+}}
// CHECK:         %[[EMPTY:.+]] = tensor.empty(%[[DIM]]) : tensor<2x?x32xf32>
// CHECK:         %[[RT:.+]] = sattn.attention {{.*}} outs(%[[EMPTY]] : tensor<2x?x32xf32>)
// CHECK:         bufferization.materialize_in_destination %[[RT]] in restrict writable %[[R]]
// CHECK-LABEL: func.func private @attention_shapes(
// CHECK-SAME:    %{{.+}}: index, %{{.+}}: index, %{{.+}}: index, %[[M:.+]]: index) -> (index, index, index)
// CHECK:         return %{{.+}}, %[[M]], %{{.+}} : index, index, index
func.func @attention(%q: tensor<2x?x64xf32>, %k: tensor<2x?x64xf32>, %v: tensor<2x?x32xf32>, %o: tensor<2x?x32xf32>) -> tensor<2x?x32xf32> {
  %c0 = arith.constant 0 : index
  %r = sattn.attention query(%q : tensor<2x?x64xf32>) key(%k : tensor<2x?x64xf32>) value(%v : tensor<2x?x32xf32>)
         scale 0.125 window <*, 0> query_offset(%c0 : index) outs(%o : tensor<2x?x32xf32>) -> tensor<2x?x32xf32>
  return %r : tensor<2x?x32xf32>
}

// -----

// One that is read stays: matmul adds to what is there.

// CHECK-LABEL: func.func @accumulated(
// CHECK-SAME:    %{{.+}}: memref<4x4xf32>, %[[ACC:[a-z0-9]+]]: memref<4x4xf32>, %{{.+}}: memref<4x4xf32>)
// CHECK-NOT:     tensor.empty
// CHECK:         %[[ACCT:.+]] = bufferization.to_tensor %[[ACC]] restrict : memref<4x4xf32>
// CHECK:         linalg.matmul {{.*}} outs(%[[ACCT]] :
func.func @accumulated(%a: tensor<4x4xf32>, %acc: tensor<4x4xf32>) -> tensor<4x4xf32> {
  %r = linalg.matmul ins(%a, %a : tensor<4x4xf32>, tensor<4x4xf32>) outs(%acc : tensor<4x4xf32>) -> tensor<4x4xf32>
  return %r : tensor<4x4xf32>
}

// -----

// An argument may be a destination here and data there: only the first changes.

// CHECK-LABEL: func.func @both(
// CHECK-SAME:    %[[A:[a-z0-9]+]]: memref<4xf32>
// CHECK:         %[[AT:.+]] = bufferization.to_tensor %[[A]]
// CHECK:         %[[EMPTY:.+]] = tensor.empty() : tensor<4xf32>
// CHECK:         linalg.exp ins(%[[AT]] : tensor<4xf32>) outs(%[[EMPTY]] : tensor<4xf32>)
func.func @both(%a: tensor<4xf32>) -> tensor<4xf32> {
  %r = linalg.exp ins(%a : tensor<4xf32>) outs(%a : tensor<4xf32>) -> tensor<4xf32>
  return %r : tensor<4xf32>
}
