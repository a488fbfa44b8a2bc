//===- KernelArguments.h - Arguments as the host code makes them -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef SATTN_TEST_UNIT_NV_KERNELARGUMENTS_H
#define SATTN_TEST_UNIT_NV_KERNELARGUMENTS_H

#include "mlir/IR/BuiltinOps.h"
#include "sattn/PTX/GlobalMemory.h"
#include "sattn/PTX/TensorMap.h"
#include <cstdint>
#include <string>
#include <vector>

namespace mlir::sattn {

/// What the one launch of a module says, read off its host code.
struct LaunchRecipe {
  enum class Kind { Pointer, Size, Stride, TensorMap };
  struct Argument {
    Kind kind;
    /// Number of the function's argument, axis of it (of the rows of a tensor map).
    unsigned tensor = 0, axis = 0;
    int64_t rows = 0, columns = 0;
  };

  std::vector<Argument> arguments;
  uint32_t numThreads = 0, sharedBytes = 0;
  /// Why the host code was not understood.
  std::string error;
};

LaunchRecipe readLaunch(ModuleOp module);

/// A dense tensor of the host; elements of `elementBytes`.
struct HostTensor {
  void *data;
  std::vector<int64_t> shape;
  int64_t elementBytes;
  bool isBF16;
};

/// The values of a kernel's arguments.
class KernelArguments {
public:
  /// Makes `tensors`, the function's arguments, accessible in `memory`.
  KernelArguments(const LaunchRecipe &recipe, ArrayRef<HostTensor> tensors,
                  ptx::GlobalMemory &memory);

  std::vector<const void *> get() const;
  /// Why a tensor map could not be made.
  std::string error;

private:
  /// 128 bytes for a tensor map, the first 8 of them for other values.
  struct alignas(64) Bytes {
    uint64_t words[16] = {};
  };
  void addTensorMap(const LaunchRecipe::Argument &argument, const HostTensor &tensor,
                    uint64_t address);

  std::vector<Bytes> values;
};

} // namespace mlir::sattn

#endif // SATTN_TEST_UNIT_NV_KERNELARGUMENTS_H
