//===- Module.h - A parsed PTX module -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef SATTN_PTX_MODULE_H
#define SATTN_PTX_MODULE_H

#include "sattn/PTX/Types.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/Support/Error.h"
#include <memory>
#include <string>
#include <vector>

namespace mlir::sattn::ptx {

/// An operand as it is written. Register names are resolved (scopes are gone).
struct Operand {
  enum class Kind : uint8_t {
    Register, ///< `reg`, `negated` for `!%p`
    Special,  ///< `%tid.x`: `text`
    Integer,  ///< `value`
    Float32,  ///< `0f3F800000`: bits in `value`
    Float64,  ///< `0d...` or a decimal literal: bits in `value`
    Symbol,   ///< variable, label or function in `text`, plus `value` bytes
    Address, ///< `[base + value]`; base is `reg`, the symbol `text` or nothing;
             ///< what follows a comma inside the brackets is in `elements`
    Vector,  ///< `{a, b}` in `elements`
    List,    ///< `(a, b)` of a call in `elements`
    Pair,    ///< `%p|%q` in `elements`
    Sink,    ///< `_`
  };
  Kind kind = Kind::Sink;
  bool negated = false;
  int32_t reg = -1;
  int64_t value = 0;
  llvm::StringRef text;
  std::vector<Operand> elements;
};

/// An instruction as it is written: `@%p ld.global.v2.f32 {%f1, %f2}, [%rd1];`
struct Statement {
  unsigned line = 0;
  /// From the guard to the semicolon.
  llvm::StringRef text;
  /// Index of the guard's register, or -1.
  int32_t guard = -1;
  bool guardNegated = false;
  /// The mnemonic, `ld`, and what follows it between dots: `global`, `v2`,
  /// `f32` (`shared::cta` is one part).
  llvm::StringRef mnemonic;
  llvm::SmallVector<llvm::StringRef, 8> modifiers;
  llvm::SmallVector<Operand, 4> operands;

  bool hasModifier(llvm::StringRef name) const;
};

struct Register {
  llvm::StringRef name;
  ScalarType type = ScalarType::B32;
};

/// A variable in a state space, or a parameter.
struct Variable {
  llvm::StringRef name;
  StateSpace space = StateSpace::Global;
  ScalarType type = ScalarType::B8;
  unsigned alignment = 1;
  /// Bytes; 0 for `.extern .shared x[]`.
  uint64_t size = 0;
  bool isExtern = false;
  unsigned line = 0;
  /// Initial value of a global or constant variable, shorter than `size` where
  /// the rest is zero.
  std::vector<uint8_t> initializer;
  /// Addresses in the initial value: 8 bytes at `offset` are `symbol` + addend.
  struct Relocation {
    uint64_t offset;
    llvm::StringRef symbol;
    int64_t addend;
    bool generic;
  };
  std::vector<Relocation> relocations;
};

/// Performance-tuning directives of a kernel; 0 where absent.
struct LaunchBounds {
  std::optional<Dim3> maxThreads, requiredThreads, requiredCluster;
  uint32_t minBlocksPerSM = 0, maxRegisters = 0, maxClusterRank = 0;
};

struct Function {
  llvm::StringRef name;
  unsigned line = 0;
  bool isEntry = false, isDefined = false;
  llvm::SmallVector<Variable, 8> parameters, results;
  /// Variables declared in the body: shared, local and call parameters.
  std::vector<Variable> variables;
  std::vector<Register> registers;
  std::vector<Statement> body;
  /// Index of the statement after each label; scopes are resolved: two labels
  /// of one name in two scopes get different keys (`Operand::text` has the
  /// key).
  llvm::StringMap<unsigned> labels;
  /// `.branchtargets` and `.callprototype` lists.
  llvm::StringMap<std::vector<llvm::StringRef>> targetLists;
  LaunchBounds bounds;
};

/// A PTX module. Owns its text; every StringRef in it points there.
struct Module {
  std::string source;
  /// `.version` as 10 * major + minor.
  unsigned version = 0;
  /// `sm_90a`.
  llvm::StringRef target;
  std::vector<Variable> variables;
  std::vector<std::unique_ptr<Function>> functions;
  /// Names that the parser made up (labels in scopes, registers of a range).
  std::vector<std::unique_ptr<std::string>> madeNames;

  const Function *findFunction(llvm::StringRef name) const;
};

/// Parses PTX. An error names the line and shows what was expected.
llvm::Expected<std::unique_ptr<Module>> parseModule(llvm::StringRef text);

} // namespace mlir::sattn::ptx

#endif // SATTN_PTX_MODULE_H
