// RUN: sattn-opt %s -sattn-lower-vectors | FileCheck %s
// RUN: sattn-opt %s -sattn-lower-vectors=avx2 | FileCheck %s --check-prefix=AVX2

// CHECK-LABEL: func.func @square(
// CHECK-NOT: vector.transpose
// CHECK: vector.shuffle {{.*}} : vector<64xf32>, vector<64xf32>
// CHECK: return
// AVX2-LABEL: func.func @square(
// AVX2-NOT: vector.transpose
// AVX2: vector.shuffle %{{.+}}, %{{.+}} [0, 8, 1, 9, 4, 12, 5, 13] : vector<8xf32>, vector<8xf32>
// AVX2: return
func.func @square(%a: vector<8x8xf32>) -> vector<8x8xf32> {
  %t = vector.transpose %a, [1, 0] : vector<8x8xf32> to vector<8x8xf32>
  return %t : vector<8x8xf32>
}

// A scalar computation on a broadcast is done once.
// CHECK-LABEL: func.func @sink(
// CHECK-SAME: %[[X:.+]]: index, %[[Y:.+]]: index
// CHECK: %[[SUM:.+]] = arith.addi %[[X]], %[[Y]] : index
// CHECK: vector.broadcast %[[SUM]] : index to vector<16xindex>
func.func @sink(%x: index, %y: index) -> vector<16xindex> {
  %bx = vector.broadcast %x : index to vector<16xindex>
  %by = vector.broadcast %y : index to vector<16xindex>
  %s = arith.addi %bx, %by : vector<16xindex>
  return %s : vector<16xindex>
}
