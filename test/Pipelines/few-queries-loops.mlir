// The innermost loops of few queries, in assembly: products of one query with eight
// keys (16 with vectors of 16), then those of one weight with eight vectors of a value
// (vectors of 16: of two queries' weights with four). LLVM leaves the first as it is
// and unrolls the second; nothing is spilled.
// RUN: sattn-compile %s --target=x86-64-v3 --emit=asm -o %t.x86-64-v3.s
// RUN: %python %source_dir/tools/dev/count-inner-loops.py %t.x86-64-v3.s --min-fma=8 | FileCheck %s --check-prefix=V3
// RUN: sattn-compile %s --target=x86-64-v4 --emit=asm -o %t.x86-64-v4.s
// RUN: %python %source_dir/tools/dev/count-inner-loops.py %t.x86-64-v4.s --min-fma=16 | FileCheck %s --check-prefix=V4
// RUN: sattn-compile %s --target=aarch64 --emit=asm -o %t.aarch64.s
// RUN: %python %source_dir/tools/dev/count-inner-loops.py %t.aarch64.s --min-fma=8 | FileCheck %s --check-prefix=NEON
// RUN: FileCheck %s --check-prefix=PREFETCH < %t.x86-64-v3.s

!q = tensor<?x8x64xf32>
!k = tensor<?x?x64xf32>

// V3-LABEL: few.kernel
// V3-SAME: 12 instructions, 8 fma, 9 loads, 0 broadcasts, 0 stores, 0 shuffles, 0 spills
// V3: few.kernel{{.*}} 16 fma, 18 loads, 2 broadcasts, 0 stores, 0 shuffles, 0 spills
// V4-LABEL: few.kernel
// V4-SAME: 20 instructions, 16 fma, 17 loads, 0 broadcasts, 0 stores, 0 shuffles, 0 spills
// V4: few.kernel{{.*}} 16 fma, 12 loads, 4 broadcasts, 0 stores, 0 shuffles, 0 spills
// NEON-LABEL: few.kernel
// NEON-SAME: 8 fma, 9 loads, 0 broadcasts, 0 stores, 0 shuffles, 0 spills
// NEON: few.kernel{{.*}} 8 fma, 5 loads, 1 broadcasts, 0 stores, 0 shuffles, 0 spills
// PREFETCH-LABEL: few.kernel
// PREFETCH-COUNT-8: prefetcht0
func.func @few(%q: !q, %k: !k, %v: !k, %init: !q) -> !q {
  %o = sattn.attention query(%q : !q) key(%k : !k) value(%v : !k) scale 0.125 outs(%init : !q) -> !q
  return %o : !q
}
