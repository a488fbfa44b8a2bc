//===- PrintSVG.cpp - A picture of the levels of an attention -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The matrix of pairs, queries downwards and keys to the right, each cell coloured
// by its depth. Cells of equal depth are joined to rectangles, so that the file
// stays small.
//
//===----------------------------------------------------------------------===//

#include "AttentionPlan.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FormatVariadic.h"

using namespace mlir;
using namespace mlir::sattn;
using namespace sattn_explain;

namespace {
constexpr int kSide = 512, kMargin = 56, kLegend = 300, kTitle = 64;

/// The matrix of pairs at a resolution of at most 128 x 128 cells.
struct DepthPicture {
  int64_t rows, columns;
  std::vector<unsigned> cells;

  unsigned &at(int64_t row, int64_t column) { return cells[row * columns + column]; }
};

struct Rectangle {
  int64_t row, column, height, width;
  unsigned depth;
};
} // namespace

static DepthPicture sample(const AttentionPlan &plan) {
  const PositionExtents &positions = plan.extents.positions;
  constexpr int64_t maxCells = 128;
  DepthPicture picture{std::min(positions.queries, maxCells), std::min(positions.keys, maxCells), {}};
  picture.cells.resize(picture.rows * picture.columns);
  // The last query and the first key of a cell: it is drawn if any pair is likely.
  for (int64_t row = 0; row < picture.rows; ++row)
    for (int64_t column = 0; column < picture.columns; ++column) {
      int64_t m = (row + 1) * positions.queries / picture.rows - 1;
      int64_t j = positions.keyOffset + column * positions.keys / picture.columns;
      bool exists = !positions.keyLimit || j < *positions.keyLimit;
      picture.at(row, column) =
          exists ? getDepth(plan.getStructure(), plan.getWindow(), positions.queryOffset + m, j) : 0;
    }
  return picture;
}

/// Covers the existing cells with rectangles: runs of a row, joined downwards.
static std::vector<Rectangle> cover(DepthPicture &picture) {
  std::vector<Rectangle> done, open;
  for (int64_t row = 0; row <= picture.rows; ++row) {
    std::vector<Rectangle> next;
    for (int64_t column = 0; row < picture.rows && column < picture.columns;) {
      unsigned depth = picture.at(row, column);
      int64_t end = column;
      while (end < picture.columns && picture.at(row, end) == depth)
        ++end;
      if (depth)
        next.push_back({row, column, 1, end - column, depth});
      column = end;
    }
    for (Rectangle &old : open) {
      auto same = llvm::find_if(next, [&](const Rectangle &run) {
        return run.column == old.column && run.width == old.width && run.depth == old.depth;
      });
      if (same == next.end())
        done.push_back(old);
      else
        *same = {old.row, old.column, old.height + 1, old.width, old.depth};
    }
    open = std::move(next);
  }
  return done;
}

/// From pale to dark blue.
static std::string getColour(unsigned depth, unsigned numLevels) {
  double t = numLevels == 1 ? 0.5 : double(depth - 1) / (numLevels - 1);
  auto mix = [&](int from, int to) { return int(from + t * (to - from)); };
  return llvm::formatv("#{0:x-2}{1:x-2}{2:x-2}", mix(0xd6, 0x08), mix(0xe6, 0x30), mix(0xf4, 0x6b));
}

static void drawText(llvm::raw_ostream &os, double x, double y, StringRef text,
                      StringRef attributes = "") {
  os << llvm::formatv("<text x=\"{0}\" y=\"{1}\" {2}>", x, y, attributes);
  llvm::printHTMLEscaped(text, os);
  os << "</text>\n";
}

static void printMatrix(const AttentionPlan &plan, llvm::raw_ostream &os) {
  DepthPicture picture = sample(plan);
  unsigned numLevels = plan.cost.ranks.size();
  os << llvm::formatv("<rect x=\"{0}\" y=\"{1}\" width=\"{2}\" height=\"{2}\" fill=\"#f4f4f2\" "
                      "stroke=\"#888\"/>\n", kMargin, kTitle, kSide);
  if (picture.cells.empty())
    return;
  double width = double(kSide) / picture.columns, height = double(kSide) / picture.rows;
  os << "<g shape-rendering=\"crispEdges\">\n";
  for (const Rectangle &r : cover(picture))
    os << llvm::formatv("<rect x=\"{0}\" y=\"{1}\" width=\"{2}\" height=\"{3}\" fill=\"{4}\"/>\n",
                        kMargin + r.column * width, kTitle + r.row * height, r.width * width,
                        r.height * height, getColour(r.depth, numLevels));
  os << "</g>\n";
}

static void printAxes(const AttentionPlan &plan, llvm::raw_ostream &os) {
  const PositionExtents &p = plan.extents.positions;
  int right = kMargin + kSide, bottom = kTitle + kSide;
  drawText(os, kMargin, kTitle - 8, "key " + std::to_string(p.keyOffset));
  drawText(os, right, kTitle - 8, std::to_string(p.keyOffset + p.keys - 1), "text-anchor=\"end\"");
  std::string rotate = llvm::formatv("transform=\"rotate(-90 {0} {1})\"", kMargin - 10, bottom);
  drawText(os, kMargin - 10, bottom, "query " + std::to_string(p.queryOffset + p.queries - 1), rotate);
  rotate = llvm::formatv("text-anchor=\"end\" transform=\"rotate(-90 {0} {1})\"", kMargin - 10, kTitle);
  drawText(os, kMargin - 10, kTitle, std::to_string(p.queryOffset), rotate);
}

static void printLegend(const AttentionPlan &plan, llvm::raw_ostream &os) {
  const AttentionCost &cost = plan.cost;
  unsigned numLevels = cost.ranks.size();
  int x = kMargin + kSide + 32, y = kTitle + 14;
  drawText(os, x, y, "depth: columns, share of pairs", "font-weight=\"bold\"");
  for (unsigned depth = 1; depth <= numLevels; ++depth) {
    y += 28;
    os << llvm::formatv("<rect x=\"{0}\" y=\"{1}\" width=\"20\" height=\"20\" fill=\"{2}\" "
                        "stroke=\"#888\"/>\n", x, y - 15, getColour(depth, numLevels));
    double share = cost.counts.pairs
                       ? 100.0 * cost.counts.getPairsOfDepth(depth) / cost.counts.pairs
                       : 0;
    drawText(os, x + 30, y, llvm::formatv("{0}: {1} columns, {2:F1} %", depth,
                                           plan.getPrefixColumns(depth), share).str());
  }
  y += 28;
  os << llvm::formatv("<rect x=\"{0}\" y=\"{1}\" width=\"20\" height=\"20\" fill=\"#f4f4f2\" "
                      "stroke=\"#888\"/>\n", x, y - 15);
  drawText(os, x + 30, y, "no such pair");
  y += 40;
  drawText(os, x, y, llvm::formatv("{0:F2} of {1} columns per pair", cost.getMeanColumns(),
                                    plan.getColumns()).str());
  drawText(os, x, y + 22, llvm::formatv("{0:F1} % of the FLOPs with all columns",
                                         100 * cost.getFlops() / std::max(cost.getDenseFlops(), 1.0)).str());
}

void sattn_explain::printSVG(ArrayRef<AttentionPlan> plans, llvm::raw_ostream &os) {
  int width = kMargin + kSide + 32 + kLegend, panel = kTitle + kSide + kMargin;
  int height = panel * plans.size();
  os << llvm::formatv("<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{0}\" height=\"{1}\" "
                      "viewBox=\"0 0 {0} {1}\" font-family=\"sans-serif\" font-size=\"15\" "
                      "fill=\"#222\">\n", width, height);
  os << llvm::formatv("<rect width=\"{0}\" height=\"{1}\" fill=\"white\"/>\n", width, height);
  for (auto [index, plan] : llvm::enumerate(plans)) {
    os << llvm::formatv("<g transform=\"translate(0 {0})\">\n", index * panel);
    std::string title = llvm::formatv("@{0}: {1} levels over {2} x {3} positions", plan.function,
                                      plan.cost.ranks.size(), plan.extents.positions.queries,
                                      plan.extents.positions.keys);
    drawText(os, kMargin, 30, title, "font-size=\"18\" font-weight=\"bold\"");
    printMatrix(plan, os);
    printAxes(plan, os);
    printLegend(plan, os);
    os << "</g>\n";
  }
  os << "</svg>\n";
}
