// RUN: sattn-opt %s --split-input-file --sattn-tile-attention --verify-diagnostics

#csr = #sparse_tensor.encoding<{ map = (m, n) -> (m : dense, n : compressed) }>
func.func @sparse_mask(%q: tensor<64x8xf32>, %k: tensor<64x8xf32>, %m: tensor<64x64xi1, #csr>, %o: tensor<64x8xf32>) -> tensor<64x8xf32> {
  // expected-error @+1 {{expected a dense mask, got 'tensor<64x64xi1}}
  %r = sattn.attention query(%q : tensor<64x8xf32>) key(%k : tensor<64x8xf32>) value(%k : tensor<64x8xf32>) scale 0.5 mask(%m : tensor<64x64xi1, #csr>) tiling <query = 16, key = 32> outs(%o : tensor<64x8xf32>) -> tensor<64x8xf32>
  return %r : tensor<64x8xf32>
}
