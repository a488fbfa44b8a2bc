//===- SattnAssembly.h - Custom assembly directives -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef SATTN_LIB_DIALECT_SATTN_IR_SATTNASSEMBLY_H
#define SATTN_LIB_DIALECT_SATTN_IR_SATTNASSEMBLY_H

#include "mlir/IR/OpImplementation.h"
#include "sattn/Dialect/Sattn/IR/SattnOps.h"

namespace mlir::sattn {

using UnresolvedOperands = SmallVectorImpl<OpAsmParser::UnresolvedOperand>;
using OptionalOperand = std::optional<OpAsmParser::UnresolvedOperand>;

/// `*` or an integer.
ParseResult parseExtent(AsmParser &parser, int64_t &extent);
void printExtent(AsmPrinter &printer, int64_t extent);

/// The shortest float literal that reads back as `value`.
void printDouble(AsmPrinter &printer, double value);

/// A float without its type.
ParseResult parseScale(OpAsmParser &parser, FloatAttr &scale);
void printScale(OpAsmPrinter &printer, Operation *op, FloatAttr scale);

/// `score(%operands : types) { region }`; nothing for the identity.
ParseResult parseScore(OpAsmParser &parser, Region &score,
                       UnresolvedOperands &operands,
                       SmallVectorImpl<Type> &types, Type queryType);
void printScore(OpAsmPrinter &printer, Operation *op, Region &score,
                OperandRange operands, TypeRange types, Type queryType);

/// `dims(b m r, b n r, b n e -> b m e)`; nothing for the canonical maps.
ParseResult parseDims(OpAsmParser &parser, ArrayAttr &maps,
                      const OptionalOperand &mask,
                      const UnresolvedOperands &scoreOperands, Type queryType,
                      ArrayRef<Type> outTypes);
void printDims(OpAsmPrinter &printer, Operation *op, ArrayAttr maps, Value mask,
               OperandRange scoreOperands, Type queryType, TypeRange outTypes);

/// As `Dims` without a value.
ParseResult parseScoreDims(OpAsmParser &parser, ArrayAttr &maps,
                           const OptionalOperand &mask,
                           const UnresolvedOperands &scoreOperands,
                           Type queryType, ArrayRef<Type> outTypes);
void printScoreDims(OpAsmPrinter &printer, Operation *op, ArrayAttr maps,
                    Value mask, OperandRange scoreOperands, Type queryType,
                    TypeRange outTypes);

/// `dims(m, n, m n)`: the axes of the score operands of a tile.
ParseResult parseTileDims(OpAsmParser &parser, ArrayAttr &maps,
                          const UnresolvedOperands &scoreOperands);
void printTileDims(OpAsmPrinter &printer, Operation *op, ArrayAttr maps,
                   OperandRange scoreOperands);

} // namespace mlir::sattn

#endif // SATTN_LIB_DIALECT_SATTN_IR_SATTNASSEMBLY_H
