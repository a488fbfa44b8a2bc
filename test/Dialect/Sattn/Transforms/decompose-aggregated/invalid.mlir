// RUN: sattn-opt %s --sattn-decompose-aggregated --verify-diagnostics

#csr = #sparse_tensor.encoding<{ map = (m, n) -> (m : dense, n : compressed) }>
!q = tensor<?x16xf32>
func.func @sparse_mask(%q: !q, %k: !q, %v: !q, %mask: tensor<?x?xi1, #csr>, %o: !q) -> !q {
  // expected-error@+2 {{expected a dense 'mask', got 'tensor<?x?xi1,}}
  // expected-error@+1 {{expected an op with a reference lowering, got 'sattn.attention'}}
  %r = sattn.attention query(%q : !q) key(%k : !q) value(%v : !q) scale 0.125 mask(%mask : tensor<?x?xi1, #csr>) outs(%o : !q) -> !q
  return %r : !q
}
