// The order of products: what sattn-to-cpu will do, with the numbers that it goes by.
// RUN: sattn-explain %s --target=x86-64-v3 | FileCheck %s
// RUN: sattn-explain %s --target=x86-64-v3 --format=json | FileCheck %s --check-prefix=JSON
// RUN: sattn-opt %s --sattn-to-cpu="target=x86-64-v3 stop-after=tilings report" 2> %t.remarks | FileCheck %s --check-prefix=IR
// RUN: FileCheck %s --check-prefix=REMARK < %t.remarks

!t = tensor<4096x64xf32>
!few = tensor<4x64xf32>
!w = tensor<64x8xf32>

// CHECK: {{^}}@linear at
// CHECK: order (Q K^T) V: 2148007936 FLOPs; Q (K^T V) in chunks of 128: 268435456 FLOPs; the second is taken
// CHECK-NEXT: work, bound and tiling are those of (Q K^T) V, for comparison
// JSON: "decisions": [
// JSON-NEXT: "(Q K^T) V: {{.*}}; the second is taken"
// JSON-NEXT: ]
// JSON-NEXT: "function": "linear"
// REMARK-DAG: remark: [sattn-linearize-attention] (Q K^T) V: 2148007936 FLOPs; Q (K^T V) in chunks of 128: 268435456 FLOPs; the second is taken
// IR-LABEL: func.func @linear(
// IR-NOT: sattn.attention
// IR: return
func.func @linear(%q: !t, %k: !t, %v: !t, %init: !t) -> !t {
  %o = sattn.attention query(%q : !t) key(%k : !t) value(%v : !t) scale 0.125 window <*, 0> link linear outs(%init : !t) -> !t
  return %o : !t
}

// CHECK: {{^}}@matrix at
// CHECK: order matrix on keys: {{.*}}; features: 276824064 FLOPs, 2621440 bytes; from keys to features
// REMARK-DAG: remark: [sattn-reassociate] matrix on keys: {{.*}}; from keys to features
// IR-LABEL: func.func @matrix(
// IR: sattn.attention query(%{{.+}} : tensor<4096x8xf32>)
func.func @matrix(%x: !t, %y: !t, %l: !w, %r: !w, %init: !t) -> !t {
  %k = sattn.project %y by #sattn.low_rank<rank = 8>(%l, %r : !w, !w) : !t -> !t
  %o = sattn.attention query(%x : !t) key(%k : !t) value(%y : !t) scale 0.125 outs(%init : !t) -> !t
  return %o : !t
}

// CHECK: {{^}}@norm at
// CHECK: order norm of the keys in the score: 163840 FLOPs on pairs; on the keys: the time of 16777216 FLOPs; it is folded with the option fold-norm (not by default:
// IR-LABEL: func.func @norm(
// IR: sattn.norm
func.func @norm(%x: !few, %y: !t, %init: !few) -> !few {
  %k = sattn.norm layer %y : !t
  %o = sattn.attention query(%x : !few) key(%k : !t) value(%y : !t) scale 0.125 outs(%init : !few) -> !few
  return %o : !few
}
