// RUN: sattn-opt %s --sattn-linearize-attention=force --canonicalize --cse | FileCheck %s

!t = tensor<1024x32xf32>
#levels = #sattn.levels<ranks = [16, 8, 8], blocks = [*, 256, 32], mean>

// A sum over all keys and one for each block of 256, whose columns before its own
// have the factor 1/2 - 1. The finest level is scored inside a chunk: all of its
// levels, less what the sums contain of the chunk's own pairs.
// CHECK-LABEL: func.func @full(
// CHECK-DAG: %[[FACTORS:.+]] = arith.constant dense<[-5.000000e-01, {{.*}}, 5.000000e-01]> : tensor<24xf32>
// CHECK-DAG: %[[MINUS:.+]] = arith.constant -5.000000e-01 : f32
// CHECK: scf.for {{.*}} -> (tensor<16x32xf32>)
// CHECK: %[[BLOCKS:.+]] = scf.forall (%{{.+}}) in (4) {{.*}} -> (tensor<4x24x32xf32>)
// CHECK: linalg.generic {{.*}} ins(%{{.+}}, %[[FACTORS]], %{{.+}} :
// CHECK: scf.forall (%{{.+}}) in (8)
// CHECK: tensor.extract_slice %[[BLOCKS]][%{{.+}}, 0, 0] [1, 24, 32]
// CHECK: sattn.online_attention {{.*}} structure #sattn.levels<ranks = [16, 8, 8], blocks = [*, *, 32], mean>
// CHECK: sattn.online_attention query(%{{.+}} : tensor<128x24xf32>) {{.*}} scale(%[[MINUS]] : f32)
// CHECK: sattn.finalize
func.func @full(%q: !t, %k: !t, %v: !t, %init: !t) -> !t {
  %o = sattn.attention query(%q : !t) key(%k : !t) value(%v : !t) scale 0.125 structure #levels link identity outs(%init : !t) -> !t
  return %o : !t
}

// Causal, each chunk of queries has its own sum of the keys of its block before it.
// CHECK-LABEL: func.func @causal(
// CHECK: scf.for {{.*}} -> (tensor<16x32xf32>, tensor<16xf32>, tensor<8x16x32xf32>, tensor<8x16xf32>)
// CHECK: scf.forall (%{{.+}}) in (4) {{.*}} -> (tensor<8x24x32xf32>, tensor<8x24xf32>)
// CHECK: scf.forall (%{{.+}}) in (8)
// CHECK: sattn.online_attention {{.*}} structure #sattn.levels<ranks = [16, 8, 8], blocks = [*, *, 32], mean> window <*, 0>
// CHECK-NOT: sattn.online_attention
// CHECK: sattn.finalize
func.func @causal(%q: !t, %k: !t, %v: !t, %init: !t) -> !t {
  %o = sattn.attention query(%q : !t) key(%k : !t) value(%v : !t) scale 0.125 structure #levels window <*, 0> link linear outs(%init : !t) -> !t
  return %o : !t
}
