//===- Lexer.cpp - Tokens of PTX -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Words keep their dots: `ld.global.v2.f32` and `%tid.x` are one token each.
// PTX ISA, "Lexical Elements".
//
//===----------------------------------------------------------------------===//

#include "Lexer.h"
#include "llvm/ADT/StringExtras.h"
#include <cstring>

using namespace mlir::sattn;
using namespace mlir::sattn::ptx;

static bool isWordStart(char c) {
  return llvm::isAlpha(c) || c == '_' || c == '$' || c == '%';
}

static bool isWordPart(char c) {
  return llvm::isAlnum(c) || c == '_' || c == '$';
}

void Lexer::skipBlanks() {
  while (position < text.size()) {
    llvm::StringRef rest = text.drop_front(position);
    if (rest.starts_with("//")) {
      position = std::min(text.find('\n', position), text.size());
    } else if (rest.starts_with("/*")) {
      size_t end = text.find("*/", position + 2);
      end = end == llvm::StringRef::npos ? text.size() : end + 2;
      line += text.slice(position, end).count('\n');
      position = end;
    } else if (llvm::isSpace(rest.front()) || rest.front() == '\0') {
      line += rest.front() == '\n';
      ++position;
    } else {
      return;
    }
  }
}

void Lexer::skipLine() {
  while (token.kind != Token::Kind::End) {
    unsigned current = token.line;
    advance();
    if (token.line != current)
      return;
  }
}

void Lexer::lexNumber() {
  llvm::StringRef rest = text.drop_front(position);
  if (rest.starts_with_insensitive("0f") ||
      rest.starts_with_insensitive("0d")) {
    bool single = rest[1] == 'f' || rest[1] == 'F';
    size_t digits = single ? 8 : 16;
    llvm::StringRef hex = rest.substr(2, digits);
    token.kind = single ? Token::Kind::Float32 : Token::Kind::Float64;
    if (hex.size() != digits || hex.getAsInteger(16, token.value))
      token.kind = Token::Kind::Invalid;
    token.text = rest.take_front(2 + digits);
    return;
  }
  size_t length =
      rest.find_if_not([](char c) { return llvm::isAlnum(c) || c == '.'; });
  token.text = rest.take_front(std::min(length, rest.size()));
  llvm::StringRef spelling = token.text;
  bool hex = spelling.starts_with_insensitive("0x");
  if (!hex && spelling.find_first_of(".eE") != llvm::StringRef::npos) {
    double number = 0;
    token.kind = spelling.getAsDouble(number) ? Token::Kind::Invalid
                                              : Token::Kind::Float64;
    std::memcpy(&token.value, &number, sizeof number);
    return;
  }
  spelling.consume_back("U");
  token.kind = spelling.getAsInteger(0, token.value) ? Token::Kind::Invalid
                                                     : Token::Kind::Integer;
}

void Lexer::lexWord() {
  size_t end = position + 1;
  auto skipPart = [&] {
    while (end < text.size() && isWordPart(text[end]))
      ++end;
  };
  skipPart();
  while (end < text.size()) {
    llvm::StringRef rest = text.drop_front(end);
    size_t separator = rest.starts_with("::") ? 2 : rest.front() == '.';
    if (!separator || separator >= rest.size() || !isWordPart(rest[separator]))
      break;
    end += separator;
    skipPart();
  }
  token.kind = Token::Kind::Word;
  token.text = text.slice(position, end);
}

void Lexer::advance() {
  position += token.text.size();
  skipBlanks();
  token = Token();
  token.line = line;
  token.text = text.substr(position, 1);
  if (token.text.empty())
    return;
  char c = token.text.front();
  if (isWordStart(c)) {
    lexWord();
  } else if (llvm::isDigit(c)) {
    lexNumber();
  } else if (c == '.') {
    size_t end = position + 1;
    while (end < text.size() && (isWordPart(text[end]) || text[end] == ':'))
      ++end;
    token.kind = Token::Kind::Directive;
    token.text = text.slice(position, end);
  } else if (c == '"') {
    size_t end = text.find('"', position + 1);
    token.kind = end == llvm::StringRef::npos ? Token::Kind::Invalid
                                              : Token::Kind::String;
    token.text = text.slice(position, std::min(end, text.size() - 1) + 1);
  } else {
    token.kind = llvm::StringRef("{}[]()<>,;:=@!|+-*/&~?").contains(c)
                     ? Token::Kind::Symbol
                     : Token::Kind::Invalid;
  }
}
