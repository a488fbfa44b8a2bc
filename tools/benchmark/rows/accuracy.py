"""The error of long sums. Memory and compile time need no rows of their own: they are measured with every row."""

from problems.attention import CAUSAL, Attention
from rows import Row, Target

EXACT = Target("error", 2e-6)
ROWS = [
    Row(
        "accuracy",
        "full M=256 N=65536 d=64",
        Attention(256, keys=65536),
        EXACT,
        peers=("sattn", "torch", "hand-written"),
    ),
    Row(
        "accuracy",
        "causal M=256 N=65536 d=64",
        Attention(256, keys=65536, window=CAUSAL),
        EXACT,
        peers=("sattn", "torch"),
    ),
]
