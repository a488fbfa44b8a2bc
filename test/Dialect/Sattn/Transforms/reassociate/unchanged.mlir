// RUN: sattn-opt %s -sattn-reassociate | FileCheck %s

!x = tensor<128x64xf32>
!w = tensor<64x8xf32>

// A structure gives a meaning to the order of the columns.
// CHECK-LABEL: func.func @structure(
// CHECK: sattn.project {{.*}} : tensor<128x64xf32> -> tensor<128x64xf32>
// CHECK: sattn.attention
func.func @structure(%x: !x, %y: !x, %l: !w, %r: !w, %o: !x) -> !x {
  %k = sattn.project %y by #sattn.low_rank<rank = 8>(%l, %r : !w, !w) : !x -> !x
  %a = sattn.attention query(%x : !x) key(%k : !x) value(%y : !x) scale 0.125 structure #sattn.levels<ranks = [32, 32], blocks = [*, 16]> outs(%o : !x) -> !x
  return %a : !x
}

// The transpose of the matrix is on the keys: <x, M^T y> is not x^T M y.
// CHECK-LABEL: func.func @transposed_on_keys(
// CHECK: part transposed
// CHECK-NOT: part query
// CHECK: sattn.attention
func.func @transposed_on_keys(%x: !x, %y: !x, %l: !w, %r: !w, %o: !x) -> !x {
  %k = sattn.project %y by #sattn.low_rank<rank = 8>(%l, %r : !w, !w) part transposed : !x -> !x
  %a = sattn.attention query(%x : !x) key(%k : !x) value(%y : !x) scale 0.125 outs(%o : !x) -> !x
  return %a : !x
}

// Features of two matrices.
// CHECK-LABEL: func.func @two_matrices(
// CHECK: part query
// CHECK: part key
// CHECK: sattn.attention query(%{{.*}} : tensor<128x256xf32>)
func.func @two_matrices(%x: !x, %y: !x, %l: tensor<64x256xf32>, %r: tensor<64x256xf32>, %o: !x) -> !x {
  %q = sattn.project %x by #sattn.low_rank<rank = 256>(%l, %r : tensor<64x256xf32>, tensor<64x256xf32>) part query : !x -> tensor<128x256xf32>
  %k = sattn.project %y by #sattn.low_rank<rank = 256>(%r, %l : tensor<64x256xf32>, tensor<64x256xf32>) part key : !x -> tensor<128x256xf32>
  %a = sattn.attention query(%q : tensor<128x256xf32>) key(%k : tensor<128x256xf32>) value(%y : !x) scale 0.125 outs(%o : !x) -> !x
  return %a : !x
}

// The query has no axis in front of rows and features that the heads could take.
// CHECK-LABEL: func.func @heads_elsewhere(
// CHECK: sattn.project {{.*}} : tensor<128x64xf32> -> tensor<4x128x64xf32>
// CHECK-NOT: sattn.project
func.func @heads_elsewhere(%x: tensor<128x4x64xf32>, %y: !x, %l: tensor<4x64x8xf32>, %r: tensor<4x64x8xf32>, %v: tensor<4x128x64xf32>) -> tensor<4x128x64xf32> {
  %k = sattn.project %y by #sattn.low_rank<rank = 8>(%l, %r : tensor<4x64x8xf32>, tensor<4x64x8xf32>) : !x -> tensor<4x128x64xf32>
  %a = sattn.attention query(%x : tensor<128x4x64xf32>) key(%k : tensor<4x128x64xf32>) value(%v : tensor<4x128x64xf32>) scale 0.125 outs(%v : tensor<4x128x64xf32>) dims(m h r, h n r, h n e -> h m e) -> tensor<4x128x64xf32>
  return %a : tensor<4x128x64xf32>
}
