//===- AllocationStatus.cpp - Lack of memory as a result -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Lowered functions call malloc and use what it gives. Here each call gets a
// branch to a block that frees and leaves. What is to be freed lies in slots on
// the stack, one per call of malloc and per buffer that a callee hands over,
// which are null unless the buffer is alive.
// (A buffer that a loop hands to its next iteration leaves its slot to the
// buffer of that iteration; it is lost when that one fails.)
//
//===----------------------------------------------------------------------===//

#include "AllocationStatus.h"
#include "mlir/Dialect/OpenMP/OpenMPDialect.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"

using namespace mlir;
using namespace mlir::sattn;

using FunctionSet = llvm::SetVector<LLVM::LLVMFuncOp>;

static bool isAllocation(LLVM::CallOp call) {
  std::optional<StringRef> callee = call.getCallee();
  return callee && (*callee == "malloc" || *callee == "aligned_alloc");
}

static LLVM::LLVMFuncOp getCallee(ModuleOp module, LLVM::CallOp call) {
  std::optional<StringRef> callee = call.getCallee();
  return callee ? module.lookupSymbol<LLVM::LLVMFuncOp>(*callee) : nullptr;
}

/// `entries` and every function that allocates or calls one that does.
static FunctionSet collectFunctions(ModuleOp module,
                                    ArrayRef<LLVM::LLVMFuncOp> entries) {
  FunctionSet functions(entries.begin(), entries.end());
  for (size_t before = 0; before != functions.size();) {
    before = functions.size();
    for (auto function : module.getOps<LLVM::LLVMFuncOp>())
      function.walk([&](LLVM::CallOp call) {
        LLVM::LLVMFuncOp callee = getCallee(module, call);
        if (isAllocation(call) || (callee && functions.contains(callee)))
          functions.insert(function);
      });
  }
  return functions;
}

namespace {
/// Checks the allocations of one function, whose last argument is the status.
class AllocationChecker {
public:
  AllocationChecker(LLVM::LLVMFuncOp function, LLVM::LLVMFuncOp free,
                    const FunctionSet &functions, int32_t outOfMemory)
      : function(function), free(free), functions(functions),
        outOfMemory(outOfMemory),
        builder(function.getLoc(), function.getContext()),
        pointer(LLVM::LLVMPointerType::get(function.getContext())),
        status(function.getArguments().back()) {}
  LogicalResult run();

private:
  /// The part of a function that an allocation can leave: all of it, or one
  /// iteration of a parallel loop.
  struct Scope {
    Region *region = nullptr;
    /// Slots, with the buffer that each is for.
    SmallVector<std::pair<Value, Value>> slots;
    Block *exit = nullptr;
  };

  FailureOr<Scope *> getScope(Operation *op);
  void checkAllocation(LLVM::CallOp call, Scope &scope);
  void checkStatus(Operation *op, Scope &scope);
  void passStatus(LLVM::CallOp call);
  /// Slots for what `call` returns and this function frees.
  void addReturnedBuffers(LLVM::CallOp call, Scope &scope);
  Value addSlot(Scope &scope);
  void emptySlots(LLVM::CallOp freeCall);
  void writeExit(Scope &scope);
  /// Branches to the scope's exit behind `op` where `failed` is true.
  void leaveIf(Value failed, Operation *op, Scope &scope);
  /// True where computing `value`, a number of bytes, overflows; null if never.
  Value getOverflow(Value value);
  template <typename OpTy> Value getOverflow(Value lhs, Value rhs);
  Value disjoin(Value lhs, Value rhs) {
    return lhs && rhs ? LLVM::OrOp::create(builder, lhs, rhs).getResult()
                      : (lhs ? lhs : rhs);
  }
  Value constant(int64_t value, unsigned width) {
    return LLVM::ConstantOp::create(builder, builder.getIntegerType(width),
                                    value);
  }
  Value null() { return LLVM::ZeroOp::create(builder, pointer); }
  Value isEqual(Value lhs, Value rhs) {
    return LLVM::ICmpOp::create(builder, LLVM::ICmpPredicate::eq, lhs, rhs);
  }

  LLVM::LLVMFuncOp function, free;
  const FunctionSet &functions;
  int32_t outOfMemory;
  ImplicitLocOpBuilder builder;
  Type pointer;
  Value status;
  llvm::MapVector<Region *, Scope> scopes;
  SmallVector<LLVM::CallOp> frees;
};
} // namespace

FailureOr<AllocationChecker::Scope *>
AllocationChecker::getScope(Operation *op) {
  Region *region = op->getParentRegion();
  bool isLoop = isa<omp::LoopNestOp>(region->getParentOp()) &&
                op->getParentOfType<omp::ParallelOp>();
  if (region->getParentOp() != function && !isLoop)
    return op->emitError("expected allocations outside of parallel regions or "
                         "inside of their loops, got one in '")
           << region->getParentOp()->getName() << "'";
  Scope &scope = scopes[region];
  if (!scope.exit) {
    scope.region = region;
    OpBuilder::InsertionGuard guard(builder);
    scope.exit = builder.createBlock(region, region->end());
  }
  return &scope;
}

void AllocationChecker::leaveIf(Value failed, Operation *op, Scope &scope) {
  Block *block = op->getBlock();
  Block *rest =
      block->splitBlock(std::next(failed.getDefiningOp()->getIterator()));
  builder.setInsertionPointToEnd(block);
  LLVM::CondBrOp::create(builder, failed, scope.exit, rest);
}

Value AllocationChecker::addSlot(Scope &scope) {
  OpBuilder::InsertionGuard guard(builder);
  Operation *parent = scope.region->getParentOp();
  auto parallel = parent->getParentOfType<omp::ParallelOp>();
  builder.setInsertionPointToStart(parent == function
                                       ? &function.getBody().front()
                                       : &parallel.getRegion().front());
  Value slot =
      LLVM::AllocaOp::create(builder, pointer, pointer, constant(1, 64));
  LLVM::StoreOp::create(builder, null(), slot);
  return slot;
}

template <typename OpTy>
Value AllocationChecker::getOverflow(Value lhs, Value rhs) {
  auto type = LLVM::LLVMStructType::getLiteral(
      builder.getContext(), {lhs.getType(), builder.getI1Type()});
  Value both = OpTy::create(builder, type, lhs, rhs);
  return LLVM::ExtractValueOp::create(builder, both, ArrayRef<int64_t>{1});
}

Value AllocationChecker::getOverflow(Value value) {
  Operation *op = value.getDefiningOp();
  if (isa_and_nonnull<LLVM::MulOp, LLVM::AddOp>(op)) {
    Value lhs = op->getOperand(0), rhs = op->getOperand(1);
    Value here = isa<LLVM::MulOp>(op)
                     ? getOverflow<LLVM::UMulWithOverflowOp>(lhs, rhs)
                     : getOverflow<LLVM::UAddWithOverflowOp>(lhs, rhs);
    return disjoin(disjoin(getOverflow(lhs), getOverflow(rhs)), here);
  }
  // The size of an array: the address of the element behind it, from null.
  auto cast = dyn_cast_or_null<LLVM::PtrToIntOp>(op);
  auto end = cast ? cast.getArg().getDefiningOp<LLVM::GEPOp>() : nullptr;
  if (!end || end.getDynamicIndices().size() != 1 ||
      !end.getBase().getDefiningOp<LLVM::ZeroOp>())
    return Value();
  Value count = end.getDynamicIndices().front();
  Value one = LLVM::GEPOp::create(builder, pointer, end.getElemType(),
                                  end.getBase(), ArrayRef<LLVM::GEPArg>{1});
  Value size = LLVM::PtrToIntOp::create(builder, count.getType(), one);
  return disjoin(getOverflow(count),
                 getOverflow<LLVM::UMulWithOverflowOp>(count, size));
}

void AllocationChecker::checkAllocation(LLVM::CallOp call, Scope &scope) {
  builder.setInsertionPoint(call);
  unsigned last = call.getNumOperands() - 1;
  Value bytes = call.getOperand(last);
  // No allocator has this many bytes.
  if (Value overflow = getOverflow(bytes))
    bytes = LLVM::SelectOp::create(builder, overflow, constant(-1, 64), bytes);
  call.setOperand(last, bytes);
  Value slot = addSlot(scope);
  scope.slots.push_back({slot, call.getResult()});
  builder.setInsertionPointAfter(call);
  LLVM::StoreOp::create(builder, call.getResult(), slot);
  Value isWanted = LLVM::ICmpOp::create(builder, LLVM::ICmpPredicate::ne, bytes,
                                        constant(0, 64));
  Value failed =
      LLVM::AndOp::create(builder, isEqual(call.getResult(), null()), isWanted);
  leaveIf(failed, call, scope);
}

void AllocationChecker::checkStatus(Operation *op, Scope &scope) {
  builder.setInsertionPointAfter(op);
  Value code = LLVM::LoadOp::create(builder, builder.getI32Type(), status);
  Value failed = LLVM::ICmpOp::create(builder, LLVM::ICmpPredicate::ne, code,
                                      constant(0, 32));
  leaveIf(failed, op, scope);
}

void AllocationChecker::passStatus(LLVM::CallOp call) {
  call.getCalleeOperandsMutable().append(status);
}

void AllocationChecker::addReturnedBuffers(LLVM::CallOp call, Scope &scope) {
  for (LLVM::CallOp freeCall : frees) {
    Value buffer = freeCall.getOperand(0);
    auto extract = buffer.getDefiningOp<LLVM::ExtractValueOp>();
    bool isReturned = call.getNumResults() == 1 &&
                      (buffer == call.getResult() ||
                       (extract && extract.getContainer() == call.getResult()));
    if (!isReturned || freeCall->getParentRegion() != scope.region)
      continue;
    Value slot = addSlot(scope);
    scope.slots.push_back({slot, buffer});
    builder.setInsertionPointAfter(call);
    // Null where the callee failed.
    Value returned =
        extract ? LLVM::ExtractValueOp::create(builder, call.getResult(),
                                               extract.getPosition())
                      .getResult()
                : buffer;
    LLVM::StoreOp::create(builder, returned, slot);
  }
}

/// A freed buffer is not to be freed again.
void AllocationChecker::emptySlots(LLVM::CallOp freeCall) {
  Value freed = freeCall.getOperand(0);
  auto found = scopes.find(freeCall->getParentRegion());
  if (found == scopes.end())
    return;
  builder.setInsertionPoint(freeCall);
  for (auto [slot, buffer] : found->second.slots)
    if (buffer == freed) {
      LLVM::StoreOp::create(builder, null(), slot);
      return;
    }
  for (auto [slot, buffer] : found->second.slots) {
    Value live = LLVM::LoadOp::create(builder, pointer, slot);
    Value left =
        LLVM::SelectOp::create(builder, isEqual(live, freed), null(), live);
    LLVM::StoreOp::create(builder, left, slot);
  }
}

void AllocationChecker::writeExit(Scope &scope) {
  bool isLoop = scope.region->getParentOp() != function;
  builder.setInsertionPointToEnd(scope.exit);
  LLVM::StoreOp::create(builder, constant(outOfMemory, 32), status,
                        /*alignment=*/4, /*isVolatile=*/false,
                        /*isNonTemporal=*/false, /*isInvariantGroup=*/false,
                        LLVM::AtomicOrdering::monotonic);
  for (auto [slot, buffer] : scope.slots) {
    Value live = LLVM::LoadOp::create(builder, pointer, slot);
    LLVM::CallOp::create(builder, free, ValueRange{live});
    LLVM::StoreOp::create(builder, null(), slot);
  }
  if (isLoop) {
    omp::YieldOp::create(builder, ValueRange());
    return;
  }
  Type result = function.getFunctionType().getReturnType();
  if (isa<LLVM::LLVMVoidType>(result))
    LLVM::ReturnOp::create(builder, ValueRange());
  else
    LLVM::ReturnOp::create(builder,
                           LLVM::ZeroOp::create(builder, result).getResult());
}

LogicalResult AllocationChecker::run() {
  SmallVector<Operation *> sites;
  ModuleOp module = function->getParentOfType<ModuleOp>();
  // Inner ops come first: a parallel region, then what is behind it.
  function.walk([&](Operation *op) {
    auto call = dyn_cast<LLVM::CallOp>(op);
    LLVM::LLVMFuncOp callee = call ? getCallee(module, call) : nullptr;
    if (callee == free)
      frees.push_back(call);
    else if (call &&
             (isAllocation(call) || (callee && functions.contains(callee))))
      sites.push_back(op);
    else if (isa<omp::ParallelOp>(op) &&
             llvm::any_of(sites, [&](Operation *site) {
               return op->isProperAncestor(site);
             }))
      sites.push_back(op);
  });
  for (Operation *site : sites) {
    FailureOr<Scope *> scope = getScope(site);
    if (failed(scope))
      return failure();
    auto call = dyn_cast<LLVM::CallOp>(site);
    if (call && isAllocation(call)) {
      checkAllocation(call, **scope);
      continue;
    }
    checkStatus(site, **scope);
    if (call) {
      passStatus(call);
      addReturnedBuffers(call, **scope);
    }
  }
  for (LLVM::CallOp freeCall : frees)
    emptySlots(freeCall);
  for (auto &[region, scope] : scopes)
    writeExit(scope);
  return success();
}

static void appendArgument(LLVM::LLVMFuncOp function, Type type) {
  LLVM::LLVMFunctionType old = function.getFunctionType();
  SmallVector<Type> types(old.getParams());
  types.push_back(type);
  function.setFunctionType(
      LLVM::LLVMFunctionType::get(old.getReturnType(), types, old.isVarArg()));
  function.getBody().addArgument(type, function.getLoc());
  if (ArrayAttr given = function.getArgAttrsAttr()) {
    SmallVector<Attribute> attributes(given.begin(), given.end());
    attributes.push_back(DictionaryAttr::get(function.getContext()));
    function.setArgAttrsAttr(ArrayAttr::get(function.getContext(), attributes));
  }
}

LogicalResult mlir::sattn::addAllocationStatus(
    ModuleOp module, ArrayRef<LLVM::LLVMFuncOp> entries, int32_t outOfMemory) {
  FunctionSet functions = collectFunctions(module, entries);
  auto pointer = LLVM::LLVMPointerType::get(module.getContext());
  auto free = module.lookupSymbol<LLVM::LLVMFuncOp>("free");
  if (!free) {
    OpBuilder builder = OpBuilder::atBlockBegin(module.getBody());
    free = LLVM::LLVMFuncOp::create(
        builder, module.getLoc(), "free",
        LLVM::LLVMFunctionType::get(
            LLVM::LLVMVoidType::get(module.getContext()), {pointer}));
  }
  for (LLVM::LLVMFuncOp function : functions)
    appendArgument(function, pointer);
  for (LLVM::LLVMFuncOp function : functions)
    if (failed(AllocationChecker(function, free, functions, outOfMemory).run()))
      return failure();
  return success();
}
