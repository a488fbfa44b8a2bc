//===- SattnAttrs.td - Attributes of the sattn dialect -*- tablegen -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef SATTN_DIALECT_SATTN_IR_SATTNATTRS_TD
#define SATTN_DIALECT_SATTN_IR_SATTNATTRS_TD

include "mlir/IR/AttrTypeBase.td"
include "mlir/IR/BuiltinAttributeInterfaces.td"
include "sattn/Dialect/Sattn/IR/SattnAttrInterfaces.td"
include "sattn/Dialect/Sattn/IR/SattnDialect.td"
include "sattn/Dialect/Sattn/IR/SattnEnums.td"

class Sattn_Attr<string name, string attrMnemonic, list<Trait> traits = []>
    : AttrDef<Sattn_Dialect, name, traits> {
  let mnemonic = attrMnemonic;
}

def Sattn_WindowAttr : Sattn_Attr<"Window", "window"> {
  let summary = "pairs with i - left <= j <= i + right, `*` for no bound";
  let description = [{
    Both numbers are inclusive: `<*, 0>` is causal, `<128, 0>` keeps the position
    itself and 128 before it, `<w, w>` is a band. Windows are closed under
    intersection.

    ```
          j ->           <2, 0>
      i   x . . . .
      |   x x . . .
      v   x x x . .
          . x x x .
          . . x x x
    ```
  }];
  let parameters = (ins "int64_t":$left, "int64_t":$right);
  let assemblyFormat = "`<` custom<Extent>($left) `,` custom<Extent>($right) `>`";
  let genVerifyDecl = 1;
  let extraClassDeclaration = [{
    /// The value that `*` is stored as.
    static constexpr int64_t kUnbounded = ::mlir::ShapedType::kDynamic;
    bool isLeftUnbounded() const { return getLeft() == kUnbounded; }
    bool isRightUnbounded() const { return getRight() == kUnbounded; }
    /// Positions that rows [i0, i1) may read and that all of them may read, as
    /// affine functions of d0 = i0 and d1 = i1; unbounded sides are null.
    ::mlir::sattn::KeyRange getKeyRange() const;
  }];
}

def Sattn_LevelsAttr : Sattn_Attr<"Levels", "levels", [
    DeclareAttrInterfaceMethods<Sattn_PositionStructureAttrInterface>]> {
  let summary = "Multi-Level Low Rank over positions: nested aligned blocks";
  let description = [{
    Level l is active for (i, j) iff i and j lie in the same aligned block of
    `blocks[l]` positions (MLR attention, Kuang et al. 2025, equation 9). Blocks
    are absolute sizes; each divides the one before, the leading one or ones are
    `*`, all positions. `scales[l]` multiplies the dot product of level l and
    `mean` divides the sum by the number of active levels.

    ```
      ranks = [r1, r2, r3], blocks = [*, 4, 2]      columns that (i, j) uses:
          3 3 2 2 1 1 1 1
          3 3 2 2 1 1 1 1       1 = r1
          2 2 3 3 1 1 1 1       2 = r1 + r2
          2 2 3 3 1 1 1 1       3 = r1 + r2 + r3
          1 1 1 1 3 3 2 2
          ...
    ```
  }];
  let parameters = (ins ArrayRefParameter<"int64_t">:$ranks, ArrayRefParameter<"int64_t">:$blocks,
                    "::mlir::DenseF64ArrayAttr":$scales, "bool":$mean);
  let hasCustomAssemblyFormat = 1;
  let genVerifyDecl = 1;
}

def Sattn_BandsAttr : Sattn_Attr<"Bands", "bands", [
    DeclareAttrInterfaceMethods<Sattn_PositionStructureAttrInterface>]> {
  let summary = "contraction depth by distance";
  let description = [{
    Level l is active for (i, j) iff abs(i - j) < `widths[l]`. A width is
    exclusive, unlike the numbers of a window. Widths do not grow and the first
    is `*`.
  }];
  let parameters = (ins ArrayRefParameter<"int64_t">:$ranks, ArrayRefParameter<"int64_t">:$widths,
                    "::mlir::DenseF64ArrayAttr":$scales, "bool":$mean);
  let hasCustomAssemblyFormat = 1;
  let genVerifyDecl = 1;
}

def Sattn_TilingAttr : Sattn_Attr<"Tiling", "tiling"> {
  let summary = "tile sizes and loop form that the tiling pass obeys";
  let description = [{
    Written by `sattn-select-tiling` or by hand. `query` and `key` are rows per
    tile; `levels` says whether segments of constant depth get a loop each or
    share one; `split` cuts the key axis into that many independent parts whose
    results are merged (1: none).
  }];
  let parameters = (ins "int64_t":$query, "int64_t":$key,
                    DefaultValuedParameter<"::mlir::sattn::LevelLoops", "::mlir::sattn::LevelLoops::Unrolled">:$levels,
                    DefaultValuedParameter<"int64_t", "1">:$split);
  let assemblyFormat = "`<` struct(params) `>`";
  let genVerifyDecl = 1;
}

//===----------------------------------------------------------------------===//
// Structured matrices
//===----------------------------------------------------------------------===//

class Sattn_MatrixAttr<string name, string attrMnemonic, list<string> overrides = []>
    : Sattn_Attr<name, attrMnemonic, [
        DeclareAttrInterfaceMethods<Sattn_StructuredMatrixAttrInterface, overrides>]> {
  let genVerifyDecl = 1;
}

def Sattn_LowRankAttr : Sattn_MatrixAttr<"LowRank", "low_rank"> {
  let summary = "M = left right^T, factors left m x rank, right n x rank";
  let parameters = (ins "int64_t":$rank);
  let assemblyFormat = "`<` struct(params) `>`";
}

def Sattn_BlockDiagonalAttr : Sattn_MatrixAttr<"BlockDiagonal", "block_diagonal"> {
  let summary = "M = direct sum of dense blocks, factor dense p x m/p x n/p";
  let parameters = (ins "int64_t":$blocks);
  let assemblyFormat = "`<` struct(params) `>`";
}

def Sattn_KroneckerAttr : Sattn_MatrixAttr<"Kronecker", "kronecker"> {
  let summary = "M[a b + b', c d + d'] = A[a, c] B[b', d'], factors A a x c, B b x d";
  let parameters = (ins ArrayRefParameter<"int64_t">:$query, ArrayRefParameter<"int64_t">:$key);
  let assemblyFormat = "`<` `query` `=` `[` $query `]` `,` `key` `=` `[` $key `]` `>`";
}

def Sattn_BttAttr : Sattn_MatrixAttr<"Btt", "btt"> {
  let summary = "Block Tensor-Train of rank s";
  let description = [{
    With query = [a, b], key = [c, d] (m = a b, n = c d) and rank s:
    M[al b + be, ga d + de] = sum_si left[be, al, ga s + si] right[ga, de, be s + si],
    factors left b x a x (c s), right c x d x (b s) (Kuang et al. 2025, equation 5).
  }];
  let parameters = (ins ArrayRefParameter<"int64_t">:$query, ArrayRefParameter<"int64_t">:$key, "int64_t":$rank);
  let assemblyFormat = "`<` `query` `=` `[` $query `]` `,` `key` `=` `[` $key `]` `,` `rank` `=` $rank `>`";
}

def Sattn_MonarchAttr : Sattn_MatrixAttr<"Monarch", "monarch"> {
  let summary = "Block Tensor-Train of rank 1";
  let parameters = (ins ArrayRefParameter<"int64_t">:$query, ArrayRefParameter<"int64_t">:$key);
  let assemblyFormat = "`<` `query` `=` `[` $query `]` `,` `key` `=` `[` $key `]` `>`";
}

def Sattn_MlrAttr : Sattn_MatrixAttr<"Mlr", "mlr", ["verifyFactors"]> {
  let summary = "Multi-Level Low Rank over features";
  let description = [{
    M = sum_l direct sum_k left_lk right_lk^T with blocks[l] = p_l blocks and rank
    r_l per block (Kuang et al. 2025, equation 6); each p_l divides the next.
    Factors: all lefts p_l x m/p_l x r_l, coarse to fine, then all rights
    p_l x n/p_l x r_l.
    Not to be confused with `#sattn.levels`, which is about positions.
  }];
  let parameters = (ins ArrayRefParameter<"int64_t">:$ranks, ArrayRefParameter<"int64_t">:$blocks);
  let assemblyFormat = "`<` `ranks` `=` `[` $ranks `]` `,` `blocks` `=` `[` $blocks `]` `>`";
}

def Sattn_MlbtcTermAttr : Sattn_Attr<"MlbtcTerm", "mlbtc_term"> {
  let summary = "one term of a member of the MLBTC family";
  let description = [{
    alpha (direct sum of left_k) (direct sum of right_k^T); a shuffled term puts the
    stride permutation of Block Tensor-Train between and outside the sums.
  }];
  let parameters = (ins "::mlir::FloatAttr":$alpha, ArrayRefParameter<"int64_t">:$left,
                    ArrayRefParameter<"int64_t">:$right, "bool":$shuffled);
  let hasCustomAssemblyFormat = 1;
  let genVerifyDecl = 1;
}

def Sattn_MlbtcAttr : Sattn_MatrixAttr<"Mlbtc", "mlbtc"> {
  let summary = "general member of the MLBTC family";
  let description = [{
    Sum of terms (Kuang et al. 2025, definition 3.1). Term
    {alpha = x, left = [p', m', r'], right = [p, n', r], shuffled} has factors left
    p' x m' x r' and right p x n' x r with p' r' = p r, p' m' = m, p n' = n. Plain
    terms have p = p' (and r = r'); a shuffled term is the formula of `btt` with b = p', a = m',
    c = p, d = n', c s = r', b s = r.
  }];
  let parameters = (ins ArrayRefParameter<"::mlir::sattn::MlbtcTermAttr">:$terms);
  let assemblyFormat = "`<` `[` custom<MlbtcTerms>($terms) `]` `>`";
}

#endif // SATTN_DIALECT_SATTN_IR_SATTNATTRS_TD
