// RUN: sattn-opt %s --sattn-fold-norm=when-cheaper | FileCheck %s

!t = tensor<4096x64xf32>
!few = tensor<4x64xf32>

// Few queries: a score costs less than the norm of a key.
// CHECK-LABEL: func.func @few(
// CHECK-NOT: sattn.norm
// CHECK: return
func.func @few(%x: !few, %y: !t, %init: !few) -> !few {
  %k = sattn.norm layer %y : !t
  %o = sattn.attention query(%x : !few) key(%k : !t) value(%y : !t) scale 0.125 outs(%init : !few) -> !few
  return %o : !few
}

// As many as keys: it would be paid for each pair.
// CHECK-LABEL: func.func @many(
// CHECK: sattn.norm
// CHECK-NOT: score(
// CHECK: return
func.func @many(%x: !t, %y: !t, %init: !t) -> !t {
  %k = sattn.norm layer %y : !t
  %o = sattn.attention query(%x : !t) key(%k : !t) value(%y : !t) scale 0.125 outs(%init : !t) -> !t
  return %o : !t
}
