// RUN: sattn-opt %s -convert-sattn-to-vector=target=x86-64-v3 -canonicalize -cse -split-input-file | FileCheck %s

// Few queries: lanes are columns. Keys and values are read where they are and in
// the type they have. One query after the other is multiplied with eight keys, in a
// loop that LLVM leaves as it is; the eight products become a vector of scores by
// seven additions. Values have few vectors and are summed for two queries at a time.
// The state keeps its layout.

!s = tensor<2x16xf32>
!r = tensor<2xf32>
// CHECK: #[[$UNROLL:.+]] = #llvm.loop_unroll<disable = true>
// CHECK: #[[$ROLLED:.+]] = #llvm.loop_annotation<unroll = #[[$UNROLL]]>
// CHECK-LABEL: func.func @decode(
// CHECK-SAME: %[[Q:[^:]+]]: tensor<2x20xf32>, %[[K:[^:]+]]: tensor<?x20xf16>, %[[V:[^:]+]]: tensor<?x16xf16>,
// CHECK-NOT: unrealized_conversion_cast
// CHECK-DAG: %[[C0:.+]] = arith.constant 0 : index
// CHECK-DAG: %[[C1:.+]] = arith.constant 1 : index
// CHECK-DAG: %[[C2:.+]] = arith.constant 2 : index
// CHECK-DAG: %[[C8:.+]] = arith.constant 8 : index
// CHECK-DAG: %[[C16:.+]] = arith.constant 16 : index
// CHECK: scf.for %[[KEY:[^ ]+]] = {{.*}} step %[[C8]]
// CHECK: scf.for %[[QUERY:[^ ]+]] = %[[C0]] to %[[C2]] step %[[C1]]
// Whole vectors of columns, then the rest, where what is missing reads as 0.
// CHECK: scf.for %[[COLUMN:[^ ]+]] =
// CHECK: %[[QV:.+]] = vector.transfer_read %[[Q]][%[[QUERY]], %[[COLUMN]]], %{{.+}} {in_bounds = [true]}
// CHECK: %[[KV:.+]] = vector.transfer_read %[[K]][%[[KEY]], %[[COLUMN]]], %{{.+}} {in_bounds = [true]}
// CHECK: %[[WIDE:.+]] = arith.extf %[[KV]]
// CHECK: vector.fma %[[WIDE]], %[[QV]]
// CHECK-COUNT-7: vector.fma
// CHECK: } {llvm.loop_annotation = #[[$ROLLED]]}
// CHECK: vector.transfer_read %[[K]][%[[KEY]], %[[C16]]], %{{[^{]+}} : tensor<?x20xf16>
// CHECK-COUNT-8: vector.fma
// CHECK-COUNT-7: arith.addf {{.*}} : vector<8xf32>
// CHECK-NOT: arith.addf
// CHECK: vector.transfer_write {{.*}} : vector<8xf32>
// The product: a value row is scaled by one weight of each query.
// CHECK: scf.for %[[KEY:[^ ]+]] = {{.*}} step %[[C1]] {{.*}} -> (vector<8xf32>, vector<8xf32>, vector<8xf32>, vector<8xf32>)
// CHECK-COUNT-2: vector.transfer_read %[[V]][%[[KEY]],
// CHECK: %[[WEIGHT:.+]] = tensor.extract %{{.+}}[%[[C0]], %[[KEY]]]
// CHECK: %[[FACTOR:.+]] = vector.broadcast %[[WEIGHT]]
// CHECK-COUNT-2: vector.fma {{.*}}%[[FACTOR]]
// CHECK: %[[WEIGHT:.+]] = tensor.extract %{{.+}}[%[[C1]], %[[KEY]]]
// CHECK: %[[FACTOR:.+]] = vector.broadcast %[[WEIGHT]]
// CHECK-COUNT-2: vector.fma {{.*}}%[[FACTOR]]
// CHECK-NOT: scf.if
// CHECK: return
func.func @decode(%q: tensor<2x20xf32>, %k: tensor<?x20xf16>, %v: tensor<?x16xf16>, %one: f32, %acc: !s, %ref: !r, %sum: !r) -> (!s, !r, !r) {
  %0:3 = sattn.online_attention query(%q : tensor<2x20xf32>) key(%k : tensor<?x20xf16>) value(%v : tensor<?x16xf16>) scale(%one : f32)
    state(%acc, %ref, %sum : !s, !r, !r) -> !s, !r, !r
  return %0#0, %0#1, %0#2 : !s, !r, !r
}

// -----

// Where pairs may be dropped a value row is left out, not multiplied by 0. A
// level's columns are read from slices that end where the level does: what lies
// behind may be NaN.

!s = tensor<1x8xf32>
// CHECK-LABEL: func.func @dropped(
// CHECK-SAME: %{{[^:]+}}: tensor<1x12xf32>, %[[K:[^:]+]]: tensor<64x12xf32>
// CHECK: tensor.extract_slice %[[K]][0, 0] [64, 4] [1, 1]
// CHECK: scf.for %{{.+}} iter_args
// CHECK: %[[BITS:.+]] = arith.bitcast %{{.+}} : f32 to i32
// CHECK: %[[ABSENT:.+]] = arith.cmpi eq, %[[BITS]], %{{.+}} : i32
// CHECK: scf.if %[[ABSENT]]
// CHECK: } else {
// CHECK: vector.fma
// CHECK: return
func.func @dropped(%q: tensor<1x12xf32>, %k: tensor<64x12xf32>, %v: tensor<64x8xf32>, %one: f32, %i: index, %j: index, %acc: !s) -> !s {
  %0 = sattn.online_attention query(%q : tensor<1x12xf32>) key(%k : tensor<64x12xf32>) value(%v : tensor<64x8xf32>) scale(%one : f32)
    structure #sattn.levels<ranks = [4, 8], blocks = [*, 16]> window <*, 0> query_offset(%i : index) key_offset(%j : index) link identity
    state(%acc : !s) -> !s
  return %0 : !s
}

// -----

// Rows that were added to the query are nobody's: work is done for those in front
// of them, perhaps with one that was added as the second of two.

!s = tensor<8x8xf32>
// CHECK-LABEL: func.func @padded(
// CHECK-SAME: %[[Q:[^:]+]]: tensor<?x8xf32>
// CHECK: %[[ROWS:.+]] = tensor.dim %[[Q]]
// CHECK: scf.for {{.*}} step %c16
// CHECK: scf.for %[[QUERY:[^ ]+]] = %c0 to %[[ROWS]] step %c2
// CHECK: %[[NEXT:.+]] = arith.addi %[[QUERY]], %c1
// CHECK: tensor.extract %{{.+}}[%[[NEXT]],
// CHECK: return
func.func @padded(%q: tensor<?x8xf32>, %k: tensor<64x8xf32>, %v: tensor<64x8xf32>, %one: f32, %high: index, %acc: !s) -> !s {
  %zero = arith.constant 0.0 : f32
  %p = tensor.pad %q low[0, 0] high[%high, 0] {
  ^bb0(%i: index, %j: index):
    tensor.yield %zero : f32
  } : tensor<?x8xf32> to tensor<8x8xf32>
  %0 = sattn.online_attention query(%p : tensor<8x8xf32>) key(%k : tensor<64x8xf32>) value(%v : tensor<64x8xf32>) scale(%one : f32)
    link identity state(%acc : !s) -> !s
  return %0 : !s
}

// -----

// More than two queries come to the same eight keys one after the other, and prefetch
// the rows that follow some kilobytes later: also behind the tile, but not behind the
// tensor that it is a slice of. Each query prefetches two of eight rows of keys, each
// block of two queries (values have few vectors) eight of sixteen rows of values.

!s = tensor<4x32xf32>
// CHECK-LABEL: func.func @prefetched(
// CHECK-SAME: %[[Q:[^:]+]]: tensor<4x32xf32>, %[[K:[^:]+]]: tensor<2x?x32xf32>, %[[V:[^:]+]]: tensor<2x?x32xf32>, %[[HEAD:[^:]+]]: index, %[[FIRST:[^:]+]]: index
// CHECK: %[[DIM:.+]] = tensor.dim %[[K]], %c1
// CHECK: %[[COUNT:.+]] = arith.subi %[[DIM]], %[[FIRST]]
// CHECK: %[[REST:.+]] = tensor.extract_slice %[[K]][%[[HEAD]], %[[FIRST]], 0] [1, %[[COUNT]], 32]
// CHECK: %[[ROWS:.+]] = tensor.dim %[[REST]], %c0
// CHECK: %[[LAST:.+]] = arith.addi %[[ROWS]], %c-1
// CHECK: %[[BUFFER:.+]] = bufferization.to_buffer %[[REST]] read_only : tensor<?x32xf32> to memref<?x32xf32, strided<[?, ?], offset: ?>>
// CHECK: scf.for %[[KEY:[^ ]+]] = %c0 to %{{.+}} step %c8
// CHECK: scf.for %[[QUERY:[^ ]+]] = %c0 to %c4 step %c1
// CHECK: %[[LO:.+]] = arith.muli %[[QUERY]], %c2
// CHECK: %[[END:.+]] = arith.addi %[[LO]], %c2
// CHECK: %[[HI:.+]] = arith.minsi %[[END]], %c8
// CHECK: %[[LOKEY:.+]] = arith.addi %[[KEY]], %[[LO]]
// CHECK: %[[HIKEY:.+]] = arith.addi %[[KEY]], %[[HI]]
// CHECK: %[[LOROW:.+]] = arith.addi %[[LOKEY]], %c16
// CHECK: %[[HIROW:.+]] = arith.addi %[[HIKEY]], %c16
// CHECK: scf.for %[[AHEAD:[^ ]+]] = %[[LOROW]] to %[[HIROW]] step %c1
// CHECK: %[[ROW:.+]] = arith.minsi %[[AHEAD]], %[[LAST]]
// CHECK: memref.prefetch %[[BUFFER]][%[[ROW]], %c0], read, locality<3>, data
// CHECK: memref.prefetch %[[BUFFER]][%[[ROW]], %c16], read, locality<3>, data
// CHECK-NOT: memref.prefetch
// CHECK: vector.fma
// CHECK: tensor.extract_slice %[[V]]
// CHECK: scf.for %{{[^ ]+}} = %c0 to %{{.+}} step %c16
// CHECK: scf.for %[[QUERY:[^ ]+]] = %c0 to %c4 step %c2
// CHECK: %[[BLOCK:.+]] = arith.divui %[[QUERY]], %c2
// CHECK: arith.muli %[[BLOCK]], %c8
// CHECK-COUNT-2: memref.prefetch
// CHECK: vector.fma
// CHECK: return
func.func @prefetched(%q: tensor<4x32xf32>, %k: tensor<2x?x32xf32>, %v: tensor<2x?x32xf32>, %head: index, %key: index, %size: index, %one: f32, %acc: !s) -> !s {
  %kt = tensor.extract_slice %k[%head, %key, 0] [1, %size, 32] [1, 1, 1] : tensor<2x?x32xf32> to tensor<?x32xf32>
  %vt = tensor.extract_slice %v[%head, %key, 0] [1, %size, 32] [1, 1, 1] : tensor<2x?x32xf32> to tensor<?x32xf32>
  %0 = sattn.online_attention query(%q : tensor<4x32xf32>) key(%kt : tensor<?x32xf32>) value(%vt : tensor<?x32xf32>) scale(%one : f32)
    link identity state(%acc : !s) -> !s
  return %0 : !s
}

// -----

// Values of eight vectors are read row by row, by one query. A single query prefetches
// keys and values of 16 bits, which take it longer per byte.

!s = tensor<1x64xf32>
// CHECK-LABEL: func.func @single(
// CHECK-NOT: memref.prefetch
// CHECK: scf.for %{{.+}} step %c1 {{.*}} -> (vector<8xf32>, vector<8xf32>, vector<8xf32>, vector<8xf32>, vector<8xf32>, vector<8xf32>, vector<8xf32>, vector<8xf32>)
// CHECK-NOT: memref.prefetch
// CHECK: return
func.func @single(%q: !s, %k: tensor<?x64xf32>, %v: tensor<?x64xf32>, %one: f32, %acc: !s) -> !s {
  %0 = sattn.online_attention query(%q : !s) key(%k : tensor<?x64xf32>) value(%v : tensor<?x64xf32>) scale(%one : f32)
    link identity state(%acc : !s) -> !s
  return %0 : !s
}

// CHECK-LABEL: func.func @single16(
// CHECK: memref.prefetch %{{.+}}[%{{.+}}, %c0], read
// CHECK: memref.prefetch %{{.+}}[%{{.+}}, %c32], read
// CHECK: vector.fma
// CHECK: memref.prefetch %{{.+}}[%{{.+}}, %c0], read
// CHECK: memref.prefetch %{{.+}}[%{{.+}}, %c32], read
// CHECK: scf.for %{{.+}} step %c1 {{.*}} -> (vector<8xf32>, vector<8xf32>, vector<8xf32>, vector<8xf32>, vector<8xf32>, vector<8xf32>, vector<8xf32>, vector<8xf32>)
// CHECK: return
func.func @single16(%q: !s, %k: tensor<?x64xbf16>, %v: tensor<?x64xbf16>, %one: f32, %acc: !s) -> !s {
  %0 = sattn.online_attention query(%q : !s) key(%k : tensor<?x64xbf16>) value(%v : tensor<?x64xbf16>) scale(%one : f32)
    link identity state(%acc : !s) -> !s
  return %0 : !s
}
