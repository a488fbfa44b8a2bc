//===- Reassociate.cpp - Where to apply a structured matrix -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The scores x^T M y of an attention can be had by applying M to the keys, its
// transpose to the queries, or one half of its factors to each. This pass finds
// any of the three forms, counts all of them and rewrites to the cheapest.
//
//===----------------------------------------------------------------------===//

#include "mlir/IR/PatternMatch.h"
#include "mlir/IR/TypeUtilities.h"
#include "sattn/Dialect/Sattn/IR/AttentionMaps.h"
#include "sattn/Dialect/Sattn/Transforms/Passes.h"
#include "sattn/Dialect/Sattn/Transforms/Transforms.h"
#include "sattn/Dialect/Sattn/Utils/Cost.h"

namespace mlir::sattn {
#define GEN_PASS_DEF_SATTNREASSOCIATEPASS
#include "sattn/Dialect/Sattn/Transforms/Passes.h.inc"
} // namespace mlir::sattn

using namespace mlir;
using namespace mlir::sattn;

namespace {

enum class Form { Keys, Queries, Features };
constexpr Form kForms[] = {Form::Keys, Form::Queries, Form::Features};

/// The parts of the matrix that a form applies to query and key, if any.
struct FormParts {
  std::optional<Part> query, key;
};

/// A tensor and its map from the iteration space of the attention.
struct MappedTensor {
  Value value;
  AffineMap map;
};

/// The scores x^T M y of an attention.
struct BilinearScore {
  Form form;
  /// The projections that there are now.
  ProjectOp query, key;
  MappedTensor x, y;
  /// The dimension on which the factors have their heads.
  std::optional<unsigned> headDim;

  ProjectOp getProject() const { return key ? key : query; }
};

struct FormCost {
  double flops = 0, bytes = 0;
};

} // namespace

static FormParts getParts(Form form) {
  switch (form) {
  case Form::Keys:
    return {std::nullopt, Part::Full};
  case Form::Queries:
    return {Part::Transposed, std::nullopt};
  case Form::Features:
    return {Part::Query, Part::Key};
  }
  llvm_unreachable("unknown form");
}

static StringRef getFormName(Form form) {
  switch (form) {
  case Form::Keys:
    return "keys";
  case Form::Queries:
    return "queries";
  case Form::Features:
    return "features";
  }
  llvm_unreachable("unknown form");
}

//===----------------------------------------------------------------------===//
// Matching
//===----------------------------------------------------------------------===//

/// The input of `project`, whose result has `map`. Fails if features are not
/// the depth `r` or the heads are not on the dimension of the other projection.
static LogicalResult readProjection(ProjectOp project, AffineMap map,
                                    unsigned r, MappedTensor &input,
                                    std::optional<unsigned> &headDim) {
  unsigned rank = map.getNumResults();
  if (map.getDimPosition(rank - 1) != r ||
      project.getInput().getType().getElementType() !=
          project.getType().getElementType())
    return failure();
  input = {project.getInput(), map};
  if (!project.getFactorWithHeads())
    return success();
  unsigned dim = map.getDimPosition(rank - 3);
  if (headDim && *headDim != dim)
    return failure();
  headDim = dim;
  if (!project.isHeadwise())
    input.map = map.dropResult(rank - 3);
  return success();
}

static std::optional<BilinearScore> matchBilinearScore(AttentionOp op) {
  // A structure gives a meaning to the order of the columns.
  if (op.getKeys().size() != 1 || op.getStructure())
    return std::nullopt;
  AttentionMaps maps(op);
  BilinearScore score;
  score.x = {op.getQuery(), maps.getQuery()};
  score.y = {op.getKeys().front(), maps.getKey()};
  auto query = score.x.value.getDefiningOp<ProjectOp>();
  auto key = score.y.value.getDefiningOp<ProjectOp>();
  if (key && key.getPart() == Part::Full) {
    score.form = Form::Keys;
    score.key = key;
  } else if (query && query.getPart() == Part::Transposed) {
    score.form = Form::Queries;
    score.query = query;
  } else if (query && key && query.getPart() == Part::Query &&
             key.getPart() == Part::Key &&
             query.getStructure() == key.getStructure() &&
             llvm::equal(query.getFactors(), key.getFactors())) {
    score.form = Form::Features;
    score.query = query;
    score.key = key;
  } else {
    return std::nullopt;
  }
  unsigned r = maps.getR();
  if (score.key && failed(readProjection(score.key, maps.getKey(), r, score.y,
                                         score.headDim)))
    return std::nullopt;
  if (score.query && failed(readProjection(score.query, maps.getQuery(), r,
                                           score.x, score.headDim)))
    return std::nullopt;
  return score;
}

//===----------------------------------------------------------------------===//
// Forms
//===----------------------------------------------------------------------===//

/// The map of the result of applying `part` to `input`, none if `project`
/// cannot.
static std::optional<AffineMap> getProjectedMap(const BilinearScore &score,
                                                Part part,
                                                const MappedTensor &input,
                                                unsigned r) {
  ProjectOp project = score.getProject();
  AffineMap map = input.map;
  unsigned rank = map.getNumResults();
  if (map.getDimPosition(rank - 1) != r ||
      getElementTypeOrSelf(input.value) != project.getType().getElementType())
    return std::nullopt;
  if (!project.getStructure().getFactorWithHeads(project.getFactors(), part))
    return map;
  if (std::optional<unsigned> axis = getAxisOfDim(map, *score.headDim))
    return rank >= 3 && *axis == rank - 3 ? std::optional(map) : std::nullopt;
  if (rank < 2)
    return std::nullopt;
  SmallVector<AffineExpr> results(map.getResults());
  results.insert(results.end() - 2,
                 getAffineDimExpr(*score.headDim, map.getContext()));
  return AffineMap::get(map.getNumDims(), 0, results, map.getContext());
}

/// Maps of query and key of the attention in another form.
static std::optional<std::pair<AffineMap, AffineMap>>
getFormMaps(const BilinearScore &score, Form form, unsigned r) {
  FormParts parts = getParts(form);
  std::optional<AffineMap> query = score.x.map, key = score.y.map;
  if (parts.query)
    query = getProjectedMap(score, *parts.query, score.x, r);
  if (parts.key)
    key = getProjectedMap(score, *parts.key, score.y, r);
  if (!query || !key)
    return std::nullopt;
  return std::pair(*query, *key);
}

/// Number of features that `part` gives.
static int64_t getNumFeatures(ProjectOp project, Part part) {
  auto [rows, columns] = project.getMatrixShape();
  switch (part) {
  case Part::Full:
    return rows;
  case Part::Transposed:
    return columns;
  case Part::Query:
  case Part::Key:
    return project.getStructure().getNumFeatures(rows, columns);
  }
  llvm_unreachable("unknown part");
}

/// Applies `part` to `input`, whose map becomes `map`.
static Value buildProjection(OpBuilder &builder, ProjectOp project, Part part,
                             const MappedTensor &input, AffineMap map) {
  auto type = cast<RankedTensorType>(input.value.getType());
  SmallVector<int64_t> shape(type.getShape().drop_back());
  if (map != input.map) {
    Value factor =
        project.getStructure().getFactorWithHeads(project.getFactors(), part);
    shape.insert(shape.end() - 1,
                 cast<RankedTensorType>(factor.getType()).getDimSize(0));
  }
  shape.push_back(getNumFeatures(project, part));
  return ProjectOp::create(builder, project.getLoc(), type.clone(shape),
                           input.value, project.getFactors(),
                           project.getStructure(), part);
}

static void rewrite(RewriterBase &rewriter, AttentionOp op,
                    const BilinearScore &score, Form form,
                    std::pair<AffineMap, AffineMap> maps) {
  ProjectOp project = score.getProject();
  FormParts parts = getParts(form);
  rewriter.setInsertionPoint(op);
  Value query = score.x.value, key = score.y.value;
  if (parts.query)
    query =
        buildProjection(rewriter, project, *parts.query, score.x, maps.first);
  if (parts.key)
    key = buildProjection(rewriter, project, *parts.key, score.y, maps.second);
  rewriter.modifyOpInPlace(op, [&] {
    op.getQueryMutable().assign(query);
    op.getKeysMutable().assign(key);
    SmallVector<Attribute> all(op.getIndexingMaps().getValue());
    all[0] = AffineMapAttr::get(maps.first);
    all[1] = AffineMapAttr::get(maps.second);
    op.setIndexingMapsAttr(rewriter.getArrayAttr(all));
  });
  for (ProjectOp old : {score.query, score.key})
    if (old && old->use_empty())
      rewriter.eraseOp(old);
}

//===----------------------------------------------------------------------===//
// Cost
//===----------------------------------------------------------------------===//

namespace {
class CostModel {
public:
  CostModel(AttentionOp op, const BilinearScore &score,
            const AttentionExtents &extents)
      : op(op), score(score), extents(extents), r(AttentionMaps(op).getR()) {
    AttentionCost cost = computeCost(op, extents);
    flopsPerColumn = cost.scoreFlops / extents.dims[r];
  }

  FormCost get(Form form, std::pair<AffineMap, AffineMap> maps);

private:
  /// Rows of a tensor with this map.
  double getRows(AffineMap map) {
    double rows = 1;
    for (AffineExpr expr : map.getResults())
      if (unsigned dim = cast<AffineDimExpr>(expr).getPosition(); dim != r)
        rows *= extents.dims[dim];
    return rows;
  }
  FormCost getProjection(Part part, const MappedTensor &input, AffineMap map);

  AttentionOp op;
  const BilinearScore &score;
  const AttentionExtents &extents;
  unsigned r;
  double flopsPerColumn;
};
} // namespace

FormCost CostModel::getProjection(Part part, const MappedTensor &input,
                                  AffineMap map) {
  ProjectOp project = score.getProject();
  auto [rows, columns] = project.getMatrixShape();
  auto type = cast<RankedTensorType>(input.value.getType());
  double size = type.getElementTypeBitWidth() / 8;
  FormCost cost;
  cost.flops = 2 * getRows(map) *
               getMatrixMacs(project.getStructure(), part, rows, columns);
  cost.bytes = size * (getRows(input.map) * type.getShape().back() +
                       getRows(map) * getNumFeatures(project, part));
  return cost;
}

FormCost CostModel::get(Form form, std::pair<AffineMap, AffineMap> maps) {
  FormParts parts = getParts(form);
  FormCost cost;
  auto add = [&](FormCost more) {
    cost.flops += more.flops;
    cost.bytes += more.bytes;
  };
  if (parts.query)
    add(getProjection(*parts.query, score.x, maps.first));
  if (parts.key)
    add(getProjection(*parts.key, score.y, maps.second));
  // A projection that somebody else reads stays.
  AttentionMaps current(op);
  if (form != score.form) {
    ProjectOp query = score.query, key = score.key;
    if (query && !query->hasOneUse())
      add(getProjection(query.getPart(), score.x, current.getQuery()));
    if (key && !key->hasOneUse())
      add(getProjection(key.getPart(), score.y, current.getKey()));
  }
  int64_t depth = getNumFeatures(score.getProject(),
                                 parts.query ? *parts.query : *parts.key);
  double size = score.getProject().getType().getElementTypeBitWidth() / 8;
  add({flopsPerColumn * depth,
       size * depth * (getRows(maps.first) + getRows(maps.second))});
  return cost;
}

//===----------------------------------------------------------------------===//
// Pass
//===----------------------------------------------------------------------===//

namespace {
/// The cheapest form of a score and the costs of all in words.
struct FormChoice {
  Form best;
  std::string text;
};
} // namespace

static std::optional<FormChoice> chooseForm(AttentionOp op,
                                            const BilinearScore &score,
                                            int64_t assumedExtent,
                                            double flopsPerByte) {
  std::optional<AttentionExtents> extents =
      getAttentionExtents(op, [&](Value, unsigned) -> std::optional<int64_t> {
        return assumedExtent;
      });
  unsigned r = AttentionMaps(op).getR();
  auto currentMaps = getFormMaps(score, score.form, r);
  if (!extents || !currentMaps)
    return std::nullopt;
  CostModel model(op, score, *extents);
  FormChoice choice{score.form, ""};
  llvm::raw_string_ostream stream(choice.text);
  auto weigh = [&](FormCost cost) {
    return cost.flops + flopsPerByte * cost.bytes;
  };
  double bestCost = weigh(model.get(score.form, *currentMaps));
  for (Form form : kForms) {
    auto maps = getFormMaps(score, form, r);
    if (!maps)
      continue;
    FormCost cost = model.get(form, *maps);
    stream << getFormName(form) << ": " << int64_t(cost.flops) << " FLOPs, "
           << int64_t(cost.bytes) << " bytes; ";
    if (weigh(cost) < bestCost) {
      bestCost = weigh(cost);
      choice.best = form;
    }
  }
  stream << "from " << getFormName(score.form) << " to "
         << getFormName(choice.best);
  return choice;
}

std::optional<Decision>
mlir::sattn::decideMatrixForm(AttentionOp op, int64_t assumedExtent,
                              double flopsPerByte) {
  std::optional<BilinearScore> score = matchBilinearScore(op);
  if (!score)
    return std::nullopt;
  std::optional<FormChoice> choice =
      chooseForm(op, *score, assumedExtent, flopsPerByte);
  if (!choice)
    return std::nullopt;
  return Decision{"matrix on " + choice->text, choice->best != score->form};
}

namespace {
struct ReassociatePass
    : sattn::impl::SattnReassociatePassBase<ReassociatePass> {
  using SattnReassociatePassBase::SattnReassociatePassBase;

  void runOnOperation() override {
    SmallVector<AttentionOp> ops;
    getOperation()->walk([&](AttentionOp op) { ops.push_back(op); });
    IRRewriter rewriter(&getContext());
    for (AttentionOp op : ops) {
      std::optional<BilinearScore> score = matchBilinearScore(op);
      if (!score)
        continue;
      std::optional<FormChoice> choice =
          chooseForm(op, *score, assumeExtent, flopsPerByte);
      if (!choice)
        continue;
      if (report)
        op.emitRemark("[sattn-reassociate] matrix on ") << choice->text;
      if (choice->best == score->form)
        continue;
      unsigned r = AttentionMaps(op).getR();
      rewrite(rewriter, op, *score, choice->best,
              *getFormMaps(*score, choice->best, r));
      ++numReassociated;
    }
  }
};
} // namespace
