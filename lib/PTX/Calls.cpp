//===- Calls.cpp - Calls of device functions -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// call, and ld.param/st.param where the parameter is not a kernel's. Parameters
// lie in the frames: a call copies them from one to the other.
//
//===----------------------------------------------------------------------===//

#include "Lanes.h"
#include "sattn/PTX/Machine.h"

using namespace mlir::sattn;
using namespace mlir::sattn::ptx;

static void runCall(Warp &warp, const Instruction &i, uint32_t lanes) {
  warp.call(lanes, warp.machine.program.getCall(i.immediate));
}

using Areas = llvm::SmallVectorImpl<std::array<uint32_t, 3>>;

/// Pairs the operands of a list with the parameters (or results) of the callee.
static bool pairAreas(Decoder &decoder, const Statement &statement,
                      llvm::ArrayRef<Operand> operands,
                      llvm::ArrayRef<Variable> parameters,
                      const FunctionCode &callee, Areas &areas) {
  if (operands.size() != parameters.size())
    return decoder.fail(statement,
                        "expected " + llvm::Twine(parameters.size()) +
                            " parameters, got " + llvm::Twine(operands.size()));
  const auto &own = decoder.getFunctionCode().parameterAreas;
  for (auto [operand, parameter] : llvm::zip(operands, parameters)) {
    auto from = own.find(operand.text);
    if (from == own.end())
      return decoder.fail(statement, "expected a variable of .param, got '" +
                                         operand.text + "'");
    auto [callerOffset, bytes] = from->second;
    if (bytes != parameter.size)
      return decoder.fail(statement, "expected a parameter of " +
                                         llvm::Twine(parameter.size) +
                                         " bytes, got '" + operand.text +
                                         "' of " + llvm::Twine(bytes));
    areas.push_back({callerOffset,
                     callee.parameterAreas.lookup(parameter.name).first,
                     bytes});
  }
  return true;
}

/// `call{.uni} (results), function, (parameters);`, each list optional.
static bool decodeCall(Decoder &decoder, const Statement &statement,
                       Instruction &i) {
  ModifierReader modifiers(statement);
  modifiers.consume("uni");
  if (!modifiers.done())
    return false;
  llvm::ArrayRef<Operand> operands = statement.operands;
  llvm::ArrayRef<Operand> results, arguments;
  if (!operands.empty() && operands[0].kind == Operand::Kind::List) {
    results = operands[0].elements;
    operands = operands.drop_front();
  }
  if (operands.empty() || operands[0].kind != Operand::Kind::Symbol)
    return decoder.fail(statement, "expected the name of a function (calls "
                                   "through pointers are not supported)");
  llvm::StringRef name = operands[0].text;
  if (operands.size() > 1 && operands[1].kind == Operand::Kind::List)
    arguments = operands[1].elements;
  CallSite site;
  site.callee = decoder.getProgram().findFunction(name);
  if (!site.callee || site.callee->function->isEntry)
    return decoder.fail(statement, "function '" + name + "' is not defined");
  const Function &callee = *site.callee->function;
  if (!pairAreas(decoder, statement, arguments, callee.parameters, *site.callee,
                 site.arguments) ||
      !pairAreas(decoder, statement, results, callee.results, *site.callee,
                 site.results))
    return false;
  i.immediate = decoder.getProgram().addCall(std::move(site));
  i.run = runCall;
  return true;
}

//===----------------------------------------------------------------------===//
// Parameters in frames
//===----------------------------------------------------------------------===//

/// `immediate`: offset of lane 0 in the frame; `target`: bytes from lane to
/// lane; `modifier`: bytes of an element.
static void loadArea(Warp &warp, const Instruction &i, uint32_t lanes) {
  const uint8_t *area = warp.read<uint8_t>(Slot(Slot::Frame, i.immediate));
  for (size_t k = 0; k < i.extra.size(); ++k) {
    uint8_t *to = warp.write<uint8_t>(i.extra[k]);
    for (unsigned lane = 0; lane < warpSize; ++lane)
      if (lanes >> lane & 1)
        std::memcpy(to + lane * i.modifier,
                    area + lane * i.target + k * i.modifier, i.modifier);
  }
}

static void storeArea(Warp &warp, const Instruction &i, uint32_t lanes) {
  uint8_t *area = warp.write<uint8_t>(Slot(Slot::Frame, i.immediate));
  for (size_t k = 0; k < i.extra.size(); ++k) {
    const uint8_t *from = warp.read<uint8_t>(i.extra[k]);
    for (unsigned lane = 0; lane < warpSize; ++lane)
      if (lanes >> lane & 1)
        std::memcpy(area + lane * i.target + k * i.modifier,
                    from + lane * i.modifier, i.modifier);
  }
}

/// Narrow values travel in registers of 16 bits or more.
static void loadByte(Warp &warp, const Instruction &i, uint32_t lanes) {
  const uint8_t *area = warp.read<uint8_t>(Slot(Slot::Frame, i.immediate));
  uint8_t *to = warp.write<uint8_t>(i.d);
  for (unsigned lane = 0; lane < warpSize; ++lane) {
    if (!(lanes >> lane & 1))
      continue;
    int64_t value = i.modifier ? int8_t(area[lane * i.target])
                               : int64_t(area[lane * i.target]);
    std::memcpy(to + lane * i.reconverge, &value, i.reconverge);
  }
}

static void storeByte(Warp &warp, const Instruction &i, uint32_t lanes) {
  const uint8_t *from = warp.read<uint8_t>(i.a);
  uint8_t *area = warp.write<uint8_t>(Slot(Slot::Frame, i.immediate));
  for (unsigned lane = 0; lane < warpSize; ++lane)
    if (lanes >> lane & 1)
      area[lane * i.target] = from[lane * i.reconverge];
}

static bool decodeAreaAccess(Decoder &decoder, const Statement &statement,
                             Instruction &i) {
  bool isLoad = statement.mnemonic == "ld";
  ModifierReader modifiers(statement);
  if (modifiers.consumeAny({"param", "param::func"}) < 0 ||
      statement.operands.size() != 2)
    return false;
  const Operand &address = statement.operands[!isLoad ? 0 : 1];
  const auto &areas = decoder.getFunctionCode().parameterAreas;
  auto area = areas.find(address.text);
  if (address.kind != Operand::Kind::Address || area == areas.end())
    return false;
  modifiers.consumeAny({"v2", "v4", "v8"});
  auto type = modifiers.consumeType();
  if (!type || !modifiers.done())
    return false;
  const Operand &value = statement.operands[isLoad ? 0 : 1];
  auto [offset, bytes] = area->second;
  unsigned count = std::max<size_t>(1, value.elements.size());
  unsigned size = getByteSize(*type);
  if (address.value < 0 || address.value + count * size > bytes)
    return decoder.fail(statement, "the access is outside of the parameter, "
                                   "which has " +
                                       llvm::Twine(bytes) + " bytes");
  i.immediate = offset + address.value;
  i.target = bytes;
  if (size == 1 && count == 1) {
    i.modifier = isSigned(*type);
    i.run = isLoad ? loadByte : storeByte;
    unsigned wide = 0;
    bool ok = isLoad
                  ? decoder.wideDestination(statement, value, *type, i.d, wide)
                  : decoder.wideSource(statement, value, *type, i.a, wide);
    i.reconverge = wide;
    return ok;
  }
  llvm::SmallVector<Slot, 4> slots;
  if (!decoder.slots(statement, value, *type, isLoad, slots))
    return false;
  i.extra = decoder.keep(slots);
  i.modifier = size;
  i.run = isLoad ? loadArea : storeArea;
  return true;
}

void ptx::registerCalls(InstructionTable &table) {
  table.add("call", decodeCall);
  table.add("ld", decodeAreaAccess);
  table.add("st", decodeAreaAccess);
}
