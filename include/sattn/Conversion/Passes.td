//===- Passes.td - Conversions between sattn and other dialects -*- tablegen -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef SATTN_CONVERSION_PASSES_TD
#define SATTN_CONVERSION_PASSES_TD

include "mlir/Pass/PassBase.td"

def ConvertSattnToVectorPass : Pass<"convert-sattn-to-vector"> {
  let summary = "Lower level nests to loops over vectors (CPU)";
  let description = [{
    Lanes are queries: a panel of queries is packed [r][lane], register tiles are
    `rows` keys by one panel, scores of a tile are kept in a scratch buffer, row
    statistics are vertical vector operations. Up to 8 queries keep their layout:
    lanes are columns. Unless it is one in the type of the sums, they prefetch the rows
    of keys and values that come next, also behind the tile.

    **Input**: `online_attention` and `finalize` on tensors, any loops around them.
    **Requires**: nothing beyond the verifiers, and that nobody reads rows of the
    state whose query row was added by `tensor.pad`: they are not computed. Fast where states start as
    `linalg.fill` and are carried by `scf.for`; otherwise they are packed and
    unpacked around each tile.
    **Output**: scf, tensor and 1-D or 2-D vector operations, ready for one-shot
    bufferization; every scratch tensor has a static shape if the number of keys
    of a tile has a constant bound.
    **Numerics**: sums over the keys of a tile start at 0 and are added to the
    state once; 2^x by a polynomial of relative error 2.1e-7 (f64: 4e-16); no
    reassociation beyond that. A dropped pair never adds 0 * NaN.
    **Example**: test/Conversion/SattnToVector/tile.mlir
  }];
  let options = [
    Option<"target", "target", "std::string", "\"native\"",
           "Row of the target table, name[,key=value...] (default: this machine)">
  ];
  let dependentDialects = [
    "::mlir::affine::AffineDialect", "::mlir::arith::ArithDialect", "::mlir::bufferization::BufferizationDialect",
    "::mlir::linalg::LinalgDialect", "::mlir::LLVM::LLVMDialect", "::mlir::math::MathDialect", "::mlir::memref::MemRefDialect", "::mlir::scf::SCFDialect", "::mlir::tensor::TensorDialect", "::mlir::vector::VectorDialect"
  ];
}

def ConvertSattnTokensToVectorPass : Pass<"convert-sattn-tokens-to-vector"> {
  let summary = "Lower project, norm and merge to loops over vectors (CPU)";
  let description = [{
    Lanes are tokens: a panel of tokens is packed [feature][lane], every weight is a
    scalar that a whole vector is multiplied with. A norm that alone reads a
    projection is computed in the same panel. A merge reads its parts once: weights
    of a panel of rows, then the weighted sum of rows.

    **Input**: `project`, `norm` and `merge` on tensors.
    **Requires**: a known target (diagnosed); an op without a row axis, a norm
    over a dynamic extent, and a merge of a dynamic number of parts or columns, of
    more than 16 parts or of at most 32768 elements stay (`sattn-lower-token-ops`
    takes them).
    **Output**: `scf.forall` over leading axes, heads and panels; in it scf, tensor
    and vector operations on scratch tensors of static shape.
    **Numerics**: fused multiply-adds, sums in index order in f32 (f64 for f64); a
    projection is not rounded in front of a norm.
    **Example**: test/Conversion/SattnToVector/tokens.mlir
  }];
  let options = [
    Option<"target", "target", "std::string", "\"native\"",
           "Row of the target table, name[,key=value...] (default: this machine)">
  ];
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::linalg::LinalgDialect", "::mlir::math::MathDialect",
    "::mlir::scf::SCFDialect", "::mlir::tensor::TensorDialect", "::mlir::vector::VectorDialect"
  ];
}

def ConvertSattnToNVPass : Pass<"convert-sattn-to-nv"> {
  let summary = "Lower level nests to fragments of thread blocks (NVIDIA)";
  let description = [{
    Each `scf.forall` with tile ops becomes a thread block per iteration: states
    become fragments, query tiles are loaded once into registers (where those do
    not suffice, in every step, 64 columns at a time), key and value tiles are staged
    where they are used.

    With `roles` and `overlap` (sm_90a) an accumulator is held as three values (acc, P, V)
    that mean acc + P V: the product with a tile of values is started together with the
    scores of the next tile, and is under way while its weights are computed (FlashAttention-3,
    algorithm 2, without the ping-pong of its section 3.1):

    ```
    S = Q K[j]^T            started
    acc = acc + P V[j - 1]  started
    wait for S;   release K[j]
    weights, reference and sum of tile j
    wait for acc; release V[j - 1]
    acc = acc * alpha;   P = weights;   V = V[j]
    ```

    So it goes through all loops of all levels with no bubble, and `finalize` adds the last
    product. A nest whose first tile is certain begins with that tile's scores; where there
    may be no tile at all, a product of zeros is added first, whose value tile is the slice
    of no row. At widths of 128, accumulator (64 registers per thread), scores (64), weights
    (32) and query (32) fit the 240 registers with key tiles of 128 rows. Masked
    by a window of two edges, or at positions that only the run knows, they need tiles of 64
    (`sattn-select-tiling` sees to that). Nests in which a state has several users, or in
    which loops have several states, do not overlap.

    **Input**: `online_attention` and `finalize` in `scf.forall`, as
    `sattn-tile-attention` makes them with `levels = unrolled`; query tiles of a
    multiple of 16 rows per warp.
    **Requires**: query, key and value of 16 bits, widths that are multiples of 8 up
    to 256, one key, another link than argmax (diagnosed with the reason).
    **Output**: operations of sattn_nv on slices of tensors, scf, arith; no op of
    sattn; `sattn_nv.config` and a mapping to blocks on the loop, without which
    canonicalization would drop a loop of one iteration.
    **Numerics**: products of 16-bit numbers with sums in f32, weights rounded to
    the value's type for the second product; a factor of all query columns goes to
    the scores, factors that differ are multiplied into the query, rounded once. A
    dropped pair never adds 0 * NaN (nor does the product of zeros); with every link a
    score of -inf drops a pair.
    **Example**: test/Conversion/SattnToNV/dense.mlir
  }];
  let options = [
    Option<"warps", "warps", "int64_t", "0", "Warps per query tile (default 0: 16 rows each)">,
    Option<"stages", "stages", "int64_t", "2",
           "Slots per streamed operand, 1 or 2 (default 2: fetch a tile ahead)">,
    Option<"roles", "roles", "bool", "false",
           "Prepare loops of 8 or 12 warps for sattn-nv-specialize where widths are at most 128: "
           "products of warp groups (sm_90a), releases of tiles">,
    Option<"overlap", "overlap", "bool", "true",
           "With roles: start the product with a value tile together with the scores of the next "
           "tile, so that tensor cores compute while weights are computed (default true)">
  ];
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::gpu::GPUDialect", "::mlir::math::MathDialect",
    "::mlir::sattn_nv::SattnNVDialect",
    "::mlir::scf::SCFDialect", "::mlir::tensor::TensorDialect"
  ];
}

def ConvertSattnToThreadsPass : Pass<"convert-sattn-to-threads"> {
  let summary = "Lower level nests of single queries to linalg, a thread each (NVIDIA)";
  let description = [{
    The scalar kernel: exact and for every type, width and clause. Each iteration of a
    `scf.forall` over tiles of one query is the work of one thread. Tile ops become
    their reference lowering on tiles of one query, so both have one meaning; the
    state keeps its place from key to key.

    **Input**: `online_attention` and `finalize` in `scf.forall`, as
    `sattn-tile-attention` makes them with `query = 1`; other loops are left alone.
    **Requires**: nothing beyond the verifiers.
    **Output**: linalg, scf and tensor operations on tiles of static size, and a mapping
    to threads on the loop, which `sattn-nv-map-threads` reads. After bufferization
    nothing is allocated in a loop over keys but what has a static size.
    **Numerics**: as the reference lowering of the tile ops: accumulation in f32 (f64
    for f64), key by key.
    **Example**: test/Conversion/SattnToThreads/dense.mlir
  }];
  let dependentDialects = [
    "::mlir::affine::AffineDialect", "::mlir::arith::ArithDialect",
    "::mlir::bufferization::BufferizationDialect", "::mlir::gpu::GPUDialect",
    "::mlir::linalg::LinalgDialect", "::mlir::math::MathDialect", "::mlir::scf::SCFDialect",
    "::mlir::tensor::TensorDialect"
  ];
}

def ConvertSattnNVToNVVMPass : Pass<"convert-sattn-nv-to-nvvm", "::mlir::gpu::GPUModuleOp"> {
  let summary = "Lower fragments to their registers and NVVM (NVIDIA)";
  let description = [{
    A fragment becomes one value per register, a tile the offset of its first byte
    in shared memory, a memref a pointer with its dynamic sizes and strides.

    **Input**: a `gpu.module` with kernels as `sattn-nv-outline` makes them.
    **Requires**: an instruction set of sm_80 or later.
    **Output**: scf, arith, nvvm and llvm; no op of sattn_nv, math or memref. Nothing
    that a library (libdevice) would have to provide.
    **Numerics**: exp2, log2 and division of f32 by the `approx.ftz` instructions (PTX
    ISA: 2 ulp, 2^-22 absolute around 1 for lg2, 1 ulp); functions without an
    instruction and those of f64 by polynomials in f64, to a few ulp.
    **Example**: test/Conversion/SattnNVToNVVM/fragments.mlir
  }];
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::LLVM::LLVMDialect", "::mlir::math::MathDialect",
    "::mlir::NVVM::NVVMDialect", "::mlir::scf::SCFDialect"
  ];
}

#endif // SATTN_CONVERSION_PASSES_TD
