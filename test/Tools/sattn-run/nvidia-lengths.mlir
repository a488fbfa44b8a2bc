// A number of keys per batch row: addresses of tiles depend on what is read from a buffer.

// REQUIRES: numpy
// RUN: sattn-run %s --pipeline=sattn-to-reference --input=150 --input=7 --input=0 --input=3x150x64xf16=random:1 --input=3x150x64xf16=random:2 --input=3x150x64xf16=random:3 --output=@%t.npy
// RUN: sattn-run %s --target=emulated-sm_80 --asynchrony=random --input=150 --input=7 --input=0 --input=3x150x64xf16=random:1 --input=3x150x64xf16=random:2 --input=3x150x64xf16=random:3 --output=@%t.80.npy
// RUN: %python %S/Inputs/compare.py %t.80.npy %t.npy 1e-3
// RUN: sattn-run %s --target=emulated-sm_90a --asynchrony=random --input=150 --input=7 --input=0 --input=3x150x64xf16=random:1 --input=3x150x64xf16=random:2 --input=3x150x64xf16=random:3 --output=@%t.90a.npy
// RUN: %python %S/Inputs/compare.py %t.90a.npy %t.npy 1e-3

!t = tensor<3x?x64xf16>
func.func @f(%a: index, %b: index, %c: index, %q: !t, %k: !t, %v: !t) -> !t {
  %lengths = tensor.from_elements %a, %b, %c : tensor<3xindex>
  %c1 = arith.constant 1 : index
  %m = tensor.dim %q, %c1 : !t
  %o = tensor.empty(%m) : !t
  %r = sattn.attention query(%q : !t) key(%k : !t) value(%v : !t) scale 0.125 key_limit(%lengths : tensor<3xindex>)
         outs(%o : !t) -> !t
  return %r : !t
}
