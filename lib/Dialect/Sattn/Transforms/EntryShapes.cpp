//===- EntryShapes.cpp - Extents of an entry function -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The shape function is a copy of the function whose return asks for the
// extents of the results (`tensor.dim`); upstream's patterns push the question
// up to the arguments, and whatever is then unused goes away. The same copy
// answers which extents of arguments have to agree: each structured op asks for
// the extents along each of its axes, and answers that end at arguments are
// joined. Callees are copied in first, so that both look through calls.
//
//===----------------------------------------------------------------------===//

#include "EntryShapes.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/MemRef/Transforms/Transforms.h"
#include "mlir/Dialect/SCF/Transforms/Patterns.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Matchers.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"
#include "sattn/Dialect/Sattn/IR/AttentionMaps.h"
#include "llvm/ADT/EquivalenceClasses.h"

using namespace mlir;
using namespace mlir::sattn;

//===----------------------------------------------------------------------===//
// Axes whose extents must agree
//===----------------------------------------------------------------------===//

namespace {
/// Axes of operands that share a label, per label.
class AxisGroups {
public:
  using Axis = std::pair<Value, unsigned>;

  /// Joins the axes of `value` to the labels that `map` names.
  void add(Value value, AffineMap map) {
    if (!value || !map || !isa<RankedTensorType>(value.getType()))
      return;
    for (auto [axis, expr] : llvm::enumerate(map.getResults()))
      if (auto dim = dyn_cast<AffineDimExpr>(expr))
        add(value, axis, dim.getPosition());
  }
  void add(Value value, unsigned axis, unsigned label) {
    if (value && isa<RankedTensorType>(value.getType()))
      groups[label].push_back({value, axis});
  }
  /// Equal shapes.
  void addSameShape(ValueRange values) {
    for (Value value : values)
      if (auto type = dyn_cast<RankedTensorType>(value.getType()))
        for (int64_t axis = 0; axis < type.getRank(); ++axis)
          groups[axis].push_back({value, axis});
  }
  auto begin() const { return groups.begin(); }
  auto end() const { return groups.end(); }

private:
  llvm::MapVector<unsigned, SmallVector<Axis>> groups;
};
} // namespace

/// Operands of `attention` and `score` that have no map of their own: one axis
/// (`dim`), with the first batch-like label in front where there are two.
static void addRowOperand(AxisGroups &groups, Value value,
                          const AttentionMaps &maps,
                          std::optional<unsigned> dim) {
  auto type = value ? dyn_cast<RankedTensorType>(value.getType()) : nullptr;
  if (!type)
    return;
  unsigned wanted = dim ? 2 : 1;
  if (type.getRank() == wanted && maps.getNumBatch() > 0)
    groups.add(value, 0, maps.getPositionBatchDim());
  if (dim)
    groups.add(value, type.getRank() - 1, *dim);
}

template <typename OpTy>
static void addAttentionLike(AxisGroups &groups, OpTy op) {
  AttentionMaps maps(op);
  groups.add(op.getQuery(), maps.getQuery());
  // Of several keys only the first, whose block is everything, has all rows.
  Value key = op.getKeys().front();
  for (auto [axis, expr] : llvm::enumerate(maps.getKey().getResults())) {
    unsigned dim = cast<AffineDimExpr>(expr).getPosition();
    if (dim != maps.getR() || op.getKeys().size() == 1)
      groups.add(key, axis, dim);
  }
  groups.add(op.getMask(), maps.getMask());
  for (auto [operand, map] :
       llvm::zip_equal(op.getScoreOperands(), maps.getScoreOperands()))
    groups.add(operand, map);
  groups.add(op.getOuts().front(), maps.getOutput());
  addRowOperand(groups, op.getQuerySegments(), maps, maps.getM());
  addRowOperand(groups, op.getKeySegments(), maps, maps.getN());
  for (Value position :
       {op.getQueryOffset(), op.getKeyOffset(), op.getKeyLimit()})
    addRowOperand(groups, position, maps, std::nullopt);
  if constexpr (std::is_same_v<OpTy, AttentionOp>) {
    groups.add(op.getValue(), maps.getValue());
    groups.add(op.getNormalizer(), maps.getRowMap());
    if (op.getOuts().size() == 2)
      groups.add(op.getOuts().back(), maps.getRowMap());
  }
}

/// The axes of `op`'s operands that must agree, as far as its kind tells.
static AxisGroups getAxisGroups(Operation *op) {
  AxisGroups groups;
  if (auto attention = dyn_cast<AttentionOp>(op)) {
    addAttentionLike(groups, attention);
  } else if (auto score = dyn_cast<ScoreOp>(op)) {
    addAttentionLike(groups, score);
  } else if (auto merge = dyn_cast<MergeOp>(op)) {
    groups.addSameShape(merge.getOutputs());
    groups.addSameShape(merge.getLses());
  } else if (auto linalgOp = dyn_cast<linalg::LinalgOp>(op)) {
    for (OpOperand &operand : op->getOpOperands())
      groups.add(operand.get(), linalgOp.getMatchingIndexingMap(&operand));
  } else if (OpTrait::hasElementwiseMappableTraits(op)) {
    groups.addSameShape(op->getOperands());
  } else if (auto cast = dyn_cast<tensor::CastOp>(op)) {
    groups.addSameShape({cast.getSource(), cast.getDest()});
  }
  return groups;
}

//===----------------------------------------------------------------------===//
// Calls
//===----------------------------------------------------------------------===//

namespace {
/// Replaces calls in a copy of a function by copies of the callees' ops. Calls
/// of functions of several blocks, of recursive and of external ones stay, and
/// all where the copy would become unreasonably large.
class CallExpander {
public:
  explicit CallExpander(func::FuncOp caller)
      : symbols(caller->getParentOp()), active({caller}) {}
  void expand(Block &block);

private:
  /// The function that `call` names, if its ops can take the call's place.
  func::FuncOp getCallee(func::CallOp call);
  bool copyBody(func::FuncOp callee, ValueRange arguments, Block &copy);

  Operation *symbols;
  /// The functions whose ops are being copied, outermost first.
  SmallVector<func::FuncOp> active;
  /// Ops that may still be copied.
  int64_t budget = 100000;
};
} // namespace

func::FuncOp CallExpander::getCallee(func::CallOp call) {
  auto callee = dyn_cast_or_null<func::FuncOp>(
      SymbolTable::lookupSymbolIn(symbols, call.getCalleeAttr()));
  return callee && llvm::hasSingleElement(callee.getBody()) &&
                 !llvm::is_contained(active, callee)
             ? callee
             : nullptr;
}

bool CallExpander::copyBody(func::FuncOp callee, ValueRange arguments,
                            Block &copy) {
  IRMapping mapping;
  mapping.map(callee.getArguments(), arguments);
  OpBuilder builder(callee.getContext());
  builder.setInsertionPointToEnd(&copy);
  for (Operation &op : callee.front()) {
    if (budget-- <= 0)
      return false;
    builder.clone(op, mapping);
  }
  return true;
}

void CallExpander::expand(Block &block) {
  for (auto call : llvm::make_early_inc_range(block.getOps<func::CallOp>())) {
    func::FuncOp callee = getCallee(call);
    Block copy;
    if (!callee || !copyBody(callee, call.getOperands(), copy))
      continue;
    active.push_back(callee);
    expand(copy);
    active.pop_back();
    Operation *end = &copy.back();
    call.replaceAllUsesWith(SmallVector<Value>(end->getOperands()));
    end->erase();
    block.getOperations().splice(call->getIterator(), copy.getOperations());
    call.erase();
  }
}

//===----------------------------------------------------------------------===//
// The shape function
//===----------------------------------------------------------------------===//

namespace {
class ShapeFunctionBuilder {
public:
  explicit ShapeFunctionBuilder(func::FuncOp func)
      : func(func), numArguments(func.getNumArguments()) {}

  FailureOr<EntryShapes> build();

private:
  /// Appends the extent questions to the return of the copy.
  void askForExtents();
  Value ask(OpBuilder &builder, Value tensor, int64_t axis);
  /// Rewrites questions until they end at arguments.
  LogicalResult resolve();
  /// Reads the answers about arguments and drops them from the return.
  void readEqualExtents();
  /// Erases what no extent needs.
  void eraseUnused();
  /// Replaces tensor arguments by their dynamic extents.
  LogicalResult replaceTensorArguments();

  RankedTensorType getTensorType(unsigned argument) {
    return dyn_cast<RankedTensorType>(func.getArgumentTypes()[argument]);
  }
  Block &body() { return copy.getBody().front(); }

  func::FuncOp func, copy;
  unsigned numArguments;
  unsigned numResultExtents = 0;
  SmallVector<unsigned> groupSizes;
  ArrayAttr extents;
};
} // namespace

Value ShapeFunctionBuilder::ask(OpBuilder &builder, Value tensor,
                                int64_t axis) {
  int64_t extent = cast<RankedTensorType>(tensor.getType()).getDimSize(axis);
  if (ShapedType::isStatic(extent))
    return arith::ConstantIndexOp::create(builder, func.getLoc(), extent);
  return tensor::DimOp::create(builder, func.getLoc(), tensor, axis);
}

void ShapeFunctionBuilder::askForExtents() {
  Operation *terminator = body().getTerminator();
  SmallVector<Value> answers;
  OpBuilder builder(terminator);
  for (Value result : terminator->getOperands())
    if (auto type = dyn_cast<RankedTensorType>(result.getType()))
      for (int64_t axis = 0; axis < type.getRank(); ++axis)
        answers.push_back(ask(builder, result, axis));
  numResultExtents = answers.size();
  for (Operation &op : body().without_terminator())
    for (const auto &[label, axes] : getAxisGroups(&op)) {
      for (auto [value, axis] : axes)
        answers.push_back(ask(builder, value, axis));
      groupSizes.push_back(axes.size());
    }
  terminator->setOperands(answers);
  copy.setFunctionType(builder.getFunctionType(copy.getArgumentTypes(),
                                               ValueRange(answers).getTypes()));
}

LogicalResult ShapeFunctionBuilder::resolve() {
  MLIRContext *context = func.getContext();
  RewritePatternSet patterns(context);
  memref::populateResolveRankedShapedTypeResultDimsPatterns(patterns);
  memref::populateResolveShapedTypeResultDimsPatterns(patterns);
  scf::populateSCFForLoopCanonicalizationPatterns(patterns);
  tensor::DimOp::getCanonicalizationPatterns(patterns, context);
  affine::AffineApplyOp::getCanonicalizationPatterns(patterns, context);
  return applyPatternsGreedily(copy, std::move(patterns));
}

void ShapeFunctionBuilder::readEqualExtents() {
  MLIRContext *context = func.getContext();
  Operation *terminator = body().getTerminator();
  using Node =
      std::pair<int64_t, int64_t>; // (argument, axis); (-1, n): the number n
  llvm::EquivalenceClasses<Node> classes;
  auto getNode = [](Value answer) -> std::optional<Node> {
    IntegerAttr number;
    if (matchPattern(answer, m_Constant(&number)))
      return Node{-1, number.getInt()};
    auto dim = answer.getDefiningOp<tensor::DimOp>();
    auto argument = dim ? dyn_cast<BlockArgument>(dim.getSource()) : nullptr;
    std::optional<int64_t> axis = dim ? dim.getConstantIndex() : std::nullopt;
    if (!argument || !axis)
      return std::nullopt;
    return Node{argument.getArgNumber(), *axis};
  };
  unsigned next = numResultExtents;
  for (unsigned size : groupSizes) {
    std::optional<Node> first;
    for (Value answer : terminator->getOperands().slice(next, size))
      if (std::optional<Node> node = getNode(answer)) {
        if (!first)
          first = node;
        classes.unionSets(*first, *node);
      }
    next += size;
  }

  llvm::MapVector<Node, unsigned> symbols;
  SmallVector<SmallVector<AffineExpr>> exprs(numArguments);
  for (unsigned argument = 0; argument < numArguments; ++argument) {
    RankedTensorType type = getTensorType(argument);
    for (int64_t axis = 0; type && axis < type.getRank(); ++axis) {
      Node node{argument, axis}, leader = classes.getOrInsertLeaderValue(node);
      int64_t number = type.getDimSize(axis);
      for (const Node &member : classes.members(node))
        if (ShapedType::isDynamic(number) && member.first == -1)
          number = member.second;
      exprs[argument].push_back(
          ShapedType::isDynamic(number)
              ? getAffineSymbolExpr(
                    symbols.try_emplace(leader, symbols.size()).first->second,
                    context)
              : getAffineConstantExpr(number, context));
    }
  }
  SmallVector<Attribute> maps;
  for (ArrayRef<AffineExpr> results : exprs)
    maps.push_back(AffineMapAttr::get(
        AffineMap::get(0, symbols.size(), results, context)));
  extents = ArrayAttr::get(context, maps);

  terminator->setOperands(SmallVector<Value>(
      terminator->getOperands().take_front(numResultExtents)));
  copy.setFunctionType(FunctionType::get(context, copy.getArgumentTypes(),
                                         terminator->getOperandTypes()));
}

void ShapeFunctionBuilder::eraseUnused() {
  for (Operation *op = body().getTerminator()->getPrevNode(); op;) {
    Operation *unused = op->use_empty() ? op : nullptr;
    op = op->getPrevNode();
    if (unused)
      unused->erase();
  }
}

LogicalResult ShapeFunctionBuilder::replaceTensorArguments() {
  auto isTensor = [](Type type) { return isa<TensorType>(type); };
  for (Operation &op : body().without_terminator()) {
    if (auto dim = dyn_cast<tensor::DimOp>(op);
        dim && isa<BlockArgument>(dim.getSource()) && dim.getConstantIndex())
      continue;
    if (llvm::any_of(op.getOperandTypes(), isTensor) ||
        llvm::any_of(op.getResultTypes(), isTensor) || isa<func::CallOp>(op)) {
      InFlightDiagnostic diagnostic =
          op.emitError("expected extents of results that depend on extents and "
                       "scalar arguments only, got '")
          << op.getName() << "' (data would have to be evaluated)";
      if (isa<func::CallOp>(op))
        diagnostic.attachNote()
            << "extents are followed through calls of functions that have a "
               "body of one block and are not recursive";
      return failure();
    }
  }
  OpBuilder builder(func.getContext());
  Type index = builder.getIndexType();
  SmallVector<Type> types;
  BitVector erased;
  for (unsigned argument = 0; argument < numArguments; ++argument) {
    RankedTensorType type = getTensorType(argument);
    BlockArgument value = body().getArgument(erased.size());
    if (!type) {
      types.push_back(value.getType());
      erased.push_back(false);
      continue;
    }
    SmallVector<std::pair<int64_t, BlockArgument>> arguments;
    erased.push_back(true);
    for (int64_t axis = 0; axis < type.getRank(); ++axis)
      if (type.isDynamicDim(axis)) {
        arguments.push_back({axis, body().insertArgument(erased.size(), index,
                                                         value.getLoc())});
        types.push_back(index);
        erased.push_back(false);
      }
    for (Operation *user : llvm::make_early_inc_range(value.getUsers())) {
      auto dim = cast<tensor::DimOp>(user);
      for (auto [axis, extent] : arguments)
        if (axis == *dim.getConstantIndex())
          dim.getResult().replaceAllUsesWith(extent);
      dim.erase();
    }
  }
  body().eraseArguments(erased);
  copy.setFunctionType(builder.getFunctionType(types, copy.getResultTypes()));
  return success();
}

FailureOr<EntryShapes> ShapeFunctionBuilder::build() {
  if (!llvm::hasSingleElement(func.getBody()))
    return func.emitError("expected a body of one block, got several (extents "
                          "of results are "
                          "computed without running the function)"),
           failure();
  copy = func.clone();
  copy->setAttrs(ArrayRef<NamedAttribute>());
  copy.setName((func.getName() + "_shapes").str());
  copy.setFunctionType(func.getFunctionType());
  copy.setPrivate();
  SymbolTable(func->getParentOp()).insert(copy, std::next(func->getIterator()));
  CallExpander(func).expand(body());
  askForExtents();
  if (failed(resolve()))
    return func.emitError("extents of results could not be resolved"),
           failure();
  readEqualExtents();
  eraseUnused();
  if (failed(replaceTensorArguments()))
    return failure();
  eraseUnused();
  return EntryShapes{copy, extents};
}

FailureOr<EntryShapes> mlir::sattn::buildEntryShapes(func::FuncOp func) {
  return ShapeFunctionBuilder(func).build();
}
