// RUN: sattn-compile %s --pipeline='%lower' --emit=entries | FileCheck %s --check-prefix=ENTRIES
// RUN: sattn-compile %s --pipeline='%lower' --emit=llvm-dialect | FileCheck %s --check-prefix=DIALECT
// RUN: sattn-compile %s --pipeline='%lower' --emit=llvm -o %t.ll
// RUN: FileCheck %s --check-prefix=LLVM < %t.ll
// RUN: sattn-compile %s --pipeline='%lower' --emit=asm --target=aarch64 | FileCheck %s --check-prefix=ARM
// RUN: sattn-compile %s --pipeline='%lower' --emit=asm --target=x86-64-v4 | FileCheck %s --check-prefix=V4
// RUN: sattn-compile %s --pipeline='%lower' --emit=asm --target=x86-64-v3 | FileCheck %s --check-prefix=V3
// RUN: sattn-compile %s --pipeline='%lower' --emit=obj --target=aarch64 -o %t.o
// RUN: llvm-readobj --file-headers --symbols %t.o | FileCheck %s --check-prefix=OBJECT

// ENTRIES-LABEL: func.func @scale(
// ENTRIES-SAME:    sattn.entry = (tensor<?xf32>, f32) -> tensor<?xf32>
// ENTRIES:         linalg.generic

// Signatures are still there, so that one can go on from here; the functions
// that C calls are not.
// DIALECT-LABEL: llvm.func @scale(
// DIALECT-SAME:    sattn.entry = (tensor<?xf32>, f32) -> tensor<?xf32>
// DIALECT-LABEL: llvm.func @scale_shapes(
// DIALECT-NOT:   llvm.func

// LLVM-LABEL: define {{.*}}i32 @scale(ptr
// LLVM-LABEL: define {{.*}}i32 @scale_shapes(ptr

// ARM-LABEL: scale:
// ARM:         fmul v{{[0-9]+}}.4s
// V4-LABEL:  scale:
// V4:          vmulps {{.*}}%zmm
// V3-LABEL:  scale:
// V3-NOT:      zmm
// V3:          vmulps {{.*}}%ymm

// OBJECT: Arch: aarch64
// OBJECT-DAG: Name: scale (
// OBJECT-DAG: Name: scale_shapes (

func.func @scale(%a: tensor<?xf32>, %s: f32) -> tensor<?xf32> {
  %r = linalg.generic {
      indexing_maps = [affine_map<(i) -> (i)>, affine_map<(i) -> (i)>], iterator_types = ["parallel"]}
      ins(%a : tensor<?xf32>) outs(%a : tensor<?xf32>) {
  ^bb0(%x: f32, %o: f32):
    %y = arith.mulf %x, %s : f32
    linalg.yield %y : f32
  } -> tensor<?xf32>
  return %r : tensor<?xf32>
}
