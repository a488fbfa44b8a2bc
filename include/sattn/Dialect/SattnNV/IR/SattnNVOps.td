//===- SattnNVOps.td - Operations of the sattn_nv dialect -*- tablegen -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef SATTN_DIALECT_SATTNNV_IR_SATTNNVOPS_TD
#define SATTN_DIALECT_SATTNNV_IR_SATTNNVOPS_TD

include "mlir/Dialect/LLVMIR/LLVMTypes.td"
include "mlir/Interfaces/DestinationStyleOpInterface.td"
include "mlir/Interfaces/SideEffectInterfaces.td"
include "sattn/Dialect/SattnNV/IR/SattnNVRingOps.td"
include "sattn/Dialect/SattnNV/IR/SattnNVTypes.td"

class SattnNV_Op<string opMnemonic, list<Trait> traits = []>
    : Op<SattnNV_Dialect, opMnemonic, traits>;

def SattnNV_TensorOrMemref : AnyTypeOf<[AnyRankedTensor, AnyStridedMemRef]>;

//===----------------------------------------------------------------------===//
// Between global memory and the block: on tensors, later on memrefs
//===----------------------------------------------------------------------===//

def SattnNV_StageOp : SattnNV_Op<"stage", [DeclareOpInterfaceMethods<MemoryEffectsOpInterface>]> {
  let summary = "a slice of a tensor, readable by the whole block";
  let description = [{
    Rows and columns of the tile that the source lacks are zero. A tile lives as
    long as its role says, so two equal stages are two tiles: the op reports an
    allocation, lest they be merged.

    Example:
    ```mlir
    %kt = sattn_nv.stage streamed %k : tensor<?x48xf16> -> !sattn_nv.tile<64x48xf16>
    ```
    Test: test/Dialect/SattnNV/IR/examples.mlir
  }];
  let arguments = (ins SattnNV_RoleAttr:$role, SattnNV_TensorOrMemref:$source);
  let results = (outs SattnNV_TileType:$result);
  let assemblyFormat = "`` $role $source attr-dict `:` type($source) `->` type($result)";
  let hasVerifier = 1;
}

def SattnNV_LoadOp : SattnNV_Op<"load", [DeclareOpInterfaceMethods<MemoryEffectsOpInterface>]> {
  let summary = "a slice of a tensor as a fragment, straight from global memory";
  let description = [{
    For operands of a score region: layout `acc` takes a matrix, `row` and `col` a
    vector. What the source lacks is zero.

    Example:
    ```mlir
    %b = sattn_nv.load %bias : tensor<?xf32> -> !sattn_nv.frag<64xf32, col, 4>
    ```
    Test: test/Dialect/SattnNV/IR/examples.mlir
  }];
  let arguments = (ins SattnNV_TensorOrMemref:$source);
  let results = (outs SattnNV_FragType:$result);
  let assemblyFormat = "$source attr-dict `:` type($source) `->` type($result)";
  let hasVerifier = 1;
}

def SattnNV_StoreOp : SattnNV_Op<"store", [
    DestinationStyleOpInterface, DeclareOpInterfaceMethods<MemoryEffectsOpInterface>]> {
  let summary = "write a fragment into a slice of a tensor";
  let description = [{
    Rounds to the element type of the destination. Rows and columns of the fragment
    that the destination lacks are dropped; its columns are static and even.

    Example:
    ```mlir
    %s = sattn_nv.store %x into %o : !sattn_nv.frag<64x64xf32, acc, 4>, tensor<?x64xf16> -> tensor<?x64xf16>
    ```
    Test: test/Dialect/SattnNV/IR/examples.mlir
  }];
  let arguments = (ins SattnNV_FragType:$value, SattnNV_TensorOrMemref:$dest);
  let results = (outs Optional<AnyRankedTensor>:$result);
  let assemblyFormat = "$value `into` $dest attr-dict `:` type($value) `,` type($dest) (`->` type($result)^)?";
  let hasVerifier = 1;
  let extraClassDeclaration = "::mlir::MutableOperandRange getDpsInitsMutable() { return getDestMutable(); }";
}

//===----------------------------------------------------------------------===//
// Fragments
//===----------------------------------------------------------------------===//

def SattnNV_LoadAOp : SattnNV_Op<"load_a", [MemoryEffects<[MemRead]>]> {
  let summary = "a tile as first operand of matrix products";
  let description = [{
    Its columns from `first` on, a multiple of 16, as many as the result has. A tile of
    f32 is rounded to tf32, to the nearest and ties away from zero.

    Example:
    ```mlir
    %qa = sattn_nv.load_a %qt : !sattn_nv.tile<64x64xf16> -> !sattn_nv.frag<64x64xf16, a, 4>
    ```
    Test: test/Dialect/SattnNV/IR/examples.mlir
  }];
  let arguments = (ins SattnNV_TileType:$tile, DefaultValuedAttr<I64Attr, "0">:$first);
  let results = (outs SattnNV_FragType:$result);
  let assemblyFormat = "$tile (`first` $first^)? attr-dict `:` type($tile) `->` type($result)";
  let hasVerifier = 1;
}

def SattnNV_ColumnsOp : SattnNV_Op<"columns", [Pure]> {
  let summary = "some columns of a first operand";
  let description = [{
    The columns [first, first + extent) of `source`, all others zero, in the
    steps of 16 columns that contain them: those of the result start at `first`
    rounded down to 16 and end at `first + extent` rounded up.

    Example:
    ```mlir
    %c = sattn_nv.columns %qa [40, 6] : !sattn_nv.frag<64x64xf16, a, 4> -> !sattn_nv.frag<64x16xf16, a, 4>
    ```
    Test: test/Dialect/SattnNV/IR/examples.mlir
  }];
  let arguments = (ins SattnNV_FragType:$source, I64Attr:$first, I64Attr:$extent);
  let results = (outs SattnNV_FragType:$result);
  let assemblyFormat = "$source `[` $first `,` $extent `]` attr-dict `:` type($source) `->` type($result)";
  let hasVerifier = 1;
}

def SattnNV_ScaleColumnsOp : SattnNV_Op<"scale_columns", [Pure, AllTypesMatch<["source", "result"]>]> {
  let summary = "a first operand with each column multiplied by its factor";
  let description = [{
    Computed in f32 and rounded once.

    Example:
    ```mlir
    %c = sattn_nv.scale_columns %qa by [1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5]
           : !sattn_nv.frag<64x16xf16, a, 4>
    ```
    Test: test/Dialect/SattnNV/IR/examples.mlir
  }];
  let arguments = (ins SattnNV_FragType:$source, DenseF32ArrayAttr:$factors);
  let results = (outs SattnNV_FragType:$result);
  let assemblyFormat = "$source `by` $factors attr-dict `:` type($source)";
  let hasVerifier = 1;
}

def SattnNV_FillOp : SattnNV_Op<"fill", [Pure]> {
  let summary = "a fragment of one value";
  let description = [{
    Example:
    ```mlir
    %z = sattn_nv.fill %zero : f32 -> !sattn_nv.frag<64x64xf32, acc, 4>
    ```
    Test: test/Dialect/SattnNV/IR/examples.mlir
  }];
  let arguments = (ins AnyFloat:$value);
  let results = (outs SattnNV_FragType:$result);
  let assemblyFormat = "$value attr-dict `:` type($value) `->` type($result)";
  let hasVerifier = 1;
}

def SattnNV_MmaOp : SattnNV_Op<"mma", [MemoryEffects<[MemRead]>, AllTypesMatch<["acc", "result"]>]> {
  let summary = "acc + a b on tensor cores";
  let description = [{
    The tile holds b by columns (b is tile^T, as keys are stored) or, `transposed`,
    by rows (as values are). The contraction starts at column (`transposed`: row)
    `first` of the tile, a multiple of 16, and has as many steps as `a`. Of the columns
    of b, those from `strip` on, a multiple of 16, that `acc` has room for. Elements
    that are not marked in `where` stay those of `acc`, whatever b has.
    Products are exact, sums f32.

    The elements of a tile of f32 are rounded to tf32 as `load_a` does, and `a` is of
    tf32. It has layout `a`; if `transposed`, layout `acc`: the contracted elements are
    taken in the order in which accumulators hold them, in the tile too.

    Warps compute on their own (`mma.sync`) or, `warpgroup`, four at a time (`wgmma`,
    sm_90a): who holds what is the same. With `async`, the product has not been
    computed until a `mma_wait` gives its value.

    Example:
    ```mlir
    %s = sattn_nv.mma %qa, %kt, %z : !sattn_nv.frag<64x64xf16, a, 4>, !sattn_nv.tile<64x64xf16>, !sattn_nv.frag<64x64xf32, acc, 4>
    ```
    Test: test/Dialect/SattnNV/IR/examples.mlir
  }];
  let arguments = (ins SattnNV_FragType:$a, SattnNV_TileType:$b, SattnNV_FragType:$acc,
                   Optional<SattnNV_FragType>:$where, UnitAttr:$transposed, DefaultValuedAttr<I64Attr, "0">:$first,
                   DefaultValuedAttr<I64Attr, "0">:$strip, UnitAttr:$warpgroup, UnitAttr:$async);
  let results = (outs SattnNV_FragType:$result);
  let assemblyFormat = [{
    (`warpgroup` $warpgroup^)? (`async` $async^)? $a `,` $b (`transposed` $transposed^)? `,` $acc (`first` $first^)? (`strip` $strip^)? (`where` $where^)? attr-dict
    `:` type($a) `,` type($b) `,` type($acc) (`,` type($where)^)?
  }];
  let hasVerifier = 1;
}

def SattnNV_MmaWaitOp : SattnNV_Op<"mma_wait", [AllTypesMatch<["source", "result"]>]> {
  let summary = "the value of an asynchronous product";
  let description = [{
    Waits until at most `pending` products that were started later are under way.

    Example:
    ```mlir
    %s = sattn_nv.mma_wait %started pending 1 : !sattn_nv.frag<128x64xf32, acc, 8>
    ```
    Test: test/Dialect/SattnNV/IR/roles.mlir
  }];
  let arguments = (ins SattnNV_FragType:$source, ConfinedAttr<I64Attr, [IntNonNegative]>:$pending);
  let results = (outs SattnNV_FragType:$result);
  let assemblyFormat = "$source `pending` $pending attr-dict `:` qualified(type($source))";
  let hasVerifier = 1;
}

def SattnNV_MapOp : SattnNV_Op<"map", [AttrSizedOperandSegments, RecursiveMemoryEffects]> {
  let summary = "a scalar function of every element";
  let description = [{
    The region gets the element of each input, with `at` also the element's row and
    column (plus the given offsets). An input of layout `row` or `part` is repeated
    along the columns of an `acc` result, one of layout `col` along its rows.
    Layouts `a` and `bits` are not inputs.

    Example:
    ```mlir
    %p = sattn_nv.map(%s, %m : !sattn_nv.frag<64x64xf32, acc, 4>, !sattn_nv.frag<64xf32, row, 4>) -> !sattn_nv.frag<64x64xf32, acc, 4> {
    ^bb0(%x: f32, %r: f32):
      %d = arith.subf %x, %r : f32
      sattn_nv.yield %d : f32
    }
    ```
    Test: test/Dialect/SattnNV/IR/examples.mlir
  }];
  let arguments = (ins Variadic<SattnNV_FragType>:$inputs, Optional<Index>:$row, Optional<Index>:$column);
  let regions = (region SizedRegion<1>:$body);
  let results = (outs SattnNV_FragType:$result);
  let assemblyFormat = [{
    `(` ($inputs^ `:` type($inputs))? `)` (`at` $row^ `,` $column)? attr-dict `->` type($result) $body
  }];
  let hasVerifier = 1;
  let hasRegionVerifier = 1;
}

def SattnNV_YieldOp : SattnNV_Op<"yield", [Pure, Terminator, HasParent<"MapOp">]> {
  let summary = "the value of a map's element";
  let description = [{
    Example:
    ```mlir
    sattn_nv.yield %d : f32
    ```
    Test: test/Dialect/SattnNV/IR/examples.mlir
  }];
  let arguments = (ins AnyType:$value);
  let assemblyFormat = "$value attr-dict `:` type($value)";
}

def SattnNV_ReduceOp : SattnNV_Op<"reduce", [Pure]> {
  let summary = "combine the columns that each thread holds";
  let description = [{
    Layout `acc` to `part`: no thread needs another's values. The value of a row is
    that of `across` of the result.

    Example:
    ```mlir
    %r = sattn_nv.reduce max %s : !sattn_nv.frag<64x64xf32, acc, 4> -> !sattn_nv.frag<64xf32, part, 4>
    ```
    Test: test/Dialect/SattnNV/IR/examples.mlir
  }];
  let arguments = (ins SattnNV_ReductionAttr:$kind, SattnNV_FragType:$source);
  let results = (outs SattnNV_FragType:$result);
  let assemblyFormat = "`` $kind $source attr-dict `:` type($source) `->` type($result)";
  let hasVerifier = 1;
}

def SattnNV_AcrossOp : SattnNV_Op<"across", [Pure]> {
  let summary = "combine the four parts of each row";
  let description = [{
    Layout `part` to `row`: two shuffles per register.

    Example:
    ```mlir
    %m = sattn_nv.across max %r : !sattn_nv.frag<64xf32, part, 4> -> !sattn_nv.frag<64xf32, row, 4>
    ```
    Test: test/Dialect/SattnNV/IR/examples.mlir
  }];
  let arguments = (ins SattnNV_ReductionAttr:$kind, SattnNV_FragType:$source);
  let results = (outs SattnNV_FragType:$result);
  let assemblyFormat = "`` $kind $source attr-dict `:` type($source) `->` type($result)";
  let hasVerifier = 1;
}

def SattnNV_ToAOp : SattnNV_Op<"to_a", [Pure]> {
  let summary = "an accumulator, rounded, as first operand of the next product";
  let description = [{
    Layout `acc` to `a`: every thread already holds its elements. A result of tf32
    keeps the layout `acc`, which is that of its product.

    Example:
    ```mlir
    %pa = sattn_nv.to_a %p : !sattn_nv.frag<64x64xf32, acc, 4> -> !sattn_nv.frag<64x64xf16, a, 4>
    ```
    Test: test/Dialect/SattnNV/IR/examples.mlir
  }];
  let arguments = (ins SattnNV_FragType:$source);
  let results = (outs SattnNV_FragType:$result);
  let assemblyFormat = "$source attr-dict `:` type($source) `->` type($result)";
  let hasVerifier = 1;
}

def SattnNV_ConcatOp : SattnNV_Op<"concat", [Pure]> {
  let summary = "accumulators side by side";
  let description = [{
    What is computed strip by strip needs few registers beside the result.

    Example:
    ```mlir
    %s = sattn_nv.concat %s0, %s1 : !sattn_nv.frag<64x16xf32, acc, 4>, !sattn_nv.frag<64x16xf32, acc, 4> -> !sattn_nv.frag<64x32xf32, acc, 4>
    ```
    Test: test/Dialect/SattnNV/IR/examples.mlir
  }];
  let arguments = (ins Variadic<SattnNV_FragType>:$strips);
  let results = (outs SattnNV_FragType:$result);
  let assemblyFormat = "$strips attr-dict `:` type($strips) `->` type($result)";
  let hasVerifier = 1;
}

def SattnNV_ToBitsOp : SattnNV_Op<"to_bits", [Pure]> {
  let summary = "booleans, one bit each";
  let description = [{
    Layout `acc` to `bits`: what is kept over other work takes a register per 32
    elements.

    Example:
    ```mlir
    %keep = sattn_nv.to_bits %k : !sattn_nv.frag<64x64xi1, acc, 4> -> !sattn_nv.frag<64x64xi1, bits, 4>
    ```
    Test: test/Dialect/SattnNV/IR/examples.mlir
  }];
  let arguments = (ins SattnNV_FragType:$source);
  let results = (outs SattnNV_FragType:$result);
  let assemblyFormat = "$source attr-dict `:` type($source) `->` type($result)";
  let hasVerifier = 1;
}

def SattnNV_SanitizeOp : SattnNV_Op<"sanitize", [
    MemoryEffects<[MemRead, MemWrite]>, AllTypesMatch<["acc", "result"]>]> {
  let summary = "keep non-finite values away from absent pairs";
  let description = [{
    A product with a weight of 0 is not 0 if the value is infinite or NaN. The op
    replaces the non-finite elements of the value `tile` by 0; the result is `acc` but
    NaN where a pair that is present (`keep`) meets one. All warps that hold
    the fragments take part; without such an element it costs one reading of the tile.

    Example:
    ```mlir
    %n = sattn_nv.sanitize %keep, %vt, %s : !sattn_nv.frag<64x64xi1, bits, 4>, !sattn_nv.tile<64x64xf16>, !sattn_nv.frag<64x64xf32, acc, 4>
    ```
    Test: test/Dialect/SattnNV/IR/examples.mlir
  }];
  let arguments = (ins SattnNV_FragType:$keep, SattnNV_TileType:$tile, SattnNV_FragType:$acc);
  let results = (outs SattnNV_FragType:$result);
  let assemblyFormat = "$keep `,` $tile `,` $acc attr-dict `:` type($keep) `,` type($tile) `,` type($acc)";
  let hasVerifier = 1;
}

//===----------------------------------------------------------------------===//
// Shared memory: made by sattn-nv-pipeline, on memrefs only
//===----------------------------------------------------------------------===//

def SattnNV_AllocOp : SattnNV_Op<"alloc", [MemoryEffects<[MemAlloc]>]> {
  let summary = "slots for tiles in shared memory";
  let description = [{
    `stages` tiles one after the other, from byte `offset` of the block's shared
    memory on; the result is the first.

    Example:
    ```mlir
    %ring = sattn_nv.alloc 2 at 8192 : !sattn_nv.tile<64x64xf16>
    ```
    Test: test/Dialect/SattnNV/IR/examples.mlir
  }];
  let arguments = (ins I64Attr:$stages, I64Attr:$offset);
  let results = (outs SattnNV_TileType:$result);
  let assemblyFormat = "$stages `at` $offset attr-dict `:` type($result)";
  let hasVerifier = 1;
}

def SattnNV_SlotOp : SattnNV_Op<"slot", [Pure]> {
  let summary = "one of the slots of an alloc";
  let description = [{
    The result may have fewer columns than the slot.

    Example:
    ```mlir
    %slot = sattn_nv.slot %ring[%i] : !sattn_nv.tile<64x64xf16> -> !sattn_nv.tile<64x48xf16>
    ```
    Test: test/Dialect/SattnNV/IR/examples.mlir
  }];
  let arguments = (ins SattnNV_TileType:$ring, Index:$index);
  let results = (outs SattnNV_TileType:$result);
  let assemblyFormat = "$ring `[` $index `]` attr-dict `:` type($ring) `->` type($result)";
  let hasVerifier = 1;
}

def SattnNV_CopyAsyncOp : SattnNV_Op<"copy_async", [MemoryEffects<[MemRead, MemWrite]>]> {
  let summary = "start to copy global memory into a tile";
  let description = [{
    All threads take part; the copies belong to the group that the next `commit`
    closes. Rows and columns that the source lacks are zero. Rows of the source
    start at multiples of 16 bytes.

    Example:
    ```mlir
    sattn_nv.copy_async %m into %slot : memref<?x48xf16, strided<[64, 1], offset: ?>>, !sattn_nv.tile<64x48xf16>
    ```
    Test: test/Dialect/SattnNV/IR/examples.mlir
  }];
  let arguments = (ins AnyStridedMemRef:$source, SattnNV_TileType:$dest);
  let assemblyFormat = "$source `into` $dest attr-dict `:` type($source) `,` type($dest)";
  let hasVerifier = 1;
}

def SattnNV_CommitOp : SattnNV_Op<"commit"> {
  let summary = "close a group of copies";
  let description = [{
    Example:
    ```mlir
    sattn_nv.commit
    ```
    Test: test/Dialect/SattnNV/IR/examples.mlir
  }];
  let assemblyFormat = "attr-dict";
}

def SattnNV_WaitOp : SattnNV_Op<"wait"> {
  let summary = "wait until at most `pending` groups of copies are under way";
  let description = [{
    Each thread waits for its own copies; a `barrier` makes them known to all.

    Example:
    ```mlir
    sattn_nv.wait 1
    ```
    Test: test/Dialect/SattnNV/IR/examples.mlir
  }];
  let arguments = (ins ConfinedAttr<I64Attr, [IntNonNegative]>:$pending);
  let assemblyFormat = "$pending attr-dict";
}

def SattnNV_BarrierOp : SattnNV_Op<"barrier"> {
  let summary = "wait until all threads of the block are here";
  let description = [{
    Example:
    ```mlir
    sattn_nv.barrier
    ```
    Test: test/Dialect/SattnNV/IR/examples.mlir
  }];
  let assemblyFormat = "attr-dict";
}

//===----------------------------------------------------------------------===//
// Kernel arguments: made by sattn-nv-outline
//===----------------------------------------------------------------------===//

def SattnNV_ViewOp : SattnNV_Op<"view", [Pure, AttrSizedOperandSegments]> {
  let summary = "arguments of a kernel as a memref";
  let description = [{
    Pointer, dynamic sizes, dynamic strides (in elements).

    Example:
    ```mlir
    %q = sattn_nv.view %p sizes [%n] strides [%s] : !llvm.ptr<1> -> memref<?x64xf16, strided<[?, 1]>>
    ```
    Test: test/Dialect/SattnNV/IR/examples.mlir
  }];
  let arguments = (ins LLVM_AnyPointer:$pointer, Variadic<Index>:$sizes, Variadic<I64>:$strides);
  let results = (outs AnyStridedMemRef:$result);
  let assemblyFormat = [{
    $pointer `sizes` `[` $sizes `]` `strides` `[` $strides `]` attr-dict `:` type($pointer) `->` type($result)
  }];
  let hasVerifier = 1;
}

#endif // SATTN_DIALECT_SATTNNV_IR_SATTNNVOPS_TD
