"""A few queries at the end of long caches: what counts is that each byte is read once, at full speed."""

from dataclasses import replace

from problems.attention import CAUSAL, Attention
from problems.structure import halving
from rows import Row, Target
from rows.structured import LISTS

FEW, MANY = 8192, 65536
PLAIN, GROUPED, HALF, SAVED = (
    Target("bandwidth", 0.88),
    Target("bandwidth", 0.80),
    Target("bandwidth", 0.70),
    Target("saving", 0.60),
)


def _row(name, problem, target, quick=False, **more):
    return Row(
        "decode",
        name,
        problem,
        target,
        compute_bound=False,
        quick=quick,
        slow_peers=problem.queries == 1 and problem.element == "f32" and problem.plain,
        **more,
    )


def _plain(queries, keys, element="f32", target=PLAIN, quick=False):
    window = CAUSAL if queries > 1 else None
    label = "" if element == "f32" else f"{element} "
    return _row(
        f"{label}{queries} of {keys} H=8 d=64",
        Attention(queries, keys=keys, heads=8, window=window, element=element),
        target,
        quick,
    )


def _levels(name, keys):
    dense = Attention(1, keys=keys, heads=8)
    structure = halving(LISTS[name][0], keys)
    return _row(
        f"MLR {name}, a cache per level, 1 of {keys} H=8",
        replace(dense, window=CAUSAL, structure=structure, level_caches=True),
        SAVED,
        baseline=dense,
        baseline_name="dense",
    )


ROWS = [_plain(queries, keys, quick=(queries, keys) == (1, FEW)) for keys in (FEW, MANY) for queries in (1, 8)]
ROWS += [_plain(4, FEW)]
ROWS += [
    _row(f"GQA 4:1, 1 of {keys} H=8 d=64", Attention(1, keys=keys, heads=2, group=4), GROUPED) for keys in (FEW, MANY)
]
ROWS += [_plain(1, keys, element, HALF) for element in ("f16", "bf16") for keys in (FEW, MANY)]
ROWS += [_levels(name, keys) for name, keys in (("paper ranks", MANY), ("16x4", MANY), ("8x8", FEW), ("8x8", MANY))]
