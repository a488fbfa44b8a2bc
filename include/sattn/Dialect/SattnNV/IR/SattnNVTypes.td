//===- SattnNVTypes.td - Types and attributes of sattn_nv -*- tablegen -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef SATTN_DIALECT_SATTNNV_IR_SATTNNVTYPES_TD
#define SATTN_DIALECT_SATTNNV_IR_SATTNNVTYPES_TD

include "mlir/IR/AttrTypeBase.td"
include "mlir/IR/EnumAttr.td"
include "sattn/Dialect/SattnNV/IR/SattnNVDialect.td"

class SattnNV_I32Enum<string name, string summary, list<I32EnumAttrCase> cases>
    : I32EnumAttr<name, summary, cases> {
  let cppNamespace = "::mlir::sattn_nv";
  let genSpecializedAttr = 0;
}

def SattnNV_Layout : SattnNV_I32Enum<"Layout", "who holds what of a fragment", [
  I32EnumAttrCase<"acc", 0>,  // accumulator of a matrix product, f32
  I32EnumAttrCase<"a", 1>,    // first operand of a matrix product, packed pairs
  I32EnumAttrCase<"row", 2>,  // one value per row, the same in the four lanes of a quad
  I32EnumAttrCase<"part", 3>, // four partial values per row, one per lane of the quad
  I32EnumAttrCase<"col", 4>,  // one value per column
  I32EnumAttrCase<"bits", 5>  // an accumulator of i1, 32 elements to a register
]>;

def SattnNV_Reduction : SattnNV_I32Enum<"Reduction", "how values are combined", [
  I32EnumAttrCase<"max", 0>, // the larger number; a NaN loses against a number
  I32EnumAttrCase<"add", 1>
]>;
def SattnNV_ReductionAttr : EnumAttr<SattnNV_Dialect, SattnNV_Reduction, "reduction">;

def SattnNV_Role : SattnNV_I32Enum<"Role", "how long a staged tile is used", [
  I32EnumAttrCase<"resident", 0>, // by the whole kernel
  I32EnumAttrCase<"streamed", 1>  // until the next tile of the stream is staged
]>;
def SattnNV_RoleAttr : EnumAttr<SattnNV_Dialect, SattnNV_Role, "role">;

class SattnNV_Type<string name, string typeMnemonic> : TypeDef<SattnNV_Dialect, name> {
  let mnemonic = typeMnemonic;
}

def SattnNV_FragType : SattnNV_Type<"Frag", "frag"> {
  let summary = "a matrix or vector in the registers of a thread block";
  let description = [{
    `!sattn_nv.frag<64x128xf32, acc, 4>`: shape, element type, layout, warps along
    the rows. Registers per thread with m = rows / (16 warps):

    | layout | shape | registers | holds |
    |---|---|---|---|
    | `acc` | rows x columns | m columns / 8 * 4 | rows g, g + 8 of a block, columns 8 n + 2 t, + 1 |
    | `a` | rows x columns | m columns / 16 * 4, two elements each | rows g, g + 8, columns 16 k + 2 t, + 1, + 8, + 9 |
    | `bits` | rows x columns | m columns / 8 * 4 / 32, rounded up | as `acc`, element n is bit n mod 32 |
    | `a` of tf32 | rows x columns | m columns / 8 * 4 | rows g, g + 8, columns 8 k + t, + 4 |
    | `row` | rows | m * 2 | rows g, g + 8 |
    | `part` | rows | m * 2 | a part of rows g, g + 8 |
    | `col` | columns | columns / 8 * 2 | columns 8 n + 2 t, + 1 |

    Rows are a multiple of 16 warps, columns of 8, in layout `a` of 16. Elements of
    tf32 are f32 rounded to 10 bits behind the leading one, in layouts `a` and `acc`:
    both are first operands (see `mma`).
  }];
  let parameters = (ins ArrayRefParameter<"int64_t">:$shape, "::mlir::Type":$elementType,
                    "::mlir::sattn_nv::Layout":$layout, "int64_t":$warps);
  let hasCustomAssemblyFormat = 1;
  let genVerifyDecl = 1;
  let extraClassDeclaration = [{
    /// Elements of layout `bits` that a register holds.
    static constexpr int64_t kRegisterBits = 32;
    /// True with a layout of rows and columns.
    bool isMatrix() const;
    int64_t getNumColumns() const { return getShape().back(); }
    /// Contracted elements of one matrix instruction with this first operand.
    int64_t getStepColumns() const { return getElementType().isTF32() ? 8 : 16; }
    /// Blocks of 16 rows that each warp holds; 1 without rows.
    int64_t getRowBlocks() const;
    /// 32-bit (f64: 64-bit) registers per thread.
    int64_t getNumRegisters() const;
    /// The same rows with another layout, element type or number of columns (0:
    /// none).
    ::mlir::sattn_nv::FragType getLike(::mlir::sattn_nv::Layout layout,
                                       ::mlir::Type elementType, int64_t columns = 0) const;
  }];
}

def SattnNV_TileType : SattnNV_Type<"Tile", "tile"> {
  let summary = "a matrix in shared memory, swizzled";
  let description = [{
    `!sattn_nv.tile<64x128xf16>`: rows by columns of a 16-bit type or f32. Columns are
    cut into panels of 128 bytes (64 or 32 elements), each stored by rows; chunk c (16 bytes)
    of row r is at place c XOR (r mod 8) of its row. Columns are a multiple of 16.
  }];
  let parameters = (ins ArrayRefParameter<"int64_t">:$shape, "::mlir::Type":$elementType);
  let assemblyFormat = "`<` custom<ShapedElement>($shape, $elementType) `>`";
  let genVerifyDecl = 1;
  let extraClassDeclaration = [{
    /// Bytes of a row of a panel, and of what is exchanged inside it.
    static constexpr int64_t kPanelBytes = 128, kChunkBytes = 16;
    int64_t getNumRows() const { return getShape()[0]; }
    int64_t getNumColumns() const { return getShape()[1]; }
    int64_t getElementBytes() const { return getElementType().getIntOrFloatBitWidth() / 8; }
    /// Elements of a chunk.
    int64_t getChunkColumns() const { return kChunkBytes / getElementBytes(); }
    int64_t getNumPanels() const;
    int64_t getNumBytes() const { return getNumPanels() * getPanelStride(); }
    /// Bytes from one panel to the next.
    int64_t getPanelStride() const { return getNumRows() * kPanelBytes; }
  }];
}

def SattnNV_RingType : SattnNV_Type<"Ring", "ring"> {
  let summary = "slots for tiles that one thread fetches and warps read";
  let description = [{
    `!sattn_nv.ring<2 x <64x64xf16>>`: slots, the tile that each can hold. A slot has
    two mbarriers: its tile has arrived, everybody has read it. Tile number n of a
    ring is in slot n mod `stages`, for the (n / `stages`)-th time.
  }];
  let parameters = (ins "int64_t":$stages, "::mlir::sattn_nv::TileType":$tile);
  let assemblyFormat = "`<` $stages `x` $tile `>`";
  let genVerifyDecl = 1;
  let extraClassDeclaration = [{
    static constexpr int64_t kBarrierBytes = 8;
    int64_t getNumBytes() const { return getStages() * getTile().getNumBytes(); }
    int64_t getNumBarrierBytes() const { return 2 * getStages() * kBarrierBytes; }
  }];
}

def SattnNV_ConfigAttr : AttrDef<SattnNV_Dialect, "Config"> {
  let mnemonic = "config";
  let summary = "how a loop over query tiles becomes a kernel";
  let description = [{
    `warps` share the rows of a query tile; `stages` slots per streamed operand are
    in shared memory (1: copy, wait, compute; 2: the next tile is fetched while one
    is used). With `producers`, so many more warps fetch tiles for the others.
  }];
  let parameters = (ins "int64_t":$warps, "int64_t":$stages,
                    DefaultValuedParameter<"int64_t", "0">:$producers);
  let assemblyFormat = "`<` struct(params) `>`";
  let genVerifyDecl = 1;
  let extraClassDeclaration = [{
    static constexpr int64_t kThreadsPerWarp = 32;
    int64_t getNumThreads() const { return kThreadsPerWarp * (getWarps() + getProducers()); }
  }];
}

#endif // SATTN_DIALECT_SATTNNV_IR_SATTNNVTYPES_TD
