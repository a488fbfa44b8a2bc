// RUN: sattn-run %s --target=native,l2-bytes=256 --input=40x32xf32=random:1 --input=64x4xf32=random:2 --input=32x4xf32=random:3 --output=@%t.streamed.npy
// RUN: sattn-run %s --input=40x32xf32=random:1 --input=64x4xf32=random:2 --input=32x4xf32=random:3 --output=@%t.stored.npy
// RUN: cmp %t.streamed.npy %t.stored.npy

// Two whole panels of rows and a part of one: the same bits past a small cache and into one
// that holds them.

func.func @main(%x: tensor<?x32xf32>, %l: tensor<64x4xf32>, %r: tensor<32x4xf32>) -> tensor<?x64xf32> {
  %y = sattn.project %x by #sattn.low_rank<rank = 4>(%l, %r : tensor<64x4xf32>, tensor<32x4xf32>) : tensor<?x32xf32> -> tensor<?x64xf32>
  return %y : tensor<?x64xf32>
}
