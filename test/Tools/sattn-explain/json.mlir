// RUN: sattn-explain %s --target=aarch64 --format=json -o %t.json
// RUN: %python -c "import json, sys; json.load(open(sys.argv[1]))" %t.json
// RUN: FileCheck %s < %t.json

// The bound moves with the target: slow vector units make products the limit,
// starved memory makes it memory.
// RUN: sattn-explain %s --target=aarch64,fmas-per-cycle=1,memory-bytes-per-cycle=1000,threads=2 --format=json | FileCheck %s --check-prefix=VECTORS
// RUN: sattn-explain %s --target=aarch64,fmas-per-cycle=8,memory-bytes-per-cycle=1,threads=2 --format=json | FileCheck %s --check-prefix=MEMORY
// VECTORS:      "all_cores": {
// VECTORS-NEXT:   "cores": 2,
// VECTORS-NEXT:   "cycles_at_least": 134,
// VECTORS-NEXT:   "limit": "products"
// VECTORS:      "exponential_cycles": 72,
// VECTORS:      "memory_cycles": 1.15
// VECTORS:      "one_core": {
// VECTORS-NEXT:   "cores": 1,
// VECTORS-NEXT:   "cycles_at_least": 268,
// VECTORS:      "product_cycles": 196,
// VECTORS:      "ridge_flops_per_byte": 0.008
// MEMORY:      "all_cores": {
// MEMORY-NEXT:   "cores": 2,
// MEMORY-NEXT:   "cycles_at_least": 1152,
// MEMORY-NEXT:   "limit": "memory"

// CHECK: "attentions": [
// CHECK: "bound": {
// CHECK: "dense_score_flops": 648,
// CHECK: "pairs": 36,
// CHECK: "score_flops": 456,
// CHECK: "value_flops": 648
// CHECK: "function": "f",
// CHECK: "pairs": 20,
// CHECK-NEXT: "rank": 3
// CHECK: "link": "softmax",
// CHECK: "mean": false,
// CHECK: "given": true,
// CHECK: "query_tiles": 2,
// CHECK: "tiling": "#sattn.tiling<query = 4, key = 4>"
// CHECK: "structure": "#sattn.levels<ranks = [4, 3, 2], blocks = [*, 4, 2]>",
// CHECK: "uncounted": [],
// CHECK: "window": "#sattn.window<*, 0>"
// CHECK: "target": "aarch64"
func.func @f(%q: tensor<8x9xf32>, %k: tensor<8x9xf32>, %v: tensor<8x9xf32>, %o: tensor<8x9xf32>) -> tensor<8x9xf32> {
  %r = sattn.attention query(%q : tensor<8x9xf32>) key(%k : tensor<8x9xf32>) value(%v : tensor<8x9xf32>) scale 1.0
         structure #sattn.levels<ranks = [4, 3, 2], blocks = [*, 4, 2]> window <*, 0> tiling <query = 4, key = 4>
         outs(%o : tensor<8x9xf32>) -> tensor<8x9xf32>
  return %r : tensor<8x9xf32>
}
