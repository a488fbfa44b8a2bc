"""Structured matrices applied factor by factor with any library that has einsum: the paper's evaluation."""

from problems.matrices import Btt, Kronecker, LowRank, Mlbtc, Mlr


def apply(matrix, x, factors, einsum):
    """M_h x: x is tokens x features, factors have an axis for the heads; the result is heads x tokens x features."""
    tokens, heads = x.shape[0], factors[0].shape[0]
    if isinstance(matrix, LowRank):
        return einsum("htr,hmr->htm", einsum("tn,hnr->htr", x, factors[1]), factors[0])
    if isinstance(matrix, Kronecker):
        inner = einsum("tcd,hbd->htcb", x.reshape(tokens, matrix.side, matrix.side), factors[1])
        return einsum("htcb,hac->htab", inner, factors[0]).reshape(heads, tokens, matrix.query)
    if isinstance(matrix, Btt):
        return _shuffled(x, *factors, einsum)
    if isinstance(matrix, Mlr):
        half = len(factors) // 2
        levels = [_blocks(x, left, right, einsum) for left, right in zip(factors[:half], factors[half:])]
        return sum(levels[1:], levels[0])
    if isinstance(matrix, Mlbtc):
        total = 0
        for (alpha, *_, shuffled), left, right in zip(matrix.terms, factors[0::2], factors[1::2]):
            total = total + alpha * (_shuffled if shuffled else _blocks)(x, left, right, einsum)
        return total
    raise TypeError(f"no evaluation of {type(matrix).__name__}")


def side(matrix, x, factors, einsum, concatenate):
    """Features of one side of an Mlr matrix: heads x tokens x features."""
    tokens, heads = x.shape[0], factors[0].shape[0]
    levels = [
        einsum("tpw,hpwr->htrp", x.reshape(tokens, factor.shape[1], factor.shape[2]), factor) for factor in factors
    ]
    return concatenate([level.reshape(heads, tokens, -1) for level in levels], -1)


def _blocks(x, left, right, einsum):
    """Diagonal blocks L R^T."""
    tokens, (heads, count, width, _) = x.shape[0], right.shape
    inner = einsum("tpw,hpwr->htpr", x.reshape(tokens, count, width), right)
    return einsum("htpr,hpwr->htpw", inner, left).reshape(heads, tokens, -1)


def _shuffled(x, left, right, einsum):
    """The two stages of a Block Tensor-Train."""
    heads, b, a, _ = left.shape
    _, c, d, _ = right.shape
    rank, tokens = left.shape[3] // c, x.shape[0]
    inner = einsum("tcd,hcdbs->hbtcs", x.reshape(tokens, c, d), right.reshape(heads, c, d, b, rank))
    outer = einsum("hbtcs,hbacs->htab", inner, left.reshape(heads, b, a, c, rank))
    return outer.reshape(heads, tokens, a * b)
