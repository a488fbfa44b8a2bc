"""16-bit inputs and outputs with accumulation in f32."""

from dataclasses import replace

from problems.attention import CAUSAL, Attention
from rows import Row, Target


def _row(element, problem, name, quick=False):
    # Within 3 % of the time of f32.
    return Row(
        "narrow",
        f"{element} {name}",
        replace(problem, element=element),
        Target("speedup", 1 / 1.03),
        problem,
        "f32",
        quick=quick,
    )


PROBLEMS = {
    "causal H=12 T=1024 d=64": Attention(1024, heads=12, window=CAUSAL),
    "full H=4 T=2048 d=64": Attention(2048, heads=4),
    "causal H=2 T=2048 d=128": Attention(2048, heads=2, depth=128, window=CAUSAL),
}
ROWS = [
    _row(element, problem, name, element == "bf16" and name.startswith("causal H=12"))
    for element in ("f16", "bf16")
    for name, problem in PROBLEMS.items()
]
