"""Short sequences in many heads and batches, and what a call costs that computes next to nothing."""

from problems.attention import CAUSAL, Attention
from rows import Row, Target

FASTEST = Target("fastest", 1.0)
SIZES = ((32, 12, 16), (16, 12, 32), (8, 12, 64), (4, 12, 128), (1, 12, 256))


def _row(batch, heads, tokens, window, name):
    return Row(
        "short",
        f"{name} B={batch} H={heads} T={tokens} d=64",
        Attention(tokens, batch=batch, heads=heads, window=window),
        FASTEST,
        quick=(tokens, name) == (64, "causal"),
        axis=f"short {name}",
    )


ROWS = [_row(*size, window, name) for name, window in (("full", None), ("causal", CAUSAL)) for size in SIZES]
ROWS += [
    Row("short", "one call: full B=1 H=1 T=1 d=8", Attention(1, depth=8, keys=1), Target("seconds", 5e-6), quick=True)
]
