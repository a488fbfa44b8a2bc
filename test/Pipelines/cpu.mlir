// RUN: sattn-opt %s --sattn-to-cpu=target=x86-64-v3 | FileCheck %s
// RUN: sattn-opt %s --sattn-to-cpu="target=x86-64-v3 stop-after=vectors" | FileCheck %s --check-prefix=VECTORS

// From attention to the LLVM dialect: vectors of two registers, OpenMP, no
// allocation, no copy by the run-time library. The scratch of a thread is
// allocated in front of its loop.

// CHECK-NOT: @malloc
// CHECK-LABEL: llvm.func @mlr(
// CHECK-NOT: memrefCopy
// CHECK: omp.parallel {
// CHECK: llvm.alloca
// CHECK: omp.wsloop schedule(dynamic)
// CHECK-NOT: llvm.alloca
// CHECK: llvm.intr.fmuladd({{.*}}) : (vector<16xf32>, vector<16xf32>, vector<16xf32>) -> vector<16xf32>
// CHECK: llvm.return

// VECTORS-LABEL: func.func @mlr(
// VECTORS: scf.forall
// VECTORS: vector.fma {{.*}} : vector<16xf32>
// VECTORS-NOT: {{ sattn\.}}
!Q = tensor<?x?x64xf32>
!M = memref<?x?x64xf32>
func.func @mlr(%qm: !M, %km: !M, %vm: !M, %om: !M) {
  %q = bufferization.to_tensor %qm restrict : !M to !Q
  %k = bufferization.to_tensor %km restrict : !M to !Q
  %v = bufferization.to_tensor %vm restrict : !M to !Q
  %o = bufferization.to_tensor %om restrict writable : !M to !Q
  %r = sattn.attention query(%q : !Q) key(%k : !Q) value(%v : !Q) scale 1.0
    structure #sattn.levels<ranks = [32, 16, 16], blocks = [*, 256, 64], mean> window <*, 0> outs(%o : !Q) -> !Q
  bufferization.materialize_in_destination %r in restrict writable %om : (!Q, !M) -> ()
  return
}
