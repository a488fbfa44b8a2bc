"""Two threads, against one thread of the same kernel. Wall time, since it needs both cores."""

from problems.attention import CAUSAL, Attention
from problems.layers import Bilinear
from rows import Row, Target
from rows.bilinear import SQUARE
from problems.matrices import Btt
from problems.structure import halving
from rows.structured import MANY

TWICE = Target("speedup", 1.9)


def _row(name, problem):
    return Row(
        "threads",
        f"2 threads {name}",
        problem,
        TWICE,
        problem,
        "1 thread",
        baseline_threads=1,
        threads=2,
        peers=("sattn", "torch", "onnxruntime"),
    )


ROWS = [
    _row("causal H=12 T=1024 d=64", Attention(1024, heads=12, window=CAUSAL)),
    _row("full H=12 T=1024 d=64", Attention(1024, heads=12)),
    _row("full H=1 T=4096 d=64", Attention(4096)),
    _row("MLR 8x8 causal H=12 T=1024", Attention(1024, heads=12, window=CAUSAL, structure=halving(MANY, 1024))),
    _row("BTT layer s=1 D=256 H=8 T=1024", Bilinear(1024, 8, Btt(SQUARE, SQUARE, 1))),
]
