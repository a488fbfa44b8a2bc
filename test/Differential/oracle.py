"""What the sattn ops mean, written in NumPy straight from their formulas.

This is the second opinion that every lowering is compared with. It is float64 throughout, materialises every score, knows
nothing of tiles or of how the compiler works, and is checked against hand-computed values and plain loops in oracle_test.py.

Names: m queries, n keys, r query/key depth, e value depth. Any other label is batch-like. A *pair* is one (query, key); it is
*absent* when a window, mask, segment, limit or region excludes it, and an absent pair contributes nothing: what is stored there,
NaN included, is never multiplied.
"""

from dataclasses import dataclass

import numpy as np


@dataclass
class Levels:
    """Contraction depth by nested aligned blocks: a level is active while query and key lie in one block of it.

    With one key operand per level, that of a level with a finite block is a cache of the block that holds the queries.
    """

    ranks: list
    blocks: list  # None is "*", all positions
    scales: list | None = None
    mean: bool = False

    def active(self, i, j):
        """One boolean array per level. A level counts only when all coarser ones are active."""
        same = [np.ones(np.broadcast(i, j).shape, bool) if b is None else (i // b) == (j // b) for b in self.blocks]
        return list(np.logical_and.accumulate(np.array(same), axis=0))

    def cache_start(self, level, first):
        """Position of row 0 of the key of `level`, if it is a cache; `first` is the position of the first query."""
        return None if self.blocks[level] is None else first // self.blocks[level] * self.blocks[level]


@dataclass
class Bands:
    """Contraction depth by distance: a level is active while abs(i - j) is below its width."""

    ranks: list
    widths: list  # None is "*"
    scales: list | None = None
    mean: bool = False

    def active(self, i, j):
        near = [np.ones(np.broadcast(i, j).shape, bool) if w is None else np.abs(i - j) < w for w in self.widths]
        return list(np.logical_and.accumulate(np.array(near), axis=0))

    def cache_start(self, level, first):
        return None if self.widths[level] is None else first - self.widths[level] + 1


def parse_dims(text):
    """'b m r, b n r, b n e -> b m e' as (label lists of the operands, label lists of the results)."""
    operands, results = text.split("->")
    split = lambda side: [part.split() for part in side.split(",")]
    return split(operands), split(results)


def canonical_dims(rank, has_mask, has_lse):
    """The dims of an op that prints none: leading axes shared, then m r / n r / n e / m n -> m e, m."""
    batch = [f"b{k}" for k in range(rank - 2)]
    operands = [batch + ["m", "r"], batch + ["n", "r"], batch + ["n", "e"]]
    if has_mask:
        operands.append(batch + ["m", "n"])
    return operands, [batch + ["m", "e"]] + ([batch + ["m"]] if has_lse else [])


def spread(array, labels, wanted):
    """`array` with its axes in the order `wanted`; a label that it lacks becomes an axis of extent 1."""
    array = np.asarray(array)
    assert array.ndim == len(labels), f"rank {array.ndim} does not match labels {labels}"
    order = [labels.index(label) for label in wanted if label in labels]
    shape = [array.shape[labels.index(label)] if label in labels else 1 for label in wanted]
    return array.transpose(order).reshape(shape)


def _per_batch(value, axes):
    """A position or segment operand: `axes` trailing axes of its own, before them nothing or the first batch label."""
    value = np.asarray(value, np.int64)
    return value, value.ndim > axes


class Pairs:
    """The grid of pairs of one op: positions, presence and scores, all with axes batch..., m, n."""

    def __init__(self, query, keys, batch, query_labels, key_labels, query_offset, key_offset):
        self.batch = batch
        self.query = spread(query, query_labels, batch + ["m", "r"]).astype(np.float64)
        self.keys = [spread(key, key_labels, batch + ["n", "r"]).astype(np.float64) for key in keys]
        self.num_queries, self.num_keys = self.query.shape[-2], self.keys[0].shape[-2]
        self.first = self.per_row(0 if query_offset is None else query_offset)
        self.i = self._position(query_offset, np.arange(self.num_queries)[:, None])
        self.j = self._position(key_offset, np.arange(self.num_keys)[None, :])

    def per_row(self, value):
        """A scalar, or one number per entry of the first batch label, shaped to broadcast over the grid."""
        value, batched = _per_batch(value, 0)
        return value.reshape([value.size] + [1] * (len(self.batch) + 1)) if batched else value

    def _position(self, offset, index):
        return self.per_row(0 if offset is None else offset) + index

    def segments(self, ids, axis):
        ids, batched = _per_batch(ids, 1)
        shape = [ids.shape[0]] if batched else []
        shape += [1] * (len(self.batch) - len(shape))
        return ids.reshape(shape + ([ids.shape[-1], 1] if axis == "m" else [1, ids.shape[-1]]))

    def level_key(self, structure, level):
        """The key of one level with a row for every key position, and which of these rows exist."""
        key, start = self.keys[level], structure.cache_start(level, self.first)
        if start is None:
            return key, True
        row = (self.j - start)[..., 0, :]
        held = (row >= 0) & (row < key.shape[-2])
        if key.shape[-2] == 0:
            return np.zeros(key.shape[:-2] + (self.num_keys, key.shape[-1])), held[..., None, :]
        shape = np.broadcast_shapes(key.shape[:-2], row.shape[:-1])
        rows = np.broadcast_to(np.clip(row, 0, key.shape[-2] - 1), shape + row.shape[-1:])
        return np.take_along_axis(np.broadcast_to(key, shape + key.shape[-2:]), rows[..., None], -2), held[..., None, :]

    def products(self, structure, rounding):
        """weight * sum over the active levels of scale_l <q_l, k_l>."""
        dot = lambda q, k: (q[..., :, None, :] * k[..., None, :, :]).sum(-1)
        if structure is None:
            return rounding(dot(self.query, self.keys[0]))
        bounds = np.concatenate([[0], np.cumsum(structure.ranks)])
        scales = structure.scales or [1.0] * len(structure.ranks)
        total, depth = 0.0, 0
        for level, active in enumerate(structure.active(self.i, self.j)):
            columns = slice(bounds[level], bounds[level + 1])
            key, held = self.level_key(structure, level) if len(self.keys) > 1 else (self.keys[0][..., columns], True)
            active = active & held
            product = scales[level] * dot(self.query[..., columns], key)
            total = total + np.where(active, product, 0.0)
            depth = depth + active
        return rounding(total / depth if structure.mean else total)


def _exact(array):
    return array


@np.errstate(all="ignore")
def scores(query, keys, *, scale, batch, query_labels, key_labels, structure=None, window=None, mask=None, mask_labels=None,
           segments=None, query_offset=None, key_offset=None, key_limit=None, region=None, region_operands=(),
           region_labels=(), rounding=_exact):
    """The score of every pair, and which pairs are present. Axes: batch..., m, n."""
    pairs = Pairs(query, keys, batch, query_labels, key_labels, query_offset, key_offset)
    score = rounding(scale * pairs.products(structure, rounding))
    present = np.ones(score.shape, bool)
    if region is not None:
        elements = [spread(x, labels, batch + ["m", "n"]).astype(np.float64)
                    for x, labels in zip(region_operands, region_labels)]
        score, keep = region(score, pairs.i, pairs.j, *elements)
        score = rounding(np.asarray(score, np.float64))
        present = present & (True if keep is None else keep)
    if window is not None:
        left, right = window
        present = present & (True if left is None else pairs.j >= pairs.i - left)
        present = present & (True if right is None else pairs.j <= pairs.i + right)
    if mask is not None:
        present = present & spread(mask, mask_labels, batch + ["m", "n"]).astype(bool)
    if segments is not None:
        present = present & (pairs.segments(segments[0], "m") == pairs.segments(segments[1], "n"))
    if key_limit is not None:
        present = present & (pairs.j < pairs.per_row(key_limit))
    return np.broadcast_arrays(score, present)


@np.errstate(all="ignore")
def softmax(score, present):
    """Weights, the pairs that count, and the log-sum-exp of each row."""
    present = present & (score != -np.inf)
    top = np.where(present, score, -np.inf).max(-1, keepdims=True, initial=-np.inf)
    weight = np.exp(np.where(present, score - np.where(top == -np.inf, 0.0, top), -np.inf))
    total = weight.sum(-1, keepdims=True)
    lse = np.where(total == 0.0, -np.inf, top + np.log(total))[..., 0]
    return np.where(total == 0.0, 0.0, weight / total), present, lse


def _linear(score, present):
    weight = np.where(present, score, 0.0)
    total = weight.sum(-1, keepdims=True)
    empty = ~present.any(-1, keepdims=True)
    return np.where(empty, 0.0, weight / total), present, np.where(empty, -np.inf, np.log(total))[..., 0]


def _argmax(score, present):
    if score.shape[-1] == 0:
        return score, present, None
    # Excluded pairs rank below -inf; numpy's argmax takes the first of equals and lets NaN win, as the op does.
    candidates = np.where(present & (score == -np.inf), -np.finfo(np.float64).max, np.where(present, score, -np.inf))
    chosen = np.arange(score.shape[-1]) == candidates.argmax(-1)[..., None]
    return np.where(chosen, 1.0, 0.0), present & chosen, None


def _weights(link, score, present, normalizer):
    """Weight of every pair, the pairs that count, and the log-sum-exp of each row (None if the link has none)."""
    if link == "softmax":
        return softmax(score, present)
    if link == "linear":
        return _linear(score, present)
    if link == "identity":
        return score, present, None
    if link == "exp":
        return np.exp(score - normalizer), present & (score != -np.inf), None
    if link == "sigmoid":
        return 1.0 / (1.0 + np.exp(-score)), present, None
    if link == "argmax":
        return _argmax(score, present)
    raise ValueError(f"unknown link {link}")


@np.errstate(all="ignore")
def attention(query, keys, value, *, scale, dims=None, link="softmax", normalizer=None, mask=None, region_operands=(),
              lse=False, rounding=_exact, absolute=False, **clauses):
    """sattn.attention. `dims` is the text of the op's clause; `rounding` models an unfused evaluation in a narrow type;
    `absolute` sums the magnitudes of what the output is the sum of.

    Returns output and log-sum-exp (None where the link has none) with the axes that the dims give the results.
    """
    keys = list(keys) if isinstance(keys, (list, tuple)) else [keys]
    if dims is None:
        operands, results = canonical_dims(np.asarray(value).ndim, mask is not None, lse)
    else:
        operands, results = parse_dims(dims)
    query_labels, key_labels, value_labels, *others = operands
    mask_labels = others.pop(0) if mask is not None else None
    batch = [label for label in results[0] if label not in ("m", "e")]
    score, present = scores(query, keys, scale=scale, batch=batch, query_labels=query_labels, key_labels=key_labels,
                            mask=mask, mask_labels=mask_labels, region_operands=region_operands, region_labels=others,
                            rounding=rounding, **clauses)
    row_labels = [label for label in results[0] if label != "e"]
    if normalizer is not None:
        normalizer = spread(normalizer, row_labels, batch + ["m"]).astype(np.float64)[..., None]
    weight, present, row_lse = _weights(link, score, present, normalizer)
    panel = spread(value, value_labels, batch + ["n", "e"]).astype(np.float64)
    product = rounding(weight)[..., None] * panel[..., None, :, :]
    product = np.abs(product) if absolute else product
    output = rounding(np.where(present[..., None], product, 0.0).sum(-2))
    # A batch label that only the outs carry has extent 1 here; the caller broadcasts it.
    output = spread(output, batch + ["m", "e"], results[0])
    if row_lse is not None:
        row_lse = spread(row_lse, batch + ["m"], results[1] if len(results) > 1 else row_labels)
    return output, row_lse


@np.errstate(all="ignore")
def score_matrix(query, keys, *, scale, dims=None, mask=None, region_operands=(), zero_absent=False, **clauses):
    """sattn.score: the scores themselves, -inf (or 0) where the pair is absent."""
    keys = list(keys) if isinstance(keys, (list, tuple)) else [keys]
    if dims is None:
        operands, _ = canonical_dims(np.asarray(query).ndim, mask is not None, False)
        operands.pop(2)  # no value
        results = [operands[0][:-2] + ["m", "n"]]
    else:
        operands, results = parse_dims(dims)
    query_labels, key_labels, *others = operands
    mask_labels = others.pop(0) if mask is not None else None
    batch = [label for label in results[0] if label not in ("m", "n")]
    score, present = scores(query, keys, scale=scale, batch=batch, query_labels=query_labels, key_labels=key_labels,
                            mask=mask, mask_labels=mask_labels, region_operands=region_operands, region_labels=others,
                            **clauses)
    score, present = np.broadcast_arrays(score, present)
    return spread(np.where(present, score, 0.0 if zero_absent else -np.inf), batch + ["m", "n"], results[0])


@np.errstate(all="ignore")
def merge(outputs, lses):
    """sattn.merge: one attention from the (output, log-sum-exp) pairs of attentions over disjoint keys."""
    outputs = np.stack([np.asarray(x, np.float64) for x in outputs])
    lses = np.stack([np.asarray(x, np.float64) for x in lses])
    top = lses.max(0)
    weight = np.exp(lses - np.where(top == -np.inf, 0.0, top))
    total = weight.sum(0)
    part = np.where(lses[..., None] == -np.inf, 0.0, weight[..., None] * outputs).sum(0)
    output = np.where(total[..., None] == 0.0, 0.0, part / total[..., None])
    return output, np.where(total == 0.0, -np.inf, top + np.log(total))


@np.errstate(all="ignore")
def norm(x, kind, gain=None, bias=None, epsilon=1e-5, segments=None):
    """sattn.norm: each segment of the last axis on its own; one gain and bias over all."""
    x = np.asarray(x, np.float64)
    cuts = np.cumsum(segments)[:-1] if segments else []
    parts = []
    for part in np.split(x, cuts, axis=-1):
        if kind == "layer":
            part = part - part.mean(-1, keepdims=True)
        parts.append(part / np.sqrt((part * part).mean(-1, keepdims=True) + epsilon))
    y = np.concatenate(parts, axis=-1)
    y = y if gain is None else y * np.asarray(gain, np.float64)
    return y if bias is None else y + np.asarray(bias, np.float64)
