// RUN: sattn-opt %s --sattn-raise-attention 2>&1 | FileCheck %s

// Programs that a careless reader takes forever for or divides by 0 in.

#id = affine_map<(b, m, n) -> (b, m, n)>
!x = tensor<2x8x4xf32>
!s = tensor<2x8x8xf32>

// Each value is used twice by the next: 2^64 paths, 64 values.
// CHECK: remark: [sattn-raise-attention] not raised: an axis has no elements
// CHECK-LABEL: func.func @shared_values(
// CHECK: sattn.attention {{.*}} score(%{{[a-z0-9]+}} : tensor<2x8x8xi1>) {
// CHECK: sattn.yield
// CHECK: return
func.func @shared_values(%q: !x, %k: !x, %v: !x, %c: tensor<2x8x8xi1>) -> !x {
  %zero = arith.constant 0.0 : f32
  %low = arith.constant 0xFF800000 : f32
  %true = arith.constant true
  %es = tensor.empty() : !s
  %zs = linalg.fill ins(%zero : f32) outs(%es : !s) -> !s
  %s = linalg.batch_matmul indexing_maps = [affine_map<(b, m, n, r) -> (b, m, r)>, affine_map<(b, m, n, r) -> (b, n, r)>, affine_map<(b, m, n, r) -> (b, m, n)>]
         ins(%q, %k : !x, !x) outs(%zs : !s) -> !s
  %g = linalg.generic {indexing_maps = [#id, #id, #id], iterator_types = ["parallel", "parallel", "parallel"]}
         ins(%s, %c : !s, tensor<2x8x8xi1>) outs(%es : !s) {
  ^bb0(%x0: f32, %k0: i1, %out: f32):
    %j = linalg.index 2 : index
    %c3 = arith.constant 3 : index
    %l0 = arith.cmpi slt, %j, %c3 : index
    %x1 = arith.mulf %x0, %x0 : f32
    %x2 = arith.mulf %x1, %x1 : f32
    %x3 = arith.mulf %x2, %x2 : f32
    %x4 = arith.mulf %x3, %x3 : f32
    %x5 = arith.mulf %x4, %x4 : f32
    %x6 = arith.mulf %x5, %x5 : f32
    %x7 = arith.mulf %x6, %x6 : f32
    %x8 = arith.mulf %x7, %x7 : f32
    %x9 = arith.mulf %x8, %x8 : f32
    %x10 = arith.mulf %x9, %x9 : f32
    %x11 = arith.mulf %x10, %x10 : f32
    %x12 = arith.mulf %x11, %x11 : f32
    %x13 = arith.mulf %x12, %x12 : f32
    %x14 = arith.mulf %x13, %x13 : f32
    %x15 = arith.mulf %x14, %x14 : f32
    %x16 = arith.mulf %x15, %x15 : f32
    %x17 = arith.mulf %x16, %x16 : f32
    %x18 = arith.mulf %x17, %x17 : f32
    %x19 = arith.mulf %x18, %x18 : f32
    %x20 = arith.mulf %x19, %x19 : f32
    %x21 = arith.mulf %x20, %x20 : f32
    %x22 = arith.mulf %x21, %x21 : f32
    %x23 = arith.mulf %x22, %x22 : f32
    %x24 = arith.mulf %x23, %x23 : f32
    %x25 = arith.mulf %x24, %x24 : f32
    %x26 = arith.mulf %x25, %x25 : f32
    %x27 = arith.mulf %x26, %x26 : f32
    %x28 = arith.mulf %x27, %x27 : f32
    %x29 = arith.mulf %x28, %x28 : f32
    %x30 = arith.mulf %x29, %x29 : f32
    %x31 = arith.mulf %x30, %x30 : f32
    %x32 = arith.mulf %x31, %x31 : f32
    %x33 = arith.mulf %x32, %x32 : f32
    %x34 = arith.mulf %x33, %x33 : f32
    %x35 = arith.mulf %x34, %x34 : f32
    %x36 = arith.mulf %x35, %x35 : f32
    %x37 = arith.mulf %x36, %x36 : f32
    %x38 = arith.mulf %x37, %x37 : f32
    %x39 = arith.mulf %x38, %x38 : f32
    %x40 = arith.mulf %x39, %x39 : f32
    %x41 = arith.mulf %x40, %x40 : f32
    %x42 = arith.mulf %x41, %x41 : f32
    %x43 = arith.mulf %x42, %x42 : f32
    %x44 = arith.mulf %x43, %x43 : f32
    %x45 = arith.mulf %x44, %x44 : f32
    %x46 = arith.mulf %x45, %x45 : f32
    %x47 = arith.mulf %x46, %x46 : f32
    %x48 = arith.mulf %x47, %x47 : f32
    %x49 = arith.mulf %x48, %x48 : f32
    %x50 = arith.mulf %x49, %x49 : f32
    %x51 = arith.mulf %x50, %x50 : f32
    %x52 = arith.mulf %x51, %x51 : f32
    %x53 = arith.mulf %x52, %x52 : f32
    %x54 = arith.mulf %x53, %x53 : f32
    %x55 = arith.mulf %x54, %x54 : f32
    %x56 = arith.mulf %x55, %x55 : f32
    %x57 = arith.mulf %x56, %x56 : f32
    %x58 = arith.mulf %x57, %x57 : f32
    %x59 = arith.mulf %x58, %x58 : f32
    %x60 = arith.mulf %x59, %x59 : f32
    %x61 = arith.mulf %x60, %x60 : f32
    %x62 = arith.mulf %x61, %x61 : f32
    %x63 = arith.mulf %x62, %x62 : f32
    %x64 = arith.mulf %x63, %x63 : f32
    %k1 = arith.andi %k0, %l0 : i1
    %l1 = arith.ori %l0, %k0 : i1
    %k2 = arith.andi %k1, %l1 : i1
    %l2 = arith.ori %l1, %k1 : i1
    %k3 = arith.andi %k2, %l2 : i1
    %l3 = arith.ori %l2, %k2 : i1
    %k4 = arith.andi %k3, %l3 : i1
    %l4 = arith.ori %l3, %k3 : i1
    %k5 = arith.andi %k4, %l4 : i1
    %l5 = arith.ori %l4, %k4 : i1
    %k6 = arith.andi %k5, %l5 : i1
    %l6 = arith.ori %l5, %k5 : i1
    %k7 = arith.andi %k6, %l6 : i1
    %l7 = arith.ori %l6, %k6 : i1
    %k8 = arith.andi %k7, %l7 : i1
    %l8 = arith.ori %l7, %k7 : i1
    %k9 = arith.andi %k8, %l8 : i1
    %l9 = arith.ori %l8, %k8 : i1
    %k10 = arith.andi %k9, %l9 : i1
    %l10 = arith.ori %l9, %k9 : i1
    %k11 = arith.andi %k10, %l10 : i1
    %l11 = arith.ori %l10, %k10 : i1
    %k12 = arith.andi %k11, %l11 : i1
    %l12 = arith.ori %l11, %k11 : i1
    %k13 = arith.andi %k12, %l12 : i1
    %l13 = arith.ori %l12, %k12 : i1
    %k14 = arith.andi %k13, %l13 : i1
    %l14 = arith.ori %l13, %k13 : i1
    %k15 = arith.andi %k14, %l14 : i1
    %l15 = arith.ori %l14, %k14 : i1
    %k16 = arith.andi %k15, %l15 : i1
    %l16 = arith.ori %l15, %k15 : i1
    %k17 = arith.andi %k16, %l16 : i1
    %l17 = arith.ori %l16, %k16 : i1
    %k18 = arith.andi %k17, %l17 : i1
    %l18 = arith.ori %l17, %k17 : i1
    %k19 = arith.andi %k18, %l18 : i1
    %l19 = arith.ori %l18, %k18 : i1
    %k20 = arith.andi %k19, %l19 : i1
    %l20 = arith.ori %l19, %k19 : i1
    %k21 = arith.andi %k20, %l20 : i1
    %l21 = arith.ori %l20, %k20 : i1
    %k22 = arith.andi %k21, %l21 : i1
    %l22 = arith.ori %l21, %k21 : i1
    %k23 = arith.andi %k22, %l22 : i1
    %l23 = arith.ori %l22, %k22 : i1
    %k24 = arith.andi %k23, %l23 : i1
    %l24 = arith.ori %l23, %k23 : i1
    %k25 = arith.andi %k24, %l24 : i1
    %l25 = arith.ori %l24, %k24 : i1
    %k26 = arith.andi %k25, %l25 : i1
    %l26 = arith.ori %l25, %k25 : i1
    %k27 = arith.andi %k26, %l26 : i1
    %l27 = arith.ori %l26, %k26 : i1
    %k28 = arith.andi %k27, %l27 : i1
    %l28 = arith.ori %l27, %k27 : i1
    %k29 = arith.andi %k28, %l28 : i1
    %l29 = arith.ori %l28, %k28 : i1
    %k30 = arith.andi %k29, %l29 : i1
    %l30 = arith.ori %l29, %k29 : i1
    %k31 = arith.andi %k30, %l30 : i1
    %l31 = arith.ori %l30, %k30 : i1
    %k32 = arith.andi %k31, %l31 : i1
    %l32 = arith.ori %l31, %k31 : i1
    %k33 = arith.andi %k32, %l32 : i1
    %l33 = arith.ori %l32, %k32 : i1
    %k34 = arith.andi %k33, %l33 : i1
    %l34 = arith.ori %l33, %k33 : i1
    %k35 = arith.andi %k34, %l34 : i1
    %l35 = arith.ori %l34, %k34 : i1
    %k36 = arith.andi %k35, %l35 : i1
    %l36 = arith.ori %l35, %k35 : i1
    %k37 = arith.andi %k36, %l36 : i1
    %l37 = arith.ori %l36, %k36 : i1
    %k38 = arith.andi %k37, %l37 : i1
    %l38 = arith.ori %l37, %k37 : i1
    %k39 = arith.andi %k38, %l38 : i1
    %l39 = arith.ori %l38, %k38 : i1
    %k40 = arith.andi %k39, %l39 : i1
    %l40 = arith.ori %l39, %k39 : i1
    %keep = arith.xori %l40, %true : i1
    %0 = arith.select %keep, %x64, %low : f32
    linalg.yield %0 : f32
  } -> !s
  %p = linalg.softmax dimension(2) ins(%g : !s) outs(%es : !s) -> !s
  %eo = tensor.empty() : !x
  %zo = linalg.fill ins(%zero : f32) outs(%eo : !x) -> !x
  %o = linalg.batch_matmul ins(%p, %v : !s, !x) outs(%zo : !x) -> !x
  return %o : !x
}

// CHECK-LABEL: func.func @no_heads(
// CHECK: linalg.softmax
// CHECK: return
func.func @no_heads(%q: tensor<0x3x8x4xf32>, %k: tensor<0x8x4xf32>, %v: tensor<0x8x4xf32>) -> tensor<0x8x4xf32> {
  %zero = arith.constant 0.0 : f32
  %q3 = tensor.collapse_shape %q [[0, 1], [2], [3]] : tensor<0x3x8x4xf32> into tensor<0x8x4xf32>
  %es = tensor.empty() : tensor<0x8x8xf32>
  %zs = linalg.fill ins(%zero : f32) outs(%es : tensor<0x8x8xf32>) -> tensor<0x8x8xf32>
  %s = linalg.batch_matmul indexing_maps = [affine_map<(b, m, n, r) -> (b, m, r)>, affine_map<(b, m, n, r) -> (b, n, r)>, affine_map<(b, m, n, r) -> (b, m, n)>]
         ins(%q3, %k : tensor<0x8x4xf32>, tensor<0x8x4xf32>) outs(%zs : tensor<0x8x8xf32>) -> tensor<0x8x8xf32>
  %p = linalg.softmax dimension(2) ins(%s : tensor<0x8x8xf32>) outs(%es : tensor<0x8x8xf32>) -> tensor<0x8x8xf32>
  %eo = tensor.empty() : tensor<0x8x4xf32>
  %zo = linalg.fill ins(%zero : f32) outs(%eo : tensor<0x8x4xf32>) -> tensor<0x8x4xf32>
  %o = linalg.batch_matmul ins(%p, %v : tensor<0x8x8xf32>, tensor<0x8x4xf32>) outs(%zo : tensor<0x8x4xf32>) -> tensor<0x8x4xf32>
  return %o : tensor<0x8x4xf32>
}
