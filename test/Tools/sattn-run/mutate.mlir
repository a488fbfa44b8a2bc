// Each synchronisation instruction of a kernel is deleted in turn; what no run
// notices is printed with its line of PTX.

// Every third one of a kernel with roles. The ring of tiles wraps around: with fewer
// keys nobody waits for the last arrivals.
// RUN: sattn-run %s --entry=f --target=emulated-sm_90a --input=1x1x640x64xf16=random:1 --input=1x1x640x64xf16=random:2 --input=1x1x640x64xf16=random:3 \
// RUN:   --mutate --mutate-seeds=2 --mutate-limit=12 --report=%t.json | FileCheck %s
// CHECK: {{^}}equivalent line [[#]]: mbarrier.try_wait
// CHECK-NEXT: in every run the phase was over, and everything published in it known, before this wait
// CHECK: {{^}}@f: {{[0-9]+}} of {{[0-9]+}} deletions detected (100.0 %), {{[1-9]}} equivalent, {{[0-9]}} unreached, 12 of {{[0-9]+}} tried
// RUN: %python -c "import json, sys; m = json.load(open(sys.argv[1]))['mutation']; k, = m['kernels']; assert m['score'] == 1 and m['detected'] == m['total'] > 5 and m['total'] + m['equivalent'] + m['unreached'] == len(k['mutations']) == 12, m; assert all(r['line'] > 0 and (r['outcome'] != 'detected' or r['error'] and 1 <= r['seed'] <= 2) for r in k['mutations']), k" %t.json

// Every one of the pipelined kernel, with two key tiles.
// RUN: sattn-run %s --entry=g --target=emulated-sm_80 --input=130x64xf16=random:1 --input=130x64xf16=random:2 --input=130x64xf16=random:3 \
// RUN:   --mutate --mutate-seeds=2 --output=@%t.npy | FileCheck %s --check-prefix=PIPELINE
// PIPELINE: @g: {{1[0-9]}} of {{1[0-9]}} deletions detected ({{9[0-9]|100}}.{{[0-9]}} %)
// RUN: sattn-run %s --entry=g --target=emulated-sm_80 --input=130x64xf16=random:1 --input=130x64xf16=random:2 --input=130x64xf16=random:3 --output=@%t.plain.npy
// RUN: cmp %t.npy %t.plain.npy

// RUN: sattn-run %s --entry=g --target=emulated-sm_80 --input=0x64xf16 --input=4x64xf16 --input=4x64xf16 --mutate | FileCheck %s --check-prefix=NONE
// NONE: no kernel

// RUN: not sattn-run %s --mutate 2>&1 | FileCheck %s --check-prefix=NATIVE
// NATIVE: error: expected --target=emulated-sm_80 (or a later chip) with --mutate, got --target=native
// RUN: not sattn-run %s --target=emulated-sm_80 --mutate-seeds=3 2>&1 | FileCheck %s --check-prefix=ALONE
// ALONE: error: expected --mutate with --mutate-seeds
// RUN: not sattn-run %s --target=emulated-sm_80 --mutate --seed=3 2>&1 | FileCheck %s --check-prefix=SEED
// SEED: error: expected no --seed with --mutate (it tries several seeds with every check)
// RUN: not sattn-run %s --target=emulated-sm_80 --mutate --mutate-seeds=0 2>&1 | FileCheck %s --check-prefix=ZERO
// ZERO: error: expected --mutate-seeds of at least 1

!s = tensor<1x1x640x64xf16>
func.func @f(%q: !s, %k: !s, %v: !s) -> !s {
  %o = tensor.empty() : !s
  %r = sattn.attention query(%q : !s) key(%k : !s) value(%v : !s) scale 0.125 window <*, 0> outs(%o : !s) -> !s
  return %r : !s
}

!t = tensor<?x64xf16>
func.func @g(%q: !t, %k: !t, %v: !t) -> !t {
  %c0 = arith.constant 0 : index
  %m = tensor.dim %q, %c0 : !t
  %o = tensor.empty(%m) : !t
  %r = sattn.attention query(%q : !t) key(%k : !t) value(%v : !t) scale 0.125 outs(%o : !t) -> !t
  return %r : !t
}
