// RUN: sattn-opt %s -sattn-reassociate -split-input-file | FileCheck %s
// RUN: sattn-opt %s -sattn-reassociate="flops-per-byte=1000" -split-input-file | FileCheck %s --check-prefix=BYTES

// Few features: both halves of the factors, whatever form it was written in.

!x = tensor<2x128x64xf32>
!h = tensor<2x4x128x64xf32>
!w = tensor<4x64x8xf32>

// CHECK-LABEL: func.func @keys_to_features(
// CHECK-SAME: %[[X:[a-z0-9]+]]: tensor<2x128x64xf32>, %[[Y:[a-z0-9]+]]: tensor<2x128x64xf32>, %[[L:[a-z0-9]+]]: tensor<4x64x8xf32>, %[[R:[a-z0-9]+]]: tensor<4x64x8xf32>
// CHECK: %[[Q:.+]] = sattn.project %[[X]] by #sattn.low_rank<rank = 8>(%[[L]], %[[R]] : {{.*}}) part query : tensor<2x128x64xf32> -> tensor<2x4x128x8xf32>
// CHECK: %[[K:.+]] = sattn.project %[[Y]] by #sattn.low_rank<rank = 8>(%[[L]], %[[R]] : {{.*}}) part key : tensor<2x128x64xf32> -> tensor<2x4x128x8xf32>
// CHECK-NOT: sattn.project
// CHECK: sattn.attention query(%[[Q]] : tensor<2x4x128x8xf32>) key(%[[K]] : tensor<2x4x128x8xf32>)
func.func @keys_to_features(%x: !x, %y: !x, %l: !w, %r: !w, %v: !h, %o: !h) -> !h {
  %k = sattn.project %y by #sattn.low_rank<rank = 8>(%l, %r : !w, !w) : !x -> !h
  %a = sattn.attention query(%x : !x) key(%k : !h) value(%v : !h) scale 0.125 window <*, 0> outs(%o : !h) dims(b m r, b h n r, b h n e -> b h m e) -> !h
  return %a : !h
}

// CHECK-LABEL: func.func @queries_to_features(
// CHECK: part query
// CHECK: part key
// CHECK-NOT: sattn.project
// CHECK: sattn.attention
func.func @queries_to_features(%x: !x, %y: !x, %l: !w, %r: !w, %v: !h, %o: !h) -> !h {
  %q = sattn.project %x by #sattn.low_rank<rank = 8>(%l, %r : !w, !w) part transposed : !x -> !h
  %a = sattn.attention query(%q : !h) key(%y : !x) value(%v : !h) scale 0.125 outs(%o : !h) dims(b h m r, b n r, b h n e -> b h m e) -> !h
  return %a : !h
}

// -----

// More features than the matrix has columns, few queries: apply M^T to them.

!x = tensor<4x48xf32>
!y = tensor<512x16xf32>
!l = tensor<3x1x48x20xf32>
!r = tensor<3x1x16x20xf32>
!k = tensor<3x512x48xf32>
!v = tensor<3x512x8xf32>
!o = tensor<3x4x8xf32>

// CHECK-LABEL: func.func @keys_to_queries(
// CHECK-SAME: %[[X:[a-z0-9]+]]: tensor<4x48xf32>, %[[Y:[a-z0-9]+]]: tensor<512x16xf32>
// CHECK: %[[Q:.+]] = sattn.project %[[X]] by {{.*}} part transposed : tensor<4x48xf32> -> tensor<3x4x16xf32>
// CHECK-NOT: sattn.project
// CHECK: sattn.attention query(%[[Q]] : tensor<3x4x16xf32>) key(%[[Y]] : tensor<512x16xf32>)
// CHECK-SAME: dims(b m r, n r, b n e -> b m e)
// BYTES-LABEL: func.func @keys_to_queries(
// BYTES: part transposed
func.func @keys_to_queries(%x: !x, %y: !y, %l: !l, %r: !r, %v: !v, %o: !o) -> !o {
  %k = sattn.project %y by #sattn.mlr<ranks = [20], blocks = [1]>(%l, %r : !l, !r) : !y -> !k
  %a = sattn.attention query(%x : !x) key(%k : !k) value(%v : !v) scale 0.125 outs(%o : !o) dims(m r, h n r, h n e -> h m e) -> !o
  return %a : !o
}

// -----

// Features written out, but a matrix of fewer rows: apply M to the keys.

!x = tensor<512x8xf32>
!y = tensor<64x48xf32>
!l = tensor<8x20xf32>
!r = tensor<48x20xf32>
!f = tensor<512x20xf32>
!g = tensor<64x20xf32>
!v = tensor<64x8xf32>

// CHECK-LABEL: func.func @features_to_keys(
// CHECK-SAME: %[[X:[a-z0-9]+]]: tensor<512x8xf32>, %[[Y:[a-z0-9]+]]: tensor<64x48xf32>
// CHECK: %[[K:.+]] = sattn.project %[[Y]] by {{.*}} : tensor<64x48xf32> -> tensor<64x8xf32>
// CHECK-NOT: sattn.project
// CHECK: sattn.attention query(%[[X]] : tensor<512x8xf32>) key(%[[K]] : tensor<64x8xf32>)
func.func @features_to_keys(%x: !x, %y: !y, %l: !l, %r: !r, %v: !v, %o: !x) -> !x {
  %q = sattn.project %x by #sattn.low_rank<rank = 20>(%l, %r : !l, !r) part query : !x -> !f
  %k = sattn.project %y by #sattn.low_rank<rank = 20>(%l, %r : !l, !r) part key : !y -> !g
  %a = sattn.attention query(%q : !f) key(%k : !g) value(%v : !v) scale 0.125 outs(%o : !x) -> !x
  return %a : !x
}

// -----

// The price of a byte decides: the features are fewer columns, but of queries and keys of every head.

!x = tensor<256x16xf32>
!w = tensor<4x16x12xf32>
!k = tensor<4x256x16xf32>

// CHECK-LABEL: func.func @bytes(
// CHECK: part query
// CHECK: part key
// CHECK: sattn.attention query(%{{.*}} : tensor<4x256x12xf32>)
// BYTES-LABEL: func.func @bytes(
// BYTES: sattn.project {{.*}} : tensor<256x16xf32> -> tensor<4x256x16xf32>
// BYTES-NOT: sattn.project
// BYTES: sattn.attention query(%{{.*}} : tensor<256x16xf32>)
func.func @bytes(%x: !x, %y: !x, %l: !w, %r: !w, %v: !k, %o: !k) -> !k {
  %k = sattn.project %y by #sattn.low_rank<rank = 12>(%l, %r : !w, !w) : !x -> !k
  %a = sattn.attention query(%x : !x) key(%k : !k) value(%v : !k) scale 0.125 outs(%o : !k) dims(m r, h n r, h n e -> h m e) -> !k
  return %a : !k
}
