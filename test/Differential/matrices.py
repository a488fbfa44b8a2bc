"""The structured matrices of sattn.project as dense ones, entry by entry from their definition.

M has size m x n and scores x_i^T M x_j: m belongs to the query side, n to the key side.
"""

import numpy as np


def low_rank(left, right):
    return left @ right.T


def block_diagonal(dense):
    p, rows, columns = dense.shape
    matrix = np.zeros((p * rows, p * columns))
    for k in range(p):
        matrix[k * rows:(k + 1) * rows, k * columns:(k + 1) * columns] = dense[k]
    return matrix


def kronecker(a, b):
    """M[alpha b + beta, gamma d + delta] = A[alpha, gamma] B[beta, delta]."""
    return np.einsum("ac,bd->abcd", a, b).reshape(a.shape[0] * b.shape[0], a.shape[1] * b.shape[1])


def btt(left, right):
    """M[alpha b + beta, gamma d + delta] = sum_s left[beta, alpha, gamma s + sigma] right[gamma, delta, beta s + sigma]."""
    b, a, _ = left.shape
    c, d, _ = right.shape
    s = left.shape[2] // c
    left = left.reshape(b, a, c, s)
    right = right.reshape(c, d, b, s)
    return np.einsum("bacs,cdbs->abcd", left, right).reshape(a * b, c * d)


def mlr(lefts, rights):
    """Sum over the levels of the block diagonal of left_k right_k^T."""
    return sum(block_diagonal(np.einsum("kir,kjr->kij", left, right)) for left, right in zip(lefts, rights))


def mlbtc(terms, factors):
    """`terms`: (alpha, shuffled) pairs; `factors`: left and right of each term in turn."""
    total = 0.0
    for (alpha, shuffled), left, right in zip(terms, factors[0::2], factors[1::2]):
        if shuffled:
            total = total + alpha * btt(left, right)
        else:
            total = total + alpha * (block_diagonal(left) @ block_diagonal(right.transpose(0, 2, 1)))
    return total


def dense(kind, factors, terms=None):
    """The matrix of the attribute `#sattn.<kind>` with these factors (without a leading axis for the heads)."""
    factors = [np.asarray(f, np.float64) for f in factors]
    if kind == "low_rank":
        return low_rank(*factors)
    if kind == "block_diagonal":
        return block_diagonal(*factors)
    if kind == "kronecker":
        return kronecker(*factors)
    if kind in ("btt", "monarch"):
        return btt(*factors)
    if kind == "mlr":
        return mlr(factors[:len(factors) // 2], factors[len(factors) // 2:])
    if kind == "mlbtc":
        return mlbtc(terms, factors)
    raise ValueError(f"unknown structured matrix {kind}")


def features(kind, factors, part):
    """Features of `part` query or key as a matrix (width x features), for the members whose column order is defined.

    The columns go level after level; within a level of `mlr` column rho p + k belongs to block k, rank rho.
    """
    factors = [np.asarray(f, np.float64) for f in factors]
    half = len(factors) // 2
    side = factors[:half] if part == "query" else factors[half:]
    if kind == "low_rank":
        return side[0]
    if kind == "mlr":
        columns = []
        for factor in side:
            p, width, rank = factor.shape
            for rho in range(rank):
                for k in range(p):
                    column = np.zeros(p * width)
                    column[k * width:(k + 1) * width] = factor[k, :, rho]
                    columns.append(column)
        return np.stack(columns, axis=1)
    raise ValueError(f"the features of {kind} have no order of their own")


def project(x, kind, factors, part, terms=None, heads=False):
    """sattn.project with part full (M x) or transposed (M^T x); with `heads` an axis for them before the rows."""
    x = np.asarray(x, np.float64)
    matrices = ([dense(kind, [f[h] for f in factors], terms) for h in range(len(factors[0]))] if heads
                else [dense(kind, factors, terms)])
    apply = (lambda m: x @ m.T) if part == "full" else (lambda m: x @ m)
    results = [apply(m) for m in matrices]
    return np.stack(results, axis=-3) if heads else results[0]
