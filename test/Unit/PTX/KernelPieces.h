//===- KernelPieces.h - Text of PTX kernels for tests -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef SATTN_TEST_UNIT_PTX_KERNELPIECES_H
#define SATTN_TEST_UNIT_PTX_KERNELPIECES_H

#include "sattn/PTX/MatrixElement.h"
#include "gtest/gtest.h"
#include <string>

namespace mlir::sattn::ptx {

/// Fails unless `error` contains `part`.
inline void expectError(const std::string &error, const std::string &part) {
  EXPECT_NE(error.find(part), std::string::npos)
      << "expected '" << part << "' in '" << error << "'";
}

/// `count` registers from `%<name><first>` on, "{%r0, %r1}".
inline std::string listRegisters(const std::string &name, unsigned first,
                                 unsigned count) {
  std::string text;
  for (unsigned i = 0; i != count; ++i)
    text += (i ? ", %" : "{%") + name + std::to_string(first + i);
  return text + "}";
}

/// Loads (stores) register i of each thread from (to) word tid * count + i at
/// `%a<parameter>`.
inline std::string moveRegisters(bool load, const std::string &name,
                                 unsigned first, unsigned count,
                                 unsigned parameter) {
  std::string text = "mad.wide.u32 %d31, %tid, " + std::to_string(4 * count) +
                     ", %a" + std::to_string(parameter) + ";\n";
  for (unsigned i = 0; i != count; ++i) {
    std::string reg = "%" + name + std::to_string(first + i);
    std::string at = "[%d31+" + std::to_string(4 * i) + "]";
    text += load ? "ld.global.b32 " + reg + ", " + at + ";\n"
                 : "st.global.b32 " + at + ", " + reg + ";\n";
  }
  return text;
}

/// The bits of a small integer.
inline uint32_t encodeInteger(MatrixElement element, int value) {
  switch (element) {
  case MatrixElement::F16:
    return encodeF16(float(value));
  case MatrixElement::BF16:
    return encodeBF16(float(value));
  default:
    return detail::toBits(float(value));
  }
}

} // namespace mlir::sattn::ptx

#endif // SATTN_TEST_UNIT_PTX_KERNELPIECES_H
