// Output is rounded to bf16 in registers, not by calls into a compiler's run-time
// library, also where rows may be missing.
// RUN: sattn-compile %s --target=x86-64-v3 --emit=asm -o - | FileCheck %s --implicit-check-not='call{{.*}}truncsfbf2'

!q = tensor<?x?x64xbf16>
// CHECK-LABEL: causal.kernel
// CHECK: vfmadd
func.func @causal(%q: !q, %k: !q, %o: !q) -> !q {
  %r = sattn.attention query(%q : !q) key(%k : !q) value(%k : !q) scale 0.125 window <*, 0> outs(%o : !q) -> !q
  return %r : !q
}
