//===- Decoder.cpp - From statements to decoded instructions -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Resolves operands to slots and checks their sizes.
//
//===----------------------------------------------------------------------===//

#include "sattn/PTX/Decoder.h"
#include "sattn/PTX/Program.h"
#include "llvm/ADT/StringSwitch.h"
#include <cstring>

using namespace mlir::sattn;
using namespace mlir::sattn::ptx;

int ModifierReader::consumeAny(llvm::ArrayRef<llvm::StringLiteral> names) {
  for (size_t i = 0; i < names.size(); ++i)
    if (consume(names[i]))
      return i;
  return -1;
}

std::optional<ScalarType> ModifierReader::consumeType() {
  auto type = parseScalarType(peek());
  if (type)
    rest = rest.drop_front();
  return type;
}

Decoder::Decoder(Program &program, FunctionCode &code)
    : program(program), code(code), function(*code.function) {}

bool Decoder::fail(const Statement &statement, const llvm::Twine &text) {
  if (!message)
    message = ("ptx line " + llvm::Twine(statement.line) + ": " + text + ": " +
               statement.text)
                  .str();
  return false;
}

bool Decoder::failUnknown(const Statement &statement) {
  std::string name = statement.mnemonic.str();
  for (llvm::StringRef modifier : statement.modifiers)
    name += "." + modifier.str();
  return fail(statement, "unknown instruction '" + name + "'");
}

llvm::Error Decoder::takeError() {
  return message ? llvm::createStringError(*message) : llvm::Error::success();
}

bool Decoder::expectOperands(const Statement &statement, unsigned count) {
  return statement.operands.size() == count ||
         fail(statement, "expected " + llvm::Twine(count) + " operands, got " +
                             llvm::Twine(statement.operands.size()));
}

std::optional<SpecialRegister> ptx::parseSpecialRegister(llvm::StringRef text) {
  static constexpr llvm::StringLiteral names[] = {"%tid.x",
                                                  "%tid.y",
                                                  "%tid.z",
                                                  "%ntid.x",
                                                  "%ntid.y",
                                                  "%ntid.z",
                                                  "%ctaid.x",
                                                  "%ctaid.y",
                                                  "%ctaid.z",
                                                  "%nctaid.x",
                                                  "%nctaid.y",
                                                  "%nctaid.z",
                                                  "%laneid",
                                                  "%warpid",
                                                  "%nwarpid",
                                                  "%smid",
                                                  "%nsmid",
                                                  "%gridid",
                                                  "%lanemask_eq",
                                                  "%lanemask_le",
                                                  "%lanemask_lt",
                                                  "%lanemask_ge",
                                                  "%lanemask_gt",
                                                  "%clusterid.x",
                                                  "%clusterid.y",
                                                  "%clusterid.z",
                                                  "%nclusterid.x",
                                                  "%nclusterid.y",
                                                  "%nclusterid.z",
                                                  "%cluster_ctaid.x",
                                                  "%cluster_ctaid.y",
                                                  "%cluster_ctaid.z",
                                                  "%cluster_nctaid.x",
                                                  "%cluster_nctaid.y",
                                                  "%cluster_nctaid.z",
                                                  "%cluster_ctarank",
                                                  "%cluster_nctarank",
                                                  "%dynamic_smem_size",
                                                  "%total_smem_size"};
  static_assert(std::size(names) == unsigned(SpecialRegister::Count));
  for (unsigned i = 0; i < std::size(names); ++i)
    if (names[i] == text)
      return SpecialRegister(i);
  return std::nullopt;
}

Slot Decoder::makeConstant(uint64_t bits, unsigned bytes) {
  auto [entry, isNew] =
      program.constantSlots.try_emplace({bits, bytes}, Slot());
  if (!isNew)
    return entry->second;
  size_t offset = program.constants.size();
  entry->second = Slot(Slot::Constant, offset);
  unsigned total = bytes ? bytes * warpSize : sizeof(uint32_t);
  program.constants.resize(offset + (total + 63) / 64 * 64);
  for (unsigned i = 0; i < (bytes ? warpSize : 1); ++i) {
    uint8_t *lane = program.constants.data() + offset + i * bytes;
    std::memcpy(lane, &bits, std::min(bytes ? bytes : 4u, 8u));
  }
  return entry->second;
}

llvm::ArrayRef<Slot> Decoder::keep(llvm::ArrayRef<Slot> slots) {
  program.slotLists.push_back(slots.vec());
  return program.slotLists.back();
}

bool Decoder::symbolAddress(const Statement &statement, const Operand &operand,
                            uint64_t &value) {
  auto local = code.symbols.find(operand.text);
  if (local != code.symbols.end()) {
    value = local->second + operand.value;
    return true;
  }
  auto global = program.moduleSymbols.find(operand.text);
  if (global == program.moduleSymbols.end())
    return fail(statement, "unknown symbol '" + operand.text + "'");
  value = global->second + operand.value;
  return true;
}

bool Decoder::isLocalVariable(const Operand &operand) const {
  return llvm::any_of(function.variables, [&](const Variable &variable) {
    return variable.space == StateSpace::Local && variable.name == operand.text;
  });
}

bool Decoder::immediate(const Statement &statement, const Operand &operand,
                        ScalarType type, Slot &slot) {
  uint64_t bits = operand.value;
  unsigned bytes = getByteSize(type);
  if (type == ScalarType::Pred) {
    slot = makeConstant(bits ? allLanes : 0, 0);
    return true;
  }
  if (operand.kind == Operand::Kind::Float64 && bytes == 4) {
    double wide;
    std::memcpy(&wide, &bits, sizeof wide);
    float narrow = wide;
    bits = 0;
    std::memcpy(&bits, &narrow, sizeof narrow);
  } else if (operand.kind == Operand::Kind::Float32 && bytes == 8) {
    return fail(statement, "expected a 64-bit constant");
  }
  if (bytes < 8)
    bits &= (uint64_t(1) << (8 * bytes)) - 1;
  slot = makeConstant(bits, bytes);
  return true;
}

bool Decoder::source(const Statement &statement, const Operand &operand,
                     ScalarType type, Slot &slot) {
  unsigned bytes = 0;
  if (!wideSource(statement, operand, type, slot, bytes))
    return false;
  return bytes == getByteSize(type) ||
         fail(statement, "expected an operand of " +
                             llvm::Twine(getByteSize(type)) + " bytes, got '" +
                             operand.text + "' of " + llvm::Twine(bytes));
}

bool Decoder::wideSource(const Statement &statement, const Operand &operand,
                         ScalarType type, Slot &slot, unsigned &bytes) {
  bytes = getByteSize(type);
  switch (operand.kind) {
  case Operand::Kind::Register:
    bytes = getByteSize(getRegisterType(operand));
    slot = Slot(Slot::Frame, code.registerOffsets[operand.reg]);
    return (bytes != 0) == (type != ScalarType::Pred) ||
           fail(statement, "expected a register of type ." + getName(type) +
                               ", got '" + operand.text + "'");
  case Operand::Kind::Integer:
  case Operand::Kind::Float32:
  case Operand::Kind::Float64:
    return immediate(statement, operand, type, slot);
  case Operand::Kind::Symbol: {
    uint64_t address = 0;
    if (!symbolAddress(statement, operand, address))
      return false;
    slot = makeConstant(address, bytes);
    return true;
  }
  case Operand::Kind::Special: {
    auto special = parseSpecialRegister(operand.text);
    if (!special)
      return fail(statement, "unknown special register '" + operand.text + "'");
    bytes = 4;
    if (!llvm::is_contained(program.usedSpecials, *special))
      program.usedSpecials.push_back(*special);
    slot = Slot(Slot::Special, unsigned(*special) * 4 * warpSize);
    return true;
  }
  default:
    return fail(statement, "expected a register or a constant");
  }
}

bool Decoder::destination(const Statement &statement, const Operand &operand,
                          ScalarType type, Slot &slot) {
  unsigned bytes = 0;
  if (!wideDestination(statement, operand, type, slot, bytes))
    return false;
  return bytes == getByteSize(type) ||
         fail(statement, "expected a register of " +
                             llvm::Twine(getByteSize(type)) + " bytes, got '" +
                             operand.text + "' of " + llvm::Twine(bytes));
}

bool Decoder::wideDestination(const Statement &statement,
                              const Operand &operand, ScalarType type,
                              Slot &slot, unsigned &bytes) {
  bytes = getByteSize(type);
  if (operand.kind == Operand::Kind::Sink) {
    slot = Slot(Slot::Frame, code.sinkOffset);
    return true;
  }
  if (operand.kind != Operand::Kind::Register)
    return fail(statement, "expected a register to write to");
  return wideSource(statement, operand, type, slot, bytes);
}

bool Decoder::address(const Statement &statement, const Operand &operand,
                      StateSpace space, Instruction &instruction) {
  if (operand.kind != Operand::Kind::Address)
    return fail(statement, "expected an address in brackets");
  instruction.immediate = operand.value;
  if (operand.reg >= 0) {
    unsigned bytes = getByteSize(getRegisterType(operand));
    if (bytes != 4 && bytes != 8)
      return fail(statement, "expected a 32-bit or 64-bit address");
    instruction.a = Slot(Slot::Frame, code.registerOffsets[operand.reg]);
    if (bytes == 4)
      instruction.modifier |= shortAddress;
    return true;
  }
  uint64_t base = 0;
  if (!operand.text.empty()) {
    if (!symbolAddress(statement, operand, base))
      return false;
    if (space == StateSpace::Generic)
      return fail(statement, "expected a state space for the address of '" +
                                 operand.text + "'");
    base -= operand.value;
    if (isLocalVariable(operand))
      instruction.modifier |= frameAddress;
  }
  instruction.a = makeConstant(base, 8);
  return true;
}

bool Decoder::slots(const Statement &statement, const Operand &operand,
                    ScalarType type, bool write,
                    llvm::SmallVectorImpl<Slot> &slots) {
  llvm::ArrayRef<Operand> elements = operand;
  if (operand.kind == Operand::Kind::Vector)
    elements = operand.elements;
  for (const Operand &element : elements) {
    slots.emplace_back();
    if (!(write ? destination(statement, element, type, slots.back())
                : source(statement, element, type, slots.back())))
      return false;
  }
  return true;
}

bool Decoder::constant(const Statement &statement, const Operand &operand,
                       int64_t &value) {
  if (operand.kind != Operand::Kind::Integer)
    return fail(statement, "expected an integer constant");
  value = operand.value;
  return true;
}

bool Decoder::label(const Statement &statement, const Operand &operand,
                    uint32_t &target) {
  auto found = function.labels.find(operand.text);
  if (operand.kind != Operand::Kind::Symbol || found == function.labels.end())
    return fail(statement, "expected a label, got '" + operand.text + "'");
  target = code.begin + found->second;
  return true;
}

bool Decoder::targetTable(const Statement &statement, const Operand &operand,
                          uint64_t &table) {
  auto found = function.targetLists.find(operand.text);
  if (found == function.targetLists.end())
    return fail(statement,
                "expected a list of targets, got '" + operand.text + "'");
  std::vector<uint32_t> targets;
  for (llvm::StringRef name : found->second) {
    auto target = function.labels.find(name);
    if (target == function.labels.end())
      return fail(statement, "expected a label, got '" + name + "'");
    targets.push_back(code.begin + target->second);
  }
  table = program.targetTables.size();
  program.targetTables.push_back(std::move(targets));
  return true;
}
