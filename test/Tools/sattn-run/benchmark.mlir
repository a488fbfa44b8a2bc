// Times and sizes are whatever they are; that they are there, and the arithmetic,
// is tested.

// RUN: sattn-run %s --pipeline='%lower' --input=8x16xf32=1 --benchmark --threads=1 --repetitions=4 --warm-up=1 --flops=1e6 --report=%t.json > %t.txt
// RUN: FileCheck %s < %t.txt
// RUN: %python -c "import json, sys; r = json.load(open(sys.argv[1])); b = r['benchmark']; h = r['heap']; assert b['runs'] == 4 == len(b['seconds']); assert b['first_quartile_seconds'] <= b['median_seconds'] <= b['third_quartile_seconds']; assert abs(b['flops_per_second'] * b['median_seconds'] / 1e6 - 1) < 1e-9; assert b['flops'] == 1e6 and b['flops_given'] and not b['flops_not_counted']; assert b['peak_flops_per_second'] > 1e8; assert r['inputs'] == ['8x16xf32'] and r['outputs'] == ['8x16xf32']; assert 1024 <= h['peak_bytes'] < 2048 and h['allocations'] == 2, h" %t.json

// CHECK:      @twice on {{.+}}, 1 thread{{$}}
// CHECK-NEXT: compile {{.*}} s (passes {{.*}}, code generation {{.*}}, linking {{.*}})
// CHECK-NEXT: memory {{.*}} MiB of heap at the peak beside inputs and outputs, 2 allocations
// CHECK-NEXT: time     median {{.*}}, quartiles {{.*}} .. {{.*}}, 4 runs
// CHECK-NEXT: speed    {{.*}} GFLOP/s, {{.*}} % of the peak
// CHECK-NEXT: peak     {{.*}} GFLOP/s of multiply-adds, measured between the runs
// CHECK-NEXT: work     0.001000 GFLOP, as given

// Two buffers beside inputs and outputs: 2 x 8 x 16 x 4 bytes.
func.func @twice(%a: tensor<?x16xf32>) -> tensor<?x16xf32> {
  %c0 = arith.constant 0 : index
  %n = tensor.dim %a, %c0 : tensor<?x16xf32>
  %empty = tensor.empty(%n) : tensor<?x16xf32>
  %sum = linalg.add ins(%a, %a : tensor<?x16xf32>, tensor<?x16xf32>) outs(%empty : tensor<?x16xf32>) -> tensor<?x16xf32>
  %product = linalg.mul ins(%sum, %a : tensor<?x16xf32>, tensor<?x16xf32>) outs(%a : tensor<?x16xf32>) -> tensor<?x16xf32>
  %last = linalg.sub ins(%product, %sum : tensor<?x16xf32>, tensor<?x16xf32>) outs(%empty : tensor<?x16xf32>) -> tensor<?x16xf32>
  return %last : tensor<?x16xf32>
}
