"""Full and causal attention, the usual and the unusual widths and lengths."""

from problems.attention import CAUSAL, Attention
from rows import Row, Target

MASKS = {"full": None, "causal": CAUSAL}
FULL, WHOLE = Target("peak", 0.84, 1.0), Target("peak", 0.81, 1.0)
OTHER = Target("peak", 0.75)


def _row(mask, heads, tokens, depth):
    return Row(
        f"dense-{mask}",
        f"{mask} H={heads} T={tokens} d={depth}",
        Attention(tokens, depth=depth, heads=heads, window=MASKS[mask]),
        FULL if mask == "full" else WHOLE,
        quick=(heads, tokens, depth) == (1, 1024, 64),
        slow_peers=heads == 1 and depth == 64 and tokens in (1024, 4096),
        axis=f"{mask}, d={depth}" if heads == 1 else None,
    )


def _other(name, **sizes):
    problem = Attention(**sizes)
    return Row("widths", f"{name} {'causal' if problem.causal else 'full'}", problem, OTHER)


LENGTHS = (512, 1024, 2048, 4096, 8192)
ROWS = [_row(mask, 1, tokens, depth) for mask in MASKS for depth in (64, 128) for tokens in LENGTHS]
ROWS += [_row(mask, heads, tokens, 64) for mask in MASKS for heads, tokens in ((12, 1024), (4, 1024), (4, 4096))]
ROWS += [
    _other(f"d={depth} H=2 T=1024", queries=1024, depth=depth, heads=2, window=window)
    for depth in (32, 80, 96, 160, 256)
    for window in (None, CAUSAL)
]
ROWS += [
    _other("d_qk=64 d_v=128 H=2 T=1024", queries=1024, depth=64, width=128, heads=2),
    _other("d_qk=128 d_v=64 H=2 T=1024", queries=1024, depth=128, width=64, heads=2, window=CAUSAL),
    _other("M=512 N=2048 H=2 d=64", queries=512, keys=2048, heads=2),
    _other("M=512 N=2048 (last queries) H=2 d=64", queries=512, keys=2048, heads=2, window=CAUSAL),
    _other("T=1021 H=2 d=64", queries=1021, heads=2),
    _other("T=1021 H=2 d=64", queries=1021, heads=2, window=CAUSAL),
    _other("T=2053 H=1 d=72", queries=2053, depth=72, window=CAUSAL),
]
