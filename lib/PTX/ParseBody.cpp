//===- ParseBody.cpp - Bodies of PTX functions -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Registers, variables, labels and statements. Names are resolved here: braces
// open scopes, and inline assembly repeats its labels and registers.
//
//===----------------------------------------------------------------------===//

#include "Parser.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSwitch.h"

using namespace mlir::sattn;
using namespace mlir::sattn::ptx;

bool Parser::parseBody(Function &into) {
  function = &into;
  scopes.clear();
  statementScopes.clear();
  scope = -1;
  if (!lexer.peek().is('{'))
    return expect('{');
  do {
    if (!parseBodyItem())
      return false;
  } while (scope >= 0);
  for (auto [statement, in] : llvm::zip(function->body, statementScopes))
    for (Operand &operand : statement.operands)
      resolveSymbols(operand, in);
  return true;
}

bool Parser::parseBodyItem() {
  Token token = lexer.peek();
  if (consume('{')) {
    scopes.emplace_back();
    scopes.back().parent = scope;
    scope = scopes.size() - 1;
    return true;
  }
  if (consume('}')) {
    scope = scopes[scope].parent;
    return true;
  }
  if (consume(';'))
    return true;
  if (token.kind == Token::Kind::Directive)
    return parseBodyDirective();
  return parseStatement();
}

bool Parser::parseBodyDirective() {
  Token token = lexer.peek();
  if (token.is(".loc") || token.is(".file") || token.is(".pragma"))
    return skipDirective();
  lexer.next();
  if (token.is(".reg"))
    return parseRegisters();
  if (token.is(".shared"))
    return parseLocalVariables(StateSpace::Shared);
  if (token.is(".local"))
    return parseLocalVariables(StateSpace::Local);
  if (token.is(".param"))
    return parseLocalVariables(StateSpace::Param);
  if (token.is(".global") || token.is(".const")) {
    Variable variable;
    if (!parseVariable(variable, token.is(".global") ? StateSpace::Global
                                                     : StateSpace::Const))
      return false;
    module.variables.push_back(std::move(variable));
    return expect(';');
  }
  return fail(token, "unknown directive '" + token.text + "'");
}

bool Parser::parseRegisters() {
  Token token = lexer.next();
  auto type = parseScalarType(token.text.drop_front());
  if (!type)
    return fail(token,
                "expected the type of registers, got '" + token.text + "'");
  do {
    Token name = lexer.next();
    if (name.kind != Token::Kind::Word)
      return fail(name,
                  "expected the name of a register, got '" + name.text + "'");
    uint64_t count = 1;
    unsigned first = function->registers.size();
    if (consume('<')) {
      if (!expectInteger(count) || !expect('>'))
        return false;
      if (count > (1u << 20))
        return fail(name, "expected at most a million registers");
      scopes[scope].ranges[name.text] = {first, unsigned(count)};
    } else {
      scopes[scope].registers[name.text] = first;
    }
    function->registers.resize(first + count, {name.text, *type});
  } while (consume(','));
  return expect(';');
}

llvm::StringRef Parser::declareKey(llvm::StringRef name) {
  // Names of the outermost scope stay as they are.
  llvm::StringRef key = name;
  if (scope > 0) {
    module.madeNames.push_back(
        std::make_unique<std::string>((name + "@" + llvm::Twine(scope)).str()));
    key = *module.madeNames.back();
  }
  scopes[scope].keys[name] = key;
  return key;
}

bool Parser::parseLocalVariables(StateSpace space) {
  do {
    Variable variable;
    if (!parseVariable(variable, space))
      return false;
    variable.name = declareKey(variable.name);
    function->variables.push_back(std::move(variable));
  } while (consume(','));
  return expect(';');
}

bool Parser::parseLabel(llvm::StringRef name) {
  llvm::StringRef key = declareKey(name);
  Token token = lexer.peek();
  if (token.is(".branchtargets") || token.is(".calltargets")) {
    lexer.next();
    std::vector<llvm::StringRef> &targets = function->targetLists[key];
    do
      targets.push_back(lexer.next().text);
    while (consume(','));
    return expect(';');
  }
  if (token.is(".callprototype")) {
    while (lexer.peek().kind != Token::Kind::End && !lexer.next().is(';'))
      ;
    return true;
  }
  if (!function->labels.try_emplace(key, function->body.size()).second)
    return fail(token, "label '" + name + "' is there twice");
  return true;
}

bool Parser::parseStatement() {
  Statement statement;
  Token first = lexer.peek();
  if (consume('@')) {
    statement.guardNegated = consume('!');
    Token name = lexer.next();
    statement.guard = findRegister(name.text);
    if (statement.guard < 0 ||
        function->registers[statement.guard].type != ScalarType::Pred)
      return fail(name, "expected a predicate, got '" + name.text + "'");
  }
  Token opcode = lexer.next();
  if (opcode.kind != Token::Kind::Word)
    return fail(opcode,
                "expected an instruction, got '" +
                    (opcode.text.empty() ? "end of text" : opcode.text) + "'");
  if (statement.guard < 0 && consume(':'))
    return parseLabel(opcode.text);
  statement.line = opcode.line;
  auto [mnemonic, rest] = opcode.text.split('.');
  statement.mnemonic = mnemonic;
  if (!rest.empty())
    rest.split(statement.modifiers, '.');
  while (!lexer.peek().is(';')) {
    Operand operand;
    if (!parseOperand(operand))
      return false;
    statement.operands.push_back(std::move(operand));
    if (!consume(','))
      break;
  }
  const char *end = lexer.peek().text.data();
  if (!expect(';'))
    return false;
  statement.text = llvm::StringRef(first.text.data(), end - first.text.data());
  function->body.push_back(std::move(statement));
  statementScopes.push_back(scope);
  return true;
}

bool Parser::parseSequence(Operand &operand, char close) {
  while (!lexer.peek().is(close)) {
    operand.elements.emplace_back();
    if (!parseOperand(operand.elements.back()))
      return false;
    if (!consume(','))
      break;
  }
  return expect(close);
}

bool Parser::parseNumber(Operand &operand, bool negative) {
  Token token = lexer.next();
  operand.value = token.value;
  switch (token.kind) {
  case Token::Kind::Integer:
    operand.kind = Operand::Kind::Integer;
    operand.value = negative ? -token.value : token.value;
    return true;
  case Token::Kind::Float32:
    operand.kind = Operand::Kind::Float32;
    operand.value ^= negative ? int64_t(1) << 31 : 0;
    return true;
  case Token::Kind::Float64:
    operand.kind = Operand::Kind::Float64;
    operand.value ^= negative ? int64_t(1) << 63 : 0;
    return true;
  default:
    return fail(token, "expected an operand, got '" + token.text + "'");
  }
}

bool Parser::parseWord(Operand &operand) {
  Token token = lexer.next();
  operand.text = token.text;
  operand.reg = findRegister(token.text);
  if (operand.reg >= 0) {
    operand.kind = Operand::Kind::Register;
    return true;
  }
  if (token.is("_")) {
    operand.kind = Operand::Kind::Sink;
    return true;
  }
  if (token.text.starts_with("%")) {
    operand.kind = Operand::Kind::Special;
    return true;
  }
  if (token.is("WARP_SZ")) {
    operand.kind = Operand::Kind::Integer;
    operand.value = 32;
    return true;
  }
  operand.kind = Operand::Kind::Symbol;
  uint64_t offset = 0;
  if (consume('+')) {
    if (!expectInteger(offset))
      return false;
    operand.value = offset;
  }
  return true;
}

bool Parser::parseAddress(Operand &operand) {
  Operand base;
  if (!parseOperand(base))
    return false;
  operand.kind = Operand::Kind::Address;
  operand.reg = base.reg;
  operand.text = base.reg < 0 ? base.text : llvm::StringRef();
  operand.value = base.kind == Operand::Kind::Register ? 0 : base.value;
  bool negative = false;
  while (consume('+') || (negative = consume('-'))) {
    negative |= consume('-');
    uint64_t offset = 0;
    if (!expectInteger(offset))
      return false;
    operand.value += negative ? -offset : offset;
    negative = false;
  }
  return !consume(',') ? expect(']') : parseSequence(operand, ']');
}

bool Parser::parseOperand(Operand &operand) {
  Token token = lexer.peek();
  if (consume('[')) {
    return parseAddress(operand);
  } else if (consume('{')) {
    operand.kind = Operand::Kind::Vector;
    return parseSequence(operand, '}');
  } else if (consume('(')) {
    operand.kind = Operand::Kind::List;
    return parseSequence(operand, ')');
  } else if (consume('-')) {
    return parseNumber(operand, /*negative=*/true);
  } else if (consume('!')) {
    operand.negated = true;
    return parseWord(operand);
  }
  if (token.kind != Token::Kind::Word)
    return parseNumber(operand, /*negative=*/false);
  if (!parseWord(operand))
    return false;
  if (!consume('|'))
    return true;
  Operand second;
  if (!parseWord(second))
    return false;
  Operand pair;
  pair.kind = Operand::Kind::Pair;
  pair.elements = {std::move(operand), std::move(second)};
  operand = std::move(pair);
  return true;
}

int Parser::findRegister(llvm::StringRef name) const {
  for (int in = scope; in >= 0; in = scopes[in].parent) {
    const Scope &s = scopes[in];
    if (auto found = s.registers.find(name); found != s.registers.end())
      return found->second;
    // `%r12` may be number 12 of `%r` or number 2 of `%r1`.
    for (size_t digits = name.size();
         digits > 1 && llvm::isDigit(name[digits - 1]); --digits) {
      auto range = s.ranges.find(name.take_front(digits - 1));
      unsigned number = 0;
      if (range != s.ranges.end() &&
          !name.drop_front(digits - 1).getAsInteger(10, number) &&
          number < range->second.count)
        return range->second.first + number;
    }
  }
  return -1;
}

void Parser::resolveSymbols(Operand &operand, int in) const {
  for (Operand &element : operand.elements)
    resolveSymbols(element, in);
  bool named = operand.kind == Operand::Kind::Symbol ||
               (operand.kind == Operand::Kind::Address && operand.reg < 0);
  if (!named || operand.text.empty())
    return;
  for (; in >= 0; in = scopes[in].parent) {
    auto key = scopes[in].keys.find(operand.text);
    if (key == scopes[in].keys.end())
      continue;
    operand.text = key->second;
    return;
  }
}
