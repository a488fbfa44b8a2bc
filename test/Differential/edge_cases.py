"""Case families for single lines of vector code that random cases hardly ever reach. They have no weight: a seed does not
draw them, they are asked for by name."""

import numpy as np

import oracle
from attention_op import AttentionOp
from cases import family
from random_attention import Builder, extent

LABELS = {"query": ["m", "r"], "key": ["n", "r"], "value": ["n", "e"], "out": ["m", "e"]}


def plain(case, rng, rows, columns, r, e, **clauses):
    """Attention on tensors of rank 2 in f32."""
    make = lambda hint, *shape: case.program.tensor(hint, rng.normal(size=shape), "f32")
    return AttentionOp(case.program, "f32", dict(LABELS), {"m": rows, "n": columns, "r": r, "e": e}, make("q", rows, r),
                       [make("k", columns, r)], make("v", columns, e), canonical=True, **clauses)


@family("far_window", weight=0)
def far_window(case, rng):
    """A window whose edge is farther away than 32 bits count."""
    rows = int(rng.choice([1, 5, 40]))
    Builder(rng, case.program, window=True, window_bounds=(2**31 + 10, 0), m=rows, n=rows, empty=False).build().check(case)


@family("last_columns", weight=0)
def last_columns(case, rng):
    """One value that is not finite, behind the first vector of its row, that only some queries read."""
    rows = int(rng.integers(20, 50))
    op = plain(case, rng, rows, rows, 8, 21, window=(None, 0), link=str(rng.choice(["softmax", "sigmoid"])))
    op.value.array[int(rng.integers(2, rows)), int(rng.integers(16, 21))] = rng.choice([np.nan, np.inf])
    op.check(case)


@family("neighbours", weight=0)
def neighbours(case, rng):
    """Keys that are the front of a larger tensor: what lies behind them in memory takes no part, not even in a maximum."""
    rows, columns = int(rng.integers(9, 40)), extent(rng, 60)
    op = plain(case, rng, rows, columns, 8, 6, structure=oracle.Levels([5, 3], [None, 4]))
    op.query_offset = case.program.index("qo", 0)
    key, = op.keys
    argument = next(a for a in case.program.arguments if a is key)
    case.program.arguments.remove(argument)
    large = case.program.tensor("k", np.concatenate([key.array, np.full([16, 8], 1e30, np.float32)]), "f32")
    front = case.program.op(f"tensor.extract_slice {large.name}[0, 0] [{columns}, 8] [1, 1] : {large.type} to {key.type}",
                            ("k", key.type, "f32"))
    front.array = key.array
    op.keys = [front]
    op.check(case)
