// Programs with kernels run in the interpreter: results, counts, mistakes.

// RUN: sattn-run %s --entry=f --target=emulated-sm_80 --input=70x64xf16=random:1 --input=70x64xf16=random:2 --input=70x64xf16=random:3 \
// RUN:   --seed=5 --asynchrony=random --benchmark --report=%t.json 2>&1 | FileCheck %s --check-prefix=COUNT
// RUN: %python -c "import json, sys; r = json.load(open(sys.argv[1])); k, = r['kernels']; assert r['device'] == 'emulated-sm_80' and 'stop-after=program' in r['pipeline'], r; assert k['name'] == 'f' and k['launches'] == 1 and k['blocks'] == 2 and k['warp_instructions'] > 1000, k; assert r['benchmark']['flops'] > 0 and r['heap']['allocations'] == 0, r" %t.json

// COUNT: @f on emulated-sm_80, host code on
// COUNT-NEXT: compile {{.*}}
// COUNT-NEXT: memory {{.*}}, 0 allocations
// COUNT-NEXT: kernel   @f: 1 launch, 2 blocks, [[COUNT:[0-9]+]] warp-instructions
// COUNT-NEXT: total    [[COUNT]] warp-instructions (no times: an interpreter's say nothing about a card's)
// COUNT-NEXT: work {{.*}} GFLOP, counted in products

// Without queries nothing is launched, without keys the output is 0.
// RUN: sattn-run %s --entry=f --target=emulated-sm_90 --input=0x64xf16 --input=4x64xf16 --input=4x64xf16 --benchmark | FileCheck %s --check-prefix=EMPTY
// EMPTY: kernel none
// RUN: sattn-run %s --entry=f --target=emulated-sm_80 --input=1x64xf16 --input=0x64xf16 --input=0x64xf16 | FileCheck %s --check-prefix=ZERO
// ZERO: result #0: 1x64xf16 = {{\[\[}}0, 0, 0,

// A kernel whose last barrier is gone: the text of a stage, edited.
// RUN: sattn-compile %s --entry=f --target=sm_80 --emit=nvvm -o %t.mlir
// RUN: %python -c "import sys; head, tail = sys.stdin.read().rsplit('nvvm.barrier0', 1); print(head + tail)" < %t.mlir > %t.race.mlir
// RUN: not sattn-run %t.race.mlir --target=emulated-sm_80 --input=200x64xf16=random:1 --input=200x64xf16=random:2 --input=200x64xf16=random:3 \
// RUN:   --output=@%t.none.npy 2>&1 | FileCheck %s --check-prefix=RACE
// RUN: not ls %t.none.npy
// RUN: sattn-run %t.race.mlir --target=emulated-sm_80 --checks=false --input=200x64xf16=random:1 --input=200x64xf16=random:2 --input=200x64xf16=random:3 --output=@%t.npy
// RACE: error: emulated-sm_80: kernel 'f': ptx line [[#]]: data race on shared address [[#]]: this read and the write of ptx line [[#]] (cp.async
// RACE-SAME: are not ordered
// RACE-SAME: : ldmatrix.sync.aligned

// Shapes are checked as they are without a device.
// RUN: not sattn-run %s --entry=f --target=emulated-sm_80 --input=8x32xf16 --input=4x64xf16 --input=4x64xf16 2>&1 | FileCheck %s --check-prefix=SHAPE
// SHAPE: error: @f, input #0: expected axis 1 of extent 64, got 32 in 8x32xf16

// What is no attention has kernels, too.
// RUN: sattn-run %s --entry=g --target=emulated-sm_80 --input=1x64xf16=1 | FileCheck %s --check-prefix=SUM
// RUN: sattn-run %s --entry=g --target=emulated-sm_80 --input=1x64xf16=1 --benchmark | FileCheck %s --check-prefix=SUMS
// SUM: result #0: 1x64xf16 = {{\[\[}}2, 2,
// SUMS: kernel @g: 1 launch, 1 block

// RUN: not sattn-run %s --target=emulated-sm_35 2>&1 | FileCheck %s --check-prefix=CHIP
// CHIP: error: expected --target=emulated- and one of sm_80, {{.*}}sm_121, got --target=emulated-sm_35
// RUN: not sattn-run %s --target=emulated-sm_80 --threads=2 2>&1 | FileCheck %s --check-prefix=THREADS
// THREADS: error: expected no --threads with --target=emulated-sm_80 (the host's code has one thread)
// RUN: not sattn-run %s --target=emulated-sm_80 --repetitions=2 2>&1 | FileCheck %s --check-prefix=RUNS
// RUNS: error: expected no --repetitions with --target=emulated-sm_80 (instructions are counted in one run)
// RUN: not sattn-run %s --seed=2 2>&1 | FileCheck %s --check-prefix=SEED
// SEED: error: expected --target=emulated-sm_80 (or a later chip) with --seed, got --target=native

!t = tensor<?x64xf16>
func.func @f(%q: !t, %k: !t, %v: !t) -> !t {
  %c0 = arith.constant 0 : index
  %m = tensor.dim %q, %c0 : !t
  %o = tensor.empty(%m) : !t
  %r = sattn.attention query(%q : !t) key(%k : !t) value(%v : !t) scale 0.125 outs(%o : !t) -> !t
  return %r : !t
}

func.func @g(%x: !t) -> !t {
  %r = linalg.add ins(%x, %x : !t, !t) outs(%x : !t) -> !t
  return %r : !t
}
