// RUN: sattn-opt %s --split-input-file --verify-diagnostics

// expected-error@+1 {{expected layout 'acc', 'a', 'bits', 'row', 'part' or 'col', got 'b'}}
func.func private @layout(!sattn_nv.frag<64x64xf32, b, 4>)

// -----

// expected-error@+1 {{expected rank 2 with layout 'acc', got 1}}
func.func private @rank(!sattn_nv.frag<64xf32, acc, 4>)

// -----

// expected-error@+1 {{expected f16, bf16 or tf32 with layout 'a', got 'f32'}}
func.func private @element(!sattn_nv.frag<64x64xf32, a, 4>)

// -----

// expected-error@+1 {{expected numbers other than tf32 with layout 'row', got 'tf32'}}
func.func private @row_of_operands(!sattn_nv.frag<64xtf32, row, 4>)

// -----

func.func @operand_order(%p: !sattn_nv.frag<16x16xtf32, a, 1>, %v: !sattn_nv.tile<16x16xf32>, %o: !sattn_nv.frag<16x16xf32, acc, 1>) {
  // expected-error@+1 {{expected a first operand of layout 'acc', got 'a'}}
  %r = sattn_nv.mma %p, %v transposed, %o : !sattn_nv.frag<16x16xtf32, a, 1>, !sattn_nv.tile<16x16xf32>, !sattn_nv.frag<16x16xf32, acc, 1>
  return
}

// -----

func.func @operand_type(%p: !sattn_nv.frag<16x16xf16, a, 1>, %v: !sattn_nv.tile<16x16xf32>, %o: !sattn_nv.frag<16x16xf32, acc, 1>) {
  // expected-error@+1 {{expected equal element types, got 'f16' and 'tf32'}}
  %r = sattn_nv.mma %p, %v, %o : !sattn_nv.frag<16x16xf16, a, 1>, !sattn_nv.tile<16x16xf32>, !sattn_nv.frag<16x16xf32, acc, 1>
  return
}

// -----

func.func @warpgroup_of_tf32(%p: !sattn_nv.frag<64x16xtf32, a, 4>, %v: !sattn_nv.tile<16x16xf32>, %o: !sattn_nv.frag<64x16xf32, acc, 4>) {
  // expected-error@+1 {{expected 16-bit elements with 'warpgroup', got tf32}}
  %r = sattn_nv.mma warpgroup %p, %v, %o : !sattn_nv.frag<64x16xtf32, a, 4>, !sattn_nv.tile<16x16xf32>, !sattn_nv.frag<64x16xf32, acc, 4>
  return
}

// -----

func.func @arithmetic_on_operands(%p: !sattn_nv.frag<16x16xtf32, acc, 1>) {
  // expected-error@+1 {{expected numbers to compute with, got tf32 (an operand of products)}}
  %r = sattn_nv.map(%p : !sattn_nv.frag<16x16xtf32, acc, 1>) -> !sattn_nv.frag<16x16xf32, acc, 1> {
  ^bb0(%x: tf32):
    %c = arith.constant 0.0 : f32
    sattn_nv.yield %c : f32
  }
  return
}

// -----

// expected-error@+1 {{expected rows to be a multiple of 16 per warp (128), got 64}}
func.func private @rows(!sattn_nv.frag<64x64xf32, acc, 8>)

// -----

// expected-error@+1 {{expected columns to be a multiple of 16 with layout 'a', got 40}}
func.func private @columns(!sattn_nv.frag<64x40xf16, a, 4>)

// -----

// expected-error@+1 {{expected 1 to 32 warps, got 0}}
func.func private @warps(!sattn_nv.frag<64x64xf32, acc, 0>)

// -----

// expected-error@+1 {{expected f16, bf16 or f32, got 'f64'}}
func.func private @tile_element(!sattn_nv.tile<64x64xf64>)

// -----

// expected-error@+1 {{expected a multiple of 8 rows and of 16 columns, got 64 x 40}}
func.func private @tile_columns(!sattn_nv.tile<64x40xf16>)

// -----

// expected-error@+1 {{expected 1 or 2 stages, got 3}}
func.func private @stages() attributes {c = #sattn_nv.config<warps = 4, stages = 3>}

// -----

func.func @stage_type(%k: tensor<?x64xbf16>) {
  // expected-error@+1 {{expected equal element types, got 'bf16' and 'f16'}}
  %t = sattn_nv.stage streamed %k : tensor<?x64xbf16> -> !sattn_nv.tile<64x64xf16>
  return
}

// -----

func.func @stage_shape(%k: tensor<128x64xf16>) {
  // expected-error@+1 {{expected a slice of at most 64 elements, got 128}}
  %t = sattn_nv.stage streamed %k : tensor<128x64xf16> -> !sattn_nv.tile<64x64xf16>
  return
}

// -----

func.func @load_layout(%k: tensor<64xf32>) {
  // expected-error@+1 {{expected a result of layout 'acc', 'row' or 'col', got 'part'}}
  %t = sattn_nv.load %k : tensor<64xf32> -> !sattn_nv.frag<64xf32, part, 4>
  return
}

// -----

func.func @store_layout(%x: !sattn_nv.frag<64xf32, part, 4>, %o: memref<64xf32>) {
  // expected-error@+1 {{expected a value of layout 'acc' or 'row', got 'part'}}
  sattn_nv.store %x into %o : !sattn_nv.frag<64xf32, part, 4>, memref<64xf32>
  return
}

// -----

func.func @store_result(%x: !sattn_nv.frag<64xf32, row, 4>, %o: tensor<64xf32>) {
  // expected-error@+1 {{expected a result of the type of the destination if that is a tensor}}
  sattn_nv.store %x into %o : !sattn_nv.frag<64xf32, row, 4>, tensor<64xf32>
  return
}

// -----

func.func @columns_outside(%a: !sattn_nv.frag<64x64xf16, a, 4>) {
  // expected-error@+1 {{expected columns inside the source's 64, got [40, 80)}}
  %c = sattn_nv.columns %a [40, 40] : !sattn_nv.frag<64x64xf16, a, 4> -> !sattn_nv.frag<64x48xf16, a, 4>
  return
}

// -----

func.func @columns_result(%a: !sattn_nv.frag<64x64xf16, a, 4>) {
  // expected-error@+1 {{expected a result of 16 columns, got '!sattn_nv.frag<64x32xf16, a, 4>'}}
  %c = sattn_nv.columns %a [40, 6] : !sattn_nv.frag<64x64xf16, a, 4> -> !sattn_nv.frag<64x32xf16, a, 4>
  return
}

// -----

func.func @factors(%a: !sattn_nv.frag<64x16xf16, a, 4>) {
  // expected-error@+1 {{expected 16 factors, got 2}}
  %c = sattn_nv.scale_columns %a by [1.0, 2.0] : !sattn_nv.frag<64x16xf16, a, 4>
  return
}

// -----

func.func @mma_depth(%a: !sattn_nv.frag<64x64xf16, a, 4>, %b: !sattn_nv.tile<64x48xf16>, %c: !sattn_nv.frag<64x64xf32, acc, 4>) {
  // expected-error@+1 {{expected at least 64 contracted elements in the tile, got 48}}
  %d = sattn_nv.mma %a, %b, %c : !sattn_nv.frag<64x64xf16, a, 4>, !sattn_nv.tile<64x48xf16>, !sattn_nv.frag<64x64xf32, acc, 4>
  return
}

// -----

func.func @mma_first(%a: !sattn_nv.frag<64x16xf16, a, 4>, %b: !sattn_nv.tile<64x48xf16>, %c: !sattn_nv.frag<64x64xf32, acc, 4>) {
  // expected-error@+1 {{expected a first column that is a multiple of 16, got 8}}
  %d = sattn_nv.mma %a, %b, %c first 8 : !sattn_nv.frag<64x16xf16, a, 4>, !sattn_nv.tile<64x48xf16>, !sattn_nv.frag<64x64xf32, acc, 4>
  return
}

// -----

func.func @mma_columns(%a: !sattn_nv.frag<64x64xf16, a, 4>, %b: !sattn_nv.tile<64x48xf16>, %c: !sattn_nv.frag<64x64xf32, acc, 4>) {
  // expected-error@+1 {{expected an accumulator of 48 columns, got 64}}
  %d = sattn_nv.mma %a, %b transposed, %c : !sattn_nv.frag<64x64xf16, a, 4>, !sattn_nv.tile<64x48xf16>, !sattn_nv.frag<64x64xf32, acc, 4>
  return
}

// -----

func.func @map_shape(%s: !sattn_nv.frag<64x64xf32, acc, 4>) {
  // expected-error@+1 {{expected inputs that broadcast to '!sattn_nv.frag<64xf32, row, 4>', got '!sattn_nv.frag<64x64xf32, acc, 4>'}}
  %m = sattn_nv.map(%s : !sattn_nv.frag<64x64xf32, acc, 4>) -> !sattn_nv.frag<64xf32, row, 4> {
  ^bb0(%x: f32):
    sattn_nv.yield %x : f32
  }
  return
}

// -----

func.func @map_arguments(%s: !sattn_nv.frag<64x64xf32, acc, 4>, %i: index) {
  // expected-error@+1 {{expected region arguments ('f32', 'index', 'index'), got ('f32')}}
  %m = sattn_nv.map(%s : !sattn_nv.frag<64x64xf32, acc, 4>) at %i, %i -> !sattn_nv.frag<64x64xf32, acc, 4> {
  ^bb0(%x: f32):
    sattn_nv.yield %x : f32
  }
  return
}

// -----

func.func @map_yield(%s: !sattn_nv.frag<64x64xf32, acc, 4>, %i: index) {
  // expected-error@+1 {{expected a region that yields 'f32'}}
  %m = sattn_nv.map(%s : !sattn_nv.frag<64x64xf32, acc, 4>) -> !sattn_nv.frag<64x64xf32, acc, 4> {
  ^bb0(%x: f32):
    sattn_nv.yield %i : index
  }
  return
}

// -----

func.func @reduce_layout(%m: !sattn_nv.frag<64xf32, row, 4>) {
  // expected-error@+1 {{expected a source of layout 'acc', got 'row'}}
  %r = sattn_nv.reduce add %m : !sattn_nv.frag<64xf32, row, 4> -> !sattn_nv.frag<64xf32, part, 4>
  return
}

// -----

func.func @across_result(%m: !sattn_nv.frag<64xf32, part, 4>) {
  // expected-error@+1 {{expected a result of type '!sattn_nv.frag<64xf32, row, 4>', got '!sattn_nv.frag<64xf32, part, 4>'}}
  %r = sattn_nv.across add %m : !sattn_nv.frag<64xf32, part, 4> -> !sattn_nv.frag<64xf32, part, 4>
  return
}

// -----

func.func @alloc_offset() {
  // expected-error@+1 {{expected an offset that is a multiple of 1024, got 512}}
  %r = sattn_nv.alloc 2 at 512 : !sattn_nv.tile<64x64xf16>
  return
}

// -----

func.func @slot_rows(%r: !sattn_nv.tile<64x64xf16>, %i: index) {
  // expected-error@+1 {{expected the rows and at most the columns of '!sattn_nv.tile<64x64xf16>', got '!sattn_nv.tile<32x64xf16>'}}
  %s = sattn_nv.slot %r[%i] : !sattn_nv.tile<64x64xf16> -> !sattn_nv.tile<32x64xf16>
  return
}

// -----

func.func @copy_columns(%m: memref<64x64xf16, strided<[64, 2]>>, %t: !sattn_nv.tile<64x64xf16>) {
  // expected-error@+1 {{expected rows of a static number of adjacent elements, got}}
  sattn_nv.copy_async %m into %t : memref<64x64xf16, strided<[64, 2]>>, !sattn_nv.tile<64x64xf16>
  return
}

// -----

func.func @view_sizes(%p: !llvm.ptr<1>, %n: index) {
  // expected-error@+1 {{expected 1 sizes and 1 strides, got 1 and 0}}
  %q = sattn_nv.view %p sizes [%n] strides [] : !llvm.ptr<1> -> memref<?x64xf16, strided<[?, 1]>>
  return
}

// -----

// expected-error@+1 {{expected i1 with layout 'bits', got 'i8'}}
func.func private @bits(!sattn_nv.frag<64x64xi8, bits, 4>)

// -----

func.func @to_bits(%k: !sattn_nv.frag<64x64xi1, acc, 4>) {
  // expected-error@+1 {{expected the shape, element type and warps of '!sattn_nv.frag<64x64xi1, acc, 4>', got '!sattn_nv.frag<64x32xi1, bits, 4>'}}
  %b = sattn_nv.to_bits %k : !sattn_nv.frag<64x64xi1, acc, 4> -> !sattn_nv.frag<64x32xi1, bits, 4>
  return
}

// -----

func.func @concat(%s: !sattn_nv.frag<64x16xf32, acc, 4>) {
  // expected-error@+1 {{expected 64 columns in all strips, got 32}}
  %b = sattn_nv.concat %s, %s : !sattn_nv.frag<64x16xf32, acc, 4>, !sattn_nv.frag<64x16xf32, acc, 4> -> !sattn_nv.frag<64x64xf32, acc, 4>
  return
}

// -----

func.func @concat_type(%s: !sattn_nv.frag<64x16xf16, acc, 4>) {
  // expected-error@+1 {{expected strips with the rows, element type, layout and warps of '!sattn_nv.frag<64x16xf32, acc, 4>', got '!sattn_nv.frag<64x16xf16, acc, 4>'}}
  %b = sattn_nv.concat %s : !sattn_nv.frag<64x16xf16, acc, 4> -> !sattn_nv.frag<64x16xf32, acc, 4>
  return
}

// -----

func.func @strip(%a: !sattn_nv.frag<64x64xf16, a, 4>, %t: !sattn_nv.tile<64x64xf16>, %z: !sattn_nv.frag<64x16xf32, acc, 4>) {
  // expected-error@+1 {{expected a strip from a multiple of 16 on, got 8}}
  %s = sattn_nv.mma %a, %t, %z strip 8 : !sattn_nv.frag<64x64xf16, a, 4>, !sattn_nv.tile<64x64xf16>, !sattn_nv.frag<64x16xf32, acc, 4>
  return
}

// -----

func.func @strip_end(%a: !sattn_nv.frag<64x64xf16, a, 4>, %t: !sattn_nv.tile<64x64xf16>, %z: !sattn_nv.frag<64x32xf32, acc, 4>) {
  // expected-error@+1 {{expected an accumulator of 16 columns, got 32}}
  %s = sattn_nv.mma %a, %t, %z strip 48 : !sattn_nv.frag<64x64xf16, a, 4>, !sattn_nv.tile<64x64xf16>, !sattn_nv.frag<64x32xf32, acc, 4>
  return
}

// -----

func.func @where(%a: !sattn_nv.frag<64x64xf16, a, 4>, %t: !sattn_nv.tile<64x64xf16>, %z: !sattn_nv.frag<64x16xf32, acc, 4>, %w: !sattn_nv.frag<64x64xi1, acc, 4>) {
  // expected-error@+1 {{expected marks of type '!sattn_nv.frag<64x16xi1, acc, 4>' and no 'warpgroup' with 'where', got '!sattn_nv.frag<64x64xi1, acc, 4>'}}
  %s = sattn_nv.mma %a, %t, %z where %w : !sattn_nv.frag<64x64xf16, a, 4>, !sattn_nv.tile<64x64xf16>, !sattn_nv.frag<64x16xf32, acc, 4>, !sattn_nv.frag<64x64xi1, acc, 4>
  return
}

// -----

func.func @load_a_first(%t: !sattn_nv.tile<64x64xf16>) {
  // expected-error@+1 {{expected a first column that is a multiple of 16, got 8}}
  %a = sattn_nv.load_a %t first 8 : !sattn_nv.tile<64x64xf16> -> !sattn_nv.frag<64x32xf16, a, 4>
  return
}

// -----

func.func @load_a_shape(%t: !sattn_nv.tile<64x64xf16>) {
  // expected-error@+1 {{expected a result of 64 rows and at most 16 columns, got 64, 32}}
  %a = sattn_nv.load_a %t first 48 : !sattn_nv.tile<64x64xf16> -> !sattn_nv.frag<64x32xf16, a, 4>
  return
}
