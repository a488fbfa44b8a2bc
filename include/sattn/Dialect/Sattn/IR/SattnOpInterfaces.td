//===- SattnOpInterfaces.td - Op interfaces of the sattn dialect -*- tablegen -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef SATTN_DIALECT_SATTN_IR_SATTNOPINTERFACES_TD
#define SATTN_DIALECT_SATTN_IR_SATTNOPINTERFACES_TD

include "mlir/IR/OpBase.td"

def Sattn_AttentionLikeOpInterface : OpInterface<"AttentionLikeOpInterface"> {
  let cppNamespace = "::mlir::sattn";
  let description = [{
    What `attention`, `score` and `online_attention` have in common: the clauses
    that say how a pair of positions is scored and whether it exists.
  }];
  let methods = [
    InterfaceMethod<"", "::mlir::Value", "getQuery">,
    InterfaceMethod<"One key, or one per level.", "::mlir::OperandRange", "getKeys">,
    InterfaceMethod<"Null where there is none.", "::mlir::Value", "getMask">,
    InterfaceMethod<"Null where there is none.", "::mlir::Value", "getQuerySegments">,
    InterfaceMethod<"Null where there is none.", "::mlir::Value", "getKeySegments">,
    InterfaceMethod<"Null where it is 0.", "::mlir::Value", "getQueryOffset">,
    InterfaceMethod<"Null where it is 0.", "::mlir::Value", "getKeyOffset">,
    InterfaceMethod<"Null where there is none.", "::mlir::Value", "getKeyLimit">,
    InterfaceMethod<"", "::mlir::OperandRange", "getScoreOperands">,
    InterfaceMethod<"", "::mlir::Region &", "getScore">,
    InterfaceMethod<"Null where every pair uses every column.",
      "::mlir::sattn::PositionStructureAttrInterface", "getStructureAttr">,
    InterfaceMethod<"Null where there is none.", "::mlir::sattn::WindowAttr", "getWindowAttr">
  ];
  let extraClassDeclaration = [{
    /// True if the score region returns its first argument and nothing else.
    bool hasIdentityScore();
    /// Type of scores and accumulators: f64 for f64 queries, else f32.
    ::mlir::FloatType getAccumulatorType();
    /// True if some clause can drop a pair.
    bool canDropPairs();
    /// True if the window or the structure tells positions apart. The score
    /// region may look at positions too, `key_limit` at those of keys.
    bool hasPositionClauses();
    /// True if key `index` is that of a level with finite blocks: row n is not at
    /// `key_offset` + n, but n rows behind the start of the queries' block.
    bool isBlockCache(unsigned index);
    /// True if some key is one.
    bool hasBlockCaches();
  }];
  let extraSharedClassDeclaration = [{}];
}

#endif // SATTN_DIALECT_SATTN_IR_SATTNOPINTERFACES_TD
