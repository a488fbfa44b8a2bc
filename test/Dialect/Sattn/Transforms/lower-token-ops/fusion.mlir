// RUN: sattn-opt %s -sattn-lower-token-ops | FileCheck %s

// The statistics of a row stay tensors of rows: no square root per element.
// CHECK-LABEL: func.func @norm(
// CHECK: math.sqrt
// CHECK: } -> tensor<4xf32>
// CHECK: linalg.generic
// CHECK-NOT: math.sqrt
// CHECK: } -> tensor<4x24xf32>
// CHECK: return
func.func @norm(%x: tensor<4x24xf32>, %g: tensor<24xf32>) -> tensor<4x24xf32> {
  %y = sattn.norm layer %x gain(%g : tensor<24xf32>) : tensor<4x24xf32>
  return %y : tensor<4x24xf32>
}

// Other ops of the dialect stay.
// CHECK-LABEL: func.func @attention_stays(
// CHECK-NOT: sattn.merge
// CHECK: sattn.attention
// CHECK-NOT: sattn.merge
// CHECK: return
func.func @attention_stays(%q: tensor<4x8xf32>, %l: tensor<4xf32>, %b: tensor<4x8xf32>, %lb: tensor<4xf32>) -> tensor<4x8xf32> {
  %a:2 = sattn.attention query(%q : tensor<4x8xf32>) key(%q : tensor<4x8xf32>) value(%q : tensor<4x8xf32>) scale 1.0 outs(%q, %l : tensor<4x8xf32>, tensor<4xf32>) -> tensor<4x8xf32>, tensor<4xf32>
  %m:2 = sattn.merge outputs(%a#0, %b : tensor<4x8xf32>, tensor<4x8xf32>) lse(%a#1, %lb : tensor<4xf32>, tensor<4xf32>) -> tensor<4x8xf32>, tensor<4xf32>
  return %m#0 : tensor<4x8xf32>
}
