// Sizes that are asked for and do not fit the chip are an error, before there is code.

// RUN: not sattn-opt %s --sattn-select-tiling="target=sm_80 query=512" 2>&1 | FileCheck %s --check-prefix=THREADS
// THREADS: nvidia-budget.mlir:[[#@LINE+32]]:8: error: expected at most 64 registers per thread, got ~141 (accumulator 32, query 16, scores 32, checks 17, other 44)

// RUN: not sattn-opt %s --sattn-select-tiling="target=sm_80 key=256" 2>&1 | FileCheck %s --check-prefix=SCORES
// SCORES: error: expected at most 255 registers per thread, got ~256 (query 16, scores 128, checks 68, other 44)

// RUN: not sattn-opt %s --sattn-select-tiling="target=sm_86 query=128 key=176" 2>&1 | FileCheck %s --check-prefix=SHARED
// SHARED: error: expected at most 101376 bytes of shared memory per block, got 106496 (a query tile of 128 rows, 2 slots of 176 keys and values)

// RUN: not sattn-opt %s --sattn-select-tiling="target=sm_90a query=192 key=128" 2>&1 | FileCheck %s --check-prefix=ROLES
// ROLES: error: expected at most 160 registers per thread, got ~198 (accumulator 32, query 16, scores 64, weights 32, checks 34, other 20)

// RUN: not sattn-opt %s --sattn-select-tiling="target=sm_80 query=24" 2>&1 | FileCheck %s --check-prefix=ROWS
// ROWS: error: expected query tiles of a multiple of 16 rows, got 24

// RUN: not sattn-opt %s --sattn-select-tiling="target=sm_80 levels=rolled" 2>&1 | FileCheck %s --check-prefix=ROLLED
// ROLLED: error: expected unrolled levels, got rolled ones

// What fits is taken, a number of parts alone never refused.
// RUN: sattn-opt %s --sattn-select-tiling="target=sm_80 query=128 key=32" | FileCheck %s --check-prefix=TAKEN
// TAKEN-COUNT-2: tiling <query = 128, key = 32>
// RUN: sattn-opt %s --sattn-select-tiling="target=sm_80 split=3" | FileCheck %s --check-prefix=SPLIT
// SPLIT-COUNT-2: split = 3>

// Checks behind a full accumulator take registers: a smaller tile of keys is selected.
// RUN: sattn-opt %s --sattn-select-tiling=target=sm_90a | FileCheck %s --check-prefix=SELECTED
// SELECTED-LABEL: func.func @causal(
// SELECTED: window <*, 0> tiling <query = 128, key = 128>
// SELECTED-LABEL: func.func @window(
// SELECTED: window <300, 0> tiling <query = 128, key = 64>

!t = tensor<1024x64xf16>
func.func @causal(%q: !t, %o: !t) -> !t {
  %r = sattn.attention query(%q : !t) key(%q : !t) value(%q : !t) scale 1.0 window <*, 0> outs(%o : !t) -> !t
  return %r : !t
}

!w = tensor<1024x128xf16>
func.func @window(%q: !w, %o: !w) -> !w {
  %r = sattn.attention query(%q : !w) key(%q : !w) value(%q : !w) scale 1.0
    structure #sattn.levels<ranks = [64, 64], blocks = [*, 48]> window <300, 0> outs(%o : !w) -> !w
  return %r : !w
}
