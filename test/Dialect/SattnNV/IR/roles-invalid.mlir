// RUN: sattn-opt %s --split-input-file --verify-diagnostics

// expected-error@+1 {{expected 4 producers for 4, 8 or 12 warps, got 4 for 6}}
func.func private @producers() attributes {c = #sattn_nv.config<warps = 6, stages = 2, producers = 4>}

// -----

// expected-error@+1 {{expected 1 stage or more, got 0}}
func.func private @ring_stages(!sattn_nv.ring<0 x <64x64xf16>>)

// -----

func.func @map_rank(%k: memref<1x1x1x1x64x64xf16>) {
  // expected-error@+1 {{expected a rank of 2 to 5, got 6}}
  %m = sattn_nv.tensor_map %k axis 4 rows 64 columns 64 : memref<1x1x1x1x64x64xf16> -> !llvm.array<16 x i64>
  return
}

// -----

func.func @map_axis(%k: memref<64x64xf16>) {
  // expected-error@+1 {{expected an axis of rows below 1, got 1}}
  %m = sattn_nv.tensor_map %k axis 1 rows 64 columns 64 : memref<64x64xf16> -> !llvm.array<16 x i64>
  return
}

// -----

func.func @map_rows(%k: memref<512x64xf16>) {
  // expected-error@+1 {{expected 1 to 256 rows, got 512}}
  %m = sattn_nv.tensor_map %k axis 0 rows 512 columns 64 : memref<512x64xf16> -> !llvm.array<16 x i64>
  return
}

// -----

func.func @map_columns(%k: memref<64x64xf16>) {
  // expected-error@+1 {{expected columns of 'memref<64x64xf16>', got 80}}
  %m = sattn_nv.tensor_map %k axis 0 rows 64 columns 80 : memref<64x64xf16> -> !llvm.array<16 x i64>
  return
}

// -----

func.func @map_type(%k: memref<64x64xf32>) {
  // expected-error@+1 {{expected f16 or bf16, got 'f32'}}
  %m = sattn_nv.tensor_map %k axis 0 rows 64 columns 64 : memref<64x64xf32> -> !llvm.array<16 x i64>
  return
}

// -----

func.func @map_strides(%k: memref<64x64xf16, strided<[68, 1]>>) {
  // expected-error@+1 {{expected strides that are multiples of 16 bytes, got 136}}
  %m = sattn_nv.tensor_map %k axis 0 rows 64 columns 64 : memref<64x64xf16, strided<[68, 1]>> -> !llvm.array<16 x i64>
  return
}

// -----

func.func @map_adjacent(%k: memref<64x64xf16, strided<[128, 2]>>) {
  // expected-error@+1 {{expected adjacent columns, got}}
  %m = sattn_nv.tensor_map %k axis 0 rows 64 columns 64 : memref<64x64xf16, strided<[128, 2]>> -> !llvm.array<16 x i64>
  return
}

// -----

func.func @ring_offset() {
  // expected-error@+1 {{expected an offset that is a multiple of 1024, got 512}}
  %r = sattn_nv.ring at 512 barriers 8192 : !sattn_nv.ring<1 x <64x64xf16>>
  return
}

// -----

func.func @ring_barriers() {
  // expected-error@+1 {{expected barriers at a multiple of 8, got 8196}}
  %r = sattn_nv.ring at 0 barriers 8196 : !sattn_nv.ring<1 x <64x64xf16>>
  return
}

// -----

func.func @roles_consumers() {
  // expected-error@+1 {{expected a multiple of 4 consumers, got 6}}
  sattn_nv.roles consumers 6 registers [24, 240] producer {
  } consumer {
  }
  return
}

// -----

func.func @roles_unit() {
  // expected-error@+1 {{expected 24 to 256 registers, a multiple of 8, got 20}}
  sattn_nv.roles consumers 8 registers [20, 240] producer {
  } consumer {
  }
  return
}

// -----

func.func @roles_registers() {
  // expected-error@+1 {{expected at most 65536 registers in all warps, got 95232}}
  sattn_nv.roles consumers 12 registers [24, 240] producer {
  } consumer {
  }
  return
}

// -----

func.func @push_panels(%m: !llvm.ptr, %r: !sattn_nv.ring<1 x <64x64xf16>>, %i: index) {
  // expected-error@+1 {{expected 1 to 1 panels, got 2}}
  sattn_nv.push %m[%i, %i] panels 2 into %r at %i : !llvm.ptr, !sattn_nv.ring<1 x <64x64xf16>>
  return
}

// -----

func.func @push_coordinates(%m: !llvm.ptr, %r: !sattn_nv.ring<1 x <64x64xf16>>, %i: index) {
  // expected-error@+1 {{expected 2 to 5 coordinates, got 1}}
  sattn_nv.push %m[%i] panels 1 into %r at %i : !llvm.ptr, !sattn_nv.ring<1 x <64x64xf16>>
  return
}

// -----

func.func @pop_type(%r: !sattn_nv.ring<1 x <64x64xf16>>, %i: index) {
  // expected-error@+1 {{expected the type, rows and at most the columns of '!sattn_nv.tile<64x64xf16>', got '!sattn_nv.tile<32x64xf16>'}}
  %t = sattn_nv.pop %r at %i : !sattn_nv.ring<1 x <64x64xf16>> -> !sattn_nv.tile<32x64xf16>
  return
}

// -----

func.func @mma_warps(%a: !sattn_nv.frag<64x64xf16, a, 2>, %b: !sattn_nv.tile<64x64xf16>, %c: !sattn_nv.frag<64x64xf32, acc, 2>) {
  // expected-error@+1 {{expected a multiple of 4 warps and at most 256 columns with 'warpgroup'}}
  %d = sattn_nv.mma warpgroup %a, %b, %c : !sattn_nv.frag<64x64xf16, a, 2>, !sattn_nv.tile<64x64xf16>, !sattn_nv.frag<64x64xf32, acc, 2>
  return
}

// -----

func.func @mma_async(%a: !sattn_nv.frag<64x64xf16, a, 4>, %b: !sattn_nv.tile<64x64xf16>, %c: !sattn_nv.frag<64x64xf32, acc, 4>) {
  // expected-error@+1 {{expected 'warpgroup' with 'async'}}
  %d = sattn_nv.mma async %a, %b, %c : !sattn_nv.frag<64x64xf16, a, 4>, !sattn_nv.tile<64x64xf16>, !sattn_nv.frag<64x64xf32, acc, 4>
  return
}

// -----

func.func @mma_wait_layout(%m: !sattn_nv.frag<64xf32, row, 4>) {
  // expected-error@+1 {{expected a product of layout 'acc', got 'row'}}
  %d = sattn_nv.mma_wait %m pending 0 : !sattn_nv.frag<64xf32, row, 4>
  return
}
