//===- SattnAttrInterfaces.td - Structure attribute interfaces -*- tablegen -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef SATTN_DIALECT_SATTN_IR_SATTNATTRINTERFACES_TD
#define SATTN_DIALECT_SATTN_IR_SATTNATTRINTERFACES_TD

include "mlir/IR/AttrTypeBase.td"
include "mlir/IR/OpBase.td"

def Sattn_PositionStructureAttrInterface
    : AttrInterface<"PositionStructureAttrInterface"> {
  let cppNamespace = "::mlir::sattn";
  let description = [{
    Says how many leading columns of query and key a pair of positions uses. The
    columns are split into levels, coarse to fine; level l is active for (i, j)
    only if all coarser ones are, so the active columns are a prefix. A new
    structure is one new attribute with this interface; no pass looks at names.
  }];
  let methods = [
    InterfaceMethod<"Columns of each level, coarse to fine.",
      "::llvm::ArrayRef<int64_t>", "getRanks">,
    InterfaceMethod<"Factor of the dot product of level `level` (1 when none is given).",
      "double", "getScale", (ins "unsigned":$level)>,
    InterfaceMethod<"True if the sum over levels is divided by the number of active ones.",
      "bool", "isMean">,
    InterfaceMethod<[{True if `level` is active for every pair of positions.}],
      "bool", "isUnbounded", (ins "unsigned":$level)>,
    InterfaceMethod<[{
      Positions j for which `level` is active together with rows in [i0, i1), as
      affine functions of d0 = i0 and d1 = i1, see `KeyRange`. Only for levels
      that are not unbounded. The relation is symmetric, so the same function
      gives the rows for a range of keys.}],
      "::mlir::sattn::KeyRange", "getKeyRange", (ins "unsigned":$level, "::mlir::MLIRContext *":$context)>,
    InterfaceMethod<[{
      True if, for every i0 that is a multiple of `rows`, the rows
      [i0, i0 + rows) agree on `level` for every key.}],
      "bool", "isUniformFor", (ins "unsigned":$level, "int64_t":$rows)>,
    InterfaceMethod<[{
      IR for "is `level` active for positions i and j": an i1. `i` and `j` are of
      type index or vectors of index of one shape. Only for levels that are not
      unbounded.}],
      "::mlir::Value", "buildIsActive",
      (ins "unsigned":$level, "::mlir::OpBuilder &":$builder, "::mlir::Location":$loc,
           "::mlir::Value":$i, "::mlir::Value":$j)>,
    InterfaceMethod<[{
      What is left to decide where the first `known` levels are active for every
      pair: the same ranks, the known levels unbounded, all scales 1 (they are
      folded into the query), `mean` kept.}],
      "::mlir::sattn::PositionStructureAttrInterface", "getResidual", (ins "unsigned":$known)>
  ];
  let extraClassDeclaration = [{
    unsigned getNumLevels() const { return getRanks().size(); }
    /// Number of columns that the first `depth` levels have together.
    int64_t getPrefixRank(unsigned depth) const {
      int64_t sum = 0;
      for (int64_t rank : getRanks().take_front(depth))
        sum += rank;
      return sum;
    }
    /// Factor of the sum over the first `depth` levels: 1 or 1/depth.
    double getWeight(unsigned depth) const { return isMean() ? 1.0 / depth : 1.0; }
  }];
}

def Sattn_StructuredMatrixAttrInterface
    : AttrInterface<"StructuredMatrixAttrInterface"> {
  let cppNamespace = "::mlir::sattn";
  let description = [{
    A structured matrix M (`rows` x `columns`, rows on the query side) given by
    factors that are operands of `sattn.project`. Every lowering starts from
    `toMlbtc`; a named structure only adds its own factor shapes.
  }];
  let methods = [
    InterfaceMethod<[{
      Name, side and shape of the factors, in operand order. An extent that
      depends on `rows` or `columns` is dynamic if that number is.}],
      "::llvm::SmallVector<::mlir::sattn::MatrixFactor>", "getFactors",
      (ins "int64_t":$rows, "int64_t":$columns)>,
    InterfaceMethod<[{
      Rows and columns of M; dynamic where neither the attribute nor the factor
      types fix them. The types need not have been verified.}],
      "::std::pair<int64_t, int64_t>", "getMatrixShape", (ins "::mlir::TypeRange":$factors)>,
    InterfaceMethod<[{
      Checks number and types of the factors against a matrix of `rows` x
      `columns` (condition C9). A factor may have one leading head axis more than
      its shape; all that have it agree. All extents but that of the head axis
      are static.}],
      "::llvm::LogicalResult", "verifyFactors",
      (ins "::llvm::function_ref<::mlir::InFlightDiagnostic()>":$emitError,
           "::mlir::TypeRange":$factors, "int64_t":$rows, "int64_t":$columns), [{}], [{
      return ::mlir::sattn::verifyMatrixFactors(emitError, $_attr.getFactors(rows, columns), factors);
    }]>,
    InterfaceMethod<"The terms of the equivalent member of the MLBTC family.",
      "::llvm::SmallVector<::mlir::sattn::MlbtcTerm>", "toMlbtc", (ins "int64_t":$rows, "int64_t":$columns)>,
    InterfaceMethod<[{
      IR that turns the factors of this structure into those of `toMlbtc`: for
      each term the left and then the right factor, each with a leading head axis
      if a factor that it is made of has one. A null value stands for a factor
      whose blocks are identity matrices.}],
      "::llvm::SmallVector<::mlir::Value>", "buildMlbtcFactors",
      (ins "::mlir::OpBuilder &":$builder, "::mlir::Location":$loc, "::mlir::ValueRange":$factors,
           "int64_t":$rows, "int64_t":$columns)>
  ];
  let extraClassDeclaration = [{
    /// Columns of the factorised form: what `part query` and `part key` give.
    int64_t getNumFeatures(int64_t rows, int64_t columns) const {
      int64_t sum = 0;
      for (const ::mlir::sattn::MlbtcTerm &term : toMlbtc(rows, columns))
        sum += term.getNumFeatures();
      return sum;
    }
    /// A factor with a head axis among those that `part` reads; null if none. The
    /// factors have been verified.
    ::mlir::Value getFactorWithHeads(::mlir::ValueRange factors, ::mlir::sattn::Part part) const;
  }];
}

#endif // SATTN_DIALECT_SATTN_IR_SATTNATTRINTERFACES_TD
