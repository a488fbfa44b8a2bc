//===- Parser.h - The state of the PTX parser -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef SATTN_LIB_PTX_PARSER_H
#define SATTN_LIB_PTX_PARSER_H

#include "Lexer.h"
#include "sattn/PTX/Module.h"
#include "llvm/ADT/Twine.h"

namespace mlir::sattn::ptx {

/// Recursive descent over one text. The first error is kept; every function
/// returns false from there on.
class Parser {
public:
  explicit Parser(Module &module) : module(module), lexer(module.source) {}

  bool parseModule();
  llvm::Error takeError() { return std::move(error); }
  ~Parser() { llvm::consumeError(std::move(error)); }

private:
  /// `%r<5>` declares five registers; a single name has no count.
  struct RegisterRange {
    unsigned first = 0, count = 0;
  };
  /// What braces open: names declared inside hide outer ones.
  struct Scope {
    int parent = -1;
    llvm::StringMap<unsigned> registers;
    llvm::StringMap<RegisterRange> ranges;
    /// Labels, variables and target lists, by name: the key in the function.
    llvm::StringMap<llvm::StringRef> keys;
  };

  // Parser.cpp: modules, variables, functions.
  bool parseTopLevel();
  bool parseHeader(llvm::StringRef directive);
  bool parseFunction(bool isEntry);
  bool parseParameters(llvm::SmallVectorImpl<Variable> &parameters);
  bool parseBounds(Function &function);
  bool parseDim(Dim3 &dim);
  bool parseVariable(Variable &variable, StateSpace space);
  bool parseArraySuffix(Variable &variable);
  bool parseInitializer(Variable &variable, uint64_t &offset);
  bool parseInitialValue(Variable &variable, uint64_t &offset);
  bool skipDirective();

  // ParseBody.cpp: what stands between the braces of a function.
  bool parseBody(Function &function);
  bool parseBodyItem();
  bool parseBodyDirective();
  bool parseRegisters();
  bool parseLocalVariables(StateSpace space);
  bool parseLabel(llvm::StringRef name);
  bool parseStatement();
  bool parseOperand(Operand &operand);
  bool parseAddress(Operand &operand);
  bool parseSequence(Operand &operand, char close);
  bool parseWord(Operand &operand);
  bool parseNumber(Operand &operand, bool negative);
  int findRegister(llvm::StringRef name) const;
  llvm::StringRef declareKey(llvm::StringRef name);
  void resolveSymbols(Operand &operand, int scope) const;

  bool fail(const Token &at, const llvm::Twine &message);
  bool expect(char symbol);
  bool consume(char symbol);
  bool expectInteger(uint64_t &value);

  Module &module;
  Lexer lexer;
  Function *function = nullptr;
  std::vector<Scope> scopes;
  int scope = -1;
  /// The scope that each statement of the body is in.
  std::vector<int> statementScopes;
  llvm::Error error = llvm::Error::success();
};

} // namespace mlir::sattn::ptx

#endif // SATTN_LIB_PTX_PARSER_H
