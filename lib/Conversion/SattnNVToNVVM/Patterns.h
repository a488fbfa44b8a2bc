//===- Patterns.h - Groups of patterns of the conversion -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef SATTN_LIB_CONVERSION_SATTNNVTONVVM_PATTERNS_H
#define SATTN_LIB_CONVERSION_SATTNNVTONVVM_PATTERNS_H

#include "ThreadBuilder.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/Transforms/DialectConversion.h"

namespace mlir::sattn_nv {

/// The values that a memref became: pointer, dynamic sizes, dynamic strides.
struct BufferValues {
  BufferValues(MemRefType type, ValueRange values);

  /// Size or stride of an axis, as `index` or i64; null where it is static.
  Value pointer;
  SmallVector<Value> sizes, strides;
  SmallVector<int64_t> staticSizes, staticStrides;

  /// Elements from one row (or element) of `axis` to the next, as i32.
  Value getStride(ThreadBuilder &thread, unsigned axis) const;
  /// Whether `position` exists on `axis`; null where all below `limit` do.
  Value isInside(ThreadBuilder &thread, unsigned axis, Value position, int64_t limit) const;
  /// Pointer to the element `offset` elements behind the first.
  Value getPointer(ThreadBuilder &thread, Type elementType, Value offset) const;
};

/// The type that elements have in memory: booleans are bytes, `index` 8 bytes.
Type getStorageType(Type type);
/// A loaded element as `type`.
Value fromStorage(OpBuilder &builder, Location loc, Value stored, Type type);

/// `value` as it is stored.
Value toStorage(OpBuilder &builder, Location loc, Value value);

/// Elements from one row of `axis` to the next, as i64.
Value getWideStride(OpBuilder &builder, Location loc, const BufferValues &buffer, unsigned axis);
/// Pointer to the element at `offsets`.
Value buildElementPointer(OpBuilder &builder, Location loc, const BufferValues &buffer,
                          Type elementType, ArrayRef<OpFoldResult> offsets);
/// `pointer` as one of type `type`, which may be of another address space.
Value castPointer(OpBuilder &builder, Location loc, Value pointer, Type type);

/// LLVM's address spaces of pointers into global memory and into any memory.
constexpr unsigned kGlobalMemorySpace = 1, kGenericSpace = 0;

/// Fills the converter: fragments, tiles and memrefs become scalars. Pointers are of
/// `addressSpace`: generic in kernels where some buffers are a thread's own (LLVM
/// finds out which).
void populateTypeConversions(TypeConverter &converter, unsigned addressSpace);

/// view, memref.dim, memref.subview, memref.load, memref.cast.
void populateBufferPatterns(TypeConverter &converter, RewritePatternSet &patterns);
/// memref.store, memref.alloca, constants, reshapes.
void populateThreadMemoryPatterns(TypeConverter &converter, RewritePatternSet &patterns);
/// alloc, slot, copy_async, commit, wait, barrier.
void populateSharedMemoryPatterns(TypeConverter &converter, RewritePatternSet &patterns);
/// load, store.
void populateGlobalMemoryPatterns(TypeConverter &converter, RewritePatternSet &patterns);
/// load_a, columns, scale_columns, mma by single warps.
void populateProductPatterns(TypeConverter &converter, RewritePatternSet &patterns);
/// mma by warp groups, mma_wait.
void populateWarpgroupProductPatterns(TypeConverter &converter, RewritePatternSet &patterns);
/// ring, ring_init, roles, push, pop, release.
void populateRolePatterns(TypeConverter &converter, RewritePatternSet &patterns);
/// sanitize.
void populateSanitizePatterns(TypeConverter &converter, RewritePatternSet &patterns);
/// fill, map, reduce, across, to_a.
void populateFragmentPatterns(TypeConverter &converter, RewritePatternSet &patterns);
/// Functions of math, division, maximum: to instructions, never to a library.
void populateMathPatterns(TypeConverter &converter, RewritePatternSet &patterns);

/// The same for f64, and for f32 what has no instruction, by polynomials.
void populateDoubleMathPatterns(TypeConverter &converter, RewritePatternSet &patterns);

/// Replaces the one result of `op`, which became several values.
inline void replaceWithRegisters(ConversionPatternRewriter &rewriter, Operation *op,
                                 SmallVector<Value> registers) {
  rewriter.replaceOpWithMultiple(op, SmallVector<SmallVector<Value>>{std::move(registers)});
}

} // namespace mlir::sattn_nv

#endif // SATTN_LIB_CONVERSION_SATTNNVTONVVM_PATTERNS_H
