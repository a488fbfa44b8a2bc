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


def _inside(problem, low, high):
    """Which keys lie in the interval of each row, from comparisons that the compiler fuses into their use."""
    rows = lambda bound: jnp.asarray(np.tile(bound, problem.group)[:, None, :, None], jnp.int32)
    position = jnp.arange(problem.num_keys, dtype=jnp.int32)
    return (position >= rows(low)) & (position < rows(high))


def _attention(problem):
    """The formula as a function of (query, keys, value)."""
    scales = formula.column_scales(problem)
    structure = problem.structure

    def run(query, keys, value):
        query = query * scales.astype(query.dtype)
        scores, depth = 0, 0
        for level, (columns, _, low, high) in enumerate(problem.level_intervals()):
            key = keys[level] if problem.level_caches else keys[0][..., columns]
            product = jnp.einsum("bhmr,bhnr->bhmn", query[..., columns], key, preferred_element_type=jnp.float32)
            if problem.level_caches:
                product = jnp.pad(product, ((0, 0), (0, 0), (0, 0), (problem.num_keys - key.shape[2], 0)))
            if structure is not None:
                active = _inside(problem, low, high)
                product, depth = jnp.where(active, product, 0), depth + active
            scores = scores + product
        if structure is not None and structure.mean:
            scores = scores / jnp.maximum(depth, 1)
        _, low, high = problem.intervals()
        if (low > 0).any() or (high < problem.num_keys).any():
            scores = jnp.where(_inside(problem, low, high), scores, -jnp.inf)
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
    formula.check(problem, masks=False)
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
