// RUN: sattn-opt %s --sattn-split-vectors | FileCheck %s

// A row of 12 elements, also as what a loop carries: three vectors of 4.
// CHECK-LABEL: func.func @product(
// CHECK-SAME: %[[M:.+]]: memref<8x12xf32>, %[[X:.+]]: f32
// CHECK: %[[R:.+]]:3 = scf.for {{.*}} -> (vector<4xf32>, vector<4xf32>, vector<4xf32>)
// CHECK-COUNT-3: vector.transfer_read %[[M]][%{{.+}}, %{{.+}}], %{{.+}} {in_bounds = [true]} : memref<8x12xf32>, vector<4xf32>
// CHECK-COUNT-3: vector.broadcast %[[X]] : f32 to vector<4xf32>
// CHECK-COUNT-3: vector.fma {{.*}} : vector<4xf32>
// CHECK: scf.yield {{.*}} : vector<4xf32>, vector<4xf32>, vector<4xf32>
// CHECK: vector.transfer_write %[[R]]#0
// CHECK: vector.transfer_write %[[R]]#1
// CHECK: vector.transfer_write %[[R]]#2
// CHECK-NOT: vector<12xf32>
// CHECK: return
func.func @product(%m: memref<8x12xf32>, %x: f32, %row: memref<12xf32>) {
  %zero = arith.constant 0.0 : f32
  %zeros = arith.constant dense<0.0> : vector<12xf32>
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c8 = arith.constant 8 : index
  %sum = scf.for %i = %c0 to %c8 step %c1 iter_args(%acc = %zeros) -> vector<12xf32> {
    %v = vector.transfer_read %m[%i, %c0], %zero {in_bounds = [true]} : memref<8x12xf32>, vector<12xf32>
    %b = vector.broadcast %x : f32 to vector<12xf32>
    %next = vector.fma %b, %v, %acc : vector<12xf32>
    scf.yield %next : vector<12xf32>
  }
  vector.transfer_write %sum, %row[%c0] {in_bounds = [true]} : vector<12xf32>, memref<12xf32>
  return
}

// Masks, positions, other element types, and a piece that is asked for.
// CHECK-LABEL: func.func @others(
// CHECK: arith.constant dense<[4, 5, 6, 7]> : vector<4xindex>
// CHECK-COUNT-3: arith.cmpi slt, {{.*}} : vector<4xindex>
// CHECK-COUNT-3: arith.extf {{.*}} : vector<4xf16> to vector<4xf32>
// CHECK: %[[KEPT:.+]] = arith.select %{{.+}}, %{{.+}}, %{{.+}} : vector<4xi1>, vector<4xf32>
// CHECK-NOT: vector.extract_strided_slice
// CHECK: return %{{.+}} : vector<4xf32>
func.func @others(%row: memref<?xf16>, %n: index) -> vector<4xf32> {
  %zero = arith.constant 0.0 : f16
  %zeros = arith.constant dense<0.0> : vector<12xf32>
  %c0 = arith.constant 0 : index
  %i = vector.step : vector<12xindex>
  %ns = vector.broadcast %n : index to vector<12xindex>
  %keep = arith.cmpi slt, %i, %ns : vector<12xindex>
  %v = vector.transfer_read %row[%c0], %zero : memref<?xf16>, vector<12xf16>
  %wide = arith.extf %v : vector<12xf16> to vector<12xf32>
  %kept = arith.select %keep, %wide, %zeros : vector<12xi1>, vector<12xf32>
  %last = vector.extract_strided_slice %kept {offsets = [8], sizes = [4], strides = [1]} : vector<12xf32> to vector<4xf32>
  return %last : vector<4xf32>
}

// Powers of two stay; what has no piecewise form gets the whole row.
// CHECK-LABEL: func.func @whole(
// CHECK: vector.fma {{.*}} : vector<16xf32>
// CHECK-COUNT-3: vector.insert_strided_slice
// CHECK: vector.extract %{{.+}}[%{{.+}}] : f32 from vector<12xf32>
// CHECK: return
func.func @whole(%a: vector<16xf32>, %row: memref<12xf32>, %lane: index) -> (vector<16xf32>, f32) {
  %zero = arith.constant 0.0 : f32
  %c0 = arith.constant 0 : index
  %b = vector.fma %a, %a, %a : vector<16xf32>
  %v = vector.transfer_read %row[%c0], %zero {in_bounds = [true]} : memref<12xf32>, vector<12xf32>
  %x = vector.extract %v[%lane] : f32 from vector<12xf32>
  return %b, %x : vector<16xf32>, f32
}
