// RUN: sattn-explain %s --format=svg -o %t.svg
// RUN: %python -c "import sys, xml.dom.minidom; xml.dom.minidom.parse(sys.argv[1])" %t.svg
// RUN: FileCheck %s < %t.svg

// Eight positions, causal, blocks of four and two: the depths of the matrix, row by
// row, are 3, 33, 223, 2233, 11113, ...
// CHECK: <svg
// CHECK: @f: 3 levels over 8 x 8 positions
// CHECK-DAG: <rect x="56.00" y="320.00" width="256.00" height="256.00" fill="#d6e6f4"/>
// CHECK-DAG: <rect x="56.00" y="192.00" width="128.00" height="128.00" fill="#6f8baf"/>
// CHECK-DAG: <rect x="312.00" y="448.00" width="128.00" height="128.00" fill="#6f8baf"/>
// CHECK-DAG: <rect x="56.00" y="64.00" width="64.00" height="64.00" fill="#08306b"/>
// CHECK: 1: 4 columns, 44.4 %
// CHECK: 2: 7 columns, 22.2 %
// CHECK: 3: 9 columns, 33.3 %
// CHECK: </svg>
func.func @f(%q: tensor<8x9xf32>, %k: tensor<8x9xf32>, %v: tensor<8x9xf32>, %o: tensor<8x9xf32>) -> tensor<8x9xf32> {
  %r = sattn.attention query(%q : tensor<8x9xf32>) key(%k : tensor<8x9xf32>) value(%v : tensor<8x9xf32>) scale 1.0
         structure #sattn.levels<ranks = [4, 3, 2], blocks = [*, 4, 2]> window <*, 0>
         outs(%o : tensor<8x9xf32>) -> tensor<8x9xf32>
  return %r : tensor<8x9xf32>
}
