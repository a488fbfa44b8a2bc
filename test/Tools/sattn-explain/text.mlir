// RUN: sattn-explain %s --target=x86-64-v3,threads=2 | FileCheck %s
// RUN: sattn-explain %s --queries=2048 --batch=3 | FileCheck %s --check-prefix=LONGER

!t = tensor<?x12x?x64xf32>
#lm = #sattn.levels<ranks = [32, 8, 6, 4, 4, 4, 4, 2], blocks = [*, 512, 256, 128, 64, 32, 16, 8],
                    scales = [0.03125, 0.125, 0.16666666666666666, 0.25, 0.25, 0.25, 0.25, 0.5], mean>

// CHECK: @lm at {{.*}}text.mlir:[[#@LINE+31]]:8
// CHECK-NEXT: computes softmax attention, f32, causal
// CHECK-NEXT: sizes 1024 queries x 1024 keys, 64 columns, values of 64, batch 1 x 12
// CHECK-NEXT: assumed batch axis 0 = 1
// CHECK-NEXT: assumed queries = 1024
// CHECK-NEXT: assumed keys = 1024
// CHECK-NEXT: structure 8 levels; {{.*}}, divided by their number
// CHECK-NEXT: level
// CHECK-NEXT: {{^ +}}1 1024 0..31 0.03125 100.0 %
// CHECK-NEXT: {{^ +}}2 512 32..39 0.12500 50.0 %
// CHECK: {{^ +}}8 8 62..63 0.50000 0.9 %
// CHECK-NEXT: mean depth 2.00 levels, 38.48 of 64 columns per pair
// CHECK-NEXT: work scores 484.64 MFLOP (all columns 806.09 MFLOP), values 806.09 MFLOP, exp 6.30 M
// CHECK-NEXT: 80.1 % of the same attention with all columns: at most 1.25 times faster
// CHECK-NEXT: memory reads 9.44 MB, writes 3.15 MB; {{.*}} 50.33 MB
// CHECK-NEXT: cache keys 1.89 MB, 60.1 % of all columns; keys and values 5.04 MB, 80.0 %
// CHECK-NEXT: tiling #sattn.tiling<query = 64, key = 256>: 16 query tiles for each of batch 1 x 12
// CHECK-NEXT: given in the program
// CHECK-NEXT: the nest does 1.40 GFLOP, 8.1 % more than exact
// CHECK-NEXT: e.g. the tile of query 960:
// CHECK-NEXT: keys 0..511 1 level, 32 columns{{$}}
// CHECK-NEXT: keys 512..767 2 levels, 40 columns{{$}}
// CHECK-NEXT: keys 768..895 3 levels, 46 columns{{$}}
// CHECK-NEXT: keys 896..959 4 levels, 50 columns{{$}}
// CHECK-NEXT: keys 960..1023 5 or more levels, 64 columns, masked{{$}}
// CHECK-NEXT: bound products: at least 46.75 M cycles of a core of x86-64-v3 for the nest
// CHECK-NEXT: products 43.60 M + exponentials 3.15 M, memory 1.57 M beside them
// CHECK-NEXT: 110.9 FLOP per byte; memory limits products below 4.0
// CHECK-NEXT: on 2 cores products: at least 23.37 M cycles
// LONGER: sizes 2048 queries x 2048 keys, 64 columns, values of 64, batch 3 x 12
func.func @lm(%q: !t, %k: !t, %v: !t, %o: !t) -> !t {
  %r = sattn.attention query(%q : !t) key(%k : !t) value(%v : !t) scale 1.0 structure #lm window <*, 0>
         tiling <query = 64, key = 256> outs(%o : !t) -> !t
  return %r : !t
}

// CHECK: @dense at
// CHECK-NEXT: computes linear attention, f64, a query reads itself, 3 keys before and 0 after it
// CHECK-NEXT: sizes 16 queries x 16 keys, 8 columns, values of 4, batch none
// CHECK-NEXT: mask drops pairs by data
// CHECK-NEXT: structure none
// CHECK-NEXT: work scores 928 FLOP (all columns 928 FLOP), values 464 FLOP, exp 0
// CHECK: tiling #sattn.tiling<query = {{.*}} query tiles for each of batch none
// CHECK-NEXT: selected for x86-64-v3: registers 16 x 256 bits, register tile 6 rows x 2 vectors, caches 32.77 kB and 524.29 kB, 2 threads
func.func @dense(%q: tensor<16x8xf64>, %k: tensor<16x8xf64>, %v: tensor<16x4xf64>, %mask: tensor<16x16xi1>,
                 %o: tensor<16x4xf64>) -> tensor<16x4xf64> {
  %r = sattn.attention query(%q : tensor<16x8xf64>) key(%k : tensor<16x8xf64>) value(%v : tensor<16x4xf64>)
         scale 1.0 window <3, 0> mask(%mask : tensor<16x16xi1>) link linear outs(%o : tensor<16x4xf64>) -> tensor<16x4xf64>
  return %r : tensor<16x4xf64>
}

// A step of decoding: one query behind 4096 keys.
// CHECK: @decode at
// CHECK: sizes 1 queries x 4096 keys
// CHECK-NEXT: assumed query_offset = 4095
// CHECK: {{^ +}}2 512 8..15 1.00000 12.5 %
// CHECK: bound memory: at least 65.55 k cycles
// CHECK-NEXT: products 6.40 k + exponentials 2.05 k, memory 65.55 k beside them
// CHECK-NEXT: 0.4 FLOP per byte; memory limits products below 4.0
func.func @decode(%q: tensor<1x16xf32>, %k: tensor<4096x16xf32>, %v: tensor<4096x16xf32>, %at: index,
                  %o: tensor<1x16xf32>) -> tensor<1x16xf32> {
  %r = sattn.attention query(%q : tensor<1x16xf32>) key(%k : tensor<4096x16xf32>) value(%v : tensor<4096x16xf32>)
         scale 1.0 structure #sattn.levels<ranks = [8, 8], blocks = [*, 512]> window <*, 0>
         query_offset(%at : index) outs(%o : tensor<1x16xf32>) -> tensor<1x16xf32>
  return %r : tensor<1x16xf32>
}
