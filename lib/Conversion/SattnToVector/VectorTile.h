//===- VectorTile.h - Tile step as vector code -*- C++ -*-===//
//
// Part of the sattn project, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// The recipe: lanes are queries. A panel of `lanes` queries is packed
// [r][lane], so that a register tile is `rows` keys (or value columns) by one
// panel, fed by broadcasts of single key (value) elements, and row statistics
// are plain vertical operations. Per panel: scores of all keys of the tile into
// a scratch buffer with their running maximum, weights in place, product with
// the value.
//
//===----------------------------------------------------------------------===//

#ifndef SATTN_LIB_CONVERSION_SATTNTOVECTOR_VECTORTILE_H
#define SATTN_LIB_CONVERSION_SATTNTOVECTOR_VECTORTILE_H

#include "ScoreRow.h"

namespace mlir::sattn {

/// The state of online_attention in the layout of the vector code. Null where
/// the link has no such part.
struct PanelState {
  Value acc; // panels x e x lanes
  Value ref; // panels * lanes, in powers of two
  Value sum; // panels * lanes

  static PanelState get(ValueRange values, Link link);
  SmallVector<Value> toValues() const;
};

/// Rows of queries rounded up to whole panels.
inline int64_t getNumPanels(int64_t rows, int64_t lanes) {
  return llvm::divideCeil(rows, lanes);
}

/// Emits one tile step on a query that is packed panels x r x lanes, times
/// `getQueryFactor`.
class VectorTile {
public:
  /// The factor that a packed query has: log2 e where nothing happens between
  /// the product with the key and a power of two.
  static double getQueryFactor(OnlineAttentionOp op);

  VectorTile(TileBuilder &builder, OnlineAttentionOp op, RegisterTile tile);

  PanelState emit(Value packedQuery, PanelState state);

private:
  using Values = SmallVector<Value>;

  /// Keys as the register tile reads them: columns [begin, end) of the query.
  struct KeyPanel {
    Value tensor; // n x (end - begin), accumulator type
    int64_t begin;
    int64_t end; // kDynamic: to the query's last column
  };
  /// What is fixed while one panel is worked on.
  struct Panel {
    Value index;    // number of the panel
    Value row;      // its first row in the tile
    Value position; // position of that row
    Value query;    // packed query
  };
  static PairRow getPairs(const Panel &panel, Value keyRow) {
    return {panel.row, keyRow, /*alongKeys=*/false};
  }
  /// Keys [lo, hi) of the tile that are scored in one way.
  struct Segment {
    Value lo, hi;
    unsigned known;       // leading levels that are active for every pair
    bool masked;          // the window may drop some of the pairs
    bool mixed;           // finer levels may be active for some pairs
    bool whole;           // hi - lo is a multiple of the register tile's rows
    OpFoldResult columns; // query columns that every pair uses; null: all
    Value weight;         // factor of the scores; null: 1 (or decided by pair)
  };
  /// Segments of one kind, which share their code.
  using SegmentGroup = SmallVector<Segment>;

  // Panels of keys and values.
  Value widen(Value source);
  Value isValueFinite();

  // Scores.
  std::pair<Value, Value> getDocumentKeys(const Panel &panel);
  SmallVector<Segment> getSegments(const Panel &panel);
  SmallVector<SegmentGroup> getGroups(ArrayRef<Segment> segments);
  Value roundDown(Value count);
  Values emitGroup(const Panel &panel, ArrayRef<Segment> group,
                   ValueRange carried);
  Values emitScoreTile(const Panel &panel, const Segment &segment,
                       ValueRange keyRows, ValueRange carried);
  Values emitScores(const Panel &panel, const Segment &segment,
                    ValueRange carried);
  Values contract(const Panel &panel, ValueRange keyRows, int64_t begin,
                  OpFoldResult end, ValueRange accumulators);
  Values contractKey(const Panel &panel, const KeyPanel &key,
                     ValueRange keyRows, Value lo, Value hi,
                     ValueRange accumulators);
  Values contractLevels(const Panel &panel, ValueRange keyRows, unsigned known);
  Value weigh(const Segment &segment, Value score);
  Values finishScores(const Panel &panel, bool masked, Value lo, Value hi,
                      ValueRange carried);

  // Weights and product.
  PanelState emitPanel(Value packedQuery, Value index, PanelState state);
  PanelState emitSegments(const Panel &panel, ArrayRef<Segment> segments,
                          PanelState state);
  Value emitSoftmax(const Panel &panel, Value lo, Value hi, Value &scores,
                    Value maximum, PanelState &state);
  void emitSum(const Panel &panel, Value lo, Value hi, Value scores,
               PanelState &state);
  void emitArgmax(const Panel &panel, Value lo, Value hi, Value scores,
                  PanelState &state);
  Value emitProduct(const Panel &panel, Value lo, Value hi, Value scores,
                    Value acc, Value correction, bool skipAbsent);
  Value emitProductTile(const Panel &panel, Value lo, Value hi, Value scores,
                        Value acc, Value correction, Value column, int64_t rows,
                        bool skipAbsent);

  TileBuilder &b;
  OnlineAttentionOp op;
  RegisterTile tile;
  Link link;
  int64_t valueDepth;
  bool dropsPairs;
  ScoreRow scoreRow;
  bool finishesLater; // rows of scores are finished in a loop of their own
  Value numKeys;
  int64_t keyBound; // upper bound of numKeys, kDynamic if unknown
  Value queryOffset, keyOffset;
  SmallVector<KeyPanel> keys;
  Value value;       // n x e, accumulator type
  Value valueFinite; // i1; null if nobody asks
};

} // namespace mlir::sattn

#endif // SATTN_LIB_CONVERSION_SATTNTOVECTOR_VECTORTILE_H
