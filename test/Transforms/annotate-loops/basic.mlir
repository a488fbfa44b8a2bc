// RUN: sattn-opt %s -convert-scf-to-cf -convert-cf-to-llvm -sattn-annotate-loops | FileCheck %s

// A loop that must stay rolled: the branch back says so, in the attribute that is
// translated.

// CHECK: #[[$UNROLL:.+]] = #llvm.loop_unroll<disable = true>
// CHECK: #[[$LOOP:.+]] = #llvm.loop_annotation<unroll = #[[$UNROLL]]>
#unroll = #llvm.loop_unroll<disable = true>
#loop = #llvm.loop_annotation<unroll = #unroll>

// CHECK-LABEL: func.func @rolled(
// CHECK-NOT: loop_annotation
// CHECK: llvm.cond_br
// CHECK: memref.store
// CHECK: llvm.br ^{{.+}} {loop_annotation = #[[$LOOP]]}
// CHECK-NOT: loop_annotation
func.func @rolled(%n: index, %out: memref<?xindex>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  scf.for %i = %c0 to %n step %c1 {
    memref.store %i, %out[%i] : memref<?xindex>
  } {llvm.loop_annotation = #loop}
  return
}

// Others are left alone.
// CHECK-LABEL: func.func @plain(
// CHECK: llvm.br
// CHECK-NOT: loop_annotation
// CHECK: return
func.func @plain(%n: index, %out: memref<?xindex>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  scf.for %i = %c0 to %n step %c1 {
    memref.store %i, %out[%i] : memref<?xindex>
  }
  return
}
