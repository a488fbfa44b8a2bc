// RUN: sattn-opt %s -split-input-file -verify-diagnostics

// C2
// expected-error@+1 {{expected nested blocks, got blocks[2] = 48 which does not divide blocks[1] = 128}}
func.func private @nested() attributes {a = #sattn.levels<ranks = [8, 8, 8], blocks = [*, 128, 48]>}

// -----

// C2
// expected-error@+1 {{expected one block size per rank, got 2 ranks and 3 blocks}}
func.func private @number_of_blocks() attributes {a = #sattn.levels<ranks = [8, 8], blocks = [*, 128, 64]>}

// -----

// C2
// expected-error@+1 {{expected '*' only before the first finite block size, got blocks[2] = '*'}}
func.func private @late_star() attributes {a = #sattn.levels<ranks = [8, 8, 8], blocks = [*, 128, *]>}

// -----

// C2
// expected-error@+1 {{expected positive blocks, got blocks[1] = 0}}
func.func private @zero_block() attributes {a = #sattn.levels<ranks = [8, 8], blocks = [*, 0]>}

// -----

// C2
// expected-error@+1 {{expected positive ranks, got ranks[1] = -8}}
func.func private @negative_rank() attributes {a = #sattn.levels<ranks = [8, -8], blocks = [*, 16]>}

// -----

// C2
// expected-error@+1 {{expected one rank or more, got none}}
func.func private @no_rank() attributes {a = #sattn.levels<ranks = [], blocks = []>}

// -----

// C2
// expected-error@+1 {{expected one scale per rank, got 2 ranks and 1 scales}}
func.func private @number_of_scales() attributes {a = #sattn.levels<ranks = [8, 8], blocks = [*, 16], scales = [0.5]>}

// -----

// C3
// expected-error@+1 {{expected blocks[0] to be '*' (every pair must share at least one level, or 1/depth has no value), got 512}}
func.func private @first_block() attributes {a = #sattn.levels<ranks = [8, 8], blocks = [512, 128]>}

// -----

// C3
// expected-error@+1 {{expected widths[0] to be '*'}}
func.func private @first_width() attributes {a = #sattn.bands<ranks = [8], widths = [512]>}

// -----

// C3
// expected-error@+1 {{expected widths that do not grow, got widths[2] = 128 after 64}}
func.func private @growing_width() attributes {a = #sattn.bands<ranks = [8, 8, 8], widths = [*, 64, 128]>}

// -----

// expected-error@+1 {{expected 'scales' or 'mean', each at most once, got 'average'}}
func.func private @unknown_word() attributes {a = #sattn.levels<ranks = [8], blocks = [*], average>}

// -----

// expected-error@+1 {{expected 'scales' or 'mean', each at most once, got 'mean'}}
func.func private @mean_twice() attributes {a = #sattn.levels<ranks = [8], blocks = [*], mean, mean>}

// -----

// expected-error@+1 {{expected window extents of 0 or more, or '*', got -1}}
func.func private @window() attributes {a = #sattn.window<-1, 0>}

// -----

// expected-error@+1 {{expected tiles of 1 or more rows, got query = 64, key = 0}}
func.func private @tile() attributes {a = #sattn.tiling<query = 64, key = 0>}

// -----

// expected-error@+1 {{expected a split of 1 or more, got 0}}
func.func private @split() attributes {a = #sattn.tiling<query = 64, key = 64, split = 0>}

// -----

!t = tensor<8x4xf32>
func.func @not_a_structure(%t: !t) {
  // expected-error@+1 {{invalid kind of attribute specified}}
  %r = sattn.attention query(%t : !t) key(%t : !t) value(%t : !t) scale 1.0 structure #sattn.window<*, 0> outs(%t : !t) -> !t
  return
}

// -----

!t = tensor<8x4xf32>
func.func @not_a_link(%t: !t) {
  // expected-error@+2 {{expected ::mlir::sattn::Link to be one of: softmax, linear, identity, exp, sigmoid, argmax}}
  // expected-error@+1 {{failed to parse}}
  %r = sattn.attention query(%t : !t) key(%t : !t) value(%t : !t) scale 1.0 link relu outs(%t : !t) -> !t
  return
}
