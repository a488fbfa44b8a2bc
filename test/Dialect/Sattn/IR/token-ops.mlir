// RUN: sattn-opt %s | sattn-opt | FileCheck %s
// RUN: sattn-opt %s --mlir-print-op-generic | sattn-opt | FileCheck %s
// RUN: sattn-opt %s --emit-bytecode | sattn-opt | FileCheck %s

// project, norm and merge, and every structured matrix.

!x = tensor<2x?x24xf32>
!h = tensor<2x3x?x24xf32>

// CHECK-LABEL: func.func @low_rank(
// CHECK: sattn.project %{{.*}} by #sattn.low_rank<rank = 5>(%{{.*}}, %{{.*}} : tensor<24x5xf32>, tensor<24x5xf32>) : tensor<2x?x24xf32> -> tensor<2x?x24xf32>
func.func @low_rank(%x: !x, %l: tensor<24x5xf32>, %r: tensor<24x5xf32>) -> !x {
  %y = sattn.project %x by #sattn.low_rank<rank = 5>(%l, %r : tensor<24x5xf32>, tensor<24x5xf32>) : !x -> !x
  return %y : !x
}

// CHECK-LABEL: func.func @block_diagonal(
// CHECK: by #sattn.block_diagonal<blocks = 4>(%{{.*}} : tensor<3x4x6x6xf32>) part transposed : tensor<2x?x24xf32> -> tensor<2x3x?x24xf32>
func.func @block_diagonal(%x: !x, %d: tensor<3x4x6x6xf32>) -> !h {
  %y = sattn.project %x by #sattn.block_diagonal<blocks = 4>(%d : tensor<3x4x6x6xf32>) part transposed : !x -> !h
  return %y : !h
}

// The key features of a block diagonal matrix are the blocks' columns: no factor, so no heads.
// CHECK-LABEL: func.func @block_diagonal_key(
// CHECK: part key : tensor<2x?x24xf32> -> tensor<2x?x24xf32>
func.func @block_diagonal_key(%x: !x, %d: tensor<3x4x6x6xf32>) -> !x {
  %y = sattn.project %x by #sattn.block_diagonal<blocks = 4>(%d : tensor<3x4x6x6xf32>) part key : !x -> !x
  return %y : !x
}

// A rectangular matrix, 35 x 24.
// CHECK-LABEL: func.func @kronecker(
// CHECK: by #sattn.kronecker<query = [7, 5], key = [4, 6]>(%{{.*}}, %{{.*}} : tensor<7x4xf32>, tensor<3x5x6xf32>) : tensor<2x?x24xf32> -> tensor<2x3x?x35xf32>
func.func @kronecker(%x: !x, %a: tensor<7x4xf32>, %b: tensor<3x5x6xf32>) -> tensor<2x3x?x35xf32> {
  %y = sattn.project %x by #sattn.kronecker<query = [7, 5], key = [4, 6]>(%a, %b : tensor<7x4xf32>, tensor<3x5x6xf32>) : !x -> tensor<2x3x?x35xf32>
  return %y : tensor<2x3x?x35xf32>
}

// CHECK-LABEL: func.func @btt_features(
// CHECK: by #sattn.btt<query = [4, 6], key = [8, 3], rank = 2>(%{{.*}}, %{{.*}} : tensor<6x4x16xf32>, tensor<8x3x12xf32>) part query : tensor<24xf32> -> tensor<96xf32>
func.func @btt_features(%x: tensor<24xf32>, %l: tensor<6x4x16xf32>, %r: tensor<8x3x12xf32>) -> tensor<96xf32> {
  %y = sattn.project %x by #sattn.btt<query = [4, 6], key = [8, 3], rank = 2>(%l, %r : tensor<6x4x16xf32>, tensor<8x3x12xf32>) part query : tensor<24xf32> -> tensor<96xf32>
  return %y : tensor<96xf32>
}

// An input with heads is projected head by head; the number of heads may be dynamic.
// CHECK-LABEL: func.func @monarch_headwise(
// CHECK: by #sattn.monarch<query = [4, 6], key = [4, 6]>(%{{.*}}, %{{.*}} : tensor<?x6x4x4xf32>, tensor<?x4x6x6xf32>) : tensor<2x3x?x24xf32> -> tensor<2x3x?x24xf32>
func.func @monarch_headwise(%x: !h, %l: tensor<?x6x4x4xf32>, %r: tensor<?x4x6x6xf32>) -> !h {
  %y = sattn.project %x by #sattn.monarch<query = [4, 6], key = [4, 6]>(%l, %r : tensor<?x6x4x4xf32>, tensor<?x4x6x6xf32>) : !h -> !h
  return %y : !h
}

// CHECK-LABEL: func.func @mlr(
// CHECK: by #sattn.mlr<ranks = [3, 2], blocks = [1, 4]>(
// CHECK-SAME: part query : tensor<2x?x24xf32> -> tensor<2x3x?x11xbf16>
func.func @mlr(%x: !x, %l0: tensor<1x24x3xf32>, %l1: tensor<3x4x6x2xf32>, %r0: tensor<1x24x3xf32>, %r1: tensor<4x6x2xf32>) -> tensor<2x3x?x11xbf16> {
  %y = sattn.project %x by #sattn.mlr<ranks = [3, 2], blocks = [1, 4]>(%l0, %l1, %r0, %r1 : tensor<1x24x3xf32>, tensor<3x4x6x2xf32>, tensor<1x24x3xf32>, tensor<4x6x2xf32>) part query : !x -> tensor<2x3x?x11xbf16>
  return %y : tensor<2x3x?x11xbf16>
}

// CHECK-LABEL: func.func @mlbtc(
// CHECK: by #sattn.mlbtc<[{alpha = 0.5, left = [6, 4, 8], right = [4, 6, 12], shuffled}, {alpha = 1.0, left = [2, 12, 5], right = [2, 12, 5]}]>(
func.func @mlbtc(%x: !x, %l0: tensor<6x4x8xf32>, %r0: tensor<4x6x12xf32>, %l1: tensor<2x12x5xf32>, %r1: tensor<2x12x5xf32>) -> !x {
  %y = sattn.project %x by #sattn.mlbtc<[{alpha = 0.5, left = [6, 4, 8], right = [4, 6, 12], shuffled}, {alpha = 1.0, left = [2, 12, 5], right = [2, 12, 5]}]>
         (%l0, %r0, %l1, %r1 : tensor<6x4x8xf32>, tensor<4x6x12xf32>, tensor<2x12x5xf32>, tensor<2x12x5xf32>) : !x -> !x
  return %y : !x
}

// CHECK-LABEL: func.func @norms(
// CHECK: sattn.norm layer %{{.*}} : tensor<?x?xf16>
// CHECK: sattn.norm rms %{{.*}} gain(%{{.*}} : tensor<?xf32>) bias(%{{.*}} : tensor<?xf32>) epsilon 0.001 : tensor<?x?xf16>
// CHECK: sattn.norm layer %{{.*}} segments [8, 16] : tensor<2x?x24xf32>
func.func @norms(%x: tensor<?x?xf16>, %g: tensor<?xf32>, %y: !x) -> (tensor<?x?xf16>, !x) {
  %0 = sattn.norm layer %x : tensor<?x?xf16>
  %1 = sattn.norm rms %0 gain(%g : tensor<?xf32>) bias(%g : tensor<?xf32>) epsilon 0.001 : tensor<?x?xf16>
  %2 = sattn.norm layer %y segments [8, 16] : !x
  return %1, %2 : tensor<?x?xf16>, !x
}

// CHECK-LABEL: func.func @merges(
// CHECK: sattn.merge outputs(%{{.*}}, %{{.*}} : tensor<?x8xf16>, tensor<?x8xf16>) lse(%{{.*}}, %{{.*}} : tensor<?xf32>, tensor<?xf32>) -> tensor<?x8xf16>, tensor<?xf32>
// CHECK: sattn.merge outputs(%{{.*}} : tensor<4x?x8xf16>) lse(%{{.*}} : tensor<4x?xf32>) -> tensor<?x8xf16>, tensor<?xf32>
func.func @merges(%a: tensor<?x8xf16>, %la: tensor<?xf32>, %p: tensor<4x?x8xf16>, %lp: tensor<4x?xf32>) -> (tensor<?x8xf16>, tensor<?xf32>, tensor<?x8xf16>, tensor<?xf32>) {
  %0:2 = sattn.merge outputs(%a, %a : tensor<?x8xf16>, tensor<?x8xf16>) lse(%la, %la : tensor<?xf32>, tensor<?xf32>) -> tensor<?x8xf16>, tensor<?xf32>
  %1:2 = sattn.merge outputs(%p : tensor<4x?x8xf16>) lse(%lp : tensor<4x?xf32>) -> tensor<?x8xf16>, tensor<?xf32>
  return %0#0, %0#1, %1#0, %1#1 : tensor<?x8xf16>, tensor<?xf32>, tensor<?x8xf16>, tensor<?xf32>
}
