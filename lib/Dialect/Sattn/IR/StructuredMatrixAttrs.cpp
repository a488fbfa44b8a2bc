//===- StructuredMatrixAttrs.cpp - Structured matrices over features -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "sattn/Dialect/Sattn/IR/SattnAttrs.h"

using namespace mlir;
using namespace mlir::sattn;

LogicalResult LowRankAttr::verify(function_ref<InFlightDiagnostic()> emitError, int64_t rank) { return success(); }
SmallVector<std::string> LowRankAttr::getFactorNames() const { return {}; }
SmallVector<SmallVector<int64_t>> LowRankAttr::getFactorShapes(int64_t rows, int64_t columns) const { return {}; }
LogicalResult LowRankAttr::verifyFactors(function_ref<InFlightDiagnostic()> emitError, TypeRange factors, int64_t rows, int64_t columns) const { return success(); }
std::pair<int64_t, int64_t> LowRankAttr::getMatrixShape(TypeRange factors) const { return {0, 0}; }
int64_t LowRankAttr::getNumFeatures() const { return 0; }
SmallVector<MlbtcTerm> LowRankAttr::toMlbtc(int64_t rows, int64_t columns) const { return {}; }
SmallVector<Value> LowRankAttr::buildMlbtcFactors(OpBuilder &builder, Location loc, ValueRange factors, int64_t rows, int64_t columns) const { return {}; }
LogicalResult BlockDiagonalAttr::verify(function_ref<InFlightDiagnostic()> emitError, int64_t blocks) { return success(); }
SmallVector<std::string> BlockDiagonalAttr::getFactorNames() const { return {}; }
SmallVector<SmallVector<int64_t>> BlockDiagonalAttr::getFactorShapes(int64_t rows, int64_t columns) const { return {}; }
LogicalResult BlockDiagonalAttr::verifyFactors(function_ref<InFlightDiagnostic()> emitError, TypeRange factors, int64_t rows, int64_t columns) const { return success(); }
std::pair<int64_t, int64_t> BlockDiagonalAttr::getMatrixShape(TypeRange factors) const { return {0, 0}; }
int64_t BlockDiagonalAttr::getNumFeatures() const { return 0; }
SmallVector<MlbtcTerm> BlockDiagonalAttr::toMlbtc(int64_t rows, int64_t columns) const { return {}; }
SmallVector<Value> BlockDiagonalAttr::buildMlbtcFactors(OpBuilder &builder, Location loc, ValueRange factors, int64_t rows, int64_t columns) const { return {}; }
LogicalResult KroneckerAttr::verify(function_ref<InFlightDiagnostic()> emitError, ArrayRef<int64_t> query, ArrayRef<int64_t> key) { return success(); }
SmallVector<std::string> KroneckerAttr::getFactorNames() const { return {}; }
SmallVector<SmallVector<int64_t>> KroneckerAttr::getFactorShapes(int64_t rows, int64_t columns) const { return {}; }
LogicalResult KroneckerAttr::verifyFactors(function_ref<InFlightDiagnostic()> emitError, TypeRange factors, int64_t rows, int64_t columns) const { return success(); }
std::pair<int64_t, int64_t> KroneckerAttr::getMatrixShape(TypeRange factors) const { return {0, 0}; }
int64_t KroneckerAttr::getNumFeatures() const { return 0; }
SmallVector<MlbtcTerm> KroneckerAttr::toMlbtc(int64_t rows, int64_t columns) const { return {}; }
SmallVector<Value> KroneckerAttr::buildMlbtcFactors(OpBuilder &builder, Location loc, ValueRange factors, int64_t rows, int64_t columns) const { return {}; }
LogicalResult BttAttr::verify(function_ref<InFlightDiagnostic()> emitError, ArrayRef<int64_t> query, ArrayRef<int64_t> key, int64_t rank) { return success(); }
SmallVector<std::string> BttAttr::getFactorNames() const { return {}; }
SmallVector<SmallVector<int64_t>> BttAttr::getFactorShapes(int64_t rows, int64_t columns) const { return {}; }
LogicalResult BttAttr::verifyFactors(function_ref<InFlightDiagnostic()> emitError, TypeRange factors, int64_t rows, int64_t columns) const { return success(); }
std::pair<int64_t, int64_t> BttAttr::getMatrixShape(TypeRange factors) const { return {0, 0}; }
int64_t BttAttr::getNumFeatures() const { return 0; }
SmallVector<MlbtcTerm> BttAttr::toMlbtc(int64_t rows, int64_t columns) const { return {}; }
SmallVector<Value> BttAttr::buildMlbtcFactors(OpBuilder &builder, Location loc, ValueRange factors, int64_t rows, int64_t columns) const { return {}; }
LogicalResult MonarchAttr::verify(function_ref<InFlightDiagnostic()> emitError, ArrayRef<int64_t> query, ArrayRef<int64_t> key) { return success(); }
SmallVector<std::string> MonarchAttr::getFactorNames() const { return {}; }
SmallVector<SmallVector<int64_t>> MonarchAttr::getFactorShapes(int64_t rows, int64_t columns) const { return {}; }
LogicalResult MonarchAttr::verifyFactors(function_ref<InFlightDiagnostic()> emitError, TypeRange factors, int64_t rows, int64_t columns) const { return success(); }
std::pair<int64_t, int64_t> MonarchAttr::getMatrixShape(TypeRange factors) const { return {0, 0}; }
int64_t MonarchAttr::getNumFeatures() const { return 0; }
SmallVector<MlbtcTerm> MonarchAttr::toMlbtc(int64_t rows, int64_t columns) const { return {}; }
SmallVector<Value> MonarchAttr::buildMlbtcFactors(OpBuilder &builder, Location loc, ValueRange factors, int64_t rows, int64_t columns) const { return {}; }
LogicalResult MlrAttr::verify(function_ref<InFlightDiagnostic()> emitError, ArrayRef<int64_t> ranks, ArrayRef<int64_t> blocks) { return success(); }
SmallVector<std::string> MlrAttr::getFactorNames() const { return {}; }
SmallVector<SmallVector<int64_t>> MlrAttr::getFactorShapes(int64_t rows, int64_t columns) const { return {}; }
LogicalResult MlrAttr::verifyFactors(function_ref<InFlightDiagnostic()> emitError, TypeRange factors, int64_t rows, int64_t columns) const { return success(); }
std::pair<int64_t, int64_t> MlrAttr::getMatrixShape(TypeRange factors) const { return {0, 0}; }
int64_t MlrAttr::getNumFeatures() const { return 0; }
SmallVector<MlbtcTerm> MlrAttr::toMlbtc(int64_t rows, int64_t columns) const { return {}; }
SmallVector<Value> MlrAttr::buildMlbtcFactors(OpBuilder &builder, Location loc, ValueRange factors, int64_t rows, int64_t columns) const { return {}; }
LogicalResult MlbtcAttr::verify(function_ref<InFlightDiagnostic()> emitError, ArrayRef<MlbtcTermAttr> terms) { return success(); }
SmallVector<std::string> MlbtcAttr::getFactorNames() const { return {}; }
SmallVector<SmallVector<int64_t>> MlbtcAttr::getFactorShapes(int64_t rows, int64_t columns) const { return {}; }
LogicalResult MlbtcAttr::verifyFactors(function_ref<InFlightDiagnostic()> emitError, TypeRange factors, int64_t rows, int64_t columns) const { return success(); }
std::pair<int64_t, int64_t> MlbtcAttr::getMatrixShape(TypeRange factors) const { return {0, 0}; }
int64_t MlbtcAttr::getNumFeatures() const { return 0; }
SmallVector<MlbtcTerm> MlbtcAttr::toMlbtc(int64_t rows, int64_t columns) const { return {}; }
SmallVector<Value> MlbtcAttr::buildMlbtcFactors(OpBuilder &builder, Location loc, ValueRange factors, int64_t rows, int64_t columns) const { return {}; }
