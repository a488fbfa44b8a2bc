// RUN: sattn-opt %s -convert-sattn-to-vector=target=x86-64-v3 -canonicalize -cse -split-input-file | FileCheck %s
// RUN: sattn-opt %s -convert-sattn-to-vector=target=x86-64-v4 -canonicalize -cse -split-input-file | FileCheck %s --check-prefix=WIDE

// One key tile inside a loop: the state is carried in panels of 16 queries, the
// query is packed once in front of the loop, and the innermost loops are six
// accumulators fed by broadcasts.

!a = tensor<32x64xf32>
!r = tensor<32xf32>
// CHECK-LABEL: func.func @loop(
// CHECK-SAME: %[[Q:.+]]: tensor<32x64xf32>, %[[K:.+]]: tensor<384x64xf32>
// CHECK-NOT: unrealized_conversion_cast
// CHECK: %[[PACKED:.+]] = scf.for {{.*}} -> (tensor<2x64x16xf32>)
// CHECK-COUNT-24: vector.shuffle {{.*}} : vector<8xf32>, vector<8xf32>
// CHECK: scf.for {{.*}} -> (tensor<2x64x16xf32>, tensor<32xf32>, tensor<32xf32>)
// CHECK: scf.for %[[COLUMN:.+]] = %{{.+}} to %{{.+}} step %{{.+}} iter_args({{.*}}) -> (vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>)
// CHECK: vector.transfer_read %[[PACKED]][%{{.+}}, %[[COLUMN]], %{{.+}}]
// CHECK-COUNT-6: vector.fma
// CHECK: scf.yield
// CHECK-NOT: {{ sattn\.}}
// CHECK: return

// WIDE-LABEL: func.func @loop(
// WIDE: scf.for {{.*}} -> (tensor<1x64x32xf32>, tensor<32xf32>, tensor<32xf32>)
// WIDE-COUNT-14: vector.fma {{.*}} : vector<32xf32>
// WIDE: return
func.func @loop(%q: tensor<32x64xf32>, %k: tensor<384x64xf32>, %v: tensor<384x64xf32>, %out: tensor<32x64xf32>) -> tensor<32x64xf32> {
  %c0 = arith.constant 0 : index
  %c192 = arith.constant 192 : index
  %c384 = arith.constant 384 : index
  %one = arith.constant 1.0 : f32
  %zero = arith.constant 0.0 : f32
  %ninf = arith.constant 0xFF800000 : f32
  %ae = tensor.empty() : !a
  %re = tensor.empty() : !r
  %a0 = linalg.fill ins(%zero : f32) outs(%ae : !a) -> !a
  %m0 = linalg.fill ins(%ninf : f32) outs(%re : !r) -> !r
  %l0 = linalg.fill ins(%zero : f32) outs(%re : !r) -> !r
  %s:3 = scf.for %j = %c0 to %c384 step %c192 iter_args(%a = %a0, %m = %m0, %l = %l0) -> (!a, !r, !r) {
    %kt = tensor.extract_slice %k[%j, 0] [192, 64] [1, 1] : tensor<384x64xf32> to tensor<192x64xf32>
    %vt = tensor.extract_slice %v[%j, 0] [192, 64] [1, 1] : tensor<384x64xf32> to tensor<192x64xf32>
    %u:3 = sattn.online_attention query(%q : tensor<32x64xf32>) key(%kt : tensor<192x64xf32>) value(%vt : tensor<192x64xf32>) scale(%one : f32)
      state(%a, %m, %l : !a, !r, !r) -> !a, !r, !r
    scf.yield %u#0, %u#1, %u#2 : !a, !r, !r
  }
  %f = sattn.finalize state(%s#0, %s#1, %s#2 : !a, !r, !r) outs(%out : tensor<32x64xf32>) -> tensor<32x64xf32>
  return %f : tensor<32x64xf32>
}

// -----

// A state that does not start as a fill is packed and unpacked; a query tile that
// is no multiple of a panel is padded.

!a = tensor<9x8xf32>
!r = tensor<9xf32>
// CHECK-LABEL: func.func @single_step(
// CHECK-SAME: %{{.+}}: tensor<9x8xf32>, %{{.+}}: tensor<?x8xf32>, %{{.+}}: tensor<?x8xf32>, %[[ACC:.+]]: tensor<9x8xf32>
// CHECK: tensor.pad %[[ACC]]
// CHECK: linalg.transpose {{.*}} outs(%{{.+}} : tensor<1x8x16xf32>)
// CHECK: return %{{.+}}, %{{.+}}, %{{.+}} : tensor<9x8xf32>, tensor<9xf32>, tensor<9xf32>
// WIDE-LABEL: func.func @single_step(
func.func @single_step(%q: tensor<9x8xf32>, %k: tensor<?x8xf32>, %v: tensor<?x8xf32>, %a: !a, %m: !r, %l: !r, %i: index) -> (!a, !r, !r) {
  %one = arith.constant 1.0 : f32
  %u:3 = sattn.online_attention query(%q : tensor<9x8xf32>) key(%k : tensor<?x8xf32>) value(%v : tensor<?x8xf32>) scale(%one : f32)
    window <*, 0> query_offset(%i : index) state(%a, %m, %l : !a, !r, !r) -> !a, !r, !r
  return %u#0, %u#1, %u#2 : !a, !r, !r
}

// -----

// A panel looks for the first and the last key of its documents and does nothing
// where there is none.

!a = tensor<32x8xf32>
!r = tensor<32xf32>
// CHECK-LABEL: func.func @documents(
// CHECK-SAME: %[[IDS:[^:]+]]: tensor<32xi32>, %[[KEY_IDS:[^:]+]]: tensor<?xi32>
// CHECK: %[[ROW:.+]] = vector.transfer_read %[[IDS]]
// CHECK: vector.reduction <minsi>, %[[ROW]]
// CHECK: vector.reduction <maxsi>, %[[ROW]]
// CHECK: %[[FOUND:.+]]:2 = scf.for
// CHECK: vector.transfer_read %[[KEY_IDS]]
// CHECK: %[[LAST:.+]] = vector.reduction <maxsi>, %[[FOUND]]#1
// CHECK: %[[FIRST:.+]] = vector.reduction <minsi>, %[[FOUND]]#0
// CHECK: %[[ANY:.+]] = arith.cmpi slt
// CHECK: scf.if %[[ANY]]
// CHECK: vector.fma
// CHECK: return
// WIDE-LABEL: func.func @documents(
func.func @documents(%q: tensor<32x8xf32>, %k: tensor<?x8xf32>, %v: tensor<?x8xf32>, %ids: tensor<32xi32>, %key_ids: tensor<?xi32>, %a: !a, %m: !r, %l: !r) -> (!a, !r, !r) {
  %one = arith.constant 1.0 : f32
  %u:3 = sattn.online_attention query(%q : tensor<32x8xf32>) key(%k : tensor<?x8xf32>) value(%v : tensor<?x8xf32>) scale(%one : f32)
    segments(%ids, %key_ids : tensor<32xi32>, tensor<?xi32>) state(%a, %m, %l : !a, !r, !r) -> !a, !r, !r
  return %u#0, %u#1, %u#2 : !a, !r, !r
}

// -----

// Of a tile that is padded and scaled only the panels with queries are worked on,
// from the accumulator's first values on; packing does what padding and scaling did.

!a = tensor<64x8xf32>
!r = tensor<64xf32>
// CHECK-LABEL: func.func @short(
// CHECK-SAME: %[[Q:[^:]+]]: tensor<?x8xf32>
// CHECK-NOT: tensor.pad
// CHECK-DAG: %[[FACTOR:.+]] = arith.constant dense<0.180{{.+}}> : vector<8xf32>
// CHECK: %[[ROWS:.+]] = tensor.dim %[[Q]]
// CHECK: %[[PANELS:.+]] = arith.ceildivui %[[ROWS]], %c16
// CHECK: scf.for {{.*}} to %[[PANELS]] step
// CHECK: arith.minsi
// CHECK: %[[PART:.+]] = vector.transfer_read %[[Q]]
// CHECK: arith.mulf %[[PART]], %[[FACTOR]]
// CHECK: tensor.extract_slice %{{.+}}[0, 0, 0] [%[[PANELS]], 8, 16]
// CHECK-NEXT: linalg.fill
// CHECK: scf.for {{.*}} to %[[PANELS]] step {{.*}} -> (tensor<4x8x16xf32>, tensor<64xf32>, tensor<64xf32>)
// CHECK: return
// WIDE-LABEL: func.func @short(
func.func @short(%q: tensor<?x8xf32>, %k: tensor<?x8xf32>, %high: index, %o: tensor<?x8xf32>) -> tensor<?x8xf32> {
  %one = arith.constant 1.0 : f32
  %zero = arith.constant 0.0 : f32
  %ninf = arith.constant 0xFF800000 : f32
  %factors = arith.constant dense<0.125> : tensor<8xf32>
  %p = tensor.pad %q low[0, 0] high[%high, 0] {
  ^bb0(%i: index, %j: index):
    tensor.yield %zero : f32
  } : tensor<?x8xf32> to !a
  %e = tensor.empty() : !a
  %s = linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (j)>, affine_map<(i, j) -> (i, j)>],
                       iterator_types = ["parallel", "parallel"]} ins(%p, %factors : !a, tensor<8xf32>) outs(%e : !a) {
  ^bb0(%x: f32, %f: f32, %out: f32):
    %y = arith.mulf %x, %f : f32
    linalg.yield %y : f32
  } -> !a
  %re = tensor.empty() : !r
  %a0 = linalg.fill ins(%zero : f32) outs(%e : !a) -> !a
  %m0 = linalg.fill ins(%ninf : f32) outs(%re : !r) -> !r
  %l0 = linalg.fill ins(%zero : f32) outs(%re : !r) -> !r
  %u:3 = sattn.online_attention query(%s : !a) key(%k : tensor<?x8xf32>) value(%k : tensor<?x8xf32>) scale(%one : f32)
    state(%a0, %m0, %l0 : !a, !r, !r) -> !a, !r, !r
  %f = sattn.finalize state(%u#0, %u#1, %u#2 : !a, !r, !r) outs(%o : tensor<?x8xf32>) -> tensor<?x8xf32>
  return %f : tensor<?x8xf32>
}
