// MLR attention as the paper's language model has it: 12 heads of 64 columns, eight
// levels of ranks 32|8|6|4|4|4|4|2 over aligned blocks, 1/r_l on each level, the mean
// over the levels that a pair shares, causal.

#lm = #sattn.levels<ranks = [32, 8, 6, 4, 4, 4, 4, 2], blocks = [*, 512, 256, 128, 64, 32, 16, 8],
                    scales = [0.03125, 0.125, 0.16666666666666666, 0.25, 0.25, 0.25, 0.25, 0.5], mean>
!heads = tensor<12x?x64xf32>

// The kernel alone, on queries, keys and values: heads x tokens x columns.
func.func @attention(%q: !heads, %k: !heads, %v: !heads) -> !heads {
  %c1 = arith.constant 1 : index
  %tokens = tensor.dim %q, %c1 : !heads
  %init = tensor.empty(%tokens) : !heads
  %o = sattn.attention query(%q : !heads) key(%k : !heads) value(%v : !heads) scale 1.0
         structure #lm window <*, 0> outs(%init : !heads) -> !heads
  return %o : !heads
}

// The layer around it: projections of the tokens' features (the last feature is 1
// and carries the bias), LayerNorm of each query and key over its 64 columns, and
// attention that reads tokens x heads x columns as it is, by labels.
!rows = tensor<?x12x64xf32>
!wide = tensor<?x768xf32>

func.func @layer(%x: tensor<?x385xf32>, %wq: tensor<385x768xf32>, %wk: tensor<385x768xf32>,
                 %wv: tensor<385x768xf32>) -> !wide {
  %c0 = arith.constant 0 : index
  %zero = arith.constant 0.0 : f32
  %tokens = tensor.dim %x, %c0 : tensor<?x385xf32>
  %empty = tensor.empty(%tokens) : !wide
  %zeros = linalg.fill ins(%zero : f32) outs(%empty : !wide) -> !wide
  %q0 = linalg.matmul ins(%x, %wq : tensor<?x385xf32>, tensor<385x768xf32>) outs(%zeros : !wide) -> !wide
  %k0 = linalg.matmul ins(%x, %wk : tensor<?x385xf32>, tensor<385x768xf32>) outs(%zeros : !wide) -> !wide
  %v0 = linalg.matmul ins(%x, %wv : tensor<?x385xf32>, tensor<385x768xf32>) outs(%zeros : !wide) -> !wide
  %q1 = tensor.expand_shape %q0 [[0], [1, 2]] output_shape [%tokens, 12, 64] : !wide into !rows
  %k1 = tensor.expand_shape %k0 [[0], [1, 2]] output_shape [%tokens, 12, 64] : !wide into !rows
  %v = tensor.expand_shape %v0 [[0], [1, 2]] output_shape [%tokens, 12, 64] : !wide into !rows
  %q = sattn.norm layer %q1 : !rows
  %k = sattn.norm layer %k1 : !rows
  %init = tensor.empty(%tokens) : !rows
  %o = sattn.attention query(%q : !rows) key(%k : !rows) value(%v : !rows) scale 1.0
         structure #lm window <*, 0> outs(%init : !rows) dims(m h r, n h r, n h e -> m h e) -> !rows
  %result = tensor.collapse_shape %o [[0], [1, 2]] : !rows into !wide
  return %result : !wide
}
