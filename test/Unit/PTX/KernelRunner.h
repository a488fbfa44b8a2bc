//===- KernelRunner.h - Small PTX kernels for tests -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Wraps the body of a kernel into a module, runs it in the interpreter and
// gives back the error, or nothing. Parameters are 64-bit addresses of host
// vectors (p0, p1, ...) or tensor maps.
//
//===----------------------------------------------------------------------===//

#ifndef SATTN_TEST_UNIT_PTX_KERNELRUNNER_H
#define SATTN_TEST_UNIT_PTX_KERNELRUNNER_H

#include "sattn/PTX/Machine.h"
#include "sattn/PTX/TensorMap.h"
#include <string>
#include <vector>

namespace mlir::sattn::ptx {

class KernelRunner {
public:
  /// Makes `data` the next parameter, and readable and writable by the kernel.
  template <typename T> KernelRunner &add(std::vector<T> &data) {
    memory.add(data.data(), data.size() * sizeof(T));
    addresses.push_back(reinterpret_cast<uint64_t>(data.data()));
    declare(".param .u64");
    return *this;
  }
  /// Makes `map` the next parameter; its tensor must be added with `share`.
  KernelRunner &add(const TensorMap &map) {
    maps.push_back(map);
    declare(".param .align 64 .b8", "[128]");
    return *this;
  }
  /// Makes `data` readable and writable by the kernel.
  template <typename T> uint64_t share(std::vector<T> &data) {
    memory.add(data.data(), data.size() * sizeof(T));
    return reinterpret_cast<uint64_t>(data.data());
  }

  /// The text of the module around `body`. The body starts with the lane in
  /// %tid, the registers %r<64>, %f<160>, %d<32> (64 bits), %h<8>, %p<8> and
  /// the address parameters in %a0, %a1, ...
  std::string makeModule(llvm::StringRef body) const {
    std::string text = ".version 8.3\n.target " + target +
                       "\n.address_size 64\n"
                       ".extern .shared .align 1024 .b8 smem[];\n"
                       ".visible .entry k(" +
                       declarations + ")\n" + directives +
                       "{\n.reg .b32 %r<64>;\n.reg .f32 %f<160>;\n"
                       ".reg .b64 %d<32>;\n.reg .b64 %a<8>;\n"
                       ".reg .b16 %h<8>;\n.reg .pred %p<8>;\n"
                       ".reg .b32 %tid;\nmov.u32 %tid, %tid.x;\n";
    unsigned address = 0;
    for (unsigned i = 0; i != isMap.size(); ++i)
      if (!isMap[i])
        text += "ld.param.u64 %a" + std::to_string(address++) + ", [p" +
                std::to_string(i) + "];\n";
    return text + body.str() + "\nret;\n}\n";
  }

  /// Runs `body` in one block of `threads`; what went wrong, or nothing.
  std::string run(llvm::StringRef body, unsigned threads,
                  unsigned sharedBytes = 0) {
    return runModule(makeModule(body), threads, sharedBytes);
  }
  std::string runModule(llvm::StringRef text, unsigned threads,
                        unsigned sharedBytes = 0) {
    llvm::Expected<std::unique_ptr<Module>> module = parseModule(text);
    if (!module)
      return llvm::toString(module.takeError());
    llvm::Expected<std::unique_ptr<Program>> program =
        Program::create(std::move(*module), memory);
    if (!program)
      return llvm::toString(program.takeError());
    std::vector<const void *> parameters;
    unsigned address = 0, map = 0;
    for (bool isTensorMap : isMap)
      parameters.push_back(
          isTensorMap ? static_cast<const void *>(&maps[map++])
                      : static_cast<const void *>(&addresses[address++]));
    LaunchConfig config;
    config.block.x = threads;
    config.grid.x = blocks;
    config.cluster = config.grid;
    config.dynamicSharedBytes = sharedBytes;
    config.parameters = parameters;
    llvm::Expected<LaunchStatistics> statistics =
        Machine::launch(**program, "k", config, options);
    return statistics ? "" : llvm::toString(statistics.takeError());
  }

  LaunchOptions options;
  /// Blocks of the grid, which is one cluster.
  unsigned blocks = 1;
  std::string target = "sm_90a";
  /// Between parameters and body: `.maxntid 128` and the like.
  std::string directives;

private:
  void declare(llvm::StringRef type, llvm::StringRef suffix = "") {
    declarations += (isMap.empty() ? "" : ", ") + type.str() + " p" +
                    std::to_string(isMap.size()) + suffix.str();
    isMap.push_back(!suffix.empty());
  }

  GlobalMemory memory;
  std::vector<uint64_t> addresses;
  std::vector<TensorMap> maps;
  std::vector<bool> isMap;
  std::string declarations;
};

} // namespace mlir::sattn::ptx

#endif // SATTN_TEST_UNIT_PTX_KERNELRUNNER_H
