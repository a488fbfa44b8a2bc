//===- Decoder.h - From statements to decoded instructions -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef SATTN_PTX_DECODER_H
#define SATTN_PTX_DECODER_H

#include "sattn/PTX/Instruction.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/ADT/Twine.h"

namespace mlir::sattn::ptx {

class Decoder;
class Program;
struct FunctionCode;

/// Decodes one statement: checks modifiers and operands, fills in the operands
/// and sets `Instruction::run`. Returns false after `Decoder::fail` or
/// `Decoder::failUnknown`.
using DecodeFunction = bool (*)(Decoder &decoder, const Statement &statement,
                                Instruction &instruction);

/// Decode functions by mnemonic (`ld`, `mma`, `wgmma`: what stands before the
/// first dot).
///
/// To add an instruction: write a handler, write a decode function that reads
/// the modifiers with a `ModifierReader`, and add the decode function to a
/// `register...` function that `getInstructionTable` calls. Where several files
/// share a mnemonic (`cp.async`, `cp.async.bulk`) the table tries their decode
/// functions in the order of registration as long as they return false without
/// having called `Decoder::fail`.
class InstructionTable {
public:
  void add(llvm::StringRef mnemonic, DecodeFunction function) {
    functions[mnemonic].push_back(function);
  }
  /// An empty list for an unknown mnemonic.
  llvm::ArrayRef<DecodeFunction> find(llvm::StringRef mnemonic) const {
    auto found = functions.find(mnemonic);
    return found == functions.end() ? llvm::ArrayRef<DecodeFunction>()
                                    : llvm::ArrayRef(found->second);
  }

private:
  llvm::StringMap<llvm::SmallVector<DecodeFunction, 1>> functions;
};

/// The table with every instruction that the library knows.
const InstructionTable &getInstructionTable();

// One function per file of handlers; InstructionTable.cpp calls them all.
void registerArithmetic(InstructionTable &table);
void registerFloat(InstructionTable &table);
void registerFloatFunctions(InstructionTable &table);
void registerHalf(InstructionTable &table);
void registerBits(InstructionTable &table);
void registerMove(InstructionTable &table);
void registerConvert(InstructionTable &table);
void registerCompare(InstructionTable &table);
void registerControl(InstructionTable &table);
void registerCalls(InstructionTable &table);
void registerMemory(InstructionTable &table);
void registerAddress(InstructionTable &table);
void registerAtomics(InstructionTable &table);
void registerWarpCollectives(InstructionTable &table);
void registerBarriers(InstructionTable &table);
void registerMbarriers(InstructionTable &table);
void registerAsyncCopy(InstructionTable &table);
void registerMatrices(InstructionTable &table);
void registerWarpgroups(InstructionTable &table);
void registerTensorCopies(InstructionTable &table);
void registerRegisterBudget(InstructionTable &table);
void registerElection(InstructionTable &table);
void registerClusterAddresses(InstructionTable &table);

/// Reads the modifiers of a statement from left to right.
class ModifierReader {
public:
  explicit ModifierReader(const Statement &statement)
      : rest(statement.modifiers) {}

  /// Consumes `name` if it is next.
  bool consume(llvm::StringRef name) {
    if (rest.empty() || rest.front() != name)
      return false;
    rest = rest.drop_front();
    return true;
  }
  /// Consumes one of `names` if it is next; its index, or -1.
  int consumeAny(llvm::ArrayRef<llvm::StringLiteral> names);
  /// Consumes a scalar type if it is next.
  std::optional<ScalarType> consumeType();
  llvm::StringRef peek() const {
    return rest.empty() ? llvm::StringRef() : rest.front();
  }
  bool done() const { return rest.empty(); }

private:
  llvm::ArrayRef<llvm::StringRef> rest;
};

/// What decode functions work with: resolves operands to slots.
class Decoder {
public:
  Decoder(Program &program, FunctionCode &code);

  /// Records an error (the first one stays): `ptx line N: message: text`.
  bool fail(const Statement &statement, const llvm::Twine &message);
  /// "unknown instruction 'ld.foo'".
  bool failUnknown(const Statement &statement);
  bool hasFailed() const { return bool(message); }
  llvm::Error takeError();

  /// Fails unless the statement has `count` operands.
  bool expectOperands(const Statement &statement, unsigned count);
  /// A source: a register of `type`'s size, a special register, an immediate
  /// (converted to `type`) or the address of a symbol.
  bool source(const Statement &statement, const Operand &operand,
              ScalarType type, Slot &slot);
  /// A destination of `type`'s size; `_` gives a slot that nobody reads.
  bool destination(const Statement &statement, const Operand &operand,
                   ScalarType type, Slot &slot);
  /// As `source` and `destination`, but the register may be wider than `type`
  /// (ld, st, cvt); `bytes` is what a lane of it takes.
  bool wideSource(const Statement &statement, const Operand &operand,
                  ScalarType type, Slot &slot, unsigned &bytes);
  bool wideDestination(const Statement &statement, const Operand &operand,
                       ScalarType type, Slot &slot, unsigned &bytes);
  /// An address operand: its base in `instruction.a` as 64-bit or, with bit 31
  /// of `modifier` set, 32-bit lanes, its offset in `immediate`.
  /// `Warp::getAddress` reads it. `space` is where the instruction accesses.
  bool address(const Statement &statement, const Operand &operand,
               StateSpace space, Instruction &instruction);
  /// The elements of `{a, b, ...}` (or a single operand) of `type` each.
  bool slots(const Statement &statement, const Operand &operand,
             ScalarType type, bool write, llvm::SmallVectorImpl<Slot> &slots);
  /// A compile-time constant.
  bool constant(const Statement &statement, const Operand &operand,
                int64_t &value);

  /// Lanes that all hold `bits`, in `bytes` bytes each (4 for a predicate
  /// mask).
  Slot makeConstant(uint64_t bits, unsigned bytes);
  /// Whether the operand names a local variable of the function.
  bool isLocalVariable(const Operand &operand) const;
  /// A copy of `slots` that lives as long as the program.
  llvm::ArrayRef<Slot> keep(llvm::ArrayRef<Slot> slots);
  /// A predicate that is true in every lane.
  Slot makeTrue() { return makeConstant(allLanes, 0); }

  ScalarType getRegisterType(const Operand &operand) const {
    return function.registers[operand.reg].type;
  }
  const Function &getFunction() const { return function; }
  const FunctionCode &getFunctionCode() const { return code; }
  Program &getProgram() { return program; }
  /// The instruction that a label stands before.
  bool label(const Statement &statement, const Operand &operand,
             uint32_t &target);
  /// `name: .branchtargets a, b;` as an argument of `Program::getTargets`.
  bool targetTable(const Statement &statement, const Operand &operand,
                   uint64_t &table);

private:
  bool symbolAddress(const Statement &statement, const Operand &operand,
                     uint64_t &value);
  bool immediate(const Statement &statement, const Operand &operand,
                 ScalarType type, Slot &slot);

  Program &program;
  FunctionCode &code;
  const Function &function;
  std::optional<std::string> message;
};

/// Bit of `Instruction::modifier` that says that an address has 32 bits.
constexpr uint32_t shortAddress = 1u << 31;
/// The bit that says that it is relative to the local variables of the frame.
constexpr uint32_t frameAddress = 1u << 30;

} // namespace mlir::sattn::ptx

#endif // SATTN_PTX_DECODER_H
