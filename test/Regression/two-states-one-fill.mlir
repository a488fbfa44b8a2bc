// RUN: sattn-run %s --entry=both --input=1x26xf32=random:1 --input=17x26xf32=random:2 --input=17x13xf32=random:3 --input=1x17xi1=1 | FileCheck %s
// RUN: sattn-run %s --pipeline='sattn-to-cpu{stop-after=vectors},cse,sattn-lower-to-llvm{hoist-buffers stack-bytes=1048576}' --entry=both --input=1x26xf32=random:1 --input=17x26xf32=random:2 --input=17x13xf32=random:3 --input=1x17xi1=1 | FileCheck %s

// The states of two attentions in one block start from equal zero fills, which
// `cse` merges. Bufferization took the first write to such a state for one that
// overwrites all of it, left out the copy, and NaN from uninitialised memory
// reached the result (see sattn-guard-partial-writes).

// CHECK: result #0: 1x13xf32
// CHECK-NOT: nan
// CHECK: result #1: 1xf32
// CHECK-NOT: nan
func.func @both(%q: tensor<1x26xf32>, %k: tensor<17x26xf32>, %v: tensor<17x13xf32>, %mask: tensor<1x17xi1>) -> (tensor<1x13xf32>, tensor<1xf32>) {
  %o = tensor.empty() : tensor<1x13xf32>
  %l = tensor.empty() : tensor<1xf32>
  %a, %la = sattn.attention query(%q : tensor<1x26xf32>) key(%k : tensor<17x26xf32>) value(%v : tensor<17x13xf32>) scale 0.2 mask(%mask : tensor<1x17xi1>) outs(%o, %l : tensor<1x13xf32>, tensor<1xf32>) -> tensor<1x13xf32>, tensor<1xf32>
  %b, %lb = sattn.attention query(%q : tensor<1x26xf32>) key(%k : tensor<17x26xf32>) value(%v : tensor<17x13xf32>) scale 0.1 outs(%o, %l : tensor<1x13xf32>, tensor<1xf32>) -> tensor<1x13xf32>, tensor<1xf32>
  %m, %lm = sattn.merge outputs(%a, %b : tensor<1x13xf32>, tensor<1x13xf32>) lse(%la, %lb : tensor<1xf32>, tensor<1xf32>) -> tensor<1x13xf32>, tensor<1xf32>
  return %m, %lm : tensor<1x13xf32>, tensor<1xf32>
}
