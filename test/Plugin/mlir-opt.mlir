// REQUIRES: mlir-dylib
// RUN: mlir-opt %s --load-dialect-plugin=%binary_dir/lib/SattnPlugin.so \
// RUN:   --load-pass-plugin=%binary_dir/lib/SattnPlugin.so \
// RUN:   --pass-pipeline='builtin.module(sattn-select-tiling{target=x86-64-v3},sattn-tile-attention,canonicalize)' \
// RUN: | FileCheck %s

// A stock mlir-opt reads the dialect and runs the project's passes between its own.

// CHECK-LABEL: func.func @attention(
// CHECK-NOT: sattn.attention
// CHECK: scf.forall
// CHECK: sattn.online_attention
// CHECK: sattn.finalize
func.func @attention(%q: tensor<128x64xf32>, %k: tensor<128x64xf32>, %v: tensor<128x64xf32>, %o: tensor<128x64xf32>) -> tensor<128x64xf32> {
  %r = sattn.attention query(%q : tensor<128x64xf32>) key(%k : tensor<128x64xf32>) value(%v : tensor<128x64xf32>)
         scale 0.125 window <*, 0> outs(%o : tensor<128x64xf32>) -> tensor<128x64xf32>
  return %r : tensor<128x64xf32>
}
