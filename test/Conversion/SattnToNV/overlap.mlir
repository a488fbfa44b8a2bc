// RUN: sattn-opt %s --sattn-select-tiling=target=sm_90a --sattn-tile-attention --convert-sattn-to-nv=roles --canonicalize --cse | FileCheck %s

!t = tensor<256x64xf16>
!l = tensor<512x64xf16>
!d = tensor<?x64xf16>

// The product with a value tile is started together with the scores of the next tile,
// which are waited for alone. The first tile of a static number of keys is certain: it
// has nothing to add to and nothing to rescale.
// CHECK-LABEL: func.func @certain(
// CHECK-NOT: tensor<0x64xf16>
// CHECK: %[[ZERO:.+]] = sattn_nv.fill %{{.+}} : f32 -> <128x64xf32, acc, 8>
// CHECK: %[[KT:.+]] = sattn_nv.stage streamed
// CHECK: %[[S:.+]] = sattn_nv.mma warpgroup async %[[QA:.+]], %[[KT]], %{{[^ ]+}} :
// CHECK-NEXT: %[[S0:.+]] = sattn_nv.mma_wait %[[S]] pending 0
// CHECK-NEXT: sattn_nv.release %[[KT]]
// CHECK: %[[P:.+]] = sattn_nv.to_a
// CHECK: %[[VT:.+]] = sattn_nv.stage streamed
// CHECK: %[[R:.+]]:5 = scf.for %{{.+}} iter_args(%[[O:[^ ]+]] = %[[ZERO]], %[[PJ:[^ ]+]] = %[[P]], %[[VJ:[^ ]+]] = %[[VT]],
// CHECK: %[[KN:.+]] = sattn_nv.stage streamed
// CHECK: %[[SN:.+]] = sattn_nv.mma warpgroup async %[[QA]], %[[KN]],
// CHECK-NEXT: %[[ON:.+]] = sattn_nv.mma warpgroup async %[[PJ]], %[[VJ]] transposed, %[[O]] :
// CHECK-NEXT: sattn_nv.mma_wait %[[SN]] pending 1
// CHECK-NEXT: sattn_nv.release %[[KN]]
// CHECK: math.exp2
// CHECK: math.exp2
// CHECK: sattn_nv.reduce add
// CHECK: sattn_nv.mma_wait %[[ON]] pending 0
// CHECK-NEXT: sattn_nv.release %[[VJ]]
// CHECK-NEXT: %[[OS:.+]] = sattn_nv.map
// CHECK: %[[PN:.+]] = sattn_nv.to_a
// CHECK: %[[VN:.+]] = sattn_nv.stage streamed
// CHECK: scf.yield %[[OS]], %[[PN]], %[[VN]],
// The last product.
// CHECK: sattn_nv.mma warpgroup %[[R]]#1, %[[R]]#2 transposed, %[[R]]#0
// CHECK-NEXT: sattn_nv.release %[[R]]#2
// CHECK: sattn_nv.across add
func.func @certain(%q: !l, %k: !l, %v: !l, %o: !l) -> !l {
  %r = sattn.attention query(%q : !l) key(%k : !l) value(%v : !l) scale 0.125 outs(%o : !l) -> !l
  return %r : !l
}

// There may be no key: the product of no weights with no value is added first. Values of
// absent pairs are looked for in the tile that comes next.
// CHECK-LABEL: func.func @perhaps(
// CHECK: %[[P:.+]] = sattn_nv.to_a
// CHECK: %[[NK:.+]] = sattn_nv.stage streamed %{{.+}} : tensor<0x64xf16> -> <128x64xf16>
// CHECK-NEXT: sattn_nv.release %[[NK]]
// CHECK: %[[NV:.+]] = sattn_nv.stage streamed %{{.+}} : tensor<0x64xf16> -> <128x64xf16>
// CHECK: scf.for %{{.+}} iter_args(%{{.+}} = %{{.+}}, %[[PJ:.+]] = %[[P]], %[[VJ:.+]] = %[[NV]],
// CHECK: sattn_nv.mma warpgroup async %[[PJ]], %[[VJ]] transposed
// CHECK: %[[KEEP:.+]] = sattn_nv.to_bits
// CHECK: %[[VN:.+]] = sattn_nv.stage streamed
// CHECK-NEXT: %[[ON:.+]] = sattn_nv.sanitize %[[KEEP]], %[[VN]],
// CHECK-NEXT: scf.yield %[[ON]], %{{.+}}, %[[VN]],
func.func @perhaps(%q: !t, %k: !d, %v: !d, %o: !t) -> !t {
  %r = sattn.attention query(%q : !t) key(%k : !d) value(%v : !d) scale 0.125 outs(%o : !t) -> !t
  return %r : !t
}

// Levels inside a tile are computed by single warps, meanwhile the product with the value
// before.
// CHECK-LABEL: func.func @levels(
// CHECK: %[[R:.+]]:5 = scf.for
// CHECK: sattn_nv.mma warpgroup async
// CHECK-NEXT: sattn_nv.mma warpgroup async %{{.+}} transposed
// CHECK: scf.yield
// CHECK: %[[KT:.+]] = sattn_nv.stage streamed
// CHECK-NEXT: %[[ON:.+]] = sattn_nv.mma warpgroup async %[[R]]#1, %[[R]]#2 transposed, %[[R]]#0
// CHECK-NOT: sattn_nv.mma_wait
// CHECK: sattn_nv.concat
// CHECK-NOT: sattn_nv.mma_wait
// CHECK: sattn_nv.release %[[KT]]
// CHECK: sattn_nv.mma_wait %[[ON]] pending 0
// CHECK-NEXT: sattn_nv.release %[[R]]#2
// CHECK: sattn_nv.sanitize
func.func @levels(%q: !l, %k: !l, %v: !l, %o: !l) -> !l {
  %r = sattn.attention query(%q : !l) key(%k : !l) value(%v : !l) scale 0.125
         structure #sattn.levels<ranks = [32, 32], blocks = [*, 16]> window <*, 0> outs(%o : !l) -> !l
  return %r : !l
}

// A state that two steps go on from would be held twice, and its value tile released
// twice: nothing is delayed.
// CHECK-LABEL: func.func @two_users(
// CHECK-NOT: async
// CHECK: return
func.func @two_users(%q: !t, %k: !t, %v: !t, %o: !t, %p: !t) -> (!t, !t) {
  %zero = arith.constant 0.0 : f32
  %inf = arith.constant 0xFF800000 : f32
  %one = arith.constant 1.0 : f32
  %r:2 = scf.forall (%i) = (0) to (256) step (128) shared_outs(%x = %o, %y = %p) -> (!t, !t) {
    %qs = tensor.extract_slice %q[%i, 0] [128, 64] [1, 1] : !t to tensor<128x64xf16>
    %k0 = tensor.extract_slice %k[0, 0] [128, 64] [1, 1] : !t to tensor<128x64xf16>
    %v0 = tensor.extract_slice %v[0, 0] [128, 64] [1, 1] : !t to tensor<128x64xf16>
    %k1 = tensor.extract_slice %k[128, 0] [128, 64] [1, 1] : !t to tensor<128x64xf16>
    %v1 = tensor.extract_slice %v[128, 0] [128, 64] [1, 1] : !t to tensor<128x64xf16>
    %e = tensor.empty() : tensor<128x64xf32>
    %f = tensor.empty() : tensor<128xf32>
    %a = linalg.fill ins(%zero : f32) outs(%e : tensor<128x64xf32>) -> tensor<128x64xf32>
    %m = linalg.fill ins(%inf : f32) outs(%f : tensor<128xf32>) -> tensor<128xf32>
    %l = linalg.fill ins(%zero : f32) outs(%f : tensor<128xf32>) -> tensor<128xf32>
    %s:3 = sattn.online_attention query(%qs : tensor<128x64xf16>) key(%k0 : tensor<128x64xf16>) value(%v0 : tensor<128x64xf16>) scale(%one : f32) state(%a, %m, %l : tensor<128x64xf32>, tensor<128xf32>, tensor<128xf32>) -> tensor<128x64xf32>, tensor<128xf32>, tensor<128xf32>
    %t:3 = sattn.online_attention query(%qs : tensor<128x64xf16>) key(%k1 : tensor<128x64xf16>) value(%v1 : tensor<128x64xf16>) scale(%one : f32) state(%s#0, %s#1, %s#2 : tensor<128x64xf32>, tensor<128xf32>, tensor<128xf32>) -> tensor<128x64xf32>, tensor<128xf32>, tensor<128xf32>
    %xs = tensor.extract_slice %x[%i, 0] [128, 64] [1, 1] : !t to tensor<128x64xf16>
    %ys = tensor.extract_slice %y[%i, 0] [128, 64] [1, 1] : !t to tensor<128x64xf16>
    %g = sattn.finalize state(%s#0, %s#1, %s#2 : tensor<128x64xf32>, tensor<128xf32>, tensor<128xf32>) outs(%xs : tensor<128x64xf16>) -> tensor<128x64xf16>
    %h = sattn.finalize state(%t#0, %t#1, %t#2 : tensor<128x64xf32>, tensor<128xf32>, tensor<128xf32>) outs(%ys : tensor<128x64xf16>) -> tensor<128x64xf16>
    scf.forall.in_parallel {
      tensor.parallel_insert_slice %g into %x[%i, 0] [128, 64] [1, 1] : tensor<128x64xf16> into !t
      tensor.parallel_insert_slice %h into %y[%i, 0] [128, 64] [1, 1] : tensor<128x64xf16> into !t
    }
  }
  return %r#0, %r#1 : !t, !t
}
