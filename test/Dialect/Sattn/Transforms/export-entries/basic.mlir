// RUN: sattn-opt %s -split-input-file -sattn-export-entries | FileCheck %s
// A second run finds nothing to do.
// RUN: sattn-opt %s -split-input-file -sattn-export-entries -o %t.once
// RUN: sattn-opt %t.once -split-input-file -sattn-export-entries | diff - %t.once

// Inputs first, then results; inputs are read in place, results written in place.

// CHECK-LABEL: func.func @two_results(
// CHECK-SAME:    %[[A:[a-z0-9]+]]: memref<4x?xf32>, %[[B:[a-z0-9]+]]: memref<?x8xf32>, %[[C:[a-z0-9]+]]: memref<4x8xf32>, %[[D:[a-z0-9]+]]: memref<4x?xf32>) attributes
// CHECK-SAME:    sattn.entry = (tensor<4x?xf32>, tensor<?x8xf32>) -> (tensor<4x8xf32>, tensor<4x?xf32>)
// CHECK-SAME:    sattn.shapes = @two_results_shapes
// CHECK-DAG:     %[[AT:.+]] = bufferization.to_tensor %[[A]] restrict : memref<4x?xf32>
// CHECK-DAG:     %[[BT:.+]] = bufferization.to_tensor %[[B]] restrict : memref<?x8xf32>
// CHECK:         %[[R:.+]] = linalg.matmul ins(%[[AT]], %[[BT]]
// CHECK:         bufferization.materialize_in_destination %[[R]] in restrict writable %[[C]]
// An argument that is a result is copied.
// CHECK:         bufferization.materialize_in_destination %[[AT]] in restrict writable %[[D]]
// CHECK-NEXT:    return{{$}}
// CHECK-LABEL: func.func private @two_results_shapes(
// CHECK-SAME:    %[[A1:.+]]: index, %{{.+}}: index) -> (index, index, index, index)
// CHECK-DAG:     %[[C4:.+]] = arith.constant 4 : index
// CHECK-DAG:     %[[C8:.+]] = arith.constant 8 : index
// CHECK:         return %[[C4]], %[[C8]], %[[C4]], %[[A1]]
func.func @two_results(%a: tensor<4x?xf32>, %b: tensor<?x8xf32>) -> (tensor<4x8xf32>, tensor<4x?xf32>) {
  %zero = arith.constant 0.0 : f32
  %empty = tensor.empty() : tensor<4x8xf32>
  %init = linalg.fill ins(%zero : f32) outs(%empty : tensor<4x8xf32>) -> tensor<4x8xf32>
  %r = linalg.matmul ins(%a, %b : tensor<4x?xf32>, tensor<?x8xf32>) outs(%init : tensor<4x8xf32>) -> tensor<4x8xf32>
  return %r, %a : tensor<4x8xf32>, tensor<4x?xf32>
}

// -----

// Scalars stay values on the way in and become rank-0 buffers on the way out;
// extents of results may depend on them.

// CHECK-LABEL: func.func @scalars(
// CHECK-SAME:    %[[N:[a-z0-9]+]]: index, %[[S:[a-z0-9]+]]: f16, %[[I:[a-z0-9]+]]: i1, %[[R0:[a-z0-9]+]]: memref<?xi1>, %[[R1:[a-z0-9]+]]: memref<f16>, %[[R2:[a-z0-9]+]]: memref<index>)
// CHECK:         %[[EMPTY:.+]] = tensor.empty(%[[N]])
// CHECK:         %[[FILL:.+]] = linalg.fill ins(%[[I]] : i1) outs(%[[EMPTY]]
// CHECK:         bufferization.materialize_in_destination %[[FILL]] in restrict writable %[[R0]]
// CHECK:         %[[T:.+]] = tensor.from_elements %[[S]] : tensor<f16>
// CHECK:         bufferization.materialize_in_destination %[[T]] in restrict writable %[[R1]]
// CHECK:         bufferization.materialize_in_destination %{{.+}} in restrict writable %[[R2]]
// CHECK-LABEL: func.func private @scalars_shapes(
// CHECK-SAME:    %[[SN:.+]]: index, %{{.+}}: f16, %{{.+}}: i1) -> index {
// CHECK:         return %[[SN]] : index
func.func @scalars(%n: index, %s: f16, %i: i1) -> (tensor<?xi1>, f16, index) {
  %empty = tensor.empty(%n) : tensor<?xi1>
  %r = linalg.fill ins(%i : i1) outs(%empty : tensor<?xi1>) -> tensor<?xi1>
  return %r, %s, %n : tensor<?xi1>, f16, index
}

// -----

// Private functions and declarations are no entries; callers keep a body.

// CHECK-LABEL: func.func private @called_body(
// CHECK-SAME:    %{{.+}}: tensor<?xi32>) -> tensor<?xi32>
// CHECK-LABEL: func.func @called(
// CHECK-SAME:    memref<?xi32>
// CHECK-LABEL: func.func private @caller(
// CHECK-SAME:    %{{.+}}: tensor<?xi32>) -> tensor<?xi32>
// CHECK:         call @called_body(
// CHECK:       func.func private @declared(tensor<?xf32>) -> tensor<?xf32>
func.func @called(%a: tensor<?xi32>) -> tensor<?xi32> {
  return %a : tensor<?xi32>
}
func.func private @caller(%a: tensor<?xi32>) -> tensor<?xi32> {
  %r = call @called(%a) : (tensor<?xi32>) -> tensor<?xi32>
  return %r : tensor<?xi32>
}
func.func private @declared(tensor<?xf32>) -> tensor<?xf32>

// -----

// The shape function takes a name that is free.

// CHECK-LABEL: func.func @taken(
// CHECK-SAME:    sattn.shapes = @[[SHAPES:taken_shapes_[0-9]+]]
// CHECK:       func.func private @[[SHAPES]](
// CHECK:       func.func private @taken_shapes()
func.func @taken(%a: tensor<2xf32>) -> tensor<2xf32> {
  return %a : tensor<2xf32>
}
func.func private @taken_shapes()
