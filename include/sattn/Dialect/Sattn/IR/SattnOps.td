//===- SattnOps.td - Operations of the sattn dialect -*- tablegen -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef SATTN_DIALECT_SATTN_IR_SATTNOPS_TD
#define SATTN_DIALECT_SATTN_IR_SATTNOPS_TD

include "mlir/Dialect/Linalg/IR/LinalgInterfaces.td"
include "mlir/Interfaces/DestinationStyleOpInterface.td"
include "mlir/Interfaces/InferTypeOpInterface.td"
include "mlir/Interfaces/SideEffectInterfaces.td"
include "mlir/Interfaces/TilingInterface.td"
include "sattn/Dialect/Sattn/IR/SattnAttrs.td"
include "sattn/Dialect/Sattn/IR/SattnDialect.td"
include "sattn/Dialect/Sattn/IR/SattnOpInterfaces.td"

class Sattn_Op<string opMnemonic, list<Trait> traits = []>
    : Op<Sattn_Dialect, opMnemonic, traits>;

def Sattn_FloatTensor : RankedTensorOf<[F16, BF16, F32, F64]>;
def Sattn_BoolTensor : RankedTensorOf<[I1]>;
def Sattn_IdTensor : RankedTensorOf<[AnySignlessInteger, Index]>;
def Sattn_Position : AnyTypeOf<[Index, RankedTensorOf<[Index]>], "index or 1-D tensor of index">;

class Sattn_DestinationOp<string opMnemonic, string destinations, list<Trait> traits = []>
    : Sattn_Op<opMnemonic, !listconcat(traits, [
        AttrSizedOperandSegments, DestinationStyleOpInterface,
        DeclareOpInterfaceMethods<AggregatedOpInterface, ["decomposeOperation"]>])> {
  let hasVerifier = 1;
  code baseDeclaration = "::mlir::MutableOperandRange getDpsInitsMutable() { return get" # destinations # "Mutable(); }\n";
}

//===----------------------------------------------------------------------===//
// attention
//===----------------------------------------------------------------------===//

def Sattn_AttentionOp : Sattn_DestinationOp<"attention", "Outs", [
    IsolatedFromAbove, RecursiveMemoryEffects, RecursivelySpeculatable,
    DeclareOpInterfaceMethods<ReifyRankedShapedTypeOpInterface, ["reifyResultShapes"]>,
    DeclareOpInterfaceMethods<TilingInterface, [
      "getLoopIteratorTypes", "getIterationDomain", "getTiledImplementation", "getResultTilePosition",
      "generateResultTileValue", "getIterationDomainTileFromResultTile"]>,
    DeclareOpInterfaceMethods<PartialReductionOpInterface, [
      "generateInitialTensorForPartialReduction", "tileToPartialReduction", "mergeReductions",
      "getPartialResultTilePosition"]>,
    Sattn_AttentionLikeOpInterface]> {
  let summary = "fused structured attention";
  let description = [{
    output[m, e] = sum_n weight(m, n) value[n, e] with weights from scores as the
    dialect's description says; no score tensor exists. The optional second
    destination receives the natural log-sum-exp of each row (f32, f64 for f64),
    scale and region included. Destinations are never read.

    There is one key operand, or one per level of `structure`; key l then has the
    columns of level l. That of a level `*` has all keys. That of a level with
    blocks of b is a cache of the one block that holds all queries: its row n is
    at position floor(query_offset / b) b + n, and the level is inactive for keys
    without a row in it.

    `dims` gives one label list per tensor (query, key, value, mask if any, score
    operands -> output) and is left out when canonical: shared leading axes, then
    m r / n r / n e / m n -> m e. A label that a tensor lacks is broadcast.
    Position operands are an index or one index per row of the first batch-like
    label of the output; segments may have that axis in front of m or n.

    Verification:
    C1 the ranks of `structure` sum to the query depth.
    C4 equal labels have equal extents.
    C5 two results only with a link that has a row normaliser.
    C6 `normalizer` is given iff the link is `exp`.
    C7 a window or structure that depends on positions has a `query_offset` if
       the static numbers of queries and keys differ.
    C8 the score region has one argument for the score, two for the positions and
       one per score operand; its ops are pure and scalar.
    C10 the depths r and e are static.
    C11 one key, or one per level.
    C14 `precision tf32` only with query, keys and value of f32.

    `precision tf32` lets a lowering round the operands of its matrix products
    (query, keys, weights, values) to tf32, f32 with 10 bits behind the leading one;
    sums stay f32. It is a permission and the only one: without it f32 is computed
    as f32 everywhere. NVIDIA tensor cores use it; the CPU has nothing to gain by it
    and computes as without.

    Example:
    ```mlir
    %o = sattn.attention query(%q : tensor<2x8x?x64xf32>) key(%k : tensor<2x8x?x64xf32>)
           value(%v : tensor<2x8x?x64xf32>) scale 0.125 window <*, 0>
           outs(%init : tensor<2x8x?x64xf32>) -> tensor<2x8x?x64xf32>
    ```
    Test: test/Dialect/Sattn/IR/examples.mlir
  }];
  let arguments = (ins Sattn_FloatTensor:$query, Variadic<Sattn_FloatTensor>:$keys, Sattn_FloatTensor:$value,
    Optional<Sattn_BoolTensor>:$mask, Optional<Sattn_IdTensor>:$query_segments, Optional<Sattn_IdTensor>:$key_segments,
    Optional<Sattn_Position>:$query_offset, Optional<Sattn_Position>:$key_offset, Optional<Sattn_Position>:$key_limit,
    Optional<Sattn_FloatTensor>:$normalizer, Variadic<AnyRankedTensor>:$score_operands, Variadic<Sattn_FloatTensor>:$outs,
    F64Attr:$scale, OptionalAttr<Sattn_PositionStructureAttrInterface>:$structure, OptionalAttr<Sattn_WindowAttr>:$window,
    DefaultValuedAttr<Sattn_LinkAttr, "::mlir::sattn::Link::Softmax">:$link,
    DefaultValuedAttr<Sattn_PrecisionAttr, "::mlir::sattn::Precision::Full">:$precision, OptionalAttr<Sattn_TilingAttr>:$tiling,
    AffineMapArrayAttr:$indexing_maps);
  let regions = (region SizedRegion<1>:$score);
  let hasRegionVerifier = 1;
  let results = (outs Variadic<Sattn_FloatTensor>:$results);
  let assemblyFormat = [{
    `query` `(` $query `:` type($query) `)` `key` `(` $keys `:` type($keys) `)` `value` `(` $value `:` type($value) `)`
    `scale` custom<Scale>($scale) (`precision` `` $precision^)? (`structure` $structure^)? (`window` $window^)?
    (`mask` `(` $mask^ `:` type($mask) `)`)?
    (`segments` `(` $query_segments^ `,` $key_segments `:` type($query_segments) `,` type($key_segments) `)`)?
    (`query_offset` `(` $query_offset^ `:` type($query_offset) `)`)?
    (`key_offset` `(` $key_offset^ `:` type($key_offset) `)`)?
    (`key_limit` `(` $key_limit^ `:` type($key_limit) `)`)?
    (`link` `` $link^)? (`normalizer` `(` $normalizer^ `:` type($normalizer) `)`)?
    `` custom<Score>($score, $score_operands, type($score_operands), ref(type($query)))
    (`tiling` $tiling^)? `outs` `(` $outs `:` type($outs) `)`
    `` custom<Dims>($indexing_maps, ref($mask), ref($score_operands), ref(type($query)), ref(type($outs))) attr-dict `->` type($results)
  }];
  let hasCanonicalizer = 1;
  let extraClassDeclaration = baseDeclaration # [{
    ::mlir::Value getOutput() { return getResults().front(); }
    /// Null where no log-sum-exp is asked for.
    ::mlir::Value getLse() { return getResults().size() == 2 ? getResults().back() : ::mlir::Value(); }
  }];
}

//===----------------------------------------------------------------------===//
// score
//===----------------------------------------------------------------------===//

def Sattn_ScoreOp : Sattn_DestinationOp<"score", "Outs", [
    IsolatedFromAbove, RecursiveMemoryEffects, RecursivelySpeculatable,
    DeclareOpInterfaceMethods<ReifyRankedShapedTypeOpInterface, ["reifyResultShapes"]>,
    DeclareOpInterfaceMethods<TilingInterface, [
      "getLoopIteratorTypes", "getIterationDomain", "getTiledImplementation", "getResultTilePosition",
      "generateResultTileValue", "getIterationDomainTileFromResultTile"]>,
    Sattn_AttentionLikeOpInterface]> {
  let summary = "the scoring function on its own: a materialised score matrix";
  let description = [{
    The scores that `attention` with the same clauses would use, for pictures,
    statistics, mixing heads or graphs that spell the steps out. Absent pairs are
    -inf, or 0 with `zero_absent`. score -> link -> product with a value is folded
    into `attention` by `sattn-fuse-attention`. Verified like `attention`.

    Example:
    ```mlir
    %s = sattn.score query(%q : tensor<8x64xf32>) key(%k : tensor<8x64xf32>) scale 0.125 window <*, 0>
           outs(%init : tensor<8x8xf32>) -> tensor<8x8xf32>
    ```
    Test: test/Dialect/Sattn/IR/examples.mlir
  }];
  let arguments = (ins Sattn_FloatTensor:$query, Variadic<Sattn_FloatTensor>:$keys,
    Optional<Sattn_BoolTensor>:$mask, Optional<Sattn_IdTensor>:$query_segments, Optional<Sattn_IdTensor>:$key_segments,
    Optional<Sattn_Position>:$query_offset, Optional<Sattn_Position>:$key_offset, Optional<Sattn_Position>:$key_limit,
    Variadic<AnyRankedTensor>:$score_operands, Variadic<Sattn_FloatTensor>:$outs,
    F64Attr:$scale, OptionalAttr<Sattn_PositionStructureAttrInterface>:$structure, OptionalAttr<Sattn_WindowAttr>:$window,
    UnitAttr:$zero_absent, AffineMapArrayAttr:$indexing_maps);
  let regions = (region SizedRegion<1>:$score);
  let hasRegionVerifier = 1;
  let results = (outs Variadic<Sattn_FloatTensor>:$results);
  let assemblyFormat = [{
    `query` `(` $query `:` type($query) `)` `key` `(` $keys `:` type($keys) `)`
    `scale` custom<Scale>($scale) (`structure` $structure^)? (`window` $window^)? (`mask` `(` $mask^ `:` type($mask) `)`)?
    (`segments` `(` $query_segments^ `,` $key_segments `:` type($query_segments) `,` type($key_segments) `)`)?
    (`query_offset` `(` $query_offset^ `:` type($query_offset) `)`)?
    (`key_offset` `(` $key_offset^ `:` type($key_offset) `)`)?
    (`key_limit` `(` $key_limit^ `:` type($key_limit) `)`)?
    `` custom<Score>($score, $score_operands, type($score_operands), ref(type($query)))
    (`zero_absent` $zero_absent^)? `outs` `(` $outs `:` type($outs) `)`
    `` custom<ScoreDims>($indexing_maps, ref($mask), ref($score_operands), ref(type($query)), ref(type($outs))) attr-dict `->` type($results)
  }];
  let hasCanonicalizer = 1;
  let extraClassDeclaration = baseDeclaration;
}

//===----------------------------------------------------------------------===//
// online_attention, finalize
//===----------------------------------------------------------------------===//

def Sattn_OnlineAttentionOp : Sattn_DestinationOp<"online_attention", "State", [
    IsolatedFromAbove, RecursiveMemoryEffects, RecursivelySpeculatable,
    DeclareOpInterfaceMethods<TilingInterface, [
      "getLoopIteratorTypes", "getIterationDomain", "getTiledImplementation", "getResultTilePosition"]>,
    Sattn_AttentionLikeOpInterface]> {
  let summary = "one tile step of attention: reads keys and values, updates a state";
  let description = [{
    The step of FlashAttention's loop on rank-2 tiles: query m x r, keys n x r (or
    several whose columns follow each other), value n x e. `scale` is an operand.
    The state is, by link: softmax (acc m x e, ref m, sum m), linear (acc, sum),
    argmax (acc, ref), else (acc). For softmax it *denotes* output = acc / sum and
    lse = ln 2 (ref + log2 sum); acc and sum are relative to 2^ref, and two states
    that denote the same pair are equal, so when to rescale is a lowering's
    choice. Initial state: acc 0, ref -inf, sum 0. Link `exp` means exp(score).
    Without clauses every pair exists: full tiles carry no structure, no window.
    `dims` says which of m, n each score operand has.

    C10 the depth e and the extents of m are static.
    C14 `precision tf32` only with query, keys and value of f32.

    Example:
    ```mlir
    %s:3 = sattn.online_attention query(%q : tensor<64x48xf32>) key(%k : tensor<?x48xf32>) value(%v : tensor<?x64xf32>)
             scale(%one : f32) state(%acc, %ref, %sum : tensor<64x64xf32>, tensor<64xf32>, tensor<64xf32>)
             -> tensor<64x64xf32>, tensor<64xf32>, tensor<64xf32>
    ```
    Test: test/Dialect/Sattn/IR/examples.mlir
  }];
  let arguments = (ins Sattn_FloatTensor:$query, Variadic<Sattn_FloatTensor>:$keys, Sattn_FloatTensor:$value, AnyFloat:$scale,
    Optional<Sattn_BoolTensor>:$mask, Optional<Sattn_IdTensor>:$query_segments, Optional<Sattn_IdTensor>:$key_segments,
    Optional<Index>:$query_offset, Optional<Index>:$key_offset, Optional<Index>:$key_limit,
    Variadic<AnyRankedTensor>:$score_operands, Variadic<Sattn_FloatTensor>:$state,
    OptionalAttr<Sattn_PositionStructureAttrInterface>:$structure, OptionalAttr<Sattn_WindowAttr>:$window,
    DefaultValuedAttr<Sattn_LinkAttr, "::mlir::sattn::Link::Softmax">:$link,
    DefaultValuedAttr<Sattn_PrecisionAttr, "::mlir::sattn::Precision::Full">:$precision, AffineMapArrayAttr:$score_maps);
  let regions = (region SizedRegion<1>:$score);
  let hasRegionVerifier = 1;
  let results = (outs Variadic<Sattn_FloatTensor>:$results);
  let assemblyFormat = [{
    `query` `(` $query `:` type($query) `)` `key` `(` $keys `:` type($keys) `)` `value` `(` $value `:` type($value) `)`
    `scale` `(` $scale `:` type($scale) `)` (`precision` `` $precision^)? (`structure` $structure^)? (`window` $window^)?
    (`mask` `(` $mask^ `:` type($mask) `)`)?
    (`segments` `(` $query_segments^ `,` $key_segments `:` type($query_segments) `,` type($key_segments) `)`)?
    (`query_offset` `(` $query_offset^ `:` type($query_offset) `)`)?
    (`key_offset` `(` $key_offset^ `:` type($key_offset) `)`)?
    (`key_limit` `(` $key_limit^ `:` type($key_limit) `)`)?
    (`link` `` $link^)?
    `` custom<Score>($score, $score_operands, type($score_operands), ref(type($query)))
    `state` `(` $state `:` type($state) `)` `` custom<TileDims>($score_maps, ref($score_operands)) attr-dict `->` type($results)
  }];
  let hasCanonicalizer = 1;
  let extraClassDeclaration = baseDeclaration # [{
    ::mlir::Value getAcc() { return getState().front(); }
  }];
}

def Sattn_FinalizeOp : Sattn_DestinationOp<"finalize", "Outs", [Pure]> {
  let summary = "turn the state of online_attention into output and log-sum-exp";
  let description = [{
    The only place that divides and the only place that defines a row without
    pairs (output 0, lse -inf). The destinations may have fewer rows than the
    state: the first rows are taken. A second destination receives the natural
    log-sum-exp, for links with a row normaliser.

    Example:
    ```mlir
    %o = sattn.finalize state(%acc, %ref, %sum : tensor<64x64xf32>, tensor<64xf32>, tensor<64xf32>)
           outs(%init : tensor<?x64xbf16>) -> tensor<?x64xbf16>
    ```
    Test: test/Dialect/Sattn/IR/examples.mlir
  }];
  let arguments = (ins Variadic<Sattn_FloatTensor>:$state, Variadic<Sattn_FloatTensor>:$outs,
    DefaultValuedAttr<Sattn_LinkAttr, "::mlir::sattn::Link::Softmax">:$link);
  let results = (outs Variadic<Sattn_FloatTensor>:$results);
  let assemblyFormat = [{
    `state` `(` $state `:` type($state) `)` (`link` `` $link^)? `outs` `(` $outs `:` type($outs) `)` attr-dict `->` type($results)
  }];
  let hasCanonicalizer = 1;
  let extraClassDeclaration = baseDeclaration;
}

//===----------------------------------------------------------------------===//
// merge
//===----------------------------------------------------------------------===//

def Sattn_MergeOp : Sattn_Op<"merge", [Pure, SameVariadicOperandSize,
    DeclareOpInterfaceMethods<ReifyRankedShapedTypeOpInterface, ["reifyResultShapes"]>,
    DeclareOpInterfaceMethods<AggregatedOpInterface, ["decomposeOperation"]>]> {
  let summary = "one normaliser over several (output, log-sum-exp) pairs";
  let description = [{
    output = sum_p exp(lse_p - lse) output_p, lse = log sum_p exp(lse_p): attention
    over the union of the parts' keys. The parts are separate operands, or the one
    pair has a leading axis that the results lack. A part with lse -inf contributes
    nothing, whatever its output; rows in which every part is -inf give output 0
    and lse -inf. Each lse lacks the last axis of its output. Sums are in f32 (f64
    for f64) whatever the types.

    C13 the parts have the types of the results, or the one pair a leading axis more.

    Example:
    ```mlir
    %o, %l = sattn.merge outputs(%a, %b : tensor<8x64xf32>, tensor<8x64xf32>)
               lse(%la, %lb : tensor<8xf32>, tensor<8xf32>) -> tensor<8x64xf32>, tensor<8xf32>
    ```
    Test: test/Dialect/Sattn/IR/examples.mlir
  }];
  let arguments = (ins Variadic<Sattn_FloatTensor>:$outputs, Variadic<Sattn_FloatTensor>:$lses);
  let results = (outs Sattn_FloatTensor:$output, Sattn_FloatTensor:$lse);
  let assemblyFormat = [{
    `outputs` `(` $outputs `:` type($outputs) `)` `lse` `(` $lses `:` type($lses) `)` attr-dict `->` type($output) `,` type($lse)
  }];
  let hasVerifier = 1;
  let hasCanonicalizer = 1;
  let extraClassDeclaration = [{
    /// True if the parts are the leading axis of one pair.
    bool hasLeadingAxis();
  }];
}

//===----------------------------------------------------------------------===//
// project, norm
//===----------------------------------------------------------------------===//

def Sattn_ProjectOp : Sattn_Op<"project", [Pure,
    DeclareOpInterfaceMethods<ReifyRankedShapedTypeOpInterface, ["reifyResultShapes"]>,
    DeclareOpInterfaceMethods<AggregatedOpInterface, ["decomposeOperation"]>]> {
  let summary = "apply a structured matrix to token features";
  let description = [{
    The last axis of the input holds the features. `part full` gives M x (n -> m
    features), `transposed` M^T x (m -> n), `query` and `key` the features of the
    left and right factors, so that <query(x), key(y)> = x^T M y. Factors may have
    a leading head axis. If one that `part` reads has it, the result has that axis
    in front of the input's last two axes (rows, features), and an input that has
    as many axes as such a result is projected head by head.

    Order of the features of `query` and `key`: term after term (for `mlr`: level
    after level); column rho p + k belongs to column rho of block k of p (`low_rank`:
    column rho). For `btt` and other shuffled terms column (beta c + gamma) s + sigma
    in the names of `#sattn.btt`. Factors alpha of terms are on the query side.

    Input and factors have one element type. The result may have another; sums
    are in f32 (f64 for f64) whatever the types.

    C9 the factors have the shapes that the structure asks for.

    Example:
    ```mlir
    %y = sattn.project %x by #sattn.btt<query = [8, 32], key = [8, 32], rank = 1>(%l, %r : tensor<8x32x8x8xf32>, tensor<8x8x32x32xf32>)
           : tensor<64x?x256xf32> -> tensor<64x8x?x256xf32>
    ```
    Test: test/Dialect/Sattn/IR/examples.mlir
  }];
  let arguments = (ins Sattn_FloatTensor:$input, Variadic<Sattn_FloatTensor>:$factors,
    Sattn_StructuredMatrixAttrInterface:$structure, DefaultValuedAttr<Sattn_PartAttr, "::mlir::sattn::Part::Full">:$part);
  let results = (outs Sattn_FloatTensor:$result);
  let assemblyFormat = [{
    $input `by` $structure `(` $factors `:` type($factors) `)` (`part` `` $part^)? attr-dict `:` type($input) `->` type($result)
  }];
  let hasVerifier = 1;
  let extraClassDeclaration = [{
    /// Rows and columns of the matrix, rows on the query side.
    ::std::pair<int64_t, int64_t> getMatrixShape();
    /// A factor with a head axis among those that `part` reads; null if none.
    ::mlir::Value getFactorWithHeads();
    /// True if the input has a head axis, too.
    bool isHeadwise();
  }];
}

def Sattn_NormOp : Sattn_Op<"norm", [Pure, AttrSizedOperandSegments, AllTypesMatch<["input", "result"]>,
    DeclareOpInterfaceMethods<ReifyRankedShapedTypeOpInterface, ["reifyResultShapes"]>,
    DeclareOpInterfaceMethods<AggregatedOpInterface, ["decomposeOperation"]>]> {
  let summary = "layer or RMS normalisation over the last axis";
  let description = [{
    `layer`: gain (x - mean) / sqrt(variance + epsilon) + bias with the biased
    variance; `rms`: gain x / sqrt(mean(x^2) + epsilon) + bias. `segments` are
    widths along the last axis, each normalised alone; gain and bias run over all.
    Statistics and result are computed in f32 (f64 for f64) and rounded once.

    C12 the segments sum to the last extent; gain and bias have that extent.

    Example:
    ```mlir
    %y = sattn.norm layer %x gain(%g : tensor<24xf32>) segments [8, 16] : tensor<4x?x24xf32>
    ```
    Test: test/Dialect/Sattn/IR/examples.mlir
  }];
  let arguments = (ins Sattn_FloatTensor:$input, Optional<Sattn_FloatTensor>:$gain, Optional<Sattn_FloatTensor>:$bias,
    Sattn_NormKindAttr:$kind, DefaultValuedAttr<F64Attr, "1.0e-5">:$epsilon, OptionalAttr<DenseI64ArrayAttr>:$segments);
  let results = (outs Sattn_FloatTensor:$result);
  let assemblyFormat = [{
    `` $kind $input (`gain` `(` $gain^ `:` type($gain) `)`)? (`bias` `(` $bias^ `:` type($bias) `)`)?
    (`epsilon` custom<Scale>($epsilon)^)? (`segments` $segments^)? attr-dict `:` type($input)
  }];
  let hasVerifier = 1;
  let extraClassDeclaration = [{
    /// IR for the mean (null for `rms`) and the divisor sqrt(... + epsilon) of each
    /// row, for an op with at most one segment.
    ::std::pair<::mlir::Value, ::mlir::Value> buildStatistics(::mlir::OpBuilder &builder);
  }];
}

def Sattn_YieldOp : Sattn_Op<"yield", [Pure, Terminator,
    ParentOneOf<["AttentionOp", "ScoreOp", "OnlineAttentionOp"]>]> {
  let summary = "results of a score region: the score and, if given, whether to keep the pair";
  let description = [{
    Example:
    ```mlir
    %s = sattn.score query(%q : tensor<8x64xf32>) key(%k : tensor<8x64xf32>) scale 0.125
           score(%bias : tensor<8xf32>) {
           ^bb0(%score: f32, %i: index, %j: index, %b: f32):
             %biased = arith.addf %score, %b : f32
             %keep = arith.cmpi ule, %j, %i : index
             sattn.yield %biased, %keep : f32, i1
           } outs(%init : tensor<8x8xf32>) dims(m r, n r, n -> m n) -> tensor<8x8xf32>
    ```
    Test: test/Dialect/Sattn/IR/examples.mlir
  }];
  let arguments = (ins Variadic<AnyType>:$operands);
  let assemblyFormat = "$operands attr-dict `:` type($operands)";
  let hasCanonicalizer = 1;
}

#endif // SATTN_DIALECT_SATTN_IR_SATTNOPS_TD
