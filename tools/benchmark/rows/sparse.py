"""Windows, key lengths, documents, grouped heads: pairs that need not be looked at, keys that are shared."""

from problems.attention import CAUSAL, Attention
from problems.layers import GlobalWindow
from rows import Row, Target

NEEDED = Target("peak", 0.78)
ROWS = [
    Row(
        "window",
        "window 256 H=4 T=4096 d=64",
        Attention(4096, heads=4, window=(256, 0)),
        Target("peak", 0.72),
        quick=True,
        slow_peers=True,
    ),
    # At most 1.35 times the time of its FLOPs at the peak.
    Row(
        "window",
        "global + window 256 H=4 T=4096 d=32+32",
        GlobalWindow(4096, 4),
        Target("peak", 1 / 1.35),
        slow_peers=True,
    ),
    Row(
        "ragged",
        "key lengths 2048, 1500, 1000, 300 H=4 d=64",
        Attention(2048, heads=4, batch=4, lengths=(2048, 1500, 1000, 300)),
        NEEDED,
    ),
    Row(
        "ragged",
        "key lengths 2048, 1500, 1000, 300 causal H=4 d=64",
        Attention(2048, heads=4, batch=4, lengths=(2048, 1500, 1000, 300), window=CAUSAL),
        NEEDED,
    ),
    Row(
        "ragged",
        "documents 1000, 2000, 500, 596 causal H=4 d=64",
        Attention(4096, heads=4, documents=(1000, 2000, 500, 596), window=CAUSAL),
        NEEDED,
        slow_peers=True,
    ),
    Row(
        "ragged",
        "GQA 4:1 prefill causal H=8 T=2048 d=64",
        Attention(2048, heads=2, group=4, window=CAUSAL),
        NEEDED,
        slow_peers=True,
    ),
    Row(
        "ragged",
        "GQA 4:1 prefill causal H=8 T=2048 d=128",
        Attention(2048, heads=2, group=4, depth=128, window=CAUSAL),
        NEEDED,
    ),
]
