//===- Warpgroup.cpp - Matrix products of four warps -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Warpgroup.h"
#include "MatrixBlocks.h"
#include "SharedAccess.h"
#include "sattn/PTX/MatrixProduct.h"

using namespace mlir::sattn::ptx;
using llvm::ArrayRef;
using llvm::SmallVector;

uint32_t WgmmaForm::pack() const {
  return columns | uint32_t(multiplicand) << 12 | uint32_t(result) << 16 |
         uint32_t(aInRegisters) << 20 | uint32_t(negateA) << 21 |
         uint32_t(negateB) << 22 | uint32_t(aMajor) << 23 |
         uint32_t(bMajor) << 24;
}

WgmmaForm WgmmaForm::unpack(uint32_t bits) {
  WgmmaForm form;
  form.columns = bits & 0xfff;
  form.multiplicand = MatrixElement(bits >> 12 & 0xf);
  form.result = MatrixElement(bits >> 16 & 0xf);
  form.aInRegisters = bits >> 20 & 1;
  form.negateA = bits >> 21 & 1;
  form.negateB = bits >> 22 & 1;
  form.aMajor = Major(bits >> 23 & 1);
  form.bMajor = Major(bits >> 24 & 1);
  return form;
}

bool WarpgroupProduct::isComplete() const {
  for (const Warp *warp : warps)
    if (!warp)
      return false;
  return true;
}

//===----------------------------------------------------------------------===//
// Order
//===----------------------------------------------------------------------===//

std::shared_ptr<WarpgroupProduct>
Warpgroup::issue(Warp &warp, const Instruction &instruction,
                 const WarpgroupProduct &product) {
  unsigned member = warp.index % kWarpsPerGroup;
  uint64_t position = next[member]++ - first;
  if (position == products.size())
    products.push_back(std::make_shared<WarpgroupProduct>(product));
  std::shared_ptr<WarpgroupProduct> shared = products[position];
  if (shared->instruction != &instruction) {
    warp.fail(instruction, 0,
              "expected the warps of a warp-group to execute the same "
              "wgmma.mma_async, another one executed line " +
                  llvm::Twine(shared->instruction->statement->line));
    return nullptr;
  }
  bool same =
      shared->b.encode() == product.b.encode() &&
      shared->accumulate == product.accumulate &&
      (product.form.aInRegisters || shared->a.encode() == product.a.encode());
  if (!same) {
    warp.fail(instruction, 0,
              "expected the same descriptors and scale-d in all warps of a "
              "warp-group");
    return nullptr;
  }
  shared->warps[member] = &warp;
  shared->frames[member] = warp.getSplit().frame;
  return shared;
}

bool Warpgroup::performUpTo(const WarpgroupProduct &last) {
  while (!last.performed) {
    std::shared_ptr<WarpgroupProduct> product = products.front();
    if (!product->isComplete())
      return true;
    products.pop_front();
    ++first;
    product->performed = true;
    if (!performProduct(*product))
      return false;
  }
  return true;
}

//===----------------------------------------------------------------------===//
// Operands
//===----------------------------------------------------------------------===//

/// Calls `visit(mn, k, address)` for each 16 bytes of an operand whose indices
/// along M or N are [first, last), until it returns false.
template <typename Visit>
static bool visitOperand(const WgmmaForm &form,
                         const MatrixDescriptor &descriptor, Major major,
                         unsigned first, unsigned last, Visit visit) {
  unsigned bytes = getMatrixElementBytes(form.multiplicand);
  unsigned width = 16 / bytes;
  unsigned mnStep = major == Major::K ? 1 : width;
  unsigned kStep = major == Major::K ? width : 1;
  for (unsigned mn = first; mn < last; mn += mnStep)
    for (unsigned k = 0; k < form.getDepth(); k += kStep)
      if (!visit(mn, k, descriptor.getAddress(major, bytes, mn, k)))
        return false;
  return true;
}

/// Calls `visit(mn, k, values)` for each 16 bytes of an operand of `extent`
/// (M or N) by depth; the values are consecutive along the major index.
template <typename Visit>
static bool readOperand(const WarpgroupProduct &product,
                        const MatrixDescriptor &descriptor, Major major,
                        unsigned extent, Visit visit) {
  MatrixElement element = product.form.multiplicand;
  Block &block = product.warps[0]->block;
  return visitOperand(
      product.form, descriptor, major, 0, extent,
      [&](unsigned mn, unsigned k, uint32_t address) {
        Block *owner;
        const uint8_t *data =
            block.accessAsync(*product.instruction, address, 16, owner);
        if (!data ||
            !expectInitialized(*product.instruction, block, address, 16))
          return false;
        float values[8];
        decodeElements(element, data, 16 / getMatrixElementBytes(element),
                       values);
        visit(mn, k, values);
        return true;
      });
}

/// A (64 x depth, row-major).
static bool readA(const WarpgroupProduct &product, float *a) {
  const WgmmaForm &form = product.form;
  unsigned depth = form.getDepth();
  unsigned width = 16 / getMatrixElementBytes(form.multiplicand);
  if (form.aInRegisters) {
    ArrayRef<Slot> slots =
        product.instruction->extra.drop_front(form.getResultRegisters());
    for (unsigned warp = 0; warp != kWarpsPerGroup; ++warp) {
      SmallVector<Lanes, 4> lanes;
      for (Slot slot : slots)
        lanes.push_back(reinterpret_cast<const uint32_t *>(
            product.frames[warp]->bytes.data() + slot.getOffset()));
      decodeA(form.multiplicand, lanes, depth, a + 16 * warp * depth);
    }
    return true;
  }
  return readOperand(product, product.a, form.aMajor, 64,
                     [&](unsigned m, unsigned k, const float *values) {
                       for (unsigned i = 0; i != width; ++i)
                         if (form.aMajor == Major::K)
                           a[m * depth + k + i] = values[i];
                         else
                           a[(m + i) * depth + k] = values[i];
                     });
}

/// B (depth x columns, row-major, columns as `getColumnPlace` orders them).
static bool readB(const WarpgroupProduct &product, float *b) {
  const WgmmaForm &form = product.form;
  unsigned columns = form.columns;
  unsigned width = 16 / getMatrixElementBytes(form.multiplicand);
  return readOperand(product, product.b, form.bMajor, columns,
                     [&](unsigned n, unsigned k, const float *values) {
                       for (unsigned i = 0; i != width; ++i)
                         if (form.bMajor == Major::K)
                           b[(k + i) * columns + getColumnPlace(n)] = values[i];
                         else
                           b[k * columns + getColumnPlace(n + i)] = values[i];
                     });
}

static void negate(float *values, unsigned count) {
  for (unsigned i = 0; i != count; ++i)
    values[i] = -values[i];
}

bool mlir::sattn::ptx::performProduct(const WarpgroupProduct &product) {
  const WgmmaForm &form = product.form;
  unsigned depth = form.getDepth(), columns = form.columns;
  float a[64 * 16], b[16 * 256], d[16 * 256];
  if (!readA(product, a) || !readB(product, b))
    return false;
  if (form.negateA != form.negateB)
    negate(a, 64 * depth);
  ArrayRef<Slot> slots =
      product.instruction->extra.take_front(form.getResultRegisters());
  for (unsigned warp = 0; warp != kWarpsPerGroup; ++warp) {
    SmallVector<MutableLanes, 128> results;
    for (Slot slot : slots)
      results.push_back(reinterpret_cast<uint32_t *>(
          product.frames[warp]->bytes.data() + slot.getOffset()));
    if (product.accumulate) {
      SmallVector<Lanes, 128> sources(results.begin(), results.end());
      decodeD(form.result, sources, columns, d);
    } else {
      std::fill(d, d + 16 * columns, 0.0f);
    }
    multiplyAdd(a + 16 * warp * depth, b, d, 16, columns, depth);
    encodeD(form.result, results, columns, d);
  }
  return true;
}

//===----------------------------------------------------------------------===//
// Order of the reads
//===----------------------------------------------------------------------===//

/// The number of the warp-group of `warp` in clocks.
static unsigned getPosition(const Warp &warp) {
  return getAsyncPosition(warp.block) + 1 + warp.index / kWarpsPerGroup;
}

/// The chunks of an operand; false after an access out of bounds.
static bool collectChunks(const WarpgroupProduct &product, Warp &warp,
                          const MatrixDescriptor &descriptor, Major major,
                          unsigned first, unsigned last,
                          RaceDetector::SharedRead &read) {
  return visitOperand(product.form, descriptor, major, first, last,
                      [&](unsigned, unsigned, uint32_t address) {
                        Block *owner;
                        read.chunks.push_back(address);
                        return warp.block.access(warp, *product.instruction, 0,
                                                 address, 16, 16,
                                                 owner) != nullptr;
                      });
}

bool mlir::sattn::ptx::beginReads(WarpgroupProduct &product, Warp &warp) {
  RaceDetector &races = warp.machine.races;
  if (!warp.machine.options.checkRaces)
    return true;
  const WgmmaForm &form = product.form;
  const Instruction &instruction = *product.instruction;
  unsigned position = getPosition(warp);
  if (product.bRead.chunks.empty()) {
    if (!collectChunks(product, warp, product.b, form.bMajor, 0, form.columns,
                       product.bRead) ||
        !races.beginRead(warp, instruction, position, product.bRead))
      return false;
  } else if (!races.joinRead(warp, instruction, product.bRead)) {
    return false;
  }
  if (form.aInRegisters)
    return true;
  unsigned member = warp.index % kWarpsPerGroup;
  RaceDetector::SharedRead &read = product.aReads[member];
  return collectChunks(product, warp, product.a, form.aMajor, 16 * member,
                       16 * member + 16, read) &&
         races.beginRead(warp, instruction, position, read);
}

void mlir::sattn::ptx::endReads(WarpgroupProduct &product, Warp &warp) {
  Machine &machine = warp.machine;
  if (!machine.options.checkRaces)
    return;
  unsigned position = getPosition(warp);
  if (product.endTime == 0) {
    product.endTime = machine.tick();
    auto end = [&](const RaceDetector::SharedRead &read) {
      if (!read.chunks.empty())
        machine.races.endRead(*product.instruction, warp.block, position,
                              product.endTime, read);
    };
    end(product.bRead);
    for (const RaceDetector::SharedRead &read : product.aReads)
      end(read);
  }
  Knowledge &known = warp.clock.known;
  known.generic[position] = std::max(known.generic[position], product.endTime);
  known.async[position] = std::max(known.async[position], product.endTime);
}
