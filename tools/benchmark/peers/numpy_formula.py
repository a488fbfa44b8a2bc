"""NumPy with OpenBLAS: the formula on preallocated arrays."""

import numpy as np

from peers import formula, staged
from peers.base import Call, Method, demand
from problems.attention import Attention
from problems.layers import Bilinear, Projection


def version():
    """NumPy and its BLAS."""
    blas = np.show_config(mode="dicts")["Build Dependencies"]["blas"]
    return f"{np.__version__} ({blas['name']} {blas['version']})"


def _softmax(scores, largest):
    """In place along the last axis; returns the sums."""
    np.max(scores, axis=-1, keepdims=True, out=largest)
    np.subtract(scores, largest, out=scores)
    np.exp(scores, out=scores)
    return scores.sum(axis=-1, keepdims=True)


def _attention_call(problem, inputs):
    """A function of (query, keys, value) that returns batch x heads x rows x width."""
    levels, weight = formula.levels(problem)
    weight, mask = formula.over_group(problem, weight), formula.over_group(problem, formula.presence(problem))
    absent = None if mask is None else ~mask
    levels = [(columns, start, formula.over_group(problem, active)) for columns, start, active in levels]
    scales = formula.column_scales(problem)
    rows = problem.group * problem.queries
    scores = np.empty((problem.batch, problem.heads, rows, problem.num_keys), np.float32)
    extra = np.empty_like(scores) if len(levels) > 1 else None
    largest = np.empty((*scores.shape[:-1], 1), np.float32)
    output = np.empty((*scores.shape[:-1], problem.value_width), np.float32)

    def run(query, keys, value):
        query = query * scales
        for level, (columns, start, active) in enumerate(levels):
            key = keys[level] if problem.level_caches else keys[0][..., columns]
            target = scores if level == 0 else extra[..., start:]
            np.matmul(query[..., columns], key.swapaxes(-1, -2), out=target)
            if active is not None:
                target *= active
            if level > 0:
                scores[..., start:] += target
        if weight is not None:
            np.multiply(scores, weight, out=scores)
        if absent is not None:
            np.copyto(scores, -np.inf, where=absent)
        total = _softmax(scores, largest)
        np.matmul(scores, value, out=output)
        np.divide(output, total, out=output)
        return output

    return run


def _prepare_attention(problem, inputs, _):
    formula.check(problem)
    demand(problem.element == "f32", "NumPy has no fast products of 16-bit numbers")
    query, keys, value = formula.four_dimensional(problem, inputs)
    run = _attention_call(problem, inputs)
    return Call(lambda: run(query, keys, value), lambda result: result.reshape(problem.output_shape))


def _prepare_layer(problem, inputs, _):
    x, factors = inputs["x"][0], [array for name, array in inputs.items() if name.startswith("factor")]
    einsum = lambda subscripts, *operands: np.einsum(subscripts, *operands, optimize=True)
    if isinstance(problem, Projection):
        return Call(lambda: staged.apply(problem.matrix, x, factors, einsum)[None], lambda result: result)
    run, half = _attention_call(problem.attention, inputs), len(factors) // 2
    if problem.by_features:
        features = lambda chosen: staged.side(problem.matrix, x, chosen, einsum, np.concatenate)[None]
        whole = lambda: run(features(factors[:half]), [features(factors[half:])], inputs["value"])
    else:
        whole = lambda: run(x[None, None], [staged.apply(problem.matrix, x, factors, einsum)[None]], inputs["value"])
    return Call(whole, lambda result: result.reshape(problem.attention.output_shape))


METHODS = [
    Method("formula", _prepare_attention, (Attention,)),
    Method("factor by factor", _prepare_layer, (Bilinear, Projection)),
]
