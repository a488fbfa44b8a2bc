"""Checks of the oracle itself: values computed by hand, and plain loops over every pair."""

import itertools
import math
import unittest

import numpy as np

import matrices
import oracle


def loop_attention(q, keys, v, *, scale, structure=None, window=None, mask=None, segments=None, query_offset=0,
                   key_offset=0, key_limit=None, link="softmax", normalizer=None, region=None):
    """Rank-2 attention, pair after pair, in the words of the specification."""
    rows = []
    for m in range(len(q)):
        found = []  # (score, value row) of the pairs that exist
        for n in range(len(v)):
            i, j = query_offset + m, key_offset + n
            score = scale * loop_product(q[m], keys, n, structure, i, j, query_offset)
            keep = True
            if region is not None:
                score, keep = region(score, i, j)
            if window is not None and window[0] is not None and j < i - window[0]:
                keep = False
            if window is not None and window[1] is not None and j > i + window[1]:
                keep = False
            if mask is not None and not mask[m, n]:
                keep = False
            if segments is not None and segments[0][m] != segments[1][n]:
                keep = False
            if key_limit is not None and j >= key_limit:
                keep = False
            if keep:
                found.append((float(score), v[n]))
        rows.append(loop_row(found, link, 0.0 if normalizer is None else normalizer[m], v.shape[1]))
    return np.array([row for row, _ in rows]).reshape(len(q), v.shape[1]), np.array([lse for _, lse in rows])


def loop_product(q, keys, n, structure, i, j, first):
    if structure is None:
        return sum(a * b for a, b in zip(q, keys[0][n]))
    total, depth, column = 0.0, 0, 0
    sizes = structure.blocks if isinstance(structure, oracle.Levels) else structure.widths
    for level, (rank, size) in enumerate(zip(structure.ranks, sizes)):
        if size is not None and isinstance(structure, oracle.Levels) and math.floor(i / size) != math.floor(j / size):
            break
        if size is not None and isinstance(structure, oracle.Bands) and abs(i - j) >= size:
            break
        if len(keys) == 1:
            key = keys[0][n][column:column + rank]
        elif size is None:
            key = keys[level][n]
        else:  # a cache: row 0 is the first position that the first query shares this level with
            start = math.floor(first / size) * size if isinstance(structure, oracle.Levels) else first - size + 1
            if not 0 <= j - start < len(keys[level]):
                break
            key = keys[level][j - start]
        factor = structure.scales[level] if structure.scales else 1.0
        total += factor * sum(q[column + r] * key[r] for r in range(rank))
        column, depth = column + rank, depth + 1
    return total / depth if structure.mean else total


def loop_row(found, link, normalizer, width):
    if link in ("softmax", "exp"):
        found = [(s, v) for s, v in found if s != -math.inf]
    if not found:
        return np.zeros(width), -math.inf
    if link == "argmax":
        best = max(s for s, _ in found)
        return next(v for s, v in found if s == best), math.nan
    function = {"softmax": math.exp, "linear": lambda s: s, "identity": lambda s: s,
                "exp": lambda s: math.exp(s - normalizer), "sigmoid": lambda s: 1 / (1 + math.exp(-s))}[link]
    weights = [function(s) for s, _ in found]
    total = sum(w * v for w, (_, v) in zip(weights, found))
    divided = link in ("softmax", "linear")
    return total / sum(weights) if divided else total, math.log(sum(weights)) if divided else math.nan


class ByHand(unittest.TestCase):
    q, k = np.array([[1.0, 2.0]]), np.array([[1.0, 0.0], [0.0, 1.0]])
    v = np.array([[1.0, 0.0, 2.0], [0.0, 1.0, 4.0]])

    def test_softmax(self):
        # Scores 1 and 2: weights 1 / (1 + e) and e / (1 + e).
        out, lse = oracle.attention(self.q, self.k, self.v, scale=1.0)
        a, b = 1 / (1 + math.e), math.e / (1 + math.e)
        np.testing.assert_allclose(out, [[a, b, 2 * a + 4 * b]], rtol=1e-15)
        np.testing.assert_allclose(lse, [1 + math.log(1 + math.e)], rtol=1e-15)

    def test_links(self):
        run = lambda link, **more: oracle.attention(self.q, self.k, self.v, scale=2.0, link=link, **more)
        np.testing.assert_allclose(run("identity")[0], [[2, 4, 20]])
        np.testing.assert_allclose(run("linear")[0], [[1 / 3, 2 / 3, 10 / 3]])
        np.testing.assert_allclose(run("linear")[1], [math.log(6)])
        np.testing.assert_allclose(run("argmax")[0], [[0, 1, 4]])
        np.testing.assert_allclose(run("exp", normalizer=np.array([3.0]))[0][0, :2], [math.exp(-1), math.exp(1)])
        np.testing.assert_allclose(run("sigmoid")[0][0, :2], [1 / (1 + math.exp(-2)), 1 / (1 + math.exp(-4))])

    def test_levels(self):
        # Position 1 and 2 share only the block of 4: one column, weight 1; 2 and 3 share both levels: weight 1/2.
        ones = np.ones((4, 2))
        levels = oracle.Levels(ranks=[1, 1], blocks=[None, 2], scales=[1.0, 3.0], mean=True)
        out = oracle.score_matrix(ones, ones, scale=10.0, structure=levels)
        near, far = 10 * (1 + 3) / 2, 10
        np.testing.assert_allclose(out, [[near, near, far, far], [near, near, far, far], [far, far, near, near],
                                         [far, far, near, near]])

    def test_bands(self):
        ones = np.ones((3, 3))
        out = oracle.score_matrix(ones, ones, scale=1.0, structure=oracle.Bands([1, 2], [None, 2]))
        np.testing.assert_allclose(out, [[3, 3, 1], [3, 3, 3], [1, 3, 3]])

    def test_window_is_inclusive_and_positions_count(self):
        ones = np.ones((3, 1))
        out = oracle.score_matrix(ones, ones, scale=1.0, window=(1, 0), zero_absent=True)
        np.testing.assert_allclose(out, [[1, 0, 0], [1, 1, 0], [0, 1, 1]])
        out = oracle.score_matrix(ones, ones, scale=1.0, window=(None, 0), query_offset=-1, key_limit=1, zero_absent=True)
        np.testing.assert_allclose(out, [[0, 0, 0], [1, 0, 0], [1, 0, 0]])

    def test_fully_masked_row(self):
        for link in ("softmax", "linear", "identity", "exp", "sigmoid", "argmax"):
            normalizer = np.zeros(1) if link == "exp" else None
            out, lse = oracle.attention(self.q, self.k, self.v, scale=1.0, link=link, normalizer=normalizer,
                                        mask=np.zeros((1, 2), bool))
            np.testing.assert_array_equal(out, np.zeros((1, 3)))
            if lse is not None:
                np.testing.assert_array_equal(lse, [-math.inf])
        out, lse = oracle.attention(self.q, self.k[:0], self.v[:0], scale=1.0)
        np.testing.assert_array_equal(out, np.zeros((1, 3)))

    def test_nan_reaches_only_its_readers(self):
        q, k, v = np.ones((4, 1)), np.ones((4, 1)), np.ones((4, 2))
        k[2] = np.nan
        out, lse = oracle.attention(q, k, v, scale=1.0, window=(None, 0))
        self.assertEqual(list(np.isnan(out[:, 0])), [False, False, True, True])
        self.assertEqual(list(np.isnan(lse)), [False, False, True, True])
        v[3] = np.inf
        out, _ = oracle.attention(q, np.ones((4, 1)), v, scale=1.0, window=(None, 0))
        self.assertEqual(list(np.isfinite(out[:, 0])), [True, True, True, False])

    def test_argmax_prefers_the_lowest_index_and_nan(self):
        v = np.arange(3.0)[:, None]
        pick = lambda scores: oracle.attention(np.ones((1, 1)), np.array(scores)[:, None], v, scale=1.0, link="argmax")[0]
        self.assertEqual(pick([1.0, 2.0, 2.0]), 1)
        self.assertEqual(pick([1.0, np.nan, 5.0]), 1)

    def test_merge_equals_attention_over_all_keys(self):
        rng = np.random.default_rng(0)
        q, k, v = rng.normal(size=(5, 3)), rng.normal(size=(7, 3)), rng.normal(size=(7, 2))
        whole = oracle.attention(q, k, v, scale=0.5)
        parts = [oracle.attention(q, k[a:b], v[a:b], scale=0.5) for a, b in ((0, 2), (2, 2), (2, 7))]
        merged = oracle.merge([p[0] for p in parts], [p[1] for p in parts])
        np.testing.assert_allclose(merged[0], whole[0], rtol=1e-13)
        np.testing.assert_allclose(merged[1], whole[1], rtol=1e-13)

    def test_norm(self):
        np.testing.assert_allclose(oracle.norm([[1.0, 3.0]], "layer", epsilon=0.0), [[-1, 1]])
        np.testing.assert_allclose(oracle.norm([[3.0, 4.0]], "rms", epsilon=0.0), [[3 / 12.5**0.5, 4 / 12.5**0.5]])
        x = np.array([[1.0, 3.0, 10.0, 30.0]])
        np.testing.assert_allclose(oracle.norm(x, "layer", gain=[1, 1, 1, 2], bias=[0, 0, 5, 0], epsilon=0.0,
                                               segments=[2, 2]), [[-1, 1, 4, 2]])


class AgainstLoops(unittest.TestCase):
    def compare(self, rng, link, **clauses):
        structure = clauses.get("structure")
        depth = sum(structure.ranks) if structure else 3
        m, n = rng.integers(1, 9, size=2)
        sign = np.abs if link == "linear" else lambda x: x
        q, k, v = sign(rng.normal(size=(m, depth))), sign(rng.normal(size=(n, depth))), rng.normal(size=(n, 2))
        if link == "exp":
            clauses["normalizer"] = rng.normal(size=m)
        if rng.random() < 0.5:
            clauses["mask"] = rng.random((m, n)) < 0.7
        if rng.random() < 0.3:
            clauses["segments"] = rng.integers(0, 3, m), rng.integers(0, 3, n)
        keys = [k]
        if structure and rng.random() < 0.3:
            sizes = structure.blocks if isinstance(structure, oracle.Levels) else structure.widths
            rows = [n if size is None else size for size in sizes]
            keys = [rng.normal(size=(count, rank)) for count, rank in zip(rows, structure.ranks)]
        out, lse = oracle.attention(q, keys, v, scale=0.7, link=link, **clauses)
        expected, expected_lse = loop_attention(q, keys, v, scale=0.7, link=link, **clauses)
        np.testing.assert_allclose(out, expected, rtol=1e-10, atol=1e-12, err_msg=str(clauses))
        if lse is not None:
            np.testing.assert_allclose(lse, expected_lse, rtol=1e-10, err_msg=str(clauses))

    def test_random_clauses(self):
        rng = np.random.default_rng(7)
        structures = [None, oracle.Levels([2, 1], [None, 3]), oracle.Levels([1, 1, 2], [None, 4, 2], [0.5, 2, 1], True),
                      oracle.Levels([1, 1, 1, 1], [None, None, 4, 4], None, True),
                      oracle.Bands([1, 2], [None, 3]), oracle.Bands([1, 1, 1], [None, 4, 2], [1, 2, 3], True)]
        windows = [None, (None, 0), (2, 0), (1, 3), (0, None), (20, 20)]
        regions = [None, lambda s, i, j: (10 * np.tanh(s / 10) + 0.1 * (j - i), (i + j) % 3 != 0)]
        links = ["softmax", "identity", "exp", "sigmoid", "argmax"]
        for structure, window, region, link in itertools.product(structures, windows, regions, links):
            self.compare(rng, link, structure=structure, window=window, region=region,
                         query_offset=int(rng.integers(-5, 6)), key_offset=int(rng.integers(-3, 4)),
                         key_limit=None if rng.random() < 0.5 else int(rng.integers(-2, 9)))
        for window in windows:
            self.compare(rng, "linear", window=window)

    def test_layouts(self):
        rng = np.random.default_rng(8)
        b, m, n, g, h, r, e = 2, 3, 4, 2, 3, 5, 2
        q, k = rng.normal(size=(b, m, g, h, r)), rng.normal(size=(b, n, g, r))
        v, bias = rng.normal(size=(b, n, g, e)), rng.normal(size=(h, n, m))
        offset = np.array([2, 0])
        region = lambda s, i, j, x: (s + x, None)
        out, lse = oracle.attention(q, k, v, scale=0.3, window=(None, 0), query_offset=offset, region=region,
                                    region_operands=[bias],
                                    dims="b m g h r, b n g r, b n g e, h n m -> b m g h e, h b g m")
        self.assertEqual(lse.shape, (h, b, g, m))
        for x, y, z in itertools.product(range(b), range(g), range(h)):
            added = bias[z].T
            at = lambda s, i, j: (s + added[i - offset[x], j], True)
            expected, expected_lse = loop_attention(q[x, :, y, z], [k[x, :, y]], v[x, :, y], scale=0.3, window=(None, 0),
                                                    query_offset=int(offset[x]), region=at)
            np.testing.assert_allclose(out[x, :, y, z], expected, rtol=1e-12)
            np.testing.assert_allclose(lse[z, x, y], expected_lse, rtol=1e-12)


class Matrices(unittest.TestCase):
    def test_kronecker_and_monarch(self):
        rng = np.random.default_rng(1)
        a, b = rng.normal(size=(2, 3)), rng.normal(size=(4, 5))
        np.testing.assert_allclose(matrices.kronecker(a, b), np.kron(a, b))
        # A Kronecker product is the rank-1 BTT with every left = A and right[gamma, delta, beta] = B[beta, delta].
        left, right = np.stack([a] * 4), np.stack([b.T] * 3)
        np.testing.assert_allclose(matrices.btt(left, right), np.kron(a, b))

    def test_btt_is_the_staged_product(self):
        # The permuted product of two block-diagonal matrices that defines it.
        rng = np.random.default_rng(2)
        a, b, c, d, s = 2, 3, 4, 5, 2
        left, right = rng.normal(size=(b, a, c * s)), rng.normal(size=(c, d, b * s))
        x = rng.normal(size=c * d)
        y = np.einsum("gd,gdt->gt", x.reshape(c, d), right)  # c x (b s)
        y = y.reshape(c, b, s).transpose(1, 0, 2).reshape(b, c * s)
        z = np.einsum("bat,bt->ba", left, y).T.reshape(a * b)
        np.testing.assert_allclose(matrices.btt(left, right) @ x, z)

    def test_features_score_like_the_matrix(self):
        rng = np.random.default_rng(3)
        lefts = [rng.normal(size=(1, 8, 2)), rng.normal(size=(2, 4, 3))]
        rights = [rng.normal(size=(1, 6, 2)), rng.normal(size=(2, 3, 3))]
        for kind, factors in (("mlr", lefts + rights), ("low_rank", [lefts[0][0], rights[0][0]])):
            f, g = matrices.features(kind, factors, "query"), matrices.features(kind, factors, "key")
            np.testing.assert_allclose(f @ g.T, matrices.dense(kind, factors), rtol=1e-12)
        self.assertEqual(np.nonzero(matrices.features("mlr", lefts + rights, "query")[:, 2])[0].tolist(), [0, 1, 2, 3])

    def test_members_of_the_family(self):
        rng = np.random.default_rng(4)
        left, right = rng.normal(size=(3, 2, 4)), rng.normal(size=(2, 5, 6))
        np.testing.assert_allclose(matrices.dense("mlbtc", [left, right], [(2.0, True)]),
                                   2 * matrices.dense("btt", [left, right]))
        left, right = rng.normal(size=(2, 3, 4)), rng.normal(size=(2, 5, 4))
        np.testing.assert_allclose(matrices.dense("mlbtc", [left, right], [(1.0, False)]),
                                   matrices.dense("mlr", [left, right]))

    def test_project_applies_each_head(self):
        rng = np.random.default_rng(5)
        x, left, right = rng.normal(size=(2, 7, 6)), rng.normal(size=(3, 4, 2)), rng.normal(size=(3, 6, 2))
        y = matrices.project(x, "low_rank", [left, right], "full", heads=True)
        self.assertEqual(y.shape, (2, 3, 7, 4))
        np.testing.assert_allclose(y[1, 2, 5], left[2] @ right[2].T @ x[1, 5])


if __name__ == "__main__":
    unittest.main()
