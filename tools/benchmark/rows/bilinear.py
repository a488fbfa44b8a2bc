"""Scores x_i^T M x_j with a structured matrix M per head: whole layers, their fused part, the projection alone."""

from problems.attention import CAUSAL, Attention
from problems.layers import Bilinear, Projection
from problems.matrices import Btt, Kronecker, LowRank, Mlbtc, Mlr
from rows import Row, Target

TOKENS, WIDTH = 1024, 256
SQUARE = (16, 16)
FUSED, WHOLE, OTHER = Target("peak", 0.80), Target("peak", 0.72), Target("peak", 0.70)
MATRICES = {
    "low rank 32": LowRank(WIDTH, WIDTH, 32),
    "Kronecker": Kronecker(16),
    "Monarch": Btt(SQUARE, SQUARE),
    "BTT rank 2": Btt(SQUARE, SQUARE, 2),
    "BTT (8,32) rank 1": Btt((8, 32), (8, 32)),
    "MLR 16|8|8": Mlr(WIDTH, (16, 8, 8), (1, 2, 4)),
    "MLBTC of two terms": Mlbtc(
        WIDTH, ((0.5, (16, 16, 16), (16, 16, 16), True), (1.0, (2, 128, 8), (2, 128, 8), False))
    ),
}


def _layer(group, name, heads, matrix, target, quick=False):
    return Row(group, f"{name} D={WIDTH} H={heads} T={TOKENS}", Bilinear(TOKENS, heads, matrix), target, quick=quick)


def _fused(heads):
    problem = Attention(TOKENS, depth=WIDTH, width=WIDTH // heads, heads=heads, window=CAUSAL, shared_queries=True)
    return Row("btt", f"BTT fused part D={WIDTH} H={heads} T={TOKENS}", problem, FUSED)


ROWS = [_fused(heads) for heads in (4, 8)]
ROWS += [_layer("btt", f"BTT layer s={rank}", 8, Btt(SQUARE, SQUARE, rank), WHOLE, rank == 1) for rank in (1, 2, 4)]
ROWS += [_layer("btt", f"BTT layer s={rank}", 4, Btt(SQUARE, SQUARE, rank), WHOLE) for rank in (1, 3)]
ROWS += [_layer("bilinear", f"{name} layer", 8, MATRICES[name], OTHER) for name in ("MLR 16|8|8", "MLBTC of two terms")]
ROWS += [
    Row("project", f"{name} D={WIDTH} H=8 T={TOKENS}", Projection(TOKENS, 8, matrix), OTHER)
    for name, matrix in MATRICES.items()
]
