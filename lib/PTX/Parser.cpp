//===- Parser.cpp - PTX modules, variables and functions -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// What stands outside the bodies of functions. PTX ISA, "Directives".
//
//===----------------------------------------------------------------------===//

#include "Parser.h"
#include "llvm/ADT/StringSwitch.h"

using namespace mlir::sattn;
using namespace mlir::sattn::ptx;

bool Statement::hasModifier(llvm::StringRef name) const {
  return llvm::is_contained(modifiers, name);
}

const Function *Module::findFunction(llvm::StringRef name) const {
  for (const auto &function : functions)
    if (function->name == name && function->isDefined)
      return function.get();
  return nullptr;
}

bool Parser::fail(const Token &at, const llvm::Twine &message) {
  if (!error) {
    llvm::consumeError(std::move(error));
    error = llvm::createStringError("ptx line " + llvm::Twine(at.line) + ": " +
                                    message);
  }
  return false;
}

bool Parser::consume(char symbol) {
  if (!lexer.peek().is(symbol))
    return false;
  lexer.next();
  return true;
}

static llvm::StringRef spell(const Token &token) {
  return token.kind == Token::Kind::End ? "end of text" : token.text;
}

bool Parser::expect(char symbol) {
  if (consume(symbol))
    return true;
  return fail(lexer.peek(), llvm::Twine("expected '") + llvm::Twine(symbol) +
                                "', got '" + spell(lexer.peek()) + "'");
}

bool Parser::expectInteger(uint64_t &value) {
  if (lexer.peek().kind != Token::Kind::Integer)
    return fail(lexer.peek(),
                "expected an integer, got '" + spell(lexer.peek()) + "'");
  value = lexer.next().value;
  return true;
}

bool Parser::parseModule() {
  while (lexer.peek().kind != Token::Kind::End)
    if (!parseTopLevel())
      return false;
  if (module.version == 0)
    return fail(lexer.peek(), "expected a .version directive");
  if (module.target.empty())
    return fail(lexer.peek(), "expected a .target directive");
  return true;
}

bool Parser::parseHeader(llvm::StringRef directive) {
  if (directive == ".target") {
    module.target = lexer.next().text;
    while (consume(','))
      lexer.next();
    return true;
  }
  if (directive == ".address_size") {
    Token at = lexer.peek();
    uint64_t bits = 0;
    if (!expectInteger(bits))
      return false;
    return bits == 64 || fail(at, "expected 64-bit addresses, got " +
                                      llvm::Twine(bits) + "-bit ones");
  }
  // .version: "8.3" is lexed as a number.
  Token number = lexer.next();
  auto [major, minor] = number.text.split('.');
  unsigned high = 0, low = 0;
  if (major.getAsInteger(10, high) || minor.getAsInteger(10, low))
    return fail(number, "expected a version, got '" + number.text + "'");
  module.version = high * 10 + low;
  return true;
}

/// Jumps over a directive that says nothing about the execution.
bool Parser::skipDirective() {
  Token directive = lexer.peek();
  if (directive.is(".section")) {
    while (lexer.peek().kind != Token::Kind::End && !lexer.next().is('}'))
      ;
    return true;
  }
  if (directive.is(".pragma") || directive.is(".alias")) {
    while (lexer.peek().kind != Token::Kind::End && !lexer.next().is(';'))
      ;
    return true;
  }
  lexer.skipLine();
  return true;
}

bool Parser::parseTopLevel() {
  Token token = lexer.peek();
  if (token.kind != Token::Kind::Directive)
    return fail(token, "expected a directive, got '" + spell(token) + "'");
  if (token.is(".file") || token.is(".loc") || token.is(".section") ||
      token.is(".pragma") || token.is(".alias"))
    return skipDirective();
  lexer.next();
  if (token.is(".version") || token.is(".target") || token.is(".address_size"))
    return parseHeader(token.text);
  bool isExtern = false;
  while (token.is(".visible") || token.is(".extern") || token.is(".weak") ||
         token.is(".common")) {
    isExtern |= token.is(".extern");
    token = lexer.next();
  }
  if (token.is(".entry") || token.is(".func"))
    return parseFunction(token.is(".entry"));
  std::optional<StateSpace> space =
      llvm::StringSwitch<std::optional<StateSpace>>(token.text)
          .Case(".global", StateSpace::Global)
          .Case(".const", StateSpace::Const)
          .Case(".shared", StateSpace::Shared)
          .Default(std::nullopt);
  if (!space)
    return fail(token, "expected a module-level directive, got '" +
                           spell(token) + "'");
  do {
    Variable variable;
    variable.isExtern = isExtern;
    if (!parseVariable(variable, *space))
      return false;
    module.variables.push_back(std::move(variable));
  } while (consume(','));
  return expect(';');
}

bool Parser::parseVariable(Variable &variable, StateSpace space) {
  variable.space = space;
  unsigned vector = 1;
  bool aligned = false;
  while (lexer.peek().kind == Token::Kind::Directive) {
    Token token = lexer.next();
    llvm::StringRef name = token.text.drop_front();
    if (name == "align") {
      uint64_t alignment = 0;
      if (!expectInteger(alignment))
        return false;
      variable.alignment = alignment;
      aligned = true;
    } else if (name == "v2" || name == "v4") {
      vector = name == "v2" ? 2 : 4;
    } else if (auto type = parseScalarType(name)) {
      variable.type = *type;
    } else if (name == "ptr") {
      // `.ptr .global .align 16` describes what a pointer parameter points to.
      while (lexer.peek().kind == Token::Kind::Directive)
        if (lexer.next().is(".align"))
          lexer.next();
    } else if (name != "attribute" && name != "managed") {
      return fail(token, "unknown directive '" + token.text + "'");
    }
  }
  Token name = lexer.next();
  if (name.kind != Token::Kind::Word)
    return fail(name,
                "expected the name of a variable, got '" + spell(name) + "'");
  variable.name = name.text;
  variable.line = name.line;
  variable.size = uint64_t(getByteSize(variable.type)) * vector;
  if (!aligned)
    variable.alignment = std::max<uint64_t>(1, variable.size);
  if (variable.alignment & (variable.alignment - 1) || !variable.alignment)
    return fail(name, "expected an alignment that is a power of two, got " +
                          llvm::Twine(variable.alignment));
  if (!parseArraySuffix(variable))
    return false;
  uint64_t offset = 0;
  if (!consume('='))
    return true;
  return parseInitializer(variable, offset);
}

bool Parser::parseArraySuffix(Variable &variable) {
  while (consume('[')) {
    uint64_t extent = 0;
    if (!lexer.peek().is(']') && !expectInteger(extent))
      return false;
    if (extent > (uint64_t(1) << 40))
      return fail(lexer.peek(), "the array is too large");
    variable.size *= extent;
    if (!expect(']'))
      return false;
  }
  return true;
}

bool Parser::parseInitializer(Variable &variable, uint64_t &offset) {
  if (!consume('{'))
    return parseInitialValue(variable, offset);
  do {
    if (!parseInitializer(variable, offset))
      return false;
  } while (consume(','));
  return expect('}');
}

bool Parser::parseInitialValue(Variable &variable, uint64_t &offset) {
  Token token = lexer.next();
  bool negative = token.is('-');
  if (negative)
    token = lexer.next();
  unsigned size = getByteSize(variable.type);
  uint64_t value = negative ? -token.value : token.value;
  if (token.kind == Token::Kind::Word) {
    bool generic = token.is("generic");
    if (generic) {
      if (!expect('('))
        return false;
      token = lexer.next();
      if (!expect(')'))
        return false;
    }
    uint64_t addend = 0;
    if (consume('+') && !expectInteger(addend))
      return false;
    if (size != 8)
      return fail(token, "expected addresses in 64-bit variables only");
    variable.relocations.push_back(
        {offset, token.text, int64_t(addend), generic});
    value = 0;
  } else if (token.kind == Token::Kind::Float64 &&
             variable.type == ScalarType::F32) {
    double wide;
    std::memcpy(&wide, &token.value, sizeof wide);
    float narrow = wide;
    value = 0;
    std::memcpy(&value, &narrow, sizeof narrow);
  } else if (token.kind != Token::Kind::Integer &&
             token.kind != Token::Kind::Float32 &&
             token.kind != Token::Kind::Float64) {
    return fail(token, "expected an initial value, got '" + spell(token) + "'");
  }
  if (offset + size > std::max(variable.size, uint64_t(size)))
    return fail(token, "more initial values than the variable has room for");
  variable.initializer.resize(offset + size);
  std::memcpy(variable.initializer.data() + offset, &value, size);
  offset += size;
  return true;
}

bool Parser::parseParameters(llvm::SmallVectorImpl<Variable> &parameters) {
  if (!expect('('))
    return false;
  while (!lexer.peek().is(')')) {
    Token token = lexer.next();
    if (!token.is(".param"))
      return fail(token, "expected '.param', got '" + spell(token) + "'");
    Variable parameter;
    if (!parseVariable(parameter, StateSpace::Param))
      return false;
    parameters.push_back(std::move(parameter));
    if (!consume(','))
      break;
  }
  return expect(')');
}

bool Parser::parseDim(Dim3 &dim) {
  uint64_t value = 1;
  for (uint32_t *extent : {&dim.x, &dim.y, &dim.z}) {
    if (!expectInteger(value))
      return false;
    *extent = value;
    if (!consume(','))
      return true;
  }
  return true;
}

bool Parser::parseBounds(Function &function) {
  LaunchBounds &bounds = function.bounds;
  while (lexer.peek().kind == Token::Kind::Directive) {
    Token token = lexer.next();
    uint64_t value = 0;
    Dim3 dim;
    bool isDim = token.is(".maxntid") || token.is(".reqntid") ||
                 token.is(".reqnctapercluster");
    bool isCount = token.is(".minnctapersm") || token.is(".maxnreg") ||
                   token.is(".maxclusterrank") || token.is(".maxnctapersm") ||
                   token.is(".abi_preserve") ||
                   token.is(".abi_preserve_control");
    if (!isDim && !isCount && !token.is(".explicitcluster") &&
        !token.is(".noreturn") && !token.is(".blocksareclusters"))
      return fail(token,
                  "unknown directive '" + token.text + "' of a function");
    if ((isDim && !parseDim(dim)) || (isCount && !expectInteger(value)))
      return false;
    if (token.is(".maxntid"))
      bounds.maxThreads = dim;
    else if (token.is(".reqntid"))
      bounds.requiredThreads = dim;
    else if (token.is(".reqnctapercluster"))
      bounds.requiredCluster = dim;
    else if (token.is(".minnctapersm"))
      bounds.minBlocksPerSM = value;
    else if (token.is(".maxnreg"))
      bounds.maxRegisters = value;
    else if (token.is(".maxclusterrank"))
      bounds.maxClusterRank = value;
  }
  return true;
}

bool Parser::parseFunction(bool isEntry) {
  auto owned = std::make_unique<Function>();
  owned->isEntry = isEntry;
  if (lexer.peek().is('(') && !parseParameters(owned->results))
    return false;
  Token name = lexer.next();
  if (name.kind != Token::Kind::Word)
    return fail(name,
                "expected the name of a function, got '" + spell(name) + "'");
  owned->name = name.text;
  owned->line = name.line;
  if (lexer.peek().is('(') && !parseParameters(owned->parameters))
    return false;
  if (!parseBounds(*owned))
    return false;
  if (!consume(';')) {
    if (module.findFunction(name.text))
      return fail(name, "function '" + name.text + "' is defined twice");
    owned->isDefined = true;
    if (!parseBody(*owned))
      return false;
  }
  module.functions.push_back(std::move(owned));
  return true;
}

llvm::Expected<std::unique_ptr<Module>> ptx::parseModule(llvm::StringRef text) {
  auto module = std::make_unique<Module>();
  module->source = text.str();
  Parser parser(*module);
  if (!parser.parseModule())
    return parser.takeError();
  return module;
}
