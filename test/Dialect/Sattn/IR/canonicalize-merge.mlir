// RUN: sattn-opt %s -canonicalize | FileCheck %s

!o = tensor<?x8xf32>
!l = tensor<?xf32>

// CHECK-LABEL: func.func @one_attention(
// CHECK: %[[A:.+]]:2 = sattn.attention
// CHECK-NEXT: return %[[A]]#0, %[[A]]#1
func.func @one_attention(%q: !o, %k: !o, %v: !o, %o: !o, %l: !l) -> (!o, !l) {
  %a:2 = sattn.attention query(%q : !o) key(%k : !o) value(%v : !o) scale 1.0 outs(%o, %l : !o, !l) -> !o, !l
  %m:2 = sattn.merge outputs(%a#0 : !o) lse(%a#1 : !l) -> !o, !l
  return %m#0, %m#1 : !o, !l
}

// An arbitrary output may be anything where lse is -inf: the merge makes it 0.
// CHECK-LABEL: func.func @one_unknown_part(
// CHECK: sattn.merge
func.func @one_unknown_part(%a: !o, %l: !l) -> (!o, !l) {
  %m:2 = sattn.merge outputs(%a : !o) lse(%l : !l) -> !o, !l
  return %m#0, %m#1 : !o, !l
}

// CHECK-LABEL: func.func @mixed_parts(
// CHECK: sattn.merge
func.func @mixed_parts(%q: !o, %k: !o, %v: !o, %o: !o, %l: !l) -> (!o, !l) {
  %a:2 = sattn.attention query(%q : !o) key(%k : !o) value(%v : !o) scale 1.0 outs(%o, %l : !o, !l) -> !o, !l
  %m:2 = sattn.merge outputs(%a#0 : !o) lse(%l : !l) -> !o, !l
  return %m#0, %m#1 : !o, !l
}

// CHECK-LABEL: func.func @two_parts(
// CHECK: sattn.merge
func.func @two_parts(%q: !o, %k: !o, %v: !o, %o: !o, %l: !l) -> (!o, !l) {
  %a:2 = sattn.attention query(%q : !o) key(%k : !o) value(%v : !o) scale 1.0 outs(%o, %l : !o, !l) -> !o, !l
  %m:2 = sattn.merge outputs(%a#0, %a#0 : !o, !o) lse(%a#1, %a#1 : !l, !l) -> !o, !l
  return %m#0, %m#1 : !o, !l
}
