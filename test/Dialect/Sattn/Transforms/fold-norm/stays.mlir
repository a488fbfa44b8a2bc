// RUN: sattn-opt %s -sattn-fold-norm -split-input-file -verify-diagnostics | FileCheck %s

// CHECK-LABEL: func.func @segments(
// CHECK: %[[K:.+]] = sattn.norm
// CHECK: key(%[[K]] :
func.func @segments(%x: tensor<16x64xf32>) -> tensor<16x64xf32> {
  %k = sattn.norm layer %x segments [32, 32] : tensor<16x64xf32>
  // expected-remark @+1 {{[sattn-fold-norm] the norm of the keys stays: several segments have statistics of their own}}
  %a = sattn.attention query(%x : tensor<16x64xf32>) key(%k : tensor<16x64xf32>) value(%x : tensor<16x64xf32>) scale 0.125 outs(%x : tensor<16x64xf32>) -> tensor<16x64xf32>
  return %a : tensor<16x64xf32>
}

// -----

// CHECK-LABEL: func.func @half(
// CHECK: %[[K:.+]] = sattn.norm
// CHECK: key(%[[K]] :
func.func @half(%x: tensor<16x64xbf16>) -> tensor<16x64xbf16> {
  %k = sattn.norm layer %x : tensor<16x64xbf16>
  // expected-remark @+1 {{the product of query and gain would be rounded once more}}
  %a = sattn.attention query(%x : tensor<16x64xbf16>) key(%k : tensor<16x64xbf16>) value(%x : tensor<16x64xbf16>) scale 0.125 outs(%x : tensor<16x64xbf16>) -> tensor<16x64xbf16>
  return %a : tensor<16x64xbf16>
}

// -----

// CHECK-LABEL: func.func @structure(
// CHECK: %[[K:.+]] = sattn.norm
// CHECK: key(%[[K]] :
func.func @structure(%x: tensor<16x64xf32>) -> tensor<16x64xf32> {
  %k = sattn.norm layer %x : tensor<16x64xf32>
  // expected-remark @+1 {{scores of a prefix of the columns are not a function of the whole score}}
  %a = sattn.attention query(%x : tensor<16x64xf32>) key(%k : tensor<16x64xf32>) value(%x : tensor<16x64xf32>) scale 0.125 structure #sattn.levels<ranks = [32, 32], blocks = [*, 4]> outs(%x : tensor<16x64xf32>) -> tensor<16x64xf32>
  return %a : tensor<16x64xf32>
}

// -----

// CHECK-LABEL: func.func @not_depth(
// CHECK: %[[K:.+]] = sattn.norm
// CHECK: key(%[[K]] :
func.func @not_depth(%x: tensor<16x16xf32>) -> tensor<16x16xf32> {
  %k = sattn.norm layer %x : tensor<16x16xf32>
  // expected-remark @+1 {{the norm is not over the depth}}
  %a = sattn.attention query(%x : tensor<16x16xf32>) key(%k : tensor<16x16xf32>) value(%x : tensor<16x16xf32>) scale 0.125 outs(%x : tensor<16x16xf32>) dims(m r, r n, n e -> m e) -> tensor<16x16xf32>
  return %a : tensor<16x16xf32>
}
