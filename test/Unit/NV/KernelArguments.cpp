//===- KernelArguments.cpp - Arguments as the host code makes them -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "KernelArguments.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/IR/Matchers.h"
#include "sattn/Dialect/SattnNV/IR/SattnNV.h"
#include <cstring>
#include <optional>

using namespace mlir;
using namespace mlir::sattn;

//===----------------------------------------------------------------------===//
// Host code
//===----------------------------------------------------------------------===//

static std::optional<unsigned> getArgumentNumber(Value value) {
  while (auto cast = value.getDefiningOp<memref::CastOp>())
    value = cast.getSource();
  auto argument = dyn_cast<BlockArgument>(value);
  return argument ? std::optional(argument.getArgNumber()) : std::nullopt;
}

static Value stripIndexCasts(Value value) {
  while (auto cast = value.getDefiningOp<arith::IndexCastOp>())
    value = cast.getIn();
  return value;
}

/// Where an operand of the launch comes from.
static std::optional<LaunchRecipe::Argument> readArgument(Value operand) {
  using Kind = LaunchRecipe::Kind;
  LaunchRecipe::Argument argument;
  std::optional<unsigned> tensor;
  if (auto map = operand.getDefiningOp<sattn_nv::TensorMapOp>()) {
    tensor = getArgumentNumber(map.getSource());
    argument = {Kind::TensorMap, 0, unsigned(map.getAxis()), int64_t(map.getRows()),
                int64_t(map.getColumns())};
  } else if (auto pointer = operand.getDefiningOp<LLVM::IntToPtrOp>()) {
    auto address =
        stripIndexCasts(pointer.getArg()).getDefiningOp<memref::ExtractAlignedPointerAsIndexOp>();
    if (address)
      tensor = getArgumentNumber(address.getSource());
    argument.kind = Kind::Pointer;
  } else if (auto result = dyn_cast<OpResult>(stripIndexCasts(operand))) {
    auto metadata = dyn_cast<memref::ExtractStridedMetadataOp>(result.getOwner());
    if (!metadata)
      return std::nullopt;
    // The base and the offset, then sizes, then strides.
    unsigned rank = cast<MemRefType>(metadata.getSource().getType()).getRank();
    unsigned number = result.getResultNumber() - 2;
    tensor = getArgumentNumber(metadata.getSource());
    argument.kind = number < rank ? Kind::Size : Kind::Stride;
    argument.axis = number % rank;
  }
  if (!tensor)
    return std::nullopt;
  argument.tensor = *tensor;
  return argument;
}

LaunchRecipe mlir::sattn::readLaunch(ModuleOp module) {
  LaunchRecipe recipe;
  unsigned numLaunches = 0;
  module.walk([&](gpu::LaunchFuncOp launch) {
    ++numLaunches;
    APInt threads, bytes;
    if (!matchPattern(launch.getBlockSizeX(), m_ConstantInt(&threads)) ||
        !matchPattern(launch.getDynamicSharedMemorySize(), m_ConstantInt(&bytes))) {
      recipe.error = "expected constant threads and bytes";
      return;
    }
    recipe.numThreads = threads.getZExtValue();
    recipe.sharedBytes = bytes.getZExtValue();
    for (Value operand : launch.getKernelOperands())
      if (std::optional<LaunchRecipe::Argument> argument = readArgument(operand))
        recipe.arguments.push_back(*argument);
      else
        recipe.error = "expected an argument made of a tensor";
  });
  if (numLaunches != 1)
    recipe.error = "expected one launch, got " + std::to_string(numLaunches);
  return recipe;
}

//===----------------------------------------------------------------------===//
// Values
//===----------------------------------------------------------------------===//

static uint64_t getStride(const HostTensor &tensor, unsigned axis) {
  uint64_t stride = 1;
  for (size_t i = axis + 1; i < tensor.shape.size(); ++i)
    stride *= uint64_t(tensor.shape[i]);
  return stride;
}

/// See `sattn_nv.tensor_map`. An empty tensor is none to the driver: nothing of its one
/// element is fetched.
void KernelArguments::addTensorMap(const LaunchRecipe::Argument &argument,
                                   const HostTensor &tensor, uint64_t address) {
  unsigned rank = tensor.shape.size();
  std::vector<uint64_t> dims, strides;
  std::vector<uint32_t> box(rank, 1), steps(rank, 1);
  for (unsigned i = 0; i < rank; ++i) {
    unsigned axis = rank - 1 - i;
    dims.push_back(std::max<int64_t>(tensor.shape[axis], 1));
    if (i > 0)
      strides.push_back(
          std::max<uint64_t>(getStride(tensor, axis) * uint64_t(tensor.elementBytes), 16));
    if (axis == argument.axis)
      box[i] = argument.rows;
  }
  dims[0] = argument.columns;
  box[0] = 128 / tensor.elementBytes;
  ptx::TiledTensor tiled;
  tiled.type = tensor.isBF16 ? ptx::TensorMapType::BF16 : ptx::TensorMapType::F16;
  tiled.address = address;
  tiled.dims = dims;
  tiled.strides = strides;
  tiled.box = box;
  tiled.elementStrides = steps;
  tiled.swizzle = ptx::Swizzle::Bytes128;
  llvm::Expected<ptx::TensorMap> map = ptx::TensorMap::encodeTiled(tiled);
  if (!map)
    error = llvm::toString(map.takeError());
  else
    std::memcpy(values.back().words, &*map, sizeof(*map));
}

KernelArguments::KernelArguments(const LaunchRecipe &recipe, ArrayRef<HostTensor> tensors,
                                 ptx::GlobalMemory &memory) {
  // Nothing is read of an empty tensor, but it has an address.
  alignas(16) static uint64_t nowhere[2];
  std::vector<uint64_t> addresses;
  for (const HostTensor &tensor : tensors) {
    uint64_t bytes = tensor.elementBytes;
    for (int64_t extent : tensor.shape)
      bytes *= uint64_t(extent);
    if (bytes != 0)
      memory.add(tensor.data, bytes);
    addresses.push_back(reinterpret_cast<uint64_t>(bytes != 0 ? tensor.data : nowhere));
  }
  for (const LaunchRecipe::Argument &argument : recipe.arguments) {
    const HostTensor &tensor = tensors[argument.tensor];
    uint64_t address = addresses[argument.tensor];
    values.emplace_back();
    switch (argument.kind) {
    case LaunchRecipe::Kind::Pointer:
      values.back().words[0] = address;
      break;
    case LaunchRecipe::Kind::Size:
      values.back().words[0] = uint64_t(tensor.shape[argument.axis]);
      break;
    case LaunchRecipe::Kind::Stride:
      values.back().words[0] = getStride(tensor, argument.axis);
      break;
    case LaunchRecipe::Kind::TensorMap:
      addTensorMap(argument, tensor, address);
      break;
    }
  }
}

std::vector<const void *> KernelArguments::get() const {
  std::vector<const void *> pointers;
  for (const Bytes &value : values)
    pointers.push_back(value.words);
  return pointers;
}
