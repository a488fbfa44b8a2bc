// The innermost loops of products, in assembly, on each row of the target table:
// one register tile per iteration (6 x 2 vectors, 14 x 2, 8 x 3), nothing spilled,
// nothing shuffled. AArch64 multiplies by a lane, the others broadcast one element.
// Half tiles are for the keys behind the last whole tile, and for value tiles with
// elements that are not finite. (Not counted here: on AArch64 half a tile whose levels
// are decided pair by pair spills three registers where `mean` keeps weights, too.)
// RUN: sattn-compile %s --target=x86-64-v3 --emit=asm -o %t.x86-64-v3.s
// RUN: %python %source_dir/tools/dev/count-inner-loops.py %t.x86-64-v3.s --min-fma=12 \
// RUN:   | FileCheck %s --check-prefix=V3 --implicit-check-not='{{(^| )[1-9][0-9]*}} spills' --implicit-check-not='{{(^| )[1-9][0-9]*}} shuffles'
// RUN: sattn-compile %s --target=x86-64-v4 --emit=asm -o %t.x86-64-v4.s
// RUN: %python %source_dir/tools/dev/count-inner-loops.py %t.x86-64-v4.s --min-fma=14 \
// RUN:   | FileCheck %s --check-prefix=V4 --implicit-check-not='{{(^| )[1-9][0-9]*}} spills' --implicit-check-not='{{(^| )[1-9][0-9]*}} shuffles'
// RUN: sattn-compile %s --target=aarch64 --emit=asm -o %t.aarch64.s
// RUN: %python %source_dir/tools/dev/count-inner-loops.py %t.aarch64.s --min-fma=24 \
// RUN:   | FileCheck %s --check-prefix=NEON --implicit-check-not='{{(^| )[1-9][0-9]*}} spills' --implicit-check-not='{{(^| )[1-9][0-9]*}} shuffles'

!q = tensor<?x?x64xf32>

// Scores, half a tile of scores, then the product with the value.
// V3-LABEL: full.kernel
// V3-SAME: 12 fma, 8 loads, 6 broadcasts, 0 stores, 0 shuffles, 0 spills
// V3: full.kernel{{.*}} 12 fma, 8 loads, 6 broadcasts, 0 stores, 0 shuffles, 0 spills
// V4-LABEL: full.kernel
// V4-SAME: 28 fma, 16 loads, 14 broadcasts, 0 stores, 0 shuffles, 0 spills
// V4-NEXT: full.kernel{{.*}} 14 fma, 9 loads, 7 broadcasts, 0 stores, 0 shuffles, 0 spills
// V4: full.kernel{{.*}} 28 fma, 16 loads, 14 broadcasts, 0 stores, 0 shuffles, 0 spills
// NEON-LABEL: full.kernel
// NEON-SAME: 24 fma, 10 loads, 24 broadcasts, 0 stores, 0 shuffles, 0 spills
// NEON: full.kernel{{.*}} 24 fma, 10 loads, 24 broadcasts, 0 stores, 0 shuffles, 0 spills
func.func @full(%q: !q, %k: !q, %v: !q, %init: !q) -> !q {
  %o = sattn.attention query(%q : !q) key(%k : !q) value(%v : !q) scale 0.125 outs(%init : !q) -> !q
  return %o : !q
}

// V3-LABEL: causal.kernel
// V3-COUNT-3: causal.kernel{{.*}} 12 fma, 8 loads, 6 broadcasts, 0 stores, 0 shuffles, 0 spills
// V4-LABEL: causal.kernel
// V4-COUNT-3: causal.kernel{{.*}} 28 fma, 16 loads, 14 broadcasts, 0 stores, 0 shuffles, 0 spills
// NEON-LABEL: causal.kernel
// NEON-COUNT-3: causal.kernel{{.*}} 24 fma, 10 loads, 24 broadcasts, 0 stores, 0 shuffles, 0 spills
func.func @causal(%q: !q, %k: !q, %v: !q, %init: !q) -> !q {
  %o = sattn.attention query(%q : !q) key(%k : !q) value(%v : !q) scale 0.125 window <*, 0> outs(%init : !q) -> !q
  return %o : !q
}

#lm = #sattn.levels<ranks = [32, 16, 8, 8], blocks = [*, 512, 128, 32], mean>

// V3-LABEL: mlr.kernel
// V3-COUNT-3: mlr.kernel{{.*}} 12 fma, 8 loads, 6 broadcasts, 0 stores, 0 shuffles, 0 spills
// V4-LABEL: mlr.kernel
// V4-COUNT-3: mlr.kernel{{.*}} 28 fma, 16 loads, 14 broadcasts, 0 stores, 0 shuffles, 0 spills
// NEON-LABEL: mlr.kernel
// NEON-COUNT-3: mlr.kernel{{.*}} 24 fma, 10 loads, 24 broadcasts, 0 stores, 0 shuffles, 0 spills
func.func @mlr(%q: !q, %k: !q, %v: !q, %init: !q) -> !q {
  %o = sattn.attention query(%q : !q) key(%k : !q) value(%v : !q) scale 0.125 structure #lm window <*, 0> outs(%init : !q) -> !q
  return %o : !q
}
