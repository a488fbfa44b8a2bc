"""Case families of programs made of several ops: what models are built of."""

import numpy as np

import matrices
import oracle
from attention_op import AttentionOp, extent_list
from cases import family
from compare import PLAIN, Rule
from op_cases import Projection, some_axes
from random_attention import Builder, extent


LABELS = {"query": ["m", "r"], "key": ["n", "r"], "value": ["n", "e"], "out": ["m", "e"]}


@family("bilinear", weight=2)
def bilinear(case, rng):
    """Attention of bilinear scores: x against norm(M x), the query shared by the heads."""
    p = Projection(case, rng)
    rows, columns, e = extent(rng, 40), extent(rng, 40), extent(rng, 16)
    x = case.program.tensor("x", rng.normal(size=[rows, p.m]), "f32", some_axes(rng, 1))
    t = case.program.tensor("t", rng.normal(size=[columns, p.n]), "f32")
    y = p.apply(t, "full", p.m, [])
    expected = np.stack([t.exact @ m.T for m in p.matrices()])
    y.array = expected if p.heads else expected[0]
    if rng.random() < 0.7 and p.m > 2:
        gain = case.program.tensor("gain", rng.normal(size=p.m) + 1, "f32")
        normed = case.program.op(f"sattn.norm layer {y.name} gain({gain}) : {y.type}", ("k", y.type, "f32"))
        normed.array = oracle.norm(y.array, "layer", gain=gain.exact)
        y = normed
    head = ["h"] if p.heads else []
    v = case.program.tensor("v", rng.normal(size=[*([p.heads] if p.heads else []), columns, e]), "f32")
    labels = {"query": ["m", "r"], "key": head + ["n", "r"], "value": head + ["n", "e"], "out": head + ["m", "e"]}
    extents = {"m": rows, "n": columns, "r": p.m, "e": e, "h": p.heads}
    dynamic = {"m"} if "?" in x.type else set()
    op = AttentionOp(case.program, "f32", labels, extents, x, [y], v, scale=p.m**-0.5, dynamic=dynamic)
    op.query_offset = case.program.index("qo", columns - rows)
    op.window = (None, 0) if rng.random() < 0.7 else None
    op.check(case)


@family("bilinear_levels", weight=1)
def bilinear_levels(case, rng):
    """Bilinear MLR: the features of both sides, normalised level by level, then one attention over all of them."""
    blocks = [1, 2, 4][:int(rng.integers(1, 4))]
    ranks = [int(rng.integers(2, 5)) for _ in blocks]
    width, heads, rows, e = 4 * int(rng.integers(1, 5)), int(rng.integers(1, 3)), extent(rng, 40), extent(rng, 16)
    segments = [p * r for p, r in zip(blocks, ranks)]
    factors = [case.program.tensor("w", rng.normal(size=[heads, p, width // p, r]), "f32")
               for _ in range(2) for p, r in zip(blocks, ranks)]
    x = case.program.tensor("x", rng.normal(size=[rows, width]), "f32")
    gain = case.program.tensor("gain", rng.normal(size=sum(segments)) + 1, "f32")
    type = f"tensor<{heads}x{rows}x{sum(segments)}xf32>"

    def side(part):
        listing = ", ".join(f.name for f in factors) + " : " + ", ".join(f.type for f in factors)
        y = case.program.op(f"sattn.project {x.name} by #sattn.mlr<ranks = {extent_list(ranks)}, blocks = {extent_list(blocks)}>"
                            f"({listing}) part {part} : {x.type} -> {type}", ("f", type, "f32"))
        y = case.program.op(f"sattn.norm layer {y.name} gain({gain}) segments {segments} : {type}", ("k", type, "f32"))
        raw = np.stack([x.exact @ matrices.features("mlr", [f.exact[h] for f in factors], part) for h in range(heads)])
        y.array = oracle.norm(raw, "layer", gain=gain.exact, segments=segments)
        return y

    query, key = side("query"), side("key")
    value = case.program.tensor("v", rng.normal(size=[heads, rows, e]), "f32")
    labels = {"query": ["h", "m", "r"], "key": ["h", "n", "r"], "value": ["h", "n", "e"], "out": ["h", "m", "e"]}
    AttentionOp(case.program, "f32", labels, {"h": heads, "m": rows, "n": rows, "r": sum(segments), "e": e}, query, [key], value,
                scale=0.2, window=(None, 0), lse=True, canonical=True).check(case)


@family("compressed", weight=1)
def compressed(case, rng):
    """Keys and values compressed by learned queries, then attention to what is left: results feed another attention."""
    rows, columns, few, r, e = (extent(rng, 40) for _ in range(5))
    make = lambda hint, *shape: case.program.tensor(hint, rng.normal(size=shape), "f32")
    p, k, v, q = make("p", few, r), make("k", columns, r), make("v", columns, e), make("q", rows, r)

    def inner(value, width):
        op = AttentionOp(case.program, "f32", dict(LABELS), {"m": few, "n": columns, "r": r, "e": width}, p, [k], value,
                         scale=r**-0.5, canonical=True)
        result = op.emit()[0]
        result.array = op.evaluate()[0]
        return result

    kc, vc = inner(k, r), inner(v, e)
    AttentionOp(case.program, "f32", dict(LABELS), {"m": rows, "n": few, "r": r, "e": e}, q, [kc], vc, scale=r**-0.5,
                canonical=True, lse=True).check(case)


@family("two_softmaxes", weight=1)
def two_softmaxes(case, rng):
    """Global and sliding-window attention over one value, added."""
    draw = Builder(rng, case.program, link="softmax", layout="heads", lse=False, structure=False, mask=False,
                   segments=False, region=False, key_limit=False, element="f32", tiling=False, n=None)
    first = draw.build()
    labels, extents = first.labels, first.extents
    again = lambda hint, like, name: draw.typed(hint, rng.normal(size=like.array.shape), "f32", labels[name])
    second = AttentionOp(case.program, "f32", labels, extents, again("q", first.query, "query"),
                         [again("k", first.keys[0], "key")], first.value, scale=0.25, window=(int(rng.integers(0, 9)), 0),
                         query_offset=first.query_offset or case.program.index("qo", 0), canonical=True, dynamic=draw.dynamic)
    a, b = first.emit()[0], second.emit()[0]
    out = case.program.destination("o", draw.shape(labels["out"]), "f32",
                                   [k for k, label in enumerate(labels["out"]) if label in draw.dynamic])
    total = case.program.op(f"linalg.add ins({a.name}, {b.name} : {a.type}, {b.type}) outs({out}) -> {out.type}",
                            ("sum", out.type, "f32"))
    case.expect(total, "sum", first.evaluate()[0] + second.evaluate()[0], first.rules()[0])


@family("shared_normaliser", weight=1)
def shared_normaliser(case, rng):
    """Softmax over selected keys and linear attention over the others, one normaliser: merge of two links."""
    rows, columns, more, r, e = (extent(rng, 30) for _ in range(5))
    make = lambda hint, *shape, f=lambda x: x: case.program.tensor(hint, f(rng.normal(size=shape)), "f32")
    extents = {"m": rows, "n": columns, "r": r, "e": e}
    soft = AttentionOp(case.program, "f32", {**LABELS, "mask": ["m", "n"]}, extents, make("q", rows, r),
                       [make("k", columns, r)], make("v", columns, e), scale=r**-0.5, lse=True, canonical=True)
    soft.mask = case.program.tensor("mask", rng.random((rows, columns)) < 0.4, "i1")
    linear = AttentionOp(case.program, "f32", dict(LABELS), {**extents, "n": more}, make("q", rows, r, f=np.abs),
                         [make("k", more, r, f=np.abs)], make("v", more, e), link="linear", lse=True, canonical=True)
    (a, la), (b, lb) = soft.emit(), linear.emit()
    out, log = case.program.op(f"sattn.merge outputs({a.name}, {b.name} : {a.type}, {b.type}) "
                               f"lse({la.name}, {lb.name} : {la.type}, {lb.type}) -> {a.type}, {la.type}",
                               ("m", a.type, "f32"), ("n", la.type, "f32"))
    parts = soft.evaluate(), linear.evaluate()
    expected = oracle.merge([p[0] for p in parts], [p[1] for p in parts])
    case.expect(out, "output", expected[0], Rule(PLAIN["f32"]))
    case.expect(log, "lse", expected[1], Rule(PLAIN["f32"], log=True))


@family("rotary", weight=1)
def rotary(case, rng):
    """Rotary positions as a producer of query and key: pairs of columns turned by an angle, in linalg."""
    rows, pairs, e = extent(rng, 40), int(rng.integers(1, 9)), extent(rng, 16)
    angle = np.arange(rows)[:, None] / 10.0 ** (np.arange(pairs) / pairs)[None, :]
    cos = case.program.tensor("cos", np.cos(angle), "f32")
    sin = case.program.tensor("sin", np.stack([-np.sin(angle), np.sin(angle)], -1), "f32")

    def turned(hint):
        x = case.program.tensor(hint, rng.normal(size=[rows, 2 * pairs]), "f32")
        two = f"tensor<{rows}x{pairs}x2xf32>"
        split = case.program.op(f"tensor.expand_shape {x.name} [[0], [1, 2]] output_shape [{rows}, {pairs}, 2] : {x.type} into {two}",
                                ("x", two, "f32"))
        empty = case.program.op(f"tensor.empty() : {two}", ("e", two, "f32"))
        maps = ("affine_map<(t, p, c) -> (t, p, c)>, affine_map<(t, p, c) -> (t, p, 1 - c)>, "
                "affine_map<(t, p, c) -> (t, p)>, affine_map<(t, p, c) -> (t, p, c)>, affine_map<(t, p, c) -> (t, p, c)>")
        y = case.program.op(
            f'linalg.generic {{indexing_maps = [{maps}], iterator_types = ["parallel", "parallel", "parallel"]}} '
            f"ins({split.name}, {split.name}, {cos.name}, {sin.name} : {two}, {two}, {cos.type}, {sin.type}) "
            f"outs({empty.name} : {two}) {{\n^bb0(%a: f32, %b: f32, %c: f32, %d: f32, %o: f32):\n"
            f"  %f = arith.mulf %a, %c : f32\n  %g = arith.mulf %b, %d : f32\n  %h = arith.addf %f, %g : f32\n"
            f"  linalg.yield %h : f32\n}} -> {two}", ("y", two, "f32"))
        flat = case.program.op(f"tensor.collapse_shape {y.name} [[0], [1, 2]] : {two} into {x.type}", ("z", x.type, "f32"))
        data = x.exact.reshape(rows, pairs, 2)
        other = data[..., ::-1] * sin.exact
        flat.array = (data * cos.exact[..., None] + other).reshape(rows, 2 * pairs)
        return flat

    query, key = turned("q"), turned("k")
    value = case.program.tensor("v", rng.normal(size=[rows, e]), "f32")
    AttentionOp(case.program, "f32", dict(LABELS), {"m": rows, "n": rows, "r": 2 * pairs, "e": e}, query, [key], value,
                scale=(2 * pairs)**-0.5, window=(None, 0), lse=True, canonical=True).check(case)
