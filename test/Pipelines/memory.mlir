// Memory grows linearly with the number of tokens: no buffer of the fused path has
// two axes of tokens, and four times the tokens need four times the heap. The
// reference, which writes the scores, shows that both would be noticed.

// RUN: sattn-opt %s --sattn-to-cpu="target=x86-64-v3 stop-after=vectors" | FileCheck %s --implicit-check-not='{{tensor<([0-9]+x)*[?]x([0-9]+x)*[?]}}' --implicit-check-not='{{memref<([0-9]+x)*[?]x([0-9]+x)*[?]}}'
// RUN: sattn-opt %s --sattn-decompose-aggregated | FileCheck %s --check-prefix=SCORES
// RUN: sattn-run %s --input=2x100x32xf32=random:1 --input=2x100x32xf32=random:2 --report=%t.short.json > /dev/null
// RUN: sattn-run %s --input=2x400x32xf32=random:1 --input=2x400x32xf32=random:2 --report=%t.long.json > /dev/null
// RUN: sattn-run %s --pipeline=sattn-to-reference --input=2x100x32xf32=random:1 --input=2x100x32xf32=random:2 --report=%t.short-reference.json > /dev/null
// RUN: sattn-run %s --pipeline=sattn-to-reference --input=2x400x32xf32=random:1 --input=2x400x32xf32=random:2 --report=%t.long-reference.json > /dev/null
// RUN: %python -c "import json, sys; heaps = [json.load(open(path))['heap'] for path in sys.argv[1:]]; short, long, short_reference, long_reference = (heap['peak_bytes'] for heap in heaps); print('allocations', heaps[0]['allocations'] == heaps[1]['allocations'], 'linear', 3.9 * short < long < 4.1 * short, 'quadratic', long_reference > 10 * short_reference)" %t.short.json %t.long.json %t.short-reference.json %t.long-reference.json | FileCheck %s --check-prefix=HEAP

// HEAP: allocations True linear True quadratic True
// CHECK-LABEL: func.func @layer(
// CHECK: scf.forall
// SCORES-LABEL: func.func @layer(
// SCORES: tensor<2x?x?xf32>
!t = tensor<2x?x32xf32>
#levels = #sattn.levels<ranks = [16, 16], blocks = [*, 32]>

// The norm and the first attention need buffers of their own, one row per token.
func.func @layer(%x: !t, %v: !t) -> !t {
  %c1 = arith.constant 1 : index
  %t = tensor.dim %x, %c1 : !t
  %gain = arith.constant dense<0.5> : tensor<32xf32>
  %o = tensor.empty(%t) : !t
  %k = sattn.norm layer %x gain(%gain : tensor<32xf32>) : !t
  %y = sattn.attention query(%x : !t) key(%k : !t) value(%v : !t) scale 0.25 structure #levels window <*, 0> outs(%o : !t) -> !t
  %r = sattn.attention query(%y : !t) key(%k : !t) value(%x : !t) scale 0.25 window <40, 0> outs(%o : !t) -> !t
  return %r : !t
}
