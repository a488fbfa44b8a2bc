// RUN: sattn-opt %s --transform-interpreter --canonicalize --cse | FileCheck %s

// All keys of a slice are all keys, although its extent is a value of its own: keys
// up to now, and parts of the keys that are tiled once more.

!q = tensor<64x32xf32>
!k = tensor<4096x32xf32>
// CHECK-LABEL: func.func @keys_so_far(
// CHECK: scf.forall (%[[I:.+]]) in (4)
// CHECK: %[[M:.+]] = affine.apply {{.*}}(%[[I]])
// CHECK: sattn.attention query(%{{.+}} : tensor<16x32xf32>) key(%{{.+}} : tensor<?x32xf32>) {{.*}} query_offset(%[[M]] : index) outs(
func.func @keys_so_far(%q: !q, %k: !k, %n: index, %o: !q) -> !q {
  %kn = tensor.extract_slice %k[0, 0] [%n, 32] [1, 1] : !k to tensor<?x32xf32>
  %r = sattn.attention query(%q : !q) key(%kn : tensor<?x32xf32>) value(%kn : tensor<?x32xf32>) scale 0.125 window <*, 0> outs(%o : !q) -> !q
  return %r : !q
}

!b = tensor<1x4096x32xf32>
// The same with an axis dropped by the slice.
// CHECK-LABEL: func.func @one_head(
// CHECK: scf.forall
// CHECK: sattn.attention query(%{{.+}} : tensor<16x32xf32>) key(%{{.+}} : tensor<?x32xf32>)
func.func @one_head(%q: !q, %k: !b, %n: index, %o: !q) -> !q {
  %kn = tensor.extract_slice %k[0, 0, 0] [1, %n, 32] [1, 1, 1] : !b to tensor<?x32xf32>
  %r = sattn.attention query(%q : !q) key(%kn : tensor<?x32xf32>) value(%kn : tensor<?x32xf32>) scale 0.125 outs(%o : !q) -> !q
  return %r : !q
}

module attributes {transform.with_named_sequence} {
  transform.named_sequence @__transform_main(%module: !transform.any_op {transform.readonly}) {
    %attention = transform.structured.match ops{["sattn.attention"]} in %module : (!transform.any_op) -> !transform.any_op
    %tiles, %loops = transform.structured.tile_using_forall %attention tile_sizes [16]
      : (!transform.any_op) -> (!transform.any_op, !transform.any_op)
    transform.yield
  }
}
