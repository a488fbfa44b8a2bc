"""JAX: the formula as one jitted function on heads x tokens x columns, faster here than jax.nn.dot_product_attention."""

import os

os.environ["JAX_PLATFORMS"] = "cpu"
if os.environ.get("OMP_NUM_THREADS") == "1":
    os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"

import jax  # noqa: E402 (it reads the environment when it is loaded)
import jax.numpy as jnp  # noqa: E402
import numpy as np  # noqa: E402

from peers import formula, staged  # noqa: E402
from peers.base import Call, Method  # noqa: E402
from problems.attention import Attention  # noqa: E402
from problems.layers import Bilinear, GlobalWindow, Projection  # noqa: E402

# Its own dispatch thread would share the core with the work.
jax.config.update("jax_cpu_enable_async_dispatch", False)


def version():
    """That of jax."""
    return jax.__version__


def _attention(problem):
    """The formula as a function of (query, keys, value)."""
    levels, weight = formula.levels(problem)
    levels = [(columns, start, formula.over_group(problem, active)) for columns, start, active in levels]
    weight, mask = formula.over_group(problem, weight), formula.over_group(problem, formula.presence(problem))
    scales = formula.column_scales(problem)

    def run(query, keys, value):
        query = query * scales.astype(query.dtype)
        scores = 0
        for level, (columns, start, active) in enumerate(levels):
            key = keys[level] if problem.level_caches else keys[0][..., columns]
            product = jnp.einsum("bhmr,bhnr->bhmn", query[..., columns], key, preferred_element_type=jnp.float32)
            product = product if active is None else product * active
            scores = scores + jnp.pad(product, ((0, 0), (0, 0), (0, 0), (start, 0)))
        scores = scores if weight is None else scores * weight
        scores = scores if mask is None else jnp.where(mask, scores, -jnp.inf)
        weights = jax.nn.softmax(scores, axis=-1).astype(value.dtype)
        return jnp.einsum("bhmn,bhne->bhme", weights, value)

    return run


def _call(function, *arguments, shape):
    arguments = jax.tree.map(jnp.asarray, arguments)
    compiled = jax.jit(function)
    return Call(lambda: compiled(*arguments).block_until_ready(), lambda result: np.asarray(result).reshape(shape))


def _broadcast(problem, query):
    return (
        jnp.broadcast_to(query, (problem.batch, problem.heads, *query.shape[2:])) if problem.shared_queries else query
    )


def _prepare_attention(problem, inputs, _):
    formula.check(problem)
    query, keys, value = formula.four_dimensional(problem, inputs)
    run = _attention(problem)
    return _call(lambda q, k, v: run(_broadcast(problem, q), k, v), query, keys, value, shape=problem.output_shape)


def _prepare_layer(problem, inputs, _):
    x, factors = inputs["x"][0], [array for name, array in inputs.items() if name.startswith("factor")]
    if isinstance(problem, Projection):
        return _call(
            lambda x, factors: staged.apply(problem.matrix, x, factors, jnp.einsum),
            x,
            factors,
            shape=problem.output().shape,
        )
    run, half = _attention(problem.attention), len(factors) // 2

    def layer(x, factors, value):
        if problem.by_features:
            features = lambda chosen: staged.side(problem.matrix, x, chosen, jnp.einsum, jnp.concatenate)[None]
            return run(features(factors[:half]), [features(factors[half:])], value)
        keys = staged.apply(problem.matrix, x, factors, jnp.einsum)[None]
        return run(_broadcast(problem.attention, x[None, None]), [keys], value)

    return _call(layer, x, factors, inputs["value"], shape=problem.attention.output_shape)


def _prepare_global_window(problem, inputs, _):
    runs = [_attention(part) for part in problem.parts]
    arrays = [inputs[name] for name in ("query0", "key0", "query1", "key1", "value")]
    return _call(
        lambda q0, k0, q1, k1, v: runs[0](q0, [k0], v) + runs[1](q1, [k1], v),
        *arrays,
        shape=problem.parts[0].output_shape,
    )


METHODS = [
    Method("formula", _prepare_attention, (Attention,)),
    Method("factor by factor", _prepare_layer, (Bilinear, Projection)),
    Method("two formulas", _prepare_global_window, (GlobalWindow,)),
]
