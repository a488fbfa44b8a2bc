// RUN: sattn-opt %s | sattn-opt | FileCheck %s
// RUN: sattn-opt %s --mlir-print-op-generic | sattn-opt | FileCheck %s

// The examples of the op descriptions, word for word (test/Lint/op-descriptions.test).

// CHECK-LABEL: func.func @attention(
// CHECK: sattn.attention query(%{{.*}} : tensor<2x8x?x64xf32>) {{.*}} window <*, 0> outs(
func.func @attention(%q: tensor<2x8x?x64xf32>, %k: tensor<2x8x?x64xf32>, %v: tensor<2x8x?x64xf32>, %init: tensor<2x8x?x64xf32>) -> tensor<2x8x?x64xf32> {
  %o = sattn.attention query(%q : tensor<2x8x?x64xf32>) key(%k : tensor<2x8x?x64xf32>)
         value(%v : tensor<2x8x?x64xf32>) scale 0.125 window <*, 0>
         outs(%init : tensor<2x8x?x64xf32>) -> tensor<2x8x?x64xf32>
  return %o : tensor<2x8x?x64xf32>
}

// CHECK-LABEL: func.func @score(
// CHECK: sattn.score query(%{{.*}}) key(%{{.*}}) scale 0.125 window <*, 0> outs(
func.func @score(%q: tensor<8x64xf32>, %k: tensor<8x64xf32>, %init: tensor<8x8xf32>) -> tensor<8x8xf32> {
  %s = sattn.score query(%q : tensor<8x64xf32>) key(%k : tensor<8x64xf32>) scale 0.125 window <*, 0>
         outs(%init : tensor<8x8xf32>) -> tensor<8x8xf32>
  return %s : tensor<8x8xf32>
}

// CHECK-LABEL: func.func @online_attention(
// CHECK: %[[S:.+]]:3 = sattn.online_attention query(
// CHECK: return %[[S]]#0, %[[S]]#1, %[[S]]#2
func.func @online_attention(%q: tensor<64x48xf32>, %k: tensor<?x48xf32>, %v: tensor<?x64xf32>, %one: f32,
                            %acc: tensor<64x64xf32>, %ref: tensor<64xf32>, %sum: tensor<64xf32>)
    -> (tensor<64x64xf32>, tensor<64xf32>, tensor<64xf32>) {
  %s:3 = sattn.online_attention query(%q : tensor<64x48xf32>) key(%k : tensor<?x48xf32>) value(%v : tensor<?x64xf32>)
           scale(%one : f32) state(%acc, %ref, %sum : tensor<64x64xf32>, tensor<64xf32>, tensor<64xf32>)
           -> tensor<64x64xf32>, tensor<64xf32>, tensor<64xf32>
  return %s#0, %s#1, %s#2 : tensor<64x64xf32>, tensor<64xf32>, tensor<64xf32>
}

// CHECK-LABEL: func.func @finalize(
// CHECK: sattn.finalize state(%{{.*}}, %{{.*}}, %{{.*}} : tensor<64x64xf32>, tensor<64xf32>, tensor<64xf32>) outs(
func.func @finalize(%acc: tensor<64x64xf32>, %ref: tensor<64xf32>, %sum: tensor<64xf32>, %init: tensor<?x64xbf16>) -> tensor<?x64xbf16> {
  %o = sattn.finalize state(%acc, %ref, %sum : tensor<64x64xf32>, tensor<64xf32>, tensor<64xf32>)
         outs(%init : tensor<?x64xbf16>) -> tensor<?x64xbf16>
  return %o : tensor<?x64xbf16>
}

// CHECK-LABEL: func.func @merge(
// CHECK: sattn.merge outputs(%{{.*}}, %{{.*}} : tensor<8x64xf32>, tensor<8x64xf32>) lse(
func.func @merge(%a: tensor<8x64xf32>, %b: tensor<8x64xf32>, %la: tensor<8xf32>, %lb: tensor<8xf32>) -> (tensor<8x64xf32>, tensor<8xf32>) {
  %o, %l = sattn.merge outputs(%a, %b : tensor<8x64xf32>, tensor<8x64xf32>)
             lse(%la, %lb : tensor<8xf32>, tensor<8xf32>) -> tensor<8x64xf32>, tensor<8xf32>
  return %o, %l : tensor<8x64xf32>, tensor<8xf32>
}

// CHECK-LABEL: func.func @project(
// CHECK: sattn.project %{{.*}} by #sattn.btt<query = [8, 32], key = [8, 32], rank = 1>(
func.func @project(%x: tensor<64x?x256xf32>, %l: tensor<8x32x8x8xf32>, %r: tensor<8x8x32x32xf32>) -> tensor<64x8x?x256xf32> {
  %y = sattn.project %x by #sattn.btt<query = [8, 32], key = [8, 32], rank = 1>(%l, %r : tensor<8x32x8x8xf32>, tensor<8x8x32x32xf32>)
         : tensor<64x?x256xf32> -> tensor<64x8x?x256xf32>
  return %y : tensor<64x8x?x256xf32>
}

// CHECK-LABEL: func.func @norm(
// CHECK: sattn.norm layer %{{.*}} gain(%{{.*}} : tensor<24xf32>) segments [8, 16] : tensor<4x?x24xf32>
func.func @norm(%x: tensor<4x?x24xf32>, %g: tensor<24xf32>) -> tensor<4x?x24xf32> {
  %y = sattn.norm layer %x gain(%g : tensor<24xf32>) segments [8, 16] : tensor<4x?x24xf32>
  return %y : tensor<4x?x24xf32>
}

// CHECK-LABEL: func.func @yield(
// CHECK: %[[SCORE:.+]] = arith.addf
// CHECK: %[[KEEP:.+]] = arith.cmpi ule
// CHECK: sattn.yield %[[SCORE]], %[[KEEP]] : f32, i1
func.func @yield(%q: tensor<8x64xf32>, %k: tensor<8x64xf32>, %bias: tensor<8xf32>, %init: tensor<8x8xf32>) -> tensor<8x8xf32> {
  %s = sattn.score query(%q : tensor<8x64xf32>) key(%k : tensor<8x64xf32>) scale 0.125
         score(%bias : tensor<8xf32>) {
         ^bb0(%score: f32, %i: index, %j: index, %b: f32):
           %biased = arith.addf %score, %b : f32
           %keep = arith.cmpi ule, %j, %i : index
           sattn.yield %biased, %keep : f32, i1
         } outs(%init : tensor<8x8xf32>) dims(m r, n r, n -> m n) -> tensor<8x8xf32>
  return %s : tensor<8x8xf32>
}
