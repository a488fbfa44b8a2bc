"""MLR attention over positions: the three rank lists, and structures of other shapes."""

from problems.attention import CAUSAL, Attention
from problems.structure import Bands, Levels, halving
from rows import Row, Target

PAPER, EVEN, MANY = (32, 8, 6, 4, 4, 4, 4, 2), (16,) * 4, (8,) * 8
LISTS = {"paper ranks": (PAPER, 1.17), "16x4": (EVEN, 1.25), "8x8": (MANY, 1.42)}
SIZES = ((12, 1024), (1, 4096), (1, 8192))


def _row(group, name, heads, tokens, structure, target, window=CAUSAL, depth=64, quick=False, axis=None):
    dense = Attention(tokens, depth=depth, heads=heads, window=window)
    problem = Attention(tokens, depth=depth, heads=heads, window=window, structure=structure)
    return Row(group, f"{name} H={heads} T={tokens}", problem, target, dense, "dense", quick=quick, axis=axis)


ROWS = [
    _row(
        "mlr",
        f"MLR {name} causal",
        heads,
        tokens,
        halving(ranks, tokens),
        Target("speedup", speedup),
        quick=(name, heads) == ("8x8", 12),
        axis=f"MLR {name}",
    )
    for name, (ranks, speedup) in LISTS.items()
    for heads, tokens in SIZES
]
SHAPE = Target("bound", 0.85)
ROWS += [
    _row("structures", "bands 32|16|16 widths *|512|128 causal", 4, 2048, Bands((32, 16, 16), (None, 512, 128)), SHAPE),
    _row(
        "structures",
        "bands 32|16|16 widths *|512|128 full",
        4,
        2048,
        Bands((32, 16, 16), (None, 512, 128)),
        SHAPE,
        window=None,
    ),
    _row("structures", "ragged ranks 31|13|11|9 causal", 4, 2048, halving((31, 13, 11, 9), 2048), SHAPE),
    _row("structures", "blocks *|1000|200|40 causal", 4, 2048, Levels((16,) * 4, (None, 1000, 200, 40)), SHAPE),
    _row("structures", "blocks *|300 causal", 4, 2048, Levels((32, 32), (None, 300)), SHAPE),
    _row("structures", "MLR 16x4 full", 4, 2048, halving(EVEN, 2048), SHAPE, window=None),
]
