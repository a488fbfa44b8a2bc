"""Case families of merge, norm and project."""

import numpy as np

import matrices
import oracle
from attention_op import extent_list
from cases import family
from compare import EPSILON, PLAIN, Rule, error, round_to
from random_attention import extent


def rule_for(element, exact, rounded=None):
    if element in PLAIN:
        return Rule(PLAIN[element])
    return Rule(max(2 * EPSILON[element], 0.0 if rounded is None else 2 * error(rounded, exact)))


def draw_element(rng):
    return str(rng.choice(["f32", "f32", "f64", "f16", "bf16"]))


def some_axes(rng, rank):
    return [axis for axis in range(rank) if rng.random() < 0.4]


@family("merge", weight=1)
def merge(case, rng):
    """(output, lse) pairs of one normaliser: separate operands or one leading axis; parts that are empty."""
    element = str(rng.choice(["f32", "f64"]))
    count, rows = int(rng.integers(1, 5)), [int(rng.integers(1, 4)) for _ in range(rng.integers(0, 2))] + [extent(rng, 40)]
    width = extent(rng, 30)
    outputs = rng.normal(size=[count, *rows, width])
    lses = rng.normal(size=[count, *rows]) * 5
    lses[rng.random(lses.shape) < 0.2] = -np.inf
    if rng.random() < 0.5:
        outputs[np.isneginf(lses)] = np.nan
    dynamic = some_axes(rng, len(rows))
    if rng.random() < 0.6:
        parts = [case.program.tensor("a", x, element, dynamic) for x in outputs]
        logs = [case.program.tensor("l", x, element, dynamic) for x in lses]
        types = parts[0].type, logs[0].type
    else:
        parts = [case.program.tensor("a", outputs, element, [d + 1 for d in dynamic])]
        logs = [case.program.tensor("l", lses, element, [d + 1 for d in dynamic])]
        sample = case.program.__class__()
        types = (sample.tensor("a", outputs[0], element, dynamic).type, sample.tensor("l", lses[0], element, dynamic).type)
    listing = lambda values: ", ".join(v.name for v in values) + " : " + ", ".join(v.type for v in values)
    out, log = case.program.op(f"sattn.merge outputs({listing(parts)}) lse({listing(logs)}) -> {types[0]}, {types[1]}",
                               ("m", types[0], element), ("n", types[1], element))
    stacked = parts[0].array.ndim > len(rows) + 1
    expected = oracle.merge(*((v[0].exact if stacked else [x.exact for x in v]) for v in (parts, logs)))
    case.expect(out, "output", expected[0], Rule(PLAIN[element]))
    case.expect(log, "lse", expected[1], Rule(PLAIN[element], log=True))


@family("norm", weight=1)
def norm(case, rng):
    element = draw_element(rng)
    segments = [extent(rng, 12) for _ in range(rng.integers(1, 4))]
    width = sum(segments)
    shape = [int(rng.integers(1, 4)) for _ in range(rng.integers(0, 3))] + [extent(rng, 40), width]
    x = case.program.tensor("x", rng.normal(size=shape) * 2 + 1, element, some_axes(rng, len(shape) - 1))
    kind, epsilon = str(rng.choice(["layer", "rms"])), float(rng.choice([1e-5, 1e-3, 0.5]))
    text, more = f"sattn.norm {kind} {x.name}", {}
    for name in ("gain", "bias"):
        if rng.random() < 0.6:
            operand = case.program.tensor(name, rng.normal(size=width) + 1, element)
            text += f" {name}({operand})"
            more[name] = operand.exact
    if epsilon != 1e-5:
        text += f" epsilon {epsilon!r}"
    if len(segments) > 1:
        text += f" segments [{', '.join(map(str, segments))}]"
    y = case.program.op(f"{text} : {x.type}", ("y", x.type, element))
    run = lambda data: oracle.norm(data, kind, epsilon=epsilon, segments=segments, **more)
    expected = run(x.exact)
    rule = rule_for(element, expected, round_to(element)(expected))
    # One column normalises to exactly 0 in a layer norm; its rounding error is all that is left of it.
    case.expect(y, "norm", expected, Rule(rule.bound * (1 if min(segments) > 2 else 20)))


def random_matrix(rng):
    """(kind, attribute text, factor shapes, m, n, terms)"""
    n = lambda low, high: int(rng.integers(low, high))
    kind = str(rng.choice(["low_rank", "block_diagonal", "kronecker", "btt", "monarch", "mlr", "mlbtc"]))
    if kind == "low_rank":
        m, k, r = n(1, 20), n(1, 20), n(1, 8)
        return kind, f"<rank = {r}>", [(m, r), (k, r)], m, k, None
    if kind == "block_diagonal":
        p, a, c = n(1, 5), n(1, 6), n(1, 6)
        return kind, f"<blocks = {p}>", [(p, a, c)], p * a, p * c, None
    if kind in ("kronecker", "monarch", "btt"):
        a, b, c, d = (n(1, 6) for _ in range(4))
        sizes = f"query = [{a}, {b}], key = [{c}, {d}]"
        if kind == "kronecker":
            return kind, f"<{sizes}>", [(a, c), (b, d)], a * b, c * d, None
        s = n(1, 4) if kind == "btt" else 1
        rank = f", rank = {s}" if kind == "btt" else ""
        return kind, f"<{sizes}{rank}>", [(b, a, c * s), (c, d, b * s)], a * b, c * d, None
    if kind == "mlr":
        blocks = [1] if rng.random() < 0.7 else [2]
        while len(blocks) < 4 and rng.random() < 0.6:
            blocks.append(blocks[-1] * n(1, 4))
        ranks = [n(1, 4) for _ in blocks]
        m, k = blocks[-1] * n(1, 4), blocks[-1] * n(1, 4)
        shapes = [(p, w // p, r) for w in (m, k) for p, r in zip(blocks, ranks)]
        return kind, f"<ranks = {extent_list(ranks)}, blocks = {extent_list(blocks)}>", shapes, m, k, None
    return (kind, *random_mlbtc(rng))


def random_mlbtc(rng):
    n = lambda low, high: int(rng.integers(low, high))
    m, k = 4 * n(1, 4), 6 * n(1, 3)
    texts, shapes, terms = [], [], []
    for _ in range(n(1, 4)):
        alpha, shuffled = round(float(rng.uniform(-1, 1)), 2), bool(rng.random() < 0.5)
        p, q = int(rng.choice([1, 2, 4])), int(rng.choice([1, 2, 3, 6]))
        if shuffled:
            s = n(1, 3)
            left, right = (p, m // p, q * s), (q, k // q, p * s)
        else:
            p, r = int(rng.choice([1, 2])), n(1, 4)
            left, right = (p, m // p, r), (p, k // p, r)
        texts.append("{" + f"alpha = {alpha!r}, left = {list(left)}, right = {list(right)}" + (", shuffled}" if shuffled else "}"))
        shapes += [left, right]
        terms.append((alpha, shuffled))
    return "<[" + ", ".join(texts) + "]>", shapes, m, k, terms


class Projection:
    """A structured matrix with its factors as arguments, and inputs to apply it to."""

    def __init__(self, case, rng, element="f32"):
        self.case, self.rng, self.element = case, rng, element
        self.kind, text, shapes, self.m, self.n, self.terms = random_matrix(rng)
        self.attribute = f"#sattn.{self.kind}{text}"
        self.heads = int(rng.integers(1, 4)) if rng.random() < 0.5 else 0
        # Factors without an axis for the heads are shared by them.
        self.with_heads = [bool(self.heads) and (rng.random() < 0.8) for _ in shapes]
        if not any(self.with_heads):
            self.heads = 0
        self.factors = [case.program.tensor("w", rng.normal(size=([self.heads] if headed else []) + list(shape)) / shape[-1]**0.5,
                                            element) for shape, headed in zip(shapes, self.with_heads)]

    def reads_heads(self, part):
        """Whether a factor that `part` looks at has an axis for the heads."""
        sides = self.sides()
        read = [part in ("full", "transposed") or side == part for side in sides]
        return any(headed and used for headed, used in zip(self.with_heads, read))

    def sides(self):
        """Which side each factor belongs to. The one factor of a block-diagonal matrix is its left."""
        count = len(self.factors)
        if self.kind == "block_diagonal":
            return ["query"]
        if self.kind == "mlr":
            return ["query"] * (count // 2) + ["key"] * (count // 2)
        return ["query", "key"] * (count // 2)

    def apply(self, x, part, width, dynamic, heads_in_input=False):
        shape = list(x.array.shape)
        if self.reads_heads(part) and not heads_in_input:
            shape.insert(len(shape) - 2, self.heads)
            dynamic = [d + (d >= len(shape) - 3) for d in dynamic]
        result = self.case.program.__class__().tensor("y", np.zeros(shape[:-1] + [width]), self.element, dynamic)
        listing = ", ".join(f.name for f in self.factors) + " : " + ", ".join(f.type for f in self.factors)
        suffix = f" part {part}" if part != "full" or self.rng.random() < 0.3 else ""
        text = f"sattn.project {x.name} by {self.attribute}({listing}){suffix} : {x.type} -> {result.type}"
        value = self.case.program.op(text, ("y", result.type, self.element))
        value.array = result.array
        return value

    def matrices(self):
        exact = [f.exact for f in self.factors]
        at = lambda h: [f[h] if headed else f for f, headed in zip(exact, self.with_heads)]
        return [matrices.dense(self.kind, at(h), self.terms) for h in range(max(self.heads, 1))]


@family("project", weight=2)
def project(case, rng):
    """M x and M^T x of every structured matrix."""
    p = Projection(case, rng, draw_element(rng))
    part = str(rng.choice(["full", "transposed"]))
    width, result = (p.n, p.m) if part == "full" else (p.m, p.n)
    front = [int(rng.integers(1, 4)) for _ in range(rng.integers(0, 2))]
    headwise = bool(p.heads and rng.random() < 0.3)
    shape = front + ([p.heads] if headwise else []) + [extent(rng, 30), width]
    dynamic = [axis for axis in some_axes(rng, len(shape) - 1) if not (headwise and axis == len(shape) - 3)]
    x = case.program.tensor("x", rng.normal(size=shape), p.element, dynamic)
    y = p.apply(x, part, result, dynamic, headwise)

    def run(rounding):
        ms = [rounding(m) if part == "full" else rounding(m.T) for m in p.matrices()]
        if not p.heads:
            return rounding(x.exact @ ms[0].T)
        if headwise:
            return rounding(np.einsum("...htn,hmn->...htm", x.exact, np.stack(ms)))
        return rounding(np.einsum("...tn,hmn->...htm", x.exact, np.stack(ms)))

    exact = run(lambda a: a)
    rounded = run(round_to(p.element)) if p.element in ("f16", "bf16") else None
    case.expect(y, f"{p.kind} {part}", exact, rule_for(p.element, exact, rounded))


@family("features", weight=2)
def features(case, rng):
    """`part query` and `part key`: their inner products are x^T M y; the order of columns where it is defined."""
    p = Projection(case, rng, str(rng.choice(["f32", "f64"])))
    rows, columns = extent(rng, 12), extent(rng, 12)
    x = case.program.tensor("x", rng.normal(size=[rows, p.m]), p.element)
    y = case.program.tensor("y", rng.normal(size=[columns, p.n]), p.element)
    width = feature_width(p)
    f, g = p.apply(x, "query", width, []), p.apply(y, "key", width, [])
    places = case.program.returns(f, g)
    expected = np.stack([x.exact @ m @ y.exact.T for m in p.matrices()])
    expected = expected if p.heads else expected[0]

    def product(outputs):
        scores = np.einsum("...ir,...jr->...ij", outputs[places[0]], outputs[places[1]])
        return np.broadcast_to(scores, expected.shape)

    case.relate(f"{p.kind} scores", product, lambda outputs: expected, Rule(PLAIN[p.element]))
    if p.kind in ("mlr", "low_rank") and not p.heads:
        for place, value, part in ((places[0], x, "query"), (places[1], y, "key")):
            known = value.exact @ matrices.features(p.kind, [w.exact for w in p.factors], part)
            case.relate(f"{p.kind} {part} columns", lambda outputs, at=place: outputs[at], lambda outputs, k=known: k,
                        Rule(PLAIN[p.element]))


def feature_width(p):
    """Features of the factorised form: rank times blocks of the side, term after term."""
    shapes = [f.array.shape[headed:] for f, headed in zip(p.factors, p.with_heads)]
    if p.kind == "low_rank":
        return shapes[0][1]
    if p.kind == "block_diagonal":
        return p.n
    if p.kind == "kronecker":
        return shapes[1][0] * shapes[0][1]  # as btt of rank 1: b c
    if p.kind in ("btt", "monarch"):
        return shapes[0][0] * shapes[0][2]
    lefts = shapes[:len(shapes) // 2] if p.kind == "mlr" else shapes[0::2]
    return sum(left[0] * left[2] for left in lefts)
