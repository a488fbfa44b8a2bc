// RUN: sattn-opt %s --sattn-to-reference | FileCheck %s

!q = tensor<?x16xf32>

// A score region may use any scalar op of math and arith; what LLVM has no
// intrinsic for is a call of libm.
// CHECK-DAG:   llvm.func @erff(f32) -> f32
// CHECK-LABEL: llvm.func @math(
// CHECK:       llvm.intr.exp2
// CHECK:       llvm.call @erff(
// CHECK-NOT:   math.
// CHECK:       llvm.return
func.func @math(%q: !q, %k: !q, %v: !q, %o: !q) -> !q {
  %r = sattn.attention query(%q : !q) key(%k : !q) value(%v : !q) scale 0.125 score {
  ^bb0(%s: f32, %i: index, %j: index):
    %c3 = arith.constant 3 : i32
    %a = math.tanh %s : f32
    %b = math.exp2 %a : f32
    %c = math.erf %b : f32
    %d = math.fpowi %c, %c3 : f32, i32
    %e = math.atan2 %d, %s : f32
    %f = math.cbrt %e : f32
    %g = arith.maxsi %i, %j : index
    %h = arith.index_cast %g : index to i64
    %l = arith.sitofp %h : i64 to f32
    %m = arith.minimumf %l, %f : f32
    sattn.yield %m : f32
  } outs(%o : !q) -> !q
  return %r : !q
}
