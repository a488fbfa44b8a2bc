// RUN: rm -rf %t
// RUN: cmake --install %binary_dir --prefix %t/install
// RUN: cmake -S %S -B %t/build -G Ninja -DCMAKE_PREFIX_PATH=%t/install -DMLIR_DIR=%mlir_dir \
// RUN:   -DCMAKE_C_COMPILER=%host_cc -DCMAKE_CXX_COMPILER=%host_cxx -DCMAKE_CXX_COMPILER_LAUNCHER=%ccache
// RUN: cmake --build %t/build
// RUN: %t/build/consumer-opt %s --consumer-pipeline | FileCheck %s
// RUN: %t/build/consumer-opt %s --consumer-vectors | FileCheck %s --check-prefix=VECTORS

// A project that finds the installed package, and its tool.

// CHECK-LABEL: func.func @attention(
// CHECK: scf.forall
// CHECK: sattn.online_attention
// VECTORS-LABEL: func.func @attention(
// VECTORS-NOT: sattn.
// VECTORS: vector.
func.func @attention(%q: tensor<128x64xf32>, %k: tensor<128x64xf32>, %v: tensor<128x64xf32>, %o: tensor<128x64xf32>) -> tensor<128x64xf32> {
  %r = sattn.attention query(%q : tensor<128x64xf32>) key(%k : tensor<128x64xf32>) value(%v : tensor<128x64xf32>)
         scale 0.125 window <*, 0> outs(%o : tensor<128x64xf32>) -> tensor<128x64xf32>
  return %r : tensor<128x64xf32>
}
