// RUN: sattn-opt %s --sattn-select-tiling=target=sm_90a --sattn-tile-attention --convert-sattn-to-nv="roles overlap=false" | FileCheck %s

!t = tensor<256x64xf16>
!w = tensor<256x256xf16>

// Products of warp groups; each tile is released when it has been read.
// CHECK-LABEL: func.func @dense(
// CHECK: %[[KT:.+]] = sattn_nv.stage streamed
// CHECK: sattn_nv.mma warpgroup %{{.+}}, %[[KT]],
// CHECK-NEXT: sattn_nv.release %[[KT]]
// CHECK: %[[VT:.+]] = sattn_nv.stage streamed
// CHECK-NEXT: sattn_nv.mma warpgroup %{{.+}}, %[[VT]] transposed,
// CHECK-NEXT: sattn_nv.release %[[VT]]
// CHECK: sattn_nv.config = #sattn_nv.config<warps = 8, stages = 2, producers = 4>
func.func @dense(%q: !t, %k: !t, %v: !t, %o: !t) -> !t {
  %r = sattn.attention query(%q : !t) key(%k : !t) value(%v : !t) scale 0.125 outs(%o : !t) -> !t
  return %r : !t
}

// Levels finer than the tile: scores by single warps.
// CHECK-LABEL: func.func @levels(
// CHECK: sattn_nv.mma %
// CHECK: sattn_nv.mma %
// CHECK: sattn_nv.release
// CHECK: sattn_nv.mma warpgroup %{{.+}} transposed
func.func @levels(%q: !t, %k: !t, %v: !t, %o: !t) -> !t {
  %r = sattn.attention query(%q : !t) key(%k : !t) value(%v : !t) scale 0.125
         structure #sattn.levels<ranks = [32, 32], blocks = [*, 16]> outs(%o : !t) -> !t
  return %r : !t
}

// Keys that a tile lacks are fetched from behind the slice: their values are checked.
// CHECK-LABEL: func.func @rows(
// CHECK: sattn_nv.sanitize
func.func @rows(%q: !t, %k: tensor<?x64xf16>, %v: tensor<?x64xf16>, %o: !t) -> !t {
  %r = sattn.attention query(%q : !t) key(%k : tensor<?x64xf16>) value(%v : tensor<?x64xf16>) scale 0.125 outs(%o : !t) -> !t
  return %r : !t
}

// Too wide for the registers: every warp fetches and computes.
// CHECK-LABEL: func.func @wide(
// CHECK-NOT: warpgroup
// CHECK-NOT: sattn_nv.release
// A query of 256 columns stays in shared memory and is loaded where it is used, 64 columns
// at a time.
// CHECK: %[[QT:.+]] = sattn_nv.stage resident
// CHECK: scf.for
// CHECK: %[[Q0:.+]] = sattn_nv.load_a %[[QT]] : <128x256xf16> -> <128x64xf16, a, 8>
// CHECK-NEXT: %[[S0:.+]] = sattn_nv.mma %[[Q0]], %[[KT:[^,]+]], %{{[^ ]+}} :
// CHECK-NEXT: %[[Q1:.+]] = sattn_nv.load_a %[[QT]] first 64 :
// CHECK-NEXT: %[[S1:.+]] = sattn_nv.mma %[[Q1]], %[[KT]], %[[S0]] first 64 :
// CHECK: sattn_nv.load_a %[[QT]] first 192 :
// CHECK-NOT: warpgroup
// CHECK: sattn_nv.config = #sattn_nv.config<warps = 8, stages = 2>
func.func @wide(%q: !w, %k: !w, %v: !w, %o: !w) -> !w {
  %r = sattn.attention query(%q : !w) key(%k : !w) value(%v : !w) scale 0.125 outs(%o : !w) -> !w
  return %r : !w
}
