func.func @main(%q1: tensor<2x?x?x1xf32>,
                %k2: tensor<2x?x?x1xf32>,
                %v3: tensor<2x?x?x23xf32>,
                %x4: tensor<2x?x?x?xf32>,
                %o5: tensor<2x?x?x23xf32>)
    -> (tensor<2x?x?x23xf32>) {
  %r6 = sattn.attention query(%q1 : tensor<2x?x?x1xf32>) key(%k2 : tensor<2x?x?x1xf32>) value(%v3 : tensor<2x?x?x23xf32>) scale 0.5 score(%x4 : tensor<2x?x?x?xf32>) {
  ^bb0(%s: f32, %i: index, %j: index, %x0: f32):
    %t1 = arith.addf %s, %x0 : f32
    sattn.yield %t1 : f32
  } outs(%o5 : tensor<2x?x?x23xf32>) dims(b h m r, b h n r, b h n e, b h m n -> b h m e) -> tensor<2x?x?x23xf32>
  return %r6 : tensor<2x?x?x23xf32>
}
