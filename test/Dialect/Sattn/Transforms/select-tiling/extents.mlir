// RUN: sattn-opt %s --sattn-select-tiling=target=x86-64-v3 | FileCheck %s --check-prefixes=CHECK,EIGHT
// RUN: sattn-opt %s --sattn-select-tiling=target=x86-64-v3,threads=1 | FileCheck %s --check-prefixes=CHECK,ONE

// Few queries: whole panels of 16, or just the rows.
// CHECK-LABEL: func.func @few(
// CHECK: tiling <query = 48, key = 192>
func.func @few(%q: tensor<64x40x64xf32>, %k: tensor<64x?x64xf32>, %o: tensor<64x40x64xf32>) -> tensor<64x40x64xf32> {
  %r = sattn.attention query(%q : tensor<64x40x64xf32>) key(%k : tensor<64x?x64xf32>) value(%k : tensor<64x?x64xf32>) scale 1.0 outs(%o : tensor<64x40x64xf32>) -> tensor<64x40x64xf32>
  return %r : tensor<64x40x64xf32>
}

// CHECK-LABEL: func.func @decode(
// CHECK: tiling <query = 1, key = 192>
func.func @decode(%q: tensor<64x1x64xf32>, %k: tensor<64x?x64xf32>, %o: tensor<64x1x64xf32>) -> tensor<64x1x64xf32> {
  %r = sattn.attention query(%q : tensor<64x1x64xf32>) key(%k : tensor<64x?x64xf32>) value(%k : tensor<64x?x64xf32>) scale 1.0 outs(%o : tensor<64x1x64xf32>) -> tensor<64x1x64xf32>
  return %r : tensor<64x1x64xf32>
}

// CHECK-LABEL: func.func @speculate(
// CHECK: tiling <query = 4, key = 192>
func.func @speculate(%q: tensor<64x4x64xf32>, %k: tensor<64x?x64xf32>, %o: tensor<64x4x64xf32>) -> tensor<64x4x64xf32> {
  %r = sattn.attention query(%q : tensor<64x4x64xf32>) key(%k : tensor<64x?x64xf32>) value(%k : tensor<64x?x64xf32>) scale 1.0 outs(%o : tensor<64x4x64xf32>) -> tensor<64x4x64xf32>
  return %r : tensor<64x4x64xf32>
}

// A number that is not known, but small.
// CHECK-LABEL: func.func @heads(
// CHECK: tiling <query = 8, key = 192>
func.func @heads(%q: tensor<64x?x64xf32>, %k: tensor<64x?x64xf32>, %o: tensor<64x?x64xf32>) -> tensor<64x?x64xf32> {
  %r = sattn.attention query(%q : tensor<64x?x64xf32>) key(%k : tensor<64x?x64xf32>) value(%k : tensor<64x?x64xf32>) scale 1.0 outs(%o : tensor<64x?x64xf32>) {sattn.few_queries} -> tensor<64x?x64xf32>
  return %r : tensor<64x?x64xf32>
}

// Few keys.
// CHECK-LABEL: func.func @short(
// CHECK: key = 50>
func.func @short(%q: tensor<64x1024x64xf32>, %k: tensor<64x50x64xf32>, %o: tensor<64x1024x64xf32>) -> tensor<64x1024x64xf32> {
  %r = sattn.attention query(%q : tensor<64x1024x64xf32>) key(%k : tensor<64x50x64xf32>) value(%k : tensor<64x50x64xf32>) scale 1.0 outs(%o : tensor<64x1024x64xf32>) -> tensor<64x1024x64xf32>
  return %r : tensor<64x1024x64xf32>
}

// One head of 512 queries: 8 threads want 16 tiles.
// CHECK-LABEL: func.func @idle(
// EIGHT: tiling <query = 32, key = 192>
// ONE: tiling <query = 128, key = 192>
func.func @idle(%q: tensor<512x64xf32>, %k: tensor<512x64xf32>, %o: tensor<512x64xf32>) -> tensor<512x64xf32> {
  %r = sattn.attention query(%q : tensor<512x64xf32>) key(%k : tensor<512x64xf32>) value(%k : tensor<512x64xf32>) scale 1.0 outs(%o : tensor<512x64xf32>) -> tensor<512x64xf32>
  return %r : tensor<512x64xf32>
}

// One query, many keys: the key axis is split, unless the link cannot merge.
// CHECK-LABEL: func.func @split(
// EIGHT: tiling <query = 1, key = 192, split = 8>
// ONE: tiling <query = 1, key = 192>
func.func @split(%q: tensor<1x64xf32>, %k: tensor<32768x64xf32>, %o: tensor<1x64xf32>) -> tensor<1x64xf32> {
  %r = sattn.attention query(%q : tensor<1x64xf32>) key(%k : tensor<32768x64xf32>) value(%k : tensor<32768x64xf32>) scale 1.0 outs(%o : tensor<1x64xf32>) -> tensor<1x64xf32>
  return %r : tensor<1x64xf32>
}

// CHECK-LABEL: func.func @argmax(
// CHECK: tiling <query = 1, key = 192>
func.func @argmax(%q: tensor<1x64xf32>, %k: tensor<32768x64xf32>, %o: tensor<1x64xf32>) -> tensor<1x64xf32> {
  %r = sattn.attention query(%q : tensor<1x64xf32>) key(%k : tensor<32768x64xf32>) value(%k : tensor<32768x64xf32>) scale 1.0 link argmax outs(%o : tensor<1x64xf32>) -> tensor<1x64xf32>
  return %r : tensor<1x64xf32>
}

// A working set beyond the L2 cache of 512 KiB.
// CHECK-LABEL: func.func @deep(
// CHECK: tiling <query = 32, key = 48>
func.func @deep(%q: tensor<?x?x768xf32>, %o: tensor<?x?x768xf32>) -> tensor<?x?x768xf32> {
  %r = sattn.attention query(%q : tensor<?x?x768xf32>) key(%q : tensor<?x?x768xf32>) value(%q : tensor<?x?x768xf32>) scale 1.0 outs(%o : tensor<?x?x768xf32>) -> tensor<?x?x768xf32>
  return %r : tensor<?x?x768xf32>
}

// f64 has half the lanes; blocks of 96 want a tile that divides them.
// CHECK-LABEL: func.func @blocks(
// CHECK: tiling <query = 96, key = 192, levels = rolled>
func.func @blocks(%q: tensor<?x?x64xf64>, %o: tensor<?x?x64xf64>) -> tensor<?x?x64xf64> {
  %r = sattn.attention query(%q : tensor<?x?x64xf64>) key(%q : tensor<?x?x64xf64>) value(%q : tensor<?x?x64xf64>) scale 1.0
    structure #sattn.levels<ranks = [32, 32], blocks = [*, 96]> outs(%o : tensor<?x?x64xf64>) -> tensor<?x?x64xf64>
  return %r : tensor<?x?x64xf64>
}

// More than two segments share loops.
// CHECK-LABEL: func.func @many_levels(
// CHECK: levels = rolled
func.func @many_levels(%q: tensor<?x?x9xf32>, %o: tensor<?x?x9xf32>) -> tensor<?x?x9xf32> {
  %r = sattn.attention query(%q : tensor<?x?x9xf32>) key(%q : tensor<?x?x9xf32>) value(%q : tensor<?x?x9xf32>) scale 1.0
    structure #sattn.levels<ranks = [1, 1, 1, 1, 1, 1, 1, 1, 1], blocks = [*, 32768, 16384, 8192, 4096, 2048, 1024, 512, 256]> outs(%o : tensor<?x?x9xf32>) -> tensor<?x?x9xf32>
  return %r : tensor<?x?x9xf32>
}
