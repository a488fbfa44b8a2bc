// RUN: sattn-opt %s -split-input-file -verify-diagnostics

// Attributes of structured matrices.

// expected-error @+1 {{expected 'rank' from 1 to 2147483647, got 0}}
#a = #sattn.low_rank<rank = 0>

// -----

// expected-error @+1 {{expected 'blocks' from 1 to 2147483647, got -4}}
#a = #sattn.block_diagonal<blocks = -4>

// -----

// expected-error @+1 {{expected 2 sizes in 'query', got 3}}
#a = #sattn.kronecker<query = [2, 3, 4], key = [4, 6]>

// -----

// expected-error @+1 {{expected 'key[1]' from 1 to 2147483647, got 0}}
#a = #sattn.monarch<query = [2, 3], key = [4, 0]>

// -----

// expected-error @+1 {{expected 'query[0]' from 1 to 2147483647, got 9223372036854775807}}
#a = #sattn.btt<query = [9223372036854775807, 3], key = [4, 6], rank = 1>

// -----

// expected-error @+1 {{expected one number of blocks per rank, got 2 ranks and 1 blocks}}
#a = #sattn.mlr<ranks = [8, 8], blocks = [1]>

// -----

// expected-error @+1 {{expected nested blocks, got blocks[2] = 6 which is not a multiple of blocks[1] = 4}}
#a = #sattn.mlr<ranks = [8, 8, 8], blocks = [1, 4, 6]>

// -----

// expected-error @+1 {{expected 3 sizes in 'left', got 2}}
#a = #sattn.mlbtc<[{alpha = 1.0, left = [2, 4], right = [2, 4, 3]}]>

// -----

// expected-error @+1 {{expected left[0] * left[2] to equal right[0] * right[2], got 6 and 8}}
#a = #sattn.mlbtc<[{alpha = 1.0, left = [2, 4, 3], right = [2, 4, 4]}]>

// -----

// expected-error @+1 {{expected equal numbers of blocks in a term that is not shuffled, got 2 in 'left' and 4 in 'right'}}
#a = #sattn.mlbtc<[{alpha = 1.0, left = [2, 4, 4], right = [4, 4, 2]}]>

// -----

// expected-error @+1 {{expected right[0] to divide left[2] in a shuffled term, got 4 and 6}}
#a = #sattn.mlbtc<[{alpha = 1.0, left = [2, 4, 6], right = [4, 2, 3], shuffled}]>

// -----

// expected-error @+1 {{expected terms of one size, got 8 x 8 in term 0 and 8 x 4 in term 1}}
#a = #sattn.mlbtc<[{alpha = 1.0, left = [2, 4, 3], right = [2, 4, 3]}, {alpha = 1.0, left = [2, 4, 3], right = [2, 2, 3]}]>

// -----

// C9: factors.

func.func @shape(%x: tensor<4x256xf32>, %l: tensor<8x32x8x4xf32>, %r: tensor<8x8x32x32xf32>) -> tensor<8x4x256xf32> {
  // expected-error @+1 {{expected factor 'left' of shape [heads] x 32 x 8 x 8, got 'tensor<8x32x8x4xf32>'}}
  %y = sattn.project %x by #sattn.btt<query = [8, 32], key = [8, 32], rank = 1>(%l, %r : tensor<8x32x8x4xf32>, tensor<8x8x32x32xf32>) : tensor<4x256xf32> -> tensor<8x4x256xf32>
  return %y : tensor<8x4x256xf32>
}

// -----

func.func @rank(%x: tensor<4x8xf32>, %l: tensor<8xf32>, %r: tensor<8x2xf32>) -> tensor<4x8xf32> {
  // expected-error @+1 {{expected factor 'left' of shape [heads] x (static) x 2, got 'tensor<8xf32>'}}
  %y = sattn.project %x by #sattn.low_rank<rank = 2>(%l, %r : tensor<8xf32>, tensor<8x2xf32>) : tensor<4x8xf32> -> tensor<4x8xf32>
  return %y : tensor<4x8xf32>
}

// -----

func.func @dynamic(%x: tensor<4x8xf32>, %l: tensor<8x2xf32>, %r: tensor<?x2xf32>) -> tensor<4x8xf32> {
  // expected-error @+1 {{expected factor 'right' of shape [heads] x (static) x 2, got 'tensor<?x2xf32>'}}
  %y = sattn.project %x by #sattn.low_rank<rank = 2>(%l, %r : tensor<8x2xf32>, tensor<?x2xf32>) : tensor<4x8xf32> -> tensor<4x8xf32>
  return %y : tensor<4x8xf32>
}

// -----

func.func @number(%x: tensor<4x8xf32>, %l: tensor<8x2xf32>) -> tensor<4x8xf32> {
  // expected-error @+1 {{expected 2 factors, got 1}}
  %y = sattn.project %x by #sattn.low_rank<rank = 2>(%l : tensor<8x2xf32>) : tensor<4x8xf32> -> tensor<4x8xf32>
  return %y : tensor<4x8xf32>
}

// -----

func.func @element_type(%x: tensor<4x8xf32>, %l: tensor<8x2xf32>, %r: tensor<8x2xf16>) -> tensor<4x8xf32> {
  // expected-error @+1 {{expected factors of one element type, got 'f32' in 'left' and 'f16' in 'right'}}
  %y = sattn.project %x by #sattn.low_rank<rank = 2>(%l, %r : tensor<8x2xf32>, tensor<8x2xf16>) : tensor<4x8xf32> -> tensor<4x8xf32>
  return %y : tensor<4x8xf32>
}

// -----

func.func @heads(%x: tensor<4x8xf32>, %l: tensor<3x8x2xf32>, %r: tensor<2x8x2xf32>) -> tensor<3x4x8xf32> {
  // expected-error @+1 {{expected factors with equal numbers of heads, got 3 in 'left' and 2 in 'right'}}
  %y = sattn.project %x by #sattn.low_rank<rank = 2>(%l, %r : tensor<3x8x2xf32>, tensor<2x8x2xf32>) : tensor<4x8xf32> -> tensor<3x4x8xf32>
  return %y : tensor<3x4x8xf32>
}

// -----

func.func @blocks(%x: tensor<4x8xf32>, %w0: tensor<1x6x2xf32>, %w1: tensor<4x2x2xf32>) -> tensor<4x6xf32> {
  // expected-error @+1 {{expected blocks[1] to divide the number of rows of the matrix, got 4 blocks and 6 rows}}
  %y = sattn.project %x by #sattn.mlr<ranks = [2, 2], blocks = [1, 4]>(%w0, %w1, %w0, %w1 : tensor<1x6x2xf32>, tensor<4x2x2xf32>, tensor<1x6x2xf32>, tensor<4x2x2xf32>) : tensor<4x8xf32> -> tensor<4x6xf32>
  return %y : tensor<4x6xf32>
}

// -----

func.func @second_term(%x: tensor<4x8xf32>, %l: tensor<2x4x3xf32>, %r: tensor<2x4x2xf32>) -> tensor<4x8xf32> {
  // expected-error @+1 {{expected factor 'right[1]' of shape [heads] x 2 x 4 x 3, got 'tensor<2x4x2xf32>'}}
  %y = sattn.project %x by #sattn.mlbtc<[{alpha = 1.0, left = [2, 4, 3], right = [2, 4, 3]}, {alpha = 0.5, left = [2, 4, 3], right = [2, 4, 3]}]>(%l, %l, %l, %r : tensor<2x4x3xf32>, tensor<2x4x3xf32>, tensor<2x4x3xf32>, tensor<2x4x2xf32>) : tensor<4x8xf32> -> tensor<4x8xf32>
  return %y : tensor<4x8xf32>
}

// -----

// project: input and result.

func.func @input_element_type(%x: tensor<4x8xf16>, %l: tensor<8x2xf32>) -> tensor<4x8xf32> {
  // expected-error @+1 {{expected input and factors of one element type, got 'f16' and 'f32'}}
  %y = sattn.project %x by #sattn.low_rank<rank = 2>(%l, %l : tensor<8x2xf32>, tensor<8x2xf32>) : tensor<4x8xf16> -> tensor<4x8xf32>
  return %y : tensor<4x8xf32>
}

// -----

func.func @input_features(%x: tensor<4x8xf32>, %l: tensor<8x2xf32>, %r: tensor<6x2xf32>) -> tensor<4x8xf32> {
  // expected-error @+1 {{expected an input of 6 features for part 'full' of a matrix of 8 x 6, got 'tensor<4x8xf32>'}}
  %y = sattn.project %x by #sattn.low_rank<rank = 2>(%l, %r : tensor<8x2xf32>, tensor<6x2xf32>) : tensor<4x8xf32> -> tensor<4x8xf32>
  return %y : tensor<4x8xf32>
}

// -----

func.func @dynamic_features(%x: tensor<4x?xf32>, %l: tensor<8x2xf32>) -> tensor<4x2xf32> {
  // expected-error @+1 {{expected an input of 8 features for part 'query' of a matrix of 8 x 8, got 'tensor<4x?xf32>'}}
  %y = sattn.project %x by #sattn.low_rank<rank = 2>(%l, %l : tensor<8x2xf32>, tensor<8x2xf32>) part query : tensor<4x?xf32> -> tensor<4x2xf32>
  return %y : tensor<4x2xf32>
}

// -----

func.func @result_features(%x: tensor<4x8xf32>, %l: tensor<8x2xf32>) -> tensor<4x8xf32> {
  // expected-error @+1 {{expected a result of type 'tensor<4x2xf32>', got 'tensor<4x8xf32>'}}
  %y = sattn.project %x by #sattn.low_rank<rank = 2>(%l, %l : tensor<8x2xf32>, tensor<8x2xf32>) part key : tensor<4x8xf32> -> tensor<4x8xf32>
  return %y : tensor<4x8xf32>
}

// -----

func.func @result_heads(%x: tensor<5x4x8xf32>, %l: tensor<3x8x2xf32>) -> tensor<3x5x4x8xf32> {
  // expected-error @+1 {{expected a result of type 'tensor<5x3x4x8xf32>', got 'tensor<3x5x4x8xf32>'}}
  %y = sattn.project %x by #sattn.low_rank<rank = 2>(%l, %l : tensor<3x8x2xf32>, tensor<3x8x2xf32>) : tensor<5x4x8xf32> -> tensor<3x5x4x8xf32>
  return %y : tensor<3x5x4x8xf32>
}

// -----

func.func @input_heads(%x: tensor<5x4x8xf32>, %l: tensor<3x8x2xf32>) -> tensor<5x4x8xf32> {
  // expected-error @+1 {{expected an input of 3 heads (those of the factors), got 5}}
  %y = sattn.project %x by #sattn.low_rank<rank = 2>(%l, %l : tensor<3x8x2xf32>, tensor<3x8x2xf32>) : tensor<5x4x8xf32> -> tensor<5x4x8xf32>
  return %y : tensor<5x4x8xf32>
}

// -----

func.func @input_axes(%x: tensor<8xf32>, %l: tensor<3x8x2xf32>) -> tensor<3x8xf32> {
  // expected-error @+1 {{expected an input with at least 2 axes, got 'tensor<8xf32>'}}
  %y = sattn.project %x by #sattn.low_rank<rank = 2>(%l, %l : tensor<3x8x2xf32>, tensor<3x8x2xf32>) : tensor<8xf32> -> tensor<3x8xf32>
  return %y : tensor<3x8xf32>
}

// -----

// C12: norm.

func.func @segments(%x: tensor<4x24xf32>) -> tensor<4x24xf32> {
  // expected-error @+1 {{expected 'segments' to sum to the last extent 24, got 20}}
  %y = sattn.norm layer %x segments [8, 12] : tensor<4x24xf32>
  return %y : tensor<4x24xf32>
}

// -----

func.func @segment_sign(%x: tensor<4x24xf32>) -> tensor<4x24xf32> {
  // expected-error @+1 {{expected segments from 1 to 24, got segments[1] = -4}}
  %y = sattn.norm layer %x segments [24, -4, 4] : tensor<4x24xf32>
  return %y : tensor<4x24xf32>
}

// -----

func.func @segments_dynamic(%x: tensor<4x?xf32>) -> tensor<4x?xf32> {
  // expected-error @+1 {{expected a static last extent with 'segments', got 'tensor<4x?xf32>'}}
  %y = sattn.norm layer %x segments [8, 12] : tensor<4x?xf32>
  return %y : tensor<4x?xf32>
}

// -----

func.func @gain(%x: tensor<4x24xf32>, %g: tensor<12xf32>) -> tensor<4x24xf32> {
  // expected-error @+1 {{expected 'gain' with the one axis and last extent of the input 'tensor<4x24xf32>', got 'tensor<12xf32>'}}
  %y = sattn.norm rms %x gain(%g : tensor<12xf32>) : tensor<4x24xf32>
  return %y : tensor<4x24xf32>
}

// -----

func.func @bias(%x: tensor<4x24xf32>, %g: tensor<1x24xf32>) -> tensor<4x24xf32> {
  // expected-error @+1 {{expected 'bias' with the one axis and last extent of the input 'tensor<4x24xf32>', got 'tensor<1x24xf32>'}}
  %y = sattn.norm layer %x bias(%g : tensor<1x24xf32>) : tensor<4x24xf32>
  return %y : tensor<4x24xf32>
}

// -----

func.func @epsilon(%x: tensor<4x24xf32>) -> tensor<4x24xf32> {
  // expected-error @+1 {{expected an epsilon of 0 or more, got -1.000000e-05}}
  %y = sattn.norm layer %x epsilon -1.0e-5 : tensor<4x24xf32>
  return %y : tensor<4x24xf32>
}

// -----

func.func @no_axis(%x: tensor<f32>) -> tensor<f32> {
  // expected-error @+1 {{expected an input with one axis or more, got 'tensor<f32>'}}
  %y = sattn.norm layer %x : tensor<f32>
  return %y : tensor<f32>
}

// -----

// C13: merge.

func.func @lse_axes(%a: tensor<4x8xf32>, %l: tensor<4x8xf32>) -> tensor<4x8xf32> {
  // expected-error @+1 {{expected an lse of the shape of the output 'tensor<4x8xf32>' without its last axis, got 'tensor<4x8xf32>'}}
  %0:2 = sattn.merge outputs(%a, %a : tensor<4x8xf32>, tensor<4x8xf32>) lse(%l, %l : tensor<4x8xf32>, tensor<4x8xf32>) -> tensor<4x8xf32>, tensor<4x8xf32>
  return %0#0 : tensor<4x8xf32>
}

// -----

func.func @part_shape(%a: tensor<4x8xf32>, %b: tensor<4x9xf32>, %l: tensor<4xf32>) -> tensor<4x8xf32> {
  // expected-error @+1 {{expected an output of the type of the result 'tensor<4x8xf32>', got 'tensor<4x9xf32>'}}
  %0:2 = sattn.merge outputs(%a, %b : tensor<4x8xf32>, tensor<4x9xf32>) lse(%l, %l : tensor<4xf32>, tensor<4xf32>) -> tensor<4x8xf32>, tensor<4xf32>
  return %0#0 : tensor<4x8xf32>
}

// -----

func.func @part_element_type(%a: tensor<3x4x8xf16>, %l: tensor<3x4xf32>) -> tensor<4x8xf32> {
  // expected-error @+1 {{expected an output of the type of the result 'tensor<4x8xf32>', or with a leading axis, got 'tensor<3x4x8xf16>'}}
  %0:2 = sattn.merge outputs(%a : tensor<3x4x8xf16>) lse(%l : tensor<3x4xf32>) -> tensor<4x8xf32>, tensor<4xf32>
  return %0#0 : tensor<4x8xf32>
}

// -----

func.func @lse_of_leading(%a: tensor<3x4x8xf32>, %l: tensor<4xf32>) -> tensor<4x8xf32> {
  // expected-error @+1 {{expected an lse with 2 axes for a part 'tensor<3x4x8xf32>', got 'tensor<4xf32>'}}
  %0:2 = sattn.merge outputs(%a : tensor<3x4x8xf32>) lse(%l : tensor<4xf32>) -> tensor<4x8xf32>, tensor<4xf32>
  return %0#0 : tensor<4x8xf32>
}

// -----

func.func @leading_extents(%a: tensor<3x4x8xf32>, %l: tensor<2x4xf32>) -> tensor<4x8xf32> {
  // expected-error @+1 {{expected equal leading extents, got 'tensor<3x4x8xf32>' and 'tensor<2x4xf32>'}}
  %0:2 = sattn.merge outputs(%a : tensor<3x4x8xf32>) lse(%l : tensor<2x4xf32>) -> tensor<4x8xf32>, tensor<4xf32>
  return %0#0 : tensor<4x8xf32>
}

// -----

func.func @no_parts() -> tensor<4x8xf32> {
  // expected-error @+1 {{expected one part or more, got none}}
  %0:2 = "sattn.merge"() : () -> (tensor<4x8xf32>, tensor<4xf32>)
  return %0#0 : tensor<4x8xf32>
}
