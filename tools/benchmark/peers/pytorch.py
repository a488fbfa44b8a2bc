"""PyTorch: scaled_dot_product_attention and FlexAttention, and what its users build from them."""

import math

import numpy as np
import torch
import torch.nn.functional as F
from torch.nn.attention.flex_attention import create_block_mask, flex_attention

from peers import formula, staged
from peers.base import Call, Method, demand
from problems.attention import Attention
from problems.layers import Bilinear, GlobalWindow, Projection
from problems.structure import Levels

FLASH = torch.ops.aten._scaled_dot_product_flash_attention_for_cpu
MASK_BLOCK = 128  # of FlexAttention's block masks: the fastest of 64, 128, 256, 512 here


def version():
    """That of torch."""
    return torch.__version__


# ---- tensors ----


def _tensor(array):
    if array.dtype.name == "bfloat16":
        return torch.from_numpy(array.view(np.int16)).view(torch.bfloat16)
    return torch.from_numpy(array)


def _call(function, arguments, shape, context):
    """A call of `function` on tensors."""
    torch.set_num_threads(context.threads)
    torch.set_grad_enabled(False)
    return Call(lambda: function(*arguments), lambda result: result.float().numpy().reshape(shape))


def _operands(problem, inputs):
    """batch x heads x rows x columns; grouped queries become heads of their own."""
    query = _tensor(inputs["query"])
    if problem.shared_queries:
        query = query[:, None].expand(-1, problem.heads, -1, -1)
    query = query.reshape(problem.batch, problem.heads * problem.group, problem.queries, problem.depth)
    return query, _tensor(inputs["key0"]), _tensor(inputs["value"])


def _equal_widths(attend):
    """The flash kernel wants values as wide as queries and keys: zeros fill the narrower ones."""

    def padded(query, key, value, *rest, **options):
        width, depth = value.shape[-1], query.shape[-1]
        if width < depth:
            return attend(query, key, F.pad(value, (0, depth - width)), *rest, **options)[..., :width]
        if width > depth:
            query, key = F.pad(query, (0, width - depth)), F.pad(key, (0, width - depth))
        return attend(query, key, value, *rest, **options)

    return padded


_sdpa = _equal_widths(F.scaled_dot_product_attention)


# ---- one attention ----


def _prepare_sdpa(problem, inputs, context):
    demand(problem.plain, "no such structure in scaled_dot_product_attention: see the other ways")
    mask = None
    causal = problem.causal and problem.offset == 0
    if problem.window is not None and not causal:
        demand(problem.queries * problem.num_keys <= 2**25, "the mask has too many elements")
        mask = torch.from_numpy(formula.presence(problem))
    run = lambda q, k, v: _sdpa(
        q, k, v, attn_mask=mask, is_causal=causal, scale=problem.scale, enable_gqa=problem.group > 1
    )
    return _call(run, _operands(problem, inputs), problem.output_shape, context)


def _prepare_pieces(problem, inputs, context):
    """One call for each row of the batch or document, with the keys that it has."""
    query, key, value = _operands(problem, inputs)
    output = torch.empty(problem.output_shape)
    if problem.documents is not None:
        ends = np.cumsum(problem.documents)
        pieces = [
            (slice(None), slice(int(end - size), int(end)), slice(int(end - size), int(end)))
            for end, size in zip(ends, problem.documents)
        ]
    else:
        pieces = [(slice(row, row + 1), slice(None), slice(0, length)) for row, length in enumerate(problem.lengths)]

    def attend(batch, rows, keys):
        q, k, v = query[batch, :, rows], key[batch, :, keys], value[batch, :, keys]
        if not problem.causal:
            return _sdpa(q, k, v, scale=problem.scale)
        # The rows behind the last key see all keys.
        square = _sdpa(q[:, :, : k.shape[2]], k, v, is_causal=True, scale=problem.scale)
        if q.shape[2] == k.shape[2]:
            return square
        return torch.cat([square, _sdpa(q[:, :, k.shape[2] :], k, v, scale=problem.scale)], 2)

    def run():
        for batch, rows, keys in pieces:
            output[batch, :, rows] = attend(batch, rows, keys)
        return output

    return _call(run, (), problem.output_shape, context)


def _mask_function(problem):
    """The mask of FlexAttention; None if every pair exists."""
    tests = []
    if problem.window is not None:
        left, right = problem.window
        if right is not None:
            tests.append(lambda b, i, j: j <= i + problem.offset + right)
        if left is not None:
            tests.append(lambda b, i, j: j >= i + problem.offset - left)
    if problem.lengths is not None:
        lengths = torch.tensor(problem.lengths)
        tests.append(lambda b, i, j: j < lengths[b])
    if problem.documents is not None:
        document = torch.from_numpy(np.repeat(np.arange(len(problem.documents)), problem.documents))
        tests.append(lambda b, i, j: document[i] == document[j])
    if not tests:
        return None

    def keep(b, h, i, j):
        result = tests[0](b, i, j)
        for test in tests[1:]:
            result = result & test(b, i, j)
        return result

    return keep


def _flex(problem):
    """A function of (query, key, value) with a block mask for everything, which is faster than none."""
    torch._dynamo.reset()  # else it gives up compiling after a few rows
    keep = _mask_function(problem) or (lambda b, h, i, j: j >= 0)
    rows = problem.batch if problem.lengths is not None else None
    mask = create_block_mask(keep, rows, None, problem.queries, problem.num_keys, device="cpu", BLOCK_SIZE=MASK_BLOCK)
    return lambda q, k, v: flex_attention(q, k, v, block_mask=mask, scale=problem.scale, enable_gqa=problem.group > 1)


def _prepare_flex(problem, inputs, context):
    demand(problem.structure is None, "products of its score function are not fast: 20 times ours, 31 s to compile")
    demand(problem.queries > 1 or problem.element == "f32", "it compiles for tens of seconds for this")
    compiled = torch.compile(_flex(problem), dynamic=False)
    return _call(compiled, _operands(problem, inputs), problem.output_shape, context)


# ---- windows ----


def _folded(problem):
    """A sliding window of W as chunks of W queries that see two chunks of keys."""
    left, right = problem.window
    demand(
        right == 0 and left is not None and problem.queries % left == 0 and problem.plain,
        "no sliding window of whole chunks",
    )
    row, column = torch.arange(left)[:, None], torch.arange(2 * left)[None, :]
    mask = torch.where((column >= row) & (column <= row + left), 0.0, -math.inf)
    output = torch.empty(problem.output_shape)

    def run(query, key, value):
        heads, count = problem.batch * problem.heads, problem.queries // left
        chunks = lambda x: x.reshape(heads, count, left, -1)
        # Views: each chunk with the one before it.
        pairs = lambda x: x.reshape(heads, problem.queries, -1).unfold(1, 2 * left, left).transpose(-1, -2)
        target = chunks(output)
        target[:, :1] = _sdpa(*(chunks(x)[:, :1] for x in (query, key, value)), is_causal=True, scale=problem.scale)
        target[:, 1:] = _sdpa(chunks(query)[:, 1:], pairs(key), pairs(value), attn_mask=mask, scale=problem.scale)
        return output

    return run


def _prepare_folded(problem, inputs, context):
    return _call(_folded(problem), _operands(problem, inputs), problem.output_shape, context)


def _global_window_arguments(inputs):
    return [_tensor(inputs[name]) for name in ("query0", "key0", "query1", "key1", "value")]


def _prepare_global_folded(problem, inputs, context):
    everything, window = problem.parts
    folded = _folded(window)
    run = lambda q0, k0, q1, k1, v: _sdpa(q0, k0, v, is_causal=True, scale=everything.scale) + folded(q1, k1, v)
    return _call(run, _global_window_arguments(inputs), everything.output_shape, context)


def _prepare_global_flex(problem, inputs, context):
    # Two flex calls in one compiled function do not compile.
    first, second = [torch.compile(function, dynamic=False) for function in map(_flex, problem.parts)]
    run = lambda q0, k0, q1, k1, v: first(q0, k0, v) + second(q1, k1, v)
    return _call(run, _global_window_arguments(inputs), problem.parts[0].output_shape, context)


# ---- MLR over positions ----


def _nested(problem):
    """Raises Unsupported unless the structure is nested blocks of halves, on as many queries as keys."""
    structure = problem.structure
    demand(
        isinstance(structure, Levels)
        and not problem.level_caches
        and problem.causal
        and problem.offset == 0
        and problem.element == "f32",
        "no causal levels over all tokens",
    )
    blocks = [problem.queries if extent is None else extent for extent in structure.extents]
    demand(all(a == 2 * b for a, b in zip(blocks, blocks[1:])), "blocks do not halve from level to level")
    return blocks


def _level_columns(problem):
    """For each number of levels the factor of each query column: scale, 1 / levels, and 0 for columns beyond."""
    scales, result = formula.column_scales(problem), []
    for count, columns in enumerate(problem.structure.columns(), start=1):
        factor = scales / (count if problem.structure.mean else 1)
        result.append(torch.from_numpy(np.where(np.arange(problem.depth) < columns.stop, factor, 0).astype(np.float32)))
    return result


def _prepare_regions(problem, inputs, context):
    """Causal calls on the finest blocks, full calls on the rest of each coarser level, merged by log-sum-exp."""
    blocks, columns = _nested(problem), _level_columns(problem)

    def flash(query, key, value, causal):
        shape = query.shape
        flat = lambda x: x.reshape(1, -1, shape[-2], shape[-1])
        output, lse = FLASH(flat(query), flat(key), flat(value), 0.0, causal, scale=1.0)
        return output.reshape(shape), lse.reshape(shape[:-1])

    def run(query, key, value):
        # A view heads x blocks x rows x columns for each level.
        split = lambda x, size: x.reshape(-1, problem.queries // size, size, *x.shape[3:])
        output, lse = flash(*(split(x, blocks[-1]) for x in (query * columns[-1], key, value)), True)
        for level in range(len(blocks) - 2, -1, -1):
            half = blocks[level] // 2
            whole = output.reshape(1, -1, problem.queries, problem.value_width)
            output, lse = split(whole, half), lse.reshape(-1, problem.queries // half, half)
            late, early = split(query, half)[:, 1::2] * columns[level], [split(x, half)[:, 0::2] for x in (key, value)]
            more, more_lse = flash(late, *early, False)
            output[:, 1::2].lerp_(more, torch.sigmoid(more_lse - lse[:, 1::2])[..., None])
            lse[:, 1::2] = torch.logaddexp(lse[:, 1::2], more_lse)
        return output

    return _call(run, _operands(problem, inputs), problem.output_shape, context)


def _prepare_levels(problem, inputs, context):
    """The paper's code: a score matrix per level, added up on the diagonal blocks; then softmax and product."""
    blocks = _nested(problem)
    formula.check(problem, masks=False)
    _, weight = formula.levels(problem)
    weight, later = torch.from_numpy(weight), ~torch.from_numpy(formula.presence(problem))
    columns, scales = problem.structure.columns(), torch.from_numpy(formula.column_scales(problem))

    def run(query, key, value):
        query = query * scales
        scores = query[..., columns[0]] @ key[..., columns[0]].transpose(-1, -2)
        for level, size in enumerate(blocks[1:], start=1):
            count = problem.queries // size
            split = lambda x: x[..., columns[level]].reshape(*x.shape[:2], count, size, -1)
            product = split(query) @ split(key).transpose(-1, -2)
            tiles = scores.view(*scores.shape[:2], count, size, count, size)
            torch.diagonal(tiles, dim1=2, dim2=4).add_(product.permute(0, 1, 3, 4, 2))
        scores = (scores * weight).masked_fill(later, -math.inf)
        return torch.softmax(scores, -1) @ value

    return _call(run, _operands(problem, inputs), problem.output_shape, context)


def _prepare_formula(problem, inputs, context):
    """The formula with a mask per level, for structures that the other ways cannot express."""
    formula.check(problem)
    levels, weight = formula.levels(problem)
    levels = [
        (columns, start, active if active is None else torch.from_numpy(active)) for columns, start, active in levels
    ]
    weight, mask = (x if x is None else torch.from_numpy(x) for x in (weight, formula.presence(problem)))
    scales = torch.from_numpy(formula.column_scales(problem))
    query, keys, value = formula.four_dimensional(problem, inputs)
    query, value, keys = torch.from_numpy(query), torch.from_numpy(value), [torch.from_numpy(key) for key in keys]

    def run():
        scaled, scores = query * scales, 0
        for level, (columns, start, active) in enumerate(levels):
            key = keys[level] if problem.level_caches else keys[0][..., columns]
            product = scaled[..., columns] @ key.transpose(-1, -2)
            product = product if active is None else product * active
            scores = scores + (F.pad(product, (start, 0)) if start else product)
        scores = scores if weight is None else scores * weight
        scores = scores if mask is None else scores.masked_fill(~mask, -math.inf)
        return torch.softmax(scores, -1) @ value

    return _call(run, (), problem.output_shape, context)


# ---- structured matrices over features ----


def _factors(inputs):
    return [_tensor(array) for name, array in inputs.items() if name.startswith("factor")]


def _prepare_projection(problem, inputs, context):
    run = lambda x, factors: staged.apply(problem.matrix, x, factors, torch.einsum)
    return _call(run, (_tensor(inputs["x"][0]), _factors(inputs)), problem.output().shape, context)


def _query_and_keys(problem):
    """A function of (x, factors) that gives queries and keys of a bilinear layer, 1 x heads x tokens x columns."""
    if problem.by_features:
        half = len(problem.matrix.factor_shapes()) // 2
        features = lambda x, factors: staged.side(problem.matrix, x, factors, torch.einsum, torch.cat)[None]
        return lambda x, factors: (features(x, factors[:half]), features(x, factors[half:]))
    return lambda x, factors: (
        x.expand(1, problem.heads, *x.shape),
        staged.apply(problem.matrix, x, factors, torch.einsum)[None],
    )


def _prepare_layer(problem, inputs, context):
    """SDPA on staged keys, with values as wide as they."""
    prepare, scale = _query_and_keys(problem), problem.attention.scale

    def run(x, factors, value):
        return _sdpa(*prepare(x, factors), value, is_causal=True, scale=scale)

    arguments = (_tensor(inputs["x"][0]), _factors(inputs), _tensor(inputs["value"]))
    return _call(run, arguments, problem.attention.output_shape, context)


def _prepare_paper_layer(problem, inputs, context):
    """The paper's code: staged keys, all scores, softmax, product."""
    prepare, scale = _query_and_keys(problem), problem.attention.scale
    later = torch.ones(problem.tokens, problem.tokens, dtype=torch.bool).triu(1)

    def run(x, factors, value):
        query, key = prepare(x, factors)
        return torch.softmax((query @ key.transpose(-1, -2) * scale).masked_fill(later, -math.inf), -1) @ value

    arguments = (_tensor(inputs["x"][0]), _factors(inputs), _tensor(inputs["value"]))
    return _call(run, arguments, problem.attention.output_shape, context)


# ---- which way suits which problem ----


def _comes_in_pieces(problem):
    return problem.lengths is not None or problem.documents is not None


def _slides(problem):
    return problem.window is not None and problem.window[0] is not None


def _is_structured(problem):
    return problem.structure is not None


METHODS = [
    Method("SDPA", _prepare_sdpa, (Attention,)),
    Method("Flex", _prepare_flex, (Attention,), slow_to_prepare=True),
    Method("SDPA, piece by piece", _prepare_pieces, (Attention,), _comes_in_pieces),
    Method("SDPA, folded chunks", _prepare_folded, (Attention,), _slides),
    Method("SDPA, regions merged", _prepare_regions, (Attention,), _is_structured),
    Method("level by level (paper)", _prepare_levels, (Attention,), _is_structured),
    Method("formula", _prepare_formula, (Attention,), _is_structured),
    Method("SDPA + folded chunks", _prepare_global_folded, (GlobalWindow,)),
    Method("Flex twice", _prepare_global_flex, (GlobalWindow,), slow_to_prepare=True),
    Method("SDPA on staged keys", _prepare_layer, (Bilinear,)),
    Method("all scores (paper)", _prepare_paper_layer, (Bilinear,)),
    Method("factor by factor", _prepare_projection, (Projection,)),
]
