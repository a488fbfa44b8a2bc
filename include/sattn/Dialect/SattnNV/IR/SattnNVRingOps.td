//===- SattnNVRingOps.td - Producers and consumers in a block -*- tablegen -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Made by sattn-nv-specialize, for sm_90 and later: one thread fetches tiles (PTX ISA,
// "cp.async.bulk.tensor"), all other warps compute.
//
//===----------------------------------------------------------------------===//
#ifndef SATTN_DIALECT_SATTNNV_IR_SATTNNVRINGOPS_TD
#define SATTN_DIALECT_SATTNNV_IR_SATTNNVRINGOPS_TD

include "mlir/Dialect/LLVMIR/LLVMTypes.td"
include "mlir/Interfaces/SideEffectInterfaces.td"
include "sattn/Dialect/SattnNV/IR/SattnNVTypes.td"

class SattnNV_RingOpBase<string opMnemonic, list<Trait> traits = []>
    : Op<SattnNV_Dialect, opMnemonic, traits>;

/// The 128 bytes on the host; their address in a kernel.
def SattnNV_TensorMap : AnyTypeOf<[
  Type<CPred<"::llvm::isa<::mlir::LLVM::LLVMArrayType>($_self)">, "array of LLVM">,
  LLVM_AnyPointer
]>;

def SattnNV_TensorMapOp : SattnNV_RingOpBase<"tensor_map", [MemoryEffects<[MemRead, MemWrite]>]> {
  let summary = "describe the boxes of a tensor that a kernel fetches";
  let description = [{
    On the host. A box has `rows` elements along `axis`, a panel (128 bytes) of the
    last axis and one of every other. Elements outside the tensor, and those from
    column `columns` on, are zero. The op has effects, lest it be moved into a kernel.

    Example:
    ```mlir
    %map = sattn_nv.tensor_map %k axis 1 rows 64 columns 40 : memref<4x?x64xf16> -> !llvm.array<16 x i64>
    ```
    Test: test/Dialect/SattnNV/IR/roles.mlir
  }];
  let arguments = (ins AnyStridedMemRef:$source, I64Attr:$axis, I64Attr:$rows, I64Attr:$columns);
  let results = (outs SattnNV_TensorMap:$result);
  let assemblyFormat = [{
    $source `axis` $axis `rows` $rows `columns` $columns attr-dict `:` type($source) `->` type($result)
  }];
  let hasVerifier = 1;
}

def SattnNV_RingOp : SattnNV_RingOpBase<"ring", [MemoryEffects<[MemAlloc]>]> {
  let summary = "a ring of slots in shared memory";
  let description = [{
    Slots start at byte `offset` of the block's shared memory, two mbarriers per slot
    at byte `barriers`.

    Example:
    ```mlir
    %ring = sattn_nv.ring at 8192 barriers 40960 : !sattn_nv.ring<2 x <64x64xf16>>
    ```
    Test: test/Dialect/SattnNV/IR/roles.mlir
  }];
  let arguments = (ins I64Attr:$offset, I64Attr:$barriers);
  let results = (outs SattnNV_RingType:$result);
  let assemblyFormat = "`at` $offset `barriers` $barriers attr-dict `:` qualified(type($result))";
  let hasVerifier = 1;
}

def SattnNV_RingInitOp : SattnNV_RingOpBase<"ring_init"> {
  let summary = "make rings ready for all threads of the block";
  let description = [{
    All slots are empty. A tile has been read when `consumers` warps said so.

    Example:
    ```mlir
    sattn_nv.ring_init %ring consumers 8 : !sattn_nv.ring<2 x <64x64xf16>>
    ```
    Test: test/Dialect/SattnNV/IR/roles.mlir
  }];
  let arguments = (ins Variadic<SattnNV_RingType>:$rings,
                   ConfinedAttr<I64Attr, [IntPositive]>:$consumers);
  let assemblyFormat = "$rings `consumers` $consumers attr-dict `:` qualified(type($rings))";
}

def SattnNV_RolesOp : SattnNV_RingOpBase<"roles", [
    NoTerminator, NoRegionArguments, RecursiveMemoryEffects, SingleBlock]> {
  let summary = "what the warps of a block do";
  let description = [{
    The first `consumers` warps run the second region, each with
    `consumer_registers` registers per thread. Four more warps have
    `producer_registers` each; one of their threads runs the first region. All
    together do not exceed the 65536 registers of a multiprocessor: no tool says so,
    a card would wait for ever.

    Example:
    ```mlir
    sattn_nv.roles consumers 8 registers [24, 240] producer {
      sattn_nv.push %map[%b, %j, %c0] panels 1 into %ring at %c0 : !llvm.ptr, !sattn_nv.ring<2 x <64x64xf16>>
    } consumer {
      %kt = sattn_nv.pop %ring at %c0 : !sattn_nv.ring<2 x <64x64xf16>> -> !sattn_nv.tile<64x48xf16>
      sattn_nv.release %kt : !sattn_nv.tile<64x48xf16>
    }
    ```
    Test: test/Dialect/SattnNV/IR/roles.mlir
  }];
  let arguments = (ins I64Attr:$consumers, I64Attr:$producer_registers,
                   I64Attr:$consumer_registers);
  let regions = (region SizedRegion<1>:$producer, SizedRegion<1>:$consumer);
  let assemblyFormat = [{
    `consumers` $consumers `registers` `[` $producer_registers `,` $consumer_registers `]` attr-dict
    `producer` $producer `consumer` $consumer
  }];
  let hasVerifier = 1;
  let extraClassDeclaration = [{
    /// Warps that change their number of registers together, and those of the producer.
    static constexpr int64_t kWarpgroup = 4;
  }];
}

def SattnNV_PushOp : SattnNV_RingOpBase<"push"> {
  let summary = "fetch a tile into the next slot of a ring";
  let description = [{
    Waits until tile number `index` has a slot, and starts to fetch `panels` boxes
    side by side, the first one at `coordinates` (one per axis of the tensor).

    Example:
    ```mlir
    sattn_nv.push %map[%b, %j, %c0] panels 1 into %ring at %c0 : !llvm.ptr, !sattn_nv.ring<2 x <64x64xf16>>
    ```
    Test: test/Dialect/SattnNV/IR/roles.mlir
  }];
  let arguments = (ins SattnNV_TensorMap:$map, Variadic<Index>:$coordinates, I64Attr:$panels,
                   SattnNV_RingType:$ring, Index:$index);
  let assemblyFormat = [{
    $map `[` $coordinates `]` `panels` $panels `into` $ring `at` $index attr-dict
    `:` type($map) `,` qualified(type($ring))
  }];
  let hasVerifier = 1;
}

def SattnNV_PopOp : SattnNV_RingOpBase<"pop"> {
  let summary = "a tile of a ring, once it has arrived";
  let description = [{
    Waits for tile number `index`, which may have fewer columns than the slot. Every
    consumer pops and releases every tile, in order.

    Example:
    ```mlir
    %kt = sattn_nv.pop %ring at %c0 : !sattn_nv.ring<2 x <64x64xf16>> -> !sattn_nv.tile<64x48xf16>
    ```
    Test: test/Dialect/SattnNV/IR/roles.mlir
  }];
  let arguments = (ins SattnNV_RingType:$ring, Index:$index);
  let results = (outs SattnNV_TileType:$result);
  let assemblyFormat = [{
    $ring `at` $index attr-dict `:` qualified(type($ring)) `->` qualified(type($result))
  }];
  let hasVerifier = 1;
}

def SattnNV_ReleaseOp : SattnNV_RingOpBase<"release"> {
  let summary = "this warp has read a tile";
  let description = [{
    Its slot is refilled when all consumers have released it. It follows the wait of
    an asynchronous product that reads the tile.

    Example:
    ```mlir
    sattn_nv.release %kt : !sattn_nv.tile<64x48xf16>
    ```
    Test: test/Dialect/SattnNV/IR/roles.mlir
  }];
  let arguments = (ins SattnNV_TileType:$tile);
  let assemblyFormat = "$tile attr-dict `:` qualified(type($tile))";
}

#endif // SATTN_DIALECT_SATTNNV_IR_SATTNNVRINGOPS_TD
