//===- SattnNVDialect.td - The sattn_nv dialect -*- tablegen -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef SATTN_DIALECT_SATTNNV_IR_SATTNNVDIALECT_TD
#define SATTN_DIALECT_SATTNNV_IR_SATTNNVDIALECT_TD

include "mlir/IR/DialectBase.td"

def SattnNV_Dialect : Dialect {
  let name = "sattn_nv";
  let cppNamespace = "::mlir::sattn_nv";
  let summary = "Tiles of attention as the threads of an NVIDIA block hold them";
  let description = [{
    Level (4) of `sattn` on NVIDIA. A value is a matrix or a vector that the
    threads of a thread block hold together; its type says *who holds what*, and no
    operation speaks of a thread. Two kinds of values:

    - `!sattn_nv.frag`, a fragment: registers. Its layout is that of an operand of
      the matrix instruction `mma.m16n8k16` (PTX ISA, "Matrix fragments for
      mma.m16n8k16"; `mma.m16n8k8` with operands of tf32), or one value per row or
      column of such a fragment.
    - `!sattn_nv.tile`, a tile in shared memory, in panels of 128 bytes by all rows
      with the 16-byte chunks of row r exchanged by XOR with r mod 8. So copies,
      `ldmatrix` and TMA agree and meet no bank conflict.

    How the dialect is used:

    ```
    level nest on tensors
      |   convert-sattn-to-nv       states of tiles become fragments; slices of the
      |                             model's tensors meet them in stage, load, store; with
      |                             roles, products overlap with the weights of the next tile
    fragments and slices of tensors
      |   one-shot-bufferize        slices become subviews; nothing is allocated
      |   sattn-nv-pipeline         stage -> rings of slots, copies, waits, barriers
      |   sattn-nv-specialize       or: stage -> tiles that other warps fetch (sm_90)
      |   sattn-nv-outline          loop over query tiles -> kernel and its launch
    kernels on fragments
      |   convert-sattn-nv-to-nvvm  a fragment -> its registers
    NVVM
    ```

    Work without a form on tensor cores goes to single threads and meets the dialect
    only as kernels:

    ```
    level nest with tiles of one query, linalg on tensors
      |   convert-sattn-to-threads  an iteration of the nest -> scalar loops
      |   one-shot-bufferize
      |   sattn-nv-map-threads      loops and linalg ops -> blocks of 64 threads
      |   sattn-nv-outline          the same kernels, without `sattn_nv.shared_bytes`
    kernels on loads, stores and scalars
      |   convert-sattn-nv-to-nvvm  functions without an instruction become arithmetic
    NVVM
    ```

    Row of a fragment with `w` warps that block i, warp v and lane 4 g + t hold:
    16 w i + 16 v + g, and that + 8.
  }];
  let useDefaultTypePrinterParser = 1;
  let useDefaultAttributePrinterParser = 1;
  let extraClassDeclaration = [{
    void registerTypes();
    /// Attribute of the loop over query tiles: its `ConfigAttr`.
    static constexpr ::llvm::StringLiteral kConfig = "sattn_nv.config";
    /// Attribute of that loop, and of the kernel: bytes of shared memory.
    static constexpr ::llvm::StringLiteral kSharedBytes = "sattn_nv.shared_bytes";
    /// Attribute of a launch: the kernel's arguments whose memory it writes.
    static constexpr ::llvm::StringLiteral kWritten = "sattn_nv.written";
  }];
}

#endif // SATTN_DIALECT_SATTNNV_IR_SATTNNVDIALECT_TD
