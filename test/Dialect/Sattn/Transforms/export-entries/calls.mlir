// RUN: sattn-opt %s -sattn-export-entries | FileCheck %s
// RUN: sattn-run %s --entry=twice --input=3x4xf32=1 --input=2 | FileCheck %s --check-prefix=RESULT

// Extents of results are followed through calls, and so are extents that the
// callee needs equal. The shape function itself calls nothing.

// CHECK-DAG: #[[$A:.+]] = affine_map<()[s0] -> (s0, 4)>
// CHECK-DAG: #[[$NONE:.+]] = affine_map<()[s0] -> ()>
// CHECK-LABEL: func.func @twice(
// CHECK-SAME:    sattn.extents = [#[[$A]], #[[$NONE]]]
// CHECK:         call @twice_as_long(
// CHECK-LABEL: func.func private @twice_shapes(
// CHECK-SAME:    %[[ROWS:[^:]+]]: index, %{{[^:]+}}: index, %[[N:[^:]+]]: index) -> (index, index)
// CHECK-NOT:     call
// CHECK:         %[[ONE:.+]] = arith.addi %[[ROWS]], %[[N]]
// CHECK:         %[[TWO:.+]] = arith.addi %[[ONE]], %[[N]]
// CHECK:         return %[[TWO]], %{{.+}} : index, index

// RESULT: result #0: 7x4xf32 = {{\[\[}}2, 2, 2, 2], [2, 2
func.func @twice(%a: tensor<?x?xf32>, %n: index) -> tensor<?x4xf32> {
  %r = call @twice_as_long(%a, %n) : (tensor<?x?xf32>, index) -> tensor<?x4xf32>
  return %r : tensor<?x4xf32>
}

func.func private @twice_as_long(%a: tensor<?x?xf32>, %n: index) -> tensor<?x4xf32> {
  %c = tensor.cast %a : tensor<?x?xf32> to tensor<?x4xf32>
  %r0 = call @longer(%c, %n) : (tensor<?x4xf32>, index) -> tensor<?x4xf32>
  %r1 = call @longer(%r0, %n) : (tensor<?x4xf32>, index) -> tensor<?x4xf32>
  return %r1 : tensor<?x4xf32>
}

func.func private @longer(%a: tensor<?x4xf32>, %n: index) -> tensor<?x4xf32> {
  %c0 = arith.constant 0 : index
  %two = arith.constant 2.0 : f32
  %m = tensor.dim %a, %c0 : tensor<?x4xf32>
  %rows = arith.addi %m, %n : index
  %e = tensor.empty(%rows) : tensor<?x4xf32>
  %r = linalg.fill ins(%two : f32) outs(%e : tensor<?x4xf32>) -> tensor<?x4xf32>
  return %r : tensor<?x4xf32>
}
