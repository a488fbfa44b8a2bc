// What an attention takes of an NVIDIA chip, with numbers of the emitted kernel.

// RUN: sattn-explain %s --target=sm_80 --ptxas=none | FileCheck %s
// RUN: sattn-explain %s --target=sm_90a --ptxas=none | FileCheck %s --check-prefix=HOPPER
// RUN: sattn-explain %s --target=sm_90a --ptxas=none --format=json | %python -c "import json, sys; a = json.load(sys.stdin)['attentions']; k = [x['kernel'] for x in a]; assert [x['path'] for x in k] == ['wgmma', 'scalar', 'mma.sync', 'mma.sync', 'wgmma'], k; assert k[0]['tiles'] == {'query': 128, 'key': 128, 'slots': 2} and k[0]['emitted']['ptxas_error'] == 'ptxas not found', k[0]; assert k[0]['shared_bytes'] == k[0]['emitted']['kernels'][0]['shared_bytes'] and k[0]['registers']['at_most'] == 240, k[0]; assert 'got f32' in k[1]['reason'] and k[4]['split'] == 32, k; assert k[0]['bound']['limit'] == 'products' and 'bound' not in a[0], k[0]"
// RUN: sattn-explain %s --target=sm_90a --ptxas=none --format=svg | FileCheck %s --check-prefix=PICTURE
// PICTURE: <svg

!t = tensor<8x2048x64xf16>
// CHECK: {{^}}@causal at
// CHECK: tiling #sattn.tiling<query = 64, key = 64>: 32 query tiles
// CHECK-NEXT: selected for sm_80
// CHECK: kernel tensor cores by mma.sync: 4 warps, tiles by cp.async
// CHECK-NEXT: tiles 64 queries x 64 keys, 2 slots for keys and values: the table's row for widths up to 64 and 64
// CHECK-NEXT: registers about 124 of at most 255 per thread (accumulator 32, query 16, scores 32, other 44)
// CHECK-NEXT: shared 40960 of at most 166912 bytes per block
// CHECK-NEXT: blocks 256 of 128 threads for 108 multiprocessors
// CHECK-NEXT: 4 at a time on each, limited by registers
// CHECK-NEXT: emitted 1 kernel to PTX in {{.*}} s of processor time, ptxas not found
// CHECK-NEXT: @causal: 128 threads, 40960 bytes of shared memory
// CHECK-NEXT: bound products: at least 17.97 us on A100 SXM
// CHECK-NEXT: products of whole tiles 17.97 us, exponentials 8.97 us, memory 4.11 us (79.0 % of the multiprocessors busy)
// CHECK-NEXT: 312 TFLOP/s of tensor cores, 2.44 T exponentials/s, 2039 GB/s: an exponential takes as long as 128 FLOP, a byte as long as 153

// HOPPER: {{^}}@causal at
// HOPPER: kernel tensor cores by wgmma: 8 warps multiply, 4 more fetch tiles by TMA
// HOPPER: blocks 128 of 384 threads for 132 multiprocessors
// HOPPER-NEXT: 1 at a time on each, limited by registers
// HOPPER: bound products: at least 4.76 us on H100 SXM
func.func @causal(%q: !t, %k: !t, %v: !t) -> !t {
  %o = tensor.empty() : !t
  %r = sattn.attention query(%q : !t) key(%k : !t) value(%v : !t) scale 0.125 window <*, 0> outs(%o : !t) -> !t
  return %r : !t
}

// A tiling of a processor gives way to one of the chip.

!f = tensor<256x20xf32>
// CHECK: {{^}}@scalar at
// CHECK: tiling #sattn.tiling<query = 1, key = 1>
// CHECK-NEXT: selected for sm_80
// CHECK: kernel scalar, a query per thread: expected a query of f16 or bf16, {{.*}} which tensor cores multiply, got f32
// CHECK-NEXT: blocks 4 of 64 threads for 108 multiprocessors
// CHECK: @scalar: 64 threads, 0 bytes of shared memory
// CHECK-NEXT: bound products
// CHECK-NEXT: products {{.*}} (3.7 % of the multiprocessors busy)
// CHECK-NEXT: 19.5 TFLOP/s, 2.44 T
func.func @scalar(%q: !f, %k: !f, %v: !f) -> !f {
  %o = tensor.empty() : !f
  %r = sattn.attention query(%q : !f) key(%k : !f) value(%v : !f) scale 1.0 tiling <query = 64, key = 256, levels = rolled>
         outs(%o : !f) -> !f
  return %r : !f
}

// What the program asks for stays where it fits.

!w = tensor<256x64xf16>
// CHECK: {{^}}@given at
// CHECK: tiling #sattn.tiling<query = 32, key = 48>
// CHECK-NEXT: given in the program
// CHECK: tiles 32 queries x 48 keys, 2 slots for keys and values: no row of the table
// CHECK-NEXT: registers about 116 of at most 255
// CHECK-NEXT: shared [[BYTES:[0-9]+]] of at most
// CHECK: @given: 64 threads, [[BYTES]] bytes of shared memory
func.func @given(%q: !w, %k: !w, %v: !w) -> !w {
  %o = tensor.empty() : !w
  %r = sattn.attention query(%q : !w) key(%k : !w) value(%v : !w) scale 1.0 tiling <query = 32, key = 48> outs(%o : !w) -> !w
  return %r : !w
}

// The widest: checks count beside the accumulator.

!x = tensor<2048x256xf16>
// CHECK: {{^}}@wide at
// CHECK: registers about 229 of at most 255 per thread (accumulator 128, query 32, scores 16, checks 9, other 44)
func.func @wide(%q: !x, %k: !x, %v: !x) -> !x {
  %o = tensor.empty() : !x
  %r = sattn.attention query(%q : !x) key(%k : !x) value(%v : !x) scale 0.1 window <*, 0> outs(%o : !x) -> !x
  return %r : !x
}

// A step of decoding: parts of the keys fill the chip, other kernels merge their results.

!q = tensor<4x1x128xf16>
!k = tensor<4x8192x128xf16>
// CHECK: {{^}}@decode at
// CHECK: tiles 64 queries x 64 keys, 2 slots for keys and values: the table's row for widths up to 128 and 128
// CHECK: blocks 128 of 128 threads for 108 multiprocessors, keys in 32 parts that are merged
// CHECK: emitted 9 kernels to PTX
// CHECK-NEXT: @decode: 128 threads, 81920 bytes of shared memory
// CHECK-NEXT: 8 without shared memory
// CHECK-NEXT: bound memory
func.func @decode(%q: !q, %k: !k, %v: !k) -> !q {
  %o = tensor.empty() : !q
  %r = sattn.attention query(%q : !q) key(%k : !k) value(%v : !k) scale 0.1 outs(%o : !q) -> !q
  return %r : !q
}
