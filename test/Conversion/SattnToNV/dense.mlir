// RUN: sattn-opt %s --sattn-tile-attention --sattn-peel-key-loops --convert-sattn-to-nv --canonicalize --cse | FileCheck %s

!q = tensor<2x3x256x64xf16>
!l = tensor<2x3x256xf32>

// The scale goes into the exponent of 2 (0.125 log2 e), the sum stays in parts. The
// loop over whole tiles masks nothing; the tile on the diagonal drops pairs and
// keeps their values away from the result.
// CHECK-LABEL: func.func @causal(
// CHECK-SAME: %[[Q:[^:]+]]: tensor<2x3x256x64xf16>, %[[K:[^:]+]]: tensor<2x3x256x64xf16>, %[[V:[^:]+]]: tensor<2x3x256x64xf16>
// CHECK-DAG: %[[EXPONENT:.+]] = arith.constant 0.180336878 : f32
// CHECK-DAG: %[[INF:.+]] = arith.constant 0xFF800000 : f32
// CHECK: scf.forall
// CHECK: %[[QS:.+]] = tensor.extract_slice %[[Q]]
// CHECK: %[[QT:.+]] = sattn_nv.stage resident %[[QS]] : tensor<64x64xf16> -> <64x64xf16>
// CHECK: %[[QA:.+]] = sattn_nv.load_a %[[QT]] : <64x64xf16> -> <64x64xf16, a, 4>
// CHECK: %[[ZERO:.+]] = sattn_nv.fill %{{.+}} : f32 -> <64x64xf32, acc, 4>
// CHECK: %[[REF:.+]] = sattn_nv.fill %[[INF]] : f32 -> <64xf32, row, 4>
// CHECK: %[[SUM:.+]] = sattn_nv.fill %{{.+}} : f32 -> <64xf32, part, 4>
// CHECK: %[[LOOP:.+]]:3 = scf.for %[[J:.+]] = %{{.+}} to %{{.+}} step %{{.+}} iter_args(%[[O:.+]] = %[[ZERO]], %[[M:.+]] = %[[REF]], %[[L:.+]] = %[[SUM]])
// CHECK-NOT: ) at %
// CHECK: %[[KT:.+]] = sattn_nv.stage streamed
// CHECK: %[[S:.+]] = sattn_nv.mma %[[QA]], %[[KT]], %[[ZERO]] :
// CHECK: %[[PART:.+]] = sattn_nv.reduce max %[[S]]
// CHECK: %[[MAX:.+]] = sattn_nv.across max %[[PART]]
// CHECK: %[[NEW:.+]] = sattn_nv.map(%[[M]], %[[MAX]] :
// CHECK: ^bb0(%[[OLD:.+]]: f32, %[[TILE:.+]]: f32):
// CHECK:   %[[SCALED:.+]] = arith.mulf %[[TILE]], %[[EXPONENT]]
// CHECK:   arith.maxnumf %[[OLD]], %[[SCALED]]
// CHECK: %[[SHIFT:.+]] = sattn_nv.map(%[[NEW]] :
// CHECK: %[[ALPHA:.+]] = sattn_nv.map(%[[M]], %[[SHIFT]] :
// CHECK: %[[P:.+]] = sattn_nv.map(%[[S]], %[[SHIFT]] :
// CHECK:   math.fma
// CHECK:   math.exp2
// CHECK: %[[PSUM:.+]] = sattn_nv.reduce add %[[P]]
// CHECK: %[[NEWSUM:.+]] = sattn_nv.map(%[[L]], %[[ALPHA]], %[[PSUM]] :
// CHECK: %[[SCALEDO:.+]] = sattn_nv.map(%[[O]], %[[ALPHA]] :
// CHECK: %[[PA:.+]] = sattn_nv.to_a %[[P]]
// CHECK: %[[VT:.+]] = sattn_nv.stage streamed
// CHECK-NOT: sanitize
// CHECK: %[[NEWO:.+]] = sattn_nv.mma %[[PA]], %[[VT]] transposed, %[[SCALEDO]]
// CHECK: scf.yield %[[NEWO]], %[[NEW]], %[[NEWSUM]]
// CHECK: %[[DIAGONAL:.+]] = sattn_nv.mma %[[QA]]
// CHECK: sattn_nv.map(%[[DIAGONAL]] : {{.*}}) at
// CHECK: ^bb0(%[[X:.+]]: f32, %[[ROW:.+]]: index, %[[COLUMN:.+]]: index):
// CHECK:   %[[KEEP:.+]] = arith.cmpi sle, %[[COLUMN]], %[[ROW]] : index
// CHECK:   arith.select %[[KEEP]], %[[X]], %[[INF]] : f32
// CHECK: sattn_nv.sanitize
// CHECK: %[[TOTAL:.+]] = sattn_nv.across add
// CHECK: sattn_nv.store %{{.+}} into %{{.+}} : <64x64xf32, acc, 4>, tensor<64x64xf16> -> tensor<64x64xf16>
// CHECK: math.log2
// CHECK: sattn_nv.store %{{.+}} into %{{.+}} : <64xf32, row, 4>, tensor<64xf32> -> tensor<64xf32>
// CHECK: mapping = [#gpu.block<linear_dim_2>, #gpu.block<linear_dim_1>, #gpu.block<linear_dim_0>], sattn_nv.config = #sattn_nv.config<warps = 4, stages = 2>
func.func @causal(%q: !q, %k: !q, %v: !q, %o: !q, %lse: !l) -> (!q, !l) {
  %r:2 = sattn.attention query(%q : !q) key(%k : !q) value(%v : !q) scale 0.125 window <*, 0>
    tiling <query = 64, key = 64> outs(%o, %lse : !q, !l) -> !q, !l
  return %r#0, %r#1 : !q, !l
}

// One tile is one block, not none.
!t = tensor<64x64xbf16>
// CHECK-LABEL: func.func @one_tile(
// CHECK: scf.forall
// CHECK: sattn_nv.mma
func.func @one_tile(%q: !t, %k: !t, %v: !t, %o: !t) -> !t {
  %r = sattn.attention query(%q : !t) key(%k : !t) value(%v : !t) scale 1.0 tiling <query = 64, key = 64> outs(%o : !t) -> !t
  return %r : !t
}

// A key tile with fewer rows than others: pairs beyond are dropped. Value rows that
// are not there are zero, so nothing is sanitized.
!k = tensor<?x64xf16>
!m = tensor<64x64xf16>
// CHECK-LABEL: func.func @ragged(
// CHECK: scf.for
// CHECK: sattn_nv.stage streamed %{{.+}} : tensor<64x64xf16>
// CHECK: scf.for
// CHECK: sattn_nv.stage streamed %{{.+}} : tensor<?x64xf16> -> <64x64xf16>
// CHECK: sattn_nv.map({{.*}}) at
// CHECK: arith.cmpi slt
// CHECK-NOT: sanitize
func.func @ragged(%q: !m, %k: !k, %v: !k, %o: !m) -> !m {
  %r = sattn.attention query(%q : !m) key(%k : !k) value(%v : !k) scale 1.0 tiling <query = 64, key = 64> outs(%o : !m) -> !m
  return %r : !m
}
