// RUN: sattn-opt %s -sattn-lower-token-ops | FileCheck %s
// RUN: sattn-opt %s -sattn-fold-norm -sattn-reassociate="flops-per-byte=0" | FileCheck %s --check-prefix=FOLDED

// A whole layer of bilinear Block Tensor-Train attention (Kuang et al. 2025, section 3.2) in the
// dialect and ordinary linalg: D = 24 seen as 4 x 6, 3 heads of 8 value columns, rank 1.
//   scores S_h[i, j] = <x_i, LN(M_h x_j)> / sqrt(D), values x W_V, output linear.
// The factors are normalised as in training: w / max(1, RMS(w) / sigma0) with
// sigma0 = sqrt(min(d_in, d_out)) / d_in, one number for all heads.

!x = tensor<2x?x24xf32>
!heads = tensor<2x3x?x24xf32>
!values = tensor<2x3x?x8xf32>
!left = tensor<3x6x4x4xf32>
!right = tensor<3x4x6x6xf32>

#all = affine_map<(h, k, i, r) -> (h, k, i, r)>
#none = affine_map<(h, k, i, r) -> ()>

// The sum of squares over the whole tensor.
func.func private @squares(%w: tensor<3x?x?x?xf32>) -> f32 {
  %zero = arith.constant dense<0.0> : tensor<f32>
  %s = linalg.generic {indexing_maps = [#all, #none], iterator_types = ["reduction", "reduction", "reduction", "reduction"]}
         ins(%w : tensor<3x?x?x?xf32>) outs(%zero : tensor<f32>) {
  ^bb0(%e: f32, %acc: f32):
    %p = arith.mulf %e, %e : f32
    %a = arith.addf %acc, %p : f32
    linalg.yield %a : f32
  } -> tensor<f32>
  %f = tensor.extract %s[] : tensor<f32>
  return %f : f32
}

// max(1, RMS / sigma0), RMS = sqrt(mean + 1e-8).
func.func private @divisor(%squares: f32, %count: f32, %sigma0: f32) -> f32 {
  %tiny = arith.constant 1.0e-8 : f32
  %one = arith.constant 1.0 : f32
  %mean = arith.divf %squares, %count : f32
  %m = arith.addf %mean, %tiny : f32
  %rms = math.sqrt %m : f32
  %ratio = arith.divf %rms, %sigma0 : f32
  %d = arith.maximumf %one, %ratio : f32
  return %d : f32
}

func.func private @normalise_left(%w: !left) -> !left {
  %dynamic = tensor.cast %w : !left to tensor<3x?x?x?xf32>
  %s = call @squares(%dynamic) : (tensor<3x?x?x?xf32>) -> f32
  %count = arith.constant 288.0 : f32
  // d_in = c s = 4, d_out = a = 4.
  %sigma0 = arith.constant 0.5 : f32
  %d = call @divisor(%s, %count, %sigma0) : (f32, f32, f32) -> f32
  %empty = tensor.empty() : !left
  %n = linalg.generic {indexing_maps = [#all, #all], iterator_types = ["parallel", "parallel", "parallel", "parallel"]}
         ins(%w : !left) outs(%empty : !left) {
  ^bb0(%e: f32, %o: f32):
    %q = arith.divf %e, %d : f32
    linalg.yield %q : f32
  } -> !left
  return %n : !left
}

func.func private @normalise_right(%w: !right) -> !right {
  %dynamic = tensor.cast %w : !right to tensor<3x?x?x?xf32>
  %s = call @squares(%dynamic) : (tensor<3x?x?x?xf32>) -> f32
  %count = arith.constant 432.0 : f32
  // d_in = d = 6, d_out = H b s = 18.
  %sigma0 = arith.constant 0.408248290463863 : f32
  %d = call @divisor(%s, %count, %sigma0) : (f32, f32, f32) -> f32
  %empty = tensor.empty() : !right
  %n = linalg.generic {indexing_maps = [#all, #all], iterator_types = ["parallel", "parallel", "parallel", "parallel"]}
         ins(%w : !right) outs(%empty : !right) {
  ^bb0(%e: f32, %o: f32):
    %q = arith.divf %e, %d : f32
    linalg.yield %q : f32
  } -> !right
  return %n : !right
}

// CHECK-LABEL: func.func @layer(
// CHECK-NOT: sattn.project
// CHECK-NOT: sattn.norm
// CHECK: math.sqrt
// CHECK: %[[KEY:[0-9a-z]+]] = linalg.generic {{.*}} ins(%{{.*}}, %{{.*}}, %{{.*}}, %arg3 :
// CHECK: sattn.attention query(%arg0 : tensor<2x?x24xf32>) key(%[[KEY]] : tensor<2x3x?x24xf32>)
// FOLDED-LABEL: func.func @layer(
// FOLDED: sattn.attention query(%{{.*}}) key(%{{.*}}) value(%{{.*}}) scale {{.*}} window <*, 0> score(%{{.*}}, %{{.*}}, %{{.*}} : tensor<2x3x?xf32>, tensor<2x3x?xf32>, tensor<2x?xf32>)
func.func @layer(%x: !x, %wq: !left, %wk: !right, %gain: tensor<24xf32>, %wv: tensor<24x3x8xf32>, %wo: tensor<3x8x24xf32>) -> !x {
  %zero = arith.constant 0.0 : f32
  %c1 = arith.constant 1 : index
  %t = tensor.dim %x, %c1 : !x
  %l = call @normalise_left(%wq) : (!left) -> !left
  %r = call @normalise_right(%wk) : (!right) -> !right
  %y = sattn.project %x by #sattn.btt<query = [4, 6], key = [4, 6], rank = 1>(%l, %r : !left, !right) : !x -> !heads
  %k = sattn.norm layer %y gain(%gain : tensor<24xf32>) : !heads

  %v0 = tensor.empty(%t) : !values
  %v1 = linalg.fill ins(%zero : f32) outs(%v0 : !values) -> !values
  %v = linalg.contract
         indexing_maps = [affine_map<(b, h, t, e, d) -> (b, t, d)>, affine_map<(b, h, t, e, d) -> (d, h, e)>, affine_map<(b, h, t, e, d) -> (b, h, t, e)>]
         ins(%x, %wv : !x, tensor<24x3x8xf32>) outs(%v1 : !values) -> !values
  %o = sattn.attention query(%x : !x) key(%k : !heads) value(%v : !values) scale 0.204124145231931 window <*, 0>
         outs(%v0 : !values) dims(b m r, b h n r, b h n e -> b h m e) -> !values

  %z0 = tensor.empty(%t) : !x
  %z1 = linalg.fill ins(%zero : f32) outs(%z0 : !x) -> !x
  %z = linalg.contract
         indexing_maps = [affine_map<(b, t, d, h, e) -> (b, h, t, e)>, affine_map<(b, t, d, h, e) -> (h, e, d)>, affine_map<(b, t, d, h, e) -> (b, t, d)>]
         ins(%o, %wo : !values, tensor<3x8x24xf32>) outs(%z1 : !x) -> !x
  return %z : !x
}
