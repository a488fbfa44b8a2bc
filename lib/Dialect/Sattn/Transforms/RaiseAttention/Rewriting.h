//===- Rewriting.h - From a match to a rewritten program -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What raising and fusing have in common around a match.
//
//===----------------------------------------------------------------------===//
#ifndef SATTN_LIB_DIALECT_SATTN_TRANSFORMS_RAISEATTENTION_REWRITING_H
#define SATTN_LIB_DIALECT_SATTN_TRANSFORMS_RAISEATTENTION_REWRITING_H

#include "AttentionMatch.h"

namespace mlir::sattn::raising {

/// True for a linalg op on tensors that may be a product of two tensors.
bool isProductOfTwo(linalg::LinalgOp op);
/// True for ops that only change the shape.
bool isReshape(Operation *op);
/// `value` and the values behind it that only pass it on, nearest first.
SmallVector<Value> getTail(Value value);
/// True if `root` is `product` with its axes permuted, or that divided.
bool isTailOf(ElementReader &reader, Value root, Value product);

/// Calls `match` with finer and finer axes until it asks for no more, then, if it
/// succeeded, `rewrite`. What `match` read lives until then.
bool matchAndRewrite(MLIRContext *context, const ReadOptions &options,
                     Refusal &refusal,
                     function_ref<bool(ElementReader &)> match,
                     function_ref<bool()> rewrite);

/// True if nothing but `replaced` needs `op`; otherwise the reason.
bool diesWith(Operation *op, Value replaced, Refusal &refusal);

/// Erases those of `ops` that nothing needs and what only they needed.
void eraseDead(ArrayRef<Operation *> ops);

} // namespace mlir::sattn::raising

#endif // SATTN_LIB_DIALECT_SATTN_TRANSFORMS_RAISEATTENTION_REWRITING_H
