"""Structured matrices M of sattn.project: attribute, factors, cost, and what they are in float64.

The query side of M has `query` features, the key side `key` features; x^T M y scores a query x and a key y.
"""

from dataclasses import dataclass
from math import prod

import numpy as np


def _block_diagonal(blocks):
    count, rows, columns = blocks.shape
    dense = np.zeros((count, rows, count, columns))
    dense[np.arange(count), :, np.arange(count), :] = blocks
    return dense.reshape(count * rows, count * columns)


def _shuffled(left, right):
    """M[alpha b + beta, gamma d + delta] = sum_s left[beta, alpha, gamma s + sigma] right[gamma, delta, beta s + sigma]."""
    (b, a, _), (c, d, _) = left.shape, right.shape
    rank = left.shape[2] // c
    dense = np.einsum("bacs,cdbs->abcd", left.reshape(b, a, c, rank), right.reshape(c, d, b, rank))
    return dense.reshape(a * b, c * d)


@dataclass(frozen=True)
class LowRank:
    """L R^T."""

    query: int
    key: int
    rank: int

    def text(self):
        return f"#sattn.low_rank<rank = {self.rank}>"

    def factor_shapes(self):
        return [(self.query, self.rank), (self.key, self.rank)]

    def flops(self):
        """Of M applied to one row."""
        return 2.0 * self.rank * (self.query + self.key)

    def dense(self, left, right):
        return left @ right.T


@dataclass(frozen=True)
class Kronecker:
    """A x B of two squares of side `side`."""

    side: int

    @property
    def query(self):
        return self.side**2

    key = query

    def text(self):
        return f"#sattn.kronecker<query = [{self.side}, {self.side}], key = [{self.side}, {self.side}]>"

    def factor_shapes(self):
        return [(self.side, self.side)] * 2

    def flops(self):
        return 4.0 * self.side**3

    def dense(self, a, b):
        return np.kron(a, b)


@dataclass(frozen=True)
class Btt:
    """Block Tensor-Train: query features (a, b), key features (c, d). Rank 1 is a Monarch matrix."""

    query_sizes: tuple
    key_sizes: tuple
    rank: int = 1

    @property
    def query(self):
        return prod(self.query_sizes)

    @property
    def key(self):
        return prod(self.key_sizes)

    def text(self):
        return f"#sattn.btt<query = {list(self.query_sizes)}, key = {list(self.key_sizes)}, rank = {self.rank}>"

    def factor_shapes(self):
        (a, b), (c, d) = self.query_sizes, self.key_sizes
        return [(b, a, c * self.rank), (c, d, b * self.rank)]

    def flops(self):
        (a, b), (c, d) = self.query_sizes, self.key_sizes
        return 2.0 * b * c * self.rank * (a + d)

    def dense(self, left, right):
        return _shuffled(left, right)


@dataclass(frozen=True)
class Mlr:
    """Multi-Level Low Rank over features: level l has `blocks[l]` diagonal blocks of rank `ranks[l]`."""

    width: int
    ranks: tuple
    blocks: tuple

    @property
    def query(self):
        return self.width

    key = query

    @property
    def features(self):
        """Columns of either side, level after level, rank after rank, block after block."""
        return sum(rank * count for rank, count in zip(self.ranks, self.blocks))

    def text(self):
        return f"#sattn.mlr<ranks = {list(self.ranks)}, blocks = {list(self.blocks)}>"

    def factor_shapes(self):
        return [(count, self.width // count, rank) for count, rank in zip(self.blocks, self.ranks)] * 2

    def flops(self):
        return 4.0 * self.width * sum(self.ranks)

    def side_flops(self):
        """Of the features of one side of one row."""
        return self.flops() / 2

    def dense(self, *factors):
        levels = len(self.ranks)
        pairs = zip(factors[:levels], factors[levels:])
        return sum(_block_diagonal(np.einsum("kir,kjr->kij", left, right)) for left, right in pairs)

    def side(self, factors, part):
        """The features of `part` query or key as a matrix, width x features."""
        levels = len(self.ranks)
        factors = factors[:levels] if part == "query" else factors[levels:]
        # Columns rank-major: [rank, block] -> rank * blocks + block.
        columns = [
            _block_diagonal(factor).reshape(self.width, factor.shape[0], factor.shape[2]).swapaxes(1, 2)
            for factor in factors
        ]
        return np.concatenate([level.reshape(self.width, -1) for level in columns], axis=1)


@dataclass(frozen=True)
class Mlbtc:
    """A weighted sum of block terms: (alpha, left shape, right shape, shuffled)."""

    width: int
    terms: tuple

    @property
    def query(self):
        return self.width

    key = query

    def text(self):
        terms = [
            "{"
            + f"alpha = {alpha!r}, left = {list(left)}, right = {list(right)}"
            + (", shuffled}" if shuffled else "}")
            for alpha, left, right, shuffled in self.terms
        ]
        return f"#sattn.mlbtc<[{', '.join(terms)}]>"

    def factor_shapes(self):
        return [shape for _, left, right, _ in self.terms for shape in (left, right)]

    def flops(self):
        return sum(2.0 * (prod(left) + prod(right)) for _, left, right, _ in self.terms)

    def dense(self, *factors):
        total = 0.0
        for (alpha, *_, shuffled), left, right in zip(self.terms, factors[0::2], factors[1::2]):
            term = _shuffled(left, right) if shuffled else _block_diagonal(left) @ _block_diagonal(right).T
            total = total + alpha * term
        return total
