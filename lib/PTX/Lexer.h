//===- Lexer.h - Tokens of PTX -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef SATTN_LIB_PTX_LEXER_H
#define SATTN_LIB_PTX_LEXER_H

#include "llvm/ADT/StringRef.h"
#include <cstdint>

namespace mlir::sattn::ptx {

struct Token {
  enum class Kind : uint8_t {
    End,
    Word,      ///< `%r1`, `$L__BB0_1`, `ld.global.f32`, `%tid.x`
    Directive, ///< `.reg`, with the dot
    Integer,   ///< bits in `value`
    Float32,   ///< bits in `value`
    Float64,   ///< bits in `value`
    String,    ///< with the quotes
    Symbol,    ///< one character of punctuation
    Invalid,   ///< a character that PTX has no use for
  };
  Kind kind = Kind::End;
  llvm::StringRef text;
  unsigned line = 0;
  uint64_t value = 0;

  bool is(char symbol) const {
    return kind == Kind::Symbol && text.front() == symbol;
  }
  bool is(llvm::StringRef spelling) const { return text == spelling; }
};

/// Splits a text into tokens, one ahead.
class Lexer {
public:
  explicit Lexer(llvm::StringRef text) : text(text) { advance(); }

  const Token &peek() const { return token; }
  Token next() {
    Token result = token;
    advance();
    return result;
  }
  /// Goes on after the end of the current token's line (`.loc`, `.file`).
  void skipLine();

private:
  void advance();
  void skipBlanks();
  void lexNumber();
  void lexWord();

  llvm::StringRef text;
  size_t position = 0;
  unsigned line = 1;
  Token token;
};

} // namespace mlir::sattn::ptx

#endif // SATTN_LIB_PTX_LEXER_H
