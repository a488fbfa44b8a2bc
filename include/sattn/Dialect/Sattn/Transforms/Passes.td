//===- Passes.td - Passes on the sattn dialect -*- tablegen -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef SATTN_DIALECT_SATTN_TRANSFORMS_PASSES_TD
#define SATTN_DIALECT_SATTN_TRANSFORMS_PASSES_TD

include "mlir/Pass/PassBase.td"

def SattnDecomposeAggregatedPass : Pass<"sattn-decompose-aggregated"> {
  let summary = "Replace every aggregated op by its reference lowering";
  let description = [{
    The meaning of the dialect: plain linalg, arith and math on tensors, no
    tiling, no tricks, as close to the formulas as linalg allows. Score tensors
    are materialised. Aggregated ops of linalg (softmax) are replaced as well.

    **Input**: any IR with sattn ops on tensors.
    **Requires**: nothing beyond the verifiers (checked by them); masks with a
    sparse encoding are diagnosed.
    **Output**: no op of the dialect is left, or none of those in `ops`.
    **Numerics**: accumulation in f32 (f64 for f64 inputs), sums in index order.
    **Example**: test/Dialect/Sattn/Transforms/decompose-aggregated/attention.mlir
  }];
  let options = [
    ListOption<"ops", "ops", "std::string",
               "Names of the ops to replace, like sattn.online_attention (default: all)">
  ];
}

def SattnExpandStridedCopiesPass : Pass<"sattn-expand-strided-copies"> {
  let summary = "Replace copies that are not contiguous by linalg.copy";
  let description = [{
    Upstream lowers such a copy to a call of MLIR's runner library that moves one
    element at a time; linalg.copy becomes loops.

    **Input**: bufferized IR.
    **Requires**: nothing.
    **Output**: a memref.copy has identity layouts on both sides.
    **Numerics**: bit-exact.
    **Example**: test/Dialect/Sattn/Transforms/expand-strided-copies/expand-strided-copies.mlir
  }];
  let dependentDialects = ["::mlir::linalg::LinalgDialect"];
}

def SattnFuseAttentionPass : Pass<"sattn-fuse-attention"> {
  let summary = "Fold score, link and product with a value into attention";
  let description = [{
    A graph that spells the steps out (`sattn.score`, a softmax or another link,
    a contraction with the value) becomes one `sattn.attention` with the clauses
    of the score. Links: softmax in any form (`linalg.softmax`, exponential over
    row sum), linear (scores over their row sum), sigmoid and identity. The axes
    of the product may be reshaped and transposed; its result keeps its layout.

    A `sattn.score` that stays gets a remark with the reason.

    **Input**: `sattn.score`, linalg on tensors.
    **Requires**: nothing.
    **Output**: `sattn.attention` where it fits; no other op changes.
    **Numerics**: scores are not rounded to the type of their matrix. Rows without
    keys become 0 (a softmax over -inf alone is NaN).
    **Example**: test/Dialect/Sattn/Transforms/fuse-attention/links.mlir
  }];
  let statistics = [Statistic<"numFused", "num-fused", "Scores fused">];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::tensor::TensorDialect"];
}

def SattnRaiseAttentionPass : Pass<"sattn-raise-attention"> {
  let summary = "Recognise softmax(Q K^T) V written in linalg on tensors";
  let description = [{
    Front ends print attention as a product, elementwise ops, reductions and
    another product. This pass reads the elements of the result as expressions
    (through broadcasts, transposes, reshapes and slices) and replaces what is a
    softmax over the key axis by `sattn.attention`. Constant factors around the
    first product become `scale`, proven bounds on the distance of two positions
    become `window`, other masks `mask` or the second result of the score region,
    and everything else between the product and the softmax the score region.
    Repeated key heads, transposed keys and split or merged heads become `dims`.

    Where a contraction looks like the last step of attention but is not raised,
    a remark on it names the reason and nothing changes.

    **Input**: linalg on tensors.
    **Requires**: nothing; works best before bufferization and before fusion.
    **Output**: `sattn.attention`, reshapes and what was not raised.
    **Numerics**: rounding to narrower float types between the two products and
    the order of divisions is not kept. Rows without keys become 0 (the program
    may have had NaN). Scores below -1e4 by a mask count as no weight. A mask
    with a finite score stays part of the score, and its empty rows the mean of
    the values, unless each row keeps a key, the program sets such rows to 0 or
    `assume-live-rows` is given.
    **Example**: test/Dialect/Sattn/Transforms/raise-attention/torch-sdpa-causal.mlir
  }];
  let options = [
    Option<"assumeLiveRows", "assume-live-rows", "bool", /*default=*/"false",
           "promise that each query row keeps a key, so that masks with a finite score are masks">,
    Option<"assumeNoBroadcast", "assume-no-broadcast", "bool", /*default=*/"false",
           "promise that dynamic extents do not decide about a broadcast at run time (extent == 1 ? 0 : i)">
  ];
  let statistics = [Statistic<"numRaised", "num-raised", "Attentions raised">];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::sattn::SattnDialect", "::mlir::tensor::TensorDialect"];
}

def SattnFoldNormPass : Pass<"sattn-fold-norm"> {
  let summary = "Fold a norm of the keys into the score region";
  let description = [{
    <x, norm(z)> = (<gain x, z> - mean <gain, x>) / sigma + <bias, x>: the score of
    the raw keys z and statistics of the rows decide. The keys of an attention are
    then z itself, and if z is a projection, `sattn-reassociate` may move its matrix
    to the queries, so that the heads share the tokens as keys (the cache of a
    bilinear attention is the tokens and two numbers per token and head).

    **Input**: `attention` whose key is the result of `norm`.
    **Requires**: no structure clause, at most one segment, the norm over the depth,
    f32 or f64; else a remark says why the norm stays.
    **Output**: the attention reads z; its region has the statistics as operands,
    which ordinary linalg computes.
    **Numerics**: reassociates; where the mean of a key row is much larger than its
    deviation, digits cancel that the norm would keep.
    **Example**: test/Dialect/Sattn/Transforms/fold-norm/basic.mlir
  }];
  let options = [
    Option<"whenCheaper", "when-cheaper", "bool", "false",
           "Fold only where few queries make pairs cheaper than keys (default false)">,
    Option<"assumeExtent", "assume-extent", "int64_t", "1024",
           "What a dynamic extent is taken for (default 1024)">
  ];
  let statistics = [
    Statistic<"numFolded", "num-folded", "Norms folded into a score region">
  ];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::linalg::LinalgDialect",
                           "::mlir::math::MathDialect", "::mlir::tensor::TensorDialect"];
}

def SattnLinearizeAttentionPass : Pass<"sattn-linearize-attention"> {
  let summary = "Compute Q (K^T V) instead of (Q K^T) V where the link allows it";
  let description = [{
    With the links `identity` and `linear` the output is linear in the scores, so
    (Q K^T) V is Q (K^T V): time proportional to the number of tokens. Causal
    attention is cut into chunks: each reads the sum of K^T V over the chunks before
    it and scores only its own pairs. With levels over positions there is one such
    sum for each block of each level whose blocks are longer than a chunk; finer
    levels are scored inside a chunk. `mean` becomes factors of the columns of each
    sum. An attention is rewritten where the estimated FLOPs are fewer.

    **Input**: `attention` with link `identity` or `linear`.
    **Requires**: one key, no tiling given by hand, no window but the causal one, no
    mask, segments, key limit or score region, positions from 0 on, no log-sum-exp,
    levels of aligned blocks; others are left alone.
    **Output**: per level a `scf.forall` that sums K^T V, then one over chunks of
    queries with `online_attention` on the chunk's own pairs, and `finalize`.
    **Numerics**: reassociates. NaN and Inf reach the rows that they reach without
    it, but an infinite value or key may arrive as NaN, because terms of both signs
    meet in K^T V before the query weighs them.
    **Example**: test/Dialect/Sattn/Transforms/linearize-attention/causal.mlir
  }];
  let options = [
    Option<"assumeExtent", "assume-extent", "int64_t", "1024",
           "What a dynamic extent is taken for (default 1024)">,
    Option<"chunk", "chunk", "int64_t", "128", "Most rows of a chunk (default 128)">,
    Option<"force", "force", "bool", "false",
           "Rewrite whatever can be, whatever it costs (default false)">,
    Option<"report", "report", "bool", "false",
           "Emit a remark with the FLOPs of both orders, or why one is out (default false)">
  ];
  let statistics = [
    Statistic<"numLinearized", "num-linearized", "Attentions made linear">
  ];
  let dependentDialects = [
    "::mlir::affine::AffineDialect", "::mlir::arith::ArithDialect", "::mlir::linalg::LinalgDialect",
    "::mlir::math::MathDialect", "::mlir::scf::SCFDialect", "::mlir::tensor::TensorDialect"
  ];
}

def SattnLowerTokenOpsPass : Pass<"sattn-lower-token-ops"> {
  let summary = "Lower project, norm and merge to linalg with little traffic";
  let description = [{
    As `sattn-decompose-aggregated` for these three ops, in a form that reads and
    writes less: elementwise producers are part of their consumers (casts), a
    function of a row stays a tensor of rows.

    **Input**: any IR with `project`, `norm` and `merge`.
    **Requires**: nothing beyond the verifiers.
    **Output**: linalg on tensors instead of these ops; other sattn ops stay.
    **Numerics**: as the reference lowering, bit by bit.
    **Example**: test/Dialect/Sattn/Transforms/lower-token-ops/fusion.mlir
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect", "::mlir::linalg::LinalgDialect",
                           "::mlir::math::MathDialect", "::mlir::tensor::TensorDialect"];
}

def SattnReassociatePass : Pass<"sattn-reassociate"> {
  let summary = "Apply a structured matrix to keys, queries or both halves";
  let description = [{
    The scores x^T M y of an attention have three forms: attention(x, M y),
    attention(M^T x, y) and attention of the features that the left and right
    factors give. Whichever is found is rewritten to the one with the lowest
    FLOPs + `flops-per-byte` * bytes, counted for projections, scores and the
    operands of both. A projection that has other users is counted in every form.

    **Input**: `attention` whose query or key, or both, are results of `project`.
    **Requires**: no structure clause, one key, features on the last axis, heads of
    the factors in front of the last two axes (others are left alone).
    **Output**: the same attention on other operands; no result type changes.
    **Numerics**: reassociates: sums over features in another order.
    **Example**: test/Dialect/Sattn/Transforms/reassociate/forms.mlir
  }];
  let options = [
    Option<"flopsPerByte", "flops-per-byte", "double", "8.0",
           "FLOPs that take as long as reading or writing a byte (default 8)">,
    Option<"assumeExtent", "assume-extent", "int64_t", "1024",
           "What a dynamic extent is taken for (default 1024)">,
    Option<"report", "report", "bool", "false",
           "Emit a remark with the cost of each form (default false)">
  ];
  let statistics = [
    Statistic<"numReassociated", "num-reassociated", "Attentions brought into another form">
  ];
}

def SattnStackHeadsPass : Pass<"sattn-stack-heads"> {
  let summary = "Make heads that share keys the queries of one head";
  let description = [{
    Where every head has one query and a label of heads is in neither key nor value
    (grouped heads while decoding), that label and m change places: the heads become
    the queries of a tile, which reads keys and values once for all of them. A window
    becomes a `key_limit`. A number of heads that is not known counts as small: the op
    gets the attribute `sattn.few_queries`, which `sattn-select-tiling` looks at.

    **Input**: `sattn.attention` without `#sattn.tiling`.
    **Requires**: at most 8 queries, a number that is known (others are left alone);
    one query and nothing that needs its position: structure, segments, score region,
    window bounded on the left or with a tensor of positions (else a remark).
    **Output**: the same op with other `indexing_maps`.
    **Numerics**: bit-exact.
    **Example**: test/Dialect/Sattn/Transforms/stack-heads/decode.mlir
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect"];
  let statistics = [Statistic<"numStacked", "num-stacked", "Attentions whose heads became queries">];
}

def SattnSelectTilingPass : Pass<"sattn-select-tiling"> {
  let summary = "Decide the tile sizes of attention for a target";
  let description = [{
    Writes `#sattn.tiling` on every attention that lacks it. Query tile: whole
    panels (one row of the target's register tile each), as many as amortise
    packing, fewer where the queries are few, where threads would idle or where
    the working set would leave the L2 cache; of near sizes the one on whose rows
    most levels agree. Key tile: whole register tiles. `rolled` where there are more than
    two segments. `split` where there are fewer query tiles than threads and
    many keys.

    For an NVIDIA chip: the first row of its table of tiles for the widths that fits
    registers and shared memory (`sattn/Target/NVBudget.h` estimates both), one loop per
    segment. What tensor cores do not take (f32 and f64, odd widths, argmax, ...) gets
    `<query = 1, key = 1>`, the scalar kernel with a query per thread, and a remark
    with the reason. `split` where one tile of queries per head leaves processors idle.

    **Input**: `sattn.attention`.
    **Requires**: a known target; on NVIDIA sizes given as options that fit (both
    diagnosed).
    **Output**: the same ops with `#sattn.tiling`; given ones are kept, but on NVIDIA
    those that no kernel has (a remark).
    **Numerics**: none.
    **Example**: test/Dialect/Sattn/Transforms/select-tiling/targets.mlir
  }];
  let options = [
    Option<"target", "target", "std::string", "\"native\"",
           "Target as name[,key=value...]: native, x86-64-v3, x86-64-v4, aarch64, sm_80, ...; keys vector-bits, "
           "vector-registers, tile-rows, tile-vectors, l1-bytes, l2-bytes, threads, fmas-per-cycle, memory-bytes-per-cycle">,
    Option<"query", "query", "int64_t", "0", "Rows of a query tile (0: select)">,
    Option<"key", "key", "int64_t", "0", "Rows of a key tile (0: select)">,
    Option<"levels", "levels", "std::string", "\"\"", "unrolled or rolled (empty: select)">,
    Option<"split", "split", "int64_t", "0", "Parts of the key axis (0: select)">
  ];
}

def SattnTileAttentionPass : Pass<"sattn-tile-attention"> {
  let summary = "Turn attention into the level nest";
  let description = [{
    From level 2 to level 3. The key axis of every query tile is cut into
    segments of constant contraction depth (`computeSegments`); full tiles carry
    no clause, only mixed and edge tiles carry `structure` and `window`. Depth is
    the extent of a slice; scales are multiplied into the query tile once.

    **Input**: `sattn.attention` with `#sattn.tiling`; attention without it is
    left alone.
    **Requires**: a dense mask (diagnosed). With one key per level, the key of a
    finer level ends no later than that of a coarser one, and with `mean` no key of
    a level that only some rows of a query tile share is cut short (assumed). Parts
    of a split key axis are merged, which links `linear` and `argmax` do not allow
    (a remark, no split).
    **Output**: `scf.forall` over (batch-like axes of the output in order, query
    tiles); in it rank-2 slices, `scf.for` over key tiles with the state carried,
    `sattn.online_attention`, `sattn.finalize`. The query tile has exactly the
    tile's rows, padded with zeros where the sizes do not prove that all exist; a
    key tile has as many rows as exist. With `edges-first`, tiles that need checks
    come before those that do not: the state is still empty then.
    **Numerics**: sums are taken tile by tile; the scale is applied to the query
    instead of the score.
    **Example**: test/Dialect/Sattn/Transforms/tile-attention/segments.mlir
  }];
  let options = [
    Option<"edgesFirst", "edges-first", "bool", "false",
           "Mixed and edge tiles come first, but with link argmax (default: keys in order)">
  ];
  let dependentDialects = [
    "::mlir::affine::AffineDialect", "::mlir::arith::ArithDialect", "::mlir::linalg::LinalgDialect",
    "::mlir::scf::SCFDialect", "::mlir::tensor::TensorDialect"
  ];
}

def SattnPeelKeyLoopsPass : Pass<"sattn-peel-key-loops"> {
  let summary = "Loop over whole key tiles first, then over the rest";
  let description = [{
    A loop whose last key tile may be smaller becomes two: one over tiles of static
    size, one of at most one iteration. Only loops whose tile op checks nothing else
    (no window, mask, structure): a target that masks what a tile lacks does so
    outside the main loop then.

    **Input**: the level nest of `sattn-tile-attention`.
    **Requires**: nothing; other loops are left alone.
    **Output**: the same ops; key and value tiles of the first loop are static.
    **Numerics**: bit-exact.
    **Example**: test/Dialect/Sattn/Transforms/peel-key-loops/basic.mlir
  }];
  let dependentDialects = [
    "::mlir::affine::AffineDialect", "::mlir::arith::ArithDialect", "::mlir::scf::SCFDialect",
    "::mlir::tensor::TensorDialect"
  ];
}

def SattnExportEntriesPass : Pass<"sattn-export-entries", "::mlir::ModuleOp"> {
  let summary = "Give public functions on tensors a callable signature";
  let description = [{
    Turns each public function on tensors and scalars into one on buffers of its
    caller: first the inputs, tensors as memrefs with the identity layout, then
    one memref per result (of rank 0 for a scalar result). Inputs are read through
    `bufferization.to_tensor restrict`, results are written by
    `bufferization.materialize_in_destination`, so that bufferization reads inputs
    where they lie, never writes them, and computes results in place.

    A destination (`outs`) that its op never reads and that is an argument of the
    function becomes a `tensor.empty` of its shape; the argument stays in the
    signature. For each function @f a private function @f_shapes is added that
    computes the extents of all results, in order, from the dynamic extents of the
    tensor arguments and from the scalar arguments, and reads no data. @f carries

    - `sattn.entry`: its type as it was written,
    - `sattn.shapes`: the symbol of @f_shapes,
    - `sattn.extents`: one affine map per argument whose results are its extents;
      extents that the body needs equal share a symbol, extents that it needs to
      be a number are that number.

    Callers inside the module keep calling a private copy of the body.

    **Input**: functions on ranked tensors, integers, floats and index.
    **Requires**: argument and result types as above and extents of results that
    do not depend on data (each diagnosed).
    **Output**: the same public functions, on memrefs, without results. Functions
    that are exported already are left alone.
    **Numerics**: bit-exact.
    **Example**: test/Dialect/Sattn/Transforms/export-entries/basic.mlir
  }];
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::bufferization::BufferizationDialect",
    "::mlir::func::FuncDialect", "::mlir::memref::MemRefDialect",
    "::mlir::tensor::TensorDialect"
  ];
}

#endif // SATTN_DIALECT_SATTN_TRANSFORMS_PASSES_TD
