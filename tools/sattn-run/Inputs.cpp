//===- Inputs.cpp - The --input arguments of sattn-run -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Tensors from files and from descriptions, and tensors as text.
//
//===----------------------------------------------------------------------===//

#include "Inputs.h"
#include "sattn/Runtime/Npy.h"
#include "llvm/ADT/APFloat.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Format.h"
#include <cmath>
#include <cstring>

using namespace mlir::sattn;
using llvm::APFloat;
using llvm::StringRef;
using llvm::Twine;

static const llvm::fltSemantics *getSemantics(ElementType type) {
  switch (type) {
  case ElementType::F16:
    return &APFloat::IEEEhalf();
  case ElementType::BF16:
    return &APFloat::BFloat();
  case ElementType::F32:
    return &APFloat::IEEEsingle();
  case ElementType::F64:
    return &APFloat::IEEEdouble();
  default:
    return nullptr;
  }
}

/// The bytes of one float, rounded to nearest.
static uint64_t encodeFloat(APFloat value, ElementType type) {
  bool lossy;
  value.convert(*getSemantics(type), APFloat::rmNearestTiesToEven, &lossy);
  return value.bitcastToAPInt().getZExtValue();
}

static llvm::Expected<uint64_t> parseElement(StringRef text, ElementType type) {
  auto error = [&] {
    return llvm::createStringError("expected a number of type " +
                                   getElementName(type) + ", got '" + text +
                                   "'");
  };
  if (const llvm::fltSemantics *semantics = getSemantics(type)) {
    APFloat value(*semantics);
    llvm::Expected<APFloat::opStatus> status =
        value.convertFromString(text, APFloat::rmNearestTiesToEven);
    if (!status)
      return llvm::consumeError(status.takeError()), error();
    return value.bitcastToAPInt().getZExtValue();
  }
  if (type == ElementType::I1 && (text == "true" || text == "false"))
    return text == "true";
  int64_t value;
  uint64_t large;
  unsigned bits = type == ElementType::I1 ? 1 : getElementSize(type) * 8;
  if (!text.getAsInteger(10, value) &&
      (llvm::isIntN(bits, value) || (value >= 0 && llvm::isUIntN(bits, value))))
    return static_cast<uint64_t>(value);
  if (!text.getAsInteger(10, large) && llvm::isUIntN(bits, large))
    return large;
  return error();
}

static void setElement(HostTensor &tensor, int64_t element, uint64_t bits) {
  unsigned size = getElementSize(tensor.getType());
  if (tensor.getType() == ElementType::I1)
    bits &= 1;
  if (llvm::sys::IsBigEndianHost)
    bits <<= 64 - 8 * size;
  std::memcpy(tensor.getData() + element * size, &bits, size);
}

namespace {
/// SplitMix64: the same numbers on every machine.
class Random {
public:
  explicit Random(uint64_t seed) : state(seed) {}
  uint64_t next() {
    uint64_t z = state += 0x9e3779b97f4a7c15;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
  }
  /// In (0, 1].
  double uniform() { return static_cast<double>((next() >> 11) + 1) * 0x1p-53; }
  double normal() {
    return std::sqrt(-2 * std::log(uniform())) * std::cos(2 * M_PI * uniform());
  }

private:
  uint64_t state;
};
} // namespace

static llvm::Error fill(HostTensor &tensor, StringRef value) {
  ElementType type = tensor.getType();
  if (value.consume_front("random:")) {
    uint64_t seed;
    if (value.getAsInteger(10, seed))
      return llvm::createStringError(
          "expected random:SEED with an integer >= 0, got 'random:" + value +
          "'");
    Random random(seed);
    for (int64_t element = 0; element < tensor.getNumElements(); ++element)
      setElement(tensor, element,
                 getSemantics(type)
                     ? encodeFloat(APFloat(random.normal()), type)
                     : random.next() & 7);
    return llvm::Error::success();
  }
  llvm::Expected<uint64_t> bits = parseElement(value, type);
  if (!bits)
    return bits.takeError();
  for (int64_t element = 0; element < tensor.getNumElements(); ++element)
    setElement(tensor, element, *bits);
  return llvm::Error::success();
}

/// "4x64xf32" as a tensor of zeros.
static llvm::Expected<HostTensor> makeZeros(StringRef text) {
  llvm::SmallVector<StringRef> pieces;
  text.split(pieces, 'x');
  std::optional<ElementType> type = parseElementType(pieces.back());
  // "index" contains an x.
  if (!type && pieces.size() > 1 && pieces.back().empty() &&
      pieces[pieces.size() - 2] == "inde") {
    type = ElementType::Index;
    pieces.pop_back();
  }
  llvm::SmallVector<int64_t> shape;
  for (StringRef piece : llvm::ArrayRef(pieces).drop_back()) {
    int64_t extent;
    if (piece.getAsInteger(10, extent) || extent < 0)
      type = std::nullopt;
    shape.push_back(extent);
  }
  if (!type)
    return llvm::createStringError(
        "expected @FILE.npy, SHAPExTYPE, SHAPExTYPE=VALUE or "
        "SHAPExTYPE=random:SEED, "
        "such as 4x64xf32=random:1, got '" +
        text + "'");
  return HostTensor::create(*type, shape);
}

llvm::Expected<HostTensor> mlir::sattn::makeInput(StringRef spec,
                                                  const EntryTensor &wanted) {
  if (spec.consume_front("@"))
    return readNpy(spec, wanted.type);
  llvm::Expected<uint64_t> scalar = parseElement(spec, wanted.type);
  if (wanted.shape.empty() && scalar) {
    llvm::Expected<HostTensor> tensor = HostTensor::create(wanted.type, {});
    if (tensor)
      setElement(*tensor, 0, *scalar);
    return tensor;
  }
  if (!scalar)
    llvm::consumeError(scalar.takeError());
  auto [type, value] = spec.split('=');
  llvm::Expected<HostTensor> tensor = makeZeros(type);
  if (!tensor || value.empty())
    return tensor;
  if (llvm::Error error = fill(*tensor, value))
    return error;
  return tensor;
}

//===----------------------------------------------------------------------===//
// Printing
//===----------------------------------------------------------------------===//

static void printElement(llvm::raw_ostream &os, const TensorRef &tensor,
                         int64_t element) {
  unsigned size = getElementSize(tensor.type);
  uint64_t bits = 0;
  std::memcpy(&bits, static_cast<const char *>(tensor.data) + element * size,
              size);
  if (const llvm::fltSemantics *semantics = getSemantics(tensor.type)) {
    APFloat value(*semantics, llvm::APInt(size * 8, bits));
    bool lossy;
    value.convert(APFloat::IEEEdouble(), APFloat::rmNearestTiesToEven, &lossy);
    os << llvm::format("%.7g", value.convertToDouble());
    return;
  }
  os << (tensor.type == ElementType::I1 ? static_cast<int64_t>(bits & 1)
                                        : llvm::SignExtend64(bits, size * 8));
}

void mlir::sattn::printTensor(llvm::raw_ostream &os, const TensorRef &tensor) {
  constexpr int64_t kMaxPrinted = 1000;
  std::string type =
      formatShapedType(tensor.shape, getElementName(tensor.type));
  int64_t count =
      countElements(tensor.shape, getElementSize(tensor.type)).value_or(0);
  os << type << " = ";
  for (int64_t element = 0; element < std::min(count, kMaxPrinted); ++element) {
    // Open a bracket for each axis that starts here, close one for each that
    // ends.
    int64_t block = 1, opened = 0, closed = 0;
    for (int64_t extent : llvm::reverse(tensor.shape)) {
      block *= extent;
      opened += element % block == 0;
      closed += (element + 1) % block == 0;
    }
    os << (element ? ", " : "") << std::string(opened, '[');
    printElement(os, tensor, element);
    os << std::string(closed, ']');
  }
  if (count == 0)
    os << "[]";
  if (count > kMaxPrinted)
    os << ", ... (" << count << " elements)";
  os << "\n";
}
