//===- Passes.td - Passes that know nothing of the sattn dialect -*- tablegen -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef SATTN_TRANSFORMS_PASSES_TD
#define SATTN_TRANSFORMS_PASSES_TD

include "mlir/Pass/PassBase.td"

def SattnGuardPartialWritesPass : Pass<"sattn-guard-partial-writes"> {
  let summary = "Keep bufferization from taking a partial write for a whole one";
  let description = [{
    One-shot bufferization of MLIR 22.1 takes a `vector.transfer_write` at constant
    zero offsets for one that overwrites its whole tensor even if the vector has a
    lower rank or a mask. It then leaves out the copy that keeps the rest: results
    may hold uninitialised memory. The first offset of such a write becomes an
    `affine.apply` with the constant result 0, which bufferization does not fold.

    **Input**: anything; writes on tensors of static shape are changed.
    **Requires**: no folding (canonicalize, greedy patterns) between this pass and
    one-shot-bufferize.
    **Output**: no partial write at constant zero offsets.
    **Numerics**: bit-exact.
    **Example**: test/Transforms/guard-partial-writes/basic.mlir
  }];
  let dependentDialects = ["::mlir::affine::AffineDialect"];
  let statistics = [
    Statistic<"numGuarded", "num-guarded", "Writes whose offset was hidden">
  ];
}

def SattnLowerVectorsPass : Pass<"sattn-lower-vectors"> {
  let summary = "Lower vector transposes and transfers to shuffles and 1-D accesses";
  let description = [{
    **Input**: vector operations on memrefs.
    **Requires**: nothing.
    **Output**: no transpose of a vector, no transfer with a permutation; transposes
    of 8 x 8 blocks as AVX2 shuffles with `avx2`.
    **Numerics**: bit-exact.
    **Example**: test/Transforms/lower-vectors/transpose.mlir
  }];
  let options = [
    Option<"avx2", "avx2", "bool", "false", "Use AVX2 shuffles for 8 x 8 transposes (default false)">
  ];
  let dependentDialects = ["::mlir::LLVM::LLVMDialect", "::mlir::vector::VectorDialect",
                           "::mlir::x86vector::X86VectorDialect"];
}

def SattnSplitVectorsPass : Pass<"sattn-split-vectors"> {
  let summary = "Split vectors whose length is no power of two";
  let description = [{
    LLVM widens a vector of 12 elements to 16: four registers and shuffles. A row of
    a register tile that is three registers wide becomes three vectors of 4, in
    elementwise ops, accesses to memory, constants and what loops carry. Ops that
    cannot be split get the row put together again.

    **Input**: 1-D vectors on memrefs.
    **Requires**: nothing.
    **Output**: vectors of 2^k elements, the largest such number that divides the
    length; odd lengths stay.
    **Numerics**: bit-exact.
    **Example**: test/Transforms/split-vectors/basic.mlir
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::vector::VectorDialect"];
}

def SattnStreamStoresPass : Pass<"sattn-stream-stores"> {
  let summary = "Write large buffers around the caches of x86";
  let description = [{
    An `scf.for` with the attribute `sattn.stream` gets a copy whose stores are
    non-temporal. It runs where the buffer they write into has at least `min-bytes`
    bytes and is aligned, which is found out at run time: an ordinary store to memory
    that is in no cache reads the line first. Each thread then waits for its stores
    (`sfence`) where it leaves the parallel region or the function.

    **Input**: `vector.transfer_write` of one dimension on memrefs, in loops without
    results whose buffers are made outside of them. Other loops stay.
    **Requires**: x86; the loops write every vector of a cache line one after the other.
    **Output**: no loop with the attribute.
    **Numerics**: bit-exact.
    **Example**: test/Transforms/stream-stores/basic.mlir
  }];
  let options = [
    Option<"minBytes", "min-bytes", "int64_t", "0",
           "Smallest buffer that is streamed; 0 streams none (default 0)">
  ];
  let statistics = [
    Statistic<"numLoops", "num-loops", "Loops that got a streaming copy">
  ];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::LLVM::LLVMDialect",
                           "::mlir::memref::MemRefDialect", "::mlir::scf::SCFDialect",
                           "::mlir::vector::VectorDialect"];
}

def SattnThreadScratchPass : Pass<"sattn-thread-scratch"> {
  let summary = "Give each OpenMP thread one set of stack buffers";
  let description = [{
    Moves stack buffers of static size from the body of a worksharing loop to the
    start of its parallel region, so that a thread allocates once, and removes the
    scopes that freed them per iteration. Worksharing loops without a schedule get
    the dynamic one: iterations of attention (causal query tiles) are unequal.

    A buffer of a page or more becomes a view of one that is 512 bytes larger:
    buffers whole pages apart would compete for the same lines of the L1 cache.

    **Input**: `omp.parallel` regions as `convert-scf-to-openmp` makes them.
    **Requires**: iterations do not read a buffer before they write it (assumed;
    true for what bufferization allocates).
    **Output**: no stack buffer of static size inside a loop of a parallel region.
    **Numerics**: bit-exact.
    **Example**: test/Transforms/thread-scratch/basic.mlir
  }];
  let statistics = [
    Statistic<"numBuffers", "num-buffers", "Buffers moved out of loops">
  ];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::memref::MemRefDialect"];
}

def SattnAnnotateLoopsPass : Pass<"sattn-annotate-loops"> {
  let summary = "Hand annotations of loops to LLVM";
  let description = [{
    The conversion from scf to cf keeps `llvm.loop_annotation` on the branch to the
    head of the loop as a discardable attribute, which the translation to LLVM IR
    does not look at. It becomes the branch's own attribute.

    **Input**: `llvm.br` and `llvm.cond_br`.
    **Requires**: nothing.
    **Output**: no discardable `llvm.loop_annotation` on these.
    **Numerics**: bit-exact.
    **Example**: test/Transforms/annotate-loops/basic.mlir
  }];
  let statistics = [
    Statistic<"numLoops", "num-loops", "Loops annotated">
  ];
}

#endif // SATTN_TRANSFORMS_PASSES_TD
