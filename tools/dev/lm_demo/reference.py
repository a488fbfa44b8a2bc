"""The formulas of the layer in float64, as directly as NumPy allows."""

import numpy as np

RANKS = (32, 8, 6, 4, 4, 4, 4, 2)
BLOCKS = (None, 512, 256, 128, 64, 32, 16, 8)


def attention(q, k, v):
    """softmax over j <= i of 1/n(i, j) sum_l <q_l, k_l> / r_l [i and j in one block of b_l], times v."""
    tokens = q.shape[1]
    i, j = np.arange(tokens)[:, None], np.arange(tokens)[None, :]
    output = np.empty(v.shape)
    for head in range(len(q)):
        scores, depth, first = np.zeros((tokens, tokens)), np.zeros((tokens, tokens)), 0
        for rank, block in zip(RANKS, BLOCKS):
            shared = np.ones_like(depth, bool) if block is None else i // block == j // block
            columns = slice(first, first + rank)
            scores += shared * (q[head][:, columns] @ k[head][:, columns].T) / rank
            depth += shared
            first += rank
        scores = np.where(j <= i, scores / depth, -np.inf)
        weights = np.exp(scores - scores.max(axis=1, keepdims=True))
        output[head] = weights / weights.sum(axis=1, keepdims=True) @ v[head]
    return output


def layer_norm(x):
    return (x - x.mean(-1, keepdims=True)) / np.sqrt(x.var(-1, keepdims=True) + 1e-5)


def project(x, weight):
    """heads x tokens x columns."""
    return np.einsum("td,dhc->htc", x.astype(np.float64), weight.astype(np.float64))


def layer(x, wq, wk, wv):
    q, k, v = (project(x, weight) for weight in (wq, wk, wv))
    return attention(layer_norm(q), layer_norm(k), v).transpose(1, 0, 2).reshape(len(x), -1)


def error(result, expected):
    """Relative error in the Frobenius norm."""
    return np.linalg.norm(result.astype(np.float64) - expected) / np.linalg.norm(expected)
