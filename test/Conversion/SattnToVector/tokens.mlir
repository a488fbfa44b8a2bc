// RUN: sattn-opt %s -convert-sattn-tokens-to-vector=target=x86-64-v3 -canonicalize -cse | FileCheck %s
// RUN: sattn-opt %s -convert-sattn-tokens-to-vector="target=x86-64-v3,tile-vectors=1,tile-rows=2" -canonicalize -cse | FileCheck %s --check-prefix=SMALL

// Panels of 16 tokens. Stage one: 6 x 4 x 16 features of the factorised form, 5 or 6 at a time; each
// step is one vector of tokens and as many weights.

// CHECK-LABEL: func.func @btt(
// CHECK-SAME: %[[X:[a-z0-9]+]]: tensor<2x?x32xf32>, %[[L:[a-z0-9]+]]: tensor<3x6x4x8xf32>, %[[R:[a-z0-9]+]]: tensor<3x8x4x6xf32>
// A panel is packed once for its heads; the last one may hold fewer rows.
// CHECK: scf.forall (%[[B:.+]], %[[PANEL:.+]]) in (2, %{{.*}}) shared_outs(
// CHECK: tensor.extract_slice %[[X]][%[[B]], %{{.*}}, 0] [1, %{{.*}}, 32] [1, 1, 1] : tensor<2x?x32xf32> to tensor<?x32xf32>
// CHECK: %[[WHOLE:.+]] = arith.cmpi eq, %{{.*}}, %c16
// CHECK: scf.if %[[WHOLE]] -> (tensor<32x16xf32>) {
// CHECK: vector.shuffle
// CHECK: scf.for %[[H:.+]] = %c0 to %c3 step %c1 {{.*}} -> (tensor<3x?x24xf32>) {
// CHECK: tensor.empty() : tensor<48x16xf32>
// CHECK: scf.for
// CHECK: scf.for {{.*}} -> (vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>)
// CHECK: %[[V:.+]] = vector.transfer_read %{{.*}} : tensor<32x16xf32>, vector<16xf32>
// CHECK: %[[W:.+]] = tensor.extract %[[R]][%[[H]], %{{.*}}, %{{.*}}, %{{.*}}]
// CHECK: %[[WV:.+]] = vector.broadcast %[[W]] : f32 to vector<16xf32>
// CHECK: vector.fma %[[WV]], %[[V]], %{{.*}} : vector<16xf32>
// CHECK: tensor.extract %[[L]][%[[H]],
// Rows are written a cache line at a time.
// CHECK: scf.if %{{.+}} -> (tensor<?x24xf32>) {
// CHECK: vector.shuffle %{{.*}}, %{{.*}} [0, 8, 1, 9, 4, 12, 5, 13]
// CHECK: scf.forall.in_parallel
// CHECK: tensor.parallel_insert_slice
// SMALL-LABEL: func.func @btt(
// SMALL: scf.for {{.*}} -> (vector<8xf32>, vector<8xf32>)
func.func @btt(%x: tensor<2x?x32xf32>, %l: tensor<3x6x4x8xf32>, %r: tensor<3x8x4x6xf32>) -> tensor<2x3x?x24xf32> {
  %y = sattn.project %x by #sattn.monarch<query = [4, 6], key = [8, 4]>(%l, %r : tensor<3x6x4x8xf32>, tensor<3x8x4x6xf32>) : tensor<2x?x32xf32> -> tensor<2x3x?x24xf32>
  return %y : tensor<2x3x?x24xf32>
}

// A norm behind a projection is computed in the same loop, without unpacking in between.
// CHECK-LABEL: func.func @project_norm(
// CHECK: scf.forall (%{{.*}}) in (4) shared_outs(
// CHECK: vector.fma
// CHECK-NOT: scf.forall
// CHECK: math.sqrt %{{.*}} : vector<16xf32>
// Whole panels are written past the caches, where they can be.
// CHECK: vector.transfer_write %{{.*}} : vector<8xbf16>, tensor<16x32xbf16>
// CHECK: {sattn.stream}
// CHECK: scf.forall.in_parallel
// CHECK-NOT: scf.forall (
// CHECK: return
func.func @project_norm(%x: tensor<64x32xbf16>, %l: tensor<32x4xbf16>, %g: tensor<32xf32>) -> tensor<64x32xbf16> {
  %y = sattn.project %x by #sattn.low_rank<rank = 4>(%l, %l : tensor<32x4xbf16>, tensor<32x4xbf16>) : tensor<64x32xbf16> -> tensor<64x32xbf16>
  %n = sattn.norm layer %y gain(%g : tensor<32xf32>) : tensor<64x32xbf16>
  return %n : tensor<64x32xbf16>
}

// The number of rows comes from what the projection reads.
// CHECK-LABEL: func.func @open_project_norm(
// CHECK-SAME: %[[X:[a-z0-9]+]]: tensor<?x32xf32>
// CHECK: %[[ROWS:.+]] = tensor.dim %[[X]],
// CHECK: %[[PANELS:.+]] = arith.ceildivui %[[ROWS]],
// CHECK: scf.forall (%{{.*}}) in (%[[PANELS]]) shared_outs(
// CHECK-NOT: scf.forall (
// CHECK: return
func.func @open_project_norm(%x: tensor<?x32xf32>, %l: tensor<3x24x4xf32>, %r: tensor<3x32x4xf32>) -> tensor<3x?x24xf32> {
  %y = sattn.project %x by #sattn.low_rank<rank = 4>(%l, %r : tensor<3x24x4xf32>, tensor<3x32x4xf32>) : tensor<?x32xf32> -> tensor<3x?x24xf32>
  %n = sattn.norm rms %y : tensor<3x?x24xf32>
  return %n : tensor<3x?x24xf32>
}

// A projection that somebody else reads keeps its own loop.
// CHECK-LABEL: func.func @shared_projection(
// CHECK: scf.forall (%{{.*}}) in (4) shared_outs(
// CHECK: scf.forall (%{{.*}}) in (4) shared_outs(
// CHECK: return
func.func @shared_projection(%x: tensor<64x32xf32>, %l: tensor<32x4xf32>) -> (tensor<64x32xf32>, tensor<64x32xf32>) {
  %y = sattn.project %x by #sattn.low_rank<rank = 4>(%l, %l : tensor<32x4xf32>, tensor<32x4xf32>) : tensor<64x32xf32> -> tensor<64x32xf32>
  %n = sattn.norm rms %y segments [8, 24] : tensor<64x32xf32>
  return %n, %y : tensor<64x32xf32>, tensor<64x32xf32>
}

// No rows, or a dynamic number of features: left to the linalg lowering.
// CHECK-LABEL: func.func @stay(
// CHECK: sattn.project
// CHECK: sattn.norm
func.func @stay(%x: tensor<32xf32>, %l: tensor<32x4xf32>, %z: tensor<4x?xf32>) -> (tensor<32xf32>, tensor<4x?xf32>) {
  %y = sattn.project %x by #sattn.low_rank<rank = 4>(%l, %l : tensor<32x4xf32>, tensor<32x4xf32>) : tensor<32xf32> -> tensor<32xf32>
  %n = sattn.norm rms %z : tensor<4x?xf32>
  return %y, %n : tensor<32xf32>, tensor<4x?xf32>
}

// Rows of a merge: a panel's weights, one lane per row, then the parts' columns, read once. A dead part is passed over.
// CHECK-LABEL: func.func @merge(
// CHECK-SAME: %[[A:[a-z0-9]+]]: tensor<2x?x36xbf16>, %[[B:[a-z0-9]+]]: tensor<2x?x36xbf16>, %[[X:[a-z0-9]+]]: tensor<2x?xf32>
// CHECK: scf.forall (%[[LEAD:.+]], %{{.*}}) in (2, %{{.*}}) shared_outs({{.*}}) -> (tensor<2x?x36xbf16>, tensor<2x?xf32>)
// CHECK: vector.transfer_read %[[X]][%[[LEAD]], %{{.*}}], %{{.*}} : tensor<2x?xf32>, vector<16xf32>
// CHECK: math.log %{{.*}} : vector<16xf32>
// CHECK: %[[DEAD:.+]] = arith.cmpf oeq, %{{.*}}, %{{.*}} : f32
// CHECK: scf.for
// CHECK: vector.transfer_read %[[A]][%[[LEAD]], %{{.*}}, %{{.*}}], %{{.*}} {in_bounds = [true]} : tensor<2x?x36xbf16>, vector<16xbf16>
// CHECK: %[[SUM:.+]] = vector.fma
// CHECK: arith.select %[[DEAD]], %{{.*}}, %[[SUM]] : vector<16xf32>
// CHECK: vector.transfer_read %[[B]][%[[LEAD]],
// CHECK: scf.forall.in_parallel
// CHECK-NOT: sattn.merge
func.func @merge(%a: tensor<2x?x36xbf16>, %b: tensor<2x?x36xbf16>, %x: tensor<2x?xf32>, %y: tensor<2x?xf32>) -> (tensor<2x?x36xbf16>, tensor<2x?xf32>) {
  %o, %l = sattn.merge outputs(%a, %b : tensor<2x?x36xbf16>, tensor<2x?x36xbf16>) lse(%x, %y : tensor<2x?xf32>, tensor<2x?xf32>) -> tensor<2x?x36xbf16>, tensor<2x?xf32>
  return %o, %l : tensor<2x?x36xbf16>, tensor<2x?xf32>
}

// Few rows, or parts of which nobody knows how many: left to the linalg lowering.
// CHECK-LABEL: func.func @merge_stays(
// CHECK: sattn.merge
// CHECK: sattn.merge
func.func @merge_stays(%a: tensor<2x8x16xf32>, %x: tensor<2x8xf32>, %b: tensor<?x8000x16xf32>, %y: tensor<?x8000xf32>) -> (tensor<8x16xf32>, tensor<8xf32>, tensor<8000x16xf32>, tensor<8000xf32>) {
  %o, %l = sattn.merge outputs(%a : tensor<2x8x16xf32>) lse(%x : tensor<2x8xf32>) -> tensor<8x16xf32>, tensor<8xf32>
  %p, %m = sattn.merge outputs(%b : tensor<?x8000x16xf32>) lse(%y : tensor<?x8000xf32>) -> tensor<8000x16xf32>, tensor<8000xf32>
  return %o, %l, %p, %m : tensor<8x16xf32>, tensor<8xf32>, tensor<8000x16xf32>, tensor<8000xf32>
}
