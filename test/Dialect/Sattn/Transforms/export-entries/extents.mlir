// RUN: sattn-opt %s -split-input-file -sattn-export-entries | FileCheck %s

// Extents that the body needs equal share a symbol.

// CHECK-DAG:   #[[$Q:.+]] = affine_map<()[s0, s1, s2, s3] -> (s0, s1, 64)>
// CHECK-DAG:   #[[$K:.+]] = affine_map<()[s0, s1, s2, s3] -> (s0, s2, 64)>
// CHECK-DAG:   #[[$V:.+]] = affine_map<()[s0, s1, s2, s3] -> (s0, s2, 32)>
// CHECK-DAG:   #[[$MASK:.+]] = affine_map<()[s0, s1, s2, s3] -> (s1, s2)>
// CHECK-DAG:   #[[$FREE:.+]] = affine_map<()[s0, s1, s2, s3] -> (s3)>
// CHECK-LABEL: func.func @attention(
// CHECK-SAME:    sattn.extents = [#[[$Q]], #[[$K]], #[[$V]], #[[$MASK]], #[[$FREE]]]
func.func @attention(%q: tensor<?x?x64xf32>, %k: tensor<?x?x64xf32>, %v: tensor<?x?x32xf32>, %mask: tensor<?x?xi1>, %free: tensor<?xf32>) -> tensor<?x?x32xf32> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %b = tensor.dim %q, %c0 : tensor<?x?x64xf32>
  %m = tensor.dim %q, %c1 : tensor<?x?x64xf32>
  %init = tensor.empty(%b, %m) : tensor<?x?x32xf32>
  %r = sattn.attention query(%q : tensor<?x?x64xf32>) key(%k : tensor<?x?x64xf32>) value(%v : tensor<?x?x32xf32>)
         scale 0.125 mask(%mask : tensor<?x?xi1>) outs(%init : tensor<?x?x32xf32>)
         dims(b m r, b n r, b n e, m n -> b m e) -> tensor<?x?x32xf32>
  return %r : tensor<?x?x32xf32>
}

// -----

// Segments, positions, lengths and biases, too.

// CHECK-DAG:   #[[$Q:.+]] = affine_map<()[s0, s1, s2] -> (s0, s1, 64)>
// CHECK-DAG:   #[[$K:.+]] = affine_map<()[s0, s1, s2] -> (s0, s2, 64)>
// CHECK-DAG:   #[[$IDS:.+]] = affine_map<()[s0, s1, s2] -> (s0, s1)>
// CHECK-DAG:   #[[$KIDS:.+]] = affine_map<()[s0, s1, s2] -> (s2)>
// CHECK-DAG:   #[[$LIMIT:.+]] = affine_map<()[s0, s1, s2] -> (s0)>
// CHECK-LABEL: func.func @rows(
// CHECK-SAME:    sattn.extents = [#[[$Q]], #[[$K]], #[[$IDS]], #[[$KIDS]], #[[$LIMIT]]]
func.func @rows(%q: tensor<?x?x64xf32>, %k: tensor<?x?x64xf32>, %ids: tensor<?x?xi32>, %key_ids: tensor<?xi32>, %limit: tensor<?xindex>) -> tensor<?x?x64xf32> {
  %r = sattn.attention query(%q : tensor<?x?x64xf32>) key(%k : tensor<?x?x64xf32>) value(%k : tensor<?x?x64xf32>)
         scale 0.125 segments(%ids, %key_ids : tensor<?x?xi32>, tensor<?xi32>) key_limit(%limit : tensor<?xindex>)
         outs(%q : tensor<?x?x64xf32>) -> tensor<?x?x64xf32>
  return %r : tensor<?x?x64xf32>
}

// -----

// An extent that must be a number is that number: the elementwise op has 8.

// CHECK-DAG:   #[[$EIGHT:.+]] = affine_map<() -> (8)>
// CHECK-LABEL: func.func @cast(
// CHECK-SAME:    sattn.extents = [#[[$EIGHT]], #[[$EIGHT]]]
func.func @cast(%a: tensor<?xf32>, %b: tensor<8xf32>) -> tensor<8xf32> {
  %c = tensor.cast %a : tensor<?xf32> to tensor<8xf32>
  %r = arith.addf %c, %b : tensor<8xf32>
  return %r : tensor<8xf32>
}

// -----

// Nothing is known of an op that may not run.

// CHECK-DAG:   #[[$A:.+]] = affine_map<()[s0, s1] -> (s0)>
// CHECK-DAG:   #[[$B:.+]] = affine_map<()[s0, s1] -> (s1)>
// CHECK-LABEL: func.func @conditional(
// CHECK-SAME:    sattn.extents = [#[[$A]], #[[$B]], #{{.+}}]
func.func @conditional(%a: tensor<?xf32>, %b: tensor<?xf32>, %if: i1) -> tensor<2xf32> {
  %r = scf.if %if -> tensor<2xf32> {
    %sum = arith.addf %a, %b : tensor<?xf32>
    %cast = tensor.cast %sum : tensor<?xf32> to tensor<2xf32>
    scf.yield %cast : tensor<2xf32>
  } else {
    %cst = arith.constant dense<0.0> : tensor<2xf32>
    scf.yield %cst : tensor<2xf32>
  }
  return %r : tensor<2xf32>
}
